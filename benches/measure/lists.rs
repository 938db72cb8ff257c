//! The desk's list, filtered and sorted, over many cases.

use super::client::Connection;
use super::load::{Rate, rate};
use super::program::Program;
use steward::kit::db::{Db, DbError, params};

/// The stages of open cases that the seeded cases stand in.
const OPEN: [&str; 8] = [
    "received",
    "awaiting-check",
    "awaiting-filing",
    "awaiting-dispatch",
    "dispatched",
    "handling",
    "awaiting-verification",
    "verifying",
];

/// The streets of the invented city that the seeded cases lie in.
const STREETS: [&str; 3] = ["990100001", "990100002", "990100003"];

/// Ten million keys in no order: without room for the indexes each page of them would be read and written again and again.
pub async fn make_room(db: &Db) {
    if db.is_postgres() {
        return;
    }
    let room: Result<(), DbError> =
        db.write(|tx| async move { tx.script("pragma cache_size = -10000000").await }).await;
    room.expect("room");
}

/// Adds cases up to `count`: a year of them, 8 in 100 still open, spread over stages, departments, streets and sub-classes.
/// Written by the database itself, because a city's years are not what is measured.
pub async fn seed(db: &Db, from: i64, count: i64, departments: &[i64], now: i64) {
    let stage = {
        let arms: Vec<String> =
            OPEN.iter().enumerate().map(|(at, stage)| format!("when {} then '{stage}'", 92 + at)).collect();
        format!("case i % 100 {} when 91 then 'declined' else 'closed' end", arms.join(" "))
    };
    let pick = |values: &[String], by: &str| {
        let arms: Vec<String> =
            values.iter().enumerate().map(|(at, value)| format!("when {at} then {value}")).collect();
        format!("case {by} % {} {} else {} end", values.len(), arms.join(" "), values[0])
    };
    let department = pick(&departments.iter().map(ToString::to_string).collect::<Vec<_>>(), "(i / 100)");
    let street = pick(&STREETS.map(|street| format!("'{street}'")), "(i / 7)");
    let code = pick(&["0110", "0111", "0205", "0301", "0303"].map(|code| format!("'{code}'")), "(i / 11)");
    let opened = format!("({now} - (i * 7919) % 31536000 * 1000)");
    let sql = format!(
        "insert into cases (id, number, title, code_set, kind, code, condition, limit_amount, limit_unit, \
         catalog_version, calendar_version, lon, lat, coordinates, cell, street, community, address, source, is_urgent, \
         stage, is_open, department_id, crew_id, keeper_id, is_found, handlers, due_at, due_order_at, due_why, \
         fed_back_at, opened_at, stage_since_at, closed_at, outcome, rework_count, return_count, reopen_count, revision) \
         with recursive n(i) as (select cast({from} as bigint) union all select i + 1 from n where i < {count}) \
         select i, 'S' || (10000000 + i), '路灯不亮，晚上看不清路', 'cjt214', 'event', {code}, '1', 4, 'working_hour', '2018', '2026', \
         123.41 + (i % 1000) * 0.00001, 31.21 + (i % 997) * 0.00001, 'wgs84', {street} || '001001', {street}, \
         {street} || '001', '望澜路 ' || (i % 500) || ' 号', 'citizen', 0, {stage}, \
         case when i % 100 >= 92 then 1 else 0 end, {department}, null, null, null, '', {opened} + 14400000, \
         {opened} + 14400000, '', null, {opened}, {opened}, case when i % 100 < 91 then {opened} + 9000000 end, \
         case when i % 100 < 91 then 'fixed' when i % 100 = 91 then 'declined' end, 0, 0, 0, 1 from n"
    );
    make_room(db).await;
    let filled: Result<u64, DbError> = db.write(move |tx| async move { tx.execute(&sql, params![]).await }).await;
    filled.expect("the cases are written");
    let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
    analysed.expect("the tables are analysed");
}

/// The questions that the desk asks: by stage, department, street, sub-class, overdue or not, both orders.
pub fn questions(departments: &[i64]) -> Vec<String> {
    let mut questions = Vec::new();
    for (at, stage) in OPEN.iter().enumerate() {
        let department = departments[at % departments.len()];
        questions.push(format!("stage={stage}&sort=due"));
        questions.push(format!("stage={stage}&department={department}&sort=due"));
        questions.push(format!("stage={stage}&street={}&sort=opened", STREETS[at % 3]));
    }
    for department in departments {
        questions.push(format!("department={department}&sort=due"));
        questions.push(format!("stage=closed&department={department}&sort=opened"));
    }
    for street in STREETS {
        questions.push(format!("street={street}&ended=1&sort=opened"));
        questions.push(format!("street={street}&overdue=1"));
    }
    questions.push("code=0301&sort=opened".into());
    questions.push("q=S10005".into());
    questions
}

/// Lists per second: every client walks all the questions, each from another place.
pub fn lists(program: &Program, requests: &[Vec<u8>], clients: usize) -> Rate {
    rate(clients, |number| {
        let mut connection = Connection::open(&program.address).expect("a connection");
        let mut at = number * 7;
        move || {
            at += 1;
            let answer = connection.ask(&requests[at % requests.len()]).expect("an answer");
            assert_eq!(answer.status, 200);
        }
    })
}

/// Says what each question costs alone, slowest first: milliseconds, bytes and rows.
pub fn costs(program: &Program, requests: &[Vec<u8>], questions: &[String]) -> Vec<(String, f64, usize, usize)> {
    let mut connection = Connection::open(&program.address).expect("a connection");
    let mut costs: Vec<_> = questions
        .iter()
        .zip(requests)
        .map(|(question, request)| {
            let mut times = Vec::new();
            let mut body = Vec::new();
            for _ in 0..9 {
                let began = std::time::Instant::now();
                body = connection.ask(request).expect("an answer").body;
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
            times.sort_by(f64::total_cmp);
            let rows = String::from_utf8_lossy(&body).matches("row-item").count();
            (question.clone(), times[times.len() / 2], body.len(), rows)
        })
        .collect();
    costs.sort_by(|a, b| b.1.total_cmp(&a.1));
    costs
}
