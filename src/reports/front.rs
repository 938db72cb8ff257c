//! What everybody sees: the home page, the public list, the map, and the news that something changed.

use super::report::{DAY, Report, Stage};
use super::show::title;
use super::{everyday, photos, store};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use tokio_stream::wrappers::BroadcastStream;

/// How many reports the map shows at most.
const MOST_ON_MAP: i64 = 2000;

#[derive(Debug, Serialize)]
struct Row {
    href: String,
    title: String,
    place: String,
    at: Moment,
    closed_at: Option<Moment>,
    label: String,
    tone: &'static str,
    photo: String,
    before: Option<photos::Shown>,
    after: Option<photos::Shown>,
}

fn row(app: &App, lang: &str, choices: &[everyday::Choice], report: &Report, after: Option<&String>) -> Row {
    let say = |key: &str| app.pages.say(lang, key, &[]);
    let place = if report.place.area.is_empty() { &report.place.address } else { &report.place.area };
    Row {
        href: format!("/reports/{}", report.id),
        title: title(choices, report),
        place: place.clone(),
        at: report.received_at,
        closed_at: report.closed_at,
        label: say(&format!("report-stage-{}", report.stage.word())),
        tone: report.stage.tone(),
        photo: report.photos.first().map(|photo| photos::shown(photo, "").src).unwrap_or_default(),
        before: report.photos.first().map(|photo| photos::shown(photo, &say("report-photo-before"))),
        after: after.map(|photo| photos::shown(photo, &say("report-photo-after"))),
    }
}

/// The figures of the home page, as fresh as they can be had without waiting.
///
/// # Errors
/// When the database fails.
pub async fn figures(app: &App) -> Result<Arc<store::Figures>, Error> {
    let today = app.clock.now().zoned(&app.city.zone());
    let midnight = |zoned: Result<jiff::ZonedDateTime, jiff::Error>| {
        zoned.map(|zoned| Moment::from(&zoned)).map_err(|error| Error::Internal(error.to_string()))
    };
    let day = midnight(today.start_of_day())?;
    let month = midnight(today.first_of_month().and_then(|first| first.start_of_day()))?;
    let db = app.db.clone();
    let figures = app.figures.fresh(app.clock.now(), move || async move {
        Ok(db.read(move |tx| async move { store::figures(&tx, day, month).await }).await?)
    });
    figures.await
}

/// The home page.
pub async fn home(State(app): State<App>, visit: Visit) -> Result<Html<String>, Error> {
    let figures = figures(&app).await?;
    let solved = app
        .db
        .read(move |tx| async move {
            let mut solved = Vec::new();
            for report in store::recently_solved(&tx, 6).await? {
                let lines = crate::timeline::store::history(&tx, "report", report.id, true).await?;
                let handed_in = lines.iter().rev().find(|line| line.kind == "work_handed_in");
                let photo = handed_in.and_then(|line| line.body["photos"][0].as_str().map(str::to_owned));
                solved.push((report, photo));
            }
            Ok::<_, Error>(solved)
        })
        .await?;
    let choices = everyday::names(&app, visit.lang);
    let solved: Vec<Row> =
        solved.iter().map(|(report, photo)| row(&app, visit.lang, &choices, report, photo.as_ref())).collect();
    let hours = figures.median.map(|median| (median + 1_800_000) / 3_600_000);
    let page = minijinja::context! {
        figures => Serde(*figures),
        hours,
        solved => Serde(solved),
        map => Serde(&app.base_map),
    };
    app.page(&visit, "home.html", page)
}

/// What the public list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    stage: String,
    area: String,
    category: String,
    after: String,
}

/// The public list.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Html<String>, Error> {
    let code = asked.category.split_once('-').map_or(asked.category.as_str(), |(_, code)| code);
    let filter = store::Filter {
        stage: Stage::parse(&asked.stage),
        street: asked.area.clone(),
        category: code.to_owned(),
        after: asked.after.clone(),
    };
    let found = app.db.read(move |tx| async move { store::list(&tx, &filter).await }).await?;
    let choices = everyday::names(&app, visit.lang);
    let rows: Vec<Row> = found.rows.iter().map(|report| row(&app, visit.lang, &choices, report, None)).collect();
    let link = |stage: &str, after: &str| {
        let pairs: Vec<(&str, &str)> =
            [("stage", stage), ("area", &asked.area), ("category", &asked.category), ("after", after)]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect();
        format!("/reports?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    };
    // What the map beside the list shows; it knows no areas, which it draws.
    let shown = [("stage", asked.stage.as_str()), ("category", asked.category.as_str())];
    let shown: Vec<_> = shown.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let query = serde_urlencoded::to_string(shown).unwrap_or_default();
    let all = (String::new(), "reports-all".to_owned());
    let stages = Stage::ALL.iter().map(|stage| (stage.word().to_owned(), format!("report-stage-{}", stage.word())));
    let filters: Vec<_> = std::iter::once(all)
        .chain(stages)
        .map(|(word, key)| {
            let label = app.pages.say(visit.lang, &key, &[]);
            serde_json::json!({ "label": label, "href": link(&word, ""), "current": word == asked.stage })
        })
        .collect();
    let areas: Vec<_> = super::place::streets(&app)
        .into_iter()
        .map(|(value, label)| serde_json::json!({ "value": value, "label": label }))
        .collect();
    let page = minijinja::context! {
        map => Serde(&app.base_map),
        query,
        rows => Serde(rows),
        filters => Serde(filters),
        areas => Serde(areas),
        categories => Serde(everyday::choices(&app, visit.lang)),
        stage => asked.stage.as_str(),
        area => asked.area.as_str(),
        category => asked.category.as_str(),
        older => found.next.map(|after| link(&asked.stage, &after)).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { link(&asked.stage, "") },
    };
    app.page(&visit, "reports/list.html", page)
}

/// Recent reports as GeoJSON, their places rounded to about ten metres, without anything personal.
pub async fn on_map(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let since = app.clock.now().plus(-30 * DAY);
    let found = app.db.read(move |tx| async move { store::on_map(&tx, since, MOST_ON_MAP).await }).await?;
    let choices = everyday::names(&app, visit.lang);
    let labels =
        Stage::ALL.iter().map(|stage| app.pages.say(visit.lang, &format!("report-stage-{}", stage.word()), &[]));
    let labels: Vec<String> = labels.collect();
    let mut text = String::from(r#"{"type":"FeatureCollection","features":["#);
    for (position, report) in found.iter().enumerate() {
        let (Some(lon), Some(lat)) = (report.place.lon, report.place.lat) else { continue };
        let label = Stage::ALL.iter().position(|stage| *stage == report.stage).and_then(|at| labels.get(at));
        let properties = serde_json::json!({
            "title": title(&choices, report),
            "href": format!("/reports/{}", report.id),
            "stage": report.stage.word(),
            "stage_label": label,
            "tone": report.stage.tone(),
            "at": report.received_at,
        });
        let comma = if position == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            r#"{comma}{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{lon:.4},{lat:.4}]}},"properties":{properties}}}"#
        );
    }
    text.push_str("]}");
    Ok(([(header::CONTENT_TYPE, "application/geo+json")], text).into_response())
}

/// The borders of the areas.
pub async fn areas(State(app): State<App>) -> Response {
    layer(crate::grid::layers::areas_geojson(&app.grid()).to_owned())
}

/// The borders of the unit grids.
pub async fn grids(State(app): State<App>) -> Response {
    layer(crate::grid::layers::cells_geojson(&app.grid()).to_owned())
}

fn layer(text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/geo+json"), (header::CACHE_CONTROL, "public, max-age=600")];
    (headers, text).into_response()
}

/// Says that something changed, and nothing else.
pub async fn live(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = BroadcastStream::new(app.news.subscribe()).map(|_| Ok(Event::default().event("report").data("0")));
    Sse::new(news.take_until(app.stopping())).keep_alive(KeepAlive::default())
}
