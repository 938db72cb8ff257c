//! The lists: the desk's inbox, the department's inbox, and the field's list on a phone.

use super::case::Stage;
use super::doing::Typed;
use super::show::{self, Detail, Row, WayOn};
use super::store::{self, Branch, Choice, Filter, Line, Scope, Sort};
use super::twins;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::typed;
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::views;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use minijinja::HtmlEscape;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What the address of a list asks for.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    /// A stage's word.
    stage: String,
    /// `due` or `opened`.
    sort: String,
    /// The beginning of a number.
    q: String,
    /// `1`: only what is overdue.
    overdue: String,
    /// A side branch's word.
    branch: String,
    /// `1`: ended cases too.
    ended: String,
    /// A department's identifier.
    department: String,
    /// A street's area code.
    street: String,
    /// A sub-class.
    code: String,
    /// The key of the page.
    after: String,
    /// The case shown beside the list.
    case: String,
    /// Where the reader stands.
    lon: String,
    /// Where the reader stands.
    lat: String,
}

impl Asked {
    fn filter(&self, app: &App) -> Filter {
        Filter {
            stage: Stage::read(&self.stage),
            with_ended: self.ended == "1" || !self.q.trim().is_empty(),
            department: self.department.parse().ok(),
            street: typed(&self.street),
            code: typed(&self.code),
            overdue_at: (self.overdue == "1").then(|| app.clock.now()),
            branch: Branch::ALL.iter().find(|(_, word)| *word == self.branch).map(|(branch, _)| *branch),
            number: typed(&self.q),
            sort: match self.sort.as_str() {
                _ if !self.q.trim().is_empty() => Sort::Number,
                "opened" => Sort::Opened,
                _ if self.ended == "1" || Stage::read(&self.stage).is_some_and(Stage::is_over) => Sort::Opened,
                _ => Sort::Due,
            },
            rows: 0,
            after: typed(&self.after),
        }
    }

    /// The same question with other answers, as the query of an address; what is empty is left out.
    fn but(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("stage", self.stage.as_str()),
            ("sort", &self.sort),
            ("q", &self.q),
            ("overdue", &self.overdue),
            ("branch", &self.branch),
            ("ended", &self.ended),
            ("department", &self.department),
            ("street", &self.street),
            ("code", &self.code),
        ];
        for (name, value) in changes {
            pairs.retain(|(kept, _)| kept != name);
            pairs.push((name, value));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        format!("?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

/// A filter's chip.
#[derive(Debug, Serialize)]
struct Chip {
    /// The stage's word, `all` or `overdue`.
    word: &'static str,
    href: String,
    count: i64,
    current: bool,
}

/// All that is seen of a row, for everybody who sees it.
#[derive(Debug, Hash, Serialize)]
struct Face<'a> {
    number: &'a str,
    title: &'a str,
    stage: Stage,
    place: &'a str,
    due_at: Option<Moment>,
    due_state: Option<&'static str>,
    is_urgent: bool,
    awaits: Option<&'a str>,
    is_supervised: bool,
    suspended_until: Option<Moment>,
    has_twin: bool,
}

impl Face<'_> {
    fn of(line: &Line, now: Moment, has_twin: bool) -> Face<'_> {
        Face {
            number: &line.number,
            title: &line.title,
            stage: line.stage,
            place: &line.place,
            due_at: line.due_at,
            due_state: show::due_look(line.due_at, line.warn_at, line.stopped_at, now),
            is_urgent: line.is_urgent,
            awaits: line.awaits.as_deref(),
            is_supervised: line.is_supervised,
            suspended_until: line.suspended_until,
            has_twin,
        }
    }
}

#[derive(Debug, Serialize)]
struct Inbox {
    home: &'static str,
    /// Whether the search, the order and the departments are drawn: an open screen that takes over the list has them.
    has_toolbar: bool,
    asked: Asked,
    chips: Vec<Chip>,
    /// The rows as they are drawn, each a link that shows its case beside the list; empty: there are none.
    rows: minijinja::Value,
    older: String,
    by_due: String,
    by_opened: String,
    is_by_due: bool,
    departments: Vec<Choice>,
    /// Searches kept by a name.
    views: Vec<views::Chip>,
    detail: Option<Detail>,
}

/// The desk's inbox.
///
/// # Errors
/// When the database fails.
pub async fn desk(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    inbox(&app, &visit, asked, &DESK, None).await.map(IntoResponse::into_response)
}

/// A department's inbox.
///
/// # Errors
/// When the database fails.
pub async fn department(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    inbox(&app, &visit, asked, &DEPARTMENT, None).await.map(IntoResponse::into_response)
}

/// An inbox: its address and its page.
struct Room {
    home: &'static str,
    template: &'static str,
}

const DESK: Room = Room { home: "/desk", template: "desk/inbox.html" };
const DEPARTMENT: Room = Room { home: "/department", template: "departments/inbox.html" };

/// The inbox that an act was tried in, with the refusal beside what was typed; none when it was tried elsewhere.
///
/// # Errors
/// [`Error::NotFound`] when the case is outside of the scope; when the database fails.
pub async fn refused(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: &Typed,
    refusal: &Refusal,
) -> Result<Option<Html<String>>, Error> {
    let (home, query) = typed.text("stay").split_once('?').unwrap_or_default();
    let Some((room, act)) =
        [(&DESK, Act::SeeDesk), (&DEPARTMENT, Act::SeeDepartment)].into_iter().find(|(room, _)| room.home == home)
    else {
        return Ok(None);
    };
    if !visit.actor()?.may(act) {
        return Ok(None);
    }
    let asked: Asked = serde_urlencoded::from_str(query).unwrap_or_default();
    let asked = Asked { case: id.to_string(), ..asked };
    let act = show::act_of(visit);
    let visit = Visit { path: home.to_owned(), ..visit.clone() };
    inbox(app, &visit, asked, room, Some((act, typed, refusal))).await.map(Some)
}

async fn inbox(
    app: &App,
    visit: &Visit,
    asked: Asked,
    room: &Room,
    refused: Option<(&str, &Typed, &Refusal)>,
) -> Result<Html<String>, Error> {
    let Room { home, template } = *room;
    let scope = Scope::of(visit.actor()?);
    let (filter, now, lang) = (asked.filter(app), app.clock.now(), visit.lang);
    let is_by_due = filter.sort == Sort::Due;
    let asks_department = home == "/desk" && visit.wants("toolbar");
    let tally = app.tallies.of(app, &scope).await?;
    let (actor, asks_views) = (visit.actor()?.clone(), visit.wants("toolbar"));
    let (page, departments, twins, views) = app
        .db
        .read(move |tx| async move {
            let departments = if asks_department { store::departments(&tx, lang).await? } else { Vec::new() };
            let page = store::lines(&tx, &scope, &filter).await?;
            // Where it is still to be decided what becomes of a report, it is marked that it may be another's twin.
            let is_new = |line: &&Line| !line.stage.is_filed() && !line.stage.is_over();
            let new: Vec<Id> = page.rows.iter().filter(is_new).map(|line| line.id).collect();
            let twins = match scope {
                Scope::All => twins::store::marked(&tx, &new, PAGE).await?,
                _ => BTreeSet::new(),
            };
            let views = if asks_views { views::chips(&tx, &actor).await? } else { Vec::new() };
            Ok::<_, Error>((page, departments, twins, views))
        })
        .await?;
    let Page { rows, next } = page;
    let chosen = asked.case.parse::<Id>().ok().or_else(|| rows.first().map(|row| row.id));
    let same = asked.but(&[("after", &asked.after)]);
    let joint = if same == "?" { "" } else { "&" };
    let at = |id: Id| format!("{home}{same}{joint}case={id}");
    let detail = match chosen.filter(|_| visit.wants("detail") || visit.wants("side")) {
        Some(id) => match show::detail(app, visit, id, way_on(&rows, id, &at, format!("{home}{same}"))).await {
            Ok(detail) => Some(match refused {
                Some((act, typed, refusal)) => detail.refused(app, visit, act, typed, refusal),
                None => detail,
            }),
            // What was refused exists for nobody else either.
            Err(Error::NotFound) if refused.is_none() => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let all: i64 = tally.stages.iter().map(|(_, count)| count).sum();
    let none = asked.stage.is_empty() && asked.overdue != "1" && asked.branch.is_empty();
    let mut chips = vec![
        Chip {
            word: "all",
            href: asked.but(&[("stage", ""), ("overdue", ""), ("branch", "")]),
            count: all,
            current: none,
        },
        Chip {
            word: "overdue",
            href: asked.but(&[("stage", ""), ("overdue", "1"), ("branch", "")]),
            count: tally.overdue,
            current: asked.overdue == "1",
        },
    ];
    for (branch, word) in Branch::ALL {
        let count = tally.branches.iter().find(|(counted, _)| *counted == branch).map_or(0, |(_, count)| *count);
        let current = asked.branch == word;
        if count > 0 || current {
            let href = asked.but(&[("stage", ""), ("overdue", ""), ("branch", word)]);
            chips.push(Chip { word, href, count, current });
        }
    }
    for stage in Stage::ALL.iter().filter(|stage| !stage.is_over()) {
        let count = tally.stages.iter().find(|(counted, _)| counted == stage).map_or(0, |(_, count)| *count);
        let current = asked.stage == stage.text();
        if count > 0 || current {
            chips.push(Chip {
                word: stage.text(),
                href: asked.but(&[("stage", stage.text()), ("overdue", ""), ("branch", "")]),
                count,
                current,
            });
        }
    }
    let rows = drawn(app, lang, &rows, &twins, &format!("{same}{joint}"), chosen, now)?;
    let page = Inbox {
        home,
        has_toolbar: visit.wants("toolbar"),
        chips,
        rows,
        older: next.map_or_else(String::new, |key| asked.but(&[("after", &key)])),
        by_due: asked.but(&[("sort", "due")]),
        by_opened: asked.but(&[("sort", "opened")]),
        is_by_due,
        departments,
        views,
        detail,
        asked,
    };
    app.page(visit, template, page)
}

/// The rows of a list. They are put together here: fifty of them are most of what an open screen asks for again and again, and a
/// template takes several times as long.
fn drawn(
    app: &App,
    lang: &'static str,
    lines: &[Line],
    twins: &BTreeSet<Id>,
    at: &str,
    chosen: Option<Id>,
    now: Moment,
) -> Result<minijinja::Value, Error> {
    let at = HtmlEscape(at).to_string();
    let mut rows = String::with_capacity(lines.len() * 600);
    for line in lines {
        let current = if chosen == Some(line.id) { r#" aria-current="true""# } else { "" };
        // Writing into a text never fails.
        write!(rows, r#"<li><a class="row-item" href="{at}case={}"{current}>"#, line.id).unwrap_or_default();
        let face = Face::of(line, now, twins.contains(&line.id));
        app.pages.piece(lang, "cases/row.html", &face, &mut rows)?;
        rows.push_str("</a></li>\n");
    }
    Ok(minijinja::Value::from_safe_string(rows))
}

/// Among how many of one's own tasks the nearest are looked for.
const MOST_NEAR: usize = 500;

#[derive(Debug, Serialize)]
struct Field {
    /// What waits for the reader's own hands or eyes.
    rows: Vec<Task>,
    /// What the reader has handed in and others go on with.
    handed: Vec<Task>,
    /// What a keeper has reported and nobody has dispatched yet.
    own: Vec<Row>,
    is_near: bool,
    /// How many tasks there are beside those shown; only known when they are sorted by distance.
    further: usize,
    older: String,
}

#[derive(Debug, Serialize)]
struct Task {
    #[serde(flatten)]
    row: Row,
    can: Vec<&'static str>,
    /// The first photograph of what was reported.
    photo: Option<String>,
}

/// After an act: the case after this one in the list, or the one before it at the list's end.
fn way_on(rows: &[Line], id: Id, at: &impl Fn(Id) -> String, home: String) -> WayOn {
    let here = rows.iter().position(|row| row.id == id);
    let other = here.and_then(|here| rows.get(here + 1).or_else(|| rows.get(here.checked_sub(1)?)));
    WayOn { next: other.map_or(home, |row| at(row.id)), stay: at(id) }
}

/// The list of a crew member or a keeper: what is due first, or what is nearest.
///
/// # Errors
/// When the database fails.
pub async fn field(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Html<String>, Error> {
    let actor = visit.actor()?.clone();
    let (scope, now, filter) = (Scope::of(&actor), app.clock.now(), asked.filter(&app));
    let here = asked.lon.parse::<f64>().ok().zip(asked.lat.parse::<f64>().ok());
    let read = app.db.read(move |tx| async move {
        // What is nearest may be due last, so whoever asks for it is shown the nearest of all.
        let most = if here.is_some() { MOST_NEAR } else { PAGE };
        let page = store::tasks(&tx, &scope, filter, most).await?;
        let ids: Vec<Id> = page.rows.iter().map(|listed| listed.case.id).collect();
        let own = match scope {
            Scope::Keeper(account) => store::list(&tx, &Scope::Reported(account), &Filter::default()).await?.rows,
            _ => Vec::new(),
        };
        Ok::<_, Error>((page, store::first_photos(&tx, &ids).await?, own))
    });
    let (page, mut photos, own) = read.await?;
    let own = own.into_iter().map(|listed| Row::of(listed, now)).collect();
    let mut rows: Vec<Task> = page
        .rows
        .into_iter()
        .map(|listed| {
            let can = show::steps(&app, &listed.case, &actor);
            let mut row = Row::of(listed, now);
            let place = &row.listed.case.place;
            row.metres = here.zip(place.lon.zip(place.lat)).map(|(here, there)| metres(here, there));
            let photo = photos.remove(&row.listed.case.id).map(|photo| format!("/photos/{photo}/small"));
            Task { row, can, photo }
        })
        .collect();
    let handed = rows.extract_if(.., |task| task.can.is_empty()).collect();
    let (mut further, mut older) = (0, String::new());
    if here.is_some() {
        rows.sort_by_key(|task| task.row.metres.unwrap_or(i64::MAX));
        further = rows.len().saturating_sub(PAGE);
        rows.truncate(PAGE);
    } else {
        older = page.next.map_or_else(String::new, |key| asked.but(&[("after", &key)]));
    }
    app.page(&visit, "field/list.html", Field { rows, handed, own, is_near: here.is_some(), further, older })
}

/// Metres between two points of a city, on a sphere.
fn metres(from: (f64, f64), to: (f64, f64)) -> i64 {
    let (lon, lat) = ((to.0 - from.0).to_radians(), (to.1 - from.1).to_radians());
    let middle = f64::midpoint(from.1, to.1).to_radians().cos();
    #[expect(clippy::cast_possible_truncation, reason = "a distance on Earth in metres")]
    let metres = ((lon * middle).hypot(lat) * 6_371_000.0).round() as i64;
    metres
}
