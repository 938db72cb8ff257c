//! How many cases stand where: the figures beside the filters of the lists.
//!
//! Counting grows with what is open, and every desk that refreshes itself asks for it. So a count is kept: until a case
//! changes when counting is cheap, and for twenty times as long as it took when it is not. The program never spends more
//! than a twentieth of its time on counting, and in a small city the figures are always exact.

use super::case::Stage;
use super::store::{self, Branch, Scope};
use crate::app::App;
use crate::kit::error::Error;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Counting that takes no longer than this is done again after every change.
const CHEAP: Duration = Duration::from_millis(2);
/// How many times as long as it took to count a costly count is kept.
const KEPT: u32 = 20;
/// No count is kept longer than this: cases become overdue by themselves, and other instances change them too.
const LONGEST: Duration = Duration::from_secs(5);
/// More scopes than this are not remembered.
const SCOPES: usize = 2000;

/// How many open cases stand in each stage, and how many are overdue.
#[derive(Debug, Clone)]
pub struct Tally {
    /// By stage.
    pub stages: Vec<(Stage, i64)>,
    /// Past their due moment while the clock runs.
    pub overdue: i64,
    /// On a side branch.
    pub branches: Vec<(Branch, i64)>,
}

struct Kept {
    tally: Arc<Tally>,
    at: Instant,
    took: Duration,
    changes: u64,
}

impl Kept {
    fn is_good(&self, changes: u64) -> bool {
        let age = self.at.elapsed();
        age < LONGEST && (self.changes == changes || (self.took > CHEAP && age < self.took * KEPT))
    }
}

/// The counts that are kept, by scope.
#[derive(Default)]
pub struct Tallies(Mutex<HashMap<Scope, Kept>>);

impl Tallies {
    /// The counts of what exists for a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, app: &App, scope: &Scope) -> Result<Arc<Tally>, Error> {
        let changes = app.changes.load(Ordering::Acquire);
        let found = {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.get(scope).filter(|kept| kept.is_good(changes)).map(|kept| Arc::clone(&kept.tally))
        };
        if let Some(tally) = found {
            return Ok(tally);
        }
        let (asked, now, began) = (scope.clone(), app.clock.now(), Instant::now());
        let tally = app
            .db
            .read(move |tx| async move {
                let stages = store::counts(&tx, &asked).await?;
                let branches = store::on_branches(&tx, &asked).await?;
                Ok::<_, Error>(Tally { stages, overdue: store::overdue(&tx, &asked, now).await?, branches })
            })
            .await?;
        let tally = Arc::new(tally);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SCOPES {
            kept.clear();
        }
        let entry = Kept { tally: Arc::clone(&tally), at: began, took: began.elapsed(), changes };
        kept.insert(scope.clone(), entry);
        Ok(tally)
    }
}
