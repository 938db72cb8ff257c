//! A month of a roster: made from the pattern, looked at with everything that is wrong with it, put right, published.

use super::editing::{filled, must_fit, tell};
use super::forms::Typed;
use super::shift::{Conflict, Month, Shift, Wrong, concerned, conflicts, gaps};
use super::view::Lens;
use super::{editing, errors, refusal_in, rosters, show, store, tabs};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::law::Calendar;
use crate::notices;
use crate::notices::notice::{Channel, Notice, Urgency};
use crate::people::doors::Visit;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use minijinja::{Value, context};
use std::collections::{BTreeMap, BTreeSet};

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;
/// The most days that are made at once.
const MOST_DAYS: i64 = 400;

/// `POST /duty/rosters/{id}/generate`: makes the drafts of the months from a day to a day. What was published stays.
pub(super) async fn generate(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (by, now, zone) = (visit.actor()?.account, app.clock.now(), app.city.zone());
    let form = typed.clone();
    let outcome = async {
        let (from, until) = (form.day("generate_from")?, form.day("generate_until")?);
        let days = from.duration_until(until).as_hours() / 24 + 1;
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Refusal::new("duty-refusal-period").with("most", MOST_DAYS).on("generate_until").into());
        }
        let held = app.clone();
        app.db
            .write(move |tx| async move {
                make(&tx, id, from, until, (&zone, Some(&held.calendar)), by, now).await.map(|()| Month::of(from))
            })
            .await
    };
    match outcome.await {
        Ok(month) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/rosters/{id}/{month}")).into_response())
        }
        Err(error) => rosters::draw(&app, &visit, Some(id), typed, Some(&refusal_in(error)?)).await,
    }
}

/// Makes the drafts of a roster from a day to a day, in a zone, by a calendar where the roster follows it.
///
/// # Errors
/// `duty-refusal-published`; when the database fails.
pub(crate) async fn make(
    tx: &Tx,
    id: Id,
    from: Date,
    until: Date,
    (zone, calendar): (&TimeZone, Option<&Calendar>),
    by: Id,
    now: Moment,
) -> Result<(), Error> {
    let roster = store::roster(tx, id).await?;
    let days = u32::try_from(from.duration_until(until).as_hours() / 24 + 1).unwrap_or(0);
    let mut month = Month::of(from);
    while month <= Month::of(until) {
        store::touch_draft(tx, id, month).await?;
        let body = serde_json::json!({ "roster": id.to_string(), "month": month.to_string(), "from": from.to_string(),
            "until": until.to_string() });
        store::record(tx, "roster", id, "month_made", Some(by), now, body).await?;
        month = month.next();
    }
    store::clear_draft(tx, id, from, until).await?;
    for planned in roster.pattern.plan_by(&roster.lists, from, days, calendar) {
        store::add_shift(tx, &Shift::of_plan(&planned, id::fresh(), id, zone), now).await?;
    }
    Ok(())
}

/// Everything there is to say against a month.
struct Judged {
    /// All shifts among which was looked, those of other rosters too.
    all: Vec<Shift>,
    /// What stands in the way of publishing.
    bad: Vec<Conflict>,
    /// What should be looked at.
    doubtful: Vec<Conflict>,
    /// Hours of the month in which nobody of any roster is there.
    gaps: Vec<(Moment, Moment)>,
}

async fn judge(tx: &Tx, id: Id, month: Month, shifts: &[Shift], rest: i64, zone: &TimeZone) -> Result<Judged, DbError> {
    let begin = |day: Date| {
        let zoned = zone.to_ambiguous_zoned_datetime(day.at(0, 0, 0, 0)).compatible();
        zoned.map_or(Moment(0), |zoned| Moment::from(&zoned))
    };
    let (from, until) = (begin(month.first()), begin(month.next().first()));
    let people: BTreeSet<Id> = shifts.iter().flat_map(|shift| shift.people.iter().map(|place| place.account)).collect();
    let is_own = |shift: &Shift| shift.roster == id && shift.month() == month;
    let mut all = store::shifts_of_people(tx, &people, from.plus(-3 * DAY), until.plus(5 * DAY)).await?;
    // Other rosters' drafts may still change; the neighbouring months of this one belong to it.
    all.retain(|other| !is_own(other) && (other.is_published || other.roster == id));
    let mut there = store::published_between(tx, from, until).await?;
    there.retain(|other| !is_own(other));
    there.extend(store::shifts_of_month(tx, id, month.previous()).await?.into_iter().filter(|one| !one.is_published));
    all.extend(shifts.iter().cloned());
    there.extend(shifts.iter().cloned());
    let own: BTreeSet<Id> = shifts.iter().map(|shift| shift.id).collect();
    let mut found = conflicts(&all, rest);
    found.retain(|one| own.contains(&one.first) || own.contains(&one.second));
    let here = store::still_here(tx, &people.iter().copied().collect::<Vec<_>>()).await?;
    let here: BTreeSet<Id> = here.into_iter().collect();
    for shift in shifts.iter().filter(|shift| !shift.is_cancelled) {
        for account in shift.people.iter().map(|place| place.account).filter(|account| !here.contains(account)) {
            found.push(Conflict { wrong: Wrong::Gone, account: Some(account), first: shift.id, second: shift.id });
        }
    }
    let (doubtful, bad) = found.into_iter().partition(|one| one.wrong == Wrong::Tired);
    Ok(Judged { all, bad, doubtful, gaps: gaps(&there, from, until) })
}

/// `GET /duty/rosters/{id}/{month}`.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path((id, month)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let month = Month::parse(&month).ok_or(Error::NotFound)?;
    draw(&app, &visit, id, month, &Typed::default(), None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    id: Id,
    month: Month,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (me, now, zone, rest) = (visit.actor()?.account, app.clock.now(), app.city.zone(), app.duty.rest);
    let held = app.clone();
    let read = app.db.read(move |tx| async move {
        let roster = store::roster(&tx, id).await?;
        let state = store::month(&tx, id, month).await?;
        let shifts = store::shifts_of_month(&tx, id, month).await?;
        let judged = judge(&tx, id, month, &shifts, rest, &zone).await?;
        let told = notices::store::told_at_night(&tx, |channel| held.ways.has(channel)).await?;
        Ok::<_, Error>((store::staff(&tx).await?, roster, state, shifts, judged, told))
    });
    let (staff, roster, state, shifts, judged, told) = read.await?;
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let sentences = |found: &[Conflict]| -> Vec<Value> {
        let one = |conflict: &Conflict| {
            context! { text => lens.conflict(conflict, &judged.all), href => format!("/duty/shifts/{}", conflict.second) }
        };
        found.iter().map(one).collect()
    };
    // Where nothing leaves the program for anybody, that is no news about one person.
    let has_way = Channel::ALL.iter().any(|channel| app.ways.has(*channel));
    let standing = shifts.iter().filter(|shift| !shift.is_cancelled && shift.until > now);
    let standing: BTreeSet<Id> = standing.flat_map(|shift| shift.people.iter().map(|place| place.account)).collect();
    let is_unreachable = |id: &Id| has_way && roster.is_called && !told.contains(id) && staff.of(*id).is_some();
    let unreachable = staff.list(standing.into_iter().filter(is_unreachable));
    let differing = |one: &Date| roster.pattern.differs(*one, &app.calendar);
    let days_of_month = std::iter::successors(Some(month.first()), |day| day.tomorrow().ok());
    let differing = days_of_month.take_while(|day| *day <= month.last()).filter(differing).map(|day| {
        let is_stood = shifts.iter().any(|shift| shift.day == day && !shift.is_cancelled);
        let (_, kind) = lens.day_kind(day);
        context! { text => format!("{day} {} {kind}", lens.weekday(day)), is_stood }
    });
    let mut loads: BTreeMap<Id, i64> = BTreeMap::new();
    for place in shifts.iter().filter(|shift| !shift.is_cancelled).flat_map(|shift| &shift.people) {
        if place.role.is_present() {
            *loads.entry(place.account).or_default() += 1;
        }
    }
    let mut loads: Vec<(String, i64)> = loads.into_iter().map(|(id, count)| (lens.name(id), count)).collect();
    loads.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let today = now.zoned(&lens.zone).date();
    let is_adding = !typed.0.is_empty();
    let is_published = state.is_some_and(|(is_published, _)| is_published);
    let form = |field: &str| typed.text(field).to_owned();
    let first = shifts.iter().find(|shift| shift.from > now).map_or(month.first(), |shift| shift.day);
    let or = |text: String, default: String| if text.is_empty() { default } else { text };
    let page = context! {
        tabs => tabs(app, visit, "/duty/rosters")?,
        id => id.to_string(),
        name => roster.name.as_str(),
        month => month.to_string(),
        previous => month.previous().to_string(),
        next => month.next().to_string(),
        state => state.map(|(is_published, _)| if is_published { "published" } else { "draft" }),
        revision => state.map_or(0, |(_, revision)| revision),
        is_published,
        days => show::days(&lens, month, &shifts, today),
        cancelled => shifts.iter().filter(|shift| shift.is_cancelled).map(|shift| context! { id => shift.id.to_string(), line => lens.line(shift) }).collect::<Vec<_>>(),
        bad => sentences(&judged.bad),
        doubtful => sentences(&judged.doubtful),
        gaps => judged.gaps.iter().map(|(from, until)| lens.stretch(*from, *until)).collect::<Vec<_>>(),
        unreachable,
        differing => differing.collect::<Vec<Value>>(),
        asks_anyway => is_adding && refusal.is_some_and(|refusal| refusal.field == Some("anyway")),
        loads => loads.iter().map(|(name, count)| context! { name => name.as_str(), count => *count }).collect::<Vec<_>>(),
        from => or(form("from"), format!("{first}T08:30")),
        until => or(form("until"), format!("{first}T17:30")),
        shift_name => form("name"),
        leader => form("leader"), on_duty => form("on_duty"), stand_by => form("stand_by"),
        is_adding,
        staff => editing::staff_list(&lens),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/month.html", page)?).into_response())
}

/// `POST /duty/rosters/{id}/{month}/publish`.
pub(super) async fn publish(
    State(app): State<App>,
    visit: Visit,
    Path((id, month)): Path<(Id, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let month = Month::parse(&month).ok_or(Error::NotFound)?;
    let (by, now, zone, rest) = (visit.actor()?.account, app.clock.now(), app.city.zone(), app.duty.rest);
    let (is_sure, seen) = (!typed.text("anyway").is_empty(), typed.number("revision"));
    let outcome = app.db.write(move |tx| async move {
        let revision = match store::month(&tx, id, month).await? {
            None => return Err(Error::NotFound),
            // Pressed twice: it is published, and whoever pressed goes on.
            Some((true, _)) => return Ok(()),
            Some((false, revision)) => revision,
        };
        if seen.is_some_and(|seen| seen != revision) {
            return Err(Error::Db(DbError::Stale));
        }
        issue(&tx, id, month, revision, is_sure, rest, &zone, by, now).await
    });
    match outcome.await {
        Ok(()) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/rosters/{id}/{month}")).into_response())
        }
        Err(error) => draw(&app, &visit, id, month, &Typed::default(), Some(&refusal_in(error)?)).await,
    }
}

/// Publishes a draft and tells everybody who stands in it.
#[expect(clippy::too_many_arguments, reason = "one step of a page and of the demonstration")]
pub(crate) async fn issue(
    tx: &Tx,
    id: Id,
    month: Month,
    revision: i64,
    is_sure: bool,
    rest: i64,
    zone: &TimeZone,
    by: Id,
    now: Moment,
) -> Result<(), Error> {
    let roster = store::roster(tx, id).await?;
    let shifts = store::shifts_of_month(tx, id, month).await?;
    if shifts.is_empty() {
        return Err(Refusal::new("duty-refusal-no-shift").into());
    }
    let judged = judge(tx, id, month, &shifts, rest, zone).await?;
    if !judged.bad.is_empty() {
        return Err(Refusal::new("duty-refusal-conflicts").with("n", judged.bad.len()).on("conflicts").into());
    }
    let has_doubts = !judged.doubtful.is_empty() || !judged.gaps.is_empty();
    if has_doubts && !is_sure {
        return Err(Refusal::new("duty-refusal-doubts").on("anyway").into());
    }
    store::publish(tx, id, month, revision, by, now).await?;
    let people: BTreeSet<Id> = shifts.iter().flat_map(|shift| shift.people.iter().map(|place| place.account)).collect();
    for to in people {
        let notice = Notice {
            to,
            kind: "duty-published",
            args: vec![("roster", roster.name.clone()), ("month", month.to_string())],
            link: "/duty/mine".into(),
            urgency: Urgency::Ordinary,
            once: format!("duty-published-{id}-{month}"),
        };
        notices::store::send(tx, &notice, now).await?;
    }
    let body = serde_json::json!({ "month": month.to_string(), "shifts": shifts.len(),
        "short_rests": judged.doubtful.len(), "gaps": judged.gaps.len() });
    Ok(store::record(tx, "roster", id, "month_published", Some(by), now, body).await?)
}

/// `POST /duty/rosters/{id}/{month}/shifts`: one more shift.
pub(super) async fn add_shift(
    State(app): State<App>,
    visit: Visit,
    Path((id, month)): Path<(Id, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let month = Month::parse(&month).ok_or(Error::NotFound)?;
    let (by, now, zone) = (visit.actor()?.account, app.clock.now(), app.city.zone());
    let (form, held, lang) = (typed.clone(), app.clone(), visit.lang);
    let outcome = app.db.write(move |tx| async move {
        let staff = store::staff(&tx).await?;
        store::roster(&tx, id).await?;
        let is_published = store::month(&tx, id, month).await?.is_some_and(|(is_published, _)| is_published);
        let empty = Shift {
            id: id::fresh(),
            roster: id,
            day: month.first(),
            from: now,
            until: now,
            name: String::new(),
            people: Vec::new(),
            is_published,
            is_cancelled: false,
            revision: 0,
        };
        let shift = filled(empty.clone(), &form, &staff, &zone)?;
        if shift.month() != month {
            return Err(Refusal::new("duty-refusal-other-month").on("from").into());
        }
        if is_published {
            if shift.until <= now {
                return Err(Refusal::new("duty-refusal-shift-over").on("until").into());
            }
            let lens = Lens::new(&held, lang, &staff, by, now);
            must_fit(&tx, &lens, &empty, &shift, !form.text("anyway").is_empty()).await?;
        } else {
            store::touch_draft(&tx, id, month).await?;
        }
        store::add_shift(&tx, &shift, now).await?;
        let body = editing::difference(&empty, &shift);
        store::record(&tx, "shift", shift.id, "shift_added", Some(by), now, body).await?;
        if is_published {
            for (to, kind) in concerned(&empty, &shift) {
                tell(&tx, &shift, &zone, to, kind, now).await?;
            }
        }
        Ok::<_, Error>(shift.id)
    });
    match outcome.await {
        Ok(shift) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/rosters/{id}/{month}#s{shift}")).into_response())
        }
        Err(error) => draw(&app, &visit, id, month, &typed, Some(&refusal_in(error)?)).await,
    }
}
