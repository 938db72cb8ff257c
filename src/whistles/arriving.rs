//! 报到: a department's people say on site that they are there, from a phone. The phone tells where it is; without scripts,
//! or without a signal, one declares it and says why, and the blower sees that it was declared.

use super::doing::{At, perform};
use super::leg::{ClockKind, LegStep};
use super::show::Again;
use super::store::{self, Scope};
use super::whistle::{Stage, WhistleAct, steps};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::reports::photos::waiting_shown;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;

/// `GET /whistles/{id}/legs/{leg}/arrive`.
///
/// # Errors
/// [`Error::NotFound`] for a leg that is not the actor's department's; when the database fails.
pub async fn ask(State(app): State<App>, visit: Visit, Path((id, leg)): Path<(Id, Id)>) -> Result<Response, Error> {
    draw(&app, &visit, id, leg, Again::default()).await
}

/// The page, with a form that was refused.
///
/// # Errors
/// [`Error::NotFound`] for a leg that is not the actor's department's; when the database fails.
pub async fn draw(app: &App, visit: &Visit, id: Id, leg: Id, again: Again) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let read = app.db.read(move |tx| async move {
        let doer = store::doer(&tx, &actor).await?;
        let whistle = store::load(&tx, id, &Scope::of(&doer)).await?;
        let all = crate::people::store::departments(&tx).await?;
        Ok::<_, Error>((doer, whistle, all))
    });
    let (doer, whistle, all) = read.await?;
    let own = whistle.leg(leg).filter(|leg| doer.departments.contains(&leg.department)).ok_or(Error::NotFound)?;
    let now = app.clock.now();
    let (_, may) = steps(&whistle, &doer, now);
    let may_arrive = may.iter().any(|(of, steps)| *of == leg && steps.contains(&LegStep::Arrive));
    if again.problem.is_none() && (!may_arrive || whistle.stage != Stage::Blown) {
        // Reported in already, by a colleague perhaps: the whistle tells.
        return Ok(Redirect::to(&format!("/whistles/{id}")).into_response());
    }
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    let text = again.problem.as_ref().map(|refusal| say(refusal.key, &refusal.args));
    let field = again.problem.as_ref().and_then(|refusal| refusal.field).unwrap_or("place");
    let errors: Vec<_> = text.iter().map(|message| context! { field, message => message.as_str() }).collect();
    let department = all.iter().find(|department| department.id == own.department);
    let page = context! {
        id => whistle.id.to_string(),
        leg => leg.to_string(),
        number => whistle.number.as_str(),
        kind => whistle.kind.word(),
        words => whistle.words.as_str(),
        place => whistle.place.address.as_str(),
        lon => whistle.place.lon,
        lat => whistle.place.lat,
        department => department.map(|department| department.name(visit.lang)).unwrap_or_default(),
        due => own.clocks.0.get(&ClockKind::Arrive).and_then(|clock| clock.due).map(|due| due.0),
        is_declared => own.is_only_declared(),
        due_state => super::show::clock_state(own, ClockKind::Arrive, now),
        within => app.whistles.within_metres,
        revision => own.revision,
        typed => Serde(&again.typed),
        errors,
        error_field => field,
        error_text => text.unwrap_or_default(),
        kept => waiting_shown(&again.kept),
        key => again.key.as_str(),
        photos_limit => app.reports.photos_limit,
        centre_lon => whistle.place.lon.or(app.base_map.centre.map(|(lon, _)| lon)),
        centre_lat => whistle.place.lat.or(app.base_map.centre.map(|(_, lat)| lat)),
    };
    let status = if again.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "whistles/arrive.html", page)?;
    // The form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// Reports in.
///
/// # Errors
/// When the leg does not exist for the actor or the database fails; refusals are drawn.
pub async fn arrive(
    State(app): State<App>,
    visit: Visit,
    Path((whistle, leg)): Path<(Id, Id)>,
    form: Request,
) -> Result<Response, Error> {
    let at = At { whistle, leg: Some(leg), act: "arrive" };
    perform(&app, &visit, at, form, |asked| {
        let within = asked.app.whistles.within_metres;
        let reason = at_most("reason", asked.typed.text("reason"), 500)?;
        let position = asked.typed.position()?;
        Ok(WhistleAct::Arrive { leg: asked.leg, position, within, reason, must_be_there: true })
    })
    .await
}
