//! Enterprises of the invented city and their checks, in every stage: by lot, on a clue that became a penalty case, in an emergency
//! that was approved late, refused, cancelled, and one before the door today. All through the doors, on a clock moved by hand.

use super::DAY;
use super::walker::{Part, Walker};
use crate::app::App;
use crate::inspection::credit_code;
use crate::inspection::store::{self, EnterpriseFilter, Scope, Show};
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people;
use axum::Router;
use jiff::civil::{Date, Time};
use std::collections::HashMap;

const MINUTE: i64 = 60_000;
/// After how long people sign in anew.
const SIGNED_IN: i64 = 50 * DAY;

/// Name, the first seventeen characters of its credit code, kind, address, contact, and which unit grid it lies in.
const ENTERPRISES: [(&str, &str, &str, &str, &str, usize); 12] = [
    ("望澜滨湖渔火餐饮有限公司", "91990100MA0WL1017", "restaurant", "柳荫街 31 号", "许经理", 3),
    ("望澜临江小馆餐饮店", "92990100MA0WL2034", "restaurant", "临江街 8 号", "江店长", 9),
    ("望澜古渡茶食有限公司", "91990100MA0WL3051", "restaurant", "古渡路 12 号", "顾经理", 15),
    ("望澜听涛海鲜酒楼有限公司", "91990100MA0WL4068", "restaurant", "听涛街 66 号", "陶经理", 21),
    ("望澜畅运渣土运输有限公司", "91990100MA0WL5085", "carrier", "新港路 101 号", "方队长", 27),
    ("望澜恒捷土石方工程有限公司", "91990100MA0WL6102", "carrier", "新港路 118 号", "韩队长", 33),
    ("望澜澜景置业云栖里项目部", "91990100MA0WL7119", "site", "望澜路 200 号", "曹工", 39),
    ("望澜通衢广告传媒有限公司", "91990100MA0WL8136", "advertising", "鱼市街 5 号", "邓经理", 45),
    ("望澜新光标识制作有限公司", "91990100MA0WL9153", "advertising", "鱼市街 17 号", "彭经理", 51),
    ("望澜古渡农贸市场管理有限公司", "91990100MA0WM1170", "market", "古渡路 40 号", "马经理", 57),
    ("望澜好邻居便民超市", "92990100MA0WM2187", "shop", "柳荫街 27 号", "许店长", 63),
    ("望澜湖畔物业服务有限公司", "91990100MA0WM3204", "property", "望澜路 66 号", "高经理", 69),
];

struct Script<'a> {
    app: &'a App,
    doors: Router,
    walker: Walker,
    since: Moment,
    at: Moment,
    now: Moment,
    accounts: HashMap<String, Id>,
    /// The enterprises by name: identifier and entry code.
    enterprises: HashMap<String, (Id, String)>,
    page: String,
}

type Fields<'a> = &'a [(&'a str, &'a str)];

/// Lets the checks of the demonstration happen.
///
/// # Errors
/// When the database fails; an act that is refused is only noted in the log.
pub async fn check(app: &App, doors: Router, now: Moment) -> Result<(), Error> {
    let logins = ["officer1", "officer2", "officer3", "officer4", "helper1"];
    let named = app.db.read(move |tx| async move {
        let mut named = HashMap::new();
        for login in logins {
            if let Some((account, _)) = people::store::credentials(&tx, login).await? {
                named.insert(login.to_owned(), account.id);
            }
        }
        Ok(named)
    });
    let accounts = named.await.map_err(|error: DbError| Error::Db(error))?;
    let begin = now.plus(-60 * DAY);
    let mut script = Script {
        app,
        walker: Walker::new(app.clone(), doors.clone()),
        doors,
        since: begin,
        at: begin,
        now,
        accounts,
        enterprises: HashMap::new(),
        page: String::new(),
    };
    script.register().await?;
    script.drawn().await?;
    script.found().await?;
    script.urgent().await?;
    script.before_the_door().await?;
    script.told().await?;
    app.clock.set(now);
    Ok(())
}

impl Script<'_> {
    /// The working day on or before so many days before the present; after it for days to come.
    fn working(&self, days_ago: i64) -> Date {
        let mut day = self.app.calendar.date_of(self.now.plus(-days_ago * DAY));
        while !self.app.calendar.is_working_day(day).unwrap_or(true) {
            day = if days_ago > 0 { day.yesterday() } else { day.tomorrow() }.unwrap_or(day);
        }
        day
    }

    fn moment(&self, day: Date, hour: i8, minute: i8) -> Moment {
        self.app.calendar.moment(day, Time::constant(hour, 0, 0, 0)).plus(i64::from(minute) * MINUTE)
    }

    async fn post(&mut self, at: Moment, login: Option<&str>, path: &str, fields: Fields<'_>) -> Result<String, Error> {
        self.at = at.min(self.now.plus(-MINUTE));
        self.app.clock.set(self.at);
        if self.at.0 - self.since.0 > SIGNED_IN || self.at.0 < self.since.0 {
            (self.walker, self.since) = (Walker::new(self.app.clone(), self.doors.clone()), self.at);
        }
        let value = |value: &str| match value.strip_prefix('=') {
            Some(login) => self.accounts.get(login).map(ToString::to_string).unwrap_or_default(),
            None => value.to_owned(),
        };
        let parts: Vec<Part<'_>> = fields.iter().map(|(name, text)| (*name, None, value(text).into_bytes())).collect();
        let behind = self.walker.post(login, path, &parts).await?;
        if behind.status != 303 {
            tracing::warn!(status = behind.status, path, login, "a check of the demonstration was refused");
        }
        Ok(behind.location)
    }

    async fn step(&mut self, at: Moment, login: &str, step: &str, fields: Fields<'_>) -> Result<(), Error> {
        let path = format!("{}/{step}", self.page);
        self.post(at, Some(login), &path, fields).await.map(drop)
    }

    async fn register(&mut self) -> Result<(), Error> {
        let points: Vec<(f64, f64)> = {
            let grid = self.app.grid();
            let cells = grid.cells();
            let inside = |position: usize| {
                let cell = cells.get(position % cells.len().max(1))?;
                grid.place_in(&cell.code).map(|point| (point.lon, point.lat))
            };
            ENTERPRISES.iter().filter_map(|one| inside(one.5)).collect()
        };
        let at = self.moment(self.working(40), 9, 0);
        for (position, (name, first, kind, address, contact, _)) in ENTERPRISES.iter().enumerate() {
            let code = format!("{first}{}", credit_code::check_sign(first).unwrap_or('0'));
            let (lon, lat) = points.get(position).copied().unwrap_or_default();
            let (lon, lat) = (lon.to_string(), lat.to_string());
            let phone = format!("0990-555{:04}", 1000 + position);
            let mut fields = vec![
                ("name", *name),
                ("credit_code", code.as_str()),
                ("kind", *kind),
                ("address", *address),
                ("contact", *contact),
                ("phone", phone.as_str()),
            ];
            if !points.is_empty() {
                fields.extend([("lon", lon.as_str()), ("lat", lat.as_str()), ("coordinates", "wgs84")]);
            }
            let minute = i64::try_from(position).unwrap_or_default();
            self.post(at.plus(minute * MINUTE), Some("officer1"), "/enterprises/new", &fields).await?;
        }
        let filter = EnterpriseFilter { most: Some(100), ..EnterpriseFilter::default() };
        let all = self.app.db.read(move |tx| async move { store::enterprises(&tx, &filter).await }).await;
        let all = all.map_err(|error: DbError| Error::Db(error))?.rows;
        self.enterprises = all.into_iter().map(|one| (one.particulars.name, (one.id, one.code))).collect();
        Ok(())
    }

    fn enterprise(&self, position: usize) -> (Id, String) {
        let name = ENTERPRISES.get(position).map(|one| one.0).unwrap_or_default();
        self.enterprises.get(name).cloned().unwrap_or_default()
    }

    #[expect(clippy::too_many_arguments, reason = "one plan: who checks what at which enterprise, why and when")]
    async fn plan(
        &mut self,
        at: Moment,
        enterprise: usize,
        item: &str,
        reason: &str,
        why: &str,
        on: Date,
        hours: (&str, &str),
    ) -> Result<(), Error> {
        let (id, on) = (self.enterprise(enterprise).0.to_string(), on.to_string());
        let fields = [
            ("enterprise", id.as_str()),
            ("items", item),
            ("reason", reason),
            ("why", why),
            ("on", on.as_str()),
            ("from", hours.0),
            ("until", hours.1),
            ("officers", "=officer1"),
            ("officers", "=officer2"),
            ("helpers", "=helper1"),
        ];
        self.page = self.post(at, Some("officer1"), "/inspections/new", &fields).await?;
        Ok(())
    }

    async fn enter(&mut self, at: Moment, enterprise: usize, logins: [&str; 2]) -> Result<(), Error> {
        let path = format!("/enter/{}", self.enterprise(enterprise).1);
        let check = self.page.rsplit('/').next().unwrap_or_default().to_owned();
        for (minutes, login) in (0..).zip(logins) {
            self.post(at.plus(minutes * 2 * MINUTE), Some(login), &path, &[("check", check.as_str())]).await?;
        }
        Ok(())
    }

    fn left(&self, day: Date, time: &str) -> String {
        format!("{day}T{time}")
    }

    /// Two restaurants by lot, a month ago: one is done and rated, the other is ordered to correct.
    async fn drawn(&mut self) -> Result<(), Error> {
        let (planned, day) = (self.working(34), self.working(30));
        let fields = [
            ("items", "drainage"),
            ("why", "隔油设施运行和清掏情况"),
            ("kind", "restaurant"),
            ("count", "2"),
            ("officers", "=officer1"),
            ("officers", "=officer2"),
            ("on", &day.to_string()),
            ("from", "09:00"),
            ("until", "11:30"),
            ("a_day", "2"),
            ("seed", "望澜 3 7 12 25 31"),
        ];
        let at = self.moment(planned, 15, 0);
        let draw = self.post(at, Some("unit1"), "/inspections/draw", &fields).await?;
        self.post(at.plus(30 * MINUTE), Some("leader"), &format!("{draw}/approve"), &[]).await?;
        let id: Id = draw.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or_default();
        let filter = store::Filter { show: Show::All, draw: Some(id), ..store::Filter::default() };
        let checks = self.app.db.read(move |tx| async move { store::list(&tx, Scope::All, &filter, day).await }).await;
        let checks = checks.map_err(|error: DbError| Error::Db(error))?.rows;
        for (position, kept) in checks.iter().enumerate() {
            let name = &kept.enterprise;
            let Some(which) = ENTERPRISES.iter().position(|one| one.0 == name.as_str()) else { continue };
            self.page = format!("/inspections/{}", kept.check.id);
            self.step(at.plus(40 * MINUTE), "officer1", "announce", &[("way", "paper"), ("receiver", "前台")]).await?;
            let hour = if position == 0 { 9 } else { 10 };
            let entered = self.moment(kept.check.plan.on, hour, 5);
            self.enter(entered, which, ["officer1", "officer2"]).await?;
            let (answer, seen) = match position {
                0 => ("clear", ""),
                _ => ("found", "隔油池盖破损，油污外溢到人行道。"),
            };
            let record =
                [("answer-1", answer), ("seen-1", seen), ("words", "查看后厨、隔油池和店外排水口，核对清掏台账。")];
            self.step(entered.plus(20 * MINUTE), "officer1", "record", &record).await?;
            let left = self.left(kept.check.plan.on, if position == 0 { "09:40" } else { "10:40" });
            let term = self.working(18).to_string();
            let finish = match position {
                0 => vec![("left", left.as_str()), ("outcome", "advice"), ("advice", "清掏台账建议每月装订。")],
                _ => vec![
                    ("left", left.as_str()),
                    ("outcome", "order"),
                    ("demands", "修复隔油池盖\n清洗污染的人行道"),
                    ("term", term.as_str()),
                    ("violated", "《城镇排水与污水处理条例》第二十条第二款"),
                    ("basis", "《城镇排水与污水处理条例》第四十九条"),
                ],
            };
            let mut finish = finish;
            finish.extend([("signing", "signed"), ("signer", "店长")]);
            self.step(entered.plus(40 * MINUTE), "officer1", "finish", &finish).await?;
            if position == 0 {
                let rate = [("stars", "5"), ("words", "来之前通知了，检查很快，讲得也清楚。")];
                let path = format!("/check/{}", kept.code);
                self.post(entered.plus(90 * MINUTE), None, &path, &rate).await?;
            }
        }
        Ok(())
    }

    /// A clue about a carrier becomes a penalty case; another plan is not approved, a third is cancelled.
    async fn found(&mut self) -> Result<(), Error> {
        let day = self.working(16);
        let why = "群众投诉夜间运输撒漏，核查车辆密闭和冲洗。";
        self.plan(self.moment(day, 8, 40), 4, "construction-waste", "clue", why, day, ("09:00", "12:00")).await?;
        self.step(self.moment(day, 8, 50), "leader", "approve", &[]).await?;
        self.enter(self.moment(day, 9, 30), 4, ["officer2", "officer1"]).await?;
        self.step(self.moment(day, 9, 40), "helper1", "note", &[("words", "拍摄出场车辆 3 辆，记录车号。")]).await?;
        let record = [
            ("answer-1", "found"),
            ("seen-1", "一辆自卸车篷布破损未覆盖，车轮带泥出场，路面污染约 30 米。"),
            ("words", "检查车辆 6 辆和冲洗台，冲洗台未开启。"),
        ];
        self.step(self.moment(day, 10, 20), "officer2", "record", &record).await?;
        let left = self.left(day, "10:30");
        let finish = [
            ("left", left.as_str()),
            ("outcome", "clue"),
            ("signing", "declined"),
            ("declined", "现场负责人认为车辆是外包的，不愿签字，已当场宣读记录。"),
            ("witness", "园区保安"),
        ];
        self.step(self.moment(day, 10, 40), "officer2", "finish", &finish).await?;

        let (day, on) = (self.working(9), self.working(6));
        let hours = ("14:00", "16:00");
        self.plan(self.moment(day, 10, 0), 7, "outdoor-advertising", "routine", "大型户外广告安全", on, hours).await?;
        let refused = [("words", "该企业上月刚接受过住建部门同类检查，请改为联合检查。")];
        self.step(self.moment(day, 11, 0), "leader", "refuse", &refused).await?;
        self.plan(self.moment(day, 14, 0), 8, "outdoor-advertising", "routine", "店招制作安装", on, hours).await?;
        self.step(self.moment(day, 15, 0), "leader", "approve", &[]).await?;
        self.step(self.moment(day, 15, 30), "officer1", "cancel", &[("words", "企业当日停业，另行安排。")]).await
    }

    /// A building site after a storm: entered at once, approved a day late.
    async fn urgent(&mut self) -> Result<(), Error> {
        let day = self.working(7);
        let why = "大风后渣土车出入口积土，有车辆打滑。";
        self.plan(self.moment(day, 9, 0), 6, "construction-waste", "emergency", why, day, ("09:00", "12:00")).await?;
        self.enter(self.moment(day, 9, 30), 6, ["officer1", "officer2"]).await?;
        let record = [("answer-1", "clear"), ("seen-1", ""), ("words", "出入口已清理，冲洗设施正常。")];
        self.step(self.moment(day, 10, 0), "officer1", "record", &record).await?;
        let late = self.moment(day, 10, 0).plus(DAY);
        self.step(late, "leader", "approve-afterwards", &[("words", "值班领导外出处置险情，次日补办。")]).await?;
        let left = self.left(day, "10:05");
        let finish = [("left", left.as_str()), ("outcome", "nothing"), ("signing", "signed"), ("signer", "项目安全员")];
        self.step(late.plus(30 * MINUTE), "officer1", "finish", &finish).await
    }

    /// What waits today: to be approved, to be announced, announced for the next days, before the door, and under way.
    async fn before_the_door(&mut self) -> Result<(), Error> {
        let (yesterday, today, next) = (self.working(1), self.working(0), self.working(-2));
        let at = self.moment(yesterday, 9, 0);
        let all_day = ("00:00", "23:59");
        let hours = ("09:00", "11:30");
        // Announced yesterday for today: whoever opens the demonstration can scan.
        self.plan(at, 9, "drainage", "routine", "市场内水产区排水", today, all_day).await?;
        self.step(at.plus(20 * MINUTE), "leader", "approve", &[]).await?;
        self.step(at.plus(30 * MINUTE), "officer1", "announce", &[("way", "message"), ("receiver", "马经理")]).await?;
        self.plan(at.plus(60 * MINUTE), 10, "outdoor-advertising", "routine", "店招和门前灯箱", next, hours).await?;
        self.step(at.plus(80 * MINUTE), "leader", "approve", &[]).await?;
        self.step(at.plus(90 * MINUTE), "officer2", "announce", &[("way", "telephone"), ("receiver", "许店长")])
            .await?;
        self.plan(at.plus(120 * MINUTE), 5, "construction-waste", "routine", "车辆密闭、冲洗", next, hours).await?;
        self.step(at.plus(140 * MINUTE), "leader", "approve", &[]).await?;
        self.plan(at.plus(150 * MINUTE), 11, "outdoor-advertising", "request", "物业申请核对小区门楼招牌", next, hours)
            .await?;
        // Under way: on a clue, of this hour.
        let at = self.now.plus(-40 * MINUTE);
        let day = self.app.calendar.date_of(at);
        self.plan(at, 1, "drainage", "clue", "邻居投诉后厨污水排进雨水井。", day, all_day).await?;
        self.step(at.plus(5 * MINUTE), "leader", "approve", &[]).await?;
        self.enter(at.plus(20 * MINUTE), 1, ["officer1", "officer2"]).await
    }

    /// A shop met people whom nobody had registered.
    async fn told(&mut self) -> Result<(), Error> {
        let fields = [
            ("code", ""),
            ("enterprise", "望澜古渡茶食有限公司"),
            ("words", "昨天下午来了一个人，说要查排水，没有证件，也没有二维码，让我们先交罚款。"),
            ("phone", "0990-5551002"),
            ("key", "demonstration"),
        ];
        let at = self.now.plus(-20 * MINUTE);
        self.at = at;
        self.app.clock.set(at);
        let parts: Vec<Part<'_>> = fields.iter().map(|(name, text)| (*name, None, text.as_bytes().to_vec())).collect();
        let behind = self.walker.post(None, "/check", &parts).await?;
        if behind.status != 200 {
            tracing::warn!(status = behind.status, "a report of the demonstration was refused");
        }
        Ok(())
    }
}
