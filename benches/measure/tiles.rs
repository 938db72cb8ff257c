//! The map: tiles of as many reports as fill a screen, kept ones and ones that nobody asked for before, over cities of different sizes.

use super::client::Connection;
use super::load::{Rate, rate};
use super::program::Program;
use super::table::{RATE_COLUMNS, Table, count, mebibytes, rate_cells, time};
use super::{Ready, lists, pages, session};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use steward::kit::clock::Clock;
use steward::kit::db::{Db, DbError, params};
use steward::tiles::tile::{Spot, Tile};

/// In the middle of the seeded reports.
const MIDDLE: (f64, f64) = (123.45, 31.25);
const DAY: i64 = 86_400_000;
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A request as a browser makes it, which reads what is packed.
fn get(path: &str, session: Option<&str>) -> Vec<u8> {
    let cookie = session.map(|secret| format!("cookie: session={secret}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: steward\r\naccept-encoding: gzip\r\n{cookie}\r\n").into_bytes()
}

/// Measures over one database with so many cases, of which each has a report.
pub fn measure(
    table: &mut Table,
    runtime: &tokio::runtime::Runtime,
    engine: &str,
    cases: i64,
    (db, ready): (Db, Ready),
    files: &Path,
) {
    let now = Clock::system().now();
    runtime.block_on(async {
        lists::seed(&db, 1, cases, &ready.departments, now.0).await;
        pages::seed_reports(&db).await;
    });
    let program = Program::start(&ready.url, files);
    let name = count(cases as f64);
    table.part(&format!("The map over {name} cases, {engine}"), &RATE_COLUMNS);
    let began = Instant::now();
    ask(&program, &get("/tiles/reports/0/0/0", None));
    let first = began.elapsed();
    for zoom in [10, 12, 14, 17] {
        let tile = Tile::of(zoom, Spot::of(MIDDLE.0, MIDDLE.1).expect("a place"));
        let found = runtime.block_on(within(&db, tile, now.0 - 30 * DAY));
        let address = format!("/tiles/reports/{zoom}/{}/{}", tile.x, tile.y);
        for clients in [1, 32] {
            let what = format!("zoom {zoom}, a tile of {} reports, {clients} clients", count(found as f64));
            let same = asked(&program, clients, |_| get(&address, None));
            table.line(&rate_cells(&format!("{what}, kept"), &same));
        }
        let made = asked(&program, 32, |number| {
            // The same reports under a question that nobody asked before.
            let until = now.plus(DAY + number as i64 * 1000).zoned(&jiff::tz::TimeZone::UTC);
            let from = now.plus(-30 * DAY).zoned(&jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:00:00Z").to_string();
            get(&format!("{address}?from={from}&to={}", until.strftime("%Y-%m-%dT%H:%M:%SZ")), None)
        });
        table.line(&rate_cells(&format!("zoom {zoom}, a tile of {} reports, made anew", count(found as f64)), &made));
    }
    let session = runtime.block_on(session(&db, "acceptor1"));
    let tile = Tile::of(14, Spot::of(MIDDLE.0, MIDDLE.1).expect("a place"));
    let own = asked(&program, 32, |_| get(&format!("/tiles/cases/14/{}/{}", tile.x, tile.y), Some(&session)));
    table.line(&rate_cells("a tile of the desk's open cases, 32 clients", &own));
    let (resident, most) = program.memory();
    table.note(&format!(
        "The first question of all, for which the last sixty days are read, took {}. Resident memory afterwards {}, at most {}.",
        time(first),
        mebibytes(resident),
        mebibytes(most)
    ));
}

async fn within(db: &Db, tile: Tile, since: i64) -> i64 {
    let [west, south, east, north] = tile.bounds();
    let found: Result<i64, DbError> = db
        .read(move |tx| async move {
            let sql = "select count(*) from reports where received_at >= $1 and lon >= $2 and lon < $3 and lat > $4 and lat <= $5";
            tx.query_one(sql, params![since, west, east, south, north]).await?.get(0)
        })
        .await;
    found.expect("a count")
}

fn ask(program: &Program, request: &[u8]) {
    let mut connection = Connection::open(&program.address).expect("a connection");
    assert_eq!(connection.ask(request).expect("an answer").status, 200);
}

fn asked(program: &Program, clients: usize, request: impl Fn(u64) -> Vec<u8> + Sync) -> Rate {
    rate(clients, |_| {
        let mut connection = Connection::open(&program.address).expect("a connection");
        let request = &request;
        move || {
            let request = request(NUMBER.fetch_add(1, Ordering::Relaxed));
            let answer = connection.ask(&request).expect("an answer");
            assert_eq!(answer.status, 200);
        }
    })
}
