//! One paper: what it is and how it stands, and its PDF.

use super::paper::{Paper, grouped};
use super::{issuing, sees, store};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::context;

/// The paper of an address, when whoever asks sees what it belongs to.
///
/// # Errors
/// [`Error::NotFound`] otherwise; when the database fails.
pub(super) async fn seen(app: &App, visit: &Visit, id: Id) -> Result<Paper, Error> {
    let (actor, held) = (visit.actor()?.clone(), app.clone());
    let read = app.db.read(move |tx| async move {
        let paper = store::load(&tx, id).await?;
        match sees(&held, &tx, &actor, &paper.subject, paper.subject_id).await? {
            true => Ok(paper),
            false => Err(Error::NotFound),
        }
    });
    read.await
}

/// What a kind is called in the reader's language; its word when the city does not have it any more.
pub(super) fn kind_name(app: &App, lang: &str, kind: &str) -> String {
    let found = app.papers.kinds.find(kind);
    let name = found.map(|kind| if lang == "en" { &kind.name.english } else { &kind.name.chinese });
    name.map_or_else(|| kind.to_owned(), Clone::clone)
}

/// `GET /papers/{id}`.
///
/// # Errors
/// [`Error::NotFound`] when the reader sees no such paper; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let paper = seen(&app, &visit, id).await?;
    draw(&app, &visit, &paper, None, "").await
}

/// The page of a paper, after a refusal with its sentence and what was typed.
pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    paper: &Paper,
    problem: Option<&Refusal>,
    typed: &str,
) -> Result<Response, Error> {
    let (issuer, voider) = (paper.issued_by, paper.voided.as_ref().map(|voided| voided.by));
    let later = paper.ended.and_then(|ended| ended.later);
    let read = app.db.read(move |tx| async move {
        let later = match later {
            Some(later) => Some(store::load(&tx, later).await?),
            None => None,
        };
        Ok::<_, Error>((
            people::store::name_of(&tx, Some(issuer)).await?,
            people::store::name_of(&tx, voider).await?,
            later,
        ))
    });
    let (issuer, voider, later) = read.await?;
    let message = problem.map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args));
    let errors: Vec<_> =
        message.iter().map(|message| context! { field => "reason", message => message.as_str() }).collect();
    let page = context! {
        id => paper.id.to_string(),
        kind => kind_name(app, visit.lang, &paper.kind),
        number => paper.number.as_str(),
        name => paper.name(),
        organ => paper.organ.as_str(),
        issued_at => paper.issued_at.0,
        issued_by => issuer,
        code => grouped(&paper.code),
        verify => format!("/verify/{}", paper.code),
        digest => paper.digest.as_deref().unwrap_or_default(),
        standing => paper.standing().word(),
        voided_at => paper.voided.as_ref().map(|voided| voided.at.0),
        voided_by => voider,
        void_reason => paper.voided.as_ref().map(|voided| voided.reason.as_str()),
        ended_at => paper.ended.map(|ended| ended.at.0),
        later => later.map(|later| context! { id => later.id.to_string(), name => later.name() }),
        may_void => visit.actor()?.may(Act::VoidPapers) && paper.voided.is_none(),
        revision => paper.revision,
        home => super::page_of(app, &paper.subject, paper.subject_id),
        typed,
        error => message.as_deref().unwrap_or_default(),
        errors,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "papers/show.html", page)?).into_response())
}

/// `GET /papers/{id}/pdf`: the sealed PDF, shown by the reader's own program.
///
/// # Errors
/// [`Error::NotFound`] when the reader sees no such paper; when it cannot be set.
pub async fn pdf(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let paper = seen(&app, &visit, id).await?;
    let pdf = issuing::pdf(&app, &paper).await?;
    let name = format!("{}.pdf", file_name(&app, &paper));
    Ok(sent("application/pdf", "inline", "paper.pdf", &name, pdf))
}

/// What the paper's file is called, without its ending.
pub(super) fn file_name(app: &App, paper: &Paper) -> String {
    let kind = kind_name(app, "zh-Hans", &paper.kind);
    format!("{kind} {}", paper.name()).replace(['/', '\\', '"', ':', '*', '?', '<', '>', '|'], "_")
}

/// A file for whoever asked, never kept on the way.
pub(super) fn sent(
    media: &'static str,
    manner: &'static str,
    plain: &'static str,
    name: &str,
    body: impl IntoResponse,
) -> Response {
    let named: String = name.bytes().map(encoded).collect();
    let disposition = format!("{manner}; filename=\"{plain}\"; filename*=UTF-8''{named}");
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, body).into_response()
}

/// A byte of a name as RFC 8187 writes it.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
