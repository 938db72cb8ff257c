//! Penalty cases over HTTP, by the pages' own forms: the whole ordinary procedure with a hearing by nine people, a penalty on the
//! spot, who sees what, and what the law refuses.

use crate::browser::{Answer, Browser, Form, photo, words};
use crate::on_both;
use crate::world::{World, statements_of};
use jiff::civil::{Date, time};
use std::collections::BTreeMap;
use steward::enforcement::case::{Stage, replay};
use steward::enforcement::store::{self, Held, Scope};
use steward::kit::db::{DbError, params};
use steward::kit::error::Error;
use steward::kit::id::Id;

const HERE: (f64, f64) = (123.414, 31.2093);
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// Everybody who has a part, each signed in when first asked for, and anew after each jump of the clock.
pub(crate) struct Cast<'a> {
    pub(crate) world: &'a World,
    pub(crate) browsers: BTreeMap<&'static str, Browser>,
    accounts: BTreeMap<String, String>,
}

impl<'a> Cast<'a> {
    pub(crate) async fn of(world: &'a World) -> Cast<'a> {
        world.settle().await;
        let rows = world.app.db.read(|tx| async move {
            let rows = tx.query("select login, id from accounts", params![]).await?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get::<Id>(1)?.to_string()))).collect::<Result<_, DbError>>()
        });
        let accounts = rows.await.expect("accounts");
        Cast { world, browsers: BTreeMap::new(), accounts }
    }

    pub(crate) async fn who(&mut self, login: &'static str) -> &Browser {
        if !self.browsers.contains_key(login) {
            let browser = Browser::signed_in(self.world, login).await;
            self.browsers.insert(login, browser);
        }
        self.browsers.get(login).expect("just put there")
    }

    fn id(&self, login: &str) -> &str {
        self.accounts.get(login).map(String::as_str).expect("an account")
    }

    /// Days go by.
    pub(crate) fn wait(&mut self, days: i64) {
        self.world.clock.set(self.world.clock.now().plus(days * DAY));
        self.browsers.clear();
    }

    pub(crate) fn today(&self) -> Date {
        self.world.app.calendar.date_of(self.world.clock.now())
    }

    /// Fills the form of a step in and sends it. A name that begins with `+` ticks a box beside the others; `=login` stands for
    /// the account.
    pub(crate) async fn tries(
        &mut self,
        login: &'static str,
        page: &str,
        step: &str,
        fields: &[(&str, &str)],
    ) -> (Answer, Form) {
        let accounts = self.accounts.clone();
        let who = self.who(login).await;
        let path = format!("{page}/{step}");
        let mut form = match Form::find(&who.page(&path).await, &path) {
            Some(form) => form,
            // The page says why not; the door is asked all the same.
            None => who.form(&format!("{page}/record-note"), &format!("{page}/record-note")).await.to(path.clone()),
        };
        for (name, value) in fields {
            let value = value.strip_prefix('=').map_or(*value, |login| accounts.get(login).map_or("", String::as_str));
            match name.strip_prefix('+') {
                Some(name) => form.tick(name, value),
                None => form.put(name, value),
            }
        }
        (who.send(&form).await, form)
    }

    /// A step that must be taken; sent twice, as an impatient person does, it is taken once.
    pub(crate) async fn does(&mut self, login: &'static str, page: &str, step: &str, fields: &[(&str, &str)]) {
        let (answer, form) = self.tries(login, page, step, fields).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, page), "{step}: {}", words(&answer.text));
        let revision = loaded(self.world, page).await.case.revision;
        let again = self.who(login).await.send(&form).await;
        assert_eq!(again.status, 303, "{step} again: {}", words(&again.text));
        assert_eq!(loaded(self.world, page).await.case.revision, revision, "{step} was taken twice");
        self.world.clock.set(self.world.clock.now().plus(MINUTE));
    }

    /// A step that is refused, with a sentence that holds these words, and with what was typed still there.
    pub(crate) async fn refused(
        &mut self,
        login: &'static str,
        page: &str,
        step: &str,
        fields: &[(&str, &str)],
        says: &str,
    ) {
        let before = loaded(self.world, page).await.case;
        let (answer, _) = self.tries(login, page, step, fields).await;
        let read = words(&answer.text);
        assert_eq!(answer.status, 422, "{step}: {read}");
        assert!(read.contains(says), "{step} says not {says}: {read}");
        for (name, value) in fields.iter().filter(|(name, _)| matches!(*name, "words" | "reason" | "fine" | "items")) {
            let form = Form::find(&answer.text, &format!("{page}/{step}")).expect("the form is drawn again");
            assert_eq!(form.value(name), *value, "{step} lost {name}");
        }
        assert_eq!(loaded(self.world, page).await.case, before, "{step} changed something");
    }
}

pub(crate) async fn loaded(world: &World, page: &str) -> Held {
    let id: Id = page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    world.app.db.read(move |tx| async move { store::load(&tx, id, &Scope::All).await }).await.expect("the case")
}

pub(crate) async fn stage(world: &World, page: &str) -> Stage {
    loaded(world, page).await.case.stage
}

/// A clue by a helper, with its place and a photograph.
async fn clue(cast: &mut Cast<'_>, login: &'static str) -> String {
    let who = cast.who(login).await;
    let mut form = who.form("/enforcement/new", "/enforcement/new").await;
    form.put("words", "古渡路口一块大型广告牌没有许可证");
    form.put("address", "古渡路 12 号");
    form.put("lon", &HERE.0.to_string());
    form.put("lat", &HERE.1.to_string());
    form.attach("photo.jpg", photo("vendor-before"));
    let sent = who.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    let again = who.send(&form).await;
    assert_eq!(again.location, sent.location, "sent twice, one case");
    cast.world.clock.set(cast.world.clock.now().plus(MINUTE));
    sent.location
}

pub(crate) const TWO: [(&str, &str); 2] = [("+officers", "=officer1"), ("+officers", "=officer2")];

pub(crate) fn with<'a>(officers: &[(&'a str, &'a str)], fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    officers.iter().chain(fields).copied().collect()
}

const PENALTY: [(&str, &str); 4] =
    [("+kinds", "fine"), ("fine", "10000"), ("tier", "ordinary"), ("rule", "of-the-act")];

/// From the clue to the concluded inquiry: a fine of 10,000 yuan against a citizen is proposed.
pub(crate) async fn concluded(cast: &mut Cast<'_>) -> String {
    let page = clue(cast, "helper1").await;
    // The clue waits for the unit's leader, who gives it to two officers.
    assert!(cast.who("unit1").await.page("/enforcement?show=turn").await.contains(&page));
    cast.refused("officer1", &page, "check-clue", &with(&TWO, &[("words", "自己去看")]), "尚未分派").await;
    cast.does("unit1", &page, "assign-clue", &TWO).await;
    assert!(!cast.who("unit1").await.page("/enforcement?show=turn").await.contains(&page));
    cast.does("officer1", &page, "check-clue", &with(&TWO, &[("words", "现场有大型广告牌一块，约 12 平方米")])).await;
    let acted_on = cast.today().to_string();
    let filing =
        [("name", "江石生"), ("form", "citizen"), ("matter", "large-advertisement"), ("acted_on", acted_on.as_str())];
    cast.does("officer1", &page, "propose-filing", &with(&TWO, &filing)).await;
    cast.does("leader", &page, "approve-filing", &[]).await;
    let inquiry = [("card_shown", "1"), ("words", "问：广告牌何时设置？答：上周。")];
    cast.does("officer1", &page, "inquire", &with(&TWO, &inquiry)).await;
    let evidence = [("kind", "inspection"), ("words", "现场勘验笔录，证明广告牌的位置和面积"), ("is_lawful", "1")];
    cast.does("officer2", &page, "add-evidence", &with(&TWO, &evidence)).await;
    let until = cast.today().saturating_add(jiff::Span::new().days(3)).to_string();
    cast.does("officer1", &page, "order-correction", &with(&TWO, &[("until", until.as_str())])).await;
    cast.wait(5);
    cast.does("officer1", &page, "record-correction", &with(&TWO, &[("outcome", "not-corrected")])).await;
    let conclusion = [("proposes", "yes"), ("exemption", "不属于轻微、初次违法，不予免罚")];
    cast.does("officer1", &page, "conclude-inquiry", &with(&PENALTY, &conclusion)).await;
    page
}

/// From the concluded inquiry to the party's being told.
pub(crate) async fn notified(cast: &mut Cast<'_>) -> String {
    let page = concluded(cast).await;
    cast.does("officer1", &page, "ask-review", &[]).await;
    cast.does("reviewer1", &page, "pass-review", &[("words", "事实清楚，程序合法")]).await;
    let heads = [("+people", "=leader"), ("+people", "=leader2"), ("+people", "=leader3"), ("words", "同意")];
    cast.does("leader", &page, "discuss", &heads).await;
    // Nobody is told without the paper that tells it.
    let told = with(&TWO, &[("offers_hearing", "1")]);
    cast.refused("officer1", &page, "notify-party", &told, "事先告知书").await;
    written(cast, "officer1", &page, "penalty-notice", "2026-03-20").await;
    cast.does("officer1", &page, "notify-party", &with(&TWO, &[("offers_hearing", "1")])).await;
    page
}

async fn from_clue_to_archive(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = notified(&mut cast).await;
    assert_eq!(stage(&world, &page).await, Stage::Notified);

    // Nobody decides while the party may still speak.
    cast.refused("officer1", &page, "close-defence", &[], "陈述、申辩期限").await;
    cast.does("officer1", &page, "defend", &[("words", "广告牌是别人装的")]).await;
    cast.does(
        "officer2",
        &page,
        "answer-defence",
        &[("number", "1"), ("adopted", "no"), ("words", "有合同证明系当事人设置")],
    )
    .await;
    cast.does("officer1", &page, "ask-hearing", &[]).await;

    // Seven working days between the call and the hearing; an officer of the case does not preside.
    let soon = cast.today().saturating_add(jiff::Span::new().days(3)).to_string();
    cast.refused("leader", &page, "call-hearing", &[("on", &soon), ("president", "=president1")], "最迟应在").await;
    let day = cast.today().saturating_add(jiff::Span::new().days(15));
    let on = day.to_string();
    cast.refused("leader", &page, "call-hearing", &[("on", &on), ("president", "=officer1")], "请选择").await;
    cast.does("leader", &page, "call-hearing", &[("on", &on), ("president", "=president1")]).await;
    // The summons is issued and reaches the party; without it no hearing is held.
    let summon = with(&TWO, &[("manner", "direct")]);
    cast.refused("officer1", &page, "serve-summons", &summon, "听证通知书").await;
    written(&mut cast, "officer1", &page, "hearing-summons", "2026-03-20").await;
    cast.does("officer1", &page, "serve-summons", &summon).await;
    assert_eq!(cast.who("president1").await.look(&page).await.status, 200, "the president sees the case");
    cast.refused("president1", &page, "hold-hearing", &[("agents", "1")], "不是通知的听证日期").await;
    world.clock.set(world.app.calendar.moment(day, time(9, 0, 0, 0)));
    cast.browsers.clear();
    cast.refused("president1", &page, "hold-hearing", &[("agents", "3")], "一至二名代理人").await;
    cast.does("president1", &page, "hold-hearing", &[("agents", "1")]).await;
    cast.does("president1", &page, "report-hearing", &[("words", "事实清楚，建议维持")]).await;

    // What was heard is reviewed again before the decision, and a decision is never above what was announced.
    cast.does("officer1", &page, "ask-final-review", &[]).await;
    cast.does("reviewer1", &page, "pass-final-review", &[("words", "同意听证意见")]).await;
    cast.does("officer1", &page, "propose-decision", &[]).await;
    cast.refused("leader", &page, "decide", &[("fine", "10001")], "超过已告知的").await;
    // What was discussed before the hearing does not count.
    cast.refused("leader", &page, "decide", &[], "集体讨论").await;
    let heads: Vec<(&str, &str)> =
        ["=leader", "=leader2", "=leader3"].iter().map(|one| ("+people", *one)).chain([("words", "同意")]).collect();
    cast.does("leader", &page, "discuss", &heads).await;
    cast.does("leader", &page, "decide", &[]).await;
    cast.refused("officer1", &page, "serve", &with(&TWO, &[("manner", "direct")]), "行政处罚决定书").await;
    written(&mut cast, "officer1", &page, "penalty-decision", "2026-03-20").await;
    cast.does("officer1", &page, "serve", &with(&TWO, &[("manner", "direct")])).await;
    assert_eq!(stage(&world, &page).await, Stage::Executing);

    // Whoever decides takes no money; the treasurer reads what the bank reports.
    cast.refused("officer1", &page, "record-payment", &[("amount", "10000")], "其他岗位").await;
    cast.refused("treasurer1", &page, "record-payment", &[("amount", "10000.01"), ("receipt", "A1")], "超过应缴").await;
    cast.does("treasurer1", &page, "record-payment", &[("amount", "10,000.00"), ("receipt", "A1")]).await;
    // A citizen's ten thousand are of social effect by the organ's rule: published first, closed then.
    cast.refused("officer1", &page, "propose-closing", &[], "尚未公开").await;
    let shown = [("facts", "江某未经许可设置大型广告牌。")];
    cast.does("officer1", &page, "publish", &shown).await;
    cast.does("officer1", &page, "propose-closing", &[]).await;
    cast.does("leader", &page, "approve-closing", &[]).await;
    assert_eq!(cast.who("archivist1").await.look(&page).await.status, 200, "what is closed exists for the archivist");
    let volume =
        |checked| [("retention", "short"), ("volume", "2026-0001"), ("bound_by", "=officer1"), ("checked_by", checked)];
    // A file with gaps is not archived; three receipts, for three papers were served.
    cast.refused("archivist1", &page, "archive", &volume("=archivist1"), "案卷还缺").await;
    for kind in [
        "filing-approval",
        "interview-record",
        "correction-notice",
        "investigation-report",
        "legal-review",
        "discussion-record",
        "defence-review",
        "hearing-record",
        "hearing-report",
        "service-receipt",
        "service-receipt",
        "service-receipt",
        "closing-approval",
    ] {
        written(&mut cast, "officer1", &page, kind, "2026-03-20").await;
    }
    cast.refused("archivist1", &page, "archive", &volume("=officer1"), "检查人").await;
    cast.does("archivist1", &page, "archive", &volume("=archivist1")).await;
    assert_eq!(stage(&world, &page).await, Stage::Archived);

    // The log makes the same case again.
    let held = loaded(&world, &page).await;
    let id = held.case.id;
    let lines = world.app.db.read(move |tx| async move { store::history(&tx, id).await });
    let facts: Vec<_> =
        lines.await.map_err(|error: DbError| error).expect("facts").into_iter().map(|line| line.fact).collect();
    assert_eq!(replay(&facts, &world.app.law()).expect("the rules agree"), Some(held.case));

    // Every reader of the case reads it in both languages.
    for login in ["officer1", "unit1", "reviewer1", "leader", "treasurer1", "archivist1", "president1", "helper1"] {
        for lang in ["zh-Hans", "en"] {
            let answer = cast.who(login).await.look(&format!("{page}?lang={lang}")).await;
            assert_eq!(answer.status, 200, "{login} {lang}");
            assert!(answer.text.contains("10000"), "{login} {lang}");
        }
    }
}
on_both!(the_ordinary_procedure_with_a_hearing_goes_from_the_clue_to_the_archive, from_clue_to_archive);

async fn samples_and_performance(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = clue(&mut cast, "helper1").await;
    cast.does("unit1", &page, "assign-clue", &TWO).await;
    cast.does("officer1", &page, "check-clue", &with(&TWO, &[("words", "现场堆放散装木炭和水泥管")])).await;
    let acted_on = cast.today().to_string();
    let filing =
        [("name", "江石生"), ("form", "citizen"), ("matter", "large-advertisement"), ("acted_on", acted_on.as_str())];
    cast.does("officer1", &page, "propose-filing", &with(&TWO, &filing)).await;
    cast.does("leader", &page, "approve-filing", &[]).await;

    // Samples: a list piece by piece, the record signed, the result told, the rest given back; each with its paper.
    let signed = [("manner", "随机抽取"), ("card_shown", "1"), ("is_signed", "1")];
    let sample = |items: &'static str| with(&with(&TWO, &signed), &[("items", items)]);
    cast.refused("officer1", &page, "take-sample", &sample("散装木炭"), "每件样品写一行").await;
    cast.does("officer1", &page, "take-sample", &sample("散装木炭｜机制炭｜2袋｜每袋1千克，已封存｜0301")).await;
    let told = with(&TWO, &[("words", "灰分超标"), ("manner", "direct")]);
    cast.does("officer1", &page, "tell-test-result", &told).await;
    cast.does("officer2", &page, "settle-sample", &[("end", "returned")]).await;
    for kind in ["sampling-notice", "sampling-disposal"] {
        written(&mut cast, "officer1", &page, kind, "2026-03-20").await;
    }

    // What was ordered and not done is done in the party's place.
    let until = cast.today().saturating_add(jiff::Span::new().days(3)).to_string();
    cast.does("officer1", &page, "order-correction", &with(&TWO, &[("until", until.as_str())])).await;
    cast.wait(6);
    cast.does("officer1", &page, "record-correction", &with(&TWO, &[("outcome", "not-corrected")])).await;
    let plan = [
        ("words", "清除水泥管八根"),
        ("ground", "traffic"),
        ("reason", "压占盲道"),
        ("manner", "吊车装运"),
        ("budget", "1800"),
        ("on", "2026-03-27"),
    ];
    cast.refused("leader", &page, "decide-performance", &plan, "违法建设程序").await;
    cast.does("leader", &page, "decide-performance", &with(&plan, &[("is_no_building", "1")])).await;
    let direct = with(&TWO, &[("manner", "direct")]);
    cast.refused("officer1", &page, "serve-performance", &direct, "代履行决定书").await;
    written(&mut cast, "officer1", &page, "performance-decision", "2026-03-20").await;
    cast.does("officer1", &page, "serve-performance", &direct).await;
    written(&mut cast, "officer1", &page, "performance-reminder", "2026-03-20").await;
    cast.does("officer1", &page, "remind-performance", &direct).await;
    world.clock.set(world.app.calendar.moment("2026-03-27".parse().expect("a day"), time(12, 0, 0, 0)));
    cast.browsers.clear();
    let spot = [
        ("from", "2026-03-27T09:00"),
        ("until", "2026-03-27T11:00"),
        ("words", "装车运离，盲道恢复通行"),
        ("is_peaceful", "1"),
        ("is_performer_signed", "1"),
        ("cost", "1650"),
    ];
    cast.refused("officer1", &page, "perform", &with(&TWO, &spot), "见证人").await;
    cast.does("officer1", &page, "perform", &with(&with(&TWO, &spot), &[("witness", "何敏")])).await;
    written(&mut cast, "officer1", &page, "performance-record", "2026-03-20").await;
    for (lang, says) in [("zh-Hans", "由当事人承担"), ("en", "borne by the party")] {
        let text = words(&cast.who("officer1").await.page(&format!("{page}?lang={lang}")).await);
        assert!(text.contains(says) && text.contains("1650") && text.contains("0301"), "{lang}: {text}");
    }
    let text = words(&cast.who("leader").await.page("/enforcement/law?lang=en").await);
    assert!(text.contains("asks the court") && text.contains("without asking the head"), "{text}");
}
on_both!(samples_are_taken_and_what_was_ordered_is_done_in_the_partys_place, samples_and_performance);

async fn refusals(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = clue(&mut cast, "helper1").await;
    let said = [("words", "去看过了")];
    // Helpers record and persuade, and do nothing else.
    cast.does("helper1", &page, "record-note", &[("words", "已劝阻，对方不听")]).await;
    cast.refused("helper1", &page, "check-clue", &with(&TWO, &said), "协管人员").await;
    // Two different officers, each with a credential that is valid today, the writer among them.
    cast.refused("unit1", &page, "assign-clue", &[("+officers", "=officer1")], "不得少于两人").await;
    cast.does("unit1", &page, "assign-clue", &TWO).await;
    let over = [("+officers", "=officer1"), ("+officers", "=officer5")];
    cast.refused("officer1", &page, "check-clue", &with(&over, &said), "无效").await;
    let helped = [("+officers", "=officer1"), ("+officers", "=helper1")];
    cast.refused("officer1", &page, "check-clue", &with(&helped, &said), "协管人员").await;
    let others = [("+officers", "=officer2"), ("+officers", "=officer3")];
    let form = with(&others, &said);
    let (answer, _) = cast.tries("officer1", &page, "check-clue", &form).await;
    assert_eq!(answer.status, 303, "the writer is ticked beforehand: {}", words(&answer.text));

    // Days in the future, amounts of every kind, names of every length.
    let far = cast.today().saturating_add(jiff::Span::new().days(1)).to_string();
    let filing = |name: &'static str, day: String| (name, day);
    let long: &'static str = Box::leak("长".repeat(10_000).into_boxed_str());
    for ((name, day), says) in [
        (filing("江石生", far), "还没有到"),
        (filing("", cast.today().to_string()), "需要填写"),
        (filing(long, cast.today().to_string()), "最多 200 个字"),
        (filing("江石生", "2026-02-30".into()), "请填写日期"),
    ] {
        let fields =
            [("name", name), ("form", "citizen"), ("matter", "large-advertisement"), ("acted_on", day.as_str())];
        cast.refused("officer1", &page, "propose-filing", &with(&TWO, &fields), says).await;
    }
    let today = cast.today().to_string();
    let fields = [("name", "江石生"), ("form", "citizen"), ("matter", "no-such"), ("acted_on", today.as_str())];
    cast.refused("officer1", &page, "propose-filing", &with(&TWO, &fields), "请选择").await;
    let fields =
        [("name", "江石生"), ("form", "citizen"), ("matter", "large-advertisement"), ("acted_on", today.as_str())];
    cast.does("officer1", &page, "propose-filing", &with(&TWO, &fields)).await;
    // An officer approves no filing; the head does.
    cast.refused("officer1", &page, "approve-filing", &[], "其他岗位").await;
    cast.does("leader", &page, "approve-filing", &[]).await;
    cast.does(
        "officer1",
        &page,
        "add-evidence",
        &with(&TWO, &[("kind", "document"), ("words", "合同"), ("is_lawful", "1")]),
    )
    .await;
    let propose = |fine: &'static str| {
        with(&[("+kinds", "fine"), ("tier", "ordinary")], &[("fine", fine), ("proposes", "yes"), ("exemption", "无")])
    };
    // Without an order that was not obeyed there is no fine under this clause.
    cast.refused("officer1", &page, "conclude-inquiry", &propose("8000"), "责令改正").await;
    cast.does("officer1", &page, "order-correction", &with(&TWO, &[("until", today.as_str())])).await;
    cast.wait(1);
    cast.does("officer1", &page, "record-correction", &with(&TWO, &[("outcome", "not-corrected")])).await;
    for (fine, says) in [
        ("0", "大于零"),
        ("-1", "大于零"),
        ("9223372036854775808", "超出了可以处理的范围"),
        ("一万", "请填写金额"),
        ("30000", "幅度"),
        ("2000", "裁量档次"),
    ] {
        cast.refused("officer1", &page, "conclude-inquiry", &propose(fine), says).await;
    }
    // A page that is older than the case: what was typed stays.
    let who = cast.who("officer1").await;
    let path = format!("{page}/inquire");
    let mut old = who.form(&path, &path).await;
    cast.does("officer2", &page, "inquire", &with(&TWO, &[("card_shown", "1"), ("words", "先到的笔录")])).await;
    old.put("words", "后到的笔录");
    let answer = cast.who("officer1").await.send(&old).await;
    assert_eq!(answer.status, 422);
    assert!(words(&answer.text).contains("有了新的进展") && answer.text.contains("后到的笔录"));
}
on_both!(what_the_law_refuses_is_said_with_its_article_and_nothing_is_lost, refusals);

async fn scopes(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = clue(&mut cast, "helper1").await;
    for (login, status) in [
        ("helper1", 200),
        ("officer1", 200),
        ("unit1", 200),
        ("officer3", 404),
        ("unit2", 404),
        ("reviewer1", 200),
        ("leader", 200),
        ("president1", 404),
        ("treasurer1", 404),
        ("archivist1", 404),
        ("acceptor1", 403),
        ("desk-order", 403),
        ("sysadmin", 403),
    ] {
        let who = cast.who(login).await;
        assert_eq!(who.look(&page).await.status, status, "{login}");
        let step = who.look(&format!("{page}/check-clue")).await.status;
        assert_eq!(step, status, "{login} at the form");
        let list = who.look("/enforcement").await;
        assert_eq!(list.status, if status == 403 { 403 } else { 200 }, "{login} at the board");
        assert_eq!(list.text.contains(&page), status == 200, "{login}'s board");
    }
    assert_eq!(cast.who("officer1").await.look(&format!("{page}/no-such-step")).await.status, 404);
    assert_eq!(cast.who("officer1").await.look(&format!("{page}/receive-clue")).await.status, 404);
    // Whoever investigates keeps the case, wherever they serve.
    let mixed = [("+officers", "=officer1"), ("+officers", "=officer3")];
    cast.does("unit1", &page, "assign-clue", &mixed).await;
    cast.does("officer1", &page, "check-clue", &with(&mixed, &[("words", "两队同去")])).await;
    let today = cast.today().to_string();
    let fields =
        [("name", "江石生"), ("form", "citizen"), ("matter", "large-advertisement"), ("acted_on", today.as_str())];
    cast.does("officer1", &page, "propose-filing", &with(&mixed, &fields)).await;
    cast.does("leader", &page, "approve-filing", &[]).await;
    assert_eq!(cast.who("officer3").await.look(&page).await.status, 200);
    assert_eq!(cast.who("unit2").await.look(&page).await.status, 404);
}
on_both!(a_case_exists_for_its_unit_its_investigators_and_those_whose_turn_it_is, scopes);

async fn on_the_spot(world: World) {
    let mut cast = Cast::of(&world).await;
    let (first, second) = (cast.id("officer1").to_owned(), cast.id("officer2").to_owned());
    let matter = world.app.statutes.matters.all().iter().find(|matter| {
        matter.condition == steward::enforcement::matters::Condition::None
            && matter.bands.citizen.is_some_and(|band| band.least <= 5_000 && band.most >= 10_000)
            && matter.until.is_none()
    });
    let matter = matter.expect("a matter for the spot").clone();
    let who = cast.who("officer1").await;
    assert!(who.page("/enforcement/summary").await.contains(&format!("matter={}", matter.id)));
    let address = format!("/enforcement/summary?matter={}", matter.id);
    let mut form = who.form(&address, "/enforcement/summary").await;
    form.put("words", "在人行道上摆卖水果");
    form.put("name", "江石生");
    form.put("form", "citizen");
    form.tick("officers", &first);
    form.tick("officers", &second);
    form.tick("kinds", "fine");
    form.put("fine", "201");
    for tier in &matter.tiers {
        if tier.bands.citizen.is_some_and(|band| (band.least..=band.most).contains(&10_000)) {
            form.put("tier", tier.kind.word());
        }
    }
    form.put("address", "古渡路菜场门口");
    form.attach("photo.jpg", photo("vendor-before"));
    for (name, says) in
        [("card_shown", "出示执法证件"), ("is_plain", "确凿"), ("is_told", "告知"), ("is_handed_over", "交付")]
    {
        let answer = who.send(&form).await;
        let read = words(&answer.text);
        assert_eq!(answer.status, 422, "{read}");
        assert!(read.contains(says), "{name}: {read}");
        assert!(
            answer.text.contains("在人行道上摆卖水果") && read.contains("已经收下的照片"),
            "nothing is lost: {read}"
        );
        form.tick(name, "1");
    }
    // Nothing was opened by what was refused.
    let none = world.app.db.read(|tx| async move { tx.query("select id from penalty_cases", params![]).await });
    assert!(none.await.map_err(|error: DbError| error).expect("rows").is_empty());
    let answer = who.send(&form).await;
    assert!(words(&answer.text).contains("当场处罚的罚款最高 200 元"), "{}", words(&answer.text));
    form.put("fine", "100");
    let answer = who.send(&form).await;
    assert_eq!(answer.status, 303, "{}", words(&answer.text));
    let again = who.send(&form).await;
    assert_eq!(again.location, answer.location, "sent twice, one decision");
    let page = answer.location;
    assert_eq!(stage(&world, &page).await, Stage::SummaryDecided);
    cast.does("officer1", &page, "report-summary", &[]).await;
    let cash = [("amount", "100"), ("why", "small"), ("receipt", "A0001")];
    cast.does("officer1", &page, "collect-on-spot", &with(&TWO, &cash)).await;
    // Cash in an officer's hand closes no case.
    cast.refused("officer1", &page, "propose-closing", &[], "没有上交").await;
    cast.does("officer1", &page, "hand-over", &[("index", "0"), ("to", "organ")]).await;
    cast.does("treasurer1", &page, "hand-over", &[("index", "0"), ("to", "bank")]).await;
    cast.does("officer1", &page, "propose-closing", &[]).await;

    // The same matter of the same day and the same party is not fined again, unless somebody says why it is another act.
    let number = loaded(&world, &page).await.number;
    form.put("words", "又在人行道上摆卖水果");
    let who = cast.who("officer1").await;
    let answer = who.send(&form).await;
    let read = words(&answer.text);
    assert!(answer.status == 422 && read.contains(&format!("已在案件 {number} 中罚款")), "{read}");
    form.put("other_act", "下午换到了另一个路口，是新的行为");
    assert_eq!(who.send(&form).await.status, 303);
}
on_both!(a_penalty_on_the_spot_is_decided_reported_and_paid, on_the_spot);

async fn measures(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = clue(&mut cast, "helper1").await;
    cast.does("unit1", &page, "assign-clue", &TWO).await;
    cast.does("officer1", &page, "check-clue", &with(&TWO, &[("words", "摊位一处")])).await;
    let today = cast.today().to_string();
    let filing = [("name", "江石生"), ("form", "citizen"), ("matter", "street-stall"), ("acted_on", today.as_str())];
    cast.does("officer1", &page, "propose-filing", &with(&TWO, &filing)).await;
    cast.does("leader", &page, "approve-filing", &[]).await;

    // Evidence is registered when the head has approved it from their own account, and not before.
    let cart = ("items", "手推车一辆");
    cast.refused("officer1", &page, "register-evidence", &with(&TWO, &[cart]), "须经行政机关负责人批准").await;
    let asked = [("kind", "register"), cart, ("reason", "当事人可能移走")];
    cast.does("officer1", &page, "ask-measure", &with(&TWO, &asked)).await;
    assert!(cast.who("leader").await.page("/enforcement?show=turn").await.contains(&page), "the head is asked");
    cast.refused("officer1", &page, "approve-measure", &[("number", "1")], "其他岗位").await;
    cast.does("leader", &page, "approve-measure", &[]).await;
    assert!(!cast.who("leader").await.page("/enforcement?show=turn").await.contains(&page), "the head has answered");
    cast.does("officer1", &page, "register-evidence", &with(&TWO, &[cart, ("request", "1")])).await;

    // Things are seized only on a provision that allows it, here after an order that was not obeyed.
    let asked = [("kind", "seize"), cart, ("reason", "拒不改正")];
    cast.refused("officer1", &page, "ask-measure", &with(&TWO, &asked), "拒不改正时").await;
    cast.does("officer1", &page, "order-correction", &with(&TWO, &[("until", today.as_str())])).await;
    cast.does("officer1", &page, "record-correction", &with(&TWO, &[("outcome", "refused")])).await;
    cast.does("officer1", &page, "ask-measure", &with(&TWO, &asked)).await;
    cast.does("leader", &page, "refuse-measure", &[("words", "先行登记保存已经足够")]).await;
    let on_site = ["is_clean", "card_shown", "is_called", "is_there", "is_told", "is_heard", "is_recorded"];
    let mut seized: Vec<(&str, &str)> = with(&TWO, &[cart]);
    seized.extend(on_site.map(|name| (name, "1")));
    cast.refused("officer1", &page, "seize", &seized, "当场交付").await;
    seized.push(("is_handed_over", "1"));
    cast.refused("officer1", &page, "seize", &seized, "须经行政机关负责人批准").await;
    seized.extend([("is_urgent", "1"), ("reason", "当事人正把货物装车")]);
    cast.does("officer1", &page, "seize", &seized).await;
    // What could not wait is answered for by the head; a no lifts it at once.
    assert!(cast.who("leader").await.page("/enforcement?show=turn").await.contains(&page), "the head is told");
    cast.does("leader", &page, "refuse-seizure", &[("number", "1"), ("reason", "不必扣押")]).await;
    let case = loaded(&world, &page).await.case;
    assert!(case.seizures.iter().all(|one| one.disposal.is_some()) && case.registered.len() == 1);
    for lang in ["zh-Hans", "en"] {
        assert_eq!(cast.who("leader").await.look(&format!("{page}?lang={lang}")).await.status, 200);
    }
}
on_both!(the_head_approves_registering_and_seizing_from_their_own_account, measures);

async fn costs(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = concluded(&mut cast).await;
    let who = cast.who("officer1").await;
    let board = statements_of(async || who.look("/enforcement").await).await;
    let show = statements_of(async || who.look(&page).await).await;
    let form = statements_of(async || who.look(&format!("{page}/ask-review")).await).await;
    assert!(board <= 6, "the board asks {board} times");
    assert!(show <= 9, "the case asks {show} times");
    assert!(form <= 11, "a form asks {form} times");
    // The board counts what it lists.
    let text = words(&who.page("/enforcement").await);
    assert!(text.contains("正常") && text.contains("剩"), "{text}");
}
on_both!(pages_of_penalty_cases_ask_the_database_a_fixed_number_of_times, costs);

async fn faster(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = clue(&mut cast, "officer1").await;
    let id: Id = page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let held = loaded(&world, &page).await;
    cast.does("officer1", &page, "record-note", &[("words", "一")]).await;
    let app = world.app.clone();
    let stale = world
        .app
        .db
        .write(move |tx| {
            let (held, app) = (held.clone(), app.clone());
            async move { store::save(&tx, &held, held.case.revision, &app.law()).await.map_err(Error::Db) }
        })
        .await;
    assert!(matches!(stale, Err(Error::Db(DbError::Stale))), "{id}");
}
on_both!(nobody_overwrites_a_case_that_has_moved_on, faster);

async fn banks(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = notified(&mut cast).await;
    let number = loaded(&world, &page).await.number;
    let file = |text: String| text.into_bytes();
    let day = cast.today().to_string();
    let heading = "案号,日期,金额,票据号,用途\n";
    // Before the decision the treasurer knows of no such case.
    let who = cast.who("treasurer1").await;
    let mut form = who.form("/enforcement/payments", "/enforcement/payments").await;
    form.attach("bank.csv", file(format!("{heading}{number},{day},100,A1,\n")));
    let answer = words(&who.send(&form).await.text);
    assert!(answer.contains("没有这个案号的已决定案件"), "{answer}");
    cast.wait(8);
    cast.does("officer1", &page, "close-defence", &[]).await;
    cast.does("officer1", &page, "propose-decision", &[]).await;
    cast.does("leader", &page, "decide", &[]).await;
    written(&mut cast, "officer1", &page, "penalty-decision", "2026-03-20").await;
    cast.does("officer1", &page, "serve", &with(&TWO, &[("manner", "direct")])).await;
    let day = cast.today().to_string();
    let late = cast.today().saturating_add(jiff::Span::new().days(2)).to_string();
    let lines = format!(
        "{heading}{number},{day},4000,A1,罚款\n{number},{day},4000,A1,罚款\n{number},{day},5000,A1,\n9999-00001,{day},1,A2,\n{number},{late},1,A3,\n{number},{day},七,A4,\n"
    );
    let who = cast.who("treasurer1").await;
    let mut form = who.form("/enforcement/payments", "/enforcement/payments").await;
    form.attach("bank.csv", encoded(&lines));
    let read = words(&who.send(&form).await.text);
    for says in ["已入账 1", "已有 1", "未入账 4", "不一致", "还没有到", "请填写金额"] {
        assert!(read.contains(says), "{says}: {read}");
    }
    // The whole file again: nothing twice.
    let read = words(&who.send(&form).await.text);
    assert!(read.contains("已入账 0") && read.contains("已有 2"), "{read}");
    assert!(read.contains("同样内容的文件已于"), "{read}");
    let account = loaded(&world, &page).await.case.account.expect("an account");
    assert_eq!(account.payments.iter().map(|one| one.amount).sum::<i64>(), 400_000);
    // Every file and line is kept, with who, when and why.
    let list = who.page("/enforcement/payments").await;
    let kept = list.split("/enforcement/payments/files/").nth(1).and_then(|rest| rest.split('"').next());
    let kept = kept.expect("a file");
    let read = words(&who.page(&format!("/enforcement/payments/files/{kept}")).await);
    for says in ["bank.csv", "SHA-256", "已有", "未匹配", "没有这个案号", "不一致", "9999-00001"] {
        assert!(read.contains(says), "{says}: {read}");
    }
    // The line of no case: matched by hand, undone with a reason, matched again and posted.
    let line = |text: &str| {
        let before = text.split("9999-00001").next().expect("the line");
        before.rsplit("id=\"line-").next().and_then(|rest| rest.split('"').next()).expect("an id").to_owned()
    };
    let address = |id: &str, act: &str| format!("/enforcement/payments/lines/{id}/{act}");
    let open = "/enforcement/payments/open";
    let id = line(&who.page(open).await);
    let mut form = who.form(open, &address(&id, "propose")).await;
    form.put("number", "1999-00001");
    let refused = who.send(&form).await;
    assert!(refused.status == 422 && words(&refused.text).contains("没有这个案号"), "{}", refused.text);
    form.put("number", &number);
    assert_eq!(who.send(&form).await.status, 303);
    assert_eq!(who.send(&form).await.status, 409, "somebody was faster");
    let mut undo = who.form(open, &address(&id, "undo")).await;
    assert_eq!(who.send(&undo).await.status, 422, "without a reason");
    undo.put("words", "案号看错");
    assert_eq!(who.send(&undo).await.status, 303);
    let mut form = who.form(open, &address(&id, "propose")).await;
    form.put("number", &number);
    assert_eq!(who.send(&form).await.status, 303);
    let post = who.form(open, &address(&id, "post")).await;
    assert_eq!(who.send(&post).await.status, 303);
    let account = loaded(&world, &page).await.case.account.expect("an account");
    assert_eq!(account.payments.iter().map(|one| one.amount).sum::<i64>(), 400_100);
    // What is no fine is set aside, and the day's totals say what is left.
    let unread = who.page(open).await;
    let other =
        unread.split("/set-aside\"").next().and_then(|head| head.rsplit("/lines/").next()).expect("one").to_owned();
    let mut aside = who.form(open, &address(&other, "set-aside")).await;
    aside.put("words", "银行更正后重报");
    assert_eq!(who.send(&aside).await.status, 303);
    let month = day.get(..7).expect("a month").to_owned();
    let read = words(&who.page(&format!("/enforcement/payments/days?month={month}")).await);
    assert!(read.contains("4001") && read.contains("10000") && read.contains("合计"), "{read}");
    let table = who.look(&format!("/enforcement/payments/lines.csv?month={month}")).await;
    assert!(table.status == 200 && table.text.contains("9999-00001") && table.text.contains(&number), "{}", table.text);
    assert_eq!(who.look(&format!("/enforcement/payments/lines.xlsx?month={month}")).await.status, 200);
    for (bytes, says) in
        [(Vec::new(), "需要填写"), (vec![0, 159, 146, 150], "无法读取"), (file("a,b\n1,2\n".into()), "缺少")]
    {
        let mut form = who.form("/enforcement/payments", "/enforcement/payments").await;
        form.attach("bank.csv", bytes);
        let answer = who.send(&form).await;
        assert_eq!(answer.status, 422);
        assert!(words(&answer.text).contains(says), "{says}: {}", words(&answer.text));
    }
    for login in ["officer1", "leader"] {
        for path in ["", "/open", "/days", "/lines.csv", "/lines.xlsx"] {
            let path = format!("/enforcement/payments{path}");
            assert_eq!(cast.who(login).await.look(&path).await.status, 403, "{login} {path}");
        }
    }
}
on_both!(a_banks_file_is_taken_in_once_and_each_bad_line_is_named, banks);

/// As an office program in China writes it.
fn encoded(text: &str) -> Vec<u8> {
    let (bytes, _, has_errors) = encoding_rs::GB18030.encode(text);
    assert!(!has_errors);
    bytes.into_owned()
}

async fn told(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = concluded(&mut cast).await;
    cast.does("officer1", &page, "ask-review", &[]).await;
    let read = words(&cast.who("reviewer1").await.page("/notices").await);
    assert!(read.contains("待您办理"), "{read}");
    let read = words(&cast.who("officer2").await.page("/notices").await);
    assert!(read.contains("有新进展"), "{read}");
    let turn = cast.who("reviewer1").await.page("/enforcement?show=turn").await;
    assert!(turn.contains(&page));
    assert!(!cast.who("leader").await.page("/enforcement?show=turn").await.contains(&page));
    // The ninety days come to their end: told once when near, once when past.
    cast.does("reviewer1", &page, "pass-review", &[("words", "同意")]).await;
    cast.wait(82);
    steward::enforcement::telling::sweep(&world.app).await.expect("a look");
    assert_eq!(steward::enforcement::telling::sweep(&world.app).await.expect("a look"), 0, "told once");
    let read = words(&cast.who("unit1").await.page("/notices").await);
    assert!(read.contains("将于") && read.contains("作出处罚决定"), "{read}");
    cast.wait(5);
    steward::enforcement::telling::sweep(&world.app).await.expect("a look");
    let read = words(&cast.who("officer1").await.page("/notices").await);
    assert!(read.contains("的期限已于"), "{read}");
    assert!(words(&cast.who("leader").await.page("/enforcement?due=late").await).contains("超期"));
}
on_both!(whoevers_turn_it_is_hears_of_it_and_terms_are_told_before_they_end, told);

/// Writes a paper of the case, filling in what is asked for; answers its address.
pub(crate) async fn written(cast: &mut Cast<'_>, login: &'static str, page: &str, kind: &str, fill: &str) -> String {
    let path = format!("{page}/papers/{kind}");
    let who = cast.who(login).await;
    let html = who.page(&path).await;
    let is_long = |name: &str| {
        let named = format!("name=\"{name}\"");
        html.split("<textarea").skip(1).any(|part| part.split('>').next().is_some_and(|tag| tag.contains(&named)))
    };
    let mut form = who.form(&path, &path).await;
    let empty: Vec<String> = form.names().into_iter().filter(|name| form.value(name).is_empty()).collect();
    for name in empty {
        // What was said is written with who said it.
        let text = if is_long(&name) { format!("问：见附件？\n答：{fill}") } else { fill.to_owned() };
        form.put(&name, &text);
    }
    let answer = who.send(&form).await;
    assert_eq!(answer.status, 303, "{kind}: {}", words(&answer.text));
    answer.location
}

/// The code that stands on a paper.
pub(crate) async fn code_of(world: &World, paper: &str) -> String {
    let id: Id = paper.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let found = world.app.db.read(move |tx| async move { steward::papers::store::load(&tx, id).await });
    found.await.map_err(|error: Error| error).expect("the paper").code
}

async fn papers(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = notified(&mut cast).await;
    let who = cast.who("officer1").await;
    let list = words(&who.page(&format!("{page}/papers")).await);
    assert!(list.contains("行政处罚事先告知书") && !list.contains("行政处罚决定书"), "{list}");
    assert_eq!(who.look(&format!("{page}/papers/penalty-decision")).await.status, 404, "nothing is decided yet");

    let notice = written(&mut cast, "officer1", &page, "penalty-notice", "2026-03-20").await;
    let report = written(&mut cast, "officer1", &page, "investigation-report", "调查经过").await;
    let pdf = cast.who("officer1").await.look(&format!("{notice}/pdf")).await;
    assert!(pdf.status == 200 && pdf.text.starts_with("%PDF"), "{}", pdf.status);
    for (login, status) in [("leader", 200), ("reviewer1", 200), ("officer3", 404), ("acceptor1", 403)] {
        assert_eq!(cast.who(login).await.look(&notice).await.status, status, "{login}");
    }

    // The party reads by the code of its own paper, never by one of the office's.
    let (own, inner) = (code_of(&world, &notice).await, code_of(&world, &report).await);
    let party = Browser::new(&world);
    for code in [inner.as_str(), "0000000000000000", "甲乙丙", "'; drop table papers"] {
        let answer = party.look(&format!("/party/{}", code.replace(' ', "%20"))).await;
        assert_eq!(answer.status, 404, "{code}");
        assert!(words(&answer.text).contains("没有这个查询码") || code.contains('\''), "{}", words(&answer.text));
    }
    let address = format!("/party/{own}");
    let read = words(&party.page(&address).await);
    for says in ["江石生", "拟作出的处罚", "罚款人民币壹万元整", "陈述、申辩", "要求听证"] {
        assert!(read.contains(says), "{says}: {read}");
    }
    assert!(words(&party.page(&format!("{address}?lang=en")).await).contains("Nothing is decided yet"));
    let answer = party.look(&format!("{address}/{}", notice.rsplit('/').next().unwrap_or_default())).await;
    assert!(answer.status == 200 && answer.text.starts_with("%PDF"));
    let answer = party.look(&format!("{address}/{}", report.rsplit('/').next().unwrap_or_default())).await;
    assert_eq!(answer.status, 404, "the office's report is not the party's");

    // It speaks; sent twice, it has spoken once; the officers hear of it.
    let action = format!("{address}/defend");
    let mut form = party.form(&address, &action).await;
    form.put("words", " ");
    let empty = party.send(&form).await;
    assert_eq!(empty.status, 422);
    form.put("words", "广告牌是房东装的，请再查。");
    for _ in 0..2 {
        let answer = party.send(&form).await;
        assert_eq!(answer.status, 303, "{}", words(&answer.text));
    }
    assert_eq!(loaded(&world, &page).await.case.defences.len(), 1);
    assert!(words(&cast.who("officer1").await.page("/notices").await).contains("待您办理"));
    let form = party.form(&address, &format!("{address}/ask-hearing")).await;
    assert_eq!(party.send(&form).await.status, 303);
    assert_eq!(stage(&world, &page).await, Stage::HearingAsked);
    for act in ["decide", "approve-filing", "record-payment", "no-such"] {
        let answer = party.send(&form.to(format!("{address}/{act}"))).await;
        assert_eq!(answer.status, 404, "the party does not {act}");
    }

    // A voided paper opens nothing, and its number stays used.
    let unit = cast.who("unit1").await;
    let mut form = unit.form(&notice, &format!("{notice}/void")).await;
    form.put("reason", "日期有误");
    assert_eq!(unit.send(&form).await.status, 303);
    assert_eq!(party.look(&address).await.status, 404);
    let again = written(&mut cast, "officer1", &page, "penalty-notice", "2026-03-20").await;
    let text = words(&cast.who("officer1").await.page(&again).await);
    assert!(text.contains("3号"), "the next number: {text}");

    let file = cast.who("officer1").await.look(&format!("{page}/file")).await;
    assert!(file.status == 200 && file.text.starts_with("%PDF"), "{}: {}", file.status, words(&file.text));
}
on_both!(papers_are_written_from_the_case_and_the_party_reads_and_speaks_by_its_code, papers);

/// To the served decision, of which 10,000 yuan are owed.
async fn executing(cast: &mut Cast<'_>) -> String {
    let page = notified(cast).await;
    let waived = [("statement", "1"), ("hearing", "1"), ("is_signed", "1")];
    cast.does("officer1", &page, "waive-rights", &waived).await;
    cast.does("officer1", &page, "close-defence", &[]).await;
    cast.does("officer1", &page, "propose-decision", &[]).await;
    cast.does("leader", &page, "decide", &[]).await;
    written(cast, "officer1", &page, "penalty-decision", "2026-03-20").await;
    cast.does("officer1", &page, "serve", &with(&TWO, &[("manner", "direct")])).await;
    page
}

async fn carried_out(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = executing(&mut cast).await;
    let agreement = [("words", "已拆除广告牌，分两期缴清"), ("forgives", "1"), ("is_harmless", "1")];
    let look = words(&cast.who("leader").await.page(&page).await);
    assert!(!look.contains("达成执行协议"), "nothing is late yet: {look}");
    cast.refused("leader", &page, "agree-enforcement", &agreement, "还没有逾期").await;
    cast.wait(20);
    // Suspended: nobody reminds, the late fee stands still; then it goes on.
    let why = [("ground", "unable"), ("reason", "当事人住院，有证明")];
    cast.does("leader", &page, "suspend-enforcement", &why).await;
    let read = words(&cast.who("officer1").await.page(&page).await);
    assert!(read.contains("中止执行，加处罚款停止计算"), "{read}");
    cast.refused("officer1", &page, "remind", &with(&TWO, &[]), "正在中止执行").await;
    cast.wait(5);
    cast.does("leader", &page, "resume-enforcement", &[]).await;
    // An agreement in two parts; the late fee so far is remitted.
    let day = |days: i64| cast.today().saturating_add(jiff::Span::new().days(days)).to_string();
    let (first, second) = (day(10), day(40));
    let parts = [("due-1", first.as_str()), ("amount-1", "4000"), ("due-2", second.as_str()), ("amount-2", "5999.99")];
    cast.refused("leader", &page, "agree-enforcement", &with(&parts, &agreement), "各期金额").await;
    let parts = [("due-1", first.as_str()), ("amount-1", "4000"), ("due-2", second.as_str()), ("amount-2", "6000")];
    cast.refused("leader", &page, "agree-enforcement", &with(&parts, &agreement[..2]), "公共利益").await;
    cast.does("leader", &page, "agree-enforcement", &with(&parts, &agreement)).await;
    let read = words(&cast.who("officer1").await.page(&page).await);
    assert!(read.contains("依执行协议减免加处罚款"), "{read}");
    // Paid, and revoked: everything is to go back before it closes, and the treasurer hears of it.
    cast.does("treasurer1", &page, "record-payment", &[("amount", "4000"), ("receipt", "A1")]).await;
    cast.does("leader", &page, "revoke-decision", &[("reason", "主体认定有误")]).await;
    assert!(words(&cast.who("treasurer1").await.page("/notices").await).contains("待您办理"));
    cast.refused("officer1", &page, "propose-closing", &[], "还应退还当事人 4000 元").await;
    let back = |amount: &'static str| [("amount", amount), ("receipt", "T1")];
    cast.refused("treasurer1", &page, "refund", &back("4000.01"), "最多退还 4000 元").await;
    cast.does("treasurer1", &page, "refund", &back("4000")).await;
    cast.does("officer1", &page, "propose-closing", &[]).await;
    let held = loaded(&world, &page).await;
    let id = held.case.id;
    let lines = world.app.db.read(move |tx| async move { store::history(&tx, id).await });
    let facts: Vec<_> =
        lines.await.map_err(|error: DbError| error).expect("facts").into_iter().map(|line| line.fact).collect();
    assert_eq!(replay(&facts, &world.app.law()).expect("the rules agree"), Some(held.case));
}
on_both!(carrying_out_is_suspended_agreed_about_and_undone, carried_out);

async fn interviews(world: World) {
    let mut cast = Cast::of(&world).await;
    let page = clue(&mut cast, "helper1").await;
    cast.refused("officer1", &page, "extend-clue-check", &[("reason", "等资料")], "其他岗位").await;
    cast.does("leader", &page, "extend-clue-check", &[("reason", "等待权属资料")]).await;
    cast.refused("leader", &page, "extend-clue-check", &[("reason", "再等")], "延长一次").await;
    cast.does("unit1", &page, "assign-clue", &TWO).await;
    cast.does("officer1", &page, "check-clue", &with(&TWO, &[("words", "有广告牌")])).await;
    let today = cast.today().to_string();
    let filing =
        [("name", "江石生"), ("form", "citizen"), ("matter", "large-advertisement"), ("acted_on", today.as_str())];
    cast.does("officer1", &page, "propose-filing", &with(&TWO, &filing)).await;
    cast.does("leader", &page, "approve-filing", &[]).await;
    // The questions of every interview, and those of the matter; in English their names.
    let form = cast.who("officer1").await.page(&format!("{page}/inquire")).await;
    for told in ["身份与权利", "户外广告", "问：有没有设置许可"] {
        assert!(form.contains(told), "{told}");
    }
    assert!(!form.contains("占道经营"), "another matter's");
    assert!(cast.who("officer1").await.page(&format!("{page}/inquire?lang=en")).await.contains("Outdoor advertising"));
}
on_both!(an_interview_has_its_questions_and_a_clue_more_time, interviews);

async fn impatient(world: World) {
    let mut cast = Cast::of(&world).await;
    let who = cast.who("officer1").await;
    let mut form = who.form("/enforcement/new", "/enforcement/new").await;
    form.put("words", "同一时刻点了两次");
    let (one, other) = tokio::join!(who.send(&form), who.send(&form));
    assert_eq!((one.status, other.status), (303, 303), "{} {}", words(&one.text), words(&other.text));
    assert_eq!(one.location, other.location, "two presses at the same moment, one case");
    let rows = world.app.db.read(|tx| async move { tx.query("select id from penalty_cases", params![]).await });
    assert_eq!(rows.await.map_err(|error: DbError| error).expect("rows").len(), 1);
}
on_both!(two_presses_at_the_same_moment_open_one_case, impatient);

async fn demonstration(world: World) {
    let mut cast = Cast::of(&world).await;
    cast.wait(45);
    // Whoever starts it after midnight finds the same as in the morning.
    let midnight = world.app.calendar.moment(cast.today(), jiff::civil::time(0, 40, 0, 0));
    world.clock.set(midnight.plus(24 * 60 * 60 * 1000));
    let doors = steward::app::router(world.app.clone());
    steward::demo::enforcement::enforce(&world.app, doors, world.clock.now()).await.expect("the demonstration");
    let all = world.app.db.read(|tx| async move {
        let rows = tx.query("select stage from penalty_cases order by clue_at, id", vec![]).await?;
        rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    let stages = all.await.expect("the cases");
    assert_eq!(stages, ["executing", "archived", "notified", "investigating", "awaiting-filing", "clue"]);
    let published = cast.who("leader").await.page("/published").await;
    assert!(published.contains("望澜通途渣土运输有限公司"), "{}", words(&published));
}
on_both!(the_demonstration_leaves_a_case_at_each_turn, demonstration);
