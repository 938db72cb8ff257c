//! `account add|reset|list`: what an operator does at the machine, where the administrators cannot help themselves.

use super::account::{Lock, Rules, login};
use super::act::Post;
use super::department::read_departments;
use super::store::{self, AccountFilter, Change, NewAccount};
use super::{password, sessions};
use crate::kit::clock::Moment;
use crate::kit::db::Db;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::Id;
use serde_json::json;

/// Makes an active account of any post; answers its first password, which must be replaced at the first sign-in.
///
/// # Errors
/// A refusal of the login, the name, the post or the department, or when the database fails.
pub async fn account_add(
    db: &Db,
    now: Moment,
    login_typed: &str,
    name: &str,
    post: &str,
    department_code: Option<String>,
) -> Result<String, Error> {
    let post = Post::parse(post).ok_or_else(|| Refusal::new("people-post-unknown"))?;
    let first = password::first();
    let account = NewAccount {
        login: login(login_typed)?,
        name: required("name", name, 60)?,
        post,
        department_code,
        password: password::hash(first.clone()).await?,
        is_first_password: true,
        is_active: true,
    };
    db.write(move |tx| async move {
        let id = store::make_account(&tx, account, now).await?;
        store::record(&tx, &change(id, "made", json!({ "post": post.word() })), now).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(first)
}

fn change(id: Id, kind: &'static str, body: serde_json::Value) -> Change {
    Change { subject: "account", subject_id: id, kind, author: None, body }
}

/// Gives an account a first password again, takes its second factors, unlocks and activates it; answers the password. The only way for the three
/// administrators.
///
/// # Errors
/// [`Error::NotFound`] when there is no such login, or when the database fails.
pub async fn account_reset(db: &Db, now: Moment, login_typed: &str) -> Result<String, Error> {
    let (login, first) = (login(login_typed)?, password::first());
    let hash = password::hash(first.clone()).await?;
    db.write(move |tx| async move {
        let (mut account, _) = store::credentials(&tx, &login).await?.ok_or(Error::NotFound)?;
        (account.is_active, account.lock) = (true, Lock::default());
        store::save(&tx, &account).await?;
        store::set_password(&tx, account.id, &hash, true).await?;
        sessions::end_all(&tx, account.id).await?;
        // Whoever helps the last security administrator helps with a lost phone, too.
        super::identity::store::reset(&tx, account.id).await?;
        store::record(&tx, &change(account.id, "password_reset", json!({})), now).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(first)
}

/// All accounts, a line each: login, post, name, department, and what keeps the person out.
///
/// # Errors
/// When the database fails.
pub async fn account_list(db: &Db, now: Moment) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    let mut after = String::new();
    loop {
        let filter = AccountFilter { after: after.clone(), ..AccountFilter::default() };
        let page = db.read(move |tx| async move { store::list(&tx, &filter).await }).await?;
        lines.extend(page.rows.iter().map(|line| {
            let state = match (line.is_active, line.locked_until > now, line.is_first_password) {
                (false, ..) => "inactive",
                (_, true, _) => "locked",
                (_, _, true) => "first password",
                _ => "",
            };
            format!("{}\t{}\t{}\t{}\t{state}", line.login, line.post, line.name, line.department_zh)
                .trim_end()
                .to_owned()
        }));
        match page.next {
            Some(next) => after = next,
            None => return Ok(lines),
        }
    }
}

/// What came of a list of departments.
#[derive(Debug, Default)]
pub struct Came {
    /// How many were new.
    pub made: usize,
    /// How many were there and got what the list says.
    pub renamed: usize,
    /// What was refused, with its `line`.
    pub bad: Vec<Refusal>,
}

/// Brings a list of departments (`departments.csv`) into the tree; a bad line is named and never loses the good ones. A dry
/// run only reads the list.
///
/// # Errors
/// When the database fails.
pub async fn departments_import(db: &Db, now: Moment, text: &str, is_dry_run: bool) -> Result<Came, Error> {
    let (departments, unreadable) = read_departments(text);
    let known = db.read(|tx| async move { store::departments(&tx).await }).await.map_err(Error::Db)?;
    let is_known = move |code: &str| known.iter().any(|one| one.code == code);
    let mut came = db
        .write(move |tx| {
            let (departments, is_known) = (departments.clone(), is_known.clone());
            async move {
                let mut came = Came::default();
                for one in departments {
                    let is_new = !is_known(&one.code);
                    if !is_dry_run {
                        let id = match store::put_department(&tx, &one).await {
                            Ok(id) => id,
                            Err(Error::Refused(refusal)) => {
                                came.bad.push(refusal.with("line", one.line));
                                continue;
                            }
                            Err(error) => return Err(error),
                        };
                        let kind = if is_new { "made" } else { "renamed" };
                        let body = json!({ "code": one.code, "name_zh": one.name_zh });
                        let change = Change { subject: "department", subject_id: id, kind, author: None, body };
                        store::record(&tx, &change, now).await?;
                    }
                    if is_new { came.made += 1 } else { came.renamed += 1 }
                }
                Ok::<_, Error>(came)
            }
        })
        .await?;
    came.bad.extend(unreadable);
    Ok(came)
}

/// The rules of a city's accounts, for `check`: none of them may be weaker than the program allows.
///
/// # Errors
/// A sentence per setting that was clamped.
pub fn check_rules(settings: &toml::Table) -> Vec<String> {
    let rules = Rules::of(settings);
    let accounts = settings.get("accounts").and_then(toml::Value::as_table);
    let asked = accounts.and_then(|table| table.get("minimum_length")).and_then(toml::Value::as_integer);
    match asked {
        Some(asked) if asked < 8 => {
            vec![format!("city.toml: accounts.minimum_length {asked} is read as {}", rules.shortest)]
        }
        _ => Vec::new(),
    }
}
