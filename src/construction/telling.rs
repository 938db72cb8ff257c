//! Who must know: whoever's turn it is next, within the transaction of what happened.

use super::acting::Turn;
use super::chain::{Assessment, Building, Fact, Stage};
use super::clocks::TermKind;
use super::store::Kept;
use crate::app::App;
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
        Stage::Assessed | Stage::Charged | Stage::ChargedShort | Stage::Accepted => Some(Turn::Head),
        Stage::Ordered | Stage::OrderedShort | Stage::SelfDemolished | Stage::Demolished => Some(Turn::Unit),
        Stage::Notified | Stage::Served | Stage::Reminded | Stage::Announced => None,
        Stage::Closed | Stage::Penalised | Stage::Dismissed | Stage::Ended => None,
    }
}

/// Whose turn it is when a term has ended.
pub const fn turn_after(kind: TermKind) -> Turn {
    match kind {
        TermKind::Statement | TermKind::HearingRequest | TermKind::Hearing | TermKind::Resumption => Turn::Head,
        TermKind::Stop
        | TermKind::SelfDemolition
        | TermKind::Reminder
        | TermKind::Announcement
        | TermKind::Review
        | TermKind::Suit => Turn::Unit,
    }
}

async fn people_of(tx: &Tx, turn: Turn, unit: Option<Id>) -> Result<Vec<Id>, DbError> {
    let posts: &[Post] = match turn {
        Turn::Unit => &[Post::EnforcementOfficer, Post::UnitLeader],
        Turn::Head => &[Post::Leader],
    };
    let all = people::store::holding(tx, posts).await?;
    let own = all.iter().filter(|one| turn == Turn::Head || (unit.is_some() && one.department == unit));
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
pub async fn tell(tx: &Tx, kept: &Kept, before: Stage, fact: &Fact, now: Moment) -> Result<(), Error> {
    // An act that leaves the building where it stands makes it nobody's turn.
    let Some(turn) = turn(&kept.building).filter(|_| before != fact.stage) else { return Ok(()) };
    let to = people_of(tx, turn, kept.department).await?;
    Ok(send(tx, kept, "building-turn", &to, fact.by, ("", Urgency::Ordinary), now).await?)
}

/// Tells that a term has ended.
///
/// # Errors
/// When the database fails.
pub async fn tell_over(tx: &Tx, kept: &Kept, kind: TermKind, now: Moment) -> Result<(), DbError> {
    let to = people_of(tx, turn_after(kind), kept.department).await?;
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
