//! Two cases side by side: photos, words, place, time, what speaks for one problem and what against. A person says which it is.

use super::{LinkShown, OfCase, Shown, of_case, speaking, store};
use crate::app::App;
use crate::cases::case::{Case, Stage};
use crate::cases::show::{Picture, pictures};
use crate::cases::standards;
use crate::cases::store::{self as cases, Scope, load};
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::reports;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Serialize;

/// One of the two.
#[derive(Debug, Serialize)]
struct Side {
    id: Id,
    number: String,
    title: String,
    stage: Stage,
    place: String,
    kind: String,
    reports: Vec<Told>,
}

/// A report of one of the two.
#[derive(Debug, Serialize)]
struct Told {
    words: String,
    at: Moment,
    photos: Vec<Picture>,
}

#[derive(Debug, Serialize)]
struct Compared {
    sides: [Side; 2],
    case: Case,
    /// What speaks for it, and what against; both empty when they are not listed as twins.
    speaking_for: Vec<String>,
    against: Vec<String>,
    twin: Option<Shown>,
    into: Option<LinkShown>,
    can_part: bool,
}

/// Shows two cases side by side.
///
/// # Errors
/// [`Error::NotFound`] when either does not exist for the reader, or both are one; when the database fails.
pub async fn compare(
    State(app): State<App>,
    visit: Visit,
    Path((id, other)): Path<(Id, Id)>,
) -> Result<Html<String>, Error> {
    let (actor, lang, held) = (visit.actor()?.clone(), visit.lang, app.clone());
    if id == other {
        return Err(Error::NotFound);
    }
    let alt = app.pages.say(lang, "cases-photo-alt", &[]);
    let read = app.db.read(move |tx| async move {
        let scope = Scope::of(&actor);
        let (case, that) = (load(&tx, id, &scope).await?.case, load(&tx, other, &scope).await?.case);
        let mut sides = Vec::new();
        for one in [&case, &that] {
            let mut told = Vec::new();
            for report in cases::reports(&tx, one.id).await? {
                if let Some(report) = reports::store::load(&tx, report).await? {
                    let photos = pictures(report.photos.into_iter(), &alt);
                    told.push(Told { words: report.words, at: report.received_at, photos });
                }
            }
            let Case { place, number, title, stage, .. } = one.clone();
            let place = if place.address.is_empty() { place.cell } else { place.address };
            let kind = standards::name(&held, lang, one);
            sides.push(Side { id: one.id, number, title, stage, place, kind, reports: told });
        }
        let OfCase { likely, into, .. } = of_case(&held, &tx, &actor, lang, &case).await?;
        let pairs = store::pairs(&tx, id, other).await?;
        let reasons = pairs.first().map(|(_, _, reasons)| reasons.clone()).unwrap_or_default();
        let sides: [Side; 2] = sides.try_into().map_err(|_| Error::NotFound)?;
        let twin = likely.into_iter().find(|twin| twin.id == other);
        Ok::<_, Error>(Compared {
            sides,
            speaking_for: speaking(&held, lang, &reasons, true),
            against: speaking(&held, lang, &reasons, false),
            can_part: twin.is_some() && actor.may(Act::ReceiveReports),
            twin,
            into,
            case,
        })
    });
    let page = read.await?;
    app.page(&visit, "cases/compare.html", minijinja::context! { page => minijinja::value::Serde(page) })
}

/// Notes that a person looked at two cases and found two problems: neither is offered for the other any more.
///
/// # Errors
/// [`Error::NotFound`] when either does not exist for the reader; `cases-refusal-not-twins` when they are not listed; when the
/// database fails.
pub async fn part(State(app): State<App>, visit: Visit, Path((id, other)): Path<(Id, Id)>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let now = app.clock.now();
    let written = app.db.write(move |tx| async move {
        let scope = Scope::of(&actor);
        load(&tx, id, &scope).await?;
        load(&tx, other, &scope).await?;
        let pairs = store::pairs(&tx, id, other).await?;
        if pairs.is_empty() {
            return Err(Refusal::new("cases-refusal-not-twins").into());
        }
        for (one, twin, _) in pairs {
            reports::twins::store::part(&tx, one, twin, Some(actor.account), Some(now)).await?;
        }
        Ok::<_, Error>(())
    });
    written.await?;
    app.tell("case", id);
    app.tell("case", other);
    Ok(Redirect::to(&format!("/cases/{id}")).into_response())
}
