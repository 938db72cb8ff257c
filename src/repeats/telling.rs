//! Who must know: notices to people, within the transaction of what happened.

use super::month::Month;
use super::repeat::{Happened, Repeat, When};
use crate::cases;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;

/// Tells of something that happened to a repeat. Nobody is woken: a matter of weeks waits for the morning.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &Tx, repeat: &Repeat, what: Happened, when: When, author: Option<Id>) -> Result<(), DbError> {
    let responsible = repeat.charge.map(|charge| charge.department);
    let (kind, is_for_desk) = match what {
        Happened::Decided => ("repeat-decided", false),
        Happened::Reminded => ("repeat-near", false),
        Happened::Overdue => ("repeat-late", true),
        Happened::Returned => ("repeat-returned", true),
        Happened::Finished => ("repeat-finished", true),
        _ => return Ok(()),
    };
    let mut to = Vec::new();
    if let Some(department) = responsible.filter(|_| what != Happened::Finished) {
        to.extend(cases::store::accounts(tx, Post::DepartmentDesk, Some(department)).await?);
    }
    if is_for_desk {
        to.extend(cases::store::accounts(tx, Post::ShiftLeader, None).await?);
    }
    let due = repeat.charge.map(|charge| charge.due_on.to_string()).unwrap_or_default();
    for person in to {
        // Nobody is told what they did themselves.
        if Some(person) == author {
            continue;
        }
        let notice = Notice {
            to: person,
            kind,
            args: vec![
                ("number", repeat.number.clone()),
                ("title", repeat.title.clone()),
                ("due", due.clone()),
                ("count", repeat.count.to_string()),
            ],
            link: format!("/repeats/{}", repeat.id),
            urgency: Urgency::Ordinary,
            once: format!("{kind}-{}-{}", repeat.id, repeat.revision),
        };
        notices::store::send(tx, &notice, when.at).await?;
    }
    Ok(())
}

/// Tells those who hold the meeting that a month's list is ready. A month without repetitions tells nobody.
///
/// # Errors
/// When the database fails.
pub async fn list_is_ready(tx: &Tx, month: Month, items: i64, when: When) -> Result<(), DbError> {
    if items == 0 {
        return Ok(());
    }
    let mut to = cases::store::accounts(tx, Post::ShiftLeader, None).await?;
    to.extend(cases::store::accounts(tx, Post::Leader, None).await?);
    for person in to {
        let notice = Notice {
            to: person,
            kind: "repeat-list",
            args: vec![("month", month.to_string()), ("count", items.to_string())],
            link: format!("/repeats/months/{month}"),
            urgency: Urgency::Ordinary,
            once: format!("repeat-list-{month}"),
        };
        notices::store::send(tx, &notice, when.at).await?;
    }
    Ok(())
}
