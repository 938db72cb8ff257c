//! One unlawful building, whole: where it stands, which terms run and why, what may be done now and by whom, what not yet and
//! from when on, and everything that happened.

use super::acting;
use super::chain::{Act, Good, Role, Step, way};
use super::clocks::{self, Waiting};
use super::forms::{self, Drawn};
use super::ledger::square_metres;
use super::list::{TermShown, shown as term_shown};
use super::store::{self, Happened, Kept, Line, Scope, Show};
use crate::app::App;
use crate::cases;
use crate::enforcement::case::Officer;
use crate::files::store::Waiting as WaitingPhoto;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Choice, Typed};
use crate::kit::id::{self, Id};
use crate::law::Certainty;
use crate::people;
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::people::store::Named;
use crate::reports::photos::{Shown, shown, waiting_shown};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A form that was refused, to be drawn again.
#[derive(Debug, Clone)]
pub struct Again {
    /// The act; none when none was sent.
    pub step: Option<Step>,
    /// What was typed.
    pub typed: Option<Typed>,
    /// Why not.
    pub problem: Option<Refusal>,
    /// The photographs that wait for it.
    pub kept: Vec<WaitingPhoto>,
    /// The key under which they wait.
    pub key: String,
}

impl Default for Again {
    fn default() -> Again {
        Again { step: None, typed: None, problem: None, kept: Vec::new(), key: id::secret() }
    }
}

/// Everything that the page needs, as it is in the database.
struct Found {
    kept: Kept,
    history: Vec<Line>,
    names: BTreeMap<Id, String>,
    officers: Vec<Named>,
    /// Those who preside and review.
    others: Vec<Named>,
    units: Vec<people::department::Department>,
    photos: Vec<(String, String)>,
    case: Option<(String, String, Option<Id>)>,
    /// Penalty cases that came from it, as far as the reader sees them.
    penalties: Vec<(Id, String)>,
}

async fn find(tx: &Tx, id: Id, actor: &Actor) -> Result<Found, Error> {
    let kept = store::load(tx, id, Scope::of(actor)).await?;
    let history = store::history(tx, id).await?;
    let named = history.iter().flat_map(|line| match &line.what {
        Happened::Done(fact) => match &fact.act {
            Act::Recuse { account, .. } => vec![*account],
            act => officers_of(act).iter().map(|officer| officer.account).collect(),
        },
        Happened::Found(_) => Vec::new(),
    });
    let accounts: BTreeSet<Id> = named.chain(kept.author).collect();
    let names = people::store::names(tx, &accounts.into_iter().collect::<Vec<_>>()).await?;
    let enforcing = [Post::EnforcementOfficer, Post::UnitLeader];
    let posts = [enforcing[0], enforcing[1], Post::HearingPresident, Post::LegalReviewer];
    let all = people::store::holding(tx, &posts).await?;
    let (officers, others): (Vec<Named>, Vec<Named>) = all.into_iter().partition(|one| enforcing.contains(&one.post));
    let units = people::store::departments(tx).await?;
    let photos = crate::files::store::of(tx, store::SUBJECT, id, false).await?;
    let photos = photos.into_iter().map(|photo| (photo.id, photo.purpose)).collect();
    let case = match kept.case {
        Some(case) => of_case(tx, case, actor).await?,
        None => None,
    };
    let penalties = match crate::enforcement::store::Scope::of(actor) {
        Ok(scope) => crate::enforcement::store::of_source(tx, store::SUBJECT, id, &scope).await?,
        Err(_) => Vec::new(),
    };
    Ok(Found { kept, history, names, officers, others, units, photos, case, penalties })
}

/// The number and title of the case that it was found by; its page only for who may open it.
async fn of_case(tx: &Tx, id: Id, actor: &Actor) -> Result<Option<(String, String, Option<Id>)>, Error> {
    let found = match cases::store::load(tx, id, &cases::store::Scope::All).await {
        Ok(found) => found.case,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let may_open = match cases::store::load(tx, id, &cases::store::Scope::of(actor)).await {
        Ok(_) => actor.may(people::act::Act::SeeDesk),
        Err(Error::NotFound) => false,
        Err(error) => return Err(error),
    };
    Ok(Some((found.number, found.title, may_open.then_some(id))))
}

fn officers_of(act: &Act) -> &[Officer] {
    act.officers().unwrap_or_default()
}

/// `GET /buildings/{id}`.
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
    let actor = visit.actor()?.clone();
    let person = actor.clone();
    let found = app.db.read(move |tx| async move { find(&tx, id, &person).await }).await?;
    let drawing = Drawing { app, lang: visit.lang, now: app.clock.now(), found: &found, actor: &actor };
    let (kept, building) = (&found.kept, &found.kept.building);
    let particulars = &building.particulars;
    let (open, waiting) = clocks::ways(building, drawing.now, &app.law());
    let acts = drawing.acts(&open, &again);
    let is_offered = again.step.is_none_or(|step| acts.iter().any(|act| act.step == step.word()));
    let problem = again.problem.as_ref().map(|refusal| {
        let field = match (refusal.field, again.step) {
            (Some(field), Some(step)) if is_offered => format!("{field}-{}", step.word()),
            (None, Some(step)) if is_offered => format!("act-{}", step.word()),
            _ => "acts".to_owned(),
        };
        context! { field, message => app.pages.say(visit.lang, refusal.key, &refusal.args) }
    });
    let author = kept.author.and_then(|author| found.names.get(&author)).cloned().unwrap_or_default();
    let page = context! {
        id => id.to_string(),
        number => kept.number.as_str(),
        stage => building.stage.word(),
        is_over => building.stage.is_over(),
        is_suspended => building.suspended_at.is_some() && !building.stage.is_over(),
        goes_on => building.goes_on(),
        kind => particulars.kind.word(), works => particulars.works.word(), permit => particulars.permit.word(),
        source => building.source.word(), is_old => particulars.is_old_stock,
        area => square_metres(particulars.area), floors => particulars.floors,
        owner => particulars.owner.as_str(), builder => particulars.builder.as_str(),
        address => particulars.address.as_str(), street => drawing.street(&particulars.street), cell => kept.place.cell.as_str(),
        lon => kept.place.lon, lat => kept.place.lat,
        words => kept.words.as_str(), found_at => building.found_at.0, author, revision => building.revision,
        unit => drawing.unit(kept.department),
        case => found.case.as_ref().map(|(number, title, id)| context! { number, title, href => id.map(|id| format!("/cases/{id}")) }),
        penalties => found.penalties.iter().map(|(id, number)| context! { id => id.to_string(), number }).collect::<Vec<_>>(),
        may_open_penalty => building.stage == super::Stage::Penalised
            && crate::enforcement::store::role(actor.post).is_some()
            && actor.may(people::act::Act::RecordClues),
        may_see_papers => actor.may(people::act::Act::SeePapers),
        groups => drawing.groups(),
        terms => Serde(drawing.terms()),
        acts => Serde(&acts),
        waiting => Serde(drawing.waiting(&waiting)),
        turns => drawing.turns(&open),
        photos => ["before", "after", "other"].map(|purpose| context! { purpose, photos => Serde(drawing.photos(purpose)) }).to_vec(),
        history => Serde(drawing.history()),
        orphaned => if is_offered { String::new() } else { typed_words(again.typed.as_ref()) },
        at => again.step.map(Step::word).unwrap_or_default(),
        errors => problem.into_iter().collect::<Vec<_>>(),
        problem_text => again.problem.as_ref().filter(|refusal| refusal.field.is_none()).map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args)),
        kept => waiting_shown(&again.kept),
        key => again.key.as_str(),
    };
    let status = if again.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "construction/show.html", page)?;
    // A form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// What was written into a form that is not there any more is not lost.
fn typed_words(typed: Option<&Typed>) -> String {
    let Some(typed) = typed else { return String::new() };
    let texts = ["words", "reason", "goods", "witnesses", "letter", "number"].map(|name| typed.text(name));
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[derive(Serialize)]
struct ActShown {
    step: &'static str,
    label: String,
    fields: minijinja::Value,
    /// Whether it is the next step of the chain.
    is_main: bool,
    is_grave: bool,
    has_photos: bool,
    /// What is said over the form; empty without.
    note: String,
}

#[derive(Serialize)]
struct TermLine {
    #[serde(flatten)]
    shown: TermShown,
    is_awaited: bool,
    why: Vec<String>,
    article: String,
    number: &'static str,
    is_to_check: bool,
    problem: String,
}

#[derive(Serialize)]
struct WaitingShown {
    label: String,
    why: String,
    from: String,
}

#[derive(Serialize)]
struct Happening {
    kind: &'static str,
    title: String,
    at: Moment,
    author: String,
    role: &'static str,
    words: String,
    details: Vec<(String, String)>,
    photos: Vec<Shown>,
}

/// How far from the middle of things a step is: the chain's next ones first, then what belongs to the stage, then ways out.
const fn weight(step: Step, is_forward: bool) -> u8 {
    match step {
        Step::RecordVisit => 3,
        Step::Dismiss | Step::End | Step::Suspend => 2,
        Step::RecordSelfDemolition | Step::BeginRemedy | Step::EndRemedy | Step::ChangeDecision | Step::Waive => 1,
        Step::Recuse => 2,
        Step::AnswerDefence | Step::Resume | Step::HoldHearing | Step::CallHearing => 0,
        Step::Review | Step::ServeOrder => 0,
        _ if is_forward => 0,
        _ => 1,
    }
}

struct Drawing<'a> {
    app: &'a App,
    lang: &'static str,
    now: Moment,
    found: &'a Found,
    actor: &'a Actor,
}

impl Drawing<'_> {
    fn say(&self, key: &str) -> String {
        self.app.pages.say(self.lang, key, &[])
    }

    fn street(&self, code: &str) -> String {
        let grid = self.app.grid();
        let found = grid.area(crate::grid::area::Level::Street, code);
        found.map_or_else(|| code.to_owned(), |area| area.name.clone())
    }

    fn unit(&self, id: Option<Id>) -> String {
        let found = self.found.units.iter().find(|unit| Some(unit.id) == id);
        found.map(|unit| unit.name(self.lang).to_owned()).unwrap_or_default()
    }

    /// The groups of stages as a line: done, current, to come.
    fn groups(&self) -> Vec<minijinja::Value> {
        const LINE: [Show; 6] =
            [Show::Stopping, Show::Deciding, Show::Waiting, Show::Enforcing, Show::Cleared, Show::Over];
        let building = &self.found.kept.building;
        let current = LINE.iter().position(|group| *group == Show::of(building.stage)).unwrap_or_default();
        let went = |group: Show| {
            self.found.history.iter().any(|line| match &line.what {
                Happened::Done(fact) => Show::of(fact.stage) == group,
                Happened::Found(_) => group == Show::Stopping,
            })
        };
        let one = |(position, group): (usize, &Show)| {
            let state = match () {
                () if position == current && building.stage.is_over() => "done",
                () if position == current => "current",
                () if position < current && went(*group) => "done",
                () => "todo",
            };
            context! { label => self.say(&format!("construction-group-{}", group.word())), state }
        };
        LINE.iter().enumerate().map(one).collect()
    }

    fn terms(&self) -> Vec<TermLine> {
        let (law, building) = (self.app.law(), &self.found.kept.building);
        // What is over while something else still runs asks nothing of anybody yet.
        let is_all_over = clocks::due(building, &law).is_some_and(|(_, over_at)| over_at <= self.now);
        let line = |one: clocks::Running| {
            let (document, article) = one.kind.article();
            let shown = match &one.end {
                Ok((_, over_at)) => {
                    let shown = term_shown(one.kind, *over_at, self.app, self.now, building.stage);
                    let is_quiet = shown.state == "over" && !(is_all_over && one.is_awaited);
                    TermShown { state: if is_quiet { "ended" } else { shown.state }, ..shown }
                }
                Err(_) => {
                    TermShown { kind: one.kind.word(), state: "undue", days: 0, last: String::new(), over_at: None }
                }
            };
            let problem = one.end.as_ref().err();
            TermLine {
                shown,
                is_awaited: one.is_awaited,
                why: one.why.iter().map(|step| self.app.pages.say(self.lang, step.key(), &step.args())).collect(),
                article: law.terms.document(document).map_or_else(String::new, |document| {
                    if self.lang == "en" { document.en.clone() } else { document.zh.clone() }
                }),
                number: article,
                is_to_check: one.certainty == Certainty::CheckLocally,
                problem: problem
                    .map(|refusal| self.app.pages.say(self.lang, refusal.key, &refusal.args))
                    .unwrap_or_default(),
            }
        };
        clocks::running(building, &law).into_iter().map(line).collect()
    }

    /// What the reader may do now, each a form.
    fn acts(&self, open: &[Step], again: &Again) -> Vec<ActShown> {
        let building = &self.found.kept.building;
        let may = |step: Step| {
            let way = way(step, building.stage)?;
            let role = acting::role(self.actor.post, step)?;
            way.who.contains(&role).then_some((step, way.to != building.stage))
        };
        let mut own: Vec<(Step, bool)> = open.iter().filter_map(|step| may(*step)).collect();
        own.sort_by_key(|(step, is_forward)| weight(*step, *is_forward));
        let law = self.app.law();
        let say = |key: &str| self.say(key);
        let officers = self.officers();
        let is_officer = matches!(self.actor.post, Post::EnforcementOfficer | Post::UnitLeader);
        let drawn = Drawn {
            building,
            officers: &officers,
            people: &self.people(),
            me: self.actor.account,
            is_officer,
            before: self.found.photos.iter().filter(|(_, purpose)| purpose == "before").count(),
            photos: self.app.reports.photos_limit,
            today: self.app.calendar.date_of(self.now),
            law: &law,
            say: &say,
        };
        let one = |(step, is_forward): (Step, bool)| {
            let is_again = again.step == Some(step);
            let text = again.problem.as_ref().map(|refusal| self.app.pages.say(self.lang, refusal.key, &refusal.args));
            let beside = again.problem.as_ref().and_then(|refusal| refusal.field).zip(text.as_deref());
            let list = forms::fields(step, &drawn);
            let has_photos = list.iter().any(|field| field.name == "photos");
            let fields = fields::draw(
                &list,
                step.word(),
                again.typed.as_ref().filter(|_| is_again),
                beside.filter(|_| is_again),
                &say,
            );
            ActShown {
                step: step.word(),
                label: self.say(&format!("construction-do-{}", step.word())),
                fields,
                is_main: weight(step, is_forward) == 0,
                is_grave: matches!(step, Step::Dismiss | Step::End),
                has_photos,
                note: self.note(step, drawn.before),
            }
        };
        own.into_iter().map(one).collect()
    }

    /// What is to be known before an act; empty where its form says everything.
    fn note(&self, step: Step, before: usize) -> String {
        let basis = self.app.statutes.organ.building.shorter_way.as_ref();
        match step {
            Step::Demolish => self.app.pages.say(self.lang, "construction-note-demolish", &[("n", before.to_string())]),
            Step::ChargeShort => basis.map_or_else(String::new, |(document, article)| {
                let args = [("document", document.clone()), ("article", article.clone())];
                self.app.pages.say(self.lang, "construction-note-charge-short", &args)
            }),
            Step::File
            | Step::Penalise
            | Step::OrderEnforcement
            | Step::ChangeDecision
            | Step::Close
            | Step::Resume
            | Step::RecordSelfDemolition
            | Step::AskHearing => self.say(&format!("construction-note-{}", step.word())),
            _ => String::new(),
        }
    }

    /// The officers of the unit, or all where it has not two; without those who keep out of it.
    fn officers(&self) -> Vec<Choice> {
        let recused = &self.found.kept.building.recused;
        let free = || self.found.officers.iter().filter(|one| !recused.contains(&one.account));
        let own: Vec<&Named> = free().filter(|one| one.department == self.found.kept.department).collect();
        let all: Vec<&Named> = if own.len() >= 2 { own } else { free().collect() };
        all.into_iter().map(|one| Choice::new(one.account, &one.name)).collect()
    }

    /// Those who may have to keep out of it and do not yet.
    fn people(&self) -> Vec<Choice> {
        let recused = &self.found.kept.building.recused;
        let others = self.found.others.iter().map(|one| Choice::new(one.account, &one.name));
        let all = self.officers().into_iter().chain(others);
        all.filter(|one| one.value.parse::<Id>().is_ok_and(|id| !recused.contains(&id))).collect()
    }

    fn waiting(&self, waiting: &[Waiting]) -> Vec<WaitingShown> {
        let told = waiting.iter().filter(|one| clocks::is_worth_telling(one));
        told.map(|one| WaitingShown {
            label: self.say(&format!("construction-step-{}", one.step.word())),
            why: self.app.pages.say(self.lang, one.why.key, &one.why.args),
            from: one.from.map(|day| day.to_string()).unwrap_or_default(),
        })
        .collect()
    }

    /// Who can go on with the chain, step by step.
    fn turns(&self, open: &[Step]) -> Vec<minijinja::Value> {
        let stage = self.found.kept.building.stage;
        let forward = open.iter().filter_map(|step| {
            let way = way(*step, stage)?;
            (weight(*step, way.to != stage) == 0).then(|| {
                let role = |role: &Role| self.say(&format!("construction-role-{}", role.word()));
                let who: Vec<String> = way.who.iter().map(role).collect();
                context! { step => self.say(&format!("construction-step-{}", step.word())), who => who.join(" / ") }
            })
        });
        forward.collect()
    }

    fn photos(&self, purpose: &str) -> Vec<Shown> {
        let alt = self.say(&format!("construction-photo-{purpose}"));
        let own = self.found.photos.iter().filter(|(_, of)| of == purpose);
        own.map(|(id, _)| shown(id, &alt)).collect()
    }

    fn history(&self) -> Vec<Happening> {
        let alt = self.say("construction-photo");
        let one = |line: &Line| {
            let photos = line.photos.iter().map(|id| shown(id, &alt)).collect();
            match &line.what {
                Happened::Found(found) => Happening {
                    kind: "found",
                    title: self.say("construction-happened-found"),
                    at: line.at,
                    author: line.author.clone(),
                    role: "",
                    words: self.found.kept.words.clone(),
                    details: vec![
                        self.detail("source", self.say(&format!("construction-source-{}", found.source.word()))),
                        self.detail("area", format!("{} m²", square_metres(found.particulars.area))),
                    ],
                    photos,
                },
                Happened::Done(fact) => Happening {
                    kind: fact.what.word(),
                    title: self.say(&format!("construction-step-{}", fact.what.word())),
                    at: line.at,
                    author: line.author.clone(),
                    role: fact.role.word(),
                    words: match &fact.act {
                        Act::Assess { .. } | Act::Charge { .. } => String::new(),
                        act => act.words().unwrap_or_default().to_owned(),
                    },
                    details: self.details(&fact.act),
                    photos,
                },
            }
        };
        self.found.history.iter().rev().map(one).collect()
    }

    fn detail(&self, name: &str, value: String) -> (String, String) {
        (self.say(&format!("construction-detail-{name}")), value)
    }

    fn details(&self, act: &Act) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let word = |prefix: &str, word: &str| self.say(&format!("construction-{prefix}-{word}"));
        let yes = |is: bool| self.say(if is { "construction-yes" } else { "construction-no" });
        let names: Vec<String> = officers_of(act)
            .iter()
            .map(|officer| {
                let name = self.found.names.get(&officer.account).cloned().unwrap_or_default();
                let number = officer.credential.as_ref().map(|credential| credential.number.as_str());
                number.map_or_else(|| name.clone(), |number| format!("{name} ({number})"))
            })
            .collect();
        if !names.is_empty() {
            all.push(self.detail("officers", names.join(self.say("kit-comma").as_str())));
        }
        let moment = |at: Moment| at.zoned(&self.app.city.zone()).strftime("%Y-%m-%d %H:%M").to_string();
        if let Some(delivery) = act.service() {
            all.push(self.detail("manner", word("manner", delivery.service.manner.word())));
            all.extend(delivery.at.map(|at| self.detail("served", moment(at))));
            all.extend(delivery.service.announced_on.map(|on| self.detail("announced", on.to_string())));
            if !delivery.service.tried.is_empty() {
                all.push(self.detail("tried", delivery.service.tried.clone()));
            }
        }
        match act {
            Act::Survey { particulars, .. } => {
                all.push(self.detail("works", word("works", particulars.works.word())));
                all.push(self.detail("area", format!("{} m²", square_metres(particulars.area))));
            }
            Act::CheckStop { is_obeyed, .. } => all.push(self.detail("obeyed", yes(*is_obeyed))),
            Act::Assess { assessment, letter, on } => {
                all.push(self.detail("assessment", word("assessment", assessment.word())));
                all.push(self.detail("letter", letter.clone()));
                all.extend(on.map(|on| self.detail("on", on.to_string())));
            }
            Act::CallHearing { on } => all.push(self.detail("hearing", on.to_string())),
            Act::AnswerDefence { number, is_adopted, .. } => {
                all.push(self.detail("defence", number.to_string()));
                all.push(self.detail("adopted", yes(*is_adopted)));
            }
            Act::Decide { until } | Act::Remind { until, .. } | Act::Announce { until, .. } => {
                all.push(self.detail("until", until.to_string()));
            }
            Act::ChangeDecision { on, until, .. } => {
                all.push(self.detail("on", on.to_string()));
                all.push(self.detail("until", until.to_string()));
            }
            Act::Suspend { ground, is_harmless, .. } => {
                all.push(self.detail("ground", word("ground", ground.word())));
                all.push(self.detail("harmless", yes(*is_harmless)));
            }
            Act::Recuse { account, .. } => {
                all.push(self.detail("recused", self.found.names.get(account).cloned().unwrap_or_default()));
            }
            Act::Review { is_passed, .. } => all.push(self.detail("passed", yes(*is_passed))),
            Act::BeginRemedy { kind, on } => {
                all.push(self.detail("remedy", word("remedy", kind.word())));
                all.push(self.detail("on", on.to_string()));
            }
            Act::EndRemedy { on, is_revoked, is_withdrawn } => {
                let outcome = match (is_revoked, is_withdrawn) {
                    (true, _) => "revoked",
                    (_, true) => "withdrawn",
                    _ => "upheld",
                };
                all.push(self.detail("on", on.to_string()));
                all.push(self.detail("outcome", word("outcome", outcome)));
            }
            Act::Charge { number, on } => {
                all.push(self.detail("charge", number.clone()));
                all.extend(on.map(|on| self.detail("on", on.to_string())));
            }
            Act::Demolish { clearing, .. } => {
                all.push(self.detail("time", format!("{} – {}", moment(clearing.from), moment(clearing.until))));
                all.push(self.detail("area", format!("{} m²", square_metres(clearing.area))));
                all.push(self.detail("present", yes(clearing.is_party_present)));
                if !clearing.witnesses.is_empty() {
                    all.push(self.detail("witnesses", clearing.witnesses.join(self.say("kit-comma").as_str())));
                }
                let goods: Vec<String> = clearing.goods.iter().map(Good::line).collect();
                let none = || self.say("construction-goods-none");
                all.push(self.detail("goods", if goods.is_empty() { none() } else { goods.join("\n") }));
                all.push(self.detail("recorded", yes(clearing.is_recorded)));
                all.push(self.detail("photos", format!("{} / {}", clearing.before, clearing.after)));
            }
            _ => {}
        }
        all
    }
}
