//! The room's tables: cases, the reports that belong to them, how far the log was read.

use super::carrying::Said;
use super::case::{Case, Fact, Filing, Outcome, Place, Side, Source, Stage};
use super::timer::{Finish, Timer, TimerKind};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, WITHOUT_END, params, slots};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::kit::paging::{PAGE, Page};
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::timeline;
use serde::Serialize;
use std::collections::HashMap;

/// Later than every due moment: where cases without one stand in a list sorted by it.
const NEVER: i64 = 9_000_000_000_000_000;

/// The columns of a case, in the order in which [`read`] takes them.
const COLUMNS: &str = "id, number, title, code_set, kind, code, condition, limit_amount, limit_unit, catalog_version, \
     calendar_version, lon, lat, coordinates, cell, street, community, address, source, is_urgent, stage, department_id, \
     crew_id, keeper_id, is_found, handlers, due_at, fed_back_at, opened_at, stage_since_at, closed_at, outcome, \
     rework_count, return_count, reopen_count, revision, due_order_at, is_open, opened_by, parent_id, request_kind, \
     is_supervised, suspended_until_at, branches, order_due_at, warn_at";

/// How many columns those are.
const WIDTH: usize = 46;

/// Which cases exist for somebody. What lies outside does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The desk and the leaders: all.
    All,
    /// A department's desk: what its department has.
    Department(Id),
    /// A crew member: their own, from whichever department, and what their department has given to nobody yet.
    Crew {
        /// The crew member.
        account: Id,
        /// Their department.
        department: Id,
    },
    /// A keeper: tasks given to them, and tasks given to nobody.
    Keeper(Id),
    /// A keeper's own reports that nobody has dispatched yet: they may mend them on the spot.
    Reported(Id),
    /// Somebody with nothing to look for here.
    Nothing,
}

impl Scope {
    /// What exists for this person.
    pub fn of(actor: &Actor) -> Scope {
        match (actor.post, actor.department) {
            (Post::Acceptor | Post::ShiftLeader | Post::Dispatcher | Post::Leader, _) => Scope::All,
            (Post::DepartmentDesk, Some(department)) => Scope::Department(department),
            (Post::CrewMember, Some(department)) => Scope::Crew { account: actor.account, department },
            (Post::Keeper, _) => Scope::Keeper(actor.account),
            _ => Scope::Nothing,
        }
    }

    /// The condition that keeps to the scope, its parameters numbered after `params`.
    fn condition(&self, params: &mut Vec<Value>) -> String {
        format!("(({}))", self.parts(params).join(") or ("))
    }

    /// The condition in parts, of which each fits an index in the order of lists; no case fits two.
    fn parts(&self, params: &mut Vec<Value>) -> Vec<String> {
        let mut next = |value: Id| {
            params.push(Value::Int(value));
            params.len()
        };
        match *self {
            Scope::All => vec!["1 = 1".into()],
            Scope::Department(department) => vec![format!("department_id = ${}", next(department))],
            Scope::Crew { account, department } => vec![
                format!("crew_id = ${}", next(account)),
                format!("crew_id is null and stage = 'dispatched' and department_id = ${}", next(department)),
            ],
            Scope::Keeper(account) => {
                let account = next(account);
                ["awaiting-check", "verifying"]
                    .iter()
                    .flat_map(|stage| {
                        [format!("keeper_id = ${account}"), "keeper_id is null".to_owned()]
                            .map(|whose| format!("{whose} and stage = '{stage}'"))
                    })
                    .collect()
            }
            Scope::Reported(account) => {
                let account = next(account);
                vec![format!("opened_by = ${account} and stage in ('received', 'awaiting-filing')")]
            }
            Scope::Nothing => vec!["1 = 0".into()],
        }
    }

    /// The condition under which one case is opened: a keeper opens tasks and what they have reported.
    fn opening(&self, params: &mut Vec<Value>) -> String {
        match *self {
            Scope::Keeper(account) => {
                let tasks = self.condition(params);
                format!("(({tasks}) or ({}))", Scope::Reported(account).condition(params))
            }
            _ => self.condition(params),
        }
    }
}

/// In which order a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// What is due first, first.
    #[default]
    Due,
    /// What was opened last, first.
    Opened,
    /// The greatest number first: when numbers are searched.
    Number,
}

/// A side branch that lists can be cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// Something waits for a decision: a request, or an appeal.
    Decide,
    /// An order waits for its answer.
    Supervised,
    /// The clock stands still until a day.
    Suspended,
}

impl Branch {
    /// Every branch with its word in addresses.
    pub const ALL: [(Branch, &'static str); 3] =
        [(Branch::Decide, "decide"), (Branch::Supervised, "supervised"), (Branch::Suspended, "suspended")];

    /// Said literally, so that the small index over just these cases may serve.
    const fn condition(self) -> &'static str {
        match self {
            Branch::Decide => "request_kind is not null",
            Branch::Supervised => "is_supervised = 1",
            Branch::Suspended => "suspended_until_at is not null",
        }
    }
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this stage; none means every open case.
    pub stage: Option<Stage>,
    /// Ended cases too, when no stage is asked for.
    pub with_ended: bool,
    /// Only this department.
    pub department: Option<Id>,
    /// Only this street (area code).
    pub street: Option<String>,
    /// Only this sub-class.
    pub code: Option<String>,
    /// Only what is overdue at this moment.
    pub overdue_at: Option<Moment>,
    /// Only what stands on a side branch.
    pub branch: Option<Branch>,
    /// Only numbers that begin so.
    pub number: Option<String>,
    /// The order.
    pub sort: Sort,
    /// The key of the last row of the page before.
    pub after: Option<String>,
    /// How many rows a page has; 0 for as many as pages of lists have.
    pub rows: usize,
}

impl Filter {
    fn most(&self) -> usize {
        if self.rows == 0 { PAGE } else { self.rows }
    }
}

/// A case with what only lists and pages need.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    #[serde(skip)]
    due_order_at: i64,
}

impl Listed {
    /// By what a list sorted by due moments is cut.
    pub fn order(&self) -> i64 {
        self.due_order_at
    }
}

fn word<T>(found: Option<T>, text: &str) -> Result<T, DbError> {
    found.ok_or_else(|| DbError::Row(format!("unknown word {text}")))
}

fn read(row: &Row) -> Result<Listed, DbError> {
    let (source, stage): (String, String) = (row.get(18)?, row.get(20)?);
    let outcome: Option<String> = row.get(31)?;
    let handlers: String = row.get(25)?;
    let (code_set, kind, code): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let filing = match row.get::<Option<String>>(6)? {
        None => None,
        Some(condition) => Some(Filing {
            code_set: code_set.clone(),
            kind: kind.clone(),
            code: code.clone(),
            condition,
            limit_amount: row.get(7)?,
            limit_unit: row.get(8)?,
            catalog_version: row.get(9)?,
            calendar_version: row.get(10)?,
        }),
    };
    let branches: String = row.get(43)?;
    let due_order_at: i64 = row.get(36)?;
    let count = |index: usize| row.get::<i64>(index).map(|count| u32::try_from(count).unwrap_or(0));
    let case = Case {
        id: row.get(0)?,
        number: row.get(1)?,
        title: row.get(2)?,
        code_set,
        kind,
        code,
        filing,
        place: Place {
            lon: row.get(11)?,
            lat: row.get(12)?,
            coordinates: row.get(13)?,
            cell: row.get(14)?,
            street: row.get(15)?,
            community: row.get(16)?,
            address: row.get(17)?,
        },
        source: word(Source::read(&source), &source)?,
        is_urgent: row.get(19)?,
        stage: word(Stage::read(&stage), &stage)?,
        department: row.get(21)?,
        crew: row.get(22)?,
        keeper: row.get(23)?,
        is_found: row.get(24)?,
        handlers: handlers.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect(),
        due_at: row.get(26)?,
        clock_warn_at: row.get(45)?,
        clock_due_at: (due_order_at != NEVER).then_some(Moment(due_order_at)),
        fed_back_at: row.get(27)?,
        opened_at: row.get(28)?,
        stage_since_at: row.get(29)?,
        closed_at: row.get(30)?,
        outcome: outcome.map(|text| word(Outcome::read(&text), &text)).transpose()?,
        rework_count: count(32)?,
        return_count: count(33)?,
        reopen_count: count(34)?,
        opened_by: row.get(38)?,
        parent: row.get(39)?,
        branches: serde_json::from_str(&branches).map_err(|error| DbError::Row(format!("branches: {error}")))?,
        revision: row.get(35)?,
    };
    Ok(Listed { case, due_order_at })
}

fn values(case: &Case) -> Vec<Value> {
    let branches = serde_json::to_string(&case.branches).unwrap_or_default();
    let filing = case.filing.as_ref();
    let handlers: Vec<String> = case.handlers.iter().map(ToString::to_string).collect();
    params![
        case.id,
        &case.number,
        &case.title,
        &case.code_set,
        &case.kind,
        &case.code,
        filing.map(|filing| &filing.condition),
        filing.map(|filing| filing.limit_amount),
        filing.map(|filing| &filing.limit_unit),
        filing.map(|filing| &filing.catalog_version),
        filing.map(|filing| &filing.calendar_version),
        case.place.lon,
        case.place.lat,
        &case.place.coordinates,
        &case.place.cell,
        &case.place.street,
        &case.place.community,
        &case.place.address,
        case.source.text(),
        case.is_urgent,
        case.stage.text(),
        case.department,
        case.crew,
        case.keeper,
        case.is_found,
        handlers.join(" "),
        case.due_at,
        case.fed_back_at,
        case.opened_at,
        case.stage_since_at,
        case.closed_at,
        case.outcome.map(Outcome::text),
        case.rework_count,
        case.return_count,
        case.reopen_count,
        case.revision,
        case.clock_due_at.map_or(NEVER, |due| due.0),
        !case.stage.is_over(),
        case.opened_by,
        case.parent,
        case.awaits(),
        case.open_orders().next().is_some(),
        case.branches.suspension.map(|suspension| suspension.until),
        branches,
        case.order_due_at(None),
        case.clock_warn_at,
    ]
}

/// Writes a new case.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx, case: &Case) -> Result<(), DbError> {
    // `due_why` was the reason before every clock had its own.
    let sql = format!("insert into cases ({COLUMNS}, due_why) values ({}, '')", slots(0, WIDTH));
    tx.execute(&sql, values(case)).await?;
    Ok(())
}

/// The case of this identifier, within what the scope lets exist.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id, scope: &Scope) -> Result<Listed, Error> {
    let mut params = params![id];
    let within = scope.opening(&mut params);
    let row = tx.query_opt(&format!("select {COLUMNS} from cases where id = $1 and {within}"), params).await?;
    Ok(read(&row.ok_or(Error::NotFound)?)?)
}

/// Which of these cases exist for the scope.
///
/// # Errors
/// When the database fails.
pub async fn within(tx: &Tx, scope: &Scope, ids: &[Id]) -> Result<std::collections::BTreeSet<Id>, DbError> {
    if ids.is_empty() || matches!(scope, Scope::Nothing) {
        return Ok(std::collections::BTreeSet::new());
    }
    let mut params: Vec<Value> = ids.iter().map(|id| Value::Int(*id)).collect();
    let within = scope.opening(&mut params);
    let sql = format!("select id from cases where id in ({}) and {within}", slots(0, ids.len()));
    tx.query(&sql, params).await?.iter().map(|row| row.get(0)).collect()
}

/// Saves a case whose revision was one less; anything else means that somebody was faster.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, case: &Case) -> Result<(), DbError> {
    let sets: Vec<String> = COLUMNS
        .split(", ")
        .enumerate()
        .skip(1)
        .map(|(at, column)| format!("{} = ${}", column.trim(), at + 1))
        .collect();
    let mut params = values(case);
    params.push(Value::Int(case.revision - 1));
    let sql = format!("update cases set {} where id = $1 and revision = ${}", sets.join(", "), WIDTH + 1);
    if tx.execute(&sql, params).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// The clocks of a case, in the order in which they started.
///
/// # Errors
/// When the database fails.
pub async fn timers(tx: &Tx, case: Id) -> Result<Vec<Timer>, DbError> {
    let sql = format!("select {TIMER_COLUMNS} from timers where case_id = $1 order by seq");
    tx.query(&sql, params![case]).await?.iter().map(read_timer).collect()
}

const TIMER_COLUMNS: &str = "seq, kind, unit, value, extra, started_at, warn_at, due_at, pauses, finished_at, finish, \
     overdue_ms, is_exempt, department_id, account_id, rule, why, alert_at, crew_id";

/// What a clock keeps of the rules that it was started under: the calendar's version, the reading of the law and the
/// warning.
#[derive(serde::Serialize, serde::Deserialize)]
struct Rule {
    calendar: String,
    conventions: crate::law::Conventions,
    hours: crate::law::WorkingHours,
    #[serde(default)]
    days: Option<crate::law::KnownDays>,
    round: u32,
    warn_percent: u8,
}

fn read_timer(row: &Row) -> Result<Timer, DbError> {
    let (kind, finish): (String, Option<String>) = (row.get(1)?, row.get(10)?);
    let broken = |error: serde_json::Error| DbError::Row(format!("a timer: {error}"));
    let rule: Rule = serde_json::from_str(&row.get::<String>(15)?).map_err(broken)?;
    let count = |index: usize| row.get::<i64>(index).map(|count| u32::try_from(count).unwrap_or(0));
    Ok(Timer {
        seq: row.get(0)?,
        kind: word(TimerKind::read(&kind), &kind)?,
        unit: row.get(2)?,
        value: count(3)?,
        extra: count(4)?,
        started_at: row.get(5)?,
        warn_at: row.get(6)?,
        due_at: row.get(7)?,
        pauses: serde_json::from_str(&row.get::<String>(8)?).map_err(broken)?,
        finished_at: row.get(9)?,
        finish: finish.map(|text| word(Finish::read(&text), &text)).transpose()?,
        overdue_ms: row.get(11)?,
        is_exempt: row.get(12)?,
        department: row.get(13)?,
        account: row.get(14)?,
        rule: rule.calendar,
        conventions: rule.conventions,
        hours: rule.hours,
        days: rule.days,
        round: rule.round,
        warn_percent: rule.warn_percent,
        why: row.get(16)?,
        alert_at: row.get(17)?,
        crew: row.get(18)?,
    })
}

/// Keeps the clocks of a case that changed.
///
/// # Errors
/// When the database fails.
pub async fn save_timers(tx: &Tx, case: Id, timers: &[Timer]) -> Result<(), DbError> {
    for timer in timers {
        let rule = Rule {
            calendar: timer.rule.clone(),
            conventions: timer.conventions,
            hours: timer.hours.clone(),
            days: timer.days.clone(),
            round: timer.round,
            warn_percent: timer.warn_percent,
        };
        tx.execute(
            "insert into timers (case_id, seq, kind, unit, value, extra, started_at, warn_at, due_at, paused_at, pauses, \
             finished_at, finish, overdue_ms, is_exempt, department_id, account_id, rule, why, alert_at, crew_id) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) \
             on conflict (case_id, seq) do update set extra = excluded.extra, warn_at = excluded.warn_at, \
             due_at = excluded.due_at, paused_at = excluded.paused_at, pauses = excluded.pauses, \
             finished_at = excluded.finished_at, finish = excluded.finish, overdue_ms = excluded.overdue_ms, \
             is_exempt = excluded.is_exempt, account_id = excluded.account_id, rule = excluded.rule, why = excluded.why, \
             alert_at = excluded.alert_at, crew_id = excluded.crew_id",
            params![
                case,
                timer.seq,
                timer.kind.text(),
                &timer.unit,
                timer.value,
                timer.extra,
                timer.started_at,
                timer.warn_at,
                timer.due_at,
                timer.paused_at(),
                serde_json::to_string(&timer.pauses).unwrap_or_default(),
                timer.finished_at,
                timer.finish.map(Finish::text),
                timer.overdue_ms,
                timer.is_exempt,
                timer.department,
                timer.account,
                serde_json::to_string(&rule).unwrap_or_default(),
                &timer.why,
                timer.alert_at,
                timer.crew,
            ],
        )
        .await?;
    }
    Ok(())
}

/// The facts of a case, oldest first: identifier, author, moment, body.
///
/// # Errors
/// When the database fails.
pub async fn facts(tx: &Tx, case: Id) -> Result<Vec<(Id, Option<Id>, Moment, String)>, DbError> {
    let sql = "select id, author_id, at, body from facts where subject = 'case' and subject_id = $1 order by id";
    let rows = tx.query(sql, params![case]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

/// The clocks that somebody must be told of at `now`, the first to ring first: case and number of the clock.
///
/// # Errors
/// When the database fails.
pub async fn ringing(tx: &Tx, now: Moment, most: usize) -> Result<Vec<(Id, i64)>, DbError> {
    let sql =
        "select case_id, seq from timers where alert_at is not null and alert_at <= $1 order by alert_at limit $2";
    tx.query(sql, params![now, most]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Notes that a clock has rung and when it rings next; false when somebody else has.
///
/// # Errors
/// When the database fails.
pub async fn rang(tx: &Tx, case: Id, seq: i64, alert: Moment, next: Option<Moment>) -> Result<bool, DbError> {
    let sql = "update timers set alert_at = $4 where case_id = $1 and seq = $2 and alert_at = $3";
    Ok(tx.execute(sql, params![case, seq, alert, next]).await? == 1)
}

/// What [`resuming`] asks.
pub const RESUMING: &str = "select id, suspended_until_at from cases where suspended_until_at is not null \
    and suspended_until_at <= $1 and suspended_until_at >= $2 and (suspended_until_at > $2 or id > $3) \
    order by suspended_until_at, id limit $4";

/// The suspended cases whose day has come, the one that has waited longest first, after one of them: each with its day.
///
/// # Errors
/// When the database fails.
pub async fn resuming(
    tx: &Tx,
    now: Moment,
    (day, after): (Moment, Id),
    most: usize,
) -> Result<Vec<(Id, Moment)>, DbError> {
    let rows = tx.query(RESUMING, params![now, day, after, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The cases with an order that should have been answered by now, and by when.
///
/// # Errors
/// When the database fails.
pub async fn unanswered(tx: &Tx, now: Moment, most: usize) -> Result<Vec<(Id, Moment)>, DbError> {
    let sql = "select id, order_due_at from cases where order_due_at is not null and order_due_at <= $1 \
               order by order_due_at limit $2";
    tx.query(sql, params![now, most]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Notes that the orders up to now were spoken of, and when the next one is; false when somebody else has.
///
/// # Errors
/// When the database fails.
pub async fn reminded(tx: &Tx, case: Id, due: Moment, next: Option<Moment>) -> Result<bool, DbError> {
    let sql = "update cases set order_due_at = $3 where id = $1 and order_due_at = $2";
    Ok(tx.execute(sql, params![case, due, next]).await? == 1)
}

/// Appends the fact to the history of the case and, when citizens may read it, to that of each of its reports. The form's
/// mark is how [`timeline::store::is_done`] knows a second sending. Of a part's work the citizens of its `whole` read.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, fact: &Fact, whole: Option<Id>, timers: &[Timer], said: Said<'_>) -> Result<(), DbError> {
    let Said { note, photos, documents, form } = said;
    let mut body = serde_json::json!({ "stage": fact.stage, "side": fact.side, "revision": fact.revision });
    for (name, value) in [
        ("reason", fact.reason.map(Into::into)),
        ("about", fact.about.map(|id| id.to_string().into())),
        ("due_at", fact.due_at.map(|due| due.0.into())),
        ("note", (!note.is_empty()).then(|| note.into())),
        ("photos", (!photos.is_empty()).then(|| serde_json::json!(photos))),
        ("documents", (!documents.is_empty()).then(|| serde_json::json!(documents))),
        ("form", (!form.is_empty()).then(|| form.into())),
        // What is needed to make the case and its clocks again.
        ("act", fact.act.as_ref().map(|act| serde_json::json!(act))),
        ("timers", (!timers.is_empty()).then(|| serde_json::json!(timers))),
    ] {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    let mut line = timeline::fact::Fact {
        subject: "case",
        subject_id: fact.case,
        kind: fact.what.text().replace('-', "_"),
        is_public: fact.what.is_public(),
        author: fact.by,
        at: fact.at,
        body,
    };
    timeline::store::record(tx, &line).await?;
    if let (super::case::Happened::ReportJoined, Some(report)) = (fact.what, fact.about) {
        return tell_joined(tx, fact, report).await;
    }
    if fact.what == super::case::Happened::CaseSeparated {
        return tell_separated(tx, fact).await;
    }
    // Parts whose end nobody knows promise nothing new.
    let is_silent = fact.what == super::case::Happened::PartsMoved && fact.due_at.is_none();
    if line.is_public && !is_silent {
        // The citizen reads what was decided and shown, not who said what to whom inside.
        if let Some(body) = line.body.as_object_mut() {
            body.retain(|name, _| matches!(name.as_str(), "stage" | "reason" | "due_at" | "photos"));
            body.insert("case".into(), fact.case.to_string().into());
            if fact.what != super::case::Happened::WorkHandedIn {
                body.remove("photos");
            }
            let is_told = matches!(
                fact.what,
                super::case::Happened::ReportDeclined
                    | super::case::Happened::CaseClosed
                    | super::case::Happened::CaseForceClosed
            );
            if is_told && !note.is_empty() {
                body.insert("note".into(), note.into());
            }
        }
        for report in reports(tx, fact.case).await? {
            (line.subject, line.subject_id) = ("report", report);
            timeline::store::record(tx, &line).await?;
            crate::reports::store::follow_fact(tx, report, &line.kind, fact.at, Some(fact.case), fact.due_at).await?;
        }
        if let Some(whole) = whole.filter(|_| fact.what.is_public_of_parts()) {
            // What is promised is the whole's to say: the part's own moment is not.
            if let Some(body) = line.body.as_object_mut() {
                body.remove("due_at");
                body.insert("case".into(), whole.to_string().into());
                body.insert("part".into(), true.into());
            }
            for report in reports(tx, whole).await? {
                (line.subject, line.subject_id) = ("report", report);
                timeline::store::record(tx, &line).await?;
            }
        }
    }
    Ok(())
}

/// Appends the fact of an opening, with the case as it was opened: what its other facts are done to.
///
/// # Errors
/// When the database fails.
pub async fn record_opening(tx: &Tx, fact: &Fact, case: &Case, timers: &[Timer]) -> Result<(), DbError> {
    let line = timeline::fact::Fact {
        subject: "case",
        subject_id: fact.case,
        kind: fact.what.text().replace('-', "_"),
        is_public: false,
        author: fact.by,
        at: fact.at,
        body: serde_json::json!({
            "stage": fact.stage, "side": fact.side, "revision": fact.revision,
            "about": fact.about.map(|id| id.to_string()), "case": case, "timers": timers,
        }),
    };
    timeline::store::record(tx, &line).await.map(drop)
}

/// The citizen of a report that joins a case reads so, and what was promised there before.
async fn tell_joined(tx: &Tx, fact: &Fact, report: Id) -> Result<(), DbError> {
    let row = tx.query_one("select due_at from cases where id = $1", params![fact.case]).await?;
    let due: Option<Moment> = row.get(0)?;
    let mut body = serde_json::json!({ "stage": fact.stage, "case": fact.case.to_string() });
    if let Some(due) = due {
        body["due_at"] = due.0.into();
    }
    let kind = "report_joined";
    let line = timeline::fact::Fact {
        subject: "report",
        subject_id: report,
        kind: kind.into(),
        is_public: true,
        author: fact.by,
        at: fact.at,
        body,
    };
    timeline::store::record(tx, &line).await?;
    let others = reports(tx, fact.case).await?;
    let body = serde_json::json!({ "case": fact.case.to_string() });
    for other in others.into_iter().filter(|other| *other != report) {
        crate::reports::store::record(tx, other, "another_joined", true, fact.by, fact.at, body.clone()).await?;
    }
    // A case that nobody has taken on yet promises nothing to the report that joins it.
    if fact.stage == Stage::Received {
        return Ok(());
    }
    crate::reports::store::follow_fact(tx, report, kind, fact.at, Some(fact.case), due).await
}

/// The citizens of a case that is no duplicate after all read so; what was promised with the other case counts no more.
async fn tell_separated(tx: &Tx, fact: &Fact) -> Result<(), DbError> {
    let kind = if fact.stage == Stage::Received { "report_waits_again" } else { "report_separated" };
    let body = serde_json::json!({ "stage": fact.stage, "case": fact.case.to_string() });
    for report in reports(tx, fact.case).await? {
        crate::reports::store::record(tx, report, kind, true, fact.by, fact.at, body.clone()).await?;
        crate::reports::store::separated(tx, report, kind, fact.at, fact.case, None).await?;
    }
    Ok(())
}

/// One page of cases, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, scope: &Scope, filter: &Filter) -> Result<Page<Listed>, DbError> {
    let rows = select(tx, COLUMNS, scope, filter).await?;
    let rows: Vec<Listed> = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Page::cut_at(filter.most(), rows, |row| match filter.sort {
        Sort::Due => format!("{}.{}", row.due_order_at, row.case.id),
        Sort::Opened => format!("{}.{}", row.case.opened_at.0, row.case.id),
        Sort::Number => row.case.number.clone(),
    }))
}

/// The first `most` cases of a list, or some more: as many whole pages as it takes.
///
/// # Errors
/// When the database fails.
pub async fn tasks(tx: &Tx, scope: &Scope, mut filter: Filter, most: usize) -> Result<Page<Listed>, DbError> {
    let mut page = list(tx, scope, &filter).await?;
    while page.rows.len() < most {
        let Some(next) = page.next.take() else { break };
        filter.after = Some(next);
        let more = list(tx, scope, &filter).await?;
        page.rows.extend(more.rows);
        page.next = more.next;
    }
    Ok(page)
}

/// The first photograph of the first report of each of these cases, by case; those without one are left out.
///
/// # Errors
/// When the database fails.
pub async fn first_photos(tx: &Tx, cases: &[Id]) -> Result<HashMap<Id, String>, DbError> {
    let mut photos = HashMap::new();
    if cases.is_empty() {
        return Ok(photos);
    }
    let sql = format!(
        "select b.case_id, r.photos from case_reports b join reports r on r.id = b.report_id \
         where b.case_id in ({}) and r.photos <> '' order by b.case_id, b.joined_at desc, b.report_id desc",
        slots(0, cases.len())
    );
    // The latest comes first, so that the earliest is what stays.
    for row in tx.query(&sql, cases.iter().map(|case| Value::Int(*case)).collect()).await? {
        let all: String = row.get(1)?;
        if let Some(first) = all.split_ascii_whitespace().next() {
            photos.insert(row.get(0)?, first.to_owned());
        }
    }
    Ok(photos)
}

/// A case as one line of an inbox: only what the line shows.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The identifier.
    pub id: Id,
    /// The number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Its address, or else its unit grid; empty when neither is known.
    pub place: String,
    /// Urgent or not.
    pub is_urgent: bool,
    /// When it was opened.
    #[serde(skip)]
    pub opened_at: Moment,
    /// The due moment.
    pub due_at: Option<Moment>,
    /// When its clock stopped: handed back or ended.
    #[serde(skip)]
    pub stopped_at: Option<Moment>,
    /// What of it waits for a decision.
    pub awaits: Option<String>,
    /// An order waits for its answer.
    pub is_supervised: bool,
    /// Until when its clock stands still.
    pub suspended_until: Option<Moment>,
    /// When its clock turns yellow.
    #[serde(skip)]
    pub warn_at: Option<Moment>,
    /// Where it stands in the order of what is due.
    #[serde(skip)]
    due_order_at: i64,
}

impl Line {
    /// Where a page that is sorted so goes on after it.
    fn key(&self, sort: Sort) -> String {
        match sort {
            Sort::Due => format!("{}.{}", self.due_order_at, self.id),
            Sort::Opened => format!("{}.{}", self.opened_at.0, self.id),
            Sort::Number => self.number.clone(),
        }
    }
}

/// The same page as [`list`], for an inbox.
///
/// # Errors
/// When the database fails.
pub async fn lines(tx: &Tx, scope: &Scope, filter: &Filter) -> Result<Page<Line>, DbError> {
    let rows = select(tx, LINE_COLUMNS, scope, filter).await?;
    let rows: Vec<Line> = rows.into_iter().map(line).collect::<Result<_, DbError>>()?;
    Ok(Page::cut(rows, |row| row.key(filter.sort)))
}

const LINE_COLUMNS: &str = "id, number, title, stage, address, cell, is_urgent, due_at, coalesce(fed_back_at, closed_at), \
     due_order_at, opened_at, request_kind, is_supervised, suspended_until_at, warn_at";

fn line(mut row: Row) -> Result<Line, DbError> {
    let stage: String = row.take(3)?;
    let address: String = row.take(4)?;
    let due_order_at: i64 = row.get(9)?;
    let is_running = due_order_at != NEVER;
    Ok(Line {
        id: row.get(0)?,
        number: row.take(1)?,
        title: row.take(2)?,
        stage: word(Stage::read(&stage), &stage)?,
        place: if address.is_empty() { row.take(5)? } else { address },
        is_urgent: row.get(6)?,
        opened_at: row.get(10)?,
        // The clock that runs; where none does, the department's, which has stopped.
        due_at: if is_running { Some(Moment(due_order_at)) } else { row.get(7)? },
        stopped_at: if is_running { None } else { row.get(8)? },
        awaits: row.take(11)?,
        is_supervised: row.get(12)?,
        suspended_until: row.get(13)?,
        warn_at: row.get(14)?,
        due_order_at,
    })
}

/// How many cases [`seen`] asks for at once.
const SEEN: usize = 64;

/// What [`seen`] asks of some cases. They are read by their keys first: asked for in one breath with the scope, both databases
/// walk everything that a department ever had.
pub fn seen_statement(scope: &Scope, ids: &[Id]) -> (String, Vec<Value>) {
    // One length, filled up with what no case is called by, so that the statement is prepared once.
    let mut params: Vec<Value> = ids.iter().copied().chain(std::iter::repeat(-1)).take(SEEN).map(Value::Int).collect();
    let within = scope.opening(&mut params);
    let sql = format!(
        "with some_cases as materialized (select * from cases where id in ({})) \
         select {LINE_COLUMNS} from some_cases where {within}",
        slots(0, SEEN)
    );
    (sql, params)
}

/// Of these cases the ones that somebody may open, in no order.
///
/// # Errors
/// When the database fails.
pub async fn seen(tx: &Tx, scope: &Scope, ids: &[Id]) -> Result<Vec<Line>, DbError> {
    let mut found = Vec::new();
    for some in ids.chunks(SEEN) {
        let (sql, params) = seen_statement(scope, some);
        for row in tx.query(&sql, params).await? {
            found.push(line(row)?);
        }
    }
    Ok(found)
}

/// The rows of one page and one more.
///
/// One column leads, or a street with a stage: the statement is to walk its index in the order of the list and to stop
/// after a page. The other conditions are turned round (`not (stage <> $2)`): SQLite then finds no index for them and does not
/// gather and sort what fits several, and PostgreSQL, which turns them back, looks them up in the index that leads.
async fn select(tx: &Tx, columns: &str, scope: &Scope, filter: &Filter) -> Result<Vec<Row>, DbError> {
    let (sql, params) = statement(columns, scope, filter);
    tx.query(&sql, params).await
}

/// What [`select`] asks. Where a case may be on a list for several reasons, each reason walks its own index for a page, and the
/// page is put together from these.
pub fn statement(columns: &str, scope: &Scope, filter: &Filter) -> (String, Vec<Value>) {
    let mut params = Vec::new();
    let parts = scope.parts(&mut params);
    let mut conditions = Vec::new();
    let mut is_led = !matches!(scope, Scope::All | Scope::Nothing);
    let is_by_street = !is_led && filter.number.is_none() && filter.street.is_some();
    let mut with = |lead: &str, other: &str, value: Value| {
        params.push(value);
        let condition = if is_led { other } else { lead };
        is_led = true;
        conditions.push(condition.replace("$n", &format!("${}", params.len())));
    };
    if let Some(number) = &filter.number {
        // A range and not a pattern, so that every engine walks the numbers' own index.
        with("number >= $n", "number >= $n", number.as_str().into());
        with("number < $n", "number < $n", format!("{number}zzzz").into());
    }
    if let Some(street) = &filter.street {
        with("street = $n", "not (street <> $n)", street.into());
    }
    if let Some(code) = &filter.code {
        with("code = $n", "not (code <> $n)", code.into());
    }
    if let Some(department) = filter.department {
        with("department_id = $n", "not (department_id <> $n)", department.into());
    }
    if let Some(stage) = filter.stage {
        // A street and a stage have indexes of both.
        let other = if is_by_street { "stage = $n" } else { "not (stage <> $n)" };
        with("stage = $n", other, stage.text().into());
    }
    if let Some(branch) = filter.branch {
        conditions.push(branch.condition().to_owned());
    }
    // Said literally, so that the indexes over open cases alone may serve.
    if let Some(now) = filter.overdue_at {
        let at = params_after(&mut params, now.0);
        conditions.push(format!("is_open = 1 and due_order_at < ${at}"));
    } else if filter.branch.is_none() && filter.stage.map_or(!filter.with_ended, |stage| !stage.is_over()) {
        conditions.push("is_open = 1".into());
    }
    if let Some(key) = &filter.after {
        let parts = key.split_once('.').and_then(|(at, id)| Some((at.parse::<i64>().ok()?, id.parse::<i64>().ok()?)));
        match (filter.sort, parts) {
            (Sort::Due, Some((at, id))) => {
                let (at, id) = (params_after(&mut params, at), params_after(&mut params, id));
                conditions.push(format!("(due_order_at, id) > (${at}, ${id})"));
            }
            (Sort::Opened, Some((at, id))) => {
                let (at, id) = (params_after(&mut params, at), params_after(&mut params, id));
                conditions.push(format!("(opened_at, id) < (${at}, ${id})"));
            }
            (Sort::Number, _) => {
                params.push(key.as_str().into());
                conditions.push(format!("number < ${}", params.len()));
            }
            (_, None) => {}
        }
    }
    let order = match filter.sort {
        Sort::Due => "due_order_at, id",
        Sort::Opened => "opened_at desc, id desc",
        Sort::Number => "number desc",
    };
    let most = filter.most() + 1;
    let within = |part: &String| {
        let all: Vec<&str> = std::iter::once(part).chain(&conditions).map(String::as_str).collect();
        format!("from cases where {} order by {order} limit {most}", all.join(" and "))
    };
    let sql = match &parts[..] {
        [whole] => format!("select {columns} {}", within(whole)),
        parts => {
            let walks: Vec<String> = parts
                .iter()
                .enumerate()
                .map(|(number, part)| format!("select id from (select id {}) as part_{number}", within(part)))
                .collect();
            let walks = walks.join(" union all ");
            format!("select {columns} from cases where id in ({walks}) order by {order} limit {most}")
        }
    };
    (sql, params)
}

/// What a map needs of a case.
#[derive(Debug, Clone)]
pub struct OnMap {
    /// The case.
    pub id: Id,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Code set, kind and code of its sub-class.
    pub category: (String, String, String),
    /// Where it stands.
    pub stage: Stage,
    /// When it was opened.
    pub opened_at: Moment,
    /// By what lists say that it is overdue; none while no clock runs.
    pub due_at: Option<Moment>,
}

const MAP_COLUMNS: &str = "id, lon, lat, code_set, kind, code, stage, opened_at, due_order_at";

fn on_map_row(row: &Row) -> Result<OnMap, DbError> {
    let (stage, due_order_at): (String, i64) = (row.get(6)?, row.get(8)?);
    Ok(OnMap {
        id: row.get(0)?,
        lon: row.get(1)?,
        lat: row.get(2)?,
        category: (row.get(3)?, row.get(4)?, row.get(5)?),
        stage: word(Stage::read(&stage), &stage)?,
        opened_at: row.get(7)?,
        due_at: (due_order_at != NEVER).then_some(Moment(due_order_at)),
    })
}

/// What [`on_map`] asks.
pub fn on_map_statement(
    scope: &Scope,
    is_open: bool,
    after: (Moment, Id),
    until: Moment,
    most: usize,
) -> (String, Vec<Value>) {
    let mut params = params![after.0, after.1, until];
    let within = scope.condition(&mut params);
    let open = if is_open { "is_open = 1 and " } else { "" };
    let sql = format!(
        "select {MAP_COLUMNS} from cases where {open}(opened_at, id) > ($1, $2) and opened_at < $3 and lon is not null \
         and lat is not null and {within} order by opened_at, id limit {most}"
    );
    (sql, params)
}

/// The cases with a place that the scope's lists show: those opened after `after` (moment and identifier) and before `until`, in
/// this order, only open ones when `is_open`.
///
/// # Errors
/// When the database fails.
pub async fn on_map(
    tx: &Tx,
    scope: &Scope,
    is_open: bool,
    after: (Moment, Id),
    until: Moment,
    most: usize,
) -> Result<Vec<OnMap>, DbError> {
    let (sql, params) = on_map_statement(scope, is_open, after, until, most);
    tx.query(&sql, params).await?.iter().map(on_map_row).collect()
}

/// Of these cases those with a place that the scope's lists show, in no order.
///
/// # Errors
/// When the database fails.
pub async fn on_map_of(tx: &Tx, scope: &Scope, ids: &[Id]) -> Result<Vec<OnMap>, DbError> {
    let mut found = Vec::new();
    for some in ids.chunks(SEEN) {
        // One length, filled up with what no case is called by, so that the statement is prepared once.
        let all = some.iter().copied().chain(std::iter::repeat(-1)).take(SEEN);
        let mut params: Vec<Value> = all.map(Value::Int).collect();
        let within = scope.condition(&mut params);
        let sql = format!(
            "with some_cases as materialized (select * from cases where id in ({})) \
             select {MAP_COLUMNS} from some_cases where lon is not null and lat is not null and {within}",
            slots(0, SEEN)
        );
        for row in tx.query(&sql, params).await? {
            found.push(on_map_row(&row)?);
        }
    }
    Ok(found)
}

fn params_after(params: &mut Vec<Value>, value: i64) -> usize {
    params.push(Value::Int(value));
    params.len()
}

/// The active department of a code.
///
/// # Errors
/// When the database fails.
pub async fn department_of_code(tx: &Tx, code: &str) -> Result<Option<Id>, DbError> {
    let row = tx.query_opt("select id from departments where code = $1 and is_active = 1", params![code]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// How many open cases stand in each stage, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx, scope: &Scope) -> Result<Vec<(Stage, i64)>, DbError> {
    let mut params = Vec::new();
    let within = scope.condition(&mut params);
    let open: Vec<String> =
        Stage::ALL.iter().filter(|stage| !stage.is_over()).map(|stage| format!("'{}'", stage.text())).collect();
    // Each of the two is counted in an index alone.
    let open = match scope {
        Scope::All => format!("stage in ({})", open.join(", ")),
        _ => "is_open = 1".to_owned(),
    };
    let sql = format!("select stage, count(*) from cases where {open} and {within} group by stage");
    let mut counts = Vec::new();
    for row in tx.query(&sql, params).await? {
        let text: String = row.get(0)?;
        counts.push((word(Stage::read(&text), &text)?, row.get(1)?));
    }
    Ok(counts)
}

/// How many open cases are overdue at `now`, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn overdue(tx: &Tx, scope: &Scope, now: Moment) -> Result<i64, DbError> {
    let mut params = params![now];
    let within = scope.condition(&mut params);
    let sql = format!("select count(*) from cases where is_open = 1 and due_order_at < $1 and {within}");
    tx.query_one(&sql, params).await?.get(0)
}

/// How many cases stand on each side branch, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn on_branches(tx: &Tx, scope: &Scope) -> Result<Vec<(Branch, i64)>, DbError> {
    let mut counts = Vec::new();
    for (branch, _) in Branch::ALL {
        let mut params = Vec::new();
        let within = scope.condition(&mut params);
        let sql = format!("select count(*) from cases where {} and {within}", branch.condition());
        counts.push((branch, tx.query_one(&sql, params).await?.get(0)?));
    }
    Ok(counts)
}

/// Open cases near a case or of its unit grid, other than it, newest first: perhaps the same problem.
///
/// # Errors
/// When the database fails.
pub async fn alike(tx: &Tx, case: &Case) -> Result<Vec<Listed>, DbError> {
    if case.place.cell.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select {COLUMNS} from cases where cell = $1 and is_open = 1 and parent_id is null and id <> $2 order by opened_at desc, id desc limit 30"
    );
    tx.query(&sql, params![&case.place.cell, case.id]).await?.iter().map(read).collect()
}

/// The reports that belong to a case, first come first.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &Tx, case: Id) -> Result<Vec<Id>, DbError> {
    let rows =
        tx.query("select report_id from case_reports where case_id = $1 order by joined_at, report_id", params![case]);
    rows.await?.iter().map(|row| row.get(0)).collect()
}

/// What another room has to say on the page of a case; it writes its line itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The room's word for it: `repeat`. The sentence is `cases-mark-KIND`, the page `/KINDs/ID`.
    pub kind: String,
    /// What it leads to, as text because scripts cannot hold it as a number.
    pub subject: String,
    /// That one's number.
    pub number: String,
    /// How many.
    pub count: i64,
    /// Since when.
    pub since: Moment,
}

/// What other rooms have to say about a case.
///
/// # Errors
/// When the database fails.
pub async fn marks(tx: &Tx, case: Id) -> Result<Vec<Mark>, DbError> {
    let sql = "select kind, subject_id, number, count, since_at from case_marks where case_id = $1 \
               order by count desc, subject_id limit 10";
    let rows = tx.query(sql, params![case]).await?;
    rows.iter()
        .map(|row| {
            Ok(Mark {
                kind: row.get(0)?,
                subject: row.get::<Id>(1)?.to_string(),
                number: row.get(2)?,
                count: row.get(3)?,
                since: row.get(4)?,
            })
        })
        .collect()
}

/// The case that a report belongs to.
///
/// # Errors
/// When the database fails.
pub async fn case_of(tx: &Tx, report: Id) -> Result<Option<Id>, DbError> {
    let row = tx.query_opt("select case_id from case_reports where report_id = $1", params![report]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Makes a report that belongs to no case belong to this one; false when it belongs to one already. Whoever asks for the same
/// report at the same moment waits here until the other's transaction has ended, so that one of them alone opens a case.
///
/// # Errors
/// When the database fails.
pub async fn attach_first(tx: &Tx, case: Id, report: Id, now: Moment) -> Result<bool, DbError> {
    let sql = "insert into case_reports (case_id, report_id, joined_at) values ($1, $2, $3) \
               on conflict (report_id) do nothing";
    Ok(tx.execute(sql, params![case, report, now]).await? > 0)
}

/// How many of these reports belong to no case yet.
///
/// # Errors
/// When the database fails.
pub async fn caseless(tx: &Tx, reports: &[Id]) -> Result<usize, DbError> {
    let sql = format!("select count(*) from case_reports where report_id in ({})", slots(0, reports.len()));
    let attached: i64 =
        tx.query_one(&sql, reports.iter().map(|report| Value::from(*report)).collect()).await?.get(0)?;
    Ok(reports.len().saturating_sub(usize::try_from(attached).unwrap_or(usize::MAX)))
}

/// Makes a report that belongs to no case belong to this one.
///
/// # Errors
/// [`DbError::NotUnique`] when somebody else opened a case for it at the same moment; when the database fails.
pub async fn attach(tx: &Tx, case: Id, report: Id, now: Moment) -> Result<(), DbError> {
    let sql = "insert into case_reports (case_id, report_id, joined_at) values ($1, $2, $3)";
    tx.execute(sql, params![case, report, now]).await?;
    Ok(())
}

/// Makes a report belong to a case; a report belongs to one case, so it leaves the one it had.
///
/// # Errors
/// When the database fails.
pub async fn join(tx: &Tx, case: Id, report: Id, now: Moment) -> Result<(), DbError> {
    tx.execute("delete from case_reports where report_id = $1", params![report]).await?;
    attach(tx, case, report, now).await
}

/// The case of this number, within the scope; none when there is none.
///
/// # Errors
/// When the database fails.
pub async fn of_number(tx: &Tx, number: &str, scope: &Scope) -> Result<Option<Id>, DbError> {
    let mut params = params![number];
    let within = scope.condition(&mut params);
    let row = tx.query_opt(&format!("select id from cases where number = $1 and {within}"), params).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Up to which fact of the log a reader of this room has read.
///
/// # Errors
/// When the database fails.
pub async fn reading(tx: &Tx, name: &str) -> Result<Id, DbError> {
    let row = tx.query_opt("select fact_id from case_readings where name = $1", params![name]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Where a reader that has never read begins: before the first case opened since a moment, or at the log's end.
///
/// # Errors
/// When the database fails.
pub async fn beginning(tx: &Tx, since: Moment) -> Result<Id, DbError> {
    let sql = "select coalesce((select min(id) from facts where kind = 'case_opened' and at >= $1) - 1, \
               (select max(id) from facts), 0)";
    tx.query_one(sql, params![since]).await?.get(0)
}

/// Keeps up to which fact a reader has read.
///
/// # Errors
/// When the database fails.
pub async fn read_until(tx: &Tx, name: &str, fact: Id) -> Result<(), DbError> {
    let sql = "insert into case_readings (name, fact_id) values ($1, $2) \
               on conflict (name) do update set fact_id = excluded.fact_id";
    tx.execute(sql, params![name, fact]).await?;
    Ok(())
}

/// A fact about a report: identifier, report, kind, moment, and who of the staff did it.
pub type NewsOfReport = (Id, Id, String, Moment, Option<Id>);

/// What [`news_of_reports`] asks. It walks the log by its key: an index of subjects would be walked from its beginning every
/// time, so the subject is hidden from the planner.
pub const NEWS_OF_REPORTS: &str = "select id, subject_id, kind, at, author_id from facts where id > $1 and id < $2 \
    and coalesce(subject, '') = 'report' and coalesce(kind, '') in ('submitted', 'reopen_asked') order by id limit 200";

/// Facts about reports after `after`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn news_of_reports(tx: &Tx, after: Id) -> Result<Vec<NewsOfReport>, DbError> {
    let rows = tx.query(NEWS_OF_REPORTS, params![after, WITHOUT_END]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))).collect()
}

/// A name to choose: an account or a department.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// The identifier, as a form's value.
    pub value: String,
    /// The name.
    pub label: String,
}

/// Active accounts of a post, of one department when asked so.
///
/// # Errors
/// When the database fails.
pub async fn people(tx: &Tx, post: Post, department: Option<Id>) -> Result<Vec<Choice>, DbError> {
    let mut params = params![post.word()];
    let mut sql = String::from("select id, name from accounts where is_active = 1 and post = $1");
    if let Some(department) = department {
        params.push(department.into());
        // A department's own people and those of the teams below it.
        sql.push_str(" and department_id in (select id from departments where id = $2 or parent_id = $2)");
    }
    sql.push_str(" order by name, id limit 500");
    choices(tx.query(&sql, params).await?)
}

/// The active accounts of a post, of one department when asked so; at most 200.
///
/// # Errors
/// When the database fails.
pub async fn accounts(tx: &Tx, post: Post, department: Option<Id>) -> Result<Vec<Id>, DbError> {
    let mut params = params![post.word()];
    let mut sql = String::from("select id from accounts where is_active = 1 and post = $1");
    if let Some(department) = department {
        params.push(department.into());
        sql.push_str(" and department_id = $2");
    }
    sql.push_str(" order by id limit 200");
    tx.query(&sql, params).await?.iter().map(|row| row.get(0)).collect()
}

/// True when the active account has the post, in the department or in one below it when asked so.
///
/// # Errors
/// When the database fails.
pub async fn works_as(tx: &Tx, account: Id, post: Post, department: Option<Id>) -> Result<bool, DbError> {
    let mut params = params![account, post.word()];
    let mut sql = String::from("select id from accounts where id = $1 and post = $2 and is_active = 1");
    if let Some(department) = department {
        params.push(department.into());
        sql.push_str(" and department_id in (select id from departments where id = $3 or parent_id = $3)");
    }
    Ok(tx.query_opt(&sql, params).await?.is_some())
}

/// True when there is such an active department.
///
/// # Errors
/// When the database fails.
pub async fn is_department(tx: &Tx, department: Id) -> Result<bool, DbError> {
    let sql = "select id from departments where id = $1 and is_active = 1";
    Ok(tx.query_opt(sql, params![department]).await?.is_some())
}

/// Active departments that handle cases.
///
/// # Errors
/// When the database fails.
pub async fn departments(tx: &Tx, lang: &str) -> Result<Vec<Choice>, DbError> {
    let name = if lang == "en" { "name_en" } else { "name_zh" };
    let sql = format!("select id, {name} from departments where is_active = 1 order by code limit 500");
    choices(tx.query(&sql, vec![]).await?)
}

fn choices(rows: Vec<Row>) -> Result<Vec<Choice>, DbError> {
    rows.iter().map(|row| Ok(Choice { value: row.get::<i64>(0)?.to_string(), label: row.get(1)? })).collect()
}

/// The side on which a post acts on cases; none for posts that only look.
pub fn side(post: Post) -> Option<Side> {
    match post {
        Post::Keeper => Some(Side::Keeper),
        Post::Acceptor => Some(Side::Acceptor),
        Post::ShiftLeader => Some(Side::ShiftLeader),
        Post::Dispatcher => Some(Side::Dispatcher),
        Post::DepartmentDesk => Some(Side::Department),
        Post::CrewMember => Some(Side::Crew),
        Post::Leader => Some(Side::Leader),
        Post::EnforcementHelper
        | Post::EnforcementOfficer
        | Post::UnitLeader
        | Post::LegalReviewer
        | Post::HearingPresident
        | Post::Treasurer
        | Post::Archivist
        | Post::SystemAdmin
        | Post::SecurityAdmin
        | Post::AuditAdmin => None,
    }
}
