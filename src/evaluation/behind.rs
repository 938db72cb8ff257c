//! The list behind a number: exactly the things that were counted, with what became of them since.

use super::definitions::{Count, Definitions, Kind, Source};
use super::members::{self, Member};
use super::period::Period;
use super::run::{Purpose, Run, RunState};
use super::scope::Scope;
use super::show::{self, Asked, Names, address, say};
use super::{counting, export, running, store};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use minijinja::{Value, context};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Lines of a page.
pub const PAGE: usize = 50;
/// Lines that are read at once for a file.
const BATCH: usize = 2_000;
/// A spreadsheet is built in memory: longer lists leave as CSV only, which is written as it is read.
pub const MOST_IN_EXCEL: usize = 50_000;

/// A list that is asked for.
pub struct List {
    /// The run.
    pub run: Run,
    /// Its definitions.
    pub definitions: Arc<Definitions>,
    /// The count's identifier.
    pub count: String,
    /// The kind of the object.
    pub kind: Kind,
    /// The object.
    pub object: String,
    /// The object's name.
    pub name: String,
    /// How many things there are: the number on the page.
    pub amount: i64,
    /// Which place the things must have in which dimension; none for the whole city.
    only: Option<(usize, u32)>,
    /// The names of things.
    pub names: Names,
    /// What exists for the reader.
    scope: Scope,
    /// The departments and people of the run by their places in the list.
    objects: HashMap<(usize, u32), String>,
}

/// What became of a list that is asked for.
pub enum Found {
    /// It is there.
    Here(Box<List>),
    /// The counting that it belonged to has given way to a newer one; the list of that one, or the page of the period.
    Moved(Redirect),
}

impl List {
    /// Reads what is asked for, for the door at `path`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what does not exist for the reader; when the database fails.
    pub async fn read(app: &App, visit: &Visit, asked: &Asked, path: &str) -> Result<Found, Error> {
        let (scope, names) = show::names(app, visit).await?;
        let kind = Kind::parse(&asked.of).ok_or(Error::NotFound)?;
        let id: Id = asked.run.parse().map_err(|_| Error::NotFound)?;
        if !show::may_open(&scope, kind, &asked.object) {
            return Err(Error::NotFound);
        }
        let (object, period) = (asked.object.clone(), Period::parse(&asked.period));
        let read = app.db.read(move |tx| async move {
            let run = match store::load_run(&tx, id).await {
                Ok(run) => Some(run),
                Err(Error::NotFound) => None,
                Err(error) => return Err(error),
            };
            let Some(run) = run.filter(|run| run.state == RunState::Done && run.purpose == Purpose::Results) else {
                let newer = match period {
                    Some(period) => store::results_of(&tx, period).await?,
                    None => None,
                };
                return Ok(Err(newer));
            };
            let outcome = store::result(&tx, run.id, kind, &object).await?;
            let mut objects = Vec::new();
            for (dimension, kind) in [(5, Kind::Department), (6, Kind::Person)] {
                objects.extend(store::places(&tx, run.id, kind).await?.into_iter().map(|found| (dimension, found)));
            }
            Ok::<_, Error>(Ok((run, outcome, objects)))
        });
        let (run, outcome, objects) = match read.await? {
            Ok(found) => found,
            Err(newer) => return moved(asked, path, period, newer.as_ref()).map(Found::Moved),
        };
        let definitions = running::definitions(app, &run.version).await?;
        let is_there = definitions.count(&asked.count).is_some_and(|count| count.is_of(kind));
        let outcome = outcome.filter(|_| is_there).ok_or(Error::NotFound)?;
        let place = u32::try_from(outcome.place).unwrap_or(0);
        let place_of = |place: i64| u32::try_from(place).unwrap_or(0);
        Ok(Found::Here(Box::new(List {
            run,
            definitions,
            count: asked.count.clone(),
            kind,
            name: show::object_name(app, visit, &names, kind, &asked.object),
            object: asked.object.clone(),
            amount: outcome.counts.get(&asked.count).copied().unwrap_or(0),
            only: counting::dimension(kind).map(|dimension| (dimension, place)),
            names,
            scope,
            objects: objects.into_iter().map(|(of, (place, object))| ((of, place_of(place)), object)).collect(),
        })))
    }

    /// The count.
    pub fn count(&self) -> Option<&Count> {
        self.definitions.count(&self.count)
    }

    /// The parts of the list: number and things of the whole city in it.
    async fn parts(&self, app: &App) -> Result<Vec<(i64, usize)>, Error> {
        let (run, count) = (self.run.id, self.count.clone());
        let parts = app.db.read(move |tx| async move { store::member_parts(&tx, run, &count).await }).await;
        parts.map_err(|error: DbError| Error::Db(error))
    }

    /// The things of one part.
    async fn part(&self, app: &App, part: i64) -> Result<Vec<Member>, Error> {
        let (run, count) = (self.run.id, self.count.clone());
        let bytes = app.db.read(move |tx| async move { store::member_part(&tx, run, &count, part).await }).await;
        let bytes = bytes.map_err(|error: DbError| Error::Db(error))?;
        members::unpack(&bytes, self.only).map_err(|why| Error::Internal(why.to_owned()))
    }

    /// The things from the `skip`-th on, at most `most`.
    ///
    /// # Errors
    /// When the database fails, or what it holds cannot be unpacked.
    pub async fn members(&self, app: &App, skip: usize, most: usize) -> Result<Vec<Member>, Error> {
        let (mut found, mut skip) = (Vec::new(), skip);
        for (part, items) in self.parts(app).await? {
            // Of the whole city, parts that are skipped need not be unpacked.
            if self.only.is_none() && skip >= items {
                skip -= items;
                continue;
            }
            let those = self.part(app, part).await?;
            if skip >= those.len() {
                skip -= those.len();
                continue;
            }
            found.extend(those.into_iter().skip(skip).take(most - found.len()));
            skip = 0;
            if found.len() >= most {
                break;
            }
        }
        Ok(found)
    }

    /// The lines of these things.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lines(&self, app: &App, visit: &Visit, members: &[Member]) -> Result<Vec<Line>, Error> {
        let source = self.count().map(|count| count.source);
        let cases: Vec<Id> = members.iter().map(|one| one.case).filter(|case| *case != 0).collect();
        let is_report = source == Some(Source::Reports);
        let is_whistle = source == Some(Source::Whistles);
        let blown: Vec<Id> = if is_whistle { members.iter().map(|one| one.item).collect() } else { Vec::new() };
        let reports: Vec<Id> = if is_report { members.iter().map(|one| one.item).collect() } else { Vec::new() };
        let clocks: Vec<(Id, i64)> = match source {
            Some(Source::Timers) => members.iter().map(|one| (one.case, one.item)).collect(),
            _ => Vec::new(),
        };
        let read = app.db.read(move |tx| async move {
            let clocks = store::clocks(&tx, &clocks).await?;
            let blown = store::whistles(&tx, &blown).await?;
            Ok::<_, Error>((store::cases(&tx, &cases).await?, store::reports(&tx, &reports).await?, clocks, blown))
        });
        let (cases, reports, clocks, blown) = read.await?;
        let line = |member: &Member| {
            let behind = match source {
                Some(Source::Reports) => reports.get(&member.item),
                Some(Source::Whistles) => blown.get(&member.item),
                _ => cases.get(&member.case),
            };
            let clock = clocks.get(&(member.case, member.item));
            let stage = behind.map_or("", |behind| behind.stage.as_str());
            let stage_key = match source {
                Some(Source::Reports) => "evaluation-report-stage-",
                Some(Source::Whistles) => "whistles-stage-",
                _ => "evaluation-stage-",
            };
            let title = behind.map(|behind| behind.title.clone()).unwrap_or_default();
            let is_kind = is_whistle && !title.is_empty();
            Line {
                case: member.case,
                whistle: if is_whistle { member.item } else { 0 },
                number: behind.map(|behind| behind.number.clone()).unwrap_or_default(),
                title: if is_kind { say(app, visit, &format!("whistles-kind-{title}")) } else { title },
                place: behind.map(|behind| behind.place.clone()).unwrap_or_default(),
                stage: if stage.is_empty() { String::new() } else { say(app, visit, &format!("{stage_key}{stage}")) },
                at: Moment(member.at),
                department: self
                    .objects
                    .get(&(5, member.places[5]))
                    .map(|id| self.names.department(visit.lang, id.parse().ok()))
                    .unwrap_or_default(),
                // Who sees their own department does not read there how each colleague did.
                person: self
                    .objects
                    .get(&(6, member.places[6]))
                    .filter(|id| self.scope.has(Kind::Person, id))
                    .and_then(|id| Some(self.names.person(id.parse().ok()?)))
                    .unwrap_or_default(),
                due: clock.and_then(|clock| clock.due_at),
                finished: clock.and_then(|clock| clock.finished_at),
                overdue: clock.map_or(0, |clock| clock.overdue),
                is_exempt: clock.is_some_and(|clock| clock.is_exempt),
            }
        };
        Ok(members.iter().map(line).collect())
    }

    /// Its address, with a page.
    fn href(&self, path: &str, page: usize) -> String {
        let (run, period, page) = (self.run.id.to_string(), self.run.period.text(), page.to_string());
        let page = if page == "1" { "" } else { &page };
        address(
            path,
            &[
                ("run", &run),
                ("period", &period),
                ("count", &self.count),
                ("of", self.kind.word()),
                ("object", &self.object),
                ("page", page),
            ],
        )
    }
}

/// Where a list is found whose counting is no more: with the newest of its period, or that period's page.
fn moved(asked: &Asked, path: &str, period: Option<Period>, newer: Option<&Run>) -> Result<Redirect, Error> {
    let period = period.ok_or(Error::NotFound)?.text();
    let Some(newer) = newer else {
        return Ok(Redirect::to(&address("/evaluation", &[("period", &period), ("of", &asked.of)])));
    };
    let run = newer.id.to_string();
    let pairs = [
        ("run", run.as_str()),
        ("period", &period),
        ("count", &asked.count),
        ("of", &asked.of),
        ("object", &asked.object),
        ("page", &asked.page),
        ("done", "renewed"),
    ];
    Ok(Redirect::to(&address(path, &pairs)))
}

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// The case; 0 for a report that has none.
    pub case: Id,
    /// The whistle; 0 for everything else.
    pub whistle: Id,
    /// Its number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where.
    pub place: String,
    /// Where it stands now.
    pub stage: String,
    /// By which moment it belongs to the period.
    pub at: Moment,
    /// For which department it counts.
    pub department: String,
    /// For whom.
    pub person: String,
    /// When the clock is or was due.
    pub due: Option<Moment>,
    /// When it was stopped.
    pub finished: Option<Moment>,
    /// Milliseconds late.
    pub overdue: i64,
    /// Exempted on appeal.
    pub is_exempt: bool,
}

/// A length of time in words: days, hours and minutes.
pub fn length(app: &App, visit: &Visit, milliseconds: i64) -> String {
    let minutes = milliseconds / 60_000;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let args = [("days", days.to_string()), ("hours", hours.to_string()), ("minutes", minutes.to_string())];
    let key = match (days, hours) {
        (0, 0) => "evaluation-length-minutes",
        (0, _) => "evaluation-length-hours",
        _ => "evaluation-length-days",
    };
    show::say_with(app, visit, key, &args)
}

/// `GET /evaluation/list`.
///
/// # Errors
/// [`Error::NotFound`] for what does not exist for the reader; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let list = match List::read(&app, &visit, &asked, "/evaluation/list").await? {
        Found::Here(list) => list,
        Found::Moved(redirect) => return Ok(redirect.into_response()),
    };
    let page: usize = asked.page.parse().unwrap_or(1).max(1);
    let members = list.members(&app, (page - 1).saturating_mul(PAGE), PAGE).await?;
    let lines = list.lines(&app, &visit, &members).await?;
    let is_clock = list.count().is_some_and(|count| count.source == Source::Timers);
    let rows: Vec<Value> = lines
        .iter()
        .map(|line| {
            context! {
                case => line.case, whistle => line.whistle, number => line.number.as_str(), title => line.title.as_str(), place => line.place.as_str(),
                stage => line.stage.as_str(), at => line.at.0, department => line.department.as_str(), person => line.person.as_str(),
                due => line.due.map(|at| at.0), finished => line.finished.map(|at| at.0),
                overdue => if line.overdue > 0 { length(&app, &visit, line.overdue) } else { String::new() },
                is_exempt => line.is_exempt,
            }
        })
        .collect();
    let name = list.count().map(|count| count.name.in_lang(visit.lang).to_owned()).unwrap_or_default();
    let amount = usize::try_from(list.amount).unwrap_or(0);
    let pages = amount.div_ceil(PAGE).max(1);
    let period = list.run.period.text();
    let back =
        address("/evaluation/object", &[("period", &period), ("of", list.kind.word()), ("object", &list.object)]);
    let context = context! {
        name, object => list.name.as_str(), period => show::period_name(&app, &visit, list.run.period),
        amount, rows, is_clock, page, pages,
        first => (page - 1) * PAGE + 1, last => (page - 1) * PAGE + lines.len(),
        definition => list.count().map(|count| show::count_sentence(&app, &visit, count)).unwrap_or_default(),
        newer => if page > 1 { list.href("/evaluation/list", page - 1) } else { String::new() },
        older => if page < pages { list.href("/evaluation/list", page + 1) } else { String::new() },
        csv => list.href("/evaluation/list.csv", 1),
        excel => if amount > MOST_IN_EXCEL { String::new() } else { list.href("/evaluation/list.xlsx", 1) },
        done => asked.done.as_str(),
        back, counted_at => list.run.known.0, version => list.run.version.as_str(),
        table => address("/evaluation", &[("period", &period), ("of", list.kind.word())]),
    };
    Ok(app.page(&visit, "evaluation/list.html", context)?.into_response())
}

/// The headings of a list that leaves.
pub fn headings(app: &App, visit: &Visit) -> Vec<String> {
    ["number", "title", "place", "stage", "at", "department", "person", "due", "finished", "overdue", "exempt"]
        .iter()
        .map(|word| say(app, visit, &format!("evaluation-list-{word}")))
        .collect()
}

/// The cells of a line that leaves; what a spreadsheet would take for a formula is kept from it.
pub fn cells(app: &App, visit: &Visit, line: &Line) -> Vec<String> {
    let zone = app.city.zone();
    let moment = |at: Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    vec![
        line.number.clone(),
        line.title.clone(),
        line.place.clone(),
        line.stage.clone(),
        moment(line.at),
        line.department.clone(),
        line.person.clone(),
        line.due.map(moment).unwrap_or_default(),
        line.finished.map(moment).unwrap_or_default(),
        if line.overdue > 0 { length(app, visit, line.overdue) } else { String::new() },
        if line.is_exempt { say(app, visit, "evaluation-yes") } else { String::new() },
    ]
}

/// A list on its way out as CSV: a part is unpacked, some lines are read and written, and the next ones wait.
struct Leaving {
    app: App,
    visit: Visit,
    list: Box<List>,
    parts: VecDeque<(i64, usize)>,
    members: VecDeque<Member>,
    has_begun: bool,
}

impl Leaving {
    /// The next lines as bytes; none when all have left.
    async fn next(mut self) -> Result<Option<(Vec<u8>, Leaving)>, Error> {
        let mut lines = Vec::new();
        if !self.has_begun {
            self.has_begun = true;
            lines.push(headings(&self.app, &self.visit));
        }
        while self.members.is_empty() {
            let Some((part, _)) = self.parts.pop_front() else { break };
            self.members = self.list.part(&self.app, part).await?.into();
        }
        let some: Vec<Member> = self.members.drain(..BATCH.min(self.members.len())).collect();
        let found = self.list.lines(&self.app, &self.visit, &some).await?;
        let is_first = !lines.is_empty();
        lines.extend(found.iter().map(|line| cells(&self.app, &self.visit, line)));
        if lines.is_empty() { Ok(None) } else { Ok(Some((export::csv(&lines, is_first)?, self))) }
    }
}

/// `GET /evaluation/list.csv`: exactly the things behind the number.
///
/// # Errors
/// As [`show`].
pub async fn csv(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let list = match List::read(&app, &visit, &asked, "/evaluation/list.csv").await? {
        Found::Here(list) => list,
        Found::Moved(redirect) => return Ok(redirect.into_response()),
    };
    let name = format!("{}-{}.csv", list.count, list.run.period.text());
    let parts = list.parts(&app).await?.into();
    let leaving = Leaving { app, visit, list, parts, members: VecDeque::new(), has_begun: false };
    Ok(export::flow(&name, Body::from_stream(stream::try_unfold(leaving, Leaving::next))))
}

/// `GET /evaluation/list.xlsx`: the same for a spreadsheet; a very long list leaves as CSV.
///
/// # Errors
/// As [`show`].
pub async fn excel(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let list = match List::read(&app, &visit, &asked, "/evaluation/list.xlsx").await? {
        Found::Here(list) => list,
        Found::Moved(redirect) => return Ok(redirect.into_response()),
    };
    if usize::try_from(list.amount).unwrap_or(0) > MOST_IN_EXCEL {
        return Ok(Redirect::to(&list.href("/evaluation/list.csv", 1)).into_response());
    }
    let members = list.members(&app, 0, MOST_IN_EXCEL).await?;
    let mut lines = Vec::with_capacity(members.len());
    for some in members.chunks(BATCH) {
        lines.extend(list.lines(&app, &visit, some).await?);
    }
    let bytes = export::list(&app, &visit, &list, &lines)?;
    Ok(export::download(&format!("{}-{}.xlsx", list.count, list.run.period.text()), export::EXCEL, bytes))
}
