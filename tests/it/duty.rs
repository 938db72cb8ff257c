//! Duty through HTTP: rosters made and published, swaps, arrivals, musters, hand-overs, the call-out of the night.

use crate::browser::{Answer, Browser, Form, words};
use crate::on_both;
use crate::world::{World, statements_of};
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;
use steward::duty::following;
use steward::duty::pattern::Role;
use steward::duty::shift::{Month, Shift};
use steward::duty::store;
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, params};
use steward::kit::error::Error;
use steward::kit::id::{self, Id};
use steward::people;
use steward::timeline;
use steward::timeline::fact::Fact;

const MINUTE: i64 = 60_000;

/// A moment of the city's time.
fn at(text: &str) -> Moment {
    let civil: jiff::civil::DateTime = text.parse().expect("a moment");
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    Moment::from(&zone.to_ambiguous_zoned_datetime(civil).compatible().expect("a moment"))
}

async fn account(world: &World, login: &str) -> Id {
    let login = login.to_owned();
    let found = world.app.db.read(move |tx| async move { people::store::credentials(&tx, &login).await });
    found.await.expect("people").expect("an account").0.id
}

/// Fills the form of a kind of roster in and sends it; answers the roster.
async fn make_roster(who: &Browser, kind: &str, fields: &[(&str, &str)]) -> String {
    let mut form = who.form(&format!("/duty/rosters/new?kind={kind}"), "/duty/rosters").await;
    for (name, value) in fields {
        form.put(name, value);
    }
    let answer = who.send(&form).await;
    assert_eq!(answer.status, 303, "{}", words(&answer.text));
    answer.location
}

async fn generate(who: &Browser, roster: &str, from: &str, until: &str) -> Answer {
    let mut form = who.form(roster, &format!("{roster}/generate")).await;
    form.put("generate_from", from);
    form.put("generate_until", until);
    who.send(&form).await
}

async fn publish(who: &Browser, roster: &str, month: &str) -> Answer {
    let page = format!("{roster}/{month}");
    let mut form = who.form(&page, &format!("{page}/publish")).await;
    if !form.offers("anyway").is_empty() {
        form.put("anyway", "1");
    }
    who.send(&form).await
}

/// The brigade's duty for March 2026, published: 韩雪松 and 姚振宇 take turns, 孙大勇 stands by, 沈望舒 leads.
async fn published(world: &World) -> String {
    world.clock.set(at("2026-02-27T09:00"));
    let shift = Browser::signed_in(world, "shift1").await;
    let fields = [
        ("name", "大队总值班"),
        ("anchor", "2026-03-01"),
        ("on_duty_count", "1"),
        ("stand_by_count", "1"),
        ("leaders", "沈望舒"),
        ("on_duty", "韩雪松、姚振宇"),
        ("stand_by", "crew-road"),
    ];
    let roster = make_roster(&shift, "standing", &fields).await;
    assert_eq!(generate(&shift, &roster, "2026-03-01", "2026-03-31").await.status, 303);
    let answer = publish(&shift, &roster, "2026-03").await;
    assert_eq!(answer.status, 303, "{}", words(&answer.text));
    roster
}

fn id_of(address: &str) -> Id {
    address.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{address} names nothing"))
}

async fn shifts(world: &World, roster: &str, month: &str) -> Vec<Shift> {
    let (roster, month) = (id_of(roster), Month::parse(month).expect("a month"));
    let found = world.app.db.read(move |tx| async move { store::shifts_of_month(&tx, roster, month).await });
    found.await.map_err(|error: DbError| error).expect("shifts")
}

async fn shift_on(world: &World, roster: &str, day: &str) -> Shift {
    let found = shifts(world, roster, &day[..7]).await;
    found.into_iter().find(|shift| shift.day.to_string() == day && !shift.is_cancelled).expect("a shift of that day")
}

/// On the morning of 10 March 2026 the shift leader opens a day's shift: who, the shift, its page, its form.
async fn shift_form(world: &World, roster: &str, day: &str) -> (Browser, Shift, String, Form) {
    world.clock.set(at("2026-03-10T10:00"));
    let shift = Browser::signed_in(world, "shift1").await;
    let one = shift_on(world, roster, day).await;
    let page = format!("/duty/shifts/{}", one.id);
    let form = shift.form(&page, &page).await;
    (shift, one, page, form)
}

/// The kinds of notices that somebody has, oldest first.
async fn notices(world: &World, login: &str) -> Vec<(String, String)> {
    let account = account(world, login).await;
    let read = world.app.db.read(move |tx| async move {
        let sql = "select kind, urgency from notices where account_id = $1 order by id";
        let rows = tx.query(sql, params![account]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(String, String)>, DbError>>()
    });
    let mut found = read.await.expect("notices");
    // The program reminds of hand-overs by itself, at a moment of its own.
    found.retain(|(kind, _)| !REMINDERS.contains(&kind.as_str()));
    found
}

const REMINDERS: [&str; 2] = ["duty-hand-over-late", "duty-hand-over-missing"];

/// The reminders of hand-overs that somebody has, by kind and urgency.
async fn reminders(world: &World, login: &str, kind: &'static str) -> Vec<String> {
    let account = account(world, login).await;
    let read = world.app.db.read(move |tx| async move {
        let sql = "select urgency from notices where account_id = $1 and kind = $2 order by id";
        let rows = tx.query(sql, params![account, kind]).await?;
        rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, DbError>>()
    });
    read.await.expect("notices")
}

/// What a page's form sends to, by the end of its address.
fn action(page: &str, end: &str) -> String {
    let actions = page.split("action=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
    let found = actions.map(crate::browser::plain).find(|action| action.ends_with(end));
    found.unwrap_or_else(|| panic!("no form for {end}: {}", words(page)))
}

async fn facts(world: &World, subject: &'static str, subject_id: Id) -> Vec<String> {
    let read =
        world.app.db.read(move |tx| async move { timeline::store::history(&tx, subject, subject_id, false).await });
    read.await.map_err(|error: DbError| error).expect("facts").into_iter().map(|line| line.kind).collect()
}

fn counted(kinds: &[String], kind: &str) -> usize {
    kinds.iter().filter(|one| *one == kind).count()
}

on_both!(a_roster_is_made_looked_at_and_published, |world: World| async move {
    world.clock.set(at("2026-02-27T09:00"));
    let (shift, keeper) = (Browser::signed_in(&world, "shift1").await, Browser::signed_in(&world, "keeper1").await);
    assert!(keeper.reads("/duty").await.contains("还没有值班表"));
    assert_eq!(keeper.look("/duty/rosters").await.status, 403);

    // What is wrong is said by its field, and nothing typed is lost.
    let mut form = shift.form("/duty/rosters/new?kind=standing", "/duty/rosters").await;
    form.put("name", "大队总值班");
    form.put("anchor", "2026-03-01");
    form.put("on_duty", "韩雪松、张三丰");
    form.put("stand_by", "crew-road");
    let refused = shift.send(&form).await;
    assert_eq!(refused.status, 422);
    assert!(words(&refused.text).contains("没有叫“张三丰”的人员"), "{}", words(&refused.text));
    let mut form = Form::find(&refused.text, "/duty/rosters").expect("the form comes back");
    assert_eq!((form.value("on_duty"), form.value("name")), ("韩雪松、张三丰", "大队总值班"));
    form.put("on_duty", "韩雪松、姚振宇（crew-order）、韩雪松");
    form.put("on_duty_count", "1");
    form.put("stand_by_count", "1");
    form.put("leaders", "沈望舒");
    let made = shift.send(&form).await;
    assert_eq!(made.status, 303, "{}", words(&made.text));
    let roster = made.location;

    // Over the end of a month, from any day.
    assert_eq!(generate(&shift, &roster, "2026-02-28", "2026-04-30").await.status, 303);
    assert_eq!(shifts(&world, &roster, "2026-02").await.len(), 1);
    let march = shifts(&world, &roster, "2026-03").await;
    assert_eq!((march.len(), shifts(&world, &roster, "2026-04").await.len()), (31, 30));
    assert_eq!((march[0].from, march[0].until), (at("2026-03-01T08:30"), at("2026-03-02T08:30")));
    let turns: Vec<Id> = march.iter().flat_map(|shift| shift.of(Role::OnDuty).collect::<Vec<_>>()).collect();
    assert_eq!(turns[0], turns[2]);
    assert_ne!(turns[0], turns[1]);

    // A draft exists only for those who make it.
    assert!(keeper.reads("/duty?month=2026-03").await.contains("本月还没有发布值班表"));
    assert_eq!(keeper.look(&format!("/duty/shifts/{}", march[0].id)).await.status, 404);
    assert_eq!(keeper.look(&format!("/duty/print?month=2026-03&roster={}", id_of(&roster))).await.status, 404);
    assert_eq!(keeper.look(&format!("{roster}/2026-03/roster.xlsx")).await.status, 404);
    // February begins with 27 days in which nobody is there: that must be seen before it is published.
    let page = format!("{roster}/2026-02");
    assert!(shift.reads(&page).await.contains("1 段时间无人值班"));
    let mut form = shift.form(&page, &format!("{page}/publish")).await;
    let unsure = shift.send(&form).await;
    assert_eq!(unsure.status, 422);
    assert!(words(&unsure.text).contains("看过后请勾选"));
    form.put("anyway", "1");
    for _ in 0..2 {
        assert_eq!(shift.send(&form).await.status, 303, "pressed twice, published once");
    }
    let answer = publish(&shift, &roster, "2026-03").await;
    assert_eq!(answer.status, 303, "{}", words(&answer.text));
    assert_eq!(counted(&facts(&world, "roster", id_of(&roster)).await, "month_published"), 2);
    let told = notices(&world, "leader").await;
    assert_eq!(told.iter().filter(|(kind, _)| kind == "duty-published").count(), 2, "{told:?}");
    let again = generate(&shift, &roster, "2026-03-01", "2026-03-31").await;
    assert_eq!(again.status, 422);
    assert!(words(&again.text).contains("2026-03 已经发布"));

    // Everybody reads it, with the telephone of who is on duty now.
    world.clock.set(at("2026-03-10T10:00"));
    let keeper = Browser::signed_in(&world, "keeper1").await;
    let now = keeper.reads("/duty").await;
    assert!(now.contains("现在值班") && now.contains("0990-6201010"), "{now}");
    assert!(now.contains("2026-03-21 周六") && now.contains("08:30–次日 08:30"), "{now}");
    let print = keeper.page(&format!("/duty/print?month=2026-03&roster={}", id_of(&roster))).await;
    assert!(print.contains("roster.css") && words(&print).contains("大队总值班 2026-03 值班表"));
    // The first roster, when none is named.
    assert_eq!(words(&keeper.page("/duty/print?month=2026-03").await), words(&print));
    for path in ["/duty", "/duty/mine", "/duty/hand-overs", "/duty/call-outs"] {
        assert_eq!(keeper.look(&format!("{path}?lang=en")).await.status, 200, "{path}");
    }
});

on_both!(a_published_shift_that_changes_is_told_to_those_concerned, |world: World| async move {
    let roster = published(&world).await;
    let (shift, one, page, mut form) = shift_form(&world, &roster, "2026-03-12").await;
    let stale = form.clone();
    let was = form.value("on_duty").to_owned();
    // Somebody who stands the day before may follow; somebody twice at once may not.
    form.put("on_duty", "孙大勇");
    let doubled = shift.send(&form).await;
    assert_eq!(doubled.status, 422, "{}", words(&doubled.text));
    assert!(words(&doubled.text).contains("孙大勇 这段时间已有别的班次"));
    assert_eq!(Form::find(&doubled.text, &page).expect("the form").value("on_duty"), "孙大勇");
    form.put("on_duty", "邓可欣");
    form.put("name", "临时调整");
    assert_eq!(shift.send(&form).await.status, 303);
    let leaver = if was == "韩雪松" { "desk-order" } else { "crew-order" };
    let kinds: Vec<String> = notices(&world, leaver).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds.last().map(String::as_str), Some("duty-removed"));
    assert_eq!(notices(&world, "desk-signs").await, [("duty-added".to_owned(), "ordinary".to_owned())]);
    let untouched: Vec<String> = notices(&world, "leader").await.into_iter().map(|(kind, _)| kind).collect();
    assert!(!untouched.contains(&"duty-moved".to_owned()), "whom nothing changes for is not told");
    assert_eq!(facts(&world, "shift", one.id).await, ["shift_changed"]);
    let history = shift.reads(&page).await;
    assert!(history.contains("班次调整") && history.contains("+ 邓可欣"), "{history}");
    // Somebody who saw it as it was is told so, and nothing is overwritten.
    let late = shift.send(&stale).await;
    assert_eq!(late.status, 422);
    assert!(words(&late.text).contains("其他人刚刚改过"));

    // An extra shift of the night, and one struck out.
    let month = format!("{roster}/2026-03");
    let mut form = shift.form(&month, &format!("{month}/shifts")).await;
    form.put("from", "2026-03-20T18:00");
    form.put("until", "2026-03-21T06:00");
    form.put("on_duty", "曹立新");
    assert_eq!(shift.send(&form).await.status, 303);
    let extra = shifts(&world, &roster, "2026-03").await;
    let extra = extra.iter().find(|one| one.from == at("2026-03-20T18:00")).expect("the extra shift");
    assert!(extra.is_published);
    let page = format!("/duty/shifts/{}", extra.id);
    let form = shift.form(&page, &format!("{page}/cancel")).await;
    assert_eq!(shift.send(&form).await.status, 303);
    let kinds: Vec<String> = notices(&world, "desk-waste").await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["duty-added", "duty-removed"]);
    assert!(shift.reads(&month).await.contains("已取消的班次（1）"));
});

on_both!(two_people_swap_with_consent_and_approval, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T10:00"));
    let (a, b) = (shift_on(&world, &roster, "2026-03-12").await, shift_on(&world, &roster, "2026-03-13").await);
    let (desk, crew) = (account(&world, "desk-order").await, account(&world, "crew-order").await);
    let (mine, theirs) = if a.of(Role::OnDuty).any(|id| id == desk) { (a, b) } else { (b, a) };
    let who = |login| Browser::signed_in(&world, login);
    let (asker, other, keeper, shift) =
        (who("desk-order").await, who("crew-order").await, who("keeper1").await, who("shift1").await);
    let page = format!("/duty/shifts/{}/swap", mine.id);
    // It does not exist for whom it is not.
    assert_eq!(keeper.look(&page).await.status, 404);
    let mut form = asker.form(&page, &page).await;
    assert!(form.offers("other").len() > 20);
    form.choose("in_return", &format!("{}.{crew}", theirs.id));
    form.put("words", "家里有事");
    // Who takes turns by the day and swaps neighbouring days stands two in a row: that must be seen first.
    let unseen = asker.send(&form).await;
    assert_eq!(unseen.status, 422);
    let told = words(&unseen.text);
    assert!(told.contains("两班之间休息不足") && told.contains("韩雪松") && told.contains("姚振宇"), "{told}");
    let mut form = Form::find(&unseen.text, &page).expect("the form comes back");
    assert_eq!(form.value("words"), "家里有事");
    form.put("anyway", "1");
    let asked = asker.send(&form).await;
    assert_eq!(asked.status, 303, "{}", words(&asked.text));
    assert!(notices(&world, "crew-order").await.contains(&("duty-swap-asked".to_owned(), "ordinary".to_owned())));
    let twice = asker.send(&form).await;
    assert_eq!(twice.status, 422);
    assert!(words(&twice.text).contains("已经有一个换班申请在等答复"));
    assert!(other.reads("/duty/mine").await.contains("韩雪松 请 姚振宇 顶班"));
    assert!(!shift.reads("/duty/swaps").await.contains("家里有事"), "nobody approves what nobody consented to");

    let own = asker.page("/duty/mine").await;
    let swap = own.split("/swaps/").nth(1).or_else(|| own.split("swaps&#x2f;").nth(1)).expect("a swap");
    let swap: String = swap.chars().take_while(char::is_ascii_digit).collect();
    let act = |act: &str| format!("/duty/swaps/{swap}/{act}");
    // Nobody consents for somebody else.
    let forged = asker.visitor.post(&act("consent"), &[]).await;
    assert_eq!(forged.status(), 422);
    assert_eq!(keeper.visitor.post(&act("consent"), &[]).await.status(), 404);
    let mut form = other.form("/duty/mine", &act("consent")).await;
    assert!(other.reads("/duty/mine").await.contains("请先看清"));
    let unseen = other.send(&form).await;
    assert_eq!(unseen.status, 422);
    assert!(words(&unseen.text).contains("两班之间休息不足"));
    form.put("anyway", "1");
    assert_eq!(other.send(&form).await.status, 303);
    assert_eq!(shift_on(&world, &roster, &mine.day.to_string()).await.people, mine.people, "not before it is approved");
    assert!(notices(&world, "shift1").await.iter().any(|(kind, _)| kind == "duty-swap-consented"));
    assert!(shift.reads("/duty/swaps").await.contains("家里有事"));
    let mut form = shift.form("/duty/swaps", &act("approve")).await;
    assert_eq!(shift.send(&form).await.status, 422, "nor does anybody approve it unseen");
    form.put("anyway", "1");
    assert_eq!(shift.send(&form).await.status, 303);
    let (given, taken) = (
        shift_on(&world, &roster, &mine.day.to_string()).await,
        shift_on(&world, &roster, &theirs.day.to_string()).await,
    );
    assert_eq!(given.of(Role::OnDuty).collect::<Vec<_>>(), [crew]);
    assert_eq!(taken.of(Role::OnDuty).collect::<Vec<_>>(), [desk]);
    assert_eq!(given.revision, 2);
    let again = shift.send(&form).await;
    assert_eq!(again.status, 422);
    assert!(words(&again.text).contains("已经办完"));
    for login in ["desk-order", "crew-order"] {
        assert!(notices(&world, login).await.iter().any(|(kind, _)| kind == "duty-swap-done"), "{login}");
    }
    assert_eq!(
        facts(&world, "swap", swap.parse().expect("an id")).await,
        ["swap_asked", "swap_consented", "swap_done"]
    );
    assert_eq!(facts(&world, "shift", mine.id).await, ["shift_swapped"]);

    // Somebody who stands by at that time would be doubled.
    let page = format!("/duty/shifts/{}/swap", taken.id);
    let mut form = asker.form(&page, &page).await;
    form.choose("other", "孙大勇");
    let doubled = asker.send(&form).await;
    assert_eq!(doubled.status, 422);
    assert!(words(&doubled.text).contains("有人会同时在两个班次"));
    // One is withdrawn, one is declined.
    form.choose("other", "邓可欣");
    assert_eq!(asker.send(&form).await.status, 303);
    let own = asker.page("/duty/mine").await;
    let withdraw =
        own.split("action=\"").skip(1).map(|rest| crate::browser::plain(rest.split('"').next().unwrap_or_default()));
    let withdraw = withdraw.into_iter().find(|action| action.ends_with("/withdraw")).expect("a form to withdraw");
    assert_eq!(asker.send(&asker.form("/duty/mine", &withdraw).await).await.status, 303);
    assert_eq!(asker.send(&form).await.status, 303, "what was withdrawn can be asked again");
    let colleague = who("desk-signs").await;
    let own = colleague.page("/duty/mine").await;
    let decline =
        own.split("action=\"").skip(1).map(|rest| crate::browser::plain(rest.split('"').next().unwrap_or_default()));
    let decline = decline.into_iter().find(|action| action.ends_with("/decline")).expect("a form to decline");
    assert_eq!(colleague.send(&colleague.form("/duty/mine", &decline).await).await.status, 303);
    assert!(asker.reads("/duty/mine").await.contains("同事未同意"));
});

on_both!(arriving_by_phone_wants_time_and_place, |world: World| async move {
    let roster = published(&world).await;
    let one = shift_on(&world, &roster, "2026-03-10").await;
    let who = one.of(Role::OnDuty).next().expect("somebody");
    let login = if who == account(&world, "desk-order").await { "desk-order" } else { "crew-order" };
    let act = format!("/duty/shifts/{}/arrive", one.id);
    // An hour and a minute before it is too early: the button is not there, and by hand it is refused.
    world.clock.set(at("2026-03-10T07:29"));
    let early = Browser::signed_in(&world, login).await;
    assert!(Form::find(&early.page("/duty/mine").await, &act).is_none());
    assert_eq!(early.visitor.post(&act, &[("lon", "123.414"), ("lat", "31.2093")]).await.status(), 422);
    world.clock.set(at("2026-03-10T08:20"));
    let browser = Browser::signed_in(&world, login).await;
    let mut form = browser.form("/duty/mine", &act).await;
    // Without a position, and from two kilometres away.
    let nowhere = browser.send(&form).await;
    assert_eq!(nowhere.status, 422);
    assert!(words(&nowhere.text).contains("没有取到您的位置"), "{}", words(&nowhere.text));
    form.put("lon", "123.435");
    form.put("lat", "31.2093");
    let far = browser.send(&form).await;
    assert_eq!(far.status, 422);
    assert!(words(&far.text).contains("您离值守点") && words(&far.text).contains("米"));
    form.put("lon", "123.4145");
    for _ in 0..2 {
        assert_eq!(browser.send(&form).await.status, 303);
    }
    assert_eq!(facts(&world, "shift", one.id).await, ["arrived"], "arriving twice is arriving once");
    assert!(browser.reads("/duty/mine").await.contains("已签到"));
    // The leader comes late, from the site.
    world.clock.set(at("2026-03-10T08:36"));
    let leader = Browser::signed_in(&world, "leader").await;
    let mut form = leader.form("/duty/mine", &act).await;
    form.put("reason", "先到事故现场");
    assert_eq!(leader.send(&form).await.status, 303);
    let page = leader.reads(&format!("/duty/shifts/{}", one.id)).await;
    assert!(page.contains("迟到") && page.contains("不在值守点: 先到事故现场"), "{page}");
    // A stand-by does not arrive, and others have nothing to do here.
    let stand_by = Browser::signed_in(&world, "crew-road").await;
    assert_eq!(stand_by.visitor.post(&act, &[]).await.status(), 422);
    assert!(Form::find(&stand_by.page("/duty/mine").await, &act).is_none());
    // Who is missing is seen.
    world.clock.set(at("2026-03-11T09:00"));
    let shift = Browser::signed_in(&world, "shift1").await;
    let next = shift_on(&world, &roster, "2026-03-11").await;
    assert!(shift.reads(&format!("/duty/shifts/{}", next.id)).await.contains("未签到"));
});

on_both!(a_muster_is_answered_on_the_phone, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T21:00"));
    let one = shift_on(&world, &roster, "2026-03-10").await;
    let page = format!("/duty/shifts/{}", one.id);
    let on_duty = one.of(Role::OnDuty).next().expect("somebody");
    let login = if on_duty == account(&world, "desk-order").await { "desk-order" } else { "crew-order" };
    let (leader, stand_by) =
        (Browser::signed_in(&world, "leader").await, Browser::signed_in(&world, "crew-road").await);
    // Whoever does not lead calls nobody.
    assert_eq!(stand_by.visitor.post(&format!("{page}/muster"), &[]).await.status(), 422);
    let form = leader.form(&page, &format!("{page}/muster")).await;
    let called = leader.send(&form).await;
    assert_eq!(called.status, 303, "{}", words(&called.text));
    assert_eq!(leader.send(&form).await.location, called.location, "pressed twice, called once");
    let muster = called.location;
    assert!(notices(&world, "crew-road").await.contains(&("duty-muster".to_owned(), "urgent".to_owned())));
    assert!(!notices(&world, "leader").await.iter().any(|(kind, _)| kind == "duty-muster"));
    // It does not exist for whom it is not.
    assert_eq!(Browser::signed_in(&world, "keeper1").await.look(&muster).await.status, 404);
    assert!(stand_by.reads("/duty/mine").await.contains("沈望舒 点名"));
    let mut form = stand_by.form(&muster, &format!("{muster}/answer")).await;
    form.put("lon", "123.4200");
    form.put("lat", "31.2100");
    form.put("accuracy", "12");
    for _ in 0..2 {
        assert_eq!(stand_by.send(&form).await.status, 303);
    }
    assert!(leader.reads(&muster).await.contains("应答 1 / 2"));
    world.clock.set(at("2026-03-10T21:11"));
    let late = Browser::signed_in(&world, login).await;
    assert!(Browser::signed_in(&world, "leader").await.reads(&muster).await.contains("未应答"));
    let form = late.form(&muster, &format!("{muster}/answer")).await;
    assert_eq!(late.send(&form).await.status, 303);
    let result = Browser::signed_in(&world, "leader").await.reads(&muster).await;
    for wanted in ["应答 2 / 2", "超时应答", "无位置", "已应答", "米"] {
        assert!(result.contains(wanted), "{wanted}: {result}");
    }
    let told = facts(&world, "shift", one.id).await;
    assert_eq!((counted(&told, "muster_called"), counted(&told, "muster_answered")), (1, 2));
});

/// A case as the tables have it, with a fact that it stirred.
async fn stirs(world: &World, title: &'static str, is_urgent: bool, kind: &'static str) -> Id {
    let (id, now) = (id::fresh(), world.clock.now());
    let made = world.app.db.write(move |tx| async move {
        let sql = "insert into cases (id, number, title, code_set, kind, code, coordinates, cell, street, community, address, \
                   source, is_urgent, stage, is_open, handlers, due_order_at, due_why, opened_at, stage_since_at, rework_count, \
                   return_count, reopen_count, revision) values ($1, $2, $3, '', '', '', 'wgs84', '', '', '', '临江路 8 号', \
                   'citizen', $4, 'received', 1, '', 9000000000000000, '', $5, $5, 0, 0, 0, 1)";
        tx.execute(sql, params![id, format!("WL{id}"), title, is_urgent, now]).await?;
        fact(&tx, id, kind, now).await?;
        Ok::<_, Error>(())
    });
    made.await.expect("a case");
    id
}

async fn fact(tx: &steward::kit::db::Tx, case: Id, kind: &str, at: Moment) -> Result<(), DbError> {
    let body = serde_json::json!({ "stage": "received", "side": "citizen", "revision": 1 });
    let kind = kind.to_owned();
    let fact = Fact { subject: "case", subject_id: case, kind, is_public: false, author: None, at, body };
    timeline::store::record(tx, &fact).await.map(drop)
}

async fn stirs_again(world: &World, case: Id, kind: &'static str) {
    let now = world.clock.now();
    let told = world.app.db.write(move |tx| async move { fact(&tx, case, kind, now).await });
    told.await.map_err(|error: DbError| error).expect("a fact");
}

async fn call_of(world: &World, case: Id) -> Option<steward::duty::calling::CallOut> {
    let found = world.app.db.read(move |tx| async move { store::last_call(&tx, case).await });
    found.await.map_err(|error: DbError| error).expect("call-outs")
}

async fn follow(world: &World) {
    following::follow_once(&world.app).await.expect("the log is read");
}

async fn climb_at(world: &World, moment: &str) {
    world.clock.set(at(moment));
    following::climb(&world.app).await.expect("call-outs climb");
}

/// Whom a call-out has reached, by name, in the order in which it did.
async fn reached(world: &World, call: Id) -> Vec<String> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select a.login from duty_reached r join accounts a on a.id = r.account_id where r.call_out_id = $1 \
                   order by r.at, a.login";
        tx.query(sql, params![call]).await?.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, DbError>>()
    });
    read.await.expect("people")
}

on_both!(an_urgent_case_at_night_climbs_until_somebody_takes_it, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T23:10"));
    let one = shift_on(&world, &roster, "2026-03-10").await;
    let on_duty = one.of(Role::OnDuty).next().expect("somebody");
    let login = if on_duty == account(&world, "desk-order").await { "desk-order" } else { "crew-order" };
    let ordinary = stirs(&world, "小广告", false, "case_opened").await;
    let case = stirs(&world, "燃气泄漏", true, "case_opened").await;
    // Read by several programs at once, and again from the beginning: one call-out.
    let (first, second) = (following::follow_once(&world.app), following::follow_once(&world.app));
    let (first, second) = tokio::join!(first, second);
    first.expect("read");
    second.expect("read");
    follow(&world).await;
    assert_eq!(call_of(&world, ordinary).await, None);
    let call = call_of(&world, case).await.expect("a call-out");
    assert_eq!(counted(&facts(&world, "case", case).await, "called_out"), 1);
    assert_eq!(reached(&world, call.id).await, [login]);
    let told = notices(&world, login).await;
    assert!(told.contains(&("duty-called-out".to_owned(), "urgent".to_owned())), "{told:?}");
    // What stirs again while it rings calls nobody else.
    stirs_again(&world, case, "case_filed").await;
    follow(&world).await;
    assert_eq!(counted(&facts(&world, "case", case).await, "called_out"), 1);

    climb_at(&world, "2026-03-10T23:19").await;
    assert_eq!(reached(&world, call.id).await.len(), 1, "not before its time");
    climb_at(&world, "2026-03-10T23:20").await;
    following::climb(&world.app).await.expect("twice at the same moment");
    assert_eq!(reached(&world, call.id).await, [login, "crew-road"]);
    climb_at(&world, "2026-03-10T23:30").await;
    assert_eq!(reached(&world, call.id).await, [login, "crew-road", "leader"]);
    climb_at(&world, "2026-03-10T23:40").await;
    let climbed = call_of(&world, case).await.expect("a call-out");
    assert_eq!(climbed.rung.word(), "leaders", "the shift lead is the leader, too: everybody is reached again");
    assert_eq!(counted(&facts(&world, "case", case).await, "call_out_climbed"), 3);

    // It is on everybody's page, and the stand-by takes it with one press.
    let page = format!("/duty/call-outs/{}", call.id);
    let keeper = Browser::signed_in(&world, "keeper1").await;
    assert!(keeper.reads("/duty").await.contains("紧急案卷待应答：燃气泄漏"));
    assert!(Form::find(&keeper.page("/duty").await, &page).is_none());
    assert!(!keeper.page("/duty").await.contains(&page), "the page of it opens for those whom it concerns");
    assert_eq!(keeper.look(&page).await.status, 404);
    assert_eq!(keeper.visitor.post(&format!("{page}/answer"), &[]).await.status(), 404);
    assert!(!keeper.reads("/duty/call-outs").await.contains("燃气泄漏"));
    let desk = Browser::signed_in(&world, "acceptor1").await;
    assert!(desk.reads("/duty/call-outs").await.contains("燃气泄漏"), "the desk sees every case");
    assert_eq!(desk.visitor.post(&format!("{page}/answer"), &[]).await.status(), 422);
    let stand_by = Browser::signed_in(&world, "crew-road").await;
    let form = stand_by.form("/duty/mine", &format!("{page}/answer")).await;
    for _ in 0..2 {
        let answer = stand_by.send(&form).await;
        assert_eq!(answer.status, 303, "{}", words(&answer.text));
    }
    let read = stand_by.reads(&page).await;
    assert!(read.contains("您已接手") && read.contains("临江路 8 号"), "{read}");
    let told = notices(&world, login).await;
    assert!(told.iter().any(|(kind, _)| kind == "duty-call-taken"), "{told:?}");
    assert_eq!(counted(&facts(&world, "case", case).await, "call_out_answered"), 1);
    let late = Browser::signed_in(&world, login).await;
    assert_eq!(late.visitor.post(&format!("{page}/answer"), &[]).await.status(), 422);
    climb_at(&world, "2026-03-11T01:00").await;
    assert_eq!(
        call_of(&world, case).await.expect("a call-out").answered.map(|(by, _)| by),
        Some(account(&world, "crew-road").await)
    );
    // The same night is over with it; the next one begins anew.
    stirs_again(&world, case, "case_dispatched").await;
    follow(&world).await;
    assert_eq!(call_of(&world, case).await.map(|one| one.id), Some(call.id));
    world.clock.set(at("2026-03-11T17:30"));
    stirs_again(&world, case, "case_filed").await;
    follow(&world).await;
    let next = call_of(&world, case).await.expect("a call-out");
    assert_ne!(next.id, call.id);
    // The history of the case tells all of it.
    let leader = Browser::signed_in(&world, "leader").await;
    let history = leader.reads(&format!("/cases/{case}")).await;
    for told in ["夜间叫应", "无人应答，叫应上一级", "叫应已应答", "孙大勇"] {
        assert!(history.contains(told), "{told}: {history}");
    }
    assert!(leader.reads("/duty/call-outs").await.contains("已应答 孙大勇"));
    // The case ends while it rings.
    let ended = world.app.db.write(move |tx| async move {
        tx.execute("update cases set is_open = 0, stage = 'closed' where id = $1", params![case]).await
    });
    ended.await.map_err(|error: DbError| error).expect("the case ends");
    following::climb(&world.app).await.expect("ended");
    assert_eq!(call_of(&world, case).await.map(|one| one.state.word()), Some("ended"));
});

on_both!(what_nobody_took_reaches_the_next_watch_and_rings_again, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T23:10"));
    let (night, morning) =
        (shift_on(&world, &roster, "2026-03-10").await, shift_on(&world, &roster, "2026-03-11").await);
    let case = stirs(&world, "燃气泄漏", true, "case_opened").await;
    follow(&world).await;
    let call = call_of(&world, case).await.expect("a call-out");
    // Through all rungs and all rounds.
    for minutes in (10..=120).step_by(10) {
        world.clock.set(at("2026-03-10T23:10").plus(minutes * MINUTE));
        following::climb(&world.app).await.expect("it climbs");
    }
    let tired = call_of(&world, case).await.expect("a call-out");
    assert_eq!((tired.next_at, tired.state.word()), (None, "ringing"));
    let before = reached(&world, call.id).await.len();
    climb_at(&world, "2026-03-11T08:29").await;
    assert_eq!(reached(&world, call.id).await.len(), before);
    assert!(
        Browser::signed_in(&world, "leader")
            .await
            .reads(&format!("/duty/call-outs/{}", call.id))
            .await
            .contains("仍无人应答")
    );
    // The next watch begins: whoever is on duty now hears of it, and it climbs again.
    climb_at(&world, "2026-03-11T08:30").await;
    let fresh = morning.of(Role::OnDuty).next().expect("somebody");
    assert!(!night.of(Role::OnDuty).any(|id| id == fresh), "another one");
    let login = if fresh == account(&world, "desk-order").await { "desk-order" } else { "crew-order" };
    assert_eq!(reached(&world, call.id).await.len(), before + 1);
    assert!(notices(&world, login).await.contains(&("duty-called-out".to_owned(), "urgent".to_owned())));
    let again = call_of(&world, case).await.expect("a call-out");
    assert_eq!((again.id, again.rung.word(), again.next_at), (call.id, "on_duty", Some(at("2026-03-11T08:40"))));
    for minutes in (10..=120).step_by(10) {
        world.clock.set(at("2026-03-11T08:30").plus(minutes * MINUTE));
        following::climb(&world.app).await.expect("it climbs");
    }
    assert_eq!(call_of(&world, case).await.and_then(|call| call.next_at), None);
    // It stirs in the next night: it rings from the first rung, not swallowed by what still rings.
    world.clock.set(at("2026-03-11T20:00"));
    let told = notices(&world, login).await.iter().filter(|(kind, _)| kind == "duty-called-out").count();
    stirs_again(&world, case, "case_filed").await;
    follow(&world).await;
    let rings = call_of(&world, case).await.expect("a call-out");
    assert_eq!((rings.rung.word(), rings.next_at), ("on_duty", Some(at("2026-03-11T20:10"))));
    let now = notices(&world, login).await.iter().filter(|(kind, _)| kind == "duty-called-out").count();
    assert_eq!(now, told + 1, "whoever was reached before is told anew");
});

on_both!(a_long_weekend_calls_out_with_every_watch, |world: World| async move {
    published(&world).await;
    // Saturday and Sunday; the watch changes at 08:30.
    world.clock.set(at("2026-03-14T10:00"));
    let case = stirs(&world, "路面塌陷", true, "case_opened").await;
    follow(&world).await;
    let call = call_of(&world, case).await.expect("a call-out");
    let leader = Browser::signed_in(&world, "leader").await;
    let page = format!("/duty/call-outs/{}", call.id);
    let form = leader.form(&page, &format!("{page}/answer")).await;
    assert_eq!(leader.send(&form).await.status, 303);
    world.clock.set(at("2026-03-15T03:00"));
    stirs_again(&world, case, "case_dispatched").await;
    follow(&world).await;
    assert_eq!(call_of(&world, case).await.map(|one| one.id), Some(call.id), "the same watch has it in hand");
    world.clock.set(at("2026-03-15T09:00"));
    stirs_again(&world, case, "case_marked_urgent").await;
    follow(&world).await;
    assert_ne!(call_of(&world, case).await.map(|one| one.id), Some(call.id), "the next one hears of it");
});

on_both!(pages_of_other_peoples_duty_do_not_exist, |world: World| async move {
    let roster = published(&world).await;
    // A hand-over of the brigade's, and a call-out.
    world.clock.set(at("2026-03-10T08:20"));
    let one = shift_on(&world, &roster, "2026-03-10").await;
    let on_duty = one.of(Role::OnDuty).next().expect("somebody");
    let login = if on_duty == account(&world, "desk-order").await { "desk-order" } else { "crew-order" };
    let own = Browser::signed_in(&world, login).await;
    let mut form = own.form("/duty/mine", &format!("/duty/shifts/{}/arrive", one.id)).await;
    form.put("reason", "先到医院");
    assert_eq!(own.send(&form).await.status, 303);
    world.clock.set(at("2026-03-10T23:10"));
    let case = stirs(&world, "燃气泄漏", true, "case_opened").await;
    follow(&world).await;
    let call = format!("/duty/call-outs/{}", call_of(&world, case).await.expect("a call-out").id);
    let own = Browser::signed_in(&world, login).await;
    let page = format!("/duty/shifts/{}/hand-over", one.id);
    let mut form = own.form(&page, &page).await;
    form.put("words", "钥匙在抽屉里。");
    let log = own.send(&form).await.location;

    // A keeper, a crew and a desk of departments that stand in none of it.
    for login in ["keeper1", "crew-lamp", "desk-signs"] {
        let other = Browser::signed_in(&world, login).await;
        for path in [&call, &log] {
            assert_eq!(other.look(path).await.status, 404, "{login} {path}");
        }
        for path in [format!("{call}/answer"), format!("{log}/notes"), format!("{log}/sign")] {
            let answer = other.visitor.post(&path, &[("words", "x"), ("side", "leaving")]).await;
            assert_eq!(answer.status(), 404, "{login} {path}");
        }
        for path in ["/duty/call-outs", "/duty/hand-overs"] {
            let read = other.reads(path).await;
            assert!(!read.contains("燃气泄漏") && !read.contains("2026-03-10"), "{login} {path}: {read}");
        }
        let shift = other.page(&format!("/duty/shifts/{}", one.id)).await;
        assert!(!words(&shift).contains("先到医院") && !shift.contains(&log), "{login}: {}", words(&shift));
    }
    // Whoever stands in the roster reads its hand-overs; of an arrival only that it was.
    let stand_by = Browser::signed_in(&world, "crew-road").await;
    assert!(stand_by.reads(&log).await.contains("钥匙在抽屉里"));
    let shift = stand_by.reads(&format!("/duty/shifts/{}", one.id)).await;
    assert!(shift.contains("已签到") && !shift.contains("先到医院"), "{shift}");
    assert_eq!(stand_by.look(&call).await.status, 200, "the stand-by is on this watch");
    for login in ["leader", "shift1", "acceptor1"] {
        let desk = Browser::signed_in(&world, login).await;
        assert!(desk.reads(&log).await.contains("钥匙在抽屉里"), "{login}");
        assert!(desk.reads(&call).await.contains("临江路 8 号"), "{login}");
    }
    let read = own.reads(&format!("/duty/shifts/{}", one.id)).await;
    assert!(read.contains("先到医院"), "one's own: {read}");
});

on_both!(unfinished_hand_overs_are_reminded_of_once, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-11T20:00"));
    let (leaving, struck, next) = (
        shift_on(&world, &roster, "2026-03-11").await,
        shift_on(&world, &roster, "2026-03-12").await,
        shift_on(&world, &roster, "2026-03-13").await,
    );
    let desk = account(&world, "desk-order").await;
    let is_desk = leaving.of(Role::OnDuty).any(|id| id == desk);
    let (leaves, comes) = if is_desk { ("desk-order", "crew-order") } else { ("crew-order", "desk-order") };
    let leaver = Browser::signed_in(&world, leaves).await;
    let page = format!("/duty/shifts/{}/hand-over", leaving.id);
    let mut form = leaver.form(&page, &page).await;
    form.put("words", "一切正常。");
    let log = leaver.send(&form).await.location;
    // Nobody has signed. The shift that was to take over is struck out meanwhile, so the next one does.
    let shift = Browser::signed_in(&world, "shift1").await;
    let struck = format!("/duty/shifts/{}", struck.id);
    assert_eq!(shift.send(&shift.form(&struck, &format!("{struck}/cancel")).await).await.status, 303);
    assert!(leaver.reads(&log).await.contains(&format!("接班 {}", next.day)), "{}", leaver.reads(&log).await);
    assert!(!notices(&world, "leader").await.iter().any(|(kind, _)| kind == "duty-hand-over"));
    // Half an hour after its end: whoever has to sign, the leaders and the keepers, once.
    world.clock.set(at("2026-03-12T08:59"));
    following::tend(&world.app).await.expect("looked after");
    assert_eq!(reminders(&world, leaves, "duty-hand-over-late").await, [] as [String; 0]);
    world.clock.set(at("2026-03-12T09:00"));
    for _ in 0..2 {
        following::tend(&world.app).await.expect("looked after");
    }
    for login in [leaves, "leader", "shift1"] {
        assert_eq!(reminders(&world, login, "duty-hand-over-late").await, ["ordinary"], "{login}");
    }
    assert_eq!(reminders(&world, comes, "duty-hand-over-late").await, [] as [String; 0], "they cannot sign yet");
    assert_eq!(counted(&facts(&world, "shift", leaving.id).await, "hand_over_reminded"), 1);
    // Signed on the page of the log: those who take over are asked, as from the form.
    let leaver = Browser::signed_in(&world, leaves).await;
    let form = leaver.form(&log, &format!("{log}/sign")).await;
    assert_eq!(form.value("side"), "leaving");
    for _ in 0..2 {
        assert_eq!(leaver.send(&form).await.status, 303);
    }
    let asked = |list: Vec<(String, String)>| list.iter().filter(|(kind, _)| kind == "duty-hand-over").count();
    assert_eq!(asked(notices(&world, "leader").await), 1, "who leads the 13th may sign");
    assert_eq!(asked(notices(&world, leaves).await), 0, "nobody asks themselves");
    let leader = Browser::signed_in(&world, "leader").await;
    assert_eq!(leader.send(&leader.form(&log, &format!("{log}/sign")).await).await.status, 303);
    assert!(leader.reads(&log).await.contains("双方已签"));
    // A shift that wrote nothing at all is reminded of, too: here that of the 10th.
    let silent = shift_on(&world, &roster, "2026-03-10").await;
    assert_eq!(counted(&facts(&world, "shift", silent.id).await, "hand_over_reminded"), 1);
    assert!(!reminders(&world, comes, "duty-hand-over-missing").await.is_empty());
    world.clock.set(at("2026-03-12T12:00"));
    following::tend(&world.app).await.expect("looked after");
    assert_eq!(reminders(&world, leaves, "duty-hand-over-late").await.len(), 1);
});

on_both!(a_swap_that_nobody_decides_lapses, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-11T18:00"));
    let tomorrow = shift_on(&world, &roster, "2026-03-12").await;
    let desk = account(&world, "desk-order").await;
    let login = if tomorrow.of(Role::OnDuty).any(|id| id == desk) { "desk-order" } else { "crew-order" };
    let asker = Browser::signed_in(&world, login).await;
    let page = format!("/duty/shifts/{}/swap", tomorrow.id);
    let mut form = asker.form(&page, &page).await;
    form.choose("other", "邓可欣");
    assert_eq!(asker.send(&form).await.status, 303);
    // What begins within a day does not wait for the morning.
    let told = notices(&world, "desk-signs").await;
    assert_eq!(told, [("duty-swap-asked".to_owned(), "urgent".to_owned())]);
    let colleague = Browser::signed_in(&world, "desk-signs").await;
    let consent = action(&colleague.page("/duty/mine").await, "/consent");
    assert_eq!(colleague.send(&colleague.form("/duty/mine", &consent).await).await.status, 303);
    let shift = Browser::signed_in(&world, "shift1").await;
    assert!(shift.reads("/duty").await.contains("1 个换班申请待审批"));
    world.clock.set(at("2026-03-12T08:30"));
    let shift = Browser::signed_in(&world, "shift1").await;
    assert!(!shift.reads("/duty").await.contains("换班申请待审批"));
    assert!(shift.reads("/duty/swaps").await.contains("没有待审批的换班"));
    for _ in 0..2 {
        following::tend(&world.app).await.expect("looked after");
    }
    let asker = Browser::signed_in(&world, login).await;
    assert!(asker.reads("/duty/mine").await.contains("已过期，未办"));
    let lapsed = notices(&world, login).await.iter().filter(|(kind, _)| kind == "duty-swap-lapsed").count();
    assert_eq!(lapsed, 1);
    let late = shift.visitor.post(&consent.replace("consent", "approve"), &[("anyway", "1")]).await;
    assert_eq!(late.status(), 422);
});

on_both!(a_stand_by_does_not_silently_lead, |world: World| async move {
    let roster = published(&world).await;
    // One shift that 孙大勇 does not stand by in, so that he is free for it.
    let (shift, one, _, mut form) = shift_form(&world, &roster, "2026-03-20").await;
    form.put("stand_by", "邓可欣");
    assert_eq!(shift.send(&form).await.status, 303);
    let leader = Browser::signed_in(&world, "leader").await;
    let page = format!("/duty/shifts/{}/swap", one.id);
    let mut form = leader.form(&page, &page).await;
    form.choose("other", "孙大勇");
    let unseen = leader.send(&form).await;
    assert_eq!(unseen.status, 422);
    assert!(words(&unseen.text).contains("孙大勇 在这个班次里改任带班领导"), "{}", words(&unseen.text));
    form.put("anyway", "1");
    assert_eq!(leader.send(&form).await.status, 303);
    assert!(Browser::signed_in(&world, "crew-road").await.reads("/duty/mine").await.contains("· 带班领导"));
});

on_both!(a_change_that_cuts_a_rest_short_is_seen_first, |world: World| async move {
    let roster = published(&world).await;
    let (shift, _, page, mut form) = shift_form(&world, &roster, "2026-03-20").await;
    // Whoever stands the day before and the day after.
    let other = if form.value("on_duty") == "韩雪松" { "姚振宇" } else { "韩雪松" };
    form.put("on_duty", other);
    let unseen = shift.send(&form).await;
    assert_eq!(unseen.status, 422);
    let told = words(&unseen.text);
    assert!(told.contains("休息不足") && told.contains("2026-03-19") && told.contains("2026-03-21"), "{told}");
    assert!(!told.contains("沈望舒 两班之间"), "what was so before is no news: {told}");
    let mut form = Form::find(&unseen.text, &page).expect("the form comes back");
    assert_eq!(form.value("on_duty"), other);
    form.put("anyway", "1");
    assert_eq!(shift.send(&form).await.status, 303);
    // The same of one more shift: four hours after 18:30, when work of the day is over.
    let month = format!("{roster}/2026-03");
    let mut form = shift.form(&month, &format!("{month}/shifts")).await;
    form.put("from", "2026-03-24T12:00");
    form.put("until", "2026-03-24T18:00");
    form.put("on_duty", "曹立新");
    assert_eq!(shift.send(&form).await.status, 303);
    form.put("from", "2026-03-24T22:00");
    form.put("until", "2026-03-25T06:00");
    let unseen = shift.send(&form).await;
    assert_eq!(unseen.status, 422);
    assert!(words(&unseen.text).contains("曹立新 两班之间休息不足"), "{}", words(&unseen.text));
    let mut form = Form::find(&unseen.text, &format!("{month}/shifts")).expect("the form comes back");
    form.put("anyway", "1");
    assert_eq!(shift.send(&form).await.status, 303);
});

on_both!(staggered_hours_follow_the_working_calendar, |world: World| async move {
    world.clock.set(at("2026-09-01T09:00"));
    let shift = Browser::signed_in(&world, "shift1").await;
    let mut fields = vec![("name", "采集错时"), ("anchor", "2026-09-14"), ("weekday_6", ""), ("weekday_7", "")];
    fields.extend([("crew_on_duty_0", "林晓禾"), ("crew_on_duty_1", "周沐阳"), ("crew_on_duty_2", "陈思帆")]);
    let roster = make_roster(&shift, "staggered", &fields).await;
    assert_eq!(generate(&shift, &roster, "2026-09-14", "2026-10-31").await.status, 303);
    let days =
        |found: Vec<Shift>| found.iter().map(|one| one.day.to_string()).collect::<std::collections::BTreeSet<_>>();
    let october = days(shifts(&world, &roster, "2026-10").await);
    assert!(!october.iter().any(|day| day.as_str() <= "2026-10-07"), "{october:?}");
    assert!(october.contains("2026-10-10") && october.contains("2026-10-09") && !october.contains("2026-10-17"));
    assert!(days(shifts(&world, &roster, "2026-09").await).contains("2026-09-20"), "a Sunday that is worked");
    assert!(!shift.reads(&format!("{roster}/2026-10")).await.contains("放假调休安排不一致"));
    // Without the calendar the weekdays count, and the month says where the two differ.
    let form = shift.form(&roster, &roster).await;
    assert_eq!(form.value("by_calendar"), "1");
    assert_eq!(shift.send(&form.without(&["by_calendar"])).await.status, 303);
    assert_eq!(generate(&shift, &roster, "2026-10-01", "2026-10-31").await.status, 303);
    let october = days(shifts(&world, &roster, "2026-10").await);
    assert!(october.contains("2026-10-01") && !october.contains("2026-10-10"));
    let read = shift.reads(&format!("{roster}/2026-10")).await;
    assert!(read.contains("天与放假调休安排不一致"), "{read}");
    assert!(read.contains("2026-10-01 周四 国庆节 · 放假，但排了班") || read.contains("放假，但排了班"), "{read}");
    assert!(read.contains("2026-10-10 周六") && read.contains("调休上班，但没有排班"), "{read}");
});

on_both!(many_fingers_call_one_muster, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T21:00"));
    let one = shift_on(&world, &roster, "2026-03-10").await;
    let (leader, shift) = (Browser::signed_in(&world, "leader").await, Browser::signed_in(&world, "shift1").await);
    let path = format!("/duty/shifts/{}/muster", one.id);
    let calls = (0..8).map(|at| {
        let who = if at % 2 == 0 { &leader } else { &shift };
        let (visitor, path) = (who.visitor.clone(), path.clone());
        tokio::spawn(async move {
            let answer = visitor.post(&path, &[]).await;
            answer.headers()["location"].to_str().expect("text").to_owned()
        })
    });
    let mut musters = std::collections::BTreeSet::new();
    for call in calls.collect::<Vec<_>>() {
        musters.insert(call.await.expect("called"));
    }
    assert_eq!(musters.len(), 1, "{musters:?}");
    assert_eq!(counted(&facts(&world, "shift", one.id).await, "muster_called"), 1);
});

on_both!(pages_ask_the_database_few_things, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T10:00"));
    let shift = Browser::signed_in(&world, "shift1").await;
    for path in [format!("{roster}/2026-03"), "/duty/hand-overs".into(), "/duty/mine".into(), "/duty".into()] {
        let asked = statements_of(async || shift.page(&path).await).await;
        assert!(asked < 60, "{path}: {asked}");
    }
});

on_both!(working_hours_call_nobody_out, |world: World| async move {
    published(&world).await;
    // Tuesday 17:29 is work, 17:30 is not; a Saturday that makes up for National Day is, its evening is not.
    let rows = [
        ("2026-03-10T17:29", false, "Tuesday, the last minute of work"),
        ("2026-03-10T17:30", true, "Tuesday, work is over"),
        ("2026-10-10T10:00", false, "a Saturday worked for National Day"),
        ("2026-10-10T19:00", true, "its evening"),
        ("2026-10-05T10:00", true, "National Day"),
        ("2026-03-14T10:00", true, "a plain Saturday"),
    ];
    for (moment, is_called, why) in rows {
        world.clock.set(at(moment));
        let case = stirs(&world, "井盖缺失", true, "case_marked_urgent").await;
        follow(&world).await;
        assert_eq!(call_of(&world, case).await.is_some(), is_called, "{moment}: {why}");
    }
});

on_both!(a_gap_goes_straight_to_the_leaders_and_is_seen, |world: World| async move {
    published(&world).await;
    // Nothing was published for April.
    world.clock.set(at("2026-04-02T02:00"));
    let case = stirs(&world, "路面塌陷", true, "case_opened").await;
    follow(&world).await;
    let call = call_of(&world, case).await.expect("a call-out");
    assert!(call.is_gap);
    assert_eq!(reached(&world, call.id).await, ["leader", "leader2", "leader3"]);
    let page = Browser::signed_in(&world, "shift1").await.reads("/duty").await;
    assert!(page.contains("现在无人值班") && page.contains("当时无人值班"), "{page}");
});

on_both!(what_stirred_long_ago_calls_nobody_out, |world: World| async move {
    published(&world).await;
    world.clock.set(at("2026-03-10T02:00"));
    let case = stirs(&world, "燃气泄漏", true, "case_opened").await;
    world.clock.set(at("2026-03-10T20:00"));
    follow(&world).await;
    // The background reader may have been quick: then it was called out in its own night, not now.
    let late = call_of(&world, case).await.filter(|call| call.opened_at >= at("2026-03-10T20:00"));
    assert_eq!(late, None);
});

on_both!(a_hand_over_is_signed_by_both_sides, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-11T08:20"));
    let (leaving, coming) =
        (shift_on(&world, &roster, "2026-03-10").await, shift_on(&world, &roster, "2026-03-11").await);
    let desk = account(&world, "desk-order").await;
    let is_desk = leaving.of(Role::OnDuty).any(|id| id == desk);
    let (leaves, comes) = if is_desk { ("desk-order", "crew-order") } else { ("crew-order", "desk-order") };
    stirs(&world, "燃气泄漏", true, "case_opened").await;
    let (leaver, comer) = (Browser::signed_in(&world, leaves).await, Browser::signed_in(&world, comes).await);
    let page = format!("/duty/shifts/{}/hand-over", leaving.id);
    assert_eq!(comer.look(&page).await.status, 404);
    let mut form = leaver.form(&page, &page).await;
    let shown = leaver.reads(&page).await;
    assert!(shown.contains("燃气泄漏") && shown.contains(&coming.day.to_string()), "{shown}");
    form.put("words", "钥匙在抽屉里。");
    let kept = leaver.send(&form).await;
    assert_eq!(kept.status, 303, "{}", words(&kept.text));
    let log = kept.location;
    let mut form = leaver.form(&page, &page).await;
    assert_eq!(form.value("words"), "钥匙在抽屉里。");
    form.put("words", "钥匙在抽屉里。燃气现场有人看守。");
    form.put("sign", "1");
    for _ in 0..2 {
        assert_eq!(leaver.send(&form).await.status, 303);
    }
    assert!(notices(&world, comes).await.iter().any(|(kind, _)| kind == "duty-hand-over"));
    // Signed by one: not changed any more, and red until the other has signed.
    form.put("words", "改掉");
    let late = leaver.send(&form).await;
    assert_eq!(late.status, 422);
    assert_eq!(Form::find(&late.text, &format!("{log}/notes")).expect("a form to add").value("words"), "改掉");
    world.clock.set(at("2026-03-11T08:40"));
    let shift = Browser::signed_in(&world, "shift1").await;
    assert!(shift.reads("/duty").await.contains("1 份交接班记录未签字"));
    assert!(shift.reads(&log).await.contains("班次已结束，双方还没有签完字"));
    assert_eq!(shift.visitor.post(&format!("{log}/sign"), &[("side", "coming")]).await.status(), 422);
    let (leaver, comer) = (Browser::signed_in(&world, leaves).await, Browser::signed_in(&world, comes).await);
    assert_eq!(leaver.visitor.post(&format!("{log}/sign"), &[("side", "coming")]).await.status(), 422);
    let form = comer.form(&log, &format!("{log}/sign")).await;
    for _ in 0..2 {
        assert_eq!(comer.send(&form).await.status, 303);
    }
    let read = comer.reads(&log).await;
    assert!(read.contains("双方已签") && read.contains("燃气现场有人看守") && read.contains("燃气泄漏"), "{read}");
    // It stands; more can only be added.
    let mut form = comer.form(&log, &format!("{log}/notes")).await;
    form.put("words", "燃气公司 9 点到。");
    for _ in 0..2 {
        assert_eq!(comer.send(&form).await.status, 303);
    }
    let read = comer.reads(&log).await;
    assert_eq!(read.matches("燃气公司 9 点到。").count(), 1, "{read}");
    assert!(read.contains("燃气现场有人看守"));
    let told = facts(&world, "shift", leaving.id).await;
    assert_eq!(counted(&told, "hand_over_signed_leaving"), 1);
    assert_eq!(counted(&facts(&world, "shift", coming.id).await, "hand_over_signed_coming"), 1);
    // A shift that ends without a word is red, too.
    world.clock.set(at("2026-03-12T09:00"));
    let shift = Browser::signed_in(&world, "shift1").await;
    assert!(shift.reads("/duty/hand-overs").await.contains("个班次结束后没有写交接班"));
});

/// The rows of a spreadsheet's first sheet.
fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a spreadsheet");
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).expect("a sheet");
    let text = |cell: &Data| cell.to_string();
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

on_both!(a_roster_leaves_and_comes_back_as_a_spreadsheet, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T10:00"));
    let keeper = Browser::signed_in(&world, "keeper1").await;
    let response = keeper.visitor.get(&format!("{roster}/2026-03/roster.xlsx")).await;
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().await.expect("bytes").to_vec();
    let table = rows(&bytes);
    assert_eq!(table[0], ["日期", "星期", "开始", "结束", "班次", "带班领导", "值班", "备勤"]);
    assert_eq!(table.len(), 32);
    assert_eq!(table[1][..4], ["2026-03-01", "周日", "08:30", "08:30"]);

    // The same table for April, with mistakes.
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(&table) {
        for (column, cell) in (0..).zip(cells) {
            let cell = match (row, column) {
                (2, 6) => "没有这个人".to_owned(),
                (3, 2) => "八点半".to_owned(),
                _ => cell.replace("2026-03-31", "2026-04-16").replace("2026-03", "2026-04"),
            };
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    let april = book.save_to_buffer().expect("a spreadsheet");
    let shift = Browser::signed_in(&world, "shift1").await;
    let mut form = shift.form(&roster, &format!("{roster}/sheets")).await;
    form.attach("april.xlsx", april);
    let looked = shift.send(&form).await;
    assert_eq!(looked.status, 303, "{}", words(&looked.text));
    let page = looked.location;
    let read = shift.reads(&page).await;
    assert!(read.contains("可用 29 行，有问题 2 行"), "{read}");
    assert!(read.contains("第 3 行 没有叫“没有这个人”的人员") && read.contains("第 4 行 时间“八点半”读不懂"), "{read}");
    assert!(read.contains("尚未生效"));
    // The last row was moved onto another's day: two at once are named before anything is kept.
    assert!(read.contains("同时排了两个班"), "{read}");
    assert_eq!(shifts(&world, &roster, "2026-04").await.len(), 0, "looking changes nothing");
    assert_eq!(keeper.look(&page).await.status, 403);
    let form = shift.form(&page, &format!("{page}/keep")).await;
    for _ in 0..2 {
        assert_eq!(shift.send(&form).await.status, 303);
    }
    let kept = shifts(&world, &roster, "2026-04").await;
    assert_eq!(kept.len(), 29);
    assert!(kept.iter().all(|one| !one.is_published));
    let month = format!("{roster}/2026-04");
    assert!(shift.reads(&month).await.contains("处冲突，改好后才能发布"));
    let stopped = publish(&shift, &roster, "2026-04").await;
    assert_eq!(stopped.status, 422);
    assert!(words(&stopped.text).contains("请先改好再发布"));
    // A published month is not replaced as a whole.
    let mut form = shift.form(&roster, &format!("{roster}/sheets")).await;
    form.attach("march.xlsx", bytes.clone());
    let page = shift.send(&form).await.location;
    assert!(shift.reads(&page).await.contains("已发布，不能整月替换"));
    assert_eq!(shift.visitor.post(&format!("{page}/keep"), &[]).await.status(), 422);
    assert_eq!(shifts(&world, &roster, "2026-03").await.len(), 31);
    // So is one that is too long.
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..2602 {
        sheet.write_string(row, 0, "x").expect("a cell");
    }
    let mut form = shift.form(&roster, &format!("{roster}/sheets")).await;
    form.attach("long.xlsx", book.save_to_buffer().expect("a spreadsheet"));
    let refused = shift.send(&form).await;
    assert_eq!(refused.status, 422);
    assert!(words(&refused.text).contains("表格超过 2600 行"), "{}", words(&refused.text));
    // What is no spreadsheet is refused in a sentence.
    let mut form = shift.form(&roster, &format!("{roster}/sheets")).await;
    form.attach("roster.xlsx", b"day,from,until\n".to_vec());
    let refused = shift.send(&form).await;
    assert_eq!(refused.status, 422);
    assert!(words(&refused.text).contains("读不出这个文件"));
});

/// The events of a calendar, unfolded: each its properties.
pub(crate) fn events(text: &str) -> Vec<Vec<(String, String)>> {
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "lines are folded");
    let text = text.replace("\r\n ", "");
    let mut events = Vec::new();
    for line in text.split_terminator("\r\n") {
        let (name, value) = line.split_once(':').expect("a property");
        if (name, value) == ("BEGIN", "VEVENT") {
            events.push(Vec::new());
        } else if let Some(event) = events.last_mut() {
            let event: &mut Vec<(String, String)> = event;
            event.push((name.to_owned(), value.to_owned()));
        }
    }
    events
}

pub(crate) fn property<'a>(event: &'a [(String, String)], name: &str) -> &'a str {
    event.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

on_both!(a_calendar_is_read_by_its_secret_alone, |world: World| async move {
    let roster = published(&world).await;
    world.clock.set(at("2026-03-10T10:00"));
    let desk = Browser::signed_in(&world, "desk-order").await;
    let form = desk.form("/duty/mine", "/duty/feeds").await;
    assert_eq!(form.value("kind"), "own");
    let address = |page: &str| {
        let page = crate::browser::plain(page);
        let from = page.find("/duty/feed/").expect("an address");
        page[from..].chars().take_while(|sign| !"<\" ".contains(*sign)).collect::<String>()
    };
    let made = desk.send(&form).await;
    assert_eq!(made.status, 200);
    let own = address(&made.text);
    assert!(own.ends_with(".ics") && own.len() > 70, "{own}");
    assert!(!desk.page("/duty/mine").await.contains("/duty/feed/"), "it is shown once");
    let stranger = Browser::new(&world);
    let response = stranger.visitor.get(&own).await;
    assert_eq!(response.headers()["content-type"], "text/calendar; charset=utf-8");
    let read = events(&response.text().await.expect("a calendar"));
    let mine: Vec<Shift> = shifts(&world, &roster, "2026-03").await;
    let desk_id = account(&world, "desk-order").await;
    let mine: Vec<&Shift> = mine.iter().filter(|one| one.role_of(desk_id).is_some()).collect();
    assert_eq!(read.len(), mine.len());
    let first = &read[0];
    assert_eq!(property(first, "UID"), format!("shift-{}@duty.city-steward", mine[0].id));
    assert_eq!(property(first, "SEQUENCE"), "1");
    assert!(property(first, "SUMMARY").starts_with("值班 · 大队总值班"), "{first:?}");
    let utc = |at: Moment| at.zoned(&jiff::tz::TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    assert_eq!(
        (property(first, "DTSTART"), property(first, "DTEND")),
        (utc(mine[0].from).as_str(), utc(mine[0].until).as_str())
    );

    // A change raises the sequence under the same name; what is struck out says so.
    let shift = Browser::signed_in(&world, "shift1").await;
    let next = mine.iter().find(|one| one.from > world.clock.now()).expect("a shift to come");
    let page = format!("/duty/shifts/{}", next.id);
    let mut form = shift.form(&page, &page).await;
    form.put("name", "加强");
    assert_eq!(shift.send(&form).await.status, 303);
    let form = shift.form(&page, &format!("{page}/cancel")).await;
    assert_eq!(shift.send(&form).await.status, 303);
    let read = events(&stranger.visitor.get(&own).await.text().await.expect("a calendar"));
    let uid = format!("shift-{}@duty.city-steward", next.id);
    let changed = read.iter().find(|event| property(event, "UID") == uid).expect("the event is still there");
    assert_eq!((property(changed, "SEQUENCE"), property(changed, "STATUS")), ("3", "CANCELLED"));

    // The team's calendar has everybody's; revoked, replaced and guessed addresses lead nowhere.
    let form = {
        let mut form = desk.form("/duty/mine", "/duty/feeds").await;
        form.put("kind", "team");
        form
    };
    let team = address(&desk.send(&form).await.text);
    assert_eq!(events(&stranger.visitor.get(&team).await.text().await.expect("a calendar")).len(), 31);
    let again = address(&desk.send(&form).await.text);
    assert_eq!(stranger.look(&team).await.status, 404);
    assert_eq!(stranger.look(&again).await.status, 200);
    let form = desk.form("/duty/mine", "/duty/feeds/revoke").await;
    assert_eq!(desk.send(&form).await.status, 303);
    assert_eq!(stranger.look(&own).await.status, 404);
    assert_eq!(stranger.look("/duty/feed/1.ics").await.status, 404);
});

on_both!(every_kind_of_roster_is_made_by_its_form, |world: World| async move {
    world.clock.set(at("2026-12-20T09:00"));
    let shift = Browser::signed_in(&world, "shift1").await;
    let crews = [
        ("crew_on_duty_0", "苏婉清"),
        ("crew_on_duty_1", "郭子默"),
        ("crew_on_duty_2", "dispatcher1"),
        ("crew_leader_0", "罗建明"),
    ];
    let mut fields = vec![("name", "监督中心三班倒"), ("anchor", "2026-12-01")];
    fields.extend(crews);
    let rotating = make_roster(&shift, "rotating", &fields).await;
    // Over New Year; the calendar of 2027 is not loaded, which keeps nobody from being on duty.
    assert_eq!(generate(&shift, &rotating, "2026-12-01", "2027-01-31").await.status, 303);
    assert_eq!(shifts(&world, &rotating, "2026-12").await.len(), 93);
    assert_eq!(shifts(&world, &rotating, "2027-01").await.len(), 93);
    assert!(shift.reads(&format!("{rotating}/2027-01")).await.contains("没有冲突，24 小时都有人"));
    let mut fields = vec![("name", "采集错时"), ("anchor", "2026-12-07"), ("weekday_6", ""), ("weekday_7", "")];
    fields.extend([("crew_on_duty_0", "林晓禾"), ("crew_on_duty_1", "周沐阳"), ("crew_on_duty_2", "陈思帆")]);
    let staggered = make_roster(&shift, "staggered", &fields).await;
    assert_eq!(generate(&shift, &staggered, "2026-12-07", "2026-12-13").await.status, 303);
    assert_eq!(shifts(&world, &staggered, "2026-12").await.len(), 15);
    let mut fields =
        vec![("name", "机动中队周班"), ("from", "17:30"), ("until", "08:30"), ("day_1", "1"), ("day_5", "2")];
    fields.extend([("crew_on_duty_0", "韩雪松"), ("crew_on_duty_1", "姚振宇")]);
    let weekly = make_roster(&shift, "weekly", &fields).await;
    assert_eq!(generate(&shift, &weekly, "2026-12-01", "2026-12-31").await.status, 303);
    let found = shifts(&world, &weekly, "2026-12").await;
    assert_eq!(found.len(), 8, "Mondays and Fridays");
    assert_eq!((found[0].until.0 - found[0].from.0) / MINUTE, 15 * 60);
    // Changing it changes what is made from now on, and stopping it takes it out of use.
    let mut form = shift.form(&weekly, &weekly).await;
    assert_eq!((form.value("day_5"), form.value("until"), form.value("crew_on_duty_1")), ("2", "08:30", "姚振宇"));
    form.put("day_2", "2");
    let mut form = form.without(&["is_active"]);
    form.put("name", "机动中队值班");
    assert_eq!(shift.send(&form).await.status, 303);
    assert!(shift.reads("/duty/rosters").await.contains("已停用"));
    for page in ["/duty/rosters", &rotating, &staggered, &weekly, &format!("{weekly}/2026-12")] {
        assert_eq!(shift.look(&format!("{page}?lang=en")).await.status, 200, "{page}");
    }
});

on_both!(the_demonstration_has_this_month_and_the_next, |world: World| async move {
    let settings = world.app.duty;
    steward::demo::duty::stand(&world.app.db, settings, world.app.city.zone(), world.clock.now()).await.expect("duty");
    let keeper = Browser::signed_in(&world, "keeper1").await;
    let page = keeper.reads("/duty").await;
    assert!(page.contains("大队总值班") && page.contains("0990-62011") && !page.contains("现在无人值班"), "{page}");
    assert!(!page.contains("未签字"), "whoever stands in other rosters has nothing to do with it: {page}");
    for path in ["/duty?month=2026-04", "/duty/mine", "/duty/hand-overs"] {
        assert_eq!(keeper.look(path).await.status, 200);
    }
    let shift = Browser::signed_in(&world, "shift1").await;
    let page = shift.reads("/duty").await;
    assert!(page.contains("份交接班记录未签字"), "{page}");
    assert!(!page.contains("没有写交接班"), "{page}");
    assert!(shift.reads("/duty/rosters").await.contains("监督指挥三班倒"));
});

on_both!(a_missing_manhole_cover_at_night_rings_although_nobody_is_at_the_desk, |world: World| async move {
    published(&world).await;
    world.clock.set(at("2026-03-11T02:00"));
    // By its category, by its words alone, and what may wait until the morning.
    let rows = [
        ("井盖不在了", "component-0123", true),
        ("人行道上井盖没了，差点掉下去", "", true),
        ("垃圾桶边上的井盖没了", "event-0110", true),
        ("路灯不亮", "component-0137", false),
        ("井盖响，睡不着", "", false),
    ];
    for (text, category, rings) in rows {
        let citizen = Browser::new(&world);
        let mut form = citizen.form("/report", "/report").await;
        for (name, value) in [("words", text), ("address", "望澜路 8 号"), ("category", category), ("similar", "any")]
        {
            form.put(name, value);
        }
        let sent = citizen.send(&form).await;
        assert_eq!(sent.status, 303, "{}", words(&sent.text));
        let code = sent.location.trim_start_matches("/track/").split('?').next().unwrap_or_default().to_owned();
        steward::cases::following::follow_once(&world.app).await.expect("the case is opened");
        follow(&world).await;
        let found = world.app.db.read(move |tx| async move {
            let report = steward::reports::store::load_by_code(&tx, &code).await?.expect("the report");
            steward::cases::store::case_of(&tx, report.id).await
        });
        let case = found.await.map_err(|error: DbError| error).expect("a row").expect("the case");
        assert_eq!(call_of(&world, case).await.is_some(), rings, "{text}");
        crate::restless::is_made_again(&world, case).await;
    }
});
