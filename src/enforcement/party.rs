//! The party's own page (当事人): whoever holds a paper of the case types its code and reads what it says, which terms run, how to
//! speak, ask for a hearing, pay, and go to review or to court; and may speak here and now.

use super::case::{self, Act, Actor, Role, Step, way};
use super::doing::carry_on;
use super::guards::LONGEST_WORDS;
use super::show::running_shown;
use super::store::{self, Held, Scope};
use super::wording::penalties;
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Typed, yuan};
use crate::kit::id::{Id, normal_code};
use crate::kit::words::LANGUAGES;
use crate::papers::issuing;
use crate::papers::paper::{Paper, Standing};
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;

/// The papers that go to the party. Those of the office open no page.
const OF_PARTY: [&str; 21] = [
    "correction-notice",
    "evidence-keeping-notice",
    "evidence-disposal",
    "seizure-decision",
    "seizure-release",
    "penalty-notice",
    "hearing-notice",
    "hearing-summons",
    "penalty-decision",
    "summary-decision",
    "change-decision",
    "revocation-decision",
    "no-penalty-decision",
    "not-established-decision",
    "sampling-notice",
    "sampling-disposal",
    "payment-notice",
    "instalment-notice",
    "urging-letter",
    "public-announcement",
    "service-receipt",
];

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    code: String,
}

/// `GET /party`: the form for the code.
///
/// # Errors
/// When the page cannot be drawn.
pub async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let code = normal_code(&asked.code);
    if !code.is_empty() && code.bytes().all(|one| one.is_ascii_alphanumeric()) {
        return Ok(Redirect::to(&format!("/party/{code}")).into_response());
    }
    form(&app, &visit, asked.code.trim(), false)
}

fn form(app: &App, visit: &Visit, typed: &str, is_unknown: bool) -> Result<Response, Error> {
    let typed: String = typed.chars().filter(|one| !one.is_control()).take(60).collect();
    let error = if is_unknown { app.pages.say(visit.lang, "enforcement-party-unknown", &[]) } else { String::new() };
    let status = if is_unknown { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let page = app.page(visit, "enforcement/party_code.html", context! { typed, error })?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// The paper of a code with its case and the other papers that went to the party.
async fn found(app: &App, code: &str) -> Result<Option<(Held, Vec<Paper>)>, Error> {
    let code = normal_code(code);
    let read = app.db.read(move |tx| {
        let code = code.clone();
        async move {
            let Some(paper) = crate::papers::store::find_by_code(&tx, &code).await? else { return Ok(None) };
            let is_theirs = paper.subject == store::SUBJECT && OF_PARTY.contains(&paper.kind.as_str());
            if !is_theirs || paper.standing() == Standing::Voided {
                return Ok(None);
            }
            let held = store::load(&tx, paper.subject_id, &Scope::All).await?;
            let mut papers = crate::papers::store::list(&tx, store::SUBJECT, paper.subject_id).await?;
            papers.retain(|one| OF_PARTY.contains(&one.kind.as_str()) && one.standing() != Standing::Voided);
            Ok::<_, Error>(Some((held, papers)))
        }
    });
    read.await
}

/// `GET /party/{code}`.
///
/// # Errors
/// When the database fails; an unknown code is said.
pub async fn show(State(app): State<App>, visit: Visit, Path(code): Path<String>) -> Result<Response, Error> {
    match found(&app, &code).await? {
        Some((held, papers)) => draw(&app, &visit, &code, &held, &papers, None, None),
        None => form(&app, &visit, &code, true),
    }
}

/// `GET /party/{code}/{paper}`: a paper of theirs as PDF.
///
/// # Errors
/// [`Error::NotFound`] for a paper that is not theirs; when it cannot be set.
pub async fn pdf(State(app): State<App>, Path((code, paper)): Path<(String, Id)>) -> Result<Response, Error> {
    let (_, papers) = found(&app, &code).await?.ok_or(Error::NotFound)?;
    let paper = papers.iter().find(|one| one.id == paper).ok_or(Error::NotFound)?;
    let pdf = issuing::pdf(&app, paper).await?;
    let headers = [(header::CONTENT_TYPE, "application/pdf"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, pdf).into_response())
}

/// What the party may do here: the step's word in the address, the step, and the act.
fn act_of(word: &str, typed: &Typed) -> Result<(Step, Act), Error> {
    Ok(match word {
        "defend" => (Step::Defend, Act::Defend { words: typed.needed("words", LONGEST_WORDS)? }),
        "ask-hearing" => (Step::AskHearing, Act::AskHearing),
        "ask-instalments" => {
            (Step::AskInstalments, Act::AskInstalments { reason: typed.needed("reason", LONGEST_WORDS)? })
        }
        _ => return Err(Error::NotFound),
    })
}

/// `POST /party/{code}/{act}`: the party speaks, asks for a hearing or for instalments.
///
/// # Errors
/// [`Error::NotFound`] for an unknown code or act; when the database fails. Refusals are drawn.
pub async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((code, word)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let done = format!("/party/{}?done={word}", normal_code(&code));
    let Some((held, papers)) = found(&app, &code).await? else { return form(&app, &visit, &code, true) };
    match take(&app, &visit, held.case.id, &word, &typed).await {
        Ok(()) => Ok(Redirect::to(&done).into_response()),
        Err(Error::Refused(refusal)) => {
            draw(&app, &visit, &code, &held, &papers, Some(&typed), Some((&word, &refusal)))
        }
        Err(error) => Err(error),
    }
}

async fn take(app: &App, visit: &Visit, case: Id, word: &str, typed: &Typed) -> Result<(), Error> {
    let (step, act) = act_of(word, typed)?;
    let (held_app, now, form) = (app.clone(), app.clock.now(), typed.mark(&visit.path));
    app.db
        .write(move |tx| {
            let (app, act, form) = (held_app.clone(), act.clone(), form.clone());
            async move {
                if crate::timeline::store::is_done(&tx, store::SUBJECT, case, None, &form).await? {
                    return Ok(());
                }
                let held = store::load(&tx, case, &Scope::All).await?;
                let by = Actor { account: None, role: Role::Party };
                carry_on(&app, &tx, held, &by, step, &act, now, &[], &form).await.map(drop)
            }
        })
        .await?;
    app.tell(store::SUBJECT, case);
    Ok(())
}

fn draw(
    app: &App,
    visit: &Visit,
    code: &str,
    held: &Held,
    papers: &[Paper],
    typed: Option<&Typed>,
    problem: Option<(&str, &Refusal)>,
) -> Result<Response, Error> {
    let (case, now) = (&held.case, app.clock.now());
    let today = app.calendar.date_of(now);
    let law = app.law();
    let is_chinese = visit.lang == LANGUAGES[0];
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    // The terms that are the party's own, not the office's.
    let terms: Vec<_> = case::running(case, &law)
        .iter()
        .filter(|one| one.whose() == case::Whose::Party && !one.is_gone(now))
        .map(|one| running_shown(app, visit.lang, one, String::new(), now))
        .collect();
    let rows: Vec<_> = papers
        .iter()
        .map(|paper| {
            let kind = app.papers.kinds.find(&paper.kind);
            let name = kind.map(|kind| if is_chinese { kind.name.chinese.clone() } else { kind.name.english.clone() });
            context! { id => paper.id.to_string(), name => name.unwrap_or_default(), number => paper.number.as_str(), on => paper.issued_on.to_string() }
        })
        .collect();
    let matter = case.acted_on.and_then(|day| app.statutes.matters.on(&case.matter, day));
    let matter = matter.map(|matter| if is_chinese { matter.name.zh.clone() } else { matter.name.en.clone() });
    let (penalty, is_decided) = match (&case.decision, case.notice()) {
        (Some(decision), _) => (Some(&decision.penalty), true),
        (None, Some(notice)) => (Some(&notice.penalty), false),
        _ => (None, false),
    };
    let penalty_words = penalty.map(|penalty| {
        if is_chinese {
            return penalties(penalty);
        }
        let kinds = penalty.kinds.iter().map(|kind| say(&format!("enforcement-penalty-{}", kind.word()), &[]));
        kinds.chain((penalty.fine > 0).then(|| say("enforcement-yuan", &[("amount", yuan(penalty.fine))]))).collect()
    });
    let may = |step: Step| way(step, case.stage).is_some_and(|way| way.who.contains(&Role::Party));
    let head = &app.statutes.organ.letterhead;
    let account = case.account.as_ref().filter(|account| account.fine > 0);
    let money = account.map(|account| {
        context! {
            fine => yuan(account.fine), owed => yuan(account.owed(today)), due_on => account.due_on().to_string(),
            late_fee => yuan(account.late_fee_owed(today)), is_late => account.late_fee(today).days > 0,
            percent => account.rate, cap => account.cap, bank => head.bank.as_str(), account_name => head.account_name.as_str(), account => head.account.as_str(),
        }
    });
    let length = |term: &str| app.statutes.terms.on(term, today).ok().map(|term| term.length);
    let message = problem.map(|(_, refusal)| say(refusal.key, &refusal.args));
    let text = |name: &str| typed.map(|typed| typed.text(name).to_owned()).unwrap_or_default();
    let defences: Vec<_> = case
        .defences
        .iter()
        .map(|one| context! { words => one.words.as_str(), at => one.at.0, is_adopted => one.is_adopted, answer => one.answer.as_str() })
        .collect();
    let page = context! {
        code => normal_code(code),
        number => held.number.as_str(),
        party => case.party.as_ref().map(|party| party.name.as_str()),
        matter, is_decided,
        penalty => penalty_words,
        papers => rows,
        terms => Serde(terms),
        may_defend => may(Step::Defend),
        may_ask_hearing => may(Step::AskHearing) && case.notice().is_some_and(|notice| notice.offers_hearing && !notice.hearing_waived),
        may_ask_instalments => may(Step::AskInstalments) && account.is_some_and(|account| account.owed(today) > 0) && !case.asked_instalments,
        asked_instalments => case.asked_instalments,
        hearing_on => case.hearing.as_ref().filter(|one| !one.is_withdrawn).map(|one| one.on.map(|on| on.to_string()).unwrap_or_default()),
        defences, money,
        published => case.publications.len().checked_sub(1).and_then(|place| {
            let last = case.publications.get(place).filter(|one| one.until >= today)?;
            Some(context! { code => super::publication::code(&held.number, place), is_withdrawn => last.withdrawn.is_some() })
        }),
        served => case.decision.as_ref().is_some_and(|decision| decision.served_at.is_some()),
        organ => context! {
            name => if is_chinese { app.statutes.organ.name.zh.as_str() } else { app.statutes.organ.name.en.as_str() },
            address => head.address.as_str(), phone => head.phone.as_str(),
        },
        review => context! { by => head.review_by.as_str(), days => length("review"), court => head.court.as_str(), months => length("suit") },
        done => visit.asked.split('&').find_map(|pair| pair.strip_prefix("done=")).unwrap_or_default(),
        words => text("words"), reason => text("reason"),
        problem_at => problem.map_or("", |(word, _)| word),
        problem => message.clone().unwrap_or_default(),
        errors => message.iter().map(|message| {
            let field = if problem.is_some_and(|(word, _)| word == "ask-instalments") { "reason" } else { "words" };
            context! { field, message => message.as_str() }
        }).collect::<Vec<_>>(),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "enforcement/party.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}
