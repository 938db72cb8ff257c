//! Matters (案由): what may be punished, on which duty and clause, how much for whom, the tiers of discretion (裁量基准) and
//! the exemptions (首违不罚、轻微不罚); read from `law/matters/`.
//!
//! Which row applies follows from a day: that of the act, or that of the decision where the newer rule is more lenient
//! (行政处罚法 art. 37). A clause that leaves the amount to local rules has none here ([`Matter::is_local`]) and can be used
//! for no fine until the city's own file names one.

use crate::catalog::problem::version_of;
use crate::catalog::{Problem, Text};
use crate::kit::error::Refusal;
use crate::kit::words::enum_of_words;
use crate::law::Certainty;
use crate::law::terms::is_in_force;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The folder of the files.
pub const FOLDER: &str = "law/matters/";
pub use crate::kit::fields::MOST_FEN;

enum_of_words! {
    /// Whom a clause tells apart.
    PartyKind {
        /// 公民.
        Citizen = "citizen",
        /// 法人或者其他组织.
        Unit = "unit",
    }
}

enum_of_words! {
    /// The kinds of penalty (行政处罚法 art. 9) that matters of city appearance use.
    PenaltyKind {
        /// 警告.
        Warning = "warning",
        /// 通报批评.
        Criticism = "criticism",
        /// 罚款.
        Fine = "fine",
        /// 没收违法所得.
        ConfiscateGain = "confiscate-gain",
        /// 没收非法财物.
        ConfiscateGoods = "confiscate-goods",
        /// 降低资质等级、吊销许可证件.
        Licence = "licence",
        /// 责令停产停业、责令关闭、限制从业.
        StopBusiness = "stop-business",
    }
}

enum_of_words! {
    /// What a clause asks for before it allows a fine.
    Condition {
        /// Nothing more.
        None = "none",
        /// 拒不改正: ordered to correct, and refused or not corrected in time; before any penalty.
        Refusal = "refusal",
        /// 逾期不改正: ordered to correct by a day that has passed, and not corrected; before any penalty.
        Overdue = "overdue",
        /// 给予警告；逾期不改正或者造成严重后果的，处罚款.
        OverdueOrHarm = "overdue-or-harm",
        /// 情节严重的: only grave cases are fined.
        GraveForFine = "grave-for-fine",
        /// 逾期不改正的，给予警告；情节严重的，处罚款.
        OverdueAndGrave = "overdue-and-grave",
    }
}

impl Condition {
    /// Whether this asks for less, the same or more before a penalty than `other`, so that more is more lenient; none when the two
    /// ask for different things.
    fn asks(self, other: Condition) -> Option<Ordering> {
        use Condition::{GraveForFine, None as Nothing, Overdue, OverdueAndGrave, OverdueOrHarm, Refusal};
        // What each asks for and the weaker ones that it holds within it.
        let within = |one: Condition| -> &'static [Condition] {
            match one {
                Nothing => &[],
                Refusal | OverdueOrHarm | GraveForFine => &[Nothing],
                Overdue => &[Nothing, Refusal, OverdueOrHarm],
                OverdueAndGrave => &[Nothing, Refusal, Overdue, OverdueOrHarm, GraveForFine],
            }
        };
        match (self == other, within(self).contains(&other), within(other).contains(&self)) {
            (true, ..) => Some(Ordering::Equal),
            (_, true, _) => Some(Ordering::Greater),
            (_, _, true) => Some(Ordering::Less),
            _ => None,
        }
    }
}

enum_of_words! {
    /// Of what a clause's figures are.
    Measure {
        /// An amount of yuan.
        Amount = "amount",
        /// Yuan a square metre; the quantity is hundredths of a square metre.
        SquareMetre = "square_metre",
        /// Yuan each; the quantity is a count.
        Each = "each",
        /// Percent of the cost of the works; the quantity is that cost in fen.
        CostPercent = "cost_percent",
    }
}

enum_of_words! {
    /// A tier of discretion.
    TierKind {
        /// 轻微（从轻）.
        Minor = "minor",
        /// 一般.
        Ordinary = "ordinary",
        /// 较重.
        Heavy = "heavy",
        /// 严重（从重）.
        Grave = "grave",
    }
}

enum_of_words! {
    /// Why somebody is not punished (行政处罚法 arts. 30, 31, 33).
    ExemptionKind {
        /// 轻微并及时改正，没有造成危害后果.
        Minor = "minor",
        /// 初次违法且危害后果轻微并及时改正.
        FirstOffence = "first-offence",
        /// 没有主观过错.
        NoFault = "no-fault",
        /// 不满十四周岁.
        Young = "young",
        /// 不能辨认或者不能控制自己行为.
        Unaccountable = "unaccountable",
    }
}

/// A place in a text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// The article's number.
    pub article: String,
    /// The paragraph within it, from 1.
    #[serde(default)]
    pub paragraph: Option<u16>,
    /// The item within that, from 1; the first, where there are several.
    #[serde(default)]
    pub item: Option<u16>,
    /// The last of several items, one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_item: Option<u16>,
}

impl Provision {
    /// The place as Chinese documents write it, for example 第一百一十一条第一款第一项.
    pub fn official(&self) -> String {
        let number = |n: &str| n.parse::<u16>().map_or_else(|_| n.to_owned(), chinese_number);
        let mut said = format!("第{}条", number(&self.article));
        for (part, unit) in [(self.paragraph, '款'), (self.item, '项')] {
            if let Some(part) = part {
                said.push_str(&format!("第{}{unit}", chinese_number(part)));
            }
        }
        for item in self.item.zip(self.last_item).into_iter().flat_map(|(first, last)| first + 1..=last) {
            said.push_str(&format!("、第{}项", chinese_number(item)));
        }
        said
    }
}

impl Provision {
    /// The place as English writing has it, for example `art. 111, para. 1, item 1`.
    pub fn english(&self) -> String {
        let mut said = format!("art. {}", self.article);
        if let Some(paragraph) = self.paragraph {
            said.push_str(&format!(", para. {paragraph}"));
        }
        match (self.item, self.last_item) {
            (Some(first), Some(last)) => said.push_str(&format!(", items {first}–{last}")),
            (Some(item), None) => said.push_str(&format!(", item {item}")),
            (None, _) => {}
        }
        said
    }

    /// The place in the reader's language.
    pub fn said(&self, is_chinese: bool) -> String {
        if is_chinese { self.official() } else { self.english() }
    }
}

/// A number from 0 to 9999 in Chinese numerals, as laws number their articles.
pub fn chinese_number(n: u16) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let (mut said, mut is_gap) = (String::new(), false);
    for (value, unit) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = (n / value % 10) as usize;
        if digit == 0 {
            is_gap = !said.is_empty();
            continue;
        }
        if is_gap {
            said.push('零');
            is_gap = false;
        }
        // 十二, not 一十二; but 一百一十二.
        if !(value == 10 && digit == 1 && said.is_empty()) {
            said.push(DIGITS[digit]);
        }
        said.push_str(unit);
    }
    if said.is_empty() { DIGITS[0].to_string() } else { said }
}

/// A text that matters cite.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalText {
    /// Its key in the files.
    pub key: String,
    /// Its title.
    pub zh: String,
    /// Its title in English.
    pub en: String,
    /// The day of the text that was read.
    pub text: Date,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    #[serde(default)]
    pub until: Option<Date>,
}

/// From how much to how much, both included: in fen, or in percent where the clause says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Band {
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

impl Band {
    /// Whether an amount lies in it.
    pub fn has(&self, amount: i64) -> bool {
        (self.least..=self.most).contains(&amount)
    }
}

/// The bands of a clause or a tier, by the kind of party; none for a party that the clause does not fine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Bands {
    /// For a citizen.
    pub citizen: Option<Band>,
    /// For a legal person or another organisation.
    pub unit: Option<Band>,
}

impl Bands {
    /// The band of a kind of party.
    pub fn of(&self, party: PartyKind) -> Option<Band> {
        match party {
            PartyKind::Citizen => self.citizen,
            PartyKind::Unit => self.unit,
        }
    }
}

/// A tier of discretion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Tier {
    /// Which.
    pub kind: TierKind,
    /// Its circumstances.
    pub circumstances: Text,
    /// Its bands.
    pub bands: Bands,
    /// How sure it is.
    pub certainty: Certainty,
}

/// A case in which somebody is not punished.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Exemption {
    /// Which.
    pub kind: ExemptionKind,
    /// Its circumstances.
    pub circumstances: Text,
    /// How sure it is.
    pub certainty: Certainty,
}

/// What allows to seize for a matter (查封、扣押): a law or a regulation, and nothing less (行政强制法 arts. 10, 22).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SeizureBasis {
    /// The text.
    pub text: LegalText,
    /// Where it stands in it.
    pub provision: Provision,
    /// What it asks for before.
    pub condition: Condition,
    /// Which things it names, and when.
    pub things: Text,
    /// How sure it is.
    pub certainty: Certainty,
}

impl SeizureBasis {
    /// The provision as Chinese documents write it.
    pub fn official(&self) -> String {
        format!("《{}》{}", self.text.zh, self.provision.official())
    }
}

/// A matter (案由), as it reads in one validity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Matter {
    /// Its name, such as `street-stall`.
    pub id: String,
    /// What it is called.
    pub name: Text,
    /// The text it stands in.
    pub text: LegalText,
    /// The duty that was broken.
    pub duty: Provision,
    /// The penalty clause.
    pub clause: Provision,
    /// What the clause asks for before a fine.
    pub condition: Condition,
    /// What the clause allows.
    pub kinds: BTreeSet<PenaltyKind>,
    /// Of what its figures are.
    pub measure: Measure,
    /// Its figures: in fen, or in percent.
    pub bands: Bands,
    /// Whether the clause leaves the amount to local rules that nobody has entered.
    pub is_local: bool,
    /// Whether life, health or financial safety may be harmed, so that the longer limitation may apply.
    pub harms: bool,
    /// The tiers of discretion, lightest first; none when the organ has published none.
    pub tiers: Vec<Tier>,
    /// When nobody is punished.
    pub exemptions: Vec<Exemption>,
    /// What allows to seize for it; none where nothing does.
    pub seizure: Option<SeizureBasis>,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    pub until: Option<Date>,
    /// How sure it is.
    pub certainty: Certainty,
    /// What whoever checks it should know; may be empty.
    pub note: String,
}

impl Matter {
    /// The band of the clause for a party, in fen. `quantity` is what [`Measure`] says, and is ignored for plain amounts.
    ///
    /// # Errors
    /// `enforcement-refusal-amount-local` while the amount is left to local rules; `enforcement-refusal-party-not-fined` when
    /// the clause does not fine such a party; `enforcement-refusal-quantity-missing`; `enforcement-refusal-amount-absurd`.
    pub fn band(&self, party: PartyKind, quantity: Option<i64>) -> Result<Band, Refusal> {
        if self.is_local {
            return Err(Refusal::new("enforcement-refusal-amount-local").with("matter", &self.name.zh));
        }
        self.measured(self.bands.of(party), quantity)
    }

    /// The band of a tier for a party, in fen; none when the matter has no such tier.
    ///
    /// # Errors
    /// As [`Matter::band`].
    pub fn tier_band(&self, tier: TierKind, party: PartyKind, quantity: Option<i64>) -> Result<Option<Band>, Refusal> {
        let Some(found) = self.tiers.iter().find(|found| found.kind == tier) else { return Ok(None) };
        self.measured(found.bands.of(party), quantity).map(Some)
    }

    fn measured(&self, band: Option<Band>, quantity: Option<i64>) -> Result<Band, Refusal> {
        let band =
            band.ok_or_else(|| Refusal::new("enforcement-refusal-party-not-fined").with("matter", &self.name.zh))?;
        let (quantity, divisor) = match self.measure {
            Measure::Amount => return Ok(band),
            Measure::SquareMetre | Measure::CostPercent => (quantity, 100),
            Measure::Each => (quantity, 1),
        };
        let quantity = quantity.filter(|quantity| *quantity > 0);
        let quantity = quantity.ok_or_else(|| Refusal::new("enforcement-refusal-quantity-missing").on("quantity"))?;
        let times = |figure: i64| {
            let amount = i128::from(figure) * i128::from(quantity) / divisor;
            let absurd = || Refusal::new("enforcement-refusal-amount-absurd").on("quantity");
            i64::try_from(amount).ok().filter(|amount| *amount <= MOST_FEN).ok_or_else(absurd)
        };
        Ok(Band { least: times(band.least)?, most: times(band.most)? })
    }

    /// Whether this rule is more lenient for a party than `other`: by the most that it takes, then by the least, by the heavier
    /// kinds, and by what it asks for before a penalty. None when these point in different directions.
    pub fn leniency(&self, other: &Matter, party: PartyKind) -> Option<Ordering> {
        if self.is_local || other.is_local || self.measure != other.measure {
            return None;
        }
        let heavy = |matter: &Matter| {
            let heavy = [PenaltyKind::Licence, PenaltyKind::StopBusiness, PenaltyKind::ConfiscateGoods];
            heavy.iter().filter(|kind| matter.kinds.contains(kind)).count()
        };
        let figures = |matter: &Matter| matter.bands.of(party).map_or((0, 0), |band| (band.most, band.least));
        let condition = self.condition.asks(other.condition)?.reverse();
        let all = [heavy(self).cmp(&heavy(other)), figures(self).cmp(&figures(other)), condition];
        let mut said = all.into_iter().filter(|one| *one != Ordering::Equal);
        let first = said.next().unwrap_or(Ordering::Equal);
        said.all(|one| one == first).then_some(first)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MattersFile {
    #[serde(default)]
    text: Vec<LegalText>,
    #[serde(default)]
    matter: Vec<MatterRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterRow {
    id: String,
    zh: String,
    en: String,
    text: String,
    duty: Provision,
    clause: Provision,
    condition: Condition,
    kinds: Vec<PenaltyKind>,
    #[serde(default = "amount")]
    measure: Measure,
    citizen: Option<[i64; 2]>,
    unit: Option<[i64; 2]>,
    #[serde(default)]
    local_amount: bool,
    #[serde(default)]
    harms: bool,
    from: Date,
    until: Option<Date>,
    certainty: Certainty,
    #[serde(default)]
    note: String,
    #[serde(default)]
    tier: Vec<TierRow>,
    #[serde(default)]
    exemption: Vec<ExemptionRow>,
    seizure: Option<SeizureRow>,
}

fn amount() -> Measure {
    Measure::Amount
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierRow {
    id: TierKind,
    zh: String,
    en: String,
    citizen: Option<[i64; 2]>,
    unit: Option<[i64; 2]>,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExemptionRow {
    kind: ExemptionKind,
    zh: String,
    en: String,
    certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeizureRow {
    text: String,
    article: String,
    #[serde(default)]
    paragraph: Option<u16>,
    #[serde(default)]
    item: Option<u16>,
    #[serde(default = "unconditional")]
    condition: Condition,
    zh: String,
    en: String,
    certainty: Certainty,
}

fn unconditional() -> Condition {
    Condition::None
}

/// All matters.
#[derive(Clone, Debug, Default)]
pub struct Matters {
    matters: Vec<Matter>,
    version: String,
}

/// Every problem of the files, which are pairs of path and text.
pub fn check(files: &[(String, String)]) -> Vec<Problem> {
    read(files).1
}

fn read(files: &[(String, String)]) -> (Matters, Vec<Problem>) {
    let mut problems = Vec::new();
    let (mut texts, mut rows) = (BTreeMap::<String, LegalText>::new(), Vec::new());
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".toml")) {
        let file: MattersFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem::unreadable(path, text, &error));
                continue;
            }
        };
        for text in file.text {
            // A text may be named in every file that uses it, always in the same way.
            if texts.get(&text.key).is_some_and(|known| *known != text) {
                problems.push(Problem::new(path, &text.key, "enforcement-text-differs").with("text", &text.key));
            }
            texts.insert(text.key.clone(), text);
        }
        rows.extend(file.matter.into_iter().map(|row| (path, row)));
    }
    let mut matters: Vec<Matter> = Vec::new();
    for (path, row) in rows {
        let Some(text) = texts.get(&row.text).cloned() else {
            problems.push(Problem::new(path, &row.id, "enforcement-text-unknown").with("text", &row.text));
            continue;
        };
        let overlapping = |known: &&Matter| {
            known.id == row.id
                && known.until.is_none_or(|until| until >= row.from)
                && row.until.is_none_or(|until| until >= known.from)
        };
        if matters.iter().any(|known| overlapping(&known)) {
            problems.push(Problem::new(path, &row.id, "enforcement-matter-twice").with("matter", &row.id));
        }
        let named = row.seizure.as_ref().map(|one| one.text.clone());
        let of_seizure = named.as_ref().and_then(|key| texts.get(key).cloned());
        if let Some(key) = named.filter(|_| of_seizure.is_none()) {
            problems.push(Problem::new(path, &row.id, "enforcement-text-unknown").with("text", &key));
        }
        matters.push(matter(path, row, text, of_seizure, &mut problems));
    }
    if matters.is_empty() {
        problems.push(Problem::new(FOLDER, "", "enforcement-no-matter"));
    }
    (Matters { matters, version: version_of(files) }, problems)
}

fn matter(
    path: &str,
    row: MatterRow,
    text: LegalText,
    of_seizure: Option<LegalText>,
    problems: &mut Vec<Problem>,
) -> Matter {
    let mut wrong = |key: &'static str| problems.push(Problem::new(path, &row.id, key));
    let scale = if row.measure == Measure::CostPercent { 1 } else { 100 };
    let band = |figures: Option<[i64; 2]>| {
        figures.map(|[least, most]| Band { least: least.saturating_mul(scale), most: most.saturating_mul(scale) })
    };
    let bands = Bands { citizen: band(row.citizen), unit: band(row.unit) };
    let is_sound = |band: &Band| band.least >= 0 && band.most > 0 && band.least <= band.most && band.most <= MOST_FEN;
    if [bands.citizen, bands.unit].iter().flatten().any(|band| !is_sound(band)) {
        wrong("enforcement-band-out-of-range");
    }
    let has_amount = bands.citizen.is_some() || bands.unit.is_some();
    if row.local_amount == has_amount && row.kinds.contains(&PenaltyKind::Fine) {
        wrong("enforcement-band-or-local");
    }
    if row.kinds.is_empty() {
        wrong("enforcement-kinds-missing");
    }
    if [&row.zh, &row.en].iter().any(|words| words.trim().is_empty()) {
        wrong("law-words-missing");
    }
    if row.certainty == Certainty::Verified && (row.duty.article.is_empty() || row.clause.article.is_empty()) {
        wrong("law-article-missing");
    }
    let is_reversed = row.until.is_some_and(|until| until < row.from);
    let outlives = text.until.is_some_and(|until| row.until.is_none_or(|own| own > until));
    if is_reversed || outlives || row.from < text.from {
        wrong("enforcement-validity-outside-text");
    }
    let mut tiers: Vec<Tier> = Vec::new();
    for tier in row.tier {
        let tier_bands = Bands { citizen: band(tier.citizen), unit: band(tier.unit) };
        let inside = |party| match (tier_bands.of(party), bands.of(party)) {
            (Some(tier), Some(clause)) => tier.least <= tier.most && clause.has(tier.least) && clause.has(tier.most),
            (Some(_), None) => false,
            (None, _) => true,
        };
        if !PartyKind::ALL.iter().all(|party| inside(*party)) {
            problems.push(Problem::new(path, &row.id, "enforcement-tier-outside-clause").with("tier", tier.id.word()));
        }
        if tiers.last().is_some_and(|last| last.kind >= tier.id) {
            problems.push(Problem::new(path, &row.id, "enforcement-tiers-disordered"));
        }
        if tier.zh.trim().is_empty() || tier.en.trim().is_empty() {
            problems.push(Problem::new(path, &row.id, "law-words-missing"));
        }
        let circumstances = Text { zh: tier.zh, en: tier.en };
        tiers.push(Tier { kind: tier.id, circumstances, bands: tier_bands, certainty: tier.certainty });
    }
    let exemptions = row.exemption.into_iter().map(|row| Exemption {
        kind: row.kind,
        circumstances: Text { zh: row.zh, en: row.en },
        certainty: row.certainty,
    });
    let seizure = row.seizure.zip(of_seizure).map(|(row, text)| SeizureBasis {
        text,
        provision: Provision { article: row.article, paragraph: row.paragraph, item: row.item, last_item: None },
        condition: row.condition,
        things: Text { zh: row.zh, en: row.en },
        certainty: row.certainty,
    });
    Matter {
        id: row.id,
        name: Text { zh: row.zh, en: row.en },
        text,
        duty: row.duty,
        clause: row.clause,
        condition: row.condition,
        kinds: row.kinds.into_iter().collect(),
        measure: row.measure,
        bands,
        is_local: row.local_amount,
        harms: row.harms,
        tiers,
        exemptions: exemptions.collect(),
        seizure,
        from: row.from,
        until: row.until,
        certainty: row.certainty,
        note: row.note,
    }
}

impl Matters {
    /// Reads the files of [`FOLDER`], pairs of path and text.
    ///
    /// # Errors
    /// Every problem found, as [`check`] answers them.
    pub fn load(files: &[(String, String)]) -> Result<Matters, Vec<Problem>> {
        let (matters, problems) = read(files);
        if problems.is_empty() { Ok(matters) } else { Err(problems) }
    }

    /// The matter of that name that is in force on `day`.
    pub fn on(&self, id: &str, day: Date) -> Option<&Matter> {
        self.matters.iter().find(|matter| matter.id == id && is_in_force(day, matter.from, matter.until))
    }

    /// All matters, in the order of the files.
    pub fn all(&self) -> &[Matter] {
        &self.matters
    }

    /// A digest of the files, to be kept on a case.
    pub fn version(&self) -> &str {
        &self.version
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kit::sources::Sources;

    fn files() -> Vec<(String, String)> {
        Sources::embedded().folder(FOLDER)
    }

    /// The matters of the package.
    pub fn matters() -> Matters {
        Matters::load(&files()).expect("the package's matters")
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn the_packages_files_have_no_problem() {
        assert_eq!(check(&files()), []);
        let matters = matters();
        assert!(matters.all().len() >= 20);
        let unsure = |matter: &&Matter| matter.tiers.iter().any(|tier| tier.certainty == Certainty::Verified);
        assert_eq!(matters.all().iter().find(unsure).map(|matter| &matter.id), None, "tiers are our own examples");
    }

    #[test]
    fn bands_of_clauses() {
        let matters = matters();
        let on = |id: &str| matters.on(id, day("2026-03-02")).expect(id);
        use PartyKind::{Citizen, Unit};
        type Row<'a> = (&'a str, PartyKind, Option<i64>, Result<(i64, i64), &'a str>, &'a str);
        #[rustfmt::skip]
        let rows: &[Row<'_>] = &[
            ("street-stall", Citizen, None, Ok((0, 500_000)), "日照99"),
            ("uncovered-transport", Unit, None, Ok((200_000, 2_000_000)), "日照98"),
            ("waste-water", Citizen, None, Ok((2_000_000, 10_000_000)), "排水49"),
            ("waste-water", Unit, None, Ok((10_000_000, 20_000_000)), "排水49"),
            ("waste-dumping", Citizen, None, Ok((10_000, 50_000)), "固废法111"),
            ("littering", Unit, None, Err("enforcement-refusal-party-not-fined"), "日照100"),
            ("tree-damage", Citizen, None, Err("enforcement-refusal-amount-local"), "绿化26"),
            // 5 to 10 % of works that cost 123,456.78 yuan.
            ("building-without-permit", Unit, Some(12_345_678), Ok((617_283, 1_234_567)), "规划64"),
            ("building-without-permit", Unit, None, Err("enforcement-refusal-quantity-missing"), "规划64"),
            ("building-without-permit", Unit, Some(0), Err("enforcement-refusal-quantity-missing"), "规划64"),
            ("building-without-permit", Unit, Some(i64::MAX), Err("enforcement-refusal-amount-absurd"), "规划64"),
        ];
        for (id, party, quantity, expected, article) in rows {
            let band =
                on(id).band(*party, *quantity).map(|band| (band.least, band.most)).map_err(|refusal| refusal.key);
            assert_eq!(band, *expected, "{id}: {article}");
        }
        assert_eq!(on("waste-dumping").clause.official(), "第一百一十一条第一款第一项");
        assert_eq!(on("littering").duty.official(), "第三十七条第一项、第二项");
        assert_eq!(on("waste-dumping").clause.english(), "art. 111, para. 1, item 1");
        assert_eq!(on("littering").duty.english(), "art. 37, items 1–2");
        // What the Ecological and Environmental Code repealed goes on under its articles.
        for (id, before, after) in [
            ("waste-dumping", "111", "1169"),
            ("unsorted-waste", "111", "1174"),
            ("public-noise", "82", "1190"),
            ("commercial-noise", "81", "1189"),
            ("cooking-smoke", "118", "1132"),
            ("cooking-smoke-residential", "118", "1132"),
            ("open-air-barbecue", "118", "1132"),
            ("open-burning", "119", "1131"),
        ] {
            let article = |on: &str| matters.on(id, day(on)).map(|matter| matter.clause.article.clone());
            let articles = (article("2026-08-14"), article("2026-08-15"));
            assert_eq!(articles, (Some(before.to_owned()), Some(after.to_owned())), "{id}");
        }
        assert_eq!(matters.on("cooking-smoke", day("2015-12-31")), None, "before the law");
    }

    #[test]
    fn what_a_clause_asks_for_makes_it_more_lenient() {
        let one = matters().on("shop-overflow", day("2026-03-02")).expect("a matter").clone();
        let asking = |condition| Matter { condition, ..one.clone() };
        use Condition::{GraveForFine, None as Nothing, Overdue, OverdueAndGrave, OverdueOrHarm, Refusal};
        use Ordering::{Equal, Greater, Less};
        // The newer, the older, and whether the newer is milder (Less): 处罚法37.
        for (new, old, said) in [
            (Overdue, Nothing, Some(Less)),
            (Nothing, Overdue, Some(Greater)),
            (Overdue, Refusal, Some(Less)),
            (OverdueOrHarm, Overdue, Some(Greater)),
            (OverdueAndGrave, GraveForFine, Some(Less)),
            (Overdue, Overdue, Some(Equal)),
            (GraveForFine, Overdue, None),
        ] {
            assert_eq!(asking(new).leniency(&asking(old), PartyKind::Unit), said, "{new:?} after {old:?}");
        }
        let mut dearer = asking(Overdue);
        dearer.bands.unit = Some(Band { least: 0, most: MOST_FEN });
        assert_eq!(dearer.leniency(&asking(Nothing), PartyKind::Unit), None, "dearer, but only when overdue");
    }

    #[test]
    fn chinese_numerals() {
        let rows =
            [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (85, "八十五"), (100, "一百"), (104, "一百零四")];
        for (n, said) in
            rows.into_iter().chain([(111, "一百一十一"), (1054, "一千零五十四"), (1242, "一千二百四十二"), (0, "零")])
        {
            assert_eq!(chinese_number(n), said);
        }
    }

    #[test]
    fn wrong_files_are_refused_with_their_place() {
        let path = "law/matters/street.toml";
        let changed = |from: &str, to: &str| -> Vec<&'static str> {
            let mut files = files();
            let file = files.iter_mut().find(|(name, _)| name == path).expect("the file");
            assert!(file.1.contains(from), "{from}");
            file.1 = file.1.replacen(from, to, 1);
            Matters::load(&files)
                .map_or_else(|problems| problems.iter().map(|problem| problem.key).collect(), |_| vec![])
        };
        assert_eq!(changed("citizen = [3500, 5000]", "citizen = [3500, 5001]"), ["enforcement-tier-outside-clause"]);
        assert_eq!(changed("id = \"ordinary\"", "id = \"minor\""), ["enforcement-tiers-disordered"]);
        assert!(changed("citizen = [0, 5000]", "citizen = [0, -5000]").contains(&"enforcement-band-out-of-range"));
        assert!(
            changed("citizen = [0, 5000]", "citizen = [0, 9223372036854775807]")
                .contains(&"enforcement-band-out-of-range")
        );
        assert_eq!(changed("citizen = [0, 5000]", "citizen = [0, 9223372036854775808]"), ["catalog-file-unreadable"]);
        assert_eq!(changed("text = \"rizhao\"", "text = \"nowhere\""), ["enforcement-text-unknown"]);
        assert_eq!(changed("id = \"shop-overflow\"", "id = \"street-stall\""), ["enforcement-matter-twice"]);
        assert_eq!(changed("kinds = [\"fine\", \"confiscate-gain\"]", "kinds = []"), ["enforcement-kinds-missing"]);
        assert_eq!(
            changed("certainty = \"verified\"", "local_amount = true\ncertainty = \"verified\""),
            ["enforcement-band-or-local"]
        );
        assert_eq!(changed("article = \"99\"", "article = \"\""), ["law-article-missing"]);
        assert_eq!(changed("text = \"2017-08-02\"", "text = \"2018-08-02\""), ["enforcement-text-differs"]);
        assert_eq!(
            changed("from = \"2017-10-01\"\ncertainty", "from = \"2016-10-01\"\ncertainty"),
            ["enforcement-validity-outside-text"]
        );
        let words = crate::kit::words::Words::load(&Sources::embedded()).0;
        for key in [
            "enforcement-tier-outside-clause",
            "enforcement-tiers-disordered",
            "enforcement-band-out-of-range",
            "enforcement-text-unknown",
            "enforcement-matter-twice",
            "enforcement-kinds-missing",
            "enforcement-band-or-local",
            "enforcement-text-differs",
            "enforcement-validity-outside-text",
            "enforcement-no-matter",
            "enforcement-refusal-amount-local",
            "enforcement-refusal-party-not-fined",
            "enforcement-refusal-quantity-missing",
            "enforcement-refusal-amount-absurd",
        ] {
            assert!(words.has(key), "no sentence for {key}");
        }
    }
}
