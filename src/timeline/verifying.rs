//! Walks over the whole chain and compares every fact with what was sealed, while everybody goes on working.

use super::chain::{Block, Fault, Walk};
use super::reading::LATE;
use super::store;
use crate::kit::db::{Db, DbError};

/// So many blocks, and so many facts, are read at a time.
const PAGE: usize = 500;
/// So many facts that stand in no order are named.
const NAMED: usize = 20;

/// What was walked over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// How many facts were compared.
    pub facts: u64,
    /// The head of the chain; none when nothing is sealed.
    pub head: Option<Block>,
    /// The block that has the noted hash.
    pub noted_at: Option<i64>,
    /// How many facts are placed behind the last block.
    pub unsealed: i64,
    /// How many faults there are.
    pub faults: u64,
}

/// Walks from the first block to the one that is the last when it begins. `each` hears of every fault, `progress` how many places of how
/// many are done.
///
/// # Errors
/// When the database fails.
pub async fn verify(
    db: &Db,
    noted: Option<String>,
    mut progress: impl FnMut(u64, u64),
    mut each: impl FnMut(&Fault),
) -> Result<Walked, DbError> {
    let ends = db.snapshot(|tx| async move {
        let ((given, read), there) = (store::feed_end(&tx).await?, store::last_place(&tx).await?);
        Ok::<_, DbError>((given, read, there, store::head(&tx).await?))
    });
    let (given, read, there, head) = ends.await?;
    let until = head.as_ref().map_or(0, |head| head.number);
    let places = u64::try_from(head.as_ref().map_or(0, |head| head.last)).unwrap_or(0);
    let mut walk = Walk::new(noted);
    let (mut facts, mut faults, mut number) = (0, 0, 0);
    let mut tell = |found: Vec<Fault>| {
        faults += found.len() as u64;
        found.iter().for_each(&mut each);
    };
    while number < until {
        let blocks = db.read(move |tx| async move { store::blocks_after(&tx, number, PAGE).await }).await?;
        let Some(last) = blocks.last() else { break };
        number = last.number;
        for block in blocks.into_iter().filter(|block| block.number <= until) {
            let (mut first, last) = (block.first, block.last);
            tell(walk.begin(block));
            loop {
                let entries = db.read(move |tx| async move { store::entries(&tx, first, last, PAGE).await }).await?;
                facts += entries.iter().filter(|entry| entry.row.is_some()).count() as u64;
                entries.iter().for_each(|entry| walk.entry(entry));
                match entries.last() {
                    Some(entry) if entries.len() == PAGE => first = entry.seq.saturating_add(1),
                    _ => break,
                }
            }
            tell(walk.end());
            progress(u64::try_from(last).unwrap_or(0), places);
        }
    }
    // What was written within the last hour may find its place yet.
    let settled = read.saturating_sub(LATE);
    let strays = db.read(move |tx| async move { store::strays(&tx, i64::MIN, settled, NAMED).await }).await?;
    tell(strays.into_iter().map(|fact| Fault::Stray { fact }).collect());
    tell(walk.finish(there, given));
    let sealed = head.as_ref().map_or(0, |head| head.last);
    Ok(Walked { facts, noted_at: walk.noted_at(), head, unsealed: (given - sealed).max(0), faults })
}
