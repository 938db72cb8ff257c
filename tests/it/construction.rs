//! Unlawful buildings over HTTP, by the pages' own forms: the whole chain by several people, the shorter refusals, who sees what,
//! the ledger, the log of prevention.

use crate::browser::{Answer, Browser, Form, photo, words};
use crate::on_both;
use crate::world::{MORNING, World, statements_of};
use std::collections::BTreeMap;
use steward::construction::chain::{Kind, replay};
use steward::construction::store::{self, Happened, Kept, Scope};
use steward::construction::{Building, Stage, ledger, watching};
use steward::kit::clock::Moment;
use steward::kit::db::{DbError, params};
use steward::kit::id::Id;

const HOUR: i64 = 3_600_000;
/// In the middle of the invented city.
const HERE: (&str, &str) = ("123.414", "31.2093");

async fn form(who: &Browser) -> Form {
    let mut form = who.form("/buildings/new", "/buildings/new").await;
    for (name, value) in [
        ("address", "望澜路 9 号楼顶"),
        ("lon", HERE.0),
        ("lat", HERE.1),
        ("coordinates", "wgs84"),
        ("source", "patrol"),
        ("kind", "storey"),
        ("works", "going-up"),
        ("area", "36.5"),
        ("floors", "1"),
        ("owner", "林某"),
        ("permit", "none"),
        ("stock", "new"),
        ("words", "楼顶砌砖，已到一人高"),
    ] {
        form.put(name, value);
    }
    form.choose("unit", "违建查处中队");
    form
}

/// Records a building, sent twice as an impatient person does. Answers its page.
async fn found(who: &Browser) -> String {
    let mut form = form(who).await;
    form.attach("roof.jpg", photo("billboard-before"));
    let first = who.send(&form).await;
    assert_eq!(first.status, 303, "{}", words(&first.text));
    let again = who.send(&form).await;
    assert_eq!((again.status, &again.location), (303, &first.location), "sent twice, one building");
    first.location
}

async fn kept(world: &World, page: &str) -> Kept {
    let id: Id = page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    world.app.db.read(move |tx| async move { store::load(&tx, id, Scope::All).await }).await.expect("the building")
}

/// A form of an act with its officers named.
async fn act(world: &World, who: &Browser, page: &str, act: &str, fields: &[(&str, &str)]) -> Form {
    let mut form = who.form(page, &format!("{page}/{act}")).await;
    for (name, value) in fields {
        form.put(name, value);
    }
    if !form.offers("officers").is_empty() {
        form.fields.retain(|(name, _)| name != "officers");
        for login in ["officer3", "officer4"] {
            form.fields.push(("officers".into(), account(world, login).await.to_string()));
        }
    }
    form
}

/// Writes a paper of the building, filling in what is asked for; answers its address.
async fn written(who: &Browser, page: &str, kind: &str) -> String {
    let path = format!("{page}/papers/{kind}");
    let mut form = who.form(&path, &path).await;
    let empty: Vec<String> = form.names().into_iter().filter(|name| form.value(name).is_empty()).collect();
    // What was said at a hearing names who said it.
    let fill = if kind == "hearing-record" { "主持人：现在开始" } else { "2026-03-20" };
    for name in empty {
        form.put(&name, fill);
    }
    let answer = who.send(&form).await;
    assert_eq!(answer.status, 303, "{kind}: {}", words(&answer.text));
    answer.location
}

/// The code that stands on a paper.
async fn code_of(world: &World, paper: &str) -> String {
    let id: Id = paper.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let found = world.app.db.read(move |tx| async move { steward::papers::store::load(&tx, id).await });
    found.await.map_err(|error| error.to_string()).expect("the paper").code
}

async fn account(world: &World, login: &'static str) -> Id {
    let read = world.app.db.read(move |tx| async move {
        tx.query_one("select id from accounts where login = $1", params![login]).await?.get::<Id>(0)
    });
    read.await.map_err(|error: DbError| error).expect("an account")
}

/// Does an act twice: the second sending changes nothing. With a photograph where the form takes one.
async fn does(world: &World, who: &Browser, page: &str, word: &str, fields: &[(&str, &str)]) {
    let mut form = act(world, who, page, word, fields).await;
    if form.takes_files() {
        form.attach("paper.jpg", photo("billboard-after"));
    }
    let answer = who.send(&form).await;
    assert_eq!(answer.status, 303, "{word}: {}", words(&answer.text));
    let revision = kept(world, page).await.building.revision;
    let again = who.send(&form).await;
    assert_eq!(again.status, 303, "{word} again: {}", words(&again.text));
    assert_eq!(kept(world, page).await.building.revision, revision, "{word} was done twice");
    world.clock.set(world.clock.now().plus(60_000));
}

async fn refuses(who: &Browser, form: &Form, told: &str) -> Answer {
    let answer = who.send(form).await;
    let read = words(&answer.text);
    assert_eq!(answer.status, 422, "{}: {read}", form.action);
    assert!(read.contains(told), "{}: {told} is not in {read}", form.action);
    answer
}

/// Everybody anew on a day: whoever does nothing for half an hour is signed out.
struct Cast {
    officer: Browser,
    leader: Browser,
    head: Browser,
    reviewer: Browser,
}

impl Cast {
    async fn at(world: &World, day: &str) -> Cast {
        let at: jiff::civil::DateTime = day.parse().expect("a moment");
        world.clock.set(world.app.calendar.moment(at.date(), at.time()));
        Cast {
            officer: Browser::signed_in(world, "officer3").await,
            leader: Browser::signed_in(world, "unit2").await,
            head: Browser::signed_in(world, "leader").await,
            reviewer: Browser::signed_in(world, "reviewer1").await,
        }
    }
}

/// The building is what its facts tell, from nothing.
async fn is_its_facts(world: &World, page: &str) {
    let kept = kept(world, page).await;
    let id = kept.building.id;
    let history = world.app.db.read(move |tx| async move { store::history(&tx, id).await });
    let history = history.await.map_err(|error: DbError| error).expect("facts");
    let mut facts = Vec::new();
    let mut first = None;
    for line in history {
        match line.what {
            Happened::Found(found) => {
                first = Some(Building::find(id, found.source, found.particulars, line.at).expect("a building"));
            }
            Happened::Done(fact) => facts.push(fact),
        }
    }
    assert_eq!(facts.len() as i64 + 1, kept.building.revision, "one fact for every act");
    assert_eq!(replay(first.expect("it was found"), &facts, &world.app.law()), Ok(kept.building));
}

async fn notices(world: &World, login: &'static str) -> Vec<String> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select n.kind from notices n join accounts a on a.id = n.account_id where a.login = $1 \
                   and n.kind like 'building%' order by n.id";
        tx.query(sql, params![login]).await?.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    read.await.expect("notices")
}

on_both!(from_a_storey_on_a_roof_to_a_clear_site, |world: World| async move {
    world.settle().await;
    let cast = Cast::at(&world, "2026-03-10T10:00").await;
    let helper = Browser::signed_in(&world, "helper1").await;
    let page = found(&helper).await;
    assert_eq!(notices(&world, "officer3").await, ["building-found"]);
    assert_eq!(notices(&world, "officer1").await, Vec::<String>::new(), "another unit hears nothing");
    let building = kept(&world, &page).await;
    assert!(!building.building.particulars.street.is_empty() && !building.place.cell.is_empty(), "located in the grid");
    assert_eq!(building.number, "B2026-0001");

    // Who sees it, and who does not know that it exists.
    for (login, status) in [
        ("officer4", 200),
        ("unit2", 200),
        ("leader", 200),
        ("reviewer1", 200),
        ("officer1", 404),
        ("unit1", 404),
        ("dispatcher1", 404),
        ("keeper1", 403),
        ("desk-garden", 403),
    ] {
        let who = Browser::signed_in(&world, login).await;
        assert_eq!(who.look(&page).await.status, status, "{login}");
        if status == 404 {
            let stranger = cast.officer.form(&page, &format!("{page}/order-stop")).await;
            let answer = who.send(&stranger).await.status;
            assert!(answer == 404 || (login == "dispatcher1" && answer == 403), "{login}: {answer}");
            assert!(!who.reads("/buildings").await.contains("望澜路 9 号楼顶"));
        }
    }
    let read = cast.officer.reads(&page).await;
    for told in ["望澜路 9 号楼顶", "36.5 m²", "出土必拆：只剩 2 天", "责令停止", "加层", "楼顶砌砖"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }

    // A helper records and persuades, and finds no other form.
    does(
        &world,
        &helper,
        &page,
        "record-visit",
        &[("visit", "persuade"), ("words", "劝其停工，答应考虑"), ("told", "3")],
    )
    .await;
    let stop = act(&world, &cast.officer, &page, "order-stop", &[]).await;
    assert_eq!(helper.send(&stop).await.status, 403);

    // Two officers with credentials, one of them whoever writes.
    let mut alone = stop.clone();
    alone.fields.retain(|(name, _)| name != "officers");
    alone.fields.push(("officers".into(), account(&world, "officer3").await.to_string()));
    refuses(&cast.officer, &alone, "不得少于两人").await;
    let mut with_helper = stop.clone();
    with_helper.fields.push(("officers".into(), account(&world, "helper1").await.to_string()));
    refuses(&cast.officer, &with_helper, "协管").await;
    let mut uncredentialed = alone.clone();
    uncredentialed.fields.push(("officers".into(), account(&world, "officer5").await.to_string()));
    let answer = refuses(&cast.officer, &uncredentialed, "无效").await;
    assert!(answer.text.contains("id=\"officers-order-stop-error\""), "beside the field");
    does(&world, &cast.officer, &page, "order-stop", &[]).await;
    assert!(notices(&world, "leader").await.contains(&"building-turn".to_owned()));

    // Somebody was faster: what was typed comes back.
    let second = Browser::signed_in(&world, "officer4").await;
    let late = act(&world, &second, &page, "check-stop", &[("obeyed", "no")]).await;
    does(&world, &cast.officer, &page, "check-stop", &[("obeyed", "yes")]).await;
    let answer = refuses(&second, &late, "已有人办理了别的环节").await;
    let back = Form::find(&answer.text, &format!("{page}/check-stop")).expect("the form");
    assert_eq!(back.value("obeyed"), "no");
    does(&world, &second, &page, "check-stop", &[("obeyed", "no")]).await;
    assert!(cast.officer.reads(&page).await.contains("未停工"));

    // The head files; nobody else's form exists, and nobody else's hand-made one is taken.
    let filing = cast.head.form(&page, &format!("{page}/file")).await;
    refuses(&cast.officer, &filing, "由其他岗位或者机关办理").await;
    does(&world, &cast.head, &page, "file", &[]).await;

    // The planning department's letter needs its photograph; what was typed is kept without it.
    let letter = [("assessment", "demolish"), ("letter", "望规函〔2026〕3 号"), ("on", "2026-03-10")];
    let without = act(&world, &cast.officer, &page, "assess", &letter).await;
    let answer = refuses(&cast.officer, &without, "请附上照片").await;
    let back = Form::find(&answer.text, &format!("{page}/assess")).expect("the form");
    assert_eq!((back.value("letter"), back.value("assessment")), ("望规函〔2026〕3 号", "demolish"));
    does(&world, &cast.officer, &page, "assess", &letter).await;
    does(&world, &cast.officer, &page, "notify", &[]).await;

    // Told on Tuesday: statement and hearing until the Tuesday after. The page says from when on.
    let read = cast.head.reads(&page).await;
    assert!(read.contains("可于 2026-03-18 起办理"), "{read}");
    assert!(read.contains("行政处罚法") && read.contains("第44条"), "with its article: {read}");
    let english = cast.head.reads(&format!("{page}?lang=en")).await;
    assert!(english.contains("from 2026-03-18 on") && english.contains("art. 44"), "{english}");
    cast.head.reads(&format!("{page}?lang=zh-Hans")).await;
    does(&world, &cast.officer, &page, "defend", &[("words", "是雨棚，不是加层")]).await;
    does(&world, &cast.officer, &page, "ask-hearing", &[]).await;
    let call = act(&world, &cast.head, &page, "call-hearing", &[("on", "2026-03-16")]).await;
    let answer = refuses(&cast.head, &call, "2026-03-16 不能举行听证").await;
    assert!(answer.text.contains("href=\"#on-call-hearing\""), "the error leads to its field");
    does(&world, &cast.head, &page, "call-hearing", &[("on", "2026-03-25")]).await;

    let cast = Cast::at(&world, "2026-03-25T09:00").await;
    does(&world, &cast.reviewer, &page, "hold-hearing", &[("words", "事实清楚，建议维持")]).await;
    does(&world, &cast.officer, &page, "answer-defence", &[("adopted", "no"), ("words", "现场为砖砌墙体")]).await;
    // What was heard is reviewed before it is decided.
    let read = cast.head.reads(&page).await;
    assert!(read.contains("应当先经法制审核通过再决定"), "{read}");
    does(&world, &cast.reviewer, &page, "review", &[("passed", "yes"), ("words", "程序合法，同意")]).await;
    let mut past = act(&world, &cast.head, &page, "decide", &[("until", "2026-03-25")]).await;
    refuses(&cast.head, &past, "必须在今天之后").await;
    past.put("until", "2026-04-10");
    assert_eq!(cast.head.send(&past).await.status, 303);
    world.clock.set(world.clock.now().plus(60_000));
    does(&world, &cast.officer, &page, "serve", &[("manner", "direct")]).await;
    let read = cast.officer.reads(&page).await;
    assert!(
        read.contains("自行拆除：还剩 16 天（到 2026-04-10）") && read.contains("可于 2026-04-11 起办理"),
        "{read}"
    );
    assert!(read.contains("提起诉讼"), "{read}");

    // The term ends; the unit is told once.
    let cast = Cast::at(&world, "2026-04-13T09:00").await;
    assert!(watching::sweep(&world.app).await.expect("a look") <= 1, "the job may have looked already");
    assert_eq!(watching::sweep(&world.app).await.expect("a look"), 0);
    assert!(notices(&world, "officer4").await.contains(&"building-term".to_owned()));
    assert!(cast.officer.reads("/buildings?show=due").await.contains("望澜路 9 号楼顶"));
    does(&world, &cast.officer, &page, "remind", &[("until", "2026-04-24")]).await;
    let cast = Cast::at(&world, "2026-04-27T09:00").await;
    let short = act(&world, &cast.officer, &page, "announce", &[("until", "2026-04-30")]).await;
    refuses(&cast.officer, &short, "不得少于 15 日").await;
    does(&world, &cast.officer, &page, "announce", &[("until", "2026-05-20")]).await;
    does(&world, &cast.reviewer, &page, "begin-remedy", &[("remedy", "suit"), ("on", "2026-04-27")]).await;

    // After the suit and its term: the government's paper, not before.
    let cast = Cast::at(&world, "2026-07-01T09:00").await;
    let read = cast.reviewer.reads(&page).await;
    assert!(read.contains("复议或者诉讼正在进行"), "nobody knows when a suit ends: {read}");
    does(&world, &cast.reviewer, &page, "end-remedy", &[("on", "2026-06-30"), ("outcome", "upheld")]).await;
    // The government may charge since the owner's own time is over, not before.
    let charge = [("number", "望政责〔2026〕8 号"), ("on", "2026-04-10")];
    let mut early = act(&world, &cast.leader, &page, "charge", &charge).await;
    early.attach("paper.jpg", photo("billboard-after"));
    let answer = refuses(&cast.leader, &early, "自行拆除的期限未满").await;
    let back = Form::find(&answer.text, &format!("{page}/charge")).expect("the form");
    assert!(!back.value("kept").is_empty(), "the photograph waits");
    let officer = back.clone();
    let mut again = back;
    again.put("on", "2026-06-30");
    assert_eq!(cast.officer.send(&officer).await.status, 403, "an officer does not speak for the government");
    let sent = cast.leader.send(&again).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let read = cast.leader.reads(&page).await;
    assert!(read.contains("可于 2026-09-29 起办理"), "six months, and the days of rest that follow: {read}");
    let cast = Cast::at(&world, "2026-10-12T09:00").await;
    does(&world, &cast.head, &page, "order-enforcement", &[]).await;
    assert!(cast.officer.reads(&page).await.contains("强制执行决定书尚未送达"));
    let mut announced = act(&world, &cast.officer, &page, "serve-order", &[("manner", "announcement")]).await;
    announced.put("announced", "2026-10-12");
    refuses(&cast.officer, &announced, "公告").await;
    does(&world, &cast.officer, &page, "serve-order", &[("manner", "direct")]).await;

    // By day, on a working day, before witnesses, with a list.
    let cast = Cast::at(&world, "2026-10-19T19:00").await;
    let cleared = [
        ("from", "2026-10-19T08:30"),
        ("until", "2026-10-19T17:00"),
        ("witnesses", "社区网格员某甲\n物业某乙"),
        ("goods", "塑料椅 2 把 已交当事人"),
        ("recorded", "1"),
        ("cut", "no"),
        ("area", "36.5"),
    ];
    let mut demolished = act(&world, &cast.officer, &page, "demolish", &cleared).await;
    demolished.attach("after.jpg", photo("billboard-after"));
    for (change, told) in [
        (("from", "2026-10-19T05:30"), "夜间"),
        (("from", "2026-10-18T08:30"), "2026-10-18"),
        (("cut", "yes"), "第43条"),
        (("witnesses", " "), "见证人"),
        (("until", "2026-10-20T09:00"), "还没有到"),
        (("area", "0"), "面积"),
        (("goods", "塑料椅两把"), "名称、数量和单位"),
    ] {
        let mut form = demolished.clone();
        form.put(change.0, change.1);
        let answer = refuses(&cast.officer, &form, told).await;
        let back = Form::find(&answer.text, &format!("{page}/demolish")).expect("the form");
        assert_eq!(back.value("goods"), form.value("goods"), "what was typed is kept");
    }
    let sent = cast.officer.send(&demolished).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    world.clock.set(world.clock.now().plus(60_000));
    does(&world, &cast.officer, &page, "accept", &[]).await;
    does(&world, &cast.head, &page, "close", &[]).await;
    let read = cast.officer.reads(&page).await;
    for told in ["已结案", "社区网格员某甲", "塑料椅 2 把", "望政责〔2026〕8 号", "夏立言 (望执", "已经办结"]
    {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    is_its_facts(&world, &page).await;
    let asked = statements_of(async || cast.officer.page(&page).await).await;
    assert!(asked <= 34, "{asked} statements");

    // Every paper of the way can be written, each by what the ones before said, and the whole is bound.
    let list = crate::browser::plain(&cast.officer.page(&format!("{page}/papers")).await);
    let kinds: Vec<String> = list
        .split(&format!("href=\"{page}/papers/"))
        .skip(1)
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    assert_eq!(kinds.len(), 18, "{kinds:?}");
    let mut codes = BTreeMap::new();
    for kind in &kinds {
        let paper = written(&cast.officer, &page, kind).await;
        let pdf = cast.officer.look(&format!("{paper}/pdf")).await;
        assert!(pdf.status == 200 && pdf.text.starts_with("%PDF"), "{kind}: {}", pdf.status);
        codes.insert(kind.clone(), code_of(&world, &paper).await);
    }
    let decision = words(&cast.officer.page(&format!("{page}/papers/coercion-decision")).await);
    assert!(decision.contains("需") || decision.contains("强制"), "{decision}");
    let file = cast.officer.look(&format!("{page}/volume")).await;
    assert!(file.status == 200 && file.text.starts_with("%PDF"), "{}: {}", file.status, words(&file.text));
    for (login, status) in [("leader", 200), ("officer1", 404), ("dispatcher1", 403)] {
        let who = Browser::signed_in(&world, login).await;
        assert_eq!(who.look(&format!("{page}/papers")).await.status, status, "{login}");
        assert_eq!(who.look(&format!("{page}/papers/stop-order")).await.status, status, "{login}");
    }
    let owner = Browser::new(&world);
    let read = words(&owner.page(&format!("/party/{}", codes["demolition-order"])).await);
    assert!(
        read.contains("望澜路 9 号楼顶") && read.contains("限期拆除决定书") && read.contains("2026-04-10"),
        "{read}"
    );
    assert!(!read.contains("立案审批表"), "the office's papers are not the owner's: {read}");
    assert_eq!(owner.look(&format!("/party/{}", codes["filing-approval"])).await.status, 404);
    let asked = statements_of(async || cast.officer.page("/buildings?show=all").await).await;
    assert!(asked <= 20, "{asked} statements");

    // Whoever may see the building may see its photographs, and nobody else.
    let picture = cast.officer.page(&page).await;
    let picture = picture.split("src=\"").filter_map(|rest| rest.split('"').next());
    let picture = crate::browser::plain(picture.into_iter().find(|src| src.contains("photos")).expect("a photograph"));
    assert_eq!(Browser::signed_in(&world, "officer4").await.look_bytes(&picture).await, 200);
    assert_eq!(Browser::signed_in(&world, "officer1").await.look_bytes(&picture).await, 404);
});

on_both!(what_was_typed_is_kept_when_a_building_is_refused, |world: World| async move {
    world.settle().await;
    let officer = Browser::signed_in(&world, "officer3").await;
    let whole = form(&officer).await;
    let long = "楼".repeat(201);
    for (field, value, told) in [
        ("area", "0", "面积"),
        ("area", "-3", "数字"),
        ("area", "9223372036854775808", "面积"),
        ("floors", "151", "150"),
        ("kind", "", "选择"),
        ("stock", "perhaps", "选择"),
        ("address", " ", "必填"),
        ("address", &long, "200"),
        ("lon", "12.5", "本市范围"),
        ("unit", "7", "办理中队"),
    ] {
        let mut bad = whole.clone();
        bad.put(field, value);
        bad.attach("roof.jpg", photo("billboard-before"));
        let answer = officer.send(&bad).await;
        let read = words(&answer.text);
        assert_eq!(answer.status, 422, "{field}={value}: {read}");
        let back = Form::find(&answer.text, "/buildings/new").expect("the form");
        assert_eq!(back.value("words"), "楼顶砌砖，已到一人高", "{field}={value} ({told})");
        assert!(!back.value("kept").is_empty(), "{field}={value}: the photograph waits");
        assert!(answer.text.contains("role=\"alert\""), "{field}={value}: {read}");
    }
    let mut nowhere = whole.clone();
    for field in ["lon", "lat"] {
        nowhere.put(field, "");
    }
    refuses(&officer, &nowhere, "请定位").await;
    let street = nowhere.offers("street").first().cloned().expect("a street");
    nowhere.put("street", &street);
    let sent = officer.send(&nowhere).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    assert_eq!(kept(&world, &sent.location).await.building.particulars.street, street);
});

on_both!(the_ledger_is_what_a_hand_counts, |world: World| async move {
    world.settle().await;
    let mut pages = Vec::new();
    for (day, kind, area, stock) in [
        ("2026-01-30T10:00", "shed", "12.25", "old"),
        ("2026-02-03T10:00", "shed", "8", "new"),
        ("2026-02-04T10:00", "storey", "36.5", "new"),
        ("2026-03-10T10:00", "shed", "100", "new"),
    ] {
        let cast = Cast::at(&world, day).await;
        let mut form = form(&cast.officer).await;
        for (name, value) in [("kind", kind), ("area", area), ("stock", stock)] {
            form.put(name, value);
        }
        let sent = cast.officer.send(&form).await;
        assert_eq!(sent.status, 303, "{}", words(&sent.text));
        pages.push(sent.location);
    }
    let cast = Cast::at(&world, "2026-03-11T10:00").await;
    does(&world, &cast.officer, &pages[1], "record-self-demolition", &[]).await;
    does(&world, &cast.officer, &pages[2], "order-stop", &[]).await;
    does(&world, &cast.head, &pages[3], "dismiss", &[("reason", "有许可")]).await;

    let csv = cast.head.visitor.page("/buildings/ledger.csv?year=2026&lang=en").await;
    let mut lines: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for line in csv.trim_start_matches('\u{feff}').lines().skip(1) {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        lines.insert((cells[0].clone(), cells[1].clone()), cells[4..].to_vec());
    }
    let row = |month: &str, kind: &str| lines.get(&(month.to_owned(), kind.to_owned())).map(|cells| cells.join(" "));
    let storey = "Additional storey";
    assert_eq!(row("2026-02", storey).as_deref(), Some("1 36.5 0 0 0 0 0 0 0 0 1 36.5"), "{csv}");
    assert_eq!(row("2026-03", storey).as_deref(), Some("0 0 0 0 1 36.5 0 0 0 0 0 0"), "{csv}");
    assert!(csv.contains("0,0,1,12.25,0,0,0,0,0,0,1,12.25"), "old stock that stands: {csv}");
    assert!(csv.contains("1,8,0,0,0,0,0,0,0,0,0,0") && csv.contains("0,0,0,0,0,0,1,8,0,0,0,0"), "{csv}");
    assert!(!csv.contains(",100,"), "what was dismissed is no unlawful building: {csv}");

    // The page's sums are the rule's.
    let read =
        world.app.db.read(|tx| async move { store::of_period(&tx, Scope::All, Moment(0), Moment(i64::MAX)).await });
    let buildings = read.await.map_err(|error: DbError| error).expect("buildings");
    let counted = ledger::ledger(&buildings, &world.app.calendar);
    let (count, area) = counted.values().fold((0, 0), |(count, area), line| {
        (count + line.found_new.count + line.found_old.count, area + line.found_new.area + line.found_old.area)
    });
    assert_eq!((count, area), (3, 1_225 + 800 + 3_650));
    let read = cast.head.reads("/buildings/ledger?year=2026&lang=zh-Hans").await;
    assert!(read.contains("44.5 m²") && read.contains("12.25 m²") && read.contains("2026-02"), "{read}");
    let sheds = cast.head.reads("/buildings/ledger?year=2026&kind=shed").await;
    assert!(!sheds.contains("36.5") && sheds.contains("12.25"), "{sheds}");
    let read = cast.head.reads("/buildings/ledger?year=2025").await;
    assert!(read.contains("没有记录"), "{read}");
    let other = Browser::signed_in(&world, "officer1").await;
    assert!(other.reads("/buildings/ledger").await.contains("没有记录"), "another unit's ledger is its own");
    let excel = cast.head.visitor.get("/buildings/ledger.xlsx").await;
    assert!(excel.bytes().await.expect("a file").starts_with(b"PK"));

    // Filters of the board.
    let shown = |path: &'static str| {
        let head = cast.head.clone();
        async move { head.page(path).await.matches("class=\"building-row\"").count() }
    };
    assert_eq!(shown("/buildings").await, 3);
    assert_eq!(shown("/buildings?show=all").await, 4);
    assert_eq!(shown("/buildings?show=stopping").await, 2);
    assert_eq!(shown("/buildings?show=cleared").await, 1);
    assert_eq!(shown("/buildings?show=all&kind=shed").await, 3);
    assert_eq!(shown("/buildings?show=all&stock=old").await, 1);
    assert_eq!(shown("/buildings?q=B2026-0003").await, 1);
    assert_eq!(shown("/buildings?street=nowhere").await, 0);
    for page in &pages {
        is_its_facts(&world, page).await;
    }
});

on_both!(prevention_is_logged_and_a_case_leads_to_a_building, |world: World| async move {
    world.settle().await;
    let helper = Browser::signed_in(&world, "helper1").await;
    let mut visit = helper.form("/buildings/visits", "/buildings/visits").await;
    let street = visit.offers("street").first().cloned().expect("a street");
    for (name, value) in [("visit", "neighbours"), ("street", &*street), ("told", "24"), ("words", "逐户发放告知书")]
    {
        visit.put(name, value);
    }
    let mut future = visit.clone();
    future.put("on", "2026-03-11");
    let answer = refuses(&helper, &future, "还没有到").await;
    let back = Form::find(&answer.text, "/buildings/visits").expect("the form");
    assert_eq!((back.value("words"), back.value("told")), ("逐户发放告知书", "24"));
    for _ in 0..2 {
        assert_eq!(helper.send(&visit).await.status, 303);
    }
    let read = helper.reads("/buildings/visits").await;
    assert!(read.contains("共 1 次，告知 24 户") && read.contains("逐户发放告知书"), "sent twice, kept once: {read}");
    assert!(!Browser::signed_in(&world, "officer3").await.reads("/buildings/visits").await.contains("逐户"));
    assert!(Browser::signed_in(&world, "officer1").await.reads("/buildings/visits").await.contains("逐户"));

    // A case of a citizen's report leads to a building; the unit sees where it came from, not the case's page.
    let citizen = Browser::new(&world);
    let mut report = citizen.form("/report", "/report").await;
    for (name, value) in
        [("words", "楼顶在砌砖"), ("address", "古渡路 3 号"), ("lon", HERE.0), ("lat", HERE.1), ("similar", "any")]
    {
        report.put(name, value);
    }
    report.attach("photo.jpg", photo("billboard-before"));
    let code = citizen.send(&report).await.location;
    let code = code.trim_start_matches("/track/").split('?').next().unwrap_or_default().to_owned();
    steward::cases::following::follow_once(&world.app).await.expect("the case is opened");
    let case = world.app.db.read(move |tx| async move {
        let report = steward::reports::store::load_by_code(&tx, &code).await?.expect("the report");
        steward::cases::store::case_of(&tx, report.id).await
    });
    let case = case.await.map_err(|error: DbError| error).expect("a row").expect("the case");
    let desk = Browser::signed_in(&world, "dispatcher1").await;
    assert!(desk.page(&format!("/cases/{case}")).await.contains(&format!("/buildings/new?case={case}")));
    let mut form = desk.form(&format!("/buildings/new?case={case}"), "/buildings/new").await;
    assert_eq!((form.value("address"), form.value("source")), ("古渡路 3 号", "report"));
    assert!(!form.value("lon").is_empty());
    for (name, value) in [("kind", "storey"), ("works", "going-up"), ("area", "20"), ("stock", "new")] {
        form.put(name, value);
    }
    form.choose("unit", "违建查处中队");
    let sent = desk.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    assert!(desk.reads(&sent.location).await.contains("古渡路 3 号"));
    assert!(desk.reads(&format!("/cases/{case}")).await.contains("登记为违法建设"));
    let officer = Browser::signed_in(&world, "officer3").await;
    let page = officer.page(&sent.location).await;
    assert!(page.contains("来自") || page.contains("案件"), "{page}");
    assert!(!page.contains(&format!("href=\"/cases/{case}\"")));
    assert!(desk.reads(&format!("/buildings/new?case={case}")).await.contains("已经登记过违法建设"));

    // The same case is handed over to the officers of a unit, with its photographs, once.
    let page = format!("/enforcement/new?case={case}");
    assert!(desk.page(&format!("/cases/{case}")).await.contains(&page));
    let mut form = desk.form(&page, "/enforcement/new").await;
    assert_eq!(form.value("address"), "古渡路 3 号");
    refuses(&desk, &form, "办理中队").await;
    form.choose("unit", "违建查处中队");
    for _ in 0..2 {
        let sent = desk.send(&form).await;
        assert_eq!((sent.status, sent.location), (303, format!("/cases/{case}")), "{}", words(&sent.text));
    }
    assert!(desk.reads(&format!("/cases/{case}")).await.contains("移交执法办案"));
    let again = desk.form(&page, "/enforcement/new").await;
    let mut again = again.clone();
    again.choose("unit", "违建查处中队");
    again.put("words", "再来一次");
    refuses(&desk, &again, "已就此立有案件").await;
    assert_eq!(desk.look("/enforcement").await.status, 403, "the desk has no further part in it");
    let officer = Browser::signed_in(&world, "officer3").await;
    let board = officer.page("/enforcement").await;
    let penalty = board.split("href=\"/enforcement/").skip(1).filter_map(|rest| rest.split('"').next());
    let penalty = penalty.into_iter().find(|id| id.parse::<Id>().is_ok()).expect("the clue").to_owned();
    let html = officer.page(&format!("/enforcement/{penalty}")).await;
    let picture = html.split("src=\"").filter_map(|rest| rest.split('"').next()).find(|src| src.contains("photos"));
    let picture = crate::browser::plain(picture.expect("its photograph"));
    assert_eq!(officer.look_bytes(&picture).await, 200);
    assert_eq!(Browser::signed_in(&world, "officer1").await.look_bytes(&picture).await, 404);
    assert!(!Browser::signed_in(&world, "officer1").await.page("/enforcement").await.contains(&penalty));
});

on_both!(an_owner_reads_and_speaks_by_the_code_of_a_paper, |world: World| async move {
    world.settle().await;
    let cast = Cast::at(&world, "2026-03-10T10:00").await;
    let page = found(&cast.officer).await;
    let list = words(&cast.officer.page(&format!("{page}/papers")).await);
    assert!(list.contains("还没有文书") && !list.contains("责令停止建设通知书"), "{list}");
    assert_eq!(cast.officer.look(&format!("{page}/papers/stop-order")).await.status, 404, "nothing was stopped yet");
    does(&world, &cast.officer, &page, "order-stop", &[]).await;
    let stop = written(&cast.officer, &page, "stop-order").await;
    does(&world, &cast.head, &page, "file", &[]).await;
    let letter = [("assessment", "demolish"), ("letter", "望规函〔2026〕3 号"), ("on", "2026-03-10")];
    does(&world, &cast.officer, &page, "assess", &letter).await;
    does(&world, &cast.officer, &page, "notify", &[]).await;
    let notice = written(&cast.officer, &page, "demolition-notice").await;
    assert!(words(&cast.officer.page(&notice).await).contains("拆告字"));
    let owner = Browser::new(&world);
    let address = format!("/party/{}", code_of(&world, &notice).await);
    let read = words(&owner.page(&address).await);
    for told in ["望澜路 9 号楼顶", "陈述", "要求听证", "责令停止建设通知书"] {
        assert!(read.contains(told), "{told} is not in {read}");
    }
    assert!(words(&owner.page(&format!("{address}?lang=en")).await).contains("Unlawful building"));
    owner.page(&format!("{address}?lang=zh-Hans")).await;
    let pdf = owner.look(&format!("{address}/{}", stop.rsplit('/').next().unwrap_or_default())).await;
    assert!(pdf.status == 200 && pdf.text.starts_with("%PDF"));

    // It speaks; sent twice, it has spoken once; the unit hears of it. Nothing else is the owner's to do.
    let mut form = owner.form(&address, &format!("{address}/defend")).await;
    form.put("words", " ");
    assert_eq!(owner.send(&form).await.status, 422);
    form.put("words", "是雨棚，不是加层");
    for _ in 0..2 {
        let answer = owner.send(&form).await;
        assert_eq!(answer.status, 303, "{}", words(&answer.text));
    }
    assert_eq!(kept(&world, &page).await.building.defences.len(), 1);
    for act in ["decide", "waive", "close", "no-such"] {
        assert_eq!(owner.send(&form.to(format!("{address}/{act}"))).await.status, 404, "the owner does not {act}");
    }
    let hearing = owner.form(&address, &format!("{address}/ask-hearing")).await;
    assert_eq!(owner.send(&hearing).await.status, 303);
    assert!(kept(&world, &page).await.building.hearing_asked_at.is_some());
    is_its_facts(&world, &page).await;
    let leader = Browser::signed_in(&world, "unit2").await;
    let mut void = leader.form(&notice, &format!("{notice}/void")).await;
    void.put("reason", "日期有误");
    assert_eq!(leader.send(&void).await.status, 303);
    assert_eq!(owner.look(&address).await.status, 404, "a voided paper opens nothing");
});

on_both!(what_is_punished_instead_leads_to_a_penalty_case, |world: World| async move {
    world.settle().await;
    let cast = Cast::at(&world, "2026-03-10T10:00").await;
    let page = found(&cast.officer).await;
    does(&world, &cast.officer, &page, "order-stop", &[]).await;
    does(&world, &cast.head, &page, "file", &[]).await;
    let id = page.rsplit('/').next().unwrap_or_default();
    let open = format!("/enforcement/new?source=building&source_id={id}");
    assert!(
        !crate::browser::plain(&cast.officer.page(&page).await).contains(&open),
        "not before it is said to be put right"
    );
    let letter = [("assessment", "correctable"), ("letter", "望规函〔2026〕3 号"), ("on", "2026-03-10")];
    does(&world, &cast.officer, &page, "assess", &letter).await;
    does(&world, &cast.head, &page, "penalise", &[]).await;
    assert!(crate::browser::plain(&cast.officer.page(&page).await).contains(&open));
    let form = cast.officer.form(&open, "/enforcement/new").await;
    assert_eq!(form.value("address"), "望澜路 9 号楼顶");
    assert!(form.value("words").contains("B2026-0001"), "{}", form.value("words"));
    let stranger = Browser::signed_in(&world, "officer1").await;
    assert_eq!(stranger.send(&form).await.status, 404, "another unit's building does not exist for them");
    let sent = cast.officer.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let penalty = cast.officer.page(&sent.location).await;
    assert!(penalty.contains(&format!("href=\"{page}\"")), "the way back");
    assert!(cast.officer.page(&page).await.contains(&format!("href=\"{}\"", sent.location)), "the way on");
    assert!(penalty.contains("photos"), "its photographs came along");
});

on_both!(random_acts_leave_nothing_that_its_facts_do_not_tell, |world: World| async move {
    world.settle().await;
    let cast = Cast::at(&world, "2026-03-10T10:00").await;
    let page = found(&cast.officer).await;
    // A walk that is the same every time: whatever the page offers, filled in somehow, by whoever it offers it to.
    let mut dice: u64 = 7;
    let mut roll = |most: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap_or_default() % most.max(1)
    };
    let (mut done, mut hours) = (0, 0);
    for _ in 0..40 {
        hours += i64::try_from(roll(96)).unwrap_or_default();
        let at = MORNING.plus(hours * HOUR);
        world.clock.set(at);
        let login = ["officer3", "officer3", "leader", "unit2", "reviewer1"][roll(5)];
        let who = Browser::signed_in(&world, login).await;
        let html = who.page(&page).await;
        let actions: Vec<String> = html
            .split("<form method=\"post\" action=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next().map(crate::browser::plain))
            .filter(|action| action.starts_with(&page))
            .collect();
        if actions.is_empty() {
            continue;
        }
        let action = &actions[roll(actions.len())];
        let word = action.rsplit('/').next().unwrap_or_default().to_owned();
        if ["dismiss", "end", "recuse", "record-self-demolition"].contains(&word.as_str()) {
            continue;
        }
        let today = world.app.calendar.date_of(at);
        let later = today.checked_add(jiff::Span::new().days(16)).expect("a day").to_string();
        let (today, told) = (today.to_string(), "记录");
        let mut form = act(&world, &who, &page, &word, &[]).await;
        for name in ["words", "reason", "letter", "number", "goods", "witnesses"] {
            if form.fields.iter().any(|(field, _)| field == name) && !(name == "number" && word == "answer-defence") {
                form.put(name, told);
            }
        }
        for (name, value) in [("until", &later), ("on", if word == "call-hearing" { &later } else { &today })] {
            if form.fields.iter().any(|(field, _)| field == name) {
                form.put(name, value);
            }
        }
        for name in ["obeyed", "adopted", "outcome", "passed", "ground", "assessment", "remedy", "manner", "signed"] {
            let offered = form.offers(name);
            if !offered.is_empty() {
                let choice = if name == "assessment" { 1 } else { roll(offered.len()) };
                form.put(name, &offered[choice]);
            }
        }
        if form.takes_files() {
            form.attach("paper.jpg", photo("billboard-after"));
        }
        let status = who.send(&form).await.status;
        assert!([303, 403, 422].contains(&status), "{word}: {status}");
        done += usize::from(status == 303);
        is_its_facts(&world, &page).await;
    }
    assert!(done >= 8, "{done} acts were done");
    assert_ne!(kept(&world, &page).await.building.stage, Stage::Demolished);
    assert_eq!(kept(&world, &page).await.building.particulars.kind, Kind::Storey);
});
