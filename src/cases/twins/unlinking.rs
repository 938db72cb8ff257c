//! 撤销并案: they were two problems after all. The reports go back to their own case, which stands where it stood before; both
//! histories keep what happened, and those who reported are told. Until the earlier case has ended: then the reports were
//! answered with it.

use super::{back_to, store};
use crate::app::App;
use crate::cases::carrying::{Said, carry_out};
use crate::cases::case::CaseAct;
use crate::cases::doing::{Typed, answered, doer};
use crate::cases::store::{self as cases, Scope, load};
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// Takes the reports of a case that ended as a duplicate back to it.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn unlink(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let outcome = undone(&app, &visit, id, &typed).await;
    if let Ok(Some(into)) = outcome {
        app.tell("case", into);
    }
    answered(&app, &visit, id, &typed, outcome.map(drop)).await
}

/// Answers the case that the reports left; none when the same form had done it before.
async fn undone(app: &App, visit: &Visit, id: Id, typed: &Typed) -> Result<Option<Id>, Error> {
    let actor = visit.actor()?;
    let (scope, doer, now) = (Scope::of(actor), doer(actor)?, app.clock.now());
    let note = at_most("note", typed.text("note"), 2000)?;
    let (held, revision, form) = (app.clone(), typed.number("revision"), typed.mark(&visit.path));
    app.db
        .write(move |tx| async move {
            if !form.is_empty() && crate::timeline::store::is_done(&tx, "case", id, doer.account, &form).await? {
                return Ok(None);
            }
            let found = load(&tx, id, &scope).await?.case;
            let links = store::gone(&tx, id).await?;
            let Some(first) = links.first() else { return Err(Refusal::new("cases-refusal-not-linked").into()) };
            if revision.is_some_and(|revision| revision != found.revision) {
                return Err(Error::Db(DbError::Stale));
            }
            let (into, to) = (first.into, back_to(first.stage));
            let mut earlier = load(&tx, into, &Scope::All).await?.case;
            if earlier.stage.is_over() {
                let refusal = Refusal::new("cases-refusal-link-over").with("number", &earlier.number);
                return Err(refusal.into());
            }
            let words = format!("← {}", found.number);
            for link in links.iter().filter(|link| link.into == into) {
                if !store::undo(&tx, link.id, doer.account, now).await? {
                    return Err(Error::Db(DbError::Stale));
                }
                // What has gone on to a third case since stays there.
                if cases::case_of(&tx, link.report).await? != Some(into) {
                    continue;
                }
                cases::join(&tx, id, link.report, now).await?;
                let act = CaseAct::LeaveReport { report: link.report };
                let said = Said { note: &words, ..Said::default() };
                earlier = carry_out(&held, &tx, earlier, doer, act, now, said).await?;
            }
            let said = Said { note: &note, form: &form, ..Said::default() };
            carry_out(&held, &tx, found, doer, CaseAct::SeparateCase { to }, now, said).await?;
            Ok(Some(into))
        })
        .await
}
