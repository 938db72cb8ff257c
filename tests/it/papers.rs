//! Official papers: numbers without gaps under load, what is missing, PDF and Word, voiding, the public check, a bound file.

use crate::on_both;
use crate::people::sign_in;
use crate::world::{Visitor, World, location};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use steward::demo::PASSWORD;
use steward::kit::db::Value as Bound;
use steward::kit::error::Error;
use steward::kit::id::Id;
use steward::papers::binding::{Bundle, Choice, Photograph, bind};
use steward::papers::issuing::{Draft, Shapeless, pdf, prepare};
use steward::papers::paper::{Order, Outcome, Paper};
use steward::papers::store::{self, Signed};

const PUBLIC: &str = "https://city.example";

fn sample(kind: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("letters/samples/{kind}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn order(world: &World, kind: &str, subject_id: Id, data: Value) -> Result<Order, Error> {
    Ok(Order::check(&world.app.papers.kinds, kind, "penalty-case", subject_id, data, PUBLIC)?)
}

fn signed(world: &World, by: Id) -> Signed {
    let at = world.app.clock.now();
    Signed { by, at, on: at.zoned(&world.app.city.zone()).date() }
}

async fn account(world: &World, login: &'static str) -> Id {
    let found = world.app.db.read(move |tx| async move { steward::people::store::credentials(&tx, login).await });
    found.await.map_err(|error: steward::kit::db::DbError| error).expect("an answer").expect("the account").0.id
}

async fn issue(world: &World, kind: &str, subject_id: Id, by: Id) -> Paper {
    let order = order(world, kind, subject_id, sample(kind)).expect("whole");
    let signed = signed(world, by);
    let done = world.app.db.write(move |tx| {
        let order = order.clone();
        async move { store::issue(&tx, &order, signed).await }
    });
    done.await.expect("issued")
}

async fn staff(world: &World, login: &str) -> Visitor {
    sign_in(world, login, PASSWORD).await.0
}

on_both!(numbers_have_no_gaps_under_load, |world: World| async move {
    let by = account(&world, "officer1").await;
    let mut tasks = Vec::new();
    for task in 0..8_i64 {
        let (app, signed) = (world.app.clone(), signed(&world, by));
        let orders: Vec<Order> = ["penalty-decision", "urging-letter"]
            .map(|kind| order(&world, kind, task, sample(kind)).expect("whole"))
            .into();
        tasks.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            for round in 0..12 {
                let order = orders[round % 2].clone();
                let fails = round % 4 == 3;
                let done = app.db.write(move |tx| {
                    let order = order.clone();
                    async move {
                        let paper = store::issue(&tx, &order, signed).await?;
                        // What fails later in the transaction gives its number back.
                        if fails { Err(Error::NotFound) } else { Ok(paper) }
                    }
                });
                match done.await {
                    Ok(paper) => numbers.push((paper.kind, paper.serial.expect("a serial"), paper.number)),
                    Err(Error::NotFound) if fails => {}
                    Err(error) => panic!("{error}"),
                }
            }
            numbers
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("a task"));
    }
    assert_eq!(all.len(), 8 * 9);
    for (kind, count) in [("penalty-decision", 8 * 6), ("urging-letter", 8 * 3)] {
        let serials: BTreeSet<i64> = all.iter().filter(|(of, ..)| of == kind).map(|(_, serial, _)| *serial).collect();
        assert_eq!(serials, (1..=count).collect(), "{kind}");
    }
    let numbers: BTreeSet<&String> = all.iter().map(|(.., number)| number).collect();
    assert_eq!(numbers.len(), all.len(), "no number twice");
    assert!(numbers.contains(&"望城管罚决字〔2026〕1号".to_owned()), "{numbers:?}");
    // Another organ counts for itself.
    let mut other = sample("penalty-decision");
    other["organ"]["mark"] = json!("澜高管");
    let (other, signed) = (order(&world, "penalty-decision", 1, other).expect("whole"), signed(&world, by));
    let paper = world.app.db.write(move |tx| {
        let order = other.clone();
        async move { store::issue(&tx, &order, signed).await }
    });
    assert_eq!(paper.await.expect("issued").number, "澜高管罚决字〔2026〕1号");
    // A new year begins anew.
    let next = Signed { on: signed.on.saturating_add(jiff::Span::new().years(1)), ..signed };
    let order = order(&world, "penalty-decision", 1, sample("penalty-decision")).expect("whole");
    let paper = world.app.db.write(move |tx| {
        let order = order.clone();
        async move { store::issue(&tx, &order, next).await }
    });
    assert_eq!(paper.await.expect("issued").number, "望城管罚决字〔2027〕1号");
});

on_both!(what_is_missing_refuses_before_any_number, |world: World| async move {
    let mut data = sample("penalty-decision");
    data["party"]["address"] = json!(" ");
    data["remedy"] = json!({});
    let draft = |data: Value| Draft {
        subject: "penalty-case",
        subject_id: 1,
        kind: "penalty-decision".into(),
        data,
        address: PUBLIC.into(),
        shapeless: Shapeless::Refuse,
    };
    let Err(Error::Refused(refusal)) = prepare(&world.app, draft(data)).await else { panic!("it was taken") };
    assert_eq!(refusal.key, "papers-refusal-missing");
    for lang in ["zh-Hans", "en"] {
        let sentence = world.app.pages.say(lang, refusal.key, &refusal.args);
        assert!(sentence.contains("第五十九条第一款第五项"), "{sentence}");
    }
    let mut data = sample("penalty-decision");
    data["party"]["name"] = json!("张🙂");
    let Err(Error::Refused(refusal)) = prepare(&world.app, draft(data.clone())).await else { panic!("it was taken") };
    assert_eq!(refusal.key, "papers-refusal-shapeless");
    let sentence = world.app.pages.say("zh-Hans", refusal.key, &refusal.args);
    assert!(sentence.contains("🙂") && sentence.contains("party.name"), "{sentence}");
    prepare(&world.app, Draft { shapeless: Shapeless::Mark, ..draft(data) }).await.expect("somebody has seen it");
    let mut data = sample("penalty-decision");
    data["facts"] = json!("长".repeat(2_000_000));
    let Err(Error::Refused(refusal)) = prepare(&world.app, draft(data)).await else { panic!("it was taken") };
    assert_eq!(refusal.key, "papers-refusal-size");
    prepare(&world.app, draft(sample("penalty-decision"))).await.expect("whole");
});

on_both!(a_paper_is_read_edited_and_voided, |world: World| async move {
    let by = account(&world, "officer1").await;
    let paper = issue(&world, "penalty-decision", 7, by).await;
    let officer = staff(&world, "officer1").await;
    let address = format!("/papers/{}", paper.id);
    let page = officer.page(&address).await;
    assert!(page.contains(&paper.number) && !page.contains("/void"), "an officer does not void");

    let response = officer.get(&format!("{address}/pdf")).await;
    assert_eq!(response.headers()["content-type"], "application/pdf");
    let first = response.bytes().await.expect("bytes");
    assert!(first.starts_with(b"%PDF-"));
    let again = officer.get(&format!("{address}/pdf")).await.bytes().await.expect("bytes");
    assert!(first == again, "the same bytes each time");
    let loaded = load(&world, paper.id).await;
    let digest = loaded.digest.clone().expect("it is sealed");
    assert_eq!(world.app.blobs.get("paper", &digest).await.expect("on the shelf"), first);
    // Set again from the frozen data it comes out the same.
    let fresh = Paper { digest: None, ..loaded };
    assert!(pdf(&world.app, &fresh).await.expect("set") == first);

    let response = officer.get(&format!("{address}/docx")).await;
    assert_eq!(response.status(), 200);
    let word = response.bytes().await.expect("bytes");
    assert!(word.starts_with(b"PK"), "a Word file");
    if let Some(folder) = std::env::var_os("STEWARD_PAPERS") {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(Path::new(&folder).join("penalty-decision.docx"), &word).expect("written");
    }
    let text = inside(&word, "word/document.xml");
    for words in ["行政处罚决定书", paper.number.as_str(), "本机关认为", "（印章）", "逾期不申请复议"]
    {
        assert!(text.contains(words), "{words}");
    }
    assert!(inside(&word, "word/footer1.xml").contains("NUMPAGES"));

    let chief = staff(&world, "unit1").await;
    let form = |reason: &'static str| [("reason", reason), ("revision", "1")];
    let refused = chief.post(&format!("{address}/void"), &form(" ")).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.expect("a page").contains("请写明作废原因"));
    assert_eq!(officer.post(&format!("{address}/void"), &form("有误")).await.status(), 403);
    let done = chief.post(&format!("{address}/void"), &form("当事人姓名有误")).await;
    assert_eq!(location(&done), address);
    assert_eq!(chief.post(&format!("{address}/void"), &form("再次")).await.status(), 422);
    let page = chief.page(&address).await;
    assert!(page.contains("当事人姓名有误") && page.contains("已作废"));
    let list = chief.page("/papers?kind=penalty-decision&year=2026").await;
    assert!(list.contains(&paper.number) && list.contains("已作废") && list.contains("其中作废 1 号"), "{list}");
    // Its number is not used again.
    assert_eq!(issue(&world, "penalty-decision", 7, by).await.serial, Some(2));
    assert_eq!(officer.get("/papers/1").await.status(), 404);
    assert_eq!(staff(&world, "keeper1").await.get(&address).await.status(), 403);
    let list = chief.page("/papers?lang=en").await;
    assert!(list.contains("Register of papers"));
});

async fn load(world: &World, id: Id) -> Paper {
    world.app.db.read(move |tx| async move { store::load(&tx, id).await }).await.expect("there")
}

/// The text of a part of a Word file, which is a ZIP of deflated parts.
fn inside(bytes: &[u8], name: &str) -> String {
    use std::io::Read;
    let number = |at: usize, length: usize| -> usize {
        bytes[at..at + length].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let mut at = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("a directory");
    while bytes[at..].starts_with(b"PK\x01\x02") {
        let (packed, named, extra, comment) =
            (number(at + 20, 4), number(at + 28, 2), number(at + 30, 2), number(at + 32, 2));
        let (method, from) = (number(at + 10, 2), number(at + 42, 4));
        if &bytes[at + 46..at + 46 + named] == name.as_bytes() {
            let start = from + 30 + number(from + 26, 2) + number(from + 28, 2);
            let part = &bytes[start..start + packed];
            let mut text = String::new();
            match method {
                0 => text.push_str(std::str::from_utf8(part).expect("UTF-8")),
                _ => drop(flate2::read::DeflateDecoder::new(part).read_to_string(&mut text).expect("deflated")),
            }
            return text;
        }
        at += 46 + named + extra + comment;
    }
    panic!("there is no {name}");
}

on_both!(anybody_checks_a_paper, |world: World| async move {
    let by = account(&world, "officer1").await;
    let paper = issue(&world, "penalty-decision", 7, by).await;
    let anybody = world.visitor();
    let form = anybody.page("/verify").await;
    assert!(form.contains("文书核验"));
    assert_eq!(paper.data["check"]["address"], format!("{PUBLIC}/verify/{}", paper.code));
    let typed = paper.data["check"]["code"].as_str().expect("a code").to_lowercase();
    let found = anybody.get(&format!("/verify?code={typed}")).await;
    assert_eq!(location(&found), format!("/verify/{}", paper.code));
    let page = anybody.page(&format!("/verify/{}", paper.code)).await;
    assert!(page.contains("文书真实有效") && page.contains(&paper.number) && page.contains("行政处罚决定书"));
    for private in ["好邻居", "许文茂", "柳荫街", "13800000027", "伍佰元", "擅自占用"] {
        assert!(!page.contains(private), "{private} is told to anybody");
    }
    let mut forged = paper.code.clone();
    forged.replace_range(0..1, if forged.starts_with('0') { "1" } else { "0" });
    let long = "9".repeat(5_000);
    for code in [forged.as_str(), "short", "%3Cscript%3E", "' or 1=1 --", &long] {
        let query = serde_urlencoded::to_string([("code", code)]).expect("a query");
        let mut answer = anybody.get(&format!("/verify?{query}")).await;
        if answer.status().is_redirection() {
            answer = anybody.get(&location(&answer)).await;
        }
        assert_eq!(answer.status(), 404, "{code}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains("没有查到") && !page.contains("<script>'"), "{code}");
    }

    let later = issue(&world, "no-penalty-decision", 7, by).await;
    let (id, later_id, signed) = (paper.id, later.id, signed(&world, by));
    let mark = |how: Outcome, later: Option<Id>| {
        let app = world.app.clone();
        async move { app.db.write(move |tx| async move { store::end(&tx, id, how, later, signed).await }).await }
    };
    let day = signed.on.to_string();
    mark(Outcome::Changed, None).await.expect("changed");
    let page = anybody.page(&format!("/verify/{}", paper.code)).await;
    assert!(page.contains("内容已变更") && page.contains("尚未制发") && page.contains(&day), "{page}");
    mark(Outcome::Changed, Some(later_id)).await.expect("replaced");
    let page = anybody.page(&format!("/verify/{}", paper.code)).await;
    assert!(page.contains("内容已变更") && page.contains(&later.number) && page.contains(&day));
    mark(Outcome::Revoked, None).await.expect("revoked");
    let page = anybody.page(&format!("/verify/{}", paper.code)).await;
    assert!(page.contains("决定已撤销") && page.contains(&day) && !page.contains("文书真实有效"), "{page}");
    let void = world.app.db.write(move |tx| async move { store::void(&tx, id, 4, signed, "决定被撤销").await });
    void.await.expect("voided");
    let page = anybody.page(&format!("/verify/{}?lang=en", paper.code)).await;
    assert!(page.contains("does not count any more") && !page.contains("决定被撤销"));
    // A record without a number is checked by its code alone.
    let record = issue(&world, "interview-record", 7, by).await;
    assert_eq!((record.serial, record.number.as_str()), (None, ""));
    assert!(anybody.page(&format!("/verify/{}?lang=zh-Hans", record.code)).await.contains("无文号"));
    let count = world.app.db.read(|tx| async move {
        tx.query_one("select count(*) from facts where subject = 'paper'", Vec::<Bound>::new()).await?.get::<i64>(0)
    });
    assert_eq!(count.await.map_err(|error: steward::kit::db::DbError| error).expect("counted"), 7);
});

on_both!(a_paper_that_replaces_another_is_named_by_it, |world: World| async move {
    let by = account(&world, "officer1").await;
    let signed = signed(&world, by);
    let old = issue(&world, "penalty-decision", 7, by).await;
    let other = issue(&world, "penalty-decision", 8, by).await;
    let kinds = ["penalty-decision"];
    let ended = world
        .app
        .db
        .write(move |tx| async move { store::end_all(&tx, "penalty-case", 7, &kinds, Outcome::Revoked, signed).await });
    ended.await.expect("revoked");
    let new = issue(&world, "revocation-decision", 7, by).await;
    assert_eq!(load(&world, old.id).await.ended.and_then(|ended| ended.later), Some(new.id));
    assert_eq!(load(&world, other.id).await.ended, None, "another case's stands");
    let anybody = world.visitor();
    let page = anybody.page(&format!("/verify/{}", old.code)).await;
    assert!(page.contains("决定已撤销") && page.contains(&new.number) && page.contains("撤销行政处罚决定书"), "{page}");
    assert!(anybody.page(&format!("/verify/{}", new.code)).await.contains("文书真实有效"));
    let officer = staff(&world, "officer1").await;
    assert!(officer.page(&format!("/papers/{}", old.id)).await.contains("已撤销"));
});

/// Sends a file to be compared, as a browser does.
async fn compare(anybody: &Visitor, code: &str, file: &[u8]) -> (u16, String) {
    let part = reqwest::multipart::Part::bytes(file.to_vec()).file_name("paper.pdf");
    let form = reqwest::multipart::Form::new().text("code", code.to_owned()).part("file", part);
    let (client, base) = (&anybody.client, &anybody.base);
    let request = client.post(format!("{base}/verify")).header("sec-fetch-site", "same-origin").multipart(form);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a page"))
}

on_both!(anybody_compares_a_file_with_the_one_that_was_issued, |world: World| async move {
    let by = account(&world, "officer1").await;
    let paper = issue(&world, "penalty-decision", 7, by).await;
    let anybody = world.visitor();
    let genuine = pdf(&world.app, &paper).await.expect("set");
    for code in [paper.code.as_str(), "", &steward::papers::paper::grouped(&paper.code)] {
        let (status, page) = compare(&anybody, code, &genuine).await;
        assert_eq!(status, 200);
        assert!(page.contains("就是制发的那一份文件") && page.contains(&paper.number), "{page}");
    }
    // One byte.
    let mut altered = genuine.to_vec();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    for code in [paper.code.as_str(), ""] {
        let (_, page) = compare(&anybody, code, &altered).await;
        assert!(page.contains("不是以此核验码制发的文件") && !page.contains("就是制发的那一份"), "{page}");
    }
    let (_, page) = compare(&anybody, &paper.code, &altered).await;
    assert!(page.contains("望＊＊＊") && !page.contains("好邻居"), "the party is masked: {page}");
    // The code of one paper on another that somebody made.
    let copied = {
        let mut data = sample("penalty-decision");
        data["party"]["name"] = json!("另一家商店");
        data["check"] = json!({ "address": format!("{PUBLIC}/verify/{}", paper.code), "code": paper.code });
        let forged = Paper { id: 1, data, digest: None, ..paper.clone() };
        let other = issue(&world, "urging-letter", 7, by).await;
        let genuine_other = pdf(&world.app, &other).await.expect("set");
        let (_, page) = compare(&anybody, &paper.code, &genuine_other).await;
        assert!(page.contains("这是另一份文书的文件") && page.contains(&other.number), "{page}");
        // Its own code is in it: whoever types another is told that it was copied.
        let mut altered = genuine_other.to_vec();
        altered.extend_from_slice(b"\n%x\n");
        let (_, page) = compare(&anybody, &paper.code, &altered).await;
        assert!(page.contains("带着另一份文书的核验码"), "{page}");
        forged
    };
    let forged = steward::papers::issuing::set_again(&world.app, &copied).await.expect("set");
    let (status, page) = compare(&anybody, "", &forged).await;
    assert_eq!(status, 200);
    assert!(page.contains("不是以此核验码制发的文件") && page.contains(&paper.number), "{page}");
    // Never read by anybody: sealed for the comparison.
    let unread = issue(&world, "penalty-notice", 7, by).await;
    let (_, page) = compare(&anybody, &unread.code, &genuine).await;
    assert!(page.contains("这是另一份文书的文件"), "{page}");
    assert!(load(&world, unread.id).await.digest.is_some());

    let later = world.app.clock.now().plus(60_000);
    world.clock.set(later);
    let garbage = vec![7_u8; 10 << 20];
    let (status, page) = compare(&anybody, &paper.code, &garbage).await;
    assert_eq!(status, 415);
    assert!(page.contains("这不是PDF文件"), "{page}");
    let heavy = [b"%PDF-1.7".to_vec(), vec![0_u8; 21 << 20]].concat();
    let (status, page) = compare(&anybody, &paper.code, &heavy).await;
    assert_eq!(status, 413);
    assert!(page.contains("20 MB"), "{page}");
    let (status, page) = compare(&anybody, "", b"").await;
    assert!(status == 422 && page.contains("请选择要比对的PDF文件"), "{page}");
    let (status, page) = compare(&anybody, "", b"%PDF-1.7 nothing").await;
    assert!(status == 422 && page.contains("没有读到核验码"), "{page}");
    let (status, page) = compare(&anybody, "0000-0000-0000-0000", &genuine[..1000]).await;
    assert!(status == 404 && page.contains("没有查到"), "{page}");

    // A file that was issued is told to be so, and that it counts no longer.
    let (id, later) = (paper.id, signed(&world, by));
    let ended = world.app.db.write(move |tx| async move { store::end(&tx, id, Outcome::Revoked, None, later).await });
    ended.await.expect("revoked");
    let (_, page) = compare(&anybody, "", &genuine).await;
    assert!(page.contains("就是制发的那一份文件") && page.contains("决定已撤销"), "{page}");
    let void = world.app.db.write(move |tx| async move { store::void(&tx, id, 2, later, "有误").await });
    void.await.expect("voided");
    let (_, page) = compare(&anybody, "", &genuine).await;
    assert!(page.contains("就是制发的那一份文件") && page.contains("文书已作废"), "{page}");
    // One sender is not served without end.
    let mut last = 200;
    for _ in 0..12 {
        last = compare(&anybody, "", b"%PDF-1.7 nothing").await.0;
    }
    assert_eq!(last, 429);
});

on_both!(a_file_is_bound, |world: World| async move {
    let by = account(&world, "officer1").await;
    let mut issued = Vec::new();
    for kind in ["filing-approval", "interview-record", "investigation-report", "penalty-decision", "service-receipt"] {
        issued.push(issue(&world, kind, 9, by).await);
    }
    let (void, signed) = (issued[2].id, signed(&world, by));
    let voided = world.app.db.write(move |tx| async move { store::void(&tx, void, 1, signed, "重写").await });
    voided.await.expect("voided");
    let photo = photo(&world).await;
    let mut data = sample("file");
    data["papers"] = json!(null);
    let bundle = |data: Value| Bundle {
        subject: "penalty-case",
        subject_id: 9,
        data,
        sheets: Vec::new(),
        choice: Choice::All,
        photographs: vec![Photograph {
            photo,
            shows: "占用人行道".into(),
            taken_at: "2026-03-02T09:20".into(),
            taken_by: "陆知远".into(),
            place: "柳荫街27号门前".into(),
        }],
        on: signed.on,
    };
    let bound = bind(&world.app, bundle(data.clone())).await.expect("bound");
    assert!(bound.pdf.starts_with(b"%PDF-") && bound.pages >= 9, "{} pages", bound.pages);
    assert!(bind(&world.app, bundle(data.clone())).await.expect("again").pdf == bound.pdf, "the same bytes");
    let nothing = Bundle { subject_id: 10, photographs: Vec::new(), ..bundle(data) };
    let Err(Error::Refused(refusal)) = bind(&world.app, nothing).await else { panic!("an empty file was bound") };
    assert_eq!(refusal.key, "papers-refusal-missing");
});

/// A photo that belongs to the file, taken in as every photo is.
async fn photo(world: &World) -> Id {
    let mut jpeg = Vec::new();
    let dots = vec![120_u8; 640 * 480 * 3];
    jpeg_encoder::Encoder::new(&mut jpeg, 80).encode(&dots, 640, 480, jpeg_encoder::ColorType::Rgb).expect("a photo");
    let taken = steward::files::take_in(&world.app, jpeg).await.expect("taken in");
    let now = world.app.clock.now();
    let belongs = steward::files::store::Belongs {
        subject: "case",
        subject_id: 9,
        purpose: "other",
        is_public: false,
        author: None,
    };
    let recorded = world.app.db.write(move |tx| {
        let taken = taken.clone();
        async move { steward::files::store::record(&tx, &taken, belongs, now).await }
    });
    recorded.await.map_err(|error: steward::kit::db::DbError| error).expect("recorded")
}
