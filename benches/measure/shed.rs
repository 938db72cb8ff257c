//! More than can be answered: many who only look ask for lists without a pause, whatever they are told, while desks work and reports come in. What
//! is measured is who is answered, how quickly, what memory that takes, and how soon everything is well again. The city lets 32 through at a time, so that a
//! few hundred clients are too many on any machine.

use super::client::{Answer, Connection, get, get_list};
use super::program::Program;
use super::table::{Table, count, mebibytes, time};
use super::{Ready, intake, lists};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long too much is asked.
const LASTS: Duration = Duration::from_secs(20);
/// What the city of the measurement says of its gates.
const GATES: &str = "[gates]\nin_flight = 32\nqueue_milliseconds = 500\n";
/// How many answers in a row make a program that is well again.
const WELL: usize = 50;

/// Who asks, and how many of them at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Looks,
    Works,
    Reports,
}

const ALL: [(Who, usize, &str); 3] = [
    (Who::Looks, 400, "a public list, by whoever only looks"),
    (Who::Works, 4, "a desk's list as it refreshes"),
    (Who::Reports, 4, "a report that is handed in"),
];

/// What came of one client's requests.
#[derive(Default)]
struct Outcome {
    shed: u64,
    broken: u64,
    /// How long those took that were answered.
    answered: Vec<Duration>,
}

impl Outcome {
    fn note(&mut self, answer: std::io::Result<Answer>, took: Duration) {
        match answer.map(|answer| answer.status) {
            Ok(503) => self.shed += 1,
            Ok(status) => {
                assert!(matches!(status, 200 | 201 | 204), "{status}");
                self.answered.push(took);
            }
            Err(_) => self.broken += 1,
        }
    }

    fn and(mut self, mut other: Outcome) -> Outcome {
        self.shed += other.shed;
        self.broken += other.broken;
        self.answered.append(&mut other.answered);
        self
    }
}

/// Measures over one database that is ready.
pub fn measure(table: &mut Table, engine: &str, ready: &Ready, files: &std::path::Path) {
    let city = tempfile::tempdir().expect("a folder");
    let settings = include_str!("../../demo/city.toml");
    std::fs::write(city.path().join("city.toml"), format!("{settings}\n{GATES}")).expect("the city's settings");
    let program = Program::of_city(&ready.url, files, city.path());
    let public = get("/reports", None);
    let desk: Vec<Vec<u8>> = lists::questions(&ready.departments)
        .iter()
        .map(|question| get_list(&format!("/desk?{question}"), &ready.session))
        .collect();
    let mut warm = Connection::open(&program.address).expect("a connection");
    for number in 0..200 {
        for request in [&public, &desk[number % desk.len()]] {
            assert_eq!(warm.ask(request).expect("an answer").status, 200);
        }
    }
    let (before, _) = program.memory();
    let is_over = AtomicBool::new(false);
    let client = |who: Who| {
        let (mut connection, mut outcome) = (None, Outcome::default());
        let mut number = 0;
        while !is_over.load(Ordering::Relaxed) {
            let request = match who {
                Who::Looks => public.clone(),
                Who::Works => desk[number % desk.len()].clone(),
                Who::Reports => intake::report(),
            };
            let began = Instant::now();
            let answer = match connection.take().map_or_else(|| Connection::open(&program.address), Ok) {
                Ok(mut open) => {
                    let answer = open.ask(&request);
                    connection = answer.is_ok().then_some(open);
                    answer
                }
                Err(error) => Err(error),
            };
            outcome.note(answer, began.elapsed());
            number += 1;
        }
        outcome
    };
    let began = Instant::now();
    let (outcomes, is_healthy) = std::thread::scope(|scope| {
        let client = &client;
        let threads: Vec<_> = ALL
            .into_iter()
            .map(|(who, clients, _)| (0..clients).map(|_| scope.spawn(move || client(who))).collect::<Vec<_>>())
            .collect();
        let mut is_healthy = true;
        while began.elapsed() < LASTS {
            std::thread::sleep(Duration::from_millis(500));
            for path in ["/health", "/ready"] {
                let asked = Connection::open(&program.address).and_then(|mut open| open.ask(&get(path, None)));
                is_healthy &= asked.is_ok_and(|answer| answer.status == 200);
            }
        }
        is_over.store(true, Ordering::Relaxed);
        let joined = |threads: Vec<std::thread::ScopedJoinHandle<'_, Outcome>>| {
            let outcomes = threads.into_iter().map(|thread| thread.join().expect("a client"));
            outcomes.fold(Outcome::default(), Outcome::and)
        };
        (threads.into_iter().map(joined).collect::<Vec<_>>(), is_healthy)
    });
    // Well again is since the first of so many answers in a row.
    let (over, mut well, mut row) = (Instant::now(), Duration::ZERO, 0);
    while row < WELL {
        let began = over.elapsed();
        let answer = Connection::open(&program.address).and_then(|mut open| open.ask(&public));
        if answer.is_ok_and(|answer| answer.status == 200) {
            well = if row == 0 { began } else { well };
            row += 1;
        } else {
            row = 0;
            assert!(began < 10 * LASTS, "it does not recover");
        }
    }
    table.part(
        &format!("More than can be answered, for {} seconds, {engine}", LASTS.as_secs()),
        &["what", "clients", "offered", "answered", "shed", "p50 of those answered", "p99"],
    );
    let mut broken = 0;
    for ((_, clients, name), mut outcome) in ALL.into_iter().zip(outcomes) {
        outcome.answered.sort_unstable();
        let part = |share: usize| {
            outcome.answered.get(outcome.answered.len().saturating_sub(1) * share / 100).copied().unwrap_or_default()
        };
        let answered = outcome.answered.len() as f64;
        broken += outcome.broken;
        table.line(&[
            name.to_owned(),
            clients.to_string(),
            count(answered + outcome.shed as f64 + outcome.broken as f64),
            count(answered),
            count(outcome.shed as f64),
            time(part(50)),
            time(part(99)),
        ]);
    }
    let (_, most) = program.memory();
    let health = if is_healthy { "green all the time" } else { "not always green" };
    table.note(&format!(
        "32 are let through at a time. Resident memory {} at the beginning, {} at the peak; health and readiness {health}; {broken} connections \
         broke. All was answered again {:.2} s after it was over.",
        mebibytes(before),
        mebibytes(most),
        well.as_secs_f64()
    ));
}
