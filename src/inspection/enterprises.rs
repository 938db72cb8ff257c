//! The register of enterprises: list, page, form, the printed code, closing and merging. All who see the room see every
//! enterprise; which of its checks they see, their own scope says.

use super::check::CheckStage;
use super::enterprise::{CONTACT, Enterprise, Kind, NAME, PHONE, Particulars, Place, State};
use super::reading::COLUMNS;
use super::store::{self, EnterpriseFilter, Scope, Show};
use super::{Why, show};
use crate::app::App;
use crate::enforcement;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::kit::paging;
use crate::kit::sealing::Unreadable;
use crate::kit::sheets::Csv;
use crate::papers::issuing;
use crate::papers::paper::grouped;
use crate::people::act::Act as May;
use crate::people::doors::Visit;
use crate::reports::place;
use crate::reports::report::Said;
use axum::extract::{Form, Path, Query, State as Held};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How many cases near an enterprise are shown.
const MOST_NEAR: usize = 8;
/// How far back they are looked for, in milliseconds.
const NEAR_SINCE: i64 = 365 * 24 * 3_600_000;
/// The most rows of a file.
const MOST_IN_FILE: usize = 20_000;

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    kind: String,
    street: String,
    q: String,
    after: String,
}

impl Asked {
    fn filter(&self) -> EnterpriseFilter {
        EnterpriseFilter {
            state: if self.state == "all" { None } else { Some(State::parse(&self.state).unwrap_or(State::Open)) },
            kind: Kind::parse(&self.kind),
            street: self.street.trim().to_owned(),
            text: self.q.trim().to_owned(),
            after: self.after.parse().ok(),
            most: None,
        }
    }

    fn address(&self, path: &str, change: impl Fn(&mut Asked)) -> String {
        let mut asked = Asked { after: String::new(), ..self.clone() };
        change(&mut asked);
        let fields = [
            ("state", &asked.state),
            ("kind", &asked.kind),
            ("street", &asked.street),
            ("q", &asked.q),
            ("after", &asked.after),
        ];
        paging::address(path, &fields)
    }
}

/// `GET /enterprises`.
///
/// # Errors
/// When the database fails.
pub async fn list(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let filter = asked.filter();
    let wanted = filter.clone();
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::enterprises(&tx, &wanted).await?, store::enterprise_counts(&tx).await?))
    });
    let (page, counts) = read.await.map_err(Error::Db)?;
    let streets = place::streets(&app);
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let said = |key: &'static str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    let rows = page.rows.iter().map(|one| row(one, &streets, &said)).collect::<Vec<_>>();
    let chip = |word: &'static str| {
        let count = match word {
            "all" => counts.values().sum::<i64>(),
            word => counts.get(if word.is_empty() { "open" } else { word }).copied().unwrap_or_default(),
        };
        let href = asked.address("/enterprises", |asked| word.clone_into(&mut asked.state));
        let current = asked.state == word || (word.is_empty() && asked.state == "open");
        context! { label => say(&format!("inspection-state-{}", if word.is_empty() { "open" } else { word })), count, href, current }
    };
    let html = context! {
        rows,
        chips => ["", "closed", "merged", "all"].map(chip).to_vec(),
        kinds => Serde(choices(&say)),
        streets => streets.iter().map(|(code, name)| context! { value => code, label => name }).collect::<Vec<_>>(),
        asked => Serde(&asked),
        file => asked.address("/enterprises/list.csv", |_| {}),
        older => page.next.map(|next| asked.address("/enterprises", |asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address("/enterprises", |_| {}) },
        may_keep => actor.may(May::KeepEnterprises), may_import => actor.may(May::ImportEnterprises),
        is_filtered => !filter.text.is_empty() || filter.kind.is_some() || !filter.street.is_empty(),
    };
    Ok(app.page(&visit, "inspection/enterprises.html", html)?.into_response())
}

type Saying<'a> = &'a dyn Fn(&'static str, &[(&str, String)]) -> String;

fn row(one: &Enterprise, streets: &[(String, String)], said: Saying<'_>) -> minijinja::Value {
    let street = streets.iter().find(|(code, _)| *code == one.place.street).map(|(_, name)| name.as_str());
    context! {
        id => one.id.to_string(), name => one.particulars.name.as_str(), credit_code => one.particulars.credit_code.as_str(),
        kind => one.particulars.kind.word(), address => one.particulars.address.as_str(), state => one.state.word(),
        street => street.unwrap_or_default(), contact => one.particulars.contact.or_said(said),
        phone => one.particulars.phone.or_said(said),
    }
}

fn choices(say: &dyn Fn(&str) -> String) -> Vec<Choice> {
    Kind::ALL.iter().map(|kind| Choice::new(kind.word(), say(&format!("inspection-kind-{}", kind.word())))).collect()
}

/// `GET /enterprises/list.csv`.
///
/// # Errors
/// When the database fails.
pub async fn csv(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let filter = EnterpriseFilter { most: Some(MOST_IN_FILE), after: None, ..asked.filter() };
    let page = app.db.read(move |tx| async move { store::enterprises(&tx, &filter).await }).await.map_err(Error::Db)?;
    let streets = place::streets(&app);
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    let head = COLUMNS.iter().map(|column| say(format!("inspection-column-{column}"))).collect::<Vec<_>>();
    // A file that is brought back must not write a sentence over what cannot be read.
    for one in page.rows.iter().flat_map(|one| [&one.particulars.contact, &one.particulars.phone]) {
        one.read().map_err(Unreadable::refusal)?;
    }
    let lines = page.rows.iter().map(|one| {
        let (particulars, lies) = (&one.particulars, &one.place);
        let street = streets.iter().find(|(code, _)| *code == lies.street).map(|(_, name)| name.clone());
        let degrees = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        vec![
            particulars.name.clone(),
            particulars.credit_code.clone(),
            say(format!("inspection-kind-{}", particulars.kind.word())),
            particulars.address.clone(),
            particulars.contact.known().unwrap_or_default().to_owned(),
            particulars.phone.known().unwrap_or_default().to_owned(),
            street.unwrap_or_default(),
            degrees(lies.lon),
            degrees(lies.lat),
        ]
    });
    table("enterprises.csv", &head, lines)
}

/// A table as a file for spreadsheets. What would be read as a formula is written as text.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written.
pub fn table(name: &str, head: &[String], lines: impl Iterator<Item = Vec<String>>) -> Result<Response, Error> {
    // The mark by which spreadsheets know the writing.
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    csv.write_record(head).map_err(broken)?;
    for line in lines {
        csv.write_record(line).map_err(broken)?;
    }
    let bytes = csv.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

// ---------- the form ----------

/// `GET /enterprises/new`.
///
/// # Errors
/// When the page cannot be drawn.
pub async fn ask(Held(app): Held<App>, visit: Visit) -> Result<Response, Error> {
    draw_form(&app, &visit, None, None, None)
}

/// `GET /enterprises/{id}/edit`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn edit(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let one = app.db.read(move |tx| async move { store::load_enterprise(&tx, id).await }).await?;
    draw_form(&app, &visit, Some(&one), None, None)
}

fn form(one: Option<&Enterprise>, app: &App, say: &dyn Fn(&str) -> String) -> Vec<Field> {
    let streets = place::streets(app).into_iter().map(|(code, name)| Choice::new(code, name)).collect();
    let given = |field: Field, value: Option<String>| match value.filter(|value| !value.is_empty()) {
        Some(value) => field.given(value),
        None => field,
    };
    let of = |read: fn(&Enterprise) -> &str| one.map(|one| read(one).to_owned());
    vec![
        given(Field::new("name", "inspection-column-name", Ask::Line(NAME)), of(|one| &one.particulars.name)),
        given(
            Field::new("credit_code", "inspection-column-credit_code", Ask::Line(30))
                .optional()
                .hint("inspection-hint-credit-code"),
            of(|one| &one.particulars.credit_code),
        ),
        given(
            Field::new("kind", "inspection-column-kind", Ask::One(choices(say))),
            of(|one| one.particulars.kind.word()),
        ),
        given(
            Field::new("street", "inspection-column-street", Ask::One(streets))
                .optional()
                .hint("inspection-hint-street"),
            of(|one| &one.place.street),
        ),
        given(
            Field::new("contact", "inspection-column-contact", Ask::Line(CONTACT)).optional(),
            of(|one| one.particulars.contact.known().unwrap_or_default()),
        ),
        given(
            Field::new("phone", "inspection-column-phone", Ask::Line(PHONE)).optional(),
            of(|one| one.particulars.phone.known().unwrap_or_default()),
        ),
    ]
}

/// What is wrong, for the summary over a form whose fields end in `form`.
pub fn errors(app: &App, visit: &Visit, refusal: Option<&Refusal>, form: &str) -> Vec<minijinja::Value> {
    let one = refusal.map(|refusal| {
        let field = match (refusal.field.unwrap_or("main"), form) {
            (field @ ("place" | "address" | "cell"), _) | (field, "") => field.to_owned(),
            (field, form) => format!("{field}-{form}"),
        };
        context! { field, message => app.pages.say(visit.lang, refusal.key, &refusal.args) }
    });
    one.into_iter().collect()
}

fn draw_form(
    app: &App,
    visit: &Visit,
    one: Option<&Enterprise>,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let told =
        refusal.map(|refusal| (refusal.field.unwrap_or("name"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = told.as_ref().map(|(field, text)| (*field, text.as_str()));
    let text = |name: &str| typed.map(|typed| typed.text(name).to_owned());
    let degrees = |value: Option<f64>| value.map(|value| value.to_string());
    let lies = one.map(|one| &one.place);
    let html = context! {
        action => one.map_or_else(|| "/enterprises/new".to_owned(), |one| format!("/enterprises/{}/edit", one.id)),
        id => one.map(|one| one.id.to_string()), name => one.map(|one| one.particulars.name.as_str()),
        revision => one.map(|one| one.revision),
        fields => fields::draw(&form(one, app, &say), "enterprise", typed, beside, &say),
        errors => errors(app, visit, refusal, "enterprise"),
        lon => text("lon").or_else(|| degrees(lies.and_then(|lies| lies.lon))),
        lat => text("lat").or_else(|| degrees(lies.and_then(|lies| lies.lat))),
        address => text("address").or_else(|| one.map(|one| one.particulars.address.clone())),
        place_error => beside.filter(|(field, _)| matches!(*field, "place" | "address" | "cell" | "lon")).map(|(_, text)| text),
        centre_lon => app.base_map.centre.map(|(lon, _)| lon), centre_lat => app.base_map.centre.map(|(_, lat)| lat),
        key => text("key").filter(|key| !key.is_empty()).unwrap_or_else(id::secret),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/enterprise_form.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// Where an enterprise lies: by its point, or by the street that was chosen.
///
/// # Errors
/// `inspection-refusal-position-strange`, `report-outside-city`.
pub fn located(app: &App, lon: &str, lat: &str, system: &str, address: &str, street: &str) -> Result<Place, Refusal> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let point = number(lon).zip(number(lat));
    if point.is_none() && !(lon.is_empty() && lat.is_empty()) {
        return Err(Why::PositionStrange.refuse().on("place"));
    }
    let said = Said { point, system: system.to_owned(), address: address.to_owned(), ..Said::default() };
    let found = place::locate(app, &said)?;
    let known = place::streets(app).into_iter().any(|(code, _)| code == street);
    let chosen = if known { street.to_owned() } else { String::new() };
    Ok(Place {
        lon: found.lon.map(place::rounded),
        lat: found.lat.map(place::rounded),
        cell: found.cell,
        community: found.community,
        street: if found.street.is_empty() { chosen } else { found.street },
    })
}

fn read(app: &App, typed: &Typed) -> Result<(Particulars, Place), Refusal> {
    let particulars = Particulars::read(typed)?;
    let lies = located(
        app,
        typed.text("lon"),
        typed.text("lat"),
        typed.text("coordinates"),
        &particulars.address,
        typed.text("street"),
    )?;
    Ok((particulars, lies))
}

/// What a fact keeps of an enterprise: not the telephone of whoever works there.
pub fn body(one: &Enterprise) -> serde_json::Value {
    json!({
        "name": one.particulars.name, "credit_code": one.particulars.credit_code, "kind": one.particulars.kind.word(),
        "address": one.particulars.address, "state": one.state.word(),
    })
}

async fn is_free(tx: &Tx, code: &str, but: Option<Id>) -> Result<(), Error> {
    if code.is_empty() {
        return Ok(());
    }
    match store::enterprise_of_credit_code(tx, code).await? {
        Some(other) if Some(other.id) != but => {
            Err(Why::CreditCodeTaken.refuse().with("name", &other.particulars.name).on("credit_code").into())
        }
        _ => Ok(()),
    }
}

/// `POST /enterprises/new`.
///
/// # Errors
/// When the database fails. Refusals are drawn.
pub async fn write(
    Held(app): Held<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let by = visit.actor()?.account;
    let now = app.clock.now();
    let form = typed.mark(&visit.path);
    let made = match read(&app, &typed) {
        Err(refusal) => Err(refusal.into()),
        Ok((particulars, lies)) => {
            app.db
                .write(move |tx| {
                    let (particulars, lies, form) = (particulars.clone(), lies.clone(), form.clone());
                    async move {
                        if let Some(made) = crate::timeline::store::made_of(&tx, "enterprise_added", by, &form).await? {
                            return Ok(made);
                        }
                        is_free(&tx, &particulars.credit_code, None).await?;
                        let one = Enterprise {
                            id: id::fresh(),
                            code: id::tracking_code(),
                            particulars,
                            place: lies,
                            state: State::Open,
                            merged_into: None,
                            closed_why: String::new(),
                            author: Some(by),
                            added_at: now,
                            revision: 1,
                        };
                        store::add_enterprise(&tx, &one).await?;
                        let mut body = body(&one);
                        body["form"] = form.into();
                        store::record_enterprise(&tx, one.id, "added", Some(by), now, body).await?;
                        Ok::<_, Error>(one.id)
                    }
                })
                .await
        }
    };
    match made {
        Ok(id) => {
            app.tell(store::ENTERPRISE, id);
            Ok(Redirect::to(&format!("/enterprises/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw_form(&app, &visit, None, Some(&typed), Some(&refusal)),
        Err(error) => Err(error),
    }
}

/// `POST /enterprises/{id}/edit`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails. Refusals are drawn.
pub async fn change(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let by = visit.actor()?.account;
    let now = app.clock.now();
    let seen = typed.text("revision").parse::<i64>().ok();
    let changed = match read(&app, &typed) {
        Err(refusal) => Err(refusal.into()),
        Ok((particulars, lies)) => {
            app.db
                .write(move |tx| {
                    let (particulars, lies) = (particulars.clone(), lies.clone());
                    async move {
                        let known = store::load_enterprise(&tx, id).await?;
                        if seen.is_some_and(|seen| seen != known.revision) {
                            return Err(Why::MovedOn.refuse().into());
                        }
                        is_free(&tx, &particulars.credit_code, Some(id)).await?;
                        let before = known.revision;
                        let mut particulars = particulars;
                        particulars.contact = particulars.contact.over(&known.particulars.contact);
                        particulars.phone = particulars.phone.over(&known.particulars.phone);
                        let after = Enterprise { particulars, place: lies, revision: before + 1, ..known };
                        store::save_enterprise(&tx, &after, before).await?;
                        store::record_enterprise(&tx, id, "changed", Some(by), now, body(&after)).await?;
                        Ok::<_, Error>(())
                    }
                })
                .await
        }
    };
    match changed {
        Ok(()) => {
            app.tell(store::ENTERPRISE, id);
            Ok(Redirect::to(&format!("/enterprises/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let one = app.db.read(move |tx| async move { store::load_enterprise(&tx, id).await }).await?;
            draw_form(&app, &visit, Some(&one), Some(&typed), Some(&refusal))
        }
        Err(error) => Err(error),
    }
}

// ---------- closing ----------

/// `POST /enterprises/{id}/close`: it has closed, or was written down twice and is part of another.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails. Refusals are drawn.
pub async fn close(
    Held(app): Held<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let (into, why) = (typed.text("into").to_owned(), typed.text("why").to_owned());
    let closed = app.db.write(move |tx| {
        let (into, why) = (into.clone(), why.clone());
        async move {
            let known = store::load_enterprise(&tx, id).await?;
            let into = match into.as_str() {
                "" => None,
                told => Some(other(&tx, told).await?),
            };
            let after = known.close(into, &why, store::open_checks(&tx, id).await?)?;
            store::save_enterprise(&tx, &after, known.revision).await?;
            if let Some(into) = into {
                store::give_checks(&tx, id, into).await?;
            }
            let mut body = body(&after);
            body["words"] = why.into();
            if let Some(into) = into {
                body["into"] = into.to_string().into();
            }
            let kind = if into.is_some() { "merged" } else { "closed" };
            store::record_enterprise(&tx, id, kind, Some(by), now, body).await?;
            Ok::<_, Error>(())
        }
    });
    answered(&app, &visit, &headers, id, closed.await, Some(&typed)).await
}

/// The open enterprise that a credit code, a page's address or an identifier names.
async fn other(tx: &Tx, told: &str) -> Result<Id, Error> {
    let code = super::credit_code::normal(told);
    let missing = || Refusal::new("inspection-enterprise-unknown").on("into");
    let found = match store::enterprise_of_credit_code(tx, &code).await? {
        Some(found) => found,
        None => {
            let id = told.rsplit('/').next().and_then(|id| id.trim().parse::<Id>().ok()).ok_or_else(missing)?;
            match store::load_enterprise(tx, id).await {
                Err(Error::NotFound) => return Err(missing().into()),
                found => found?,
            }
        }
    };
    if found.state != State::Open {
        return Err(Why::EnterpriseClosed.refuse().on("into").into());
    }
    Ok(found.id)
}

/// `POST /enterprises/{id}/reopen`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails. Refusals are drawn.
pub async fn reopen(
    Held(app): Held<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let opened = app.db.write(move |tx| async move {
        let known = store::load_enterprise(&tx, id).await?;
        let after = known.reopen()?;
        is_free(&tx, &after.particulars.credit_code, Some(id)).await?;
        store::save_enterprise(&tx, &after, known.revision).await?;
        store::record_enterprise(&tx, id, "reopened", Some(by), now, body(&after)).await?;
        Ok::<_, Error>(())
    });
    answered(&app, &visit, &headers, id, opened.await, None).await
}

async fn answered(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    id: Id,
    outcome: Result<(), Error>,
    typed: Option<&Typed>,
) -> Result<Response, Error> {
    match outcome {
        Ok(()) => {
            app.tell(store::ENTERPRISE, id);
            Ok(Redirect::to(&format!("/enterprises/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(app, visit, headers, id, typed, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

// ---------- the page ----------

/// `GET /enterprises/{id}`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn show(
    Held(app): Held<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    draw(&app, &visit, &headers, id, None, None).await
}

/// The address by which officers enter, as it is printed in the square code.
fn entry_address(app: &App, headers: &HeaderMap, code: &str) -> String {
    format!("{}/enter/{code}", issuing::address(app, headers))
}

#[derive(Serialize)]
struct Cap {
    name: String,
    entered: u32,
    open: u32,
    most: u32,
    state: &'static str,
}

async fn draw(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    id: Id,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let person = actor.clone();
    let read = app.db.read(move |tx| async move {
        let one = store::load_enterprise(&tx, id).await?;
        let merged = match one.merged_into {
            Some(into) => Some(store::load_enterprise(&tx, into).await?),
            None => None,
        };
        let counted = store::counted(&tx, id, today.year(), None).await?;
        let filter = store::Filter { show: Show::All, enterprise: Some(id), ..store::Filter::default() };
        let checks = store::list(&tx, Scope::of(&person), &filter, today).await?.rows;
        let near = match one.place.lon.zip(one.place.lat) {
            Some(point) => store::cases_near(&tx, point, now.plus(-NEAR_SINCE), MOST_NEAR).await?,
            None => Vec::new(),
        };
        let penalties = match enforcement::store::Scope::of(&person) {
            Ok(scope) if person.may(May::SeePenaltyCases) => {
                let name = one.particulars.name.as_str();
                let wanted = enforcement::store::Filter { words: name.to_owned(), ..Default::default() };
                let found = enforcement::store::list(&tx, &scope, &wanted).await?.rows;
                // Words are looked for in several places; the party is meant.
                let own =
                    found.into_iter().filter(|held| held.case.party.as_ref().is_some_and(|party| party.name == name));
                own.collect()
            }
            _ => Vec::new(),
        };
        Ok::<_, Error>((one, merged, counted, checks, near, penalties))
    });
    let (one, merged, (entered, taken), checks, near, penalties) = read.await?;
    let is_chinese = visit.lang == crate::kit::words::LANGUAGES[0];
    let caps = app.inspection.published(today).map(|item| {
        let done = entered.get(&item.id).copied().unwrap_or_default();
        let open = taken.get(&item.id).copied().unwrap_or_default().saturating_sub(done);
        let state = match () {
            () if done >= item.most_a_year => "full",
            () if done + open >= item.most_a_year => "planned",
            () => "free",
        };
        let name = if is_chinese { item.name.zh.clone() } else { item.name.en.clone() };
        Cap { name, entered: done, open, most: item.most_a_year, state }
    });
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let streets = place::streets(app);
    let told =
        refusal.map(|refusal| (refusal.field.unwrap_or("why"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = told.as_ref().map(|(field, text)| (*field, text.as_str()));
    let closing = [
        Field::new("why", "inspection-close-why", Ask::Text(500)),
        Field::new("into", "inspection-close-into", Ask::Line(200)).optional().hint("inspection-close-into-hint"),
    ];
    let address = entry_address(app, headers, &one.code);
    let said = |key: &'static str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    let html = context! {
        enterprise => row(&one, &streets, &said),
        lon => one.place.lon, lat => one.place.lat, cell => one.place.cell.as_str(), closed_why => one.closed_why.as_str(),
        merged => merged.as_ref().map(|other| context! { id => other.id.to_string(), name => other.particulars.name.as_str() }),
        caps => Serde(caps.collect::<Vec<_>>()), year => today.year(),
        checks => checks.iter().map(|kept| show::line(app, visit.lang, kept, now)).collect::<Vec<_>>(),
        near => Serde(near), metres => store::NEAR, may_see_cases => actor.may(May::SeeDesk),
        penalties => penalties.iter().map(|held| context! {
            id => held.case.id.to_string(), number => held.number.as_str(), stage => held.case.stage.word(), at => held.case.clue_at.0,
        }).collect::<Vec<_>>(),
        may_see_penalties => actor.may(May::SeePenaltyCases),
        code => grouped(&one.code), address => address.as_str(), qr => show::square(&address)?,
        may_keep => actor.may(May::KeepEnterprises), may_plan => actor.may(May::PlanChecks),
        closing => fields::draw(&closing, "close", typed, beside, &say),
        is_closing => refusal.is_some(),
        errors => errors(app, visit, refusal, "close"),
        open_checks => checks.iter().filter(|kept| !kept.check.stage.is_over()).count(),
        done => checks.iter().filter(|kept| kept.check.stage == CheckStage::Finished).count(),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/enterprise.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `GET /enterprises/{id}/code`: the square code on a sheet of A6, to be put up at the door.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn code(
    Held(app): Held<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    let one = app.db.read(move |tx| async move { store::load_enterprise(&tx, id).await }).await?;
    let address = entry_address(&app, &headers, &one.code);
    let html = context! {
        id => id.to_string(), name => one.particulars.name.as_str(), credit_code => one.particulars.credit_code.as_str(),
        code => grouped(&one.code), qr => show::square(&address)?, phones => Serde(show::phones(&app, visit.lang)),
        organ => show::organ(&app, visit.lang), is_open => one.state == State::Open,
    };
    Ok(app.page(&visit, "inspection/code.html", html)?.into_response())
}
