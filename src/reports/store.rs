//! The room's tables: reports and ratings.

use super::report::{Category, Place, Report, Source, Stage};
use super::twins;
use crate::files::TakenIn;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, WITHOUT_END, params, slots};
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::kit::sealing::{Column, Personal};
use crate::timeline;
use crate::timeline::fact::Fact;
use std::collections::HashSet;

const COLUMNS: &str = "id, code, idempotency_key, words, lon, lat, coordinate_system, address, grid_code, \
     district_code, street_code, community_code, area_name, code_set, kind, category_code, category_name, contact_name, \
     contact_phone, photos, source, source_number, language, stage, case_id, received_at, due_at, closed_at, urged_at, \
     followers, reopen_asked_for";

/// Where the names of those who reported lie.
pub const CONTACT_NAME: Column = Column::of("reports", "contact_name");
/// Where their telephone numbers lie.
pub const CONTACT_PHONE: Column = Column::of("reports", "contact_phone");
/// What was answered beside the words, as it was sent: an e-mail address may be among it.
pub const DETAIL_SENT: Column = of_details("sent");
/// The same as it is read in Chinese.
pub const DETAIL_VALUE_ZH: Column = of_details("value_zh");
/// The same as it is read in English.
pub const DETAIL_VALUE_EN: Column = of_details("value_en");

const fn of_details(name: &'static str) -> Column {
    Column::of("report_details", name).keyed("report_id", Some("position"))
}

/// The name and the number of whoever sent a report, as they lie in two columns of a row.
///
/// # Errors
/// [`DbError::Row`] when these are no texts.
pub fn contact(tx: &Tx, report: Id, row: &Row, name: usize, phone: usize) -> Result<(Personal, Personal), DbError> {
    Ok((tx.open(CONTACT_NAME, report, row.get(name)?), tx.open(CONTACT_PHONE, report, row.get(phone)?)))
}

fn read(tx: &Tx, row: &Row) -> Result<Report, DbError> {
    let (source, stage): (String, String) = (row.get(20)?, row.get(23)?);
    let photos: String = row.get(19)?;
    let id: Id = row.get(0)?;
    let (contact_name, contact_phone) = contact(tx, id, row, 17, 18)?;
    Ok(Report {
        id,
        code: row.get(1)?,
        key: row.get(2)?,
        words: row.get(3)?,
        place: Place {
            lon: row.get(4)?,
            lat: row.get(5)?,
            system: row.get(6)?,
            address: row.get(7)?,
            cell: row.get(8)?,
            district: row.get(9)?,
            street: row.get(10)?,
            community: row.get(11)?,
            area: row.get(12)?,
        },
        category: Category { code_set: row.get(13)?, kind: row.get(14)?, code: row.get(15)?, name: row.get(16)? },
        contact_name,
        contact_phone,
        photos: photos.split_whitespace().map(str::to_owned).collect(),
        source: Source::parse(&source).ok_or_else(|| DbError::Row(format!("unknown source {source}")))?,
        source_number: row.get(21)?,
        language: row.get(22)?,
        stage: Stage::parse(&stage).ok_or_else(|| DbError::Row(format!("unknown stage {stage}")))?,
        case_id: row.get(24)?,
        received_at: row.get(25)?,
        due_at: row.get(26)?,
        closed_at: row.get(27)?,
        urged_at: row.get(28)?,
        followers: row.get(29)?,
        reopen_asked_for: row.get(30)?,
    })
}

/// A report on its way in.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// The report; its photos are those beside it.
    pub report: &'a Report,
    /// Its photos.
    pub photos: &'a [TakenIn],
    /// The fact that tells of it: `submitted` for one that has just come in, `imported` for one of another system.
    pub kind: &'static str,
    /// Who of the staff sent it.
    pub author: Option<Id>,
}

/// Keeps reports with the facts that tell of them, each unless its key was used before, by as few statements as one takes. Answers
/// for each the tracking code that its key belongs to and whether it is new.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &Tx, reports: &[New<'_>]) -> Result<Vec<(String, bool)>, DbError> {
    // Whoever sends the same key at the same moment waits here until the other's transaction has ended.
    let keyed = reports.iter().filter(|new| new.report.has_key());
    let keys = keyed.flat_map(|new| params![&new.report.key, new.report.id]).collect();
    let into = "insert into report_keys (key, report_id)";
    let rows = tx.insert(into, 2, keys, "on conflict (key) do nothing returning report_id").await?;
    let first: HashSet<Id> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let is_new = |report: &Report| !report.has_key() || first.contains(&report.id);
    let (mut values, mut marks, mut facts) = (Vec::with_capacity(30 * reports.len()), Vec::new(), Vec::new());
    for New { report, photos, kind, author } in reports.iter().filter(|new| is_new(new.report)) {
        let ids = match photos.is_empty() {
            true => Vec::new(),
            false => super::photos::record(tx, report.id, photos, report.received_at).await?,
        };
        values.extend(row(tx, report, &ids.join(" "))?);
        // What another system has handed over is handled there; twins are sought for what the desk is to read.
        marks.push((*report, if *kind == "submitted" { twins::store::SEEK } else { 0 }));
        let mut body = serde_json::json!({ "source": report.source.word() });
        if !ids.is_empty() {
            body["photos"] = serde_json::json!(ids);
        }
        if report.stage != Stage::Received {
            body["stage"] = report.stage.word().into();
        }
        facts.push(Fact {
            subject: "report",
            subject_id: report.id,
            kind: (*kind).to_owned(),
            is_public: true,
            author: *author,
            at: report.received_at,
            body,
        });
    }
    let into = "insert into reports (id, code, idempotency_key, words, lon, lat, coordinate_system, address, grid_code, \
                district_code, street_code, community_code, area_name, code_set, kind, category_code, category_name, \
                contact_name, contact_phone, photos, source, source_number, language, stage, case_id, received_at, due_at, \
                closed_at, urged_at, followers)";
    tx.insert(into, 30, values, "").await?;
    twins::store::mark(tx, &marks).await?;
    timeline::store::record_all(tx, &facts).await?;
    let mut answer = Vec::with_capacity(reports.len());
    for New { report, .. } in reports {
        answer.push(match is_new(report) {
            true => (report.code.clone(), true),
            false => {
                let known = of_key(tx, &report.key).await?;
                let (_, code) = known.ok_or_else(|| DbError::Row(format!("no report of the key {}", report.key)))?;
                (code, false)
            }
        });
    }
    Ok(answer)
}

/// The row of a new report.
fn row(tx: &Tx, report: &Report, photos: &str) -> Result<Vec<Value>, DbError> {
    Ok(params![
        report.id,
        &report.code,
        &report.key,
        &report.words,
        report.place.lon,
        report.place.lat,
        &report.place.system,
        &report.place.address,
        &report.place.cell,
        &report.place.district,
        &report.place.street,
        &report.place.community,
        &report.place.area,
        &report.category.code_set,
        &report.category.kind,
        &report.category.code,
        &report.category.name,
        tx.keep(CONTACT_NAME, report.id, &report.contact_name)?,
        tx.keep(CONTACT_PHONE, report.id, &report.contact_phone)?,
        photos,
        report.source.word(),
        &report.source_number,
        &report.language,
        report.stage.word(),
        report.case_id,
        report.received_at,
        report.due_at,
        report.closed_at,
        report.urged_at,
        report.followers
    ])
}

/// Reports after one that no fact speaks of, with their tracking codes, at most so many. There are none.
///
/// # Errors
/// When the database fails.
pub async fn without_facts(tx: &Tx, after: Id, most: usize) -> Result<Vec<(Id, String)>, DbError> {
    let sql = "select r.id, r.code from reports r where r.id > $1 and not exists \
               (select 1 from facts f where f.subject = 'report' and f.subject_id = r.id) order by r.id limit $2";
    tx.query(sql, params![after, most]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Appends a fact about a report.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &Tx,
    report: Id,
    kind: &str,
    is_public: bool,
    author: Option<Id>,
    at: Moment,
    body: serde_json::Value,
) -> Result<(), DbError> {
    let fact = Fact { subject: "report", subject_id: report, kind: kind.to_owned(), is_public, author, at, body };
    timeline::store::record(tx, &fact).await.map(|_| ())
}

/// The report of this identifier.
///
/// # Errors
/// When the database fails.
pub async fn load(tx: &Tx, report: Id) -> Result<Option<Report>, DbError> {
    let sql = format!("select {COLUMNS} from reports where id = $1");
    tx.query_opt(&sql, params![report]).await?.as_ref().map(|row| read(tx, row)).transpose()
}

/// The report of this tracking code.
///
/// # Errors
/// When the database fails.
pub async fn load_by_code(tx: &Tx, code: &str) -> Result<Option<Report>, DbError> {
    let sql = format!("select {COLUMNS} from reports where code = $1");
    tx.query_opt(&sql, params![code]).await?.as_ref().map(|row| read(tx, row)).transpose()
}

/// The report that was sent by this key, and its tracking code.
///
/// # Errors
/// When the database fails.
pub async fn of_key(tx: &Tx, key: &str) -> Result<Option<(Id, String)>, DbError> {
    // Not one statement for both: keys and reports lie by different columns.
    let known = tx.query_opt("select report_id from report_keys where key = $1", params![key]).await?;
    let Some(report) = known.map(|row| row.get::<Id>(0)).transpose()? else { return Ok(None) };
    let row = tx.query_opt("select code from reports where id = $1", params![report]).await?;
    row.map(|row| Ok((report, row.get(0)?))).transpose()
}

/// Follows what happened to the report's case: its public stage, its promise, its end. Called in the transaction that
/// records the fact on the report; `case` and `due_at` are kept when the fact says nothing of them.
///
/// # Errors
/// When the database fails.
pub async fn follow_fact(
    tx: &Tx,
    report: Id,
    kind: &str,
    at: Moment,
    case: Option<Id>,
    due_at: Option<Moment>,
) -> Result<(), DbError> {
    let stage = Stage::after(kind);
    if stage.is_none() && due_at.is_none() {
        return Ok(());
    }
    tx.execute(
        "update reports set stage = coalesce($2, stage), case_id = coalesce($3, case_id), \
         due_at = coalesce($4, due_at), closed_at = case when $5 = 1 then $6 when $5 = 0 then null else closed_at end, \
         revision = revision + 1 where id = $1",
        params![
            report,
            stage.map(Stage::word),
            case,
            due_at,
            stage.map_or(2_i64, |stage| i64::from(stage.is_ended())),
            at
        ],
    )
    .await?;
    match stage {
        Some(stage) => twins::store::ended(tx, report, stage.is_ended().then_some(at)).await,
        None => Ok(()),
    }
}

/// Notes that a report was urged, when it was not within `since`; false when somebody was faster.
///
/// # Errors
/// When the database fails.
pub async fn urge(tx: &Tx, report: Id, since: Moment, now: Moment) -> Result<bool, DbError> {
    let sql = "update reports set urged_at = $2 where id = $1 and urged_at <= $3";
    Ok(tx.execute(sql, params![report, now, since]).await? == 1)
}

/// When the name and the number of whoever sent a report were taken out.
///
/// # Errors
/// When the database fails.
pub async fn contact_gone_at(tx: &Tx, report: Id) -> Result<Option<Moment>, DbError> {
    tx.query_one("select contact_gone_at from reports where id = $1", params![report]).await?.get(0)
}

/// Keeps another name and number of whoever sent a report; without both, that and when they were taken out. False, and nothing is kept,
/// when since `known_gone` was read they were taken out: whoever asked for that is not to be asked again.
///
/// # Errors
/// When the database fails.
pub async fn change_contact(
    tx: &Tx,
    report: Id,
    name: &Personal,
    phone: &Personal,
    known_gone: Option<Moment>,
    now: Moment,
) -> Result<bool, DbError> {
    let gone = (name.is_empty() && phone.is_empty()).then_some(now);
    let sql = "update reports set contact_name = $2, contact_phone = $3, contact_gone_at = $4 \
               where id = $1 and coalesce(contact_gone_at, 0) = $5";
    let (name, phone) = (tx.keep(CONTACT_NAME, report, name)?, tx.keep(CONTACT_PHONE, report, phone)?);
    let known_gone = known_gone.unwrap_or(Moment(0));
    Ok(tx.execute(sql, params![report, name, phone, gone, known_gone]).await? == 1)
}

/// Counts one follower more.
///
/// # Errors
/// When the database fails.
pub async fn add_follower(tx: &Tx, report: Id) -> Result<(), DbError> {
    tx.execute("update reports set followers = followers + 1 where id = $1", params![report]).await.map(|_| ())
}

/// What a citizen thinks of how a report was handled.
#[derive(Debug, Clone)]
pub struct Rating {
    /// How quickly it was answered, 1 to 5.
    pub response: Option<i64>,
    /// Whether the problem is gone.
    pub is_solved: Option<bool>,
    /// How content they are, 1 to 5.
    pub satisfaction: Option<i64>,
    /// Their own words.
    pub words: String,
}

/// Keeps a rating; false when this closing was rated before.
///
/// # Errors
/// When the database fails.
pub async fn rate(tx: &Tx, report: Id, closed: Moment, rating: &Rating, now: Moment) -> Result<bool, DbError> {
    let sql = "insert into ratings (id, report_id, closed_at, response, is_solved, satisfaction, words, at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (report_id, closed_at) do nothing";
    let added = tx
        .execute(
            sql,
            params![
                id::fresh(),
                report,
                closed,
                rating.response,
                rating.is_solved,
                rating.satisfaction,
                &rating.words,
                now
            ],
        )
        .await?;
    Ok(added == 1)
}

/// True when this closing was rated.
///
/// # Errors
/// When the database fails.
pub async fn is_rated(tx: &Tx, report: Id, closed: Moment) -> Result<bool, DbError> {
    let sql = "select 1 from ratings where report_id = $1 and closed_at = $2";
    Ok(tx.query_opt(sql, params![report, closed]).await?.is_some())
}

/// Notes that the reopening of this closing is asked for; false when it was asked for before.
///
/// # Errors
/// When the database fails.
pub async fn ask_reopening(tx: &Tx, report: Id, closed: Moment) -> Result<bool, DbError> {
    let sql = "update reports set reopen_asked_for = $2 where id = $1 and reopen_asked_for <> $2";
    Ok(tx.execute(sql, params![report, closed]).await? == 1)
}

/// Gives a report back to a case of its own, which has its own promise or none.
///
/// # Errors
/// When the database fails.
pub async fn separated(
    tx: &Tx,
    report: Id,
    kind: &str,
    at: Moment,
    case: Id,
    due_at: Option<Moment>,
) -> Result<(), DbError> {
    tx.execute("update reports set due_at = null where id = $1", params![report]).await?;
    follow_fact(tx, report, kind, at, Some(case), due_at).await
}

/// Which reports the public list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this stage.
    pub stage: Option<Stage>,
    /// Only this street.
    pub street: String,
    /// Only this sub-class.
    pub category: String,
    /// The key of the last row of the page before: `received_at.id`.
    pub after: String,
}

/// One page of reports, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, filter: &Filter) -> Result<Page<Report>, DbError> {
    let mut params: Vec<Value> = Vec::new();
    let mut conditions = vec!["1 = 1".to_owned()];
    if let Some(stage) = filter.stage {
        params.push(stage.word().into());
        conditions.push(format!("stage = ${}", params.len()));
    }
    if !filter.street.is_empty() {
        params.push((&filter.street).into());
        conditions.push(format!("street_code = ${}", params.len()));
    }
    if !filter.category.is_empty() {
        params.push((&filter.category).into());
        conditions.push(format!("category_code = ${}", params.len()));
    }
    let after =
        filter.after.split_once('.').and_then(|(at, id)| Some((at.parse::<i64>().ok()?, id.parse::<i64>().ok()?)));
    if let Some((at, id)) = after {
        params.push(at.into());
        params.push(id.into());
        conditions.push(format!("(received_at, id) < (${}, ${})", params.len() - 1, params.len()));
    }
    let sql = format!(
        "select {COLUMNS} from reports where {} order by received_at desc, id desc limit {}",
        conditions.join(" and "),
        PAGE + 1
    );
    let rows = tx.query(&sql, params).await?.iter().map(|row| read(tx, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(rows, |report| format!("{}.{}", report.received_at.0, report.id)))
}

/// The figures of the home page.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct Figures {
    /// Reports since the day began.
    pub today: i64,
    /// Reports since the month began.
    pub month: i64,
    /// Solved since the month began.
    pub solved: i64,
    /// The median time from report to solution of those, in milliseconds.
    pub median: Option<i64>,
}

/// Counts the figures of the home page.
///
/// # Errors
/// When the database fails.
pub async fn figures(tx: &Tx, day: Moment, month: Moment) -> Result<Figures, DbError> {
    let since = "select count(*) from reports where received_at >= $1 and received_at < $2";
    let today: i64 = tx.query_one(since, params![day, WITHOUT_END]).await?.get(0)?;
    let in_month: i64 = tx.query_one(since, params![month, WITHOUT_END]).await?.get(0)?;
    let solved = "select count(*) from reports where closed_at >= $1 and closed_at < $2 and stage = 'solved'";
    let solved: i64 = tx.query_one(solved, params![month, WITHOUT_END]).await?.get(0)?;
    let middle = "select closed_at - received_at from reports where closed_at >= $1 and closed_at < $2 and stage = 'solved' \
                  order by closed_at - received_at limit 1 offset $3";
    let median = match solved {
        0 => None,
        count => Some(tx.query_one(middle, params![month, WITHOUT_END, count / 2]).await?.get(0)?),
    };
    Ok(Figures { today, month: in_month, solved, median })
}

/// The reports that were solved last, those with photos only.
///
/// # Errors
/// When the database fails.
pub async fn recently_solved(tx: &Tx, most: i64) -> Result<Vec<Report>, DbError> {
    let sql = format!(
        "select {COLUMNS} from reports where closed_at is not null and stage = 'solved' \
         order by closed_at desc limit $1"
    );
    tx.query(&sql, params![most]).await?.iter().map(|row| read(tx, row)).collect()
}

/// The newest reports that have a place, for the map.
///
/// # Errors
/// When the database fails.
pub async fn on_map(tx: &Tx, since: Moment, most: i64) -> Result<Vec<Report>, DbError> {
    let sql = format!(
        "select {COLUMNS} from reports where received_at >= $1 and lon is not null \
         order by received_at desc, id desc limit $2"
    );
    tx.query(&sql, params![since, most]).await?.iter().map(|row| read(tx, row)).collect()
}

/// These reports, in no order.
///
/// # Errors
/// When the database fails.
pub async fn some(tx: &Tx, ids: &[Id]) -> Result<Vec<Report>, DbError> {
    let mut found = Vec::new();
    for some in ids.chunks(250) {
        let sql = format!("select {COLUMNS} from reports where id in ({})", slots(0, some.len()));
        for row in tx.query(&sql, some.iter().map(|id| Value::from(*id)).collect()).await? {
            found.push(read(tx, &row)?);
        }
    }
    Ok(found)
}

/// Whether a report was sent by this key.
///
/// # Errors
/// When the database fails.
pub async fn is_known(tx: &Tx, key: &str) -> Result<bool, DbError> {
    Ok(tx.query_opt("select 1 from report_keys where key = $1", params![key]).await?.is_some())
}

/// Something that was asked for beside the words: a question of the city's own, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The question's code.
    pub code: String,
    /// The question in Chinese and in English.
    pub label: (String, String),
    /// The answer as it was sent; the keys of several, parted by spaces.
    pub sent: Personal,
    /// The answer as it is read in Chinese and in English.
    pub value: (Personal, Personal),
    /// True when everybody may read it.
    pub is_public: bool,
}

/// Keeps what was asked for beside a report's words, in their order.
///
/// # Errors
/// When the database fails.
pub async fn keep_details(tx: &Tx, report: Id, details: &[Detail]) -> Result<(), DbError> {
    let sql = "insert into report_details (report_id, position, code, label_zh, label_en, sent, value_zh, value_en, is_public) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    for (position, detail) in details.iter().enumerate() {
        let ((zh, en), (value_zh, value_en)) = (&detail.label, &detail.value);
        let row = (report, position);
        let values = params![
            report,
            position,
            &detail.code,
            zh,
            en,
            tx.keep(DETAIL_SENT, row, &detail.sent)?,
            tx.keep(DETAIL_VALUE_ZH, row, value_zh)?,
            tx.keep(DETAIL_VALUE_EN, row, value_en)?,
            detail.is_public
        ];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// What was asked for beside the words of these reports, each with its report.
///
/// # Errors
/// When the database fails.
pub async fn details(tx: &Tx, reports: &[Id]) -> Result<Vec<(Id, Detail)>, DbError> {
    let mut found = Vec::new();
    for some in reports.chunks(250) {
        let sql = format!(
            "select report_id, code, label_zh, label_en, sent, value_zh, value_en, is_public, position from report_details \
             where report_id in ({}) order by report_id, position",
            slots(0, some.len())
        );
        for row in tx.query(&sql, some.iter().map(|id| Value::from(*id)).collect()).await? {
            let key: (Id, i64) = (row.get(0)?, row.get(8)?);
            let detail = Detail {
                code: row.get(1)?,
                label: (row.get(2)?, row.get(3)?),
                sent: tx.open(DETAIL_SENT, key, row.get(4)?),
                value: (tx.open(DETAIL_VALUE_ZH, key, row.get(5)?), tx.open(DETAIL_VALUE_EN, key, row.get(6)?)),
                is_public: row.get(7)?,
            };
            found.push((key.0, detail));
        }
    }
    Ok(found)
}

/// What begins the code of a detail that every reader of the case may read, unlike what was said for those who take reports on.
pub const FOR_STAFF: &str = "staff:";
/// The code of the detail by which a report that somebody else has handed over is urgent.
pub const URGENT: &str = "staff:urgent";

/// Keeps when somebody else, who handed a report over under a number, wants its answer. A later moment for the same report takes
/// the place of the earlier one, and its people are told anew.
///
/// # Errors
/// When the database fails.
pub async fn keep_deadline(tx: &Tx, report: Id, number: &str, due_at: Moment) -> Result<(), DbError> {
    let sql = "insert into report_deadlines (report_id, number, due_at, told) values ($1, $2, $3, 0) \
               on conflict (report_id) do update set due_at = excluded.due_at, told = 0";
    tx.execute(sql, params![report, number, due_at]).await.map(drop)
}

/// When somebody else wants the answer to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Their number.
    pub number: String,
    /// When.
    pub due_at: Moment,
    /// When it was answered.
    pub answered_at: Option<Moment>,
}

/// Another's deadline for a report; none without one.
///
/// # Errors
/// When the database fails.
pub async fn deadline(tx: &Tx, report: Id) -> Result<Option<Deadline>, DbError> {
    let sql = "select number, due_at, answered_at from report_deadlines where report_id = $1";
    let row = tx.query_opt(sql, params![report]).await?;
    row.map(|row| Ok(Deadline { number: row.get(0)?, due_at: row.get(1)?, answered_at: row.get(2)? })).transpose()
}
