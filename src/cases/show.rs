//! One case, whole: what it is, what happened, what may be done now, why it is due then.

use super::case::{
    AppealReason, Case, CaseRefusal, DeclineReason, ForceReason, MOST_PARTS, MOST_POSTPONEMENTS, Order, PostponeReason,
    RequestKind, ReturnReason, Side, Stage, Step, SuspendReason, VoidReason, deciders, may_grant, may_refuse,
    may_strike_off, way,
};
use super::doing::{Typed, doer};
use super::photo_checks;
use super::standards;
use super::store::{self, Choice, Listed, Scope};
use super::suggesting;
use super::timer::{Timer, TimerKind};
use super::twins;
use crate::app::App;
use crate::catalog::Unit;
use crate::files::document::Attached;
use crate::grid::area::Level;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::places::offering::{Offer, offers};
use crate::places::place::Suggested;
use crate::reports::report::metres_between;
use crate::reports::store::FOR_STAFF;
use crate::timeline;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// A case as a list's row shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The case.
    #[serde(flatten)]
    pub listed: Listed,
    /// The due moment that is shown: of the clock that runs, or of the department's.
    pub shown_due_at: Option<Moment>,
    /// `ok`, `soon` or `late`; none without a due moment.
    pub due_state: Option<&'static str>,
    /// Metres from where the reader stands, when known.
    pub metres: Option<i64>,
}

impl Row {
    /// The row of a case at `now`.
    pub fn of(listed: Listed, now: Moment) -> Row {
        let (due_state, shown_due_at) = (due_state(&listed.case, now), shown_due(&listed.case).0);
        Row { listed, shown_due_at, due_state, metres: None }
    }
}

/// The due moment that a case shows: of the clock that runs, or else of the department's, which has stopped.
fn shown_due(case: &Case) -> (Option<Moment>, Option<Moment>) {
    match case.clock_due_at {
        Some(due) => (Some(due), None),
        None => (case.due_at, case.fed_back_at.or(case.closed_at)),
    }
}

fn due_state(case: &Case, now: Moment) -> Option<&'static str> {
    let (due, stopped) = shown_due(case);
    due_look(due, case.clock_warn_at, stopped, now)
}

/// `ok`, `soon` or `late` of a due moment, whose clock turns yellow at `warn` and may have `stopped`; none without a due
/// moment.
pub fn due_look(
    due: Option<Moment>,
    warn: Option<Moment>,
    stopped: Option<Moment>,
    now: Moment,
) -> Option<&'static str> {
    let due = due?;
    Some(match stopped.unwrap_or(now) > due {
        true => "late",
        false if stopped.is_none() && warn.is_some_and(|warn| warn <= now) => "soon",
        false => "ok",
    })
}

/// A clock as the page of its case shows it.
#[derive(Debug, Serialize)]
pub struct Clock {
    /// What it measures.
    pub kind: TimerKind,
    /// Its limit in words, with what was added to it.
    pub limit: String,
    /// What was added, in words; empty when nothing was.
    pub extra: String,
    /// When it started.
    pub started_at: Moment,
    /// When it is due; none while it stands still.
    pub due_at: Option<Moment>,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// `ok`, `soon` or `late`; none without a due moment.
    pub look: Option<&'static str>,
    /// Whether it stands still.
    pub is_paused: bool,
    /// Whether an appeal was granted.
    pub is_exempt: bool,
    /// Who ended it, or whose it is: a department's name.
    pub department: Option<String>,
    /// Why it is due then, step by step.
    pub because: Vec<String>,
}

impl Clock {
    fn of(app: &App, lang: &str, timer: &Timer, departments: &[Choice], now: Moment) -> Clock {
        let words = |value: u32| match Unit::of(&timer.unit) {
            Some(unit) => app.pages.say(lang, unit.key(), &[("n", value.to_string())]),
            None => String::new(),
        };
        let look = match (timer.finished_at, timer.due_at, timer.warn_at) {
            (_, None, _) => None,
            _ if timer.is_overdue(now) => Some("late"),
            (None, _, Some(warn)) if now >= warn => Some("soon"),
            _ => Some("ok"),
        };
        let name = timer.department.map(|id| id.to_string());
        Clock {
            kind: timer.kind,
            limit: words(timer.value),
            extra: if timer.extra > 0 { words(timer.extra) } else { String::new() },
            started_at: timer.started_at,
            due_at: timer.due_at,
            finished_at: timer.finished_at,
            look,
            is_paused: timer.is_paused(),
            is_exempt: timer.is_exempt,
            department: departments
                .iter()
                .find(|choice| Some(&choice.value) == name.as_ref())
                .map(|choice| choice.label.clone()),
            because: standards::because(app, lang, &timer.why),
        }
    }
}

/// A part of a split case as its whole shows it.
#[derive(Debug, Serialize)]
pub struct PartShown {
    /// The identifier.
    pub id: Id,
    /// The number.
    pub number: String,
    /// What the part is.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Whose it is.
    pub department: Option<String>,
}

/// The whole that a part belongs to.
#[derive(Debug, Serialize)]
pub struct WholeShown {
    /// The identifier.
    pub id: Id,
    /// The number.
    pub number: String,
}

/// One line of a case's history.
#[derive(Debug, Serialize)]
pub struct Line {
    /// The kind's word, as the keys of sentences write it.
    pub kind: String,
    /// Who; none for citizens and the program.
    pub author: Option<String>,
    /// When.
    pub at: Moment,
    /// The reason's word.
    pub reason: Option<String>,
    /// What was written beside it.
    pub note: Option<String>,
    /// The photographs.
    pub photos: Vec<Picture>,
    /// The papers.
    pub documents: Vec<Attached>,
    /// How the place was suggested, of one that somebody took.
    pub suggested: Option<Suggested>,
}

/// A photograph as pages show it.
#[derive(Debug, Clone, Serialize)]
pub struct Picture {
    /// The small copy's address.
    pub src: String,
    /// The large copy's address.
    pub full: String,
    /// What it is, for who cannot see it.
    pub alt: String,
    /// What stands below it; empty for nothing.
    pub caption: String,
}

impl Picture {
    /// A photo with what it is below it.
    pub fn captioned(id: Id, caption: String) -> Picture {
        Picture {
            src: format!("/photos/{id}/small"),
            full: format!("/photos/{id}/large"),
            alt: caption.clone(),
            caption,
        }
    }
}

/// A report as the desk reads it.
#[derive(Debug, Serialize)]
pub struct Told {
    /// The words.
    pub words: String,
    /// The photographs.
    pub photos: Vec<Picture>,
    /// When it came in.
    pub at: Moment,
    /// Who of the staff sent it, on patrol or for a caller; none for citizens.
    pub by: Option<String>,
    /// How to reach the citizen, for those who take reports on; empty for everybody else, and without a contact.
    pub contact: String,
    /// What was asked for beside the words, and what was answered.
    pub details: Vec<(String, String)>,
    /// What the citizen said since: additions, urgings, ratings, and why it should be opened again.
    pub later: Vec<Later>,
}

/// What was asked for beside the words of a report: all of it for those who take reports on, the public part for everybody else.
async fn details(app: &App, tx: &Tx, lang: &str, report: Id, is_all: bool) -> Result<Vec<(String, String)>, DbError> {
    let found = crate::reports::store::details(tx, &[report]).await?;
    let of_lang = |(zh, en): (String, String)| if lang == "en" { en } else { zh };
    let said = |one: Personal| one.or_said(|key, args| app.pages.say(lang, key, args));
    let is_for_all = |detail: &crate::reports::store::Detail| detail.is_public || detail.code.starts_with(FOR_STAFF);
    let seen = found.into_iter().filter(|(_, detail)| is_all || is_for_all(detail));
    Ok(seen.map(|(_, detail)| (of_lang(detail.label), of_lang((said(detail.value.0), said(detail.value.1))))).collect())
}

/// When somebody else wants an answer, beside our own limits.
#[derive(Debug, Serialize)]
pub struct Outside {
    /// Their number for it.
    pub number: String,
    /// When.
    pub due_at: Moment,
    /// When it was answered.
    pub answered_at: Option<Moment>,
    /// `ok`, `soon` or `late`.
    pub look: Option<&'static str>,
}

impl Outside {
    fn of(app: &App, held: crate::reports::store::Deadline, now: Moment) -> Outside {
        let warn = held.due_at.plus(-app.hotline.warn_hours * 3_600_000);
        let look = due_look(Some(held.due_at), Some(warn), held.answered_at, now);
        Outside { number: held.number, due_at: held.due_at, answered_at: held.answered_at, look }
    }
}

/// What a citizen said after reporting.
#[derive(Debug, Serialize)]
pub struct Later {
    /// The kind's word, as the keys of sentences write it.
    pub kind: String,
    /// The words.
    pub words: String,
    /// The photographs.
    pub photos: Vec<Picture>,
    /// When.
    pub at: Moment,
    /// Of a rating: how quickly it was answered, 1 to 5.
    pub response: Option<i64>,
    /// Of a rating: how content they are, 1 to 5.
    pub satisfaction: Option<i64>,
    /// Of a rating: whether the problem is gone.
    pub is_solved: Option<bool>,
}

impl Later {
    /// What a line of a report's history tells the staff; none for what the case's own history tells.
    fn of(line: timeline::store::Line, alt: &str) -> Option<Later> {
        if !matches!(
            line.kind.as_str(),
            "words_added" | "seconded" | "urged" | "rated" | "reopen_asked" | "partner_told" | "hotline_changed"
        ) {
            return None;
        }
        let photos = line.body.get("photos").and_then(|photos| photos.as_array());
        let id = |photo: &serde_json::Value| {
            photo.as_str().map(str::to_owned).or_else(|| photo.as_i64().map(|id| id.to_string()))
        };
        let number = |name: &str| line.body.get(name).and_then(serde_json::Value::as_i64);
        Some(Later {
            words: line.body.get("words").and_then(|words| words.as_str()).unwrap_or_default().to_owned(),
            photos: pictures(photos.into_iter().flatten().filter_map(id), alt),
            at: line.at,
            response: number("response"),
            satisfaction: number("satisfaction"),
            is_solved: line.body.get("solved").and_then(serde_json::Value::as_bool),
            kind: line.kind.replace('_', "-"),
        })
    }
}

/// A filing condition to choose.
#[derive(Debug, Clone, Serialize)]
pub struct Standard {
    /// The form's value.
    pub value: String,
    /// The condition and its limit.
    pub label: String,
    /// The sub-class.
    pub group: String,
}

/// A case with everything that its page shows.
#[derive(Debug, Serialize)]
pub struct Detail {
    /// The case.
    pub case: Case,
    /// `ok`, `soon` or `late`.
    pub due_state: Option<&'static str>,
    /// The steps that this reader may take now.
    pub can: Vec<&'static str>,
    /// What happened, oldest first.
    pub history: Vec<Line>,
    /// The due moment that is shown: of the clock that runs, or of the department's, which has stopped.
    pub due_at: Option<Moment>,
    /// What of it waits for a decision.
    pub awaits: Option<&'static str>,
    /// Whether an order waits for its answer.
    pub is_supervised: bool,
    /// The orders that the reader may answer, by their numbers.
    pub answerable: Vec<u32>,
    /// The posts that may grant what the department asks for, when the reader's does not.
    pub goes_to: Vec<&'static str>,
    /// The earlier case that it is to be merged into, when that is asked for.
    pub into: Option<WholeShown>,
    /// The moment of the page.
    pub now: Moment,
    /// The form that was refused, as its address names it; empty when none was.
    pub refused: String,
    /// What other rooms have to say about it, with where it leads; empty for those who are not of the desks.
    pub marks: Vec<store::Mark>,
    /// Whether the reader may send it on to another system.
    pub may_send_on: bool,
    /// When others, who handed its reports over, want their answers.
    pub deadlines: Vec<Outside>,
    /// Whether the reader may call several departments at once.
    pub may_blow: bool,
    /// Whether the reader may record an unlawful building that the case shows.
    pub may_record_building: bool,
    /// Whether the reader may hand it over to the officers as a clue.
    pub may_hand_over: bool,
    /// Whether the reader may give its reports to another case.
    pub can_merge: bool,
    /// Whether it is the reader's turn.
    pub has_turn: bool,
    /// Its clocks, the latest first.
    pub clocks: Vec<Clock>,
    /// The parts that it was split into.
    pub parts: Vec<PartShown>,
    /// The whole that it is a part of.
    pub whole: Option<WholeShown>,
    /// The limit that a postponement may add at most, in words; empty without a filing.
    pub limit: String,
    /// The first and the last day to which it may be suspended.
    pub suspend_days: [String; 2],
    /// The territorial unit of the place: a department's identifier; empty when nobody knows.
    pub territory: String,
    /// When an order is to be answered, if nobody says otherwise: a day from now.
    pub answer_by: String,
    /// The most parts.
    pub most_parts: usize,
    /// Whether whoever reads it belongs to the desks or above, and may see what goes on between departments.
    pub is_inside: bool,
    /// Where it may lie, for whoever says where it is while nobody knows; by what it goes.
    pub perhaps: Vec<Offer>,
    /// The text by which these were found.
    pub said: String,
    /// What is odd about the photos of its work; empty for those whose work it is.
    pub findings: Vec<photo_checks::Shown>,
    /// Cases that may be about the same thing, and what was linked; empty for those whose work it is.
    pub twins: twins::OfCase,
    /// Open cases of the same unit grid.
    pub alike: Vec<Row>,
    /// The reports that belong to it, first come first.
    pub reports: Vec<Told>,
    /// The filing conditions that are likely: of the case's own sub-class, or of those that the words speak of.
    pub standards: Vec<Standard>,
    /// All filing conditions, drawn as options.
    pub all_standards: String,
    /// The filing condition to begin with: that of the suggested sub-class when it has just one; empty otherwise.
    pub suggested_standard: String,
    /// Why these are offered first; empty when nothing is suggested.
    pub suggested_why: String,
    /// The department that usually answers for such a case; empty when nobody knows.
    pub suggested_department: String,
    /// Whether past cases tell of it, and not the responsibility table.
    pub is_usual_department: bool,
    /// The sub-classes that the words speak of, the likeliest first; empty when it is not to be filed.
    pub suggested: Vec<suggesting::Suggested>,
    /// The sub-class's name; empty until somebody chose one.
    pub sub_class: String,
    /// Street and community, by their names; empty when nobody knows.
    pub area: String,
    /// The department's name.
    pub department: Option<String>,
    /// Departments to choose from.
    pub departments: Vec<Choice>,
    /// Crew members to choose from.
    pub crews: Vec<Choice>,
    /// Keepers to choose from who had no part in the work.
    pub keepers: Vec<Choice>,
    /// Units of limits.
    pub units: Vec<&'static str>,
    /// Reasons by form.
    pub decline_reasons: Vec<&'static str>,
    /// Reasons for pushing back.
    pub return_reasons: Vec<&'static str>,
    /// Reasons for striking off.
    pub void_reasons: Vec<&'static str>,
    /// Reasons for more time.
    pub postpone_reasons: Vec<&'static str>,
    /// Reasons for waiting.
    pub suspend_reasons: Vec<&'static str>,
    /// Reasons for closing by force.
    pub force_reasons: Vec<&'static str>,
    /// Reasons for an appeal.
    pub appeal_reasons: Vec<&'static str>,
    /// What was typed into a form that was refused.
    pub typed: Typed,
    /// The sentence of the refusal, and the field that it is about.
    pub problem: Option<(String, &'static str)>,
    /// Where forms lead to afterwards.
    #[serde(flatten)]
    pub way: WayOn,
}

/// Where somebody goes after an act.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WayOn {
    /// When there is nothing more for them to do on this case: the next one of their list.
    pub next: String,
    /// While there is: the same case, in the list that they came from; empty outside of a list.
    pub stay: String,
}

/// The orders that somebody may answer: those that others gave.
fn answerable(case: &Case, account: Id) -> impl Iterator<Item = &Order> {
    case.open_orders().filter(move |order| order.by != Some(account))
}

/// The steps that somebody may take on a case now, as far as stage, post, department and what was asked for tell.
pub fn steps(app: &App, case: &Case, actor: &Actor) -> Vec<&'static str> {
    let Ok(by) = doer(actor) else { return Vec::new() };
    if super::case::refuse_others(case, by) != Ok::<(), CaseRefusal>(()) {
        return Vec::new();
    }
    let (branches, settings, now) = (&case.branches, &app.case_settings, app.clock.now());
    let is_keepers = case.source == super::case::Source::Keeper;
    let had_a_part = case.handlers.contains(&actor.account);
    let asks = |kind| branches.request.as_ref().is_some_and(|request| request.kind == kind);
    let is_free = branches.request.is_none() && branches.suspension.is_none();
    let is_sent_up = branches.returns_asked >= 2 && by.side != Side::ShiftLeader;
    let appeal = branches.appeal.as_ref().filter(|appeal| appeal.is_granted.is_none());
    let reviews =
        appeal.is_some_and(|appeal| appeal.first != Some(actor.account)) && settings.appeal.contains(&by.side);
    let is_held = !branches.holds.is_empty();
    let is_others =
        |request: Option<&super::case::Request>| request.is_none_or(|request| request.by != Some(actor.account));
    let reachable = |step: &&Step| {
        let fits = match step {
            Step::Accept | Step::AskCheck => !is_keepers,
            Step::AcceptKeepers => is_keepers,
            Step::Reopen => case.filing.is_some() && case.parent.is_none(),
            Step::ReopenUnfiled => case.filing.is_none() && case.parent.is_none(),
            // What is held does not end: the page says why, and where to go.
            Step::Close | Step::ForceClose => !had_a_part && !is_held,
            Step::VerifyPassed => !had_a_part,
            Step::Decline => !is_held,
            Step::VerifyFailed => !had_a_part && !branches.is_self_handled,
            Step::VerifyFailedUnfiled => !had_a_part && branches.is_self_handled,
            Step::SelfHandle => is_keepers && case.opened_by == Some(actor.account) && !is_held,
            Step::Dispatch => !is_sent_up,
            Step::Split => case.parent.is_none() && !is_sent_up,
            Step::Join => case.parent.is_none(),
            Step::SendBack => !branches.is_self_handled && branches.parts.is_empty(),
            Step::SendBackUnfiled => branches.is_self_handled,
            Step::SendBackWhole => !branches.parts.is_empty(),
            Step::AskReturn => is_free && !branches.is_return_final,
            Step::GrantReturn | Step::RefuseReturn => !is_sent_up,
            Step::GiveToTerritory => {
                !is_sent_up && (by.side == Side::ShiftLeader || standards::territory(app, case).is_some())
            }
            Step::AskPostponement => {
                is_free && case.postponements() < MOST_POSTPONEMENTS && case.due_at.is_some_and(|due| now <= due)
            }
            Step::GrantPostponement => {
                asks(RequestKind::Postpone)
                    && may_grant(case, by.side, settings)
                    && is_others(branches.request.as_ref())
            }
            Step::RefusePostponement => {
                asks(RequestKind::Postpone)
                    && may_refuse(case, by.side, settings)
                    && is_others(branches.request.as_ref())
            }
            Step::AskSuspension => is_free && branches.suspensions == 0,
            Step::GrantSuspension | Step::RefuseSuspension => {
                asks(RequestKind::Suspend)
                    && settings.suspension.contains(&by.side)
                    && is_others(branches.request.as_ref())
            }
            Step::Resume => branches.suspension.is_some(),
            Step::AnswerOrder => answerable(case, actor.account).next().is_some(),
            Step::MarkUrgent => !case.is_urgent,
            Step::ClearUrgent => case.is_urgent,
            Step::Void => !is_held && may_strike_off(case, by, settings),
            // Whoever may strike off others' cases asks for their own.
            Step::AskVoid => branches.void_request.is_none() && !may_strike_off(case, by, settings),
            Step::GrantVoid | Step::RefuseVoid => {
                (**step == Step::RefuseVoid || !is_held)
                    && branches.void_request.is_some()
                    && is_others(branches.void_request.as_ref())
                    && settings.void.contains(&by.side)
                    && !(case.stage.is_filed() && had_a_part)
            }
            Step::Appeal => branches.appeal.is_none() && case.is_overdue(now),
            Step::SupportAppeal | Step::RefuseAppeal | Step::GrantAppeal => reviews && !had_a_part,
            Step::CloseUnsolved => !had_a_part && !is_held && branches.parts.iter().any(|part| part.is_forced),
            Step::SelfHandleSampled
            | Step::PartEnded
            | Step::PartsEnded
            | Step::PartsFailed
            | Step::PartsMoved
            | Step::Hold
            | Step::Unhold
            // Undoing a link has a form of its own, beside what it was linked to.
            | Step::Leave
            | Step::SeparateReceived
            | Step::SeparateToCheck
            | Step::SeparateToFile
            | Step::SeparateFiled => false,
            _ => true,
        };
        fits && way(**step, case.stage).is_some_and(|way| way.who.contains(&by.side))
    };
    let word = |step: &Step| match step {
        // One form each, whichever line of the workflow it follows.
        Step::SendBackUnfiled | Step::SendBackWhole => Step::SendBack.text(),
        Step::VerifyFailedUnfiled => Step::VerifyFailed.text(),
        Step::GrantReturn | Step::GrantPostponement | Step::GrantSuspension => "decide",
        Step::GrantVoid => "decide-void",
        Step::CloseUnsolved => Step::Close.text(),
        Step::SupportAppeal | Step::GrantAppeal => "review-appeal",
        step => step.text(),
    };
    let mut words: Vec<&'static str> = Step::ALL.iter().filter(reachable).map(word).collect();
    words.dedup();
    words
}

/// Everything about a case that exists for this visitor.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn detail(app: &App, visit: &Visit, id: Id, way: WayOn) -> Result<Detail, Error> {
    let actor = visit.actor()?.clone();
    let (now, lang) = (app.clock.now(), visit.lang);
    let held = app.clone();
    let alt = app.pages.say(lang, "cases-photo-alt", &[]);
    app.db
        .read(move |tx| async move {
            let Listed { case, .. } = store::load(&tx, id, &Scope::of(&actor)).await?;
            let can = steps(&held, &case, &actor);
            let has = |steps: &[Step]| steps.iter().any(|step| can.contains(&step.text()));
            let all = store::departments(&tx, lang).await?;
            let department = all
                .iter()
                .find(|choice| Some(choice.value.as_str()) == case.department.map(|id| id.to_string()).as_deref());
            let department = department.map(|choice| choice.label.clone());
            let crews = if has(&[Step::AssignCrew]) {
                store::people(&tx, Post::CrewMember, case.department).await?
            } else {
                Vec::new()
            };
            let mut keepers = if has(&[Step::AskCheck, Step::AskVerification]) {
                store::people(&tx, Post::Keeper, None).await?
            } else {
                Vec::new()
            };
            keepers.retain(|keeper| keeper.value.parse().is_ok_and(|id: Id| !case.handlers.contains(&id)));
            let history = timeline::store::history(&tx, "case", id, false).await?;
            let alike =
                if matches!(Scope::of(&actor), Scope::All) { store::alike(&tx, &case).await? } else { Vec::new() };
            let (mut told, mut deadlines) = (Vec::new(), Vec::new());
            for report in store::reports(&tx, id).await? {
                if let Some(deadline) = crate::reports::store::deadline(&tx, report).await? {
                    deadlines.push(Outside::of(&held, deadline, now));
                }
                if let Some(report) = crate::reports::store::load(&tx, report).await? {
                    let later = timeline::store::history(&tx, "report", report.id, false).await?;
                    let by = later.iter().find(|line| line.kind == "submitted").and_then(|line| line.author.clone());
                    let later = later.into_iter().filter_map(|line| Later::of(line, &alt)).collect();
                    let said = |one: &Personal| one.or_said(|key, args| held.pages.say(lang, key, args));
                    let contact = match actor.may(Act::ReceiveReports) {
                        true => [said(&report.contact_name), said(&report.contact_phone)].join(" ").trim().to_owned(),
                        false => String::new(),
                    };
                    let photos = pictures(report.photos.into_iter(), &alt);
                    let details = details(&held, &tx, lang, report.id, actor.may(Act::ReceiveReports)).await?;
                    told.push(Told {
                        words: report.words,
                        photos,
                        at: report.received_at,
                        by,
                        contact,
                        details,
                        later,
                    });
                }
            }
            let words: Vec<&str> = told.iter().map(|report: &Told| report.words.as_str()).collect();
            let (said, perhaps) = match case.place.lon {
                None if has(&[Step::Locate]) => perhaps(&held, &case, &words),
                _ => Default::default(),
            };
            let (mut likely, mut suggested) = (standards::Likely::default(), Vec::new());
            if has(&[Step::File]) {
                let words = words.join("\n");
                let guesses = suggesting::guesses(&held, &tx, &case, &words).await?;
                suggested = suggesting::shown(&held, &tx, lang, &case, &guesses, &all, now).await?;
                likely = standards::likely(&held, lang, &case, &words, &guesses, now);
            }
            let all_standards = if has(&[Step::File]) { held.standards.all(&held, lang, now)? } else { String::new() };
            let (usual, is_usual_department) = match has(&[Step::Dispatch]) {
                true => suggesting::department_of(&held, &tx, &case).await?,
                false => (None, false),
            };
            let suggested_department = usual.map(|id| id.to_string()).unwrap_or_default();
            let territory = match standards::territory(&held, &case).filter(|_| has(&[Step::GiveToTerritory])) {
                Some(code) => store::department_of_code(&tx, &code).await?.map(|id| id.to_string()).unwrap_or_default(),
                None => String::new(),
            };
            let timers = store::timers(&tx, id).await?;
            let findings = photo_checks::shown(&held, &tx, &actor, lang, &case).await?;
            let twins = twins::of_case(&held, &tx, &actor, lang, &case).await?;
            let mut parts = Vec::new();
            for part in &case.branches.parts {
                let found = store::load(&tx, part.case, &Scope::All).await?.case;
                let name = part.department.to_string();
                let department = all.iter().find(|choice| choice.value == name).map(|choice| choice.label.clone());
                parts.push(PartShown {
                    id: found.id,
                    number: found.number,
                    title: found.title,
                    stage: found.stage,
                    department,
                });
            }
            let whole = match case.parent {
                Some(whole) => {
                    let found = store::load(&tx, whole, &Scope::All).await?.case;
                    Some(WholeShown { id: found.id, number: found.number })
                }
                None => None,
            };
            let into = match case.branches.void_request.as_ref().and_then(|request| request.into) {
                Some(into) => {
                    let found = store::load(&tx, into, &Scope::All).await?.case;
                    Some(WholeShown { id: found.id, number: found.number })
                }
                None => None,
            };
            let is_supervised = case.open_orders().next().is_some();
            let answers: Vec<u32> = answerable(&case, actor.account).map(|order| order.number).collect();
            let today = held.calendar.date_of(now);
            let day = |days: i64| today.checked_add(jiff::Span::new().days(days)).map(|day| day.to_string());
            let limit = case.filing.as_ref().and_then(|filing| {
                let unit = Unit::of(&filing.limit_unit)?;
                Some(held.pages.say(lang, unit.key(), &[("n", filing.limit_amount.to_string())]))
            });
            Ok::<_, Error>(Detail {
                awaits: case.awaits(),
                is_supervised,
                answerable: answers,
                goes_to: goes_to(&held, &case, &actor),
                into,
                now,
                refused: String::new(),
                marks: store::marks(&tx, id)
                    .await?
                    .into_iter()
                    .filter(|mark| actor.may(if mark.kind == "exchange" { Act::SeeExchanges } else { Act::SeeRepeats }))
                    .collect(),
                may_send_on: actor.may(Act::SendOn),
                deadlines,
                may_blow: actor.may(Act::BlowWhistles) && case.stage.is_filed(),
                may_record_building: actor.may(Act::RecordBuildings),
                may_hand_over: actor.may(Act::RecordClues),
                can_merge: actor.may(Act::ReceiveReports),
                has_turn: waits_for(&held, &case, &actor),
                due_at: shown_due(&case).0,
                due_state: due_state(&case, now),
                clocks: timers.iter().rev().map(|timer| Clock::of(&held, lang, timer, &all, now)).collect(),
                parts,
                whole,
                limit: limit.unwrap_or_default(),
                suspend_days: [day(1).unwrap_or_default(), day(365).unwrap_or_default()],
                territory,
                answer_by: now.plus(24 * 3_600_000).zoned(&held.city.zone()).strftime("%Y-%m-%dT%H:%M").to_string(),
                most_parts: MOST_PARTS,
                is_inside: matches!(Scope::of(&actor), Scope::All),
                // What was linked to another case has nobody to be opened again for: the link is undone instead.
                can: can.into_iter().filter(|step| twins.into.is_none() || !step.starts_with("reopen")).collect(),
                // A whistle has lines of its own.
                history: history
                    .into_iter()
                    .filter(|fact| !matches!(fact.kind.as_str(), "case_held" | "case_unheld"))
                    .map(|fact| line(fact, &alt))
                    .collect(),
                findings,
                perhaps,
                said,
                twins,
                alike: nearest(&case, alike, now),
                reports: told,
                standards: likely.standards,
                all_standards,
                suggested_standard: likely.first,
                suggested_why: likely.why,
                suggested_department,
                is_usual_department,
                suggested,
                sub_class: standards::name(&held, lang, &case),
                area: area(&held, &case),
                department,
                departments: all,
                crews,
                keepers,
                units: Unit::OF_HANDLING.iter().map(|unit| unit.word()).collect(),
                decline_reasons: DeclineReason::ALL.iter().map(|reason| reason.text()).collect(),
                return_reasons: ReturnReason::ALL.iter().map(|reason| reason.text()).collect(),
                void_reasons: VoidReason::ALL
                    .iter()
                    .filter(|reason| **reason != VoidReason::WholeEnded)
                    .map(|reason| reason.text())
                    .collect(),
                postpone_reasons: PostponeReason::ALL.iter().map(|reason| reason.text()).collect(),
                suspend_reasons: SuspendReason::ALL.iter().map(|reason| reason.text()).collect(),
                force_reasons: ForceReason::ALL
                    .iter()
                    .filter(|reason| **reason != ForceReason::PartUnsolved)
                    .map(|reason| reason.text())
                    .collect(),
                appeal_reasons: AppealReason::ALL.iter().map(|reason| reason.text()).collect(),
                typed: Typed::default(),
                problem: None,
                way,
                case,
            })
        })
        .await
}

/// The posts that may grant what the department asks for; empty for a reader who may, and when nothing is asked for.
fn goes_to(app: &App, case: &Case, actor: &Actor) -> Vec<&'static str> {
    let able = deciders(case, &app.case_settings);
    match store::side(actor.post) {
        Some(side) if able.contains(&side) => Vec::new(),
        _ => able.into_iter().map(|side| super::telling::post(side).word()).collect(),
    }
}

/// Where a case may lie, by its address, or else by the words of its reports; and the text that said so.
fn perhaps(app: &App, case: &Case, words: &[&str]) -> (String, Vec<Offer>) {
    let texts = std::iter::once(case.place.address.as_str()).chain(words.iter().copied());
    let found = texts.map(|text| (text.to_owned(), offers(app, text)));
    found.into_iter().find(|(_, offers)| !offers.is_empty()).unwrap_or_default()
}

/// Street and community of a case, by their names.
fn area(app: &App, case: &Case) -> String {
    let grid = app.grid();
    let name = |level, code: &str| grid.area(level, code).map(|area| area.name.clone());
    let names = [name(Level::Street, &case.place.street), name(Level::Community, &case.place.community)];
    names.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What may be the same problem: the same sub-class first, then the nearest.
fn nearest(case: &Case, alike: Vec<Listed>, now: Moment) -> Vec<Row> {
    let here = case.place.lon.zip(case.place.lat);
    let mut rows: Vec<Row> = alike.into_iter().map(|listed| Row::of(listed, now)).collect();
    for row in &mut rows {
        let place = &row.listed.case.place;
        row.metres = here.zip(place.lon.zip(place.lat)).map(|(a, b)| {
            #[expect(clippy::cast_possible_truncation, reason = "a distance within one unit grid, in metres")]
            let metres = metres_between(a, b).round() as i64;
            metres
        });
    }
    let is_other = |row: &Row| case.code.is_empty() || row.listed.case.code != case.code;
    rows.sort_by_key(|row| (is_other(row), row.metres.unwrap_or(i64::MAX)));
    rows.truncate(6);
    rows
}

pub(super) fn pictures(ids: impl Iterator<Item = String>, alt: &str) -> Vec<Picture> {
    ids.map(|id| Picture {
        src: format!("/photos/{id}/small"),
        full: format!("/photos/{id}/large"),
        alt: alt.to_owned(),
        caption: String::new(),
    })
    .collect()
}

fn line(line: timeline::store::Line, alt: &str) -> Line {
    let text = |name: &str| line.body.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let photos = line.body.get("photos").and_then(|photos| photos.as_array());
    let photos = pictures(photos.into_iter().flatten().filter_map(|photo| photo.as_str().map(str::to_owned)), alt);
    let (reason, note) = (text("reason"), text("note"));
    // A name that nobody wrote is no reason to hide the rest of the line.
    let documents =
        line.body.get("documents").and_then(|all| Vec::<Attached>::deserialize(all).ok()).unwrap_or_default();
    let suggested = line.body.get("act").and_then(|act| act.get("suggested"));
    let suggested = suggested.and_then(|found| Suggested::deserialize(found).ok());
    Line {
        kind: line.kind.replace('_', "-"),
        author: line.author,
        at: line.at,
        reason,
        note,
        photos,
        documents,
        suggested,
    }
}

#[derive(Serialize)]
struct Whole {
    page: Detail,
    /// The search that led here, as the query of its address; empty when none did.
    search: String,
}

/// What the address of a case asks for besides the case.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The search that led here, as the query of its address.
    search: String,
}

/// The page of a case.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let way = WayOn { next: home(&visit, id), stay: String::new() };
    let page = detail(&app, &visit, id, way).await?;
    Ok(app.page(&visit, "cases/show.html", Whole { page, search: asked.search })?.into_response())
}

/// Where one goes after an act: people in the field back to their list.
fn home(visit: &Visit, id: Id) -> String {
    match visit.actor.as_ref().map(|actor| actor.post) {
        Some(Post::Keeper | Post::CrewMember) => "/field".into(),
        Some(Post::DepartmentDesk) => "/department".into(),
        _ => format!("/cases/{id}"),
    }
}

/// The page of a case after a refusal: why not, what to do next, and what was typed. Whoever acted in a list stays there.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn refused(app: &App, visit: &Visit, id: Id, typed: &Typed, refusal: &Refusal) -> Result<Response, Error> {
    let html = match super::inbox::refused(app, visit, id, typed, refusal).await? {
        Some(html) => html,
        None => {
            let way = WayOn { next: home(visit, id), stay: String::new() };
            let page = detail(app, visit, id, way).await?.refused(app, visit, act_of(visit), typed, refusal);
            app.page(visit, "cases/show.html", Whole { page, search: String::new() })?
        }
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html).into_response())
}

/// The act that an address asks for: its last word.
pub fn act_of(visit: &Visit) -> &str {
    visit.path.rsplit('/').next().unwrap_or_default()
}

impl Detail {
    /// The same with the sentence of a refusal and what was typed.
    #[must_use]
    pub fn refused(mut self, app: &App, visit: &Visit, act: &str, typed: &Typed, refusal: &Refusal) -> Detail {
        if !self.standards.iter().any(|standard| standard.value == typed.text("standard")) {
            // What was chosen among all conditions stays chosen.
            self.standards.extend(standards::chosen(app, visit.lang, typed.text("standard"), app.clock.now()));
        }
        self.typed = typed.clone();
        self.refused = act.to_owned();
        let sentence = app.pages.say(visit.lang, refusal.key, &refusal.args);
        self.problem = Some((sentence, refusal.field.unwrap_or("actions")));
        self
    }
}

/// Whether somebody has more to do on a case: not what they may do at any time (joining, locating, ending it early), but
/// what it waits for.
pub fn waits_for(app: &App, case: &Case, actor: &Actor) -> bool {
    let work = |step: &&'static str| match Step::read(step) {
        None => matches!(*step, "decide" | "decide-void" | "review-appeal"),
        Some(Step::AskCheck) => case.keeper.is_none() && case.is_found.is_none(),
        Some(Step::AskVerification) => case.stage == Stage::AwaitingVerification,
        Some(Step::AssignCrew) => case.stage == Stage::Dispatched && case.crew.is_none(),
        Some(
            Step::Accept
            | Step::AcceptKeepers
            | Step::CheckFound
            | Step::File
            | Step::Dispatch
            | Step::AcceptTask
            | Step::HandIn
            | Step::FeedBack
            | Step::VerifyPassed
            | Step::Close
            | Step::AnswerOrder,
        ) => true,
        _ => false,
    };
    steps(app, case, actor).iter().any(work)
}
