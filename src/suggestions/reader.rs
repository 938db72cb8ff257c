//! Reads texts: by the words of the catalog before anything is learnt, by a model after that.

use super::suggestion::{Guess, WORDS};
use crate::catalog::{Catalog, Kind, Problem, SubClass};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use understanding::words::grams::{Text, hint};
use understanding::words::lexicon::{Lexicon, Phrase};
use understanding::words::model::Model;
use understanding::words::training::{Lesson, Settings, Untaught, fingerprint, train};

/// The files in which people's ways of speaking are written begin so.
pub const FILES: &str = "catalog/words";
/// What a model calls all sub-classes of which there were few texts.
const RARE: &str = "";
/// From so many texts on a sub-class is learnt by itself.
const LEAST_TEXTS: usize = 5;
/// So many texts of what is written for the rare ones are learnt, at least and at most.
const RARE_TEXTS: (usize, usize) = (20, 300);
/// How many of a model's answers are looked at.
const RANKED: usize = 8;
/// So many characters of a text are read.
const READ: usize = 2000;
/// What each character counts: of what is written for a sub-class, of a single spelled word that stands in its codes, of two
/// characters of its name, and of a piece of its filing conditions.
const WRITTEN: f32 = 1.0;
const SPELLED: f32 = 0.4;
const OF_NAME: f32 = 0.5;
const OF_CONDITION: f32 = 0.3;
/// What people may choose by themselves is likelier to be meant than what only the desk knows.
const EVERYDAY: f32 = 1.2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsFile {
    #[serde(default)]
    words: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: Kind,
    code: String,
    #[serde(default)]
    zh: Vec<String>,
    #[serde(default)]
    en: Vec<String>,
}

/// The words of the catalog, ready to be found, and the sub-classes in force for which they speak.
#[derive(Debug, Default)]
pub struct Vocabulary {
    classes: Vec<String>,
    lexicon: Lexicon,
    /// What is written for a sub-class, as a text of a few words.
    written: Vec<(usize, String)>,
    version: String,
}

/// A phrase on its way: sub-class, words, weight.
type Spoken = (usize, String, f32);

impl Vocabulary {
    /// The catalog's names, everyday names, words and filing conditions, and what the files `catalog/words*.toml` add: pairs of path
    /// and text.
    ///
    /// # Errors
    /// Every problem found, as [`check`] answers them.
    pub fn load(files: &[(String, String)], catalog: &Catalog) -> Result<Vocabulary, Vec<Problem>> {
        let (vocabulary, problems) = read(files, catalog);
        if problems.is_empty() { Ok(vocabulary) } else { Err(problems) }
    }

    /// The digest of the phrases, with a word before it that tells it from what was learnt.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many phrases there are.
    pub fn len(&self) -> usize {
        self.lexicon.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.lexicon.is_empty()
    }

    /// The keys of the sub-classes in force.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    fn guesses(&self, words: &str) -> Vec<Guess> {
        let named = |guess: understanding::words::calibration::Guess| {
            Some(Guess { key: self.classes.get(guess.class)?.clone(), confidence: guess.confidence })
        };
        self.lexicon.rank(words).into_iter().filter_map(named).collect()
    }
}

/// Every problem of the files of people's words.
pub fn check(files: &[(String, String)], catalog: &Catalog) -> Vec<Problem> {
    read(files, catalog).1
}

fn read(files: &[(String, String)], catalog: &Catalog) -> (Vocabulary, Vec<Problem>) {
    let mut problems = Vec::new();
    let all: Vec<&SubClass> = catalog.in_force().into_iter().flat_map(|set| &set.sub_classes).collect();
    let mut spoken: Vec<Spoken> = Vec::new();
    for (class, sub_class) in all.iter().enumerate() {
        spoken.extend(of_catalog(catalog, sub_class).into_iter().map(|(words, weight)| (class, words, weight)));
    }
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with(FILES) && path.ends_with(".toml")) {
        let file: WordsFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem::unreadable(path, text, &error));
                continue;
            }
        };
        for row in file.words {
            let at = format!("{}-{}", row.kind.word(), row.code);
            let Some(class) = all.iter().position(|sub_class| sub_class.word == at) else {
                problems.push(Problem::new(path, &at, "catalog-code-unknown").with("code", &at));
                continue;
            };
            spoken.extend(row.zh.into_iter().chain(row.en).map(|words| (class, words, WRITTEN)));
        }
    }
    let is_written = |one: &&Spoken| one.2 >= WRITTEN;
    let written = spoken.iter().filter(is_written).map(|(class, words, _)| (*class, words.replace('+', " "))).collect();
    let everyday: BTreeSet<&str> = catalog.everyday().iter().map(|one| one.word.as_str()).collect();
    for (class, _, weight) in &mut spoken {
        if all.get(*class).is_some_and(|sub_class| everyday.contains(sub_class.word.as_str())) {
            *weight *= EVERYDAY;
        }
    }
    let lexicon =
        Lexicon::of(spoken.iter().map(|(class, words, weight)| Phrase { class: *class, words, weight: *weight }));
    let mut digest = Sha256::new();
    for (class, words, weight) in &spoken {
        digest.update(format!("{class} {words} {weight}\n"));
    }
    let digest: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let classes = all.iter().map(|sub_class| sub_class.word.clone()).collect();
    (Vocabulary { classes, lexicon, written, version: format!("{WORDS}{digest}") }, problems)
}

/// What the catalog itself says of a sub-class: words with their weights.
fn of_catalog(catalog: &Catalog, sub_class: &SubClass) -> Vec<(String, f32)> {
    let mut spoken = Vec::new();
    let everyday = catalog.everyday().iter().find(|everyday| everyday.key == sub_class.key);
    let names = [Some(&sub_class.name), everyday.map(|everyday| &everyday.name)];
    for name in names.into_iter().flatten() {
        spoken.push((name.en.clone(), WRITTEN));
        for piece in pieces(&name.zh) {
            let signs: Vec<char> = piece.chars().collect();
            spoken.extend(signs.windows(2).map(|pair| (pair.iter().collect(), OF_NAME)));
            spoken.push((piece, WRITTEN));
        }
    }
    for words in &sub_class.words {
        let is_one_spelled = words.is_ascii() && !words.contains(' ');
        spoken.push((words.clone(), if is_one_spelled { SPELLED } else { WRITTEN }));
    }
    for condition in catalog.versions(&sub_class.key) {
        let short = pieces(&condition.text.zh).into_iter().filter(|piece| (2..=6).contains(&piece.chars().count()));
        spoken.extend(short.map(|piece| (piece, OF_CONDITION)));
    }
    spoken
}

/// A Chinese text cut at everything that is no letter.
fn pieces(text: &str) -> Vec<String> {
    text.split(|sign: char| !sign.is_alphanumeric()).filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

/// Reads texts.
#[derive(Debug)]
pub struct Reader {
    vocabulary: Arc<Vocabulary>,
    model: Option<Model>,
}

impl Reader {
    /// By the words of the catalog alone, or by what was learnt beside them.
    pub fn new(vocabulary: Arc<Vocabulary>, model: Option<Model>) -> Reader {
        Reader { vocabulary, model }
    }

    /// Which version it is.
    pub fn version(&self) -> &str {
        self.model.as_ref().map_or(&self.vocabulary.version, Model::version)
    }

    /// The sub-classes that a text may be about, the likeliest first; none when it says too little.
    pub fn guesses(&self, words: &str) -> Vec<Guess> {
        let words = beginning(words);
        let hinted = self.vocabulary.guesses(words);
        let Some(model) = &self.model else { return hinted };
        let learnt = &model.about().classes;
        let extra = hints(&hinted, learnt);
        let ranked = model.answer(&Text { fields: &[words], extra: &extra }).unwrap_or_default();
        let (mut found, mut rest) = (Vec::new(), 0.0);
        for guess in ranked.into_iter().take(RANKED) {
            match learnt.get(guess.class).map(String::as_str) {
                Some(RARE) => rest = guess.confidence,
                // What the catalog no longer has is not offered.
                Some(key) if self.vocabulary.classes.iter().any(|class| class == key) => {
                    found.push(Guess { key: key.to_owned(), confidence: guess.confidence });
                }
                _ => {}
            }
        }
        // What is said of all the rare ones together goes to those that the words hint at.
        let rare: Vec<&Guess> = hinted.iter().filter(|guess| !learnt.contains(&guess.key)).collect();
        let total: f32 = rare.iter().map(|guess| guess.confidence).sum();
        let share = |guess: &&Guess| Guess { key: guess.key.clone(), confidence: rest * guess.confidence / total };
        found.extend(rare.iter().filter(|_| total > 0.0).map(share));
        found.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        found
    }
}

/// What the words hint at, as a learner of these classes takes it: of rare sub-classes together.
fn hints(hinted: &[Guess], learnt: &[String]) -> Vec<(u64, f32)> {
    let mut found: Vec<(u64, f32)> = Vec::new();
    let mut rare = 0.0;
    for guess in hinted {
        if learnt.contains(&guess.key) {
            found.push((hint(&guess.key), guess.confidence));
        } else {
            rare += guess.confidence;
        }
    }
    if rare > 0.0 {
        found.push((hint(RARE), rare));
    }
    found
}

fn beginning(words: &str) -> &str {
    words.char_indices().nth(READ).map_or(words, |(end, _)| &words[..end])
}

/// Which texts are near-duplicates of each other: equal numbers.
pub fn group(words: &str) -> u64 {
    fingerprint(&[words])
}

/// Learns from texts and their sub-classes, beginning from what the catalog's words hint at. Sub-classes of which there are few texts
/// are learnt as one, and told apart by the catalog's words: a city has hundreds, and cases of some dozens.
///
/// # Errors
/// When the texts are of fewer than two sub-classes.
pub fn teach(lessons: &[(String, String)], vocabulary: &Vocabulary, settings: &Settings) -> Result<Model, Untaught> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, key) in lessons {
        *counts.entry(key).or_default() += 1;
    }
    let is_learnt = |key: &&str| counts.get(key).is_some_and(|count| *count >= LEAST_TEXTS);
    let known = vocabulary.classes().iter().map(String::as_str).filter(is_learnt);
    let classes: Vec<String> = std::iter::once(RARE).chain(known).map(str::to_owned).collect();
    // What is written for the others shows what all of them are like; no more than a sub-class has texts.
    let is_rare = |one: &&(usize, String)| vocabulary.classes().get(one.0).is_some_and(|key| !classes.contains(key));
    let rare: Vec<&(usize, String)> = vocabulary.written.iter().filter(is_rare).collect();
    let most = (lessons.len() / classes.len()).clamp(RARE_TEXTS.0, RARE_TEXTS.1);
    let every = rare.len().div_ceil(most).max(1);
    let rare = rare.iter().step_by(every).map(|(_, words)| (words.clone(), RARE.to_owned()));
    let lessons: Vec<(String, String)> = lessons.iter().cloned().chain(rare).collect();
    let extra: Vec<Vec<(u64, f32)>> =
        lessons.iter().map(|(words, _)| hints(&vocabulary.guesses(beginning(words)), &classes)).collect();
    let fields: Vec<[&str; 1]> = lessons.iter().map(|(words, _)| [beginning(words)]).collect();
    let taught: Vec<Lesson<'_>> = lessons
        .iter()
        .zip(&fields)
        .zip(&extra)
        .map(|(((words, key), fields), extra)| {
            let class = classes.iter().position(|class| class == key).unwrap_or(0);
            Lesson { text: Text { fields, extra }, class, group: group(words) }
        })
        .collect();
    train(&taught, &classes, &["words".to_owned()], settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::catalog::FOLDER;
    use crate::kit::sources::Sources;

    fn vocabulary() -> Vocabulary {
        let files = Sources::of_demo().folder(FOLDER);
        let catalog = Catalog::load(&files).expect("the catalog");
        Vocabulary::load(&files, &catalog).expect("the words")
    }

    #[test]
    fn everyday_sentences_are_understood_before_anything_is_learnt() {
        let reader = Reader::new(Arc::new(vocabulary()), None);
        assert!(reader.version().starts_with(WORDS));
        let mut wrong = Vec::new();
        let sentences = include_str!("sentences.txt");
        let (mut all, mut sure, mut sure_right) = (0, 0, 0);
        for line in sentences.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (key, words) = line.split_once(' ').expect("a sub-class and a sentence");
            let guesses = reader.guesses(words);
            let first = guesses.first();
            all += 1;
            if first.is_some_and(|guess| guess.confidence >= 0.8) {
                sure += 1;
                sure_right += usize::from(first.is_some_and(|guess| guess.key == key));
            }
            if !guesses.iter().take(3).any(|guess| guess.key == key) {
                wrong.push(format!("{key} {words}: {:?}", guesses.iter().take(3).collect::<Vec<_>>()));
            }
        }
        println!("{all} sentences, not among three {}, sure {sure}, of them right {sure_right}", wrong.len());
        assert!(wrong.len() * 20 <= all, "{}", wrong.join("\n"));
        assert!(sure * 3 >= all && sure_right * 100 >= sure * 88, "{sure_right} of {sure} of {all}");
    }

    #[test]
    fn what_says_nothing_is_answered_by_nothing() {
        let reader = Reader::new(Arc::new(vocabulary()), None);
        for words in ["", "你好", "hello there", "请问一下", "1234567"] {
            let found = reader.guesses(words);
            assert!(found.iter().all(|guess| guess.confidence < 0.15), "{words}: {found:?}");
        }
    }

    #[test]
    fn a_city_adds_words_and_its_mistakes_are_named() {
        let mut files = Sources::of_demo().folder(FOLDER);
        let catalog = Catalog::load(&files).expect("the catalog");
        let before = vocabulary();
        let own = "[[words]]\nkind = \"event\"\ncode = \"0493\"\nzh = [\"小蓝骑\"]\n";
        files.push(("catalog/words-city.toml".into(), own.into()));
        let after = Vocabulary::load(&files, &catalog).expect("the words");
        assert_ne!(before.version(), after.version());
        assert_eq!(after.guesses("小蓝骑倒了").first().map(|guess| guess.key.as_str()), Some("event-0493"));
        assert_eq!(catalog.version(), Catalog::load(&files).expect("the catalog").version(), "no limit has changed");
        files.push(("catalog/words-bad.toml".into(), own.replace("0493", "9999")));
        files.push(("catalog/words-worse.toml".into(), "words = 3".into()));
        let keys: Vec<&str> = check(&files, &catalog).iter().map(|problem| problem.key).collect();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0], "catalog-code-unknown");
    }
}
