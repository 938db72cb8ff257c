//! Whoever was told that something is kept finds it, once, however the program or its database came to its end: reports, photos and acts
//! under load, with the program, one of two programs or the database killed without a word at a random moment. A few rounds
//! in every run of the tests; `STEWARD_HARD=200` says how many else.

use crate::moulds;
use crate::program::Program;
use crate::world::{On, plain_client};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use steward::api::scopes::Scope;
use steward::kit::clock::Clock;
use steward::kit::db::{Db, DbError, params};
use steward::kit::id;
use steward::open311::answering::digest;

/// How many clients send at the same time.
const CLIENTS: usize = 6;
/// A unit grid of the invented city.
const CELL: &str = "990100001001002";

/// How often something is killed: `few` times, or as often as somebody wishes.
fn rounds(few: usize) -> usize {
    std::env::var("STEWARD_HARD").ok().and_then(|count| count.parse().ok()).unwrap_or(few)
}

/// A moment that nobody foresees, in milliseconds.
async fn some_time(below: u64) {
    let drawn = u64::from(u32::from_le_bytes(id::random_bytes::<4>())) % below;
    tokio::time::sleep(Duration::from_millis(drawn)).await;
}

/// PostgreSQL servers that may be killed.
pub struct Cluster(PathBuf, pub u16);

impl Cluster {
    pub fn run(words: &[&str]) -> Option<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster.sh");
        // What it starts lives on and must not hold this end of a pipe.
        let told = tempfile::NamedTempFile::new().expect("a file");
        let out = told.reopen().expect("the file");
        let ended = Command::new("sh").arg(script).args(words).stdin(Stdio::null()).stdout(out).status().expect("sh");
        if ended.code() == Some(3) {
            return None;
        }
        assert!(ended.success(), "{words:?}");
        Some(std::fs::read_to_string(told.path()).expect("what it said"))
    }

    fn told(text: &str) -> Cluster {
        let (folder, port) = text.trim().split_once(' ').expect("a folder and a port");
        Cluster(PathBuf::from(folder), port.parse().expect("a port"))
    }

    /// Nothing, said aloud, where there is no PostgreSQL.
    pub fn new() -> Option<Cluster> {
        let made = Cluster::run(&["new"]);
        if made.is_none() {
            println!("skipped: PostgreSQL 15 is not installed, so there is none of the test's own");
        }
        made.map(|text| Cluster::told(&text))
    }

    fn standby(&self) -> Cluster {
        Cluster::told(&Cluster::run(&["standby", &self.folder()]).expect("a standby"))
    }

    pub fn folder(&self) -> String {
        self.0.display().to_string()
    }

    fn is_told(&self, word: &str) {
        Cluster::run(&[word, &self.folder()]).expect("it is done");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(Cluster::run(&["gone", &self.folder()]));
    }
}

/// What was acknowledged, and what was sent.
#[derive(Default)]
struct Told {
    /// The tracking code of each key, and whether a photo went with it.
    reports: BTreeMap<String, (String, bool)>,
    /// Cases that were accepted, by number.
    acts: Vec<String>,
    sent: usize,
}

/// People at work: citizens with and without photos, and an acceptor's program. Each goes on until it gets no answer.
struct Load {
    told: Arc<Mutex<Told>>,
    token: String,
    photo: Vec<u8>,
    number: usize,
}

impl Load {
    async fn new(db: &Db) -> Load {
        let token = format!("steward_{}", id::secret());
        let (hash, now) = (digest(&token), Clock::system().now());
        let made: Result<u64, DbError> = db
            .write(move |tx| async move {
                let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.word()).collect();
                let sql = "insert into api_tokens (id, hash, name, contact, account_id, scopes, per_minute, made_at, made_by, \
                           released_at, released_by) select 1, $1, 'Load', 'nobody', id, $3, 10000000, $2, 1, \
                           cast($2 as bigint), 1 from accounts where login = 'acceptor1'";
                tx.execute(sql, params![hash, now, scopes.join(" ")]).await
            })
            .await;
        assert_eq!(made.expect("a token"), 1);
        let mut png = std::io::Cursor::new(Vec::new());
        let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 3) as u8, (y * 5) as u8, 90]));
        picture.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        Load { told: Arc::default(), token, photo: png.into_inner(), number: 0 }
    }

    /// How much was acknowledged so far.
    fn count(&self) -> usize {
        let told = self.told.lock().expect("what was told");
        told.reports.len() + told.acts.len()
    }

    /// Sets everybody to work at these programs, each client at one of them. In some of the rounds the acceptors begin alone, until one of
    /// them has accepted a case: while many report, cases are opened later, and a program that follows one that was killed waits a
    /// while before it does that one's work.
    async fn begin(&mut self, programs: &[String], round: usize) -> Vec<tokio::task::JoinHandle<()>> {
        if round % 10 != 1 {
            return self.at_work(programs, |_| true);
        }
        let before = self.acts();
        let mut clients = self.at_work(programs, is_acceptor);
        for _ in 0..1200 {
            if self.acts() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(self.acts() > before, "somebody can accept a case within two minutes");
        clients.extend(self.at_work(programs, |client| !is_acceptor(client)));
        clients
    }

    /// How many cases were accepted so far.
    fn acts(&self) -> usize {
        self.told.lock().expect("what was told").acts.len()
    }

    fn at_work(&mut self, programs: &[String], is_there: fn(usize) -> bool) -> Vec<tokio::task::JoinHandle<()>> {
        (0..CLIENTS)
            .filter(|client| is_there(*client))
            .map(|client| {
                self.number += 1;
                let (name, base) = (self.number, programs[client % programs.len()].clone());
                let (told, token, photo) = (Arc::clone(&self.told), self.token.clone(), self.photo.clone());
                tokio::spawn(async move {
                    let http = plain_client().timeout(Duration::from_secs(25)).build().expect("a client");
                    for at in 0.. {
                        let key = format!("crash-{name}-{at}");
                        told.lock().expect("what was told").sent += 1;
                        let code = match client % 3 {
                            0 => plain(&http, &base, &key).await,
                            1 => with_photo(&http, &base, &key, &photo).await,
                            _ => accepted(&http, &base, &token, &key, &told).await,
                        };
                        match code {
                            Some(Ok(code)) => {
                                let mut told = told.lock().expect("what was told");
                                told.reports.insert(key, (code, client % 3 == 1));
                            }
                            // Refused for now: nothing was promised.
                            Some(Err(())) => tokio::time::sleep(Duration::from_millis(50)).await,
                            None => return,
                        }
                    }
                })
            })
            .collect()
    }
}

/// Whether a client is an acceptor's program.
fn is_acceptor(client: usize) -> bool {
    client % 3 == 2
}

/// What an answer says of a report: its code; nothing promised; or no answer at all.
type Answer = Option<Result<String, ()>>;

async fn plain(http: &reqwest::Client, base: &str, key: &str) -> Answer {
    let report = json!({ "words": format!("路灯不亮 {key}"), "lon": 123.4094, "lat": 31.2180, "key": key });
    let answer = http.post(format!("{base}/api/reports")).json(&report).send().await.ok()?;
    match answer.status().as_u16() {
        201 => Some(Ok(answer.json::<Value>().await.ok()?["code"].as_str()?.to_owned())),
        503 => Some(Err(())),
        other => panic!("{other}: {}", answer.text().await.unwrap_or_default()),
    }
}

async fn with_photo(http: &reqwest::Client, base: &str, key: &str, photo: &[u8]) -> Answer {
    let mut form = reqwest::multipart::Form::new();
    for (name, value) in [("words", key), ("lon", "123.4094"), ("lat", "31.2180"), ("key", key), ("similar", "any")] {
        form = form.text(name, value.to_owned());
    }
    let part = reqwest::multipart::Part::bytes(photo.to_vec()).file_name("photo.png");
    let request = http.post(format!("{base}/report")).header("origin", base).multipart(form.part("photos", part));
    let answer = request.send().await.ok()?;
    match answer.status().as_u16() {
        303 => {
            let to = answer.headers()["location"].to_str().ok()?.to_owned();
            Some(Ok(to.strip_prefix("/track/")?.split('?').next()?.to_owned()))
        }
        503 => Some(Err(())),
        other => panic!("{other}: {}", answer.text().await.unwrap_or_default()),
    }
}

/// A report of the acceptor's own program, whose case it then accepts.
async fn accepted(http: &reqwest::Client, base: &str, token: &str, key: &str, told: &Mutex<Told>) -> Answer {
    let report =
        json!({ "words": format!("垃圾 {key}"), "category": "event-0110", "address": "中山路 8 号", "cell": CELL });
    let ask = |method: reqwest::Method, path: String| http.request(method, format!("{base}{path}")).bearer_auth(token);
    let request = ask(reqwest::Method::POST, "/api/v1/reports".into()).header("idempotency-key", key).json(&report);
    let answer = request.send().await.ok()?;
    if answer.status() != 201 {
        assert_eq!(answer.status(), 503);
        return Some(Err(()));
    }
    let number = answer.json::<Value>().await.ok()?["number"].as_str()?.to_owned();
    // It comes in time, or the program is killed before.
    for _ in 0..400 {
        let answer = ask(reqwest::Method::GET, format!("/api/v1/reports/{number}")).send().await.ok()?;
        let found = answer.json::<Value>().await.ok()?;
        let Some(case) = found["case"].as_str() else {
            tokio::time::sleep(Duration::from_millis(250)).await;
            continue;
        };
        let act = ask(reqwest::Method::POST, format!("/api/v1/cases/{case}/acts")).header("if-match", "*");
        let act = act.header("idempotency-key", format!("{key}-act")).json(&json!({ "act": "accept" }));
        if act.send().await.ok()?.status() == 200 {
            told.lock().expect("what was told").acts.push(case.to_owned());
        }
        break;
    }
    // Its code is its own kind of number: it is looked up by that.
    Some(Ok(number))
}

async fn rows(db: &Db, sql: &'static str) -> Vec<String> {
    let found = db.read(move |tx| async move {
        tx.query(sql, params![]).await?.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    found.await.expect("rows")
}

async fn count(db: &Db, sql: &'static str, of: String) -> i64 {
    let found = db.read(move |tx| async move { tx.query_one(sql, params![of]).await?.get::<i64>(0) }).await;
    found.map_err(|error: DbError| error).expect("a count")
}

/// The program's own words on its log of facts and its files: nothing was altered, and every file that a row knows is there.
async fn verified(db: &Db, url: &str, files: &Path) {
    // The first facts are sealed within seconds.
    for _ in 0..600 {
        if !rows(db, "select hash from fact_blocks limit 1").await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut verify = Command::new(env!("CARGO_BIN_EXE_steward"));
    let out = verify.args(["verify", "--with-files", "--database", url, "--files"]).arg(files).output();
    let out = out.expect("it runs");
    let said = [out.stdout, out.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(out.status.success(), "{said}");
    assert!(said.contains("head: block"), "something was sealed: {said}");
}

/// Looks whether everything that was promised is there, once, and nothing is there twice.
async fn look(db: &Db, load: &Load, base: &str) {
    // The program catches up, however many there are: every report has its case. After a minute without a new one nothing more comes.
    let (mut left, mut quiet) = (usize::MAX, 0);
    while left > 0 && quiet < 120 {
        let without = "select cast(id as text) from reports where not exists \
                       (select 1 from case_reports where report_id = reports.id)";
        let without = rows(db, without).await.len();
        quiet = if without < left { 0 } else { quiet + 1 };
        left = without;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let (reports, acts, sent) = {
        let told = load.told.lock().expect("what was told");
        (told.reports.clone(), told.acts.clone(), told.sent)
    };
    println!("{sent} sent; told of {} reports and {} acts", reports.len(), acts.len());
    assert!(!reports.is_empty(), "something was acknowledged");
    for (what, sql) in [
        ("reports of one key", "select idempotency_key from reports group by idempotency_key having count(*) > 1"),
        (
            "reports without their one beginning",
            "select cast(r.id as text) from reports r where (select count(*) from facts f where f.subject = 'report' \
             and f.subject_id = r.id and f.kind = 'submitted') <> 1",
        ),
        (
            "reports without their one case",
            "select cast(r.id as text) from reports r where (select count(*) from case_reports c where c.report_id = r.id) <> 1",
        ),
        (
            "cases without their one beginning",
            "select number from cases c where (select count(*) from facts f where f.subject = 'case' \
             and f.subject_id = c.id and f.kind = 'case_opened') <> 1",
        ),
        ("cases of one number", "select number from cases group by number having count(*) > 1"),
        (
            "acts that were done twice",
            "select cast(subject_id as text) from facts where subject = 'case' and kind = 'report_accepted' \
             group by subject_id having count(*) > 1",
        ),
        ("notices that came twice", "select once from notices group by account_id, once having count(*) > 1"),
        (
            "photos of nothing",
            "select cast(p.id as text) from photos p where p.subject = 'report' and not exists \
             (select 1 from reports r where r.id = p.subject_id)",
        ),
    ] {
        assert_eq!(rows(db, sql).await, Vec::<String>::new(), "{what}");
    }
    let http = plain_client().build().expect("a client");
    for (key, (code, has_photo)) in reports {
        let sql = "select count(*) from reports where code = $1 or source_number = $1 or cast(id as text) = $1";
        assert_eq!(count(db, sql, code.clone()).await, 1, "{key} was acknowledged as {code}");
        if has_photo {
            let sql = "select count(*) from photos p join reports r on r.id = p.subject_id where p.subject = 'report' and r.code = $1";
            assert_eq!(count(db, sql, code.clone()).await, 1, "{key} has its photo");
            let page =
                http.get(format!("{base}/track/{code}")).send().await.expect("an answer").text().await.expect("a page");
            let page = page.replace("&#x2f;", "/");
            let path = page.split("src=\"/photos/").nth(1).and_then(|rest| rest.split('"').next()).expect("its photo");
            let photo =
                http.get(format!("{base}/photos/{}", path.replace("&amp;", "&"))).send().await.expect("an answer");
            assert_eq!(photo.status(), 200, "the photo of {key} can be seen");
        }
    }
    for case in acts {
        let sql = "select count(*) from facts f join cases c on c.id = f.subject_id where f.subject = 'case' \
                   and f.kind = 'report_accepted' and c.number = $1";
        assert_eq!(count(db, sql, case.clone()).await, 1, "{case} was accepted");
    }
}

/// Waits until so much more was acknowledged, and a random moment longer.
async fn for_a_while(load: &Load) {
    let before = load.count();
    for _ in 0..600 {
        if load.count() >= before + 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(load.count() >= before + 3, "people get answers before the next kill");
    some_time(300).await;
}

async fn the_program_is_killed(on: On) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::settled(on, folder.path()).await else { return };
    let files = folder.path().join("files");
    let db = Db::open(&url).await.expect("the database opens");
    let mut load = Load::new(&db).await;
    for round in 0..rounds(3) {
        let program = Program::start(&url, &files);
        let clients = load.begin(std::slice::from_ref(&program.base), round).await;
        for_a_while(&load).await;
        drop(program);
        for client in clients {
            client.await.expect("a client");
        }
    }
    let program = Program::start(&url, &files);
    look(&db, &load, &program.base).await;
    verified(&db, &url, &files).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_is_killed_on_sqlite() {
    the_program_is_killed(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_is_killed_on_postgres() {
    the_program_is_killed(On::Postgres).await;
}

/// One of two programs dies while both take reports; whoever talks to the other goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_programs_is_killed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::settled(On::Postgres, folder.path()).await else { return };
    let files = folder.path().join("files");
    let db = Db::open(&url).await.expect("the database opens");
    let mut load = Load::new(&db).await;
    let mut programs = vec![Program::start(&url, &files), Program::start(&url, &files)];
    for round in 0..rounds(2) {
        let bases: Vec<String> = programs.iter().map(|program| program.base.clone()).collect();
        let clients = load.begin(&bases, round).await;
        for_a_while(&load).await;
        drop(programs.remove(usize::from(id::random_bytes::<1>()[0] & 1)));
        for_a_while(&load).await;
        let left = load.count();
        programs.push(Program::start(&url, &files));
        for client in clients {
            // Those of the living program go on for ever.
            client.abort();
            drop(client.await);
        }
        assert!(load.count() >= left);
    }
    look(&db, &load, &programs[0].base).await;
    verified(&db, &url, &files).await;
}

/// The database dies and comes back; the program stays, and says meanwhile that nothing can be saved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_killed() {
    let Some(cluster) = Cluster::new() else { return };
    let url = format!("postgres://steward@127.0.0.1:{}/steward", cluster.1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = settle(&url).await;
    let mut load = Load::new(&db).await;
    let files = folder.path().join("files");
    let program = Program::start(&url, &files);
    for round in 0..rounds(2) {
        let clients = load.begin(std::slice::from_ref(&program.base), round).await;
        for_a_while(&load).await;
        cluster.is_told("kill");
        some_time(1_500).await;
        cluster.is_told("again");
        for_a_while(&load).await;
        for client in clients {
            client.abort();
            drop(client.await);
        }
    }
    let db = Db::open(&url).await.expect("the database opens");
    look(&db, &load, &program.base).await;
    verified(&db, &url, &files).await;
}

/// The first server dies for good and its standby takes over: whoever got a code finds the report there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over() {
    let Some(first) = Cluster::new() else { return };
    let db = settle(&format!("postgres://steward@127.0.0.1:{}/steward", first.1)).await;
    let mut load = Load::new(&db).await;
    let second = first.standby();
    let url = format!(
        "postgres://steward@127.0.0.1:{},127.0.0.1:{}/steward?target_session_attrs=read-write",
        first.1, second.1
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = folder.path().join("files");
    let program = Program::start(&url, &files);
    let clients = load.begin(std::slice::from_ref(&program.base), 0).await;
    for_a_while(&load).await;
    first.is_told("kill");
    second.is_told("promote");
    for_a_while(&load).await;
    for client in clients {
        client.abort();
        drop(client.await);
    }
    let db = Db::open(&url).await.expect("the database opens");
    look(&db, &load, &program.base).await;
    verified(&db, &url, &files).await;
}

/// The invented city in an empty database.
async fn settle(url: &str) -> Db {
    let sources = steward::kit::sources::Sources::of_demo();
    let db = Db::open(url).await.expect("the database opens");
    db.migrate(sources.migrations()).await.expect("the tables are made");
    steward::demo::settle(&db, &sources, Clock::system().now()).await.expect("the city is settled");
    db
}

/// An open screen listens for news for as long as it is open; the program ends all the same when it is asked to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_screen_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::empty(On::Sqlite, folder.path()).await else { return };
    let program = Program::start(&url, &folder.path().join("files"));
    let news = reqwest::get(format!("{}/live/public", program.base)).await.expect("a stream");
    assert_eq!(news.status(), 200);
    let asked = Command::new("kill").args(["-TERM", &program.child.id().to_string()]).status().expect("kill");
    assert!(asked.success());
    // The stream comes to its end, and so does the program: without being killed.
    let end = tokio::time::timeout(std::time::Duration::from_secs(60), news.bytes()).await;
    assert!(end.is_ok(), "the stream goes on although the program should end");
    let status = tokio::task::spawn_blocking(move || {
        let mut program = program;
        program.child.wait()
    })
    .await
    .expect("a thread");
    assert!(status.expect("it has ended").success());
}
