//! 合并: the same problem was reported before. The reports of this case go to the earlier one, whose end they will be told,
//! and this case ends as a duplicate: at once, or when whoever strikes cases off in this city has agreed.

use super::carrying::{Said, carry_out};
use super::case::{Case, CaseAct, DeclineReason, Doer, VoidReason, may_strike_off};
use super::doing::{Typed, answered, doer};
use super::store::{self, Scope};
use super::twins::{self, store::Link};
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
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    merged(&app, &visit, id, typed, End::ByStage).await
}

/// How the later case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As its stage and the actor's power allow.
    ByStage,
    /// Not taken on (不予受理).
    Declined,
    /// Struck off (作废).
    Voided,
    /// Somebody else is asked to strike it off.
    Asked,
}

/// Gives the reports of this case to the one in the field `into`, an identifier or a number, and ends this one as a duplicate.
///
/// # Errors
/// As [`merge`].
pub async fn merged(app: &App, visit: &Visit, id: Id, mut typed: Typed, end: End) -> Result<Response, Error> {
    let outcome = match earlier(app, visit, id, typed.text("into")).await {
        Ok(into) => both(app, visit, id, into, end, &typed).await.map(|is_one| is_one.then_some(into)),
        Err(error) => Err(error),
    };
    if let Ok(Some(into)) = outcome {
        app.tell("case", into);
        if typed.text("next").is_empty() {
            typed.0.insert("next".into(), format!("/cases/{into}"));
        }
    }
    answered(app, visit, id, &typed, outcome.map(drop)).await
}

/// Which case somebody means: by its number, as people know it, or by its identifier, as a button sends it.
async fn earlier(app: &App, visit: &Visit, id: Id, text: &str) -> Result<Id, Error> {
    let refusal = |key| Error::from(Refusal::new(key).with("number", text).on("into"));
    if text.is_empty() {
        return Err(refusal("cases-refusal-duplicate-of-what"));
    }
    let (number, scope) = (text.to_uppercase(), Scope::of(visit.actor()?));
    let found = app.db.read(move |tx| async move { store::of_number(&tx, &number, &scope).await }).await;
    let found = found.map_err(|error: DbError| Error::Db(error))?.or_else(|| text.parse().ok());
    match found {
        None => Err(refusal("cases-refusal-no-such-case")),
        Some(into) if into == id => Err(refusal("cases-refusal-same-case")),
        Some(into) => Ok(into),
    }
}

/// Answers whether they are one case now: where somebody else must agree to strike this one off, it is asked for.
async fn both(app: &App, visit: &Visit, id: Id, into: Id, end: End, typed: &Typed) -> Result<bool, Error> {
    let actor = visit.actor()?;
    let (scope, doer, now) = (Scope::of(actor), doer(actor)?, app.clock.now());
    let note = at_most("note", typed.text("note"), 2000)?;
    let (held, revision, form) = (app.clone(), typed.number("revision"), typed.mark(&visit.path));
    app.db
        .write(move |tx| async move {
            if !form.is_empty() && crate::timeline::store::is_done(&tx, "case", id, doer.account, &form).await? {
                let stage = store::load(&tx, id, &scope).await?.case.stage;
                return Ok(stage.is_over());
            }
            let found = store::load(&tx, id, &scope).await?.case;
            if revision.is_some_and(|revision| revision != found.revision) {
                return Err(Error::Db(DbError::Stale));
            }
            let earlier = match open_one(&tx, into, &scope).await {
                // Whoever typed it is told which field is wrong; a case that is not theirs to see is none.
                Err(Error::NotFound) => {
                    return Err(Refusal::new("cases-refusal-no-such-case").with("number", into).on("into").into());
                }
                earlier => earlier?,
            };
            // What was filed already is struck off as a duplicate; its reporters have moved, and were told.
            let decline = CaseAct::DeclineReport { reason: DeclineReason::Duplicate };
            let void = CaseAct::VoidCase { reason: VoidReason::Duplicate };
            let ask = CaseAct::AskVoid { reason: VoidReason::Duplicate, into: Some(into) };
            let act = match end {
                End::Declined => decline,
                End::Voided => void,
                End::Asked => ask,
                End::ByStage if !found.stage.is_filed() => decline,
                End::ByStage if may_strike_off(&found, doer, &held.case_settings) => void,
                End::ByStage => ask,
            };
            let is_one = !matches!(act, CaseAct::AskVoid { .. });
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
        let stage = store::load(tx, id, &Scope::All).await?.case.stage;
        for report in store::reports(tx, id).await? {
            store::join(tx, into, report, now).await?;
            let link = Link { report, from: id, into, stage, at: now, by: by.account };
            twins::store::link(tx, &link).await?;
            let act = CaseAct::JoinReport { report };
            earlier = carry_out(app, tx, earlier, by, act, now, Said::default()).await?;
        }
        Ok(())
    })
}
