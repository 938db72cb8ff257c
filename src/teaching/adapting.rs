//! A finished real case becomes an exercise (转为教学案例): what is told of it, from which persons, places and numbers are taken out;
//! its days move back by whole weeks; and nothing is made while one of its names still stands anywhere.

use super::exercise::{Event, Exercise, Goal, Level, Person, Truth};
use super::refusal::Why;
use super::removing::{Kind, Known, Piece, called, pieces, removed, survivors, weeks_back};
use crate::catalog::Text;
use crate::enforcement::case::{Act, Case, Fact, Law, PartyForm, Stage, Step};
use crate::enforcement::forms::Say;
use crate::kit::error::Refusal;
use crate::kit::fields::{Ask, Field, Typed, yuan};
use jiff::ToSpan;
use jiff::civil::{Date, Time};

/// The longest title and goal, in characters.
const LINE: usize = 120;
/// The longest story, in characters.
const STORY: usize = 6_000;
/// The longest of the other texts, in characters.
const WORDS: usize = 1_000;
/// How many events and traps a form has.
const EVENTS: [&str; 6] = ["event-1", "event-2", "event-3", "event-4", "event-5", "event-6"];
const TRAPS: [&str; 3] = ["trap-1", "trap-2", "trap-3"];
/// For how many days after the case's last one the calendar has to go on.
const AHEAD: i64 = 200;
/// The stages by which somebody can see how a case went.
const TELLING: [Stage; 9] = [
    Stage::SummaryDecided,
    Stage::Notified,
    Stage::HearingCalled,
    Stage::Heard,
    Stage::NotPunished,
    Stage::NotEstablished,
    Stage::Transferred,
    Stage::Terminated,
    Stage::Executing,
];

/// What is known around a case.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The people of the brigade, by name.
    pub people: Vec<String>,
    /// The numbers of the case and of its papers.
    pub numbers: Vec<String>,
    /// Where it was, in words.
    pub place: String,
    /// The city's areas.
    pub areas: Vec<String>,
    /// The organ, its departments, its window, its bank.
    pub organs: Vec<String>,
}

/// Everything that must not stand in the exercise.
pub fn known(case: &Case, facts: &[Fact], around: &Around) -> Vec<Known> {
    let mut all = Vec::new();
    let mut put = |kind: Kind, text: &str, put: &str| {
        if text.trim().chars().count() >= 2 {
            all.push(Known { kind, text: text.trim().to_owned(), put: put.to_owned() });
        }
    };
    for number in &around.numbers {
        put(Kind::Number, number, "某号");
    }
    put(Kind::Place, &around.place, "某处");
    for area in &around.areas {
        put(Kind::Place, area, "某地");
    }
    for organ in &around.organs {
        put(Kind::Organ, organ, "某机关");
    }
    for other in &case.others {
        put(Kind::Number, &other.number, "某号");
    }
    for fact in facts {
        for officer in fact.act.taking_part().into_iter().flatten() {
            if let Some(credential) = &officer.credential {
                put(Kind::Number, &credential.number, "某证号");
            }
        }
        match &fact.act {
            Act::Transfer { to, .. } => put(Kind::Organ, to, "有关机关"),
            Act::CollectOnSpot { receipt, .. } => put(Kind::Number, receipt, "某票号"),
            Act::RecordPayment { payment } => put(Kind::Number, &payment.receipt, "某票号"),
            Act::ProposeFiling { party, others, .. } | Act::DecideSummary { party, others, .. } => {
                put(Kind::Party, &party.name, "当事人甲");
                for other in others {
                    put(Kind::Number, &other.number, "某号");
                }
            }
            _ => {}
        }
    }
    // Whoever was filed against first is a party too, when the name was changed later.
    let mut parties: Vec<String> = case.party.iter().map(|party| party.name.trim().to_owned()).collect();
    parties.extend(all.iter().filter(|one| one.kind == Kind::Party).map(|one| one.text.clone()));
    parties.sort();
    parties.dedup();
    let is_citizen = case.party.as_ref().is_none_or(|party| party.form != PartyForm::Unit);
    for name in parties {
        match is_citizen {
            true => all.extend(called(Kind::Party, &name, "当事人甲")),
            false => all.push(Known { kind: Kind::Party, text: name, put: "当事人甲".to_owned() }),
        }
    }
    for name in &around.people {
        // 小于 and 老常 are words as well; of people who only work here that would find too much.
        let own = called(Kind::Officer, name.trim(), "办案人员");
        all.extend(own.into_iter().filter(|one| !one.text.starts_with(['老', '小']) && one.text.chars().count() >= 2));
    }
    // The longest goes first, so that a name within a name does not tear it apart.
    all.sort_by(|one, other| (other.text.len(), &one.text).cmp(&(one.text.len(), &other.text)));
    all.dedup();
    all
}

/// A text of the case with what was found in it.
#[derive(Debug, Clone)]
pub struct Original {
    /// The field that it went into.
    pub field: &'static str,
    /// What it is.
    pub label: String,
    /// The text in pieces.
    pub pieces: Vec<Piece>,
}

/// What a case gives for an exercise, before somebody has looked at it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The texts of the case with what was found in them.
    pub originals: Vec<Original>,
    /// What the form begins with.
    pub title: String,
    /// The clue.
    pub clue: String,
    /// The story.
    pub brief: String,
    /// What comes up: after which step, how many days, what.
    pub events: Vec<(Option<Step>, u32, String)>,
    /// From how much to how much the fine may be, fen.
    pub fine: Option<(i64, i64)>,
    truth: Truth,
    starts: Date,
    stage: Stage,
    by: Vec<Stage>,
    hearing: bool,
}

/// What a finished case gives. Sentences are said in Chinese: an exercise of the city's own has one language.
///
/// # Errors
/// `teaching-refusal-not-finished` for a case that goes on, or that was never filed.
pub fn draft(case: &Case, facts: &[Fact], known: &[Known], law: &Law<'_>, say: &Say<'_>) -> Result<Draft, Refusal> {
    let not_yet = || Why::NotFinished.refuse();
    Why::NotFinished.unless(case.stage.can_be_taught())?;
    let (Some(party), Some(acted_on)) = (&case.party, case.acted_on) else { return Err(not_yet()) };
    let day_of = |fact: &Fact| law.calendar.date_of(fact.at);
    let first = law.calendar.date_of(case.clue_at);
    let mut days: Vec<Date> = facts.iter().map(day_of).collect();
    days.push(acted_on);
    let weeks = weeks_back(&days, AHEAD, law.calendar, |weeks| {
        let moved = acted_on.checked_sub(weeks.weeks()).ok();
        moved.is_some_and(|moved| law.matters.on(&case.matter, moved).is_some())
    });
    let moved = |day: Date| day.checked_sub(weeks.weeks()).map_err(|_| not_yet());
    let mut originals = Vec::new();
    let mut take = |field: &'static str, label: String, text: &str| {
        originals.push(Original { field, label, pieces: pieces(text, known, Some(first)) });
        removed(text, known, Some(first))
    };
    let clue = take("clue", say("enforcement-clue", &[]), &case.clue);
    let mut brief =
        vec![say("teaching-made-party", &[("form", say(&format!("enforcement-form-{}", party.form.word()), &[]))])];
    if let Some(age) = party.age {
        brief.push(say("teaching-made-age", &[("age", age.to_string())]));
    }
    let mut events = Vec::new();
    let since = |step: Step, fact: &Fact| {
        let before = facts.iter().rev().find(|one| one.what == step && one.at <= fact.at)?;
        u32::try_from((day_of(fact) - day_of(before)).get_days()).ok().map(|days| (Some(step), days))
    };
    for fact in facts {
        let step = say(&format!("enforcement-step-{}", fact.what.word()), &[]);
        match &fact.act {
            Act::CheckClue { words, .. } | Act::Inquire { words, .. } | Act::InspectSite { words, .. } => {
                let words = take("brief", step.clone(), words);
                let n = (day_of(fact) - first).get_days().to_string();
                brief.push(say("teaching-made-line", &[("n", n), ("step", step), ("words", words)]));
            }
            Act::AddEvidence { evidence, .. } => {
                let words = take("brief", step.clone(), &evidence.words);
                let n = (day_of(fact) - first).get_days().to_string();
                brief.push(say("teaching-made-line", &[("n", n), ("step", step), ("words", words)]));
            }
            Act::RecordCorrection { outcome, .. } => {
                let outcome = say(&format!("enforcement-correction-{}", outcome.word()), &[]);
                if let Some((since, days)) = since(Step::OrderCorrection, fact) {
                    events.push((since, days, say("teaching-made-correction", &[("outcome", outcome)])));
                }
            }
            Act::Defend { words } => {
                let words = take("event-1", step, words);
                if let Some((since, days)) = since(Step::NotifyParty, fact) {
                    events.push((since, days, say("teaching-made-defence", &[("words", words)])));
                }
            }
            Act::AskHearing => {
                if let Some((since, days)) = since(Step::NotifyParty, fact) {
                    events.push((since, days, say("teaching-made-hearing", &[])));
                }
            }
            Act::RecordPayment { .. } => {
                let found = since(Step::Serve, fact).or_else(|| since(Step::DecideSummary, fact));
                if let Some((since, days)) = found {
                    events.push((since, days, say("teaching-made-payment", &[])));
                }
            }
            _ => {}
        }
    }
    events.truncate(EVENTS.len());
    brief.push(say("teaching-made-end", &[]));
    let matter = law.matters.on(&case.matter, acted_on);
    let kind = party.kind(law.organ);
    let fine = case.decision.as_ref().filter(|decision| decision.penalty.fine > 0).map(|decision| {
        let penalty = &decision.penalty;
        let tier = penalty
            .tier
            .zip(matter)
            .and_then(|(tier, matter)| matter.tier_band(tier, kind, penalty.quantity).ok().flatten());
        tier.filter(|band| band.has(penalty.fine)).map_or((penalty.fine, penalty.fine), |band| (band.least, band.most))
    });
    let by = TELLING.into_iter().filter(|stage| facts.iter().any(|fact| fact.stage == *stage)).collect();
    Ok(Draft {
        originals,
        title: matter
            .map(|matter| say("teaching-made-title", &[("matter", matter.name.zh.clone())]))
            .unwrap_or_default(),
        clue,
        brief: brief.join("\n"),
        events,
        fine,
        truth: Truth {
            matters: vec![case.matter.clone()],
            acted_on: moved(acted_on)?,
            form: party.form,
            age: party.age,
        },
        starts: moved(first)?,
        stage: case.stage,
        by,
        hearing: case.heard_at.is_some(),
    })
}

impl Draft {
    /// The form in which somebody looks at it.
    pub fn fields(&self, say: &Say<'_>) -> Vec<Field> {
        let text = |name: &'static str, label: &'static str, most: usize, given: &str| {
            Field::new(name, label, Ask::Text(most)).given(given)
        };
        let levels = Level::ALL.iter().map(|level| {
            crate::kit::fields::Choice::new(level.word(), say(&format!("teaching-level-{}", level.word()), &[]))
        });
        let mut all = vec![
            Field::new("title", "teaching-ask-title", Ask::Line(LINE)).given(&self.title),
            Field::new("level", "teaching-ask-level", Ask::Radio(levels.collect())).given(Level::Further.word()),
            text("clue", "enforcement-clue", WORDS, &self.clue),
            text("brief", "teaching-ask-brief", STORY, &self.brief),
            Field::new("goal", "teaching-ask-goal", Ask::Line(LINE)).given(say("teaching-made-goal", &[])),
        ];
        for (name, (since, days, words)) in EVENTS.into_iter().zip(&self.events) {
            let step = since.map(|step| say(&format!("enforcement-step-{}", step.word()), &[])).unwrap_or_default();
            let label = say("teaching-ask-event", &[("step", step), ("n", days.to_string())]);
            all.push(Field::new(name, "", Ask::Text(WORDS)).optional().named(label, "").given(words));
        }
        if let Some((least, most)) = self.fine {
            all.push(Field::new("fine_least", "teaching-ask-fine-least", Ask::Money).given(yuan(least)));
            all.push(Field::new("fine_most", "teaching-ask-fine-most", Ask::Money).given(yuan(most)));
        }
        for name in TRAPS {
            all.push(Field::new(name, "teaching-ask-trap", Ask::Text(WORDS)).optional());
        }
        all
    }

    /// The exercise as somebody has looked at it.
    ///
    /// # Errors
    /// `form-…`; `teaching-refusal-still-named` on the field in which a name or number of the case still stands; what does not
    /// fit together, as [`Exercise::problems`].
    pub fn exercise(
        &self,
        key: String,
        typed: &Typed,
        cast: &[Person],
        known: &[Known],
        law: &Law<'_>,
    ) -> Result<Exercise, Refusal> {
        let both = |text: String| Text { zh: text.clone(), en: text };
        let mut events = Vec::new();
        for (name, (since, days, _)) in EVENTS.into_iter().zip(&self.events) {
            let words = clean(typed, name, WORDS, known)?;
            if !words.is_empty() {
                events.push(Event { since: *since, days: *days, zh: words.clone(), en: words });
            }
        }
        let mut traps = Vec::new();
        for name in TRAPS {
            let words = clean(typed, name, WORDS, known)?;
            if !words.is_empty() {
                traps.push(both(words));
            }
        }
        let fine = match self.fine {
            Some(_) => Some((typed.money("fine_least")? / 100, typed.money("fine_most")? / 100)),
            None => None,
        };
        if fine.is_some_and(|(least, most)| least < 0 || most < least) {
            return Err(Refusal::new("teaching-file-fine").on("fine_most"));
        }
        let goal = clean_needed(typed, "goal", LINE, known)?;
        let title = clean_needed(typed, "title", LINE, known)?;
        let exercise = Exercise {
            key,
            title: both(title),
            brief: both(clean_needed(typed, "brief", STORY, known)?),
            level: typed.choice("level", Level::parse)?,
            starts: self.starts.to_datetime(Time::constant(9, 0, 0, 0)),
            clue: both(clean_needed(typed, "clue", WORDS, known)?),
            truth: self.truth.clone(),
            cast: nobody_of(cast, known),
            events,
            goal: Goal {
                zh: goal.clone(),
                en: goal,
                stage: self.stage,
                by: self.by.clone(),
                procedure: None,
                fine,
                hearing: self.hearing,
            },
            traps,
        };
        match exercise.problems("", law).into_iter().next() {
            Some(problem) => {
                let mut refusal = Refusal::new(problem.key).on("title");
                refusal.args = problem.args;
                Err(refusal)
            }
            None => Ok(exercise),
        }
    }
}

/// The text of a field in which nothing of the case stands any more.
fn clean(typed: &Typed, name: &'static str, most: usize, known: &[Known]) -> Result<String, Refusal> {
    let text = typed.words(name, most)?;
    let still: Vec<String> = survivors(&text, known).into_iter().map(|(_, what)| what).collect();
    if still.is_empty() { Ok(text) } else { Err(Why::StillNamed.refuse().with("name", still.join("、")).on(name)) }
}

fn clean_needed(typed: &Typed, name: &'static str, most: usize, known: &[Known]) -> Result<String, Refusal> {
    typed.needed(name, most)?;
    clean(typed, name, most, known)
}

/// The cast, with other names for those who are called like somebody of the case.
fn nobody_of(cast: &[Person], known: &[Known]) -> Vec<Person> {
    let is_known = |text: &str| !survivors(text, known).is_empty();
    cast.iter()
        .enumerate()
        .map(|(place, person)| {
            let mut person = person.clone();
            if is_known(&person.zh) || is_known(&person.en) {
                (person.zh, person.en) = (format!("人员{}", place + 1), format!("Person {}", place + 1));
            }
            if is_known(&person.note_zh) || is_known(&person.note_en) {
                (person.note_zh, person.note_en) = (String::new(), String::new());
            }
            person
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::exercise::usual_cast;
    use super::super::run::Run;
    use super::super::run::tests::{FINE, begun, ends, plays, today, waits, with};
    use super::super::run::{Standing, Wait};
    use super::*;
    use crate::enforcement::case::tests::LAW;
    use crate::kit::sources::Sources;
    use crate::kit::words::Words;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static WORDS: LazyLock<Words> = LazyLock::new(|| Words::load(&Sources::embedded()).0);

    fn say(key: &str, args: &[(&'static str, String)]) -> String {
        WORDS.say("zh-Hans", key, args).unwrap_or_else(|| key.to_owned())
    }

    /// A case that somebody went through to the archive, whose words say who and where.
    fn finished(name: &str, words: &str) -> Run {
        let run = begun("road-storage");
        let run = plays(run, "officer-a", Step::CheckClue, &with(&[("words", words)]));
        let filing = [("name", name), ("form", "citizen"), ("matter", "road-occupation"), ("acted_on", "2026-03-07")];
        let run = plays(run, "officer-a", Step::ProposeFiling, &with(&filing));
        let run = plays(run, "head-a", Step::ApproveFiling, &[]);
        let run = plays(run, "officer-a", Step::Inquire, &with(&[("card_shown", "1"), ("words", words)]));
        let mut conclusion = FINE.to_vec();
        conclusion.extend([("proposes", "yes"), ("exemption", "不属于首违")]);
        let run = plays(run, "officer-a", Step::ConcludeInquiry, &conclusion);
        let run = plays(run, "officer-a", Step::NotifyParty, &with(&FINE));
        let run = waits(run, Wait::WorkingDay);
        let run = plays(run, "party", Step::Defend, &[("words", words)]);
        let answer = [("number", "1"), ("adopted", "no"), ("words", words)];
        let run = plays(run, "officer-b", Step::AnswerDefence, &answer);
        let run = waits(run, Wait::Term);
        let run = plays(run, "officer-a", Step::CloseDefence, &[]);
        let run = plays(run, "officer-a", Step::ProposeDecision, &[]);
        let run = plays(run, "head-a", Step::Decide, &FINE);
        let run = plays(run, "officer-a", Step::Serve, &with(&[("manner", "direct")]));
        let run = waits(run, Wait::Days(3));
        let day = today(&run);
        ends(run, "2000", &day)
    }

    fn around() -> Around {
        Around {
            people: vec!["韦正阳".into(), "卢清扬".into(), "程甲".into()],
            numbers: vec!["2026-00017".into(), "望城管罚字〔2026〕15号".into()],
            place: "古渡路12号".into(),
            areas: vec!["古渡街道".into(), "望澜市".into()],
            organs: vec!["望澜市城市管理综合行政执法局".into()],
        }
    }

    /// What the form begins with, as if nobody had touched it.
    fn untouched(draft: &Draft) -> Typed {
        let fields = draft.fields(&say);
        Typed::of(
            fields.iter().flat_map(|field| field.given.iter().map(|value| (field.name.to_owned(), value.clone()))),
        )
    }

    fn made(run: &Run, around: &Around) -> (Draft, Vec<Known>, Result<Exercise, Refusal>) {
        let law = LAW.law();
        let known = known(&run.case, &run.facts, around);
        let draft = draft(&run.case, &run.facts, &known, &law, &say).expect("a draft");
        let cast = usual_cast(&Sources::embedded()).expect("the cast");
        let exercise = draft.exercise("own-1".into(), &untouched(&draft), &cast, &known, &law);
        (draft, known, exercise)
    }

    #[test]
    fn a_finished_case_becomes_an_exercise_with_nobody_in_it() {
        let words = "江石生在古渡路 12 号承认，电话 13800138000，身份证 99010119800101123X，车牌鲁A12345；韦正阳见证，\
                     案号2026-00017，望城管罚字〔2026〕15号，2026年3月10日。";
        let run = finished("江石生", words);
        let (draft, _, exercise) = made(&run, &around());
        let exercise = exercise.expect("nothing of the case stands in it");
        let text = serde_json::to_string(&exercise).expect("kept");
        for gone in [
            "江石生",
            "江某",
            "韦正阳",
            "程甲",
            "古渡路",
            "13800138000",
            "99010119800101123",
            "A12345",
            "00017",
            "望城管",
            "3月10日",
        ] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert_eq!(exercise.events.len(), 2, "{:?}", exercise.events);
        assert_eq!((exercise.goal.stage, exercise.goal.hearing), (Stage::Archived, false));
        assert_eq!(exercise.goal.by, [Stage::Notified, Stage::Executing]);
        // Days move by whole weeks and keep their distance.
        let first = LAW.law().calendar.date_of(run.case.clue_at);
        assert_eq!((first - exercise.starts.date()).get_days() % 7, 0);
        assert!((first - exercise.starts.date()).get_days() >= 56);
        assert_eq!((exercise.starts.date() - exercise.truth.acted_on).get_days(), 2);
        assert!(draft.originals.iter().any(|one| one.pieces.iter().any(|piece| piece.kind == Some(Kind::Party))));
        // And it can be played.
        let begun = Run::begin(&exercise, 1, &LAW.law()).expect("it begins");
        assert_eq!(begun.standing(), Standing::Open);
    }

    #[test]
    fn what_still_names_somebody_is_refused_on_its_field() {
        let run = finished("江石生", "江石生承认");
        let (draft, known, _) = made(&run, &around());
        let law = LAW.law();
        let cast = usual_cast(&Sources::embedded()).expect("the cast");
        for (field, words) in [
            ("title", "江石生占道案"),
            ("brief", "当事人 江 石 生 承认"),
            ("clue", "古渡路12号堆物"),
            ("goal", "按望城管罚字〔2026〕15号办结"),
            ("event-1", "打 138-0013-8000 联系"),
            ("trap-1", "韦正阳没有出示证件"),
            ("brief", "身份证９９０１０１１９８００１０１１２３Ｘ"),
            ("brief", "老江来了"),
        ] {
            let mut typed = untouched(&draft);
            typed.0.insert(field.to_owned(), vec![words.to_owned()]);
            let said = draft.exercise("own-1".into(), &typed, &cast, &known, &law).expect_err("it names somebody");
            assert_eq!((said.key, said.field), (Why::StillNamed.key(), Some(field)), "{words}");
        }
        let mut typed = untouched(&draft);
        typed.0.insert("fine_least".into(), vec!["7000".into()]);
        assert!(draft.exercise("own-1".into(), &typed, &cast, &known, &law).is_err());
    }

    #[test]
    fn a_case_that_goes_on_gives_nothing() {
        let run = begun("road-storage");
        let known = known(&run.case, &run.facts, &around());
        let said = draft(&run.case, &run.facts, &known, &LAW.law(), &say).err().map(|refusal| refusal.key);
        assert_eq!(said, Some(Why::NotFinished.key()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_name_or_number_of_the_case_is_in_any_field(
            name in "[欧贡蓝邢裴翁荀於][霖骁琦晗翊琰]{1,2}", officer in "[欧贡蓝邢裴翁荀於][霖骁琦晗翊琰]{2}",
            phone in "1[3-9][0-9]{9}", identity in "[1-9][0-9]{16}[0-9X]", plate in "[鲁京苏浙][A-Z][0-9]{5}",
            place in "[霖骁琦晗翊琰]{2}路[1-9][0-9]号", order in 0..7_usize, gap in "[ ，]{0,1}",
        ) {
            let mut parts = [format!("{name}在场"), format!("{officer}检查"), format!("电话{phone}"), format!("证{identity}"), format!("车{plate}"), format!("在{place}"), format!("{name}承认")];
            parts.rotate_left(order);
            let run = finished(&name, &parts.join(&gap));
            let around = Around { people: vec![officer.clone()], place: place.clone(), ..Around::default() };
            let (_, _, exercise) = made(&run, &around);
            let text = serde_json::to_string(&exercise.expect("nothing stands in it")).expect("kept");
            for gone in [&name, &officer, &phone, &identity, &plate, &place] {
                prop_assert!(!text.contains(gone.as_str()), "{} stands in {}", gone, text);
            }
        }
    }
}
