//! Reports that are on the disk when the citizen gets the code, beside what the database can do at all.

use super::client::{Connection, post_json};
use super::load::{Rate, rate};
use super::program::Program;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// One report: words, a place inside the invented city, a category, a key of its own.
pub fn report() -> Vec<u8> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (lon, lat) = (123.4087 + (number % 97) as f64 * 1e-5, 31.2172 + (number % 89) as f64 * 1e-5);
    let document = format!(
        r#"{{"words":"路灯不亮，已经第 {number} 天，晚上行人看不清路。","lon":{lon:.6},"lat":{lat:.6},"category":"event-0110","key":"bench-{}-{number}"}}"#,
        std::process::id()
    );
    post_json("/api/reports", &document)
}

/// Reports per second with so many clients, each waiting for its answer.
pub fn reports(program: &Program, clients: usize) -> Rate {
    rate(clients, |_| {
        let mut connection = Connection::open(&program.address).expect("a connection");
        move || {
            let answer = connection.ask(&report()).expect("an answer");
            assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        }
    })
}

const ROW: &str = "insert into raw_rows (id, words, at) values ($1, $2, $3)";
const WORDS: &str = "路灯不亮，晚上行人看不清路。";

/// The limit of SQLite: one row, one commit, nothing else, with the same settings.
pub fn raw_sqlite(folder: &std::path::Path) -> Rate {
    let path = folder.join("raw.db");
    rate(1, |_| {
        let connection = rusqlite::Connection::open(&path).expect("a file");
        connection
            .execute_batch(
                "pragma journal_mode = wal; pragma synchronous = full; \
                 create table if not exists raw_rows (id integer primary key, words text not null, at integer not null)",
            )
            .expect("a table");
        move || {
            let id = NUMBER.fetch_add(1, Ordering::Relaxed);
            let mut statement = connection.prepare_cached(ROW).expect("a statement");
            statement.execute((id as i64, WORDS, 0)).expect("a row");
        }
    })
}

/// The limit of PostgreSQL: one row, one commit, nothing else.
pub fn raw_postgres(url: &str, clients: usize) -> Rate {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    let connect = |url: &str| {
        let url = url.to_owned();
        runtime.block_on(async move {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("the server");
            tokio::spawn(connection);
            client
        })
    };
    runtime
        .block_on(connect(url).batch_execute(
            "create table if not exists raw_rows (id bigint primary key, words text not null, at bigint not null)",
        ))
        .expect("a table");
    rate(clients, |_| {
        let client = connect(url);
        let statement = runtime.block_on(client.prepare(ROW)).expect("a statement");
        let runtime = &runtime;
        move || {
            let id = NUMBER.fetch_add(1, Ordering::Relaxed) as i64;
            runtime.block_on(client.execute(&statement, &[&id, &WORDS, &0_i64])).expect("a row");
        }
    })
}

/// The limit of the web server: an answer that asks nobody.
pub fn bare_answers(clients: usize) -> Rate {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            send.send(listener.local_addr().expect("an address").to_string()).expect("a listener");
            let doors = axum::Router::new().route("/", axum::routing::get(|| async { "ok" }));
            axum::serve(listener, doors).await.expect("it serves");
        });
    });
    let address = receive.recv().expect("an address");
    rate(clients, |_| {
        let mut connection = Connection::open(&address).expect("a connection");
        let request = super::client::get("/", None);
        move || assert_eq!(connection.ask(&request).expect("an answer").status, 200)
    })
}

/// Waits until the program has opened the cases of everything that was reported (or half a minute), so that the next
/// figure is its own.
pub fn settle(program: &Program) {
    let began = Instant::now();
    let mut last = program.cpu_ticks();
    while began.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(500));
        let now = program.cpu_ticks();
        if now - last < 3 {
            return;
        }
        last = now;
    }
}
