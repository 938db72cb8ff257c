//! One whistle, whole: what is wanted, how each department stands, what happened, and what may be done now. A department sees
//! its own leg whole and of the others what working together needs; the lead also sees what they did.

use super::doing::Typed;
use super::leg::{Arrival, ClockKind, Leg, LegStage, Outcome, RefuseReason};
use super::store::{self, EnforcementFile, Scope};
use super::whistle::{Doer, Fact, Happened, Side, Stage, Whistle, WhistleAct, is_at_place, metres_to, steps};
use crate::app::App;
use crate::cases;
use crate::files::store::Waiting;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::law::Due;
use crate::people::actor::Actor;
use crate::people::department::Department;
use crate::people::doors::Visit;
use crate::reports::photos::{Shown, shown, waiting_shown};
use crate::timeline;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

/// A form that was refused, to be drawn again.
#[derive(Debug, Clone)]
pub struct Again {
    /// The form: `LEG-act` or the act alone; empty when none was sent.
    pub at: String,
    /// What was typed into it.
    pub typed: Typed,
    /// Why not.
    pub problem: Option<Refusal>,
    /// The photographs that wait for it.
    pub kept: Vec<Waiting>,
    /// The key under which they wait.
    pub key: String,
}

impl Default for Again {
    fn default() -> Again {
        Again { at: String::new(), typed: Typed::default(), problem: None, kept: Vec::new(), key: id::secret() }
    }
}

/// A clock as a page shows it.
#[derive(Debug, Serialize)]
pub struct ClockShown {
    /// Its word.
    pub kind: &'static str,
    /// When it is due; none when the calendar of that year is missing.
    pub due: Option<Moment>,
    /// `ok`, `soon` or `late` while it runs; `kept` or `missed` when it no longer does; `still` while it stands still; `undue`
    /// when nobody can tell when it ends.
    pub state: &'static str,
    /// Why it is due then, sentence by sentence.
    pub why: Vec<String>,
}

/// How a leg's clock looks at `now`.
pub fn clock_state(leg: &Leg, clock: ClockKind, now: Moment) -> Option<&'static str> {
    if leg.is_undue(clock) {
        return Some("undue");
    }
    let found = leg.clocks.0.get(&clock)?;
    let due = found.due?;
    if leg.reached(clock).is_some() {
        return Some(if leg.is_in_time(clock) == Some(true) { "kept" } else { "missed" });
    }
    let is_running = leg.running().into_iter().any(|(kind, _)| kind == clock);
    Some(match () {
        () if !is_running && leg.stage == LegStage::Refused && ClockKind::OF_DEPARTMENT.contains(&clock) => "still",
        () if !is_running => return None,
        () if due < now => "late",
        () if found.warn.is_some_and(|warn| warn <= now) => "soon",
        () => "ok",
    })
}

/// How much of a leg somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sight {
    /// Who, in what capacity, where it stands, when it arrives.
    Outline,
    /// Its work, too.
    Work,
    /// Everything.
    Whole,
}

fn sight(whistle: &Whistle, leg: &Leg, doer: &Doer) -> Sight {
    match doer.side {
        Side::Department | Side::Crew if doer.departments.contains(&leg.department) => Sight::Whole,
        Side::Department | Side::Crew if whistle.lead.is_some_and(|lead| doer.departments.contains(&lead)) => {
            Sight::Work
        }
        Side::Department | Side::Crew => Sight::Outline,
        _ => Sight::Whole,
    }
}

#[derive(Serialize)]
struct RatingShown {
    stars: u8,
    accurate: Option<u8>,
    words: String,
}

#[derive(Serialize)]
struct OrderShown {
    at: Moment,
    answer_by: Option<Moment>,
    answered_at: Option<Moment>,
    words: String,
}

#[derive(Serialize)]
struct LegShown {
    id: String,
    department: String,
    phone: String,
    kind: &'static str,
    stage: &'static str,
    is_lead: bool,
    is_own: bool,
    is_whole: bool,
    can: Vec<&'static str>,
    revision: i64,
    clocks: Vec<ClockShown>,
    called_at: Option<Moment>,
    signed_at: Option<Moment>,
    arrived_at: Option<Moment>,
    minutes: Option<i64>,
    metres: Option<i64>,
    is_at_place: Option<bool>,
    is_declared: bool,
    /// When it declared an arrival that nobody has confirmed yet.
    waits_since: Option<Moment>,
    is_confirmed: bool,
    /// Within how many metres its phone knew where it was, when that was not enough.
    vague: Option<i64>,
    order: Option<OrderShown>,
    arrival_reason: String,
    refused: Option<&'static str>,
    refused_words: String,
    is_upheld: bool,
    result: Option<&'static str>,
    wrongdoer_refuses: bool,
    sent_back_count: u32,
    ended_at: Option<Moment>,
    is_late: bool,
    rated: bool,
    rated_back: bool,
    is_rating_seen: bool,
    of_department: Option<RatingShown>,
    of_whistle: Option<RatingShown>,
}

#[derive(Serialize)]
struct Line {
    kind: &'static str,
    at: Moment,
    author: String,
    department: String,
    detail: String,
    words: String,
    stars: Vec<u8>,
    photos: Vec<Shown>,
}

#[derive(Serialize)]
struct Pin {
    lon: f64,
    lat: f64,
    tone: &'static str,
    title: String,
    when: String,
}

#[derive(Serialize)]
struct CaseShown {
    number: String,
    title: String,
    href: Option<String>,
    photos: Vec<Shown>,
}

/// Everything that the page needs, as it is in the database.
struct Found {
    whistle: Whistle,
    doer: Doer,
    departments: Vec<Department>,
    author: String,
    approved_by: String,
    case: Option<CaseShown>,
    history: Vec<(Fact, String, Vec<String>)>,
    file: Option<EnforcementFile>,
    file_by: String,
}

async fn find(tx: &Tx, id: Id, actor: &Actor, alt: &str) -> Result<Found, Error> {
    let doer = store::doer(tx, actor).await?;
    let whistle = store::load(tx, id, &Scope::of(&doer)).await?;
    let facts = store::facts(tx, id).await?;
    let lines = timeline::store::history(tx, "whistle", id, false).await?;
    let history = facts
        .into_iter()
        .zip(lines)
        .map(|(fact, line)| {
            let photos = line.body.get("photos").and_then(|photos| photos.as_array());
            let photos = photos.into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned));
            (fact, line.author.unwrap_or_default(), photos.collect())
        })
        .collect();
    let file = store::file_of(tx, id).await?;
    let case = match whistle.case {
        Some(case) => found_case(tx, case, actor, alt).await?,
        None => None,
    };
    Ok(Found {
        departments: crate::people::store::departments(tx).await?,
        author: crate::people::store::name_of(tx, whistle.author).await?,
        approved_by: crate::people::store::name_of(tx, whistle.approved_by).await?,
        file_by: crate::people::store::name_of(tx, file.as_ref().and_then(|file| file.opened_by)).await?,
        case,
        history,
        file,
        whistle,
        doer,
    })
}

/// What everybody who is called may see of the case: its number, its name, its photographs. Its page only who may.
async fn found_case(tx: &Tx, id: Id, actor: &Actor, alt: &str) -> Result<Option<CaseShown>, Error> {
    let case = match cases::store::load(tx, id, &cases::store::Scope::All).await {
        Ok(found) => found.case,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let may_open = match cases::store::load(tx, id, &cases::store::Scope::of(actor)).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(error) => return Err(error),
    };
    let mut photos = Vec::new();
    for report in cases::store::reports(tx, id).await? {
        let found = crate::files::store::of(tx, "report", report, false).await?;
        photos.extend(found.iter().map(|photo| shown(&photo.id, alt)));
    }
    photos.extend(crate::files::store::of(tx, "case", id, false).await?.iter().map(|photo| shown(&photo.id, alt)));
    photos.truncate(12);
    let href = may_open.then(|| format!("/cases/{id}"));
    Ok(Some(CaseShown { number: case.number, title: case.title, href, photos }))
}

/// `GET /whistles/{id}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, Again::default()).await
}

/// The page, with a form that was refused.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn draw(app: &App, visit: &Visit, id: Id, again: Again) -> Result<Response, Error> {
    let (actor, alt) = (visit.actor()?.clone(), app.pages.say(visit.lang, "whistles-photo-alt", &[]));
    let (person, alt_here) = (actor.clone(), alt.clone());
    let found = app.db.read(move |tx| async move { find(&tx, id, &person, &alt_here).await }).await?;
    let drawing = Drawing { app, lang: visit.lang, now: app.clock.now(), found: &found, alt: &alt };
    let whistle = &found.whistle;
    let (can, of_legs) = steps(whistle, &found.doer, drawing.now);
    let may_decide = app.whistles.decided_by.contains(&actor.post);
    let can: Vec<&str> = can
        .into_iter()
        .map(super::whistle::Step::word)
        .filter(|step| may_decide || !matches!(*step, "approve" | "decline"))
        .filter(|step| app.whistles.of(whistle.kind).needs_approval || *step != "ask-approval")
        .filter(|step| !app.whistles.of(whistle.kind).needs_approval || *step != "blow")
        .collect();
    let mut legs: Vec<LegShown> = whistle.legs.iter().map(|leg| drawing.leg(leg)).collect();
    for (shown, (_, steps)) in legs.iter_mut().zip(of_legs) {
        let own = steps.into_iter().map(super::leg::LegStep::word);
        shown.can = own.filter(|step| may_decide || !matches!(*step, "uphold" | "excuse")).collect();
    }
    // One's own leg first, then the lead, then as they were called.
    legs.sort_by_key(|leg| (!leg.is_own, !leg.is_lead));
    let is_offered = is_offered(&again.at, &can, &legs);
    let problem = again.problem.as_ref().map(|refusal| {
        let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
        let field = refusal.field.filter(|_| is_offered);
        let field = field.map_or_else(|| "legs".to_owned(), |field| format!("{field}-{}", again.at));
        context! { field, message }
    });
    let given = |field| again.typed.number(field).filter(|stars| (1..=5).contains(stars)).unwrap_or(0);
    let page = context! {
        id => whistle.id.to_string(),
        may_hand_over => visit.actor()?.may(crate::people::act::Act::RecordClues),
        number => whistle.number.as_str(),
        kind => whistle.kind.word(),
        stage => whistle.stage.word(),
        words => whistle.words.as_str(),
        place => whistle.place.address.as_str(),
        turn => whistle.turn,
        author => found.author.as_str(),
        approved_by => found.approved_by.as_str(),
        lead => drawing.department(whistle.lead),
        appointed_at => whistle.appointed_at.map(|at| at.0),
        drafted_at => whistle.drafted_at.0,
        blown_at => whistle.blown_at.map(|at| at.0),
        ended_at => whistle.ended_at.map(|at| at.0),
        rating_closes_at => whistle.rating_closes_at.map(|at| at.0),
        is_rating_open => whistle.rating_closes_at.is_some_and(|closes| drawing.now < closes),
        is_management_first => whistle.is_management_first && whistle.legs.iter().any(|leg| leg.kind == super::leg::LegKind::Enforcement),
        case => Serde(&found.case),
        file => found.file.as_ref().map(|file| context! {
            number => file.number.as_str(), opened_at => file.opened_at.0, by => found.file_by.as_str(), seal => file.seal.as_str(),
        }),
        may_read => super::enforcing::may_read(whistle, &found.doer),
        legs => Serde(&legs),
        can,
        history => Serde(drawing.history()),
        pins => serde_json::to_string(&drawing.pins()).unwrap_or_default(),
        lon => whistle.place.lon,
        lat => whistle.place.lat,
        reasons => RefuseReason::ALL.iter().map(|reason| reason.word()).collect::<Vec<_>>(),
        results => Outcome::ALL.iter().map(|result| {
            let word = result.word();
            context! { value => word, label => app.pages.say(visit.lang, &format!("whistles-result-{word}"), &[]) }
        }).collect::<Vec<_>>(),
        photos_limit => app.reports.photos_limit,
        at => again.at.as_str(),
        typed => Serde(&again.typed),
        given => context! { stars => given("stars"), necessary => given("necessary"), accurate => given("accurate") },
        // What was written into a form that is not there any more is not lost.
        orphaned => if is_offered { "" } else { again.typed.text("words") },
        problem_text => again.problem.as_ref().map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args)),
        problem_field => again.problem.as_ref().and_then(|refusal| refusal.field).unwrap_or_default(),
        errors => problem.into_iter().collect::<Vec<_>>(),
        kept => waiting_shown(&again.kept),
        key => again.key.as_str(),
    };
    let status = if again.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "whistles/show.html", page)?;
    // A form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// Whether the form that was sent is still on the page.
fn is_offered(at: &str, can: &[&str], legs: &[LegShown]) -> bool {
    let Some((leg, act)) = at.split_once('-').filter(|(leg, _)| leg.parse::<Id>().is_ok()) else {
        return at.is_empty() || can.contains(&at);
    };
    let steps: &[&str] = match act {
        "sign" => &["sign-for"],
        "work" => &["report-work"],
        "decide" => &["uphold", "excuse"],
        "accept" => &["accept", "accept-failure"],
        "rate" => &["rate-department"],
        other => &[other],
    };
    legs.iter().any(|one| one.id == leg && steps.iter().any(|step| one.can.contains(step)))
}

/// Within how many metres a phone knew where it was, when that was not enough to say that it was at the place.
fn vague(arrival: &Arrival) -> Option<i64> {
    let accuracy = arrival.position?.accuracy?;
    (arrival.is_at_place == Some(false) && arrival.metres? < accuracy).then_some(accuracy)
}

/// The sentences of a trace kept as JSON.
pub fn because(app: &App, lang: &str, why: &str) -> Vec<String> {
    let Ok(due) = serde_json::from_str::<Due>(why) else { return Vec::new() };
    due.trace.iter().map(|step| app.pages.say(lang, step.key(), &step.args(&app.calendar))).collect()
}

struct Drawing<'a> {
    app: &'a App,
    lang: &'static str,
    now: Moment,
    found: &'a Found,
    alt: &'a str,
}

impl Drawing<'_> {
    fn department(&self, id: Option<Id>) -> String {
        let found = self.found.departments.iter().find(|department| Some(department.id) == id);
        found.map(|department| department.name(self.lang).to_owned()).unwrap_or_default()
    }

    fn leg(&self, leg: &Leg) -> LegShown {
        let (whistle, doer) = (&self.found.whistle, &self.found.doer);
        let sight = sight(whistle, leg, doer);
        let (is_whole, sees_work) = (sight == Sight::Whole, sight >= Sight::Work);
        let is_own = doer.departments.contains(&leg.department) && matches!(doer.side, Side::Department | Side::Crew);
        let department = self.found.departments.iter().find(|department| department.id == leg.department);
        let clock = |kind: &ClockKind| {
            let state = clock_state(leg, *kind, self.now)?;
            let clock = leg.clocks.0.get(kind)?;
            // To whom an order was given is between the department and whoever gave it.
            if *kind == ClockKind::Answer && !is_whole {
                return None;
            }
            let why = if is_whole { because(self.app, self.lang, &clock.why) } else { Vec::new() };
            Some(ClockShown { kind: kind.word(), due: clock.due, state, why })
        };
        let arrival = leg.arrival.as_ref();
        let is_seen = whistle.is_rating_seen(leg, self.now);
        let side_of_department = matches!(doer.side, Side::Department | Side::Crew);
        let rating = |rating: &Option<super::leg::Rating>, is_mine: bool| {
            let rating = rating.as_ref().filter(|_| is_whole && (is_seen || is_mine))?;
            Some(RatingShown { stars: rating.stars, accurate: rating.accurate, words: rating.words.clone() })
        };
        let refused = leg.refused.as_ref().filter(|_| is_whole);
        let refused_words = self.found.history.iter().find_map(|(fact, ..)| match &fact.act {
            WhistleAct::Refuse { leg: of, words, .. } if *of == leg.id && is_whole => Some(words.clone()),
            _ => None,
        });
        LegShown {
            id: leg.id.to_string(),
            department: self.department(Some(leg.department)),
            phone: department.map(|department| department.phone.clone()).unwrap_or_default(),
            kind: leg.kind.word(),
            stage: leg.stage.word(),
            is_lead: whistle.lead == Some(leg.department),
            is_own,
            is_whole,
            can: Vec::new(),
            revision: leg.revision,
            clocks: ClockKind::ALL.iter().filter_map(clock).collect(),
            called_at: leg.called_at,
            signed_at: leg.signed_at,
            arrived_at: leg.arrived_at,
            minutes: leg.minutes_to_arrive(),
            metres: arrival.and_then(|arrival| arrival.metres),
            is_at_place: arrival.and_then(|arrival| arrival.is_at_place),
            is_declared: arrival.is_some_and(|arrival| arrival.position.is_none()),
            waits_since: arrival
                .filter(|_| leg.is_only_declared() && !leg.stage.is_over())
                .and_then(|arrival| arrival.at),
            is_confirmed: arrival.is_some_and(|arrival| arrival.is_confirmed),
            vague: arrival.and_then(vague),
            order: leg.order.as_ref().filter(|_| is_whole).map(|order| OrderShown {
                at: order.at,
                answer_by: order.answer_by,
                answered_at: order.answered_at,
                words: order.words.clone(),
            }),
            arrival_reason: arrival.filter(|_| is_whole).map(|arrival| arrival.reason.clone()).unwrap_or_default(),
            refused: refused.map(|(_, reason)| reason.word()),
            refused_words: refused_words.unwrap_or_default(),
            is_upheld: leg.is_upheld && is_whole,
            result: leg.result.filter(|_| sees_work).map(Outcome::word),
            wrongdoer_refuses: leg.wrongdoer_refuses,
            sent_back_count: if sees_work { leg.sent_back_count } else { 0 },
            ended_at: leg.ended_at,
            is_late: whistle.stage == Stage::Blown && leg.is_late(self.now),
            rated: leg.of_department.is_some(),
            rated_back: leg.of_whistle.is_some(),
            is_rating_seen: is_seen,
            of_department: rating(&leg.of_department, !side_of_department),
            of_whistle: rating(&leg.of_whistle, side_of_department && is_own),
        }
    }

    /// What happened, oldest first, as far as this reader may know it.
    fn history(&self) -> Vec<Line> {
        let lines = self.found.history.iter();
        lines.filter_map(|(fact, author, photos)| self.line(fact, author, photos)).collect()
    }

    fn line(&self, fact: &Fact, author: &str, photos: &[String]) -> Option<Line> {
        let (whistle, doer) = (&self.found.whistle, &self.found.doer);
        let is_called = matches!(doer.side, Side::Department | Side::Crew);
        let leg = fact.leg.and_then(|leg| whistle.leg(leg));
        let sight = match leg {
            Some(leg) => sight(whistle, leg, doer),
            None if is_called => Sight::Work,
            None => Sight::Whole,
        };
        let is_told = match fact.what {
            Happened::WhistleDrafted | Happened::WhistleChanged => !is_called,
            Happened::ApprovalAsked | Happened::ApprovalRefused => !is_called,
            Happened::LegWorked | Happened::LegFedBack | Happened::LegSentBack => sight >= Sight::Work,
            Happened::LegDeclared | Happened::LegConfirmed => true,
            Happened::LegArrived | Happened::LegAccepted | Happened::LegFailed | Happened::LegReleased => true,
            Happened::LegSigned | Happened::LegExcused | Happened::LegGivenUp => true,
            _ if leg.is_some() => sight == Sight::Whole,
            _ => true,
        };
        if !is_told {
            return None;
        }
        let is_rating = matches!(fact.what, Happened::DepartmentRated | Happened::WhistleRated);
        let is_own_word = is_called == (fact.what == Happened::WhistleRated);
        let is_seen = !is_rating || is_own_word || leg.is_some_and(|leg| whistle.is_rating_seen(leg, self.now));
        let has_words = match fact.what {
            Happened::LegWorked | Happened::LegFedBack => sight >= Sight::Work,
            Happened::WhistleDrafted | Happened::WhistleChanged => false,
            _ if leg.is_some() => sight == Sight::Whole && is_seen,
            _ => true,
        };
        let say = |key: &str, args: &[(&str, String)]| self.app.pages.say(self.lang, key, args);
        let detail = match &fact.act {
            WhistleAct::Refuse { reason, .. } if has_words => say(&format!("whistles-reason-{}", reason.word()), &[]),
            WhistleAct::FeedBack { result, .. } => say(&format!("whistles-result-{}", result.word()), &[]),
            WhistleAct::WarnClock { clock, .. } | WhistleAct::MissClock { clock, .. } => {
                say(&format!("whistles-clock-{}", clock.word()), &[])
            }
            WhistleAct::Arrive { position, within, .. } => {
                let there = whistle.place.lon.zip(whistle.place.lat);
                let accuracy = position.and_then(|position| position.accuracy).unwrap_or_default();
                match (is_at_place(*position, there, *within), metres_to(*position, there)) {
                    (Some(true), Some(metres)) => say("whistles-at-place", &[("n", metres.to_string())]),
                    (Some(false), Some(metres)) if metres <= *within => {
                        say("whistles-vague", &[("n", accuracy.to_string())])
                    }
                    (Some(false), Some(metres)) => say("whistles-not-at-place", &[("n", metres.to_string())]),
                    (Some(false), None) if fact.what == Happened::LegDeclared => say("whistles-no-position", &[]),
                    (Some(false), None) => say("whistles-declared", &[]),
                    _ => String::new(),
                }
            }
            _ => String::new(),
        };
        let stars = match &fact.act {
            WhistleAct::RateDepartment { stars, .. } if is_seen => vec![*stars],
            WhistleAct::RateWhistle { necessary, accurate, .. } if is_seen => vec![*necessary, *accurate],
            _ => Vec::new(),
        };
        let sees_photos = leg.is_none() || sight >= Sight::Work;
        Some(Line {
            kind: fact.what.word(),
            at: fact.at,
            author: author.to_owned(),
            department: leg.map(|leg| self.department(Some(leg.department))).unwrap_or_default(),
            detail,
            words: if has_words { fact.act.words().to_owned() } else { String::new() },
            stars,
            photos: photos.iter().filter(|_| sees_photos).map(|id| shown(id, self.alt)).collect(),
        })
    }

    /// The place, and where each department reported in.
    fn pins(&self) -> Vec<Pin> {
        let whistle = &self.found.whistle;
        let mut pins = Vec::new();
        if let Some((lon, lat)) = whistle.place.lon.zip(whistle.place.lat) {
            let title = [whistle.number.as_str(), &whistle.place.address].join(" ");
            pins.push(Pin { lon, lat, tone: "info", title, when: String::new() });
        }
        for leg in &whistle.legs {
            let Some(at) = leg.arrival.as_ref().and_then(|arrival| arrival.position) else { continue };
            let is_there =
                leg.arrival.as_ref().is_some_and(|arrival| arrival.is_at_place != Some(false) || arrival.is_confirmed);
            let when = leg.arrived_at.map(|at| at.zoned(&self.app.city.zone()).strftime("%H:%M").to_string());
            pins.push(Pin {
                lon: at.lon,
                lat: at.lat,
                tone: if is_there { "ok" } else { "warn" },
                title: self.department(Some(leg.department)),
                when: when.unwrap_or_default(),
            });
        }
        pins
    }
}
