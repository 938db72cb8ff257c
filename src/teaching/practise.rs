//! The learner's doors: what there is to practise, one run with its clock and its parts, every step by the form of real cases, and
//! what came of it.

use super::exercise::{Event, Exercise};
use super::explaining::{Outcome, article_of, outcome_of};
use super::refusal::Why;
use super::run::{MOST_DAYS, Run, Standing, Wait};
use super::showing::{attempts, explained, part_name, parts, sums, to_read};
use super::store::{self, Attempt, Held, Scope, Status};
use crate::app::App;
use crate::enforcement::case::{Step, running, way};
use crate::enforcement::forms::{Desk, Say, plain_act};
use crate::enforcement::publication::Background;
use crate::enforcement::serving::is_about_papers;
use crate::enforcement::show::{Drawing, matter_shown};
use crate::enforcement::store::Line;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::kit::words::LANGUAGES;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How often something is tried again when another window of the same learner was faster.
const TRIES: usize = 4;

/// What the address of the list asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
}

/// The exercises that somebody may begin: those of the files and the published ones of the city's own.
///
/// # Errors
/// When the database fails.
pub async fn exercises(app: &App) -> Result<Vec<Exercise>, Error> {
    let own = app.db.read(|tx| async move { store::published(&tx).await }).await;
    let own = own.map_err(|error: DbError| Error::Db(error))?;
    Ok(app.exercises.iter().cloned().chain(own).collect())
}

/// `GET /teaching`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let all = exercises(&app).await?;
    let after = asked.after.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    let read = app.db.read(move |tx| async move {
        let runs = store::runs(&tx, actor.account, after).await?;
        let progress = store::progress(&tx, Scope::Own(actor.account), &[actor.account]).await?;
        let assigned = store::assigned(&tx, &[actor.account]).await?;
        Ok::<_, DbError>((runs, progress, assigned))
    });
    let (runs, progress, assigned) = read.await?;
    let today = app.calendar.date_of(app.clock.now());
    let rows: Vec<_> = all
        .iter()
        .map(|exercise| {
            let own = progress.iter().find(|one| one.exercise == exercise.key);
            let due = assigned.iter().find(|one| one.exercise == exercise.key);
            let is_done = own.is_some_and(|own| own.done > 0);
            let status = match own {
                Some(own) if own.open > 0 => "open",
                Some(own) if own.done > 0 => "done",
                Some(_) => "missed",
                None => "none",
            };
            let is_late = due.is_some_and(|due| due.due_on.parse::<Date>().is_ok_and(|day| day < today));
            context! {
                key => exercise.key.as_str(), title => exercise.title.in_lang(visit.lang), level => exercise.level.word(),
                brief => exercise.brief.in_lang(visit.lang), goal => goal(exercise, visit.lang), status,
                tries => own.map_or(0, |own| own.tries), mistakes => own.map_or(0, |own| own.mistakes),
                last => own.filter(|own| own.open > 0).map(|own| own.last.to_string()),
                due_on => due.map(|due| due.due_on.as_str()), is_late => is_late && !is_done, is_done,
            }
        })
        .collect();
    let title = |key: &str| {
        let found = all.iter().find(|exercise| exercise.key == key);
        found.map_or_else(
            || app.pages.say(visit.lang, "teaching-exercise-gone", &[]),
            |found| found.title.in_lang(visit.lang).to_owned(),
        )
    };
    let lines: Vec<_> = runs
        .rows
        .iter()
        .map(|run| {
            context! {
                id => run.id.to_string(), title => title(&run.exercise), status => run.status.word(), stage => run.stage.as_str(),
                at => run.touched_at.0, steps => run.steps, mistakes => run.mistakes, undone => run.undone,
            }
        })
        .collect();
    let actor = visit.actor()?;
    let page = context! {
        exercises => rows, runs => lines,
        older => runs.next.map(|next| format!("/teaching?after={next}#runs")).unwrap_or_default(),
        newer => if asked.after.is_empty() { "" } else { "/teaching#runs" },
        may_see_progress => actor.may(Act::SeeProgress), may_make => actor.may(Act::MakeExercises),
    };
    Ok(app.page(&visit, "teaching/list.html", page)?.into_response())
}

fn goal<'a>(exercise: &'a Exercise, lang: &str) -> &'a str {
    if lang == "en" { &exercise.goal.en } else { &exercise.goal.zh }
}

/// `POST /teaching/begin`: a fresh run, or the one that goes on.
///
/// # Errors
/// [`Error::NotFound`] for an exercise that is not there; when the database fails.
pub async fn begin(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let all = exercises(&app).await?;
    let exercise = all.into_iter().find(|one| one.key == typed.text("exercise")).ok_or(Error::NotFound)?;
    let id = start(&app, &visit, exercise, None).await?;
    Ok(Redirect::to(&format!("/teaching/{id}")).into_response())
}

/// Begins a run; `instead` of another one, which is left.
async fn start(app: &App, visit: &Visit, exercise: Exercise, instead: Option<Id>) -> Result<Id, Error> {
    let (account, now, id) = (visit.actor()?.account, app.clock.now(), id::fresh());
    let run = Run::begin(&exercise, id, &app.law())?;
    app.db
        .write(move |tx| {
            let run = run.clone();
            async move {
                if let Some(old) = instead {
                    let mut held = store::load(&tx, old, Scope::Own(account)).await?;
                    if matches!(held.status, Status::Open | Status::Missed) {
                        held.status = Status::Left;
                        store::save(&tx, &held, now).await?;
                    }
                }
                if let Some(open) = store::open_run(&tx, account, &run.exercise.key).await? {
                    return Ok(open);
                }
                store::begin(&tx, id, account, &run, now).await?;
                Ok::<_, Error>(id)
            }
        })
        .await
}

/// `POST /teaching/{run}/restart`: the run is left, and a fresh one of its exercise begins.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's; when the database fails.
pub async fn restart(State(app): State<App>, visit: Visit, Path(run): Path<Id>) -> Result<Response, Error> {
    let held = own(&app, &visit, run).await?;
    // The exercise as it is now, where it still is.
    let fresh = exercises(&app).await?.into_iter().find(|one| one.key == held.run.exercise.key);
    let id = start(&app, &visit, fresh.unwrap_or(held.run.exercise), Some(run)).await?;
    Ok(Redirect::to(&format!("/teaching/{id}")).into_response())
}

async fn own(app: &App, visit: &Visit, run: Id) -> Result<Held, Error> {
    let account = visit.actor()?.account;
    app.db.read(move |tx| async move { store::load(&tx, run, Scope::Own(account)).await }).await
}

/// `GET /teaching/{run}`.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(run): Path<Id>) -> Result<Response, Error> {
    let held = own(&app, &visit, run).await?;
    draw(&app, &visit, &held, None, "")
}

/// The names of a cast by their accounts.
fn names(run: &Run, lang: &str) -> BTreeMap<Id, String> {
    run.exercise.people(lang).into_iter().map(|one| (one.account, one.name)).collect()
}

fn draw(app: &App, visit: &Visit, held: &Held, problem: Option<&Refusal>, days: &str) -> Result<Response, Error> {
    let (run, law) = (&held.run, app.law());
    let by = run.actor(&run.part)?;
    let names = names(run, visit.lang);
    let drawing = Drawing { app, visit, case: &run.case, now: run.now, by: &by, names: &names, has_papers: false };
    let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(visit.lang, key, args);
    let lines: Vec<Line> = run
        .facts
        .iter()
        .map(|fact| Line {
            fact: fact.clone(),
            author: fact.by.and_then(|by| names.get(&by).cloned()).unwrap_or_default(),
            photos: Vec::new(),
        })
        .collect();
    // Steps that exist here and are another post's: a learner may try them, and is told why not.
    let others: Vec<_> = Step::ALL
        .iter()
        .filter(|step| way(**step, run.case.stage).is_some_and(|way| !way.who.contains(&by.role)))
        .filter(|step| !is_about_papers(**step))
        .map(|step| step.word())
        .collect();
    let today = app.calendar.date_of(run.now);
    let events: Vec<_> = run
        .events(&law)
        .into_iter()
        .map(|(day, event): (Date, &Event)| {
            context! { day => day.to_string(), is_new => day == today, words => if visit.lang == "en" { event.en.as_str() } else { event.zh.as_str() } }
        })
        .collect();
    let next = running(&run.case, &law).into_iter().find(|one| one.end.over_at > run.now).map(|one| {
        let since = one.end.why.first().map_or(one.end.last, |step| step.from);
        let term = app.statutes.terms.on(one.term, since).ok();
        let name = term.map(|term| if visit.lang == LANGUAGES[0] { term.zh.clone() } else { term.en.clone() });
        context! { name => name.unwrap_or_default(), last => one.end.last.to_string() }
    });
    let hearing = run.case.hearing.as_ref().filter(|one| !one.is_withdrawn && one.held_at.is_none());
    let message = problem.map(|problem| say(problem.key, &problem.args));
    let current = part_name(app, visit.lang, &run.exercise, &run.part);
    let page = context! {
        run_id => held.id.to_string(),
        held_revision => held.revision,
        title => run.exercise.title.in_lang(visit.lang), brief => run.exercise.brief.in_lang(visit.lang),
        goal => goal(&run.exercise, visit.lang), level => run.exercise.level.word(),
        status => held.status.word(), is_open => held.status == Status::Open,
        now => run.now.0, weekday => say(&format!("teaching-weekday-{}", today.weekday().to_monday_one_offset()), &[]),
        is_working => app.calendar.is_working_day(today).unwrap_or(true),
        parts => Serde(parts(app, visit, &run.exercise, &run.part)), current,
        others, events, next,
        hearing_day => hearing.and_then(|one| one.on).filter(|on| *on > today).map(|on| on.to_string()),
        days => run.days_used(&law), mistakes => held.mistakes, undone => run.undone, steps_taken => run.steps(),
        may_undo => run.facts.len() > 1 && matches!(held.status, Status::Open | Status::Missed),
        history => Serde(drawing.history(&lines)),
        most_days => MOST_DAYS, typed_days => days,
        problem => message.unwrap_or_default(),
        ..drawing.page()
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "teaching/run.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// What a learner does to a run.
#[derive(Debug, Clone)]
enum Change {
    Step(Step, Typed),
    Part(String),
    Wait(Wait),
    Undo,
}

impl Change {
    fn apply(&self, app: &App, held: &Held, lang: &str) -> (Result<Run, Refusal>, String) {
        let (run, law) = (&held.run, app.law());
        if !matches!(held.status, Status::Open) && !matches!((self, held.status), (Change::Undo, Status::Missed)) {
            return (Err(Why::Over.refuse()), String::new());
        }
        match self {
            Change::Part(part) => (run.actor(part).map(|_| Run { part: part.clone(), ..run.clone() }), String::new()),
            Change::Wait(wait) => (run.wait(*wait, &law), String::new()),
            Change::Undo => (run.undo(&law), String::new()),
            Change::Step(step, typed) => {
                let people = run.exercise.people(lang);
                let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(lang, key, args);
                let part = typed.text("part");
                let by = run.actor(part).ok().and_then(|actor| actor.account).unwrap_or(0);
                let today = app.calendar.date_of(run.now);
                let is_chinese = lang == LANGUAGES[0];
                let desk = Desk {
                    case: &run.case,
                    law: app.law(),
                    today,
                    by,
                    people: &people,
                    background: &Background::default(),
                    around: &run.exercise.around(by),
                    say: &say,
                    is_chinese,
                };
                let words = said(&desk.fields(*step), typed, &say);
                let taken = run.admits(part, *step).and_then(|()| desk.act(*step, typed));
                (taken.and_then(|act| run.take(part, *step, &act, &law)), words)
            }
        }
    }

    fn step(&self) -> &'static str {
        match self {
            Change::Step(step, _) => step.word(),
            _ => "",
        }
    }
}

/// What was typed, in a line: the labels with what stands beside them.
fn said(fields: &[Field], typed: &Typed, say: &Say<'_>) -> String {
    let value = |field: &Field| -> String {
        let label = |choices: &[Choice], value: &str| {
            choices
                .iter()
                .find(|choice| choice.value == value)
                .map_or_else(|| value.to_owned(), |one| one.label.clone())
        };
        match &field.ask {
            Ask::Photos(_) | Ask::Heading | Ask::Hidden => String::new(),
            Ask::One(choices) | Ask::Radio(choices) => label(choices, typed.text(field.name)),
            Ask::Several(choices) => {
                let all: Vec<String> = typed.all(field.name).map(|value| label(choices, value)).collect();
                all.join("、")
            }
            Ask::Yes if typed.yes(field.name) => "✓".to_owned(),
            Ask::Text(_) => typed.text(field.name).chars().take(80).collect(),
            _ => typed.text(field.name).to_owned(),
        }
    };
    let pairs = fields.iter().map(|field| (field, value(field))).filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs.map(|(field, value)| format!("{}：{value}", say(field.label, &[]))).collect();
    pairs.join("；").chars().take(store::LONGEST_TYPED).collect()
}

/// Changes a run and keeps the attempt, whatever came of it. Answers of the run as it is then, and of the refusal.
async fn change(
    app: &App,
    visit: &Visit,
    id: Id,
    change: Change,
    typed: &Typed,
) -> Result<(Held, Option<Refusal>), Error> {
    let (account, lang, now) = (visit.actor()?.account, visit.lang, app.clock.now());
    let form = typed.mark(&visit.path);
    let seen = typed.text("revision").parse::<i64>().ok();
    for _ in 0..TRIES {
        let (held_app, change, form) = (app.clone(), change.clone(), form.clone());
        let done = app.db.write(move |tx| {
            let (app, change, form) = (held_app.clone(), change.clone(), form.clone());
            async move {
                let mut held = store::load(&tx, id, Scope::Own(account)).await?;
                // Sent twice: it is done, and whoever sent it goes on.
                if held.run.form == form {
                    return Ok((held, None));
                }
                if seen.is_some_and(|seen| seen != held.revision) {
                    return Ok((held, Some(Why::MovedOn.refuse())));
                }
                let (result, words) = change.apply(&app, &held, lang);
                let part = match &change {
                    Change::Step(_, typed) => typed.text("part").to_owned(),
                    _ => held.run.part.clone(),
                };
                let role = held.run.actor(&part).map_or("", |actor| actor.role.word());
                let mut attempt = Attempt {
                    at: now,
                    run_at: held.run.now,
                    step: change.step().to_owned(),
                    part: part.chars().take(60).collect(),
                    role: role.to_owned(),
                    outcome: match change {
                        Change::Step(..) | Change::Part(_) => store::word_of(Outcome::Done),
                        Change::Wait(_) => "waited".into(),
                        Change::Undo => "undone".into(),
                    },
                    code: String::new(),
                    sentence: String::new(),
                    args: None,
                    law: String::new(),
                    article: String::new(),
                    typed: words,
                };
                let refusal = match result {
                    Ok(run) => {
                        held.run = run;
                        held.run.form = form;
                        held.status = held.run.standing().into();
                        held.finished_at = (held.status == Status::Done).then_some(now);
                        None
                    }
                    Err(refusal) => {
                        let Change::Step(step, _) = &change else { return Ok((held, Some(refusal))) };
                        let outcome = outcome_of(&refusal);
                        attempt.outcome = store::word_of(outcome);
                        refusal.key.clone_into(&mut attempt.code);
                        let args = refusal.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
                        attempt.args = Some(args.collect());
                        attempt.sentence = app.pages.say(lang, refusal.key, &refusal.args);
                        (attempt.law, attempt.article) = article_of(&refusal, *step);
                        held.mistakes += i64::from(outcome == Outcome::Refused);
                        if !role.is_empty() {
                            held.run.part = part;
                        }
                        Some(refusal)
                    }
                };
                store::save(&tx, &held, now).await?;
                held.revision += 1;
                if !matches!(change, Change::Part(_)) {
                    store::attempt(&tx, &held, &attempt).await?;
                }
                Ok::<_, Error>((held, refusal))
            }
        });
        match done.await {
            Err(Error::Db(DbError::Stale)) => {}
            other => return other,
        }
    }
    Err(Error::Db(DbError::Stale))
}

fn answer(app: &App, visit: &Visit, held: &Held, refusal: Option<Refusal>) -> Result<Response, Error> {
    match refusal {
        Some(refusal) => draw(app, visit, held, Some(&refusal), ""),
        None => Ok(Redirect::to(&format!("/teaching/{}", held.id)).into_response()),
    }
}

/// `POST /teaching/{run}/part`: somebody else is played from now on.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's run; when the database fails. Refusals are drawn.
pub async fn part(
    State(app): State<App>,
    visit: Visit,
    Path(run): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (held, refusal) = change(&app, &visit, run, Change::Part(typed.text("part").to_owned()), &typed).await?;
    answer(&app, &visit, &held, refusal)
}

/// `POST /teaching/{run}/clock`: time passes.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's run; when the database fails. Refusals are drawn.
pub async fn clock(
    State(app): State<App>,
    visit: Visit,
    Path(run): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let wait = match typed.text("how") {
        "days" => typed.count("days", 1, MOST_DAYS).map(|days| Wait::Days(u32::try_from(days).unwrap_or(1))),
        "until" => typed.day("until").map(Wait::Until),
        "term" => Ok(Wait::Term),
        _ => Ok(Wait::WorkingDay),
    };
    match wait {
        Ok(wait) => {
            let (held, refusal) = change(&app, &visit, run, Change::Wait(wait), &typed).await?;
            answer(&app, &visit, &held, refusal)
        }
        Err(refusal) => draw(&app, &visit, &own(&app, &visit, run).await?, Some(&refusal), typed.text("days")),
    }
}

/// `POST /teaching/{run}/undo`: the last step is taken back.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's run; when the database fails. Refusals are drawn.
pub async fn undo(
    State(app): State<App>,
    visit: Visit,
    Path(run): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (held, refusal) = change(&app, &visit, run, Change::Undo, &Typed::of(pairs)).await?;
    answer(&app, &visit, &held, refusal)
}

/// `GET /teaching/{run}/{step}`.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's run, or for a step that does not exist; when the database fails.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path((run, step)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let step = Step::parse(&step).filter(|step| *step != Step::ReceiveClue).ok_or(Error::NotFound)?;
    let held = own(&app, &visit, run).await?;
    draw_form(&app, &visit, &held, step, None, None)
}

/// `POST /teaching/{run}/{step}`.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's run, or for a step that does not exist; when the database fails. Refusals are drawn with
/// their article and their reason.
pub async fn take(
    State(app): State<App>,
    visit: Visit,
    Path((run, step)): Path<(Id, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let step = Step::parse(&step).filter(|step| *step != Step::ReceiveClue).ok_or(Error::NotFound)?;
    let typed = Typed::of(pairs);
    let (held, refusal) = change(&app, &visit, run, Change::Step(step, typed.clone()), &typed).await?;
    match refusal {
        Some(refusal) => draw_form(&app, &visit, &held, step, Some(&typed), Some(&refusal)),
        None if held.run.standing() == Standing::Reached => {
            Ok(Redirect::to(&format!("/teaching/{run}/result")).into_response())
        }
        None => Ok(Redirect::to(&format!("/teaching/{run}")).into_response()),
    }
}

fn draw_form(
    app: &App,
    visit: &Visit,
    held: &Held,
    step: Step,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let run = &held.run;
    let people = run.exercise.people(visit.lang);
    let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(visit.lang, key, args);
    let is_chinese = visit.lang == LANGUAGES[0];
    let today = app.calendar.date_of(run.now);
    let by = run.actor(&run.part).ok().and_then(|actor| actor.account).unwrap_or(0);
    let desk = Desk {
        case: &run.case,
        law: app.law(),
        today,
        by,
        people: &people,
        background: &Background::default(),
        around: &run.exercise.around(by),
        say: &say,
        is_chinese,
    };
    let mut choices: Vec<Choice> = run
        .exercise
        .cast
        .iter()
        .map(|person| Choice::new(&person.key, part_name(app, visit.lang, &run.exercise, &person.key)))
        .collect();
    choices.push(Choice::new(super::exercise::PARTY, say("enforcement-role-party", &[])));
    let part = Field::new("part", "teaching-ask-part", Ask::One(choices)).hint("teaching-hint-part").given(&run.part);
    let mut fields = vec![part];
    // Nobody is photographed in practice.
    fields.extend(desk.fields(step).into_iter().filter(|field| !matches!(field.ask, Ask::Photos(_))));
    let case = &run.case;
    let matter = case.acted_on.and_then(|day| app.statutes.matters.on(&case.matter, day));
    let asks_penalty = fields.iter().any(|field| field.name == "kinds");
    let kind = case.party.as_ref().map(|party| party.kind(&app.statutes.organ));
    let page = context! {
        run_id => held.id.to_string(), held_revision => held.revision,
        title => run.exercise.title.in_lang(visit.lang), brief => run.exercise.brief.in_lang(visit.lang),
        step => step.word(), stage => case.stage.word(), now => run.now.0,
        is_plain => plain_act(step).is_some(),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        refusal => problem.map(|refusal| Serde(explained(app, visit, refusal, step, case.stage))),
        matter => matter.filter(|_| asks_penalty).map(|matter| Serde(matter_shown(app, visit, matter, kind))),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "teaching/form.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `GET /teaching/{run}/result`: what came of it.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's run; when the database fails.
pub async fn result(State(app): State<App>, visit: Visit, Path(run): Path<Id>) -> Result<Response, Error> {
    let account = visit.actor()?.account;
    let read = app.db.read(move |tx| async move {
        let held = store::load(&tx, run, Scope::Own(account)).await?;
        Ok::<_, Error>((store::attempts(&tx, run).await?, held))
    });
    let (all, held) = read.await?;
    let exercise = &held.run.exercise;
    let page = context! {
        run_id => held.id.to_string(), title => exercise.title.in_lang(visit.lang), goal => goal(exercise, visit.lang),
        level => exercise.level.word(), status => held.status.word(), stage => held.run.case.stage.word(),
        sums => sums(&app, &held, &all), reads => to_read(&app, &visit, &all),
        attempts => attempts(&app, &visit, &held, &all),
        traps => exercise.traps.iter().map(|trap| trap.in_lang(visit.lang).to_owned()).collect::<Vec<_>>(),
        is_own => true, learner => visit.actor()?.name.as_str(), held_revision => held.revision,
    };
    Ok(app.page(&visit, "teaching/result.html", page)?.into_response())
}
