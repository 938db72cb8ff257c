//! First passwords for those whom a list added: made, hashed and handed out as one list. The list lies in memory only, for whoever
//! made it, for half an hour or until they have it forgotten; who loses it makes another, by which the one before is worth nothing.

use super::forms::{EXCEL, sheet_of};
use super::keeping::answered;
use super::show::{crumb, download, say};
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::people::store::{self as people, Change};
use crate::people::{password, sessions, tabs};
use axum::extract::{Path, State as Held};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::StreamExt;
use minijinja::{Value, context};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a list can be read, in milliseconds.
const KEPT: i64 = 30 * 60 * 1000;
/// How many passwords are hashed side by side: whoever signs in meanwhile waits for one, not for all.
const SIDE_BY_SIDE: usize = 2;
/// How long the answer waits for the work.
const PATIENCE: Duration = Duration::from_secs(4);

/// A first password and whose it is.
#[derive(Clone)]
pub(super) struct Slip {
    login: String,
    name: String,
    department: String,
    password: String,
}

/// A password is written nowhere by mistake.
impl fmt::Debug for Slip {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Slip").field("login", &self.login).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
enum Work {
    Making { done: Arc<AtomicU64>, all: u64 },
    Ready { by: Id, until: Moment, slips: Arc<Vec<Slip>> },
    Failed,
}

/// The lists that this program holds.
#[derive(Debug, Default)]
pub struct Hands(Mutex<BTreeMap<Id, Work>>);

impl Hands {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Id, Work>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins; none when somebody makes one of this list already.
    fn begin(&self, roll: Id, all: u64) -> Option<Arc<AtomicU64>> {
        self.with(|lists| {
            if matches!(lists.get(&roll), Some(Work::Making { .. })) {
                return None;
            }
            let done = Arc::new(AtomicU64::new(0));
            lists.insert(roll, Work::Making { done: done.clone(), all });
            Some(done)
        })
    }

    fn put(&self, roll: Id, work: Work) {
        self.with(|lists| drop(lists.insert(roll, work)));
    }

    /// What there is of a list, when it is this person's; what is over is forgotten.
    fn get(&self, roll: Id, who: Id, now: Moment) -> Option<Work> {
        self.with(|lists| {
            lists.retain(|_, work| !matches!(work, Work::Ready { until, .. } if *until <= now));
            lists.get(&roll).filter(|work| !matches!(work, Work::Ready { by, .. } if *by != who)).cloned()
        })
    }

    fn forget(&self, roll: Id, who: Id) {
        self.with(|lists| {
            if matches!(lists.get(&roll), Some(Work::Ready { by, .. }) if *by == who) {
                lists.remove(&roll);
            }
        });
    }
}

/// `POST /admin/rolls/{id}/passwords`: makes them; those made before for people who have not used them are worth nothing then.
pub(super) async fn make(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let read = app.db.read(move |tx| async move {
        store::load(&tx, id).await?;
        let added = store::added(&tx, id).await?;
        Ok::<_, Error>(store::unproved(&tx, &added).await?)
    });
    let waiting = read.await?;
    if waiting.is_empty() {
        return answered(&app, &visit, id, Err(Refusal::new("rolls-no-passwords").into())).await;
    }
    let there = Redirect::to(&format!("/admin/rolls/{id}/passwords")).into_response();
    let Some(done) = app.rolls.begin(id, waiting.len() as u64) else { return Ok(there) };
    let held = app.clone();
    let made = tokio::spawn(async move {
        let by = actor.account;
        let work = match slips(&held, id, waiting, &actor, &done).await {
            Ok(slips) => Work::Ready { by, until: held.clock.now().plus(KEPT), slips: Arc::new(slips) },
            Err(error) => {
                tracing::warn!(%error, roll = id, "first passwords of a list were not made");
                Work::Failed
            }
        };
        held.rolls.put(id, work);
    });
    // Whoever has few of them reads them at once.
    drop(tokio::time::timeout(PATIENCE, made).await);
    Ok(there)
}

async fn slips(
    app: &App,
    roll: Id,
    waiting: Vec<(Id, String, String, String)>,
    actor: &Actor,
    done: &AtomicU64,
) -> Result<Vec<Slip>, Error> {
    let hashing = waiting.into_iter().map(|(account, login, name, department)| async move {
        let password = password::first();
        let hash = password::hash(password.clone()).await?;
        done.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Error>((account, hash, Slip { login, name, department, password }))
    });
    let mut made = Vec::new();
    let mut hashing = futures_util::stream::iter(hashing).buffered(SIDE_BY_SIDE);
    while let Some(one) = hashing.next().await {
        made.push(one?);
    }
    let (made, actor, now) = (Arc::new(made), actor.clone(), app.clock.now());
    let given = app.db.write(move |tx| {
        let (made, actor) = (made.clone(), actor.clone());
        async move {
            let mut slips = Vec::new();
            for (account, hash, slip) in made.iter() {
                let known = people::load(&tx, *account).await?;
                // Replaced meanwhile, or an administrator's by now: none of ours any more.
                if !known.is_first_password {
                    continue;
                }
                let Ok(reset) = known.reset(&actor) else { continue };
                people::save(&tx, &reset).await?;
                people::set_password(&tx, *account, hash, true).await?;
                sessions::end_all(&tx, *account).await?;
                let body = json!({ "roll": roll.to_string() });
                let author = Some(actor.account);
                let change = Change { subject: "account", subject_id: *account, kind: "password_reset", author, body };
                people::record(&tx, &change, now).await?;
                slips.push(slip.clone());
            }
            let roll = store::load(&tx, roll).await?;
            store::record(&tx, &roll, "handed", Some(actor.account), now).await?;
            Ok::<_, Error>(slips)
        }
    });
    given.await
}

/// `GET /admin/rolls/{id}/passwords`: the list by departments, to be printed; or how far it is.
pub(super) async fn show(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let who = visit.actor()?.account;
    let read = app.db.read(move |tx| async move {
        let roll = store::load(&tx, id).await?;
        let added = store::added(&tx, id).await?;
        Ok::<_, Error>((roll, store::unproved(&tx, &added).await?.len()))
    });
    let (roll, waiting) = read.await?;
    let (mut percent, mut is_failed, mut until, mut groups) = (None, false, None, Vec::new());
    let work = app.rolls.get(id, who, app.clock.now());
    match &work {
        Some(Work::Making { done, all }) => percent = Some(done.load(Ordering::Relaxed) * 100 / (*all).max(1)),
        Some(Work::Failed) => is_failed = true,
        Some(Work::Ready { until: end, slips, .. }) => {
            until = Some(end.0);
            groups = by_department(slips);
        }
        None => {}
    }
    let mut crumbs = crumb(&app, &visit, &roll);
    crumbs.push(context! { label => say(&app, &visit, "rolls-passwords"), href => "" });
    let page = context! {
        id => id.to_string(), name => roll.name.as_str(), crumbs,
        percent, is_failed, until, waiting, is_released => roll.released_at.is_some(),
        groups => groups.iter().map(group).collect::<Vec<_>>(),
        address => app.public_url.as_str(),
        tabs => tabs(&app, &visit)?,
    };
    let page = app.page(&visit, "rolls/passwords.html", page)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

fn by_department(slips: &[Slip]) -> Vec<(String, Vec<&Slip>)> {
    let mut groups: BTreeMap<String, Vec<&Slip>> = BTreeMap::new();
    for slip in slips {
        groups.entry(slip.department.clone()).or_default().push(slip);
    }
    groups.into_iter().collect()
}

fn group((department, slips): &(String, Vec<&Slip>)) -> Value {
    let slips = slips.iter().map(|slip| {
        context! { name => slip.name.as_str(), login => slip.login.as_str(), password => slip.password.as_str() }
    });
    context! { department, slips => slips.collect::<Vec<_>>() }
}

/// `GET /admin/rolls/{id}/passwords.xlsx`: the same as a file, as long as it can be read.
pub(super) async fn file(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let who = visit.actor()?.account;
    let Some(Work::Ready { slips, .. }) = app.rolls.get(id, who, app.clock.now()) else { return Err(Error::NotFound) };
    let head = ["rolls-field-department_code", "rolls-field-name", "rolls-field-login", "rolls-password"];
    let mut rows = vec![head.map(|key| say(&app, &visit, key)).to_vec()];
    for (department, slips) in by_department(&slips) {
        rows.extend(
            slips
                .iter()
                .map(|slip| vec![department.clone(), slip.name.clone(), slip.login.clone(), slip.password.clone()]),
        );
    }
    Ok(download(&format!("first-passwords-{id}.xlsx"), EXCEL, sheet_of(&rows)?))
}

/// `POST /admin/rolls/{id}/passwords/forget`.
pub(super) async fn forget(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    app.rolls.forget(id, visit.actor()?.account);
    answered(&app, &visit, id, Ok(())).await
}

/// First passwords for those whom a list added, at the command line: their names and passwords by line.
///
/// # Errors
/// When the database fails.
pub(super) async fn at_the_machine(
    db: &crate::kit::db::Db,
    roll: Id,
    now: Moment,
    mut progress: impl FnMut(u64),
) -> Result<Vec<[String; 4]>, Error> {
    let read = db.read(move |tx| async move {
        let added = store::added(&tx, roll).await?;
        Ok::<_, Error>(store::unproved(&tx, &added).await?)
    });
    let (mut slips, mut made) = (Vec::new(), Vec::new());
    for (account, login, name, department) in read.await? {
        let first = password::first();
        made.push((account, password::hash(first.clone()).await?));
        slips.push([department, name, login, first]);
        progress(slips.len() as u64);
    }
    let made = Arc::new(made);
    db.write(move |tx| {
        let made = made.clone();
        async move {
            for (account, hash) in made.iter() {
                people::set_password(&tx, *account, hash, true).await?;
                let change = Change {
                    subject: "account",
                    subject_id: *account,
                    kind: "password_reset",
                    author: None,
                    body: json!({}),
                };
                people::record(&tx, &change, now).await?;
            }
            Ok::<_, Error>(())
        }
    })
    .await?;
    Ok(slips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_by_its_maker_for_half_an_hour() {
        let hands = Hands::default();
        let done = hands.begin(1, 4).expect("begun");
        assert!(hands.begin(1, 4).is_none());
        done.store(2, Ordering::Relaxed);
        assert!(matches!(hands.get(1, 9, Moment(0)), Some(Work::Making { .. })));
        let slip = Slip { login: "a".into(), name: "甲".into(), department: String::new(), password: "secret".into() };
        assert!(!format!("{slip:?}").contains("secret"));
        let ready = || Work::Ready { by: 7, until: Moment(KEPT), slips: Arc::new(vec![slip.clone()]) };
        hands.put(1, ready());
        assert!(hands.get(1, 9, Moment(1)).is_none() && hands.get(1, 7, Moment(1)).is_some());
        hands.forget(1, 9);
        assert!(hands.get(1, 7, Moment(1)).is_some());
        assert!(hands.get(1, 7, Moment(KEPT)).is_none(), "its time is over");
        hands.put(1, ready());
        hands.forget(1, 7);
        assert!(hands.get(1, 7, Moment(1)).is_none());
    }
}
