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
    /// How long each clock runs; none for one that does not. A clock that is not named has what the city says for every
    /// kind.
    allowed: BTreeMap<ClockKind, Option<Allowance>>,
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
    /// How soon, whatever the kind, an order about an overdue arrival is to be answered, a superior is to decide about a
    /// refusal, and the blower is to accept or send back what was answered.
    within: BTreeMap<ClockKind, Option<Allowance>>,
    kinds: [OfKind; 3],
}

/// The defaults of a kind: who blows it, and its allowances.
type Defaults = (&'static [Post], &'static [(ClockKind, &'static str)]);

const fn defaults(kind: Kind) -> Defaults {
    use ClockKind::{Accept, Arrive, Contact, Decide, Sign, Work};
    match kind {
        Kind::HardProblem => (
            &[Post::Dispatcher, Post::ShiftLeader],
            // Days are given to arrive: nobody need be called at night for it, and no clock runs out at night.
            &[(Sign, "1 working_hour"), (Contact, "1 working_day"), (Arrive, "3 working_day"), (Work, "5 working_day")],
        ),
        // They come at the appointed time; the allowance is for whoever is called after it.
        Kind::JointEnforcement => (
            &[Post::ShiftLeader, Post::Leader],
            &[(Sign, "4 working_hour"), (Arrive, "2 working_hour"), (Work, "1 working_day")],
        ),
        Kind::Emergency => (
            &[Post::Acceptor, Post::Dispatcher, Post::ShiftLeader, Post::Leader],
            &[
                (Sign, "10 minute"),
                (Arrive, "30 minute"),
                (Work, "4 urgent_hour"),
                (Decide, "30 minute"),
                (Accept, "2 urgent_hour"),
            ],
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
            within: BTreeMap::from([
                (ClockKind::Answer, Some(Allowance::Limit(Limit::new(24, Unit::UrgentHour)))),
                (ClockKind::Decide, Some(Allowance::Limit(Limit::new(4, Unit::WorkingHour)))),
                (ClockKind::Accept, Some(Allowance::Limit(Limit::new(1, Unit::WorkingDay)))),
            ]),
            kinds: [Kind::HardProblem, Kind::JointEnforcement, Kind::Emergency].map(|kind| {
                let (blown_by, allowed) = defaults(kind);
                let read = |(clock, text): &(ClockKind, &str)| Some((*clock, Some(Allowance::read(text)?)));
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

/// An allowance; none for an empty text, which stops the clock.
fn allowance_or_none(path: &str, value: &Value) -> Result<Option<Allowance>, String> {
    if value.as_str() == Some("") { Ok(None) } else { allowance(path, value).map(Some) }
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
                "answer_within" => drop(settings.within.insert(ClockKind::Answer, Some(allowance(&path, value)?))),
                "decide_within" => {
                    settings.within.insert(ClockKind::Decide, allowance_or_none(&path, value)?);
                }
                "accept_within" => {
                    settings.within.insert(ClockKind::Accept, allowance_or_none(&path, value)?);
                }
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
                    own.allowed.insert(clock, allowance_or_none(&path, value)?);
                }
            }
        }
        Ok(())
    }

    /// What the city says about a kind.
    pub fn of(&self, kind: Kind) -> &OfKind {
        &self.kinds[kind as usize]
    }

    /// How long a clock runs for a kind; none when it does not run.
    pub fn allowance(&self, kind: Kind, clock: ClockKind) -> Option<Allowance> {
        let own = self.of(kind).allowed.get(&clock);
        own.or_else(|| self.within.get(&clock)).copied().flatten()
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
        assert_eq!(settings.allowance(Kind::Emergency, ClockKind::Arrive), Some(Allowance::Minutes(30)));
        assert_eq!(settings.allowance(Kind::JointEnforcement, ClockKind::Contact), None);
        // A refusal and an answer wait for somebody too: in an emergency not until the morning.
        assert_eq!(settings.allowance(Kind::Emergency, ClockKind::Decide), Some(Allowance::Minutes(30)));
        assert_eq!(settings.allowance(Kind::HardProblem, ClockKind::Decide), Allowance::read("4 working_hour"));
        assert_eq!(settings.allowance(Kind::HardProblem, ClockKind::Accept), Allowance::read("1 working_day"));
        assert_eq!(settings.allowance(Kind::HardProblem, ClockKind::Sign), Allowance::read("1 working_hour"));
        assert_eq!(settings.kinds_of(Post::Acceptor), [Kind::Emergency]);
        assert_eq!(settings.kinds_of(Post::Dispatcher), [Kind::HardProblem, Kind::Emergency]);
        assert_eq!(settings.kinds_of(Post::Leader), [Kind::JointEnforcement, Kind::Emergency]);
        assert_eq!(settings.kinds_of(Post::DepartmentDesk), []);
    }

    #[test]
    fn a_city_changes_what_it_names() {
        let settings = read(
            "[whistles]\nwithin_metres = 80\ndecided_by = [\"leader\"]\ndecide_within = \"2 working_hour\"\naccept_within = \"\"\n[whistles.emergency]\narrive = \"20 minute\"\nwork = \"\"\n\
             management_first = false\n[whistles.hard_problem]\napproval = true\nblown_by = [\"leader\"]\n",
        )
        .expect("settings");
        let emergency = settings.of(Kind::Emergency);
        let allowed = |clock| settings.allowance(Kind::Emergency, clock);
        assert_eq!(allowed(ClockKind::Arrive), Some(Allowance::Minutes(20)));
        assert_eq!(allowed(ClockKind::Sign), Some(Allowance::Minutes(10)), "what is not named stays");
        assert_eq!(allowed(ClockKind::Work), None, "an empty text stops the clock");
        let of_hard_problems = |clock| settings.allowance(Kind::HardProblem, clock);
        assert_eq!(of_hard_problems(ClockKind::Decide), Allowance::read("2 working_hour"));
        assert_eq!(of_hard_problems(ClockKind::Accept), None, "nobody is reminded");
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
            ("[whistles]\ndecide_within = \"soon\"", "whistles.decide_within must be a number and a unit"),
            ("[whistles]\naccept_within = 3", "whistles.accept_within must be a number and a unit"),
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
