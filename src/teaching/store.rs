//! The room's tables. None of them holds a case, and none of a case's tables points here.

use super::exercise::Exercise;
use super::explaining::Outcome;
use super::run::{Run, Standing};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::paging::{PAGE, Page};
use crate::kit::words::enum_of_words;
use crate::people::act::Post;
use crate::people::actor::Actor;
use crate::timeline;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the timeline calls an exercise of the city's own.
pub const EXERCISE: &str = "teaching_exercise";
/// What the timeline calls the making of one.
pub const MADE: &str = "exercise_made";
/// What the key of such an exercise begins with.
const OWN: &str = "own-";
/// The longest text of what was typed that is kept, in characters.
pub const LONGEST_TYPED: usize = 600;

enum_of_words! {
    /// How a run stands in the lists.
    Status {
        /// 进行中.
        Open = "open",
        /// 已完成.
        Done = "done",
        /// 已走完，没有达到目标.
        Missed = "missed",
        /// 已放弃，重新开始.
        Left = "left",
    }
}

enum_of_words! {
    /// How an exercise of the city's own stands.
    Standpoint {
        /// 草稿.
        Draft = "draft",
        /// 已发布.
        Published = "published",
        /// 已撤下.
        Withdrawn = "withdrawn",
    }
}

impl From<Standing> for Status {
    fn from(standing: Standing) -> Status {
        match standing {
            Standing::Open => Status::Open,
            Standing::Reached => Status::Done,
            Standing::Missed => Status::Missed,
        }
    }
}

/// Whose practice somebody sees beside their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// That of a unit's people; nobody's without a unit.
    Unit(Option<Id>),
    /// One's own.
    Own(Id),
}

impl Scope {
    /// What an instructor sees.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub fn of_instructor(actor: &Actor) -> Result<Scope, Error> {
        match actor.post {
            Post::Leader | Post::LegalReviewer => Ok(Scope::All),
            Post::UnitLeader => Ok(Scope::Unit(actor.department)),
            _ => Err(Error::Forbidden),
        }
    }

    /// The condition on a column of accounts.
    fn condition(self, column: &str, params: &mut Vec<Value>) -> String {
        let mut put = |value: Id| {
            params.push(Value::Int(value));
            params.len()
        };
        match self {
            Scope::All => "1 = 1".into(),
            Scope::Own(account) => format!("{column} = ${}", put(account)),
            Scope::Unit(Some(unit)) => {
                format!("exists (select 1 from accounts u where u.id = {column} and u.department_id = ${})", put(unit))
            }
            Scope::Unit(None) => "1 = 0".into(),
        }
    }
}

/// A run with what its row knows beside it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The identifier.
    pub id: Id,
    /// The learner.
    pub account: Id,
    /// How it stands.
    pub status: Status,
    /// When it was begun, by the real clock.
    pub begun_at: Moment,
    /// When it was finished.
    pub finished_at: Option<Moment>,
    /// How many mistakes were made.
    pub mistakes: i64,
    /// One more for everything that happens.
    pub revision: i64,
    /// The run.
    pub run: Run,
}

fn text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

fn from_text<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Row(format!("{what}: {error}")))
}

fn status(row: &Row, index: usize) -> Result<Status, DbError> {
    let word: String = row.get(index)?;
    Status::parse(&word).ok_or_else(|| DbError::Row(format!("the status of a run: {word}")))
}

/// Keeps a fresh run.
///
/// # Errors
/// When the database fails.
pub async fn begin(tx: &Tx, id: Id, account: Id, run: &Run, now: Moment) -> Result<(), DbError> {
    let sql = "insert into teaching_runs (id, account_id, exercise, status, stage, begun_at, touched_at, steps, mistakes, undone, \
               revision, body) values ($1, $2, $3, 'open', $4, $5, $5, 0, 0, 0, 1, $6)";
    tx.execute(sql, params![id, account, &run.exercise.key, run.case.stage.word(), now, text(run)?]).await?;
    Ok(())
}

const COLUMNS: &str = "id, account_id, status, begun_at, finished_at, mistakes, revision, body";

fn read(row: &Row) -> Result<Held, DbError> {
    let body: String = row.get(7)?;
    Ok(Held {
        id: row.get(0)?,
        account: row.get(1)?,
        status: status(row, 2)?,
        begun_at: row.get(3)?,
        finished_at: row.get(4)?,
        mistakes: row.get(5)?,
        revision: row.get(6)?,
        run: from_text("a run", &body)?,
    })
}

/// The run of this identifier, within the scope.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load(tx: &Tx, id: Id, scope: Scope) -> Result<Held, Error> {
    let mut params = params![id];
    let within = scope.condition("account_id", &mut params);
    let sql = format!("select {COLUMNS} from teaching_runs where id = $1 and {within}");
    Ok(read(&tx.query_opt(&sql, params).await?.ok_or(Error::NotFound)?)?)
}

/// Somebody's run of an exercise that goes on, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn open_run(tx: &Tx, account: Id, exercise: &str) -> Result<Option<Id>, DbError> {
    let sql = "select id from teaching_runs where account_id = $1 and exercise = $2 and status = 'open' order by id desc limit 1";
    tx.query_opt(sql, params![account, exercise]).await?.map(|row| row.get(0)).transpose()
}

/// Saves a run that had this revision.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn save(tx: &Tx, held: &Held, now: Moment) -> Result<(), DbError> {
    let sql = "update teaching_runs set status = $2, stage = $3, touched_at = $4, finished_at = $5, steps = $6, mistakes = $7, \
               undone = $8, revision = $9, body = $10 where id = $1 and revision = $11";
    let run = &held.run;
    let params = params![
        held.id,
        held.status.word(),
        run.case.stage.word(),
        now,
        held.finished_at,
        run.steps(),
        held.mistakes,
        run.undone,
        held.revision + 1,
        text(run)?,
        held.revision,
    ];
    if tx.execute(sql, params).await? == 1 { Ok(()) } else { Err(DbError::Stale) }
}

/// One attempt, as it is kept.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// The real clock.
    pub at: Moment,
    /// The run's own clock.
    pub run_at: Moment,
    /// The step's word; empty for the clock.
    pub step: String,
    /// Who was played.
    pub part: String,
    /// In which role.
    pub role: String,
    /// `done`, `refused`, `slip`, `undone`, `waited`.
    pub outcome: String,
    /// The key of the refusal's sentence.
    pub code: String,
    /// The sentence as it was said to the learner.
    pub sentence: String,
    /// What the sentence names, so that another reader is told in their own language; none in what was kept before this was.
    pub args: Option<Vec<(String, String)>>,
    /// The document of the article.
    pub law: String,
    /// The article.
    pub article: String,
    /// What was typed, shortened.
    pub typed: String,
}

/// Appends an attempt.
///
/// # Errors
/// When the database fails.
pub async fn attempt(tx: &Tx, held: &Held, attempt: &Attempt) -> Result<(), DbError> {
    let sql = "insert into teaching_attempts (id, run_id, account_id, exercise, at, run_at, step, part, role, outcome, code, \
               sentence, args, law, article, typed) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let args = attempt.args.as_ref().map(text).transpose()?.unwrap_or_default();
    let typed: String = attempt.typed.chars().take(LONGEST_TYPED).collect();
    let params = params![
        id::fresh(),
        held.id,
        held.account,
        &held.run.exercise.key,
        attempt.at,
        attempt.run_at,
        &attempt.step,
        &attempt.part,
        &attempt.role,
        &attempt.outcome,
        &attempt.code,
        &attempt.sentence,
        args,
        &attempt.law,
        &attempt.article,
        typed,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

fn args(text: &str) -> Result<Option<Vec<(String, String)>>, DbError> {
    if text.is_empty() { Ok(None) } else { from_text("what an attempt's sentence names", text).map(Some) }
}

/// The attempts of a run, first come first; at most 500.
///
/// # Errors
/// When the database fails.
pub async fn attempts(tx: &Tx, run: Id) -> Result<Vec<Attempt>, DbError> {
    let sql = "select at, run_at, step, part, role, outcome, code, sentence, args, law, article, typed from teaching_attempts \
               where run_id = $1 order by id limit 500";
    tx.query(sql, params![run])
        .await?
        .iter()
        .map(|row| {
            Ok(Attempt {
                at: row.get(0)?,
                run_at: row.get(1)?,
                step: row.get(2)?,
                part: row.get(3)?,
                role: row.get(4)?,
                outcome: row.get(5)?,
                code: row.get(6)?,
                sentence: row.get(7)?,
                args: args(&row.get::<String>(8)?)?,
                law: row.get(9)?,
                article: row.get(10)?,
                typed: row.get(11)?,
            })
        })
        .collect()
}

/// A line of the lists of runs.
#[derive(Debug, Clone)]
pub struct Line {
    /// The run.
    pub id: Id,
    /// The learner.
    pub account: Id,
    /// The exercise.
    pub exercise: String,
    /// How it stands.
    pub status: Status,
    /// The stage of its case.
    pub stage: String,
    /// When it was touched last.
    pub touched_at: Moment,
    /// When it was finished.
    pub finished_at: Option<Moment>,
    /// How many steps were taken.
    pub steps: i64,
    /// How many mistakes were made.
    pub mistakes: i64,
    /// How many steps were taken back.
    pub undone: i64,
}

const LINE: &str = "id, account_id, exercise, status, stage, touched_at, finished_at, steps, mistakes, undone";

fn line(row: &Row) -> Result<Line, DbError> {
    Ok(Line {
        id: row.get(0)?,
        account: row.get(1)?,
        exercise: row.get(2)?,
        status: status(row, 3)?,
        stage: row.get(4)?,
        touched_at: row.get(5)?,
        finished_at: row.get(6)?,
        steps: row.get(7)?,
        mistakes: row.get(8)?,
        undone: row.get(9)?,
    })
}

/// One page of somebody's runs, the one touched last first.
///
/// # Errors
/// When the database fails.
pub async fn runs(tx: &Tx, account: Id, after: Option<(i64, Id)>) -> Result<Page<Line>, DbError> {
    let (at, id) = after.unwrap_or((i64::MAX, i64::MAX));
    let limit = PAGE + 1;
    let sql = format!(
        "select {LINE} from teaching_runs where account_id = $1 and (touched_at, id) < ($2, $3) \
         order by touched_at desc, id desc limit {limit}"
    );
    let rows = tx.query(&sql, params![account, at, id]).await?;
    let rows: Vec<Line> = rows.iter().map(line).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |one| format!("{}.{}", one.touched_at.0, one.id)))
}

/// How far somebody is with an exercise, over all tries.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The learner.
    pub account: Id,
    /// The exercise.
    pub exercise: String,
    /// How many runs were begun.
    pub tries: i64,
    /// How many of them reached the goal.
    pub done: i64,
    /// How many are under way.
    pub open: i64,
    /// How many mistakes were made in all of them.
    pub mistakes: i64,
    /// The last run.
    pub last: Id,
    /// When the goal was reached last.
    pub finished_at: Option<Moment>,
}

/// How far these people are; all exercises. Only what lies within the scope.
///
/// # Errors
/// When the database fails.
pub async fn progress(tx: &Tx, scope: Scope, people: &[Id]) -> Result<Vec<Progress>, DbError> {
    let mut all = Vec::new();
    for some in people.chunks(100) {
        let mut params: Vec<Value> = some.iter().map(|id| Value::Int(*id)).collect();
        let within = scope.condition("account_id", &mut params);
        let sql = format!(
            "select account_id, exercise, count(*), sum(case when status = 'done' then 1 else 0 end), \
             sum(case when status = 'open' then 1 else 0 end), cast(sum(mistakes) as bigint), max(id), max(finished_at) \
             from teaching_runs where account_id in ({}) and {within} group by account_id, exercise",
            slots(0, some.len())
        );
        for row in tx.query(&sql, params).await? {
            all.push(Progress {
                account: row.get(0)?,
                exercise: row.get(1)?,
                tries: row.get(2)?,
                done: row.get(3)?,
                open: row.get(4)?,
                mistakes: row.get(5)?,
                last: row.get(6)?,
                finished_at: row.get(7)?,
            });
        }
    }
    Ok(all)
}

/// How often an article was missed.
#[derive(Debug, Clone)]
pub struct Missed {
    /// The document; empty where the program's own order was the reason.
    pub law: String,
    /// The article.
    pub article: String,
    /// The key of the sentence.
    pub code: String,
    /// How often.
    pub count: i64,
    /// By how many people.
    pub people: i64,
}

/// What was missed most, within the scope, of an exercise (empty: all), between two moments.
///
/// # Errors
/// When the database fails.
pub async fn missed(
    tx: &Tx,
    scope: Scope,
    exercise: &str,
    (from, until): (Moment, Moment),
) -> Result<Vec<Missed>, DbError> {
    let mut params = params![from, until, exercise];
    let within = scope.condition("account_id", &mut params);
    let sql = format!(
        "select law, article, code, count(*), count(distinct account_id) from teaching_attempts \
         where outcome = 'refused' and at >= $1 and at < $2 and ($3 = '' or exercise = $3) and {within} \
         group by law, article, code order by count(*) desc, law, article, code limit 100"
    );
    let rows = tx.query(&sql, params).await?;
    rows.iter()
        .map(|row| {
            Ok(Missed {
                law: row.get(0)?,
                article: row.get(1)?,
                code: row.get(2)?,
                count: row.get(3)?,
                people: row.get(4)?,
            })
        })
        .collect()
}

/// One page of the runs of one learner of the scope, for the instructor.
///
/// # Errors
/// [`Error::NotFound`] for somebody outside of the scope; when the database fails.
pub async fn runs_within(tx: &Tx, scope: Scope, account: Id, exercise: &str) -> Result<Vec<Line>, Error> {
    let mut params = params![account, exercise];
    let within = scope.condition("account_id", &mut params);
    let sql = format!(
        "select {LINE} from teaching_runs where account_id = $1 and exercise = $2 and {within} \
         order by id desc limit 50"
    );
    let rows = tx.query(&sql, params).await?;
    Ok(rows.iter().map(line).collect::<Result<_, _>>()?)
}

/// An exercise that somebody is to do.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The learner.
    pub account: Id,
    /// The exercise.
    pub exercise: String,
    /// The last day.
    pub due_on: String,
}

/// Gives somebody an exercise to do by a day; a second time moves the day.
///
/// # Errors
/// When the database fails.
pub async fn assign(tx: &Tx, exercise: &str, account: Id, due_on: Date, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "insert into teaching_assignments (exercise, account_id, due_on, assigned_at, assigned_by) \
               values ($1, $2, $3, $4, $5) on conflict (account_id, exercise) do update set due_on = excluded.due_on, \
               assigned_at = excluded.assigned_at, assigned_by = excluded.assigned_by";
    tx.execute(sql, params![exercise, account, due_on.to_string(), now, by]).await?;
    Ok(())
}

/// What is assigned to these people.
///
/// # Errors
/// When the database fails.
pub async fn assigned(tx: &Tx, people: &[Id]) -> Result<Vec<Assignment>, DbError> {
    let mut all = Vec::new();
    for some in people.chunks(100) {
        let sql = format!(
            "select account_id, exercise, due_on from teaching_assignments where account_id in ({}) order by due_on, exercise",
            slots(0, some.len())
        );
        for row in tx.query(&sql, some.iter().map(|id| Value::Int(*id)).collect()).await? {
            all.push(Assignment { account: row.get(0)?, exercise: row.get(1)?, due_on: row.get(2)? });
        }
    }
    Ok(all)
}

/// An exercise of the city's own.
#[derive(Debug, Clone)]
pub struct Own {
    /// The identifier.
    pub id: Id,
    /// How it stands.
    pub standpoint: Standpoint,
    /// When it was made.
    pub made_at: Moment,
    /// One more for every change.
    pub revision: i64,
    /// The exercise.
    pub exercise: Exercise,
}

/// The key of an exercise of the city's own.
pub fn own_key(id: Id) -> String {
    format!("{OWN}{id}")
}

fn own(row: &Row) -> Result<Own, DbError> {
    let (word, body): (String, String) = (row.get(1)?, row.get(4)?);
    Ok(Own {
        id: row.get(0)?,
        standpoint: Standpoint::parse(&word).ok_or_else(|| DbError::Row(format!("an exercise: {word}")))?,
        made_at: row.get(2)?,
        revision: row.get(3)?,
        exercise: from_text("an exercise", &body)?,
    })
}

const OWN_COLUMNS: &str = "id, status, made_at, revision, body";

/// The published exercises of the city's own, the oldest first; at most 200.
///
/// # Errors
/// When the database fails.
pub async fn published(tx: &Tx) -> Result<Vec<Exercise>, DbError> {
    let sql = format!("select {OWN_COLUMNS} from teaching_exercises where status = 'published' order by id limit 200");
    tx.query(&sql, params![]).await?.iter().map(|row| own(row).map(|own| own.exercise)).collect()
}

/// One page of all of them, the youngest first.
///
/// # Errors
/// When the database fails.
pub async fn owns(tx: &Tx, before: Option<Id>) -> Result<Page<Own>, DbError> {
    let limit = PAGE + 1;
    let sql = format!("select {OWN_COLUMNS} from teaching_exercises where id < $1 order by id desc limit {limit}");
    let rows = tx.query(&sql, params![before.unwrap_or(Id::MAX)]).await?;
    let rows: Vec<Own> = rows.iter().map(own).collect::<Result<_, _>>()?;
    Ok(Page::cut(rows, |one| one.id.to_string()))
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn load_own(tx: &Tx, id: Id) -> Result<Own, Error> {
    let sql = format!("select {OWN_COLUMNS} from teaching_exercises where id = $1");
    Ok(own(&tx.query_opt(&sql, params![id]).await?.ok_or(Error::NotFound)?)?)
}

/// Keeps a draft; `form` is the mark of the form that made it.
///
/// # Errors
/// When the database fails.
pub async fn add_own(tx: &Tx, id: Id, exercise: &Exercise, by: Id, form: &str, now: Moment) -> Result<(), DbError> {
    let sql = "insert into teaching_exercises (id, status, title, level, made_at, made_by, changed_at, changed_by, revision, body) \
               values ($1, 'draft', $2, $3, $4, $5, $4, $5, 1, $6)";
    tx.execute(sql, params![id, &exercise.title.zh, exercise.level.word(), now, by, text(exercise)?]).await?;
    tell(tx, id, MADE, by, form, now).await
}

/// Publishes one, or takes it back.
///
/// # Errors
/// [`DbError::Stale`] when somebody was faster; when the database fails.
pub async fn put_own(tx: &Tx, own: &Own, to: Standpoint, by: Id, now: Moment) -> Result<(), DbError> {
    let sql = "update teaching_exercises set status = $2, changed_at = $3, changed_by = $4, revision = revision + 1 \
               where id = $1 and revision = $5";
    if tx.execute(sql, params![own.id, to.word(), now, by, own.revision]).await? != 1 {
        return Err(DbError::Stale);
    }
    let kind = if to == Standpoint::Published { "exercise_published" } else { "exercise_withdrawn" };
    tell(tx, own.id, kind, by, "", now).await
}

async fn tell(tx: &Tx, id: Id, kind: &str, by: Id, form: &str, now: Moment) -> Result<(), DbError> {
    let fact = timeline::fact::Fact {
        subject: EXERCISE,
        subject_id: id,
        kind: kind.to_owned(),
        is_public: false,
        author: Some(by),
        at: now,
        body: serde_json::json!({ "form": form }),
    };
    timeline::store::record(tx, &fact).await.map(drop)
}

/// The word of an outcome that is kept.
pub fn word_of(outcome: Outcome) -> String {
    outcome.word().to_owned()
}
