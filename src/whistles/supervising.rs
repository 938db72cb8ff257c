//! 督办: an arrival that is overdue becomes an order on the whistle's case.

use super::store;
use crate::app::App;
use crate::cases;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;

/// Puts an order on a running case, by the program itself; it must be answered, and whoever has the case is told. A case that
/// has ended is only told what happened.
///
/// # Errors
/// When the database fails.
pub async fn order_supervision(
    app: &App,
    tx: &Tx,
    case: Id,
    words: String,
    answer_by: Moment,
    now: Moment,
) -> Result<(), Error> {
    store::tell_case(tx, case, "whistle_arrival_overdue", None, now, &words).await?;
    match cases::supervising::order(app, tx, case, &words, None, answer_by, now).await {
        Ok(()) | Err(Error::Refused(_) | Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}
