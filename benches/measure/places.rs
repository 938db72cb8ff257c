//! Places in words: 100,000 invented places, asked as people type and as reports say where something is; by the engine alone
//! and through the door.

use super::client::{Connection, get};
use super::load::rate;
use super::program::Program;
use super::table::{RATE_COLUMNS, Table, count, mebibytes, rate_cells, time};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use steward::grid::cells::Grid;
use steward::grid::coordinates::CoordinateSystem;
use steward::kit::clock::Clock;
use steward::kit::db::Db;
use steward::places::import::Way;
use steward::places::settings::Settings;
use steward::places::taking::{Wish, take};
use understanding::places::gazetteer::Gazetteer;
use understanding::places::place::Place;

/// How many places the invented list has.
const PLACES: usize = 100_000;
/// How many streets they stand on.
const STREETS: usize = 1_000;
/// Characters of which invented names are made.
const SIGNS: [char; 24] = [
    '望', '澜', '海', '棠', '渡', '口', '书', '院', '锦', '绣', '青', '石', '梅', '园', '竹', '林', '云', '岭', '玉',
    '泉', '松', '桥', '柳', '湖',
];

/// The same number for the same seed, every time.
fn mixed(seed: usize) -> usize {
    let mut value = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((value ^ (value >> 31)) >> 2).unwrap_or_default()
}

fn name(seed: usize, length: usize) -> String {
    (0..length).map(|at| SIGNS[mixed(seed * 7 + at) % SIGNS.len()]).collect()
}

/// Places along streets that run east and north, some with the name of an estate. Inside of the invented city when `east`
/// and `north` are small.
fn places() -> Vec<Place> {
    (0..PLACES)
        .map(|index| {
            let street = index % STREETS;
            let number = 1 + index / STREETS * 7 % 700;
            let across = (street / 2) as f64 * 0.000_08;
            let along = number as f64 * 0.000_05;
            let (east, north) = if street.is_multiple_of(2) { (along, across) } else { (across, along) };
            let address = format!("{}路{number}号", name(street, 3));
            let name = if index.is_multiple_of(5) { format!("{}小区", name(index, 4)) } else { String::new() };
            Place { name, address, lon: 123.400 + east * 0.5, lat: 31.200 + north * 0.5, ..Place::default() }
        })
        .collect()
}

/// What people type, letter by letter, and what they write.
fn questions() -> (Vec<String>, Vec<String>) {
    let mut typed = Vec::new();
    for seed in 0..400 {
        let whole: Vec<char> = match seed % 3 {
            0 => format!("{}路{}", name(seed % STREETS, 3), 1 + seed * 7 % 700).chars().collect(),
            1 => format!("{}小区", name(seed * 5, 4)).chars().collect(),
            _ => format!("{}小", name(seed * 5, 4)).chars().collect(),
        };
        typed.extend((2..=whole.len()).map(|end| whole[..end].iter().collect::<String>()));
    }
    let said = |seed: usize| match seed % 3 {
        0 => format!("{}路{}号", name(seed % STREETS, 3), 1 + seed * 7 % 700),
        1 => format!("{}路与{}路交叉口", name(seed % STREETS, 3), name((seed + 1) % STREETS, 3)),
        _ => format!("我要投诉{}小区门口的烧烤摊，半夜还很吵", name(seed * 5, 4)),
    };
    (typed, (0..400).map(said).collect())
}

/// Asks one after the other for a while; answers how many a second.
fn per_second(questions: &[String], ask: impl Fn(&str) -> usize) -> f64 {
    let began = Instant::now();
    let mut asked = 0_usize;
    while began.elapsed() < Duration::from_secs(3) {
        for question in questions {
            asked += 1;
            std::hint::black_box(ask(question));
        }
    }
    asked as f64 / began.elapsed().as_secs_f64()
}

/// The engine alone, on one core.
pub fn engine(table: &mut Table) {
    table.part("Places in words, one core", &["100,000 invented places", "per second", "made in", "memory"]);
    let began = Instant::now();
    let gazetteer = Gazetteer::new(&places());
    let made = began.elapsed();
    let (typed, said) = questions();
    let near = Some((123.41, 31.21));
    for (what, rate) in [
        ("how a text goes on", per_second(&typed, |text| gazetteer.complete_near(text, 7, None).len())),
        ("the same near a position", per_second(&typed, |text| gazetteer.complete_near(text, 7, near).len())),
        ("where a text says that it is", per_second(&said, |text| gazetteer.locate(text).len())),
    ] {
        table.line(&[what.to_owned(), count(rate), time(made), mebibytes(gazetteer.bytes() as u64)]);
    }
}

/// Brings the invented places into a city.
pub async fn fill(db: &Db) {
    let mut list = String::from("name,address,lon,lat\n");
    for place in places() {
        writeln!(list, "{},{},{:.6},{:.6}", place.name, place.address, place.lon, place.lat).expect("a row");
    }
    let wish = Wish { source: "bench".to_owned(), way: Way::Add, system: CoordinateSystem::Wgs84 };
    // Without ground: the invented places do not mind the invented city's borders.
    let grid = Arc::new(Grid::new(Vec::new(), Vec::new()));
    let now = Clock::system().now();
    let taken = take(db, grid, &Settings::default(), &wish, list.into(), now, false, |_, _| ()).await;
    assert!(taken.expect("the list is taken").good > 0);
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        write!(all, "%{byte:02X}").expect("a string");
        all
    })
}

/// Through the door, by clients that type.
pub fn through_the_door(table: &mut Table, engine: &str, url: &str, files: &Path) {
    let program = Program::start(url, files);
    let began = Instant::now();
    let ready = get("/places/suggest?q=a", None);
    while began.elapsed() < Duration::from_secs(120) {
        let answer = Connection::open(&program.address).and_then(|mut connection| connection.ask(&ready));
        if answer.expect("an answer").body.starts_with(b"{\"ready\":true") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let waited = began.elapsed();
    let (typed, _) = questions();
    let requests: Vec<Vec<u8>> = typed
        .iter()
        .map(|text| get(&format!("/places/suggest?q={}&lon=123.41&lat=31.21", encoded(text)), None))
        .collect();
    table.part(&format!("Suggestions over HTTP, 100,000 invented places, {engine}"), &RATE_COLUMNS);
    for clients in [1, 32] {
        let asked = rate(clients, |number| {
            let mut connection = Connection::open(&program.address).expect("a connection");
            let mut at = number * 97;
            let requests = &requests;
            move || {
                at += 1;
                let answer = connection.ask(&requests[at % requests.len()]).expect("an answer");
                assert_eq!(answer.status, 200);
            }
        });
        table.line(&rate_cells(&format!("how a text goes on, {clients} clients"), &asked));
    }
    let (now, most) = program.memory();
    table.note(&format!(
        "The first gazetteer is ready {} after the first answer. Resident memory afterwards {}, at most {}.",
        time(waited),
        mebibytes(now),
        mebibytes(most)
    ));
}
