//! Decisions are read by everybody and name nobody; evidence is looked at and compared; copies of the file leave with their digests and
//! are recorded.

use crate::browser::{Browser, Form, words};
use crate::enforcement::{Cast, TWO, code_of, loaded, notified, with, written};
use crate::on_both;
use crate::world::World;
use jiff::Span;
use sha2::{Digest, Sha256};
use std::io::{Cursor, Read};
use steward::enforcement::store::{self, Held};
use steward::kit::db::DbError;
use steward::kit::error::Error;
use steward::kit::id::Id;

fn id_of(page: &str) -> Id {
    page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id")
}

/// From the notice to the served decision, with its paper: ten thousand yuan against 江石生.
async fn served(cast: &mut Cast<'_>) -> String {
    let page = notified(cast).await;
    cast.wait(8);
    cast.does("officer1", &page, "close-defence", &[]).await;
    cast.does("officer1", &page, "propose-decision", &[]).await;
    cast.does("leader", &page, "decide", &[]).await;
    written(cast, "officer1", &page, "penalty-decision", "2026-03-20").await;
    cast.does("officer1", &page, "serve", &with(&TWO, &[("manner", "direct")])).await;
    page
}

const FACTS: &str = "江某未经许可设置大型户外广告牌一块，约12平方米，责令改正后逾期未改。";

/// Everything that a public address answers in both languages.
async fn public(visitor: &Browser, path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    let zh = visitor.page(&format!("{path}{mark}lang=zh-Hans")).await;
    let en = visitor.page(&format!("{path}{mark}lang=en")).await;
    let both = format!("{zh}{en}");
    for name in ["江石生", "13800000027"] {
        assert!(!both.contains(name), "{path} tells {name}");
    }
    words(&both)
}

async fn published(world: World) {
    let mut cast = Cast::of(&world).await;
    let visitor = Browser::new(&world);
    assert!(public(&visitor, "/published").await.contains("目前没有公开的处罚决定"));
    let page = served(&mut cast).await;
    let number = loaded(&world, &page).await.number;
    // The term runs on the case's page, and nothing is public before somebody publishes.
    let text = words(&cast.who("officer1").await.page(&page).await);
    assert!(text.contains("公开具有一定社会影响的处罚决定"), "{text}");
    assert_eq!(visitor.look(&format!("/published/{number}")).await.status, 404);

    // The officer sees what will stand, with the name gone; what is somebody's is refused and nothing is lost.
    let form = cast.who("officer1").await.page(&format!("{page}/publish")).await;
    let text = words(&form);
    for says in ["公开后的内容", "江某", "罚款人民币壹万元整", "望城管罚决字〔2026〕1号", "公开期 36 个月"]
    {
        assert!(text.contains(says), "{says}: {text}");
    }
    let given = Form::find(&form, &format!("{page}/publish")).expect("the form");
    assert!(!given.value("facts").contains("江石生"));
    for (facts, says) in [
        ("江石生设置广告牌", "姓名：江石生"),
        ("江 石 生设置广告牌", "自然人姓名"),
        ("电话13800000027的当事人", "个人信息：13800000027"),
        ("身份证99010019840517001X的当事人", "个人信息"),
        ("车牌浙A·12345的货车", "个人信息"),
        ("在古渡路12号设置广告牌", "个人信息：12号"),
    ] {
        let (answer, _) = cast.tries("officer1", &page, "publish", &[("facts", facts)]).await;
        let read = words(&answer.text);
        assert_eq!(answer.status, 422, "{facts}: {read}");
        assert!(read.contains(says) && read.contains("第50条") && read.contains("不得公开"), "{says}: {read}");
        let form = Form::find(&answer.text, &format!("{page}/publish")).expect("drawn again");
        assert_eq!(form.value("facts"), facts);
    }
    cast.refused("unit1", &page, "publish", &[("facts", FACTS)], "其他岗位").await;
    cast.does("officer1", &page, "publish", &[("facts", FACTS)]).await;

    // Seen without an account, in both languages, and the name is in no byte.
    let list = public(&visitor, "/published").await;
    for says in ["江某", "望城管罚决字〔2026〕1号", "罚款人民币壹万元整", "公开", "Published"] {
        assert!(list.contains(says), "{says}: {list}");
    }
    let one = public(&visitor, &format!("/published/{number}")).await;
    for says in ["逾期未改", "违反《", "依据《", "决定日期", "Basis"] {
        assert!(one.contains(says), "{says}: {one}");
    }
    let by_number = visitor
        .look("/published/%E6%9C%9B%E5%9F%8E%E7%AE%A1%E7%BD%9A%E5%86%B3%E5%AD%97%E3%80%942026%E3%80%951%E5%8F%B7")
        .await;
    assert_eq!((by_number.status, by_number.location), (303, format!("/published/{number}")));
    let feed = visitor.look("/published/feed").await;
    assert!(feed.status == 200 && feed.text.starts_with("<?xml") && feed.text.contains("江某"), "{}", feed.text);
    assert!(!feed.text.contains("江石生"));
    let month = world.app.calendar.date_of(world.clock.now()).strftime("%Y-%m").to_string();
    for (asked, is_there) in [
        ("q=%E6%B1%9F%E6%9F%90", true),
        ("q=%E6%B1%9F%E7%9F%B3%E7%94%9F", false),
        ("q=%25", true),
        ("matter=large-advertisement", true),
        ("matter=no-such", false),
        ("month=1999-01", false),
        ("month=%27;drop", true),
        ("after=x.y", true),
    ] {
        let text = words(&visitor.page(&format!("/published?{asked}&lang=zh-Hans")).await);
        assert_eq!(text.contains("望城管罚决字〔2026〕1号"), is_there, "{asked}: {text}");
        assert!(is_there || text.contains("没有符合条件的决定"), "{asked}: {text}");
    }
    assert!(words(&visitor.page(&format!("/published?month={month}")).await).contains("江某"));
    // The party's page leads there.
    let papers = world.app.db.read({
        let id = id_of(&page);
        move |tx| async move { steward::papers::store::list(&tx, store::SUBJECT, id).await }
    });
    let decision = papers
        .await
        .map_err(|error: DbError| error)
        .expect("papers")
        .into_iter()
        .find(|one| one.kind == "penalty-decision");
    let decision = decision.expect("the decision");
    let code = code_of(&world, &format!("/papers/{}", decision.id)).await;
    assert!(visitor.page(&format!("/party/{code}")).await.contains(&format!("/published/{number}")));

    // Changed: the officers hear that it has to go, and until when; then only that it was withdrawn is told.
    cast.does("leader", &page, "change-decision", &[("fine", "9000"), ("reason", "复核从轻")]).await;
    // At once its paper and its entry say so, and the entry stands on no list and in no feed.
    let checked = words(&visitor.page(&format!("/verify/{code}?lang=zh-Hans")).await);
    assert!(checked.contains("内容已变更") && checked.contains("尚未制发"), "{checked}");
    let one = public(&visitor, &format!("/published/{number}")).await;
    assert!(one.contains("这一决定已于") && one.contains("This decision was changed on"), "{one}");
    assert!(!public(&visitor, "/published").await.contains("江某"));
    assert!(!visitor.look("/published/feed").await.text.contains("江某"));
    let asked = cast.who("officer1").await.page(&format!("{page}/papers/change-decision")).await;
    assert!(words(&asked).contains("变更行政处罚决定书"), "{}", words(&asked));
    let told = words(&cast.who("officer2").await.page("/notices").await);
    assert!(told.contains("的公开信息须在"), "{told}");
    let text = words(&cast.who("officer1").await.page(&page).await);
    assert!(text.contains("撤回"), "{text}");
    let why = [("reason", "江石生要求更正，电话13800000027")];
    cast.refused("officer1", &page, "withdraw-publication", &why, "自然人姓名").await;
    cast.does("officer1", &page, "withdraw-publication", &[("reason", "处罚决定已变更")]).await;
    for path in ["/published".to_owned(), format!("/published/{number}")] {
        let text = public(&visitor, &path).await;
        assert!(text.contains("处罚决定已变更") && text.contains("已撤回") && text.contains("Withdrawn"), "{text}");
        assert!(!text.contains("江某") && !text.contains("逾期未改"), "{text}");
    }
    // The decision as changed is published anew, as another entry.
    written(&mut cast, "officer1", &page, "change-decision", "2026-03-20").await;
    cast.does("officer1", &page, "serve", &with(&TWO, &[("manner", "direct")])).await;
    cast.does("officer1", &page, "publish", &[("facts", FACTS)]).await;
    let text = public(&visitor, &format!("/published/{number}-2")).await;
    assert!(text.contains("玖仟元"), "{text}");

    // After its time an entry leaves the list.
    let later = cast.today().saturating_add(Span::new().months(36).days(1));
    world.clock.set(world.app.calendar.moment(later, jiff::civil::time(9, 0, 0, 0)));
    assert!(public(&visitor, "/published").await.contains("目前没有公开的处罚决定"));
    assert_eq!(visitor.look(&format!("/published/{number}-2")).await.status, 404);
}
on_both!(a_decision_is_published_without_a_name_withdrawn_and_leaves_the_list, published);

async fn pages(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = served(&mut cast).await;
    cast.does("officer1", &page, "publish", &[("facts", FACTS)]).await;
    let held = loaded(&world, &page).await;
    let one = held.case.publications[0].clone();
    let many: Held = {
        let mut held = held.clone();
        held.case.publications = (0..55)
            .map(|place| {
                let mut one = one.clone();
                one.entry.number = format!("望城管罚决字〔2026〕{}号", place + 100);
                one.at = one.at.plus(i64::from(place) * 1000);
                one
            })
            .collect();
        held
    };
    let app = world.app.clone();
    let done = world.app.db.write(move |tx| {
        let (app, many) = (app.clone(), many.clone());
        async move { store::mirror(&tx, &many, &app.calendar).await }
    });
    done.await.map_err(|error: DbError| error).expect("mirrored");
    let visitor = Browser::new(&world);
    let first = visitor.page("/published").await;
    assert!(first.contains("154号") && !first.contains("〕104号"), "the newest first");
    let next =
        first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an older page");
    let second = visitor.page(&crate::browser::plain(next)).await;
    assert!(second.contains("〕104号") && !second.contains("154号") && second.contains("rel=\"prev\""));
}
on_both!(the_public_list_is_cut_into_pages, pages);

async fn evidence(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = notified(&mut cast).await;
    let path = format!("{page}/evidence");
    for (login, status) in [
        ("officer1", 200),
        ("unit1", 200),
        ("leader", 200),
        ("reviewer1", 200),
        ("officer3", 404),
        ("unit2", 404),
        ("archivist1", 404),
        ("helper1", 403),
        ("acceptor1", 403),
    ] {
        assert_eq!(cast.who(login).await.look(&path).await.status, status, "{login}");
        let door = if matches!(login, "officer1" | "officer3") { 403 } else { status };
        assert_eq!(cast.who(login).await.look(&format!("{page}/bundles")).await.status, door, "{login} at the copies");
    }
    for lang in ["en", "zh-Hans"] {
        cast.who("officer1").await.page(&format!("{path}?lang={lang}")).await;
    }
    let text = words(&cast.who("reviewer1").await.page(&format!("{path}?lang=zh-Hans")).await);
    for says in ["SHA-256", "勘验笔录", "2 件尚未审查", "缺音像记录", "缺文书", "执法全过程记录"]
    {
        assert!(text.contains(says), "{says}: {text}");
    }
    // The photograph on the page opens for whoever sees the case, and for nobody else.
    let shown = crate::browser::plain(&cast.who("officer1").await.page(&path).await);
    let photo = shown.split("/photos/").nth(1).and_then(|rest| rest.split('/').next()).expect("a photo").to_owned();
    for (login, status) in [("officer1", 200), ("leader", 200), ("officer3", 404)] {
        assert_eq!(cast.who(login).await.look_bytes(&format!("/photos/{photo}/small")).await, status, "{login}");
    }
    assert_eq!(Browser::new(&world).look_bytes(&format!("/photos/{photo}/small")).await, 404);

    // Whoever investigates does not judge; whoever judges is named.
    let opinion = [("number", "2"), ("stands", "no"), ("words", "取证时只有一名执法人员")];
    cast.refused("officer1", &page, "judge-evidence", &opinion, "其他岗位").await;
    cast.does("reviewer1", &page, "judge-evidence", &opinion).await;
    cast.does("reviewer1", &page, "judge-evidence", &[("number", "1"), ("stands", "yes"), ("words", "属实")]).await;
    let text = words(&cast.who("officer1").await.page(&path).await);
    assert!(text.contains("不予采信") && text.contains("查证属实") && text.contains("只有一名执法人员"), "{text}");
    assert!(!text.contains("件尚未审查"), "{text}");

    // All is compared with its digest, and what was altered is found.
    let check = format!("{path}/check");
    let who = cast.who("officer1").await;
    let form = who.form(&path, &check).await;
    let answer = who.send(&form).await;
    assert_eq!(answer.status, 303);
    assert!(words(&who.page(&answer.location).await).contains("全部与登记的摘要一致"));
    let kept = world.app.db.read({
        let id = id_of(&page);
        move |tx| async move { steward::files::store::kept(&tx, store::SUBJECT, id).await }
    });
    let kept = kept.await.map_err(|error: DbError| error).expect("photos");
    let digest = &kept[0].custody.original;
    let file = world.folder().join("files/original").join(&digest[..2]).join(&digest[2..4]).join(digest);
    let sealed = std::fs::read(&file).expect("the original");
    std::fs::write(&file, b"forged").expect("written");
    let answer = who.send(&form).await;
    let text = words(&who.page(&answer.location).await);
    assert!(text.contains("1 个缺失或者被改动") && text.contains("立即报告"), "{text}");
    let export = whole(&cast, &page, "leader", "监督检查").await;
    let manifest: serde_json::Value = serde_json::from_slice(&inside(&export, "manifest.json")).expect("JSON");
    let lost = manifest["files"].as_array().expect("files").iter().filter(|one| one["state"] == "altered").count();
    assert_eq!(lost, 1, "{manifest}");
    std::fs::write(&file, sealed).expect("restored");
    let other = cast.who("officer3").await;
    assert_eq!(other.send(&form).await.status, 404);
}
on_both!(evidence_is_listed_judged_and_compared, evidence);

/// The bytes of a copy.
async fn taken(cast: &Cast<'_>, page: &str, login: &'static str, what: &str, reason: &str) -> (u16, String, Vec<u8>) {
    let who = Browser::signed_in(cast.world, login).await;
    let address = format!("{}{page}/bundles", who.visitor.base);
    let fields = [("what", what), ("reason", reason)];
    let answer = who
        .visitor
        .client
        .post(address)
        .header("origin", &who.visitor.base)
        .form(&fields)
        .send()
        .await
        .expect("an answer");
    let media =
        answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    (answer.status().as_u16(), media, answer.bytes().await.expect("the bytes").to_vec())
}

async fn whole(cast: &Cast<'_>, page: &str, login: &'static str, reason: &str) -> Vec<u8> {
    let (status, media, bytes) = taken(cast, page, login, "whole", reason).await;
    assert_eq!((status, media.as_str()), (200, "application/zip"), "{}", String::from_utf8_lossy(&bytes));
    bytes
}

fn inside(bytes: &[u8], name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let mut file = archive.by_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut text = Vec::new();
    file.read_to_end(&mut text).expect("read");
    text
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The words of a PDF, where the machine has something that reads them.
fn read_pdf(pdf: &[u8]) -> Option<String> {
    use std::process::{Command, Stdio};
    let mut child = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let bytes = pdf.to_vec();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, &bytes));
    let output = child.wait_with_output().ok()?;
    drop(writer.join());
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn copies(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = served(&mut cast).await;
    let id = id_of(&page);
    for (login, status) in
        [("leader", 200), ("reviewer1", 200), ("unit1", 200), ("officer1", 403), ("unit2", 404), ("archivist1", 404)]
    {
        let (answered, _, _) = taken(&cast, &page, login, "file", "报监督机关").await;
        assert_eq!(answered, status, "{login}");
    }
    for (what, reason, says) in [("whole", " ", "需要填写"), ("no-such", "理由", "请选择")] {
        let (status, _, bytes) = taken(&cast, &page, "leader", what, reason).await;
        let text = words(&String::from_utf8_lossy(&bytes));
        assert!(status == 422 && text.contains(says), "{what}: {text}");
    }
    for (what, has) in [
        ("hearing", &["听证材料", "证据目录", "当事人陈述、申辩"][..]),
        ("review", &["复议答复", "依据目录", "证据目录", "行政处罚决定书"]),
        ("file", &["行政处罚案件卷宗", "执法全过程记录", "卷内"]),
    ] {
        let (status, media, pdf) = taken(&cast, &page, "leader", what, "准备材料").await;
        assert_eq!((status, media.as_str()), (200, "application/pdf"), "{what}");
        assert!(pdf.starts_with(b"%PDF-"));
        if let Some(folder) = std::env::var_os("STEWARD_PAPERS") {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(std::path::Path::new(&folder).join(format!("{what}.pdf")), &pdf).expect("written");
        }
        let Some(text) = read_pdf(&pdf) else { continue };
        let text: String = text.split_whitespace().collect();
        for words in has {
            assert!(text.contains(words), "{what} lacks {words}: {text}");
        }
    }
    let views = |id: Id| {
        let app = world.app.clone();
        async move {
            let read = app.db.read(move |tx| async move { steward::files::store::kept(&tx, store::SUBJECT, id).await });
            let kept = read.await.map_err(|error: DbError| error).expect("photos");
            (kept.len(), kept.iter().map(|one| one.views).sum::<i64>())
        }
    };
    let (photos, before) = views(id).await;
    assert!(photos > 0 && before == 0);
    let bytes = whole(&cast, &page, "unit1", "报上级监督机关备查").await;
    // Every original that left counts as opened.
    assert_eq!(views(id).await, (photos, photos as i64));

    let manifest: serde_json::Value = serde_json::from_slice(&inside(&bytes, "manifest.json")).expect("JSON");
    assert_eq!(manifest["format"], "city-steward/penalty-file/1");
    let files = manifest["files"].as_array().expect("files");
    let archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a ZIP");
    // Everything in the ZIP is in the manifest but itself and the list of sums.
    assert_eq!(archive.len(), files.len() + 2);
    let sums = String::from_utf8(inside(&bytes, "SHA256SUMS")).expect("text");
    for file in files {
        let path = file["path"].as_str().expect("a path");
        let content = inside(&bytes, path);
        assert_eq!(file["sha256"], digest(&content), "{path}");
        assert_eq!(file["bytes"], content.len() as u64, "{path}");
        assert!(sums.contains(&format!("{}  {path}\n", digest(&content))), "{path}");
    }
    let has = |start: &str| files.iter().any(|one| one["path"].as_str().is_some_and(|path| path.starts_with(start)));
    for start in [
        "file.pdf",
        "facts.jsonl",
        "papers/01-penalty-notice",
        "papers/02-penalty-decision",
        "originals/",
        "README.txt",
    ] {
        assert!(has(start), "{start}: {manifest}");
    }
    let facts = String::from_utf8(inside(&bytes, "facts.jsonl")).expect("text");
    let held = loaded(&world, &page).await;
    assert_eq!(facts.lines().count() as i64, held.case.revision, "a line for each fact");
    assert!(facts.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));

    // Who, when and why is kept; binding the file by the officer is kept, too.
    let file = cast.who("officer1").await.look(&format!("{page}/file")).await;
    assert_eq!(file.status, 200);
    let exports = world.app.db.read(move |tx| async move { store::exports(&tx, id).await });
    let exports = exports.await.map_err(|error: DbError| error).expect("exports");
    let last: Vec<(&str, &str)> =
        exports.iter().rev().take(2).map(|(_, _, one)| (one.what.as_str(), one.reason.as_str())).collect();
    assert_eq!(last, [("binding", ""), ("whole", "报上级监督机关备查")]);
    let text = words(&cast.who("leader").await.page(&format!("{page}/bundles")).await);
    assert!(text.contains("报上级监督机关备查") && text.contains("全卷数据包"), "{text}");
    // The case itself is as it was: copies change nothing of it.
    let again = world.app.db.read(move |tx| async move { store::history(&tx, id).await });
    assert_eq!(again.await.map_err(|error: DbError| error).expect("facts").len() as i64, held.case.revision);
    assert!(matches!(store_error(&world).await, Error::NotFound));
}
on_both!(copies_of_the_file_leave_with_their_digests_and_are_recorded, copies);

async fn store_error(world: &World) -> Error {
    let read = world.app.db.read(|tx| async move { store::load_published(&tx, "no-such", "2026-03-10").await });
    read.await.err().unwrap_or(Error::Forbidden)
}
