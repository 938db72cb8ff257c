//! An unlawful building is found (发现): by patrol, by a report, by a picture, or handed over by another department. Its place is
//! looked up in the ground, its photographs are kept, its unit is told.

use super::chain::{Building, Source};
use super::forms::{self, ADDRESS, MOST_WORDS, choices_of};
use super::store::{self, Kept, Place};
use super::{Why, telling};
use crate::app::App;
use crate::cases;
use crate::files::store::{Belongs, Waiting};
use crate::files::{self, TakenIn};
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::people;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::reports::photos::{self, waiting_shown};
use crate::reports::place;
use crate::reports::report::Said;
use crate::reports::submit::read_form;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    case: String,
}

/// The form as it is drawn.
struct Paper {
    case: Option<Id>,
    typed: Option<Typed>,
    problem: Option<Refusal>,
    kept: Vec<Waiting>,
    key: String,
}

/// `GET /buildings/new`, of a case when one is named.
///
/// # Errors
/// [`Error::NotFound`] for a case that does not exist for the actor; when the database fails.
pub async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let case = asked.case.parse().ok();
    draw(&app, &visit, Paper { case, typed: None, problem: None, kept: Vec::new(), key: id::secret() }).await
}

/// `POST /buildings/new`.
///
/// # Errors
/// [`Error::NotFound`] for a case that does not exist for the actor; when the database fails. Refusals are drawn.
pub async fn write(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let sent = read_form(&app, request).await?;
    let typed = sent.form();
    let key = Some(sent.text("key")).filter(|key| !key.is_empty()).unwrap_or_else(id::secret);
    let album = photos::open(&app, sent, &key).await?;
    let case = typed.text("case").parse().ok();
    let (actor, has_waited) = (visit.actor()?.clone(), album.has_waited);
    let outcome = match album.whole(&app).await {
        Ok(taken) => kept(&app, actor, case, &typed, taken, &key, has_waited).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok((id, waited)) => {
            photos::clear(&app, waited).await;
            app.tell(store::SUBJECT, id);
            case.into_iter().for_each(|case| app.tell("case", case));
            Ok(Redirect::to(&format!("/buildings/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let kept = album.wait(&app, &key).await?;
            draw(&app, &visit, Paper { case, typed: Some(typed), problem: Some(refusal), kept, key }).await
        }
        Err(error) => Err(error),
    }
}

async fn kept(
    app: &App,
    actor: Actor,
    case: Option<Id>,
    typed: &Typed,
    taken: Vec<TakenIn>,
    key: &str,
    has_waited: bool,
) -> Result<(Id, Vec<TakenIn>), Error> {
    let (held, typed, key) = (app.clone(), typed.clone(), key.to_owned());
    let job = move |tx: Tx| {
        let (held, typed, actor) = (held.clone(), typed.clone(), actor.clone());
        let (taken, key) = (taken.clone(), key.clone());
        async move {
            if let Some(made) = crate::timeline::store::made_of(&tx, "building_found", actor.account, &key).await? {
                return Ok((made, Vec::new()));
            }
            let units = people::store::enforcing_units(&tx).await?;
            let found = understood(&held, &tx, &actor, case, &typed, &units).await?;
            // The serial holds back whoever sent the same form at the same moment; what they made meanwhile can be seen only
            // now.
            if let Some(made) = crate::timeline::store::made_of(&tx, "building_found", actor.account, &key).await? {
                return Ok((made, Vec::new()));
            }
            let id = begun(&held, &tx, found, &taken, &key).await?;
            Ok((id, if has_waited { files::store::forget_waiting(&tx, &key).await? } else { Vec::new() }))
        }
    };
    app.db.write(job).await
}

async fn begun(app: &App, tx: &Tx, kept: Kept, taken: &[TakenIn], key: &str) -> Result<Id, Error> {
    let (id, now) = (kept.building.id, kept.building.found_at);
    store::add(tx, &kept, &app.law()).await?;
    let belongs =
        Belongs { subject: store::SUBJECT, subject_id: id, purpose: "before", is_public: false, author: kept.author };
    let photos = files::store::record_all(tx, taken, belongs, now).await?;
    store::record_found(tx, &kept, &photos, key).await?;
    if let Some(case) = kept.case {
        store::tell_case(tx, case, kept.author, now, &kept.number).await?;
    }
    telling::tell_found(tx, app, &kept, now).await?;
    Ok(id)
}

/// What was typed, as a building. A case's place is the case's own; any other place is looked up in the ground.
async fn understood(
    app: &App,
    tx: &Tx,
    actor: &Actor,
    case: Option<Id>,
    typed: &Typed,
    units: &[people::department::Department],
) -> Result<Kept, Error> {
    let source = forms::read_source(typed)?;
    if let Some(case) = case {
        // A case that does not exist for somebody gives nothing away.
        cases::store::load(tx, case, &cases::store::Scope::of(actor)).await?;
    }
    let address = typed.needed("address", ADDRESS)?;
    let place = located(app, typed, &address)?;
    let particulars = forms::read_particulars(typed, address, place.street.clone())?;
    let unit = typed.text("unit");
    let unit = units.iter().find(|department| department.id.to_string() == unit);
    let unit = unit.ok_or_else(|| Why::UnitMissing.refuse().on("unit"))?.id;
    let words = typed.words("words", MOST_WORDS)?;
    let now = app.clock.now();
    let building = Building::find(id::fresh(), source, particulars, now)?;
    let number = store::number(tx, app.calendar.date_of(now).year()).await?;
    let place = Place { lon: place.lon, lat: place.lat, cell: place.cell, community: place.community };
    Ok(Kept { building, number, place, words, case, department: Some(unit), author: Some(actor.account) })
}

/// Where it stands: by the point on the map, by the unit grid, or by the street that was chosen.
fn located(app: &App, typed: &Typed, address: &str) -> Result<crate::reports::report::Place, Refusal> {
    let number = |field: &str| typed.text(field).parse::<f64>().ok().filter(|number| number.is_finite());
    let said = Said {
        point: number("lon").zip(number("lat")),
        system: typed.text("coordinates").to_owned(),
        address: address.to_owned(),
        cell: typed.text("cell").to_owned(),
    };
    let mut place = place::locate(app, &said)?;
    (place.lon, place.lat) = (place.lon.map(place::rounded), place.lat.map(place::rounded));
    if place.street.is_empty() {
        let street = typed.text("street");
        let known = place::streets(app).into_iter().find(|(code, _)| code == street);
        place.street = known.map(|(code, _)| code).unwrap_or_default();
    }
    if place.lon.is_none() && place.street.is_empty() && !place::streets(app).is_empty() {
        return Err(Why::PlaceMissing.refuse().on("place"));
    }
    Ok(place)
}

async fn draw(app: &App, visit: &Visit, paper: Paper) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (case, person) = (paper.case, actor.clone());
    let read = app.db.read(move |tx| async move {
        let units = people::store::enforcing_units(&tx).await?;
        let Some(case) = case else { return Ok::<_, Error>((units, None, Vec::new())) };
        let found = cases::store::load(&tx, case, &cases::store::Scope::of(&person)).await?.case;
        let filter = store::Filter { show: store::Show::All, case: Some(case), ..store::Filter::default() };
        let known = store::list(&tx, store::Scope::of(&person), &filter, crate::kit::clock::Moment(0)).await?.rows;
        Ok((units, Some(found), known))
    });
    let (units, case, known) = read.await?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let problem = paper
        .problem
        .as_ref()
        .map(|refusal| (refusal.field.unwrap_or("source"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = problem.as_ref().map(|(field, text)| (*field, text.as_str()));
    let typed = paper.typed.as_ref();
    let drawn = |list: &[Field]| fields::draw(list, "new", typed, beside, &say);
    let text = |name: &str| typed.map(|typed| typed.text(name).to_owned());
    let point = case.as_ref().and_then(|case| case.place.lon.zip(case.place.lat));
    let of_point = |of: fn((f64, f64)) -> f64| point.map(|point| of(point).to_string());
    let errors = problem.iter().map(|(field, message)| {
        let field =
            if matches!(*field, "place" | "address" | "cell") { (*field).to_owned() } else { format!("{field}-new") };
        context! { field, message }
    });
    let page = context! {
        what => drawn(&what(case.is_some(), &say)),
        how => drawn(&how(app, visit, &actor, &units)),
        photos_limit => app.reports.photos_limit,
        photos_error => beside.filter(|(field, _)| *field == "photos").map(|(_, text)| text),
        lon => text("lon").or_else(|| of_point(|point| point.0)),
        lat => text("lat").or_else(|| of_point(|point| point.1)),
        address => text("address").or_else(|| case.as_ref().map(|case| case.place.address.clone())),
        cell => text("cell").or_else(|| case.as_ref().map(|case| case.place.cell.clone())),
        place_error => beside.filter(|(field, _)| matches!(*field, "place" | "address" | "cell")).map(|(_, text)| text),
        centre_lon => app.base_map.centre.map(|(lon, _)| lon),
        centre_lat => app.base_map.centre.map(|(_, lat)| lat),
        case => case.as_ref().map(|case| context! { id => case.id.to_string(), number => case.number.as_str(), title => case.title.as_str() }),
        known => known.iter().map(|kept| context! { id => kept.building.id.to_string(), number => kept.number.as_str() }).collect::<Vec<_>>(),
        errors => errors.collect::<Vec<_>>(),
        kept => waiting_shown(&paper.kept),
        key => paper.key.as_str(),
    };
    let status = if paper.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "construction/new.html", page)?;
    // The form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// What is built, and how it was found.
fn what(has_case: bool, say: &dyn Fn(&str) -> String) -> Vec<Field> {
    let sources = choices_of(say, "source", &Source::ALL.iter().map(|one| one.word()).collect::<Vec<_>>());
    let given = if has_case { Source::Report } else { Source::Patrol };
    let mut all = vec![Field::new("source", "construction-field-source", Ask::Radio(sources)).given(given.word())];
    all.extend(forms::particulars(None, say));
    all
}

/// Who handles it, and what else there is to say.
fn how(app: &App, visit: &Visit, actor: &Actor, units: &[people::department::Department]) -> Vec<Field> {
    let streets = place::streets(app).into_iter().map(|(code, name)| Choice::new(code, name)).collect();
    let own = units.iter().find(|unit| Some(unit.id) == actor.department).or(units.first());
    let choices = units.iter().map(|unit| Choice::new(unit.id, unit.name(visit.lang))).collect();
    let unit = Field::new("unit", "construction-field-unit", Ask::One(choices));
    vec![
        Field::new("street", "construction-field-street", Ask::One(streets))
            .optional()
            .hint("construction-hint-street"),
        match own {
            Some(own) => unit.given(own.id),
            None => unit,
        },
        Field::new("words", "construction-field-found-words", Ask::Text(MOST_WORDS)).optional(),
    ]
}
