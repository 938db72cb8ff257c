//! A few days of what goes up to the invented province, and what it answered: files in a folder beside the store of files.

use super::DAY;
use crate::app::App;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::superior::batch::{Batch, State, stem};
use crate::superior::running::round;
use crate::superior::settings::Way;
use crate::superior::{Known, store};
use jiff::ToSpan;
use std::time::{Duration, UNIX_EPOCH};

/// How many days there are, today apart.
const DAYS: i64 = 4;
const MINUTE: i64 = 60_000;

/// Lets the last days go up, each shortly after it ended; the province answers all but the last.
///
/// # Errors
/// When the database or the store fails.
pub async fn deliver(app: &App, now: Moment) -> Result<(), Error> {
    let zone = app.city.zone();
    let today = now.zoned(&zone).date();
    for known in &app.superior.all {
        let (key, first) = (known.superior.key.clone(), today.saturating_sub(DAYS.days()));
        let begun = app.db.write(move |tx| async move { store::begin(&tx, &key, first).await }).await;
        begun.map_err(|error: DbError| Error::Db(error))?;
    }
    let midnight = crate::evaluation::period::begin(today, &zone);
    for ago in (0..DAYS).rev() {
        let at = midnight.plus(-ago * DAY + 31 * MINUTE).min(now);
        app.clock.set(at);
        round(app).await?;
        for known in app.superior.all.iter().filter(|_| ago > 0) {
            let key = known.superior.key.clone();
            let front = app.db.read(move |tx| async move { store::front(&tx, &key).await }).await.map_err(Error::Db)?;
            if let Some(batch) = front.filter(|batch| batch.state == State::Delivered) {
                answer(known, &batch, ago == 2)?;
            }
        }
        app.clock.set(at.plus(2 * MINUTE).min(now));
        round(app).await?;
    }
    Ok(())
}

/// The province acknowledges a batch, with two rows that it does not take when `is_strict`.
fn answer(known: &Known, batch: &Batch, is_strict: bool) -> Result<(), Error> {
    let Way::Files { answers, .. } = &known.superior.way else { return Ok(()) };
    let stem = stem(&known.superior.division, batch.day, batch.revision);
    let text = match is_strict {
        true => format!(
            "file,row,id,reason\n{stem}-AJ-001.csv,1,,单元网格代码不在本省登记范围内\n{stem}-AJ-001.csv,2,,缺少立案时间\n"
        ),
        false => String::new(),
    };
    let failed = |error: std::io::Error| Error::Internal(format!("{}: {error}", answers.display()));
    let path = answers.join(format!("{stem}.ack"));
    std::fs::write(&path, text).map_err(failed)?;
    // It lies there for a minute already, so that nobody waits for it to be whole.
    let minute_ago = u64::try_from(Clock::system().now().0 - MINUTE).unwrap_or(0);
    let file = std::fs::File::options().append(true).open(&path).map_err(failed)?;
    file.set_modified(UNIX_EPOCH + Duration::from_millis(minute_ago)).map_err(failed)
}
