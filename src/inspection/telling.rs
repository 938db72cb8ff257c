//! Who must know: whoever's turn it is next, within the transaction of what happened.

use super::check::{Alert, CheckStage};
use super::store::{Kept, Report};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::notices::notice::{Notice, Urgency};
use crate::people;
use crate::people::act::Post;

async fn of_post(tx: &Tx, post: Post, unit: Option<Id>) -> Result<Vec<Id>, DbError> {
    let all = people::store::holding(tx, &[post]).await?;
    Ok(all.into_iter().filter(|one| unit.is_none() || one.department == unit).map(|one| one.account).collect())
}

/// Tells whoever's turn it has become: the head of a plan, the officers of what the head decided, the helpers that they go along,
/// the unit's leader of what was finished.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &Tx, one: &Kept, before: Option<CheckStage>, by: Option<Id>, now: Moment) -> Result<(), DbError> {
    let check = &one.check;
    if before == Some(check.stage) {
        return Ok(());
    }
    let (kind, to) = match check.stage {
        CheckStage::Planned => ("inspection-planned", of_post(tx, Post::Leader, None).await?),
        CheckStage::Approved => ("inspection-approved", check.plan.officers.clone()),
        CheckStage::Refused => ("inspection-refused", check.plan.officers.clone()),
        CheckStage::Announced => {
            let mut all = check.plan.officers.clone();
            all.extend(&check.plan.helpers);
            ("inspection-announced", all)
        }
        // An emergency was entered: the head approves it within the hours.
        CheckStage::Entered if check.approved_at.is_none() => {
            ("inspection-urgent", of_post(tx, Post::Leader, None).await?)
        }
        CheckStage::Cancelled => ("inspection-cancelled", check.plan.officers.clone()),
        CheckStage::Finished => ("inspection-finished", of_post(tx, Post::UnitLeader, one.department).await?),
        CheckStage::Entered | CheckStage::Recorded => return Ok(()),
    };
    let urgency = if kind == "inspection-urgent" { Urgency::Urgent } else { Urgency::Ordinary };
    send(tx, one, kind, &to, by, urgency, now).await
}

/// Tells that something is over: an approval that did not come, a day on which nobody went, a term to put something right.
///
/// # Errors
/// When the database fails.
pub async fn tell_due(tx: &Tx, one: &Kept, what: Alert, now: Moment) -> Result<(), DbError> {
    let officers = one.check.plan.officers.clone();
    let (kind, to, urgency) = match what {
        Alert::Approval => ("inspection-overdue", of_post(tx, Post::Leader, None).await?, Urgency::Urgent),
        Alert::Missed => ("inspection-missed", officers, Urgency::Ordinary),
        Alert::Recheck => ("inspection-recheck", officers, Urgency::Ordinary),
    };
    send(tx, one, kind, &to, None, urgency, now).await
}

async fn send(
    tx: &Tx,
    one: &Kept,
    kind: &'static str,
    to: &[Id],
    by: Option<Id>,
    urgency: Urgency,
    now: Moment,
) -> Result<(), DbError> {
    let check = &one.check;
    for person in to.iter().filter(|person| Some(**person) != by) {
        let notice = Notice {
            to: *person,
            kind,
            args: vec![
                ("number", one.number.clone()),
                ("name", one.enterprise.clone()),
                ("day", check.plan.on.to_string()),
            ],
            link: format!("/inspections/{}", check.id),
            urgency,
            once: format!("{kind}-{}-{}", check.id, check.revision),
        };
        crate::notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}

/// Tells that somebody wanted to check an enterprise without being registered: the head and the legal reviewers.
///
/// # Errors
/// When the database fails.
pub async fn tell_report(tx: &Tx, one: &Report, now: Moment) -> Result<(), DbError> {
    let mut to = of_post(tx, Post::Leader, None).await?;
    to.extend(of_post(tx, Post::LegalReviewer, None).await?);
    for person in to {
        let notice = Notice {
            to: person,
            kind: "inspection-unregistered",
            args: vec![("name", one.enterprise.clone())],
            link: "/inspections/reports".to_owned(),
            urgency: Urgency::Ordinary,
            once: format!("inspection-unregistered-{}", one.id),
        };
        crate::notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}
