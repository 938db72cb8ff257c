//! The catalog: code sets, filing conditions with their limits, everyday kinds, and who is responsible.

use super::limit::{Limit, Unit};
use super::problem::{Problem, version_of};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The folder of the catalog's files.
pub const FOLDER: &str = "catalog/";

/// What a code speaks of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 事件: something that happens or is done.
    Event,
    /// 部件: a thing that stands somewhere.
    Component,
}

impl Kind {
    /// The kind's word in files, forms and the database.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Event => "event",
            Kind::Component => "component",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Kind> {
        [Kind::Event, Kind::Component].into_iter().find(|kind| kind.word() == word)
    }
}

/// What names a sub-class. A code alone names nothing: 0301 is one thing as an event and another as a component, and event
/// class 04 of one code set is class 05 of another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Key {
    /// The code set, such as `GB/T 30428.2-2013`.
    pub code_set: String,
    /// Event or component.
    pub kind: Kind,
    /// The four digits of the sub-class; the first two are its class.
    pub code: String,
}

impl Key {
    /// The class code, the first two digits.
    pub fn class(&self) -> &str {
        self.code.get(..2).unwrap_or(&self.code)
    }

    /// The key without its code set, as forms carry it: `event-0110`. [`Catalog::key_of`] reads it back.
    pub fn word(&self) -> String {
        format!("{}-{}", self.kind.word(), self.code)
    }
}

/// A text in the two languages of the catalog.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text for a reader of `lang`: English for `en`, Chinese for everybody else.
    pub fn in_lang(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh }
    }
}

/// A code set (分类编码标准).
#[derive(Clone, Debug, Serialize)]
pub struct CodeSet {
    /// Its number, such as `GB/T 30428.2-2013`.
    pub key: String,
    /// Its title.
    pub title: Text,
    /// True for the one set under which new cases are filed.
    pub is_in_force: bool,
    /// Its classes (大类), events before components, by code.
    pub classes: Vec<Class>,
    /// Its sub-classes (小类) in the order of the file.
    pub sub_classes: Vec<SubClass>,
}

/// A class (大类).
#[derive(Clone, Debug, Serialize)]
pub struct Class {
    /// Event or component.
    pub kind: Kind,
    /// Two digits.
    pub code: String,
    /// Its name.
    pub name: Text,
}

/// A sub-class (小类).
#[derive(Clone, Debug, Serialize)]
pub struct SubClass {
    /// What names it.
    pub key: Key,
    /// The key as forms carry it.
    pub word: String,
    /// Its name.
    pub name: Text,
    /// The title of the document in which the name was read.
    pub source: String,
    /// False when the name is known only from memory.
    pub is_verified: bool,
    /// True for a city's own extension of the national codes.
    pub is_local: bool,
    /// What danger it may bring: a key of [`Catalog::danger`].
    pub danger: Option<String>,
    /// Words by which people speak of it.
    pub words: Vec<String>,
    /// The file in which it is written.
    pub file: String,
}

/// A filing condition (立案条件) with its limit (处置时限) and closing condition (结案条件).
#[derive(Clone, Debug, Serialize)]
pub struct FilingCondition {
    /// Its id, the same through all its versions.
    pub id: String,
    /// The sub-class it belongs to.
    pub key: Key,
    /// When a case is filed under it.
    pub text: Text,
    /// How long the handling may take.
    pub limit: Limit,
    /// When the case may be closed.
    pub closing: Text,
    /// The title of the document from which the numbers were taken.
    pub source: String,
    /// False when the numbers were not read in the source.
    pub is_verified: bool,
    /// The first civil day on which this version applies.
    pub effective_from: Date,
    /// The file in which it is written.
    pub file: String,
}

/// What is shown before any form when a kind is dangerous.
#[derive(Clone, Debug, Serialize)]
pub struct Danger {
    /// `gas`, `wire` or `collapse`.
    pub key: String,
    /// Keys of the emergency numbers in `city.toml`, the most important first.
    pub emergency: Vec<String>,
}

/// One of the everyday kinds from which a citizen may choose.
#[derive(Clone, Debug, Serialize)]
pub struct Everyday {
    /// The sub-class it stands for.
    pub key: Key,
    /// The key as forms carry it.
    pub word: String,
    /// A name in `assets/icons.svg`.
    pub icon: String,
    /// Everyday words.
    pub name: Text,
    /// What danger it may bring.
    pub danger: Option<String>,
}

/// Who handles what: a rule of the responsibility table (责任表). An empty text matches everything.
#[derive(Clone, Debug)]
struct Rule {
    kind: String,
    code: String,
    area: String,
    department: String,
}

/// Everything above, read and checked.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    sets: Vec<CodeSet>,
    places: BTreeMap<Key, (usize, usize)>,
    conditions: BTreeMap<Key, Vec<FilingCondition>>,
    dangers: BTreeMap<String, Danger>,
    everyday: Vec<Everyday>,
    rules: Vec<Rule>,
    hints: Vec<Hints>,
    version: String,
}

/// What in a text speaks for a sub-class.
#[derive(Clone, Debug)]
struct Hints {
    key: Key,
    is_everyday: bool,
    words: BTreeSet<String>,
    pairs: BTreeSet<[char; 2]>,
}

impl Catalog {
    /// Reads the files of [`FOLDER`], pairs of path and text; a city's own files stand in place of those they shadow.
    ///
    /// # Errors
    /// Every problem found, as [`check`] answers them.
    pub fn load(files: &[(String, String)]) -> Result<Catalog, Vec<Problem>> {
        let (catalog, problems) = super::reading::read(files);
        if problems.is_empty() { Ok(catalog) } else { Err(problems) }
    }

    /// A digest of the files, to be kept on a case.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The code sets.
    pub fn code_sets(&self) -> &[CodeSet] {
        &self.sets
    }

    /// The code set under which new cases are filed.
    pub fn in_force(&self) -> Option<&CodeSet> {
        self.sets.iter().find(|set| set.is_in_force)
    }

    /// The key of a word such as `event-0110` in the code set in force, if there is such a sub-class.
    pub fn key_of(&self, word: &str) -> Option<Key> {
        let (kind, code) = word.split_once('-')?;
        let code_set = self.in_force()?.key.clone();
        let key = Key { code_set, kind: Kind::of(kind)?, code: code.to_owned() };
        self.places.contains_key(&key).then_some(key)
    }

    /// A sub-class.
    pub fn sub_class(&self, key: &Key) -> Option<&SubClass> {
        let (set, place) = self.places.get(key)?;
        self.sets.get(*set)?.sub_classes.get(*place)
    }

    /// The class of a sub-class.
    pub fn class(&self, key: &Key) -> Option<&Class> {
        let set = self.sets.iter().find(|set| set.key == key.code_set)?;
        set.classes.iter().find(|class| class.kind == key.kind && class.code == key.class())
    }

    /// The filing conditions of a sub-class that apply on a civil day, in the order of the file: of each id the version
    /// with the latest first day that is not after `on`.
    pub fn conditions(&self, key: &Key, on: Date) -> Vec<&FilingCondition> {
        let mut chosen: Vec<&FilingCondition> = Vec::new();
        for condition in self.conditions.get(key).into_iter().flatten().filter(|one| one.effective_from <= on) {
            match chosen.iter_mut().find(|other| other.id == condition.id) {
                Some(other) if other.effective_from < condition.effective_from => *other = condition,
                Some(_) => {}
                None => chosen.push(condition),
            }
        }
        chosen
    }

    /// The filing condition with an id that applies to a sub-class on a civil day.
    pub fn condition(&self, key: &Key, id: &str, on: Date) -> Option<&FilingCondition> {
        self.conditions(key, on).into_iter().find(|condition| condition.id == id)
    }

    /// True when a filing condition of a sub-class that applies on a civil day has a limit in 紧急工作时: such a limit runs
    /// through the night, so it may not wait for the morning.
    pub fn is_urgent(&self, key: &Key, on: Date) -> bool {
        self.conditions(key, on).iter().any(|condition| condition.limit.unit == Unit::UrgentHour)
    }

    /// The filing conditions of a sub-class in all their versions, in the order of the file.
    pub fn versions(&self, key: &Key) -> &[FilingCondition] {
        self.conditions.get(key).map_or(&[], Vec::as_slice)
    }

    /// The number of filing conditions, all versions.
    pub fn condition_count(&self) -> usize {
        self.conditions.values().map(Vec::len).sum()
    }

    /// The danger that a sub-class may bring.
    pub fn danger(&self, key: &Key) -> Option<&Danger> {
        self.dangers.get(self.sub_class(key)?.danger.as_deref()?)
    }

    /// All dangers, by key.
    pub fn dangers(&self) -> impl Iterator<Item = &Danger> {
        self.dangers.values()
    }

    /// The everyday kinds for the citizen's chooser, in the order of the page.
    pub fn everyday(&self) -> &[Everyday] {
        &self.everyday
    }

    /// The department responsible by default for a sub-class at a place, by the code of the finest known area (district,
    /// street or community, or a unit grid: each begins with the code of what it lies in).
    ///
    /// The rule with the longest matching code wins, among those the one with the longest matching area, among those the
    /// first. Nothing when no rule matches: the desk decides.
    pub fn department(&self, key: &Key, area: &str) -> Option<&str> {
        let matches = |rule: &&Rule| {
            (rule.kind.is_empty() || rule.kind == key.kind.word())
                && key.code.starts_with(&rule.code)
                && area.starts_with(&rule.area)
        };
        let best = self.rules.iter().rev().filter(matches).max_by_key(|rule| (rule.code.len(), rule.area.len()))?;
        Some(&best.department)
    }

    /// The territorial unit of an area (属地): whom the longest rule names that says an area and no sub-class.
    pub fn territory(&self, area: &str) -> Option<&str> {
        let of_ground = |rule: &&Rule| rule.code.is_empty() && !rule.area.is_empty() && area.starts_with(&rule.area);
        self.rules.iter().filter(of_ground).max_by_key(|rule| rule.area.len()).map(|rule| rule.department.as_str())
    }

    /// The default departments of a sub-class over the city: pairs of area code and department code, the rule for
    /// everywhere else (an empty area) last. Areas that are treated like everywhere else are left out.
    pub fn responsible(&self, key: &Key) -> Vec<(&str, &str)> {
        let matches =
            |rule: &&Rule| (rule.kind.is_empty() || rule.kind == key.kind.word()) && key.code.starts_with(&rule.code);
        let areas: BTreeSet<&str> = self.rules.iter().filter(matches).map(|rule| rule.area.as_str()).collect();
        let everywhere = self.department(key, "");
        let mut pairs: Vec<(&str, &str)> = areas
            .into_iter()
            .filter(|area| !area.is_empty())
            .filter_map(|area| Some((area, self.department(key, area)?)))
            .filter(|(_, department)| Some(*department) != everywhere)
            .collect();
        pairs.extend(everywhere.map(|department| ("", department)));
        pairs
    }

    /// The departments that the responsibility table names, each once.
    pub fn departments(&self) -> BTreeSet<&str> {
        self.rules.iter().map(|rule| rule.department.as_str()).collect()
    }

    /// Up to `n` sub-classes of the code set in force that a text may speak of, the likeliest first; none when nothing in
    /// the text speaks for any. The same text always gets the same answer.
    ///
    /// A word or name found in the text counts by its length; two characters in a row that a name shares with the text
    /// count a little.
    pub fn suggest(&self, text: &str, n: usize) -> Vec<&SubClass> {
        let text = text.to_lowercase();
        let spoken: BTreeSet<&str> = text.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
        let pairs: BTreeSet<[char; 2]> = pairs_of(&text);
        let found = |word: &str| match word.is_ascii() && !word.contains(' ') {
            true => spoken.contains(word) || spoken.contains(format!("{word}s").as_str()),
            false => text.contains(word),
        };
        let weight = |word: &str| if word.is_ascii() { 8 } else { 4 * word.chars().count() };
        let mut scored: Vec<(usize, &Hints)> = Vec::new();
        for hints in &self.hints {
            let words: usize = hints.words.iter().filter(|word| found(word)).map(|word| weight(word)).sum();
            let score = words + hints.pairs.intersection(&pairs).count();
            if score > 0 {
                scored.push((2 * score + usize::from(hints.is_everyday), hints));
            }
        }
        scored.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.key.cmp(&other.key)));
        scored.into_iter().take(n).filter_map(|(_, hints)| self.sub_class(&hints.key)).collect()
    }

    pub(super) fn of_parts(parts: Parts) -> Catalog {
        let Parts { files, sets, conditions, dangers, everyday, rules } = parts;
        // How people speak (catalog/words*.toml) changes no limit and nobody's duty.
        let counted: Vec<(String, String)> =
            files.iter().filter(|(path, _)| !path.starts_with("catalog/words")).cloned().collect();
        let mut catalog = Catalog { sets, dangers, everyday, version: version_of(&counted), ..Catalog::default() };
        catalog.rules =
            rules.into_iter().map(|[kind, code, area, department]| Rule { kind, code, area, department }).collect();
        for (at, set) in catalog.sets.iter().enumerate() {
            for (place, sub_class) in set.sub_classes.iter().enumerate() {
                catalog.places.insert(sub_class.key.clone(), (at, place));
            }
        }
        for condition in conditions {
            catalog.conditions.entry(condition.key.clone()).or_default().push(condition);
        }
        for sub_class in catalog.in_force().map(|set| set.sub_classes.clone()).unwrap_or_default() {
            let everyday = catalog.everyday.iter().find(|everyday| everyday.key == sub_class.key);
            let names = [Some(&sub_class.name), everyday.map(|everyday| &everyday.name)].into_iter().flatten();
            let mut words: BTreeSet<String> = sub_class.words.iter().map(|word| word.to_lowercase()).collect();
            let mut pairs = BTreeSet::new();
            for name in names {
                words.extend([name.zh.to_lowercase(), name.en.to_lowercase()]);
                pairs.extend(pairs_of(&name.zh));
            }
            catalog.hints.push(Hints { key: sub_class.key, is_everyday: everyday.is_some(), words, pairs });
        }
        catalog
    }
}

/// What the files said, before it is put together.
pub(super) struct Parts<'a> {
    pub files: &'a [(String, String)],
    pub sets: Vec<CodeSet>,
    pub conditions: Vec<FilingCondition>,
    pub dangers: BTreeMap<String, Danger>,
    pub everyday: Vec<Everyday>,
    /// Kind, code, area and department.
    pub rules: Vec<[String; 4]>,
}

/// Two Chinese characters in a row.
fn pairs_of(text: &str) -> BTreeSet<[char; 2]> {
    let signs: Vec<char> = text.chars().collect();
    let han = |sign: char| ('\u{4e00}'..='\u{9fff}').contains(&sign);
    signs.windows(2).filter(|pair| han(pair[0]) && han(pair[1])).map(|pair| [pair[0], pair[1]]).collect()
}

/// Every problem of the catalog's files, which are pairs of path and text.
pub fn check(files: &[(String, String)]) -> Vec<Problem> {
    super::reading::read(files).1
}

/// The unit of a limit as files write it.
pub(super) fn limit_of(value: u32, unit: &str) -> Result<Limit, &'static str> {
    let unit = Unit::of(unit).ok_or("catalog-unit-unknown")?;
    if value == 0 || value > 3650 { Err("catalog-limit-out-of-range") } else { Ok(Limit::new(value, unit)) }
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
