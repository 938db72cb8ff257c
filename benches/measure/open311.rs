//! Programs of others: the list of a hundred requests, one list that many ask for and lists that nobody asked for before, and requests that
//! are handed in. Over as many reports as `STEWARD_BENCH_REPORTS` says: `100000`, or `100000,10000000`.

use super::client::{Connection, get};
use super::load::{Rate, rate};
use super::program::Program;
use super::table::{RATE_COLUMNS, Table, count, mebibytes, rate_cells};
use super::{Ready, intake};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use steward::kit::clock::Clock;
use steward::kit::db::{Db, DbError, params};
use steward::kit::id;
use steward::open311::answering::digest;
use steward::open311::store::{Key, make_key};

static NUMBER: AtomicU64 = AtomicU64::new(0);
const SECRET: &str = "bench";
const DAY: i64 = 86_400_000;

/// Measures over one database.
pub fn measure(
    table: &mut Table,
    runtime: &tokio::runtime::Runtime,
    engine: &str,
    (db, ready): (Db, Ready),
    files: &Path,
) {
    let now = Clock::system().now();
    runtime.block_on(async {
        let key = Key {
            id: id::fresh(),
            name: "Bench".into(),
            contact: "nobody".into(),
            jurisdiction: String::new(),
            per_minute: 0,
            may_submit: true,
            may_update: true,
            is_test: false,
            made_at: now,
            used_at: None,
            revoked_at: None,
        };
        let made: Result<(), DbError> =
            db.write(move |tx| async move { make_key(&tx, &key, &digest(SECRET), 1).await }).await;
        made.expect("a key");
    });
    let sizes = std::env::var("STEWARD_BENCH_REPORTS").unwrap_or_else(|_| "100000".to_owned());
    let mut seeded = 1;
    for reports in sizes.split(',').map(|size| size.trim().parse::<i64>().expect("a number of reports")) {
        runtime.block_on(seed(&db, seeded, reports, now.0));
        seeded = reports + 1;
        let program = Program::start(&ready.url, files);
        table.part(&format!("Open311 over {} reports, {engine}", count(reports as f64)), &RATE_COLUMNS);
        // A program that starts answers its first question slowly; the first round of each figure does not count.
        for clients in [1, 32] {
            let same = asked(&program, clients, |_| "/open311/v2/requests.json?page_size=100&api_key=bench".to_owned());
            table.line(&rate_cells(&format!("the list of 100 that everybody asks for, {clients} clients"), &same));
            let other = asked(&program, clients, |number| {
                // Ninety days that end at another second each time.
                let until = now.plus(-(number as i64 * 7_919_000).rem_euclid(270 * DAY));
                let until = until.zoned(&jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ");
                format!("/open311/v2/requests.json?page_size=100&end_date={until}&api_key=bench")
            });
            table.line(&rate_cells(&format!("a list of 100 that nobody asked for before, {clients} clients"), &other));
        }
        for clients in [1, 32] {
            let sent = sent(&program, clients);
            table.line(&rate_cells(&format!("a request that is handed in, {clients} clients"), &sent));
            intake::settle(&program);
        }
        let (at_rest, most) = program.memory();
        table.note(&format!("Resident memory afterwards {}, at most {}.", mebibytes(at_rest), mebibytes(most)));
    }
}

fn asked(program: &Program, clients: usize, address: impl Fn(u64) -> String + Sync) -> Rate {
    rate(clients, |_| {
        let (mut connection, address) = (Connection::open(&program.address).expect("a connection"), &address);
        move || {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let answer = connection.ask(&get(&address(number), None)).expect("an answer");
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        }
    })
}

fn sent(program: &Program, clients: usize) -> Rate {
    rate(clients, |_| {
        let mut connection = Connection::open(&program.address).expect("a connection");
        move || {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let (lon, lat) = (123.4087 + (number % 97) as f64 * 1e-5, 31.2172 + (number % 89) as f64 * 1e-5);
            let form = format!(
                "api_key={SECRET}&service_code=event-0110&lat={lat:.6}&long={lon:.6}&description=Rubbish+{number}"
            );
            let request = format!(
                "POST /open311/v2/requests.json HTTP/1.1\r\nhost: steward\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 content-length: {}\r\n\r\n{form}",
                form.len()
            );
            let answer = connection.ask(request.as_bytes()).expect("an answer");
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        }
    })
}

/// Adds reports up to `count`: a year of them, 8 in 100 still open, each with two things that everybody may read. Written by the database
/// itself, because a city's years are not what is measured.
async fn seed(db: &Db, from: i64, count: i64, now: i64) {
    let numbers = format!(
        "with recursive n(i) as (select cast({from} as bigint) union all select i + 1 from n where i < {count})"
    );
    let received = format!("({now} - (i * 7919) % 31536000 * 1000)");
    let reports = format!(
        "insert into reports (id, code, idempotency_key, words, lon, lat, coordinate_system, address, grid_code, district_code, \
         street_code, community_code, area_name, code_set, kind, category_code, category_name, contact_name, contact_phone, photos, source, \
         source_number, language, stage, received_at, closed_at) {numbers} select i, 'B' || i, 'B' || i, '路灯不亮，晚上看不清路', \
         123.41 + (i % 1000) * 0.00001, 31.21 + (i % 997) * 0.00001, 'wgs84', '望澜路 ' || (i % 500) || ' 号', '990100001001001', '990100', \
         '990100001', '990100001001', '城关区', 'cjt214', 'event', '0110', '', '', '', '', 'citizen', '', 'zh-Hans', \
         case when i % 100 >= 92 then 'handling' else 'solved' end, {received}, case when i % 100 < 92 then {received} + 9000000 end from n"
    );
    let fact = |kind: &str, id: &str, later: i64| {
        format!(
            "insert into facts (id, subject, subject_id, kind, is_public, author_id, at, body) {numbers} select {id}, 'report', i, '{kind}', 1, \
             null, {received} + {later}, '{{}}' from n"
        )
    };
    for sql in [reports, fact("submitted", "i * 2", 0), fact("report_accepted", "i * 2 + 1", 600_000)] {
        let filled: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(&sql, params![]).await }).await;
        filled.expect("the reports are written");
    }
    let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
    analysed.expect("the tables are analysed");
}
