//! Who is told of what happens to a case.

use super::case::{Case, Fact, Happened};
use super::store;
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;

/// To whom a fact is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Listener {
    /// The desk of the department that has the case.
    Department,
    /// The crew member.
    Crew,
    /// The keeper who was asked.
    Keeper,
    /// Everybody of a post.
    All(Post),
    /// Whoever gave the order that was answered, or the first of them.
    Ordering,
}

/// Who listens to a fact.
fn listeners(after: &Case, fact: &Fact) -> Vec<Listener> {
    let department = || if after.department.is_some() { vec![Listener::Department] } else { vec![] };
    match fact.what {
        Happened::CaseDispatched
        | Happened::VerificationFailed
        | Happened::CaseSentBack
        | Happened::ReturnRefused
        | Happened::PostponementGranted
        | Happened::PostponementRefused
        | Happened::CaseSuspended
        | Happened::SuspensionRefused
        | Happened::CaseResumed
        | Happened::AppealGranted
        | Happened::AppealRefused => department(),
        Happened::CaseMarkedUrgent if after.department.is_some() => department(),
        Happened::CaseMarkedUrgent => vec![Listener::All(Post::Dispatcher)],
        Happened::CrewAssigned => vec![Listener::Crew],
        Happened::CheckAsked | Happened::VerificationAsked if after.keeper.is_some() => vec![Listener::Keeper],
        Happened::ReturnAsked if after.branches.returns_asked >= 2 => vec![Listener::All(Post::ShiftLeader)],
        Happened::ReturnAsked => vec![Listener::All(Post::Dispatcher)],
        Happened::PostponementAsked if after.branches.postponements == 0 => {
            vec![Listener::All(Post::Dispatcher), Listener::All(Post::ShiftLeader)]
        }
        Happened::PostponementAsked | Happened::SuspensionAsked | Happened::VoidAsked | Happened::LatenessAppealed => {
            vec![Listener::All(Post::ShiftLeader)]
        }
        Happened::AppealSupported => vec![Listener::All(Post::Leader)],
        Happened::CaseSupervised if after.department.is_some() => department(),
        Happened::CaseSupervised => vec![Listener::All(Post::ShiftLeader)],
        Happened::SupervisionAnswered => vec![Listener::Ordering],
        Happened::PartsEnded => vec![Listener::All(Post::Acceptor)],
        _ => vec![],
    }
}

/// Tells whoever must know, within the transaction of what happened. Nobody is told of their own act.
///
/// # Errors
/// When the database fails.
pub async fn tell(app: &App, tx: &Tx, after: &Case, fact: &Fact, note: &str) -> Result<(), DbError> {
    let kind = match kind(fact.what) {
        Some(kind) => kind,
        None => return Ok(()),
    };
    let urgency = if after.is_urgent { Urgency::Urgent } else { Urgency::Ordinary };
    for person in people(tx, after, fact).await?.into_iter().filter(|person| Some(*person) != fact.by) {
        let due = after.due_at.map(|due| due.zoned(&app.city.zone()).strftime("%m-%d %H:%M").to_string());
        let notice = Notice {
            to: person,
            kind,
            args: vec![
                ("number", after.number.clone()),
                ("title", after.title.clone()),
                ("due", due.unwrap_or_else(|| "–".to_owned())),
                ("note", note.to_owned()),
            ],
            link: format!("/cases/{}", after.id),
            urgency,
            once: format!("case-{}-{}", after.id, fact.revision),
        };
        notices::store::send(tx, &notice, fact.at).await?;
    }
    Ok(())
}

/// The kind of the notice about a fact; none when nobody listens.
const fn kind(what: Happened) -> Option<&'static str> {
    Some(match what {
        Happened::CaseDispatched => "case-dispatched",
        Happened::CrewAssigned => "case-assigned",
        Happened::CheckAsked => "case-check-asked",
        Happened::VerificationAsked => "case-verification-asked",
        Happened::VerificationFailed | Happened::CaseSentBack => "case-rework",
        Happened::ReturnAsked => "case-return-asked",
        Happened::ReturnRefused => "case-return-refused",
        Happened::PostponementAsked => "case-postponement-asked",
        Happened::PostponementGranted => "case-postponement-granted",
        Happened::PostponementRefused => "case-postponement-refused",
        Happened::SuspensionAsked => "case-suspension-asked",
        Happened::CaseSuspended => "case-suspended",
        Happened::SuspensionRefused => "case-suspension-refused",
        Happened::CaseResumed => "case-resumed",
        Happened::VoidAsked => "case-void-asked",
        Happened::CaseSupervised => "case-supervised",
        Happened::SupervisionAnswered => "case-supervision-answered",
        Happened::CaseMarkedUrgent => "case-urgent",
        Happened::LatenessAppealed | Happened::AppealSupported => "case-appealed",
        Happened::AppealGranted => "case-appeal-granted",
        Happened::AppealRefused => "case-appeal-refused",
        Happened::PartsEnded => "case-parts-ended",
        _ => return None,
    })
}

async fn people(tx: &Tx, after: &Case, fact: &Fact) -> Result<Vec<Id>, DbError> {
    let mut people = Vec::new();
    for listener in listeners(after, fact) {
        match listener {
            Listener::Department => {
                if let Some(department) = after.department {
                    people.extend(store::accounts(tx, Post::DepartmentDesk, Some(department)).await?);
                }
            }
            Listener::Crew => people.extend(after.crew),
            Listener::Keeper => people.extend(after.keeper),
            Listener::All(post) => people.extend(store::accounts(tx, post, None).await?),
            Listener::Ordering => {
                let answered = after.branches.orders.iter().filter(|order| order.answered_at == Some(fact.at));
                people.extend(answered.filter_map(|order| order.by));
            }
        }
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// Tells whoever has the case that its clock is nearly or really over.
///
/// # Errors
/// When the database fails.
pub async fn tell_of_clock(
    app: &App,
    tx: &Tx,
    case: &Case,
    timer: &super::timer::Timer,
    is_late: bool,
) -> Result<(), DbError> {
    use super::timer::TimerKind;
    let people = match timer.kind {
        TimerKind::Handle => match (case.crew, case.department) {
            (crew, Some(department)) => {
                let mut people = store::accounts(tx, Post::DepartmentDesk, Some(department)).await?;
                people.extend(crew);
                people
            }
            _ => vec![],
        },
        TimerKind::Check | TimerKind::Verify => match case.keeper {
            Some(keeper) => vec![keeper],
            None => store::accounts(tx, Post::Acceptor, None).await?,
        },
        TimerKind::Dispatch | TimerKind::Decide => store::accounts(tx, Post::Dispatcher, None).await?,
        TimerKind::Accept | TimerKind::File | TimerKind::Close => store::accounts(tx, Post::Acceptor, None).await?,
    };
    let at = if is_late { timer.due_at } else { timer.warn_at };
    let due = timer.due_at.map(|due| due.zoned(&app.city.zone()).strftime("%m-%d %H:%M").to_string());
    for to in people {
        let notice = Notice {
            to,
            kind: if is_late { "case-clock-passed" } else { "case-clock-near" },
            args: vec![
                ("number", case.number.clone()),
                ("title", case.title.clone()),
                ("due", due.clone().unwrap_or_default()),
            ],
            link: format!("/cases/{}", case.id),
            urgency: if case.is_urgent { Urgency::Urgent } else { Urgency::Ordinary },
            once: format!("clock-{}-{}-{is_late}-{}", case.id, timer.seq, at.unwrap_or_default().0),
        };
        notices::store::send(tx, &notice, app.clock.now()).await?;
    }
    Ok(())
}
