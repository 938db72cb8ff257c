//! The main job, whole, by the pages' own forms: each is sent as it stands, and sent twice. Asserts on what people read.

use crate::browser::{Answer, Browser, Form, photo, words};
use crate::on_both;
use crate::world::World;
use std::time::Duration;

/// Where the cases of these stories lie: in keeper1's responsibility grid.
pub const CELL: &str = "990100001001002";

/// Everybody who acts.
pub struct Cast {
    pub acceptor: Browser,
    pub shift: Browser,
    pub dispatcher: Browser,
    pub keeper: Browser,
    pub desk: Browser,
    pub crew: Browser,
    /// Reads everything and does nothing.
    pub leader: Browser,
}

impl Cast {
    pub async fn of(world: &World) -> Cast {
        world.settle().await;
        let sign_in = |login| Browser::signed_in(world, login);
        Cast {
            acceptor: sign_in("acceptor1").await,
            shift: sign_in("shift1").await,
            dispatcher: sign_in("dispatcher1").await,
            keeper: sign_in("keeper1").await,
            desk: sign_in("desk-municipal").await,
            crew: sign_in("crew-road").await,
            leader: sign_in("leader").await,
        }
    }
}

/// A citizen with a browser and a tracking code.
pub struct Citizen {
    pub browser: Browser,
    /// The address of the report's page.
    pub track: String,
}

impl Citizen {
    /// Reports with a photograph, by the form, and sends the form twice as an impatient person does.
    pub async fn reports(world: &World, text: &str, fields: &[(&str, &str)]) -> Citizen {
        let browser = Browser::new(world);
        let mut form = browser.form("/report", "/report").await;
        form.put("words", text);
        for (name, value) in fields {
            form.put(name, value);
        }
        form.attach("photo.jpg", photo("manhole-before"));
        let mut first = browser.send(&form).await;
        if first.status == 200 {
            // Similar reports are offered: it is another problem all the same.
            form = Form::find(&first.text, "/report").expect("the form comes back");
            first = browser.send(&form).await;
        }
        assert_eq!(first.status, 303, "{}", words(&first.text));
        let again = browser.send(&form).await;
        assert_eq!((again.status, &again.location), (303, &first.location), "sent twice, one report");
        let track = first.location.split('?').next().unwrap_or_default().to_owned();
        let receipt = browser.reads(&first.location).await;
        assert!(receipt.contains("已收到，谢谢您") && receipt.contains(text), "{receipt}");
        Citizen { browser, track }
    }

    pub async fn reads(&self) -> String {
        self.browser.reads(&self.track).await
    }

    /// Fills one of the page's forms in and sends it.
    pub async fn sends(&self, act: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = self.browser.form(&self.track, &format!("{}/{act}", self.track)).await;
        for (name, value) in fields {
            form.put(name, value);
        }
        self.browser.send(&form).await
    }
}

/// A case as it goes its way, read all the time by somebody who sees its history.
pub struct Story<'a> {
    pub world: &'a World,
    pub leader: Browser,
    pub page: String,
    pub history: Vec<String>,
}

/// The lines of the history on a case's page.
fn history(page: &str) -> Vec<String> {
    let list = page.split("<ol class=\"timeline\">").nth(1).unwrap_or_default();
    list.split("</ol>")
        .next()
        .unwrap_or_default()
        .split("<li")
        .skip(1)
        .map(|line| words(&format!("<li{line}")))
        .collect()
}

impl<'a> Story<'a> {
    /// The case of the report with these words, as soon as the desk has it.
    pub async fn of(world: &'a World, cast: &Cast, text: &str) -> Story<'a> {
        for _ in 0..200 {
            let inbox = cast.acceptor.page("/desk?ended=1").await;
            for piece in inbox.split("case=").skip(1) {
                let id: String = piece.chars().take_while(char::is_ascii_digit).collect();
                let page = format!("/cases/{id}");
                let found = cast.leader.look(&page).await;
                // The page names similar cases too: only the words of its own report count.
                let told = found.text.split("<p class=\"words\">").skip(1).map(|piece| piece.split("</p>").next());
                if !id.is_empty() && told.flatten().any(|told| words(&format!(">{told}")) == text) {
                    let history = history(&found.text);
                    assert_eq!(history.len(), 1, "{history:?}");
                    return Story { world, leader: cast.leader.clone(), page, history };
                }
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no case for {text}");
    }

    /// The case at an address.
    pub async fn at_page(world: &'a World, cast: &Cast, page: &str) -> Story<'a> {
        let history = history(&cast.leader.page(page).await);
        Story { world, leader: cast.leader.clone(), page: page.to_owned(), history }
    }

    pub fn at(&self, act: &str) -> String {
        format!("{}/{act}", self.page)
    }

    /// What the leader reads on the case's page now; the history may only have grown.
    pub async fn grown(&mut self) -> usize {
        let page = self.leader.page(&self.page).await;
        let now = history(&page);
        assert!(now.starts_with(&self.history), "the history only grows: {:?} then {now:?}", self.history);
        let by = now.len() - self.history.len();
        self.history = now;
        by
    }

    pub async fn stands(&self, stage: &str) {
        let page = self.leader.page(&self.page).await;
        let head = page.split("<header class=\"page-head\">").nth(1).unwrap_or_default();
        let head = words(head.split("</header>").next().unwrap_or_default());
        assert!(head.contains(stage), "{head} is not {stage}");
    }

    /// The form of an act on the case's page, filled in.
    pub async fn form(&self, who: &Browser, act: &str, fields: &[(&str, &str)]) -> Form {
        let mut form = who.form(&self.page, &self.at(act)).await;
        for (name, value) in fields {
            if form.offers(name).is_empty() {
                form.put(name, value);
            } else {
                form.choose(name, value);
            }
        }
        form
    }

    /// Does an act by its form, twice: the second sending changes nothing and leads where the first one led.
    pub async fn does(&mut self, who: &Browser, act: &str, fields: &[(&str, &str)]) {
        let form = self.form(who, act, fields).await;
        self.sends(who, form).await;
    }

    /// The same with a photograph.
    pub async fn shows(&mut self, who: &Browser, act: &str, fields: &[(&str, &str)], name: &str) {
        let mut form = self.form(who, act, fields).await;
        form.attach("after.jpg", photo(name));
        self.sends(who, form).await;
    }

    pub async fn sends(&mut self, who: &Browser, form: Form) {
        self.world.clock.set(self.world.clock.now().plus(10_000));
        let first = who.send(&form).await;
        assert_eq!(first.status, 303, "{}: {}", form.action, words(&first.text));
        assert!(self.grown().await >= 1, "{} left no trace", form.action);
        let again = who.send(&form).await;
        assert_eq!(self.grown().await, 0, "{} was done twice", form.action);
        assert_eq!(
            (again.status, &again.location),
            (303, &first.location),
            "{} sent twice: {}",
            form.action,
            words(&again.text)
        );
    }

    /// An act that is refused with this sentence, and changes nothing. What was typed is still there.
    pub async fn refuses(&mut self, who: &Browser, form: &Form, sentence: &str) {
        let answer = who.send(form).await;
        let told = words(&answer.text);
        assert_eq!(answer.status, 422, "{}: {told}", form.action);
        assert!(told.contains(sentence), "{}: {sentence} is not in {told}", form.action);
        assert_eq!(self.grown().await, 0, "a refused {} left a trace", form.action);
        let note = form.value("note");
        if let Some(back) = Form::find(&answer.text, &form.action) {
            assert_eq!(back.value("note"), note, "what was typed is still there");
        }
    }

    /// From the desk to the dispatcher.
    pub async fn is_filed(&mut self, cast: &Cast) {
        self.does(&cast.acceptor, "accept", &[]).await;
        self.does(&cast.acceptor, "locate", &[("cell", CELL)]).await;
        self.does(&cast.acceptor, "ask-check", &[]).await;
        self.shows(&cast.keeper, "check", &[("found", "yes"), ("note", "到现场看过，属实")], "manhole-before").await;
        self.does(&cast.acceptor, "file", &[("standard", "井盖")]).await;
        self.stands("待派遣").await;
    }

    /// From the dispatcher through the crew's hands to the desk.
    pub async fn is_handled(&mut self, cast: &Cast) {
        self.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
        self.is_worked_on(cast).await;
    }

    pub async fn is_worked_on(&mut self, cast: &Cast) {
        self.does(&cast.desk, "assign", &[("crew", "孙大勇")]).await;
        self.does(&cast.crew, "take", &[]).await;
        self.shows(&cast.crew, "hand-in", &[("note", "井盖已更换")], "manhole-after").await;
        self.does(&cast.desk, "feed-back", &[("note", "已处理")]).await;
        self.does(&cast.acceptor, "ask-verification", &[]).await;
        self.stands("核查中").await;
    }

    pub async fn is_closed(&mut self, cast: &Cast) {
        self.does(&cast.keeper, "verify", &[("passed", "yes")]).await;
        self.does(&cast.acceptor, "close", &[("note", "谢谢您的反映")]).await;
        self.stands("已结案").await;
    }
}

on_both!(a_photo_becomes_a_closed_and_rated_case, |world: World| async move {
    let mut cast = Cast::of(&world).await;
    let text = "路口的井盖翘起来了，夜里看不见";
    let citizen = Citizen::reports(&world, text, &[("address", "望澜路 8 号门前")]).await;
    let mut story = Story::of(&world, &cast, text).await;
    assert!(citizen.reads().await.contains("已收到"));

    // A department that does not have it does not know that it exists, whatever it tries.
    for path in [story.page.clone(), format!("{}?lang=zh-Hans", story.page)] {
        assert_eq!(cast.desk.look(&path).await.status, 404);
    }
    let stranger = Form::find(&cast.acceptor.page(&story.page).await, &story.at("accept")).expect("a form");
    for act in ["assign", "feed-back", "redo", "return"] {
        let form = stranger.to(story.at(act));
        assert_eq!(cast.desk.send(&form).await.status, 404, "{act}");
    }
    assert_eq!(cast.desk.send(&stranger).await.status, 403, "nobody acts for another post");
    // A page of another site acts for nobody; nor does somebody who is not signed in.
    let elsewhere = cast.acceptor.send_from(&stranger, "https://elsewhere.example").await;
    assert_eq!(elsewhere.status, 403);
    let nobody = Browser::new(&world).send(&stranger).await;
    assert!(nobody.location.starts_with("/sign-in"), "{nobody:?}");
    assert_eq!(story.grown().await, 0);

    story.does(&cast.acceptor, "accept", &[("note", "马上请人去看")]).await;
    let read = citizen.reads().await;
    assert!(read.contains("已受理") && read.contains("办理中"), "{read}");
    assert!(!read.contains("马上请人去看"), "what is said inside stays inside");
    story.does(&cast.acceptor, "locate", &[("cell", CELL)]).await;
    story.does(&cast.acceptor, "ask-check", &[]).await;
    assert!(cast.keeper.reads("/field").await.contains("提交核实"));
    story.shows(&cast.keeper, "check", &[("found", "yes"), ("note", "到现场看过，属实")], "manhole-before").await;
    let unfiled = story.form(&cast.acceptor, "file", &[("note", "先记一下")]).await.without(&["standard"]);
    story.refuses(&cast.acceptor, &unfiled, "请选择立案条件后再立案").await;
    story.does(&cast.acceptor, "file", &[("standard", "井盖")]).await;
    assert!(!citizen.reads().await.contains("承诺 2026"), "no promise before dispatch");
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let promise = citizen.reads().await;
    assert!(promise.contains("承诺 2026-") && promise.contains("已派遣责任部门"), "{promise}");

    assert!(cast.desk.reads("/department").await.contains("待处置"));
    story.does(&cast.desk, "assign", &[("crew", "孙大勇")]).await;
    story.does(&cast.crew, "take", &[]).await;
    let without = story.form(&cast.crew, "hand-in", &[("note", "井盖已更换，路面已扫净")]).await;
    story.refuses(&cast.crew, &without, "请附上处置后的照片再提交").await;
    let mut letter = without.clone();
    letter.attach("letter.jpg", b"this is no picture".to_vec());
    let answer = cast.crew.send(&letter).await;
    assert_eq!(answer.status, 422);
    assert!(words(&answer.text).contains("井盖已更换，路面已扫净"), "nothing typed is lost");
    story.shows(&cast.crew, "hand-in", &[("note", "井盖已更换，路面已扫净")], "manhole-after").await;
    story.does(&cast.desk, "feed-back", &[("note", "已处理")]).await;

    // Whoever handled it does not verify it: not as what they are, not as what they become.
    let security = Browser::signed_in(&world, "secadmin").await;
    let accounts = security.page("/admin/accounts?q=crew-road").await;
    let at =
        accounts.split("/admin/accounts/").chain(accounts.split("&#x2f;admin&#x2f;accounts&#x2f;")).find_map(|rest| {
            let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
            (id.len() > 5).then(|| format!("/admin/accounts/{id}"))
        });
    let at = at.expect("the account of the crew member");
    let id = at.rsplit('/').next().unwrap_or_default().to_owned();
    let mut promotion = security.form(&at, &format!("{at}/post")).await;
    promotion.put("post", "keeper");
    assert_eq!(security.send(&promotion).await.status, 303);
    let mut wrong = story.form(&cast.acceptor, "ask-verification", &[]).await;
    wrong.put("keeper", &id);
    story.refuses(&cast.acceptor, &wrong, "参与过处置的人员不能核查").await;
    story.does(&cast.acceptor, "ask-verification", &[]).await;
    let verify = story.form(&cast.keeper, "verify", &[("passed", "yes")]).await;
    for who in [&cast.desk, &cast.acceptor] {
        assert_eq!(who.send(&verify).await.status, 403);
    }
    let turned = Browser::signed_in(&world, "crew-road").await;
    assert!(turned.send(&verify).await.status >= 400);
    assert_eq!(story.grown().await, 0);
    story.stands("核查中").await;
    promotion.put("post", "crew_member");
    assert_eq!(security.send(&promotion).await.status, 303);
    // Another post is another session.
    assert!(turned.look(&story.page).await.location.starts_with("/sign-in"));
    cast.crew = Browser::signed_in(&world, "crew-road").await;

    story.shows(&cast.keeper, "verify", &[("passed", "yes")], "manhole-after").await;
    story.does(&cast.acceptor, "close", &[("note", "谢谢您的反映")]).await;
    story.stands("已结案").await;
    let read = citizen.reads().await;
    for told in ["已结案", "处置前", "处置后", "已解决", "现场核查通过", "谢谢您的反映", "评价这次办理"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    let page = citizen.browser.page(&citizen.track).await;
    let pictures = page.matches("<img").count();
    assert!(pictures >= 2, "before and after: {pictures} pictures");

    // Acts on a closed case are refused with a sentence.
    for (who, act, fields) in [
        (&cast.acceptor, "accept", vec![]),
        (
            &cast.acceptor,
            "file",
            vec![
                ("condition", "井盖破损"),
                ("code_set", "local"),
                ("kind", "event"),
                ("code", "0101"),
                ("limit_amount", "4"),
                ("limit_unit", "working_hour"),
            ],
        ),
        (&cast.acceptor, "close", vec![]),
        (&cast.acceptor, "decline", vec![("reason", "not-ours")]),
        (&cast.acceptor, "ask-verification", vec![]),
        (&cast.acceptor, "send-back", vec![]),
        (&cast.shift, "void", vec![("reason", "test")]),
        (&cast.desk, "feed-back", vec![]),
        (&cast.desk, "return", vec![("reason", "not-our-duty")]),
    ] {
        let mut form = stranger.to(story.at(act));
        form.fields.clear();
        for (name, value) in fields {
            form.put(name, value);
        }
        story.refuses(who, &form, "案卷已进入其他阶段").await;
    }

    // The rating, once; then the problem is back.
    let praise = [("response", "5"), ("solved", "yes"), ("satisfaction", "4"), ("words", "很快")];
    let rating = {
        let mut form = citizen.browser.form(&citizen.track, &format!("{}/rate", citizen.track)).await;
        praise.iter().for_each(|(name, value)| form.put(name, value));
        form
    };
    let rated = citizen.browser.send(&rating).await;
    assert_eq!(rated.status, 303);
    assert!(citizen.browser.reads(&rated.location).await.contains("感谢您的评价"));
    let second = citizen.browser.send(&rating).await;
    assert_eq!(second.status, 422);
    assert!(words(&second.text).contains("这次办理已经评价过了"));
    let asked = citizen.sends("reopen", &[("words", "下雨以后又翘起来了")]).await;
    assert_eq!(asked.status, 303, "{}", words(&asked.text));
    for _ in 0..200 {
        if story.grown().await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    story.stands("待派遣").await;
    let read = citizen.reads().await;
    assert!(read.contains("重新办理") && read.contains("办理中"), "{read}");
    let desk = cast.acceptor.reads(&story.page).await;
    assert!(desk.contains("下雨以后又翘起来了"), "the desk reads why: {desk}");

    // A promise of the first time is no promise any more.
    world.clock.set(world.clock.now().plus(60_000));
    let head = read.split("办理过程").next().unwrap_or_default();
    assert!(head.contains("立案派遣后，这里会写明承诺的办结时间"), "{head}");
    story.is_handled(&cast).await;
    story.is_closed(&cast).await;
    let read = citizen.reads().await;
    assert!(read.contains("评价这次办理") && read.matches("已结案").count() == 2, "{read}");
    assert_eq!(citizen.sends("rate", &[("satisfaction", "5"), ("words", "这次好了")]).await.status, 303);
    assert!(cast.acceptor.reads(&story.page).await.contains("这次好了"));
});

on_both!(the_desk_declines_with_a_reason, |world: World| async move {
    let cast = Cast::of(&world).await;
    let reasons = ["too-vague", "below-condition", "outside-city", "not-ours"];
    let told = ["内容不清", "没有达到", "不在本市", "职责范围"];
    for (reason, told) in reasons.iter().zip(told) {
        let text = format!("小区里的事情 {reason}");
        let citizen = Citizen::reports(&world, &text, &[("address", "书院路 3 号")]).await;
        let mut story = Story::of(&world, &cast, &text).await;
        let mut empty = story.form(&cast.acceptor, "decline", &[("note", "请联系物业")]).await;
        empty.put("reason", "");
        story.refuses(&cast.acceptor, &empty, "请作出选择").await;
        story.does(&cast.acceptor, "decline", &[("reason", reason), ("note", "请联系物业公司")]).await;
        story.stands("不予受理").await;
        let read = citizen.reads().await;
        assert!(read.contains(told) && read.contains("请联系物业公司") && read.contains("未受理"), "{told}: {read}");
        let english = citizen.browser.reads(&format!("{}?lang=en", citizen.track)).await;
        assert!(!english.contains("report-reason"), "{english}");
    }
});

on_both!(a_case_goes_back_and_back_again, |world: World| async move {
    let cast = Cast::of(&world).await;
    let text = "雨水井盖破了一个角";
    let citizen = Citizen::reports(&world, text, &[("address", "渡口街 1 号")]).await;
    let mut story = Story::of(&world, &cast, text).await;
    story.is_filed(&cast).await;

    // 回退: the wrong department, with a reason; then to the right one.
    story.does(&cast.dispatcher, "dispatch", &[("department", "园林绿化中心")]).await;
    let garden = Browser::signed_in(&world, "desk-garden").await;
    assert_eq!(cast.desk.look(&story.page).await.status, 404);
    let mut back = story.form(&garden, "return", &[("note", "井盖归市政管")]).await;
    back.put("reason", "");
    story.refuses(&garden, &back, "请作出选择").await;
    story.does(&garden, "return", &[("reason", "not-our-duty"), ("note", "井盖归市政管")]).await;
    story.stands("待裁定").await;
    story.does(&cast.dispatcher, "decide", &[("granted", "yes"), ("note", "确实归市政管")]).await;
    assert_eq!(garden.look(&story.page).await.status, 404);
    story.stands("回退 1 次").await;
    assert!(cast.dispatcher.reads(&story.page).await.contains("井盖归市政管"));
    story.is_handled(&cast).await;

    // 返工: the keeper is not content.
    story.shows(&cast.keeper, "verify", &[("passed", "no"), ("note", "还有一道裂缝")], "manhole-before").await;
    story.stands("返工 1 次").await;
    assert!(citizen.reads().await.contains("现场核查未通过，返工"));
    assert!(cast.desk.reads(&story.page).await.contains("还有一道裂缝"));
    story.is_worked_on(&cast).await;
    story.is_closed(&cast).await;
    assert!(citizen.reads().await.contains("已结案"));
    let originals = cast.acceptor.page(&story.page).await;
    let id: String = originals
        .replace("&#x2f;", "/")
        .split("/photos/")
        .nth(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .expect("a photo");
    assert_eq!(cast.acceptor.look(&format!("/originals/{id}")).await.status, 200);
    assert!(matches!(garden.look(&format!("/originals/{id}")).await.status, 403 | 404));
    assert_eq!(Browser::new(&world).look(&format!("/originals/{id}")).await.status, 303);
});

on_both!(a_case_is_struck_off_with_a_reason, |world: World| async move {
    let cast = Cast::of(&world).await;
    // A duplicate is struck off with the number of the earlier case: see twins.rs.
    for (reason, told) in [("test", "测试"), ("filed-in-error", "误"), ("vanished", "自行消失")] {
        let text = format!("路边的一堆土 {reason}");
        let citizen = Citizen::reports(&world, &text, &[("address", "桥头街 5 号")]).await;
        let mut story = Story::of(&world, &cast, &text).await;
        let mut empty = story.form(&cast.shift, "void", &[]).await;
        empty.put("reason", "");
        story.refuses(&cast.shift, &empty, "请作出选择").await;
        story.does(&cast.shift, "void", &[("reason", reason)]).await;
        story.stands("已作废").await;
        let read = citizen.reads().await;
        assert!(read.contains("已作废") && read.contains(told), "{told}: {read}");
        // Who asks to reopen is heard.
        let asked = citizen.sends("reopen", &[("words", "土还在")]).await;
        assert_eq!(asked.status, 303);
        let mut grew = 0;
        for _ in 0..100 {
            grew = story.grown().await;
            if grew > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert_eq!(grew, 1, "asked to reopen, and nothing happened");
        story.stands("待受理").await;
    }
});

on_both!(two_citizens_of_one_problem_see_one_end, |world: World| async move {
    let cast = Cast::of(&world).await;
    let place = world.app.grid().place_in(CELL).expect("a place");
    let (lon, lat) = (place.lon.to_string(), place.lat.to_string());
    let here = [("lon", lon.as_str()), ("lat", lat.as_str()), ("coordinates", "cgcs2000")];
    let (one, other) = ("井盖不见了", "人行道上缺一个井盖");
    let first = Citizen::reports(&world, one, &here).await;
    let mut story = Story::of(&world, &cast, one).await;
    story.is_filed(&cast).await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let second = Citizen::reports(&world, other, &here).await;
    let mut late = Story::of(&world, &cast, other).await;
    let into = story.page.rsplit('/').next().unwrap_or_default().to_owned();
    late.does(&cast.acceptor, "merge", &[("into", &into)]).await;
    story.grown().await;
    let read = second.reads().await;
    assert!(read.contains("办理中") && read.contains("承诺 2026-"), "joined, and told so: {read}");
    story.is_worked_on(&cast).await;
    story.is_closed(&cast).await;
    for citizen in [&first, &second] {
        let read = citizen.reads().await;
        assert!(read.contains("已结案") && read.contains("处置后"), "{read}");
        assert_eq!(citizen.sends("rate", &[("satisfaction", "5")]).await.status, 303);
    }
});

on_both!(a_keepers_own_report_is_filed_without_another_look, |world: World| async move {
    let cast = Cast::of(&world).await;
    let text = "巡查发现：井盖缺失，已放置锥桶";
    // From the keeper's own list to the form, which says in whose name it is sent.
    assert!(cast.keeper.page("/field").await.contains("href=\"/report\""));
    let mut form = cast.keeper.form("/report", "/report").await;
    let page = cast.keeper.reads("/report").await;
    assert!(page.contains("采集员上报") && page.contains("不再核实"), "{page}");
    form.put("words", text);
    form.put("cell", CELL);
    form.attach("photo.jpg", photo("manhole-before"));
    assert_eq!(cast.keeper.send(&form).await.status, 303);
    let mut story = Story::of(&world, &cast, text).await;
    let page = cast.acceptor.page(&story.page).await;
    assert!(words(&page).contains("采集员上报"), "{}", words(&page));
    assert!(words(&page).contains("林晓禾"), "who saw it is named: {}", words(&page));
    story.does(&cast.acceptor, "accept", &[]).await;
    story.stands("待立案").await;
    let page = cast.acceptor.page(&story.page).await;
    assert!(Form::find(&page, &story.at("ask-check")).is_none(), "nobody looks twice");
    let by_hand = Form::find(&page, &story.at("file")).expect("a form").to(story.at("ask-check"));
    story.refuses(&cast.acceptor, &by_hand, "采集员").await;
    story.does(&cast.acceptor, "file", &[("standard", "井盖")]).await;
    story.is_handled(&cast).await;
    story.is_closed(&cast).await;
});

on_both!(a_call_is_written_down_by_the_desk, |world: World| async move {
    let cast = Cast::of(&world).await;
    let text = "市民来电：雨水箅子堵了";
    let mut form = cast.acceptor.form("/report", "/report").await;
    assert!(cast.acceptor.reads("/report").await.contains("代来电市民登记"));
    form.put("words", text);
    form.put("address", "书院路 3 号");
    assert_eq!(cast.acceptor.send(&form).await.status, 303);
    let story = Story::of(&world, &cast, text).await;
    let read = cast.acceptor.reads(&story.page).await;
    assert!(read.contains("热线"), "{read}");
    // Whoever else is signed in reports as a citizen.
    let mut form = cast.crew.form("/report", "/report").await;
    form.put("words", "下班路上看到的");
    form.put("address", "书院路 5 号");
    assert_eq!(cast.crew.send(&form).await.status, 303);
    let story = Story::of(&world, &cast, "下班路上看到的").await;
    assert!(cast.acceptor.reads(&story.page).await.contains("公众举报"));
});

on_both!(photos_that_are_added_survive_a_refusal, |world: World| async move {
    let cast = Cast::of(&world).await;
    let citizen = Citizen::reports(&world, "树枝压在电线上", &[("address", "书院路 3 号")]).await;
    let add = format!("{}/add", citizen.track);
    let mut form = citizen.browser.form(&citizen.track, &add).await;
    form.put("words", "又断了一根");
    form.attach("good.jpg", photo("manhole-before"));
    form.attach("letter.jpg", b"this is no picture".to_vec());
    let refused = citizen.browser.send(&form).await;
    assert_eq!(refused.status, 422);
    let read = words(&refused.text);
    assert!(read.contains("letter.jpg") && read.contains("又断了一根"), "{read}");
    // Only the bad one has to be chosen again.
    let again = Form::find(&refused.text, &add).expect("the form");
    assert_eq!(again.fields.iter().filter(|(name, _)| name == "kept").count(), 1, "{read}");
    assert_eq!(citizen.browser.send(&again).await.status, 303);
    let page = citizen.browser.page(&citizen.track).await;
    assert!(words(&page).contains("又断了一根"));
    let story = Story::of(&world, &cast, "树枝压在电线上").await;
    let desk = cast.acceptor.page(&story.page).await;
    assert_eq!(desk.matches("data-photo").count(), 2, "the first photo and the added one");
    // What waited waits no more, and nobody else's form finds it.
    let late = citizen.browser.send(&again).await;
    assert_eq!(late.status, 422, "{}", words(&late.text));
});

on_both!(the_nearest_of_all_ones_tasks_comes_first, |world: World| async move {
    let cast = Cast::of(&world).await;
    // More tasks than a page holds; the nearest is the one that is due last.
    let cells: Vec<_> = world.app.grid().cells().iter().take(56).map(|cell| cell.code.clone()).collect();
    let here = world.app.grid().place_in(&cells[55]).expect("a place");
    for (number, cell) in cells.iter().enumerate() {
        let place = world.app.grid().place_in(cell).expect("a place");
        let report = serde_json::json!({
            "words": format!("第 {number} 处"), "lon": place.lon, "lat": place.lat, "coordinates": "cgcs2000",
            "key": steward::kit::id::secret(),
        });
        let sent = cast.leader.visitor.client.post(format!("{}/api/reports", world.base)).json(&report).send();
        assert_eq!(sent.await.expect("an answer").status(), 201);
    }
    for _ in 0..200 {
        steward::cases::following::follow_once(&world.app).await.expect("the news");
        if cast.acceptor.reads("/desk").await.contains("全部在办 56") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    for _ in 0..56 {
        let page = cast.acceptor.page("/desk?stage=received").await;
        let id: String = page
            .split("case=")
            .skip(1)
            .map(|piece| piece.chars().take_while(char::is_ascii_digit).collect())
            .find(|id: &String| !id.is_empty())
            .expect("a case");
        let form = cast.acceptor.form(&format!("/cases/{id}"), &format!("/cases/{id}/accept")).await;
        assert_eq!(cast.acceptor.send(&form).await.status, 303);
    }
    let by_due = cast.keeper.page("/field").await;
    assert_eq!(by_due.matches("task-card").count(), 50, "a page by due moment");
    let by_distance = cast.keeper.page(&format!("/field?lon={}&lat={}", here.lon, here.lat)).await;
    assert_eq!(by_distance.matches("task-card").count(), 50);
    let first = words(by_distance.split("task-card").nth(1).expect("a task"));
    assert!(first.contains("第 55 处") && first.contains("0 米"), "{first}");
    assert!(words(&by_distance).contains("还有 6 件更远的任务"), "{}", words(&by_distance));
    assert!(by_distance.contains("geo:"), "the way there");
});

on_both!(the_desk_works_through_its_list, |world: World| async move {
    let cast = Cast::of(&world).await;
    let mut pages = Vec::new();
    for text in ["第一处坑洼", "第二处坑洼", "第三处坑洼"] {
        Citizen::reports(&world, text, &[("address", "书院路 3 号"), ("cell", CELL), ("similar", "any")]).await;
        pages.push(Story::of(&world, &cast, text).await.page);
    }
    let id = |page: &str| page.rsplit('/').next().unwrap_or_default().to_owned();
    let ids: Vec<String> = pages.iter().map(|page| id(page)).collect();
    let list = "/desk?sort=opened";
    let shown = |number: usize| format!("{list}&case={}", ids[number]);
    // The newest stands first. Receiving it leaves more to do on it, so it stays beside the list.
    let act = |number: usize, act: &str| format!("/cases/{}/{act}", ids[number]);
    let form = cast.acceptor.form(&shown(2), &act(2, "accept")).await;
    assert_eq!(cast.acceptor.send(&form).await.location, shown(2));
    // Once a keeper is asked, it is others' turn: the next one of the list follows.
    let mut form = cast.acceptor.form(&shown(2), &act(2, "ask-check")).await;
    form.choose("keeper", "林晓禾");
    assert_eq!(cast.acceptor.send(&form).await.location, shown(1));
    // At the list's end it is the one before.
    let mut form = cast.acceptor.form(&shown(0), &act(0, "decline")).await;
    form.put("reason", "too-vague");
    assert_eq!(cast.acceptor.send(&form).await.location, shown(1));

    // A refusal stays in the list, with what was typed.
    let mut form = cast.acceptor.form(&shown(1), &act(1, "decline")).await;
    form.put("reason", "");
    form.put("note", "请补充位置");
    let refused = cast.acceptor.send(&form).await;
    assert_eq!(refused.status, 422);
    let read = words(&refused.text);
    assert!(read.contains("请作出选择") && read.contains("请补充位置"), "{read}");
    assert!(refused.text.contains("id=\"list\"") && read.contains("全部在办"), "the list is still there: {read}");
    assert_eq!(Form::find(&refused.text, &act(1, "accept")).expect("a form").value("stay"), shown(1));

    // A list of another room, or of another site, is no place to go.
    for (stay, next) in
        [("/department?case=1", "https://elsewhere.example/"), ("//elsewhere.example?case=1", "/\\elsewhere")]
    {
        let mut form = form.clone();
        form.put("stay", stay);
        form.put("next", next);
        let refused = cast.acceptor.send(&form).await;
        assert_eq!(refused.status, 422);
        assert!(!refused.text.contains("id=\"list\""), "{stay}");
    }
    let mut form = cast.acceptor.form(&shown(1), &act(1, "accept")).await;
    form.put("stay", "//elsewhere.example?case=1");
    form.put("next", "//elsewhere.example");
    assert_eq!(cast.acceptor.send(&form).await.location, pages[1], "nobody is sent to another site");
});
