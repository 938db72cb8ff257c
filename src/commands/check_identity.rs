//! `check`, the part that reads `[identity]`: providers of identities, second factors, and what seals their keys. It asks nobody.

use super::check::{Finding, Findings};
use crate::kit::db::{Db, DbError};
use crate::people::identity::sealing::Sealer;
use crate::people::identity::settings::Settings;
use crate::people::identity::{SEALING_KEY, store};
use toml::Table;

/// What there is to say about the settings, with the environment read by `secret`.
pub(super) fn identity(text: Option<&str>, secret: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Findings::about("identity");
    let Some(table) = text.and_then(|text| toml::from_str::<Table>(text).ok()) else { return Vec::new() };
    if let Err(problem) = Sealer::of(secret(SEALING_KEY).as_deref()) {
        findings.wrong(problem);
    }
    let settings = match Settings::of_city(&table) {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in problems {
                findings.wrong(format!("city.toml: {problem}"));
            }
            return findings.or("");
        }
    };
    let public_url = table.get("public_url").and_then(toml::Value::as_str).unwrap_or_default();
    for provider in &settings.providers {
        let name = format!("city.toml: identity.provider \"{}\"", provider.word);
        if provider.secret_env.is_empty() {
            findings.warn(format!("{name} has no secret_env: right only when it knows the program as a public client"));
        } else if secret(&provider.secret_env).is_none_or(|secret| secret.trim().is_empty()) {
            findings.wrong(format!(
                "{name}: {} is not set; put the secret there that it gave the program",
                provider.secret_env
            ));
        }
        if public_url.is_empty() {
            findings.warn(format!(
                "{name}: public_url is empty, so the address to come back to is whatever the browser asked for; write public_url and \
                 register {} there",
                format_args!("PUBLIC_URL/sign-in/with/{}/back", provider.word)
            ));
        }
        if provider.is_trusted {
            findings.warn(format!(
                "{name}: its word replaces the second factor always; make sure that it asks for one itself"
            ));
        }
    }
    let providers: Vec<&str> = settings.providers.iter().map(|provider| provider.word.as_str()).collect();
    let demanded: Vec<&str> = settings.demanded.iter().map(|post| post.word()).collect();
    let said = |list: Vec<&str>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    findings.or(format!("providers: {}; a second factor is demanded of: {}", said(providers), said(demanded)))
}

/// Keys of second factors that anybody with the database could read.
///
/// # Errors
/// When the database fails.
pub(super) async fn sealed(db: &Db) -> Result<Vec<Finding>, DbError> {
    let (all, plain) = db.read(|tx| async move { store::unsealed(&tx).await }).await?;
    let mut findings = Findings::about("identity");
    if plain > 0 {
        findings.warn(format!(
            "{plain} of {all} keys of second factors lie unsealed in the database; set {SEALING_KEY} (openssl rand -base64 32). \
             Keys that are set up from then on are sealed; have the others set up anew"
        ));
    }
    Ok(findings.or(format!("{all} keys of second factors")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_a_sentence() {
        let said = |text: &str, is_set: bool| {
            let secret = |name: &str| (is_set && name == "GOV").then(|| "x".to_owned());
            identity(Some(text), secret).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert!(said("name = \"x\"", false).starts_with("ok       identity  providers: none"));
        let provider = "[[identity.provider]]\nword = \"gov\"\nname = \"x\"\nissuer = \"https://id.example\"\nclient = \"c\"\nsecret_env = \"GOV\"\n";
        assert!(
            said(provider, false).contains("error    identity  city.toml: identity.provider \"gov\": GOV is not set")
        );
        let right = said(&format!("public_url = \"https://city.example\"\n{provider}"), true);
        assert!(right.starts_with("ok ") && right.lines().count() == 1, "{right}");
        assert!(said(provider, true).contains("register PUBLIC_URL/sign-in/with/gov/back"));
        assert!(
            said(&format!("{provider}second_factor = \"trusted\"\n"), true)
                .contains("replaces the second factor always")
        );
        assert!(said("[identity]\nsecond_factor = [\"king\"]", false).contains("there is no post king"));
    }
}
