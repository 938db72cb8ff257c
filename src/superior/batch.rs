//! A day's batch: which days are due, how it is numbered, how far it has come and what may be done with it.

use crate::exchange::sending::back_off;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

const MINUTE: i64 = 60_000;
/// A superior that asks to be left alone is left alone at most so long.
const MOST_WAIT: i64 = 24 * 60 * MINUTE;
/// How often it is looked for an answer that is laid down as a file.
const LOOK: i64 = MINUTE;
/// How many days are made up for in one go: the others follow at once.
pub const MOST_DAYS: usize = 31;
/// The revision of a preview: it is no batch and never leaves.
pub const PREVIEW: i64 = 0;

enum_of_words! {
    /// How far a batch has come.
    State {
        /// It is to be made.
        Wanted = "wanted",
        /// It was made to be looked at, and never leaves.
        Preview = "preview",
        /// It is made and has not arrived there.
        Waiting = "waiting",
        /// Something of it left, and what became of it is not known.
        Unsure = "unsure",
        /// It is there; its acknowledgement is waited for.
        Delivered = "delivered",
        /// The superior has taken all of it.
        Acknowledged = "acknowledged",
        /// The superior has taken it but for some rows.
        Partly = "partly",
        /// The superior does not take it: somebody must look.
        Refused = "refused",
        /// Somebody decided that it is not sent.
        GivenUp = "given_up",
        /// A correction took its place before it was acknowledged.
        Replaced = "replaced",
    }
}

impl State {
    /// Whether the next batch may follow.
    pub const fn is_over(self) -> bool {
        matches!(self, State::Acknowledged | State::Partly | State::GivenUp | State::Replaced | State::Preview)
    }
}

/// A batch as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Made by the program.
    pub id: Id,
    /// The superior's key.
    pub superior: String,
    /// The civil day that it tells of.
    pub day: Date,
    /// From 1; a correction of the day has the next. [`PREVIEW`] for a preview.
    pub revision: i64,
    /// How far it has come.
    pub state: State,
    /// Why it was made once more; empty for the first.
    pub reason: String,
    /// Who asked for it; none for the program itself.
    pub by: Option<Id>,
    /// When it was asked for.
    pub asked_at: Moment,
    /// When it was made.
    pub made_at: Option<Moment>,
    /// What is sent with its files, byte for byte; empty until it is made.
    pub manifest: String,
    /// How many rows it has.
    pub rows: i64,
    /// How many bytes.
    pub bytes: i64,
    /// How many rows were left out because something is lacking.
    pub held: i64,
    /// How many sentences there are about what the mapping lacks.
    pub notes: i64,
    /// How many rows the superior did not take.
    pub refused: i64,
    /// How often it was tried.
    pub tries: i64,
    /// How many of its files are there already.
    pub sent: i64,
    /// Whether it goes once more although it was answered: what was answered then counts no more.
    pub is_anew: bool,
    /// When something is to be done next.
    pub next_at: Moment,
    /// When something first left.
    pub left_at: Option<Moment>,
    /// When it was there.
    pub delivered_at: Option<Moment>,
    /// When it was over.
    pub done_at: Option<Moment>,
    /// Where its acknowledgement is asked for; empty: nowhere yet.
    pub ask: String,
    /// What is in the way; empty for nothing.
    pub trouble: String,
    /// Counts its changes.
    pub version: i64,
}

impl Batch {
    /// One that is to be made.
    pub fn wanted(id: Id, superior: &str, day: Date, revision: i64, now: Moment) -> Batch {
        Batch {
            id,
            superior: superior.to_owned(),
            day,
            revision,
            state: State::Wanted,
            reason: String::new(),
            by: None,
            asked_at: now,
            made_at: None,
            manifest: String::new(),
            rows: 0,
            bytes: 0,
            held: 0,
            notes: 0,
            refused: 0,
            tries: 0,
            sent: 0,
            is_anew: false,
            next_at: now,
            left_at: None,
            delivered_at: None,
            done_at: None,
            ask: String::new(),
            trouble: String::new(),
            version: 1,
        }
    }
}

/// The number of the batches of a day: the same for all its revisions.
pub fn number(division: &str, day: Date) -> String {
    format!("{division}-{}", day.strftime("%Y%m%d"))
}

/// What the names of a batch's files begin with.
pub fn stem(division: &str, day: Date, revision: i64) -> String {
    format!("{}-r{revision}", number(division, day))
}

/// The name of a file.
pub fn file_name(stem: &str, set: &str, part: usize, ending: &str) -> String {
    format!("{stem}-{set}-{part:03}.{ending}")
}

/// The name of the manifest.
pub fn manifest_name(stem: &str) -> String {
    format!("{stem}-manifest.json")
}

/// The key by which a superior knows a batch again: the same whenever it is sent.
pub fn idempotency(division: &str, day: Date, revision: i64) -> String {
    format!("{}.{revision}", number(division, day))
}

/// The days of which a batch is due at `now`, by the city's clock, in their order: from `first`, behind the last that there is, up to
/// the day before, once it is late enough for that.
pub fn due_days(first: Date, last: Option<Date>, now: DateTime, at: Time) -> Vec<Date> {
    let whole = if now.time() >= at { 1 } else { 2 };
    let until = now.date().saturating_sub(whole.days());
    let from = last.map_or(first, |last| last.saturating_add(1.day()).max(first));
    from.series(1.day()).take_while(|day| *day <= until).take(MOST_DAYS).collect()
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The superior has taken it, so many rows apart.
    Taken(i64),
    /// It does not take it.
    Refused(String),
    /// It lies where the superior fetches it.
    Placed,
    /// It is there; what becomes of it is told later, at this address, not before so many milliseconds if it says so.
    Later(String, Option<i64>),
    /// There is no acknowledgement yet.
    NotYet(Option<i64>),
    /// It cannot have arrived.
    NotArrived(String),
    /// The superior asks to wait; it was not taken.
    Busy(Option<i64>, String),
    /// It may have arrived.
    Lost(String),
}

impl Outcome {
    /// Its word in the list of tries.
    pub const fn word(&self) -> &'static str {
        match self {
            Outcome::Taken(0) => "taken",
            Outcome::Taken(_) => "partly",
            Outcome::Refused(_) => "refused",
            Outcome::Placed => "placed",
            Outcome::Later(..) => "later",
            Outcome::NotYet(_) => "not_yet",
            Outcome::NotArrived(_) => "not_arrived",
            Outcome::Busy(..) => "busy",
            Outcome::Lost(_) => "lost",
        }
    }
}

/// The words of all outcomes.
pub const OUTCOMES: [&str; 9] =
    ["taken", "partly", "refused", "placed", "later", "not_yet", "not_arrived", "busy", "lost"];

/// How a batch stands after an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// How far it has come.
    pub state: State,
    /// When something is to be done next.
    pub at: Moment,
    /// Where its acknowledgement is asked for.
    pub ask: String,
    /// What is in the way.
    pub trouble: String,
}

/// How a batch stands after an outcome at `now`. `tries` counts how often it was tried, this time among them.
pub fn after(batch: &Batch, outcome: &Outcome, tries: i64, now: Moment) -> Next {
    let wait = now.plus(back_off(batch.id, tries));
    let asked = |wanted: &Option<i64>, otherwise: Moment| match wanted {
        Some(wanted) => now.plus((*wanted).clamp(1_000, MOST_WAIT)),
        None => otherwise,
    };
    let next = |state: State, at: Moment, trouble: &str| Next {
        state,
        at,
        ask: batch.ask.clone(),
        trouble: trouble.to_owned(),
    };
    // That asking failed says nothing of what is there.
    let stays = batch.state == State::Delivered;
    match outcome {
        Outcome::Taken(0) => next(State::Acknowledged, now, ""),
        Outcome::Taken(_) => next(State::Partly, now, ""),
        Outcome::Refused(why) => next(State::Refused, now, why),
        Outcome::Placed => next(State::Delivered, now.plus(LOOK), ""),
        Outcome::Later(ask, wanted) => {
            Next { ask: ask.clone(), ..next(State::Delivered, asked(wanted, now.plus(LOOK)), "") }
        }
        Outcome::NotYet(wanted) => next(batch.state, asked(wanted, now.plus(LOOK)), ""),
        Outcome::NotArrived(why) if stays => next(State::Delivered, wait, why),
        // What left before may have arrived all the same.
        Outcome::NotArrived(why) if batch.sent > 0 => next(State::Unsure, wait, why),
        Outcome::NotArrived(why) => next(State::Waiting, wait, why),
        Outcome::Busy(wanted, why) => {
            let state = if stays {
                State::Delivered
            } else if batch.sent > 0 {
                State::Unsure
            } else {
                State::Waiting
            };
            next(state, asked(wanted, wait).max(wait), why)
        }
        Outcome::Lost(why) => next(if stays { State::Delivered } else { State::Unsure }, wait, why),
    }
}

/// What an answer over HTTP means that is no success.
pub fn judge(status: u16, said: &str, wanted: Option<i64>) -> Outcome {
    let words = if said.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {said}") };
    match status {
        429 => Outcome::Busy(wanted, words),
        503 if wanted.is_some() => Outcome::Busy(wanted, words),
        // A wrong address or token says nothing of the batch: it waits until that is put right.
        401 | 403 | 404 | 407 => Outcome::NotArrived(words),
        408 | 425 | 500..=599 => Outcome::Lost(words),
        400..=499 => Outcome::Refused(words),
        _ => Outcome::Lost(words),
    }
}

/// Whether a batch may be sent again by somebody.
///
/// # Errors
/// `superior-not-made`, `superior-is-preview`, `superior-is-replaced`.
pub fn may_send(batch: &Batch) -> Result<(), Refusal> {
    match batch.state {
        State::Wanted => Err(Refusal::new("superior-not-made")),
        State::Preview => Err(Refusal::new("superior-is-preview")),
        State::Replaced => Err(Refusal::new("superior-is-replaced")),
        _ => Ok(()),
    }
}

/// Whether somebody may decide that a batch is not sent.
///
/// # Errors
/// `superior-is-preview`, `superior-is-over`.
pub fn may_give_up(batch: &Batch) -> Result<(), Refusal> {
    match batch.state {
        State::Preview => Err(Refusal::new("superior-is-preview")),
        state if state.is_over() => Err(Refusal::new("superior-is-over")),
        _ => Ok(()),
    }
}

/// Whether a correction of a batch's day may be made: `newest` is the greatest revision that the day has.
///
/// # Errors
/// `superior-is-preview`, `superior-not-newest`, `superior-not-made`.
pub fn may_correct(batch: &Batch, newest: i64) -> Result<(), Refusal> {
    match batch.state {
        State::Preview => Err(Refusal::new("superior-is-preview")),
        _ if batch.revision < newest => Err(Refusal::new("superior-not-newest").with("revision", newest)),
        State::Wanted => Err(Refusal::new("superior-not-made")),
        _ => Ok(()),
    }
}

/// How a batch stands once a correction takes its place: what is over stays as it was.
pub const fn replaced(state: State) -> State {
    if state.is_over() { state } else { State::Replaced }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    const NOW: Moment = Moment(1_773_108_000_000);

    fn batch(state: State) -> Batch {
        let fresh = Batch::wanted(7, "province", date(2026, 3, 9), 1, NOW);
        Batch { state, made_at: Some(NOW), manifest: "{}".into(), ..fresh }
    }

    #[test]
    fn every_day_has_its_batch_and_missed_ones_are_made_up_for_in_order() {
        let at = time(0, 30, 0, 0);
        let first = date(2026, 3, 1);
        let days = |last: Option<Date>, now: DateTime| {
            due_days(first, last, now, at).iter().map(|day| day.strftime("%m-%d").to_string()).collect::<Vec<_>>()
        };
        let now = |day: i8, hour: i8, minute: i8| date(2026, 3, day).at(hour, minute, 0, 0);
        assert_eq!(days(None, now(1, 23, 59)), [""; 0], "the first day is not over");
        assert_eq!(days(None, now(2, 0, 29)), [""; 0], "it is too early");
        assert_eq!(days(None, now(2, 0, 30)), ["03-01"]);
        assert_eq!(days(Some(first), now(2, 0, 30)), [""; 0], "it is there");
        assert_eq!(days(Some(first), now(5, 12, 0)), ["03-02", "03-03", "03-04"], "stopped for three days");
        assert_eq!(days(Some(first), now(5, 0, 10)), ["03-02", "03-03"]);
        // Days that were told once are not told again when the city moves the first day.
        assert_eq!(days(Some(date(2026, 2, 10)), now(3, 1, 0)), ["03-01", "03-02"]);
        assert_eq!(due_days(date(2024, 1, 1), None, now(1, 1, 0), at).len(), MOST_DAYS);
        // A clock that was set back makes nothing.
        assert!(due_days(first, Some(date(2026, 4, 1)), now(2, 1, 0), at).is_empty());
    }

    #[test]
    fn a_batch_has_one_number_and_each_revision_a_name() {
        let day = date(2026, 3, 9);
        assert_eq!(number("990100", day), "990100-20260309");
        assert_eq!(idempotency("990100", day, 2), "990100-20260309.2");
        let stem = stem("990100", day, 2);
        assert_eq!(file_name(&stem, "cases", 1, "csv"), "990100-20260309-r2-cases-001.csv");
        assert_eq!(manifest_name(&stem), "990100-20260309-r2-manifest.json");
    }

    #[test]
    fn every_outcome_has_its_state() {
        let refused = || Outcome::Refused("no".into());
        let cut = || Outcome::Lost("cut".into());
        let away = || Outcome::NotArrived("away".into());
        for (from, outcome, to) in [
            (State::Unsure, Outcome::Taken(0), State::Acknowledged),
            (State::Unsure, Outcome::Taken(3), State::Partly),
            (State::Unsure, refused(), State::Refused),
            (State::Unsure, Outcome::Placed, State::Delivered),
            (State::Unsure, Outcome::Later("x".into(), None), State::Delivered),
            (State::Unsure, cut(), State::Unsure),
            (State::Unsure, away(), State::Waiting),
            (State::Unsure, Outcome::Busy(None, "429".into()), State::Waiting),
            (State::Delivered, Outcome::NotYet(None), State::Delivered),
            (State::Delivered, cut(), State::Delivered),
            (State::Delivered, away(), State::Delivered),
            (State::Delivered, refused(), State::Refused),
            (State::Delivered, Outcome::Taken(0), State::Acknowledged),
        ] {
            let next = after(&batch(from), &outcome, 1, NOW);
            assert_eq!(next.state, to, "{from:?} {outcome:?}");
            assert!(OUTCOMES.contains(&outcome.word()));
            assert!(next.at >= NOW);
        }
        let half = Batch { sent: 2, ..batch(State::Unsure) };
        assert_eq!(after(&half, &away(), 1, NOW).state, State::Unsure, "some files are there");
        let later = after(&batch(State::Unsure), &Outcome::Later("https://x/1".into(), Some(5 * MINUTE)), 1, NOW);
        assert_eq!((later.ask.as_str(), later.at), ("https://x/1", NOW.plus(5 * MINUTE)));
        let long = after(&batch(State::Unsure), &Outcome::Busy(Some(i64::MAX), String::new()), 1, NOW);
        assert_eq!(long.at, NOW.plus(MOST_WAIT));
    }

    #[test]
    fn tries_become_rarer_and_never_end() {
        let mut last = NOW;
        for tries in [1, 3, 6, 9, 12, 400] {
            let at = after(&batch(State::Unsure), &Outcome::Lost("cut".into()), tries, NOW).at;
            assert!(at > NOW && at.0 - NOW.0 <= 8 * 60 * MINUTE, "{tries}");
            assert!(tries > 12 || at > last, "{tries}");
            last = at;
        }
    }

    #[test]
    fn an_answer_means_what_its_status_says() {
        for status in [400, 409, 413, 415, 422] {
            assert!(matches!(judge(status, "", None), Outcome::Refused(_)), "{status}");
        }
        for status in [401, 403, 404] {
            assert!(matches!(judge(status, "", None), Outcome::NotArrived(_)), "{status}");
        }
        for status in [301, 302, 408, 500, 502, 503, 504] {
            assert!(matches!(judge(status, "", None), Outcome::Lost(_)), "{status}");
        }
        assert_eq!(judge(429, "slow", Some(5)), Outcome::Busy(Some(5), "HTTP 429: slow".into()));
        assert!(matches!(judge(503, "", Some(5)), Outcome::Busy(Some(5), _)));
    }

    #[test]
    fn what_may_be_done_follows_from_the_state() {
        for (state, send, give_up, correct) in [
            (State::Wanted, false, true, false),
            (State::Preview, false, false, false),
            (State::Waiting, true, true, true),
            (State::Unsure, true, true, true),
            (State::Delivered, true, true, true),
            (State::Acknowledged, true, false, true),
            (State::Partly, true, false, true),
            (State::Refused, true, true, true),
            (State::GivenUp, true, false, true),
            (State::Replaced, false, false, true),
        ] {
            let batch = batch(state);
            assert_eq!(may_send(&batch).is_ok(), send, "{state:?}");
            assert_eq!(may_give_up(&batch).is_ok(), give_up, "{state:?}");
            assert_eq!(may_correct(&batch, 1).is_ok(), correct, "{state:?}");
            assert!(may_correct(&batch, 2).is_err(), "a later one is there");
            assert!(replaced(state).is_over());
        }
        assert_eq!((replaced(State::Partly), replaced(State::Unsure)), (State::Partly, State::Replaced));
    }
}
