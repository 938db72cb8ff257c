//! Writing rows in the formats of open data, one row after the other, so that a file of any length needs no more memory than a row.

use super::row::Row;
use super::table::{Cell, Column};
use crate::open311::format::{Format as Answer, Value, write};
use std::fmt::Write;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with a head.
    Csv,
    /// RFC 7946.
    GeoJson,
    /// A JSON object a line.
    JsonLines,
    /// An array of JSON objects.
    Json,
    /// A feed with positions: RFC 4287 and GeoRSS.
    Atom,
    /// Elements of `service_requests`.
    Xml,
}

impl Format {
    /// The content type.
    pub const fn mime(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::GeoJson => "application/geo+json",
            Format::JsonLines => "application/jsonl; charset=utf-8",
            Format::Json => "application/json; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Xml => "text/xml; charset=utf-8",
        }
    }
}

/// What stands around the rows.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The title of a feed.
    pub title: String,
    /// The address of the feed itself, with what was asked.
    pub address: String,
    /// Whose feed it is.
    pub author: String,
    /// How the program is reached.
    pub base: String,
    /// When something last changed.
    pub updated: String,
    /// The licence.
    pub licence: String,
    /// Whether a mark goes first by which some spreadsheets know the letters.
    pub has_mark: bool,
}

/// What stands before the first row.
pub fn begin(format: Format, columns: &[Column], around: &Around) -> String {
    match format {
        Format::Csv => {
            let head: Vec<&str> = columns.iter().map(|column| column.name).collect();
            format!("{}{}\r\n", if around.has_mark { "\u{feff}" } else { "" }, head.join(","))
        }
        Format::GeoJson => "{\"type\":\"FeatureCollection\",\"features\":[".to_owned(),
        Format::JsonLines => String::new(),
        Format::Json => "[".to_owned(),
        Format::Atom => format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" \
             xmlns:georss=\"http://www.georss.org/georss\"><title>{}</title><id>{}</id><link rel=\"self\" href=\"{}\"/>\
             <updated>{}</updated><author><name>{}</name></author><rights>{}</rights>\n",
            escaped(&around.title),
            escaped(&around.address),
            escaped(&around.address),
            escaped(&around.updated),
            escaped(&around.author),
            escaped(&around.licence)
        ),
        Format::Xml => "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<service_requests>".to_owned(),
    }
}

/// What stands behind the last row.
pub const fn end(format: Format) -> &'static str {
    match format {
        Format::Csv | Format::JsonLines => "",
        Format::GeoJson => "]}\n",
        Format::Json => "]\n",
        Format::Atom => "</feed>\n",
        Format::Xml => "</service_requests>\n",
    }
}

/// Appends a row.
pub fn row(text: &mut String, format: Format, columns: &[Column], row: &Row, is_first: bool, around: &Around) {
    match format {
        Format::Csv => {
            for (position, column) in columns.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                cell(text, &(column.of)(row));
            }
            text.push_str("\r\n");
        }
        Format::GeoJson => {
            text.push_str(if is_first { "\n" } else { ",\n" });
            text.push_str("{\"type\":\"Feature\",\"id\":");
            text.push_str(&json(&Value::always(row.id.as_str())));
            text.push_str(",\"geometry\":");
            match row.point {
                // Writing to a string cannot fail.
                Some((lon, lat)) => {
                    let _ = write!(text, "{{\"type\":\"Point\",\"coordinates\":[{lon},{lat}]}}");
                }
                None => text.push_str("null"),
            }
            text.push_str(",\"properties\":");
            object(text, columns.iter().filter(|column| !matches!(column.name, "lon" | "lat")), row);
            text.push('}');
        }
        Format::JsonLines => {
            object(text, columns.iter(), row);
            text.push('\n');
        }
        Format::Json => {
            text.push_str(if is_first { "\n" } else { ",\n" });
            object(text, columns.iter(), row);
        }
        Format::Atom => entry(text, row, around),
        Format::Xml => {
            let whole = write_xml(columns, row);
            text.push_str(&whole);
        }
    }
}

fn json(value: &Value) -> String {
    write(Answer::Json, "", value)
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Nothing => Value::Null,
        Cell::Text(text) | Cell::Word(text) => Value::Text(text),
        Cell::Count(count) => Value::Count(count),
        Cell::Degrees(degrees) => Value::Number(degrees),
    }
}

fn object<'a>(text: &mut String, columns: impl Iterator<Item = &'a Column>, row: &Row) {
    let parts = columns.map(|column| (column.name, value((column.of)(row)))).collect();
    text.push_str(&json(&Value::Object(parts)));
}

fn write_xml(columns: &[Column], row: &Row) -> String {
    let parts = columns.iter().map(|column| (column.name, value((column.of)(row)))).collect();
    let whole = write(Answer::Xml, "request", &Value::Object(parts));
    whole.split_once('\n').map(|(_, rest)| rest.trim_end().to_owned()).unwrap_or_default()
}

/// A cell of a file with commas. What somebody wrote must not become a formula where the file is opened: an apostrophe goes before
/// what a spreadsheet would take for one.
fn cell(text: &mut String, cell: &Cell) {
    let inner = match cell {
        Cell::Nothing => return,
        Cell::Word(word) => word.clone(),
        Cell::Text(inner) if inner.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) => {
            format!("'{inner}")
        }
        Cell::Text(inner) => inner.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Degrees(degrees) => degrees.to_string(),
    };
    if inner.contains(['"', ',', '\n', '\r']) {
        text.push('"');
        text.push_str(&inner.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(&inner);
    }
}

fn entry(text: &mut String, row: &Row, around: &Around) {
    let address = format!("{}/reports/{}", around.base, row.id);
    let title = if row.service_name.is_empty() { &row.id } else { &row.service_name };
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "<entry><title>{}</title><id>{}</id><link href=\"{}\"/><updated>{}</updated><published>{}</published>\
         <category term=\"{}\"/><summary>{}</summary>",
        escaped(title),
        escaped(&address),
        escaped(&address),
        row.updated_at,
        row.requested_at,
        row.status,
        escaped(&row.description)
    );
    if let Some((lon, lat)) = row.point {
        let _ = write!(text, "<georss:point>{lat} {lon}</georss:point>");
    }
    text.push_str("</entry>\n");
}

/// Text as XML may hold it.
fn escaped(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    for character in inner.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\t' | '\n' => text.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opendata::table::{bulk, columns};
    use serde_json::Value as Json;

    fn whole(format: Format, columns: &[Column], count: usize) -> String {
        let around = Around { title: "A & B".into(), base: "https://a.example".into(), ..Around::default() };
        let mut text = begin(format, columns, &around);
        for position in 0..count {
            row(&mut text, format, columns, &Row::sample(), position == 0, &around);
        }
        text.push_str(end(format));
        text
    }

    #[test]
    fn files_with_commas_are_read_again_and_hold_no_formula() {
        let (columns, text) = (columns(), whole(Format::Csv, &columns(), 2));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let head: Vec<String> = reader.headers().expect("a head").iter().map(str::to_owned).collect();
        assert_eq!(head, columns.iter().map(|column| column.name).collect::<Vec<_>>());
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 2);
        let of = |name: &str| rows[0][head.iter().position(|known| known == name).expect("a column")].to_owned();
        assert_eq!(of("description"), "'=1+1 \"引号\"\r\n第二行, <b>&");
        assert_eq!(of("status_notes"), "'-已清理");
        assert_eq!((of("lon"), of("id")), ("123.414".into(), "7".into()));
    }

    #[test]
    fn every_count_of_rows_makes_a_whole_file() {
        for count in 0..3 {
            let all: Json = serde_json::from_str(&whole(Format::GeoJson, &columns(), count)).expect("GeoJSON");
            assert_eq!(all["features"].as_array().map(Vec::len), Some(count));
            let all: Json = serde_json::from_str(&whole(Format::Json, &bulk(), count)).expect("JSON");
            assert_eq!(all.as_array().map(Vec::len), Some(count));
            let lines = whole(Format::JsonLines, &columns(), count);
            let read: Vec<Json> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            assert_eq!(read.len(), count);
            for (format, columns) in [(Format::Xml, bulk()), (Format::Atom, columns())] {
                let text = whole(format, &columns, count);
                let mut reader = quick_xml::reader::Reader::from_str(&text);
                let mut begun = 0;
                loop {
                    match reader.read_event().expect("XML") {
                        quick_xml::events::Event::Start(start)
                            if matches!(start.local_name().as_ref(), "request" | "entry") =>
                        {
                            begun += 1
                        }
                        quick_xml::events::Event::Eof => break,
                        _ => {}
                    }
                }
                assert_eq!(begun, count, "{text}");
            }
        }
        let one: Json = serde_json::from_str(&whole(Format::GeoJson, &columns(), 1)).expect("GeoJSON");
        assert_eq!(one["features"][0]["geometry"]["coordinates"], serde_json::json!([123.414, 31.2093]));
        assert_eq!(one["features"][0]["properties"]["status"], "closed");
    }
}
