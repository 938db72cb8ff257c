//! What a check needs of the time when a month was counted: the cases that changed since, made again from their facts as
//! they stood then, and who belonged where and how large everything was. What did not change is counted as it stands, so a
//! row that somebody altered behind the program's back is found.

use super::counting;
use super::definitions::{Definitions, Kind};
use super::run::{Purpose, Run};
use super::score::Normals;
use super::store::{self, Person};
use crate::app::App;
use crate::cases::replaying;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Cases made again in one transaction.
const BATCH: usize = 100;

/// The cases that were made again for a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The check.
    pub run: Id,
    /// The cases.
    pub cases: HashSet<Id>,
}

/// People and sizes by which a run counts.
type Grounds = (HashMap<Id, Person>, HashMap<(Kind, String), Normals>);

/// People and sizes by which a run counts: for a check those of the frozen run, for others those of now, which are kept.
///
/// # Errors
/// When the database fails.
pub async fn grounds(app: &App, definitions: &Definitions, run: &Run) -> Result<Grounds, Error> {
    let (id, period, is_check) = (run.id, run.period, run.purpose == Purpose::Check);
    let read = app.db.read(move |tx| async move {
        let kept = match store::find_frozen(&tx, period).await? {
            Some(frozen) if is_check => store::grounds(&tx, frozen.run).await?,
            _ => None,
        };
        Ok::<_, DbError>((kept, store::people(&tx).await?))
    });
    let (kept, people) = read.await?;
    if let Some((people, normals)) = kept {
        return Ok((people, normals.into_iter().collect()));
    }
    let normals = counting::normals(app, definitions, &people);
    if !is_check {
        let (people, normals) = (people.clone(), normals.clone());
        app.db
            .write(move |tx| async move { store::keep_grounds(&tx, id, &people, &normals).await })
            .await
            .map_err(Error::Db)?;
    }
    Ok((people, normals))
}

/// Makes the cases again that changed since a frozen month was counted; none for a run that is no check.
///
/// # Errors
/// When the database fails.
pub async fn rebuild(app: &App, run: &Run) -> Result<Option<Arc<Past>>, Error> {
    if run.purpose != Purpose::Check {
        return Ok(None);
    }
    let (id, known) = (run.id, run.known);
    clear(app, id).await?;
    let changed = app.db.read(move |tx| async move { store::changed_since(&tx, known).await }).await;
    let changed = changed.map_err(|error: DbError| Error::Db(error))?;
    let mut cases = HashSet::new();
    for some in changed.chunks(BATCH) {
        let some = some.to_vec();
        let made = app.db.write(move |tx| async move {
            let mut made = Vec::new();
            for case in some {
                match replaying::again_until(&tx, case, known).await {
                    Ok((again, timers)) => {
                        store::add_past(&tx, id, &again, &timers).await?;
                        made.push(case);
                    }
                    Err(Error::Db(error)) => return Err(error),
                    // Its facts do not tell it whole, as with what came from another system: it counts as it stands.
                    Err(error) => tracing::warn!(%error, case, "a case could not be made again for a check"),
                }
            }
            Ok::<_, DbError>(made)
        });
        cases.extend(made.await?);
    }
    Ok(Some(Arc::new(Past { run: id, cases })))
}

/// Removes what was made again for a check.
///
/// # Errors
/// When the database fails.
pub async fn clear(app: &App, run: Id) -> Result<(), Error> {
    app.db.write(move |tx| async move { store::clear_past(&tx, run).await }).await.map_err(Error::Db)
}
