//! What works, how a day was, and what is announced: the rules, without a clock and without a database.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;

enum_of_words! {
    /// A part of the program as citizens and staff know it.
    Part {
        /// Reports come in and are worked on.
        Reports = "reports",
        /// Photos are kept and shown.
        Photos = "photos",
        /// People are told.
        Notices = "notices",
        /// The map is drawn, places are found.
        Map = "map",
        /// Programs of others are answered.
        Open311 = "open311",
    }
}

enum_of_words! {
    /// What is announced.
    Kind {
        /// Something does not work.
        Fault = "fault",
        /// Work is planned.
        Maintenance = "maintenance",
    }
}

enum_of_words! {
    /// How a part is now, or was on a day.
    State {
        /// It works.
        Works = "works",
        /// Part of the time or part of it.
        Partly = "partly",
        /// It does not.
        Down = "down",
        /// As it was announced.
        Maintenance = "maintenance",
        /// Nobody looked.
        Unknown = "unknown",
    }
}

/// A day counts as one on which a part worked when no more than one look in a thousand says otherwise: one minute of a day and a
/// half.
const WORKED: u32 = 999;
/// Below this many in a thousand it did not work: more than an hour of a day.
const PARTLY: u32 = 950;

/// What the looks of a day found of a part, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looks {
    /// It worked.
    pub good: u32,
    /// It did not.
    pub bad: u32,
    /// Nobody looked, though the program was in use by then: it did not run.
    pub missing: u32,
}

impl Looks {
    /// What is known of a day of which so many minutes are over. Several programs on one database look more than once a minute.
    pub fn of(good: u32, bad: u32, minutes: u32) -> Looks {
        Looks { good, bad, missing: minutes.saturating_sub(good + bad) }
    }

    /// How many looks in a thousand found it working; none when there was none.
    pub fn share(self) -> Option<u32> {
        let all = u64::from(self.good) + u64::from(self.bad) + u64::from(self.missing);
        (all > 0).then(|| u32::try_from(u64::from(self.good) * 1000 / all).unwrap_or_default())
    }

    /// How the part was.
    pub fn state(self) -> State {
        match self.share() {
            None => State::Unknown,
            Some(share) if share >= WORKED => State::Works,
            Some(share) if share >= PARTLY => State::Partly,
            Some(_) => State::Down,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Looks) -> Looks {
        Looks { good: self.good + other.good, bad: self.bad + other.bad, missing: self.missing + other.missing }
    }
}

/// Something that is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its identifier.
    pub id: Id,
    /// A fault or planned work.
    pub kind: Kind,
    /// What it is about.
    pub parts: Vec<Part>,
    /// In Chinese and in English; the second may be empty.
    pub title: (String, String),
    /// From when.
    pub begins_at: Moment,
    /// Until when it is planned; a fault may not know.
    pub ends_at: Option<Moment>,
    /// When somebody said that it is over.
    pub ended_at: Option<Moment>,
    /// When it was made.
    pub made_at: Moment,
    /// Counts its changes.
    pub revision: i64,
    /// What was said of it, oldest first.
    pub updates: Vec<Update>,
}

/// What was said of an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// In Chinese and in English; the second may be empty.
    pub text: (String, String),
    /// When.
    pub at: Moment,
}

/// The text in a language: the Chinese one where the other is empty.
pub fn in_language(texts: &(String, String), is_chinese: bool) -> &str {
    if is_chinese || texts.1.is_empty() { &texts.0 } else { &texts.1 }
}

impl Announcement {
    /// Is it fit to be told? Refusals, each on its field: `status-parts-missing`, `status-end-missing`, `status-end-before`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn fit(self) -> Result<Announcement, Refusal> {
        if self.parts.is_empty() {
            return Err(Refusal::new("status-parts-missing").on("parts"));
        }
        match self.ends_at {
            None if self.kind == Kind::Maintenance => Err(Refusal::new("status-end-missing").on("ends")),
            Some(end) if end <= self.begins_at => Err(Refusal::new("status-end-before").on("ends")),
            _ => Ok(self),
        }
    }

    /// Whether it is over: somebody said so, or the planned time has passed.
    pub fn is_over(&self, now: Moment) -> bool {
        let is_past = self.kind == Kind::Maintenance && self.ends_at.is_some_and(|end| end <= now);
        self.ended_at.is_some() || is_past
    }

    /// Whether it holds at this moment.
    pub fn is_now(&self, now: Moment) -> bool {
        !self.is_over(now) && self.begins_at <= now
    }

    /// Says that it is over. Done twice, the first time counts.
    #[must_use]
    pub fn end(mut self, now: Moment) -> Announcement {
        self.ended_at = self.ended_at.or(Some(now));
        self
    }
}

/// How a part is, by the last look at it and by what is announced.
pub fn now(part: Part, is_good: Option<bool>, announced: &[Announcement], at: Moment) -> State {
    let about =
        |kind: Kind| announced.iter().any(|one| one.kind == kind && one.parts.contains(&part) && one.is_now(at));
    match is_good {
        _ if about(Kind::Maintenance) => State::Maintenance,
        Some(false) => State::Down,
        // The administrator knows of something that no look has found.
        _ if about(Kind::Fault) => State::Partly,
        Some(true) => State::Works,
        None => State::Unknown,
    }
}

/// The worst of several states, which is what the head of the page says.
pub fn worst(states: impl IntoIterator<Item = State>) -> State {
    let order = [State::Down, State::Partly, State::Maintenance, State::Unknown, State::Works];
    let states: Vec<State> = states.into_iter().collect();
    order.into_iter().find(|state| states.contains(state)).unwrap_or(State::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Moment = Moment(1_773_108_000_000);
    const HOUR: i64 = 3_600_000;

    fn announced(kind: Kind, begins: i64, ends: Option<i64>) -> Announcement {
        Announcement {
            id: 1,
            kind,
            parts: vec![Part::Photos],
            title: ("照片".into(), String::new()),
            begins_at: NOW.plus(begins * HOUR),
            ends_at: ends.map(|hours| NOW.plus(hours * HOUR)),
            ended_at: None,
            made_at: NOW,
            revision: 1,
            updates: Vec::new(),
        }
    }

    #[test]
    fn a_day_is_judged_by_its_looks() {
        for (good, bad, minutes, expected) in [
            (1440, 0, 1440, State::Works),
            (1439, 1, 1440, State::Works),
            (1438, 2, 1440, State::Partly),
            (1400, 0, 1440, State::Partly),
            (1300, 140, 1440, State::Down),
            (0, 0, 1440, State::Down),
            (0, 0, 0, State::Unknown),
            (2880, 0, 1440, State::Works),
            (3, 0, 0, State::Works),
        ] {
            assert_eq!(Looks::of(good, bad, minutes).state(), expected, "{good} {bad} {minutes}");
        }
    }

    proptest! {
        #[test]
        fn more_good_looks_never_make_a_day_worse(good in 0u32..3000, bad in 0u32..3000, minutes in 0u32..1441) {
            let share = |good| Looks::of(good, bad, minutes).share().unwrap_or(0);
            prop_assert!(share(good + 1) >= share(good));
            prop_assert!(share(good) <= 1000);
        }
    }

    #[test]
    fn what_is_announced_begins_and_ends() {
        let planned = announced(Kind::Maintenance, 1, Some(2));
        for (hours, is_now, is_over) in [(0, false, false), (1, true, false), (2, false, true)] {
            let at = NOW.plus(hours * HOUR);
            assert_eq!((planned.is_now(at), planned.is_over(at)), (is_now, is_over), "after {hours} h");
        }
        let fault = announced(Kind::Fault, -1, Some(0));
        assert!(fault.is_now(NOW.plus(5 * HOUR)), "a fault lasts until somebody says that it is over");
        let ended = fault.end(NOW).end(NOW.plus(HOUR));
        assert!(ended.is_over(NOW) && ended.ended_at == Some(NOW));
    }

    #[test]
    fn unfit_announcements_say_which_field_is_wrong() {
        let field = |one: Announcement| one.fit().err().map(|refusal| (refusal.key, refusal.field.unwrap_or_default()));
        assert_eq!(field(announced(Kind::Maintenance, 0, None)), Some(("status-end-missing", "ends")));
        assert_eq!(field(announced(Kind::Fault, 0, Some(0))), Some(("status-end-before", "ends")));
        let nothing = Announcement { parts: Vec::new(), ..announced(Kind::Fault, 0, None) };
        assert_eq!(field(nothing), Some(("status-parts-missing", "parts")));
        assert_eq!(field(announced(Kind::Fault, 0, None)), None);
    }

    #[test]
    fn a_part_is_as_it_was_found_unless_something_is_announced() {
        let fault = [announced(Kind::Fault, -1, None)];
        let planned = [announced(Kind::Maintenance, -1, Some(1))];
        for (is_good, announced, expected) in [
            (Some(true), &[][..], State::Works),
            (Some(false), &[], State::Down),
            (None, &[], State::Unknown),
            (Some(true), &fault, State::Partly),
            (Some(false), &fault, State::Down),
            (Some(false), &planned, State::Maintenance),
        ] {
            assert_eq!(now(Part::Photos, is_good, announced, NOW), expected);
        }
        assert_eq!(now(Part::Map, Some(true), &fault, NOW), State::Works, "another part is not touched");
        assert_eq!(worst([State::Works, State::Maintenance, State::Partly]), State::Partly);
        assert_eq!(worst([]), State::Unknown);
    }
}
