//! Who must know: those who answer, when something came, when most of its time is used up, and when all of it is.

use super::claim::Claim;
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::notices::notice::{Notice, Urgency};
use crate::people;
use crate::people::act::{self, Act, Post};
use std::time::Duration;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(60);

/// Tells everybody who may answer.
async fn tell(tx: &Tx, one: &Claim, kind: &'static str, due: String, now: Moment) -> Result<(), DbError> {
    let posts: Vec<Post> = Post::ALL.iter().copied().filter(|post| act::may(*post, Act::AnswerClaims)).collect();
    for person in people::store::holding(tx, &posts).await? {
        let notice = Notice {
            to: person.account,
            kind,
            args: vec![("day", due.clone()), ("claim", one.kind.word().to_owned())],
            link: format!("/claims/{}", one.id),
            urgency: Urgency::Ordinary,
            once: format!("{kind}-{}", one.id),
        };
        crate::notices::store::send(tx, &notice, now).await?;
    }
    Ok(())
}

fn day(app: &App, one: &Claim) -> String {
    app.calendar.date_of(one.due_at).to_string()
}

/// Tells that something was asked for.
///
/// # Errors
/// When the database fails.
pub(super) async fn tell_received(app: &App, tx: &Tx, one: &Claim, now: Moment) -> Result<(), DbError> {
    tell(tx, one, "claims-received", day(app, one), now).await
}

/// Looks for as long as the program runs.
pub async fn watch(app: App) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "requests about personal information could not be looked at");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Tells of everything whose time is nearly used up, or is. Answers of how much.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move { store::pressing(&tx, now).await }).await;
    let pressing: Vec<(Claim, i64)> = read.map_err(|error: DbError| Error::Db(error))?;
    let mut count = 0;
    for (one, before) in pressing {
        let (kind, told) = if one.is_late(now) { ("claims-over", 2) } else { ("claims-near", 1) };
        let (id, due) = (one.id, day(app, &one));
        let done = app.db.write(move |tx| {
            let (one, due) = (one.clone(), due.clone());
            async move {
                let is_ours = store::note_told(&tx, one.id, before, told).await?;
                if is_ours {
                    tell(&tx, &one, kind, due, now).await?;
                }
                Ok::<_, DbError>(is_ours)
            }
        });
        count += usize::from(done.await.map_err(Error::Db)?);
        app.tell(store::SUBJECT, id);
    }
    Ok(count)
}
