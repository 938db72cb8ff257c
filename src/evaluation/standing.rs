//! The list behind a number of the leaders' page: the clocks or cases that the number counts, what is due first, first.

use super::behind::{self, PAGE};
use super::definitions::Clock;
use super::export;
use super::show::{self, Names, address, say};
use super::situation::{AHEAD, weeks};
use super::store::{self, Standing, Stands};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{Html, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// More lines than this do not leave in one file.
const MOST: usize = 100_000;
/// What may wait for a decision.
const REQUESTS: [&str; 5] = ["return", "postpone", "suspend", "void", "appeal"];
/// The words of this week and the last.
const WEEKS: [&str; 2] = ["this", "last"];

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Which number: late, soon, hand, crew, orders, requests, closed.
    what: String,
    /// Of whom or what: a department, a crew member, a kind of request, a week.
    of: String,
    /// Which clock.
    clock: String,
    /// A page, counted from 1.
    page: String,
}

impl Asked {
    /// What it means at a moment; none for what there is not.
    fn standing(&self, app: &App, now: Moment) -> Option<Standing> {
        let id = || if self.of.is_empty() { Some(None) } else { self.of.parse::<Id>().ok().map(Some) };
        let clock = || if self.clock.is_empty() { Some(None) } else { Clock::parse(&self.clock).map(Some) };
        Some(match self.what.as_str() {
            "late" => Standing::Late(clock()?, id()?),
            "soon" => Standing::Soon(clock()?, id()?),
            "hand" => Standing::Hand(id()?),
            "crew" => Standing::Crew(id()?),
            "orders" => Standing::Orders,
            "requests" if self.of.is_empty() => Standing::Requests(None),
            "requests" => Standing::Requests(REQUESTS.contains(&self.of.as_str()).then(|| Some(self.of.clone()))?),
            "closed" => {
                let week = WEEKS.iter().position(|word| *word == self.of)?;
                let (from, to) = weeks(app, now)[week];
                Standing::Closed(from, to)
            }
            _ => return None,
        })
    }

    fn href(&self, path: &str, page: usize) -> String {
        let page = if page == 1 { String::new() } else { page.to_string() };
        address(path, &[("what", &self.what), ("of", &self.of), ("clock", &self.clock), ("page", &page)])
    }
}

/// The address of the list behind a number.
pub fn href(of: &Standing) -> String {
    let id = |id: &Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    let word = |clock: &Option<Clock>| clock.map(|clock| clock.word().to_owned()).unwrap_or_default();
    let (what, of, clock) = match of {
        Standing::Late(clock, department) => ("late", id(department), word(clock)),
        Standing::Soon(clock, department) => ("soon", id(department), word(clock)),
        Standing::Hand(department) => ("hand", id(department), String::new()),
        Standing::Crew(crew) => ("crew", id(crew), String::new()),
        Standing::Orders => ("orders", String::new(), String::new()),
        Standing::Requests(kind) => ("requests", kind.clone().unwrap_or_default(), String::new()),
        Standing::Closed(..) => ("closed", WEEKS[0].to_owned(), String::new()),
    };
    Asked { what: what.to_owned(), of, clock, page: String::new() }.href("/leaders/list", 1)
}

/// The address of the list of the cases that were closed this week (0) or last week (1).
pub fn week_href(week: usize) -> String {
    let of = WEEKS.get(week).copied().unwrap_or_default().to_owned();
    Asked { what: "closed".into(), of, ..Asked::default() }.href("/leaders/list", 1)
}

/// What the list is called: the number's words, and of whom.
fn title(app: &App, visit: &Visit, names: &Names, asked: &Asked, of: &Standing) -> Result<String, Error> {
    let mut parts = vec![say(app, visit, &format!("evaluation-standing-{}", asked.what))];
    match of {
        Standing::Late(clock, _) | Standing::Soon(clock, _) => {
            parts.extend(clock.map(|clock| say(app, visit, &format!("evaluation-clock-{}", clock.word()))));
        }
        Standing::Requests(Some(kind)) => parts.push(say(app, visit, &format!("evaluation-request-{kind}"))),
        Standing::Closed(..) => parts.push(say(app, visit, &format!("evaluation-{}-week", asked.of))),
        _ => {}
    }
    match of {
        Standing::Late(_, Some(id)) | Standing::Soon(_, Some(id)) | Standing::Hand(Some(id)) => {
            let department = names.departments.get(id).ok_or(Error::NotFound)?;
            parts.push(department.name(visit.lang).to_owned());
        }
        Standing::Crew(Some(id)) => parts.push(names.people.get(id).ok_or(Error::NotFound)?.name.clone()),
        _ => {}
    }
    Ok(parts.join(" · "))
}

/// Which columns a list has beside those that all have.
fn columns(of: &Standing) -> &'static [&'static str] {
    match of {
        Standing::Late(..) | Standing::Soon(..) => &["clock", "due", "by"],
        Standing::Hand(_) | Standing::Crew(_) | Standing::Orders => &["person", "due", "by"],
        Standing::Requests(_) => &["request", "due", "by"],
        Standing::Closed(..) => &["opened", "closed", "took"],
    }
}

/// The heading of a column.
fn head(app: &App, visit: &Visit, column: &str) -> String {
    match column {
        "person" => say(app, visit, "people-post-crew_member"),
        "department" => say(app, visit, "evaluation-of-department"),
        "number" | "title" | "place" | "stage" | "due" => say(app, visit, &format!("evaluation-list-{column}")),
        _ => say(app, visit, &format!("evaluation-head-{column}")),
    }
}

/// What a cell says.
fn cell(app: &App, visit: &Visit, names: &Names, now: Moment, column: &str, one: &Stands) -> String {
    let zone = app.city.zone();
    let moment =
        |at: Option<Moment>| at.map(|at| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    match column {
        "number" => one.number.clone(),
        "title" => one.title.clone(),
        "place" => one.place.clone(),
        "stage" => say(app, visit, &format!("evaluation-stage-{}", one.stage)),
        "department" => names.department(visit.lang, one.department),
        "person" => one.crew.map(|crew| names.person(crew)).unwrap_or_default(),
        "clock" if !one.clock.is_empty() => say(app, visit, &format!("evaluation-clock-{}", one.clock)),
        "request" if !one.request.is_empty() => say(app, visit, &format!("evaluation-request-{}", one.request)),
        "due" => moment(one.due),
        "by" => match one.due.map(|due| now.0 - due.0) {
            None => String::new(),
            Some(late) => {
                let key = if late > 0 { "evaluation-late-by" } else { "evaluation-due-in" };
                show::say_with(app, visit, key, &[("by", behind::length(app, visit, late.abs()))])
            }
        },
        "opened" => moment(Some(one.opened_at)),
        "closed" => moment(one.closed_at),
        "took" => one.closed_at.map(|at| behind::length(app, visit, at.0 - one.opened_at.0)).unwrap_or_default(),
        _ => String::new(),
    }
}

/// `GET /leaders/list`.
///
/// # Errors
/// [`Error::NotFound`] for a number that there is not; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Html<String>, Error> {
    let now = app.clock.now();
    let of = asked.standing(&app, now).ok_or(Error::NotFound)?;
    let (_, names) = show::names(&app, &visit).await?;
    let title = title(&app, &visit, &names, &asked, &of)?;
    let page: usize = asked.page.parse().unwrap_or(1).max(1);
    let (wanted, moments, skip) = (of.clone(), (now, now.plus(AHEAD)), (page - 1).saturating_mul(PAGE));
    let read = app.db.read(move |tx| async move {
        let amount = store::standing_count(&tx, &wanted, moments.0, moments.1).await?;
        Ok::<_, Error>((amount, store::standing(&tx, &wanted, moments, skip.min(MOST), PAGE).await?))
    });
    let (amount, lines) = read.await?;
    let columns = columns(&of);
    let heads: Vec<String> = columns.iter().map(|column| head(&app, &visit, column)).collect();
    let rows: Vec<Value> = lines
        .iter()
        .map(|one| {
            let cells: Vec<Value> = columns
                .iter()
                .zip(&heads)
                .map(|(column, head)| {
                    let text = cell(&app, &visit, &names, now, column, one);
                    let is_late = *column == "by" && one.due.is_some_and(|due| due < now);
                    context! { text, head, is_late }
                })
                .collect();
            context! {
                href => format!("/cases/{}", one.case), number => one.number.as_str(), title => one.title.as_str(),
                place => one.place.as_str(), stage => cell(&app, &visit, &names, now, "stage", one),
                department => names.department(visit.lang, one.department), cells,
            }
        })
        .collect();
    let pages = usize::try_from(amount).unwrap_or(0).div_ceil(PAGE).max(1);
    let context = context! {
        title => title.as_str(), at => now.0, amount, heads, rows, has_department => true,
        crumbs => [
            context! { label => say(&app, &visit, "evaluation-leaders"), href => "/leaders" },
            context! { label => title.as_str(), href => "" },
        ],
        text => say(&app, &visit, &format!("evaluation-standing-{}-text", asked.what)),
        first => skip + 1, last => skip + lines.len(),
        newer => if page > 1 { asked.href("/leaders/list", page - 1) } else { String::new() },
        older => if page < pages { asked.href("/leaders/list", page + 1) } else { String::new() },
        csv => asked.href("/leaders/list.csv", 1),
    };
    app.page(&visit, "evaluation/standing.html", context)
}

/// `GET /leaders/list.csv`: the same, whole.
///
/// # Errors
/// As [`show`].
pub async fn csv(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let now = app.clock.now();
    let of = asked.standing(&app, now).ok_or(Error::NotFound)?;
    let (_, names) = show::names(&app, &visit).await?;
    drop(title(&app, &visit, &names, &asked, &of)?);
    let mut wanted = vec!["number", "title", "place", "stage", "department"];
    wanted.extend(columns(&of));
    let moments = (now, now.plus(AHEAD));
    let read = app.db.read(move |tx| async move { store::standing(&tx, &of, moments, 0, MOST).await }).await;
    let found = read.map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
    let mut lines: Vec<Vec<String>> = vec![wanted.iter().map(|column| head(&app, &visit, column)).collect()];
    let cells = |one: &Stands| -> Vec<String> {
        wanted.iter().map(|column| cell(&app, &visit, &names, now, column, one)).collect()
    };
    lines.extend(found.iter().map(cells));
    Ok(export::flow(&format!("leaders-{}.csv", asked.what), Body::from(export::csv(&lines, true)?)))
}
