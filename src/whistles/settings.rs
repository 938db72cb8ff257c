//! What a city says about whistles: `[whistles]` and a table for each kind in its `city.toml`.

use super::clocks::Allowance;
use super::leg::ClockKind;
use super::whistle::{Kind, No, WhistleAct};
use crate::cases::numbering::NumberPattern;
use crate::catalog::{Limit, Unit};
use crate::kit::error::Refusal;
use crate::people::act::Post;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// What a city says about one kind of whistle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfKind {
    /// Whose posts may blow it.
    pub blown_by: Vec<Post>,
    /// A superior approves it first.
    pub needs_approval: bool,
    /// Management goes first, enforcement waits for it.
    pub is_management_first: bool,
    /// How long each clock runs; a clock without an allowance does not run.
    pub allowed: BTreeMap<ClockKind, Allowance>,
}

impl OfKind {
    /// How long a clock runs.
    pub fn allowance(&self, clock: ClockKind) -> Option<Allowance> {
        self.allowed.get(&clock).copied()
    }
}

/// What a city says about whistles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How whistles are numbered.
    pub number: NumberPattern,
    /// How near to the place counts as being there, in metres.
    pub within_metres: i64,
    /// How many days after its end both sides may rate each other; what was rated is seen from then on.
    pub rating_days: i64,
    /// Whose posts approve whistles and decide about refusals.
    pub decided_by: Vec<Post>,
    /// How soon an order about an overdue arrival is to be answered.
    pub answer_within: Allowance,
    kinds: [OfKind; 3],
}

/// The defaults of a kind: who blows it, and its allowances.
type Defaults = (&'static [Post], &'static [(ClockKind, &'static str)]);

const fn defaults(kind: Kind) -> Defaults {
    use ClockKind::{Arrive, Contact, Sign, Work};
    match kind {
        Kind::HardProblem => (
            &[Post::Dispatcher, Post::ShiftLeader],
            &[(Sign, "1 urgent_hour"), (Contact, "24 urgent_hour"), (Arrive, "3 working_day"), (Work, "5 working_day")],
        ),
        // They come at the appointed time; the allowance is for whoever is called after it.
        Kind::JointEnforcement => (
            &[Post::ShiftLeader, Post::Leader],
            &[(Sign, "4 working_hour"), (Arrive, "2 working_hour"), (Work, "1 working_day")],
        ),
        Kind::Emergency => (
            &[Post::Acceptor, Post::Dispatcher, Post::ShiftLeader, Post::Leader],
            &[(Sign, "10 minute"), (Arrive, "30 minute"), (Work, "4 urgent_hour")],
        ),
    }
}

/// Posts that may be named.
const BLOWERS: [Post; 4] = [Post::Acceptor, Post::Dispatcher, Post::ShiftLeader, Post::Leader];
const SUPERIORS: [Post; 2] = [Post::ShiftLeader, Post::Leader];

impl Default for Settings {
    fn default() -> Settings {
        let pattern = NumberPattern::of_city(&numbers("W{yyyymmdd}-{serial:3}"));
        Settings {
            number: pattern.unwrap_or_default(),
            within_metres: 200,
            rating_days: 7,
            decided_by: SUPERIORS.to_vec(),
            answer_within: Allowance::Limit(Limit::new(24, Unit::UrgentHour)),
            kinds: [Kind::HardProblem, Kind::JointEnforcement, Kind::Emergency].map(|kind| {
                let (blown_by, allowed) = defaults(kind);
                let read = |(clock, text): &(ClockKind, &str)| Some((*clock, Allowance::read(text)?));
                OfKind {
                    blown_by: blown_by.to_vec(),
                    needs_approval: false,
                    is_management_first: true,
                    allowed: allowed.iter().filter_map(read).collect(),
                }
            }),
        }
    }
}

/// A city that says nothing but how it numbers: whistles are numbered by the same patterns as cases.
fn numbers(pattern: &str) -> Table {
    let table = Table::from_iter([("number".to_owned(), Value::from(pattern))]);
    Table::from_iter([("cases".to_owned(), Value::from(table))])
}

fn posts(path: &str, value: &Value, may: &[Post]) -> Result<Vec<Post>, String> {
    let words: Vec<&str> = may.iter().map(|post| post.word()).collect();
    let wrong = || format!("{path} must be a list of {}", words.join(", "));
    let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(wrong)?;
    list.iter()
        .map(|one| one.as_str().and_then(Post::parse).filter(|post| may.contains(post)).ok_or_else(wrong))
        .collect()
}

fn number(path: &str, value: &Value, least: i64, most: i64) -> Result<i64, String> {
    let found = value.as_integer().filter(|number| (least..=most).contains(number));
    found.ok_or_else(|| format!("{path} must be a number from {least} to {most}"))
}

fn allowance(path: &str, value: &Value) -> Result<Allowance, String> {
    value.as_str().and_then(Allowance::read).ok_or_else(|| {
        format!(
            "{path} must be a number and a unit such as \"30 minute\": minute, urgent_hour, working_hour, working_day, \
             urgent_day or natural_day"
        )
    })
}

fn yes(path: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{path} must be true or false"))
}

impl Settings {
    /// Reads a city's settings; what is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(value) = city.get("whistles") else { return Ok(settings) };
        let table = value.as_table().ok_or("whistles must be a table [whistles]")?;
        for (key, value) in table {
            let path = format!("whistles.{key}");
            match key.as_str() {
                "number" => {
                    let text = value.as_str().ok_or_else(|| format!("{path} must be a text"))?;
                    let read = NumberPattern::of_city(&numbers(text));
                    settings.number = read.map_err(|why| why.replacen("cases.", "whistles.", 1))?;
                }
                "within_metres" => settings.within_metres = number(&path, value, 10, 10_000)?,
                "rating_days" => settings.rating_days = number(&path, value, 1, 90)?,
                "decided_by" => settings.decided_by = posts(&path, value, &SUPERIORS)?,
                "answer_within" => settings.answer_within = allowance(&path, value)?,
                word => {
                    let kind = Kind::parse(&word.replace('_', "-"));
                    let kind = kind.ok_or_else(|| format!("{path} is not known; is it misspelt?"))?;
                    let table = value.as_table().ok_or_else(|| format!("{path} must be a table [{path}]"))?;
                    settings.read_kind(kind, &path, table)?;
                }
            }
        }
        Ok(settings)
    }

    fn read_kind(&mut self, kind: Kind, path: &str, table: &Table) -> Result<(), String> {
        let own = &mut self.kinds[kind as usize];
        for (key, value) in table {
            let path = format!("{path}.{key}");
            match key.as_str() {
                "blown_by" => own.blown_by = posts(&path, value, &BLOWERS)?,
                "approval" => own.needs_approval = yes(&path, value)?,
                "management_first" => own.is_management_first = yes(&path, value)?,
                word => {
                    let clock =
                        ClockKind::parse(word).ok_or_else(|| format!("{path} is not known; is it misspelt?"))?;
                    if value.as_str() == Some("") {
                        own.allowed.remove(&clock);
                    } else {
                        own.allowed.insert(clock, allowance(&path, value)?);
                    }
                }
            }
        }
        Ok(())
    }

    /// What the city says about a kind.
    pub fn of(&self, kind: Kind) -> &OfKind {
        &self.kinds[kind as usize]
    }

    /// The kinds that a post may blow.
    pub fn kinds_of(&self, post: Post) -> Vec<Kind> {
        Kind::ALL.iter().copied().filter(|kind| self.of(*kind).blown_by.contains(&post)).collect()
    }

    /// Whether the city lets this post do this act, whatever the whistle's stage.
    ///
    /// # Errors
    /// `whistles-refusal-kind-not-allowed` for a kind that the post may not blow, [`No::PostNotAllowed`] for a decision that
    /// the city leaves to others.
    pub fn permits(&self, kind: Kind, act: &WhistleAct, post: Post) -> Result<(), Refusal> {
        match act {
            WhistleAct::Draft { .. } | WhistleAct::Redraft { .. } | WhistleAct::Blow { .. }
                if !self.of(kind).blown_by.contains(&post) =>
            {
                Err(Refusal::new("whistles-refusal-kind-not-allowed").on("kind"))
            }
            WhistleAct::Approve | WhistleAct::Decline { .. } | WhistleAct::Decide { .. }
                if !self.decided_by.contains(&post) =>
            {
                Err(No::PostNotAllowed.into())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::of_city(&toml::from_str(text).expect("toml"))
    }

    #[test]
    fn a_city_that_says_nothing_has_the_defaults() {
        let settings = read("").expect("settings");
        assert_eq!((settings.within_metres, settings.rating_days), (200, 7));
        assert_eq!(settings.of(Kind::Emergency).allowance(ClockKind::Arrive), Some(Allowance::Minutes(30)));
        assert_eq!(settings.of(Kind::JointEnforcement).allowance(ClockKind::Contact), None);
        assert_eq!(settings.kinds_of(Post::Acceptor), [Kind::Emergency]);
        assert_eq!(settings.kinds_of(Post::Dispatcher), [Kind::HardProblem, Kind::Emergency]);
        assert_eq!(settings.kinds_of(Post::Leader), [Kind::JointEnforcement, Kind::Emergency]);
        assert_eq!(settings.kinds_of(Post::DepartmentDesk), []);
    }

    #[test]
    fn a_city_changes_what_it_names() {
        let settings = read(
            "[whistles]\nwithin_metres = 80\ndecided_by = [\"leader\"]\n[whistles.emergency]\narrive = \"20 minute\"\nwork = \"\"\n\
             management_first = false\n[whistles.hard_problem]\napproval = true\nblown_by = [\"leader\"]\n",
        )
        .expect("settings");
        let emergency = settings.of(Kind::Emergency);
        assert_eq!(emergency.allowance(ClockKind::Arrive), Some(Allowance::Minutes(20)));
        assert_eq!(emergency.allowance(ClockKind::Sign), Some(Allowance::Minutes(10)), "what is not named stays");
        assert_eq!(emergency.allowance(ClockKind::Work), None, "an empty text stops the clock");
        assert!(!emergency.is_management_first && settings.of(Kind::HardProblem).needs_approval);
        let blow = WhistleAct::Blow { needs_approval: true, is_management_first: true };
        assert!(settings.permits(Kind::HardProblem, &blow, Post::Leader).is_ok());
        assert!(settings.permits(Kind::HardProblem, &blow, Post::Dispatcher).is_err());
        assert!(settings.permits(Kind::HardProblem, &WhistleAct::Approve, Post::ShiftLeader).is_err());
    }

    #[test]
    fn every_mistake_is_named() {
        for (text, told) in [
            ("whistles = 1", "must be a table"),
            ("[whistles]\nmetres = 3", "whistles.metres is not known"),
            ("[whistles]\nwithin_metres = 3", "from 10 to 10000"),
            ("[whistles]\nnumber = \"W\"", "{serial:N}"),
            ("[whistles]\ndecided_by = [\"keeper\"]", "shift_leader, leader"),
            ("[whistles.fire]\nsign = \"1 minute\"", "whistles.fire is not known"),
            ("[whistles.emergency]\nsign = \"quickly\"", "\"30 minute\""),
            ("[whistles.emergency]\nsing = \"1 minute\"", "whistles.emergency.sing is not known"),
            ("[whistles.emergency]\napproval = \"yes\"", "true or false"),
        ] {
            let why = read(text).expect_err(text);
            assert!(why.contains(told), "{text}: {why}");
        }
    }
}
