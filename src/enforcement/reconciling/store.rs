//! What a bank reported, file by file and line by line.

use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::words::enum_of_words;
use crate::timeline;
use std::collections::BTreeMap;

/// What the timeline calls a line.
pub const SUBJECT: &str = "bank_line";
/// The most lines that a page or a file shows.
pub const MOST: usize = 5_000;

enum_of_words! {
    /// What became of a line.
    State {
        /// 已入账: posted to a case.
        Matched = "matched",
        /// 已有: it was there before.
        Known = "known",
        /// 未匹配: there is no case of this number.
        Unmatched = "unmatched",
        /// 未入账: the rules refuse it, or it cannot be read.
        Refused = "refused",
        /// 待确认: somebody proposes a case.
        Proposed = "proposed",
        /// 不入账: it is no payment of a case.
        SetAside = "set-aside",
    }
}

impl State {
    /// Whether somebody still has to look at it.
    pub const fn is_open(self) -> bool {
        matches!(self, State::Unmatched | State::Refused | State::Proposed)
    }
}

/// A file that was taken in.
#[derive(Debug, Clone)]
pub struct File {
    /// The identifier.
    pub id: Id,
    /// What it was called.
    pub name: String,
    /// The SHA-256 of its content.
    pub digest: String,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Id,
    /// How many lines it has.
    pub lines: i64,
}

/// A line of a file.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The identifier.
    pub id: Id,
    /// Its file.
    pub file: Id,
    /// Where it stands, from 2.
    pub line: i64,
    /// The number of the case, as the bank wrote it.
    pub number: String,
    /// The day of the payment; empty when it cannot be read.
    pub on: String,
    /// Fen; none when it cannot be read.
    pub amount: Option<i64>,
    /// The amount as the bank wrote it.
    pub amount_text: String,
    /// The receipt.
    pub receipt: String,
    /// `fine` or `late-fee`.
    pub towards: String,
    /// What became of it.
    pub state: State,
    /// The case that it was posted or is proposed to, or that has it already.
    pub case: Option<Id>,
    /// Why not: the key of a sentence with what it names; empty without.
    pub why: String,
    /// What the sentence names.
    pub why_args: Vec<(String, String)>,
    /// What whoever settled it by hand said.
    pub words: String,
    /// How often it was changed.
    pub revision: i64,
}

impl Kept {
    /// Says why it was not posted.
    pub fn refuse(&mut self, refusal: &Refusal) {
        self.why = refusal.key.to_owned();
        self.why_args = refusal.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    }
}

/// Keeps a file.
///
/// # Errors
/// When the database fails.
pub async fn add_file(tx: &Tx, file: &File, on: &str) -> Result<(), DbError> {
    let sql = "insert into bank_files (id, name, digest, taken_at, taken_on, taken_by, lines) values ($1, $2, $3, $4, $5, $6, $7)";
    let values = params![file.id, &file.name, &file.digest, file.at, on, file.by, file.lines];
    tx.execute(sql, values).await.map(drop)
}

/// The last files, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn files(tx: &Tx) -> Result<Vec<File>, DbError> {
    let sql =
        "select id, name, digest, taken_at, taken_by, lines from bank_files order by taken_at desc, id desc limit 30";
    tx.query(sql, params![]).await?.iter().map(file).collect()
}

/// The file of this identifier.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn load_file(tx: &Tx, id: Id) -> Result<File, Error> {
    let sql = "select id, name, digest, taken_at, taken_by, lines from bank_files where id = $1";
    Ok(file(&tx.query_opt(sql, params![id]).await?.ok_or(Error::NotFound)?)?)
}

/// When a file of this content was taken in before, if it was.
///
/// # Errors
/// When the database fails.
pub async fn taken_before(tx: &Tx, digest: &str) -> Result<Option<Moment>, DbError> {
    let sql = "select taken_at from bank_files where digest = $1 order by taken_at limit 1";
    tx.query_opt(sql, params![digest]).await?.map(|row| row.get(0)).transpose()
}

fn file(row: &Row) -> Result<File, DbError> {
    Ok(File {
        id: row.get(0)?,
        name: row.get(1)?,
        digest: row.get(2)?,
        at: row.get(3)?,
        by: row.get(4)?,
        lines: row.get(5)?,
    })
}

const COLUMNS: &str = "id, file_id, line, number, paid_on, amount, amount_text, receipt, towards, state, case_id, why, why_args, \
                       settled_words, revision";

fn line(row: &Row) -> Result<Kept, DbError> {
    let unreadable = || DbError::Row("a bank's line cannot be read".to_owned());
    let (state, args): (String, String) = (row.get(9)?, row.get(12)?);
    Ok(Kept {
        id: row.get(0)?,
        file: row.get(1)?,
        line: row.get(2)?,
        number: row.get(3)?,
        on: row.get(4)?,
        amount: row.get(5)?,
        amount_text: row.get(6)?,
        receipt: row.get(7)?,
        towards: row.get(8)?,
        state: State::parse(&state).ok_or_else(unreadable)?,
        case: row.get(10)?,
        why: row.get(11)?,
        why_args: serde_json::from_str(&args).map_err(|_| unreadable())?,
        words: row.get(13)?,
        revision: row.get(14)?,
    })
}

/// Keeps a line as it came.
///
/// # Errors
/// When the database fails.
pub async fn add_line(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    let sql = "insert into bank_lines (id, file_id, line, number, paid_on, amount, amount_text, receipt, towards, state, case_id, \
               why, why_args, settled_words, revision) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', 1)";
    let args = serde_json::to_string(&kept.why_args).map_err(|error| DbError::Row(error.to_string()))?;
    let values = params![
        kept.id,
        kept.file,
        kept.line,
        &kept.number,
        &kept.on,
        kept.amount,
        &kept.amount_text,
        &kept.receipt,
        &kept.towards,
        kept.state.word(),
        kept.case,
        &kept.why,
        args,
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The line of this identifier.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn load(tx: &Tx, id: Id) -> Result<Kept, Error> {
    let sql = format!("select {COLUMNS} from bank_lines where id = $1");
    Ok(line(&tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?)?)
}

/// Which lines are wanted.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// All of a file.
    File(Id),
    /// Those that somebody still has to look at.
    Open,
    /// Those whose payment is of this month, `2026-03`.
    Month(String),
}

/// The lines that are wanted.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &Tx, wanted: &Wanted) -> Result<Vec<Kept>, DbError> {
    let (condition, values): (&str, Vec<Value>) = match wanted {
        Wanted::File(file) => ("file_id = $1 order by line", params![*file]),
        Wanted::Open => ("state in ('unmatched', 'refused', 'proposed') order by id", params![]),
        Wanted::Month(month) => {
            let (from, until) = (format!("{month}-01"), format!("{month}-31"));
            ("paid_on >= $1 and paid_on <= $2 order by paid_on, id", params![from, until])
        }
    };
    let sql = format!("select {COLUMNS} from bank_lines where {condition} limit {MOST}");
    tx.query(&sql, values).await?.iter().map(line).collect()
}

/// How many lines somebody still has to look at.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx) -> Result<i64, DbError> {
    let sql = "select count(*) from bank_lines where state in ('unmatched', 'refused', 'proposed')";
    tx.query_one(sql, params![]).await?.get(0)
}

/// Saves what somebody did with a line, and records it. `before` is the revision that it had.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn settle(tx: &Tx, kept: &Kept, before: i64, what: &str, by: Id, at: Moment) -> Result<(), DbError> {
    let sql = "update bank_lines set state = $3, case_id = $4, settled_by = $5, settled_at = $6, settled_words = $7, \
               revision = $8 where id = $1 and revision = $2";
    let values = params![kept.id, before, kept.state.word(), kept.case, by, at, &kept.words, before + 1];
    if tx.execute(sql, values).await? != 1 {
        return Err(DbError::Stale);
    }
    let fact = timeline::fact::Fact {
        subject: SUBJECT,
        subject_id: kept.id,
        kind: format!("bank_{what}"),
        is_public: false,
        author: Some(by),
        at,
        body: serde_json::json!({ "case": kept.case.map(|case| case.to_string()), "words": kept.words }),
    };
    timeline::store::record(tx, &fact).await.map(drop)
}

/// The numbers of cases by their identifiers.
///
/// # Errors
/// When the database fails.
pub async fn numbers(tx: &Tx, cases: &[Id]) -> Result<BTreeMap<Id, String>, DbError> {
    let mut found = BTreeMap::new();
    for case in cases {
        let sql = "select number from penalty_cases where id = $1";
        if let Some(row) = tx.query_opt(sql, params![*case]).await? {
            found.insert(*case, row.get(0)?);
        }
    }
    Ok(found)
}

/// The fines that were decided since a moment and before another: when, and how much.
///
/// # Errors
/// When the database fails.
pub async fn decided(tx: &Tx, from: Moment, until: Moment) -> Result<Vec<(Moment, i64)>, DbError> {
    let sql = "select decided_at, coalesce(fine, 0) from penalty_cases where decided_at >= $1 and decided_at < $2";
    tx.query(sql, params![from, until]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The bodies of cases of which cash came to the bank in a month, `2026-03`.
///
/// # Errors
/// When the database fails.
pub async fn with_cash(tx: &Tx, month: &str) -> Result<Vec<super::Case>, DbError> {
    let sql = "select body from penalty_cases where body like $1 order by id";
    let like = format!("%\"at_bank_on\":\"{month}-%");
    let rows = tx.query(sql, params![like]).await?;
    let read = |row: &Row| {
        let body: String = row.get(0)?;
        serde_json::from_str(&body).map_err(|error| DbError::Row(format!("a penalty case: {error}")))
    };
    rows.iter().map(read).collect()
}

/// A fresh line of a file.
pub fn fresh(file: Id, line: u64, number: &str, amount: &str) -> Kept {
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    Kept {
        id: id::fresh(),
        file,
        line: i64::try_from(line).unwrap_or(i64::MAX),
        number: short(number, 60),
        on: String::new(),
        amount: None,
        amount_text: short(amount, 30),
        receipt: String::new(),
        towards: String::new(),
        state: State::Unmatched,
        case: None,
        why: String::new(),
        why_args: Vec::new(),
        words: String::new(),
        revision: 1,
    }
}
