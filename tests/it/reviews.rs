//! Repeat complaints over HTTP: a month is found, frozen, discussed, answered; what falls silent is solved, what comes back is
//! reopened; and who sees what.

use crate::browser::{Browser, Form, photo, plain, words};
use crate::evaluation::parts;
use crate::on_both;
use crate::world::World;
use steward::kit::clock::Moment;
use steward::kit::db::DbError;
use steward::kit::id::Id;
use steward::repeats::month::Month;
use steward::repeats::repeat::{Repeat, State};
use steward::repeats::review::Review;
use steward::repeats::store::{self, Filter, Purpose, Scope, Show};
use steward::repeats::{following, looking};

/// Where people complain: in the middle of the invented city.
const HERE: (f64, f64) = (123.414, 31.2093);
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// 2026-02-05 (a Thursday) 10:00 in the city.
const FEBRUARY: Moment = Moment(1_770_256_800_000);
const MONTH: &str = "/repeats/months/2026-02";

/// A citizen's report, so many metres north of here.
async fn reported(world: &World, at: Moment, metres: f64, said: &str, category: &str) -> Id {
    world.clock.set(at);
    let citizen = Browser::new(world);
    let mut form = citizen.form("/report", "/report").await;
    let (lon, lat) = (HERE.0.to_string(), (HERE.1 + metres / 111_320.0).to_string());
    for (name, value) in [
        ("words", said),
        ("address", ""),
        ("lon", &lon),
        ("lat", &lat),
        ("coordinates", "cgcs2000"),
        ("similar", "any"),
        ("category", category),
    ] {
        form.put(name, value);
    }
    let sent = citizen.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let code = sent.location.trim_start_matches("/track/").split('?').next().unwrap_or_default().to_owned();
    steward::cases::following::follow_once(&world.app).await.expect("the case is opened");
    let found = world.app.db.read(move |tx| async move {
        let report = steward::reports::store::load_by_code(&tx, &code).await?.expect("the report");
        steward::cases::store::case_of(&tx, report.id).await
    });
    found.await.map_err(|error: DbError| error).expect("a row").expect("the case")
}

/// February: three complain of fumes here, two of them without naming them; two others of something else.
async fn february(world: &World) -> Id {
    world.settle().await;
    reported(world, FEBRUARY, 0.0, "楼下饭店油烟太大，熏得开不了窗", "event-0127").await;
    reported(world, FEBRUARY.plus(7 * DAY), 20.0, "饭店的油烟直排到居民楼", "").await;
    let case = reported(world, FEBRUARY.plus(15 * DAY), 35.0, "油烟又来了，一到饭点就呛人", "event-0127").await;
    reported(world, FEBRUARY.plus(16 * DAY), 900.0, "别处的饭店油烟大", "event-0127").await;
    reported(world, FEBRUARY.plus(16 * DAY), 10.0, "路灯不亮", "event-0112").await;
    case
}

/// The first night of March, after the hour of the city's rules.
const NIGHT: Moment = Moment(FEBRUARY.0 + 24 * DAY - 8 * HOUR);

async fn review(world: &World, month: &str) -> Option<Review> {
    let month = Month::parse(month).expect("a month");
    let read = world.app.db.read(move |tx| async move { store::find_review(&tx, month).await });
    read.await.map_err(|error: DbError| error).expect("a row")
}

/// Searches until nothing waits; the program's own searcher may be at it already.
async fn searched(world: &World) {
    for _ in 0..400 {
        looking::work_once(&world.app).await.expect("a search");
        let last = world.app.db.read(|tx| async move { store::last_look(&tx).await });
        let last = last.await.map_err(|error: DbError| error).expect("a row").expect("a search");
        match last.state.as_str() {
            "done" => return,
            "failed" => panic!("the search failed: {last:?}"),
            _ => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
    panic!("the search does not end");
}

async fn frozen(world: &World, at: Moment) {
    world.clock.set(at);
    assert!(looking::ask_by_itself(&world.app).await.expect("asked"), "the month is due");
    searched(world).await;
}

async fn all(world: &World) -> Vec<Repeat> {
    let filter = Filter { show: Show::All, ..Filter::default() };
    let read = world.app.db.read(move |tx| async move { store::list(&tx, Scope::All, &filter).await });
    read.await.map_err(|error: DbError| error).expect("a page").rows
}

async fn only(world: &World) -> Repeat {
    let mut found = all(world).await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

async fn notices(world: &World, login: &'static str) -> Vec<String> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select n.kind from notices n join accounts a on a.id = n.account_id where a.login = $1 \
                   and n.kind like 'repeat%' order by n.id";
        let rows = tx.query(sql, steward::params![login]).await?;
        rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    read.await.expect("notices")
}

async fn refuses(who: &Browser, page: &str, action: &str, fields: &[(&str, &str)], told: &str) -> Form {
    let mut form = who.form(page, action).await;
    for (name, value) in fields {
        form.put(name, value);
    }
    let answer = who.send(&form).await;
    let read = words(&answer.text);
    assert_eq!(answer.status, 422, "{action}: {read}");
    assert!(read.contains(told), "{action}: {told} is not in {read}");
    // Nothing that was typed is lost.
    let again = Form::find(&answer.text, action).expect("the form again");
    for (name, value) in fields.iter().filter(|(name, value)| *name != "close" && !value.trim().is_empty()) {
        let is_choice = !again.offers(name).is_empty();
        assert!(is_choice || again.value(name) == *value, "{name} is lost: {:?}", again.value(name));
    }
    again
}

const DECISION: [(&str, &str); 3] =
    [("words", "责令限期安装油烟净化器，逾期立案"), ("measure", "rectify"), ("due_on", "2026-03-20")];

/// The meeting of the second of March decides about the first item and is closed.
async fn decided(world: &World) {
    let shift = Browser::signed_in(world, "shift1").await;
    let item = format!("{MONTH}/meeting/1");
    let mut form = shift.form(&item, &item).await;
    for (name, value) in DECISION {
        form.put(name, value);
    }
    form.choose("department", "市容秩序中队");
    form.choose("leader", "罗建明");
    let saved = shift.send(&form).await;
    assert_eq!(saved.status, 303, "{}", words(&saved.text));
    let meeting = format!("{MONTH}/meeting");
    let mut form = shift.form(&meeting, &meeting).await;
    for (name, value) in [("held_on", "2026-03-02"), ("chair", "周队长"), ("present", "各中队"), ("close", "1")] {
        form.put(name, value);
    }
    let closed = shift.send(&form).await;
    assert_eq!(closed.status, 303, "{}", words(&closed.text));
    assert!(closed.location.ends_with("done=closed"), "{}", closed.location);
}

on_both!(a_month_is_found_and_frozen_with_its_rules, |world: World| async move {
    let case = february(&world).await;
    world.clock.set(NIGHT.plus(-HOUR - HOUR / 2));
    assert!(!looking::ask_by_itself(&world.app).await.expect("asked"), "not before the hour");
    frozen(&world, NIGHT).await;
    assert!(!looking::ask_by_itself(&world.app).await.expect("asked"), "once a month");
    let made = review(&world, "2026-02").await.expect("the list");
    assert_eq!((made.reports, made.items), (5, 1));
    assert!(made.rules.contains("\"fumes\"") && made.rules.contains("\"version\":1"), "{}", made.rules);
    let repeat = only(&world).await;
    assert_eq!((repeat.count, repeat.state, repeat.rule.as_str()), (3, State::Listed, "fumes"));
    assert_eq!(notices(&world, "shift1").await, ["repeat-list"]);
    assert_eq!(notices(&world, "leader").await, ["repeat-list"]);

    let shift = Browser::signed_in(&world, "shift1").await;
    let read = shift.reads(MONTH).await;
    for told in ["油烟污染", "油烟扰民（第 1 版）", "5 件反映，1 处点位", "待研判", "未定措施"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let page = format!("/repeats/{}", repeat.id);
    let read = shift.reads(&page).await;
    for told in ["楼下饭店油烟太大", "油烟又来了", "列入月度清单", "2026-02", "认定为重复点位 · 3 件反映"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    assert!(shift.reads(&format!("/cases/{case}")).await.contains("重复点位 R2026-0001：自 2026-02-05 起第 3 次反映"));

    // What comes later stands beside the list, which stays as it is.
    let fourth = reported(&world, NIGHT.plus(DAY), 30.0, "油烟问题一直没人管", "event-0127").await;
    following::follow_once(&world.app).await.expect("followed");
    assert_eq!(only(&world).await.count, 4);
    let shift = Browser::signed_in(&world, "shift1").await;
    assert!(
        shift.reads(&format!("/cases/{fourth}")).await.contains("起第 4 次反映"),
        "the desk's case says so at once"
    );
    let read = shift.reads(MONTH).await;
    assert!(read.contains("5 件反映，1 处点位") && read.contains("目前累计 4 次"), "{read}");
    let list = shift.visitor.get(&format!("{MONTH}/list.csv")).await.text().await.expect("a file");
    let row: Vec<&str> = list.lines().nth(1).unwrap_or_default().split(',').collect();
    assert_eq!((row.first(), row.get(8), row.get(10)), (Some(&"1"), Some(&"3"), Some(&"3")), "{list}");

    // The same trouble of the next month is the same repeat, also when two programs search at once.
    reported(&world, NIGHT.plus(3 * DAY), 5.0, "油烟", "event-0127").await;
    reported(&world, NIGHT.plus(5 * DAY), 5.0, "油烟还在", "event-0127").await;
    world.clock.set(NIGHT.plus(31 * DAY));
    assert!(looking::ask_by_itself(&world.app).await.expect("asked"));
    let both = tokio::join!(looking::work_once(&world.app), looking::work_once(&world.app));
    both.0.expect("a search");
    both.1.expect("a search");
    searched(&world).await;
    let again = only(&world).await;
    assert_eq!((again.id, again.count), (repeat.id, 6));
    assert_eq!(review(&world, "2026-03").await.map(|review| review.items), Some(1));
    assert_eq!(review(&world, "2026-02").await.map(|review| (review.items, review.rules)), Some((1, made.rules)));
    let shift = Browser::signed_in(&world, "shift1").await;
    let read = shift.reads("/repeats/months").await;
    assert!(read.contains("2026-02") && read.contains("2026-03"), "{read}");
});

on_both!(a_meeting_decides_and_a_department_answers, |world: World| async move {
    february(&world).await;
    frozen(&world, NIGHT).await;
    let repeat = only(&world).await;
    let page = format!("/repeats/{}", repeat.id);
    world.clock.set(NIGHT.plus(DAY + 8 * HOUR));
    let shift = Browser::signed_in(&world, "shift1").await;
    let (meeting, item) = (format!("{MONTH}/meeting"), format!("{MONTH}/meeting/1"));
    let good = |change: (&'static str, &'static str)| -> Vec<(&'static str, &'static str)> {
        DECISION.into_iter().filter(|(name, _)| *name != change.0).chain([change]).collect()
    };
    for (change, told) in [
        (("words", "  "), "请写明处置措施"),
        (("due_on", "2026-03-01"), "完成期限已经过去"),
        (("due_on", "明天"), "请填写日期"),
        (("measure", ""), "请选择措施类型"),
        (("department", "17"), "请从名单中选择责任部门"),
        (("leader", "17"), "请从名单中选择包保领导"),
    ] {
        refuses(&shift, &item, &item, &good(change), told).await;
    }
    refuses(&shift, &meeting, &meeting, &[("held_on", "2026-03-09"), ("chair", "周队长")], "会议日期应在").await;
    refuses(&shift, &meeting, &meeting, &[("held_on", "2026-03-02"), ("chair", ""), ("close", "1")], "请先填写主持人")
        .await;
    let closing = [("held_on", "2026-03-02"), ("chair", "周队长"), ("close", "1")];
    refuses(&shift, &meeting, &meeting, &closing, "一处措施都还没有定").await;
    assert_eq!(shift.look(&format!("{MONTH}/meeting/2")).await.status, 404, "the list has one item");
    assert_eq!(shift.look("/repeats/months/2026-13").await.status, 404);
    assert_eq!(shift.look("/repeats/months/2026-01").await.status, 404, "never frozen");

    // Until the meeting is closed, no department knows; what was decided may be taken back.
    let order = Browser::signed_in(&world, "desk-order").await;
    assert_eq!(order.look(&page).await.status, 404);
    let mut form = shift.form(&item, &item).await;
    for (name, value) in DECISION {
        form.put(name, value);
    }
    form.choose("department", "园林绿化中心");
    assert_eq!(shift.send(&form).await.status, 303);
    let undo = shift.form(&item, &format!("{item}/undo")).await;
    assert_eq!(shift.send(&undo).await.status, 303);
    assert!(shift.reads(&meeting).await.contains("已定 0 / 1 处"));
    decided(&world).await;

    // The minutes are frozen.
    let read = shift.reads(&meeting).await;
    for told in ["结束研判", "责令限期安装油烟净化器", "市容秩序中队", "周队长"] {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let late = shift.send(&form).await;
    assert!(late.status == 422 && words(&late.text).contains("研判已经结束"), "{}", words(&late.text));
    assert!(late.text.contains("id=\"kept-text\""), "what was typed is there to copy from");
    let repeat = only(&world).await;
    assert_eq!(repeat.state, State::Decided);
    assert_eq!(repeat.charge.map(|charge| charge.due_on.to_string()).as_deref(), Some("2026-03-20"));
    assert_eq!(notices(&world, "desk-order").await, ["repeat-decided"]);

    // The department sees its own, others do not know of it.
    let read = order.reads("/repeats").await;
    assert!(read.contains("油烟污染") && read.contains("2026-03-20") && !read.contains("现在查找"), "{read}");
    let read = order.reads(&page).await;
    assert!(read.contains("责令限期安装") && read.contains("另有 3 件由其他部门处理"), "{read}");
    assert!(!read.contains("熏得开不了窗"), "reports of others' cases stay there: {read}");
    assert_eq!(order.look(MONTH).await.status, 403);
    let garden = Browser::signed_in(&world, "desk-garden").await;
    assert_eq!(garden.look(&page).await.status, 404);
    assert!(!garden.reads("/repeats").await.contains("油烟污染"));
    assert_eq!(Browser::signed_in(&world, "keeper1").await.look("/repeats").await.status, 403);
    assert_eq!(Browser::new(&world).look("/repeats").await.status, 303, "citizens have no door here");
    assert_eq!(shift.look(&page).await.status, 200);

    let answer = format!("{page}/follow-up");
    let open = order.form(&page, &answer).await;
    assert_eq!(garden.send(&open).await.status, 404);
    assert_eq!(shift.send(&open).await.status, 403, "nobody answers for a department");
    refuses(&order, &page, &answer, &[("result", ""), ("words", "已约谈")], "请选择进展").await;
    refuses(&order, &page, &answer, &[("result", "progress"), ("words", " ")], "").await;
    let mut progress = order.form(&page, &answer).await;
    progress.put("result", "progress");
    progress.put("words", "已约谈店主，净化器周三到货");
    progress.attach("photo.jpg", photo("vendor-before"));
    let sent = order.send(&progress).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let again = order.send(&progress).await;
    assert!(again.status == 422 && words(&again.text).contains("这个点位有了变化"), "{}", words(&again.text));
    assert_eq!(only(&world).await.state, State::InHand);
    let seen = plain(&shift.page(&page).await);
    let small = seen.split("/photos/").nth(1).and_then(|rest| rest.split('"').next()).expect("the photo").to_owned();
    assert_eq!(order.look(&format!("/photos/{small}")).await.status, 200);
    assert_eq!(garden.look(&format!("/photos/{small}")).await.status, 404);
    let mut finish = order.form(&page, &answer).await;
    finish.put("result", "done");
    finish.put("words", "净化器已装好并检测合格");
    assert_eq!(order.send(&finish).await.status, 303);
    assert_eq!(notices(&world, "shift1").await, ["repeat-list", "repeat-finished"]);

    // The month's paper holds all of it.
    let word = shift.visitor.get(&format!("{MONTH}/paper.docx")).await;
    assert_eq!(word.status(), 200);
    let word = word.bytes().await.expect("a file").to_vec();
    if let Ok(folder) = std::env::var("STEWARD_KEEP_FILES") {
        std::fs::write(std::path::Path::new(&folder).join("repeats.docx"), &word).expect("a file");
    }
    let text = &parts(&word)["word/document.xml"];
    for told in [
        "望澜市2026 年 2 月重复投诉研判报告",
        "责令限期安装油烟净化器，逾期立案",
        "市容秩序中队",
        "2026-03-20",
        "罗建明",
        "油烟扰民 v1",
        "研判会于 2026-03-02 召开",
        "批准",
    ] {
        assert!(text.contains(told), "{told} is not in the paper");
    }
    assert_eq!(order.look(&format!("{MONTH}/paper.docx")).await.status, 403);
});

on_both!(silence_solves_and_a_return_reopens, |world: World| async move {
    february(&world).await;
    frozen(&world, NIGHT).await;
    world.clock.set(NIGHT.plus(DAY + 8 * HOUR));
    decided(&world).await;
    let page = format!("/repeats/{}", only(&world).await.id);

    // Reminded, then overdue: once each.
    for (days, expected) in [(10, 1), (16, 2), (17, 2), (20, 3), (25, 3)] {
        world.clock.set(NIGHT.plus(days * DAY));
        following::tend(&world.app).await.expect("tended");
        following::tend(&world.app).await.expect("tended");
        assert_eq!(notices(&world, "desk-order").await.len(), expected, "after {days} days");
    }
    assert_eq!(notices(&world, "desk-order").await, ["repeat-decided", "repeat-near", "repeat-late"]);
    let order = Browser::signed_in(&world, "desk-order").await;
    assert!(order.reads("/repeats?show=late").await.contains("2026-03-20"));

    // Thirty days after the deadline of the twentieth nobody has complained.
    world.clock.set(NIGHT.plus(48 * DAY));
    following::tend(&world.app).await.expect("tended");
    assert_eq!(only(&world).await.state, State::Decided, "not yet");
    world.clock.set(NIGHT.plus(49 * DAY));
    following::tend(&world.app).await.expect("tended");
    assert_eq!(only(&world).await.state, State::Silent);
    let shift = Browser::signed_in(&world, "shift1").await;
    assert!(!shift.reads("/repeats").await.contains("油烟污染"), "what is solved leaves the list");
    let read = shift.reads("/repeats?show=silent").await;
    assert!(read.contains("油烟污染") && read.contains("已解决"), "{read}");

    // Far away is another matter; here it comes back.
    reported(&world, NIGHT.plus(60 * DAY), 400.0, "油烟", "event-0127").await;
    following::follow_once(&world.app).await.expect("followed");
    assert_eq!(only(&world).await.state, State::Silent);
    let case = reported(&world, NIGHT.plus(61 * DAY), 15.0, "油烟又来了", "event-0127").await;
    following::follow_once(&world.app).await.expect("followed");
    let back = only(&world).await;
    assert_eq!((back.state, back.returns, back.count), (State::Returned, 1, 4));
    assert!(notices(&world, "desk-order").await.ends_with(&["repeat-returned".to_owned()]));
    let shift = Browser::signed_in(&world, "shift1").await;
    let read = shift.reads(&page).await;
    for told in ["复发 1 次", "解决后又有人反映", "长期无人再反映，视为解决", "研判会定下措施"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    assert!(shift.reads(&format!("/cases/{case}")).await.contains("起第 4 次反映"));

    // One report is below the rule's number; because it came back it stands on the next list all the same.
    world.clock.set(NIGHT.plus(92 * DAY));
    assert!(looking::ask_by_itself(&world.app).await.expect("asked"));
    searched(&world).await;
    let may = all(&world).await;
    assert_eq!(may.len(), 1);
    let month = Month::of(world.clock.now().plus(-2 * DAY).zoned(&world.app.city.zone()).date());
    assert_eq!(
        review(&world, &month.to_string()).await.map(|review| review.items).unwrap_or_default(),
        i64::from(may[0].state == State::Listed)
    );
});

on_both!(several_programs_follow_the_same_news, |world: World| async move {
    february(&world).await;
    frozen(&world, NIGHT).await;
    world.clock.set(NIGHT.plus(DAY + 8 * HOUR));
    decided(&world).await;
    let before = only(&world).await.count;
    for more in 1..=4 {
        reported(&world, NIGHT.plus((1 + more) * DAY), 15.0, "油烟又来了", "event-0127").await;
        let each = || following::follow_once(&world.app);
        let (a, b, c, d, e) = tokio::join!(each(), each(), each(), each(), each());
        for followed in [a, b, c, d, e] {
            followed.expect("followed beside the others");
        }
        assert_eq!(only(&world).await.count, before + more, "each report is counted once");
    }
});

on_both!(a_repeat_is_renamed_and_set_aside_with_reasons, |world: World| async move {
    february(&world).await;
    world.clock.set(FEBRUARY.plus(17 * DAY));
    let leader = Browser::signed_in(&world, "leader").await;
    let look = leader.form("/repeats", "/repeats/look").await;
    assert_eq!(leader.send(&look).await.status, 303);
    searched(&world).await;
    assert!(review(&world, "2026-02").await.is_none(), "looking freezes nothing");
    let repeat = only(&world).await;
    assert_eq!(repeat.state, State::Found);
    let page = format!("/repeats/{}", repeat.id);
    refuses(&leader, &page, &format!("{page}/title"), &[("title", "  ")], "").await;
    let mut title = leader.form(&page, &format!("{page}/title")).await;
    title.put("title", "古渡路小吃街油烟");
    assert_eq!(leader.send(&title).await.status, 303);
    let answer = leader.send(&title).await;
    assert!(answer.status == 422 && words(&answer.text).contains("这个点位有了变化"), "{}", words(&answer.text));
    let dispatcher = Browser::signed_in(&world, "dispatcher1").await;
    assert!(dispatcher.reads("/repeats").await.contains("古渡路小吃街油烟"));
    assert_eq!(dispatcher.send(&title).await.status, 403);
    let mut aside = leader.form(&page, &format!("{page}/set-aside")).await;
    aside.put("reason", "三件反映是不同的三家店");
    assert_eq!(leader.send(&aside).await.status, 303);
    let read = leader.reads(&page).await;
    assert!(read.contains("不予认定") && read.contains("不同的三家店") && read.contains("修改名称"), "{read}");
    let english = leader.reads(&format!("{page}?lang=en")).await;
    assert!(english.contains("Set aside") && !english.contains("repeats-"), "{english}");

    // A search that finds it again puts it back on the month's list.
    let waits = world.app.db.write(|tx| async move {
        store::ask(&tx, Purpose::Month, Month::parse("2026-02").expect("a month"), None, NIGHT).await
    });
    waits.await.map_err(|error: DbError| error).expect("asked");
    world.clock.set(NIGHT);
    searched(&world).await;
    let again = only(&world).await;
    assert_eq!((again.id, again.state, again.title.as_str()), (repeat.id, State::Listed, "古渡路小吃街油烟"));
});
