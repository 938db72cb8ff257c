//! The side branches of a case by the pages' own forms: what is asked for and who decides it, what waits and goes on by
//! itself, orders, parts, what a keeper mends on the spot, and appeals. Each ends with the log making the case again.

use crate::browser::{Browser, Form, photo, plain, words};
use crate::on_both;
use crate::restless::is_made_again;
use crate::stories::{CELL, Cast, Citizen, Story};
use crate::world::{On, World};
use steward::cases::watching;
use steward::kit::id::Id;
use steward::kit::sources::Sources;

const DAY: i64 = 24 * 3_600_000;

impl Story<'_> {
    fn id(&self) -> Id {
        self.page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a case")
    }

    /// Decides what was asked for, by one of the two buttons.
    async fn decides(&mut self, who: &Browser, granted: &str, note: &str) {
        let mut form = self.form(who, "decide", &[("note", note)]).await;
        form.put("granted", granted);
        self.sends(who, form).await;
    }

    /// Decides about striking off that was asked for.
    async fn decides_void(&mut self, who: &Browser, granted: &str, note: &str) {
        let mut form = self.form(who, "decide-void", &[("note", note)]).await;
        form.put("granted", granted);
        self.sends(who, form).await;
    }

    /// Time passes; whoever was signed in signs in again.
    async fn passes(&mut self, milliseconds: i64) -> Cast {
        self.world.clock.set(self.world.clock.now().plus(milliseconds));
        watching::sweep(&self.world.app).await.expect("the clocks");
        let cast = Cast::of(self.world).await;
        self.leader = cast.leader.clone();
        cast
    }
}

async fn filed<'a>(world: &'a World, cast: &Cast, text: &str) -> (Citizen, Story<'a>) {
    let citizen = Citizen::reports(world, text, &[("address", "望澜路 18 号")]).await;
    let mut story = Story::of(world, cast, text).await;
    story.is_filed(cast).await;
    (citizen, story)
}

on_both!(a_return_is_decided_and_the_second_one_for_good, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (citizen, mut story) = filed(&world, &cast, "井盖不知道归谁").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    story.does(&cast.desk, "return", &[("reason", "not-our-duty"), ("note", "这是燃气井盖")]).await;
    story.stands("待裁定").await;
    // It shows in the dispatcher's list, and the dispatcher reads what is asked for.
    let list = cast.dispatcher.reads("/desk?branch=decide").await;
    assert!(list.contains("待裁定：回退") && list.contains("井盖不知道归谁"), "{list}");
    let page = cast.dispatcher.reads(&story.page).await;
    assert!(page.contains("非本部门职责") && page.contains("计时已暂停"), "{page}");
    assert!(cast.dispatcher.reads("/notices").await.contains("部门申请回退，请裁定"));
    // Refusing wants a reason, and what was typed is still there.
    let mut bare = story.form(&cast.dispatcher, "decide", &[]).await;
    bare.put("granted", "no");
    story.refuses(&cast.dispatcher, &bare, "请写明理由").await;
    story.decides(&cast.dispatcher, "no", "现场标牌是市政").await;
    assert!(cast.desk.reads("/notices").await.contains("现场标牌是市政"));

    // The second time it is the shift leader's to decide, for good.
    story.does(&cast.desk, "return", &[("reason", "wrong-place"), ("note", "已请燃气公司确认")]).await;
    assert!(Form::find(&cast.dispatcher.page(&story.page).await, &story.at("decide")).is_none());
    story.decides(&cast.shift, "no", "由市政先行处置，再行追偿").await;
    let page = cast.desk.page(&story.page).await;
    assert!(Form::find(&page, &story.at("return")).is_none(), "no third time");
    is_made_again(&world, story.id()).await;
    // Nothing of this quarrel is the citizen's to read.
    let read = citizen.reads().await;
    assert!(!read.contains("燃气") && !read.contains("追偿"), "{read}");
});

on_both!(what_nobody_owns_falls_to_the_street, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "没有人认领的井盖").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    story.does(&cast.desk, "return", &[("reason", "not-our-duty")]).await;
    story.decides(&cast.dispatcher, "yes", "同意").await;
    // A dispatcher gives it to the unit of the place, and to no other.
    let mut wrong = cast.dispatcher.form(&story.page, &story.at("territory")).await;
    wrong.choose("territory", "新港街道办事处");
    story.refuses(&cast.dispatcher, &wrong, "只能交给案卷所在地的属地单位").await;
    // The street of the place is offered first.
    let form = cast.dispatcher.form(&story.page, &story.at("territory")).await;
    assert!(!form.value("territory").is_empty(), "the territorial unit is known");
    story.sends(&cast.dispatcher, form).await;
    story.stands("待处置").await;
    let office = Browser::signed_in(&world, "desk-gudu").await;
    let page = office.page(&story.page).await;
    assert!(words(&page).contains("属地兜底"), "{}", words(&page));
    assert!(Form::find(&page, &story.at("return")).is_none(), "the territory keeps it");
    assert_eq!(cast.desk.look(&story.page).await.status, 404);
    is_made_again(&world, story.id()).await;
});

on_both!(more_time_is_asked_for_with_a_document, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (citizen, mut story) = filed(&world, &cast, "井盖要定做").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let fields = [("reason", "materials"), ("amount", "1"), ("note", "井盖要定做")];
    let bare = story.form(&cast.desk, "postpone", &fields).await;
    story.refuses(&cast.desk, &bare, "请附上说明材料").await;
    let mut much = story.form(&cast.desk, "postpone", &fields).await;
    much.put("amount", "900");
    much.attach("document.jpg", photo("bin-before"));
    story.refuses(&cast.desk, &much, "须在 1 到原处置时限之间").await;
    story.shows(&cast.desk, "postpone", &fields, "bin-before").await;
    let before = citizen.reads().await;
    // The document is for those who see the case: not for citizens, not for another department.
    let page = plain(&cast.dispatcher.page(&story.page).await);
    let photos: Vec<&str> = page.split("\"/photos/").skip(1).filter_map(|rest| rest.split('/').next()).collect();
    let document = photos.iter().max_by_key(|id| id.parse::<i64>().unwrap_or(0)).expect("its photo");
    let document = format!("/photos/{document}/large");
    let (other, nobody) = (Browser::signed_in(&world, "desk-garden").await, Browser::new(&world));
    for (who, status) in [(&cast.dispatcher, 200), (&cast.desk, 200), (&other, 404), (&nobody, 404)] {
        let answer = who.visitor.client.get(format!("{}{document}", who.visitor.base)).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{document}");
    }
    story.decides(&cast.shift, "yes", "同意").await;
    let after = citizen.reads().await;
    assert!(after.contains("处置时限延长") && after != before, "{after}");
    assert!(cast.desk.reads(&story.page).await.contains("延长"));
    is_made_again(&world, story.id()).await;
    // Once the limit has passed there is no more asking.
    let cast = story.passes(40 * DAY).await;
    let page = cast.desk.page(&story.page).await;
    assert!(Form::find(&page, &story.at("postpone")).is_none());
    assert!(words(&page).contains("已超时"), "{}", words(&page));
    assert!(cast.desk.reads("/notices").await.contains("已超时"));
    is_made_again(&world, story.id()).await;
});

on_both!(a_stamped_letter_may_come_as_a_pdf, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (citizen, mut story) = filed(&world, &cast, "井盖要等厂家").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let fields = [("reason", "materials"), ("amount", "1"), ("note", "厂家来函见附件")];
    let mut wrong = story.form(&cast.desk, "postpone", &fields).await;
    wrong.attach("letter.pdf", b"<html>not a letter</html>".to_vec());
    story.refuses(&cast.desk, &wrong, "这个文件不是 PDF").await;
    let mut form = story.form(&cast.desk, "postpone", &fields).await;
    let letter = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec();
    form.attach("letter.pdf", letter.clone());
    story.sends(&cast.desk, form).await;
    // Whoever decides opens it from the form, and gets what was handed in, byte for byte, as a download.
    let page = cast.dispatcher.page(&story.page).await;
    let at = page.find(&format!("{}/documents/", story.page)).expect("the letter's address");
    let address: String = page[at..].chars().take_while(|c| *c != '"').collect();
    assert!(words(&page).contains("letter.pdf"), "{}", words(&page));
    let visitor = &cast.dispatcher.visitor;
    let answer = visitor.client.get(format!("{}{address}", visitor.base)).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let disposition = answer.headers()["content-disposition"].to_str().expect("text").to_owned();
    assert!(disposition.starts_with("attachment;"), "{disposition}");
    assert_eq!(answer.bytes().await.expect("bytes"), letter);
    // Another department has no such case, another case no such letter, and the citizen nothing at all.
    let other = Browser::signed_in(&world, "desk-garden").await;
    assert_eq!(other.look(&address).await.status, 404);
    assert!(!citizen.reads().await.contains("letter.pdf"));
    let (_, second) = filed(&world, &cast, "另一个井盖").await;
    let strange = address.replace(&story.page, &second.page);
    assert_eq!(cast.dispatcher.look(&strange).await.status, 404);
    is_made_again(&world, story.id()).await;
});

on_both!(a_suspended_case_goes_on_by_itself, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (citizen, mut story) = filed(&world, &cast, "行道树死了一棵，井盖边上").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let mut past = story.form(&cast.desk, "suspend", &[("reason", "seasonal"), ("note", "等植树季")]).await;
    past.put("until", "2025-01-01");
    story.refuses(&cast.desk, &past, "日期须在今天之后").await;
    past.put("until", "2028-01-01");
    story.refuses(&cast.desk, &past, "挂账最长一年").await;
    past.put("until", "someday");
    story.refuses(&cast.desk, &past, "请作出选择").await;
    story.does(&cast.desk, "suspend", &[("reason", "seasonal"), ("until", "2026-04-01"), ("note", "等植树季")]).await;
    assert!(
        Form::find(&cast.dispatcher.page(&story.page).await, &story.at("decide")).is_none(),
        "not the dispatcher's"
    );
    story.decides(&cast.shift, "yes", "同意挂账").await;
    story.stands("挂账至 2026-04-01").await;
    let read = citizen.reads().await;
    assert!(read.contains("暂缓办理") && read.contains("受季节限制"), "{read}");
    assert!(cast.shift.reads("/desk?branch=suspended").await.contains("行道树死了一棵"));
    drop(story.passes(21 * DAY).await);
    story.stands("挂账至").await;
    let cast = story.passes(DAY).await;
    assert!(story.grown().await >= 1, "it has gone on");
    let page = story.leader.page(&story.page).await;
    assert!(words(&page).contains("恢复计时") && !words(&page).contains("挂账至"), "{}", words(&page));
    assert!(citizen.reads().await.contains("恢复办理"));
    assert!(Form::find(&cast.desk.page(&story.page).await, &story.at("suspend")).is_none(), "once");
    is_made_again(&world, story.id()).await;
});

on_both!(an_order_shows_until_it_is_answered, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (citizen, mut story) = filed(&world, &cast, "领导关心的井盖").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let empty = story.form(&cast.leader, "supervise", &[("words", "")]).await;
    story.refuses(&cast.leader, &empty, "").await;
    story.does(&cast.leader, "supervise", &[("words", "今晚以前必须封好")]).await;
    story.stands("督办待答复").await;
    story.stands("待处置").await;
    for who in [&cast.desk, &cast.dispatcher, &cast.acceptor] {
        assert!(who.reads(&story.page).await.contains("今晚以前必须封好"));
    }
    assert!(cast.shift.reads("/desk?branch=supervised").await.contains("领导关心的井盖"));
    story.does(&cast.desk, "answer-order", &[("words", "已派人，两小时内封好")]).await;
    let page = cast.leader.reads(&story.page).await;
    assert!(page.contains("已派人，两小时内封好") && !page.contains("督办待答复"), "{page}");
    assert!(cast.leader.reads("/notices").await.contains("督办已答复"));
    assert!(!citizen.reads().await.contains("封好"), "orders stay inside");
    is_made_again(&world, story.id()).await;
});

on_both!(a_problem_of_several_departments_is_split, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (citizen, mut story) = filed(&world, &cast, "井盖坏了，树也倒了").await;
    let one = story.form(&cast.dispatcher, "split", &[("department_1", "市政设施维护中心")]).await;
    story.refuses(&cast.dispatcher, &one, "二至十个").await;
    let fields = [
        ("department_1", "市政设施维护中心"),
        ("words_1", "换井盖"),
        ("department_2", "园林绿化中心"),
        ("words_2", "移走倒树"),
    ];
    story.does(&cast.dispatcher, "split", &fields).await;
    story.stands("分办中").await;
    let read = citizen.reads().await;
    assert!(read.contains("多个部门分头办理") && read.contains("承诺 2026-"), "{read}");
    let whole = cast.dispatcher.page(&story.page).await;
    let parts: Vec<String> = ["换井盖", "移走倒树"].iter().map(|title| part(&whole, title)).collect();
    let garden = Browser::signed_in(&world, "desk-garden").await;
    assert_eq!(garden.look(&parts[0]).await.status, 404, "each sees its own part");
    let mut first = Story::at_page(&world, &cast, &parts[0]).await;
    // A part that gets more time moves the whole's promise; the part's own moment is nobody's promise.
    let promise = |read: &str| read.split("承诺 ").nth(1).map(|rest| rest.chars().take(16).collect::<String>());
    let before = promise(&citizen.reads().await);
    second_asks_for_time(&world, &cast, &garden, &parts[1]).await;
    let read = citizen.reads().await;
    assert!(read.contains("其中一个部门的处置时限延长") && read.contains("总的办理时限有变动"), "{read}");
    assert_ne!(promise(&read), before, "{read}");
    // What one of them has done is shown when it is handed in, with its photograph for everybody.
    assert!(!citizen.reads().await.contains("处置后"));
    first.is_worked_on(&cast).await;
    let page = citizen.browser.page(&citizen.track).await;
    let read = words(&page);
    assert!(read.contains("其中一个部门已处置完成") && read.contains("处置后"), "{read}");
    assert!(!read.contains("井盖已更换"), "what is said inside stays inside: {read}");
    let after = crate::browser::plain(&page);
    for photo in after.split("/photos/").skip(1).filter_map(|rest| rest.split('/').next()) {
        assert_eq!(Browser::new(&world).look(&format!("/photos/{photo}/small")).await.status, 200, "{photo}");
    }
    first.is_closed(&cast).await;
    story.grown().await;
    story.stands("分办中").await;
    assert!(Form::find(&cast.acceptor.page(&story.page).await, &story.at("close")).is_none(), "one part is open");
    // The other part turns out to be nothing.
    let mut second = Story::at_page(&world, &cast, &parts[1]).await;
    second.does(&cast.shift, "void", &[("reason", "vanished")]).await;
    story.grown().await;
    story.stands("待结案").await;
    story.does(&cast.acceptor, "close", &[("note", "都办好了")]).await;
    assert!(citizen.reads().await.contains("都办好了"));
    for id in [story.id(), first.id(), second.id()] {
        is_made_again(&world, id).await;
    }
});

/// The garden's desk asks for more time for its part, and has it.
async fn second_asks_for_time(world: &World, cast: &Cast, garden: &Browser, part: &str) {
    let mut story = Story::at_page(world, cast, part).await;
    let fields = [("reason", "weather"), ("amount", "1"), ("note", "台风")];
    story.shows(garden, "postpone", &fields, "bin-before").await;
    story.decides(&cast.shift, "yes", "同意").await;
}

/// The address of a part with this title.
fn part(page: &str, title: &str) -> String {
    let plain = crate::browser::plain(page);
    let links = plain.split("<a href=\"").skip(1);
    links
        .filter_map(|link| link.split_once("</a>"))
        .find(|(link, _)| link.contains(title))
        .and_then(|(link, _)| link.split('"').next().map(str::to_owned))
        .expect("a link to the part")
}

on_both!(a_keeper_mends_a_small_thing_on_the_spot, |world: World| async move {
    let cast = Cast::of(&world).await;
    let mut form = cast.keeper.form("/report", "/report").await;
    for (name, value) in [("words", "人行道上一个纸箱"), ("address", "望澜路 3 号"), ("cell", CELL)] {
        form.put(name, value);
    }
    form.attach("before.jpg", photo("waste-before"));
    assert_eq!(cast.keeper.send(&form).await.status, 303);
    let mut story = Story::of(&world, &cast, "人行道上一个纸箱").await;
    assert!(cast.keeper.reads("/field").await.contains("我的上报"));
    let other = Browser::signed_in(&world, "keeper2").await;
    assert_eq!(other.look(&story.page).await.status, 404, "another keeper has nothing to do with it");
    let bare = story.form(&cast.keeper, "self-handle", &[("note", "已扔进垃圾箱")]).await;
    story.refuses(&cast.keeper, &bare, "处置前和处置后的照片").await;
    story.shows(&cast.keeper, "self-handle", &[("note", "已扔进垃圾箱")], "waste-after").await;
    let page = cast.acceptor.reads(&story.page).await;
    assert!(page.contains("采集员当场处置"), "{page}");
    // Some are looked at by another keeper; this one is, or is closed.
    if page.contains("待核查") {
        story.does(&cast.acceptor, "ask-verification", &[("keeper", "周沐阳")]).await;
        story.does(&other, "verify", &[("passed", "yes")]).await;
        story.does(&cast.acceptor, "close", &[]).await;
    }
    story.stands("已结案").await;
    assert!(cast.acceptor.reads(&story.page).await.contains("采集员已当场处置"));
    is_made_again(&world, story.id()).await;
});

on_both!(what_cannot_be_mended_is_closed_by_force_and_says_so, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (citizen, mut story) = filed(&world, &cast, "铁路边的井盖").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let mut bare = story.form(&cast.shift, "force-close", &[("reason", "out-of-reach")]).await;
    bare.put("note", "");
    story.refuses(&cast.shift, &bare, "请写明理由").await;
    assert!(Form::find(&cast.acceptor.page(&story.page).await, &story.at("force-close")).is_none());
    story.does(&cast.shift, "force-close", &[("reason", "out-of-reach"), ("note", "已函告铁路部门")]).await;
    let read = citizen.reads().await;
    assert!(read.contains("问题未能解决") && read.contains("已函告铁路部门") && !read.contains("已解决"), "{read}");
    is_made_again(&world, story.id()).await;
});

on_both!(a_late_department_appeals_once_and_two_look, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "等配件的井盖").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let cast = story.passes(30 * DAY).await;
    story.grown().await;
    story.is_worked_on(&cast).await;
    story.is_closed(&cast).await;
    story.does(&cast.desk, "appeal", &[("reason", "waited-for-others"), ("note", "配件由供电公司提供")]).await;
    assert!(cast.shift.reads("/desk?branch=decide").await.contains("待复核：超时申诉"));
    for who in [&cast.shift, &cast.leader] {
        let mut form = story.form(who, "review-appeal", &[("note", "属实")]).await;
        form.put("accepts", "yes");
        story.sends(who, form).await;
        assert!(Form::find(&who.page(&story.page).await, &story.at("review-appeal")).is_none());
    }
    let page = cast.desk.reads(&story.page).await;
    assert!(page.contains("申诉成立，超时事实保留") && page.contains("已超时"), "{page}");
    assert!(Form::find(&cast.desk.page(&story.page).await, &story.at("appeal")).is_none(), "once");
    is_made_again(&world, story.id()).await;
});

on_both!(whoever_may_not_strike_off_asks_for_it, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "立错了的井盖").await;
    story.does(&cast.dispatcher, "ask-void", &[("reason", "filed-in-error"), ("note", "立错了")]).await;
    story.decides_void(&cast.shift, "no", "情况属实，继续办理").await;
    assert!(cast.dispatcher.reads("/notices").await.contains("作废未获同意"));
    story.stands("待派遣").await;
    story.does(&cast.dispatcher, "ask-void", &[("reason", "filed-in-error"), ("note", "确实立错了")]).await;
    story.decides_void(&cast.shift, "yes", "").await;
    story.stands("已作废").await;
    is_made_again(&world, story.id()).await;
});

on_both!(more_time_than_a_dispatcher_may_give_is_not_theirs_to_grant, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "井盖要等一个月").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    let mut form = story.form(&cast.desk, "postpone", &[("reason", "materials"), ("note", "等配件")]).await;
    // The whole limit once more: a dispatcher may give half of it.
    let page = cast.desk.page(&story.page).await;
    let amount = page.split("<input").find(|tag| tag.contains("name=\"amount\"")).expect("a field");
    let most = amount.split("max=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the most");
    form.put("amount", most);
    form.attach("document.jpg", photo("bin-before"));
    story.sends(&cast.desk, form).await;
    let page = crate::browser::plain(&cast.dispatcher.page(&story.page).await);
    let decide = Form::find(&page, &story.at("decide")).expect("what is asked for can be refused");
    let buttons = page.split(&format!("action=\"{}\"", story.at("decide"))).nth(1).unwrap_or_default();
    let buttons = buttons.split("</form>").next().unwrap_or_default();
    assert!(!buttons.contains("value=\"yes\"") && buttons.contains("value=\"no\""), "{buttons}");
    assert!(words(buttons).contains("超出您的权限") && words(buttons).contains("值班长"), "{}", words(buttons));
    assert!(!cast.dispatcher.reads("/notices").await.contains("申请延期"), "it was not the dispatcher's to hear of");
    let mut sent_by_hand = decide.clone();
    sent_by_hand.put("granted", "yes");
    story.refuses(&cast.dispatcher, &sent_by_hand, "须由上一级裁定").await;
    let page = cast.acceptor.reads(&story.page).await;
    assert!(page.contains("这项申请由以下岗位裁定：值班长"), "{page}");
    story.decides(&cast.shift, "yes", "同意").await;
    is_made_again(&world, story.id()).await;
});

on_both!(each_order_is_answered_and_spoken_of_by_itself, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "两位领导关心的井盖").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    story.does(&cast.leader, "supervise", &[("words", "先围挡"), ("answer_by", "2026-03-14T10:00")]).await;
    story.does(&cast.shift, "supervise", &[("words", "再换盖"), ("answer_by", "2026-03-12T10:00")]).await;
    let page = cast.desk.page(&story.page).await;
    let answer = format!("action=\"{}\"", story.at("answer-order"));
    assert_eq!(crate::browser::plain(&page).matches(&answer).count(), 2, "a form for each");
    let own = cast.shift.page(&story.page).await;
    assert_eq!(crate::browser::plain(&own).matches(&answer).count(), 1, "nobody answers themselves");
    let told = |read: String| read.matches("督办逾期未答复").count();
    let cast = story.passes(2 * DAY + 3_600_000).await;
    assert_eq!(told(cast.desk.reads("/notices").await), 1, "the second order is due first");
    drop(story.passes(0).await);
    let cast = story.passes(2 * DAY).await;
    assert_eq!(told(cast.desk.reads("/notices").await), 2, "each once");
    let mut form = story.form(&cast.desk, "answer-order", &[("words", "已换盖")]).await;
    form.put("number", "2");
    story.grown().await;
    story.sends(&cast.desk, form).await;
    story.stands("督办待答复").await;
    story.does(&cast.desk, "answer-order", &[("words", "已围挡")]).await;
    assert!(Form::find(&cast.desk.page(&story.page).await, &story.at("answer-order")).is_none());
    is_made_again(&world, story.id()).await;
});

on_both!(a_case_stays_open_while_a_whistle_about_it_is_blown, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "吹哨的井盖").await;
    let mut form = cast.dispatcher.form(&format!("/whistles/new?case={}", story.id()), "/whistles").await;
    for (name, value) in [("kind", "hard-problem"), ("words", "一起来看井盖"), ("lead", "1"), ("do", "blow")] {
        form.put(name, value);
    }
    form.choose("department-1", "园林绿化中心");
    let before = story.form(&cast.shift, "void", &[("reason", "test")]).await;
    let sent = cast.dispatcher.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let whistle = sent.location;
    story.grown().await;
    let page = cast.shift.page(&story.page).await;
    assert!(words(&page).contains("吹哨进行中") && crate::browser::plain(&page).contains(&whistle), "{}", words(&page));
    assert!(Form::find(&page, &story.at("void")).is_none() && Form::find(&page, &story.at("force-close")).is_none());
    // A form from before is refused, and the refusal names the whistle.
    let mut by_hand = before.without(&["revision"]);
    by_hand.put("note", "");
    let answer = cast.shift.send(&by_hand).await;
    assert!(answer.status == 422 && words(&answer.text).contains("还在进行"), "{}", words(&answer.text));
    // Nor is it merged away, or struck off on request.
    story.does(&cast.dispatcher, "ask-void", &[("reason", "filed-in-error")]).await;
    let page = cast.leader.page(&story.page).await;
    let decide = Form::find(&page, &story.at("decide-void")).expect("it can be refused");
    let mut grant = decide.clone();
    grant.put("granted", "yes");
    story.refuses(&cast.leader, &grant, "还在进行").await;
    is_made_again(&world, story.id()).await;

    // Its end lets the case go.
    let mut withdraw = cast.dispatcher.form(&whistle, &format!("{whistle}/withdraw")).await;
    withdraw.put("words", "已经解决");
    assert_eq!(cast.dispatcher.send(&withdraw).await.status, 303);
    story.grown().await;
    assert!(!cast.shift.reads(&story.page).await.contains("吹哨进行中"));
    is_made_again(&world, story.id()).await;
    story.does(&cast.shift, "void", &[("reason", "test")]).await;
    // Nobody is called about what is over.
    let mut again = form.clone();
    again.put("key", "another-key-of-the-form");
    let refused = cast.dispatcher.send(&again).await;
    assert!(refused.status == 422 && words(&refused.text).contains("这件案卷已经结束"), "{}", words(&refused.text));
});

/// The invented city with some of its files changed.
async fn city(on: On, change: impl Fn(&str, String) -> String) -> Option<(World, tempfile::TempDir)> {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["city.toml", "departments.csv", "people.csv", "keepers.csv", "catalog/responsibility.toml"] {
        let text = Sources::of_demo().text(name).expect("a file of the invented city");
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, change(name, text)).expect("a file");
    }
    for name in ["areas.geojson", "grids.geojson", "streets.geojson", "components.geojson", "layers.geojson"] {
        let text = Sources::of_demo().text(name).expect("the ground");
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let world = World::of(on, Sources::of_city(folder.path())).await?;
    Some((world, folder))
}

async fn nobody_knows_the_territory(on: On) {
    let without_ground = |name: &str, text: String| match name {
        "catalog/responsibility.toml" => {
            let rules: Vec<&str> = text.split("[[rule]]").collect();
            let kept = rules.into_iter().filter(|rule| !rule.contains("area = \"9"));
            kept.collect::<Vec<_>>().join("[[rule]]")
        }
        _ => text,
    };
    let Some((world, _folder)) = city(on, without_ground).await else { return };
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "没有人认领，也没有属地").await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    story.does(&cast.desk, "return", &[("reason", "not-our-duty")]).await;
    story.decides(&cast.dispatcher, "yes", "同意").await;
    // Nobody checks whom a dispatcher names, so it is not theirs to name.
    assert!(Form::find(&cast.dispatcher.page(&story.page).await, &story.at("territory")).is_none());
    let mut form = cast.shift.form(&story.page, &story.at("territory")).await;
    form.choose("territory", "新港街道办事处");
    story.refuses(&cast.dispatcher, &form, "请由值班长指定").await;
    story.sends(&cast.shift, form).await;
    story.stands("待处置").await;
    is_made_again(&world, story.id()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_territory_is_known_the_shift_leader_names_it() {
    nobody_knows_the_territory(On::Sqlite).await;
    nobody_knows_the_territory(On::Postgres).await;
}

async fn merging_needs_agreement(on: On) {
    let strict = |name: &str, text: String| match name {
        "city.toml" => text.replace("void = \"shift-leader, leader\"", "void = \"leader\""),
        _ => text,
    };
    let Some((world, _folder)) = city(on, strict).await else { return };
    let cast = Cast::of(&world).await;
    let (_, mut story) = filed(&world, &cast, "先报的井盖").await;
    let (second, mut late) = filed(&world, &cast, "后报的同一个井盖").await;
    let into = story.id().to_string();
    let form = late.form(&cast.acceptor, "merge", &[("into", into.as_str())]).await;
    late.sends(&cast.acceptor, form).await;
    late.stands("待派遣").await;
    assert!(!second.reads().await.contains("合并办理"), "nobody has agreed yet");
    assert!(cast.leader.reads(&late.page).await.contains("同意后并入"));
    // While it waits the earlier case may end: then it takes nobody any more.
    late.decides_void(&cast.leader, "yes", "同一个井盖").await;
    late.stands("已作废").await;
    story.grown().await;
    let read = second.reads().await;
    assert!(read.contains("合并办理") && read.contains("办理中") && !read.contains("已作废"), "{read}");
    is_made_again(&world, story.id()).await;
    is_made_again(&world, late.id()).await;
    story.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    assert!(second.reads().await.contains("承诺 2026-"), "the earlier case's promise is theirs");

    // Asked for, and the earlier one ended meanwhile.
    let (_, mut third) = filed(&world, &cast, "第三次报的井盖").await;
    let form = third.form(&cast.acceptor, "merge", &[("into", into.as_str())]).await;
    third.sends(&cast.acceptor, form).await;
    story.does(&cast.leader, "void", &[("reason", "vanished")]).await;
    let mut grant = third.form(&cast.leader, "decide-void", &[]).await;
    grant.put("granted", "yes");
    third.refuses(&cast.leader, &grant, "已经结束，不能再并入").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicates_are_merged_when_somebody_else_has_agreed() {
    merging_needs_agreement(On::Sqlite).await;
    merging_needs_agreement(On::Postgres).await;
}
