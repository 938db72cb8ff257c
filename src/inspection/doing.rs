//! What every act does around its rule: load within the actor's scope, read the form, decide, set its papers on trial, save,
//! record, issue, tell, commit. A refusal draws the page again with what was typed and photographed.

use super::check::{Check, CheckAct, CheckStep, Fact, Outcome, carry_out};
use super::enterprise::Enterprise;
use super::forms::{self, Desk, Wish};
use super::store::{self, Kept, Scope};
use super::wording::Source;
use super::{Why, show, telling};
use crate::app::App;
use crate::enforcement::case::{Actor, Credential, Officer, Role};
use crate::enforcement::opening::Clue;
use crate::enforcement::{self, store::Origin};
use crate::files::store::Belongs;
use crate::files::{self, TakenIn};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::{self, Id};
use crate::papers::issuing::{self, Draft, Shapeless, prepare, seal};
use crate::papers::paper::{Order, Paper};
use crate::papers::store::Signed;
use crate::people;
use crate::people::act::Post;
use crate::people::actor::Actor as Person;
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::submit::read_form;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// How often an act is tried again when somebody else changed the check at the same moment.
const TRIES: usize = 4;

/// The role in which somebody acts on a check.
///
/// # Errors
/// [`Error::Forbidden`] for a post without a part in it.
pub fn acting(person: &Person) -> Result<Actor, Error> {
    let role = match person.post {
        Post::EnforcementOfficer => Role::Officer,
        Post::UnitLeader => Role::UnitLeader,
        Post::EnforcementHelper => Role::Helper,
        Post::Leader => Role::Head,
        _ => return Err(Error::Forbidden),
    };
    Ok(Actor { account: Some(person.account), role })
}

/// Officers as the program's own records have them on a day: their posts and credentials are never a form's to say.
///
/// # Errors
/// `form-choose` on `officers` for an account that is not there; when the database fails.
pub async fn officers(tx: &Tx, accounts: &[Id], day: Date) -> Result<Vec<Officer>, Error> {
    let mut all = Vec::new();
    for account in accounts {
        let named = match people::store::load(tx, *account).await {
            Ok(named) if named.is_active => named,
            Ok(_) | Err(Error::NotFound) => return Err(Refusal::new("form-choose").on("officers").into()),
            Err(error) => return Err(error),
        };
        let credential = people::store::credential_on(tx, *account, day).await?.map(Credential::from);
        let is_helper = !matches!(named.post, Post::EnforcementOfficer | Post::UnitLeader);
        all.push(Officer { account: *account, credential, is_helper });
    }
    Ok(all)
}

/// `POST /inspections/{id}/{act}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the actor's scope and for an act that there is not; [`Error::Forbidden`] for a post that has no
/// part in it; when the database fails. Refusals are drawn.
pub async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((id, word)): Path<(Id, String)>,
    request: Request,
) -> Result<Response, Error> {
    let is_form = |step: &CheckStep| {
        !matches!(
            step,
            CheckStep::Confirm | CheckStep::Enter | CheckStep::EnterUrgently | CheckStep::Rate | CheckStep::Note
        )
    };
    let step = CheckStep::parse(&word).filter(is_form).ok_or(Error::NotFound)?;
    perform(&app, &visit, id, step, request).await
}

/// `POST /inspections/{id}/note`: what helpers may, too.
///
/// # Errors
/// As [`act`].
pub async fn note(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    request: Request,
) -> Result<Response, Error> {
    perform(&app, &visit, id, CheckStep::Note, request).await
}

async fn perform(app: &App, visit: &Visit, id: Id, step: CheckStep, request: Request) -> Result<Response, Error> {
    let headers = request.headers().clone();
    let sent = read_form(app, request).await?;
    let typed = sent.form();
    let key = Some(sent.text("key")).filter(|key| !key.is_empty()).unwrap_or_else(id::secret);
    let album = photos::open(app, sent, &key).await?;
    match attempt(app, visit, &headers, id, step, &typed, &album, &key).await {
        Ok(waited) => {
            photos::clear(app, waited).await;
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/inspections/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let kept = album.wait(app, &key).await?;
            let problem = Some(forms::beside(step, refusal));
            let again = show::Again { step: Some(step), typed: Some(typed), problem, kept, key };
            show::draw(app, visit, &headers, id, again).await
        }
        Err(error) => Err(error),
    }
}

/// What an act is decided on.
#[derive(Clone)]
struct Seen {
    kept: Kept,
    enterprise: Enterprise,
    names: BTreeMap<Id, String>,
    officers: Vec<Officer>,
    is_done: bool,
}

async fn look(tx: &Tx, id: Id, person: &Person, form: &str, today: Date) -> Result<Seen, Error> {
    let kept = store::load(tx, id, Scope::of(person)).await?;
    let is_done =
        !form.is_empty() && crate::timeline::store::is_done(tx, store::SUBJECT, id, Some(person.account), form).await?;
    let enterprise = store::load_enterprise(tx, kept.check.plan.enterprise).await?;
    let names = people::store::names(tx, &kept.check.plan.officers).await?;
    // Of somebody who has left meanwhile the papers say no credential, and are refused for it.
    let officers = officers(tx, &kept.check.plan.officers, today).await.unwrap_or_default();
    Ok(Seen { kept, enterprise, names, officers, is_done })
}

#[expect(clippy::too_many_arguments, reason = "one act: who sends which form with which photographs from where")]
async fn attempt(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    id: Id,
    step: CheckStep,
    typed: &Typed,
    album: &Album,
    key: &str,
) -> Result<Vec<TakenIn>, Error> {
    let person = visit.actor()?.clone();
    let (now, taken) = (app.clock.now(), album.whole(app).await?);
    let form = if typed.text("revision").is_empty() { String::new() } else { typed.mark(&visit.path) };
    let today = app.calendar.date_of(now);
    let address = issuing::address(app, headers);
    for _ in 0..TRIES {
        let (somebody, mark) = (person.clone(), form.clone());
        let seen = app.db.read(move |tx| async move { look(&tx, id, &somebody, &mark, today).await }).await?;
        // Sent twice (an impatient finger, a page loaded again): it is done, and whoever sent it goes on.
        if seen.is_done {
            return Ok(Vec::new());
        }
        let actor = acting(&person)?;
        let revision = seen.kept.check.revision;
        if typed.text("revision").parse::<i64>().is_ok_and(|told| told != revision) {
            return Err(Why::MovedOn.refuse().into());
        }
        let wish = wish(app, &seen.kept.check, step, typed, now)?;
        // Refused before anything is set or opened.
        let dry = carry_out(&seen.kept.check, &actor, &act_of(&wish, 0, ""), now, &app.inspection, &app.law())?;
        is_meant(&seen.kept.check, &dry.1, step)?;
        let orders = papers(app, &seen, &wish, typed, &address, now).await?;
        let (held, person, wish, orders) = (app.clone(), person.clone(), wish.clone(), orders.clone());
        let (form, taken, key, has_waited) = (form.clone(), taken.clone(), key.to_owned(), album.has_waited);
        let done = app.db.write(move |tx| async move {
            let kept = store::load(&tx, id, Scope::of(&person)).await?;
            if kept.check.revision != revision {
                return Err(DbError::Stale.into());
            }
            let act = match &wish {
                Wish::Act(act) => act.clone(),
                Wish::Clue { .. } => {
                    let (case, number) = open_case(&held, &tx, &person, &kept, now).await?;
                    act_of(&wish, case, &number)
                }
            };
            let (_, fact) = do_it(&held, &tx, kept, &actor, &act, now, &taken, &form).await?;
            let signed = Signed { by: person.account, at: now, on: today };
            let mut issued = Vec::new();
            for order in &orders {
                issued.push(crate::papers::store::issue(&tx, order, signed).await?);
            }
            let waited = if has_waited { files::store::forget_waiting(&tx, &key).await? } else { Vec::new() };
            Ok::<_, Error>((waited, issued, fact.act))
        });
        match done.await {
            // Somebody else acted at the same moment: this act is looked at again.
            Err(Error::Db(DbError::Stale)) => {}
            Err(error) => return Err(error),
            Ok((waited, issued, act)) => {
                sealed(app, &issued).await;
                if let CheckAct::Finish { outcome: Outcome::Clue { case, .. }, .. } = act {
                    app.tell(enforcement::store::SUBJECT, case);
                }
                return Ok(waited);
            }
        }
    }
    Err(Error::Db(DbError::Stale))
}

async fn sealed(app: &App, issued: &[Paper]) {
    for paper in issued {
        // Whoever reads it first seals it when this fails.
        if let Err(error) = seal(app, paper).await {
            tracing::warn!(%error, paper = paper.id, "a paper is not sealed yet");
        }
    }
}

fn wish(app: &App, check: &Check, step: CheckStep, typed: &Typed, now: Moment) -> Result<Wish, Refusal> {
    // Sentences of choices are not read here: only what they stand for.
    let say = |_: &str| String::new();
    desk(app, check, now, &say, true).read(step, typed)
}

/// What forms of a check are made for.
pub fn desk<'a>(
    app: &'a App,
    check: &'a Check,
    now: Moment,
    say: &'a dyn Fn(&str) -> String,
    is_chinese: bool,
) -> Desk<'a> {
    let is_late = check.approve_by(&app.inspection).is_some_and(|latest| now > latest);
    Desk { check, items: &app.inspection, calendar: &app.calendar, now, is_late, say, is_chinese }
}

fn act_of(wish: &Wish, case: Id, number: &str) -> CheckAct {
    match wish {
        Wish::Act(act) => act.clone(),
        Wish::Clue { left_at, signature } => CheckAct::Finish {
            left_at: *left_at,
            signature: signature.clone(),
            outcome: Outcome::Clue { case, number: number.to_owned() },
        },
    }
}

/// An act that is another step than the form's is not done: the address must mean the same.
fn is_meant(check: &Check, fact: &Fact, step: CheckStep) -> Result<(), Refusal> {
    if fact.what == step { Ok(()) } else { Err(Why::StageElsewhere.refuse().with("stage", check.stage.word())) }
}

/// The papers that go with an act, set on trial.
async fn papers(
    app: &App,
    seen: &Seen,
    wish: &Wish,
    typed: &Typed,
    address: &str,
    now: Moment,
) -> Result<Vec<Order>, Error> {
    let say = |_: &str| String::new();
    let kept = &seen.kept;
    let look_up = format!("{address}/check/{}", kept.code);
    let drafts = {
        let desk = desk(app, &kept.check, now, &say, true);
        let source = Source {
            desk: &desk,
            enterprise: &seen.enterprise.particulars,
            names: &seen.names,
            officers: &seen.officers,
            law: app.law(),
            number: &kept.number,
            address: &look_up,
            today: app.calendar.date_of(now),
        };
        match wish {
            Wish::Act(CheckAct::Announce { .. }) => vec![("check-notice", source.notice())],
            Wish::Act(CheckAct::Finish { left_at, signature, outcome }) => {
                let record = ("check-record", source.record(*left_at, signature, Some(outcome)));
                match outcome {
                    Outcome::Order { demands, until } => {
                        vec![record, ("correction-notice", source.order(demands, *until, typed))]
                    }
                    _ => vec![record],
                }
            }
            Wish::Clue { left_at, signature } => vec![("check-record", source.record(*left_at, signature, None))],
            Wish::Act(_) => Vec::new(),
        }
    };
    let mut orders = Vec::new();
    for (kind, data) in drafts {
        let draft = Draft {
            subject: store::SUBJECT,
            subject_id: kept.check.id,
            kind: kind.to_owned(),
            data,
            address: address.to_owned(),
            shapeless: if typed.yes("shapeless") { Shapeless::Mark } else { Shapeless::Refuse },
        };
        orders.push(prepare(app, draft).await?);
    }
    Ok(orders)
}

/// What was found becomes a clue of a penalty case.
async fn open_case(app: &App, tx: &Tx, person: &Person, kept: &Kept, now: Moment) -> Result<(Id, String), Error> {
    let enterprise = store::load_enterprise(tx, kept.check.plan.enterprise).await?;
    let found = kept.check.findings.iter().filter(|one| one.answer == super::check::Answer::Found);
    let found: Vec<&str> = found.map(|one| one.words.as_str()).collect();
    let words = format!("{}（{}）：{}", kept.enterprise, kept.number, found.join("；"));
    let origin = Origin {
        place: enterprise.particulars.address.clone(),
        lon: enterprise.place.lon,
        lat: enterprise.place.lat,
        source: store::SUBJECT.to_owned(),
        source_id: Some(kept.check.id),
    };
    let number = enforcement::store::number(tx, app.calendar.date_of(now).year()).await?;
    let clue = Clue { words, origin, unit: person.department };
    let held = enforcement::doing::open(app, tx, person, number, &clue, now, &[], "").await?;
    Ok((held.case.id, held.number))
}

/// Does an act, keeps it, and tells whoever must know, within a transaction.
///
/// # Errors
/// A refusal of the rules; [`DbError::Stale`] when somebody was faster; when the database fails.
#[expect(clippy::too_many_arguments, reason = "one act: who does what to which check, when, with which photographs")]
pub async fn do_it(
    app: &App,
    tx: &Tx,
    kept: Kept,
    actor: &Actor,
    act: &CheckAct,
    now: Moment,
    taken: &[TakenIn],
    form: &str,
) -> Result<(Kept, Fact), Error> {
    let law = app.law();
    // Two acts of one second come one after the other.
    let moment = now.max(kept.check.last_at);
    let (check, fact) = carry_out(&kept.check, actor, act, moment, &app.inspection, &law)?;
    store::save(tx, &check, kept.check.revision, &app.inspection, &law).await?;
    let belongs = Belongs {
        subject: store::SUBJECT,
        subject_id: check.id,
        purpose: "check",
        is_public: false,
        author: actor.account,
    };
    let photos = files::store::record_all(tx, taken, belongs, now).await?;
    store::record(tx, &fact, &photos, form).await?;
    let before = kept.check.stage;
    let after = Kept { check, ..kept };
    telling::tell(tx, &after, Some(before), fact.by, now).await?;
    Ok((after, fact))
}
