//! Who is on duty now, and the month's roster, on the screen and on paper.

use super::calling::{calls_out, outside_work};
use super::pattern::Role;
use super::shift::{Month, Roster, Shift, Watch, gaps};
use super::view::Lens;
use super::{hand_overs, store, tabs, taking};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    month: String,
    roster: String,
}

/// `GET /duty`.
pub(super) async fn now(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let today = now.zoned(&app.city.zone()).date();
    let month = Month::parse(&asked.month).unwrap_or(Month::of(today));
    let chosen: Option<Id> = asked.roster.parse().ok();
    let (is_keeper, scope) = (actor.may(Act::KeepRoster), taking::scope(&actor));
    let read = app.db.read(move |tx| async move {
        let staff = store::staff(&tx).await?;
        let rosters: Vec<Roster> = store::rosters(&tx).await?.into_iter().filter(|one| one.is_active).collect();
        let roster = rosters.iter().find(|one| Some(one.id) == chosen).or(rosters.first()).map(|one| one.id);
        let (shifts, state) = match roster {
            None => (Vec::new(), None),
            Some(id) => (store::shifts_of_month(&tx, id, month).await?, store::month(&tx, id, month).await?),
        };
        let around = store::published_between(&tx, now, now.plus(2 * DAY)).await?;
        let called = taking::with_cases(&tx, store::ringing(&tx).await?).await?;
        // Everybody reads that it rings; the page of it opens for those whom it concerns.
        let on_watch = taking::is_on_watch(&taking::chain(&tx, now).await?.watch, actor.account);
        let mine: Vec<Id> = match scope.sees_all || on_watch {
            true => called.iter().map(|(call, _)| call.id).collect(),
            false => store::ringing_for(&tx, actor.account).await?.iter().map(|call| call.id).collect(),
        };
        let unsigned = store::unsigned(&tx, scope).await?;
        let silent = store::left_without_a_word(&tx, now.plus(-hand_overs::SILENT), now, scope).await?;
        let waiting = if is_keeper { store::swaps_to_approve(&tx, now).await?.len() } else { 0 };
        let own = store::own_shifts(&tx, actor.account, now, false).await?;
        Ok::<_, DbError>((staff, rosters, roster, shifts, state, around, called, mine, unsigned, silent, waiting, own))
    });
    let (staff, rosters, roster, shifts, state, around, called, mine, unsigned, silent, waiting, own) = read.await?;
    let lens = Lens::new(&app, visit.lang, &staff, visit.actor()?.account, now);
    let watches: Vec<Value> = rosters.iter().filter_map(|roster| watch(&lens, roster, &around)).collect();
    let is_published = state.is_some_and(|(is_published, _)| is_published);
    // While the desk works, somebody is there.
    let gap = outside_work(&app.calendar, &gaps(&around, now, now.plus(DAY))).into_iter().next();
    let calls: Vec<Value> = called
        .iter()
        .map(|(call, case)| {
            let rung = lens.say(&format!("duty-rung-{}", call.rung.word()), &[]);
            let title = case.as_ref().map_or("", |case| case.title.as_str());
            context! { id => call.id.to_string(), title, rung, at => call.opened_at.0, is_gap => call.is_gap, may_open => mine.contains(&call.id) }
        })
        .collect();
    let page = context! {
        tabs => tabs(&app, &visit, "/duty")?,
        watches,
        is_nobody => Watch::at(&around, now).is_empty() && !rosters.is_empty() && calls_out(&app.calendar, now),
        gap => gap.map(|(from, until)| lens.stretch(from, until)),
        calls,
        unsigned,
        silent => silent.iter().map(|one| context! { id => one.id.to_string(), line => lens.line(one) }).collect::<Vec<_>>(),
        waiting,
        mine => own.first().map(|shift| lens.shift(shift)),
        rosters => rosters.iter().map(|one| context! {
            label => one.name.as_str(),
            href => format!("/duty?month={month}&roster={}", one.id),
            current => Some(one.id) == roster,
        }).collect::<Vec<_>>(),
        roster => roster.map(|id| id.to_string()),
        roster_name => rosters.iter().find(|one| Some(one.id) == roster).map(|one| one.name.as_str()),
        month => month.to_string(),
        previous => month.previous().to_string(),
        next => month.next().to_string(),
        days => if is_published { days(&lens, month, &shifts, today) } else { Vec::new() },
        is_published,
        is_draft => state.is_some() && !is_published,
    };
    Ok(app.page(&visit, "duty/now.html", page)?.into_response())
}

/// Who is on duty of a roster now, and who comes next; none when neither is known.
fn watch(lens: &Lens<'_>, roster: &Roster, around: &[Shift]) -> Option<Value> {
    let own: Vec<&Shift> = around.iter().filter(|shift| shift.roster == roster.id).collect();
    let on: Vec<Value> = own.iter().filter(|shift| shift.is_on(lens.now)).map(|shift| lens.shift(shift)).collect();
    let next = own.iter().find(|shift| shift.from > lens.now);
    if on.is_empty() && next.is_none() {
        return None;
    }
    let next =
        next.map(|shift| context! { line => lens.line(shift), names => lens.staff.list(shift.of(Role::OnDuty)) });
    Some(context! { name => roster.name.as_str(), on, next })
}

/// The days of a month with their shifts.
pub(super) fn days(lens: &Lens<'_>, month: Month, shifts: &[Shift], today: jiff::civil::Date) -> Vec<Value> {
    let mut days = Vec::new();
    let mut day = month.first();
    loop {
        let own = shifts.iter().filter(|shift| shift.day == day && !shift.is_cancelled);
        let (kind, kind_name) = lens.day_kind(day);
        days.push(context! {
            day => day.to_string(),
            date => day.day(),
            weekday => lens.weekday(day),
            kind, kind_name,
            is_today => day == today,
            is_past => day < today,
            shifts => own.map(|shift| lens.shift(shift)).collect::<Vec<_>>(),
        });
        match day.tomorrow() {
            Ok(next) if next <= month.last() => day = next,
            _ => return days,
        }
    }
}

/// The most columns of hours that fit across a sheet of paper.
const MOST_COLUMNS: usize = 6;

/// The hours that repeat in a month, by their beginning: with several a day they stand side by side on paper, so that the
/// month stays on one page. None when one shift a day leaves room for its roles, or when too many differ.
fn columns(lens: &Lens<'_>, shifts: &[Shift]) -> Vec<String> {
    let mut spans: Vec<(jiff::civil::Time, String)> = Vec::new();
    for shift in shifts.iter().filter(|shift| !shift.is_cancelled) {
        let span = (shift.from.zoned(&lens.zone).time(), lens.span(shift.from, shift.until));
        if !spans.contains(&span) {
            spans.push(span);
        }
    }
    spans.sort();
    if !(2..=MOST_COLUMNS).contains(&spans.len()) {
        return Vec::new();
    }
    spans.into_iter().map(|(_, span)| span).collect()
}

/// `GET /duty/print`: a month on a sheet of paper, A4 across; of the city's first roster unless another is named.
pub(super) async fn print(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let today = now.zoned(&app.city.zone()).date();
    let month = Month::parse(&asked.month).unwrap_or(Month::of(today));
    let chosen: Option<Id> = match asked.roster.as_str() {
        "" => None,
        named => Some(named.parse().map_err(|_| Error::NotFound)?),
    };
    let read = app.db.read(move |tx| async move {
        let roster = match chosen {
            Some(id) => store::roster(&tx, id).await?,
            None => store::rosters(&tx).await?.into_iter().find(|one| one.is_active).ok_or(Error::NotFound)?,
        };
        let state = store::month(&tx, roster.id, month).await?;
        let shifts = store::shifts_of_month(&tx, roster.id, month).await?;
        Ok::<_, Error>((store::staff(&tx).await?, roster, shifts, state))
    });
    let (staff, roster, shifts, state) = read.await?;
    let is_published = state.is_some_and(|(is_published, _)| is_published);
    // A draft exists only for those who make it.
    if !is_published && !actor.may(Act::KeepRoster) {
        return Err(Error::NotFound);
    }
    let lens = Lens::new(&app, visit.lang, &staff, actor.account, now);
    let page = context! {
        roster_name => roster.name.as_str(),
        roster => roster.id.to_string(),
        month => month.to_string(),
        days => days(&lens, month, &shifts, today),
        columns => columns(&lens, &shifts),
        is_published,
        printed_at => now.0,
    };
    app.page(&visit, "duty/print.html", page)
}
