//! Who is told of what happens to a case.

use super::case::{Case, Fact, Happened, Order, Outcome, Settings, Side, Stage, deciders};
use super::store;
use super::timer::TimerKind;
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Post;

/// To whom a fact is told.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Listener {
    /// The desk of a department.
    Desk(Id),
    /// One person.
    Person(Id),
    /// Everybody of a post.
    All(Post),
}

/// The post of a side that decides.
pub(super) const fn post(side: Side) -> Post {
    match side {
        Side::Dispatcher => Post::Dispatcher,
        Side::Leader => Post::Leader,
        _ => Post::ShiftLeader,
    }
}

/// Who listens to a fact.
fn listeners(settings: &Settings, before: Option<&Case>, after: &Case, fact: &Fact) -> Vec<Listener> {
    let desk = |case: Option<&Case>| case.and_then(|case| case.department).map(Listener::Desk);
    let sides = |sides: &[Side]| sides.iter().map(|side| Listener::All(post(*side))).collect::<Vec<_>>();
    let had = before.unwrap_or(after);
    let own = || desk(Some(after)).into_iter().collect::<Vec<_>>();
    let of_returns = if after.branches.returns_asked >= 2 { Post::ShiftLeader } else { Post::Dispatcher };
    match fact.what {
        Happened::CaseDispatched
        | Happened::VerificationFailed
        | Happened::CaseSentBack
        | Happened::ReturnRefused
        | Happened::PostponementGranted
        | Happened::PostponementRefused
        | Happened::CaseSuspended
        | Happened::SuspensionRefused
        | Happened::CaseResumed => own(),
        // Whoever appealed, also when the case has gone to another since.
        Happened::AppealGranted | Happened::AppealRefused => fact.about.map(Listener::Desk).into_iter().collect(),
        Happened::CaseReturned => desk(Some(had)).into_iter().chain([Listener::All(of_returns)]).collect(),
        // Whoever was at work need not go on.
        Happened::CaseVoided | Happened::CaseForceClosed => {
            desk(Some(had)).into_iter().chain(had.crew.map(Listener::Person)).collect()
        }
        Happened::CaseMarkedUrgent | Happened::CaseSupervised if after.department.is_some() => own(),
        Happened::CaseMarkedUrgent => vec![Listener::All(of_returns)],
        Happened::CaseSupervised => vec![Listener::All(Post::ShiftLeader)],
        Happened::CrewAssigned => after.crew.map(Listener::Person).into_iter().collect(),
        Happened::CheckAsked | Happened::VerificationAsked => after.keeper.map(Listener::Person).into_iter().collect(),
        Happened::ReturnAsked => vec![Listener::All(of_returns)],
        Happened::PostponementAsked | Happened::SuspensionAsked => sides(&deciders(after, settings)),
        Happened::VoidAsked => sides(&settings.void),
        Happened::VoidRefused => {
            let asked = before.and_then(|case| case.branches.void_request.as_ref()).and_then(|request| request.by);
            asked.map(Listener::Person).into_iter().collect()
        }
        Happened::LatenessAppealed | Happened::AppealSupported => sides(&settings.appeal),
        Happened::SupervisionAnswered => {
            let answered = after.branches.orders.iter().filter(|order| order.answered_at == Some(fact.at));
            answered.filter_map(|order| order.by).map(Listener::Person).collect()
        }
        // Who of the staff reported it, and whoever has it now.
        Happened::CaseSeparated => {
            let next = (fact.stage == Stage::AwaitingDispatch).then_some(Listener::All(Post::Dispatcher));
            after.opened_by.map(Listener::Person).into_iter().chain(next).collect()
        }
        Happened::PartsEnded if fact.stage == Stage::AwaitingDispatch => vec![Listener::All(Post::Dispatcher)],
        Happened::PartsEnded => vec![Listener::All(Post::Acceptor)],
        _ => vec![],
    }
}

/// Tells whoever must know, within the transaction of what happened. Nobody is told of their own act.
///
/// # Errors
/// When the database fails.
pub async fn tell(
    app: &App,
    tx: &Tx,
    before: Option<&Case>,
    after: &Case,
    fact: &Fact,
    note: &str,
) -> Result<(), DbError> {
    tell_of_link(tx, before, after, fact).await?;
    let Some(kind) = kind(fact.what) else { return Ok(()) };
    let urgency = if after.is_urgent { Urgency::Urgent } else { Urgency::Ordinary };
    let listeners = listeners(&app.case_settings, before, after, fact);
    for person in people(tx, listeners).await?.into_iter().filter(|person| Some(*person) != fact.by) {
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

/// Tells whoever of the staff reported it that it is handled together with an earlier one.
async fn tell_of_link(tx: &Tx, before: Option<&Case>, after: &Case, fact: &Fact) -> Result<(), DbError> {
    let is_linked = after.outcome == Some(Outcome::Duplicate) && before.is_none_or(|case| case.outcome.is_none());
    let Some(to) = after.opened_by.filter(|person| is_linked && Some(*person) != fact.by) else { return Ok(()) };
    let notice = Notice {
        to,
        kind: "case-linked",
        args: vec![("number", after.number.clone()), ("title", after.title.clone())],
        link: format!("/cases/{}", after.id),
        urgency: Urgency::Ordinary,
        once: format!("case-linked-{}-{}", after.id, fact.revision),
    };
    notices::store::send(tx, &notice, fact.at).await.map(drop)
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
        Happened::CaseReturned => "case-returned",
        Happened::CaseVoided => "case-voided",
        Happened::CaseForceClosed => "case-force-closed",
        Happened::CaseSeparated => "case-separated",
        Happened::VoidRefused => "case-void-refused",
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

async fn people(tx: &Tx, listeners: Vec<Listener>) -> Result<Vec<Id>, DbError> {
    let mut people = Vec::new();
    for listener in listeners {
        match listener {
            Listener::Desk(department) => {
                people.extend(store::accounts(tx, Post::DepartmentDesk, Some(department)).await?);
            }
            Listener::Person(person) => people.push(person),
            Listener::All(post) => people.extend(store::accounts(tx, post, None).await?),
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
    let own: Vec<Listener> = match timer.kind {
        TimerKind::Handle => {
            case.department.map(Listener::Desk).into_iter().chain(case.crew.map(Listener::Person)).collect()
        }
        TimerKind::Check | TimerKind::Verify => case.keeper.map(Listener::Person).into_iter().collect(),
        _ => Vec::new(),
    };
    // What nobody in particular has stands in the desk's list, yellow; the shift leader hears of it when it is late.
    let listeners = match own.is_empty() {
        false => own,
        true if is_late => vec![Listener::All(Post::ShiftLeader)],
        true => Vec::new(),
    };
    let people = people(tx, listeners).await?;
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

/// Tells whoever gave an order, and whoever should have answered it, that it is not answered: once for each order.
///
/// # Errors
/// When the database fails.
pub async fn tell_of_order(app: &App, tx: &Tx, case: &Case, order: &Order) -> Result<(), DbError> {
    let desk = case.department.map_or(Listener::All(Post::ShiftLeader), Listener::Desk);
    let listeners = order.by.map(Listener::Person).into_iter().chain([desk]).collect();
    for to in people(tx, listeners).await? {
        let notice = Notice {
            to,
            kind: "case-order-unanswered",
            args: vec![
                ("number", case.number.clone()),
                ("title", case.title.clone()),
                ("note", order.words.clone()),
                ("due", String::new()),
            ],
            link: format!("/cases/{}", case.id),
            urgency: if case.is_urgent { Urgency::Urgent } else { Urgency::Ordinary },
            once: format!("order-{}-{}", case.id, order.number),
        };
        notices::store::send(tx, &notice, app.clock.now()).await?;
    }
    Ok(())
}
