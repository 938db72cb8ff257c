//! The papers of a case (执法文书): which it may need, the form of one with what is still missing, and its issuing.

use super::case::Fact;
use super::record::{Event, Piece};
use super::store::{self, Held, Line, Scope};
use super::wording::{self, Issued, Source, kinds};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::papers::binding::{self, Bundle, Photograph, bind};
use crate::papers::issuing::{Draft, Shapeless, address, prepare, seal};
use crate::papers::paper::{Paper, Standing, missing};
use crate::papers::store::Signed;
use crate::people;
use crate::people::act::Act as May;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use typesetting::Kind;

/// How much of what evidence shows stands under a photograph, in characters.
const CAPTION: usize = 60;

/// Everything that papers of a case are written from.
pub(super) struct Desk {
    pub(super) held: Held,
    pub(super) history: Vec<Line>,
    facts: Vec<Fact>,
    pub(super) names: BTreeMap<Id, String>,
    pub(super) papers: Vec<Paper>,
    /// Those of the papers that count.
    issued: Vec<Issued>,
}

/// Reads a case within the scope of whoever looks, with its papers.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub(super) async fn read(app: &App, visit: &Visit, id: Id) -> Result<Desk, Error> {
    let scope = Scope::of(visit.actor()?)?;
    let read = app.db.read(move |tx| async move {
        let held = store::load(&tx, id, &scope).await?;
        let history = store::history(&tx, id).await?;
        let mut wanted: Vec<Id> = held.case.have_investigated.iter().copied().collect();
        wanted.extend(history.iter().filter_map(|line| line.fact.by));
        wanted.extend(held.case.hearing.as_ref().and_then(|hearing| hearing.president));
        for line in &history {
            wanted.extend(line.fact.act.taking_part().unwrap_or_default().iter().map(|officer| officer.account));
        }
        wanted.extend(held.case.discussions.iter().flat_map(|one| one.people.iter().copied()));
        wanted.sort_unstable();
        wanted.dedup();
        let names = people::store::names(&tx, &wanted).await?;
        let papers = crate::papers::store::list(&tx, store::SUBJECT, id).await?;
        let facts = history.iter().map(|line| line.fact.clone()).collect();
        let issued = papers.iter().filter(|paper| paper.standing() != Standing::Voided).map(counted).collect();
        Ok::<_, Error>(Desk { held, history, facts, names, papers, issued })
    });
    read.await
}

fn counted(paper: &Paper) -> Issued {
    Issued { kind: paper.kind.clone(), number: paper.number.clone(), on: paper.issued_on, data: paper.data.clone() }
}

impl Desk {
    fn data(&self, app: &App, kind: &str) -> Value {
        let source = Source {
            case: &self.held.case,
            facts: &self.facts,
            law: app.law(),
            place: &self.held.origin.place,
            names: &self.names,
            papers: &self.issued,
            today: app.calendar.date_of(app.clock.now()),
        };
        source.data(kind)
    }

    fn kinds(&self) -> Vec<&'static str> {
        kinds(&self.held.case, &self.facts)
    }

    /// What happened, with the photographs of each.
    pub(super) fn events(&self) -> Vec<Event<'_>> {
        self.history.iter().map(|line| Event { fact: &line.fact, photos: &line.photos }).collect()
    }

    /// The photographs with what their sheets say, named by the number of the evidence that they belong to.
    pub(super) fn photographs(&self, app: &App, pieces: &[Piece]) -> Vec<Photograph> {
        let mut all = Vec::new();
        for piece in pieces {
            for (place, photo) in piece.photos.iter().enumerate() {
                let Ok(photo) = photo.parse::<Id>() else { continue };
                let step = app.pages.say(LANGUAGES[0], &format!("enforcement-step-{}", piece.step.word()), &[]);
                let words: String = piece.words.chars().take(CAPTION).collect();
                all.push(Photograph {
                    photo,
                    shows: format!("证据 {}-{}　{step}　{words}", piece.number, place + 1).trim().to_owned(),
                    taken_at: piece.at.zoned(app.calendar.zone()).strftime("%Y-%m-%dT%H:%M").to_string(),
                    taken_by: piece.by.and_then(|by| self.names.get(&by).cloned()).unwrap_or_default(),
                    place: self.held.origin.place.clone(),
                });
            }
        }
        all
    }

    /// What the cover and the notes of a volume say.
    pub(super) fn cover(&self, app: &App, visit: &Visit) -> Result<Value, Error> {
        let case = &self.held.case;
        let mut data = self.data(app, "file");
        let on = app.calendar.date_of(app.clock.now());
        let day = |at: crate::kit::clock::Moment| app.calendar.date_of(at).to_string();
        let party = case.party.as_ref().map_or_else(String::new, |party| party.name.clone());
        let matter = data.get("matter").map(text_of).unwrap_or_default();
        put(&mut data, "name", format!("{party}{matter}案").into());
        put(&mut data, "retention", app.pages.say(LANGUAGES[0], "enforcement-file-retention", &[]).into());
        put(&mut data, "bound", serde_json::json!({ "by": visit.actor()?.name, "on": on.to_string() }));
        put(&mut data, "checked", serde_json::json!({ "by": visit.actor()?.name }));
        put(&mut data, "filed_on", case.filed_at.map(day).into());
        put(&mut data, "closed_on", day(case.last_at).into());
        Ok(data)
    }
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

/// `GET /enforcement/{id}/papers`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let is_chinese = visit.lang == LANGUAGES[0];
    let pick = |kind: &Kind| if is_chinese { kind.name.chinese.clone() } else { kind.name.english.clone() };
    let may_issue = visit.actor()?.may(May::IssuePapers);
    let rows: Vec<KindRow> = desk
        .kinds()
        .into_iter()
        .filter(|_| may_issue)
        .filter_map(|id| {
            let kind = app.papers.kinds.find(id)?;
            let counts = desk.papers.iter().filter(|paper| paper.kind == id && paper.standing() != Standing::Voided);
            let lacking = missing(kind, &desk.data(&app, id)).len();
            Some(KindRow { id, name: pick(kind), count: counts.count(), lacking })
        })
        .collect();
    let papers: Vec<PaperRow> = desk
        .papers
        .iter()
        .map(|paper| PaperRow {
            id: paper.id.to_string(),
            name: app.papers.kinds.find(&paper.kind).map(pick).unwrap_or_else(|| paper.kind.clone()),
            number: paper.number.clone(),
            on: paper.issued_on.to_string(),
            standing: paper.standing().word(),
        })
        .collect();
    let page = context! {
        id => id.to_string(),
        number => desk.held.number.as_str(),
        kinds => Serde(rows), papers => Serde(papers),
    };
    Ok(app.page(&visit, "enforcement/papers.html", page)?.into_response())
}

/// `GET /enforcement/{id}/papers/{kind}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope, or for a kind that the case does not call for; when the database fails.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path((id, kind)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    if !desk.kinds().contains(&kind.as_str()) {
        return Err(Error::NotFound);
    }
    draw(&app, &visit, &desk, &kind, None, None)
}

/// A text as JSON, in the shape that the templates want at this place.
fn shaped(at: &str, text: &str) -> Value {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect::<Vec<Value>>();
    let leaf = at.rsplit('.').next().unwrap_or(at);
    match leaf {
        "things" => wording::things(text),
        "questions" => wording::questions(text),
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
fn text_of(value: &Value) -> String {
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
            "things" => app.pages.say(visit.lang, "enforcement-paper-things", &[]),
            "questions" => app.pages.say(visit.lang, "enforcement-paper-questions", &[]),
            "speeches" => app.pages.say(visit.lang, "enforcement-paper-speeches", &[]),
            _ => basis.clone(),
        };
        let given = data.pointer(&format!("/{}", at.replace('.', "/"))).map(text_of).unwrap_or_default();
        let field = Field::new(name, "", ask).named(label.unwrap_or_else(|| at.clone()), hint).optional();
        Some(if given.is_empty() { field } else { field.given(given) })
    };
    let mut fields: Vec<Field> = places.iter().enumerate().filter_map(one).collect();
    // The number of a person or of a company: whichever the party has.
    if missing(kind, data).iter().any(|field| field.at == "party.id_number") {
        let codes = [("id", "enforcement-paper-id-number"), ("credit", "enforcement-paper-credit-code")];
        let choices =
            codes.iter().map(|(value, key)| Choice::new(value, app.pages.say(visit.lang, key, &[]))).collect();
        fields.push(Field::new("code_kind", "enforcement-paper-code-kind", Ask::Radio(choices)).given("id"));
    }
    fields
}

fn draw(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    kind: &str,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let found = app.papers.kinds.find(kind).ok_or(Error::NotFound)?;
    let data = desk.data(app, kind);
    let fields = asked(app, visit, found, &data);
    let is_chinese = visit.lang == LANGUAGES[0];
    let page = context! {
        id => desk.held.case.id.to_string(),
        number => desk.held.number.as_str(),
        kind,
        name => if is_chinese { found.name.chinese.as_str() } else { found.name.english.as_str() },
        fields => super::show::drawn(app, visit, &fields, typed, problem),
        errors => super::show::errors(app, visit, &fields, problem),
        asks => fields.len(),
        is_shapeless => problem.is_some_and(|refusal| refusal.key == "papers-refusal-shapeless"),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "enforcement/paper.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// Puts a value where it belongs, making the objects on the way.
fn put(data: &mut Value, at: &str, value: Value) {
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

/// `POST /enforcement/{id}/papers/{kind}`: issues the paper.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope, or for a kind that the case does not call for; when the database fails. Refusals are
/// drawn.
pub async fn issue(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path((id, kind)): Path<(Id, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let desk = read(&app, &visit, id).await?;
    if !desk.kinds().contains(&kind.as_str()) {
        return Err(Error::NotFound);
    }
    match write(&app, &visit, &headers, &desk, &kind, &typed).await {
        Ok(paper) => Ok(Redirect::to(&format!("/papers/{paper}")).into_response()),
        Err(Error::Refused(refusal)) => draw(&app, &visit, &desk, &kind, Some(&typed), Some(&refusal)),
        Err(error) => Err(error),
    }
}

async fn write(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    desk: &Desk,
    kind: &str,
    typed: &Typed,
) -> Result<Id, Error> {
    let found = app.papers.kinds.find(kind).ok_or(Error::NotFound)?;
    let data = filled(found, desk.data(app, kind), typed)?;
    let (actor, now, revision) = (visit.actor()?.clone(), app.clock.now(), desk.held.case.revision);
    let id = desk.held.case.id;
    let draft = Draft {
        subject: store::SUBJECT,
        subject_id: id,
        kind: kind.to_owned(),
        data,
        address: address(app, headers),
        shapeless: if typed.yes("shapeless") { Shapeless::Mark } else { Shapeless::Refuse },
    };
    let order = prepare(app, draft).await?;
    let signed = Signed { by: actor.account, at: now, on: app.calendar.date_of(now) };
    let paper = app
        .db
        .write(move |tx| {
            let (order, actor) = (order.clone(), actor.clone());
            async move {
                // The case is the one that the paper was written from.
                let held = store::load(&tx, id, &Scope::of(&actor)?).await?;
                if held.case.revision != revision {
                    return Err(Refusal::new("enforcement-refusal-moved-on").into());
                }
                crate::papers::store::issue(&tx, &order, signed).await
            }
        })
        .await?;
    // Whoever reads it first seals it when this fails.
    if let Err(error) = seal(app, &paper).await {
        tracing::warn!(%error, paper = paper.id, "a paper is not sealed yet");
    }
    app.tell(store::SUBJECT, id);
    Ok(paper.id)
}

/// `GET /enforcement/{id}/file`: the file bound into one PDF, as it is put into the folder. Recorded like every copy of it.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; a refusal without papers; when the database or a template fails.
pub async fn file(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let pieces = super::record::pieces(&desk.events());
    let bundle = Bundle {
        subject: store::SUBJECT,
        subject_id: id,
        data: desk.cover(&app, &visit)?,
        sheets: Vec::new(),
        choice: binding::Choice::All,
        photographs: desk.photographs(&app, &pieces),
        on: app.calendar.date_of(app.clock.now()),
    };
    let bound = bind(&app, bundle).await?;
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let export = store::Export { what: "binding".to_owned(), reason: String::new() };
    let noted = app.db.write(move |tx| {
        let export = export.clone();
        async move { store::exported(&tx, id, by, &export, now).await }
    });
    noted.await.map_err(Error::Db)?;
    // The title that the reader's program shows when it is saved.
    let name = format!("attachment; filename=\"{}.pdf\"", desk.held.number);
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bound.pdf).into_response())
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
}
