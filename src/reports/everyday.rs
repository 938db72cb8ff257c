//! The everyday problems that the form offers, and the names of categories.

use super::report::Category;
use crate::app::App;
use crate::catalog::{Key, Kind};
use serde::Serialize;

/// A problem to choose.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// `kind-code`.
    pub value: String,
    /// What people call it.
    pub label: String,
    /// Its icon.
    pub icon: String,
}

/// The problems that the form offers in this language.
pub fn choices(app: &App, lang: &str) -> Vec<Choice> {
    let everyday = app.catalog.everyday().iter();
    everyday
        .map(|everyday| Choice {
            value: format!("{}-{}", everyday.key.kind.word(), everyday.key.code),
            label: everyday.name.in_lang(lang).to_owned(),
            icon: everyday.icon.clone(),
        })
        .collect()
}

/// What every sub-class in force is called: in everyday words where there are some, else as the standard prints it.
pub fn names(app: &App, lang: &str) -> Vec<Choice> {
    let mut names = choices(app, lang);
    let named = |sub_class: &crate::catalog::SubClass| Choice {
        value: sub_class.word.clone(),
        label: sub_class.name.in_lang(lang).to_owned(),
        icon: String::new(),
    };
    names.extend(app.catalog.in_force().into_iter().flat_map(|set| &set.sub_classes).map(named));
    names
}

/// The code set in force, to which the form's categories belong.
pub fn code_set(app: &App) -> String {
    app.catalog.in_force().map(|set| set.key.clone()).unwrap_or_default()
}

/// True when the catalog has the sub-class.
pub fn is_known(app: &App, category: &Category) -> bool {
    let Some(kind) = Kind::of(&category.kind) else { return false };
    let key = Key { code_set: category.code_set.clone(), kind, code: category.code.clone() };
    app.catalog.sub_class(&key).is_some()
}

/// What people call a category; empty when the report has none.
pub fn name(choices: &[Choice], category: &Category) -> String {
    if !category.name.is_empty() {
        return category.name.clone();
    }
    let value = format!("{}-{}", category.kind, category.code);
    choices
        .iter()
        .find(|choice| choice.value == value)
        .map_or_else(|| category.code.clone(), |choice| choice.label.clone())
}
