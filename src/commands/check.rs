//! `check`: looks for mistakes before citizens do.

use super::{Outcome, Settings};
use crate::kit::words::Words;

/// Checks the city's files and the database; prints each problem on a line of its own.
pub(super) async fn check(settings: &Settings) -> Outcome {
    let sources = settings.sources()?;
    let (words, mut problems) = Words::load(&sources);
    let of_files =
        [crate::law::check(&sources.folder("law/holidays/")), crate::catalog::check(&sources.folder("catalog/"))];
    problems.extend(of_files.into_iter().flatten().map(|problem| {
        let sentence = words.say("en", problem.key, &problem.args).unwrap_or_else(|| problem.key.to_owned());
        format!("{}: {}: {sentence}", problem.file, problem.place)
    }));
    match sources.text("city.toml").map(|text| toml::from_str::<crate::app::City>(&text)) {
        None => problems.push("city.toml: is missing".into()),
        Some(Err(error)) => problems.push(format!("city.toml: {error}")),
        Some(Ok(_)) => {}
    }
    for (path, text) in sources.folder("pages/") {
        let mut environment = minijinja::Environment::new();
        if let Err(error) = environment.add_template_owned(path.clone(), text) {
            problems.push(format!("{path}: {error}"));
        }
    }
    let db = settings.open().await?;
    let known = db.migrated().await.map_err(|error| error.to_string())?;
    let behind = sources.migrations().into_iter().filter(|(name, _)| !known.contains(name));
    problems.extend(behind.map(|(name, _)| format!("database: {name} has not run; `steward migrate` runs it")));
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => {
            println!("no problems found");
            Ok(())
        }
        count => Err(format!("{count} problems found")),
    }
}
