//! What a city fills in for its enforcement (`law/organ.toml`): who the organ is, from which amount on a hearing is offered
//! and a file is reviewed and discussed, and what else the law leaves to it. Everything carries its certainty.

use super::case::{Penalty, Step};
use super::matters::{MOST_FEN, PartyKind, PenaltyKind};
use crate::catalog::{Problem, Text};
use crate::kit::words::enum_of_words;
use crate::law::Certainty;
use crate::law::terms::is_in_force;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The file.
pub const FILE: &str = "law/organ.toml";
/// The most months that an entry stays on the public list: ten years.
const MOST_MONTHS: u32 = 120;

enum_of_words! {
    /// When the legal review (法制审核) comes.
    ReviewOrder {
        /// Before the party is told what is intended.
        BeforeNotice = "before-notice",
        /// Before the decision, as the Act asks (行政处罚法 art. 58).
        BeforeDecision = "before-decision",
    }
}

/// From which amounts on a hearing is offered to a kind of party (行政处罚法 art. 63).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HearingThreshold {
    /// For whom.
    pub party: PartyKind,
    /// The fine, fen.
    pub fine: i64,
    /// What is confiscated, fen.
    pub confiscation: i64,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    pub until: Option<Date>,
    /// Where it stands.
    pub source: String,
    /// How sure it is.
    pub certainty: Certainty,
}

/// An amount for each kind of party, fen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Threshold {
    /// For a citizen.
    pub citizen: i64,
    /// For a legal person or another organisation.
    pub unit: i64,
}

impl Threshold {
    /// That of a kind of party.
    pub fn of(&self, party: PartyKind) -> i64 {
        match party {
            PartyKind::Citizen => self.citizen,
            PartyKind::Unit => self.unit,
        }
    }
}

/// Which decisions are of social effect and published (行政处罚法 art. 48), and for how long they stay on the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Publishing {
    /// From which fine or confiscation on, fen.
    pub from: Threshold,
    /// Kinds of penalty that are published whatever the amount.
    pub kinds: BTreeSet<PenaltyKind>,
    /// How many months an entry stays that only warns or criticises.
    pub light_months: u32,
    /// How many months any other stays.
    pub months: u32,
    /// Where that stands.
    pub source: String,
}

impl Publishing {
    /// Whether a penalty is one that the organ publishes.
    pub fn has_effect(&self, party: PartyKind, penalty: &Penalty) -> bool {
        let least = self.from.of(party);
        let is_much = |fen: i64| fen > 0 && fen >= least;
        is_much(penalty.fine) || is_much(penalty.confiscated) || !self.kinds.is_disjoint(&penalty.kinds)
    }

    /// How many months an entry stays on the list.
    pub fn months(&self, penalty: Option<&Penalty>) -> u32 {
        let light = [PenaltyKind::Warning, PenaltyKind::Criticism];
        let is_light = penalty.is_some_and(|one| one.kinds.iter().all(|kind| light.contains(kind)));
        if is_light { self.light_months } else { self.months }
    }
}

/// The record of the whole process (行政处罚法 art. 47): which steps leave a photograph or a recording.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Recording {
    /// Those steps.
    pub steps: BTreeSet<Step>,
    /// Where that stands.
    pub source: String,
}

/// How long a file is kept (保管期限): one of the organ's list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Its name in the list.
    pub id: String,
    /// As the cover says it.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

enum_of_words! {
    /// To what the city's own clock for works in progress counts.
    CountsTo {
        /// 停工: until the works have stopped.
        Stopped = "stopped",
        /// 拆除: until nothing stands any more.
        PulledDown = "pulled-down",
    }
}

/// What the city says about unlawful building.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Building {
    /// What the announcement gives to pull down oneself, at least; natural days.
    pub self_demolition_days: u32,
    /// Where that stands.
    pub source: String,
    /// The document and article on which a work in progress may be pulled down by the shorter way; none where there is none.
    pub shorter_way: Option<(String, String)>,
    /// Whether a hearing is offered before an order to pull down.
    pub offers_hearing: bool,
    /// Whether nobody enforces on plain Saturdays and Sundays either (行政强制法 art. 43).
    pub rests_on_weekends: bool,
    /// What the announcement gives in the shorter way, at least; natural days.
    pub shorter_way_days: u32,
    /// Within how many hours a work in progress is to be stopped or pulled down ("出土必拆"); none without such a clock.
    pub stop_within_hours: Option<u32>,
    /// To what that clock counts.
    pub stop_counts_to: CountsTo,
    /// How sure it is.
    pub certainty: Certainty,
}

/// What stands on every paper of the organ. What the city has left empty is asked for on each paper.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letterhead {
    /// The mark in the numbers of papers, such as 望城管.
    pub mark: String,
    /// The address of its window.
    pub address: String,
    /// Its telephone.
    pub phone: String,
    /// The bank to which fines are paid.
    pub bank: String,
    /// Whose account that is.
    pub account_name: String,
    /// Its number.
    pub account: String,
    /// Where to apply for review (复议机关).
    pub review_by: String,
    /// The court to sue before.
    pub court: String,
}

/// The organ (行政机关) that enforces.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Organ {
    /// Its name.
    pub name: Text,
    /// What a sole trader counts as.
    pub sole_trader: PartyKind,
    /// The thresholds of hearings.
    pub hearings: Vec<HearingThreshold>,
    /// When the legal review comes.
    pub review_order: ReviewOrder,
    /// From which fine on a file is reviewed whatever else.
    pub review: Threshold,
    /// From which fine on a case is discussed by the heads together.
    pub discussion: Threshold,
    /// How many take part at least.
    pub discussion_fewest: usize,
    /// From where it is hard to reach a bank (行政处罚法 art. 69).
    pub remote_places: BTreeSet<String>,
    /// Whether a unit's leader gives an opinion on filing, on the end of the inquiry and on closing.
    pub unit_opinion: bool,
    /// Whether the head approves samples before they are taken.
    pub sampling_approval: bool,
    /// The document and article that give the organ the power to enforce by itself; none where it asks the court.
    pub own_power: Option<(String, String)>,
    /// For how long files are kept.
    pub retention: Vec<Retention>,
    /// What stands on its papers.
    pub letterhead: Letterhead,
    /// Which decisions are published, and for how long.
    pub publication: Publishing,
    /// Which steps leave a photograph or a recording.
    pub recording: Recording,
    /// Unlawful building.
    pub building: Building,
    /// Where each table of the file stands, and how sure it is; hearings carry their own.
    pub notes: Vec<(&'static str, Note)>,
}

/// Where something stands that a city sets, and how sure it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Note {
    /// Where.
    pub source: String,
    /// How sure it is.
    pub certainty: Certainty,
}

impl Organ {
    /// What stands beside a table of the file.
    pub fn note(&self, table: &str) -> Option<&Note> {
        self.notes.iter().find(|(name, _)| *name == table).map(|(_, note)| note)
    }

    /// What of the file a lawyer of the city is still to check: the names of its tables.
    pub fn to_check(&self) -> Vec<&'static str> {
        let unsure = self.notes.iter().filter(|(_, note)| note.certainty == Certainty::CheckLocally);
        let mut names: Vec<&'static str> = unsure.map(|(name, _)| *name).collect();
        if self.hearings.iter().any(|one| one.certainty == Certainty::CheckLocally) {
            names.push("hearing");
        }
        names
    }

    /// Whether such a penalty is one for which a hearing is offered on `day` (行政处罚法 art. 63): a larger fine or
    /// confiscation, a licence, the stopping of business. Without a threshold of that day every fine is a larger one.
    pub fn offers_hearing(
        &self,
        party: PartyKind,
        kinds: &BTreeSet<PenaltyKind>,
        fine: i64,
        confiscated: i64,
        day: Date,
    ) -> bool {
        if kinds.contains(&PenaltyKind::Licence) || kinds.contains(&PenaltyKind::StopBusiness) {
            return true;
        }
        let mut all = self.hearings.iter();
        let found = all.find(|one| one.party == party && is_in_force(day, one.from, one.until));
        let (most_fine, most_confiscated) = found.map_or((1, 1), |found| (found.fine, found.confiscation));
        (fine > 0 && fine >= most_fine) || (confiscated > 0 && confiscated >= most_confiscated)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganFile {
    organ: OrganRow,
    #[serde(default)]
    hearing: Vec<HearingRow>,
    review: ReviewRow,
    discussion: DiscussionRow,
    cash: CashRow,
    unit: UnitRow,
    sampling: SamplingRow,
    coercion: CoercionRow,
    archive: ArchiveRow,
    #[serde(default)]
    letterhead: Letterhead,
    publication: PublicationRow,
    recording: RecordingRow,
    building: BuildingRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicationRow {
    citizen: i64,
    unit: i64,
    kinds: Vec<PenaltyKind>,
    light_months: u32,
    months: u32,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordingRow {
    steps: Vec<Step>,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganRow {
    zh: String,
    en: String,
    sole_trader: PartyKind,
    sole_trader_source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HearingRow {
    party: PartyKind,
    fine: i64,
    confiscation: i64,
    from: Date,
    until: Option<Date>,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewRow {
    order: ReviewOrder,
    citizen: i64,
    unit: i64,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscussionRow {
    citizen: i64,
    unit: i64,
    fewest: usize,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CashRow {
    remote_places: Vec<String>,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitRow {
    opinion: bool,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SamplingRow {
    approval: bool,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CoercionRow {
    document: String,
    article: String,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchiveRow {
    retention: Vec<Retention>,
    source: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuildingRow {
    self_demolition_days: u32,
    self_demolition_source: String,
    shorter_way_document: String,
    shorter_way_article: String,
    offers_hearing: bool,
    rests_on_weekends: bool,
    stop_within_hours: u32,
    #[serde(default = "pulled_down")]
    stop_counts_to: CountsTo,
    /// As many as the ordinary way where nothing is written.
    shorter_way_days: Option<u32>,
    certainty: Certainty,
}

/// What the slogan says.
fn pulled_down() -> CountsTo {
    CountsTo::PulledDown
}

impl Organ {
    /// Reads the text of [`FILE`].
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(text: &str) -> Result<Organ, Vec<Problem>> {
        let file: OrganFile = toml::from_str(text).map_err(|error| vec![Problem::unreadable(FILE, text, &error)])?;
        let mut problems = Vec::new();
        let mut wrong = |place: &str, key: &'static str| problems.push(Problem::new(FILE, place, key));
        let mut fen = |place: &str, yuan: i64| {
            let fen = yuan.checked_mul(100).filter(|fen| (0..=MOST_FEN).contains(fen));
            if fen.is_none() {
                wrong(place, "enforcement-band-out-of-range");
            }
            fen.unwrap_or(0)
        };
        let hearings: Vec<HearingThreshold> = file
            .hearing
            .iter()
            .map(|row| HearingThreshold {
                party: row.party,
                fine: fen("hearing", row.fine),
                confiscation: fen("hearing", row.confiscation),
                from: row.from,
                until: row.until,
                source: row.source.clone(),
                certainty: row.certainty,
            })
            .collect();
        let review = Threshold { citizen: fen("review", file.review.citizen), unit: fen("review", file.review.unit) };
        let discussion = Threshold {
            citizen: fen("discussion", file.discussion.citizen),
            unit: fen("discussion", file.discussion.unit),
        };
        let from = Threshold {
            citizen: fen("publication", file.publication.citizen),
            unit: fen("publication", file.publication.unit),
        };
        for party in PartyKind::ALL {
            let mut spans: Vec<_> =
                hearings.iter().filter(|one| one.party == *party).map(|one| (one.from, one.until)).collect();
            spans.sort();
            let touches = |pair: &[(Date, Option<Date>)]| pair[0].1.is_none_or(|until| until >= pair[1].0);
            if spans.windows(2).any(touches) {
                wrong("hearing", "enforcement-hearing-twice");
            }
            if spans.is_empty() {
                wrong("hearing", "enforcement-hearing-missing");
            }
        }
        if [&file.organ.zh, &file.organ.en].iter().any(|words| words.trim().is_empty()) {
            wrong("organ", "law-words-missing");
        }
        let sources = [&file.organ.sole_trader_source, &file.review.source, &file.discussion.source, &file.cash.source];
        let sources = sources.into_iter().chain(hearings.iter().map(|one| &one.source));
        let more = [&file.building.self_demolition_source, &file.publication.source, &file.recording.source];
        let more = more.into_iter().chain([&file.unit.source, &file.archive.source]);
        let more = more.chain([&file.sampling.source, &file.coercion.source]);
        if sources.chain(more).any(|source| source.trim().is_empty()) {
            wrong("source", "enforcement-source-missing");
        }
        let days = [file.building.self_demolition_days, file.building.shorter_way_days.unwrap_or(1)];
        if file.discussion.fewest == 0 || days.contains(&0) {
            wrong("discussion", "law-number-out-of-range");
        }
        let months = [file.publication.light_months, file.publication.months];
        if months.iter().any(|months| !(1..=MOST_MONTHS).contains(months)) {
            wrong("publication", "law-number-out-of-range");
        }
        let terms = &file.archive.retention;
        let ids: BTreeSet<&str> = terms.iter().map(|one| one.id.trim()).collect();
        let is_worded = |one: &Retention| ![&one.id, &one.zh, &one.en].iter().any(|words| words.trim().is_empty());
        if terms.is_empty() || ids.len() != terms.len() || !terms.iter().all(is_worded) {
            wrong("archive", "enforcement-retention-wrong");
        }
        let building = &file.building;
        let way = (building.shorter_way_document.trim(), building.shorter_way_article.trim());
        if way.0.is_empty() != way.1.is_empty() {
            wrong("building", "enforcement-shorter-way-half");
        }
        let power = (file.coercion.document.trim(), file.coercion.article.trim());
        if power.0.is_empty() != power.1.is_empty() {
            wrong("coercion", "enforcement-own-power-half");
        }
        let note = |table: &'static str, source: &str, certainty: Certainty| {
            (table, Note { source: source.to_owned(), certainty })
        };
        let notes = vec![
            note("organ", &file.organ.sole_trader_source, file.organ.certainty),
            note("review", &file.review.source, file.review.certainty),
            note("discussion", &file.discussion.source, file.discussion.certainty),
            note("cash", &file.cash.source, file.cash.certainty),
            note("unit", &file.unit.source, file.unit.certainty),
            note("sampling", &file.sampling.source, file.sampling.certainty),
            note("coercion", &file.coercion.source, file.coercion.certainty),
            note("archive", &file.archive.source, file.archive.certainty),
            note("publication", &file.publication.source, file.publication.certainty),
            note("recording", &file.recording.source, file.recording.certainty),
            note("building", &file.building.self_demolition_source, file.building.certainty),
        ];
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Organ {
            name: Text { zh: file.organ.zh, en: file.organ.en },
            sole_trader: file.organ.sole_trader,
            hearings,
            review_order: file.review.order,
            review,
            discussion,
            discussion_fewest: file.discussion.fewest,
            remote_places: file.cash.remote_places.into_iter().collect(),
            unit_opinion: file.unit.opinion,
            sampling_approval: file.sampling.approval,
            own_power: (!power.0.is_empty()).then(|| (power.0.to_owned(), power.1.to_owned())),
            retention: file.archive.retention.clone(),
            letterhead: file.letterhead,
            publication: Publishing {
                from,
                kinds: file.publication.kinds.into_iter().collect(),
                light_months: file.publication.light_months,
                months: file.publication.months,
                source: file.publication.source,
            },
            recording: Recording { steps: file.recording.steps.into_iter().collect(), source: file.recording.source },
            building: Building {
                self_demolition_days: building.self_demolition_days,
                source: building.self_demolition_source.clone(),
                shorter_way: (!way.0.is_empty()).then(|| (way.0.to_owned(), way.1.to_owned())),
                offers_hearing: building.offers_hearing,
                rests_on_weekends: building.rests_on_weekends,
                shorter_way_days: building.shorter_way_days.unwrap_or(building.self_demolition_days),
                stop_counts_to: building.stop_counts_to,
                stop_within_hours: Some(building.stop_within_hours).filter(|hours| *hours > 0),
                certainty: building.certainty,
            },
            notes,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kit::sources::Sources;

    fn text() -> String {
        let files = Sources::embedded().folder("law/");
        files.into_iter().find(|(path, _)| path == FILE).expect("the file").1
    }

    /// The organ of the package.
    pub fn organ() -> Organ {
        Organ::load(&text()).expect("the package's organ")
    }

    #[test]
    fn the_packages_file_is_all_to_be_checked() {
        assert_eq!(
            organ().to_check(),
            [
                "organ",
                "review",
                "discussion",
                "cash",
                "unit",
                "sampling",
                "coercion",
                "archive",
                "publication",
                "recording",
                "building",
                "hearing"
            ]
        );
        assert_eq!(organ().building.shorter_way, None);
    }

    #[test]
    fn hearings_are_offered_from_a_threshold_on() {
        let (organ, day) = (organ(), "2026-03-02".parse().expect("a day"));
        let fine = BTreeSet::from([PenaltyKind::Fine]);
        for (party, kinds, amount, confiscated, offered) in [
            (PartyKind::Citizen, fine.clone(), 499_999, 0, false),
            (PartyKind::Citizen, fine.clone(), 500_000, 0, true),
            (PartyKind::Citizen, fine.clone(), 0, 500_000, true),
            (PartyKind::Unit, fine.clone(), 9_999_999, 0, false),
            (PartyKind::Unit, fine.clone(), 10_000_000, 0, true),
            (PartyKind::Unit, BTreeSet::from([PenaltyKind::Licence]), 0, 0, true),
            (PartyKind::Unit, BTreeSet::from([PenaltyKind::StopBusiness]), 0, 0, true),
            (PartyKind::Unit, BTreeSet::from([PenaltyKind::Warning]), 0, 0, false),
        ] {
            assert_eq!(organ.offers_hearing(party, &kinds, amount, confiscated, day), offered, "{party:?} {amount}");
        }
        // Nobody has said what a larger fine was then, so any is.
        let before = "2020-01-01".parse().expect("a day");
        assert!(organ.offers_hearing(PartyKind::Citizen, &fine, 1, 0, before));
    }

    #[test]
    fn wrong_files_are_refused() {
        let changed = |from: &str, to: &str| -> Vec<&'static str> {
            assert!(text().contains(from), "{from}");
            let loaded = Organ::load(&text().replacen(from, to, 1));
            loaded.map_or_else(|problems| problems.iter().map(|problem| problem.key).collect(), |_| vec![])
        };
        assert_eq!(changed("fine = 5000", "fine = -1"), ["enforcement-band-out-of-range"]);
        assert_eq!(changed("fine = 5000", "fine = 9223372036854775807"), ["enforcement-band-out-of-range"]);
        assert_eq!(
            changed("party = \"unit\"", "party = \"citizen\""),
            ["enforcement-hearing-twice", "enforcement-hearing-missing"]
        );
        assert_eq!(
            changed("shorter_way_document = \"\"", "shorter_way_document = \"某市条例\""),
            ["enforcement-shorter-way-half"]
        );
        assert_eq!(changed("document = \"\"", "document = \"某法\""), ["enforcement-own-power-half"]);
        assert_eq!(changed("fewest = 3", "fewest = 0"), ["law-number-out-of-range"]);
        assert_eq!(changed("order = \"before-notice\"", "order = \"never\""), ["catalog-file-unreadable"]);
        let words = crate::kit::words::Words::load(&Sources::embedded()).0;
        let keys = ["enforcement-hearing-twice", "enforcement-hearing-missing", "enforcement-shorter-way-half"];
        for key in keys.into_iter().chain(["enforcement-source-missing", "enforcement-own-power-half"]) {
            assert!(words.has(key), "no sentence for {key}");
        }
    }
}
