//! One answer, two written forms: XML as the specification prints it, and JSON by the Spark convention, which drops the names of
//! wrappers and writes every list as an array.

use std::fmt::Write;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `text/xml`.
    Xml,
}

impl Format {
    /// The format of an address's last part, such as `services.json`, and what stands before the point.
    pub fn of(last: &str) -> Option<(&str, Format)> {
        let (name, ending) = last.rsplit_once('.')?;
        match ending {
            "json" => Some((name, Format::Json)),
            "xml" => Some((name, Format::Xml)),
            _ => None,
        }
    }

    /// The content type, with its character set.
    pub const fn mime(self) -> &'static str {
        match self {
            Format::Json => "application/json; charset=utf-8",
            Format::Xml => "text/xml; charset=utf-8",
        }
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: `null`, or an empty element.
    Null,
    /// A text.
    Text(String),
    /// Degrees.
    Number(f64),
    /// A whole number.
    Count(i64),
    /// Yes or no.
    Yes(bool),
    /// Named parts, in the order of the specification.
    Object(Vec<(&'static str, Value)>),
    /// Several of a kind; in XML each is an element of this name.
    List(&'static str, Vec<Value>),
}

impl Value {
    /// A text; nothing when it is empty.
    pub fn text(text: impl Into<String>) -> Value {
        let text = text.into();
        if text.is_empty() { Value::Null } else { Value::Text(text) }
    }

    /// A text, also when it is empty.
    pub fn always(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// A number; nothing without one.
    pub fn number(number: Option<f64>) -> Value {
        number.filter(|number| number.is_finite()).map_or(Value::Null, Value::Number)
    }
}

/// Writes an answer. `root` is the name of the outermost element, which only XML has.
pub fn write(format: Format, root: &str, answer: &Value) -> String {
    let mut text = String::with_capacity(4096);
    match format {
        Format::Json => json(&mut text, answer),
        Format::Xml => {
            text.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
            element(&mut text, root, answer);
            text.push('\n');
        }
    }
    text
}

fn json(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Text(inner) => json_text(text, inner),
        // Writing to a string cannot fail.
        Value::Number(number) => {
            let _ = write!(text, "{number}");
        }
        Value::Count(number) => {
            let _ = write!(text, "{number}");
        }
        Value::Yes(is_true) => text.push_str(if *is_true { "true" } else { "false" }),
        Value::Object(parts) => {
            text.push('{');
            for (position, (name, part)) in parts.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                json_text(text, name);
                text.push(':');
                json(text, part);
            }
            text.push('}');
        }
        Value::List(_, items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                json(text, item);
            }
            text.push(']');
        }
    }
}

fn json_text(text: &mut String, inner: &str) {
    text.push('"');
    let mut from = 0;
    for (at, byte) in inner.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        text.push_str(&inner[from..at]);
        if escaped.is_empty() {
            let _ = write!(text, "\\u{byte:04x}");
        } else {
            text.push_str(escaped);
        }
        from = at + 1;
    }
    text.push_str(&inner[from..]);
    text.push('"');
}

fn element(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => {
            let _ = write!(text, "<{name}/>");
            return;
        }
        Value::Text(inner) if inner.is_empty() => {
            let _ = write!(text, "<{name}/>");
            return;
        }
        Value::List(_, items) if items.is_empty() => {
            let _ = write!(text, "<{name}></{name}>");
            return;
        }
        _ => {}
    }
    let _ = write!(text, "<{name}>");
    match value {
        Value::Null => {}
        Value::Text(inner) => xml_text(text, inner),
        Value::Number(number) => {
            let _ = write!(text, "{number}");
        }
        Value::Count(number) => {
            let _ = write!(text, "{number}");
        }
        Value::Yes(is_true) => text.push_str(if *is_true { "true" } else { "false" }),
        Value::Object(parts) => {
            for (name, part) in parts {
                element(text, name, part);
            }
        }
        Value::List(child, items) => {
            for item in items {
                element(text, child, item);
            }
        }
    }
    let _ = write!(text, "</{name}>");
}

/// XML has no way to write most control characters: they are left out.
fn xml_text(text: &mut String, inner: &str) {
    for character in inner.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\r' => text.push_str("&#13;"),
            '\t' | '\n' => text.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Value {
        Value::List(
            "service",
            vec![Value::Object(vec![
                ("service_code", Value::text("event-0113")),
                ("description", Value::Null),
                ("metadata", Value::Yes(true)),
                ("lat", Value::Number(31.2093)),
                ("order", Value::Count(1)),
                ("values", Value::List("value", vec![Value::Object(vec![("key", Value::text("a"))])])),
            ])],
        )
    }

    #[test]
    fn the_same_answer_is_an_array_in_json_and_wrapped_in_xml() {
        assert_eq!(
            write(Format::Json, "services", &answer()),
            r#"[{"service_code":"event-0113","description":null,"metadata":true,"lat":31.2093,"order":1,"values":[{"key":"a"}]}]"#
        );
        assert_eq!(
            write(Format::Xml, "services", &answer()),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<services><service><service_code>event-0113</service_code>\
             <description/><metadata>true</metadata><lat>31.2093</lat><order>1</order><values><value><key>a</key></value>\
             </values></service></services>\n"
        );
    }

    #[test]
    fn a_list_of_one_and_of_none_stays_a_list() {
        let one = Value::List("request", vec![Value::Object(vec![("token", Value::text("t"))])]);
        assert_eq!(write(Format::Json, "service_requests", &one), r#"[{"token":"t"}]"#);
        let none = Value::List("request", vec![]);
        assert_eq!(write(Format::Json, "service_requests", &none), "[]");
        assert!(write(Format::Xml, "service_requests", &none).ends_with("<service_requests></service_requests>\n"));
    }

    #[test]
    fn what_people_write_cannot_break_an_answer() {
        for text in
            ["a<b>&\"c\"", "]]>", "line\nline\r\n\ttab", "井盖\u{0}\u{b}松动", "\\u0041 \\", "🕳️", "\u{7f}\u{2028}"]
        {
            let answer = Value::Object(vec![("description", Value::text(text))]);
            let json: serde_json::Value = serde_json::from_str(&write(Format::Json, "request", &answer)).expect("JSON");
            assert_eq!(json["description"], text);
            let xml = write(Format::Xml, "request", &answer);
            let inner = xml.split_once("<description>").and_then(|(_, rest)| rest.split_once("</description>"));
            let inner = inner.expect("the element").0;
            assert!(!inner.contains(['<', '>', '\r']) && !inner.chars().any(|one| one < '\t'), "{inner:?}");
        }
    }

    #[test]
    fn the_ending_of_the_address_names_the_format() {
        assert_eq!(Format::of("services.json"), Some(("services", Format::Json)));
        assert_eq!(Format::of("event-0113.v2.xml"), Some(("event-0113.v2", Format::Xml)));
        for strange in ["services", "services.html", "services.", "services.JSON"] {
            assert_eq!(Format::of(strange), None, "{strange}");
        }
    }
}
