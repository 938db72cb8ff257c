//! The map in pieces: tiles hold what they should, for whom they should, change when something changes, and no sooner.

use crate::browser::Browser;
use crate::photos::{keys, s3_server};
use crate::plans::plan_of_much;
use crate::program::Program;
use crate::world::{On, Visitor, World};
use crate::{on_both, on_each};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use steward::cases::store::{Scope, on_map_statement};
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, params};
use steward::kit::id::Id;
use steward::kit::sources::Sources;
use steward::tiles::tile::{Spot, Tile};

/// Reads Protocol Buffers: field by field, a number or bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
    fn number(bytes: &mut &[u8]) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let (byte, rest) = bytes.split_first().expect("a number");
            *bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        number
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let head = number(&mut bytes);
        let length = match head & 7 {
            0 => {
                found.push((head >> 3, number(&mut bytes), &[][..]));
                continue;
            }
            1 => 8,
            2 => usize::try_from(number(&mut bytes)).expect("a length"),
            other => panic!("wire type {other}"),
        };
        let (inner, rest) = bytes.split_at(length);
        bytes = rest;
        found.push((head >> 3, 0, inner));
    }
    found
}

fn numbers(mut bytes: &[u8]) -> Vec<u32> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let length = bytes.iter().position(|byte| byte & 0x80 == 0).expect("an end") + 1;
        let number = bytes[..length].iter().rev().fold(0_u64, |number, byte| number << 7 | u64::from(byte & 0x7f));
        found.push(u32::try_from(number).expect("32 bits"));
        bytes = &bytes[length..];
    }
    found
}

#[derive(Debug, Clone)]
struct Feature {
    kind: u64,
    words: BTreeMap<String, String>,
    /// The places that its commands go to.
    places: Vec<[i32; 2]>,
}

impl Feature {
    fn word(&self, name: &str) -> &str {
        self.words.get(name).map_or("", String::as_str)
    }

    fn count(&self) -> usize {
        self.words.get("count").map_or(1, |count| count.parse().expect("a count"))
    }
}

/// The layers of a tile, with what stands in them.
fn layers(bytes: &[u8]) -> BTreeMap<String, Vec<Feature>> {
    let mut found = BTreeMap::new();
    for (field, _, layer) in fields(bytes) {
        assert_eq!(field, 3, "layers alone");
        let parts = fields(layer);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let name = parts.iter().find(|(field, ..)| *field == 1).map(|(.., bytes)| text(bytes)).expect("a name");
        assert!(parts.iter().any(|(field, number, _)| (*field, *number) == (15, 2)), "version 2");
        assert!(parts.iter().any(|(field, number, _)| (*field, *number) == (5, 4096)), "an extent");
        let keys: Vec<String> = parts.iter().filter(|(field, ..)| *field == 3).map(|(.., bytes)| text(bytes)).collect();
        let said = |bytes: &[u8]| match fields(bytes)[0] {
            (1, _, inner) => text(inner),
            (3, _, inner) => f64::from_le_bytes(inner.try_into().expect("eight bytes")).to_string(),
            (6, number, _) => ((number >> 1) as i64 ^ -((number & 1) as i64)).to_string(),
            other => panic!("{other:?}"),
        };
        let values: Vec<String> =
            parts.iter().filter(|(field, ..)| *field == 4).map(|(.., bytes)| said(bytes)).collect();
        let features = parts.iter().filter(|(field, ..)| *field == 2).map(|(.., bytes)| feature(bytes, &keys, &values));
        found.insert(name, features.collect());
    }
    found
}

fn feature(bytes: &[u8], keys: &[String], values: &[String]) -> Feature {
    let (mut kind, mut words, mut places) = (0, BTreeMap::new(), Vec::new());
    for (field, number, inner) in fields(bytes) {
        match field {
            2 => {
                for pair in numbers(inner).chunks(2) {
                    words.insert(keys[pair[0] as usize].clone(), values[pair[1] as usize].clone());
                }
            }
            3 => kind = number,
            4 => {
                let (all, mut at) = (numbers(inner), [0_i32, 0]);
                let mut rest = &all[..];
                while let Some((command, behind)) = rest.split_first() {
                    rest = behind;
                    if command & 7 == 7 {
                        continue;
                    }
                    for _ in 0..command >> 3 {
                        let step = |zigzag: u32| (zigzag >> 1) as i32 ^ -((zigzag & 1) as i32);
                        at = [at[0] + step(rest[0]), at[1] + step(rest[1])];
                        places.push(at);
                        rest = &rest[2..];
                    }
                }
            }
            other => panic!("field {other}"),
        }
    }
    Feature { kind, words, places }
}

/// The degrees of a place in a tile.
fn degrees(tile: Tile, [x, y]: [i32; 2]) -> (f64, f64) {
    let across = f64::from(1_u32 << tile.z);
    let at = |tile: u32, step: i32| (f64::from(tile) + (f64::from(step) + 0.5) / 4096.0) / across;
    let lat = (std::f64::consts::PI * (1.0 - 2.0 * at(tile.y, y))).sinh().atan().to_degrees();
    (at(tile.x, x) * 360.0 - 180.0, lat)
}

const HERE: (f64, f64) = (123.414_123_4, 31.209_345_6);
/// The same as the public is told it.
const TOLD: (f64, f64) = (123.4141, 31.2093);
/// A kilometre further on.
const THERE: (f64, f64) = (123.408_7, 31.217_2);

fn tile_at(z: u8, (lon, lat): (f64, f64)) -> Tile {
    Tile::of(z, Spot::of(lon, lat).expect("a place"))
}

fn address(layer: &str, tile: Tile, query: &str) -> String {
    format!("/tiles/{layer}/{}/{}/{}{query}", tile.z, tile.x, tile.y)
}

async fn read(visitor: &Visitor, path: &str) -> BTreeMap<String, Vec<Feature>> {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status(), 200, "{path}: {}", answer.text().await.unwrap_or_default());
    assert_eq!(answer.headers()["content-type"], "application/vnd.mapbox-vector-tile");
    layers(&answer.bytes().await.expect("bytes"))
}

async fn features(visitor: &Visitor, layer: &str, tile: Tile, query: &str) -> Vec<Feature> {
    read(visitor, &address(layer, tile, query)).await.remove(layer).unwrap_or_default()
}

fn counted(features: &[Feature]) -> usize {
    features.iter().map(Feature::count).sum()
}

async fn report(world: &World, words: &str, category: &str, (lon, lat): (f64, f64)) {
    let (lon, lat) = (lon.to_string(), lat.to_string());
    let form = [
        ("words", words),
        ("lon", lon.as_str()),
        ("lat", lat.as_str()),
        ("coordinates", "wgs84"),
        ("category", category),
        ("similar", "any"),
        ("contact_name", "王小明"),
        ("contact_phone", "13800138000"),
    ];
    let answer = world.visitor().post("/report", &form).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap_or_default());
}

on_both!(still reports_are_told_as_the_public_pages_tell_them, |world: World| async move {
    let visitor = world.visitor();
    let world_tile = Tile::new(0, 0, 0).expect("a tile");
    assert!(features(&visitor, "reports", world_tile, "").await.is_empty(), "nothing yet");
    report(&world, "路面有坑，我的电话 13900139000", "event-0113", HERE).await;
    let one = features(&visitor, "reports", tile_at(17, TOLD), "?lang=en").await;
    assert_eq!(one.len(), 1, "there the moment that it is in: {one:?}");
    let pin = &one[0];
    assert_eq!((pin.kind, pin.word("stage"), pin.word("stage_label")), (1, "received", "Received"));
    assert!(pin.word("href") == format!("/reports/{}", pin.word("id")) && !pin.word("title").is_empty(), "{pin:?}");
    assert_eq!(visitor.get(pin.word("href")).await.status(), 200);
    let (lon, lat) = degrees(tile_at(17, TOLD), pin.places[0]);
    assert!((lon - 123.4141).abs() < 2e-6 && (lat - 31.2093).abs() < 2e-6, "rounded to about ten metres: {lon} {lat}");
    let chinese = features(&visitor, "reports", tile_at(17, TOLD), "?lang=zh-Hans").await;
    assert_ne!(chinese[0].word("stage_label"), "Received");
    let raw = visitor.get(&address("reports", tile_at(17, TOLD), "")).await.bytes().await.expect("bytes");
    let raw = String::from_utf8_lossy(&raw).into_owned();
    for private in ["13900139000", "13800138000", "王小明"] {
        assert!(!raw.contains(private), "{private}");
    }

    report(&world, "又一个坑", "event-0113", HERE).await;
    report(&world, "垃圾", "event-0110", THERE).await;
    let all = features(&visitor, "reports", world_tile, "").await;
    assert_eq!((all.len(), counted(&all)), (1, 3), "one cluster: {all:?}");
    for z in [3, 10, 14, 17, 18, 22] {
        let mut tiles = vec![tile_at(z, TOLD), tile_at(z, THERE)];
        tiles.dedup();
        let mut sum = 0;
        for tile in tiles {
            sum += counted(&features(&visitor, "reports", tile, "").await);
        }
        assert_eq!(sum, 3, "zoom {z}");
    }
    let near = features(&visitor, "reports", tile_at(17, TOLD), "").await;
    assert_eq!(near.len(), 2, "two at one place are two pins where they can be listed: {near:?}");

    // What lists can be cut down to, the map can.
    let asked = async |query: &str| counted(&features(&visitor, "reports", world_tile, query).await);
    for (query, count) in [
        ("?category=event-0113", 2),
        ("?kind=event&code=0110", 1),
        ("?kind=component", 0),
        ("?stage=received", 3),
        ("?stage=solved", 0),
        ("?state=open", 3),
        ("?state=closed", 0),
        ("?from=2026-03-10&to=2026-03-10", 3),
        ("?to=2026-03-09", 0),
        ("?from=2026-03-10&category=event-0110&state=all", 1),
    ] {
        assert_eq!(asked(query).await, count, "{query}");
    }
    let warm = read(&visitor, "/tiles/reports/0/0/0?heat=1").await;
    assert_eq!(counted(&warm["heat"]), 3);
    let weight: f64 = warm["heat"][0].word("weight").parse().expect("a weight");
    assert!(weight > 0.0 && weight <= 1.0);
    // After a month they are gone by themselves, and still there for whoever asks for that time.
    world.clock.set(world.clock.now().plus(40 * 86_400_000));
    assert_eq!(asked("").await, 0);
    assert_eq!(asked("?from=2026-03-10").await, 3);
});

on_both!(still what_is_wrong_is_refused_in_words, |world: World| async move {
    let visitor = world.visitor();
    for (query, said) in [
        ("?colour=red", "colour"),
        ("?stage=done", "done"),
        ("?state=new", "new"),
        ("?category=0110", "0110"),
        ("?from=soon", "soon"),
        ("?from=2026-03-10&to=2026-03-01", "first day"),
        ("?from=2020-01-01", "400"),
    ] {
        let answer = visitor.get(&format!("/tiles/reports/0/0/0{query}&lang=en")).await;
        assert_eq!(answer.status(), 422, "{query}");
        let page = crate::browser::words(&answer.text().await.expect("a page"));
        assert!(page.contains(said), "{query}: {page}");
    }
    for path in ["23/0/0", "3/8/0", "3/0/8", "-1/0/0", "0/0/0.5", "99999999999/0/0", "1/1/x"] {
        for layer in ["reports", "grid", "base"] {
            assert_eq!(visitor.get(&format!("/tiles/{layer}/{path}")).await.status(), 404, "{layer}/{path}");
        }
    }
});

on_both!(still a_tile_changes_when_something_in_it_does, |world: World| async move {
    let visitor = world.visitor();
    report(&world, "路面有坑", "event-0113", HERE).await;
    let (here, there) = (address("reports", tile_at(15, TOLD), ""), address("reports", tile_at(15, THERE), ""));
    assert_ne!(here, there);
    let mark = async |path: &str| {
        let answer = visitor.get(path).await;
        assert_eq!(answer.headers()["cache-control"], "public, no-cache");
        answer.headers()["etag"].to_str().expect("a mark").to_owned()
    };
    let again = async |path: &str, mark: &str| {
        let request = visitor.client.get(format!("{}{path}", world.base)).header("if-none-match", mark);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        assert!(status == 200 || answer.bytes().await.expect("no bytes").is_empty());
        status
    };
    let (first, elsewhere) = (mark(&here).await, mark(&there).await);
    assert_eq!((again(&here, &first).await, again(&there, &elsewhere).await), (304, 304));
    report(&world, "又一个坑", "event-0113", HERE).await;
    assert_eq!(again(&here, &first).await, 200, "a new report is seen at once");
    assert_eq!(again(&there, &elsewhere).await, 304, "and only where it lies");
    let packed = visitor.client.get(format!("{}{here}", world.base)).header("accept-encoding", "gzip");
    let packed = packed.send().await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let mut plain = Vec::new();
    GzDecoder::new(&packed.bytes().await.expect("bytes")[..]).read_to_end(&mut plain).expect("gzip");
    assert_eq!(plain, visitor.get(&here).await.bytes().await.expect("bytes"));
    // What has come from elsewhere without a word is read when it is told of.
    let moved: Result<u64, DbError> = world
        .app
        .db
        .write(|tx| async move {
            let sql = "update reports set lon = $1, lat = $2";
            tx.execute(sql, params![THERE.0, THERE.1]).await
        })
        .await;
    assert_eq!(moved.expect("moved"), 2);
    world.app.tell("report", 0);
    assert_eq!(counted(&features(&visitor, "reports", tile_at(15, TOLD), "").await), 0);
    assert_eq!(counted(&features(&visitor, "reports", tile_at(15, THERE), "").await), 2);
});

/// The open cases by number, as soon as there are so many.
async fn cases(world: &World, count: usize) -> Vec<(Id, String)> {
    let began = Instant::now();
    loop {
        let read = world.app.db.read(|tx| async move {
            let rows = tx.query("select id, number from cases order by number", params![]).await?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(Id, String)>, DbError>>()
        });
        let found = read.await.expect("cases");
        if found.len() >= count {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{} of {count} cases", found.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Gives a case to a department, or sets its stage, as its own doors would, and says so.
async fn put(world: &World, case: Id, department: &str, stage: &'static str) {
    let department = department.to_owned();
    let changed: Result<u64, DbError> = world
        .app
        .db
        .write(move |tx| async move {
            let sql = "update cases set department_id = (select id from departments where code = $2), stage = $3, \
                       is_open = $4, due_order_at = $5 where id = $1";
            let is_open = stage != "closed";
            let due = if is_open { 1_773_107_000_000_i64 } else { 9_000_000_000_000_000 };
            tx.execute(sql, params![case, department, stage, is_open, due]).await
        })
        .await;
    assert_eq!(changed.expect("changed"), 1);
    world.app.tell("case", case);
}

on_both!(still cases_are_shown_to_whom_they_exist_for, |world: World| async move {
    report(&world, "路面有坑", "event-0113", HERE).await;
    report(&world, "垃圾", "event-0110", HERE).await;
    report(&world, "路灯不亮", "event-0110", THERE).await;
    let cases = cases(&world, 3).await;
    let world_tile = Tile::new(0, 0, 0).expect("a tile");
    let acceptor = Browser::signed_in(&world, "acceptor1").await.visitor;
    assert_eq!(counted(&features(&acceptor, "cases", world_tile, "").await), 3);
    put(&world, cases[0].0, "220", "dispatched").await;
    put(&world, cases[1].0, "210", "dispatched").await;

    let municipal = Browser::signed_in(&world, "desk-municipal").await.visitor;
    let sanitation = Browser::signed_in(&world, "desk-sanitation").await.visitor;
    let own = features(&municipal, "cases", tile_at(17, HERE), "?lang=en").await;
    let numbers: Vec<&str> = own.iter().map(|pin| pin.word("number")).collect();
    assert_eq!(numbers, [cases[0].1.as_str()], "a department sees its own");
    let list = municipal.client.get(format!("{}/department", world.base)).header("x-refresh", "list");
    let list = list.send().await.expect("an answer").text().await.expect("a list");
    assert!(list.contains(&cases[0].1) && !list.contains(&cases[1].1), "as its list: {list}");
    let pin = &own[0];
    assert_eq!((pin.word("stage_label"), pin.word("tone"), pin.word("late")), ("Dispatched", "danger", "1"));
    for z in [0, 9, 16, 20] {
        let all = features(&sanitation, "cases", tile_at(z, HERE), "").await;
        assert_eq!((all.len(), all[0].word("number")), (1, cases[1].1.as_str()), "zoom {z}");
    }
    let crew = Browser::signed_in(&world, "crew-road").await.visitor;
    assert_eq!(counted(&features(&crew, "cases", world_tile, "").await), 1, "what their department gave to nobody yet");
    let keeper = Browser::signed_in(&world, "keeper1").await.visitor;
    assert_eq!(counted(&features(&keeper, "cases", world_tile, "").await), 0);
    let leader = Browser::signed_in(&world, "leader").await.visitor;
    assert_eq!(counted(&features(&leader, "cases", world_tile, "").await), 3);

    // What goes to another department leaves the one's map and comes onto the other's, whatever was kept.
    put(&world, cases[0].0, "210", "dispatched").await;
    assert!(features(&municipal, "cases", tile_at(17, HERE), "").await.is_empty());
    assert_eq!(counted(&features(&sanitation, "cases", tile_at(17, HERE), "").await), 2);
    put(&world, cases[0].0, "210", "closed").await;
    let asked = async |who: &Visitor, query: &str| counted(&features(who, "cases", world_tile, query).await);
    for (query, count) in [
        ("", 2),
        ("?state=open", 2),
        ("?state=closed", 1),
        ("?stage=closed", 1),
        ("?state=all", 3),
        ("?ended=1", 3),
        ("?overdue=1", 1),
        ("?state=overdue", 1),
        ("?stage=dispatched", 1),
        ("?from=2026-03-10&state=all", 3),
        ("?to=2026-03-09&state=all", 0),
        ("?category=component-0101", 0),
    ] {
        assert_eq!(asked(&acceptor, query).await, count, "{query}");
    }
    assert_eq!(asked(&sanitation, "?state=all").await, 2);
    assert_eq!(asked(&municipal, "?state=all").await, 0);

    let visitor = world.visitor();
    let sysadmin = Browser::signed_in(&world, "sysadmin").await.visitor;
    for layer in ["cases", "components", "responsibility"] {
        let path = format!("/tiles/{layer}/0/0/0");
        assert_eq!(visitor.get(&path).await.status(), 303, "{layer}: whoever is not signed in");
        assert_eq!(sysadmin.get(&path).await.status(), 403, "{layer}: whoever has no cases");
    }
    let page = municipal.page("/cases/map?state=closed&lang=en").await;
    let plain = crate::browser::plain(&page);
    assert!(plain.contains("data-points=\"/tiles/cases/{z}/{x}/{y}?state=closed\""), "{plain}");
    assert!(plain.contains("href=\"/department\""), "the list for whoever has no script");
    assert_eq!(municipal.get("/cases/map?state=new").await.status(), 422);
});

on_both!(still the_ground_is_cut_by_zoom, |world: World| async move {
    let visitor = world.visitor();
    let far = read(&visitor, &address("grid", tile_at(9, HERE), "")).await;
    assert!(far.contains_key("areas") && !far.contains_key("grids"), "{:?}", far.keys());
    assert!(far["areas"].iter().all(|area| area.word("level") != "community"), "too small to be seen");
    let near = read(&visitor, &address("grid", tile_at(15, HERE), "")).await;
    let cell = world.app.grid().locate(HERE.0, HERE.1).map(|found| found.code.to_owned());
    if let Some(cell) = cell {
        assert!(near["grids"].iter().any(|grid| grid.word("code") == cell), "{cell}");
    }
    assert!(near["areas"].iter().any(|area| area.word("level") == "community"));
    for feature in near.values().flatten() {
        assert_eq!(feature.kind, 3);
        assert!(feature.places.iter().flatten().all(|step| (-64..=4160).contains(step)), "{feature:?}");
    }
    let answer = visitor.get(&address("grid", tile_at(15, HERE), "")).await;
    assert_eq!(answer.headers()["cache-control"], "public, max-age=600");
    assert!(visitor.get("/tiles/grid/15/0/0").await.bytes().await.expect("bytes").is_empty(), "the sea");

    let drawn = read(&visitor, &address("base", tile_at(13, HERE), "")).await;
    let kinds: Vec<&str> = drawn["base"].iter().map(|shape| shape.word("kind")).collect();
    assert!(kinds.contains(&"road") && kinds.contains(&"block"), "{kinds:?}");
    assert!(drawn["base"].iter().any(|shape| shape.kind == 2) && drawn["base"].iter().any(|shape| shape.kind == 3));

    let keeper = Browser::signed_in(&world, "keeper1").await.visitor;
    let own = read(&keeper, &address("responsibility", tile_at(14, HERE), "")).await;
    let grids = own.get("responsibility").cloned().unwrap_or_default();
    assert!(!grids.is_empty() && grids.iter().all(|grid| grid.word("code").starts_with('R')), "{grids:?}");
    assert!(read(&keeper, &address("responsibility", tile_at(10, HERE), "")).await.is_empty());

    let place: Result<(f64, f64), DbError> = world
        .app
        .db
        .read(|tx| async move {
            let row = tx.query_one("select lon, lat from components order by code limit 1", params![]).await?;
            Ok((row.get(0)?, row.get(1)?))
        })
        .await;
    let place = place.expect("a component");
    let standing = read(&keeper, &address("components", tile_at(17, place), "")).await;
    assert!(standing["components"].iter().all(|one| !one.word("code").is_empty() && !one.word("state").is_empty()));
    assert!(read(&keeper, &address("components", tile_at(15, place), "")).await.is_empty(), "too many to be told apart");
});

on_both!(still points_are_read_in_the_order_of_an_index, |world: World| async move {
    let department = Scope::Department(7);
    for (scope, is_open) in [(Scope::All, true), (Scope::All, false), (department.clone(), true), (department, false)] {
        let (sql, bound) = on_map_statement(&scope, is_open, (Moment(5), 9), Moment(1_773_108_000_000), 20_000);
        let plan = plan_of_much(&world, sql, bound).await;
        assert!(plan.contains("_open") && !plan.contains("SCAN cases\n"), "{scope:?} {is_open}: {plan}");
    }
});

/// A PMTiles file of version 3 with these tiles, packed by gzip, by their numbers.
fn pmtiles(form: u8, tiles: &[(u64, &[u8])]) -> Vec<u8> {
    let packed = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(bytes).expect("memory");
        packed.finish().expect("memory")
    };
    let (mut data, mut entries) = (Vec::new(), Vec::new());
    for (number, tile) in tiles {
        let tile = packed(tile);
        entries.push((*number, tile.len() as u64, data.len() as u64));
        data.extend_from_slice(&tile);
    }
    let varint = |out: &mut Vec<u8>, mut number: u64| {
        while number >= 0x80 {
            out.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    };
    // A directory: count, steps of numbers, runs, lengths, places.
    let directory = |entries: &[(u64, u64, u64)], run: u64| {
        let (mut out, mut last) = (Vec::new(), 0);
        varint(&mut out, entries.len() as u64);
        for (number, ..) in entries {
            varint(&mut out, number - last);
            last = *number;
        }
        entries.iter().for_each(|_| varint(&mut out, run));
        entries.iter().for_each(|(_, length, _)| varint(&mut out, *length));
        entries.iter().for_each(|(.., at)| varint(&mut out, at + 1));
        packed(&out)
    };
    // The tiles lie in a leaf, the root leads to it.
    let leaf = directory(&entries, 1);
    let root = directory(&[(entries[0].0, leaf.len() as u64, 0)], 0);
    let mut file = b"PMTiles\x03".to_vec();
    let root_at = 127;
    let leaf_at = root_at + root.len() as u64;
    let data_at = leaf_at + leaf.len() as u64;
    for number in [
        root_at,
        root.len() as u64,
        data_at,
        0,
        leaf_at,
        leaf.len() as u64,
        data_at,
        data.len() as u64,
        entries.len() as u64,
        entries.len() as u64,
        entries.len() as u64,
    ] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    // Clustered, directories by gzip, tiles by gzip, what they are, the zooms.
    file.extend_from_slice(&[1, 2, 2, form, 0, 2]);
    file.resize(127, 0);
    [file, root, leaf, data].concat()
}

/// Asks for a file whole and in parts, as programs that read PMTiles do.
async fn is_served_in_parts(client: &reqwest::Client, base: &str, file: &[u8]) {
    let address = format!("{base}/map/tiles/city.pmtiles");
    let whole = client.get(&address).send().await.expect("an answer");
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    assert_eq!(whole.headers()["content-length"], file.len().to_string());
    let said = |name: &str| whole.headers()[name].to_str().expect("text").to_owned();
    let (mark, date) = (said("etag"), said("last-modified"));
    assert!(date.ends_with(" GMT"), "{date}");
    assert!(whole.bytes().await.expect("bytes") == file);
    let ask = async |pairs: &[(&str, &str)]| {
        let mut request = client.get(&address).header("accept-encoding", "gzip");
        for (name, value) in pairs {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        let part = answer.headers().get("content-range").map(|part| part.to_str().expect("text").to_owned());
        (answer.status().as_u16(), part.unwrap_or_default(), answer.bytes().await.expect("bytes").to_vec())
    };
    let length = file.len();
    assert_eq!(ask(&[("range", "bytes=0-126")]).await, (206, format!("bytes 0-126/{length}"), file[..127].to_vec()));
    assert_eq!(
        ask(&[("range", "bytes=-9")]).await,
        (206, format!("bytes {}-{}/{length}", length - 9, length - 1), file[length - 9..].to_vec())
    );
    let behind = format!("bytes={length}-");
    let (status, part, _) = ask(&[("range", behind.as_str())]).await;
    assert_eq!((status, part), (416, format!("bytes */{length}")));
    assert_eq!(ask(&[("range", "bytes=0-1,4-5")]).await.0, 200);
    for same in [&mark, &date] {
        assert_eq!(ask(&[("range", "bytes=0-9"), ("if-range", same.as_str())]).await.0, 206, "{same}");
    }
    assert!(ask(&[("range", "bytes=0-9"), ("if-range", "\"another\"")]).await.2 == file, "all of the new one");
    assert_eq!(ask(&[("if-none-match", mark.as_str())]).await.0, 304);
    assert_eq!(ask(&[("if-modified-since", date.as_str())]).await.0, 304);
    assert_eq!(ask(&[("if-modified-since", date.as_str()), ("if-none-match", "\"another\"")]).await.0, 200);
    let head = client.head(&address).send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], length.to_string());
    assert!(head.bytes().await.expect("no bytes").is_empty());
}

on_each!(a_citys_own_base_map_is_served_from_one_file, async |on| {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = include_str!("../../demo/city.toml")
        .replace("raster = \"\"", "tiles = \"city\"")
        .replace("attribution = \"\"", "attribution = \"临江测绘 GS(2026)1 号\"");
    std::fs::write(folder.path().join("city.toml"), &settings).expect("a file");
    // Tiles 0/0/0 and 1/1/1.
    let file = pmtiles(1, &[(0, &b"the world"[..]), (3, &b"a quarter"[..])]);
    std::fs::write(folder.path().join("city.pmtiles"), &file).expect("a file");
    std::fs::write(folder.path().join("secret.txt"), "secret").expect("a file");
    let Some(world) = World::of(on, Sources::of_city(folder.path())).await else { return };
    let visitor = world.visitor();
    let page = crate::browser::plain(&visitor.page("/report").await);
    assert!(page.contains("data-base=\"/map/tiles/city/{z}/{x}/{y}\"") && page.contains("data-vector=\"1\""), "{page}");
    assert!(page.contains("GS(2026)1 号") && page.contains("data-most=\"2\""), "{page}");

    is_served_in_parts(&visitor.client, &world.base, &file).await;

    let tile = visitor.get("/map/tiles/city/1/1/1").await;
    assert_eq!(tile.headers()["content-type"], "application/vnd.mapbox-vector-tile");
    assert_eq!(tile.text().await.expect("a tile"), "a quarter");
    assert_eq!(visitor.get("/map/tiles/city/0/0/0").await.text().await.expect("a tile"), "the world");
    for (missing, status) in
        [("city/1/0/0", 204), ("city/2/3/3", 204), ("city/9/0/0", 204), ("city/1/2/0", 404), ("other/0/0/0", 404)]
    {
        assert_eq!(visitor.get(&format!("/map/tiles/{missing}")).await.status(), status, "{missing}");
    }
    for outside in [
        "secret.txt",
        "..%2fcity.toml",
        "%2e%2e%2fcity.pmtiles",
        "city.toml",
        ".pmtiles",
        "city",
        "..%2f..%2fetc%2fpasswd.pmtiles",
    ] {
        assert_eq!(visitor.get(&format!("/map/tiles/{outside}")).await.status(), 404, "{outside}");
    }
    // Another file takes its place while the program runs.
    std::fs::write(folder.path().join("city.pmtiles"), pmtiles(1, &[(0, &b"another world"[..])])).expect("a file");
    assert_eq!(visitor.get("/map/tiles/city/0/0/0").await.text().await.expect("a tile"), "another world");
    std::fs::write(folder.path().join("city.pmtiles"), b"no map").expect("a file");
    assert_eq!(visitor.get("/map/tiles/city/0/0/0").await.status(), 500);
    assert!(
        World::of(on, Sources::of_demo())
            .await
            .is_some_and(|demo| demo.app.tiles.base().is_none() && demo.app.tiles.has_ground())
    );
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_base_map_in_a_bucket_is_served_as_one_on_the_disk() {
    let (folder, bucket) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let Some(url) = crate::moulds::settled(On::Sqlite, folder.path()).await else { return };
    let endpoint = s3_server(bucket.path()).await;
    let city = folder.path().join("city");
    std::fs::create_dir_all(&city).expect("a folder");
    let settings = |key: &str| {
        let tiles = format!("tiles = \"s3://steward/maps/{key}\"");
        let settings = include_str!("../../demo/city.toml").replace("raster = \"\"", &tiles);
        std::fs::write(city.join("city.toml"), settings).expect("a file");
    };
    let mut more = keys(&endpoint, "a secret of ours");
    more.push(("STEWARD_CITY".to_owned(), city.display().to_string()));

    // A file that is not there is told of before anything is begun.
    settings("none.pmtiles");
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_steward"))
        .args(["check", "--database", &url, "--files"])
        .arg(folder.path().join("files"))
        .envs(more.iter().cloned())
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned();
    assert!(said.contains("map.tiles: none.pmtiles: there is no maps/none.pmtiles in the bucket"), "{said}");

    // Longer than what is read of it at once.
    settings("city.pmtiles");
    let place = bucket.path().join("steward/maps/city.pmtiles");
    std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    let file = [pmtiles(1, &[(0, &b"the world"[..]), (3, &b"a quarter"[..])]), vec![7; 1 << 20]].concat();
    std::fs::write(&place, &file).expect("a file");
    let program = Program::with(&url, &folder.path().join("files"), &more);
    let client = crate::world::plain_client().build().expect("a client");
    let get = async |path: &str| client.get(format!("{}{path}", program.base)).send().await.expect("an answer");
    let page = crate::browser::plain(&get("/report").await.text().await.expect("a page"));
    assert!(page.contains("data-base=\"/map/tiles/city/{z}/{x}/{y}\""), "{page}");
    is_served_in_parts(&client, &program.base, &file).await;
    let tile = get("/map/tiles/city/1/1/1").await;
    assert_eq!(tile.headers()["content-type"], "application/vnd.mapbox-vector-tile");
    assert_eq!(tile.text().await.expect("a tile"), "a quarter");
    for (path, status) in [("city/1/0/0", 204), ("city/9/0/0", 204), ("other/0/0/0", 404), ("other.pmtiles", 404)] {
        assert_eq!(get(&format!("/map/tiles/{path}")).await.status(), status, "{path}");
    }

    // Another file takes its place while the program runs, and is no tile of the old one; then it is gone.
    std::fs::write(&place, pmtiles(1, &[(0, &b"another world"[..])])).expect("a file");
    assert_eq!(get("/map/tiles/city/0/0/0").await.text().await.expect("a tile"), "another world");
    std::fs::remove_file(&place).expect("it is taken away");
    assert_eq!(get("/map/tiles/city.pmtiles").await.status(), 404);
    assert_eq!(get("/map/tiles/city/0/0/0").await.status(), 404);
}
