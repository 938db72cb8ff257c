//! Asking partners over HTTP. Whatever happens on the way has a name: that it cannot have arrived, that it may have, or what was answered.

use super::partner::Partner;
use super::reading::{self, Given, Request, Update};
use super::sending::{Outcome, carries, is_already_there, judge, retry_after};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::outside;
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// The most of an answer that is read, in bytes.
const MOST_READ: usize = 16 << 20;
/// How many rows are asked for at once.
const ROWS: usize = 200;
/// How many pages are read of one question.
const MOST_PAGES: usize = 100;
/// The longest span of one question, in milliseconds: the specification allows ninety days.
const SPAN: i64 = 89 * 24 * 3_600_000;
/// How many requests are asked for by their numbers at once.
const BY_NUMBER: usize = 50;

/// An answer.
#[derive(Debug)]
struct Said {
    status: u16,
    body: String,
    wanted: Option<i64>,
    /// What extensions of ours it names.
    extensions: String,
}

/// Why there is none.
#[derive(Debug)]
enum Silent {
    /// The question cannot have arrived.
    NotArrived(String),
    /// It may have.
    Lost(String),
}

impl Silent {
    fn words(self) -> String {
        match self {
            Silent::NotArrived(words) | Silent::Lost(words) => words,
        }
    }
}

/// An error of the network and what it rests on, without the address, which may carry a key.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text.chars().take(reading::LONGEST_TROUBLE).collect()
}

/// What a refusal of ours says, for the page of what failed.
fn refused(app: &App, lang: &str, refusal: &Refusal) -> String {
    app.pages.say(lang, refusal.key, &refusal.args)
}

async fn ask(app: &App, url: &str, form: Option<&[(String, String)]>, idempotency_key: &str) -> Result<Said, Silent> {
    let held = &app.exchange;
    let url = outside::permitted(url, held.settings.allow_local).await;
    let url = url.map_err(|refusal| Silent::NotArrived(refused(app, "zh-Hans", &refusal)))?;
    let request = match form {
        None => held.client.get(url),
        Some(form) => {
            let body = serde_urlencoded::to_string(form).map_err(|error| Silent::NotArrived(error.to_string()))?;
            let kind = "application/x-www-form-urlencoded; charset=utf-8";
            let request = held.client.post(url).header("content-type", kind).body(body);
            if idempotency_key.is_empty() { request } else { request.header("idempotency-key", idempotency_key) }
        }
    };
    let mut response = request.send().await.map_err(|error| match error.is_connect() || error.is_builder() {
        true => Silent::NotArrived(chain(error)),
        false => Silent::Lost(chain(error)),
    })?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wanted = retry_after(header("retry-after"), app.clock.now());
    let extensions = header("open311-extensions").to_owned();
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Silent::Lost(chain(error)))? {
        if bytes.len() + chunk.len() > MOST_READ {
            return Err(Silent::Lost("the answer is larger than 16 MB".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Said { status, body, wanted, extensions })
}

/// An address below a partner's, with what is asked.
fn address(partner: &Partner, path: &str, asked: &[(&str, String)]) -> String {
    let mut asked: Vec<(&str, &str)> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if !partner.jurisdiction.is_empty() {
        asked.push(("jurisdiction_id", partner.jurisdiction.as_str()));
    }
    let query = serde_urlencoded::to_string(asked).unwrap_or_default();
    let format = partner.format.word();
    if query.is_empty() {
        format!("{}/{path}.{format}", partner.url)
    } else {
        format!("{}/{path}.{format}?{query}", partner.url)
    }
}

/// Our key at a partner, where there is one; without it, where it cannot be read, nothing is asked.
fn key<'p>(app: &App, partner: &'p Partner) -> Result<Option<&'p str>, String> {
    match partner.secret.0.known() {
        Some(key) => Ok((!key.is_empty()).then_some(key)),
        None => Err(partner.secret.0.or_said(|key, args| app.pages.say("zh-Hans", key, args))),
    }
}

/// What is posted: with our key, and the name of whom is asked.
fn form(app: &App, partner: &Partner, body: &[(String, String)]) -> Result<Vec<(String, String)>, String> {
    let mut form = body.to_vec();
    if !partner.jurisdiction.is_empty() {
        form.push(("jurisdiction_id".to_owned(), partner.jurisdiction.clone()));
    }
    if let Some(key) = key(app, partner)? {
        form.push(("api_key".to_owned(), key.to_owned()));
    }
    Ok(form)
}

/// Posts a request.
pub async fn post_request(app: &App, partner: &Partner, body: &[(String, String)], reference: &str) -> Outcome {
    let form = match form(app, partner, body) {
        Ok(form) => form,
        Err(trouble) => return Outcome::NotArrived(trouble),
    };
    let said = match ask(app, &address(partner, "requests", &[]), Some(&form), reference).await {
        Ok(said) => said,
        Err(silent) => return outcome_of(silent),
    };
    if let Some(outcome) = judge(said.status, &reading::trouble(&said.body), said.wanted) {
        return outcome;
    }
    match reading::tree(&said.body).ok().as_ref().and_then(reading::given) {
        Some(Given { id, .. }) if !id.is_empty() => Outcome::There(id),
        Some(Given { token, .. }) => Outcome::Token(token),
        // It says yes and gives nothing: it is looked for.
        None => Outcome::Lost(format!("HTTP {}: {}", said.status, reading::trouble(&said.body))),
    }
}

fn outcome_of(silent: Silent) -> Outcome {
    match silent {
        Silent::NotArrived(words) => Outcome::NotArrived(words),
        Silent::Lost(words) => Outcome::Lost(words),
    }
}

/// Posts an update.
pub async fn post_update(app: &App, partner: &Partner, body: &[(String, String)], key: &str) -> Outcome {
    let address = address(partner, "servicerequestupdates", &[]);
    let form = match form(app, partner, body) {
        Ok(form) => form,
        Err(trouble) => return Outcome::NotArrived(trouble),
    };
    let said = match ask(app, &address, Some(&form), key).await {
        Ok(said) => said,
        Err(silent) => return outcome_of(silent),
    };
    let trouble = reading::trouble(&said.body);
    if is_already_there(said.status, &trouble) {
        return Outcome::There(String::new());
    }
    if let Some(outcome) = judge(said.status, &trouble, said.wanted) {
        return outcome;
    }
    // That it was taken is enough; under which number is good to know.
    match reading::tree(&said.body) {
        Ok(tree) => Outcome::There(reading::update_given(&tree)),
        Err(_) => Outcome::There(String::new()),
    }
}

/// Asks for the number of a token.
pub async fn ask_token(app: &App, partner: &Partner, token: &str) -> Outcome {
    let quoted: String = token.chars().filter(|sign| sign.is_ascii_alphanumeric() || "-_.~".contains(*sign)).collect();
    let said = match ask(app, &address(partner, &format!("tokens/{quoted}"), &[]), None, "").await {
        Ok(said) => said,
        Err(silent) => return outcome_of(silent),
    };
    if said.status == 404 {
        // Some know no token before it has a number.
        return Outcome::NotYet;
    }
    if let Some(outcome) = judge(said.status, &reading::trouble(&said.body), said.wanted) {
        return outcome;
    }
    match reading::tree(&said.body).ok().as_ref().and_then(reading::given) {
        Some(Given { id, .. }) if !id.is_empty() => Outcome::There(id),
        _ => Outcome::NotYet,
    }
}

/// Looks for a request that may have arrived, by our reference in its words.
pub async fn look_for(app: &App, partner: &Partner, service: &str, reference: &str, since: Moment) -> Outcome {
    let from = since.plus(-app.exchange.settings.overlap);
    match requests(app, partner, service, from, app.clock.now()).await {
        Ok(found) => match found.iter().find(|request| carries(&request.description, reference)) {
            Some(request) => Outcome::There(request.id.clone()),
            None => Outcome::NotSeen,
        },
        Err(trouble) => Outcome::NotArrived(trouble),
    }
}

/// One question that only reads.
async fn read(app: &App, url: &str) -> Result<serde_json::Value, String> {
    let said = ask(app, url, None, "").await.map_err(Silent::words)?;
    if !(200..=299).contains(&said.status) {
        return Err(format!("HTTP {}: {}", said.status, reading::trouble(&said.body)));
    }
    reading::tree(&said.body).map_err(|wrong| format!("{wrong}: {}", reading::trouble(&said.body)))
}

fn zulu(moment: Moment) -> String {
    moment.zoned(&TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The spans of which a stretch is asked for, oldest first. Moments are written in whole seconds, so the last is rounded up.
fn spans(from: Moment, until: Moment) -> Vec<(Moment, Moment)> {
    let (mut spans, mut at, until) = (Vec::new(), from, until.plus(999));
    while at < until {
        let end = at.plus(SPAN).min(until);
        spans.push((at, end));
        at = end;
    }
    spans
}

/// Reads page after page until there are no new rows: some know no pages and answer the same again.
async fn pages<T>(
    app: &App,
    partner: &Partner,
    path: &str,
    asked: &[(&str, String)],
    read_rows: impl Fn(&serde_json::Value) -> Vec<T>,
    number: impl Fn(&T) -> String,
) -> Result<Vec<T>, String> {
    let (mut all, mut known) = (Vec::new(), HashSet::new());
    for page in 1..=MOST_PAGES {
        let mut asked = asked.to_vec();
        asked.extend([("page", page.to_string()), ("page_size", ROWS.to_string())]);
        let rows = read_rows(&read(app, &address(partner, path, &asked)).await?);
        let count = rows.len();
        let before = all.len();
        all.extend(rows.into_iter().filter(|row| known.insert(number(row))));
        if count < ROWS || all.len() == before {
            break;
        }
    }
    Ok(all)
}

/// The requests that were sent to a partner in a stretch; of one service when it is named.
///
/// # Errors
/// Why there is no answer, in the partner's own words where it has some.
pub async fn requests(
    app: &App,
    partner: &Partner,
    service: &str,
    from: Moment,
    until: Moment,
) -> Result<Vec<Request>, String> {
    let (zone, mut all) = (app.city.zone(), Vec::new());
    for (from, until) in spans(from, until) {
        let mut asked = vec![("start_date", zulu(from)), ("end_date", zulu(until)), ("extensions", "true".to_owned())];
        if !service.is_empty() {
            asked.push(("service_code", service.to_owned()));
        }
        let one = |tree: &serde_json::Value| reading::requests(tree, &zone);
        all.extend(pages(app, partner, "requests", &asked, one, |request| request.id.clone()).await?);
    }
    Ok(all)
}

/// What a partner told in a stretch, oldest first.
///
/// # Errors
/// As [`requests`].
pub async fn updates(app: &App, partner: &Partner, from: Moment, until: Moment) -> Result<Vec<Update>, String> {
    let (zone, mut all) = (app.city.zone(), Vec::new());
    for (from, until) in spans(from, until) {
        let mut asked = vec![("start_date", zulu(from)), ("end_date", zulu(until)), ("lang", partner.language.clone())];
        if let Some(key) = key(app, partner)? {
            asked.push(("api_key", key.to_owned()));
        }
        let one = |tree: &serde_json::Value| reading::updates(tree, &zone);
        all.extend(pages(app, partner, "servicerequestupdates", &asked, one, |update| update.id.clone()).await?);
    }
    all.sort_by_key(|update| update.at);
    Ok(all)
}

/// How requests of these numbers stand: of partners that know no updates.
///
/// # Errors
/// As [`requests`].
pub async fn standing(app: &App, partner: &Partner, numbers: &[String]) -> Result<Vec<Request>, String> {
    let (zone, mut all) = (app.city.zone(), Vec::new());
    for some in numbers.chunks(BY_NUMBER) {
        let asked = [("service_request_id", some.join(","))];
        let tree = read(app, &address(partner, "requests", &asked)).await?;
        let found: Vec<Request> =
            reading::requests(&tree, &zone).into_iter().filter(|request| some.contains(&request.id)).collect();
        let missing = some.iter().filter(|number| found.iter().all(|request| request.id != **number));
        let missing: Vec<&String> = missing.collect();
        all.extend(found);
        // Some know no lists of numbers.
        for number in missing {
            let plain: String =
                number.chars().filter(|sign| sign.is_ascii_alphanumeric() || "-_.~".contains(*sign)).collect();
            if let Ok(tree) = read(app, &address(partner, &format!("requests/{plain}"), &[])).await {
                all.extend(reading::requests(&tree, &zone).into_iter().filter(|request| request.id == *number));
            }
        }
    }
    Ok(all)
}

/// What was found out about a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Where it is asked.
    pub url: String,
    /// Its services: code and name.
    pub offers: Vec<(String, String)>,
    /// Whether it answers the same again when it is sent the same again.
    pub is_exact: bool,
    /// Whether it knows updates.
    pub has_updates: bool,
}

/// Asks a partner what it is: its discovery, its services, whether it knows updates.
///
/// # Errors
/// What did not work, in its own words where it has some.
pub async fn look(app: &App, partner: &Partner) -> Result<Looked, String> {
    let written = partner.discovery.trim_end_matches('/');
    let (mut endpoint, mut extensions, mut trouble) = (None, String::new(), String::new());
    let beside = [format!("{written}/discovery.json"), format!("{written}/discovery.xml")];
    let is_named = written.ends_with(".json") || written.ends_with(".xml");
    for url in std::iter::once(written).chain(beside.iter().map(String::as_str).filter(|_| !is_named)) {
        match ask(app, url, None, "").await {
            Ok(said) if (200..=299).contains(&said.status) => {
                endpoint = reading::tree(&said.body).ok().as_ref().and_then(reading::endpoint);
                extensions = said.extensions;
                if trouble.is_empty() {
                    trouble = reading::trouble(&said.body);
                }
            }
            Ok(said) => trouble = format!("HTTP {}: {}", said.status, reading::trouble(&said.body)),
            // Whoever does not answer here does not answer beside it either.
            Err(silent) => return Err(silent.words()),
        }
        if endpoint.is_some() {
            break;
        }
    }
    // Without a discovery what was written may be the endpoint itself.
    let url = match endpoint {
        Some(endpoint) => endpoint.url,
        None if !is_named => written.to_owned(),
        None => return Err(trouble),
    };
    let partner = Partner { url, ..partner.clone() };
    let services = reading::services(&read(app, &address(&partner, "services", &[])).await?);
    if services.is_empty() {
        return Err(app.pages.say("zh-Hans", "exchange-no-services", &[]));
    }
    let now = zulu(app.clock.now());
    let mut asked = vec![("start_date", now.clone()), ("end_date", now)];
    if let Some(key) = key(app, &partner)? {
        asked.push(("api_key", key.to_owned()));
    }
    let has_updates = read(app, &address(&partner, "servicerequestupdates", &asked)).await.is_ok();
    let is_exact = extensions.split(',').any(|name| name.trim() == "idempotency-key");
    let offers = services.into_iter().map(|(code, name, _)| (code, name)).collect();
    Ok(Looked { url: partner.url, offers, is_exact, has_updates })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_asked_for_in_spans_without_holes() {
        let (from, until) = (Moment(0), Moment(3 * SPAN + 5));
        let spans = spans(from, until);
        assert_eq!(spans.len(), 4);
        assert_eq!((spans[0].0, spans[3].1), (from, until.plus(999)));
        assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert!(spans.iter().all(|(from, until)| until.0 - from.0 <= SPAN));
    }
}
