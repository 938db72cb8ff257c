//! The room's tables.

use super::chain::{Act, Building, Fact, Kind, Particulars, Role, Source, Stage, Step};
use super::clocks;
use super::visits::{Visit, VisitKind};
use crate::enforcement::case::Law;
use crate::enforcement::opening::Offer;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::timeline;
use serde::{Deserialize, Serialize};

/// What the timeline calls an unlawful building.
pub const SUBJECT: &str = "building";

/// Which buildings exist for somebody. What lies outside does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those who review, hear and decide: all.
    All,
    /// Officers and unit leaders: those of their unit.
    Unit(Id),
    /// Helpers and the desks: what they recorded themselves.
    Own(Id),
}

impl Scope {
    /// What exists for somebody.
    pub fn of(actor: &Actor) -> Scope {
        match (actor.post, actor.department) {
            (Post::Leader | Post::LegalReviewer | Post::HearingPresident, _) => Scope::All,
            (Post::EnforcementOfficer | Post::UnitLeader, Some(unit)) => Scope::Unit(unit),
            _ => Scope::Own(actor.account),
        }
    }

    fn condition(self, params: &mut Vec<Value>) -> String {
        let (column, id) = match self {
            Scope::All => return "1 = 1".to_owned(),
            Scope::Unit(unit) => ("department_id", unit),
            Scope::Own(account) => ("author_id", account),
        };
        params.push(Value::Int(id));
        format!("{column} = ${}", params.len())
    }
}

/// Where a building stands on the ground.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// Degrees east, WGS-84; none while nobody knows.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// The unit grid's code; empty while nobody knows.
    pub cell: String,
    /// The community's code.
    pub community: String,
}

/// A building with what the chain does not need to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The building.
    pub building: Building,
    /// The number that people say.
    pub number: String,
    /// Where it stands.
    pub place: Place,
    /// What whoever found it wrote.
    pub words: String,
    /// The case that it was found by.
    pub case: Option<Id>,
    /// The unit that handles it.
    pub department: Option<Id>,
    /// Who recorded it.
    pub author: Option<Id>,
}

const COLUMNS: &str = "body, number, lon, lat, cell, community, words, case_id, department_id, author_id";

fn read(row: &Row) -> Result<Kept, DbError> {
    let body: String = row.get(0)?;
    let building =
        serde_json::from_str(&body).map_err(|error| DbError::Row(format!("a building cannot be read: {error}")))?;
    Ok(Kept {
        building,
        number: row.get(1)?,
        place: Place { lon: row.get(2)?, lat: row.get(3)?, cell: row.get(4)?, community: row.get(5)? },
        words: row.get(6)?,
        case: row.get(7)?,
        department: row.get(8)?,
        author: row.get(9)?,
    })
}

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

/// What changes with the building itself: the columns from `stage` on, in the order of the statements below.
fn values(building: &Building, law: &Law<'_>) -> Result<Vec<Value>, DbError> {
    let particulars = &building.particulars;
    let due = clocks::due(building, law).map(|(_, over_at)| over_at);
    Ok(params![
        building.id,
        building.stage.word(),
        !building.stage.is_over(),
        particulars.kind.word(),
        particulars.works.word(),
        particulars.area,
        particulars.is_old_stock,
        &particulars.address,
        &particulars.street,
        building.last_at,
        due,
        // Of what was over before the last act somebody has been told already.
        due.filter(|over_at| *over_at > building.last_at),
        building.revision,
        text(building)?,
    ])
}

/// Keeps a new building.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, kept: &Kept, law: &Law<'_>) -> Result<(), DbError> {
    let sql = "insert into buildings (id, stage, is_open, kind, works, area, is_old_stock, address, street, last_at, due_at, \
               alert_at, revision, body, number, source, lon, lat, cell, community, words, found_at, case_id, department_id, \
               author_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
               $21, $22, $23, $24, $25)";
    let mut params = values(&kept.building, law)?;
    params.extend(params![
        &kept.number,
        kept.building.source.word(),
        kept.place.lon,
        kept.place.lat,
        &kept.place.cell,
        &kept.place.community,
        &kept.words,
        kept.building.found_at,
        kept.case,
        kept.department,
        kept.author,
    ]);
    tx.execute(sql, params).await?;
    Ok(())
}

/// Saves a building that had this revision; anything else means that somebody was faster.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, building: &Building, revision: i64, law: &Law<'_>) -> Result<(), DbError> {
    let sql = "update buildings set stage = $2, is_open = $3, kind = $4, works = $5, area = $6, is_old_stock = $7, \
               address = $8, street = $9, last_at = $10, due_at = $11, alert_at = $12, revision = $13, body = $14 \
               where id = $1 and revision = $15";
    let mut params = values(building, law)?;
    params.push(Value::Int(revision));
    if tx.execute(sql, params).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// The building of this identifier, within what the scope lets exist.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id, scope: Scope) -> Result<Kept, Error> {
    let mut params = params![id];
    let within = scope.condition(&mut params);
    let row = tx.query_opt(&format!("select {COLUMNS} from buildings where id = $1 and {within}"), params).await?;
    Ok(read(&row.ok_or(Error::NotFound)?)?)
}

/// Which buildings a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Those that are not over.
    #[default]
    Open,
    /// Those of them whose term has ended: somebody can, or must, go on.
    Due,
    /// 发现与制止: found, stopped.
    Stopping,
    /// 立案认定: filed, assessed, told.
    Deciding,
    /// 限期拆除: decided, served, reminded, announced.
    Waiting,
    /// 强制执行: charged, ordered.
    Enforcing,
    /// 已拆待验收: gone, to be looked at and closed.
    Cleared,
    /// Those that are over.
    Over,
    /// All.
    All,
}

impl Show {
    /// Every choice, in the order of the chips.
    pub const ALL: [Show; 9] = [
        Show::Open,
        Show::Due,
        Show::Stopping,
        Show::Deciding,
        Show::Waiting,
        Show::Enforcing,
        Show::Cleared,
        Show::Over,
        Show::All,
    ];

    /// Its word in addresses and in the keys of sentences.
    pub const fn word(self) -> &'static str {
        match self {
            Show::Open => "open",
            Show::Due => "due",
            Show::Stopping => "stopping",
            Show::Deciding => "deciding",
            Show::Waiting => "waiting",
            Show::Enforcing => "enforcing",
            Show::Cleared => "cleared",
            Show::Over => "over",
            Show::All => "all",
        }
    }

    /// The group of a stage; none of the choices that are no groups of stages.
    pub const fn of(stage: Stage) -> Show {
        match stage {
            Stage::Found | Stage::Stopped => Show::Stopping,
            Stage::Filed | Stage::Assessed | Stage::Notified => Show::Deciding,
            Stage::Decided | Stage::Served | Stage::Reminded | Stage::Announced => Show::Waiting,
            Stage::Charged | Stage::Ordered | Stage::ChargedShort | Stage::OrderedShort => Show::Enforcing,
            Stage::SelfDemolished | Stage::Demolished | Stage::Accepted => Show::Cleared,
            Stage::Closed | Stage::Penalised | Stage::Dismissed | Stage::Ended => Show::Over,
        }
    }

    fn condition(self, now: Moment, params: &mut Vec<Value>) -> String {
        match self {
            Show::All => "1 = 1".to_owned(),
            Show::Open => "is_open = 1".to_owned(),
            Show::Over => "is_open = 0".to_owned(),
            Show::Due => {
                params.push(now.into());
                format!("is_open = 1 and due_at <= ${}", params.len())
            }
            group => {
                let own = Stage::ALL.iter().filter(|stage| Show::of(**stage) == group);
                let words: Vec<String> = own.map(|stage| format!("'{}'", stage.word())).collect();
                format!("stage in ({})", words.join(", "))
            }
        }
    }
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which of them.
    pub show: Show,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only in this street.
    pub street: String,
    /// Only old stock, or only new.
    pub is_old_stock: Option<bool>,
    /// Only of this case.
    pub case: Option<Id>,
    /// Only numbers that begin so, or addresses that have it.
    pub text: String,
    /// The key of the last row of the page before.
    pub after: Option<(i64, Id)>,
}

/// One page of buildings, the youngest first, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &Tx, scope: Scope, filter: &Filter, now: Moment) -> Result<Page<Kept>, DbError> {
    let mut params = Vec::new();
    let mut conditions = vec![scope.condition(&mut params), filter.show.condition(now, &mut params)];
    let mut with = |condition: &str, value: Value| {
        params.push(value);
        conditions.push(condition.replace("$n", &format!("${}", params.len())));
    };
    if let Some(kind) = filter.kind {
        with("kind = $n", kind.word().into());
    }
    if !filter.street.is_empty() {
        with("street = $n", filter.street.as_str().into());
    }
    if let Some(is_old) = filter.is_old_stock {
        with("is_old_stock = $n", is_old.into());
    }
    if let Some(case) = filter.case {
        with("case_id = $n", case.into());
    }
    if !filter.text.is_empty() {
        let text = filter.text.replace(['%', '_', '\\'], "");
        with("(number || ' ' || address) like $n", format!("%{text}%").into());
    }
    if let Some((at, id)) = filter.after {
        params.push(Value::Int(at));
        let at = params.len();
        params.push(Value::Int(id));
        conditions.push(format!("(found_at, id) < (${at}, ${})", params.len()));
    }
    let (within, limit) = (conditions.join(" and "), PAGE + 1);
    let sql = format!("select {COLUMNS} from buildings where {within} order by found_at desc, id desc limit {limit}");
    let rows = tx.query(&sql, params).await?;
    let rows: Vec<Kept> = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |kept| format!("{}.{}", kept.building.found_at.0, kept.building.id)))
}

/// How many buildings each choice of the list has, in the order of [`Show::ALL`]; within the scope.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &Tx, scope: Scope, now: Moment) -> Result<[i64; 9], DbError> {
    let mut params = params![now];
    let within = scope.condition(&mut params);
    let sql = format!(
        "select stage, count(*), count(case when due_at <= $1 then 1 end) from buildings where {within} group by stage"
    );
    let mut counts = [0; 9];
    let mut add = |show: Show, count: i64| {
        if let Some(slot) = counts.get_mut(show as usize) {
            *slot += count;
        }
    };
    for row in tx.query(&sql, params).await? {
        let (word, count, due): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Some(stage) = Stage::parse(&word) else { continue };
        add(Show::All, count);
        add(Show::of(stage), count);
        if !stage.is_over() {
            add(Show::Open, count);
            add(Show::Due, due);
        }
    }
    Ok(counts)
}

/// Whether a building within the scope was found by this case.
///
/// # Errors
/// When the database fails.
pub async fn is_about(tx: &Tx, case: Id, scope: Scope) -> Result<bool, DbError> {
    let mut params = params![case];
    let within = scope.condition(&mut params);
    let sql = format!("select id from buildings where case_id = $1 and {within} limit 1");
    Ok(tx.query_opt(&sql, params).await?.is_some())
}

/// Every building within the scope with which something happened from one moment until before another, for the ledger.
///
/// # Errors
/// When the database fails.
pub async fn of_period(tx: &Tx, scope: Scope, from: Moment, until: Moment) -> Result<Vec<Building>, DbError> {
    let mut params = params![from, until];
    let within = scope.condition(&mut params);
    let sql = format!(
        "select {COLUMNS} from buildings where last_at >= $1 and found_at < $2 and {within} order by found_at, id"
    );
    let rows = tx.query(&sql, params).await?;
    rows.iter().map(|row| read(row).map(|kept| kept.building)).collect()
}

/// The moment when the first building within the scope was found.
///
/// # Errors
/// When the database fails.
pub async fn first_at(tx: &Tx, scope: Scope) -> Result<Option<Moment>, DbError> {
    let mut params = Vec::new();
    let within = scope.condition(&mut params);
    tx.query_one(&format!("select min(found_at) from buildings where {within}"), params).await?.get(0)
}

/// How a building was found, as its first fact keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// How.
    pub source: Source,
    /// What was found.
    pub particulars: Particulars,
}

/// What a fact keeps so that the building can be made of its facts again.
#[derive(Serialize, Deserialize)]
struct Told {
    role: Role,
    act: Act,
    terms: String,
    stage: Stage,
    revision: i64,
}

/// Appends the fact of a finding. `form` is the mark of the form that asked for it.
///
/// # Errors
/// When the database fails.
pub async fn record_found(tx: &Tx, kept: &Kept, photos: &[String], form: &str) -> Result<Id, DbError> {
    let found = Found { source: kept.building.source, particulars: kept.building.particulars.clone() };
    let body = serde_json::to_value(found).map_err(|error| DbError::Row(error.to_string()))?;
    let at = kept.building.found_at;
    let mut line = line(kept.building.id, "building_found".to_owned(), kept.author, at, body, photos, form);
    line.body["words"] = kept.words.clone().into();
    timeline::store::record(tx, &line).await
}

/// Appends the fact of an act. `form` is the mark of the form that asked for it (empty: none did), by which [`timeline::store::is_done`] knows a
/// second sending.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, fact: &Fact, photos: &[String], form: &str) -> Result<Id, DbError> {
    let told = Told {
        role: fact.role,
        act: fact.act.clone(),
        terms: fact.terms.clone(),
        stage: fact.stage,
        revision: fact.revision,
    };
    let body = serde_json::to_value(told).map_err(|error| DbError::Row(error.to_string()))?;
    let kind = format!("building_{}", fact.what.word().replace('-', "_"));
    timeline::store::record(tx, &line(fact.building, kind, fact.by, fact.at, body, photos, form)).await
}

fn line(
    building: Id,
    kind: String,
    author: Option<Id>,
    at: Moment,
    mut body: serde_json::Value,
    photos: &[String],
    form: &str,
) -> timeline::fact::Fact {
    if !photos.is_empty() {
        body["photos"] = serde_json::json!(photos);
    }
    if !form.is_empty() {
        body["form"] = form.into();
    }
    timeline::fact::Fact { subject: SUBJECT, subject_id: building, kind, is_public: false, author, at, body }
}

/// Appends a fact about a building to the history of the case that it was found by.
///
/// # Errors
/// When the database fails.
pub async fn tell_case(tx: &Tx, case: Id, author: Option<Id>, at: Moment, number: &str) -> Result<(), DbError> {
    let line = timeline::fact::Fact {
        subject: "case",
        subject_id: case,
        kind: "building_recorded".to_owned(),
        is_public: false,
        author,
        at,
        body: serde_json::json!({ "note": number }),
    };
    timeline::store::record(tx, &line).await?;
    Ok(())
}

/// A fact of a building with what only a history shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// It was found.
    Found(Found),
    /// Something was done.
    Done(Fact),
}

/// A line of a building's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What.
    pub what: Happened,
    /// When.
    pub at: Moment,
    /// By whom.
    pub author: String,
    /// The photographs.
    pub photos: Vec<String>,
}

/// The history of a building, first come first.
///
/// # Errors
/// When the database fails or a fact cannot be read.
pub async fn history(tx: &Tx, building: Id) -> Result<Vec<Line>, DbError> {
    let sql = "select f.kind, f.at, f.body, f.author_id, a.name from facts f left join accounts a on a.id = f.author_id \
               where f.subject = 'building' and f.subject_id = $1 order by f.id";
    let strange = |what: String| DbError::Row(format!("a fact of a building: {what}"));
    let rows = tx.query(sql, params![building]).await?;
    // What other rooms note about it, such as a photograph that was withheld, is no part of the chain.
    let is_own = |row: &&Row| row.get::<String>(0).is_ok_and(|kind| kind.starts_with("building_"));
    rows.iter()
        .filter(is_own)
        .map(|row| {
            let (kind, at, body): (String, Moment, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let body: serde_json::Value = serde_json::from_str(&body).map_err(|error| strange(error.to_string()))?;
            let photos = body.get("photos").and_then(|photos| photos.as_array()).into_iter().flatten();
            let photos = photos.filter_map(|id| id.as_str().map(str::to_owned)).collect();
            let what = if kind == "building_found" {
                Happened::Found(serde_json::from_value(body).map_err(|error| strange(error.to_string()))?)
            } else {
                let told: Told = serde_json::from_value(body).map_err(|error| strange(error.to_string()))?;
                let step = kind.trim_start_matches("building_").replace('_', "-");
                Happened::Done(Fact {
                    building,
                    what: Step::parse(&step).ok_or_else(|| strange(kind))?,
                    by: row.get(3)?,
                    role: told.role,
                    at,
                    stage: told.stage,
                    revision: told.revision,
                    terms: told.terms,
                    act: told.act,
                })
            };
            Ok(Line { what, at, author: row.get::<Option<String>>(4)?.unwrap_or_default(), photos })
        })
        .collect()
}

/// The number of a building that is found in a year.
///
/// # Errors
/// When the database fails.
pub async fn number(tx: &Tx, year: i16) -> Result<String, DbError> {
    let serial = timeline::store::next_serial(tx, &format!("building-{year}")).await?;
    Ok(format!("B{year}-{serial:04}"))
}

/// A building whose terms have ended and nobody has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Since when.
    pub at: Moment,
    /// Which.
    pub building: Id,
}

/// The buildings whose terms have ended by `now` and nobody has been told, the longest first.
///
/// # Errors
/// When the database fails.
pub async fn alerts(tx: &Tx, now: Moment) -> Result<Vec<Alert>, DbError> {
    let sql = "select alert_at, id from buildings where alert_at is not null and alert_at <= $1 \
               order by alert_at, id limit 200";
    let rows = tx.query(sql, params![now]).await?;
    rows.iter().map(|row| Ok(Alert { at: row.get(0)?, building: row.get(1)? })).collect()
}

/// Notes that somebody was told; false when the building has moved on since, or somebody else has told.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &Tx, alert: Alert) -> Result<bool, DbError> {
    let sql = "update buildings set alert_at = null where id = $1 and alert_at = $2";
    Ok(tx.execute(sql, params![alert.building, alert.at]).await? == 1)
}

/// Keeps a visit; false for one whose form was sent before.
///
/// # Errors
/// When the database fails.
pub async fn add_visit(tx: &Tx, visit: &Visit, form: Option<&str>) -> Result<bool, DbError> {
    let sql = "insert into building_visits (id, building_id, kind, at, visited_on, street, address, told, words, author_id, \
               department_id, form) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (form) do nothing";
    let kept = tx
        .execute(
            sql,
            params![
                id::fresh(),
                visit.building,
                visit.kind.word(),
                visit.at,
                visit.on.to_string(),
                &visit.street,
                &visit.address,
                visit.told,
                &visit.words,
                visit.author,
                visit.department,
                form,
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// A visit as the log shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Visited {
    /// The identifier.
    pub id: Id,
    /// The visit.
    pub visit: Visit,
    /// Who made it.
    pub author: String,
    /// The number of the building that it was about; empty for a visit to a street.
    pub number: String,
}

fn visited(row: &Row) -> Result<Visited, DbError> {
    let (kind, on): (String, String) = (row.get(2)?, row.get(4)?);
    let strange = |what: &str| DbError::Row(format!("a visit's {what}"));
    Ok(Visited {
        id: row.get(0)?,
        visit: Visit {
            building: row.get(1)?,
            kind: VisitKind::parse(&kind).ok_or_else(|| strange("kind"))?,
            at: row.get(3)?,
            on: on.parse().map_err(|_| strange("day"))?,
            street: row.get(5)?,
            address: row.get(6)?,
            told: row.get(7)?,
            words: row.get(8)?,
            author: row.get(9)?,
            department: row.get(10)?,
        },
        author: row.get::<Option<String>>(11)?.unwrap_or_default(),
        number: row.get::<Option<String>>(12)?.unwrap_or_default(),
    })
}

/// One page of visits, the youngest first, within the scope; only to one street when it is named.
///
/// # Errors
/// When the database fails.
pub async fn visits(tx: &Tx, scope: Scope, street: &str, after: Option<(i64, Id)>) -> Result<Page<Visited>, DbError> {
    let mut params = Vec::new();
    let mut conditions = vec![match scope.condition(&mut params) {
        all if scope == Scope::All => all,
        own => format!("v.{own}"),
    }];
    if !street.is_empty() {
        params.push(street.into());
        conditions.push(format!("v.street = ${}", params.len()));
    }
    if let Some((at, id)) = after {
        params.push(Value::Int(at));
        let at = params.len();
        params.push(Value::Int(id));
        conditions.push(format!("(v.at, v.id) < (${at}, ${})", params.len()));
    }
    let (within, limit) = (conditions.join(" and "), PAGE + 1);
    let sql = format!(
        "select v.id, v.building_id, v.kind, v.at, v.visited_on, v.street, v.address, v.told, v.words, v.author_id, \
         v.department_id, a.name, b.number from building_visits v left join accounts a on a.id = v.author_id \
         left join buildings b on b.id = v.building_id where {within} order by v.at desc, v.id desc limit {limit}"
    );
    let rows = tx.query(&sql, params).await?;
    let rows: Vec<Visited> = rows.iter().map(visited).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |row| format!("{}.{}", row.visit.at.0, row.id)))
}

/// How many visits there were in a year, and how many people were told, within the scope.
///
/// # Errors
/// When the database fails.
pub async fn visit_sums(tx: &Tx, scope: Scope, year: i16) -> Result<(i64, i64), DbError> {
    let mut params = params![format!("{year:04}-01-01"), format!("{year:04}-12-31")];
    let within = scope.condition(&mut params);
    let sql = format!(
        "select count(*), cast(coalesce(sum(told), 0) as bigint) from building_visits where visited_on >= $1 and visited_on <= $2 and {within}"
    );
    let row = tx.query_one(&sql, params).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// What a penalty case about a building begins with.
pub fn offers<'a>(
    tx: &'a Tx,
    actor: &'a Actor,
    building: Id,
) -> std::pin::Pin<Box<dyn Future<Output = Result<Offer, Error>> + Send + 'a>> {
    Box::pin(async move {
        let kept = load(tx, building, Scope::of(actor)).await?;
        Ok(Offer {
            words: format!("{}\n{}", kept.number, kept.words).trim().to_owned(),
            place: kept.building.particulars.address.clone(),
            lon: kept.place.lon,
            lat: kept.place.lat,
        })
    })
}

/// Whether somebody sees a building, for what belongs to it.
pub fn sees<'a>(
    tx: &'a Tx,
    actor: &'a Actor,
    building: Id,
) -> std::pin::Pin<Box<dyn Future<Output = Result<bool, Error>> + Send + 'a>> {
    Box::pin(async move {
        match load(tx, building, Scope::of(actor)).await {
            Ok(_) => Ok(actor.may(crate::people::act::Act::SeeBuildings)),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    })
}
