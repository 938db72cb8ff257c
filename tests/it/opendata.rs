//! Open data: the files of now, those of each day, the dictionary, and what must not be told.

use crate::on_both;
use crate::world::{Visitor, World};
use serde_json::Value;
use std::io::Read;
use steward::kit::db::DbError;
use steward::kit::id::Id;
use steward::opendata::snapshots;
use steward::opendata::table::columns;

const DAY: i64 = 24 * 3_600_000;

async fn report(world: &World, words: &str, more: &[(&str, &str)]) {
    let mut form = vec![
        ("words", words),
        ("lon", "123.4141234"),
        ("lat", "31.2093456"),
        ("category", "event-0110"),
        ("similar", "any"),
        ("contact_name", "王小明"),
        ("contact_phone", "13800138000"),
    ];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend_from_slice(more);
    assert_eq!(world.visitor().post("/report", &form).await.status(), 303);
}

async fn newest(world: &World) -> Id {
    let read: Result<Id, DbError> =
        world.app.db.read(|tx| async move { tx.query_one("select max(id) from reports", vec![]).await?.get(0) }).await;
    read.expect("a report")
}

async fn text(visitor: &Visitor, path: &str) -> String {
    let answer = visitor.get(path).await;
    let status = answer.status();
    let text = answer.text().await.expect("a text");
    assert_eq!(status, 200, "{path}: {text}");
    text
}

on_both!(still every_format_tells_the_same_and_nothing_personal, |world: World| async move {
    let visitor = world.visitor();
    report(&world, "=HYPERLINK(\"x\") 电话 13900139000", &[]).await;
    world.clock.set(world.clock.now().plus(1000));
    report(&world, "路面有坑", &[("category", "event-0113"), ("lon", ""), ("lat", ""), ("address", "中山路 8 号"), ("place_asked", "中山路 8 号")]).await;
    let csv = text(&visitor, "/open-data/cases.csv").await;
    assert_eq!(csv.lines().next().expect("a head").split(',').count(), columns().len());
    let head: Vec<&str> = csv.lines().next().expect("a head").split(',').collect();
    assert_eq!(head, columns().iter().map(|column| column.name).collect::<Vec<_>>());
    assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\") 电话 ***\""), "no formula: {csv}");
    assert!(text(&visitor, "/open-data/cases.csv?mark=true").await.starts_with('\u{feff}'));
    let geo: Value = serde_json::from_str(&text(&visitor, "/open-data/cases.geojson?lang=en").await).expect("GeoJSON");
    let features = geo["features"].as_array().expect("features");
    assert_eq!(features.len(), 2);
    assert_eq!(features[0]["geometry"], Value::Null, "the newest, without a position");
    assert_eq!(features[1]["geometry"]["coordinates"], serde_json::json!([123.4141, 31.2093]), "rounded");
    assert_eq!(text(&visitor, "/open-data/cases.jsonl").await.lines().count(), 2);
    let atom = text(&visitor, "/open-data/cases.atom").await;
    assert!(atom.contains("<georss:point>31.2093 123.4141</georss:point>") && atom.matches("<entry>").count() == 2);
    assert!(atom.contains("<author><name>"), "RFC 4287, 4.1.1: {atom}");
    let closed = text(&visitor, "/open-data/cases.atom?status=closed&lang=zh").await;
    assert!(closed.contains("/open-data/cases.atom?status=closed&amp;lang=zh\"/>"), "who follows it gets what was asked: {closed}");
    let bulk: Value = serde_json::from_str(&text(&visitor, "/open-data/open311-bulk.json").await).expect("JSON");
    assert_eq!(bulk[1]["service_subtype"], "event-0110");
    assert!(text(&visitor, "/open-data/open311-bulk.csv").await.starts_with("service_request_id,requested_datetime,"));
    assert_eq!(text(&visitor, "/open-data/open311-bulk.xml").await.matches("<request>").count(), 2);
    for name in ["cases.csv", "cases.geojson", "cases.jsonl", "cases.atom", "open311-bulk.csv", "open311-bulk.json", "open311-bulk.xml"] {
        let whole = text(&visitor, &format!("/open-data/{name}")).await;
        for secret in ["13900139000", "13800138000", "王小明", "123.41412"] {
            assert!(!whole.contains(secret), "{name} tells {secret}");
        }
    }
    // What is asked for.
    for (query, count) in [
        ("service_code=event-0113", 1),
        ("service_code=event-0110,event-0113", 2),
        ("status=open", 2),
        ("status=closed", 0),
        ("from=2026-03-10T10:00:01%2B08:00", 1),
        ("to=2026-03-09", 0),
        ("area=000000", 0),
        ("changed_since=2026-03-10", 2),
    ] {
        let lines = text(&visitor, &format!("/open-data/cases.jsonl?{query}")).await;
        assert_eq!(lines.lines().count(), count, "{query}");
    }
    let wrong = visitor.get("/open-data/cases.csv?stauts=open&from=soon").await;
    assert_eq!(wrong.status(), 400);
    assert_eq!(visitor.get("/open-data/cases.csv?service_code=weather").await.status(), 404);
    assert_eq!(visitor.get("/open-data/cases.exe").await.status(), 404);
    // What is known need not be sent again.
    let first = visitor.get("/open-data/cases.csv").await;
    let (tag, modified) = (first.headers()["etag"].clone(), first.headers()["last-modified"].clone());
    let again = async |name: &str, value: &reqwest::header::HeaderValue| {
        let request = visitor.client.get(format!("{}/open-data/cases.csv", world.base)).header(name, value);
        request.send().await.expect("an answer").status()
    };
    assert_eq!(again("if-none-match", &tag).await, 304);
    assert_eq!(again("if-modified-since", &modified).await, 304);
    world.clock.set(world.clock.now().plus(5000));
    report(&world, "又一件", &[]).await;
    assert_eq!(again("if-none-match", &tag).await, 200);
    assert_eq!(again("if-modified-since", &modified).await, 200);
    let packed = visitor.client.get(format!("{}/open-data/cases.csv", world.base)).header("accept-encoding", "gzip");
    assert_eq!(packed.send().await.expect("an answer").headers()["content-encoding"], "gzip");
    for lang in ["zh-Hans", "en"] {
        let page = visitor.page(&format!("/open-data?lang={lang}")).await;
        assert!(page.contains("cases.geojson"), "{lang}");
        let page = visitor.page(&format!("/open-data/dictionary?lang={lang}")).await;
        assert!(columns().iter().all(|column| page.contains(column.name)), "{lang}");
    }
    let dictionary: Value = serde_json::from_str(&text(&visitor, "/open-data/dictionary.json").await).expect("JSON");
    assert_eq!(dictionary["fields"].as_array().map(Vec::len), Some(columns().len()));
});

on_both!(still pages_of_rows_follow_one_another_without_holes, |world: World| async move {
    report(&world, "一", &[]).await;
    let made: Result<(), DbError> = world
        .app
        .db
        .write(|tx| async move {
            // Copies of the one report, a second apart.
            let names = "words, lon, lat, coordinate_system, address, grid_code, district_code, street_code, community_code, area_name, \
                         code_set, kind, category_code, category_name, contact_name, contact_phone, photos, source, source_number, language, \
                         stage";
            for number in 1..2500_i64 {
                let sql = format!(
                    "insert into reports (id, code, idempotency_key, {names}, received_at) select cast($1 as bigint), cast($2 as text), cast($2 as text), {names}, received_at - $3 \
                     from reports where id > 10000 limit 1"
                );
                tx.execute(&sql, steward::kit::db::params![number, format!("copy-{number}"), number * 1000]).await?;
            }
            Ok(())
        })
        .await;
    made.expect("copies");
    let visitor = world.visitor();
    let lines = text(&visitor, "/open-data/cases.jsonl").await;
    let mut numbers: Vec<String> = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["id"].to_string()).collect();
    assert_eq!(numbers.len(), 2500);
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 2500, "each once");
    let geo: Value = serde_json::from_str(&text(&visitor, "/open-data/cases.geojson").await).expect("GeoJSON");
    assert_eq!(geo["features"].as_array().map(Vec::len), Some(2500));
    assert_eq!(text(&visitor, "/open-data/cases.atom").await.matches("<entry>").count(), 200, "a feed is short");
});

on_both!(still every_day_has_its_files, |world: World| async move {
    let visitor = world.visitor();
    assert_eq!(snapshots::write(&world.app).await.expect("written"), 0, "of nothing there is no file");
    report(&world, "第一天 13900139000", &[]).await;
    assert_eq!(snapshots::write(&world.app).await.expect("written"), 2);
    assert_eq!(snapshots::write(&world.app).await.expect("written"), 0, "once a day");
    let page = visitor.page("/open-data").await;
    assert!(page.contains("2026-03-10") && page.contains("cases-2026-03.csv.gz"));
    let sums = text(&visitor, "/open-data/2026-03-10/SHA256SUMS").await;
    assert_eq!(sums.lines().count(), 2);
    let digest = |sums: &str, ending: &str| {
        let line = sums.lines().find(|line| line.ends_with(ending)).expect("a line").to_owned();
        line.split(' ').next().expect("a sum").to_owned()
    };
    let packed = visitor.get("/open-data/2026-03-10/cases-2026-03.csv.gz").await.bytes().await.expect("bytes");
    {
        use sha2::Digest;
        let sum: String = sha2::Sha256::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sum, digest(&sums, "csv.gz"));
    }
    let mut csv = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut csv).expect("a file");
    assert!(csv.contains("第一天 ***"), "{csv}");
    // The next month; the one before is the same bytes.
    world.clock.set(world.clock.now().plus(25 * DAY));
    report(&world, "四月", &[]).await;
    assert_eq!(snapshots::write(&world.app).await.expect("written"), 4);
    let later = text(&visitor, "/open-data/2026-04-04/SHA256SUMS").await;
    assert_eq!(digest(&later, "2026-03.csv.gz"), digest(&sums, "2026-03.csv.gz"));
    // Something is told of the report of March.
    world.clock.set(world.clock.now().plus(DAY));
    let first = newest(&world).await;
    let at = world.clock.now();
    let told: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            let row = tx.query_one("select min(id) from reports where id <= $1", steward::kit::db::params![first]).await?;
            steward::reports::store::record(&tx, row.get(0)?, "report_accepted", true, None, at, serde_json::json!({})).await
        })
        .await;
    told.expect("told");
    snapshots::write(&world.app).await.expect("written");
    let third = text(&visitor, "/open-data/2026-04-05/SHA256SUMS").await;
    assert_ne!(digest(&third, "2026-03.csv.gz"), digest(&sums, "2026-03.csv.gz"));
    assert_eq!(digest(&third, "2026-04.csv.gz"), digest(&later, "2026-04.csv.gz"));
    // What is older than the city keeps is gone.
    world.clock.set(world.clock.now().plus(20 * DAY));
    snapshots::write(&world.app).await.expect("written");
    assert_eq!(visitor.get("/open-data/2026-03-10/SHA256SUMS").await.status(), 404);
    assert_eq!(visitor.get("/open-data/2026-04-04/cases-2026-04.csv.gz").await.status(), 200);
});
