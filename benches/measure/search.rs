//! The search over a million cases: frequent words and rare ones, one character and many, numbers, filters alone and together.

use super::client::{self, Connection};
use super::load::rate;
use super::program::Program;
use super::table::{RATE_COLUMNS, Table, count, rate_cells, time};
use super::{Ready, lists};
use std::path::Path;
use std::time::{Duration, Instant};
use steward::app::App;
use steward::kit::clock::Clock;
use steward::kit::db::{Db, DbError, params};
use steward::kit::sources::Sources;
use steward::search::keeping;

/// How many cases there are.
const CASES: i64 = 1_000_000;

/// Gives the cases words of their own: some that nearly every one has, some in a hundred, some in ten, and words that end a
/// year ago. Written by the database itself.
async fn word(db: &Db) {
    let title = "case when id % 100003 = 7 then '听雨巷口琉璃井盖松动' when id % 5003 = 11 then '行道树倒伏压住车辆' \
         when id % 997 = 3 then '共享单车堵住盲道' when id % 97 = 5 then '垃圾满溢无人清运' \
         when id % 13 = 2 then '井盖破损' when id > 600000 and id < 800000 then '暴雨后道路积水' else title end";
    for from in (0..CASES).step_by(100_000) {
        let sql = format!("update cases set title = {title} where id > $1 and id <= $2");
        let written: Result<u64, DbError> =
            db.write(move |tx| async move { tx.execute(&sql, params![from, from + 100_000]).await }).await;
        written.expect("the cases are given words");
    }
}

/// What is searched for: the query's fields, and what is measured by it.
fn questions(departments: &[i64]) -> Vec<(String, &'static str)> {
    let department = departments[0].to_string();
    let query = |fields: &[(&str, &str)]| serde_urlencoded::to_string(fields).expect("a query");
    vec![
        (query(&[("q", "望澜路")]), "a word of all"),
        (query(&[("q", "路灯不亮")]), "a word of most"),
        (query(&[("q", "灯")]), "one character"),
        (query(&[("q", "井盖")]), "one in thirteen"),
        (query(&[("q", "垃圾满溢")]), "one in a hundred"),
        (query(&[("q", "盲道")]), "one in a thousand"),
        (query(&[("q", "倒伏")]), "one in five thousand"),
        (query(&[("q", "琉璃井盖")]), "one in a hundred thousand"),
        (query(&[("q", "没有这样的案卷")]), "none"),
        (query(&[("q", "积水 井盖")]), "two frequent words that never meet"),
        (query(&[("q", "积水")]), "frequent once, long ago"),
        (query(&[("q", "望澜路 499 号 井盖")]), "three words"),
        (query(&[("q", "S10999999"), ("all", "1")]), "a whole number"),
        (query(&[("q", "99999")]), "a part of a number"),
        (query(&[("q", "路灯"), ("department", &department), ("stage", "open")]), "a word, a department, open"),
        (query(&[("q", "路灯"), ("stage", "verifying"), ("area", "990100002")]), "a word, a rare stage, a street"),
        (query(&[("overdue", "1"), ("q", "垃圾")]), "a word, overdue"),
        (query(&[("overdue", "1"), ("class", "event-03"), ("area", "990100001")]), "overdue, a class, a street"),
        (query(&[("q", "路灯"), ("from", "2020-01-01"), ("to", "2020-12-31")]), "a word, a time without cases"),
        (query(&[("q", "琉璃 倒伏"), ("stage", "ended")]), "two rare words, ended"),
    ]
}

/// Makes the index over a database of its own, and searches in it.
pub fn measure(
    table: &mut Table,
    runtime: &tokio::runtime::Runtime,
    engine: &str,
    (db, ready): (Db, Ready),
    files: &Path,
) {
    let now = Clock::system().now().0;
    let took = runtime.block_on(async {
        lists::seed(&db, 1, CASES, &ready.departments, now).await;
        word(&db).await;
        let folder = files.display().to_string();
        let app = App::new(db.clone(), Clock::system(), Sources::of_demo(), &folder).await.expect("the program");
        let began = Instant::now();
        keeping::bring_up_to_date(&app).await.expect("the index is made");
        let took = began.elapsed();
        let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
        analysed.expect("the tables are analysed");
        took
    });
    let program = Program::start(&ready.url, files);
    table.part(&format!("Searches over {} cases, the whole page, {engine}", count(CASES as f64)), &RATE_COLUMNS);
    let questions = questions(&ready.departments);
    let requests: Vec<Vec<u8>> =
        questions.iter().map(|(query, _)| client::get(&format!("/search?{query}"), Some(&ready.session))).collect();
    for clients in [1, 8] {
        let rate = rate(clients, |number| {
            let mut connection = Connection::open(&program.address).expect("a connection");
            let mut at = number * 7;
            let requests = &requests;
            move || {
                at += 1;
                let answer = connection.ask(&requests[at % requests.len()]).expect("an answer");
                assert_eq!(answer.status, 200);
            }
        });
        table.line(&rate_cells(&format!("all questions in turn, {clients} clients"), &rate));
    }
    let mut connection = Connection::open(&program.address).expect("a connection");
    let mut worst = (Duration::ZERO, "");
    for ((query, what), request) in questions.iter().zip(&requests) {
        let mut times: Vec<Duration> = (0..51)
            .map(|_| {
                let began = Instant::now();
                let answer = connection.ask(request).expect("an answer");
                assert_eq!(answer.status, 200, "{query}");
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!("    {} median, {} at most: {what}", time(times[25]), time(times[50]));
        worst = worst.max((times[50], *what));
    }
    table.note(&format!("The slowest single answer of 51 of each question took {} ({}).", time(worst.0), worst.1));
    table.note(&format!("The index of {} cases was made in {}.", count(CASES as f64), time(took)));
}
