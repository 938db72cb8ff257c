//! The staff's map: the cases that exist for whoever looks, with the filters of the lists.

use super::filter;
use super::serving::case_stages;
use crate::app::App;
use crate::kit::error::Error;
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::reports::everyday;
use axum::extract::{Query, State};
use axum::response::Html;
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

/// What can be asked by the form of the page.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    /// A group of stages.
    state: String,
    /// A stage's word.
    stage: String,
    /// Kind and code of a sub-class.
    category: String,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
}

/// The groups of stages that can be chosen.
const STATES: [&str; 5] = ["open", "overdue", "handled", "closed", "all"];

/// `GET /cases/map`.
pub(super) async fn map(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let pairs = [
        ("state", &asked.state),
        ("stage", &asked.stage),
        ("category", &asked.category),
        ("from", &asked.from),
        ("to", &asked.to),
    ];
    let pairs: Vec<(String, String)> = pairs
        .into_iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let moment = |text: &str, is_end: bool| crate::open311::filter::moment(text, &app.city.zone(), is_end);
    // What the tiles would refuse is refused where it was chosen.
    filter::read(&pairs, app.clock.now(), case_stages(), moment)?;
    let query = serde_urlencoded::to_string(&pairs).map_err(|error| Error::Internal(error.to_string()))?;
    let actor = visit.actor()?;
    let list = match actor.may(Act::SeeDepartment) {
        true => "/department",
        false if actor.may(Act::SeeField) => "/field",
        false => "/desk",
    };
    let page = context! {
        list,
        query,
        states => Serde(STATES),
                categories => Serde(everyday::choices(&app, visit.lang)),
        asked => Serde(&asked),
        map => Serde(&app.base_map),
    };
    app.page(&visit, "tiles/map.html", page)
}
