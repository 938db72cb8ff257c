//! `/status`: what works now, what is announced, and how the last ninety days were, in words that everybody understands.

use super::announcement::{self, Announcement, Looks, Part, State, in_language, worst};
use super::checking;
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use axum::extract::State as Held;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use minijinja::{Value, context};
use std::collections::BTreeMap;

/// How many days the page shows.
const DAYS: i32 = 90;
/// A look that is older says nothing of now, in milliseconds.
const OLD: i64 = 5 * 60_000;
/// The minutes of a day.
const DAY: u32 = 24 * 60;
/// The looks of today may lag by so many minutes.
const SLACK: u32 = 3;

/// The colour and the icon of a state; the word is in the locales.
const fn look_of(state: State) -> (&'static str, &'static str) {
    match state {
        State::Works => ("ok", "check-circle"),
        State::Partly => ("warn", "alert"),
        State::Down => ("danger", "x"),
        State::Maintenance => ("active", "wrench"),
        State::Unknown => ("neutral", "more"),
    }
}

fn state_value(app: &App, visit: &Visit, state: State) -> Value {
    let (tone, icon) = look_of(state);
    let label = app.pages.say(visit.lang, &format!("status-state-{}", state.word()), &[]);
    context! { tone, icon, label, word => state.word() }
}

/// An announcement as pages show it.
pub(super) fn announced(app: &App, visit: &Visit, one: &Announcement, now: Moment) -> Value {
    let is_chinese = visit.lang == LANGUAGES[0];
    let update =
        |update: &announcement::Update| context! { at => update.at.0, text => in_language(&update.text, is_chinese) };
    let parts: Vec<String> = one.parts.iter().map(|part| part_label(app, visit, *part)).collect();
    let place = match () {
        () if one.is_over(now) => "over",
        () if one.is_now(now) => "now",
        () => "planned",
    };
    let (tone, icon) = match (one.kind, place) {
        (_, "over") => ("ok", "check-circle"),
        (announcement::Kind::Fault, _) => ("danger", "alert"),
        (announcement::Kind::Maintenance, "now") => ("active", "wrench"),
        (announcement::Kind::Maintenance, _) => ("info", "calendar"),
    };
    context! {
        id => one.id.to_string(),
        revision => one.revision,
        kind => one.kind.word(),
        label => app.pages.say(visit.lang, &format!("status-{}-{place}", one.kind.word()), &[]),
        tone,
        icon,
        place,
        parts,
        title => in_language(&one.title, is_chinese),
        begins_at => one.begins_at.0,
        ends_at => one.ends_at.map(|at| at.0),
        ended_at => one.ended_at.map(|at| at.0),
        updates => one.updates.iter().rev().map(update).collect::<Vec<_>>(),
    }
}

pub(super) fn part_label(app: &App, visit: &Visit, part: Part) -> String {
    app.pages.say(visit.lang, &format!("status-part-{}", part.word()), &[])
}

/// What stands in the bar over every public page: what holds now, and work that is planned.
pub fn bar(app: &App, is_chinese: bool) -> Vec<Value> {
    let now = app.clock.now();
    let all = app.status.kept.announced();
    let standing = all.iter().filter(|one| !one.is_over(now));
    let one = |one: &Announcement| {
        let is_now = one.is_now(now);
        context! {
            kind => one.kind.word(),
            is_now,
            title => in_language(&one.title, is_chinese),
            begins_at => one.begins_at.0,
            ends_at => one.ends_at.map(|at| at.0),
        }
    };
    standing.map(one).collect()
}

/// `GET /status`.
pub(super) async fn status(Held(app): Held<App>, visit: Visit) -> Result<Response, Error> {
    let page = app.page(&visit, "status/show.html", whole(&app, &visit).await?)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// Everything that the public page shows.
async fn whole(app: &App, visit: &Visit) -> Result<Value, Error> {
    let now = app.clock.now();
    let look = match app.status.kept.last().filter(|look| now.0 - look.at.0 < OLD) {
        Some(look) => look,
        None => checking::look(app).await,
    };
    let today = now.zoned(&app.city.zone()).date();
    let first = today.saturating_sub(jiff::Span::new().days(DAYS - 1));
    // A database that is away is what the page must be able to say.
    let since = now.plus(-checking::STANDS);
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::days(&tx, first).await?, store::announcements(&tx, since, checking::MOST).await?))
    });
    let (days, all) = match read.await {
        Ok((days, all)) => (Some(days), all),
        Err(error) => {
            tracing::error!(%error, "the status page is drawn without its history");
            (None, app.status.kept.announced().as_ref().clone())
        }
    };
    let found = |part: Part| look.parts.iter().find(|(known, _)| *known == part).map(|(_, is_good)| *is_good);
    let states: Vec<(Part, State)> =
        Part::ALL.iter().map(|part| (*part, announcement::now(*part, found(*part), &all, now))).collect();
    let minutes = minutes_of(now, app);
    let history = days.unwrap_or_default();
    let parts: Vec<Value> = states
        .iter()
        .map(|(part, state)| {
            let days = past(*part, &history, (first, today), minutes);
            let whole = days.iter().fold(Looks::default(), |sum, (_, looks)| sum.and(*looks));
            let strip = days.iter().map(|(_, looks)| looks.state().word()).collect::<Vec<_>>();
            let bad = days.iter().rev().filter(|(_, looks)| matches!(looks.state(), State::Partly | State::Down));
            let bad = bad.map(|(day, looks)| {
                context! { day => day.to_string(), state => state_value(app, visit, looks.state()), minutes => looks.bad + looks.missing }
            });
            context! {
                label => part_label(app, visit, *part),
                state => state_value(app, visit, *state),
                strip,
                share => whole.share().map(percent),
                bad => bad.collect::<Vec<_>>(),
            }
        })
        .collect();
    let head = state_value(app, visit, worst(states.into_iter().map(|(_, state)| state)));
    let (standing, over): (Vec<&Announcement>, Vec<&Announcement>) = all.iter().partition(|one| !one.is_over(now));
    let shown =
        |all: Vec<&Announcement>| all.into_iter().map(|one| announced(app, visit, one, now)).collect::<Vec<_>>();
    Ok(context! {
        head,
        at => look.at.0,
        parts,
        days => DAYS,
        standing => shown(standing),
        over => shown(over),
    })
}

/// Thousandths as per cent with one place.
fn percent(share: u32) -> String {
    format!("{}.{}", share / 10, share % 10)
}

/// How many minutes of today are over.
fn minutes_of(now: Moment, app: &App) -> u32 {
    let time = now.zoned(&app.city.zone()).time();
    u32::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or_default()
}

/// The days of a part, each with what was found; days before anybody looked are unknown.
fn past(part: Part, history: &[store::Day], (first, today): (Date, Date), minutes: u32) -> Vec<(Date, Looks)> {
    let found: BTreeMap<Date, (u32, u32)> =
        history.iter().filter(|(known, ..)| *known == part).map(|(_, day, good, bad)| (*day, (*good, *bad))).collect();
    let begun = found.keys().next().copied();
    let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= today);
    days.map(|day| {
        let (good, bad) = found.get(&day).copied().unwrap_or_default();
        let expected = match begun {
            None => 0,
            Some(begun) if day <= begun => 0,
            Some(_) if day == today => minutes.saturating_sub(SLACK),
            Some(_) => DAY,
        };
        (day, Looks::of(good, bad, expected))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_before_anybody_looked_are_unknown_and_days_without_a_look_are_down() {
        let (first, today) = (date(2026, 3, 1), date(2026, 3, 5));
        let history = [
            (Part::Map, date(2026, 3, 2), 300, 0),
            (Part::Map, date(2026, 3, 4), 1440, 0),
            (Part::Map, today, 597, 0),
            (Part::Photos, first, 5, 5),
        ];
        let states: Vec<State> =
            past(Part::Map, &history, (first, today), 600).iter().map(|(_, looks)| looks.state()).collect();
        assert_eq!(states, [State::Unknown, State::Works, State::Down, State::Works, State::Works]);
        assert_eq!(percent(1000), "100.0");
        assert_eq!(percent(998), "99.8");
    }
}
