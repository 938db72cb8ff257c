//! What is known of a request from its head: its number, by which the log, the page of an error and whoever asks for help speak of
//! the same thing, and the trace of another program that it belongs to.

use super::id;
use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

/// The header that carries a request's number, in both directions.
pub const NUMBER: &str = "x-request-id";
/// The name under which spans of requests are told; see also [`SPANS`].
pub const REQUESTS: &str = "steward::requests";
/// The name under which spans within requests and jobs are told: they go to traces and never into the log.
pub const SPANS: &str = "steward::spans";

/// A request's number, kept in its extensions.
#[derive(Debug, Clone)]
pub struct Number(pub String);

impl Number {
    /// The one that a proxy gave it, if that is a plain word, or else a fresh one.
    pub fn of(headers: &HeaderMap) -> Number {
        let given = headers.get(NUMBER).and_then(|value| value.to_str().ok());
        let is_plain = |text: &&str| {
            (8..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        Number(given.filter(is_plain).map_or_else(|| format!("{:x}", id::fresh()), str::to_owned))
    }
}

/// The trace that a request belongs to, by the header `traceparent` of W3C Trace Context; none when there is none or it cannot be
/// read.
pub fn parent(headers: &HeaderMap) -> Option<Context> {
    let text = headers.get("traceparent").and_then(|value| value.to_str().ok())?;
    let mut parts = text.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // Later versions may add parts behind these; 00 has none, and ff is no version.
    let is_lower = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_shaped = version.len() == 2 && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
    if !is_shaped || ![version, trace, span, flags].iter().all(|part| is_lower(part)) {
        return None;
    }
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & 1),
        true,
        TraceState::default(),
    );
    context.is_valid().then(|| Context::new().with_remote_span_context(context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn only_a_plain_word_is_taken_for_a_number() {
        assert_eq!(Number::of(&headers(NUMBER, "abc-123.DEF_9")).0, "abc-123.DEF_9");
        let long = "a".repeat(65);
        for wrong in ["short", "has space in it", "quote\"inside", long.as_str(), "中文中文中文中文"] {
            let Ok(value) = HeaderValue::from_bytes(wrong.as_bytes()) else { continue };
            let mut headers = HeaderMap::new();
            headers.insert(NUMBER, value);
            assert_ne!(Number::of(&headers).0, wrong);
        }
        assert!(Number::of(&HeaderMap::new()).0.len() >= 8);
    }

    #[test]
    fn a_trace_is_read_as_the_standard_says() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let found = parent(&headers("traceparent", &format!("00-{trace}-b7ad6b7169203331-01"))).expect("a parent");
        let span = found.span().span_context().clone();
        assert_eq!(span.trace_id().to_string(), trace);
        assert!(span.is_sampled() && span.is_remote());
        // A version that is not known yet may say more.
        assert!(parent(&headers("traceparent", &format!("01-{trace}-b7ad6b7169203331-01-more"))).is_some());
        for wrong in [
            "".to_owned(),
            "00".to_owned(),
            format!("00-{trace}-b7ad6b7169203331-01-more"),
            format!("ff-{trace}-b7ad6b7169203331-01"),
            format!("00-{}-b7ad6b7169203331-01", trace.to_uppercase()),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}-b7ad6b7169203331-0g"),
        ] {
            assert!(parent(&headers("traceparent", &wrong)).is_none(), "{wrong}");
        }
    }
}
