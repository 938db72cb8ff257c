//! The page that reads the OpenAPI document to people: `GET /developers`.

use super::document::{self, meaning, tags};
use super::operations::{self, Opens, Operation};
use super::problem::Kind as Wrong;
use super::scopes::Scope;
use super::{asked::LANG, webhooks};
use crate::app::App;
use crate::kit::error::Error;
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use minijinja::{Value, context};
use serde_json::Value as Json;

/// How deep the parts of a body are told.
const DEEPEST: usize = 4;

/// `GET /developers`.
pub async fn show(State(app): State<App>, visit: Visit, knock: Knock, headers: HeaderMap) -> Result<Response, Error> {
    let document = document::of(&app, visit.lang);
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let base = app.address(&headers, knock.is_secure);
    let base = base.as_str();
    let group = |tag: &&'static str| {
        let all = operations::all().iter().filter(|operation| operation.tag == *tag);
        let rows: Vec<Value> = all.map(|operation| row(&app, &visit, operation, &document.value, base)).collect();
        context! { tag => *tag, name => say(&format!("api-tag-{tag}-name")), about => say(&format!("api-tag-{tag}")), rows }
    };
    let scope = |scope: &Scope| {
        context! { word => scope.word(), text => say(&format!("api-scope-{}", scope.word().replace(':', "-"))) }
    };
    let problem = |wrong: &Wrong| {
        context! {
            word => wrong.word(), status => wrong.status().as_u16(), title => say(&format!("{}-title", wrong.key())),
            text => say(&wrong.key()),
        }
    };
    let page = context! {
        groups => tags().iter().map(group).collect::<Vec<_>>(),
        scopes => Scope::ALL.iter().map(scope).collect::<Vec<_>>(),
        problems => Wrong::ALL.iter().map(problem).collect::<Vec<_>>(),
        base,
        version => super::VERSION,
        message => pretty(&super::examples::message()),
        waits => webhooks::endpoint::WAITS.iter().map(|wait| wait / 1000).collect::<Vec<_>>(),
    };
    let Html(html) = app.page(&visit, "api/developers.html", page)?;
    Ok(Html(html).into_response())
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn row(app: &App, visit: &Visit, operation: &Operation, document: &Json, base: &str) -> Value {
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let method = operation.method.as_str();
    let told = &document["paths"][operation.path][method.to_lowercase()];
    let params = operation.params.iter().chain([&LANG]).map(|param| {
        context! {
            name => param.name, place => say(&format!("api-place-{}", param.place.word())), needed => param.is_needed,
            kind => kind(&param.kind.schema()), about => say(&meaning(param.name)),
        }
    });
    let mut parts = Vec::new();
    if let Some(body) = told.pointer("/requestBody/content/application~1json/schema") {
        parts_of(document, body, "", 0, &mut parts);
    }
    let mut answers = Vec::new();
    let ok = operation.answers.first();
    let content = ok.and_then(|ok| {
        told["responses"][ok.status.to_string()]["content"].as_object().and_then(|content| content.values().next())
    });
    if let Some(schema) = content.map(|content| &content["schema"]) {
        parts_of(document, schema, "", 0, &mut answers);
    }
    let scope = match operation.opens {
        Opens::Everybody => String::new(),
        Opens::Token => say("api-any-token"),
        Opens::Scope(scope) => scope.word().to_owned(),
    };
    let body = operation.body.as_ref().map(|body| pretty(&(body.example)()));
    let example = ok.and_then(|ok| ok.example).map(|example| pretty(&example()));
    context! {
        name => operation.name, method, path => operation.path, scope,
        summary => told["summary"].as_str(), about => told["description"].as_str(),
        params => params.collect::<Vec<_>>(), parts, answers, example,
        takes_files => operation.body.is_some_and(|body| body.files.is_some()),
        call => call(operation, base, body.as_deref()), body,
        statuses => operation.answers.iter().map(|answer| answer.status).collect::<Vec<_>>(),
        problems => operation.problems().iter().map(|wrong| wrong.word()).collect::<Vec<_>>(),
    }
}

/// How the operation is called at the command line.
fn call(operation: &Operation, base: &str, body: Option<&str>) -> String {
    let mut path = operation.path.to_owned();
    for (name, example) in [("{number}", "20260310-0001"), ("{code}", "event-0110"), ("{size}", "large")] {
        path = path.replace(name, example);
    }
    path = path.replace("{id}", "4631204012350");
    let mut call = "curl".to_owned();
    if operation.method != axum::http::Method::GET && body.is_none() {
        call = format!("{call} -X {}", operation.method);
    }
    if operation.opens != Opens::Everybody {
        call.push_str(" -H \"Authorization: Bearer $TOKEN\"");
    }
    if operation.params.iter().any(|param| param.name == "if-match") {
        call.push_str(" \\\n  -H 'If-Match: \"4\"'");
    }
    if operation.params.iter().any(|param| param.name == "idempotency-key") {
        call.push_str(" \\\n  -H 'Idempotency-Key: 5f0c…'");
    }
    if body.is_some() {
        call.push_str(" \\\n  --json @body.json");
    }
    format!("{call} \\\n  '{base}{path}'")
}

/// What a schema says that a value may be, in few words.
fn kind(schema: &Json) -> String {
    let one = |kind: &Json| kind.as_str().map(str::to_owned);
    let mut text = match &schema["type"] {
        Json::Array(kinds) => kinds.iter().filter_map(one).collect::<Vec<_>>().join(" | "),
        other => one(other).unwrap_or_default(),
    };
    if let Some(format) = schema["format"].as_str().filter(|format| matches!(*format, "date-time" | "date" | "uri")) {
        text = format!("{text} ({format})");
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> =
            words.iter().filter_map(|word| word.as_str().map(|word| format!("`{word}`"))).collect();
        text = words.join(" ");
    }
    if let Some(word) = schema["const"].as_str() {
        text = format!("`{word}`");
    }
    for (name, sign) in [("minimum", "≥"), ("maximum", "≤"), ("maxLength", "≤")] {
        let limit = schema[name].as_f64().filter(|limit| limit.abs() < 1e15);
        if let Some(limit) = limit {
            text = format!("{text} {sign} {limit}");
        }
    }
    text
}

/// The parts of a schema, row by row; those of its parts are written behind a dot.
fn parts_of(document: &Json, schema: &Json, before: &str, depth: usize, rows: &mut Vec<Value>) {
    if depth > DEEPEST {
        return;
    }
    if let Some(known) = resolved(document, schema) {
        return parts_of(document, known, before, depth, rows);
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        for way in ways {
            parts_of(document, way, before, depth, rows);
        }
        return;
    }
    if schema["type"] == "array" {
        return parts_of(document, &schema["items"], &format!("{before}[]"), depth, rows);
    }
    let needed: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let full = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        rows.push(context! {
            name => full.as_str(), kind => kind(part), needed => needed.contains(&name.as_str()),
            about => part["description"].as_str().unwrap_or_default(),
        });
        let below = part["anyOf"].as_array().and_then(|ways| ways.first()).unwrap_or(part);
        if resolved(document, below).is_some() || below["type"] == "array" && below["items"]["type"].is_null() {
            parts_of(document, below, &full, depth + 1, rows);
        }
    }
}

/// The schema that another one refers to.
fn resolved<'a>(document: &'a Json, schema: &Json) -> Option<&'a Json> {
    let address = schema["$ref"].as_str()?.strip_prefix('#')?;
    document.pointer(address)
}
