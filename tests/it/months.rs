//! The log of facts by months, on PostgreSQL: parted while everybody works, the same facts afterwards, and a month can be taken out and
//! put back.

use crate::moulds;
use crate::plans::plan_of_much;
use crate::stories::Citizen;
use crate::world::{MORNING, On, World};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use steward::archive::{Carrying, Meanwhile, Purpose, carry};
use steward::kit::clock::{Clock, Moment};
use steward::kit::db::{Db, DbError, params};
use steward::kit::id;
use steward::kit::sources::Sources;
use steward::timeline::fact::Fact;
use steward::timeline::months::month::{self, Month};
use steward::timeline::months::{Outcome, by_month, go_ahead};
use steward::timeline::reading::FAR_BACK;
use steward::timeline::verifying::verify;
use steward::timeline::{feed, sealing, store};

const LIES: [(&str, &str); 2] = [("lon", "123.4087"), ("lat", "31.2172")];
const DAY: i64 = 86_400_000;

fn fact(subject_id: i64) -> Fact {
    Fact {
        subject: "test",
        subject_id,
        kind: "happened".to_owned(),
        is_public: false,
        author: None,
        at: Moment(subject_id),
        body: serde_json::json!({ "number": subject_id }),
    }
}

async fn record(db: &Db, subject_id: i64) {
    let recorded = db.write(move |tx| async move { store::record(&tx, &fact(subject_id)).await }).await;
    recorded.map_err(|error: DbError| error).expect("a fact is taken");
}

/// Every fact, in order.
async fn facts(db: &Db) -> Vec<String> {
    let sql = "select cast(id as text) || ' ' || subject || ' ' || cast(subject_id as text) || ' ' || kind || ' ' || cast(at as text) \
               || ' ' || body from facts order by id";
    let found = db.read(move |tx| async move {
        tx.query(sql, params![]).await?.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, DbError>>()
    });
    found.await.expect("the facts")
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    let found = db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get::<i64>(0) });
    found.await.map_err(|error: DbError| error).expect(sql)
}

async fn says(db: &Db, sql: String) {
    let said: Result<(), DbError> = db.write(move |tx| async move { tx.script(&sql).await }).await;
    said.expect("it is done");
}

/// How many faults there are in the log.
async fn faults(db: &Db) -> u64 {
    verify(db, None, |_, _| (), |_| ()).await.expect("it is walked over").faults
}

async fn sealed(world: &World) {
    feed::place(&world.app, FAR_BACK).await.expect("facts are placed");
    sealing::seal_all(&world.app).await.expect("facts are sealed");
}

/// How many tables the log has.
const PARTS: &str = "select count(*) from pg_inherits where inhparent = to_regclass('facts')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_parted_while_everybody_works() {
    let Some(world) = World::quiet(On::Postgres, Sources::of_demo(), |_| None).await else { return };
    let (db, now) = (world.app.db.clone(), Clock::system().now());
    let citizen = Citizen::reports(&world, "井盖“破损”", &LIES).await;
    sealed(&world).await;
    let before = facts(&db).await;
    assert!(!before.is_empty());

    // Only said.
    let said = RefCell::new(Vec::new());
    let outcome = by_month(&db, now, true, |one| said.borrow_mut().push(one.to_owned())).await.expect("it is said");
    assert_eq!((outcome, number(&db, PARTS).await), (Outcome::Parted, 0));
    assert!(said.borrow().iter().any(|one| one.contains("attach partition")), "{said:?}");

    // Others add facts all the time.
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (db, is_over) = (db.clone(), Arc::clone(&is_over));
        tokio::spawn(async move {
            let mut count = 0;
            while !is_over.load(Ordering::Acquire) {
                count += 1;
                record(&db, count).await;
            }
            count
        })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(by_month(&db, now, false, |_| ()).await.expect("it is parted"), Outcome::Parted);
    tokio::time::sleep(Duration::from_millis(200)).await;
    is_over.store(true, Ordering::Release);
    let added = writer.await.expect("nobody was refused");
    let after = facts(&db).await;
    assert_eq!(after[..before.len()], before[..], "every fact is as it was");
    assert_eq!(after.len(), before.len() + usize::try_from(added).expect("a count"));
    assert!(number(&db, PARTS).await >= 4, "what was, the months ahead, and the rest");

    // Done again it changes nothing.
    assert_eq!(by_month(&db, now, false, |_| ()).await.expect("again"), Outcome::Before(0));

    // The city goes on: histories are read, news is followed, the log is placed and sealed and found whole.
    assert!(citizen.reads().await.contains("井盖“破损”"));
    Citizen::reports(&world, "路灯不亮", &LIES).await;
    steward::cases::following::follow_once(&world.app).await.expect("the news");
    assert_eq!(number(&db, "select count(*) from cases").await, 2);
    let report = number(&db, "select subject_id from facts where kind = 'submitted' order by id limit 1").await;
    let history = db.read(move |tx| async move { store::history(&tx, "report", report, false).await }).await;
    assert!(!history.expect("a history").is_empty());
    sealed(&world).await;
    assert_eq!(faults(&db).await, 0);
    assert_eq!(number(&db, "select count(*) from fact_feed").await, number(&db, "select count(*) from facts").await);

    // Who reads on from somewhere reads no month before it.
    let from = month::first(now).begins();
    let plan = plan_of_much(&world, steward::cases::store::NEWS_OF_REPORTS.to_owned(), params![from, i64::MAX]).await;
    assert!(plan.contains("Subplans Removed") && !plan.contains("facts_until_"), "{plan}");

    // The city moves on as before.
    let folder = tempfile::tempdir().expect("a temporary folder");
    for on in [On::Sqlite, On::Postgres] {
        let sub = folder.path().join(format!("{on:?}"));
        std::fs::create_dir_all(&sub).expect("a folder");
        let Some(url) = moulds::empty(on, &sub).await else { continue };
        let other = Db::open(&url).await.expect("the database opens");
        let carrying = Carrying {
            from: db.clone(),
            source: "here".to_owned(),
            to: other.clone(),
            history: Sources::embedded().migrations(),
            purpose: Purpose::Move,
            meanwhile: Meanwhile::StandsStill,
            now: MORNING,
            progress: Arc::new(|_, _| ()),
        };
        let told = carry(carrying).await.expect("it is carried over");
        assert!(!told.has_more_come);
        assert_eq!(facts(&other).await, facts(&db).await);
        assert_eq!(faults(&other).await, 0);
    }

    // A month that is taken out is missed, and the log is whole again once it is back.
    let part = month::first(now).table().replace("facts_", "facts_until_");
    says(&db, format!("alter table facts detach partition {part}")).await;
    assert_ne!(faults(&db).await, 0);
    let to = month::first(now).begins();
    says(&db, format!("alter table facts attach partition {part} for values from (minvalue) to ({to})")).await;
    assert_eq!(faults(&db).await, 0);
}

#[tokio::test]
async fn months_ahead_are_made_and_no_fact_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::bare(On::Postgres, folder.path()).await else { return };
    let (db, now) = (Db::open(&url).await.expect("the database opens"), Clock::system().now());
    assert_eq!(go_ahead(&db, now).await.expect("one table"), 0, "nobody has asked for months");
    assert_eq!(by_month(&db, now, false, |_| ()).await.expect("it is parted"), Outcome::Parted);
    record(&db, 1).await;
    let parts = number(&db, PARTS).await;
    assert_eq!(go_ahead(&db, now).await.expect("nothing to do"), 0);
    let later = now.plus(62 * DAY);
    assert!(go_ahead(&db, later).await.expect("months ahead") > 0);
    assert!(number(&db, PARTS).await > parts);
    assert_eq!(go_ahead(&db, later).await.expect("nothing to do"), 0);
    // The program stood still for a year, and the first facts came before a month had its table.
    let much_later = now.plus(400 * DAY);
    let fresh = id::since(much_later);
    says(&db, format!("insert into facts (id, subject, subject_id, kind, is_public, at, body) values ({fresh}, 'test', 2, 'happened', 0, 5, '{{}}')")).await;
    assert_eq!(number(&db, "select count(*) from facts_rest").await, 1);
    assert!(go_ahead(&db, much_later).await.expect("months ahead") > 0);
    assert_eq!(go_ahead(&db, much_later).await.expect("nothing to do"), 0);
    assert_eq!(number(&db, "select count(*) from facts_rest").await, 0);
    assert_eq!(facts(&db).await.len(), 2, "none was lost");
    // Every part has the log's indexes.
    let lacking = number(
        &db,
        "select count(*) from pg_inherits h where h.inhparent = to_regclass('facts') and \
         (select count(*) from pg_index i where i.indrelid = h.inhrelid) <> (select count(*) from pg_index i where i.indrelid = h.inhparent)",
    );
    assert_eq!(lacking.await, 0);
    assert_eq!(
        number(&db, "select count(*) from pg_index where indrelid = to_regclass('facts') and not indisvalid").await,
        0
    );
}

#[tokio::test]
async fn a_parting_that_broke_off_refuses_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::bare(On::Postgres, folder.path()).await else { return };
    let (db, now) = (Db::open(&url).await.expect("the database opens"), Clock::system().now());
    says(&db, month::preparing(month::first(now), false).join(";")).await;
    record(&db, 1).await;
    const LEFT: &str = "select count(*) from pg_constraint where conname = 'facts_by_month'";
    assert_eq!((go_ahead(&db, now).await.expect("looked at"), number(&db, LEFT).await), (0, 1), "it may be going on");
    // Weeks before it would refuse anything it is taken back.
    let soon = Moment(id::made_at(Month::of(now).next().next().begins()).0 - 7 * DAY);
    assert!(go_ahead(&db, soon).await.expect("taken back") > 0);
    assert_eq!(number(&db, LEFT).await, 0);
    // Or somebody parts the log at last.
    says(&db, month::preparing(month::first(now), false).join(";")).await;
    assert_eq!(by_month(&db, now, false, |_| ()).await.expect("it is parted"), Outcome::Parted);
    assert_eq!(number(&db, LEFT).await, 0);
    assert_eq!(facts(&db).await.len(), 1);
}

#[tokio::test]
async fn a_small_city_keeps_one_table() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::bare(On::Sqlite, folder.path()).await else { return };
    let db = Db::open(&url).await.expect("the database opens");
    assert_eq!(by_month(&db, Clock::system().now(), false, |_| ()).await.expect("it is said"), Outcome::NotHere);
}
