//! Exercises of the city's own: a finished real case is looked at, taken out of what it says who it was, and kept as a draft; the
//! reviewer or the head publishes it.

use super::adapting::{Around, Draft, draft, known};
use super::exercise::{Exercise, usual_cast};
use super::removing::Known;
use super::store::{self, Own, Standpoint};
use crate::app::App;
use crate::enforcement::case::Fact;
use crate::enforcement::store as cases;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Typed};
use crate::kit::id::{self, Id};
use crate::kit::words::LANGUAGES;
use crate::people;
use crate::people::act::{Act, Post, may};
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;

/// A case with what an exercise may be made of, and what must not stand in it.
struct Material {
    number: String,
    known: Vec<Known>,
    draft: Draft,
}

async fn material(app: &App, visit: &Visit, id: Id) -> Result<Material, Error> {
    let actor = visit.actor()?.clone();
    let scope = cases::Scope::of(&actor)?;
    let read = app.db.read(move |tx| async move {
        let held = cases::load(&tx, id, &scope).await?;
        let history = cases::history(&tx, id).await?;
        let papers = crate::papers::store::list(&tx, cases::SUBJECT, id).await?;
        let departments = people::store::departments(&tx).await?;
        let posts: Vec<Post> = Post::ALL.iter().copied().filter(|post| may(*post, Act::Practise)).collect();
        let named = people::store::holding(&tx, &posts).await?;
        let mut own: Vec<Id> = held.case.have_investigated.iter().copied().collect();
        own.extend(history.iter().filter_map(|line| line.fact.by));
        let names = people::store::names(&tx, &own).await?;
        Ok::<_, Error>((held, history, papers, departments, named, names))
    });
    let (held, history, papers, departments, named, names) = read.await?;
    let organ = &app.statutes.organ;
    let head = &organ.letterhead;
    let mut organs: Vec<String> = departments.iter().map(|one| one.name(LANGUAGES[0]).to_owned()).collect();
    organs.extend(
        [&organ.name.zh, &head.address, &head.phone, &head.bank, &head.account, &head.review_by, &head.court]
            .map(Clone::clone),
    );
    organs.push(app.city.name.clone());
    let mut numbers: Vec<String> = papers.iter().map(|paper| paper.number.clone()).collect();
    numbers.push(held.number.clone());
    let mut people: Vec<String> = named.into_iter().map(|one| one.name).collect();
    people.extend(names.into_values());
    let around = Around {
        people,
        numbers,
        place: held.origin.place.clone(),
        areas: app.grid().areas().iter().map(|area| area.name.clone()).collect(),
        organs,
    };
    let facts: Vec<Fact> = history.into_iter().map(|line| line.fact).collect();
    let known = known(&held.case, &facts, &around);
    let say = chinese(app);
    let draft = draft(&held.case, &facts, &known, &app.law(), &say)?;
    Ok(Material { number: held.number, known, draft })
}

/// An exercise of the city's own has one language: that of its cases.
fn chinese(app: &App) -> impl Fn(&str, &[(&'static str, String)]) -> String + '_ {
    |key, args| app.pages.say(LANGUAGES[0], key, args)
}

/// `GET /enforcement/{id}/teaching`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; a refusal for a case that is not over; when the database fails.
pub async fn ask(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let material = material(&app, &visit, id).await?;
    draw(&app, &visit, id, &material, None, None)
}

fn draw(
    app: &App,
    visit: &Visit,
    id: Id,
    material: &Material,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(visit.lang, key, args);
    let plain = |key: &str| say(key, &[]);
    let fields = material.draft.fields(&say);
    let message = problem.map(|refusal| say(refusal.key, &refusal.args));
    let beside = problem.and_then(|refusal| refusal.field).zip(message.as_deref());
    let originals: Vec<_> = material
        .draft
        .originals
        .iter()
        .map(|one| {
            let found = one.pieces.iter().filter(|piece| piece.kind.is_some()).count();
            context! { label => one.label.as_str(), pieces => Serde(&one.pieces), found }
        })
        .collect();
    let page = context! {
        id => id.to_string(), number => material.number.as_str(), originals,
        fields => fields::draw(&fields, "make", typed, beside, &plain),
        errors => problem.iter().map(|refusal| context! { field => format!("{}-make", refusal.field.unwrap_or("title")), message => message.as_deref() }).collect::<Vec<_>>(),
        key => typed.map(|typed| typed.text("key").to_owned()).filter(|key| !key.is_empty()).unwrap_or_else(id::secret),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "teaching/make.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `POST /enforcement/{id}/teaching`: the draft is kept, when nothing of the case stands in it any more.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails. Refusals are drawn.
pub async fn make(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let material = material(&app, &visit, id).await?;
    let own = id::fresh();
    let cast = usual_cast(&app.sources).map_err(|problem| Error::Internal(format!("{problem:?}")))?;
    let exercise = material.draft.exercise(store::own_key(own), &typed, &cast, &material.known, &app.law());
    match exercise {
        Ok(exercise) => {
            let kept = keep(&app, &visit, own, exercise, typed.mark(&visit.path)).await?;
            Ok(Redirect::to(&format!("/teaching/exercises/{kept}")).into_response())
        }
        Err(refusal) => draw(&app, &visit, id, &material, Some(&typed), Some(&refusal)),
    }
}

async fn keep(app: &App, visit: &Visit, own: Id, exercise: Exercise, form: String) -> Result<Id, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let kept = app.db.write(move |tx| {
        let (exercise, form) = (exercise.clone(), form.clone());
        async move {
            // Sent twice: it is made.
            if let Some(made) = crate::timeline::store::made_of(&tx, store::MADE, account, &form).await? {
                return Ok(made);
            }
            store::add_own(&tx, own, &exercise, account, &form, now).await?;
            Ok::<_, DbError>(own)
        }
    });
    Ok(kept.await?)
}

/// What the address of the list asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
}

/// `GET /teaching/exercises`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let before = asked.after.parse().ok();
    let page = app.db.read(move |tx| async move { store::owns(&tx, before).await }).await;
    let page = page.map_err(|error: DbError| Error::Db(error))?;
    let rows: Vec<_> = page
        .rows
        .iter()
        .map(|own| {
            context! {
                id => own.id.to_string(), title => own.exercise.title.in_lang(visit.lang), level => own.exercise.level.word(),
                standpoint => own.standpoint.word(), made_at => own.made_at.0,
            }
        })
        .collect();
    let html = context! {
        rows, older => page.next.map(|next| format!("/teaching/exercises?after={next}")).unwrap_or_default(),
        newer => if asked.after.is_empty() { "" } else { "/teaching/exercises" },
    };
    Ok(app.page(&visit, "teaching/exercises.html", html)?.into_response())
}

async fn load(app: &App, id: Id) -> Result<Own, Error> {
    app.db.read(move |tx| async move { store::load_own(&tx, id).await }).await
}

/// `GET /teaching/exercises/{id}`: one of them, as learners will read it.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let own = load(&app, id).await?;
    let exercise = &own.exercise;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let events: Vec<_> = exercise
        .events
        .iter()
        .map(|event| {
            let step = event.since.map(|step| say(&format!("enforcement-step-{}", step.word())));
            context! { step => step.unwrap_or_default(), days => event.days, words => event.zh.as_str() }
        })
        .collect();
    let passes: Vec<String> =
        exercise.goal.by.iter().map(|stage| say(&format!("enforcement-stage-{}", stage.word()))).collect();
    let matter = exercise.truth.matters.first().and_then(|id| app.statutes.matters.on(id, exercise.truth.acted_on));
    let page = context! {
        id => id.to_string(), revision => own.revision, standpoint => own.standpoint.word(),
        title => exercise.title.in_lang(visit.lang), brief => exercise.brief.in_lang(visit.lang), clue => exercise.clue.in_lang(visit.lang),
        level => exercise.level.word(), starts => exercise.starts.date().to_string(), acted_on => exercise.truth.acted_on.to_string(),
        matter => matter.map(|matter| matter.name.in_lang(visit.lang)), form => exercise.truth.form.word(),
        goal => exercise.goal.zh.as_str(), goal_stage => exercise.goal.stage.word(), passes,
        fine => exercise.goal.fine.map(|(least, most)| format!("{least}–{most}")), hearing => exercise.goal.hearing,
        events, traps => exercise.traps.iter().map(|trap| trap.in_lang(visit.lang).to_owned()).collect::<Vec<_>>(),
    };
    Ok(app.page(&visit, "teaching/exercise.html", page)?.into_response())
}

/// `POST /teaching/exercises/{id}/publish`: learners find it from now on.
///
/// # Errors
/// [`Error::NotFound`] when there is none; [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn publish(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    put(&app, &visit, id, Standpoint::Published).await
}

/// `POST /teaching/exercises/{id}/withdraw`: nobody begins it any more; runs that go on keep it.
///
/// # Errors
/// As [`publish`].
pub async fn withdraw(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    put(&app, &visit, id, Standpoint::Withdrawn).await
}

async fn put(app: &App, visit: &Visit, id: Id, to: Standpoint) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let written = app.db.write(move |tx| async move {
        let own = store::load_own(&tx, id).await?;
        if own.standpoint != to {
            store::put_own(&tx, &own, to, account, now).await?;
        }
        Ok::<_, Error>(())
    });
    written.await?;
    Ok(Redirect::to(&format!("/teaching/exercises/{id}")).into_response())
}
