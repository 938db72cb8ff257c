//! Unlawful buildings in the invented city, from one that came out of the ground this morning to one that was pulled down by
//! force, and what was done to prevent the next. All through the doors, on a clock moved by hand.

use super::DAY;
use super::walker::{Part, Walker};
use crate::app::App;
use crate::construction::chain::Kind;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people;
use crate::people::act::Post;
use axum::Router;
use jiff::civil::{Date, Time};

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;
/// After how long people sign in anew.
const SIGNED_IN: i64 = 50 * DAY;

struct Script<'a> {
    app: &'a App,
    doors: Router,
    walker: Walker,
    /// Since when the walker's people are signed in.
    since: Moment,
    at: Moment,
    now: Moment,
    /// The building's address.
    page: String,
    /// The two officers of the unit.
    officers: Vec<Id>,
    unit: Id,
}

/// What is found.
struct Built {
    cell: usize,
    address: &'static str,
    kind: Kind,
    works: &'static str,
    area: &'static str,
    owner: &'static str,
    is_old: bool,
    source: &'static str,
    words: &'static str,
}

fn text(value: impl ToString) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Lives through the buildings of the demonstration.
///
/// # Errors
/// When the database fails; an act that is refused is only noted in the log.
pub async fn stand(app: &App, doors: Router, now: Moment) -> Result<(), Error> {
    let officers =
        app.db.read(|tx| async move { people::store::holding(&tx, &[Post::EnforcementOfficer]).await }).await;
    let officers = officers.map_err(|error: DbError| Error::Db(error))?;
    let own: Vec<_> = officers.iter().filter(|one| ["夏立言", "龚明义"].contains(&one.name.as_str())).collect();
    let Some(unit) = own.first().and_then(|one| one.department) else { return Ok(()) };
    let begin = now.plus(-290 * DAY);
    let mut script = Script {
        app,
        walker: Walker::new(app.clone(), doors.clone()),
        doors,
        since: begin,
        at: begin,
        now,
        page: String::new(),
        officers: own.iter().map(|one| one.account).collect(),
        unit,
    };
    script.pulled_down().await?;
    script.ordered().await?;
    script.announced().await?;
    script.taken_down_by_its_owner().await?;
    script.correctable().await?;
    script.served().await?;
    script.told().await?;
    script.goes_on().await?;
    script.out_of_the_ground().await?;
    script.visits().await?;
    app.clock.set(now);
    Ok(())
}

impl Script<'_> {
    /// So many days before the present, at an hour of the day.
    fn ago(&self, days: i64, hour: i8) -> Moment {
        let day = self.app.calendar.date_of(self.now.plus(-days * DAY));
        self.app.calendar.moment(day, Time::constant(hour, 0, 0, 0))
    }

    /// The working day on or after so many days before the present.
    fn working(&self, days: i64) -> Date {
        let mut day = self.app.calendar.date_of(self.now.plus(-days * DAY));
        while !self.app.calendar.is_working_day(day).unwrap_or(true) {
            day = day.tomorrow().unwrap_or(day);
        }
        day
    }

    fn day(&self, days_from_now: i64) -> String {
        self.app.calendar.date_of(self.now.plus(days_from_now * DAY)).to_string()
    }

    async fn post(&mut self, at: Moment, login: &str, path: &str, parts: &[Part<'_>]) -> Result<String, Error> {
        self.at = at.min(self.now.plus(-MINUTE));
        self.app.clock.set(self.at);
        if self.at.0 - self.since.0 > SIGNED_IN || self.at.0 < self.since.0 {
            (self.walker, self.since) = (Walker::new(self.app.clone(), self.doors.clone()), self.at);
        }
        let behind = self.walker.post(Some(login), path, parts).await?;
        if behind.status != 303 {
            tracing::warn!(status = behind.status, path, login, "an act of the demonstration was refused");
        }
        Ok(behind.location)
    }

    async fn found(&mut self, at: Moment, login: &str, built: &Built) -> Result<(), Error> {
        let grid = self.app.grid();
        let cells = grid.cells();
        let cell = cells.get(built.cell % cells.len().max(1)).map(|cell| cell.code.clone()).unwrap_or_default();
        let point = grid.place_in(&cell);
        let mut parts: Vec<Part<'_>> = vec![
            ("source", None, text(built.source)),
            ("kind", None, text(built.kind.word())),
            ("works", None, text(built.works)),
            ("area", None, text(built.area)),
            ("floors", None, text(1)),
            ("owner", None, text(built.owner)),
            ("permit", None, text("none")),
            ("stock", None, text(if built.is_old { "old" } else { "new" })),
            ("address", None, text(built.address)),
            ("coordinates", None, text("wgs84")),
            ("unit", None, text(self.unit)),
            ("words", None, text(built.words)),
        ];
        if let Some(point) = point {
            parts.push(("lon", None, text(point.lon)));
            parts.push(("lat", None, text(point.lat)));
        }
        if let Some(photo) = self.app.sources.bytes("photos/billboard-before.jpg") {
            parts.push(("photos", Some("photo.jpg"), photo));
        }
        self.page = self.post(at, login, "/buildings/new", &parts).await?;
        Ok(())
    }

    /// An act, with the unit's two officers named and a photograph beside it.
    async fn act(&mut self, at: Moment, login: &str, act: &str, fields: &[(&str, &str)]) -> Result<(), Error> {
        let mut parts: Vec<Part<'_>> = fields.iter().map(|(name, value)| (*name, None, text(value))).collect();
        parts.extend(self.officers.iter().map(|officer| ("officers", None, text(officer))));
        let is_after = matches!(act, "demolish" | "record-self-demolition" | "accept");
        let needs = matches!(act, "assess" | "charge" | "waive");
        let scene = if is_after { "photos/billboard-after.jpg" } else { "photos/ads-before.jpg" };
        if (is_after || needs)
            && let Some(photo) = self.app.sources.bytes(scene)
        {
            parts.push(("photos", Some("photo.jpg"), photo));
        }
        let path = format!("{}/{act}", self.page);
        self.post(at, login, &path, &parts).await?;
        Ok(())
    }

    /// Stopped, filed, assessed and told, from so many days before the present on.
    async fn until_told(&mut self, days: i64, letter: &str) -> Result<(), Error> {
        self.act(self.ago(days, 10).plus(20 * MINUTE), "officer3", "order-stop", &[]).await?;
        self.act(self.ago(days, 15), "officer3", "check-stop", &[("obeyed", "yes")]).await?;
        self.act(self.ago(days - 1, 9), "leader", "file", &[]).await?;
        let on = self.day(-(days - 3));
        let said = [("assessment", "demolish"), ("letter", letter), ("on", on.as_str())];
        self.act(self.ago(days - 3, 11), "officer3", "assess", &said).await?;
        self.act(self.ago(days - 4, 10), "officer3", "notify", &[("manner", "direct")]).await
    }

    /// Decided and served after the party had its say; to be pulled down within fifteen days.
    async fn until_served(&mut self, days: i64) -> Result<(), Error> {
        self.act(self.ago(days + 5, 10), "officer3", "waive", &[("signed", "1")]).await?;
        let until = self.day(-(days - 15));
        self.act(self.ago(days + 1, 10), "leader", "decide", &[("until", &until)]).await?;
        self.act(self.ago(days, 10), "officer3", "serve", &[("manner", "direct")]).await
    }

    /// Reminded and announced in vain.
    async fn until_announced(&mut self, days: i64) -> Result<(), Error> {
        let until = self.day(-(days - 28));
        self.act(self.ago(days - 17, 10), "officer3", "remind", &[("until", &until), ("manner", "direct")]).await?;
        let until = self.day(-(days - 46));
        self.act(self.ago(days - 30, 10), "officer3", "announce", &[("until", &until)]).await
    }

    async fn until_ordered(&mut self, days: i64, number: &str) -> Result<(), Error> {
        let on = self.day(-(days - 197));
        self.act(self.ago(days - 198, 10), "unit2", "charge", &[("number", number), ("on", &on)]).await?;
        self.act(self.ago(days - 200, 10), "leader", "order-enforcement", &[]).await?;
        self.act(self.ago(days - 201, 10), "officer3", "serve-order", &[("manner", "direct")]).await
    }

    async fn pulled_down(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 41,
            address: "柳荫巷 12 号楼顶",
            kind: Kind::Storey,
            works: "roofed",
            area: "64",
            owner: "柏某",
            is_old: false,
            source: "report",
            words: "居民反映楼顶加盖一层，板已封顶。",
        };
        self.found(self.ago(270, 10), "officer3", &built).await?;
        self.until_told(270, "望规函〔2026〕2 号").await?;
        self.until_served(255).await?;
        self.until_announced(255).await?;
        self.until_ordered(255, "望政责〔2026〕3 号").await?;
        let day = self.working(20);
        let moment = |hour: i8| self.app.calendar.moment(day, Time::constant(hour, 0, 0, 0));
        let (from, until) = (format!("{day}T08:30"), format!("{day}T16:40"));
        let ended = moment(17);
        let cleared = [
            ("from", from.as_str()),
            ("until", until.as_str()),
            ("area", "64"),
            ("witnesses", "社区网格员路某\n物业经理简某"),
            ("goods", "木梯 1 架\n铁皮柜 1 个 已交当事人亲属签收"),
            ("recorded", "1"),
            ("cut", "no"),
        ];
        self.act(ended, "officer3", "demolish", &cleared).await?;
        self.act(ended.plus(18 * HOUR), "officer4", "accept", &[]).await?;
        self.act(ended.plus(24 * HOUR), "leader", "close", &[]).await
    }

    async fn ordered(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 77,
            address: "新港路 88 号院内",
            kind: Kind::Shed,
            works: "complete",
            area: "180.5",
            owner: "望澜某仓储部",
            is_old: true,
            source: "picture",
            words: "影像比对发现彩钢棚一处，现场核实为仓储。",
        };
        self.found(self.ago(231, 9), "officer4", &built).await?;
        self.until_told(231, "望规函〔2026〕5 号").await?;
        self.until_served(216).await?;
        self.until_announced(216).await?;
        self.until_ordered(216, "望政责〔2026〕6 号").await
    }

    async fn announced(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 133,
            address: "听涛里 5 栋 2 单元 601 室露台",
            kind: Kind::House,
            works: "complete",
            area: "42.8",
            owner: "莫某",
            is_old: false,
            source: "patrol",
            words: "露台搭建玻璃房，已装修。",
        };
        self.found(self.ago(175, 10), "officer3", &built).await?;
        self.until_told(175, "望规函〔2026〕9 号").await?;
        self.until_served(160).await?;
        self.until_announced(160).await
    }

    async fn taken_down_by_its_owner(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 190,
            address: "古渡路 31 号门前",
            kind: Kind::Awning,
            works: "complete",
            area: "18",
            owner: "古渡面馆",
            is_old: false,
            source: "patrol",
            words: "门前搭设固定雨棚，伸出道路红线。",
        };
        self.found(self.ago(34, 10), "helper1", &built).await?;
        self.act(self.ago(34, 14), "officer3", "order-stop", &[]).await?;
        let said = [("visit", "persuade"), ("told", "1"), ("words", "讲明规定，店主答应三天内自己拆。")];
        self.act(self.ago(33, 9), "officer4", "record-visit", &said).await?;
        self.act(self.ago(30, 16), "officer3", "record-self-demolition", &[]).await?;
        self.act(self.ago(29, 10), "officer3", "accept", &[]).await?;
        self.act(self.ago(28, 10), "leader", "close", &[]).await
    }

    async fn correctable(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 222,
            address: "临江路 6 号商铺后院",
            kind: Kind::Wall,
            works: "complete",
            area: "9.6",
            owner: "江某",
            is_old: true,
            source: "transfer",
            words: "围墙高度超过许可，街道移送。",
        };
        self.found(self.ago(25, 10), "officer4", &built).await?;
        self.act(self.ago(25, 11), "officer3", "order-stop", &[]).await?;
        self.act(self.ago(24, 9), "leader", "file", &[]).await?;
        let on = self.day(-21);
        let said = [("assessment", "correctable"), ("letter", "望规函〔2026〕31 号"), ("on", on.as_str())];
        self.act(self.ago(20, 10), "officer3", "assess", &said).await
    }

    async fn served(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 250,
            address: "柳荫巷 40 号天井",
            kind: Kind::Storey,
            works: "roofed",
            area: "27.3",
            owner: "傅某",
            is_old: false,
            source: "report",
            words: "天井上方加盖，遮挡邻居采光。",
        };
        self.found(self.ago(28, 10), "officer3", &built).await?;
        self.until_told(28, "望规函〔2026〕29 号").await?;
        self.until_served(13).await
    }

    async fn told(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 301,
            address: "望澜大道 210 号 3 楼平台",
            kind: Kind::Tank,
            works: "complete",
            area: "15",
            owner: "望澜某洗涤店",
            is_old: false,
            source: "report",
            words: "平台加装两只钢制水箱及支架。",
        };
        self.found(self.ago(8, 10), "officer3", &built).await?;
        self.until_told(8, "望规函〔2026〕33 号").await?;
        let said = [("words", "水箱是消防要求加装的，请再核实。")];
        self.act(self.ago(2, 15), "officer3", "defend", &said).await
    }

    async fn goes_on(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 333,
            address: "听涛里 9 栋楼顶",
            kind: Kind::Storey,
            works: "going-up",
            area: "55",
            owner: "",
            is_old: false,
            source: "patrol",
            words: "夜里进砖，楼顶已砌到一米。",
        };
        let at = self.now.plus(-29 * HOUR);
        self.found(at, "helper1", &built).await?;
        self.act(at.plus(HOUR), "officer3", "order-stop", &[]).await?;
        self.act(at.plus(24 * HOUR), "officer4", "check-stop", &[("obeyed", "no")]).await
    }

    async fn out_of_the_ground(&mut self) -> Result<(), Error> {
        let built = Built {
            cell: 360,
            address: "新港路东侧空地",
            kind: Kind::House,
            works: "foundations",
            area: "120",
            owner: "",
            is_old: false,
            source: "patrol",
            words: "空地上开挖地基，堆有砖和水泥，现场两名工人说不清业主是谁。",
        };
        self.found(self.now.plus(-5 * HOUR), "helper1", &built).await?;
        let said = [("visit", "persuade"), ("words", "请现场工人先停手，等中队来人。"), ("told", "2")];
        self.act(self.now.plus(-280 * MINUTE), "helper1", "record-visit", &said).await
    }

    async fn visits(&mut self) -> Result<(), Error> {
        let streets = crate::reports::place::streets(self.app);
        for (position, (days, kind, told, words)) in [
            (19, "talk", 46, "在小区广场宣讲建房规定，发放告知书，回答加装雨棚要不要许可。"),
            (11, "neighbours", 12, "逐户告知 9 栋居民：看到进砖、进水泥请马上打电话。"),
            (4, "patrol", 0, "沿街巡查在建点位 14 处，未见新增。"),
        ]
        .into_iter()
        .enumerate()
        {
            let Some((street, _)) = streets.get(position % streets.len().max(1)) else { return Ok(()) };
            let day = self.day(-days);
            let parts = [
                ("visit", None, text(kind)),
                ("on", None, text(day)),
                ("street", None, text(street)),
                ("told", None, text(told)),
                ("words", None, text(words)),
            ];
            let login = if position == 1 { "helper1" } else { "officer3" };
            self.post(self.ago(days, 17), login, "/buildings/visits", &parts).await?;
        }
        Ok(())
    }
}
