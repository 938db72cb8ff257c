//! Reports that may be about the same thing: ranked with their reasons, offered before posting, linked at the desk by a person,
//! and parted again, with everybody told.

use crate::browser::{Browser, Form, photo, words};
use crate::on_both;
use crate::restless::is_made_again;
use crate::stories::{CELL, Cast, Story};
use crate::world::World;
use std::collections::HashMap;
use steward::files::prints;
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, Value, params};
use steward::kit::error::Error;
use steward::kit::id::Id;
use steward::reports::report::{DAY, Report};
use steward::reports::twins::{self, twin::KeptReason};

const MINUTE: i64 = 60_000;
const LAMP: &str = "component-0137";
const HOLE: &str = "component-0123";
/// A unit grid at the other end of the city.
const AWAY: &str = "990100004003001";

/// A place in the middle of the invented city, so many metres to the east.
fn east(world: &World, metres: f64) -> (f64, f64) {
    let middle = world.app.grid().place_in(CELL).expect("a place");
    (middle.lon + 0.00012 + metres / 111_320.0 / middle.lat.to_radians().cos(), middle.lat)
}

/// Sends a report as programs do, which are never asked; answers its tracking code.
async fn sends(world: &World, text: &str, at: Option<(f64, f64)>, more: &[(&str, &str)]) -> String {
    let visitor = world.visitor();
    let mut report = serde_json::json!({ "words": text });
    if let Some((lon, lat)) = at {
        (report["lon"], report["lat"], report["coordinates"]) = (lon.into(), lat.into(), "wgs84".into());
    }
    for (name, value) in more {
        report[*name] = (*value).into();
    }
    let asked = visitor.client.post(format!("{}/api/reports", world.base)).header("origin", world.base.clone());
    let answer = asked.json(&report).send().await.expect("an answer");
    let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
    assert_eq!(status, 201, "{text}");
    let body: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    body["code"].as_str().expect("a code").to_owned()
}

async fn report(world: &World, code: &str) -> Report {
    let code = code.to_owned();
    let found = world.app.db.read(move |tx| async move { steward::reports::store::load_by_code(&tx, &code).await });
    found.await.map_err(|error: DbError| error).expect("the database").expect("a report")
}

/// The twins are sought, as they are beside the work, after the prints of the photos.
async fn are_sought(world: &World) {
    let mut after = 0;
    while let Some(round) = prints::print_some(&world.app, after).await.expect("prints") {
        after = round.last;
    }
    for _ in 0..2 {
        let mut after = 0;
        while let Some(round) = twins::seek_some(&world.app, after).await.expect("twins") {
            assert!(round.trouble.is_none(), "{round:?}");
            after = round.last;
        }
    }
}

/// The twins of a report as they are kept: the words of each with the reasons.
async fn kept(world: &World, report: Id) -> Vec<(Id, Vec<KeptReason>)> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select twin_id, reasons from twins where report_id = $1 order by points desc";
        let rows = tx.query(sql, params![report]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, twins::store::reasons(&row.get::<String>(1)?)))).collect()
    });
    let found: Result<Vec<_>, DbError> = read.await;
    found.expect("the twins")
}

fn has(reasons: &[KeptReason], key: &str) -> bool {
    reasons.iter().any(|(known, ..)| known == key)
}

/// The case of a report, as soon as the desk has it.
async fn case_of(world: &World, report: Id) -> Id {
    for _ in 0..200 {
        let read = world.app.db.read(move |tx| async move { steward::cases::store::case_of(&tx, report).await });
        if let Some(case) = read.await.expect("the case") {
            return case;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("no case for {report}");
}

on_both!(still pairs_are_ranked_with_their_reasons, |world: World| async move {
    let at = |metres| Some(east(&world, metres));
    let lamp = [("category", LAMP)];
    let first = sends(&world, "您好，望澜路 12 号门口的路灯不亮，请尽快处理", at(0.0), &lamp).await;
    let other_kind = sends(&world, "您好，垃圾没有人收，请尽快处理", at(4.0), &[("category", HOLE)]).await;
    let far = sends(&world, "您好，有一盏灯坏了，请尽快处理", at(140.0), &lamp).await;
    let english = sends(&world, "Hello, street lamp out in front of number 12, please fix", at(20.0), &[]).await;
    world.clock.set(world.clock.now().plus(20 * MINUTE));
    let same = sends(&world, "望澜路 12 号路灯不亮了", at(9.0), &lamp).await;
    let same_english = sends(&world, "The street lamp in front of number 12 is out", at(24.0), &[]).await;
    are_sought(&world).await;

    let ids: HashMap<&str, Id> = HashMap::from([
        ("first", report(&world, &first).await.id),
        ("other kind", report(&world, &other_kind).await.id),
        ("far", report(&world, &far).await.id),
        ("english", report(&world, &english).await.id),
        ("same", report(&world, &same).await.id),
        ("same english", report(&world, &same_english).await.id),
    ]);
    let found = kept(&world, ids["same"]).await;
    assert_eq!(found.first().map(|(twin, _)| *twin), Some(ids["first"]), "{found:?} of {ids:?}");
    let reasons = &found[0].1;
    for key in ["twin-near", "twin-same-kind", "twin-minutes-apart", "twin-same-words"] {
        assert!(has(reasons, key), "{key}: {reasons:?}");
    }
    assert!(reasons.contains(&("twin-minutes-apart".into(), Some(20), 80)), "{reasons:?}");
    assert!(found.iter().all(|(twin, _)| *twin != ids["other kind"]), "same place, another kind: {found:?}");
    let place = |name: &str| found.iter().position(|(twin, _)| *twin == ids[name]);
    assert!(place("far").is_none_or(|place| place > 0), "what is farther comes after: {found:?}");
    // Both ways, and in English.
    assert!(kept(&world, ids["first"]).await.iter().any(|(twin, _)| *twin == ids["same"]));
    let found = kept(&world, ids["same english"]).await;
    assert_eq!(found.first().map(|(twin, _)| *twin), Some(ids["english"]), "{found:?}");
    assert!(has(&found[0].1, "twin-same-words"), "{found:?}");

    // Without a point: one address, then one unit grid and the words.
    let spoken = sends(&world, "下水道堵了，污水冒出来", None, &[("address", "书院路 30 号门前")]).await;
    let by_cell = sends(&world, "河边栏杆断了一截", None, &[("cell", CELL)]).await;
    world.clock.set(world.clock.now().plus(3 * 60 * MINUTE));
    let again = sends(&world, "下水道堵了，污水又冒出来", None, &[("address", "书院路３０号")]).await;
    let rail = sends(&world, "河边栏杆断了", None, &[("cell", CELL)]).await;
    are_sought(&world).await;
    for (one, other, key) in [(&again, &spoken, "twin-same-address"), (&rail, &by_cell, "twin-same-cell")] {
        let found = kept(&world, report(&world, one).await.id).await;
        let expected = report(&world, other).await.id;
        let twin = found.iter().find(|(twin, _)| *twin == expected);
        assert!(twin.is_some_and(|(_, reasons)| has(reasons, key)), "{key}: {found:?}");
    }
});

/// A citizen's form at a place, filled in.
async fn filled(browser: &Browser, text: &str, (lon, lat): (f64, f64), category: &str) -> Form {
    let mut form = browser.form("/report", "/report").await;
    for (name, value) in [
        ("words", text),
        ("lon", &lon.to_string()),
        ("lat", &lat.to_string()),
        ("coordinates", "wgs84"),
        ("category", category),
    ] {
        form.put(name, value);
    }
    form
}

on_both!(still a_citizen_is_offered_the_same_before_posting, |world: World| async move {
    let here = east(&world, 0.0);
    let first = sends(&world, "路口井盖不见了，电话 13800138000", Some(here), &[("category", HOLE)]).await;
    let first = report(&world, &first).await;
    world.clock.set(world.clock.now().plus(20 * MINUTE));

    // With a script: what the form holds so far is asked about, and words stand in no address.
    let visitor = world.visitor();
    let (lon, lat) = east(&world, 12.0);
    let asked = [("lon", lon.to_string()), ("lat", lat.to_string()), ("coordinates", "wgs84".into())];
    let asked: Vec<(&str, &str)> =
        asked.iter().map(|(name, value)| (*name, value.as_str())).chain([("category", HOLE)]).collect();
    let answer = visitor.post("/report/similar", &asked).await;
    let answer: serde_json::Value = serde_json::from_str(&answer.text().await.expect("JSON")).expect("JSON");
    let offer = &answer[0];
    assert_eq!(offer["href"], format!("/reports/{}", first.id));
    let says = offer["says"].as_str().unwrap_or_default();
    assert!(says.contains("20 分钟前有人报过") && says.contains("12 米"), "{says}");
    assert!(offer["reasons"].to_string().contains("同一类问题"), "{offer}");
    assert!(!answer.to_string().contains("13800138000") && !answer.to_string().contains(&first.code), "{answer}");
    assert_eq!(visitor.post("/report/similar", &[("lon", "east"), ("lat", "")]).await.status(), 200);

    // Without one: the form comes back with the question, and everything that was typed.
    let browser = Browser::new(&world);
    let mut form = filled(&browser, "井盖没了，电话 13911112222", (lon, lat), HOLE).await;
    form.attach("photo.jpg", photo("manhole-before"));
    let answer = browser.send(&form).await;
    assert_eq!(answer.status, 200, "a question, not an error");
    let told = words(&answer.text);
    assert!(told.contains("20 分钟前有人报过，相距约 12 米") && told.contains("相似之处： ") && told.contains("同一类问题"), "{told}");
    assert!(answer.text.contains("井盖没了"), "nothing is lost");

    // Followed with what was typed: the report's own form sent to the other's address.
    let back = Form::find(&answer.text, "/report").expect("the form comes back");
    let second = back.to(format!("/reports/{}/second", first.id));
    for _ in 0..2 {
        let answer = browser.send(&second).await;
        assert_eq!((answer.status, answer.location), (303, format!("/reports/{}?done=seconded", first.id)));
    }
    let page = browser.reads(&format!("/reports/{}?done=seconded", first.id)).await;
    assert!(page.contains("已关注，您的文字和照片已补充进去"), "{page}");
    assert_eq!(page.matches("井盖没了").count(), 1, "sent twice, added once: {page}");
    assert!(!page.contains("13911112222"), "{page}");
    let own = browser.reads(&format!("/track/{}", first.code)).await;
    assert!(own.contains("关注者补充") && own.contains("井盖没了，电话 ***"), "nor to who reported it first: {own}");
    assert_eq!(report(&world, &first.code).await.followers, 1);
    // The desk reads the words whole, with the photo.
    let acceptor = Browser::signed_in(&world, "acceptor1").await;
    let case = case_of(&world, first.id).await;
    let page = acceptor.page(&format!("/cases/{case}")).await;
    assert!(words(&page).contains("井盖没了，电话 13911112222") && page.contains("/small"), "{}", words(&page));

    // With nothing typed it only follows; who says that it is another problem is not held up.
    let other = Browser::new(&world);
    let empty = filled(&other, "", (lon, lat), "").await.to(format!("/reports/{}/second", first.id));
    assert_eq!(other.send(&empty).await.location, format!("/reports/{}?done=followed", first.id));
    assert_eq!(report(&world, &first.code).await.followers, 2);
    let form = filled(&other, "井盖不见了", (lon, lat), HOLE).await;
    let asked = other.send(&form).await;
    assert_eq!(asked.status, 200);
    let mine = Form::find(&asked.text, "/report").expect("the form comes back");
    let sent = other.send(&mine).await;
    assert!(sent.status == 303 && sent.location.starts_with("/track/"), "{}", words(&sent.text));
    // Words that are too long come back with their sentence, and nobody's report is nobody's to follow.
    let long = filled(&other, &"长".repeat(2_001), (lon, lat), HOLE).await;
    let refused = other.send(&long.to(format!("/reports/{}/second", first.id))).await;
    assert!(refused.status == 422 && words(&refused.text).contains("2000"), "{}", words(&refused.text));
    assert_eq!(other.send(&long.to("/reports/77/second".into())).await.status, 404);

    // Old or far or over is not offered.
    let away = world.app.grid().place_in(AWAY).expect("a place");
    let elsewhere = filled(&other, "井盖不见了", (away.lon, away.lat), HOLE).await;
    assert_eq!(other.send(&elsewhere).await.status, 303);
    world.clock.set(world.clock.now().plus(16 * DAY));
    let late = filled(&other, "井盖不见了，还是老地方", (lon, lat), HOLE).await;
    assert_eq!(other.send(&late).await.status, 303);
});

/// A photo decoded and encoded anew, a little smaller.
fn copied(name: &str) -> Vec<u8> {
    let picture = image::load_from_memory(&photo(name)).expect("a picture").thumbnail(700, 700);
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 70);
    picture.to_rgb8().write_with_encoder(encoder).expect("a JPEG");
    bytes
}

on_both!(still the_same_photo_speaks_for_a_twin, |world: World| async move {
    let browser = Browser::new(&world);
    let mut first = filled(&browser, "", east(&world, 0.0), "").await;
    first.attach("photo.jpg", photo("manhole-before"));
    assert_eq!(browser.send(&first).await.status, 303);
    are_sought(&world).await;
    world.clock.set(world.clock.now().plus(2 * DAY));
    // Forty metres away, two days later, of no kind: the photo alone makes it worth asking, before it is even posted.
    let other = Browser::new(&world);
    let plain = filled(&other, "别处的事", east(&world, 40.0), "").await;
    let mut form = plain.clone();
    form.attach("photo.jpg", copied("manhole-before"));
    let asked = other.send(&form).await;
    assert!(asked.status == 200 && words(&asked.text).contains("照片是同一张"), "{}", words(&asked.text));
    let mine = Form::find(&asked.text, "/report").expect("the form comes back");
    let sent = other.send(&mine).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    are_sought(&world).await;
    let code = sent.location.split(['/', '?']).nth(2).unwrap_or_default().to_owned();
    let found = kept(&world, report(&world, &code).await.id).await;
    assert!(found.first().is_some_and(|(_, reasons)| has(reasons, "twin-same-photo")), "{found:?}");
});

/// Two reports of one problem and their cases, the twins sought.
async fn pair(world: &World) -> ([String; 2], [Id; 2], [Id; 2]) {
    let hole = [("category", HOLE)];
    let first = sends(world, "望澜路口的井盖不见了", Some(east(world, 0.0)), &hole).await;
    let reports = report(world, &first).await.id;
    let one = case_of(world, reports).await;
    // Everybody signed in before, and nobody is signed out by the end.
    world.clock.set(world.clock.now().plus(8 * MINUTE));
    let second = sends(world, "望澜路路口井盖不见了，很危险", Some(east(world, 8.0)), &hole).await;
    let other = report(world, &second).await.id;
    let two = case_of(world, other).await;
    are_sought(world).await;
    ([first, second], [reports, other], [one, two])
}

/// The clocks of a case: kind, whether it runs, when it is due.
async fn clocks(world: &World, case: Id) -> Vec<(String, bool, Option<Moment>)> {
    let read = world.app.db.read(move |tx| async move { steward::cases::store::timers(&tx, case).await });
    let timers = read.await.map_err(|error: DbError| error).expect("clocks");
    timers.into_iter().map(|timer| (timer.kind.to_string(), timer.is_open(), timer.due_at)).collect()
}

on_both!(still the_desk_links_and_undoes_it_and_everybody_is_told, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (codes, _, [one, two]) = pair(&world).await;
    let page = format!("/cases/{two}");
    let mut story = Story::at_page(&world, &cast, &page).await;
    let number = |id: Id| {
        let world = &world;
        async move {
            let found = world.app.db.read(move |tx| async move {
                Ok::<_, Error>(steward::cases::store::load(&tx, id, &steward::cases::store::Scope::All).await?.case)
            });
            found.await.expect("a case").number
        }
    };
    let (first_number, second_number) = (number(one).await, number(two).await);

    // The desk sees it in the list, on the page and side by side; a department sees nothing of it.
    assert!(cast.acceptor.reads("/desk").await.contains("疑似重复"));
    let read = cast.acceptor.reads(&page).await;
    assert!(read.contains("很可能是同一问题") && read.contains(&first_number) && read.contains("同一类问题"), "{read}");
    let beside = cast.acceptor.reads(&format!("{page}/twins/{one}")).await;
    assert!(beside.contains("望澜路口的井盖不见了") && beside.contains("很危险") && beside.contains("相同之处"), "{beside}");
    assert!(cast.acceptor.reads(&format!("{page}/twins/{one}?lang=en")).await.contains("In common"));
    cast.acceptor.page(&format!("{page}?lang=zh-Hans")).await;
    assert_eq!(cast.desk.look(&format!("{page}/twins/{one}")).await.status, 403);
    assert_eq!(cast.acceptor.look(&format!("{page}/twins/{two}")).await.status, 404);
    // From the earlier one's page the later one comes to it.
    let earlier = cast.acceptor.page(&format!("/cases/{one}")).await;
    assert!(Form::find(&earlier, &format!("/cases/{two}/merge")).is_some_and(|form| form.value("into") == one.to_string()));

    let before = clocks(&world, two).await;
    world.clock.set(world.clock.now().plus(3 * MINUTE));
    story.does(&cast.acceptor, "merge", &[]).await;
    story.stands("不予受理").await;
    let told = Browser::new(&world).reads(&format!("/track/{}", codes[1])).await;
    assert!(told.contains("与同一问题的另一件上报合并办理") && !told.contains("不予受理"), "{told}");
    let told = Browser::new(&world).reads(&format!("/track/{}", codes[0])).await;
    assert!(told.contains("又有人反映同一问题"), "{told}");
    let read = cast.acceptor.reads(&page).await;
    assert!(read.contains(&format!("本案的上报已并入 {first_number}")) && read.contains("撤销并案"), "{read}");
    let read = cast.acceptor.reads(&format!("/cases/{one}")).await;
    assert!(read.contains(&format!("从 {second_number} 并入")) && read.contains("很危险"), "{read}");
    assert!(Form::find(&cast.leader.page(&page).await, &story.at("unlink")).is_none(), "a leader only looks");
    // It has nobody left to be opened again for.
    assert!(Form::find(&cast.acceptor.page(&page).await, &story.at("reopen")).is_none());
    let by_hand = story.form(&cast.acceptor, "unlink", &[]).await.to(story.at("reopen"));
    story.refuses(&cast.acceptor, &by_hand, "请撤销并案").await;

    // The earlier one is taken on meanwhile; the link is undone from either page, once.
    let mut main = Story::at_page(&world, &cast, &format!("/cases/{one}")).await;
    main.does(&cast.acceptor, "accept", &[]).await;
    let told = Browser::new(&world).reads(&format!("/track/{}", codes[1])).await;
    assert!(told.contains("办理中"), "{told}");
    world.clock.set(world.clock.now().plus(10 * MINUTE));
    let stale = cast.acceptor.form(&format!("/cases/{one}"), &story.at("unlink")).await;
    let mut form = story.form(&cast.acceptor, "unlink", &[]).await;
    form.put("note", "隔了一条路，是两个井盖");
    assert_eq!(cast.desk.send(&form).await.status, 403);
    story.sends(&cast.acceptor, form).await;
    main.grown().await;
    story.stands("待受理").await;
    let told = Browser::new(&world).reads(&format!("/track/{}", codes[1])).await;
    assert!(told.contains("恢复单独受理") && told.contains("已收到") && !told.contains("隔了一条路"), "{told}");
    let read = cast.acceptor.reads(&page).await;
    assert!(read.contains("撤销并案，恢复单独办理") && read.contains("隔了一条路") && read.contains("很危险"), "{read}");
    let read = cast.acceptor.reads(&format!("/cases/{one}")).await;
    assert!(read.contains("撤销并案，上报转回原案") && read.contains("合并举报"), "both histories keep it: {read}");
    for case in [one, two] {
        is_made_again(&world, case).await;
    }
    // Its own clock goes on, and the time in between was nobody's.
    let after = clocks(&world, two).await;
    assert_eq!((before.len(), after.len()), (1, 1), "{before:?} {after:?}");
    assert!(after[0].1 && after[0].2 > before[0].2, "{before:?} {after:?}");
    // A second undo, from a page that is old, is refused with a sentence.
    let late = cast.acceptor.send(&stale).await;
    assert!(late.status == 422 && words(&late.text).contains("已经撤销过了"), "{}", words(&late.text));

    // Linked once more, and the earlier one ends: then it stays so.
    story.does(&cast.acceptor, "merge", &[]).await;
    main.grown().await;
    let form = story.form(&cast.acceptor, "unlink", &[]).await;
    main.does(&cast.shift, "void", &[("reason", "vanished")]).await;
    let refused = cast.acceptor.send(&form).await;
    assert!(refused.status == 422 && words(&refused.text).contains("已经结束"), "{}", words(&refused.text));
    let read = cast.acceptor.page(&page).await;
    assert!(Form::find(&read, &story.at("unlink")).is_none() && words(&read).contains("不能再撤销"), "{}", words(&read));
    assert_eq!(cast.acceptor.look("/cases/77/twins/78").await.status, 404);
});

on_both!(still what_was_filed_goes_back_to_the_dispatcher, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (codes, _, [one, two]) = pair(&world).await;
    let mut story = Story::at_page(&world, &cast, &format!("/cases/{two}")).await;
    story.is_filed(&cast).await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let first = cast.leader.page(&format!("/cases/{one}")).await;
    let number = first.split("class=\"code\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a number");
    // By the plain form a duplicate wants the earlier case's number.
    let bare = story.form(&cast.shift, "void", &[("reason", "duplicate"), ("note", "重复了")]).await;
    story.refuses(&cast.shift, &bare, "请填写原案卷的案号").await;
    let mut wrong = bare.clone();
    wrong.put("into", "WL1");
    story.refuses(&cast.shift, &wrong, "没有找到案号为 WL1 的案卷").await;
    let read = cast.leader.page(&story.page).await;
    let own = read.split("class=\"code\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a number");
    wrong.put("into", own);
    story.refuses(&cast.shift, &wrong, "这就是本案的案号").await;
    story.does(&cast.shift, "void", &[("reason", "duplicate"), ("into", number)]).await;
    story.stands("已作废").await;
    let told = Browser::new(&world).reads(&format!("/track/{}", codes[1])).await;
    assert!(told.contains("合并办理") && !told.contains("已作废"), "{told}");
    assert!(cast.desk.reads("/notices").await.contains("案卷已作废"));
    assert!(cast.acceptor.reads(&format!("/cases/{one}")).await.contains("很危险"), "its report moved");

    // What was filed is for the shift leader to part again, and awaits its dispatch.
    let form = cast.shift.form(&story.page, &story.at("unlink")).await;
    story.refuses(&cast.acceptor, &form, "").await;
    story.sends(&cast.shift, form).await;
    story.stands("待派遣").await;
    let told = Browser::new(&world).reads(&format!("/track/{}", codes[1])).await;
    assert!(told.contains("恢复单独办理") && told.contains("办理中"), "{told}");
    assert!(cast.dispatcher.reads("/notices").await.contains("并案已撤销"));
    is_made_again(&world, two).await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    is_made_again(&world, two).await;
    assert!(Browser::new(&world).reads(&format!("/track/{}", codes[1])).await.contains("承诺 2026-"));

    // A report that is not taken on as a duplicate goes to its case by the same field.
    let third = sends(&world, "又是那个井盖", Some(east(&world, 3.0)), &[]).await;
    let id = case_of(&world, report(&world, &third).await.id).await;
    let mut late = Story::at_page(&world, &cast, &format!("/cases/{id}")).await;
    let bare = late.form(&cast.acceptor, "decline", &[("reason", "duplicate")]).await;
    late.refuses(&cast.acceptor, &bare, "请填写原案卷的案号").await;
    late.does(&cast.acceptor, "decline", &[("reason", "duplicate"), ("into", number)]).await;
    assert!(Browser::new(&world).reads(&format!("/track/{third}")).await.contains("合并办理"));
});

on_both!(still two_problems_are_parted_and_found_anew_elsewhere, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (_, [_, report], [one, two]) = pair(&world).await;
    let page = format!("/cases/{two}");
    let form = cast.acceptor.form(&format!("{page}/twins/{one}"), &format!("{page}/twins/{one}/part")).await;
    assert_eq!(cast.dispatcher.send(&form).await.status, 403);
    assert_eq!(cast.acceptor.send(&form).await.status, 303);
    for case in [one, two] {
        assert!(!cast.acceptor.reads(&format!("/cases/{case}")).await.contains("很可能是同一问题"));
    }
    assert!(!cast.acceptor.reads("/desk").await.contains("疑似重复"));
    // Sought again, what a person has parted stays parted.
    let again = world.app.db.write(move |tx| async move {
        let sql = "update twin_marks set due = 1 where report_id = $1";
        tx.execute(sql, params![report]).await.map_err(|error: DbError| error)
    });
    again.await.expect("sought again");
    are_sought(&world).await;
    assert!(!cast.acceptor.reads(&page).await.contains("很可能是同一问题"));
    assert_eq!(kept(&world, report).await.len(), 1);

    // Put in another place, it is nobody's twin any more.
    let mut story = Story::at_page(&world, &cast, &page).await;
    story.does(&cast.acceptor, "locate", &[("cell", AWAY), ("lon", ""), ("lat", "")]).await;
    let (mark, due) = mark(&world, report).await;
    assert!(mark == AWAY && due == 1, "{mark} {due}");
    // What is over for long is forgotten.
    story.does(&cast.shift, "void", &[("reason", "test")]).await;
    world.clock.set(world.clock.now().plus(40 * DAY));
    let swept = world.app.db.write(|tx| async move { twins::store::sweep(&tx, Moment(i64::MAX), 500).await });
    assert_eq!(swept.await.map_err(|error: DbError| error).expect("swept"), 1);
    assert!(kept(&world, report).await.is_empty());
});

/// The unit grid under which a report is looked for, and what is to be done.
async fn mark(world: &World, report: Id) -> (String, i64) {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select cell, due from twin_marks where report_id = $1";
        let row = tx.query_one(sql, params![report]).await?;
        Ok::<_, DbError>((row.get(0)?, row.get(1)?))
    });
    read.await.expect("a mark")
}

on_both!(whoever_is_near_is_found_by_walks_of_an_index, |world: World| async move {
    let spot = twins::twin::Spot { point: Some((123.41, 31.2)), cell: CELL.into(), address: "望澜路8".into() };
    let values = twins::store::near_values(&spot, Moment(0), 40);
    let plan = crate::plans::plan_of_much(&world, twins::store::near_statement(), values).await;
    for index in ["twin_marks_square", "twin_marks_cell", "twin_marks_address"] {
        assert!(plan.contains(index), "{index}: {plan}");
    }
    assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN twin_marks"), "{plan}");
    let bound: Vec<Value> = params![0_i64, 16_i64];
    let plan = crate::plans::plan_of_much(&world, twins::store::DUE.to_owned(), bound).await;
    assert!(plan.contains("twin_marks_due"), "{plan}");
    // Without rows PostgreSQL joins these in any order.
    if !world.app.db.is_postgres() {
        let bound: Vec<Value> = params![5_i64, 0_i64];
        let plan = crate::plans::plan_of_much(&world, steward::cases::twins::store::LIKELY.to_owned(), bound).await;
        assert!(!plan.contains("SCAN"), "{plan}");
    }
});
