//! Calendar feeds: a secret address for somebody's own shifts, another for the whole team's. Whoever knows it reads, without a
//! session; whoever made it can revoke it.

use super::forms::Typed;
use super::pattern::Role;
use super::person::Staff;
use super::shift::{Roster, Shift};
use super::{mine, store};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::icalendar::{Event, When, write};
use crate::kit::id::{self, Id};
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};

/// How far back a calendar goes, and how far it looks ahead, in milliseconds.
const BACK: i64 = 60 * 24 * 60 * 60 * 1000;
const AHEAD: i64 = 400 * 24 * 60 * 60 * 1000;

/// What is kept of a secret.
pub fn key(secret: &str) -> String {
    id::hexadecimal(&Sha256::digest(secret.as_bytes()))
}

/// A whole address, as a telephone needs it: below the city's own, or below the one that the request came to.
pub fn address(app: &App, headers: &HeaderMap, path: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if app.public_url.is_empty() { format!("http://{host}{path}") } else { format!("{}{path}", app.public_url) }
}

/// The language that was kept with a feed.
pub fn language(kept: &str) -> &'static str {
    LANGUAGES.iter().find(|known| **known == kept).copied().unwrap_or(LANGUAGES[0])
}

/// A calendar as an answer that nobody between keeps.
pub fn answer(file: &str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{file}\"")),
    ];
    (headers, text).into_response()
}

/// `POST /duty/feeds`: a new address, shown once; the one before it is revoked.
pub(super) async fn make(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (me, now, is_team, lang) = (visit.actor()?.account, app.clock.now(), typed.text("kind") == "team", visit.lang);
    let secret = id::secret();
    let kept = key(&secret);
    app.db
        .write(move |tx| async move {
            store::make_feed(&tx, &kept, me, is_team, lang, now).await?;
            let body = serde_json::json!({ "is_team": is_team });
            Ok::<_, Error>(store::record(&tx, "account", me, "duty_feed_made", Some(me), now, body).await?)
        })
        .await?;
    let address = address(&app, &headers, &format!("/duty/feed/{secret}.ics"));
    mine::draw(&app, &visit, None, &Typed::default(), None, &address).await
}

/// `POST /duty/feeds/revoke`.
pub(super) async fn revoke(State(app): State<App>, visit: Visit, Form(typed): Form<Typed>) -> Result<Response, Error> {
    let (me, now, is_team) = (visit.actor()?.account, app.clock.now(), typed.text("kind") == "team");
    app.db
        .write(move |tx| async move {
            store::revoke_feeds(&tx, me, is_team, now).await?;
            let body = serde_json::json!({ "is_team": is_team });
            Ok::<_, Error>(store::record(&tx, "account", me, "duty_feed_revoked", Some(me), now, body).await?)
        })
        .await?;
    Ok(Redirect::to("/duty/mine#calendar").into_response())
}

/// `GET /duty/feed/{token}`.
pub(super) async fn feed(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    let kept = key(token.strip_suffix(".ics").unwrap_or(&token));
    let read = app.db.read(move |tx| async move { store::feed(&tx, &kept).await?.ok_or(Error::NotFound) });
    let (account, is_team, kept) = read.await?;
    let lang = language(&kept);
    let events = events(&app, account, is_team, lang).await?;
    let name = app.pages.say(lang, if is_team { "duty-feed-team" } else { "duty-feed-own" }, &[]);
    Ok(answer("duty.ics", write("Duty", &name, lang, &events)))
}

/// The shifts of somebody, or of the whole team, as events.
///
/// # Errors
/// When the database fails.
pub async fn events(app: &App, account: Id, is_team: bool, lang: &'static str) -> Result<Vec<Event>, Error> {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move {
        let after = now.plus(-BACK);
        let shifts = match is_team {
            true => store::team_shifts(&tx, after, now.plus(AHEAD)).await?,
            false => store::own_shifts(&tx, account, after, true).await?,
        };
        let changed = store::changed_at(&tx, after).await?;
        let (staff, rosters) = (store::staff(&tx).await?, store::rosters(&tx).await?);
        Ok::<_, Error>((shifts, changed, staff, rosters))
    });
    let (shifts, changed, staff, rosters) = read.await?;
    let reader = if is_team { None } else { Some(account) };
    let one = |shift: &Shift| {
        let at = changed.get(&shift.id).copied().unwrap_or(shift.from);
        event(app, lang, shift, at, reader, &staff, &rosters)
    };
    Ok(shifts.iter().map(one).collect())
}

fn event(
    app: &App,
    lang: &'static str,
    shift: &Shift,
    changed_at: Moment,
    reader: Option<Id>,
    staff: &Staff,
    rosters: &[Roster],
) -> Event {
    let say = |key: &str| app.pages.say(lang, key, &[]);
    let roster = rosters.iter().find(|roster| roster.id == shift.roster).map_or("", |roster| roster.name.as_str());
    let role = reader.and_then(|id| shift.role_of(id)).map(|role| say(&format!("duty-role-{}", role.word())));
    let parts = [role.unwrap_or_else(|| staff.list(shift.of(Role::OnDuty))), roster.to_owned(), shift.name.clone()];
    let summary = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let lines = Role::ALL.iter().filter_map(|role| {
        let names = staff.list(shift.of(*role));
        (!names.is_empty()).then(|| format!("{}: {names}", say(&format!("duty-role-{}", role.word()))))
    });
    Event {
        // The shift's own number: it is the same in everybody's calendar, for ever.
        uid: format!("shift-{}@duty.city-steward", shift.id),
        sequence: shift.revision,
        changed_at,
        when: When::At(shift.from, shift.until),
        summary,
        description: lines.collect::<Vec<_>>().join("\n"),
        place: String::new(),
        link: String::new(),
        is_busy: true,
        is_cancelled: shift.is_cancelled,
    }
}
