//! The doors of open data: the page, the dictionary, the files of now, the files of a day.

use super::filter;
use super::row::Row;
use super::store::{self, SHELF};
use super::table::{Column, bulk, columns};
use super::telling::{decimals, row};
use super::writing::{Around, Format, begin, end, row as write_row};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::headers::http_date;
use crate::kit::id;
use crate::open311;
use crate::open311::answering::Who;
use crate::open311::filter::{Args, Listing, status_of};
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use minijinja::context;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How many rows are read at once.
const PAGE: usize = 1000;
/// How many entries a feed has: whoever wants all takes a file.
const MOST_ENTRIES: usize = 200;

/// The files of now: name, format, whether it is that of GeoReport Bulk.
const FILES: [(&str, Format, bool); 7] = [
    ("cases.csv", Format::Csv, false),
    ("cases.geojson", Format::GeoJson, false),
    ("cases.jsonl", Format::JsonLines, false),
    ("cases.atom", Format::Atom, false),
    ("open311-bulk.csv", Format::Csv, true),
    ("open311-bulk.json", Format::Json, true),
    ("open311-bulk.xml", Format::Xml, true),
];

fn is_open(app: &App) -> Result<(), Error> {
    if app.opendata.settings.is_open { Ok(()) } else { Err(Error::NotFound) }
}

/// `GET /open-data`.
///
/// # Errors
/// [`Error::NotFound`] when the city offers none; when the database fails.
pub async fn page(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    is_open(&app)?;
    let files =
        app.db.read(|tx| async move { store::files(&tx).await }).await.map_err(|error: DbError| Error::Db(error))?;
    let mut days: BTreeMap<String, Vec<minijinja::Value>> = BTreeMap::new();
    for file in files {
        let href = format!("/open-data/{}/{}", file.day, file.name);
        let kilobytes = (file.bytes + 1023) / 1024;
        let shown = context! { name => file.name, href, digest => file.digest, kilobytes, rows => file.rows };
        days.entry(file.day).or_default().push(shown);
    }
    let days: Vec<_> = days.into_iter().rev().map(|(day, files)| context! { day, files }).collect();
    let settings = &app.opendata.settings;
    let page = context! {
        files => FILES.iter().map(|(name, _, is_bulk)| context! { name => *name, is_bulk => *is_bulk }).collect::<Vec<_>>(),
        days,
        licence => settings.licence.in_lang(visit.lang),
        licence_url => settings.licence_url.as_str(),
        kept_days => settings.kept_days,
        decimals => decimals(&app),
        per_minute => settings.per_minute,
    };
    Ok(app.page(&visit, "opendata/page.html", page)?.into_response())
}

/// `GET /open-data/dictionary`.
///
/// # Errors
/// [`Error::NotFound`] when the city offers none.
pub async fn dictionary(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    is_open(&app)?;
    let line = |column: &Column| {
        context! {
            name => column.name,
            meaning => column.meaning.in_lang(visit.lang),
            kind => column.kind,
            unit => column.unit,
            source => column.source,
        }
    };
    let page = context! { columns => columns().iter().map(line).collect::<Vec<_>>() };
    Ok(app.page(&visit, "opendata/dictionary.html", page)?.into_response())
}

/// `GET /open-data/dictionary.json`.
///
/// # Errors
/// [`Error::NotFound`] when the city offers none.
pub async fn dictionary_json(State(app): State<App>) -> Result<Response, Error> {
    is_open(&app)?;
    let line = |column: &Column| {
        serde_json::json!({
            "name": column.name, "type": column.kind, "unit": column.unit, "source": column.source,
            "meaning": { "zh-Hans": column.meaning.zh, "en": column.meaning.en },
        })
    };
    let fields: Vec<_> = columns().iter().map(line).collect();
    let all = serde_json::json!({ "dataset": "cases", "fields": fields });
    let headers =
        [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    Ok((headers, all.to_string()).into_response())
}

/// `GET /open-data/{file}`: a file of now, as long as it takes, in the memory of a page of rows.
///
/// # Errors
/// [`Error::NotFound`] when there is no such file; when the database fails before the first row.
pub async fn file(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Error> {
    is_open(&app)?;
    let (_, format, is_bulk) = *FILES.iter().find(|(known, ..)| *known == name).ok_or(Error::NotFound)?;
    let (now, query) = (app.clock.now(), query.unwrap_or_default());
    let per_minute = app.opendata.settings.per_minute;
    if let Err(seconds) = app.opendata.limits.count(Who::Address(knock.origin.address), per_minute, now) {
        let refusal = Refusal::new("open311-too-many").with("seconds", seconds);
        let words = crate::reports::submit::sentence(&app, visit.lang, &refusal);
        return Ok(plain(StatusCode::TOO_MANY_REQUESTS, words, &[(header::RETRY_AFTER, seconds.to_string())]));
    }
    let args = Args::of_query(&query);
    let code = |word: &str| app.open311.city.code(&app.catalog, word);
    let wanted = match filter::read(&args, now, &app.city.zone(), code) {
        Ok(wanted) => wanted,
        Err(wrongs) => {
            let say =
                |wrong: &open311::filter::Wrong| crate::reports::submit::sentence(&app, visit.lang, &wrong.refusal);
            let words: Vec<String> = wrongs.iter().map(say).collect();
            let status = StatusCode::from_u16(status_of(&wrongs)).unwrap_or(StatusCode::BAD_REQUEST);
            return Ok(plain(status, words.join("\n"), &[]));
        }
    };
    let (last, changed) = app
        .db
        .read(|tx| async move { store::last_change(&tx).await })
        .await
        .map_err(|error: DbError| Error::Db(error))?;
    // Promises pass and days go by without that anything is told: a tag holds for the day.
    let day = now.zoned(&app.city.zone()).date();
    let tag = id::hexadecimal(&Sha256::digest(format!("{last} {name} {} {query} {day}", visit.lang)));
    let tag = format!("W/\"{}\"", &tag[..32]);
    let modified = http_date(changed);
    let is_same = match headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) {
        Some(known) => known.split(',').any(|one| one.trim() == tag || one.trim() == "*"),
        None => headers
            .get(header::IF_MODIFIED_SINCE)
            .and_then(|value| jiff::fmt::rfc2822::parse(value.to_str().ok()?).ok())
            .is_some_and(|since| since.timestamp().as_second() >= changed.0.div_euclid(1000) && last > 0),
    };
    let base = app.address(&headers, knock.is_secure);
    let around = Around {
        title: app.pages.say(visit.lang, "opendata-title", &[]),
        address: match query.as_str() {
            "" => format!("{base}/open-data/{name}"),
            query => format!("{base}/open-data/{name}?{query}"),
        },
        author: if visit.lang == "en" { &app.city.name_en } else { &app.city.name }.clone(),
        base,
        updated: changed.zoned(&app.city.zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        licence: app.opendata.settings.licence.in_lang(visit.lang).to_owned(),
        has_mark: args.is_yes("mark"),
    };
    let mut response = if is_same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let most = if format == Format::Atom { MOST_ENTRIES } else { usize::MAX };
        let columns = if is_bulk { bulk() } else { columns() };
        Body::from_stream(rows(app.clone(), visit.lang, wanted, format, columns, around, most)).into_response()
    };
    let all = response.headers_mut();
    let mut put = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            all.insert(name, value);
        }
    };
    if !is_same {
        put(header::CONTENT_TYPE, format.mime().to_owned());
        if matches!(format, Format::Csv | Format::JsonLines) {
            put(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""));
        }
    }
    put(header::ETAG, tag);
    put(header::LAST_MODIFIED, modified);
    put(header::CACHE_CONTROL, "public, max-age=60".to_owned());
    put(header::VARY, "Accept-Language, Accept-Encoding".to_owned());
    put(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned());
    Ok(response)
}

fn plain(status: StatusCode, words: String, more: &[(HeaderName, String)]) -> Response {
    let words = serde_json::json!({ "error": words }).to_string();
    let mut response = (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], words).into_response();
    for (name, value) in more {
        if let Ok(value) = HeaderValue::try_from(value.as_str()) {
            response.headers_mut().insert(name.clone(), value);
        }
    }
    response
}

/// How far a file is written.
struct Writing {
    app: App,
    lang: &'static str,
    wanted: Listing,
    format: Format,
    columns: Vec<Column>,
    around: Around,
    most: usize,
    count: usize,
    /// None once the last row was read.
    is_left: bool,
}

/// A file, piece by piece: the head with the first page of rows, the next page, the end.
pub fn rows(
    app: App,
    lang: &'static str,
    wanted: Listing,
    format: Format,
    columns: Vec<Column>,
    around: Around,
    most: usize,
) -> impl stream::Stream<Item = Result<String, Error>> {
    let begun = Writing { app, lang, wanted, format, columns, around, most, count: 0, is_left: true };
    stream::try_unfold(begun, |mut at| async move {
        if !at.is_left {
            return Ok::<_, Error>(None);
        }
        let mut text = String::new();
        if at.count == 0 {
            text.push_str(&begin(at.format, &at.columns, &at.around));
        }
        let found = page_of(&at.app, at.lang, &mut at.wanted, at.most - at.count).await?;
        for one in &found.0 {
            write_row(&mut text, at.format, &at.columns, one, at.count == 0, &at.around);
            at.count += 1;
        }
        at.is_left = found.1 && at.count < at.most;
        if !at.is_left {
            text.push_str(end(at.format));
        }
        Ok(Some((text, at)))
    })
}

/// The next page of rows, and whether there are more. What is asked for moves behind it.
///
/// # Errors
/// When the database fails.
pub async fn page_of(
    app: &App,
    lang: &'static str,
    wanted: &mut Listing,
    most: usize,
) -> Result<(Vec<Row>, bool), Error> {
    wanted.rows = PAGE.min(most);
    let asked = wanted.clone();
    let mut found = app
        .db
        .read(move |tx| async move { open311::store::list(&tx, &asked).await })
        .await
        .map_err(|error: DbError| Error::Db(error))?;
    let has_more = found.len() > wanted.rows;
    found.truncate(wanted.rows);
    if let Some(last) = found.last() {
        wanted.after = Some((last.received_at, last.id));
    }
    Ok((found.iter().map(|told| row(app, lang, told)).collect(), has_more))
}

/// `GET /open-data/{day}/{name}`: a file of a day, as it was then.
///
/// # Errors
/// [`Error::NotFound`] when it is not kept; when the store or the database fails.
pub async fn of_day(
    State(app): State<App>,
    Path((day, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    is_open(&app)?;
    let files =
        app.db.read(|tx| async move { store::files(&tx).await }).await.map_err(|error: DbError| Error::Db(error))?;
    if name == "SHA256SUMS" {
        let lines: Vec<String> = files
            .iter()
            .filter(|file| file.day == day)
            .map(|file| format!("{}  {}\n", file.digest, file.name))
            .collect();
        if lines.is_empty() {
            return Err(Error::NotFound);
        }
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines.concat()).into_response());
    }
    let file = files.into_iter().find(|file| file.day == day && file.name == name).ok_or(Error::NotFound)?;
    let tag = format!("\"{}\"", file.digest);
    if headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.contains(&tag))
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let bytes = app.blobs.get(SHELF, &file.digest).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/gzip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::ETAG, tag),
        (header::LAST_MODIFIED, http_date(file.made_at)),
        (header::CACHE_CONTROL, "public, max-age=86400".to_owned()),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
