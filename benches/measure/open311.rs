//! Programs of others: the list of a hundred requests, one list that many ask for and lists that nobody asked for before, and requests that
//! are handed in. Over as many reports as `STEWARD_BENCH_REPORTS` says: `100000`, or `100000,10000000`.

use super::client::{Connection, get};
use super::load::{Rate, rate};
use super::program::Program;
use super::table::{RATE_COLUMNS, Table, count, mebibytes, rate_cells};
use super::{Ready, intake, lists};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
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
/// So many reports have facts.
const WITH_FACTS: i64 = 1_000_000;

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
        let token: Result<u64, DbError> = db
            .write(move |tx| async move {
                let sql = "insert into api_tokens (id, hash, name, contact, account_id, scopes, per_minute, made_at, made_by, \
                           released_at, released_by) select 1, $1, 'Bench', 'nobody', min(id), 'facts:read', 100000000, $2, 1, \
                           cast($2 as bigint), 1 from accounts where post = 'leader'";
                tx.execute(sql, params![digest(SECRET), now]).await
            })
            .await;
        assert_eq!(token.expect("a token"), 1);
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
        for (what, path) in FACTS {
            table.line(&rate_cells(what, &followed(&program, path)));
        }
        let (at_rest, most) = program.memory();
        table.note(&format!("Resident memory afterwards {}, at most {}.", mebibytes(at_rest), mebibytes(most)));
    }
}

/// Facts as they are followed from a cursor by one reader: facts a second, by pages and by one answer that does not end.
const FACTS: [(&str, &str); 2] = [
    ("facts followed by pages of 200, one reader", "/api/v1/facts?limit=200&after="),
    ("facts followed as JSON lines, one reader", "/api/v1/facts.jsonl?after="),
];

fn followed(program: &Program, path: &'static str) -> Rate {
    // Each thing done is one fact, so that the rate is one of facts and the times are those of single facts.
    let cursor = AtomicU64::new(0);
    rate(1, |_| {
        let mut facts = Facts { address: program.address.clone(), path, cursor: &cursor, waiting: 0, stream: None };
        move || facts.next()
    })
}

/// One reader of the log.
struct Facts<'a> {
    address: String,
    path: &'static str,
    cursor: &'a AtomicU64,
    /// How many were read and not yet counted.
    waiting: usize,
    stream: Option<BufReader<TcpStream>>,
}

impl Facts<'_> {
    fn next(&mut self) {
        while self.waiting == 0 {
            if self.path.contains("jsonl") { self.line() } else { self.page() }
        }
        self.waiting -= 1;
    }

    fn ask(&self) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let after = self.cursor.load(Ordering::Relaxed);
        let request = format!(
            "GET {}{after} HTTP/1.1\r\nhost: steward\r\nauthorization: Bearer {SECRET}\r\nconnection: close\r\n\r\n",
            self.path
        );
        stream.write_all(request.as_bytes()).expect("a request");
        BufReader::with_capacity(1 << 16, stream)
    }

    /// A page by a connection of its own, as scheduled programs ask.
    fn page(&mut self) {
        let mut text = String::new();
        self.ask().read_to_string(&mut text).expect("a page");
        let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
        let page: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no page: {text}"));
        self.waiting = page["items"].as_array().expect("facts").len();
        let cursor = if self.waiting == 0 { 0 } else { page["cursor"].as_u64().expect("a cursor") };
        self.cursor.store(cursor, Ordering::Relaxed);
    }

    /// A line of the answer; from the beginning again when it has ended.
    fn line(&mut self) {
        let stream = self.stream.take();
        let mut stream = stream.unwrap_or_else(|| self.ask());
        let mut line = String::new();
        while stream.read_line(&mut line).expect("a line") > 0 {
            if line.starts_with("{\"") {
                self.waiting = 1;
                self.stream = Some(stream);
                return;
            }
            assert!(!line.starts_with("HTTP/1.1") || line.contains(" 200 "), "{line}");
            line.clear();
        }
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
    lists::make_room(db).await;
    // What follows the facts does so from a place, however many lie before it.
    let numbers = numbers.replace(&format!("i < {count}"), &format!("i < {}", count.min(from + WITH_FACTS)));
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
    // The places of these facts in the order in which they became visible.
    let places = "insert into fact_feed (seq, fact_id) select r.seq + row_number() over (order by f.id), f.id from facts f, \
                  fact_feed_reader r where f.id not in (select fact_id from fact_feed)";
    let reader =
        "update fact_feed_reader set seq = (select max(seq) from fact_feed), fact_id = (select max(id) from facts)";
    for sql in [places, reader] {
        let placed: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(sql, params![]).await }).await;
        placed.expect("the facts are in order");
    }
    let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
    analysed.expect("the tables are analysed");
}
