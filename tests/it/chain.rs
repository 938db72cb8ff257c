//! The log of facts is sealed, and whoever alters it behind the program's back is found out.

use crate::browser::Browser;
use crate::on_each;
use crate::stories::Citizen;
use crate::world::{MORNING, On, World};
use steward::kit::db::{DbError, params};
use steward::kit::sources::Sources;
use steward::timeline::chain::Fault;
use steward::timeline::reading::FAR_BACK;
use steward::timeline::verifying::{Walked, verify};
use steward::timeline::{feed, sealing, store};

const LIES: [(&str, &str); 2] = [("lon", "123.4087"), ("lat", "31.2172")];

/// A city in which nothing is placed and sealed but by the test.
async fn quiet(on: On) -> Option<World> {
    World::quiet(on, Sources::of_demo(), |_| None).await
}

async fn alter(world: &World, sql: String) {
    let altered =
        world.app.db.write(move |tx| async move { tx.execute(&sql, params![]).await.map(|rows| (rows, sql)) });
    let (rows, sql) = altered.await.map_err(|error: DbError| error).expect("altered");
    assert!(rows > 0, "{sql}");
}

async fn number(world: &World, sql: &'static str) -> i64 {
    let found = world.app.db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get(0) });
    found.await.map_err(|error: DbError| error).expect(sql)
}

async fn sealed(world: &World) {
    feed::place(&world.app, FAR_BACK).await.expect("facts are placed");
    sealing::seal_all(&world.app).await.expect("facts are sealed");
}

async fn found(world: &World, noted: Option<&str>) -> (Walked, Vec<Fault>) {
    let mut faults = Vec::new();
    let walked = verify(&world.app.db, noted.map(str::to_owned), |_, _| (), |fault| faults.push(fault.clone()));
    let walked = walked.await.expect("it is walked over");
    assert_eq!(walked.faults, faults.len() as u64);
    (walked, faults)
}

on_each!(every_fact_is_sealed_once_and_whatever_is_altered_is_found, |on: On| async move {
    let Some(world) = quiet(on).await else { return };
    let (walked, faults) = found(&world, None).await;
    assert_eq!((walked.head, faults), (None, vec![]));
    Citizen::reports(&world, "井盖“破损” \u{1f6a7}", &LIES).await;
    sealed(&world).await;
    let facts = number(&world, "select count(*) from facts").await;
    let (walked, faults) = found(&world, None).await;
    assert_eq!((walked.facts, walked.unsealed, faults), (facts.unsigned_abs(), 0, vec![]));
    let noted = walked.head.expect("a head");
    assert_eq!((noted.last, noted.sealed_at), (facts, world.app.clock.now()));

    // More comes in, and several instances seal at once.
    Citizen::reports(&world, "路灯不亮", &LIES).await;
    let (walked, _) = found(&world, None).await;
    assert_eq!(walked.unsealed, 0, "what has no place yet does not wait");
    feed::place(&world.app, FAR_BACK).await.expect("facts are placed");
    assert!(found(&world, None).await.0.unsealed > 0);
    let all = (0..6).map(|_| sealing::seal_all(&world.app));
    futures_util::future::join_all(all).await.into_iter().for_each(|sealed| sealed.expect("facts are sealed"));
    let facts = number(&world, "select count(*) from facts").await;
    let (walked, faults) = found(&world, Some(&noted.hash)).await;
    assert_eq!((walked.facts, walked.noted_at, faults), (facts.unsigned_abs(), Some(noted.number), vec![]));
    let head = walked.head.expect("a head");
    assert_eq!(number(&world, "select cast(sum(fact_count) as bigint) from fact_blocks").await, facts);

    // Every column of a fact.
    let of = "id = (select min(id) from facts where kind = 'submitted')";
    for (column, other, back) in [
        ("subject", "subject || 'x'", "substr(subject, 1, length(subject) - 1)"),
        ("subject_id", "subject_id + 1", "subject_id - 1"),
        ("is_public", "1 - is_public", "1 - is_public"),
        ("author_id", "7", "null"),
        ("at", "at - 60000", "at + 60000"),
        ("body", "body || ' '", "substr(body, 1, length(body) - 1)"),
    ] {
        alter(&world, format!("update facts set {column} = {other} where {of}")).await;
        let (_, faults) = found(&world, None).await;
        assert!(matches!(faults[..], [Fault::FactAltered { .. }]), "{column}: {faults:?}");
        alter(&world, format!("update facts set {column} = {back} where {of}")).await;
    }
    assert_eq!(found(&world, None).await.1, []);

    // One that was put in long ago, without a place.
    alter(&world, "insert into facts (id, subject, subject_id, kind, is_public, at, body) values (5, 'case', 5, 'closed', 1, 5, '{}')".into())
        .await;
    assert_eq!(found(&world, None).await.1, [Fault::Stray { fact: 5 }]);
    alter(&world, "delete from facts where id = 5".into()).await;

    // A block.
    alter(&world, "update fact_blocks set sealed_at = sealed_at + 1 where number = 1".into()).await;
    assert_eq!(found(&world, None).await.1, [Fault::BlockAltered { number: 1 }]);
    alter(&world, "update fact_blocks set sealed_at = sealed_at - 1 where number = 1".into()).await;

    // The end, with everything that speaks of it.
    alter(&world, format!("delete from fact_blocks where number = {}", head.number)).await;
    alter(
        &world,
        format!("delete from facts where id in (select fact_id from fact_feed where seq > {})", head.first - 1),
    )
    .await;
    alter(&world, format!("delete from fact_feed where seq > {}", head.first - 1)).await;
    let cut = Fault::OrderCut { there: head.first - 1, given: head.last };
    assert_eq!(found(&world, None).await.1, [cut]);
    alter(&world, format!("update fact_feed_reader set seq = {}", head.first - 1)).await;
    assert_eq!(found(&world, None).await.1, [], "without a noted hash nobody can tell");
    assert_eq!(found(&world, Some(&noted.hash)).await.1, [], "the noted one is there");
    assert_eq!(found(&world, Some(&head.hash)).await.1, [Fault::HeadGone { noted: head.hash }]);

    // One that is gone, named.
    alter(&world, "delete from facts where id = (select fact_id from fact_feed where seq = 1)".into()).await;
    let (_, faults) = found(&world, None).await;
    assert!(matches!(faults[..], [Fault::FactGone { number: 1, seq: 1, fact: Some(_) }]), "{faults:?}");
});

on_each!(a_long_log_is_sealed_in_blocks_and_late_facts_find_their_place, |on: On| async move {
    let Some(world) = quiet(on).await else { return };
    let long = "insert into facts (id, subject, subject_id, kind, is_public, at, body) \
                with recursive n (x) as (select 1 union all select x + 1 from n where x < 2500) \
                select x, 'case', x, 'case_opened', 0, x, '{}' from n";
    alter(&world, long.into()).await;
    sealed(&world).await;
    let facts = number(&world, "select count(*) from facts").await;
    let (walked, faults) = found(&world, None).await;
    assert_eq!((walked.facts, faults), (facts.unsigned_abs(), vec![]));
    assert_eq!(walked.head.map(|head| head.number), Some((facts + 999) / 1000));
    // What a long transaction wrote twenty minutes before it ended.
    let newest = number(&world, "select max(id) from facts").await;
    let late = newest - ((20 * 60_000) << 21);
    alter(
        &world,
        format!("insert into facts (id, subject, subject_id, kind, is_public, at, body) values ({late}, 'case', 5, 'closed', 1, 5, '{{}}')"),
    )
    .await;
    sealed(&world).await;
    assert_eq!(found(&world, None).await.0.facts, facts.unsigned_abs());
    feed::place(&world.app, steward::timeline::reading::LATE).await.expect("facts are placed");
    sealed(&world).await;
    let (walked, faults) = found(&world, None).await;
    assert_eq!((walked.facts, faults), (facts.unsigned_abs() + 1, vec![]));
    let (unsealed, _) = world
        .app
        .db
        .read(|tx| async move { store::unsealed(&tx).await })
        .await
        .map_err(|error: DbError| error)
        .expect("it is told");
    assert_eq!(unsealed, 0);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_says_what_is_wrong_and_where() {
    let Some(world) = quiet(On::Sqlite).await else { return };
    let run = |words: &[&str]| {
        let at = |name: &str| world.folder().join(name).display().to_string();
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["verify", "--database", &at("steward.db"), "--files", &at("files")])
            .args(words)
            .current_dir(world.folder())
            .env_remove("STEWARD_CITY")
            .output()
            .expect("the program");
        let text = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (is_clean, said) = run(&[]);
    assert!(is_clean && said.contains("nothing is sealed yet"), "{said}");
    Citizen::reports(&world, "路灯不亮", &LIES).await;
    sealed(&world).await;
    let head = found(&world, None).await.0.head.expect("a head");
    let (is_clean, said) = run(&["--with-files"]);
    assert!(is_clean && said.contains(&format!("head: block {}, {} (sha256)", head.number, head.hash)), "{said}");
    assert!(said.contains(" 0 are missing or altered"), "{said}");
    let (is_clean, said) = run(&["--head", &head.hash]);
    assert!(is_clean && said.contains(&format!("is that of block {}", head.number)), "{said}");
    let (is_clean, said) = run(&["--head", &"a".repeat(64)]);
    assert!(!is_clean && said.contains("no block has the noted hash aaaa"), "{said}");
    let (is_clean, said) = run(&["--head", "abc"]);
    assert!(!is_clean && said.contains("64 hexadecimal digits"), "{said}");
    alter(&world, "update facts set at = at + 1 where kind = 'submitted'".into()).await;
    let (is_clean, said) = run(&[]);
    assert!(!is_clean && said.contains("was altered") && said.contains("one thing is not as it was"), "{said}");
    alter(&world, "update facts set at = at - 1 where kind = 'submitted'".into()).await;
    // A report whose facts were taken out.
    alter(&world, "delete from facts where subject = 'report'".into()).await;
    let (is_clean, said) = run(&[]);
    assert!(!is_clean && said.contains("has no facts") && said.contains("is gone"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_may_seal_with_sm3() {
    let settings = include_str!("../../demo/city.toml").to_owned() + "\n[chain]\nalgorithm = \"sm3\"\n";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("city.toml"), settings).expect("a file");
    let Some(world) = World::quiet(On::Sqlite, Sources::of_city(folder.path()), |_| None).await else { return };
    Citizen::reports(&world, "路灯不亮", &LIES).await;
    sealed(&world).await;
    let (walked, faults) = found(&world, None).await;
    assert_eq!(faults, []);
    let head = walked.head.expect("a head");
    assert_eq!((head.algorithm.word(), head.hash.len()), ("sm3", 64));
}

on_each!(administrators_and_watchers_see_how_far_it_is, |on: On| async move {
    let Some(world) = quiet(on).await else { return };
    let system = Browser::signed_in(&world, "sysadmin").await;
    let page = system.reads("/admin/status?lang=en").await;
    assert!(page.contains("Log sealed") && page.contains("nothing yet"), "{page}");
    Citizen::reports(&world, "路灯不亮", &LIES).await;
    sealed(&world).await;
    let head = found(&world, None).await.0.head.expect("a head");
    // What is dear to ask for is shown as it was for a while.
    world.clock.set(MORNING.plus(61_000));
    let page = system.reads("/admin/status?lang=en").await;
    assert!(page.contains(&format!("block {}", head.number)) && page.contains(&head.hash), "{page}");
    assert!(page.contains("0 not yet sealed"), "{page}");
    let measures = steward::status::machines(world.app.clone());
    let asked = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).expect("a request");
    let answer = tower::ServiceExt::oneshot(measures, asked).await.expect("an answer");
    let text = axum::body::to_bytes(answer.into_body(), 1 << 22).await.expect("the measures");
    let text = String::from_utf8_lossy(&text).into_owned();
    for line in [
        "steward_facts_unsealed 0",
        "steward_facts_unsealed_seconds 0",
        &format!("steward_fact_blocks {}", head.number),
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
});
