//! One case, whole: what it is, what happened, what may be done now, why it is due then.

use super::case::{Case, CaseRefusal, DeclineReason, ReturnReason, Stage, Step, VoidReason, way};
use super::doing::{Typed, doer};
use super::standards;
use super::store::{self, Choice, Listed, Scope};
use crate::app::App;
use crate::catalog::Unit;
use crate::grid::area::Level;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::reports::report::metres_between;
use crate::timeline;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A case within four hours of its due moment is nearly late.
const SOON: i64 = 4 * 3_600_000;

/// A case as a list's row shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The case.
    #[serde(flatten)]
    pub listed: Listed,
    /// `ok`, `soon` or `late`; none without a due moment or after it stopped counting.
    pub due_state: Option<&'static str>,
    /// Metres from where the reader stands, when known.
    pub metres: Option<i64>,
}

impl Row {
    /// The row of a case at `now`.
    pub fn of(listed: Listed, now: Moment) -> Row {
        let due_state = due_state(&listed.case, now);
        Row { listed, due_state, metres: None }
    }
}

fn due_state(case: &Case, now: Moment) -> Option<&'static str> {
    due_look(case.due_at, case.fed_back_at.or(case.closed_at), case.stage, now)
}

/// `ok`, `soon` or `late` of a due moment, whose clock may have `stopped`; none without a due moment.
pub fn due_look(due: Option<Moment>, stopped: Option<Moment>, stage: Stage, now: Moment) -> Option<&'static str> {
    let due = due?;
    Some(match stopped.unwrap_or(now) > due {
        true => "late",
        false if stage.clock_runs() && due.0 - now.0 < SOON => "soon",
        false => "ok",
    })
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
    /// What the citizen said since: additions, urgings, ratings, and why it should be opened again.
    pub later: Vec<Later>,
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
        if !matches!(line.kind.as_str(), "words_added" | "urged" | "rated" | "reopen_asked") {
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
    /// Why it is due then, step by step.
    pub because: Vec<String>,
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

/// The steps that somebody may take on a case now, as far as stage, post and department tell.
pub fn steps(case: &Case, actor: &Actor) -> Vec<&'static str> {
    let Ok(by) = doer(actor) else { return Vec::new() };
    let reachable = |step: &&Step| {
        let fits = match step {
            Step::Accept => case.source != super::case::Source::Keeper,
            Step::AcceptKeepers => case.source == super::case::Source::Keeper,
            Step::AskCheck => case.source != super::case::Source::Keeper,
            Step::Reopen => case.filing.is_some(),
            Step::ReopenUnfiled => case.filing.is_none(),
            Step::Close | Step::VerifyPassed | Step::VerifyFailed => !case.handlers.contains(&actor.account),
            _ => true,
        };
        fits && way(**step, case.stage).is_some_and(|way| way.who.contains(&by.side))
    };
    if super::case::refuse_others(case, by) != Ok::<(), CaseRefusal>(()) {
        return Vec::new();
    }
    Step::ALL.iter().filter(reachable).map(|step| step.text()).collect()
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
            let Listed { case, due_why, .. } = store::load(&tx, id, &Scope::of(&actor)).await?;
            let can = steps(&case, &actor);
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
            let mut told = Vec::new();
            for report in store::reports(&tx, id).await? {
                if let Some(report) = crate::reports::store::load(&tx, report).await? {
                    let later = timeline::store::history(&tx, "report", report.id, true).await?;
                    let by = later.iter().find(|line| line.kind == "submitted").and_then(|line| line.author.clone());
                    let later = later.into_iter().filter_map(|line| Later::of(line, &alt)).collect();
                    let contact = [report.contact_name, report.contact_phone].join(" ").trim().to_owned();
                    let contact = if actor.may(Act::ReceiveReports) { contact } else { String::new() };
                    let photos = pictures(report.photos.into_iter(), &alt);
                    told.push(Told { words: report.words, photos, at: report.received_at, by, contact, later });
                }
            }
            let words: Vec<&str> = told.iter().map(|report: &Told| report.words.as_str()).collect();
            let likely = if has(&[Step::File]) {
                standards::likely(&held, lang, &case, &words.join("\n"), now)
            } else {
                standards::Likely::default()
            };
            let all_standards = if has(&[Step::File]) { held.standards.all(&held, lang, now)? } else { String::new() };
            let code = standards::department(&held, &case).map(str::to_owned);
            let suggested_department = match code.filter(|_| has(&[Step::Dispatch])) {
                Some(code) => store::department_of_code(&tx, &code).await?.map(|id| id.to_string()).unwrap_or_default(),
                None => String::new(),
            };
            Ok::<_, Error>(Detail {
                due_state: due_state(&case, now),
                because: standards::because(&held, lang, &due_why),
                can,
                history: history.into_iter().map(|fact| line(fact, &alt)).collect(),
                alike: nearest(&case, alike, now),
                reports: told,
                standards: likely.standards,
                all_standards,
                suggested_standard: likely.first,
                suggested_why: likely.why,
                suggested_department,
                sub_class: standards::name(&held, lang, &case),
                area: area(&held, &case),
                department,
                departments: all,
                crews,
                keepers,
                units: Unit::ALL.iter().map(|unit| unit.word()).collect(),
                decline_reasons: DeclineReason::ALL.iter().map(|reason| reason.text()).collect(),
                return_reasons: ReturnReason::ALL.iter().map(|reason| reason.text()).collect(),
                void_reasons: VoidReason::ALL.iter().map(|reason| reason.text()).collect(),
                typed: Typed::default(),
                problem: None,
                way,
                case,
            })
        })
        .await
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

fn pictures(ids: impl Iterator<Item = String>, alt: &str) -> Vec<Picture> {
    ids.map(|id| Picture {
        src: format!("/photos/{id}/small"),
        full: format!("/photos/{id}/large"),
        alt: alt.to_owned(),
    })
    .collect()
}

fn line(line: timeline::store::Line, alt: &str) -> Line {
    let text = |name: &str| line.body.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let photos = line.body.get("photos").and_then(|photos| photos.as_array());
    let photos = pictures(photos.into_iter().flatten().filter_map(|photo| photo.as_str().map(str::to_owned)), alt);
    let (reason, note) = (text("reason"), text("note"));
    Line { kind: line.kind.replace('_', "-"), author: line.author, at: line.at, reason, note, photos }
}

#[derive(Serialize)]
struct Whole {
    page: Detail,
}

/// The page of a case.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let way = WayOn { next: home(&visit, id), stay: String::new() };
    let page = detail(&app, &visit, id, way).await?;
    Ok(app.page(&visit, "cases/show.html", Whole { page })?.into_response())
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
            let page = detail(app, visit, id, way).await?.refused(app, visit, typed, refusal);
            app.page(visit, "cases/show.html", Whole { page })?
        }
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html).into_response())
}

impl Detail {
    /// The same with the sentence of a refusal and what was typed.
    #[must_use]
    pub fn refused(mut self, app: &App, visit: &Visit, typed: &Typed, refusal: &Refusal) -> Detail {
        if !self.standards.iter().any(|standard| standard.value == typed.text("standard")) {
            // What was chosen among all conditions stays chosen.
            self.standards.extend(standards::chosen(app, visit.lang, typed.text("standard"), app.clock.now()));
        }
        self.typed = typed.clone();
        let sentence = app.pages.say(visit.lang, refusal.key, &refusal.args);
        self.problem = Some((sentence, refusal.field.unwrap_or("actions")));
        self
    }
}

/// Whether somebody has more to do on a case: not what they may do at any time (joining, locating, ending it early), but
/// what it waits for.
pub fn waits_for(case: &Case, actor: &Actor) -> bool {
    let work = |step: &&'static str| match Step::read(step) {
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
            | Step::Close,
        ) => true,
        _ => false,
    };
    steps(case, actor).iter().any(work)
}
