//! The page of the search: the box, the filters, the results, and the views that were kept.

use super::entry::{Kind, Subject};
use super::excerpt::{Stretch, held, marked};
use super::finding::{self, Found, Hit, MOST_COUNTED};
use super::query::{Asked, Search, stages};
use super::store::{self, Phase};
use crate::app::App;
use crate::cases;
use crate::cases::show::due_look;
use crate::cases::store::{Choice, Line, Scope};
use crate::grid::area::Level;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::act::Post;
use crate::people::doors::Visit;
use crate::people::post_key;
use crate::reports;
use crate::views;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

/// So many characters of a text are shown around what was found in it.
const EXCERPT: usize = 72;
/// So many texts of a result are shown at most.
const EXCERPTS: usize = 2;

/// An option of a filter.
#[derive(Debug, Clone, Serialize)]
struct Choosing {
    value: String,
    label: String,
    group: String,
}

/// A filter that is set, and the address without it.
#[derive(Debug, Serialize)]
struct Set {
    label: String,
    href: String,
}

/// A text in which something was found.
#[derive(Debug, Serialize)]
struct Excerpt {
    kind: Kind,
    stretches: Vec<Stretch>,
}

/// A result as the page shows it.
#[derive(Debug, Serialize)]
struct Row {
    href: String,
    number: Vec<Stretch>,
    title: Vec<Stretch>,
    place: Vec<Stretch>,
    at: Moment,
    stage: Option<&'static str>,
    due_at: Option<Moment>,
    due_state: Option<&'static str>,
    is_urgent: bool,
    /// The very number that was searched for.
    is_exact: bool,
    excerpts: Vec<Excerpt>,
}

#[derive(Debug, Serialize)]
struct Problem {
    field: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct Page {
    asked: Asked,
    query: String,
    is_asked: bool,
    is_open: bool,
    problems: Vec<Problem>,
    rows: Vec<Row>,
    count: Option<usize>,
    most_counted: usize,
    older: String,
    newest: String,
    is_cut: bool,
    /// How many entries there are so far while the index is being made.
    making: Option<i64>,
    sets: Vec<Set>,
    without_filters: String,
    views: Vec<views::Chip>,
    is_kept: bool,
    areas: Vec<Choosing>,
    classes: Vec<Choosing>,
    departments: Vec<Choice>,
    people: Vec<Choosing>,
    stages: Vec<&'static str>,
}

/// Everything that is read for a page.
struct Read {
    /// The address of the very thing that was searched for.
    exact: Option<Exact>,
    found: Found,
    making: Option<i64>,
    departments: Vec<Choice>,
    people: Vec<store::Person>,
    views: Vec<views::Chip>,
}

/// What a number or a tracking code leads straight to.
#[derive(Debug, Clone)]
enum Exact {
    Case(Box<Line>),
    Report(Id),
}

/// `GET /search`.
///
/// # Errors
/// When the database fails.
pub(super) async fn search(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (scope, now, lang) = (Scope::of(&actor), app.clock.now(), visit.lang);
    let (search, problems) = match asked.read(&app.city.zone()) {
        Ok(search) => (search, Vec::new()),
        Err(problems) => (None, problems),
    };
    let wanted = search.clone();
    let typed = asked.clone();
    let read = app.db.read(move |tx| async move {
        let exact = match wanted.as_ref().filter(|_| typed.is_plain() && typed.after.is_empty()) {
            Some(_) => exact(&tx, typed.q.trim(), &scope).await?,
            None => None,
        };
        if exact.is_some() && typed.all != "1" {
            let found = Found::default();
            return Ok(Read { exact, found, making: None, departments: vec![], people: vec![], views: vec![] });
        }
        let found = match &wanted {
            Some(wanted) => finding::find(&tx, wanted, &scope, now).await?,
            None => Found::default(),
        };
        let state = store::state(&tx).await?;
        let making = match state {
            Some(state) if state.phase == Phase::Following => None,
            state => Some(state.map_or(0, |state| state.next_place)),
        };
        let departments = if scope == Scope::All { cases::store::departments(&tx, lang).await? } else { Vec::new() };
        let people = match scope {
            Scope::All => store::people(&tx, None).await?,
            Scope::Department(department) => store::people(&tx, Some(department)).await?,
            _ => Vec::new(),
        };
        let views = views::chips(&tx, &actor).await?;
        Ok::<_, Error>(Read { exact, found, making, departments, people, views })
    });
    let read = read.await?;
    if let Some(exact) = read.exact.as_ref().filter(|_| asked.all != "1") {
        return Ok(Redirect::to(&address_of(exact, &asked.query())).into_response());
    }
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = page(&app, lang, asked, search.as_ref(), problems, read, now);
    Ok((status, app.page(&visit, "search/show.html", page)?).into_response())
}

/// What a case's number or a report's whole tracking code names, within what exists for whoever searches. Parts of a code find
/// nothing: they would tell the rest of it, letter by letter.
async fn exact(tx: &Tx, typed: &str, scope: &Scope) -> Result<Option<Exact>, Error> {
    let length = typed.chars().count();
    if !(4..=64).contains(&length) || typed.split_whitespace().count() > 4 || typed.contains(char::is_control) {
        return Ok(None);
    }
    let capital = understanding::text::normal(typed).to_uppercase();
    let mut case = store::case_of_number(tx, typed).await?;
    if case.is_none() && capital != typed {
        case = store::case_of_number(tx, &capital).await?;
    }
    if let Some(case) = case {
        let line = cases::store::seen(tx, scope, &[case]).await?.pop();
        return Ok(line.map(|line| Exact::Case(Box::new(line))));
    }
    let code = id::normal_code(typed);
    if code.len() != 16 || !code.chars().all(|sign| sign.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let Some(report) = reports::store::load_by_code(tx, &code).await? else { return Ok(None) };
    match cases::store::case_of(tx, report.id).await? {
        Some(case) => {
            let line = cases::store::seen(tx, scope, &[case]).await?.pop();
            Ok(line.map(|line| Exact::Case(Box::new(line))))
        }
        None => Ok((*scope == Scope::All).then_some(Exact::Report(report.id))),
    }
}

fn address_of(exact: &Exact, query: &str) -> String {
    match exact {
        Exact::Case(line) => case_address(line.id, query),
        Exact::Report(report) => format!("/reports/{report}"),
    }
}

/// A case's page with the way back to the results.
fn case_address(case: Id, query: &str) -> String {
    let back = serde_urlencoded::to_string([("search", query)]).unwrap_or_default();
    format!("/cases/{case}?{back}")
}

fn page(
    app: &App,
    lang: &'static str,
    asked: Asked,
    search: Option<&Search>,
    problems: Vec<Refusal>,
    read: Read,
    now: Moment,
) -> Page {
    let query = asked.query();
    let parts = search.map(|search| search.parts.as_slice()).unwrap_or_default();
    let mut rows = Vec::new();
    let mut found = read.found.rows;
    if let Some(exact) = &read.exact {
        let is_it = |hit: &Hit| match (exact, hit.found.entry.subject) {
            (Exact::Case(line), Subject::Case) => hit.found.entry.id == line.id,
            (Exact::Report(report), Subject::Report) => hit.found.entry.id == *report,
            _ => false,
        };
        // The very one stands first, once.
        match found.iter().position(is_it) {
            Some(at) => rows.push(Row { is_exact: true, ..row(app, lang, &found.remove(at), parts, &query, now) }),
            None => rows.extend(bare(exact, parts, &query, now)),
        }
    }
    rows.extend(found.iter().map(|hit| row(app, lang, hit, parts, &query, now)));
    let count = read.found.count.map(|count| count.max(rows.len()));
    let areas = areas(app, lang);
    let classes = classes(app, lang);
    let people: Vec<Choosing> = read
        .people
        .iter()
        .filter_map(|person| {
            let group = app.pages.say(lang, &post_key(Post::parse(person.post)?), &[]);
            Some(Choosing { value: person.value.clone(), label: person.name.clone(), group })
        })
        .collect();
    let sets = sets(app, lang, &asked, &[&areas, &classes, &people], &read.departments);
    let at = |query: &str| format!("/search?{query}");
    let joint = if query.is_empty() { "" } else { "&" };
    Page {
        is_asked: search.is_some(),
        is_open: asked.filters() > 0 || problems.iter().any(|problem| problem.field != Some("q")),
        problems: problems
            .into_iter()
            .map(|problem| Problem {
                field: problem.field.unwrap_or("q"),
                message: app.pages.say(lang, problem.key, &problem.args),
            })
            .collect(),
        count,
        most_counted: MOST_COUNTED,
        older: read.found.next.map_or_else(String::new, |next| at(&format!("{query}{joint}all=1&after={next}"))),
        newest: if asked.after.is_empty() { String::new() } else { at(&format!("{query}{joint}all=1")) },
        is_cut: read.found.is_cut,
        making: read.making,
        without_filters: at(&Asked { q: asked.q.clone(), ..Asked::default() }.query()),
        is_kept: read.views.iter().any(|view| view.query == query),
        views: read.views,
        rows,
        sets,
        areas,
        classes,
        departments: read.departments,
        people,
        stages: stages().collect(),
        query,
        asked,
    }
}

/// A result with what was found in it.
fn row(app: &App, lang: &str, hit: &Hit, parts: &[String], query: &str, now: Moment) -> Row {
    let entry = &hit.found.entry;
    let text = |wanted: Kind| entry.lines().find(|(kind, _)| *kind == wanted).map(|(_, text)| text);
    let (mut row, shown) = match &hit.case {
        Some(line) => {
            let shown = [line.number.as_str(), &line.title, &line.place].map(str::to_owned);
            (of_line(line, parts, query, now), shown)
        }
        None => {
            let title = app.pages.say(lang, "search-report", &[]);
            let place = text(Kind::Address).unwrap_or_default();
            let row = Row {
                href: format!("/reports/{}", entry.id),
                number: marked(text(Kind::Source).unwrap_or_default(), parts, 40),
                title: marked(&title, &[], 80),
                place: marked(place, parts, 80),
                at: entry.at,
                stage: None,
                due_at: None,
                due_state: None,
                is_urgent: false,
                is_exact: false,
                excerpts: Vec::new(),
            };
            (row, [text(Kind::Source).unwrap_or_default().to_owned(), title, place.to_owned()])
        }
    };
    // First what was found nowhere above, then what a case is about.
    let is_above = |part: &String| shown.iter().any(|text| !held(text, std::slice::from_ref(part)).is_empty());
    let mut open: Vec<String> = parts.iter().filter(|part| !is_above(part)).cloned().collect();
    let lines: Vec<(Kind, &str)> =
        entry.lines().filter(|(kind, text)| *kind != Kind::Number && !shown.iter().any(|one| one == text)).collect();
    for (kind, text) in &lines {
        let here: Vec<String> = held(text, &open).into_iter().cloned().collect();
        if !here.is_empty() && row.excerpts.len() < EXCERPTS {
            open.retain(|part| !here.contains(part));
            row.excerpts.push(Excerpt { kind: *kind, stretches: marked(text, parts, EXCERPT) });
        }
    }
    if row.excerpts.is_empty() {
        let about = lines.iter().find(|(kind, _)| *kind == Kind::Report);
        row.excerpts.extend(about.map(|(kind, text)| Excerpt { kind: *kind, stretches: marked(text, parts, EXCERPT) }));
    }
    row
}

fn of_line(line: &Line, parts: &[String], query: &str, now: Moment) -> Row {
    Row {
        href: case_address(line.id, query),
        number: marked(&line.number, parts, 64),
        title: marked(&line.title, parts, 80),
        place: marked(&line.place, parts, 80),
        at: line.opened_at,
        stage: Some(line.stage.text()),
        due_at: line.due_at,
        due_state: due_look(line.due_at, line.warn_at, line.stopped_at, now),
        is_urgent: line.is_urgent,
        is_exact: false,
        excerpts: Vec::new(),
    }
}

/// The very thing that was searched for, when its text does not hold what was typed (a tracking code) or is not indexed yet.
fn bare(exact: &Exact, parts: &[String], query: &str, now: Moment) -> Option<Row> {
    match exact {
        Exact::Case(line) => Some(Row { is_exact: true, ..of_line(line, parts, query, now) }),
        Exact::Report(_) => None,
    }
}

/// Districts, then each street with its communities.
fn areas(app: &App, lang: &str) -> Vec<Choosing> {
    let grid = app.grid();
    let of = |level: Level| {
        let mut found: Vec<_> = grid.areas().iter().filter(|area| area.level == level).collect();
        found.sort_by(|a, b| a.code.cmp(&b.code));
        found
    };
    let one = |area: &crate::grid::area::Area, label: String, group: &str| Choosing {
        value: area.code.clone(),
        label,
        group: group.to_owned(),
    };
    let districts = app.pages.say(lang, "search-districts", &[]);
    let mut choices: Vec<Choosing> =
        of(Level::District).into_iter().map(|area| one(area, area.name.clone(), &districts)).collect();
    let communities = of(Level::Community);
    for street in of(Level::Street) {
        let whole = app.pages.say(lang, "search-whole", &[("name", street.name.clone())]);
        choices.push(one(street, whole, &street.name));
        let own = communities.iter().filter(|area| area.parent_code.as_deref() == Some(street.code.as_str()));
        choices.extend(own.map(|area| one(area, area.name.clone(), &street.name)));
    }
    choices
}

/// Each class with its sub-classes.
fn classes(app: &App, lang: &str) -> Vec<Choosing> {
    let mut choices = Vec::new();
    if let Some(set) = app.catalog.in_force() {
        for class in &set.classes {
            let name = class.name.in_lang(lang).to_owned();
            let value = format!("{}-{}", class.kind.word(), class.code);
            let whole = app.pages.say(lang, "search-whole", &[("name", name.clone())]);
            choices.push(Choosing { value, label: whole, group: name.clone() });
            let own = set.sub_classes.iter().filter(|one| one.key.kind == class.kind && one.key.class() == class.code);
            choices.extend(own.map(|one| Choosing {
                value: one.word.clone(),
                label: one.name.in_lang(lang).to_owned(),
                group: name.clone(),
            }));
        }
    }
    choices
}

/// The filters that are set, by the names of what they ask for.
fn sets(
    app: &App,
    lang: &str,
    asked: &Asked,
    [areas, classes, people]: &[&[Choosing]; 3],
    departments: &[Choice],
) -> Vec<Set> {
    let name = |choices: &[Choosing], value: &str| {
        choices.iter().find(|one| one.value == value).map_or_else(|| value.to_owned(), |one| one.label.clone())
    };
    let department = departments.iter().find(|one| one.value == asked.department).map(|one| one.label.clone());
    let stage = match asked.stage.as_str() {
        "open" | "ended" => app.pages.say(lang, &format!("search-stage-{}", asked.stage), &[]),
        word if stages().any(|stage| stage == word) => app.pages.say(lang, &format!("cases-stage-{word}"), &[]),
        word => word.to_owned(),
    };
    let all = [
        ("from", asked.from.trim().to_owned()),
        ("to", asked.to.trim().to_owned()),
        ("area", name(areas, &asked.area)),
        ("class", name(classes, &asked.class)),
        ("department", department.unwrap_or_else(|| asked.department.clone())),
        ("stage", stage),
        ("overdue", if asked.overdue == "1" { app.pages.say(lang, "search-overdue", &[]) } else { String::new() }),
        ("person", name(people, &asked.person)),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| Set {
            label: app.pages.say(lang, &format!("search-set-{field}"), &[("value", value)]),
            href: format!("/search?{}", asked.without(field)),
        })
        .collect()
}
