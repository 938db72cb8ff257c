//! One shift: who stands it, who has arrived, and how a shift leader changes it. What changes after it was published is a
//! fact and is told to those concerned.

use super::forms::Typed;
use super::pattern::Role;
use super::shift::{Conflict, Shift, Wrong, concerned, conflicts, short_rests};
use super::view::{Lens, plain};
use super::{errors, hand_overs, refusal_in, store, tabs};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::timeline;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use minijinja::{Value, context};
use std::collections::BTreeSet;

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// `GET /duty/shifts/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None, None).await
}

/// The form that says what a shift is.
fn of_shift(shift: &Shift, lens: &Lens<'_>) -> Typed {
    let mut typed = Typed::default();
    let text = |at: Moment| at.zoned(&lens.zone).strftime("%Y-%m-%dT%H:%M").to_string();
    typed.put("from", text(shift.from));
    typed.put("until", text(shift.until));
    typed.put("name", &shift.name);
    for (field, role) in [("leader", Role::Leader), ("on_duty", Role::OnDuty), ("stand_by", Role::StandBy)] {
        typed.put(field, lens.staff.list(shift.of(role)));
    }
    typed
}

pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let is_keeper = actor.may(Act::KeepRoster);
    let reader = actor.clone();
    let read = app.db.read(move |tx| async move {
        let shift = store::shift(&tx, id).await?;
        let sees_log = hand_overs::may_see(&tx, &reader, shift.roster).await?;
        let roster = store::roster(&tx, shift.roster).await?;
        let arrivals = store::arrivals(&tx, &[id]).await?.remove(&id).unwrap_or_default();
        let musters = store::musters_of(&tx, id).await?;
        let hand_over = store::hand_over_of_shift(&tx, id).await?.filter(|_| sees_log);
        let next = store::next_shift(&tx, &shift).await?;
        let history = timeline::store::history(&tx, "shift", id, false).await?;
        Ok::<_, Error>((store::staff(&tx).await?, shift, roster, arrivals, musters, hand_over, next, history))
    });
    let (staff, shift, roster, arrivals, musters, hand_over, next, history) = read.await?;
    if !shift.is_published && !is_keeper {
        return Err(Error::NotFound);
    }
    let lens = Lens::new(app, visit.lang, &staff, actor.account, now);
    let own = of_shift(&shift, &lens);
    let form = typed.unwrap_or(&own);
    let is_there = shift.people.iter().any(|place| place.account == actor.account && place.role.is_present());
    let leads = is_keeper || shift.of(Role::Leader).any(|id| id == actor.account);
    let may_change = is_keeper && !shift.is_cancelled && shift.until > now;
    let arrived = |id: Id| arrivals.iter().find(|one| one.account == id);
    let people: Vec<Value> = shift
        .people
        .iter()
        .map(|place| {
            let came = arrived(place.account);
            let state = match came {
                Some(one) if one.arrival.is_late => "late",
                Some(_) => "arrived",
                None if !place.role.is_present() || now < shift.from || !shift.is_published => "",
                None => "missing",
            };
            // From where and why is for oneself and for those who answer for the shift.
            let came = came.filter(|_| leads || place.account == actor.account);
            context! {
                person => lens.person(place.account),
                role => lens.say(&format!("duty-role-{}", place.role.word()), &[]),
                state,
                at => came.map(|one| one.at.0),
                is_elsewhere => came.is_some_and(|one| one.arrival.is_elsewhere),
                metres => came.and_then(|one| one.arrival.metres),
                reason => came.map_or("", |one| one.reason.as_str()),
            }
        })
        .collect();
    let history: Vec<Value> = history
        .iter()
        .map(|line| {
            context! {
                title => lens.say(&format!("duty-happened-{}", line.kind.replace('_', "-")), &[]),
                at => line.at.0,
                by => line.author.clone().unwrap_or_default(),
                text => line.body.get("told").and_then(|told| told.as_str()).unwrap_or_default(),
            }
        })
        .collect();
    let page = context! {
        tabs => tabs(app, visit, "")?,
        shift => lens.shift(&shift),
        line => lens.line(&shift),
        roster => roster.name.as_str(),
        month => shift.month().to_string(),
        people,
        form => fields(form),
        is_keeper,
        may_change,
        asks_anyway => refusal.is_some_and(|refusal| refusal.field == Some("anyway")),
        may_muster => leads && shift.is_published && shift.is_on(now),
        muster_minutes => app.duty.muster / 60_000,
        musters => musters.iter().filter(|_| leads || shift.role_of(actor.account).is_some()).map(|one| context! { id => one.id.to_string(), at => one.called_at.0, by => lens.name(one.caller) }).collect::<Vec<_>>(),
        hand_over => hand_over.map(|one| context! { id => one.hand_over.id.to_string(), is_signed => one.hand_over.is_signed() }),
        may_hand_over => is_there && shift.is_published && !shift.is_cancelled && shift.from <= now && next.is_some(),
        may_swap => shift.is_published && !shift.is_cancelled && shift.from > now && shift.role_of(actor.account).is_some(),
        history,
        staff => if may_change { staff_list(&lens) } else { Vec::new() },
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/shift.html", page)?).into_response())
}

/// The single fields of a shift's form, each there even when it is empty.
fn fields(form: &Typed) -> Value {
    form.fields(&["from", "until", "name", "leader", "on_duty", "stand_by"])
}

/// Everybody who may be written into a form.
pub(super) fn staff_list(lens: &Lens<'_>) -> Vec<Value> {
    let one = |person: &super::person::Person| {
        let post = lens.say(&crate::people::post_key(person.post), &[]);
        let department = if lens.lang == "en" { &person.department.1 } else { &person.department.0 };
        context! { name => lens.name(person.id), login => person.login.as_str(), post, department }
    };
    lens.staff.iter().map(one).collect()
}

/// What is different between two states of a shift, for the fact.
pub(super) fn difference(before: &Shift, after: &Shift) -> serde_json::Value {
    let state = |shift: &Shift| {
        let people: Vec<String> =
            shift.people.iter().map(|place| format!("{} {}", place.role.word(), place.account)).collect();
        serde_json::json!({ "from": shift.from.0, "until": shift.until.0, "name": shift.name, "people": people,
            "is_cancelled": shift.is_cancelled })
    };
    serde_json::json!({ "before": state(before), "after": state(after) })
}

/// The difference in words that stay true in every language: who came and who went.
fn told(before: &Shift, after: &Shift, staff: &super::person::Staff) -> String {
    let has = |shift: &Shift, id: Id| !shift.is_cancelled && shift.people.iter().any(|place| place.account == id);
    let gone = before.people.iter().map(|place| place.account).filter(|id| !has(after, *id));
    let come = after.people.iter().map(|place| place.account).filter(|id| !has(before, *id));
    let names = |ids: Vec<Id>, sign: &str| {
        let names = staff.list(ids);
        if names.is_empty() { names } else { format!("{sign}{names}") }
    };
    let parts = [names(gone.collect(), "− "), names(come.collect(), "+ ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

/// Tells somebody that a published shift changed for them; at once when it is near.
pub(super) async fn tell(
    tx: &Tx,
    shift: &Shift,
    zone: &TimeZone,
    to: Id,
    kind: &'static str,
    now: Moment,
) -> Result<(), DbError> {
    let notice = Notice {
        to,
        kind,
        args: vec![("shift", plain(shift, zone))],
        link: format!("/duty/shifts/{}", shift.id),
        urgency: urgency([shift], now),
        once: format!("{kind}-{}-{}", shift.id, shift.revision),
    };
    notices::store::send(tx, &notice, now).await.map(drop)
}

/// How pressing news of shifts is: what begins within a day does not wait for the next morning.
pub(super) fn urgency<'a>(shifts: impl IntoIterator<Item = &'a Shift>, now: Moment) -> Urgency {
    match shifts.into_iter().any(|shift| shift.from.0 - now.0 < DAY) {
        true => Urgency::Urgent,
        false => Urgency::Ordinary,
    }
}

/// Refuses a published shift in which somebody would be twice or nobody at all, and one that cuts somebody's rest short
/// unless who changes it `is_sure`; `before` is the shift as it was.
pub(super) async fn must_fit(
    tx: &Tx,
    lens: &Lens<'_>,
    before: &Shift,
    shift: &Shift,
    is_sure: bool,
) -> Result<(), Error> {
    let rest = lens.app.duty.rest;
    let people: BTreeSet<Id> = shift.people.iter().map(|place| place.account).collect();
    let mut all = store::shifts_of_people(tx, &people, shift.from.plus(-rest), shift.until.plus(rest)).await?;
    all.retain(|other| other.id != shift.id && other.is_published);
    let mut earlier = all.clone();
    earlier.push(before.clone());
    all.push(shift.clone());
    let is_bad = |one: &Conflict| {
        (one.first == shift.id || one.second == shift.id) && matches!(one.wrong, Wrong::Doubled | Wrong::Empty)
    };
    match conflicts(&all, 0).into_iter().find(is_bad) {
        None => {
            let tired = short_rests(&earlier, &all, rest);
            if tired.is_empty() || is_sure {
                return Ok(());
            }
            let told: Vec<String> = tired.iter().map(|one| lens.conflict(one, &all)).collect();
            let refusal = Refusal::new("duty-refusal-tired").with("what", told.join("; "));
            Err(refusal.on("anyway").into())
        }
        Some(one) if one.wrong == Wrong::Empty => Err(Refusal::new("duty-refusal-empty").on("on_duty").into()),
        Some(one) => {
            let name = one.account.map(|id| lens.name(id)).unwrap_or_default();
            Err(Refusal::new("duty-refusal-doubled").with("name", name).on("on_duty").into())
        }
    }
}

/// What a shift becomes by its form.
pub(super) fn filled(
    before: Shift,
    typed: &Typed,
    staff: &super::person::Staff,
    zone: &TimeZone,
) -> Result<Shift, Refusal> {
    let (from, until) = (typed.moment("from")?, typed.moment("until")?);
    let planned = super::pattern::Planned {
        day: from.date(),
        from,
        until,
        name: at_most("name", typed.text("name"), 60)?,
        people: typed.places(staff)?.into_iter().map(|place| (place.role, place.account)).collect(),
    };
    let made = Shift::of_plan(&planned, before.id, before.roster, zone);
    made.is_possible()?;
    Ok(Shift {
        is_published: before.is_published,
        is_cancelled: before.is_cancelled,
        revision: before.revision + 1,
        ..made
    })
}

/// `POST /duty/shifts/{id}`.
pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (by, now, zone) = (visit.actor()?.account, app.clock.now(), app.city.zone());
    let (form, held, lang) = (typed.clone(), app.clone(), visit.lang);
    let outcome = app.db.write(move |tx| async move {
        let (before, staff) = (store::shift(&tx, id).await?, store::staff(&tx).await?);
        let lens = Lens::new(&held, lang, &staff, by, now);
        if form.number("revision").is_some_and(|revision| revision != before.revision) {
            return Err(Error::Db(DbError::Stale));
        }
        if before.is_cancelled || before.until <= now {
            return Err(Refusal::new("duty-refusal-shift-over").into());
        }
        let after = filled(before.clone(), &form, &staff, &zone)?;
        if after.month() != before.month() {
            return Err(Refusal::new("duty-refusal-other-month").on("from").into());
        }
        if (after.from, after.until, &after.name, &after.people)
            == (before.from, before.until, &before.name, &before.people)
        {
            return Ok(before);
        }
        let is_sure = !form.text("anyway").is_empty();
        save(&tx, &lens, &before, &after, is_sure, "shift_changed").await?;
        Ok::<_, Error>(after)
    });
    answered(&app, &visit, id, outcome.await, Some(&typed)).await
}

/// Saves a shift that the reader changed with its fact, and tells those concerned when it was published.
async fn save(tx: &Tx, lens: &Lens<'_>, before: &Shift, after: &Shift, is_sure: bool, kind: &str) -> Result<(), Error> {
    if after.is_published && !after.is_cancelled {
        must_fit(tx, lens, before, after, is_sure).await?;
    }
    store::save_shift(tx, after, lens.now).await?;
    let mut body = difference(before, after);
    body["told"] = told(before, after, lens.staff).into();
    store::record(tx, "shift", after.id, kind, Some(lens.me), lens.now, body).await?;
    if after.is_published {
        for (to, kind) in concerned(before, after) {
            tell(tx, after, &lens.zone, to, kind, lens.now).await?;
        }
    }
    Ok(())
}

/// `POST /duty/shifts/{id}/cancel`: a published shift is struck out and stays for the record, a draft's goes.
pub(super) async fn cancel(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (by, now, held, lang) = (visit.actor()?.account, app.clock.now(), app.clone(), visit.lang);
    let outcome = app.db.write(move |tx| async move {
        let (before, staff) = (store::shift(&tx, id).await?, store::staff(&tx).await?);
        if typed.number("revision").is_some_and(|revision| revision != before.revision) {
            return Err(Error::Db(DbError::Stale));
        }
        if before.is_cancelled || (before.is_published && before.from <= now) {
            return Err(Refusal::new("duty-refusal-swap-begun").into());
        }
        if !before.is_published {
            store::drop_draft_shift(&tx, id).await?;
            let body = difference(&before, &Shift { is_cancelled: true, ..before.clone() });
            store::record(&tx, "shift", id, "shift_cancelled", Some(by), now, body).await?;
            return Ok(before);
        }
        let after = Shift { is_cancelled: true, revision: before.revision + 1, ..before.clone() };
        save(&tx, &Lens::new(&held, lang, &staff, by, now), &before, &after, true, "shift_cancelled").await?;
        Ok::<_, Error>(after)
    });
    answered(&app, &visit, id, outcome.await, None).await
}

async fn answered(
    app: &App,
    visit: &Visit,
    id: Id,
    outcome: Result<Shift, Error>,
    typed: Option<&Typed>,
) -> Result<Response, Error> {
    match outcome {
        Ok(shift) => {
            app.tell("duty", id);
            let there = format!("/duty/rosters/{}/{}#s{id}", shift.roster, shift.month());
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => draw(app, visit, id, typed, Some(&refusal_in(error)?)).await,
    }
}
