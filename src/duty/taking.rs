//! Call-outs on the screen: who was reached, and the one button with which somebody takes the case.

use super::calling::{CallOut, CallState, Chain};
use super::shift::Watch;
use super::store::Scope;
use super::view::Lens;
use super::{errors, refusal_in, store, tabs};
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::paging::Page;
use crate::notices;
use crate::notices::delivery::State as Delivered;
use crate::notices::notice::{Channel, Notice, Urgency};
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
}

/// `GET /duty/call-outs`.
pub(super) async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let before = asked.before.parse().unwrap_or(Id::MAX);
    let scope = scope(&actor);
    let read = app.db.read(move |tx| async move {
        let on_watch = is_on_watch(&chain(&tx, now).await?.watch, scope.account);
        let found = with_cases(&tx, store::calls(&tx, before, scope, on_watch).await?).await?;
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

/// What somebody may see of call-outs and hand-overs: the desk and those who keep rosters everything, others what concerns
/// themselves.
pub(super) fn scope(actor: &Actor) -> Scope {
    Scope { account: actor.account, sees_all: actor.may(Act::SeeDesk) || actor.may(Act::KeepRoster) }
}

/// Call-outs with their cases.
pub(super) async fn with_cases(
    tx: &Tx,
    calls: Vec<CallOut>,
) -> Result<Vec<(CallOut, Option<store::CalledCase>)>, DbError> {
    let ids: BTreeSet<Id> = calls.iter().map(|call| call.case).collect();
    let cases = store::called_cases(tx, &ids).await?;
    let with_case = |call: CallOut| {
        let case = cases.get(&call.case).cloned();
        (call, case)
    };
    Ok(calls.into_iter().map(with_case).collect())
}

pub(super) fn is_on_watch(watch: &Watch, account: Id) -> bool {
    [&watch.on_duty, &watch.stand_by, &watch.heads].into_iter().flatten().any(|id| *id == account)
}

/// Everybody whom a call-out may reach at a moment.
pub(super) async fn chain(tx: &Tx, now: crate::kit::clock::Moment) -> Result<Chain, DbError> {
    let mut watch = Watch::at(&store::called_shifts(tx, now).await?, now);
    // Whoever does not work here any more cannot be reached.
    let all: Vec<Id> = [&watch.on_duty, &watch.stand_by, &watch.heads].into_iter().flatten().copied().collect();
    let here = store::still_here(tx, &all).await?;
    for list in [&mut watch.on_duty, &mut watch.stand_by, &mut watch.heads] {
        list.retain(|id| here.contains(id));
    }
    Ok(Chain { watch, leaders: store::leaders(tx).await? })
}

/// True when somebody may take a call-out: it reached them, or they are on duty now, or they keep rosters.
async fn may_take(tx: &Tx, actor: &Actor, call: Id, now: crate::kit::clock::Moment) -> Result<bool, DbError> {
    if actor.may(Act::KeepRoster) || store::reached(tx, call).await?.iter().any(|(id, _, _)| *id == actor.account) {
        return Ok(true);
    }
    Ok(is_on_watch(&chain(tx, now).await?.watch, actor.account))
}

/// True when somebody may see a call-out: the desk, and whoever may take it or has.
async fn may_see(tx: &Tx, actor: &Actor, call: &CallOut, now: crate::kit::clock::Moment) -> Result<bool, DbError> {
    if scope(actor).sees_all || call.answered.is_some_and(|(by, _)| by == actor.account) {
        return Ok(true);
    }
    if call.state == CallState::Ringing {
        return may_take(tx, actor, call.id, now).await;
    }
    Ok(store::reached(tx, call.id).await?.iter().any(|(id, _, _)| *id == actor.account))
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
        // It does not exist for whom it is not.
        if !may_see(&tx, &reader, &call, now).await? {
            return Err(Error::NotFound);
        }
        let case = store::called_case(&tx, call.case).await?;
        let may_take = may_take(&tx, &reader, id, now).await?;
        let reached = store::reached(&tx, id).await?;
        let people: Vec<Id> = reached.iter().map(|(id, _, _)| *id).collect();
        let left = notices::store::left(&tx, &people, "duty-called-out", &address(id), id).await?;
        Ok::<_, Error>((store::staff(&tx).await?, call, case, reached, may_take, left))
    });
    let (staff, call, case, reached, may_take, left) = read.await?;
    let lens = Lens::new(app, visit.lang, &staff, actor.account, now);
    let sees_case = matches!(actor.post, Post::Acceptor | Post::ShiftLeader | Post::Dispatcher | Post::Leader);
    let has_way = Channel::ALL.iter().any(|channel| app.ways.has(*channel));
    let person = |(id, rung, at): &(Id, super::calling::Rung, crate::kit::clock::Moment)| {
        let ways: Vec<Value> = Channel::ALL.iter().filter_map(|channel| way(&lens, &left, *id, *channel)).collect();
        context! {
            person => lens.person(*id),
            rung => lens.say(&format!("duty-rung-{}", rung.word()), &[]),
            at => at.0,
            is_unreachable => has_way && ways.is_empty(),
            ways,
        }
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
        has_way,
        is_exhausted => call.is_exhausted(),
        may_take => may_take && call.state == CallState::Ringing,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/call_out.html", page)?).into_response())
}

/// The page of a call-out.
pub(super) fn address(call: Id) -> String {
    format!("/duty/call-outs/{call}")
}

/// How far a call-out has come to somebody by one way out of the program, in words: the furthest of all its notices; none
/// when nothing leaves that way.
fn way(lens: &Lens<'_>, left: &[(Id, Channel, Delivered)], account: Id, channel: Channel) -> Option<Value> {
    const FURTHEST: [Delivered; 5] =
        [Delivered::Sent, Delivered::Sending, Delivered::Waiting, Delivered::Failed, Delivered::Dropped];
    let own = |state: Delivered| left.contains(&(account, channel, state));
    let state = FURTHEST.into_iter().find(|state| own(*state)).filter(|_| lens.app.ways.has(channel))?;
    let (tone, icon) = match state {
        Delivered::Sent => ("ok", "check"),
        Delivered::Sending | Delivered::Waiting => ("warn", "clock"),
        Delivered::Failed => ("danger", "alert"),
        Delivered::Dropped => ("neutral", "x"),
    };
    let way = lens.say(&format!("notices-by-{}", channel.word()), &[]);
    let text = lens.say(&format!("notices-state-{}", state.word()), &[]);
    Some(context! { text => lens.say("duty-call-way", &[("way", way), ("state", text)]), tone, icon })
}

/// `POST /duty/call-outs/{id}/answer`: "I take it".
pub(super) async fn answer(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let outcome = app.db.write(move |tx| async move {
        let call = store::call(&tx, id).await?;
        if !may_see(&tx, &actor, &call, now).await? {
            return Err(Error::NotFound);
        }
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
                link: address(id),
                urgency: Urgency::Urgent,
                once: format!("duty-call-taken-{id}-{}", taken.revision),
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
