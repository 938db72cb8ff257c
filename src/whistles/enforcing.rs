//! 移交执法: when management has failed or the wrongdoer refuses, one act opens an enforcement file with everything that was
//! photographed and done, sealed by SHA-256. The file is a stub until there is a room for enforcement.

use super::doing::{At, perform};
use super::store::{self, EnforcementFile, Evidence, Exhibit, Scope};
use super::whistle::{Doer, Side, Whistle, WhistleAct, may_open};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use crate::reports::photos::{Shown, shown};
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Opens the file.
///
/// # Errors
/// When the whistle does not exist for the actor or the database fails; refusals are drawn.
pub async fn open(State(app): State<App>, visit: Visit, Path(id): Path<Id>, form: Request) -> Result<Response, Error> {
    let at = At { whistle: id, leg: None, act: "enforcement" };
    perform(&app, &visit, at, form, |_| Ok(WhistleAct::OpenEnforcement { file: id::fresh() })).await
}

/// Keeps the file that the whistle was just given, with its evidence as it stands, within the same transaction.
///
/// # Errors
/// When the database fails.
pub async fn keep(app: &App, tx: &Tx, whistle: &Whistle, by: &Doer, now: Moment) -> Result<(), DbError> {
    let Some(file) = whistle.enforcement else { return Ok(()) };
    let number = store::file_number(tx, &now.zoned(&app.city.zone())).await?;
    let found = store::evidence(tx, whistle).await?;
    let evidence = serde_json::to_string(&found).map_err(|error| DbError::Row(error.to_string()))?;
    let seal = id::hexadecimal(&Sha256::digest(evidence.as_bytes()));
    let (case, opened_by) = (whistle.case, by.account);
    store::add_file(
        tx,
        &EnforcementFile { id: file, number, whistle: whistle.id, case, opened_at: now, opened_by, evidence, seal },
    )
    .await
}

/// Whether somebody may read the evidence: the brigade, and the enforcement department. What other departments did or refused
/// is not for those who were only called beside them.
pub fn may_read(whistle: &Whistle, doer: &Doer) -> bool {
    matches!(doer.side, Side::Desk | Side::ShiftLeader | Side::Leader) || may_open(whistle, doer)
}

/// The file of a whistle, for whoever may read its evidence.
async fn read(app: &App, visit: &Visit, id: Id) -> Result<(Whistle, EnforcementFile, String), Error> {
    let actor = visit.actor()?.clone();
    let read = app.db.read(move |tx| async move {
        let doer = store::doer(&tx, &actor).await?;
        let whistle = store::load(&tx, id, &Scope::of(&doer)).await?;
        if !may_read(&whistle, &doer) {
            return Err(Error::NotFound);
        }
        let file = store::file_of(&tx, id).await?.ok_or(Error::NotFound)?;
        let by = crate::people::store::name_of(&tx, file.opened_by).await?;
        Ok((whistle, file, by))
    });
    read.await
}

/// A photograph of the file as its page shows it.
#[derive(Serialize)]
struct PhotoShown {
    #[serde(flatten)]
    exhibit: Exhibit,
    photo: Shown,
}

/// A fact of the file as its page shows it.
#[derive(Serialize)]
struct FactShown {
    #[serde(flatten)]
    exhibit: Exhibit,
    /// What happened, in the reader's words.
    label: String,
}

/// `GET /whistles/{id}/file`: every piece of the file, to be read and printed; drawn from the sealed list alone.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope or when there is no file; when the database fails.
pub async fn file(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (whistle, file, by) = read(&app, &visit, id).await?;
    let sealed = serde_json::from_str::<Evidence>(&file.evidence);
    let sealed = sealed.map_err(|error| DbError::Row(format!("an enforcement file cannot be read: {error}")))?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let alt = say("whistles-photo-alt");
    let is_untouched = id::hexadecimal(&Sha256::digest(file.evidence.as_bytes())) == file.seal;
    let photos = sealed.photos.into_iter().map(|exhibit| PhotoShown { photo: shown(&exhibit.id, &alt), exhibit });
    let facts = sealed.facts.into_iter().map(|exhibit| {
        let happened = match exhibit.subject.as_str() {
            "whistle" => "whistles-happened-",
            "case" => "cases-happened-",
            _ => "fact-",
        };
        FactShown { label: say(&format!("{happened}{}", exhibit.kind.replace('_', "-"))), exhibit }
    });
    let page = context! {
        id => whistle.id.to_string(),
        number => file.number.as_str(),
        whistle_number => whistle.number.as_str(),
        opened_at => file.opened_at.0,
        by,
        seal => file.seal.as_str(),
        is_untouched,
        whistle => Serde(&sealed.whistle),
        reports => Serde(&sealed.reports),
        photos => Serde(photos.collect::<Vec<_>>()),
        facts => Serde(facts.collect::<Vec<_>>()),
    };
    Ok(app.page(&visit, "whistles/file.html", page)?.into_response())
}

/// `GET /whistles/{id}/evidence.json`: the evidence byte for byte as it was sealed; its SHA-256 stands on the whistle's page.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope or when there is no file; when the database fails.
pub async fn evidence(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (_, file, _) = read(&app, &visit, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.json\"", file.number)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, file.evidence).into_response())
}
