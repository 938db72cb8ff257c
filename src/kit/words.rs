//! The words that people read, in every language, from the Fluent files in `locales/`.

use super::sources::Sources;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{self, PatternElement};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An enum of which every value has a word: one that is kept in the database, written in files and used in the keys of
/// sentences. `ALL` lists the values in the order of the source, `word` says one's word, `parse` reads it back.
macro_rules! enum_of_words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// All of them, in the order of the source.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// Its word in the database, in files and in the keys of sentences.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The one of that word.
            pub fn parse(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use enum_of_words;

/// The languages, the first being what a city speaks when nothing is asked for.
pub const LANGUAGES: [&str; 2] = ["zh-Hans", "en"];

/// The beginning of a text, of at most so many characters, with … where something was left off.
pub fn begun(text: &str, most: usize) -> String {
    let mut begun: String = text.chars().take(most).collect();
    if text.chars().nth(most).is_some() {
        begun.pop();
        begun.truncate(begun.trim_end().len());
        begun.push('…');
    }
    begun
}

/// All sentences of all languages.
pub struct Words(BTreeMap<&'static str, Language>);

struct Language {
    bundle: FluentBundle<FluentResource>,
    keys: BTreeSet<String>,
    /// Sentences that never vary, ready to be said: most of what a page says.
    plain: HashMap<String, String>,
    /// What the others need.
    asks: HashMap<String, Asks>,
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
            let (mut plain, mut asks) = (HashMap::new(), HashMap::new());
            for (path, text) in sources.folder(&format!("locales/{name}/")) {
                let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, errors)| {
                    problems.extend(errors.iter().map(|error| format!("{path}: {error}")));
                    resource
                });
                for entry in resource.entries() {
                    let ast::Entry::Message(message) = entry else { continue };
                    if !keys.insert(message.id.name.to_owned()) {
                        problems.push(format!("{path}: {} is written twice", message.id.name));
                    }
                    match only_text(message) {
                        Some(text) => drop(plain.insert(message.id.name.to_owned(), text)),
                        None => drop(asks.insert(message.id.name.to_owned(), Asks::of(message))),
                    }
                }
                bundle.add_resource_overriding(resource);
            }
            languages.insert(name, Language { bundle, keys, plain, asks });
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
            match count(value) {
                Some(number) => named.set(*name, number),
                None => named.set(*name, FluentValue::from(value.as_str())),
            }
        }
        let mut errors = Vec::new();
        let text = language.bundle.format_pattern(pattern, Some(&named), &mut errors).into_owned();
        for error in errors {
            tracing::warn!(key, %error, "a sentence lacks something");
        }
        Some(text)
    }

    /// The sentences that ask for other arguments in one language than in another, a line each.
    pub fn differences(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let [first, others @ ..] = &LANGUAGES;
        let all: BTreeSet<&String> = self.0.values().flat_map(|language| &language.keys).collect();
        for key in all {
            let asked =
                |name: &str| self.0.get(name).filter(|language| language.keys.contains(key)).map(|one| one.asks(key));
            let Some(here) = asked(first) else { continue };
            for (name, there) in others.iter().filter_map(|name| Some((name, asked(name)?))) {
                let list =
                    |names: &BTreeSet<String>| names.iter().map(|one| format!("${one}")).collect::<Vec<_>>().join(" ");
                if here != there {
                    lines.push(format!("{key} asks for {} in {first} and for {} in {name}", list(&here), list(&there)));
                }
            }
        }
        lines
    }

    /// True when every language has a sentence whose key begins so.
    pub fn has_any(&self, prefix: &str) -> bool {
        self.0.values().all(|language| language.keys.iter().any(|key| key.starts_with(prefix)))
    }

    /// True when every language has the sentence.
    pub fn has(&self, key: &str) -> bool {
        self.0.values().all(|language| language.keys.contains(key))
    }
}

impl Language {
    /// The arguments that a sentence needs, those of the sentences it contains among them.
    fn asks(&self, key: &str) -> BTreeSet<String> {
        let (mut args, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![key.to_owned()]);
        while let Some(key) = open.pop() {
            let Some(asks) = self.asks.get(&key).filter(|_| seen.insert(key)) else { continue };
            args.extend(asks.args.iter().cloned());
            open.extend(asks.sentences.iter().cloned());
        }
        args
    }
}

/// What a sentence needs to be said: arguments, and other sentences.
#[derive(Default)]
struct Asks {
    args: BTreeSet<String>,
    sentences: BTreeSet<String>,
}

impl Asks {
    fn of(message: &ast::Message<&str>) -> Asks {
        let mut asks = Asks::default();
        message.value.iter().for_each(|pattern| asks.pattern(pattern));
        asks
    }

    fn pattern(&mut self, pattern: &ast::Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &ast::Expression<&str>) {
        match expression {
            ast::Expression::Inline(inline) => self.inline(inline),
            ast::Expression::Select { selector, variants } => {
                self.inline(selector);
                variants.iter().for_each(|variant| self.pattern(&variant.value));
            }
        }
    }

    fn inline(&mut self, inline: &ast::InlineExpression<&str>) {
        match inline {
            ast::InlineExpression::VariableReference { id } => drop(self.args.insert(id.name.to_owned())),
            ast::InlineExpression::MessageReference { id, .. } => drop(self.sentences.insert(id.name.to_owned())),
            ast::InlineExpression::Placeable { expression } => self.expression(expression),
            _ => {}
        }
    }
}

/// The text of a sentence without anything to fill in.
fn only_text(message: &ast::Message<&str>) -> Option<String> {
    let elements = &message.value.as_ref()?.elements;
    let text = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => Some((*value).to_owned()),
        PatternElement::Placeable { .. } => None,
    };
    elements.iter().map(text).collect()
}

/// The value as a number that chooses a plural, when it is one and would be written in the very same digits: Fluent keeps
/// numbers as floating point, in which the 16 digits of a unit grid's code may become another code.
fn count(value: &str) -> Option<i64> {
    let number: i64 = value.parse().ok()?;
    (number.unsigned_abs() < 1 << f64::MANTISSA_DIGITS && number.to_string() == value).then_some(number)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_off_is_seen() {
        for (text, most, said) in [
            ("", 5, ""),
            ("占道经营", 4, "占道经营"),
            ("占道经营的", 4, "占道经…"),
            ("one two three", 5, "one…"),
            ("😀😀😀", 2, "😀…"),
        ] {
            assert_eq!(begun(text, most), said, "{text} in {most}");
        }
    }

    fn words() -> Words {
        let folder = tempfile::tempdir().expect("a folder");
        for (language, text) in [
            ("zh-Hans", "cells = { $n } 个单元网格\nplace = 单元网格 { $code }\n"),
            ("en", "cells = { $n ->\n    [one] one cell\n   *[other] { $n } cells\n}\nplace = cell { $code }\n"),
        ] {
            let locale = folder.path().join("locales").join(language);
            std::fs::create_dir_all(&locale).expect("a folder");
            std::fs::write(locale.join("test-words.ftl"), text).expect("a file");
        }
        Words::load(&Sources::of_city(folder.path())).0
    }

    #[test]
    fn a_code_is_written_with_all_its_digits() {
        let words = words();
        for code in [
            "990100001001001",
            "9901000010010017",
            "9901000010010019",
            "9007199254740993",
            "0099",
            "+7",
            "-0",
            "9223372036854775807",
            "20261118-0001",
            "",
        ] {
            let said = words.say("en", "place", &[("code", code.to_owned())]);
            assert_eq!(said.as_deref(), Some(format!("cell {code}").as_str()));
        }
    }

    #[test]
    fn a_count_chooses_its_plural() {
        let words = words();
        let say = |lang: &str, n: &str| words.say(lang, "cells", &[("n", n.to_owned())]).unwrap_or_default();
        assert_eq!(say("en", "1"), "one cell");
        assert_eq!(say("en", "0"), "0 cells");
        assert_eq!(say("en", "21"), "21 cells");
        assert_eq!(say("en", "1000000"), "1000000 cells");
        assert_eq!(say("zh-Hans", "1"), "1 个单元网格");
    }
}
