//! What of the cases or reports a map is asked for, in the words of the lists.

use super::points::{Point, seconds};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;

/// A day in milliseconds.
pub const DAY: i64 = 86_400_000;
/// How far back a map looks when it is not told otherwise.
pub const USUAL: i64 = 30 * DAY;
/// How long a stretch of time may be asked for.
pub const LONGEST: i64 = 400 * DAY;
/// Moments are cut down to whole minutes, so that the tiles of a minute are the same.
const MINUTE: i64 = 60_000;

/// The stages of a room as a map's filter knows them.
#[derive(Debug, Clone)]
pub struct Stages {
    /// Their words, each at the place that is its number.
    pub words: Vec<&'static str>,
    /// Those in which something is still to be done.
    pub open: u32,
    /// Those in which the work is done, looked at or not.
    pub handled: u32,
    /// Those in which nothing more is to come.
    pub closed: u32,
    /// What is shown without a question.
    pub usual: u32,
}

impl Stages {
    /// All of them.
    pub fn all(&self) -> u32 {
        self.open | self.closed
    }

    /// The number of a stage's word.
    pub fn number(&self, word: &str) -> Option<u8> {
        let place = self.words.iter().position(|known| *known == word)?;
        u8::try_from(place).ok()
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Not before this moment.
    pub from: Moment,
    /// Not after it.
    pub until: Moment,
    /// Whether both were said; otherwise what is still open is shown however old it is.
    pub is_of_time: bool,
    /// The stages that are shown, a bit each.
    pub stages: u32,
    /// Only what is overdue.
    pub only_late: bool,
    /// The moment by which it is judged, whole minutes.
    pub now: Moment,
    /// Only this code set.
    pub code_set: Option<String>,
    /// Only events or components.
    pub kind: Option<String>,
    /// Only this sub-class.
    pub code: Option<String>,
    /// Heat instead of places.
    pub is_heat: bool,
}

/// The arguments that a question may have.
const KNOWN: [&str; 12] =
    ["from", "to", "set", "kind", "code", "category", "stage", "state", "overdue", "ended", "heat", "lang"];

/// Reads a question.
///
/// # Errors
/// What is not understood, by name: whoever writes a filter wrong must not be shown everything. `tiles-argument`, `tiles-value`,
/// `tiles-backwards`, `tiles-too-long`.
pub fn read(
    pairs: &[(String, String)],
    now: Moment,
    stages: &Stages,
    moment: impl Fn(&str, bool) -> Option<Moment>,
) -> Result<Question, Refusal> {
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
        return Err(Refusal::new("tiles-argument").with("name", name));
    }
    let text = |name: &str| {
        let found = pairs.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let wrong = |name: &str, value: &str| Refusal::new("tiles-value").with("name", name).with("value", value);
    let at = |name: &str, is_end: bool| {
        let read = |value: &str| moment(value, is_end).ok_or_else(|| wrong(name, value));
        text(name).map(read).transpose()
    };
    let is = |name: &str| match text(name) {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(value) => Err(wrong(name, value)),
    };
    let (first, last) = (at("from", false)?, at("to", true)?);
    let minute = Moment(now.0.div_euclid(MINUTE) * MINUTE);
    let hour = Moment(now.0.div_euclid(60 * MINUTE) * 60 * MINUTE);
    let until = last.unwrap_or(Moment(i64::MAX));
    let from = first.unwrap_or_else(|| last.unwrap_or(hour).plus(-USUAL));
    if from > until || from > now && first.is_some() {
        return Err(Refusal::new("tiles-backwards"));
    }
    if until.0.min(now.0) - from.0 > LONGEST {
        return Err(Refusal::new("tiles-too-long").with("days", LONGEST / DAY));
    }
    let (mut kind, mut code) = (text("kind"), text("code"));
    // The public list says both in one word; the code of another kind alone is no word of it.
    if let Some(category) = text("category") {
        let (said, rest) = category.split_once('-').ok_or_else(|| wrong("category", category))?;
        (kind, code) = (Some(said), Some(rest));
    }
    if let Some(kind) = kind.filter(|kind| !matches!(*kind, "event" | "component")) {
        return Err(wrong(if text("category").is_some() { "category" } else { "kind" }, kind));
    }
    if let Some(value) = code.filter(|code| code.len() > 32) {
        return Err(wrong("code", value));
    }
    let mut only_late = is("overdue")?;
    let mut wanted = match text("state") {
        None if is("ended")? => stages.all(),
        None => stages.usual,
        Some("open") => stages.open,
        Some("handled") => stages.handled,
        Some("closed") => stages.closed,
        Some("all") => stages.all(),
        Some("overdue") => {
            only_late = true;
            stages.open
        }
        Some(value) => return Err(wrong("state", value)),
    };
    if let Some(value) = text("stage") {
        wanted = 1 << stages.number(value).ok_or_else(|| wrong("stage", value))?;
    }
    if only_late {
        wanted &= stages.open;
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(Question {
        from,
        until,
        is_of_time: first.is_some() || last.is_some(),
        stages: wanted,
        only_late,
        now: minute,
        code_set: owned(text("set")),
        kind: owned(kind),
        code: owned(code),
        is_heat: is("heat")?,
    })
}

impl Question {
    /// Whether it is of nothing but what is still open.
    pub fn is_open_only(&self, stages: &Stages) -> bool {
        self.stages & stages.closed == 0
    }

    /// Whether a point is asked for; `kinds` marks the kinds that are, none when any is.
    pub fn is_of(&self, point: &Point, kinds: Option<&[bool]>, is_timed: bool) -> bool {
        let is_kind = || kinds.is_none_or(|kinds| kinds.get(usize::from(point.kind)).copied().unwrap_or(false));
        let is_then = || !is_timed || (seconds(self.from.0)..=seconds(self.until.0)).contains(&point.since);
        self.stages & (1 << point.stage) != 0 && is_then() && is_kind() && (!self.only_late || self.is_late(point))
    }

    /// Whether a point is past its due moment; whether its clock still runs, the stage says.
    pub fn is_late(&self, point: &Point) -> bool {
        point.due < seconds(self.now.0)
    }

    /// Whether a kind is asked for.
    pub fn is_of_kind(&self, (code_set, kind, code): &(String, String, String)) -> bool {
        let is = |wanted: &Option<String>, found: &String| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.code_set, code_set) && is(&self.kind, kind) && is(&self.code, code)
    }

    /// Whether any kind will do.
    pub fn is_of_any_kind(&self) -> bool {
        self.code_set.is_none() && self.kind.is_none() && self.code.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_773_108_030_000);

    fn stages() -> Stages {
        Stages { words: vec!["received", "handling", "solved", "declined"], open: 3, handled: 4, closed: 12, usual: 15 }
    }

    fn ask(query: &str) -> Result<Question, (&'static str, String)> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("a query");
        let moment = |text: &str, is_end: bool| {
            let day = text.parse::<i64>().ok()?;
            Some(Moment((day + i64::from(is_end)) * DAY - i64::from(is_end)))
        };
        let said = |refusal: Refusal| {
            (refusal.key, refusal.args.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join("="))
        };
        read(&pairs, NOW, &stages(), moment).map_err(said)
    }

    #[test]
    fn without_a_question_the_usual_of_thirty_days_is_meant() {
        let usual = ask("").expect("a question");
        assert_eq!((usual.stages, usual.is_of_time, usual.only_late, usual.is_heat), (15, false, false, false));
        assert!((0..=3_600_000).contains(&(NOW.0 - USUAL - usual.from.0)) && usual.until == Moment(i64::MAX));
        assert_eq!(usual, ask("lang=en&stage=&from=").expect("empty fields of a form say nothing"));
        assert_eq!(usual.now.0 % MINUTE, 0);
    }

    #[test]
    fn the_words_of_the_lists_are_understood() {
        for (query, wanted, only_late) in [
            ("stage=solved", 4, false),
            ("state=open", 3, false),
            ("state=handled", 4, false),
            ("state=closed", 12, false),
            ("state=all", 15, false),
            ("ended=1", 15, false),
            ("state=overdue", 3, true),
            ("overdue=1", 3, true),
            ("overdue=1&stage=handling", 2, true),
            ("overdue=1&stage=solved", 0, true),
        ] {
            let found = ask(query).expect(query);
            assert_eq!((found.stages, found.only_late), (wanted, only_late), "{query}");
        }
        let kind = ask("category=event-0110&set=2021").expect("a question");
        assert_eq!((kind.kind.as_deref(), kind.code.as_deref()), (Some("event"), Some("0110")));
        let of = |set: &str, kind: &str, code: &str| (set.to_owned(), kind.to_owned(), code.to_owned());
        assert!(kind.is_of_kind(&of("2021", "event", "0110")) && !kind.is_of_kind(&of("2021", "component", "0110")));
        assert!(!kind.is_of_kind(&of("2005", "event", "0110")) && !kind.is_of_any_kind());
        let days = ask("from=20500&to=20510").expect("a question");
        assert_eq!(days.until.0 - days.from.0, 11 * DAY - 1);
        let before = ask("to=20000").expect("thirty days before it");
        assert_eq!(before.until.0 - before.from.0, USUAL);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (query, key, said) in [
            ("colour=red", "tiles-argument", "colour"),
            ("area=1", "tiles-argument", "area"),
            ("from=soon", "tiles-value", "from=soon"),
            ("stage=done", "tiles-value", "stage=done"),
            ("state=new", "tiles-value", "state=new"),
            ("overdue=yes", "tiles-value", "overdue=yes"),
            ("kind=thing", "tiles-value", "kind=thing"),
            ("category=0110", "tiles-value", "category=0110"),
            ("category=thing-0110", "tiles-value", "category=thing"),
            ("from=20510&to=20500", "tiles-backwards", ""),
            ("from=30000", "tiles-backwards", ""),
            ("from=20000", "tiles-too-long", "400"),
        ] {
            assert_eq!(ask(query), Err((key, said.to_owned())), "{query}");
        }
    }

    #[test]
    fn points_are_told_apart() {
        let point = |stage: u8, since: i64, due: u32, kind: u16| Point {
            at: 0,
            id: 1,
            since: seconds(since),
            due,
            kind,
            stage,
        };
        let question = ask("state=overdue&from=20500&to=20521").expect("a question");
        let now = seconds(question.now.0);
        for (found, timed, wanted) in [
            (point(1, NOW.0 - DAY, now - 1, 0), true, true),
            (point(1, NOW.0 - DAY, now, 0), true, false),
            (point(2, NOW.0 - DAY, now - 1, 0), true, false),
            (point(1, NOW.0 - 100 * DAY, now - 1, 0), true, false),
            (point(1, NOW.0 - 100 * DAY, now - 1, 0), false, true),
            (point(1, NOW.0 - DAY, now - 1, 1), true, false),
            (point(1, NOW.0 - DAY, now - 1, 9), true, false),
        ] {
            assert_eq!(question.is_of(&found, Some(&[true, false]), timed), wanted, "{found:?}");
        }
    }
}
