//! The command line: what an operator types. Settings come from flags, then `STEWARD_*`, then `steward.toml`.

mod account;
mod backup;
mod check;
mod check_city;
mod check_enforcement;
mod check_identity;
mod check_sealing;
mod check_superior;
mod city;
mod due;
mod export;
mod facts;
mod files;
mod grid;
mod import;
mod learn;
mod logs;
mod moving;
mod out;
mod places;
mod repeats;
mod retain;
mod rolls;
mod seal;
mod search;
mod serve;
mod superior;
mod verify;

use crate::kit::error::{Error, Refusal};
use crate::kit::sources::Sources;
use crate::kit::words::Words;
use clap::{Args, Parser, Subcommand};
use serde::Deserialize;
use std::path::PathBuf;

/// City Steward (城市管家): the program on which an urban-management brigade runs its whole day.
#[derive(Debug, Parser)]
#[command(name = "steward", version)]
pub struct Steward {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Where things are.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The database: sqlite:PATH or postgres://USER@HOST/NAME [default: sqlite:var/steward.db]
    #[arg(long, env = "STEWARD_DATABASE", global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Photos and attachments: a folder, file:///FOLDER or s3://BUCKET/PREFIX [default: var/files]
    #[arg(long, env = "STEWARD_FILES", global = true, value_name = "URL")]
    pub files: Option<String>,
    /// The address to answer at [default: 127.0.0.1:8080]
    #[arg(long, env = "STEWARD_LISTEN", global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The city's folder; without it the invented city is used
    #[arg(long, env = "STEWARD_CITY", global = true, value_name = "DIR")]
    pub city: Option<PathBuf>,
    /// How the log is written: text for people, json for programs [default: text]
    #[arg(long, env = "STEWARD_LOG_FORMAT", global = true, value_name = "FORMAT")]
    pub log: Option<logs::LogFormat>,
    /// A second address, for machines that watch: /metrics, /health and /ready. Nobody else should reach it
    #[arg(long, env = "STEWARD_METRICS", global = true, value_name = "ADDR")]
    pub metrics: Option<String>,
    /// How many seconds /ready says no, and everything is still answered, before the program stops [default: 0]
    #[arg(long, env = "STEWARD_DRAIN", global = true, value_name = "SECONDS")]
    pub drain: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Accounts: add, reset, list; and the departments that they belong to
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Compute when something is due, and why then
    Due(due::DueQuestion),
    /// Ask where a place lies
    #[command(subcommand)]
    Grid(grid::GridCommand),
    /// Take over what another system knows
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Write out what the city knows, in the forms in which it is brought in
    Export(export::Export),
    /// A whole city as one file: write it, look it through, load it into an empty database of either kind
    #[command(subcommand)]
    City(city::CityCommand),
    /// Carry a city from one database straight into an empty one of either kind; photos and papers stay where they are
    Move(moving::Move),
    /// Answer citizens and staff until stopped
    Serve,
    /// The invented city with a month of history, in a folder of its own
    Demo {
        /// Where the demonstration keeps its data; made afresh when empty
        #[arg(long, default_value = "var/demo", value_name = "DIR")]
        dir: PathBuf,
        /// Let the city's clock show this moment at the start, to see it at night or on a holiday: 2026-10-01T22:30:00+08:00.
        /// Not before the city's own history
        #[arg(long, value_name = "MOMENT")]
        at: Option<jiff::Timestamp>,
    },
    /// Keep database, photos and papers and the city's folder as one set (`--to FOLDER`) while everybody goes on working; or copy an
    /// SQLite database alone into a new file
    Backup(backup::Backup),
    /// Bring a set of a backup back, into an empty database and an empty store
    Restore(backup::Restore),
    /// Bring the database's tables up to date
    Migrate {
        /// Only say what would run
        #[arg(long)]
        dry_run: bool,
    },
    /// Look for mistakes in the city's files and in the database
    Check,
    /// Look whether anything was altered, taken out or put in behind the program's back: every fact of the log against the chain
    /// that seals it. Names what is wrong and ends with 1 then
    Verify(verify::Verification),
    /// How the log of facts lies in the database
    #[command(subcommand)]
    Facts(facts::FactsCommand),
    /// Learn from texts that people have sorted, sort texts, and measure how well
    #[command(subcommand)]
    Learn(learn::LearnCommand),
    /// Find where something lies that people wrote, and keep the city's gazetteer
    #[command(subcommand)]
    Places(places::PlacesCommand),
    /// Find what is complained of again and again
    #[command(subcommand)]
    Repeats(repeats::RepeatsCommand),
    /// The store of photos and papers: sweep away what no row knows, check what the rows know
    #[command(subcommand)]
    Files(files::FilesCommand),
    /// What goes up to the superiors' platforms: make it, send it, see how it stands
    #[command(subcommand)]
    Superior(superior::SuperiorCommand),
    /// Take out what was kept of persons for as long as the city says; `serve` does it every night
    Retain {
        /// Only say of how many rows
        #[arg(long)]
        dry_run: bool,
    },
    /// Encrypt names, numbers and secrets in the database with the first of STEWARD_DATA_KEYS: what was written before there was a
    /// key, and what was sealed with an older one. Everybody may go on working
    Seal {
        /// Only say how much there would be to do
        #[arg(long)]
        dry_run: bool,
    },
    /// The search index: how far it has come, and having it made anew
    #[command(subcommand)]
    Search(search::SearchCommand),
    /// Look at photos
    Photo {
        #[command(subcommand)]
        what: PhotoCommand,
    },
}

#[derive(Debug, Subcommand)]
enum PhotoCommand {
    /// Print what the program reads from a photo, as JSON
    Inspect {
        /// The photo's file
        file: PathBuf,
    },
    /// Print whether two photos show the same picture, however it was cut, mirrored, turned or compressed, as JSON: the
    /// distance of their prints (0 for the same, about 0.43 for any two), their correlation and the verdict
    Compare {
        /// One photo's file
        one: PathBuf,
        /// The other's
        other: PathBuf,
    },
    /// Measure how well altered copies of a folder's photos are found, and how often two different ones are taken for one
    Roc {
        /// The folder
        folder: PathBuf,
    },
}

/// What goes wrong at the command line, in a sentence.
pub type Outcome = Result<(), String>;

/// Runs a command to its end.
///
/// # Errors
/// A sentence for the operator.
pub fn run(steward: Steward) -> Outcome {
    let settings = steward.settings.with_file()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no threads to run on: {error}"))?;
    let told = logs::begin(settings.log.unwrap_or_default(), runtime.handle())?;
    let outcome = runtime.block_on(async {
        match steward.command {
            Command::Due(question) => due::due(&settings, &question),
            Command::Grid(command) => grid::grid(&settings, command).await,
            Command::Account(command) => account::account(&settings, command).await,
            Command::Import(what) => import::import(&settings, what).await,
            Command::Export(what) => export::export(&settings, what).await,
            Command::City(command) => city::city(&settings, command).await,
            Command::Move(what) => moving::carry_over(what).await,
            Command::Serve => serve::serve(&settings).await,
            Command::Demo { dir, at } => serve::demo(&settings, &dir, at).await,
            Command::Migrate { dry_run } => serve::migrate(&settings, dry_run).await,
            Command::Backup(what) => backup::backup(&settings, what).await,
            Command::Restore(what) => backup::restore(what).await,
            Command::Check => check::check(&settings).await,
            Command::Verify(what) => verify::verify(&settings, what).await,
            Command::Facts(command) => facts::facts(&settings, command).await,
            Command::Learn(learn::LearnCommand::Cases) => learn::cases(&settings).await,
            Command::Learn(command) => learn::learn(command),
            Command::Places(command) => places::places(&settings, command).await,
            Command::Repeats(command) => repeats::repeats(command),
            Command::Files(command) => files::files(&settings, command).await,
            Command::Superior(command) => superior::superior(&settings, command).await,
            Command::Retain { dry_run } => retain::retain(&settings, dry_run).await,
            Command::Seal { dry_run } => seal::seal(&settings, dry_run).await,
            Command::Search(command) => search::search(&settings, command).await,
            Command::Photo { what: PhotoCommand::Inspect { file } } => {
                printed(crate::files::inspect_file(&file).map_err(|error| (file.as_path(), error)))
            }
            Command::Photo { what: PhotoCommand::Roc { folder } } => roc(&folder),
            Command::Photo { what: PhotoCommand::Compare { one, other } } => {
                printed(crate::files::compare_files(&one, &other))
            }
        }
    });
    told.end();
    outcome
}

/// Prints what was found out about photos; a refusal is told in English, with its key's sentence, behind the file's name.
fn printed(found: Result<String, (&std::path::Path, Error)>) -> Outcome {
    let json = found.map_err(|(file, error)| match error {
        Error::Refused(refusal) => format!("{}: {}", file.display(), sentence(&refusal)),
        other => told(&other),
    })?;
    crate::out!("{json}");
    Ok(())
}

/// Measures the photos of a folder.
fn roc(folder: &std::path::Path) -> Outcome {
    let files = crate::files::roc::photos_in(folder).map_err(|error| told(&error))?;
    let curve = crate::files::roc::measure(&files).map_err(|(file, error)| match error {
        Error::Refused(refusal) => format!("{}: {}", file.display(), sentence(&refusal)),
        other => told(&other),
    })?;
    crate::out!("{}", crate::files::roc::told(&curve));
    Ok(())
}

/// A refusal in English.
fn sentence(refusal: &Refusal) -> String {
    let words = Words::load(&Sources::embedded()).0;
    words.say("en", refusal.key, &refusal.args).unwrap_or_else(|| refusal.key.to_owned())
}

/// What went wrong, as whoever types commands reads it.
pub(crate) fn told(error: &Error) -> String {
    match error {
        Error::Refused(refusal) => sentence(refusal),
        Error::NotFound => "there is no such thing here; look for a misspelling".to_owned(),
        Error::Forbidden | Error::SignIn(_) => {
            "this is for people with the post for it, in the program's pages".to_owned()
        }
        Error::Db(_) | Error::Internal(_) | Error::Away(_) | Error::TooMany(_) | Error::Busy(_) => error.to_string(),
    }
}

impl Settings {
    /// Fills what neither flags nor the environment say from `steward.toml` in the working folder.
    fn with_file(self) -> Result<Settings, String> {
        let text = match std::fs::read_to_string("steward.toml") {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(self),
            Err(error) => return Err(format!("steward.toml cannot be read: {error}")),
        };
        let file: Settings = toml::from_str(&text).map_err(|error| {
            let line = crate::catalog::problem::line_of(&text, &error);
            format!("steward.toml, line {line}: {}; correct this line", error.message())
        })?;
        Ok(Settings {
            database: self.database.or(file.database),
            files: self.files.or(file.files),
            listen: self.listen.or(file.listen),
            city: self.city.or(file.city),
            log: self.log.or(file.log),
            metrics: self.metrics.or(file.metrics),
            drain: self.drain.or(file.drain),
        })
    }
}
