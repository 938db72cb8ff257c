//! Before posting: somebody reported this a while ago. The reports that may be about the same thing are offered to a citizen
//! with their reasons, to follow instead; who says that it is another problem posts all the same.

use super::twin::{Sought, Spot, Twin, kept, kind_of, said};
use super::{Reach, seek_with};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::report::{Category, Place, Report, Said};
use crate::reports::{everyday, place, show, store};
use axum::extract::{Query, State};
use axum::{Form, Json};
use serde::Deserialize;
use std::collections::BTreeSet;

/// A report that is offered to a citizen.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The report.
    pub report: Report,
    /// Why.
    pub twin: Twin,
}

/// What a citizen is about to report.
#[derive(Debug, Default)]
pub struct Draft<'a> {
    /// The report itself, when it was sent already; 0 before.
    pub report: Id,
    /// Where.
    pub place: Option<&'a Place>,
    /// What kind.
    pub category: Category,
    /// The words.
    pub words: &'a str,
    /// The photos, when there are some.
    pub album: Option<&'a Album>,
}

/// The open reports that may be about the same thing, the likeliest first; of those that are handled together one.
///
/// # Errors
/// When the database or the blob store fails.
pub async fn offers(app: &App, draft: Draft<'_>, now: Moment) -> Result<Vec<Offer>, Error> {
    let Some(place) = draft.place else { return Ok(Vec::new()) };
    let sought = Sought {
        report: draft.report,
        spot: Spot::of(place),
        code: kind_of(&draft.category),
        received_at: now,
        words: draft.words.to_owned(),
        prints: Vec::new(),
    };
    let look = || async move {
        match draft.album {
            Some(album) => super::looks(app, album).await,
            None => Ok(Vec::new()),
        }
    };
    let most = app.reports.similar_metres;
    let mut twins = seek_with(app, sought, Reach::Citizen, look).await?;
    twins.retain(|twin| most > 0.0 && twin.metres.is_none_or(|metres| metres <= most));
    twins.truncate(app.twins.settings.shown * 2);
    let read = app.db.read(move |tx| async move {
        let (mut offers, mut cases) = (Vec::new(), BTreeSet::new());
        for twin in twins {
            let Some(report) = store::load(&tx, twin.report).await? else { continue };
            let is_new = report.case_id.is_none_or(|case| cases.insert(case));
            if is_new && !report.stage.is_ended() {
                offers.push(Offer { report, twin });
            }
        }
        Ok::<_, DbError>(offers)
    });
    let mut offers = read.await?;
    offers.truncate(app.twins.settings.shown);
    Ok(offers)
}

/// An offer as pages and programs read it: `{id, href, title, photo, metres, distance, at, says, reasons, is_likely, stage_label,
/// tone}`.
pub fn brief(app: &App, lang: &str, offer: &Offer, now: Moment) -> serde_json::Value {
    let Offer { report, twin } = offer;
    let choices = everyday::names(app, lang);
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(lang, key, args);
    let metres = twin.metres.map(|metres| format!("{metres:.0}"));
    let distance = metres.as_ref().map(|metres| say("similar-metres", &[("metres", metres.clone())]));
    let minutes = (now.0 - report.received_at.0).max(0) / 60_000;
    let (key, amount) = match minutes {
        0..120 => ("twins-said-minutes", minutes),
        120..2_880 => ("twins-said-hours", minutes / 60),
        _ => ("twins-said-days", minutes / 1_440),
    };
    let away = distance.clone().unwrap_or_else(|| say("twins-said-here", &[]));
    serde_json::json!({
        "id": report.id.to_string(),
        "href": format!("/reports/{}", report.id),
        "title": show::title(&choices, report),
        "photo": report.photos.first().map(|photo| photos::shown(photo, "").src),
        "metres": twin.metres.map(f64::round),
        "distance": distance,
        "at": report.received_at,
        "says": say(key, &[("n", amount.to_string()), ("away", away)]),
        "reasons": reasons(app, lang, twin),
        "is_likely": twin.likeness.points >= app.twins.settings.likely,
        "stage_label": say(&format!("report-stage-{}", report.stage.word()), &[]),
        "tone": report.stage.tone(),
    })
}

/// What speaks for a twin, in the reader's words; how far and how long ago are said before.
fn reasons(app: &App, lang: &str, twin: &Twin) -> Vec<String> {
    let is_said = |key: &str| matches!(key, "twin-near" | "twin-minutes-apart");
    let kept = kept(&twin.likeness).into_iter().filter(|(key, _, points)| *points > 0 && !is_said(key));
    kept.map(|reason| {
        let (key, number) = said(&reason);
        app.pages.say(lang, &key, &[("n", number.to_string())])
    })
    .collect()
}

/// Where twins are looked for while a form is filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Near {
    lon: String,
    lat: String,
    coordinates: String,
    address: String,
    category: String,
    words: String,
}

/// The open reports that may be the same as what is said in the address, as JSON: a list of offers as [`brief`] writes them.
///
/// # Errors
/// When the database fails.
pub async fn similar(
    State(app): State<App>,
    visit: Visit,
    Query(near): Query<Near>,
) -> Result<Json<Vec<serde_json::Value>>, Error> {
    found(&app, &visit, &near).await
}

/// The same for what a form holds so far: words belong into no address.
///
/// # Errors
/// When the database fails.
pub async fn similar_to_form(
    State(app): State<App>,
    visit: Visit,
    Form(near): Form<Near>,
) -> Result<Json<Vec<serde_json::Value>>, Error> {
    found(&app, &visit, &near).await
}

async fn found(app: &App, visit: &Visit, near: &Near) -> Result<Json<Vec<serde_json::Value>>, Error> {
    let degrees = |text: &str| text.trim().parse::<f64>().ok().filter(|degrees| degrees.is_finite());
    let point = degrees(&near.lon).zip(degrees(&near.lat));
    let point = point.filter(|(lon, lat)| (-180.0..=180.0).contains(lon) && (-90.0..=90.0).contains(lat));
    let address: String = near.address.chars().take(200).collect();
    let said = Said { point, system: near.coordinates.clone(), address, cell: String::new() };
    let category = match near.category.split_once('-') {
        Some((kind, code)) => Category { kind: kind.into(), code: code.into(), ..Category::default() },
        None => Category::default(),
    };
    let words: String = near.words.chars().take(app.reports.words_limit).collect();
    let place = place::locate(app, &said).unwrap_or_else(|_| place::unlocated(&said));
    let draft = Draft { place: Some(&place), category, words: &words, ..Draft::default() };
    let now = app.clock.now();
    let offers = offers(app, draft, now).await?;
    Ok(Json(offers.iter().map(|offer| brief(app, visit.lang, offer, now)).collect()))
}
