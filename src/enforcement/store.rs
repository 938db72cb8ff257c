//! The room's tables.

use super::case::{self, Actor, Case, Fact, Law, Party, Role, Stage, Step};
use super::earlier::Earlier;
use super::publication::{self, Entry, Withdrawal};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::kit::words::begun;
use crate::law::Calendar;
use crate::papers::paper::Outcome;
use crate::people::act::Post;
use crate::people::actor;
use crate::timeline;
use serde::{Deserialize, Serialize};

/// What the timeline calls a penalty case.
pub const SUBJECT: &str = "penalty_case";

/// From which role a post acts; none for posts without a part in penalty cases.
pub const fn role(post: Post) -> Option<Role> {
    match post {
        Post::EnforcementHelper => Some(Role::Helper),
        Post::EnforcementOfficer => Some(Role::Officer),
        Post::UnitLeader => Some(Role::UnitLeader),
        Post::LegalReviewer => Some(Role::LegalReviewer),
        Post::HearingPresident => Some(Role::HearingPresident),
        Post::Leader => Some(Role::Head),
        Post::Treasurer => Some(Role::Treasurer),
        Post::Archivist => Some(Role::Archivist),
        _ => None,
    }
}

/// Somebody signed in, as the rules see them.
///
/// # Errors
/// [`Error::Forbidden`] for a post without a part in penalty cases.
pub fn acting(actor: &actor::Actor) -> Result<Actor, Error> {
    let role = role(actor.post).ok_or(Error::Forbidden)?;
    Ok(Actor { account: Some(actor.account), role })
}

/// Somebody who records a clue: also from the desks, which hand over what a case has shown and have no further part in it.
pub fn recording(actor: &actor::Actor) -> Actor {
    Actor { account: Some(actor.account), role: role(actor.post).unwrap_or(Role::Helper) }
}

/// Which cases exist for somebody. What lies outside does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The head and whoever reviews: all.
    All,
    /// A unit's people: the unit's, and those that one investigates oneself.
    Unit(Option<Id>, Id),
    /// Helpers: what they recorded.
    Own(Id),
    /// The hearing president: those with a hearing of theirs.
    Hearings(Id),
    /// The treasurer: what was decided.
    Decided,
    /// The archivist: what is closed.
    Closed,
}

impl Scope {
    /// What exists for somebody.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a post without a part in penalty cases.
    pub fn of(actor: &actor::Actor) -> Result<Scope, Error> {
        Ok(match role(actor.post).ok_or(Error::Forbidden)? {
            Role::Head | Role::LegalReviewer => Scope::All,
            Role::Officer | Role::UnitLeader => Scope::Unit(actor.department, actor.account),
            Role::HearingPresident => Scope::Hearings(actor.account),
            Role::Treasurer => Scope::Decided,
            Role::Archivist => Scope::Closed,
            Role::Helper | Role::Party => Scope::Own(actor.account),
        })
    }

    fn condition(&self, params: &mut Vec<Value>) -> String {
        let mut put = |value: Id| {
            params.push(Value::Int(value));
            params.len()
        };
        match self {
            Scope::All => "1 = 1".into(),
            Scope::Unit(unit, account) => {
                let investigated = format!(
                    "exists (select 1 from penalty_investigators i where i.case_id = penalty_cases.id and i.account_id = ${})",
                    put(*account)
                );
                match unit {
                    Some(unit) => format!("(unit_id = ${} or {investigated})", put(*unit)),
                    None => investigated,
                }
            }
            Scope::Own(account) => format!("author_id = ${}", put(*account)),
            Scope::Hearings(account) => format!("president_id = ${}", put(*account)),
            Scope::Decided => "decided_at is not null".into(),
            Scope::Closed => "closed_at is not null".into(),
        }
    }
}

/// Where a case came from, and where it lies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    /// Its place in words.
    pub place: String,
    /// East of Greenwich, degrees.
    pub lon: Option<f64>,
    /// North of the equator, degrees.
    pub lat: Option<f64>,
    /// `case`, `whistle` or empty.
    pub source: String,
    /// Which one.
    pub source_id: Option<Id>,
}

/// A case with what the tables know beside it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The case.
    pub case: Case,
    /// Its number.
    pub number: String,
    /// The unit that handles it.
    pub unit: Option<Id>,
    /// Who recorded the clue.
    pub author: Option<Id>,
    /// Where it came from.
    pub origin: Origin,
    /// The term that ends first, with the moment of its end.
    pub due: Option<(String, Moment)>,
}

const COLUMNS: &str = "body, number, unit_id, author_id, place, lon, lat, source, source_id, term, due_at";

fn read(row: &Row) -> Result<Held, DbError> {
    let body: String = row.get(0)?;
    let case = serde_json::from_str(&body).map_err(|error| DbError::Row(format!("a penalty case: {error}")))?;
    let (term, due): (String, Option<Moment>) = (row.get(9)?, row.get(10)?);
    let origin =
        Origin { place: row.get(4)?, lon: row.get(5)?, lat: row.get(6)?, source: row.get(7)?, source_id: row.get(8)? };
    let due = due.map(|at| (term, at));
    Ok(Held { case, number: row.get(1)?, unit: row.get(2)?, author: row.get(3)?, origin, due })
}

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

/// The next number of a year: `2026-00001`.
///
/// # Errors
/// When the database fails.
pub async fn number(tx: &Tx, year: i16) -> Result<String, DbError> {
    let serial = timeline::store::next_serial(tx, &format!("penalty_case.{year}")).await?;
    Ok(format!("{year}-{serial:05}"))
}

/// Beside the body, what lists ask for.
fn columns(held: &Held, law: &Law<'_>) -> Result<Vec<Value>, DbError> {
    let case = &held.case;
    // The party's terms and what is waited for are shown, but nobody of the organ is late with them.
    let first = case::running(case, law).into_iter().find(|one| one.whose() == case::Whose::Organ);
    let passing = case::passing(case, case.last_at, law);
    let fine = case.decision.as_ref().map(|decision| decision.penalty.fine);
    let fine = fine.or_else(|| case.notice().map(|notice| notice.penalty.fine));
    let is_closed = matches!(case.stage, case::Stage::Closed | case::Stage::Archived);
    let title = begun(case.clue.lines().next().unwrap_or_default(), 80);
    Ok(params![
        case.id,
        held.unit,
        case.procedure.word(),
        case.stage.word(),
        !case.stage.is_over(),
        &case.matter,
        case.party.as_ref().map(|party| party.name.clone()).unwrap_or_default(),
        title,
        fine,
        case.decision.as_ref().map(|decision| decision.at),
        is_closed.then_some(case.last_at),
        case.hearing.as_ref().and_then(|hearing| hearing.president),
        first.as_ref().map(|one| one.term.to_owned()).unwrap_or_default(),
        first.map(|one| one.end.over_at),
        case.revision,
        text(case)?,
        case.turns(law).iter().fold(",".to_owned(), |all, role| format!("{all}{},", role.word())),
        case.party.as_ref().map(|party| party.code.clone()).unwrap_or_default(),
        case.decision.as_ref().map(|decision| decision.at).or(case.exempted_at),
        passing.as_ref().map(|one| one.term.to_owned()).unwrap_or_default(),
        passing.map(|one| one.end.over_at),
    ])
}

/// Keeps a new case.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, held: &Held, law: &Law<'_>) -> Result<(), DbError> {
    let sql = "insert into penalty_cases (id, unit_id, procedure, stage, is_open, matter, party, title, fine, decided_at, \
               closed_at, president_id, term, due_at, revision, body, turns, party_code, outcome_at, passing_term, passing_at, \
               number, author_id, place, lon, lat, source, source_id, clue_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
               $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)";
    let mut params = columns(held, law)?;
    let origin = &held.origin;
    params.extend(params![
        &held.number,
        held.author,
        &origin.place,
        origin.lon,
        origin.lat,
        &origin.source,
        origin.source_id,
        held.case.clue_at,
    ]);
    tx.execute(sql, params).await?;
    investigated(tx, &held.case).await
}

/// Saves a case that had this revision.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, held: &Held, revision: i64, law: &Law<'_>) -> Result<(), DbError> {
    let sql = "update penalty_cases set unit_id = $2, procedure = $3, stage = $4, is_open = $5, matter = $6, party = $7, \
               title = $8, fine = $9, decided_at = $10, closed_at = $11, president_id = $12, term = $13, due_at = $14, \
               revision = $15, body = $16, turns = $17, party_code = $18, outcome_at = $19, passing_term = $20, \
               passing_at = $21 where id = $1 and revision = $22";
    let mut params = columns(held, law)?;
    params.push(Value::Int(revision));
    if tx.execute(sql, params).await? != 1 {
        return Err(DbError::Stale);
    }
    investigated(tx, &held.case).await
}

async fn investigated(tx: &Tx, case: &Case) -> Result<(), DbError> {
    for account in &case.have_investigated {
        let sql = "insert into penalty_investigators (case_id, account_id) values ($1, $2) on conflict do nothing";
        tx.execute(sql, params![case.id, *account]).await?;
    }
    Ok(())
}

/// The case of this identifier, within the scope.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id, scope: &Scope) -> Result<Held, Error> {
    let mut params = params![id];
    let within = scope.condition(&mut params);
    let sql = format!("select {COLUMNS} from penalty_cases where id = $1 and {within}");
    Ok(read(&tx.query_opt(&sql, params).await?.ok_or(Error::NotFound)?)?)
}

/// The case of this number, within the scope.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load_by_number(tx: &Tx, number: &str, scope: &Scope) -> Result<Held, Error> {
    let mut params = params![number];
    let within = scope.condition(&mut params);
    let sql = format!("select {COLUMNS} from penalty_cases where number = $1 and {within}");
    Ok(read(&tx.query_opt(&sql, params).await?.ok_or(Error::NotFound)?)?)
}

/// The cases in which somebody investigates, has investigated or presides: those that run, and those closed since a moment.
///
/// # Errors
/// When the database fails.
pub async fn of_person(tx: &Tx, account: Id, since: Moment) -> Result<Vec<Held>, DbError> {
    let sql = format!(
        "select {COLUMNS} from penalty_cases where (president_id = $1 or exists (select 1 from penalty_investigators i \
         where i.case_id = penalty_cases.id and i.account_id = $1)) and (is_open = 1 or closed_at >= $2) order by id desc limit 500"
    );
    tx.query(&sql, params![account, since]).await?.iter().map(read).collect()
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only cases that are not over.
    pub is_open: bool,
    /// Only these stages; all when empty.
    pub stages: Vec<&'static str>,
    /// Only those whose nearest term ends before this moment, and not before the other.
    pub due: Option<(Moment, Moment)>,
    /// Only those without a running term, or with one that ends later than this.
    pub due_after: Option<Moment>,
    /// Only cases whose turn is this post's.
    pub waits_for: Option<Role>,
    /// Only those that this account investigates.
    pub investigator: Option<Id>,
    /// Only those whose number, party or title holds these words.
    pub words: String,
    /// The key of the last row of the page before.
    pub after: Option<(i64, Id)>,
}

/// One page of cases, the youngest clue first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, scope: &Scope, filter: &Filter) -> Result<Page<Held>, DbError> {
    let mut params = Vec::new();
    let mut conditions = vec![scope.condition(&mut params)];
    let mut put = |value: Value| {
        params.push(value);
        format!("${}", params.len())
    };
    if filter.is_open {
        conditions.push("is_open = 1".into());
    }
    if !filter.stages.is_empty() {
        let stages: Vec<String> = filter.stages.iter().map(|stage| put((*stage).into())).collect();
        conditions.push(format!("stage in ({})", stages.join(", ")));
    }
    if let Some(role) = filter.waits_for {
        conditions.push(format!("turns like {}", put(format!("%,{},%", role.word()).into())));
    }
    if let Some((from, until)) = filter.due {
        conditions.push(format!("due_at >= {} and due_at < {}", put(from.into()), put(until.into())));
    }
    if let Some(after) = filter.due_after {
        conditions.push(format!("(due_at is null or due_at >= {})", put(after.into())));
    }
    if let Some(account) = filter.investigator {
        conditions.push(format!(
            "exists (select 1 from penalty_investigators m where m.case_id = penalty_cases.id and m.account_id = {})",
            put(account.into())
        ));
    }
    if !filter.words.is_empty() {
        let like = put(format!("%{}%", filter.words.replace(['%', '_', '\\'], " ").to_lowercase()).into());
        conditions.push(format!("(number like {like} or lower(party) like {like} or lower(title) like {like})"));
    }
    if let Some((at, id)) = filter.after {
        conditions.push(format!("(clue_at, id) < ({}, {})", put(at.into()), put(id.into())));
    }
    let within = conditions.join(" and ");
    let limit = PAGE + 1;
    let sql =
        format!("select {COLUMNS} from penalty_cases where {within} order by clue_at desc, id desc limit {limit}");
    let rows = tx.query(&sql, params).await?;
    let rows: Vec<Held> = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |held| format!("{}.{}", held.case.clue_at.0, held.case.id)))
}

/// How many open cases stand at a stage, by how soon their nearest term ends: over, soon, later or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The stage's word.
    pub stage: String,
    /// Those over, ending soon, and the others.
    pub counts: [i64; 3],
    /// How many of them are the turn of the post that was asked about.
    pub turn: i64,
}

/// How open cases stand within the scope, as of `now`; soon is before `soon`, and `role` is the post whose turn is counted.
///
/// # Errors
/// When the database fails.
pub async fn standing(
    tx: &Tx,
    scope: &Scope,
    now: Moment,
    soon: Moment,
    role: Option<Role>,
) -> Result<Vec<Standing>, DbError> {
    let mut params = params![now, soon, format!("%,{},%", role.map_or("-", Role::word))];
    let within = scope.condition(&mut params);
    let sql = format!(
        "select stage, sum(case when due_at < $1 then 1 else 0 end), \
         sum(case when due_at >= $1 and due_at < $2 then 1 else 0 end), count(*), \
         sum(case when turns like $3 then 1 else 0 end) \
         from penalty_cases where is_open = 1 and {within} group by stage"
    );
    let rows = tx.query(&sql, params).await?;
    rows.iter()
        .map(|row| {
            let (over, soon, all): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(Standing { stage: row.get(0)?, counts: [over, soon, all - over - soon], turn: row.get(4)? })
        })
        .collect()
}

/// At most so many earlier cases of a party are told.
const EARLIER: usize = 50;

/// What was decided against a party before, in all units, the latest first: those of the same number where both are known, else of the
/// same name.
///
/// # Errors
/// When the database fails.
pub async fn earlier(tx: &Tx, party: &Party, but: Id, calendar: &Calendar) -> Result<Vec<Earlier>, DbError> {
    let (name, code) = (party.name.trim(), party.code.trim());
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select {COLUMNS}, outcome_at from penalty_cases where id <> $1 and outcome_at is not null and \
         ((party_code <> '' and party_code = $3) or (party = $2 and (party_code = '' or $3 = ''))) \
         order by outcome_at desc, id desc limit {EARLIER}"
    );
    let rows = tx.query(&sql, params![but, name, code]).await?;
    rows.iter()
        .map(|row| {
            let held = read(row)?;
            let at: Moment = row.get(11)?;
            let decision = held.case.decision.as_ref();
            Ok(Earlier {
                number: held.number,
                decided_on: calendar.date_of(at),
                matter: held.case.matter.clone(),
                acted_on: held.case.acted_on,
                fine: decision.map_or(0, |decision| decision.penalty.fine),
                is_void: held.case.stage == Stage::Revoked || decision.is_some_and(|decision| decision.is_set_aside),
            })
        })
        .collect()
}

/// The cases that came from something, within the scope: number and identifier.
///
/// # Errors
/// When the database fails.
pub async fn of_source(tx: &Tx, source: &str, source_id: Id, scope: &Scope) -> Result<Vec<(Id, String)>, DbError> {
    let mut params = params![source, source_id];
    let within = scope.condition(&mut params);
    let sql =
        format!("select id, number from penalty_cases where source = $1 and source_id = $2 and {within} order by id");
    tx.query(&sql, params).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Brings the public list to where a case stands: its entries, and of those that were withdrawn only that they were.
///
/// # Errors
/// When the database fails.
pub async fn mirror(tx: &Tx, held: &Held, calendar: &Calendar) -> Result<(), DbError> {
    for (place, one) in held.case.publications.iter().enumerate() {
        let sql = "insert into publications (id, case_id, place, code, number, party, matter, words, published_at, published_on, \
                   listed_until, withdrawn_at, reason, body, outcome, outcome_at) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
                   on conflict (case_id, place) do update set party = excluded.party, words = excluded.words, \
                   withdrawn_at = excluded.withdrawn_at, reason = excluded.reason, body = excluded.body, \
                   outcome = excluded.outcome, outcome_at = excluded.outcome_at";
        let shown = match &one.withdrawn {
            None => one.entry.clone(),
            // Whom it was about and what it said is told no longer.
            Some(_) => Entry {
                number: one.entry.number.clone(),
                matter: one.entry.matter.clone(),
                matter_name: one.entry.matter_name.clone(),
                matter_name_en: one.entry.matter_name_en.clone(),
                organ: one.entry.organ.clone(),
                organ_en: one.entry.organ_en.clone(),
                decided_on: one.entry.decided_on,
                ..Entry::default()
            },
        };
        let words =
            [&shown.number, &shown.party, &shown.matter_name, &shown.matter_name_en].map(|one| one.to_lowercase());
        let withdrawn = one.withdrawn.as_ref();
        // The last entry tells the decision as it was until it is withdrawn.
        let is_last = place + 1 == held.case.publications.len() && withdrawn.is_none();
        let outcome = held.case.decision.as_ref().filter(|_| is_last).and_then(|decision| {
            let how = if decision.is_set_aside { Outcome::Revoked } else { Outcome::Changed };
            decision.withdraw_since.map(|since| (how, since))
        });
        let values = params![
            id::fresh(),
            held.case.id,
            place,
            publication::code(&held.number, place),
            &shown.number,
            &shown.party,
            &shown.matter,
            words.join(" "),
            one.at,
            calendar.date_of(one.at).to_string(),
            one.until.to_string(),
            withdrawn.map(|one| one.at),
            withdrawn.map_or("", |one| one.reason.as_str()),
            text(&shown)?,
            outcome.map_or("", |(how, _)| how.word()),
            outcome.map(|(_, since)| since),
        ];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// An entry of the public list as everybody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The row.
    pub id: Id,
    /// By which it is addressed.
    pub code: String,
    /// What it says; of a withdrawn one no party and no text.
    pub entry: Entry,
    /// When it was published.
    pub at: Moment,
    /// The civil day of that.
    pub on: String,
    /// The last day on the list.
    pub until: String,
    /// Whether it was withdrawn.
    pub withdrawn: Option<Withdrawal>,
    /// What became of the decision that it tells, and since when, while it is not withdrawn yet.
    pub outcome: Option<(Outcome, Moment)>,
}

const LISTED: &str =
    "id, code, published_at, published_on, listed_until, withdrawn_at, reason, body, outcome, outcome_at";

fn listed(row: &Row) -> Result<Listed, DbError> {
    let body: String = row.get(7)?;
    let entry = serde_json::from_str(&body).map_err(|error| DbError::Row(format!("a publication: {error}")))?;
    let (at, reason): (Option<Moment>, String) = (row.get(5)?, row.get(6)?);
    Ok(Listed {
        id: row.get(0)?,
        code: row.get(1)?,
        entry,
        at: row.get(2)?,
        on: row.get(3)?,
        until: row.get(4)?,
        withdrawn: at.map(|at| Withdrawal { at, reason }),
        outcome: Outcome::parse(&row.get::<String>(8)?).zip(row.get(9)?),
    })
}

/// Which entries of the public list are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Whose number, party or matter holds these words.
    pub words: String,
    /// Of this matter; any when empty.
    pub matter: String,
    /// Published in this month, `2026-03`; any when empty.
    pub month: String,
    /// The key of the last row of the page before.
    pub after: Option<(i64, Id)>,
}

/// A page of what stands on the public list on `today`, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn published(tx: &Tx, wanted: &Wanted, today: &str) -> Result<Page<Listed>, DbError> {
    let mut values = params![today];
    let mut conditions = vec!["listed_until >= $1 and outcome = ''".to_owned()];
    let mut put = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if !wanted.words.is_empty() {
        let like = format!("%{}%", wanted.words.replace(['%', '_', '\\'], " ").to_lowercase());
        conditions.push(format!("words like {}", put(like.into())));
    }
    if !wanted.matter.is_empty() {
        conditions.push(format!("matter = {}", put(wanted.matter.as_str().into())));
    }
    if !wanted.month.is_empty() {
        let (from, until) = (format!("{}-01", wanted.month), format!("{}-31", wanted.month));
        conditions.push(format!("published_on >= {} and published_on <= {}", put(from.into()), put(until.into())));
    }
    if let Some((at, id)) = wanted.after {
        conditions.push(format!("(published_at, id) < ({}, {})", put(at.into()), put(id.into())));
    }
    let sql = format!(
        "select {LISTED} from publications where {} order by published_at desc, id desc limit {}",
        conditions.join(" and "),
        PAGE + 1
    );
    let rows = tx.query(&sql, values).await?.iter().map(listed).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(rows, |one| format!("{}.{}", one.at.0, one.id)))
}

/// The matters and months of what stands on the public list on `today`, the latest month first.
///
/// # Errors
/// When the database fails.
pub async fn published_kinds(tx: &Tx, today: &str) -> Result<(Vec<String>, Vec<String>), DbError> {
    let sql = "select distinct matter from publications where listed_until >= $1 and outcome = '' order by matter";
    let matters = tx.query(sql, params![today]).await?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let sql = "select distinct substr(published_on, 1, 7) from publications where listed_until >= $1 and outcome = '' \
               order by 1 desc";
    let months = tx.query(sql, params![today]).await?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok((matters, months))
}

/// The entry of this code, or of this number: then its latest.
///
/// # Errors
/// [`Error::NotFound`] when none stands on the list on `today`; when the database fails.
pub async fn load_published(tx: &Tx, name: &str, today: &str) -> Result<Listed, Error> {
    let sql = format!(
        "select {LISTED} from publications where (code = $1 or number = $1) and listed_until >= $2 \
         order by published_at desc, id desc limit 1"
    );
    Ok(listed(&tx.query_opt(&sql, params![name, today]).await?.ok_or(Error::NotFound)?)?)
}

/// What the timeline calls a copy of the file that was handed out. It changes nothing of the case and is told beside it.
pub const EXPORTS: &str = "penalty_export";

/// That a copy of the file was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What: `hearing`, `review`, `file` or `whole`.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// Records that a copy of the file was handed out, before it is.
///
/// # Errors
/// When the database fails.
pub async fn exported(tx: &Tx, case: Id, by: Id, export: &Export, now: Moment) -> Result<(), DbError> {
    let fact = timeline::fact::Fact {
        subject: EXPORTS,
        subject_id: case,
        kind: "exported".to_owned(),
        is_public: false,
        author: Some(by),
        at: now,
        body: serde_json::to_value(export).map_err(|error| DbError::Row(error.to_string()))?,
    };
    timeline::store::record(tx, &fact).await.map(drop)
}

/// Who was handed a copy of the file, first come first: the author, when, and what.
///
/// # Errors
/// When the database fails.
pub async fn exports(tx: &Tx, case: Id) -> Result<Vec<(String, Moment, Export)>, DbError> {
    let lines = timeline::store::history(tx, EXPORTS, case, false).await?;
    let read = |line: timeline::store::Line| {
        let export = serde_json::from_value(line.body).map_err(|error| DbError::Row(format!("an export: {error}")))?;
        Ok((line.author.unwrap_or_default(), line.at, export))
    };
    lines.into_iter().map(read).collect()
}

/// What the timeline calls the fact of a step.
pub fn kind_of(step: Step) -> String {
    step.word().replace('-', "_")
}

/// What a fact keeps so that the case can be made of its facts again.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    fact: Fact,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    photos: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    form: String,
}

/// Appends a fact, with the photographs that came with it and the mark of the form that asked for it.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, fact: &Fact, photos: &[String], form: &str) -> Result<Id, DbError> {
    let kept = Kept { fact: fact.clone(), photos: photos.to_vec(), form: form.to_owned() };
    let line = timeline::fact::Fact {
        subject: SUBJECT,
        subject_id: fact.case,
        kind: kind_of(fact.what),
        is_public: false,
        author: fact.by,
        at: fact.at,
        body: serde_json::to_value(kept).map_err(|error| DbError::Row(error.to_string()))?,
    };
    timeline::store::record(tx, &line).await
}

/// A line of a case's history.
#[derive(Debug, Clone)]
pub struct Line {
    /// What happened.
    pub fact: Fact,
    /// Who did it; empty for the party.
    pub author: String,
    /// The photographs that came with it.
    pub photos: Vec<String>,
}

/// The history of a case, first come first.
///
/// # Errors
/// When the database fails or a fact cannot be read.
pub async fn history(tx: &Tx, case: Id) -> Result<Vec<Line>, DbError> {
    let lines = timeline::store::history(tx, SUBJECT, case, false).await?;
    lines
        .into_iter()
        .map(|line| {
            let kept: Kept = serde_json::from_value(line.body)
                .map_err(|error| DbError::Row(format!("a fact of a penalty case: {error}")))?;
            Ok(Line { fact: kept.fact, author: line.author.unwrap_or_default(), photos: kept.photos })
        })
        .collect()
}

/// A case of which a term ends soon or has ended, and nobody was told.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The case.
    pub held: Held,
    /// Whether the term is past.
    pub is_over: bool,
}

/// Open cases of which people are to be told: the nearest term is past at `now`, or ends before `soon`. At most 200.
///
/// # Errors
/// When the database fails.
pub async fn endings(tx: &Tx, now: Moment, soon: Moment) -> Result<Vec<Ending>, DbError> {
    let sql = format!(
        "select {COLUMNS} from penalty_cases where due_at is not null and due_at < $2 and is_open = 1 and \
         ((due_at <= $1 and (told_over_at is null or told_over_at <> due_at)) or \
         (due_at > $1 and (told_near_at is null or told_near_at <> due_at))) order by due_at, id limit 200"
    );
    let rows = tx.query(&sql, params![now, soon]).await?;
    rows.iter()
        .map(|row| {
            let held = read(row)?;
            let is_over = held.due.as_ref().is_some_and(|(_, at)| *at <= now);
            Ok(Ending { held, is_over })
        })
        .collect()
}

/// Notes that people were told of the end of a case's nearest term. False when somebody noted it first.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &Tx, case: Id, at: Moment, is_over: bool) -> Result<bool, DbError> {
    let sql = if is_over {
        "update penalty_cases set told_over_at = $2 where id = $1 and due_at = $2 and (told_over_at is null or told_over_at <> $2)"
    } else {
        "update penalty_cases set told_near_at = $2 where id = $1 and due_at = $2 and (told_near_at is null or told_near_at <> $2)"
    };
    Ok(tx.execute(sql, params![case, at]).await? == 1)
}

/// A case of which a term has ended with which nobody is late, and nobody was told.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The case.
    pub held: Held,
    /// The term's name.
    pub term: String,
    /// The moment at which it was over.
    pub at: Moment,
}

/// Open cases whose next such term is over at `now`. At most 200.
///
/// # Errors
/// When the database fails.
pub async fn passed(tx: &Tx, now: Moment) -> Result<Vec<Passed>, DbError> {
    let sql = format!(
        "select {COLUMNS}, passing_term, passing_at from penalty_cases where passing_at is not null and passing_at <= $1 and \
         is_open = 1 order by passing_at, id limit 200"
    );
    let rows = tx.query(&sql, params![now]).await?;
    rows.iter().map(|row| Ok(Passed { held: read(row)?, term: row.get(11)?, at: row.get(12)? })).collect()
}

/// The term that ended at `at` is told of; the next one, if any, waits in its place. False when somebody was faster.
///
/// # Errors
/// When the database fails.
pub async fn pass_on(tx: &Tx, case: Id, at: Moment, next: Option<&case::Running>) -> Result<bool, DbError> {
    let sql = "update penalty_cases set passing_term = $3, passing_at = $4 where id = $1 and passing_at = $2";
    let term = next.map(|one| one.term.to_owned()).unwrap_or_default();
    Ok(tx.execute(sql, params![case, at, term, next.map(|one| one.end.over_at)]).await? == 1)
}

/// Whether somebody sees a case, for what belongs to it.
pub fn sees<'a>(
    tx: &'a Tx,
    actor: &'a actor::Actor,
    case: Id,
) -> std::pin::Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>> {
    Box::pin(async move {
        let Ok(scope) = Scope::of(actor) else { return Ok(false) };
        match load(tx, case, &scope).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    })
}
