//! `grid locate`: the unit grid of a place, or of every row of a table.

use super::out::Out;
use super::{Outcome, Settings};
use crate::app::City;
use crate::grid::cells::Grid;
use crate::grid::commands::{grid_from_files, locate_one, locate_table};
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::grid::import::ImportOptions;
use crate::grid::store::load_grid;
use crate::kit::db::DbError;
use crate::kit::error::Refusal;
use crate::kit::words::{LANGUAGES, Words, choose};
use clap::{Args, Subcommand};
use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;

/// What can be asked about the ground.
#[derive(Debug, Subcommand)]
pub enum GridCommand {
    /// The unit grid and the areas of a place, or of each row of a table
    Locate(Locate),
}

/// A place or a table of places.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct Locate {
    /// Longitude in degrees
    #[arg(required_unless_present = "points", requires = "lat")]
    lon: Option<String>,
    /// Latitude in degrees
    lat: Option<String>,
    /// A table (CSV) with the columns lon and lat; it is written out with cell and area
    #[arg(long, value_name = "FILE", conflicts_with = "lon")]
    points: Option<PathBuf>,
    /// The coordinate system of the places: wgs84, gcj02, bd09 or cgcs2000
    #[arg(long, default_value = "wgs84", value_name = "SYSTEM")]
    from: String,
    /// Unit grids from a file (GeoJSON or Shapefile) instead of the database
    #[arg(long, value_name = "FILE")]
    grids: Option<PathBuf>,
    /// Areas from a file (GeoJSON or Shapefile) instead of the database
    #[arg(long, value_name = "FILE")]
    areas: Option<PathBuf>,
    /// The coordinate system of those files
    #[arg(long, default_value = "wgs84", value_name = "SYSTEM")]
    files_from: String,
}

/// Answers on the standard output; names bad rows, and refused features of the files, on the standard error.
pub(super) async fn grid(settings: &Settings, command: GridCommand) -> Outcome {
    let GridCommand::Locate(locate) = command;
    let sources = settings.sources()?;
    let (words, _) = Words::load(&sources);
    let asked = std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).unwrap_or_default();
    let lang = if asked.starts_with("zh") { LANGUAGES[0] } else { choose(Some("en"), None) };
    let say = |refusal: &Refusal| {
        let args: Vec<(&str, String)> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
        words.say(lang, refusal.key, &args).unwrap_or_else(|| refusal.key.to_owned())
    };
    let told = |refusal: Refusal| say(&refusal);
    let system: CoordinateSystem = locate.from.parse().map_err(told)?;
    let ground = if locate.grids.is_some() || locate.areas.is_some() {
        let options = ImportOptions { system: locate.files_from.parse().map_err(told)?, ..ImportOptions::default() };
        let (ground, report) =
            grid_from_files(locate.areas.as_deref(), locate.grids.as_deref(), &options).map_err(told)?;
        for (feature, refusal) in &report.refused {
            eprintln!("{feature}: {}", say(refusal));
        }
        for (feature, repairs) in &report.repaired {
            let repairs: Vec<String> = repairs.iter().map(|key| say(&Refusal::new(key))).collect();
            eprintln!("{feature}: {}", repairs.join("; "));
        }
        ground
    } else {
        from_database(settings).await?
    };
    let out = Out::new();
    match (&locate.points, &locate.lon, &locate.lat) {
        (Some(path), _, _) => {
            let file = std::fs::File::open(path).map_err(|error| {
                say(&Refusal::new("file-unreadable").with("file", path.display()).with("error", error))
            })?;
            let mut errors = std::io::stderr();
            locate_table(&ground, system, BufReader::new(file), BufWriter::new(out), &mut errors, &say)
                .map(|_| ())
                .map_err(told)
        }
        (None, Some(lon), Some(lat)) => {
            let point = Point::parse(lon, lat).map_err(told)?;
            let mut out = BufWriter::new(out);
            let written = locate_one(&ground, point, system, &mut out).map_err(told)?;
            written.and_then(|()| out.flush()).map_err(|error| error.to_string())
        }
        _ => Err(told(Refusal::new("table-without-coordinates"))),
    }
}

/// The ground of the database; when nothing was imported yet, the one of the city's own files.
async fn from_database(settings: &Settings) -> Result<Grid, String> {
    let db = settings.open().await?;
    let found = db.read(|tx| async move { load_grid(&tx).await }).await;
    match found.map_err(|error: DbError| error.to_string()) {
        Ok(ground) if !ground.cells().is_empty() || !ground.areas().is_empty() => Ok(ground),
        failed => {
            let sources = settings.sources()?;
            let city = sources.text("city.toml").and_then(|text| toml::from_str::<City>(&text).ok());
            match city.and_then(|city| crate::grid::commands::grid_of_city(&city.rest, |path| sources.text(path))) {
                Some((ground, _)) => Ok(ground),
                None => failed,
            }
        }
    }
}
