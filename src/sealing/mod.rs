//! Names, numbers and secrets lie encrypted in the database where the operator sets keys for it. What is sealed how, the kit knows
//! (`kit/sealing.rs`); which columns are, their rooms say. Here all of them are sealed anew after a key was added or changed, and a
//! key that is missing or is not what it was is noticed. It has no doors: an operator does it. Lends out [`begin`] and [`run`].

pub mod store;

use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::sealing::{Column, KEYS, Personal, RowKey, Unreadable};
use crate::{api, claims, duty, exchange, follows, hotline, inspection, notices, reports};

/// Every column that is sealed.
pub const COLUMNS: [Column; 32] = [
    reports::store::CONTACT_NAME,
    reports::store::CONTACT_PHONE,
    inspection::store::REPORT_PHONE,
    hotline::SAID,
    hotline::CELLS,
    api::webhooks::store::SECRET,
    api::webhooks::store::OLD_SECRET,
    exchange::store::PARTNER_SECRET,
    reports::store::DETAIL_SENT,
    reports::store::DETAIL_VALUE_ZH,
    reports::store::DETAIL_VALUE_EN,
    follows::store::EMAIL,
    follows::store::ENDPOINT,
    follows::store::P256DH,
    follows::store::AUTH,
    follows::store::SECRET,
    notices::store::ADDRESS,
    notices::store::WANTED,
    notices::store::DEVICE_ENDPOINT,
    notices::store::DEVICE_P256DH,
    notices::store::DEVICE_AUTH,
    duty::store::PHONE,
    inspection::store::CONTACT,
    inspection::store::PHONE,
    claims::store::SEALED[0],
    claims::store::SEALED[1],
    claims::store::SEALED[2],
    claims::store::SEALED[3],
    claims::store::SEALED[4],
    claims::store::SEALED[5],
    claims::store::SEALED[6],
    claims::store::SEALED[7],
];
/// Where the word lies that was sealed with each key.
const PROOF: Column = Column::of("data_keys", "proof");
/// It is bound to no row.
const THE_ROW: Id = 0;
/// That word.
const WORD: &str = "steward";
/// So many rows are changed in one transaction.
const SOME: usize = 500;

/// How a column stands, or stood before it was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub column: Column,
    /// In how many rows there is something.
    pub rows: u64,
    /// How many of these were sealed anew, or would be.
    pub sealed: u64,
    /// How many cannot be read, and stay as they lie.
    pub unreadable: u64,
}

/// How the keys that were ever used stand to those that the program was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keeping {
    /// Those with which something may be sealed and which the program was not given.
    pub missing: Vec<String>,
    /// Those of whose name it was given another.
    pub wrong: Vec<String>,
    /// True when the one that seals was never used before.
    pub is_new: bool,
}

/// Looks at the keys that were ever used.
///
/// # Errors
/// When the database fails.
pub async fn look(db: &Db) -> Result<Keeping, DbError> {
    let known = db.read(|tx| async move { store::keys(&tx).await }).await?;
    let mut keeping = Keeping::default();
    for (name, proof) in &known {
        match db.keys().open(PROOF, THE_ROW, proof.clone()) {
            Personal::Known(word) if word == WORD => {}
            Personal::Unreadable { why: Unreadable::KeyMissing(_), .. } => keeping.missing.push(name.clone()),
            _ => keeping.wrong.push(name.clone()),
        }
    }
    keeping.is_new = db.keys().sealing().is_some_and(|name| known.iter().all(|(one, _)| one != name));
    Ok(keeping)
}

/// What is done before anything is sealed: the key that seals is noted. Answers the names of keys that are missing.
///
/// # Errors
/// When a key is not the one that it was; when the database fails.
pub async fn begin(db: &Db, now: Moment) -> Result<Vec<String>, Error> {
    let keeping = look(db).await.map_err(Error::Db)?;
    if !keeping.wrong.is_empty() {
        return Err(Error::Internal(wrong(&keeping.wrong)));
    }
    if let (true, Some(name)) = (keeping.is_new, db.keys().sealing().map(str::to_owned)) {
        let noted = db.write(move |tx| async move {
            let proof = tx.seal(PROOF, THE_ROW, WORD)?;
            store::note_key(&tx, &name, &proof, now).await
        });
        noted.await.map_err(Error::Db)?;
    }
    Ok(keeping.missing)
}

/// What an operator reads about keys that are not what they were.
pub fn wrong(names: &[String]) -> String {
    format!(
        "{KEYS}: the key {} is not the one that the database was sealed with; put the old one back, and give a new key a new name",
        names.join(", ")
    )
}

/// Seals whatever is not sealed with the first key, some rows at a time, while everybody goes on working; with `is_dry` it is only
/// counted. Keys that nothing is sealed with any more are then forgotten. `progress` hears the column and how many of its rows
/// were looked at.
///
/// # Errors
/// When there is no key to seal with, or one is not what it was; when the database fails: what was sealed until then is.
pub async fn run(db: &Db, is_dry: bool, now: Moment, progress: impl Fn(Column, u64)) -> Result<Vec<Counted>, Error> {
    let Some(name) = db.keys().sealing().map(str::to_owned) else {
        return Err(Error::Internal(format!(
            "{KEYS} is not set: there is no key to seal with; make one with: openssl rand -base64 32"
        )));
    };
    if !is_dry {
        begin(db, now).await?;
    }
    let mut all = Vec::new();
    for column in COLUMNS {
        all.push(seal(db, column, is_dry, &progress).await.map_err(Error::Db)?);
    }
    if !is_dry && all.iter().all(|one| one.unreadable == 0) {
        let forgotten = db.write(move |tx| async move { store::forget_keys_but(&tx, &name).await });
        forgotten.await.map_err(Error::Db)?;
    }
    Ok(all)
}

async fn seal(db: &Db, column: Column, is_dry: bool, progress: &impl Fn(Column, u64)) -> Result<Counted, DbError> {
    let (mut counted, mut after) = (Counted { column, rows: 0, sealed: 0, unreadable: 0 }, RowKey::from(Id::MIN));
    loop {
        let from = after.clone();
        let page = db.read(move |tx| async move { store::page(&tx, column, &from, SOME).await }).await?;
        let Some((last, _)) = page.last() else { return Ok(counted) };
        after.clone_from(last);
        counted.rows += page.len() as u64;
        let old: Vec<(RowKey, String)> = page.into_iter().filter(|(_, stored)| !db.keys().is_current(stored)).collect();
        let (sealed, unreadable) = if is_dry {
            let is_unreadable = |(row, stored): &&(RowKey, String)| {
                db.keys().open(column, row.clone(), stored.clone()).known().is_none()
            };
            let unreadable = old.iter().filter(is_unreadable).count() as u64;
            (old.len() as u64 - unreadable, unreadable)
        } else if old.is_empty() {
            (0, 0)
        } else {
            db.write(move |tx| async move {
                let (mut sealed, mut unreadable) = (0, 0);
                for (row, stored) in old {
                    match tx.open(column, row.clone(), stored.clone()) {
                        Personal::Known(text) => {
                            let anew = tx.seal(column, row.clone(), &text)?;
                            // Its mark changes with it. Whoever has changed the row meanwhile has sealed it.
                            let mark = tx.mark(column, &text);
                            sealed += store::replace(&tx, column, &row, &stored, &anew, &mark).await?;
                        }
                        Personal::Unreadable { .. } => unreadable += 1,
                    }
                }
                Ok::<_, DbError>((sealed, unreadable))
            })
            .await?
        };
        counted.sealed += sealed;
        counted.unreadable += unreadable;
        progress(column, counted.rows);
    }
}
