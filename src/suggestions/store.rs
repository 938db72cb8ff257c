//! The room's tables: what was offered and what came of it, models, learnings. Lessons are read from cases by statements of its
//! own: what was filed stands there.

use super::suggestion::{Figures, Found, Guess, Learning, LearningState, OFFERED, Suggestion, thousandths};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::id::Id;
use crate::timeline;
use crate::timeline::fact::Fact;

fn word<T>(found: Option<T>, text: &str) -> Result<T, DbError> {
    found.ok_or_else(|| DbError::Row(format!("unknown word {text}")))
}

/// Keeps what was offered of reports, in the transaction that keeps them. Nothing is kept of one for which nothing was offered.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &Tx, suggestions: &[&Suggestion]) -> Result<(), DbError> {
    let mut values = Vec::new();
    for kept in suggestions.iter().filter(|kept| !kept.offers.is_empty()) {
        values.extend(params![kept.report, &kept.version, kept.offered_at]);
        for place in 0..OFFERED {
            let offer = kept.offers.get(place);
            values.push(Value::Text(offer.map(|offer| offer.key.clone()).unwrap_or_default()));
            values.push(Value::Int(offer.map_or(0, |offer| thousandths(offer.confidence))));
        }
        values.extend(params![kept.is_shown, &kept.chosen, "", None::<i64>]);
    }
    let into = "insert into suggestions (report_id, version, offered_at, first_key, first_share, second_key, second_share, \
                third_key, third_share, is_shown, chosen_key, filed_key, filed_at)";
    tx.insert(into, 13, values, "on conflict (report_id) do nothing").await.map(drop)
}

const SUGGESTED: &str = "s.report_id, s.version, s.offered_at, s.first_key, s.first_share, s.second_key, s.second_share, \
                         s.third_key, s.third_share, s.is_shown, s.chosen_key";

fn suggestion(row: &Row) -> Result<Suggestion, DbError> {
    let mut offers = Vec::new();
    for place in 0..OFFERED {
        let (key, share): (String, i64) = (row.get(3 + 2 * place)?, row.get(4 + 2 * place)?);
        if !key.is_empty() {
            #[expect(clippy::cast_precision_loss, reason = "thousandths")]
            let confidence = share as f32 / 1000.0;
            offers.push(Guess { key, confidence });
        }
    }
    Ok(Suggestion {
        report: row.get(0)?,
        version: row.get(1)?,
        offered_at: row.get(2)?,
        offers,
        is_shown: row.get(9)?,
        chosen: row.get(10)?,
    })
}

/// What was offered of the first report of a case; none when nothing was.
///
/// # Errors
/// When the database fails.
pub async fn of_case(tx: &Tx, case: Id) -> Result<Option<Suggestion>, DbError> {
    let sql = format!(
        "select {SUGGESTED} from case_reports c join suggestions s on s.report_id = c.report_id where c.case_id = $1 \
         order by c.joined_at, c.report_id limit 1"
    );
    tx.query_opt(&sql, params![case]).await?.as_ref().map(suggestion).transpose()
}

/// Says of every suggestion for a case what the desk filed it as, once, and counts it.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &Tx, case: Id, filed: &str, month: &str, now: Moment) -> Result<(), DbError> {
    let sql = format!(
        "select {SUGGESTED} from case_reports c join suggestions s on s.report_id = c.report_id \
         where c.case_id = $1 and s.filed_at is null order by s.report_id"
    );
    for row in tx.query(&sql, params![case]).await? {
        let kept = suggestion(&row)?;
        let sql = "update suggestions set filed_key = $2, filed_at = $3 where report_id = $1 and filed_at is null";
        if tx.execute(sql, params![kept.report, filed, now]).await? == 0 {
            continue;
        }
        let Some((outcome, first)) = kept.outcome(filed).zip(kept.offers.first()) else { continue };
        let sql = "insert into suggestion_bands (month, version, band, cases, shares, right_first, right_three, shown, taken) \
                   values ($1, $2, $3, 1, $4, $5, $6, $7, $8) on conflict (month, version, band) do update set \
                   cases = suggestion_bands.cases + 1, shares = suggestion_bands.shares + excluded.shares, \
                   right_first = suggestion_bands.right_first + excluded.right_first, \
                   right_three = suggestion_bands.right_three + excluded.right_three, \
                   shown = suggestion_bands.shown + excluded.shown, taken = suggestion_bands.taken + excluded.taken";
        let values = params![
            month,
            &kept.version,
            outcome.band,
            outcome.share,
            outcome.is_first,
            outcome.is_among,
            kept.is_shown,
            outcome.is_taken
        ];
        tx.execute(sql, values).await?;
        let sql = "insert into suggestion_pairs (month, version, first_key, filed_key, cases, in_three) \
                   values ($1, $2, $3, $4, 1, $5) on conflict (month, version, first_key, filed_key) do update set \
                   cases = suggestion_pairs.cases + 1, in_three = suggestion_pairs.in_three + excluded.in_three";
        tx.execute(sql, params![month, &kept.version, &first.key, filed, outcome.is_among]).await?;
    }
    Ok(())
}

/// Counts of what was offered and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of what: a month, or a version.
    pub of: String,
    /// Filed cases of which something was offered.
    pub cases: i64,
    /// The first was right.
    pub first: i64,
    /// One of the three was.
    pub three: i64,
    /// The reporter saw them.
    pub shown: i64,
    /// … and took the first.
    pub taken: i64,
}

fn counts(row: &Row) -> Result<Counts, DbError> {
    Ok(Counts {
        of: row.get(0)?,
        cases: row.get(1)?,
        first: row.get(2)?,
        three: row.get(3)?,
        shown: row.get(4)?,
        taken: row.get(5)?,
    })
}

const SUMS: &str = "cast(sum(cases) as bigint), cast(sum(right_first) as bigint), cast(sum(right_three) as bigint), \
                    cast(sum(shown) as bigint), cast(sum(taken) as bigint)";

/// The months from one to another, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn months(tx: &Tx, from: &str, to: &str) -> Result<Vec<Counts>, DbError> {
    let sql = format!(
        "select month, {SUMS} from suggestion_bands where month >= $1 and month <= $2 group by month order by month desc"
    );
    tx.query(&sql, params![from, to]).await?.iter().map(counts).collect()
}

/// A month's versions, the one with the most cases first.
///
/// # Errors
/// When the database fails.
pub async fn versions(tx: &Tx, month: &str) -> Result<Vec<Counts>, DbError> {
    let sql = format!(
        "select version, {SUMS} from suggestion_bands where month = $1 group by version order by 2 desc, version limit 40"
    );
    tx.query(&sql, params![month]).await?.iter().map(counts).collect()
}

/// A month's bands of confidence, from below: band, cases, the sum of the confidences in thousandths, how often the first was right.
///
/// # Errors
/// When the database fails.
pub async fn bands(tx: &Tx, month: &str) -> Result<Vec<[i64; 4]>, DbError> {
    let sql = "select band, cast(sum(cases) as bigint), cast(sum(shares) as bigint), cast(sum(right_first) as bigint) \
               from suggestion_bands where month = $1 group by band order by band";
    let rows = tx.query(sql, params![month]).await?;
    rows.iter().map(|row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])).collect()
}

/// What was suggested first, what it was filed as, how many cases, and in how many of them it was among the three.
pub type Pair = (String, String, i64, i64);

/// A month's pairs of what was suggested first and what the case was filed as, the most frequent first; at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn pairs(tx: &Tx, month: &str, most: usize) -> Result<Vec<Pair>, DbError> {
    let sql = "select first_key, filed_key, cast(sum(cases) as bigint), cast(sum(in_three) as bigint) from suggestion_pairs \
               where month = $1 group by first_key, filed_key order by 3 desc, first_key, filed_key limit $2";
    let rows = tx.query(sql, params![month, most]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

/// A model without its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its version.
    pub version: String,
    /// When it was learnt.
    pub made_at: Moment,
    /// From how many texts.
    pub texts: i64,
    /// How it did on texts that were kept out.
    pub figures: Figures,
    /// Whether it is in use.
    pub is_current: bool,
}

/// The models that are kept, the youngest first.
///
/// # Errors
/// When the database fails.
pub async fn models(tx: &Tx) -> Result<Vec<Kept>, DbError> {
    let sql =
        "select version, made_at, texts, figures, is_current from suggestion_models order by made_at desc, version";
    let rows = tx.query(sql, params![]).await?;
    rows.iter()
        .map(|row| {
            let figures: String = row.get(3)?;
            Ok(Kept {
                version: row.get(0)?,
                made_at: row.get(1)?,
                texts: row.get(2)?,
                figures: serde_json::from_str(&figures).map_err(|error| DbError::Row(error.to_string()))?,
                is_current: row.get(4)?,
            })
        })
        .collect()
}

/// The version in use; none: the words of the catalog.
///
/// # Errors
/// When the database fails.
pub async fn current(tx: &Tx) -> Result<Option<String>, DbError> {
    let row = tx.query_opt("select version from suggestion_models where is_current = 1 limit 1", params![]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// The bytes of a model; none when it is not kept.
///
/// # Errors
/// When the database fails.
pub async fn bytes(tx: &Tx, version: &str) -> Result<Option<Vec<u8>>, DbError> {
    let row = tx.query_opt("select bytes from suggestion_models where version = $1", params![version]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// A model that was learnt, with its bytes.
#[derive(Debug, Clone)]
pub struct New {
    /// Its version.
    pub version: String,
    /// What it is.
    pub bytes: Vec<u8>,
    /// From how many texts.
    pub texts: i64,
    /// How it did.
    pub figures: Figures,
}

/// Keeps a model; one that is the same to the byte is kept once.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, new: &New, now: Moment) -> Result<(), DbError> {
    let figures = serde_json::to_string(&new.figures).map_err(|error| DbError::Row(error.to_string()))?;
    let sql = "insert into suggestion_models (version, made_at, bytes, texts, figures, is_current, taken_at) \
               values ($1, $2, $3, $4, $5, 0, null) on conflict (version) do nothing";
    tx.execute(sql, params![&new.version, now, new.bytes.clone(), new.texts, figures]).await.map(drop)
}

/// Uses a version from now on (none: the words of the catalog), if `present` still is the one in use; answers whether it did.
///
/// # Errors
/// When the database fails.
pub async fn make_current(tx: &Tx, present: Option<&str>, version: Option<&str>, now: Moment) -> Result<bool, DbError> {
    if current(tx).await?.as_deref() != present {
        return Ok(false);
    }
    tx.execute("update suggestion_models set is_current = 0 where is_current = 1", params![]).await?;
    let Some(version) = version else { return Ok(true) };
    let sql = "update suggestion_models set is_current = 1, taken_at = $2 where version = $1";
    Ok(tx.execute(sql, params![version, now]).await? == 1)
}

/// Forgets all models but the one in use and the `most` youngest.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, most: usize) -> Result<u64, DbError> {
    let sql = "delete from suggestion_models where is_current = 0 and version not in (select version from suggestion_models order by made_at desc, version \
               limit $1)";
    tx.execute(sql, params![most]).await
}

const LEARNING: &str = "id, night_on, asked_by, asked_at, state, begun_at, ended_at, version, present, texts, found";

fn learning(row: &Row) -> Result<Learning, DbError> {
    let (state, found): (String, String) = (row.get(4)?, row.get(10)?);
    let found: Found = serde_json::from_str(&found).map_err(|error| DbError::Row(error.to_string()))?;
    Ok(Learning {
        id: row.get(0)?,
        night: row.get(1)?,
        asked_by: row.get(2)?,
        asked_at: row.get(3)?,
        state: word(LearningState::parse(&state), &state)?,
        begun_at: row.get(5)?,
        ended_at: row.get(6)?,
        version: row.get(7)?,
        present: row.get(8)?,
        texts: row.get(9)?,
        found,
    })
}

/// Asks for a learning; one of the same night is asked for once. Answers whether this one waits now.
///
/// # Errors
/// When the database fails.
pub async fn ask(tx: &Tx, one: &Learning) -> Result<bool, DbError> {
    let found = serde_json::to_string(&one.found).map_err(|error| DbError::Row(error.to_string()))?;
    let sql = format!(
        "insert into suggestion_learnings ({LEARNING}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         on conflict (night_on) do nothing"
    );
    let values = params![
        one.id,
        one.night.clone(),
        one.asked_by,
        one.asked_at,
        one.state.word(),
        one.begun_at,
        one.ended_at,
        &one.version,
        &one.present,
        one.texts,
        found
    ];
    Ok(tx.execute(&sql, values).await? == 1)
}

/// The learnings that wait or are under way, the first first.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &Tx) -> Result<Vec<Learning>, DbError> {
    let sql = format!(
        "select {LEARNING} from suggestion_learnings where state in ('queued', 'running') order by asked_at, id"
    );
    tx.query(&sql, params![]).await?.iter().map(learning).collect()
}

/// Saves a learning that stood in `before`; false when somebody was faster.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &Tx, one: &Learning, before: LearningState) -> Result<bool, DbError> {
    let found = serde_json::to_string(&one.found).map_err(|error| DbError::Row(error.to_string()))?;
    let sql = "update suggestion_learnings set state = $3, begun_at = $4, ended_at = $5, version = $6, present = $7, texts = $8, found = $9 \
               where id = $1 and state = $2";
    let values = params![
        one.id,
        before.word(),
        one.state.word(),
        one.begun_at,
        one.ended_at,
        &one.version,
        &one.present,
        one.texts,
        found
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// The last learnings with the name of whoever asked, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn learnings(tx: &Tx, most: usize) -> Result<Vec<(Learning, Option<String>)>, DbError> {
    let columns: Vec<String> = LEARNING.split(", ").map(|column| format!("l.{}", column.trim())).collect();
    let sql = format!(
        "select {}, a.name from suggestion_learnings l left join accounts a on a.id = l.asked_by order by l.asked_at desc, l.id desc limit $1",
        columns.join(", ")
    );
    tx.query(&sql, params![most]).await?.iter().map(|row| Ok((learning(row)?, row.get(11)?))).collect()
}

/// A text that the desk has sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// When its case was opened, and which it is: where the next page begins.
    pub at: (Moment, Id),
    /// The words.
    pub words: String,
    /// What it was filed as: `event-0110`.
    pub key: String,
}

/// The statement of [`sorted`].
pub const SORTED: &str = "select c.opened_at, c.id, c.kind, c.code, coalesce(r.words, c.title) from cases c \
    left join reports r on r.id = (select min(o.report_id) from case_reports o where o.case_id = c.id) \
    where c.opened_at >= $1 and c.opened_at <= $2 and (c.opened_at < $2 or c.id < $3) and c.condition is not null \
    and c.parent_id is null and c.code_set = $4 and (c.outcome is null or c.outcome not in ('voided', 'declined', 'duplicate')) \
    order by c.opened_at desc, c.id desc limit $5";

/// Filed cases opened from `from` on and before a place in the order of their opening, the latest first: first words, and the
/// sub-class that the desk gave them. Parts of a case, and what was struck off, are no lessons.
///
/// # Errors
/// When the database fails.
pub async fn sorted(
    tx: &Tx,
    from: Moment,
    before: (Moment, Id),
    code_set: &str,
    most: usize,
) -> Result<Vec<Sorted>, DbError> {
    let rows = tx.query(SORTED, params![from, before.0, before.1, code_set, most]).await?;
    rows.iter()
        .map(|row| {
            let (kind, code): (String, String) = (row.get(2)?, row.get(3)?);
            Ok(Sorted { at: (row.get(0)?, row.get(1)?), words: row.get(4)?, key: format!("{kind}-{code}") })
        })
        .collect()
}

/// The department to which cases of a sub-class mostly went, of its last `most` that are over; none when there is no such case.
///
/// # Errors
/// When the database fails.
pub async fn usual_department(tx: &Tx, kind: &str, code: &str, most: usize) -> Result<Option<Id>, DbError> {
    let sql = "select department_id, count(*) from (select department_id, kind from cases where code = $1 and is_open = 0 \
               order by opened_at desc, id desc limit $3) as past \
               where kind = $2 and department_id is not null group by department_id order by 2 desc, 1 limit 1";
    tx.query_opt(sql, params![code, kind, most]).await?.map(|row| row.get(0)).transpose()
}

/// The names of the active departments of these codes, in a language: pairs of code and name.
///
/// # Errors
/// When the database fails.
pub async fn departments(tx: &Tx, codes: &[String], lang: &str) -> Result<Vec<(String, String)>, DbError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let name = if lang == "en" { "name_en" } else { "name_zh" };
    let sql =
        format!("select code, {name} from departments where is_active = 1 and code in ({})", slots(0, codes.len()));
    let values = codes.iter().map(Value::from).collect();
    tx.query(&sql, values).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Whether a learning of this night was asked for.
///
/// # Errors
/// When the database fails.
pub async fn has_night(tx: &Tx, night: &str) -> Result<bool, DbError> {
    Ok(tx.query_opt("select id from suggestion_learnings where night_on = $1", params![night]).await?.is_some())
}

/// Appends a fact about learning and models; nobody outside reads it.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &Tx,
    kind: &str,
    about: Id,
    author: Option<Id>,
    at: Moment,
    body: serde_json::Value,
) -> Result<(), DbError> {
    let fact = Fact { subject: "model", subject_id: about, kind: kind.to_owned(), is_public: false, author, at, body };
    timeline::store::record(tx, &fact).await.map(drop)
}
