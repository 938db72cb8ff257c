//! `/follow/feed.atom`: what is followed as a feed with places (Atom, RFC 4287; GeoRSS Simple), without an address of anybody.

use super::asking;
use super::follow::{Seen, Wish};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::fields::Typed;
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use crate::reports::report::Report;
use crate::reports::{everyday, show, store as reports};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// How many reports are looked through, and how many stand in the feed.
const LOOKED_AT: usize = 20;
const MOST: usize = 50;

/// The address of the feed of a wish.
pub(super) fn address(app: &App, wish: &Wish, lang: &str) -> String {
    let mut pairs = vec![("lang", lang.to_owned())];
    if let Some(circle) = wish.circle {
        pairs.push(("lon", format!("{:.5}", circle.lon)));
        pairs.push(("lat", format!("{:.5}", circle.lat)));
        pairs.push(("metres", circle.metres.to_string()));
    }
    if !wish.area.is_empty() {
        pairs.push(("area", wish.area.clone()));
    }
    if !wish.category.is_empty() {
        pairs.push(("category", wish.category.clone()));
    }
    format!("{}/follow/feed.atom?{}", app.public_url, serde_urlencoded::to_string(pairs).unwrap_or_default())
}

/// What of a report a wish is compared with.
pub(super) fn seen(report: &Report) -> Seen {
    let place = &report.place;
    Seen {
        at: place.lon.zip(place.lat),
        areas: [&place.district, &place.street, &place.community]
            .into_iter()
            .filter(|code| !code.is_empty())
            .cloned()
            .collect(),
        category: format!("{}-{}", report.category.kind, report.category.code),
    }
}

/// `GET /follow/feed.atom`.
pub(super) async fn atom(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let wish = asking::wish(&app, &typed)?;
    let code = wish.category.split_once('-').map_or("", |(_, code)| code).to_owned();
    let wanted = wish.clone();
    let read = app.db.read(move |tx| async move {
        let mut filter = reports::Filter { category: code, ..reports::Filter::default() };
        let mut found = Vec::new();
        for _ in 0..LOOKED_AT {
            let page = reports::list(&tx, &filter).await?;
            found.extend(page.rows.into_iter().filter(|report| wanted.is_of(&seen(report))));
            match page.next {
                Some(next) if found.len() < MOST => filter.after = next,
                _ => break,
            }
        }
        found.truncate(MOST);
        Ok::<_, DbError>(found)
    });
    let found = read.await.map_err(Error::Db)?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let base = if app.public_url.is_empty() { format!("http://{host}") } else { app.public_url.clone() };
    let text = write(&app, visit.lang, &base, &address(&app, &wish, visit.lang), &found)
        .map_err(|error| Error::Internal(error.to_string()))?;
    let headers =
        [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, text).into_response())
}

fn text<'a>(writer: &'a mut Writer<Vec<u8>>, name: &'a str, words: &str) -> std::io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(words))?;
    Ok(())
}

fn write(app: &App, lang: &str, base: &str, own: &str, found: &[Report]) -> std::io::Result<Vec<u8>> {
    let say = |key: &str| app.pages.say(lang, key, &[]);
    let city = if lang == LANGUAGES[0] { &app.city.name } else { &app.city.name_en };
    let iso = |at: crate::kit::clock::Moment| at.zoned(&jiff::tz::TimeZone::UTC).timestamp().to_string();
    let names = everyday::names(app, lang);
    let own = if own.starts_with('/') { format!("{base}{own}") } else { own.to_owned() };
    let newest = found.iter().map(|report| report.closed_at.unwrap_or(report.received_at)).max();
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    writer
        .create_element("feed")
        .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
        .with_attribute(("xmlns:georss", "http://www.georss.org/georss"))
        .with_attribute(("xml:lang", lang))
        .write_inner_content(|writer| {
            text(writer, "id", &own)?;
            text(writer, "title", &format!("{city} · {}", say("follow-feed")))?;
            text(writer, "updated", &iso(newest.unwrap_or_else(|| app.clock.now())))?;
            writer.create_element("author").write_inner_content(|writer| text(writer, "name", city))?;
            writer
                .create_element("link")
                .with_attribute(("rel", "self"))
                .with_attribute(("href", own.as_str()))
                .write_empty()?;
            let all = format!("{base}/reports");
            writer.create_element("link").with_attribute(("href", all.as_str())).write_empty()?;
            for report in found {
                writer.create_element("entry").write_inner_content(|writer| {
                    let address = format!("{base}/reports/{}", report.id);
                    let stage = say(&format!("report-stage-{}", report.stage.word()));
                    text(writer, "id", &address)?;
                    text(writer, "title", &format!("{} · {stage}", show::title(&names, report)))?;
                    text(writer, "published", &iso(report.received_at))?;
                    text(writer, "updated", &iso(report.closed_at.unwrap_or(report.received_at)))?;
                    writer.create_element("link").with_attribute(("href", address.as_str())).write_empty()?;
                    text(writer, "summary", &report.place.area)?;
                    if let Some((lon, lat)) = report.place.lon.zip(report.place.lat) {
                        text(writer, "georss:point", &format!("{lat:.5} {lon:.5}"))?;
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })?;
    Ok(writer.into_inner())
}
