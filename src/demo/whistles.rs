//! Whistles in the invented city: one that ended and was rated by both sides, one that runs, one with a refusal that waits
//! for its decision. All through the doors, on a clock moved by hand.

use super::DAY;
use super::walker::{Part, Walker};
use crate::app::App;
use crate::cases;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::whistles::store::{self, Scope};
use axum::Router;
use std::collections::HashMap;

const MINUTE: i64 = 60 * 1000;
/// How long ago the whistle that runs began, in milliseconds.
const RUNNING_BEGINS: i64 = 170 * MINUTE;
/// The same of the one with a refusal.
const REFUSED_BEGINS: i64 = 30 * MINUTE;
/// How old the case of the one that ended is at the least: its story takes a day.
const ENDED_BEGAN: i64 = DAY;

struct Script<'a> {
    app: &'a App,
    walker: Walker,
    at: Moment,
    latest: Moment,
    /// The whistle's address.
    page: String,
    /// Its legs by the code of their department.
    legs: HashMap<String, Id>,
    place: Option<(f64, f64)>,
}

fn text(value: impl ToString) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Blows the whistles of the demonstration.
///
/// # Errors
/// When the database fails; an act that is refused is only noted in the log.
pub async fn blow(app: &App, doors: Router, now: Moment) -> Result<(), Error> {
    let walker = Walker::new(app.clone(), doors);
    let place = None;
    let mut script = Script { app, walker, at: now, latest: now, page: String::new(), legs: HashMap::new(), place };
    let cases = cases_with_a_point(app).await?;
    // The youngest case that speaks of it. A whistle begins after its case.
    let of = |word: &str, least: i64| {
        let is_old = |case: &&Reported| now.0 - case.opened_at.0 >= least;
        cases.iter().filter(is_old).find(|case| case.title.contains(word))
    };
    let (refused, running) = (of("单车", REFUSED_BEGINS), of("招牌", RUNNING_BEGINS));
    if let Some(case) = of("建筑垃圾", ENDED_BEGAN) {
        script.ended(case).await?;
    }
    if let Some(case) = running {
        script.running(case).await?;
    }
    if let Some(case) = refused {
        script.refused(case).await?;
    }
    app.clock.set(now);
    Ok(())
}

/// A case as the stories begin.
struct Reported {
    case: Id,
    title: String,
    opened_at: Moment,
}

/// Open cases with a point, the youngest first: nobody whistles for one that is over.
async fn cases_with_a_point(app: &App) -> Result<Vec<Reported>, Error> {
    let filter = cases::store::Filter { sort: cases::store::Sort::Opened, ..Default::default() };
    let read =
        app.db.read(move |tx| async move { cases::store::list(&tx, &cases::store::Scope::All, &filter).await }).await;
    let page = read.map_err(|error: DbError| Error::Db(error))?;
    let found = page.rows.into_iter().map(|row| row.case).filter(|case| case.place.lon.is_some());
    Ok(found.map(|case| Reported { case: case.id, title: case.title, opened_at: case.opened_at }).collect())
}

impl Script<'_> {
    /// One act after some minutes.
    async fn step(&mut self, login: &str, path: &str, minutes: i64, parts: &[Part<'_>]) -> Result<String, Error> {
        self.at = self.at.plus(minutes * MINUTE).min(self.latest.plus(-MINUTE));
        self.app.clock.set(self.at);
        let behind = self.walker.post(Some(login), path, parts).await?;
        if behind.status != 303 {
            tracing::warn!(status = behind.status, path, login, "an act of the demonstration was refused");
        }
        Ok(behind.location)
    }

    /// One act of a department about its leg, or of somebody else about it.
    async fn leg(&mut self, login: &str, code: &str, act: &str, minutes: i64, parts: &[Part<'_>]) -> Result<(), Error> {
        let Some(leg) = self.legs.get(code) else { return Ok(()) };
        let path = format!("{}/legs/{leg}/{act}", self.page);
        self.step(login, &path, minutes, parts).await?;
        Ok(())
    }

    async fn begins(&mut self, case: &Reported, blower: &str, words: &str, called: &[&str]) -> Result<bool, Error> {
        let departments = self.app.db.read(|tx| async move { store::callable(&tx).await }).await;
        let departments = departments.map_err(|error: DbError| Error::Db(error))?;
        let fields: Vec<(String, Vec<u8>)> = called
            .iter()
            .enumerate()
            .filter_map(|(row, code)| {
                let found = departments.iter().find(|department| department.code == *code)?;
                Some((format!("department-{}", row + 1), text(found.id)))
            })
            .collect();
        let mut parts: Vec<Part<'_>> = vec![
            ("case", None, text(case.case)),
            ("kind", None, text("hard-problem")),
            ("words", None, text(format!("{}{words}", case.title))),
            ("lead", None, text(1)),
            ("do", None, text("blow")),
        ];
        parts.extend(fields.iter().map(|(name, value)| (name.as_str(), None, value.clone())));
        self.page = self.step(blower, "/whistles", 0, &parts).await?;
        let Some(id) = self.page.strip_prefix("/whistles/").and_then(|id| id.parse::<Id>().ok()) else {
            return Ok(false);
        };
        let whistle = self.app.db.read(move |tx| async move { store::load(&tx, id, &Scope::All).await }).await?;
        self.place = whistle.place.lon.zip(whistle.place.lat);
        let code = |id: Id| departments.iter().find(|department| department.id == id).map(|one| one.code.clone());
        self.legs = whistle.legs.iter().filter_map(|leg| Some((code(leg.department)?, leg.id))).collect();
        Ok(true)
    }

    async fn arrives(&mut self, login: &str, code: &str, minutes: i64, scene: &str) -> Result<(), Error> {
        let (lon, lat) = self.place.unwrap_or_default();
        let mut parts: Vec<Part<'_>> = vec![
            ("lon", None, text(lon + 0.0004)),
            ("lat", None, text(lat + 0.0002)),
            ("coordinates", None, text("wgs84")),
            ("accuracy", None, text(15)),
        ];
        if let Some(photo) = self.app.sources.bytes(&format!("photos/{scene}-before.jpg")) {
            parts.push(("photos", Some("photo.jpg"), photo));
        }
        self.leg(login, code, "arrive", minutes, &parts).await
    }

    async fn works(&mut self, login: &str, code: &str, minutes: i64, words: &str, scene: &str) -> Result<(), Error> {
        let mut parts: Vec<Part<'_>> = vec![("words", None, text(words))];
        if let Some(photo) = self.app.sources.bytes(&format!("photos/{scene}-after.jpg")) {
            parts.push(("photos", Some("photo.jpg"), photo));
        }
        self.leg(login, code, "work", minutes, &parts).await
    }

    /// Management clears, enforcement keeps it clear, both sides rate each other.
    async fn ended(&mut self, case: &Reported) -> Result<(), Error> {
        self.at = case.opened_at.plus(40 * MINUTE);
        let words = "单靠一家清不住：请环卫先清运、园林随后复绿，渣土工地中队查偷倒来源。";
        if !self.begins(case, "dispatcher1", words, &["210", "200", "112"]).await? {
            return Ok(());
        }
        self.leg("desk-sanitation", "210", "sign", 12, &[]).await?;
        self.leg("desk-garden", "200", "sign", 9, &[]).await?;
        let told = [("words", None, text("已与派遣员通话，今天下午到场。"))];
        self.leg("desk-sanitation", "210", "contact", 5, &told).await?;
        self.arrives("crew-clean", "210", 35, "waste").await?;
        self.arrives("crew-garden", "200", 15, "branch").await?;
        self.works("crew-clean", "210", 60, "清运垃圾两车，地面冲洗完毕。", "waste").await?;
        self.works("crew-garden", "200", 30, "平整场地，补土撒草籽，四周补栽绿篱。", "branch").await?;
        let done = |words: &str| [("result", None, text("done")), ("words", None, text(words))];
        self.leg("desk-sanitation", "210", "feed-back", 10, &done("已清净，安排夜间加扫一次。")).await?;
        self.leg("desk-garden", "200", "feed-back", 5, &done("已恢复。")).await?;
        self.leg("dispatcher1", "210", "accept", 20, &[]).await?;
        self.leg("dispatcher1", "200", "accept", 2, &[]).await?;
        self.arrives("crew-waste", "112", 45, "waste").await?;
        self.works("crew-waste", "112", 50, "查看沿线监控，找到偷倒车辆一台，装设隔离墩。", "waste").await?;
        self.leg("desk-waste", "112", "feed-back", 15, &done("来源已查明，连续三晚巡查。")).await?;
        self.leg("dispatcher1", "112", "accept", 30, &[]).await?;
        for (code, stars, words) in
            [("210", 5, "到得快，清得净。"), ("200", 4, "修得好，签收稍慢。"), ("112", 5, "查得准。")]
        {
            let rated = [("stars", None, text(stars)), ("words", None, text(words))];
            self.leg("dispatcher1", code, "rate", 3, &rated).await?;
        }
        for (login, code, necessary, accurate, words) in [
            ("desk-sanitation", "210", 5, 5, "位置、照片都清楚。"),
            ("desk-garden", "200", 4, 4, "希望提前说明树种。"),
            ("desk-waste", "112", 5, 5, ""),
        ] {
            let rated = [
                ("necessary", None, text(necessary)),
                ("accurate", None, text(accurate)),
                ("words", None, text(words)),
            ];
            self.leg(login, code, "rate-whistle", 25, &rated).await?;
        }
        Ok(())
    }

    /// One is at work, one is on its way, enforcement stands by.
    async fn running(&mut self, case: &Reported) -> Result<(), Error> {
        self.at = self.latest.plus(-RUNNING_BEGINS);
        let words = "请市政先支护加固、环卫清理碎片，广告招牌中队待命拆除。";
        if !self.begins(case, "shift1", words, &["220", "210", "114"]).await? {
            return Ok(());
        }
        self.leg("desk-municipal", "220", "sign", 10, &[]).await?;
        self.leg("desk-sanitation", "210", "sign", 25, &[]).await?;
        self.arrives("crew-road", "220", 40, "billboard").await?;
        self.works("crew-road", "220", 35, "已拉警戒线、搭支架，脱落一头临时加固。", "").await
    }

    /// A department says that it is none of its business; a superior is to decide.
    async fn refused(&mut self, case: &Reported) -> Result<(), Error> {
        self.at = self.latest.plus(-REFUSED_BEGINS);
        let words = "请共享单车运营方清运，市容中队维持秩序。";
        if !self.begins(case, "dispatcher1", words, &["405", "110"]).await? {
            return Ok(());
        }
        let reason =
            [("reason", None, text("not-our-duty")), ("words", None, text("现场多为私人电动车，不属运营方清运范围。"))];
        self.leg("desk-bikes", "405", "refuse", 18, &reason).await
    }
}
