//! The list of repeats as they are now: the desks and the leaders see all, a department what it answers for and what has cases
//! of its own.

use super::doing::when;
use super::month::Month;
use super::repeat::Repeat;
use super::store::{self, Filter, Look, Scope, Show};
use super::view::{self, Bar};
use crate::app::App;
use crate::cases::store::Choice;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::people::act::Act;
use crate::people::department::Department;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

/// What an address asks for; empty fields ask for nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    show: String,
    street: String,
    rule: String,
    department: String,
    sort: String,
    after: String,
    done: String,
}

impl Asked {
    fn address(&self, change: impl Fn(&mut Asked)) -> String {
        let mut asked = self.clone();
        asked.after.clear();
        change(&mut asked);
        let fields = [
            ("show", &asked.show),
            ("street", &asked.street),
            ("rule", &asked.rule),
            ("department", &asked.department),
            ("sort", &asked.sort),
            ("after", &asked.after),
        ];
        crate::kit::paging::address("/repeats", &fields)
    }
}

/// Reads `VALUE.ID`, the key of a row.
pub fn key(text: &str) -> Option<(i64, i64)> {
    text.split_once('.').and_then(|(value, id)| Some((value.parse().ok()?, id.parse().ok()?)))
}

/// The text, if there is one.
pub fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A repeat as a list's row shows it.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    number: String,
    title: String,
    rule: String,
    area: String,
    state: &'static str,
    count: i64,
    returns: i64,
    last_at: Moment,
    department: String,
    due_on: String,
    is_late: bool,
    silent_on: String,
    trend: Vec<Bar>,
}

/// `GET /repeats`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let scope = Scope::of(&actor);
    let today = when(&app, app.clock.now()).on;
    let month = Month::of(today);
    let show = Show::ALL.into_iter().find(|show| show.word() == asked.show).unwrap_or_default();
    let filter = Filter {
        show,
        street: filled(&asked.street),
        rule: filled(&asked.rule),
        department: asked.department.parse().ok(),
        by_count: asked.sort == "count",
        after: key(&asked.after),
        today: Some(today),
    };
    let wanted = filter.clone();
    let read = app.db.read(move |tx| async move {
        let page = store::list(&tx, scope, &wanted).await?;
        let ids: Vec<_> = page.rows.iter().map(|repeat| repeat.id).collect();
        let trends = store::trends(&tx, &ids, view::trend_begins(month)).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let look = store::last_look(&tx).await?;
        let callable = crate::whistles::store::callable(&tx).await?;
        Ok::<_, DbError>((page, trends, departments, look, callable))
    });
    let (page, trends, departments, look, callable) = read.await?;
    let lang = visit.lang;
    let rows: Vec<Row> = page
        .rows
        .iter()
        .map(|repeat| row(&app, lang, repeat, &departments, today, view::trend(trends.get(&repeat.id), month)))
        .collect();
    let chips: Vec<_> = Show::ALL
        .into_iter()
        .map(|one| {
            let href = asked.address(|asked| {
                asked.show = if one == Show::Open { String::new() } else { one.word().to_owned() };
            });
            context! { word => one.word(), href, current => one == show }
        })
        .collect();
    let rules: Vec<Choice> = app
        .repeats
        .settings
        .rules_on(today)
        .into_iter()
        .map(|rule| Choice { value: rule.id.clone(), label: rule.name(lang == "en").to_owned() })
        .collect();
    let is_all = scope == Scope::All;
    let callable: Vec<Choice> = callable
        .iter()
        .filter(|_| is_all)
        .map(|one| Choice { value: one.id.to_string(), label: one.name(lang).to_owned() })
        .collect();
    let sorts: Vec<_> = ["last", "count"]
        .into_iter()
        .map(|word| {
            let href = asked.address(|asked| asked.sort = if word == "last" { String::new() } else { word.to_owned() });
            context! { word, href, current => (word == "count") == filter.by_count }
        })
        .collect();
    let context = context! {
        rows => Serde(rows), chips, sorts, is_all,
        rules => Serde(rules),
        streets => Serde(view::streets(&app)),
        departments => Serde(callable),
        asked => Serde(&asked),
        done => asked.done.as_str(),
        look => look.filter(|_| is_all).map(|look| Serde(shown(&look))),
        older => page.next.map(|next| asked.address(|asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address(|_| {}) },
        may_look => actor.may(Act::ReviewRepeats),
        may_read => actor.may(Act::ReadReviews),
        is_filtered => filter.street.is_some() || filter.rule.is_some() || filter.department.is_some() || show != Show::Open,
    };
    Ok(app.page(&visit, "repeats/list.html", context)?.into_response())
}

/// The last search as the page tells of it.
#[derive(Debug, Serialize)]
struct Searched {
    state: String,
    at: Moment,
    reports: i64,
    found: i64,
    fresh: i64,
    seconds: i64,
}

fn shown(look: &Look) -> Searched {
    Searched {
        state: look.state.clone(),
        at: look.finished_at.or(look.begun_at).unwrap_or(look.asked_at),
        reports: look.reports,
        found: look.found,
        fresh: look.fresh,
        seconds: look.took.div_euclid(1000),
    }
}

fn row(
    app: &App,
    lang: &str,
    repeat: &Repeat,
    departments: &[Department],
    today: jiff::civil::Date,
    trend: Vec<Bar>,
) -> Row {
    let charge = repeat.charge;
    Row {
        id: repeat.id.to_string(),
        number: repeat.number.clone(),
        title: repeat.title.clone(),
        rule: view::rule_name(app, lang, &repeat.rule, repeat.rule_version, today),
        area: view::area(app, &repeat.place.street, &repeat.place.community),
        state: repeat.state.word(),
        count: repeat.count,
        returns: repeat.returns,
        last_at: repeat.last_at,
        department: view::department(departments, lang, charge.map(|charge| charge.department)),
        due_on: charge.map(|charge| charge.due_on.to_string()).unwrap_or_default(),
        is_late: repeat.is_late(today),
        silent_on: repeat.silent_on.map(|day| day.to_string()).unwrap_or_default(),
        trend,
    }
}
