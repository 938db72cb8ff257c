//! What is kept of persons lies sealed where the operator sets keys: it is read as before, nobody with the database alone reads it,
//! keys change while everybody works, and a key that is missing is a sentence.

use crate::browser::Browser;
use crate::world::{MORNING, On, World, location, plain_client};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use steward::api::store::{Token, account_of, make_token};
use steward::api::webhooks::store::{self as webhooks, Webhook};
use steward::app::start_jobs;
use steward::archive::store::{lines, shapes};
use steward::archive::{Carrying, Meanwhile, Purpose, carry};
use steward::duty::store as duty;
use steward::follows::follow::{Pace, Wish as Followed};
use steward::follows::store::{self as follows, Browser as Subscriber, Follow};
use steward::grid::coordinates::CoordinateSystem;
use steward::imports::export::{self, What, Wish};
use steward::kit::db::{Db, DbError, params};
use steward::kit::id::{self, Id};
use steward::kit::sealing::{Column, KEYS, Keys, Personal, Unreadable};
use steward::kit::sources::Sources;
use steward::notices::notice::Channel;
use steward::notices::person::Address;
use steward::notices::push::Device;
use steward::notices::store as notices;
use steward::people::actor::Actor;
use steward::reports::store::{self as reports, CONTACT_NAME, CONTACT_PHONE, Detail, load_by_code};
use steward::sealing::{self, Counted, Keeping};

const NAME: &str = "欧阳缄默";
const PHONE: &str = "13977770001";
const OLD: &[(&str, u8)] = &[("one", 1)];
const BOTH: &[(&str, u8)] = &[("two", 2), ("one", 1)];
const NEW: &[(&str, u8)] = &[("two", 2)];

/// Keys as the environment holds them.
fn written(keys: &[(&str, u8)]) -> String {
    let key = |(name, byte): &(&str, u8)| format!("{name}:{}", BASE64_STANDARD.encode([*byte; 32]));
    keys.iter().map(key).collect::<Vec<_>>().join(",")
}

fn secret(keys: &'static [(&'static str, u8)]) -> impl Fn(&str) -> Option<String> {
    move |name| (name == KEYS).then(|| written(keys))
}

fn keys(keys: &[(&str, u8)]) -> Keys {
    Keys::of(Some(&written(keys))).expect("keys")
}

/// Sends a report; answers its tracking code.
async fn report(world: &World, key: &str, name: &str, phone: &str) -> String {
    let sent = serde_json::json!({
        "words": "路灯不亮", "lon": 123.4094, "lat": 31.2180, "contact_name": name, "contact_phone": phone, "key": key,
    });
    let client = plain_client().build().expect("a client");
    let answer = client.post(format!("{}/api/reports", world.base)).json(&sent).send().await.expect("an answer");
    let answer: serde_json::Value = answer.json().await.expect("a code");
    answer["code"].as_str().expect("a code").to_owned()
}

/// Names and numbers as they lie in the database.
async fn stored(db: &Db) -> Vec<(String, String)> {
    let read = db.read(|tx| async move {
        let rows = tx.query("select contact_name, contact_phone from reports order by id", params![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<_>, DbError>>()
    });
    read.await.expect("reports")
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|some| some == needle.as_bytes())
}

/// The tables in which a text stands.
async fn tables_with(db: &Db, needle: &'static str) -> Vec<String> {
    let read = db.read(move |tx| async move {
        let mut found = Vec::new();
        for shape in shapes(&tx).await? {
            let mut is_there = false;
            lines(&tx, &shape, |line| {
                is_there |= holds(line, needle);
                Ok::<_, DbError>(())
            })
            .await?;
            if is_there {
                found.push(shape.name);
            }
        }
        Ok::<_, DbError>(found)
    });
    read.await.expect("every table")
}

/// The page of the first case, once it is there.
async fn first_case(desk: &Browser) -> String {
    for _ in 0..200 {
        let list = desk.page("/desk").await;
        if let Some((_, rest)) = list.split_once("href=\"/cases/") {
            let case: String = rest.chars().take_while(char::is_ascii_digit).collect();
            return format!("/cases/{case}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no case came to the desk");
}

async fn lying_sealed(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    start_jobs(&world.app);
    let code = report(&world, "sealed", NAME, PHONE).await;
    let at = format!("/track/{code}/held");
    let visitor = world.visitor();
    let page = visitor.page(&at).await;
    assert!(page.contains(NAME) && page.contains(PHONE), "{page}");
    let desk = Browser::signed_in(&world, "acceptor1").await;
    let case = first_case(&desk).await;
    let page = desk.page(&case).await;
    assert!(page.contains(NAME) && page.contains(PHONE), "the desk calls back: {page}");
    let wish = Wish { system: CoordinateSystem::Wgs84, with_contacts: true, zone: world.app.city.zone() };
    let out = export::in_memory(&world.app, What::Reports, &wish).await.expect("an export");
    assert!(holds(&out, NAME) && holds(&out, PHONE), "whoever asks for contacts gets them");

    for (name, phone) in stored(&world.app.db).await {
        assert!(name.starts_with("~1.one.") && phone.starts_with("~1.one."), "{name} {phone}");
    }
    for needle in [NAME, PHONE] {
        assert_eq!(tables_with(&world.app.db, needle).await, Vec::<String>::new(), "{needle}");
        if let Some(file) = world.app.db.file() {
            for ending in ["", "-wal"] {
                let bytes = std::fs::read(format!("{file}{ending}")).unwrap_or_default();
                assert!(!holds(&bytes, needle), "{needle} lies in the file{ending}");
            }
        }
    }
    // A program without the key says so, at the desk too, and shows nothing else instead.
    let other = world.again(|_| None).await;
    let page = Browser::signed_in(&other, "acceptor1").await.page(&case).await;
    assert!(page.contains("无法读取") && !page.contains(NAME) && !page.contains("~1.one."), "{page}");
    let wish = Wish { system: CoordinateSystem::Wgs84, with_contacts: true, zone: world.app.city.zone() };
    let refused = export::in_memory(&other.app, What::Reports, &wish).await.expect_err("nothing is left out silently");
    assert!(refused.to_string().contains("the key one is missing"), "{refused}");
    // Nothing stays nothing, also for whoever asks the database.
    visitor.post(&format!("{at}/remove"), &[("sure", "yes")]).await;
    assert_eq!(stored(&world.app.db).await, [(String::new(), String::new())]);
}
crate::on_each!(names_and_numbers_lie_sealed_and_are_read, lying_sealed);

async fn changing_keys(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    let at = format!("/track/{}/held", report(&world, "rotated", NAME, PHONE).await);
    let of = |all: &[Counted], column: Column| {
        all.iter().find(|one| one.column == column).map(|one| (one.rows, one.sealed, one.unreadable))
    };
    let with = |some: &[(&str, u8)]| world.app.db.clone().with_keys(keys(some));
    let (both, before) = (with(BOTH), stored(&world.app.db).await);
    assert!(sealing::look(&both).await.expect("looked").is_new, "nothing is sealed with it yet");
    let dry = sealing::run(&both, true, MORNING, |_, _| ()).await.expect("counted");
    assert_eq!((of(&dry, CONTACT_NAME), of(&dry, CONTACT_PHONE)), (Some((1, 1, 0)), Some((1, 1, 0))));
    assert_eq!(stored(&both).await, before, "nothing was changed");
    let done = sealing::run(&both, false, MORNING, |_, _| ()).await.expect("sealed");
    assert_eq!(of(&done, CONTACT_PHONE), Some((1, 1, 0)));
    let again = sealing::run(&both, false, MORNING, |_, _| ()).await.expect("sealed");
    assert_eq!(of(&again, CONTACT_PHONE), Some((1, 0, 0)), "once is enough");
    let (name, phone) = stored(&both).await.remove(0);
    assert!(name.starts_with("~1.two.") && phone.starts_with("~1.two."), "{name} {phone}");
    // The old key is needed no more, and forgotten.
    assert_eq!(sealing::look(&with(NEW)).await.expect("looked"), Keeping::default());
    let new = world.again(secret(NEW)).await;
    let page = new.visitor().page(&at).await;
    assert!(page.contains(NAME) && page.contains(PHONE), "{page}");

    // Whoever has the old one alone reads a sentence in their language, in the page and in the file.
    let visitor = world.visitor();
    let page = visitor.page(&format!("{at}?lang=en")).await;
    assert!(page.contains("cannot be read: the key") && !page.contains(PHONE) && !page.contains("~1."), "{page}");
    let page = visitor.page(&format!("{at}?lang=zh-Hans")).await;
    assert!(page.contains("缺少密钥") && page.contains("two"), "{page}");
    assert!(visitor.page(&format!("{at}.txt")).await.contains("缺少密钥"));
    // Another number is kept; the name, which cannot be read and was not typed, stays as it lies.
    let form = [("contact_name", ""), ("contact_phone", "13977770002")];
    assert_eq!(location(&visitor.post(&at, &form).await), format!("{at}?done=changed"));
    let (kept, phone) = stored(&both).await.remove(0);
    assert!(kept == name && phone.starts_with("~1.one."), "{kept} {phone}");
    let page = world.again(secret(BOTH)).await.visitor().page(&at).await;
    assert!(page.contains(NAME) && page.contains("13977770002"), "{page}");
    let partly = sealing::run(&with(OLD), false, MORNING, |_, _| ()).await.expect("what can be read");
    assert_eq!((of(&partly, CONTACT_NAME), of(&partly, CONTACT_PHONE)), (Some((1, 0, 1)), Some((1, 0, 0))));
    assert_eq!(sealing::look(&with(OLD)).await.expect("looked").missing, ["two"]);
    let wrong = sealing::begin(&with(&[("two", 9)]), MORNING).await.expect_err("another key of this name");
    assert!(wrong.to_string().contains("the key two is not the one"), "{wrong}");
    assert!(sealing::run(&with(&[("two", 9)]), false, MORNING, |_, _| ()).await.is_err());
}
crate::on_each!(keys_change_and_a_missing_one_is_a_sentence, changing_keys);

async fn turning_on(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), |_| None).await else { return };
    // Somebody types what looks sealed.
    let typed = "~1.one.AAAA";
    let first = format!("/track/{}/held", report(&world, "first", typed, PHONE).await);
    let second = format!("/track/{}/held", report(&world, "second", NAME, "").await);
    assert_eq!(
        stored(&world.app.db).await,
        [(format!("~0.{typed}"), PHONE.to_owned()), (NAME.to_owned(), String::new())]
    );
    assert!(world.visitor().page(&first).await.contains(typed));
    assert!(sealing::run(&world.app.db, false, MORNING, |_, _| ()).await.is_err(), "there is no key");
    // With a key everything is read at once, and sealed when somebody says so.
    let keyed = world.again(secret(OLD)).await;
    assert!(keyed.visitor().page(&second).await.contains(NAME));
    sealing::run(&keyed.app.db, false, MORNING, |_, _| ()).await.expect("sealed");
    let lying = stored(&world.app.db).await;
    assert!(lying[0].0.starts_with("~1.one.") && lying[0].1.starts_with("~1.one."), "{lying:?}");
    assert!(lying[1].0.starts_with("~1.one.") && lying[1].1.is_empty(), "{lying:?}");
    let page = keyed.visitor().page(&first).await;
    assert!(page.contains(typed) && page.contains(PHONE), "{page}");
    // A text that somebody moved to another row is not read there.
    let moving = keyed.app.db.write(|tx| async move {
        let sql = "update reports set contact_name = (select contact_name from reports where idempotency_key = 'second') \
                   where idempotency_key = 'first'";
        tx.execute(sql, params![]).await
    });
    moving.await.map_err(|error: DbError| error).expect("moved");
    let page = keyed.visitor().page(&first).await;
    assert!(page.contains("内容与保存时不一致") && !page.contains(NAME), "{page}");
}
crate::on_each!(a_key_is_set_later_and_rows_keep_their_own, turning_on);

async fn carrying(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    let code = report(&world, "carried", NAME, PHONE).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.db").display().to_string();
    let to = Db::open(&path).await.expect("a database");
    let carried = Box::pin(carry(Carrying {
        from: world.app.db.clone(),
        source: "here".to_owned(),
        to: to.clone(),
        history: Sources::of_demo().migrations(),
        purpose: Purpose::Copy,
        meanwhile: Meanwhile::GoesOn,
        now: MORNING,
        progress: Arc::new(|_, _| ()),
    }));
    carried.await.expect("it is carried over");
    assert_eq!(stored(&to).await, stored(&world.app.db).await, "as it lies, without any key");
    assert_eq!(sealing::look(&to).await.expect("looked").missing, ["one"], "and says which it needs");
    let read = |db: Db| {
        let code = code.clone();
        async move {
            let found = db.read(move |tx| async move { load_by_code(&tx, &code).await }).await;
            found.map_err(|error: DbError| error).expect("read").expect("the report").contact_phone
        }
    };
    let unread = read(to.clone()).await;
    assert!(
        matches!(&unread, Personal::Unreadable { why: Unreadable::KeyMissing(key), .. } if key == "one"),
        "{unread:?}"
    );
    assert_eq!(read(to.with_keys(keys(OLD))).await, PHONE);
}
crate::on_each!(a_city_that_is_moved_stays_sealed, carrying);

/// A webhook that nothing was sent to yet.
pub fn webhook(token: Id, token_name: &str, url: &str, secret: &str) -> Webhook {
    Webhook {
        id: id::fresh(),
        token,
        token_name: token_name.into(),
        url: url.into(),
        note: String::new(),
        types: Vec::new(),
        secret: secret.to_owned().into(),
        old_secret: None,
        old_until_at: None,
        is_active: true,
        read_seq: 0,
        failing_since_at: None,
        failures: 0,
        next_at: MORNING,
        made_at: MORNING,
        given_up: None,
    }
}

async fn signing(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    let done = world.app.db.write(|tx| async move {
        let (account, name, post) = account_of(&tx, "sysadmin").await?.expect("the account");
        let token = Token {
            id: id::fresh(),
            name: "a program".into(),
            contact: "Ms Wang".into(),
            actor: Actor { account, name, post, department: None, must_change_password: false },
            login: "sysadmin".into(),
            is_account_active: true,
            scopes: Vec::new(),
            per_minute: 10,
            made_at: MORNING,
            made_by: account,
            ends_at: None,
            released_at: None,
            used_at: None,
            revoked_at: None,
        };
        make_token(&tx, &token, "a digest").await?;
        let webhook = webhook(token.id, &token.name, "https://city.example/facts", "whsec_before");
        webhooks::make(&tx, &webhook, account).await?;
        webhooks::renew(&tx, webhook.id, "whsec_after", account, MORNING).await?;
        Ok::<_, DbError>(webhook.id)
    });
    let webhook = done.await.expect("made");
    let load = |db: Db| async move { db.read(move |tx| async move { webhooks::load(&tx, webhook, None).await }).await };
    let kept = load(world.app.db.clone()).await.expect("the webhook");
    assert_eq!(kept.secrets(MORNING.plus(1)), ["whsec_after", "whsec_before"]);
    assert_eq!(tables_with(&world.app.db, "whsec_").await, Vec::<String>::new());
    let unread = load(world.app.db.clone().with_keys(Keys::default())).await.expect("the webhook");
    assert!(unread.secrets(MORNING.plus(1)).is_empty(), "nothing is signed with what cannot be read");
}
crate::on_each!(what_signs_webhooks_lies_sealed, signing);

fn steward(folder: &Path, keys: Option<&str>, args: &[&str]) -> (bool, String) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_steward"));
    run.args(args).args(["--database", "sqlite:steward.db", "--files", "files"]);
    run.env_remove("STEWARD_CITY").env_remove(KEYS).current_dir(folder);
    if let Some(keys) = keys {
        run.env(KEYS, keys);
    }
    let run = run.output().expect("the program runs");
    (run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr))
}

#[test]
fn an_operator_seals_and_reads_what_is_wrong_with_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    assert!(steward(at, None, &["migrate"]).0);
    let (is_done, said) = steward(at, None, &["seal"]);
    assert!(!is_done && said.contains("STEWARD_DATA_KEYS is not set"), "{said}");
    let (is_done, said) = steward(at, Some(&written(OLD)), &["seal", "--dry-run"]);
    assert!(is_done && said.contains("reports.contact_phone: 0 of 0 would be sealed with one"), "{said}");
    let (is_done, said) = steward(at, Some(&written(OLD)), &["seal"]);
    assert!(is_done && said.contains("partners.secret: 0 of 0 sealed with one"), "{said}");
    let (_, said) = steward(at, None, &["check"]);
    assert!(said.contains("texts are sealed with the key one, which STEWARD_DATA_KEYS does not hold"), "{said}");
    let (_, said) = steward(at, Some(&written(OLD)), &["check"]);
    assert!(said.contains("keys, the one that seals first: one"), "{said}");
    let (_, said) = steward(at, Some(&written(&[("one", 9)])), &["check"]);
    assert!(said.contains("the key one is not the one that the database was sealed with"), "{said}");
    let twice = format!("{},{}", written(OLD), written(&[("two", 1)]));
    for (keys, told) in [("one:short", "the key one is not 32 bytes"), (twice.as_str(), "the key two is the same")] {
        let (is_right, said) = steward(at, Some(keys), &["check"]);
        assert!(!is_right && said.contains(told) && !said.contains("AQEBAQ"), "{said}");
        let (is_done, said) = steward(at, Some(keys), &["seal"]);
        assert!(!is_done && said.contains(told), "{said}");
    }
}

const EMAIL: &str = "ouyang.jianmo@example.cn";
const ENDPOINT: &str = "https://push.example/ouyang";
const SECRET: &str = "0123456789abcdefouyang";

fn follow(email: &str, endpoint: &str, secret: &str) -> Follow {
    let browser =
        Subscriber { endpoint: endpoint.into(), p256dh: "a public key".into(), auth: "ouyang's secret".into() };
    Follow {
        id: id::fresh(),
        email: email.into(),
        browser: Some(browser).filter(|browser| !browser.endpoint.is_empty()),
        language: "zh-Hans",
        wish: Followed { circle: None, area: String::new(), category: "event-0109".into() },
        place: String::new(),
        pace: Pace::Daily,
        secret: secret.into(),
        made_at: MORNING,
        confirmed_at: Some(MORNING),
        due_at: None,
        counted: (String::new(), 0),
        revision: 1,
        unread: None,
    }
}

/// How many follows an address, a browser and a secret lead to.
async fn found(db: &Db) -> [usize; 3] {
    let read = db.read(|tx| async move {
        let email = follows::of_email(&tx, EMAIL).await?;
        assert!(email.iter().all(|one| one.email == EMAIL && one.unread.is_none()), "{email:?}");
        let browser = follows::of_browser(&tx, ENDPOINT).await?;
        assert!(browser.iter().all(|one| one.browser.as_ref().is_some_and(|browser| browser.endpoint == ENDPOINT)));
        let own = follows::find(&tx, SECRET).await?;
        assert!(own.iter().all(|one| one.secret == SECRET));
        Ok::<_, DbError>([email.len(), browser.len(), usize::from(own.is_some())])
    });
    read.await.expect("follows")
}

async fn following(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    let add = |db: Db, email: &'static str, endpoint: &'static str, secret: &'static str| async move {
        let added = db.write(move |tx| async move { follows::add(&tx, &follow(email, endpoint, secret)).await }).await;
        added.map_err(|error: DbError| error).expect("added");
    };
    let db = &world.app.db;
    add(db.clone(), EMAIL, "", SECRET).await;
    add(db.clone(), "", ENDPOINT, "another secret of ouyang").await;
    assert_eq!(found(db).await, [1, 1, 1]);
    for needle in [EMAIL, ENDPOINT, SECRET, "ouyang's secret", "another secret of ouyang"] {
        assert_eq!(tables_with(db, needle).await, Vec::<String>::new(), "{needle}");
    }
    let nobody = db.read(|tx| async move {
        let (email, browser) = (follows::of_email(&tx, "").await?, follows::of_browser(&tx, "").await?);
        Ok::<_, DbError>((email.len(), browser.len(), follows::of_email(&tx, "other@example.cn").await?.len()))
    });
    assert_eq!(nobody.await.expect("follows"), (0, 0, 0), "whoever has no address is not found by having none");

    // A new key before the old one finds both; sealed anew, the new one alone does, its marks with it.
    let with = |some: &[(&str, u8)]| db.clone().with_keys(keys(some));
    let both = with(BOTH);
    assert_eq!(found(&both).await, [1, 1, 1]);
    assert_eq!(found(&with(NEW)).await, [0, 0, 0]);
    add(both.clone(), EMAIL, "", "a third secret").await;
    assert_eq!(found(&both).await, [2, 1, 1], "under whichever key it lies");
    let done = sealing::run(&both, false, MORNING, |_, _| ()).await.expect("sealed");
    let email = done.iter().find(|one| one.column == follows::EMAIL).expect("the column");
    assert_eq!((email.rows, email.sealed, email.unreadable), (2, 1, 0));
    assert_eq!(found(&with(NEW)).await, [2, 1, 1]);
    assert_eq!(found(&with(OLD)).await, [0, 0, 0], "nothing of the old key remains");

    // Who cannot be read is told nothing, and stays as they lie.
    let old = with(OLD);
    let lost = old.read(|tx| async move {
        let all = tx.query("select id from follows order by id", params![]).await?;
        let mut read = Vec::new();
        for row in &all {
            read.extend(follows::load(&tx, row.get(0)?).await?);
        }
        Ok::<_, DbError>(read)
    });
    for one in lost.await.expect("follows") {
        assert_eq!(one.unread, Some(Unreadable::KeyMissing("two".to_owned())), "{one:?}");
        assert!(one.email.is_empty() && one.secret.is_empty());
    }

    // A browser that got another address goes on there, alone.
    let new = with(NEW);
    let moved = new.write(|tx| async move {
        let to = Subscriber { endpoint: "https://push.example/moved".into(), p256dh: "b".into(), auth: "c".into() };
        let moved = follows::move_browser(&tx, ENDPOINT, &to).await?;
        Ok::<_, DbError>((moved, follows::of_browser(&tx, "https://push.example/moved").await?.len()))
    });
    assert_eq!(moved.await.expect("moved"), (1, 1));
    assert_eq!(found(&with(NEW)).await, [2, 0, 1]);
}
crate::on_each!(who_follows_lies_sealed_and_is_found_by_a_mark, following);

async fn following_before(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), |_| None).await else { return };
    let db = &world.app.db;
    let added = db.write(|tx| async move {
        follows::add(&tx, &follow(EMAIL, "", SECRET)).await?;
        follows::add(&tx, &follow("", ENDPOINT, "another secret of ouyang")).await
    });
    added.await.map_err(|error: DbError| error).expect("added");
    assert_eq!(found(db).await, [1, 1, 1], "without a key they lie as they are");
    let keyed = db.clone().with_keys(keys(OLD));
    assert_eq!(found(&keyed).await, [1, 1, 1], "and are found once there is one");
    sealing::run(&keyed, false, MORNING, |_, _| ()).await.expect("sealed");
    assert_eq!(found(&keyed).await, [1, 1, 1]);
    for needle in [EMAIL, ENDPOINT, SECRET, "ouyang's secret"] {
        assert_eq!(tables_with(db, needle).await, Vec::<String>::new(), "{needle}");
    }
    // Carried over as they lie, they are found there with the key alone.
    let folder = tempfile::tempdir().expect("a folder");
    let to = Db::open(&folder.path().join("other.db").display().to_string()).await.expect("a database");
    let carried = Box::pin(carry(Carrying {
        from: db.clone(),
        source: "wanglan".into(),
        to: to.clone(),
        history: Sources::of_demo().migrations(),
        purpose: Purpose::Move,
        meanwhile: Meanwhile::StandsStill,
        now: MORNING,
        progress: Arc::new(|_, _| ()),
    }));
    carried.await.expect("it is carried over");
    assert_eq!(found(&to).await, [0, 0, 0]);
    assert_eq!(found(&to.with_keys(keys(OLD))).await, [1, 1, 1]);
}
crate::on_each!(who_followed_before_there_was_a_key_is_found_with_it, following_before);

async fn reaching_staff(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    let db = &world.app.db;
    let account = db.read(|tx| async move { account_of(&tx, "acceptor1").await }).await;
    let (account, ..) = account.map_err(|error: DbError| error).expect("read").expect("the account");
    let device = move |p256dh: &str| Device {
        id: id::fresh(),
        account,
        endpoint: ENDPOINT.into(),
        p256dh: p256dh.into(),
        auth: "ouyang's secret".into(),
        name: "Firefox".into(),
        made_at: MORNING,
        last_at: None,
        unread: None,
    };
    let kept = db.write(move |tx| async move {
        for (channel, address) in [(Channel::Email, EMAIL), (Channel::Sms, PHONE)] {
            let known = notices::address(&tx, account, channel).await?;
            notices::save_address(&tx, &Address { address: address.into(), wanted: PHONE.into(), ..known }).await?;
        }
        notices::put_device(&tx, &device("one"), "").await?;
        duty::set_phone(&tx, account, &PHONE.into()).await
    });
    kept.await.map_err(|error: DbError| error).expect("kept");
    for needle in [EMAIL, PHONE, ENDPOINT, "ouyang's secret"] {
        assert_eq!(tables_with(db, needle).await, Vec::<String>::new(), "{needle}");
    }
    let read = |db: Db| async move {
        let read = db.read(move |tx| async move {
            let (email, sms) = (
                notices::address(&tx, account, Channel::Email).await?,
                notices::address(&tx, account, Channel::Sms).await?,
            );
            let devices = notices::devices(&tx, account).await?;
            let staff = duty::staff(&tx).await?;
            let own = staff.of(account).expect("on the list").phone.clone();
            Ok::<_, DbError>((
                [email.address, sms.address, email.wanted, own, duty::phone(&tx, account).await?],
                devices,
            ))
        });
        read.await.expect("read")
    };
    let (texts, devices) = read(db.clone()).await;
    assert_eq!(texts, [EMAIL, PHONE, PHONE, PHONE, PHONE].map(Personal::from));
    assert!(devices.len() == 1 && devices[0].endpoint == ENDPOINT && devices[0].p256dh == "one", "{devices:?}");
    let page = Browser::signed_in(&world, "acceptor1").await.page("/duty/mine").await;
    assert!(page.contains(PHONE), "{page}");

    // The same browser once more is still one, also under another key, and its keys are the new ones.
    let both = db.clone().with_keys(keys(BOTH));
    let again = both.write(move |tx| async move { notices::put_device(&tx, &device("two"), "").await }).await;
    again.map_err(|error: DbError| error).expect("kept");
    let (_, devices) = read(both.clone()).await;
    assert!(devices.len() == 1 && devices[0].p256dh == "two", "{devices:?}");
    sealing::run(&both, false, MORNING, |_, _| ()).await.expect("sealed");
    let (texts, devices) = read(db.clone().with_keys(keys(NEW))).await;
    assert_eq!(texts[0], EMAIL);
    assert_eq!(devices.len(), 1);

    // Without it every place says so, and whoever leaves the field empty loses nothing.
    let lost = world.again(secret(OLD)).await;
    let (texts, devices) = read(lost.app.db.clone()).await;
    assert!(texts.iter().all(|text| text.known().is_none()), "{texts:?}");
    assert!(devices[0].unread.is_some() && devices[0].endpoint.is_empty(), "{devices:?}");
    let desk = Browser::signed_in(&lost, "acceptor1").await;
    for page in ["/duty/mine", "/account/notices"] {
        let page = desk.page(page).await;
        assert!(!page.contains("~1.") && !page.contains(PHONE), "{page}");
    }
    assert!(desk.page("/duty/mine").await.contains("缺少密钥"));
    let form = desk.form("/duty/mine", "/duty/phone").await;
    assert_eq!(desk.send(&form).await.status, 303);
    let new = db.clone().with_keys(keys(NEW));
    let gone = new.write(move |tx| async move {
        let phone = duty::phone(&tx, account).await?;
        notices::remove_endpoint(&tx, account, ENDPOINT).await?;
        Ok::<_, DbError>((phone, notices::devices(&tx, account).await?.len()))
    });
    assert_eq!(gone.await.expect("read"), (PHONE.into(), 0));
}
crate::on_each!(where_staff_are_reached_lies_sealed, reaching_staff);

async fn asking_beside(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    let code = report(&world, "asked", "", "").await;
    let db = &world.app.db;
    let detail = |code: &str, value: &str| Detail {
        code: code.into(),
        label: ("电子邮箱".into(), "E-mail".into()),
        sent: value.into(),
        value: (value.into(), value.into()),
        is_public: false,
    };
    let told = [detail("email", EMAIL), detail("attribute", PHONE), detail("nothing", "")];
    let (kept, wanted) = (told.clone(), code.clone());
    let report = db.write(move |tx| async move {
        let report = load_by_code(&tx, &wanted).await?.expect("the report").id;
        reports::keep_details(&tx, report, &kept).await?;
        Ok::<_, DbError>(report)
    });
    let report = report.await.expect("kept");
    let read = |db: Db| async move {
        let read = db.read(move |tx| async move { reports::details(&tx, &[report]).await }).await;
        let read: Vec<(id::Id, Detail)> = read.map_err(|error: DbError| error).expect("details");
        read.into_iter().map(|(_, detail)| detail).collect::<Vec<_>>()
    };
    assert_eq!(read(db.clone()).await, told);
    for needle in [EMAIL, PHONE] {
        assert_eq!(tables_with(db, needle).await, Vec::<String>::new(), "{needle}");
    }
    // Several rows of one report, each with its own place, go over to another key.
    let both = db.clone().with_keys(keys(BOTH));
    let done = sealing::run(&both, false, MORNING, |_, _| ()).await.expect("sealed");
    let sent = done.iter().find(|one| one.column == reports::DETAIL_SENT).expect("the column");
    assert_eq!((sent.rows, sent.sealed, sent.unreadable), (2, 2, 0));
    assert_eq!(read(db.clone().with_keys(keys(NEW))).await, told);
    assert!(read(db.clone()).await[0].sent.known().is_none(), "the old key alone reads nothing");
}
crate::on_each!(what_is_asked_for_beside_the_words_lies_sealed, asking_beside);

async fn answering_for(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), secret(OLD)).await else { return };
    let officer = Browser::signed_in(&world, "unit1").await;
    let mut form = officer.form("/enterprises/new", "/enterprises/new").await;
    for (name, value) in [("name", "望澜缄默餐馆"), ("address", "书院路 5 号"), ("contact", NAME), ("phone", PHONE)]
    {
        form.put(name, value);
    }
    for (name, value) in [("lon", "123.4094"), ("lat", "31.2180"), ("coordinates", "wgs84")] {
        form.put(name, value);
    }
    let kind = form.offers("kind").into_iter().find(|kind| !kind.is_empty()).expect("a kind");
    form.put("kind", &kind);
    let made = officer.send(&form).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let page = officer.page(&made.location).await;
    assert!(page.contains(NAME) && page.contains(PHONE), "{page}");
    let file = officer.page("/enterprises/list.csv").await;
    assert!(file.contains(NAME) && file.contains(PHONE), "{file}");
    for needle in [NAME, PHONE] {
        assert_eq!(tables_with(&world.app.db, needle).await, Vec::<String>::new(), "{needle}");
    }
    let both = world.app.db.clone().with_keys(keys(BOTH));
    sealing::run(&both, false, MORNING, |_, _| ()).await.expect("sealed");
    let new = world.again(secret(NEW)).await;
    assert!(Browser::signed_in(&new, "unit1").await.page(&made.location).await.contains(PHONE));

    // Without the key: a sentence, no file with holes in it, and what somebody else changes takes nothing out.
    let lost = world.again(secret(OLD)).await;
    let officer = Browser::signed_in(&lost, "unit1").await;
    let page = officer.page(&made.location).await;
    assert!(page.contains("缺少密钥") && !page.contains("~1."), "{page}");
    assert_eq!(officer.look("/enterprises/list.csv").await.status, 422);
    let edit = format!("{}/edit", made.location);
    let mut form = officer.form(&edit, &edit).await;
    form.put("name", "望澜缄默饭店");
    assert_eq!(officer.send(&form).await.status, 303);
    let page = Browser::signed_in(&new, "unit1").await.page(&made.location).await;
    assert!(page.contains("望澜缄默饭店") && page.contains(NAME) && page.contains(PHONE), "{page}");
}
crate::on_each!(who_answers_for_an_enterprise_lies_sealed, answering_for);
