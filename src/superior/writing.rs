//! Rows as files: one after the other, in the letters that the superior reads. The same rows are the same bytes.

use super::mapping::{Cell, Column};
use super::settings::{Encoding, Format};

/// What stands before the first row.
pub fn begin(text: &mut String, format: Format, columns: &[Column]) {
    match format {
        Format::Csv => {
            for (place, column) in columns.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                quoted(text, &column.name);
            }
            text.push_str("\r\n");
        }
        Format::Json => text.push('['),
        Format::Jsonl => {}
    }
}

/// Appends a row.
pub fn row(text: &mut String, format: Format, columns: &[Column], cells: &[Cell], is_first: bool) {
    match format {
        Format::Csv => {
            for (place, cell) in cells.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                match cell {
                    Cell::Nothing => {}
                    Cell::Number(number) => text.push_str(number),
                    Cell::Text(words) => quoted(text, words),
                }
            }
            text.push_str("\r\n");
        }
        Format::Json => {
            text.push_str(if is_first { "\n" } else { ",\n" });
            object(text, columns, cells);
        }
        Format::Jsonl => {
            object(text, columns, cells);
            text.push('\n');
        }
    }
}

/// What stands behind the last row.
pub fn end(text: &mut String, format: Format) {
    if format == Format::Json {
        text.push_str("\n]\n");
    }
}

fn object(text: &mut String, columns: &[Column], cells: &[Cell]) {
    text.push('{');
    for (place, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&string(&column.name));
        text.push(':');
        match cell {
            Cell::Nothing => text.push_str("null"),
            Cell::Number(number) => text.push_str(number),
            Cell::Text(words) => text.push_str(&string(words)),
        }
    }
    text.push('}');
}

fn string(words: &str) -> String {
    serde_json::Value::from(words).to_string()
}

fn quoted(text: &mut String, words: &str) {
    if words.contains(['"', ',', '\n', '\r']) || words.starts_with(' ') || words.ends_with(' ') {
        text.push('"');
        text.push_str(&words.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(words);
    }
}

/// The bytes of a text.
pub fn encoded(text: String, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        // The one sign that GB 18030 cannot tell from another.
        Encoding::Gb18030 => encoding_rs::GB18030.encode(&text.replace('\u{e5e5}', "\u{fffd}")).0.into_owned(),
    }
}

/// The type of a file for HTTP.
pub const fn mime(format: Format, encoding: Encoding) -> &'static str {
    match (format, encoding) {
        (Format::Csv, Encoding::Utf8) => "text/csv; charset=utf-8; header=present",
        (Format::Csv, Encoding::Gb18030) => "text/csv; charset=gb18030; header=present",
        (Format::Json, Encoding::Utf8) => "application/json",
        (Format::Json, Encoding::Gb18030) => "application/json; charset=gb18030",
        (Format::Jsonl, Encoding::Utf8) => "application/jsonl; charset=utf-8",
        (Format::Jsonl, Encoding::Gb18030) => "application/jsonl; charset=gb18030",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::superior::mapping::Mapping;
    use crate::superior::settings::Data;

    fn columns() -> Vec<Column> {
        let file =
            "[departments]\ncolumns = [{ name = \"名称\", from = \"name\" }, { name = \"N,1\", from = \"code\" }]";
        let mut mapping = Mapping::read(file, |_| false).expect("a mapping");
        mapping.sets.remove(&Data::Departments).expect("departments").columns
    }

    fn whole(format: Format, count: usize) -> String {
        let (mut text, columns) = (String::new(), columns());
        let cells = [Cell::Text("环卫 \"一\" 队,\n甲".into()), Cell::Number("1.5".into())];
        begin(&mut text, format, &columns);
        for place in 0..count {
            let nothing = [Cell::Nothing, Cell::Nothing];
            row(&mut text, format, &columns, if place == 1 { &nothing } else { &cells }, place == 0);
        }
        end(&mut text, format);
        text
    }

    #[test]
    fn every_format_is_read_again() {
        for count in 0..3 {
            let text = whole(Format::Csv, count);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            assert_eq!(reader.headers().expect("a head").iter().collect::<Vec<_>>(), ["名称", "N,1"]);
            let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
            assert_eq!(rows.len(), count);
            if count > 0 {
                assert_eq!(rows[0].iter().collect::<Vec<_>>(), ["环卫 \"一\" 队,\n甲", "1.5"]);
            }
            let all: serde_json::Value = serde_json::from_str(&whole(Format::Json, count)).expect("JSON");
            assert_eq!(all.as_array().map(Vec::len), Some(count));
            let lines: Vec<serde_json::Value> =
                whole(Format::Jsonl, count).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            assert_eq!(lines.len(), count);
            if count > 1 {
                assert_eq!((&lines[0]["N,1"], &lines[1]["名称"]), (&serde_json::json!(1.5), &serde_json::Value::Null));
            }
        }
    }

    #[test]
    fn the_letters_are_those_that_the_superior_reads() {
        let text = "望澜市 𠮷 €\u{e5e5}";
        assert_eq!(encoded(text.to_owned(), Encoding::Utf8), text.as_bytes());
        let bytes = encoded(text.to_owned(), Encoding::Gb18030);
        let (read, _, is_broken) = encoding_rs::GB18030.decode(&bytes);
        assert_eq!((read.as_ref(), is_broken), ("望澜市 𠮷 €\u{fffd}", false));
        assert_eq!(&bytes[..2], [0xcd, 0xfb], "two bytes a sign");
    }
}
