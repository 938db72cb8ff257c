//! What every act does around its rule: decide, save, record, tell.

use super::repeat::{Happened, Repeat, RepeatAct, When, carry_out};
use super::{store, telling};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;
use serde_json::Value;

/// A moment with its civil day in the city.
pub fn when(app: &App, at: Moment) -> When {
    When { at, on: at.zoned(&app.city.zone()).date() }
}

/// Does an act, keeps it with a fact, and tells whoever must know, within a transaction.
///
/// # Errors
/// A refusal of the rules; [`crate::kit::db::DbError::Stale`] when somebody was faster; when the database fails.
pub async fn apply(
    app: &App,
    tx: &Tx,
    repeat: Repeat,
    act: &RepeatAct,
    when: When,
    author: Option<Id>,
    body: Value,
) -> Result<Repeat, Error> {
    let terms = app.repeats.settings.terms(&repeat.rule, repeat.rule_version, when.on);
    let before = repeat.revision;
    let (after, what) = carry_out(repeat, act, when, terms)?;
    store::save(tx, &after, before).await?;
    if let Some(what) = what {
        store::record(tx, after.id, what, author, when.at, body).await?;
        if matches!(what, Happened::Decided) {
            store::settle_departments(tx, after.id, after.charge.map(|charge| charge.department)).await?;
        }
        telling::tell(tx, &after, what, when, author).await?;
    }
    Ok(after)
}
