//! `check`, the part that looks at the keys by which columns are sealed. It shows none of them.

use super::check::{Finding, Findings};
use crate::kit::db::{Db, DbError};
use crate::kit::sealing::{KEYS, Keys};
use crate::sealing;

/// What there is to say about the keys of the environment.
pub(super) fn keys(text: Option<&str>) -> Vec<Finding> {
    let mut findings = Findings::about("sealing");
    match Keys::of(text) {
        Err(problem) => findings.wrong(problem),
        Ok(keys) if keys.sealing().is_none() => {
            return findings
                .or(format!("no key is set in {KEYS}: names and numbers of citizens lie readable in the database"));
        }
        Ok(keys) => {
            let names: Vec<&str> = keys.names().collect();
            return findings.or(format!("keys, the one that seals first: {}", names.join(", ")));
        }
    }
    findings.list()
}

/// Whether the keys that were ever used are there and what they were.
///
/// # Errors
/// When the database fails.
pub(super) async fn kept(db: &Db) -> Result<Vec<Finding>, DbError> {
    let keeping = sealing::look(db).await?;
    let mut findings = Findings::about("sealing");
    if !keeping.wrong.is_empty() {
        findings.wrong(sealing::wrong(&keeping.wrong));
    }
    for name in &keeping.missing {
        findings.urgent(format!(
            "texts are sealed with the key {name}, which {KEYS} does not hold: they cannot be read until it does; after \
             `steward seal` with a new key before it, it is needed no more"
        ));
    }
    if keeping.is_new {
        findings.warn("nothing is sealed with the first key yet; `steward seal` seals what was written before");
    }
    Ok(findings.list())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_about_keys_is_a_sentence() {
        let said = |text: Option<&str>| keys(text).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(said(None).starts_with("ok       sealing   no key is set in STEWARD_DATA_KEYS"));
        let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        let right = said(Some(&format!("2027:{key}")));
        assert_eq!(right, "ok       sealing   keys, the one that seals first: 2027");
        let wrong = said(Some("2027:short"));
        assert!(wrong.starts_with("error    sealing   STEWARD_DATA_KEYS: the key 2027 is not 32 bytes"), "{wrong}");
    }
}
