//! 督办: an arrival that is overdue becomes an order on the whistle's case.

use super::store;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;

/// Puts an order on a running case, which must be answered; `by` none: by the program itself.
///
/// # Errors
/// When the database fails.
pub async fn order_supervision(
    tx: &Tx,
    case: Id,
    words: String,
    by: Option<Id>,
    answer_by: Moment,
    now: Moment,
) -> Result<(), Error> {
    store::tell_case(tx, case, "whistle_arrival_overdue", by, now, &words).await?;
    for leader in store::people_of(tx, &[Post::ShiftLeader, Post::Leader]).await? {
        let notice = Notice {
            to: leader,
            kind: "whistle-supervised",
            args: vec![("words", words.clone())],
            link: format!("/cases/{case}"),
            urgency: Urgency::Ordinary,
            once: format!("whistle-supervised-{case}-{}", answer_by.0),
        };
        crate::notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}
