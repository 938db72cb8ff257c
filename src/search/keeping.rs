//! The index is kept by the program itself: made once from what there is, a block at a time, then kept fresh by following the
//! log. Whoever keeps it counts up a revision with every change; of several programs the one that finds another's revision steps
//! back and looks again later. What is written twice is the same.

use super::entry::{Entry, FactSeen, Known, ReportSeen, Subject};
use super::pieces::{self, Piece};
use super::places::{BLOCK, Places, split};
use super::store::{self, Phase, Placed, State};
use crate::app::App;
use crate::catalog::Key;
use crate::grid::area::Level;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::timeline;
use crate::timeline::reading::{LookBack, Reader};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long after its start the program begins, so that its first answers come first.
const FIRST: Duration = Duration::from_millis(300);
/// How long it sleeps when nobody wakes it.
const SLEEP: Duration = Duration::from_secs(2);
/// News is gathered for so long: what happens together is written together.
const GATHER: Duration = Duration::from_millis(300);
/// How long whoever finds another program at the index leaves it alone.
const ANOTHER: Duration = Duration::from_secs(10);
/// After a failure it is tried again in so long.
const TROUBLE: Duration = Duration::from_secs(5);
/// How many facts are read at once.
const FACTS: usize = 500;
/// How many subjects are written in one transaction.
const SUBJECTS: usize = 100;
/// How many subjects are read at once when the index is made.
const READ: usize = 512;
/// How many rows are written in one transaction when it is made.
const WRITTEN: usize = 1_000;
/// How many rows are removed in one transaction.
const REMOVED: usize = 5_000;

/// What was done, and what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// There is more to do.
    More,
    /// All is done.
    Rest,
}

/// What the keeper of an index remembers between two steps.
struct Memory {
    reader: Reader,
    look: LookBack,
    /// The revision that it wrote last.
    revision: Option<i64>,
}

impl Memory {
    fn new(app: &App) -> Memory {
        Memory { reader: Reader::default(), look: LookBack::of_facts(app).from_an_hour_back(), revision: None }
    }

    /// Somebody else wrote: how far the log was read is asked for again.
    fn forget(&mut self) {
        (self.reader, self.revision) = (Reader::default(), None);
        self.look.again();
    }
}

/// Keeps the index for as long as the program runs.
pub async fn keep(app: App) {
    tokio::time::sleep(FIRST).await;
    let mut news = app.news.subscribe();
    let mut memory = Memory::new(&app);
    loop {
        match step(&app, &mut memory).await {
            Ok(Step::More) => {}
            Ok(Step::Rest) => {
                drop(tokio::time::timeout(SLEEP, news.recv()).await);
                tokio::time::sleep(GATHER).await;
            }
            Err(Error::Db(DbError::Stale | DbError::NotUnique(_))) => {
                memory.forget();
                tokio::time::sleep(ANOTHER).await;
            }
            Err(error) => {
                tracing::error!(%error, "the search index could not be kept");
                tokio::time::sleep(TROUBLE).await;
            }
        }
    }
}

/// Brings the index up to date, and answers once there is nothing left to do.
///
/// # Errors
/// [`DbError::Stale`] when another program writes at the same moment; when the database fails.
pub async fn bring_up_to_date(app: &App) -> Result<(), Error> {
    let mut memory = Memory::new(app);
    while step(app, &mut memory).await? == Step::More {}
    Ok(())
}

/// Has the index made anew by whoever keeps it. Answers false when there is none yet: then it will be made anyway.
///
/// # Errors
/// When the database fails.
pub async fn ask_anew(db: &Db) -> Result<bool, DbError> {
    db.write(|tx| async move { store::ask_anew(&tx).await }).await
}

/// Does the next piece of work.
async fn step(app: &App, memory: &mut Memory) -> Result<Step, Error> {
    let state = app.db.read(|tx| async move { store::state(&tx).await }).await?;
    let Some(state) = state else {
        app.db.write(|tx| async move { store::begin(&tx, pieces::VERSION).await }).await?;
        return Ok(Step::More);
    };
    if memory.revision.is_some_and(|known| known != state.revision) {
        // Somebody else wrote, or asked for it to be made anew.
        memory.forget();
    }
    let next = match state.phase {
        _ if state.version != pieces::VERSION && state.phase != Phase::Clearing => {
            let next = State { phase: Phase::Clearing, ..state };
            save(app, next).await?
        }
        Phase::Clearing => clear(app, state).await?,
        Phase::Cases | Phase::Reports => make(app, state).await?,
        Phase::Following => return follow(app, state, memory).await,
    };
    memory.revision = Some(next.revision);
    Ok(Step::More)
}

/// Writes the next state in a transaction of its own.
async fn save(app: &App, next: State) -> Result<State, Error> {
    let next = State { revision: next.revision + 1, ..next };
    app.db.write(move |tx| async move { store::save_state(&tx, &next).await }).await?;
    Ok(next)
}

/// Removes some of the old index; what is read of the log later begins before the first case is looked at.
async fn clear(app: &App, state: State) -> Result<State, Error> {
    let mut next = State { version: pieces::VERSION, revision: state.revision + 1, ..state };
    let done = app.db.write(move |tx| async move {
        store::save_state(&tx, &next).await?;
        Ok::<_, DbError>(!store::clear(&tx, 0, 0, REMOVED).await?)
    });
    if !done.await? {
        return Ok(next);
    }
    let end = app.db.read(|tx| async move { timeline::store::end(&tx).await }).await?;
    next = State { phase: Phase::Cases, reached: 0, next_place: 0, fact: end, ..next };
    save(app, next).await
}

/// Makes the next block. It is written in several transactions, and counts once the last has ended: before it is begun, what an
/// interrupted one left behind is removed.
async fn make(app: &App, state: State) -> Result<State, Error> {
    let start = (state.next_place + BLOCK - 1) / BLOCK * BLOCK;
    let block = start / BLOCK;
    let mut reached = state.reached;
    let mut entries: Vec<Entry> = Vec::new();
    let mut held: HashMap<Piece, Vec<u16>> = HashMap::new();
    let mut is_end = false;
    let room = usize::try_from(BLOCK).unwrap_or(usize::MAX);
    while entries.len() < room && !is_end {
        let most = READ.min(room - entries.len());
        let (new, last) = match state.phase {
            Phase::Cases => some_cases(app, reached, most).await?,
            _ => some_reports(app, reached, most).await?,
        };
        is_end = last.is_none();
        reached = last.unwrap_or(reached);
        for entry in new {
            let position = u16::try_from(entries.len()).unwrap_or(u16::MAX);
            entry.pieces().into_iter().for_each(|piece| held.entry(piece).or_default().push(position));
            entries.push(entry);
        }
        tokio::task::yield_now().await;
    }
    let mut now = state;
    loop {
        now.revision += 1;
        let is_clear = app.db.write(move |tx| async move {
            store::save_state(&tx, &now).await?;
            Ok::<_, DbError>(!store::clear(&tx, start, block, REMOVED).await?)
        });
        if is_clear.await? {
            break;
        }
    }
    let from = entries.iter().map(|entry| entry.at).min();
    let to = entries.iter().map(|entry| entry.at).max();
    let entries: Vec<(i64, Entry)> = entries.into_iter().zip(start..).map(|(entry, place)| (place, entry)).collect();
    for some in entries.chunks(WRITTEN) {
        now.revision += 1;
        let some: Arc<[(i64, Entry)]> = some.into();
        let written = app.db.write(move |tx| async move {
            store::save_state(&tx, &now).await?;
            for (place, entry) in some.iter() {
                store::save_entry(&tx, *place, entry).await?;
            }
            Ok::<_, DbError>(())
        });
        written.await?;
    }
    let mut postings: Vec<(i64, Vec<u8>)> = Vec::with_capacity(held.len());
    for (piece, positions) in held {
        let mut places = Places::default();
        positions.iter().for_each(|position| places.put(*position, true));
        postings.push((store::posting(block, piece), places.bytes()));
    }
    postings.sort_unstable_by_key(|(key, _)| *key);
    for some in postings.chunks(WRITTEN) {
        now.revision += 1;
        let some: Arc<[(i64, Vec<u8>)]> = some.into();
        let written = app.db.write(move |tx| async move {
            store::save_state(&tx, &now).await?;
            store::save_postings(&tx, &some).await
        });
        written.await?;
    }
    let (phase, reached) = match (is_end, state.phase) {
        (false, phase) => (phase, reached),
        (true, Phase::Cases) => (Phase::Reports, 0),
        (true, _) => (Phase::Following, 0),
    };
    let next_place = if entries.is_empty() { state.next_place } else { start + BLOCK };
    let next = State { phase, reached, next_place, revision: now.revision + 1, ..now };
    let ended = app.db.write(move |tx| async move {
        store::save_state(&tx, &next).await?;
        if let Some((from, to)) = from.zip(to) {
            store::widen_block(&tx, block, from, to).await?;
        }
        Ok::<_, DbError>(())
    });
    ended.await?;
    Ok(next)
}

/// Some cases after one as entries, and the last of them; none when there are no more.
async fn some_cases(app: &App, after: Id, most: usize) -> Result<(Vec<Entry>, Option<Id>), Error> {
    let held = app.clone();
    app.db
        .read(move |tx| async move {
            let cases = store::cases_after(&tx, after, most).await?;
            let last = cases.last().map(|case| case.id);
            Ok((entries_of_cases(&held, &tx, cases).await?, last))
        })
        .await
}

/// Some reports after one as entries, of those that belong to no case, and the last of all.
async fn some_reports(app: &App, after: Id, most: usize) -> Result<(Vec<Entry>, Option<Id>), Error> {
    let held = app.clone();
    app.db
        .read(move |tx| async move {
            let reports = store::reports_after(&tx, after, most).await?;
            let last = reports.last().map(|(id, _)| *id);
            let ids: Vec<Id> = reports.into_iter().filter(|(_, case)| case.is_none()).map(|(id, _)| id).collect();
            Ok((entries_of_reports(&held, &tx, &ids).await?, last))
        })
        .await
}

async fn entries_of_cases(app: &App, tx: &Tx, cases: Vec<super::entry::CaseSeen>) -> Result<Vec<Entry>, DbError> {
    let ids: Vec<Id> = cases.iter().map(|case| case.id).collect();
    let reports = store::reports_of(tx, &ids).await?;
    let report_ids: Vec<Id> = reports.iter().map(|report| report.id).collect();
    let facts = store::facts_of(tx, Subject::Case, &ids).await?;
    let later = store::facts_of(tx, Subject::Report, &report_ids).await?;
    let mut facts_by: HashMap<Id, Vec<&FactSeen>> = HashMap::new();
    facts.iter().for_each(|fact| facts_by.entry(fact.id).or_default().push(fact));
    let case_of: HashMap<Id, Id> = reports.iter().filter_map(|report| Some((report.id, report.case?))).collect();
    for fact in &later {
        if let Some(case) = case_of.get(&fact.id) {
            facts_by.entry(*case).or_default().push(fact);
        }
    }
    let mut reports_by: HashMap<Id, Vec<&ReportSeen>> = HashMap::new();
    reports.iter().filter_map(|report| Some((report.case?, report))).for_each(|(case, report)| {
        reports_by.entry(case).or_default().push(report);
    });
    let entry = |case: super::entry::CaseSeen| {
        let reports = reports_by.remove(&case.id).unwrap_or_default();
        let facts = facts_by.remove(&case.id).unwrap_or_default();
        let district = reports.first().map(|report| report.district.as_str()).unwrap_or_default();
        let known = known(app, &case.kind, &case.code, [district, &case.street, &case.community]);
        Entry::of_case(&case, &reports, &facts, &known)
    };
    Ok(cases.into_iter().map(entry).collect())
}

async fn entries_of_reports(app: &App, tx: &Tx, ids: &[Id]) -> Result<Vec<Entry>, DbError> {
    let mut reports = store::reports(tx, ids).await?;
    // Who joined a case meanwhile is found with it.
    reports.retain(|report| report.case.is_none());
    reports.sort_unstable_by_key(|report| report.id);
    let facts = store::facts_of(tx, Subject::Report, ids).await?;
    let entry = |report: &ReportSeen| {
        let facts: Vec<&FactSeen> = facts.iter().filter(|fact| fact.id == report.id).collect();
        let codes = [report.district.as_str(), &report.street, &report.community];
        Entry::of_report(report, &facts, &known(app, &report.kind, &report.code, codes))
    };
    Ok(reports.iter().map(entry).collect())
}

/// What the catalog and the ground know of a sub-class and of the codes of district, street and community.
fn known(app: &App, kind: &str, code: &str, [district, street, community]: [&str; 3]) -> Known {
    let mut known = Known::default();
    let key: Option<Key> = app.catalog.key_of(&format!("{kind}-{code}"));
    for lang in LANGUAGES {
        let Some(key) = &key else { break };
        let class = app.catalog.class(key).map(|class| class.name.in_lang(lang));
        let sub_class = app.catalog.sub_class(key).map(|found| found.name.in_lang(lang));
        known.category.extend(class.into_iter().chain(sub_class).map(str::to_owned));
    }
    let grid = app.grid();
    let found = |level, code: &str| grid.area(level, code);
    let street_found = found(Level::Street, street);
    let parent = street_found.and_then(|area| area.parent_code.clone()).unwrap_or_default();
    let district = if district.is_empty() { parent.as_str() } else { district };
    for (level, code) in [(Level::District, district), (Level::Street, street), (Level::Community, community)] {
        if code.is_empty() {
            continue;
        }
        known.areas.push(code.to_owned());
        known.area_names.extend(found(level, code).map(|area| area.name.clone()));
    }
    known
}

/// Reads what is new in the log and brings the entries of what it speaks of up to date.
async fn follow(app: &App, state: State, memory: &mut Memory) -> Result<Step, Error> {
    let began = Instant::now();
    let read = memory.reader.read.unwrap_or(state.fact).max(state.fact);
    let reach = memory.look.reach(began, Some(read));
    memory.reader.forget(read);
    let (mut after, mut state) = (read - reach, state);
    loop {
        let news = app.db.read(move |tx| async move {
            let end = timeline::store::end(&tx).await?;
            Ok::<_, DbError>((store::news(&tx, after, FACTS).await?, end))
        });
        let (facts, end) = news.await?;
        let Some((last, ..)) = facts.last() else {
            memory.reader.read = Some(read.max(after).max(end));
            break;
        };
        after = *last;
        let is_whole = facts.len() < FACTS;
        let new: Vec<_> = facts.into_iter().filter(|(fact, ..)| !memory.reader.worked.contains(fact)).collect();
        let subjects = subjects(app, &new).await?;
        for some in subjects.chunks(SUBJECTS) {
            state = renew(app, state, some.to_vec()).await?;
            memory.revision = Some(state.revision);
        }
        memory.reader.worked.extend(new.iter().map(|(fact, ..)| *fact));
        if is_whole {
            memory.reader.read = Some(read.max(after).max(end));
            break;
        }
    }
    memory.look.done(began, reach);
    // How far it has come is written down now and then: what is read again changes nothing.
    if let Some(read) = memory.reader.to_keep(began).filter(|read| *read > state.fact) {
        let next = save(app, State { fact: read, ..state }).await?;
        memory.revision = Some(next.revision);
        memory.reader.kept(began);
    }
    Ok(Step::Rest)
}

/// What some facts speak of: cases, and reports that belong to none.
async fn subjects(app: &App, facts: &[(Id, Option<Subject>, Id, String)]) -> Result<Vec<(Subject, Id)>, Error> {
    let mut found: BTreeSet<(u8, Id)> = BTreeSet::new();
    let mut reports: BTreeMap<Id, bool> = BTreeMap::new();
    for (_, subject, id, kind) in facts {
        match subject {
            Some(Subject::Case) => drop(found.insert((0, *id))),
            // A report that has just come in has a case in a moment.
            Some(Subject::Report) => *reports.entry(*id).or_default() |= kind != "submitted",
            None => {}
        }
    }
    let ids: Vec<Id> = reports.keys().copied().collect();
    if !ids.is_empty() {
        let known = app.db.read(move |tx| async move { store::reports(&tx, &ids).await });
        for report in known.await? {
            match report.case {
                Some(case) => drop(found.insert((0, case))),
                None if reports.get(&report.id) == Some(&true) => drop(found.insert((1, report.id))),
                None => {}
            }
        }
    }
    let subject = |(order, id)| (if order == 0 { Subject::Case } else { Subject::Report }, id);
    Ok(found.into_iter().map(subject).collect())
}

/// Brings the entries of some subjects up to date, in one transaction; writes nothing when nothing changed.
async fn renew(app: &App, state: State, subjects: Vec<(Subject, Id)>) -> Result<State, Error> {
    let of = |wanted: Subject| -> Vec<Id> {
        subjects.iter().filter(|(subject, _)| *subject == wanted).map(|(_, id)| *id).collect()
    };
    let (cases, reports, held) = (of(Subject::Case), of(Subject::Report), app.clone());
    let read = app.db.read(move |tx| async move {
        let seen = store::cases(&tx, &cases).await?;
        let mut entries = entries_of_cases(&held, &tx, seen).await?;
        entries.sort_unstable_by_key(|entry| entry.id);
        // A report that came to a case is found with it, and no longer by itself.
        let joined: Vec<Id> = store::reports_of(&tx, &cases).await?.into_iter().map(|report| report.id).collect();
        entries.extend(entries_of_reports(&held, &tx, &reports).await?);
        let mut old = store::entries_of(&tx, Subject::Case, &cases).await?.into_values().collect::<Vec<_>>();
        let reports: Vec<Id> = reports.into_iter().chain(joined).collect();
        old.extend(store::entries_of(&tx, Subject::Report, &reports).await?.into_values());
        Ok::<_, DbError>((entries, old))
    });
    let (entries, old) = read.await?;
    let changes = changes(entries, old);
    if changes.is_empty() {
        return Ok(state);
    }
    let changes = Arc::new(changes);
    let written = app.db.write(move |tx| async move {
        let new = changes.iter().filter(|change| change.old.is_none()).count();
        let next = State {
            next_place: state.next_place + i64::try_from(new).unwrap_or(0),
            revision: state.revision + 1,
            ..state
        };
        store::save_state(&tx, &next).await?;
        write(&tx, state.next_place, &changes).await?;
        Ok::<_, DbError>(next)
    });
    Ok(written.await?)
}

/// What becomes of an entry.
struct Change {
    old: Option<Placed>,
    new: Option<Entry>,
}

/// What differs between what should be and what is.
fn changes(entries: Vec<Entry>, old: Vec<Placed>) -> Vec<Change> {
    let mut old: BTreeMap<(&'static str, Id), Placed> =
        old.into_iter().map(|placed| ((placed.entry.subject.word(), placed.entry.id), placed)).collect();
    let mut changes = Vec::new();
    for new in entries {
        let old = old.remove(&(new.subject.word(), new.id));
        if old.as_ref().is_none_or(|old| old.entry != new) {
            changes.push(Change { old, new: Some(new) });
        }
    }
    changes.extend(old.into_values().map(|old| Change { old: Some(old), new: None }));
    changes
}

/// Writes changes: new entries from `next_place` on, and what blocks hold of their pieces.
async fn write(tx: &Tx, mut next_place: i64, changes: &[Change]) -> Result<(), DbError> {
    let mut turned: BTreeMap<i64, Vec<(u16, bool)>> = BTreeMap::new();
    let mut widened: BTreeMap<i64, (Moment, Moment)> = BTreeMap::new();
    for Change { old, new } in changes {
        let place = old.as_ref().map_or(next_place, |old| old.place);
        next_place += i64::from(old.is_none());
        let (block, position) = split(place);
        let before = old.as_ref().map(|old| old.entry.pieces()).unwrap_or_default();
        let after = new.as_ref().map(Entry::pieces).unwrap_or_default();
        for (pieces, is_in) in [(before.difference(&after), false), (after.difference(&before), true)] {
            for piece in pieces {
                turned.entry(store::posting(block, *piece)).or_default().push((position, is_in));
            }
        }
        match new {
            Some(entry) => {
                store::save_entry(tx, place, entry).await?;
                let reach = widened.entry(block).or_insert((entry.at, entry.at));
                *reach = (reach.0.min(entry.at), reach.1.max(entry.at));
            }
            None => store::remove_entry(tx, place).await?,
        }
    }
    for (block, (from, to)) in widened {
        store::widen_block(tx, block, from, to).await?;
    }
    let keys: Vec<i64> = turned.keys().copied().collect();
    let mut held = store::postings(tx, &keys).await?;
    let mut postings = Vec::with_capacity(turned.len());
    for (key, turns) in turned {
        let mut places = held.remove(&key).unwrap_or_default();
        turns.into_iter().for_each(|(position, is_in)| places.put(position, is_in));
        postings.push((key, places.bytes()));
    }
    store::save_postings(tx, &postings).await
}
