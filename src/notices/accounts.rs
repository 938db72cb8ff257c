//! What people are told of their own accounts: that a second factor changed, that a provider's identity was tied.

use super::notice::{Notice, Urgency};
use super::store;
use crate::kit::db::{DbError, Tx};
use crate::people::identity::News;

/// Tells the owner of an account, within the transaction of what happened.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &Tx, news: &News) -> Result<(), DbError> {
    let notice = Notice {
        to: news.account,
        kind: news.kind,
        args: news.args.clone(),
        link: news.link.to_owned(),
        urgency: Urgency::Ordinary,
        once: format!("{}-{}", news.kind, news.at.0),
    };
    store::send(tx, &notice, news.at).await.map(drop)
}
