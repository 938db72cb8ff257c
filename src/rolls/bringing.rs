//! A list is brought: read, compared with the city, and shown before it takes effect.

use super::reading::{judge, read, vocabulary_of};
use super::roll::{Found, Roll, Subject};
use super::{show, store};
use crate::app::App;
use crate::imports::import::State;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::sent::Sent;
use crate::people::doors::Visit;
use axum::extract::{Request, State as Held};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};
use std::io::Cursor;

/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 120;

/// `POST /admin/rolls`.
pub(super) async fn bring(Held(app): Held<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let sent = match Sent::read(request).await {
        Ok(sent) => sent,
        Err(refusal) => return show::draw_list(&app, &visit, i64::MAX, "", Some(&refusal)).await,
    };
    match look(&app, &visit, &sent).await {
        Ok(id) => Ok(Redirect::to(&format!("/admin/rolls/{id}")).into_response()),
        Err(Error::Refused(refusal)) => {
            show::draw_list(&app, &visit, i64::MAX, sent.text("subject"), Some(&refusal)).await
        }
        Err(error) => Err(error),
    }
}

/// What a file is called, and what it is.
pub(super) fn of_file(subject: Subject, name: &str, bytes: &[u8]) -> Roll {
    Roll {
        id: id::fresh(),
        subject,
        name: name.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect(),
        sha256: id::hexadecimal(&Sha256::digest(bytes)),
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        state: State::Waiting,
        found: Found::default(),
        is_leave_asked: false,
        author: None,
        brought_at: crate::kit::clock::Moment(0),
        decider: None,
        decided_at: None,
        releaser: None,
        released_at: None,
        revision: 1,
    }
}

async fn look(app: &App, visit: &Visit, sent: &Sent) -> Result<Id, Error> {
    let (author, now) = (visit.actor()?.account, app.clock.now());
    let subject =
        Subject::parse(sent.text("subject")).ok_or_else(|| Refusal::new("rolls-subject-missing").on("subject"))?;
    let (name, bytes) = sent.file.clone().ok_or_else(|| Refusal::new("imports-file-missing").on("file"))?;
    let words = vocabulary_of(app, subject);
    let (mut found, lines) = read(subject, &words, Cursor::new(bytes.clone())).await?;
    let city = app.db.read(|tx| async move { store::city(&tx).await }).await?;
    let (counts, judged) = judge(subject, &lines, &city, &words);
    found.counts = counts;
    let roll = Roll { found, author: Some(author), brought_at: now, ..of_file(subject, &name, &bytes) };
    let (id, kept) = (roll.id, std::sync::Arc::new((roll, lines, judged)));
    let added: Result<(), DbError> = app
        .db
        .write(move |tx| {
            let kept = kept.clone();
            async move { store::add(&tx, &kept.0, &kept.1, &kept.2).await }
        })
        .await;
    added?;
    Ok(id)
}
