//! News travels down by the log: a report that comes in joins the repeat that it belongs to at once, and brings back what was
//! solved. What nobody complains of any more falls silent by itself, and deadlines are told of. A fact may be read twice, and
//! there may be several programs: what was done is not done again.

use super::doing::{apply, when};
use super::finding::reach;
use super::looking::settle;
use super::month::Month;
use super::repeat::{Repeat, RepeatAct};
use super::store::{self, Member, Scope};
use crate::app::App;
use crate::cases;
use crate::cases::reading::Follower;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::reports::report::metres_between;
use crate::timeline::reading::{FAR_BACK, LookBack, Reader};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use understanding::repeats::rule::{Place, Rule};
use understanding::text::normal;

/// Who reads the log for this room. What is older than a week, a search finds.
const READER: Follower = Follower { name: "repeats", batch: 200, beginning: 7 * 24 * 3_600_000 };
/// How long the reader sleeps when nobody wakes it.
const SLEEP: Duration = Duration::from_secs(3);
/// How often days are looked at: they turn once a day.
const TEND: Duration = Duration::from_secs(300);
/// How often an act is tried again when somebody else changed the repeat at the same moment.
const TRIES: usize = 6;

/// Reads and tends for as long as the program runs.
pub async fn follow(app: App) {
    let mut news = app.news.subscribe();
    let (mut reader, mut look, mut tend_at) =
        (Reader::default(), LookBack::of_facts(&app).from_an_hour_back(), Instant::now());
    let mut stuck = BTreeSet::new();
    loop {
        let began = Instant::now();
        let reach = look.reach(began, reader.read);
        match read_on(&app, &mut reader, reach).await {
            Ok(_) => look.done(began, reach),
            Err(error) => tracing::error!(%error, "the news of repeated complaints could not be followed"),
        }
        if Instant::now() >= tend_at {
            if let Err(error) = tend_but(&app, &mut stuck).await {
                tracing::error!(%error, "repeats could not be looked after");
            }
            tend_at = Instant::now() + TEND;
        }
        drop(tokio::time::timeout(SLEEP, news.recv()).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Reads what is new, and answers how many repeats changed.
///
/// # Errors
/// When the database fails.
pub async fn follow_once(app: &App) -> Result<usize, Error> {
    read_on(app, &mut Reader::default(), FAR_BACK).await
}

async fn read_on(app: &App, reader: &mut Reader, back: i64) -> Result<usize, Error> {
    let news = |tx: Tx, after, most| async move { store::news(&tx, after, most).await };
    READER.read_on(app, reader, back, news, |case, _| place(app, case)).await
}

/// Lets the reports of a case join the repeats that they belong to, and lets its department see them. Answers how many repeats
/// changed.
async fn place(app: &App, case: Id) -> Result<usize, Error> {
    let held = app.clone();
    // Most cases belong to no repeat: they are only read.
    let is_wanted = app.db.read(move |tx| async move {
        let today = when(&held, held.clock.now()).on;
        Ok::<_, Error>(
            !joining(&held, &tx, case, today).await?.is_empty() || !store::of_case(&tx, case).await?.is_empty(),
        )
    });
    if !is_wanted.await? {
        return Ok(0);
    }
    for _ in 0..TRIES {
        let held = app.clone();
        let done = app.db.write(move |tx| async move { place_in(&held, &tx, case).await });
        match done.await {
            // Somebody else changed one of them at the same moment.
            Err(Error::Db(DbError::Stale)) => {}
            done => {
                let changed = done?;
                for repeat in &changed {
                    app.tell("repeat", *repeat);
                }
                if !changed.is_empty() {
                    app.tell("case", case);
                }
                return Ok(changed.len());
            }
        }
    }
    Err(Error::Db(DbError::Stale))
}

/// The reports of a case that belong to repeats which they have not joined yet: each with the rule and the repeat.
async fn joining(app: &App, tx: &Tx, case: Id, today: Date) -> Result<Vec<(store::Read, String, Id)>, Error> {
    let mut found = Vec::new();
    for report in cases::store::reports(tx, case).await? {
        let report = store::report(tx, report, &app.repeats.settings.sources).await?;
        let Some(report) = report.filter(|report| report.counts) else { continue };
        let words = normal(&report.words);
        for rule in
            app.repeats.settings.rules_on(today).into_iter().filter(|rule| rule.takes(&report.sub_class, &words))
        {
            if !store::shared(tx, &rule.id, &[report.id]).await?.is_empty() {
                continue;
            }
            if let Some(repeat) = nearest(tx, rule, &report, today).await? {
                found.push((report.clone(), rule.id.clone(), repeat.id));
            }
        }
    }
    Ok(found)
}

async fn place_in(app: &App, tx: &Tx, case: Id) -> Result<BTreeSet<Id>, Error> {
    let when = when(app, app.clock.now());
    let mut changed = BTreeSet::new();
    for (report, rule, repeat) in joining(app, tx, case, when.on).await? {
        let repeat = store::load(tx, repeat, Scope::All).await?;
        let day = report.at.zoned(&app.city.zone()).date();
        let member = Member { report: report.id, at: report.at, month: Month::of(day) };
        if store::join(tx, repeat.id, &rule, &[member]).await? == 0 {
            continue;
        }
        let act = RepeatAct::Join { more: 1, first_at: report.at, last_at: report.at, last_on: day, is_search: false };
        let body = serde_json::json!({ "report": report.id.to_string(), "case": case.to_string() });
        let after = apply(app, tx, repeat, &act, when, None, body).await?;
        settle(tx, &after).await?;
        changed.insert(after.id);
    }
    // A case that joined before has perhaps another department now, or was merged into another.
    for id in store::of_case(tx, case).await? {
        if !changed.contains(&id) {
            store::hold(tx, id).await?;
            let repeat = store::load(tx, id, Scope::All).await?;
            settle(tx, &repeat).await?;
        }
    }
    Ok(changed)
}

/// The repeat of a rule that a report belongs to: at the same address, or else the nearest within the rule's reach. What is only
/// spoken of is recognised by a search. A trouble that ended more than a year ago is not the same any more.
async fn nearest(tx: &Tx, rule: &Rule, report: &store::Read, today: Date) -> Result<Option<Repeat>, DbError> {
    let metres = match rule.place {
        Place::Metres(metres) => metres,
        Place::SamePlace => 0.0,
        Place::Anywhere => return Ok(None),
    };
    let address = normal(&report.address);
    let square = report.point.filter(|_| metres > 0.0).map(|(lon, lat)| {
        // A repeat reaches as far as its own reports: three times what joins two of them at most.
        let (north, east) = (metres * 3.0 / 111_320.0, metres * 3.0 / (111_320.0 * lat.to_radians().cos().max(0.01)));
        ((lon - east, lat - north), (lon + east, lat + north))
    });
    let found = store::nearby(tx, &rule.id, square, &address).await?;
    let near = found.into_iter().filter(|repeat| is_remembered(repeat, today)).filter_map(|repeat| {
        let distance = away(rule, metres, &repeat, report.point, &address)?;
        Some((distance, repeat))
    });
    Ok(near.min_by_key(|(distance, repeat)| (*distance, repeat.id)).map(|(_, repeat)| repeat))
}

fn is_remembered(repeat: &Repeat, today: Date) -> bool {
    super::month::days_after(repeat.last_on, 366) >= today
}

/// How far a report lies from a repeat, in millimetres; none when it is too far.
fn away(rule: &Rule, metres: f64, repeat: &Repeat, point: Option<(f64, f64)>, address: &str) -> Option<i64> {
    if !address.is_empty() && normal(&repeat.place.address) == address {
        return Some(0);
    }
    let (own, point) = (repeat.place.lon.zip(repeat.place.lat)?, point?);
    let reach = reach(metres, repeat.place.radius);
    let distance = metres_between(own, point);
    #[expect(clippy::cast_possible_truncation, reason = "millimetres within a city")]
    let millimetres = (distance * 1000.0) as i64;
    (matches!(rule.place, Place::Metres(_)) && distance <= reach).then_some(millimetres + 1)
}

/// Lets fall silent what nobody has complained of for long enough, and tells of deadlines that are near or past. Answers how
/// many changed.
///
/// # Errors
/// When the list of them cannot be read.
pub async fn tend(app: &App) -> Result<usize, Error> {
    tend_but(app, &mut BTreeSet::new()).await
}

/// The same; `stuck` are the repeats of which the log has told already that they cannot be changed.
async fn tend_but(app: &App, stuck: &mut BTreeSet<Id>) -> Result<usize, Error> {
    let mut changed = 0;
    for is_silence in [true, false] {
        let today = when(app, app.clock.now()).on;
        let mut after = (String::new(), 0);
        loop {
            let from = after.clone();
            let due = app.db.read(move |tx| async move { store::due(&tx, is_silence, today, from).await });
            let due = due.await.map_err(|error: DbError| Error::Db(error))?;
            let Some(last) = due.last().cloned() else { break };
            after = last;
            for (_, id) in due {
                match tend_one(app, id, is_silence).await {
                    Ok(is_done) => {
                        changed += usize::from(is_done);
                        stuck.remove(&id);
                    }
                    Err(error) => {
                        if stuck.insert(id) {
                            tracing::warn!(%error, repeat = id, "a repeat could not be looked after");
                        }
                    }
                }
            }
        }
    }
    Ok(changed)
}

async fn tend_one(app: &App, id: Id, is_silence: bool) -> Result<bool, Error> {
    let (held, now) = (app.clone(), when(app, app.clock.now()));
    let done = app.db.write(move |tx| {
        let held = held.clone();
        async move {
            let repeat = store::load(&tx, id, Scope::All).await?;
            let act = if is_silence { RepeatAct::FallSilent } else { RepeatAct::Alert };
            let body = serde_json::json!({ "last_on": repeat.last_on.to_string() });
            apply(&held, &tx, repeat, &act, now, None, body).await
        }
    });
    match done.await {
        Ok(_) => {
            app.tell("repeat", id);
            Ok(true)
        }
        // Another program was there first.
        Err(Error::Db(DbError::Stale) | Error::Refused(_) | Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
