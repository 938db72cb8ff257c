//! Practice over HTTP, by the pages' own forms: a learner's run to its goal with some mistakes, what the instructor sees of it, what
//! nobody else sees, and a finished case that becomes an exercise.

use crate::browser::{Answer, Browser, Form, words};
use crate::on_both;
use crate::world::World;
use std::collections::BTreeMap;
use steward::kit::db::{DbError, params};
use steward::kit::id::Id;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// A learner at a run: fills in the forms of its steps. Officers of the cast are named by their place in it.
struct Learner {
    browser: Browser,
    page: String,
}

const TWO: [(&str, &str); 2] = [("+officers", "1"), ("+officers", "2")];
const FINE: [(&str, &str); 4] = [("+kinds", "fine"), ("fine", "2000"), ("tier", "minor"), ("rule", "of-the-act")];

fn with<'a>(first: &[(&'a str, &'a str)], fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    first.iter().chain(fields).copied().collect()
}

impl Learner {
    async fn begins(world: &World, login: &str, exercise: &str) -> Learner {
        let browser = Browser::signed_in(world, login).await;
        let mut form = browser.form("/teaching", "/teaching/begin").await;
        form.put("exercise", exercise);
        let sent = browser.send(&form).await;
        assert_eq!(sent.status, 303, "{}", words(&sent.text));
        Learner { browser, page: sent.location }
    }

    async fn tries(&self, part: &str, step: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("{}/{step}", self.page);
        let mut form = self.browser.form(&path, &path).await;
        form = form.without(&["officers"]);
        form.put("part", part);
        for (name, value) in fields {
            match name.strip_prefix('+') {
                Some(name) => form.tick(name, value),
                None => form.put(name, value),
            }
        }
        self.browser.send(&form).await
    }

    async fn does(&self, part: &str, step: &str, fields: &[(&str, &str)]) {
        let answer = self.tries(part, step, fields).await;
        assert_eq!(answer.status, 303, "{part} {step}: {}", words(&answer.text));
        assert!(answer.location.starts_with(&self.page), "{}", answer.location);
    }

    async fn refused(&self, part: &str, step: &str, fields: &[(&str, &str)], says: &[&str]) {
        let answer = self.tries(part, step, fields).await;
        let read = words(&answer.text);
        assert_eq!(answer.status, 422, "{part} {step}: {read}");
        for says in says {
            assert!(read.contains(says), "{part} {step} says not {says}: {read}");
        }
        let form = Form::find(&answer.text, &format!("{}/{step}", self.page)).expect("the form is drawn again");
        for (name, value) in fields.iter().filter(|(name, _)| matches!(*name, "words" | "fine" | "reason")) {
            assert_eq!(form.value(name), *value, "{step} lost {name}");
        }
        assert_eq!(form.value("part"), part);
    }

    /// Sends the form of the run's page that moves the clock in this way.
    async fn waits(&self, fields: &[(&str, &str)]) -> Answer {
        let path = format!("{}/clock", self.page);
        let mut form = self.browser.form(&self.page, &path).await;
        for (name, value) in fields {
            form.put(name, value);
        }
        self.browser.send(&form).await
    }

    async fn wait(&self, fields: &[(&str, &str)]) {
        let answer = self.waits(fields).await;
        assert_eq!(answer.status, 303, "{}", words(&answer.text));
    }

    async fn reads(&self) -> String {
        self.browser.reads(&self.page).await
    }
}

async fn count(world: &World, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    let read = world.app.db.read(move |tx| {
        let sql = sql.clone();
        async move { tx.query_one(&sql, params![]).await?.get::<i64>(0) }
    });
    read.await.map_err(|error: DbError| error).expect("a count")
}

/// How many rows stand in the tables of real work.
async fn real(world: &World) -> BTreeMap<&'static str, i64> {
    let mut all = BTreeMap::new();
    for table in ["penalty_cases", "penalty_investigators", "papers", "notices", "facts", "search_entries"] {
        if table == "search_entries" {
            continue;
        }
        all.insert(table, count(world, table).await);
    }
    all
}

async fn a_learners_run(world: World) {
    world.settle().await;
    let before = real(&world).await;
    let run = Learner::begins(&world, "officer1", "road-storage").await;
    let read = run.reads().await;
    for said in ["教学演练", "虚构", "2026-03-09", "星期一", "程甲", "表弟", "新桥支路", "一千至四千元"]
    {
        assert!(read.contains(said), "{said}: {read}");
    }
    // Begun again, it is the same run.
    assert_eq!(Learner::begins(&world, "officer1", "road-storage").await.page, run.page);

    // Mistakes, each with its article, its reason, and everything typed still there.
    let seen = [("words", "现场有砖一垛")];
    let cousin = [("+officers", "1"), ("+officers", "4"), ("words", "现场有砖一垛")];
    run.refused("officer-a", "check-clue", &cousin, &["应当回避", "第43条", "为什么这样规定", "谁是谁的亲戚"]).await;
    let over = [("+officers", "1"), ("+officers", "3"), ("words", "现场有砖一垛")];
    run.refused("officer-a", "check-clue", &over, &["无效", "第42条", "证件过期等于没有资格"]).await;
    run.refused(
        "helper",
        "check-clue",
        &with(&TWO, &seen),
        &["协管人员", "这一步由 执法人员 办理".replace(' ', "").as_str()],
    )
    .await;
    run.refused("officer-a", "decide", &FINE, &["不能办理此项", "程序的先后", "第57条"]).await;
    // A slip is no mistake.
    run.refused("officer-a", "check-clue", &with(&TWO, &[("words", "")]), &["请写明内容"]).await;
    assert!(run.reads().await.contains("错误 4 次"), "{}", run.reads().await);

    run.refused("officer-a", "check-clue", &with(&TWO, &seen), &["尚未分派"]).await;
    run.does("unit", "assign-clue", &TWO).await;
    run.does("officer-a", "check-clue", &with(&TWO, &seen)).await;
    let filing = [("name", "柳某"), ("form", "citizen"), ("matter", "road-occupation"), ("acted_on", "2026-03-07")];
    let mut wrong = filing;
    wrong[2].1 = "street-stall";
    run.refused("officer-a", "propose-filing", &with(&TWO, &wrong), &["案由和案情对不上", "第38条"]).await;
    run.does("officer-a", "propose-filing", &with(&TWO, &filing)).await;
    run.does("head-a", "approve-filing", &[]).await;
    let look = [("card_shown", "1"), ("words", "占去半条车道")];
    run.does("officer-b", "inspect-site", &with(&TWO, &look)).await;

    // The last step is taken back, and taken again.
    let mut undo = run.browser.form(&run.page, &format!("{}/undo", run.page)).await;
    let undone = run.browser.send(&undo).await;
    assert_eq!(undone.status, 303, "{}", words(&undone.text));
    assert!(run.reads().await.contains("退回 1 次"));
    // The same button pressed in an older window takes nothing more back.
    undo.put("revision", "1");
    assert_eq!(run.browser.send(&undo).await.status, 422);
    run.does("officer-b", "inspect-site", &with(&TWO, &look)).await;

    let conclusion = [("proposes", "yes"), ("exemption", "曾被教育，不属于首违")];
    run.does("officer-a", "conclude-inquiry", &with(&FINE, &conclusion)).await;
    run.does("officer-a", "notify-party", &with(&TWO, &FINE)).await;
    run.refused("officer-a", "close-defence", &[], &["陈述、申辩期限", "第62条"]).await;

    // The clock goes forward only, and what comes up comes up.
    assert_eq!(run.waits(&[("how", "until"), ("until", "2026-03-01")]).await.status, 422);
    assert_eq!(run.waits(&[("how", "days"), ("days", "9999")]).await.status, 422);
    assert!(!run.reads().await.contains("柳某来到窗口"));
    run.wait(&[]).await;
    assert!(run.reads().await.contains("柳某来到窗口"));
    run.does("party", "defend", &[("words", "砖已经清走")]).await;
    run.does("officer-b", "answer-defence", &[("number", "1"), ("adopted", "no"), ("words", "已考虑")]).await;
    run.wait(&[("how", "term")]).await;
    run.does("officer-a", "close-defence", &[]).await;
    run.does("officer-a", "propose-decision", &[]).await;
    run.refused("officer-a", "decide", &FINE, &["其他岗位", "行政机关负责人"]).await;
    run.does("head-a", "decide", &[]).await;
    run.does("officer-a", "serve", &with(&TWO, &[("manner", "direct")])).await;
    run.wait(&[("how", "days"), ("days", "6")]).await;
    run.does("treasurer", "record-payment", &[("amount", "2000"), ("receipt", "回单一")]).await;
    run.does("officer-a", "propose-closing", &[]).await;
    run.does("head-a", "approve-closing", &[]).await;
    let volume = [("retention", "short"), ("volume", "教-1"), ("bound_by", "1"), ("checked_by", "2")];
    let last = run.tries("archivist", "archive", &volume).await;
    assert_eq!(last.location, format!("{}/result", run.page), "{}", words(&last.text));

    let result = run.browser.reads(&last.location).await;
    for said in ["目标达到了", "第43条", "再读一遍", "退回上一环节", "不计入任何考核", "卫丁", "常见的错误"]
    {
        assert!(result.contains(said), "{said}: {result}");
    }
    // A run that is over takes no more steps.
    let answer = run.tries("officer-a", "record-note", &[("words", "补记")]).await;
    assert_eq!(answer.status, 422);

    // Strictly apart: nothing of real work has grown.
    assert_eq!(real(&world).await, before);
    for lang in ["zh-Hans", "en"] {
        for page in
            [run.page.clone(), format!("{}/result", run.page), format!("{}/record-note", run.page), "/teaching".into()]
        {
            assert_eq!(run.browser.look(&format!("{page}?lang={lang}")).await.status, 200, "{page} {lang}");
        }
    }

    // Nobody else's: not a colleague's, not by its steps either; and an instructor reads it on pages of their own.
    let id = run.page.rsplit('/').next().expect("an id").to_owned();
    let other = Browser::signed_in(&world, "officer2").await;
    for page in [run.page.clone(), format!("{}/result", run.page), format!("{}/check-clue", run.page)] {
        assert_eq!(other.look(&page).await.status, 404, "{page}");
    }
    for (login, status) in
        [("unit1", 200), ("unit2", 404), ("reviewer1", 200), ("leader", 200), ("officer2", 403), ("acceptor1", 403)]
    {
        let who = Browser::signed_in(&world, login).await;
        assert_eq!(who.look(&format!("/teaching/progress/{id}")).await.status, status, "{login}");
        if status == 200 {
            let read = who.reads(&format!("/teaching/progress/{id}")).await;
            for said in ["韦正阳", "应当回避", "协管人员", "执法人员：", "时间推进"] {
                assert!(read.contains(said), "{login} {said}: {read}");
            }
        }
    }
}
on_both!(a_learner_goes_through_a_whole_procedure_and_is_told_every_mistake, a_learners_run);

async fn instructors(world: World) {
    world.settle().await;
    let run = Learner::begins(&world, "officer1", "spot-road").await;
    run.refused("helper", "decide-summary", &TWO, &["协管人员"]).await;
    run.refused("helper", "decide-summary", &TWO, &["协管人员"]).await;
    let left = run.browser.form(&run.page, &format!("{}/restart", run.page)).await;
    let again = run.browser.send(&left).await;
    assert_eq!(again.status, 303);
    assert_ne!(again.location, run.page);
    assert!(run.reads().await.contains("这一次已经放弃"));

    let leader = Browser::signed_in(&world, "leader").await;
    let read = leader.reads("/teaching/progress").await;
    for said in ["韦正阳", "夏立言", "练过 2 次", "错误 2 次", "第42条", "行政处罚只能由具有执法资格的人员实施"]
    {
        assert!(read.contains(said), "{said}: {read}");
    }
    // By exercise and by month; an unknown month asks for nothing.
    let none = leader.reads("/teaching/progress?exercise=first-shop&month=2026-03").await;
    assert!(none.contains("没有错误记录"), "{none}");
    assert!(leader.reads("/teaching/progress?month=2026-03").await.contains("第42条"));
    assert!(leader.reads("/teaching/progress?month=2026-02").await.contains("没有错误记录"));
    assert_eq!(leader.look("/teaching/progress?month=x&after=99999999999999999999").await.status, 200);

    // A unit leader sees the unit's people and nobody else's.
    let unit = Browser::signed_in(&world, "unit2").await;
    let read = unit.reads("/teaching/progress").await;
    assert!(read.contains("夏立言") && !read.contains("韦正阳") && read.contains("没有错误记录"), "{read}");
    let csv = leader.look("/teaching/progress.csv").await;
    assert!(csv.text.starts_with('\u{feff}') && csv.text.contains("韦正阳"), "{}", csv.text);
    assert!(!unit.look("/teaching/progress.csv").await.text.contains("韦正阳"));

    // An exercise is given, by a day; they are told once, and find it on their list.
    let accounts = accounts(&world).await;
    let (first, foreign) = (accounts["officer1"].to_string(), accounts["officer3"].to_string());
    let mut form = leader.form("/teaching/progress", "/teaching/progress/assign").await;
    form.put("exercise", "first-shop");
    assert_eq!(leader.send(&form).await.status, 422, "nobody is named");
    form.tick("people", &first);
    form.put("due_on", "2026-03-01");
    let past = leader.send(&form).await;
    assert!(past.status == 422 && words(&past.text).contains("不能早于今天"), "{}", words(&past.text));
    form.put("due_on", "2026-03-20");
    for _ in 0..2 {
        let given = leader.send(&form).await;
        assert_eq!(given.status, 303, "{}", words(&given.text));
    }
    let notices = notices(&world, accounts["officer1"]).await;
    assert_eq!(notices, ["teaching-assigned"]);
    let list = run.browser.reads("/teaching").await;
    assert!(list.contains("2026-03-20 前完成"), "{list}");
    assert!(run.browser.reads("/notices").await.contains("首违不罚：店外摆放"));
    // Nobody gives anything to people whom they do not see.
    let mut form = unit.form("/teaching/progress", "/teaching/progress/assign").await;
    form.put("exercise", "first-shop");
    form.tick("people", &first);
    form.put("due_on", "2026-03-20");
    assert_eq!(unit.send(&form).await.status, 422);
    let mut form = unit.form("/teaching/progress", "/teaching/progress/assign").await;
    form.put("exercise", "first-shop");
    form.tick("people", &foreign);
    form.put("due_on", "2026-03-20");
    assert_eq!(unit.send(&form).await.status, 303);
    for lang in ["zh-Hans", "en"] {
        assert_eq!(leader.look(&format!("/teaching/progress?lang={lang}")).await.status, 200);
    }
}
on_both!(instructors_see_mistakes_and_give_exercises, instructors);

async fn accounts(world: &World) -> BTreeMap<String, Id> {
    let rows = world.app.db.read(|tx| async move {
        let rows = tx.query("select login, id from accounts", params![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()
    });
    rows.await.expect("accounts")
}

async fn notices(world: &World, account: Id) -> Vec<String> {
    let rows = world.app.db.read(move |tx| async move {
        let rows = tx.query("select kind from notices where account_id = $1 order by id", params![account]).await?;
        rows.iter().map(|row| row.get(0)).collect::<Result<_, DbError>>()
    });
    rows.await.expect("notices")
}

/// What is typed into a form: names and values.
type Typed<'a> = Vec<(&'a str, &'a str)>;

/// A real case that ends without a penalty, by the forms of real cases; its words say who, where and by which number.
async fn finished(world: &World) -> String {
    let accounts = accounts(world).await;
    let mut browsers: BTreeMap<&str, Browser> = BTreeMap::new();
    for login in ["helper1", "officer1", "unit1", "leader", "archivist1"] {
        browsers.insert(login, Browser::signed_in(world, login).await);
    }
    let officer = &browsers["officer1"];
    let mut form = officer.form("/enforcement/new", "/enforcement/new").await;
    form.put("words", "江石生在古渡路 12 号门口摆了四箱苹果，电话 13800138000");
    form.put("address", "古渡路 12 号");
    let sent = officer.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let page = sent.location;
    let two = [("+officers", accounts["officer1"].to_string()), ("+officers", accounts["officer2"].to_string())];
    let today = world.app.calendar.date_of(world.clock.now()).to_string();
    let filing =
        vec![("name", "江石生"), ("form", "citizen"), ("matter", "shop-overflow"), ("acted_on", today.as_str())];
    let (binder, checker) = (accounts["officer1"].to_string(), accounts["archivist1"].to_string());
    let volume =
        vec![("retention", "short"), ("volume", "2026-0001"), ("bound_by", &*binder), ("checked_by", &*checker)];
    let steps: Vec<(&str, &str, bool, Typed<'_>)> = vec![
        ("unit1", "assign-clue", true, vec![]),
        ("officer1", "check-clue", true, vec![("words", "韦正阳、卢清扬到场，店主江石生承认，车牌鲁A12345")]),
        ("officer1", "propose-filing", true, filing),
        ("leader", "approve-filing", false, vec![]),
        (
            "officer1",
            "inquire",
            true,
            vec![("card_shown", "1"), ("words", "身份证 99010119800101123X，住古渡路 12 号")],
        ),
        ("officer1", "order-correction", true, vec![("until", today.as_str())]),
        ("officer1", "record-correction", true, vec![("outcome", "corrected")]),
        ("officer1", "conclude-inquiry", false, vec![("proposes", "no"), ("exemption", "初次、轻微、及时改正")]),
        (
            "leader",
            "not-punish",
            false,
            vec![
                ("ground", "first-offence"),
                ("is_corrected", "1"),
                ("is_first", "1"),
                ("has_circumstances", "1"),
                ("education", "已教育"),
            ],
        ),
        ("officer1", "propose-closing", false, vec![]),
        ("leader", "approve-closing", false, vec![]),
        ("archivist1", "archive", false, volume),
    ];
    for (login, step, has_officers, fields) in steps {
        // The file is archived whole.
        let lacking: &[&str] = match step {
            "archive" => &[
                "filing-approval",
                "interview-record",
                "correction-notice",
                "investigation-report",
                "no-penalty-decision",
                "closing-approval",
            ],
            _ => &[],
        };
        for kind in lacking {
            let id: Id = page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
            let words = |at: &str| {
                let text =
                    if at == "questions" { "问：何时？\n答：上周。".to_owned() } else { today.to_string() };
                steward::papers::writing::shaped(at, &text)
            };
            let issued = steward::enforcement::writing::issue_with(&world.app, accounts["officer1"], id, kind, words);
            issued.await.unwrap_or_else(|error| panic!("{kind}: {error:?}"));
        }
        let who = &browsers[login];
        let path = format!("{page}/{step}");
        let mut form = who.form(&path, &path).await;
        for (name, value) in two.iter().filter(|_| has_officers) {
            form.tick(name.trim_start_matches('+'), value);
        }
        for (name, value) in fields {
            form.put(name, value);
        }
        let answer = who.send(&form).await;
        assert_eq!(answer.status, 303, "{step}: {}", words(&answer.text));
        world.clock.set(world.clock.now().plus(MINUTE));
    }
    page
}

async fn made_of_a_case(world: World) {
    world.settle().await;
    world.clock.set(world.clock.now().plus(DAY));
    let page = finished(&world).await;
    let door = format!("{page}/teaching");
    let reviewer = Browser::signed_in(&world, "reviewer1").await;
    assert!(reviewer.page(&page).await.contains(&door), "the page of the case leads there");
    for (login, status) in [("officer1", 403), ("unit1", 403), ("leader", 200)] {
        assert_eq!(Browser::signed_in(&world, login).await.look(&door).await.status, status, "{login}");
    }
    let read = reviewer.reads(&door).await;
    for said in ["13800138000", "某电话", "当事人甲", "某车牌", "去除"] {
        assert!(read.contains(said) || said == "去除", "{said}: {read}");
    }

    // While a name stands anywhere nothing is kept, and nothing typed is lost.
    let mut form = reviewer.form(&door, &door).await;
    for gone in ["江石生", "古渡路", "13800138000", "韦正阳", "鲁A12345", "99010119800101123X"] {
        assert!(form.fields.iter().all(|(_, value)| !value.contains(gone)), "{gone}: {:?}", form.fields);
    }
    form.put("title", "江石生店外摆放");
    form.put("trap-1", "已经改正还罚款");
    let answer = reviewer.send(&form).await;
    assert_eq!(answer.status, 422);
    let again = words(&answer.text);
    assert!(again.contains("还有真实案件的内容：江石生") && answer.text.contains("已经改正还罚款"), "{again}");
    form.put("title", "水果店店外摆放");
    let kept = reviewer.send(&form).await;
    assert_eq!(kept.status, 303, "{}", words(&kept.text));
    assert_eq!(reviewer.send(&form).await.location, kept.location, "sent twice, one draft");
    let draft = reviewer.reads(&kept.location).await;
    assert!(draft.contains("草稿") && draft.contains("水果店店外摆放"), "{draft}");

    // Nothing in the table names anybody, and nothing leads back to the case.
    let rows = world.app.db.read(|tx| async move {
        let rows = tx.query("select body, title from teaching_exercises", params![]).await?;
        rows.iter()
            .map(|row| Ok(format!("{}{}", row.get::<String>(0)?, row.get::<String>(1)?)))
            .collect::<Result<Vec<_>, DbError>>()
    });
    let rows = rows.await.expect("exercises");
    assert_eq!(rows.len(), 1);
    let id = page.rsplit('/').next().expect("an id");
    for gone in ["江石生", "江某", "古渡", "13800138000", "韦正阳", "卢清扬", "A12345", "99010119800101123", id]
    {
        assert!(!rows[0].contains(gone), "{gone}: {}", rows[0]);
    }

    // Learners find it once it is published, and no more once it is withdrawn; a run that goes on keeps it.
    let learner = Browser::signed_in(&world, "officer3").await;
    assert!(!learner.reads("/teaching").await.contains("水果店店外摆放"));
    assert_eq!(learner.look(&kept.location).await.status, 403);
    let publish = reviewer.form(&kept.location, &format!("{}/publish", kept.location)).await;
    assert_eq!(reviewer.send(&publish).await.status, 303);
    assert!(learner.reads("/teaching").await.contains("水果店店外摆放"));
    let key = format!("own-{}", kept.location.rsplit('/').next().expect("an id"));
    let run = Learner::begins(&world, "officer3", &key).await;
    run.does("unit", "assign-clue", &TWO).await;
    run.does("officer-a", "check-clue", &with(&TWO, &[("words", "属实")])).await;
    let withdraw = reviewer.form(&kept.location, &format!("{}/withdraw", kept.location)).await;
    assert_eq!(reviewer.send(&withdraw).await.status, 303);
    assert!(run.reads().await.contains("水果店店外摆放"));
    let list = learner.page("/teaching").await;
    assert!(!list.contains(&format!("value=\"{key}\"")), "{list}");
    for lang in ["zh-Hans", "en"] {
        for page in [door.as_str(), "/teaching/exercises", kept.location.as_str()] {
            assert_eq!(reviewer.look(&format!("{page}?lang={lang}")).await.status, 200, "{page} {lang}");
        }
    }
    // A case that goes on is not taught.
    let officer = Browser::signed_in(&world, "officer1").await;
    let mut form = officer.form("/enforcement/new", "/enforcement/new").await;
    form.put("words", "另一件");
    let open = officer.send(&form).await.location;
    let leader = Browser::signed_in(&world, "leader").await;
    assert_eq!(leader.look(&format!("{open}/teaching")).await.status, 422);
    assert!(!leader.page(&open).await.contains(&format!("{open}/teaching")));
}
on_both!(a_finished_case_becomes_an_exercise_without_anybody_in_it, made_of_a_case);
