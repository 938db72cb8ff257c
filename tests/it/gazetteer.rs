//! The gazetteer in the running program: brought by a file, kept in order, asked while typing, offered and taken by people.

use crate::browser::{Answer, Browser, Form, words};
use crate::moulds;
use crate::on_both;
use crate::world::{On, World};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;
use steward::grid::coordinates::{CoordinateSystem, Point};
use steward::kit::db::params;
use steward::kit::error::Error;
use steward::kit::id::Id;
use steward::places::{keeping, store};

/// A street to the east that the invented city does not have, five metres a number, and two names on it.
fn known(street: &str, numbers: std::ops::Range<u32>) -> String {
    let mut text = String::from("\u{feff}名称,地址,类别,经度,纬度\n");
    for number in numbers.step_by(7) {
        let lon = 123.405 + f64::from(number) * 5.0 / 95_000.0;
        writeln!(text, "{street}第{number}铺,{street}{number}号,商铺,{lon:.6},31.2093").expect("a row");
    }
    writeln!(text, "锦帆时代广场,{street}100号,商场,123.410263,31.2093").expect("a row");
    writeln!(text, "Harbour Tower,,tower,123.41,31.21").expect("a row");
    text
}

async fn brings(who: &Browser, way: &str, source: &str, bytes: Vec<u8>) -> Answer {
    let mut form = who.form("/admin/places/imports", "/admin/places/imports").await;
    for (name, value) in [("way", way), ("source", source), ("coordinates", "wgs84")] {
        form.put(name, value);
    }
    form.attach("places.csv", bytes);
    who.send(&form).await
}

async fn keeps(world: &World, who: &Browser, page: &str) {
    let form = who.form(page, &format!("{page}/keep")).await;
    let kept = who.send(&form).await;
    assert_eq!(kept.status, 303, "{}", words(&kept.text));
    settled(world).await;
}

/// Waits until the gazetteer knows what was changed last.
async fn settled(world: &World) {
    let version = world.app.db.read(|tx| async move { store::version(&tx).await }).await.expect("a version");
    for _ in 0..600 {
        if world.app.places.ready().is_some_and(|ready| ready.version == version) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the gazetteer does not come");
}

async fn brought(world: &World) -> Browser {
    let admin = Browser::signed_in(world, "sysadmin").await;
    let answer = brings(&admin, "add", "试航", known("试航路", 2..300).into_bytes()).await;
    assert_eq!(answer.status, 303, "{}", words(&answer.text));
    keeps(world, &admin, &answer.location).await;
    admin
}

async fn suggests(world: &World, query: &str) -> Vec<Value> {
    let answer: Value =
        serde_json::from_str(&world.visitor().page(&format!("/places/suggest?{query}")).await).expect("JSON");
    answer["places"].as_array().expect("places").clone()
}

on_both!(a_list_is_looked_at_kept_brought_again_and_replaced, |world: World| async move {
    settled(&world).await;
    let admin = Browser::signed_in(&world, "sysadmin").await;
    let empty = admin.reads("/admin/places").await;
    assert!(empty.contains("还没有导入过地名") && empty.contains("民政部门"), "{empty}");
    // The city's own areas are in it by themselves, and an area is no spot.
    let own = world.app.grid().areas().first().map(|area| area.name.clone()).expect("an area");
    let line = suggests(&world, &format!("q={own}")).await;
    assert!(line.iter().any(|one| one["words"] == json!(own) && one["is_spot"] == json!(false)), "{own}: {line:?}");

    let list = known("试航路", 2..300);
    let looked = brings(&admin, "add", "试航", list.clone().into_bytes()).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let read = admin.reads(&looked.location).await;
    assert!(read.contains("尚未生效") && read.contains("新增 45") && read.contains("试航路"), "{read}");
    assert!(suggests(&world, "q=试航路10").await.is_empty(), "looked at is not kept");
    keeps(&world, &admin, &looked.location).await;

    let lines = suggests(&world, "q=试航路10").await;
    let said: Vec<&str> = lines.iter().filter_map(|line| line["words"].as_str()).collect();
    assert!(said.contains(&"试航路100号") && said.iter().all(|words| words.starts_with("试航路10")), "{said:?}");
    assert!(lines.iter().all(|line| line["is_spot"] == json!(true) && line["area"] != json!("")), "{lines:?}");
    let street = suggests(&world, "q=试航").await;
    assert!(
        street.iter().any(|line| line["words"] == json!("试航路") && line["is_spot"] == json!(false)),
        "{street:?}"
    );
    let english = suggests(&world, "q=harb&lang=en").await;
    assert_eq!(
        english.first().map(|line| (line["words"].clone(), line["label"].clone())),
        Some((json!("Harbour Tower"), json!("Place")))
    );
    assert!(suggests(&world, "q=%00%F0%9F%92%A9&lon=x&lat=9999").await.is_empty(), "nonsense suggests nothing");
    assert!(suggests(&world, &format!("q={}", "长".repeat(5000))).await.is_empty());

    // Decided is decided; the same file changes nothing; one place hidden stays hidden.
    let form = Form::find(&admin.page(&looked.location).await, &format!("{}/discard", looked.location));
    assert!(form.is_none(), "nothing is left to decide");
    let found = admin.page("/admin/places?q=锦帆").await;
    let place = found.split("/admin/places/").find_map(|rest| {
        let number = rest.split('"').next()?;
        number.parse::<Id>().is_ok().then(|| format!("/admin/places/{number}"))
    });
    let place = place.expect("the place is listed");
    let hide = admin.form(&place, &format!("{place}/hide")).await;
    assert_eq!(
        suggests(&world, "q=试航路233").await.first().map(|line| line["words"].clone()),
        Some(json!("试航路233号"))
    );
    assert_eq!(admin.send(&hide).await.status, 303);
    settled(&world).await;
    assert!(suggests(&world, "q=锦帆时代").await.is_empty(), "hidden is suggested no more");
    let again = brings(&admin, "add", "试航", list.into_bytes()).await;
    let read = admin.reads(&again.location).await;
    assert!(read.contains("新增 0") && read.contains("变更 0") && read.contains("与现有一致 45"), "{read}");
    keeps(&world, &admin, &again.location).await;
    assert!(suggests(&world, "q=锦帆时代").await.is_empty(), "it stays hidden");

    // A newer list takes the whole place of the older.
    let newer = brings(&admin, "replace", "试航", known("试航路", 2..100).into_bytes()).await;
    let read = admin.reads(&newer.location).await;
    assert!(read.contains("去掉 29") && read.contains("会去掉 29 个"), "{read}");
    keeps(&world, &admin, &newer.location).await;
    assert!(
        suggests(&world, "q=试航路233").await.iter().all(|line| line["words"] != json!("试航路233号")),
        "it is gone"
    );
    let page = admin.reads("/admin/places").await;
    assert!(page.contains("试航 16 1"), "{page}");
    let audit = Browser::signed_in(&world, "auditadmin").await.reads("/audit/changes").await;
    assert!(audit.contains("导入地名") && audit.contains("停用地名") && audit.contains("锦帆时代广场"), "{audit}");
    for page in ["/admin/places?lang=en", "/admin/places/imports", &looked.location, &place, "/admin/places/new"] {
        let english = admin.reads(page).await;
        assert!(!english.contains("places-") && english.contains("Gazetteer"), "{page}: {english}");
    }
    // Nobody else keeps the places; asking is everybody's.
    let acceptor = Browser::signed_in(&world, "acceptor1").await;
    assert_eq!(acceptor.look("/admin/places").await.status, 403);
    assert_eq!(acceptor.look(&looked.location).await.status, 403);
    assert_eq!(admin.look("/admin/places/17").await.status, 404);
    assert_eq!(Browser::new(&world).look("/admin/places").await.status, 303);
});

on_both!(a_place_is_written_mended_and_hidden_by_hand, |world: World| async move {
    let admin = Browser::signed_in(&world, "sysadmin").await;
    let mut form = admin.form("/admin/places/new", "/admin/places").await;
    for (name, value) in [("name", "望澜老码头"), ("kind", "码头"), ("lon", "123.41"), ("lat", "31.2093")] {
        form.put(name, value);
    }
    for (field, value, told) in [
        ("name", " ", "至少填一个"),
        ("lat", "", "没有经度和纬度"),
        ("lon", "east", "east"),
        ("lat", "91", "91"),
        ("lat", "32.5", "在城市之外"),
    ] {
        let mut wrong = form.clone();
        wrong.put(field, value);
        let refused = admin.send(&wrong).await;
        let read = words(&refused.text);
        assert_eq!(refused.status, 422, "{field} {value}");
        assert!(read.contains(told), "{field} {value}: {told} is not in {read}");
    }
    assert_eq!(admin.send(&form).await.status, 303);
    settled(&world).await;
    let found = suggests(&world, "q=望澜老").await;
    assert_eq!(found.first().map(|line| line["words"].clone()), Some(json!("望澜老码头")), "{found:?}");
    let page = admin.page("/admin/places").await;
    let number: String =
        page.split("data-href=\"").nth(1).expect("a row").split('"').next().expect("its address").to_owned();
    let address = number.replace("&#x2f;", "/");
    let mut first = admin.form(&address, &address).await;
    let second = first.clone();
    first.put("name", "望澜新码头");
    assert_eq!(admin.send(&first).await.status, 303);
    let late = admin.send(&second).await;
    assert_eq!(late.status, 422, "somebody was faster");
    assert!(words(&late.text).contains("刚才有人改过"), "{}", words(&late.text));
    settled(&world).await;
    assert!(suggests(&world, "q=望澜老").await.iter().all(|line| line["words"] != json!("望澜老码头")));
    assert!(admin.reads("/admin/places?q=望澜新").await.contains("望澜新码头"));
    assert!(admin.reads("/admin/places?q=码头").await.contains("望澜新码头"), "words within a name are found too");
    assert!(admin.reads("/admin/places?q=没有这样的").await.contains("没有找到这样的地名"));
});

on_both!(a_file_that_is_no_list_says_so, |world: World| async move {
    let admin = Browser::signed_in(&world, "sysadmin").await;
    let gb = encoding_gb();
    let wide = vec!["列"; 10_000].join(",");
    for (bytes, told) in [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x80\x80".to_vec(), "不是文本文件"),
        (b"one,two\n1,2\n".to_vec(), "没有名称列"),
        ("名称,备注\n甲,乙\n".into(), "没有经度列"),
        ("名称,经度,纬度\n".into(), "没有地名"),
        (wide.into_bytes(), "10000 列"),
        (b"{\"type\":\"x\"}".to_vec(), "没有要素"),
        (b"{\"features\":[".to_vec(), "不是完整的 JSON"),
        (b"\x1f\x8bno".to_vec(), "压缩包打不开"),
    ] {
        let refused = brings(&admin, "add", "", bytes).await;
        let read = words(&refused.text);
        assert_eq!(refused.status, 422, "{told}: {read}");
        assert!(read.contains(told), "{told} is not in {read}");
    }
    // Rows that are wrong are told one by one, with their lines; the letters of an office are read.
    let rows = "名称,地址,经度,纬度\n甲,,123.41,31.2093\n,,123.41,31.2093\n乙,,31.2093,123.41\n丙,,116.4,39.9\n丁,,x,31\n甲,,123.41,31.2093\n戊,,,\n";
    let looked = brings(&admin, "add", "", rows.into()).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let read = admin.reads(&looked.location).await;
    for told in [
        "新增 1",
        "不可用 5",
        "3 名称和地址都是空的",
        "4 经度和纬度好像写反了",
        "5 在城市之外",
        "6 “x”不是度数",
        "7 与第 2 行相同",
        "8 没有经度和纬度",
    ] {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let notes = admin.page(&format!("{}/notes.csv", looked.location)).await;
    assert!(notes.contains("写反了"), "{notes}");
    let looked = brings(&admin, "add", "", gb).await;
    let read = admin.reads(&looked.location).await;
    assert!(read.contains("GB18030") && read.contains("望澜码头"), "{read}");
    let discard = admin.form(&looked.location, &format!("{}/discard", looked.location)).await;
    assert_eq!(admin.send(&discard).await.status, 303);
    assert!(admin.reads("/admin/places/imports").await.contains("已放弃"));
    let kept = admin.send(&discard.to(format!("{}/keep", looked.location))).await;
    assert_eq!(kept.status, 422);
});

/// 名称,经度,纬度 and a row with 望澜码头, in the letters that a Chinese office writes.
fn encoding_gb() -> Vec<u8> {
    let mut bytes = b"\xc3\xfb\xb3\xc6,\xbe\xad\xb6\xc8,\xce\xb3\xb6\xc8\n".to_vec();
    bytes.extend(b"\xcd\xfb\xc0\xbd\xc2\xeb\xcd\xb7,123.41,31.2093\n");
    bytes
}

async fn place_of(world: &World, track: &str) -> (Option<f64>, Vec<(String, String)>) {
    let code = track.trim_start_matches("/track/").split('?').next().unwrap_or_default().to_owned();
    let read = world.app.db.read(move |tx| async move {
        let row = tx.query_one("select id, lon from reports where code = $1", params![code]).await?;
        let (id, lon): (Id, Option<f64>) = (row.get(0)?, row.get(1)?);
        let facts = tx
            .query("select kind, body from facts where subject = 'report' and subject_id = $1 order by id", params![id])
            .await?;
        let facts = facts.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<_>, Error>>()?;
        Ok::<_, Error>((lon, facts))
    });
    read.await.expect("the report")
}

on_both!(an_address_without_a_point_is_asked_about_once, |world: World| async move {
    drop(brought(&world).await);
    let citizen = Browser::new(&world);
    let form = |key: &'static str| {
        let citizen = &citizen;
        async move {
            let mut form = citizen.form("/report", "/report").await;
            for (name, value) in
                [("words", "路灯不亮"), ("address", "试航路105号门口"), ("key", key), ("similar", "any")]
            {
                form.put(name, value);
            }
            form
        }
    };
    let asked = citizen.send(&form("one").await).await;
    let read = words(&asked.text);
    assert_eq!(asked.status, 200, "{read}");
    assert!(read.contains("您写的地址可能在这里") && read.contains("误差约") && read.contains("都不是"), "{read}");
    let mut back = Form::find(&asked.text, "/report").expect("the form comes back");
    assert_eq!(back.value("words"), "路灯不亮", "nothing typed is lost");
    let from = asked.text.find("name=\"place_offer\" value=\"").expect("a choice") + 26;
    let first: String =
        asked.text[from - 3..].chars().skip_while(|sign| *sign != '1').take_while(|sign| *sign != '"').collect();
    back.put("place_offer", &first);
    let sent = citizen.send(&back).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let (lon, facts) = place_of(&world, &sent.location).await;
    assert!((lon.expect("a place") - 123.410_526).abs() < 0.0005, "{lon:?}");
    let fact =
        facts.iter().find(|(kind, _)| kind == "place_suggested").map(|(_, body)| body.clone()).expect("the fact");
    let fact: Value = serde_json::from_str(&fact).expect("JSON");
    let suggested = &fact["suggested"];
    assert!(
        suggested["score"].as_f64().is_some_and(|score| score >= 0.3) && suggested["version"].as_i64() > Some(0),
        "{fact}"
    );
    let page = citizen.reads(&sent.location).await;
    assert!(!page.contains("place-suggested") && !page.contains("place_suggested"), "{page}");

    // Whoever takes none of them is not asked again; nothing is placed by itself.
    let asked = citizen.send(&form("two").await).await;
    let back = Form::find(&asked.text, "/report").expect("the form comes back");
    let sent = citizen.send(&back).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    assert_eq!(place_of(&world, &sent.location).await.0, None);
    // Sent twice it is one report, without another question; another address is another question.
    assert_eq!(citizen.send(&form("two").await).await.location, sent.location);
    let mut other = back.clone();
    other.put("key", "three");
    other.put("address", "锦帆时代广场");
    assert_eq!(citizen.send(&other).await.status, 200);
    // What says nothing is taken as it is; so is what a program sends.
    let mut nothing = form("four").await;
    nothing.put("address", "老王家旁边");
    assert_eq!(citizen.send(&nothing).await.status, 303);
    let api = citizen
        .visitor
        .client
        .post(format!("{}/api/reports", world.base))
        .json(&json!({ "words": "脏", "address": "试航路105号" }));
    assert_eq!(api.send().await.expect("an answer").status(), 201);
    // A point that the script took from a line is known for what it was; one that somebody else names is not.
    let line = suggests(&world, "q=试航路10").await.into_iter().next().expect("a line");
    for (key, lon, is_known) in [("five", line["lon"].to_string(), true), ("six", "123.4123".to_owned(), false)] {
        let mut typed = form(key).await;
        let fields =
            [("address", line["words"].as_str().unwrap_or_default()), ("lon", &lon), ("place_from", "suggestion")];
        for (name, value) in fields.into_iter().chain([("lat", line["lat"].to_string().as_str()), ("similar", "any")]) {
            typed.put(name, value);
        }
        let sent = citizen.send(&typed).await;
        assert_eq!(sent.status, 303, "{}", words(&sent.text));
        let facts = place_of(&world, &sent.location).await.1;
        assert_eq!(facts.iter().any(|(kind, _)| kind == "place_suggested"), is_known, "{facts:?}");
    }
});

on_both!(the_desk_takes_what_is_offered_for_a_report_without_a_point, |world: World| async move {
    drop(brought(&world).await);
    let report = json!({ "words": "我要投诉试航路105号楼下的烧烤摊，半夜还很吵", "address": "热线转来" });
    let sent = world.visitor().client.post(format!("{}/api/reports", world.base)).json(&report).send().await;
    let answer: Value = sent.expect("an answer").json().await.expect("JSON");
    let code = answer["code"].as_str().expect("a code").to_owned();
    steward::cases::following::follow_once(&world.app).await.expect("the news");
    let case = world.app.db.read(move |tx| async move {
        let sql = "select c.case_id from case_reports c join reports r on r.id = c.report_id where r.code = $1";
        Ok::<_, Error>(tx.query_one(sql, params![code]).await?.get::<Id>(0)?)
    });
    let case = format!("/cases/{}", case.await.expect("the case"));
    let acceptor = Browser::signed_in(&world, "acceptor1").await;
    let page = acceptor.page(&case).await;
    let read = words(&page);
    assert!(read.contains("可能在这里") && read.contains("试航路105号") && read.contains("采用"), "{read}");
    let offered = Form::find(&page, &format!("{case}/locate")).expect("one press takes it");
    assert_eq!(offered.value("place_from"), "suggestion");
    // Those who may not say where it is are not asked: a department does not even see the case.
    let desk = Browser::signed_in(&world, "desk-municipal").await;
    assert_eq!(desk.look(&case).await.status, 404);
    assert_eq!(desk.send(&offered).await.status, 403);
    let leader = Browser::signed_in(&world, "leader").await.reads(&case).await;
    assert!(!leader.contains("可能在这里"), "{leader}");
    let taken = acceptor.send(&offered).await;
    assert_eq!(taken.status, 303, "{}", words(&taken.text));
    let read = acceptor.reads(&case).await;
    assert!(read.contains("采用了地名库") && read.contains("把握") && !read.contains("可能在这里"), "{read}");
    let english = acceptor.reads(&format!("{case}?lang=en")).await;
    assert!(english.contains("Took what the gazetteer") && !english.contains("places-"), "{english}");
    let id: Id = case.trim_start_matches("/cases/").parse().expect("a number");
    let fact = world.app.db.read(move |tx| async move {
        let sql = "select body from facts where subject = 'case' and subject_id = $1 and kind = 'case_located'";
        Ok::<_, Error>(tx.query_one(sql, params![id]).await?.get::<String>(0)?)
    });
    let fact: Value = serde_json::from_str(&fact.await.expect("the fact")).expect("JSON");
    let suggested = &fact["act"]["suggested"];
    assert!(suggested["score"].as_f64() > Some(0.3) && suggested["version"].as_i64() > Some(0), "{fact}");
    assert!((fact["act"]["place"]["lon"].as_f64().expect("a place") - 123.4105).abs() < 0.0005, "{fact}");
});

on_both!(another_program_of_the_same_database_learns_of_it, |world: World| async move {
    settled(&world).await;
    let mut seen = keeping::Seen::default();
    assert!(keeping::look(&world.app, &mut seen).await.expect("a look").is_some(), "the first is made");
    assert!(keeping::look(&world.app, &mut seen).await.expect("a look").is_none(), "nothing changed");
    drop(brought(&world).await);
    let ready = keeping::look(&world.app, &mut seen).await.expect("a look").expect("another one");
    assert_eq!(ready.places, 45);
    assert!(ready.own > 0 && ready.bytes() > 0);
    assert!(keeping::look(&world.app, &mut seen).await.expect("a look").is_none(), "once");
    // Ground that comes anew is another ground.
    world.app.reload_grid().await.expect("the ground is read");
    assert!(keeping::look(&world.app, &mut seen).await.expect("a look").is_some(), "the areas may have changed");
});

on_both!(bare a_city_without_a_place_suggests_nothing, |world: World| async move {
    assert!(suggests(&world, "q=望澜路").await.is_empty());
    let mut seen = keeping::Seen::default();
    assert!(keeping::look(&world.app, &mut seen).await.expect("a look").is_none());
    assert!(world.app.places.ready().is_none());
});

on_both!(places_are_found_by_a_stretch_of_an_index, |world: World| async move {
    for (by, index, most) in [(store::By::Name, "places_name", 51_i64), (store::By::Address, "places_address", 52)] {
        let bound = params!["e6", "e6g", "", 0_i64, most];
        let plan = crate::plans::plan_of_much(&world, store::beginning_statement(by), bound).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_brings_a_list_and_asks_it() {
    for on in [On::Sqlite, On::Postgres] {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(city) = moulds::settled(on, folder.path()).await else { continue };
        let run = |args: &[&str]| {
            let out = Command::new(env!("CARGO_BIN_EXE_steward"))
                .args(["--database", &city, "--files", "files"])
                .args(args)
                .current_dir(folder.path())
                .output()
                .expect("the program runs");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (out.status.success(), text(&out.stdout), text(&out.stderr))
        };
        let (is_right, _, wrong) = run(&["places", "locate", "试航路105号"]);
        assert!(!is_right && wrong.contains("steward places import"), "{wrong}");
        // The list comes in another system than the one inside.
        let mut list = String::from("name,address,lon,lat\n");
        for number in (2..300).step_by(7) {
            let inside = Point { lon: 123.405 + f64::from(number) * 5.0 / 95_000.0, lat: 31.2093 };
            let out = CoordinateSystem::Gcj02.outward(inside);
            writeln!(list, "第{number}铺,试航路{number}号,{:.6},{:.6}", out.lon, out.lat).expect("a row");
        }
        list.push_str("远方,,116.4,39.9\n");
        std::fs::write(folder.path().join("list.csv"), list).expect("a list");
        let (is_right, said, wrong) = run(&["places", "import", "list.csv", "--system", "gcj02", "--dry-run"]);
        assert!(is_right && said.starts_with("list: 43 would be added"), "{said} {wrong}");
        assert!(wrong.contains("list.csv:45: ") && wrong.contains("outside the city"), "{wrong}");
        let (is_right, said, wrong) = run(&["places", "import", "list.csv", "--system", "gcj02"]);
        assert!(is_right && said.starts_with("list: 43 added"), "{said} {wrong}");
        let (_, said, _) = run(&["places", "import", "list.csv", "--system", "gcj02", "--replace"]);
        assert!(said.contains("0 added, 0 changed, 0 removed, 43 as before"), "{said}");
        let (is_right, _, wrong) = run(&["places", "import", "list.csv", "--system", "mars"]);
        assert!(!is_right && wrong.contains("mars"), "{wrong}");
        let (is_right, said, wrong) = run(&["places", "locate", "试航路105号"]);
        assert!(is_right, "{wrong}");
        let best: Value = serde_json::from_str(said.lines().next().expect("a suggestion")).expect("JSON");
        assert!((best["lon"].as_f64().expect("degrees") - 123.410_526).abs() < 0.0005, "{said}");
        std::fs::write(folder.path().join("asked.csv"), "address\n试航路105号\n").expect("a table");
        let (is_right, said, wrong) = run(&["places", "locate", "--file", "asked.csv"]);
        assert!(is_right && said.starts_with("address,lon,lat,score\n试航路105号,123.41"), "{said} {wrong}");
    }
}
