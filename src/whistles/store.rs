//! The room's tables.
//!
//! What the evaluation reads is `whistle_legs`, one row for each department of each whistle (join `whistles` for its kind and
//! author):
//!
//! | column | what it tells |
//! |---|---|
//! | `called_at`, `signed_at`, `arrived_at`, `fed_back_at`, `ended_at` | moments, in milliseconds; none where it did not happen |
//! | `is_signed_in_time`, `is_contacted_in_time`, `is_arrived_in_time`, `is_worked_in_time` | 1 kept its clock (signing: answered by signing or refusing), 0 missed it, none without such a clock or while it runs; 0 for work that was late once, also when it was sent back and then in time |
//! | `arrival_minutes` | whole minutes from call to arrival: at the place, or where the blower confirmed it, when it was declared |
//! | `arrival_metres`, `is_at_place` | how far from the place it reported in; 0 away from it, not surely at it, or only declared; none when the whistle had no position. A declared arrival counts (`arrived_at`) only when the blower confirmed it |
//! | `result` | what came of it: done, partly, failed; a leg given up counts as failed |
//! | `is_refused`, `is_upheld`, `sent_back_count` | it refused; a superior said that it must come; how often the blower sent it back |
//! | `department_stars` | what the blower gave the department, 1 to 5 |
//! | `whistle_necessary`, `whistle_accurate` | what the department gave the whistle: was it necessary, was it right, 1 to 5 |
//!
//! A leg counts for the period in which it ended (`ended_at`, indexed). A rating may come later than the end, until
//! `whistles.rating_closes_at`: count ratings of whistles that are past it.

use super::leg::{ClockKind, Clocks, Leg, LegStage};
use super::settings::Settings;
use super::whistle::{Doer, Fact, Happened, Kind, Side, Stage, Whistle, WhistleAct};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::people::department::Department;
use crate::timeline;
use jiff::ZonedDateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the timeline calls a whistle.
pub const SUBJECT: &str = "whistle";

/// Which whistles exist for somebody. What lies outside does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The brigade's desks and leaders: all.
    All,
    /// A department's people: blown whistles with a leg of one of these departments.
    Called(Vec<Id>),
}

impl Scope {
    /// What exists for whoever acts so.
    pub fn of(doer: &Doer) -> Scope {
        match doer.side {
            Side::Department | Side::Crew => Scope::Called(doer.departments.clone()),
            Side::Program | Side::Desk | Side::ShiftLeader | Side::Leader => Scope::All,
        }
    }

    fn condition(&self, params: &mut Vec<Value>) -> String {
        match self {
            Scope::All => "1 = 1".into(),
            Scope::Called(departments) if departments.is_empty() => "1 = 0".into(),
            Scope::Called(departments) => {
                let places: Vec<String> = departments
                    .iter()
                    .map(|department| {
                        params.push(Value::Int(*department));
                        format!("${}", params.len())
                    })
                    .collect();
                format!(
                    "blown_at is not null and exists (select 1 from whistle_legs l where l.whistle_id = whistles.id and \
                     l.department_id in ({}))",
                    places.join(", ")
                )
            }
        }
    }
}

/// Somebody as the rules see them: people on site act for their own department and for the one above it.
///
/// # Errors
/// [`Error::Forbidden`] for a post that has no part in whistles; when the database fails.
pub async fn doer(tx: &Tx, actor: &Actor) -> Result<Doer, Error> {
    let side = match actor.post {
        Post::Acceptor | Post::Dispatcher => Side::Desk,
        Post::ShiftLeader => Side::ShiftLeader,
        Post::Leader => Side::Leader,
        Post::DepartmentDesk => Side::Department,
        Post::CrewMember => Side::Crew,
        _ => return Err(Error::Forbidden),
    };
    let mut departments: Vec<Id> = actor.department.into_iter().collect();
    if let (Side::Crew, Some(own)) = (side, actor.department) {
        let row = tx.query_opt("select parent_id from departments where id = $1", params![own]).await?;
        departments.extend(row.map(|row| row.get::<Option<Id>>(0)).transpose()?.flatten());
    }
    Ok(Doer { account: Some(actor.account), side, departments })
}

fn read(row: &Row, index: usize) -> Result<Whistle, DbError> {
    let body: String = row.get(index)?;
    serde_json::from_str(&body).map_err(|error| DbError::Row(format!("a whistle cannot be read: {error}")))
}

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

/// Whether something waits for a superior: an approval, or a refusal.
pub fn is_asking(whistle: &Whistle) -> bool {
    let is_refused = whistle.legs.iter().any(|leg| leg.stage == LegStage::Refused);
    whistle.stage == Stage::AwaitingApproval || (whistle.stage == Stage::Blown && is_refused)
}

/// Whether an order about an overdue arrival waits for a department's answer; what was taken back is not answered for.
pub fn has_order(whistle: &Whistle) -> bool {
    matches!(whistle.stage, Stage::Blown | Stage::Ended) && whistle.legs.iter().any(Leg::is_order_open)
}

fn values(whistle: &Whistle) -> Result<Vec<Value>, DbError> {
    let is_late = whistle.stage == Stage::Blown && whistle.legs.iter().any(Leg::is_known_late);
    Ok(params![
        whistle.id,
        &whistle.number,
        whistle.kind.word(),
        whistle.stage.word(),
        !whistle.stage.is_over(),
        whistle.case,
        whistle.author,
        whistle.lead,
        is_asking(whistle),
        is_late,
        whistle.drafted_at,
        whistle.blown_at,
        whistle.ended_at,
        whistle.rating_closes_at,
        whistle.revision,
        text(whistle)?,
        has_order(whistle),
    ])
}

/// Keeps a new whistle.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, whistle: &Whistle) -> Result<(), DbError> {
    let sql = "insert into whistles (id, number, kind, stage, is_open, case_id, author_id, lead_id, is_asking, is_late, \
               drafted_at, blown_at, ended_at, rating_closes_at, revision, body, has_order) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    tx.execute(sql, values(whistle)?).await?;
    save_legs(tx, whistle).await
}

/// Saves a whistle that had this revision; anything else means that somebody was faster.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, whistle: &Whistle, revision: i64) -> Result<(), DbError> {
    let sql = "update whistles set number = $2, kind = $3, stage = $4, is_open = $5, case_id = $6, author_id = $7, \
               lead_id = $8, is_asking = $9, is_late = $10, drafted_at = $11, blown_at = $12, ended_at = $13, \
               rating_closes_at = $14, revision = $15, body = $16, has_order = $17 where id = $1 and \
               revision = $18";
    let mut params = values(whistle)?;
    params.push(Value::Int(revision));
    if tx.execute(sql, params).await? != 1 {
        return Err(DbError::Stale);
    }
    save_legs(tx, whistle).await
}

async fn save_legs(tx: &Tx, whistle: &Whistle) -> Result<(), DbError> {
    if whistle.stage == Stage::Drafted {
        // What was drafted before it was written anew was never called.
        tx.execute("delete from whistle_legs where whistle_id = $1", params![whistle.id]).await?;
    }
    let sql = "insert into whistle_legs (whistle_id, id, department_id, kind, stage, is_open, is_lead, alert_at, called_at, \
               signed_at, arrived_at, fed_back_at, ended_at, is_signed_in_time, is_contacted_in_time, is_arrived_in_time, \
               is_worked_in_time, arrival_minutes, arrival_metres, is_at_place, result, is_refused, is_upheld, \
               sent_back_count, department_stars, whistle_necessary, whistle_accurate) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
               $23, $24, $25, $26, $27) on conflict (whistle_id, id) do update set stage = excluded.stage, \
               is_open = excluded.is_open, is_lead = excluded.is_lead, alert_at = excluded.alert_at, \
               called_at = excluded.called_at, signed_at = excluded.signed_at, arrived_at = excluded.arrived_at, \
               fed_back_at = excluded.fed_back_at, ended_at = excluded.ended_at, \
               is_signed_in_time = excluded.is_signed_in_time, is_contacted_in_time = excluded.is_contacted_in_time, \
               is_arrived_in_time = excluded.is_arrived_in_time, is_worked_in_time = excluded.is_worked_in_time, \
               arrival_minutes = excluded.arrival_minutes, arrival_metres = excluded.arrival_metres, \
               is_at_place = excluded.is_at_place, result = excluded.result, is_refused = excluded.is_refused, \
               is_upheld = excluded.is_upheld, sent_back_count = excluded.sent_back_count, \
               department_stars = excluded.department_stars, whistle_necessary = excluded.whistle_necessary, \
               whistle_accurate = excluded.whistle_accurate";
    for leg in &whistle.legs {
        tx.execute(sql, leg_values(whistle, leg)).await?;
    }
    Ok(())
}

fn leg_values(whistle: &Whistle, leg: &Leg) -> Vec<Value> {
    let is_running = whistle.stage == Stage::Blown;
    let arrival = leg.arrival.as_ref();
    let of_department = leg.of_department.as_ref().map(|rating| i64::from(rating.stars));
    let of_whistle = leg.of_whistle.as_ref();
    params![
        whistle.id,
        leg.id,
        leg.department,
        leg.kind.word(),
        leg.stage.word(),
        is_running && !leg.stage.is_over(),
        whistle.lead == Some(leg.department),
        leg.alert().filter(|_| is_running || whistle.stage == Stage::Ended).map(|(_, _, at)| at),
        leg.called_at,
        leg.signed_at,
        leg.arrived_at,
        leg.fed_back_at,
        leg.ended_at,
        leg.is_in_time(ClockKind::Sign),
        leg.is_in_time(ClockKind::Contact),
        leg.is_in_time(ClockKind::Arrive),
        leg.is_in_time(ClockKind::Work),
        leg.minutes_to_arrive(),
        arrival.and_then(|arrival| arrival.metres),
        arrival.and_then(|arrival| arrival.is_at_place),
        leg.result.map(super::leg::Outcome::word),
        leg.refused.is_some(),
        leg.is_upheld,
        leg.sent_back_count,
        of_department,
        of_whistle.map(|rating| i64::from(rating.stars)),
        of_whistle.and_then(|rating| rating.accurate).map(i64::from),
    ]
}

/// The whistle of this identifier, within what the scope lets exist.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id, scope: &Scope) -> Result<Whistle, Error> {
    let mut params = params![id];
    let within = scope.condition(&mut params);
    let row = tx.query_opt(&format!("select body from whistles where id = $1 and {within}"), params).await?;
    Ok(read(&row.ok_or(Error::NotFound)?, 0)?)
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which of them.
    pub show: Show,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only with a leg of this department.
    pub department: Option<Id>,
    /// Only of this case.
    pub case: Option<Id>,
    /// Only numbers that begin so.
    pub number: Option<String>,
    /// The key of the last row of the page before.
    pub after: Option<(i64, Id)>,
}

/// Which whistles a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Those that are not over, and those with an order that waits for an answer.
    #[default]
    Open,
    /// Those of them with a clock that ran out.
    Late,
    /// Those of them that wait for a superior.
    Asking,
    /// Those that are over.
    Over,
    /// All.
    All,
}

impl Show {
    /// Every choice, in the order of the chips.
    pub const ALL: [Show; 5] = [Show::Open, Show::Late, Show::Asking, Show::Over, Show::All];

    /// Its word in addresses and in the keys of sentences.
    pub const fn word(self) -> &'static str {
        match self {
            Show::Open => "open",
            Show::Late => "late",
            Show::Asking => "asking",
            Show::Over => "over",
            Show::All => "all",
        }
    }

    const fn condition(self) -> &'static str {
        match self {
            Show::Open => "(is_open = 1 or has_order = 1)",
            Show::Late => "is_open = 1 and is_late = 1",
            Show::Asking => "is_open = 1 and is_asking = 1",
            Show::Over => "is_open = 0",
            Show::All => "1 = 1",
        }
    }
}

/// One page of whistles, the youngest first, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, scope: &Scope, filter: &Filter) -> Result<Page<Whistle>, DbError> {
    let mut params = Vec::new();
    let mut conditions = vec![scope.condition(&mut params), filter.show.condition().to_owned()];
    let mut with = |condition: &str, value: Value| {
        params.push(value);
        conditions.push(condition.replace("$n", &format!("${}", params.len())));
    };
    if let Some(kind) = filter.kind {
        with("kind = $n", kind.word().into());
    }
    if let Some(department) = filter.department {
        with(
            "exists (select 1 from whistle_legs d where d.whistle_id = whistles.id and d.department_id = $n)",
            department.into(),
        );
    }
    if let Some(case) = filter.case {
        with("case_id = $n", case.into());
    }
    if let Some(number) = &filter.number {
        with("number >= $n", number.as_str().into());
        with("number < $n", format!("{number}zzzz").into());
    }
    if let Some((at, id)) = filter.after {
        let at = {
            params.push(Value::Int(at));
            params.len()
        };
        params.push(Value::Int(id));
        conditions.push(format!("(drafted_at, id) < (${at}, ${})", params.len()));
    }
    let within = conditions.join(" and ");
    let limit = PAGE + 1;
    let sql = format!("select body from whistles where {within} order by drafted_at desc, id desc limit {limit}");
    let rows = tx.query(&sql, params).await?;
    let rows: Vec<Whistle> = rows.iter().map(|row| read(row, 0)).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |whistle| format!("{}.{}", whistle.drafted_at.0, whistle.id)))
}

/// How many whistles are open, how many of those have a clock that ran out, how many wait for a superior; within the scope.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx, scope: &Scope) -> Result<[i64; 3], DbError> {
    let mut params = Vec::new();
    let within = scope.condition(&mut params);
    let sql = format!(
        "select is_late, is_asking, count(*) from whistles where (is_open = 1 or has_order = 1) and {within} group by is_late, is_asking"
    );
    let mut counts = [0; 3];
    for row in tx.query(&sql, params).await? {
        let count: i64 = row.get(2)?;
        counts[0] += count;
        counts[1] += if row.get(0)? { count } else { 0 };
        counts[2] += if row.get(1)? { count } else { 0 };
    }
    Ok(counts)
}

/// Whether a whistle within the scope is, or was, about this case.
///
/// # Errors
/// When the database fails.
pub async fn is_about(tx: &Tx, case: Id, scope: &Scope) -> Result<bool, DbError> {
    let mut params = params![case];
    let within = scope.condition(&mut params);
    let sql = format!("select id from whistles where case_id = $1 and {within} limit 1");
    Ok(tx.query_opt(&sql, params).await?.is_some())
}

/// What a fact keeps so that the whistle can be made of its facts again.
#[derive(Serialize, Deserialize)]
struct Kept {
    doer: Doer,
    act: WhistleAct,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clocks: Option<Clocks>,
}

/// Appends a fact. `form` is the mark of the form that asked for it (empty: none did), by which [`timeline::store::is_done`] knows a second
/// sending.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, fact: &Fact, photos: &[String], form: &str) -> Result<Id, DbError> {
    let kept = Kept { doer: fact.by.clone(), act: fact.act.clone(), clocks: fact.clocks.clone() };
    let mut body = serde_json::to_value(kept).map_err(|error| DbError::Row(error.to_string()))?;
    body["stage"] = fact.stage.word().into();
    body["side"] = fact.by.side.word().into();
    body["revision"] = fact.revision.into();
    for (name, value) in [
        ("leg", fact.leg.map(|leg| leg.to_string().into())),
        ("department", fact.department.map(|department| department.to_string().into())),
        ("photos", (!photos.is_empty()).then(|| serde_json::json!(photos))),
        ("form", (!form.is_empty()).then(|| form.into())),
    ] {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    let line = timeline::fact::Fact {
        subject: SUBJECT,
        subject_id: fact.whistle,
        kind: fact.what.word().replace('-', "_"),
        is_public: false,
        author: fact.by.account,
        at: fact.at,
        body,
    };
    timeline::store::record(tx, &line).await
}

/// Appends a fact about a whistle to the history of its case, for whoever reads the case and not the whistle.
///
/// # Errors
/// When the database fails.
pub async fn tell_case(
    tx: &Tx,
    case: Id,
    kind: &str,
    author: Option<Id>,
    at: Moment,
    note: &str,
) -> Result<(), DbError> {
    let mut body = serde_json::json!({});
    if !note.is_empty() {
        body["note"] = note.into();
    }
    let kind = kind.to_owned();
    let line = timeline::fact::Fact { subject: "case", subject_id: case, kind, is_public: false, author, at, body };
    timeline::store::record(tx, &line).await?;
    Ok(())
}

/// The facts of a whistle, first come first, as [`super::whistle::replay`] takes them.
///
/// # Errors
/// When the database fails or a fact cannot be read.
pub async fn facts(tx: &Tx, whistle: Id) -> Result<Vec<Fact>, DbError> {
    let sql = "select kind, at, body from facts where subject = 'whistle' and subject_id = $1 order by id";
    let rows = tx.query(sql, params![whistle]).await?;
    let strange = |what: &str| DbError::Row(format!("a fact of a whistle: {what}"));
    rows.iter()
        .map(|row| {
            let (kind, at, body): (String, Moment, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let kept: Kept = serde_json::from_str(&body).map_err(|error| strange(&error.to_string()))?;
            let told: serde_json::Value = serde_json::from_str(&body).map_err(|error| strange(&error.to_string()))?;
            let word = |name: &str| told.get(name).and_then(serde_json::Value::as_str);
            Ok(Fact {
                whistle,
                what: Happened::parse(&kind.replace('_', "-")).ok_or_else(|| strange(&kind))?,
                by: kept.doer,
                at,
                stage: word("stage").and_then(Stage::parse).ok_or_else(|| strange("its stage"))?,
                revision: told["revision"].as_i64().unwrap_or_default(),
                leg: word("leg").and_then(|leg| leg.parse().ok()),
                department: word("department").and_then(|department| department.parse().ok()),
                act: kept.act,
                clocks: kept.clocks,
            })
        })
        .collect()
}

/// A leg with a clock that somebody must be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Since when.
    pub at: Moment,
    /// The whistle.
    pub whistle: Id,
    /// The leg.
    pub leg: Id,
}

/// The legs of which a clock has turned yellow or run out by `now` and nobody has been told, the longest overdue first, after
/// the one that was read last.
///
/// # Errors
/// When the database fails.
pub async fn alerts(tx: &Tx, now: Moment, after: Option<Alert>) -> Result<Vec<Alert>, DbError> {
    let after = after.unwrap_or(Alert { at: Moment(i64::MIN), whistle: 0, leg: 0 });
    let sql = "select alert_at, whistle_id, id from whistle_legs where alert_at is not null and alert_at <= $1 \
               and (alert_at, whistle_id, id) > ($2, $3, $4) order by alert_at, whistle_id, id limit 200";
    let rows = tx.query(sql, params![now, after.at, after.whistle, after.leg]).await?;
    rows.iter().map(|row| Ok(Alert { at: row.get(0)?, whistle: row.get(1)?, leg: row.get(2)? })).collect()
}

/// Whether an account is signed in now: somebody sits at the desk, or has a phone in the hand.
///
/// # Errors
/// When the database fails.
pub async fn is_here(tx: &Tx, account: Option<Id>, now: Moment) -> Result<bool, DbError> {
    let sql = "select key from sessions where account_id = $1 and ends_at > $2 limit 1";
    Ok(tx.query_opt(sql, params![account, now]).await?.is_some())
}

/// Active departments somebody can answer for: those with a desk of their own. In the order of their codes.
///
/// # Errors
/// When the database fails.
pub async fn callable(tx: &Tx) -> Result<Vec<Department>, DbError> {
    let sql = "select distinct department_id from accounts where is_active = 1 and post = 'department_desk' \
               and department_id is not null";
    let rows = tx.query(sql, vec![]).await?;
    let staffed: BTreeSet<Id> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let mut all = crate::people::store::departments(tx).await?;
    all.retain(|department| department.is_active && staffed.contains(&department.id));
    all.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(all)
}

/// Active accounts of these posts anywhere.
///
/// # Errors
/// When the database fails.
pub async fn people_of(tx: &Tx, posts: &[Post]) -> Result<Vec<Id>, DbError> {
    let mut found = Vec::new();
    for post in posts {
        let sql = "select id from accounts where is_active = 1 and post = $1 order by id limit 200";
        for row in tx.query(sql, params![post.word()]).await? {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

/// Active accounts of a department's desk, and, when asked so, of its people on site and those of its teams.
///
/// # Errors
/// When the database fails.
pub async fn people_at(tx: &Tx, department: Id, with_crews: bool) -> Result<Vec<Id>, DbError> {
    let sql =
        "select id from accounts where is_active = 1 and post = 'department_desk' and department_id = $1 order by id";
    let mut rows = tx.query(sql, params![department]).await?;
    if with_crews {
        let sql = "select id from accounts where is_active = 1 and post = 'crew_member' and department_id in \
                   (select id from departments where id = $1 or parent_id = $1) order by id limit 200";
        rows.extend(tx.query(sql, params![department]).await?);
    }
    rows.iter().map(|row| row.get(0)).collect()
}

/// A photograph or a fact as evidence: what it is, and the digest of what it says. Files from before who, when and what was
/// said stood in the list have those fields empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// The identifier, as text because scripts cannot hold it as a number.
    pub id: String,
    /// `report`, `case` or `whistle`: to what it belongs.
    pub subject: String,
    /// Of a fact: what happened. Of a photograph: what it shows.
    pub kind: String,
    /// SHA-256 in hexadecimal: of the sealed original, or of the fact's author, moment and body.
    pub sha256: String,
    /// When it happened, or came in.
    #[serde(default)]
    pub at: Option<Moment>,
    /// Who did it; empty for citizens and the program.
    #[serde(default)]
    pub by: String,
    /// Of a whistle's fact: the department that it is about.
    #[serde(default)]
    pub department: String,
    /// What was written with it.
    #[serde(default)]
    pub words: String,
}

/// What a whistle or a citizen's report says, as evidence. Who reported and how to reach them is not written into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The identifier, as text.
    pub id: String,
    /// The number that people say; none for a report, whose code only the citizen knows.
    pub number: String,
    /// The words.
    pub words: String,
    /// Where.
    pub place: String,
    /// When it came in, or was blown.
    pub at: Moment,
    /// Who blew it; empty for a report.
    pub by: String,
}

/// All evidence of an enforcement file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The whistle; none in files from before it stood in the list.
    #[serde(default)]
    pub whistle: Option<Told>,
    /// The reports of its case.
    #[serde(default)]
    pub reports: Vec<Told>,
    /// The photographs.
    pub photos: Vec<Exhibit>,
    /// The facts.
    pub facts: Vec<Exhibit>,
}

/// What was written with a fact. What both sides think of each other is no evidence.
fn written(kind: &str, body: &serde_json::Value) -> String {
    if matches!(kind, "department_rated" | "whistle_rated") {
        return String::new();
    }
    let places = ["/note", "/words", "/act/words", "/act/reason", "/act/draft/words"];
    let found = places.iter().filter_map(|place| body.pointer(place)?.as_str());
    found.map(str::trim).find(|words| !words.is_empty()).unwrap_or_default().to_owned()
}

/// Everything that was said, photographed and done about a whistle, its case and the reports of that case.
///
/// # Errors
/// When the database fails.
pub async fn evidence(tx: &Tx, whistle: &Whistle) -> Result<Evidence, DbError> {
    use sha2::{Digest, Sha256};
    let mut evidence = Evidence { whistle: None, reports: Vec::new(), photos: Vec::new(), facts: Vec::new() };
    evidence.whistle = Some(Told {
        id: whistle.id.to_string(),
        number: whistle.number.clone(),
        words: whistle.words.clone(),
        place: whistle.place.address.clone(),
        at: whistle.blown_at.unwrap_or(whistle.drafted_at),
        by: crate::people::store::name_of(tx, whistle.author).await?,
    });
    let mut subjects = vec![("whistle", whistle.id)];
    if let Some(case) = whistle.case {
        subjects.push(("case", case));
        for report in crate::cases::store::reports(tx, case).await? {
            subjects.push(("report", report));
            let Some(found) = crate::reports::store::load(tx, report).await? else { continue };
            evidence.reports.push(Told {
                id: report.to_string(),
                number: String::new(),
                words: found.words,
                place: found.place.address,
                at: found.received_at,
                by: String::new(),
            });
        }
    }
    let departments = crate::people::store::departments(tx).await?;
    for (subject, subject_id) in subjects {
        let sql = "select p.id, p.purpose, p.original_digest, p.received_at, a.name from photos p \
                   left join accounts a on a.id = p.author_id where p.subject = $1 and p.subject_id = $2 order by p.id";
        for row in tx.query(sql, params![subject, subject_id]).await? {
            evidence.photos.push(Exhibit {
                id: row.get::<Id>(0)?.to_string(),
                subject: subject.to_owned(),
                kind: row.get(1)?,
                sha256: row.get(2)?,
                at: row.get(3)?,
                by: row.get::<Option<String>>(4)?.unwrap_or_default(),
                department: String::new(),
                words: String::new(),
            });
        }
        let sql = "select f.id, f.kind, f.author_id, f.at, f.body, a.name from facts f \
                   left join accounts a on a.id = f.author_id where f.subject = $1 and f.subject_id = $2 order by f.id";
        for row in tx.query(sql, params![subject, subject_id]).await? {
            let (author, at, body): (Option<Id>, i64, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
            let (id, kind): (Id, String) = (row.get(0)?, row.get(1)?);
            let digested =
                format!("{id}\n{kind}\n{}\n{at}\n{body}", author.map_or(String::new(), |author| author.to_string()));
            let sha256 = id::hexadecimal(&Sha256::digest(digested.as_bytes()));
            let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
            let department = body.get("department").and_then(serde_json::Value::as_str).unwrap_or_default();
            let department = departments.iter().find(|one| one.id.to_string() == department);
            evidence.facts.push(Exhibit {
                id: id.to_string(),
                subject: subject.to_owned(),
                words: written(&kind, &body),
                kind,
                sha256,
                at: Some(Moment(at)),
                by: row.get::<Option<String>>(5)?.unwrap_or_default(),
                department: department.map(|one| one.name_zh.clone()).unwrap_or_default(),
            });
        }
    }
    Ok(evidence)
}

/// An enforcement file, as far as it goes before the enforcement room.
#[derive(Debug, Clone, Serialize)]
pub struct EnforcementFile {
    /// The identifier.
    pub id: Id,
    /// The number that people say.
    pub number: String,
    /// The whistle that it came from.
    pub whistle: Id,
    /// The case that the whistle is about.
    pub case: Option<Id>,
    /// When it was opened.
    pub opened_at: Moment,
    /// By whom.
    pub opened_by: Option<Id>,
    /// The evidence, as JSON.
    pub evidence: String,
    /// SHA-256 of the evidence, in hexadecimal.
    pub seal: String,
}

/// Keeps an enforcement file; it is never changed.
///
/// # Errors
/// [`DbError::NotUnique`] when one was opened from the same whistle; when the database fails.
pub async fn add_file(tx: &Tx, file: &EnforcementFile) -> Result<(), DbError> {
    let sql = "insert into enforcement_files (id, number, whistle_id, case_id, opened_at, opened_by, evidence, seal) \
               values ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.execute(
        sql,
        params![
            file.id,
            &file.number,
            file.whistle,
            file.case,
            file.opened_at,
            file.opened_by,
            &file.evidence,
            &file.seal
        ],
    )
    .await?;
    Ok(())
}

/// The enforcement file that was opened from a whistle.
///
/// # Errors
/// When the database fails.
pub async fn file_of(tx: &Tx, whistle: Id) -> Result<Option<EnforcementFile>, DbError> {
    let sql = "select id, number, whistle_id, case_id, opened_at, opened_by, evidence, seal from enforcement_files \
               where whistle_id = $1";
    let row = tx.query_opt(sql, params![whistle]).await?;
    row.map(|row| {
        Ok(EnforcementFile {
            id: row.get(0)?,
            number: row.get(1)?,
            whistle: row.get(2)?,
            case: row.get(3)?,
            opened_at: row.get(4)?,
            opened_by: row.get(5)?,
            evidence: row.get(6)?,
            seal: row.get(7)?,
        })
    })
    .transpose()
}

/// The number of a whistle that is drafted at that moment of the city's clock.
///
/// # Errors
/// When the database fails.
pub async fn number(tx: &Tx, settings: &Settings, drafted: &ZonedDateTime) -> Result<String, DbError> {
    let count = format!("whistle-{}", settings.number.count(drafted));
    let serial = timeline::store::next_serial(tx, &count).await?;
    Ok(settings.number.write(drafted, serial))
}

/// The number of an enforcement file that is opened at that moment of the city's clock.
///
/// # Errors
/// When the database fails.
pub async fn file_number(tx: &Tx, opened: &ZonedDateTime) -> Result<String, DbError> {
    let day = opened.strftime("%Y%m%d");
    let serial = timeline::store::next_serial(tx, &format!("enforcement-{day}")).await?;
    Ok(format!("E{day}-{serial:03}"))
}
