//! What the public may attend or should know: hearings that were announced, planned work on the program. As a page and as a feed.

use super::hearing::{Hearing, hearings};
use super::store;
use crate::app::App;
use crate::duty::feeds::address;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::icalendar::{Event, When, write};
use crate::people::doors::Visit;
use crate::status::announcement::{Announcement, Kind, in_language};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};

/// How far back it goes, in milliseconds; and when a hearing was announced that is still of interest.
const BACK: i64 = 60 * 24 * 60 * 60 * 1000;
const ANNOUNCED: i64 = 200 * 24 * 60 * 60 * 1000;
/// How many announcements of planned work are looked at.
const MOST: usize = 100;

/// Everything public, by time.
async fn events(app: &App, lang: &'static str, headers: &HeaderMap) -> Result<Vec<Event>, Error> {
    let (now, zone) = (app.clock.now(), app.city.zone());
    let read = app.db.read(move |tx| {
        let zone = zone.clone();
        async move {
            let announced = store::announced(&tx, now.plus(-ANNOUNCED), &zone).await?;
            let standings = store::standings(&tx, &announced).await?;
            let works = crate::status::store::announcements(&tx, now.plus(-BACK), MOST).await?;
            Ok::<_, Error>((announced, standings, works))
        }
    });
    let (announced, standings, works) = read.await?;
    let standing = |subject: &str, id| standings.get(&(subject.to_owned(), id)).copied();
    let held = hearings(announced, &standing, now);
    let recent = held.iter().filter(|hearing| hearing.told.at > now.plus(-BACK));
    let mut all: Vec<Event> = recent.map(|hearing| of_hearing(app, lang, hearing, headers)).collect();
    let planned = works.iter().filter(|one| one.kind == Kind::Maintenance);
    all.extend(planned.filter_map(|one| of_work(app, lang, one, headers)));
    all.sort_by_key(|event| (begins(event), event.uid.clone()));
    Ok(all)
}

/// When an event begins; a day begins after all moments of the day before.
pub(super) fn begins(event: &Event) -> Moment {
    match event.when {
        When::At(from, _) => from,
        When::Day(day) => day
            .at(0, 0, 0, 0)
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .map_or(Moment(i64::MAX), |zoned| Moment::from(&zoned)),
    }
}

/// The party is not named: whoever wants to know reads the announcement.
fn of_hearing(app: &App, lang: &'static str, hearing: &Hearing, headers: &HeaderMap) -> Event {
    let told = &hearing.told;
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(lang, key, args);
    let mut lines = vec![say("calendars-hearing-number", &[("number", told.number.clone())])];
    if !told.seats.is_empty() {
        lines.push(say("calendars-hearing-seats", &[("seats", told.seats.clone())]));
    }
    if !told.register.1.is_empty() {
        let args = [("until", told.register.0.clone()), ("at", told.register.1.clone())];
        lines.push(say("calendars-hearing-register", &args));
    }
    Event {
        uid: format!("hearing-{}@calendar.city-steward", hearing.first),
        sequence: hearing.sequence,
        changed_at: hearing.changed_at,
        when: told.when(),
        summary: say("calendars-hearing", &[("matter", told.matter.clone())]),
        description: lines.join("\n"),
        place: told.place.clone(),
        link: address(app, headers, &format!("/verify/{}", told.code)),
        is_busy: false,
        is_cancelled: hearing.is_off,
    }
}

fn of_work(app: &App, lang: &'static str, one: &Announcement, headers: &HeaderMap) -> Option<Event> {
    let is_chinese = lang == crate::kit::words::LANGUAGES[0];
    // Over before it began: it never was.
    let is_cancelled = one.ended_at.is_some_and(|at| at <= one.begins_at);
    let until = one.ended_at.filter(|at| *at > one.begins_at).or(one.ends_at)?;
    let said = one.updates.last();
    Some(Event {
        uid: format!("maintenance-{}@calendar.city-steward", one.id),
        sequence: one.revision,
        changed_at: said.map_or(one.made_at, |said| said.at.max(one.made_at)),
        when: When::At(one.begins_at, until),
        summary: app.pages.say(
            lang,
            "calendars-maintenance",
            &[("title", in_language(&one.title, is_chinese).to_owned())],
        ),
        description: said.map_or(String::new(), |said| in_language(&said.text, is_chinese).to_owned()),
        place: String::new(),
        link: address(app, headers, "/status"),
        is_busy: false,
        is_cancelled,
    })
}

/// `GET /calendar.ics`.
pub(super) async fn feed(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Error> {
    let events = events(&app, visit.lang, &headers).await?;
    let city = if visit.lang == "en" { &app.city.name_en } else { &app.city.name };
    let name = app.pages.say(visit.lang, "calendars-public-name", &[("city", city.clone())]);
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"calendar.ics\""),
    ];
    Ok((headers, write("Calendar", &name, visit.lang, &events)).into_response())
}

/// An event as a page shows it.
pub(super) fn shown(event: &Event) -> Value {
    let (from, until, day) = match event.when {
        When::At(from, until) => (Some(from.0), Some(until.0), String::new()),
        When::Day(day) => (None, None, day.to_string()),
    };
    context! {
        from, until, day, summary => event.summary.as_str(), description => event.description.as_str(),
        place => event.place.as_str(), link => event.link.as_str(), is_cancelled => event.is_cancelled,
    }
}

/// Whether an event is still to come, or goes on.
pub(super) fn is_ahead(event: &Event, now: Moment, today: jiff::civil::Date) -> bool {
    match event.when {
        When::At(_, until) => until > now,
        When::Day(day) => day >= today,
    }
}

/// The addresses by which a calendar is subscribed to: as it is typed, and as a telephone opens it.
pub(super) fn subscribing(address: &str) -> Value {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    context! { address, webcal => format!("webcal://{rest}") }
}

/// `GET /calendar`.
pub(super) async fn show(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Error> {
    let (now, zone) = (app.clock.now(), app.city.zone());
    let today = now.zoned(&zone).date();
    let events = events(&app, visit.lang, &headers).await?;
    let ahead: Vec<Value> = events.iter().filter(|event| is_ahead(event, now, today)).map(shown).collect();
    let feed = address(&app, &headers, &format!("/calendar.ics?lang={}", visit.lang));
    let page = context! { events => ahead, feed => subscribing(&feed) };
    Ok(app.page(&visit, "calendars/public.html", page)?.into_response())
}
