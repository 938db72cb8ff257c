//! The OpenAPI 3.1 document, made from the operations and the types that they send and answer.

use super::asked::{LANG, Param};
use super::caller::Caller;
use super::operations::{self, Answer, Body, Opens, Operation};
use super::problem::{Kind as Wrong, Problem};
use super::scopes::Scope;
use super::{VERSION, shapes};
use crate::app::App;
use crate::kit::id::hexadecimal;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The documents by language, each made once.
#[derive(Debug, Default)]
pub struct Documents(Mutex<BTreeMap<&'static str, Arc<Written>>>);

/// A document as it is answered.
#[derive(Debug)]
pub struct Written {
    /// The document.
    pub value: Value,
    text: String,
    tag: String,
}

/// The document in a language.
pub fn of(app: &App, lang: &'static str) -> Arc<Written> {
    let mut all = app.api.documents.0.lock().unwrap_or_else(PoisonError::into_inner);
    let made = || {
        let value = make(app, lang);
        let text = value.to_string();
        let tag = format!("\"{}\"", &hexadecimal(&Sha256::digest(text.as_bytes()))[..16]);
        Arc::new(Written { value, text, tag })
    };
    Arc::clone(all.entry(lang).or_insert_with(made))
}

/// `GET /api/v1/openapi.json`.
pub async fn show(caller: Caller) -> Result<Response, Problem> {
    let document = of(&caller.app, caller.lang);
    let known = caller.headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    if known == Some(document.tag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, document.tag.clone())]).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::ETAG, document.tag.clone()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::VARY, "Accept-Language".to_owned()),
        // What everybody may read, pages of other sites may read.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    Ok((headers, document.text.clone()).into_response())
}

struct Maker<'a> {
    app: &'a App,
    lang: &'a str,
    given: SchemaGenerator,
    sent: SchemaGenerator,
}

impl Maker<'_> {
    fn say(&self, key: &str) -> String {
        self.app.pages.say(self.lang, key, &[])
    }

    fn param(&self, param: &Param) -> Value {
        json!({
            "name": param.name,
            "in": param.place.word(),
            "required": param.is_needed,
            "description": self.say(&meaning(param.name)),
            "schema": param.kind.schema(),
        })
    }

    fn body(&mut self, body: &Body) -> Value {
        let schema = (body.schema)(&mut self.sent).to_value();
        let example = (body.example)();
        let mut content = Map::new();
        content.insert("application/json".into(), json!({ "schema": schema, "example": example }));
        if let Some((part, files)) = body.files {
            let mut parts = Map::new();
            parts.insert(part.to_owned(), schema);
            for file in files {
                let one = json!({ "type": "string", "contentMediaType": "application/octet-stream" });
                parts.insert((*file).to_owned(), json!({ "type": "array", "maxItems": 9, "items": one }));
            }
            let schema = json!({
                "type": "object", "properties": parts, "required": [part], "additionalProperties": false,
            });
            let mut encoding = Map::new();
            encoding.insert(part.to_owned(), json!({ "contentType": "application/json" }));
            content.insert("multipart/form-data".into(), json!({ "schema": schema, "encoding": encoding }));
        }
        json!({ "required": true, "content": content })
    }

    fn answer(&mut self, answer: &Answer) -> Value {
        let mut value = json!({ "description": self.say(&format!("api-answer-{}", answer.status)) });
        if answer.media.is_empty() {
            return value;
        }
        let schema = match answer.schema {
            Some(schema) => schema(&mut self.given).to_value(),
            None if answer.media == "application/json" => json!({ "type": "object" }),
            None => json!({ "type": "string" }),
        };
        let mut content = json!({ "schema": schema });
        if let Some(example) = answer.example {
            content["example"] = example();
        }
        value["content"] = json!({ answer.media: content });
        value
    }

    fn operation(&mut self, operation: &Operation) -> Value {
        let mut answers = Map::new();
        for answer in operation.answers {
            answers.insert(answer.status.to_string(), self.answer(answer));
        }
        let problem = self.given.subschema_for::<shapes::Problem>().to_value();
        let mut by_status: BTreeMap<u16, Vec<Wrong>> = BTreeMap::new();
        for wrong in operation.problems() {
            by_status.entry(wrong.status().as_u16()).or_default().push(wrong);
        }
        for (status, wrongs) in by_status {
            let titles: Vec<String> = wrongs.iter().map(|wrong| self.say(&format!("{}-title", wrong.key()))).collect();
            let content = json!({ "application/problem+json": { "schema": problem } });
            answers.insert(status.to_string(), json!({ "description": titles.join(" · "), "content": content }));
        }
        let params: Vec<Value> = operation.params.iter().chain([&LANG]).map(|param| self.param(param)).collect();
        let security = match operation.opens {
            Opens::Everybody => json!([{}, { "token": [] }]),
            Opens::Token => json!([{ "token": [] }]),
            Opens::Scope(scope) => json!([{ "token": [scope.word()] }]),
        };
        let mut value = json!({
            "operationId": operation.name,
            "tags": [operation.tag],
            "summary": self.say(&format!("api-op-{}", operation.name)),
            "description": self.say(&format!("api-op-{}-about", operation.name)),
            "security": security,
            "parameters": params,
            "responses": answers,
        });
        if let Some(body) = &operation.body {
            value["requestBody"] = self.body(body);
        }
        value
    }

    /// Says what each part of a schema means.
    fn explain(&self, name: &str, schema: &mut Value) {
        let Some(parts) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
        for (part, value) in parts {
            let own = format!("api-is-{}-{}", name.to_lowercase(), part.replace('_', "-"));
            let key = if self.app.pages.words.has(&own) { own } else { meaning(part) };
            if let Some(value) = value.as_object_mut() {
                value.insert("description".into(), self.say(&key).into());
            }
        }
    }
}

/// The key of what a part or an argument of this name means.
pub fn meaning(name: &str) -> String {
    format!("api-is-{}", name.replace('_', "-"))
}

/// The headings, in their order.
pub fn tags() -> Vec<&'static str> {
    let mut tags: Vec<&'static str> = Vec::new();
    for operation in operations::all() {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag);
        }
    }
    tags
}

fn make(app: &App, lang: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
    });
    let given = settings.clone().for_serialize().into_generator();
    let sent = settings.for_deserialize().into_generator();
    let mut maker = Maker { app, lang, given, sent };
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations::all() {
        let value = maker.operation(operation);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = value;
    }
    let fact = maker.given.subschema_for::<shapes::Message>().to_value();
    let webhook = json!({ "post": {
        "operationId": "told",
        "summary": maker.say("api-op-told"),
        "description": maker.say("api-op-told-about"),
        "requestBody": { "content": { "application/json": { "schema": fact, "example": super::examples::message() } } },
        "responses": { "2XX": { "description": maker.say("api-answer-told") } },
    }});
    let mut schemas = maker.sent.take_definitions(true);
    schemas.extend(maker.given.take_definitions(true));
    for (name, schema) in &mut schemas {
        maker.explain(&name.clone(), schema);
        if let Some(schema) = schema.as_object_mut() {
            // Comments of the code are for whoever reads the code.
            schema.remove("description");
        }
    }
    let tags: Vec<Value> =
        tags().iter().map(|tag| json!({ "name": tag, "description": maker.say(&format!("api-tag-{tag}")) })).collect();
    let scopes: Vec<String> = Scope::ALL
        .iter()
        .map(|scope| {
            format!("`{}`: {}", scope.word(), maker.say(&format!("api-scope-{}", scope.word().replace(':', "-"))))
        })
        .collect();
    let city = if lang == "en" { &app.city.name_en } else { &app.city.name };
    let url = if app.public_url.is_empty() { "/" } else { app.public_url.as_str() };
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": app.pages.say(lang, "api-title", &[("city", city.clone())]),
            "version": VERSION,
            "description": maker.say("api-about"),
        },
        "servers": [{ "url": url }],
        "tags": tags,
        "paths": paths,
        "webhooks": { "fact": webhook },
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer", "description": scopes.join("\n\n"),
            }},
        },
    })
}
