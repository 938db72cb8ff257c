//! The leaders' page: what is late, what will be late in two hours, who is loaded, which orders wait for an answer, what
//! waits for a decision, and how long cases took this week and last.
//!
//! What it asks for grows with what is open, so it is kept ([`crate::kit::kept`]).

use super::behind;
use super::counting::percentiles;
use super::definitions::Clock;
use super::period::begin;
use super::show::{self, Names, address, say};
use super::standing;
use super::store::{self, Standing, Stands, Waiting};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::State;
use axum::response::Html;
use jiff::ToSpan;
use minijinja::{Value, context};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How far ahead the page looks.
pub const AHEAD: i64 = 2 * 3_600_000;
/// Lines of each list.
const LINES: usize = 10;
/// How many crew members are named, those with the most in hand.
const CREWS: usize = 30;
/// How things stood at a moment.
#[derive(Debug, Default)]
pub struct Situation {
    /// When.
    pub at: Moment,
    /// Clocks by kind: late, and late within two hours.
    pub clocks: BTreeMap<String, (i64, i64)>,
    /// The same of handling, by department.
    pub departments: HashMap<Id, (i64, i64)>,
    /// Cases in the hands of each department, the most first.
    pub load: Vec<(Id, i64)>,
    /// Cases in the hands of each crew member, the most first.
    pub crews: Vec<(Id, i64)>,
    /// The clocks that have been late longest, and those that will be late first.
    pub first: [Vec<Stands>; 2],
    /// Orders that wait for an answer.
    pub orders: (i64, Vec<Waiting>),
    /// What waits for a decision: by kind, and the oldest.
    pub requests: (Vec<(String, i64)>, Vec<Waiting>),
    /// This week so far and last week: how many were closed, the median and the 90th percentile.
    pub weeks: [Option<(usize, i64, i64)>; 2],
}

/// This week up to a moment, and last week whole.
pub fn weeks(app: &App, now: Moment) -> [(Moment, Moment); 2] {
    let zone = app.city.zone();
    let today = now.zoned(&zone).date();
    let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
    let (this, last) = (begin(monday, &zone), begin(monday.saturating_sub(7.days()), &zone));
    [(this, now), (last, this)]
}

/// Asks how things stand.
///
/// # Errors
/// When the database fails.
pub async fn ask(app: &App) -> Result<Situation, Error> {
    let now = app.clock.now();
    let weeks = weeks(app, now);
    let read = app.db.read(move |tx| async move {
        let mut found = Situation { at: now, ..Situation::default() };
        for (kind, department, late, soon) in store::due_clocks(&tx, now, now.plus(AHEAD)).await? {
            if kind == "handle"
                && let Some(department) = department
            {
                let of = found.departments.entry(department).or_default();
                (of.0, of.1) = (of.0 + late, of.1 + soon);
            }
            let of = found.clocks.entry(kind).or_default();
            (of.0, of.1) = (of.0 + late, of.1 + soon);
        }
        found.load = store::department_load(&tx).await?;
        found.load.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
        found.crews = store::crew_load(&tx).await?;
        found.crews.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
        let moments = (now, now.plus(AHEAD));
        found.first = [
            store::standing(&tx, &Standing::Late(None, None), moments, 0, LINES).await?,
            store::standing(&tx, &Standing::Soon(None, None), moments, 0, LINES).await?,
        ];
        found.orders = store::unanswered(&tx, LINES).await?;
        found.requests = store::undecided(&tx, LINES).await?;
        for (week, (from, to)) in weeks.into_iter().enumerate() {
            let mut lengths = store::lengths(&tx, from, to).await?;
            found.weeks[week] = percentiles(&mut lengths).map(|(median, ninetieth)| (lengths.len(), median, ninetieth));
        }
        Ok::<_, Error>(found)
    });
    read.await
}

/// How things stand, as fresh as it can be had without waiting.
///
/// # Errors
/// When the database fails.
pub async fn situation(app: &App) -> Result<Arc<Situation>, Error> {
    let asked = app.clone();
    app.evaluation.situation.fresh(app.clock.now(), move || async move { ask(&asked).await }).await
}

fn wait_line(app: &App, visit: &Visit, names: &Names, waiting: &Waiting) -> Value {
    let kind = if waiting.kind.is_empty() {
        String::new()
    } else {
        say(app, visit, &format!("evaluation-request-{}", waiting.kind))
    };
    context! {
        href => format!("/cases/{}", waiting.case), number => waiting.number.as_str(), title => waiting.title.as_str(), kind,
        department => names.department(visit.lang, waiting.department), since => waiting.since.0,
    }
}

/// `GET /leaders`.
///
/// # Errors
/// When the database fails.
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Html<String>, Error> {
    let found = situation(&app).await?;
    let (_, names) = show::names(&app, &visit).await?;
    let total = |which: fn(&(i64, i64)) -> i64| found.clocks.values().map(which).sum::<i64>();
    let clocks: Vec<Value> = Clock::ALL
        .iter()
        .filter_map(|clock| {
            let (late, soon) = *found.clocks.get(clock.word())?;
            (late + soon > 0).then(|| {
                context! {
                    name => say(&app, &visit, &format!("evaluation-clock-{}", clock.word())), late, soon,
                    late_href => standing::href(&Standing::Late(Some(*clock), None)),
                    soon_href => standing::href(&Standing::Soon(Some(*clock), None)),
                }
            })
        })
        .collect();
    let first = |place: usize| -> Vec<Value> {
        found.first[place]
            .iter()
            .map(|one| {
                let late = found.at.0 - one.due.map_or(found.at.0, |due| due.0);
                context! {
                    href => format!("/cases/{}", one.case), number => one.number.as_str(), title => one.title.as_str(),
                    place => one.place.as_str(), clock => say(&app, &visit, &format!("evaluation-clock-{}", one.clock)),
                    department => names.department(visit.lang, one.department), by => behind::length(&app, &visit, late.abs()),
                }
            })
            .collect()
    };
    let most = found.load.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let has_none = |id: &&Id| !found.load.iter().any(|(other, _)| other == *id);
    let mut others: Vec<(Id, i64)> = found.departments.keys().filter(has_none).map(|id| (*id, 0)).collect();
    others.sort_unstable();
    let load: Vec<Value> = found
        .load
        .iter()
        .chain(&others)
        .map(|(id, count)| {
            let (late, soon) = found.departments.get(id).copied().unwrap_or_default();
            let of = |of: Standing| standing::href(&of);
            context! {
                name => names.department(visit.lang, Some(*id)), count, late, soon, share => count * 100 / most,
                desk => address("/desk", &[("department", &id.to_string())]),
                href => of(Standing::Hand(Some(*id))),
                late_href => of(Standing::Late(Some(Clock::Handle), Some(*id))),
                soon_href => of(Standing::Soon(Some(Clock::Handle), Some(*id))),
            }
        })
        .collect();
    let crews: Vec<Value> = found
        .crews
        .iter()
        .take(CREWS)
        .map(|(id, count)| {
            let of = names.people.get(id).and_then(|one| one.department);
            let href = standing::href(&Standing::Crew(Some(*id)));
            context! { name => names.person(*id), department => names.department(visit.lang, of), count, href }
        })
        .collect();
    let week = |place: usize| {
        found.weeks[place].map(|(count, median, ninetieth)| {
            context! {
                count, median => behind::length(&app, &visit, median), ninetieth => behind::length(&app, &visit, ninetieth),
                href => standing::week_href(place),
            }
        })
    };
    let changes: Vec<Value> = match (found.weeks[0], found.weeks[1]) {
        (Some((_, median, ninetieth)), Some((_, before, before_ninetieth))) => {
            [(median, before), (ninetieth, before_ninetieth)]
                .iter()
                .map(|(now, before)| {
                    let change = super::score::Ratio::of(now - before, (*before).max(1))
                        .map_or(0, super::score::Ratio::basis_points);
                    context! { text => format!("{} %", super::table::change_text(change)), way => change.signum() }
                })
                .collect()
        }
        _ => Vec::new(),
    };
    let requests: Vec<Value> = found
        .requests
        .0
        .iter()
        .map(|(kind, count)| {
            let href = standing::href(&Standing::Requests(Some(kind.clone())));
            context! { name => say(&app, &visit, &format!("evaluation-request-{kind}")), count, href }
        })
        .collect();
    let context = context! {
        at => found.at.0, late => total(|(late, _)| *late), soon => total(|(_, soon)| *soon), clocks,
        late_href => standing::href(&Standing::Late(None, None)), soon_href => standing::href(&Standing::Soon(None, None)),
        orders_href => standing::href(&Standing::Orders), requests_href => standing::href(&Standing::Requests(None)),
        crews_cut => if found.crews.len() > CREWS { CREWS } else { 0 },
        late_first => first(0), soon_first => first(1), load, crews,
        orders => context! { count => found.orders.0, lines => found.orders.1.iter().map(|one| wait_line(&app, &visit, &names, one)).collect::<Vec<_>>() },
        requests => context! { count => found.requests.0.iter().map(|(_, count)| *count).sum::<i64>(), kinds => requests, lines => found.requests.1.iter().map(|one| wait_line(&app, &visit, &names, one)).collect::<Vec<_>>() },
        weeks => [week(0), week(1)], changes,
    };
    app.page(&visit, "evaluation/leaders.html", context)
}
