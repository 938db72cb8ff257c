//! Calendars: what the public may attend or should know, and everybody's own dates by a secret address.

use crate::browser::{Browser, plain, words};
use crate::duty::{events, property};
use crate::enforcement::{Cast, notified};
use crate::on_both;
use crate::whistles::blown;
use crate::world::World;
use steward::kit::clock::Moment;

const HOUR: i64 = 3_600_000;

/// The lines of a calendar as RFC 5545 wants them: every part begun is ended, every event has what it must.
async fn read(who: &Browser, path: &str) -> Vec<Vec<(String, String)>> {
    let response = who.visitor.get(path).await;
    assert_eq!(response.status().as_u16(), 200, "{path}");
    assert_eq!(response.headers()["content-type"], "text/calendar; charset=utf-8");
    let text = response.text().await.expect("a calendar");
    assert!(
        text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:") && text.ends_with("END:VCALENDAR\r\n"),
        "{text}"
    );
    assert!(text.contains("\r\nBEGIN:V"), "RFC 5545, 3.6: at least one component: {text}");
    let all = events(&text);
    let mut uids = Vec::new();
    for event in &all {
        for name in ["UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "STATUS"] {
            assert!(!property(event, name).is_empty(), "{name}: {event:?}");
        }
        let from = [property(event, "DTSTART"), property(event, "DTSTART;VALUE=DATE")].concat();
        let is_utc = from.len() == 16 && from.ends_with('Z');
        assert!(is_utc || from.len() == 8, "{from}");
        assert!(event.iter().any(|(name, value)| (name.as_str(), value.as_str()) == ("END", "VEVENT")), "{event:?}");
        uids.push(property(event, "UID").to_owned());
    }
    let count = uids.len();
    uids.sort();
    uids.dedup();
    assert_eq!(uids.len(), count, "no event twice");
    all
}

fn named<'a>(all: &'a [Vec<(String, String)>], uid: &str) -> &'a [(String, String)] {
    let found = all.iter().find(|event| property(event, "UID").starts_with(uid));
    found.unwrap_or_else(|| panic!("no {uid} in {all:?}"))
}

/// The secret address of somebody's own calendar.
async fn own(who: &Browser) -> String {
    let form = who.form("/calendar/mine", "/calendar/mine/feed").await;
    let made = who.send(&form).await;
    assert_eq!(made.status, 200, "{}", words(&made.text));
    let page = plain(&made.text);
    let from = page.find("/calendar/feed/").expect("an address");
    page[from..].chars().take_while(|sign| !"<\" ".contains(*sign)).collect()
}

on_both!(planned_work_is_in_everybodys_calendar, |world: World| async move {
    let visitor = Browser::new(&world);
    assert!(visitor.reads("/calendar").await.contains("近期没有公开日程"));
    assert!(visitor.page("/status").await.contains("href=\"/calendar\""));
    assert!(visitor.page("/published").await.contains("href=\"/calendar\""));
    assert!(read(&visitor, "/calendar.ics").await.is_empty());
    let system = Browser::signed_in(&world, "sysadmin").await;
    let planned = [
        ("kind", "maintenance"),
        ("parts", "photos"),
        ("title_zh", "照片库扩容；第一步, 共两步"),
        ("title_en", ""),
        ("begins", "2026-03-11T01:00"),
        ("ends", "2026-03-11T03:00"),
        ("text_zh", "期间照片暂不能上传，文字仍可上报。这一句话写得很长，是为了让一行超过七十五个字节，从而必须折行。"),
        ("text_en", ""),
    ];
    let announced = system.visitor.post("/admin/status", &planned).await;
    assert_eq!(announced.status().as_u16(), 303);
    let all = read(&visitor, "/calendar.ics?lang=zh-Hans").await;
    let work = named(&all, "maintenance-");
    assert_eq!((property(work, "DTSTART"), property(work, "DTEND")), ("20260310T170000Z", "20260310T190000Z"));
    assert_eq!(property(work, "SUMMARY"), "系统维护：照片库扩容；第一步\\, 共两步");
    assert!(property(work, "DESCRIPTION").ends_with("从而必须折行。"), "{work:?}");
    assert_eq!(
        (property(work, "SEQUENCE"), property(work, "STATUS"), property(work, "TRANSP")),
        ("1", "CONFIRMED", "TRANSPARENT")
    );
    let uid = property(work, "UID").to_owned();
    let page = visitor.reads("/calendar?lang=zh-Hans").await;
    assert!(page.contains("照片库扩容") && page.contains("2026-03-11 01:00"), "{page}");
    assert!(plain(&visitor.page("/calendar?lang=en").await).contains("webcal://"));
    let english = read(&visitor, "/calendar.ics?lang=en").await;
    assert!(property(named(&english, "maintenance-"), "SUMMARY").starts_with("Maintenance: "));

    // Called off before it began: cancelled under the same name, and later by its sequence.
    let page = plain(&system.page("/admin/status").await);
    let at = page.find("action=\"/admin/status/").expect("a form") + 22;
    let id: String = page[at..].chars().take_while(char::is_ascii_digit).collect();
    let more = [("revision", "1"), ("text_zh", "改期，另行通知。"), ("text_en", ""), ("act", "end")];
    assert_eq!(system.visitor.post(&format!("/admin/status/{id}"), &more).await.status().as_u16(), 303);
    let all = read(&visitor, "/calendar.ics?lang=zh-Hans").await;
    let work = named(&all, &uid);
    assert_eq!((property(work, "SEQUENCE"), property(work, "STATUS")), ("2", "CANCELLED"));
});

async fn hearings(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = notified(&mut cast).await;
    cast.does("officer1", &page, "defend", &[("words", "广告牌是别人装的")]).await;
    let answer = [("number", "1"), ("adopted", "no"), ("words", "有合同证明")];
    cast.does("officer2", &page, "answer-defence", &answer).await;
    cast.does("officer1", &page, "ask-hearing", &[]).await;
    let on = cast.today().saturating_add(jiff::Span::new().days(15));
    let day = on.to_string();
    cast.does("leader", &page, "call-hearing", &[("on", &day), ("president", "=president1")]).await;

    // Who presides and who investigates have it, on its day; who has no part does not. No party is named.
    let president = own(cast.who("president1").await).await;
    let officer = own(cast.who("officer1").await).await;
    let stranger = own(cast.who("officer3").await).await;
    let visitor = Browser::new(&world);
    let all = read(&visitor, &president).await;
    let hearing = named(&all, "penalty-hearing-");
    let plain_day = day.replace('-', "");
    assert_eq!(property(hearing, "DTSTART;VALUE=DATE"), plain_day);
    assert!(property(hearing, "SUMMARY").starts_with("主持听证"), "{hearing:?}");
    let (uid, sequence) = (property(hearing, "UID").to_owned(), property(hearing, "SEQUENCE").to_owned());
    let all = read(&visitor, &officer).await;
    assert!(property(named(&all, &uid), "SUMMARY").starts_with("参加听证"));
    let terms = all.iter().filter(|event| property(event, "UID").starts_with("penalty-term-")).count();
    assert!(terms > 0, "the terms of the case: {all:?}");
    assert!(!format!("{all:?}").contains("江石生"), "no party is named");
    assert!(!read(&visitor, &stranger).await.iter().any(|event| property(event, "UID").starts_with("penalty-")));
    assert!(read(&visitor, "/calendar.ics").await.is_empty(), "nothing is public before it is announced");

    // Announced, it is everybody's; and its people know the hour and the room.
    let path = format!("{page}/papers/hearing-announcement");
    let who = cast.who("officer1").await;
    let html = who.page(&path).await;
    let mut form = who.form(&path, &path).await;
    for name in form.names() {
        if form.value(&name).is_empty() {
            form.put(&name, &day);
        }
    }
    for (label, text) in [("听证时间", format!("{day}T09:30")), ("听证地点", "一楼听证室".to_owned())] {
        let (_, behind) = html.split_once(&format!(">{label}")).unwrap_or_else(|| panic!("no {label} in {html}"));
        let name = behind.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("its field");
        form.put(name, &text);
    }
    let issued = who.send(&form).await;
    assert_eq!(issued.status, 303, "{}", words(&issued.text));
    let all = read(&visitor, "/calendar.ics?lang=zh-Hans").await;
    let public = named(&all, "hearing-");
    assert_eq!(property(public, "DTSTART"), format!("{plain_day}T013000Z"));
    assert!(
        property(public, "SUMMARY").starts_with("听证会：") && property(public, "LOCATION") == "一楼听证室",
        "{public:?}"
    );
    assert!(!format!("{public:?}").contains("江石生"), "no party is named");
    assert!(visitor.reads("/calendar?lang=zh-Hans").await.contains("一楼听证室"));
    let all = read(&visitor, &president).await;
    let hearing = named(&all, &uid);
    assert_eq!(property(hearing, "DTSTART"), format!("{plain_day}T013000Z"));
    assert_eq!(property(hearing, "LOCATION"), "一楼听证室");

    // Taken back: cancelled for both, later by its sequence.
    cast.does("officer1", &page, "withdraw-hearing", &[("is_signed", "1")]).await;
    let all = read(&visitor, &president).await;
    let gone = named(&all, &uid);
    assert_eq!(property(gone, "STATUS"), "CANCELLED");
    assert!(property(gone, "SEQUENCE").parse::<i64>().expect("a number") > sequence.parse().expect("a number"));
    let all = read(&visitor, "/calendar.ics").await;
    assert_eq!(property(named(&all, "hearing-"), "STATUS"), "CANCELLED");

    // A new address takes the place of the old one; revoked and guessed ones lead nowhere.
    let president_one = cast.who("president1").await;
    assert!(president_one.page("/account").await.contains("/calendar/mine"));
    assert!(!president_one.page("/calendar/mine").await.contains("/calendar/feed/"), "it is shown once");
    let again = own(president_one).await;
    assert_eq!(visitor.look(&president).await.status, 404);
    assert_eq!(visitor.look(&again).await.status, 200);
    let form = president_one.form("/calendar/mine", "/calendar/mine/revoke").await;
    assert_eq!(president_one.send(&form).await.status, 303);
    assert_eq!(visitor.look(&again).await.status, 404);
    assert_eq!(visitor.look("/calendar/feed/1.ics").await.status, 404);
}
on_both!(a_hearing_is_in_its_peoples_calendar_and_in_the_publics, hearings);

on_both!(a_whistle_is_in_the_calendar_of_whom_it_calls, |world: World| async move {
    let shift = Browser::signed_in(&world, "shift1").await;
    let (page, _) = blown(&world, &shift, "hard-problem", &["环境卫生"]).await;
    let desk = Browser::signed_in(&world, "desk-sanitation").await;
    let mine = desk.reads("/calendar/mine").await;
    assert!(mine.contains("吹哨报到截止"), "{mine}");
    let address = own(&desk).await;
    let all = read(&desk, &address).await;
    let call = named(&all, "whistle-");
    assert_eq!(property(call, "STATUS"), "CONFIRMED");
    let id = page.rsplit('/').next().expect("an id");
    assert!(property(call, "UID").starts_with(&format!("whistle-{id}-")), "{call:?}");
    let other = Browser::signed_in(&world, "desk-garden").await;
    assert!(!read(&other, &own(&other).await).await.iter().any(|event| property(event, "UID").starts_with("whistle-")));
    // Who may no longer sign in is read by nobody.
    let sql = "update accounts set is_active = 0 where login = 'desk-sanitation'";
    let gone: Result<u64, steward::kit::db::DbError> =
        world.app.db.write(move |tx| async move { tx.execute(sql, vec![]).await }).await;
    assert_eq!(gone.expect("an account"), 1);
    assert_eq!(other.look(&address).await.status, 404);
    world.clock.set(Moment(world.clock.now().0 + HOUR));
});
