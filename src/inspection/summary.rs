//! The overview of a year: by month and unit, by item, who was checked more than once, what enterprises say.

use super::counting::{Sums, overview};
use super::enterprises::table;
use super::show;
use super::store::{self, Counted, Scope};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde::Deserialize;

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    year: String,
}

struct Year {
    year: i16,
    first: i16,
    today: i16,
    checks: Vec<Counted>,
    units: Vec<people::department::Department>,
}

async fn read(app: &App, visit: &Visit, asked: &Asked) -> Result<Year, Error> {
    let scope = Scope::of(visit.actor()?);
    let today = app.calendar.date_of(app.clock.now()).year();
    let year = asked.year.parse::<i16>().ok().filter(|year| (2000..=2200).contains(year)).unwrap_or(today);
    let read = app.db.read(move |tx| async move {
        let checks = store::of_year(&tx, scope, year).await?;
        let first = store::first_year(&tx, scope).await?;
        Ok::<_, Error>((checks, first, people::store::departments(&tx).await?))
    });
    let (checks, first, units) = read.await?;
    Ok(Year { year, first: first.unwrap_or(today), today, checks, units })
}

impl Year {
    fn unit(&self, id: Option<Id>, lang: &str) -> String {
        let found = self.units.iter().find(|unit| Some(unit.id) == id);
        found.map(|unit| unit.name(lang).to_owned()).unwrap_or_else(|| "–".to_owned())
    }
}

fn tenths(value: Option<u32>) -> String {
    value.map(|value| format!("{}.{}", value / 10, value % 10)).unwrap_or_else(|| "–".to_owned())
}

fn percent(value: Option<u32>) -> String {
    value.map(|value| format!("{value}%")).unwrap_or_else(|| "–".to_owned())
}

fn row(name: String, unit: String, sums: &Sums) -> minijinja::Value {
    context! {
        name, unit, planned => sums.planned, done => sums.done, refused => sums.refused, cancelled => sums.cancelled,
        drawn => percent(sums.drawn_percent()), uncounted => sums.uncounted, late => sums.late, ordered => sums.ordered,
        cases => sums.cases, stars => tenths(sums.mean_tenths()), rated => sums.rated,
    }
}

/// `GET /inspections/summary`.
///
/// # Errors
/// When the database fails.
pub async fn page(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let year = read(&app, &visit, &asked).await?;
    let sums = overview(&year.checks);
    let month = |month: i8| app.pages.say(visit.lang, "inspection-month", &[("n", month.to_string())]);
    let months = sums.months.iter().map(|((of, unit), one)| row(month(*of), year.unit(*unit, visit.lang), one));
    let items = sums.items.iter().map(|(id, one)| row(show::item(&app, visit.lang, id), String::new(), one));
    let often = sums.often.iter().map(|one| {
        context! { id => one.enterprise.to_string(), name => one.name.as_str(), times => one.times, counted => one.counted }
    });
    let words = year.checks.iter().rev().filter_map(|one| Some((one, one.check.rating.as_ref()?)));
    let words = words.take(20).map(|(one, rating)| {
        context! { id => one.check.id.to_string(), name => one.name.as_str(), stars => rating.stars, words => rating.words.as_str(), at => rating.at.0 }
    });
    let link = |year: i16| format!("/inspections/summary?year={year}");
    let html = context! {
        year => year.year,
        earlier => (year.year > year.first).then(|| link(year.year - 1)),
        later => (year.year < year.today.max(year.first)).then(|| link(year.year + 1)),
        whole => row(String::new(), String::new(), &sums.whole),
        months => months.collect::<Vec<_>>(), items => items.collect::<Vec<_>>(), often => often.collect::<Vec<_>>(),
        ratings => words.collect::<Vec<_>>(),
        file => format!("/inspections/summary.csv?year={}", year.year),
        is_whole => matches!(Scope::of(visit.actor()?), Scope::All),
    };
    Ok(app.page(&visit, "inspection/summary.html", html)?.into_response())
}

/// `GET /inspections/summary.csv`: a line for each month and unit, then one for each item.
///
/// # Errors
/// When the database fails.
pub async fn csv(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let year = read(&app, &visit, &asked).await?;
    let sums = overview(&year.checks);
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let head: Vec<String> = [
        "inspection-sum-month",
        "inspection-field-unit",
        "inspection-sum-item",
        "inspection-sum-planned",
        "inspection-sum-done",
        "inspection-sum-refused",
        "inspection-sum-cancelled",
        "inspection-sum-drawn",
        "inspection-sum-uncounted",
        "inspection-sum-late",
        "inspection-sum-ordered",
        "inspection-sum-cases",
        "inspection-sum-rated",
        "inspection-sum-stars",
    ]
    .map(say)
    .to_vec();
    let line = |month: String, unit: String, item: String, one: &Sums| {
        let counts = [one.planned, one.done, one.refused, one.cancelled];
        let more = [one.uncounted, one.late, one.ordered, one.cases, one.rated];
        let mut cells = vec![month, unit, item];
        cells.extend(counts.iter().map(ToString::to_string));
        cells.push(percent(one.drawn_percent()));
        cells.extend(more.iter().map(ToString::to_string));
        cells.push(tenths(one.mean_tenths()));
        cells
    };
    let months = sums.months.iter().map(|((month, unit), one)| {
        line(format!("{:04}-{month:02}", year.year), year.unit(*unit, visit.lang), String::new(), one)
    });
    let items =
        sums.items.iter().map(|(id, one)| line(String::new(), String::new(), show::item(&app, visit.lang, id), one));
    let lines: Vec<Vec<String>> = months.chain(items).collect();
    table(&format!("inspections-{}.csv", year.year), &head, lines.into_iter())
}
