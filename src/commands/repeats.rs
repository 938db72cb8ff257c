//! `repeats`: what is complained of again and again in a list of reports.

use super::Outcome;
use super::learn::{put, working};
use clap::Subcommand;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;
use understanding::repeats::find::{Found, Question, Row, find};
use understanding::repeats::reading::{List, as_json, read};

/// So many fields that cannot be read are named one by one.
const NAMED: usize = 20;
/// So many characters of a title are printed for people.
const SHOWN: usize = 40;

/// What can be done with lists of reports.
#[derive(Debug, Subcommand)]
pub enum RepeatsCommand {
    /// Find what comes again: of reports with a category and a place by both, of the others by what their words are about
    Find {
        /// CSV, UTF-8, the first line naming the columns: id, title, time, detail, and perhaps lon, lat, category, address
        file: PathBuf,
        /// Print JSON: a list of {"title", "ids"}, the largest first
        #[arg(long)]
        json: bool,
        /// Points within so many metres are one place; 0 looks only at what is written
        #[arg(long, default_value = "3", value_parser = metres, value_name = "N")]
        metres: f64,
        /// The fewest reports that are a repetition
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..), value_name = "N")]
        at_least: u32,
        /// So many days at most lie between the first and the last of them [default: any time]
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_600), value_name = "N")]
        window_days: Option<u32>,
        /// Where the answer is written [default: the standard output]
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
}

/// Metres that join two points.
fn metres(text: &str) -> Result<f64, String> {
    let metres = text.parse().ok().filter(|metres| (0.0..=1000.0).contains(metres));
    metres.ok_or_else(|| format!("{text} is not in 0..=1000"))
}

/// Runs one of the commands to its end.
pub(super) fn repeats(command: RepeatsCommand) -> Outcome {
    let RepeatsCommand::Find { file, json, metres, at_least, window_days, output } = command;
    let at_least = usize::try_from(at_least).unwrap_or(usize::MAX);
    let question = Question { window_days, at_least, metres, ..Question::default() };
    found(&file, &question, json, output.as_deref())
}

fn found(file: &Path, question: &Question, json: bool, output: Option<&Path>) -> Outcome {
    let start = Instant::now();
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let opened = File::open(file).map_err(|error| told(&error))?;
    let bar = working("looking for repetitions");
    let answered = read(opened).map(|list| {
        let groups = find(&list.rows, question);
        (list, groups)
    });
    bar.finish_and_clear();
    let (list, groups) = answered.map_err(|error| told(&error))?;
    name_slips(file, &list);
    let answer = if json {
        as_json(&list.rows, &groups).map_err(|error| told(&error))? + "\n"
    } else {
        table(&list.rows, &groups)
    };
    put(output, answer.as_bytes())?;
    let (reports, seconds) = (list.rows.len(), start.elapsed().as_secs_f64());
    eprintln!("{} repetitions among {reports} reports, {seconds:.1} seconds", groups.len());
    Ok(())
}

/// Names on the standard error what could not be read.
fn name_slips(file: &Path, list: &List) {
    for slip in list.slips.iter().take(NAMED) {
        eprintln!("{}: {slip}", file.display());
    }
    if list.slip_count > NAMED {
        eprintln!("{}: {} more fields cannot be read", file.display(), list.slip_count - NAMED);
    }
}

/// The repetitions for people: how many, from which day to which, and what about.
fn table(rows: &[Row], groups: &[Found]) -> String {
    let mut table = String::from("reports  first day   last day    title\n");
    for group in groups {
        let (first, last) = group
            .days(rows)
            .map_or_else(|| ("-".to_owned(), "-".to_owned()), |(first, last)| (first.to_string(), last.to_string()));
        let title = rows.get(group.middle).map_or("", |row| &row.title);
        let title: String = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title: String = title.chars().filter(|sign| !sign.is_control()).take(SHOWN).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{:>7}  {first:<10}  {last:<10}  {title}", group.members.len());
    }
    table
}
