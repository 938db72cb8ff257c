//! The form of a paper that a room writes from what it knows: what is missing is asked for, what is told in an officer's own words
//! may be written anew, and all else comes from the room. Rooms lend their data and check once more before they issue.

use super::issuing::{Draft, Shapeless, address, prepare, seal};
use super::paper::{Order, Paper, Standing, missing};
use super::store::Signed;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::people::act::Act as May;
use crate::people::doors::Visit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::Arc;
use typesetting::Kind;

/// A paper that was issued before.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Its kind.
    pub kind: String,
    /// Its number.
    pub number: String,
    /// The day.
    pub on: Date,
    /// The moment.
    pub at: Moment,
    /// What stood on it.
    pub data: Value,
}

impl Issued {
    /// What later papers want to know of one.
    pub fn of(paper: &Paper) -> Issued {
        Issued {
            kind: paper.kind.clone(),
            number: paper.number.clone(),
            on: paper.issued_on,
            at: paper.issued_at,
            data: paper.data.clone(),
        }
    }
}

/// Whose papers they are, and where its pages lie.
#[derive(Debug, Clone)]
pub struct Home {
    /// What it is, such as `penalty_case`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Id,
    /// Its number, as people say it.
    pub number: String,
    /// The sentence that names its room.
    pub room: &'static str,
    /// The address of its room.
    pub list: &'static str,
    /// Its own address, without a slash at the end.
    pub href: String,
    /// Where all of them lie bound into one.
    pub volume: String,
    /// How many volumes that takes.
    pub volumes: usize,
}

#[derive(Serialize)]
struct KindRow {
    id: &'static str,
    name: String,
    count: usize,
    lacking: usize,
}

#[derive(Serialize)]
struct PaperRow {
    id: String,
    name: String,
    number: String,
    on: String,
    standing: &'static str,
}

/// The page of all papers: those that were issued, and those that may be written now, each with how much is missing.
///
/// # Errors
/// When the page cannot be drawn.
pub fn list(
    app: &App,
    visit: &Visit,
    home: &Home,
    papers: &[Paper],
    offered: &[(&'static str, Value)],
) -> Result<Response, Error> {
    let pick = |kind: &Kind| name_of(kind, visit).to_owned();
    let may_issue = visit.actor()?.may(May::IssuePapers);
    let row = |(id, data): &(&'static str, Value)| {
        let kind = app.papers.kinds.find(id)?;
        let counts = papers.iter().filter(|paper| paper.kind == *id && paper.standing() != Standing::Voided);
        Some(KindRow { id, name: pick(kind), count: counts.count(), lacking: missing(kind, data).len() })
    };
    let rows: Vec<KindRow> = offered.iter().filter(|_| may_issue).filter_map(row).collect();
    let papers: Vec<PaperRow> = papers
        .iter()
        .map(|paper| PaperRow {
            id: paper.id.to_string(),
            name: app.papers.kinds.find(&paper.kind).map(pick).unwrap_or_else(|| paper.kind.clone()),
            number: paper.number.clone(),
            on: paper.issued_on.to_string(),
            standing: paper.standing().word(),
        })
        .collect();
    let page = context! { home => of(app, visit, home), kinds => Serde(rows), papers => Serde(papers) };
    Ok(app.page(visit, "papers/written.html", page)?.into_response())
}

fn of(app: &App, visit: &Visit, home: &Home) -> minijinja::Value {
    context! {
        number => home.number.as_str(), href => home.href.as_str(), list => home.list, volume => home.volume.as_str(),
        volumes => home.volumes,
        room => app.pages.say(visit.lang, home.room, &[]),
    }
}

fn name_of<'a>(kind: &'a Kind, visit: &Visit) -> &'a str {
    if visit.lang == LANGUAGES[0] { &kind.name.chinese } else { &kind.name.english }
}

/// A text as JSON, in the shape that the templates want at this place.
pub fn shaped(at: &str, text: &str) -> Value {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect::<Vec<Value>>();
    let leaf = at.rsplit('.').next().unwrap_or(at);
    match leaf {
        "things" => things(text),
        "questions" => questions(text),
        "speeches" => lines()
            .iter()
            .filter_map(Value::as_str)
            .map(|line| {
                let (speaker, words) = line.split_once(['：', ':']).unwrap_or(("", line));
                serde_json::json!({ "speaker": speaker.trim(), "words": words.trim() })
            })
            .collect(),
        leaf if leaf.ends_with("days")
            || leaf.ends_with("months")
            || matches!(leaf, "late_percent" | "total" | "quantity") =>
        {
            text.trim().parse::<i64>().map_or_else(|_| Value::from(text.trim()), Value::from)
        }
        leaf if LISTS.contains(&leaf) => lines().into(),
        _ => Value::from(text.trim()),
    }
}

/// The names of a paper's fields in its form, by their position: their labels come from a file of the city.
const NAMES: [&str; 40] = [
    "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13", "f14", "f15", "f16", "f17",
    "f18", "f19", "f20", "f21", "f22", "f23", "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31", "f32", "f33",
    "f34", "f35", "f36", "f37", "f38", "f39", "f40",
];

/// Places of several paragraphs.
const LISTS: [&str; 22] = [
    "facts",
    "evidence",
    "analysis",
    "attachments",
    "conclusion",
    "course",
    "demands",
    "disposals",
    "duties",
    "findings",
    "investigators_said",
    "opinion",
    "party_said",
    "present",
    "report",
    "requests",
    "result",
    "review",
    "suggestions",
    "checked",
    "said",
    "penalties",
];

/// What officers may write anew although the case knows it: the telling of it, never amounts, days, names and articles.
const EDITABLE: [&str; 12] = [
    "facts",
    "evidence",
    "analysis",
    "findings",
    "suggestions",
    "course",
    "things",
    "questions",
    "reason",
    "present",
    "report",
    "conclusion",
];

/// The text of a value, for a form.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => {
            let get = |name: &str| fields.get(name).map(text_of);
            match (get("question"), get("answer"), get("name"), get("quantity"), get("speaker"), get("words")) {
                (Some(question), Some(answer), ..) => format!("问：{question}\n答：{answer}"),
                (_, _, Some(name), Some(quantity), ..) => format!("{name} {quantity}"),
                (.., Some(speaker), Some(words)) => format!("{speaker}：{words}"),
                _ => String::new(),
            }
        }
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null => String::new(),
    }
}

/// The places of a kind that its form asks for: what is missing, and what may be written anew.
fn places(kind: &Kind, data: &Value) -> Vec<(String, String, bool)> {
    let lacking: Vec<String> = missing(kind, data).iter().map(|field| field.at.clone()).collect();
    let mut found: Vec<(String, String, bool)> = Vec::new();
    for field in &kind.fields {
        // Of a list with several columns the list itself is asked for.
        let at = field.at.split(".*").next().unwrap_or(&field.at).to_owned();
        let is_lacking = lacking.contains(&field.at);
        let is_known = found.iter().any(|(known, ..)| *known == at);
        let is_structure =
            matches!(at.as_str(), "number" | "officers" | "organ.name" | "papers" | "photographs" | "instalments");
        if is_known || is_structure || !(is_lacking || EDITABLE.contains(&at.as_str())) {
            continue;
        }
        found.push((at, field.basis.clone(), is_lacking));
    }
    found
}

fn asked(app: &App, visit: &Visit, kind: &Kind, data: &Value) -> Vec<Field> {
    let is_chinese = visit.lang == LANGUAGES[0];
    let places = places(kind, data);
    let one = |(place, (at, basis, _)): (usize, &(String, String, bool))| {
        let name = *NAMES.get(place)?;
        let field = kind.fields.iter().find(|field| field.at == *at || field.at.starts_with(&format!("{at}.*")));
        let label = field.map(|field| if is_chinese { field.name.chinese.clone() } else { field.name.english.clone() });
        let leaf = at.rsplit('.').next().unwrap_or(at);
        let is_long = LISTS.contains(&leaf)
            || matches!(leaf, "things" | "questions" | "speeches" | "words" | "answer" | "reason");
        let ask = match leaf {
            "date" | "on" | "until" | "served_on" | "from" if !matches!(at.as_str(), "from" | "to") => Ask::Day,
            "from" | "to" | "at" | "received_at" => Ask::Time,
            _ if is_long => Ask::Text(20_000),
            _ => Ask::Line(400),
        };
        let hint = match leaf {
            "things" => app.pages.say(visit.lang, "papers-write-things", &[]),
            "questions" => app.pages.say(visit.lang, "papers-write-questions", &[]),
            "speeches" => app.pages.say(visit.lang, "papers-write-speeches", &[]),
            _ => basis.clone(),
        };
        let given = data.pointer(&format!("/{}", at.replace('.', "/"))).map(text_of).unwrap_or_default();
        let field = Field::new(name, "", ask).named(label.unwrap_or_else(|| at.clone()), hint).optional();
        Some(if given.is_empty() { field } else { field.given(given) })
    };
    let mut fields: Vec<Field> = places.iter().enumerate().filter_map(one).collect();
    // The number of a person or of a company: whichever the party has.
    if missing(kind, data).iter().any(|field| field.at == "party.id_number") {
        let codes = [("id", "papers-write-id-number"), ("credit", "papers-write-credit-code")];
        let choices =
            codes.iter().map(|(value, key)| Choice::new(value, app.pages.say(visit.lang, key, &[]))).collect();
        fields.push(Field::new("code_kind", "papers-write-code-kind", Ask::Radio(choices)).given("id"));
    }
    fields
}

/// A fact of which a paper may tell, where there are several.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Its place in the address.
    pub of: i64,
    /// What it is.
    pub label: String,
    /// Whether the paper is about it.
    pub is_here: bool,
}

/// A paper that a room is about to write.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Whose it is.
    pub home: Home,
    /// The kind's name in `letters/kinds.toml`.
    pub kind: String,
    /// What the room knows of it.
    pub data: Value,
    /// The facts of which it may tell; empty where there is no choice.
    pub told: Vec<Told>,
}

/// What a room asks once more in the transaction that issues a paper: whether its subject is the one that the paper was written from.
pub type Question = Arc<dyn Fn(Tx) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> + Send + Sync>;

/// Issues a paper from its form: ordered, given its number in a transaction of its own in which the room asks its question, sealed,
/// and told to whoever looks at the subject. A refusal draws the form again.
///
/// # Errors
/// [`Error::NotFound`] for a kind that the city does not know; when the database or a template fails.
pub async fn issue(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    sheet: &Sheet,
    typed: &Typed,
    asks: Question,
) -> Result<Response, Error> {
    match issued(app, visit, headers, sheet, typed, asks).await {
        Ok(paper) => Ok(Redirect::to(&format!("/papers/{paper}")).into_response()),
        Err(Error::Refused(refusal)) => draw(app, visit, sheet, Some((typed, &refusal))),
        Err(error) => Err(error),
    }
}

async fn issued(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    sheet: &Sheet,
    typed: &Typed,
    asks: Question,
) -> Result<Id, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let order = order(app, headers, &sheet.home, &sheet.kind, sheet.data.clone(), typed).await?;
    let signed = Signed { by, at: now, on: app.calendar.date_of(now) };
    let paper = app
        .db
        .write(move |tx| {
            let (order, asks) = (order.clone(), Arc::clone(&asks));
            async move {
                asks(tx.clone()).await?;
                super::store::issue(&tx, &order, signed).await
            }
        })
        .await?;
    // Whoever reads it first seals it when this fails.
    if let Err(error) = seal(app, &paper).await {
        tracing::warn!(%error, paper = paper.id, "a paper is not sealed yet");
    }
    app.tell(sheet.home.subject, sheet.home.subject_id);
    Ok(paper.id)
}

/// The form of one paper.
///
/// # Errors
/// [`Error::NotFound`] for a kind that the city does not know; when the page cannot be drawn.
pub fn draw(app: &App, visit: &Visit, sheet: &Sheet, sent: Option<(&Typed, &Refusal)>) -> Result<Response, Error> {
    let Sheet { home, kind, data, told } = sheet;
    let found = app.papers.kinds.find(kind).ok_or(Error::NotFound)?;
    let asked = asked(app, visit, found, data);
    let problem = sent.map(|(_, refusal)| refusal);
    let page = context! {
        home => of(app, visit, home),
        kind => kind.as_str(),
        told => Serde(told),
        of => told.iter().find(|one| one.is_here).map(|one| one.of),
        name => name_of(found, visit),
        fields => app.fields(visit, &asked, sent.map(|(typed, _)| typed), problem),
        errors => app.field_errors(visit, &asked, sent.map(|(typed, _)| typed), problem),
        asks => asked.len(),
        is_shapeless => problem.is_some_and(|refusal| refusal.key == "papers-refusal-shapeless"),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "papers/write.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// The order for a paper: the room's data with what was typed in its places, looked at and set on trial.
///
/// # Errors
/// As [`prepare`].
pub async fn order(
    app: &App,
    headers: &HeaderMap,
    home: &Home,
    kind: &str,
    data: Value,
    typed: &Typed,
) -> Result<Order, Error> {
    let found = app.papers.kinds.find(kind).ok_or(Error::NotFound)?;
    let draft = Draft {
        subject: home.subject,
        subject_id: home.subject_id,
        kind: kind.to_owned(),
        data: filled(found, data, typed)?,
        address: address(app, headers),
        shapeless: if typed.yes("shapeless") { Shapeless::Mark } else { Shapeless::Refuse },
    };
    prepare(app, draft).await
}

/// Puts a value where it belongs, making the objects on the way.
pub fn put(data: &mut Value, at: &str, value: Value) {
    let mut here = data;
    let mut steps = at.split('.').peekable();
    while let Some(step) = steps.next() {
        if !here.is_object() {
            *here = serde_json::json!({});
        }
        let Some(fields) = here.as_object_mut() else { return };
        let next = fields.entry(step.to_owned()).or_insert(Value::Null);
        if steps.peek().is_none() {
            *next = value;
            return;
        }
        here = next;
    }
}

/// The data with what was typed in its places.
fn filled(kind: &Kind, mut data: Value, typed: &Typed) -> Result<Value, Refusal> {
    for (place, (at, ..)) in places(kind, &data).into_iter().enumerate() {
        let Some(name) = NAMES.get(place) else { break };
        let text = typed.words(name, 20_000)?;
        // What was emptied is missing, and is said to be.
        let is_company = at == "party.id_number" && typed.text("code_kind") == "credit";
        let at = if is_company { "party.credit_code".to_owned() } else { at };
        put(&mut data, &at, if text.is_empty() { Value::Null } else { shaped(&at, &text) });
    }
    Ok(data)
}

/// A text as paragraphs.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Things as somebody listed them, one a line; a number at the end of a line is how many.
pub fn things(text: &str) -> Value {
    let one = |line: String| {
        let (name, count) = match line.rsplit_once([' ', '×', '\u{3000}']) {
            Some((name, count)) => {
                (name.trim(), count.trim().trim_end_matches(['件', '个', '把', '辆', '台', '块', '张']).parse().ok())
            }
            None => (line.as_str(), None),
        };
        match count {
            Some(count @ 1..=1_000_000_i64) => json!({ "name": name, "quantity": count }),
            _ => json!({ "name": line, "quantity": 1 }),
        }
    };
    lines(text).into_iter().map(one).collect()
}

/// Questions and answers as they were written: `问：…` and `答：…`. What is neither belongs to what stands before it.
pub fn questions(text: &str) -> Value {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let text =
        text.replace("问：", "\n问：").replace("答：", "\n答：").replace("问:", "\n问：").replace("答:", "\n答：");
    for line in lines(&text) {
        match (line.strip_prefix("问："), line.strip_prefix("答："), pairs.last_mut()) {
            (Some(question), ..) => pairs.push((question.trim().to_owned(), String::new())),
            (None, Some(answer), Some(last)) => last.1.push_str(answer.trim()),
            (None, None, Some(last)) if last.1.is_empty() => last.0.push_str(&line),
            (None, None, Some(last)) => last.1.push_str(&line),
            (None, answer, None) => pairs.push((String::new(), answer.unwrap_or(&line).to_owned())),
        }
    }
    pairs.into_iter().map(|(question, answer)| json!({ "question": question, "answer": answer })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_put_where_it_belongs_and_read_back() {
        let mut data = json!({ "party": { "name": "某人" }, "date": "2026-12-01" });
        put(&mut data, "party.address", "某地".into());
        put(&mut data, "remedy.court", "某法院".into());
        put(&mut data, "date.day", "x".into());
        assert_eq!(data["party"], json!({ "name": "某人", "address": "某地" }));
        assert_eq!(data["remedy"]["court"], "某法院");
        assert_eq!(data["date"]["day"], "x");
    }

    #[test]
    fn what_a_form_shows_reads_back_as_it_was() {
        for (at, value) in [
            ("facts", json!(["一。", "二。"])),
            ("things", json!([{ "name": "货架", "quantity": 3 }])),
            ("questions", json!([{ "question": "何时？", "answer": "上周。" }])),
            ("terms.defence_days", json!(5)),
            ("speeches", json!([{ "speaker": "主持人", "words": "开始。" }])),
            ("source", json!("巡查发现")),
        ] {
            assert_eq!(shaped(at, &text_of(&value)), value, "{at}");
        }
    }

    #[test]
    fn things_are_counted_where_somebody_counted_them() {
        assert_eq!(
            things("遮阳棚 2\n货架×3个\n蔬菜筐\n"),
            json!([{ "name": "遮阳棚", "quantity": 2 }, { "name": "货架", "quantity": 3 }, { "name": "蔬菜筐", "quantity": 1 }])
        );
    }

    #[test]
    fn questions_and_answers_are_told_apart_however_they_were_written() {
        let pair = |question: &str, answer: &str| json!({ "question": question, "answer": answer });
        assert_eq!(
            questions("问：何时？答：上周。\n问：谁？\n答：我。\n还有他。"),
            json!([pair("何时？", "上周。"), pair("谁？", "我。还有他。")])
        );
        assert_eq!(questions("不愿回答"), json!([pair("", "不愿回答")]));
        assert_eq!(questions(""), json!([]));
    }
}
