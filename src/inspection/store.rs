//! The room's tables.

use super::bringing::{Found, Import, ImportState};
use super::check::{Alert, Check, CheckAct, CheckStage, CheckStep, Fact, Outcome, Reason};
use super::draw::Lot;
use super::enterprise::{Enterprise, Kind, Particulars, Place, State};
use super::items::Items;
use crate::enforcement::case::{Law, Role};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::kit::sealing::{Column, Personal};
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::timeline;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the timeline calls a check of an enterprise.
pub const SUBJECT: &str = "inspection";
/// What it calls an enterprise.
pub const ENTERPRISE: &str = "enterprise";
/// How far from an enterprise a case counts as near, in metres.
pub const NEAR: u32 = 200;

/// Which checks exist for somebody. What lies outside does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The head and whoever reviews: all.
    All,
    /// A unit's people: the unit's, and those that name oneself.
    Unit(Id, Id),
    /// Helpers: those that name them.
    Own(Id),
}

impl Scope {
    /// What exists for somebody.
    pub fn of(actor: &Actor) -> Scope {
        match (actor.post, actor.department) {
            (Post::Leader | Post::LegalReviewer, _) => Scope::All,
            (Post::EnforcementOfficer | Post::UnitLeader, Some(unit)) => Scope::Unit(unit, actor.account),
            _ => Scope::Own(actor.account),
        }
    }

    fn condition(self, params: &mut Vec<Value>) -> String {
        let mut put = |value: Id| {
            params.push(Value::Int(value));
            params.len()
        };
        let named =
            |at: usize| format!("i.id in (select inspection_id from inspection_people where account_id = ${at})");
        match self {
            Scope::All => "1 = 1".to_owned(),
            Scope::Unit(unit, account) => {
                let unit = put(unit);
                format!("(i.department_id = ${unit} or {})", named(put(account)))
            }
            Scope::Own(account) => named(put(account)),
        }
    }
}

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

fn strange(what: &str) -> DbError {
    DbError::Row(format!("{what} cannot be read"))
}

// ---------- enterprises ----------

/// Who answers for an enterprise.
pub const CONTACT: Column = Column::of("enterprises", "contact");
/// Their telephone.
pub const PHONE: Column = Column::of("enterprises", "phone");

const ENTERPRISES: &str = "e.id, e.code, e.name, e.credit_code, e.kind, e.address, e.contact, e.phone, e.lon, e.lat, e.cell, \
                           e.community, e.street, e.state, e.merged_into, e.closed_why, e.author_id, e.added_at, e.revision";

fn enterprise(tx: &Tx, row: &Row) -> Result<Enterprise, DbError> {
    let id: Id = row.get(0)?;
    let (kind, state): (String, String) = (row.get(4)?, row.get(13)?);
    Ok(Enterprise {
        id,
        code: row.get(1)?,
        particulars: Particulars {
            name: row.get(2)?,
            credit_code: row.get(3)?,
            kind: Kind::parse(&kind).ok_or_else(|| strange("an enterprise's kind"))?,
            address: row.get(5)?,
            contact: tx.open(CONTACT, id, row.get(6)?),
            phone: tx.open(PHONE, id, row.get(7)?),
        },
        place: Place {
            lon: row.get(8)?,
            lat: row.get(9)?,
            cell: row.get(10)?,
            community: row.get(11)?,
            street: row.get(12)?,
        },
        state: State::parse(&state).ok_or_else(|| strange("an enterprise's state"))?,
        merged_into: row.get(14)?,
        closed_why: row.get(15)?,
        author: row.get(16)?,
        added_at: row.get(17)?,
        revision: row.get(18)?,
    })
}

fn enterprise_values(tx: &Tx, one: &Enterprise) -> Result<Vec<Value>, DbError> {
    let (particulars, place) = (&one.particulars, &one.place);
    Ok(params![
        one.id,
        &particulars.name,
        &particulars.credit_code,
        particulars.kind.word(),
        &particulars.address,
        tx.keep(CONTACT, one.id, &particulars.contact)?,
        tx.keep(PHONE, one.id, &particulars.phone)?,
        place.lon,
        place.lat,
        &place.cell,
        &place.community,
        &place.street,
        one.state.word(),
        one.merged_into,
        &one.closed_why,
        one.revision,
    ])
}

/// Keeps a new enterprise.
///
/// # Errors
/// When the database fails.
pub async fn add_enterprise(tx: &Tx, one: &Enterprise) -> Result<(), DbError> {
    let sql = "insert into enterprises (id, name, credit_code, kind, address, contact, phone, lon, lat, cell, community, street, \
               state, merged_into, closed_why, revision, code, author_id, added_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
               $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let mut values = enterprise_values(tx, one)?;
    values.extend(params![&one.code, one.author, one.added_at]);
    tx.execute(sql, values).await?;
    Ok(())
}

/// Saves an enterprise that had this revision.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_enterprise(tx: &Tx, one: &Enterprise, revision: i64) -> Result<(), DbError> {
    let sql = "update enterprises set name = $2, credit_code = $3, kind = $4, address = $5, contact = $6, phone = $7, lon = $8, \
               lat = $9, cell = $10, community = $11, street = $12, state = $13, merged_into = $14, closed_why = $15, \
               revision = $16 where id = $1 and revision = $17";
    let mut values = enterprise_values(tx, one)?;
    values.push(Value::Int(revision));
    if tx.execute(sql, values).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// The enterprise of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load_enterprise(tx: &Tx, id: Id) -> Result<Enterprise, Error> {
    let sql = format!("select {ENTERPRISES} from enterprises e where e.id = $1");
    Ok(enterprise(tx, &tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?)?)
}

/// The enterprise of this entry code; one that was merged leads to the other.
///
/// # Errors
/// When the database fails.
pub async fn enterprise_of_code(tx: &Tx, code: &str) -> Result<Option<Enterprise>, Error> {
    let sql = format!("select {ENTERPRISES} from enterprises e where e.code = $1");
    let Some(row) = tx.query_opt(&sql, params![code]).await? else { return Ok(None) };
    let mut found = enterprise(tx, &row)?;
    // What was merged may have been merged again; never in a ring, for only open ones are merged into.
    for _ in 0..8 {
        let Some(into) = found.merged_into else { break };
        found = load_enterprise(tx, into).await?;
    }
    Ok(Some(found))
}

/// The enterprise that has this credit code and was not merged into another.
///
/// # Errors
/// When the database fails.
pub async fn enterprise_of_credit_code(tx: &Tx, credit_code: &str) -> Result<Option<Enterprise>, DbError> {
    let sql = format!("select {ENTERPRISES} from enterprises e where e.credit_code = $1 and e.state <> 'merged'");
    tx.query_opt(&sql, params![credit_code]).await?.as_ref().map(|row| enterprise(tx, row)).transpose()
}

/// Open enterprises of exactly this name and address, without a credit code.
///
/// # Errors
/// When the database fails.
pub async fn enterprise_of_name(tx: &Tx, name: &str, address: &str) -> Result<Option<Enterprise>, DbError> {
    let sql = format!(
        "select {ENTERPRISES} from enterprises e where e.name = $1 and e.address = $2 and e.credit_code = '' \
         and e.state = 'open' order by e.id limit 1"
    );
    tx.query_opt(&sql, params![name, address]).await?.as_ref().map(|row| enterprise(tx, row)).transpose()
}

/// Which enterprises a list shows.
#[derive(Debug, Clone, Default)]
pub struct EnterpriseFilter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only in this street.
    pub street: String,
    /// Only whose name, code or address has this.
    pub text: String,
    /// The identifier of the last row of the page before.
    pub after: Option<Id>,
    /// At most so many; a page when none.
    pub most: Option<usize>,
}

impl EnterpriseFilter {
    fn conditions(&self, params: &mut Vec<Value>) -> String {
        let mut conditions = vec!["1 = 1".to_owned()];
        let mut with = |condition: &str, value: Value| {
            params.push(value);
            conditions.push(condition.replace("$n", &format!("${}", params.len())));
        };
        if let Some(state) = self.state {
            with("e.state = $n", state.word().into());
        }
        if let Some(kind) = self.kind {
            with("e.kind = $n", kind.word().into());
        }
        if !self.street.is_empty() {
            with("e.street = $n", self.street.as_str().into());
        }
        if !self.text.is_empty() {
            let text = self.text.replace(['%', '_', '\\'], "");
            with("(e.name || ' ' || e.credit_code || ' ' || e.address) like $n", format!("%{text}%").into());
        }
        if let Some(after) = self.after {
            with("e.id < $n", after.into());
        }
        conditions.join(" and ")
    }
}

/// One page of enterprises, the youngest first.
///
/// # Errors
/// When the database fails.
pub async fn enterprises(tx: &Tx, filter: &EnterpriseFilter) -> Result<Page<Enterprise>, DbError> {
    let mut values = Vec::new();
    let within = filter.conditions(&mut values);
    let limit = filter.most.unwrap_or(PAGE + 1);
    let sql = format!("select {ENTERPRISES} from enterprises e where {within} order by e.id desc limit {limit}");
    let rows = tx.query(&sql, values).await?;
    let rows: Vec<Enterprise> = rows.iter().map(|row| enterprise(tx, row)).collect::<Result<_, _>>()?;
    if filter.most.is_some() {
        return Ok(Page { rows, next: None });
    }
    Ok(Page::cut(rows, |one| one.id.to_string()))
}

/// How many enterprises there are in each state.
///
/// # Errors
/// When the database fails.
pub async fn enterprise_counts(tx: &Tx) -> Result<BTreeMap<String, i64>, DbError> {
    let rows = tx.query("select state, count(*) from enterprises group by state", params![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Gives the checks of an enterprise to another that it is merged into.
///
/// # Errors
/// When the database fails.
pub async fn give_checks(tx: &Tx, from: Id, to: Id) -> Result<(), DbError> {
    tx.execute("update inspections set enterprise_id = $2 where enterprise_id = $1", params![from, to]).await?;
    tx.execute("update inspection_items set enterprise_id = $2 where enterprise_id = $1", params![from, to]).await?;
    Ok(())
}

/// How many checks of an enterprise are open.
///
/// # Errors
/// When the database fails.
pub async fn open_checks(tx: &Tx, enterprise: Id) -> Result<u32, DbError> {
    let sql = "select count(*) from inspections where enterprise_id = $1 and is_open = 1";
    let count: i64 = tx.query_one(sql, params![enterprise]).await?.get(0)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// By item, how many counted checks an enterprise has in a year: those that were entered, and all that are neither refused nor
/// cancelled. `but` is a check that does not count itself.
///
/// # Errors
/// When the database fails.
pub async fn counted(
    tx: &Tx,
    enterprise: Id,
    year: i16,
    but: Option<Id>,
) -> Result<(BTreeMap<String, u32>, BTreeMap<String, u32>), DbError> {
    let sql = "select item, cast(sum(is_entered) as bigint), count(*) from inspection_items where enterprise_id = $1 \
               and year = $2 and is_counted = 1 and inspection_id <> $3 group by item";
    let rows = tx.query(sql, params![enterprise, i64::from(year), but.unwrap_or_default()]).await?;
    let (mut entered, mut taken) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let item: String = row.get(0)?;
        let (in_it, all): (i64, i64) = (row.get(1)?, row.get(2)?);
        entered.insert(item.clone(), u32::try_from(in_it).unwrap_or(u32::MAX));
        taken.insert(item, u32::try_from(all).unwrap_or(u32::MAX));
    }
    Ok((entered, taken))
}

/// By enterprise and item, how many counted checks there are in a year, done or open.
///
/// # Errors
/// When the database fails.
pub async fn taken_of_year(tx: &Tx, year: i16) -> Result<BTreeMap<(Id, String), u32>, DbError> {
    let sql = "select enterprise_id, item, count(*) from inspection_items where year = $1 and is_counted = 1 \
               group by enterprise_id, item";
    let rows = tx.query(sql, params![i64::from(year)]).await?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.get(2)?;
            Ok(((row.get(0)?, row.get(1)?), u32::try_from(count).unwrap_or(u32::MAX)))
        })
        .collect()
}

/// A case of the desk near an enterprise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearCase {
    /// Its identifier.
    pub id: String,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// When it was opened.
    pub opened_at: Moment,
    /// Whether it is open.
    pub is_open: bool,
}

/// The cases near a point since a moment, newest first, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn cases_near(tx: &Tx, (lon, lat): (f64, f64), since: Moment, most: usize) -> Result<Vec<NearCase>, DbError> {
    let (tall, wide) = (f64::from(NEAR) / 111_320.0, f64::from(NEAR) / (111_320.0 * lat.to_radians().cos().max(0.01)));
    let sql = format!(
        "select id, number, title, opened_at, is_open from cases where lat between $1 and $2 and lon between $3 and $4 \
         and opened_at >= $5 order by opened_at desc, id desc limit {most}"
    );
    let rows = tx.query(&sql, params![lat - tall, lat + tall, lon - wide, lon + wide, since]).await?;
    rows.iter()
        .map(|row| {
            let id: Id = row.get(0)?;
            Ok(NearCase {
                id: id.to_string(),
                number: row.get(1)?,
                title: row.get(2)?,
                opened_at: row.get(3)?,
                is_open: row.get(4)?,
            })
        })
        .collect()
}

/// Appends a fact about an enterprise.
///
/// # Errors
/// When the database fails.
pub async fn record_enterprise(
    tx: &Tx,
    enterprise: Id,
    kind: &str,
    author: Option<Id>,
    at: Moment,
    body: serde_json::Value,
) -> Result<Id, DbError> {
    let fact = timeline::fact::Fact {
        subject: ENTERPRISE,
        subject_id: enterprise,
        kind: format!("enterprise_{kind}"),
        is_public: false,
        author,
        at,
        body,
    };
    timeline::store::record(tx, &fact).await
}

// ---------- files of enterprises ----------

const IMPORTS: &str = "m.id, m.file_name, m.digest, m.bytes, m.state, m.found, m.author_id, m.brought_at, m.decider_id, \
                       m.decided_at, m.revision, a.name";

fn import(row: &Row) -> Result<(Import, String), DbError> {
    let (state, found): (String, String) = (row.get(4)?, row.get(5)?);
    let found: Found = serde_json::from_str(&found).map_err(|_| strange("what a file of enterprises had"))?;
    let import = Import {
        id: row.get(0)?,
        file_name: row.get(1)?,
        digest: row.get(2)?,
        bytes: row.get(3)?,
        state: ImportState::parse(&state).ok_or_else(|| strange("a file's state"))?,
        found,
        author: row.get(6)?,
        brought_at: row.get(7)?,
        decider: row.get(8)?,
        decided_at: row.get(9)?,
        revision: row.get(10)?,
    };
    Ok((import, row.get::<Option<String>>(11)?.unwrap_or_default()))
}

/// Keeps what was found in a file.
///
/// # Errors
/// When the database fails.
pub async fn add_import(tx: &Tx, one: &Import) -> Result<(), DbError> {
    let sql = "insert into enterprise_imports (id, file_name, digest, bytes, state, found, author_id, brought_at, revision) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = params![
        one.id,
        &one.file_name,
        &one.digest,
        one.bytes,
        one.state.word(),
        text(&one.found)?,
        one.author,
        one.brought_at,
        one.revision,
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// The import of this identifier, with the name of whoever brought it.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load_import(tx: &Tx, id: Id) -> Result<(Import, String), Error> {
    let sql = format!(
        "select {IMPORTS} from enterprise_imports m left join accounts a on a.id = m.author_id where m.id = $1"
    );
    Ok(import(&tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?)?)
}

/// Saves a decision about an import.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_import(tx: &Tx, one: &Import) -> Result<(), DbError> {
    let sql = "update enterprise_imports set state = $2, found = $3, decider_id = $4, decided_at = $5, revision = $6 \
               where id = $1 and revision = $7";
    let values = params![
        one.id,
        one.state.word(),
        text(&one.found)?,
        one.decider,
        one.decided_at,
        one.revision,
        one.revision - 1,
    ];
    if tx.execute(sql, values).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// A page of imports before an identifier, newest first.
///
/// # Errors
/// When the database fails.
pub async fn imports(tx: &Tx, before: Id) -> Result<Page<(Import, String)>, DbError> {
    let sql = format!(
        "select {IMPORTS} from enterprise_imports m left join accounts a on a.id = m.author_id where m.id < $1 \
         order by m.id desc limit {}",
        PAGE + 1
    );
    let rows = tx.query(&sql, params![before]).await?;
    let rows: Vec<(Import, String)> = rows.iter().map(import).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |(one, _)| one.id.to_string()))
}

// ---------- checks ----------

/// A check with what its rules do not need to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The check.
    pub check: Check,
    /// The number that people say.
    pub number: String,
    /// The code that the enterprise scans.
    pub code: String,
    /// The enterprise's name.
    pub enterprise: String,
    /// Its address.
    pub address: String,
    /// The unit that checks.
    pub department: Option<Id>,
    /// Who planned it.
    pub author: Option<Id>,
    /// The draw that it came of.
    pub draw: Option<Id>,
}

const CHECKS: &str =
    "i.body, i.number, i.code, e.name, e.address, i.department_id, i.author_id, i.draw_id, i.enterprise_id";
const FROM: &str = "from inspections i join enterprises e on e.id = i.enterprise_id";

fn kept(row: &Row) -> Result<Kept, DbError> {
    let body: String = row.get(0)?;
    let mut check: Check =
        serde_json::from_str(&body).map_err(|error| DbError::Row(format!("a check cannot be read: {error}")))?;
    // An enterprise that was merged took its checks along.
    check.plan.enterprise = row.get(8)?;
    Ok(Kept {
        check,
        number: row.get(1)?,
        code: row.get(2)?,
        enterprise: row.get(3)?,
        address: row.get(4)?,
        department: row.get(5)?,
        author: row.get(6)?,
        draw: row.get(7)?,
    })
}

/// What changes with the check itself, in the order of the statements below.
fn values(check: &Check, items: &Items, law: &Law<'_>) -> Result<Vec<Value>, DbError> {
    let alert = check.alert(items, law);
    Ok(params![
        check.id,
        check.stage.word(),
        !check.stage.is_over(),
        check.outcome.as_ref().map(Outcome::word).unwrap_or_default(),
        check.correct_by().map(|day| day.to_string()),
        check.entered_at.map(|at| law.calendar.date_of(at).to_string()),
        check.rating.as_ref().map(|rating| i64::from(rating.stars)),
        check.is_approved_late,
        check.last_at,
        alert.map(|(_, at)| at).filter(|at| *at > check.last_at),
        alert.map(|(what, _)| what.word()).unwrap_or_default(),
        check.revision,
        text(check)?,
    ])
}

/// Keeps a new check.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, one: &Kept, items: &Items, law: &Law<'_>) -> Result<(), DbError> {
    let sql = "insert into inspections (id, stage, is_open, outcome, correct_by, entered_on, rating, is_approved_late, last_at, \
               alert_at, alert, revision, body, number, code, enterprise_id, reason, planned_on, department_id, author_id, \
               draw_id, of_id, planned_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
               $18, $19, $20, $21, $22, $23)";
    let plan = &one.check.plan;
    let mut all = values(&one.check, items, law)?;
    all.extend(params![
        &one.number,
        &one.code,
        plan.enterprise,
        plan.reason.word(),
        plan.on.to_string(),
        one.department,
        one.author,
        one.draw,
        plan.of_check,
        one.check.planned_at,
    ]);
    tx.execute(sql, all).await?;
    for item in &plan.items {
        let sql = "insert into inspection_items (inspection_id, enterprise_id, item, year, is_counted, is_entered) \
                   values ($1, $2, $3, $4, $5, 0)";
        let year = i64::from(plan.on.year());
        tx.execute(sql, params![one.check.id, plan.enterprise, item, year, plan.reason.is_counted()]).await?;
    }
    for account in plan.officers.iter().chain(&plan.helpers) {
        let sql = "insert into inspection_people (inspection_id, account_id) values ($1, $2) on conflict do nothing";
        tx.execute(sql, params![one.check.id, *account]).await?;
    }
    Ok(())
}

/// Saves a check that had this revision.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, check: &Check, revision: i64, items: &Items, law: &Law<'_>) -> Result<(), DbError> {
    let sql = "update inspections set stage = $2, is_open = $3, outcome = $4, correct_by = $5, entered_on = $6, rating = $7, \
               is_approved_late = $8, last_at = $9, alert_at = $10, alert = $11, revision = $12, body = $13 \
               where id = $1 and revision = $14";
    let mut all = values(check, items, law)?;
    all.push(Value::Int(revision));
    if tx.execute(sql, all).await? != 1 {
        return Err(DbError::Stale);
    }
    let is_counted = check.plan.reason.is_counted() && !check.stage.is_void();
    let sql = "update inspection_items set is_counted = $2, is_entered = $3 where inspection_id = $1";
    tx.execute(sql, params![check.id, is_counted, check.entered_at.is_some()]).await?;
    Ok(())
}

/// The check of this identifier, within what the scope lets exist.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id, scope: Scope) -> Result<Kept, Error> {
    let mut values = params![id];
    let within = scope.condition(&mut values);
    let row = tx.query_opt(&format!("select {CHECKS} {FROM} where i.id = $1 and {within}"), values).await?;
    Ok(kept(&row.ok_or(Error::NotFound)?)?)
}

/// The check of this code; none when there is none.
///
/// # Errors
/// When the database fails.
pub async fn of_code(tx: &Tx, code: &str) -> Result<Option<Kept>, DbError> {
    let sql = format!("select {CHECKS} {FROM} where i.code = $1");
    tx.query_opt(&sql, params![code]).await?.as_ref().map(kept).transpose()
}

/// The checks at an enterprise that name somebody and are not over, nearest day first; at most 20.
///
/// # Errors
/// When the database fails.
pub async fn open_of(tx: &Tx, enterprise: Id, account: Id) -> Result<Vec<Kept>, DbError> {
    let mut values = params![enterprise];
    let named = Scope::Own(account).condition(&mut values);
    let sql = format!(
        "select {CHECKS} {FROM} where i.enterprise_id = $1 and i.is_open = 1 and {named} order by i.planned_on, i.id limit 20"
    );
    tx.query(&sql, values).await?.iter().map(kept).collect()
}

/// Which checks a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Those that are not over.
    #[default]
    Open,
    /// Those of today that are not over.
    Today,
    /// 待批准.
    Planned,
    /// 已批准待通知.
    Approved,
    /// 已通知.
    Announced,
    /// 检查中.
    Under,
    /// 责令改正未复查.
    Correcting,
    /// 已完成.
    Done,
    /// 不予批准.
    Refused,
    /// 已取消.
    Cancelled,
    /// All.
    All,
}

impl Show {
    /// Every choice, in the order of the chips.
    pub const ALL: [Show; 11] = [
        Show::Open,
        Show::Today,
        Show::Planned,
        Show::Approved,
        Show::Announced,
        Show::Under,
        Show::Correcting,
        Show::Done,
        Show::Refused,
        Show::Cancelled,
        Show::All,
    ];

    /// Its word in addresses and in the keys of sentences.
    pub const fn word(self) -> &'static str {
        match self {
            Show::Open => "open",
            Show::Today => "today",
            Show::Planned => "planned",
            Show::Approved => "approved",
            Show::Announced => "announced",
            Show::Under => "under",
            Show::Correcting => "correcting",
            Show::Done => "done",
            Show::Refused => "refused",
            Show::Cancelled => "cancelled",
            Show::All => "all",
        }
    }

    fn condition(self, today: Date) -> String {
        match self {
            Show::All => "1 = 1".to_owned(),
            Show::Open => "i.is_open = 1".to_owned(),
            Show::Today => format!("i.is_open = 1 and i.planned_on = '{today}'"),
            Show::Under => "i.stage in ('entered', 'recorded')".to_owned(),
            Show::Correcting => "i.correct_by is not null and i.stage = 'finished' and not exists \
                                 (select 1 from inspections r where r.of_id = i.id and r.stage not in ('refused', 'cancelled'))"
                .to_owned(),
            Show::Done => "i.stage = 'finished'".to_owned(),
            Show::Planned | Show::Approved | Show::Announced | Show::Refused | Show::Cancelled => {
                format!("i.stage = '{}'", self.word())
            }
        }
    }
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which of them.
    pub show: Show,
    /// Only for this reason.
    pub reason: Option<Reason>,
    /// Only at this enterprise.
    pub enterprise: Option<Id>,
    /// Only of this draw.
    pub draw: Option<Id>,
    /// Only that check this one again.
    pub of: Option<Id>,
    /// Only numbers or enterprises that have this.
    pub text: String,
    /// The key of the last row of the page before.
    pub after: Option<(String, Id)>,
}

/// One page of checks within the scope, the latest day first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, scope: Scope, filter: &Filter, today: Date) -> Result<Page<Kept>, DbError> {
    let mut values = Vec::new();
    let mut conditions = vec![scope.condition(&mut values), filter.show.condition(today)];
    let mut with = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(condition.replace("$n", &format!("${}", values.len())));
    };
    if let Some(reason) = filter.reason {
        with("i.reason = $n", reason.word().into());
    }
    if let Some(enterprise) = filter.enterprise {
        with("i.enterprise_id = $n", enterprise.into());
    }
    if let Some(draw) = filter.draw {
        with("i.draw_id = $n", draw.into());
    }
    if let Some(of) = filter.of {
        with("i.of_id = $n", of.into());
    }
    if !filter.text.is_empty() {
        let text = filter.text.replace(['%', '_', '\\'], "");
        with("(i.number || ' ' || e.name || ' ' || e.address) like $n", format!("%{text}%").into());
    }
    if let Some((on, id)) = &filter.after {
        values.push(on.as_str().into());
        let on = values.len();
        values.push(Value::Int(*id));
        conditions.push(format!("(i.planned_on, i.id) < (${on}, ${})", values.len()));
    }
    let (within, limit) = (conditions.join(" and "), PAGE + 1);
    let sql = format!("select {CHECKS} {FROM} where {within} order by i.planned_on desc, i.id desc limit {limit}");
    let rows = tx.query(&sql, values).await?;
    let rows: Vec<Kept> = rows.iter().map(kept).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |one| format!("{}.{}", one.check.plan.on, one.check.id)))
}

/// How many checks each choice of the list has, in the order of [`Show::ALL`]; within the scope.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx, scope: Scope, today: Date) -> Result<[i64; 11], DbError> {
    let mut values = Vec::new();
    let within = scope.condition(&mut values);
    let sums = Show::ALL.map(|show| format!("count(case when {} then 1 end)", show.condition(today)));
    let sql = format!("select {} from inspections i where {within}", sums.join(", "));
    let row = tx.query_one(&sql, values).await?;
    let mut counts = [0; 11];
    for (at, count) in counts.iter_mut().enumerate() {
        *count = row.get(at)?;
    }
    Ok(counts)
}

/// Whether somebody sees a check, for the papers that belong to it.
pub fn sees<'a>(
    tx: &'a Tx,
    actor: &'a Actor,
    id: Id,
) -> std::pin::Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>> {
    Box::pin(async move {
        match load(tx, id, Scope::of(actor)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    })
}

/// The number of a check that is planned in a year.
///
/// # Errors
/// When the database fails.
pub async fn number(tx: &Tx, year: i16) -> Result<String, DbError> {
    let serial = timeline::store::next_serial(tx, &format!("inspection-{year}")).await?;
    Ok(format!("J{year}-{serial:04}"))
}

/// What a fact keeps so that the check can be made of its facts again.
#[derive(Serialize, Deserialize)]
struct Told {
    role: Role,
    act: CheckAct,
    stage: CheckStage,
    revision: i64,
}

/// Appends the fact of a plan. `form` is the mark of the form that asked for it.
///
/// # Errors
/// When the database fails.
pub async fn record_planned(tx: &Tx, one: &Kept, form: &str) -> Result<Id, DbError> {
    let body = serde_json::to_value(&one.check).map_err(|error| DbError::Row(error.to_string()))?;
    let mut body = serde_json::json!({ "check": body });
    if !form.is_empty() {
        body["form"] = form.into();
    }
    let fact = timeline::fact::Fact {
        subject: SUBJECT,
        subject_id: one.check.id,
        kind: "inspection_planned".to_owned(),
        is_public: false,
        author: one.author,
        at: one.check.planned_at,
        body,
    };
    timeline::store::record(tx, &fact).await
}

/// Appends the fact of an act.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, fact: &Fact, photos: &[String], form: &str) -> Result<Id, DbError> {
    let told = Told { role: fact.role, act: fact.act.clone(), stage: fact.stage, revision: fact.revision };
    let mut body = serde_json::to_value(told).map_err(|error| DbError::Row(error.to_string()))?;
    if !photos.is_empty() {
        body["photos"] = serde_json::json!(photos);
    }
    if !form.is_empty() {
        body["form"] = form.into();
    }
    let line = timeline::fact::Fact {
        subject: SUBJECT,
        subject_id: fact.check,
        kind: format!("inspection_{}", fact.what.word().replace('-', "_")),
        is_public: false,
        author: fact.by,
        at: fact.at,
        body,
    };
    timeline::store::record(tx, &line).await
}

/// A line of a check's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What was done; none for the plan, which stands in `check`.
    pub fact: Option<Fact>,
    /// The check as it was planned.
    pub check: Option<Check>,
    /// When.
    pub at: Moment,
    /// By whom.
    pub author: String,
    /// The photographs.
    pub photos: Vec<String>,
}

/// The history of a check, first come first.
///
/// # Errors
/// When the database fails or a fact cannot be read.
pub async fn history(tx: &Tx, check: Id) -> Result<Vec<Line>, DbError> {
    let sql = "select f.kind, f.at, f.body, f.author_id, a.name from facts f left join accounts a on a.id = f.author_id \
               where f.subject = 'inspection' and f.subject_id = $1 order by f.id";
    let unreadable = |what: String| DbError::Row(format!("a fact of a check: {what}"));
    let rows = tx.query(sql, params![check]).await?;
    let is_own = |row: &&Row| row.get::<String>(0).is_ok_and(|kind| kind.starts_with("inspection_"));
    rows.iter()
        .filter(is_own)
        .map(|row| {
            let (kind, at, body): (String, Moment, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let mut body: serde_json::Value =
                serde_json::from_str(&body).map_err(|error| unreadable(error.to_string()))?;
            let photos = body.get("photos").and_then(|photos| photos.as_array()).into_iter().flatten();
            let photos = photos.filter_map(|id| id.as_str().map(str::to_owned)).collect();
            let author = row.get::<Option<String>>(4)?.unwrap_or_default();
            if kind == "inspection_planned" {
                let planned = serde_json::from_value(body["check"].take());
                let planned = planned.map_err(|error| unreadable(error.to_string()))?;
                return Ok(Line { fact: None, check: Some(planned), at, author, photos });
            }
            let told: Told = serde_json::from_value(body).map_err(|error| unreadable(error.to_string()))?;
            let step = kind.trim_start_matches("inspection_").replace('_', "-");
            let fact = Fact {
                check,
                what: CheckStep::parse(&step).ok_or_else(|| unreadable(kind))?,
                by: row.get(3)?,
                role: told.role,
                at,
                stage: told.stage,
                revision: told.revision,
                act: told.act,
            };
            Ok(Line { fact: Some(fact), check: None, at, author, photos })
        })
        .collect()
}

/// A check of which somebody must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Since when.
    pub at: Moment,
    /// Which.
    pub check: Id,
    /// Of what.
    pub what: Alert,
}

/// The checks of which somebody must be told by `now`, the longest first.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &Tx, now: Moment) -> Result<Vec<Due>, DbError> {
    let sql = "select alert_at, id, alert from inspections where alert_at is not null and alert_at <= $1 \
               order by alert_at, id limit 200";
    let rows = tx.query(sql, params![now]).await?;
    rows.iter()
        .map(|row| {
            let what: String = row.get(2)?;
            let what = Alert::parse(&what).ok_or_else(|| strange("an alert"))?;
            Ok(Due { at: row.get(0)?, check: row.get(1)?, what })
        })
        .collect()
}

/// Notes that somebody was told; false when the check has moved on since, or somebody else has told.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &Tx, due: Due) -> Result<bool, DbError> {
    let sql = "update inspections set alert_at = null where id = $1 and alert_at = $2";
    Ok(tx.execute(sql, params![due.check, due.at]).await? == 1)
}

/// A line of the overview: one check as it is counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The check.
    pub check: Check,
    /// Its unit.
    pub department: Option<Id>,
    /// Whether it was drawn by lot.
    pub is_drawn: bool,
    /// The enterprise.
    pub enterprise: Id,
    /// The enterprise's name.
    pub name: String,
}

/// Every check that is planned for a year, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn of_year(tx: &Tx, scope: Scope, year: i16) -> Result<Vec<Counted>, DbError> {
    let mut values = params![format!("{year:04}-01-01"), format!("{year:04}-12-31")];
    let within = scope.condition(&mut values);
    let sql = format!(
        "select {CHECKS} {FROM} where i.planned_on >= $1 and i.planned_on <= $2 and {within} order by i.planned_on, i.id"
    );
    let rows = tx.query(&sql, values).await?;
    rows.iter()
        .map(|row| {
            let one = kept(row)?;
            Ok(Counted {
                enterprise: one.check.plan.enterprise,
                check: one.check,
                department: one.department,
                is_drawn: one.draw.is_some(),
                name: one.enterprise,
            })
        })
        .collect()
}

/// The first year for which a check within the scope is planned.
///
/// # Errors
/// When the database fails.
pub async fn first_year(tx: &Tx, scope: Scope) -> Result<Option<i16>, DbError> {
    let mut values = Vec::new();
    let within = scope.condition(&mut values);
    let sql = format!("select min(i.planned_on) from inspections i where {within}");
    let first: Option<String> = tx.query_one(&sql, values).await?.get(0)?;
    Ok(first.and_then(|day| day.get(..4)?.parse().ok()))
}

/// By item, how many checks of a year were entered, for the public page.
///
/// # Errors
/// When the database fails.
pub async fn entered_of_year(tx: &Tx, year: i16) -> Result<BTreeMap<String, i64>, DbError> {
    let sql = "select item, count(*) from inspection_items where year = $1 and is_entered = 1 and is_counted = 1 group by item";
    let rows = tx.query(sql, params![i64::from(year)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What came of the checks that were drawn by lot and are finished, the latest first, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn drawn_results(tx: &Tx, most: usize) -> Result<Vec<Kept>, DbError> {
    let sql = format!(
        "select {CHECKS} {FROM} where i.draw_id is not null and i.stage = 'finished' order by i.planned_on desc, i.id desc \
         limit {most}"
    );
    tx.query(&sql, params![]).await?.iter().map(kept).collect()
}

// ---------- draws ----------

/// A draw as it was done: the lists, and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// What is checked.
    pub items: Vec<String>,
    /// Enterprises of which kind; empty for all.
    pub kind: String,
    /// Enterprises of which street; empty for all.
    pub street: String,
    /// The enterprises that could be drawn, in their order.
    pub enterprises: Vec<Id>,
    /// The officers who could be drawn.
    pub officers: Vec<Id>,
    /// How many were wanted.
    pub count: usize,
    /// What came out.
    pub lots: Vec<Lot>,
}

/// A draw with what is written about it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptDraw {
    /// The identifier.
    pub id: Id,
    /// The number that people say.
    pub number: String,
    /// The seed.
    pub seed: String,
    /// When.
    pub at: Moment,
    /// By whom.
    pub author: Id,
    /// Of which unit.
    pub department: Option<Id>,
    /// The draw.
    pub draw: Draw,
}

/// The number of a draw of a year.
///
/// # Errors
/// When the database fails.
pub async fn draw_number(tx: &Tx, year: i16) -> Result<String, DbError> {
    let serial = timeline::store::next_serial(tx, &format!("inspection-draw-{year}")).await?;
    Ok(format!("C{year}-{serial:03}"))
}

/// Keeps a draw, with its fact. `form` is the key of the form that asked for it.
///
/// # Errors
/// When the database fails.
pub async fn add_draw(tx: &Tx, one: &KeptDraw, form: &str) -> Result<(), DbError> {
    let sql = "insert into inspection_draws (id, number, seed, drawn_at, author_id, department_id, body) \
               values ($1, $2, $3, $4, $5, $6, $7)";
    let values = params![one.id, &one.number, &one.seed, one.at, one.author, one.department, text(&one.draw)?];
    tx.execute(sql, values).await?;
    let fact = timeline::fact::Fact {
        subject: "inspection_draw",
        subject_id: one.id,
        kind: "inspection_drawn".to_owned(),
        is_public: false,
        author: Some(one.author),
        at: one.at,
        body: serde_json::json!({ "number": &one.number, "seed": &one.seed, "form": form }),
    };
    timeline::store::record(tx, &fact).await.map(drop)
}

/// The draw of this identifier, for who sees all or is of its unit.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load_draw(tx: &Tx, id: Id, scope: Scope) -> Result<KeptDraw, Error> {
    let sql = "select id, number, seed, drawn_at, author_id, department_id, body from inspection_draws where id = $1";
    let row = tx.query_opt(sql, params![id]).await?.ok_or(Error::NotFound)?;
    let body: String = row.get(6)?;
    let one = KeptDraw {
        id: row.get(0)?,
        number: row.get(1)?,
        seed: row.get(2)?,
        at: row.get(3)?,
        author: row.get(4)?,
        department: row.get(5)?,
        draw: serde_json::from_str(&body).map_err(|_| strange("a draw"))?,
    };
    let is_seen = match scope {
        Scope::All => true,
        Scope::Unit(unit, _) => one.department == Some(unit),
        Scope::Own(_) => false,
    };
    if is_seen { Ok(one) } else { Err(Error::NotFound) }
}

/// The latest draws that exist for somebody: identifier, number, moment; at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn draws(tx: &Tx, scope: Scope, most: usize) -> Result<Vec<(Id, String, Moment)>, DbError> {
    let (condition, values) = match scope {
        Scope::All => ("1 = 1", params![]),
        Scope::Unit(unit, _) => ("department_id = $1", params![unit]),
        Scope::Own(_) => return Ok(Vec::new()),
    };
    let sql =
        format!("select id, number, drawn_at from inspection_draws where {condition} order by id desc limit {most}");
    let rows = tx.query(&sql, values).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

// ---------- reports of checks that nobody knows ----------

/// A report that somebody wanted to check without being registered.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The identifier.
    pub id: Id,
    /// The code that they showed; may be empty.
    pub code: String,
    /// Which enterprise, as it was told.
    pub enterprise: String,
    /// What happened.
    pub words: String,
    /// Where to call back; may be empty.
    pub phone: Personal,
    /// When it was told.
    pub at: Moment,
    /// When it was answered, and by whom.
    pub answered: Option<(Moment, String)>,
    /// What came of it.
    pub answer: String,
}

/// Where the numbers lie to call back those who asked about a check.
pub const REPORT_PHONE: Column = Column::of("inspection_reports", "phone");

/// Keeps a report; false for one whose form was sent before.
///
/// # Errors
/// When the database fails.
pub async fn add_report(tx: &Tx, one: &Report, form: &str) -> Result<bool, DbError> {
    let sql = "insert into inspection_reports (id, code, enterprise, words, phone, at, form, answer) \
               values ($1, $2, $3, $4, $5, $6, $7, '') on conflict (form) do nothing";
    let form = (!form.is_empty()).then_some(form);
    let phone = tx.keep(REPORT_PHONE, one.id, &one.phone)?;
    let values = params![one.id, &one.code, &one.enterprise, &one.words, phone, one.at, form];
    Ok(tx.execute(sql, values).await? == 1)
}

/// How many reports came since a moment.
///
/// # Errors
/// When the database fails.
pub async fn reports_since(tx: &Tx, since: Moment) -> Result<i64, DbError> {
    tx.query_one("select count(*) from inspection_reports where at >= $1", params![since]).await?.get(0)
}

/// How many reports nobody has answered.
///
/// # Errors
/// When the database fails.
pub async fn open_reports(tx: &Tx) -> Result<i64, DbError> {
    tx.query_one("select count(*) from inspection_reports where answered_at is null", params![]).await?.get(0)
}

/// A page of reports before an identifier, newest first.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &Tx, before: Id) -> Result<Page<Report>, DbError> {
    let sql = format!(
        "select r.id, r.code, r.enterprise, r.words, r.phone, r.at, r.answered_at, a.name, r.answer from inspection_reports r \
         left join accounts a on a.id = r.answered_by where r.id < $1 order by r.id desc limit {}",
        PAGE + 1
    );
    let rows = tx.query(&sql, params![before]).await?;
    let rows: Vec<Report> = rows
        .iter()
        .map(|row| {
            let answered: Option<Moment> = row.get(6)?;
            let id: Id = row.get(0)?;
            Ok(Report {
                id,
                code: row.get(1)?,
                enterprise: row.get(2)?,
                words: row.get(3)?,
                phone: tx.open(REPORT_PHONE, id, row.get(4)?),
                at: row.get(5)?,
                answered: answered.zip(row.get::<Option<String>>(7)?),
                answer: row.get(8)?,
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok(Page::cut(rows, |one| one.id.to_string()))
}

/// Answers a report; false when somebody has done so before.
///
/// # Errors
/// When the database fails.
pub async fn answer_report(tx: &Tx, id: Id, by: Id, answer: &str, at: Moment) -> Result<bool, DbError> {
    let sql = "update inspection_reports set answered_at = $2, answered_by = $3, answer = $4 \
               where id = $1 and answered_at is null";
    if tx.execute(sql, params![id, at, by, answer]).await? != 1 {
        return Ok(false);
    }
    let fact = timeline::fact::Fact {
        subject: "inspection_report",
        subject_id: id,
        kind: "inspection_report_answered".to_owned(),
        is_public: false,
        author: Some(by),
        at,
        body: serde_json::json!({ "words": answer }),
    };
    timeline::store::record(tx, &fact).await?;
    Ok(true)
}
