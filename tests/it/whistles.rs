//! Whistles over HTTP, by the pages' own forms: from blowing to mutual rating, refusals, arrivals, clocks that run out,
//! enforcement, and who sees what.

use crate::browser::{Answer, Browser, Form, photo, words};
use crate::on_both;
use crate::world::{On, World};
use serde_json::Value;
use sha2::{Digest, Sha256};
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, params};
use steward::kit::error::Error;
use steward::kit::id::{Id, hexadecimal};
use steward::kit::sources::Sources;
use steward::whistles::store::{self, Scope};
use steward::whistles::watching;
use steward::whistles::whistle::{Stage, Whistle, replay};

/// Where the problem is: in the middle of the invented city.
const HERE: (f64, f64) = (123.414, 31.2093);
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

struct Cast {
    dispatcher: Browser,
    shift: Browser,
    leader: Browser,
    garden: Browser,
    gardener: Browser,
    sanitation: Browser,
    order: Browser,
    /// A department that nobody calls.
    signs: Browser,
}

impl Cast {
    async fn of(world: &World) -> Cast {
        world.settle().await;
        Cast::signed_in(world).await
    }

    /// Everybody anew: whoever does nothing for half an hour is signed out.
    async fn signed_in(world: &World) -> Cast {
        let sign_in = |login| Browser::signed_in(world, login);
        Cast {
            dispatcher: sign_in("dispatcher1").await,
            shift: sign_in("shift1").await,
            leader: sign_in("leader").await,
            garden: sign_in("desk-garden").await,
            gardener: sign_in("crew-garden").await,
            sanitation: sign_in("desk-sanitation").await,
            order: sign_in("desk-order").await,
            signs: sign_in("desk-signs").await,
        }
    }
}

/// A case of a citizen's report, here.
async fn case(world: &World) -> Id {
    let citizen = Browser::new(world);
    let mut form = citizen.form("/report", "/report").await;
    let (lon, lat) = (HERE.0.to_string(), HERE.1.to_string());
    for (name, value) in [
        ("words", "夜市占道，树池里全是垃圾"),
        ("address", "古渡路夜市"),
        ("lon", &lon),
        ("lat", &lat),
        ("similar", "any"),
    ] {
        form.put(name, value);
    }
    form.attach("photo.jpg", photo("vendor-before"));
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

/// The form for a new whistle, filled in.
async fn written(who: &Browser, path: &str, kind: &str, called: &[&str]) -> Form {
    let mut form = who.form(path, "/whistles").await;
    form.put("kind", kind);
    form.put("words", "清理夜市，劝离占道摊贩，恢复树池");
    for (position, department) in called.iter().enumerate() {
        form.choose(&format!("department-{}", position + 1), department);
    }
    form.put("lead", "1");
    form.put("do", "blow");
    form
}

/// Blows a whistle about a new case, sent twice as an impatient person does.
pub(crate) async fn blown(world: &World, who: &Browser, kind: &str, called: &[&str]) -> (String, Id) {
    let case = case(world).await;
    let form = written(who, &format!("/whistles/new?case={case}"), kind, called).await;
    let first = who.send(&form).await;
    assert_eq!(first.status, 303, "{}", words(&first.text));
    let again = who.send(&form).await;
    assert_eq!((again.status, &again.location), (303, &first.location), "sent twice, one whistle");
    (first.location, case)
}

async fn loaded(world: &World, page: &str) -> Whistle {
    let id: Id = page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    world.app.db.read(move |tx| async move { store::load(&tx, id, &Scope::All).await }).await.expect("the whistle")
}

/// The leg of a department of this name, as part of an address.
async fn leg(world: &World, page: &str, code: &'static str) -> String {
    let whistle = loaded(world, page).await;
    let departments = world.app.db.read(|tx| async move { steward::people::store::departments(&tx).await });
    let departments = departments.await.map_err(|error: DbError| error).expect("departments");
    let department = departments.iter().find(|one| one.code == code).expect("the department").id;
    let leg = whistle.legs.iter().find(|leg| leg.department == department).expect("its leg");
    format!("{page}/legs/{}", leg.id)
}

/// Does an act by the form of a page, twice: the second sending changes nothing.
async fn does(world: &World, who: &Browser, page: &str, action: &str, fields: &[(&str, &str)]) {
    let answer = tries(who, page, action, fields).await;
    assert_eq!(answer.0.status, 303, "{action}: {}", words(&answer.0.text));
    let revision = loaded(world, &whistle_of(action)).await.revision;
    let again = who.send(&answer.1).await;
    assert_eq!((again.status, &again.location), (303, &answer.0.location), "{action} again: {}", words(&again.text));
    assert_eq!(loaded(world, &whistle_of(action)).await.revision, revision, "{action} was done twice");
    world.clock.set(world.clock.now().plus(MINUTE));
}

fn whistle_of(action: &str) -> String {
    action.split('/').take(3).collect::<Vec<_>>().join("/")
}

async fn tries(who: &Browser, page: &str, action: &str, fields: &[(&str, &str)]) -> (Answer, Form) {
    let mut form = who.form(page, action).await;
    for (name, value) in fields {
        form.put(name, value);
    }
    (who.send(&form).await, form)
}

async fn refuses(who: &Browser, page: &str, action: &str, fields: &[(&str, &str)], told: &str) -> Answer {
    let (answer, _) = tries(who, page, action, fields).await;
    let read = words(&answer.text);
    assert_eq!(answer.status, 422, "{action}: {read}");
    assert!(read.contains(told), "{action}: {told} is not in {read}");
    answer
}

/// Reports in from a phone at a place.
async fn arrives(who: &Browser, leg: &str, at: Option<(f64, f64)>, reason: &str) -> (Answer, Form) {
    let (lon, lat) = at.map(|(lon, lat)| (lon.to_string(), lat.to_string())).unwrap_or_default();
    let page = format!("{leg}/arrive");
    tries(who, &page, &page, &[("lon", &lon), ("lat", &lat), ("accuracy", "12"), ("reason", reason)]).await
}

/// The kinds of notices that an account has, oldest first.
async fn notices(world: &World, login: &'static str) -> Vec<String> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select n.kind from notices n join accounts a on a.id = n.account_id where a.login = $1 \
                   and n.kind like 'whistle%' order by n.id";
        tx.query(sql, params![login]).await?.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    read.await.expect("notices")
}

/// The whistle is what its facts tell, from nothing.
async fn is_its_facts(world: &World, page: &str) {
    let whistle = loaded(world, page).await;
    let id = whistle.id;
    let facts = world.app.db.read(move |tx| async move { store::facts(&tx, id).await });
    let facts = facts.await.map_err(|error: DbError| error).expect("facts");
    assert_eq!(i64::try_from(facts.len()).expect("few"), whistle.revision, "one fact for every act");
    assert_eq!(replay(facts), Ok(whistle));
}

on_both!(from_blowing_to_mutual_rating, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (page, case) = blown(&world, &cast.dispatcher, "hard-problem", &["园林绿化中心", "市容秩序中队"]).await;
    let (garden, order) = (leg(&world, &page, "200").await, leg(&world, &page, "110").await);
    let history = cast.dispatcher.reads(&format!("/cases/{case}")).await;
    assert!(history.contains("已吹哨"), "the case tells of it: {history}");
    assert_eq!(notices(&world, "desk-garden").await, ["whistle-called"]);
    assert_eq!(notices(&world, "desk-order").await, Vec::<String>::new(), "enforcement is not called yet");

    // Who is not called does not know that it exists, whatever they try.
    assert_eq!(cast.signs.look(&page).await.status, 404);
    assert_eq!(cast.signs.look(&format!("{garden}/arrive")).await.status, 404);
    assert_eq!(cast.signs.look(&format!("{page}/evidence.json")).await.status, 404);
    assert!(!cast.signs.reads("/whistles").await.contains("清理夜市"));
    let stranger = cast.garden.form(&page, &format!("{garden}/sign")).await;
    for act in ["sign", "contact", "refuse", "arrive", "work", "feed-back", "rate-whistle"] {
        assert_eq!(cast.signs.send(&stranger.to(format!("{garden}/{act}"))).await.status, 404, "{act}");
        assert_eq!(cast.order.send(&stranger.to(format!("{garden}/{act}"))).await.status, 404, "{act} for others");
    }
    assert_eq!(cast.dispatcher.send(&stranger).await.status, 403, "nobody signs for a department");
    assert_eq!(Browser::signed_in(&world, "keeper1").await.look(&page).await.status, 403);

    let read = cast.garden.reads(&page).await;
    for told in ["待签收", "签收截止 2026-03-10 11:00", "首次联系截止", "牵头", "清理夜市", "古渡路夜市", "待命"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    assert!(read.contains("2026-03-13（周五）为第 3 个工作日"), "why it is due then: {read}");
    assert!(cast.garden.reads("/whistles").await.contains("清理夜市"));
    assert!(cast.order.reads(&page).await.contains("待命"));
    let waiting = cast.garden.form(&page, &format!("{garden}/sign")).await.to(format!("{order}/sign"));
    let mut waiting = waiting.without(&["revision"]);
    waiting.put("revision", "1");
    assert_eq!(cast.order.send(&waiting).await.status, 422, "enforcement waits");

    does(&world, &cast.garden, &page, &format!("{garden}/sign"), &[]).await;
    does(&world, &cast.garden, &page, &format!("{garden}/contact"), &[("words", "已与派遣员通话，半小时到")]).await;
    let (arrived, _) = arrives(&cast.gardener, &garden, Some((HERE.0 + 0.0005, HERE.1)), "").await;
    assert_eq!(arrived.status, 303, "{}", words(&arrived.text));
    let read = cast.dispatcher.reads(&page).await;
    assert!(read.contains("已到场") && read.contains("距地点 48 米"), "{read}");
    refuses(&cast.gardener, &page, &format!("{garden}/work"), &[("words", " ")], "请写几句处置情况").await;
    let mut work = cast.gardener.form(&page, &format!("{garden}/work")).await;
    work.put("words", "树池已清，补栽两株");
    work.attach("after.jpg", photo("vendor-after"));
    assert_eq!(cast.gardener.send(&work).await.status, 303);
    let feed_back = format!("{garden}/feed-back");
    refuses(&cast.garden, &page, &feed_back, &[("words", "好了")], "请作出选择").await;
    does(&world, &cast.garden, &page, &feed_back, &[("result", "done"), ("words", "树池恢复")]).await;
    let accept = format!("{garden}/accept");
    assert_eq!(cast.garden.send(&stranger.to(accept.clone())).await.status, 403, "nobody accepts their own leg");
    // Of the others a department sees what working together needs.
    let read = cast.order.reads(&page).await;
    assert!(read.contains("已反馈，待确认") && !read.contains("补栽两株") && !read.contains("半小时到"), "{read}");
    let send_back = cast.dispatcher.form(&page, &accept).await.to(format!("{garden}/send-back"));
    let refused = cast.dispatcher.send(&send_back).await;
    assert!(refused.status == 422 && words(&refused.text).contains("请写明内容或原因"));
    let anchor =
        refused.text.split("href=\"#words-").nth(1).and_then(|rest| rest.split('"').next()).expect("an anchor");
    assert!(refused.text.contains(&format!("id=\"words-{anchor}\"")), "the error leads to its field: {anchor}");
    // What is missing was written while the other desk accepted: it is refused, and not lost.
    let mut send_back = send_back.without(&["revision"]);
    send_back.put("revision", "1");
    send_back.put("words", "东侧树池还有砖头");
    let refused = cast.dispatcher.send(&send_back).await;
    assert_eq!(refused.status, 422);
    assert_eq!(Form::find(&refused.text, &accept).expect("the form").value("words"), "东侧树池还有砖头");
    does(&world, &cast.dispatcher, &page, &accept, &[("words", "辛苦了")]).await;

    let refused = cast.dispatcher.send(&send_back).await;
    let read = words(&refused.text);
    assert!(
        refused.status == 422 && read.contains("您刚才写的内容") && refused.text.contains("东侧树池还有砖头"),
        "{read}"
    );
    assert_eq!(notices(&world, "desk-order").await, ["whistle-called"], "management has ended");
    let (arrived, _) = arrives(&cast.order, &order, Some(HERE), "").await;
    assert_eq!(arrived.status, 303, "whoever runs at once signs by arriving");
    does(&world, &cast.order, &page, &format!("{order}/feed-back"), &[("result", "partly"), ("words", "劝离三家")])
        .await;
    does(&world, &cast.dispatcher, &page, &format!("{order}/accept"), &[]).await;
    let whistle = loaded(&world, &page).await;
    assert_eq!(whistle.stage, Stage::Ended);
    assert!(cast.leader.reads(&page).await.contains("全部办完，消哨"));
    assert!(notices(&world, "desk-garden").await.contains(&"whistle-ended".to_owned()));

    // Both rate; neither sees what the other said before having spoken. What was chosen comes back with a refusal.
    let (rate, rate_back) = (format!("{garden}/rate"), format!("{garden}/rate-whistle"));
    let long = "好".repeat(2001);
    let (refused, _) = tries(&cast.dispatcher, &page, &rate, &[("stars", "4"), ("words", &long)]).await;
    let back = Form::find(&refused.text, &rate).expect("the form comes back");
    assert_eq!((refused.status, back.value("stars"), back.value("words").chars().count()), (422, "4", 2001));
    refuses(&cast.dispatcher, &page, &rate, &[("words", "很好")], "请选择一到五颗星").await;
    does(&world, &cast.dispatcher, &page, &rate, &[("stars", "5"), ("words", "到得快，活细")]).await;
    let read = cast.garden.reads(&page).await;
    assert!(read.contains("吹哨方已评价，双方都评价后可见") && !read.contains("到得快"), "{read}");
    let stars = [("necessary", "4"), ("accurate", "3"), ("words", "位置差了一个路口")];
    does(&world, &cast.garden, &page, &rate_back, &stars).await;
    for who in [&cast.garden, &cast.dispatcher] {
        let read = who.reads(&page).await;
        assert!(read.contains("到得快，活细") && read.contains("位置差了一个路口"), "{read}");
    }
    let read = cast.order.reads(&page).await;
    assert!(!read.contains("到得快") && !read.contains("差了一个路口"), "what others rated is not theirs: {read}");
    does(&world, &cast.dispatcher, &page, &format!("{order}/rate"), &[("stars", "2"), ("words", "来得晚")]).await;
    assert!(!cast.order.reads(&page).await.contains("来得晚"));
    world.clock.set(world.clock.now().plus(8 * DAY));
    for login in ["desk-order", "dispatcher1"] {
        let who = Browser::signed_in(&world, login).await;
        assert!(who.reads(&page).await.contains("来得晚"), "after a week everything is seen");
    }
    let order_desk = Browser::signed_in(&world, "desk-order").await;
    assert!(Form::find(&order_desk.page(&page).await, &format!("{order}/rate-whistle")).is_none());
    is_its_facts(&world, &page).await;
    let english = order_desk.reads(&format!("{page}?lang=en")).await;
    assert!(english.contains("Ended") && !english.contains("whistles-"), "{english}");

    // What the evaluation reads.
    let read = world.app.db.read(|tx| async move {
        let sql = "select d.code, l.is_signed_in_time, l.is_contacted_in_time, l.is_arrived_in_time, l.is_worked_in_time, \
                   l.arrival_minutes, l.arrival_metres, l.is_at_place, l.result, l.department_stars, l.whistle_necessary, \
                   l.whistle_accurate from whistle_legs l join departments d on d.id = l.department_id order by d.code";
        let rows = tx.query(sql, vec![]).await?;
        let row = |row: &steward::kit::db::Row| {
            let yes = |at| row.get::<Option<bool>>(at);
            let number = |at| row.get::<Option<i64>>(at);
            Ok::<_, DbError>((
                row.get::<String>(0)?,
                (yes(1)?, yes(2)?, yes(3)?, yes(4)?),
                (number(5)?, number(6)?, yes(7)?, row.get::<Option<String>>(8)?),
                (number(9)?, number(10)?, number(11)?),
            ))
        };
        rows.iter().map(row).collect::<Result<Vec<_>, DbError>>()
    });
    let yes = Some(true);
    assert_eq!(
        read.await.expect("rows"),
        [
            ("110".into(), (yes, yes, yes, yes), (Some(1), Some(0), yes, Some("partly".into())), (Some(2), None, None)),
            (
                "200".into(),
                (yes, yes, yes, yes),
                (Some(2), Some(48), yes, Some("done".into())),
                (Some(5), Some(4), Some(3))
            ),
        ]
    );
});

on_both!(a_refusal_is_upheld_by_a_superior, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (page, _) = blown(&world, &cast.dispatcher, "emergency", &["环境卫生中心", "园林绿化中心"]).await;
    let own = leg(&world, &page, "210").await;
    let refuse = format!("{own}/refuse");
    let reason = [("reason", "not-our-duty"), ("words", "夜市垃圾由市场自清")];
    let due = loaded(&world, &page).await.legs[0].clocks.0.clone();
    refuses(&cast.sanitation, &page, &refuse, &[("reason", ""), ("words", "不归我们")], "请作出选择").await;
    does(&world, &cast.sanitation, &page, &refuse, &reason).await;
    assert!(notices(&world, "shift1").await.contains(&"whistle-refused".to_owned()));
    let read = cast.shift.reads("/whistles?show=asking").await;
    assert!(read.contains("清理夜市") && read.contains("等待上级决定"), "{read}");
    let read = cast.garden.reads(&page).await;
    assert!(!read.contains("市场自清"), "why others refuse is not theirs: {read}");
    let decide = format!("{own}/decide");
    let form = cast.shift.form(&page, &decide).await;
    for who in [&cast.dispatcher, &cast.sanitation] {
        assert_eq!(who.send(&form).await.status, 403, "only superiors decide");
    }
    refuses(&cast.shift, &page, &decide, &[("decision", "uphold")], "请写明内容或原因").await;
    world.clock.set(world.clock.now().plus(2 * 60 * MINUTE));
    // The superior keeps a clock too, and is told when it has run out.
    watching::sweep(&world.app).await.expect("a look");
    for login in ["shift1", "leader", "dispatcher1"] {
        assert!(notices(&world, login).await.contains(&"whistle-late-decide".to_owned()), "{login}");
    }
    let cast = Cast::signed_in(&world).await;
    does(&world, &cast.shift, &page, &decide, &[("decision", "uphold"), ("words", "按职责清单由你中心负责")]).await;
    let whistle = loaded(&world, &page).await;
    let after = &whistle.legs[0].clocks.0;
    let arrive = steward::whistles::leg::ClockKind::Arrive;
    let moved = after[&arrive].due.expect("a moment").0 - due[&arrive].due.expect("a moment").0;
    assert_eq!(moved, 2 * 60 * MINUTE + MINUTE, "the time of deciding is given back, and no other");
    let read = cast.sanitation.reads(&page).await;
    assert!(read.contains("已裁定须到场") && read.contains("按职责清单由你中心负责"), "{read}");
    assert!(Form::find(&cast.sanitation.page(&page).await, &refuse).is_none(), "once");
    let again = cast.sanitation.send(&form.to(refuse.clone()).without(&["revision"])).await;
    assert_eq!(again.status, 422);
    assert_eq!(arrives(&cast.sanitation, &own, Some(HERE), "").await.0.status, 303);

    // A right refusal excuses; it must not be the blower who says so.
    let (page, _) = blown(&world, &cast.shift, "hard-problem", &["环境卫生中心"]).await;
    let own = leg(&world, &page, "210").await;
    does(&world, &cast.sanitation, &page, &format!("{own}/refuse"), &reason).await;
    let decide = format!("{own}/decide");
    assert!(Form::find(&cast.shift.page(&page).await, &decide).is_none());
    let form = cast.leader.form(&page, &decide).await;
    let mut own_word = form.clone();
    own_word.put("decision", "excuse");
    own_word.put("words", "算了");
    let refused = cast.shift.send(&own_word).await;
    assert!(refused.status == 422 && words(&refused.text).contains("自己吹的哨不能自己审批、裁定"));
    does(&world, &cast.leader, &page, &decide, &[("decision", "excuse"), ("words", "市场自清，属实")]).await;
    assert_eq!(loaded(&world, &page).await.stage, Stage::Ended, "every leg has ended");
    is_its_facts(&world, &page).await;
});

on_both!(an_arrival_too_far_away, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (page, _) = blown(&world, &cast.dispatcher, "emergency", &["园林绿化中心", "环境卫生中心"]).await;
    let (garden, sanitation) = (leg(&world, &page, "200").await, leg(&world, &page, "210").await);
    let phone = cast.gardener.reads(&format!("{garden}/arrive")).await;
    assert!(phone.contains("距离地点 200 米以内") && phone.contains("到场截止"), "{phone}");
    let far = HERE.0 + 0.01;
    let at = format!("{garden}/arrive");
    let mut form = cast.gardener.form(&at, &at).await;
    for (name, value) in [("lon", far.to_string()), ("lat", HERE.1.to_string()), ("accuracy", "9".into())] {
        form.put(name, &value);
    }
    form.attach("there.jpg", photo("vendor-before"));
    let refused = cast.gardener.send(&form).await;
    let read = words(&refused.text);
    assert!(refused.status == 422 && read.contains("您离地点太远"), "{read}");
    assert!(loaded(&world, &page).await.legs.iter().all(|leg| leg.arrived_at.is_none()));
    // What was photographed waits; a reason is kept and shown.
    let mut again = Form::find(&refused.text, &at).expect("the form comes back");
    assert!(!again.value("kept").is_empty() && again.value("lon").starts_with("123.424"), "{again:?}");
    again.put("reason", "路被积水封住，在路口守着");
    assert_eq!(cast.gardener.send(&again).await.status, 303);
    let read = cast.dispatcher.reads(&page).await;
    for told in ["不在现场，相距 952 米", "路被积水封住，在路口守着", "待吹哨方确认", "到场截止"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    // That somebody says so stops no clock; the blower, and in an emergency the shift leader, is asked.
    assert!(loaded(&world, &page).await.legs.iter().all(|leg| leg.arrived_at.is_none()));
    for login in ["dispatcher1", "shift1"] {
        assert!(notices(&world, login).await.contains(&"whistle-declared".to_owned()), "{login}");
    }
    assert!(cast.dispatcher.reads("/whistles").await.contains("声明到场，待确认"));
    assert!(Form::find(&cast.gardener.page(&page).await, &format!("{garden}/confirm-arrival")).is_none());
    does(&world, &cast.dispatcher, &page, &format!("{garden}/confirm-arrival"), &[]).await;
    let read = cast.garden.reads(&page).await;
    assert!(read.contains("吹哨方已确认到场") && read.contains("办结截止"), "{read}");
    assert!(notices(&world, "crew-garden").await.contains(&"whistle-confirmed".to_owned()));
    assert!(
        crate::browser::plain(&cast.dispatcher.page(&page).await).matches("/photos/").count() >= 4,
        "the photos of the report and the one that waited are there"
    );
    // Without a position a reason is needed, and it is shown as declared.
    let (nowhere, _) = arrives(&cast.sanitation, &sanitation, None, "").await;
    assert!(nowhere.status == 422 && words(&nowhere.text).contains("没有取得位置"), "{}", words(&nowhere.text));
    let (declared, form) = arrives(&cast.sanitation, &sanitation, None, "手机没有信号").await;
    assert_eq!(declared.status, 303);
    assert_eq!(cast.sanitation.send(&form).await.status, 303, "sent twice, once there");
    assert!(cast.dispatcher.reads(&page).await.contains("自行声明，未定位"));
    // A phone that only knows its part of the city proves nothing; standing there does, without anybody's word.
    let at_own = format!("{sanitation}/arrive");
    assert!(cast.sanitation.reads(&at_own).await.contains("您已声明到场"));
    let here = [("lon", HERE.0.to_string()), ("lat", HERE.1.to_string())];
    let here: Vec<(&str, &str)> = here.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let vague = [here.as_slice(), &[("accuracy", "3000")]].concat();
    refuses(&cast.sanitation, &at_own, &at_own, &vague, "定位误差太大").await;
    assert_eq!(arrives(&cast.sanitation, &sanitation, Some(HERE), "").await.0.status, 303);
    assert!(loaded(&world, &page).await.legs.iter().all(|leg| leg.arrived_at.is_some()));
    assert_eq!(cast.garden.look(&at).await.location, page, "a colleague is there already");
    is_its_facts(&world, &page).await;
});

on_both!(an_overdue_arrival_is_supervised, |world: World| async move {
    let cast = Cast::of(&world).await;
    let called = ["园林绿化中心", "市容秩序中队"];
    let (page, case) = blown(&world, &cast.dispatcher, "emergency", &called).await;
    let garden = leg(&world, &page, "200").await;
    let started = world.clock.now();
    let sweep = || watching::sweep(&world.app);
    assert_eq!(sweep().await.expect("a look"), 0);
    world.clock.set(started.plus(11 * MINUTE));
    // The program looks by itself too; two looks at once tell once.
    let (one, other) = tokio::join!(sweep(), sweep());
    let _ = (one.expect("a look"), other.expect("a look"));
    let missed = |whistle: &Whistle| whistle.legs.iter().map(|leg| leg.missed.len()).sum::<usize>();
    // In an emergency the invented city calls everybody at once.
    let legs = 2;
    assert_eq!(missed(&loaded(&world, &page).await), legs, "nobody has signed");
    let facts = |kind: &'static str| {
        let db = world.app.db.clone();
        async move {
            let read = db.read(move |tx| async move {
                let sql = "select count(*) from facts where kind = $1";
                tx.query_one(sql, params![kind]).await?.get::<i64>(0)
            });
            read.await.map_err(|error: DbError| error).expect("a count")
        }
    };
    assert_eq!(facts("clock_missed").await, i64::try_from(legs).expect("few"), "told once");
    world.clock.set(started.plus(31 * MINUTE));
    sweep().await.expect("a look");
    let cast = Cast::signed_in(&world).await;
    let read = cast.leader.reads(&page).await;
    assert!(read.contains("到场已超时") && read.contains("签收已超时"), "{read}");
    assert!(cast.leader.reads("/whistles?show=late").await.contains("超时"));
    for login in ["desk-garden", "crew-garden", "dispatcher1", "shift1"] {
        assert!(notices(&world, login).await.contains(&"whistle-late-arrive".to_owned()), "{login}");
    }
    assert_eq!(facts("whistle_arrival_overdue").await, i64::try_from(legs).expect("few"), "the order on the case");
    let read = cast.dispatcher.reads(&format!("/cases/{case}")).await;
    assert!(
        read.contains("超时未到场，转督办") && read.contains("督办待答复"),
        "an order that must be answered: {read}"
    );
    assert_eq!(sweep().await.expect("a look"), 0, "nothing is told twice");
    // The late department answers, not whoever has the case; the case is told what it said.
    let order = leg(&world, &page, "110").await;
    let answer = format!("{order}/answer-order");
    assert!(cast.order.reads("/whistles").await.contains("督办待答复"));
    assert!(cast.order.reads(&page).await.contains("督办：请在 2026-03-11"));
    assert!(Form::find(&cast.garden.page(&page).await, &answer).is_none(), "each answers its own");
    does(&world, &cast.order, &page, &answer, &[("words", "全队在防汛点，四十分钟后到")]).await;
    for login in ["dispatcher1", "shift1"] {
        assert!(notices(&world, login).await.contains(&"whistle-order-answered".to_owned()), "{login}");
    }
    let read = cast.dispatcher.reads(&format!("/cases/{case}")).await;
    assert!(read.contains("全队在防汛点，四十分钟后到"), "{read}");
    // Who comes late was late; the list of what is late now no longer names it.
    let late = cast.order.reads("/whistles?show=late").await;
    assert!(late.contains("清理夜市"), "{late}");
    assert_eq!(arrives(&cast.order, &order, Some(HERE), "").await.0.status, 303);

    // Nobody waits for ever: management has failed, enforcement may take over.
    let give_up = format!("{garden}/give-up");
    does(&world, &cast.dispatcher, &page, &give_up, &[("words", "电话不接，人没来")]).await;
    let whistle = loaded(&world, &page).await;
    assert!(whistle.wants_enforcement() && whistle.legs.iter().all(|leg| leg.called_at.is_some()));
    assert!(notices(&world, "desk-garden").await.contains(&"whistle-given-up".to_owned()));
    let late = cast.leader.reads("/whistles?show=late").await;
    assert!(!late.contains("清理夜市"), "nothing of it is late now: {late}");
    assert!(cast.garden.reads("/whistles").await.contains("督办待答复"), "its own order still waits");
    is_its_facts(&world, &page).await;
});

on_both!(management_fails_and_enforcement_takes_over, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (page, _) = blown(&world, &cast.dispatcher, "hard-problem", &["环境卫生中心", "市容秩序中队"]).await;
    let (own, order) = (leg(&world, &page, "210").await, leg(&world, &page, "110").await);
    let open = format!("{page}/enforcement");
    assert!(Form::find(&cast.dispatcher.page(&page).await, &open).is_none(), "management first");
    let withdraw = cast.dispatcher.form(&page, &format!("{page}/withdraw")).await;
    let early = cast.dispatcher.send(&withdraw.to(open.clone())).await;
    assert!(early.status == 422 && words(&early.text).contains("管理先行"), "{}", words(&early.text));
    assert_eq!(arrives(&cast.sanitation, &own, Some(HERE), "").await.0.status, 303);
    let mut work = cast.sanitation.form(&page, &format!("{own}/work")).await;
    work.put("words", "清了又摆，三次");
    work.attach("again.jpg", photo("vendor-before"));
    assert_eq!(cast.sanitation.send(&work).await.status, 303);
    let told = [("result", "failed"), ("wrongdoer", "1"), ("words", "摊主拒不撤离")];
    does(&world, &cast.sanitation, &page, &format!("{own}/feed-back"), &told).await;
    assert!(Form::find(&cast.order.page(&page).await, &open).is_some(), "the enforcement department sees that it may");
    does(&world, &cast.dispatcher, &page, &format!("{own}/accept"), &[]).await;
    assert!(
        cast.sanitation.look(&page).await.status == 200
            && Form::find(&cast.sanitation.page(&page).await, &open).is_none()
    );
    does(&world, &cast.order, &page, &open, &[]).await;
    let read = cast.order.reads(&page).await;
    assert!(read.contains("执法案卷 E20260310-001") && read.contains("证据已加封"), "{read}");
    let evidence = cast.order.page(&format!("{page}/evidence.json")).await;
    assert_eq!(
        cast.sanitation.look(&format!("{page}/evidence.json")).await.status,
        404,
        "not for whoever is called beside"
    );
    let seal = hexadecimal(&Sha256::digest(evidence.as_bytes()));
    assert!(read.contains(&seal), "the seal on the page is that of the list");
    let list: Value = serde_json::from_str(&evidence).expect("JSON");
    let of = |what: &str, subject: &str| {
        list[what].as_array().expect("a list").iter().filter(|one| one["subject"] == subject).count()
    };
    assert_eq!((of("photos", "report"), of("photos", "whistle")), (1, 1), "{evidence}");
    assert!(of("facts", "whistle") >= 6 && of("facts", "case") >= 2 && of("facts", "report") >= 1, "{evidence}");
    assert!(
        list["photos"].as_array().expect("a list").iter().all(|one| one["sha256"].as_str().map(str::len) == Some(64))
    );
    // Every piece of it can be read and printed: what was reported, said, done and photographed, by whom and when.
    let file = format!("{page}/file");
    assert_eq!(cast.sanitation.look(&file).await.status, 404);
    for (who, lang) in [(&cast.order, "?lang=zh-Hans"), (&cast.leader, "?lang=en")] {
        let read = who.reads(&format!("{file}{lang}")).await;
        for told in ["夜市占道，树池里全是垃圾", "清理夜市，劝离占道摊贩，恢复树池", "清了又摆，三次", "摊主拒不撤离"]
        {
            assert!(read.contains(told), "{told} is not in {read}");
        }
        for one in list["photos"].as_array().into_iter().chain(list["facts"].as_array()).flatten() {
            let digest = one["sha256"].as_str().expect("a digest");
            assert!(read.contains(digest), "{digest} is not in {read}");
        }
        assert!(read.contains(&seal) && !read.contains("whistles-") && !read.contains("fact-"), "{read}");
    }
    let named = |what: &str| list[what].as_array().expect("a list").iter().any(|one| one["by"] != "");
    assert!(named("photos") && named("facts"), "who did it is told: {evidence}");
    // One file, and enforcement does its part.
    assert!(Form::find(&cast.dispatcher.page(&page).await, &open).is_none());
    assert_eq!(arrives(&cast.order, &order, Some(HERE), "").await.0.status, 303);
    does(&world, &cast.order, &page, &format!("{order}/feed-back"), &[("result", "done"), ("words", "已立案查处")])
        .await;
    does(&world, &cast.shift, &page, &format!("{order}/accept"), &[]).await;
    assert_eq!(loaded(&world, &page).await.stage, Stage::Ended, "the shift leader stands in for the blower");
    is_its_facts(&world, &page).await;
});

on_both!(a_draft_is_nobodys_business_until_it_is_blown, |world: World| async move {
    let cast = Cast::of(&world).await;
    let path = "/whistles/new";
    let mut form = written(&cast.dispatcher, path, "hard-problem", &["园林绿化中心"]).await;
    for (name, value, told) in
        [("lead", "3", "牵头"), ("words", "", "请写明"), ("kind", "joint-enforcement", "您的岗位不能吹这一种哨")]
    {
        let mut wrong = form.clone();
        wrong.put("address", "古渡路 8 号");
        if name == "lead" {
            wrong.choose("department-2", "环境卫生中心");
        }
        wrong.put(name, value);
        let refused = cast.dispatcher.send(&wrong).await;
        let read = words(&refused.text);
        assert!(refused.status == 422 && read.contains(told), "{name}: {read}");
        assert!(Form::find(&refused.text, "/whistles").is_some_and(|back| back.value("address") == "古渡路 8 号"));
    }
    let nowhere = cast.dispatcher.send(&form).await;
    assert!(nowhere.status == 422 && words(&nowhere.text).contains("请填写地点"), "{}", words(&nowhere.text));
    form.put("address", "古渡路 8 号");
    form.put("do", "draft");
    let kept = cast.dispatcher.send(&form).await;
    assert_eq!(kept.status, 303, "{}", words(&kept.text));
    let page = kept.location;
    for who in [&cast.garden, &cast.gardener] {
        assert_eq!(who.look(&page).await.status, 404, "not blown yet");
    }
    assert_eq!(cast.shift.look(&format!("{page}/edit")).await.status, 404, "a draft is its writer's");
    let edit = format!("{page}/edit");
    let mut form = cast.dispatcher.form(&edit, &edit).await;
    assert_eq!(form.value("words"), "清理夜市，劝离占道摊贩，恢复树池", "what was written is there");
    form.choose("department-2", "环境卫生中心");
    form.put("do", "draft");
    assert_eq!(cast.dispatcher.send(&form).await.status, 303);
    assert_eq!(loaded(&world, &page).await.legs.len(), 2);
    does(&world, &cast.dispatcher, &page, &format!("{page}/blow"), &[]).await;
    assert_eq!(cast.garden.look(&page).await.status, 200);

    // Two departments answer at the same moment: neither is turned away.
    let (garden, sanitation) = (leg(&world, &page, "200").await, leg(&world, &page, "210").await);
    let one = cast.garden.form(&page, &format!("{garden}/sign")).await;
    let other = cast.sanitation.form(&page, &format!("{sanitation}/sign")).await;
    let (one, other) = tokio::join!(cast.garden.send(&one), cast.sanitation.send(&other));
    assert_eq!((one.status, other.status), (303, 303));
    // An old page of the same leg is looked at again first.
    let stale = cast.garden.form(&page, &format!("{garden}/refuse")).await;
    assert_eq!(arrives(&cast.gardener, &garden, None, "信号不好").await.0.status, 303);
    let refused = cast.garden.send(&stale).await;
    assert!(refused.status == 422 && words(&refused.text).contains("刚刚有人更新过"));
    does(&world, &cast.dispatcher, &page, &format!("{page}/withdraw"), &[("words", "重复了")]).await;
    assert_eq!(loaded(&world, &page).await.stage, Stage::Withdrawn);
    assert!(cast.garden.reads(&page).await.contains("已撤哨"));
    let number = loaded(&world, &page).await.number;
    assert!(cast.dispatcher.reads(&format!("/whistles?q={number}")).await.contains(&number));
    assert!(cast.dispatcher.reads("/whistles?show=over&kind=hard-problem").await.contains(&number));
    is_its_facts(&world, &page).await;
});

/// A city that wants approvals, and joint enforcement at an appointed time.
async fn approving(on: On) {
    let folder = tempfile::tempdir().expect("a folder");
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/demo");
    for entry in std::fs::read_dir(city).expect("the invented city").flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("a copy");
        }
    }
    let text = std::fs::read_to_string(folder.path().join("city.toml")).expect("city.toml");
    let own = "\n[whistles.joint_enforcement]\napproval = true\nblown_by = [\"dispatcher\"]\n";
    let (head, _) = text.split_once("[whistles").unwrap_or((&text, ""));
    let rest = text.split_once("[reports]").map(|(_, rest)| format!("[reports]{rest}")).expect("the rest");
    let head = head.split("[reports]").next().unwrap_or_default();
    std::fs::write(folder.path().join("city.toml"), format!("{head}{own}\n{rest}")).expect("city.toml");
    let Some(world) = World::of(on, Sources::of_city(folder.path())).await else { return };
    let cast = Cast::of(&world).await;
    let mut form =
        written(&cast.dispatcher, "/whistles/new", "joint-enforcement", &["园林绿化中心", "市容秩序中队"]).await;
    form.put("address", "古渡路夜市");
    let refused = cast.dispatcher.send(&form).await;
    assert!(refused.status == 422 && words(&refused.text).contains("请写明约定到场时间"), "{}", words(&refused.text));
    form.put("appointed", "2026-03-10T09:00");
    let refused = cast.dispatcher.send(&form).await;
    assert!(refused.status == 422 && words(&refused.text).contains("约定到场时间已过"));
    form.put("appointed", "2026-03-10T20:30");
    let sent = cast.dispatcher.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let page = sent.location;
    assert_eq!(cast.garden.look(&page).await.status, 404, "not approved yet");
    assert_eq!(notices(&world, "shift1").await, ["whistle-approval"]);
    does(&world, &cast.shift, &page, &format!("{page}/decline"), &[("words", "请加上环卫")]).await;
    assert!(cast.dispatcher.reads(&page).await.contains("请加上环卫"));
    does(&world, &cast.dispatcher, &page, &format!("{page}/blow"), &[]).await;
    does(&world, &cast.leader, &page, &format!("{page}/approve"), &[]).await;
    let read = cast.garden.reads(&page).await;
    assert!(read.contains("到场截止 2026-03-10 20:30"), "the appointed time: {read}");
    is_its_facts(&world, &page).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_may_want_approvals() {
    approving(On::Sqlite).await;
    approving(On::Postgres).await;
}

on_both!(a_list_of_many_is_read_page_by_page, |world: World| async move {
    let cast = Cast::of(&world).await;
    let (page, _) = blown(&world, &cast.dispatcher, "hard-problem", &["园林绿化中心"]).await;
    let whistle = loaded(&world, &page).await;
    let copies = world.app.db.write(move |tx| {
        let whistle = whistle.clone();
        async move {
            for number in 0..120_i64 {
                let mut copy = whistle.clone();
                copy.id += 1 + number;
                copy.number = format!("{}-{number}", whistle.number);
                copy.drafted_at = Moment(whistle.drafted_at.0 - number / 2);
                store::add(&tx, &copy).await?;
            }
            Ok::<_, Error>(())
        }
    });
    copies.await.expect("many");
    for who in [&cast.dispatcher, &cast.garden] {
        let (mut path, mut seen, mut pages) = ("/whistles".to_owned(), 0, 0);
        loop {
            let page = who.page(&path).await;
            seen += page.matches("class=\"whistle-row\"").count();
            pages += 1;
            let Some(next) = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
                break;
            };
            path = crate::browser::plain(next);
        }
        assert_eq!((seen, pages), (121, 3));
    }
    assert!(cast.signs.reads("/whistles").await.contains("现在没有吹响的哨"));
});

/// Blows a whistle that belongs to no case.
async fn blown_without_case(who: &Browser, kind: &str, called: &[&str], at: Option<(f64, f64)>) -> String {
    let mut form = written(who, "/whistles/new", kind, called).await;
    form.put("address", "古渡路 8 号");
    if let Some((lon, lat)) = at {
        form.put("lon", &lon.to_string());
        form.put("lat", &lat.to_string());
    }
    let sent = who.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    sent.location
}

on_both!(an_order_needs_no_case_and_waits_for_the_department, |world: World| async move {
    let cast = Cast::of(&world).await;
    let page = blown_without_case(&cast.dispatcher, "emergency", &["园林绿化中心"], Some(HERE)).await;
    let garden = leg(&world, &page, "200").await;
    let started = world.clock.now();
    let looks = |minutes: i64| {
        world.clock.set(started.plus(minutes * MINUTE));
        watching::sweep(&world.app)
    };
    looks(8).await.expect("a look");
    assert!(notices(&world, "desk-garden").await.contains(&"whistle-near-sign".to_owned()), "yellow first");
    assert!(!cast.leader.reads("/whistles?show=late").await.contains("清理夜市"), "yellow is not late");
    looks(11).await.expect("a look");
    looks(24).await.expect("a look");
    assert!(notices(&world, "crew-garden").await.contains(&"whistle-near-arrive".to_owned()));
    looks(31).await.expect("a look");
    let cast = Cast::signed_in(&world).await;
    assert!(cast.garden.reads(&page).await.contains("督办：请在"));
    // It stays until it is answered, also when nobody waits any longer.
    does(&world, &cast.dispatcher, &page, &format!("{garden}/give-up"), &[("words", "没有人来")]).await;
    assert_eq!(loaded(&world, &page).await.stage, Stage::Ended);
    assert!(cast.garden.reads("/whistles").await.contains("督办待答复"));
    looks(31 + 19 * 60).await.expect("a look");
    looks(31 + 25 * 60).await.expect("a look");
    assert_eq!(looks(31 + 26 * 60).await.expect("a look"), 0);
    let told = notices(&world, "desk-garden").await;
    let count = |kind: &str| told.iter().filter(|one| *one == kind).count();
    assert_eq!((count("whistle-near-answer"), count("whistle-late-answer")), (1, 1), "{told:?}");
    let cast = Cast::signed_in(&world).await;
    does(&world, &cast.garden, &page, &format!("{garden}/answer-order"), &[("words", "值班电话故障，已修复")]).await;
    assert!(cast.shift.reads(&page).await.contains("值班电话故障，已修复"));
    assert!(!cast.garden.reads("/whistles").await.contains("督办待答复"));
    is_its_facts(&world, &page).await;
});

on_both!(pressed_twice_at_once_it_is_blown_once, |world: World| async move {
    let cast = Cast::of(&world).await;
    let mut form = written(&cast.dispatcher, "/whistles/new", "emergency", &["园林绿化中心"]).await;
    form.put("address", "古渡路 8 号");
    let twin = Browser::signed_in(&world, "dispatcher1").await;
    let (one, other) = tokio::join!(cast.dispatcher.send(&form), twin.send(&form));
    assert_eq!((one.status, other.status), (303, 303), "{} {}", words(&one.text), words(&other.text));
    assert_eq!(one.location, other.location, "one whistle");
    assert_eq!(notices(&world, "desk-garden").await, ["whistle-called"], "called once");
});

on_both!(whoever_waits_is_heard_when_the_blower_has_gone, |world: World| async move {
    let cast = Cast::of(&world).await;
    let page = blown_without_case(&cast.dispatcher, "hard-problem", &["园林绿化中心"], Some(HERE)).await;
    let garden = leg(&world, &page, "200").await;
    assert_eq!(arrives(&cast.gardener, &garden, Some(HERE), "").await.0.status, 303);
    assert!(notices(&world, "dispatcher1").await.contains(&"whistle-arrived".to_owned()));
    assert!(!notices(&world, "shift1").await.contains(&"whistle-arrived".to_owned()), "the blower is at the desk");
    world.clock.set(world.clock.now().plus(2 * 60 * MINUTE));
    let garden_desk = Browser::signed_in(&world, "desk-garden").await;
    let told = [("result", "done"), ("words", "全部补栽")];
    does(&world, &garden_desk, &page, &format!("{garden}/feed-back"), &told).await;
    assert!(notices(&world, "shift1").await.contains(&"whistle-fed-back".to_owned()), "somebody must let them go");
    let read = world.app.db.read(|tx| async move {
        let sql = "select n.args from notices n join accounts a on a.id = n.account_id \
                   where a.login = 'shift1' and n.kind = 'whistle-fed-back'";
        tx.query_one(sql, vec![]).await?.get::<String>(0)
    });
    let args: Value = serde_json::from_str(&read.await.map_err(|error: DbError| error).expect("args")).expect("JSON");
    assert_eq!(args["words"], "全部补栽", "the notice says what they say");
    assert!(args["department-en"].as_str().is_some_and(|name| name.is_ascii() && !name.is_empty()), "{args}");
    let read = Browser::signed_in(&world, "shift1").await.reads("/notices?lang=en").await;
    assert!(read.contains("has answered: please accept") && !read.contains("园林绿化中心"), "{read}");
});

on_both!(a_missing_calendar_turns_nobody_away_on_site, |world: World| async move {
    let at = |text: &str| Moment::from(&text.parse::<jiff::ZonedDateTime>().expect("a moment"));
    world.clock.set(at("2026-12-23T10:00:00+08:00[Asia/Shanghai]"));
    let cast = Cast::of(&world).await;
    let page = blown_without_case(&cast.dispatcher, "hard-problem", &["园林绿化中心"], Some(HERE)).await;
    let garden = leg(&world, &page, "200").await;
    world.clock.set(at("2026-12-28T10:00:00+08:00[Asia/Shanghai]"));
    let cast = Cast::signed_in(&world).await;
    // Five working days from here end in a year whose holidays nobody has told the program.
    let (arrived, _) = arrives(&cast.gardener, &garden, Some(HERE), "").await;
    assert_eq!(arrived.status, 303, "{}", words(&arrived.text));
    let read = cast.garden.reads(&page).await;
    assert!(read.contains("办结：无法计算截止时间"), "{read}");
    let told = [("result", "done"), ("words", "全部补栽")];
    does(&world, &cast.garden, &page, &format!("{garden}/feed-back"), &told).await;
    watching::sweep(&world.app).await.expect("a look");
    world.clock.set(at("2026-12-30T10:00:00+08:00[Asia/Shanghai]"));
    let dispatcher = Browser::signed_in(&world, "dispatcher1").await;
    let mut form = written(&dispatcher, "/whistles/new", "hard-problem", &["环境卫生中心"]).await;
    form.put("address", "古渡路 8 号");
    let refused = dispatcher.send(&form).await;
    assert_eq!(refused.status, 422, "whoever blows it is told, and can do something about it");
    is_its_facts(&world, &page).await;
});
