//! What every step does around its rule: load within the scope, read the form, decide, save, record, commit. A refusal draws the
//! form again with everything that was typed and photographed.

use super::case::{self, Actor, Case, Credential, Fact, Step};
use super::earlier;
use super::forms::{Around, Desk, Somebody};
use super::store::{self, Held, Origin, Scope};
use super::wording::{DECISIONS, ended};
use super::{opening, publishing, serving, show, telling};
use crate::app::App;
use crate::files::store::{Belongs, Waiting};
use crate::files::{self, TakenIn};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::{self, Id};
use crate::papers;
use crate::papers::store::Signed;
use crate::people;
use crate::people::act::Post;
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::submit::read_form;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};

/// How often a step is tried again when somebody else changed the case at the same moment.
const TRIES: usize = 4;
/// The posts that forms name.
const NAMED: [Post; 7] = [
    Post::EnforcementOfficer,
    Post::EnforcementHelper,
    Post::UnitLeader,
    Post::LegalReviewer,
    Post::Leader,
    Post::HearingPresident,
    Post::Archivist,
];

/// A form that was sent and refused, to be drawn again.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// What was typed; none for a fresh form.
    pub typed: Option<Typed>,
    /// Why not.
    pub problem: Option<Refusal>,
    /// The photographs that wait for it.
    pub kept: Vec<Waiting>,
    /// The key under which they wait.
    pub key: String,
}

impl Again {
    /// A fresh form.
    pub fn fresh() -> Again {
        Again { key: id::secret(), ..Again::default() }
    }
}

/// Everybody whom a form may name, with the credentials that officers hold on that day.
///
/// # Errors
/// When the database fails.
pub async fn people(tx: &Tx, today: jiff::civil::Date) -> Result<Vec<Somebody>, DbError> {
    let named = people::store::holding(tx, &NAMED).await?;
    let mut held = people::store::credentials_on(tx, today).await?;
    Ok(named
        .into_iter()
        .map(|one| Somebody {
            credential: held.remove(&one.account).map(Credential::from),
            account: one.account,
            name: one.name,
            post: one.post,
        })
        .collect())
}

/// What is known around a case for a step: the earlier cases of its party, and whether whoever takes it may review.
///
/// # Errors
/// When the database fails.
pub async fn around(
    app: &App,
    tx: &Tx,
    case: &Case,
    by: Id,
    step: Step,
    today: jiff::civil::Date,
) -> Result<Around, DbError> {
    let is_review = matches!(step, Step::PassReview | Step::PassFinalReview | Step::FailReview);
    let qualification = if is_review { people::store::qualification_on(tx, by, today).await? } else { None };
    let earlier = match &case.party {
        Some(party) if matches!(step, Step::ConcludeInquiry | Step::NotPunish) => {
            store::earlier(tx, party, case.id, &app.calendar).await?
        }
        _ => Vec::new(),
    };
    Ok(Around { earlier, qualification })
}

/// One act of one party is fined once, whichever unit did it (行政处罚法 art. 29).
async fn fined_once(app: &App, tx: &Tx, case: &Case, act: &case::Act) -> Result<(), Error> {
    let fine = match act {
        case::Act::ConcludeInquiry { penalty, .. } => penalty.as_ref().map_or(0, |penalty| penalty.fine),
        case::Act::NotifyParty { penalty, .. }
        | case::Act::Decide { penalty, .. }
        | case::Act::DecideSummary { penalty, .. }
        | case::Act::ChangeDecision { penalty, .. } => penalty.fine,
        _ => 0,
    };
    let Some(party) = case.party.as_ref().filter(|_| fine > 0) else { return Ok(()) };
    let all = store::earlier(tx, party, case.id, &app.calendar).await?;
    match earlier::fined(case, &all) {
        Some(one) => Err(super::Why::FinedBefore.refuse().with("number", &one.number).on("other_act").into()),
        None => Ok(()),
    }
}

/// `POST /enforcement/{id}/{step}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope, or for a step that does not exist; when the database fails.
pub async fn take(
    State(app): State<App>,
    visit: Visit,
    Path((id, step)): Path<(Id, String)>,
    request: Request,
) -> Result<Response, Error> {
    let step = Step::parse(&step).filter(|step| *step != Step::ReceiveClue).ok_or(Error::NotFound)?;
    let sent = read_form(&app, request).await?;
    let typed = sent.form();
    let key = Some(sent.text("key")).filter(|key| !key.is_empty()).unwrap_or_else(id::secret);
    let album = photos::open(&app, sent, &key).await?;
    match attempt(&app, &visit, id, step, &typed, &album, &key).await {
        Ok(waited) => {
            photos::clear(&app, waited).await;
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/enforcement/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let kept = album.wait(&app, &key).await?;
            let again = Again { typed: Some(typed), problem: Some(refusal), kept, key };
            show::draw_form(&app, &visit, id, step, again).await
        }
        Err(error) => Err(error),
    }
}

async fn attempt(
    app: &App,
    visit: &Visit,
    id: Id,
    step: Step,
    typed: &Typed,
    album: &Album,
    key: &str,
) -> Result<Vec<TakenIn>, Error> {
    let actor = visit.actor()?.clone();
    let (now, form, taken) = (app.clock.now(), typed.mark(&visit.path), album.whole(app).await?);
    let is_chinese = visit.lang == crate::kit::words::LANGUAGES[0];
    for _ in 0..TRIES {
        let (held_app, actor, typed) = (app.clone(), actor.clone(), typed.clone());
        let (form, taken, key, has_waited) = (form.clone(), taken.clone(), key.to_owned(), album.has_waited);
        let done = app.db.write(move |tx| async move {
            // Sent twice: it is done, and whoever sent it goes on.
            if crate::timeline::store::is_done(&tx, store::SUBJECT, id, Some(actor.account), &form).await? {
                return Ok(Vec::new());
            }
            let held = store::load(&tx, id, &Scope::of(&actor)?).await?;
            let seen = typed.text("revision").parse::<i64>().ok();
            if seen.is_some_and(|seen| seen != held.case.revision) {
                return Err(Refusal::new("enforcement-refusal-moved-on").into());
            }
            let by = store::acting(&actor)?;
            case::admitted(&held.case, &by, step)?;
            let today = held_app.calendar.date_of(now);
            let people = people(&tx, today).await?;
            let background =
                publishing::background(&tx, step, &held.case, &held_app.law(), &held_app.papers.kinds).await?;
            let around = around(&held_app, &tx, &held.case, actor.account, step, today).await?;
            let act = {
                // Sentences of choices are not read here: only what they stand for.
                let say = |_: &str, _: &[(&'static str, String)]| String::new();
                let desk = Desk {
                    case: &held.case,
                    law: held_app.law(),
                    today,
                    by: actor.account,
                    people: &people,
                    background: &background,
                    around: &around,
                    say: &say,
                    is_chinese,
                };
                desk.act(step, &typed)?
            };
            carry_on(&held_app, &tx, held, &by, step, &act, now, &taken, &form).await?;
            Ok(if has_waited { files::store::forget_waiting(&tx, &key).await? } else { Vec::new() })
        });
        match done.await {
            Err(Error::Db(DbError::Stale)) => {}
            other => return other,
        }
    }
    Err(Error::Db(DbError::Stale))
}

/// Carries an act out, keeps what came of it, and records it with its photographs.
///
/// # Errors
/// A refusal of the rules, also when the act is another step than the form's; [`DbError::Stale`] when somebody was faster; when
/// the database fails.
#[expect(clippy::too_many_arguments, reason = "one act: who does what to which case, when, and with which photographs")]
pub async fn carry_on(
    app: &App,
    tx: &Tx,
    mut held: Held,
    by: &Actor,
    step: Step,
    act: &case::Act,
    now: Moment,
    taken: &[TakenIn],
    form: &str,
) -> Result<Held, Error> {
    let (before, stage) = (held.case.revision, held.case.stage);
    let as_it_was = held.case.clone();
    if act.step(held.case.stage) != step {
        return Err(super::Why::StageElsewhere.refuse().with("stage", held.case.stage.word()).into());
    }
    // Two acts of one second come one after the other.
    let moment = now.max(held.case.last_at);
    let (after, fact) = case::carry_out(&held.case, by, act, moment, &app.law())?;
    has_its_papers(app, tx, &held.case, step, act).await?;
    held.case = after;
    fined_once(app, tx, &held.case, act).await?;
    store::save(tx, &held, before, &app.law()).await?;
    keep(tx, &fact, taken, Vec::new(), form, now).await?;
    // Whoever checks a paper of the decision that was, and whoever reads what was published of it, learns it at once.
    if let (Some(how), Some(by)) = (ended(&as_it_was, &held.case), fact.by) {
        let signed = Signed { by, at: moment, on: app.calendar.date_of(moment) };
        papers::store::end_all(tx, store::SUBJECT, fact.case, &DECISIONS, how, signed).await?;
    }
    if as_it_was.publications != held.case.publications || as_it_was.decision != held.case.decision {
        store::mirror(tx, &held, &app.calendar).await?;
    }
    telling::tell(app, tx, &held, Some(stage), &fact, now).await?;
    Ok(held)
}

/// Whether the papers are there that an act presupposes.
async fn has_its_papers(app: &App, tx: &Tx, case: &Case, step: Step, act: &case::Act) -> Result<(), Error> {
    if !serving::asks_for_papers(step) {
        return Ok(());
    }
    let law = app.law();
    let papers = serving::in_force(case, &crate::papers::store::list(tx, store::SUBJECT, case.id).await?, &law);
    let facts: Vec<Fact> = match step {
        Step::Archive => store::history(tx, case.id).await?.into_iter().map(|line| line.fact).collect(),
        _ => Vec::new(),
    };
    Ok(serving::papered(case, act, &facts, &papers, &app.papers.kinds, &law)?)
}

async fn keep(
    tx: &Tx,
    fact: &Fact,
    taken: &[TakenIn],
    mut photos: Vec<String>,
    form: &str,
    now: Moment,
) -> Result<(), DbError> {
    let belongs =
        Belongs { subject: store::SUBJECT, subject_id: fact.case, purpose: "check", is_public: false, author: fact.by };
    photos.extend(files::store::record_all(tx, taken, belongs, now).await?);
    store::record(tx, fact, &photos, form).await?;
    Ok(())
}

/// A clue as somebody recorded it, under a fresh number: the case and its first fact.
///
/// # Errors
/// A refusal of the rules; when the database fails.
#[expect(
    clippy::too_many_arguments,
    reason = "one clue: who says what under which number, when, and with which photographs"
)]
pub async fn open(
    app: &App,
    tx: &Tx,
    actor: &people::actor::Actor,
    number: String,
    clue: &opening::Clue,
    now: Moment,
    taken: &[TakenIn],
    form: &str,
) -> Result<Held, Error> {
    let by = store::recording(actor);
    let is_led = match clue.unit {
        Some(unit) => {
            let leaders = people::store::holding(tx, &[Post::UnitLeader]).await?;
            leaders.iter().any(|one| one.department == Some(unit))
        }
        None => false,
    };
    let (case, fact): (Case, Fact) = case::opened(id::fresh(), &by, &clue.words, is_led, now, &app.law())?;
    let origin: Origin = clue.origin.clone();
    let held = Held { case, number, unit: clue.unit, author: Some(actor.account), origin, due: None };
    store::add(tx, &held, &app.law()).await?;
    let taken_over = opening::hand_over(tx, &held, actor, now).await?;
    keep(tx, &fact, taken, taken_over, form, now).await?;
    telling::tell(app, tx, &held, None, &fact, now).await?;
    Ok(held)
}
