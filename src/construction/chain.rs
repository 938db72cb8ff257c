//! An unlawful building (违法建设), and the only ways it may go.
//!
//! The chain is the one `match` in [`way`]; [`carry_out`] asks what an act needs besides. In short: found, stopped, filed,
//! assessed by the planning department (城乡规划法 art. 64), told, decided with a day by which the owner pulls it down, served,
//! reminded (行政强制法 art. 35), announced (art. 44), charged by the government once the owner's own time is over (城乡规划法
//! art. 68), ordered when the terms of review and suit are over (art. 37, 44), the order served (art. 38), pulled down by day and
//! not on a holiday (art. 43), looked at and closed.
//!
//! What can be put right, and what cannot be pulled down, leaves the chain for a penalty case. Temporary building is ordered
//! down whatever can be put right (城乡规划法 art. 66). Works that go on after they were ordered to stop may go the shorter way
//! where the city's file names the document and article that it rests on, and nowhere else; it spares the assessment and the
//! terms of review and suit, never the reminder, the statement, the announcement and the service, and it ends when the owner
//! stops.

use super::refusal::Why;
use crate::enforcement::case::{Law, Manner, Officer, Service};
use crate::enforcement::guards;
use crate::enforcement::money::remedies_over;
use crate::enforcement::organ::CountsTo;
use crate::enforcement::resting::{self, Rest};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::{End, Excluded, Exclusion};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The largest floor area that anybody means, hundredths of a square metre: a million square metres.
pub const MOST_AREA: i64 = 100_000_000;
/// The most floors.
pub const MOST_FLOORS: u16 = 150;

enum_of_words! {
    /// How far the works are (建设阶段).
    Works {
        /// 打地基.
        Foundations = "foundations",
        /// 在建.
        GoingUp = "going-up",
        /// 已封顶.
        Roofed = "roofed",
        /// 已建成.
        Complete = "complete",
    }
}

enum_of_words! {
    /// What is built.
    Kind {
        /// 房屋.
        House = "house",
        /// 加层、搭建楼上房间.
        Storey = "storey",
        /// 棚、简易房.
        Shed = "shed",
        /// 雨棚、遮阳棚.
        Awning = "awning",
        /// 室外罐体、设备.
        Tank = "tank",
        /// 围墙、围挡.
        Wall = "wall",
        /// 地下室、深挖.
        Cellar = "cellar",
        /// 其他构筑物、设施.
        Other = "other",
    }
}

enum_of_words! {
    /// What became of the permit (许可情况).
    Permit {
        /// 未取得许可.
        None = "none",
        /// 不按许可建设.
        Deviates = "deviates",
        /// 临时建设未经批准.
        TemporaryNone = "temporary-none",
        /// 临时建设不按批准内容.
        TemporaryDeviates = "temporary-deviates",
        /// 临时建设超过期限.
        TemporaryExpired = "temporary-expired",
    }
}

impl Permit {
    /// Whether it is about temporary building, which is ordered down whatever can be put right (城乡规划法 art. 66).
    pub const fn is_temporary(self) -> bool {
        matches!(self, Permit::TemporaryNone | Permit::TemporaryDeviates | Permit::TemporaryExpired)
    }
}

enum_of_words! {
    /// Why enforcement is suspended (中止执行的情形; 行政强制法 art. 39).
    Ground {
        /// 履行确有困难或者暂无履行能力.
        Unable = "unable",
        /// 第三人对执行标的主张权利，确有理由.
        Claim = "claim",
        /// 执行可能造成难以弥补的损失，且中止不损害公共利益.
        Harm = "harm",
        /// 行政机关认为需要中止的其他情形.
        Other = "other",
    }
}

/// Suspensions that were written down before a ground was asked for.
fn other_ground() -> Ground {
    Ground::Other
}

enum_of_words! {
    /// How it was found (发现方式).
    Source {
        /// 巡查.
        Patrol = "patrol",
        /// 举报.
        Report = "report",
        /// 卫星、无人机.
        Picture = "picture",
        /// 部门移送.
        Transfer = "transfer",
    }
}

enum_of_words! {
    /// What the planning department says (规划认定; 城乡规划法 art. 64).
    Assessment {
        /// 尚可采取改正措施.
        Correctable = "correctable",
        /// 无法采取改正措施，限期拆除.
        Demolish = "demolish",
        /// 不能拆除，没收.
        Confiscate = "confiscate",
        /// 不是违法建设.
        Lawful = "lawful",
    }
}

enum_of_words! {
    /// Where an unlawful building stands.
    Stage {
        /// 已发现.
        Found = "found",
        /// 已责令停止.
        Stopped = "stopped",
        /// 已立案.
        Filed = "filed",
        /// 已认定.
        Assessed = "assessed",
        /// 已告知.
        Notified = "notified",
        /// 已决定限期拆除，待送达.
        Decided = "decided",
        /// 限期拆除中.
        Served = "served",
        /// 已催告.
        Reminded = "reminded",
        /// 已公告.
        Announced = "announced",
        /// 政府已责成.
        Charged = "charged",
        /// 已决定强制执行.
        Ordered = "ordered",
        /// 在建快速程序：政府已责成.
        ChargedShort = "charged-short",
        /// 在建快速程序：已决定强制执行.
        OrderedShort = "ordered-short",
        /// 已自行拆除，待验收.
        SelfDemolished = "self-demolished",
        /// 已强制拆除，待验收.
        Demolished = "demolished",
        /// 已验收.
        Accepted = "accepted",
        /// 已结案.
        Closed = "closed",
        /// 转处罚案件.
        Penalised = "penalised",
        /// 不是违法建设.
        Dismissed = "dismissed",
        /// 终结.
        Ended = "ended",
    }
}

impl Stage {
    /// Whether nothing more happens.
    pub const fn is_over(self) -> bool {
        matches!(self, Stage::Closed | Stage::Penalised | Stage::Dismissed | Stage::Ended)
    }

    /// Whether there is a served decision that may be carried out or attacked.
    pub const fn is_served(self) -> bool {
        matches!(self, Stage::Served | Stage::Reminded | Stage::Announced | Stage::Charged | Stage::Ordered)
    }

    /// Whether it is one of the shorter way.
    pub const fn is_short(self) -> bool {
        matches!(self, Stage::ChargedShort | Stage::OrderedShort)
    }
}

enum_of_words! {
    /// From where one acts.
    Role {
        /// 协管人员.
        Helper = "helper",
        /// 执法人员.
        Officer = "officer",
        /// 行政机关负责人.
        Head = "head",
        /// 规划部门.
        Planner = "planner",
        /// 县级以上人民政府.
        Government = "government",
        /// 听证主持人.
        HearingPresident = "hearing-president",
        /// 法制审核人员.
        Reviewer = "reviewer",
        /// 当事人.
        Party = "party",
    }
}

/// Who acts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Actor {
    /// The account; none for the party.
    pub account: Option<Id>,
    /// In which post.
    pub role: Role,
}

/// What is known of the building.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Particulars {
    /// What is built.
    pub kind: Kind,
    /// How far the works are.
    pub works: Works,
    /// Floor area, hundredths of a square metre.
    pub area: i64,
    /// Floors.
    pub floors: u16,
    /// The address in words.
    pub address: String,
    /// The area code of the street.
    pub street: String,
    /// The owner; empty while unknown.
    pub owner: String,
    /// The builder; empty while unknown.
    pub builder: String,
    /// The permit.
    pub permit: Permit,
    /// Whether it is old stock (存量) and not new (新增).
    pub is_old_stock: bool,
}

/// A reminder, an announcement or a decision, with the last day that it gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// When.
    pub at: Moment,
    /// The last day.
    pub until: Date,
}

/// How and when a paper came to the party (送达).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// The manner, with what it asks for.
    #[serde(flatten)]
    pub service: Service,
    /// When; the moment of recording where none is written. An announcement counts from the end of its own period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

impl Delivery {
    /// Handed over as it is recorded. Also what papers are taken for that were recorded before the manner was asked for.
    pub fn directly() -> Delivery {
        Delivery { service: Service::by(Manner::Direct), at: None }
    }

    /// The moment from which on the paper counts as served, not before `after`, when it was written.
    ///
    /// # Errors
    /// As [`guards::service`]; `construction-refusal-other-manners`, `…-date-in-future`, `…-date-backwards`.
    fn served(&self, after: Option<Moment>, now: Moment, law: &Law<'_>) -> Result<Moment, Refusal> {
        let is_last = self.service.manner != Manner::Announcement || !self.service.tried.trim().is_empty();
        Why::OtherManners.unless(is_last)?;
        guards::service(&self.service, now, law)?;
        let day = |at: Moment| law.calendar.date_of(at);
        if let (Manner::Announcement, Some(posted)) = (self.service.manner, self.service.announced_on) {
            Why::DateBackwards.unless(after.is_none_or(|after| posted >= day(after)))?;
            let end = law.terms.on("announcement-service", posted)?.end_from_day(posted, law.calendar, &[])?;
            return Ok(end.over_at.plus(-1));
        }
        let Some(at) = self.at else { return Ok(now) };
        if at > now {
            return Err(Why::DateInFuture.refuse().with("day", day(at)).on("served"));
        }
        // People write minutes; the act before may have been recorded within the same one.
        let Some(after) = after else { return Ok(at) };
        Why::DateBackwards.unless(at.plus(60_000) > after).map_err(|refusal| refusal.on("served"))?;
        Ok(at.max(after))
    }
}

/// What the legal reviewer said (法制审核).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reviewed {
    /// When.
    pub at: Moment,
    /// Whether the reviewer agrees.
    pub is_passed: bool,
}

/// Why enforcement stands still.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Suspension {
    /// The ground.
    pub ground: Ground,
    /// Whether the building plainly harms nobody (没有明显社会危害).
    pub is_harmless: bool,
}

/// A thing that was taken out of a building (物品).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Good {
    /// What.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Of what: 件, 台, 架.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Its state, and who got it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The most of one thing.
const MOST_GOODS: u32 = 1_000_000;

impl Good {
    /// A line of a list: `木梯 1 架 已交当事人`; none without a name or a number.
    pub fn parse(line: &str) -> Option<Good> {
        let mut words = line.split(|sign: char| sign.is_whitespace() || matches!(sign, '，' | ',' | '×'));
        let mut name = Vec::new();
        let (quantity, unit) = loop {
            let word = words.next()?;
            let digits = word.chars().take_while(char::is_ascii_digit).count();
            match word.split_at_checked(digits) {
                Some((digits, unit)) if !digits.is_empty() && !name.is_empty() => {
                    break (digits.parse().ok().filter(|count| (1..=MOST_GOODS).contains(count))?, unit);
                }
                _ if word.is_empty() => {}
                _ => name.push(word),
            }
        };
        let mut rest = words.filter(|word| !word.is_empty());
        let unit = if unit.is_empty() { rest.next().unwrap_or_default() } else { unit };
        let note = rest.collect::<Vec<_>>().join(" ");
        Some(Good { name: name.join(" "), quantity, unit: unit.to_owned(), note })
    }

    /// The line again, as [`Good::parse`] reads it.
    pub fn line(&self) -> String {
        format!("{} {} {} {}", self.name, self.quantity, self.unit, self.note).trim_end().to_owned()
    }
}

/// Lists were one text before they were lists: a line of it is one thing.
fn goods<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Good>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        List(Vec<Good>),
        Text(String),
    }
    Ok(match Either::deserialize(from)? {
        Either::List(goods) => goods,
        Either::Text(text) => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && *line != "无")
            .map(|line| Good { name: line.to_owned(), quantity: 1, unit: String::new(), note: String::new() })
            .collect(),
    })
}

/// What the party said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Defence {
    /// Its number, from 1.
    pub number: u32,
    /// What was said.
    pub words: String,
    /// Whether it was adopted; none while nobody has looked.
    pub is_adopted: Option<bool>,
}

/// Clearings that were written down before had a text, which was asked for.
fn yes() -> bool {
    true
}

/// How a site was cleared (现场实施).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clearing {
    /// When it began.
    pub from: Moment,
    /// When it ended.
    pub until: Moment,
    /// Whether somebody of the party was there.
    pub is_party_present: bool,
    /// The witnesses.
    pub witnesses: Vec<String>,
    /// The goods that were taken out; empty when it was written that there were none.
    #[serde(deserialize_with = "goods")]
    pub goods: Vec<Good>,
    /// Whether somebody has listed them, or written that there were none.
    #[serde(default = "yes")]
    pub has_list: bool,
    /// How many photographs or films show it before.
    pub before: u32,
    /// How many show it afterwards.
    pub after: u32,
    /// Whether the whole was recorded in sound and picture.
    pub is_recorded: bool,
    /// Whether water, power, gas or heat was cut to force the party.
    pub cuts_supplies: bool,
    /// Floor area that was pulled down, hundredths of a square metre.
    pub area: i64,
}

/// One unlawful building.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Building {
    /// The identifier.
    pub id: Id,
    /// The stage.
    pub stage: Stage,
    /// What is known of it.
    pub particulars: Particulars,
    /// How it was found.
    pub source: Source,
    /// When it was found.
    pub found_at: Moment,
    /// When work was ordered to stop.
    pub stopped_at: Option<Moment>,
    /// Whether the order was obeyed; none while nobody has looked.
    pub is_stop_obeyed: Option<bool>,
    /// Whether works went on when it was found: what is roofed in the meantime came out of the ground all the same.
    #[serde(default)]
    pub was_going_up: bool,
    /// What the planning department said.
    pub assessment: Option<Assessment>,
    /// When that was recorded.
    #[serde(default)]
    pub assessed_at: Option<Moment>,
    /// When the party was told; statements run from then.
    pub notified_at: Option<Moment>,
    /// Whether the party waived statement and hearing in writing.
    pub is_waived: bool,
    /// When a hearing was asked for.
    pub hearing_asked_at: Option<Moment>,
    /// When the hearing was called, and for which day.
    pub hearing_called: Option<Given>,
    /// When it was held.
    pub heard_at: Option<Moment>,
    /// What the legal reviewer said of it since.
    #[serde(default)]
    pub reviewed: Option<Reviewed>,
    /// Who has to keep out of it (回避).
    #[serde(default)]
    pub recused: BTreeSet<Id>,
    /// Everybody who has acted as an officer: none of them presides.
    pub have_acted: BTreeSet<Id>,
    /// What the party said.
    pub defences: Vec<Defence>,
    /// The decision, with the day by which the owner pulls it down.
    pub decision: Option<Given>,
    /// When it was served.
    pub served_at: Option<Moment>,
    /// The reminder.
    pub reminder: Option<Given>,
    /// The announcement.
    pub announcement: Option<Given>,
    /// Reviews and suits.
    pub remedies: Vec<Excluded>,
    /// Whether the decision was revoked by one of them.
    pub is_revoked: bool,
    /// The number of the government's charge.
    pub charge: String,
    /// When enforcement was ordered.
    pub ordered_at: Option<Moment>,
    /// When that decision was served.
    #[serde(default)]
    pub order_served_at: Option<Moment>,
    /// Since when enforcement is suspended.
    pub suspended_at: Option<Moment>,
    /// Why; none where nobody was asked for a ground yet.
    #[serde(default)]
    pub suspended_for: Option<Suspension>,
    /// How the site was cleared.
    pub clearing: Option<Clearing>,
    /// When the owner was found to have pulled it down.
    pub self_demolished_at: Option<Moment>,
    /// When something last happened.
    pub last_at: Moment,
    /// One more for every act.
    pub revision: i64,
}

impl Building {
    /// A building as it is found.
    ///
    /// # Errors
    /// `construction-refusal-size-absurd`; `enforcement-refusal-words-missing` without an address.
    pub fn find(id: Id, source: Source, particulars: Particulars, now: Moment) -> Result<Building, Refusal> {
        size(&particulars)?;
        guards::words(&particulars.address)?;
        Ok(Building {
            id,
            stage: Stage::Found,
            was_going_up: goes_up(particulars.works),
            particulars,
            source,
            found_at: now,
            stopped_at: None,
            is_stop_obeyed: None,
            assessment: None,
            assessed_at: None,
            notified_at: None,
            is_waived: false,
            hearing_asked_at: None,
            hearing_called: None,
            heard_at: None,
            reviewed: None,
            recused: BTreeSet::new(),
            have_acted: BTreeSet::new(),
            defences: Vec::new(),
            decision: None,
            served_at: None,
            reminder: None,
            announcement: None,
            remedies: Vec::new(),
            is_revoked: false,
            charge: String::new(),
            ordered_at: None,
            order_served_at: None,
            suspended_at: None,
            suspended_for: None,
            clearing: None,
            self_demolished_at: None,
            last_at: now,
            revision: 1,
        })
    }

    /// Until when a work in progress is to be stopped, or pulled down, by the city's own clock ("出土必拆"); none for a finished
    /// building, without such a clock, or once that has happened. An order that is not obeyed stops nothing.
    pub fn stop_by(&self, law: &Law<'_>) -> Option<Moment> {
        let city = &law.organ.building;
        let is_done = match city.stop_counts_to {
            CountsTo::Stopped => self.stopped_at.is_some() && self.is_stop_obeyed != Some(false),
            CountsTo::PulledDown => false,
        };
        let runs = (self.was_going_up || self.is_going_up()) && self.stands() && !is_done;
        let hours = city.stop_within_hours.filter(|_| runs)?;
        Some(self.found_at.plus(i64::from(hours) * 3_600_000))
    }

    fn is_going_up(&self) -> bool {
        goes_up(self.particulars.works)
    }

    /// Whether it stands, and somebody has to do something about it.
    fn stands(&self) -> bool {
        !self.stage.is_over() && self.clearing.is_none() && self.self_demolished_at.is_none()
    }

    /// Whether works go on although they were ordered to stop, as far as anybody has looked.
    pub fn goes_on(&self) -> bool {
        self.is_stop_obeyed == Some(false) && self.stands()
    }

    /// Whether a review or a suit goes on.
    pub fn has_open_remedy(&self) -> bool {
        self.remedies.iter().any(|one| one.until.is_none())
    }

    /// The last day on which the decision can be brought to review or to court. After a review it is the term in which its
    /// outcome can be brought to court (行政诉讼法 art. 45), which runs from the day on which the party got it.
    ///
    /// # Errors
    /// `construction-refusal-not-served`; as [`crate::law::Term::end`].
    pub fn remedies_over(&self, law: &Law<'_>) -> Result<Date, Refusal> {
        let served = self.served_at.ok_or_else(|| Why::NotServed.refuse())?;
        match self.reviewed_on() {
            Some(day) => Ok(suit_after_review(day, law)?.last),
            None => remedies_over(law.calendar.date_of(served), law.terms, law.calendar),
        }
    }

    /// The day on which the party got the outcome of its last review; none without one.
    pub fn reviewed_on(&self) -> Option<Date> {
        self.remedies.iter().filter(|one| one.kind == Exclusion::Review).filter_map(|one| one.until).max()
    }
}

/// The end of the term in which the outcome of a review can be brought to court.
pub(super) fn suit_after_review(day: Date, law: &Law<'_>) -> Result<End, Refusal> {
    law.terms.on("suit-after-review", day)?.end_from_day(day, law.calendar, &[])
}

const fn goes_up(works: Works) -> bool {
    matches!(works, Works::Foundations | Works::GoingUp)
}

/// What somebody does about an unlawful building.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// 宣讲、劝阻、告知邻里, or anything that is to be written down; helpers may.
    RecordVisit {
        /// What.
        words: String,
    },
    /// 现场勘验: what is there is written down anew.
    Survey {
        /// Who.
        officers: Vec<Officer>,
        /// What is there.
        particulars: Particulars,
    },
    /// 责令停止.
    OrderStop {
        /// Who.
        officers: Vec<Officer>,
    },
    /// Whether the order is obeyed.
    CheckStop {
        /// Who looked.
        officers: Vec<Officer>,
        /// Whether.
        is_obeyed: bool,
    },
    /// 立案.
    File,
    /// 规划认定.
    Assess {
        /// What.
        assessment: Assessment,
        /// The number of the letter.
        letter: String,
        /// The day of the letter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
    },
    /// 转处罚: what can be put right, or cannot be pulled down.
    Penalise,
    /// 不是违法建设, 撤销.
    Dismiss {
        /// Why.
        reason: String,
    },
    /// 事先告知.
    Notify {
        /// Who served it.
        officers: Vec<Officer>,
        /// How.
        #[serde(default = "Delivery::directly")]
        service: Delivery,
    },
    /// 要求听证.
    AskHearing,
    /// 听证通知.
    CallHearing {
        /// The day.
        on: Date,
    },
    /// 举行听证.
    HoldHearing {
        /// The president's record and opinion.
        words: String,
    },
    /// 放弃陈述、申辩, in writing.
    Waive {
        /// Whether the party signed.
        is_signed: bool,
    },
    /// 陈述、申辩.
    Defend {
        /// What.
        words: String,
    },
    /// 复核.
    AnswerDefence {
        /// Which.
        number: u32,
        /// Whether it is adopted.
        is_adopted: bool,
        /// Why.
        words: String,
    },
    /// 限期拆除决定.
    Decide {
        /// The last day to pull it down oneself.
        until: Date,
    },
    /// 送达.
    Serve {
        /// Who.
        officers: Vec<Officer>,
        /// How.
        service: Delivery,
    },
    /// 催告.
    Remind {
        /// Who.
        officers: Vec<Officer>,
        /// How it came to the party.
        #[serde(default = "Delivery::directly")]
        service: Delivery,
        /// The last day.
        until: Date,
    },
    /// 公告.
    Announce {
        /// Who put it up.
        officers: Vec<Officer>,
        /// The last day to pull it down oneself.
        until: Date,
    },
    /// 申请复议、起诉.
    BeginRemedy {
        /// Which.
        kind: Exclusion,
        /// The day.
        on: Date,
    },
    /// It has ended.
    EndRemedy {
        /// The day.
        on: Date,
        /// Whether the decision was revoked.
        is_revoked: bool,
        /// Whether the party withdrew, so that it is as if it had not been asked for.
        #[serde(default)]
        is_withdrawn: bool,
    },
    /// 复议机关、法院变更决定.
    ChangeDecision {
        /// The day on which the party got it.
        on: Date,
        /// What is to be pulled down now.
        words: String,
        /// The last day to pull it down oneself.
        until: Date,
    },
    /// 政府责成.
    Charge {
        /// The number of the paper.
        number: String,
        /// The day of the paper.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
    },
    /// 强制执行决定.
    OrderEnforcement,
    /// 送达强制执行决定.
    ServeOrder {
        /// Who.
        officers: Vec<Officer>,
        /// How.
        service: Delivery,
    },
    /// 现场实施.
    Demolish {
        /// Who was in charge.
        officers: Vec<Officer>,
        /// How.
        clearing: Clearing,
    },
    /// 当事人自行拆除.
    RecordSelfDemolition {
        /// Who looked.
        officers: Vec<Officer>,
    },
    /// 中止.
    Suspend {
        /// Why.
        reason: String,
        /// The ground.
        #[serde(default = "other_ground")]
        ground: Ground,
        /// Whether the building plainly harms nobody.
        #[serde(default)]
        is_harmless: bool,
    },
    /// 回避.
    Recuse {
        /// Who keeps out of it.
        account: Id,
        /// Why.
        reason: String,
    },
    /// 法制审核.
    Review {
        /// Whether the reviewer agrees.
        is_passed: bool,
        /// The opinion.
        words: String,
    },
    /// 恢复.
    Resume,
    /// 验收.
    Accept {
        /// Who.
        officers: Vec<Officer>,
    },
    /// 结案.
    Close,
    /// 终结.
    End {
        /// Why.
        reason: String,
    },
}

enum_of_words! {
    /// A line of the chain. Also the name of the fact.
    Step {
        /// 宣讲、劝阻.
        RecordVisit = "record-visit",
        /// 现场勘验.
        Survey = "survey",
        /// 责令停止.
        OrderStop = "order-stop",
        /// 复查停工.
        CheckStop = "check-stop",
        /// 立案.
        File = "file",
        /// 规划认定.
        Assess = "assess",
        /// 转处罚案件.
        Penalise = "penalise",
        /// 撤销.
        Dismiss = "dismiss",
        /// 事先告知.
        Notify = "notify",
        /// 要求听证.
        AskHearing = "ask-hearing",
        /// 听证通知.
        CallHearing = "call-hearing",
        /// 举行听证.
        HoldHearing = "hold-hearing",
        /// 放弃陈述、申辩.
        Waive = "waive",
        /// 陈述、申辩.
        Defend = "defend",
        /// 复核陈述、申辩.
        AnswerDefence = "answer-defence",
        /// 法制审核.
        Review = "review",
        /// 限期拆除决定.
        Decide = "decide",
        /// 送达.
        Serve = "serve",
        /// 催告.
        Remind = "remind",
        /// 公告.
        Announce = "announce",
        /// 复议、诉讼开始.
        BeginRemedy = "begin-remedy",
        /// 复议、诉讼结束.
        EndRemedy = "end-remedy",
        /// 复议、诉讼变更决定.
        ChangeDecision = "change-decision",
        /// 政府责成.
        Charge = "charge",
        /// 政府责成（在建快速程序）.
        ChargeShort = "charge-short",
        /// 强制执行决定.
        OrderEnforcement = "order-enforcement",
        /// 送达强制执行决定.
        ServeOrder = "serve-order",
        /// 强制拆除.
        Demolish = "demolish",
        /// 自行拆除.
        RecordSelfDemolition = "record-self-demolition",
        /// 中止.
        Suspend = "suspend",
        /// 恢复.
        Resume = "resume",
        /// 回避.
        Recuse = "recuse",
        /// 验收.
        Accept = "accept",
        /// 结案.
        Close = "close",
        /// 终结.
        End = "end",
    }
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// The building.
    pub building: Id,
    /// What.
    pub what: Step,
    /// By whom; none for the party.
    pub by: Option<Id>,
    /// In which post.
    pub role: Role,
    /// When.
    pub at: Moment,
    /// The stage after it.
    pub stage: Stage,
    /// The building's revision after it.
    pub revision: i64,
    /// The version of the terms that it was judged by.
    pub terms: String,
    /// What was done.
    pub act: Act,
}

const OFFICER: &[Role] = &[Role::Officer];
const HEAD: &[Role] = &[Role::Head];
const PLANNER: &[Role] = &[Role::Planner];
const GOVERNMENT: &[Role] = &[Role::Government];
const PARTY: &[Role] = &[Role::Party, Role::Officer];
const PRESIDENT: &[Role] = &[Role::HearingPresident];
const REVIEWER: &[Role] = &[Role::Reviewer];
const ANYBODY: &[Role] = &[Role::Helper, Role::Officer];

/// One way a building may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Way {
    /// Where it leads.
    pub to: Stage,
    /// Who may go it.
    pub who: &'static [Role],
}

/// The chain. A step that is not written here does not exist.
pub fn way(step: Step, from: Stage) -> Option<Way> {
    use Stage as S;
    use Step as T;
    let (to, who) = match (step, from) {
        // Found and stopped at once.
        (T::RecordVisit, from) if !from.is_over() => (from, ANYBODY),
        (T::Survey, from @ (S::Found | S::Stopped | S::Filed)) => (from, OFFICER),
        (T::OrderStop, S::Found | S::Stopped) => (S::Stopped, OFFICER),
        // Works may go on, or stop at last, for as long as nothing is decided, and until they are pulled down the shorter way.
        (
            T::CheckStop,
            from @ (S::Stopped | S::Filed | S::Assessed | S::Notified | S::ChargedShort | S::OrderedShort),
        ) => (from, OFFICER),
        (T::File, S::Found | S::Stopped) => (S::Filed, HEAD),
        (T::Dismiss, S::Found | S::Stopped | S::Filed | S::Assessed | S::Notified) => (S::Dismissed, HEAD),
        (T::Recuse, from) if !from.is_over() => (from, HEAD),

        // What it is, and what is to become of it.
        (T::Assess, S::Filed) => (S::Assessed, PLANNER),
        (T::Penalise, S::Assessed) => (S::Penalised, HEAD),
        // Temporary building needs no assessment.
        (T::Notify, S::Filed | S::Assessed) => (S::Notified, OFFICER),
        (T::AskHearing, S::Notified) => (S::Notified, PARTY),
        (T::CallHearing, S::Notified) => (S::Notified, HEAD),
        (T::HoldHearing, S::Notified) => (S::Notified, PRESIDENT),
        (T::Waive, S::Notified) => (S::Notified, PARTY),
        (T::Defend, from @ (S::Notified | S::Reminded | S::Announced | S::ChargedShort)) => (from, PARTY),
        (T::AnswerDefence, from @ (S::Notified | S::Reminded | S::Announced | S::ChargedShort)) => (from, OFFICER),
        (T::Review, S::Notified) => (S::Notified, REVIEWER),
        (T::Decide, S::Notified | S::Decided) => (S::Decided, HEAD),
        (T::Serve, S::Decided) => (S::Served, OFFICER),

        // To be pulled down by the owner, or in the end by force.
        (T::Remind, S::Served | S::Reminded) => (S::Reminded, OFFICER),
        (T::Announce, S::Reminded | S::Announced) => (S::Announced, OFFICER),
        (T::BeginRemedy | T::EndRemedy, from) if from.is_served() => (from, PARTY),
        (T::ChangeDecision, from) if from.is_served() => (S::Served, PARTY),
        (T::Charge, from @ (S::Served | S::Reminded)) => (from, GOVERNMENT),
        (T::Charge, S::Announced) => (S::Charged, GOVERNMENT),
        (T::OrderEnforcement, S::Announced | S::Charged) => (S::Ordered, HEAD),
        (T::ServeOrder, S::Ordered) => (S::Ordered, OFFICER),
        (T::Demolish, S::Ordered) => (S::Demolished, OFFICER),

        // Works that go on although they were ordered to stop, where the city's file has a basis for it. Whoever stops after all
        // goes the ordinary way.
        (T::ChargeShort, S::Stopped) => (S::ChargedShort, GOVERNMENT),
        (T::Remind | T::Announce, S::ChargedShort) => (S::ChargedShort, OFFICER),
        (T::OrderEnforcement, S::ChargedShort) => (S::OrderedShort, HEAD),
        (T::ServeOrder, S::OrderedShort) => (S::OrderedShort, OFFICER),
        (T::Demolish, S::OrderedShort) => (S::Demolished, OFFICER),
        (T::BeginRemedy | T::EndRemedy, from) if from.is_short() => (from, PARTY),
        (T::File, S::ChargedShort | S::OrderedShort) => (S::Filed, HEAD),
        (T::Dismiss, S::ChargedShort | S::OrderedShort) => (S::Dismissed, HEAD),

        (T::RecordSelfDemolition, from)
            if !from.is_over() && !matches!(from, S::Demolished | S::SelfDemolished | S::Accepted) =>
        {
            (S::SelfDemolished, OFFICER)
        }
        (T::Suspend | T::Resume, from) if from.is_served() || from.is_short() => (from, HEAD),
        (T::End, from) if from.is_served() || from.is_short() => (S::Ended, HEAD),
        (T::Accept, S::SelfDemolished | S::Demolished) => (S::Accepted, OFFICER),
        (T::Close, S::Accepted) => (S::Closed, HEAD),
        _ => return None,
    };
    Some(Way { to, who })
}

impl Act {
    /// The line of the chain that this act is, in a stage.
    pub fn step(&self, from: Stage) -> Step {
        match self {
            Act::RecordVisit { .. } => Step::RecordVisit,
            Act::Survey { .. } => Step::Survey,
            Act::OrderStop { .. } => Step::OrderStop,
            Act::CheckStop { .. } => Step::CheckStop,
            Act::File => Step::File,
            Act::Assess { .. } => Step::Assess,
            Act::Penalise => Step::Penalise,
            Act::Dismiss { .. } => Step::Dismiss,
            Act::Notify { .. } => Step::Notify,
            Act::AskHearing => Step::AskHearing,
            Act::CallHearing { .. } => Step::CallHearing,
            Act::HoldHearing { .. } => Step::HoldHearing,
            Act::Waive { .. } => Step::Waive,
            Act::Defend { .. } => Step::Defend,
            Act::AnswerDefence { .. } => Step::AnswerDefence,
            Act::Review { .. } => Step::Review,
            Act::Decide { .. } => Step::Decide,
            Act::Serve { .. } => Step::Serve,
            Act::Remind { .. } => Step::Remind,
            Act::Announce { .. } => Step::Announce,
            Act::BeginRemedy { .. } => Step::BeginRemedy,
            Act::EndRemedy { .. } => Step::EndRemedy,
            Act::ChangeDecision { .. } => Step::ChangeDecision,
            Act::Charge { .. } if from == Stage::Stopped => Step::ChargeShort,
            Act::Charge { .. } => Step::Charge,
            Act::OrderEnforcement => Step::OrderEnforcement,
            Act::ServeOrder { .. } => Step::ServeOrder,
            Act::Demolish { .. } => Step::Demolish,
            Act::RecordSelfDemolition { .. } => Step::RecordSelfDemolition,
            Act::Suspend { .. } => Step::Suspend,
            Act::Resume => Step::Resume,
            Act::Recuse { .. } => Step::Recuse,
            Act::Accept { .. } => Step::Accept,
            Act::Close => Step::Close,
            Act::End { .. } => Step::End,
        }
    }

    /// The officers whom it names; none for an act that needs none.
    pub fn officers(&self) -> Option<&[Officer]> {
        match self {
            Act::Survey { officers, .. }
            | Act::OrderStop { officers }
            | Act::CheckStop { officers, .. }
            | Act::Notify { officers, .. }
            | Act::Serve { officers, .. }
            | Act::Remind { officers, .. }
            | Act::Announce { officers, .. }
            | Act::ServeOrder { officers, .. }
            | Act::Demolish { officers, .. }
            | Act::RecordSelfDemolition { officers }
            | Act::Accept { officers } => Some(officers),
            _ => None,
        }
    }

    /// How the paper of it came to the party; none for an act without one.
    pub fn service(&self) -> Option<&Delivery> {
        match self {
            Act::Notify { service, .. }
            | Act::Serve { service, .. }
            | Act::Remind { service, .. }
            | Act::ServeOrder { service, .. } => Some(service),
            _ => None,
        }
    }

    /// What was written with it: words, a reason, the number of a paper.
    pub fn words(&self) -> Option<&str> {
        match self {
            Act::RecordVisit { words }
            | Act::Defend { words }
            | Act::AnswerDefence { words, .. }
            | Act::HoldHearing { words }
            | Act::Review { words, .. }
            | Act::ChangeDecision { words, .. } => Some(words),
            Act::Dismiss { reason }
            | Act::Suspend { reason, .. }
            | Act::Recuse { reason, .. }
            | Act::End { reason } => Some(reason),
            Act::Assess { letter, .. } => Some(letter),
            Act::Charge { number, .. } => Some(number),
            _ => None,
        }
    }
}

/// One act on one building: the new building and the fact, or a refusal that names the article.
///
/// # Errors
/// The first of the questions that is answered with no: a `construction-refusal-…`, or for people, words and service an
/// `enforcement-refusal-…`.
pub fn carry_out(
    building: &Building,
    actor: &Actor,
    act: &Act,
    moment: Moment,
    law: &Law<'_>,
) -> Result<(Building, Fact), Refusal> {
    let step = act.step(building.stage);
    if actor.role == Role::Helper && step != Step::RecordVisit {
        return Err(crate::enforcement::Why::HelperEnforces.refuse());
    }
    let Some(way) = way(step, building.stage) else {
        return Err(Why::StageElsewhere.refuse().with("stage", building.stage.word()));
    };
    Why::RoleNotAllowed.unless(way.who.contains(&actor.role))?;
    Why::DateBackwards.unless(moment >= building.last_at)?;
    Why::Suspended.unless(building.suspended_at.is_none() || goes_on(step))?;
    if let Some(words) = act.words() {
        guards::words(words)?;
    }
    let today = law.calendar.date_of(moment);
    let is_recused = actor.account.is_some_and(|by| building.recused.contains(&by));
    crate::enforcement::Why::Recused.unless(!is_recused)?;
    if let Some(officers) = act.officers() {
        let by = actor.account.filter(|_| actor.role == Role::Officer);
        guards::officers(&building.recused, officers, by, today, law)?;
    }
    let mut after = building.clone();
    after.have_acted.extend(act.officers().into_iter().flatten().map(|officer| officer.account));
    opens(building, step, moment, law)?;
    apply(&mut after, actor, act, moment, today, law)?;
    (after.stage, after.last_at, after.revision) = (way.to, moment, building.revision + 1);
    let fact = Fact {
        building: after.id,
        what: step,
        by: actor.account,
        role: actor.role,
        at: moment,
        stage: after.stage,
        revision: after.revision,
        terms: law.terms.version().to_owned(),
        act: act.clone(),
    };
    Ok((after, fact))
}

fn size(particulars: &Particulars) -> Result<(), Refusal> {
    let is_sound = (1..=MOST_AREA).contains(&particulars.area) && (1..=MOST_FLOORS).contains(&particulars.floors);
    if is_sound { Ok(()) } else { Err(Why::SizeAbsurd.refuse().on("area")) }
}

/// A last day that the owner is given must lie ahead.
fn ahead(until: Date, today: Date) -> Result<(), Refusal> {
    if until > today { Ok(()) } else { Err(Why::ReminderTermMissing.refuse().on("until")) }
}

/// Whether a step can be taken at `now` by whoever may, as far as the building itself is concerned: what a form says, and who
/// sends it, is asked besides.
///
/// # Errors
/// The first `construction-refusal-…` that holds it up; `law-calendar-not-loaded` where a day of a year is needed that nobody
/// has entered.
pub fn opens(building: &Building, step: Step, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    let today = law.calendar.date_of(now);
    Why::Suspended.unless(building.suspended_at.is_none() || goes_on(step))?;
    match step {
        Step::Penalise => {
            let leaves = matches!(building.assessment, Some(Assessment::Correctable | Assessment::Confiscate));
            Why::NotAssessed.unless(leaves)
        }
        Step::Notify => demolishable(building),
        Step::AskHearing => {
            Why::HearingNotOffered.unless(law.organ.building.offers_hearing)?;
            Why::NoSuchThing.unless(building.hearing_asked_at.is_none())?;
            let end = notice_end(building, "hearing-request", law)?;
            if end.is_over(now) { Err(Why::HearingAskedLate.refuse().with("until", end.last)) } else { Ok(()) }
        }
        Step::CallHearing => {
            Why::NoSuchThing.unless(building.hearing_asked_at.is_some() && building.heard_at.is_none())
        }
        Step::HoldHearing => {
            Why::NoSuchThing.unless(building.heard_at.is_none())?;
            let called = building.hearing_called.ok_or_else(|| Why::NoSuchThing.refuse())?;
            Why::HearingCalledLate
                .unless(called.until == today)
                .map_err(|refusal| refusal.with("day", today).with("until", called.until))
        }
        Step::AnswerDefence => Why::NoSuchThing.unless(building.defences.iter().any(|one| one.is_adopted.is_none())),
        Step::CheckStop => Why::NoSuchThing.unless(building.stopped_at.is_some()),
        Step::Review => {
            Why::NoSuchThing
                .unless(building.heard_at.is_some() && building.reviewed.is_none_or(|one| !one.is_passed))?;
            answered(building)
        }
        Step::Decide => {
            demolishable(building)?;
            heard(building, now, law)
        }
        Step::Serve => Why::NotServed.unless(building.decision.is_some()),
        Step::Remind if building.stage.is_short() => shorter_way(building, law),
        Step::Remind => {
            Why::DecisionRevoked.unless(!building.is_revoked)?;
            passed(building.decision, today, Why::SelfTermOpen)
        }
        Step::Announce => {
            Why::DecisionRevoked.unless(!building.is_revoked)?;
            if building.stage.is_short() {
                shorter_way(building, law)?;
            }
            passed(building.reminder, today, Why::NotReminded)?;
            answered(building)
        }
        Step::BeginRemedy => Why::RemedyRunning.unless(!building.has_open_remedy()),
        Step::EndRemedy | Step::ChangeDecision => Why::NoSuchThing.unless(building.has_open_remedy()),
        // The government may charge as soon as the owner's own time is over; it is the demolition that waits for review and suit.
        Step::Charge => {
            Why::NoSuchThing.unless(building.charge.trim().is_empty())?;
            Why::DecisionRevoked.unless(!building.is_revoked)?;
            passed(building.decision, today, Why::SelfTermOpen)
        }
        Step::ChargeShort => shorter_way(building, law),
        Step::OrderEnforcement => {
            Why::NotCharged.unless(!building.charge.trim().is_empty())?;
            ripe(building, today, law)
        }
        Step::ServeOrder => Why::NoSuchThing.unless(building.order_served_at.is_none()),
        Step::Demolish => {
            Why::NotOrdered.unless(building.ordered_at.is_some() && !building.charge.trim().is_empty())?;
            Why::OrderNotServed.unless(building.order_served_at.is_some())?;
            ripe(building, today, law)
        }
        Step::Resume => {
            Why::NoSuchThing.unless(building.suspended_at.is_some())?;
            let end = resumption_end(building, law).transpose()?;
            Why::GivenUp.unless(end.is_none_or(|end| !end.is_over(now)))
        }
        Step::RecordVisit
        | Step::Survey
        | Step::OrderStop
        | Step::Recuse
        | Step::File
        | Step::Assess
        | Step::Dismiss
        | Step::Waive
        | Step::Defend
        | Step::RecordSelfDemolition
        | Step::Suspend
        | Step::Accept
        | Step::Close
        | Step::End => Ok(()),
    }
}

/// What is done although enforcement is suspended.
const fn goes_on(step: Step) -> bool {
    matches!(
        step,
        Step::RecordVisit
            | Step::CheckStop
            | Step::Recuse
            | Step::Resume
            | Step::End
            | Step::RecordSelfDemolition
            | Step::BeginRemedy
            | Step::EndRemedy
            | Step::ChangeDecision
    )
}

/// Until when a suspended enforcement may be resumed: only what the owner cannot do, and what plainly harms nobody, is given up
/// after three years (行政强制法 art. 39). None where it may be resumed for ever, or is not suspended.
pub(super) fn resumption_end(building: &Building, law: &Law<'_>) -> Option<Result<End, Refusal>> {
    let since = building.suspended_at?;
    building.suspended_for.filter(|one| one.ground == Ground::Unable && one.is_harmless)?;
    let day = law.calendar.date_of(since);
    let term = law.terms.on("enforcement-resumption", day);
    Some(term.and_then(|term| term.end_from_day(day, law.calendar, &[])))
}

fn apply(
    building: &mut Building,
    actor: &Actor,
    act: &Act,
    now: Moment,
    today: Date,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    match act {
        Act::File => {
            // Back from the shorter way: what was given there is given anew.
            if building.stage.is_short() {
                (building.reminder, building.announcement) = (None, None);
                (building.ordered_at, building.order_served_at) = (None, None);
                building.charge.clear();
                building.remedies.clear();
                building.is_revoked = false;
            }
        }
        Act::RecordVisit { .. }
        | Act::Penalise
        | Act::Dismiss { .. }
        | Act::Accept { .. }
        | Act::Close
        | Act::End { .. } => {}
        Act::Survey { particulars, .. } => {
            size(particulars)?;
            building.particulars = particulars.clone();
        }
        Act::OrderStop { .. } => (building.stopped_at, building.is_stop_obeyed) = (Some(now), None),
        Act::CheckStop { is_obeyed, .. } => building.is_stop_obeyed = Some(*is_obeyed),
        Act::Assess { assessment, on, .. } => {
            on.map_or(Ok(()), |on| future(on, today))?;
            building.assessment = Some(*assessment);
            building.assessed_at = Some(now);
        }
        Act::Notify { service, .. } => {
            let since = building.assessed_at.or(building.stopped_at).or(Some(building.found_at));
            building.notified_at = Some(service.served(since, now, law)?);
        }
        Act::AskHearing => building.hearing_asked_at = Some(now),
        Act::CallHearing { on } => {
            let latest = law.terms.on("hearing-notice", today)?.latest_before(*on, law.calendar)?;
            if today > latest {
                return Err(Why::HearingCalledLate.refuse().with("day", on).with("until", latest));
            }
            building.hearing_called = Some(Given { at: now, until: *on });
        }
        Act::HoldHearing { .. } => {
            let is_other = actor.account.is_some_and(|by| !building.have_acted.contains(&by));
            Why::PresidentActed.unless(is_other)?;
            building.heard_at = Some(now);
        }
        Act::Waive { is_signed } => {
            Why::NotHeard.unless(*is_signed)?;
            building.is_waived = true;
        }
        Act::Defend { words } => {
            let number = building.defences.len() as u32 + 1;
            building.defences.push(Defence { number, words: words.clone(), is_adopted: None });
        }
        Act::AnswerDefence { number, is_adopted, .. } => {
            let one = building.defences.iter_mut().find(|one| one.number == *number && one.is_adopted.is_none());
            one.ok_or_else(|| Why::NoSuchThing.refuse())?.is_adopted = Some(*is_adopted);
            // The reviewer has not seen it.
            building.reviewed = None;
        }
        Act::Review { is_passed, .. } => building.reviewed = Some(Reviewed { at: now, is_passed: *is_passed }),
        Act::Decide { until } => {
            ahead(*until, today)?;
            building.decision = Some(Given { at: now, until: *until });
        }
        Act::Serve { service, .. } => {
            let decision = building.decision.ok_or_else(|| Why::NotServed.refuse())?;
            let served = service.served(Some(decision.at), now, law)?;
            // Whoever gets it late still has a day to obey.
            ahead(decision.until, law.calendar.date_of(served))?;
            building.served_at = Some(served);
        }
        Act::Remind { until, service, .. } => {
            let since = if building.stage.is_short() { building.stopped_at } else { building.served_at };
            let at = service.served(since, now, law)?;
            let day = law.calendar.date_of(at);
            ahead(*until, day)?;
            // It was written when the owner's own time was over.
            if !building.stage.is_short() {
                passed(building.decision, day, Why::SelfTermOpen)?;
            }
            building.reminder = Some(Given { at, until: *until });
        }
        Act::Announce { until, .. } => {
            let city = &law.organ.building;
            let days = if building.stage.is_short() { city.shorter_way_days } else { city.self_demolition_days };
            let least = today.checked_add(jiff::Span::new().days(i64::from(days))).unwrap_or(Date::MAX);
            if *until < least {
                return Err(Why::AnnouncementShort.refuse().with("days", days).with("until", least).on("until"));
            }
            building.announcement = Some(Given { at: now, until: *until });
        }
        Act::BeginRemedy { kind, on } => {
            future(*on, today)?;
            Why::NoSuchThing.unless(matches!(kind, Exclusion::Review | Exclusion::Suit))?;
            let attacked = if building.stage.is_short() { building.stopped_at } else { building.served_at };
            let served = attacked.map(|at| law.calendar.date_of(at));
            Why::DateBackwards.unless(served.is_some_and(|served| *on >= served))?;
            building.remedies.push(Excluded { kind: *kind, from: *on, until: None });
        }
        Act::EndRemedy { on, is_revoked, is_withdrawn } => {
            end_remedy(building, *on, today)?;
            Why::NoSuchThing.unless(!(*is_revoked && *is_withdrawn))?;
            if *is_withdrawn {
                building.remedies.pop();
            }
            building.is_revoked |= is_revoked;
        }
        Act::ChangeDecision { on, until, .. } => {
            end_remedy(building, *on, today)?;
            ahead(*until, today)?;
            let decision = building.decision.ok_or_else(|| Why::NotServed.refuse())?;
            // What rested on the decision as it was rests on nothing now.
            building.decision = Some(Given { until: *until, ..decision });
            (building.reminder, building.announcement) = (None, None);
            (building.ordered_at, building.order_served_at) = (None, None);
            building.charge.clear();
        }
        Act::Charge { number, on } => {
            if let Some(on) = *on {
                future(on, today)?;
                // A charge that was written before the owner's time was over rests on nothing.
                if building.stage == Stage::Stopped {
                    let stopped = building.stopped_at.map(|at| law.calendar.date_of(at));
                    Why::DateBackwards.unless(stopped.is_some_and(|stopped| on >= stopped))?;
                } else {
                    passed(building.decision, on, Why::SelfTermOpen).map_err(|refusal| refusal.on("on"))?;
                }
            }
            building.charge.clone_from(number);
        }
        Act::OrderEnforcement => building.ordered_at = Some(now),
        Act::ServeOrder { service, .. } => {
            building.order_served_at = Some(service.served(building.ordered_at, now, law)?);
        }
        Act::Demolish { clearing, .. } => {
            clear(building, clearing, now, law)?;
            building.clearing = Some(clearing.clone());
        }
        Act::RecordSelfDemolition { .. } => building.self_demolished_at = Some(now),
        Act::Suspend { ground, is_harmless, .. } => {
            building.suspended_at = Some(now);
            building.suspended_for = Some(Suspension { ground: *ground, is_harmless: *is_harmless });
        }
        Act::Resume => (building.suspended_at, building.suspended_for) = (None, None),
        Act::Recuse { account, .. } => {
            building.recused.insert(*account);
        }
    }
    Ok(())
}

/// A review or a suit ends on a day.
fn end_remedy(building: &mut Building, on: Date, today: Date) -> Result<(), Refusal> {
    future(on, today)?;
    let open = building.remedies.iter_mut().find(|one| one.until.is_none());
    let open = open.ok_or_else(|| Why::NoSuchThing.refuse())?;
    Why::DateBackwards.unless(on >= open.from)?;
    open.until = Some(on);
    Ok(())
}

fn future(day: Date, today: Date) -> Result<(), Refusal> {
    if day > today { Err(Why::DateInFuture.refuse().with("day", day)) } else { Ok(()) }
}

/// Only what the planning department has found beyond putting right is pulled down (城乡规划法 art. 64), and temporary building
/// whatever it has found, unless it is lawful (art. 66).
fn demolishable(building: &Building) -> Result<(), Refusal> {
    let is_temporary = building.particulars.permit.is_temporary();
    match building.assessment {
        Some(Assessment::Demolish) => Ok(()),
        found if is_temporary && found != Some(Assessment::Lawful) => Ok(()),
        None => Err(Why::NotAssessed.refuse()),
        Some(_) => Err(Why::Correctable.refuse()),
    }
}

/// Everything that the party said was looked at.
fn answered(building: &Building) -> Result<(), Refusal> {
    Why::DefenceUnanswered.unless(building.defences.iter().all(|one| one.is_adopted.is_some()))
}

/// The end of a term that the notice began.
pub(super) fn notice_end(building: &Building, term: &str, law: &Law<'_>) -> Result<End, Refusal> {
    let notified = building.notified_at.ok_or_else(|| Why::NotHeard.refuse())?;
    law.terms.on(term, law.calendar.date_of(notified))?.end(notified, law.calendar, &[])
}

/// The party was told, and has waived or let its terms pass; a hearing that was asked for was held.
fn heard(building: &Building, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    answered(building)?;
    Why::HearingOpen.unless(building.hearing_asked_at.is_none() || building.heard_at.is_some())?;
    Why::NotHeard.unless(building.is_waived || notice_end(building, "statement", law)?.is_over(now))?;
    // What was decided on after a hearing was reviewed before (行政处罚法 art. 58).
    let is_reviewed = building.reviewed.is_some_and(|one| one.is_passed);
    Why::NotReviewed.unless(building.heard_at.is_none() || is_reviewed)?;
    let may_ask = law.organ.building.offers_hearing && building.hearing_asked_at.is_none() && !building.is_waived;
    Why::HearingOpen.unless(!may_ask || notice_end(building, "hearing-request", law)?.is_over(now))
}

/// A given day has passed; without it nothing was given.
fn passed(given: Option<Given>, today: Date, why: Why) -> Result<(), Refusal> {
    let until = given.ok_or_else(|| why.refuse().with("until", ""))?.until;
    if today > until { Ok(()) } else { Err(why.refuse().with("until", until)) }
}

/// The building may be pulled down by force (行政强制法 art. 35, 44): reminded and announced, each in vain; the terms of review
/// and suit are over; nothing goes on; the decision stands. The shorter way spares the decision with its terms of review and
/// suit, and nothing else.
fn ripe(building: &Building, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    Why::DecisionRevoked.unless(!building.is_revoked)?;
    if building.stage.is_short() {
        shorter_way(building, law)?;
    } else {
        passed(building.decision, today, Why::SelfTermOpen)?;
    }
    passed(building.reminder, today, Why::NotReminded)?;
    Why::NotAnnounced.unless(building.announcement.is_some())?;
    passed(building.announcement, today, Why::AnnouncementOpen)?;
    answered(building)?;
    Why::RemedyRunning.unless(!building.has_open_remedy())?;
    if building.stage.is_short() {
        return Ok(());
    }
    let over = building.remedies_over(law)?;
    if today <= over {
        return Err(Why::RemediesOpen.refuse().with("until", over));
    }
    Ok(())
}

/// The shorter way: the city's file names its basis, the works go up, and they went on although they were ordered to stop.
fn shorter_way(building: &Building, law: &Law<'_>) -> Result<(), Refusal> {
    Why::NoShorterWay.unless(law.organ.building.shorter_way.is_some())?;
    Why::NotGoingUp.unless(building.is_going_up())?;
    Why::NotStopped.unless(building.stopped_at.is_some() && building.is_stop_obeyed == Some(false))
}

/// After the order was served, by day, not on a day of rest, without cutting supplies (行政强制法 art. 38, 43); before witnesses,
/// with a list and a recording, which is how such a thing is shown afterwards.
fn clear(building: &Building, clearing: &Clearing, now: Moment, law: &Law<'_>) -> Result<(), Refusal> {
    Why::DateBackwards.unless(clearing.from < clearing.until)?;
    Why::DateInFuture
        .unless(clearing.until <= now)
        .map_err(|refusal| refusal.with("day", law.calendar.date_of(clearing.until)))?;
    Why::NotOrdered.unless(building.ordered_at.is_some_and(|ordered| clearing.from >= ordered))?;
    Why::OrderNotServed.unless(building.order_served_at.is_some_and(|served| clearing.from >= served))?;
    match resting::within(clearing.from, clearing.until, law)? {
        None => {}
        Some(Rest::Day(day)) => return Err(Why::OnHoliday.refuse().with("day", day)),
        Some(Rest::Night(day)) => return Err(Why::AtNight.refuse().with("day", day)),
    }
    Why::SuppliesCut.unless(!clearing.cuts_supplies)?;
    Why::NobodyPresent
        .unless(clearing.is_party_present || clearing.witnesses.iter().any(|name| !name.trim().is_empty()))?;
    let is_whole = |good: &Good| !good.name.trim().is_empty() && (1..=MOST_GOODS).contains(&good.quantity);
    Why::GoodsUnclear.unless(clearing.goods.iter().all(is_whole))?;
    Why::RecordMissing
        .unless(clearing.has_list && clearing.is_recorded && clearing.before > 0 && clearing.after > 0)?;
    Why::SizeAbsurd.unless((1..=MOST_AREA).contains(&clearing.area))
}

/// A building as its facts tell it, from the moment it was found.
///
/// # Errors
/// As [`carry_out`], when a fact does not follow from those before it.
pub fn replay(found: Building, facts: &[Fact], law: &Law<'_>) -> Result<Building, Refusal> {
    facts.iter().try_fold(found, |building, fact| {
        let actor = Actor { account: fact.by, role: fact.role };
        carry_out(&building, &actor, &fact.act, fact.at, law).map(|(building, _)| building)
    })
}

#[cfg(test)]
#[path = "chain_tests.rs"]
pub(crate) mod tests;
