//! The instructor's doors: who is how far with what, which articles are missed most, one learner's run attempt by attempt, and
//! what somebody is to do until when. Mistakes are for learning; no assessment counts them.

use super::exercise::Exercise;
use super::practise::exercises;
use super::showing::{attempts, reference, sums, to_read, why_key};
use super::store::{self, Assignment, Missed, Progress, Scope};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, WITHOUT_END};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Choice, Field, Typed};
use crate::kit::id::Id;
use crate::kit::paging::{self, PAGE};
use crate::kit::sheets::Csv;
use crate::notices::notice::{Notice, Urgency};
use crate::people;
use crate::people::act::{Act, Post, may};
use crate::people::doors::Visit;
use crate::people::store::Named;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use minijinja::context;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    exercise: String,
    /// `2026-03`; empty: all months.
    month: String,
    after: String,
}

impl Asked {
    fn address(&self, after: &str) -> String {
        let fields = [("exercise", &self.exercise), ("month", &self.month), ("after", &after.to_owned())];
        paging::address("/teaching/progress", &fields)
    }

    /// The moments between which mistakes are counted.
    fn between(&self, app: &App) -> (Moment, Moment) {
        let first = format!("{}-01", self.month).parse::<Date>().ok();
        let Some(first) = first.filter(|day| (2000..2200).contains(&day.year())) else {
            return (Moment(i64::MIN), Moment(WITHOUT_END));
        };
        let next = first.saturating_add(1.month());
        let midnight = |day: Date| app.calendar.moment(day, Time::midnight());
        (midnight(first), midnight(next))
    }
}

/// Everybody who may practise and whom an instructor sees, by name.
async fn learners(tx: &Tx, scope: Scope) -> Result<Vec<Named>, DbError> {
    let posts: Vec<Post> = Post::ALL.iter().copied().filter(|post| may(*post, Act::Practise)).collect();
    let mut all = people::store::holding(tx, &posts).await?;
    all.retain(|one| match scope {
        Scope::All => true,
        Scope::Unit(unit) => unit.is_some() && one.department == unit,
        Scope::Own(account) => one.account == account,
    });
    all.sort_by(|one, other| (&one.name, one.account).cmp(&(&other.name, other.account)));
    Ok(all)
}

struct Table {
    exercises: Vec<Exercise>,
    learners: Vec<Named>,
    units: BTreeMap<Id, String>,
    progress: Vec<Progress>,
    assigned: Vec<Assignment>,
    missed: Vec<Missed>,
}

async fn table(app: &App, visit: &Visit, asked: &Asked) -> Result<Table, Error> {
    let scope = Scope::of_instructor(visit.actor()?)?;
    let exercises = exercises(app).await?;
    let (wanted, between, lang) = (asked.exercise.clone(), asked.between(app), visit.lang);
    let read = app.db.read(move |tx| async move {
        let learners = learners(&tx, scope).await?;
        let ids: Vec<Id> = learners.iter().map(|one| one.account).collect();
        let departments = people::store::departments(&tx).await?;
        Ok::<_, Error>(Table {
            exercises: Vec::new(),
            progress: store::progress(&tx, scope, &ids).await?,
            assigned: store::assigned(&tx, &ids).await?,
            missed: store::missed(&tx, scope, &wanted, between).await?,
            units: departments.iter().map(|one| (one.id, one.name(lang).to_owned())).collect(),
            learners,
        })
    });
    Ok(Table { exercises, ..read.await? })
}

impl Table {
    fn of(&self, account: Id, exercise: &str) -> Option<&Progress> {
        self.progress.iter().find(|one| one.account == account && one.exercise == exercise)
    }

    fn due(&self, account: Id, exercise: &str) -> Option<&str> {
        let found = self.assigned.iter().find(|one| one.account == account && one.exercise == exercise);
        found.map(|one| one.due_on.as_str())
    }

    fn unit(&self, learner: &Named) -> &str {
        learner.department.and_then(|unit| self.units.get(&unit)).map_or("", String::as_str)
    }
}

/// How somebody stands with an exercise, in a word.
const fn status(progress: Option<&Progress>) -> &'static str {
    match progress {
        None => "none",
        Some(one) if one.done > 0 => "done",
        Some(one) if one.open > 0 => "open",
        Some(_) => "missed",
    }
}

/// `GET /teaching/progress`.
///
/// # Errors
/// [`Error::Forbidden`] for a post that instructs nobody; when the database fails.
pub async fn page(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, &asked, None, None).await
}

fn form(table: &Table, app: &App, visit: &Visit, today: Date) -> Vec<Field> {
    let all = table.exercises.iter().map(|one| Choice::new(&one.key, one.title.in_lang(visit.lang))).collect();
    let people = table.learners.iter().map(|one| {
        let post = app.pages.say(visit.lang, &people::post_key(one.post), &[]);
        Choice::new(one.account, one.name.clone()).with_hint(post)
    });
    vec![
        Field::new("exercise", "teaching-ask-exercise", Ask::One(all)),
        Field::new("people", "teaching-ask-people", Ask::Several(people.collect())),
        Field::new("due_on", "teaching-ask-due", Ask::Day).given(today.saturating_add(14.days())),
    ]
}

async fn draw(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let table = table(app, visit, asked).await?;
    let today = app.calendar.date_of(app.clock.now());
    let shown: Vec<&Exercise> =
        table.exercises.iter().filter(|one| asked.exercise.is_empty() || one.key == asked.exercise).collect();
    let first = asked.after.parse::<usize>().unwrap_or(0).min(table.learners.len());
    let rows: Vec<_> = table
        .learners
        .iter()
        .skip(first)
        .take(PAGE)
        .map(|learner| {
            let cells: Vec<_> = shown
                .iter()
                .map(|exercise| {
                    let own = table.of(learner.account, &exercise.key);
                    let due = table.due(learner.account, &exercise.key);
                    let is_late = due.and_then(|due| due.parse::<Date>().ok()).is_some_and(|due| due < today);
                    context! {
                        exercise => exercise.title.in_lang(visit.lang), status => status(own),
                        tries => own.map_or(0, |own| own.tries), mistakes => own.map_or(0, |own| own.mistakes),
                        last => own.map(|own| own.last.to_string()), due_on => due,
                        is_late => is_late && status(own) != "done",
                    }
                })
                .collect();
            context! {
                name => learner.name.as_str(), unit => table.unit(learner),
                post => app.pages.say(visit.lang, &people::post_key(learner.post), &[]), cells,
            }
        })
        .collect();
    let missed: Vec<_> = table
        .missed
        .iter()
        .map(|one| {
            let why = why_key(app, &one.code).map(|key| app.pages.say(visit.lang, &key, &[]));
            context! {
                reference => reference(app, visit.lang, &one.law, &one.article), count => one.count, people => one.people,
                why => why.unwrap_or_default(), code => super::explaining::code_of(&one.code),
            }
        })
        .collect();
    let options: Vec<_> = table
        .exercises
        .iter()
        .map(|one| context! { value => one.key.as_str(), label => one.title.in_lang(visit.lang) })
        .collect();
    let fields = form(&table, app, visit, today);
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let message = problem.map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args));
    let beside = problem.and_then(|refusal| refusal.field).zip(message.as_deref());
    let page = context! {
        rows, exercises => shown.iter().map(|one| one.title.in_lang(visit.lang).to_owned()).collect::<Vec<_>>(),
        missed, options, asked => minijinja::value::Serde(asked), query => asked.address("").trim_start_matches("/teaching/progress").to_owned(),
        older => if first + PAGE < table.learners.len() { asked.address(&(first + PAGE).to_string()) } else { String::new() },
        newer => if first == 0 { String::new() } else { asked.address(&first.checked_sub(PAGE).filter(|at| *at > 0).map(|at| at.to_string()).unwrap_or_default()) },
        fields => fields::draw(&fields, "assign", typed, beside, &say),
        errors => problem.iter().map(|refusal| context! { field => format!("{}-assign", refusal.field.unwrap_or("exercise")), message => message.as_deref() }).collect::<Vec<_>>(),
        may_make => visit.actor()?.may(Act::MakeExercises),
        is_unit_only => matches!(Scope::of_instructor(visit.actor()?)?, Scope::Unit(_)),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "teaching/progress.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `POST /teaching/progress/assign`: people are to do an exercise by a day, and are told.
///
/// # Errors
/// When the database fails. Refusals are drawn.
pub async fn assign(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    match give(&app, &visit, &typed).await {
        Ok(()) => Ok(Redirect::to("/teaching/progress").into_response()),
        Err(Error::Refused(refusal)) => draw(&app, &visit, &Asked::default(), Some(&typed), Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn give(app: &App, visit: &Visit, typed: &Typed) -> Result<(), Error> {
    let actor = visit.actor()?.clone();
    let scope = Scope::of_instructor(&actor)?;
    let all = exercises(app).await?;
    let exercise = typed.choice("exercise", |key| all.iter().find(|one| one.key == key).cloned())?;
    let people: BTreeSet<Id> = typed.choices("people", |id| id.parse().ok())?.into_iter().collect();
    let (due_on, now) = (typed.day("due_on")?, app.clock.now());
    if people.is_empty() {
        return Err(Refusal::new("form-choose").on("people").into());
    }
    if due_on < app.calendar.date_of(now) {
        return Err(Refusal::new("teaching-due-past").on("due_on").into());
    }
    let written = app.db.write(move |tx| {
        let (exercise, people) = (exercise.clone(), people.clone());
        async move {
            let seen: BTreeSet<Id> = learners(&tx, scope).await?.into_iter().map(|one| one.account).collect();
            // Nobody is given anything by somebody who does not see them.
            if !people.is_subset(&seen) {
                return Err(Refusal::new("form-choose").on("people").into());
            }
            for person in &people {
                store::assign(&tx, &exercise.key, *person, due_on, actor.account, now).await?;
                let notice = Notice {
                    to: *person,
                    kind: "teaching-assigned",
                    args: vec![
                        ("title", exercise.title.zh.clone()),
                        ("title-en", exercise.title.en.clone()),
                        ("day", due_on.to_string()),
                    ],
                    link: "/teaching".to_owned(),
                    urgency: Urgency::Ordinary,
                    once: format!("teaching-assigned-{}-{due_on}", exercise.key),
                };
                crate::notices::store::send(&tx, &notice, now).await?;
            }
            Ok::<_, Error>(())
        }
    });
    written.await
}

/// `GET /teaching/progress/{run}`: one learner's run, attempt by attempt, with their other tries of the exercise.
///
/// # Errors
/// [`Error::NotFound`] for a run outside of the scope; when the database fails.
pub async fn run(State(app): State<App>, visit: Visit, Path(run): Path<Id>) -> Result<Response, Error> {
    let scope = Scope::of_instructor(visit.actor()?)?;
    let read = app.db.read(move |tx| async move {
        let held = store::load(&tx, run, scope).await?;
        let all = store::attempts(&tx, run).await?;
        let tries = store::runs_within(&tx, scope, held.account, &held.run.exercise.key).await?;
        let names = people::store::names(&tx, &[held.account]).await?;
        Ok::<_, Error>((held, all, tries, names))
    });
    let (held, all, tries, names) = read.await?;
    let exercise = &held.run.exercise;
    let tries: Vec<_> = tries
        .iter()
        .map(|one| {
            context! {
                id => one.id.to_string(), is_this => one.id == run, status => one.status.word(), at => one.touched_at.0,
                mistakes => one.mistakes, steps => one.steps,
            }
        })
        .collect();
    let page = context! {
        run_id => held.id.to_string(), title => exercise.title.in_lang(visit.lang),
        goal => if visit.lang == "en" { exercise.goal.en.as_str() } else { exercise.goal.zh.as_str() },
        level => exercise.level.word(), status => held.status.word(), stage => held.run.case.stage.word(),
        sums => sums(&app, &held, &all), reads => to_read(&app, &visit, &all),
        attempts => attempts(&app, &visit, &held, &all),
        traps => exercise.traps.iter().map(|trap| trap.in_lang(visit.lang).to_owned()).collect::<Vec<_>>(),
        is_own => false, learner => names.get(&held.account).cloned().unwrap_or_default(), held_revision => held.revision, tries,
    };
    Ok(app.page(&visit, "teaching/result.html", page)?.into_response())
}

/// `GET /teaching/progress.csv`: a line for each learner and exercise.
///
/// # Errors
/// When the database fails.
pub async fn csv(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let table = table(&app, &visit, &asked).await?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    // The mark by which spreadsheets know the writing.
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let head = ["learner", "post", "unit", "exercise", "status", "tries", "mistakes", "due", "finished"];
    csv.write_record(head.map(|name| say(&format!("teaching-csv-{name}")))).map_err(broken)?;
    for learner in &table.learners {
        for exercise in table.exercises.iter().filter(|one| asked.exercise.is_empty() || one.key == asked.exercise) {
            let own = table.of(learner.account, &exercise.key);
            let finished = own.and_then(|own| own.finished_at).map(|at| app.calendar.date_of(at).to_string());
            csv.write_record([
                learner.name.clone(),
                say(&people::post_key(learner.post)),
                table.unit(learner).to_owned(),
                exercise.title.in_lang(visit.lang).to_owned(),
                say(&format!("teaching-status-{}", status(own))),
                own.map_or(0, |own| own.tries).to_string(),
                own.map_or(0, |own| own.mistakes).to_string(),
                table.due(learner.account, &exercise.key).unwrap_or_default().to_owned(),
                finished.unwrap_or_default(),
            ])
            .map_err(broken)?;
        }
    }
    let bytes = csv.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"teaching-progress.csv\""),
    ];
    Ok((headers, [(header::CACHE_CONTROL, "no-store")], bytes).into_response())
}
