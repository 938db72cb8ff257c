//! A report (随手拍、公众举报): what somebody says is wrong, where, and how far it has come.

use super::settings::Settings;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::kit::words::enum_of_words;
use serde::{Deserialize, Serialize};

/// A day in milliseconds.
pub const DAY: i64 = 86_400_000;

enum_of_words! {
    /// How far the public sees that a report has come.
    Stage {
        /// Received; nobody has decided about it.
        Received = "received",
        /// Taken on and being handled.
        Handling = "handling",
        /// Closed: the problem is gone.
        Solved = "solved",
        /// Not taken on, with a reason.
        Declined = "declined",
    }
}

enum_of_words! {
    /// Who reported.
    Source {
        /// A citizen (公众举报).
        Citizen = "citizen",
        /// A keeper on patrol (采集员上报).
        Keeper = "keeper",
        /// The hotline (热线).
        Hotline = "hotline",
        /// A list of another system.
        Import = "import",
    }
}

impl Stage {
    /// How the chip of a stage is coloured.
    pub const fn tone(self) -> &'static str {
        match self {
            Stage::Received => "info",
            Stage::Handling => "active",
            Stage::Solved => "ok",
            Stage::Declined => "neutral",
        }
    }

    /// The stage after a fact of this kind; none when such a fact does not move a report.
    pub fn after(kind: &str) -> Option<Stage> {
        match kind {
            "report_accepted"
            | "report_joined"
            | "report_separated"
            | "case_filed"
            | "case_dispatched"
            | "case_split"
            | "case_reopened"
            | "case_sent_back"
            | "verification_failed" => Some(Stage::Handling),
            "report_waits_again" => Some(Stage::Received),
            "case_closed" | "case_self_handled" => Some(Stage::Solved),
            "report_declined" | "case_voided" | "case_force_closed" => Some(Stage::Declined),
            _ => None,
        }
    }

    /// True when nothing more is expected to happen.
    pub const fn is_ended(self) -> bool {
        matches!(self, Stage::Solved | Stage::Declined)
    }
}

/// What a form, a JSON document or a line of a file says, as it was typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The words.
    pub words: String,
    /// Degrees east.
    pub lon: String,
    /// Degrees north.
    pub lat: String,
    /// The coordinate system's name; WGS-84 when empty.
    pub coordinates: String,
    /// The address.
    pub address: String,
    /// The unit grid's code.
    pub cell: String,
    /// `kind-code` of a sub-class, such as `event-0110`.
    pub category: String,
    /// The name to ask back.
    pub contact_name: String,
    /// The telephone to ask back.
    pub contact_phone: String,
    /// The form's own key: the same key never makes two reports.
    pub key: String,
}

/// A place as it was said, before the ground was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// Degrees east and north in the coordinate system that was named.
    pub point: Option<(f64, f64)>,
    /// The coordinate system's name.
    pub system: String,
    /// The address.
    pub address: String,
    /// The unit grid's code.
    pub cell: String,
}

/// A place in the city.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Place {
    /// Degrees east, WGS-84.
    pub lon: Option<f64>,
    /// Degrees north, WGS-84.
    pub lat: Option<f64>,
    /// The system in which the place was handed in.
    pub system: String,
    /// The address as it was written.
    pub address: String,
    /// The unit grid.
    pub cell: String,
    /// The district's code.
    pub district: String,
    /// The street's code.
    pub street: String,
    /// The community's code.
    pub community: String,
    /// The areas' names, from large to small.
    pub area: String,
}

/// A sub-class of the catalog, or the name that another system gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Category {
    /// The code set.
    pub code_set: String,
    /// `event` or `component`; empty when unknown.
    pub kind: String,
    /// The sub-class.
    pub code: String,
    /// The name as the source wrote it.
    pub name: String,
}

/// What was typed, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The words.
    pub words: String,
    /// The place as it was said.
    pub said: Said,
    /// The category; empty when none was chosen.
    pub category: Category,
    /// The name to ask back.
    pub contact_name: String,
    /// The telephone to ask back.
    pub contact_phone: String,
    /// The form's own key; empty when there is none.
    pub key: String,
}

/// A report as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Made by the program.
    pub id: Id,
    /// The tracking code that only the citizen knows.
    pub code: String,
    /// The key of its sending: the same never makes two reports. Its own tracking code where it came without one.
    pub key: String,
    /// The words.
    pub words: String,
    /// Where.
    pub place: Place,
    /// What kind of problem.
    pub category: Category,
    /// The name to ask back; never public.
    #[serde(skip)]
    pub contact_name: Personal,
    /// The telephone to ask back; never public.
    #[serde(skip)]
    pub contact_phone: Personal,
    /// The photos' identifiers.
    pub photos: Vec<String>,
    /// Who reported.
    pub source: Source,
    /// The number that the source gave it.
    pub source_number: String,
    /// The language in which it was written.
    pub language: String,
    /// How far it has come.
    pub stage: Stage,
    /// The case it belongs to.
    pub case_id: Option<Id>,
    /// When it came in.
    pub received_at: Moment,
    /// When it is promised to be solved.
    pub due_at: Option<Moment>,
    /// When it was solved or declined.
    pub closed_at: Option<Moment>,
    /// When it was last urged; 0 for never.
    pub urged_at: Moment,
    /// How many others follow it.
    pub followers: i64,
    /// The closing after which its reopening was asked for; 0 for none.
    pub reopen_asked_for: Moment,
}

/// Understands what was typed.
///
/// # Errors
/// Every refusal, each on its field: `report-words-too-long`, `report-empty`, `report-place-missing`,
/// `report-point-strange`, `form-too-long`, `report-category-unknown`.
pub fn understand(typed: &Typed, has_photos: bool, settings: &Settings) -> Result<Understood, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut text = |field: &'static str, text: &str, most: usize| {
        at_most(field, text, most).unwrap_or_else(|refusal| {
            refusals.push(refusal);
            String::new()
        })
    };
    let address = text("address", &typed.address, 200);
    let cell = text("cell", &typed.cell, 20);
    let contact_name = text("contact_name", &typed.contact_name, 40);
    let contact_phone = text("contact_phone", &typed.contact_phone, 30);
    let key = text("key", &typed.key, 80);
    let words = typed.words.trim().replace("\r\n", "\n");
    let length = words.chars().count();
    let most = settings.words_limit;
    if length > most {
        refusals.push(Refusal::new("report-words-too-long").with("most", most).with("over", length - most).on("words"));
    }
    let category = match typed.category.trim() {
        "" => Some(Category::default()),
        chosen => chosen
            .split_once('-')
            .filter(|(kind, code)| matches!(*kind, "event" | "component") && is_code(code))
            .map(|(kind, code)| Category { kind: kind.into(), code: code.into(), ..Category::default() }),
    };
    if category.is_none() {
        refusals.push(Refusal::new("report-category-unknown").on("category"));
    }
    let point = match (typed.lon.trim(), typed.lat.trim()) {
        ("", "") => None,
        (lon, lat) => match (lon.parse::<f64>(), lat.parse::<f64>()) {
            (Ok(lon), Ok(lat)) if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) => Some((lon, lat)),
            _ => {
                refusals.push(Refusal::new("report-point-strange").on("place"));
                None
            }
        },
    };
    let is_placed = point.is_some() || !address.is_empty() || !cell.is_empty();
    if !is_placed && !refusals.iter().any(|refusal| matches!(refusal.field, Some("place" | "address" | "cell"))) {
        refusals.push(Refusal::new("report-place-missing").on("place"));
    }
    let category = category.unwrap_or_default();
    if words.is_empty() && !has_photos && category.code.is_empty() {
        refusals.push(Refusal::new("report-empty").on("words"));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let said = Said { point, system: typed.coordinates.trim().to_owned(), address, cell };
    Ok(Understood { words, said, category, contact_name, contact_phone, key })
}

fn is_code(code: &str) -> bool {
    (2..=12).contains(&code.len()) && code.chars().all(|character| character.is_ascii_alphanumeric())
}

impl Report {
    /// A citizen's report that has just come in.
    pub fn received(id: Id, code: String, understood: Understood, place: Place, language: &str, now: Moment) -> Report {
        let key = if understood.key.is_empty() { code.clone() } else { understood.key };
        Report {
            id,
            code,
            key,
            words: understood.words,
            place,
            category: understood.category,
            contact_name: understood.contact_name.into(),
            contact_phone: understood.contact_phone.into(),
            photos: Vec::new(),
            source: Source::Citizen,
            source_number: String::new(),
            language: language.to_owned(),
            stage: Stage::Received,
            case_id: None,
            received_at: now,
            due_at: None,
            closed_at: None,
            urged_at: Moment(0),
            followers: 0,
            reopen_asked_for: Moment(0),
        }
    }

    /// Whether it came with a key, by which it may be sent again.
    pub fn has_key(&self) -> bool {
        self.key != self.code
    }

    /// Whether it may be urged (催办) now.
    ///
    /// # Errors
    /// `urge-closed` when it has ended, `urge-too-soon` (`hours`) within the city's interval since the last time.
    pub fn urge(&self, now: Moment, settings: &Settings) -> Result<(), Refusal> {
        if self.stage.is_ended() {
            return Err(Refusal::new("urge-closed"));
        }
        if self.urged_at.plus(settings.urge_every) > now {
            return Err(settings.urged_too_soon());
        }
        Ok(())
    }

    /// Whether it may be rated now.
    ///
    /// # Errors
    /// `rate-not-closed` while it is open.
    pub fn rate(&self) -> Result<Moment, Refusal> {
        self.closed_at.filter(|_| self.stage.is_ended()).ok_or_else(|| Refusal::new("rate-not-closed"))
    }

    /// Whether its reopening may be asked for now.
    ///
    /// # Errors
    /// `reopen-not-closed` while it is open, `reopen-already` when it was asked for since this closing, `reopen-too-late`
    /// (`days`) after the city's time.
    pub fn reopen(&self, now: Moment, settings: &Settings) -> Result<Moment, Refusal> {
        let closed = self.closed_at.filter(|_| self.stage.is_ended());
        let closed = closed.ok_or_else(|| Refusal::new("reopen-not-closed"))?;
        if self.reopen_asked_for == closed {
            return Err(Refusal::new("reopen-already"));
        }
        if closed.plus(settings.reopen_within) < now {
            return Err(Refusal::new("reopen-too-late").with("days", settings.reopen_within / DAY));
        }
        Ok(closed)
    }
}

/// Words as the public reads them: long runs of digits (telephones, identity cards, plates) are masked.
pub fn masked(words: &str) -> String {
    let mut answer = String::with_capacity(words.len());
    let mut run = String::new();
    let flush = |run: &mut String, answer: &mut String| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        if digits >= 7 {
            answer.push_str("***");
        } else {
            answer.push_str(run);
        }
        run.clear();
    };
    for character in words.chars() {
        if character.is_ascii_digit() || (!run.is_empty() && matches!(character, ' ' | '-')) {
            run.push(character);
        } else {
            flush(&mut run, &mut answer);
            answer.push(character);
        }
    }
    flush(&mut run, &mut answer);
    answer
}

/// Metres between two places, good enough within a city.
pub fn metres_between(a: (f64, f64), b: (f64, f64)) -> f64 {
    let north = (a.1 - b.1) * 111_320.0;
    let east = (a.0 - b.0) * 111_320.0 * ((a.1 + b.1) / 2.0).to_radians().cos();
    north.hypot(east)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed { words: "路灯不亮".into(), address: "中山路 8 号".into(), ..Typed::default() }
    }

    #[test]
    fn an_address_is_place_enough() {
        let understood = understand(&typed(), false, &Settings::default()).unwrap();
        assert_eq!(understood.said.point, None);
        assert_eq!(understood.words, "路灯不亮");
    }

    #[test]
    fn every_mistake_is_named_on_its_field() {
        let strange = Typed {
            words: "字".repeat(Settings::default().words_limit + 3),
            lon: "east".into(),
            lat: "31".into(),
            category: "weather-1".into(),
            ..Typed::default()
        };
        let fields: Vec<_> = understand(&strange, false, &Settings::default())
            .unwrap_err()
            .into_iter()
            .map(|no| (no.key, no.field))
            .collect();
        assert!(fields.contains(&("report-words-too-long", Some("words"))), "{fields:?}");
        assert!(fields.contains(&("report-point-strange", Some("place"))), "{fields:?}");
        assert!(fields.contains(&("report-category-unknown", Some("category"))), "{fields:?}");
        let empty = understand(&Typed::default(), false, &Settings::default()).unwrap_err();
        assert_eq!(empty.iter().map(|no| no.key).collect::<Vec<_>>(), ["report-place-missing", "report-empty"]);
        assert_eq!(
            understand(&Typed { words: String::new(), ..typed() }, true, &Settings::default()).map(|_| ()),
            Ok(())
        );
    }

    #[test]
    fn urging_rating_and_reopening_have_their_time() {
        let understood = understand(&typed(), false, &Settings::default()).unwrap();
        let mut report = Report::received(1, "CODE".into(), understood, Place::default(), "en", Moment(DAY * 100));
        let (now, city) = (Moment(DAY * 101), Settings::default());
        assert_eq!(report.urge(now, &city), Ok(()));
        report.urged_at = now;
        assert_eq!(report.urge(now.plus(DAY - 1), &city).unwrap_err().key, "urge-too-soon");
        assert_eq!(report.urge(now.plus(DAY), &city), Ok(()));
        assert_eq!(report.rate().unwrap_err().key, "rate-not-closed");
        (report.stage, report.closed_at) = (Stage::Solved, Some(now));
        assert_eq!(report.rate(), Ok(now));
        assert_eq!(report.urge(now, &city).unwrap_err().key, "urge-closed");
        let last = now.plus(city.reopen_within);
        assert_eq!(report.reopen(last, &city), Ok(now));
        assert_eq!(report.reopen(last.plus(1), &city).unwrap_err().key, "reopen-too-late");
        report.reopen_asked_for = now;
        assert_eq!(report.reopen(last, &city).unwrap_err().key, "reopen-already");
        report.closed_at = Some(now.plus(DAY));
        assert_eq!(report.reopen(last, &city), Ok(now.plus(DAY)), "a second closing may be doubted anew");
    }

    #[test]
    fn telephones_are_masked_and_house_numbers_are_not() {
        assert_eq!(masked("中山路 128 号，电话 138 0013-8000。"), "中山路 128 号，电话 ***。");
    }
}
