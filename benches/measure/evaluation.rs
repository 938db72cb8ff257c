//! Scores over a city's years: a month's counting, the pages, the leaders' page, the look at running clocks.

use super::client::{self, Connection};
use super::program::Program;
use super::table::{Table, count, time};
use super::{lists, pages};
use std::path::Path;
use std::time::{Duration, Instant};
use steward::app::App;
use steward::evaluation::period::Period;
use steward::kit::clock::{Clock, Moment};
use steward::kit::db::{Db, DbError, params};
use steward::kit::sources::Sources;

/// The clocks of a case that has gone its whole way, with the share of its length after which each is stopped.
const CLOCKS: [(&str, i64); 6] =
    [("accept", 5), ("file", 10), ("dispatch", 15), ("handle", 70), ("verify", 85), ("close", 95)];
/// What happens to a case; ten facts each.
const FACTS: [&str; 10] = [
    "case_opened",
    "report_accepted",
    "case_filed",
    "case_dispatched",
    "crew_assigned",
    "task_accepted",
    "work_handed_in",
    "case_fed_back",
    "verification_passed",
    "case_closed",
];

/// Gives the cases `from..=to` their clocks and ten facts each, written by the database itself. Of a case that is open the
/// last clock runs.
async fn seed(app: &App, db: &Db, from: i64, to: i64) {
    // As the program writes it beside every clock.
    let rule = serde_json::json!({
        "calendar": "2026", "conventions": app.conventions, "hours": app.calendar.hours(), "round": 0, "warn_percent": 80,
    });
    let run = |sql: String| async move {
        let done: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(&sql, params![]).await }).await;
        done.expect("it is written");
    };
    for (seq, (kind, share)) in CLOCKS.iter().enumerate() {
        let began = if seq == 0 { 0 } else { CLOCKS[seq - 1].1 };
        let (start, end) = (format!("c.opened_at + 90000 * {began}"), format!("c.opened_at + 90000 * {share}"));
        // One in nine was late; an open case has only its clocks up to handling, and that one runs, some past its due moment.
        let (late, open) = ("(c.id % 9 = 0)", "c.is_open = 1");
        let runs = if *kind == "handle" { open } else { "1 = 0" };
        let there = if seq > 3 { "c.is_open = 0" } else { "1 = 1" };
        run(format!(
            "insert into timers (case_id, seq, kind, unit, value, extra, started_at, due_at, pauses, finished_at, finish, \
             overdue_ms, is_exempt, department_id, account_id, rule, why) \
             select c.id, {seq}, '{kind}', 'working_hour', 4, 0, {start}, \
             case when {late} then {end} - 600000 else {end} + 600000 end + case when {runs} then 86400000 * (c.id % 40) else 0 end, \
             '[]', case when {runs} then null else {end} end, case when {runs} then null else 'done' end, \
             case when {runs} then null when {late} then 600000 else 0 end, 0, c.department_id, \
             (select min(id) from accounts) + c.id % 7, '{rule}', '' from cases c where c.id between {from} and {to} and {there}"
        ))
        .await;
    }
    for (seq, kind) in FACTS.iter().enumerate() {
        // One in forty was returned, one in thirty sent back.
        let kind = match *kind {
            "crew_assigned" => "case when c.id % 40 = 0 then 'case_returned' else 'crew_assigned' end".to_owned(),
            "verification_passed" => {
                "case when c.id % 30 = 0 then 'verification_failed' else 'verification_passed' end".to_owned()
            }
            other => format!("'{other}'"),
        };
        run(format!(
            "insert into facts (id, subject, subject_id, kind, is_public, author_id, at, body) \
             select 1000000000 + c.id * 16 + {seq}, 'case', c.id, {kind}, 0, (select min(id) from accounts) + c.id % 7, \
             c.opened_at + 900000 * {seq}, '{{\"stage\":\"handling\",\"side\":\"dispatcher\",\"revision\":{seq},\"about\":\"' || c.department_id || '\"}}' \
             from cases c where c.id between {from} and {to}"
        ))
        .await;
    }
    // Of what is open, some is in a crew's hands, some waits for a decision, some for the answer to an order.
    for (set, share) in [
        ("crew_id = (select min(id) from accounts where post = 'crew_member')", "stage in ('dispatched', 'handling')"),
        ("request_kind = 'postpone'", "id % 50 = 7"),
        ("is_supervised = 1", "id % 100 = 9"),
    ] {
        run(format!("update cases set {set} where id between {from} and {to} and is_open = 1 and {share}")).await;
    }
    let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
    analysed.expect("the tables are analysed");
}

/// Every address is asked so often in a round …
const IN_A_ROUND: usize = 3;
/// … and there are so many rounds, a fifth of a second apart: what happens beside the pages for a second or two, such as the
/// machine writing the seeded gigabytes to its disk, does not stand for a page.
const ROUNDS: usize = 15;

/// An address, and who asks for it.
pub type Asked = (String, Option<String>);

/// The median of 45 answers to each of the addresses, and the slowest of them, with its bytes. Nothing is counted meanwhile.
pub async fn ask(db: &Db, program: &Program, asked: &[Asked]) -> Vec<(Duration, Duration, usize)> {
    let mut connection = Connection::open(&program.address).expect("a connection");
    let mut all: Vec<(Vec<Duration>, usize)> = vec![(Vec::new(), 0); asked.len()];
    for _ in 0..ROUNDS {
        for ((address, session), (times, bytes)) in asked.iter().zip(&mut all) {
            quiet(db).await;
            *bytes = timed(&mut connection, address, session.as_deref(), IN_A_ROUND, times);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    all.into_iter().map(|(times, bytes)| middle(times, bytes)).collect()
}

fn timed(
    connection: &mut Connection,
    address: &str,
    session: Option<&str>,
    often: usize,
    times: &mut Vec<Duration>,
) -> usize {
    let request = client::get(address, session);
    let mut bytes = 0;
    for _ in 0..often {
        let began = Instant::now();
        let answer = connection.ask(&request).expect("an answer");
        times.push(began.elapsed());
        assert_eq!(answer.status, 200, "{address}: {}", String::from_utf8_lossy(&answer.body));
        bytes = answer.body.len();
    }
    bytes
}

fn middle(mut times: Vec<Duration>, bytes: usize) -> (Duration, Duration, usize) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() - 1], bytes)
}

/// Waits until a period is counted by the program, and answers its run and how long it took.
async fn counted(db: &Db, period: Period, since: i64) -> (i64, Duration) {
    loop {
        let text = period.text();
        let read = db.read(move |tx| async move {
            let sql = "select id, took_ms from evaluation_runs where period = $1 and state = 'done' and id > $2 order by id desc limit 1";
            let row = tx.query_opt(sql, params![text, since]).await?;
            row.map(|row| Ok::<_, DbError>((row.get::<i64>(0)?, row.get::<i64>(1)?))).transpose()
        });
        if let Some((id, took)) = read.await.expect("the runs") {
            return (id, Duration::from_millis(took.unsigned_abs()));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until the machine has written what was seeded to its disk: that is no part of what is measured.
pub fn written() {
    assert!(std::process::Command::new("sync").status().is_ok_and(|status| status.success()), "sync");
}

/// Waits until the program counts nothing: what a page costs is asked for without what happens to run beside it.
pub async fn quiet(db: &Db) {
    loop {
        let read = db.read(|tx| async move {
            let sql = "select count(*) from evaluation_runs where state in ('queued', 'running')";
            tx.query_one(sql, params![]).await?.get::<i64>(0)
        });
        if read.await.map_err(|error: DbError| error).expect("the runs") == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Measures at each of the sizes, the smaller first.
pub async fn measure(table: &mut Table, engine: &str, db: &Db, ready: &super::Ready, files: &Path, sizes: &[i64]) {
    let now = Clock::system().now();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let month = Period::month_of(now.zoned(&zone).date()).before();
    let leader = super::session(db, "leader").await;
    table.part(&format!("Scores, {engine}"), &["what", "cases, ten facts each", "median", "slowest of 45", "bytes"]);
    let app = App::new(db.clone(), Clock::system(), Sources::of_demo(), &files.display().to_string()).await;
    let app = app.expect("the program");
    if engine == "SQLite" {
        // A gigabyte for the one who writes: fifteen million rows are not what is measured.
        let widened: Result<(), DbError> =
            db.write(|tx| async move { tx.script("pragma cache_size = -1000000").await }).await;
        widened.expect("a wider cache");
    }
    let (mut seeded, mut other_pages) = (1, Vec::new());
    for cases in sizes {
        lists::seed(db, seeded, *cases, &ready.departments, now.0).await;
        seed(&app, db, seeded, *cases).await;
        pages::seed_reports(db, seeded, *cases).await;
        written();
        seeded = cases + 1;
        let size = count(*cases as f64);
        let program = Program::start(&ready.url, files);
        let before = db
            .read(|tx| async move {
                tx.query_one("select coalesce(max(id), 0) from evaluation_runs", params![]).await?.get::<i64>(0)
            })
            .await
            .map_err(|error: DbError| error)
            .expect("the runs");
        // A visit asks for the month before when nobody has counted it; later ones are asked for by the form.
        let again =
            client::post_form("/evaluation/compute", &format!("period={}", month.text()), &leader, &program.address);
        let answer =
            Connection::open(&program.address).and_then(|mut connection| connection.ask(&again)).expect("an answer");
        assert_eq!(answer.status, 303);
        let (run, took) = counted(db, month, before).await;
        table.line(&[
            "a month counted, beside the work".into(),
            size.clone(),
            time(took),
            String::new(),
            String::new(),
        ]);
        let period = month.text();
        let department = ready.departments[0];
        let pages = [
            ("the table of departments", format!("/evaluation?period={period}&of=department&group=handle")),
            ("the table of streets", format!("/evaluation?period={period}&of=street&group=close")),
            (
                "a department with its year",
                format!("/evaluation/object?period={period}&of=department&object={department}"),
            ),
            (
                "the list behind a number of the city",
                format!("/evaluation/list?run={run}&count=handled&of=city&object="),
            ),
            (
                "the list behind a number of a department",
                format!("/evaluation/list?run={run}&count=handled_late&of=department&object={department}"),
            ),
            ("a month's page", format!("/evaluation/months/{period}")),
            ("the leaders' page", "/leaders".to_owned()),
        ];
        let asked: Vec<Asked> = pages.iter().map(|(_, address)| (address.clone(), Some(leader.clone()))).collect();
        for ((what, _), (median, slowest, bytes)) in pages.iter().zip(ask(db, &program, &asked).await) {
            table.line(&[(*what).into(), size.clone(), time(median), time(slowest), bytes.to_string()]);
        }
        let address = format!("/evaluation?period={period}&of=department&group=handle");
        let mut connection = Connection::open(&program.address).expect("a connection");
        let answer = connection.ask(&again).expect("an answer");
        assert_eq!(answer.status, 303);
        let mut times = Vec::new();
        let bytes = timed(&mut connection, &address, Some(&leader), ROUNDS * IN_A_ROUND, &mut times);
        let (median, slowest, bytes) = middle(times, bytes);
        table.line(&[
            "the table of departments while a month is counted".into(),
            size.clone(),
            time(median),
            time(slowest),
            bytes.to_string(),
        ]);
        quiet(db).await;
        // How things stand, asked of the database without anything kept.
        let began = Instant::now();
        let soon = now.plus(7_200_000);
        let asked = db.read(move |tx| async move {
            steward::evaluation::store::due_clocks(&tx, now, soon).await?;
            steward::evaluation::store::department_load(&tx).await?;
            steward::evaluation::store::lengths(&tx, Moment(now.0 - 7 * 86_400_000), now).await.map(drop)
        });
        asked.await.map_err(|error: DbError| error).expect("an answer");
        table.line(&[
            "what the leaders' page asks, nothing kept".into(),
            size.clone(),
            time(began.elapsed()),
            String::new(),
            String::new(),
        ]);
        other_pages.extend(pages::lines(db, &program, *cases, &size).await);
        let (memory, most) = program.memory();
        table.note(&format!(
            "{size} cases: resident memory {}, at most {}.",
            super::mebibytes(memory),
            super::mebibytes(most)
        ));
    }
    sweep(table, &app, db).await;
    table.part(&format!("The other pages, {engine}"), &["what", "cases", "median", "slowest of 45", "bytes"]);
    for line in other_pages {
        table.line(&line);
    }
}

/// A million clocks that run: the sweep that looks whether somebody must be told, and the count of what is late.
async fn sweep(table: &mut Table, app: &App, db: &Db) {
    let now = Clock::system().now();
    let run = |sql: &'static str| async move {
        let done: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(sql, params![now]).await }).await;
        done.expect("the clocks are set");
    };
    // Every case's handling runs, two in a hundred of them late, and none is to ring within the hour.
    run("update timers set finished_at = null, finish = null, overdue_ms = null, due_at = cast($1 as bigint) + (case_id % 1000 - 20) * 3600000 \
         where kind = 'handle'")
        .await;
    run("update timers set alert_at = cast($1 as bigint) + 3600000 where finished_at is null").await;
    let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
    analysed.expect("the tables are analysed");
    let running = db.read(|tx| async move {
        tx.query_one("select count(*) from timers where finished_at is null", params![]).await?.get::<i64>(0)
    });
    let running = count(running.await.map_err(|error: DbError| error).expect("a count") as f64);
    let mut line = |what: String, times: &mut Vec<Duration>| {
        times.sort_unstable();
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        table.line(&[what, running.clone(), time(median), time(slowest), String::new()]);
    };

    let mut times = Vec::new();
    for _ in 0..9 {
        let began = Instant::now();
        let asked = db
            .read(move |tx| async move { steward::evaluation::store::due_clocks(&tx, now, now.plus(7_200_000)).await });
        asked.await.map_err(|error: DbError| error).expect("an answer");
        times.push(began.elapsed());
    }
    line("late and soon late among all running clocks, counted".into(), &mut times);

    let mut times = Vec::new();
    for _ in 0..9 {
        let began = Instant::now();
        let (rang, _) = steward::cases::watching::sweep(app).await.expect("a sweep");
        times.push(began.elapsed());
        assert_eq!(rang, 0);
    }
    line("a sweep of all running clocks, none rings".into(), &mut times);

    // An even thousandth of them all ring at once, which is more than a city sees within five seconds.
    let mut times = Vec::new();
    for rest in 0..5 {
        let set = format!(
            "update timers set alert_at = cast($1 as bigint) - 1 where finished_at is null and case_id % 1000 = {rest}"
        );
        let set: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(&set, params![now]).await }).await;
        let set = set.expect("they are due");
        let began = Instant::now();
        let (rang, _) = steward::cases::watching::sweep(app).await.expect("a sweep");
        times.push(began.elapsed());
        assert_eq!(rang as u64, set);
    }
    line("a sweep in which one of a thousand rings: facts, notices and all".into(), &mut times);
}
