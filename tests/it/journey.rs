//! The main job through HTTP as browsers do it, by the invented city's own people: a citizen's photo becomes a closed case
//! that the citizen rates, and every other way a case may take.

use crate::on_both;
use crate::people::sign_in;
use crate::world::{Visitor, World, location};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use std::time::Duration;

const PASSWORD: &str = "Wanglan-2026";
/// A unit grid of the invented city; 周沐阳 (keeper2) or 林晓禾 (keeper1) watches over it.
const CELL: &str = "990100001001002";
const DRAINS: &str = "市政设施维护中心";

/// A picture of the invented city.
fn picture(scene: &str) -> Part {
    let path = format!("{}/demo/photos/{scene}.jpg", env!("CARGO_MANIFEST_DIR"));
    Part::bytes(std::fs::read(path).expect("a picture")).file_name(format!("{scene}.jpg"))
}

/// A page as a reader sees its letters.
fn plain(page: &str) -> String {
    page.replace("&#x2f;", "/").replace("&amp;", "&").replace("&quot;", "\"")
}

/// The form of a page that posts to an address ending so.
fn form<'a>(page: &'a str, ending: &str) -> &'a str {
    let at = page.find(&format!("{ending}\"")).unwrap_or_else(|| panic!("there is no form {ending} in {page}"));
    let start = page[..at].rfind("<form").expect("the form begins");
    let end = page[at..].find("</form>").expect("the form ends");
    &page[start..at + end]
}

/// The value of a select's option, by what people read.
fn option(form: &str, label: &str) -> String {
    let at = form.find(&format!(">{label}")).unwrap_or_else(|| panic!("{label} is not among the choices: {form}"));
    let before = &form[..at];
    let from = before.rfind("value=\"").expect("a value") + 7;
    before[from..].chars().take_while(|letter| *letter != '"').collect()
}

/// What a form carries hidden under a name.
fn hidden(form: &str, name: &str) -> String {
    let from = form.find(&format!("name=\"{name}\" value=\"")).expect("a hidden field") + name.len() + 15;
    form[from..].chars().take_while(|letter| *letter != '"').collect()
}

/// What somebody got for a form.
struct Answer {
    status: StatusCode,
    page: String,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Answer {
        let status = response.status();
        let page = plain(&response.text().await.unwrap_or_default());
        assert!(!status.is_server_error(), "{page}");
        Answer { status, page }
    }

    fn done(&self) {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.page);
    }

    /// Refused with a sentence, not with a bare number.
    fn refused(&self, sentence: &str) {
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", self.page);
        assert!(self.page.contains(sentence), "{sentence} is not said: {}", self.page);
    }

    fn is_hidden(&self) {
        assert_eq!(self.status, StatusCode::NOT_FOUND, "{}", self.page);
    }
}

async fn posted(visitor: &Visitor, path: &str, form: Form) -> reqwest::Response {
    let request = visitor.client.post(format!("{}{path}", visitor.base)).header("origin", visitor.base.clone());
    request.multipart(form).send().await.expect("an answer")
}

/// One of the city's people at work on cases.
struct Worker(Visitor);

impl Worker {
    async fn page(&self, path: &str) -> String {
        plain(&self.0.page(path).await)
    }

    /// Sends a form of the case's page, with what it carries hidden.
    async fn act(&self, case: &str, step: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.page(case).await;
        let form = form(&page, &format!("{case}/{step}"));
        if form.contains("multipart/form-data") {
            return self.show(case, step, fields, None).await;
        }
        let mut all = vec![("revision", hidden(form, "revision"))];
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.send(case, step, &all).await
    }

    /// Sends a form whether the page offers it or not.
    async fn send(&self, case: &str, step: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::of(self.0.post(&format!("{case}/{step}"), fields).await).await
    }

    /// Sends a form with a photo.
    async fn show(&self, case: &str, step: &str, fields: &[(&str, &str)], scene: Option<&str>) -> Answer {
        let page = self.page(case).await;
        let offered = form(&page, &format!("{case}/{step}"));
        let mut sent = Form::new().text("revision", hidden(offered, "revision"));
        for (name, value) in fields {
            sent = sent.text((*name).to_owned(), (*value).to_owned());
        }
        if let Some(scene) = scene {
            sent = sent.part("photos", picture(scene));
        }
        Answer::of(posted(&self.0, &format!("{case}/{step}"), sent).await).await
    }

    /// The value of a choice in a form of the case's page.
    async fn choice(&self, case: &str, step: &str, label: &str) -> String {
        option(form(&self.page(case).await, &format!("{case}/{step}")), label)
    }
}

/// The people of a city whom a case meets.
struct People {
    acceptor: Worker,
    leader: Worker,
    dispatcher: Worker,
    keeper: Worker,
    verifier: Worker,
    desk: Worker,
    crew: Worker,
    garden: Worker,
}

impl People {
    async fn of(world: &World) -> People {
        world.settle().await;
        let enter = async |login: &str| {
            let (visitor, answer) = sign_in(world, login, PASSWORD).await;
            assert_eq!(answer.status(), 303, "{login} signs in");
            Worker(visitor)
        };
        People {
            acceptor: enter("acceptor1").await,
            leader: enter("shift1").await,
            dispatcher: enter("dispatcher1").await,
            keeper: enter("keeper1").await,
            verifier: enter("keeper2").await,
            desk: enter("desk-municipal").await,
            crew: enter("crew-drain").await,
            garden: enter("desk-garden").await,
        }
    }

    /// The case that the desk finds for these words.
    async fn find(&self, words: &str) -> String {
        for _ in 0..100 {
            let page = self.acceptor.page("/desk?sort=opened").await;
            let mut parts = page.split("case=").skip(1);
            let ids = parts.by_ref().map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>());
            for id in ids.collect::<std::collections::BTreeSet<_>>() {
                let case = format!("/cases/{id}");
                if self.acceptor.page(&case).await.contains(&format!("class=\"words\">{words}")) {
                    return case;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the desk does not find {words}");
    }

    /// From the desk to a filed case.
    async fn file(&self, case: &str) {
        self.acceptor.act(case, "accept", &[]).await.done();
        let keeper = self.acceptor.choice(case, "ask-check", "林晓禾").await;
        self.acceptor.act(case, "ask-check", &[("keeper", &keeper)]).await.done();
        self.keeper.act(case, "check", &[("found", "yes"), ("note", "现场属实")]).await.done();
        let standard = self.first_standard(case).await;
        self.acceptor.act(case, "file", &[("standard", &standard)]).await.done();
    }

    /// The first filing condition that the form offers.
    async fn first_standard(&self, case: &str) -> String {
        let page = self.acceptor.page(case).await;
        let form = form(&page, &format!("{case}/file"));
        let list = &form[form.find("name=\"standard\"").expect("filing conditions to choose")..];
        let mut values = list.split("value=\"").skip(1);
        let value = values.find_map(|part| part.split('"').next().filter(|value| !value.is_empty()));
        value.expect("a filing condition").to_owned()
    }

    /// From a filed case to work in a crew's hands.
    async fn hand_out(&self, case: &str) {
        let works = self.dispatcher.choice(case, "dispatch", DRAINS).await;
        self.dispatcher.act(case, "dispatch", &[("department", &works)]).await.done();
        let hands = self.desk.choice(case, "assign", "石海生").await;
        self.desk.act(case, "assign", &[("crew", &hands)]).await.done();
        self.crew.act(case, "take", &[]).await.done();
    }

    /// From work in a crew's hands to the keeper who is to verify it.
    async fn finish(&self, case: &str, scene: &str) {
        self.crew.show(case, "hand-in", &[("note", "已更换井盖")], Some(scene)).await.done();
        self.desk.act(case, "feed-back", &[]).await.done();
        let verifier = self.acceptor.choice(case, "ask-verification", "周沐阳").await;
        self.acceptor.act(case, "ask-verification", &[("keeper", &verifier)]).await.done();
    }

    /// The whole straight way to a closed case.
    async fn close(&self, case: &str) {
        self.file(case).await;
        self.hand_out(case).await;
        self.finish(case, "manhole-after").await;
        self.verifier.show(case, "verify", &[("passed", "yes")], Some("manhole-after")).await.done();
        self.acceptor.act(case, "close", &[]).await.done();
    }
}

/// A citizen's report with a photo, by the form; answers its page.
async fn report(citizen: &Visitor, world: &World, words: &str) -> String {
    let page = citizen.page("/report").await;
    let key = hidden(&page, "key");
    let place = world.app.grid().place_in(CELL).expect("a place");
    let filled = || {
        Form::new()
            .text("key", key.clone())
            .text("words", words.to_owned())
            .text("address", "书院路 12 号")
            .text("lon", place.lon.to_string())
            .text("lat", place.lat.to_string())
            .text("coordinates", "wgs84")
            .part("photos", picture("manhole-before"))
    };
    let first = posted(citizen, "/report", filled()).await;
    assert_eq!(first.status(), 303, "{}", first.text().await.unwrap_or_default());
    let second = posted(citizen, "/report", filled()).await;
    assert_eq!(location(&first), location(&second), "the same form sent twice is one report");
    let track = location(&first);
    track.split('?').next().unwrap_or(&track).to_owned()
}

/// How many photos a page shows.
fn photos(page: &str) -> usize {
    let addresses = page.split("/photos/").skip(1).filter_map(|part| part.split(['/', '"']).next());
    addresses.collect::<std::collections::BTreeSet<_>>().len()
}

/// How many lines the history of a page has.
fn lines(page: &str) -> usize {
    page.matches("timeline-title").count()
}

on_both!(a_photo_becomes_a_closed_rated_case, |world: World| async move {
    let people = People::of(&world).await;
    let citizen = world.visitor();
    let track = report(&citizen, &world, "书院路井盖破损，有安全隐患").await;
    let case = people.find("书院路井盖破损，有安全隐患").await;
    let read = async || plain(&citizen.page(&track).await);
    let mut told = lines(&people.leader.page(&case).await);
    let mut grown = async |case: &str| {
        let now = lines(&people.leader.page(case).await);
        assert!(now >= told, "history only grows");
        told = now;
    };

    // Nobody but the desk knows of it yet.
    assert!(read().await.contains("市民上报") && !read().await.contains("已受理</"));
    assert_eq!(people.desk.0.get(&case).await.status(), 404);
    assert_eq!(people.crew.0.get(&case).await.status(), 404);

    people.file(&case).await;
    grown(&case).await;
    let page = read().await;
    assert!(page.contains("已受理") && page.contains("已立案"), "{page}");
    assert!(page.contains("立案派遣后，这里会写明"), "{page}");

    people.hand_out(&case).await;
    grown(&case).await;
    let page = read().await;
    assert!(
        page.contains("承诺 2026-03-10") && !page.contains("立案派遣后，这里会写明"),
        "the promise is shown: {page}"
    );
    // Another department does not know of it: neither page nor acts.
    assert_eq!(people.garden.0.get(&case).await.status(), 404);
    for step in ["assign", "return", "feed-back", "redo"] {
        people.garden.send(&case, step, &[("crew", "1"), ("reason", "not-our-duty")]).await.is_hidden();
    }

    // Without a photo nothing is handed in, and the words stay.
    let bare = people.crew.show(&case, "hand-in", &[("note", "井盖已经换好")], None).await;
    bare.refused("请附上处置后的照片");
    assert!(bare.page.contains("井盖已经换好"));

    people.finish(&case, "manhole-after").await;
    grown(&case).await;
    // Whoever handled it does not verify it: it is not even theirs to see a form for, and an address typed by hand fails.
    assert_eq!(people.crew.send(&case, "verify", &[("passed", "yes")]).await.status, StatusCode::FORBIDDEN);
    let typed = Form::new().text("passed", "yes");
    Answer::of(posted(&people.keeper.0, &format!("{case}/verify"), typed).await).await.is_hidden();
    people
        .verifier
        .show(&case, "verify", &[("passed", "yes"), ("note", "现场已恢复")], Some("manhole-after"))
        .await
        .done();
    grown(&case).await;
    people.acceptor.act(&case, "close", &[]).await.done();
    grown(&case).await;

    let page = read().await;
    for said in ["已派遣责任部门", "处置人员已接单", "处置完成，已提交照片", "现场核查通过", "已结案"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(photos(&page) >= 2, "before and after: {page}");
    assert!(!page.contains("石海生") && !page.contains("现场属实"), "who said what inside stays inside: {page}");

    // The citizen rates once.
    let rating = [("response", "5"), ("solved", "yes"), ("satisfaction", "4"), ("words", "很快")];
    Answer::of(citizen.post(&format!("{track}/rate"), &rating).await).await.done();
    assert!(read().await.contains("您已评价，谢谢。"));
    let again = Answer::of(citizen.post(&format!("{track}/rate"), &rating).await).await;
    assert_ne!(again.status, StatusCode::SEE_OTHER, "a second rating: {}", again.page);
    assert!(people.leader.page(&case).await.contains("已结案"));

    // Nothing more is done to a closed case.
    let late = people.dispatcher.send(&case, "dispatch", &[("department", "1")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", late.page);
    let late = people.leader.send(&case, "void", &[("reason", "test")]).await;
    late.refused("请刷新后查看");

    // And asks to reopen it: it runs once more, to the end.
    let words = Form::new().text("words", "井盖又松了，晚上很响").part("photos", picture("manhole-before"));
    Answer::of(posted(&citizen, &format!("{track}/reopen"), words).await).await.done();
    for _ in 0..100 {
        if people.dispatcher.page(&case).await.contains(&format!("{case}/dispatch")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    people.hand_out(&case).await;
    people.finish(&case, "manhole-after").await;
    people.verifier.act(&case, "verify", &[("passed", "yes")]).await.done();
    people.acceptor.act(&case, "close", &[]).await.done();
    grown(&case).await;
    let page = read().await;
    assert!(page.contains("重新办理") && page.matches("已结案").count() >= 2, "{page}");
});

on_both!(work_that_does_not_pass_is_done_again, |world: World| async move {
    let people = People::of(&world).await;
    let citizen = world.visitor();
    let track = report(&citizen, &world, "井盖返工一案").await;
    let case = people.find("井盖返工一案").await;
    people.file(&case).await;

    // The first department says that it is not its duty; only with a reason.
    let garden = people.dispatcher.choice(&case, "dispatch", "园林绿化中心").await;
    people.dispatcher.act(&case, "dispatch", &[("department", &garden)]).await.done();
    people.garden.act(&case, "return", &[("reason", "")]).await.refused("请作出选择");
    people.garden.act(&case, "return", &[("reason", "not-our-duty"), ("note", "不是绿地")]).await.done();
    people.dispatcher.act(&case, "decide", &[("granted", "no"), ("note", "")]).await.refused("请写明理由");
    people.dispatcher.act(&case, "decide", &[("granted", "yes"), ("note", "同意")]).await.done();
    assert_eq!(people.garden.0.get(&case).await.status(), 404, "what was returned is no longer theirs");
    assert!(people.dispatcher.page(&case).await.contains("不是绿地"), "the dispatcher reads why");

    people.hand_out(&case).await;
    people.crew.show(&case, "hand-in", &[], Some("manhole-after")).await.done();
    // Its own desk is not content.
    people.desk.act(&case, "redo", &[("note", "照片看不清")]).await.done();
    people.finish(&case, "manhole-after").await;
    people
        .verifier
        .show(&case, "verify", &[("passed", "no"), ("note", "还在晃动")], Some("manhole-before"))
        .await
        .done();
    assert!(plain(&citizen.page(&track).await).contains("现场核查未通过，返工"));
    // The same department does it again.
    let hands = people.desk.choice(&case, "assign", "石海生").await;
    people.desk.act(&case, "assign", &[("crew", &hands)]).await.done();
    people.crew.act(&case, "take", &[]).await.done();
    people.finish(&case, "manhole-after").await;
    people.verifier.act(&case, "verify", &[("passed", "yes")]).await.done();
    people.acceptor.act(&case, "close", &[]).await.done();
    let page = people.leader.page(&case).await;
    for said in ["返工", "回退", "照片看不清", "还在晃动"] {
        assert!(page.contains(said), "{said}: {page}");
    }
});

on_both!(what_is_not_the_citys_is_declined_or_voided, |world: World| async move {
    let people = People::of(&world).await;
    let citizen = world.visitor();
    let track = report(&citizen, &world, "楼上邻居夜里唱歌").await;
    let case = people.find("楼上邻居夜里唱歌").await;
    people
        .acceptor
        .act(&case, "decline", &[("reason", ""), ("note", "写了一半的说明")])
        .await
        .refused("写了一半的说明");
    let told = [("reason", "not-ours"), ("note", "室内噪声请联系公安机关")];
    people.acceptor.act(&case, "decline", &told).await.done();
    let page = plain(&citizen.page(&track).await);
    assert!(page.contains("未受理") && page.contains("室内噪声请联系公安机关"), "{page}");

    let other = report(&world.visitor(), &world, "值班演练上报").await;
    let drill = people.find("值班演练上报").await;
    assert_eq!(
        people.acceptor.send(&drill, "void", &[("reason", "test")]).await.status,
        StatusCode::FORBIDDEN,
        "an acceptor voids nothing"
    );
    people.leader.act(&drill, "void", &[("reason", "")]).await.refused("请作出选择");
    people.leader.act(&drill, "void", &[("reason", "test"), ("note", "演练结束")]).await.done();
    assert!(plain(&citizen.page(&other).await).contains("作废"));
});

on_both!(two_reports_of_one_problem_end_together, |world: World| async move {
    let people = People::of(&world).await;
    let (one, other) = (world.visitor(), world.visitor());
    let first = report(&one, &world, "井盖破损甲报").await;
    let case = people.find("井盖破损甲报").await;
    let key = hidden(&other.page("/report").await, "key");
    let place = world.app.grid().place_in(CELL).expect("a place");
    // The second is asked whether it is the same; it says no, and the desk knows better.
    let filled = |seen: &str| {
        Form::new()
            .text("key", key.clone())
            .text("similar", seen.to_owned())
            .text("words", "井盖破损乙报")
            .text("lon", place.lon.to_string())
            .text("lat", place.lat.to_string())
            .text("coordinates", "wgs84")
    };
    let asked = posted(&other, "/report", filled("")).await;
    let second = if asked.status() == 303 {
        location(&asked)
    } else {
        let page = plain(&asked.text().await.expect("a page"));
        assert!(page.contains("井盖破损甲报") || page.contains("井盖"), "{page}");
        location(&posted(&other, "/report", filled(&hidden(&page, "similar"))).await)
    };
    let second = second.split('?').next().unwrap_or_default().to_owned();
    let twin = people.find("井盖破损乙报").await;
    let into = case.rsplit('/').next().expect("an identifier").to_owned();
    people.acceptor.act(&twin, "merge", &[("into", &into)]).await.done();
    people.close(&case).await;
    for (citizen, track) in [(&one, &first), (&other, &second)] {
        assert!(plain(&citizen.page(track).await).contains("已结案"), "both read the end");
        let rating = [("response", "5"), ("solved", "yes"), ("satisfaction", "5")];
        Answer::of(citizen.post(&format!("{track}/rate"), &rating).await).await.done();
    }
});

on_both!(a_form_sent_twice_acts_once, |world: World| async move {
    let people = People::of(&world).await;
    report(&world.visitor(), &world, "双击提交一案").await;
    let case = people.find("双击提交一案").await;
    let page = people.acceptor.page(&case).await;
    let revision = hidden(form(&page, &format!("{case}/accept")), "revision");
    people.acceptor.send(&case, "accept", &[("revision", &revision)]).await.done();
    // An impatient finger is no mistake: it leads where the first one led.
    people.acceptor.send(&case, "accept", &[("revision", &revision)]).await.done();
    let other = [("revision", revision.as_str()), ("note", "另一张表")];
    people.acceptor.send(&case, "accept", &other).await.refused("请");
    assert_eq!(people.leader.page(&case).await.matches("受理</p>").count(), 1, "received once");
    // A form from another place does nothing.
    let url = format!("{}{case}/ask-check", world.base);
    let forged =
        people.acceptor.0.client.post(url).header("origin", "https://elsewhere.example").form(&[("keeper", "")]);
    assert_eq!(forged.send().await.expect("an answer").status(), 403);
    // Nobody in particular is signed in.
    let stranger = world.visitor().get(&case).await;
    assert_eq!((stranger.status().as_u16(), location(&stranger).contains("/sign-in")), (303, true));
});
