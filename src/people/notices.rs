//! What everybody may know: what becomes of what they tell the city, and whom to tell when a page shuts them out.

use super::doors::Visit;
use crate::app::App;
use crate::kit::error::Error;
use axum::extract::State;
use axum::response::Html;
use minijinja::{Value, context};

/// The city's own numbers for questions: the brigade's, then the government's hotline.
fn phones(app: &App) -> Vec<Value> {
    let list = app.city.rest.get("emergency").and_then(toml::Value::as_array);
    let text = |entry: &toml::Value, name: &str| entry.get(name)?.as_str().map(str::to_owned);
    let of = |key: &str| list?.iter().find(|entry| text(entry, "key").as_deref() == Some(key));
    let found = ["brigade", "hotline"].into_iter().filter_map(of);
    found.filter_map(|entry| Some(context! { phone => text(entry, "phone")?, name => text(entry, "name")?, name_en => text(entry, "name_en")? })).collect()
}

/// `GET /privacy`.
pub(super) async fn privacy(State(app): State<App>, visit: Visit) -> Result<Html<String>, Error> {
    app.page(&visit, "people/privacy.html", context! { phones => phones(&app) })
}

/// `GET /accessibility`.
pub(super) async fn accessibility(State(app): State<App>, visit: Visit) -> Result<Html<String>, Error> {
    app.page(&visit, "people/accessibility.html", context! { phones => phones(&app) })
}
