//! `places`: where something lies that people wrote – an address, a crossing, the name of an estate, or a sentence that holds
//! one of them – by a list of the city's places.

use super::learn::{in_file, put, read, sheet, working};
use super::{Outcome, Settings, sentence};
use crate::app::City;
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::grid::taking::Rules;
use crate::kit::clock::Clock;
use crate::kit::db::{Db, DbError};
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::kit::words::Words;
use crate::places::import::{Found, Import, State, Way};
use crate::places::taking::{Wish, take};
use crate::places::{keeping, store};
use clap::{Args, Subcommand};
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;
use understanding::places::gazetteer::{Gazetteer, Suggestion};
use understanding::places::place::Place;
use understanding::places::reading;

/// The columns that are added to a list.
const COLUMNS: [&str; 3] = ["lon", "lat", "score"];
/// What a file that is packed by gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// So many rows are found before the bar moves.
const ROWS_A_MOVE: usize = 256;

/// What can be asked about places.
#[derive(Debug, Subcommand)]
pub enum PlacesCommand {
    /// Find where a text says that something is, or each row of a table
    Locate(Locate),
    /// Take a list of places over into the city's gazetteer (CSV or GeoJSON); a program that serves meanwhile learns of it
    Import(Bring),
}

/// A list of places and what it does to the gazetteer.
#[derive(Debug, Args)]
pub struct Bring {
    /// CSV with the columns name, address, district, type, lon, lat, or GeoJSON; also packed by gzip
    file: PathBuf,
    /// The coordinate system, where the columns do not name one: wgs84, gcj02, bd09 or cgcs2000 [default: the city's own]
    #[arg(long, value_name = "SYSTEM")]
    system: Option<String>,
    /// The name of the list that it belongs to [default: the file's]
    #[arg(long, default_value = "", value_name = "NAME")]
    source: String,
    /// What is not in the file leaves the list
    #[arg(long)]
    replace: bool,
    /// Only say what would come of it
    #[arg(long)]
    dry_run: bool,
}

/// A text or a table of texts, and the places that are known.
#[derive(Debug, Args)]
pub struct Locate {
    /// An address, a crossing, a name, or a sentence that holds one; the suggestions are printed as JSON, the best first
    #[arg(required_unless_present = "file")]
    text: Option<String>,
    /// A table (CSV, UTF-8, the first line naming the columns); its rows are written back with lon, lat (WGS-84) and score,
    /// all three empty when nothing was found
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    file: Option<PathBuf>,
    /// The known places: CSV with the columns name, address, district, type, lon, lat, or GeoJSON; also packed by gzip. May
    /// be given several times [default: the city's own gazetteer]
    #[arg(long, value_name = "FILE")]
    places: Vec<PathBuf>,
    /// The coordinate system of known places whose columns do not name one: wgs84, gcj02, bd09 or cgcs2000
    #[arg(long, default_value = "wgs84", value_name = "SYSTEM")]
    system: String,
    /// The column of the table that says where; several are separated by commas and read one after the other
    #[arg(long, default_value = "address", value_name = "COLUMN")]
    column: String,
    /// Where the rows are written [default: the standard output]
    #[arg(long, requires = "file", value_name = "PATH")]
    output: Option<PathBuf>,
}

/// Runs one of the commands to its end.
pub(super) async fn places(settings: &Settings, command: PlacesCommand) -> Outcome {
    let locate = match command {
        PlacesCommand::Locate(locate) => locate,
        PlacesCommand::Import(bring) => return import(settings, &bring).await,
    };
    let system: CoordinateSystem = locate.system.parse().map_err(|refusal: Refusal| sentence(&refusal))?;
    match (&locate.text, &locate.file) {
        (Some(text), _) => located(text, &known(settings, &locate.places, system).await?),
        (None, Some(file)) => {
            // A table that cannot be read is said before the places are put in order.
            let rows = sheet(file)?;
            let columns = rows.text_columns(Some(&locate.column), "").map_err(|error| in_file(file, &error))?;
            let texts = rows.texts(&columns).map_err(|error| in_file(file, &error))?;
            let texts: Vec<String> = texts.iter().map(|fields| fields.join(" ")).collect();
            let gazetteer = known(settings, &locate.places, system).await?;
            let start = Instant::now();
            let answers = all_located(&gazetteer, &texts);
            let seconds = start.elapsed().as_secs_f64();
            let written = rows.with_columns(&COLUMNS, &answers).map_err(|error| in_file(file, &error))?;
            put(locate.output.as_deref(), &written)?;
            let found = answers.iter().filter(|[lon, ..]| !lon.is_empty()).count();
            eprintln!(
                "{found} of {} rows found in {seconds:.2} seconds, {:.0} a second",
                texts.len(),
                texts.len() as f64 / seconds.max(1e-9)
            );
            Ok(())
        }
        // Clap lets nobody come here.
        (None, None) => Err("a text or --file is needed".to_owned()),
    }
}

/// The places of the files, or the city's own.
async fn known(settings: &Settings, files: &[PathBuf], system: CoordinateSystem) -> Result<Gazetteer, String> {
    if !files.is_empty() {
        return gazetteer(files, system);
    }
    let none =
        "the city has no gazetteer yet: take one over by `steward places import FILE`, or name a list with --places";
    let db = settings.open().await?;
    db.migrate(settings.sources()?.migrations()).await.map_err(|error| error.to_string())?;
    let bar = working("putting the places in order");
    let made = keeping::of_database(&db).await;
    bar.finish_and_clear();
    let ready = made.map_err(|error| error.to_string())?.filter(|ready| ready.places > 0).ok_or(none)?;
    Ok(ready.gazetteer)
}

/// Takes a list over, names every row that cannot be used, and says what came of it.
async fn import(settings: &Settings, bring: &Bring) -> Outcome {
    let sources = settings.sources()?;
    let words = Words::load(&sources).0;
    let said = |key: &str, args: &[(&str, String)]| words.say("en", key, args).unwrap_or_else(|| key.to_owned());
    let file = bring.file.display();
    let told = |error: Error| match error {
        Error::Refused(refusal) => {
            let line = refusal.args.iter().find(|(name, _)| *name == "line").map(|(_, line)| format!(":{line}"));
            format!("{file}{}: {}", line.unwrap_or_default(), said(refusal.key, &refusal.args))
        }
        other => other.to_string(),
    };
    let city = City::of(&sources).map_err(told)?;
    let own = crate::places::settings::Settings::of_city(&city.rest).map_err(|why| format!("city.toml: {why}"))?;
    let rules = Rules::of_city(&city.rest, bring.system.as_deref()).map_err(|refusal| told(refusal.into()))?;
    let way = if bring.replace { Way::Replace } else { Way::Add };
    let name = bring.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let wish = Wish::of(&bring.source, way.word(), rules.system.as_str(), &name).map_err(|no| told(no.into()))?;
    let bytes = read(&bring.file)?;
    let size = bytes.len();
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let grid = db.read(|tx| async move { crate::grid::store::load_grid(&tx).await }).await;
    let grid = grid.map_err(|error: DbError| error.to_string())?;
    let bar = ProgressBar::new(0);
    let progress = |kept: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(kept as u64);
    };
    let now = Clock::system().now();
    let found = take(&db, grid.into(), &own, &wish, bytes.into(), now, bring.dry_run, progress).await;
    bar.finish_and_clear();
    let found = found.map_err(told)?;
    for note in &found.notes {
        let args: Vec<(&str, String)> = note.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        eprintln!("{file}:{}: {}", note.at, said(&note.key, &args));
    }
    let Found { begun, changed, unchanged, edited, gone, refused, twice, .. } = found;
    let would = if bring.dry_run { "would be " } else { "" };
    crate::out!(
        "{}: {begun} {would}added, {changed} {would}changed, {gone} {would}removed, {unchanged} as before, {edited} kept \
         as they were edited; {twice} twice in the file, {refused} refused",
        wish.source
    );
    if found.good == 0 {
        return Err(format!("{file}: nothing could be taken over"));
    }
    if bring.dry_run { Ok(()) } else { noted(&db, wish, name, size, found).await }
}

/// Puts the import on record.
async fn noted(db: &Db, wish: Wish, file_name: String, bytes: usize, found: Found) -> Outcome {
    let now = Clock::system().now();
    let import = Import {
        id: id::fresh(),
        source: wish.source,
        way: wish.way,
        coordinates: wish.system.as_str().to_owned(),
        file_name,
        digest: String::new(),
        bytes,
        state: State::Kept,
        found,
        author: None,
        brought_at: now,
        decider: None,
        decided_at: Some(now),
        revision: 1,
    };
    let noted = db.write(move |tx| {
        let import = import.clone();
        async move {
            store::add_import(&tx, &import).await?;
            store::record_import(&tx, &import, now).await
        }
    });
    noted.await.map_err(|error: DbError| error.to_string())
}

/// The places of all files, ready to be asked. Rows that are wrong are named on the standard error and left out.
fn gazetteer(files: &[PathBuf], system: CoordinateSystem) -> Result<Gazetteer, String> {
    let mut places: Vec<Place> = Vec::new();
    for file in files {
        let told = |wrong: &reading::Wrong| format!("{}: {wrong}", file.display());
        let found = reading::read(&unpacked(file)?, system.as_str(), &inward).map_err(|wrong| told(&wrong))?;
        for wrong in &found.wrong {
            eprintln!("{}", told(wrong));
        }
        places.extend(found.places);
    }
    if places.is_empty() {
        return Err("no place could be read".to_owned());
    }
    let bar = working("putting the places in order");
    let gazetteer = Gazetteer::new(&places);
    bar.finish_and_clear();
    Ok(gazetteer)
}

/// The bytes of a file, unpacked when they are packed by gzip.
fn unpacked(file: &Path) -> Result<Vec<u8>, String> {
    let bytes = read(file)?;
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes.as_slice())
        .read_to_end(&mut plain)
        .map_err(|error| format!("{}: cannot be unpacked: {error}", file.display()))?;
    Ok(plain)
}

/// To WGS-84 from a system by its name.
fn inward(system: &str, lon: f64, lat: f64) -> (f64, f64) {
    let named = CoordinateSystem::ALL.into_iter().find(|known| known.as_str() == system);
    let inside = named.unwrap_or_default().inward(Point { lon, lat });
    (inside.lon, inside.lat)
}

fn located(text: &str, gazetteer: &Gazetteer) -> Outcome {
    let found = gazetteer.locate(text);
    if found.is_empty() {
        eprintln!("nothing in it is known");
    }
    let lines: String = found.iter().map(|suggestion| format!("{}\n", as_json(suggestion))).collect();
    put(None, lines.as_bytes())
}

/// A suggestion as one line of JSON; `reason` says what it goes by.
fn as_json(suggestion: &Suggestion) -> Value {
    let reason: Map<String, Value> =
        suggestion.reason.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect();
    json!({
        "lon": rounded(suggestion.lon, 1e6),
        "lat": rounded(suggestion.lat, 1e6),
        "score": rounded(suggestion.score, 1e3),
        "metres": suggestion.doubt.round(),
        "kind": suggestion.kind.as_str(),
        "words": suggestion.words,
        "reason": reason,
    })
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// The best suggestion for each text as it is written into the table, on two threads.
fn all_located(gazetteer: &Gazetteer, texts: &[String]) -> Vec<[String; 3]> {
    let bar = ProgressBar::new(texts.len() as u64);
    let of_some = |texts: &[String]| -> Vec<[String; 3]> {
        let mut answers = Vec::with_capacity(texts.len());
        for some in texts.chunks(ROWS_A_MOVE) {
            answers.extend(some.iter().map(|text| written(gazetteer.locate(text).first())));
            bar.inc(some.len() as u64);
        }
        answers
    };
    let (one, other) = texts.split_at(texts.len() / 2);
    let answers = std::thread::scope(|scope| {
        let second = scope.spawn(|| of_some(other));
        let mut answers = of_some(one);
        // A thread that fails has already said why: its half is done again here.
        answers.extend(second.join().unwrap_or_else(|_| of_some(other)));
        answers
    });
    bar.finish_and_clear();
    answers
}

fn written(best: Option<&Suggestion>) -> [String; 3] {
    best.map_or_else(Default::default, |best| {
        [format!("{:.6}", best.lon), format!("{:.6}", best.lat), format!("{:.3}", best.score)]
    })
}
