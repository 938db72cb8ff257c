//! The words that people read, in every language, from the Fluent files in `locales/`.

use super::sources::Sources;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::PatternElement;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The languages, the first being what a city speaks when nothing is asked for.
pub const LANGUAGES: [&str; 2] = ["zh-Hans", "en"];

/// All sentences of all languages.
pub struct Words(BTreeMap<&'static str, Language>);

struct Language {
    bundle: FluentBundle<FluentResource>,
    keys: BTreeSet<String>,
    /// Sentences that never vary, ready to be said: most of what a page says.
    plain: HashMap<String, String>,
}

impl Words {
    /// Reads `locales/LANGUAGE/*.ftl`; answers the words and every problem found, by file.
    pub fn load(sources: &Sources) -> (Words, Vec<String>) {
        let mut problems = Vec::new();
        let mut languages = BTreeMap::new();
        for name in LANGUAGES {
            let identifier = name.parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
            bundle.set_use_isolating(false);
            let mut keys = BTreeSet::new();
            let mut plain = HashMap::new();
            for (path, text) in sources.folder(&format!("locales/{name}/")) {
                let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, errors)| {
                    problems.extend(errors.iter().map(|error| format!("{path}: {error}")));
                    resource
                });
                for entry in resource.entries() {
                    let fluent_syntax::ast::Entry::Message(message) = entry else { continue };
                    if !keys.insert(message.id.name.to_owned()) {
                        problems.push(format!("{path}: {} is written twice", message.id.name));
                    }
                    if let Some(text) = only_text(message) {
                        plain.insert(message.id.name.to_owned(), text);
                    }
                }
                bundle.add_resource_overriding(resource);
            }
            languages.insert(name, Language { bundle, keys, plain });
        }
        let all: BTreeSet<&String> = languages.values().flat_map(|language: &Language| &language.keys).collect();
        for (name, language) in &languages {
            let missing = all.iter().filter(|key| !language.keys.contains(**key));
            problems.extend(missing.map(|key| format!("locales/{name}: {key} is missing")));
        }
        (Words(languages), problems)
    }

    /// The sentence `key` in `language`, or nothing when the language has no such key.
    pub fn say(&self, language: &str, key: &str, args: &[(&str, String)]) -> Option<String> {
        let language = self.0.get(language).or_else(|| self.0.get(LANGUAGES[0]))?;
        if let Some(text) = language.plain.get(key) {
            return Some(text.clone());
        }
        let pattern = language.bundle.get_message(key)?.value()?;
        let mut named = FluentArgs::new();
        for (name, value) in args {
            // A number chooses its plural; everything else is text.
            match value.parse::<i64>() {
                Ok(number) if !value.starts_with('0') || value == "0" => named.set(*name, number),
                _ => named.set(*name, FluentValue::from(value.as_str())),
            }
        }
        let mut errors = Vec::new();
        let text = language.bundle.format_pattern(pattern, Some(&named), &mut errors).into_owned();
        for error in errors {
            tracing::warn!(key, %error, "a sentence lacks something");
        }
        Some(text)
    }

    /// True when every language has the sentence.
    pub fn has(&self, key: &str) -> bool {
        self.0.values().all(|language| language.keys.contains(key))
    }
}

/// The text of a sentence without anything to fill in.
fn only_text(message: &fluent_syntax::ast::Message<&str>) -> Option<String> {
    let elements = &message.value.as_ref()?.elements;
    let text = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => Some((*value).to_owned()),
        PatternElement::Placeable { .. } => None,
    };
    elements.iter().map(text).collect()
}

/// The language to answer in: what was asked for, then what the browser prefers, then the city's own.
pub fn choose(asked: Option<&str>, accepted: Option<&str>) -> &'static str {
    let known = |wanted: &str| match wanted.trim().to_ascii_lowercase() {
        text if text.starts_with("zh") => Some("zh-Hans"),
        text if text.starts_with("en") => Some("en"),
        _ => None,
    };
    asked
        .and_then(known)
        .or_else(|| accepted.into_iter().flat_map(|list| list.split(',')).find_map(known))
        .unwrap_or(LANGUAGES[0])
}
