//! Reads the catalog's files and says everything that is wrong with them.

use super::catalog::{
    Catalog, Class, CodeSet, Danger, Everyday, FOLDER, FilingCondition, Key, Kind, Parts, SubClass, Text, limit_of,
};
use super::problem::Problem;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodesFile {
    set: SetRow,
    #[serde(default)]
    source: Vec<SourceRow>,
    #[serde(default)]
    danger: Vec<DangerRow>,
    #[serde(default)]
    class: Vec<ClassRow>,
    #[serde(default)]
    sub_class: Vec<SubClassRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetRow {
    key: String,
    zh: String,
    en: String,
    in_force: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceRow {
    key: String,
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DangerRow {
    key: String,
    emergency: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassRow {
    kind: Kind,
    code: String,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubClassRow {
    kind: Kind,
    code: String,
    zh: String,
    en: String,
    #[serde(default)]
    source: String,
    verified: bool,
    #[serde(default)]
    local: bool,
    danger: Option<String>,
    #[serde(default)]
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionsFile {
    #[serde(default)]
    source: Vec<SourceRow>,
    #[serde(default)]
    condition: Vec<ConditionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionRow {
    id: String,
    kind: Kind,
    code: String,
    zh: String,
    en: String,
    limit: LimitRow,
    closed_zh: String,
    closed_en: String,
    #[serde(default)]
    source: String,
    verified: bool,
    from: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitRow {
    value: u32,
    unit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EverydayFile {
    code_set: String,
    #[serde(default)]
    everyday: Vec<EverydayRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EverydayRow {
    kind: Kind,
    code: String,
    icon: String,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponsibilityFile {
    #[serde(default)]
    rule: Vec<RuleRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    area: String,
    department: String,
}

/// A code set on its way, with the titles of its sources.
struct Set {
    folder: String,
    set: CodeSet,
    sources: BTreeMap<String, String>,
    codes: BTreeMap<Key, Option<String>>,
}

/// Reads the files; the catalog is to be used only when there is no problem.
pub(super) fn read(files: &[(String, String)]) -> (Catalog, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut dangers = BTreeMap::new();
    let mut sets: Vec<Set> = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with("/codes.toml")) {
        if let Some(file) = parse::<CodesFile>(path, text, &mut problems) {
            let set = code_set(path, file, &mut dangers, &mut problems);
            if sets.iter().any(|other| other.set.key == set.set.key) {
                problems.push(Problem::new(path, &set.set.key, "catalog-set-twice").with("set", &set.set.key));
            }
            sets.push(set);
        }
    }
    if sets.iter().filter(|set| set.set.is_in_force).count() != 1 {
        problems.push(Problem::new(FOLDER, "", "catalog-set-in-force"));
    }
    let (mut conditions, mut versions) = (Vec::new(), BTreeSet::new());
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".toml")) {
        let Some((folder, _)) = path.split_once("/conditions/") else { continue };
        let Some(set) = sets.iter_mut().find(|set| set.folder == folder) else {
            problems.push(Problem::new(path, "", "catalog-conditions-without-codes"));
            continue;
        };
        if let Some(file) = parse::<ConditionsFile>(path, text, &mut problems) {
            set.sources.extend(file.source.into_iter().map(|source| (source.key, source.title)));
            for row in file.condition {
                conditions.extend(condition(path, row, set, &mut versions, &mut problems));
            }
        }
    }
    let everyday = everyday_kinds(files, &sets, &mut problems);
    let rules = rules(files, &sets, &mut problems);
    let sets = sets.into_iter().map(|set| set.set).collect();
    (Catalog::of_parts(Parts { files, sets, conditions, dangers, everyday, rules }), problems)
}

fn parse<T: serde::de::DeserializeOwned>(path: &str, text: &str, problems: &mut Vec<Problem>) -> Option<T> {
    toml::from_str(text).map_err(|error| problems.push(Problem::unreadable(path, text, &error))).ok()
}

fn is_code(code: &str, length: usize) -> bool {
    code.len() == length && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// The place of a row in a file, as its writer would look for it.
fn place(kind: Kind, code: &str) -> String {
    format!("{} {code}", kind.word())
}

/// The title of a source, or the problem that there is none.
fn cited(
    sources: &BTreeMap<String, String>,
    source: &str,
    path: &str,
    place: &str,
    problems: &mut Vec<Problem>,
) -> String {
    let title = sources.get(source).filter(|title| !title.trim().is_empty()).cloned();
    if title.is_none() {
        problems.push(Problem::new(path, place, "catalog-citation-missing").with("source", source));
    }
    title.unwrap_or_default()
}

fn code_set(path: &str, file: CodesFile, dangers: &mut BTreeMap<String, Danger>, problems: &mut Vec<Problem>) -> Set {
    let sources: BTreeMap<String, String> = file.source.into_iter().map(|row| (row.key, row.title)).collect();
    for row in file.danger {
        dangers.insert(row.key.clone(), Danger { key: row.key, emergency: row.emergency });
    }
    let (mut classes, mut class_keys) = (Vec::new(), BTreeSet::new());
    for row in file.class {
        if !is_code(&row.code, 2) || !class_keys.insert((row.kind, row.code.clone())) {
            problems.push(Problem::new(path, place(row.kind, &row.code), "catalog-code-twice").with("code", &row.code));
        }
        classes.push(Class { kind: row.kind, code: row.code, name: Text { zh: row.zh, en: row.en } });
    }
    let (mut sub_classes, mut codes) = (Vec::new(), BTreeMap::new());
    for row in file.sub_class {
        let at = place(row.kind, &row.code);
        let key = Key { code_set: file.set.key.clone(), kind: row.kind, code: row.code };
        let source = cited(&sources, &row.source, path, &at, problems);
        if !is_code(&key.code, 4) {
            problems.push(Problem::new(path, &at, "catalog-code-malformed").with("code", &key.code));
        }
        if !class_keys.contains(&(key.kind, key.class().to_owned())) {
            problems.push(Problem::new(path, &at, "catalog-class-unknown").with("code", key.class()));
        }
        if codes.insert(key.clone(), row.danger.clone()).is_some() {
            problems.push(Problem::new(path, &at, "catalog-code-twice").with("code", &key.code));
        }
        if row.zh.trim().is_empty() || row.en.trim().is_empty() {
            problems.push(Problem::new(path, &at, "catalog-words-missing"));
        }
        if let Some(danger) = row.danger.as_ref().filter(|danger| !dangers.contains_key(*danger)) {
            problems.push(Problem::new(path, &at, "catalog-danger-unknown").with("danger", danger));
        }
        sub_classes.push(SubClass {
            word: key.word(),
            key,
            name: Text { zh: row.zh, en: row.en },
            source,
            is_verified: row.verified,
            is_local: row.local,
            danger: row.danger,
            words: row.words,
            file: path.to_owned(),
        });
    }
    let set = CodeSet {
        key: file.set.key,
        title: Text { zh: file.set.zh, en: file.set.en },
        is_in_force: file.set.in_force,
        classes,
        sub_classes,
    };
    Set { folder: path.trim_end_matches("/codes.toml").to_owned(), set, sources, codes }
}

fn condition(
    path: &str,
    row: ConditionRow,
    set: &Set,
    versions: &mut BTreeSet<(String, String, Date)>,
    problems: &mut Vec<Problem>,
) -> Option<FilingCondition> {
    let key = Key { code_set: set.set.key.clone(), kind: row.kind, code: row.code };
    let source = cited(&set.sources, &row.source, path, &row.id, problems);
    if !set.codes.contains_key(&key) {
        problems.push(Problem::new(path, &row.id, "catalog-code-unknown").with("code", place(key.kind, &key.code)));
    }
    if !versions.insert((key.code_set.clone(), row.id.clone(), row.from)) {
        problems.push(Problem::new(path, &row.id, "catalog-condition-twice").with("id", &row.id));
    }
    if [&row.zh, &row.en, &row.closed_zh, &row.closed_en].iter().any(|text| text.trim().is_empty()) {
        problems.push(Problem::new(path, &row.id, "catalog-words-missing"));
    }
    match limit_of(row.limit.value, &row.limit.unit) {
        Ok(limit) => Some(FilingCondition {
            id: row.id,
            key,
            text: Text { zh: row.zh, en: row.en },
            limit,
            closing: Text { zh: row.closed_zh, en: row.closed_en },
            source,
            is_verified: row.verified,
            effective_from: row.from,
            file: path.to_owned(),
        }),
        Err(sentence) => {
            problems.push(Problem::new(path, &row.id, sentence).with("unit", row.limit.unit));
            None
        }
    }
}

fn everyday_kinds(files: &[(String, String)], sets: &[Set], problems: &mut Vec<Problem>) -> Vec<Everyday> {
    let (mut kinds, mut seen): (Vec<Everyday>, BTreeSet<Key>) = (Vec::new(), BTreeSet::new());
    for (path, text) in files.iter().filter(|(path, _)| path == "catalog/everyday.toml") {
        let Some(file) = parse::<EverydayFile>(path, text, problems) else { continue };
        for row in file.everyday {
            let at = place(row.kind, &row.code);
            let key = Key { code_set: file.code_set.clone(), kind: row.kind, code: row.code };
            let Some(danger) = sets.iter().find_map(|set| set.codes.get(&key)) else {
                problems.push(Problem::new(path, &at, "catalog-code-unknown").with("code", &at));
                continue;
            };
            if !seen.insert(key.clone()) {
                problems.push(Problem::new(path, &at, "catalog-code-twice").with("code", &at));
            }
            let name = Text { zh: row.zh, en: row.en };
            kinds.push(Everyday { word: key.word(), key, icon: row.icon, name, danger: danger.clone() });
        }
    }
    kinds
}

fn rules(files: &[(String, String)], sets: &[Set], problems: &mut Vec<Problem>) -> Vec<[String; 4]> {
    let (mut rules, mut seen) = (Vec::new(), BTreeSet::new());
    let in_force = sets.iter().find(|set| set.set.is_in_force);
    for (path, text) in files.iter().filter(|(path, _)| path == "catalog/responsibility.toml") {
        let Some(file) = parse::<ResponsibilityFile>(path, text, problems) else { continue };
        for RuleRow { kind, code, area, department } in file.rule {
            let at = format!("{kind} {code} {area}");
            let at = at.trim();
            let speaks = |key: &Key| (kind.is_empty() || key.kind.word() == kind) && key.code.starts_with(&code);
            if !in_force.is_some_and(|set| set.codes.keys().any(speaks)) {
                problems.push(Problem::new(path, at, "catalog-code-unknown").with("code", at));
            }
            if department.trim().is_empty() {
                problems.push(Problem::new(path, at, "catalog-department-missing"));
            }
            if !seen.insert((kind.clone(), code.clone(), area.clone())) {
                problems.push(Problem::new(path, at, "catalog-rule-twice"));
            }
            rules.push([kind, code, area, department]);
        }
    }
    rules
}
