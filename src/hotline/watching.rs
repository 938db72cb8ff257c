//! The hotline's own answer-by times: whoever works on an order is told before one is over, and once it is.

use super::store::{self, Pressing};
use crate::app::App;
use crate::cases::store::accounts;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;
use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(60);

/// Looks for as long as the program runs.
pub async fn watch(app: App) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "the answer-by times of hotlines could not be looked at");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Tells of everything that is near or over since the last look. Answers of how much.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let near = now.plus(app.hotline.warn_hours * 3_600_000);
    let pressing = app.db.read(move |tx| async move { Ok::<_, Error>(store::pressing(&tx, near, now).await?) }).await?;
    let mut count = 0;
    for one in pressing {
        let by = one.due_at.zoned(&app.city.zone()).strftime("%Y-%m-%d %H:%M").to_string();
        let told: Result<bool, DbError> = app
            .db
            .write(move |tx| {
                let (one, by) = (one.clone(), by.clone());
                async move {
                    let is_over = one.due_at <= now;
                    if !store::note_told(&tx, one.report, one.told, if is_over { 2 } else { 1 }).await? {
                        return Ok(false);
                    }
                    tell(&tx, &one, is_over, by, now).await?;
                    Ok(true)
                }
            })
            .await;
        count += usize::from(told?);
    }
    Ok(count)
}

async fn tell(tx: &Tx, one: &Pressing, is_over: bool, by: String, now: Moment) -> Result<(), DbError> {
    let kind = if is_over { "hotline-late" } else { "hotline-near" };
    let mut to = accounts(tx, Post::ShiftLeader, None).await?;
    to.extend(accounts(tx, Post::Acceptor, None).await?);
    if one.department.is_some() {
        to.extend(accounts(tx, Post::DepartmentDesk, one.department).await?);
    }
    let link = one.case.map_or_else(|| "/hotline".to_owned(), |case| format!("/cases/{case}"));
    for person in to {
        let notice = Notice {
            to: person,
            kind,
            args: vec![("number", one.number.clone()), ("title", one.title.clone()), ("by", by.clone())],
            link: link.clone(),
            urgency: Urgency::Ordinary,
            once: format!("{kind}-{}-{}", one.report, one.due_at.0),
        };
        notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}
