//! Repeat complaints in the invented city: two months of the same places, the list of the month before, its meeting, and what a
//! department answered. All through the doors, on a clock moved by hand.

use super::DAY;
use super::history::{Again, complain_again};
use super::walker::{Part, Walker};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::repeats::month::{Month, beginning, days_after};
use crate::repeats::store::{self, ItemFilter, Purpose};
use crate::repeats::{following, looking};
use axum::Router;

const HOUR: i64 = 60 * 60 * 1000;

fn text(value: impl ToString) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Lets the places of the demonstration be complained of, listed, discussed and answered for.
///
/// # Errors
/// When the database fails; an act that is refused is only noted in the log.
pub async fn come_again(app: &App, doors: Router, now: Moment) -> Result<(), Error> {
    let zone = app.city.zone();
    let today = now.zoned(&zone).date();
    let last = Month::of(today).before();
    // Days of the month before, and of this one as far as it has come.
    let at = |days: &[i64], hour: i64| -> Vec<Moment> {
        let of = |first, day: &i64| beginning(days_after(first, *day), &zone).plus(hour * HOUR + (*day % 7) * HOUR / 7);
        let old = days.iter().map(|day| of(last.first(), day));
        let new = days.iter().take(3).map(|day| of(last.after().first(), day));
        old.chain(new).filter(|at| at.0 < now.0 - 36 * HOUR).collect()
    };
    let places = [
        Again {
            code: "0127",
            street: "鱼市街",
            address: "鱼市街大排档后巷",
            photo: "vendor",
            texts: &[
                "大排档的油烟管直接对着居民楼，晚上开不了窗。",
                "油烟又来了，楼道里全是味道，老人咳得睡不着。",
                "后巷油烟比上个月还大，上次说装净化器，没有看见。",
            ],
            at: at(&[2, 9, 15, 22], 19),
        },
        Again {
            code: "0110",
            street: "渡口路",
            address: "渡口路菜市场后门",
            photo: "bin",
            texts: &[
                "菜市场后门又堆了一地烂菜叶，苍蝇乱飞。",
                "后门墙角的垃圾清了一次，隔两天又满了。",
                "每天收摊以后垃圾都堆在后门，没有人管。",
            ],
            at: at(&[1, 5, 8, 12, 17, 24], 8),
        },
        Again {
            code: "0406",
            street: "中山路",
            address: "中山路公交站旁",
            photo: "vendor",
            texts: &["早高峰摊贩把公交站台占了，乘客站到马路上等车。", "城管一走摊贩就回来，站台还是走不了人。"],
            at: at(&[3, 6, 11, 16, 21], 7),
        },
    ];
    complain_again(app, doors.clone(), now, &places).await?;

    // The first night of this month, and the meeting of its second day.
    let first = beginning(last.after().first(), &zone);
    app.clock.set(first.plus(2 * HOUR).min(now));
    looking::ask(app, Purpose::Month, last, None).await?;
    while looking::work_once(app).await? {}
    let mut walker = Walker::new(app.clone(), doors);
    let meeting = first.plus(DAY + 10 * HOUR);
    if meeting.0 < now.0 - HOUR {
        app.clock.set(meeting);
        let (path, day) = (format!("/repeats/months/{last}/meeting"), |days| days_after(last.after().first(), days));
        for (position, department, words, measure, due) in decisions(app, last).await? {
            let parts: [Part<'_>; 5] = [
                ("words", None, text(words)),
                ("measure", None, text(measure)),
                ("department", None, text(department)),
                ("due_on", None, text(day(due))),
                ("leader", None, Vec::new()),
            ];
            post(&mut walker, "shift1", &format!("{path}/{position}"), &parts).await?;
        }
        let minutes: [Part<'_>; 5] = [
            ("held_on", None, text(day(1))),
            ("chair", None, text("大队长")),
            ("present", None, text("各中队、环境卫生中心、市政设施维护中心")),
            ("notes", None, text("下月起每周通报一次整治进展。")),
            ("close", None, text(1)),
        ];
        app.clock.set(meeting.plus(HOUR));
        post(&mut walker, "shift1", &path, &minutes).await?;
        answer(app, &mut walker, last, meeting.plus(3 * DAY).min(now.plus(-HOUR))).await?;
    }
    app.clock.set(now);
    looking::ask(app, Purpose::Now, last.after(), None).await?;
    while looking::work_once(app).await? {}
    // What is below a rule's number in this month joins what is known all the same, before anything is said to be silent.
    following::follow_once(app).await?;
    following::tend(app).await?;
    Ok(())
}

/// What the meeting decides about the items of the list: the last one is left for the next meeting.
async fn decisions(app: &App, month: Month) -> Result<Vec<(i64, Id, &'static str, &'static str, i64)>, Error> {
    let read = app.db.read(move |tx| async move { store::items(&tx, month, &ItemFilter::default(), 50).await });
    let items = read.await.map_err(|error: DbError| Error::Db(error))?;
    let mut decided = Vec::new();
    for (item, _) in items {
        let Some(department) = item.department else { continue };
        let (words, measure, due) = match item.rule.as_str() {
            "rubbish" => ("菜市场后门增设密闭收集点，收摊后一小时内清运，社区每日巡查。", "rebuild", 19),
            "fumes" => ("责令大排档限期安装油烟净化器并接入公共烟道，逾期立案查处。", "rectify", 24),
            _ => continue,
        };
        decided.push((item.position, department, words, measure, due));
    }
    Ok(decided)
}

/// One of the departments tells how far it is.
async fn answer(app: &App, walker: &mut Walker, month: Month, at: Moment) -> Result<(), Error> {
    app.clock.set(at);
    let read = app.db.read(move |tx| async move { store::items(&tx, month, &ItemFilter::default(), 50).await });
    let items = read.await.map_err(|error: DbError| Error::Db(error))?;
    if let Some((item, _)) = items.iter().find(|(item, _)| item.rule == "rubbish") {
        let photo = app.sources.bytes("photos/bin-after.jpg").unwrap_or_default();
        let parts: [Part<'_>; 3] = [
            ("result", None, text("progress")),
            ("words", None, text("收集点已选址，先增加每晚一次清运。")),
            ("photos", Some("photo.jpg"), photo),
        ];
        post(walker, "desk-sanitation", &format!("/repeats/{}/follow-up", item.repeat), &parts).await?;
    }
    Ok(())
}

async fn post(walker: &mut Walker, login: &str, path: &str, parts: &[Part<'_>]) -> Result<(), Error> {
    let behind = walker.post(Some(login), path, parts).await?;
    if behind.status != 303 {
        tracing::warn!(status = behind.status, path, login, "an act of the demonstration was refused");
    }
    Ok(())
}
