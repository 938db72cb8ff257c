//! What every act does around its rule: load within the actor's scope, see who the officers are, decide, save, record, tell,
//! commit. A refusal draws the page again with what was typed and photographed.

use super::acting;
use super::chain::{Act, Actor, Step, carry_out};
use super::store::{self, Kept, Scope};
use super::visits::{Visit as Visited, VisitKind};
use super::wording::{DECISIONS, ended};
use super::{Why, forms, show, telling};
use crate::app::App;
use crate::enforcement::case::{Credential, Officer};
use crate::files::store::Belongs;
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
use crate::people::actor::Actor as Person;
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::submit::read_form;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};

/// How often an act is tried again when somebody else changed the building at the same moment.
const TRIES: usize = 8;

/// The mark of a form; empty for one that does not say for which state of things it was filled in.
pub fn mark(typed: &Typed, address: &str) -> String {
    if typed.text("revision").is_empty() { String::new() } else { typed.mark(address) }
}

/// `POST /buildings/{id}/{act}`.
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
    let step = Step::parse(&word).filter(|step| *step != Step::RecordVisit).ok_or(Error::NotFound)?;
    perform(&app, &visit, id, step, request).await
}

/// `POST /buildings/{id}/record-visit`: what helpers may, too.
///
/// # Errors
/// As [`act`].
pub async fn record_visit(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    request: Request,
) -> Result<Response, Error> {
    perform(&app, &visit, id, Step::RecordVisit, request).await
}

async fn perform(app: &App, visit: &Visit, id: Id, step: Step, request: Request) -> Result<Response, Error> {
    let sent = read_form(app, request).await?;
    let typed = sent.form();
    let key = Some(sent.text("key")).filter(|key| !key.is_empty()).unwrap_or_else(id::secret);
    let album = photos::open(app, sent, &key).await?;
    match attempt(app, visit, id, step, &typed, &album, &key).await {
        Ok(waited) => {
            photos::clear(app, waited).await;
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/buildings/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let kept = album.wait(app, &key).await?;
            let problem = Some(forms::beside(step, refusal));
            let again = show::Again { step: Some(step), typed: Some(typed), problem, kept, key };
            show::draw(app, visit, id, again).await
        }
        Err(error) => Err(error),
    }
}

async fn attempt(
    app: &App,
    visit: &Visit,
    building: Id,
    step: Step,
    typed: &Typed,
    album: &Album,
    key: &str,
) -> Result<Vec<TakenIn>, Error> {
    let person = visit.actor()?.clone();
    let (now, form, taken) = (app.clock.now(), mark(typed, &visit.path), album.whole(app).await?);
    for _ in 0..TRIES {
        let (held, person, typed) = (app.clone(), person.clone(), typed.clone());
        let (form, taken, key, has_waited) = (form.clone(), taken.clone(), key.to_owned(), album.has_waited);
        let done = app.db.write(move |tx| async move {
            let kept = store::load(&tx, building, Scope::of(&person)).await?;
            // Sent twice (an impatient finger, a page loaded again): it is done, and whoever sent it goes on.
            if !form.is_empty()
                && crate::timeline::store::is_done(&tx, store::SUBJECT, building, Some(person.account), &form).await?
            {
                return Ok(Vec::new());
            }
            if typed.text("revision").parse::<i64>().is_ok_and(|seen| seen != kept.building.revision) {
                return Err(Why::MovedOn.refuse().into());
            }
            let (actor, act) = planned(&held, &tx, &person, &kept, step, &typed, taken.len()).await?;
            do_it(&held, &tx, kept, &actor, act, now, &taken, &form, Some((&person, &typed))).await?;
            Ok(if has_waited { files::store::forget_waiting(&tx, &key).await? } else { Vec::new() })
        });
        match done.await {
            // Somebody else acted at the same moment: this act is looked at again.
            Err(Error::Db(DbError::Stale)) => {}
            other => return other,
        }
    }
    Err(Error::Db(DbError::Stale))
}

/// Who acts, and what is asked for, as the program's own records have it.
async fn planned(
    app: &App,
    tx: &Tx,
    person: &Person,
    kept: &Kept,
    step: Step,
    typed: &Typed,
    photos: usize,
) -> Result<(Actor, Act), Error> {
    let role = acting::role(person.post, step).ok_or(Error::Forbidden)?;
    let officers = officers(app, tx, typed).await?;
    let before = files::store::of(tx, store::SUBJECT, kept.building.id, false).await?;
    let before = before.iter().filter(|photo| photo.purpose == "before").count();
    let law = app.law();
    let read = forms::Read { building: &kept.building, officers, before, photos, law: &law };
    let act = forms::read(step, typed, read)?;
    // Whether it is the shorter way, the stage says: the address must mean the same.
    if act.step(kept.building.stage) != step {
        return Err(Why::StageElsewhere.refuse().with("stage", kept.building.stage.word()).into());
    }
    Ok((Actor { account: Some(person.account), role }, act))
}

/// The officers whom a form names: their posts and credentials are the program's to know, never the form's.
async fn officers(app: &App, tx: &Tx, typed: &Typed) -> Result<Vec<Officer>, Error> {
    let today = app.calendar.date_of(app.clock.now());
    let mut all = Vec::new();
    for account in typed.choices("officers", |text| text.parse::<Id>().ok())? {
        let named = match people::store::load(tx, account).await {
            Ok(named) if named.is_active => named,
            Ok(_) | Err(Error::NotFound) => return Err(Refusal::new("form-choose").on("officers").into()),
            Err(error) => return Err(error),
        };
        let credential = people::store::credential_on(tx, account, today).await?.map(Credential::from);
        let is_helper = !matches!(named.post, Post::EnforcementOfficer | Post::UnitLeader);
        all.push(Officer { account, credential, is_helper });
    }
    Ok(all)
}

/// Does an act, keeps it, and tells whoever must know, within a transaction. `by` is the person and the form, when there is
/// one.
///
/// # Errors
/// A refusal of the rules; [`DbError::Stale`] when somebody was faster; when the database fails.
#[expect(
    clippy::too_many_arguments,
    reason = "one act: who does what to which building, when, with which photographs and by which form"
)]
pub async fn do_it(
    app: &App,
    tx: &Tx,
    kept: Kept,
    actor: &Actor,
    act: Act,
    now: Moment,
    taken: &[TakenIn],
    form: &str,
    by: Option<(&Person, &Typed)>,
) -> Result<Kept, Error> {
    let law = app.law();
    let (building, fact) = carry_out(&kept.building, actor, &act, now, &law)?;
    store::save(tx, &building, kept.building.revision, &law).await?;
    let is_cleared = kept.building.clearing.is_some() || kept.building.self_demolished_at.is_some();
    let purpose = forms::purpose(fact.what, is_cleared);
    let belongs =
        Belongs { subject: store::SUBJECT, subject_id: fact.building, purpose, is_public: false, author: fact.by };
    let photos = files::store::record_all(tx, taken, belongs, now).await?;
    store::record(tx, &fact, &photos, form).await?;
    // Whoever checks a paper of the decision that was learns it at once.
    if let (Some(how), Some(by)) = (ended(&kept.building, &building), fact.by) {
        let signed = Signed { by, at: now, on: app.calendar.date_of(now) };
        papers::store::end_all(tx, store::SUBJECT, building.id, &DECISIONS, how, signed).await?;
    }
    if let (Act::RecordVisit { words }, Some((person, typed))) = (&act, by) {
        let visit = Visited {
            building: Some(building.id),
            kind: VisitKind::parse(typed.text("visit")).unwrap_or(VisitKind::Persuade),
            at: now,
            on: app.calendar.date_of(now),
            street: building.particulars.street.clone(),
            address: building.particulars.address.clone(),
            told: if typed.text("told").is_empty() { 0 } else { typed.count("told", 0, 9999)? },
            words: words.clone(),
            author: Some(person.account),
            department: person.department,
        };
        store::add_visit(tx, &visit, None).await?;
    }
    let before = kept.building.stage;
    let after = Kept { building, ..kept };
    telling::tell(tx, &law, &after, before, &fact, now).await?;
    Ok(after)
}
