//! Call-outs on the screen: who was reached, and the one button with which somebody takes the case.

use super::calling::{CallOut, CallState, Chain};
use super::shift::Watch;
use super::view::Lens;
use super::{errors, refusal_in, store, tabs};
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::paging::Page;
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
}

/// `GET /duty/call-outs`.
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let before = asked.before.parse().unwrap_or(Id::MAX);
    let read = app.db.read(move |tx| async move {
        let mut found = Vec::new();
        for call in store::calls(&tx, before).await? {
            let case = store::called_case(&tx, call.case).await?;
            found.push((call, case));
        }
        Ok::<_, DbError>((store::staff(&tx).await?, found))
    });
    let (staff, found) = read.await?;
    let lens = Lens::new(&app, visit.lang, &staff, actor.account, now);
    let page = Page::cut(found, |(call, _)| call.id.to_string());
    let row = |(call, case): &(CallOut, Option<store::CalledCase>)| {
        context! {
            id => call.id.to_string(),
            title => case.as_ref().map_or("", |case| case.title.as_str()),
            number => case.as_ref().map_or("", |case| case.number.as_str()),
            at => call.opened_at.0,
            state => call.state.word(),
            rung => lens.say(&format!("duty-rung-{}", call.rung.word()), &[]),
            is_gap => call.is_gap,
            by => call.answered.map(|(by, _)| lens.name(by)),
            minutes => call.answered.map(|(_, at)| (at.0 - call.opened_at.0) / 60_000),
        }
    };
    let context = context! {
        tabs => tabs(&app, &visit, "/duty/call-outs")?,
        rows => page.rows.iter().map(row).collect::<Vec<_>>(),
        older => page.next.map(|next| format!("?before={next}")).unwrap_or_default(),
        newer => if before == Id::MAX { "" } else { "/duty/call-outs" },
        minutes => app.duty.call_out / 60_000,
    };
    Ok(app.page(&visit, "duty/call_outs.html", context)?.into_response())
}

/// Everybody whom a call-out may reach at a moment.
pub(super) async fn chain(tx: &Tx, now: crate::kit::clock::Moment) -> Result<Chain, DbError> {
    let mut watch = Watch::at(&store::called_shifts(tx, now).await?, now);
    // Whoever does not work here any more cannot be reached.
    watch.on_duty = store::still_here(tx, &watch.on_duty).await?;
    watch.stand_by = store::still_here(tx, &watch.stand_by).await?;
    watch.heads = store::still_here(tx, &watch.heads).await?;
    Ok(Chain { watch, leaders: store::leaders(tx).await? })
}

/// True when somebody may take a call-out: it reached them, or they are on duty now, or they keep rosters.
async fn may_take(tx: &Tx, actor: &Actor, call: Id, now: crate::kit::clock::Moment) -> Result<bool, DbError> {
    if actor.may(Act::KeepRoster) || store::reached(tx, call).await?.iter().any(|(id, _, _)| *id == actor.account) {
        return Ok(true);
    }
    let watch = chain(tx, now).await?.watch;
    Ok([watch.on_duty, watch.stand_by, watch.heads].iter().flatten().any(|id| *id == actor.account))
}

/// `GET /duty/call-outs/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None).await
}

async fn draw(app: &App, visit: &Visit, id: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let reader = actor.clone();
    let read = app.db.read(move |tx| async move {
        let call = store::call(&tx, id).await?;
        let case = store::called_case(&tx, call.case).await?;
        let may_take = may_take(&tx, &reader, id, now).await?;
        Ok::<_, Error>((store::staff(&tx).await?, call, case, store::reached(&tx, id).await?, may_take))
    });
    let (staff, call, case, reached, may_take) = read.await?;
    let lens = Lens::new(app, visit.lang, &staff, actor.account, now);
    let sees_case = matches!(actor.post, Post::Acceptor | Post::ShiftLeader | Post::Dispatcher | Post::Leader);
    let person = |(id, rung, at): &(Id, super::calling::Rung, crate::kit::clock::Moment)| {
        context! { person => lens.person(*id), rung => lens.say(&format!("duty-rung-{}", rung.word()), &[]), at => at.0 }
    };
    let page = context! {
        tabs => tabs(app, visit, "")?,
        id => call.id.to_string(),
        case => case.map(|case| context! {
            id => case.id.to_string(), number => case.number, title => case.title, address => case.address,
            lon => case.place.map(|at| at.0), lat => case.place.map(|at| at.1),
        }),
        sees_case,
        state => call.state.word(),
        rung => lens.say(&format!("duty-rung-{}", call.rung.word()), &[]),
        round => call.round,
        is_gap => call.is_gap,
        at => call.opened_at.0,
        next_at => call.next_at.map(|at| at.0),
        by => call.answered.map(|(by, _)| lens.person(by)),
        answered_at => call.answered.map(|(_, at)| at.0),
        is_mine => call.answered.is_some_and(|(by, _)| by == actor.account),
        reached => reached.iter().map(person).collect::<Vec<Value>>(),
        may_take => may_take && call.state == CallState::Ringing,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/call_out.html", page)?).into_response())
}

/// `POST /duty/call-outs/{id}/answer`: "I take it".
pub(super) async fn answer(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let outcome = app.db.write(move |tx| async move {
        let call = store::call(&tx, id).await?;
        if !may_take(&tx, &actor, id, now).await? {
            return Err(Refusal::new("duty-refusal-call-not-yours").into());
        }
        // An impatient finger: whoever has taken it has taken it.
        if call.answered.is_some_and(|(by, _)| by == actor.account) {
            return Ok(call.case);
        }
        let taken = call.answer(actor.account, now)?;
        store::save_call(&tx, &taken).await?;
        let body = serde_json::json!({ "call_out": id.to_string(), "rung": taken.rung.word(),
            "minutes": (now.0 - taken.opened_at.0) / 60_000 });
        store::record(&tx, "case", taken.case, "call_out_answered", Some(actor.account), now, body).await?;
        let title = store::called_case(&tx, taken.case).await?.map(|case| case.title).unwrap_or_default();
        for (to, _, _) in store::reached(&tx, id).await?.into_iter().filter(|(to, _, _)| *to != actor.account) {
            let notice = Notice {
                to,
                kind: "duty-call-taken",
                args: vec![("by", actor.name.clone()), ("title", title.clone())],
                link: format!("/duty/call-outs/{id}"),
                urgency: Urgency::Urgent,
                once: format!("duty-call-taken-{id}"),
            };
            notices::store::send(&tx, &notice, now).await?;
        }
        Ok::<_, Error>(taken.case)
    });
    match outcome.await {
        Ok(case) => {
            app.tell("duty", id);
            app.tell("case", case);
            Ok(Redirect::to(&format!("/duty/call-outs/{id}")).into_response())
        }
        Err(error) => draw(&app, &visit, id, Some(&refusal_in(error)?)).await,
    }
}
