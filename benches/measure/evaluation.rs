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
use steward::kit::id;
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

/// Gives the cases their clocks and ten facts each, written by the database itself. Of a case that is open the
/// last clock runs.
async fn seed(app: &App, db: &Db) {
    // As the program writes it beside every clock.
    let rule = serde_json::json!({
        "calendar": "2026", "conventions": app.conventions, "hours": app.calendar.hours(), "round": 0, "warn_percent": 80,
    });
    let run = |sql: String| async move {
        let done: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(&sql, params![]).await }).await;
        done.expect("it is written");
    };
    let now = Clock::system().now().0;
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
             (select min(id) from accounts) + c.id % 7, '{rule}', '' from cases c where {there}"
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
        let at = format!("c.opened_at + 900000 * {seq}");
        let at = format!("case when {at} > {now} then c.opened_at + {seq} else {at} end");
        // Identifiers as the program makes them: by the moment first, because readers of what is new count by them.
        let (beginning, tick) = (id::since(Moment(now)), 1_i64 << 21);
        run(format!(
            "insert into facts (id, subject, subject_id, kind, is_public, author_id, at, body) \
             select {beginning} - ({now} - ({at})) * {tick} + c.id % 131072 * 16 + {seq}, 'case', c.id, {kind}, 0, \
             (select min(id) from accounts) + c.id % 7, {at}, '{{\"stage\":\"handling\",\"side\":\"dispatcher\",\"revision\":{seq},\"about\":\"' || c.department_id || '\"}}' \
             from cases c"
        ))
        .await;
    }
    // Of what is open, some is in a crew's hands, some waits for a decision, some for the answer to an order.
    for (set, share) in [
        ("crew_id = (select min(id) from accounts where post = 'crew_member')", "stage in ('dispatched', 'handling')"),
        ("request_kind = 'postpone'", "id % 50 = 7"),
        ("is_supervised = 1", "id % 100 = 9"),
    ] {
        run(format!("update cases set {set} where is_open = 1 and {share}")).await;
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

/// A city of some size: its database, and the program that answers over it.
pub struct City {
    /// How many cases it has, with ten facts each.
    pub cases: i64,
    /// Its database.
    pub db: Db,
    app: App,
    ready: super::Ready,
    program: Program,
    /// The run in which its last month was counted.
    run: i64,
}

/// The median of many answers to each of the addresses, the slowest of them, and its bytes.
pub type Answered = Vec<(Duration, Duration, usize)>;

/// What each city takes for its addresses. They are asked in turn, so that a slow minute of the machine is all the cities', and
/// nothing is counted meanwhile.
pub async fn ask(cities: &[City], asked: &[Vec<Asked>]) -> Vec<Answered> {
    let open = |city: &City| Connection::open(&city.program.address).expect("a connection");
    let mut connections: Vec<Connection> = cities.iter().map(open).collect();
    let mut all: Vec<Vec<(Vec<Duration>, usize)>> =
        asked.iter().map(|asked| vec![(Vec::new(), 0); asked.len()]).collect();
    for _ in 0..ROUNDS {
        // Every city is asked for as many.
        for (at, _) in asked.first().into_iter().flatten().enumerate() {
            for (number, city) in cities.iter().enumerate() {
                let (address, session) = &asked[number][at];
                quiet(&city.db).await;
                let (times, bytes) = &mut all[number][at];
                *bytes = timed(&mut connections[number], address, session.as_deref(), IN_A_ROUND, times);
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let middles =
        |pages: Vec<(Vec<Duration>, usize)>| pages.into_iter().map(|(times, bytes)| middle(times, bytes)).collect();
    all.into_iter().map(middles).collect()
}

/// A table of pages: what each takes in cities of these sizes, and how many times as much in the last as in the first.
fn compare(table: &mut Table, title: &str, sizes: &[i64], names: &[&str], answered: &[Answered]) {
    let mut columns = vec!["what".to_owned()];
    for cases in sizes {
        columns.push(format!("{} cases", count(*cases as f64)));
        columns.push(format!("slowest of {}", ROUNDS * IN_A_ROUND));
    }
    columns.extend(["times".to_owned(), "bytes".to_owned()]);
    table.part(title, &columns.iter().map(String::as_str).collect::<Vec<_>>());
    for (at, name) in names.iter().enumerate() {
        let mut cells = vec![(*name).to_owned()];
        for answered in answered {
            cells.extend([time(answered[at].0), time(answered[at].1)]);
        }
        let (first, last) = (&answered[0][at], &answered[answered.len() - 1][at]);
        cells.push(format!("{:.1}", last.0.as_secs_f64() / first.0.as_secs_f64()));
        cells.push(last.2.to_string());
        table.line(&cells);
    }
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

/// Asks by the form that a month is counted.
fn ask_for(city: &City, month: Period, leader: &str) {
    let form = format!("period={}", month.text());
    let again = client::post_form("/evaluation/compute", &form, leader, &city.program.address);
    let answer = Connection::open(&city.program.address).and_then(|mut connection| connection.ask(&again));
    assert_eq!(answer.expect("an answer").status, 303);
}

/// What PostgreSQL does by itself some minutes after so many rows came: it is done before anything is measured, and not while.
async fn vacuumed(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the server");
    tokio::spawn(connection);
    client.batch_execute("vacuum (analyze)").await.expect("it is tidied");
}

/// A city that has so many cases, and the program over it.
async fn settle(engine: &str, (db, ready): (Db, super::Ready), cases: i64, files: &Path) -> City {
    let app = App::new(db.clone(), Clock::system(), Sources::of_demo(), &files.display().to_string()).await;
    let app = app.expect("the program");
    if engine == "SQLite" {
        // A gigabyte for the one who writes: fifteen million rows are not what is measured.
        let widened: Result<(), DbError> =
            db.write(|tx| async move { tx.script("pragma cache_size = -1000000").await }).await;
        widened.expect("a wider cache");
    }
    lists::seed(&db, 1, cases, &ready.departments, Clock::system().now().0).await;
    seed(&app, &db).await;
    pages::seed_reports(&db).await;
    if engine == "PostgreSQL" {
        vacuumed(&ready.url).await;
    }
    written();
    let program = Program::start(&ready.url, files);
    City { cases, db, app, ready, program, run: 0 }
}

/// Measures in cities of each of the sizes, the smallest first; each is made over a database of its own.
pub async fn measure(table: &mut Table, engine: &str, ready: Vec<(i64, (Db, super::Ready))>, files: &Path) {
    let now = Clock::system().now();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let month = Period::month_of(now.zoned(&zone).date()).before();
    let slowest = format!("slowest of {}", ROUNDS * IN_A_ROUND);
    table.part(&format!("Scores, {engine}"), &["what", "cases, ten facts each", "median", &slowest]);
    let alone = |what: &str, size: &str, took: Duration| [what.into(), size.into(), time(took), String::new()];
    let (mut cities, mut leaders) = (Vec::new(), Vec::new());
    for (cases, ready) in ready {
        let mut city = settle(engine, ready, cases, files).await;
        let size = count(cases as f64);
        let leader = super::session(&city.db, "leader").await;
        ask_for(&city, month, &leader);
        let (first, took) = counted(&city.db, month, 0).await;
        table.line(&alone("a month counted, beside the work", &size, took));

        ask_for(&city, month, &leader);
        let mut connection = Connection::open(&city.program.address).expect("a connection");
        let address = format!("/evaluation?period={}&of=department&group=handle", month.text());
        let mut times = Vec::new();
        let bytes = timed(&mut connection, &address, Some(&leader), ROUNDS * IN_A_ROUND, &mut times);
        let (median, slowest, _) = middle(times, bytes);
        let what = "the table of departments while a month is counted";
        table.line(&[what.into(), size.clone(), time(median), time(slowest)]);
        // The run before gives way to this one.
        city.run = counted(&city.db, month, first).await.0;
        quiet(&city.db).await;

        // How things stand, asked of the database without anything kept.
        let began = Instant::now();
        let soon = now.plus(7_200_000);
        let asked = city.db.read(move |tx| async move {
            steward::evaluation::store::due_clocks(&tx, now, soon).await?;
            steward::evaluation::store::department_load(&tx).await?;
            steward::evaluation::store::lengths(&tx, Moment(now.0 - 7 * 86_400_000), now).await.map(drop)
        });
        asked.await.map_err(|error: DbError| error).expect("an answer");
        table.line(&alone("what the leaders' page asks, nothing kept", &size, began.elapsed()));
        cities.push(city);
        leaders.push(leader);
    }

    let period = month.text();
    let names = [
        "the table of departments",
        "the table of streets",
        "a department with its year",
        "the list behind a number of the city",
        "the list behind a number of a department",
        "a month's page",
        "the leaders' page",
    ];
    let asked = |(city, leader): (&City, &String)| {
        let (run, department) = (city.run, city.ready.departments[0]);
        let addresses = [
            format!("/evaluation?period={period}&of=department&group=handle"),
            format!("/evaluation?period={period}&of=street&group=close"),
            format!("/evaluation/object?period={period}&of=department&object={department}"),
            format!("/evaluation/list?run={run}&count=handled&of=city&object="),
            format!("/evaluation/list?run={run}&count=handled_late&of=department&object={department}"),
            format!("/evaluation/months/{period}"),
            "/leaders".to_owned(),
        ];
        addresses.into_iter().map(|address| (address, Some(leader.clone()))).collect()
    };
    let asked: Vec<Vec<Asked>> = cities.iter().zip(&leaders).map(asked).collect();
    let scores = ask(&cities, &asked).await;
    let (other, answered) = pages::ask_all(&cities).await;
    for city in &cities {
        let (memory, most) = city.program.memory();
        table.note(&format!(
            "{} cases: resident memory {}, at most {}.",
            count(city.cases as f64),
            super::mebibytes(memory),
            super::mebibytes(most)
        ));
    }
    let sizes: Vec<i64> = cities.iter().map(|city| city.cases).collect();
    // The sweep has the largest city for itself.
    let largest = cities.pop().expect("a city");
    drop(cities);
    let City { app, db, program, .. } = largest;
    drop(program);
    sweep(table, &app, &db).await;
    compare(table, &format!("The pages of the scores, {engine}"), &sizes, &names, &scores);
    compare(table, &format!("The other pages, {engine}"), &sizes, &other, &answered);
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
        table.line(&[what, running.clone(), time(median), time(slowest)]);
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
