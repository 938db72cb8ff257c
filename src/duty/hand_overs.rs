//! Handing over (交接班): the side that leaves writes what is open and signs, the side that comes signs too. What both have
//! signed stands; more can only be added.

use super::forms::Typed;
use super::pattern::Role;
use super::shift::{HandOver, HandOverSide, Matter, Shift};
use super::store::HandOverLine;
use super::view::{Lens, plain};
use super::{errors, refusal_in, store, tabs, taking};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::{at_most, required};
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use minijinja::{Value, context};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// For how long a shift that left no hand-over is shown and reminded of, in milliseconds.
pub(super) const SILENT: i64 = 3 * 24 * 60 * 60 * 1000;
/// The longest words of a hand-over, in characters.
const LONGEST: usize = 4000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
}

/// `GET /duty/hand-overs`.
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let before = asked.before.parse().unwrap_or(Id::MAX);
    let scope = taking::scope(visit.actor()?);
    let read = app.db.read(move |tx| async move {
        let lines = store::hand_overs(&tx, before, scope).await?;
        let silent = store::left_without_a_word(&tx, now.plus(-SILENT), now, scope).await?;
        let ids: BTreeSet<Id> = lines.iter().map(|line| line.hand_over.leaving).collect();
        let shifts: BTreeMap<Id, Shift> = store::shifts_by_id(&tx, &ids).await?;
        Ok::<_, DbError>((store::staff(&tx).await?, lines, silent, shifts, store::rosters(&tx).await?))
    });
    let (staff, lines, silent, shifts, rosters) = read.await?;
    let lens = Lens::new(&app, visit.lang, &staff, me, now);
    let roster = |id: Id| rosters.iter().find(|roster| roster.id == id).map_or("", |roster| roster.name.as_str());
    let lines = Page::cut(lines, |line| line.hand_over.id.to_string());
    debug_assert!(lines.rows.len() <= PAGE, "a page");
    let row = |line: &HandOverLine| {
        let one = &line.hand_over;
        let shift = shifts.get(&one.leaving);
        context! {
            id => one.id.to_string(),
            roster => shift.map_or("", |shift| roster(shift.roster)),
            leaving => shift.map(|shift| lens.line(shift)),
            left => one.left.map(|(by, _)| lens.name(by)),
            came => one.came.map(|(by, _)| lens.name(by)),
            is_signed => one.is_signed(),
            matters => one.matters.len(),
            at => line.written_at.0,
        }
    };
    let mine = |shift: &Shift| shift.people.iter().any(|place| place.account == me && place.role.is_present());
    let page = context! {
        tabs => tabs(&app, &visit, "/duty/hand-overs")?,
        rows => lines.rows.iter().map(row).collect::<Vec<_>>(),
        silent => silent.iter().map(|shift| context! {
            id => shift.id.to_string(), line => lens.line(shift), roster => roster(shift.roster), is_mine => mine(shift),
        }).collect::<Vec<_>>(),
        older => lines.next.map(|next| format!("?before={next}")).unwrap_or_default(),
        newer => if before == Id::MAX { "" } else { "/duty/hand-overs" },
    };
    Ok(app.page(&visit, "duty/hand_overs.html", page)?.into_response())
}

/// `GET /duty/shifts/{id}/hand-over`: the form, filled in with what is open; the log itself once it is signed.
pub(super) async fn write_form(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw_form(&app, &visit, id, None, None).await
}

async fn draw_form(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let read = app.db.read(move |tx| async move {
        let shift = store::shift(&tx, id).await?;
        let known = store::hand_over_of_shift(&tx, id).await?;
        let next = store::next_shift(&tx, &shift).await?;
        let matters = store::matters(&tx, shift.from).await?;
        Ok::<_, Error>((store::staff(&tx).await?, shift, known, next, matters))
    });
    let (staff, shift, known, next, matters) = read.await?;
    let is_there = shift.people.iter().any(|place| place.account == me && place.role.is_present());
    if !is_there || !shift.is_published || shift.is_cancelled {
        return Err(Error::NotFound);
    }
    if let Some(known) = &known
        && (known.hand_over.left.is_some() || known.hand_over.came.is_some())
    {
        // What is signed is read, not written; what was typed meanwhile can be added.
        let log = known.hand_over.id;
        return match refusal {
            None => Ok(Redirect::to(&format!("/duty/hand-overs/{log}")).into_response()),
            Some(_) => draw(app, visit, log, typed.unwrap_or(&Typed::default()), refusal).await,
        };
    }
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let words = known.as_ref().map_or("", |known| known.hand_over.words.as_str());
    let page = context! {
        tabs => tabs(app, visit, "/duty/hand-overs")?,
        shift => lens.shift(&shift),
        line => lens.line(&shift),
        next => next.as_ref().map(|next| context! { line => lens.line(next), shift => lens.shift(next) }),
        matters => matters.iter().map(|matter| row_of(&lens, matter)).collect::<Vec<_>>(),
        words => typed.map_or(words, |typed| typed.text("words")),
        revision => known.map_or(0, |known| known.hand_over.revision),
        longest => LONGEST,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/hand_over_form.html", page)?).into_response())
}

fn row_of(lens: &Lens<'_>, matter: &Matter) -> Value {
    context! {
        kind => matter.kind.as_str(),
        kind_label => lens.say(&format!("duty-matter-{}", matter.kind.replace('_', "-")), &[]),
        case => matter.case.to_string(),
        number => matter.number.as_str(),
        title => matter.title.as_str(),
    }
}

/// `POST /duty/shifts/{id}/hand-over`: keeps the words; with `sign` signs for the side that leaves at once.
pub(super) async fn write(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (me, now, zone) = (visit.actor()?.account, app.clock.now(), app.city.zone());
    let form = typed.clone();
    let outcome = async {
        let words = at_most("words", form.text("words"), LONGEST)?;
        let signs = !form.text("sign").is_empty();
        app.db
            .write(move |tx| async move {
                let shift = store::shift(&tx, id).await?;
                if !shift.is_published || shift.is_cancelled || shift.role_of(me).is_none() {
                    return Err(Error::NotFound);
                }
                if shift.from > now {
                    return Err(Refusal::new("duty-refusal-not-begun").into());
                }
                let next = store::next_shift(&tx, &shift).await?;
                let next = next.ok_or_else(|| Refusal::new("duty-refusal-no-next"))?;
                let matters = store::matters(&tx, shift.from).await?;
                let (known, is_new) = match store::hand_over_of_shift(&tx, id).await? {
                    Some(line) => (line.hand_over, false),
                    None => {
                        let fresh = HandOver {
                            id: id::fresh(),
                            leaving: id,
                            coming: next.id,
                            words: String::new(),
                            matters: Vec::new(),
                            left: None,
                            came: None,
                            revision: 0,
                        };
                        (fresh, true)
                    }
                };
                // Sent twice with one press: it is written, and signed if that was asked.
                if !is_new && known.words == words && (!signs || known.left.is_some_and(|(by, _)| by == me)) {
                    return Ok(known.id);
                }
                if known.left.is_some() || known.came.is_some() {
                    return Err(Refusal::new("duty-refusal-signed").on("words").into());
                }
                if form.number("revision").is_some_and(|revision| revision != known.revision) {
                    return Err(Error::Db(DbError::Stale));
                }
                let mut written = HandOver { coming: next.id, ..known }.write(me, &shift, words, matters)?;
                if is_new {
                    store::add_hand_over(&tx, &written, shift.roster, me, now).await?;
                } else {
                    store::save_hand_over(&tx, &written).await?;
                }
                let body = serde_json::json!({ "hand_over": written.id.to_string(), "matters": written.matters.len() });
                store::record(&tx, "shift", id, "hand_over_written", Some(me), now, body).await?;
                if signs {
                    written = written.sign(HandOverSide::Leaving, me, &shift, now)?;
                    store::save_hand_over(&tx, &written).await?;
                    signed(&tx, &written, HandOverSide::Leaving, me, now).await?;
                    ask_to_sign(&tx, &written, &shift, &next, &zone, now).await?;
                }
                Ok(written.id)
            })
            .await
    };
    match outcome.await {
        Ok(hand_over) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/hand-overs/{hand_over}")).into_response())
        }
        Err(error) => draw_form(&app, &visit, id, Some(&typed), Some(&refusal_in(error)?)).await,
    }
}

/// Who is there in a shift, each once.
fn present(shift: &Shift) -> BTreeSet<Id> {
    shift.people.iter().filter(|place| place.role.is_present()).map(|place| place.account).collect()
}

/// Asks the side that comes to sign, once the side that leaves has.
async fn ask_to_sign(
    tx: &Tx,
    one: &HandOver,
    leaving: &Shift,
    coming: &Shift,
    zone: &TimeZone,
    now: Moment,
) -> Result<(), DbError> {
    let signer = one.left.map(|(by, _)| by);
    for to in present(coming).into_iter().filter(|to| Some(*to) != signer) {
        let notice = Notice {
            to,
            kind: "duty-hand-over",
            args: vec![("shift", plain(leaving, zone))],
            link: format!("/duty/hand-overs/{}", one.id),
            urgency: Urgency::Urgent,
            once: format!("duty-hand-over-{}", one.id),
        };
        notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}

/// The shift that takes over: the one that was written down, or, when that was struck out before anybody signed for it,
/// the next one that there is.
async fn coming_of(tx: &Tx, one: &HandOver, leaving: &Shift) -> Result<Shift, Error> {
    let written = store::shift(tx, one.coming).await?;
    if !written.is_cancelled || one.came.is_some() {
        return Ok(written);
    }
    Ok(store::next_shift(tx, leaving).await?.unwrap_or(written))
}

/// Reminds of hand-overs that lack a signature some time after the shift has ended, and of shifts that wrote none: those
/// who must act, the leaders of both shifts and the keepers of rosters, once. Answers how many were reminded of.
pub(super) async fn remind(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let (after, until) = (now.plus(-SILENT), now.plus(-app.duty.hand_over));
    let read = app.db.read(move |tx| async move {
        let late = store::hand_overs_to_remind(&tx, after, until).await?;
        Ok::<_, DbError>((late, store::silent_to_remind(&tx, after, until).await?))
    });
    let (late, silent) = read.await?;
    let mut reminded = 0;
    for id in late.iter().map(|line| line.hand_over.id) {
        let zone = app.city.zone();
        let done = app.db.write(move |tx| async move { remind_to_sign(&tx, id, &zone, now).await });
        reminded += usize::from(counted(app, id, done.await));
    }
    for id in silent.iter().map(|shift| shift.id) {
        let zone = app.city.zone();
        let done = app.db.write(move |tx| async move { remind_to_write(&tx, id, &zone, now).await });
        reminded += usize::from(counted(app, id, done.await));
    }
    Ok(reminded)
}

/// Whether it was reminded of one; what is wrong with one keeps nobody from the next.
fn counted(app: &App, id: Id, done: Result<bool, Error>) -> bool {
    match done {
        Ok(true) => {
            app.tell("duty", id);
            true
        }
        Ok(false) => false,
        Err(error) => {
            tracing::error!(%error, id, "a hand-over could not be reminded of");
            false
        }
    }
}

async fn remind_to_sign(tx: &Tx, id: Id, zone: &TimeZone, now: Moment) -> Result<bool, Error> {
    if !store::remind_of_hand_over(tx, id, now).await? {
        return Ok(false);
    }
    let one = store::hand_over(tx, id).await?.hand_over;
    let leaving = store::shift(tx, one.leaving).await?;
    let coming = coming_of(tx, &one, &leaving).await?;
    // Whoever is on duty now is told at once; who has gone home, and who only watches over it, when work begins.
    let (at_work, at_home) = match one.left {
        None => (BTreeSet::new(), present(&leaving)),
        Some(_) => (present(&coming), BTreeSet::new()),
    };
    let link = format!("/duty/hand-overs/{id}");
    let links = |_: Id| link.clone();
    remind_all(tx, "duty-hand-over-late", (&leaving, Some(&coming)), (at_work, at_home), links, zone, now).await?;
    let body = serde_json::json!({ "hand_over": id.to_string() });
    store::record(tx, "shift", leaving.id, "hand_over_reminded", None, now, body).await?;
    Ok(true)
}

async fn remind_to_write(tx: &Tx, id: Id, zone: &TimeZone, now: Moment) -> Result<bool, Error> {
    let shift = store::shift(tx, id).await?;
    if store::hand_over_of_shift(tx, id).await?.is_some() || !store::remind_of_shift(tx, id, now).await? {
        return Ok(false);
    }
    let next = store::next_shift(tx, &shift).await?;
    let writers = present(&shift);
    let own = writers.clone();
    let links = move |to: Id| match own.contains(&to) {
        true => format!("/duty/shifts/{id}/hand-over"),
        false => "/duty/hand-overs".to_owned(),
    };
    let both = (&shift, next.as_ref());
    remind_all(tx, "duty-hand-over-missing", both, (BTreeSet::new(), writers), links, zone, now).await?;
    store::record(tx, "shift", id, "hand_over_reminded", None, now, serde_json::json!({})).await?;
    Ok(true)
}

async fn remind_all(
    tx: &Tx,
    kind: &'static str,
    (leaving, coming): (&Shift, Option<&Shift>),
    (at_work, mut at_home): (BTreeSet<Id>, BTreeSet<Id>),
    link: impl Fn(Id) -> String,
    zone: &TimeZone,
    now: Moment,
) -> Result<(), DbError> {
    at_home.extend(leaving.of(Role::Leader));
    at_home.extend(coming.into_iter().flat_map(|shift| shift.of(Role::Leader)));
    at_home.extend(store::keepers(tx).await?);
    let urgent = at_work.iter().map(|to| (*to, Urgency::Urgent));
    let ordinary = at_home.difference(&at_work).map(|to| (*to, Urgency::Ordinary));
    let told: Vec<(Id, Urgency)> = urgent.chain(ordinary).collect();
    for (to, urgency) in told {
        let notice = Notice {
            to,
            kind,
            args: vec![("shift", plain(leaving, zone))],
            link: link(to),
            urgency,
            once: format!("{kind}-{}", leaving.id),
        };
        notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}

async fn signed(tx: &Tx, one: &HandOver, side: HandOverSide, by: Id, now: Moment) -> Result<(), DbError> {
    let shift = if side == HandOverSide::Leaving { one.leaving } else { one.coming };
    let kind = format!("hand_over_signed_{}", side.word());
    let body = serde_json::json!({ "hand_over": one.id.to_string(), "revision": one.revision });
    store::record(tx, "shift", shift, &kind, Some(by), now, body).await
}

/// True when somebody may read the hand-overs of a roster: the desk, those who keep rosters, and whoever stands in it.
pub(super) async fn may_see(tx: &Tx, actor: &Actor, roster: Id) -> Result<bool, DbError> {
    Ok(taking::scope(actor).sees_all || store::stands_in(tx, actor.account, roster).await?)
}

/// `GET /duty/hand-overs/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, &Typed::default(), None).await
}

async fn draw(app: &App, visit: &Visit, id: Id, typed: &Typed, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let me = actor.account;
    let read = app.db.read(move |tx| async move {
        let line = store::hand_over(&tx, id).await?;
        let leaving = store::shift(&tx, line.hand_over.leaving).await?;
        // It does not exist for whom it is not.
        if !may_see(&tx, &actor, leaving.roster).await? {
            return Err(Error::NotFound);
        }
        let coming = coming_of(&tx, &line.hand_over, &leaving).await?;
        let roster = store::roster(&tx, leaving.roster).await?;
        Ok::<_, Error>((store::staff(&tx).await?, line, leaving, coming, roster, store::notes(&tx, id).await?))
    });
    let (staff, line, leaving, coming, roster, notes) = read.await?;
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let one = &line.hand_over;
    let is_there = |shift: &Shift| shift.people.iter().any(|place| place.account == me && place.role.is_present());
    let signature = |signed: Option<(Id, Moment)>| signed.map(|(by, at)| context! { by => lens.name(by), at => at.0 });
    let page = context! {
        tabs => tabs(app, visit, "/duty/hand-overs")?,
        id => one.id.to_string(),
        roster => roster.name.as_str(),
        leaving => context! { line => lens.line(&leaving), shift => lens.shift(&leaving) },
        coming => context! { line => lens.line(&coming), shift => lens.shift(&coming) },
        words => one.words.as_str(),
        matters => one.matters.iter().map(|matter| row_of(&lens, matter)).collect::<Vec<_>>(),
        writer => lens.name(line.writer),
        written_at => line.written_at.0,
        left => signature(one.left),
        came => signature(one.came),
        is_signed => one.is_signed(),
        is_late => !one.is_signed() && leaving.until <= now,
        may_edit => one.left.is_none() && is_there(&leaving),
        may_sign_leaving => one.left.is_none() && is_there(&leaving),
        may_sign_coming => one.left.is_some_and(|(by, _)| by != me) && one.came.is_none() && is_there(&coming),
        may_add => is_there(&leaving) || is_there(&coming),
        notes => notes.iter().map(|(by, words, at)| context! { by => lens.name(*by), words => words.as_str(), at => at.0 }).collect::<Vec<_>>(),
        typed => typed.text("words"),
        revision => one.revision,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/hand_over.html", page)?).into_response())
}

/// `POST /duty/hand-overs/{id}/sign`.
pub(super) async fn sign(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (actor, now, zone) = (visit.actor()?.clone(), app.clock.now(), app.city.zone());
    let me = actor.account;
    let (side, seen) = (HandOverSide::parse(typed.text("side")), typed.number("revision"));
    let outcome = app.db.write(move |tx| async move {
        let mut one = store::hand_over(&tx, id).await?.hand_over;
        let leaving = store::shift(&tx, one.leaving).await?;
        if !may_see(&tx, &actor, leaving.roster).await? {
            return Err(Error::NotFound);
        }
        let side = side.ok_or_else(|| Refusal::new("duty-refusal-not-coming"))?;
        // Signed twice with one press is signed once.
        let has = match side {
            HandOverSide::Leaving => one.left,
            HandOverSide::Coming => one.came,
        };
        if has.is_some_and(|(by, _)| by == me) {
            return Ok(());
        }
        // One signs what one has read.
        if seen.is_some_and(|seen| seen != one.revision) {
            return Err(Error::Db(DbError::Stale));
        }
        let coming = coming_of(&tx, &one, &leaving).await?;
        one.coming = coming.id;
        let one = one.sign(side, me, if side == HandOverSide::Leaving { &leaving } else { &coming }, now)?;
        store::save_hand_over(&tx, &one).await?;
        signed(&tx, &one, side, me, now).await?;
        if side == HandOverSide::Leaving {
            ask_to_sign(&tx, &one, &leaving, &coming, &zone, now).await?;
        }
        Ok::<_, Error>(())
    });
    answered(&app, &visit, id, outcome.await, &Typed::default()).await
}

/// `POST /duty/hand-overs/{id}/notes`.
pub(super) async fn add_note(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let form = typed.clone();
    let outcome = async {
        let words = required("words", form.text("words"), 1000)?;
        app.db
            .write(move |tx| async move {
                let one = store::hand_over(&tx, id).await?.hand_over;
                let leaving = store::shift(&tx, one.leaving).await?;
                let coming = coming_of(&tx, &one, &leaving).await?;
                if leaving.role_of(me).is_none() && coming.role_of(me).is_none() {
                    return Err(Error::NotFound);
                }
                let known = store::notes(&tx, id).await?;
                if known.last().is_some_and(|(by, last, _)| *by == me && *last == words) {
                    return Ok(());
                }
                store::add_note(&tx, id::fresh(), id, me, &words, now).await?;
                let body = serde_json::json!({ "hand_over": id.to_string() });
                Ok(store::record(&tx, "shift", one.leaving, "hand_over_added", Some(me), now, body).await?)
            })
            .await
    };
    answered(&app, &visit, id, outcome.await, &typed).await
}

async fn answered(
    app: &App,
    visit: &Visit,
    id: Id,
    outcome: Result<(), Error>,
    typed: &Typed,
) -> Result<Response, Error> {
    match outcome {
        Ok(()) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/hand-overs/{id}")).into_response())
        }
        Err(error) => draw(app, visit, id, typed, Some(&refusal_in(error)?)).await,
    }
}
