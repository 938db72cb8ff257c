//! Checks of enterprises over HTTP, by the pages' own forms: the register, the whole way of a check by several people, the refusals,
//! who sees what, the lot, what enterprises read and say.

use crate::browser::{Answer, Browser, Form, photo, words};
use crate::on_both;
use crate::world::World;
use steward::inspection::check::{CheckStage, Outcome, replay};
use steward::inspection::store::{self, Kept, Scope};
use steward::inspection::{credit_code, draw, watching};
use steward::kit::db::{DbError, params};
use steward::kit::id::Id;

const HERE: (&str, &str) = ("123.414", "31.2093");

fn at(world: &World, moment: &str) {
    let at: jiff::civil::DateTime = moment.parse().expect("a moment");
    world.clock.set(world.app.calendar.moment(at.date(), at.time()));
}

fn code(first: &str) -> String {
    format!("{first}{}", credit_code::check_sign(first).expect("a sign"))
}

async fn account(world: &World, login: &'static str) -> Id {
    let read = world.app.db.read(move |tx| async move {
        tx.query_one("select id from accounts where login = $1", params![login]).await?.get::<Id>(0)
    });
    read.await.map_err(|error: DbError| error).expect("an account")
}

/// Writes an enterprise down, sent twice. Answers its page and its entry code.
async fn enterprise(world: &World, who: &Browser, name: &str, first: &str) -> (String, String) {
    let mut form = who.form("/enterprises/new", "/enterprises/new").await;
    let credit = code(first);
    for (field, value) in [
        ("name", name),
        ("credit_code", credit.as_str()),
        ("kind", "carrier"),
        ("address", "新港路 101 号"),
        ("contact", "方某"),
        ("phone", "0990-5550001"),
        ("lon", HERE.0),
        ("lat", HERE.1),
        ("coordinates", "wgs84"),
    ] {
        form.put(field, value);
    }
    let made = who.send(&form).await;
    assert_eq!(made.status, 303, "{}", words(&made.text));
    assert_eq!(who.send(&form).await.location, made.location, "sent twice, one enterprise");
    let id: Id = made.location.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let found = world.app.db.read(move |tx| async move { store::load_enterprise(&tx, id).await }).await;
    let found = found.expect("the enterprise");
    assert!(!found.place.street.is_empty() && !found.place.cell.is_empty(), "located in the grid");
    (made.location, found.code)
}

async fn kept(world: &World, page: &str) -> Kept {
    let id: Id = page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    world.app.db.read(move |tx| async move { store::load(&tx, id, Scope::All).await }).await.expect("the check")
}

/// The form of a plan, filled in.
async fn plan(
    world: &World,
    who: &Browser,
    at_enterprise: &str,
    fields: &[(&str, &str)],
    officers: &[&'static str],
) -> Form {
    let id = at_enterprise.rsplit('/').next().expect("an id");
    let mut form = who.form(&format!("/inspections/new?enterprise={id}"), "/inspections/new").await;
    form.fields.retain(|(name, _)| name != "officers" && name != "items");
    for (name, value) in [
        ("reason", "routine"),
        ("items", "construction-waste"),
        ("why", "车辆密闭和冲洗"),
        ("on", "2026-03-11"),
        ("from", "09:00"),
        ("until", "11:30"),
    ] {
        form.put(name, value);
    }
    for (name, value) in fields {
        form.put(name, value);
    }
    for login in officers {
        form.fields.push(("officers".into(), account(world, login).await.to_string()));
    }
    form
}

async fn planned(world: &World, who: &Browser, at_enterprise: &str, fields: &[(&str, &str)]) -> String {
    let form = plan(world, who, at_enterprise, fields, &["officer1", "officer2"]).await;
    let made = who.send(&form).await;
    assert_eq!(made.status, 303, "{}", words(&made.text));
    assert_eq!(who.send(&form).await.location, made.location, "sent twice, one check");
    made.location
}

async fn act(who: &Browser, page: &str, word: &str, fields: &[(&str, &str)]) -> Form {
    let mut form = who.form(page, &format!("{page}/{word}")).await;
    for (name, value) in fields {
        form.put(name, value);
    }
    form
}

/// Does an act twice: the second sending changes nothing.
async fn does(world: &World, who: &Browser, page: &str, word: &str, fields: &[(&str, &str)]) {
    let mut form = act(who, page, word, fields).await;
    if form.takes_files() {
        form.attach("site.jpg", photo("waste-before"));
    }
    let answer = who.send(&form).await;
    assert_eq!(answer.status, 303, "{word}: {}", words(&answer.text));
    let revision = kept(world, page).await.check.revision;
    assert_eq!(who.send(&form).await.status, 303, "{word} again");
    assert_eq!(kept(world, page).await.check.revision, revision, "{word} was done twice");
    world.clock.set(world.clock.now().plus(60_000));
}

async fn refuses(who: &Browser, form: &Form, told: &str) -> Answer {
    let answer = who.send(form).await;
    let read = words(&answer.text);
    assert_eq!(answer.status, 422, "{}: {read}", form.action);
    assert!(read.contains(told), "{}: {told} is not in {read}", form.action);
    answer
}

async fn notices(world: &World, login: &'static str) -> Vec<String> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select n.kind from notices n join accounts a on a.id = n.account_id where a.login = $1 \
                   and n.kind like 'inspection%' order by n.id";
        tx.query(sql, params![login]).await?.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    read.await.expect("notices")
}

/// The check is what its facts tell, from its plan on.
async fn is_its_facts(world: &World, page: &str) {
    let kept = kept(world, page).await;
    let id = kept.check.id;
    let history = world.app.db.read(move |tx| async move { store::history(&tx, id).await });
    let history = history.await.map_err(|error: DbError| error).expect("facts");
    let first = history.iter().find_map(|line| line.check.clone()).expect("a plan");
    let facts: Vec<_> = history.into_iter().filter_map(|line| line.fact).collect();
    assert_eq!(facts.len() as i64 + 1, kept.check.revision, "one fact for every act");
    assert_eq!(replay(first, &facts, &world.app.inspection, &world.app.law()), Ok(kept.check));
}

on_both!(from_a_plan_to_a_penalty_case, |world: World| async move {
    world.settle().await;
    at(&world, "2026-03-10T08:40");
    let officer = Browser::signed_in(&world, "officer1").await;
    let head = Browser::signed_in(&world, "leader").await;
    let (carrier, entry) = enterprise(&world, &officer, "望澜某运输有限公司", "91990100MA0WL5085").await;
    let mut form = plan(&world, &officer, &carrier, &[], &["officer1", "officer2"]).await;
    form.fields.push(("helpers".into(), account(&world, "helper1").await.to_string()));
    let page = officer.send(&form).await.location;
    assert_eq!(notices(&world, "leader").await, ["inspection-planned"]);

    // Who sees it, and for whom it does not exist.
    for (login, status) in [
        ("officer2", 200),
        ("unit1", 200),
        ("leader", 200),
        ("reviewer1", 200),
        ("helper1", 200),
        ("officer3", 404),
        ("unit2", 404),
        ("keeper1", 403),
        ("dispatcher1", 403),
    ] {
        let who = Browser::signed_in(&world, login).await;
        assert_eq!(who.look(&page).await.status, status, "{login}");
        if status == 404 {
            let stranger = act(&officer, &page, "cancel", &[("words", "x")]).await;
            assert_eq!(who.send(&stranger).await.status, 404, "{login}");
            assert!(!who.reads("/inspections").await.contains("望澜某运输有限公司"), "{login}");
            assert_eq!(who.look(&format!("{page}/enter")).await.status, 404, "{login}");
        }
    }

    // Before it is approved nobody is let in, and the enterprise reads that it may refuse.
    let door = format!("/enter/{entry}");
    let early = officer.look(&door).await;
    assert_eq!(early.status, 422);
    assert!(words(&early.text).contains("须经行政机关负责人批准"), "{}", words(&early.text));
    let look_up = format!("/check/{}", kept(&world, &page).await.code);
    let public = Browser::new(&world);
    assert!(public.reads(&look_up).await.contains("没有经过批准"));

    does(&world, &head, &page, "approve", &[]).await;
    assert_eq!(notices(&world, "officer2").await, ["inspection-approved"]);
    let early = officer.look(&door).await;
    assert!(words(&early.text).contains("批准的检查日期是 2026-03-11"), "{}", words(&early.text));
    does(&world, &officer, &page, "announce", &[("way", "paper"), ("receiver", "门卫")]).await;
    let papers = words(&officer.page(&page).await);
    assert!(papers.contains("行政检查通知书 望城管检通字〔2026〕1号"), "{papers}");

    // The day: an hour too early, then both scan.
    at(&world, "2026-03-11T08:30");
    let officer = Browser::signed_in(&world, "officer1").await;
    let early = officer.look(&door).await;
    assert!(words(&early.text).contains("批准的检查时间是 09:00–11:30"), "{}", words(&early.text));
    assert!(words(&early.text).contains("0990-5550118"), "a telephone to complain at");
    at(&world, "2026-03-11T09:05");
    let officer = Browser::signed_in(&world, "officer1").await;
    let other = Browser::signed_in(&world, "officer2").await;
    let helper = Browser::signed_in(&world, "helper1").await;
    let mut confirm = officer.form(&door, &door).await;
    // A helper who scans reads why not, also with the officers' form.
    let read = helper.look(&door).await;
    assert_eq!(read.status, 422);
    assert!(words(&read.text).contains("协管人员只能记录和劝阻"), "{}", words(&read.text));
    assert_eq!(helper.send(&confirm).await.status, 422);
    let strange = Form::find(&officer.page(&door).await, &door).map(|mut form| {
        form.put("lon", "200");
        form.put("lat", "9");
        form
    });
    refuses(&officer, &strange.expect("the form"), "位置读不懂").await;
    confirm.put("lon", HERE.0);
    confirm.put("lat", HERE.1);
    let first = officer.send(&confirm).await;
    assert_eq!((first.status, &first.location), (303, &page));
    assert_eq!(officer.send(&confirm).await.status, 303, "sent twice");
    let waits = kept(&world, &page).await.check;
    assert_eq!((waits.stage, waits.present.len(), waits.entered_at), (CheckStage::Announced, 1, None));
    assert!(words(&officer.look(&door).await.text).contains("请等另一名执法人员扫码"));
    world.clock.set(world.clock.now().plus(120_000));
    let second = other.form(&door, &door).await;
    assert_eq!(other.send(&second).await.status, 303, "without a position");
    assert_eq!(kept(&world, &page).await.check.stage, CheckStage::Entered);
    assert!(public.reads(&look_up).await.contains("已登记，正在检查"));
    assert!(public.reads(&look_up).await.contains("韦正阳"));

    // A helper records along and finds no other form.
    does(&world, &helper, &page, "note", &[("words", "拍摄车辆三台")]).await;
    let read = helper.page(&page).await;
    for word in ["record", "finish", "cancel", "approve"] {
        assert!(Form::find(&read, &format!("{page}/{word}")).is_none(), "{word}");
    }
    let record =
        act(&officer, &page, "record", &[("answer-1", "found"), ("seen-1", ""), ("words", "检查六台车")]).await;
    assert_eq!(helper.send(&record).await.status, 403);
    let again = refuses(&officer, &record, "请写明发现了什么问题").await;
    let typed = Form::find(&again.text, &record.action).expect("the form again");
    assert_eq!(typed.value("words"), "检查六台车", "nothing typed is lost");
    let seen = [("answer-1", "found"), ("seen-1", "一台未覆盖"), ("words", "检查六台车")];
    does(&world, &officer, &page, "record", &seen).await;

    // What was found cannot come to nothing.
    let left = "2026-03-11T09:08";
    let signed = [("signing", "signed"), ("signer", "方某")];
    let mut fields = vec![("left", left), ("outcome", "nothing")];
    fields.extend(signed);
    let nothing = act(&officer, &page, "finish", &fields).await;
    refuses(&officer, &nothing, "检查发现了问题").await;
    let mut fields = vec![("left", left), ("outcome", "clue")];
    fields.extend(signed);
    does(&world, &officer, &page, "finish", &fields).await;
    let finished = kept(&world, &page).await;
    let Some(Outcome::Clue { case, number }) = finished.check.outcome.clone() else { panic!("no case") };
    let case_page = officer.reads(&format!("/enforcement/{case}")).await;
    assert!(case_page.contains("来自涉企行政检查") && case_page.contains("一台未覆盖"), "{case_page}");
    let linked = officer.page(&page).await;
    assert!(linked.contains(&format!("/enforcement/{case}")) && words(&linked).contains(&number));
    assert!(words(&linked).contains("行政检查记录 望城管检记字〔2026〕1号"), "{}", words(&linked));
    assert!(officer.page(&format!("/enforcement/{case}")).await.contains(&page), "linked back");
    is_its_facts(&world, &page).await;

    // The enterprise rates once, and somebody else's code rates nothing.
    let mut rate = public.form(&look_up, &look_up).await;
    rate.put("words", "讲得清楚");
    refuses(&public, &rate, "请选择").await;
    rate.put("stars", "4");
    assert_eq!(public.send(&rate).await.status, 303);
    refuses(&public, &rate, "已经评价过").await;
    assert_eq!(kept(&world, &page).await.check.rating.map(|rating| rating.stars), Some(4));

    // The overview counts it, for who sees it.
    let head = Browser::signed_in(&world, "leader").await;
    let officer = Browser::signed_in(&world, "officer1").await;
    let summary = head.reads("/inspections/summary").await;
    assert!(summary.contains("讲得清楚") && summary.contains("4.0"), "{summary}");
    let csv = officer.page("/inspections/summary.csv").await;
    assert!(csv.contains("2026-03") && csv.contains("市容秩序中队"), "{csv}");
    assert!(!Browser::signed_in(&world, "unit2").await.reads("/inspections/summary").await.contains("讲得清楚"));
    let caps = officer.reads(&carrier).await;
    assert!(caps.contains("1 / 2"), "{caps}");
});

on_both!(what_the_rules_hold_back, |world: World| async move {
    world.settle().await;
    at(&world, "2026-03-10T09:00");
    let officer = Browser::signed_in(&world, "officer1").await;
    let (carrier, entry) = enterprise(&world, &officer, "望澜某运输有限公司", "91990100MA0WL5085").await;

    // The register: a wrong check sign, a name without end, the same code twice.
    let mut form = officer.form("/enterprises/new", "/enterprises/new").await;
    let long = "长".repeat(10_000);
    for (fields, told) in [
        (vec![("credit_code", "91990100MA0WL5085X".to_owned())], "校验码不对"),
        (vec![("credit_code", String::new()), ("name", long)], "120"),
        (vec![("name", "另一家".to_owned()), ("credit_code", code("91990100MA0WL5085"))], "已经登记了这个信用代码"),
    ] {
        for (name, value) in [("name", "望澜另一家"), ("kind", "shop"), ("address", "柳荫街 1 号")] {
            form.put(name, value);
        }
        for (name, value) in &fields {
            form.put(name, value);
        }
        let again = refuses(&officer, &form, told).await;
        let typed = Form::find(&again.text, "/enterprises/new").expect("the form again");
        assert_eq!(typed.value("address"), "柳荫街 1 号", "nothing typed is lost");
    }

    // Plans: unpublished, one officer, an expired credential, a helper, another unit's officer.
    for (fields, officers, told) in [
        (vec![("items", "kitchens")], vec!["officer1", "officer2"], "没有公布，不得检查"),
        (vec![], vec!["officer1"], "两"),
        (vec![], vec!["officer1", "officer5"], "证"),
        (vec![], vec!["officer1", "helper1"], "不得"),
        (vec![], vec!["officer1", "officer3"], "请选择"),
        (vec![("on", "2026-03-09")], vec!["officer1", "officer2"], "已经过去"),
        (vec![("reason", "emergency")], vec!["officer1", "officer2"], "只能是当天"),
        (vec![("until", "08:00")], vec!["officer1", "officer2"], "结束时间应当晚于开始时间"),
        (vec![("from", "25:00")], vec!["officer1", "officer2"], "09:30"),
        (vec![("why", " ")], vec!["officer1", "officer2"], ""),
    ] {
        let form = plan(&world, &officer, &carrier, &fields, &officers).await;
        let again = refuses(&officer, &form, told).await;
        let typed = Form::find(&again.text, "/inspections/new").expect("the form again");
        assert_eq!(typed.value("why").trim(), form.value("why").trim(), "nothing typed is lost");
    }
    let helper = Browser::signed_in(&world, "helper1").await;
    assert_eq!(helper.look("/inspections/new").await.status, 403);

    // The cap: two planned are as many as a year has; a clue is not counted.
    let first = planned(&world, &officer, &carrier, &[]).await;
    let second = planned(&world, &officer, &carrier, &[("on", "2026-03-12")]).await;
    let third = plan(&world, &officer, &carrier, &[("on", "2026-03-13")], &["officer1", "officer2"]).await;
    refuses(&officer, &third, "达到频次上限").await;
    planned(&world, &officer, &carrier, &[("on", "2026-03-13"), ("reason", "clue")]).await;
    does(&world, &officer, &second, "cancel", &[("words", "企业停业")]).await;
    assert_eq!(officer.send(&third).await.status, 303, "a cancelled one counts no more");

    // Approved and not announced, or announced too late: not let in.
    let head = Browser::signed_in(&world, "leader").await;
    does(&world, &head, &first, "approve", &[]).await;
    at(&world, "2026-03-11T09:30");
    let officer = Browser::signed_in(&world, "officer1").await;
    let door = format!("/enter/{entry}");
    assert!(words(&officer.look(&door).await.text).contains("须提前通知企业"));
    does(&world, &officer, &first, "announce", &[("way", "telephone")]).await;
    assert!(words(&officer.look(&door).await.text).contains("须提前通知企业"), "on the same day");
    let mut forced = third.to(door.clone());
    forced.fields = vec![("check".into(), first.rsplit('/').next().expect("an id").into())];
    refuses(&officer, &forced, "须提前通知企业").await;

    // Another enterprise's code is no scan; a code of nobody is not found.
    let (_, elsewhere) = enterprise(&world, &officer, "望澜另一家运输有限公司", "91990100MA0WL6102").await;
    refuses(&officer, &forced.to(format!("/enter/{elsewhere}")), "请扫这家企业门口的码").await;
    let read = officer.look(&format!("/enter/{elsewhere}")).await;
    assert!(words(&read.text).contains("没有对这家企业的检查任务"), "{} {}", read.status, words(&read.text));
    assert_eq!(officer.look("/enter/0000000000000000").await.status, 404);
    assert_eq!(Browser::signed_in(&world, "officer3").await.send(&forced).await.status, 404, "another unit's check");

    // The head says no, with a reason.
    let refused = planned(&world, &officer, &carrier, &[("on", "2026-03-16"), ("reason", "request")]).await;
    let head = Browser::signed_in(&world, "leader").await;
    let form = act(&head, &refused, "refuse", &[("words", "")]).await;
    refuses(&head, &form, "").await;
    does(&world, &head, &refused, "refuse", &[("words", "请改为联合检查")]).await;
    assert_eq!(kept(&world, &refused).await.check.stage, CheckStage::Refused);
    // The day of the first is over, and nobody went.
    at(&world, "2026-03-12T00:30");
    watching::sweep(&world.app).await.expect("looked");
    assert!(notices(&world, "officer1").await.contains(&"inspection-missed".to_owned()));
    assert_eq!(watching::sweep(&world.app).await.expect("looked"), 0, "told once");
});

on_both!(an_emergency_late_and_an_order_checked_again, |world: World| async move {
    world.settle().await;
    at(&world, "2026-03-10T13:00");
    let officer = Browser::signed_in(&world, "officer1").await;
    let other = Browser::signed_in(&world, "officer2").await;
    let (carrier, entry) = enterprise(&world, &officer, "望澜某运输有限公司", "91990100MA0WL5085").await;
    let today = [("on", "2026-03-10"), ("reason", "emergency"), ("from", "13:00"), ("until", "15:00")];
    let page = planned(&world, &officer, &carrier, &today).await;
    let door = format!("/enter/{entry}");
    for who in [&officer, &other] {
        let form = who.form(&door, &door).await;
        assert_eq!(who.send(&form).await.status, 303);
        world.clock.set(world.clock.now().plus(60_000));
    }
    assert_eq!(kept(&world, &page).await.check.stage, CheckStage::Entered);
    assert!(notices(&world, "leader").await.contains(&"inspection-urgent".to_owned()));
    let seen = [("answer-1", "found"), ("seen-1", "出入口积土"), ("words", "现场查看")];
    does(&world, &officer, &page, "record", &seen).await;
    assert!(Form::find(&officer.page(&page).await, &format!("{page}/finish")).is_none(), "unapproved");

    // A day and more later: told once, approved only with a reason, marked for good.
    at(&world, "2026-03-11T14:00");
    watching::sweep(&world.app).await.expect("looked");
    assert!(notices(&world, "leader").await.contains(&"inspection-overdue".to_owned()));
    let head = Browser::signed_in(&world, "leader").await;
    assert!(head.reads(&page).await.contains("补批已超时"));
    let form = act(&head, &page, "approve-afterwards", &[("words", "")]).await;
    refuses(&head, &form, "24 小时").await;
    does(&world, &head, &page, "approve-afterwards", &[("words", "值班领导外出")]).await;
    assert!(kept(&world, &page).await.check.is_approved_late);

    // An order names what it rests on; then its term, and one re-check that the cap does not count.
    let officer = Browser::signed_in(&world, "officer1").await;
    let order = [
        ("left", "2026-03-10T13:40"),
        ("outcome", "order"),
        ("demands", "清理出入口\n开启冲洗台"),
        ("term", "2026-03-12"),
        ("signing", "declined"),
        ("declined", "负责人不在，门卫拒签"),
        ("witness", "保安"),
    ];
    let form = act(&officer, &page, "finish", &order).await;
    let again = refuses(&officer, &form, "违反的规定").await;
    let typed = Form::find(&again.text, &form.action).expect("the form again");
    assert_eq!(typed.value("declined"), "负责人不在，门卫拒签", "nothing typed is lost");
    let mut whole = order.to_vec();
    whole.extend([("violated", "《某条例》第一条"), ("basis", "《某条例》第二条")]);
    does(&world, &officer, &page, "finish", &whole).await;
    let read = officer.reads(&page).await;
    assert!(
        read.contains("责令改正通知书") && read.contains("逾期补批") || read.contains("改正期限 2026-03-12"),
        "{read}"
    );
    is_its_facts(&world, &page).await;
    let id = page.rsplit('/').next().expect("an id");
    let mut recheck = officer.form(&format!("/inspections/new?of={id}"), "/inspections/new").await;
    recheck.fields.retain(|(name, _)| name != "officers");
    for login in ["officer1", "officer2"] {
        recheck.fields.push(("officers".into(), account(&world, login).await.to_string()));
    }
    assert_eq!((recheck.value("reason"), recheck.value("items")), ("recheck", "construction-waste"));
    recheck.put("on", "2026-03-13");
    let made = officer.send(&recheck).await;
    assert_eq!(made.status, 303, "{}", words(&made.text));
    recheck.put("why", "再查一次");
    refuses(&officer, &recheck, "没有安排过").await;
    assert!(officer.reads(&carrier).await.contains("0 / 2"), "nothing is counted");

    // With an open check the enterprise cannot be closed, but merged: its checks go along, and its code leads on.
    let mut close = officer.form(&carrier, &format!("{carrier}/close")).await;
    close.put("why", "已注销");
    refuses(&officer, &close, "1 项检查未完成").await;
    let (into, _) = enterprise(&world, &officer, "望澜某运输集团有限公司", "91990100MA0WL6102").await;
    close.put("into", "没有这家");
    refuses(&officer, &close, "没有这家企业").await;
    close.put("into", &code("91990100MA0WL6102"));
    assert_eq!(officer.send(&close).await.status, 303);
    assert!(officer.reads(&into).await.contains("J2026-0001"), "its checks went along");
    assert!(words(&officer.look(&door).await.text).contains("望澜某运输集团有限公司"), "the old code leads on");
    is_its_facts_but_for_its_enterprise(&world, &page).await;
});

async fn is_its_facts_but_for_its_enterprise(world: &World, page: &str) {
    let kept = kept(world, page).await;
    assert_eq!(kept.check.stage, CheckStage::Finished);
    assert_eq!(kept.enterprise, "望澜某运输集团有限公司");
}

on_both!(a_draw_can_be_drawn_again, |world: World| async move {
    world.settle().await;
    at(&world, "2026-03-10T09:00");
    let officer = Browser::signed_in(&world, "officer1").await;
    for (number, first) in
        (1..).zip(["91990100MA0WL1017", "91990100MA0WL2034", "91990100MA0WL3051", "91990100MA0WL4068"])
    {
        enterprise(&world, &officer, &format!("望澜第{number}运输有限公司"), first).await;
    }
    assert_eq!(officer.look("/inspections/draw").await.status, 403, "the unit's leader draws");
    let unit = Browser::signed_in(&world, "unit1").await;
    let mut form = unit.form("/inspections/draw", "/inspections/draw").await;
    form.fields.retain(|(name, _)| name != "officers" && name != "items");
    for (name, value) in
        [("count", "3"), ("on", "2026-03-12"), ("a_day", "2"), ("seed", "3 7 12 25"), ("items", "construction-waste")]
    {
        form.put(name, value);
    }
    refuses(&unit, &form, "不够抽取").await;
    for login in ["officer1", "officer2"] {
        form.fields.push(("officers".into(), account(&world, login).await.to_string()));
    }
    let made = unit.send(&form).await;
    assert_eq!(made.status, 303, "{}", words(&made.text));
    assert_eq!(unit.send(&form).await.location, made.location, "sent twice, one draw");
    let read = unit.reads(&made.location).await;
    assert!(read.contains("重新抽取，结果一致") && read.contains("3 7 12 25") && read.contains("抽中 3 家"), "{read}");
    assert_eq!(Browser::signed_in(&world, "unit2").await.look(&made.location).await.status, 404);
    let id: Id = made.location.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let kept = world.app.db.read(move |tx| async move { store::load_draw(&tx, id, Scope::All).await }).await;
    let kept = kept.expect("the draw");
    assert_eq!(draw::draw(&kept.seed, &kept.draw.enterprises, 3, &kept.draw.officers), kept.draw.lots);
    let filter = store::Filter { show: store::Show::All, draw: Some(id), ..store::Filter::default() };
    let today = "2026-03-10".parse().expect("a day");
    let all = world.app.db.read(move |tx| async move { store::list(&tx, Scope::All, &filter, today).await }).await;
    let all = all.map_err(|error: DbError| error).expect("checks").rows;
    let mut days: Vec<String> = all.iter().map(|one| one.check.plan.on.to_string()).collect();
    days.sort();
    assert_eq!(days, ["2026-03-12", "2026-03-12", "2026-03-13"]);

    // The head approves them all at once; nobody else.
    let head = Browser::signed_in(&world, "leader").await;
    let approve = head.form(&made.location, &format!("{}/approve", made.location)).await;
    assert_eq!(unit.send(&approve).await.status, 403);
    assert_eq!(head.send(&approve).await.status, 303);
    assert!(!head.reads(&made.location).await.contains("待批准"));
    let published = Browser::new(&world).reads("/inspections/published").await;
    assert!(
        published.contains("建筑垃圾运输企业车辆密闭、冲洗情况检查") && published.contains("0 / 24"),
        "{published}"
    );
    assert!(!published.contains("望澜第"), "nobody is named before the check");
});

on_both!(who_is_not_registered_is_reported, |world: World| async move {
    world.settle().await;
    let public = Browser::new(&world);
    let unknown = public.look("/check/ABCDEFGH12345678").await;
    assert_eq!(unknown.status, 404);
    assert!(words(&unknown.text).contains("未登记，您可以拒绝"), "{}", words(&unknown.text));
    let mut form = Form::find(&unknown.text, "/check").expect("a form to report it");
    form.put("words", "来了一个人，没有证件");
    refuses(&public, &form, "").await;
    form.put("enterprise", "望澜某小店");
    let told = public.send(&form).await;
    assert_eq!(told.status, 200, "{}", words(&told.text));
    assert_eq!(public.send(&form).await.status, 200, "sent twice");
    assert_eq!(notices(&world, "leader").await, ["inspection-unregistered"]);
    assert_eq!(notices(&world, "reviewer1").await, ["inspection-unregistered"]);
    let reviewer = Browser::signed_in(&world, "reviewer1").await;
    assert_eq!(Browser::signed_in(&world, "officer1").await.look("/inspections/reports").await.status, 403);
    let page = reviewer.page("/inspections/reports").await;
    assert_eq!(page.matches("来了一个人，没有证件").count(), 1);
    let action = page.split("action=\"").filter_map(|piece| piece.split('"').next()).map(crate::browser::plain);
    let action = action.into_iter().find(|action| action.starts_with("/inspections/reports/")).expect("a form");
    let mut answer = Form::find(&page, &action).expect("the form");
    refuses(&reviewer, &answer, "").await;
    answer.put("words", "非本机关人员，已移交公安机关");
    assert_eq!(reviewer.send(&answer).await.status, 303);
    assert!(reviewer.reads("/inspections/reports").await.contains("已移交公安机关"));
    // A code that is none gets the same page; nothing strange gets through.
    for strange in ["/check?code=abc", "/check/%00", "/check/%E6%9D%A1", "/check/1"] {
        assert!([404, 400].contains(&public.look(strange).await.status), "{strange}");
    }
});

on_both!(a_file_of_enterprises_is_looked_at_first, |world: World| async move {
    world.settle().await;
    let unit = Browser::signed_in(&world, "unit1").await;
    assert_eq!(Browser::signed_in(&world, "officer1").await.look("/enterprises/imports").await.status, 403);
    let right = code("91990100MA0WL1017");
    let list = format!(
        "企业名称,统一社会信用代码,企业类型,地址\n望澜甲饭店,{right},餐饮,临江街 1 号\n望澜乙饭店,{right},餐饮,临江街 2 号\n望澜丙店,,,柳荫街 3 号\n,,,\n望澜丁店,91990100MA0WL1017X,,柳荫街 4 号\n"
    );
    let mut form = unit.form("/enterprises/imports", "/enterprises/imports").await;
    form.attach("list.csv", list.into_bytes());
    let looked = unit.send(&form).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let page = unit.reads(&looked.location).await;
    assert!(page.contains("校验码不对") && page.contains("与前面的行重复"), "{page}");
    assert!(!unit.reads("/enterprises").await.contains("望澜甲饭店"), "nothing has changed yet");
    let keep = unit.form(&looked.location, &format!("{}/keep", looked.location)).await;
    assert_eq!(unit.send(&keep).await.status, 303);
    let register = unit.reads("/enterprises").await;
    assert!(register.contains("望澜甲饭店") && register.contains("望澜丙店") && !register.contains("望澜丁店"));
    refuses(&unit, &keep, "").await;
    // What leaves can be brought again, and changes nothing.
    let file = unit.page("/enterprises/list.csv").await;
    let mut form = unit.form("/enterprises/imports", "/enterprises/imports").await;
    form.attach("again.csv", file.into_bytes());
    let looked = unit.send(&form).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    assert!(unit.reads(&looked.location).await.contains("没有需要写入的内容"));
    let mut form = unit.form("/enterprises/imports", "/enterprises/imports").await;
    form.attach("x.png", b"\x89PNG\x00\x00\xff".to_vec());
    refuses(&unit, &form, "无法读取").await;
});
