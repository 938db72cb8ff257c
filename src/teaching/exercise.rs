//! An exercise (练习): an invented case with its people, what comes up as time passes, and where it should end; read from
//! `teaching/`, or made from a finished case by the city itself.

use crate::catalog::{Problem, Text};
use crate::enforcement::case::{Case, Credential, Fact, Law, PartyForm, Procedure, Role, Stage, Step};
use crate::enforcement::forms::{Around, Somebody};
use crate::enforcement::store::role;
use crate::kit::id::Id;
use crate::kit::sources::Sources;
use crate::kit::words::enum_of_words;
use crate::people::act::Post;
use crate::people::credentials::Qualification;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The folder of the files.
pub const FOLDER: &str = "teaching/";
/// The file of the people who play in every exercise that names no others.
pub const CAST: &str = "teaching/cast.toml";
/// The part of the party, who is no account.
pub const PARTY: &str = "party";

enum_of_words! {
    /// How hard an exercise is.
    Level {
        /// 入门.
        Basic = "basic",
        /// 进阶.
        Further = "further",
        /// 综合.
        Whole = "whole",
    }
}

/// Somebody who plays a part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The key within the exercise.
    pub key: String,
    /// The name in Chinese.
    pub zh: String,
    /// The name in English.
    pub en: String,
    /// The post.
    pub post: Post,
    /// The credential; none for those who have none.
    #[serde(default)]
    pub credential: Option<Credential>,
    /// What else is known of the person, in Chinese; may be empty.
    #[serde(default)]
    pub note_zh: String,
    /// The same in English.
    #[serde(default)]
    pub note_en: String,
    /// What lets the person review decisions; none for those who may not.
    #[serde(default)]
    pub qualification: Option<Qualification>,
    /// Whether the person is near to the party, so that they must not take part (行政处罚法 art. 43).
    #[serde(default)]
    pub is_related: bool,
}

impl Person {
    /// The name for a reader of `lang`.
    pub fn name(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh }
    }

    /// What is known for a reader of `lang`.
    pub fn note(&self, lang: &str) -> &str {
        if lang == "en" { &self.note_en } else { &self.note_zh }
    }
}

/// What is true in the story; what a learner types about it has to agree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// The matters that fit, the best first.
    pub matters: Vec<String>,
    /// The day of the act.
    pub acted_on: Date,
    /// What the party is.
    pub form: PartyForm,
    /// The party's age, where it matters.
    #[serde(default)]
    pub age: Option<u8>,
}

/// Something that comes up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The step after which it comes up; none: after the clue.
    #[serde(default)]
    pub since: Option<Step>,
    /// How many natural days after it; 0: at once.
    pub days: u32,
    /// What, in Chinese.
    pub zh: String,
    /// What, in English.
    pub en: String,
}

/// Where an exercise should end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// What is asked for, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The stage in which it ends.
    pub stage: Stage,
    /// The stages that the case has to have passed.
    #[serde(default)]
    pub by: Vec<Stage>,
    /// The procedure that it has to go; none: either.
    #[serde(default)]
    pub procedure: Option<Procedure>,
    /// From how much to how much the fine has to be, yuan, both included; none: not asked.
    #[serde(default)]
    pub fine: Option<(i64, i64)>,
    /// Whether a hearing has to be held.
    #[serde(default)]
    pub hearing: bool,
}

impl Goal {
    /// Whether a case has reached it by these facts.
    pub fn is_reached(&self, case: &Case, facts: &[Fact]) -> bool {
        let passed: BTreeSet<Stage> = facts.iter().map(|fact| fact.stage).collect();
        let fine = case.decision.as_ref().map(|decision| decision.penalty.fine);
        case.stage == self.stage
            && self.by.iter().all(|stage| passed.contains(stage))
            && self.procedure.is_none_or(|procedure| case.procedure == procedure)
            && self.fine.is_none_or(|(least, most)| {
                fine.is_some_and(|fine| (least.saturating_mul(100)..=most.saturating_mul(100)).contains(&fine))
            })
            && (!self.hearing || case.heard_at.is_some())
    }
}

/// An exercise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exercise {
    /// Its key: the name of its file, or `own-` and a number.
    pub key: String,
    /// What it is called.
    pub title: Text,
    /// Its story.
    pub brief: Text,
    /// How hard it is.
    pub level: Level,
    /// When it begins, by the city's clock.
    pub starts: DateTime,
    /// The clue that opens the case.
    pub clue: Text,
    /// What is true in it.
    pub truth: Truth,
    /// Who plays in it.
    pub cast: Vec<Person>,
    /// What comes up.
    pub events: Vec<Event>,
    /// Where it should end.
    pub goal: Goal,
    /// What people get wrong in it; said when it is over.
    pub traps: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExerciseFile {
    level: Level,
    starts: DateTime,
    title: Text,
    brief: Text,
    clue: Text,
    truth: Truth,
    goal: Goal,
    #[serde(default)]
    person: Vec<Person>,
    #[serde(default)]
    event: Vec<Event>,
    #[serde(default)]
    trap: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CastFile {
    person: Vec<Person>,
}

impl Exercise {
    /// The account of a person within a run: their place in the cast, from 1.
    pub fn account(&self, key: &str) -> Option<Id> {
        let place = self.cast.iter().position(|person| person.key == key)?;
        Id::try_from(place + 1).ok()
    }

    /// The person of an account.
    pub fn person(&self, account: Id) -> Option<&Person> {
        let place = usize::try_from(account).ok()?.checked_sub(1)?;
        self.cast.get(place)
    }

    /// The people whom forms may name.
    pub fn people(&self, lang: &str) -> Vec<Somebody> {
        let one = |(place, person): (usize, &Person)| Somebody {
            account: Id::try_from(place + 1).unwrap_or(Id::MAX),
            name: person.name(lang).to_owned(),
            post: person.post,
            credential: person.credential.clone(),
        };
        self.cast.iter().enumerate().map(one).collect()
    }

    /// What is known around a case in it, for whoever acts.
    pub fn around(&self, by: Id) -> Around {
        Around { earlier: Vec::new(), qualification: self.person(by).and_then(|person| person.qualification.clone()) }
    }

    /// What does not fit together in it.
    pub fn problems(&self, file: &str, law: &Law<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let day = self.starts.date();
        if law.calendar.is_working_day(day).is_err() || self.truth.acted_on > day {
            problems.push(Problem::new(file, "starts", "teaching-file-start").with("day", day));
        }
        if self.truth.matters.is_empty() {
            problems.push(Problem::new(file, "truth", "teaching-file-matter").with("name", ""));
        }
        for matter in &self.truth.matters {
            if law.matters.on(matter, self.truth.acted_on).is_none() {
                problems.push(Problem::new(file, "truth", "teaching-file-matter").with("name", matter));
            }
        }
        let mut keys = BTreeSet::from([PARTY]);
        for person in &self.cast {
            if !keys.insert(&person.key) || role(person.post).is_none() {
                problems.push(Problem::new(file, &person.key, "teaching-file-person").with("name", &person.key));
            }
        }
        let able = |person: &&Person| {
            let valid = |held: &Credential| held.from <= day && day <= held.until;
            person.post == Post::EnforcementOfficer
                && !person.is_related
                && person.credential.as_ref().is_some_and(valid)
        };
        let has = |post: Post| self.cast.iter().any(|person| person.post == post && !person.is_related);
        let wanted = [
            Post::UnitLeader,
            Post::LegalReviewer,
            Post::HearingPresident,
            Post::Leader,
            Post::Treasurer,
            Post::Archivist,
        ];
        if self.cast.iter().filter(able).count() < 2 || !wanted.into_iter().all(has) {
            problems.push(Problem::new(file, "person", "teaching-file-cast"));
        }
        if self.goal.fine.is_some_and(|(least, most)| least < 0 || most < least) {
            problems.push(Problem::new(file, "goal", "teaching-file-fine"));
        }
        problems
    }
}

/// The people who play in every exercise that names no others.
///
/// # Errors
/// The problem of the file.
pub fn usual_cast(sources: &Sources) -> Result<Vec<Person>, Problem> {
    let text = sources.text(CAST).unwrap_or_default();
    let file: CastFile = toml::from_str(&text).map_err(|error| Problem::unreadable(CAST, &text, &error))?;
    Ok(file.person)
}

/// The exercises of the files. Those with a problem are left out: practice never keeps the program from starting.
pub fn load(sources: &Sources, law: &Law<'_>) -> (Vec<Exercise>, Vec<Problem>) {
    let mut problems = Vec::new();
    let usual = usual_cast(sources).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    let mut all = Vec::new();
    for (path, text) in sources.folder(FOLDER) {
        let key = path.strip_prefix(FOLDER).and_then(|name| name.strip_suffix(".toml"));
        let Some(key) = key.filter(|_| path != CAST) else { continue };
        let file: ExerciseFile = match toml::from_str(&text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem::unreadable(&path, &text, &error));
                continue;
            }
        };
        let mut cast = usual.clone();
        // Somebody of the same key takes the place of the usual one.
        for person in file.person {
            match cast.iter_mut().find(|one| one.key == person.key) {
                Some(one) => *one = person,
                None => cast.push(person),
            }
        }
        let exercise = Exercise {
            key: key.to_owned(),
            title: file.title,
            brief: file.brief,
            level: file.level,
            starts: file.starts,
            clue: file.clue,
            truth: file.truth,
            cast,
            events: file.event,
            goal: file.goal,
            traps: file.trap,
        };
        let wrong = exercise.problems(&path, law);
        if wrong.is_empty() {
            all.push(exercise);
        }
        problems.extend(wrong);
    }
    all.sort_by(|one, other| (one.level, &one.key).cmp(&(other.level, &other.key)));
    (all, problems)
}

/// From which role a part acts; none for a part that nobody plays.
pub fn role_of(exercise: &Exercise, part: &str) -> Option<Role> {
    if part == PARTY {
        return Some(Role::Party);
    }
    exercise.cast.iter().find(|person| person.key == part).and_then(|person| role(person.post))
}
