//! Who must know: whoever's turn it is next, within the transaction of what happened.

use super::acting::Turn;
use super::chain::{Assessment, Building, Fact, Stage, Step};
use super::clocks::TermKind;
use super::store::Kept;
use crate::app::App;
use crate::enforcement::case::Law;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::notices::notice::{Notice, Urgency};
use crate::people;
use crate::people::act::Post;

/// Whose turn it is where a building stands; none while a term runs that nobody can shorten.
pub fn turn(building: &Building) -> Option<Turn> {
    match building.stage {
        Stage::Found | Stage::Filed | Stage::Decided => Some(Turn::Unit),
        Stage::Stopped => Some(Turn::Head),
        Stage::Assessed if building.assessment == Some(Assessment::Demolish) => Some(Turn::Unit),
        Stage::Assessed | Stage::Charged | Stage::Accepted => Some(Turn::Head),
        Stage::ChargedShort => Some(Turn::Unit),
        Stage::Ordered | Stage::OrderedShort | Stage::SelfDemolished | Stage::Demolished => Some(Turn::Unit),
        Stage::Notified | Stage::Served | Stage::Reminded | Stage::Announced => None,
        Stage::Closed | Stage::Penalised | Stage::Dismissed | Stage::Ended => None,
    }
}

/// Whose turn it is when a term has ended.
pub const fn turn_after(kind: TermKind, stage: Stage) -> Turn {
    match kind {
        TermKind::Announcement if matches!(stage, Stage::ChargedShort) => Turn::Head,
        TermKind::Review | TermKind::Suit | TermKind::SuitAfterReview if matches!(stage, Stage::Charged) => Turn::Head,
        TermKind::Statement | TermKind::HearingRequest | TermKind::Hearing | TermKind::Resumption => Turn::Head,
        TermKind::Stop
        | TermKind::SelfDemolition
        | TermKind::Reminder
        | TermKind::Announcement
        | TermKind::Review
        | TermKind::Suit
        | TermKind::SuitAfterReview => Turn::Unit,
    }
}

async fn people_of(tx: &Tx, turn: Turn, unit: Option<Id>) -> Result<Vec<Id>, DbError> {
    let posts: &[Post] = match turn {
        Turn::Unit => &[Post::EnforcementOfficer, Post::UnitLeader],
        Turn::Head => &[Post::Leader],
        Turn::Reviewer => &[Post::LegalReviewer],
    };
    let all = people::store::holding(tx, posts).await?;
    let own = all.iter().filter(|one| turn != Turn::Unit || (unit.is_some() && one.department == unit));
    Ok(own.map(|one| one.account).collect())
}

/// Tells of a new building: the unit that handles it. Works that go up are told at any hour when the city has a clock for them.
///
/// # Errors
/// When the database fails.
pub async fn tell_found(tx: &Tx, app: &App, kept: &Kept, now: Moment) -> Result<(), Error> {
    let is_pressing = kept.building.stop_by(&app.law()).is_some();
    let urgency = if is_pressing { Urgency::Urgent } else { Urgency::Ordinary };
    let to = people_of(tx, Turn::Unit, kept.department).await?;
    Ok(send(tx, kept, "building-found", &to, kept.author, ("", urgency), now).await?)
}

/// Tells whoever's turn it has become by a fact.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &Tx, law: &Law<'_>, kept: &Kept, before: Stage, fact: &Fact, now: Moment) -> Result<(), Error> {
    // An act that leaves the building where it stands makes it nobody's turn, except that what was heard is reviewed. What the
    // government has charged waits for the terms of review and suit, and whoever goes on then is told when they end.
    let waits = kept.building.stage == Stage::Charged
        && super::clocks::due(&kept.building, law).is_some_and(|(_, over_at)| over_at > now);
    let moved = turn(&kept.building).filter(|_| before != fact.stage && !waits);
    let turn = if fact.what == Step::HoldHearing { Some(Turn::Reviewer) } else { moved };
    let Some(turn) = turn else { return Ok(()) };
    let to = people_of(tx, turn, kept.department).await?;
    Ok(send(tx, kept, "building-turn", &to, fact.by, ("", Urgency::Ordinary), now).await?)
}

/// Tells that a term has ended.
///
/// # Errors
/// When the database fails.
pub async fn tell_over(tx: &Tx, kept: &Kept, kind: TermKind, now: Moment) -> Result<(), DbError> {
    let to = people_of(tx, turn_after(kind, kept.building.stage), kept.department).await?;
    let urgency = if kind == TermKind::Stop { Urgency::Urgent } else { Urgency::Ordinary };
    send(tx, kept, "building-term", &to, None, (kind.word(), urgency), now).await
}

async fn send(
    tx: &Tx,
    kept: &Kept,
    kind: &'static str,
    to: &[Id],
    by: Option<Id>,
    (term, urgency): (&'static str, Urgency),
    now: Moment,
) -> Result<(), DbError> {
    let building = &kept.building;
    for person in to.iter().filter(|person| Some(**person) != by) {
        let notice = Notice {
            to: *person,
            kind,
            args: vec![
                ("number", kept.number.clone()),
                ("place", building.particulars.address.clone()),
                ("stage", building.stage.word().to_owned()),
                ("kind", building.particulars.kind.word().to_owned()),
                ("term", term.to_owned()),
            ],
            link: format!("/buildings/{}", building.id),
            urgency,
            once: format!("{kind}-{}-{}-{term}", building.id, building.revision),
        };
        crate::notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}
