//! `make bench`: what the program does on this machine, each figure beside the limit it is up against. With words after
//! `--`, only those parts: `lookups`, `places`, `photos`, `limits`, `intake`, `lists`, `process`, `evaluation`, `search`, `twins`,
//! `repeats`, `open311`, `tiles`, `shed`, and `mixed`, which lasts an hour and is not measured unless it is named; with `sqlite` or
//! `postgresql`, only over that database. `--write` keeps the table in docs/benchmarks.md. `STEWARD_BENCH_CASES` names other sizes of
//! cities, the smallest first: `100000,1000000`.

mod client;
mod evaluation;
mod intake;
mod lists;
mod load;
mod lookups;
mod mixed;
mod open311;
mod pages;
mod photos;
mod places;
mod program;
mod repeats;
mod search;
mod shed;
mod table;
mod tiles;
mod twins;

use program::Program;
use std::path::Path;
use std::time::Duration;
use steward::kit::clock::Clock;
use steward::kit::db::{Db, DbError, params};
use steward::kit::sources::Sources;
use table::{RATE_COLUMNS, Table, mebibytes, rate_cells, time};

/// A city that is ready to work: ground, departments, people, and somebody at the dispatcher's desk.
struct Ready {
    url: String,
    session: String,
    departments: Vec<i64>,
}

/// Somebody who has just signed in.
async fn session(db: &Db, login: &'static str) -> String {
    let now = Clock::system().now();
    let opened = db.write(move |tx| async move {
        let (account, _) = steward::people::store::credentials(&tx, login).await?.expect("an account");
        steward::people::sessions::open_for(&tx, account.id, now, 86_400_000).await
    });
    opened.await.expect("a session")
}

async fn ready(url: &str) -> (Db, Ready) {
    let sources = Sources::of_demo();
    let db = Db::open(url).await.expect("the database opens");
    db.migrate(sources.migrations()).await.expect("the tables are made");
    let now = Clock::system().now();
    steward::demo::settle(&db, &sources, now).await.expect("the city is settled");
    let session = session(&db, "dispatcher1").await;
    let departments = db.read(|tx| async move {
        let rows =
            tx.query("select distinct department_id from accounts where post = 'department_desk'", params![]).await?;
        rows.iter().map(|row| row.get::<i64>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    let departments = departments.await.expect("departments");
    (db, Ready { url: url.to_owned(), session, departments })
}

/// A new database of the server that the tests use.
async fn fresh_database(server: &str, name: &str) -> String {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("the server");
    tokio::spawn(connection);
    client.batch_execute(&format!("drop database if exists {name} with (force)")).await.expect("the old one goes");
    client.batch_execute(&format!("create database {name}")).await.expect("a database of its own");
    let (address, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{address}/{name}")
}

fn main() {
    let (named, words): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .partition(|word| matches!(word.as_str(), "sqlite" | "postgresql"));
    let is_kept = std::env::args().any(|word| word == "--write");
    let wanted = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    std::fs::create_dir_all("var").expect("a folder");
    let folder = tempfile::tempdir_in("var").expect("a folder");
    let server = std::env::var("STEWARD_TEST_POSTGRES").ok();
    if server.is_none() {
        println!("skipped: STEWARD_TEST_POSTGRES is not set, so PostgreSQL is not measured");
    }
    let mut table = Table::default();

    if wanted("lookups") {
        lookups::measure(&mut table);
    }
    if wanted("photos") {
        photos::measure(&mut table);
    }
    if wanted("places") {
        places::engine(&mut table);
    }
    if wanted("limits") {
        table.part("The limits of this machine", &RATE_COLUMNS);
        for clients in [1, 32] {
            table.line(&rate_cells(&format!("a bare HTTP answer, {clients} clients"), &intake::bare_answers(clients)));
        }
        let raw = intake::raw_sqlite(folder.path());
        table.line(&rate_cells("SQLite, one row one commit, 1 writer", &raw));
        if let Some(server) = &server {
            let url = runtime.block_on(fresh_database(server, "steward_bench_raw"));
            for clients in [1, 32] {
                let raw = intake::raw_postgres(&url, clients);
                table.line(&rate_cells(&format!("PostgreSQL, one row one commit, {clients} clients"), &raw));
            }
        }
    }

    let mut engines = vec![("SQLite", format!("sqlite:{}", folder.path().join("steward.db").display()))];
    if let Some(server) = &server {
        engines.push(("PostgreSQL", runtime.block_on(fresh_database(server, "steward_bench"))));
    }
    engines.retain(|(engine, _)| named.is_empty() || named.contains(&engine.to_lowercase()));
    for (engine, url) in &engines {
        let files = folder.path().join(engine);
        let (db, ready) = runtime.block_on(ready(url));
        if wanted("process") {
            drop(db.clone());
            process(&mut table, engine, &ready, &files);
        }
        if wanted("intake") {
            intake_part(&mut table, engine, &ready, &files);
        }
        if wanted("lists") {
            let now = Clock::system().now().0;
            let mut seeded = 1;
            for cases in sizes() {
                runtime.block_on(lists::seed(&db, seeded, cases, &ready.departments, now));
                evaluation::written();
                seeded = cases + 1;
                lists_part(&mut table, engine, &ready, &files, cases);
            }
        }
        if wanted("shed") {
            shed::measure(&mut table, engine, &ready, &files);
        }
        // An hour is only for whoever asks for it.
        if words.iter().any(|word| word == "mixed") {
            runtime.block_on(lists::seed(&db, 1, 100_000, &ready.departments, Clock::system().now().0));
            mixed::measure(&mut table, &runtime, engine, (&db, &ready), &files);
        }
        if wanted("search") {
            // A city of its own: its cases have words of their own.
            let url = match &server {
                Some(server) if *engine == "PostgreSQL" => {
                    runtime.block_on(fresh_database(server, "steward_bench_search"))
                }
                _ => format!("sqlite:{}", folder.path().join("search.db").display()),
            };
            let city = runtime.block_on(self::ready(&url));
            search::measure(&mut table, &runtime, engine, city, &files);
        }
        if wanted("open311") {
            let url = match &server {
                Some(server) if *engine == "PostgreSQL" => {
                    runtime.block_on(fresh_database(server, "steward_bench_open311"))
                }
                _ => format!("sqlite:{}", folder.path().join("open311.db").display()),
            };
            let city = runtime.block_on(self::ready(&url));
            open311::measure(&mut table, &runtime, engine, city, &files);
        }
        if wanted("tiles") {
            for cases in sizes() {
                let url = match &server {
                    Some(server) if *engine == "PostgreSQL" => {
                        runtime.block_on(fresh_database(server, &format!("steward_bench_tiles_{cases}")))
                    }
                    _ => format!("sqlite:{}", folder.path().join(format!("tiles-{cases}.db")).display()),
                };
                let city = runtime.block_on(self::ready(&url));
                tiles::measure(&mut table, &runtime, engine, cases, city, &files);
            }
        }
        if wanted("twins") {
            runtime.block_on(twins::measure(&mut table, engine, &db, url, &files));
        }
        if wanted("evaluation") {
            // Cities of their own: their cases have clocks and facts, which the lists above do without.
            let mut cities = Vec::new();
            for cases in sizes() {
                let url = match &server {
                    Some(server) if *engine == "PostgreSQL" => {
                        runtime.block_on(fresh_database(server, &format!("steward_bench_{cases}")))
                    }
                    _ => format!("sqlite:{}", folder.path().join(format!("{cases}.db")).display()),
                };
                cities.push((cases, runtime.block_on(self::ready(&url))));
            }
            runtime.block_on(evaluation::measure(&mut table, engine, cities, &files));
        }
        if wanted("places") {
            runtime.block_on(places::fill(&db));
            places::through_the_door(&mut table, engine, url, &files);
        }
        if wanted("repeats") {
            let url = match &server {
                Some(server) if *engine == "PostgreSQL" => {
                    runtime.block_on(fresh_database(server, "steward_bench_repeats"))
                }
                _ => format!("sqlite:{}", folder.path().join("repeats.db").display()),
            };
            let (db, _) = runtime.block_on(self::ready(&url));
            runtime.block_on(repeats::measure(&mut table, engine, db, &files));
        }
    }

    if is_kept {
        keep(&mut table);
    }
}

fn sizes() -> Vec<i64> {
    let sizes = std::env::var("STEWARD_BENCH_CASES").unwrap_or_else(|_| "100000,1000000".to_owned());
    sizes.split(',').map(|size| size.trim().parse().expect("a number of cases")).collect()
}

fn process(table: &mut Table, engine: &str, ready: &Ready, files: &Path) {
    let mut starts: Vec<Duration> = Vec::new();
    let mut idle = 0;
    for _ in 0..11 {
        let program = Program::start(&ready.url, files);
        starts.push(program.first_answer);
        std::thread::sleep(Duration::from_millis(200));
        idle = program.memory().0;
    }
    starts.sort_unstable();
    table.part(&format!("The process, {engine}"), &["what", "figure", "best–worst"]);
    let spread = format!("{}–{}", time(starts[0]), time(starts[starts.len() - 1]));
    table.line(&["start to first answer".into(), time(starts[starts.len() / 2]), spread]);
    table.line(&["resident memory, idle".into(), mebibytes(idle), String::new()]);
}

fn intake_part(table: &mut Table, engine: &str, ready: &Ready, files: &Path) {
    let program = Program::start(&ready.url, files);
    table.part(&format!("Reports over HTTP, on the disk before the answer, {engine}"), &RATE_COLUMNS);
    for clients in [1, 32] {
        let name = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
        table.line(&rate_cells(&name, &intake::reports(&program, clients)));
        intake::settle(&program);
    }
    let (now, most) = program.memory();
    table.note(&format!("Resident memory afterwards {}, at most {}.", mebibytes(now), mebibytes(most)));
}

fn lists_part(table: &mut Table, engine: &str, ready: &Ready, files: &Path, cases: i64) {
    let program = Program::start(&ready.url, files);
    let questions = lists::questions(&ready.departments);
    let name = table::count(cases as f64);
    table.part(&format!("The desk's list of 50, filtered and sorted, {name} cases, {engine}"), &RATE_COLUMNS);
    let address = |question: &String| format!("/desk?{question}");
    let list = |question| client::get_list(&address(question), &ready.session);
    let page = |question| client::get(&address(question), Some(&ready.session));
    let refreshed: Vec<Vec<u8>> = questions.iter().map(list).collect();
    let whole: Vec<Vec<u8>> = questions.iter().map(page).collect();
    for (requests, what) in [(refreshed, "the list as it refreshes"), (whole, "the whole page with the first case")] {
        // Eight keep two processors busy; of more, each waits for the others.
        for clients in [1, 8, 32] {
            let rate = lists::lists(&program, &requests, clients);
            table.line(&rate_cells(&format!("{what}, {clients} clients"), &rate));
        }
        let costs = lists::costs(&program, &requests, &questions);
        for (question, millis, bytes, rows) in costs.iter().take(3) {
            println!("    {millis:.2} ms {bytes} bytes {rows} rows {question}");
        }
        let (question, millis, bytes, rows) = &costs[0];
        table.note(&format!(
            "{what}: the slowest question (`{question}`) alone takes {millis:.2} ms, {bytes} bytes, {rows} rows."
        ));
    }
    let (now, most) = program.memory();
    table.note(&format!("Resident memory afterwards {}, at most {}.", mebibytes(now), mebibytes(most)));
}

fn keep(table: &mut Table) {
    let head = "# Benchmarks\n\nWritten by `make bench`; figures of one machine, with the limits of the same machine beside \
                them. Each figure is the median of five rounds of three seconds; clients and program share the machine.\n";
    let text = format!(
        "{head}\n{}.\nSQLite {} (WAL, synchronous=FULL).\n{}",
        table::machine(),
        rusqlite::version(),
        table.text()
    );
    std::fs::write("docs/benchmarks.md", text).expect("docs/benchmarks.md is written");
}
