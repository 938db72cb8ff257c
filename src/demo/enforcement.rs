//! Penalty cases in the invented city, one at each turn of the procedure: a penalty on the spot that is paid, a clue, an inquiry,
//! a notice whose term runs, a file that waits for its review. All through the doors, on a clock moved by hand.

use super::DAY;
use super::walker::{Part, Walker};
use crate::app::App;
use crate::enforcement::forms::place_of;
use crate::enforcement::writing;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::papers::writing::shaped;
use crate::people;
use axum::Router;
use std::collections::HashMap;

const HOUR: i64 = 60 * 60 * 1000;

struct Script<'a> {
    app: &'a App,
    walker: Walker,
    accounts: HashMap<String, Id>,
    page: String,
}

/// Fields of a form: a value that begins with `=` is the account of that login.
type Fields<'a> = &'a [(&'a str, &'a str)];

const TWO: [(&str, &str); 2] = [("officers", "=officer1"), ("officers", "=officer2")];

/// Lets the penalty cases of the demonstration happen.
///
/// # Errors
/// When the database fails; an act that is refused is only noted in the log.
pub async fn enforce(app: &App, doors: Router, now: Moment) -> Result<(), Error> {
    let named = app.db.read(|tx| async move {
        let mut named = HashMap::new();
        for login in ["officer1", "officer2", "archivist1"] {
            if let Some((account, _)) = people::store::credentials(&tx, login).await? {
                named.insert(login.to_owned(), account.id);
            }
        }
        Ok(named)
    });
    let accounts = named.await.map_err(|error: DbError| Error::Db(error))?;
    let mut script = Script { app, walker: Walker::new(app.clone(), doors), accounts, page: String::new() };
    let day = |days: i64| now.plus(-days * DAY);
    let date = |at: Moment| app.calendar.date_of(at).to_string();

    script.at(day(20));
    script.summary("古渡路菜场门口", "在人行道上摆摊卖水果，占道约 2 平方米", "江石生", "50").await?;
    script.step("officer1", "report-summary", &[]).await?;
    script
        .step(
            "treasurer1",
            "record-payment",
            &[("on", &date(day(20))), ("amount", "50"), ("towards", "fine"), ("receipt", "望财00121")],
        )
        .await?;
    script.paper("summary-decision").await?;
    script.step("officer1", "propose-closing", &[]).await?;
    script.step("leader", "approve-closing", &[]).await?;
    script.paper("closing-approval").await?;
    let volume =
        [("retention", "short"), ("volume", "2026-0001"), ("bound_by", "=officer1"), ("checked_by", "=archivist1")];
    script.step("archivist1", "archive", &volume).await?;

    script.published(&day, &date).await?;

    script.at(day(12));
    script.clue("officer1", "鱼市街口未经许可设置大型户外广告牌，约 12 平方米", "鱼市街 3 号").await?;
    script.step("unit1", "assign-clue", &TWO).await?;
    script.step("officer1", "check-clue", &with(&[("words", "现场有广告牌一块，下方未见许可标识")])).await?;
    let filing = |name: &'static str, form: &'static str| {
        [("name", name), ("form", form), ("matter", "large-advertisement"), ("has_harm", "")]
    };
    let acted = date(day(12));
    let mut fields = with(&filing("望澜临江文化传播有限公司", "unit"));
    fields.push(("acted_on", &acted));
    script.step("officer1", "propose-filing", &fields).await?;
    script.at(day(11));
    script.step("leader", "approve-filing", &[]).await?;
    script
        .step(
            "officer1",
            "inquire",
            &with(&[
                ("asked", "party"),
                ("card_shown", "1"),
                ("words", "问：广告牌是谁设置的？答：我公司上周设置的，还没有办手续。"),
            ]),
        )
        .await?;
    script
        .step(
            "officer1",
            "add-evidence",
            &with(&[("kind", "inspection"), ("words", "现场勘验笔录：广告牌长 6 米、高 2 米"), ("is_lawful", "1")]),
        )
        .await?;
    script
        .step(
            "officer1",
            "add-evidence",
            &with(&[("kind", "document"), ("words", "广告制作安装合同复印件"), ("is_lawful", "1")]),
        )
        .await?;
    let until = date(day(8));
    script.step("officer1", "order-correction", &with(&[("until", &until)])).await?;
    script.at(day(7));
    script.step("officer1", "record-correction", &with(&[("outcome", "not-corrected")])).await?;
    let penalty = [("kinds", "fine"), ("fine", "8000"), ("tier", "ordinary"), ("rule", "of-the-act")];
    let mut conclusion = penalty.to_vec();
    conclusion.extend([("proposes", "yes"), ("exemption", "责令改正后逾期未改，不属于轻微、初次违法免罚情形。")]);
    script.step("officer1", "conclude-inquiry", &conclusion).await?;
    script.step("officer1", "ask-review", &[]).await?;
    script.at(day(5));
    script.step("reviewer1", "pass-review", &[("words", "事实清楚，证据充分，程序合法，裁量适当。")]).await?;
    script.at(day(1));
    let paper = script.paper("penalty-notice").await?;
    let mut notice = with(&penalty);
    notice.extend([("offers_hearing", ""), ("manner", "direct"), ("paper", &paper)]);
    script.step("officer1", "notify-party", &notice).await?;

    script.at(day(6));
    script.clue("officer2", "听涛街一处店招超出批准尺寸，遮挡居民窗户", "听涛街 21 号").await?;
    script.step("unit1", "assign-clue", &TWO).await?;
    script.step("officer2", "check-clue", &with(&[("words", "店招高 3.1 米，批准高度 1.5 米")])).await?;
    let acted = date(day(6));
    let mut fields = with(&[
        ("name", "听涛街便利店（经营者：罗春）"),
        ("form", "sole-trader"),
        ("matter", "advertisement-off-plan"),
    ]);
    fields.push(("acted_on", &acted));
    script.step("officer2", "propose-filing", &fields).await?;
    script.step("leader", "approve-filing", &[]).await?;
    script
        .step(
            "officer2",
            "inspect-site",
            &with(&[("card_shown", "1"), ("words", "店招自二楼窗台起，遮挡二楼窗户下沿。")]),
        )
        .await?;

    let evening = now.plus(-5 * HOUR);
    script.at(evening);
    script.clue("officer1", "临江街夜市有人往雨水井倒泔水", "临江街夜市东口").await?;
    script.step("unit1", "assign-clue", &TWO).await?;
    script.step("officer1", "check-clue", &with(&[("words", "雨水井口有油污，旁边摊位承认")])).await?;
    let acted = date(evening);
    let waste = app.statutes.matters.all().iter().map(|matter| matter.id.clone()).find(|id| id.contains("waste-water"));
    if let Some(matter) = waste {
        let mut fields = with(&[("name", "顾小川"), ("form", "citizen"), ("matter", &matter)]);
        fields.push(("acted_on", &acted));
        script.step("officer1", "propose-filing", &fields).await?;
    }

    script.at(now.plus(-2 * HOUR));
    script.clue("helper1", "新港路有人在行道树上钉广告牌，已劝阻，对方没有取下", "新港路 8 号").await?;
    app.clock.set(now);
    Ok(())
}

fn with<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    TWO.iter().chain(fields).copied().collect()
}

impl Script<'_> {
    fn at(&self, at: Moment) {
        self.app.clock.set(at);
    }

    fn parts(&self, fields: Fields<'_>) -> Vec<(String, Vec<u8>)> {
        let value = |value: &str| match value.strip_prefix('=') {
            Some(login) => self.accounts.get(login).map(ToString::to_string).unwrap_or_default(),
            None => value.to_owned(),
        };
        fields.iter().map(|(name, text)| ((*name).to_owned(), value(text).into_bytes())).collect()
    }

    /// An uncovered load, fined, decided to be of social effect, and on the public list.
    async fn published(&mut self, day: impl Fn(i64) -> Moment, date: impl Fn(Moment) -> String) -> Result<(), Error> {
        self.at(day(40));
        self.clue("officer1", "滨湖大道渣土车未密闭，沿途遗撒渣土", "滨湖大道与文澜路口").await?;
        self.step("unit1", "assign-clue", &TWO).await?;
        self.step("officer1", "check-clue", &with(&[("words", "渣土车厢盖板未合拢，路面有遗撒约 200 米")])).await?;
        let acted = date(day(40));
        let filing = [("name", "望澜通途渣土运输有限公司"), ("form", "unit"), ("matter", "uncovered-transport")];
        let mut fields = with(&filing);
        fields.push(("acted_on", &acted));
        self.step("officer1", "propose-filing", &fields).await?;
        self.at(day(39));
        self.step("leader", "approve-filing", &[]).await?;
        let seen = [("card_shown", "1"), ("words", "勘验：遗撒自路口向东，已由当事人派人清扫。")];
        self.step("officer1", "inspect-site", &with(&seen)).await?;
        let asked =
            [("asked", "party"), ("card_shown", "1"), ("words", "问：为什么没有盖严？答：盖板卡住了，没有停车检查。")];
        self.step("officer1", "inquire", &with(&asked)).await?;
        let penalty = [("kinds", "fine"), ("fine", "5000"), ("tier", "minor"), ("rule", "of-the-act")];
        let mut conclusion = penalty.to_vec();
        conclusion.extend([("proposes", "yes"), ("exemption", "已造成遗撒，不属于轻微、初次违法免罚情形。")]);
        self.step("officer1", "conclude-inquiry", &conclusion).await?;
        self.at(day(37));
        let stands = [("number", "1"), ("stands", "yes"), ("words", "勘验笔录有当事人签名。")];
        self.step("reviewer1", "judge-evidence", &stands).await?;
        let paper = self.paper("penalty-notice").await?;
        let mut notice = with(&penalty);
        notice.extend([("offers_hearing", ""), ("manner", "direct"), ("paper", &paper)]);
        self.step("officer1", "notify-party", &notice).await?;
        self.at(day(22));
        self.step("officer1", "close-defence", &[]).await?;
        self.step("officer1", "propose-decision", &[]).await?;
        self.at(day(21));
        let mut decision = penalty.to_vec();
        decision.push(("effect", "yes"));
        self.step("leader", "decide", &decision).await?;
        let paper = self.paper("penalty-decision").await?;
        self.step("officer1", "serve", &with(&[("manner", "direct"), ("paper", &paper)])).await?;
        self.paper("service-receipt").await?;
        self.at(day(19));
        let shown = [("facts", "当事人在滨湖大道运输渣土时车厢盖板未合拢，沿途遗撒渣土约200米，造成路面污染。")];
        self.step("officer1", "publish", &shown).await
    }

    async fn post(&mut self, login: &str, path: &str, fields: Fields<'_>) -> Result<String, Error> {
        let parts = self.parts(fields);
        let parts: Vec<Part<'_>> = parts.iter().map(|(name, value)| (name.as_str(), None, value.clone())).collect();
        let behind = self.walker.post(Some(login), path, &parts).await?;
        if behind.status != 303 {
            tracing::warn!(path, status = behind.status, "a step of the demonstration");
        }
        // Every act has a moment of its own.
        self.app.clock.set(self.app.clock.now().plus(HOUR / 12));
        Ok(behind.location)
    }

    /// A paper of the case that stands open, with invented words for what it lacks; answers it as a form of serving names it, empty
    /// when it was refused.
    async fn paper(&mut self, kind: &str) -> Result<String, Error> {
        let by = self.accounts.get("officer1").copied().unwrap_or_default();
        let id = self.page.rsplit('/').next().and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let today = self.app.calendar.date_of(self.app.clock.now()).to_string();
        let words = |at: &str| match at.rsplit('.').next().unwrap_or(at) {
            "date" | "on" | "until" | "served_on" => today.clone().into(),
            "from" | "to" | "at" => format!("{today}T09:00").into(),
            "id_number" => "99010119800101001X".into(),
            _ => shaped(at, "见案卷材料"),
        };
        let issued = writing::issue_with(self.app, by, id, kind, words).await;
        let named = issued.inspect_err(|error| tracing::warn!(kind, ?error, "a paper of the demonstration"));
        self.app.clock.set(self.app.clock.now().plus(HOUR / 12));
        Ok(named.map(|paper| place_of(&paper)).unwrap_or_default())
    }

    async fn step(&mut self, login: &str, step: &str, fields: Fields<'_>) -> Result<(), Error> {
        let path = format!("{}/{step}", self.page);
        self.post(login, &path, fields).await.map(drop)
    }

    async fn clue(&mut self, login: &str, words: &str, place: &str) -> Result<(), Error> {
        self.page = self.post(login, "/enforcement/new", &[("words", words), ("address", place)]).await?;
        Ok(())
    }

    async fn summary(&mut self, place: &str, words: &str, name: &str, fine: &str) -> Result<(), Error> {
        let today = self.app.calendar.date_of(self.app.clock.now()).to_string();
        let found = self.app.statutes.matters.all().iter().find(|matter| {
            matter.condition == crate::enforcement::matters::Condition::None
                && matter.bands.citizen.is_some_and(|band| band.has(5_000))
                && matter.until.is_none()
        });
        let Some(matter) = found.cloned() else { return Ok(()) };
        let tier = matter.tiers.iter().find(|tier| tier.bands.citizen.is_some_and(|band| band.has(5_000)));
        let fields = with(&[
            ("words", words),
            ("address", place),
            ("name", name),
            ("form", "citizen"),
            ("matter", &matter.id),
            ("acted_on", &today),
            ("kinds", "fine"),
            ("fine", fine),
            ("tier", tier.map_or("", |tier| tier.kind.word())),
            ("rule", "of-the-act"),
            ("card_shown", "1"),
            ("is_plain", "1"),
            ("is_told", "1"),
            ("is_handed_over", "1"),
        ]);
        self.page = self.post("officer1", "/enforcement/summary", &fields).await?;
        Ok(())
    }
}
