//! The room's tables.

use super::finding::Known;
use super::month::Month;
use super::repeat::{Charge, Happened, Place, Repeat, State};
use super::review::{Decision, Measure, Minutes, Review};
use crate::cases::reading::Stirred;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, WITHOUT_END, params, slots};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::reports::{self, report::Source};
use crate::timeline;
use crate::timeline::fact::Fact;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// The most values that one statement binds.
const MOST_BOUND: usize = 400;

/// Which repeats exist for somebody. What lies outside does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The desks and the leaders: all.
    All,
    /// A department's desk: what it answers for, and what has cases of its own.
    Department(Id),
    /// Somebody with nothing to look for here.
    Nothing,
}

impl Scope {
    /// What exists for this person.
    pub fn of(actor: &Actor) -> Scope {
        match (actor.post, actor.department) {
            (Post::Acceptor | Post::ShiftLeader | Post::Dispatcher | Post::Leader, _) => Scope::All,
            (Post::DepartmentDesk, Some(department)) => Scope::Department(department),
            _ => Scope::Nothing,
        }
    }

    fn condition(self, params: &mut Vec<Value>) -> String {
        match self {
            Scope::All => "1 = 1".into(),
            Scope::Department(department) => {
                params.push(department.into());
                format!("id in (select repeat_id from repeat_departments where department_id = ${})", params.len())
            }
            Scope::Nothing => "1 = 0".into(),
        }
    }
}

const COLUMNS: &str = "id, number, title, is_titled, rule_id, rule_version, sub_class, lon, lat, radius_metres, address, \
    street, community, state, state_at, state_on, report_count, first_at, last_at, last_on, return_count, department_id, \
    leader_id, due_on, silent_on, alert_on, revision";

fn strange(what: &str) -> DbError {
    DbError::Row(format!("unknown word {what}"))
}

fn date(text: &str) -> Result<Date, DbError> {
    text.parse().map_err(|_| strange(text))
}

fn date_opt(row: &Row, index: usize) -> Result<Option<Date>, DbError> {
    row.get::<Option<String>>(index)?.map(|text| date(&text)).transpose()
}

fn version(row: &Row, index: usize) -> Result<u32, DbError> {
    Ok(u32::try_from(row.get::<i64>(index)?).unwrap_or_default())
}

fn read(row: &Row) -> Result<Repeat, DbError> {
    let state: String = row.get(13)?;
    let (department, due_on): (Option<Id>, _) = (row.get(21)?, date_opt(row, 23)?);
    let leader = row.get(22)?;
    Ok(Repeat {
        id: row.get(0)?,
        number: row.get(1)?,
        title: row.get(2)?,
        is_titled: row.get(3)?,
        rule: row.get(4)?,
        rule_version: version(row, 5)?,
        sub_class: row.get(6)?,
        place: Place {
            lon: row.get(7)?,
            lat: row.get(8)?,
            radius: row.get(9)?,
            address: row.get(10)?,
            street: row.get(11)?,
            community: row.get(12)?,
        },
        state: State::parse(&state).ok_or_else(|| strange(&state))?,
        state_at: row.get(14)?,
        state_on: date(&row.get::<String>(15)?)?,
        count: row.get(16)?,
        first_at: row.get(17)?,
        last_at: row.get(18)?,
        last_on: date(&row.get::<String>(19)?)?,
        returns: row.get(20)?,
        charge: department.zip(due_on).map(|(department, due_on)| Charge { department, leader, due_on }),
        silent_on: date_opt(row, 24)?,
        alert_on: date_opt(row, 25)?,
        revision: row.get(26)?,
    })
}

fn text(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

fn values(repeat: &Repeat) -> Vec<Value> {
    let (place, charge) = (&repeat.place, repeat.charge);
    params![
        repeat.id,
        &repeat.number,
        &repeat.title,
        repeat.is_titled,
        &repeat.rule,
        repeat.rule_version,
        &repeat.sub_class,
        place.lon,
        place.lat,
        place.radius,
        &place.address,
        &place.street,
        &place.community,
        repeat.state.word(),
        repeat.state_at,
        repeat.state_on.to_string(),
        repeat.count,
        repeat.first_at,
        repeat.last_at,
        repeat.last_on.to_string(),
        repeat.returns,
        charge.map(|charge| charge.department),
        charge.and_then(|charge| charge.leader),
        text(charge.map(|charge| charge.due_on)),
        text(repeat.silent_on),
        text(repeat.alert_on),
        repeat.revision,
        understanding::text::normal(&place.address),
        repeat.state.is_open(),
    ]
}

/// Keeps a new repeat.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, repeat: &Repeat) -> Result<(), DbError> {
    let sql = format!("insert into repeats ({COLUMNS}, address_key, is_open) values ({})", slots(0, 29));
    tx.execute(&sql, values(repeat)).await?;
    Ok(())
}

/// Saves a repeat that had `before` as its revision.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, repeat: &Repeat, before: i64) -> Result<(), DbError> {
    let columns = format!("{COLUMNS}, address_key, is_open");
    let sets: Vec<String> =
        columns.split(", ").enumerate().skip(1).map(|(at, name)| format!("{} = ${}", name.trim(), at + 1)).collect();
    let sql = format!("update repeats set {} where id = $1 and revision = $30", sets.join(", "));
    let mut params = values(repeat);
    params.push(before.into());
    if tx.execute(&sql, params).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// The repeat of this identifier, within a scope.
///
/// # Errors
/// [`Error::NotFound`] when it does not exist for the scope; when the database fails.
pub async fn load(tx: &Tx, id: Id, scope: Scope) -> Result<Repeat, Error> {
    let mut params = params![id];
    let condition = scope.condition(&mut params);
    let sql = format!("select {COLUMNS} from repeats where id = $1 and {condition}");
    Ok(read(&tx.query_opt(&sql, params).await?.ok_or(Error::NotFound)?)?)
}

/// Appends a fact about a repeat.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &Tx,
    repeat: Id,
    what: Happened,
    author: Option<Id>,
    at: Moment,
    body: serde_json::Value,
) -> Result<Id, DbError> {
    record_of(tx, "repeat", repeat, what.word(), author, at, body).await
}

/// Appends a fact about a repeat or a review.
///
/// # Errors
/// When the database fails.
pub async fn record_of(
    tx: &Tx,
    subject: &'static str,
    subject_id: Id,
    kind: &str,
    author: Option<Id>,
    at: Moment,
    body: serde_json::Value,
) -> Result<Id, DbError> {
    let fact = Fact { subject, subject_id, kind: kind.to_owned(), is_public: false, author, at, body };
    timeline::store::record(tx, &fact).await
}

/// What a list of repeats shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// What somebody still has to do something about.
    #[default]
    Open,
    /// What is past its deadline.
    Late,
    /// What came back.
    Returned,
    /// What is solved.
    Silent,
    /// Everything.
    All,
}

impl Show {
    /// All of them, in their order on the page.
    pub const ALL: [Show; 5] = [Show::Open, Show::Late, Show::Returned, Show::Silent, Show::All];

    /// Its word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Show::Open => "open",
            Show::Late => "late",
            Show::Returned => "returned",
            Show::Silent => "silent",
            Show::All => "all",
        }
    }
}

/// Cuts of the list of repeats.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which.
    pub show: Show,
    /// Only this street (area code).
    pub street: Option<String>,
    /// Only this rule.
    pub rule: Option<String>,
    /// Only this responsible department.
    pub department: Option<Id>,
    /// The most reports first; otherwise the last that came first.
    pub by_count: bool,
    /// The key of the last row of the page before.
    pub after: Option<(i64, Id)>,
    /// The civil day, for what is late.
    pub today: Option<Date>,
}

/// One page of repeats.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, scope: Scope, filter: &Filter) -> Result<Page<Repeat>, DbError> {
    let (sql, params) = statement(scope, filter);
    let rows = tx.query(&sql, params).await?;
    let rows = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let key =
        |repeat: &Repeat| format!("{}.{}", if filter.by_count { repeat.count } else { repeat.last_at.0 }, repeat.id);
    Ok(Page::cut(rows, key))
}

/// What [`list`] asks.
pub fn statement(scope: Scope, filter: &Filter) -> (String, Vec<Value>) {
    let mut params = Vec::new();
    let mut conditions = vec![scope.condition(&mut params)];
    let mut with = |condition: &str, value: Value| {
        params.push(value);
        conditions.push(condition.replace('?', &format!("${}", params.len())));
    };
    if let Some(street) = &filter.street {
        with("street = ?", street.into());
    }
    if let Some(rule) = &filter.rule {
        with("rule_id = ?", rule.into());
    }
    if let Some(department) = filter.department {
        with("department_id = ?", department.into());
    }
    match filter.show {
        Show::Late => with("due_on < ?", filter.today.map(|day| day.to_string()).unwrap_or_default().into()),
        Show::Returned => with("state = ?", State::Returned.word().into()),
        Show::Silent => with("state = ?", State::Silent.word().into()),
        Show::Open | Show::All => {}
    }
    let key = if filter.by_count { "report_count" } else { "last_at" };
    if let Some((value, id)) = filter.after {
        params.extend(params![value, id]);
        conditions.push(format!("({key}, id) < (${}, ${})", params.len() - 1, params.len()));
    }
    // Said literally, so that the small indexes over what is open may serve.
    match filter.show {
        Show::Open => conditions.push("is_open = 1".into()),
        Show::Late => {
            conditions.push("due_on is not null and is_open = 1 and state in ('decided', 'in-hand')".into());
        }
        Show::Returned | Show::Silent | Show::All => {}
    }
    let sql = format!(
        "select {COLUMNS} from repeats where {} order by {key} desc, id desc limit {}",
        conditions.join(" and "),
        PAGE + 1
    );
    (sql, params)
}

/// Runs a statement for many values, some at a time; `?` in it stands for the list of them, numbered behind `first`.
async fn in_parts(tx: &Tx, sql: &str, first: Vec<Value>, many: &[Value]) -> Result<Vec<Row>, DbError> {
    let mut rows = Vec::new();
    for some in many.chunks(MOST_BOUND) {
        let params = first.iter().chain(some).cloned().collect();
        rows.extend(tx.query(&sql.replace('?', &slots(first.len(), some.len())), params).await?);
    }
    Ok(rows)
}

/// How many reports repeats had month by month, from a month on.
///
/// # Errors
/// When the database fails.
pub async fn trends(tx: &Tx, repeats: &[Id], from: Month) -> Result<HashMap<Id, BTreeMap<String, i64>>, DbError> {
    let sql = "select repeat_id, month, count(*) from repeat_members where month >= $1 and repeat_id in (?) \
               group by repeat_id, month";
    let many: Vec<Value> = repeats.iter().map(|id| Value::from(*id)).collect();
    let mut found: HashMap<Id, BTreeMap<String, i64>> = HashMap::new();
    for row in in_parts(tx, sql, params![from.to_string()], &many).await? {
        found.entry(row.get(0)?).or_default().insert(row.get(1)?, row.get(2)?);
    }
    Ok(found)
}

/// A report that joins a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The report.
    pub report: Id,
    /// When it came.
    pub at: Moment,
    /// The civil month of that.
    pub month: Month,
}

/// Adds reports to a repeat; answers how many are new to it. A report of another repeat of the same rule stays there.
///
/// # Errors
/// When the database fails.
pub async fn join(tx: &Tx, repeat: Id, rule: &str, members: &[Member]) -> Result<i64, DbError> {
    let mut added = 0;
    for some in members.chunks(MOST_BOUND / 4) {
        let mut params = params![repeat, rule];
        let rows: Vec<String> = some
            .iter()
            .map(|member| {
                params.extend(params![member.report, member.at, member.month.to_string()]);
                let at = params.len();
                format!("($1, ${}, $2, ${}, ${at})", at - 2, at - 1)
            })
            .collect();
        let sql = format!(
            "insert into repeat_members (repeat_id, report_id, rule_id, received_at, month) values {} \
             on conflict do nothing",
            rows.join(", ")
        );
        added += i64::try_from(tx.execute(&sql, params).await?).unwrap_or_default();
    }
    Ok(added)
}

/// Which of these reports belong to which repeat of a rule.
///
/// # Errors
/// When the database fails.
pub async fn shared(tx: &Tx, rule: &str, reports: &[Id]) -> Result<HashMap<Id, Id>, DbError> {
    let sql = "select report_id, repeat_id from repeat_members where rule_id = $1 and report_id in (?)";
    let many: Vec<Value> = reports.iter().map(|id| Value::from(*id)).collect();
    in_parts(tx, sql, params![rule], &many).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// A report of a repeat as its page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The report.
    pub report: Id,
    /// Its words.
    pub words: String,
    /// Its address.
    pub address: String,
    /// When it came.
    pub at: Moment,
    /// Who sent it: a source's word.
    pub source: String,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
    /// Its case: identifier, number, the stage's word; none before one is opened.
    pub case: Option<(Id, String, String)>,
}

/// The reports of a repeat that exist for somebody, the last first, `most` at a time after the key of the last one before.
///
/// # Errors
/// When the database fails.
pub async fn members(
    tx: &Tx,
    repeat: Id,
    scope: Scope,
    after: Option<(i64, Id)>,
    most: usize,
) -> Result<Vec<Shown>, DbError> {
    let (at, report) = after.unwrap_or((WITHOUT_END, WITHOUT_END));
    let mut params = params![repeat, at, report, most];
    let own = match scope {
        Scope::All => "1 = 1",
        Scope::Department(department) => {
            params.push(department.into());
            "c.department_id = $5"
        }
        Scope::Nothing => "1 = 0",
    };
    let sql = format!(
        "select r.id, r.words, r.address, r.received_at, r.source, r.lon, r.lat, c.id, c.number, c.stage from repeat_members m \
         join reports r on r.id = m.report_id left join case_reports l on l.report_id = m.report_id \
         left join cases c on c.id = l.case_id where m.repeat_id = $1 and (m.received_at, m.report_id) < ($2, $3) and {own} \
         order by m.received_at desc, m.report_id desc limit $4"
    );
    let rows = tx.query(&sql, params).await?;
    rows.iter()
        .map(|row| {
            let (lon, lat): (Option<f64>, Option<f64>) = (row.get(5)?, row.get(6)?);
            let case = match row.get::<Option<Id>>(7)? {
                Some(case) => Some((case, row.get(8)?, row.get(9)?)),
                None => None,
            };
            Ok(Shown {
                report: row.get(0)?,
                words: row.get(1)?,
                address: row.get(2)?,
                at: row.get(3)?,
                source: row.get(4)?,
                point: lon.zip(lat),
                case,
            })
        })
        .collect()
}

/// The departments that have cases of a repeat, the most cases first.
///
/// # Errors
/// When the database fails.
pub async fn handling(tx: &Tx, repeat: Id) -> Result<Vec<Id>, DbError> {
    let sql = "select c.department_id, count(*) from repeat_members m join case_reports l on l.report_id = m.report_id \
               join cases c on c.id = l.case_id where m.repeat_id = $1 and c.department_id is not null \
               group by c.department_id order by count(*) desc, c.department_id";
    tx.query(sql, params![repeat]).await?.iter().map(|row| row.get(0)).collect()
}

/// Writes down for which departments a repeat exists; answers those that have its cases, the most first. Said by whoever
/// changed the repeat in the same transaction, or holds it.
///
/// # Errors
/// When the database fails.
pub async fn settle_departments(tx: &Tx, repeat: Id, responsible: Option<Id>) -> Result<Vec<Id>, DbError> {
    let handling = handling(tx, repeat).await?;
    tx.execute("delete from repeat_departments where repeat_id = $1", params![repeat]).await?;
    let others = handling.iter().copied().filter(|department| Some(*department) != responsible);
    for (department, is_responsible) in
        responsible.into_iter().map(|one| (one, true)).chain(others.map(|one| (one, false)))
    {
        let sql = "insert into repeat_departments (department_id, repeat_id, is_responsible) values ($1, $2, $3)";
        tx.execute(sql, params![department, repeat, is_responsible]).await?;
    }
    Ok(handling)
}

/// The cases of a repeat's reports.
///
/// # Errors
/// When the database fails.
pub async fn cases_of(tx: &Tx, repeat: Id) -> Result<Vec<Id>, DbError> {
    let sql = "select distinct l.case_id from repeat_members m join case_reports l on l.report_id = m.report_id \
               where m.repeat_id = $1";
    tx.query(sql, params![repeat]).await?.iter().map(|row| row.get(0)).collect()
}

/// The repeats that a case's reports belong to.
///
/// # Errors
/// When the database fails.
pub async fn of_case(tx: &Tx, case: Id) -> Result<Vec<Id>, DbError> {
    let sql = "select distinct m.repeat_id from case_reports l join repeat_members m on m.report_id = l.report_id \
               where l.case_id = $1 order by m.repeat_id";
    tx.query(sql, params![case]).await?.iter().map(|row| row.get(0)).collect()
}

/// Keeps everybody else from writing about a repeat until the transaction ends, as whoever changes it does.
///
/// # Errors
/// When the database fails.
pub async fn hold(tx: &Tx, repeat: Id) -> Result<(), DbError> {
    tx.execute("update repeats set revision = revision where id = $1", params![repeat]).await.map(drop)
}

/// Writes on the pages of a repeat's cases that they belong to it, and to how many reports that are.
///
/// # Errors
/// When the database fails.
pub async fn mark_cases(tx: &Tx, repeat: Id) -> Result<(), DbError> {
    let sql = "insert into case_marks (case_id, kind, subject_id, number, count, since_at) \
               select l.case_id, 'repeat', r.id, r.number, r.report_count, r.first_at from repeats r \
               join repeat_members m on m.repeat_id = r.id join case_reports l on l.report_id = m.report_id where r.id = $1 \
               group by l.case_id, r.id, r.number, r.report_count, r.first_at \
               on conflict (case_id, kind, subject_id) do update set count = excluded.count, since_at = excluded.since_at";
    tx.execute(sql, params![repeat]).await?;
    Ok(())
}

/// Repeats that have come back and of which a report came in a stretch.
///
/// # Errors
/// When the database fails.
pub async fn returned(tx: &Tx, from: Moment, until: Moment) -> Result<Vec<Id>, DbError> {
    let sql = "select id from repeats where state = 'returned' and last_at >= $1 and last_at < $2 order by id";
    tx.query(sql, params![from, until]).await?.iter().map(|row| row.get(0)).collect()
}

/// How many reports repeats had before a moment, and when the last of those came.
///
/// # Errors
/// When the database fails.
pub async fn totals(tx: &Tx, repeats: &[Id], until: Moment) -> Result<HashMap<Id, (i64, Moment)>, DbError> {
    let many: Vec<Value> = repeats.iter().map(|id| Value::from(*id)).collect();
    let sql = "select repeat_id, count(*), max(received_at) from repeat_members where received_at < $1 and repeat_id in (?) \
               group by repeat_id";
    let rows = in_parts(tx, sql, params![until], &many).await?;
    rows.iter().map(|row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).collect()
}

/// Removes what a search that broke off left of a month's list that nobody has seen.
///
/// # Errors
/// When the database fails.
pub async fn clear_items(tx: &Tx, month: Month) -> Result<(), DbError> {
    tx.execute("delete from repeat_items where month = $1", params![month.to_string()]).await?;
    Ok(())
}

/// Known repeats after an identifier, some at a time, as far as they are recognised by.
///
/// # Errors
/// When the database fails.
pub async fn known(tx: &Tx, after: Id) -> Result<Vec<Known>, DbError> {
    let sql =
        "select id, rule_id, lon, lat, radius_metres, address, title from repeats where id > $1 order by id limit 5000";
    let rows = tx.query(sql, params![after]).await?;
    rows.iter()
        .map(|row| {
            let (lon, lat): (Option<f64>, Option<f64>) = (row.get(2)?, row.get(3)?);
            Ok(Known {
                id: row.get(0)?,
                rule: row.get(1)?,
                middle: lon.zip(lat),
                radius: row.get(4)?,
                address: row.get(5)?,
                title: row.get(6)?,
            })
        })
        .collect()
}

/// Repeats of a rule that lie in a square of degrees, or have this address (in its normal form).
///
/// # Errors
/// When the database fails.
pub async fn nearby(
    tx: &Tx,
    rule: &str,
    square: Option<((f64, f64), (f64, f64))>,
    address: &str,
) -> Result<Vec<Repeat>, DbError> {
    let mut found = Vec::new();
    if !address.is_empty() {
        let sql = format!(
            "select {COLUMNS} from repeats where rule_id = $1 and address_key = $2 and address_key <> '' order by id limit 20"
        );
        found.extend(tx.query(&sql, params![rule, address]).await?);
    }
    if let Some(((west, south), (east, north))) = square {
        let sql = format!(
            "select {COLUMNS} from repeats where rule_id = $1 and lat is not null and lat between $2 and $3 \
             and lon between $4 and $5 order by id limit 50"
        );
        found.extend(tx.query(&sql, params![rule, south, north, west, east]).await?);
    }
    let mut repeats = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    repeats.sort_by_key(|repeat| repeat.id);
    repeats.dedup_by_key(|repeat| repeat.id);
    Ok(repeats)
}

/// A report as a search reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The identifier.
    pub id: Id,
    /// When it came.
    pub at: Moment,
    /// The sub-class that its case was filed with, or that its citizen chose, such as `event-0127`; empty without.
    pub sub_class: String,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
    /// The address.
    pub address: String,
    /// The contact's telephone; empty without, and while it cannot be read.
    pub phone: String,
    /// The words.
    pub words: String,
    /// The street's code.
    pub street: String,
    /// The community's code.
    pub community: String,
    /// Whether it counts: of these sources, and its case was not struck off.
    pub counts: bool,
}

const READ: &str = "select r.id, r.received_at, r.kind, r.category_code, c.kind, c.code, c.stage, r.lon, r.lat, r.address, \
    r.contact_phone, r.words, r.street_code, r.community_code, r.source from reports r \
    left join case_reports l on l.report_id = r.id left join cases c on c.id = l.case_id";

fn read_report(tx: &Tx, row: &Row, sources: &[Source]) -> Result<Read, DbError> {
    let (kind, code): (String, String) = (row.get(2)?, row.get(3)?);
    let (case_kind, case_code): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
    let (kind, code) = match case_kind.zip(case_code).filter(|(_, code)| !code.is_empty()) {
        Some(filed) => filed,
        None => (kind, code),
    };
    let stage: Option<String> = row.get(6)?;
    let (lon, lat): (Option<f64>, Option<f64>) = (row.get(7)?, row.get(8)?);
    let source: String = row.get(14)?;
    let id: Id = row.get(0)?;
    let phone = tx.open(reports::store::CONTACT_PHONE, id, row.get(10)?);
    Ok(Read {
        id,
        at: row.get(1)?,
        sub_class: if code.is_empty() { String::new() } else { format!("{kind}-{code}") },
        point: lon.zip(lat),
        address: row.get(9)?,
        phone: phone.known().unwrap_or_default().to_owned(),
        words: row.get(11)?,
        street: row.get(12)?,
        community: row.get(13)?,
        counts: sources.iter().any(|one| one.word() == source) && stage.as_deref() != Some("voided"),
    })
}

/// Reports that came from a moment on and before another, after the last one that was read, in the order in which they came.
///
/// # Errors
/// When the database fails.
pub async fn reports(
    tx: &Tx,
    after: (Moment, Id),
    until: Moment,
    sources: &[Source],
    most: usize,
) -> Result<Vec<Read>, DbError> {
    let sql = format!(
        "{READ} where r.received_at >= $1 and r.received_at < $2 and (r.received_at, r.id) > ($1, $3) \
         order by r.received_at, r.id limit $4"
    );
    let rows = tx.query(&sql, params![after.0, until, after.1, most]).await?;
    rows.iter().map(|row| read_report(tx, row, sources)).collect()
}

/// One report as a search reads it.
///
/// # Errors
/// When the database fails.
pub async fn report(tx: &Tx, id: Id, sources: &[Source]) -> Result<Option<Read>, DbError> {
    let row = tx.query_opt(&format!("{READ} where r.id = $1"), params![id]).await?;
    row.map(|row| read_report(tx, &row, sources)).transpose()
}

/// What [`news`] asks. It walks the log by its key, as other readers do.
pub const NEWS: &str = "select id, subject_id, at from facts where id > $1 and id < $2 and coalesce(subject, '') = 'case' \
    and coalesce(kind, '') in ('case_opened', 'case_filed', 'case_dispatched', 'report_joined') order by id limit $3";

/// Facts of cases that may bring a report to a repeat, or a repeat to a department, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn news(tx: &Tx, after: Id, most: usize) -> Result<Vec<Stirred>, DbError> {
    let rows = tx.query(NEWS, params![after, WITHOUT_END, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Repeats that are silent by a day, or of which somebody must be told, the first day first, behind the one that was read last.
///
/// # Errors
/// When the database fails.
pub async fn due(tx: &Tx, is_silence: bool, today: Date, after: (String, Id)) -> Result<Vec<(String, Id)>, DbError> {
    let sql = if is_silence {
        "select silent_on, id from repeats where silent_on is not null and silent_on <= $1 and (silent_on, id) > ($2, $3) \
         order by silent_on, id limit 200"
    } else {
        "select alert_on, id from repeats where alert_on is not null and alert_on <= $1 and (alert_on, id) > ($2, $3) \
         order by alert_on, id limit 200"
    };
    let rows = tx.query(sql, params![today.to_string(), after.0, after.1]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// What a search is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A month's list, which is frozen at its end.
    Month,
    /// Somebody wants to see how things are.
    Now,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Purpose::Month => "month",
            Purpose::Now => "now",
        }
    }
}

/// A search through the reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Look {
    /// The identifier.
    pub id: Id,
    /// What it is for.
    #[serde(skip)]
    pub purpose: Purpose,
    /// The month.
    pub month: String,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// Who asked; none when the program did.
    pub asked_by: Option<Id>,
    /// When.
    pub asked_at: Moment,
    /// When it began.
    pub begun_at: Option<Moment>,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// How many reports it read.
    pub reports: i64,
    /// How many repeats it found.
    pub found: i64,
    /// How many of them were new.
    pub fresh: i64,
    /// How long it took, in milliseconds.
    pub took: i64,
}

const LOOK: &str = "select id, purpose, month, state, asked_by, asked_at, begun_at, finished_at, report_count, found_count, \
    fresh_count, took from repeat_looks";

fn read_look(row: &Row) -> Result<Look, DbError> {
    let purpose: String = row.get(1)?;
    Ok(Look {
        id: row.get(0)?,
        purpose: if purpose == "month" { Purpose::Month } else { Purpose::Now },
        month: row.get(2)?,
        state: row.get(3)?,
        asked_by: row.get(4)?,
        asked_at: row.get(5)?,
        begun_at: row.get(6)?,
        finished_at: row.get(7)?,
        reports: row.get(8)?,
        found: row.get(9)?,
        fresh: row.get(10)?,
        took: row.get(11)?,
    })
}

/// Asks for a search; one that waits already is not asked for twice.
///
/// # Errors
/// When the database fails.
pub async fn ask(tx: &Tx, purpose: Purpose, month: Month, by: Option<Id>, now: Moment) -> Result<(), DbError> {
    let sql = "insert into repeat_looks (id, purpose, month, state, asked_by, asked_at, report_count, found_count, \
               fresh_count, took) values ($1, $2, $3, 'queued', $4, $5, 0, 0, 0, 0) on conflict do nothing";
    tx.execute(sql, params![id::fresh(), purpose.word(), month.to_string(), by, now]).await?;
    Ok(())
}

/// The search that runs; none when none does.
///
/// # Errors
/// When the database fails.
pub async fn running(tx: &Tx) -> Result<Option<Look>, DbError> {
    let row = tx.query_opt(&format!("{LOOK} where state = 'running' limit 1"), vec![]).await?;
    row.map(|row| read_look(&row)).transpose()
}

/// The search that waits longest, a month's before any other.
///
/// # Errors
/// When the database fails.
pub async fn next_look(tx: &Tx) -> Result<Option<Look>, DbError> {
    let sql = format!("{LOOK} where state = 'queued' order by purpose, asked_at, id limit 1");
    let row = tx.query_opt(&sql, vec![]).await?;
    row.map(|row| read_look(&row)).transpose()
}

/// The search that was asked for last.
///
/// # Errors
/// When the database fails.
pub async fn last_look(tx: &Tx) -> Result<Option<Look>, DbError> {
    let row = tx.query_opt(&format!("{LOOK} order by asked_at desc, id desc limit 1"), vec![]).await?;
    row.map(|row| read_look(&row)).transpose()
}

/// When the last search for a month's list failed; none when none did.
///
/// # Errors
/// When the database fails.
pub async fn failed_at(tx: &Tx, month: Month, since: Moment) -> Result<Option<Moment>, DbError> {
    let sql = "select max(asked_at) from repeat_looks where purpose = 'month' and month = $1 and state = 'failed' \
               and asked_at > $2";
    tx.query_one(sql, params![month.to_string(), since]).await?.get(0)
}

/// Saves a search that was in the state `before`; false when somebody else changed it.
///
/// # Errors
/// [`DbError::NotUnique`] when another one runs; when the database fails.
pub async fn save_look(tx: &Tx, look: &Look, before: &str) -> Result<bool, DbError> {
    let sql = "update repeat_looks set state = $2, begun_at = $3, finished_at = $4, report_count = $5, found_count = $6, \
               fresh_count = $7, took = $8 where id = $1 and state = $9";
    let saved = tx
        .execute(
            sql,
            params![
                look.id,
                &look.state,
                look.begun_at,
                look.finished_at,
                look.reports,
                look.found,
                look.fresh,
                look.took,
                before
            ],
        )
        .await?;
    Ok(saved == 1)
}

const REVIEW: &str = "select id, month, rules, frozen_at, report_count, item_count, held_on, chair, present, notes, closed_at, \
    closed_by, revision from repeat_reviews";

fn read_review(row: &Row) -> Result<Review, DbError> {
    let closed_at: Option<Moment> = row.get(10)?;
    let closed_by = row.get(11)?;
    Ok(Review {
        id: row.get(0)?,
        month: row.get(1)?,
        rules: row.get(2)?,
        frozen_at: row.get(3)?,
        reports: row.get(4)?,
        items: row.get(5)?,
        minutes: Minutes { held_on: date_opt(row, 6)?, chair: row.get(7)?, present: row.get(8)?, notes: row.get(9)? },
        closed: closed_at.map(|at| (at, closed_by)),
        revision: row.get(12)?,
    })
}

/// The review of a month, if its list is frozen.
///
/// # Errors
/// When the database fails.
pub async fn find_review(tx: &Tx, month: Month) -> Result<Option<Review>, DbError> {
    let row = tx.query_opt(&format!("{REVIEW} where month = $1"), params![month.to_string()]).await?;
    row.map(|row| read_review(&row)).transpose()
}

/// The reviews of the last months, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn reviews(tx: &Tx, before: &str) -> Result<Vec<Review>, DbError> {
    let sql = format!("{REVIEW} where month < $1 order by month desc limit {}", PAGE + 1);
    tx.query(&sql, params![before]).await?.iter().map(read_review).collect()
}

/// Keeps a review.
///
/// # Errors
/// [`DbError::NotUnique`] when the month's list was frozen meanwhile; when the database fails.
pub async fn add_review(tx: &Tx, review: &Review) -> Result<(), DbError> {
    let sql = "insert into repeat_reviews (id, month, rules, frozen_at, report_count, item_count, chair, present, notes, \
               revision) values ($1, $2, $3, $4, $5, $6, '', '', '', 1)";
    tx.execute(sql, params![review.id, &review.month, &review.rules, review.frozen_at, review.reports, review.items])
        .await?;
    Ok(())
}

/// Saves the minutes of a review that had `before` as its revision.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save_review(tx: &Tx, review: &Review, before: i64) -> Result<(), DbError> {
    let sql = "update repeat_reviews set held_on = $2, chair = $3, present = $4, notes = $5, closed_at = $6, closed_by = $7, \
               revision = $8 where month = $1 and revision = $9";
    let minutes = &review.minutes;
    let saved = tx
        .execute(
            sql,
            params![
                &review.month,
                text(minutes.held_on),
                &minutes.chair,
                &minutes.present,
                &minutes.notes,
                review.closed.map(|(at, _)| at),
                review.closed.and_then(|(_, by)| by),
                review.revision,
                before
            ],
        )
        .await?;
    if saved == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// An item of a month's list, as it was when it was frozen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// The month.
    pub month: String,
    /// The repeat.
    pub repeat: Id,
    /// Its place on the list, from 1.
    pub position: i64,
    /// The repeat's number.
    pub number: String,
    /// Its title then.
    pub title: String,
    /// The rule.
    pub rule: String,
    /// The rule's version.
    pub rule_version: u32,
    /// The sub-class then.
    pub sub_class: String,
    /// The street's code.
    pub street: String,
    /// The community's code.
    pub community: String,
    /// The address.
    pub address: String,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
    /// Reports of the month.
    pub count: i64,
    /// Reports of the month before.
    pub before: i64,
    /// Reports altogether until then.
    pub total: i64,
    /// How pressing it is.
    pub urgency: i64,
    /// How often it had come back.
    pub returns: i64,
    /// Its state then.
    pub state: State,
    /// When the first report came.
    pub first_at: Moment,
    /// When the last report came.
    pub last_at: Moment,
    /// The department that answers for it, or that has most of its cases.
    pub department: Option<Id>,
}

impl Item {
    /// How many reports more than in the month before.
    pub const fn rise(&self) -> i64 {
        self.count - self.before
    }
}

const ITEM: &str = "i.month, i.repeat_id, i.position, i.number, i.title, i.rule_id, i.rule_version, i.sub_class, i.street, \
    i.community, i.address, i.lon, i.lat, i.report_count, i.before_count, i.total_count, i.urgency, i.return_count, i.state, \
    i.first_at, i.last_at, i.department_id";

fn read_item(row: &Row) -> Result<Item, DbError> {
    let (lon, lat): (Option<f64>, Option<f64>) = (row.get(11)?, row.get(12)?);
    let state: String = row.get(18)?;
    Ok(Item {
        month: row.get(0)?,
        repeat: row.get(1)?,
        position: row.get(2)?,
        number: row.get(3)?,
        title: row.get(4)?,
        rule: row.get(5)?,
        rule_version: version(row, 6)?,
        sub_class: row.get(7)?,
        street: row.get(8)?,
        community: row.get(9)?,
        address: row.get(10)?,
        point: lon.zip(lat),
        count: row.get(13)?,
        before: row.get(14)?,
        total: row.get(15)?,
        urgency: row.get(16)?,
        returns: row.get(17)?,
        state: State::parse(&state).ok_or_else(|| strange(&state))?,
        first_at: row.get(19)?,
        last_at: row.get(20)?,
        department: row.get(21)?,
    })
}

/// Keeps an item of a month's list.
///
/// # Errors
/// When the database fails.
pub async fn add_item(tx: &Tx, item: &Item) -> Result<(), DbError> {
    let sql = format!("insert into repeat_items ({}, rise) values ({})", ITEM.replace("i.", ""), slots(0, 23));
    tx.execute(
        &sql,
        params![
            &item.month,
            item.repeat,
            item.position,
            &item.number,
            &item.title,
            &item.rule,
            item.rule_version,
            &item.sub_class,
            &item.street,
            &item.community,
            &item.address,
            item.point.map(|point| point.0),
            item.point.map(|point| point.1),
            item.count,
            item.before,
            item.total,
            item.urgency,
            item.returns,
            item.state.word(),
            item.first_at,
            item.last_at,
            item.department,
            item.rise(),
        ],
    )
    .await?;
    Ok(())
}

/// In which order a month's list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The most pressing first.
    #[default]
    Urgency,
    /// The most reports first.
    Count,
    /// What grew most first.
    Rise,
}

impl Order {
    /// All of them with their words in addresses.
    pub const ALL: [(Order, &'static str); 3] =
        [(Order::Urgency, "urgency"), (Order::Count, "count"), (Order::Rise, "rise")];

    const fn column(self) -> &'static str {
        match self {
            Order::Urgency => "urgency",
            Order::Count => "report_count",
            Order::Rise => "rise",
        }
    }

    const fn of(self, item: &Item) -> i64 {
        match self {
            Order::Urgency => item.urgency,
            Order::Count => item.count,
            Order::Rise => item.rise(),
        }
    }
}

/// Cuts of a month's list.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Only this street.
    pub street: Option<String>,
    /// Only this sub-class.
    pub sub_class: Option<String>,
    /// Only this department.
    pub department: Option<Id>,
    /// Only what stands so now.
    pub state: Option<State>,
    /// The order.
    pub order: Order,
    /// The key of the last row of the page before.
    pub after: Option<(i64, Id)>,
}

/// How a repeat of a month's list stands now, beside what was frozen: state, reports altogether, times that it came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// How many reports it has.
    pub count: i64,
    /// How often it came back.
    pub returns: i64,
}

/// A page of a month's list, each with how it stands now.
///
/// # Errors
/// When the database fails.
pub async fn items(tx: &Tx, month: Month, filter: &ItemFilter, most: usize) -> Result<Vec<(Item, Standing)>, DbError> {
    let mut params = params![month.to_string()];
    let mut conditions = vec!["i.month = $1".to_owned()];
    let mut with = |condition: &str, value: Value| {
        params.push(value);
        conditions.push(condition.replace('?', &format!("${}", params.len())));
    };
    if let Some(street) = &filter.street {
        with("i.street = ?", street.into());
    }
    if let Some(sub_class) = &filter.sub_class {
        with("i.sub_class = ?", sub_class.into());
    }
    if let Some(department) = filter.department {
        with("coalesce(d.department_id, i.department_id) = ?", department.into());
    }
    if let Some(state) = filter.state {
        with("r.state = ?", state.word().into());
    }
    let column = filter.order.column();
    if let Some((value, id)) = filter.after {
        params.extend(params![value, id]);
        conditions.push(format!("(i.{column}, i.repeat_id) < (${}, ${})", params.len() - 1, params.len()));
    }
    params.push(most.into());
    let sql = format!(
        "select {ITEM}, r.state, r.report_count, r.return_count from repeat_items i join repeats r on r.id = i.repeat_id \
         left join repeat_decisions d on d.month = i.month and d.repeat_id = i.repeat_id where {} \
         order by i.{column} desc, i.repeat_id desc limit ${}",
        conditions.join(" and "),
        params.len()
    );
    tx.query(&sql, params).await?.iter().map(|row| Ok((read_item(row)?, read_standing(row)?))).collect()
}

fn read_standing(row: &Row) -> Result<Standing, DbError> {
    let state: String = row.get(22)?;
    let state = State::parse(&state).ok_or_else(|| strange(&state))?;
    Ok(Standing { state, count: row.get(23)?, returns: row.get(24)? })
}

/// The key of an item in an order, as addresses carry it.
pub fn item_key(item: &Item, order: Order) -> String {
    format!("{}.{}", order.of(item), item.repeat)
}

/// The item at a place of a month's list.
///
/// # Errors
/// When the database fails.
pub async fn item_at(tx: &Tx, month: Month, position: i64) -> Result<Option<(Item, Standing)>, DbError> {
    let sql = format!(
        "select {ITEM}, r.state, r.report_count, r.return_count from repeat_items i join repeats r on r.id = i.repeat_id \
         where i.month = $1 and i.position = $2"
    );
    let row = tx.query_opt(&sql, params![month.to_string(), position]).await?;
    row.map(|row| Ok((read_item(&row)?, read_standing(&row)?))).transpose()
}

/// The streets and the sub-classes of a month's list.
///
/// # Errors
/// When the database fails.
pub async fn choices(tx: &Tx, month: Month) -> Result<(Vec<String>, Vec<String>), DbError> {
    let mut found = [Vec::new(), Vec::new()];
    for (column, list) in ["street", "sub_class"].iter().zip(&mut found) {
        let sql = format!(
            "select distinct {column} from repeat_items where month = $1 and {column} <> '' order by {column} limit 500"
        );
        for row in tx.query(&sql, params![month.to_string()]).await? {
            list.push(row.get(0)?);
        }
    }
    let [streets, sub_classes] = found;
    Ok((streets, sub_classes))
}

/// A decision of a meeting, with who wrote it and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The month of the list.
    pub month: String,
    /// The repeat.
    pub repeat: Id,
    /// What was decided.
    pub decision: Decision,
    /// Who wrote it down.
    pub author: Option<Id>,
    /// When.
    pub at: Moment,
    /// Whether the meeting is closed.
    pub is_final: bool,
}

const DECIDED: &str = "select d.month, d.repeat_id, d.words, d.measure, d.department_id, d.leader_id, d.due_on, d.author_id, \
    d.at, v.closed_at from repeat_decisions d join repeat_reviews v on v.month = d.month";

fn read_decided(row: &Row) -> Result<Decided, DbError> {
    let measure: String = row.get(3)?;
    Ok(Decided {
        month: row.get(0)?,
        repeat: row.get(1)?,
        decision: Decision {
            words: row.get(2)?,
            measure: Measure::parse(&measure).ok_or_else(|| strange(&measure))?,
            department: row.get(4)?,
            leader: row.get(5)?,
            due_on: date(&row.get::<String>(6)?)?,
        },
        author: row.get(7)?,
        at: row.get(8)?,
        is_final: row.get::<Option<Moment>>(9)?.is_some(),
    })
}

/// Writes a decision down, in place of the one before.
///
/// # Errors
/// When the database fails.
pub async fn decide(
    tx: &Tx,
    month: Month,
    repeat: Id,
    decision: &Decision,
    by: Id,
    now: Moment,
) -> Result<(), DbError> {
    let sql = "insert into repeat_decisions (month, repeat_id, words, measure, department_id, leader_id, due_on, author_id, at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (month, repeat_id) do update set words = excluded.words, \
               measure = excluded.measure, department_id = excluded.department_id, leader_id = excluded.leader_id, \
               due_on = excluded.due_on, author_id = excluded.author_id, at = excluded.at";
    tx.execute(
        sql,
        params![
            month.to_string(),
            repeat,
            &decision.words,
            decision.measure.word(),
            decision.department,
            decision.leader,
            decision.due_on.to_string(),
            by,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Takes a decision back.
///
/// # Errors
/// When the database fails.
pub async fn undecide(tx: &Tx, month: Month, repeat: Id) -> Result<bool, DbError> {
    let sql = "delete from repeat_decisions where month = $1 and repeat_id = $2";
    Ok(tx.execute(sql, params![month.to_string(), repeat]).await? == 1)
}

/// The decisions of a month's meeting, in the order of the list.
///
/// # Errors
/// When the database fails.
pub async fn decisions_of_month(tx: &Tx, month: Month) -> Result<Vec<Decided>, DbError> {
    let sql = format!(
        "{DECIDED} join repeat_items i on i.month = d.month and i.repeat_id = d.repeat_id where d.month = $1 order by i.position"
    );
    tx.query(&sql, params![month.to_string()]).await?.iter().map(read_decided).collect()
}

/// What closed meetings gave to a department, or to a leader in charge, that is due on a day or later.
///
/// # Errors
/// When the database fails.
pub async fn decisions_for(tx: &Tx, department: Option<Id>, leader: Id, since: Date) -> Result<Vec<Decided>, DbError> {
    let sql = format!(
        "{DECIDED} where v.closed_at is not null and d.due_on >= $1 and (d.department_id = $2 or d.leader_id = $3) \
         order by d.due_on, d.repeat_id limit 200"
    );
    tx.query(&sql, params![since.to_string(), department.unwrap_or(0), leader])
        .await?
        .iter()
        .map(read_decided)
        .collect()
}

/// The decisions about a repeat, the latest first; only those of closed meetings when asked so.
///
/// # Errors
/// When the database fails.
pub async fn decisions_of(tx: &Tx, repeat: Id, is_final_only: bool) -> Result<Vec<Decided>, DbError> {
    let sql = format!("{DECIDED} where d.repeat_id = $1 order by d.month desc limit 60");
    let mut found = tx.query(&sql, params![repeat]).await?.iter().map(read_decided).collect::<Result<Vec<_>, _>>()?;
    found.retain(|decided| decided.is_final || !is_final_only);
    Ok(found)
}

/// How many items of each month have a decision.
///
/// # Errors
/// When the database fails.
pub async fn decided_counts(tx: &Tx, months: &[String]) -> Result<HashMap<String, i64>, DbError> {
    let many: Vec<Value> = months.iter().map(Value::from).collect();
    let sql = "select month, count(*) from repeat_decisions where month in (?) group by month";
    in_parts(tx, sql, vec![], &many).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The months on whose lists a repeat stood, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn months_of(tx: &Tx, repeat: Id) -> Result<Vec<String>, DbError> {
    let sql = "select month from repeat_items where repeat_id = $1 order by month desc limit 60";
    tx.query(sql, params![repeat]).await?.iter().map(|row| row.get(0)).collect()
}

/// The last word of its department about a repeat since a moment: the fact's kind, its words, when.
///
/// # Errors
/// When the database fails.
pub async fn last_words(tx: &Tx, repeat: Id, since: Moment) -> Result<Option<(String, String, Moment)>, DbError> {
    let sql = "select kind, body, at from facts where subject = 'repeat' and subject_id = $1 and at >= $2 \
               and kind in ('repeat_progressed', 'repeat_finished') order by id desc limit 1";
    let row = tx.query_opt(sql, params![repeat, since]).await?;
    row.map(|row| {
        let body: String = row.get(1)?;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let words = body.get("words").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Ok((row.get(0)?, words, row.get(2)?))
    })
    .transpose()
}
