//! A long day in one hour: reports, desks that refresh their lists, citizens who look after their reports, the map and programs of others, all at
//! the same time and at a steady pace. What is measured is not how much goes, but that memory and times stay as they were, and how long a report
//! waits for its case. It lasts `STEWARD_BENCH_MINUTES` (60), and `STEWARD_BENCH_PACE` requests a second (300) are asked for.

use super::client::{Connection, get, get_list};
use super::program::Program;
use super::table::{Table, count, mebibytes, time};
use super::{Ready, intake, lists};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use steward::kit::clock::{Clock, Moment};
use steward::kit::db::{Db, DbError, params};

const CLIENTS: u64 = 16;
/// Into how many stretches the time is cut.
const STRETCHES: u32 = 6;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

/// What is asked in turn: of twenty requests, how many are of each kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Report,
    List,
    Page,
}

fn kind(number: u64) -> Kind {
    match number % 20 {
        0..2 => Kind::Report,
        2..14 => Kind::List,
        _ => Kind::Page,
    }
}

const NAMES: [(Kind, &str); 3] = [
    (Kind::Report, "a report that is handed in"),
    (Kind::List, "a desk's list as it refreshes"),
    (Kind::Page, "a page of the public: home, list, map"),
];

/// How long the reports of a stretch waited for their cases; what still waits counts as far as it has waited.
fn waits(runtime: &tokio::runtime::Runtime, db: &Db, from: Moment, until: Moment) -> Vec<Duration> {
    let sql = "select coalesce(c.joined_at, $2) - r.received_at from reports r left join case_reports c on c.report_id = r.id \
               where r.received_at >= $1 and r.received_at < $2";
    let read = db.read(move |tx| async move {
        let rows = tx.query(sql, params![from, until]).await?;
        rows.iter().map(|row| row.get::<i64>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    let waits = runtime.block_on(read).expect("the reports");
    waits.into_iter().map(|wait| Duration::from_millis(wait.max(0).unsigned_abs())).collect()
}

/// One line of the table.
fn line(table: &mut Table, past: u32, what: &str, mut times: Vec<Duration>, resident: u64) {
    times.sort_unstable();
    let part = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
    table.line(&[
        format!("{past} of {STRETCHES}"),
        what.to_owned(),
        count(times.len() as f64),
        time(part(50)),
        time(part(99)),
        time(part(100)),
        mebibytes(resident),
    ]);
}

/// Measures over one database that is ready.
pub fn measure(
    table: &mut Table,
    runtime: &tokio::runtime::Runtime,
    engine: &str,
    (db, ready): (&Db, &Ready),
    files: &std::path::Path,
) {
    let minutes = setting("STEWARD_BENCH_MINUTES", 60);
    let pace = setting("STEWARD_BENCH_PACE", 300).max(1);
    let stretch = Duration::from_secs(minutes * 60) / STRETCHES;
    let program = Program::start(&ready.url, files);
    let questions = lists::questions(&ready.departments);
    let desk: Vec<Vec<u8>> =
        questions.iter().map(|question| get_list(&format!("/desk?{question}"), &ready.session)).collect();
    let pages = ["/", "/reports", "/reports?stage=solved", "/tiles/reports/12/3453/1677", "/map/areas.geojson"]
        .map(|path| get(path, None));
    let title = format!("{minutes} minutes of mixed load, {pace} requests a second, {engine}");
    table.part(&title, &["stretch", "what", "asked", "p50", "p99", "slowest", "resident memory"]);
    let (number, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let taken: Mutex<Vec<(Kind, Duration)>> = Mutex::default();
    let (began, mut from) = (Instant::now(), Clock::system().now());
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut connection = Connection::open(&program.address).expect("a connection");
                while !is_over.load(Ordering::Relaxed) {
                    let number = number.fetch_add(1, Ordering::Relaxed);
                    // Each request has its moment; one that is late is asked at once, and its lateness counts.
                    let due = began
                        + Duration::from_secs(1) * u32::try_from(number / pace).expect("an hour")
                        + Duration::from_micros(number % pace * 1_000_000 / pace);
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let kind = kind(number);
                    let at = usize::try_from(number).expect("a number");
                    let status = match kind {
                        Kind::Report => connection.ask(&intake::report()),
                        Kind::List => connection.ask(&desk[at % desk.len()]),
                        Kind::Page => connection.ask(&pages[at % pages.len()]),
                    };
                    let status = status.expect("an answer").status;
                    assert!(matches!(status, 200 | 201 | 204), "{status}");
                    taken.lock().expect("the times").push((kind, due.elapsed()));
                }
            });
        }
        for past in 1..=STRETCHES {
            std::thread::sleep((began + stretch * past).saturating_duration_since(Instant::now()));
            let times = std::mem::take(&mut *taken.lock().expect("the times"));
            let until = Clock::system().now();
            let (resident, _) = program.memory();
            for (kind, name) in NAMES {
                let times = times.iter().filter(|(taken, _)| *taken == kind).map(|(_, time)| *time).collect();
                line(table, past, name, times, resident);
            }
            line(table, past, "a report until its case is open", waits(runtime, db, from, until), resident);
            from = until;
        }
        is_over.store(true, Ordering::Relaxed);
    });
    table
        .note("Times count from the moment at which a request was due, so that waiting behind a slow one counts, too.");
}
