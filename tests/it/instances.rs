//! Several programs on one database: each thing is done once, whoever dies is stood in for, and what happens at one is seen at
//! the others. And what people read when the database cannot do it now.

use crate::moulds;
use crate::program::Program;
use crate::world::{On, World};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;
use steward::app::{App, start_plain_jobs};
use steward::instances::{JOBS, store};
use steward::kit::clock::Clock;
use steward::kit::db::{Db, DbError, Trouble, params};
use steward::kit::sources::Sources;

/// Hands a report in, and answers whether it got a code.
async fn takes(program: &Program, key: &str) -> bool {
    let client = crate::world::plain_client().build().expect("a client");
    let answer = client.post(format!("{}/api/reports", program.base)).json(&report(key)).send().await;
    answer.is_ok_and(|answer| answer.status() == 201)
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    let found = db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get::<i64>(0) }).await;
    found.map_err(|error: DbError| error).expect("a number")
}

/// Asks again and again, for half a minute.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within half a minute: {what}");
}

const CASES: &str = "select count(*) from cases";

/// Who has the turn, as the table says.
async fn owner(db: &Db) -> Option<i64> {
    let turn = db.read(|tx| async move { store::turn(&tx, JOBS).await }).await;
    turn.map_err(|error: DbError| error).expect("the turn").map(|turn| turn.instance)
}

/// The programs that live, by machine and process.
async fn names(db: &Db) -> Vec<(i64, String)> {
    let all = db.read(|tx| async move { store::all(&tx).await }).await.map_err(|error: DbError| error);
    all.expect("the programs").into_iter().map(|row| (row.instance, row.name)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_dies_is_stood_in_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let files = folder.path().join("files");
    let mut programs = [Program::start(&url, &files), Program::start(&url, &files)];
    let db = Db::open(&url).await.expect("the database opens");
    until("both have a number", async || names(&db).await.len() == 2).await;
    let first = owner(&db).await.expect("one of them has the turn");
    // Whichever takes the report, its case is opened once.
    assert!(takes(&programs[0], "one").await && takes(&programs[1], "two").await);
    until("two cases", async || number(&db, CASES).await == 2).await;
    // The one whose turn it is dies without a word.
    let names = names(&db).await;
    let (_, name) = names.iter().find(|(instance, _)| *instance == first).expect("it is in the table");
    let dead = programs.iter().position(|program| name.ends_with(&format!(", {}", program.child.id())));
    let dead = dead.expect("it is one of these");
    programs[dead].child.kill().expect("it is killed");
    let living = &programs[1 - dead];
    assert!(takes(living, "three").await);
    until("the other has the turn", async || owner(&db).await.is_some_and(|now| now != first)).await;
    until("the third case", async || number(&db, CASES).await == 3).await;
    assert_eq!(number(&db, "select count(distinct report_id) from case_reports").await, 3);
    // Whoever wants the city to stand still hears who still serves it.
    let served = steward::instances::keeping::living(&db).await.expect("the programs");
    assert!(served.len() == 1 && served[0].ends_with(&format!(", {}", living.child.id())), "{served:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_ends_gives_its_turn_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let files = folder.path().join("files");
    let mut first = Program::start(&url, &files);
    let db = Db::open(&url).await.expect("the database opens");
    until("it has the turn", async || owner(&db).await.is_some()).await;
    let second = Program::start(&url, &files);
    until("both have a number", async || names(&db).await.len() == 2).await;
    let before = owner(&db).await;
    let asked = Command::new("kill").args(["-TERM", &first.child.id().to_string()]).status().expect("kill");
    assert!(asked.success());
    let ended = tokio::task::spawn_blocking(move || {
        let status = first.child.wait();
        (status, first)
    });
    assert!(ended.await.expect("a thread").0.expect("it has ended").success());
    // At the next beat, not after the time that a dead one is waited for.
    assert_eq!(names(&db).await.len(), 1);
    until("the second has the turn", async || owner(&db).await.is_some_and(|now| Some(now) != before)).await;
    assert!(takes(&second, "one").await);
    until("its case", async || number(&db, CASES).await == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_at_one_is_heard_at_the_other() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let files = folder.path().join("files").display().to_string();
    let program = async || {
        let db = Db::open(&url).await.expect("the database opens");
        let app = App::new(db, Clock::system(), Sources::of_demo(), &files).await.expect("a program");
        start_plain_jobs(&app);
        app
    };
    let (one, other) = (program().await, program().await);
    until("each knows of the other", async || one.instances.others() == 1 && other.instances.others() == 1).await;
    assert!(one.instances.is_turn() != other.instances.is_turn(), "one of them at a time");
    let (mut here, mut there) = (one.news.subscribe(), other.news.subscribe());
    let before = other.changes.load(std::sync::atomic::Ordering::Acquire);
    one.tell("case", 4711);
    let heard = |news: steward::timeline::News| news.subject == "case" && news.subject_id == 4711;
    let waits =
        tokio::time::timeout(Duration::from_secs(20), async { while !heard(there.recv().await.expect("news")) {} });
    assert!(waits.await.is_ok(), "the other hears it");
    assert!(other.changes.load(std::sync::atomic::Ordering::Acquire) > before, "what it kept is old");
    // Its own news comes once, not back from the others.
    let mut count = 0;
    while let Ok(news) = here.try_recv() {
        count += usize::from(heard(news));
    }
    assert_eq!(count, 1);
    // More than can be told one by one is told as much; nobody waits for it.
    for id in 0..20_000 {
        one.tell("report", id);
    }
    let mut last = None;
    let waits = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match there.recv().await {
                Ok(news) if news.subject == "lagged" => return,
                Ok(news) => last = Some(news),
                // Too much for this one's own screens: they ask again for all they show.
                Err(_) => return,
            }
        }
    });
    assert!(waits.await.is_ok(), "whoever missed something hears that: {last:?}");
    one.stop();
    other.stop();
}

/// Two programs on one database, each of which knows of the other.
async fn two(url: &str, files: &std::path::Path) -> (App, App) {
    let files = files.display().to_string();
    let program = async || {
        let db = Db::open(url).await.expect("the database opens");
        let app = App::new(db, Clock::system(), Sources::of_demo(), &files).await.expect("a program");
        start_plain_jobs(&app);
        app
    };
    let (one, other) = (program().await, program().await);
    until("each knows of the other", async || one.instances.others() == 1 && other.instances.others() == 1).await;
    (one, other)
}

/// What was counted has been told and heard.
const TOLD: Duration = Duration::from_millis(3_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_holds_over_all_programs() {
    use steward::open311::answering::Who;
    use steward::people::paces::{Pace, Who as Knocking};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let (one, other) = two(&url, &folder.path().join("files")).await;
    // All of it within one minute of the clock.
    let passed = one.clock.now().0.rem_euclid(60_000);
    if passed > 35_000 {
        tokio::time::sleep(Duration::from_millis(u64::try_from(60_100 - passed).unwrap_or(0))).await;
    }
    let key = |app: &App, key: i64| app.open311.limits.count(Who::Key(key), 60, app.clock.now());
    let token = |app: &App| app.api.limits.count(Who::Key(7), 60, app.clock.now());
    let address: std::net::IpAddr = "203.0.113.7".parse().expect("an address");
    let knock = |app: &App| app.paces.admit(Pace::Report, Some(Knocking::Address(address)), app.clock.now());
    let wrong = axum::http::StatusCode::UNAUTHORIZED;
    for _ in 0..50 {
        assert_eq!(key(&one, 7), Ok(()));
        assert_eq!(token(&one), Ok(()));
        assert_eq!(knock(&one), Ok(()));
        one.paces.note(Pace::Password, Some(Knocking::Address(address)), wrong, one.clock.now());
    }
    tokio::time::sleep(TOLD).await;
    // The other knows of the fifty: of sixty a minute some ten are left, and not sixty.
    let taken = (0..60).filter(|_| key(&other, 7).is_ok()).count();
    assert_eq!(taken, 10, "a key's sixty are sixty at both together");
    assert_eq!((0..60).filter(|_| key(&other, 8).is_ok()).count(), 60, "another key has its own");
    assert_eq!((0..60).filter(|_| token(&other).is_ok()).count(), 10);
    let taken = (0..60).filter(|_| knock(&other).is_ok()).count();
    assert!((10..=20).contains(&taken), "{taken}: what was made up for meanwhile comes on top");
    let listened = other.paces.admit(Pace::Password, Some(Knocking::Address(address)), other.clock.now());
    assert!(listened.is_err(), "whoever guesses at one waits at the other");
    // And back: what is asked at the other is counted at the one.
    tokio::time::sleep(TOLD).await;
    assert!(key(&one, 7).is_err());
    // Nobody can be made out in what they told.
    let told = "select count(*) from paces_told where told like '%203.0.113%'";
    assert_eq!(number(&one.db, told).await, 0);
    assert_eq!(number(&one.db, "select count(*) from paces_told").await, 2);
    one.stop();
    other.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_case_number_comes_twice_and_no_report_gets_two_cases() {
    let Some(world) = World::quiet(On::Postgres, Sources::of_demo(), |_| None).await else { return };
    let url = Keeper::of(&world).await.url;
    let files = world.folder().join("files").display().to_string();
    let app = async || {
        let db = Db::open(&url).await.expect("the database opens");
        App::new(db, Clock::fixed(crate::world::MORNING), Sources::of_demo(), &files).await.expect("a program")
    };
    let apps = [app().await, app().await, app().await];
    let mut sent_so_far = 0;
    for round in 0..4 {
        for at in 0..10 {
            assert_eq!(sent(&world, &format!("{round}-{at}")).await.status(), 201);
            sent_so_far += 1;
        }
        // All of them follow the same news at the same moment, as when a turn goes over.
        let all = apps.iter().map(steward::cases::following::follow_once);
        for outcome in futures_util::future::join_all(all).await {
            outcome.expect("the news");
        }
        assert_eq!(number(&apps[0].db, CASES).await, sent_so_far);
    }
    assert_eq!(number(&apps[0].db, "select count(distinct number) from cases").await, sent_so_far);
    assert_eq!(number(&apps[0].db, "select count(distinct report_id) from case_reports").await, sent_so_far);
    assert_eq!(number(&apps[0].db, "select count(distinct case_id) from case_reports").await, sent_so_far);
    // One program that does not hurry numbers without gaps.
    let Some(quiet) = World::quiet(On::Postgres, Sources::of_demo(), |_| None).await else { return };
    for at in 0..5 {
        assert_eq!(sent(&quiet, &format!("quiet-{at}")).await.status(), 201);
        steward::cases::following::follow_once(&quiet.app).await.expect("the news");
    }
    let last = "select count(*) from cases where number like '%0001' or number like '%0002' or number like '%0003' \
                or number like '%0004' or number like '%0005'";
    assert_eq!(number(&quiet.app.db, last).await, 5);
}

#[test]
fn processes_that_claim_numbers_make_no_identifier_twice() {
    use steward::kit::id;
    let mut made = BTreeSet::new();
    for number in [0, 255, 7] {
        id::claim(number);
        for _ in 0..1_000 {
            let fresh = id::fresh();
            assert_eq!(fresh >> 12 & 0x1ff, number, "it carries the number");
            assert!(made.insert(fresh));
        }
    }
    // What is no number to claim changes nothing.
    id::claim(256);
    assert_eq!(id::fresh() >> 12 & 0x1ff, 7);
}

/// Somebody who looks after the server, with connections of their own.
struct Keeper {
    db: Db,
    url: String,
}

impl Keeper {
    async fn of(world: &World) -> Keeper {
        let name: Result<String, DbError> = world
            .app
            .db
            .read(|tx| async move { tx.query_one("select current_database()", params![]).await?.get(0) })
            .await;
        let server = std::env::var("STEWARD_TEST_POSTGRES").expect("the tests' server");
        let (address, _) = server.rsplit_once('/').expect("an address with a database");
        let url = format!("{address}/{}", name.expect("a name"));
        Keeper { db: Db::open(&url).await.expect("the database opens"), url }
    }

    async fn says(&self, sql: &str) {
        let sql = sql.to_owned();
        let said: Result<(), DbError> = self.db.read(move |tx| async move { tx.script(&sql).await }).await;
        said.expect("it is done");
    }

    /// Ends every connection of everybody else.
    async fn cuts(&self) {
        self.says("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()").await;
    }

    /// Lets the database be read and not written, or both again.
    async fn allows_reading_only(&self, is_so: bool) {
        let word = if is_so { "on" } else { "off" };
        self.says(&format!(
            "do $$ begin execute format('alter database %I set default_transaction_read_only = {word}', current_database()); end $$"
        ))
        .await;
        self.cuts().await;
    }
}

fn report(key: &str) -> serde_json::Value {
    serde_json::json!({ "words": format!("井盖松动 {key}"), "lon": 123.4094, "lat": 31.2180, "key": key })
}

async fn sent(world: &World, key: &str) -> reqwest::Response {
    let address = format!("{}/api/reports", world.base);
    world.visitor().client.post(address).json(&report(key)).send().await.expect("an answer")
}

/// What cannot be saved now is said, whoever reads goes on reading, and the same sending is taken once it can be.
async fn is_said(world: &World, why: &str, again: impl AsyncFnOnce()) {
    let answer = sent(world, "during").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let page = answer.text().await.expect("a page");
    assert!(page.contains("暂时无法保存") && page.contains(why), "{page}");
    assert_eq!(world.visitor().get("/reports").await.status(), 200);
    again().await;
    until("it is saved again", async || sent(world, "after").await.status() == 201).await;
    assert_eq!(sent(world, "during").await.status(), 201);
    assert_eq!(number(&world.app.db, "select count(*) from reports").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_may_only_be_read_is_said() {
    let Some(world) = World::start(On::Postgres).await else { return };
    assert_eq!(sent(&world, "before").await.status(), 201);
    let keeper = Keeper::of(&world).await;
    keeper.allows_reading_only(true).await;
    is_said(&world, "只能查询", async || keeper.allows_reading_only(false).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_program_holds_is_said() {
    let Some(world) = World::start(On::Sqlite).await else { return };
    assert_eq!(sent(&world, "before").await.status(), 201);
    let other = rusqlite::Connection::open(world.app.db.file().expect("a file")).expect("the file opens");
    other.execute_batch("begin immediate").expect("it is held");
    is_said(&world, "没有响应", async || other.execute_batch("rollback").expect("it is let go")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drops_everybody_loses_no_report() {
    let Some(world) = World::start(On::Postgres).await else { return };
    let client = crate::world::plain_client().build().expect("a client");
    let address = format!("{}/api/reports", world.base);
    let keeper = Keeper::of(&world).await;
    let mut sent = 0;
    for round in 0..4 {
        let posts = (0..12).map(|at| client.post(&address).json(&report(&format!("{round}-{at}"))).send());
        let (answers, ()) = tokio::join!(futures_util::future::join_all(posts), keeper.cuts());
        for answer in answers {
            let status = answer.expect("an answer").status();
            // A commit whose answer never came is the only thing that may not be known; then it is said.
            assert!(status == 201 || status == 503, "{status}");
            sent += i64::from(status == 201);
        }
    }
    assert!(sent >= 24, "of 48 reports {sent} were taken although every connection was cut four times");
    assert!(number(&world.app.db, "select count(*) from reports").await >= sent);
    until("every report has its case", async || {
        number(&world.app.db, CASES).await == number(&world.app.db, "select count(*) from reports").await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_keeps_what_was_there() {
    let Some(world) = World::start(On::Sqlite).await else { return };
    let visitor = world.visitor();
    let send = async |key: String| {
        let address = format!("{}/api/reports", world.base);
        visitor.client.post(address).json(&report(&key)).send().await.expect("an answer")
    };
    assert_eq!(send("before".into()).await.status(), 201);
    // As if the disk ended where the file ends now.
    let limit: Result<(), DbError> =
        world.app.db.write(|tx| async move { tx.query("pragma max_page_count = 1", params![]).await.map(drop) }).await;
    limit.expect("a limit");
    let (mut codes, mut full) = (1, None);
    for at in 0..400 {
        let answer = send(format!("during-{at}")).await;
        match answer.status().as_u16() {
            201 => codes += 1,
            503 => {
                full = Some(answer.text().await.expect("a page"));
                break;
            }
            other => panic!("{other}"),
        }
    }
    let page = full.expect("at some time it is full");
    assert!(page.contains("磁盘已满"), "{page}");
    let room: Result<(), DbError> = world
        .app
        .db
        .write(|tx| async move { tx.query("pragma max_page_count = 1000000", params![]).await.map(drop) })
        .await;
    room.expect("room again");
    until("it is saved again", async || send("after".into()).await.status() == 201).await;
    assert_eq!(
        number(&world.app.db, "select count(*) from reports").await,
        codes + 1,
        "what got a code is there, once"
    );
    let sound = world.app.db.read(|tx| async move {
        tx.query_one("select count(*) from pragma_integrity_check where integrity_check = 'ok'", params![])
            .await?
            .get::<i64>(0)
    });
    assert_eq!(sound.await.map_err(|error: DbError| error).expect("a check"), 1);
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_away() {
    let refused = Db::open("postgres://steward@127.0.0.1:1/steward").await.err().expect("nobody listens there");
    assert!(matches!(refused, DbError::Trouble(Trouble::Away, _)), "{refused:?}");
}
