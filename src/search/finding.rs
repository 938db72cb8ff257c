//! The walk: blocks from the last to the first, some at a time and more each time, until a page is full. Of each block only what
//! holds every piece is read; what was read is looked at again, word for word, and asked of the cases whether it exists for
//! whoever searches. However frequent or rare the words are, a block costs one look-up for each piece.

use super::entry::{Subject, mark};
use super::pieces::{self, Piece};
use super::places::{BLOCK, Places, split};
use super::query::{Search, marks_of, may_exist};
use super::store::{self, FEW, Placed};
use crate::cases::store::{Line, Scope, seen};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::kit::paging::PAGE;
use std::collections::HashMap;

/// So many blocks are looked at first: whoever searches for frequent words needs no more.
const FIRST: usize = 2;
/// Each time so many times as many.
const WIDER: usize = 4;
/// At most so many at once.
const WIDEST: usize = 128;
/// So many lists of pieces are asked for at once: after some of a long text most blocks have nothing left.
const LISTS: usize = 4;
/// More results than these are not counted.
pub const MOST_COUNTED: usize = 200;
/// So many entries are read for a page at most. What has every piece is nearly always what was searched for; when it is not,
/// somebody else must not wait for it.
const MOST_READ: usize = 2_000;

/// One result.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The entry as it was found.
    pub found: Placed,
    /// The case as it is now; none of a report.
    pub case: Option<Line>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The rows of the page, newest first.
    pub rows: Vec<Hit>,
    /// How many there are in all: known on the first page when they are at most [`MOST_COUNTED`].
    pub count: Option<usize>,
    /// The place behind which the next page begins.
    pub next: Option<i64>,
    /// True when the search stopped before the page was full.
    pub is_cut: bool,
}

/// One page of what is searched for.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &Tx, search: &Search, scope: &Scope, now: Moment) -> Result<Found, DbError> {
    let is_first = search.after == i64::MAX;
    let most = if is_first { MOST_COUNTED + 1 } else { PAGE + 1 };
    let mut found = Found::default();
    if *scope == Scope::Nothing {
        return Ok(Found { count: Some(0), ..found });
    }
    let last = search.after.saturating_sub(1) / BLOCK;
    let blocks = store::blocks(tx, last, search.from, search.until).await?;
    let lists = lists(search, scope);
    let (mut left, mut width, mut read) = (blocks.as_slice(), FIRST, 0);
    'walk: while !left.is_empty() {
        let (some, rest) = left.split_at(width.min(left.len()));
        (left, width) = (rest, (width * WIDER).min(WIDEST));
        let late = match (some.last(), some.first()) {
            (Some(first), Some(last)) if search.is_overdue => {
                Some(by_block(&store::overdue(tx, first * BLOCK..(last + 1) * BLOCK, now).await?))
            }
            _ => None,
        };
        let mut places = Vec::new();
        for (block, hits) in candidates(tx, some, &lists, late.as_ref()).await? {
            let place = |position: u16| block * BLOCK + i64::from(position);
            places.extend(hits.from_last().map(place).filter(|place| *place < search.after));
        }
        for some in places.chunks(FEW) {
            found.rows.extend(existing(tx, store::entries(tx, some).await?, search, scope).await?);
            read += some.len();
            if found.rows.len() >= most {
                break 'walk;
            }
            if read >= MOST_READ {
                found.is_cut = true;
                found.next = some.last().copied();
                break 'walk;
            }
        }
    }
    let all = found.rows.len();
    found.count = (is_first && all <= MOST_COUNTED && !found.is_cut).then_some(all);
    if all > PAGE {
        found.rows.truncate(PAGE);
        found.next = found.rows.last().map(|hit| hit.found.place);
    }
    Ok(found)
}

/// What every result has: of each list one piece at least.
fn lists(search: &Search, scope: &Scope) -> Vec<Vec<Piece>> {
    let words = search.parts.iter().flat_map(|part| pieces::wanted(part)).map(|piece| vec![piece]);
    let marks = marks_of(scope).into_iter().chain(search.marks.iter().cloned());
    let marks = marks.map(|any| any.iter().map(|mark| pieces::of_mark(mark)).collect());
    let lists: Vec<Vec<Piece>> = words.chain(marks).collect();
    match lists.is_empty() {
        // Places that nobody has taken yet hold neither of the two.
        true => vec![["0", "1"].iter().map(|is_open| pieces::of_mark(&mark("open", is_open))).collect()],
        false => lists,
    }
}

fn by_block(places: &[i64]) -> HashMap<i64, Places> {
    let mut blocks: HashMap<i64, Places> = HashMap::new();
    for place in places {
        let (block, position) = split(*place);
        blocks.entry(block).or_default().put(position, true);
    }
    blocks
}

/// What of each block has a piece of every list; blocks with nothing are left out.
async fn candidates(
    tx: &Tx,
    blocks: &[i64],
    lists: &[Vec<Piece>],
    late: Option<&HashMap<i64, Places>>,
) -> Result<Vec<(i64, Places)>, DbError> {
    let mut left: Vec<(i64, Places)> = blocks
        .iter()
        .filter_map(|block| {
            let places = match late {
                Some(late) => late.get(block)?.clone(),
                None => Places::all(),
            };
            Some((*block, places))
        })
        .collect();
    for some in lists.chunks(LISTS) {
        if left.is_empty() {
            break;
        }
        let keys: Vec<i64> = left
            .iter()
            .flat_map(|(block, _)| some.iter().flatten().map(|piece| store::posting(*block, *piece)))
            .collect();
        let postings = store::postings(tx, &keys).await?;
        left.retain_mut(|(block, places)| {
            for list in some {
                let mut any = Places::default();
                let held = list.iter().filter_map(|piece| postings.get(&store::posting(*block, *piece)));
                held.for_each(|one| any.add(one));
                places.keep(&any);
            }
            !places.is_empty()
        });
    }
    Ok(left)
}

/// Of these entries those that are what was searched for, and that exist for whoever searches.
async fn existing(tx: &Tx, entries: Vec<Placed>, search: &Search, scope: &Scope) -> Result<Vec<Hit>, DbError> {
    let mut met = entries;
    met.retain(|one| {
        let entry = &one.entry;
        may_exist(scope, entry.subject) && search.is_met(entry.at.0, &entry.words, &entry.marks)
    });
    let ids: Vec<Id> = met.iter().filter(|one| one.entry.subject == Subject::Case).map(|one| one.entry.id).collect();
    let mut cases: HashMap<Id, Line> = seen(tx, scope, &ids).await?.into_iter().map(|line| (line.id, line)).collect();
    let hit = |found: Placed| match found.entry.subject {
        Subject::Case => Some(Hit { case: Some(cases.remove(&found.entry.id)?), found }),
        Subject::Report => Some(Hit { case: None, found }),
    };
    Ok(met.into_iter().filter_map(hit).collect())
}
