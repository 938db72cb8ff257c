//! Exchanging with other systems: with a second installation through a wire that can be cut anywhere, and with an invented system that
//! keeps the specification loosely.

use crate::on_each;
use crate::world::{On, Visitor, World, location};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use steward::exchange::running::round;
use steward::kit::db::{DbError, params};
use steward::kit::id::{self, Id};
use steward::open311::answering::digest;
use steward::open311::store::{Key, make_key};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const MINUTE: i64 = 60_000;
const SECRET: &str = "our-key-at-their-place";

/// Where a wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before anything of the question has arrived.
    BeforeRequest,
    /// After the question has arrived and was worked on, before anything of the answer.
    AfterRequest,
    /// In the middle of the answer.
    MidAnswer,
}

pub(crate) const CUTS: [Cut; 3] = [Cut::BeforeRequest, Cut::AfterRequest, Cut::MidAnswer];

/// A wire between two systems, for one question a connection.
pub(crate) struct Wire {
    pub(crate) base: String,
    next: Arc<Mutex<VecDeque<Option<Cut>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// A wire to an address; `is_plain` takes the headers of ours out, as if the other system did not know them.
    pub(crate) async fn to(target: SocketAddr, is_plain: bool) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (next, asked) = (Arc::<Mutex<VecDeque<Option<Cut>>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (cuts, lines) = (next.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let cut = cuts.lock().expect("the cuts").pop_front().flatten();
                let lines = lines.clone();
                tokio::spawn(async move { carry(client, target, cut, is_plain, &lines).await });
            }
        });
        Wire { base, next, asked }
    }

    /// Cuts the next connection there, those after that not.
    pub(crate) fn cut(&self, at: Cut) {
        self.next.lock().expect("the cuts").push_back(Some(at));
    }

    /// Lets the next connection pass.
    pub(crate) fn pass(&self) {
        self.next.lock().expect("the cuts").push_back(None);
    }

    fn heal(&self) {
        self.next.lock().expect("the cuts").clear();
    }

    /// What was asked since the last time: methods and paths.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("the questions"))
    }
}

/// Reads one request: its head and its body.
async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok()).flatten()
            });
            let mut body = bytes.split_off(at + 4);
            while body.len() < length.unwrap_or(0) {
                match stream.read(&mut part).await.ok()? {
                    0 => return None,
                    count => body.extend_from_slice(&part[..count]),
                }
            }
            return Some((head, body));
        }
        match stream.read(&mut part).await.ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}

async fn carry(
    mut client: TcpStream,
    target: SocketAddr,
    cut: Option<Cut>,
    is_plain: bool,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    let (head, body) = request(&mut client).await?;
    if cut == Some(Cut::BeforeRequest) {
        return None;
    }
    asked.lock().expect("the questions").push(head.lines().next().unwrap_or_default().to_owned());
    let kept = head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        name != "connection" && !(is_plain && name == "idempotency-key")
    });
    let head = kept.collect::<Vec<_>>().join("\r\n");
    let mut server = TcpStream::connect(target).await.ok()?;
    server.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes()).await.ok()?;
    server.write_all(&body).await.ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.ok()?;
    if is_plain {
        // Names of extensions are those of another system's.
        let text = String::from_utf8_lossy(&answer)
            .replace("open311-extensions: idempotency-key", "open311-extensions: nothing");
        answer = text.into_bytes();
    }
    match cut {
        Some(Cut::AfterRequest) => return None,
        Some(_) => {
            let half = answer.len() * 2 / 3;
            client.write_all(&answer[..half]).await.ok()?;
        }
        None => client.write_all(&answer).await.ok()?,
    }
    client.shutdown().await.ok()
}

/// Two installations and a wire from the first to the second.
struct Two {
    here: World,
    there: World,
    wire: Wire,
    partner: Id,
}

async fn two(on: On, is_exact: bool) -> Option<Two> {
    let here = World::still(on).await?;
    let there = World::still(on).await?;
    let key = Key {
        id: id::fresh(),
        name: "Neighbour".into(),
        contact: "Ms Wang".into(),
        jurisdiction: String::new(),
        per_minute: 0,
        may_submit: true,
        may_update: true,
        is_test: false,
        made_at: there.clock.now(),
        used_at: None,
        revoked_at: None,
    };
    let made: Result<(), DbError> =
        there.app.db.write(move |tx| async move { make_key(&tx, &key, &digest(SECRET), 1).await }).await;
    made.expect("a key");
    let address = there.base.trim_start_matches("http://").parse().expect("an address");
    let wire = Wire::to(address, !is_exact).await;
    let administrator = signed_in(&here, "sysadmin").await;
    let discovery = format!("{}/open311/discovery.json", wire.base);
    let partner = set_up(&administrator, &discovery, &[("takes", "updates")]).await;
    let two = Two { here, there, wire, partner };
    let row = two.row("select is_exact, has_updates, url, trouble from partners where id = $1").await;
    assert_eq!(row, json!([i64::from(is_exact), 1, format!("{}/open311/v2", two.wire.base), ""]));
    Some(two)
}

pub(crate) async fn signed_in(world: &World, login: &str) -> Visitor {
    let visitor = world.visitor();
    let form = [("login", login), ("password", steward::demo::PASSWORD)];
    assert_eq!(visitor.post("/sign-in", &form).await.status(), 303, "{login} signs in");
    // The clock goes on for days here, and nobody signs in again.
    let later = world.app.db.write(|tx| async move {
        tx.execute("update sessions set ends_at = ends_at + $1", params![90 * 24 * 60 * MINUTE]).await
    });
    later.await.map_err(|error: DbError| error).expect("sessions");
    visitor
}

/// Sets a partner up on the administrator's pages, and takes it into use.
async fn set_up(administrator: &Visitor, discovery: &str, more: &[(&str, &str)]) -> Id {
    let mut form = vec![
        ("name", "邻市城管"),
        ("contact", "王女士 555-0100"),
        ("discovery", discovery),
        ("secret", SECRET),
        ("format", "json"),
        ("language", "zh-Hans"),
    ];
    let made = administrator.post("/admin/partners", &form).await;
    assert_eq!(made.status(), 303, "{}", made.text().await.expect("a page"));
    let to = location(&made);
    form.retain(|(name, _)| *name != "secret");
    form.extend([
        ("sends", "by_hand"),
        ("takes", "updates"),
        ("is_told", "1"),
        ("is_active", "1"),
        ("services", "event-0110 = event-0110\n* > other"),
    ]);
    for (name, value) in more {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    let changed = administrator.post(&to, &form).await;
    assert_eq!(changed.status(), 303, "{}", changed.text().await.expect("a page"));
    to.rsplit('/').next().and_then(|id| id.parse().ok()).expect("its number")
}

pub(crate) async fn rows(world: &World, sql: &str, of: Id) -> Vec<Value> {
    let sql = sql.to_owned();
    let found: Result<Vec<Value>, DbError> = world
        .app
        .db
        .read(move |tx| async move {
            let with = if sql.contains("$1") { params![of] } else { params![] };
            let rows = tx.query(&sql, with).await?;
            let read = |row: &steward::kit::db::Row| {
                let mut cells = Vec::new();
                for at in 0.. {
                    let cell = match (row.get::<Option<i64>>(at), row.get::<Option<String>>(at)) {
                        (Ok(Some(number)), _) => json!(number),
                        (_, Ok(Some(text))) => json!(text),
                        (Ok(None), _) => Value::Null,
                        _ => break,
                    };
                    cells.push(cell);
                }
                Value::Array(cells)
            };
            Ok(rows.iter().map(read).collect())
        })
        .await;
    found.expect("rows")
}

impl Two {
    async fn row(&self, sql: &str) -> Value {
        rows(&self.here, sql, self.partner).await.first().cloned().unwrap_or_default()
    }

    /// Lets both clocks go on.
    fn later(&self, by: i64) {
        let now = self.here.clock.now().plus(by);
        self.here.clock.set(now);
        self.there.clock.set(now);
    }

    /// Goes round until nothing is due.
    async fn settle(&self) {
        for _ in 0..12 {
            self.later(20 * MINUTE);
            round(&self.here.app).await.expect("a round");
        }
    }

    /// What was told from there, in its order.
    async fn told_here(&self, report: Id) -> Vec<String> {
        let sql =
            "select body from facts where subject = 'report' and kind = 'partner_told' and subject_id = $1 order by id";
        let found = rows(&self.here, sql, report).await;
        found.iter().map(|row| body(&row[0])["words"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What we told there, in its order.
    async fn told_there(&self, report: Id) -> Vec<String> {
        let sql = "select body from facts where subject = 'report' and kind in ('words_added', 'reopen_asked') and subject_id = $1 order by id";
        let found = rows(&self.there, sql, report).await;
        found.iter().map(|row| body(&row[0])["words"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The reports that we sent there.
    async fn reports_there(&self) -> Vec<Id> {
        let found = rows(&self.there, "select report_id from open311_requests order by report_id", 0).await;
        found.iter().map(|row| row[0].as_i64().expect("a number")).collect()
    }
}

fn body(cell: &Value) -> Value {
    serde_json::from_str(cell.as_str().unwrap_or_default()).unwrap_or_default()
}

/// A citizen reports here; answers the report and its case.
pub(crate) async fn reported(world: &World, words: &str) -> (Id, Id) {
    let visitor = world.visitor();
    let form = [
        ("words", words),
        ("lon", "123.414"),
        ("lat", "31.2093"),
        ("category", "event-0110"),
        ("similar", "any"),
        ("contact_name", "王小明"),
        ("contact_phone", "13800138000"),
    ];
    let kept = visitor.post("/report", &form).await;
    assert_eq!(kept.status(), 303, "{}", kept.text().await.expect("a page"));
    steward::cases::following::follow_once(&world.app).await.expect("cases are opened");
    let found = rows(world, "select report_id, case_id from case_reports order by report_id desc", 0).await;
    (found[0][0].as_i64().expect("a report"), found[0][1].as_i64().expect("a case"))
}

/// Something happens to a report, as its case would let it.
async fn happen(world: &World, report: Id, kind: &'static str, body: Value) {
    let at = world.clock.now();
    let done: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            steward::reports::store::record(&tx, report, kind, true, None, at, body).await?;
            steward::reports::store::follow_fact(&tx, report, kind, at, None, None).await
        })
        .await;
    done.expect("it happens");
    world.app.tell("report", report);
}

/// Sends a case on by its page, and answers the exchange.
async fn send_on(two: &Two, desk: &Visitor, case: Id) -> Id {
    let form = [("case", case.to_string()), ("partner", two.partner.to_string())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sent = desk.post("/exchanges", &form).await;
    assert_eq!(sent.status(), 303, "{}", sent.text().await.expect("a page"));
    let again = desk.post("/exchanges", &form).await;
    assert_eq!(location(&again), location(&sent), "sent twice, it is one");
    location(&sent).rsplit('/').next().and_then(|id| id.parse().ok()).expect("its number")
}

/// The whole way of one case between two installations, cut at each step at each place.
async fn each_step_is_cut(on: On, is_exact: bool) {
    let Some(two) = two(on, is_exact).await else { return };
    let desk = signed_in(&two.here, "acceptor1").await;
    for (turn, cut) in CUTS.into_iter().enumerate() {
        let before = two.reports_there().await.len();
        let (report, case) = reported(&two.here, &format!("垃圾三天没人收 {turn}，电话 13800138000")).await;
        let page = desk.page(&format!("/exchanges/new?case={case}")).await;
        assert!(page.contains("邻市城管") && !page.contains("13800138000"), "what leaves is what everybody may read");
        let exchange = send_on(&two, &desk, case).await;
        two.wire.asked();
        // The report itself.
        two.wire.cut(cut);
        round(&two.here.app).await.expect("a round");
        let arrived = usize::from(cut != Cut::BeforeRequest);
        assert_eq!(two.reports_there().await.len(), before + arrived, "{cut:?}");
        let page = desk.page("/exchanges").await;
        assert!(page.contains("核对中"), "{cut:?}: what is not known is said");
        two.settle().await;
        let there = two.reports_there().await;
        assert_eq!(there.len(), before + 1, "{cut:?}: there once");
        let theirs = *there.last().expect("a report");
        let known = rows(&two.here, "select theirs from exchanges where id = $1", exchange).await;
        assert_eq!(known[0][0], json!(theirs.to_string()), "{cut:?}: under its number");
        let words =
            rows(&two.there, "select words, contact_name, contact_phone from reports where id = $1", theirs).await;
        assert!(
            words[0][0].as_str().is_some_and(|words| words.contains("垃圾三天没人收")
                && words.contains("CS-")
                && !words.contains("138"))
        );
        assert_eq!((&words[0][1], &words[0][2]), (&json!(""), &json!("")), "nobody's name leaves");
        // What they tell.
        happen(&two.there, theirs, "report_accepted", json!({})).await;
        two.later(20 * MINUTE);
        two.wire.cut(cut);
        round(&two.here.app).await.expect("a round");
        two.settle().await;
        assert_eq!(two.told_here(report).await.len(), 1, "{cut:?}: told once");
        // What we tell.
        happen(&two.here, report, "words_added", json!({ "words": format!("还是没人收 {turn}") })).await;
        two.later(20 * MINUTE);
        two.wire.cut(cut);
        round(&two.here.app).await.expect("a round");
        happen(&two.there, theirs, "case_closed", json!({ "note": "已清理" })).await;
        two.settle().await;
        let told = two.told_there(theirs).await;
        assert_eq!(told.len(), 1, "{cut:?}: {told:?}");
        assert!(told[0].contains(&format!("还是没人收 {turn}")));
        let told = two.told_here(report).await;
        assert_eq!(told.len(), 2, "{cut:?}: what we said does not come back: {told:?}");
        assert!(told[1].contains("已清理"), "{told:?}");
        for lang in ["zh-Hans", "en"] {
            let page = desk.page(&format!("/exchanges/{exchange}?lang={lang}")).await;
            assert!(page.contains("已清理") && page.contains(&theirs.to_string()), "{lang}");
        }
        desk.page("/?lang=zh-Hans").await;
        let page = desk.page(&format!("/cases/{case}")).await;
        assert!(page.contains(&format!("/exchanges/{exchange}")) && page.contains("已清理"), "the case says so");
    }
    let page = two.here.visitor().page(&format!("/reports/{}", reports_of(&two).await)).await;
    assert!(page.contains("已转有关单位") && page.contains("邻市城管"), "the citizen reads it");
    let page = desk.page("/exchanges?lang=en").await;
    assert!(page.contains("Everything has arrived."));
}

async fn reports_of(two: &Two) -> Id {
    rows(&two.here, "select report_id from exchanges order by id desc", 0).await[0][0].as_i64().expect("a report")
}

on_each!(a_case_goes_there_and_back_over_a_wire_that_is_cut, |on: On| each_step_is_cut(on, true));
on_each!(so_it_does_where_the_other_system_knows_nothing_of_sending_again, |on: On| each_step_is_cut(on, false));

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

on_each!(whatever_is_cut_nothing_is_lost_and_nothing_is_there_twice, |on: On| async move {
    for (seed, is_exact) in [(1, true), (2, true), (3, false)] {
        let Some(two) = two(on, is_exact).await else { return };
        let (mut dice, desk) = (Dice(seed), signed_in(&two.here, "acceptor1").await);
        let mut shared: Vec<(Id, Vec<String>)> = Vec::new();
        for step in 0..30 {
            match dice.roll(6) {
                0 if shared.len() < 3 => {
                    let (report, case) = reported(&two.here, &format!("垃圾 {seed} {step}")).await;
                    send_on(&two, &desk, case).await;
                    shared.push((report, Vec::new()));
                }
                1 | 2 if !shared.is_empty() => {
                    let at = usize::try_from(dice.roll(shared.len() as u64)).expect("a place");
                    let words = format!("补充 {seed} {step}");
                    happen(&two.here, shared[at].0, "words_added", json!({ "words": words })).await;
                    shared[at].1.push(words);
                }
                3 => {
                    let there = two.reports_there().await;
                    if !there.is_empty() {
                        let at = usize::try_from(dice.roll(there.len() as u64)).expect("a place");
                        let kind = ["report_accepted", "case_dispatched", "task_accepted"]
                            [usize::try_from(dice.roll(3)).expect("one")];
                        happen(&two.there, there[at], kind, json!({})).await;
                    }
                }
                _ => {}
            }
            for _ in 0..dice.roll(4) {
                let cut = CUTS[usize::try_from(dice.roll(3)).expect("one")];
                two.wire.next.lock().expect("the cuts").push_back((dice.roll(2) == 0).then_some(cut));
            }
            let by = i64::try_from(dice.roll(15)).expect("minutes");
            two.later(by * MINUTE);
            round(&two.here.app).await.expect("a round");
        }
        two.wire.heal();
        for _ in 0..4 {
            two.settle().await;
        }
        let there = two.reports_there().await;
        assert_eq!(there.len(), shared.len(), "seed {seed}: each report is there once");
        for (report, words) in &shared {
            let theirs = rows(&two.here, "select theirs from exchanges where report_id = $1", *report).await;
            let theirs: Id = theirs[0][0].as_str().expect("a number").parse().expect("a number");
            let told = two.told_there(theirs).await;
            assert_eq!(told.len(), words.len(), "seed {seed}: {told:?} of {words:?}");
            for (told, said) in told.iter().zip(words) {
                assert!(told.contains(said), "seed {seed}: in their order: {told:?} of {words:?}");
            }
            let sql = "select id from facts where subject = 'report' and is_public = 1 and subject_id = $1 \
                       and kind in ('report_accepted', 'case_dispatched', 'task_accepted')";
            let happened = rows(&two.there, sql, theirs).await.len();
            assert_eq!(
                two.told_here(*report).await.len(),
                happened,
                "seed {seed}: all that happened there is told here"
            );
        }
        let left = rows(&two.here, "select count(*) from exchange_outbox where state <> 'done'", 0).await;
        assert_eq!(left[0][0], json!(0), "seed {seed}");
    }
});

/// What an invented system answers: status, headers and body, for a method, an address and a form.
type Answers = Arc<dyn Fn(&str, &str, &str) -> (u16, &'static str, String) + Send + Sync>;

/// An invented system.
async fn other(answers: Answers) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let lines = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let Some((head, body)) = request(&mut client).await else { continue };
            let mut words = head.lines().next().unwrap_or_default().split(' ');
            let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let body = String::from_utf8_lossy(&body).into_owned();
            lines.lock().expect("the questions").push(format!("{method} {path} {body}"));
            let (status, headers, text) = answers(method, path, &body);
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{text}",
                text.len()
            );
            let _ = client.write_all(answer.as_bytes()).await;
        }
    });
    (base, asked)
}

on_each!(a_loose_system_is_spoken_to_in_its_own_way, |on: On| async move {
    let Some(here) = World::still(on).await else { return };
    // It has neither discovery nor updates, speaks XML, gives tokens, is busy at first, and tells nothing but a status.
    let turn = Arc::new(Mutex::new((0, "open", "")));
    let shared = turn.clone();
    let answers: Answers = Arc::new(move |method: &str, path: &str, body: &str| {
        let mut turn = shared.lock().expect("the turn");
        let xml = "content-type: application/xml\r\n";
        if path.starts_with("/api/services.xml") {
            let text = "<services><service><service_code>7</service_code><service_name>Rubbish &amp; co</service_name></service></services>";
            return (200, xml, text.to_owned());
        }
        if method == "POST" {
            assert!(
                body.contains("service_code=7")
                    && body.contains("api_key=our-key")
                    && body.contains("attribute%5BPLACE%5D=street")
            );
            turn.0 += 1;
            return match turn.0 {
                1 => (429, "retry-after: 3600\r\n", "slow down".to_owned()),
                2 => (400, xml, "<errors><error><code>400</code><description>PLACE is not known here</description></error></errors>".to_owned()),
                _ => (200, xml, "<service_requests><request><token>t-1</token></request></service_requests>".to_owned()),
            };
        }
        if path.starts_with("/api/tokens/t-1.xml") {
            turn.0 += 1;
            let id = if turn.0 > 5 { "<service_request_id>0815</service_request_id>" } else { "<service_request_id/>" };
            return (
                200,
                xml,
                format!("<service_requests><request>{id}<token>t-1</token></request></service_requests>"),
            );
        }
        if path.starts_with("/api/requests.xml?service_request_id=0815") {
            let text = format!(
                "<requests><request><service_request_id>0815</service_request_id><status>{}</status><status_notes>{}</status_notes></request></requests>",
                turn.1, turn.2
            );
            return (200, xml, text);
        }
        (
            404,
            "content-type: text/html\r\n",
            "<html><head><title>404 Not Found</title></head><body>gone</body></html>".to_owned(),
        )
    });
    let (base, asked) = other(answers).await;
    let administrator = signed_in(&here, "sysadmin").await;
    let services = "event-0110 > 7; PLACE=street";
    let partner = set_up(&administrator, &format!("{base}/api"), &[("format", "xml"), ("services", services)]).await;
    let page = administrator.page(&format!("/admin/partners/{partner}?lang=en")).await;
    assert!(page.contains("Rubbish &amp; co") && page.contains("the status is looked at instead"), "{page}");
    assert!(!page.contains(SECRET), "the key is never shown");
    assert!(administrator.page("/admin/partners?lang=zh-Hans").await.contains("正常"));
    let desk = signed_in(&here, "acceptor1").await;
    let (report, case) = reported(&here, "垃圾三天没人收").await;
    let form = [("case", case.to_string()), ("partner", partner.to_string())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let exchange = location(&desk.post("/exchanges", &form).await);
    let at = |minutes: i64| here.clock.set(here.clock.now().plus(minutes * MINUTE));
    let posts = || asked.lock().expect("the questions").iter().filter(|line| line.starts_with("POST")).count();
    round(&here.app).await.expect("a round");
    assert_eq!(posts(), 1);
    at(30);
    round(&here.app).await.expect("a round");
    assert_eq!(posts(), 1, "it asked to be left alone for an hour");
    at(31);
    round(&here.app).await.expect("a round");
    assert_eq!(posts(), 2);
    for lang in ["zh-Hans", "en"] {
        for path in ["/exchanges", exchange.as_str()] {
            let page = desk.page(&format!("{path}?lang={lang}")).await;
            assert!(page.contains("PLACE is not known here"), "{path} {lang}: they are quoted");
        }
    }
    at(600);
    round(&here.app).await.expect("a round");
    assert_eq!(posts(), 2, "what is refused waits for somebody");
    assert_eq!(desk.post(&format!("{exchange}/retry"), &[]).await.status(), 303);
    round(&here.app).await.expect("a round");
    assert_eq!(posts(), 3);
    for _ in 0..6 {
        at(400);
        round(&here.app).await.expect("a round");
    }
    let page = desk.page(&format!("{exchange}?lang=en")).await;
    assert!(page.contains("0815") && page.contains("Arrived"), "{page}");
    {
        let mut turn = turn.lock().expect("the turn");
        (turn.1, turn.2) = ("closed", "swept on Tuesday");
    }
    for _ in 0..3 {
        at(400);
        round(&here.app).await.expect("a round");
    }
    let sql = "select body from facts where subject = 'report' and kind = 'partner_told' and subject_id = $1";
    let told = rows(&here, sql, report).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(body(&told[0][0])["words"], "swept on Tuesday");
    assert_eq!(posts(), 3, "it is told nothing that it does not know");
    // Giving up wants a reason.
    let (_, case) = reported(&here, "又有垃圾").await;
    let form = [("case", case.to_string()), ("partner", partner.to_string())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let exchange = location(&desk.post("/exchanges", &form).await);
    assert_eq!(desk.post(&format!("{exchange}/give-up"), &[("reason", "")]).await.status(), 422);
    assert_eq!(desk.post(&format!("{exchange}/give-up"), &[("reason", "已电话告知")]).await.status(), 303);
    round(&here.app).await.expect("a round");
    assert_eq!(posts(), 3, "what was given up is not sent");
    assert_eq!(desk.post(&format!("{exchange}/give-up"), &[("reason", "again")]).await.status(), 404);
    assert!(desk.page(&format!("{exchange}?lang=zh-Hans")).await.contains("已放弃"));
    assert_eq!(desk.get("/admin/partners").await.status(), 403);
});

on_each!(requests_of_others_become_reports_once, |on: On| async move {
    let Some(here) = World::still(on).await else { return };
    let answers: Answers = Arc::new(|_: &str, path: &str, _: &str| {
        let json = "content-type: application/json\r\n";
        if path.starts_with("/services.json") {
            return (
                200,
                json,
                json!({ "services": [{ "service_code": 3, "service_name": "Bins", "metadata": "false" }] }).to_string(),
            );
        }
        if path.starts_with("/servicerequestupdates.json") {
            // The reporter there says more, twice the same.
            let update = json!({ "update_id": 9, "service_request_id": 1, "status": "OPEN", "description": "it smells",
                "updated_datetime": "2026-03-10T03:00:00Z" });
            return (200, json, json!({ "service_request_updates": [update.clone(), update] }).to_string());
        }
        if path.starts_with("/requests.json") {
            let row = |id: Value, lat: Value, more: Value| {
                let mut row = json!({ "service_request_id": id, "status": "open", "service_code": 3, "lat": lat, "long": "123.414",
                    "requested_datetime": "2026-03-10T02:30:00Z", "agency_responsible": { "recipient": ["X"] },
                    "description": "bin is full\r\ncall 13800138000" });
                row.as_object_mut().expect("a row").extend(more.as_object().expect("more").clone());
                row
            };
            let all = json!({ "service_requests": [
                row(json!(1), json!(31.2093), json!({})),
                row(json!(1), json!(31.2093), json!({})),
                row(json!("outside"), json!("51.5"), json!({})),
                row(json!("copy"), json!(31.2093), json!({ "attributes": [{ "code": "origin", "value": "elsewhere" }] })),
                row(json!("strange"), json!(31.2093), json!({ "service_code": "unknown" })),
                row(json!("closed"), json!(31.2093), json!({ "status": "closed" })),
            ] });
            return (200, json, all.to_string());
        }
        (404, "", String::new())
    });
    let (base, _) = other(answers).await;
    let administrator = signed_in(&here, "sysadmin").await;
    let more = [("takes", "requests"), ("services", "event-0110 < 3"), ("is_told", "")];
    let partner = set_up(&administrator, &base, &more).await;
    for _ in 0..3 {
        round(&here.app).await.expect("a round");
        here.clock.set(here.clock.now().plus(20 * MINUTE));
    }
    let found = rows(
        &here,
        "select r.id, r.words, r.source_number, r.category_code from exchanges e join reports r on r.id = e.report_id",
        0,
    )
    .await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0][1], &found[0][2], &found[0][3]),
        (&json!("bin is full\ncall 13800138000"), &json!("1"), &json!("0110"))
    );
    let report = found[0][0].as_i64().expect("a number");
    let said = rows(
        &here,
        "select body from facts where subject = 'report' and kind = 'words_added' and subject_id = $1",
        report,
    )
    .await;
    assert_eq!(said.len(), 1, "{said:?}");
    // Whoever fetches from us sees that it is a copy.
    let told = here.visitor().page(&format!("/open311/v2/requests/{report}.json?extensions=true")).await;
    assert!(told.contains("\"code\":\"origin\"") && told.contains("bin is full") && !told.contains("13800138000"));
    for lang in ["zh-Hans", "en"] {
        let page = administrator.page(&format!("/admin/partners/{partner}?lang={lang}")).await;
        assert!(page.contains(">outside<"), "what cannot be taken is shown");
    }
    assert_eq!(administrator.post(&format!("/admin/partners/{partner}/strays"), &[]).await.status(), 303);
    round(&here.app).await.expect("a round");
    assert!(
        administrator.page(&format!("/admin/partners/{partner}")).await.contains(">outside<"),
        "it is tried again, in vain"
    );
});

on_each!(rules_send_by_themselves, |on: On| async move {
    let Some(two) = two(on, true).await else { return };
    let administrator = signed_in(&two.here, "sysadmin").await;
    let path = format!("/admin/partners/{}", two.partner);
    let discovery = format!("{}/open311/discovery.json", two.wire.base);
    let form = |rules: &'static str, services: &'static str, revision: String| {
        vec![
            ("name".to_owned(), "邻市城管".to_owned()),
            ("contact".to_owned(), "王女士".to_owned()),
            ("discovery".to_owned(), discovery.clone()),
            ("format".to_owned(), "xml".to_owned()),
            ("language".to_owned(), "en".to_owned()),
            ("sends".to_owned(), "by_rule".to_owned()),
            ("takes".to_owned(), "updates".to_owned()),
            ("is_active".to_owned(), "1".to_owned()),
            ("is_told".to_owned(), "1".to_owned()),
            ("services".to_owned(), services.to_owned()),
            ("rules".to_owned(), rules.to_owned()),
            ("revision".to_owned(), revision),
        ]
    };
    let post = async |form: Vec<(String, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        administrator.post(&path, &form).await
    };
    let refused = post(form("event-0110", "event-0110 = event-0110", String::new())).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.expect("a page").contains("event-0110 = event-0110"), "what was typed is kept");
    assert_eq!(post(form("event-0110 *", "weather = 1", String::new())).await.status(), 422);
    assert_eq!(post(form("event-0110 *", "event-0110 = event-0110", String::new())).await.status(), 303);
    assert_eq!(
        post(form("event-0110 *", "event-0110 = event-0110", "0".into())).await.status(),
        409,
        "somebody was faster"
    );
    let (early, _) = reported(&two.here, "桥洞下有垃圾").await;
    round(&two.here.app).await.expect("a round");
    assert_eq!(two.reports_there().await.len(), 0, "nobody has taken it on yet");
    two.later(MINUTE);
    happen(&two.here, early, "report_accepted", json!({})).await;
    for _ in 0..3 {
        two.later(10 * MINUTE);
        round(&two.here.app).await.expect("a round");
    }
    let there = two.reports_there().await;
    assert_eq!(there.len(), 1, "sent once, by XML");
    let words = rows(&two.there, "select words from reports where id = $1", there[0]).await;
    assert!(words[0][0].as_str().is_some_and(|words| words.contains("Ref. CS-")), "in their language");
});

on_each!(what_is_in_the_way_is_said_when_a_partner_is_set_up, |on: On| async move {
    let Some(world) = World::still(on).await else { return };
    let administrator = signed_in(&world, "sysadmin").await;
    let form = |discovery: &'static str| {
        [
            ("name", "X"),
            ("contact", "Y"),
            ("discovery", discovery),
            ("format", "json"),
            ("language", "en"),
            ("secret", SECRET),
        ]
    };
    for (discovery, words) in [("file:///etc/passwd", "无法访问"), ("", "填写")] {
        let answer = administrator.post("/admin/partners", &form(discovery)).await;
        assert_eq!(answer.status(), 422, "{discovery}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(words), "{discovery}: {page}");
    }
    assert!(administrator.page("/admin/partners?lang=en").await.contains("There are no partners yet."));
});
