//! Files that no row knows (a crash between keeping and committing, copies that were made anew) are swept away, and whatever a
//! row knows is looked for. Nothing is thrown away at once: an orphan is laid aside first and put back when a row knows it
//! after all.

use super::blobs::{Aside, Blobs, Found};
use super::store;
use crate::app::App;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::{Db, DbError};
use crate::kit::error::Error;
use futures_util::StreamExt;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashSet};
use std::pin::pin;
use std::time::Duration;

/// So many files are asked about at a time.
const PAGE: usize = 400;
const DAY: i64 = 86_400_000;

/// A shelf of the store with the columns that hold the digests of what lies on it.
#[derive(Debug, Clone, Copy)]
pub struct Shelf {
    /// Its name.
    pub name: &'static str,
    /// Tables and their columns.
    pub kept_by: &'static [(&'static str, &'static [&'static str])],
}

/// Every shelf that is swept. A room that puts files on one of these shelves and keeps their digests in a table of its own
/// must name its column here, or they are taken for orphans. Files of imports, and those that went to superiors, lie on shelves that are not swept.
pub const SHELVES: [Shelf; 6] = [
    Shelf { name: "original", kept_by: &[("photos", &["original_digest"])] },
    Shelf { name: "public", kept_by: &[("photos", &["large_digest", "small_digest"])] },
    Shelf { name: super::blacking::PLAIN, kept_by: &[("photos", &["plain_digest"])] },
    Shelf { name: "document", kept_by: &[("documents", &["digest"])] },
    Shelf { name: "paper", kept_by: &[("papers", &["digest"])] },
    Shelf {
        name: super::waiting::SHELF,
        kept_by: &[("waiting_photos", &["original_digest", "large_digest", "small_digest"])],
    },
];

/// What came of a sweep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that were looked at.
    pub files: u64,
    /// Orphans that were laid aside, or would be.
    pub orphans: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What was put back because a row knows it after all.
    pub put_back: u64,
    /// What had lain aside long enough and was thrown away, or would be.
    pub thrown_away: u64,
}

/// Where is swept, and what counts as old.
#[derive(Clone)]
pub struct Sweeper {
    /// The rows.
    pub db: Db,
    /// The files.
    pub blobs: Blobs,
    /// After how many days a file that no row knows is an orphan, and may be thrown away.
    pub orphan_days: i64,
    /// The moment, by the clock of the machine: files bear its moments.
    pub now: Moment,
}

impl Sweeper {
    fn today(&self) -> Date {
        self.now.zoned(&jiff::tz::TimeZone::UTC).date()
    }

    /// Sweeps every shelf; `each` hears of every orphan by its shelf and digest. With `is_dry` nothing is changed.
    ///
    /// # Errors
    /// When the database or the store fails.
    pub async fn sweep(&self, is_dry: bool, mut each: impl FnMut(&str, &str)) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        if !is_dry {
            self.look_aside(&mut swept, false).await?;
        }
        for shelf in &SHELVES {
            let mut pages = pin!(self.blobs.list(shelf.name).chunks(PAGE));
            while let Some(page) = pages.next().await {
                let page = page.into_iter().collect::<Result<Vec<Found>, Error>>()?;
                swept.files += page.len() as u64;
                for found in self.orphans(shelf, page).await? {
                    each(shelf.name, &found.digest);
                    if is_dry || self.lay_aside(shelf, &found).await? {
                        swept.orphans += 1;
                        swept.bytes += found.bytes;
                    }
                }
            }
        }
        if is_dry {
            self.look_aside(&mut swept, true).await?;
        }
        Ok(swept)
    }

    /// The old files of a page that no row knows.
    async fn orphans(&self, shelf: &Shelf, page: Vec<Found>) -> Result<Vec<Found>, Error> {
        let before = self.now.plus(-self.orphan_days.max(1) * DAY);
        let old: Vec<Found> = page.into_iter().filter(|found| found.at < before).collect();
        let known = self.known(shelf, old.iter().map(|found| found.digest.clone()).collect()).await?;
        Ok(old.into_iter().filter(|found| !known.contains(&found.digest)).collect())
    }

    async fn known(&self, shelf: &Shelf, digests: Vec<String>) -> Result<HashSet<String>, Error> {
        let kept_by = shelf.kept_by;
        self.db
            .read(move |tx| async move {
                let mut known = HashSet::new();
                for (table, columns) in kept_by {
                    for column in *columns {
                        known.extend(store::known(&tx, table, column, &digests).await?);
                    }
                }
                Ok::<_, DbError>(known)
            })
            .await
            .map_err(Error::Db)
    }

    /// Lays an orphan aside, unless it was written anew meanwhile or a row has come to know it.
    async fn lay_aside(&self, shelf: &Shelf, found: &Found) -> Result<bool, Error> {
        // Stores tell the same moment to the millisecond in lists and to the second of a single file.
        let second = |file: &Found| file.at.0.div_euclid(1000);
        if self.blobs.find(shelf.name, &found.digest).await?.is_none_or(|now| second(&now) != second(found)) {
            return Ok(false);
        }
        let aside = Aside { day: self.today().to_string(), kind: shelf.name.to_owned(), digest: found.digest.clone() };
        self.blobs.set_aside(&aside).await?;
        if self.known(shelf, vec![found.digest.clone()]).await?.is_empty() {
            return Ok(true);
        }
        self.blobs.put_back(&aside).await?;
        Ok(false)
    }

    /// Puts back what a row knows after all, and throws away what has lain aside long enough.
    async fn look_aside(&self, swept: &mut Swept, is_dry: bool) -> Result<(), Error> {
        let before = self.today().saturating_sub(jiff::Span::new().days(self.orphan_days.max(1)));
        let mut pages = pin!(self.blobs.aside().chunks(PAGE));
        while let Some(page) = pages.next().await {
            let mut by_shelf: BTreeMap<String, Vec<Aside>> = BTreeMap::new();
            for file in page {
                let file = file?;
                by_shelf.entry(file.kind.clone()).or_default().push(file);
            }
            for (name, files) in by_shelf {
                // What lies aside from a shelf that is no longer swept is left alone.
                let Some(shelf) = SHELVES.iter().find(|shelf| shelf.name == name) else { continue };
                let known = self.known(shelf, files.iter().map(|file| file.digest.clone()).collect()).await?;
                for file in files {
                    let is_old = file.day.parse::<Date>().is_ok_and(|day| day <= before);
                    match (known.contains(&file.digest), is_old) {
                        (true, _) => {
                            swept.put_back += 1;
                            if !is_dry {
                                self.blobs.put_back(&file).await?;
                            }
                        }
                        (false, true) => {
                            swept.thrown_away += 1;
                            if !is_dry {
                                self.blobs.forget(&file).await?;
                            }
                        }
                        (false, false) => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads every file that a row knows and compares it with its digest, or `percent` in a hundred of them, others every day;
    /// `each` hears of each that is `missing` or `altered`: the shelf, the digest, and the table and row that want it.
    ///
    /// # Errors
    /// When the database fails, or the store fails otherwise.
    pub async fn check(&self, percent: u32, mut each: impl FnMut(&str, &str, &str, &str)) -> Result<Checked, Error> {
        let day = u32::from(self.today().day().unsigned_abs());
        let is_drawn = |digest: &str| {
            let number = digest.get(..4).and_then(|text| u32::from_str_radix(text, 16).ok()).unwrap_or(0);
            (number + day * 37) % 100 < percent
        };
        let mut checked = Checked::default();
        for shelf in &SHELVES {
            for (table, columns) in shelf.kept_by {
                let mut after = String::new();
                loop {
                    let from = after.clone();
                    let rows = self
                        .db
                        .read(move |tx| async move { store::digests(&tx, table, columns, &from, PAGE).await })
                        .await
                        .map_err(Error::Db)?;
                    let Some((last, _)) = rows.last() else { break };
                    after.clone_from(last);
                    for (row, digests) in rows {
                        for digest in digests.into_iter().flatten().filter(|digest| is_drawn(digest)) {
                            checked.files += 1;
                            let wrong = match self.blobs.get(shelf.name, &digest).await {
                                Ok(_) => continue,
                                Err(Error::NotFound) => "missing",
                                Err(error) if super::blobs::is_altered(&error) => "altered",
                                Err(error) => return Err(error),
                            };
                            checked.wrong += 1;
                            each(wrong, shelf.name, &digest, &format!("{table} {row}"));
                        }
                    }
                }
            }
        }
        Ok(checked)
    }
}

/// What came of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Files that were read.
    pub files: u64,
    /// Those that are missing or altered.
    pub wrong: u64,
}

/// Sweeps every night for as long as the program runs.
pub async fn keep_sweeping(app: App) {
    loop {
        let zone = app.city.zone();
        let now = Clock::system().now();
        tokio::time::sleep(until(now, &zone, app.files.sweep_hour)).await;
        let sweeper = Sweeper {
            db: app.db.clone(),
            blobs: app.blobs.clone(),
            orphan_days: app.files.orphan_days,
            now: Clock::system().now(),
        };
        match sweeper.sweep(false, |_, _| {}).await {
            Ok(Swept { orphans: 0, put_back: 0, thrown_away: 0, .. }) => {}
            Ok(swept) => tracing::info!(?swept, "files that no row knows are swept aside"),
            Err(error) => tracing::warn!(%error, "the store of files could not be swept"),
        }
    }
}

/// How long it is until this hour of a day; never less than a minute.
pub fn until(now: Moment, zone: &jiff::tz::TimeZone, hour: i8) -> Duration {
    let here = now.zoned(zone);
    let next = [0, 1].into_iter().find_map(|days| {
        let day = here.date().checked_add(jiff::Span::new().days(days)).ok()?;
        let at = zone.to_timestamp(day.at(hour, 0, 0, 0)).ok()?.as_millisecond();
        u64::try_from(at - now.0).ok().filter(|left| *left >= 60_000)
    });
    Duration::from_millis(next.unwrap_or(DAY.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_comes_once_a_day() {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        for (now, hours) in
            [("2026-03-01T01:00:00+08:00", 2), ("2026-03-01T03:00:00+08:00", 24), ("2026-03-01T04:00:00+08:00", 23)]
        {
            let now = Moment(now.parse::<jiff::Timestamp>().unwrap().as_millisecond());
            assert_eq!(until(now, &zone, 3), Duration::from_secs(hours * 3600), "{now:?}");
        }
    }

    /// Columns whose names say that they hold a digest, and that hold another one than that of a file on a swept shelf.
    const OTHERS: [(&str, &str); 10] = [
        ("bank_files", "digest"),
        ("evaluation_runs", "digest"),
        ("evaluation_months", "digest"),
        ("place_imports", "digest"),
        ("enterprise_imports", "digest"),
        ("hotline_files", "digest"),
        ("superior_files", "digest"),
        ("open_data_files", "digest"),
        ("recovery_codes", "digest"),
        ("api_requests", "digest"),
    ];

    #[test]
    fn every_column_of_digests_is_known_to_the_sweeper() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let mut table = String::new();
            for line in text.lines().map(str::trim) {
                let words: Vec<&str> = line.split_whitespace().collect();
                if let ["create", "table", name, ..] | ["alter", "table", name, ..] = words.as_slice() {
                    table = name.trim_end_matches("_anew").to_owned();
                }
                let column = match words.as_slice() {
                    ["alter", "table", _, "add", "column", name, ..] | [name, "text", ..] => *name,
                    _ => continue,
                };
                if column == "digest" || column.ends_with("_digest") {
                    found.push((table.clone(), column.to_owned()));
                }
            }
        }
        assert!(found.len() >= 8, "{found:?}");
        for (table, column) in found {
            let is_kept = SHELVES.iter().any(|shelf| {
                shelf.kept_by.iter().any(|(name, columns)| *name == table && columns.contains(&column.as_str()))
            });
            let is_other = OTHERS.contains(&(table.as_str(), column.as_str()));
            assert!(
                is_kept || is_other,
                "{table}.{column}: does it hold the digest of a file? Then name it in SHELVES"
            );
        }
    }
}
