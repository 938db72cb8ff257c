//! The tables of people: accounts, departments, the log of sign-ins, and the facts of administration.

use super::account::{Account, Lock, Outcome, Person};
use super::act::Post;
use super::credentials::{CredentialLine, Held, Qualification, QualificationKind, ReviewerLine};
use super::department::{Department, NewDepartment};
use super::password::Hash;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, params, slots};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What is typed at sign-in; lower case.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What they are employed to do.
    pub post: Post,
    /// The code of their department; none for no department.
    pub department_code: Option<String>,
    /// The password, hashed: a transaction has no time for it.
    pub password: Hash,
    /// True when the person must replace it at the first sign-in.
    pub is_first_password: bool,
    /// False while the security administrator has not confirmed it.
    pub is_active: bool,
}

fn post(row: &Row, index: usize) -> Result<Post, DbError> {
    let word: String = row.get(index)?;
    Post::parse(&word).ok_or_else(|| DbError::Row(format!("no post {word}")))
}

/// Makes an account.
///
/// # Errors
/// `people-login-taken`, `people-department-unknown`, or when the database fails.
pub async fn make_account(tx: &Tx, account: NewAccount, now: Moment) -> Result<Id, Error> {
    let department = match &account.department_code {
        None => None,
        Some(code) => Some(department_by_code(tx, code).await?),
    };
    let id = id::fresh();
    let made = tx
        .execute(
            "insert into accounts (id, login, name, post, department_id, password_hash, is_first_password, is_active, \
             made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                id,
                &account.login,
                &account.name,
                account.post.word(),
                department,
                account.password.as_str(),
                account.is_first_password,
                account.is_active,
                now
            ],
        )
        .await;
    match made {
        Ok(_) => Ok(id),
        Err(DbError::NotUnique(_)) => {
            Err(Refusal::new("people-login-taken").with("login", &account.login).on("login").into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn department_by_code(tx: &Tx, code: &str) -> Result<Id, Error> {
    let row = tx.query_opt("select id from departments where code = $1", params![code]).await?;
    match row {
        Some(row) => Ok(row.get(0)?),
        None => Err(Refusal::new("people-department-unknown").with("code", code).on("department_code").into()),
    }
}

/// Puts a list of departments into the tree; one whose code is known gets its new names, place and phone. Answers what was
/// refused, by line.
///
/// # Errors
/// When the database fails.
pub async fn import_departments(tx: &Tx, departments: &[NewDepartment]) -> Result<Vec<Refusal>, Error> {
    let mut bad = Vec::new();
    for department in departments {
        match put_department(tx, department).await {
            Ok(_) => {}
            Err(Error::Refused(refusal)) => bad.push(refusal.with("line", department.line)),
            Err(error) => return Err(error),
        }
    }
    Ok(bad)
}

/// Adds a department, or gives the one with its code its new names, place and phone.
///
/// # Errors
/// `people-department-unknown` for the one above it, or when the database fails.
pub async fn put_department(tx: &Tx, department: &NewDepartment) -> Result<Id, Error> {
    let parent = match &department.parent_code {
        None => None,
        Some(code) => Some(department_by_code(tx, code).await?),
    };
    let row = tx
        .query_one(
            "insert into departments (id, code, name_zh, name_en, parent_id, kind, phone) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (code) do update set name_zh = excluded.name_zh, \
             name_en = excluded.name_en, parent_id = excluded.parent_id, kind = excluded.kind, \
             phone = excluded.phone returning id",
            params![
                id::fresh(),
                &department.code,
                &department.name_zh,
                &department.name_en,
                parent,
                &department.kind,
                &department.phone
            ],
        )
        .await?;
    Ok(row.get(0)?)
}

/// True when a department has the code.
///
/// # Errors
/// When the database fails.
pub async fn is_department(tx: &Tx, code: &str) -> Result<bool, DbError> {
    Ok(tx.query_opt("select id from departments where code = $1", params![code]).await?.is_some())
}

/// Renames a department and changes its phone.
///
/// # Errors
/// [`Error::NotFound`], or when the database fails.
pub async fn rename_department(tx: &Tx, id: Id, name_zh: &str, name_en: &str, phone: &str) -> Result<(), Error> {
    let changed = tx
        .execute(
            "update departments set name_zh = $2, name_en = $3, phone = $4 where id = $1",
            params![id, name_zh, name_en, phone],
        )
        .await?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// All departments by code.
///
/// # Errors
/// When the database fails.
pub async fn departments(tx: &Tx) -> Result<Vec<Department>, DbError> {
    let rows = tx
        .query(
            "select id, code, name_zh, name_en, parent_id, kind, phone, is_active from departments order by code",
            params![],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Department {
                id: row.get(0)?,
                code: row.get(1)?,
                name_zh: row.get(2)?,
                name_en: row.get(3)?,
                parent: row.get(4)?,
                kind: row.get(5)?,
                phone: row.get(6)?,
                is_active: row.get(7)?,
            })
        })
        .collect()
}

/// Makes the accounts of a list, all with one password. A login that is known is left as it is. Answers how many were
/// made and what was refused, by line.
///
/// # Errors
/// When the database fails.
pub async fn import_people(
    tx: &Tx,
    people: &[Person],
    password: &Hash,
    is_first_password: bool,
    now: Moment,
) -> Result<(usize, Vec<Refusal>), Error> {
    let (mut made, mut bad) = (0, Vec::new());
    for person in people {
        if credentials(tx, &person.login).await?.is_some() {
            continue;
        }
        let account = NewAccount {
            login: person.login.clone(),
            name: person.name.clone(),
            post: person.post,
            department_code: person.department_code.clone(),
            password: password.clone(),
            is_first_password,
            is_active: true,
        };
        let result = match make_account(tx, account, now).await {
            Ok(id) => set_employee_number(tx, id, &person.employee_number).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => made += 1,
            Err(Error::Refused(refusal)) => bad.push(refusal.with("line", person.line)),
            Err(error) => return Err(error),
        }
    }
    Ok((made, bad))
}

/// Gives an account its employee number, or takes it away.
///
/// # Errors
/// `people-employee-number-taken`, or when the database fails.
pub async fn set_employee_number(tx: &Tx, id: Id, number: &str) -> Result<(), Error> {
    let sql = "select login from accounts where employee_number = $1 and employee_number <> '' and id <> $2";
    if let Some(row) = tx.query_opt(sql, params![number, id]).await? {
        let login: String = row.get(0)?;
        return Err(Refusal::new("people-employee-number-taken").with("login", login).on("employee_number").into());
    }
    tx.execute("update accounts set employee_number = $2 where id = $1", params![id, number]).await?;
    Ok(())
}

/// The employee number of an account; empty for none.
///
/// # Errors
/// When the database fails.
pub async fn employee_number(tx: &Tx, id: Id) -> Result<String, DbError> {
    let row = tx.query_opt("select employee_number from accounts where id = $1", params![id]).await?;
    row.map_or_else(|| Ok(String::new()), |row| row.get(0))
}

/// The account of an employee number.
///
/// # Errors
/// When the database fails.
pub async fn by_employee_number(tx: &Tx, number: &str) -> Result<Option<Id>, DbError> {
    let sql = "select id from accounts where employee_number = $1 and employee_number <> ''";
    tx.query_opt(sql, params![number]).await?.map(|row| row.get(0)).transpose()
}

fn account(row: &Row) -> Result<Account, DbError> {
    Ok(Account {
        id: row.get(0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        post: post(row, 3)?,
        department: row.get(4)?,
        is_active: row.get(5)?,
        is_first_password: row.get(6)?,
        lock: Lock { failed: row.get(7)?, until: row.get(8)? },
        revision: row.get(9)?,
    })
}

/// An account that must exist.
///
/// # Errors
/// [`Error::NotFound`], or when the database fails.
pub async fn load(tx: &Tx, id: Id) -> Result<Account, Error> {
    let row = tx
        .query_opt(
            "select id, login, name, post, department_id, is_active, is_first_password, failed_count, \
             locked_until_at, revision from accounts where id = $1",
            params![id],
        )
        .await?;
    Ok(account(&row.ok_or(Error::NotFound)?)?)
}

/// The posts and names of all active accounts.
///
/// # Errors
/// When the database fails.
pub async fn active(tx: &Tx) -> Result<Vec<(Post, String)>, DbError> {
    let rows = tx.query("select post, name from accounts where is_active = 1 order by login", params![]).await?;
    rows.iter().map(|row| Ok((post(row, 0)?, row.get(1)?))).collect()
}

/// An account and its password's hash by login, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn credentials(tx: &Tx, login: &str) -> Result<Option<(Account, String)>, DbError> {
    let row = tx
        .query_opt(
            "select id, login, name, post, department_id, is_active, is_first_password, failed_count, \
             locked_until_at, revision, password_hash from accounts where login = $1",
            params![login],
        )
        .await?;
    row.map(|row| Ok((account(&row)?, row.get(10)?))).transpose()
}

/// Saves an account's post, activity, lock and first password if nobody changed it since it was loaded.
///
/// # Errors
/// [`DbError::Stale`], or when the database fails.
pub async fn save(tx: &Tx, account: &Account) -> Result<(), DbError> {
    let changed = tx
        .execute(
            "update accounts set post = $3, is_active = $4, is_first_password = $5, failed_count = $6, \
             locked_until_at = $7, revision = revision + 1 where id = $1 and revision = $2",
            params![
                account.id,
                account.revision,
                account.post.word(),
                account.is_active,
                account.is_first_password,
                account.lock.failed,
                account.lock.until
            ],
        )
        .await?;
    if changed == 0 { Err(DbError::Stale) } else { Ok(()) }
}

/// Notes a lock after an attempt to sign in; this is no change by anybody, so the revision stays.
///
/// # Errors
/// When the database fails.
pub async fn note_lock(tx: &Tx, id: Id, lock: Lock) -> Result<(), DbError> {
    tx.execute(
        "update accounts set failed_count = $2, locked_until_at = $3 where id = $1",
        params![id, lock.failed, lock.until],
    )
    .await?;
    Ok(())
}

/// Replaces a password.
///
/// # Errors
/// When the database fails.
pub async fn set_password(tx: &Tx, id: Id, password: &Hash, is_first: bool) -> Result<(), DbError> {
    tx.execute(
        "update accounts set password_hash = $2, is_first_password = $3, failed_count = 0, locked_until_at = 0, \
         revision = revision + 1 where id = $1",
        params![id, password.as_str(), is_first],
    )
    .await?;
    Ok(())
}

/// How many other active accounts hold a post.
///
/// # Errors
/// When the database fails.
pub async fn others(tx: &Tx, account: &Account) -> Result<i64, DbError> {
    tx.query_one(
        "select count(*) from accounts where post = $1 and is_active = 1 and id <> $2",
        params![account.post.word(), account.id],
    )
    .await?
    .get(0)
}

/// What a list of accounts is narrowed to; empty words narrow nothing.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Part of the login or the name.
    pub words: String,
    /// A post's word.
    pub post: String,
    /// Only those who may (or may not) sign in.
    pub is_active: Option<bool>,
    /// The login after which the page begins.
    pub after: String,
}

impl AccountFilter {
    fn pattern(&self) -> String {
        let words = self.words.trim().to_lowercase();
        format!("%{}%", words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
    }
}

/// An account in a list.
#[derive(Debug, Clone, Serialize)]
pub struct AccountLine {
    /// Its identifier.
    pub id: Id,
    /// What is typed at sign-in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The post's word.
    pub post: &'static str,
    /// The department's names; empty for none.
    pub department_zh: String,
    /// The same in English.
    pub department_en: String,
    /// Its code.
    pub department_code: String,
    /// True when the person may sign in.
    pub is_active: bool,
    /// True until the first password has been replaced.
    pub is_first_password: bool,
    /// Until when it is locked.
    pub locked_until: Moment,
    /// The number by which the employer knows the person; empty for none.
    pub employee_number: String,
}

/// A page of accounts by login.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, filter: &AccountFilter) -> Result<Page<AccountLine>, DbError> {
    let rows = tx
        .query(
            "select a.id, a.login, a.name, a.post, coalesce(d.name_zh, ''), coalesce(d.name_en, ''), a.is_active, \
             a.is_first_password, a.locked_until_at, a.employee_number, coalesce(d.code, '') from accounts a \
             left join departments d on d.id = a.department_id where a.login > $1 and ($2 = '' or a.post = $2) and ($3 < 0 or a.is_active = $3) \
             and (a.login like $4 escape '\\' or lower(a.name) like $4 escape '\\' or lower(a.employee_number) like $4 escape '\\') order by a.login limit $5",
            params![&filter.after, &filter.post, filter.is_active.map_or(-1, i64::from), filter.pattern(), PAGE + 1],
        )
        .await?;
    let lines: Vec<AccountLine> = rows
        .iter()
        .map(|row| {
            Ok(AccountLine {
                id: row.get(0)?,
                login: row.get(1)?,
                name: row.get(2)?,
                post: post(row, 3)?.word(),
                department_zh: row.get(4)?,
                department_en: row.get(5)?,
                is_active: row.get(6)?,
                is_first_password: row.get(7)?,
                locked_until: row.get(8)?,
                employee_number: row.get(9)?,
                department_code: row.get(10)?,
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok(Page::cut(lines, |line| line.login.clone()))
}

/// How many accounts a filter finds, on all its pages.
///
/// # Errors
/// When the database fails.
pub async fn found(tx: &Tx, filter: &AccountFilter) -> Result<i64, DbError> {
    tx.query_one(
        "select count(*) from accounts a where ($1 = '' or a.post = $1) and ($2 < 0 or a.is_active = $2) \
         and (a.login like $3 escape '\\' or lower(a.name) like $3 escape '\\' or lower(a.employee_number) like $3 escape '\\')",
        params![&filter.post, filter.is_active.map_or(-1, i64::from), filter.pattern()],
    )
    .await?
    .get(0)
}

/// How many accounts there are, how many may sign in, and how many departments.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx) -> Result<(i64, i64, i64), DbError> {
    let row = tx
        .query_one(
            "select count(*), coalesce(sum(case when is_active = 1 then 1 else 0 end), 0), \
             (select count(*) from departments) from accounts",
            params![],
        )
        .await?;
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// From where somebody knocked.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The network address.
    pub address: String,
    /// What the browser calls itself.
    pub device: String,
}

/// Logs an attempt to sign in, or the end of a session: its outcome, and what was shown (`password`, `code`, `recovery`,
/// `passkey`, a provider's word).
///
/// # Errors
/// When the database fails.
pub async fn log_sign_in(
    tx: &Tx,
    login: &str,
    account: Option<Id>,
    (outcome, way): (Outcome, &str),
    origin: &Origin,
    now: Moment,
) -> Result<(), DbError> {
    tx.execute(
        "insert into sign_ins (id, login, account_id, outcome, address, device, at, way) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id::fresh(), login, account, outcome.word(), &origin.address, &origin.device, now, way],
    )
    .await?;
    Ok(())
}

/// A line of the log of sign-ins.
#[derive(Debug, Clone, Serialize)]
pub struct SignInLine {
    /// Its identifier, by which pages are cut.
    pub id: Id,
    /// What was typed as a login.
    pub login: String,
    /// The person's name, when the login was one.
    pub name: Option<String>,
    /// The outcome's word.
    pub outcome: String,
    /// What was shown; empty in lines of before this was kept.
    pub way: String,
    /// The network address.
    pub address: String,
    /// What the browser calls itself.
    pub device: String,
    /// When.
    pub at: Moment,
}

/// A page of the log of sign-ins, newest first, before the identifier `before`.
///
/// # Errors
/// When the database fails.
pub async fn sign_ins(tx: &Tx, outcome: &str, login: &str, before: Id) -> Result<Page<SignInLine>, DbError> {
    let rows = tx
        .query(
            "select s.id, s.login, a.name, s.outcome, s.address, s.device, s.at, s.way from sign_ins s \
             left join accounts a on a.id = s.account_id \
             where s.id < $1 and ($2 = '' or s.outcome = $2) and ($3 = '' or s.login = $3) \
             order by s.id desc limit $4",
            params![before, outcome, login, PAGE + 1],
        )
        .await?;
    let lines: Vec<SignInLine> = rows
        .iter()
        .map(|row| {
            Ok(SignInLine {
                id: row.get(0)?,
                login: row.get(1)?,
                name: row.get(2)?,
                outcome: row.get(3)?,
                address: row.get(4)?,
                device: row.get(5)?,
                at: row.get(6)?,
                way: row.get(7)?,
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok(Page::cut(lines, |line| line.id.to_string()))
}

/// What administration did; the timeline shows it, but stands below people.
#[derive(Debug, Clone)]
pub struct Change {
    /// `account`, `department`, `import`, `places` (a list of them), `place`, `api_key`, `api_token`, `webhook`, `announcement`, `hotline_source`, `hotline_file`, `partner`, `roll` or `superior_batch`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Id,
    /// A past participle.
    pub kind: &'static str,
    /// Who did it; none at the command line.
    pub author: Option<Id>,
    /// What else is known, as an object.
    pub body: Value,
}

/// Records a fact of administration in the transaction of the change.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, change: &Change, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into facts (id, subject, subject_id, kind, is_public, author_id, at, body) \
         values ($1, $2, $3, $4, 0, $5, $6, $7)",
        params![
            id::fresh(),
            change.subject,
            change.subject_id,
            change.kind,
            change.author,
            now,
            change.body.to_string()
        ],
    )
    .await?;
    Ok(())
}

/// A line of the log of administration.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeLine {
    /// Its identifier, by which pages are cut.
    pub id: Id,
    /// `account`, `department`, `import`, `places` (a list of them), `place`, `api_key`, `api_token`, `webhook`, `announcement`, `hotline_source`, `hotline_file`, `partner`, `roll` or `superior_batch`.
    pub subject: String,
    /// What it is called: a login or a department's name.
    pub name: String,
    /// A past participle.
    pub kind: String,
    /// Who did it; none at the command line.
    pub author: Option<String>,
    /// When.
    pub at: Moment,
    /// What else is known.
    pub body: Value,
}

/// A page of the log of administration, newest first, before the identifier `before`; of one subject when it is given.
///
/// # Errors
/// When the database fails.
pub async fn changes(tx: &Tx, subject_id: Option<Id>, before: Id) -> Result<Page<ChangeLine>, DbError> {
    let rows = tx
        .query(
            "select f.id, f.subject, coalesce(t.login, d.name_zh, ''), f.kind, a.name, f.at, f.body from facts f \
             left join accounts a on a.id = f.author_id left join accounts t on t.id = f.subject_id \
             left join departments d on d.id = f.subject_id \
             where f.subject in ('account', 'department', 'import', 'places', 'place', 'api_key', 'api_token', 'webhook', 'announcement', \
             'hotline_source', 'hotline_file', 'partner', 'roll', 'superior_batch', 'claim') and f.id < $1 and (cast($2 as bigint) = 0 or f.subject_id = $2) \
             order by f.id desc limit $3",
            params![before, subject_id.unwrap_or(0), PAGE + 1],
        )
        .await?;
    let lines: Vec<ChangeLine> = rows
        .iter()
        .map(|row| {
            let body: String = row.get(6)?;
            Ok(ChangeLine {
                id: row.get(0)?,
                subject: row.get(1)?,
                name: row.get(2)?,
                kind: row.get(3)?,
                author: row.get(4)?,
                at: row.get(5)?,
                body: serde_json::from_str(&body).unwrap_or_else(|_| json!({})),
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok(Page::cut(lines, |line| line.id.to_string()))
}

/// Keeps a credential of somebody who enforces.
///
/// # Errors
/// `people-credential-whose` for an account that is no active officer or unit leader, `people-credential-taken` for a number
/// or a first day that is there already; when the database fails.
pub async fn keep_credential(tx: &Tx, account: Id, held: &Held, by: Id, now: Moment) -> Result<(), Error> {
    let found = load(tx, account).await?;
    if !found.is_active || !CREDENTIALED.contains(&found.post) {
        return Err(Refusal::new("people-credential-whose").on("account").into());
    }
    let is_kept = tx
        .execute(
            "insert into credentials (account_id, number, from_on, until_on, kept_at, kept_by) \
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            params![account, &held.number, held.from.to_string(), held.until.to_string(), now, by],
        )
        .await?;
    if is_kept == 1 { Ok(()) } else { Err(Refusal::new("people-credential-taken").on("number").into()) }
}

/// Who needs a credential.
const CREDENTIALED: [Post; 2] = [Post::EnforcementOfficer, Post::UnitLeader];

fn held(row: &Row, index: usize) -> Result<Option<Held>, DbError> {
    let number: Option<String> = row.get(index)?;
    let Some(number) = number else { return Ok(None) };
    let day = |index: usize| -> Result<jiff::civil::Date, DbError> {
        let text: String = row.get(index)?;
        text.parse().map_err(|error| DbError::Row(format!("a credential's day: {error}")))
    };
    Ok(Some(Held { number, from: day(index + 1)?, until: day(index + 2)? }))
}

/// The credential of an account that is valid on a day; without one, the last that it had.
///
/// # Errors
/// When the database fails.
pub async fn credential_on(tx: &Tx, account: Id, day: jiff::civil::Date) -> Result<Option<Held>, DbError> {
    let sql = "select number, from_on, until_on from credentials where account_id = $1 and from_on <= $2 \
               order by until_on desc limit 1";
    let row = tx.query_opt(sql, params![account, day.to_string()]).await?;
    row.map_or(Ok(None), |row| held(&row, 0))
}

/// Every active officer and unit leader with each of their credentials, by department and name; without one, a line alone.
///
/// # Errors
/// When the database fails.
pub async fn credential_lines(tx: &Tx) -> Result<Vec<CredentialLine>, DbError> {
    let sql = "select a.id, a.name, a.post, coalesce(d.name_zh, ''), coalesce(d.name_en, ''), c.number, c.from_on, c.until_on \
               from accounts a left join departments d on d.id = a.department_id left join credentials c on c.account_id = a.id \
               where a.is_active = 1 and a.post in ('enforcement_officer', 'unit_leader') \
               order by d.code, a.name, a.id, c.until_on desc limit 2000";
    let rows = tx.query(sql, vec![]).await?;
    rows.iter()
        .map(|row| {
            Ok(CredentialLine {
                account: row.get(0)?,
                name: row.get(1)?,
                post: post(row, 2)?,
                department: (row.get(3)?, row.get(4)?),
                held: held(row, 5)?,
            })
        })
        .collect()
}

/// Keeps what lets somebody review penalty decisions; what was kept before gives way.
///
/// # Errors
/// `people-qualification-whose` for an account that is no active reviewer; when the database fails.
pub async fn keep_qualification(tx: &Tx, account: Id, held: &Qualification, by: Id, now: Moment) -> Result<(), Error> {
    let found = load(tx, account).await?;
    if !found.is_active || found.post != Post::LegalReviewer {
        return Err(Refusal::new("people-qualification-whose").on("reviewer").into());
    }
    let sql = "insert into review_qualifications (account_id, kind, number, since_on, kept_at, kept_by) \
               values ($1, $2, $3, $4, $5, $6) on conflict (account_id) do update set kind = excluded.kind, \
               number = excluded.number, since_on = excluded.since_on, kept_at = excluded.kept_at, kept_by = excluded.kept_by";
    tx.execute(sql, params![account, held.kind.word(), &held.number, held.since.to_string(), now, by]).await?;
    Ok(())
}

fn qualification(row: &Row, index: usize) -> Result<Option<Qualification>, DbError> {
    let kind: Option<String> = row.get(index)?;
    let Some(kind) = kind else { return Ok(None) };
    let wrong = |what: String| DbError::Row(format!("a qualification: {what}"));
    let kind = QualificationKind::parse(&kind).ok_or_else(|| wrong(kind.clone()))?;
    let since: String = row.get(index + 2)?;
    let since = since.parse().map_err(|error| wrong(format!("{error}")))?;
    Ok(Some(Qualification { kind, number: row.get(index + 1)?, since }))
}

/// What lets an account review penalty decisions on a day; none for those who may not.
///
/// # Errors
/// When the database fails.
pub async fn qualification_on(tx: &Tx, account: Id, day: jiff::civil::Date) -> Result<Option<Qualification>, DbError> {
    let sql = "select kind, number, since_on from review_qualifications where account_id = $1 and since_on <= $2";
    let row = tx.query_opt(sql, params![account, day.to_string()]).await?;
    row.map_or(Ok(None), |row| qualification(&row, 0))
}

/// Every active reviewer with what lets them review.
///
/// # Errors
/// When the database fails.
pub async fn reviewers(tx: &Tx) -> Result<Vec<ReviewerLine>, DbError> {
    let sql = "select a.id, a.name, q.kind, q.number, q.since_on from accounts a left join review_qualifications q \
               on q.account_id = a.id where a.is_active = 1 and a.post = 'legal_reviewer' order by a.name, a.id limit 500";
    let rows = tx.query(sql, vec![]).await?;
    rows.iter()
        .map(|row| Ok(ReviewerLine { account: row.get(0)?, name: row.get(1)?, held: qualification(row, 2)? }))
        .collect()
}

/// Somebody whom a form may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The account.
    pub account: Id,
    /// The name.
    pub name: String,
    /// The post.
    pub post: Post,
    /// The department.
    pub department: Option<Id>,
}

/// The units that officers belong to, in the order of their codes.
///
/// # Errors
/// When the database fails.
pub async fn enforcing_units(tx: &Tx) -> Result<Vec<Department>, DbError> {
    let officers = holding(tx, &[Post::EnforcementOfficer, Post::UnitLeader]).await?;
    let own: BTreeSet<Id> = officers.iter().filter_map(|one| one.department).collect();
    let mut all = departments(tx).await?;
    all.retain(|department| department.is_active && own.contains(&department.id));
    all.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(all)
}

/// Active accounts that hold one of these posts, by name.
///
/// # Errors
/// When the database fails.
pub async fn holding(tx: &Tx, posts: &[Post]) -> Result<Vec<Named>, DbError> {
    let mut all = Vec::new();
    for wanted in posts {
        let sql = "select id, name, post, department_id from accounts where is_active = 1 and post = $1 order by name, id limit 500";
        for row in tx.query(sql, params![wanted.word()]).await? {
            all.push(Named { account: row.get(0)?, name: row.get(1)?, post: post(&row, 2)?, department: row.get(3)? });
        }
    }
    Ok(all)
}

/// For every account with credentials: the one that is valid on a day, else the last that began before it.
///
/// # Errors
/// When the database fails.
pub async fn credentials_on(tx: &Tx, day: jiff::civil::Date) -> Result<std::collections::BTreeMap<Id, Held>, DbError> {
    let sql = "select number, from_on, until_on, account_id from credentials where from_on <= $1 order by account_id, until_on";
    let rows = tx.query(sql, params![day.to_string()]).await?;
    let mut all = std::collections::BTreeMap::new();
    for row in &rows {
        if let Some(found) = held(row, 0)? {
            all.insert(row.get(3)?, found);
        }
    }
    Ok(all)
}

/// The names of accounts, active or not.
///
/// # Errors
/// When the database fails.
pub async fn names(tx: &Tx, wanted: &[Id]) -> Result<std::collections::BTreeMap<Id, String>, DbError> {
    let mut names = std::collections::BTreeMap::new();
    for some in wanted.chunks(100) {
        let sql = format!("select id, name from accounts where id in ({})", slots(0, some.len()));
        for row in tx.query(&sql, some.iter().map(|id| (*id).into()).collect()).await? {
            names.insert(row.get(0)?, row.get(1)?);
        }
    }
    Ok(names)
}

/// The name of an account; empty for nobody and for an account that is not there.
///
/// # Errors
/// When the database fails.
pub async fn name_of(tx: &Tx, account: Option<Id>) -> Result<String, DbError> {
    let Some(account) = account else { return Ok(String::new()) };
    let row = tx.query_opt("select name from accounts where id = $1", params![account]).await?;
    row.map_or_else(|| Ok(String::new()), |row| row.get(0))
}

/// The tries of a browser that is known for an account and was used to sign in after `since`.
///
/// # Errors
/// When the database fails.
pub async fn known_browser(tx: &Tx, key: &str, account: Id, since: Moment) -> Result<Option<Lock>, DbError> {
    let sql = "select failed_count, locked_until_at from known_browsers \
               where key = $1 and account_id = $2 and seen_at > $3";
    let row = tx.query_opt(sql, params![key, account, since]).await?;
    row.map(|row| Ok(Lock { failed: row.get(0)?, until: row.get(1)? })).transpose()
}

/// Notes the tries of a known browser.
///
/// # Errors
/// When the database fails.
pub async fn note_known_browser(tx: &Tx, key: &str, lock: Lock) -> Result<(), DbError> {
    let sql = "update known_browsers set failed_count = $2, locked_until_at = $3 where key = $1";
    tx.execute(sql, params![key, lock.failed, lock.until]).await?;
    Ok(())
}

/// Keeps a browser as known for an account, in place of `before`; those that were last used before `since` are forgotten.
///
/// # Errors
/// When the database fails.
pub async fn keep_known_browser(
    tx: &Tx,
    key: &str,
    account: Id,
    before: &str,
    now: Moment,
    since: Moment,
) -> Result<(), DbError> {
    let sql = "delete from known_browsers where account_id = $1 and (key = $2 or seen_at <= $3)";
    tx.execute(sql, params![account, before, since]).await?;
    tx.execute("insert into known_browsers (key, account_id, seen_at) values ($1, $2, $3)", params![key, account, now])
        .await?;
    Ok(())
}
