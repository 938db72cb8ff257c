//! 合并: the same problem was reported before. The reports of this case go to the earlier one, whose end they will be told,
//! and this case ends as a duplicate.

use super::carrying::{Said, carry_out};
use super::case::{CaseAct, DeclineReason, VoidReason};
use super::doing::{Typed, answered, doer};
use super::store::{self, Scope};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// Gives the reports of this case to the case in the field `into`, and ends this one as a duplicate.
///
/// # Errors
/// When either case does not exist for the actor or the database fails; refusals are drawn.
pub async fn merge(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Error> {
    let into = typed.number("into").filter(|into| *into != id);
    let outcome = match into {
        Some(into) => both(&app, &visit, id, into, &typed).await,
        None => Err(Refusal::new("cases-refusal-choose").on("into").into()),
    };
    if let (Ok(()), Some(into)) = (&outcome, into) {
        app.tell("case", into);
        if typed.text("next").is_empty() {
            typed.0.insert("next".into(), format!("/cases/{into}"));
        }
    }
    answered(&app, &visit, id, &typed, outcome).await
}

async fn both(app: &App, visit: &Visit, id: Id, into: Id, typed: &Typed) -> Result<(), Error> {
    let actor = visit.actor()?;
    let (scope, doer, now) = (Scope::of(actor), doer(actor)?, app.clock.now());
    let note = at_most("note", typed.text("note"), 2000)?;
    let (held, revision, form) = (app.clone(), typed.number("revision"), typed.mark(&visit.path));
    app.db
        .write(move |tx| async move {
            if !form.is_empty() && store::is_done(&tx, id, doer.account, &form).await? {
                return Ok(());
            }
            let found = store::load(&tx, id, &scope).await?;
            if revision.is_some_and(|revision| revision != found.case.revision) {
                return Err(Error::Db(DbError::Stale));
            }
            let mut earlier = store::load(&tx, into, &scope).await?;
            for report in store::reports(&tx, id).await? {
                store::join(&tx, into, report, now).await?;
                let act = CaseAct::JoinReport { report };
                earlier.case = carry_out(&held, &tx, earlier.case, doer, act, now, Said::default()).await?;
            }
            // What was filed already is struck off as a duplicate; its reporters have moved, and were told.
            let decline = match found.case.stage.is_filed() {
                true => CaseAct::VoidCase { reason: VoidReason::Duplicate },
                false => CaseAct::DeclineReport { reason: DeclineReason::Duplicate },
            };
            let note = if note.is_empty() { format!("→ {}", earlier.case.number) } else { note };
            let said = Said { note: &note, form: &form, ..Said::default() };
            carry_out(&held, &tx, found.case, doer, decline, now, said).await?;
            Ok(())
        })
        .await
}
