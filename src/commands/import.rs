//! `import`: the ground, its keepers, components, and reports of another system.

use super::{Outcome, Settings, rolls};
use crate::app::{App, City};
use crate::grid::import::read_layer;
use crate::grid::store::Saved;
use crate::grid::taking::{Content, Kind, Rules, Taken, take};
use crate::imports::import::{Found, Import, Part, State, Subject as Brought};
use crate::imports::store;
use crate::kit::clock::Clock;
use crate::kit::db::{Db, DbError};
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::kit::tables::Counted;
use crate::kit::words::Words;
use crate::rolls::roll::Subject;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Districts, streets and communities (GeoJSON, Shapefile or GeoPackage)
    Areas(Given),
    /// Unit grids (GeoJSON, Shapefile or GeoPackage)
    Grids(Given),
    /// Responsibility grids: code,name,unit_codes,keeper,team (CSV, GeoJSON, Shapefile or GeoPackage; keepers by login, teams by code;
    /// on a map the borders may say which unit grids)
    Keepers(Given),
    /// Components (points of a GeoJSON, Shapefile or GeoPackage)
    Components(Given),
    /// The tree of departments: code,name_zh,name_en,parent_code,kind,phone (CSV in any letters, an Excel workbook, or JSON)
    Departments(List),
    /// Staff: employee_number,login,name,post,department_code (CSV in any letters, an Excel workbook, or JSON). Whoever is new cannot
    /// sign in, and no post changes, before the security administrator releases the list in the pages
    Staff {
        #[command(flatten)]
        list: List,
        /// Make first passwords for whoever is new, into this new file (CSV) that only you can read
        #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
        passwords: Option<PathBuf>,
    },
    /// Reports of another system (CSV in any letters, an Excel workbook, or JSON); a row whose number is known is left alone
    Reports {
        /// The list
        file: PathBuf,
        /// Only say what would come of it
        #[arg(long)]
        dry_run: bool,
    },
}

/// A file and how to read it.
#[derive(Debug, Args)]
pub struct Given {
    /// The file
    file: PathBuf,
    /// The coordinate system of the file: wgs84, cgcs2000, gcj02 or bd09 [default: the city's own]
    #[arg(long, value_name = "SYSTEM")]
    coordinates: Option<String>,
    /// The layer of a GeoPackage, when it has several
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// Only say what would come of it
    #[arg(long)]
    dry_run: bool,
}

/// A list.
#[derive(Debug, Args)]
pub struct List {
    /// The list
    file: PathBuf,
    /// Only say what would come of each row
    #[arg(long)]
    dry_run: bool,
}

/// Imports, names everything bad with its line or id, and says what came of it.
pub(super) async fn import(settings: &Settings, what: ImportCommand) -> Outcome {
    match what {
        ImportCommand::Areas(given) => ground(settings, Kind::Areas, &given).await,
        ImportCommand::Grids(given) => ground(settings, Kind::Grids, &given).await,
        ImportCommand::Keepers(given) => ground(settings, Kind::Keepers, &given).await,
        ImportCommand::Components(given) => ground(settings, Kind::Components, &given).await,
        ImportCommand::Reports { file, dry_run } => reports(settings, &file, dry_run).await,
        ImportCommand::Departments(list) => {
            rolls::list(settings, Subject::Departments, &list.file, list.dry_run, None).await
        }
        ImportCommand::Staff { list, passwords } => {
            rolls::list(settings, Subject::Staff, &list.file, list.dry_run, passwords.as_deref()).await
        }
    }
}

async fn ground(settings: &Settings, kind: Kind, given: &Given) -> Outcome {
    let sources = settings.sources()?;
    let words = Words::load(&sources).0;
    let say = |refusal: &Refusal| words.say("en", refusal.key, &refusal.args).unwrap_or_else(|| refusal.key.to_owned());
    let told = |error: Error| match error {
        Error::Refused(refusal) => say(&refusal),
        other => other.to_string(),
    };
    let city = City::of(&sources).map_err(told)?;
    let rules = Rules::of_city(&city.rest, given.coordinates.as_deref()).map_err(|refusal| say(&refusal))?;
    let file = given.file.display();
    let content = match kind {
        Kind::Keepers if given.file.extension().is_none_or(|ending| ending == "csv" || ending == "txt") => {
            let bytes = std::fs::read(&given.file).map_err(|error| format!("{file}: {error}"))?;
            Content::of_bytes(kind, bytes).map_err(|refusal| say(&refusal))?
        }
        _ => Content::Features(
            read_layer(&given.file, given.layer.as_deref().unwrap_or_default()).map_err(|refusal| say(&refusal))?,
        ),
    };
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let bar = indicatif::ProgressBar::new(0);
    let progress = |kept: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(kept as u64);
    };
    let taken = take(&db, &rules, kind, content, Clock::system().now(), given.dry_run, progress).await;
    bar.finish_and_clear();
    let taken = taken.map_err(told)?;
    if !given.dry_run {
        let subject = Brought::ALL.iter().copied().find(|subject| subject.ground() == Some(kind));
        let coordinates = given.coordinates.clone().unwrap_or_default();
        let layer = given.layer.clone().unwrap_or_default();
        noted(&db, subject, &given.file, [coordinates, layer], Found::of_ground(&taken)).await?;
    }
    let Taken { good, saved, repaired, refused, findings } = taken;
    for (id, refusal) in &refused {
        eprintln!("{file}:{id}: {}", say(refusal));
    }
    for (id, repairs) in &repaired {
        let done: Vec<String> = repairs.iter().filter_map(|key| words.say("en", key, &[])).collect();
        eprintln!("{file}:{id}: repaired: {}", done.join("; "));
    }
    for finding in &findings {
        let args = [
            ("area", finding.area_code.clone()),
            ("codes", finding.codes.join(", ")),
            ("square-metres", format!("{:.0}", finding.square_metres)),
        ];
        let sentence = words.say("en", finding.fault.key(), &args).unwrap_or_default();
        eprintln!("{sentence} Near {:.6}, {:.6}.", finding.at.lon, finding.at.lat);
    }
    let would = if given.dry_run { "would be " } else { "" };
    let Saved { begun, changed, unchanged } = saved;
    crate::out!(
        "{begun} {would}added, {changed} {would}changed, {unchanged} as before; {} repaired, {} refused",
        repaired.len(),
        refused.len()
    );
    if matches!(kind, Kind::Areas | Kind::Grids) {
        crate::out!("{} gaps, overlaps or overhangs of the division", findings.len());
    }
    if good == 0 { Err(format!("{file}: nothing could be taken over")) } else { Ok(()) }
}

async fn reports(settings: &Settings, file: &std::path::Path, dry_run: bool) -> Outcome {
    let opened = std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let sources = settings.sources()?;
    let db = settings.ready(&sources).await?;
    let files = settings.files.as_deref().unwrap_or("var/files");
    let app = App::new(db, Clock::system(), sources, files).await.map_err(|error| super::told(&error))?;
    let length = opened.metadata().map_or(0, |known| known.len());
    let bar = indicatif::ProgressBar::new(length);
    let style = "{elapsed_precise} [{wide_bar}] {bytes}/{total_bytes}, {msg}; {eta}";
    if let Ok(style) = indicatif::ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let counted = Counted::of(opened);
    let read = counted.read();
    let progress = |rows: usize| {
        bar.set_position(read.load(Ordering::Relaxed));
        bar.set_message(format!("{rows} rows"));
    };
    let came = crate::reports::commands::import(&app, counted, dry_run, progress).await;
    bar.finish_and_clear();
    let came = came.map_err(|error| match error {
        Error::Refused(refusal) => format!("{}: {}", file.display(), app.pages.say("en", refusal.key, &refusal.args)),
        other => other.to_string(),
    })?;
    for (line, refusal) in &came.bad {
        eprintln!("{}:{line}: {}", file.display(), app.pages.say("en", refusal.key, &refusal.args));
    }
    if came.refused > came.bad.len() {
        eprintln!("{}: and {} more rows", file.display(), came.refused - came.bad.len());
    }
    let (added, known, outside, bad) = (came.added, came.known, came.outside, came.refused);
    crate::out!("{added} added, {known} known before, {bad} bad; {outside} of the good ones lie outside the city");
    if dry_run {
        return Ok(());
    }
    noted(&app.db, Some(Brought::Reports), file, Default::default(), Found::of_reports(&came)).await
}

/// Puts the import on record, by which a program that serves meanwhile learns of it.
async fn noted(db: &Db, subject: Option<Brought>, file: &Path, read: [String; 2], found: Found) -> Outcome {
    let [coordinates, layer] = read;
    let Some(subject) = subject.filter(|_| found.good > 0) else { return Ok(()) };
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::metadata(file).map_or(0, |known| usize::try_from(known.len()).unwrap_or(usize::MAX));
    let now = Clock::system().now();
    let import = Import {
        id: id::fresh(),
        subject,
        coordinates,
        layer,
        files: vec![Part { name, digest: String::new(), bytes }],
        state: State::Kept,
        found,
        author: None,
        brought_at: now,
        decider: None,
        decided_at: Some(now),
        revision: 1,
    };
    let noted = db.write(move |tx| async move {
        store::add(&tx, &import).await?;
        store::record(&tx, &import, now).await
    });
    noted.await.map_err(|error: DbError| error.to_string())
}
