//! The files of each day: every night all public cases are written, a file a month and format, compressed. A month in which nothing changed
//! since makes the same bytes, which are kept once.

use super::serving::page_of;
use super::store::{self, File, SHELF};
use super::table::columns;
use super::writing::{Around, Format, begin, end, row};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::words::LANGUAGES;
use crate::open311::filter::Listing;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

/// How often it is looked whether a day's files are missing.
const LOOK: Duration = Duration::from_secs(600);
/// The files of a day are written from this hour on, by the city's clock.
const HOUR: i8 = 3;
/// The formats of a day's files.
const FORMATS: [(&str, Format); 2] = [("csv", Format::Csv), ("geojson", Format::GeoJson)];

/// Writes each day's files for as long as the program runs.
pub async fn work(app: App) {
    loop {
        tokio::time::sleep(LOOK).await;
        let now = app.clock.now().zoned(&app.city.zone());
        if now.hour() >= HOUR
            && let Err(error) = write(&app).await
        {
            tracing::error!(%error, "the day's open data could not be written");
        }
    }
}

/// Writes the files of today, unless they are there, and forgets what is older than the city keeps. Answers how many were written.
///
/// # Errors
/// When the store or the database fails.
pub async fn write(app: &App) -> Result<usize, Error> {
    if !app.opendata.settings.is_open {
        return Ok(0);
    }
    let (now, zone) = (app.clock.now(), app.city.zone());
    let today = now.zoned(&zone).date();
    let read =
        app.db.read(|tx| async move { Ok::<_, DbError>((store::files(&tx).await?, store::first_report(&tx).await?)) });
    let (known, first) = read.await?;
    let day = today.to_string();
    if known.iter().any(|file| file.day == day) {
        return Ok(0);
    }
    let Some(first) = first else { return Ok(0) };
    // The newest set, for months of which nothing was told since.
    let last_day = known.first().map(|file| file.day.clone());
    let last: BTreeMap<String, File> = known
        .into_iter()
        .filter(|file| Some(&file.day) == last_day.as_ref())
        .map(|file| (file.name.clone(), file))
        .collect();
    let since = last.values().map(|file| file.made_at).min();
    let changed = match since {
        Some(since) => Some(changed_months(app, since, now).await?),
        None => None,
    };
    let mut files = Vec::new();
    let mut month = first.zoned(&zone).date().first_of_month();
    while month <= today {
        let is_same = changed.as_ref().is_some_and(|changed| !changed.contains(&month));
        for (ending, format) in FORMATS {
            let name = format!("cases-{:04}-{:02}.{ending}.gz", month.year(), month.month());
            match last.get(&name).filter(|_| is_same) {
                Some(file) => files.push(File { day: day.clone(), made_at: now, ..file.clone() }),
                None => files.push(month_file(app, month, &name, format, &day, now).await?),
            }
        }
        let Ok(next) = month.checked_add(jiff::Span::new().months(1)) else { break };
        month = next;
    }
    let count = files.len();
    let oldest = today.checked_sub(jiff::Span::new().days(app.opendata.settings.kept_days));
    let oldest = oldest.map(|day| day.to_string()).unwrap_or_default();
    let kept = app.db.write(move |tx| async move {
        store::keep(&tx, &files).await?;
        store::forget(&tx, &oldest).await
    });
    for digest in kept.await.map_err(|error: DbError| Error::Db(error))? {
        app.blobs.delete(SHELF, &digest).await?;
    }
    Ok(count)
}

/// The months of the reports about which everybody was told something since, or which came in since.
async fn changed_months(app: &App, since: Moment, now: Moment) -> Result<BTreeSet<Date>, Error> {
    let zone = app.city.zone();
    // What was being written when the last files were made may have been missed there.
    let since = since.plus(-3_600_000);
    let found = app.db.read(move |tx| async move { store::touched(&tx, since, now).await }).await;
    let found = found.map_err(|error: DbError| Error::Db(error))?;
    Ok(found.into_iter().map(|at| at.zoned(&zone).date().first_of_month()).collect())
}

/// The file of a month: compressed while it is written, so that only what is compressed is held.
async fn month_file(app: &App, month: Date, name: &str, format: Format, day: &str, now: Moment) -> Result<File, Error> {
    let zone = app.city.zone();
    let broken = |error: &dyn std::fmt::Display| Error::Internal(format!("{name}: {error}"));
    let begin_of = |day: Date| day.to_zoned_datetime(zone.clone()).map(|zoned| Moment::from(&zoned));
    let next = month.checked_add(jiff::Span::new().months(1)).map_err(|error| broken(&error))?;
    let from = begin_of(month).map_err(|error| broken(&error))?;
    let until = begin_of(next).map_err(|error| broken(&error))?.plus(-1);
    let mut wanted = Listing { from, until: until.min(now), ..Listing::all(now) };
    let (columns, around) = (columns(), Around::default());
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(begin(format, &columns, &around).as_bytes()).map_err(|error| broken(&error))?;
    let mut count = 0;
    loop {
        let (rows, has_more) = page_of(app, LANGUAGES[0], &mut wanted, usize::MAX).await?;
        let mut text = String::new();
        for one in &rows {
            row(&mut text, format, &columns, one, count == 0, &around);
            count += 1;
        }
        out.write_all(text.as_bytes()).map_err(|error| broken(&error))?;
        if !has_more {
            break;
        }
    }
    out.write_all(end(format).as_bytes()).map_err(|error| broken(&error))?;
    let bytes = out.finish().map_err(|error| broken(&error))?;
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let digest = app.blobs.put(SHELF, bytes).await?;
    Ok(File { day: day.to_owned(), name: name.to_owned(), digest, bytes: length, rows: count, made_at: now })
}
