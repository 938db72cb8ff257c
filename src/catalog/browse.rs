//! The catalog to read: every sub-class by class, and what counts for each of them. Nothing is changed here; the files of
//! the city's folder are.

use super::catalog::{Catalog, FOLDER, FilingCondition, Key, Kind, SubClass};
use crate::app::App;
use crate::kit::error::Error;
use crate::people::doors::Visit;
use crate::people::{store, tabs};
use axum::extract::{Path, Query, State};
use axum::response::Html;
use jiff::civil::Date;
use minijinja::{Value, context};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the address of the list asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Part of a code, a name or a word.
    q: String,
    /// `event` or `component`.
    kind: String,
    /// `unverified`: only what has to be checked locally.
    show: String,
}

impl Asked {
    fn wants(&self, catalog: &Catalog, sub_class: &SubClass) -> bool {
        let words = self.q.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&words);
        let versions = catalog.versions(&sub_class.key);
        (self.kind.is_empty() || sub_class.key.kind.word() == self.kind)
            && (self.show != "unverified" || !is_checked(catalog, sub_class))
            && (words.is_empty()
                || sub_class.key.code.starts_with(&words)
                || has(&sub_class.name.zh)
                || has(&sub_class.name.en)
                || sub_class.words.iter().any(|word| has(word))
                || versions.iter().any(|one| has(&one.text.zh) || has(&one.text.en)))
    }

    fn but(&self, kind: &str, show: &str) -> String {
        let pairs = [("q", self.q.trim()), ("kind", kind), ("show", show)];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

/// True when the name and every number were read in their sources.
fn is_checked(catalog: &Catalog, sub_class: &SubClass) -> bool {
    sub_class.is_verified && catalog.versions(&sub_class.key).iter().all(|one| one.is_verified)
}

/// The departments' names by their codes.
async fn department_names(app: &App, lang: &str) -> Result<BTreeMap<String, String>, Error> {
    let departments = app.db.read(|tx| async move { store::departments(&tx).await }).await?;
    Ok(departments.iter().map(|one| (one.code.clone(), one.name(lang).to_owned())).collect())
}

fn limit(app: &App, lang: &str, condition: &FilingCondition) -> String {
    app.pages.say(lang, condition.limit.unit.key(), &[("n", condition.limit.value.to_string())])
}

fn today(app: &App) -> Date {
    app.calendar.date_of(app.clock.now())
}

/// `GET /admin/catalog`.
///
/// # Errors
/// When the database fails.
pub(super) async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let names = department_names(&app, visit.lang).await?;
    let (catalog, on) = (&app.catalog, today(&app));
    let set = catalog.in_force();
    let all: Vec<&SubClass> = set.into_iter().flat_map(|set| &set.sub_classes).collect();
    let row = |one: &&&SubClass| {
        let conditions = catalog.conditions(&one.key, on);
        let mut limits: Vec<String> = Vec::new();
        for condition in &conditions {
            let said = limit(&app, visit.lang, condition);
            if !limits.contains(&said) {
                limits.push(said);
            }
        }
        let code = catalog.department(&one.key, "");
        context! {
            word => one.word.as_str(),
            code => one.key.code.as_str(),
            name => one.name.in_lang(visit.lang),
            other_name => one.name.in_lang(if visit.lang == "en" { "zh-Hans" } else { "en" }),
            conditions => conditions.len(),
            limits => limits.join(" · "),
            department => code.map(|code| names.get(code).map_or(code, String::as_str)),
            is_checked => is_checked(catalog, one),
            is_local => one.is_local,
            is_dangerous => one.danger.is_some(),
        }
    };
    let wanted: Vec<&&SubClass> = all.iter().filter(|one| asked.wants(catalog, one)).collect();
    let classes: Vec<Value> = set
        .into_iter()
        .flat_map(|set| &set.classes)
        .filter_map(|class| {
            let is_of = |one: &&&&SubClass| one.key.kind == class.kind && one.key.class() == class.code;
            let rows: Vec<Value> = wanted.iter().filter(is_of).map(row).collect();
            let name = class.name.in_lang(visit.lang);
            let kind = class.kind.word();
            (!rows.is_empty()).then(|| context! { kind, code => class.code.as_str(), name, rows })
        })
        .collect();
    let count = |is_counted: &dyn Fn(&SubClass) -> bool| all.iter().filter(|one| is_counted(one)).count();
    let unverified = count(&|one| !is_checked(catalog, one));
    let chip = |key: &str, kind: &str, show: &str, count: usize| {
        let label = app.pages.say(visit.lang, key, &[]);
        context! { label, href => asked.but(kind, show), count, current => asked.kind == kind && asked.show == show }
    };
    let of_kind = |kind: Kind| count(&|one| one.key.kind == kind);
    let chips = [
        chip("catalog-all", "", "", all.len()),
        chip("catalog-kind-event", "event", "", of_kind(Kind::Event)),
        chip("catalog-kind-component", "component", "", of_kind(Kind::Component)),
        chip("catalog-to-check", "", "unverified", unverified),
    ];
    let page = context! {
        set => set.map(|set| context! { key => set.key.as_str(), title => set.title.in_lang(visit.lang) }),
        classes, chips, unverified,
        found => wanted.len(),
        q => asked.q.as_str(),
        kind => asked.kind.as_str(),
        show => asked.show.as_str(),
        folder => FOLDER,
        version => catalog.version(),
        tabs => tabs(&app, &visit)?,
    };
    app.page(&visit, "catalog/list.html", page)
}

/// `GET /admin/catalog/{word}`, the word being the kind and the code such as `event-0110`.
///
/// # Errors
/// [`Error::NotFound`] when the code set in force has no such sub-class; when the database fails.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(word): Path<String>,
) -> Result<Html<String>, Error> {
    let catalog = &app.catalog;
    let key = catalog.key_of(&word).ok_or(Error::NotFound)?;
    let one = catalog.sub_class(&key).ok_or(Error::NotFound)?;
    let names = department_names(&app, visit.lang).await?;
    let on = today(&app);
    let in_force = catalog.conditions(&key, on);
    let condition = |condition: &FilingCondition| {
        let is_now =
            in_force.iter().any(|now| now.id == condition.id && now.effective_from == condition.effective_from);
        context! {
            text => condition.text.in_lang(visit.lang),
            closing => condition.closing.in_lang(visit.lang),
            limit => limit(&app, visit.lang, condition),
            source => condition.source.as_str(),
            is_verified => condition.is_verified,
            from => condition.effective_from.to_string(),
            state => if is_now { "now" } else if condition.effective_from > on { "later" } else { "past" },
        }
    };
    let conditions: Vec<Value> = catalog.versions(&key).iter().map(condition).collect();
    let page = context! {
        code => key.code.as_str(),
        kind => key.kind.word(),
        code_set => key.code_set.as_str(),
        class => catalog.class(&key).map(|class| context! { code => class.code.as_str(), name => class.name.in_lang(visit.lang) }),
        name => one.name.in_lang(visit.lang),
        name_zh => one.name.zh.as_str(),
        name_en => one.name.en.as_str(),
        words => one.words.join(if visit.lang == "en" { ", " } else { "、" }),
        source => one.source.as_str(),
        is_verified => one.is_verified,
        is_local => one.is_local,
        danger => one.danger.as_deref(),
        responsible => responsible(&app, &key, &names),
        files => files(catalog, one),
        conditions,
        tabs => tabs(&app, &visit)?,
    };
    app.page(&visit, "catalog/show.html", page)
}

/// Who handles it where; an area that is not on the ground is called by its code.
fn responsible(app: &App, key: &Key, names: &BTreeMap<String, String>) -> Vec<Value> {
    let ground = app.grid();
    let row = |(area, department): (&str, &str)| {
        let found = ground.areas().iter().find(|one| one.code == area);
        context! {
            area => found.map_or(area, |one| one.name.as_str()),
            department => names.get(department).map_or(department, String::as_str),
            is_known => names.contains_key(department),
        }
    };
    app.catalog.responsible(key).into_iter().map(row).collect()
}

/// The files that say what the page says, each once.
fn files(catalog: &Catalog, one: &SubClass) -> Vec<String> {
    let mut files = vec![one.file.clone()];
    for condition in catalog.versions(&one.key) {
        if !files.contains(&condition.file) {
            files.push(condition.file.clone());
        }
    }
    files.push(format!("{FOLDER}responsibility.toml"));
    files
}
