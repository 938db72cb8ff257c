//! What every act does around its rule: load within the actor's scope, decide, save, record, commit, tell. A refusal draws
//! the case again with what was typed.

use super::carrying::{self, Said};
use super::case::{Case, CaseAct, CaseRefusal, Doer, Side};
use super::photo_checks;
use super::show;
use super::standards;
use super::store::{self, Scope};
use super::twins;
use crate::app::App;
use crate::files::document::{self, Document};
use crate::files::store::Belongs;
use crate::files::{self, TakenIn};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use axum::extract::Multipart;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What somebody typed into the form of an act.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(pub BTreeMap<String, String>);

impl Typed {
    /// The trimmed text of a field; empty when it is absent.
    pub fn text(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |text| text.trim())
    }

    /// The mark of this form, sent to an address: the same when it is sent again, another after the case has moved on.
    /// Empty for a form that does not say which revision of the case it was filled in for.
    pub fn mark(&self, address: &str) -> String {
        if self.number("revision").is_none() {
            return String::new();
        }
        let typed = serde_json::to_string(&self.0).unwrap_or_default();
        let digest = Sha256::digest(format!("{address} {typed}"));
        digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Gives a field the text of another.
    pub fn repeat(&mut self, from: &str, to: &str) {
        let text = self.text(from).to_owned();
        self.0.insert(to.to_owned(), text);
    }

    /// How many photographs and papers came with the form.
    pub fn piece_count(&self) -> usize {
        self.number("piece_count").and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
    }

    /// The identifier or number in a field; none when it is empty or something else.
    pub fn number(&self, field: &str) -> Option<i64> {
        self.text(field).parse().ok()
    }

    /// The value that `read` makes of a field.
    ///
    /// # Errors
    /// `cases-refusal-choose`, on the field.
    pub fn choice<T>(&self, field: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Refusal> {
        read(self.text(field)).ok_or_else(|| Refusal::new("cases-refusal-choose").on(field))
    }
}

/// A photograph that was taken in, and what it shows: `after` the work, or a `check` on site.
pub type Photo = (TakenIn, &'static str);

/// What comes with a form: a photograph, or a paper.
#[derive(Debug, Clone)]
pub enum Piece {
    /// A photograph.
    Photo(Photo),
    /// A paper.
    Document(Document),
}

/// How an act is read from a form.
pub type Planner = fn(&App, &Case, &Typed, Moment) -> Result<CaseAct, Refusal>;

impl From<CaseRefusal> for Refusal {
    fn from(refusal: CaseRefusal) -> Refusal {
        let sentence = Refusal::new(refusal.key());
        match refusal {
            CaseRefusal::PhotoMissing => sentence.on("photos"),
            CaseRefusal::ConditionMissing => sentence.on("condition"),
            CaseRefusal::PlaceUnknown => sentence.on("cell"),
            CaseRefusal::BothPhotosMissing | CaseRefusal::DocumentMissing => sentence.on("photos"),
            CaseRefusal::AmountTooLarge => sentence.on("amount"),
            CaseRefusal::SuspensionTooLong => sentence.on("until"),
            CaseRefusal::WordsMissing => sentence.on("words"),
            CaseRefusal::PartsOutOfRange => sentence.on("parts"),
            _ => sentence,
        }
    }
}

/// The actor as the rules see them.
///
/// # Errors
/// [`Error::Forbidden`] for a post that does not act on cases.
pub fn doer(actor: &Actor) -> Result<Doer, Error> {
    let side = store::side(actor.post).ok_or(Error::Forbidden)?;
    Ok(Doer { account: Some(actor.account), side, department: actor.department })
}

/// Does what the form says, with the photographs and papers that came with it, and answers with where to go next.
///
/// # Errors
/// [`Error::NotFound`] outside of the actor's scope; when the database fails. A refusal is not an error here: it is drawn.
pub async fn perform(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: Typed,
    pieces: Vec<Piece>,
    plan: Planner,
) -> Result<Response, Error> {
    let form = typed.mark(&visit.path);
    let outcome = attempt(app, visit.actor()?, id, (&typed, form), pieces, plan).await;
    answered(app, visit, id, &typed, outcome).await
}

/// Does what was typed, once for each mark of a form that is not empty; a second sending changes nothing and is no error.
///
/// # Errors
/// [`Error::NotFound`] outside of the actor's scope, [`DbError::Stale`] when `revision` was typed and has passed, the rule's
/// refusal; when the database fails.
pub async fn attempt(
    app: &App,
    actor: &Actor,
    id: Id,
    (typed, form): (&Typed, String),
    pieces: Vec<Piece>,
    plan: Planner,
) -> Result<(), Error> {
    let mut outcome = try_once(app, actor, id, (typed, form.clone()), pieces.clone(), plan).await;
    // The case itself is as it was read, or this is refused once more: somebody was faster with the whole, or a part.
    for _ in 0..2 {
        if matches!(outcome, Err(Error::Db(DbError::Stale))) {
            outcome = try_once(app, actor, id, (typed, form.clone()), pieces.clone(), plan).await;
        }
    }
    outcome
}

/// Tells open screens and goes on, or draws the case again with the refusal and what was typed.
///
/// # Errors
/// Whatever is neither done nor refused.
pub async fn answered(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: &Typed,
    outcome: Result<(), Error>,
) -> Result<Response, Error> {
    match outcome {
        Ok(()) => {
            app.tell("case", id);
            let there = if stays(app, visit, id, typed).await? { "stay" } else { "next" };
            Ok(Redirect::to(&onward(typed, there, id)).into_response())
        }
        Err(Error::Refused(refusal)) => show::refused(app, visit, id, typed, &refusal).await,
        Err(Error::Db(DbError::Stale)) => {
            show::refused(app, visit, id, typed, &Refusal::new("cases-refusal-revision-passed")).await
        }
        Err(error) => Err(error),
    }
}

/// The same for a form that may carry photographs in `photos`, and papers or photographs of them in `documents`.
///
/// # Errors
/// As [`perform`].
pub async fn perform_with_photos(
    app: &App,
    visit: &Visit,
    id: Id,
    mut body: Multipart,
    purpose: &'static str,
    plan: Planner,
) -> Result<Response, Error> {
    let unreadable = |_| Refusal::new("cases-refusal-form-unreadable").on("photos");
    let (mut typed, mut pieces, mut refusal) = (Typed::default(), Vec::new(), None);
    while let Some(part) = body.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name != "photos" && name != "documents" {
            typed.0.insert(name, part.text().await.map_err(unreadable)?);
            continue;
        }
        let file = part.file_name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(unreadable)?;
        if bytes.is_empty() || pieces.len() == MOST_PIECES {
            continue;
        }
        match piece(app, (&name, &file), bytes, &visit.agent, purpose).await {
            Ok(piece) => pieces.push(piece),
            Err(Error::Refused(no)) => refusal = Some(no.on(if name == "photos" { "photos" } else { "documents" })),
            Err(error) => return Err(error),
        }
    }
    if let Some(refusal) = refusal {
        return show::refused(app, visit, id, &typed, &refusal).await;
    }
    typed.0.insert("piece_count".into(), pieces.len().to_string());
    perform(app, visit, id, typed, pieces, plan).await
}

/// Takes in what comes with a form as a part of this name: a photograph, or a paper among the `documents`.
///
/// # Errors
/// The sentence of whoever cannot read it; when the store fails.
pub async fn piece(
    app: &App,
    (name, file): (&str, &str),
    bytes: bytes::Bytes,
    agent: &str,
    purpose: &'static str,
) -> Result<Piece, Error> {
    if name == "documents" && !is_photo(&bytes) {
        return document::take_in(app, file, bytes).await.map(Piece::Document);
    }
    files::take_in(app, bytes.into()).await.map(|photo| Piece::Photo((photo.sent_with(agent), purpose)))
}

/// The most photographs and papers that one act keeps.
pub const MOST_PIECES: usize = 9;

/// Whether these bytes are those of a photograph, by their first ones.
fn is_photo(bytes: &[u8]) -> bool {
    files::photo::Format::of(bytes).is_some()
}

async fn try_once(
    app: &App,
    actor: &Actor,
    id: Id,
    (typed, form): (&Typed, String),
    pieces: Vec<Piece>,
    plan: Planner,
) -> Result<(), Error> {
    let (scope, doer, now) = (Scope::of(actor), doer(actor)?, app.clock.now());
    let note = at_most("note", typed.text("note"), 2000)?;
    let (held, typed) = (app.clone(), typed.clone());
    app.db
        .write(move |tx| async move {
            // Sent twice (an impatient finger, a page loaded again): it is done, and whoever sent it goes on.
            if !form.is_empty() && crate::timeline::store::is_done(&tx, "case", id, doer.account, &form).await? {
                return Ok(());
            }
            let found = store::load(&tx, id, &scope).await?;
            if typed.number("revision").is_some_and(|revision| revision != found.case.revision) {
                return Err(Error::Db(DbError::Stale));
            }
            let mut act = plan(&held, &found.case, &typed, now)?;
            if let CaseAct::AskCheck { keeper } | CaseAct::AskVerification { keeper } = &mut act
                && let (Some(responsible), None) = (*keeper, typed.number("keeper"))
                && !store::works_as(&tx, responsible, Post::Keeper, None).await?
            {
                // The keeper of the place no longer works there: any keeper may go.
                *keeper = None;
            }
            if let CaseAct::GiveToTerritory { department } = &act
                && doer.side != Side::ShiftLeader
            {
                // Another unit than that of the place is the shift leader's to name, and so is any where none is known.
                let own = match standards::territory(&held, &found.case) {
                    Some(code) => store::department_of_code(&tx, &code).await?,
                    None => None,
                };
                let refusal = match own {
                    None => Some("cases-refusal-no-territory"),
                    Some(own) => (own != *department).then_some("cases-refusal-other-territory"),
                };
                if let Some(key) = refusal {
                    return Err(Refusal::new(key).on("territory").into());
                }
            }
            if let CaseAct::SelfHandle { before, .. } = &mut act {
                *before = store::first_photos(&tx, &[id]).await?.len();
            }
            named_exists(&tx, &found.case, &act).await?;
            if matches!(act, CaseAct::ReopenCase) && !twins::store::gone(&tx, id).await?.is_empty() {
                return Err(Refusal::new("cases-refusal-linked").into());
            }
            if let CaseAct::JoinReport { report } = act {
                store::join(&tx, found.case.id, report, now).await?;
            }
            let (mut kept, mut papers) = (Vec::new(), Vec::new());
            for piece in &pieces {
                match piece {
                    Piece::Photo((photo, purpose)) => {
                        let is_public = *purpose == "after";
                        let belongs =
                            Belongs { subject: "case", subject_id: id, purpose, is_public, author: doer.account };
                        let photo = files::store::record(&tx, photo, belongs, now).await?;
                        if *purpose == "after" {
                            photo_checks::store::ask(&tx, photo, id, now).await?;
                        }
                        kept.push(photo.to_string());
                    }
                    Piece::Document(paper) => {
                        papers.push(files::store::record_document(&tx, paper, "case", id, doer.account, now).await?);
                    }
                }
            }
            let said = Said { note: &note, photos: &kept, documents: &papers, form: &form };
            carrying::carry_out(&held, &tx, found.case, doer, act, now, said).await?;
            Ok(())
        })
        .await
}

/// Whoever and whatever the act names must exist and fit: a form can be sent by hand.
async fn named_exists(tx: &Tx, case: &Case, act: &CaseAct) -> Result<(), Error> {
    let (exists, field) = match act {
        CaseAct::AssignCrew { crew } => (store::works_as(tx, *crew, Post::CrewMember, case.department).await?, "crew"),
        CaseAct::AskCheck { keeper: Some(keeper) } | CaseAct::AskVerification { keeper: Some(keeper) } => {
            (store::works_as(tx, *keeper, Post::Keeper, None).await?, "keeper")
        }
        CaseAct::DispatchCase { department } | CaseAct::GiveToTerritory { department } => {
            (store::is_department(tx, *department).await?, "department")
        }
        CaseAct::JoinReport { report } => (crate::reports::store::load(tx, *report).await?.is_some(), "report"),
        _ => (true, ""),
    };
    if exists { Ok(()) } else { Err(Refusal::new("cases-refusal-choose").on(field).into()) }
}

/// Whether whoever acted in a list has more to do on the same case.
async fn stays(app: &App, visit: &Visit, id: Id, typed: &Typed) -> Result<bool, Error> {
    if typed.text("stay").is_empty() {
        return Ok(false);
    }
    let actor = visit.actor()?.clone();
    let scope = Scope::of(&actor);
    let found = app.db.read(move |tx| async move { store::load(&tx, id, &scope).await }).await;
    match found {
        Ok(found) => Ok(show::waits_for(app, &found.case, &actor)),
        // It has left the actor's sight: a department handed it back.
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where the form wants to go, if that is a place of ours.
fn onward(typed: &Typed, there: &str, id: Id) -> String {
    let next = typed.text(there);
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']) {
        next.to_owned()
    } else {
        format!("/cases/{id}")
    }
}
