//! The room's tables, and what is written of a list that was kept.

use super::judging::{City, Person};
use super::roll::{Field, Judged, Line, Roll, Said, Subject, What};
use crate::imports::import::State;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::people::act::Post;
use crate::people::department::NewDepartment;
use crate::people::password;
use crate::people::store::{self as people, Change, NewAccount};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::HashMap;

/// How many rows one statement puts in: below what SQLite takes as parameters.
const AT_ONCE: usize = 100;

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

fn parsed<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Row(format!("rolls: {what}: {error}")))
}

const COLUMNS: &str = "r.id, r.subject, r.name, r.sha256, r.bytes, r.state, r.found, r.is_leave_asked, r.author_id, \
                       r.brought_at, r.decider_id, r.decided_at, r.releaser_id, r.released_at, r.revision";

fn roll(row: &Row) -> Result<Roll, DbError> {
    let (subject, state, found): (String, String, String) = (row.get(1)?, row.get(5)?, row.get(6)?);
    let wrong = |what: &str| DbError::Row(format!("rolls: {what}"));
    Ok(Roll {
        id: row.get(0)?,
        subject: Subject::parse(&subject).ok_or_else(|| wrong("subject"))?,
        name: row.get(2)?,
        sha256: row.get(3)?,
        bytes: row.get(4)?,
        state: State::parse(&state).ok_or_else(|| wrong("state"))?,
        found: parsed(&found, "found")?,
        is_leave_asked: row.get(7)?,
        author: row.get(8)?,
        brought_at: row.get(9)?,
        decider: row.get(10)?,
        decided_at: row.get(11)?,
        releaser: row.get(12)?,
        released_at: row.get(13)?,
        revision: row.get(14)?,
    })
}

/// Keeps a new list with its rows.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, roll: &Roll, lines: &[Line], judged: &[Judged]) -> Result<(), DbError> {
    tx.execute(
        "insert into rolls (id, subject, name, sha256, bytes, state, found, is_leave_asked, author_id, brought_at, \
         decider_id, decided_at, revision) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            roll.id,
            roll.subject.word(),
            &roll.name,
            &roll.sha256,
            roll.bytes,
            roll.state.word(),
            text(&roll.found)?,
            roll.is_leave_asked,
            roll.author,
            roll.brought_at,
            roll.decider,
            roll.decided_at,
            roll.revision
        ],
    )
    .await?;
    add_rows(tx, roll.id, lines, judged).await
}

/// Puts rows in: those of the file, and behind them whoever is missing in it.
async fn add_rows(tx: &Tx, roll: Id, lines: &[Line], judged: &[Judged]) -> Result<(), DbError> {
    let rows: Vec<(usize, &Judged)> = judged.iter().enumerate().collect();
    for some in rows.chunks(AT_ONCE) {
        let marks: Vec<String> = (0..some.len()).map(|place| format!("($1, {})", slots(place * 4 + 1, 4))).collect();
        let sql = format!("insert into roll_rows (roll_id, position, said, what, judged) values {}", marks.join(", "));
        let mut values: Vec<Value> = vec![roll.into()];
        for (place, one) in some {
            let said = lines.get(*place).map_or_else(|| Ok(String::new()), text)?;
            values.extend(params![i64::try_from(*place).unwrap_or(i64::MAX), said, one.what.word(), text(one)?]);
        }
        tx.execute(&sql, values).await?;
    }
    Ok(())
}

/// What would come of a list is another thing now: its rows are judged anew.
///
/// # Errors
/// [`DbError::Stale`] when somebody else was faster.
pub async fn judge_anew(tx: &Tx, roll: &Roll, lines: &[Line], judged: &[Judged]) -> Result<(), DbError> {
    update(tx, roll).await?;
    forget_rows(tx, roll.id).await?;
    add_rows(tx, roll.id, lines, judged).await
}

/// Forgets what stood in a list.
///
/// # Errors
/// When the database fails.
pub async fn forget_rows(tx: &Tx, roll: Id) -> Result<(), DbError> {
    tx.execute("delete from roll_rows where roll_id = $1", params![roll]).await?;
    Ok(())
}

async fn update(tx: &Tx, roll: &Roll) -> Result<(), DbError> {
    let sql = "update rolls set state = $2, found = $3, is_leave_asked = $4, decider_id = $5, decided_at = $6, \
               releaser_id = $7, released_at = $8, revision = $9 where id = $1 and revision = $10";
    let values = params![
        roll.id,
        roll.state.word(),
        text(&roll.found)?,
        roll.is_leave_asked,
        roll.decider,
        roll.decided_at,
        roll.releaser,
        roll.released_at,
        roll.revision,
        roll.revision - 1
    ];
    if tx.execute(sql, values).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// Saves a decision about a list, which goes into the log of administration by the name of what was done.
///
/// # Errors
/// [`DbError::Stale`] when somebody else was faster.
pub async fn decide(tx: &Tx, roll: &Roll, kind: &'static str, by: Option<Id>, now: Moment) -> Result<(), DbError> {
    update(tx, roll).await?;
    record(tx, roll, kind, by, now).await
}

/// Records what was done with a list.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, roll: &Roll, kind: &'static str, by: Option<Id>, now: Moment) -> Result<(), DbError> {
    let found = &roll.found;
    let body = json!({
        "name": roll.name, "subject": roll.subject.word(), "sha256": roll.sha256, "is_leave_asked": roll.is_leave_asked,
        "new": found.counts.new, "changed": found.counts.changed, "refused": found.counts.refused,
        "activated": found.activated, "posted": found.posted, "left": found.left,
    });
    people::record(tx, &Change { subject: "roll", subject_id: roll.id, kind, author: by, body }, now).await
}

/// The list of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load(tx: &Tx, id: Id) -> Result<Roll, Error> {
    let row = tx.query_opt(&format!("select {COLUMNS} from rolls r where r.id = $1"), params![id]).await?;
    Ok(roll(&row.ok_or(Error::NotFound)?)?)
}

/// A page of lists with the names of who brought them, newest first, before the identifier `before`.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, before: Id) -> Result<Page<(Roll, Option<String>)>, DbError> {
    let sql = format!(
        "select {COLUMNS}, a.name from rolls r left join accounts a on a.id = r.author_id where r.id < $1 \
         order by r.id desc limit $2"
    );
    let rows = tx.query(&sql, params![before, PAGE + 1]).await?;
    let lines: Vec<(Roll, Option<String>)> =
        rows.iter().map(|row| Ok((roll(row)?, row.get(15)?))).collect::<Result<_, DbError>>()?;
    Ok(Page::cut(lines, |(roll, _)| roll.id.to_string()))
}

/// A page of a list's rows after a position: those of one verdict, or all that stand in the file.
///
/// # Errors
/// When the database fails.
pub async fn rows(tx: &Tx, roll: Id, what: Option<What>, after: i64) -> Result<Page<(i64, Judged)>, DbError> {
    let mut values = params![roll, after, PAGE + 1];
    let narrowed = what.map_or(" and what <> 'missing'", |what| {
        values.push(what.word().into());
        " and what = $4"
    });
    let sql = format!(
        "select position, judged from roll_rows where roll_id = $1 and position > $2{narrowed} order by position limit $3"
    );
    let rows = tx.query(&sql, values).await?;
    let rows: Vec<(i64, Judged)> = rows
        .iter()
        .map(|row| {
            let judged: String = row.get(1)?;
            Ok((row.get(0)?, parsed(&judged, "judged")?))
        })
        .collect::<Result<_, DbError>>()?;
    Ok(Page::cut(rows, |(position, _)| position.to_string()))
}

/// The rows of a list as they were read, and what was said of each when somebody looked.
///
/// # Errors
/// When the database fails.
pub async fn all_rows(tx: &Tx, roll: Id) -> Result<(Vec<Line>, Vec<Judged>), DbError> {
    let sql = "select said, judged from roll_rows where roll_id = $1 order by position";
    let (mut lines, mut judged) = (Vec::new(), Vec::new());
    for row in tx.query(sql, params![roll]).await? {
        let (said, verdict): (String, String) = (row.get(0)?, row.get(1)?);
        if !said.is_empty() {
            lines.push(parsed(&said, "said")?);
        }
        judged.push(parsed(&verdict, "judged")?);
    }
    Ok((lines, judged))
}

/// The city as lists are compared with it.
///
/// # Errors
/// When the database fails.
pub async fn city(tx: &Tx) -> Result<City, DbError> {
    let departments = people::departments(tx).await?;
    let sql = "select a.id, a.login, a.name, a.post, coalesce(d.code, ''), a.employee_number, a.is_active from accounts a \
               left join departments d on d.id = a.department_id order by a.login";
    let rows = tx.query(sql, params![]).await?;
    let all = rows.iter().map(|row| {
        let post: String = row.get(3)?;
        Ok(Person {
            id: row.get(0)?,
            login: row.get(1)?,
            name: row.get(2)?,
            post: Post::parse(&post).ok_or_else(|| DbError::Row(format!("no post {post}")))?,
            department_code: row.get(4)?,
            employee_number: row.get(5)?,
            is_active: row.get(6)?,
        })
    });
    Ok(City { departments, people: all.collect::<Result<_, DbError>>()? })
}

fn cell(said: &Said, field: Field) -> &str {
    said.get(&field).map_or("", String::as_str)
}

/// Writes the departments of a list, each after the one above it.
///
/// # Errors
/// When the database fails.
pub async fn write_departments(tx: &Tx, rows: &[&Judged], by: Option<Id>, now: Moment) -> Result<(), Error> {
    for one in rows {
        let new = NewDepartment::of(one.at, &|name: &str| {
            Field::parse(name).map_or_else(String::new, |field| one.said(field).to_owned())
        })?;
        let id = people::put_department(tx, &new).await?;
        let kind = if one.what == What::New { "made" } else { "changed" };
        let body = json!({ "code": new.code, "name_zh": new.name_zh, "changes": one.changes });
        people::record(tx, &Change { subject: "department", subject_id: id, kind, author: by, body }, now).await?;
    }
    Ok(())
}

/// Writes the staff of a list. Whoever is new has an account without a password that waits for the security administrator; whose post
/// changes keeps it until then.
///
/// # Errors
/// When the database fails.
pub async fn write_staff(tx: &Tx, rows: &[Judged], by: Option<Id>, now: Moment) -> Result<(), Error> {
    for one in rows.iter().filter(|one| one.what == What::New) {
        let post = Post::parse(one.said(Field::Post)).ok_or_else(|| Refusal::new("people-post-unknown"))?;
        let account = NewAccount {
            login: one.said(Field::Login).to_owned(),
            name: one.said(Field::Name).to_owned(),
            post,
            department_code: crate::kit::form::typed(one.said(Field::DepartmentCode)),
            password: password::nobody(),
            is_first_password: true,
            is_active: false,
        };
        let id = people::make_account(tx, account, now).await?;
        // Asking whether nobody else has no number would look through everybody.
        if !one.said(Field::EmployeeNumber).is_empty() {
            people::set_employee_number(tx, id, one.said(Field::EmployeeNumber)).await?;
        }
        let change = Change {
            subject: "account",
            subject_id: id,
            kind: "made",
            author: by,
            body: json!({ "post": post.word() }),
        };
        people::record(tx, &change, now).await?;
    }
    let changed: Vec<&Judged> = rows.iter().filter(|one| one.what == What::Changed).collect();
    let accounts =
        by_login(tx, &changed.iter().map(|one| one.said(Field::Login).to_owned()).collect::<Vec<_>>()).await?;
    let departments = people::departments(tx).await?;
    for one in changed {
        let Some(account) = accounts.get(one.said(Field::Login)).copied() else { continue };
        let own: Vec<_> = one.changes.iter().filter(|change| change.field != Field::Post).collect();
        if own.is_empty() {
            continue;
        }
        let code = one.said(Field::DepartmentCode);
        let department = departments.iter().find(|known| known.code == code).map(|known| known.id);
        let sql = "update accounts set name = $2, department_id = $3, revision = revision + 1 where id = $1";
        tx.execute(sql, params![account, one.said(Field::Name), department]).await?;
        if one.change(Field::EmployeeNumber).is_some() {
            people::set_employee_number(tx, account, one.said(Field::EmployeeNumber)).await?;
        }
        let body = json!({ "changes": own });
        people::record(tx, &Change { subject: "account", subject_id: account, kind: "changed", author: by, body }, now)
            .await?;
    }
    Ok(())
}

/// The accounts of logins.
///
/// # Errors
/// When the database fails.
pub async fn by_login(tx: &Tx, logins: &[String]) -> Result<HashMap<String, Id>, DbError> {
    let mut found = HashMap::new();
    for some in logins.chunks(AT_ONCE) {
        let sql = format!("select login, id from accounts where login in ({})", slots(0, some.len()));
        for row in tx.query(&sql, some.iter().map(Value::from).collect()).await? {
            found.insert(row.get(0)?, row.get(1)?);
        }
    }
    Ok(found)
}

/// The logins of those whom a list added.
///
/// # Errors
/// When the database fails.
pub async fn added(tx: &Tx, roll: Id) -> Result<Vec<String>, DbError> {
    let (_, judged) = all_rows(tx, roll).await?;
    Ok(judged.iter().filter(|one| one.what == What::New).map(|one| cell(&one.said, Field::Login).to_owned()).collect())
}

/// Those of these logins who have not replaced a first password, or have none yet: account, login, name, department.
///
/// # Errors
/// When the database fails.
pub async fn unproved(tx: &Tx, logins: &[String]) -> Result<Vec<(Id, String, String, String)>, DbError> {
    let mut found = Vec::new();
    for some in logins.chunks(AT_ONCE) {
        let sql = format!(
            "select a.id, a.login, a.name, coalesce(d.name_zh, '') from accounts a left join departments d on d.id = a.department_id \
             where a.is_first_password = 1 and a.login in ({}) order by a.login",
            slots(0, some.len())
        );
        for row in tx.query(&sql, some.iter().map(Value::from).collect()).await? {
            found.push((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        }
    }
    Ok(found)
}
