//! Who must know: whoever's turn it is, those whose case moved without them, and everybody in charge before a term ends.

use super::case::{Fact, Law, Role, Stage, Step, passing, running};
use super::show::near;
use super::store::{self, Ending, Held, Passed};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::notices::notice::{Notice, Urgency};
use crate::people;
use crate::people::act::Post;
use std::collections::BTreeSet;
use std::time::Duration;

/// How often terms are looked at.
const EVERY: Duration = Duration::from_secs(60);
/// The longest part of a case's name in a notice, in characters.
const SHORT: usize = 40;

async fn of_post(tx: &Tx, post: Post, unit: Option<Id>) -> Result<BTreeSet<Id>, DbError> {
    let all = people::store::holding(tx, &[post]).await?;
    Ok(all.into_iter().filter(|one| unit.is_none() || one.department == unit).map(|one| one.account).collect())
}

/// Those whose turn it is.
async fn those_waited_for(tx: &Tx, held: &Held, law: &Law<'_>) -> Result<BTreeSet<Id>, DbError> {
    let case = &held.case;
    let account = case.account.as_ref().or(case.former.as_ref());
    // What was paid under a revoked decision goes back first.
    if case.stage == Stage::Revoked && account.is_some_and(|one| one.refundable(jiff::civil::Date::MAX, true) > 0) {
        return of_post(tx, Post::Treasurer, None).await;
    }
    let mut all = BTreeSet::new();
    for role in case.turns(law) {
        all.extend(match role {
            Role::Head => of_post(tx, Post::Leader, None).await?,
            Role::LegalReviewer => of_post(tx, Post::LegalReviewer, None).await?,
            Role::HearingPresident => case.hearing.iter().filter_map(|hearing| hearing.president).collect(),
            Role::Archivist => of_post(tx, Post::Archivist, None).await?,
            Role::UnitLeader if held.unit.is_some() => {
                let leaders = of_post(tx, Post::UnitLeader, held.unit).await?;
                // A unit whose leader has gone: the heads assign, too.
                if leaders.is_empty() { of_post(tx, Post::Leader, None).await? } else { leaders }
            }
            _ if !case.investigators.is_empty() => case.investigators.clone(),
            // A fresh clue: whoever leads the unit looks after it.
            _ if held.unit.is_some() => of_post(tx, Post::UnitLeader, held.unit).await?,
            _ => BTreeSet::new(),
        });
    }
    Ok(all)
}

fn notice(held: &Held, to: Id, kind: &'static str, more: Vec<(&'static str, String)>, once: String) -> Notice {
    let case = &held.case;
    let name = case.party.as_ref().map_or(case.clue.as_str(), |party| party.name.as_str());
    let mut args = vec![("number", held.number.clone()), ("words", name.chars().take(SHORT).collect::<String>())];
    args.extend(more);
    Notice { to, kind, args, link: format!("/enforcement/{}", case.id), urgency: Urgency::Ordinary, once }
}

/// Whether somebody else is asked something, or answers, while the case stays where it is.
const fn is_answered(step: Step) -> bool {
    matches!(
        step,
        Step::AssignClue
            | Step::GiveOpinion
            | Step::AskMeasure
            | Step::ApproveMeasure
            | Step::RefuseMeasure
            | Step::Seize
            | Step::ApproveSeizure
            | Step::RefuseSeizure
            | Step::AskRecusal
            | Step::DecideRecusal
    )
}

/// Tells of a fact, when the case went on to another stage, or the party spoke.
///
/// # Errors
/// When the database fails.
pub async fn tell(
    app: &App,
    tx: &Tx,
    held: &Held,
    before: Option<Stage>,
    fact: &Fact,
    now: Moment,
) -> Result<(), DbError> {
    must_withdraw(app, tx, held, fact, now).await?;
    if before == Some(fact.stage) && fact.role != Role::Party && !is_answered(fact.what) {
        return Ok(());
    }
    let stage = || vec![("stage", fact.stage.word().to_owned())];
    let mut waited_for = those_waited_for(tx, held, &app.law()).await?;
    let mut others = held.case.investigators.clone();
    for known in [&mut waited_for, &mut others] {
        // Nobody is told what they did themselves.
        known.retain(|one| Some(*one) != fact.by);
    }
    for one in &waited_for {
        let once = format!("penalty-turn-{}-{}", held.case.id, fact.revision);
        crate::notices::store::send(tx, &notice(held, *one, "penalty-turn", stage(), once), now).await?;
    }
    for one in others.difference(&waited_for) {
        let once = format!("penalty-moved-{}-{}", held.case.id, fact.revision);
        crate::notices::store::send(tx, &notice(held, *one, "penalty-moved", stage(), once), now).await?;
    }
    Ok(())
}

/// Tells the investigators that what was published has to go, and until when, as soon as the decision was changed or set aside.
async fn must_withdraw(app: &App, tx: &Tx, held: &Held, fact: &Fact, now: Moment) -> Result<(), DbError> {
    let since = held.case.decision.as_ref().and_then(|decision| decision.withdraw_since);
    if since != Some(fact.at) {
        return Ok(());
    }
    let law = app.law();
    let all = running(&held.case, &law);
    let last = all.iter().find(|one| one.term == "withdraw-publication").map(|one| one.end.last.to_string());
    let day = || vec![("day", last.clone().unwrap_or_default())];
    for one in &held.case.investigators {
        let once = format!("penalty-withdraw-{}-{}", held.case.id, fact.revision);
        crate::notices::store::send(tx, &notice(held, *one, "penalty-withdraw", day(), once), now).await?;
    }
    Ok(())
}

/// Looks at terms for as long as the program runs.
pub async fn watch(app: App) {
    loop {
        match sweep(&app).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "people were told of terms of penalty cases"),
            Err(error) => tracing::warn!(%error, "the terms of penalty cases could not be looked at"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Tells of every term that ends soon or has ended since the last look. Answers of how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let soon = near(&app.calendar, now);
    let mut count = 0;
    loop {
        let found = app.db.read(move |tx| async move { store::endings(&tx, now, soon).await }).await;
        let found = found.map_err(|error: DbError| Error::Db(error))?;
        if found.is_empty() {
            break;
        }
        for ending in found {
            let held = app.clone();
            let told = app.db.write(move |tx| {
                let (app, ending) = (held.clone(), ending.clone());
                async move { warn(&app, &tx, &ending, now).await }
            });
            told.await.map_err(|error: DbError| Error::Db(error))?;
            count += 1;
        }
    }
    loop {
        let found = app.db.read(move |tx| async move { store::passed(&tx, now).await }).await;
        let found = found.map_err(|error: DbError| Error::Db(error))?;
        if found.is_empty() {
            return Ok(count);
        }
        for passed in found {
            let held = app.clone();
            let told = app.db.write(move |tx| {
                let (app, passed) = (held.clone(), passed.clone());
                async move { pass(&app, &tx, &passed, now).await }
            });
            told.await.map_err(|error: DbError| Error::Db(error))?;
            count += 1;
        }
    }
}

/// Tells the investigators that a term is over with which nobody is late, so that they go on.
async fn pass(app: &App, tx: &Tx, passed: &Passed, now: Moment) -> Result<(), DbError> {
    let held = &passed.held;
    let next = passing(&held.case, passed.at, &app.law());
    if !store::pass_on(tx, held.case.id, passed.at, next.as_ref()).await? {
        return Ok(());
    }
    let more = named(app, &passed.term, passed.at);
    for one in &held.case.investigators {
        let once = format!("penalty-passed-{}-{}-{}", held.case.id, passed.term, passed.at.0);
        crate::notices::store::send(tx, &notice(held, *one, "penalty-passed", more.clone(), once), now).await?;
    }
    Ok(())
}

/// A term's name in both languages, and its last day.
fn named(app: &App, term: &str, at: Moment) -> Vec<(&'static str, String)> {
    let last = app.calendar.date_of(at.plus(-1));
    let name = app.statutes.terms.on(term, last).ok();
    vec![
        ("term", name.map(|term| term.zh.clone()).unwrap_or_default()),
        ("term-en", name.map(|term| term.en.clone()).unwrap_or_default()),
        ("day", last.to_string()),
    ]
}

async fn warn(app: &App, tx: &Tx, ending: &Ending, now: Moment) -> Result<(), DbError> {
    let held = &ending.held;
    let Some((term, at)) = &held.due else { return Ok(()) };
    if !store::told(tx, held.case.id, *at, ending.is_over).await? {
        return Ok(());
    }
    let more = named(app, term, *at);
    let mut to = those_waited_for(tx, held, &app.law()).await?;
    to.extend(&held.case.investigators);
    if held.unit.is_some() {
        to.extend(of_post(tx, Post::UnitLeader, held.unit).await?);
    }
    let kind = if ending.is_over { "penalty-over" } else { "penalty-near" };
    for one in to {
        let once = format!("{kind}-{}-{}", held.case.id, at.0);
        crate::notices::store::send(tx, &notice(held, one, kind, more.clone(), once), now).await?;
    }
    Ok(())
}
