//! Searches through the reports: by itself in the first night of a month for the month before, and when somebody asks. They are
//! done one after another beside everybody's work, by one program however many serve the city.

use super::doing::{apply, when};
use super::finding::{Candidate, Group, Known, MOST_WORDS, Portrait, Tellings, Told, groups, portrait, recognise};
use super::month::{Month, beginning, day, days_after};
use super::repeat::{Happened, Place, Repeat, RepeatAct, State, silent_on};
use super::review::{Minutes, Review};
use super::store::{self, Item, Look, Member, Purpose, Scope};
use super::telling;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use crate::reports::report::metres_between;
use crate::timeline;
use axum::extract::State as FromApp;
use axum::response::Redirect;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use understanding::repeats::rule::Rule;

/// How long after its start the program begins to search by itself.
const FIRST: Duration = Duration::from_secs(60);
/// How often the queue is looked at when nobody calls.
const LOOK: Duration = Duration::from_secs(20);
/// A search that has not ended for so long belongs to a program that is no more.
const GIVEN_UP: i64 = 2 * 3_600_000;
/// A month whose search failed is tried again after so long.
const AGAIN: i64 = 3_600_000;
/// How many reports are read at once.
const BATCH: usize = 5_000;
/// How many repeats are kept in one transaction, so that nobody waits long for the writer.
const KEPT: usize = 25;
/// How often some are kept again when somebody changed one of them at the same moment.
const TRIES: usize = 8;

/// `POST /repeats/look`: somebody wants to see how things are.
///
/// # Errors
/// When the database fails.
pub async fn ask_now(FromApp(app): FromApp<App>, visit: Visit) -> Result<Redirect, Error> {
    let by = visit.actor()?.account;
    let month = Month::of(when(&app, app.clock.now()).on);
    ask(&app, Purpose::Now, month, Some(by)).await?;
    Ok(Redirect::to("/repeats?done=look"))
}

/// Asks for a search; one that waits already is not asked for twice.
///
/// # Errors
/// When the database fails.
pub async fn ask(app: &App, purpose: Purpose, month: Month, by: Option<Id>) -> Result<(), Error> {
    let now = app.clock.now();
    let asked = app.db.write(move |tx| async move { store::ask(&tx, purpose, month, by, now).await });
    asked.await.map_err(|error: DbError| Error::Db(error))?;
    app.repeats.wake.notify_one();
    app.tell("repeat", 0);
    Ok(())
}

/// Searches for as long as the program runs.
pub async fn work(app: App) {
    let begun = Instant::now();
    loop {
        loop {
            match work_once(&app).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "repetitions could not be looked for");
                    break;
                }
            }
        }
        if begun.elapsed() >= FIRST
            && let Err(error) = ask_by_itself(&app).await
        {
            tracing::warn!(%error, "the month's repetitions could not be asked for");
        }
        drop(tokio::time::timeout(LOOK, app.repeats.wake.notified()).await);
    }
}

/// Asks for the list of the month before when its first night has come and nobody has made it. Answers whether it did.
///
/// # Errors
/// When the database fails.
pub async fn ask_by_itself(app: &App) -> Result<bool, Error> {
    let now = app.clock.now();
    let here = now.zoned(&app.city.zone());
    if here.day() == 1 && here.hour() < app.repeats.settings.hour {
        return Ok(false);
    }
    let month = Month::of(here.date()).before();
    let read = app.db.read(move |tx| async move {
        let is_there = store::find_review(&tx, month).await?.is_some();
        let is_running = store::running(&tx).await?.is_some();
        let has_failed = store::failed_at(&tx, month, now.plus(-AGAIN)).await?.is_some();
        Ok::<_, DbError>(is_there || is_running || has_failed)
    });
    if read.await.map_err(Error::Db)? {
        return Ok(false);
    }
    ask(app, Purpose::Month, month, None).await?;
    Ok(true)
}

/// Does the search that waits longest; false when none waits, or another program searches.
///
/// # Errors
/// When the database fails; the search then says so.
pub async fn work_once(app: &App) -> Result<bool, Error> {
    let Some(mut look) = take(app).await? else { return Ok(false) };
    app.tell("repeat", 0);
    let began = Instant::now();
    let done = search(app, &mut look).await;
    look.took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    look.finished_at = Some(app.clock.now());
    look.state = if done.is_ok() { "done" } else { "failed" }.to_owned();
    if let Err(error) = &done {
        tracing::error!(%error, month = look.month, "a search for repetitions broke off");
    }
    app.db.write(move |tx| async move { store::save_look(&tx, &look, "running").await }).await.map_err(Error::Db)?;
    app.tell("repeat", 0);
    done.map(|()| true)
}

/// Takes the search that waits longest; what another program left behind is given up.
async fn take(app: &App) -> Result<Option<Look>, Error> {
    let clock = app.clock.clone();
    let taken = app.db.write(move |tx| async move {
        if let Some(mut left) = store::running(&tx).await? {
            if left.begun_at.is_some_and(|at| clock.now().0 - at.0 <= GIVEN_UP) {
                return Ok(None);
            }
            "failed".clone_into(&mut left.state);
            store::save_look(&tx, &left, "running").await?;
        }
        let Some(mut look) = store::next_look(&tx).await? else { return Ok(None) };
        "running".clone_into(&mut look.state);
        // The clock is read now: the database may have let this wait, and nothing begins before it was asked for.
        look.begun_at = Some(clock.now());
        Ok::<_, DbError>(store::save_look(&tx, &look, "queued").await?.then_some(look))
    });
    match taken.await {
        // Another program was faster.
        Err(DbError::NotUnique(_)) => Ok(None),
        taken => taken.map_err(Error::Db),
    }
}

async fn search(app: &App, look: &mut Look) -> Result<(), Error> {
    let month = Month::parse(&look.month).ok_or_else(|| Error::Internal(format!("no month {}", look.month)))?;
    let (zone, now) = (app.city.zone(), app.clock.now());
    let (last, from, until) = match look.purpose {
        Purpose::Month => (month.last(), Some(month.bounds(&zone).0), month.bounds(&zone).1),
        Purpose::Now => (now.zoned(&zone).date(), None, now.plus(1)),
    };
    let rules: Arc<Vec<Rule>> = Arc::new(app.repeats.settings.rules_on(last).into_iter().cloned().collect());
    let first = rules.iter().map(|rule| days_after(last, 1 - i64::from(rule.window_days))).min().unwrap_or(last);
    let first = if look.purpose == Purpose::Month { first.min(month.first()) } else { first };
    let told =
        if rules.is_empty() { Tellings::default() } else { read(app, beginning(first, &zone), until, look).await? };
    look.reports = i64::try_from(told.reports.len()).unwrap_or(i64::MAX);
    // A city of millions has much to compare: nobody waits for it.
    let kept = Arc::clone(&rules);
    let found = tokio::task::spawn_blocking(move || {
        let rules: Vec<&Rule> = kept.iter().collect();
        let mut all = groups(&told, &rules);
        // Of a month's list is only what came in that month; of what was before, the list of then tells.
        all.retain(|group| {
            let last = group.members.last().and_then(|at| told.reports.get(*at)).map(|report| report.at);
            from.is_none_or(|from| last.is_some_and(|last| last >= from.0))
        });
        let portraits: Vec<Portrait> = all.iter().map(|group| portrait(&told, group)).collect();
        (told, all, portraits)
    });
    let (told, found, portraits) = found.await.map_err(|error| Error::Internal(error.to_string()))?;
    let drafts = drafts(app, &rules, &told, found, portraits).await?;
    look.found = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
    let (repeats, fresh) = keep(app, drafts).await?;
    look.fresh = fresh;
    if look.purpose == Purpose::Month {
        freeze(app, month, &rules, &repeats, look.reports).await?;
    }
    Ok(())
}

/// Reads the reports of a stretch, a page at a time, and keeps of each what a search needs.
async fn read(app: &App, from: Moment, until: Moment, look: &Look) -> Result<Tellings, Error> {
    let zone = app.city.zone();
    let mut told = Tellings::default();
    let mut after = (from, 0);
    loop {
        let sources = app.repeats.settings.sources.clone();
        let batch = app.db.read(move |tx| async move { store::reports(&tx, after, until, &sources, BATCH).await });
        let batch = batch.await.map_err(|error: DbError| Error::Db(error))?;
        let Some(last) = batch.last() else { break };
        after = (last.at, last.id);
        let is_last = batch.len() < BATCH;
        for report in batch.into_iter().filter(|report| report.counts) {
            let class = told.class(&report.sub_class);
            // Words are kept only where they decide, or name: without a class, or without a place.
            let has_place = report.point.is_some() || !report.address.trim().is_empty();
            let words: String = report.words.chars().take(MOST_WORDS).collect();
            let is_needed = class == 0 || !has_place || is_spoken(app, &report.sub_class, report.at, &zone);
            told.reports.push(Told {
                id: report.id,
                at: report.at.0,
                day: day(report.at.zoned(&zone).date()),
                class,
                point: report.point,
                address: report.address.into_boxed_str(),
                reporter: who(&report.phone),
                words: if is_needed { words.into_boxed_str() } else { Box::default() },
            });
        }
        if is_last {
            break;
        }
    }
    tracing::debug!(month = look.month, reports = told.reports.len(), "reports were read for repetitions");
    Ok(told)
}

/// Whether a rule takes a sub-class wherever it is spoken of.
fn is_spoken(app: &App, sub_class: &str, at: Moment, zone: &jiff::tz::TimeZone) -> bool {
    use understanding::repeats::rule::Place;
    let anywhere = |rule: &&Rule| matches!(rule.place, Place::Anywhere);
    let settings = &app.repeats.settings;
    settings.has_anywhere
        && settings.rules_on(at.zoned(zone).date()).into_iter().filter(anywhere).any(|rule| rule.takes(sub_class, ""))
}

/// A reporter as a number: the beginning of the digest of their telephone, kept for the search alone.
fn who(phone: &str) -> Option<i64> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return None;
    }
    let digest = Sha256::digest(digits.as_bytes());
    let mut first = [0; 8];
    first.iter_mut().zip(digest).for_each(|(to, byte)| *to = byte);
    Some(i64::from_be_bytes(first))
}

/// A group that is to be kept: as a known repeat, or as a new one.
struct Draft {
    rule: Arc<str>,
    version: u32,
    portrait: Portrait,
    known: Option<Id>,
    members: Vec<Member>,
}

/// Recognises groups, and leaves out what belongs to other repeats already.
async fn drafts(
    app: &App,
    rules: &Arc<Vec<Rule>>,
    told: &Tellings,
    found: Vec<Group>,
    portraits: Vec<Portrait>,
) -> Result<Vec<Draft>, Error> {
    let zone = app.city.zone();
    let known = known(app).await?;
    let mut owners: HashMap<(&str, Id), Id> = HashMap::new();
    if !known.is_empty() {
        for rule in rules.iter() {
            let reports: Vec<Id> = found
                .iter()
                .filter(|group| group.rule == rule.id)
                .flat_map(|group| group.members.iter().filter_map(|at| told.reports.get(*at)).map(|report| report.id))
                .collect();
            for some in reports.chunks(BATCH) {
                let (some, id) = (some.to_vec(), rule.id.clone());
                let shared = app.db.read(move |tx| async move { store::shared(&tx, &id, &some).await });
                let shared = shared.await.map_err(|error: DbError| Error::Db(error))?;
                owners.extend(shared.into_iter().map(|(report, repeat)| ((rule.id.as_str(), report), repeat)));
            }
        }
    }
    let mut candidates = Vec::new();
    for (group, portrait) in found.iter().zip(&portraits) {
        let Some(rule) = rules.iter().find(|rule| rule.id == group.rule) else { continue };
        let mut shared: BTreeMap<Id, usize> = BTreeMap::new();
        for report in group.members.iter().filter_map(|at| told.reports.get(*at)) {
            if let Some(owner) = owners.get(&(rule.id.as_str(), report.id)) {
                *shared.entry(*owner).or_default() += 1;
            }
        }
        candidates.push(Candidate { rule, portrait, shared: shared.into_iter().collect() });
    }
    let recognised = recognise(&candidates, &known);
    let mut drafts = Vec::new();
    for ((group, candidate), known) in found.iter().zip(&candidates).zip(recognised) {
        let own = |report: &&Told| {
            let owner = owners.get(&(group.rule.as_str(), report.id));
            owner.is_none_or(|owner| Some(*owner) == known)
        };
        let reports = group.members.iter().filter_map(|at| told.reports.get(*at)).filter(own);
        let members: Vec<Member> = reports
            .map(|report| {
                let at = Moment(report.at);
                Member { report: report.id, at, month: Month::of(at.zoned(&zone).date()) }
            })
            .collect();
        // What is left of a group whose reports belong to others is no repetition of its own.
        if known.is_none() && members.len() < candidate.rule.threshold {
            continue;
        }
        drafts.push(Draft {
            rule: group.rule.as_str().into(),
            version: group.version,
            portrait: candidate.portrait.clone(),
            known,
            members,
        });
    }
    Ok(drafts)
}

async fn known(app: &App) -> Result<Vec<Known>, Error> {
    let mut all: Vec<Known> = Vec::new();
    loop {
        let after = all.last().map_or(0, |one| one.id);
        let some = app.db.read(move |tx| async move { store::known(&tx, after).await });
        let some = some.await.map_err(|error: DbError| Error::Db(error))?;
        if some.is_empty() {
            return Ok(all);
        }
        all.extend(some);
    }
}

/// Keeps what was found; answers the repeats, and how many are new.
async fn keep(app: &App, drafts: Vec<Draft>) -> Result<(Vec<Id>, i64), Error> {
    let drafts: Arc<Vec<Draft>> = Arc::new(drafts);
    let (mut kept, mut fresh, mut start) = (Vec::new(), 0, 0);
    while start < drafts.len() {
        let end = (start + KEPT).min(drafts.len());
        let mut tries = 0;
        let some = loop {
            let (held, drafts) = (app.clone(), Arc::clone(&drafts));
            let done = app.db.write(move |tx| {
                let (held, drafts) = (held.clone(), Arc::clone(&drafts));
                async move {
                    let mut some = Vec::new();
                    for draft in drafts.get(start..end).unwrap_or_default() {
                        some.extend(keep_one(&held, &tx, draft).await?);
                    }
                    Ok::<_, Error>(some)
                }
            });
            match done.await {
                // Somebody changed one of them at the same moment.
                Err(Error::Db(DbError::Stale | DbError::NotUnique(_))) if tries < TRIES => tries += 1,
                done => break done?,
            }
        };
        fresh += i64::try_from(some.iter().filter(|(_, is_new)| *is_new).count()).unwrap_or_default();
        kept.extend(some.into_iter().map(|(id, _)| id));
        start = end;
    }
    Ok((kept, fresh))
}

async fn keep_one(app: &App, tx: &Tx, draft: &Draft) -> Result<Option<(Id, bool)>, Error> {
    let when = when(app, app.clock.now());
    let (Some(first), Some(last)) = (draft.members.first(), draft.members.last()) else { return Ok(None) };
    let last_on = last.at.zoned(&app.city.zone()).date();
    if let Some(known) = draft.known {
        let mut repeat = store::load(tx, known, Scope::All).await?;
        let more = store::join(tx, known, &draft.rule, &draft.members).await?;
        widen(&mut repeat, &draft.portrait);
        repeat.rule_version = draft.version;
        let act = RepeatAct::Join { more, first_at: first.at, last_at: last.at, last_on, is_search: true };
        let body = serde_json::json!({ "more": more, "rule": &*draft.rule, "version": draft.version });
        let repeat = apply(app, tx, repeat, &act, when, None, body).await?;
        if more > 0 {
            settle(tx, &repeat).await?;
        }
        return Ok(Some((known, false)));
    }
    let id = id::fresh();
    let count = store::join(tx, id, &draft.rule, &draft.members).await?;
    if count == 0 {
        return Ok(None);
    }
    let named = store::report(tx, last.report, &app.repeats.settings.sources).await?;
    let year = when.on.year();
    let serial = timeline::store::next_serial(tx, &format!("repeat-{year}")).await?;
    let (street, community) = named.map(|report| (report.street, report.community)).unwrap_or_default();
    let portrait = &draft.portrait;
    let mut repeat = Repeat {
        id,
        number: format!("R{year}-{serial:04}"),
        title: String::new(),
        is_titled: false,
        rule: draft.rule.to_string(),
        rule_version: draft.version,
        sub_class: portrait.sub_class.clone(),
        place: Place {
            lon: portrait.middle.map(|middle| middle.0),
            lat: portrait.middle.map(|middle| middle.1),
            radius: portrait.radius,
            address: portrait.address.clone(),
            street,
            community,
        },
        state: State::Found,
        state_at: when.at,
        state_on: when.on,
        count,
        first_at: first.at,
        last_at: last.at,
        last_on,
        returns: 0,
        charge: None,
        silent_on: None,
        alert_on: None,
        revision: 1,
    };
    repeat.title = title(app, &repeat, &portrait.words, when.on);
    let terms = app.repeats.settings.terms(&repeat.rule, repeat.rule_version, when.on);
    repeat.silent_on = silent_on(&repeat, terms.silent_days);
    store::add(tx, &repeat).await?;
    let body = serde_json::json!({ "count": count, "rule": repeat.rule, "version": repeat.rule_version });
    store::record(tx, id, Happened::Found, None, when.at, body).await?;
    settle(tx, &repeat).await?;
    Ok(Some((id, true)))
}

/// Writes down for whom a repeat exists, and on the pages of its cases that they belong to it.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &Tx, repeat: &Repeat) -> Result<(), DbError> {
    store::settle_departments(tx, repeat.id, repeat.charge.map(|charge| charge.department)).await?;
    store::mark_cases(tx, repeat.id).await
}

/// A repeat reaches as far as its reports do.
fn widen(repeat: &mut Repeat, portrait: &Portrait) {
    if let (Some(own), Some(middle)) = (repeat.place.lon.zip(repeat.place.lat), portrait.middle) {
        #[expect(clippy::cast_possible_truncation, reason = "metres within a city")]
        let away = metres_between(own, middle).ceil() as i64;
        // What was found at one place is at most as wide as rules make a place.
        repeat.place.radius = repeat.place.radius.max((away + portrait.radius).min(repeat.place.radius.max(1) * 3));
    }
}

/// What a repeat is called before somebody gives it a better title: where, and what.
fn title(app: &App, repeat: &Repeat, words: &str, today: Date) -> String {
    if !words.is_empty() && repeat.place.lon.is_none() && repeat.place.address.is_empty() {
        return words.to_owned();
    }
    let lang = LANGUAGES[0];
    let what = super::view::sub_class(app, lang, &repeat.sub_class).unwrap_or_else(|| {
        let rule = app.repeats.settings.rule(&repeat.rule, repeat.rule_version, today);
        rule.map_or_else(|| repeat.rule.clone(), |rule| rule.name(false).to_owned())
    });
    let place = if repeat.place.address.is_empty() {
        super::view::area(app, &repeat.place.street, &repeat.place.community)
    } else {
        repeat.place.address.clone()
    };
    if place.is_empty() { what } else { format!("{place} · {what}") }
}

/// Freezes a month's list: what the search found, and what came back in the month, as it is now.
async fn freeze(app: &App, month: Month, rules: &[Rule], found: &[Id], reports: i64) -> Result<(), Error> {
    let zone = app.city.zone();
    let (start, end) = month.bounds(&zone);
    let when = when(app, app.clock.now());
    let back = app.db.read(move |tx| async move { store::returned(&tx, start, end).await });
    let mut all: BTreeSet<Id> = found.iter().copied().collect();
    all.extend(back.await.map_err(|error: DbError| Error::Db(error))?);
    let all: Vec<Id> = all.into_iter().collect();
    let mut items = Vec::new();
    for some in all.chunks(200) {
        let (held, some) = (app.clone(), some.to_vec());
        let read = app.db.read(move |tx| async move {
            let trends = store::trends(&tx, &some, month.before()).await?;
            let totals = store::totals(&tx, &some, end).await?;
            let mut items = Vec::new();
            for id in some {
                let repeat = store::load(&tx, id, Scope::All).await?;
                let months = trends.get(&id);
                let count_of =
                    |month: Month| months.and_then(|months| months.get(&month.to_string())).copied().unwrap_or(0);
                let (count, before) = (count_of(month), count_of(month.before()));
                if count == 0 {
                    continue;
                }
                let department = match repeat.charge {
                    Some(charge) => Some(charge.department),
                    None => store::handling(&tx, id).await?.first().copied(),
                };
                let urgency = held.repeats.settings.urgency.of(count, before, repeat.returns, repeat.is_late(when.on));
                let (total, last_at) = totals.get(&id).copied().unwrap_or((repeat.count, repeat.last_at));
                items.push(Item {
                    month: month.to_string(),
                    repeat: id,
                    position: 0,
                    number: repeat.number,
                    title: repeat.title,
                    rule: repeat.rule,
                    rule_version: repeat.rule_version,
                    sub_class: repeat.sub_class,
                    street: repeat.place.street,
                    community: repeat.place.community,
                    address: repeat.place.address,
                    point: repeat.place.lon.zip(repeat.place.lat),
                    count,
                    before,
                    total,
                    urgency,
                    returns: repeat.returns,
                    state: repeat.state,
                    first_at: repeat.first_at,
                    last_at,
                    department,
                });
            }
            Ok::<_, Error>(items)
        });
        items.extend(read.await?);
    }
    items.sort_by_key(|item| (-item.urgency, -item.count, item.repeat));
    for (at, item) in items.iter_mut().enumerate() {
        item.position = i64::try_from(at).unwrap_or_default() + 1;
    }
    let review = Review {
        id: id::fresh(),
        month: month.to_string(),
        rules: serde_json::to_string(rules).map_err(|error| Error::Internal(error.to_string()))?,
        frozen_at: when.at,
        reports,
        items: i64::try_from(items.len()).unwrap_or(i64::MAX),
        minutes: Minutes::default(),
        closed: None,
        revision: 1,
    };
    let items: Arc<Vec<Item>> = Arc::new(items);
    write_items(app, month, &items).await?;
    let frozen = app.db.write(move |tx| {
        let review = review.clone();
        async move {
            // The list is seen from here on, whole.
            store::add_review(&tx, &review).await?;
            let body = serde_json::json!({ "month": review.month, "items": review.items, "reports": review.reports });
            store::record_of(&tx, "repeat_review", review.id, "repeat_list_frozen", None, when.at, body).await?;
            telling::list_is_ready(&tx, month, review.items, when).await
        }
    });
    match frozen.await {
        // Another program froze it.
        Ok(()) | Err(DbError::NotUnique(_)) => Ok(()),
        Err(error) => Err(Error::Db(error)),
    }
}

/// Writes the items, some at a time; nobody sees them before their review is there.
async fn write_items(app: &App, month: Month, items: &Arc<Vec<Item>>) -> Result<(), Error> {
    let is_there = app.db.write(move |tx| async move {
        let is_there = store::find_review(&tx, month).await?.is_some();
        if !is_there {
            // A search that broke off may have left some.
            store::clear_items(&tx, month).await?;
        }
        Ok::<_, DbError>(is_there)
    });
    if is_there.await.map_err(Error::Db)? {
        return Ok(());
    }
    let mut start = 0;
    while start < items.len() {
        let end = (start + KEPT).min(items.len());
        let mut tries = 0;
        loop {
            let (held, items) = (app.clone(), Arc::clone(items));
            let done = app.db.write(move |tx| {
                let (held, items) = (held.clone(), Arc::clone(&items));
                async move {
                    let now = when(&held, held.clock.now());
                    for item in items.get(start..end).unwrap_or_default() {
                        let repeat = store::load(&tx, item.repeat, Scope::All).await?;
                        let body =
                            serde_json::json!({ "month": item.month, "count": item.count, "position": item.position });
                        apply(&held, &tx, repeat, &RepeatAct::List, now, None, body).await?;
                        store::add_item(&tx, item).await?;
                    }
                    Ok::<_, Error>(())
                }
            });
            match done.await {
                Err(Error::Db(DbError::Stale)) if tries < TRIES => tries += 1,
                done => break done?,
            }
        }
        start = end;
    }
    Ok(())
}
