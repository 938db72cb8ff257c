//! An act is carried out: the rule decides, the clocks follow, everything is saved and recorded, parts and wholes follow each
//! other, and whoever must know is told. All of it in the transaction of whoever asked.

use super::case::{self, Case, CaseAct, Doer, Fact, Happened, Outcome, Side, Stage, VoidReason};
use super::store::{self, Scope};
use super::telling;
use super::timer::{self, Rules};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use std::pin::Pin;

/// What was said and shown with an act.
#[derive(Clone, Copy, Default)]
pub struct Said<'a> {
    /// The words.
    pub note: &'a str,
    /// The identifiers of the photographs.
    pub photos: &'a [String],
    /// The mark of the form that asked for it; empty: none did.
    pub form: &'a str,
}

/// The program itself, as it acts when a day comes or a part ends.
pub const PROGRAM: Doer = Doer { account: None, side: Side::Program, department: None };

/// The rules by which the city's clocks run.
pub fn rules(app: &App) -> Rules<'_> {
    Rules { calendar: &app.calendar, conventions: app.conventions, limits: &app.stage_limits }
}

/// Opens a case: it is written with its first clock and its first fact.
///
/// # Errors
/// When the database fails.
pub async fn open(app: &App, tx: &Tx, mut case: Case, by: Doer, about: Option<Id>) -> Result<Case, Error> {
    let (mut timers, now) = (Vec::new(), case.opened_at);
    let changed = timer::follow(&mut timers, None, &mut case, None, by.account, now, &rules(app))?;
    store::open(tx, &case).await?;
    store::save_timers(tx, case.id, &changed).await?;
    let fact = Fact {
        case: case.id,
        what: Happened::CaseOpened,
        by: by.account,
        side: by.side,
        at: now,
        stage: case.stage,
        revision: case.revision,
        reason: None,
        about,
        due_at: None,
        act: None,
    };
    store::record_opening(tx, &fact, &case, &changed).await?;
    telling::tell(app, tx, &case, &fact, "").await?;
    Ok(case)
}

/// Carries an act out, and answers the case after it.
///
/// # Errors
/// The rule's refusal; when the database fails.
pub async fn carry_out(
    app: &App,
    tx: &Tx,
    before: Case,
    by: Doer,
    act: CaseAct,
    now: Moment,
    said: Said<'_>,
) -> Result<Case, Error> {
    let mut timers = store::timers(tx, before.id).await?;
    let (mut after, mut fact) =
        case::act(before.clone(), by, act.clone(), now, &app.case_settings).map_err(Refusal::from)?;
    let changed = timer::follow(&mut timers, Some(&before), &mut after, Some(&act), by.account, now, &rules(app))?;
    if after.due_at != before.due_at && after.stage.clock_runs() {
        fact.due_at = after.due_at;
    }
    store::save(tx, &after).await?;
    store::save_timers(tx, after.id, &changed).await?;
    store::record(tx, &fact, &changed, said.note, said.photos, said.form).await?;
    telling::tell(app, tx, &after, &fact, said.note).await?;
    if after.stage.is_over() && !before.stage.is_over() {
        with_parts(app, tx, &after, now).await?;
    }
    Ok(after)
}

/// What the end of a case means for the whole that it is a part of, and for the parts that it was split into.
fn with_parts<'a>(
    app: &'a App,
    tx: &'a Tx,
    ended: &'a Case,
    now: Moment,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
    Box::pin(async move {
        if let Some(whole) = ended.parent {
            let whole = store::load(tx, whole, &Scope::All).await?.case;
            if whole.stage == Stage::Split {
                let is_fixed = matches!(ended.outcome, Some(Outcome::Fixed | Outcome::SelfHandled | Outcome::Forced));
                let act = CaseAct::EndPart { part: ended.id, is_fixed, handlers: ended.handlers.clone() };
                carry_out(app, tx, whole, PROGRAM, act, now, Said::default()).await?;
            }
        }
        for part in ended.branches.parts.iter().filter(|part| !part.is_over) {
            let part = store::load(tx, part.case, &Scope::All).await?.case;
            if !part.stage.is_over() {
                let act = CaseAct::VoidCase { reason: VoidReason::WholeEnded };
                carry_out(app, tx, part, PROGRAM, act, now, Said::default()).await?;
            }
        }
        Ok(())
    })
}
