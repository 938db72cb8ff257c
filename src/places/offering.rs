//! Where something may lie that was written without a point: offered with a score in words, taken only by a person.

use super::keeping::Ready;
use super::place::Suggested;
use crate::app::App;
use crate::grid::coordinates::Point;
use serde::Serialize;
use understanding::places::gazetteer::Kind;

/// At most so many places are offered.
const MOST: usize = 3;
/// A point that is sent back is the one that was offered when it lies as near as this, in degrees.
const SAME: f64 = 2e-6;

/// A place that is offered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offer {
    /// What of the text it stands for.
    pub words: String,
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
    /// The share of such answers that are right, 0 to 1.
    pub score: f64,
    /// How sure that is: `almost-certain`, `likely`, `perhaps`.
    pub sure: &'static str,
    /// About how far off it may be, in metres.
    pub metres: i64,
    /// How it was found.
    pub kind: &'static str,
    /// The areas that it lies in, from large to small.
    pub area: String,
    /// Which state of the gazetteer says so.
    pub version: i64,
}

/// What an answer is, with its area taken for what it is.
fn offer(app: &App, ready: &Ready, found: &understanding::places::gazetteer::Suggestion) -> Option<Offer> {
    let area = match app.grid().accept(Point { lon: found.lon, lat: found.lat }) {
        Ok((_, areas)) => areas.names(),
        Err(refusal) if refusal.key == "city-without-ground" => String::new(),
        // Nobody is offered what the form would refuse.
        Err(_) => return None,
    };
    let (mut score, mut doubt, mut kind) = (found.score, found.doubt, found.kind);
    let name = found.reason.iter().find(|(name, _)| *name == "name").map_or(found.words.as_str(), |(_, value)| value);
    if let Some(extent) = ready.extent(name) {
        // The middle of an area stands for all of it.
        (score, doubt, kind) = (score.min(extent.share), doubt.max(extent.radius), Kind::Area);
    }
    let sure = app.places.settings.sureness(score)?;
    let step = if doubt < 100.0 { 10.0 } else { 50.0 };
    #[expect(clippy::cast_possible_truncation, reason = "a distance within one city, in metres")]
    let metres = ((doubt / step).ceil() * step).clamp(10.0, 50_000.0) as i64;
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    Some(Offer {
        words: found.words.clone(),
        lon: rounded(found.lon),
        lat: rounded(found.lat),
        score: (score * 1000.0).round() / 1000.0,
        sure: sure.word(),
        metres,
        kind: kind.as_str(),
        area,
        version: ready.version,
    })
}

/// Where a text says that it is, as far as that may be offered, best first; none of a text that says nothing.
pub fn offers(app: &App, text: &str) -> Vec<Offer> {
    let Some(ready) = app.places.ready().filter(|_| !text.trim().is_empty()) else { return Vec::new() };
    let mut found: Vec<Offer> = ready.gazetteer.locate(text).iter().filter_map(|one| offer(app, &ready, one)).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(MOST);
    found
}

/// How a point came to be suggested for one of the texts, as the fact of taking it keeps it; none when it was not.
pub fn suggested<'a>(app: &App, texts: impl IntoIterator<Item = &'a str>, at: (f64, f64)) -> Option<Suggested> {
    let ready = app.places.ready()?;
    let is_there = |lon: f64, lat: f64| (lon - at.0).abs() <= SAME && (lat - at.1).abs() <= SAME;
    for text in texts.into_iter().filter(|text| !text.trim().is_empty()) {
        let all = ready.gazetteer.locate(text);
        let offers = all.iter().filter_map(|one| offer(app, &ready, one));
        let mut offers = offers;
        if let Some(offer) = offers.find(|offer| is_there(offer.lon, offer.lat)) {
            let (score, kind) = (Some(offer.score), offer.kind.to_owned());
            return Some(Suggested { version: offer.version, score, kind, words: offer.words });
        }
        let typed = ready.gazetteer.complete_near(text, app.places.settings.suggestions, Some(at));
        if let Some(one) = typed.into_iter().find(|one| is_there(one.lon, one.lat)) {
            let kind = one.kind.as_str().to_owned();
            return Some(Suggested { version: ready.version, score: None, kind, words: one.words });
        }
    }
    None
}

/// A point as a form sends it back: `lon,lat`.
pub fn point(text: &str) -> Option<(f64, f64)> {
    let (lon, lat) = text.split_once(',')?;
    let point = Point::parse(lon, lat).ok()?;
    Some((point.lon, point.lat))
}
