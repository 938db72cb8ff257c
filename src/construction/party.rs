//! The owner's own page (当事人): whoever holds a paper about a building reads by its code where things stand, which terms run, how
//! to speak, ask for a hearing, and go to review or to court; and may speak here and now.

use super::chain::{Act, Actor, Role, Stage, way};
use super::clocks::{self, TermKind};
use super::doing::do_it;
use super::ledger::square_metres;
use super::list::shown as term_shown;
use super::store::{self, Kept, Scope};
use crate::app::App;
use crate::enforcement;
use crate::enforcement::guards::LONGEST_WORDS;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::{Id, normal_code};
use crate::kit::words::LANGUAGES;
use crate::papers::issuing;
use crate::papers::paper::{Paper, Standing};
use crate::people::doors::Visit;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;

/// The papers that go to the owner. Those of the office open no page.
const OF_PARTY: [&str; 8] = [
    "stop-order",
    "demolition-notice",
    "hearing-summons",
    "demolition-order",
    "service-receipt",
    "urging-letter",
    "demolition-announcement",
    "coercion-decision",
];

/// A building with the papers that went to its owner.
struct Theirs {
    kept: Kept,
    papers: Vec<Paper>,
}

/// What a code opens; none for one that is not of a paper to an owner, or of a voided one.
async fn found(app: &App, code: &str) -> Result<Option<Theirs>, Error> {
    let code = normal_code(code);
    let read = app.db.read(move |tx| {
        let code = code.clone();
        async move {
            let is_theirs =
                |paper: &Paper| OF_PARTY.contains(&paper.kind.as_str()) && paper.standing() != Standing::Voided;
            let Some(paper) = crate::papers::store::find_by_code(&tx, &code).await? else { return Ok(None) };
            if paper.subject != store::SUBJECT || !is_theirs(&paper) {
                return Ok(None);
            }
            let kept = store::load(&tx, paper.subject_id, Scope::All).await?;
            let mut papers = crate::papers::store::list(&tx, store::SUBJECT, paper.subject_id).await?;
            papers.retain(is_theirs);
            Ok::<_, Error>(Some(Theirs { kept, papers }))
        }
    });
    read.await
}

fn act_of(word: &str, typed: &Typed) -> Result<Act, Error> {
    Ok(match word {
        "defend" => Act::Defend { words: typed.needed("words", LONGEST_WORDS)? },
        "ask-hearing" => Act::AskHearing,
        _ => return Err(Error::NotFound),
    })
}

/// `GET /party/{code}`.
///
/// # Errors
/// When the database fails; an unknown code is said.
pub async fn show(State(app): State<App>, visit: Visit, Path(code): Path<String>) -> Result<Response, Error> {
    match found(&app, &code).await? {
        Some(theirs) => draw(&app, &visit, &code, &theirs, None),
        None => enforcement::party::show(State(app), visit, Path(code)).await,
    }
}

/// `GET /party/{code}/{paper}`: a paper of theirs as PDF.
///
/// # Errors
/// [`Error::NotFound`] for a paper that is not theirs; when it cannot be set.
pub async fn pdf(State(app): State<App>, Path((code, paper)): Path<(String, Id)>) -> Result<Response, Error> {
    let Some(theirs) = found(&app, &code).await? else {
        return enforcement::party::pdf(State(app), Path((code, paper))).await;
    };
    let paper = theirs.papers.iter().find(|one| one.id == paper).ok_or(Error::NotFound)?;
    let pdf = issuing::pdf(&app, paper).await?;
    let headers = [(header::CONTENT_TYPE, "application/pdf"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, pdf).into_response())
}

/// `POST /party/{code}/{act}`: the owner speaks or asks for a hearing.
///
/// # Errors
/// [`Error::NotFound`] for an unknown code or act; when the database fails. Refusals are drawn.
pub async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((code, word)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let Some(theirs) = found(&app, &code).await? else {
        return enforcement::party::act(State(app), visit, Path((code, word)), Form(pairs)).await;
    };
    let (id, typed) = (theirs.kept.building.id, Typed::of(pairs));
    match take(&app, &visit, id, &word, &typed).await {
        Ok(()) => {
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/party/{}?done={word}", normal_code(&code))).into_response())
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, &code, &theirs, Some((&word, &typed, &refusal))),
        Err(error) => Err(error),
    }
}

async fn take(app: &App, visit: &Visit, id: Id, word: &str, typed: &Typed) -> Result<(), Error> {
    let act = act_of(word, typed)?;
    let (held, now, form) = (app.clone(), app.clock.now(), typed.mark(&visit.path));
    app.db
        .write(move |tx| {
            let (app, act, form) = (held.clone(), act.clone(), form.clone());
            async move {
                if crate::timeline::store::is_done(&tx, store::SUBJECT, id, None, &form).await? {
                    return Ok(());
                }
                let kept = store::load(&tx, id, Scope::All).await?;
                let by = Actor { account: None, role: Role::Party };
                let at = now.max(kept.building.last_at);
                do_it(&app, &tx, kept, &by, act, at, &[], &form, None).await.map(drop)
            }
        })
        .await
}

fn draw(
    app: &App,
    visit: &Visit,
    code: &str,
    theirs: &Theirs,
    sent: Option<(&str, &Typed, &Refusal)>,
) -> Result<Response, Error> {
    let (building, now, law) = (&theirs.kept.building, app.clock.now(), app.law());
    let is_chinese = visit.lang == LANGUAGES[0];
    let particulars = &building.particulars;
    // The terms that are the owner's own, not the office's.
    let own = |kind: TermKind| !matches!(kind, TermKind::Stop | TermKind::Resumption);
    let terms: Vec<_> = clocks::running(building, &law)
        .into_iter()
        .filter(|one| own(one.kind))
        .filter_map(|one| {
            let (_, over_at) = one.end.ok()?;
            let why: Vec<String> =
                one.why.iter().map(|step| app.pages.say(visit.lang, step.key(), &step.args())).collect();
            Some(context! { m => Serde(term_shown(one.kind, over_at, app, now, building.stage)), why })
        })
        .collect();
    let papers: Vec<_> = theirs
        .papers
        .iter()
        .map(|paper| {
            let kind = app.papers.kinds.find(&paper.kind);
            let name = kind.map(|kind| if is_chinese { kind.name.chinese.clone() } else { kind.name.english.clone() });
            context! { id => paper.id.to_string(), name => name.unwrap_or_default(), number => paper.number.as_str(), on => paper.issued_on.to_string() }
        })
        .collect();
    let may =
        |act: &Act| way(act.step(building.stage), building.stage).is_some_and(|way| way.who.contains(&Role::Party));
    let today = app.calendar.date_of(now);
    let length = |term: &str| app.statutes.terms.on(term, today).ok().map(|term| term.length);
    let head = &law.organ.letterhead;
    let message = sent.map(|(_, _, refusal)| app.pages.say(visit.lang, refusal.key, &refusal.args));
    let defences: Vec<_> = building
        .defences
        .iter()
        .map(|one| context! { words => one.words.as_str(), is_adopted => one.is_adopted })
        .collect();
    let can_hear = law.organ.building.offers_hearing && building.hearing_asked_at.is_none() && !building.is_waived;
    let page = context! {
        code => normal_code(code),
        number => theirs.kept.number.as_str(),
        stage => building.stage.word(),
        owner => particulars.owner.as_str(), address => particulars.address.as_str(),
        kind => particulars.kind.word(), area => square_metres(particulars.area), floors => particulars.floors,
        until => building.decision.map(|given| given.until.to_string()),
        terms, papers, defences,
        may_defend => may(&Act::Defend { words: String::new() }),
        may_ask_hearing => may(&Act::AskHearing) && can_hear,
        hearing_asked => building.hearing_asked_at.is_some(),
        hearing_on => building.hearing_called.map(|given| given.until.to_string()),
        is_served => building.served_at.is_some() && building.stage != Stage::Closed,
        organ => context! {
            name => if is_chinese { law.organ.name.zh.as_str() } else { law.organ.name.en.as_str() },
            address => head.address.as_str(), phone => head.phone.as_str(),
        },
        review => context! { by => head.review_by.as_str(), days => length("review"), court => head.court.as_str(), months => length("suit") },
        done => visit.asked.split('&').find_map(|pair| pair.strip_prefix("done=")).unwrap_or_default(),
        words => sent.map(|(_, typed, _)| typed.text("words").to_owned()),
        problem_at => sent.map_or("", |(word, ..)| word),
        problem => message.clone().unwrap_or_default(),
        errors => message.iter().map(|message| context! { field => "words", message => message.as_str() }).collect::<Vec<_>>(),
    };
    let status = if sent.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "construction/party.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}
