//! Scores: a month reckoned by hand, the lists behind the numbers, freezing, who sees what, the leaders' page, the files.

use crate::browser::{Browser, words};
use crate::on_both;
use crate::world::{MORNING, World, statements_of};
use flate2::read::DeflateDecoder;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use steward::cases::case::{Branches, Order, Request, RequestKind, Side};
use steward::evaluation::definitions::{Definitions, Kind};
use steward::evaluation::period::{Period, begin};
use steward::evaluation::run::{Purpose, Run, RunState};
use steward::evaluation::{counting, months, running, situation, store};
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, params};
use steward::kit::error::Error;
use steward::kit::id::{self, Id};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const STREETS: [&str; 2] = ["990100001", "990100002"];

/// A moment of the year 2026 in the city.
fn at(world: &World, month: i8, day: i8, hour: i64, minute: i64) -> i64 {
    begin(jiff::civil::date(2026, month, day), &world.app.city.zone()).0 + hour * HOUR + minute * MINUTE
}

/// A case as the tables hold it.
#[derive(Clone)]
struct Seeded {
    id: Id,
    street: &'static str,
    source: &'static str,
    stage: &'static str,
    department: Option<Id>,
    crew: Option<Id>,
    opened: i64,
    opened_by: Option<Id>,
    closed: Option<i64>,
    outcome: Option<&'static str>,
}

/// A clock as the tables hold it.
#[derive(Clone)]
struct Clock {
    case: Id,
    seq: i64,
    kind: &'static str,
    started: i64,
    due: Option<i64>,
    finished: Option<(i64, &'static str)>,
    overdue: i64,
    is_exempt: bool,
    department: Option<Id>,
    crew: Option<Id>,
    account: Option<Id>,
}

/// Names of the invented city by login and code.
struct Cast {
    people: HashMap<String, Id>,
    departments: HashMap<String, Id>,
}

impl Cast {
    async fn of(world: &World) -> Cast {
        let read = world.app.db.read(|tx| async move {
            let people = tx.query("select login, id from accounts", params![]).await?;
            let departments = tx.query("select code, id from departments", params![]).await?;
            let pairs = |rows: Vec<steward::kit::db::Row>| {
                rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<HashMap<String, Id>, DbError>>()
            };
            Ok::<_, DbError>((pairs(people)?, pairs(departments)?))
        });
        let (people, departments) = read.await.expect("names");
        Cast { people, departments }
    }

    fn who(&self, login: &str) -> Id {
        self.people[login]
    }

    fn department(&self, code: &str) -> Id {
        self.departments[code]
    }
}

async fn put_case(world: &World, case: &Seeded) {
    let case = case.clone();
    let done: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            tx.execute(
                "insert into cases (id, number, title, code_set, kind, code, coordinates, cell, street, community, \
                 address, source, is_urgent, stage, is_open, department_id, crew_id, handlers, due_order_at, due_why, \
                 opened_at, stage_since_at, closed_at, outcome, rework_count, return_count, reopen_count, revision, \
                 opened_by) values ($1, $2, '路灯不亮', 'GB/T 30428.2-2013', 'event', '0110', 'wgs84', $3, $4, $5, '望澜路 1 号', $6, 0, $7, \
                 $8, $9, $10, '', 9000000000000000, '', $11, $11, $12, $13, 0, 0, 0, 1, $14)",
                params![
                    case.id,
                    format!("T{}", case.id),
                    format!("{}001001", case.street),
                    case.street,
                    format!("{}001", case.street),
                    case.source,
                    case.stage,
                    case.closed.is_none(),
                    case.department,
                    case.crew,
                    case.opened,
                    case.closed,
                    case.outcome,
                    case.opened_by
                ],
            )
            .await
            .map(drop)
        })
        .await;
    done.expect("a case");
}

async fn put_clock(world: &World, clock: &Clock) {
    let clock = clock.clone();
    let done: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            tx.execute(
                "insert into timers (case_id, seq, kind, unit, value, extra, started_at, due_at, pauses, finished_at, \
                 finish, overdue_ms, is_exempt, department_id, account_id, rule, why, crew_id) \
                 values ($1, $2, $3, 'urgent_hour', 4, 0, $4, $5, '[]', $6, $7, $8, $9, $10, $11, 'test', '', $12)",
                params![
                    clock.case,
                    clock.seq,
                    clock.kind,
                    clock.started,
                    clock.due,
                    clock.finished.map(|(at, _)| at),
                    clock.finished.map(|(_, how)| how),
                    clock.finished.map(|_| clock.overdue),
                    clock.is_exempt,
                    clock.department,
                    clock.account,
                    clock.crew
                ],
            )
            .await
            .map(drop)
        })
        .await;
    done.expect("a clock");
}

async fn put_fact(world: &World, case: Id, kind: &'static str, by: Option<Id>, at: i64, about: Option<Id>) {
    let body = match about {
        Some(about) => serde_json::json!({ "about": about.to_string() }),
        None => serde_json::json!({}),
    };
    let fact = steward::timeline::fact::Fact {
        subject: "case",
        subject_id: case,
        kind: kind.into(),
        is_public: false,
        author: by,
        at: Moment(at),
        body,
    };
    let done: Result<Id, DbError> =
        world.app.db.write(move |tx| async move { steward::timeline::store::record(&tx, &fact).await }).await;
    done.expect("a fact");
}

/// A month as it was written down by hand: eight cases, each with a story.
async fn march(world: &World) -> Cast {
    let cast = Cast::of(world).await;
    let (municipal, garden) = (cast.department("220"), cast.department("200"));
    let crew = cast.who("crew-road");
    let (acceptor, keeper) = (cast.who("acceptor1"), cast.who("keeper1"));
    let (one, other) = (cast.who("dispatcher1"), cast.who("dispatcher2"));
    let desk = cast.who("desk-municipal");
    let m = |month, day, hour| at(world, month, day, hour, 0);
    // id, street, source, stage, department, opened, closed, outcome
    type Row = (Id, usize, &'static str, &'static str, Option<Id>, i64, Option<i64>, Option<&'static str>);
    let rows: [Row; 8] = [
        // A: in time, closed, rated.
        (1, 0, "citizen", "closed", Some(municipal), m(3, 2, 9), Some(m(3, 2, 18)), Some("fixed")),
        // B: late, sent back once, closed.
        (2, 0, "citizen", "closed", Some(municipal), m(3, 3, 9), Some(m(3, 6, 9)), Some("fixed")),
        // C: late, closed, and exempted on appeal in April.
        (3, 1, "hotline", "closed", Some(municipal), m(3, 9, 9), Some(m(3, 12, 9)), Some("fixed")),
        // D: dispatched to the wrong department, returned, dispatched again, and late with the other one.
        (4, 1, "citizen", "handling", Some(garden), m(3, 15, 9), None, None),
        // E: reported by a keeper, filed, struck off.
        (5, 0, "keeper", "voided", Some(municipal), m(3, 20, 9), Some(m(3, 20, 12)), Some("voided")),
        // F: dispatched at the end of March, due and done in April.
        (6, 0, "citizen", "closed", Some(municipal), m(3, 30, 9), Some(m(4, 1, 18)), Some("fixed")),
        // G: due in March, done in February.
        (7, 1, "citizen", "closed", Some(municipal), m(2, 25, 9), Some(m(2, 28, 18)), Some("fixed")),
        // H: suspended, its clock stands still.
        (8, 0, "citizen", "handling", Some(garden), m(3, 5, 9), None, None),
    ];
    for (id, street, source, stage, department, opened, closed, outcome) in rows {
        let opened_by = (source == "keeper").then_some(keeper);
        let crew = (id != 8 && id != 4).then_some(crew);
        let seeded =
            Seeded { id, street: STREETS[street], source, stage, department, crew, opened, opened_by, closed, outcome };
        put_case(world, &seeded).await;
    }
    let handle = |case, seq, started, due, finished, overdue, department| Clock {
        case,
        seq,
        kind: "handle",
        started,
        due,
        finished,
        overdue,
        is_exempt: case == 3,
        department: Some(department),
        crew: Some(crew).filter(|_| finished.is_some() && case != 4),
        account: Some(desk),
    };
    for clock in [
        handle(1, 3, m(3, 2, 10), Some(m(3, 2, 18)), Some((m(3, 2, 15), "done")), 0, municipal),
        handle(2, 1, m(3, 3, 10), Some(m(3, 4, 12)), Some((m(3, 5, 12), "done")), DAY, municipal),
        handle(3, 1, m(3, 9, 10), Some(m(3, 10, 12)), Some((m(3, 11, 12), "done")), DAY, municipal),
        handle(4, 1, m(3, 15, 10), Some(m(3, 16, 10)), Some((m(3, 15, 12), "returned")), 0, municipal),
        handle(4, 2, m(3, 15, 13), Some(m(3, 17, 13)), None, 0, garden),
        handle(5, 1, m(3, 20, 10), Some(m(3, 22, 10)), Some((m(3, 20, 12), "ended")), 0, municipal),
        handle(6, 1, m(3, 30, 10), Some(m(4, 2, 10)), Some((m(4, 1, 10), "done")), 0, municipal),
        handle(7, 1, m(2, 25, 10), Some(m(3, 1, 12)), Some((m(2, 28, 12), "done")), 0, municipal),
        handle(8, 1, m(3, 5, 10), None, None, 0, garden),
    ] {
        put_clock(world, &clock).await;
    }
    let other_clock = |case, seq, kind, due, finished: i64, overdue, account| Clock {
        case,
        seq,
        kind,
        started: finished - HOUR,
        due: Some(due),
        finished: Some((finished, "done")),
        overdue,
        is_exempt: false,
        department: None,
        crew: None,
        account: Some(account),
    };
    for clock in [
        other_clock(1, 1, "accept", m(3, 2, 9) + 15 * MINUTE, m(3, 2, 9) + 10 * MINUTE, 0, acceptor),
        other_clock(1, 2, "file", m(3, 2, 10), m(3, 2, 9) + 20 * MINUTE, 0, acceptor),
        other_clock(1, 4, "verify", m(3, 3, 9), m(3, 2, 17), 0, keeper),
        other_clock(2, 2, "verify", m(3, 5, 13), m(3, 5, 18), 5 * HOUR, keeper),
        other_clock(2, 3, "dispatch", m(3, 3, 11), m(3, 3, 10), 0, one),
        other_clock(4, 3, "dispatch", m(3, 15, 11), m(3, 15, 10), 0, other),
    ] {
        put_clock(world, &clock).await;
    }
    for (case, kind, by, at, about) in [
        (7, "case_filed", acceptor, m(2, 25, 9), None),
        (7, "case_dispatched", one, m(2, 25, 10), Some(municipal)),
        (7, "case_closed", acceptor, m(2, 28, 18), None),
        (1, "case_filed", acceptor, m(3, 2, 9), None),
        (1, "case_dispatched", one, m(3, 2, 10), Some(municipal)),
        (1, "case_closed", acceptor, m(3, 2, 18), None),
        (2, "case_filed", acceptor, m(3, 3, 9), None),
        (2, "case_dispatched", one, m(3, 3, 10), Some(municipal)),
        (8, "case_filed", acceptor, m(3, 5, 9), None),
        (8, "case_dispatched", one, m(3, 5, 10), Some(garden)),
        (2, "work_handed_in", crew, m(3, 5, 11), None),
        (2, "verification_failed", keeper, m(3, 5, 18), None),
        (8, "case_suspended", one, m(3, 6, 9), Some(garden)),
        (2, "case_closed", acceptor, m(3, 6, 9), None),
        (3, "case_filed", acceptor, m(3, 9, 9), None),
        (3, "case_dispatched", one, m(3, 9, 10), Some(municipal)),
        (3, "case_closed", acceptor, m(3, 12, 9), None),
        (4, "case_filed", acceptor, m(3, 15, 9), None),
        (4, "case_dispatched", other, m(3, 15, 10), Some(municipal)),
        (4, "return_asked", desk, m(3, 15, 11), None),
        (4, "case_returned", one, m(3, 15, 12), Some(municipal)),
        (4, "case_dispatched", one, m(3, 15, 13), Some(garden)),
        (5, "case_filed", acceptor, m(3, 20, 9), None),
        (5, "case_voided", cast.who("shift1"), m(3, 20, 12), None),
        (6, "case_filed", acceptor, m(3, 30, 9), None),
        (6, "case_dispatched", one, m(3, 30, 10), Some(municipal)),
        (6, "case_closed", acceptor, m(4, 1, 18), None),
        (3, "appeal_granted", one, m(4, 2, 10), None),
    ] {
        put_fact(world, case, kind, Some(by), at, about).await;
    }
    rate(world, 1, m(3, 4, 9), 5, true).await;
    cast
}

/// A report of the case, solved, and what its citizen thinks.
async fn rate(world: &World, case: Id, at: i64, satisfaction: i64, is_solved: bool) {
    let report = id::fresh();
    let done: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            tx.execute(
                "insert into reports (id, code, idempotency_key, words, coordinate_system, address, grid_code, \
                 district_code, street_code, community_code, area_name, code_set, kind, category_code, category_name, \
                 contact_name, contact_phone, photos, source, source_number, language, stage, case_id, received_at, \
                 closed_at) values ($1, $2, $2, '', 'wgs84', '', '', '', '990100001', '', '', '', 'event', '0110', '', '', \
                 '', '', 'citizen', '', 'zh-Hans', 'solved', $3, $4, $5)",
                params![report, report.to_string(), case, at - 2 * DAY, at - DAY],
            )
            .await?;
            tx.execute("insert into case_reports (case_id, report_id, joined_at) values ($1, $2, $3)", params![case, report, at])
                .await?;
            tx.execute(
                "insert into ratings (id, report_id, closed_at, response, is_solved, satisfaction, words, at) \
                 values ($1, $2, $3, 5, $4, $5, '', $6)",
                params![id::fresh(), report, at - DAY, is_solved, satisfaction, at],
            )
            .await
            .map(drop)
        })
        .await;
    done.expect("a rating");
}

/// Has a period counted, and waits until it is done.
async fn count(world: &World, period: &str, purpose: Purpose) -> Run {
    let period = Period::parse(period).expect("a period");
    let asked = running::ask(&world.app, period, purpose, None).await.expect("it is asked for");
    wait(world, asked.id).await
}

async fn wait(world: &World, id: Id) -> Run {
    // The world's own counting may have taken it; on a busy machine that takes its time.
    for _ in 0..40_000 {
        running::work_once(&world.app).await.expect("it is counted");
        let run = world.app.db.read(move |tx| async move { store::load_run(&tx, id).await }).await.expect("the run");
        if !matches!(run.state, RunState::Queued | RunState::Running) {
            assert_eq!(run.state, RunState::Done, "{run:?}");
            return run;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the counting does not end");
}

async fn results(world: &World, run: Id) -> Vec<store::Outcome> {
    world
        .app
        .db
        .read(move |tx| async move { store::all_results(&tx, run).await })
        .await
        .map_err(|error: DbError| error)
        .expect("results")
}

fn counts_of(results: &[store::Outcome], kind: Kind, object: &str) -> BTreeMap<String, i64> {
    results
        .iter()
        .find(|one| one.kind == kind && one.object == object)
        .map(|one| one.counts.clone())
        .unwrap_or_default()
}

async fn april(world: &World) {
    world.clock.set(Moment(at(world, 4, 3, 9, 0)));
}

on_both!(a_month_by_hand, |world: World| async move {
    let cast = march(&world).await;
    april(&world).await;
    let run = count(&world, "2026-03", Purpose::Results).await;
    let results = results(&world, run.id).await;
    let city = counts_of(&results, Kind::City, "");
    // The sums, case by case (A to H as they are told in `march`).
    for (count, expected, why) in [
        ("reported", 7, "A B C D E F H"),
        ("reported_valid", 6, "without E"),
        ("reported_public", 6, "without E, which a keeper reported"),
        ("reported_open", 3, "D F H: F ends in April"),
        ("reports_received", 1, "the report of A"),
        ("accept_needed", 1, "A"),
        ("accepted_in_time", 1, "A"),
        ("filed", 7, "A B C D E F H"),
        ("filed_accurately", 6, "E was struck off"),
        ("filed_in_time", 1, "A has a clock"),
        ("dispatch_needed", 2, "the clocks of B and D"),
        ("dispatched_accurately", 6, "A B C F H, and D the second time"),
        ("dispatch_returned", 1, "D the first time"),
        ("handle_needed", 5, "A B C, D with the gardens, G whose deadline lies in March"),
        ("handled", 4, "A B C G"),
        ("handled_in_time", 3, "A and G, and C on appeal"),
        ("handled_late", 1, "B"),
        ("handle_waiting_late", 1, "D"),
        ("handle_overdue", 3, "B C D: the facts as they are"),
        ("handle_exempt", 1, "C"),
        ("handle_standing", 3, "D F H ran when March ended"),
        ("handle_standing_in_time", 2, "F, and H which stands still"),
        ("handle_standing_late", 1, "D"),
        ("verify_needed", 2, "A B"),
        ("verified_in_time", 1, "A"),
        ("close_needed", 5, "A B C, D which ought to be, G whose limit ended in March"),
        ("closed", 4, "A B C G"),
        ("closed_in_time", 3, "A C G"),
        ("closed_late", 1, "B"),
        ("close_waiting_late", 1, "D"),
        ("close_acts", 3, "A B C in March"),
        ("rework", 1, "B"),
        ("return_asked", 1, "D"),
        ("returned", 1, "D"),
        ("suspended", 1, "H"),
        ("voided", 1, "E"),
        ("rated", 1, "A"),
        ("satisfied", 1, "A"),
        ("rated_solved", 1, "A"),
    ] {
        assert_eq!(city.get(count).copied().unwrap_or(0), expected, "{count}: {why}");
    }
    let known = ["accepted", "verified", "dispatched", "dispatched_in_time"];
    for (count, value) in known.map(|count| (count, city.get(count).copied().unwrap_or(0))) {
        assert!(value > 0, "{count}");
    }
    // Both sides of the return, and nobody else.
    let (municipal, garden) = (cast.department("220").to_string(), cast.department("200").to_string());
    let of = |kind: Kind, object: &str, count: &str| counts_of(&results, kind, object).get(count).copied().unwrap_or(0);
    assert_eq!(of(Kind::Department, &municipal, "returned"), 1, "the department that handed it back");
    assert_eq!(of(Kind::Department, &garden, "returned"), 0);
    assert_eq!(of(Kind::Person, &cast.who("dispatcher2").to_string(), "dispatch_returned"), 1, "who had dispatched it");
    assert_eq!(of(Kind::Person, &cast.who("dispatcher1").to_string(), "dispatch_returned"), 0);
    assert_eq!(of(Kind::Post, "dispatcher", "dispatch_returned"), 1);
    assert_eq!(of(Kind::Department, &municipal, "rework"), 1);
    assert_eq!(of(Kind::Person, &cast.who("crew-road").to_string(), "rework"), 1);
    assert_eq!(of(Kind::Department, &garden, "handle_waiting_late"), 1);
    assert_eq!(of(Kind::Person, &cast.who("keeper1").to_string(), "verified_in_time"), 1);
    assert_eq!(of(Kind::Department, &cast.department("103").to_string(), "verified_in_time"), 1, "the keeper's team");
    assert_eq!(of(Kind::Person, &cast.who("keeper1").to_string(), "reported"), 1);
    assert_eq!(of(Kind::Street, STREETS[0], "handle_needed"), 2, "A B");
    assert_eq!(of(Kind::Street, STREETS[1], "handle_needed"), 3, "C D G");
    assert_eq!(of(Kind::Category, "event-0110", "handle_needed"), 5);
    assert_eq!(of(Kind::Source, "keeper", "reported"), 1);

    // On the page. Of the municipal centre: 4/4 × 30 + 3/4 × 20 + (1 − 1/4) × 20 + (1 − 0/4) × 20 + (1 − 0/4) × 10 = 90.
    let leader = Browser::signed_in(&world, "leader").await;
    let page = leader.reads("/evaluation?period=2026-03&of=department&scheme=example_district&group=handle").await;
    assert!(page.contains("90.00") && page.contains("75.00 % 3 ÷ 4"), "{page}");
    assert!(page.contains("处置率 = 处置 ÷ 应处置"), "the definition stands beside its heading: {page}");
    let english = leader.reads("/evaluation?period=2026-03&of=street&lang=en").await;
    assert!(english.contains("Handled in time") && !english.contains("evaluation-"), "{english}");
    drop(leader.look("/evaluation?lang=zh-Hans").await);
    let object = leader
        .reads(&format!("/evaluation/object?period=2026-03&of=department&object={municipal}&scheme=example_district"))
        .await;
    for told in ["(1 − 返工率) × 20", "15.00", "90.00", "依据：成都市金牛区", "挂账（缓办）期间没有到期时间"]
    {
        assert!(object.contains(told), "{told}: {object}");
    }
    // Months add up to no quarter: what was needed in two of them is counted once.
    let quarter = count(&world, "2026-Q1", Purpose::Results).await;
    let quarter = counts_of(&self::results(&world, quarter.id).await, Kind::City, "");
    assert_eq!(quarter["handle_needed"], 5, "G is done in February and due in March, once in the quarter");
    let february = count(&world, "2026-02", Purpose::Results).await;
    assert_eq!(counts_of(&self::results(&world, february.id).await, Kind::City, "")["handle_needed"], 1, "G");
    let days = count(&world, "2026-03-10..2026-03-15", Purpose::Results).await;
    let days = counts_of(&self::results(&world, days.id).await, Kind::City, "");
    assert_eq!((days["handle_needed"], days["handled"]), (1, 1), "C");
});

/// A whistle and its legs as the tables hold them: called, and what came of it.
async fn put_whistle(
    world: &World,
    whistle: Id,
    author: Id,
    ended: i64,
    closes: i64,
    legs: &[(Id, [Option<i64>; 10])],
) {
    let legs = legs.to_vec();
    let done: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            tx.execute(
                "insert into whistles (id, number, kind, stage, is_open, author_id, is_asking, is_late, drafted_at, blown_at, \
                 ended_at, rating_closes_at, revision, body) values ($1, $2, 'emergency', 'ended', 0, $3, 0, 0, $4, $4, $5, \
                 $6, 1, '{\"place\":{\"address\":\"望澜桥下\"}}')",
                params![whistle, format!("C{whistle}"), author, ended - DAY, ended, closes],
            )
            .await?;
            for (number, (department, marks)) in legs.iter().enumerate() {
                let [signed, arrived, place, worked, refused, upheld, failed, stars, necessary, accurate] = *marks;
                tx.execute(
                    "insert into whistle_legs (whistle_id, id, department_id, kind, stage, is_open, is_lead, called_at, \
                     ended_at, is_signed_in_time, is_arrived_in_time, is_at_place, is_worked_in_time, result, is_refused, \
                     is_upheld, sent_back_count, department_stars, whistle_necessary, whistle_accurate) \
                     values ($1, $2, $3, 'management', 'accepted', 0, 0, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, \
                     $15)",
                    params![
                        whistle,
                        i64::try_from(number).expect("few") + 1,
                        *department,
                        ended - DAY,
                        ended,
                        signed,
                        arrived,
                        place,
                        worked,
                        if failed == Some(1) { "failed" } else { "done" },
                        refused.unwrap_or(0),
                        upheld.unwrap_or(0),
                        stars,
                        necessary,
                        accurate
                    ],
                )
                .await?;
            }
            Ok(())
        })
        .await;
    done.expect("a whistle");
}

/// The same month with its side branches: what was split, went back and forth, was closed by force, was asked back in vain,
/// was opened again; and two whistles.
async fn march_with_branches(world: &World) -> Cast {
    let cast = march(world).await;
    let (municipal, garden) = (cast.department("220"), cast.department("200"));
    let (first, second, hands) = (cast.who("crew-road"), cast.who("crew-lamp"), cast.who("crew-garden"));
    let (acceptor, one, shift) = (cast.who("acceptor1"), cast.who("dispatcher1"), cast.who("shift1"));
    let leader = cast.who("leader");
    let m = |month, day, hour| at(world, month, day, hour, 0);
    type Row = (Id, usize, &'static str, Option<Id>, Option<Id>, i64, Option<i64>, Option<&'static str>);
    let rows: [Row; 7] = [
        // I: split into two parts, one of them late.
        (11, 0, "closed", None, None, m(3, 23, 9), Some(m(3, 26, 12)), Some("fixed")),
        (12, 0, "closed", Some(municipal), Some(first), m(3, 23, 10), Some(m(3, 24, 9)), Some("fixed")),
        (13, 0, "closed", Some(garden), Some(hands), m(3, 23, 10), Some(m(3, 26, 9)), Some("fixed")),
        // J: to the municipal centre, to the gardens, and back to the municipal centre, where it is late.
        (14, 1, "handling", Some(municipal), Some(first), m(3, 24, 9), None, None),
        // K: late, and closed by force.
        (15, 0, "closed", Some(municipal), Some(first), m(3, 10, 9), Some(m(3, 13, 10)), Some("forced")),
        // M: asked back in vain, then done in time.
        (17, 1, "closed", Some(garden), Some(hands), m(3, 26, 9), Some(m(3, 27, 18)), Some("fixed")),
        // P: done by one of the crew, opened again, and given to another.
        (18, 0, "handling", Some(municipal), Some(second), m(3, 4, 9), None, None),
    ];
    for (id, street, stage, department, crew, opened, closed, outcome) in rows {
        let street = STREETS[street];
        let opened_by = None;
        let case =
            Seeded { id, street, source: "citizen", stage, department, crew, opened, opened_by, closed, outcome };
        put_case(world, &case).await;
    }
    let parts: Result<(), DbError> = world
        .app
        .db
        .write(|tx| async move {
            tx.execute("update cases set parent_id = 11 where id in (12, 13)", params![]).await.map(drop)
        })
        .await;
    parts.expect("two parts");
    let clock =
        |case, seq, kind, started, due, finished: Option<(i64, &'static str)>, overdue, department, crew| Clock {
            case,
            seq,
            kind,
            started,
            due: Some(due),
            finished,
            overdue,
            is_exempt: false,
            department,
            crew,
            account: (kind == "dispatch").then_some(one),
        };
    let (city, gardens) = (Some(municipal), Some(garden));
    for clock in [
        clock(11, 1, "dispatch", m(3, 23, 9), m(3, 23, 11), Some((m(3, 23, 10), "done")), 0, None, None),
        clock(12, 1, "dispatch", m(3, 23, 10), m(3, 23, 11), Some((m(3, 23, 10), "done")), 0, None, None),
        clock(13, 1, "dispatch", m(3, 23, 10), m(3, 23, 11), Some((m(3, 23, 10), "done")), 0, None, None),
        clock(12, 2, "handle", m(3, 23, 10), m(3, 24, 10), Some((m(3, 23, 16), "done")), 0, city, Some(first)),
        clock(13, 2, "handle", m(3, 23, 10), m(3, 24, 10), Some((m(3, 25, 10), "done")), DAY, gardens, Some(hands)),
        // The municipal centre goes on with its old clock.
        clock(14, 1, "handle", m(3, 24, 10), m(3, 25, 16), None, 0, city, None),
        clock(14, 2, "handle", m(3, 24, 13), m(3, 25, 13), Some((m(3, 24, 15), "returned")), 0, gardens, None),
        clock(15, 1, "handle", m(3, 10, 10), m(3, 11, 10), Some((m(3, 13, 10), "ended")), 2 * DAY, city, Some(first)),
        clock(17, 1, "handle", m(3, 26, 10), m(3, 28, 10), Some((m(3, 27, 10), "done")), 0, gardens, Some(hands)),
        clock(18, 1, "handle", m(3, 4, 10), m(3, 5, 10), Some((m(3, 4, 15), "done")), 0, city, Some(first)),
        clock(18, 2, "handle", m(3, 30, 10), m(4, 2, 10), None, 0, city, None),
    ] {
        put_clock(world, &clock).await;
    }
    for (case, kind, by, at, about) in [
        // The program ordered something because nobody came to a whistle: that is not the case's department's.
        (1, "case_supervised", None, m(3, 2, 12), None),
        (18, "case_filed", Some(acceptor), m(3, 4, 9), None),
        (18, "case_dispatched", Some(one), m(3, 4, 10), Some(municipal)),
        (18, "work_handed_in", Some(first), m(3, 4, 14), None),
        (18, "case_closed", Some(acceptor), m(3, 4, 18), None),
        (15, "case_filed", Some(acceptor), m(3, 10, 9), None),
        (15, "case_dispatched", Some(one), m(3, 10, 10), Some(municipal)),
        (15, "case_force_closed", Some(shift), m(3, 13, 10), None),
        (11, "case_filed", Some(acceptor), m(3, 23, 9), None),
        (12, "case_dispatched", Some(one), m(3, 23, 10), Some(municipal)),
        (13, "case_dispatched", Some(one), m(3, 23, 10), Some(garden)),
        (11, "case_split", Some(one), m(3, 23, 10), None),
        // One order, passed on to both parts.
        (11, "case_supervised", Some(leader), m(3, 24, 8), None),
        (12, "case_supervised", Some(leader), m(3, 24, 8), None),
        (13, "case_supervised", Some(leader), m(3, 24, 8), None),
        (12, "case_closed", Some(acceptor), m(3, 24, 9), None),
        (13, "case_closed", Some(acceptor), m(3, 26, 9), None),
        (11, "case_closed", Some(acceptor), m(3, 26, 12), None),
        (14, "case_filed", Some(acceptor), m(3, 24, 9), None),
        (14, "case_dispatched", Some(one), m(3, 24, 10), Some(municipal)),
        (14, "case_returned", Some(shift), m(3, 24, 12), Some(municipal)),
        (14, "case_dispatched", Some(one), m(3, 24, 13), Some(garden)),
        (14, "case_returned", Some(shift), m(3, 24, 15), Some(garden)),
        (14, "case_dispatched", Some(one), m(3, 24, 16), Some(municipal)),
        (17, "case_filed", Some(acceptor), m(3, 26, 9), None),
        (17, "case_dispatched", Some(one), m(3, 26, 10), Some(garden)),
        (17, "return_refused", Some(one), m(3, 26, 12), Some(garden)),
        (17, "case_closed", Some(acceptor), m(3, 27, 18), None),
        (18, "case_reopened", None, m(3, 30, 9), None),
        (18, "case_dispatched", Some(one), m(3, 30, 10), Some(municipal)),
    ] {
        put_fact(world, case, kind, by, at, about).await;
    }
    // What citizens say of I and of P, which was opened again only afterwards.
    rate(world, 11, m(3, 27, 9), 2, false).await;
    rate(world, 18, m(3, 6, 9), 5, true).await;
    let (yes, no) = (Some(1), Some(0));
    // The gardens came; the municipal centre refused, had to come, declared itself there from elsewhere, and was late.
    let legs = [
        (garden, [yes, yes, yes, yes, no, no, no, Some(4), Some(5), Some(4)]),
        (municipal, [yes, yes, no, no, yes, yes, yes, Some(2), Some(3), Some(2)]),
    ];
    put_whistle(world, 21, one, m(3, 18, 9), m(3, 25, 9), &legs).await;
    // Nobody answered, and rating is open until April.
    let leg = [(garden, [no, None, None, None, no, no, yes, Some(1), None, None])];
    put_whistle(world, 22, one, m(3, 30, 9), m(4, 6, 9), &leg).await;
    cast
}

on_both!(a_month_with_its_side_branches_by_hand, |world: World| async move {
    let cast = march_with_branches(&world).await;
    april(&world).await;
    let run = count(&world, "2026-03", Purpose::Results).await;
    let results = results(&world, run.id).await;
    let of = |kind: Kind, object: &str, count: &str| counts_of(&results, kind, object).get(count).copied().unwrap_or(0);
    // To A to H of `march` come I (with the parts I1 and I2), J, K, M and P.
    for (count, expected, why) in [
        ("reported", 12, "7, I J K M P: a split case is one"),
        ("reported_valid", 11, "without E"),
        ("reported_open", 5, "D F H, J P"),
        ("filed", 12, "7, I J K M P"),
        ("filed_accurately", 11, "without E"),
        ("filed_wrongly", 1, "E"),
        ("dispatch_needed", 3, "the clocks of B, D and I; the parts' own are none"),
        ("dispatch_acts", 16, "A B C D twice F H, I1 I2, J three times, K M, P twice"),
        ("dispatched_accurately", 13, "without D once and J twice"),
        ("dispatched_wrongly", 3, "D once, J twice"),
        ("dispatch_returned", 3, "D once, J twice"),
        (
            "handle_needed",
            11,
            "A B C D G, I1 I2, J the first clock, K which was late when it ended, M, P the first time",
        ),
        ("handled", 8, "A B C G, I1 I2 M P"),
        ("handled_in_time", 6, "A C G, I1 M P"),
        ("handled_late", 2, "B I2"),
        ("handle_waiting_late", 2, "D J"),
        ("handle_dropped_late", 1, "K"),
        ("handle_overdue", 6, "B C D, I2 J K"),
        ("handle_standing", 5, "D F H, J P"),
        ("close_needed", 9, "A B C D G, I once, J by its first clock, K, M"),
        ("closed", 6, "A B C G, I M: K is not mended"),
        ("closed_in_time", 4, "A C G, M: a part of I was late"),
        ("closed_late", 2, "B I"),
        ("close_waiting_late", 2, "D J"),
        ("closed_unsolved", 1, "K"),
        ("close_acts", 8, "A B C, I1 I2 I M P"),
        ("force_closed", 1, "K"),
        ("returned", 3, "D once, J twice"),
        ("return_refused", 1, "M"),
        ("supervised", 1, "I, once; the program's own is none"),
        ("rated", 3, "A I P"),
        ("dissatisfied", 1, "I"),
        ("operations", 28, "12 filed, 16 dispatched; nothing declined or passed"),
        // All of it is one sub-class, in one unit grid of each street. The first: A 2nd, B 3rd, P 4th, H 5th, K 10th,
        // I 23rd, F 30th. The second: G in February, C 9th, D 15th, J 24th, M 26th.
        ("reported_again", 10, "B P H K I F, C D J M"),
        ("reported_frequent", 4, "K I F, M"),
        ("whistle_called", 3, "21 both, 22"),
        ("whistle_sign_needed", 3, "21 both, 22"),
        ("whistle_signed_in_time", 2, "21 both"),
        ("whistle_arrive_needed", 2, "21 both"),
        ("whistle_arrived_in_time", 1, "the municipal centre was elsewhere"),
        ("whistle_work_needed", 2, "21 both"),
        ("whistle_worked_in_time", 1, "the gardens"),
        ("whistle_refused_wrongly", 1, "the municipal centre"),
        ("whistle_stars_1", 2, "21 both; the ratings of 22 are open until April"),
        ("whistle_stars_4", 1, "the gardens"),
    ] {
        assert_eq!(of(Kind::City, "", count), expected, "{count}: {why}");
    }
    let streets = ["reported", "close_needed", "closed", "closed_in_time", "supervised", "rated"];
    for count in streets {
        let sum = of(Kind::Street, STREETS[0], count) + of(Kind::Street, STREETS[1], count);
        assert_eq!(sum, of(Kind::City, "", count), "{count}: the streets add up");
    }
    assert_eq!(of(Kind::Street, STREETS[0], "closed"), 3, "A B I");
    // Departments are counted by what was theirs: the parts.
    let (municipal, garden) = (cast.department("220").to_string(), cast.department("200").to_string());
    for (department, count, expected, why) in [
        (&municipal, "close_needed", 7, "A B C G, I1 J K"),
        (&municipal, "closed", 5, "A B C G, I1"),
        (&municipal, "closed_in_time", 4, "A C G, I1"),
        (&municipal, "closed_unsolved", 1, "K"),
        (&municipal, "supervised", 1, "I1"),
        (&municipal, "returned", 2, "D J"),
        (&municipal, "return_refused", 0, ""),
        (&municipal, "rated", 2, "A P"),
        (&municipal, "whistle_signed_in_time", 1, "21"),
        (&municipal, "whistle_arrived_in_time", 0, "it was elsewhere"),
        (&municipal, "whistle_refused_wrongly", 1, "21"),
        (&garden, "close_needed", 3, "D, I2 M"),
        (&garden, "closed", 2, "I2 M"),
        (&garden, "closed_in_time", 1, "M"),
        (&garden, "closed_late", 1, "I2"),
        (&garden, "supervised", 1, "I2"),
        (&garden, "returned", 1, "J"),
        (&garden, "return_refused", 1, "M"),
        (&garden, "handle_needed", 3, "D, I2 M: J went back before it was late"),
        (&garden, "whistle_called", 2, "21 22"),
    ] {
        assert_eq!(of(Kind::Department, department, count), expected, "{count}: {why}");
    }
    // Everybody keeps what they did, whoever has the case by now.
    let person = |login: &str, count: &str| of(Kind::Person, &cast.who(login).to_string(), count);
    assert_eq!(person("crew-road", "handled"), 6, "A B C G, I1, and P the first time");
    assert_eq!((person("crew-lamp", "handled"), person("crew-lamp", "handle_standing")), (0, 1), "P the second time");
    assert_eq!((person("crew-road", "rework"), person("crew-lamp", "rework")), (1, 0), "B");
    assert_eq!((person("crew-road", "rated"), person("crew-lamp", "rated")), (2, 0), "A P");
    assert_eq!((person("crew-garden", "handled"), person("crew-garden", "handled_late")), (2, 1), "I2 M");
    let definitions = &world.app.evaluation.definitions;
    let rate = |kind: Kind, object: &str, id: &str| {
        let rate = definitions.rate(id).expect("a rate");
        steward::evaluation::score::rate(definitions, rate, &counts_of(&results, kind, object))
            .map(steward::evaluation::show::percent)
            .unwrap_or_default()
    };
    let dispatcher = cast.who("dispatcher1").to_string();
    for (kind, object, id, percent) in [
        (Kind::City, "", "filed_rate", "100.00 %"),
        (Kind::City, "", "dispatched_accurately_rate", "81.25 %"),
        (Kind::City, "", "closed_rate", "66.67 %"),
        (Kind::City, "", "error_rate", "14.29 %"),
        (Kind::City, "", "again_rate", "90.91 %"),
        (Kind::Department, &garden, "whistle_stars_rate", "80.00 %"),
        (Kind::Department, &municipal, "whistle_stars_rate", "40.00 %"),
        (Kind::Person, &dispatcher, "whistle_necessary_rate", "80.00 %"),
        (Kind::Person, &dispatcher, "whistle_blown_well_rate", "70.00 %"),
    ] {
        assert_eq!(rate(kind, object, id), percent, "{id} of {kind:?} {object}");
    }
    // Points: a refused return costs the department, granted ones whoever had dispatched, absence whoever was absent.
    let points = |scheme: &str, object: &str, term: &str| {
        let scheme = definitions.scheme_on(scheme, jiff::civil::date(2026, 3, 31)).expect("a scheme");
        let counts = counts_of(&results, Kind::Department, object);
        let score = steward::evaluation::score::score(definitions, scheme, &counts, &Default::default(), 0);
        score.terms.iter().find(|one| one.id == term).map(|one| one.points)
    };
    let desk = cast.department("102").to_string();
    assert_eq!(points("brigade", &garden, "returns"), Some(400), "5 − 1");
    assert_eq!(points("brigade", &municipal, "returns"), Some(500));
    assert_eq!(points("brigade", &desk, "returns"), Some(200), "5 − 3");
    assert_eq!(points("brigade", &municipal, "whistles"), Some(200), "5 − late arrival, late work, refused");
    assert_eq!(points("brigade", &garden, "whistles"), Some(400), "5 − 22 not answered");
    assert_eq!(points("brigade", &municipal, "orders"), Some(400), "5 − I1");
    assert_eq!(points("example_district", &garden, "returns"), Some(-50));
    // 2/3 × 30 + 1/3 × 20 + (1 − 0/3) × 20 + (1 − 1/3) × 20 + (1 − 0/3) × 10 = 70, and half a point off.
    let leader = Browser::signed_in(&world, "leader").await;
    let page = leader
        .reads(&format!("/evaluation/object?period=2026-03&of=department&object={garden}&scheme=example_district"))
        .await;
    assert!(page.contains("69.50") && page.contains("每件从总分中扣 0.5 分，最多扣 5 分"), "{page}");
    // The numbers lead to what stands behind them.
    let mut lists = 0;
    for one in &results {
        for counted in definitions.counts.iter().filter(|counted| counted.is_of(one.kind)) {
            let number = one.counts.get(&counted.id).copied().unwrap_or(0);
            if number == 0 && one.kind != Kind::City {
                continue;
            }
            let query = format!("run={}&count={}&of={}&object={}", run.id, counted.id, one.kind.word(), one.object);
            let csv = leader.page(&format!("/evaluation/list.csv?{query}")).await;
            assert_eq!(i64::try_from(csv.trim_end().lines().count()).expect("few") - 1, number, "{query}: {csv}");
            lists += 1;
        }
    }
    assert!(lists > 300, "{lists}");
    let whistles = leader
        .page(&format!("/evaluation/list?run={}&count=whistle_called&of=department&object={garden}", run.id))
        .await;
    let read = words(&whistles);
    assert!(whistles.contains("href=\"/whistles/21\"") && whistles.contains("href=\"/whistles/22\""), "{read}");
    assert!(read.contains("C21") && read.contains("望澜桥下") && read.contains("应急处置"), "{read}");
    let whole = leader.page(&format!("/evaluation/list?run={}&count=closed&of=city&object=", run.id)).await;
    assert!(whole.contains("href=\"/cases/11\"") && !whole.contains("href=\"/cases/12\""));
    let part =
        leader.page(&format!("/evaluation/list?run={}&count=closed&of=department&object={garden}", run.id)).await;
    assert!(part.contains("href=\"/cases/13\"") && !part.contains("href=\"/cases/11\""));
    for (path, told) in [
        ("/evaluation?period=2026-03&of=department&group=whistle", "吹哨按时到场率"),
        ("/evaluation?period=2026-03&of=department&group=stars", "报到评价得星率"),
        ("/evaluation?period=2026-03&of=street&group=error", "重复率"),
        ("/evaluation/definitions", "漏报要靠专项普查或抽查发现"),
        ("/evaluation/definitions", "此后到下一次“派遣”之前有“准予回退”"),
        ("/evaluation/definitions", "申请不到场，上级认定应当到场"),
        ("/evaluation/definitions", "此前 30 天内同一单元网格、同一小类已有 4 件以上"),
    ] {
        let read = leader.reads(path).await;
        assert!(read.contains(told), "{path} {told}: {read}");
    }
    let english = leader.reads("/evaluation/definitions?lang=en").await;
    assert!(!english.contains("evaluation-") && english.contains("Indicators that are not available"), "{english}");
});

// The numbers of a table of the page: for every count and every object the lines of the list behind it.
on_both!(every_number_has_exactly_its_list, |world: World| async move {
    march(&world).await;
    april(&world).await;
    let run = count(&world, "2026-03", Purpose::Results).await;
    let leader = Browser::signed_in(&world, "leader").await;
    let definitions = &world.app.evaluation.definitions;
    let (mut lists, mut lines) = (0, 0);
    for one in results(&world, run.id).await {
        for counted in definitions.counts.iter().filter(|counted| counted.is_of(one.kind)) {
            let number = one.counts.get(&counted.id).copied().unwrap_or(0);
            // Empty lists of many cells say nothing new.
            if number == 0 && !matches!(one.kind, Kind::City | Kind::Street) {
                continue;
            }
            let query = format!("run={}&count={}&of={}&object={}", run.id, counted.id, one.kind.word(), one.object);
            let csv = leader.page(&format!("/evaluation/list.csv?{query}")).await;
            let rows = i64::try_from(csv.trim_end().lines().count()).expect("few") - 1;
            assert_eq!(rows, number, "{query}: {csv}");
            lists += 1;
            lines += rows;
        }
    }
    assert!(lists > 200 && lines > 500, "{lists} lists, {lines} lines");
    let query = format!("run={}&count=handled_late&of=city&object=", run.id);
    let page = leader.page(&format!("/evaluation/list?{query}")).await;
    let read = words(&page);
    assert!(page.contains("href=\"/cases/2\"") && read.contains("T2") && read.contains("超期 1 天 0 小时"), "{read}");
    assert!(read.contains("处置时限在本期内到期，或在本期内完成的，每项只计一次"), "{read}");
    let exempt = leader.reads(&format!("/evaluation/list?run={}&count=handle_exempt&of=city&object=", run.id)).await;
    assert!(
        exempt.contains("T3") && exempt.contains("已免责") && exempt.contains("超期 1 天"),
        "the fact stays: {exempt}"
    );
    let none = leader.reads(&format!("/evaluation/list?run={}&count=postponed&of=city&object=", run.id)).await;
    assert!(none.contains("没有"), "{none}");
    for broken in ["run=1&count=handled&of=city&object=", "count=handled&of=city", "run=x&count=handled&of=city"] {
        assert_eq!(leader.look(&format!("/evaluation/list?{broken}")).await.status, 404, "{broken}");
    }
    let unknown = format!("/evaluation/list?run={}&count=nothing&of=city&object=", run.id);
    assert_eq!(leader.look(&unknown).await.status, 404);
});

on_both!(everything_counts_however_much_came_at_once, |world: World| async move {
    let (spread, at_once) = (13_000_i64, 12_500_i64);
    let one = Seeded {
        id: 1,
        street: STREETS[0],
        source: "citizen",
        stage: "received",
        department: None,
        crew: None,
        opened: at(&world, 3, 1, 0, 0),
        opened_by: None,
        closed: None,
        outcome: None,
    };
    put_case(&world, &one).await;
    // A busy hour, and an import that gave everything the same moment.
    let (hour, moment) = (at(&world, 3, 4, 9, 0), at(&world, 3, 6, 12, 0));
    let more = world.app.db.write(move |tx| async move {
        let columns = "code_set, kind, code, title, coordinates, cell, community, address, source, is_urgent, stage, \
                       is_open, department_id, crew_id, handlers, due_order_at, due_why, outcome, rework_count, \
                       return_count, reopen_count, revision, opened_by";
        let sql = format!(
            "insert into cases (id, number, street, opened_at, stage_since_at, {columns}) \
             with recursive n(i) as (select cast(2 as bigint) union all select i + 1 from n where i < cast($1 as bigint)) \
             select n.i, 'T' || n.i, case when n.i % 2 = 0 then '{0}' else '{1}' end, \
             case when n.i <= $2 then $3 + (n.i * 997) % 3600000 else $4 end, $3, {columns} from n, cases c where c.id = 1",
            STREETS[0], STREETS[1]
        );
        tx.execute(&sql, params![spread + at_once + 1, spread + 1, hour, moment]).await
    });
    let more: Result<u64, DbError> = more.await;
    assert_eq!(more.expect("they are written"), (spread + at_once).unsigned_abs());
    let run = count(&world, "2026-03-01..2026-03-09", Purpose::Results).await;
    let results = results(&world, run.id).await;
    let reported = |kind: Kind, object: &str| counts_of(&results, kind, object).get("reported").copied();
    assert_eq!(reported(Kind::City, ""), Some(spread + at_once + 1));
    assert_eq!(reported(Kind::Street, STREETS[0]), Some((spread + at_once) / 2 + 1));
    assert_eq!(reported(Kind::Street, STREETS[1]), Some((spread + at_once) / 2));
});

on_both!(a_long_list_has_pages, |world: World| async move {
    let cast = Cast::of(&world).await;
    for number in 1..=120 {
        let case = Seeded {
            id: number,
            street: STREETS[usize::try_from(number % 2).expect("small")],
            source: "citizen",
            stage: "received",
            department: Some(cast.department("220")),
            crew: None,
            opened: at(&world, 3, 1, 0, 0) + number * HOUR,
            opened_by: None,
            closed: None,
            outcome: None,
        };
        put_case(&world, &case).await;
    }
    let run = count(&world, "2026-03-01..2026-03-09", Purpose::Results).await;
    let leader = Browser::signed_in(&world, "leader").await;
    for (of, object, all) in [("city", "", 120_usize), ("street", STREETS[0], 60)] {
        let (mut seen, mut page) = (Vec::new(), 1);
        loop {
            let html = leader
                .page(&format!("/evaluation/list?run={}&count=reported&of={of}&object={object}&page={page}", run.id))
                .await;
            let found: Vec<String> = html
                .split("href=\"/cases/")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
                .collect();
            assert!(found.len() <= 50);
            seen.extend(found);
            if !html.contains("rel=\"next\"") {
                break;
            }
            page += 1;
        }
        assert_eq!(seen.len(), all, "{of}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all, "each once");
    }
});

// Some hundred cases at random, counted by SQL and once more by the plainest means there are.
on_both!(random_months_agree_with_a_plain_count, |world: World| async move {
    let cast = Cast::of(&world).await;
    let departments = [cast.department("220"), cast.department("200")];
    let mut seed = 20_260_301_u64;
    let mut roll = move |below: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(seed >> 33).unwrap_or(0) % below
    };
    let (start, end) = Period::Month(2026, 3).bounds(&world.app.city.zone());
    let mut clocks = Vec::new();
    let mut closed: HashMap<Id, Option<i64>> = HashMap::new();
    for case in 1..=250 {
        let mut from = start.0 - 20 * DAY + roll(60) * DAY + roll(24) * HOUR;
        let ends = 1 + roll(3);
        let opened = from;
        for seq in 1..=ends {
            let due = (roll(8) > 0).then(|| from + (1 + roll(15)) * DAY);
            let finished = (roll(5) > 0 || seq < ends).then(|| from + roll(20 * 24) * HOUR);
            let how = ["done", "done", "done", "returned", "ended"][usize::try_from(roll(5)).expect("small")];
            let overdue = match (due, finished) {
                (Some(due), Some(at)) => (at - due).max(0),
                _ => 0,
            };
            let clock = Clock {
                case,
                seq,
                kind: "handle",
                started: from,
                due,
                finished: finished.map(|at| (at, how)),
                overdue,
                is_exempt: roll(6) == 0,
                department: Some(departments[usize::try_from(roll(2)).expect("small")]),
                crew: None,
                account: None,
            };
            from = finished.unwrap_or(from) + HOUR;
            clocks.push(clock);
        }
        let last = clocks.last().expect("a clock").clone();
        let end_of_case = last.finished.filter(|_| roll(3) > 0).map(|(at, _)| at + roll(40) * HOUR);
        closed.insert(case, end_of_case);
        let seeded = Seeded {
            id: case,
            street: STREETS[usize::try_from(case % 2).expect("small")],
            source: "citizen",
            stage: if end_of_case.is_some() { "closed" } else { "handling" },
            department: last.department,
            crew: None,
            opened,
            opened_by: None,
            closed: end_of_case,
            outcome: end_of_case.map(|_| "fixed"),
        };
        put_case(&world, &seeded).await;
    }
    for clock in &clocks {
        put_clock(&world, clock).await;
    }
    // Half of the exemptions were known when the month was counted.
    world.clock.set(Moment(end.0 + 40 * DAY));
    let known_appeal = |case: Id| case % 2 == 0;
    for case in (1..=250).filter(|case| known_appeal(*case)) {
        put_fact(&world, case, "appeal_granted", None, end.0 + DAY, None).await;
    }
    let run = count(&world, "2026-03", Purpose::Results).await;
    let results = results(&world, run.id).await;

    let until = end.0;
    let in_month = |at: i64| (start.0..until).contains(&at);
    let done_at = |clock: &Clock| clock.finished.filter(|(at, _)| *at < until);
    let ended = |clock: &Clock| done_at(clock).is_some_and(|(_, how)| how != "done");
    // Who hands a case back late has been late.
    let is_dropped = |clock: &Clock| ended(clock) && clock.overdue == 0;
    let needed = |clock: &&Clock| {
        !is_dropped(clock) && (clock.due.is_some_and(in_month) || clock.finished.is_some_and(|(at, _)| in_month(at)))
    };
    let is_exempt = |clock: &Clock| clock.is_exempt && known_appeal(clock.case);
    let is_done = |clock: &Clock| done_at(clock).is_some_and(|(_, how)| how == "done");
    let is_late = |clock: &Clock| is_done(clock) && clock.overdue > 0;
    let is_dropped_late = |clock: &Clock| ended(clock) && clock.overdue > 0;
    let is_waiting_late = |clock: &Clock| done_at(clock).is_none() && clock.due.is_some_and(|due| due < until);
    let expected = |department: Option<Id>| -> BTreeMap<&str, usize> {
        let mine: Vec<&Clock> =
            clocks.iter().filter(|clock| department.is_none() || clock.department == department).collect();
        let of =
            |test: &dyn Fn(&Clock) -> bool| mine.iter().copied().filter(needed).filter(|clock| test(clock)).count();
        let stood = |test: &dyn Fn(&Clock) -> bool| {
            mine.iter()
                .filter(|clock| clock.started < until && clock.finished.is_none_or(|(at, _)| at >= until))
                .filter(|clock| test(clock))
                .count()
        };
        BTreeMap::from([
            ("handle_needed", of(&|_| true)),
            ("handled", of(&is_done)),
            ("handled_in_time", of(&|clock| is_done(clock) && (clock.overdue == 0 || is_exempt(clock)))),
            ("handled_late", of(&|clock| is_late(clock) && !is_exempt(clock))),
            ("handle_waiting_late", of(&is_waiting_late)),
            ("handle_dropped_late", of(&is_dropped_late)),
            ("handle_overdue", of(&|clock| is_late(clock) || is_waiting_late(clock) || is_dropped_late(clock))),
            ("handle_exempt", of(&|clock| is_late(clock) && is_exempt(clock))),
            ("handle_standing", stood(&|_| true)),
            ("handle_standing_late", stood(&|clock| clock.due.is_some_and(|due| due < until))),
        ])
    };
    let mut objects = vec![(Kind::City, String::new(), None)];
    objects.extend(departments.map(|id| (Kind::Department, id.to_string(), Some(id))));
    for (kind, object, department) in objects {
        let counted = counts_of(&results, kind, &object);
        for (count, expected) in expected(department) {
            assert!(expected > 1 || department.is_some(), "{count} is tried on too few: {expected}");
            assert_eq!(
                counted.get(count).copied().unwrap_or(0),
                i64::try_from(expected).expect("few"),
                "{count} of {kind:?} {object}"
            );
        }
    }
    // What ought to be closed: the handling clock that counts was due in the month, or the case was closed in it. It counts
    // that ran at the end, or else that was stopped last.
    let last = |case: Id| {
        let own = clocks.iter().filter(|clock| clock.case == case && clock.started < until);
        own.max_by_key(|clock| (done_at(clock).map_or(i64::MAX, |(at, _)| at), clock.seq))
    };
    let ought = |case: &Id| {
        let at = closed[case];
        at.is_some_and(in_month)
            || (last(*case).is_some_and(|clock| clock.due.is_some_and(in_month) && !ended(clock))
                && at.is_none_or(|at| at < start.0 || at >= until))
    };
    let expected = i64::try_from((1..=250).filter(ought).count()).expect("few");
    let leader = Browser::signed_in(&world, "leader").await;
    let list = leader.page(&format!("/evaluation/list.csv?run={}&count=close_needed&of=city&object=", run.id)).await;
    let listed: Vec<Id> =
        list.lines().skip(1).filter_map(|line| line.split(',').next()?.strip_prefix('T')?.parse().ok()).collect();
    let strange: Vec<&Id> = listed.iter().filter(|case| !ought(case)).collect();
    assert!(
        strange.is_empty(),
        "{strange:?} {:?}",
        strange
            .iter()
            .map(|case| (closed[case], last(**case).map(|clock| (clock.due, clock.finished)), start.0, until))
            .collect::<Vec<_>>()
    );
    assert_eq!(counts_of(&results, Kind::City, "")["close_needed"], expected);
    let done = (1..=250).filter(|case| ought(case) && closed[case].is_some_and(|at| at < until)).count();
    assert_eq!(counts_of(&results, Kind::City, "")["closed"], i64::try_from(done).expect("few"));
    let city = counts_of(&results, Kind::City, "");
    assert_eq!(city["close_needed"], city["closed"] + city.get("close_waiting_late").copied().unwrap_or(0));
    // The streets add up to the city.
    for count in ["handle_needed", "handled", "close_needed", "reported"] {
        let sum: i64 = STREETS.iter().map(|street| counts_of(&results, Kind::Street, street)[count]).sum();
        assert_eq!(sum, city[count], "{count}");
    }
});

on_both!(a_frozen_month_never_changes, |world: World| async move {
    let cast = march(&world).await;
    let leader = Browser::signed_in(&world, "leader").await;
    let month = "/evaluation/months/2026-03";
    // While it runs it is counted, and not to be frozen.
    count(&world, "2026-03", Purpose::Results).await;
    let read = leader.reads(month).await;
    assert!(read.contains("截至目前") && read.contains("本月还没有结束"), "{read}");
    let early = leader.visitor.post(&format!("{month}/freeze"), &[("run", "1")]).await;
    assert_eq!(early.status(), 422);
    april(&world).await;
    let leader = Browser::signed_in(&world, "leader").await;
    let stale = leader.visitor.post(&format!("{month}/freeze"), &[("run", "1")]).await;
    let text = words(&stale.text().await.expect("a page"));
    assert!(text.contains("请先重新统计"), "{text}");
    let run = count(&world, "2026-03", Purpose::Results).await;
    let changed = leader.visitor.post(&format!("{month}/freeze"), &[("run", "1")]).await;
    assert!(words(&changed.text().await.expect("a page")).contains("您查看之后数字已经更新"));

    // Points by hand: what is wrong is said, and nothing typed is lost.
    let municipal = cast.department("220").to_string();
    let object = format!("/evaluation/object?period=2026-03&of=department&object={municipal}&scheme=example_district");
    let mut form = leader.form(&object, &format!("{month}/adjust")).await;
    form.put("points", "50");
    form.put("reason", "迎检期间加班");
    let refused = leader.send(&form).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("迎检期间加班") && words(&refused.text).contains("一次最多加减 10 分"),
        "{}",
        words(&refused.text)
    );
    form.put("points", "-2");
    form.put("reason", "");
    assert_eq!(leader.send(&form).await.status, 422, "no reason, no points");
    form.put("reason", "两次未按时到场");
    let sent = leader.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let read = leader.reads(&object).await;
    assert!(read.contains("88.00") && read.contains("两次未按时到场"), "90 less 2: {read}");

    let form = leader.form(month, &format!("{month}/freeze")).await;
    assert_eq!(form.value("run"), run.id.to_string());
    let frozen = leader.send(&form).await;
    assert_eq!(frozen.status, 303, "{}", words(&frozen.text));
    let read = leader.reads(month).await;
    assert!(read.contains("沈望舒 于 2026-04-03 09:00 冻结") && read.contains("-2 ") | read.contains("−2"), "{read}");
    let kept = world.app.db.read(|tx| async move { store::find_frozen(&tx, Period::Month(2026, 3)).await });
    let kept = kept.await.map_err(|error: DbError| error).expect("a row").expect("it is frozen");
    assert_eq!(kept.digest.len(), 64);
    let again = leader.send(&form).await;
    assert_eq!(again.status, 422);
    assert!(words(&again.text).contains("已经冻结"));

    // Counted from scratch it is the same to the last digit.
    let before = results(&world, run.id).await;
    let digest = world.app.db.read({
        let run = run.clone();
        move |tx| async move { months::digest_of(&tx, &run).await }
    });
    assert_eq!(digest.await.map_err(|error: DbError| error).expect("a digest"), run.digest);
    let check = count(&world, "2026-03", Purpose::Check).await;
    assert_eq!((check.digest.as_str(), check.found.as_str()), (run.digest.as_str(), "[]"));
    assert!(leader.reads(month).await.contains("复算一致"));
    let definitions = running::definitions(&world.app, &run.version).await.expect("the definitions");
    let counted = counting::count(&world.app, definitions, &Run { purpose: Purpose::Check, ..run.clone() })
        .await
        .expect("counted");
    assert_eq!(counted.digest, run.digest);

    // Whatever is tried afterwards, it stays.
    let list = format!("/evaluation/list.csv?run={}&count=handled_late&of=city&object=", run.id);
    // Who stands on it, and what for: what became of them since is told beside it.
    let members = |csv: String| -> Vec<Vec<String>> {
        let columns = |line: &str| {
            line.split(',')
                .enumerate()
                .filter(|(at, _)| [0, 4, 5, 6].contains(at))
                .map(|(_, cell)| cell.to_owned())
                .collect()
        };
        csv.lines().map(columns).collect()
    };
    let behind = members(leader.page(&list).await);
    let tried: Result<(), DbError> = world
        .app
        .db
        .write({
            let run = run.clone();
            move |tx| async move {
                store::clear_own(&tx, run.id).await?;
                store::clear_others(&tx, &Run { id: i64::MAX, ..run.clone() }).await?;
                tx.execute("update timers set overdue_ms = 0 where case_id = 2", params![]).await?;
                tx.execute("update cases set street = '990100003' where id = 3", params![]).await?;
                Ok(())
            }
        })
        .await;
    tried.expect("it is tried");
    count(&world, "2026-03", Purpose::Results).await;
    assert_eq!(results(&world, run.id).await, before, "the results are as they were");
    assert_eq!(members(leader.page(&list).await), behind, "and so are the lists");
    let table = leader.reads("/evaluation?period=2026-03&of=department&scheme=example_district&group=handle").await;
    assert!(table.contains("88.00") && table.contains("已冻结"), "{table}");
    let again = store_freeze(&world, &kept).await;
    assert!(matches!(again, Err(DbError::NotUnique(_))), "{again:?}");
    // The check names what is otherwise now.
    let check = count(&world, "2026-03", Purpose::Check).await;
    assert_ne!(check.digest, run.digest);
    let read = leader.reads(month).await;
    assert!(read.contains("复算有出入") && read.contains("超期处置"), "{read}");

    // What is found later stands beside it.
    let mut form = leader.form(&object, &format!("{month}/adjust")).await;
    form.put("points", "1");
    form.put("reason", "申诉复核");
    assert_eq!(leader.send(&form).await.status, 303);
    let read = leader.reads(&object).await;
    assert!(read.contains("88.00") && !read.contains("89.00") && read.contains("冻结后更正"), "{read}");
    let audit: Vec<String> = facts(&world).await;
    assert_eq!(audit, ["score_adjusted", "month_frozen", "score_corrected"]);
});

async fn facts(world: &World) -> Vec<String> {
    let read = world.app.db.read(|tx| async move {
        let rows = tx.query("select kind from facts where subject = 'evaluation' order by id", params![]).await?;
        rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, DbError>>()
    });
    read.await.expect("facts")
}

async fn store_freeze(world: &World, kept: &steward::evaluation::run::Frozen) -> Result<(), DbError> {
    let kept = kept.clone();
    world.app.db.write(move |tx| async move { store::freeze(&tx, &kept).await }).await
}

/// No statement of the program changes what is frozen, and none removes it unasked.
#[test]
fn no_statement_changes_results() {
    let store =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/evaluation/store.rs")).expect("the store");
    for table in ["results", "members", "times", "months", "scores", "adjustments", "definitions"] {
        assert!(!store.contains(&format!("update evaluation_{table}")), "{table} is updated");
    }
    for table in ["months", "scores", "adjustments", "definitions"] {
        assert!(!store.contains(&format!("delete from evaluation_{table}")), "{table} is removed");
    }
    assert!(store.contains("id not in (select run_id from evaluation_months)"));
}

on_both!(everybody_sees_what_is_theirs, |world: World| async move {
    let cast = march(&world).await;
    april(&world).await;
    let run = count(&world, "2026-03", Purpose::Results).await;
    let (municipal, garden) = (cast.department("220").to_string(), cast.department("200").to_string());
    let keeper = cast.who("keeper1").to_string();
    let desk = Browser::signed_in(&world, "desk-municipal").await;
    let read = desk.reads("/evaluation?period=2026-03").await;
    assert!(read.contains("市政设施维护中心") && !read.contains("园林绿化中心"), "{read}");
    assert!(!read.contains("第 1 名"), "nobody's place is told: {read}");
    for (of, object, is_there) in [
        ("department", municipal.as_str(), true),
        ("department", &garden, false),
        ("street", STREETS[0], false),
        ("city", "", false),
        ("post", "department_desk", true),
        ("post", "keeper", false),
        ("person", &cast.who("crew-road").to_string(), true),
        ("person", &keeper, false),
    ] {
        let expected = if is_there { 200 } else { 404 };
        let page = format!("/evaluation/object?period=2026-03&of={of}&object={object}");
        assert_eq!(desk.look(&page).await.status, expected, "{page}");
        if !is_there {
            for what in ["list", "list.csv", "list.xlsx"] {
                let page = format!("/evaluation/{what}?run={}&count=handled&of={of}&object={object}", run.id);
                assert_eq!(desk.look(&page).await.status, 404, "{page}");
            }
        }
    }
    assert_eq!(desk.look("/evaluation?period=2026-03&of=street").await.status, 404);
    assert_eq!(desk.look("/evaluation/times?period=2026-03").await.status, 404);
    assert!(!desk.reads("/evaluation/months/2026-03").await.contains("园林绿化中心"));
    let field = Browser::signed_in(&world, "keeper1").await;
    assert_eq!(field.look(&format!("/evaluation/object?period=2026-03&of=person&object={keeper}")).await.status, 200);
    assert!(field.reads("/evaluation?period=2026-03&of=person&group=verify").await.contains("林晓禾"));
    let other = cast.who("keeper2").to_string();
    assert_eq!(field.look(&format!("/evaluation/object?period=2026-03&of=person&object={other}")).await.status, 404);
    // Nobody but leaders asks for countings, points and freezing; administrators see nothing of it.
    for (login, path, status) in [
        ("keeper1", "/evaluation/compute", 403),
        ("shift1", "/evaluation/months/2026-03/freeze", 403),
        ("shift1", "/evaluation/months/2026-03/adjust", 403),
        ("desk-municipal", "/evaluation/months/2026-03/freeze", 403),
    ] {
        let who = Browser::signed_in(&world, login).await;
        assert_eq!(who.visitor.post(path, &[("period", "2026-03")]).await.status().as_u16(), status, "{login} {path}");
    }
    let admin = Browser::signed_in(&world, "sysadmin").await;
    assert_eq!(admin.look("/evaluation").await.status, 403);
    assert_eq!(desk.look("/leaders").await.status, 403);
    assert_eq!(Browser::signed_in(&world, "shift1").await.look("/leaders").await.status, 200);
});

on_both!(periods_are_asked_for, |world: World| async move {
    march(&world).await;
    april(&world).await;
    let leader = Browser::signed_in(&world, "leader").await;
    let read = leader.reads("/evaluation?period=2025-11").await;
    assert!(read.contains("尚未统计") && read.contains("开始统计"), "{read}");
    let form = leader.form("/evaluation?period=2025-11", "/evaluation/compute").await;
    let sent = leader.send(&form).await;
    assert_eq!(sent.status, 303);
    while running::work_once(&world.app).await.expect("it works") {}
    for _ in 0..200 {
        let read = leader.reads("/evaluation?period=2025-11").await;
        if !read.contains("正在统计") {
            assert!(read.contains("没有数据"), "{read}");
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    // The current month is counted when somebody looks at it.
    let read = leader.reads("/evaluation").await;
    assert!(read.contains("2026年4月") && (read.contains("正在统计") || read.contains("截至目前")), "{read}");
    for wrong in [
        "from=2026-03-31&to=2026-03-01",
        "from=2010-01-01&to=2026-01-01",
        "from=yesterday&to=2026-03-01",
        "from=2026-03-01",
    ] {
        let answer = leader.look(&format!("/evaluation?{wrong}")).await;
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(
            words(&answer.text).contains("起止日期不对") && answer.text.contains("2026-03-01") | wrong.contains("2010"),
            "{}",
            words(&answer.text)
        );
    }
    let answer = leader.look("/evaluation?period=soon").await;
    assert_eq!(answer.status, 422);
    assert_eq!(leader.look("/evaluation/months/2026-Q1").await.status, 404);
    assert_eq!(leader.look("/evaluation/months/2026-03/report.docx").await.status, 404, "not counted yet");
    assert!(leader.reads("/evaluation/months").await.contains("2026年3月"));
    let definitions = leader.reads("/evaluation/definitions").await;
    for told in
        ["准确派遣率 = 准确派遣 ÷ 应派遣", "罚款和没收的数额不作为评价指标", "此后到下一次“派遣”之前没有“准予回退”"]
    {
        assert!(definitions.contains(told), "{told}: {definitions}");
    }
    let english = leader.reads("/evaluation/definitions?lang=en").await;
    assert!(
        !english.contains("evaluation-") && english.contains("without “return granted” before the next “dispatched”"),
        "{english}"
    );
});

/// The texts of a file of Excel or Word: every part of it, inflated.
pub(crate) fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let number = |at: usize, width: usize| {
        bytes[at..at + width].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let end = (0..bytes.len() - 21).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06")).expect("a directory");
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut parts = BTreeMap::new();
    for _ in 0..count {
        let (method, packed, name, extra, comment) =
            (number(at + 10, 2), number(at + 20, 4), number(at + 28, 2), number(at + 30, 2), number(at + 32, 2));
        let local = number(at + 42, 4);
        let name_text = String::from_utf8_lossy(&bytes[at + 46..at + 46 + name]).into_owned();
        let from = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let inner = &bytes[from..from + packed];
        let mut text = Vec::new();
        match method {
            0 => text.extend_from_slice(inner),
            _ => drop(DeflateDecoder::new(inner).read_to_end(&mut text).expect("deflated")),
        }
        parts.insert(name_text, String::from_utf8_lossy(&text).into_owned());
        at += 46 + name + extra + comment;
    }
    parts
}

on_both!(tables_leave_as_excel_and_a_month_as_word, |world: World| async move {
    march(&world).await;
    april(&world).await;
    let run = count(&world, "2026-03", Purpose::Results).await;
    let leader = Browser::signed_in(&world, "leader").await;
    let bytes = |path: String| {
        let leader = leader.clone();
        async move {
            let response = leader.visitor.get(&path).await;
            assert_eq!(response.status().as_u16(), 200, "{path}");
            response.bytes().await.expect("a file").to_vec()
        }
    };
    let excel =
        bytes("/evaluation/table.xlsx?period=2026-03&of=department&scheme=example_district&group=handle".into()).await;
    let found = parts(&excel);
    let strings = &found["xl/sharedStrings.xml"];
    for told in ["市政设施维护中心", "处置率 = 处置 ÷ 应处置", "指标口径", "按期处置", "综合评价 · 2026年3月"]
    {
        assert!(strings.contains(told), "{told}: {strings}");
    }
    assert!(found.contains_key("xl/worksheets/sheet2.xml"), "the definitions have a sheet");
    assert!(
        found["xl/worksheets/sheet1.xml"].contains("<v>90</v>")
            && found["xl/worksheets/sheet1.xml"].contains("<v>0.75</v>")
    );
    let list = bytes(format!("/evaluation/list.xlsx?run={}&count=handle_needed&of=city&object=", run.id)).await;
    let list = parts(&list);
    assert_eq!(
        list["xl/worksheets/sheet1.xml"].matches("<row ").count(),
        3 + 5,
        "a title, what it means, headings, five lines"
    );
    let word = bytes("/evaluation/months/2026-03/report.docx".into()).await;
    if let Some(folder) = std::env::var_os("STEWARD_KEEP_FILES") {
        let folder = std::path::Path::new(&folder);
        std::fs::write(folder.join("month.docx"), &word).expect("a file");
        std::fs::write(folder.join("table.xlsx"), &excel).expect("a file");
    }
    let word = &parts(&word)["word/document.xml"];
    for told in [
        "望澜市城市管理综合评价通报（2026年3月）",
        "未冻结，仅供核对",
        "市政设施维护中心",
        "80.00 % (4/5)",
        "批准人",
        "处置率 = 处置 ÷ 应处置",
    ] {
        assert!(word.contains(told), "{told}");
    }
});

on_both!(the_leaders_page_says_how_things_stand, |world: World| async move {
    let cast = march(&world).await;
    world.clock.set(Moment(at(&world, 3, 17, 12, 0)));
    let empty = Browser::signed_in(&world, "leader").await;
    // D is due in an hour; H stands still.
    let read = empty.reads("/leaders").await;
    assert!(
        read.contains("两小时内到期 1") && read.contains("没有超期") && read.contains("还有 1 小时 0 分"),
        "{read}"
    );
    world.clock.set(Moment(at(&world, 3, 17, 15, 0)));
    let (ordered_at, asked_at) = (Moment(at(&world, 3, 17, 9, 0)), Moment(at(&world, 3, 16, 11, 0)));
    let words = "尽快办结".to_owned();
    let order = Order { number: 1, by: None, at: ordered_at, words, answer_by: ordered_at, answered_at: None };
    let ordered = Branches { orders: vec![order], ..Branches::default() };
    let (kind, side, reason) = (RequestKind::Suspend, Side::Department, "seasonal".to_owned());
    let request = Request { kind, by: None, side, at: asked_at, reason, amount: 0, until: None, into: None };
    let asked = Branches { request: Some(request), ..Branches::default() };
    let branches = |branches: &Branches| serde_json::to_string(branches).expect("branches");
    let done: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            let sql = "update cases set is_supervised = 1, branches = $1 where id = 4";
            tx.execute(sql, params![branches(&ordered)]).await?;
            let sql = "update cases set request_kind = 'suspend', branches = $1 where id = 8";
            tx.execute(sql, params![branches(&asked)]).await.map(drop)
        })
        .await;
    done.expect("an order and a request");
    let asked = statements_of(async || situation::ask(&world.app).await.expect("the situation")).await;
    assert!((1..=20).contains(&asked), "{asked} statements");
    let found = situation::ask(&world.app).await.expect("the situation");
    assert_eq!(found.clocks["handle"], (1, 0));
    assert_eq!(found.departments[&cast.department("200")], (1, 0));
    assert_eq!(
        found.load.iter().find(|(id, _)| *id == cast.department("200")).map(|(_, count)| *count),
        Some(2),
        "D and H"
    );
    assert_eq!((found.orders.0, found.requests.0.clone()), (1, vec![("suspend".to_owned(), 1)]));
    assert_eq!((found.orders.1[0].since, found.requests.1[0].since), (ordered_at, asked_at), "their own moments");
    let empty = Browser::signed_in(&world, "leader").await;
    let read = empty.reads("/leaders").await;
    for told in ["已超期 1", "超期 2 小时 0 分", "未回复的督办 1", "待审批 1", "挂账申请", "园林绿化中心"]
    {
        assert!(read.contains(told), "{told}: {read}");
    }
    // The week of 9 March: C took 3 days. The week before: A took 9 hours, B 3 days.
    world.clock.set(Moment(at(&world, 3, 13, 12, 0)));
    let march_12 = at(&world, 3, 12, 9, 0);
    let part: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            let sql = "update cases set parent_id = 3, outcome = 'fixed', closed_at = $1 where id = 5";
            tx.execute(sql, params![march_12]).await.map(drop)
        })
        .await;
    part.expect("a part that was closed in a moment");
    let found = situation::ask(&world.app).await.expect("the situation");
    assert_eq!(found.weeks, [Some((1, 3 * DAY, 3 * DAY)), Some((2, 9 * HOUR, 3 * DAY))]);
    let empty = Browser::signed_in(&world, "leader").await;
    let read = empty.reads("/leaders").await;
    assert!(read.contains("3 天 0 小时") && read.contains("9 小时 0 分") && read.contains("+700.00 %"), "{read}");
    let english = empty.reads("/leaders?lang=en").await;
    assert!(!english.contains("evaluation-") && english.contains("90th percentile"), "{english}");
});

on_both!(a_city_writes_its_own_definitions, |world: World| async move {
    let files = world.app.sources.folder("evaluation/");
    let definitions = Definitions::load(&files).expect("the package's own");
    assert_eq!(definitions.version, world.app.evaluation.definitions.version);
    assert!(definitions.schemes.len() >= 5 && definitions.counts.len() >= 50);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_whose_files_speak_of_fines_does_not_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let own = steward::kit::sources::Sources::of_demo();
    write("city.toml", &own.text("city.toml").expect("the settings"));
    let scheme = own.text("evaluation/scores/1-brigade.toml").expect("a scheme");
    write("evaluation/scores/1-brigade.toml", &scheme.replace("督办扣分", "罚款收入"));
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_steward"))
        .args(["check", "--database", "sqlite:steward.db", "--files", "files", "--city"])
        .arg(folder.path())
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(!run.status.success(), "{said}");
    assert!(said.contains("行政处罚法第七十四条") && said.contains("罚款"), "{said}");
    let db = steward::kit::db::Db::open(&format!("sqlite:{}", folder.path().join("a.db").display()))
        .await
        .expect("a database");
    let sources = steward::kit::sources::Sources::of_city(folder.path());
    let refused = steward::app::App::new(
        db,
        steward::kit::clock::Clock::fixed(MORNING),
        sources,
        &folder.path().join("files").display().to_string(),
    )
    .await;
    let why = refused.err().map(|error: Error| error.to_string()).unwrap_or_default();
    assert!(why.contains("罚款") && why.contains("art. 74"), "{why}");
}

/// The nearest rank: the smallest value that at least so many in a hundred do not exceed, by its definition.
fn plain_percentile(values: &[i64], percent: usize) -> i64 {
    let reaches = |value: &&i64| values.iter().filter(|other| *other <= value).count() * 100 >= percent * values.len();
    values.iter().filter(reaches).min().copied().expect("a value")
}

on_both!(real_closing_times_equal_those_of_the_file, |world: World| async move {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("STEWARD_REAL_DATA").map_or(beside, std::path::PathBuf::from);
    let Ok(packed) = std::fs::read(folder.join("la311/la311_2017-12_2018-01.csv.gz")) else {
        eprintln!(
            "skipped: real_closing_times_equal_those_of_the_file: {} is not there; set STEWARD_REAL_DATA",
            folder.display()
        );
        return;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("a list");
    let imported =
        steward::reports::commands::import(&world.app, std::io::Cursor::new(text.clone().into_bytes()), false, |_| ())
            .await
            .expect("imported");
    assert_eq!(imported.added + imported.bad.len(), 19_999, "every row is there or named");
    assert!(imported.bad.iter().all(|(_, why)| why.key == "import-closed-before-created"), "{:?}", imported.bad);
    let zone = world.app.city.zone();
    // Straight from the file: created and closed, by kind of request, of those that were closed.
    let mut of_kind: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut all = Vec::new();
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.expect("a row");
        let moment = |text: &str| {
            let civil: jiff::civil::DateTime = text.parse().ok()?;
            Some(civil.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_millisecond())
        };
        let (created, closed, status) = (moment(&row[2]).expect("created"), moment(&row[5]), row[7].to_lowercase());
        if status.contains("cancel") || status.contains("declined") {
            continue;
        }
        let Some(closed) = closed else {
            assert!(!status.contains("closed"), "{row:?}");
            continue;
        };
        // Some rows were closed before they were made: the import names them and leaves them out.
        if closed < created {
            continue;
        }
        (first, last) = (first.min(closed), last.max(closed));
        of_kind.entry(row[6].to_owned()).or_default().push(closed - created);
        all.push(closed - created);
    }
    assert!(all.len() > 15_000, "{}", all.len());
    world.clock.set(Moment(last + 30 * DAY));
    let day = |at: i64| Moment(at).zoned(&zone).date();
    let period = Period::days(day(first), day(last)).expect("a period");
    let run = count(&world, &period.text(), Purpose::Results).await;
    let read = world.app.db.read(move |tx| async move {
        Ok::<_, DbError>((
            store::times(&tx, run.id, Kind::City).await?,
            store::times(&tx, run.id, Kind::Category).await?,
        ))
    });
    let (city, kinds) = read.await.expect("times");
    let told = |one: &store::Times| (one.amount, one.median, one.ninetieth);
    let amount = |values: &[i64]| i64::try_from(values.len()).expect("few");
    all.sort_unstable();
    let rank = |percent: usize| all[(all.len() * percent).div_ceil(100) - 1];
    assert_eq!(told(&city[0]), (amount(&all), rank(50), rank(90)));
    assert_eq!(kinds.len(), of_kind.len());
    for one in &kinds {
        let values = &of_kind[&one.object];
        // The whole definition on the small ones, the rank on the large.
        if values.len() < 3_000 {
            assert_eq!(
                told(one),
                (amount(values), plain_percentile(values, 50), plain_percentile(values, 90)),
                "{}",
                one.object
            );
        }
    }
    eprintln!(
        "{} closed requests in {} kinds: median {} h, 90th percentile {} h",
        all.len(),
        kinds.len(),
        rank(50) / HOUR,
        rank(90) / HOUR
    );
    let leader = Browser::signed_in(&world, "leader").await;
    let page = leader.reads(&format!("/evaluation/times?period={}", period.text())).await;
    assert!(page.contains("Bulky Items") && page.contains(&all.len().to_string()), "{}", &page[..page.len().min(600)]);
});

#[path = "frozen.rs"]
mod frozen;
