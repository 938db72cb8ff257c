//! An act is carried out: the rule decides, the clocks follow, everything is saved and recorded, parts and wholes follow each
//! other, and whoever must know is told. All of it in the transaction of whoever asked.

use super::case::{self, Case, CaseAct, CaseRefusal, Doer, Fact, Happened, Outcome, Side, Stage, VoidReason};
use super::merging;
use super::store::{self, Scope};
use super::telling;
use super::timer::{self, Rules};
use super::twins;
use crate::app::App;
use crate::files::document::Attached;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::suggestions;
use std::pin::Pin;

/// What was said and shown with an act.
#[derive(Clone, Copy, Default)]
pub struct Said<'a> {
    /// The words.
    pub note: &'a str,
    /// The identifiers of the photographs.
    pub photos: &'a [String],
    /// The papers.
    pub documents: &'a [Attached],
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
    telling::tell(app, tx, None, &case, &fact, "").await?;
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
        case::act(before.clone(), by, act.clone(), now, &app.case_settings).map_err(|no| refused(no, &before))?;
    // Struck off as another's duplicate: its citizens are told of that other one, and of this end no more.
    if let (CaseAct::DecideVoid { granted: true }, Some(request)) = (&act, &before.branches.void_request)
        && let Some(into) = request.into
    {
        merging::join(app, tx, before.id, into, PROGRAM, now).await?;
    }
    let changed = timer::follow(&mut timers, Some(&before), &mut after, Some(&act), by.account, now, &rules(app))?;
    if after.due_at != before.due_at && after.stage.clock_runs() {
        fact.due_at = after.due_at;
    }
    store::save(tx, &after).await?;
    store::save_timers(tx, after.id, &changed).await?;
    if let CaseAct::FileCase { filing: Some(filing) } = &act {
        suggestions::settle(app, tx, after.id, &format!("{}-{}", filing.kind, filing.code), now).await?;
    }
    store::record(tx, &fact, after.parent, &changed, said).await?;
    if matches!(act, CaseAct::LocateCase { .. } | CaseAct::FileCase { .. }) {
        twins::moved(tx, &after).await?;
    }
    telling::tell(app, tx, Some(&before), &after, &fact, said.note).await?;
    if after.parent.is_some() || !after.branches.parts.is_empty() {
        with_parts(app, tx, &before, &after, &act, by, now).await?;
    }
    Ok(after)
}

/// A refusal as people read it: what holds the case is named.
fn refused(no: CaseRefusal, case: &Case) -> Refusal {
    let refusal = Refusal::from(no);
    match no {
        CaseRefusal::Held => {
            let numbers: Vec<&str> = case.branches.holds.iter().map(|hold| hold.number.as_str()).collect();
            refusal.with("number", case.number.as_str()).with("whistle", numbers.join("、"))
        }
        _ => refusal,
    }
}

/// Another room holds a case open: it is refused to end until that is over.
///
/// # Errors
/// [`Refusal`] when the case is over, or held by it already; when the database fails.
pub async fn hold(app: &App, tx: &Tx, case: Id, by: Id, number: &str, now: Moment) -> Result<(), Error> {
    let found = store::load(tx, case, &Scope::All).await?.case;
    let act = CaseAct::Hold { by, number: number.to_owned() };
    carry_out(app, tx, found, PROGRAM, act, now, Said::default()).await.map(drop)
}

/// What held a case open is over. A case that was not held by it is left alone.
///
/// # Errors
/// When the database fails.
pub async fn unhold(app: &App, tx: &Tx, case: Id, by: Id, now: Moment) -> Result<(), Error> {
    let found = store::load(tx, case, &Scope::All).await?.case;
    if found.branches.holds.iter().any(|hold| hold.by == by) {
        carry_out(app, tx, found, PROGRAM, CaseAct::Unhold { by }, now, Said::default()).await?;
    }
    Ok(())
}

/// What an act on a part means for its whole, and one on a whole for its parts.
fn with_parts<'a>(
    app: &'a App,
    tx: &'a Tx,
    before: &'a Case,
    after: &'a Case,
    act: &'a CaseAct,
    by: Doer,
    now: Moment,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
    Box::pin(async move {
        let has_ended = after.stage.is_over() && !before.stage.is_over();
        if let Some(whole) = after.parent
            && (has_ended || after.due_at != before.due_at)
        {
            let whole = store::load(tx, whole, &Scope::All).await?.case;
            if whole.stage == Stage::Split {
                let act = match has_ended {
                    true => CaseAct::EndPart {
                        part: after.id,
                        is_fixed: matches!(after.outcome, Some(Outcome::Fixed | Outcome::SelfHandled)),
                        is_forced: after.outcome == Some(Outcome::Forced),
                        handlers: after.handlers.clone(),
                    },
                    false => CaseAct::MoveParts { due: latest(tx, &whole).await? },
                };
                carry_out(app, tx, whole, PROGRAM, act, now, Said::default()).await?;
            }
        }
        let passed_on = match act {
            _ if has_ended => Some((PROGRAM, CaseAct::VoidCase { reason: VoidReason::WholeEnded })),
            CaseAct::MarkUrgent | CaseAct::ClearUrgent => Some((PROGRAM, act.clone())),
            // Whoever works on a part answers too.
            CaseAct::SuperviseCase { .. } => Some((by, act.clone())),
            _ => None,
        };
        let Some((by, act)) = passed_on else { return Ok(()) };
        for part in after.branches.parts.iter().filter(|part| !part.is_over) {
            let part = store::load(tx, part.case, &Scope::All).await?.case;
            let is_done = part.stage.is_over()
                || match act {
                    CaseAct::MarkUrgent => part.is_urgent,
                    CaseAct::ClearUrgent => !part.is_urgent,
                    _ => false,
                };
            if !is_done {
                let words = match &act {
                    CaseAct::SuperviseCase { words, .. } => words.clone(),
                    _ => String::new(),
                };
                carry_out(app, tx, part, by, act.clone(), now, Said { note: &words, ..Said::default() }).await?;
            }
        }
        Ok(())
    })
}

/// When the last of the open parts is due; none while one of them stands still.
async fn latest(tx: &Tx, whole: &Case) -> Result<Option<Moment>, Error> {
    let mut latest = None;
    for part in whole.branches.parts.iter().filter(|part| !part.is_over) {
        match store::load(tx, part.case, &Scope::All).await?.case.due_at {
            Some(due) => latest = latest.max(Some(due)),
            None => return Ok(None),
        }
    }
    Ok(latest)
}
