//! Twins of a report among a million open ones: by place, kind, time and words, in a square where twenty thousand lie and in one
//! where a few do.

use super::table::{Table, time};
use std::path::Path;
use std::time::{Duration, Instant};
use steward::app::App;
use steward::kit::clock::{Clock, Moment};
use steward::kit::db::{Db, DbError};
use steward::kit::sources::Sources;
use steward::reports::twins::twin::{Sought, Spot, square};
use steward::reports::twins::{Reach, seek};

const DAY: i64 = 86_400_000;
/// How many are written by one statement.
const LOT: i64 = 2_000;
/// The limit that this is up against.
const LIMIT: Duration = Duration::from_millis(5);

/// Words as they are reported; which of them a report has is drawn by its number.
const WORDS: [&str; 6] = [
    "路灯不亮，晚上看不清路",
    "井盖松动，车一过就响",
    "垃圾堆在路边没有人收",
    "人行道上的砖翘起来了",
    "下水道堵了，污水冒出来",
    "The street lamp in front of the gate is out",
];
const CODES: [&str; 5] = ["component-0137", "component-0123", "event-0110", "component-0402", "component-0284"];

/// Where a report of this number lies: every fiftieth in one block of a hundred metres, the others all over the city.
fn place(number: i64) -> (f64, f64) {
    let scattered = |by: i64| (number.wrapping_mul(by).rem_euclid(1_000_003)) as f64 / 1_000_003.0;
    let (east, north) = (scattered(7_919), scattered(104_729));
    match number % 50 {
        0 => (123.4100 + east * 0.001, 31.2100 + north * 0.001),
        _ => (123.2 + east * 0.5, 31.0 + north * 0.5),
    }
}

async fn seed(db: &Db, count: i64, now: i64) {
    let mut from = 1;
    while from <= count {
        let until = (from + LOT).min(count + 1);
        let written: Result<(), DbError> = db
            .write(move |tx| async move {
                let (mut reports, mut marks) = (Vec::new(), Vec::new());
                for number in from..until {
                    let (lon, lat) = place(number);
                    let at = now - (number * 7_919).rem_euclid(30 * DAY / 1000) * 1000;
                    let words = WORDS[(number / 3).rem_euclid(6) as usize];
                    let code = CODES[(number / 11).rem_euclid(5) as usize];
                    let id = 1_000_000_000 + number;
                    reports.push(format!(
                        "({id}, 'S{number}', 's{number}', '{words}', {lon}, {lat}, 'wgs84', '', '', '', '', '', '', '', '', \
                         '', '', '', '', '', 'citizen', '', 'zh-Hans', 'received', {at})"
                    ));
                    let square = square((lon, lat));
                    marks.push(format!("({id}, {square}, {lon}, {lat}, '{code}', {at}, 0)"));
                }
                let sql = "insert into reports (id, code, idempotency_key, words, lon, lat, coordinate_system, address, \
                           grid_code, district_code, street_code, community_code, area_name, code_set, kind, category_code, \
                           category_name, contact_name, contact_phone, photos, source, source_number, language, stage, \
                           received_at) values ";
                // Not as prepared statements: each is of half a megabyte and is asked once.
                tx.script(&format!("{sql}{}", reports.join(", "))).await?;
                let sql = "insert into twin_marks (report_id, square, lon, lat, code, received_at, due) values ";
                tx.script(&format!("{sql}{}", marks.join(", "))).await
            })
            .await;
        written.expect("the reports are written");
        from = until;
    }
    let analysed: Result<(), DbError> = db.write(|tx| async move { tx.script("analyze").await }).await;
    analysed.expect("the tables are analysed");
}

/// Measures how long the twins of one report take to be found, asked one after the other.
pub async fn measure(table: &mut Table, engine: &str, db: &Db, url: &str, files: &Path) {
    let clock = Clock::system();
    let now = clock.now();
    let count = 1_000_000;
    seed(db, count, now.0).await;
    let own = Db::open(url).await.expect("the database opens");
    let address = files.display().to_string();
    let app = App::new(own, clock, Sources::of_demo(), &address).await.expect("the program");
    table.part(
        &format!("Twins of a report among 1,000,000 open ones, {engine}"),
        &["where", "half within", "99 in 100 within", "found", "limit"],
    );
    for (name, is_crowded) in [("a square with 20,000 others", true), ("a square with a few", false)] {
        let (mut times, mut found) = (Vec::new(), 0);
        for turn in 0..600_i64 {
            let number = if is_crowded { 50 * (turn + 7) } else { 50 * (turn + 7) + 3 };
            let sought = sought(number, now);
            let began = Instant::now();
            let twins = seek(&app, sought, Reach::Citizen).await.expect("twins");
            // The first ones warm the caches of the connections.
            if turn >= 100 {
                times.push(began.elapsed());
            }
            found += twins.len();
        }
        times.sort_unstable();
        let part = |share: usize| times[(times.len() - 1) * share / 100];
        table.line(&[name.into(), time(part(50)), time(part(99)), (found / 600).to_string(), time(LIMIT)]);
    }
}

fn sought(number: i64, now: Moment) -> Sought {
    let (lon, lat) = place(number);
    Sought {
        spot: Spot { point: Some((lon + 0.00005, lat)), ..Spot::default() },
        code: CODES[(number / 11).rem_euclid(5) as usize].to_owned(),
        received_at: now,
        words: WORDS[(number / 3).rem_euclid(6) as usize].to_owned(),
        ..Sought::default()
    }
}
