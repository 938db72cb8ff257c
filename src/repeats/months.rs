//! The months' lists, frozen with their rules; how things stand now is shown beside them.

use super::doing::when;
use super::list::{filled, key};
use super::month::Month;
use super::repeat;
use super::review::Review;
use super::store::{self, Decided, Item, ItemFilter, Order, Standing};
use super::view::{self, Bar};
use crate::app::App;
use crate::cases::store::Choice;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::kit::sheets::Csv;
use crate::people::act::Act;
use crate::people::department::Department;
use crate::people::doors::Visit;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use understanding::repeats::rule::Rule;

/// A frozen list is exported and printed up to so many items.
pub const MOST_ITEMS: usize = 2_000;

/// The month of an address.
///
/// # Errors
/// [`Error::NotFound`] for what is no month.
pub fn month(text: &str) -> Result<Month, Error> {
    Month::parse(text).ok_or(Error::NotFound)
}

/// The month before which a page of months begins; empty for the latest.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub struct Before {
    before: String,
}

/// `GET /repeats/months`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Before>) -> Result<Response, Error> {
    let before = if Month::parse(&asked.before).is_some() { asked.before.clone() } else { "9999-99".to_owned() };
    let read = app.db.read(move |tx| async move {
        let mut reviews = store::reviews(&tx, &before).await?;
        let is_more = reviews.len() > PAGE;
        reviews.truncate(PAGE);
        let months: Vec<String> = reviews.iter().map(|review| review.month.clone()).collect();
        let decided = store::decided_counts(&tx, &months).await?;
        Ok::<_, DbError>((reviews, is_more, decided))
    });
    let (reviews, is_more, decided) = read.await?;
    let older = reviews.last().filter(|_| is_more).map(|review| format!("/repeats/months?before={}", review.month));
    let rows: Vec<_> = reviews
        .iter()
        .map(|review| {
            context! {
                month => review.month.as_str(), items => review.items, reports => review.reports,
                frozen_at => review.frozen_at.0,
                decided => decided.get(&review.month).copied().unwrap_or(0),
                closed_at => review.closed.map(|(at, _)| at.0),
                held_on => review.minutes.held_on.map(|day| day.to_string()),
            }
        })
        .collect();
    let settings = &app.repeats.settings;
    let today = when(&app, app.clock.now()).on;
    let rules: Vec<String> =
        settings.rules_on(today).into_iter().map(|rule| view::rule_sentence(&app, &visit, rule)).collect();
    let context = context! {
        rows, rules, next => Month::of(today).to_string(), hour => settings.hour,
        older => older.unwrap_or_default(),
        newer => if asked.before.is_empty() { "" } else { "/repeats/months" },
    };
    Ok(app.page(&visit, "repeats/months.html", context)?.into_response())
}

/// What an address of a month's list asks for; empty fields ask for nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    street: String,
    sub_class: String,
    department: String,
    state: String,
    sort: String,
    after: String,
}

impl Asked {
    fn address(&self, path: &str, change: impl Fn(&mut Asked)) -> String {
        let mut asked = self.clone();
        asked.after.clear();
        change(&mut asked);
        let fields = [
            ("street", &asked.street),
            ("sub_class", &asked.sub_class),
            ("department", &asked.department),
            ("state", &asked.state),
            ("sort", &asked.sort),
            ("after", &asked.after),
        ];
        let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = serde_urlencoded::to_string(fields).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    fn filter(&self) -> ItemFilter {
        let order = Order::ALL.into_iter().find(|(_, word)| *word == self.sort).map(|(order, _)| order);
        ItemFilter {
            street: filled(&self.street),
            sub_class: filled(&self.sub_class),
            department: self.department.parse().ok(),
            state: repeat::State::parse(&self.state),
            order: order.unwrap_or_default(),
            after: key(&self.after),
        }
    }
}

/// An item as pages show it.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The item as it was frozen.
    pub item: Item,
    /// The repeat's identifier, as text because scripts cannot hold it as a number.
    pub id: String,
    /// The rule's name.
    pub rule: String,
    /// The sub-class's name.
    pub sub_class: String,
    /// Street and community.
    pub area: String,
    /// How many reports more than in the month before.
    pub rise: i64,
    /// How it stands now.
    pub standing: Standing,
    /// The responsible department, or the one with most of its cases.
    pub department: String,
    /// What the meeting decided.
    pub decided: Option<Decided>,
    /// The trend up to the month.
    pub trend: Vec<Bar>,
}

/// Everything that draws rows of a month's list.
pub struct Drawing<'a> {
    /// The program.
    pub app: &'a App,
    /// The language.
    pub lang: &'a str,
    /// The month.
    pub month: Month,
    /// All departments.
    pub departments: &'a [Department],
    /// The decisions by repeat.
    pub decided: &'a HashMap<Id, Decided>,
    /// The rules of then.
    pub rules: &'a [Rule],
}

impl Drawing<'_> {
    /// The name that the rule had then.
    pub fn rule_name(&self, id: &str) -> String {
        let rule = self.rules.iter().find(|rule| rule.id == id);
        rule.map_or_else(|| id.to_owned(), |rule| rule.name(self.lang == "en").to_owned())
    }

    /// An item as pages show it.
    pub fn row(&self, item: Item, standing: Standing, trend: Option<&BTreeMap<String, i64>>) -> Row {
        let decided = self.decided.get(&item.repeat).cloned();
        let department = decided.as_ref().map(|decided| decided.decision.department).or(item.department);
        Row {
            id: item.repeat.to_string(),
            rule: self.rule_name(&item.rule),
            sub_class: view::sub_class_or_code(self.app, self.lang, &item.sub_class),
            area: view::area(self.app, &item.street, &item.community),
            rise: item.rise(),
            standing,
            department: view::department(self.departments, self.lang, department),
            decided,
            trend: view::trend(trend, self.month),
            item,
        }
    }
}

/// The rules by which a list was frozen.
pub fn rules_of(review: &Review) -> Vec<Rule> {
    serde_json::from_str(&review.rules).unwrap_or_default()
}

/// `GET /repeats/months/{month}`.
///
/// # Errors
/// [`Error::NotFound`] for a month without a list; when the database fails.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let month = month(&text)?;
    let actor = visit.actor()?.clone();
    let filter = asked.filter();
    let wanted = filter.clone();
    let read = app.db.read(move |tx| async move {
        let review = store::find_review(&tx, month).await?.ok_or(Error::NotFound)?;
        let items = store::items(&tx, month, &wanted, PAGE + 1).await?;
        let ids: Vec<Id> = items.iter().map(|(item, _)| item.repeat).collect();
        let trends = store::trends(&tx, &ids, view::trend_begins(month)).await?;
        let decided = store::decisions_of_month(&tx, month).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let choices = store::choices(&tx, month).await?;
        Ok::<_, Error>((review, items, trends, decided, departments, choices))
    });
    let (review, items, trends, decided, departments, (streets, classes)) = read.await?;
    let lang = visit.lang;
    let decided: HashMap<Id, Decided> = decided.into_iter().map(|one| (one.repeat, one)).collect();
    let page = Page::cut(items, |(item, _)| store::item_key(item, filter.order));
    let rules = rules_of(&review);
    let drawing = Drawing { app: &app, lang, month, departments: &departments, decided: &decided, rules: &rules };
    let rows: Vec<Row> = page
        .rows
        .into_iter()
        .map(|(item, standing)| {
            let trend = trends.get(&item.repeat);
            drawing.row(item, standing, trend)
        })
        .collect();
    let path = format!("/repeats/months/{month}");
    let sorts: Vec<_> = Order::ALL
        .into_iter()
        .map(|(order, word)| {
            let href = asked
                .address(&path, |asked| asked.sort = if word == "urgency" { String::new() } else { word.to_owned() });
            context! { word, href, current => order == filter.order }
        })
        .collect();
    let grid = app.grid();
    let streets: Vec<Choice> = streets
        .into_iter()
        .map(|code| {
            let name = grid.area(crate::grid::area::Level::Street, &code).map(|area| area.name.clone());
            Choice { label: name.unwrap_or_else(|| code.clone()), value: code }
        })
        .collect();
    let classes: Vec<Choice> = classes
        .into_iter()
        .map(|word| Choice { label: view::sub_class_or_code(&app, lang, &word), value: word })
        .collect();
    let states: Vec<Choice> = repeat::State::ALL
        .iter()
        .map(|state| Choice {
            value: state.word().to_owned(),
            label: view::say(&app, &visit, &format!("repeats-state-{}", state.word()), &[]),
        })
        .collect();
    let departments: Vec<Choice> = departments
        .iter()
        .filter(|one| one.is_active)
        .map(|one| Choice { value: one.id.to_string(), label: one.name(lang).to_owned() })
        .collect();
    let rules: Vec<String> = rules.iter().map(|rule| view::rule_sentence(&app, &visit, rule)).collect();
    let context = context! {
        month => month.to_string(),
        before => month.before().to_string(),
        review => Serde(&review), closed_at => review.closed.map(|(at, _)| at.0), rows => Serde(rows), rules, sorts,
        decided => decided.len(),
        streets => Serde(streets), classes => Serde(classes), states => Serde(states), departments => Serde(departments),
        asked => Serde(&asked),
        older => page.next.map(|next| asked.address(&path, |asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address(&path, |_| {}) },
        may_review => actor.may(Act::ReviewRepeats),
        is_filtered => filter.street.is_some() || filter.sub_class.is_some() || filter.department.is_some()
            || filter.state.is_some(),
    };
    Ok(app.page(&visit, "repeats/month.html", context)?.into_response())
}

/// A file to download.
pub fn download(name: &str, media: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, [(header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

/// `GET /repeats/months/{month}/list.csv`: the list as it was frozen, with what was decided.
///
/// # Errors
/// [`Error::NotFound`] for a month without a list; when the database fails.
pub async fn csv(State(app): State<App>, visit: Visit, Path(text): Path<String>) -> Result<Response, Error> {
    let month = month(&text)?;
    let read = app.db.read(move |tx| async move {
        let review = store::find_review(&tx, month).await?.ok_or(Error::NotFound)?;
        let items = store::items(&tx, month, &ItemFilter::default(), MOST_ITEMS).await?;
        let decided = store::decisions_of_month(&tx, month).await?;
        let departments = crate::people::store::departments(&tx).await?;
        Ok::<_, Error>((review, items, decided, departments))
    });
    let (review, items, decided, departments) = read.await?;
    let decided: HashMap<Id, Decided> = decided.into_iter().map(|one| (one.repeat, one)).collect();
    let rules = rules_of(&review);
    let drawing =
        Drawing { app: &app, lang: visit.lang, month, departments: &departments, decided: &decided, rules: &rules };
    let say = |key: &str| view::say(&app, &visit, key, &[]);
    // The mark by which spreadsheets know the writing.
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    let heads = [
        "repeats-position",
        "repeats-number",
        "repeats-name",
        "repeats-rule",
        "repeats-rule-version",
        "repeats-sub-class",
        "repeats-area",
        "repeats-address",
        "repeats-count-month",
        "repeats-count-before",
        "repeats-count-total",
        "repeats-returns",
        "repeats-state-then",
        "repeats-department",
        "repeats-measure",
        "repeats-decision",
        "repeats-due",
    ];
    csv.write_record(heads.map(say)).map_err(broken)?;
    for (item, standing) in items {
        let row = drawing.row(item, standing, None);
        let decision = row.decided.as_ref().map(|decided| &decided.decision);
        let item = &row.item;
        csv.write_record([
            item.position.to_string(),
            item.number.clone(),
            item.title.clone(),
            row.rule.clone(),
            item.rule_version.to_string(),
            row.sub_class.clone(),
            row.area.clone(),
            item.address.clone(),
            item.count.to_string(),
            item.before.to_string(),
            item.total.to_string(),
            item.returns.to_string(),
            say(&format!("repeats-state-{}", item.state.word())),
            row.department.clone(),
            decision.map(|one| say(&format!("repeats-measure-{}", one.measure.word()))).unwrap_or_default(),
            decision.map(|one| one.words.clone()).unwrap_or_default(),
            decision.map(|one| one.due_on.to_string()).unwrap_or_default(),
        ])
        .map_err(broken)?;
    }
    let bytes = csv.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(download(&format!("repeats-{month}.csv"), "text/csv; charset=utf-8", bytes))
}
