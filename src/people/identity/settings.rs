//! What a city says about identities: `[identity]` and `[[identity.provider]]` in `city.toml`.

use crate::people::act::Post;
use toml::{Table, Value};

/// A city's settings for identities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The posts that must have a second factor.
    pub demanded: Vec<Post>,
    /// The providers at which staff may sign in, in the order of the page.
    pub providers: Vec<Provider>,
}

/// A provider of identities (OpenID Connect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its word in addresses: lower-case letters, digits, `-`.
    pub word: String,
    /// Its name in Chinese.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// Its issuer, exactly as it writes it itself.
    pub issuer: String,
    /// The name under which it knows the program.
    pub client: String,
    /// The name of the environment's variable that holds the program's secret; empty: the program has none and relies on PKCE.
    pub secret_env: String,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that holds the employee number.
    pub employee_claim: String,
    /// Only people with a verified address in one of these domains; empty: everybody.
    pub domains: Vec<String>,
    /// Only people in one of these groups; empty: everybody.
    pub groups: Vec<String>,
    /// The claim that lists the groups.
    pub groups_claim: String,
    /// True when the provider's word replaces the second factor always.
    pub is_trusted: bool,
    /// Ways of proof (`amr`, RFC 8176) of which any replaces the second factor.
    pub trusted_amr: Vec<String>,
    /// How far its clock may be off, in seconds.
    pub tolerance: i64,
}

const KEYS: [&str; 14] = [
    "word",
    "name",
    "name_en",
    "issuer",
    "client",
    "secret_env",
    "scopes",
    "employee_claim",
    "domains",
    "groups",
    "groups_claim",
    "second_factor",
    "trusted_amr",
    "clock_tolerance_seconds",
];

impl Settings {
    /// Reads the settings; what is missing has its default.
    ///
    /// # Errors
    /// A sentence for the operator per problem.
    pub fn of_city(settings: &Table) -> Result<Settings, Vec<String>> {
        let mut problems = Vec::new();
        let Some(identity) = settings.get("identity") else { return Ok(Settings::default()) };
        let Some(identity) = identity.as_table() else {
            return Err(vec!["identity must be a table [identity]".to_owned()]);
        };
        for key in identity.keys().filter(|key| !matches!(key.as_str(), "second_factor" | "provider")) {
            problems.push(format!("identity.{key} is not known"));
        }
        let mut demanded = Vec::new();
        for word in texts(identity, "second_factor", &[], "identity", &mut problems) {
            match Post::parse(&word) {
                Some(post) => demanded.push(post),
                None => problems.push(format!("identity.second_factor: there is no post {word}")),
            }
        }
        let mut providers: Vec<Provider> = Vec::new();
        match identity.get("provider") {
            None => {}
            Some(Value::Array(list)) => {
                for (place, one) in list.iter().enumerate() {
                    let path = format!("identity.provider {}", place + 1);
                    let Some(table) = one.as_table() else {
                        problems.push(format!("{path} must be a table [[identity.provider]]"));
                        continue;
                    };
                    let provider = provider(table, &path, &mut problems);
                    if providers.iter().any(|other| other.word == provider.word) {
                        problems.push(format!("{path}: word \"{}\" is there twice", provider.word));
                    }
                    if providers.iter().any(|other| other.issuer == provider.issuer) {
                        problems.push(format!("{path}: issuer \"{}\" is there twice", provider.issuer));
                    }
                    providers.push(provider);
                }
            }
            Some(_) => problems.push("identity.provider must be tables [[identity.provider]]".to_owned()),
        }
        if problems.is_empty() { Ok(Settings { demanded, providers }) } else { Err(problems) }
    }

    /// The provider of a word.
    pub fn provider(&self, word: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.word == word)
    }
}

fn texts(table: &Table, key: &str, given: &[&str], path: &str, problems: &mut Vec<String>) -> Vec<String> {
    let Some(value) = table.get(key) else { return given.iter().map(|one| (*one).to_owned()).collect() };
    let list =
        value.as_array().map(|list| list.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    list.flatten().unwrap_or_else(|| {
        problems.push(format!("{path}.{key} must be a list of texts in quotes"));
        Vec::new()
    })
}

fn provider(table: &Table, path: &str, problems: &mut Vec<String>) -> Provider {
    for key in table.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        problems.push(format!("{path}.{key} is not known"));
    }
    let mut text = |key: &str, given: Option<&str>| match (table.get(key).map(Value::as_str), given) {
        (Some(Some(text)), _) if !text.trim().is_empty() || given == Some("") => text.trim().to_owned(),
        (None, Some(given)) => given.to_owned(),
        _ => {
            problems.push(format!("{path}.{key} must be a text in quotes"));
            String::new()
        }
    };
    let (word, name, issuer, client) =
        (text("word", None), text("name", None), text("issuer", None), text("client", None));
    let name_en = text("name_en", Some(&name));
    let secret_env = text("secret_env", Some(""));
    let employee_claim = text("employee_claim", Some("employee_number"));
    let groups_claim = text("groups_claim", Some("groups"));
    let second_factor = text("second_factor", Some("asked"));
    let is_word = !word.is_empty()
        && word.len() <= 30
        && word.bytes().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == b'-');
    // They stand in the log of sign-ins for other proofs.
    let is_ours = matches!(word.as_str(), "password" | "provider" | "code" | "recovery" | "passkey");
    if is_ours || !word.is_empty() && !is_word {
        problems.push(format!("{path}.word must be at most 30 of a-z, 0-9 and -, and no word for another proof"));
    }
    if !issuer.is_empty() && !is_safe(&issuer) {
        problems.push(format!(
            "{path}.issuer must be an address with https:// and without ? and # (http:// on this machine alone)"
        ));
    }
    if !matches!(second_factor.as_str(), "asked" | "trusted") {
        problems.push(format!("{path}.second_factor must be \"asked\" or \"trusted\""));
    }
    let tolerance = match table.get("clock_tolerance_seconds").map(Value::as_integer) {
        None => 60,
        Some(Some(seconds)) if (0..=600).contains(&seconds) => seconds,
        Some(_) => {
            problems.push(format!("{path}.clock_tolerance_seconds must be a number from 0 to 600"));
            60
        }
    };
    Provider {
        word,
        name,
        name_en,
        issuer,
        client,
        secret_env,
        employee_claim,
        groups_claim,
        scopes: texts(table, "scopes", &["profile"], path, problems),
        domains: texts(table, "domains", &[], path, problems).iter().map(|domain| domain.to_lowercase()).collect(),
        groups: texts(table, "groups", &[], path, problems),
        is_trusted: second_factor == "trusted",
        trusted_amr: texts(table, "trusted_amr", &[], path, problems),
        tolerance,
    }
}

/// True for an issuer that nobody on the way can stand in for: https, or this very machine. OpenID Connect Core, section 2: no
/// query and no fragment.
fn is_safe(issuer: &str) -> bool {
    let Ok(address) = reqwest::Url::parse(issuer) else { return false };
    let is_here = matches!(address.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let is_safe = address.scheme() == "https" || address.scheme() == "http" && is_here;
    is_safe && address.query().is_none() && address.fragment().is_none() && address.username().is_empty()
}

impl Provider {
    /// Its name in a language.
    pub fn name(&self, lang: &str) -> &str {
        if lang == "en" { &self.name_en } else { &self.name }
    }

    /// True when what a provider says about its proof replaces the second factor.
    pub fn proves(&self, amr: &[String]) -> bool {
        self.is_trusted || amr.iter().any(|way| self.trusted_amr.contains(way))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, Vec<String>> {
        Settings::of_city(&toml::from_str(text).expect("a table"))
    }

    #[test]
    fn nothing_said_is_nothing_demanded() {
        assert_eq!(read("name = \"x\""), Ok(Settings::default()));
        assert_eq!(
            read("[identity]\nsecond_factor = [\"security_admin\"]").expect("read").demanded,
            [Post::SecurityAdmin]
        );
    }

    #[test]
    fn a_provider_needs_its_address_and_a_name() {
        let good = "[[identity.provider]]\nword = \"gov\"\nname = \"政务\"\nissuer = \"https://id.example.gov.cn/realm\"\nclient = \"steward\"\n";
        let settings = read(good).expect("read");
        let provider = settings.provider("gov").expect("the provider");
        assert_eq!(
            (provider.name("en"), provider.tolerance, provider.employee_claim.as_str()),
            ("政务", 60, "employee_number")
        );
        assert!(!provider.proves(&["mfa".to_owned()]));
        let trusting = read(&format!("{good}trusted_amr = [\"mfa\"]\n")).expect("read");
        assert!(
            trusting.providers[0].proves(&["pwd".to_owned(), "mfa".to_owned()]) && !trusting.providers[0].proves(&[])
        );
        for (wrong, said) in [
            ("issuer = \"http://id.example.gov.cn\"", "issuer must be"),
            ("issuer = \"https://id.example.gov.cn?x=1\"", "issuer must be"),
            ("word = \"Gov!\"", "word must be"),
            ("second_factor = \"never\"", "second_factor must be"),
            ("clock_tolerance_seconds = 9000", "clock_tolerance_seconds must be"),
            ("claim = \"x\"", "claim is not known"),
            ("scopes = \"profile\"", "scopes must be"),
        ] {
            let key = wrong.split(' ').next().unwrap_or_default();
            let lines: Vec<&str> = good.lines().filter(|line| !line.starts_with(key)).collect();
            let problems = read(&format!("{}\n{wrong}\n", lines.join("\n"))).expect_err(wrong);
            assert!(problems.iter().any(|problem| problem.contains(said)), "{wrong}: {problems:?}");
        }
        assert!(read(&format!("{good}{good}")).is_err(), "twice the same");
        assert!(read(&good.replace("https://id.example.gov.cn/realm", "http://127.0.0.1:9000")).is_ok());
    }
}
