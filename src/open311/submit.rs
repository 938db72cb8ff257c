//! A program sends a report: the same questions, the same care and the same transaction as the citizens' form.

use super::answering::{Answer, Asking, Endpoint, No, Wants, digest};
use super::city::{Kind, Service};
use super::filter::{OTHER, Wrong};
use super::format::Value;
use super::requests::ROOT;
use super::store;
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::reports::photos;
use crate::reports::report::{Report, Typed};
use crate::reports::settings::Settings;
use crate::reports::store::{Detail, keep_details};
use crate::reports::submit::{Also, Beside, Sent, keep, read_form, understood_in_city};
use axum::extract::Request;
use axum::response::Response;
use std::sync::Arc;

/// The longest of what a program says about its user, in characters.
const LONGEST: usize = 200;
/// The longest description that the specification allows, in characters.
pub const LONGEST_WORDS: usize = 4000;

/// `POST …/requests.{json,xml}`.
pub async fn submit(mut asking: Asking, request: Request) -> Response {
    let outcome = submitted(&mut asking, request).await;
    asking.answer(outcome)
}

async fn submitted(asking: &mut Asking, request: Request) -> Result<Answer, No> {
    let sent = read_form(&asking.app, request).await?;
    asking.args = std::mem::take(&mut asking.args).and(&sent.fields);
    let key = asking.enter(Wants::Submit).await?.ok_or_else(|| Wrong::forbidden("open311-key-missing"))?;
    let (app, now) = (&asking.app, asking.app.clock.now());
    let args = &asking.args;
    let mut wrongs = Vec::new();
    let city = &app.open311.city;
    let service = match args.needed("service_code") {
        Ok(code) => match city.service(code) {
            Some(service) => Some(service),
            None => {
                wrongs.push(Wrong::unknown(Refusal::new("open311-service-unknown").with("code", code)));
                None
            }
        },
        Err(wrong) => {
            wrongs.push(wrong);
            None
        }
    };
    let given_as = |name: &str| args.text(name).unwrap_or_default().to_owned();
    match (args.text("lat"), args.text("long")) {
        (Some(_), None) => wrongs.push(Wrong::bad(Refusal::new("open311-missing").with("name", "long"))),
        (None, Some(_)) => wrongs.push(Wrong::bad(Refusal::new("open311-missing").with("name", "lat"))),
        (None, None) if args.text("address_string").is_none() && args.text("address_id").is_none() => {
            wrongs.push(Wrong::bad(Refusal::new("open311-place-missing")));
        }
        _ => {}
    }
    let mut details = match service.map(|service| service.answers(args, &app.city.zone())) {
        Some(Ok(details)) => details,
        Some(Err(others)) => {
            wrongs.extend(others);
            Vec::new()
        }
        None => Vec::new(),
    };
    match told_of_user(asking) {
        Ok(more) => details.extend(more),
        Err(wrong) => wrongs.push(wrong),
    }
    let name = [given_as("first_name"), given_as("last_name")].join(" ").trim().to_owned();
    let typed = Typed {
        words: given_as("description"),
        lon: given_as("long"),
        lat: given_as("lat"),
        coordinates: String::new(),
        address: given_as("address_string"),
        cell: given_as("address_id"),
        category: service.map(|service| service.code.clone()).filter(|code| code != OTHER).unwrap_or_default(),
        contact_name: name,
        contact_phone: given_as("phone"),
        key: String::new(),
    };
    let album = photos::open(app, of_media(sent), "").await?;
    // The specification allows so many characters; a city may take more.
    let settings = Settings { words_limit: app.reports.words_limit.max(LONGEST_WORDS), ..app.reports };
    let understood = match understood_in_city(app, &typed, &album, &settings) {
        Ok(understood) => Some(understood),
        Err(refusals) => {
            // What is missing was said already, in the words of the specification.
            let others = refusals.into_iter().filter(|refusal| refusal.key != "report-place-missing");
            wrongs.extend(others.map(Wrong::bad));
            None
        }
    };
    let (Some(service), Some((understood, place)), true) = (service, understood, wrongs.is_empty()) else {
        return Err(wrongs.into());
    };
    if asking.endpoint != Some(Endpoint::Production) {
        // Checked like every other, and forgotten.
        return Ok(given(asking, service, id::fresh().to_string(), id::secret(), "open311-notice-test"));
    }
    let mut report = Report::received(id::fresh(), id::tracking_code(), understood, place, asking.lang, now);
    let (number, token, key) = (report.id.to_string(), id::secret(), key.id);
    if !asking.idempotency_key.is_empty() {
        report.key = format!("open311-key:{key}:{}", asking.idempotency_key);
    }
    let kept_token = (service.kind == Kind::Batch).then(|| token.clone());
    let said = (!asking.idempotency_key.is_empty()).then(|| said(asking));
    let kept_said = said.clone();
    let also: Also = Arc::new(move |tx, report| {
        let (details, token, said) = (details.clone(), kept_token.clone(), kept_said.clone());
        Box::pin(async move {
            keep_details(&tx, report, &details).await?;
            store::keep_request(&tx, report, key, (token.as_deref(), said.as_deref()), now).await
        })
    });
    let beside = Beside { category: &typed.category, also: Some(also), ..Beside::default() };
    let (code, is_new) = keep(app, report, &album, beside).await?;
    if !is_new {
        // It came before, and its answer was lost.
        let known = app.db.read(move |tx| async move { store::given_before(&tx, &code).await }).await?;
        let known = known.ok_or(No::Failed(Error::NotFound))?;
        if known.said.is_some_and(|before| said.is_some_and(|now| now != before)) {
            return Err(vec![Wrong::bad(Refusal::new("open311-repetition-differs"))].into());
        }
        return Ok(given(asking, service, known.report.to_string(), known.token.unwrap_or_default(), ""));
    }
    let notice = if args.text("media_url").is_some() { "open311-notice-media-url" } else { "" };
    Ok(given(asking, service, number, token, notice))
}

/// What is given for a request: its number, or the token by which that is asked for later.
fn given(asking: &Asking, service: &Service, number: String, token: String, notice: &str) -> Answer {
    let name = match service.kind {
        Kind::Realtime => ("service_request_id", Value::always(number)),
        Kind::Batch => ("token", Value::always(token)),
    };
    let notice = if notice.is_empty() { String::new() } else { asking.say(notice, &[]) };
    let row = vec![name, ("service_notice", Value::text(notice)), ("account_id", Value::Null)];
    Answer::new(ROOT, Value::List("request", vec![Value::Object(row)]))
}

/// A digest of everything that a request says, whatever the order; its pictures do not count.
fn said(asking: &Asking) -> String {
    let pairs = asking.args.pairs().iter().filter(|(name, _)| name != "api_key");
    let mut lines: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    lines.sort_unstable();
    digest(&lines.join("\n"))
}

/// The files of a form are its photos; nothing of it speaks of photos that wait.
fn of_media(sent: Sent) -> Sent {
    Sent { fields: Vec::new(), ..sent }
}

/// What a program says about its user, and links to pictures: for those who take reports on, never public.
fn told_of_user(asking: &Asking) -> Result<Vec<Detail>, Wrong> {
    let mut details = Vec::new();
    for (name, label) in [
        ("email", "open311-label-email"),
        ("account_id", "open311-label-account"),
        ("device_id", "open311-label-device"),
        ("media_url", "open311-label-media-url"),
    ] {
        let all: Vec<&str> = asking.args.all(name).take(9).collect();
        if all.is_empty() {
            continue;
        }
        let value = all.join("\n");
        if value.chars().count() > if name == "media_url" { 9 * LONGEST } else { LONGEST } {
            return Err(Wrong::bad(Refusal::new("open311-too-long").with("name", name).with("most", LONGEST)));
        }
        if name == "media_url" && all.iter().any(|url| !(url.starts_with("https://") || url.starts_with("http://"))) {
            return Err(Wrong::bad(Refusal::new("open311-media-url")));
        }
        let say = |lang: &str| asking.app.pages.say(lang, label, &[]);
        details.push(Detail {
            code: name.to_owned(),
            label: (say("zh-Hans"), say("en")),
            sent: value.clone().into(),
            value: (value.clone().into(), value.into()),
            is_public: false,
        });
    }
    Ok(details)
}
