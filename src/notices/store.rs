//! The room's tables.

use super::notice::Notice;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx, params};
use crate::kit::id;

/// Puts a notice into the outbox, within the transaction of what it is about. The same notice again is nothing.
///
/// # Errors
/// When the database fails.
pub async fn send(tx: &Tx, notice: &Notice, now: Moment) -> Result<(), DbError> {
    let args: serde_json::Map<String, serde_json::Value> =
        notice.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
    tx.execute(
        "insert into notices (id, account_id, kind, args, link, urgency, once, sent_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (account_id, once) do nothing",
        params![
            id::fresh(),
            notice.to,
            notice.kind,
            serde_json::Value::Object(args).to_string(),
            &notice.link,
            notice.urgency.word(),
            &notice.once,
            now
        ],
    )
    .await?;
    Ok(())
}
