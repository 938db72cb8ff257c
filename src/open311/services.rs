//! What can be reported, and what is asked beside the words.

use super::answering::{Answer, Asking, No, Wants};
use super::city::{Attribute, Service};
use super::filter::Wrong;
use super::format::Value;
use crate::kit::error::Refusal;
use axum::response::Response;

/// `GET …/services.{json,xml}`.
pub async fn list(asking: Asking) -> Response {
    let outcome = asking.enter(Wants::Nothing).await.map(|_| {
        let lang = asking.lang;
        let one = |service: &Service| {
            Value::Object(vec![
                ("service_code", Value::always(service.code.as_str())),
                ("service_name", Value::always(service.name.in_lang(lang))),
                ("description", Value::text(service.description.in_lang(lang))),
                ("metadata", Value::Yes(!service.attributes.is_empty())),
                ("type", Value::always(service.kind.word())),
                ("keywords", Value::text(service.keywords.join(","))),
                ("group", service.group.as_ref().map_or(Value::Null, |group| Value::text(group.in_lang(lang)))),
            ])
        };
        let services = asking.app.open311.city.services.iter().map(one).collect();
        Answer::new("services", Value::List("service", services))
    });
    asking.answer(outcome)
}

/// `GET …/services/{code}.{json,xml}`.
pub async fn definition(asking: Asking) -> Response {
    let outcome = asking.enter(Wants::Nothing).await.and_then(|_| defined(&asking));
    asking.answer(outcome)
}

fn defined(asking: &Asking) -> Result<Answer, No> {
    let code = asking.path.last().map(String::as_str).unwrap_or_default();
    let unknown = || Wrong::unknown(Refusal::new("open311-service-unknown").with("code", code));
    let service = asking.app.open311.city.service(code).ok_or_else(unknown)?;
    let attributes = (1..).zip(&service.attributes).map(|(order, attribute)| asked(attribute, order, asking.lang));
    let value = Value::Object(vec![
        ("service_code", Value::always(service.code.as_str())),
        ("attributes", Value::List("attribute", attributes.collect())),
    ]);
    Ok(Answer::new("service_definition", value))
}

fn asked(attribute: &Attribute, order: i64, lang: &str) -> Value {
    let mut parts = vec![
        ("variable", Value::Yes(attribute.is_variable)),
        ("code", Value::always(attribute.code.as_str())),
        ("datatype", Value::always(attribute.datatype.word())),
        ("required", Value::Yes(attribute.is_required)),
        ("datatype_description", attribute.hint.as_ref().map_or(Value::Null, |hint| Value::text(hint.in_lang(lang)))),
        ("order", Value::Count(order)),
        ("description", Value::text(attribute.text.in_lang(lang))),
    ];
    if !attribute.values.is_empty() {
        let one = |(key, name): &(String, crate::catalog::Text)| {
            Value::Object(vec![("key", Value::always(key.as_str())), ("name", Value::always(name.in_lang(lang)))])
        };
        parts.push(("values", Value::List("value", attribute.values.iter().map(one).collect())));
    }
    Value::Object(parts)
}
