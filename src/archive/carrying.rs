//! Carrying a city over from one database into another, with no file in between: the source shows one moment, the target takes everything in
//! one transaction, and a few pages of rows at a time are on their way.

use super::bringing_in::{Purpose, is_city_there, keep_quiet};
use super::manifest::{FORMAT, Manifest, Sum, Table};
use super::store::{self, Filling, Pages, Pointers, Shape};
use super::{Progress, Trouble, broken, is_left_out};
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError, Tx, Value};
use crate::kit::id::Id;
use crate::timeline;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// So many pieces may be on their way.
const ON_THE_WAY: usize = 8;

/// Where a city is carried from, and where to.
pub struct Carrying {
    /// The source, which is only read.
    pub from: Db,
    /// The target; an empty database.
    pub to: Db,
    /// The scripts of this program, name and text, in order.
    pub history: Vec<(String, String)>,
    /// What for.
    pub purpose: Purpose,
    /// The moment.
    pub now: Moment,
    /// Hears how far it has come.
    pub progress: Progress,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The tables, as the source had them and as they were read back from the target.
    pub tables: Vec<Table>,
    /// True when facts came to the source after the moment that was carried over: they stayed behind.
    pub has_more_come: bool,
}

/// What goes from the one who reads to the one who writes.
enum Piece {
    /// A table begins.
    Table(Shape),
    /// Some of its rows.
    Rows(Vec<Vec<Value>>),
    /// It is over; this is the sum over its rows.
    Over(Sum),
    /// There is no other.
    End,
}

/// Carries a city over. Tables of an older program are then brought up to date.
///
/// # Errors
/// When the target has a city or newer tables, when the source is of a newer program, or when anything fails; the target is then as empty
/// as before, and the source was never changed.
pub async fn carry(carrying: Carrying) -> Result<Carried, Trouble> {
    let Carrying { from, to, history, purpose, now, progress } = carrying;
    let of_source = from.read(|tx| async move { store::history(&tx).await }).await;
    let of_source = of_source.map_err(|error: DbError| broken(format!("there is no city at the source ({error})")))?;
    let begun = as_manifest(&of_source).history_of(&history, &to.migrated().await?)?;
    if is_city_there(&to).await? {
        return Err(broken("there is a city in the target already; a city is carried into an empty database"));
    }
    to.migrate(begun).await?;
    let (way, end) = channel(ON_THE_WAY);
    let reading = from.snapshot(move |tx| async move { read(&tx, &way, &of_source).await });
    let end = Arc::new(Mutex::new(Some(end)));
    let writing = to.write(move |tx| async move {
        let taken = end.lock().unwrap_or_else(PoisonError::into_inner).take();
        // What was read cannot be read again in this attempt.
        let mut way = taken.ok_or_else(|| broken("the target broke off and was left as it was; begin again"))?;
        let tables = write(&tx, &mut way, &progress).await?;
        if purpose == Purpose::Copy {
            keep_quiet(&tx, now).await?;
        }
        Ok::<_, Trouble>(tables)
    });
    let (last, tables) = match tokio::join!(reading, writing) {
        (Ok(last), Ok(tables)) => (last, tables),
        // When one breaks off, the other only knows that it did.
        (Err(Trouble::Archive(why)), Err(other)) if why == BROKEN_OFF => return Err(other),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    to.migrate(history).await?;
    let now_last = from.read(|tx| async move { timeline::store::end(&tx).await }).await;
    let has_more_come = now_last.map_err(|error: DbError| Trouble::Db(error))? != last;
    Ok(Carried { tables, has_more_come })
}

/// What the reader says when nobody takes what it reads.
const BROKEN_OFF: &str = "the target broke off";

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
async fn send(tx: &Tx, way: &Sender<Piece>, piece: Piece) -> Result<(), Trouble> {
    let sent = if tx.is_postgres() { way.send(piece).await } else { way.blocking_send(piece) };
    sent.map_err(|_| broken(BROKEN_OFF))
}

async fn receive(tx: &Tx, way: &mut Receiver<Piece>) -> Result<Piece, Trouble> {
    let piece = if tx.is_postgres() { way.recv().await } else { way.blocking_recv() };
    piece.ok_or_else(|| broken("the source broke off"))
}

/// Reads every row of every table; answers the last fact.
async fn read(tx: &Tx, way: &Sender<Piece>, history: &[String]) -> Result<Id, Trouble> {
    if store::history(tx).await? != history {
        return Err(broken("the source's tables were brought up to date meanwhile; begin again"));
    }
    let last = timeline::store::end(tx).await?;
    for shape in store::shapes(tx).await?.into_iter().filter(|shape| !is_left_out(&shape.name)) {
        send(tx, way, Piece::Table(shape.clone())).await?;
        let (mut pages, mut sum) = (Pages::of(&shape), Sum::default());
        loop {
            let rows = pages.next(tx).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                store::add(row, &shape, &mut sum)?;
            }
            send(tx, way, Piece::Rows(rows.iter().map(|row| row.values().to_vec()).collect())).await?;
        }
        send(tx, way, Piece::Over(sum)).await?;
    }
    send(tx, way, Piece::End).await?;
    Ok(last)
}

/// Writes every row that comes, and reads all of it back.
async fn write(tx: &Tx, way: &mut Receiver<Piece>, progress: &Progress) -> Result<Vec<Table>, Trouble> {
    let shapes = store::shapes(tx).await?;
    let pointers = Pointers::lay_aside(tx).await?;
    let mut tables = Vec::new();
    loop {
        match receive(tx, way).await? {
            Piece::Table(shape) => tables.push(fill(tx, way, &shapes, shape, progress).await?),
            Piece::End => break,
            Piece::Rows(_) | Piece::Over(_) => return Err(broken("rows came without their table")),
        }
    }
    pointers.put_back(tx).await?;
    for table in &tables {
        let known = shapes.iter().find(|shape| shape.name == table.name).map(|shape| shape.key.clone());
        let shape = Shape { name: table.name.clone(), columns: table.columns.clone(), key: known.unwrap_or_default() };
        let sum = store::lines(tx, &shape, |_| Ok::<_, Trouble>(())).await?;
        if !table.is(&sum) {
            return Err(broken(format!(
                "the table {} has {} rows in the target where {} were carried over, or others; nothing was kept",
                table.name, sum.rows, table.rows
            )));
        }
    }
    Ok(tables)
}

async fn fill(
    tx: &Tx,
    way: &mut Receiver<Piece>,
    shapes: &[Shape],
    shape: Shape,
    progress: &Progress,
) -> Result<Table, Trouble> {
    let known = shapes.iter().find(|known| known.name == shape.name);
    let known = known.ok_or_else(|| broken(format!("there is no table {} in the target", shape.name)))?;
    if let Some(column) = shape.columns.iter().find(|column| !known.columns.contains(column)) {
        return Err(broken(format!("the table {} has no column {column} in the target", shape.name)));
    }
    store::clear(tx, &shape.name).await?;
    let mut filling = Filling::new(tx, &shape.name, &shape.columns);
    let told = |why: DbError| broken(format!("the table {}: {why}", shape.name));
    let mut count = 0;
    let sum = loop {
        match receive(tx, way).await? {
            Piece::Rows(rows) => {
                for row in rows {
                    filling.add(row).await.map_err(told)?;
                    count += 1;
                }
                progress(&shape.name, count);
            }
            Piece::Over(sum) => break sum,
            Piece::Table(_) | Piece::End => return Err(broken(format!("the table {} breaks off", shape.name))),
        }
    };
    filling.end().await.map_err(told)?;
    Ok(Table { rows: sum.rows, sum: sum.shown(), name: shape.name, columns: shape.columns })
}
