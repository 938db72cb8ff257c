//! `export`: the ground, lists and the log of facts, for other systems, for spreadsheets and for safe keeping.

use super::out::Out;
use super::{Outcome, Settings, told};
use crate::app::City;
use crate::grid::taking::Rules;
use crate::imports::export::{self, What, Wish};
use crate::kit::db::Db;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What is taken out, and where to.
#[derive(Debug, Args)]
pub struct Export {
    /// One kind of thing, or `all`
    #[arg(value_parser = PossibleValuesParser::new(
        ["all"].into_iter().chain(What::ALL.iter().map(|what| what.word())).collect::<Vec<_>>()
    ))]
    what: String,
    /// The file (with `all`: the folder); without it one kind is printed
    to: Option<PathBuf>,
    /// The coordinate system of ground and components: wgs84, cgcs2000, gcj02 or bd09 [default: the city's own]
    #[arg(long, value_name = "SYSTEM")]
    coordinates: Option<String>,
    /// Citizens' names and telephone numbers go with their reports
    #[arg(long)]
    with_contacts: bool,
}

/// Writes what is asked for, and says how much there was.
pub(super) async fn export(settings: &Settings, asked: Export) -> Outcome {
    let sources = settings.sources()?;
    let city = City::of(&sources).map_err(|error| told(&error))?;
    let rules = Rules::of_city(&city.rest, asked.coordinates.as_deref())
        .map_err(|_| "the coordinate system is one of wgs84, cgcs2000, gcj02, bd09".to_owned())?;
    let wish = Wish { system: rules.system, with_contacts: asked.with_contacts, zone: city.zone() };
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    match (What::parse(&asked.what), asked.to) {
        (Some(what), Some(file)) => to_file(&db, what, &wish, &file).await,
        (Some(what), None) => {
            let mut out = BufWriter::new(Out::new());
            export::export(&db, what, &wish, &mut out, |_| ()).await.map_err(|error| error.to_string())?;
            out.flush().map_err(|error| error.to_string())
        }
        (None, Some(folder)) => {
            std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            for what in What::ALL {
                to_file(&db, *what, &wish, &folder.join(what.file())).await?;
            }
            Ok(())
        }
        (None, None) => Err("say into which folder: steward export all FOLDER".to_owned()),
    }
}

/// Writes a file beside its name and renames it when it is whole, so that nobody takes half an export for all of it.
async fn to_file(db: &Db, what: What, wish: &Wish, file: &Path) -> Outcome {
    let told = |error: std::io::Error| format!("{}: {error}", file.display());
    let half = file.with_extension("part");
    let bar = indicatif::ProgressBar::new_spinner();
    let count = {
        let mut out = BufWriter::new(std::fs::File::create(&half).map_err(told)?);
        let count = export::export(db, what, wish, &mut out, |rows| bar.set_position(rows)).await;
        bar.finish_and_clear();
        let count = count.map_err(|error| format!("{}: {error}", file.display()))?;
        let whole = out.into_inner().map_err(|error| told(error.into_error()))?;
        whole.sync_all().map_err(told)?;
        count
    };
    std::fs::rename(&half, file).map_err(told)?;
    crate::out!("{}: {count} {}", file.display(), what.word());
    Ok(())
}
