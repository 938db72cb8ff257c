//! 督办: a leader's order on a running case. It changes no stage, must be answered, and shows until it is.

use super::carrying::{PROGRAM, Said, carry_out};
use super::case::{CaseAct, Doer, Side};
use super::doing::{Planner, Typed, perform};
use super::requests::moment;
use super::store::{self, Scope};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// The longest order or answer, in characters.
const LONGEST: usize = 1000;

/// How [`supervise`] is read from a form.
pub const SUPERVISE: Planner = |app, _, typed, _| {
    let words = required("words", typed.text("words"), LONGEST)?;
    let answer_by = moment(app, typed.text("answer_by"));
    let answer_by = answer_by.ok_or_else(|| Refusal::new("cases-refusal-choose").on("answer_by"))?;
    Ok(CaseAct::SuperviseCase { words, answer_by })
};

/// Attaches an order to a case.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn supervise(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Error> {
    // What is ordered is also what the history tells.
    typed.repeat("words", "note");
    perform(&app, &visit, id, typed, vec![], SUPERVISE).await
}

/// How [`answer`] is read from a form.
pub const ANSWER: Planner = |_, _, typed, _| {
    let words = required("words", typed.text("words"), LONGEST)?;
    let number = typed.number("number").and_then(|number| u32::try_from(number).ok());
    Ok(CaseAct::AnswerOrder { number: number.unwrap_or(0), words })
};

/// Answers an order.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Error> {
    typed.repeat("words", "note");
    perform(&app, &visit, id, typed, vec![], ANSWER).await
}

/// An order that another room gives, within its own transaction: nobody came to a whistle, for example.
///
/// # Errors
/// The refusal of a case that has ended; when the database fails.
pub async fn order(
    app: &App,
    tx: &Tx,
    case: Id,
    words: &str,
    by: Option<Id>,
    answer_by: Moment,
    now: Moment,
) -> Result<(), Error> {
    let found = store::load(tx, case, &Scope::All).await?.case;
    let doer = match by {
        Some(account) => Doer { account: Some(account), side: Side::ShiftLeader, department: None },
        None => PROGRAM,
    };
    let act = CaseAct::SuperviseCase { words: words.to_owned(), answer_by };
    carry_out(app, tx, found, doer, act, now, Said { note: words, ..Said::default() }).await?;
    Ok(())
}
