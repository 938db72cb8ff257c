//! Notices over HTTP, SMTP and web push: told once, in the reader's words, at the right hour, with failures in sight.

use crate::browser::{Browser, words};
use crate::on_both;
use crate::people::{PASSWORD, people, sign_in};
use crate::world::{MORNING, On, World};
use aws_lc_rs::agreement::PrivateKey;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use steward::app::{App, start_jobs};
use steward::kit::clock::Moment;
use steward::kit::error::Error;
use steward::kit::id::Id;
use steward::kit::sources::Sources;
use steward::law::Calendar;
use steward::notices::delivery::{Delivery, FaultKind, State};
use steward::notices::leaving::{Leave, Why};
use steward::notices::notice::{Channel, Notice, Urgency};
use steward::notices::person::{Address, Preferences, Wish};
use steward::notices::{sealing, sending, sms, store};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

// ---- servers at the other end ----

/// An e-mail server that keeps what it is given.
#[derive(Clone, Default)]
pub struct Post {
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    /// What it answers to the next e-mails, before it takes them again.
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    auth: Arc<Mutex<Vec<String>>>,
}

impl Post {
    pub async fn open() -> Post {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let post = Post { port: listener.local_addr().expect("an address").port(), ..Post::default() };
        let own = post.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move { own.talk(line).await });
            }
        });
        post
    }

    /// One conversation of RFC 5321.
    async fn talk(self, line: tokio::net::TcpStream) {
        let (read, mut write) = line.into_split();
        let mut lines = BufReader::new(read).lines();
        drop(write.write_all(b"220 post.example ESMTP\r\n").await);
        let (mut envelope, mut data) = (String::new(), None::<String>);
        while let Ok(Some(said)) = lines.next_line().await {
            let answer = match (&mut data, said.split(':').next().unwrap_or_default()) {
                (Some(text), _) if said != "." => {
                    text.push_str(said.strip_prefix('.').unwrap_or(&said));
                    text.push('\n');
                    continue;
                }
                (Some(text), _) => {
                    let answer = self.answers.lock().expect("a queue").pop_front().unwrap_or("250 kept");
                    if answer.starts_with("250") {
                        self.mails.lock().expect("a list").push(format!("{envelope}{text}"));
                    }
                    (data, envelope) = (None, String::new());
                    answer
                }
                (None, "MAIL FROM" | "RCPT TO") => {
                    envelope.push_str(&format!("{said}\n"));
                    if said.contains("nobody@") { "550 5.1.1 <nobody@example.cn>: no such user" } else { "250 well" }
                }
                (None, "DATA") => {
                    data = Some(String::new());
                    "354 go on"
                }
                (None, "QUIT") => "221 bye",
                (None, word) if word.starts_with("EHLO") => "250-post.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                (None, word) if word.starts_with("AUTH") => {
                    self.auth.lock().expect("a list").push(said.clone());
                    "235 welcome"
                }
                _ => "250 well",
            };
            drop(write.write_all(format!("{answer}\r\n").as_bytes()).await);
        }
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("a list").iter().map(|mail| decoded(mail)).collect()
    }

    fn answer(&self, answers: &[&'static str]) {
        self.answers.lock().expect("a queue").extend(answers);
    }
}

/// An e-mail with its encoded words, lines and parts in plain text.
fn decoded(mail: &str) -> String {
    let mut text = String::new();
    for (number, part) in mail.split("\n\n").enumerate() {
        let of =
            |bytes: Result<Vec<u8>, base64::DecodeError>| bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let block: String = part.lines().take_while(|line| !line.starts_with("--")).collect();
        let body = (number > 0).then(|| of(BASE64_STANDARD.decode(block.trim()))).flatten();
        match body {
            Some(body) => text.push_str(&body),
            None if number == 0 => text.push_str(part),
            None => text.push_str(&quoted(part)),
        }
        text.push('\n');
    }
    // Encoded words (RFC 2047), which may stand on several lines.
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("=?utf-8?b?") {
        let (before, word) = rest.split_at(at);
        let (word, after) = word["=?utf-8?b?".len()..].split_once("?=").unwrap_or((word, ""));
        if !before.trim().is_empty() || plain.is_empty() {
            plain.push_str(before);
        }
        let bytes = BASE64_STANDARD.decode(word).unwrap_or_default();
        plain.push_str(&String::from_utf8_lossy(&bytes));
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// Quoted-printable in plain text; anything else as it is.
fn quoted(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.filter(|_| *first == b'=').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub type Asked = (String, HeaderMap, Vec<u8>);

/// A gateway, or a push service: an HTTP server that keeps what it is asked.
#[derive(Clone, Default)]
pub struct Gateway {
    pub origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// What it answers to the next requests, before it takes them again.
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
}

impl Gateway {
    pub async fn open() -> Gateway {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let gateway = Gateway { origin, ..Gateway::default() };
        let own = gateway.clone();
        let take = move |uri: axum::http::Uri, headers: HeaderMap, body: axum::body::Bytes| {
            let own = own.clone();
            async move {
                own.asked.lock().expect("a list").push((uri.path().to_owned(), headers, body.to_vec()));
                let answer = own.answers.lock().expect("a queue").pop_front();
                let (status, body) = answer.unwrap_or((200, "{\"code\": 0}"));
                (StatusCode::from_u16(status).expect("a status"), body)
            }
        };
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(take)).await });
        gateway
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("a list").clone()
    }

    pub fn answer(&self, answers: &[(u16, &'static str)]) {
        self.answers.lock().expect("a queue").extend(answers);
    }
}

// ---- a city with all ways out ----

struct City {
    world: World,
    post: Post,
    gateway: Gateway,
    service: Gateway,
    accounts: BTreeMap<steward::people::act::Post, Id>,
    sources: Sources,
    folder: tempfile::TempDir,
}

fn secret(name: &str) -> Option<String> {
    match name {
        "STEWARD_SMTP_PASSWORD" => Some("smtp-s3cret".into()),
        "STEWARD_SMS_TOKEN" => Some("sms-t0ken".into()),
        "STEWARD_SMS_SECRET" => Some("sms-k3y".into()),
        _ => None,
    }
}

async fn city(on: On) -> Option<City> {
    let (post, gateway, service) = (Post::open().await, Gateway::open().await, Gateway::open().await);
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Sources::of_demo();
    for name in ["departments.csv", "people.csv"] {
        std::fs::write(folder.path().join(name), demo.bytes(name).expect("a file")).expect("a file");
    }
    let settings =
        demo.text("city.toml").expect("settings").replace("public_url = \"\"", "public_url = \"https://city.example\"");
    let notices = format!(
        r#"
[notices.smtp]
host = "127.0.0.1"
port = {}
security = "none"
from = "望澜城市管家 <notice@city.example>"
user = "steward"
[notices.push]
contact = "mailto:it@city.example"
services = ["{}"]
[notices.sms]
url = "{}/send"
fields = {{ phone = "{{to}}", content = "【望澜】{{title}}：{{text}}", serial = "{{id}}" }}
answer = {{ code = 0 }}
"#,
        post.port, service.origin, gateway.origin
    );
    std::fs::write(folder.path().join("city.toml"), settings + &notices).expect("settings");
    let sources = Sources::of_city(folder.path());
    let world = World::with_secrets(on, sources.clone(), secret).await?;
    let accounts = people(&world).await;
    Some(City { world, post, gateway, service, accounts, sources, folder })
}

macro_rules! in_both_cities {
    ($name:ident, $body:expr) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                if let Some(city) = city(On::Sqlite).await {
                    $body(city).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(city) = city(On::Postgres).await {
                    $body(city).await;
                }
            }
        }
    };
}

/// A moment of the city's clock, such as `2026-03-14T10:00`.
fn at(calendar: &Calendar, local: &str) -> Moment {
    let local: jiff::civil::DateTime = local.parse().expect("a local moment");
    calendar.moment(local.date(), local.time())
}

async fn browser(world: &World, login: &str) -> Browser {
    let (visitor, response) = sign_in(world, login, PASSWORD).await;
    assert_eq!(response.status(), 303, "{login}");
    Browser { visitor }
}

fn notice(to: Id, what: &str, urgency: Urgency) -> Notice {
    let args = vec![("way", what.to_owned())];
    Notice { to, kind: "test", args, link: "/desk?from=notice".into(), urgency, once: what.to_owned() }
}

async fn send(world: &World, notices: &[Notice]) {
    let (notices, now) = (notices.to_vec(), world.clock.now());
    let sent = world.app.db.write(move |tx| async move {
        for notice in &notices {
            store::send(&tx, notice, now).await?;
        }
        Ok::<_, Error>(())
    });
    sent.await.expect("sent");
    world.app.tell("case", 1);
}

/// All deliveries, oldest first. On PostgreSQL one may move from state to state while they are read, so it is read until
/// two readings agree.
async fn outbox(world: &World) -> Vec<Delivery> {
    let mut last = looked(world).await;
    loop {
        let now = looked(world).await;
        if now == last {
            return now;
        }
        last = now;
    }
}

async fn looked(world: &World) -> Vec<Delivery> {
    let read = world.app.db.read(|tx| async move {
        let mut all = Vec::new();
        for state in State::ALL {
            all.extend(store::deliveries(&tx, *state, i64::MAX).await?.rows);
        }
        Ok::<_, Error>(all)
    });
    let mut all = read.await.expect("deliveries");
    all.sort_by_key(|one| one.id);
    all
}

async fn states(world: &World) -> Vec<&'static str> {
    outbox(world).await.iter().map(|one| one.state.word()).collect()
}

/// Waits until the deliveries are in these states.
async fn until(world: &World, wanted: &[&str]) {
    for _ in 0..400 {
        if states(world).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("wanted {wanted:?}, found {:?}", outbox(world).await);
}

/// Waits until the first delivery was tried so often and waits again.
async fn tried(world: &World, times: i64) -> Delivery {
    for _ in 0..400 {
        let one = outbox(world).await.into_iter().next();
        if let Some(one) = one.filter(|one| one.tries == times && one.state == State::Waiting) {
            return one;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("wanted {times} tries, found {:?}", outbox(world).await);
}

/// Gives somebody a confirmed address without the way there.
async fn reachable(world: &World, account: Id, channel: Channel, address: &'static str) {
    let kept = world.app.db.write(move |tx| async move {
        let known = store::address(&tx, account, channel).await?;
        Ok::<_, Error>(store::save_address(&tx, &Address { address: address.into(), ..known }).await?)
    });
    kept.await.expect("an address");
}

async fn wish(world: &World, account: Id, wishes: Preferences) {
    let saved = world
        .app
        .db
        .write(move |tx| async move { Ok::<_, Error>(store::save_preferences(&tx, account, &wishes).await?) });
    saved.await.expect("wishes");
}

use steward::people::act::Post as Job;

// ---- in the program ----

on_both!(bare notices_stand_in_the_program, |world: World| async move {
    let accounts = people(&world).await;
    let acceptor = accounts[&Job::Acceptor];
    let desk = browser(&world, "acceptor1").await;
    let read = desk.reads("/notices").await;
    assert!(read.contains("还没有通知"), "{read}");
    assert!(!desk.page("/desk").await.contains("class=\"badge\" aria-hidden"), "no badge without a notice");

    let one = |what: &str, urgency| notice(acceptor, what, urgency);
    send(&world, &[one("电子邮件", Urgency::Ordinary), one("短信", Urgency::Urgent), one("短信", Urgency::Urgent)])
        .await;
    send(&world, &[notice(accounts[&Job::Dispatcher], "别人的", Urgency::Ordinary)]).await;
    let read = desk.reads("/notices").await;
    assert!(read.contains("2 条未读通知") && read.contains("紧急"), "the same mark is told once: {read}");
    assert!(!read.contains("别人的"), "{read}");
    let (sms, mail) = (read.find("短信发出").expect("one"), read.find("电子邮件发出").expect("the other"));
    assert!(sms < mail, "newest first: {read}");
    let english = desk.reads("/notices?lang=en").await;
    assert!(
        english.contains("2 unread notices") && english.contains("Urgent") && !english.contains("notices-"),
        "{english}"
    );
    drop(desk.page("/notices?lang=zh-Hans").await);
    assert!(desk.reads("/desk").await.contains("2 条未读通知"), "the bell is on every page");

    // The door of a notice marks it and goes on; nobody else's door opens.
    let page = desk.page("/notices").await;
    let ids: Vec<String> = page
        .split("href=\"/notices/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    assert_eq!(ids.len(), 2, "{page}");
    let opened = desk.look(&format!("/notices/{}", ids[0])).await;
    assert_eq!((opened.status, opened.location.as_str()), (303, "/desk?from=notice"));
    let dispatcher = browser(&world, "dispatcher1").await;
    assert_eq!(dispatcher.look(&format!("/notices/{}", ids[0])).await.status, 404);
    let action = format!("/notices/{}/read", ids[1]);
    let form = desk.form("/notices?show=unread", &action).await;
    assert_eq!(dispatcher.send(&form).await.status, 404);
    let marked = desk.send(&form).await;
    assert_eq!((marked.status, marked.location.as_str()), (303, "/notices?show=unread"));
    let read = desk.reads("/notices?show=unread").await;
    assert!(read.contains("没有未读通知"), "{read}");
    assert!(dispatcher.reads("/notices").await.contains("1 条未读通知"));

    // All at once, but not what came after the page was drawn; and long lists have pages.
    let many: Vec<Notice> = (0..120).map(|number| one(&format!("第 {number} 号"), Urgency::Ordinary)).collect();
    send(&world, &many).await;
    let page = desk.page("/notices").await;
    assert!(page.contains(">99+<"), "a bell counts to a hundred");
    let all = desk.form("/notices", "/notices/read").await;
    send(&world, &[one("刚到的", Urgency::Ordinary)]).await;
    assert_eq!(desk.send(&all).await.status, 303);
    let read = desk.reads("/notices?show=unread").await;
    assert!(read.contains("1 条未读通知") && read.contains("刚到的"), "{read}");
    let (mut path, mut seen) = ("/notices".to_owned(), 0);
    loop {
        let page = desk.page(&path).await;
        seen += page.matches("class=\"notice-main\"").count();
        let Some(next) = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
            break;
        };
        path = crate::browser::plain(next);
    }
    assert_eq!(seen, 123);
});

on_both!(bare open_screens_hear_of_their_own_notices, |world: World| async move {
    let accounts = people(&world).await;
    let (own, other) = (browser(&world, "acceptor1").await, browser(&world, "dispatcher1").await);
    let mut heard = own.visitor.get("/live").await;
    let mut other_heard = other.visitor.get("/live").await;
    // Nobody says so: the sender finds out by itself, as it would of another program's notices; of those that were sent before it began
    // to look nobody is told, so they are sent until one is heard of.
    let told = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let (one, now) = (notice(accounts[&Job::Acceptor], "夜间出动", Urgency::Urgent), world.clock.now());
            let sent = world.app.db.write(move |tx| async move { Ok::<_, Error>(store::send(&tx, &one, now).await?) });
            sent.await.expect("sent");
            if let Ok(told) = tokio::time::timeout(Duration::from_secs(5), heard.chunk()).await {
                return told;
            }
        }
    });
    let told = told.await.expect("in time").expect("a stream");
    let told = String::from_utf8_lossy(&told.expect("an event")).into_owned();
    assert!(told.contains("event: notices") && told.contains(&accounts[&Job::Acceptor].to_string()), "{told}");
    let not_told = tokio::time::timeout(Duration::from_millis(700), other_heard.chunk()).await;
    assert!(not_told.is_err(), "{not_told:?}");
    // What they then ask for: the bell, which calls out what is urgent.
    let bell = own.page("/notices/bell").await;
    assert!(bell.contains("id=\"bell\"") && bell.contains("data-urgent-title=\"测试通知\""), "{bell}");
    assert!(!bell.contains("<html"), "the bell alone");
    world.clock.set(world.clock.now().plus(11 * MINUTE));
    assert!(!own.page("/notices/bell").await.contains("data-urgent"), "an old one is not called out");
});

// ---- e-mail ----

in_both_cities!(an_address_is_proved_and_then_used, |city: City| async move {
    let (world, acceptor) = (&city.world, city.accounts[&Job::Acceptor]);
    let own = browser(world, "acceptor1").await;
    assert!(own.page("/account").await.contains("href=\"/account/notices\""));
    let mut form = own.form("/account/notices", "/account/notices/email/address").await;
    form.put("address", "su wanqing");
    let refused = own.send(&form).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("su wanqing") && words(&refused.text).contains("完整的邮箱地址"),
        "what was typed stays"
    );
    form.put("address", "su.wanqing@example.gov.cn");
    let asked = own.send(&form).await;
    assert_eq!(asked.status, 303, "{}", words(&asked.text));
    assert!(own.reads(&asked.location).await.contains("验证码已发出"));
    let mail = city.post.mails().pop().expect("an e-mail");
    let code = mail.split("验证码是 ").nth(1).and_then(|rest| rest.get(..6)).expect("a code").to_owned();
    assert!(mail.contains("RCPT TO:<su.wanqing@example.gov.cn>") && mail.contains("望澜城市管家"), "{mail}");
    assert!(!city.post.auth.lock().expect("a list").is_empty(), "the password was used");

    // A code that cannot be sent says so, and need not be waited for.
    let leader = browser(world, "leader").await;
    let mut wrong = leader.form("/account/notices", "/account/notices/email/address").await;
    wrong.put("address", "nobody@example.cn");
    for _ in 0..2 {
        let refused = leader.send(&wrong).await;
        assert!(refused.status == 422 && refused.text.contains("nobody@example.cn"), "what was typed stays");
        assert!(words(&refused.text).contains("没有发出去：对方的服务器拒绝了"), "{}", words(&refused.text));
    }

    // Until the code has come back, nothing goes there.
    send(world, &[notice(acceptor, "太早", Urgency::Urgent)]).await;
    assert_eq!(outbox(world).await, []);
    let again = own.send(&form).await;
    assert!(again.status == 422 && words(&again.text).contains("一分钟后再试"), "{}", words(&again.text));
    let mut form = own.form("/account/notices", "/account/notices/email/code").await;
    form.put("code", if code == "000000" { "000001" } else { "000000" });
    let wrong = own.send(&form).await;
    assert!(wrong.status == 422 && words(&wrong.text).contains("还可以再试 4 次"), "{}", words(&wrong.text));
    form.put("code", &code);
    let right = own.send(&form).await;
    assert_eq!(right.status, 303, "{}", words(&right.text));
    let read = own.reads(&right.location).await;
    assert!(
        read.contains("验证通过") && read.contains("已验证") && read.contains("su.wanqing@example.gov.cn"),
        "{read}"
    );

    send(world, &[notice(acceptor, "一条命令", Urgency::Urgent)]).await;
    until(world, &["sent"]).await;
    let mail = city.post.mails().pop().expect("an e-mail");
    for part in [
        "Subject: 【望澜城市管家】测试通知",
        "通过一条命令发出",
        "https://city.example/notices/",
        "https://city.example/account/notices",
        "Auto-Submitted: auto-generated",
        "Importance: high",
        "Message-ID: <notice-",
        "MAIL FROM:<notice@city.example>",
    ] {
        assert!(mail.contains(part), "{part} is not in {mail}");
    }
    // In the language that its reader chose.
    let mut form = own.form("/account/notices", "/account/notices").await;
    form.choose("lang", "en");
    assert_eq!(own.send(&form).await.status, 303);
    send(world, &[notice(acceptor, "hand", Urgency::Urgent)]).await;
    until(world, &["sent", "sent"]).await;
    let mail = city.post.mails().pop().expect("an e-mail");
    assert!(mail.contains("[Wanglan City Steward] A test") && mail.contains("was sent by hand"), "{mail}");

    // Taken away, it is not used any more.
    let remove = own.form("/account/notices", "/account/notices/email/remove").await;
    assert_eq!(own.send(&remove).await.status, 303);
    send(world, &[notice(acceptor, "太迟", Urgency::Urgent)]).await;
    assert_eq!(outbox(world).await.len(), 2);
    let audit = browser(world, "auditadmin").await.reads("/audit/changes").await;
    assert!(audit.contains("验证通知地址") && audit.contains("删除通知地址"), "{audit}");
    assert!(!audit.contains("example.gov.cn"), "addresses are nobody's business: {audit}");
});

in_both_cities!(an_email_server_that_refuses, |city: City| async move {
    let (world, acceptor) = (&city.world, city.accounts[&Job::Acceptor]);
    reachable(world, acceptor, Channel::Email, "su@example.cn").await;
    city.post.answer(&["451 4.3.0 try later"]);
    send(world, &[notice(acceptor, "第一", Urgency::Urgent)]).await;
    let one = tried(world, 1).await;
    assert_eq!((one.fault, one.tries, one.due_at), (Some(FaultKind::Refused), 1, MORNING.plus(MINUTE)));
    assert!(one.detail.contains("451"), "{}", one.detail);
    world.clock.set(MORNING.plus(MINUTE));
    until(world, &["sent"]).await;
    let first = city.post.mails().pop().expect("an e-mail");

    // A mailbox that is not there is not asked again, and its name is not kept with the error.
    reachable(world, acceptor, Channel::Email, "nobody@example.cn").await;
    send(world, &[notice(acceptor, "第二", Urgency::Urgent)]).await;
    until(world, &["sent", "failed"]).await;
    let one = outbox(world).await.remove(1);
    assert!(one.detail.contains("550") && !one.detail.contains("nobody@"), "{}", one.detail);

    let admin = browser(world, "sysadmin").await;
    let read = admin.reads("/admin/notices").await;
    for part in ["失败 1", "苏婉清", "电子邮件", "对方的服务器拒绝了", "550"] {
        assert!(read.contains(part), "{part} is not in {read}");
    }
    assert!(!read.contains("第二") && !first.is_empty(), "what it said is not shown: {read}");
    reachable(world, acceptor, Channel::Email, "su@example.cn").await;
    let retry = admin.form("/admin/notices", &format!("/admin/notices/{}/retry", one.id)).await;
    let retried = admin.send(&retry).await;
    assert_eq!(retried.status, 303);
    until(world, &["sent", "sent"]).await;
    let late = admin.send(&retry).await;
    assert!(late.status == 422 && words(&late.text).contains("状态已经变了"), "{}", words(&late.text));
    assert_eq!(city.post.mails().len(), 2);
    let audit = browser(world, "auditadmin").await.reads("/audit/changes").await;
    assert!(audit.contains("重试发送通知"), "{audit}");
});

in_both_cities!(what_is_not_urgent_waits_for_the_opening, |city: City| async move {
    let (world, acceptor) = (&city.world, city.accounts[&Job::Acceptor]);
    let calendar = world.app.calendar.clone();
    reachable(world, acceptor, Channel::Email, "su@example.cn").await;
    reachable(world, city.accounts[&Job::Leader], Channel::Email, "leader@example.cn").await;
    let saturday = at(&calendar, "2026-03-14T10:00");
    world.clock.set(saturday);
    let one = |what: &str, urgency| notice(acceptor, what, urgency);
    let all = [
        one("甲", Urgency::Ordinary),
        one("乙", Urgency::Ordinary),
        one("丙", Urgency::Ordinary),
        one("急", Urgency::Urgent),
    ];
    send(world, &all).await;
    send(world, &[notice(city.accounts[&Job::Leader], "领导", Urgency::Ordinary)]).await;
    until(world, &["waiting", "waiting", "waiting", "sent", "waiting"]).await;
    let monday = at(&calendar, "2026-03-16T08:30");
    for _ in 0..200 {
        if outbox(world).await.iter().filter(|one| one.due_at == monday && one.why == "next_opening").count() == 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let waiting = outbox(world).await;
    assert!(waiting.iter().filter(|one| one.state == State::Waiting).all(|one| one.due_at == monday), "{waiting:?}");
    assert_eq!(city.post.mails().len(), 1, "only the urgent one left on Saturday");

    // What is read in the program meanwhile need not leave.
    let own = browser(world, "acceptor1").await;
    let page = own.page("/notices").await;
    let third = page.split("href=\"/notices/").find(|piece| piece.contains("通过丙发出")).expect("the notice");
    let id = third.split('"').next().expect("an id").to_owned();
    assert_eq!(own.look(&format!("/notices/{id}")).await.status, 303);

    world.clock.set(monday.plus(-1));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(city.post.mails().len(), 1);
    world.clock.set(monday);
    world.app.tell("case", 1);
    until(world, &["sent", "sent", "dropped", "sent", "sent"]).await;
    let mails = city.post.mails();
    assert_eq!(mails.len(), 3, "one e-mail for each person");
    let digest = mails.iter().find(|mail| mail.contains("2 条通知")).expect("a digest");
    assert!(
        digest.contains("su@example.cn") && digest.contains("通过甲发出") && digest.contains("通过乙发出"),
        "{digest}"
    );
    assert!(!digest.contains("通过丙发出") && !digest.contains("领导"), "{digest}");
    assert_eq!(outbox(world).await[2].fault, Some(FaultKind::Read));
});

// ---- short messages ----

in_both_cities!(a_gateway_that_fails_twice, |city: City| async move {
    let (world, crew) = (&city.world, city.accounts[&Job::CrewMember]);
    reachable(world, crew, Channel::Sms, "13800001234").await;
    city.gateway.answer(&[(503, "sms-t0ken"), (200, "{\"code\": 7, \"text\": \"13800001234\"}")]);
    send(world, &[notice(crew, "夜间", Urgency::Urgent), notice(crew, "平时", Urgency::Ordinary)]).await;
    // Short messages cost money: by themselves only urgent ones leave.
    assert!(tried(world, 1).await.detail.starts_with("503"));
    assert_eq!(states(world).await, ["waiting"]);
    world.clock.set(MORNING.plus(MINUTE));
    let one = tried(world, 2).await;
    assert_eq!((one.detail.as_str(), one.due_at), ("code = 7", MORNING.plus(6 * MINUTE)), "the answer itself says no");
    let read = browser(world, "sysadmin").await.reads("/admin/notices?state=waiting").await;
    assert!(
        read.contains("下次： 2026-03-10 10:06") && read.contains("失败后再试") && read.contains("已试 2 次"),
        "{read}"
    );
    assert!(!read.contains("13800001234") && !read.contains("sms-t0ken"), "{read}");
    world.clock.set(MORNING.plus(6 * MINUTE));
    until(world, &["sent"]).await;

    let asked = city.gateway.asked();
    assert_eq!(asked.len(), 3);
    let ids: BTreeSet<_> = asked
        .iter()
        .map(|(_, headers, _)| headers["idempotency-key"].clone())
        .map(|id| id.to_str().map(str::to_owned).expect("text"))
        .collect();
    assert_eq!(ids.len(), 1, "the gateway can tell that it is the same one");
    let (path, headers, body) = &asked[2];
    assert_eq!((path.as_str(), headers["authorization"].to_str().expect("text")), ("/send", "Bearer sms-t0ken"));
    let seconds: i64 = headers["x-steward-timestamp"].to_str().expect("text").parse().expect("seconds");
    assert_eq!(seconds, MORNING.plus(6 * MINUTE).0 / 1000);
    let text = String::from_utf8(body.clone()).expect("text");
    let signed = format!("sha256={}", sms::signature("sms-k3y", seconds, &text));
    assert_eq!(headers["x-steward-signature"].to_str().expect("text"), signed);
    let said: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(said["phone"], "13800001234");
    assert_eq!(said["content"], "【望澜】测试通知：这是一条通过夜间发出的测试通知。收到它，说明这种方式工作正常。");
});

in_both_cities!(a_gateway_that_never_works, |city: City| async move {
    let (world, crew) = (&city.world, city.accounts[&Job::CrewMember]);
    reachable(world, crew, Channel::Sms, "13800001234").await;
    city.gateway.answer(&[(500, ""); 6]);
    send(world, &[notice(crew, "夜间", Urgency::Urgent)]).await;
    let mut now = MORNING;
    for (tries, wait) in [1, 5, 30, 120, 360].into_iter().enumerate() {
        let one = tried(world, tries as i64 + 1).await;
        assert_eq!((one.tries, one.due_at), (tries as i64 + 1, now.plus(wait * MINUTE)));
        now = one.due_at;
        world.clock.set(now);
        world.app.tell("case", 1);
    }
    until(world, &["failed"]).await;
    assert_eq!(city.gateway.asked().len(), 6);
    let admin = browser(world, "sysadmin").await;
    let give_up = admin.form("/admin/notices", &format!("/admin/notices/{}/give-up", outbox(world).await[0].id)).await;
    // Every failed one of a way at once, when its server works again.
    let mut all = admin.form("/admin/notices", "/admin/notices/retry").await;
    assert_eq!(all.value("channel"), "sms");
    assert_eq!(admin.send(&all).await.status, 303);
    until(world, &["sent"]).await;
    assert_eq!(admin.send(&give_up).await.status, 422);
    all.put("channel", "pigeon");
    assert_eq!(admin.send(&all).await.status, 422);
    assert!(admin.reads("/admin/notices").await.contains("没有发送失败的通知"));
});

in_both_cities!(two_programs_send_once, |city: City| async move {
    let (world, crew) = (&city.world, city.accounts[&Job::CrewMember]);
    reachable(world, crew, Channel::Sms, "13800001234").await;
    let files = city.folder.path().join("files").display().to_string();
    let second = App::with_secrets(world.app.db.clone(), world.clock.clone(), city.sources.clone(), &files, secret);
    let second = second.await.expect("a second program");
    start_jobs(&second);
    let many: Vec<Notice> = (0..60).map(|number| notice(crew, &format!("第 {number}"), Urgency::Urgent)).collect();
    send(world, &many).await;
    second.tell("case", 1);
    let (one, other) =
        tokio::join!(sending::send_due(&world.app, Channel::Sms), sending::send_due(&second, Channel::Sms));
    assert!(one.is_ok() && other.is_ok());
    until(world, &["sent"; 50]).await;
    let mut ids: Vec<_> = Vec::new();
    for _ in 0..200 {
        ids = city.gateway.asked().iter().map(|(_, headers, _)| headers["idempotency-key"].clone()).collect();
        if ids.len() >= 60 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(city.gateway.asked().len(), 60, "each once");
    let distinct: BTreeSet<_> = ids.iter().map(|id| id.as_bytes().to_vec()).collect();
    assert_eq!(distinct.len(), 60);
    assert!(outbox(world).await.iter().all(|one| one.tries == 1));
});

in_both_cities!(a_program_that_stopped_while_sending, |city: City| async move {
    let (world, crew) = (&city.world, city.accounts[&Job::CrewMember]);
    reachable(world, crew, Channel::Sms, "13800001234").await;
    wish(world, crew, Preferences { sms: Wish::All, ..Preferences::default() }).await;
    let (one, two, now) =
        (notice(crew, "急", Urgency::Urgent), notice(crew, "缓", Urgency::Ordinary), world.clock.now());
    let claimed = world.app.db.write(move |tx| async move {
        store::send(&tx, &one, now).await?;
        store::send(&tx, &two, now).await?;
        for delivery in store::deliveries(&tx, State::Waiting, i64::MAX).await?.rows {
            let leave = Leave { at: now, why: Why::Urgent };
            assert!(store::claim(&tx, delivery.id, leave, "a program that stopped", now.plus(3 * MINUTE)).await?);
            assert!(!store::claim(&tx, delivery.id, leave, "another", now.plus(3 * MINUTE)).await?, "it is taken");
        }
        Ok::<_, Error>(())
    });
    claimed.await.expect("claimed");
    world.app.tell("case", 1);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(city.gateway.asked().len(), 0, "its lease still runs");
    world.clock.set(now.plus(3 * MINUTE));
    // An alarm twice is better than none; anything else waits for somebody to look.
    until(world, &["sent", "failed"]).await;
    assert_eq!(outbox(world).await[1].fault, Some(FaultKind::Interrupted));
    assert_eq!(city.gateway.asked().len(), 1);
});

// ---- web push ----

/// A browser's keys.
pub fn keys(auth: u8) -> (PrivateKey, String, String) {
    let own = sealing::fresh_key().expect("a key");
    let public = sealing::written(own.compute_public_key().expect("a key").as_ref());
    (own, public, sealing::written([auth; 16]))
}

in_both_cities!(a_browser_is_pushed_to, |city: City| async move {
    let (world, keeper) = (&city.world, city.accounts[&Job::Keeper]);
    let own = browser(world, "keeper1").await;
    let page = own.page("/account/notices").await;
    let key = page.split("data-key=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key").to_owned();
    assert_eq!(own.page("/account/notices").await.matches(&key).count(), 1, "made once, and kept");

    let (private, public, auth) = keys(7);
    let mut form = own.form("/account/notices", "/account/notices/push").await;
    form.put("p256dh", &public);
    form.put("auth", &auth);
    for elsewhere in ["https://127.0.0.1/x", "http://10.0.0.1/", "https://fcm.googleapis.com.evil.example/x", ""] {
        form.put("endpoint", elsewhere);
        let refused = own.send(&form).await;
        assert!(refused.status == 422 && words(&refused.text).contains("推送服务"), "{elsewhere}");
    }
    form.put("endpoint", &format!("{}/one", city.service.origin));
    form.put("auth", "short");
    assert_eq!(own.send(&form).await.status, 422);
    form.put("auth", &auth);
    let added = own.send(&form).await;
    assert_eq!(added.status, 303, "{}", words(&added.text));
    assert!(own.reads(&added.location).await.contains("已开启推送"));
    let (_, public, auth) = keys(9);
    for (name, value) in [("endpoint", format!("{}/two", city.service.origin)), ("p256dh", public), ("auth", auth)] {
        form.put(name, &value);
    }
    assert_eq!(own.send(&form).await.status, 303);

    send(world, &[notice(keeper, "推送", Urgency::Urgent)]).await;
    until(world, &["sent", "sent"]).await;
    let asked = city.service.asked();
    assert_eq!(asked.len(), 2, "each browser once");
    let (_, headers, body) = asked.iter().find(|(path, ..)| path == "/one").expect("the first browser");
    let opened = sealing::open(body, &private, &[7; 16]).expect("only this browser can read it");
    let said: serde_json::Value = serde_json::from_slice(&opened).expect("JSON");
    assert_eq!((&said["title"], &said["urgent"]), (&"测试通知".into(), &true.into()));
    assert!(said["path"].as_str().expect("a path").starts_with("/notices/"), "{said}");
    let header = |name: &str| headers[name].to_str().expect("text");
    assert_eq!((header("content-encoding"), header("urgency"), header("ttl")), ("aes128gcm", "high", "14400"));
    assert!(header("topic").len() <= 32 && header("authorization").ends_with(&format!(", k={key}")));
    let token =
        header("authorization").strip_prefix("vapid t=").and_then(|rest| rest.split(',').next()).expect("a token");
    let claims = token.split('.').nth(1).and_then(sealing::unwritten).expect("claims");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(
        (&claims["aud"], &claims["sub"]),
        (&city.service.origin.as_str().into(), &"mailto:it@city.example".into())
    );

    // A browser that is gone is forgotten, and not asked again.
    city.service.answer(&[(410, ""), (410, "")]);
    send(world, &[notice(keeper, "再推", Urgency::Urgent)]).await;
    until(world, &["sent", "sent", "dropped", "dropped"]).await;
    send(world, &[notice(keeper, "三推", Urgency::Urgent)]).await;
    assert_eq!(outbox(world).await.len(), 4, "no browser, no delivery");

    // One's own browsers are one's own.
    assert_eq!(own.send(&form).await.status, 303);
    let page = own.page("/account/notices").await;
    let action = page.split("action=\"").filter_map(|rest| rest.split('"').next()).map(crate::browser::plain);
    let action =
        action.into_iter().find(|action| action.ends_with("/remove") && action.contains("/push/")).expect("a form");
    let remove = own.form("/account/notices", &action).await;
    assert_eq!(browser(world, "acceptor1").await.send(&remove).await.status, 404);
    assert_eq!(own.send(&remove).await.status, 303);
    assert_eq!(own.send(&remove).await.status, 404);
});

in_both_cities!(a_browser_is_told_nothing_after_signing_out, |city: City| async move {
    let (world, keeper) = (&city.world, city.accounts[&Job::Keeper]);
    let own = browser(world, "keeper1").await;
    let (_, public, auth) = keys(7);
    let mut form = own.form("/account/notices", "/account/notices/push").await;
    for (name, value) in [("endpoint", format!("{}/shared", city.service.origin)), ("p256dh", public), ("auth", auth)] {
        form.put(name, &value);
    }
    assert_eq!(own.send(&form).await.status, 303);
    assert!(own.reads("/account/notices").await.contains("退出登录后，这个浏览器不再收到推送"));
    // The same person again, with the same browser: it stays switched on.
    let sign_in = |login: &'static str| [("login", login), ("password", PASSWORD)];
    assert_eq!(own.visitor.post("/sign-in", &sign_in("keeper1")).await.status(), 303);
    send(world, &[notice(keeper, "一", Urgency::Urgent)]).await;
    until(world, &["sent"]).await;
    // A session that runs out is no signing out: a telephone in a pocket is called at night.
    world.clock.set(world.clock.now().plus(13 * HOUR));
    assert_eq!(own.look("/desk").await.status, 303);
    send(world, &[notice(keeper, "二", Urgency::Urgent)]).await;
    until(world, &["sent", "sent"]).await;
    // Somebody else at the same computer reads nothing of hers.
    assert_eq!(own.visitor.post("/sign-in", &sign_in("acceptor1")).await.status(), 303);
    send(world, &[notice(keeper, "三", Urgency::Urgent)]).await;
    assert_eq!(outbox(world).await.len(), 2, "no browser, no delivery");
    // And whoever signs out is told nothing there any more.
    let mut form = own.form("/account/notices", "/account/notices/push").await;
    let (_, public, auth) = keys(8);
    for (name, value) in [("endpoint", format!("{}/shared", city.service.origin)), ("p256dh", public), ("auth", auth)] {
        form.put(name, &value);
    }
    assert_eq!(own.send(&form).await.status, 303);
    send(world, &[notice(city.accounts[&Job::Acceptor], "四", Urgency::Urgent)]).await;
    until(world, &["sent", "sent", "sent"]).await;
    assert_eq!(own.visitor.post("/sign-out", &[]).await.status(), 303);
    send(world, &[notice(city.accounts[&Job::Acceptor], "五", Urgency::Urgent)]).await;
    assert_eq!(outbox(world).await.len(), 3, "{:?}", outbox(world).await);
});

/// A roster of one day and night around the city's present, with one person on duty and one standing by.
async fn watch(world: &World, on_duty: Id, stand_by: Id) {
    use steward::duty::pattern::{Lists, Pattern, Role};
    use steward::duty::shift::{Month, Place, Roster, Shift};
    let now = world.clock.now();
    let day = world.app.calendar.date_of(now);
    let pattern = Pattern::Standing {
        from: jiff::civil::time(8, 0, 0, 0),
        on_duty: 1,
        stand_by: 1,
        anchor: day.first_of_month(),
    };
    let lists = Lists { on_duty: vec![on_duty], stand_by: vec![stand_by], ..Lists::default() };
    let roster = Roster {
        id: 7001,
        name: "大队总值班".into(),
        pattern,
        lists,
        place: None,
        is_called: true,
        is_active: true,
        revision: 1,
    };
    let place = |role, account| Place { role, account };
    let shift = Shift {
        id: 7002,
        roster: 7001,
        day,
        from: now.plus(-HOUR),
        until: now.plus(11 * HOUR),
        name: String::new(),
        people: vec![place(Role::OnDuty, on_duty), place(Role::StandBy, stand_by)],
        is_published: true,
        is_cancelled: false,
        revision: 1,
    };
    let made = world.app.db.write(move |tx| async move {
        steward::duty::store::add_roster(&tx, &roster, now).await?;
        steward::duty::store::touch_draft(&tx, roster.id, Month::of(day)).await?;
        Ok::<_, Error>(steward::duty::store::add_shift(&tx, &shift, now).await?)
    });
    made.await.expect("a watch");
}

/// An urgent case that comes in now.
async fn urgent_case(world: &World) -> Id {
    let (id, now) = (steward::kit::id::fresh(), world.clock.now());
    let made = world.app.db.write(move |tx| async move {
        let sql = "insert into cases (id, number, title, code_set, kind, code, coordinates, cell, street, community, address, \
                   source, is_urgent, stage, is_open, handlers, due_order_at, due_why, opened_at, stage_since_at, rework_count, \
                   return_count, reopen_count, revision) values ($1, $2, '燃气泄漏', '', '', '', 'wgs84', '', '', '', '临江路 8 号', \
                   'citizen', 1, 'received', 1, '', 9000000000000000, '', $3, $3, 0, 0, 0, 1)";
        tx.execute(sql, steward::kit::db::params![id, format!("WL{id}"), now]).await?;
        let fact = steward::timeline::fact::Fact {
            subject: "case",
            subject_id: id,
            kind: "case_opened".into(),
            is_public: false,
            author: None,
            at: now,
            body: serde_json::json!({ "stage": "received", "side": "citizen", "revision": 1 }),
        };
        Ok::<_, Error>(steward::timeline::store::record(&tx, &fact).await.map(drop)?)
    });
    made.await.expect("a case");
    id
}

in_both_cities!(a_call_out_passes_by_whom_nothing_reaches, |city: City| async move {
    let world = &city.world;
    let (keeper, crew) = (city.accounts[&Job::Keeper], city.accounts[&Job::CrewMember]);
    world.clock.set(at(&world.app.calendar, "2026-03-10T22:00"));
    watch(world, keeper, crew).await;
    reachable(world, crew, Channel::Sms, "13800001234").await;
    // The one on duty has an address, but wishes nothing urgent there.
    reachable(world, keeper, Channel::Email, "lin@example.cn").await;
    wish(world, keeper, Preferences { email: Wish::Ordinary, push: Wish::None, ..Preferences::default() }).await;
    let own = browser(world, "keeper1").await;
    assert!(own.reads("/account/notices").await.contains("紧急通知现在只能在程序里看到"));
    assert!(own.reads("/duty/mine").await.contains("程序外联系不上您"));
    let shift = browser(world, "shift1").await;
    let month = shift.reads("/duty/rosters/7001/2026-03").await;
    assert!(month.contains("程序外联系不上 林晓禾 请他们"), "{month}");

    let case = urgent_case(world).await;
    steward::duty::following::follow_once(&world.app).await.expect("followed");
    let read = world.app.db.read(move |tx| async move {
        let call = steward::duty::store::last_call(&tx, case).await?.expect("a call-out");
        let reached = steward::duty::store::reached(&tx, call.id).await?;
        Ok::<_, Error>((call, reached))
    });
    let (call, reached) = read.await.expect("a call-out");
    let who: Vec<Id> = reached.iter().map(|(who, ..)| *who).collect();
    assert_eq!((call.rung.word(), who.len()), ("stand_by", 2), "the stand-by is reached at once: {reached:?}");
    assert!(who.contains(&keeper) && who.contains(&crew), "in the program everybody is told");
    until(world, &["sent"]).await;
    assert_eq!(city.gateway.asked().len(), 1);
    let page = shift.reads(&format!("/duty/call-outs/{}", call.id)).await;
    assert!(page.contains("程序外联系不上") && page.contains("短信：已发出"), "{page}");
    // Nobody is passed by whom something reaches.
    let crew_page = browser(world, "crew-garden").await.reads("/account/notices").await;
    assert!(!crew_page.contains("只能在程序里看到"), "{crew_page}");
});

/// The text of every source file, without its unit tests.
fn sources_of(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources_of(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a file");
            found.push(text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned());
        }
    }
}

/// What stands between two marks, everywhere.
fn between<'a>(text: &'a str, mark: &'a str, end: char) -> impl Iterator<Item = &'a str> {
    text.split(mark).skip(1).filter_map(move |rest| rest.split(end).next())
}

#[test]
fn every_kind_of_notice_and_of_change_has_a_name_in_every_language() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    sources_of(&root.join("src"), &mut sources);
    // Kinds of notices begin with the room that sends them.
    let is_kind = |word: &&str| {
        let is_word = word.chars().all(|sign| sign.is_ascii_lowercase() || sign == '-');
        is_word && ["case-", "duty-", "whistle-"].iter().any(|room| word.starts_with(room))
    };
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    // Changes of accounts, as rooms record them.
    let mut changes: BTreeSet<String> = BTreeSet::new();
    for text in &sources {
        for line in text.lines() {
            if line.contains("\"account\"") || line.contains("change(account, ") || line.contains("change(by, &one, ") {
                let words = between(line, "\"", '"');
                let is_change = |word: &&str| {
                    word.contains('_') && word.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_')
                };
                changes.extend(words.filter(is_change).map(str::to_owned));
            }
        }
    }
    for lang in ["zh-Hans", "en"] {
        let mut words = BTreeMap::new();
        for entry in std::fs::read_dir(root.join("locales").join(lang)).expect("a folder") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("words");
            for line in text.lines() {
                if let Some((key, value)) = line.split_once(" =") {
                    words.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        for key in words.keys() {
            kinds.extend(
                between(key, "notice-", '\0').filter_map(|rest| rest.strip_suffix("-title")).map(str::to_owned),
            );
        }
        for text in &sources {
            let quoted = text.split('"').skip(1).step_by(2);
            let known = quoted.filter(is_kind).filter(|word| words.contains_key(&format!("notice-{word}-title")));
            kinds.extend(known.map(str::to_owned));
        }
        assert!(kinds.len() > 60, "{kinds:?}");
        for kind in &kinds {
            for part in ["title", "text", "name"] {
                assert!(words.contains_key(&format!("notice-{kind}-{part}")), "{lang}: notice-{kind}-{part}");
            }
        }
        assert!(changes.len() > 8 && changes.contains("phone_changed"), "{changes:?}");
        for change in &changes {
            assert!(words.contains_key(&format!("people-account-{change}")), "{lang}: people-account-{change}");
        }
    }
}

// ---- wishes, and the administrators' page ----

in_both_cities!(everybody_is_told_as_they_wish, |city: City| async move {
    let (world, acceptor) = (&city.world, city.accounts[&Job::Acceptor]);
    reachable(world, acceptor, Channel::Email, "su@example.cn").await;
    reachable(world, acceptor, Channel::Sms, "13800001234").await;
    let own = browser(world, "acceptor1").await;
    let form = own.form("/account/notices", "/account/notices").await;
    let ticked: Vec<&str> =
        ["email_ordinary", "email_urgent", "push_ordinary", "push_urgent", "sms_ordinary", "sms_urgent"]
            .into_iter()
            .filter(|name| form.value(name) == "1")
            .collect();
    assert_eq!(
        ticked,
        ["email_ordinary", "email_urgent", "push_ordinary", "push_urgent", "sms_urgent"],
        "to begin with"
    );
    let mut form = form.without(&["email_ordinary", "email_urgent"]);
    form.put("sms_ordinary", "1");
    for (from, until, told) in [
        ("22:00", "", "都填上"),
        ("late", "07:00", "22:00 这样"),
        ("08:00", "08:00", "不能相同"),
        ("08:00", "18:00", "整个工作时间"),
    ] {
        form.put("quiet_from", from);
        form.put("quiet_until", until);
        let refused = own.send(&form).await;
        assert!(
            refused.status == 422 && words(&refused.text).contains(told),
            "{from}–{until}: {}",
            words(&refused.text)
        );
        let kept = crate::browser::Form::find(&refused.text, "/account/notices").expect("the form");
        assert_eq!((kept.value("quiet_from"), kept.value("sms_ordinary"), kept.value("email_urgent")), (from, "1", ""));
    }
    form.put("quiet_from", "09:30");
    form.put("quiet_until", "10:30");
    let saved = own.send(&form).await;
    assert_eq!(saved.status, 303);
    assert!(own.reads(&saved.location).await.contains("已保存"));
    let kept = own.form("/account/notices", "/account/notices").await;
    assert_eq!((kept.value("quiet_from"), kept.value("email_urgent"), kept.value("sms_ordinary")), ("09:30", "", "1"));

    // 10:00: within the working hours, and within their own quiet hours.
    send(world, &[notice(acceptor, "普通", Urgency::Ordinary), notice(acceptor, "紧急", Urgency::Urgent)]).await;
    until(world, &["waiting", "sent"]).await;
    let one = outbox(world).await.remove(0);
    assert_eq!((one.due_at, one.why.as_str()), (MORNING.plus(HOUR / 2), "own_quiet"));
    // What was put into the outbox stays there, whatever is wished later.
    let mut form = own.form("/account/notices", "/account/notices").await.without(&["sms_ordinary", "sms_urgent"]);
    form.put("quiet_from", "");
    form.put("quiet_until", "");
    assert_eq!(own.send(&form).await.status, 303);
    send(world, &[notice(acceptor, "没有方式", Urgency::Urgent)]).await;
    world.clock.set(MORNING.plus(HOUR / 2));
    until(world, &["sent", "sent"]).await;
    assert_eq!(city.gateway.asked().len(), 2);
    assert!(city.post.mails().is_empty());
    let own = browser(world, "acceptor1").await;
    let english = own.reads("/account/notices?lang=en").await;
    assert!(english.contains("Notice settings") && !english.contains("notices-"), "{english}");

    // An account that was stopped is not written to.
    reachable(world, city.accounts[&Job::Dispatcher], Channel::Email, "d@example.cn").await;
    let night = at(&world.app.calendar, "2026-03-10T20:00");
    world.clock.set(night);
    send(world, &[notice(city.accounts[&Job::Dispatcher], "明早", Urgency::Ordinary)]).await;
    let security = browser(world, "secadmin").await;
    let id = city.accounts[&Job::Dispatcher];
    let stop = security.form(&format!("/admin/accounts/{id}"), &format!("/admin/accounts/{id}/deactivate")).await;
    assert_eq!(security.send(&stop).await.status, 303);
    world.clock.set(night.plus(13 * HOUR));
    until(world, &["sent", "sent", "dropped"]).await;
    assert_eq!(outbox(world).await[2].fault, Some(FaultKind::Stopped));
});

in_both_cities!(administrators_see_what_left, |city: City| async move {
    let (world, admin_id) = (&city.world, city.accounts[&Job::SystemAdmin]);
    let admin = browser(world, "sysadmin").await;
    assert!(admin.reads("/admin").await.contains("外发通知"));
    let read = admin.reads("/admin/notices").await;
    assert!(read.contains("没有发送失败的通知") && read.matches("已接通").count() == 3, "{read}");
    for state in State::ALL {
        let english = admin.reads(&format!("/admin/notices?state={}&lang=en", state.word())).await;
        assert!(english.contains("Ways out") && !english.contains("notices-"), "{english}");
    }
    drop(admin.page("/admin/notices?lang=zh-Hans").await);
    let mut form = admin.form("/admin/notices", "/admin/notices/test").await;
    form.put("channel", "email");
    let refused = admin.send(&form).await;
    assert!(refused.status == 422 && words(&refused.text).contains("还没有启用这种方式"), "{}", words(&refused.text));
    reachable(world, admin_id, Channel::Email, "admin@example.cn").await;
    world.clock.set(at(&world.app.calendar, "2026-03-10T23:00"));
    let admin = browser(world, "sysadmin").await;
    let tested = admin.send(&form).await;
    assert_eq!(tested.status, 303);
    until(world, &["sent"]).await;
    assert!(city.post.mails()[0].contains("这是一条通过电子邮件发出的测试通知"));
    let read = admin.reads("/admin/notices?state=sent").await;
    assert!(read.contains("测试") && !read.contains("说明这种方式工作正常"), "{read}");
    assert_eq!(browser(world, "acceptor1").await.look("/admin/notices").await.status, 403);
    assert_eq!(admin.look("/admin/notices/17").await.status, 404);

    // After its time a notice is forgotten, with its deliveries.
    let (before, now) = (world.clock.now(), world.clock.now().plus(1));
    let forgotten = world.app.db.write(move |tx| async move {
        let none = store::forget(&tx, before).await?;
        Ok::<_, Error>((none, store::forget(&tx, now).await?))
    });
    assert_eq!(forgotten.await.expect("forgotten"), (0, 1));
    assert_eq!(outbox(world).await, []);
});

on_both!(bare a_city_without_ways_says_how_to_set_them_up, |world: World| async move {
    let accounts = people(&world).await;
    let admin = browser(&world, "sysadmin").await;
    let read = admin.reads("/admin/notices").await;
    assert!(read.contains("STEWARD_SMTP_PASSWORD") && read.contains("STEWARD_SMS_TOKEN"), "{read}");
    assert!(!admin.page("/admin/notices").await.contains("action=\"/admin/notices/test\""));
    let own = browser(&world, "acceptor1").await;
    let page = own.page("/account/notices").await;
    let read = words(&page);
    assert!(read.contains("没有接通电子邮件") && read.contains("通知只在程序里显示"), "{read}");
    assert!(!page.contains("/account/notices/email/address") && !page.contains("data-key"), "{page}");
    let form = own.form("/account/notices", "/account/notices").await;
    for path in ["email/address", "sms/code", "pigeon/remove", "push"] {
        let action = format!("/account/notices/{path}");
        assert_eq!(own.send(&form.to(action)).await.status, 404, "{path}");
    }
    // Saving the page does not unlearn what was wished of ways that are not on it.
    assert_eq!(own.send(&form).await.status, 303);
    let account = accounts[&Job::Acceptor];
    let kept = world.app.db.read(move |tx| async move { Ok::<_, Error>(store::preferences(&tx, account).await?) });
    assert_eq!(Preferences { revision: 0, ..kept.await.expect("wishes") }, Preferences::default());

    // The city had a way when the person was sent to, and has none now: that is seen, not lost.
    reachable(&world, account, Channel::Email, "su@example.cn").await;
    let two = [account, account, accounts[&Job::Leader]];
    let (one, now) = (notice(0, "多人", Urgency::Urgent), world.clock.now());
    let sent =
        world.app.db.write(move |tx| async move { Ok::<_, Error>(store::send_all(&tx, &two, &one, now).await?) });
    sent.await.expect("sent");
    world.app.tell("case", 1);
    assert_eq!(tried(&world, 1).await.fault, Some(FaultKind::Unconfigured));
    assert_eq!(outbox(&world).await.len(), 1, "who is named twice is told once");
    assert!(browser(&world, "leader").await.reads("/notices").await.contains("1 条未读通知"));
});
