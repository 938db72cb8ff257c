//! The security administrators hear that a list waits for them.

use super::roll::Roll;
use crate::cases::store::accounts;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;

/// Tells them, when something of a kept list waits for its release.
///
/// # Errors
/// When the database fails.
pub async fn waits(tx: &Tx, roll: &Roll, now: Moment) -> Result<(), DbError> {
    if !roll.waits_for_release() {
        return Ok(());
    }
    let counts = &roll.found.counts;
    let leaving = if roll.is_leave_asked { counts.leaving } else { 0 };
    for to in accounts(tx, Post::SecurityAdmin, None).await? {
        let notice = Notice {
            to,
            kind: "rolls-waits",
            args: vec![
                ("name", roll.name.clone()),
                ("new", counts.new.to_string()),
                ("posts", counts.posts.to_string()),
                ("leaving", leaving.to_string()),
            ],
            link: format!("/admin/rolls/{}", roll.id),
            urgency: Urgency::Ordinary,
            once: format!("rolls-waits-{}", roll.id),
        };
        notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}
