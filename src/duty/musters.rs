//! A muster (点名): the leader of a shift calls, everybody on its list answers on the phone, within the time and with the
//! place where they are.

use super::forms::Typed;
use super::pattern::Role;
use super::store::{Muster, Position};
use super::view::Lens;
use super::{editing, errors, refusal_in, store, tabs};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::reports::report::metres_between;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};

/// `POST /duty/shifts/{id}/muster`.
pub(super) async fn call(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (actor, now, limit) = (visit.actor()?.clone(), app.clock.now(), app.duty.muster);
    let (by, is_keeper, name) = (actor.account, actor.may(Act::KeepRoster), actor.name.clone());
    let muster = Muster { id: id::fresh(), shift: id, caller: by, called_at: now, answer_by: now.plus(limit) };
    let called = muster.id;
    let minutes = (limit / 60_000).to_string();
    let outcome = app.db.write(move |tx| async move {
        // Two who call at the same moment call once: the second waits, and finds the first one's muster.
        store::hold_shift(&tx, id).await?;
        let shift = store::shift(&tx, id).await?;
        if !shift.is_published {
            return Err(Error::NotFound);
        }
        if !is_keeper && !shift.of(Role::Leader).any(|leader| leader == by) {
            return Err(Refusal::new("duty-refusal-muster-not-leader").into());
        }
        if !shift.is_on(now) {
            return Err(Refusal::new("duty-refusal-muster-not-on").into());
        }
        // An impatient finger: the muster that runs is the muster.
        let running = store::musters_of(&tx, id).await?.into_iter().find(|one| one.answer_by > now);
        if let Some(running) = running {
            return Ok(running.id);
        }
        let people: Vec<_> = shift.people.iter().copied().filter(|place| place.account != by).collect();
        if people.is_empty() {
            return Err(Refusal::new("duty-refusal-muster-nobody").into());
        }
        store::call_muster(&tx, &muster, &people).await?;
        for place in &people {
            let notice = Notice {
                to: place.account,
                kind: "duty-muster",
                args: vec![("by", name.clone()), ("minutes", minutes.clone())],
                link: format!("/duty/musters/{called}"),
                urgency: Urgency::Urgent,
                once: format!("duty-muster-{called}"),
            };
            notices::store::send(&tx, &notice, now).await?;
        }
        let body = serde_json::json!({ "muster": called.to_string(), "people": people.len() });
        store::record(&tx, "shift", id, "muster_called", Some(by), now, body).await?;
        Ok::<_, Error>(called)
    });
    match outcome.await {
        Ok(muster) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/musters/{muster}")).into_response())
        }
        Err(error) => editing::draw(&app, &visit, id, None, Some(&refusal_in(error)?)).await,
    }
}

/// `GET /duty/musters/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None).await
}

async fn draw(app: &App, visit: &Visit, id: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let read = app.db.read(move |tx| async move {
        let muster = store::muster(&tx, id).await?;
        let answers = store::muster_answers(&tx, id).await?;
        let shift = store::shift(&tx, muster.shift).await?;
        let roster = store::roster(&tx, shift.roster).await?;
        Ok::<_, Error>((store::staff(&tx).await?, muster, answers, shift, roster))
    });
    let (staff, muster, answers, shift, roster) = read.await?;
    let me = actor.account;
    let own = answers.iter().find(|answer| answer.account == me);
    // Whoever leads sees all; whoever was called sees the muster; it does not exist for anybody else.
    let sees_all = muster.caller == me || actor.may(Act::KeepRoster) || shift.of(Role::Leader).any(|id| id == me);
    if !sees_all && own.is_none() {
        return Err(Error::NotFound);
    }
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let row = |answer: &store::MusterAnswer| {
        let is_late = answer.answered_at.is_some_and(|at| at > muster.answer_by);
        let state = match answer.answered_at {
            None if now > muster.answer_by => "missing",
            None => "waiting",
            Some(_) if is_late => "late",
            Some(_) => "answered",
        };
        context! {
            person => lens.person(answer.account),
            role => lens.say(&format!("duty-role-{}", answer.role.word()), &[]),
            at => answer.answered_at.map(|at| at.0),
            state,
            metres => answer.metres,
            is_placed => answer.is_placed,
        }
    };
    let rows: Vec<Value> = if sees_all { answers.iter().map(row).collect() } else { Vec::new() };
    let page = context! {
        tabs => tabs(app, visit, "")?,
        id => muster.id.to_string(),
        by => lens.name(muster.caller),
        called_at => muster.called_at.0,
        answer_by => muster.answer_by.0,
        is_over => now > muster.answer_by,
        shift => lens.shift(&shift),
        roster => roster.name.as_str(),
        rows,
        sees_all,
        answered => answers.iter().filter(|answer| answer.answered_at.is_some()).count(),
        all => answers.len(),
        mine => own.map(row),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/muster.html", page)?).into_response())
}

/// `POST /duty/musters/{id}/answer`. The position is kept only now; answering twice changes nothing.
pub(super) async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (me, now, settings) = (visit.actor()?.account, app.clock.now(), app.duty);
    let position = typed.position();
    let outcome = app.db.write(move |tx| async move {
        let muster = store::muster(&tx, id).await?;
        if !store::muster_answers(&tx, id).await?.iter().any(|answer| answer.account == me) {
            return Err(Error::NotFound);
        }
        let shift = store::shift(&tx, muster.shift).await?;
        let place = store::roster(&tx, shift.roster).await?.place.or(settings.place);
        let metres = position.zip(place).map(|(at, place): (Position, _)| metres_between((at.lon, at.lat), place));
        #[expect(clippy::cast_possible_truncation, reason = "metres on the Earth")]
        let metres = metres.map(|metres| metres.round() as i64);
        if store::answer_muster(&tx, id, me, position, metres, now).await? {
            let body = serde_json::json!({ "muster": id.to_string(), "is_late": now > muster.answer_by });
            store::record(&tx, "shift", shift.id, "muster_answered", Some(me), now, body).await?;
        }
        Ok::<_, Error>(())
    });
    match outcome.await {
        Ok(()) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/musters/{id}")).into_response())
        }
        Err(error) => draw(&app, &visit, id, Some(&refusal_in(error)?)).await,
    }
}
