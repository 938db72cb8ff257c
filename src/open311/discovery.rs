//! What the interface is and where: read first by every client.

use super::answering::{Answer, Asking};
use super::format::{Format, Value};
use axum::http::HeaderName;
use axum::response::Response;

/// The specification, as clients compare it.
pub const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

/// What the interface knows beyond the specification, told in a header so that the document stays what it is: whoever sends the same
/// `Idempotency-Key` again is answered the same again.
pub const EXTENSIONS: &str = "idempotency-key, servicerequestupdates";

/// `GET /open311/discovery.{json,xml}`; some clients look for it below the endpoint.
pub async fn discovery(asking: Asking) -> Response {
    let city = &asking.app.open311.city;
    let formats = || {
        let mimes =
            [Format::Xml, Format::Json].map(|format| Value::always(format.mime().split(';').next().unwrap_or("")));
        Value::List("format", mimes.to_vec())
    };
    let endpoint = |name: &str, kind: &str| {
        Value::Object(vec![
            ("specification", Value::always(SPECIFICATION)),
            ("url", Value::always(format!("{}/open311/{name}", asking.base))),
            ("changeset", Value::always(city.changeset.as_str())),
            ("type", Value::always(kind)),
            ("formats", formats()),
        ])
    };
    let endpoints = vec![endpoint("v2", "production"), endpoint("test", "test")];
    let value = Value::Object(vec![
        ("changeset", Value::always(city.changeset.as_str())),
        ("contact", Value::always(city.contact.in_lang(asking.lang))),
        ("key_service", Value::always(city.key_service.in_lang(asking.lang))),
        ("endpoints", Value::List("endpoint", endpoints)),
    ]);
    let headers = vec![(HeaderName::from_static("open311-extensions"), EXTENSIONS.to_owned())];
    asking.answer(Ok(Answer { headers, ..Answer::new("discovery", value) }))
}
