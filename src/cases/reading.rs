//! How other rooms follow what happens to cases: by the log, each fact at least once. Read again, a fact changes nothing, so how
//! far a room has read is written down only now and then.

use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::timeline;
use crate::timeline::reading::Reader;
use std::time::Instant;

/// A fact about a case: fact, case, moment.
pub type Stirred = (Id, Id, Moment);

/// Whoever follows the log.
#[derive(Debug, Clone, Copy)]
pub struct Follower {
    /// The name under which it is kept how far it has read.
    pub name: &'static str,
    /// How many facts are read at once.
    pub batch: usize,
    /// Who has never read begins so far back, in milliseconds.
    pub beginning: i64,
}

impl Follower {
    /// Reads on from where the reader stopped, less `back`, and has each fact worked on that was not yet; `news` answers the facts
    /// after one that are of interest, oldest first, at most so many. Answers the sum of what the work answers.
    ///
    /// # Errors
    /// When the database fails, and those of the work.
    pub async fn read_on<N, F, W, D>(
        &self,
        app: &App,
        reader: &mut Reader,
        back: i64,
        news: N,
        work: W,
    ) -> Result<usize, Error>
    where
        N: Fn(Tx, Id, usize) -> F + Copy + Send + 'static,
        F: Future<Output = Result<Vec<Stirred>, DbError>> + Send,
        W: Fn(Id, Moment) -> D,
        D: Future<Output = Result<usize, Error>>,
    {
        let (name, batch, since) = (self.name, self.batch, app.clock.now().plus(-self.beginning));
        let read = match reader.read {
            Some(read) => read,
            None => {
                let read = app.db.read(move |tx| async move {
                    match store::reading(&tx, name).await? {
                        0 => store::beginning(&tx, since).await,
                        read => Ok::<_, DbError>(read),
                    }
                });
                read.await?
            }
        };
        reader.forget(read);
        let (mut after, mut done) = (read - back, 0);
        let end = loop {
            // What stands between the last of them and the log's end needs no second look either.
            let found = app.db.read(move |tx| async move {
                let end = timeline::store::end(&tx).await?;
                Ok::<_, DbError>((news(tx, after, batch).await?, end))
            });
            let (facts, end) = found.await?;
            for (fact, case, at) in &facts {
                if !reader.worked.contains(fact) {
                    done += work(*case, *at).await?;
                    reader.worked.insert(*fact);
                }
                after = *fact;
            }
            if facts.len() < batch {
                break end;
            }
        };
        reader.read = Some(read.max(after).max(end));
        keep(app, name, reader).await?;
        Ok(done)
    }
}

/// Writes down how far a reader has come, when it is time to; how it is known to others, and where it begins after a crash.
///
/// # Errors
/// When the database fails.
pub async fn keep(app: &App, name: &'static str, reader: &mut Reader) -> Result<(), Error> {
    let now = Instant::now();
    let Some(read) = reader.to_keep(now) else { return Ok(()) };
    let kept = app.db.write(move |tx| async move {
        // Another program may have read further.
        if read > store::reading(&tx, name).await? {
            store::read_until(&tx, name, read).await?;
        }
        Ok(())
    });
    kept.await.map_err(|error: DbError| Error::Db(error))?;
    reader.kept(now);
    Ok(())
}
