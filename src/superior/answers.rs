//! What a superior answers: an acknowledgement as JSON or as a table, with the rows that it does not take and why.

use serde::Deserialize;

/// The largest acknowledgement that is read, in bytes.
pub const LARGEST: usize = 8 << 20;
/// So many refused rows are kept one by one; of the others only how many there are.
pub const MOST_ROWS: usize = 10_000;
/// The longest reason that is kept, in characters.
const LONGEST: usize = 300;

/// A row that was not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// The file's name; empty when the superior does not say.
    pub file: String,
    /// The row, from 1; 0 when the superior does not say.
    pub row: i64,
    /// The number of the case, or whatever names the row; empty when the superior does not say.
    pub reference: String,
    /// Why.
    pub reason: String,
}

/// An acknowledgement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether the batch was taken.
    pub is_taken: bool,
    /// Why not, or whatever else is said.
    pub reason: String,
    /// The rows that were not taken, as many as are kept.
    pub refused: Vec<Refused>,
    /// How many there are in all.
    pub count: i64,
}

/// A number or a text: systems differ.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Number(i64),
}

impl Word {
    fn text(self) -> String {
        match self {
            Word::Text(text) => text,
            Word::Number(number) => number.to_string(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default)]
    file: Option<Word>,
    #[serde(default)]
    row: Option<Word>,
    #[serde(default)]
    id: Option<Word>,
    #[serde(default)]
    reason: Option<Word>,
}

#[derive(Debug, Deserialize)]
struct Whole {
    #[serde(default)]
    batch: Option<Word>,
    #[serde(default)]
    revision: Option<Word>,
    #[serde(default)]
    state: Option<Word>,
    #[serde(default)]
    reason: Option<Word>,
    #[serde(default)]
    refused: Option<Vec<Row>>,
}

fn short(text: &str) -> String {
    text.trim().chars().filter(|sign| !sign.is_control()).take(LONGEST).collect()
}

fn gathered(rows: impl Iterator<Item = Refused>) -> (Vec<Refused>, i64) {
    let (mut kept, mut count) = (Vec::new(), 0);
    for row in rows {
        count += 1;
        if kept.len() < MOST_ROWS {
            kept.push(row);
        }
    }
    (kept, count)
}

/// Reads an acknowledgement of the batch `number` in its `revision`, as it came over HTTP or as a file whose ending says whether the batch
/// was taken.
///
/// # Errors
/// What is wrong with it, for the page: it is then no acknowledgement.
pub fn read(bytes: &[u8], by_ending: Option<bool>, number: &str, revision: i64) -> Result<Answer, String> {
    let (text, _) = crate::kit::letters::read(bytes).ok_or("it is no text")?;
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    match (trimmed.chars().next(), by_ending) {
        (Some('{' | '['), _) => json(trimmed, by_ending, number, revision),
        (None, Some(is_taken)) => Ok(Answer { is_taken, ..Answer::default() }),
        (Some(_), Some(is_taken)) => table(trimmed, is_taken),
        (_, None) => Err("it is no JSON".to_owned()),
    }
}

fn json(text: &str, by_ending: Option<bool>, number: &str, revision: i64) -> Result<Answer, String> {
    let whole: Whole = match text.starts_with('[') {
        // A list alone names the rows.
        true => Whole {
            batch: None,
            revision: None,
            state: None,
            reason: None,
            refused: Some(serde_json::from_str(text).map_err(|error| error.to_string())?),
        },
        false => serde_json::from_str(text).map_err(|error| error.to_string())?,
    };
    if whole.batch.is_some_and(|batch| batch.text() != number) {
        return Err("it speaks of another batch".to_owned());
    }
    if whole.revision.is_some_and(|found| found.text() != revision.to_string()) {
        return Err("it speaks of another revision".to_owned());
    }
    let said = match whole.state.map(Word::text).as_deref() {
        None => None,
        Some("accepted" | "partly") => Some(true),
        Some("refused") => Some(false),
        Some(other) => return Err(format!("its state {} is not known", short(other))),
    };
    let is_taken = match (said, by_ending) {
        (Some(said), Some(ending)) if said != ending => {
            return Err("its name and its state say different things".to_owned());
        }
        (Some(is_taken), _) | (None, Some(is_taken)) => is_taken,
        // Whoever answers nothing has not said that the batch was taken.
        (None, None) if whole.refused.is_none() => return Err("it says neither state nor refused".to_owned()),
        (None, None) => true,
    };
    let text = |word: Option<Word>| word.map(Word::text).unwrap_or_default();
    let rows = whole.refused.unwrap_or_default().into_iter().map(|row| Refused {
        file: short(&text(row.file)),
        row: text(row.row).trim().parse().unwrap_or(0),
        reference: short(&text(row.id)),
        reason: short(&text(row.reason)),
    });
    let (refused, count) = gathered(rows);
    Ok(Answer { is_taken, reason: short(&text(whole.reason)), refused, count })
}

/// The headings of a table of refused rows.
const HEADINGS: [[&str; 2]; 4] = [["file", "文件"], ["row", "行"], ["id", "编号"], ["reason", "原因"]];

fn table(text: &str, is_taken: bool) -> Result<Answer, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let head: Vec<String> =
        reader.headers().map_err(|error| error.to_string())?.iter().map(|name| name.trim().to_lowercase()).collect();
    let at = HEADINGS.map(|names| head.iter().position(|name| names.contains(&name.as_str())));
    let [file, row, id, reason] = at;
    if reason.is_none() && id.is_none() && row.is_none() {
        // Words alone say why.
        return Ok(Answer { is_taken, reason: short(text), ..Answer::default() });
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |place: Option<usize>| place.and_then(|place| record.get(place)).map(short).unwrap_or_default();
        rows.push(Refused {
            file: cell(file),
            row: cell(row).parse().unwrap_or(0),
            reference: cell(id),
            reason: cell(reason),
        });
    }
    let (refused, count) = gathered(rows.into_iter());
    Ok(Answer { is_taken, reason: String::new(), refused, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_http(text: &str) -> Result<Answer, String> {
        read(text.as_bytes(), None, "990100-20260309", 1)
    }

    #[test]
    fn an_answer_over_http_says_whether_it_was_taken() {
        for (text, is_taken, count) in [
            (r#"{"state":"accepted"}"#, true, 0),
            (r#"{"batch":"990100-20260309","revision":1,"state":"accepted","refused":[]}"#, true, 0),
            (r#"{"refused":[{"file":"a.csv","row":2,"id":"WL1","reason":"无此类别"}]}"#, true, 1),
            (r#"{"revision":"1","state":"partly","refused":[{"id":17,"row":"3"}]}"#, true, 1),
            (r#"{"state":"refused","reason":"行政区划代码错误"}"#, false, 0),
        ] {
            let answer = of_http(text).expect(text);
            assert_eq!((answer.is_taken, answer.count), (is_taken, count), "{text}");
        }
        let answer = of_http(r#"{"refused":[{"id":17,"row":"3","reason":"x\ny"}]}"#).expect("an answer");
        assert_eq!(
            answer.refused[0],
            Refused { file: String::new(), row: 3, reference: "17".into(), reason: "xy".into() }
        );
    }

    #[test]
    fn what_does_not_say_that_it_was_taken_is_no_acknowledgement() {
        for text in [
            "",
            "OK",
            "<html></html>",
            "{}",
            r#"{"ok":true}"#,
            r#"{"state":"fine"}"#,
            r#"{"batch":"990100-20260308","state":"accepted"}"#,
            r#"{"revision":2,"state":"accepted"}"#,
            r#"{"state":"accepted","#,
        ] {
            assert!(of_http(text).is_err(), "{text}");
        }
        assert!(read(&[0x89, 0x50, 0, 0xff], Some(true), "n", 1).is_err());
        assert!(read(br#"{"state":"refused"}"#, Some(true), "n", 1).is_err(), "the name says that it was taken");
    }

    #[test]
    fn files_say_it_by_their_ending() {
        let of_file = |text: &str, is_ack: bool| read(text.as_bytes(), Some(is_ack), "n", 1).expect("an answer");
        assert!(of_file("", true).is_taken && !of_file(" \n", false).is_taken);
        let table = of_file("file,row,id,reason\nn-cases-001.csv,2,WL2,缺少坐标\n,,WL3,重复\n", true);
        assert_eq!((table.is_taken, table.count), (true, 2));
        assert_eq!((table.refused[0].row, table.refused[1].reference.as_str()), (2, "WL3"));
        let gb = encoding_rs::GB18030.encode("编号,原因\nWL2,缺少坐标\n").0.into_owned();
        let read = read(&gb, Some(false), "n", 1).expect("an answer");
        assert_eq!((read.is_taken, read.refused[0].reason.as_str()), (false, "缺少坐标"));
        assert_eq!(of_file("格式错误", false).reason, "格式错误");
        assert_eq!(of_file(r#"[{"id":"WL2","reason":"x"}]"#, true).count, 1);
    }

    #[test]
    fn an_endless_list_is_counted_and_not_kept() {
        let rows: Vec<String> = (0..MOST_ROWS + 5).map(|n| format!("WL{n},x")).collect();
        let answer = read(format!("id,reason\n{}", rows.join("\n")).as_bytes(), Some(true), "n", 1).expect("an answer");
        assert_eq!((answer.refused.len(), answer.count), (MOST_ROWS, MOST_ROWS as i64 + 5));
    }
}
