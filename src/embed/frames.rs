//! The pages that stand in frames of other sites: the map, the way to report, the figures.

use super::colour::Colour;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::headers;
use crate::people::doors::Visit;
use crate::reports::front;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Deserialize;

/// What such a page is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    accent: String,
}

/// Said in an answer that may stand in a frame, so that nobody refuses it afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Framed;

/// Draws such a page: nobody is signed in there, links open beside the frame, no cookie is set.
fn draw(app: &App, visit: &Visit, asked: &Asked, template: &str, more: Value) -> Result<Response, Error> {
    let visit = Visit { actor: None, refresh: None, ..visit.clone() };
    let accent = asked.accent.parse::<Colour>().map(|colour| colour.readable().to_string()).unwrap_or_default();
    let page = app.page(&visit, template, context! { accent, ..more })?;
    let mut response = ([(header::CACHE_CONTROL, "public, max-age=60")], page).into_response();
    let servers = app.base_map.origins().join(" ");
    let policy = headers::policy(&servers, &app.embed.ancestors());
    // What a header cannot hold was refused when the settings were read.
    let policy = HeaderValue::try_from(policy).map_err(|error| Error::Internal(error.to_string()))?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.extensions_mut().insert(Framed);
    Ok(response)
}

/// `GET /embed/map`.
pub(super) async fn map(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, &asked, "embed/map.html", context! { map => Serde(&app.base_map) })
}

/// `GET /embed/report`.
pub(super) async fn report(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw(&app, &visit, &asked, "embed/report.html", context! {})
}

/// `GET /embed/numbers`.
pub(super) async fn numbers(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let figures = front::figures(&app).await?;
    let hours = figures.median.map(|median| (median + 1_800_000) / 3_600_000);
    draw(&app, &visit, &asked, "embed/numbers.html", context! { figures => Serde(figures.as_ref()), hours })
}

/// `GET /embed/colours.css`: the site's colour in place of the program's, when it can be read.
pub(super) async fn colours(Query(asked): Query<Asked>) -> Response {
    let text = match asked.accent.parse::<Colour>().map(Colour::readable) {
        Ok(colour) => format!(":root{{--blue:#{colour};--blue-deep:#{}}}", colour.deep()),
        Err(()) => String::new(),
    };
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")], text)
        .into_response()
}

/// `GET /embed/resize.js`: what the other site loads to give frames the height of what is in them. Its address never changes, so it
/// is not kept for long.
pub(super) async fn resize(State(app): State<App>, headers: HeaderMap) -> Response {
    let mut response = app.assets.serve("embed.js", &headers);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    let own = header::HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(own, HeaderValue::from_static("cross-origin"));
    response
}
