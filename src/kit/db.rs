//! Two databases, one SQL text. A transaction is a closure that only awaits the database: on SQLite a writer thread runs
//! every waiting closure inside one commit (a savepoint each, so that one failure does not undo its neighbours) and
//! answers all of them once the commit is on the disk; on PostgreSQL the closure has a transaction of its own and is run
//! again after a serialization failure. Both engines take the same `$1` text; all that differs is in this file.

use super::behind::{Patience, Way};
use super::measures::{self, Lasting};
use super::requests::SPANS;
use super::sealing::{Column, Keys, Personal, RowKey};
use super::tls;
use futures_util::FutureExt;
use rusqlite::types::ValueRef;
use std::fmt::Display;
use std::future::Future;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tracing::Instrument;

/// How many waiting transactions one SQLite commit may carry.
const GROUP: usize = 256;
/// How many times a PostgreSQL transaction is tried before its serialization failure is reported.
const TRIES: usize = 8;
/// How long somebody waits for a connection to PostgreSQL before they hear that it is away.
const WAITS: std::time::Duration = std::time::Duration::from_secs(10);
/// For how long a transaction that could not even begin is begun again: so long a standby may take to become the first.
const BEGUN_WITHIN: std::time::Duration = std::time::Duration::from_secs(8);
/// How long such a transaction waits before it is begun again.
const BEGUN_AGAIN: std::time::Duration = std::time::Duration::from_millis(200);
/// How long a connection to PostgreSQL may be silent before the other end is asked whether it is there.
const KEEPALIVE: std::time::Duration = std::time::Duration::from_secs(10);
/// How many connections to PostgreSQL there are at most …
const CONNECTIONS: usize = 24;
/// … and how many of them are lent to what nobody waits for: where it hangs, the others are left.
const BACKGROUND: usize = 16;
/// How long a server may take to hear that a question is withdrawn.
const WITHDRAWN_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);
/// After so long without news whoever listens asks whether the server is still there.
const QUIET: std::time::Duration = std::time::Duration::from_secs(15);
/// How long a server may take to say that it is at the other end of a connection.
const ANSWERED_WITHIN: std::time::Duration = std::time::Duration::from_secs(1);
/// The name under which programs on one database tell each other news.
const CHANNEL: &str = "steward_news";
/// Prepared statements kept per connection.
const STATEMENTS: usize = 256;
/// The end of a stretch that has none. PostgreSQL plans a statement once for all its values: of a stretch with both ends named
/// it expects one row in two hundred and walks an index, of one without an end every third, and reads the table.
pub const WITHOUT_END: i64 = i64::MAX;
/// How many statements were run.
static RUN: AtomicU64 = AtomicU64::new(0);

/// How many statements this process has run on any database: by it a test sees what a page asks for.
pub fn statements() -> u64 {
    RUN.load(Ordering::Relaxed)
}

/// What stands in the way of a database that is in order otherwise. It passes, or an operator mends it; nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be reached, has no connection left, or is starting.
    Away,
    /// There is no room on its disk.
    Full,
    /// It can be read and not written: a standby, a disk that was mounted so.
    ReadOnly,
}

impl Trouble {
    /// Whether another server may be there soon: one that is away or may only be read is often being replaced.
    const fn passes(self) -> bool {
        matches!(self, Trouble::Away | Trouble::ReadOnly)
    }
}

/// Why the database did not answer. Users never read this; it goes to the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// It could not be done now.
    #[error("database: {1}")]
    Trouble(Trouble, String),
    /// The engine refused or failed.
    #[error("database: {0}")]
    Engine(String),
    /// A unique rule was broken: someone else was first.
    #[error("not unique: {0}")]
    NotUnique(String),
    /// The transaction must be run again (PostgreSQL's 40001 and 40P01).
    #[error("serialization failure: {0}")]
    Again(String),
    /// The address is no database's: nothing was asked.
    #[error("{0}")]
    Address(String),
    /// A row did not have the shape that the program expects.
    #[error("row: {0}")]
    Row(String),
    /// The row changed since it was loaded (compare-and-set on `revision`).
    #[error("the row changed since it was read")]
    Stale,
}

/// The span of a transaction, where it belongs to something: what jobs look for every few seconds is in nobody's trace.
macro_rules! span_within {
    ($name:literal, $db:expr) => {
        match tracing::Span::current().is_none() {
            true => tracing::Span::none(),
            false => tracing::debug_span!(
                target: SPANS,
                $name,
                "otel.kind" = "client",
                "db.system.name" = if $db.is_postgres() { "postgresql" } else { "sqlite" }
            ),
        }
    };
}

impl DbError {
    fn engine(error: impl Display) -> DbError {
        measures::FAILED.fetch_add(1, Ordering::Relaxed);
        DbError::Engine(error.to_string())
    }

    fn trouble(trouble: Trouble, text: String) -> DbError {
        measures::FAILED.fetch_add(1, Ordering::Relaxed);
        DbError::Trouble(trouble, text)
    }
}

/// An error with everything that it came from: engines say "error connecting" and keep the reason behind it.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}

/// The file of an SQLite database's address, `sqlite:PATH` or a plain path; none for a server.
pub fn file_of(url: &str) -> Option<&std::path::Path> {
    path_of(url).map(std::path::Path::new)
}

fn path_of(url: &str) -> Option<&str> {
    (!url.contains("://")).then(|| url.strip_prefix("sqlite:").unwrap_or(url))
}

/// A database's address as it may be shown to anybody: without password and options.
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    match place.rsplit_once('@') {
        Some((who, host)) => format!("{scheme}://{}@{host}", who.split(':').next().unwrap_or_default()),
        None => format!("{scheme}://{place}"),
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> DbError {
        match error.sqlite_error().map(|inner| inner.extended_code) {
            Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                DbError::NotUnique(error.to_string())
            }
            _ => {
                let trouble = error.sqlite_error_code().and_then(|code| match code {
                    rusqlite::ErrorCode::DiskFull => Some(Trouble::Full),
                    rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied => Some(Trouble::ReadOnly),
                    rusqlite::ErrorCode::DatabaseBusy
                    | rusqlite::ErrorCode::SystemIoFailure
                    | rusqlite::ErrorCode::CannotOpen => Some(Trouble::Away),
                    _ => None,
                });
                trouble.map_or_else(|| DbError::engine(&error), |trouble| DbError::trouble(trouble, error.to_string()))
            }
        }
    }
}

/// What a PostgreSQL error says about the server rather than about the question.
fn trouble_of(error: &tokio_postgres::Error) -> Option<Trouble> {
    use std::error::Error;
    let code = error.code().map_or("", |code| code.code());
    let is_of_connection = || error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>());
    match code {
        "53100" => Some(Trouble::Full),
        "25006" => Some(Trouble::ReadOnly),
        // Shut down, crashed, starting, no connection left, and everything that is called a connection's.
        "57P01" | "57P02" | "57P03" | "53300" => Some(Trouble::Away),
        code if code.starts_with("08") => Some(Trouble::Away),
        "" if is_of_connection() => Some(Trouble::Away),
        _ => None,
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> DbError {
        let text = match error.as_db_error() {
            Some(inner) => format!("{}: {}", inner.code().code(), inner.message()),
            None => tls::said(&error).unwrap_or_else(|| with_causes(&error)),
        };
        match error.code().map(|code| code.code()) {
            Some("40001" | "40P01") => DbError::Again(text),
            Some("23505") => DbError::NotUnique(text),
            _ => trouble_of(&error)
                .map_or_else(|| DbError::engine(&text), |trouble| DbError::trouble(trouble, text.clone())),
        }
    }
}

impl From<deadpool_postgres::PoolError> for DbError {
    fn from(error: deadpool_postgres::PoolError) -> DbError {
        match error {
            deadpool_postgres::PoolError::Backend(inner) => inner.into(),
            deadpool_postgres::PoolError::Timeout(_) | deadpool_postgres::PoolError::PostCreateHook(_) => {
                DbError::trouble(Trouble::Away, "no connection to the server was free or could be made in time".into())
            }
            other => DbError::engine(with_causes(&other)),
        }
    }
}

/// A value on its way into or out of the database.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL's null, bound without a type.
    Null,
    /// `bigint`, `smallint`.
    Int(i64),
    /// `double precision`.
    Real(f64),
    /// `text`.
    Text(String),
    /// `bytea`.
    Bytes(Vec<u8>),
}

macro_rules! into_value {
    ($($from:ty => |$name:ident| $body:expr),* $(,)?) => {
        $(impl From<$from> for Value { fn from($name: $from) -> Value { $body } })*
    };
}
into_value! {
    i64 => |value| Value::Int(value),
    i32 => |value| Value::Int(value.into()),
    u32 => |value| Value::Int(value.into()),
    usize => |value| Value::Int(i64::try_from(value).unwrap_or(i64::MAX)),
    bool => |value| Value::Int(value.into()),
    f64 => |value| Value::Real(value),
    String => |value| Value::Text(value),
    &String => |value| Value::Text(value.clone()),
    &str => |value| Value::Text(value.to_owned()),
    Vec<u8> => |value| Value::Bytes(value),
    super::clock::Moment => |value| Value::Int(value.0),
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// The parameters of one statement, in the order of `$1`, `$2`, …
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::kit::db::Value::from($value)),*] };
}
pub use crate::params;

/// The marks of so many parameters after so many others: `slots(1, 2)` is `$2, $3`.
pub fn slots(after: usize, count: usize) -> String {
    (after + 1..=after + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

/// How many rows one statement of [`Tx::insert`] may write.
const MOST_ROWS: usize = 64;

/// The marks of so many rows of so many parameters each: `marks(2, 2)` is `($1, $2), ($3, $4)`.
fn marks(width: usize, rows: usize) -> String {
    (0..rows).map(|row| format!("({})", slots(row * width, width))).collect::<Vec<_>>().join(", ")
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(value), &Type::INT2) => i16::try_from(*value)?.to_sql(kind, out),
            (Value::Int(value), &Type::INT4) => i32::try_from(*value)?.to_sql(kind, out),
            #[expect(clippy::cast_precision_loss, reason = "counts and coordinates fit a double")]
            (Value::Int(value), &Type::FLOAT8) => (*value as f64).to_sql(kind, out),
            (Value::Int(value), _) => value.to_sql(kind, out),
            (Value::Real(value), _) => value.to_sql(kind, out),
            (Value::Text(value), _) => value.to_sql(kind, out),
            (Value::Bytes(value), _) => value.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What a column can be read as.
pub trait FromValue: Sized {
    /// Reads the value, or says what was found instead.
    ///
    /// # Errors
    /// The value as found, when it is of another kind.
    fn from_value(value: &Value) -> Result<Self, String>;

    /// The same, and what is long is moved out and not copied.
    ///
    /// # Errors
    /// The value as found, when it is of another kind.
    fn take(value: &mut Value) -> Result<Self, String> {
        Self::from_value(value)
    }
}

macro_rules! from_value {
    ($($to:ty, $($pattern:pat => $body:expr),+);* $(;)?) => {
        $(impl FromValue for $to {
            fn from_value(value: &Value) -> Result<Self, String> {
                match value { $($pattern => Ok($body),)+ other => Err(format!("{other:?}")) }
            }
        })*
    };
}
from_value! {
    i64, Value::Int(value) => *value;
    bool, Value::Int(value) => *value != 0;
    f64, Value::Real(value) => *value, Value::Int(value) => *value as f64;
    Vec<u8>, Value::Bytes(value) => value.clone();
    super::clock::Moment, Value::Int(value) => super::clock::Moment(*value);
}
impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(value) => Ok(value.clone()),
            other => Err(format!("{other:?}")),
        }
    }

    fn take(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Text(value) => Ok(std::mem::take(value)),
            other => Err(format!("{other:?}")),
        }
    }
}
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }

    fn take(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            other => T::take(other).map(Some),
        }
    }
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct Row(Vec<Value>);

impl Row {
    /// The column at `index`, counted from 0.
    ///
    /// # Errors
    /// [`DbError::Row`] when there is no such column or it holds another kind of value.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, DbError> {
        let value = self.0.get(index).ok_or_else(|| DbError::Row(format!("no column {index}")))?;
        T::from_value(value).map_err(|found| DbError::Row(format!("column {index} holds {found}")))
    }

    /// The same where the column is read once: a text is moved out of the row, which holds an empty one then.
    ///
    /// # Errors
    /// [`DbError::Row`] when there is no such column or it holds another kind of value.
    pub fn take<T: FromValue>(&mut self, index: usize) -> Result<T, DbError> {
        let value = self.0.get_mut(index).ok_or_else(|| DbError::Row(format!("no column {index}")))?;
        T::take(value).map_err(|found| DbError::Row(format!("column {index} holds {found}")))
    }

    /// A row of these values.
    pub fn of(values: Vec<Value>) -> Row {
        Row(values)
    }

    /// Its values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

/// A handle to the database, with the keys by which columns are sealed; cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    /// Who goes first.
    way: Arc<Way>,
    keys: Arc<Keys>,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

struct Postgres {
    pool: deadpool_postgres::Pool,
    /// How to reach the server once more, for a connection that stays.
    config: tokio_postgres::Config,
    tls: tls::Connector,
    /// The connections that what nobody waits for may have.
    background: Arc<Semaphore>,
    /// Whether somebody tries the connections that nobody has.
    is_tried: AtomicBool,
}

/// A connection of the pool while somebody works on it. Where it is left in the middle of something nobody else gets it.
struct Lease {
    client: Option<deadpool_postgres::Object>,
    state: AtomicU8,
    server: Arc<Postgres>,
    _place: Option<OwnedSemaphorePermit>,
}

/// Others may have the connection.
const WHOLE: u8 = 0;
/// It does not work any more, or leads to the wrong server.
const SPOILT: u8 = 1;
/// It is in the middle of something.
const AT_WORK: u8 = 2;

impl Postgres {
    async fn lease(self: &Arc<Postgres>, is_awaited: bool) -> Result<Lease, DbError> {
        let place = match is_awaited {
            true => None,
            false => {
                let place = tokio::time::timeout(WAITS, Arc::clone(&self.background).acquire_owned()).await;
                let why = || DbError::trouble(Trouble::Away, "no connection to the server was free in time".into());
                Some(place.map_err(|_| why())?.map_err(DbError::engine)?)
            }
        };
        let client = Some(self.pool.get().await?);
        Ok(Lease { client, state: AtomicU8::new(WHOLE), server: Arc::clone(self), _place: place })
    }

    /// What whoever waited hears when the server did not answer in time. Whether it is still there on the connections that nobody has
    /// is tried, so that the next do not wait as long to find out.
    fn is_late(self: &Arc<Postgres>, patience: Patience) -> DbError {
        if !self.is_tried.swap(true, Ordering::AcqRel) {
            let server = Arc::clone(self);
            drop(tokio::spawn(async move {
                let idle = (0..server.pool.status().available).map(|_| server.lease(true));
                let idle: Vec<_> = idle.collect();
                futures_util::future::join_all(idle.into_iter().map(|lease| async {
                    let Ok(lease) = lease.await else { return };
                    lease.mark(SPOILT);
                    let answered = tokio::time::timeout(ANSWERED_WITHIN, lease.batch_execute("")).await;
                    if matches!(answered, Ok(Ok(()))) {
                        lease.mark(WHOLE);
                    }
                }))
                .await;
                server.is_tried.store(false, Ordering::Release);
            }));
        }
        let seconds = patience.most.unwrap_or_default().as_secs_f32();
        let why = format!("it did not answer within {seconds} seconds, so the question was withdrawn");
        DbError::trouble(Trouble::Away, why)
    }
}

impl Lease {
    fn mark(&self, state: u8) {
        self.state.store(state, Ordering::Release);
    }
}

impl Deref for Lease {
    type Target = deadpool_postgres::ClientWrapper;

    fn deref(&self) -> &deadpool_postgres::ClientWrapper {
        match &self.client {
            Some(client) => client,
            None => unreachable!("it is taken out when nobody holds it any more"),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let state = *self.state.get_mut();
        let Some(client) = self.client.take().filter(|_| state != WHOLE) else { return };
        let token = client.cancel_token();
        drop(deadpool_postgres::Object::take(client));
        if state == AT_WORK
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            // The server would go on with it, and hold what it has locked, until it notices that nobody is there.
            let tls = self.server.tls.clone();
            drop(runtime.spawn(async move { tokio::time::timeout(WITHDRAWN_WITHIN, token.cancel_query(tls)).await }));
        }
    }
}

struct Sqlite {
    writer: Sender<Write>,
    readers: Sender<Read>,
    /// How many readers there are.
    count: usize,
    /// Where the file lies.
    path: String,
}

/// What the writer is asked for.
enum Write {
    Job(WriteJob),
    /// To close its connection, and to say so.
    End(oneshot::Sender<()>),
}

/// What a reader is asked for.
enum Read {
    Job(ReadJob),
    /// To close its connection, and to say so.
    End(oneshot::Sender<()>),
}

type Shared = Arc<Mutex<rusqlite::Connection>>;
/// Runs inside the group's transaction, or hears why there is none; true when it may be kept, and what to say once the commit's fate
/// is known.
type WriteJob = Box<dyn FnOnce(Result<&Shared, DbError>) -> (bool, Reply) + Send>;
type Reply = Box<dyn FnOnce(Result<(), DbError>) + Send>;
type ReadJob = Box<dyn FnOnce(&Shared) + Send>;

/// A transaction (or a reader's connection) in progress, with the keys by which columns are sealed.
#[derive(Clone)]
pub struct Tx(Line, Arc<Keys>);

#[derive(Clone)]
enum Line {
    Sqlite(Shared),
    Postgres(Arc<Lease>),
}

/// The lock's owner may have panicked, but every statement leaves a connection usable.
fn hold(connection: &Shared) -> MutexGuard<'_, rusqlite::Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a word of transactions, prepared once.
fn run(connection: &Shared, sql: &str) -> rusqlite::Result<usize> {
    hold(connection).prepare_cached(sql)?.raw_execute()
}

/// SQLite knows `$1` as a name that must be looked up, and `?1` as the first parameter.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

/// What must be written otherwise for SQLite: an integer key is the row's own address there, and a table with a short row and another
/// key is its key's index, where a script says so.
fn sqlite_text(sql: &str) -> String {
    sql.replace("bigint primary key", "integer primary key")
        .replace("bytea", "blob")
        .replace("/* without rowid */", "without rowid")
}

/// The table and the rule of a line that takes a rule away.
fn dropped(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("alter table ")?.strip_suffix(';')?.split_once(" drop constraint ")
}

/// A table as it was made, each column on a line of its own, without a rule of one column, by the name that PostgreSQL gives it.
fn without(made: &str, table: &str, rule: &str) -> Option<String> {
    let rest = rule.strip_prefix(table)?.strip_prefix('_')?;
    let (column, word, end) = match rest.strip_suffix("_fkey") {
        Some(column) => (column, " references ", ")"),
        None => (rest.strip_suffix("_key")?, " unique", ""),
    };
    let is_of_column = |line: &&mut String| {
        line.trim_start().strip_prefix(column).is_some_and(|rest| rest.starts_with(' ') && rest.contains(word))
    };
    let mut lines: Vec<String> = made.lines().map(str::to_owned).collect();
    let line = lines.iter_mut().find(is_of_column)?;
    let begin = line.find(word)?;
    let after = begin + word.len();
    let end = after + line[after..].find(end)? + end.len();
    line.replace_range(begin..end, "");
    Some(lines.join("\n"))
}

/// SQLite takes no rule from a table: it is written anew without it. What points at its rows is looked at when the transaction ends.
fn drop_rule(connection: &rusqlite::Connection, table: &str, rule: &str) -> Result<(), DbError> {
    let texts = |kind: &str| -> rusqlite::Result<Vec<String>> {
        let sql = "select sql from sqlite_schema where type = ?1 and tbl_name = ?2 and sql is not null order by rowid";
        connection.prepare(sql)?.query_map([kind, table], |row| row.get(0))?.collect()
    };
    let (made, indexes) = (texts("table")?, texts("index")?);
    let anew = made.first().and_then(|made| without(made, table, rule));
    let anew = anew.ok_or_else(|| DbError::engine(format!("the table {table} has no rule {rule}")))?;
    connection.execute_batch(&format!(
        "pragma defer_foreign_keys = on; create table {table}_as_it_was as select * from {table}; drop table {table}; {anew}; \
         insert into {table} select * from {table}_as_it_was; drop table {table}_as_it_was; {}",
        indexes.join("; ")
    ))?;
    Ok(())
}

/// Runs a script written for PostgreSQL.
fn run_script(connection: &rusqlite::Connection, sql: &str) -> Result<(), DbError> {
    let (text, mut piece) = (sqlite_text(sql), String::new());
    for line in text.lines() {
        match dropped(line) {
            Some((table, rule)) => {
                connection.execute_batch(&std::mem::take(&mut piece))?;
                drop_rule(connection, table, rule)?;
            }
            None => {
                piece.push_str(line);
                piece.push('\n');
            }
        }
    }
    Ok(connection.execute_batch(&piece)?)
}

impl Tx {
    /// True when this is PostgreSQL or an engine that speaks like it.
    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Line::Postgres(_))
    }

    /// The keys by which columns are sealed.
    pub fn keys(&self) -> &Keys {
        &self.1
    }

    /// A text as it is to lie in a row of a sealed column.
    ///
    /// # Errors
    /// [`DbError::Row`] when it is too long to be sealed.
    pub fn seal(&self, column: Column, row: impl Into<RowKey>, text: &str) -> Result<String, DbError> {
        let row = row.into();
        let id = row.id;
        self.1.seal(column, row, text).map_err(|error| DbError::Row(format!("{column} of row {id}: {error}")))
    }

    /// The same of what may be unreadable: that stays as it lies.
    ///
    /// # Errors
    /// [`DbError::Row`] when it is too long to be sealed.
    pub fn keep(&self, column: Column, row: impl Into<RowKey>, text: &Personal) -> Result<String, DbError> {
        let row = row.into();
        let id = row.id;
        self.1.keep(column, row, text).map_err(|error| DbError::Row(format!("{column} of row {id}: {error}")))
    }

    /// A text out of a row of a sealed column.
    pub fn open(&self, column: Column, row: impl Into<RowKey>, stored: String) -> Personal {
        self.1.open(column, row, stored)
    }

    /// The same where nothing can be done without it.
    ///
    /// # Errors
    /// [`DbError::Row`] when it cannot be read.
    pub fn must_open(&self, column: Column, row: impl Into<RowKey>, stored: String) -> Result<String, DbError> {
        let row = row.into();
        let id = row.id;
        match self.1.open(column, row, stored) {
            Personal::Known(text) => Ok(text),
            Personal::Unreadable { why, .. } => {
                Err(DbError::Row(format!("{column} of row {id} cannot be read: {why}")))
            }
        }
    }

    /// The mark that is to lie beside a sealed text, by which its value is found again.
    pub fn mark(&self, column: Column, text: &str) -> String {
        self.1.mark(column, text)
    }

    /// The condition that a row of a column holds a value, sealed by whichever key or not at all, and its values, the first of
    /// which is `$first`. Nothing is never found.
    pub fn holds(&self, column: Column, text: &str, first: usize) -> (String, Vec<Value>) {
        if text.is_empty() {
            return ("1 = 0".to_owned(), Vec::new());
        }
        let (name, mut values) = (column.name, vec![Value::from(Keys::unsealed(text))]);
        let marks = column.mark.map(|mark| (mark, self.1.marks(column, text))).filter(|(_, marks)| !marks.is_empty());
        let Some((mark, marks)) = marks else { return (format!("{name} = ${first}"), values) };
        let slots = slots(first, marks.len());
        values.extend(marks.into_iter().map(Value::from));
        (format!("({name} = ${first} or {mark} in ({slots}))"), values)
    }

    /// Runs a statement and answers how many rows it changed.
    ///
    /// # Errors
    /// Whatever the engine reports.
    pub async fn execute(&self, sql: &str, params: Vec<Value>) -> Result<u64, DbError> {
        RUN.fetch_add(1, Ordering::Relaxed);
        match &self.0 {
            Line::Sqlite(connection) => {
                let connection = hold(connection);
                let mut statement = connection.prepare_cached(&numbered(sql))?;
                bind(&mut statement, params)?;
                Ok(statement.raw_execute()? as u64)
            }
            Line::Postgres(client) => {
                let statement = client.prepare_cached(sql).await?;
                let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
                Ok(client.execute(&statement, &params).await?)
            }
        }
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// Whatever the engine reports.
    pub async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        RUN.fetch_add(1, Ordering::Relaxed);
        match &self.0 {
            Line::Sqlite(connection) => {
                let connection = hold(connection);
                let mut statement = connection.prepare_cached(&numbered(sql))?;
                let width = statement.column_count();
                bind(&mut statement, params)?;
                let mut rows = statement.raw_query();
                let mut answer = Vec::new();
                while let Some(row) = rows.next()? {
                    // Of a collected `Result` nobody knows how long it gets, and it would grow step by step.
                    let mut values = Vec::with_capacity(width);
                    for index in 0..width {
                        values.push(row.get_ref(index).map(from_sqlite)?);
                    }
                    answer.push(Row(values));
                }
                Ok(answer)
            }
            Line::Postgres(client) => {
                let statement = client.prepare_cached(sql).await?;
                let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
                let rows = client.query(&statement, &params).await?;
                rows.iter().map(from_postgres).collect()
            }
        }
    }

    /// The first row of a query, if any.
    ///
    /// # Errors
    /// Whatever the engine reports.
    pub async fn query_opt(&self, sql: &str, params: Vec<Value>) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// The one row of a query that always has one.
    ///
    /// # Errors
    /// [`DbError::Row`] when there is none.
    pub async fn query_one(&self, sql: &str, params: Vec<Value>) -> Result<Row, DbError> {
        self.query_opt(sql, params).await?.ok_or_else(|| DbError::Row(format!("no row for: {sql}")))
    }

    /// Writes rows that are `width` values wide, one after another in `values`: `into` is `insert into …` up to its columns,
    /// `then` what follows the rows, such as `on conflict … do nothing returning id`. Answers what is returned. The rows go in
    /// pieces of 64, 32, … 1, so that there are few statements to be planned, whatever their number.
    ///
    /// # Errors
    /// Whatever the engine reports; pieces before that are undone with the transaction.
    pub async fn insert(
        &self,
        into: &str,
        width: usize,
        mut values: Vec<Value>,
        then: &str,
    ) -> Result<Vec<Row>, DbError> {
        let mut answer = Vec::new();
        while values.len() >= width && width > 0 {
            let rows = (values.len() / width).min(MOST_ROWS);
            let rows = 1 << rows.ilog2();
            let rest = values.split_off(rows * width);
            let piece = std::mem::replace(&mut values, rest);
            answer.extend(self.query(&format!("{into} values {} {then}", marks(width, rows)), piece).await?);
        }
        Ok(answer)
    }

    /// Runs a script of several statements without parameters.
    ///
    /// # Errors
    /// Whatever the engine reports.
    pub async fn script(&self, sql: &str) -> Result<(), DbError> {
        match &self.0 {
            Line::Sqlite(connection) => run_script(&hold(connection), sql),
            Line::Postgres(client) => Ok(client.batch_execute(sql).await?),
        }
    }
}

fn bind(statement: &mut rusqlite::CachedStatement<'_>, params: Vec<Value>) -> Result<(), DbError> {
    use rusqlite::types::Value as Sql;
    for (position, value) in params.into_iter().enumerate() {
        let value = match value {
            Value::Null => Sql::Null,
            Value::Int(value) => Sql::Integer(value),
            Value::Real(value) => Sql::Real(value),
            Value::Text(value) => Sql::Text(value),
            Value::Bytes(value) => Sql::Blob(value),
        };
        statement.raw_bind_parameter(position + 1, value)?;
    }
    Ok(())
}

fn from_sqlite(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Bytes(value.to_vec()),
    }
}

fn from_postgres(row: &tokio_postgres::Row) -> Result<Row, DbError> {
    fn read<'a, T: tokio_postgres::types::FromSql<'a>>(
        row: &'a tokio_postgres::Row,
        index: usize,
        wrap: impl FnOnce(T) -> Value,
    ) -> Result<Value, DbError> {
        Ok(row.try_get::<_, Option<T>>(index)?.map_or(Value::Null, wrap))
    }
    let value = |(index, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::INT8 => read::<i64>(row, index, Value::Int),
        Type::INT4 => read::<i32>(row, index, |value| Value::Int(value.into())),
        Type::INT2 => read::<i16>(row, index, |value| Value::Int(value.into())),
        Type::BOOL => read::<bool>(row, index, |value| Value::Int(value.into())),
        Type::FLOAT8 => read::<f64>(row, index, Value::Real),
        Type::BYTEA => read::<Vec<u8>>(row, index, Value::Bytes),
        Type::TEXT | Type::VARCHAR | Type::NAME => read::<String>(row, index, Value::Text),
        ref other => Err(DbError::Row(format!("column {index} is of type {other}; cast it"))),
    };
    row.columns().iter().enumerate().map(value).collect::<Result<_, _>>().map(Row)
}

/// Runs a future that only awaits an SQLite connection, which never waits.
fn finish<T>(future: impl Future<Output = T>) -> Result<T, DbError> {
    let mut future = std::pin::pin!(future);
    match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(Waker::noop())))) {
        Ok(Poll::Ready(value)) => Ok(value),
        Ok(Poll::Pending) => Err(DbError::engine("a transaction awaited something other than the database")),
        Err(_) => Err(DbError::engine("a transaction panicked")),
    }
}

/// Connections to a server, made as they are needed.
fn pooled(config: &tokio_postgres::Config, tls: &tls::Connector) -> Result<deadpool_postgres::Pool, DbError> {
    let manager = deadpool_postgres::Manager::from_config(
        config.clone(),
        tls.clone(),
        deadpool_postgres::ManagerConfig { recycling_method: deadpool_postgres::RecyclingMethod::Fast },
    );
    // Every statement is written so that one plan serves all its values: planning costs more than answering, and compiling
    // a plan for each answer, or starting processes beside it, costs more still. An engine that does not know a setting
    // works without it.
    let planned_once = deadpool_postgres::Hook::async_fn(|client, _| {
        Box::pin(async move {
            let set = async {
                for setting in
                    ["plan_cache_mode = force_generic_plan", "jit = off", "max_parallel_workers_per_gather = 0"]
                {
                    drop(client.batch_execute(&format!("set {setting}")).await);
                }
            };
            let set = tokio::time::timeout(WAITS, set).await;
            set.map_err(|_| deadpool_postgres::HookError::message("the server does not answer"))
        })
    });
    let pool = deadpool_postgres::Pool::builder(manager)
        .max_size(CONNECTIONS)
        .post_create(planned_once)
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .wait_timeout(Some(WAITS))
        .create_timeout(Some(WAITS));
    pool.build().map_err(DbError::engine)
}

impl Db {
    /// Opens `sqlite:PATH` (or a plain path) or `postgres://…`.
    ///
    /// # Errors
    /// When the file or the server cannot be reached, or the address is of neither kind.
    pub async fn open(url: &str) -> Result<Db, DbError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Db::postgres(url).await;
        }
        let no_address = || {
            let shown = shown(url);
            DbError::Address(format!(
                "{shown} is no database's address; write sqlite:PATH or postgres://USER@HOST/NAME"
            ))
        };
        Db::sqlite(path_of(url).ok_or_else(no_address)?)
    }

    fn of(engine: Engine) -> Db {
        Db { engine, way: Arc::default(), keys: Arc::default() }
    }

    /// The same database with these keys in place of those that it had.
    #[must_use]
    pub fn with_keys(self, keys: Keys) -> Db {
        Db { keys: Arc::new(keys), ..self }
    }

    /// The keys by which columns are sealed.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    async fn postgres(url: &str) -> Result<Db, DbError> {
        let mistaken = |why: String| DbError::Address(format!("{}: {why}", shown(url)));
        let (plain, asked) = tls::asked(url).map_err(mistaken)?;
        let mut config: tokio_postgres::Config = plain.parse().map_err(|error: tokio_postgres::Error| {
            let (shown, why) = (shown(url), with_causes(&error));
            DbError::Address(format!(
                "{shown} cannot be read as an address ({why}); write postgres://USER@HOST:PORT/NAME, and special letters of \
                 a password as %XX"
            ))
        })?;
        let tls = asked.connector().map_err(mistaken)?;
        if config.get_hosts().is_empty() {
            // A server that is addressed by its number alone must have a name for TLS.
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        // Nobody listens on the way to a socket of the same machine, and servers do no TLS there.
        let is_near = |host: &tokio_postgres::config::Host| !matches!(host, tokio_postgres::config::Host::Tcp(_));
        let is_local = config.get_hosts().iter().all(is_near);
        config.ssl_mode(if is_local { tokio_postgres::config::SslMode::Disable } else { asked.mode() });
        // A server that went away without a word is noticed within half a minute.
        config
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(KEEPALIVE)
            .keepalives_retries(2)
            .tcp_user_timeout(KEEPALIVE * 3);
        let mut pool = pooled(&config, &tls)?;
        let mut opened = pool.get().await;
        if let Err(deadpool_postgres::PoolError::Backend(error)) = &opened
            && let Some(why) = tls::said(error).filter(|_| asked.may_do_without())
        {
            tracing::warn!(why, "the connection to the database is not encrypted");
            config.ssl_mode(tokio_postgres::config::SslMode::Disable);
            pool = pooled(&config, &tls)?;
            opened = pool.get().await;
        }
        if let Err(deadpool_postgres::PoolError::Backend(error)) = &opened
            && let Some(why) = tls::said(error)
        {
            return Err(mistaken(why));
        }
        match opened.map_err(DbError::from) {
            Ok(client) => drop(client),
            Err(DbError::Engine(why)) => return Err(DbError::Engine(format!("{}: {why}", shown(url)))),
            Err(DbError::Trouble(trouble, why)) => {
                return Err(DbError::Trouble(trouble, format!("{}: {why}", shown(url))));
            }
            Err(other) => return Err(other),
        }
        let background = Arc::new(Semaphore::new(BACKGROUND));
        Ok(Db::of(Engine::Postgres(Arc::new(Postgres {
            pool,
            config,
            tls,
            background,
            is_tried: AtomicBool::new(false),
        }))))
    }

    fn sqlite(path: &str) -> Result<Db, DbError> {
        let open = |is_writer: bool| -> Result<Shared, DbError> {
            let connection = rusqlite::Connection::open(path)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            // Without this, statements are planned anew for every value once the tables have been analysed.
            connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            // 4,000 pages are 16 MiB: the ends of tables and indexes, which every report touches, are copied from the log
            // into the file a quarter as often as by default.
            connection.execute_batch(
                "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 10000; \
                 pragma foreign_keys = on; pragma cache_size = -8000; pragma temp_store = memory; \
                 pragma wal_autocheckpoint = 4000;",
            )?;
            if !is_writer {
                // What a reader does not keep, the operating system does.
                connection.execute_batch("pragma query_only = on; pragma cache_size = -4000")?;
            }
            Ok(Arc::new(Mutex::new(connection)))
        };
        let (writer, jobs) = channel();
        let connection = open(true)?;
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_loop(connection, &jobs))
            .map_err(DbError::engine)?;
        let (readers, reads) = channel::<Read>();
        let reads = Arc::new(Mutex::new(reads));
        let count = std::thread::available_parallelism().map_or(4, std::num::NonZero::get).clamp(2, 8);
        for number in 0..count {
            let (connection, reads) = (open(false)?, Arc::clone(&reads));
            std::thread::Builder::new()
                .name(format!("sqlite-reader-{number}"))
                .spawn(move || {
                    loop {
                        let job = reads.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        match job {
                            Ok(Read::Job(job)) => job(&connection),
                            Ok(Read::End(ended)) => {
                                drop(connection);
                                ended.send(()).unwrap_or_default();
                                return;
                            }
                            Err(_) => return,
                        }
                    }
                })
                .map_err(DbError::engine)?;
        }
        Ok(Db::of(Engine::Sqlite(Arc::new(Sqlite { writer, readers, count, path: path.to_owned() }))))
    }

    /// Closes every connection once what was asked before is done: nothing more is answered. The last connection of an
    /// SQLite file copies its log into it, so that one whole file is left and no `-wal` beside it.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                for _ in 0..sqlite.count {
                    let (ended, end) = oneshot::channel();
                    if sqlite.readers.send(Read::End(ended)).is_ok() {
                        drop(end.await);
                    }
                }
                let (ended, end) = oneshot::channel();
                if sqlite.writer.send(Write::End(ended)).is_ok() {
                    drop(end.await);
                }
            }
            Engine::Postgres(server) => server.pool.close(),
        }
    }

    /// Copies an SQLite database, as it stands at one moment, into a new file; whoever works on it goes on working. The
    /// copy is on the disk when this returns.
    ///
    /// # Errors
    /// When the database is not SQLite, when the new file is there already, or when reading or writing fails.
    pub fn copy(url: &str, to: &std::path::Path) -> Result<(), DbError> {
        let Some(path) = file_of(url) else {
            return Err(DbError::engine("only an SQLite database is one file; use pg_dump for PostgreSQL"));
        };
        if to.exists() {
            return Err(DbError::engine(format!("{} is there already", to.display())));
        }
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_URI;
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        connection.execute_batch("pragma busy_timeout = 10000")?;
        connection.execute("vacuum into $1", [to.to_string_lossy()])?;
        std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(DbError::engine)
    }

    /// Whether a program has an SQLite file open now, be it that it does nothing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn is_open(file: &std::path::Path) -> Result<bool, DbError> {
        let connection = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Whoever has it open has a share in its lock, and then nobody gets all of it.
        let asking = "pragma busy_timeout = 0; pragma locking_mode = exclusive; select 1 from sqlite_schema limit 1";
        match connection.execute_batch(asking) {
            Ok(()) => Ok(false),
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> Option<&str> {
        match &self.engine {
            Engine::Sqlite(sqlite) => Some(sqlite.path.as_str()),
            Engine::Postgres(_) => None,
        }
    }

    /// True when this is PostgreSQL or an engine that speaks like it.
    pub fn is_postgres(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// The engine's version, such as `3.51.3` or `15.9`.
    ///
    /// # Errors
    /// Whatever the engine reports.
    pub async fn version(&self) -> Result<String, DbError> {
        let sql = if self.is_postgres() { "select split_part(version(), ' ', 2)" } else { "select sqlite_version()" };
        self.read(move |tx| async move { tx.query_one(sql, vec![]).await?.get(0) }).await
    }

    /// Runs a transaction; its answer is durable when this returns. The closure may run more than once, so it must do
    /// nothing but speak to the database.
    ///
    /// # Errors
    /// The closure's own, which rolls the transaction back, or the engine's.
    pub async fn write<T, E, F, Fut>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + AgainError + Send + 'static,
    {
        let timed = async {
            let lasting = Lasting::in_(&measures::WRITING);
            let outcome = self.write_now(job).instrument(span_within!("write", self)).await;
            measures::WRITES.note(lasting.so_far());
            outcome
        };
        self.way.go(timed).await
    }

    async fn write_now<T, E, F, Fut>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + AgainError + Send + 'static,
    {
        let keys = Arc::clone(&self.keys);
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let (answer, question) = oneshot::channel();
                let job: WriteJob = Box::new(move |connection| {
                    let outcome =
                        connection.and_then(|connection| finish(job(Tx(Line::Sqlite(Arc::clone(connection)), keys))));
                    let outcome = outcome.unwrap_or_else(|error| Err(error.into()));
                    let is_kept = outcome.is_ok();
                    let reply = Box::new(move |committed: Result<(), DbError>| {
                        let outcome = outcome.and_then(|value| committed.map(|()| value).map_err(E::from));
                        // The asker may have hung up; the transaction stands either way.
                        drop(answer.send(outcome));
                    });
                    (is_kept, reply)
                });
                sqlite.writer.send(Write::Job(job)).map_err(|_| DbError::engine("the writer has stopped"))?;
                question.await.map_err(|_| DbError::engine("the writer dropped a transaction"))?
            }
            Engine::Postgres(server) => {
                let (asked, patience) = (Arc::clone(server), Patience::here());
                // A task of its own: whoever gives up waiting does not undo what is nearly done.
                let run = tokio::spawn(patience.wait(async move {
                    let (mut tries, since) = (1, std::time::Instant::now());
                    loop {
                        let lease = match begin(&asked, patience.is_awaited).await {
                            Ok(lease) => lease,
                            // Nothing was done yet, so it may be tried again: a server that is being replaced is there soon.
                            Err(error)
                                if error.trouble().is_some_and(Trouble::passes) && since.elapsed() < BEGUN_WITHIN =>
                            {
                                tokio::time::sleep(BEGUN_AGAIN).await;
                                continue;
                            }
                            Err(error) => return Err(error.into()),
                        };
                        match once(lease, Arc::clone(&keys), job.clone()).await {
                            (Err(error), _) if tries < TRIES && error.must_run_again() => tries += 1,
                            (Err(error), false)
                                if error.trouble().is_some_and(Trouble::passes) && since.elapsed() < BEGUN_WITHIN =>
                            {
                                tokio::time::sleep(BEGUN_AGAIN).await;
                            }
                            (outcome, _) => return outcome,
                        }
                    }
                }));
                let outcome = run.await.map_err(DbError::engine)?;
                Patience::ended(outcome.is_none());
                outcome.unwrap_or_else(|| Err(server.is_late(patience).into()))
            }
        }
    }

    /// Runs queries on a reader's connection; on SQLite they see one moment of the database.
    ///
    /// # Errors
    /// The closure's own, or the engine's.
    pub async fn read<T, E, F, Fut>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.read_within(|patience| patience, job).await
    }

    async fn read_within<T, E, F, Fut>(&self, patience: fn(Patience) -> Patience, job: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let timed = async {
            let lasting = Lasting::in_(&measures::READING);
            let outcome = self.read_now(patience(Patience::here()), job).instrument(span_within!("read", self)).await;
            measures::READS.note(lasting.so_far());
            outcome
        };
        self.way.go(timed).await
    }

    async fn read_now<T, E, F, Fut>(&self, patience: Patience, job: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let keys = Arc::clone(&self.keys);
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let (answer, question) = oneshot::channel();
                let job: ReadJob = Box::new(move |connection| {
                    let begun = run(connection, "begin").map(drop).map_err(DbError::from);
                    let outcome = begun.and_then(|()| finish(job(Tx(Line::Sqlite(Arc::clone(connection)), keys))));
                    let ended = run(connection, "commit");
                    let outcome = outcome.unwrap_or_else(|error| Err(error.into()));
                    drop(ended);
                    drop(answer.send(outcome));
                });
                sqlite.readers.send(Read::Job(job)).map_err(|_| DbError::engine("the readers have stopped"))?;
                question.await.map_err(|_| DbError::engine("a reader dropped a query"))?
            }
            Engine::Postgres(server) => {
                let lent = patience.wait(server.lease(patience.is_awaited)).await;
                let lease = Arc::new(lent.unwrap_or_else(|| Err(server.is_late(patience)))?);
                let outcome = patience.wait(job(Tx(Line::Postgres(Arc::clone(&lease)), keys))).await;
                Patience::ended(outcome.is_none());
                outcome.unwrap_or_else(|| {
                    lease.mark(AT_WORK);
                    Err(server.is_late(patience).into())
                })
            }
        }
    }

    /// Runs queries that all see one moment of the database, on both engines; [`Db::read`] is lighter, and on PostgreSQL
    /// each of its queries sees a moment of its own.
    ///
    /// # Errors
    /// The closure's own, or the engine's.
    pub async fn snapshot<T, E, F, Fut>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.read_within(Patience::for_everything, move |tx| async move {
            let Line::Postgres(lease) = &tx.0 else { return job(tx).await };
            let lease = Arc::clone(lease);
            // Whoever gives up in the middle of it leaves its transaction to nobody.
            lease.mark(AT_WORK);
            lease.batch_execute("begin isolation level repeatable read read only").await.map_err(DbError::from)?;
            let outcome = AssertUnwindSafe(job(tx)).catch_unwind().await;
            lease.batch_execute("rollback").await.map_err(DbError::from)?;
            lease.mark(WHOLE);
            outcome.unwrap_or_else(|_| Err(DbError::engine("a snapshot panicked").into()))
        })
        .await
    }

    /// Tells the other programs on this database something, at once and once: whoever does not listen does not hear it. With
    /// SQLite there are none.
    ///
    /// # Errors
    /// Whatever the engine reports.
    pub async fn notify(&self, words: String) -> Result<(), DbError> {
        if !self.is_postgres() {
            return Ok(());
        }
        let sql = "select pg_notify($1, $2)";
        self.read(move |tx| async move { tx.execute(sql, params![CHANNEL, words]).await.map(drop) }).await
    }

    /// Hears what programs on this database tell, this one among them, for as long as the connection lasts; with SQLite for ever.
    ///
    /// # Errors
    /// [`DbError::Address`] when the engine knows no such telling; else why nothing is heard any more.
    pub async fn hear(&self, heard: impl Fn(&str)) -> Result<(), DbError> {
        let Engine::Postgres(server) = &self.engine else { return std::future::pending().await };
        let silent = || DbError::trouble(Trouble::Away, "the server does not answer whoever wants to hear news".into());
        let connected = tokio::time::timeout(WAITS, server.config.connect(server.tls.clone())).await;
        let (client, mut connection) = connected.map_err(|_| silent())??;
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
        drop(tokio::spawn(async move {
            let mut messages = futures_util::stream::poll_fn(move |context| connection.poll_message(context));
            while let Some(Ok(message)) = futures_util::StreamExt::next(&mut messages).await {
                if let tokio_postgres::AsyncMessage::Notification(notification) = message {
                    // Whoever heard may have gone; the connection then ends with its client.
                    drop(sender.send(notification.payload().to_owned()));
                }
            }
        }));
        let listening = tokio::time::timeout(WAITS, client.batch_execute(&format!("listen {CHANNEL}"))).await;
        let listening = listening.map_err(|_| silent())?;
        listening.map_err(|error| match error.code().map(tokio_postgres::error::SqlState::code) {
            // Not supported, or not even read.
            Some("0A000" | "42601") => DbError::Address(error.to_string()),
            _ => error.into(),
        })?;
        loop {
            match tokio::time::timeout(QUIET, told.recv()).await {
                Ok(Some(words)) => heard(&words),
                Ok(None) => break,
                // A server that hangs tells nothing either, and one that goes on has something to say to this.
                Err(_) => {
                    let answered = tokio::time::timeout(WAITS, client.batch_execute("")).await;
                    answered.map_err(|_| silent())??;
                }
            }
        }
        Err(DbError::Engine("the connection on which news is heard was lost".into()))
    }

    /// The names of the scripts that have run.
    ///
    /// # Errors
    /// Whatever the engine reports.
    pub async fn migrated(&self) -> Result<Vec<String>, DbError> {
        self.write(|tx| async move {
            tx.script("create table if not exists migrations (name text primary key)").await?;
            tx.query("select name from migrations order by name", params![])
                .await?
                .iter()
                .map(|row| row.get(0))
                .collect()
        })
        .await
    }

    /// Brings the tables up to date: every script of `history` (name and text, in order) that has not run yet.
    /// Answers the names that ran.
    ///
    /// # Errors
    /// Whatever the engine reports; the failing script leaves nothing behind.
    pub async fn migrate(&self, history: Vec<(String, String)>) -> Result<Vec<String>, DbError> {
        let known = self.migrated().await?;
        let mut ran = Vec::new();
        for (name, text) in history.into_iter().filter(|(name, _)| !known.contains(name)) {
            let ran_now = self
                .write({
                    let name = name.clone();
                    move |tx| async move {
                        let known = tx.query_opt("select name from migrations where name = $1", params![&name]).await?;
                        if known.is_some() {
                            return Ok::<_, DbError>(false);
                        }
                        tx.script(&text).await?;
                        tx.execute("insert into migrations (name) values ($1)", params![&name]).await?;
                        Ok(true)
                    }
                })
                .await?;
            if ran_now {
                ran.push(name);
            }
        }
        Ok(ran)
    }
}

/// Tells a transaction that must be run again from one that failed.
pub trait AgainError {
    /// True for PostgreSQL's serialization failures and deadlocks.
    fn must_run_again(&self) -> bool;

    /// What stands in the way of the database itself, when that is why.
    fn trouble(&self) -> Option<Trouble>;
}

impl AgainError for DbError {
    fn must_run_again(&self) -> bool {
        matches!(self, DbError::Again(_))
    }

    fn trouble(&self) -> Option<Trouble> {
        match self {
            DbError::Trouble(trouble, _) => Some(*trouble),
            _ => None,
        }
    }
}

/// A connection with a transaction begun on it.
async fn begin(server: &Arc<Postgres>, is_awaited: bool) -> Result<Arc<Lease>, DbError> {
    let lease = server.lease(is_awaited).await?;
    lease.mark(AT_WORK);
    match lease.batch_execute("begin").await {
        Ok(()) => Ok(Arc::new(lease)),
        Err(error) => {
            // It is of no use to anybody else either.
            lease.mark(SPOILT);
            Err(error.into())
        }
    }
}

/// Runs the job and ends its transaction. Answers with it whether a commit was asked for: if not, nothing can have been written.
async fn once<T, E, F, Fut>(lease: Arc<Lease>, keys: Arc<Keys>, job: F) -> (Result<T, E>, bool)
where
    F: FnOnce(Tx) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: From<DbError> + AgainError,
{
    let outcome = AssertUnwindSafe(job(Tx(Line::Postgres(Arc::clone(&lease)), keys))).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(DbError::engine("a transaction panicked").into()));
    let is_committing = outcome.is_ok();
    let ended = lease.batch_execute(if is_committing { "commit" } else { "rollback" }).await;
    let is_spoilt = outcome.as_ref().is_err_and(|error| error.trouble().is_some_and(Trouble::passes));
    // Whatever state it is in, and whichever server it leads to: nobody else is to have it.
    lease.mark(if ended.is_err() || is_spoilt { SPOILT } else { WHOLE });
    match ended {
        Ok(()) => (outcome, is_committing),
        // Why it failed says more than that it could not be rolled back.
        Err(error) => (outcome.and(Err(DbError::from(error).into())), is_committing),
    }
}

fn write_loop(connection: Shared, jobs: &Receiver<Write>) {
    while let Ok(asked) = jobs.recv() {
        let mut ended = None;
        let mut next = match asked {
            Write::Job(job) => Some(job),
            Write::End(asker) => {
                drop(connection);
                asker.send(()).unwrap_or_default();
                return;
            }
        };
        let begun = run(&connection, "begin immediate").map(drop).map_err(DbError::from);
        if let Err(error) = begun {
            // Nothing can be written: the asker hears why.
            tracing::error!(%error, "the writer could not begin");
            if let Some(job) = next {
                job(Err(error.clone())).1(Err(error));
            }
            continue;
        }
        let mut replies = Vec::new();
        let mut lost = false;
        while let Some(job) = next {
            let (is_kept, reply) = savepoint(&connection, job);
            replies.push((is_kept, reply));
            // A full disk makes the engine roll everything back: whoever comes next must not run outside a transaction.
            lost = hold(&connection).is_autocommit();
            if lost {
                break;
            }
            next = match if replies.len() < GROUP { jobs.try_recv().ok() } else { None } {
                Some(Write::Job(job)) => Some(job),
                Some(Write::End(asker)) => {
                    ended = Some(asker);
                    None
                }
                None => None,
            };
        }
        let committed = match lost {
            true => Err(DbError::trouble(Trouble::Full, "the engine has rolled the transaction back".into())),
            false => run(&connection, "commit").map(drop).map_err(DbError::from),
        };
        if let Err(error) = &committed {
            tracing::error!(%error, "a commit failed");
            drop(run(&connection, "rollback"));
        }
        for (_, reply) in replies {
            reply(committed.clone());
        }
        if let Some(asker) = ended {
            drop(connection);
            asker.send(()).unwrap_or_default();
            return;
        }
    }
}

fn savepoint(connection: &Shared, job: WriteJob) -> (bool, Reply) {
    if let Err(error) = run(connection, "savepoint job") {
        tracing::error!(%error, "a savepoint failed");
    }
    let (is_kept, reply) = job(Ok(connection));
    if !is_kept {
        drop(run(connection, "rollback to job"));
    }
    drop(run(connection, "release job"));
    (is_kept, reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn table() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(folder.path().join("test.db").to_str().unwrap()).await.unwrap();
        let history = vec![("1".into(), "create table t (id bigint primary key, word text)".into())];
        assert_eq!(db.migrate(history.clone()).await.unwrap(), ["1"]);
        assert!(db.migrate(history).await.unwrap().is_empty());
        (folder, db)
    }

    #[tokio::test]
    async fn one_failure_does_not_undo_its_neighbours() {
        let (_folder, db) = table().await;
        let insert = |id: i64| {
            let db = db.clone();
            async move {
                db.write(move |tx| async move {
                    tx.execute("insert into t (id, word) values ($1, $2)", params![id % 40, "word"]).await
                })
                .await
            }
        };
        let outcomes = futures_util::future::join_all((0..60).map(insert)).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 40);
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(DbError::NotUnique(_)))));
        let count = db.read(|tx| async move { tx.query_one("select count(*) from t", params![]).await?.get::<i64>(0) });
        assert_eq!(count.await.unwrap(), 40);
    }

    #[tokio::test]
    async fn a_panic_spoils_only_its_own_transaction() {
        let (_folder, db) = table().await;
        let bad: Result<(), DbError> = db
            .write(|tx| async move {
                tx.execute("insert into t (id) values ($1)", params![1]).await?;
                panic!("on purpose")
            })
            .await;
        assert!(bad.is_err());
        let count =
            db.write(|tx| async move { tx.query_one("select count(*) from t", params![]).await?.get::<i64>(0) }).await;
        assert_eq!(count.unwrap(), 0);
    }

    #[tokio::test]
    async fn many_rows_are_written_by_few_statements() {
        let (_folder, db) = table().await;
        for count in [0_i64, 1, 7, 64, 203] {
            let values = (0..count).flat_map(|row| params![row, format!("word {row}")]).collect::<Vec<_>>();
            let (before, written) = (statements(), values.clone());
            let rows = db.write(|tx| async move {
                let rows = tx
                    .insert("insert into t (id, word)", 2, written, "on conflict (id) do nothing returning id")
                    .await?;
                Ok::<_, DbError>((rows.len(), tx.query("select id, word from t order by id", params![]).await?))
            });
            let (new, rows) = rows.await.unwrap();
            let held: Vec<Value> = rows.iter().flat_map(|row| row.values().to_vec()).collect();
            assert_eq!(held, values, "those that were there stay, the others are new");
            assert_eq!(new, [0, 1, 6, 57, 139][[0, 1, 7, 64, 203].iter().position(|known| *known == count).unwrap()]);
            assert!(statements() - before < 12, "{count} rows");
        }
    }

    #[tokio::test]
    async fn a_rule_of_a_column_goes_and_the_rows_stay() {
        let (_folder, db) = table().await;
        let made = "create table k (\n    id bigint primary key,\n    -- Once unique, and then not.\n    key text not null unique,\n    \
                    t_id bigint not null unique references t (id),\n    at double precision\n);\n\
                    create index k_at on k (at);\ncreate table c (k_id bigint not null references k (id));\n\
                    create table s (key text primary key, t_id bigint not null) /* without rowid */;\n\
                    insert into t (id) values (1), (2);\ninsert into k (id, key, t_id, at) values (7, 'a', 1, 0.5);\n\
                    insert into c (k_id) values (7);";
        let dropping = "alter table k drop constraint k_key_key;\nalter table k drop constraint k_t_id_fkey;\n\
                        insert into s (key, t_id) select key, t_id from k;";
        for script in [made, dropping] {
            db.write(move |tx| async move { tx.script(script).await }).await.unwrap();
        }
        let run = |sql: &'static str| db.write(move |tx| async move { tx.execute(sql, params![]).await });
        run("insert into k (id, key, t_id) values (8, 'a', 99)").await.expect("neither rule holds any more");
        let unique = run("insert into k (id, key, t_id) values (9, 'a', 99)").await.unwrap_err();
        assert!(matches!(unique, DbError::NotUnique(_)), "{unique}: the other rule of the column stays");
        assert!(run("insert into c (k_id) values (99)").await.is_err(), "what points at the table still does");
        let rows = db.read(|tx| async move {
            let rows =
                tx.query("select k.id, k.at, s.key from k join s on s.t_id = k.t_id join c on c.k_id = k.id", vec![]);
            let index = tx.query("select 1 from sqlite_schema where name = 'k_at'", vec![]).await?;
            Ok::<_, DbError>((rows.await?, index.len()))
        });
        let (rows, index) = rows.await.unwrap();
        assert_eq!(rows.iter().map(Row::values).collect::<Vec<_>>(), [params![7, 0.5, "a"].as_slice()]);
        assert_eq!(index, 1);
        for rule in ["k_key_key", "k_id_key", "c_k_id_fkey", "k"] {
            let sql = format!("alter table k drop constraint {rule};");
            assert!(db.write(move |tx| async move { tx.script(&sql).await }).await.is_err(), "{rule}");
        }
    }

    #[test]
    fn an_address_names_a_file_or_a_server() {
        for (url, file) in
            [("sqlite:a/b.db", Some("a/b.db")), ("/a/b.db", Some("/a/b.db")), ("postgres://steward@db/steward", None)]
        {
            assert_eq!(file_of(url), file.map(std::path::Path::new), "{url}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, expected) in [
            ("sqlite:var/steward.db", "sqlite:var/steward.db"),
            ("postgres://steward:secret@db.city/steward?sslmode=disable", "postgres://steward@db.city/steward"),
            ("postgres://steward:se/cr@et@db.city:5432/steward", "postgres://steward@db.city:5432/steward"),
            ("mysql://root:secret@db/x", "mysql://root@db/x"),
            ("postgres://db/steward?password=secret", "postgres://db/steward"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_reached_is_named_with_its_reason_and_without_its_password() {
        let said = |url: &'static str| async move { Db::open(url).await.err().map(|error| error.to_string()) };
        let refused = said("postgres://steward:secret@127.0.0.1:1/steward").await.expect("nobody listens there");
        assert!(refused.contains("127.0.0.1:1/steward") && refused.contains("refused"), "{refused}");
        assert!(!refused.contains("secret"), "{refused}");
        for url in ["mysql://steward:secret@db/x", "postgres://steward:secret@db:99999/x", "postgres://db:port/x"] {
            let error = Db::open(url).await.err().expect("no address");
            assert!(matches!(error, DbError::Address(_)), "{url}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_closed_file_is_whole_and_alone() {
        let (folder, db) = table().await;
        let insert = |tx: Tx| async move { tx.execute("insert into t (id) values ($1)", params![7]).await };
        db.write(insert).await.unwrap();
        assert!(Db::is_open(&folder.path().join("test.db")).unwrap());
        db.close().await;
        assert!(!Db::is_open(&folder.path().join("test.db")).unwrap());
        assert!(db.write(insert).await.is_err(), "nothing is written any more");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["test.db"]);
    }

    #[tokio::test]
    async fn parameters_keep_their_numbers() {
        let (_folder, db) = table().await;
        let row = db
            .read(|tx| async move { tx.query_one("select $2, $1, $2, $3", params![1, "two", None::<i64>]).await })
            .await;
        let row: Row = row.map_err(|error: DbError| error).unwrap();
        assert_eq!(row.get::<String>(0).unwrap(), "two");
        assert_eq!(row.get::<i64>(1).unwrap(), 1);
        assert_eq!(row.get::<Option<i64>>(3).unwrap(), None);
    }
}
