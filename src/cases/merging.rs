//! 合并: the same problem was reported before. The reports of this case go to the earlier one, whose end they will be told,
//! and this case ends as a duplicate: at once, or when whoever strikes cases off in this city has agreed.

use super::carrying::{Said, carry_out};
use super::case::{Case, CaseAct, DeclineReason, Doer, VoidReason, may_strike_off};
use super::doing::{Typed, answered, doer};
use super::store::{self, Scope};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use std::pin::Pin;

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
    if let (Ok(true), Some(into)) = (&outcome, into) {
        app.tell("case", into);
        if typed.text("next").is_empty() {
            typed.0.insert("next".into(), format!("/cases/{into}"));
        }
    }
    answered(&app, &visit, id, &typed, outcome.map(drop)).await
}

/// Answers whether they are one case now: where somebody else must agree to strike this one off, it is asked for.
async fn both(app: &App, visit: &Visit, id: Id, into: Id, typed: &Typed) -> Result<bool, Error> {
    let actor = visit.actor()?;
    let (scope, doer, now) = (Scope::of(actor), doer(actor)?, app.clock.now());
    let note = at_most("note", typed.text("note"), 2000)?;
    let (held, revision, form) = (app.clone(), typed.number("revision"), typed.mark(&visit.path));
    app.db
        .write(move |tx| async move {
            if !form.is_empty() && store::is_done(&tx, id, doer.account, &form).await? {
                let stage = store::load(&tx, id, &scope).await?.case.stage;
                return Ok(stage.is_over());
            }
            let found = store::load(&tx, id, &scope).await?.case;
            if revision.is_some_and(|revision| revision != found.revision) {
                return Err(Error::Db(DbError::Stale));
            }
            let earlier = open_one(&tx, into, &scope).await?;
            // What was filed already is struck off as a duplicate; its reporters have moved, and were told.
            let (act, is_one) = match found.stage.is_filed() {
                false => (CaseAct::DeclineReport { reason: DeclineReason::Duplicate }, true),
                true if may_strike_off(&found, doer, &held.case_settings) => {
                    (CaseAct::VoidCase { reason: VoidReason::Duplicate }, true)
                }
                true => (CaseAct::AskVoid { reason: VoidReason::Duplicate, into: Some(into) }, false),
            };
            if is_one {
                join(&held, &tx, id, into, doer, now).await?;
            }
            let note = if note.is_empty() { format!("→ {}", earlier.number) } else { note };
            let said = Said { note: &note, form: &form, ..Said::default() };
            carry_out(&held, &tx, found, doer, act, now, said).await?;
            Ok(is_one)
        })
        .await
}

/// The earlier case, which must still be at work.
async fn open_one(tx: &Tx, into: Id, scope: &Scope) -> Result<Case, Error> {
    let earlier = store::load(tx, into, scope).await?.case;
    match earlier.stage.is_over() {
        true => {
            Err(Refusal::new("cases-refusal-earlier-over").with("number", earlier.number.as_str()).on("into").into())
        }
        false => Ok(earlier),
    }
}

/// Gives the reports of a case to the earlier one, and tells those who wrote them.
///
/// # Errors
/// The refusal of an earlier case that is over or a part of another; when the database fails.
pub fn join<'a>(
    app: &'a App,
    tx: &'a Tx,
    id: Id,
    into: Id,
    by: Doer,
    now: Moment,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
    Box::pin(async move {
        let mut earlier = open_one(tx, into, &Scope::All).await?;
        for report in store::reports(tx, id).await? {
            store::join(tx, into, report, now).await?;
            let act = CaseAct::JoinReport { report };
            earlier = carry_out(app, tx, earlier, by, act, now, Said::default()).await?;
        }
        Ok(())
    })
}
