//! `check`, the part that reads `[[superior]]`: what goes up, how the superior calls it, its secrets, its folders. It asks nobody.

use super::check::{Finding, Findings};
use crate::catalog::Catalog;
use crate::evaluation::definitions::{self, Definitions};
use crate::kit::sources::Sources;
use crate::superior::Held;
use crate::superior::settings::Way;
use toml::Table;

/// So many sub-classes without a code are named.
const NAMED: usize = 5;

fn load(sources: &Sources, files: &str, secret: impl Fn(&str) -> Option<String>) -> Option<Result<Held, String>> {
    // What cannot be read is told of the city's settings and of the evaluation.
    let city: Table = sources.text("city.toml").and_then(|text| toml::from_str(&text).ok())?;
    let definitions = Definitions::load(&sources.folder(definitions::FOLDER)).ok()?;
    Some(Held::load(&city, sources, &definitions, files, secret))
}

/// What there is to say about the settings and mapping files, with the environment read by `secret`.
pub(super) fn superiors(sources: &Sources, secret: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Findings::about("superior");
    let held = match load(sources, "", &secret) {
        None => return findings.list(),
        Some(Ok(held)) => held,
        Some(Err(problem)) => {
            findings.wrong(format!("city.toml: {problem}"));
            return findings.list();
        }
    };
    if held.all.is_empty() {
        return findings.list();
    }
    let catalog = Catalog::load(&sources.folder(crate::catalog::catalog::FOLDER)).ok();
    for known in &held.all {
        let one = &known.superior;
        let name = format!("city.toml: superior \"{}\"", one.key);
        if let Way::Http { url, .. } = &one.way {
            let [signing, token] = one.secrets();
            if known.secret.0.is_empty() {
                findings.warn(format!(
                    "{name}: {signing} is not set, so nothing is signed; put the secret there (whsec_…)"
                ));
            } else if crate::api::webhooks::endpoint::signature(&known.secret.0, "", 0, b"").is_none() {
                findings.wrong(format!(
                    "{name}: {signing} must be whsec_ and then base64, as Standard Webhooks writes secrets"
                ));
            }
            if known.token.0.is_empty() {
                findings.warn(format!("{name}: {token} is not set; right only where the superior asks for no token"));
            }
            if url.starts_with("http://") {
                findings.warn(format!("{name}: url is http://, so everybody on the way can read it; use https:// outside of a closed network"));
            }
        }
        if one.is_personal {
            findings.warn(format!("{name}: personal is true: names and telephone numbers of citizens leave the city; have the legal basis at hand"));
        }
        let words = catalog.iter().filter_map(Catalog::in_force).flat_map(|set| &set.sub_classes);
        for (table, missing) in known.mapping.without_code(words.map(|class| class.word.as_str())) {
            let named: Vec<&str> = missing.iter().take(NAMED).map(String::as_str).collect();
            findings.warn(format!(
                "{}: the table {table} has no code for {} of our sub-classes ({}{}); their cells stay empty until it has, or a line \"*\"",
                one.mapping,
                missing.len(),
                named.join(", "),
                if missing.len() > NAMED { ", …" } else { "" }
            ));
        }
    }
    let names: Vec<&str> = held.all.iter().map(|known| known.superior.key.as_str()).collect();
    findings.or(format!("batches go up to: {}", names.join(", ")))
}

/// Whether the folders are there into which files are put.
pub(super) fn folders(sources: &Sources, files: &str) -> Vec<Finding> {
    let mut findings = Findings::about("superior");
    let Some(Ok(held)) = load(sources, files, |_| None) else { return findings.list() };
    for known in held.all.iter().filter(|known| !known.is_own_folder) {
        let Way::Files { folder, answers } = &known.superior.way else { continue };
        for folder in [folder, answers] {
            if !folder.is_dir() {
                findings.urgent(format!(
                    "city.toml: superior \"{}\": {} is not there; mount the share or make the folder: batches wait until it is",
                    known.superior.key,
                    folder.display()
                ));
            }
        }
    }
    findings.list()
}
