//! A month in the invented city: its people report, its brigade acts, all through the doors, on a clock moved by hand.

use super::DAY;
use super::walker::{Behind, Part, Walker};
use crate::app::App;
use crate::cases;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people;
use crate::reports;
use axum::Router;
use serde::Deserialize;
use std::collections::HashMap;

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;

#[derive(Deserialize)]
struct Material {
    report: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    kind: String,
    code: String,
    street: String,
    address: String,
    text: String,
    #[serde(default)]
    photo: String,
}

/// Dice that always fall alike, so that the demonstration is the same everywhere (a linear congruential generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap_or(0) % below.max(1)
    }
}

/// Who handles what: the department's code, its desk and its crew.
fn handlers(report: &Written) -> (&'static str, &'static str, &'static str) {
    match (report.kind.as_str(), report.code.as_str(), report.photo.as_str()) {
        (_, _, "branch") => ("200", "desk-garden", "crew-garden"),
        (_, _, "lamp") => ("220", "desk-municipal", "crew-lamp"),
        (_, _, "manhole") => ("220", "desk-municipal", "crew-drain"),
        (_, _, "pothole") => ("220", "desk-municipal", "crew-road"),
        (_, "0493", _) | (_, _, "bikes") => ("405", "desk-bikes", "crew-bikes"),
        (_, _, "ads" | "billboard") => ("114", "desk-signs", "crew-signs"),
        (_, _, "waste") => ("112", "desk-waste", "crew-waste"),
        (_, _, "vendor") => ("110", "desk-order", "crew-order"),
        ("component", code, _) if code.starts_with("04") => ("200", "desk-garden", "crew-garden"),
        ("component", _, _) => ("220", "desk-municipal", "crew-road"),
        (_, code, _) if code.starts_with("04") => ("110", "desk-order", "crew-order"),
        (_, code, _) if code.starts_with("03") => ("112", "desk-waste", "crew-waste"),
        (_, code, _) if code.starts_with("02") => ("114", "desk-signs", "crew-signs"),
        _ => ("210", "desk-sanitation", "crew-clean"),
    }
}

/// What else happened to a case that is still under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Branch {
    None,
    /// Its department wants to hand it back.
    Returning,
    /// Its department asks for more time.
    Postponing,
    /// It waits for a better day.
    Suspended,
    /// A leader gave an order.
    Supervised,
}

/// The youngest reports, the last one first: how many minutes ago, how many acts followed, and what else.
const RECENT: [(i64, usize, Branch); 14] = [
    (2, 0, Branch::None),
    (5, 0, Branch::None),
    (9, 0, Branch::None),
    (16, 1, Branch::None),
    (22, 2, Branch::None),
    (42, 3, Branch::None),
    (58, 4, Branch::None),
    (3 * 60, 5, Branch::None),
    (4 * 60, 5, Branch::Returning),
    (5 * 60, 5, Branch::Postponing),
    (20 * 60, 6, Branch::Suspended),
    (26 * 60, 7, Branch::Supervised),
    (30 * 60, 8, Branch::None),
    (33 * 60, 9, Branch::None),
];

/// Lets the month before `now` happen. The youngest reports are left where a working day would find them.
pub async fn live_through(app: &App, doors: Router, now: Moment) -> Result<(), Error> {
    let text = app.sources.text("reports.toml").ok_or_else(|| Error::Internal("reports.toml is missing".into()))?;
    let material: Material =
        toml::from_str(&text).map_err(|error| Error::Internal(format!("reports.toml: {error}")))?;
    let streets = streets(app)?;
    let departments = app.db.read(|tx| async move { people::store::departments(&tx).await });
    let departments = departments.await.map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
    let departments: HashMap<String, Id> = departments.into_iter().map(|found| (found.code, found.id)).collect();
    let mut walker = Walker::new(app.clone(), doors);
    let mut dice = Dice(20_260_301);
    let count = material.report.len();
    for (index, report) in material.report.iter().enumerate() {
        // The youngest are left where a working day would find them.
        let (at, steps, branch) = match RECENT.get(count - index - 1) {
            Some((minutes, steps, branch)) => (now.plus(-minutes * MINUTE), *steps, *branch),
            None => {
                let age = (count - index) as i64 * 30 * DAY / count as i64;
                (now.plus(-age + dice.roll(3 * HOUR)).min(now.plus(-36 * HOUR)), 99, Branch::None)
            }
        };
        app.clock.set(at);
        let spot =
            streets.get(&report.street).map(|line| line[usize::try_from(dice.roll(line.len() as i64)).unwrap_or(0)]);
        let Some(case) = submit(app, &mut walker, report, spot).await? else { continue };
        let (department, desk, crew) = handlers(report);
        let mut course = Course { app, walker: &mut walker, dice: &mut dice, case, at, latest: now, left: steps };
        let department = departments.get(department).copied().unwrap_or_default();
        course.run(report, department, desk, crew).await?;
        course.turn_off(branch, desk).await?;
    }
    app.clock.set(now);
    Ok(())
}

/// A place that is complained of again and again.
pub struct Again {
    pub code: &'static str,
    pub street: &'static str,
    pub address: &'static str,
    pub photo: &'static str,
    /// What people wrote, one after another.
    pub texts: &'static [&'static str],
    /// When each of them came.
    pub at: Vec<Moment>,
}

/// Lets complaints about the same places come in, each handled and closed before the next.
pub async fn complain_again(app: &App, doors: Router, now: Moment, places: &[Again]) -> Result<(), Error> {
    let streets = streets(app)?;
    let departments = app.db.read(|tx| async move { people::store::departments(&tx).await });
    let departments = departments.await.map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
    let departments: HashMap<String, Id> = departments.into_iter().map(|found| (found.code, found.id)).collect();
    let mut walker = Walker::new(app.clone(), doors);
    let mut dice = Dice(20_260_330);
    for place in places {
        let spot = streets.get(place.street).and_then(|line| line.first()).copied();
        for (said, at) in place.texts.iter().cycle().zip(&place.at) {
            let report = Written {
                kind: "event".to_owned(),
                code: place.code.to_owned(),
                street: place.street.to_owned(),
                address: place.address.to_owned(),
                text: (*said).to_owned(),
                photo: place.photo.to_owned(),
            };
            app.clock.set(*at);
            let Some(case) = submit(app, &mut walker, &report, spot).await? else { continue };
            let (department, desk, crew) = handlers(&report);
            let mut course = Course { app, walker: &mut walker, dice: &mut dice, case, at: *at, latest: now, left: 99 };
            course.run(&report, departments.get(department).copied().unwrap_or_default(), desk, crew).await?;
        }
    }
    app.clock.set(now);
    Ok(())
}

fn text(value: impl ToString) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// A citizen reports; answers the case that the desk finds.
async fn submit(app: &App, walker: &mut Walker, report: &Written, spot: Option<[f64; 2]>) -> Result<Option<Id>, Error> {
    let mut parts: Vec<Part<'_>> = vec![
        ("words", None, text(&report.text)),
        ("address", None, text(&report.address)),
        // The written history knows which problems are alike.
        ("similar", None, text("any")),
        ("category", None, text(format!("{}-{}", report.kind, report.code))),
    ];
    if let Some([lon, lat]) = spot {
        parts.extend([("lon", None, text(lon)), ("lat", None, text(lat)), ("coordinates", None, text("cgcs2000"))]);
    }
    if let Some(photo) = photo(app, &report.photo, "before") {
        parts.push(("photos", Some("photo.jpg"), photo));
    }
    let behind = walker.post(None, "/report", &parts).await?;
    let Some(code) = behind.location.strip_prefix("/track/").and_then(|rest| rest.split('?').next()) else {
        tracing::warn!(status = behind.status, words = report.text, "a report of the demonstration was refused");
        return Ok(None);
    };
    let code = code.to_owned();
    cases::following::follow_once(app).await?;
    app.db
        .read(move |tx| async move {
            let Some(report) = reports::store::load_by_code(&tx, &code).await? else { return Ok(None) };
            cases::store::case_of(&tx, report.id).await
        })
        .await
        .map_err(|error: crate::kit::db::DbError| Error::Db(error))
}

fn photo(app: &App, scene: &str, state: &str) -> Option<Vec<u8>> {
    if scene.is_empty() { None } else { app.sources.bytes(&format!("photos/{scene}-{state}.jpg")) }
}

struct Course<'a> {
    app: &'a App,
    walker: &'a mut Walker,
    dice: &'a mut Dice,
    case: Id,
    at: Moment,
    latest: Moment,
    left: usize,
}

impl Course<'_> {
    /// One act of somebody after a while; false when the course ends here.
    async fn step(&mut self, login: &str, act: &str, minutes: i64, parts: &[Part<'_>]) -> Result<bool, Error> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        let later = self.at.plus((minutes / 2 + self.dice.roll(minutes.max(2))) * MINUTE);
        self.at = later.min(self.latest.plus(-MINUTE));
        self.app.clock.set(self.at);
        let path = format!("/cases/{}/{act}", self.case);
        let Behind { status, .. } = self.walker.post(Some(login), &path, parts).await?;
        if status != 303 {
            tracing::warn!(status, act, login, "an act of the demonstration was refused");
        }
        Ok(status == 303)
    }

    async fn run(&mut self, report: &Written, department: Id, desk: &str, crew: &str) -> Result<(), Error> {
        let keeper = ["keeper1", "keeper2", "keeper3", "keeper4"][usize::try_from(self.dice.roll(4)).unwrap_or(0)];
        let acceptor = if self.dice.roll(2) == 0 { "acceptor1" } else { "acceptor2" };
        let (keeper_account, crew_account) = (self.account(keeper).await?, self.account(crew).await?);
        if !self.step(acceptor, "accept", 6, &[]).await? {
            return Ok(());
        }
        // What a citizen reports is looked at on site before it is filed.
        let asked = self.step(acceptor, "ask-check", 3, &[("keeper", None, text(keeper_account))]).await?;
        let answer: [Part<'_>; 2] = [("found", None, text("yes")), ("note", None, text("已到现场，情况属实。"))];
        if !asked || !self.step(keeper, "check", 25, &answer).await? {
            return Ok(());
        }
        let amount = if self.left < 9 { 24 } else { [4, 8, 24][usize::try_from(self.dice.roll(3)).unwrap_or(0)] };
        let filing: [Part<'_>; 7] = [
            ("code_set", None, text("GB/T 30428.2-2013")),
            ("kind", None, text(&report.kind)),
            ("code", None, text(&report.code)),
            ("condition", None, text("现场情况与所报一致，需要处置")),
            ("limit_amount", None, text(amount)),
            ("limit_unit", None, text("urgent_hour")),
            ("catalog_version", None, text("")),
        ];
        let steps: [(&str, &str, i64, Vec<Part<'_>>); 5] = [
            (acceptor, "file", 5, filing.into()),
            ("dispatcher1", "dispatch", 8, vec![("department", None, text(department))]),
            (desk, "assign", 20, vec![("crew", None, text(crew_account))]),
            (crew, "take", 25, vec![]),
            (crew, "hand-in", 150, {
                let photo = photo(self.app, &report.photo, "after").or_else(|| photo(self.app, "bin", "after"));
                photo.map(|photo| ("photos", Some("photo.jpg"), photo)).into_iter().collect()
            }),
        ];
        for (login, act, minutes, parts) in steps {
            if !self.step(login, act, minutes, &parts).await? {
                return Ok(());
            }
        }
        if !self.step(desk, "feed-back", 15, &[("note", None, text("已处理完毕，请核查。"))]).await? {
            return Ok(());
        }
        let asked = self.step(acceptor, "ask-verification", 10, &[("keeper", None, text(keeper_account))]).await?;
        if !asked || !self.step(keeper, "verify", 30, &[("passed", None, text("yes"))]).await? {
            return Ok(());
        }
        self.step(acceptor, "close", 10, &[]).await?;
        Ok(())
    }

    /// What else happens to a case that a department has.
    async fn turn_off(&mut self, branch: Branch, desk: &str) -> Result<(), Error> {
        self.left = 3;
        let day = |days: i64| {
            let then = self.latest.plus(days * DAY).zoned(&self.app.city.zone());
            (then.strftime("%Y-%m-%d").to_string(), then.strftime("%Y-%m-%dT%H:%M").to_string())
        };
        match branch {
            Branch::None => {}
            Branch::Returning => {
                let parts =
                    [("reason", None, text("not-our-duty")), ("note", None, text("现场标牌显示归其他单位管理。"))];
                self.step(desk, "return", 20, &parts).await?;
            }
            Branch::Postponing => {
                let document = photo(self.app, "bin", "before").unwrap_or_default();
                let parts: [Part<'_>; 4] = [
                    ("reason", None, text("materials")),
                    ("amount", None, text(2)),
                    ("note", None, text("配件正在运输途中，申请延长。")),
                    ("photos", Some("document.jpg"), document),
                ];
                self.step(desk, "postpone", 20, &parts).await?;
            }
            Branch::Suspended => {
                let parts = [
                    ("reason", None, text("seasonal")),
                    ("until", None, text(day(60).0)),
                    ("note", None, text("需等到植树季补种。")),
                ];
                self.step(desk, "suspend", 20, &parts).await?;
                let granted = [("granted", None, text("yes")), ("note", None, text("同意挂账，届时及时恢复。"))];
                self.step("shift1", "decide", 15, &granted).await?;
            }
            Branch::Supervised => {
                let parts = [
                    ("words", None, text("市民多次反映，请今天处置完毕并说明情况。")),
                    ("answer_by", None, text(day(1).1)),
                ];
                self.step("leader", "supervise", 30, &parts).await?;
            }
        }
        Ok(())
    }

    async fn account(&self, login: &str) -> Result<Id, Error> {
        let name = login.to_owned();
        let found = self.app.db.read(move |tx| async move { people::store::credentials(&tx, &name).await }).await;
        let found = found.map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
        found.map(|(account, _)| account.id).ok_or_else(|| Error::Internal(format!("there is no {login}")))
    }
}

/// The city's roads by name, as points along them.
fn streets(app: &App) -> Result<HashMap<String, Vec<[f64; 2]>>, Error> {
    let text = app.sources.text("streets.geojson").unwrap_or_default();
    let roads: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| Error::Internal(format!("streets.geojson: {error}")))?;
    let road = |feature: &serde_json::Value| {
        let name = feature["properties"]["name"].as_str()?.to_owned();
        let points = feature["geometry"]["coordinates"].as_array()?;
        let point = |pair: &serde_json::Value| Some([pair[0].as_f64()?, pair[1].as_f64()?]);
        // A road's ends may lie on the city's border.
        let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
        Some((name, inner.iter().filter_map(point).collect::<Vec<_>>()))
    };
    Ok(roads["features"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(road)
        .filter(|(_, line)| !line.is_empty())
        .collect())
}
