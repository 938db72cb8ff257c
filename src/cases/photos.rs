//! All photos of a case and of its reports on one page, from where each is blacked out or looked into.

use super::store::{self, Scope};
use crate::app::App;
use crate::files::store::{Overview, overview};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;

/// The page.
///
/// # Errors
/// [`Error::NotFound`] when the case lies outside of the reader's scope.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let scope = Scope::of(&actor);
    let read = app.db.read(move |tx| async move {
        let case = store::load(&tx, id, &scope).await?.case;
        let mut of_reports = Vec::new();
        for report in store::reports(&tx, id).await? {
            of_reports.extend(overview(&tx, "report", report).await?);
        }
        Ok::<_, Error>((case, of_reports, overview(&tx, "case", id).await?))
    });
    let (case, of_reports, own): (_, Vec<Overview>, Vec<Overview>) = read.await?;
    let page = context! {
        id => id.to_string(),
        number => case.number,
        title => case.title,
        groups => [
            context! { label => app.pages.say(visit.lang, "cases-photos-of-reports", &[]), photos => Serde(&of_reports) },
            context! { label => app.pages.say(visit.lang, "cases-photos-of-case", &[]), photos => Serde(&own) },
        ],
        may_black_out => actor.may(Act::BlackOut),
        may_see => actor.may(Act::ViewOriginals),
    };
    Ok(app.page(&visit, "cases/photos.html", page)?.into_response())
}
