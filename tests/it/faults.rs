//! What people read, and what is still there afterwards, when something that the program stands on fails: the store of files is
//! away, the database is slow, hangs or holds a lock, the clock is put back, two press the same button. A full disk, one that may only be read and a lost
//! connection are in `instances.rs`; the program and its database that are killed in `crashes.rs`.

use crate::browser::{Browser, photo, words};
use crate::gates::city_with;
use crate::moulds;
use crate::on_both;
use crate::photos::{keys, s3_server};
use crate::program::Program;
use crate::stories::{CELL, Cast, Citizen, Story};
use crate::world::{MORNING, On, World, plain_client};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use steward::kit::db::{Db, DbError, params};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A line to a server that can be slow, stuck or cut.
#[derive(Default)]
struct Line {
    is_cut: AtomicBool,
    /// How many connections there were.
    connections: AtomicU64,
    /// Up to this one nothing is carried any more, and none of them is closed.
    stuck: AtomicU64,
    /// How long every piece is held back, in milliseconds.
    delay: AtomicU64,
}

impl Line {
    /// To the server of this database; answers the line and the database's address at its beginning.
    async fn to_database(url: &str) -> (Arc<Line>, String) {
        let server = url.split('@').nth(1).and_then(|rest| rest.split('/').next()).expect("a server");
        let (line, near) = Line::to(server.to_owned()).await;
        (line, url.replace(server, &near))
    }

    /// Begins to carry; answers the line and where it begins.
    async fn to(server: String) -> (Arc<Line>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let line = Arc::new(Line::default());
        let held = Arc::clone(&line);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if held.is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&server).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                let number = held.connections.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::spawn(carry(near_in, far_out, Arc::clone(&held), number));
                tokio::spawn(carry(far_in, near_out, Arc::clone(&held), number));
            }
        });
        (line, address)
    }

    fn cuts(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }

    /// Whatever is connected, and whoever connects, waits for ever.
    fn hangs(&self) {
        self.stuck.store(u64::MAX, Ordering::SeqCst);
    }

    /// Whoever connects from now on is served; the connections of before hang for ever.
    fn is_mended(&self) {
        self.stuck.store(self.connections.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn delays(&self, milliseconds: u64) {
        self.delay.store(milliseconds, Ordering::SeqCst);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: Arc<Line>, number: u64) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        while line.stuck.load(Ordering::SeqCst) >= number {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if line.is_cut.load(Ordering::SeqCst) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(line.delay.load(Ordering::SeqCst))).await;
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    let found = db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get::<i64>(0) }).await;
    found.map_err(|error: DbError| error).expect("a number")
}

/// A report by the form, with a photograph or without.
async fn report(base: &str, key: &str, picture: Option<Vec<u8>>) -> reqwest::Response {
    let mut form = reqwest::multipart::Form::new();
    for (name, value) in [
        ("words", format!("井盖松动 {key}")),
        ("lon", "123.4094".to_owned()),
        ("lat", "31.2180".to_owned()),
        ("contact_phone", "13900001234".to_owned()),
        ("key", format!("faults-{key}")),
        ("similar", "any".to_owned()),
    ] {
        form = form.text(name, value);
    }
    if let Some(bytes) = picture {
        form = form.part("photos", reqwest::multipart::Part::bytes(bytes).file_name("photo.jpg"));
    }
    let client = plain_client().build().expect("a client");
    let sent = client.post(format!("{base}/report")).header("origin", base).multipart(form).send();
    sent.await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_files_that_is_away_is_said_and_nothing_typed_is_lost() {
    let (folder, bucket) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let Some(url) = moulds::settled(On::Sqlite, folder.path()).await else { return };
    let server = s3_server(bucket.path()).await;
    let (line, near) = Line::to(server.trim_start_matches("http://").to_owned()).await;
    let keys = keys(&format!("http://{near}"), "a secret of ours");
    let program = Program::with(&url, Path::new("s3://steward/city"), &keys);
    let client = plain_client().build().expect("a client");
    let get = async |path: &str| client.get(format!("{}{path}", program.base)).send().await.expect("an answer");

    let taken = report(&program.base, "before", Some(photo("manhole-before"))).await;
    assert_eq!(taken.status(), 303);
    let track = crate::world::location(&taken).split('?').next().unwrap_or_default().to_owned();
    let page = get(&track).await.text().await.expect("a page").replace("&#x2f;", "/").replace("&amp;", "&");
    let picture = page.split("src=\"/photos/").nth(1).and_then(|rest| rest.split('"').next()).expect("its photo");
    let picture = format!("/photos/{picture}");
    assert_eq!(get(&picture).await.status(), 200);

    // Away: the form comes back with its words, whoever sends no photo is served, pages stand with a field in the photo's place.
    line.cuts(true);
    let lost = report(&program.base, "during", Some(photo("manhole-after"))).await;
    assert_eq!(lost.status(), 503);
    assert!(lost.headers().contains_key("retry-after"));
    let page = lost.text().await.expect("a page");
    assert!(page.contains("照片暂时无法保存"), "{}", words(&page));
    for typed in ["井盖松动 during", "13900001234", "faults-during"] {
        assert!(page.contains(typed), "{typed} is still there: {}", words(&page));
    }
    assert_eq!(report(&program.base, "plain", None).await.status(), 303);
    assert_eq!(get(&track).await.status(), 200);
    let field = get(&picture).await;
    assert_eq!(field.status(), 503);
    assert_eq!(field.headers()["content-type"], "image/svg+xml");
    assert_eq!(field.headers()["cache-control"], "no-store");
    assert_eq!(get("/health").await.status(), 200);

    // There again, by itself.
    line.cuts(false);
    assert_eq!(report(&program.base, "during", Some(photo("manhole-after"))).await.status(), 303);
    assert_eq!(get(&picture).await.status(), 200);
}

/// A report of a program, the same for a number however often it is sent.
async fn plain_report(client: &reqwest::Client, base: &str, key: usize) -> reqwest::Response {
    let (words, key) = (format!("路灯不亮 {key}"), format!("slow-{key}"));
    let report = serde_json::json!({ "words": words, "lon": 123.4094, "lat": 31.2180, "key": key });
    client.post(format!("{base}/api/reports")).json(&report).send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_database_is_waited_for_within_bounds_and_nothing_is_there_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let (line, near) = Line::to_database(&url).await;
    let program = Program::start(&near, &folder.path().join("files"));
    let client = plain_client().timeout(Duration::from_secs(120)).build().expect("a client");
    line.delays(300);
    let began = Instant::now();
    let health = async {
        for _ in 0..5 {
            let asked = Instant::now();
            let answer = client.get(format!("{}/health", program.base)).send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            assert!(asked.elapsed() < Duration::from_secs(5), "whoever looks after the program is not kept waiting");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let (answers, ()) = tokio::join!(
        futures_util::future::join_all((0..6).map(|key| plain_report(&client, &program.base, key))),
        health
    );
    assert!(began.elapsed() < Duration::from_secs(110), "{:?}", began.elapsed());
    for answer in answers {
        let is_said = answer.status() == 503 && answer.headers().contains_key("retry-after");
        assert!(answer.status() == 201 || is_said, "{}", answer.status());
    }
    line.delays(0);
    let db = Db::open(&url).await.expect("the database opens");
    for key in 0..6 {
        let began = Instant::now();
        while plain_report(&client, &program.base, key).await.status() != 201 {
            assert!(began.elapsed() < Duration::from_secs(60), "it is taken once the database is quick again");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    assert_eq!(number(&db, "select count(*) from reports").await, 6, "sent twice, there once");
    let began = Instant::now();
    while number(&db, "select count(*) from cases").await < 6 {
        assert!(began.elapsed() < Duration::from_secs(60), "every report has its case");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(number(&db, "select count(*) from case_reports").await, 6);
}

/// The invented city, in which nobody waits long for the database.
const HASTY: &str = "[gates]\ndatabase_seconds = 2\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_listens_notices_a_database_that_hangs() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let (line, near) = Line::to_database(&url).await;
    let db = Db::open(&near).await.expect("the database opens");
    let (send, mut news) = tokio::sync::mpsc::unbounded_channel();
    let listening = tokio::spawn(async move {
        db.hear(move |words| drop(send.send(words.to_owned()))).await.expect_err("it ends with the connection")
    });
    let teller = Db::open(&url).await.expect("the database opens");
    let mut told = async || {
        teller.notify("news".into()).await.expect("told");
        tokio::time::timeout(Duration::from_secs(1), news.recv()).await.ok().flatten()
    };
    let began = Instant::now();
    while told().await.is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "it is heard");
    }
    // Nobody closes the connection, and nothing comes any more.
    line.hangs();
    let ended =
        tokio::time::timeout(Duration::from_secs(60), listening).await.expect("it is noticed").expect("no panic");
    assert!(ended.to_string().contains("does not answer"), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_holds_nobody_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let (line, near) = Line::to_database(&url).await;
    let (_city, sources) = city_with(&[], HASTY);
    let world = World::reached(&near, folder, sources).await;
    steward::app::start_jobs(&world.app);
    let client = plain_client().timeout(Duration::from_secs(120)).build().expect("a client");
    assert_eq!(plain_report(&client, &world.base, 0).await.status(), 201);

    // More than there are connections, and the program's own jobs beside them.
    line.hangs();
    let began = Instant::now();
    let get = async |path: &str| client.get(format!("{}{path}", world.base)).send().await.expect("an answer");
    let reads = ["/track/R3J7-K2M9-Q8ZT", "/healthz"];
    let (written, read, health) = tokio::join!(
        futures_util::future::join_all((1..=30).map(|key| plain_report(&client, &world.base, key))),
        futures_util::future::join_all(reads.iter().cycle().take(12).map(|path| get(path))),
        get("/health")
    );
    assert_eq!(health.status(), 200);
    for answer in written {
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
    for (answer, path) in read.into_iter().zip(reads.iter().cycle()) {
        assert_eq!(answer.status(), 503, "{path}");
        if path.starts_with("/track/") {
            assert!(answer.headers().contains_key("retry-after"));
            let page = answer.text().await.expect("a page");
            assert!(page.contains("数据库暂时没有响应"), "{}", words(&page));
        }
    }
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());

    // Mended: what hung is given up, and there are connections for everybody.
    line.is_mended();
    let db = Db::open(&url).await.expect("the database opens");
    for key in 0..=30 {
        let began = Instant::now();
        while plain_report(&client, &world.base, key).await.status() != 201 {
            assert!(began.elapsed() < Duration::from_secs(60), "it is taken once the database answers again");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    assert_eq!(number(&db, "select count(*) from reports").await, 31, "sent again and again, there once");
    assert_eq!(get("/track/R3J7-K2M9-Q8ZT").await.status(), 404);
}

const BLOCKED: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_a_lock_is_told_and_waits_no_longer() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let (_city, sources) = city_with(&[], HASTY);
    let world = World::reached(&url, folder, sources).await;
    let client = plain_client().timeout(Duration::from_secs(120)).build().expect("a client");
    assert_eq!(plain_report(&client, &world.base, 0).await.status(), 201);

    let (holder, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("the server");
    tokio::spawn(connection);
    holder.batch_execute("begin; lock table reports in access exclusive mode").await.expect("it is locked");
    for answer in futures_util::future::join_all((1..=3).map(|key| plain_report(&client, &world.base, key))).await {
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
    // The server has heard that nobody waits any more; what needs no lock was served all the time.
    let db = Db::open(&url).await.expect("the database opens");
    let began = Instant::now();
    while number(&db, BLOCKED).await > 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "the server goes on with what was given up");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(client.get(format!("{}/healthz", world.base)).send().await.expect("an answer").status(), 200);

    holder.batch_execute("rollback").await.expect("it is let go");
    for key in 0..=3 {
        assert_eq!(plain_report(&client, &world.base, key).await.status(), 201);
    }
    assert_eq!(number(&db, "select count(*) from reports").await, 4);
}

on_both!(a_report_that_appears_late_has_its_case_all_the_same, |world: World| async move {
    let db = &world.app.db;
    let client = plain_client().build().expect("a client");
    assert_eq!(plain_report(&client, &world.base, 0).await.status(), 201);
    let cases = async |wanted: i64| {
        for _ in 0..400 {
            if number(db, "select count(*) from case_reports").await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{wanted} reports have cases");
    };
    cases(1).await;
    // Another program's transaction took a minute, or its clock is so far behind: what it wrote stands before what was read already.
    let late = number(db, "select max(id) from facts").await - (60_000 << 21);
    let written: Result<(), DbError> = db
        .write(move |tx| async move {
            let report = "insert into reports (id, code, idempotency_key, words, coordinate_system, address, grid_code, district_code, \
                          street_code, community_code, area_name, code_set, kind, category_code, category_name, contact_name, \
                          contact_phone, photos, source, source_number, language, stage, received_at) select $1, 'LATE', 'LATE', words, \
                          coordinate_system, address, grid_code, district_code, street_code, community_code, area_name, code_set, kind, \
                          category_code, category_name, '', '', '', source, '', language, 'received', received_at - 60000 from reports";
            tx.execute(report, params![late]).await?;
            let fact = "insert into facts (id, subject, subject_id, kind, is_public, at, body) select $1, subject, cast($1 as bigint), kind, \
                        is_public, at - 60000, body from facts where subject = 'report' and kind = 'submitted'";
            tx.execute(fact, params![late]).await.map(drop)
        })
        .await;
    written.expect("it is written");
    // Whoever puts facts in order finds it within minutes, and tells those who read the log.
    steward::timeline::feed::place(&world.app, steward::timeline::reading::LATE).await.expect("facts are placed");
    cases(2).await;
});

const RANG: &str = "select count(*) from facts where kind in ('timer_near', 'timer_passed')";

on_both!(a_clock_that_is_put_back_changes_no_order_and_rings_nothing_twice, |world: World| async move {
    const HOUR: i64 = 3_600_000;
    let cast = Cast::of(&world).await;
    let text = "路口的井盖翘起来了，夜里看不见";
    Citizen::reports(&world, text, &[("address", "望澜路 8 号门前")]).await;
    let mut story = Story::of(&world, &cast, text).await;
    story.does(&cast.acceptor, "accept", &[]).await;
    let ends = number(&world.app.db, "select max(ends_at) from sessions").await;

    // An hour back: everything goes on, each step behind the one before it, and no session lasts longer for it.
    world.clock.set(MORNING.plus(-HOUR));
    story.does(&cast.acceptor, "locate", &[("cell", CELL)]).await;
    story.does(&cast.acceptor, "ask-check", &[]).await;
    story.shows(&cast.keeper, "check", &[("found", "yes"), ("note", "属实")], "manhole-before").await;
    story.does(&cast.acceptor, "file", &[("standard", "井盖")]).await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    for path in ["/", "/reports", "/status", "/sign-in"] {
        assert_eq!(world.visitor().get(path).await.status(), 200, "{path}");
    }
    for path in ["/desk", "/account", "/account/sessions"] {
        assert_eq!(cast.acceptor.look(path).await.status, 200, "{path}");
    }
    assert_eq!(number(&world.app.db, "select max(ends_at) from sessions").await, ends);

    // Far enough for every clock to have rung; back and there again, none rings once more.
    let later = MORNING.plus(90 * 24 * HOUR);
    let all_ring = async || {
        for _ in 0..4 {
            steward::cases::watching::sweep(&world.app).await.expect("the clocks are looked at");
        }
    };
    world.clock.set(later);
    all_ring().await;
    let rang = number(&world.app.db, RANG).await;
    assert!(rang > 0, "a clock rings");
    world.clock.set(later.plus(-HOUR));
    all_ring().await;
    world.clock.set(later);
    all_ring().await;
    assert_eq!(number(&world.app.db, RANG).await, rang);
});

on_both!(two_who_press_at_once_are_told_apart, |world: World| async move {
    let cast = Cast::of(&world).await;
    let text = "桥栏杆断了一截";
    Citizen::reports(&world, text, &[("address", "望澜路 8 号门前")]).await;
    let story = Story::of(&world, &cast, text).await;
    let other = Browser::signed_in(&world, "acceptor1").await;
    let one = story.form(&cast.acceptor, "accept", &[("note", "先到的话")]).await;
    let second = story.form(&other, "accept", &[("note", "后到的话")]).await;
    let (first, second) = tokio::join!(cast.acceptor.send(&one), other.send(&second));
    let mut both = [(first, "先到的话"), (second, "后到的话")];
    both.sort_by_key(|(answer, _)| answer.status);
    let [(won, _), (lost, typed)] = &both;
    assert_eq!((won.status, lost.status), (303, 422), "{}", words(&lost.text));
    let told = words(&lost.text);
    assert!(told.contains(typed), "nothing typed is lost: {told}");
    let accepted = "select count(*) from facts where kind = 'report_accepted' and subject = 'case'";
    assert_eq!(number(&world.app.db, accepted).await, 1, "it is done once");
});
