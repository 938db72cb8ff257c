//! `import departments|staff`: lists in the forms in which offices keep them.

use super::{Outcome, Settings, told};
use crate::kit::clock::Clock;
use crate::kit::error::Error;
use crate::kit::sheets::Csv;
use crate::kit::tables::safe;
use crate::kit::words::Words;
use crate::rolls::commands::{self, sentence};
use crate::rolls::roll::{Field, Subject, What};
use std::fs::OpenOptions;
use std::path::Path;

/// Brings a list, names every row that cannot be used, and says what came of the others.
pub(super) async fn list(
    settings: &Settings,
    subject: Subject,
    file: &Path,
    is_dry_run: bool,
    passwords: Option<&Path>,
) -> Outcome {
    let shown = file.display();
    let bytes = std::fs::read(file).map_err(|error| format!("{shown}: {error}"))?;
    let sources = settings.sources()?;
    let words = Words::load(&sources).0;
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    // Before anything is written: a file that cannot be made loses no passwords.
    let out = passwords.map(fresh).transpose()?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let now = Clock::system().now();
    let came = commands::import(&db, &words, now, subject, (&name, bytes), is_dry_run).await;
    let came = came.map_err(|error| match error {
        Error::Refused(refusal) => {
            let note = crate::imports::import::Note::of("", &refusal);
            format!("{shown}: {}", sentence(&words, &note))
        }
        other => told(&other),
    })?;
    for heading in &came.unknown {
        eprintln!("{shown}: the column “{heading}” is not read");
    }
    for one in came.judged.iter().filter(|one| one.at > 0) {
        for note in one.no.iter().chain(&one.odd) {
            eprintln!("{shown}:{}: {}", one.at, sentence(&words, note));
        }
    }
    let key = if subject == Subject::Staff { Field::Login } else { Field::Code };
    if is_dry_run {
        for one in came.judged.iter().filter(|one| matches!(one.what, What::New | What::Changed)) {
            let changes =
                one.changes.iter().map(|change| format!("{}: {} → {}", change.field.word(), change.from, change.to));
            crate::out!("{}\t{}\t{}", one.what.word(), one.said(key), changes.collect::<Vec<_>>().join("; "));
        }
    }
    let (counts, would) = (came.counts, if is_dry_run { "would be " } else { "" });
    crate::out!(
        "{} {would}added, {} {would}changed, {} as before, {} refused; {} in the city and not in the list",
        counts.new,
        counts.changed,
        counts.same,
        counts.refused,
        counts.missing
    );
    if let (Some(roll), Subject::Staff) = (came.roll, subject) {
        if counts.new + counts.posts > 0 {
            crate::out!("the security administrator releases them at /admin/rolls/{roll}");
        }
        if let Some(out) = out {
            handed(&db, roll, out).await?;
        }
    }
    if counts.new + counts.changed + counts.same == 0 {
        Err(format!("{shown}: nothing could be taken over"))
    } else {
        Ok(())
    }
}

/// A file that was not there before and that nobody else can read.
fn fresh(path: &Path) -> Result<std::fs::File, String> {
    let mut how = OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    how.open(path).map_err(|error| format!("{}: {error}", path.display()))
}

async fn handed(db: &crate::kit::db::Db, roll: crate::kit::id::Id, out: std::fs::File) -> Outcome {
    let bar = indicatif::ProgressBar::new_spinner();
    let slips = commands::passwords(db, roll, Clock::system().now(), |made| bar.set_position(made)).await;
    bar.finish_and_clear();
    let slips = slips.map_err(|error| told(&error))?;
    let mut csv = Csv::from_writer(out);
    let broken = |error: csv::Error| error.to_string();
    csv.write_record(["department", "name", "login", "first_password"]).map_err(broken)?;
    for slip in &slips {
        csv.write_record(slip.iter().map(|cell| safe(cell))).map_err(broken)?;
    }
    csv.flush().map_err(|error| error.to_string())?;
    crate::out!("{} first passwords written", slips.len());
    Ok(())
}
