//! Writing a whistle: from a case or from nothing, several departments at once, blown at once or kept as a draft.

use super::clocks::Allowance;
use super::doing::{MOST_WORDS, Typed, do_it};
use super::leg::{ClockKind, LegKind};
use super::store::{self, Filter, Scope};
use super::whistle::{Called, Doer, Draft, Kind, Place, Stage, Whistle, WhistleAct, begin};
use crate::app::App;
use crate::cases;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::{self, Id};
use crate::people::actor::Actor;
use crate::people::department::Department;
use crate::people::doors::Visit;
use crate::reports::place::rounded;
use crate::reports::submit::read_form;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

/// How many departments one form can call.
pub const ROWS: usize = 8;
/// How many rows a form shows before anybody asked for more.
const SHOWN_ROWS: usize = 4;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    case: String,
}

/// What the page is drawn from: the whistle that is written anew, the case, what was typed, and why not.
#[derive(Default)]
struct Paper {
    old: Option<Whistle>,
    case: Option<Id>,
    typed: Typed,
    problem: Option<Refusal>,
}

/// `GET /whistles/new`, of a case when one is named.
///
/// # Errors
/// [`Error::NotFound`] for a case that does not exist for the actor; when the database fails.
pub async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let case = match asked.case.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::NotFound)?),
    };
    draw(&app, &visit, Paper { case, ..Paper::default() }).await
}

/// `GET /whistles/{id}/edit`.
///
/// # Errors
/// [`Error::NotFound`] for anything but a draft of the actor's own; when the database fails.
pub async fn ask_again(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let old = app.db.read(move |tx| async move { own_draft(&tx, id, &actor).await }).await?;
    let typed = typed_of(&app, &old);
    draw(&app, &visit, Paper { case: old.case, old: Some(old), typed, problem: None }).await
}

async fn own_draft(tx: &Tx, id: Id, actor: &Actor) -> Result<Whistle, Error> {
    let whistle = store::load(tx, id, &Scope::All).await?;
    let is_own = whistle.stage == Stage::Drafted && whistle.author == Some(actor.account);
    if is_own { Ok(whistle) } else { Err(Error::NotFound) }
}

/// A written whistle as the form would have sent it.
fn typed_of(app: &App, whistle: &Whistle) -> Typed {
    let mut typed = Typed::default();
    let mut put = |name: String, value: String| drop(typed.0.insert(name, value));
    put("kind".into(), whistle.kind.word().into());
    put("words".into(), whistle.words.clone());
    put("address".into(), whistle.place.address.clone());
    put("lon".into(), whistle.place.lon.map(|lon| lon.to_string()).unwrap_or_default());
    put("lat".into(), whistle.place.lat.map(|lat| lat.to_string()).unwrap_or_default());
    let appointed = whistle.appointed_at.map(|at| at.zoned(&app.city.zone()).strftime("%Y-%m-%dT%H:%M").to_string());
    put("appointed".into(), appointed.unwrap_or_default());
    for (position, leg) in whistle.legs.iter().enumerate() {
        let row = position + 1;
        put(format!("department-{row}"), leg.department.to_string());
        put(format!("role-{row}"), leg.kind.word().into());
        if whistle.lead == Some(leg.department) {
            put("lead".into(), row.to_string());
        }
    }
    typed
}

/// `POST /whistles`: keeps the draft, and blows it when asked so.
///
/// # Errors
/// [`Error::NotFound`] for a case that does not exist for the actor; when the database fails. Refusals are drawn.
pub async fn write(State(app): State<App>, visit: Visit, form: Request) -> Result<Response, Error> {
    let typed = Typed::of(&read_form(&app, form).await?);
    let case = typed.number("case");
    let outcome = kept(&app, &visit, None, case, &typed).await;
    answered(&app, &visit, Paper { old: None, case, typed, problem: None }, outcome).await
}

/// `POST /whistles/{id}/edit`.
///
/// # Errors
/// [`Error::NotFound`] for anything but a draft of the actor's own; when the database fails. Refusals are drawn.
pub async fn write_again(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    form: Request,
) -> Result<Response, Error> {
    let typed = Typed::of(&read_form(&app, form).await?);
    let actor = visit.actor()?.clone();
    let old = app.db.read(move |tx| async move { store::load(&tx, id, &Scope::All).await }).await?;
    if old.author != Some(actor.account) {
        return Err(Error::NotFound);
    }
    let outcome = kept(&app, &visit, Some(id), old.case, &typed).await;
    answered(&app, &visit, Paper { case: old.case, old: Some(old), typed, problem: None }, outcome).await
}

async fn answered(app: &App, visit: &Visit, paper: Paper, outcome: Result<Id, Error>) -> Result<Response, Error> {
    match outcome {
        Ok(id) => {
            app.tell("whistle", id);
            if let Some(case) = paper.case {
                app.tell("case", case);
            }
            Ok(Redirect::to(&format!("/whistles/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(app, visit, Paper { problem: Some(refusal), ..paper }).await,
        Err(Error::Db(DbError::Stale)) => {
            let problem = Some(Refusal::new("whistles-refusal-moved-on"));
            draw(app, visit, Paper { problem, ..paper }).await
        }
        Err(error) => Err(error),
    }
}

async fn kept(app: &App, visit: &Visit, old: Option<Id>, case: Option<Id>, typed: &Typed) -> Result<Id, Error> {
    let actor = visit.actor()?.clone();
    let (held, typed, now) = (app.clone(), typed.clone(), app.clock.now());
    let job = move |tx: Tx| {
        let (held, typed, actor) = (held.clone(), typed.clone(), actor.clone());
        async move {
            let doer = store::doer(&tx, &actor).await?;
            let key = typed.text("key").to_owned();
            if old.is_none()
                && !key.is_empty()
                && let Some(made) = crate::timeline::store::made_of(&tx, "whistle_drafted", actor.account, &key).await?
            {
                return Ok(made);
            }
            let draft = understood(&held, &tx, &actor, case, &typed).await?;
            let whistle = match old {
                None => {
                    let number = store::number(&tx, &held.whistles, &now.zoned(&held.city.zone())).await?;
                    // The serial holds back whoever sent the same form at the same moment; what they made meanwhile can be
                    // seen only now.
                    if !key.is_empty()
                        && let Some(made) =
                            crate::timeline::store::made_of(&tx, "whistle_drafted", actor.account, &key).await?
                    {
                        return Ok(made);
                    }
                    begun(&held, &tx, &doer, &actor, draft, now, (number, key.as_str())).await?
                }
                Some(id) => {
                    let whistle = store::load(&tx, id, &Scope::All).await?;
                    let act = WhistleAct::Redraft { draft: draft.clone() };
                    held.whistles.permits(draft.kind, &act, actor.post)?;
                    do_it(&held, &tx, whistle, &doer, act, now, &[], "").await?
                }
            };
            if typed.text("do") != "blow" {
                return Ok(whistle.id);
            }
            let city = held.whistles.of(whistle.kind);
            let act =
                WhistleAct::Blow { needs_approval: city.needs_approval, is_management_first: city.is_management_first };
            Ok(do_it(&held, &tx, whistle, &doer, act, now, &[], "").await?.id)
        }
    };
    app.db.write(job).await
}

async fn begun(
    app: &App,
    tx: &Tx,
    doer: &Doer,
    actor: &Actor,
    draft: Draft,
    now: Moment,
    (number, key): (String, &str),
) -> Result<Whistle, Error> {
    let kind = draft.kind;
    let (whistle, fact) = begin(id::fresh(), number, draft, doer.clone(), now).map_err(Refusal::from)?;
    app.whistles.permits(kind, &fact.act, actor.post)?;
    store::add(tx, &whistle).await?;
    store::record(tx, &fact, &[], key).await?;
    Ok(whistle)
}

/// What was typed as a draft. Departments must be ones that somebody answers for; the place is the case's own.
async fn understood(app: &App, tx: &Tx, actor: &Actor, case: Option<Id>, typed: &Typed) -> Result<Draft, Error> {
    let kind = typed.choice("kind", Kind::parse)?;
    let words = at_most("words", typed.text("words"), MOST_WORDS)?;
    let place = match case {
        Some(case) => {
            let found = cases::store::load(tx, case, &cases::store::Scope::of(actor)).await?.case.place;
            let address = if found.address.is_empty() { found.cell } else { found.address };
            Place { lon: found.lon.map(rounded), lat: found.lat.map(rounded), address }
        }
        None => {
            let position = typed.position()?;
            let address = at_most("address", typed.text("address"), 200)?;
            Place { lon: position.map(|at| at.lon), lat: position.map(|at| at.lat), address }
        }
    };
    if case.is_none() && place.lon.is_none() && place.address.is_empty() {
        return Err(Refusal::new("whistles-refusal-place-missing").on("place").into());
    }
    let appointed_at = match (kind, typed.text("appointed")) {
        (Kind::JointEnforcement, text) if !text.is_empty() => Some(moment(app, text)?),
        _ => None,
    };
    let callable = store::callable(tx).await?;
    let (mut called, mut lead) = (Vec::new(), None);
    for row in 1..=ROWS {
        let text = typed.text(&format!("department-{row}")).to_owned();
        if text.is_empty() {
            continue;
        }
        let found = callable.iter().find(|department| department.id.to_string() == text);
        let found = found.ok_or_else(|| Refusal::new("whistles-refusal-choose").on("department-1"))?;
        let kind = LegKind::parse(typed.text(&format!("role-{row}")));
        let kind = kind.unwrap_or_else(|| LegKind::of_department(&found.kind));
        called.push(Called { leg: id::fresh(), department: found.id, kind });
        if typed.number("lead") == i64::try_from(row).ok() {
            lead = Some(found.id);
        }
    }
    // One who is called alone leads.
    if let ([only], None) = (called.as_slice(), lead) {
        lead = Some(only.department);
    }
    Ok(Draft { kind, case, place, words, lead, appointed_at, called })
}

/// A moment as a browser's field for day and time writes it, on the city's clock.
fn moment(app: &App, text: &str) -> Result<Moment, Refusal> {
    let typed: Result<jiff::civil::DateTime, _> = text.parse();
    let strange = || Refusal::new("whistles-refusal-appointment-strange").on("appointed");
    let typed = typed.map_err(|_| strange())?;
    let zoned = app.city.zone().to_ambiguous_zoned_datetime(typed).compatible().map_err(|_| strange())?;
    Ok(Moment::from(&zoned))
}

#[derive(Serialize)]
struct Row {
    number: usize,
    department: String,
    role: String,
    is_lead: bool,
}

async fn draw(app: &App, visit: &Visit, mut paper: Paper) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (case, held) = (paper.case, app.clone());
    let read = app.db.read(move |tx| async move {
        let callable = store::callable(&tx).await?;
        let Some(case) = case else { return Ok::<_, Error>((callable, None, Vec::new())) };
        let found = cases::store::load(&tx, case, &cases::store::Scope::of(&actor)).await?.case;
        let filter = Filter { case: Some(case), ..Filter::default() };
        let running = store::list(&tx, &Scope::All, &filter).await?.rows;
        let code = responsible(&held, &found);
        Ok((callable, Some((found, code)), running))
    });
    let (callable, found, running) = read.await?;
    let kinds = app.whistles.kinds_of(visit.actor()?.post);
    if paper.typed.text("kind").is_empty() {
        suggest(&mut paper.typed, &callable, found.as_ref(), &kinds);
    }
    if paper.typed.text("key").is_empty() {
        paper.typed.0.insert("key".into(), id::secret());
    }
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    let typed = &paper.typed;
    let filled = (1..=ROWS).rev().find(|row| !typed.text(&format!("department-{row}")).is_empty()).unwrap_or(0);
    let rows: Vec<Row> = (1..=ROWS.min((filled + 1).max(SHOWN_ROWS)))
        .map(|number| Row {
            number,
            department: typed.text(&format!("department-{number}")).to_owned(),
            role: typed.text(&format!("role-{number}")).to_owned(),
            is_lead: typed.number("lead") == i64::try_from(number).ok(),
        })
        .collect();
    let departments: Vec<_> = callable
        .iter()
        .map(|one| {
            let role = say(&format!("whistles-role-{}", LegKind::of_department(&one.kind).word()), &[]);
            context! { value => one.id.to_string(), label => one.name(visit.lang), group => role }
        })
        .collect();
    let kind_options: Vec<_> = kinds
        .iter()
        .map(|kind| {
            let (word, hint) = (kind.word(), allowed(app, visit.lang, *kind));
            context! { value => word, label => say(&format!("whistles-kind-{word}"), &[]), hint }
        })
        .collect();
    let roles: Vec<_> = LegKind::ALL
        .iter()
        .map(|kind| context! { value => kind.word(), label => say(&format!("whistles-role-{}", kind.word()), &[]) })
        .collect();
    let problem = paper.problem.as_ref().map(|refusal| {
        let message = say(refusal.key, &refusal.args);
        context! { field => refusal.field.unwrap_or("kind"), message }
    });
    let page = context! {
        action => paper.old.as_ref().map_or_else(|| "/whistles".to_owned(), |old| format!("/whistles/{}/edit", old.id)),
        number => paper.old.as_ref().map(|old| old.number.clone()),
        case => found.map(|(case, _)| context! {
            id => case.id.to_string(), number => case.number, title => case.title,
            place => if case.place.address.is_empty() { case.place.cell } else { case.place.address },
            has_point => case.place.lon.is_some(),
        }),
        running => running.iter().map(|one| context! { id => one.id.to_string(), number => one.number.as_str() }).collect::<Vec<_>>(),
        typed => Serde(typed),
        rows => Serde(rows),
        errors => problem.into_iter().collect::<Vec<_>>(),
        error_field => paper.problem.as_ref().map_or("", |refusal| refusal.field.unwrap_or("kind")),
        error_text => paper.problem.as_ref().map(|refusal| say(refusal.key, &refusal.args)).unwrap_or_default(),
        kinds => kind_options, departments, roles,
        words_limit => MOST_WORDS,
        centre_lon => app.base_map.centre.map(|(lon, _)| lon),
        centre_lat => app.base_map.centre.map(|(_, lat)| lat),
        earliest => app.clock.now().zoned(&app.city.zone()).strftime("%Y-%m-%dT%H:%M").to_string(),
    };
    let status = if paper.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "whistles/form.html", page)?;
    // The form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// What a kind allows, in words: sign for it in …, be there in ….
fn allowed(app: &App, lang: &str, kind: Kind) -> String {
    let clocks = ClockKind::OF_DEPARTMENT.iter().filter_map(|clock| {
        let name = app.pages.say(lang, &format!("whistles-clock-{}", clock.word()), &[]);
        if *clock == ClockKind::Arrive && kind == Kind::JointEnforcement {
            return Some(format!("{name} {}", app.pages.say(lang, "whistles-appointed", &[])));
        }
        let (key, n) = app.whistles.allowance(kind, *clock).map(Allowance::words)?;
        Some(format!("{name} {}", app.pages.say(lang, key, &[("n", n.to_string())])))
    });
    clocks.collect::<Vec<_>>().join(" · ")
}

/// The department that usually answers for such a problem there, by its code in the responsibility table.
fn responsible(app: &App, case: &cases::case::Case) -> Option<String> {
    let key = app.catalog.key_of(&format!("{}-{}", case.kind, case.code))?;
    let place = &case.place;
    let area = [&place.cell, &place.community, &place.street].into_iter().find(|code| !code.is_empty());
    app.catalog.department(&key, area.map_or("", String::as_str)).map(str::to_owned)
}

/// Begins the form with who usually answers for such a problem, and who has the case now.
fn suggest(
    typed: &mut Typed,
    callable: &[Department],
    found: Option<&(cases::case::Case, Option<String>)>,
    kinds: &[Kind],
) {
    let wanted = found.is_some_and(|(case, _)| case.is_urgent).then_some(Kind::Emergency);
    let kind = wanted.filter(|kind| kinds.contains(kind)).or_else(|| kinds.first().copied());
    let mut put = |name: String, value: String| drop(typed.0.insert(name, value));
    put("kind".into(), kind.map_or("", Kind::word).to_owned());
    put("lead".into(), "1".into());
    let Some((case, code)) = found else { return };
    put("words".into(), case.title.clone());
    let by_code = callable.iter().find(|one| Some(&one.code) == code.as_ref());
    let by_case = callable.iter().find(|one| Some(one.id) == case.department);
    let mut row = 0;
    for department in by_code.into_iter().chain(by_case.filter(|one| by_code.is_none_or(|other| other.id != one.id))) {
        row += 1;
        put(format!("department-{row}"), department.id.to_string());
    }
}
