//! `search`: the state of the search index, and having it made anew.

use super::serve::DATABASE;
use super::{Outcome, Settings};
use crate::kit::db::{Db, DbError};
use crate::search::keeping;
use crate::search::store::{self, Phase};
use clap::Subcommand;

/// What can be done with the search index.
#[derive(Debug, Subcommand)]
pub enum SearchCommand {
    /// Say how far the index has come
    State,
    /// Have the index made anew, in the background, by the program that serves
    Rebuild,
}

/// Runs one of the commands to its end.
pub(super) async fn search(settings: &Settings, command: SearchCommand) -> Outcome {
    let url = settings.database.as_deref().unwrap_or(DATABASE);
    let told = |error: DbError| error.to_string();
    let db = Db::open(url).await.map_err(told)?;
    db.migrate(settings.sources()?.migrations()).await.map_err(told)?;
    match command {
        SearchCommand::State => {
            let state = db.read(|tx| async move { store::state(&tx).await }).await.map_err(told)?;
            match state {
                None => crate::out!("there is no index yet; the program makes it when it serves"),
                Some(state) if state.phase == Phase::Following => {
                    crate::out!("the index is whole and follows the log; {} places are taken", state.next_place);
                }
                Some(state) => crate::out!("the index is being made; {} places are taken", state.next_place),
            }
        }
        SearchCommand::Rebuild => match keeping::ask_anew(&db).await.map_err(told)? {
            true => crate::out!("the index will be made anew while the program serves; until then searches find less"),
            false => crate::out!("there is no index yet; the program makes it when it serves"),
        },
    }
    Ok(())
}
