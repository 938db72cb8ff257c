//! Carrying a city over from one database into another, with no file in between: the source shows one moment, the target takes everything in
//! one transaction, and a few pages of rows at a time are on their way. A city that goes on meanwhile is carried over again: then each
//! table is compared page by page, and only what differs goes over, until the city stands still and the last of it is there.

use super::bringing_in::{Purpose, is_city_there, keep_quiet};
use super::manifest::{FORMAT, Manifest, Sum, Table};
use super::store::{self, Filling, Pages, Pointers, Shape, Stretch};
use super::{Progress, Trouble, broken, is_left_out};
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError, Row, Tx, Value};
use crate::kit::id::Id;
use crate::timeline;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// So many pieces may be on their way.
const ON_THE_WAY: usize = 8;

/// What the city at the source does meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// It goes on: what is carried over is one moment of it, and the target is not whole before the last time.
    GoesOn,
    /// It stands still: nobody can write into it until the target has everything and is whole.
    StandsStill,
}

/// Where a city is carried from, and where to.
pub struct Carrying {
    /// The source, which is only read.
    pub from: Db,
    /// Its address as it may be shown: what was begun from one city is not gone on with from another.
    pub source: String,
    /// The target; an empty database, or one to which this city was carried before and which is not whole yet.
    pub to: Db,
    /// The scripts of this program, name and text, in order.
    pub history: Vec<(String, String)>,
    /// What for.
    pub purpose: Purpose,
    /// What the source does.
    pub meanwhile: Meanwhile,
    /// The moment.
    pub now: Moment,
    /// Hears how far it has come.
    pub progress: Progress,
}

/// How many rows went which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the source that the target was looked at for.
    pub compared: u64,
    /// Rows that were written into the target.
    pub copied: u64,
    /// Rows that were taken out of it, among them the earlier form of those that were written.
    pub removed: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The tables by name, as the source had them and as they were read back from the target.
    pub tables: Vec<Table>,
    /// How many rows went which way.
    pub tally: Tally,
    /// True when facts came to the source after the moment that was carried over.
    pub has_more_come: bool,
}

/// What goes from the one who reads to the one who writes.
enum Piece {
    /// A table begins.
    Table(Shape),
    /// Some of its rows.
    Rows(Vec<Row>),
    /// That was all of them, or all that were asked for again; this is the sum over these rows.
    Over(Sum),
    /// There is no other table.
    End,
}

/// The reader's ends: where its pieces go, and from where it hears after each table which stretches are wanted once more.
struct Reader {
    way: Sender<Piece>,
    asked: Receiver<Vec<Stretch>>,
}

/// The writer's ends.
struct Writer {
    way: Receiver<Piece>,
    asking: Sender<Vec<Stretch>>,
}

/// What one of both can only do once, within a transaction that the engine may want to run again.
type Once<T> = Arc<Mutex<Option<T>>>;

fn once<T>(ends: T) -> Once<T> {
    Arc::new(Mutex::new(Some(ends)))
}

fn take<T>(ends: &Once<T>) -> Result<T, Trouble> {
    let taken = ends.lock().unwrap_or_else(PoisonError::into_inner).take();
    taken.ok_or_else(|| broken("one of both databases broke off, and the target was left as it was; begin again"))
}

/// Carries a city over. Tables of an older program are then brought up to date.
///
/// # Errors
/// When the target has another city or newer tables, when the source is of a newer program, or when anything fails; the target is then as it
/// was before, and the source was never changed.
pub async fn carry(carrying: Carrying) -> Result<Carried, Trouble> {
    let Carrying { from, source, to, history, purpose, meanwhile, now, progress } = carrying;
    let of_source = from.read(|tx| async move { store::history(&tx).await }).await;
    let of_source = of_source.map_err(|error: DbError| broken(format!("there is no city at the source ({error})")))?;
    if let Some(origin) = from.read(|tx| async move { store::begun(&tx).await }).await? {
        return Err(broken(format!("the source is not whole itself: it is being carried there from {origin}")));
    }
    let ran = to.migrated().await?;
    let begun = as_manifest(&of_source).history_of(&history, &ran)?;
    let is_kept_open = purpose == Purpose::Move && meanwhile == Meanwhile::GoesOn;
    if is_kept_open && of_source.len() < history.len() {
        return Err(broken(
            "the source's tables are of an older program: bring them up to date first (`steward migrate`), or stop the program and \
             carry everything over at once with --finish",
        ));
    }
    let way_in = way_in(&to, &source, purpose).await?;
    if way_in == WayIn::Level && ran.len() < of_source.len() {
        return Err(broken(
            "the target's tables are of an older program than the source's: `steward migrate` there first",
        ));
    }
    to.migrate(begun).await?;
    let ((way, pieces), (asking, asked)) = (channel(ON_THE_WAY), channel(1));
    let reader = once(Reader { way, asked });
    let reading = move |tx: Tx| async move { read(&tx, take(&reader)?, &of_source, meanwhile).await };
    let reading = async {
        match meanwhile {
            Meanwhile::GoesOn => from.snapshot(reading).await,
            Meanwhile::StandsStill => from.write(reading).await,
        }
    };
    let writer = once(Writer { way: pieces, asking: asking.clone() });
    let writing = to.write(move |tx| async move {
        let found = write(&tx, take(&writer)?, way_in, &progress).await?;
        match (purpose, meanwhile) {
            (Purpose::Copy, _) => keep_quiet(&tx, now).await?,
            (Purpose::Move, Meanwhile::GoesOn) => store::begin(&tx, &source, now).await?,
            (Purpose::Move, Meanwhile::StandsStill) => store::finish(&tx).await?,
        }
        Ok::<_, Trouble>(found)
    });
    let writing = async {
        let written = writing.await;
        // Now that it is kept, or that nothing is, the source may go.
        drop(asking);
        written
    };
    let (last, (mut tables, tally)) = match tokio::join!(reading, writing) {
        (Ok(last), Ok(found)) => (last, found),
        // When one breaks off, the other only knows that it did.
        (Err(Trouble::Archive(why)), Err(other)) if why == BROKEN_OFF => return Err(other),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    to.migrate(history).await?;
    let now_last = from.read(|tx| async move { timeline::store::end(&tx).await }).await;
    let has_more_come = now_last.map_err(|error: DbError| Trouble::Db(error))? != last;
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Carried { tables, tally, has_more_come })
}

/// What the reader says when nobody takes what it reads.
const BROKEN_OFF: &str = "the target broke off";

/// How rows come into the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WayIn {
    /// Nothing is there.
    Fill,
    /// An earlier moment of the same city is there: what differs is made the same.
    Level,
}

async fn way_in(to: &Db, source: &str, purpose: Purpose) -> Result<WayIn, Trouble> {
    let begun = to.read(|tx| async move { store::begun(&tx).await }).await?;
    match (begun, purpose) {
        (Some(known), Purpose::Move) if known == source => Ok(WayIn::Level),
        (Some(known), _) => Err(broken(format!(
            "{known} is being carried into the target and is not whole there yet: go on from there, or begin with an empty database"
        ))),
        (None, _) if is_city_there(to).await? => {
            Err(broken("there is a city in the target already; a city is carried into an empty database"))
        }
        (None, _) => Ok(WayIn::Fill),
    }
}

/// A source speaks for itself as an archive would.
fn as_manifest(history: &[String]) -> Manifest {
    Manifest {
        format: FORMAT.to_owned(),
        program: "the source's".to_owned(),
        made_at: String::new(),
        engine: String::new(),
        history: history.to_vec(),
        tables: Vec::new(),
        left_out: Vec::new(),
        files: None,
        city_files: 0,
    }
}

/// A transaction on SQLite runs on a thread of its own, which may wait but must not await; on PostgreSQL it is a task like any other.
async fn send<T>(tx: &Tx, way: &Sender<T>, piece: T, gone: &str) -> Result<(), Trouble> {
    let sent = if tx.is_postgres() { way.send(piece).await } else { way.blocking_send(piece) };
    sent.map_err(|_| broken(gone))
}

async fn receive<T>(tx: &Tx, way: &mut Receiver<T>, gone: &str) -> Result<T, Trouble> {
    let piece = if tx.is_postgres() { way.recv().await } else { way.blocking_recv() };
    piece.ok_or_else(|| broken(gone))
}

impl Reader {
    async fn send(&self, tx: &Tx, piece: Piece) -> Result<(), Trouble> {
        send(tx, &self.way, piece, BROKEN_OFF).await
    }

    async fn rows(&self, tx: &Tx, shape: &Shape, stretch: Stretch, sum: &mut Sum) -> Result<(), Trouble> {
        let mut pages = Pages::of(shape, stretch);
        loop {
            let rows = pages.next(tx).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                sum.add(&store::line(row, shape)?);
            }
            self.send(tx, Piece::Rows(rows)).await?;
        }
    }
}

/// Reads every row of every table, and some once more when they are asked for; answers the last fact.
async fn read(tx: &Tx, mut ends: Reader, history: &[String], meanwhile: Meanwhile) -> Result<Id, Trouble> {
    if store::history(tx).await? != history {
        return Err(broken("the source's tables were brought up to date meanwhile; begin again"));
    }
    let kept = store::shapes(tx).await?.into_iter().filter(|shape| !is_left_out(&shape.name));
    // What goes when another row goes comes after that: where a row of the target is written anew, its own are looked at later.
    let cascading = store::cascading(tx).await?;
    let (later, mut shapes): (Vec<Shape>, Vec<Shape>) = kept.partition(|shape| cascading.contains(&shape.name));
    shapes.extend(later);
    if meanwhile == Meanwhile::StandsStill {
        store::hold_still(tx, &shapes).await?;
    }
    let last = timeline::store::end(tx).await?;
    for shape in shapes {
        ends.send(tx, Piece::Table(shape.clone())).await?;
        let mut sum = Sum::default();
        ends.rows(tx, &shape, Stretch::default(), &mut sum).await?;
        ends.send(tx, Piece::Over(sum)).await?;
        let again = receive(tx, &mut ends.asked, BROKEN_OFF).await?;
        if !again.is_empty() {
            let mut sum = Sum::default();
            for stretch in again {
                ends.rows(tx, &shape, stretch, &mut sum).await?;
            }
            ends.send(tx, Piece::Over(sum)).await?;
        }
    }
    ends.send(tx, Piece::End).await?;
    if meanwhile == Meanwhile::StandsStill {
        // Nobody writes here before the target has kept what came, or let go of it.
        while receive(tx, &mut ends.asked, BROKEN_OFF).await.is_ok() {}
    }
    Ok(last)
}

/// What comes of a table.
enum Came {
    Rows(Vec<Row>),
    All(Sum),
}

impl Writer {
    async fn next(&mut self, tx: &Tx) -> Result<Piece, Trouble> {
        receive(tx, &mut self.way, "the source broke off").await
    }

    /// The next rows of a table, or the sum over all that came.
    async fn rows(&mut self, tx: &Tx, shape: &Shape) -> Result<Came, Trouble> {
        match self.next(tx).await? {
            Piece::Rows(rows) => Ok(Came::Rows(rows)),
            Piece::Over(sum) => Ok(Came::All(sum)),
            Piece::Table(_) | Piece::End => Err(broken(format!("the table {} breaks off", shape.name))),
        }
    }

    async fn ask(&self, tx: &Tx, stretches: Vec<Stretch>) -> Result<(), Trouble> {
        send(tx, &self.asking, stretches, "the source broke off").await
    }
}

/// Writes every row that comes, and reads all of it back.
async fn write(tx: &Tx, mut ends: Writer, way_in: WayIn, progress: &Progress) -> Result<(Vec<Table>, Tally), Trouble> {
    let shapes = store::shapes(tx).await?;
    let pointers = Pointers::lay_aside(tx).await?;
    let (mut tables, mut tally) = (Vec::new(), Tally::default());
    loop {
        match ends.next(tx).await? {
            Piece::Table(shape) => {
                must_be_known(&shapes, &shape)?;
                let table = match way_in {
                    WayIn::Fill => fill(tx, &mut ends, shape, progress, &mut tally).await?,
                    WayIn::Level => level(tx, &mut ends, shape, progress, &mut tally).await?,
                };
                tables.push(table);
            }
            Piece::End => break,
            Piece::Rows(_) | Piece::Over(_) => return Err(broken("rows came without their table")),
        }
    }
    pointers.put_back(tx).await?;
    for table in &tables {
        let is_there = match way_in {
            WayIn::Fill => table.is(&store::sum_of(tx, &shapes, table).await?),
            // Every row was read when it had its last form; what went since would be missing.
            WayIn::Level => store::count(tx, &table.name).await? == table.rows,
        };
        if !is_there {
            return Err(not_the_same(&table.name));
        }
    }
    Ok((tables, tally))
}

fn not_the_same(table: &str) -> Trouble {
    broken(format!("the table {table} read back from the target is not as it was carried over; nothing was kept"))
}

fn must_be_known(shapes: &[Shape], shape: &Shape) -> Result<(), Trouble> {
    let known = shapes.iter().find(|known| known.name == shape.name);
    let known = known.ok_or_else(|| broken(format!("there is no table {} in the target", shape.name)))?;
    match shape.columns.iter().find(|column| !known.columns.contains(column)) {
        Some(column) => Err(broken(format!("the table {} has no column {column} in the target", shape.name))),
        None => Ok(()),
    }
}

/// Fills an empty table.
async fn fill(
    tx: &Tx,
    ends: &mut Writer,
    shape: Shape,
    progress: &Progress,
    tally: &mut Tally,
) -> Result<Table, Trouble> {
    store::clear(tx, &shape.name).await?;
    let mut filling = Filling::new(tx, &shape.name, &shape.columns);
    let told = |why: DbError| broken(format!("the table {}: {why}", shape.name));
    let mut count = 0;
    let sum = loop {
        match ends.rows(tx, &shape).await? {
            Came::Rows(rows) => {
                for row in &rows {
                    filling.add(row.values().to_vec()).await.map_err(told)?;
                    count += 1;
                }
                progress(&shape.name, count);
            }
            Came::All(sum) => break sum,
        }
    };
    filling.end().await.map_err(told)?;
    ends.ask(tx, Vec::new()).await?;
    tally.compared += count;
    tally.copied += count;
    Ok(Table { rows: sum.rows, sum: sum.shown(), name: shape.name, columns: shape.columns })
}

/// Makes a table the same as the source's. First every row that is otherwise here, or is only here, goes; then what is missing comes, so that two
/// rows may have exchanged what is unique in each of them.
async fn level(
    tx: &Tx,
    ends: &mut Writer,
    shape: Shape,
    progress: &Progress,
    tally: &mut Tally,
) -> Result<Table, Trouble> {
    let told = |why: DbError| broken(format!("the table {}: {why}", shape.name));
    let mut table = Level { tx, shape: &shape, sum: Sum::default(), same: 0, again: Vec::new() };
    let (mut after, mut count) = (None, 0);
    let of_source = loop {
        match ends.rows(tx, &shape).await? {
            Came::Rows(rows) => {
                let to = rows.last().map(|row| shape.key_of(row));
                let stretch = Stretch { after, to: to.clone() };
                tally.removed += table.clear_away(&rows, stretch).await.map_err(told)?;
                after = to;
                count += rows.len() as u64;
                progress(&shape.name, count);
            }
            Came::All(sum) => break sum,
        }
    };
    tally.compared += count;
    tally.removed += table.clear_rest(after).await.map_err(told)?;
    let again = std::mem::take(&mut table.again);
    let is_any = !again.is_empty();
    ends.ask(tx, again).await?;
    while is_any && let Came::Rows(rows) = ends.rows(tx, &shape).await? {
        tally.copied += table.make_up(&rows).await.map_err(told)?;
    }
    match table.sum == of_source {
        true => Ok(Table { rows: of_source.rows, sum: of_source.shown(), name: shape.name, columns: shape.columns }),
        false => Err(not_the_same(&shape.name)),
    }
}

/// A table on its way to be the same as the source's.
struct Level<'a> {
    tx: &'a Tx,
    shape: &'a Shape,
    /// The sum over the rows that have their last form.
    sum: Sum,
    /// How many rows were found the same.
    same: u64,
    /// Which stretches are wanted once more.
    again: Vec<Stretch>,
}

impl Level<'_> {
    fn lines(&self, rows: &[Row]) -> Result<HashSet<Vec<u8>>, DbError> {
        rows.iter().map(|row| store::line(row, self.shape)).collect()
    }

    fn keys(&self, rows: &[Row]) -> Vec<Vec<Value>> {
        rows.iter().map(|row| self.shape.key_of(row)).collect()
    }

    /// Takes out what is otherwise here than in these rows of a stretch; answers how much.
    async fn clear_away(&mut self, rows: &[Row], stretch: Stretch) -> Result<u64, DbError> {
        // Where each engine has an order of its own, a stretch of one is none of the other: the same keys are asked for, and what is only
        // here is found by the count.
        let here = match self.shape.is_ordered {
            true => store::between(self.tx, self.shape, &stretch).await?,
            false => Some(store::these(self.tx, self.shape, &self.keys(rows)).await?),
        };
        let Some(here) = here else {
            // Very much went at the source.
            let removed = store::remove_stretch(self.tx, self.shape, &stretch).await?;
            self.again.push(stretch);
            return Ok(removed);
        };
        let wanted = self.lines(rows)?;
        let (mut others, mut lines) = (Vec::new(), Vec::with_capacity(here.len()));
        for row in &here {
            let line = store::line(row, self.shape)?;
            match wanted.contains(&line) {
                true => lines.push(line),
                false => others.push(self.shape.key_of(row)),
            }
        }
        self.same += lines.len() as u64;
        match lines.len() == rows.len() {
            true => lines.iter().for_each(|line| self.sum.add(line)),
            false => self.again.push(stretch),
        }
        store::remove(self.tx, self.shape, &others).await
    }

    /// Takes out what is here and nowhere at the source; answers how much.
    async fn clear_rest(&mut self, after: Option<Vec<Value>>) -> Result<u64, DbError> {
        if self.shape.is_ordered {
            return store::remove_stretch(self.tx, self.shape, &Stretch { after, to: None }).await;
        }
        if store::count(self.tx, &self.shape.name).await? == self.same {
            return Ok(0);
        }
        // Which those are, nobody knows: all of it comes anew.
        self.sum = Sum::default();
        self.again = vec![Stretch::default()];
        store::remove_stretch(self.tx, self.shape, &Stretch::default()).await
    }

    /// Puts in what is missing of these rows; answers how much.
    async fn make_up(&mut self, rows: &[Row]) -> Result<u64, DbError> {
        let keys = self.keys(rows);
        let here = self.lines(&store::these(self.tx, self.shape, &keys).await?)?;
        let mut missing = Vec::new();
        for row in rows {
            if !here.contains(&store::line(row, self.shape)?) {
                missing.push(row);
            }
        }
        store::put(self.tx, self.shape, &missing).await?;
        for row in store::these(self.tx, self.shape, &keys).await? {
            self.sum.add(&store::line(&row, self.shape)?);
        }
        Ok(missing.len() as u64)
    }
}
