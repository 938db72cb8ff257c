//! Bringing data in and taking it out: looked at first, kept when somebody says so, on record for good.

use crate::browser::{Browser, words};
use crate::moulds;
use crate::on_both;
use crate::world::{On, World};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use steward::grid::coordinates::CoordinateSystem;
use steward::imports::export::{self, What, Wish};
use steward::imports::watching;

/// Sends the form of imports with these files.
async fn brings(who: &Browser, subject: &str, files: Vec<(&'static str, Vec<u8>)>) -> crate::browser::Answer {
    let mut form = who.form("/admin/imports", "/admin/imports").await;
    form.put("subject", subject);
    for (name, bytes) in files {
        form.attach(name, bytes);
    }
    who.send(&form).await
}

async fn decides(who: &Browser, page: &str, decision: &str) -> crate::browser::Answer {
    let form = who.form(page, &format!("{page}/{decision}")).await;
    who.send(&form).await
}

on_both!(a_file_is_looked_at_before_it_takes_effect, |world: World| async move {
    let admin = Browser::signed_in(&world, "sysadmin").await;
    assert!(admin.reads("/admin").await.contains("数据导入"));
    let first = admin.reads("/admin/imports").await;
    assert!(first.contains("还没有导入过文件"), "{first}");

    // What the city has comes out, and goes in again without a change.
    let out = admin.page("/admin/exports/grids").await;
    let mut grids: Value = serde_json::from_str(&out).expect("GeoJSON");
    let count = grids["features"].as_array().expect("features").len();
    assert_eq!(count, world.app.grid().cells().len());
    let same = brings(&admin, "grids", vec![("grids.geojson", out.into_bytes())]).await;
    assert_eq!(same.status, 303, "{}", words(&same.text));
    let read = admin.reads(&same.location).await;
    assert!(read.contains(&format!("与现有一致 {count}")) && read.contains("新增 0"), "{read}");

    // One has another name, one is new, one cannot be used.
    let features = grids["features"].as_array_mut().expect("features");
    features.truncate(2);
    features[0]["properties"]["name"] = json!("码头前广场");
    let code = features[0]["properties"]["code"].as_str().expect("a code").to_owned();
    features[1]["properties"]["code"] = json!("12");
    let edited = serde_json::to_vec(&grids).expect("JSON");
    let looked = brings(&admin, "grids", vec![("东片.geojson", edited)]).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let read = admin.reads(&looked.location).await;
    for told in ["尚未生效", "变更 1", "不可用 1", "编码 12", "东片.geojson"] {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let name = |world: &World| world.app.grid().cell(&code).map(|cell| cell.cell.name.clone()).expect("the grid");
    assert_ne!(name(&world), "码头前广场", "nothing took effect");
    let english = admin.reads(&format!("{}?lang=en", looked.location)).await;
    assert!(english.contains("Not in effect yet") && !english.contains("imports-"), "{english}");
    drop(admin.look("/admin/imports?lang=zh-Hans").await);

    assert_eq!(decides(&admin, &looked.location, "keep").await.status, 303);
    assert_eq!(name(&world), "码头前广场", "it took effect at once");
    let read = admin.reads(&looked.location).await;
    assert!(read.contains("已导入") && read.contains("变更 1"), "{read}");
    assert_eq!(world.app.grid().cells().len(), count, "no grid is lost by a smaller file");
    // Decided is decided.
    let form = admin.form(&same.location, &format!("{}/keep", same.location)).await;
    for decision in ["keep", "discard"] {
        let again = admin.send(&form.to(format!("{}/{decision}", looked.location))).await;
        assert_eq!(again.status, 422);
        assert!(words(&again.text).contains("已经有人处理过"), "{}", words(&again.text));
    }
    assert_eq!(decides(&admin, &same.location, "discard").await.status, 303);
    let history = admin.reads("/admin/imports").await;
    assert!(history.contains("已导入") && history.contains("已放弃"), "{history}");
    let notes = admin.page(&format!("{}/notes.csv", looked.location)).await;
    assert!(notes.contains("编码 12"), "{notes}");
    let audit = Browser::signed_in(&world, "auditadmin").await.reads("/audit/changes").await;
    assert!(audit.contains("导入数据") && audit.contains("东片.geojson") && audit.contains("放弃导入"), "{audit}");
});

on_both!(a_file_that_cannot_be_read_says_so, |world: World| async move {
    let admin = Browser::signed_in(&world, "sysadmin").await;
    for (subject, file, told) in [
        ("", Some(("a.geojson", b"{}".to_vec())), "请选择要导入的内容"),
        ("grids", None, "请选择文件"),
        ("grids", Some(("a.geojson", b"no map".to_vec())), "GeoJSON"),
        ("keepers", Some(("a.csv", vec![0xff, 0xfe, 0x00])), "文"),
        ("areas", Some(("a.dbf", b"table".to_vec())), "没有 .shp"),
        ("areas", Some(("a.shp", b"shapes".to_vec())), "Shapefile"),
        ("reports", Some(("a.csv", b"one,two\n1,2\n".to_vec())), "列"),
    ] {
        let refused = brings(&admin, subject, file.into_iter().collect()).await;
        let read = words(&refused.text);
        assert_eq!(refused.status, 422, "{subject}: {read}");
        assert!(read.contains(told), "{subject}: {told} is not in {read}");
    }
    let nothing = brings(&admin, "keepers", vec![("a.csv", "code,unit_codes\nA,999\n".into())]).await;
    assert_eq!(nothing.status, 303);
    let read = admin.reads(&nothing.location).await;
    assert!(read.contains("不能导入") && read.contains("999"), "{read}");
    let discard = admin.form(&nothing.location, &format!("{}/discard", nothing.location)).await;
    let kept = admin.send(&discard.to(format!("{}/keep", nothing.location))).await;
    assert_eq!(kept.status, 422);
    // Nobody but the system administrator, and nothing but the ground, goes through these doors.
    let acceptor = Browser::signed_in(&world, "acceptor1").await;
    assert_eq!(acceptor.look(&nothing.location).await.status, 403);
    assert_eq!(acceptor.look("/admin/exports/grids").await.status, 403);
    assert_eq!(admin.look("/admin/exports/reports").await.status, 404);
    assert_eq!(admin.look("/admin/imports/17").await.status, 404);
});

on_both!(keepers_and_reports_of_another_system, |world: World| async move {
    let admin = Browser::signed_in(&world, "sysadmin").await;
    let cell = "990100001001002";
    let before = world.app.keeper_of(cell).expect("a keeper");
    let list = admin.page("/admin/exports/keepers").await;
    let other = list
        .lines()
        .find(|line| line.contains(cell))
        .map(|line| line.replace("keeper1", "keeper3"))
        .expect("the responsibility grid");
    let list = format!("code,name,unit_codes,keeper,team\n{other}\n");
    let brought = brings(&admin, "keepers", vec![("keepers.csv", list.into_bytes())]).await;
    assert_eq!(decides(&admin, &brought.location, "keep").await.status, 303);
    assert_ne!(world.app.keeper_of(cell), Some(before), "another keeper watches over it at once");

    // On a map the borders say which unit grids belong to it.
    let grids: Value = serde_json::from_str(&admin.page("/admin/exports/grids").await).expect("GeoJSON");
    let found = grids["features"].as_array().expect("features").iter();
    let mut drawn = found.clone().find(|one| one["properties"]["code"] == cell).expect("the grid").clone();
    drawn["properties"] = json!({ "code": "R-map", "name": "图上的责任网格", "keeper": "keeper1" });
    let mut unknown = drawn.clone();
    unknown["properties"] = json!({ "code": "R-nobody", "unit_codes": "990100001001003", "keeper": "nobody" });
    let map = json!({ "type": "FeatureCollection", "features": [drawn, unknown] });
    let brought = brings(&admin, "keepers", vec![("map.geojson", map.to_string().into_bytes())]).await;
    let read = admin.reads(&brought.location).await;
    assert!(read.contains("新增 1") && read.contains("R-nobody") && read.contains("nobody"), "{read}");

    let reports = "number,created,category,status,address,lon,lat,words\n\
                   A-1,2026-03-01T08:00:00,路灯,Open,书院路 3 号,,,'=不亮\n\
                   A-2,yesterday,路灯,Open,书院路 4 号,,,\n";
    let brought = brings(&admin, "reports", vec![("old.csv", reports.into())]).await;
    let read = admin.reads(&brought.location).await;
    assert!(read.contains("新增 1") && read.contains("不可用 1") && read.contains("yesterday"), "{read}");
    let listed = world
        .app
        .db
        .read(|tx| async move { Ok::<_, steward::kit::error::Error>(steward::imports::store::counts(&tx).await?[4]) });
    assert_eq!(listed.await.expect("a count"), 0, "looked at, not kept");
    assert_eq!(decides(&admin, &brought.location, "keep").await.status, 303);
    let read = admin.reads("/admin/imports").await;
    assert!(read.contains("其他系统的上报 1"), "{read}");

    // What goes out says nothing by which somebody could speak for a citizen, and no spreadsheet reckons with it.
    let citizen = Browser::new(&world);
    let mut form = citizen.form("/report", "/report").await;
    for (name, value) in [("words", "路灯不亮"), ("address", "书院路 9 号"), ("contact_phone", "13900001234")] {
        form.put(name, value);
    }
    let sent = citizen.send(&form).await;
    let code = sent.location.trim_start_matches("/track/").split('?').next().unwrap_or_default().to_owned();
    assert_eq!(code.len(), 16, "{}", sent.location);
    let wish = Wish { system: CoordinateSystem::Wgs84, with_contacts: false, zone: world.app.city.zone() };
    let read = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let out = read(export::in_memory(&world.app, What::Reports, &wish).await.expect("an export"));
    assert!(out.contains("路灯不亮") && out.contains("'=不亮") && out.contains("A-1"), "{out}");
    assert!(!out.contains(&code) && !out.contains("13900001234"), "{out}");
    let wish = Wish { with_contacts: true, ..wish };
    let out = read(export::in_memory(&world.app, What::Reports, &wish).await.expect("an export"));
    assert!(out.contains("13900001234") && !out.contains(&code), "{out}");
});

on_both!(a_shapefile_comes_in_its_parts, |world: World| async move {
    use shapefile::dbase::{self, FieldValue};
    let admin = Browser::signed_in(&world, "sysadmin").await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new.shp");
    let ring = [(120.0, 30.0), (120.0, 30.1), (120.1, 30.1), (120.1, 30.0), (120.0, 30.0)];
    let points = ring.iter().map(|(x, y)| shapefile::Point::new(*x, *y)).collect();
    let shape = shapefile::Polygon::new(shapefile::PolygonRing::Outer(points));
    let name = |text: &str| dbase::FieldName::try_from(text).expect("a name");
    let table = dbase::TableWriterBuilder::new()
        .add_character_field(name("code"), 20)
        .add_character_field(name("name"), 40)
        .add_character_field(name("level"), 20);
    let mut writer = shapefile::Writer::from_path(&path, table).expect("a file");
    let mut row = dbase::Record::default();
    for (field, value) in [("code", "990199"), ("name", "Harbour"), ("level", "district")] {
        row.insert(field.to_owned(), FieldValue::Character(Some(value.to_owned())));
    }
    writer.write_shape_and_record(&shape, &row).expect("a shape");
    drop(writer);
    let part = |ending: &str| std::fs::read(path.with_extension(ending)).expect("a part");
    let parts = vec![("new.shp", part("shp")), ("new.dbf", part("dbf")), ("new.shx", part("shx"))];
    let brought = brings(&admin, "areas", parts).await;
    assert_eq!(brought.status, 303, "{}", words(&brought.text));
    let read = admin.reads(&brought.location).await;
    assert!(read.contains("新增 1"), "{read}");
    assert_eq!(decides(&admin, &brought.location, "keep").await.status, 303);
    let found = world.app.grid().area(steward::grid::area::Level::District, "990199").map(|area| area.name.clone());
    assert_eq!(found.as_deref(), Some("Harbour"));
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_out_of_one_city_comes_into_another() {
    for on in [On::Sqlite, On::Postgres] {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(one) = moulds::settled(on, folder.path()).await else { continue };
        let other_folder = tempfile::tempdir().expect("a folder");
        let other = moulds::empty(on, other_folder.path()).await.expect("another database");

        let run = |database: &str, args: &[&str]| {
            let out = Command::new(env!("CARGO_BIN_EXE_steward"))
                .args(["--database", database, "--files", "files"])
                .args(args)
                .current_dir(folder.path())
                .output()
                .expect("the program runs");
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success(), "{args:?}: {said}");
            String::from_utf8_lossy(&out.stdout).into_owned()
        };
        let told = run(&one, &["export", "all", "out"]);
        assert!(told.contains("areas.geojson") && told.contains("facts.jsonl"), "{told}");
        run(&other, &["account", "departments", "out/departments.csv"]);
        for keeper in ["keeper1", "keeper2", "keeper3", "keeper4", "keeper5", "keeper6"] {
            run(&other, &["account", "add", keeper, "采集员", "keeper"]);
        }
        let dry = run(&other, &["import", "areas", "out/areas.geojson", "--dry-run"]);
        assert!(dry.contains("would be added"), "{dry}");
        run(&other, &["import", "areas", "out/areas.geojson"]);
        run(&other, &["import", "grids", "out/grids.geojson"]);
        run(&other, &["import", "components", "out/components.geojson"]);
        run(&other, &["import", "keepers", "out/keepers.csv"]);
        let again = run(&other, &["import", "grids", "out/grids.geojson"]);
        assert!(again.starts_with("0 added, 0 changed"), "{again}");
        run(&other, &["export", "all", "again"]);
        for file in ["areas.geojson", "grids.geojson", "components.geojson", "keepers.csv", "departments.csv"] {
            let read = |out: &str| std::fs::read_to_string(folder.path().join(out).join(file)).expect(file);
            assert_eq!(read("out"), read("again"), "{on:?}: {file} came back otherwise");
        }
        assert!(Path::new(&folder.path().join("out/cases.csv")).is_file());
    }
}

on_both!(a_program_that_serves_learns_of_an_import_beside_it, |world: World| async move {
    let mut seen = None;
    assert!(!watching::look(&world.app, &mut seen).await.expect("a look"), "nothing was imported");
    let admin = Browser::signed_in(&world, "sysadmin").await;
    let out = admin.page("/admin/exports/areas").await;
    let brought = brings(&admin, "areas", vec![("areas.geojson", out.into_bytes())]).await;
    assert!(!watching::look(&world.app, &mut seen).await.expect("a look"), "looked at is not kept");
    assert_eq!(decides(&admin, &brought.location, "keep").await.status, 303);
    assert!(watching::look(&world.app, &mut seen).await.expect("a look"), "kept is heard of");
    assert!(!watching::look(&world.app, &mut seen).await.expect("a look"), "once");
});

on_both!(a_geopackage_has_layers_and_a_long_list_shows_how_far_it_is, |world: World| async move {
    let admin = Browser::signed_in(&world, "sysadmin").await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("city.gpkg");
    let db = rusqlite::Connection::open(&path).expect("a file");
    db.execute_batch(include_str!("../../src/grid/geopackage/sample.sql")).expect("the tables");
    // A point of a component within the city, in little-endian well-known binary behind the header of a GeoPackage.
    let cell = world.app.grid().cells()[0].code.clone();
    let at = world.app.grid().place_in(&cell).expect("a place");
    let mut shape = b"GP\x00\x01\xE6\x10\x00\x00\x01\x01\x00\x00\x00".to_vec();
    shape.extend([at.lon.to_le_bytes(), at.lat.to_le_bytes()].concat());
    let code = format!("{}0101000777", &cell[..6]);
    let row = rusqlite::params![shape, code, "雨水篦子"];
    db.execute("insert into parts (geom, code, name) values (?1, ?2, ?3)", row).expect("a row");
    drop(db);
    let bytes = std::fs::read(&path).expect("the file");
    let refused = brings(&admin, "components", vec![("city.gpkg", bytes.clone())]).await;
    let read = words(&refused.text);
    assert!(refused.status == 422 && read.contains("多个图层") && read.contains("parts"), "{read}");
    let mut form = admin.form("/admin/imports", "/admin/imports").await;
    form.put("subject", "components");
    form.put("coordinates", "wgs84");
    form.put("layer", "parts");
    form.attach("city.gpkg", bytes);
    let looked = admin.send(&form).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let read = admin.reads(&looked.location).await;
    assert!(read.contains("新增 1"), "{read}");
    assert_eq!(decides(&admin, &looked.location, "keep").await.status, 303);
    assert!(admin.page("/admin/exports/components").await.contains("雨水篦子"));

    // A workbook in any letters is a list like every other; while it is taken over, its page says how far that is.
    let list =
        "编号,创建时间,地址,类别\nB-1,2026年3月1日 8时,书院路 3 号,路灯\n\nB-2,46082.5,书院路 4 号,路灯\nB-3,,x,\n";
    let gb = encoding_rs::GB18030.encode(list).0.into_owned();
    let looked = brings(&admin, "reports", vec![("old.csv", gb)]).await;
    let id: i64 = looked.location.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an identifier");
    let read = world.app.imports.begin(id).expect("nobody works on it");
    read.store(40, std::sync::atomic::Ordering::Relaxed);
    let shown = admin.page(&looked.location).await;
    assert!(shown.contains("<progress") && words(&shown).contains("正在导入"), "{}", words(&shown));
    world.app.imports.end(id, false);
    assert!(admin.reads(&looked.location).await.contains("没有做完"));
    assert_eq!(decides(&admin, &looked.location, "keep").await.status, 303);
    let read = admin.reads(&looked.location).await;
    assert!(read.contains("已导入") && read.contains("新增 2") && read.contains("不可用 1"), "{read}");
});

/// Gives rows one by one, and counts how many were asked for: nothing of the file is held but what is being read.
struct Endless {
    rows: u64,
    asked: std::sync::Arc<std::sync::atomic::AtomicU64>,
    held: Vec<u8>,
    at: u64,
}

impl std::io::Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.held.is_empty() && self.at <= self.rows {
            self.held = match self.at {
                0 => b"number,created,address\n".to_vec(),
                at => format!("L-{at},2026-03-01 08:00,street {at}\n").into_bytes(),
            };
            self.at += 1;
            self.asked.store(self.at, std::sync::atomic::Ordering::Relaxed);
        }
        let count = out.len().min(self.held.len());
        out[..count].copy_from_slice(&self.held[..count]);
        self.held.drain(..count);
        Ok(count)
    }
}

impl std::io::Seek for Endless {
    fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
        (self.at, self.held) = (0, Vec::new());
        Ok(0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_is_read_as_it_is_written() {
    let world = World::bare(On::Sqlite).await.expect("a world");
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let rows = 20_000;
    let source = Endless { rows, asked: asked.clone(), held: Vec::new(), at: 0 };
    let (mut most_ahead, mut heard) = (0, 0);
    let came = steward::reports::commands::import(&world.app, source, false, |read| {
        heard += 1;
        let ahead = asked.load(std::sync::atomic::Ordering::Relaxed).saturating_sub(read as u64);
        most_ahead = most_ahead.max(ahead);
    })
    .await
    .expect("an import");
    assert_eq!((came.added, came.refused), (rows as usize, 0));
    assert!(heard >= 40, "progress was told {heard} times");
    // A piece of the file, what waits between the threads, and a batch: however long the file is.
    assert!(most_ahead < 4_000, "the reader ran {most_ahead} rows ahead of the writer");
}
