//! Sub-classes are suggested by the words, kept with the version that suggested them, measured by what the desk files, and learnt
//! from it.

use crate::browser::{Browser, Form, words};
use crate::on_both;
use crate::stories::{CELL, Cast, Citizen, Story};
use crate::world::{MORNING, World};
use steward::app::App;
use steward::cases::case::{Case, Filing, Place, Source, Stage};
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, params};
use steward::kit::id;
use steward::suggestions::suggestion::{LearningState, is_kept_out};
use steward::suggestions::{reader, running, store};

const HOUR: i64 = 3_600_000;

/// What the form's script is answered for words.
async fn asked(browser: &Browser, lang: &str, words: &str, category: &str) -> String {
    let (path, form) = (format!("/report/suggest?lang={lang}"), [("words", words), ("category", category)]);
    let answer = browser.visitor.post(&path, &form).await;
    assert_eq!(answer.status(), 200, "{words}");
    answer.text().await.expect("a piece of a page")
}

/// The sub-classes in such a piece, in their order.
fn offered(piece: &str) -> Vec<String> {
    let radios = piece.split("name=\"category\" value=\"").skip(1);
    radios.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

on_both!(the_words_of_a_report_are_understood_from_the_first_day, |world: World| async move {
    let citizen = Browser::new(&world);
    for (lang, sentence, key) in [
        ("zh-Hans", "我家楼下的垃圾堆了好几天没人收，臭死了", "event-0110"),
        ("zh-Hans", "马路中间的井盖没了，车开过去很危险", "component-0123"),
        ("zh-Hans", "巷子里的路灯坏了三盏，晚上漆黑一片", "component-0137"),
        ("zh-Hans", "共享单车把人行道堵死了，倒了一大片", "event-0493"),
        ("zh-Hans", "半夜工地还在打桩施工，吵得睡不着", "event-0301"),
        ("zh-Hans", "下水道堵了，污水冒得到处都是", "event-0503"),
        ("zh-Hans", "学校门口全是流动摊贩摆摊", "event-0401"),
        ("en", "There is a pile of rubbish on the corner and nobody collects it", "event-0110"),
        ("en", "The manhole cover in front of the shop is broken", "component-0123"),
        ("en", "Two street lights are out in our lane", "component-0137"),
        ("en", "Strong smell of gas on the staircase", "event-0502"),
        ("en", "A fallen tree is blocking the cycle path", "component-0402"),
    ] {
        let piece = asked(&citizen, lang, sentence, "").await;
        let offers = offered(&piece);
        assert!((1..=3).contains(&offers.len()), "{sentence}: {offers:?}");
        assert_eq!(offers[0], key, "{sentence}: {offers:?}");
    }
    let sure = asked(&citizen, "zh-Hans", "巷子里的路灯坏了，路灯不亮，晚上漆黑一片", "").await;
    assert!(sure.contains(" checked data-preselected") && sure.contains("很可能"), "{sure}");
    assert!(words(&sure).contains("已按您的描述选定，不对请改"), "{sure}");
    assert!(words(&sure).contains("通常由") && words(&sure).contains("处理"), "the department: {sure}");
    // Below the confidence nothing is chosen, and never over what a person chose.
    let unsure = asked(&citizen, "zh-Hans", "这棵树很高", "").await;
    assert!(!offered(&unsure).is_empty() && !unsure.contains("checked"), "{unsure}");
    let own = asked(&citizen, "zh-Hans", "巷子里的路灯坏了，路灯不亮，晚上漆黑一片", "event-0110").await;
    assert!(!own.contains("data-preselected") && !own.contains("checked"), "{own}");
    // What was chosen and is offered no longer stays to be seen.
    let kept = asked(&citizen, "zh-Hans", "路灯不亮", "event-0404").await;
    assert!(kept.contains("value=\"event-0404\" checked") && words(&kept).contains("您已选择"), "{kept}");
    for nothing in ["", "你好", "hello", "🙂🙂"] {
        assert_eq!(asked(&citizen, "zh-Hans", nothing, "").await.trim(), "", "{nothing}");
    }
    // What is no form is answered with a sentence.
    let long = "路".repeat(40_000);
    let wrong = citizen.visitor.post("/report/suggest", &[("words", long.as_str())]).await;
    assert_eq!(wrong.status(), 422);
    assert!(words(&wrong.text().await.expect("a page")).contains("描述没有读到"));
    // Nothing of all that is kept.
    let count = world
        .app
        .db
        .read(|tx| async move { tx.query_one("select count(*) from suggestions", params![]).await?.get::<i64>(0) });
    assert_eq!(count.await.map_err(|error: DbError| error).expect("a count"), 0);
});

/// Takes a case to the desk's filing form.
async fn before_filing(story: &mut Story<'_>, cast: &Cast) {
    story.does(&cast.acceptor, "accept", &[]).await;
    story.does(&cast.acceptor, "locate", &[("cell", CELL)]).await;
    story.does(&cast.acceptor, "ask-check", &[]).await;
    story.shows(&cast.keeper, "check", &[("found", "yes"), ("note", "属实")], "manhole-before").await;
}

on_both!(an_offer_is_kept_with_its_version_and_measured_when_the_case_is_filed, |world: World| async move {
    let cast = Cast::of(&world).await;
    let empty = cast.leader.reads("/suggestions").await;
    assert!(empty.contains("本月还没有可衡量的推荐") && empty.contains("还没有学习过"), "{empty}");

    // One reporter saw the offer and took it; the form's script sends which version it showed.
    let text = "望江街的路灯坏了，晚上漆黑一片";
    let version = world.app.suggestions.reader().version().to_owned();
    let form = [("address", "望澜路 8 号"), ("category", "component-0137"), ("suggested", version.as_str())];
    Citizen::reports(&world, text, &form).await;
    let mut lamp = Story::of(&world, &cast, text).await;
    before_filing(&mut lamp, &cast).await;
    let page = cast.acceptor.page(&lamp.page).await;
    let read = words(&page);
    assert!(read.contains("按描述推荐") && read.contains("路灯 很可能"), "{read}");
    assert!(page.contains("data-fill=\"standard\"") && read.contains("部门："), "{read}");
    lamp.does(&cast.acceptor, "file", &[("standard", "0137 路灯")]).await;

    // Another is filed as something else than what the words were taken for; nothing was forced on its reporter.
    let text = "垃圾桶满了，垃圾掉了一地";
    Citizen::reports(&world, text, &[("address", "书院路 18 号")]).await;
    let mut bin = Story::of(&world, &cast, text).await;
    before_filing(&mut bin, &cast).await;
    let form = bin.form(&cast.acceptor, "file", &[]).await;
    assert!(form.value("standard").is_empty() || form.value("standard").starts_with("event-0192"), "{form:?}");
    bin.does(&cast.acceptor, "file", &[("standard", "0305 垃圾箱")]).await;

    let number = |page: &str| page.rsplit('/').next().unwrap_or_default().parse().unwrap_or(0);
    let (one, other): (i64, i64) = (number(&lamp.page), number(&bin.page));
    let kept = world.app.db.read(move |tx| async move {
        Ok::<_, DbError>((store::of_case(&tx, one).await?, store::of_case(&tx, other).await?))
    });
    let (one, other) = kept.await.expect("rows");
    let (one, other) = (one.expect("an offer"), other.expect("an offer"));
    assert_eq!((one.version.as_str(), one.is_shown, one.chosen.as_str()), (version.as_str(), true, "component-0137"));
    assert_eq!(one.offers[0].key, "component-0137");
    assert_eq!((other.version.as_str(), other.is_shown, other.chosen.as_str()), (version.as_str(), false, ""));
    assert_eq!(other.offers[0].key, "event-0192");

    let counted = world.app.db.read(|tx| async move {
        Ok::<_, DbError>((store::months(&tx, "2026-01", "2026-12").await?, store::pairs(&tx, "2026-03", 10).await?))
    });
    let (months, pairs) = counted.await.expect("counts");
    let month = &months[0];
    assert_eq!((month.of.as_str(), month.cases, month.first, month.shown, month.taken), ("2026-03", 2, 1, 1, 1));
    assert!(
        pairs.iter().any(|pair| (pair.0.as_str(), pair.1.as_str(), pair.2) == ("event-0192", "component-0305", 1)),
        "{pairs:?}"
    );
    let read = cast.leader.reads("/suggestions").await;
    assert!(read.contains("50.0 %") && read.contains("目录用词（"), "{read}");
    assert!(read.contains("垃圾满溢 event-0192 1 1 0.0 %"), "{read}");
    let english = cast.leader.reads("/suggestions?lang=en").await;
    assert!(english.contains("Overflowing bins event-0192 1 1 0.0 %"), "{english}");
    let before = cast.leader.reads("/suggestions?month=2025-01&lang=zh-Hans").await;
    assert!(before.contains("2025年1月") && before.contains("本月还没有可衡量的推荐"), "{before}");
});

/// How people of a city speak, and what their desk calls it: nobody elsewhere would guess.
const LOCAL: [(&str, &str, &str); 6] = [
    ("event", "0493", "小蓝骑又趴窝了"),
    ("event", "0304", "三期那边起黄龙"),
    ("event", "0503", "老闸口翻泡了"),
    ("component", "0137", "三号杆子瞎了"),
    ("event", "0401", "板车老李又来了"),
    ("event", "0192", "绿嘴巴撑着了"),
];

fn filed(kind: &str, code: &str, title: String, opened_at: Moment, app: &App) -> Case {
    let number = format!("T{}", id::fresh());
    let mut case = Case::open(id::fresh(), number, title, Place::default(), Source::Citizen, false, opened_at);
    let code_set = app.catalog.in_force().map(|set| set.key.clone()).unwrap_or_default();
    (case.code_set, case.kind, case.code) = (code_set.clone(), kind.into(), code.into());
    case.filing = Some(Filing {
        code_set,
        kind: kind.into(),
        code: code.into(),
        condition: "有".into(),
        limit_amount: 1,
        limit_unit: "working_day".into(),
        catalog_version: String::new(),
        calendar_version: String::new(),
    });
    case.stage = Stage::AwaitingDispatch;
    case
}

/// Writes filed cases into the past.
async fn have_been_filed(world: &World, cases: Vec<Case>) {
    let written = world.app.db.write(move |tx| {
        let cases = cases.clone();
        async move {
            for case in &cases {
                steward::cases::store::open(&tx, case).await?;
            }
            Ok::<_, DbError>(())
        }
    });
    written.await.expect("cases");
}

/// So many texts of each way of speaking, none like another.
fn past(
    world: &World,
    each: usize,
    first: usize,
    sort: impl Fn(usize, &str) -> (&'static str, &'static str),
) -> Vec<Case> {
    let streets = ["望江街", "书院路", "古渡路", "银杏大道", "海棠路", "鱼市街", "中山路"];
    let tails =
        ["，麻烦看看", "，第二次反映", "，老人说的", "，今天早上", "，好久了", "，请处理", "，谢谢", "，孩子害怕"];
    let mut cases = Vec::new();
    for number in first..first + each {
        for (place, (_, _, saying)) in LOCAL.iter().enumerate() {
            let (street, tail) = (streets[number % 7], tails[number / 7 % 8]);
            let title = format!("{street}{saying}{tail} 第{}户", ["甲", "乙", "丙", "丁", "戊"][number / 56 % 5]);
            let (kind, code) = sort(place, &title);
            cases.push(filed(kind, code, title, Moment(MORNING.0 - (number * 6 + place) as i64 * HOUR), &world.app));
        }
    }
    cases
}

/// Waits until nothing is to be learnt; answers the last learning's state.
async fn is_learnt(world: &World) -> LearningState {
    for _ in 0..600 {
        let last = world.app.db.read(|tx| async move { store::learnings(&tx, 1).await }).await;
        let last = last.map_err(|error: DbError| error).expect("learnings");
        if let Some((one, _)) = last.first().filter(|(one, _)| !one.state.is_open()) {
            return one.state;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("nothing was learnt in a minute");
}

async fn learns(world: &World, leader: &Browser) -> LearningState {
    let version = || world.app.suggestions.reader().version().to_owned();
    let before = version();
    let form = leader.form("/suggestions", "/suggestions/learn").await;
    let answer = leader.send(&form).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, "/suggestions?done=asked"));
    let state = is_learnt(world).await;
    // The books say that it is taken a moment before everybody reads with it.
    for _ in 0..50 {
        if state != LearningState::Taken || version() != before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    state
}

on_both!(it_learns_from_what_the_desk_files_and_refuses_a_worse_model, |world: World| async move {
    world.settle().await;
    let leader = Browser::signed_in(&world, "leader").await;
    let reader = || world.app.suggestions.reader();
    let started_with = reader().version().to_owned();
    assert_eq!(learns(&world, &leader).await, LearningState::TooFew);
    assert!(leader.reads("/suggestions").await.contains("有 0 条，至少要 300 条"));
    let knows = |sentence: &str| reader().guesses(sentence).first().map(|guess| guess.key.clone());
    assert_ne!(knows("渡口路小蓝骑又趴窝了").as_deref(), Some("event-0493"));

    let of = |place: usize| (LOCAL[place].0, LOCAL[place].1);
    have_been_filed(&world, past(&world, 70, 0, |place, _| of(place))).await;
    assert_eq!(learns(&world, &leader).await, LearningState::Taken);
    let first = reader().version().to_owned();
    assert_ne!(first, started_with);
    for (kind, code, saying) in LOCAL {
        let guesses = reader().guesses(&format!("渡口路{saying}，快来"));
        assert_eq!(guesses[0].key, format!("{kind}-{code}"), "{saying}: {guesses:?}");
        assert!(guesses[0].confidence > 0.5, "{saying}: {guesses:?}");
    }
    // What the city's cases say nothing of is still known by the catalog's words.
    assert_eq!(knows("河面上漂着很多垃圾和死鱼").as_deref(), Some("event-0125"));
    let read = leader.reads("/suggestions").await;
    assert!(read.contains(&first) && read.contains("已启用"), "{read}");
    let citizen = Browser::new(&world);
    assert_eq!(offered(&asked(&citizen, "zh-Hans", "书院路小蓝骑又趴窝了", "").await)[0], "event-0493");

    // Somebody files a year's cases at random; what judges stays as it is, so the new model is worse and is not used.
    let muddled = past(&world, 200, 70, |place, title| {
        let is_kept_out = is_kept_out(reader::group(title));
        if is_kept_out { of(place) } else { of((place + 1) % 6) }
    });
    have_been_filed(&world, muddled).await;
    assert_eq!(learns(&world, &leader).await, LearningState::Worse);
    assert_eq!(reader().version(), first);
    assert!(leader.reads("/suggestions").await.contains("不如现用的，未启用"));

    // Back to the start, by the form; a version that is gone, or a page that is old, is answered with a sentence.
    let form = leader.form("/suggestions", "/suggestions/use").await;
    let mut gone = form.clone();
    gone.put("version", "000000000000");
    let answer = leader.send(&gone).await;
    assert!(answer.status == 422 && words(&answer.text).contains("这个版本已不再保留"), "{}", words(&answer.text));
    assert_eq!(form.value("version"), started_with);
    assert_eq!(leader.send(&form).await.location, "/suggestions?done=chosen");
    assert_eq!(reader().version(), started_with);
    let answer = leader.send(&form).await;
    assert!(answer.status == 422 && words(&answer.text).contains("使用中的版本刚刚变了"), "{}", words(&answer.text));
    // Another program that serves the city takes it over.
    let page = leader.page("/suggestions").await;
    let again = Form::find(&page, "/suggestions/use").expect("the model can be used again");
    assert_eq!(again.value("version"), first);
    let files = tempfile::tempdir().expect("a folder");
    let files = files.path().display().to_string();
    let other =
        App::new(world.app.db.clone(), world.clock.clone(), world.app.sources.clone(), &files).await.expect("another");
    assert_eq!(other.suggestions.reader().version(), started_with);
    assert_eq!(leader.send(&again).await.status, 303);
    assert!(running::refresh(&other).await.expect("refreshed"));
    assert_eq!(other.suggestions.reader().version(), first);

    // At night it is asked for once, whoever of the two is first.
    world.clock.set(Moment(MORNING.0 + 17 * HOUR + HOUR / 4));
    let mut asked = 0;
    for app in [&world.app, &other, &world.app] {
        asked += usize::from(running::ask_for_the_night(app).await.expect("asked"));
    }
    assert!(asked <= 1);
    let nights = world.app.db.read(|tx| async move { store::has_night(&tx, "2026-03-11").await }).await;
    assert!(nights.map_err(|error: DbError| error).expect("a night"));
    world.clock.set(Moment(MORNING.0 + 24 * HOUR));
    assert!(!running::ask_for_the_night(&other).await.expect("asked"), "by day nobody asks");
});

on_both!(who_leads_reads_what_suggestions_were_worth, |world: World| async move {
    world.settle().await;
    for (login, sees, may_choose) in [
        ("leader", true, true),
        ("sysadmin", true, true),
        ("shift1", true, false),
        ("acceptor1", false, false),
        ("keeper1", false, false),
        ("desk-municipal", false, false),
    ] {
        let who = Browser::signed_in(&world, login).await;
        let answer = who.look("/suggestions").await;
        assert_eq!(answer.status, if sees { 200 } else { 403 }, "{login}");
        // Once somebody has asked, there is nothing to press until it is learnt.
        if login != "sysadmin" {
            assert_eq!(answer.text.replace("&#x2f;", "/").contains("\"/suggestions/learn\""), may_choose, "{login}");
        }
        let asks = who.visitor.post("/suggestions/learn", &[]).await.status();
        assert_eq!(asks, if may_choose { 303 } else { 403 }, "{login}");
    }
    let nobody = Browser::new(&world).look("/suggestions").await;
    assert!(nobody.location.starts_with("/sign-in"), "{nobody:?}");
});
