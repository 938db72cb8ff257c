//! Work orders of a hotline: brought as a file, looked at, registered once, changed, answered.

use crate::browser::{Answer, Browser, words};
use crate::on_both;
use crate::world::{MORNING, On, World};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::BTreeMap;
use steward::cases::following::follow_once;
use steward::hotline::watching::sweep;
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, params};
use steward::kit::sealing::KEYS;
use steward::kit::sources::Sources;
use steward::retention::settings::{Kind, Settings};
use steward::retention::{self, Removed};

const DAY: i64 = 86_400_000;

/// Sends the form that brings a file.
async fn brings(who: &Browser, name: &str, file: &'static str, bytes: Vec<u8>) -> Answer {
    let mut form = who.form("/hotline", "/hotline/files").await;
    if form.offers("source").is_empty() {
        form.put("name", name);
    }
    form.attach(file, bytes);
    who.send(&form).await
}

async fn decides(who: &Browser, page: &str, decision: &str) -> Answer {
    let form = who.form(page, &format!("{page}/{decision}")).await;
    who.send(&form).await
}

/// The cases of a hotline's numbers.
async fn cases(world: &World) -> BTreeMap<String, i64> {
    follow_once(&world.app).await.expect("cases are opened");
    let read = world.app.db.read(|tx| async move {
        let sql = "select r.source_number, c.case_id from reports r join case_reports c on c.report_id = r.id \
                   where r.source = 'hotline' order by r.id";
        let rows = tx.query(sql, params![]).await?;
        rows.iter().map(|row| Ok::<_, DbError>((row.get(0)?, row.get(1)?))).collect()
    });
    read.await.expect("cases")
}

/// How far the people of a number were told after a sweep, and how many notices the acceptor has of it.
async fn told_of(world: &World, number: &'static str) -> [i64; 2] {
    sweep(&world.app).await.expect("a sweep");
    let read: Result<[i64; 2], DbError> = world
        .app
        .db
        .read(move |tx| async move {
            let sql = "select told from report_deadlines where number = $1";
            let told = tx.query_one(sql, params![number]).await?.get(0)?;
            let sql = "select count(*) from notices n join accounts a on a.id = n.account_id \
                       where a.login = 'acceptor1' and n.kind like 'hotline-%'";
            Ok([told, tx.query_one(sql, params![]).await?.get(0)?])
        })
        .await;
    read.expect("how far they were told")
}

fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).expect("a cell"),
                Err(_) => sheet.write_string(row, column, *cell).expect("a cell"),
            };
        }
    }
    book.save_to_buffer().expect("a workbook")
}

const HEAD: &str = "工单编号,诉求内容,诉求类别,事发地址,联系电话,是否保密,受理时间,办理时限,承办单位,紧急程度\n";

on_both!(orders_come_in_once_and_their_answers_go_back, |world: World| async move {
    let desk = Browser::signed_in(&world, "acceptor1").await;
    let first = desk.reads("/hotline").await;
    assert!(first.contains("没有在办的热线工单"), "{first}");
    let nameless = brings(&desk, " ", "今天的工单.csv", HEAD.as_bytes().to_vec()).await;
    let said = "<a href=\"#name\"><strong>新来源的名称</strong>：这里需要填写。</a>";
    assert!(nameless.status == 422 && nameless.text.contains(said), "{} {}", nameless.status, nameless.text);
    assert!(nameless.text.contains("aria-invalid=\"true\"") && nameless.text.contains("id=\"name-error\""));
    let rows = "GD-1,\"书院路路灯不亮,晚上很黑\",路灯故障,书院路 3 号,13900001234,否,2026-03-10 09:00,24小时,路灯所,一般\n\
                GD-2,楼下烧烤油烟大，我住三楼,油烟扰民,新港路 8 号,13900005678,是,2026/3/10 9:10,5个工作日,,特急\n\
                ,没有编号的一行,,,,,,,,\n\
                GD-3,\"'=1+1 占道\",占道,,,,昨天,,,\n\
                GD-1,重复的一行,,,,,,,,\n";
    let gb = encoding_rs::GB18030.encode(&format!("{HEAD}{rows}")).0.into_owned();
    let looked = brings(&desk, "市12345热线", "今天的工单.csv", gb).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let page = looked.location.clone();
    let drawn = desk.page(&page).await;
    assert!(drawn.contains("#clock\"></use></svg>待确认</span>"), "its state has its sign: {drawn}");
    let read = desk.reads(&page).await;
    for told in [
        "尚未生效",
        "新增 2",
        "不可用 3",
        "要求保密",
        "紧急",
        "没有工单编号",
        "“昨天”无法识别",
        "出现了两次",
        "油烟扰民（1 件）",
        "路灯所（1 件）",
        "2026-03-11 09:00",
    ] {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let english = desk.reads(&format!("{page}?lang=en")).await;
    assert!(english.contains("Not in effect yet") && !english.contains("hotline-"), "{english}");
    drop(desk.look("/hotline?lang=zh-Hans").await);
    assert!(cases(&world).await.is_empty(), "nothing took effect");

    // Words are assigned, and stay assigned for the next file.
    let mut form = desk.form(&page, &format!("{page}/mapping")).await;
    let class = form.offers("category-0").into_iter().nth(1).expect("a sub-class");
    form.put("category-0", &class);
    let number = (0..9).find(|n| form.value(&format!("category-word-{n}")) == "油烟扰民").expect("the word");
    form.put(&format!("category-{number}"), &class);
    form.choose("department-0", "市政");
    assert_eq!(desk.send(&form).await.status, 303);
    let read = desk.reads(&page).await;
    assert!(!read.contains("油烟扰民（1 件）") && !read.contains("路灯所（1 件）"), "{read}");

    assert_eq!(decides(&desk, &page, "keep").await.status, 303);
    let found = cases(&world).await;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["GD-1", "GD-2"]);
    // The people of the case read the hotline's number, its time and its wishes; nobody else reads a confidential complaint.
    let secret = desk.reads(&format!("/cases/{}", found["GD-2"])).await;
    for told in ["热线工单 GD-2", "热线要求", "要求保密", "我住三楼", "13900005678"] {
        assert!(secret.contains(told), "{told} is not in {secret}");
    }
    let urgent: Result<Vec<(String, i64, i64)>, DbError> = world
        .app
        .db
        .read(|tx| async move {
            let sql = "select r.source_number, c.is_urgent, r.id from cases c join case_reports b on b.case_id = c.id \
                       join reports r on r.id = b.report_id order by r.source_number";
            tx.query(sql, params![]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
        })
        .await;
    let urgent = urgent.expect("cases");
    assert_eq!(urgent.iter().map(|one| one.1).collect::<Vec<_>>(), [0, 1], "{urgent:?}");
    let public = Browser::new(&world).reads(&format!("/reports/{}", urgent[1].2)).await;
    assert!(!public.contains("三楼") && !public.contains("13900005678") && !public.contains("GD-2"), "{public}");
    let crew = Browser::signed_in(&world, "dispatcher1").await.reads(&format!("/cases/{}", found["GD-2"])).await;
    assert!(
        crew.contains("我住三楼") && !crew.contains("13900005678"),
        "whoever handles it reads what it is about: {crew}"
    );

    // The same file again changes nothing; an Excel file of the same source says that one changed.
    let again = format!("{HEAD}{}", rows.lines().next().expect("a row"));
    let looked = brings(&desk, "", "again.csv", again.into_bytes()).await;
    let read = desk.reads(&looked.location).await;
    assert!(read.contains("没有新内容") && read.contains("与现有一致 1"), "{read}");
    assert_eq!(decides(&desk, &looked.location, "discard").await.status, 303);
    let head: Vec<&str> = HEAD.trim_end().split(',').collect();
    let changed: Vec<&str> = vec![
        "GD-1",
        "书院路两盏路灯不亮",
        "路灯故障",
        "书院路 3 号",
        "13900001234",
        "否",
        "2026-03-10 09:00",
        "8小时",
        "路灯所",
        "一般",
    ];
    let sheet = workbook(&[
        &["市12345热线工单表"],
        &head,
        &changed,
        &["GD-4", "井盖松动", "", "江边", "", "", "46091.5", "3", "", ""],
    ]);
    let looked = brings(&desk, "", "next.xlsx", sheet).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let read = desk.reads(&looked.location).await;
    assert!(read.contains("新增 1") && read.contains("变更 1") && read.contains("2026-03-10 12:00"), "{read}");
    assert_eq!(decides(&desk, &looked.location, "keep").await.status, 303);
    let found = cases(&world).await;
    assert_eq!(found.len(), 3);
    let told = desk.reads(&format!("/cases/{}", found["GD-1"])).await;
    assert!(
        told.contains("热线更新了工单") && told.contains("两盏路灯") && told.contains("2026-03-10 17:00 前答复"),
        "{told}"
    );

    // Its people are told once before the hotline's time is over, and once after.
    assert_eq!(told_of(&world, "GD-1").await, [1, 1]);
    assert_eq!(sweep(&world.app).await.expect("a sweep"), 0, "nobody is told twice");
    assert_eq!(told_of(&world, "GD-2").await[0], 0, "its time is far");
    world.clock.set(Moment(world.clock.now().0 + 8 * 3_600_000));
    assert_eq!(told_of(&world, "GD-1").await, [2, 2]);
    let desk = Browser::signed_in(&world, "acceptor1").await;
    let board = desk.reads("/hotline").await;
    assert!(board.contains("GD-1") && board.contains("GD-2") && board.contains("GD-4"), "{board}");

    // What has ended goes back, once, in the hotline's own columns, and the same again whenever it is asked for.
    let decline = format!("/cases/{}/decline", found["GD-1"]);
    let fields = [("revision", "1"), ("reason", "not-ours"), ("note", "=请联系供电公司")];
    assert!(desk.visitor.post(&decline, &fields).await.status().is_redirection());
    let source = desk.page("/hotline").await;
    let source = source.split("href=\"").find_map(|piece| piece.strip_prefix("/hotline/sources/")?.split('"').next());
    let source = format!("/hotline/sources/{}", source.expect("the source").trim_end_matches("#answers"));
    let mut form = desk.form(&source, &source).await;
    form.put("answer-words", "办理情况");
    form.put("answer-satisfied", "");
    form.tick("is_echoed", "1");
    assert_eq!(desk.send(&form).await.status, 303);
    let stale = desk.send(&form).await;
    assert!(stale.status == 422 && words(&stale.text).contains("其他人刚刚修改过"), "{}", words(&stale.text));
    form.put("answer-number", "");
    let form = desk.form(&source, &format!("{source}/answers")).await;
    assert_eq!(desk.send(&form).await.status, 303);
    let twice = desk.send(&form).await;
    assert!(twice.status == 422 && words(&twice.text).contains("没有待回复的工单"), "{}", words(&twice.text));
    let page = desk.page(&source).await;
    let batch = page.split("href=\"/hotline/answers/").nth(1).and_then(|rest| rest.split('/').next()).expect("a batch");
    let text = desk.page(&format!("/hotline/answers/{batch}/csv")).await;
    let head = text.lines().next().expect("a heading");
    assert!(head.contains("诉求内容") && head.contains("办理情况") && !head.contains("满意度"), "{text}");
    assert!(text.contains("GD-1") && text.contains("'=请联系供电公司") && !text.contains("GD-2"), "{text}");
    let json = desk.page(&format!("/hotline/answers/{batch}/json")).await;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json[0]["办理情况"], "=请联系供电公司");
    assert_eq!(json[0]["办理结果"], "不予受理或无法解决");
    assert_eq!(desk.look_bytes(&format!("/hotline/answers/{batch}/xlsx")).await, 200);
    assert_eq!(desk.look(&format!("/hotline/answers/{batch}/pdf")).await.status, 404);
    let english = desk.reads(&format!("{source}?lang=en")).await;
    assert!(english.contains("Answers to the hotline") && !english.contains("hotline-"), "{english}");
    assert!(desk.reads(&format!("/cases/{}?lang=zh-Hans", found["GD-1"])).await.contains("已回复热线"));
    let audit = Browser::signed_in(&world, "auditadmin").await.reads("/audit/changes").await;
    assert!(audit.contains("登记热线工单") && audit.contains("回复热线") && audit.contains("修改热线来源"), "{audit}");
    assert_eq!(Browser::signed_in(&world, "keeper1").await.look("/hotline").await.status, 403);
});

on_both!(a_file_of_unknown_columns_is_assigned_and_one_that_is_no_table_says_so, |world: World| async move {
    let desk = Browser::signed_in(&world, "acceptor1").await;
    for (file, bytes, told) in [
        ("a.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), "旧版 Excel"),
        ("a.xls", b"<html><table></table></html>".to_vec(), "网页文件"),
        ("a.xlsx", b"PK\x03\x04".to_vec(), "压缩包"),
        ("a.csv", format!("{}\n", vec!["列"; 10_000].join(",")).into_bytes(), "10000 列"),
        ("a.csv", b"\n\n".to_vec(), "没有内容"),
        ("a.json", b"{\"a\":".to_vec(), "JSON 格式有误"),
    ] {
        let refused = brings(&desk, "热线", file, bytes).await;
        assert!(refused.status == 422 && words(&refused.text).contains(told), "{told}: {}", words(&refused.text));
    }
    let nameless = brings(&desk, "", "a.csv", HEAD.into()).await;
    assert_eq!(nameless.status, 422, "a source has a name");
    let json = r#"{"rows":[{"XH":"A1","NR":"井盖丢了","DZ":"江边","SJ":"20260310093000"}]}"#;
    let looked = brings(&desk, "区热线", "orders.json", json.into()).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let page = looked.location;
    assert!(desk.reads(&page).await.contains("还不知道各列是什么"));
    let mut form = desk.form(&page, &format!("{page}/mapping")).await;
    for (field, heading) in [("number", "XH"), ("content", "NR"), ("address", "DZ"), ("received", "SJ")] {
        form.choose(&format!("column-{field}"), heading);
    }
    assert_eq!(desk.send(&form).await.status, 303);
    let read = desk.reads(&page).await;
    assert!(read.contains("新增 1") && read.contains("2026-03-10 09:30"), "{read}");
    assert_eq!(decides(&desk, &page, "keep").await.status, 303);
    let again = desk.send(&form).await;
    assert!(again.status == 422 && words(&again.text).contains("已经有人处理过"), "{}", words(&again.text));
    // The next file of this source needs nobody.
    let looked = brings(&desk, "", "next.json", json.replace("A1", "A2").into()).await;
    assert!(desk.reads(&looked.location).await.contains("新增 1"));
});

/// A later file names another telephone: the desk calls that one, no fact tells either, and neither lies readable.
async fn calling_back(on: On) {
    let secret = |name: &str| (name == KEYS).then(|| format!("one:{}", BASE64_STANDARD.encode([1_u8; 32])));
    let Some(world) = World::quiet(on, Sources::of_demo(), secret).await else { return };
    let desk = Browser::signed_in(&world, "acceptor1").await;
    for phone in ["13977770001", "13977770002"] {
        let rows =
            format!("{HEAD}GD-1,书院路路灯不亮,路灯故障,书院路 3 号,{phone},否,2026-03-10 09:00,24小时,路灯所,一般\n");
        let looked = brings(&desk, "市12345热线", "orders.csv", rows.into_bytes()).await;
        assert_eq!(looked.status, 303, "{}", words(&looked.text));
        assert_eq!(decides(&desk, &looked.location, "keep").await.status, 303);
    }
    let case = format!("/cases/{}", cases(&world).await["GD-1"]);
    let told = desk.reads(&case).await;
    assert!(told.contains("热线更新了工单") && told.contains("已更改，见上报的联系方式"), "{told}");
    assert!(told.contains("13977770002") && !told.contains("13977770001"), "{told}");
    let read = world.app.db.read(|tx| async move {
        let mut texts = Vec::new();
        for sql in ["select body from facts", "select said from hotline_orders", "select cells from hotline_orders"] {
            for row in tx.query(sql, params![]).await? {
                texts.push(row.get::<String>(0)?);
            }
        }
        Ok::<_, DbError>(texts)
    });
    let texts = read.await.expect("what is kept");
    assert_eq!(texts.iter().filter(|text| text.starts_with("~1.one.")).count(), 2, "the order's columns are sealed");
    assert!(texts.iter().all(|text| !text.contains("1397777")), "{texts:?}");
}
crate::on_each!(another_number_is_called_and_told_in_no_fact, calling_back);

/// Long after the report was closed nothing of what the order said lies here any more, and the same order once more brings nothing back.
async fn ending(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), |_| None).await else { return };
    let desk = Browser::signed_in(&world, "acceptor1").await;
    let bring = async |number: &str, phone: &str| {
        let rows = format!(
            "{HEAD}{number},书院路路灯不亮,路灯故障,书院路 3 号,{phone},否,2026-03-10 09:00,24小时,路灯所,一般\n"
        );
        let looked = brings(&desk, "市12345热线", "orders.csv", rows.into_bytes()).await;
        assert_eq!(looked.status, 303, "{}", words(&looked.text));
        let page = desk.reads(&looked.location).await;
        (page, decides(&desk, &looked.location, "keep").await.status)
    };
    for (number, phone) in [("GD-1", "13977770001"), ("GD-2", "13977770002")] {
        assert_eq!(bring(number, phone).await.1, 303);
    }
    let closing = world.app.db.write(|tx| async move {
        for (number, days) in [("GD-1", 100), ("GD-2", 10)] {
            let at = MORNING.plus(-days * DAY);
            tx.execute("update reports set closed_at = $2 where source_number = $1", params![number, at]).await?;
        }
        let sql = "insert into hotline_answers (id, source_id, number, made_at, made_by, head, orders) \
                   select 1, source_id, 1, 0, 0, '[\"联系电话\"]', 1 from hotline_orders where number = 'GD-1'";
        tx.execute(sql, params![]).await?;
        let sql = "insert into hotline_answer_rows (answer_id, position, order_id, cells) \
                   select 1, 0, id, '[\"13977770001\"]' from hotline_orders where number = 'GD-1'";
        tx.execute(sql, params![]).await.map(drop)
    });
    closing.await.map_err(|error: DbError| error).expect("closed");
    let texts = async || {
        let read = world.app.db.read(|tx| async move {
            let mut texts = Vec::new();
            for sql in [
                "select body from facts",
                "select said from hotline_orders",
                "select cells from hotline_orders",
                "select cells from hotline_answer_rows",
                "select contact_phone from reports",
            ] {
                for row in tx.query(sql, params![]).await? {
                    texts.push(row.get::<String>(0)?);
                }
            }
            Ok::<_, DbError>(texts.join("\n"))
        });
        read.await.expect("what is kept")
    };
    let settings = |text: &str| Settings::of_city(&text.parse().expect("toml")).expect("settings");
    let both = settings("[retention]\nreport_contact_days = 90\n");
    let before = texts().await;
    assert!(before.contains("13977770001") && before.contains("13977770002"), "{before}");
    let of = |all: &[Removed]| all.iter().find(|one| one.kind == Kind::HotlineOrder).map(|one| one.count);
    let dry = retention::run(&world.app.db, &world.app.blobs, &both, MORNING, true).await.expect("counted");
    assert_eq!((of(&dry), texts().await), (Some(1), before), "nothing was changed");
    let done = retention::run(&world.app.db, &world.app.blobs, &both, MORNING, false).await.expect("taken");
    assert_eq!(of(&done), Some(1));
    let after = texts().await;
    assert!(!after.contains("13977770001") && after.contains("13977770002"), "{after}");
    let lines = world.app.db.read(|tx| async move { retention::store::lines(&tx).await }).await.expect("lines");
    assert!(lines.contains(&("hotline_order".to_owned(), MORNING.plus(-90 * DAY), 1, MORNING)), "{lines:?}");
    let again = retention::run(&world.app.db, &world.app.blobs, &both, MORNING, false).await.expect("taken");
    assert_eq!(of(&again), Some(0));

    // Lists of a hotline name what is over for months.
    let (page, _) = bring("GD-1", "13977770001").await;
    assert!(page.contains("新增 0"), "{page}");
    assert!(!texts().await.contains("13977770001"), "it does not come back");
    // The page of the source, where its answer is made, still works, and what went back is shown without it.
    desk.reads("/hotline").await;
    let file = desk.page("/hotline/answers/1/csv").await;
    assert!(file.contains("联系电话") && !file.contains("1397777"), "{file}");
}
crate::on_each!(a_callers_number_is_taken_out_in_time, ending);
