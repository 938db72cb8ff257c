//! Arriving for a shift (签到), by phone, with the place where one stands.

use super::forms::Typed;
use super::shift::arrive as judge;
use super::store::Arrived;
use super::{mine, refusal_in, store};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::reports::report::metres_between;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};

/// `POST /duty/shifts/{id}/arrive`. Arriving twice is arriving once.
pub(super) async fn arrive(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (me, now, settings) = (visit.actor()?.account, app.clock.now(), app.duty);
    let (position, reason) = (typed.position(), at_most("reason", typed.text("reason"), 200));
    let outcome = async {
        let reason = reason?;
        app.db
            .write(move |tx| async move {
                let shift = store::shift(&tx, id).await?;
                if !shift.is_published {
                    return Err(Error::NotFound);
                }
                let place = store::roster(&tx, shift.roster).await?.place.or(settings.place);
                let metres = position.zip(place).map(|(at, place)| metres_between((at.lon, at.lat), place));
                let arrival = judge(&shift, me, metres, place.is_some(), &reason, now, settings.arrival)?;
                let reason = if arrival.is_elsewhere { reason } else { String::new() };
                if !store::arrive(&tx, id, &Arrived { account: me, at: now, arrival, reason }, position).await? {
                    return Ok(());
                }
                let body = serde_json::json!({ "is_late": arrival.is_late, "is_elsewhere": arrival.is_elsewhere });
                Ok(store::record(&tx, "shift", id, "arrived", Some(me), now, body).await?)
            })
            .await
    };
    match outcome.await {
        Ok(()) => {
            app.tell("duty", id);
            Ok(Redirect::to("/duty/mine").into_response())
        }
        Err(error) => mine::draw(&app, &visit, Some(id), &typed, Some(&refusal_in(error)?), "").await,
    }
}
