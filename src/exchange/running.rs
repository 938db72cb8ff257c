//! The exchanging itself: what is new is written down, what waits goes out, what others tell comes in. Each step may be cut at any moment
//! and is done again from where it stood.

use super::asking;
use super::partner::{Partner, Sends, Takes};
use super::reading::{ORIGIN, Request, Update};
use super::sending::{self, Able, CLAIM, Kind, Outcome, State, Step};
use super::store::{self, Exchange, Item, News, Way};
use crate::app::App;
use crate::cases;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::open311::status::{Wish, of_update, wish};
use crate::reports;
use crate::reports::photos::Album;
use crate::reports::report::{Report, Typed, masked};
use crate::reports::show::spoken;
use crate::reports::store::{Detail, keep_details};
use crate::reports::submit::{Also, Beside, keep, understood_in_city};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(3);
/// How many things of one partner are sent in one go.
const MOST_SENT: usize = 200;
/// How many facts are written down in one go.
const MOST_NEWS: usize = 200;
/// How far the rules look back behind the last report that they looked at: what is written at the same moment may be seen later.
const BACK: i64 = 3_600_000;
/// How long asking for news may take before another program may ask.
const TURN: i64 = 10 * 60_000;
/// The longest description, in characters: the specification's.
const LONGEST: usize = 4000;

/// Exchanges for as long as the program runs.
pub async fn work(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = round(&app).await {
            tracing::error!(%error, "exchanging with partners failed");
        }
    }
}

/// Does what is due with every partner, side by side. Answers how many things moved.
///
/// # Errors
/// When the database fails.
pub async fn round(app: &App) -> Result<usize, Error> {
    let partners = app.db.read(|tx| async move { Ok::<_, Error>(store::partners(&tx).await?) }).await?;
    let active = partners.into_iter().filter(|partner| partner.is_active && !partner.url.is_empty());
    let done = futures_util::future::join_all(active.map(|partner| with(app, partner))).await;
    let mut moved = 0;
    for result in done {
        moved += result?;
    }
    Ok(moved)
}

async fn with(app: &App, partner: Partner) -> Result<usize, Error> {
    let mut moved = by_rule(app, &partner).await?;
    moved += write_down(app, &partner).await?;
    moved += send(app, &partner).await?;
    if partner.next_at <= app.clock.now() && partner.takes != Takes::Nothing {
        moved += listen(app, &partner).await?;
    }
    Ok(moved)
}

/// What stands in an exchange's first message.
///
/// # Errors
/// `exchange-service-unmapped` (`partner`) when none of their services is that of this report.
pub fn request_of(
    app: &App,
    partner: &Partner,
    report: &Report,
    service: &str,
    reference: &str,
    note: &str,
) -> Result<Vec<(String, String)>, Refusal> {
    let matched = partner.to_them(service);
    let matched = matched.ok_or_else(|| Refusal::new("exchange-service-unmapped").with("partner", &partner.name))?;
    let mut words = masked(&report.words);
    if !note.is_empty() {
        words = format!("{words}\n{}", masked(note));
    }
    let mark = app.pages.say(&partner.language, "exchange-reference", &[("reference", reference.to_owned())]);
    let room = LONGEST.saturating_sub(mark.chars().count() + 1);
    let words: String = words.trim().chars().take(room).collect();
    let mut body = vec![("service_code".to_owned(), matched.theirs)];
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            body.push((name.to_owned(), value));
        }
    };
    if let (Some(lon), Some(lat)) = (report.place.lon, report.place.lat) {
        put("lat", format!("{lat:.6}"));
        put("long", format!("{lon:.6}"));
    }
    let address = if report.place.address.is_empty() { &report.place.area } else { &report.place.address };
    put("address_string", masked(address));
    put("description", if words.is_empty() { mark.clone() } else { format!("{words}\n{mark}") });
    for photo in report.photos.iter().filter(|_| !app.public_url.is_empty()).take(1) {
        put("media_url", format!("{}/photos/{photo}/large", app.public_url));
    }
    for (code, answer) in matched.answers {
        put(&format!("attribute[{code}]"), answer);
    }
    Ok(body)
}

/// The service of ours that a report belongs to: what the desk found counts before what the citizen chose.
pub fn service_of(report: &Report, case: Option<&cases::case::Case>) -> String {
    let (kind, code) = match case {
        Some(case) if !case.code.is_empty() => (case.kind.as_str(), case.code.as_str()),
        _ => (report.category.kind.as_str(), report.category.code.as_str()),
    };
    if code.is_empty() { crate::open311::filter::OTHER.to_owned() } else { format!("{kind}-{code}") }
}

/// A new exchange of a report that is sent on.
pub fn sent_on(app: &App, partner: &Partner, report: Id, case: Option<Id>, now: Moment) -> Exchange {
    let id = id::fresh();
    Exchange {
        id,
        partner: partner.id,
        report,
        case,
        way: Way::Sent,
        reference: sending::reference(id),
        theirs: None,
        token: None,
        status: String::new(),
        status_notes: String::new(),
        followed_until: now.plus(app.exchange.settings.followed),
        made_at: now,
    }
}

/// Sends on what the rules say, of reports that were taken on since.
async fn by_rule(app: &App, partner: &Partner) -> Result<usize, Error> {
    if partner.sends != Sends::ByRule {
        return Ok(0);
    }
    let (of, since) = (partner.id, partner.rules_since.plus(-BACK).max(partner.made_at));
    let found = app.db.read(move |tx| async move {
        let mut found = Vec::new();
        for (report, at) in store::taken_on(&tx, of, since, MOST_NEWS).await? {
            let Some(report) = reports::store::load(&tx, report).await? else { continue };
            let case = match cases::store::case_of(&tx, report.id).await? {
                Some(case) => Some(cases::store::load(&tx, case, &cases::store::Scope::All).await?.case),
                None => None,
            };
            found.push((report, case, at));
        }
        Ok::<_, Error>(found)
    });
    let (mut moved, now) = (0, app.clock.now());
    let mut last = None;
    for (report, case, at) in found.await? {
        last = Some(at);
        let service = service_of(&report, case.as_ref());
        let place = &report.place;
        let areas = [place.cell.as_str(), &place.community, &place.street, &place.district];
        if !partner.wants(&service, &areas) {
            continue;
        }
        let exchange = sent_on(app, partner, report.id, case.map(|case| case.id), now);
        let Ok(body) = request_of(app, partner, &report, &service, &exchange.reference, "") else { continue };
        let (held, told) = (partner.clone(), exchange.clone());
        let written =
            app.db.write(move |tx| async move { store::send_on(&tx, &held, &exchange, &body, None, now).await });
        match written.await {
            Ok(()) => {
                moved += 1;
                tell(app, &told);
            }
            // Somebody sent it by hand at the same moment.
            Err(DbError::NotUnique(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(last) = last {
        let of = partner.id;
        app.db.write(move |tx| async move { store::ruled_until(&tx, of, last).await }).await?;
    }
    Ok(moved)
}

/// Open screens of a report and its case show it anew.
pub fn tell(app: &App, exchange: &Exchange) {
    app.tell("report", exchange.report);
    if let Some(case) = exchange.case {
        app.tell("case", case);
    }
}

/// Writes down what a partner is to be told.
async fn write_down(app: &App, partner: &Partner) -> Result<usize, Error> {
    if !partner.is_told || !partner.has_updates {
        return Ok(0);
    }
    let (of, now) = (partner.id, app.clock.now());
    let news = app.db.read(move |tx| async move { store::news(&tx, of, now, MOST_NEWS).await }).await?;
    if news.is_empty() {
        return Ok(0);
    }
    let written: Vec<Written> =
        news.iter().map(|one| (one.exchange.clone(), one.fact, update_of(app, partner, one))).collect();
    let count = app.db.write(move |tx| async move {
        let mut count = 0;
        for (exchange, fact, body) in &written {
            count += usize::from(store::put(&tx, exchange, Kind::Update, *fact, body, now).await?);
        }
        Ok::<_, DbError>(count)
    });
    Ok(count.await?)
}

/// What is told of something that happened. The request's number there is added when it is sent.
fn update_of(app: &App, partner: &Partner, news: &News) -> Vec<(String, String)> {
    let lang = if partner.language == "en" { "en" } else { "zh-Hans" };
    let said = match spoken(app, lang, &news.kind, &news.body, false) {
        Some((title, text)) if text.is_empty() => title,
        Some((title, text)) => app.pages.say(lang, "open311-note", &[("title", title), ("text", text)]),
        None => String::new(),
    };
    let (kind, reason) = &news.standing;
    let status = match (news.kind.as_str(), of_update(kind, reason)) {
        ("reopen_asked", _) => "REOPEN",
        // It would ask to open again what they have closed.
        (_, "OPEN") => "FOR_TRIAGE",
        (_, status) => status,
    };
    let mut body = vec![
        ("update_id".to_owned(), news.fact.to_string()),
        ("status".to_owned(), status.to_owned()),
        ("updated_datetime".to_owned(), news.at.zoned(&app.city.zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
        ("description".to_owned(), said.chars().take(app.reports.words_limit.min(LONGEST)).collect()),
    ];
    let photos = news.body.get("photos").and_then(serde_json::Value::as_array);
    let photo = photos.and_then(|photos| photos.first()).and_then(serde_json::Value::as_str);
    if let Some(photo) = photo.filter(|_| !app.public_url.is_empty()) {
        body.push(("media_url".to_owned(), format!("{}/photos/{photo}/large", app.public_url)));
    }
    body
}

/// Sends what is due to a partner, of each exchange one after the other.
async fn send(app: &App, partner: &Partner) -> Result<usize, Error> {
    let mut moved = 0;
    while moved < MOST_SENT {
        let (of, now) = (partner.id, app.clock.now());
        let due = app.db.read(move |tx| async move { store::due(&tx, of, now, 20).await }).await?;
        if due.is_empty() {
            break;
        }
        for item in due {
            moved += 1;
            if !attempt(app, partner, item).await? {
                // Nobody answers: the others need not be tried too.
                return Ok(moved);
            }
        }
    }
    Ok(moved)
}

/// Takes one step with something that goes out. False when the partner could not be reached at all.
async fn attempt(app: &App, partner: &Partner, item: Item) -> Result<bool, Error> {
    let now = app.clock.now();
    let able = Able { is_exact: partner.is_exact, settle: app.exchange.settings.settle };
    let Some(step) = sending::step(item.kind, item.state, able) else { return Ok(true) };
    let (claimed, of) = (item.clone(), item.exchange);
    let taken = app.db.write(move |tx| async move {
        let item = claimed;
        let exchange = store::exchange(&tx, of).await?;
        let is_taken = store::claim(&tx, &item, step == Step::Send, now.plus(CLAIM), now).await?;
        Ok::<_, Error>(is_taken.then_some(exchange))
    });
    let Some(exchange) = taken.await? else { return Ok(true) };
    let outcome = ask(app, partner, &exchange, &item, step, now).await;
    let after = app.clock.now();
    let next = sending::after((item.state, item.unsure_at), &outcome, able, item.id, item.tries + 1, after);
    let is_reached = !matches!(outcome, Outcome::NotArrived(_));
    let (theirs, token) = match outcome {
        Outcome::There(number) => (Some(number), None),
        Outcome::Token(token) => (None, Some(token)),
        _ => (None, None),
    };
    let told = exchange.clone();
    let (held, of, next_held) = (partner.clone(), exchange.clone(), next.clone());
    let (working, number) = (item.clone(), theirs.clone());
    let settled = app.db.write(move |tx| async move {
        let given = (number.as_deref(), token.as_deref());
        store::settle(&tx, &held, &of, &working, &next_held, given, after).await
    });
    match settled.await {
        Ok(_) => {}
        // Another report of ours has this number there already: somebody must look.
        Err(DbError::NotUnique(_)) => {
            let trouble = format!("{}: {}", theirs.unwrap_or_default(), "the number belongs to another report of ours");
            let (held, next) = (partner.clone(), sending::Next { state: State::Failed, trouble, ..next });
            let settled = app.db.write(move |tx| async move {
                store::settle(&tx, &held, &exchange, &item, &next, (None, None), after).await
            });
            settled.await?;
        }
        Err(error) => return Err(error.into()),
    }
    tell(app, &told);
    Ok(is_reached)
}

async fn ask(app: &App, partner: &Partner, exchange: &Exchange, item: &Item, step: Step, now: Moment) -> Outcome {
    let token = exchange.token.clone().unwrap_or_default();
    match (step, item.kind) {
        (Step::AskToken, _) => asking::ask_token(app, partner, &token).await,
        (Step::LookFor, _) => {
            let service = item.body.iter().find(|(name, _)| name == "service_code").map(|(_, code)| code.as_str());
            let since = item.unsure_at.unwrap_or(now);
            asking::look_for(app, partner, service.unwrap_or_default(), &exchange.reference, since).await
        }
        (Step::Send, Kind::Request) => asking::post_request(app, partner, &item.body, &exchange.reference).await,
        (Step::Send, Kind::Update) => {
            let Some(theirs) = &exchange.theirs else {
                return Outcome::Refused("there is no number of theirs".to_owned());
            };
            let mut body = vec![("service_request_id".to_owned(), theirs.clone())];
            body.extend(item.body.iter().cloned());
            asking::post_update(app, partner, &body, &format!("{}-{}", exchange.reference, item.id)).await
        }
    }
}

/// Asks a partner for its news.
async fn listen(app: &App, partner: &Partner) -> Result<usize, Error> {
    let (of, now) = (partner.id, app.clock.now());
    if !app.db.write(move |tx| async move { store::take_turn(&tx, of, now, now.plus(TURN)).await }).await? {
        return Ok(0);
    }
    // Its number of what just arrived is in the tables by now, and may have set back how far its news are read.
    let partner = app.db.read(move |tx| async move { store::partner(&tx, of).await }).await?;
    let (mut moved, mut trouble) = (0, String::new());
    let (mut updates_until, mut requests_until) = (partner.updates_until, partner.requests_until);
    match updates(app, &partner, now).await? {
        Ok((count, until)) => (moved, updates_until) = (count, until),
        Err(why) => trouble = why,
    }
    if partner.takes == Takes::Requests {
        match requests(app, &partner, now).await? {
            Ok((count, until)) => (moved, requests_until) = (moved + count, until),
            Err(why) => trouble = why,
        }
    }
    let failures = if trouble.is_empty() { 0 } else { partner.failures + 1 };
    let next = app.clock.now().plus(sending::next_poll(partner.id, failures, app.exchange.settings.poll));
    app.db
        .write(move |tx| async move {
            store::polled(&tx, &partner, updates_until, requests_until, (failures, &trouble), next).await
        })
        .await?;
    Ok(moved)
}

/// What came of reading: how many were new, and to which moment everything is read. An error is the partner's, not ours.
type Read = Result<(usize, Moment), String>;

/// An update that is to leave: its exchange, the fact that it tells, its fields.
type Written = (Exchange, Id, Vec<(String, String)>);

/// Takes in what a partner tells of what it shares with us.
async fn updates(app: &App, partner: &Partner, now: Moment) -> Result<Read, Error> {
    if !partner.has_updates {
        return standing(app, partner, now).await;
    }
    let from = partner.updates_until.plus(-app.exchange.settings.overlap);
    let all = match asking::updates(app, partner, from, now).await {
        Ok(all) => all,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let (mut moved, mut until) = (0, now);
    for update in all {
        match take(app, partner, &update, now).await? {
            Taken::New => moved += 1,
            Taken::Known => {}
            // It may be our own, whose number we do not know yet: everything from there on is read again.
            Taken::Later => until = until.min(update.at.unwrap_or(partner.updates_until)),
        }
    }
    Ok(Ok((moved, until)))
}

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// It was new.
    New,
    /// It is known, ours, or about nothing that we share.
    Known,
    /// It cannot be told yet.
    Later,
}

async fn take(app: &App, partner: &Partner, update: &Update, now: Moment) -> Result<Taken, Error> {
    let (of, name, update) = (partner.id, partner.name.clone(), update.clone());
    let (followed, settings) = (now.plus(app.exchange.settings.followed), app.reports);
    let taken = app.db.write(move |tx| async move {
        let Some(exchange) = store::of_theirs(&tx, of, &update.request).await? else { return Ok((Taken::Known, None)) };
        if store::is_unsure(&tx, exchange.id).await? {
            return Ok((Taken::Later, None));
        }
        if !store::take(&tx, &exchange, &update.id, now).await? {
            return Ok((Taken::Known, None));
        }
        if store::is_ours(&tx, exchange.id, &update.id, &update.description).await? {
            return Ok((Taken::Known, None));
        }
        let (mut kind, mut body) = ("partner_told", json!({ "words": update.description, "note": name }));
        if exchange.way == Way::Fetched {
            // There it is the citizen's side: its words are the citizen's, and it may ask for opening again.
            (kind, body) = ("words_added", json!({ "words": update.description }));
            let wished = wish(&update.status) != Wish::Tell;
            if let Some(report) = reports::store::load(&tx, exchange.report).await?.filter(|_| wished)
                && let Ok(closed) = report.reopen(now, &settings)
                && reports::store::ask_reopening(&tx, report.id, closed).await?
            {
                kind = "reopen_asked";
            }
        }
        body["update"] = update.id.as_str().into();
        body["status"] = update.status.as_str().into();
        body["partner"] = of.to_string().into();
        if let Some(at) = update.at {
            body["told_at"] = at.0.into();
        }
        if !update.media_url.is_empty() {
            body["media_url"] = update.media_url.as_str().into();
        }
        store::tell(&tx, &exchange, &update.id, kind, body, now).await?;
        store::heard(&tx, exchange.id, &update.status, "", followed).await?;
        Ok::<_, Error>((Taken::New, Some(exchange)))
    });
    let (taken, exchange) = taken.await?;
    if let Some(exchange) = exchange {
        tell(app, &exchange);
    }
    Ok(taken)
}

/// Of partners that know no updates: how what we sent stands there now. What changed counts as told.
async fn standing(app: &App, partner: &Partner, now: Moment) -> Result<Read, Error> {
    let of = partner.id;
    let followed = app.db.read(move |tx| async move { store::followed(&tx, of, now).await }).await?;
    let known: BTreeMap<String, Exchange> = followed
        .into_iter()
        .filter(|exchange| exchange.way == Way::Sent)
        .filter_map(|exchange| Some((exchange.theirs.clone()?, exchange)))
        .collect();
    let numbers: Vec<String> = known.keys().cloned().collect();
    let found = match asking::standing(app, partner, &numbers).await {
        Ok(found) => found,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let mut moved = 0;
    for request in found {
        let Some(exchange) = known.get(&request.id) else { continue };
        if exchange.status == request.status && exchange.status_notes == request.status_notes {
            continue;
        }
        let (exchange, name) = (exchange.clone(), partner.name.clone());
        let (told, until) = (exchange.clone(), now.plus(app.exchange.settings.followed));
        let is_new = app.db.write(move |tx| async move {
            // That it is open says nothing new.
            let is_first = exchange.status.is_empty() && request.status.eq_ignore_ascii_case("open");
            let is_told = !(is_first && request.status_notes.is_empty());
            store::heard(&tx, exchange.id, &request.status, &request.status_notes, until).await?;
            let number = format!("{}@{}@{}", request.id, request.status, now.0);
            if is_told && store::take(&tx, &exchange, &number, now).await? {
                let body = json!({
                    "note": name, "words": request.status_notes, "status": request.status.to_uppercase(),
                    "partner": of.to_string(),
                });
                store::tell(&tx, &exchange, &number, "partner_told", body, now).await?;
            }
            Ok::<_, Error>(is_told)
        });
        if is_new.await? {
            moved += 1;
            tell(app, &told);
        }
    }
    Ok(Ok((moved, now)))
}

/// Takes in a partner's requests as reports of ours.
async fn requests(app: &App, partner: &Partner, now: Moment) -> Result<Read, Error> {
    let from = partner.requests_until.plus(-app.exchange.settings.overlap);
    let found = match asking::requests(app, partner, "", from, now).await {
        Ok(found) => found,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let of = partner.id;
    let ours: Vec<String> = app.db.read(move |tx| async move { store::unnumbered(&tx, of).await }).await?;
    let strays = app.db.read(move |tx| async move { store::strays(&tx, of).await }).await?;
    let strays: HashSet<String> = strays.into_iter().map(|(theirs, ..)| theirs).collect();
    let mut moved = 0;
    for request in found {
        // What came there from elsewhere is fetched from there, and ours is ours.
        let is_ours = ours.iter().any(|reference| sending::carries(&request.description, reference));
        if request.is_of_others || is_ours || strays.contains(&request.id) {
            continue;
        }
        let Some(service) = partner.to_us(&request.service_code) else { continue };
        match fetch(app, partner, &request, &service, now).await {
            Ok(is_new) => moved += usize::from(is_new),
            Err(Error::Refused(refusal)) => {
                let (theirs, why) = (request.id.clone(), reports::submit::sentence(app, "zh-Hans", &refusal));
                let written = app.db.write(move |tx| async move { store::stray(&tx, of, &theirs, &why, now).await });
                written.await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ok((moved, now)))
}

/// Makes a report of a partner's request; false when it is known.
async fn fetch(app: &App, partner: &Partner, request: &Request, service: &str, now: Moment) -> Result<bool, Error> {
    let (of, theirs) = (partner.id, request.id.clone());
    if app.db.read(move |tx| async move { store::of_theirs(&tx, of, &theirs).await }).await?.is_some() {
        return Ok(false);
    }
    if request.status.eq_ignore_ascii_case("closed") {
        return Ok(false);
    }
    let words = if request.description.is_empty() { &request.service_name } else { &request.description };
    let typed = Typed {
        words: words.chars().take(app.reports.words_limit).collect(),
        lon: request.point.map(|(_, lon)| lon.to_string()).unwrap_or_default(),
        lat: request.point.map(|(lat, _)| lat.to_string()).unwrap_or_default(),
        address: request.address.chars().take(200).collect(),
        category: if service == crate::open311::filter::OTHER { String::new() } else { service.to_owned() },
        ..Typed::default()
    };
    let album = Album::default();
    let understood = understood_in_city(app, &typed, &album, &app.reports);
    let (understood, place) = understood.map_err(|mut refusals| match refusals.is_empty() {
        true => Error::Internal("refused without a reason".to_owned()),
        false => Error::Refused(refusals.remove(0)),
    })?;
    let mut report = Report::received(id::fresh(), id::tracking_code(), understood, place, "zh-Hans", now);
    // The same request never makes two reports.
    report.key = format!("open311:{}:{}", partner.id, request.id);
    report.source_number.clone_from(&request.id);
    let details = details_of(app, partner, request);
    let exchange_id = id::fresh();
    let exchange = Exchange {
        id: exchange_id,
        partner: partner.id,
        report: report.id,
        case: None,
        way: Way::Fetched,
        reference: sending::reference(exchange_id),
        theirs: Some(request.id.clone()),
        token: None,
        status: request.status.clone(),
        status_notes: request.status_notes.clone(),
        followed_until: now.plus(app.exchange.settings.followed),
        made_at: now,
    };
    let also: Also = Arc::new(move |tx, report| {
        let (details, exchange) = (details.clone(), exchange.clone());
        Box::pin(async move {
            keep_details(&tx, report, &details).await?;
            store::add(&tx, &Exchange { report, ..exchange }, None).await
        })
    });
    let beside = Beside { category: &typed.category, also: Some(also), ..Beside::default() };
    Ok(keep(app, report, &album, beside).await?.1)
}

/// From where a report was fetched, for everybody, and the picture's address, for the desk.
fn details_of(app: &App, partner: &Partner, request: &Request) -> Vec<Detail> {
    let detail = |code: &str, label: &str, sent: String, value: String, is_public: bool| Detail {
        code: code.to_owned(),
        label: (app.pages.say("zh-Hans", label, &[]), app.pages.say("en", label, &[])),
        sent: sent.into(),
        value: (value.clone().into(), value.into()),
        is_public,
    };
    let origin = format!("{}/requests/{}", partner.url, request.id);
    let mut details =
        vec![detail(ORIGIN, "exchange-label-origin", origin, format!("{} {}", partner.name, request.id), true)];
    if !request.media_url.is_empty() {
        let url: String = request.media_url.chars().take(500).collect();
        details.push(detail("media_url", "open311-label-media-url", url.clone(), url, false));
    }
    details
}

/// Whether something still stands in the way of an exchange.
pub fn is_open(item: &Item) -> bool {
    !matches!(item.state, State::Done | State::GivenUp)
}
