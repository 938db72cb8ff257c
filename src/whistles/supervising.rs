//! 督办: an arrival that is overdue is an order to the department, kept on its leg. The whistle's case has a copy, for whoever
//! leads it to see; what the department answers answers the copy too.

use super::store;
use super::whistle::Fact;
use crate::app::App;
use crate::cases;
use crate::cases::carrying::Said;
use crate::cases::case::{CaseAct, Doer, Side};
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;

/// Puts a copy of the order on a running case, by the program itself. A case that has ended is only told what happened: the
/// order stands on the leg all the same.
///
/// # Errors
/// When the database fails.
pub async fn order_supervision(
    app: &App,
    tx: &Tx,
    case: Id,
    words: String,
    answer_by: Option<Moment>,
    now: Moment,
) -> Result<(), Error> {
    store::tell_case(tx, case, "whistle_arrival_overdue", None, now, &words).await?;
    let Some(answer_by) = answer_by else { return Ok(()) };
    match cases::supervising::order(app, tx, case, &words, None, answer_by, now).await {
        Ok(()) | Err(Error::Refused(_) | Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Tells the case what a department answered, and answers the copy of the order with these words.
///
/// # Errors
/// When the database fails.
pub async fn answer_supervision(
    app: &App,
    tx: &Tx,
    case: Id,
    order: &str,
    answer: &Fact,
    department: Id,
) -> Result<(), Error> {
    let found = match cases::store::load(tx, case, &cases::store::Scope::All).await {
        Ok(found) => found.case,
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let words = answer.act.words();
    let copy = found.branches.orders.iter().find(|one| one.words == order && one.answered_at.is_none());
    let Some(number) = copy.map(|copy| copy.number) else {
        store::tell_case(tx, case, "whistle_order_answered", answer.by.account, answer.at, words).await?;
        return Ok(());
    };
    let doer = Doer { account: answer.by.account, side: Side::Department, department: Some(department) };
    let act = CaseAct::AnswerOrder { number, words: words.to_owned() };
    let said = Said { note: words, ..Said::default() };
    match cases::carrying::carry_out(app, tx, found, doer, act, answer.at, said).await {
        Ok(_) => Ok(()),
        // The case is another department's: its history tells the answer, and its desk closes the copy.
        Err(Error::Refused(_)) => {
            store::tell_case(tx, case, "whistle_order_answered", answer.by.account, answer.at, words).await?;
            Ok(())
        }
        Err(error) => Err(error),
    }
}
