//! The log of prevention (防违日志): visits in which the rules are explained (宣讲), neighbours who are told, people who are
//! persuaded; to a street, or about a building.

use super::forms::{ADDRESS, MOST_WORDS, choices_of};
use super::store::{self, Scope, Visited};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::kit::words::enum_of_words;
use crate::people::act::Act;
use crate::people::actor::Actor;
use crate::people::doors::Visit as Coming;
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, Time};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

enum_of_words! {
    /// What a visit was for.
    VisitKind {
        /// 宣讲.
        Talk = "talk",
        /// 告知邻里.
        Neighbours = "neighbours",
        /// 劝阻.
        Persuade = "persuade",
        /// 巡查.
        Patrol = "patrol",
    }
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The building that it was about; none for a visit to a street.
    pub building: Option<Id>,
    /// What for.
    pub kind: VisitKind,
    /// When it was made.
    pub at: Moment,
    /// Its civil day.
    pub on: Date,
    /// The street's code; empty where nobody knows.
    pub street: String,
    /// Where, in words.
    pub address: String,
    /// How many households or people were told.
    pub told: i64,
    /// What was said.
    pub words: String,
    /// Who made it.
    pub author: Option<Id>,
    /// Their unit.
    pub department: Option<Id>,
}

impl Visit {
    /// A visit to a street as it was typed: on that day, or a day before.
    ///
    /// # Errors
    /// `form-…`, `construction-refusal-date-in-future`, each on its field.
    pub fn read(typed: &Typed, actor: &Actor, streets: &[(String, String)], app: &App) -> Result<Visit, Refusal> {
        let now = app.clock.now();
        let (on, today) = (typed.day("on")?, app.calendar.date_of(now));
        if on > today {
            return Err(super::Why::DateInFuture.refuse().with("day", on).on("on"));
        }
        let street = typed.text("street");
        let street = streets.iter().find(|(code, _)| code == street).map(|(code, _)| code.clone());
        Ok(Visit {
            building: None,
            kind: typed.choice("visit", VisitKind::parse)?,
            at: if on == today { now } else { app.calendar.moment(on, Time::constant(12, 0, 0, 0)) },
            on,
            street: street.ok_or_else(|| Refusal::new("form-choose").on("street"))?,
            address: typed.words("address", ADDRESS)?,
            told: if typed.text("told").is_empty() { 0 } else { typed.count("told", 0, 9999)? },
            words: typed.needed("words", MOST_WORDS)?,
            author: Some(actor.account),
            department: actor.department,
        })
    }
}

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    street: String,
    after: String,
}

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    on: String,
    street: String,
    address: String,
    told: i64,
    words: String,
    author: String,
    building: Option<String>,
    number: String,
}

/// `GET /buildings/visits`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Coming, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, asked, None, None).await
}

/// `POST /buildings/visits`.
///
/// # Errors
/// When the database fails. Refusals are drawn.
pub async fn write(
    State(app): State<App>,
    visit: Coming,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    match Visit::read(&typed, visit.actor()?, &crate::reports::place::streets(&app), &app) {
        Err(refusal) => draw(&app, &visit, Asked::default(), Some(typed), Some(refusal)).await,
        Ok(made) => {
            let form = Some(typed.text("key").to_owned()).filter(|key| !key.is_empty());
            let kept = app.db.write(move |tx| {
                let (made, form) = (made.clone(), form.clone());
                async move { store::add_visit(&tx, &made, form.as_deref()).await }
            });
            kept.await.map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
            Ok(Redirect::to("/buildings/visits").into_response())
        }
    }
}

async fn draw(
    app: &App,
    visit: &Coming,
    asked: Asked,
    typed: Option<Typed>,
    refusal: Option<Refusal>,
) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (scope, wanted) = (Scope::of(&actor), asked.clone());
    let today = app.calendar.date_of(app.clock.now());
    let read = app.db.read(move |tx| async move {
        let after = wanted.after.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        let page = store::visits(&tx, scope, &wanted.street, after).await?;
        Ok::<_, Error>((page, store::visit_sums(&tx, scope, today.year()).await?))
    });
    let (page, (count, told)) = read.await?;
    let streets = crate::reports::place::streets(app);
    let name = |code: &str| {
        streets.iter().find(|(own, _)| own == code).map_or_else(|| code.to_owned(), |(_, name)| name.clone())
    };
    let rows: Vec<Row> = page.rows.iter().map(|one| row(one, &name)).collect();
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let problem = refusal
        .as_ref()
        .map(|refusal| (refusal.field.unwrap_or("visit"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = problem.as_ref().map(|(field, text)| (*field, text.as_str()));
    let form = form(&streets, today, &say);
    let key = typed.as_ref().map(|typed| typed.text("key").to_owned()).filter(|key| !key.is_empty());
    let options: Vec<_> = streets.iter().map(|(code, name)| context! { value => code, label => name }).collect();
    let more = |after: &str| {
        let pairs = [("street", asked.street.as_str()), ("after", after)];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/buildings/visits?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    };
    let html = context! {
        rows => Serde(rows), count, told, year => today.year(), streets => options, street => asked.street.as_str(),
        older => page.next.as_deref().map(more).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { more("") },
        may_record => actor.may(Act::RecordBuildings),
        fields => fields::draw(&form, "new", typed.as_ref(), beside, &say),
        errors => problem.iter().map(|(field, message)| context! { field => format!("{field}-new"), message }).collect::<Vec<_>>(),
        key => key.unwrap_or_else(id::secret),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "construction/visits.html", html)?;
    // The form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

fn row(one: &Visited, street: &dyn Fn(&str) -> String) -> Row {
    let visit = &one.visit;
    Row {
        kind: visit.kind.word(),
        on: visit.on.to_string(),
        street: street(&visit.street),
        address: visit.address.clone(),
        told: visit.told,
        words: visit.words.clone(),
        author: one.author.clone(),
        building: visit.building.map(|id| id.to_string()),
        number: one.number.clone(),
    }
}

fn form(streets: &[(String, String)], today: Date, say: &dyn Fn(&str) -> String) -> Vec<Field> {
    let kinds = choices_of(say, "visit", &VisitKind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>());
    let streets = streets.iter().map(|(code, name)| Choice::new(code, name)).collect();
    vec![
        Field::new("visit", "construction-field-visit", Ask::Radio(kinds)).given(VisitKind::Talk.word()),
        Field::new("on", "construction-field-visit-on", Ask::Day).given(today),
        Field::new("street", "construction-field-street", Ask::One(streets)),
        Field::new("address", "construction-field-where", Ask::Line(ADDRESS)).optional(),
        Field::new("told", "construction-field-told", Ask::Count(0, 9999)).optional(),
        Field::new("words", "construction-field-visit-words", Ask::Text(MOST_WORDS)),
    ]
}
