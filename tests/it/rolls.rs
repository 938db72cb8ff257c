//! Lists of departments and staff: looked at, kept by one administrator, released by another, taken out and brought again.

use crate::browser::{Answer, Browser, words};
use crate::moulds;
use crate::on_both;
use crate::world::{On, World, location};
use std::io::Cursor;
use std::process::Command;
use steward::kit::db::{DbError, params};
use steward::kit::tables::{self, Told};

async fn brings(who: &Browser, subject: &str, name: &'static str, bytes: Vec<u8>) -> Answer {
    let mut form = who.form("/admin/rolls", "/admin/rolls").await;
    form.put("subject", subject);
    form.attach(name, bytes);
    who.send(&form).await
}

async fn brought(who: &Browser, subject: &str, name: &'static str, bytes: Vec<u8>) -> String {
    let answer = brings(who, subject, name, bytes).await;
    assert_eq!(answer.status, 303, "{}", words(&answer.text));
    answer.location
}

async fn does(who: &Browser, page: &str, what: &str) -> Answer {
    let form = who.form(page, &format!("{page}/{what}")).await;
    who.send(&form).await
}

/// Name, post, department, number and activity of an account.
async fn account(world: &World, login: &'static str) -> Option<(String, String, String, String, bool)> {
    let read: Result<_, DbError> = world
        .app
        .db
        .read(move |tx| async move {
            let sql = "select a.name, a.post, coalesce(d.code, ''), a.employee_number, a.is_active from accounts a \
                       left join departments d on d.id = a.department_id where a.login = $1";
            let row = tx.query_opt(sql, params![login]).await?;
            row.map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))).transpose()
        })
        .await;
    read.expect("an account")
}

async fn count(world: &World, sql: &'static str) -> i64 {
    let read = world.app.db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get::<i64>(0) }).await;
    read.expect("a number")
}

fn table(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    tables::read(Cursor::new(bytes), &mut |told| {
        rows.push(match told {
            Told::Head(cells) => cells,
            Told::Row(row) => row.cells.expect("a row"),
        });
        true
    })
    .expect("a table");
    rows
}

/// A row as a text has it.
fn written(row: &[String]) -> String {
    row.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",")
}

async fn bytes(who: &Browser, path: &str) -> Vec<u8> {
    let answer = who.visitor.get(path).await;
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.bytes().await.expect("a file").to_vec()
}

const HEAD: &str = "工号,账号,姓名,岗位,所在部门\n";

on_both!(staff_is_looked_at_kept_and_released_by_two, |world: World| async move {
    let system = Browser::signed_in(&world, "sysadmin").await;
    let security = Browser::signed_in(&world, "secadmin").await;
    assert!(system.page("/admin/accounts").await.contains("/admin/rolls?subject=staff"));
    assert!(system.page("/admin/departments").await.contains("/admin/rolls?subject=departments"));
    assert!(system.reads("/admin/rolls").await.contains("还没有导入过名册"));
    assert!(security.reads("/admin/rolls").await.contains("等您放行"));

    // GB18030, as Excel writes it here; good rows, and one of each kind of bad one.
    let rows = "N1,newone,新一,受理员,监督中心\n\
                N2,,新二,采集员,103\n\
                N3,new3,新三,处置人员,\n\
                N1,new4,新四,受理员,101\n\
                N5,new5,新五,院长,101\n\
                N6,new6,新六,安全管理员,101\n\
                N7,new7,=A1,受理员,101\n\
                K1,keeper1,林晓禾,采集员,104\n\
                ,dispatcher1,唐若溪,值班长,101\n";
    let gb = encoding_rs::GB18030.encode(&format!("{HEAD}{rows}")).0.into_owned();
    let page = brought(&system, "staff", "人员.csv", gb).await;
    let read = system.reads(&page).await;
    for told in [
        "尚未生效",
        "新增 2",
        "变更 2",
        "不可用 5",
        "要属于一个部门",
        "工号 N1 在第 2 行已经出现",
        "没有“院长”这个岗位",
        "岗位只能由安全管理员授予",
        "“姓名”是公式",
        "将用 n2",
        "信息采集二队 104",
        "岗位变化等安全管理员放行后生效",
        "派遣员 → 值班长",
    ] {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let english = system.reads(&format!("{page}?show=refused&lang=en")).await;
    assert!(
        english.contains("is a formula") && english.contains("stands in row 2") && !english.contains("rolls-"),
        "{english}"
    );
    let missing = system.reads(&format!("{page}?show=missing&lang=zh-Hans")).await;
    assert!(missing.contains("不会改动他们") && missing.contains("管理员账号不会因名册停用"), "{missing}");
    let refused = system.page(&format!("{page}/refused.csv")).await;
    assert!(refused.contains("院长") && refused.contains("'=A1") && !refused.contains("新一"), "{refused}");
    assert!(account(&world, "newone").await.is_none(), "nothing took effect");

    // Each does their own part, and nobody else any.
    for (login, path) in [("secadmin", "keep"), ("sysadmin", "release"), ("auditadmin", "keep"), ("leader", "keep")] {
        let who = Browser::signed_in(&world, login).await;
        let answer = who.visitor.post(&format!("{page}/{path}"), &[("revision", "1")]).await;
        assert_eq!(answer.status().as_u16(), 403, "{login} {path}");
    }
    assert_eq!(does(&system, &page, "keep").await.status, 303);
    let made = account(&world, "newone").await.expect("an account");
    assert_eq!(made, ("新一".into(), "acceptor".into(), "101".into(), "N1".into(), false));
    assert_eq!(account(&world, "n2").await.expect("by its number").3, "N2");
    let moved = account(&world, "keeper1").await.expect("an account");
    assert_eq!((moved.2.as_str(), moved.3.as_str(), moved.4), ("104", "K1", true));
    assert_eq!(account(&world, "dispatcher1").await.expect("an account").1, "dispatcher", "the post waits");
    let again = system.visitor.post(&format!("{page}/keep"), &[]).await;
    assert_eq!(again.status().as_u16(), 422);

    // First passwords are handed out once, to whoever made them.
    let handed = format!("{page}/passwords");
    assert!(system.reads(&handed).await.contains("为 2 人"), "two are new");
    let form = system.form(&handed, &handed).await;
    assert_eq!(system.send(&form).await.location, handed);
    let listed = system.page(&handed).await;
    assert!(words(&listed).contains("信息采集一队") && words(&listed).contains("监督中心"), "{}", words(&listed));
    let sheet = table(bytes(&system, &format!("{handed}.xlsx")).await);
    let first = sheet.iter().find(|row| row[2] == "newone").expect("a slip")[3].clone();
    assert!(listed.contains(&first));
    let facts = count(&world, "select count(*) from facts where body like '%first%' or kind = 'password_reset'").await;
    assert_eq!(facts, 2, "the log knows that, not what");
    let form = system.form(&handed, &format!("{handed}/forget")).await;
    assert_eq!(system.send(&form).await.status, 303);
    assert!(!system.page(&handed).await.contains(&first));
    assert_eq!(system.look_bytes(&format!("{handed}.xlsx")).await, 404);

    // Nobody new signs in before the security administrator has looked.
    let signs_in = |password: String| {
        let visitor = world.visitor();
        async move {
            let answer = visitor.post("/sign-in", &[("login", "newone"), ("password", &password)]).await;
            (answer.status().as_u16(), location(&answer))
        }
    };
    assert_eq!(signs_in(first.clone()).await.0, 422);
    let waiting = security.reads("/notices").await;
    assert!(waiting.contains("等待放行"), "{waiting}");
    let read = security.reads(&page).await;
    assert!(read.contains("新账号 2 个，岗位变化 1 人，停用 0 人"), "{read}");
    assert_eq!(does(&security, &page, "release").await.status, 303);
    assert!(security.reads(&page).await.contains("启用账号 2 个，调整岗位 1 人，停用 0 人"));
    assert_eq!(account(&world, "dispatcher1").await.expect("an account").1, "shift_leader");
    let (status, there) = signs_in(first).await;
    assert!(status == 303, "{status} {there}");
    let twice = security.visitor.post(&format!("{page}/release"), &[]).await;
    assert_eq!(twice.status().as_u16(), 422);
    let audit = Browser::signed_in(&world, "auditadmin").await.reads("/audit/changes").await;
    for told in ["导入名册", "放行名册", "为名册生成初始密码", "修改账号资料", "启用账号"] {
        assert!(audit.contains(told), "{told} is not in {audit}");
    }

    // The same again changes nothing: there is nothing to confirm.
    let good = "N1,newone,新一,受理员,101\nN2,n2,新二,采集员,103\nK1,,林晓禾,采集员,信息采集二队\n";
    let page = brought(&system, "staff", "again.csv", format!("\u{feff}{HEAD}{good}").into_bytes()).await;
    let read = system.reads(&page).await;
    assert!(read.contains("没有新内容") && read.contains("一致 3"), "{read}");
    let facts = count(&world, "select count(*) from facts").await;
    let answer = system.visitor.post(&format!("{page}/keep"), &[]).await;
    assert_eq!(answer.status().as_u16(), 422);
    assert_eq!(count(&world, "select count(*) from facts").await, facts);
    assert_eq!(does(&system, &page, "discard").await.status, 303);
    assert_eq!(
        count(&world, "select count(*) from roll_rows r join rolls l on l.id = r.roll_id where l.state = 'discarded'")
            .await,
        0
    );
});

on_both!(what_changed_meanwhile_is_looked_at_again, |world: World| async move {
    let system = Browser::signed_in(&world, "sysadmin").await;
    let page = brought(&system, "staff", "a.csv", format!("{HEAD}K7,keeper1,林晓,采集员,103\n").into_bytes()).await;
    let form = system.form(&page, &format!("{page}/keep")).await;
    // Somebody gives the number to another before it is confirmed.
    let id = count(&world, "select id from accounts where login = 'keeper2'").await;
    let given =
        system.visitor.post(&format!("/admin/accounts/{id}/employee-number"), &[("employee_number", "K7")]).await;
    assert_eq!(given.status().as_u16(), 303);
    let answer = system.send(&form).await;
    let read = words(&answer.text);
    assert!(answer.status == 422 && read.contains("预览已按最新情况重做") && read.contains("是另一个人的"), "{read}");
    assert_eq!(account(&world, "keeper1").await.expect("an account").0, "林晓禾");
    // Put right by hand: the page of before is told that it is old, the new one confirms.
    let given = system.visitor.post(&format!("/admin/accounts/{id}/employee-number"), &[("employee_number", "")]).await;
    assert_eq!(given.status().as_u16(), 303);
    let old = system.send(&form).await;
    assert_eq!(old.status, 422, "{}", words(&old.text));
    let page_again =
        brought(&system, "staff", "b.csv", format!("{HEAD}K7,keeper1,林晓,采集员,103\n").into_bytes()).await;
    assert_eq!(does(&system, &page_again, "keep").await.status, 303);
    assert_eq!(account(&world, "keeper1").await.expect("an account").0, "林晓");
});

on_both!(who_is_not_in_the_list_leaves_only_when_asked, |world: World| async move {
    let system = Browser::signed_in(&world, "sysadmin").await;
    let security = Browser::signed_in(&world, "secadmin").await;
    let active = "select count(*) from accounts where is_active = 1";
    let before = count(&world, active).await;
    let all = table(bytes(&system, "/admin/rolls/forms/staff.xlsx").await);
    assert_eq!(all.len() as i64, before + 1, "the city's people under a heading");
    // Everybody but two: keeper1 and the last audit administrator.
    let list = |leave: bool| {
        let kept = all.iter().filter(|row| !leave || !["keeper1", "auditadmin"].contains(&row[1].as_str()));
        kept.map(|row| written(row)).collect::<Vec<_>>().join("\n")
    };
    let page = brought(&system, "staff", "all.csv", list(false).into_bytes()).await;
    let read = system.reads(&page).await;
    assert!(
        read.contains("没有新内容") && read.contains("不在表中 0"),
        "what came out goes in without a change: {read}"
    );
    let page = brought(&system, "staff", "some.csv", list(true).into_bytes()).await;
    let mut form = system.form(&page, &format!("{page}/keep")).await;
    assert_eq!(form.value("leave"), "", "off unless it is ticked");
    assert_eq!(system.send(&form).await.status, 422, "nothing is new");
    form.tick("leave", "1");
    assert_eq!(system.send(&form).await.status, 303);
    assert_eq!(count(&world, active).await, before, "the security administrator is asked");
    assert_eq!(does(&security, &page, "release").await.status, 303);
    assert_eq!(count(&world, active).await, before - 1);
    assert!(!account(&world, "keeper1").await.expect("an account").4);
    assert!(account(&world, "auditadmin").await.expect("an account").4, "no administrator leaves by a list");
    let gone = world.visitor().post("/sign-in", &[("login", "keeper1"), ("password", "Wanglan-2026")]).await;
    assert_eq!(gone.status().as_u16(), 422);
});

on_both!(departments_stand_in_any_order, |world: World| async move {
    let system = Browser::signed_in(&world, "sysadmin").await;
    let form = table(bytes(&system, "/admin/rolls/forms/departments-form.xlsx").await);
    assert_eq!(form[0], ["部门编码", "部门名称", "英文名称", "上级部门", "部门类别", "电话"]);
    assert_eq!(form.len(), 2, "one example");
    for file in ["staff-form.xlsx", "departments.xlsx", "staff.xlsx"] {
        for lang in ["en", "zh-Hans"] {
            assert!(table(bytes(&system, &format!("/admin/rolls/forms/{file}?lang={lang}")).await).len() > 1, "{file}");
        }
    }
    assert_eq!(system.look_bytes("/admin/rolls/forms/nothing.xlsx").await, 404);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows: [[&str; 6]; 8] = [
        ["部门编码", "部门名称", "英文名称", "上级部门", "部门类别", "电话"],
        ["602", "下级队", "", "新上级", "作业班组", ""],
        ["601", "新上级", "New Unit", "", "unit", "0990-1234567 转 8"],
        ["110", "市容秩序中队", "Street Order Squad", "101", "中队", "0990-6201010"],
        ["603", "循环甲", "", "604", "中队", ""],
        ["604", "循环乙", "", "603", "中队", ""],
        ["605", "", "", "", "中队", ""],
        ["120", "（示例）机动二中队", "", "", "中队", ""],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).expect("a cell"),
                Err(_) => sheet.write_string(row, column, cell).expect("a cell"),
            };
        }
    }
    let formula = rust_xlsxwriter::Formula::new("=CONCAT(\"公\",\"式\")").set_result("公式");
    sheet.write_formula(6, 1, formula).expect("a formula");
    let bytes_of_it = book.save_to_buffer().expect("a workbook");
    let page = brought(&system, "departments", "部门.xlsx", bytes_of_it.clone()).await;
    let read = system.reads(&page).await;
    for told in [
        "新增 2",
        "变更 1",
        "不可用 4",
        "603 → 604 → 603",
        "“部门名称”是公式",
        "示例行",
        "望澜市城市管理执法大队 100 → 监督中心 101",
    ] {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let before = count(&world, "select count(*) from departments").await;
    assert_eq!(does(&system, &page, "keep").await.status, 303);
    assert_eq!(count(&world, "select count(*) from departments").await, before + 2);
    let tree = system.reads("/admin/departments").await;
    assert!(tree.contains("新上级") && tree.contains("下级队"), "{tree}");
    let page = brought(&system, "departments", "部门.xlsx", bytes_of_it).await;
    let read = system.reads(&page).await;
    assert!(read.contains("没有新内容") && read.contains("一致 3"), "{read}");
    // What comes out, is changed and comes in, does just that.
    let out = table(bytes(&system, "/admin/rolls/forms/departments.xlsx").await);
    let edited = out.iter().map(|row| written(row).replace("下级队", "下级一队")).collect::<Vec<_>>().join("\n");
    let page = brought(&system, "departments", "改.csv", edited.into_bytes()).await;
    let read = system.reads(&format!("{page}?show=changed")).await;
    assert!(read.contains("变更 1") && read.contains("下级队 → 下级一队") && read.contains("不在表中 0"), "{read}");
    // What is no list says what is missing.
    for (bytes, told) in [
        ("名称,电话\n甲,1\n".as_bytes().to_vec(), "找不到“部门编码”"),
        ("编码,部门编码,名称\n1,1,甲\n".as_bytes().to_vec(), "“部门编码”有两列"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....".to_vec(), "xlsx"),
    ] {
        let answer = brings(&system, "departments", "x.csv", bytes).await;
        assert!(answer.status == 422 && words(&answer.text).contains(told), "{told}: {}", words(&answer.text));
    }
    let nothing = brings(&system, "", "x.csv", b"a,b\n1,2\n".to_vec()).await;
    assert!(nothing.status == 422 && words(&nothing.text).contains("请选择这份表"), "{}", words(&nothing.text));
    let json = r#"[{"code":"601","name_zh":"新上级","phone":"12345"}]"#;
    let page = brought(&system, "departments", "x.json", json.into()).await;
    assert!(system.reads(&page).await.contains("0990-1234567 转 8 → 12345"));
});

on_both!(ten_thousand_people_come_in_at_once, |world: World| async move {
    let system = Browser::signed_in(&world, "sysadmin").await;
    let mut list = String::from("login,name,post,department_code\n");
    for number in 0..10_000 {
        list.push_str(&format!("p{number},某人{number},keeper,103\n"));
    }
    let began = std::time::Instant::now();
    let page = brought(&system, "staff", "many.csv", list.into_bytes()).await;
    let looked = began.elapsed();
    let first = system.page(&format!("{page}?show=new")).await;
    assert_eq!(first.matches("<tr>").count(), 51, "a page, and its heading");
    let second = system.reads(&format!("{page}?show=new&after=49")).await;
    assert!(second.contains("某人50") && second.contains("某人99") && !second.contains("某人100 "), "{second}");
    let began = std::time::Instant::now();
    assert_eq!(does(&system, &page, "keep").await.status, 303);
    eprintln!("10,000 people: looked at in {looked:?}, kept in {:?}", began.elapsed());
    assert_eq!(count(&world, "select count(*) from accounts where name like '某人%' and is_active = 0").await, 10_000);
    let security = Browser::signed_in(&world, "secadmin").await;
    let began = std::time::Instant::now();
    assert_eq!(does(&security, &page, "release").await.status, 303);
    eprintln!("released in {:?}", began.elapsed());
    assert_eq!(count(&world, "select count(*) from accounts where name like '某人%' and is_active = 1").await, 10_000);
});

async fn at_the_machine(on: On) {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(database) = moulds::settled(on, folder.path()).await else { return };
    let run = |args: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["--database", &database, "--files", "files"])
            .args(args)
            .current_dir(folder.path())
            .output()
            .expect("the program runs");
        let (said, erred) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.success(), said.into_owned(), erred.into_owned())
    };
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("d.csv", "code,name_zh,kind,parent_code\n612,新班,crew,611\n611,新中心,unit,\n613,坏,shop,\n");
    let (is_well, said, erred) = run(&["import", "departments", "d.csv", "--dry-run"]);
    assert!(is_well && said.contains("2 would be added") && said.contains("1 refused"), "{said}{erred}");
    assert!(erred.contains("d.csv:4: There is no kind of department “shop”"), "{erred}");
    let (is_well, said, erred) = run(&["import", "departments", "d.csv"]);
    assert!(is_well && said.contains("2 added, 0 changed"), "{said}{erred}");
    let (_, said, _) = run(&["import", "departments", "d.csv"]);
    assert!(said.contains("0 added, 0 changed, 2 as before"), "{said}");

    let (is_well, said, _) = run(&["export", "staff", "staff.csv"]);
    assert!(is_well, "{said}");
    let (_, said, erred) = run(&["import", "staff", "staff.csv", "--dry-run"]);
    assert!(
        said.contains("0 would be added, 0 would be changed") && said.contains("0 refused; 0 in the city"),
        "{said}{erred}"
    );
    let text = std::fs::read_to_string(folder.path().join("staff.csv")).expect("a list");
    write("more.csv", &format!("{}\nM1,more1,新人,crew_member,612\n", text.trim_end().replace("林晓禾", "林晓")));
    let (is_well, said, erred) = run(&["import", "staff", "more.csv", "--dry-run"]);
    assert!(is_well && said.contains("new\tmore1") && said.contains("name: 林晓禾 → 林晓"), "{said}{erred}");
    let (is_well, said, erred) = run(&["import", "staff", "more.csv", "--passwords", "first.csv"]);
    assert!(
        is_well && said.contains("1 added, 1 changed") && said.contains("1 first passwords written"),
        "{said}{erred}"
    );
    assert!(said.contains("/admin/rolls/"), "{said}");
    let first = std::fs::read_to_string(folder.path().join("first.csv")).expect("passwords");
    assert!(first.lines().any(|line| line.starts_with("新班,新人,more1,")), "{first}");
    let (is_well, _, erred) = run(&["import", "staff", "more.csv", "--passwords", "first.csv"]);
    assert!(!is_well && erred.contains("first.csv"), "a file of passwords is never written over: {erred}");
    let (_, said, _) = run(&["account", "list"]);
    assert!(said.lines().any(|line| line.starts_with("more1\t") && line.ends_with("inactive")), "{said}");
    let (is_well, _, erred) = run(&["import", "staff", "d.csv"]);
    assert!(!is_well && erred.contains("There is no column “Login name”"), "{erred}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_come_in_at_the_machine_on_sqlite() {
    at_the_machine(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_come_in_at_the_machine_on_postgres() {
    at_the_machine(On::Postgres).await;
}
