//! While somebody types an address: how it may go on, as JSON. What was typed is answered and forgotten.

use super::offering::offers;
use crate::app::App;
use crate::grid::coordinates::Point;
use crate::people::doors::Visit;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use understanding::places::gazetteer::Kind;

/// More signs than these are not looked at.
const LONGEST: usize = 100;

/// What was typed, and where the map stands if the page says so.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    lon: String,
    lat: String,
}

/// A line to choose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// What is shown.
    pub words: String,
    /// The whole text as it would then stand.
    pub fills: String,
    /// The areas that it lies in.
    pub area: String,
    /// What it is, and when nothing goes on with the text how sure it is, in words.
    pub label: String,
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
    /// Whether it is a spot; a street or an area only moves the map.
    pub is_spot: bool,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Whether there is anything to be asked; a page need not ask again soon when not.
    ready: bool,
    places: Vec<Line>,
}

/// `GET /places/suggest`.
pub async fn suggest(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Response {
    let near = Point::parse(&asked.lon, &asked.lat).ok().map(|point| (point.lon, point.lat));
    let typed: String = asked.q.chars().take(LONGEST).collect();
    let answer = Answer { ready: app.places.ready().is_some(), places: lines(&app, visit.lang, &typed, near) };
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// How a text may go on; when it goes on in no known way, where it may lie.
pub fn lines(app: &App, lang: &str, typed: &str, near: Option<(f64, f64)>) -> Vec<Line> {
    let Some(ready) = app.places.ready() else { return Vec::new() };
    let grid = app.grid();
    let say = |key: String| app.pages.say(lang, &key, &[]);
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    let mut lines = Vec::new();
    for one in ready.gazetteer.complete_near(typed, app.places.settings.suggestions, near) {
        let area = match grid.accept(Point { lon: one.lon, lat: one.lat }) {
            Ok((_, areas)) => areas.names(),
            Err(refusal) if refusal.key == "city-without-ground" => String::new(),
            Err(_) => continue,
        };
        let kind = if ready.extent(&one.words).is_some() { Kind::Area } else { one.kind };
        lines.push(Line {
            fills: one.words.clone(),
            words: one.words,
            area,
            label: say(format!("places-kind-{}", kind.as_str())),
            lon: rounded(one.lon),
            lat: rounded(one.lat),
            is_spot: !matches!(kind, Kind::Street | Kind::Area),
        });
    }
    if lines.is_empty() && typed.chars().count() >= 3 {
        lines.extend(offers(app, typed).into_iter().map(|offer| Line {
            label: say(format!("places-sure-{}", offer.sure)),
            is_spot: !matches!(offer.kind, "street" | "area"),
            words: offer.words,
            fills: typed.to_owned(),
            area: offer.area,
            lon: offer.lon,
            lat: offer.lat,
        }));
    }
    lines
}
