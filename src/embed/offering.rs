//! `/admin/embed`: the code that the city's site copies, and how it will look.

use super::colour::Colour;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::context;
use serde::Deserialize;

/// What can be shown in a frame, with the height that it begins with, in pixels.
const SHOWN: [(&str, u32); 3] = [("map", 480), ("report", 420), ("numbers", 180)];

/// What is chosen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    what: String,
    language: String,
    accent: String,
}

/// `GET /admin/embed`.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Error> {
    let page: Html<String> = draw(&app, &visit, &headers, &chosen)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

fn draw(app: &App, visit: &Visit, headers: &HeaderMap, chosen: &Chosen) -> Result<Html<String>, Error> {
    let (what, height) = SHOWN.into_iter().find(|(word, _)| *word == chosen.what).unwrap_or(SHOWN[0]);
    let language = LANGUAGES.into_iter().find(|language| *language == chosen.language).unwrap_or(visit.lang);
    let typed = chosen.accent.trim();
    let wished: Option<Colour> = typed.parse().ok();
    let made = wished.map(Colour::readable);
    let here = || {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        format!("http://{host}")
    };
    let base = if app.public_url.is_empty() { here() } else { app.public_url.clone() };
    let asked: Vec<(&str, String)> =
        [("lang", language.to_owned())].into_iter().chain(made.map(|colour| ("accent", colour.to_string()))).collect();
    let path = format!("/embed/{what}?{}", serde_urlencoded::to_string(&asked).unwrap_or_default());
    let title = app.pages.say(language, &format!("embed-title-{what}"), &[]);
    let code = format!(
        "<iframe src=\"{base}{}\" title=\"{title}\" width=\"100%\" height=\"{height}\" style=\"border:0\" loading=\"lazy\" \
         data-steward></iframe>\n<script src=\"{base}/embed/resize.js\" async></script>",
        path.replace('&', "&amp;")
    );
    let choice = |word: &str, key: String| context! { value => word, label => app.pages.say(visit.lang, &key, &[]) };
    let whats: Vec<_> = SHOWN.iter().map(|(word, _)| choice(word, format!("embed-what-{word}"))).collect();
    let languages: Vec<_> = LANGUAGES.iter().map(|word| choice(word, format!("embed-language-{word}"))).collect();
    app.page(
        visit,
        "embed/admin.html",
        context! {
            what,
            language,
            accent => typed,
            is_no_colour => !typed.is_empty() && wished.is_none(),
            darkened => made.filter(|made| wished != Some(*made)).map(|made| made.to_string()),
            whats,
            languages,
            code,
            path,
            title,
            height,
            origins => app.embed.origins.clone(),
            has_address => !app.public_url.is_empty(),
            tabs => tabs(app, visit)?,
        },
    )
}
