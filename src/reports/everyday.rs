//! The everyday problems that the form offers, and the names of categories.

use super::report::Category;
use crate::app::App;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Deserialize)]
struct File {
    #[serde(default)]
    code_set: String,
    #[serde(default)]
    problem: Vec<Problem>,
}

#[derive(Debug, Clone, Deserialize)]
struct Problem {
    key: String,
    kind: String,
    code: String,
    icon: String,
}

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

fn file(app: &App) -> File {
    let text = app.sources.text("catalog/everyday.toml").unwrap_or_default();
    toml::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, "catalog/everyday.toml");
        File::default()
    })
}

/// The problems that the form offers in this language.
pub fn choices(app: &App, lang: &str) -> Vec<Choice> {
    let choice = |problem: Problem| Choice {
        value: format!("{}-{}", problem.kind, problem.code),
        label: app.pages.say(lang, &format!("problem-{}", problem.key), &[]),
        icon: problem.icon,
    };
    file(app).problem.into_iter().map(choice).collect()
}

/// The code set that the form's categories belong to.
pub fn code_set(app: &App) -> String {
    file(app).code_set
}

/// What people call a category; empty when the report has none.
pub fn name(choices: &[Choice], category: &Category) -> String {
    if !category.name.is_empty() {
        return category.name.clone();
    }
    let value = format!("{}-{}", category.kind, category.code);
    choices.iter().find(|choice| choice.value == value).map_or_else(
        || if category.code.is_empty() { String::new() } else { category.code.clone() },
        |choice| choice.label.clone(),
    )
}
