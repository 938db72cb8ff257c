//! One check, whole: when and by whom, what the law still holds back, what may be done now, what was found, and everything that
//! happened.

use super::check::{Alert, CheckAct, CheckStage, CheckStep, Outcome, Reason, Signature, check_way, hours};
use super::doing::{acting, desk};
use super::forms;
use super::store::{self, Kept, Line, Scope, Show};
use crate::app::App;
use crate::enforcement;
use crate::enforcement::case::Officer;
use crate::files::store::Waiting;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Typed};
use crate::kit::id::{self, Id};
use crate::kit::words::LANGUAGES;
use crate::papers::issuing;
use crate::papers::paper::{Paper, grouped};
use crate::people;
use crate::people::act::{Act as May, Post};
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::reports::photos::{Shown, shown, waiting_shown};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use std::collections::BTreeMap;

/// A form that was refused, to be drawn again.
#[derive(Debug, Clone)]
pub struct Again {
    /// The act; none when none was sent.
    pub step: Option<CheckStep>,
    /// What was typed.
    pub typed: Option<Typed>,
    /// Why not.
    pub problem: Option<Refusal>,
    /// The photographs that wait for it.
    pub kept: Vec<Waiting>,
    /// The key under which they wait.
    pub key: String,
}

impl Default for Again {
    fn default() -> Again {
        Again { step: None, typed: None, problem: None, kept: Vec::new(), key: id::secret() }
    }
}

/// The square code of an address as SVG.
///
/// # Errors
/// [`Error::Internal`] when the address is too long for one.
pub fn square(address: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::new(address.as_bytes());
    let code = code.map_err(|error| Error::Internal(format!("{address}: {error}")))?;
    let drawn = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(176, 176).build();
    Ok(drawn.find("<svg").map(|from| drawn[from..].to_owned()).unwrap_or_default())
}

/// A telephone at which somebody complains about a check.
#[derive(Debug, Clone, Serialize)]
pub struct Phone {
    name: String,
    phone: String,
}

/// Where an enterprise complains about a check: the city's hotlines, and the organ.
pub fn phones(app: &App, lang: &str) -> Vec<Phone> {
    let list = app.city.rest.get("emergency").and_then(toml::Value::as_array);
    let text =
        |entry: &toml::Value, name: &str| entry.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let name = if lang == "en" { "name_en" } else { "name" };
    let mut all: Vec<Phone> = list
        .into_iter()
        .flatten()
        .filter(|entry| matches!(text(entry, "key").as_str(), "hotline" | "brigade"))
        .map(|entry| Phone { name: text(entry, name), phone: text(entry, "phone") })
        .collect();
    let own = &app.statutes.organ.letterhead.phone;
    if !own.is_empty() {
        all.push(Phone { name: organ(app, lang), phone: own.clone() });
    }
    all
}

/// The organ's name.
pub fn organ(app: &App, lang: &str) -> String {
    let name = &app.statutes.organ.name;
    if lang == "en" { name.en.clone() } else { name.zh.clone() }
}

/// An item's name in the reader's language.
pub fn item(app: &App, lang: &str, id: &str) -> String {
    let found = app.inspection.named(id);
    found.map_or_else(
        || id.to_owned(),
        |item| if lang == LANGUAGES[0] { item.name.zh.clone() } else { item.name.en.clone() },
    )
}

/// How a check stands in time: the word of a sentence, a tone, days.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// `today`, `ahead`, `missed`, `approve`, `overdue`, `late`, `correct`, `uncorrected`; empty when there is nothing to say.
    pub state: &'static str,
    /// Days until then, or since.
    pub days: i32,
    /// The day or moment.
    pub until: String,
}

fn days(from: Date, to: Date) -> i32 {
    from.until(to).map(|span| span.get_days()).unwrap_or_default()
}

/// How a check stands in time at a moment.
pub fn standing(app: &App, kept: &Kept, now: Moment) -> Standing {
    let (check, today) = (&kept.check, app.calendar.date_of(now));
    let of = |state, days, until: String| Standing { state, days, until };
    let moment = |at: Moment| at.zoned(app.calendar.zone()).strftime("%m-%d %H:%M").to_string();
    match check.stage {
        CheckStage::Planned | CheckStage::Approved | CheckStage::Announced => {
            let left = days(today, check.plan.on);
            let state = match left {
                0 => "today",
                1.. => "ahead",
                _ => "missed",
            };
            of(state, left.abs(), check.plan.on.to_string())
        }
        CheckStage::Entered | CheckStage::Recorded => match check.approve_by(&app.inspection) {
            Some(latest) if latest < now => of("overdue", 0, moment(latest)),
            Some(latest) => of("approve", 0, moment(latest)),
            None if check.is_approved_late => of("late", 0, String::new()),
            None => of("", 0, String::new()),
        },
        CheckStage::Finished => match check.correct_by() {
            Some(until) if until < today => of("uncorrected", days(until, today), until.to_string()),
            Some(until) => of("correct", days(today, until), until.to_string()),
            None if check.is_approved_late => of("late", 0, String::new()),
            None => of("", 0, String::new()),
        },
        CheckStage::Refused | CheckStage::Cancelled => of("", 0, String::new()),
    }
}

/// A check as a line of a list.
pub fn line(app: &App, lang: &str, kept: &Kept, now: Moment) -> minijinja::Value {
    let (check, plan) = (&kept.check, &kept.check.plan);
    let items: Vec<String> = plan.items.iter().map(|id| item(app, lang, id)).collect();
    context! {
        id => check.id.to_string(), number => kept.number.as_str(), enterprise => kept.enterprise.as_str(),
        enterprise_id => plan.enterprise.to_string(), address => kept.address.as_str(),
        stage => check.stage.word(), reason => plan.reason.word(), on => plan.on.to_string(), hours => hours(plan.from, plan.until),
        items, outcome => check.outcome.as_ref().map(Outcome::word), is_drawn => kept.draw.is_some(),
        standing => Serde(standing(app, kept, now)), stars => check.rating.as_ref().map(|rating| rating.stars),
    }
}

/// Everything that the page needs, as it is in the database.
struct Found {
    kept: Kept,
    enterprise: super::enterprise::Enterprise,
    history: Vec<Line>,
    names: BTreeMap<Id, String>,
    officers: Vec<Officer>,
    units: Vec<people::department::Department>,
    papers: Vec<Paper>,
    of: Option<Kept>,
    rechecks: Vec<Kept>,
    case: Option<Id>,
    earlier: BTreeMap<String, u32>,
}

async fn find(tx: &Tx, id: Id, actor: &Actor, today: Date) -> Result<Found, Error> {
    let scope = Scope::of(actor);
    let kept = store::load(tx, id, scope).await?;
    let plan = kept.check.plan.clone();
    let enterprise = store::load_enterprise(tx, plan.enterprise).await?;
    let history = store::history(tx, id).await?;
    let mut wanted: Vec<Id> = plan.officers.iter().chain(&plan.helpers).copied().collect();
    wanted.extend(kept.author);
    let names = people::store::names(tx, &wanted).await?;
    let mut officers = Vec::new();
    for account in &plan.officers {
        // Credentials of the day of the check: what counts at the door.
        let credential = people::store::credential_on(tx, *account, plan.on).await?.map(Into::into);
        officers.push(Officer { account: *account, credential, is_helper: false });
    }
    let units = people::store::departments(tx).await?;
    let papers = crate::papers::store::list(tx, store::SUBJECT, id).await?;
    let of = match plan.of_check {
        Some(of) => match store::load(tx, of, scope).await {
            Ok(of) => Some(of),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let filter = store::Filter { show: Show::All, of: Some(id), ..store::Filter::default() };
    let rechecks = store::list(tx, scope, &filter, today).await?.rows;
    // The case that came of it, for who may open it.
    let case = match &kept.check.outcome {
        Some(Outcome::Clue { case, .. }) if actor.may(May::SeePenaltyCases) => {
            match enforcement::store::load(tx, *case, &enforcement::store::Scope::of(actor)?).await {
                Ok(_) => Some(*case),
                Err(Error::NotFound) => None,
                Err(error) => return Err(error),
            }
        }
        _ => None,
    };
    let (earlier, _) = store::counted(tx, plan.enterprise, plan.on.year(), Some(id)).await?;
    Ok(Found { kept, enterprise, history, names, officers, units, papers, of, rechecks, case, earlier })
}

/// `GET /inspections/{id}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(id): Path<Id>,
) -> Result<Response, Error> {
    draw(&app, &visit, &headers, id, Again::default()).await
}

#[derive(Serialize)]
struct ActShown {
    step: &'static str,
    label: String,
    fields: minijinja::Value,
    is_main: bool,
    is_grave: bool,
    has_photos: bool,
    note: String,
}

#[derive(Serialize)]
struct Happening {
    kind: String,
    title: String,
    at: Moment,
    author: String,
    words: String,
    details: Vec<(String, String)>,
    photos: Vec<Shown>,
}

struct Drawing<'a> {
    app: &'a App,
    lang: &'static str,
    now: Moment,
    found: &'a Found,
    actor: &'a Actor,
}

/// The steps that are forms, in the order in which they are offered.
const FORMS: [CheckStep; 8] = [
    CheckStep::Approve,
    CheckStep::ApproveAfterwards,
    CheckStep::Announce,
    CheckStep::Record,
    CheckStep::Finish,
    CheckStep::Note,
    CheckStep::Refuse,
    CheckStep::Cancel,
];

impl Drawing<'_> {
    fn say(&self, key: &str) -> String {
        self.app.pages.say(self.lang, key, &[])
    }

    fn name(&self, account: Id) -> String {
        self.found.names.get(&account).cloned().unwrap_or_default()
    }

    fn unit(&self) -> String {
        let found = self.found.units.iter().find(|unit| Some(unit.id) == self.found.kept.department);
        found.map(|unit| unit.name(self.lang).to_owned()).unwrap_or_default()
    }

    /// What the reader may do now, each a form.
    fn acts(&self, again: &Again) -> Result<Vec<ActShown>, Error> {
        let check = &self.found.kept.check;
        let Ok(by) = acting(self.actor) else { return Ok(Vec::new()) };
        let say = |key: &str| self.say(key);
        let desk = desk(self.app, check, self.now, &say, self.lang == LANGUAGES[0]);
        let is_on_it =
            check.plan.officers.contains(&self.actor.account) || check.plan.helpers.contains(&self.actor.account);
        let is_routine = check.plan.reason.is_counted();
        let is_open = |step: CheckStep| {
            let is_way = check_way(step, check.stage).is_some_and(|(_, who)| who.contains(&by.role));
            let fits = match step {
                CheckStep::ApproveAfterwards => check.approved_at.is_none(),
                CheckStep::Finish => check.approved_at.is_some(),
                // Whoever is there records.
                CheckStep::Record | CheckStep::Note => is_on_it || by.role != enforcement::Role::Helper,
                _ => true,
            };
            is_way && fits
        };
        let mut all = Vec::new();
        for step in FORMS.into_iter().filter(|step| is_open(*step)) {
            let told =
                again.problem.as_ref().filter(|_| again.step == Some(step)).and_then(|refusal| {
                    Some((refusal.field?, self.app.pages.say(self.lang, refusal.key, &refusal.args)))
                });
            let beside = told.as_ref().map(|(field, text)| (*field, text.as_str()));
            let typed = again.typed.as_ref().filter(|_| again.step == Some(step));
            let form = desk.fields(step);
            let is_main = match step {
                CheckStep::Approve | CheckStep::ApproveAfterwards | CheckStep::Finish => true,
                CheckStep::Announce => is_routine,
                CheckStep::Record => check.stage == CheckStage::Entered,
                _ => false,
            };
            let note = match step {
                CheckStep::Announce => {
                    let last = check.announce_by(desk.items, &self.app.law());
                    let day = last.map(|day| day.to_string()).unwrap_or_default();
                    let key = if is_routine { "inspection-note-announce" } else { "inspection-note-announce-free" };
                    self.app.pages.say(self.lang, key, &[("day", day)])
                }
                CheckStep::Finish => self.say("inspection-note-finish"),
                CheckStep::Note => self.say("inspection-note-note"),
                _ => String::new(),
            };
            all.push(ActShown {
                step: step.word(),
                label: self.say(&format!("inspection-do-{}", step.word())),
                has_photos: form.iter().any(|field| matches!(field.ask, Ask::Photos(_))),
                fields: fields::draw(&form, step.word(), typed, beside, &say),
                is_main,
                is_grave: matches!(step, CheckStep::Refuse | CheckStep::Cancel),
                note,
            });
        }
        Ok(all)
    }

    fn photos(&self, photos: &[String]) -> Vec<Shown> {
        photos.iter().map(|id| shown(id, &self.say("photo-of-inspection"))).collect()
    }

    fn history(&self) -> Vec<Happening> {
        let answers = |act: &CheckAct| -> (String, Vec<(String, String)>) {
            match act {
                CheckAct::Approve { words }
                | CheckAct::Refuse { words }
                | CheckAct::Cancel { words }
                | CheckAct::Note { words } => (words.clone(), vec![]),
                CheckAct::Announce { way, receiver } => {
                    let mut all =
                        vec![(self.say("inspection-field-way"), self.say(&format!("inspection-way-{}", way.word())))];
                    if !receiver.is_empty() {
                        all.push((self.say("inspection-field-receiver"), receiver.clone()));
                    }
                    (String::new(), all)
                }
                CheckAct::Enter { position, .. } => {
                    let place = match position {
                        Some((lon, lat)) => format!("{lat:.5}, {lon:.5}"),
                        None => self.say("inspection-position-none"),
                    };
                    (String::new(), vec![(self.say("inspection-position"), place)])
                }
                CheckAct::Record { findings, words } => {
                    let all = findings.iter().map(|one| {
                        let answer = self.say(&format!("inspection-answer-{}", one.answer.word()));
                        let told = if one.words.is_empty() { answer } else { format!("{answer} · {}", one.words) };
                        (item(self.app, self.lang, &one.item), told)
                    });
                    (words.clone(), all.collect())
                }
                CheckAct::Finish { outcome, signature, .. } => (String::new(), self.finish(outcome, signature)),
                CheckAct::Rate { stars, words } => {
                    let told = self.app.pages.say(self.lang, "kit-stars", &[("n", stars.to_string())]);
                    (words.clone(), vec![(self.say("inspection-rating"), told)])
                }
            }
        };
        let one = |line: &Line| {
            let (kind, (words, details)) = match &line.fact {
                Some(fact) => (fact.what.word().to_owned(), answers(&fact.act)),
                None => {
                    let words = line.check.as_ref().map(|check| check.plan.why.clone()).unwrap_or_default();
                    ("planned".to_owned(), (words, vec![]))
                }
            };
            Happening {
                title: self.say(&format!("inspection-happened-{kind}")),
                kind,
                at: line.at,
                author: line.author.clone(),
                words,
                details,
                photos: self.photos(&line.photos),
            }
        };
        self.found.history.iter().map(one).collect()
    }

    fn finish(&self, outcome: &Outcome, signature: &Signature) -> Vec<(String, String)> {
        let told = self.say(&format!("inspection-outcome-{}", outcome.word()));
        let more = match outcome {
            Outcome::Nothing => String::new(),
            Outcome::Advice { words } => words.clone(),
            Outcome::Order { demands, until } => format!("{demands}（{until}）"),
            Outcome::Clue { number, .. } => number.clone(),
        };
        let outcome = if more.is_empty() { told } else { format!("{told} · {more}") };
        let mut all = vec![(self.say("inspection-field-outcome"), outcome)];
        match signature {
            Signature::Signed { name } => all.push((self.say("inspection-field-signer"), name.clone())),
            Signature::Declined { words, witness } => {
                all.push((self.say("inspection-field-declined"), words.clone()));
                if !witness.is_empty() {
                    all.push((self.say("inspection-field-witness"), witness.clone()));
                }
            }
        }
        all
    }

    /// The way of a check as a line: done, current, to come.
    fn steps(&self) -> Vec<minijinja::Value> {
        let check = &self.found.kept.check;
        let all: &[(&str, Option<Moment>)] = &[
            ("planned", Some(check.planned_at)),
            ("approved", check.approved_at),
            ("announced", check.announced_at),
            ("entered", check.entered_at),
            ("finished", check.left_at),
        ];
        // What needs no notice shows none.
        let shown: Vec<_> = all
            .iter()
            .filter(|(word, at)| *word != "announced" || check.plan.reason.is_counted() || at.is_some())
            .collect();
        let current = shown.iter().position(|(_, at)| at.is_none());
        let one = |(position, (word, at)): (usize, &&(&str, Option<Moment>))| {
            let state = match () {
                () if at.is_some() => "done",
                () if Some(position) == current && !check.stage.is_over() => "current",
                () => "todo",
            };
            context! { label => self.say(&format!("inspection-step-{word}")), state, at => at.map(|at| at.0) }
        };
        shown.iter().enumerate().map(one).collect()
    }
}

/// The page, with a form that was refused.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn draw(app: &App, visit: &Visit, headers: &HeaderMap, id: Id, again: Again) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let person = actor.clone();
    let found = app.db.read(move |tx| async move { find(&tx, id, &person, today).await }).await?;
    let drawing = Drawing { app, lang: visit.lang, now, found: &found, actor: &actor };
    let (kept, check) = (&found.kept, &found.kept.check);
    let acts = drawing.acts(&again)?;
    let is_offered = again.step.is_none_or(|step| acts.iter().any(|act| act.step == step.word()));
    let problem = again.problem.as_ref().map(|refusal| {
        let field = match (refusal.field, again.step) {
            (Some(field), Some(step)) if is_offered => format!("{field}-{}", step.word()),
            (None, Some(step)) if is_offered => format!("act-{}", step.word()),
            _ => "acts".to_owned(),
        };
        context! { field, message => app.pages.say(visit.lang, refusal.key, &refusal.args) }
    });
    let is_named = check.plan.officers.contains(&actor.account);
    let is_scanning = matches!(check.stage, CheckStage::Approved | CheckStage::Announced)
        || (check.stage == CheckStage::Planned && check.plan.reason == Reason::Emergency);
    let officers = found.officers.iter().map(|one| {
        let present = check.present.iter().find(|there| there.account == one.account);
        context! {
            name => drawing.name(one.account), card => one.credential.as_ref().map(|card| card.number.as_str()),
            until => one.credential.as_ref().map(|card| card.until.to_string()), present => present.map(|there| there.at.0),
        }
    });
    let address = format!("{}/check/{}", issuing::address(app, headers), kept.code);
    let is_chinese = visit.lang == LANGUAGES[0];
    let items = check.plan.items.iter().map(|id| {
        let known = app.inspection.named(id);
        let finding = check.findings.iter().find(|one| one.item == *id);
        context! {
            name => item(app, visit.lang, id), basis => known.map(|item| item.basis.as_str()),
            most => known.map(|item| item.most_a_year), entered => found.earlier.get(id).copied().unwrap_or_default(),
            answer => finding.map(|one| one.answer.word()), words => finding.map(|one| one.words.as_str()),
        }
    });
    let papers = found.papers.iter().map(|paper| {
        let kind = app.papers.kinds.find(&paper.kind);
        let name = kind.map(|kind| if is_chinese { kind.name.chinese.clone() } else { kind.name.english.clone() });
        context! { id => paper.id.to_string(), name => name.unwrap_or_else(|| paper.kind.clone()), number => paper.number.as_str(), standing => paper.standing().word() }
    });
    let message = app.pages.say(
        LANGUAGES[0],
        "inspection-message",
        &[
            ("organ", organ(app, LANGUAGES[0])),
            ("day", check.plan.on.to_string()),
            ("hours", hours(check.plan.from, check.plan.until)),
            ("name", kept.enterprise.clone()),
            ("address", address.clone()),
        ],
    );
    let alert = check.alert(&app.inspection, &app.law()).map(|(what, _)| what);
    let can_recheck = check.correct_by().is_some()
        && found.rechecks.iter().all(|other| other.check.stage.is_void())
        && actor.may(May::PlanChecks);
    let page = context! {
        line => line(app, visit.lang, kept, now), id => id.to_string(), revision => check.revision,
        why => check.plan.why.as_str(), words => check.words.as_str(), unit => drawing.unit(),
        author => kept.author.map(|author| drawing.name(author)), draw => kept.draw.map(|draw| draw.to_string()),
        phone => found.enterprise.particulars.phone.or_said(|key, args| app.pages.say(visit.lang, key, args)),
        contact => found.enterprise.particulars.contact.or_said(|key, args| app.pages.say(visit.lang, key, args)),
        lon => found.enterprise.place.lon, lat => found.enterprise.place.lat,
        officers => officers.collect::<Vec<_>>(),
        helpers => check.plan.helpers.iter().map(|account| drawing.name(*account)).collect::<Vec<_>>(),
        items => items.collect::<Vec<_>>(),
        steps => drawing.steps(),
        acts => Serde(&acts),
        history => Serde(drawing.history()),
        papers => papers.collect::<Vec<_>>(), may_see_papers => actor.may(May::SeePapers),
        of => found.of.as_ref().map(|of| context! { id => of.check.id.to_string(), number => of.number.as_str() }),
        rechecks => found.rechecks.iter().map(|other| line(app, visit.lang, other, now)).collect::<Vec<_>>(),
        can_recheck, is_recheck_due => alert == Some(Alert::Recheck),
        case => found.case.map(|case| case.to_string()),
        case_number => match &check.outcome { Some(Outcome::Clue { number, .. }) => Some(number.as_str()), _ => None },
        is_scanning => is_scanning && is_named, has_scanned => check.present.iter().any(|one| one.account == actor.account),
        is_under => matches!(check.stage, CheckStage::Entered | CheckStage::Recorded),
        is_unapproved => check.entered_at.is_some() && check.approved_at.is_none(),
        rating => check.rating.as_ref().map(|rating| context! { stars => rating.stars, words => rating.words.as_str(), at => rating.at.0 }),
        qr => square(&address)?, code => grouped(&kept.code), address => address.as_str(), message,
        shows_code => !check.stage.is_void() && check.approved_at.is_some() || is_named,
        is_head => actor.post == Post::Leader,
        at => again.step.map(CheckStep::word).unwrap_or_default(),
        errors => problem.into_iter().collect::<Vec<_>>(),
        problem_text => again.problem.as_ref().filter(|refusal| refusal.field.is_none()).map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args)),
        is_shapeless => again.problem.as_ref().is_some_and(|refusal| refusal.key == "papers-refusal-shapeless"),
        orphaned => if is_offered { String::new() } else { typed_words(again.typed.as_ref()) },
        kept => waiting_shown(&again.kept), key => again.key.as_str(), most_photos => forms::MOST_PHOTOS,
    };
    let status = if again.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/show.html", page)?;
    // A form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// What was written into a form that is not there any more is not lost.
fn typed_words(typed: Option<&Typed>) -> String {
    let Some(typed) = typed else { return String::new() };
    let names = ["words", "advice", "demands", "declined", "seen-1", "seen-2", "seen-3"];
    names.iter().map(|name| typed.text(name)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}
