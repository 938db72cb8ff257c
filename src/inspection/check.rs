//! A check of an enterprise (涉企行政检查): only what is published, approved, announced and not too often; entered by officers who
//! scan; never by anybody without a credential. What may be checked, and how often, stands in [`super::items`].
//!
//! A check on a clue, on the enterprise's own request, after an order to correct or in an emergency needs no notice and does not
//! count against the cap of the year; an emergency is approved afterwards.

use super::Why;
use super::items::Items;
use crate::enforcement::case::{Actor, Law, Officer, Role};
use crate::enforcement::{Why as Barred, guards};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many items one check may have, at most.
pub const MOST_ITEMS: usize = 12;
/// How many days ahead a check may be planned, at most.
const FARTHEST: i32 = 400;
/// The longest words of an enterprise about a check, in characters.
pub const LONGEST_RATING: usize = 500;

enum_of_words! {
    /// Why an enterprise is checked.
    Reason {
        /// 日常检查、年度计划.
        Routine = "routine",
        /// 投诉举报、转办交办、数据监测等线索.
        Clue = "clue",
        /// 企业申请.
        Request = "request",
        /// 情况紧急.
        Emergency = "emergency",
        /// 整改复查.
        Recheck = "recheck",
    }
}

impl Reason {
    /// Whether it is announced before and counts against the cap of the year.
    pub const fn is_counted(self) -> bool {
        matches!(self, Reason::Routine)
    }
}

enum_of_words! {
    /// Where a check stands.
    CheckStage {
        /// 待批准.
        Planned = "planned",
        /// 已批准.
        Approved = "approved",
        /// 已通知.
        Announced = "announced",
        /// 检查中.
        Entered = "entered",
        /// 已记录.
        Recorded = "recorded",
        /// 已完成.
        Finished = "finished",
        /// 不予批准.
        Refused = "refused",
        /// 已取消.
        Cancelled = "cancelled",
    }
}

impl CheckStage {
    /// Whether nothing more happens to it.
    pub const fn is_over(self) -> bool {
        matches!(self, CheckStage::Finished | CheckStage::Refused | CheckStage::Cancelled)
    }

    /// Whether it never took place and never will.
    pub const fn is_void(self) -> bool {
        matches!(self, CheckStage::Refused | CheckStage::Cancelled)
    }
}

enum_of_words! {
    /// A line of the workflow of a check.
    CheckStep {
        /// 批准.
        Approve = "approve",
        /// 不予批准.
        Refuse = "refuse",
        /// 通知.
        Announce = "announce",
        /// 第一名执法人员扫码.
        Confirm = "confirm",
        /// 扫码入企.
        Enter = "enter",
        /// 紧急入企.
        EnterUrgently = "enter-urgently",
        /// 随行记录.
        Note = "note",
        /// 记录检查结果.
        Record = "record",
        /// 补办批准.
        ApproveAfterwards = "approve-afterwards",
        /// 完成.
        Finish = "finish",
        /// 取消.
        Cancel = "cancel",
        /// 企业评价.
        Rate = "rate",
    }
}

enum_of_words! {
    /// How the enterprise was told.
    NoticeWay {
        /// 书面送达.
        Paper = "paper",
        /// 短信、电子邮件.
        Message = "message",
        /// 电话.
        Telephone = "telephone",
    }
}

enum_of_words! {
    /// What an item came to.
    Answer {
        /// 未发现问题.
        Clear = "clear",
        /// 发现问题.
        Found = "found",
        /// 未检查.
        Unchecked = "unchecked",
    }
}

/// What was seen of an item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The item.
    pub item: String,
    /// What it came to.
    pub answer: Answer,
    /// In words.
    pub words: String,
}

/// How the enterprise signed the record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Signature {
    /// Somebody signed.
    Signed {
        /// Who.
        name: String,
    },
    /// Nobody wanted to.
    Declined {
        /// What was said and done about it.
        words: String,
        /// Who saw it; empty without a witness.
        witness: String,
    },
}

/// What follows from a check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Outcome {
    /// 未发现问题.
    Nothing,
    /// 现场指导.
    Advice {
        /// What was advised.
        words: String,
    },
    /// 责令改正.
    Order {
        /// What is to be put right, a line each.
        demands: String,
        /// Until which day.
        until: Date,
    },
    /// 移交立案.
    Clue {
        /// The penalty case.
        case: Id,
        /// Its number.
        number: String,
    },
}

impl Outcome {
    /// Its word in the table and in keys of sentences.
    pub const fn word(&self) -> &'static str {
        match self {
            Outcome::Nothing => "nothing",
            Outcome::Advice { .. } => "advice",
            Outcome::Order { .. } => "order",
            Outcome::Clue { .. } => "clue",
        }
    }
}

/// What the enterprise says about the check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rating {
    /// One to five.
    pub stars: u8,
    /// In words; may be empty.
    pub words: String,
    /// When.
    pub at: Moment,
}

/// An officer who has scanned.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Presence {
    /// Who.
    pub account: Id,
    /// When.
    pub at: Moment,
    /// Where the phone was, degrees east and north; none when it did not tell.
    pub position: Option<(f64, f64)>,
}

/// A check as it is planned.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// What is checked.
    pub items: Vec<String>,
    /// The enterprise.
    pub enterprise: Id,
    /// Why.
    pub reason: Reason,
    /// On what exactly, and why, in words.
    pub why: String,
    /// The day.
    pub on: Date,
    /// From which hour.
    pub from: Time,
    /// Until which.
    pub until: Time,
    /// Who checks.
    pub officers: Vec<Id>,
    /// Who goes along and records.
    pub helpers: Vec<Id>,
    /// The check whose order is checked again.
    pub of_check: Option<Id>,
}

/// A check of an enterprise.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The identifier.
    pub id: Id,
    /// What is planned.
    pub plan: Plan,
    /// The stage.
    pub stage: CheckStage,
    /// When it was planned.
    pub planned_at: Moment,
    /// When it was approved.
    pub approved_at: Option<Moment>,
    /// Whether that came too late after an emergency; stays so.
    pub is_approved_late: bool,
    /// When the enterprise was told.
    pub announced_at: Option<Moment>,
    /// Who has scanned.
    pub present: Vec<Presence>,
    /// When it was entered.
    pub entered_at: Option<Moment>,
    /// When it was left.
    pub left_at: Option<Moment>,
    /// What was seen of each item.
    pub findings: Vec<Finding>,
    /// What was found, in words.
    pub words: String,
    /// How the enterprise signed.
    pub signature: Option<Signature>,
    /// What follows.
    pub outcome: Option<Outcome>,
    /// What the enterprise says about it.
    pub rating: Option<Rating>,
    /// When something last happened.
    pub last_at: Moment,
    /// One more for every act.
    pub revision: i64,
}

/// What the tables know when a check is planned.
#[derive(Debug, Clone)]
pub struct Known {
    /// The officers with the credentials that they hold on the planned day.
    pub officers: Vec<Officer>,
    /// By item, how many counted checks the enterprise has in that year, done or still open.
    pub taken: BTreeMap<String, u32>,
    /// Whether the enterprise is open.
    pub is_open: bool,
}

impl Check {
    /// A check as an officer plans it.
    ///
    /// # Errors
    /// `inspection-refusal-…`: the items, the day, the hours, how often; `enforcement-refusal-…`: the officers.
    pub fn plan(
        id: Id,
        plan: Plan,
        actor: &Actor,
        now: Moment,
        known: &Known,
        items: &Items,
        law: &Law<'_>,
    ) -> Result<Check, Refusal> {
        Barred::HelperEnforces.unless(actor.role != Role::Helper)?;
        Why::RoleNotAllowed.unless(matches!(actor.role, Role::Officer | Role::UnitLeader))?;
        let today = law.calendar.date_of(now);
        Why::EnterpriseClosed.unless(known.is_open).map_err(|no| no.on("enterprise"))?;
        let is_listed = !plan.items.is_empty() && plan.items.len() <= MOST_ITEMS;
        Why::ItemMissing.unless(is_listed).map_err(|no| no.with("most", MOST_ITEMS).on("items"))?;
        if plan.on < today {
            return Err(Why::DayPast.refuse().with("day", plan.on).on("on"));
        }
        let farthest = today.saturating_add(jiff::Span::new().days(FARTHEST));
        Why::DayFar.unless(plan.on <= farthest).map_err(|no| no.with("n", FARTHEST).on("on"))?;
        Why::UrgentIsToday.unless(plan.reason != Reason::Emergency || plan.on == today).map_err(|no| no.on("on"))?;
        Why::HoursBackwards.unless(plan.from < plan.until).map_err(|no| no.on("until"))?;
        for item in &plan.items {
            let item = items.on(item, plan.on).map_err(|no| no.on("items"))?;
            if plan.reason.is_counted() && known.taken.get(&item.id).copied().unwrap_or_default() >= item.most_a_year {
                let refusal = Why::PlannedTooOften.refuse().with("most", item.most_a_year);
                return Err(refusal.with("name", &item.name.zh).on("items"));
            }
        }
        guards::words(&plan.why).map_err(|no| no.on("why"))?;
        let nobody = BTreeSet::new();
        guards::officers(&nobody, &known.officers, None, plan.on, law).map_err(|no| no.on("officers"))?;
        Ok(Check {
            id,
            plan,
            stage: CheckStage::Planned,
            planned_at: now,
            approved_at: None,
            is_approved_late: false,
            announced_at: None,
            present: Vec::new(),
            entered_at: None,
            left_at: None,
            findings: Vec::new(),
            words: String::new(),
            signature: None,
            outcome: None,
            rating: None,
            last_at: now,
            revision: 1,
        })
    }

    /// Until when an urgent check that was entered is to be approved; none when it is approved or not entered.
    pub fn approve_by(&self, items: &Items) -> Option<Moment> {
        let entered = self.entered_at.filter(|_| self.approved_at.is_none() && !self.stage.is_void())?;
        Some(entered.plus(i64::from(items.urgent_hours) * 3_600_000))
    }

    /// The last day on which a routine check must be announced so that the days lie before it; none when the calendar does not
    /// know them.
    pub fn announce_by(&self, items: &Items, law: &Law<'_>) -> Option<Date> {
        let (mut day, mut left) = (self.plan.on, items.notice_days);
        while left > 0 {
            // Each working day after the notice, the day of the check among them, counts.
            left -= u32::from(law.calendar.is_working_day(day).ok()?);
            day = day.yesterday().ok()?;
        }
        Some(day)
    }

    /// What somebody must be told of next, and when.
    pub fn alert(&self, items: &Items, law: &Law<'_>) -> Option<(Alert, Moment)> {
        let after = |day: Date| law.calendar.moment(day.tomorrow().unwrap_or(day), Time::midnight());
        match (self.stage, &self.outcome) {
            (CheckStage::Entered | CheckStage::Recorded, _) => self.approve_by(items).map(|at| (Alert::Approval, at)),
            (CheckStage::Planned | CheckStage::Approved | CheckStage::Announced, _) => {
                Some((Alert::Missed, after(self.plan.on)))
            }
            (CheckStage::Finished, Some(Outcome::Order { until, .. })) => Some((Alert::Recheck, after(*until))),
            _ => None,
        }
    }

    /// The day until which something is to be put right; none without an order.
    pub fn correct_by(&self) -> Option<Date> {
        match &self.outcome {
            Some(Outcome::Order { until, .. }) => Some(*until),
            _ => None,
        }
    }
}

enum_of_words! {
    /// What somebody is told of.
    Alert {
        /// An urgent check is still not approved.
        Approval = "approval",
        /// The day of a check is over, and nobody entered.
        Missed = "missed",
        /// The term to put something right is over.
        Recheck = "recheck",
    }
}

/// What somebody does to a check.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum CheckAct {
    /// 批准.
    Approve {
        /// Why so late; may be empty in time.
        words: String,
    },
    /// 不予批准.
    Refuse {
        /// Why.
        words: String,
    },
    /// 通知.
    Announce {
        /// How.
        way: NoticeWay,
        /// Who took the notice.
        receiver: String,
    },
    /// 扫码入企.
    Enter {
        /// The officers of the check, with the credentials of the day.
        officers: Vec<Officer>,
        /// Whether the enterprise's code was scanned.
        is_scanned: bool,
        /// Where the phone was.
        position: Option<(f64, f64)>,
        /// By item, how many counted checks were entered at this enterprise in this calendar year.
        earlier: BTreeMap<String, u32>,
    },
    /// 随行记录.
    Note {
        /// What.
        words: String,
    },
    /// 记录.
    Record {
        /// What was seen of each item.
        findings: Vec<Finding>,
        /// What was found.
        words: String,
    },
    /// 完成.
    Finish {
        /// When they left.
        left_at: Moment,
        /// How the enterprise signed.
        signature: Signature,
        /// What follows.
        outcome: Outcome,
    },
    /// 取消.
    Cancel {
        /// Why.
        words: String,
    },
    /// 企业评价.
    Rate {
        /// One to five.
        stars: u8,
        /// In words.
        words: String,
    },
}

/// The workflow of a check. A step that is not written here does not exist.
pub fn check_way(step: CheckStep, from: CheckStage) -> Option<(CheckStage, &'static [Role])> {
    use CheckStage as S;
    use CheckStep as T;
    const OFFICER: &[Role] = &[Role::Officer, Role::UnitLeader];
    const HEAD: &[Role] = &[Role::Head];
    // Helpers record along; everything that decides is an officer's.
    const ANYBODY: &[Role] = &[Role::Helper, Role::Officer, Role::UnitLeader];
    const CANCELLING: &[Role] = &[Role::Officer, Role::UnitLeader, Role::Head];
    Some(match (step, from) {
        (T::Approve, S::Planned) => (S::Approved, HEAD),
        (T::Refuse, S::Planned) => (S::Refused, HEAD),
        (T::Announce, S::Approved) => (S::Announced, OFFICER),
        (T::Confirm, S::Planned | S::Approved | S::Announced) => (from, OFFICER),
        (T::Enter, S::Approved | S::Announced) => (S::Entered, OFFICER),
        (T::EnterUrgently, S::Planned) => (S::Entered, OFFICER),
        (T::Note, S::Entered | S::Recorded) => (from, ANYBODY),
        (T::Record, S::Entered | S::Recorded) => (S::Recorded, OFFICER),
        (T::ApproveAfterwards, S::Entered | S::Recorded) => (from, HEAD),
        (T::Finish, S::Recorded) => (S::Finished, OFFICER),
        (T::Cancel, S::Planned | S::Approved | S::Announced) => (S::Cancelled, CANCELLING),
        (T::Rate, S::Finished) => (S::Finished, &[Role::Party]),
        _ => return None,
    })
}

/// What happened to a check.
#[derive(Clone, PartialEq, Debug)]
pub struct Fact {
    /// The check.
    pub check: Id,
    /// Which step.
    pub what: CheckStep,
    /// By whom; none for the enterprise.
    pub by: Option<Id>,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: Moment,
    /// The stage after it.
    pub stage: CheckStage,
    /// The revision after it.
    pub revision: i64,
    /// What was done.
    pub act: CheckAct,
}

/// The line of the workflow that an act is at a check: entering is confirmed by the first officer and done by the second.
fn step_of(check: &Check, act: &CheckAct, actor: &Actor, today: Date, law: &Law<'_>) -> Result<CheckStep, Refusal> {
    let is_before = check.stage == CheckStage::Planned;
    Ok(match act {
        CheckAct::Approve { .. } if is_before => CheckStep::Approve,
        CheckAct::Approve { .. } => CheckStep::ApproveAfterwards,
        CheckAct::Refuse { .. } => CheckStep::Refuse,
        CheckAct::Announce { .. } => CheckStep::Announce,
        CheckAct::Enter { .. } => {
            let others = present_on(check, today, law).filter(|one| Some(one.account) != actor.account).count();
            let fewest = usize::try_from(law.terms.number("officers", today)?.value).unwrap_or(2);
            match () {
                () if others + 1 < fewest => CheckStep::Confirm,
                () if is_before && check.plan.reason == Reason::Emergency => CheckStep::EnterUrgently,
                () => CheckStep::Enter,
            }
        }
        CheckAct::Note { .. } => CheckStep::Note,
        CheckAct::Record { .. } => CheckStep::Record,
        CheckAct::Finish { .. } => CheckStep::Finish,
        CheckAct::Cancel { .. } => CheckStep::Cancel,
        CheckAct::Rate { .. } => CheckStep::Rate,
    })
}

fn present_on<'a>(check: &'a Check, today: Date, law: &'a Law<'_>) -> impl Iterator<Item = &'a Presence> {
    check.present.iter().filter(move |one| law.calendar.date_of(one.at) == today)
}

/// One act on one check.
///
/// # Errors
/// `inspection-refusal-…` and `enforcement-refusal-…`: helper, stage, post, words, officers and credentials (行政处罚法 art. 42),
/// approval, notice, day and hours, how often, and the scan.
pub fn carry_out(
    check: &Check,
    actor: &Actor,
    act: &CheckAct,
    moment: Moment,
    items: &Items,
    law: &Law<'_>,
) -> Result<(Check, Fact), Refusal> {
    let today = law.calendar.date_of(moment);
    let step = step_of(check, act, actor, today, law)?;
    Barred::HelperEnforces.unless(actor.role != Role::Helper || step == CheckStep::Note)?;
    let is_entering = matches!(step, CheckStep::Confirm | CheckStep::Enter);
    if is_entering && check.stage == CheckStage::Planned && check.plan.reason != Reason::Emergency {
        return Err(Why::CheckUnapproved.refuse());
    }
    let Some((to, who)) = check_way(step, check.stage) else {
        return Err(Why::StageElsewhere.refuse().with("stage", check.stage.word()));
    };
    Why::RoleNotAllowed.unless(who.contains(&actor.role))?;
    Why::DateBackwards.unless(moment >= check.last_at)?;
    let mut after = check.clone();
    match act {
        CheckAct::Approve { words } => {
            if step == CheckStep::ApproveAfterwards {
                let Some(latest) = check.approve_by(items) else {
                    return Err(Why::StageElsewhere.refuse().with("stage", check.stage.word()));
                };
                if moment > latest {
                    Why::CheckApprovalLate
                        .unless(!words.trim().is_empty())
                        .map_err(|no| no.with("n", items.urgent_hours).on("words"))?;
                    after.is_approved_late = true;
                }
            }
            after.approved_at = Some(moment);
        }
        CheckAct::Refuse { words } | CheckAct::Cancel { words } | CheckAct::Note { words } => {
            guards::words(words).map_err(|no| no.on("words"))?;
        }
        CheckAct::Announce { .. } => {
            for item in &check.plan.items {
                items.on(item, today)?;
            }
            after.announced_at = Some(moment);
        }
        CheckAct::Enter { officers, is_scanned, position, earlier } => {
            guards::officers(&BTreeSet::new(), officers, actor.account, today, law)?;
            Why::NotScanned.unless(*is_scanned)?;
            enters(check, moment, today, earlier, items, law)?;
            after.present.retain(|one| law.calendar.date_of(one.at) == today);
            let account = actor.account.unwrap_or_default();
            Why::ConfirmedAlready.unless(!after.present.iter().any(|one| one.account == account))?;
            after.present.push(Presence { account, at: moment, position: *position });
            if step != CheckStep::Confirm {
                after.entered_at = Some(moment);
            }
        }
        CheckAct::Record { findings, words } => {
            let own = |item: &String| findings.iter().filter(|one| one.item == *item).count() == 1;
            let is_whole = check.plan.items.iter().all(own) && findings.len() == check.plan.items.len();
            Why::FindingsMissing.unless(is_whole)?;
            let is_told = findings.iter().all(|one| one.answer != Answer::Found || !one.words.trim().is_empty());
            Why::FindingWordless.unless(is_told)?;
            guards::words(words).map_err(|no| no.on("words"))?;
            after.findings.clone_from(findings);
            after.words.clone_from(words);
        }
        CheckAct::Finish { left_at, signature, outcome } => {
            Why::CheckUnapproved.unless(check.approved_at.is_some())?;
            let is_possible = check.entered_at.is_some_and(|entered| entered <= *left_at) && *left_at <= moment;
            Why::LeftStrange.unless(is_possible).map_err(|no| no.on("left"))?;
            signed(signature)?;
            follows(check, outcome, today)?;
            after.left_at = Some(*left_at);
            after.signature = Some(signature.clone());
            after.outcome = Some(outcome.clone());
        }
        CheckAct::Rate { stars, words } => {
            Why::RatedAlready.unless(check.rating.is_none())?;
            let is_known = (1..=5).contains(stars);
            if !is_known {
                return Err(Refusal::new("form-choose").on("stars"));
            }
            if words.chars().count() > LONGEST_RATING {
                return Err(Refusal::new("form-too-long").with("most", LONGEST_RATING).on("words"));
            }
            after.rating = Some(Rating { stars: *stars, words: words.trim().to_owned(), at: moment });
        }
    }
    (after.stage, after.last_at, after.revision) = (to, moment, check.revision + 1);
    let fact = Fact {
        check: check.id,
        what: step,
        by: actor.account,
        role: actor.role,
        at: moment,
        stage: to,
        revision: after.revision,
        act: act.clone(),
    };
    Ok((after, fact))
}

/// Two times of a day as people write them: 09:00–11:00.
pub fn hours(from: Time, until: Time) -> String {
    format!("{}–{}", from.strftime("%H:%M"), until.strftime("%H:%M"))
}

/// Whether a check may be entered at a moment: its items, its day and hours, its notice, how often.
fn enters(
    check: &Check,
    moment: Moment,
    today: Date,
    earlier: &BTreeMap<String, u32>,
    items: &Items,
    law: &Law<'_>,
) -> Result<(), Refusal> {
    let plan = &check.plan;
    if plan.on != today {
        return Err(Why::NotThatDay.refuse().with("day", plan.on));
    }
    let time = moment.zoned(law.calendar.zone()).time();
    if plan.reason != Reason::Emergency && !(plan.from..=plan.until).contains(&time) {
        return Err(Why::NotThoseHours.refuse().with("name", hours(plan.from, plan.until)));
    }
    if plan.reason.is_counted() {
        let announced = check.announced_at.ok_or_else(|| Why::CheckUnannounced.refuse())?;
        let mut day = law.calendar.date_of(announced);
        let mut left = items.notice_days;
        while left > 0 && day < today {
            day = day.tomorrow().unwrap_or(today);
            left -= u32::from(law.calendar.is_working_day(day)?);
        }
        Why::CheckUnannounced.unless(left == 0)?;
    }
    for item in &plan.items {
        let item = items.on(item, today)?;
        if plan.reason.is_counted() && earlier.get(&item.id).copied().unwrap_or_default() >= item.most_a_year {
            let refusal = Why::CheckedTooOften.refuse().with("most", item.most_a_year);
            return Err(refusal.with("name", &item.name.zh));
        }
    }
    Ok(())
}

fn signed(signature: &Signature) -> Result<(), Refusal> {
    match signature {
        Signature::Signed { name } => guards::words(name).map_err(|no| no.on("signer")),
        Signature::Declined { words, .. } => guards::words(words).map_err(|no| no.on("declined")),
    }
}

/// What follows must fit what was found.
fn follows(check: &Check, outcome: &Outcome, today: Date) -> Result<(), Refusal> {
    let is_found = check.findings.iter().any(|one| one.answer == Answer::Found);
    match outcome {
        Outcome::Nothing => Why::OutcomeTooLight.unless(!is_found).map_err(|no| no.on("outcome")),
        Outcome::Advice { words } => guards::words(words).map_err(|no| no.on("advice")),
        Outcome::Order { demands, until } => {
            Why::OutcomeTooHeavy.unless(is_found).map_err(|no| no.on("outcome"))?;
            guards::words(demands).map_err(|no| no.on("demands"))?;
            if *until < today {
                return Err(Why::DayPast.refuse().with("day", until).on("term"));
            }
            Ok(())
        }
        Outcome::Clue { .. } => Why::OutcomeTooHeavy.unless(is_found).map_err(|no| no.on("outcome")),
    }
}

/// The check as its facts tell it, from the plan on.
///
/// # Errors
/// When a fact does not follow from those before it.
pub fn replay(mut check: Check, facts: &[Fact], items: &Items, law: &Law<'_>) -> Result<Check, Refusal> {
    for fact in facts {
        let actor = Actor { account: fact.by, role: fact.role };
        check = carry_out(&check, &actor, &fact.act, fact.at, items, law)?.0;
    }
    Ok(check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enforcement::case::Credential;
    use crate::enforcement::case::tests::{LAW, at};
    use crate::inspection::items::FILE;
    use crate::kit::sources::Sources;

    fn items() -> Items {
        let text = Sources::embedded().folder("law/").into_iter().find(|(path, _)| path == FILE).expect("the file").1;
        Items::load(&text).expect("the package's items")
    }

    fn officer(account: Id) -> Officer {
        let (from, until) = ("2025-01-01".parse().expect("a day"), "2027-12-31".parse().expect("a day"));
        Officer {
            account,
            credential: Some(Credential { number: format!("C{account}"), from, until }),
            is_helper: false,
        }
    }

    fn actor(account: Id, role: Role) -> Actor {
        Actor { account: Some(account), role }
    }

    fn known(taken: &[(&str, u32)]) -> Known {
        let taken = taken.iter().map(|(item, count)| ((*item).to_owned(), *count)).collect();
        Known { officers: vec![officer(1), officer(2)], taken, is_open: true }
    }

    fn plan(item: &str, reason: Reason, on: &str) -> Plan {
        Plan {
            items: vec![item.to_owned()],
            enterprise: 77,
            reason,
            why: "车辆密闭".into(),
            on: on.parse().expect("a day"),
            from: Time::constant(9, 0, 0, 0),
            until: Time::constant(11, 0, 0, 0),
            officers: vec![1, 2],
            helpers: vec![9],
            of_check: None,
        }
    }

    fn enter(officers: Vec<Officer>, is_scanned: bool, earlier: u32) -> CheckAct {
        let earlier = [("construction-waste".to_owned(), earlier)].into();
        CheckAct::Enter { officers, is_scanned, position: None, earlier }
    }

    fn two() -> Vec<Officer> {
        vec![officer(1), officer(2)]
    }

    fn does(check: &Check, actor: Actor, act: &CheckAct, moment: &str) -> Result<(Check, Fact), Refusal> {
        carry_out(check, &actor, act, at(moment), &items(), &LAW.law())
    }

    fn done(check: &Check, actor: Actor, act: &CheckAct, moment: &str) -> Check {
        does(check, actor, act, moment).expect("carried out").0
    }

    fn planned(item: &str, reason: Reason, on: &str) -> Check {
        let plan = plan(item, reason, on);
        let made =
            Check::plan(5, plan, &actor(1, Role::Officer), at("2026-03-02T09:00"), &known(&[]), &items(), &LAW.law());
        made.expect("a plan")
    }

    fn approve(words: &str) -> CheckAct {
        CheckAct::Approve { words: words.into() }
    }

    /// A check of 3 March that was approved and, when it is routine, announced on Monday 2 March 2026; one officer has scanned.
    fn ready(reason: Reason) -> Check {
        let check = planned("construction-waste", reason, "2026-03-03");
        let check = done(&check, actor(3, Role::Head), &approve(""), "2026-03-02T09:30");
        match reason {
            Reason::Routine => {
                let act = CheckAct::Announce { way: NoticeWay::Paper, receiver: "门卫".into() };
                done(&check, actor(1, Role::Officer), &act, "2026-03-02T10:00")
            }
            _ => check,
        }
    }

    #[test]
    fn every_rule_of_entering() {
        let expired = |mut officer: Officer| {
            officer.credential.as_mut().expect("one").until = "2026-03-02".parse().expect("a day");
            officer
        };
        let helper = Officer { is_helper: true, ..officer(2) };
        #[rustfmt::skip]
        let rows = [
            (Reason::Routine, Role::Officer, enter(two(), true, 0), "2026-03-03T09:00", None, "国办发〔2024〕54号"),
            (Reason::Routine, Role::Officer, enter(two(), true, 1), "2026-03-03T11:00", None, "到点"),
            (Reason::Routine, Role::Officer, enter(two(), true, 0), "2026-03-02T15:00", Some(Why::NotThatDay.key()), "当天"),
            (Reason::Routine, Role::Officer, enter(two(), true, 0), "2026-03-03T08:59", Some(Why::NotThoseHours.key()), "时段"),
            (Reason::Routine, Role::Officer, enter(two(), true, 0), "2026-03-03T11:01", Some(Why::NotThoseHours.key()), "时段"),
            (Reason::Routine, Role::Officer, enter(two(), true, 2), "2026-03-03T09:00", Some(Why::CheckedTooOften.key()), "频次"),
            (Reason::Clue, Role::Officer, enter(two(), true, 2), "2026-03-03T09:00", None, "线索检查不计频次"),
            (Reason::Recheck, Role::Officer, enter(two(), true, 2), "2026-03-03T09:00", None, "复查不计频次"),
            (Reason::Routine, Role::Officer, enter(two(), false, 0), "2026-03-03T09:00", Some(Why::NotScanned.key()), "扫码入企"),
            (Reason::Routine, Role::Helper, enter(two(), true, 0), "2026-03-03T09:00", Some(Barred::HelperEnforces.key()), "处罚法42"),
            (Reason::Routine, Role::Head, enter(two(), true, 0), "2026-03-03T09:00", Some(Why::RoleNotAllowed.key()), "岗位"),
            (Reason::Routine, Role::Officer, enter(vec![officer(1), helper], true, 0), "2026-03-03T09:00", Some(Barred::HelperEnforces.key()), "处罚法42"),
            (Reason::Routine, Role::Officer, enter(vec![officer(1)], true, 0), "2026-03-03T09:00", Some(Barred::TooFewOfficers.key()), "处罚法42"),
            (Reason::Routine, Role::Officer, enter(vec![officer(1), expired(officer(2))], true, 0), "2026-03-03T09:00", Some(Barred::CredentialInvalid.key()), "处罚法42"),
        ];
        for (reason, role, act, moment, expected, article) in rows {
            let said = does(&ready(reason), actor(1, role), &act, moment);
            assert_eq!(said.err().map(|refusal| refusal.key), expected, "{article}");
        }
        // Announced on the same day is not announced before.
        let late = planned("construction-waste", Reason::Routine, "2026-03-02");
        let late = done(&late, actor(3, Role::Head), &approve(""), "2026-03-02T09:10");
        let unannounced = does(&late, actor(1, Role::Officer), &enter(two(), true, 0), "2026-03-02T10:30");
        assert_eq!(unannounced.expect_err("unannounced").key, Why::CheckUnannounced.key());
        let told = CheckAct::Announce { way: NoticeWay::Telephone, receiver: String::new() };
        let told = done(&late, actor(1, Role::Officer), &told, "2026-03-02T09:20");
        let same_day = does(&told, actor(1, Role::Officer), &enter(two(), true, 0), "2026-03-02T10:30");
        assert_eq!(same_day.expect_err("the same day").key, Why::CheckUnannounced.key());
        let law = LAW.law();
        assert_eq!(told.announce_by(&items(), &law).map(|day| day.to_string()).as_deref(), Some("2026-03-01"));
    }

    #[test]
    fn both_officers_scan_on_the_same_day_before_anybody_is_in() {
        let act = enter(two(), true, 0);
        let (one, fact) = does(&ready(Reason::Routine), actor(1, Role::Officer), &act, "2026-03-03T09:00").expect("in");
        assert_eq!((one.stage, fact.what, one.entered_at), (CheckStage::Announced, CheckStep::Confirm, None));
        let again = does(&one, actor(1, Role::Officer), &act, "2026-03-03T09:01").expect_err("twice");
        assert_eq!(again.key, Why::ConfirmedAlready.key());
        let stranger = does(&one, actor(8, Role::Officer), &act, "2026-03-03T09:01").expect_err("not named");
        assert_eq!(stranger.key, Barred::ActorNotAmong.key());
        let (both, fact) = does(&one, actor(2, Role::Officer), &act, "2026-03-03T09:02").expect("in");
        assert_eq!(
            (both.stage, fact.what, both.entered_at),
            (CheckStage::Entered, CheckStep::Enter, Some(at("2026-03-03T09:02")))
        );
        assert_eq!(both.present.len(), 2);
    }

    fn entered(reason: Reason) -> Check {
        let one = done(&ready(reason), actor(1, Role::Officer), &enter(two(), true, 0), "2026-03-03T09:00");
        done(&one, actor(2, Role::Officer), &enter(two(), true, 0), "2026-03-03T09:02")
    }

    fn record(answer: Answer, words: &str) -> CheckAct {
        let finding = Finding { item: "construction-waste".into(), answer, words: words.into() };
        CheckAct::Record { findings: vec![finding], words: "车辆三台".into() }
    }

    fn finish(outcome: Outcome, left: &str) -> CheckAct {
        CheckAct::Finish { left_at: at(left), signature: Signature::Signed { name: "某人".into() }, outcome }
    }

    #[test]
    fn what_follows_fits_what_was_found() {
        let check = entered(Reason::Routine);
        let by = || actor(1, Role::Officer);
        for (act, expected) in [
            (CheckAct::Record { findings: vec![], words: "x".into() }, Why::FindingsMissing.key()),
            (record(Answer::Found, " "), Why::FindingWordless.key()),
            (finish(Outcome::Nothing, "2026-03-03T09:30"), Why::StageElsewhere.key()),
            (CheckAct::Cancel { words: "x".into() }, Why::StageElsewhere.key()),
        ] {
            assert_eq!(does(&check, by(), &act, "2026-03-03T09:30").expect_err("refused").key, expected);
        }
        let order = |until: &str| Outcome::Order { demands: "加盖".into(), until: until.parse().expect("a day") };
        let clue = || Outcome::Clue { case: 4, number: "2026-00004".into() };
        let clear = done(&check, by(), &record(Answer::Clear, ""), "2026-03-03T09:20");
        let found = done(&check, by(), &record(Answer::Found, "一台没有盖"), "2026-03-03T09:20");
        #[rustfmt::skip]
        let rows = [
            (&clear, finish(Outcome::Nothing, "2026-03-03T09:30"), None),
            (&clear, finish(Outcome::Advice { words: "及时清洗".into() }, "2026-03-03T09:30"), None),
            (&clear, finish(order("2026-03-10"), "2026-03-03T09:30"), Some(Why::OutcomeTooHeavy.key())),
            (&clear, finish(clue(), "2026-03-03T09:30"), Some(Why::OutcomeTooHeavy.key())),
            (&found, finish(Outcome::Nothing, "2026-03-03T09:30"), Some(Why::OutcomeTooLight.key())),
            (&found, finish(order("2026-03-02"), "2026-03-03T09:30"), Some(Why::DayPast.key())),
            (&found, finish(order("2026-03-10"), "2026-03-03T09:30"), None),
            (&found, finish(clue(), "2026-03-03T09:30"), None),
            (&found, finish(clue(), "2026-03-03T09:01"), Some(Why::LeftStrange.key())),
            (&found, finish(clue(), "2026-03-03T09:41"), Some(Why::LeftStrange.key())),
        ];
        for (check, act, expected) in rows {
            let said = does(check, by(), &act, "2026-03-03T09:40").map(|(check, _)| check.stage);
            assert_eq!(said.as_ref().err().map(|no| no.key), expected, "{act:?}");
            assert!(expected.is_some() || said == Ok(CheckStage::Finished));
        }
        let ordered = done(&found, by(), &finish(order("2026-03-10"), "2026-03-03T09:30"), "2026-03-03T09:40");
        let law = LAW.law();
        assert_eq!(ordered.alert(&items(), &law), Some((Alert::Recheck, at("2026-03-11T00:00"))));
        // The enterprise rates once, and nobody for it.
        let rate = |stars| CheckAct::Rate { stars, words: "有礼貌".into() };
        let party = || Actor { account: None, role: Role::Party };
        assert_eq!(
            does(&ordered, by(), &rate(5), "2026-03-03T10:00").expect_err("an officer").key,
            Why::RoleNotAllowed.key()
        );
        assert_eq!(does(&ordered, party(), &rate(6), "2026-03-03T10:00").expect_err("six").key, "form-choose");
        let rated = done(&ordered, party(), &rate(5), "2026-03-03T10:00");
        assert_eq!(
            does(&rated, party(), &rate(1), "2026-03-03T10:01").expect_err("twice").key,
            Why::RatedAlready.key()
        );
    }

    #[test]
    fn helpers_record_along_and_do_nothing_else() {
        let check = entered(Reason::Routine);
        let helper = || actor(9, Role::Helper);
        assert!(does(&check, helper(), &CheckAct::Note { words: "拍照".into() }, "2026-03-03T09:10").is_ok());
        let approve = approve("");
        let acts = [
            approve,
            CheckAct::Refuse { words: "x".into() },
            CheckAct::Announce { way: NoticeWay::Paper, receiver: "x".into() },
            enter(two(), true, 0),
            record(Answer::Clear, ""),
            finish(Outcome::Nothing, "2026-03-03T09:10"),
            CheckAct::Cancel { words: "x".into() },
        ];
        for act in acts {
            for check in [&check, &ready(Reason::Routine), &planned("drainage", Reason::Clue, "2026-03-03")] {
                let said = does(check, helper(), &act, "2026-03-03T09:20").expect_err("a helper");
                assert_eq!(said.key, Barred::HelperEnforces.key(), "{act:?}");
            }
        }
        let plan = plan("drainage", Reason::Clue, "2026-03-03");
        let said = Check::plan(5, plan, &helper(), at("2026-03-02T09:00"), &known(&[]), &items(), &LAW.law());
        assert_eq!(said.expect_err("a helper").key, Barred::HelperEnforces.key());
    }

    #[test]
    fn what_is_not_published_or_too_often_is_not_planned() {
        let law = LAW.law();
        let say = |plan: Plan, known: &Known, now: &str| {
            Check::plan(5, plan, &actor(1, Role::Officer), at(now), known, &items(), &law)
                .map(|_| ())
                .map_err(|no| no.key)
        };
        let fine = known(&[]);
        let twice = known(&[("drainage", 2)]);
        let closed = Known { is_open: false, ..fine.clone() };
        let alone = Known { officers: vec![officer(1)], ..fine.clone() };
        let on = |item: &str, reason, on: &str| plan(item, reason, on);
        let backwards = Plan { until: Time::constant(9, 0, 0, 0), ..on("drainage", Reason::Routine, "2026-03-03") };
        let nothing = Plan { items: vec![], ..on("drainage", Reason::Routine, "2026-03-03") };
        let wordless = Plan { why: " ".into(), ..on("drainage", Reason::Routine, "2026-03-03") };
        #[rustfmt::skip]
        let rows = [
            (on("kitchens", Reason::Routine, "2026-03-03"), &fine, Err(Why::ItemUnpublished.key())),
            (on("drainage", Reason::Routine, "2026-03-03"), &fine, Ok(())),
            (on("drainage", Reason::Routine, "2026-03-03"), &twice, Err(Why::PlannedTooOften.key())),
            (on("drainage", Reason::Clue, "2026-03-03"), &twice, Ok(())),
            (on("drainage", Reason::Recheck, "2026-03-03"), &twice, Ok(())),
            (on("drainage", Reason::Routine, "2026-03-01"), &fine, Err(Why::DayPast.key())),
            (on("drainage", Reason::Routine, "2028-03-01"), &fine, Err(Why::DayFar.key())),
            (on("drainage", Reason::Emergency, "2026-03-03"), &fine, Err(Why::UrgentIsToday.key())),
            (on("drainage", Reason::Routine, "2026-03-03"), &closed, Err(Why::EnterpriseClosed.key())),
            (on("drainage", Reason::Routine, "2026-03-03"), &alone, Err(Barred::TooFewOfficers.key())),
            (backwards, &fine, Err(Why::HoursBackwards.key())),
            (nothing, &fine, Err(Why::ItemMissing.key())),
            (wordless, &fine, Err(Barred::WordsMissing.key())),
        ];
        for (plan, known, expected) in rows {
            assert_eq!(say(plan.clone(), known, "2026-03-02T09:00"), expected, "{plan:?}");
        }
        // Not yet in force on the day of the check.
        let early = say(on("drainage", Reason::Routine, "2026-01-14"), &fine, "2026-01-14T08:00");
        assert_eq!(early, Err(Why::ItemUnpublished.key()));
        let planned = planned("drainage", Reason::Clue, "2026-03-02");
        let early = does(&planned, actor(1, Role::Officer), &enter(two(), true, 0), "2026-03-02T10:00");
        assert_eq!(early.expect_err("unapproved").key, Why::CheckUnapproved.key());
    }

    #[test]
    fn an_emergency_is_entered_at_once_and_approved_within_a_day_or_late_for_good() {
        let urgent = planned("construction-waste", Reason::Emergency, "2026-03-02");
        let act = enter(two(), true, 9);
        let one = done(&urgent, actor(1, Role::Officer), &act, "2026-03-02T13:00");
        assert_eq!(one.stage, CheckStage::Planned);
        let (entered, fact) = does(&one, actor(2, Role::UnitLeader), &act, "2026-03-02T13:01").expect("in");
        assert_eq!(fact.what, CheckStep::EnterUrgently);
        let law = LAW.law();
        assert_eq!(entered.alert(&items(), &law), Some((Alert::Approval, at("2026-03-03T13:01"))));
        let head = || actor(3, Role::Head);
        let recorded = done(&entered, actor(1, Role::Officer), &record(Answer::Clear, ""), "2026-03-02T14:00");
        let finish = finish(Outcome::Nothing, "2026-03-02T14:00");
        let unapproved = does(&recorded, actor(1, Role::Officer), &finish, "2026-03-02T14:10").expect_err("unapproved");
        assert_eq!(unapproved.key, Why::CheckUnapproved.key());
        let in_time = done(&recorded, head(), &approve(""), "2026-03-03T13:01");
        assert!(!in_time.is_approved_late);
        let late = does(&recorded, head(), &approve(" "), "2026-03-03T13:02").expect_err("late");
        assert_eq!(late.key, Why::CheckApprovalLate.key());
        let late = done(&recorded, head(), &approve("值班领导外出，次日补办"), "2026-03-03T13:02");
        assert!(late.is_approved_late);
        let finished = done(&late, actor(1, Role::Officer), &finish, "2026-03-03T14:00");
        assert!(finished.is_approved_late && finished.stage == CheckStage::Finished);
        let twice = does(&in_time, head(), &approve(""), "2026-03-03T14:00").expect_err("approved already");
        assert_eq!(twice.key, Why::StageElsewhere.key());
    }

    #[test]
    fn every_way_begins_and_ends_somewhere_and_facts_tell_the_check_again() {
        for step in CheckStep::ALL {
            assert!(CheckStage::ALL.iter().any(|from| check_way(*step, *from).is_some()), "{}", step.word());
        }
        for stage in CheckStage::ALL {
            let on = CheckStep::ALL.iter().filter(|step| check_way(**step, *stage).is_some_and(|(to, _)| to != *stage));
            assert_eq!(on.count() == 0, stage.is_over(), "{}", stage.word());
        }
        let first = planned("construction-waste", Reason::Routine, "2026-03-03");
        let mut facts = Vec::new();
        let mut check = first.clone();
        let announce = CheckAct::Announce { way: NoticeWay::Paper, receiver: "门卫".into() };
        for (by, act, moment) in [
            (actor(3, Role::Head), approve(""), "2026-03-02T09:30"),
            (actor(1, Role::Officer), announce, "2026-03-02T10:00"),
            (actor(1, Role::Officer), enter(two(), true, 0), "2026-03-03T09:00"),
            (actor(2, Role::Officer), enter(two(), true, 0), "2026-03-03T09:02"),
            (actor(9, Role::Helper), CheckAct::Note { words: "录像".into() }, "2026-03-03T09:05"),
            (actor(1, Role::Officer), record(Answer::Clear, ""), "2026-03-03T09:20"),
            (actor(1, Role::Officer), finish(Outcome::Nothing, "2026-03-03T09:30"), "2026-03-03T09:40"),
        ] {
            let (after, fact) = does(&check, by, &act, moment).expect("carried out");
            let text = serde_json::to_string(&fact.act).expect("JSON");
            assert_eq!(serde_json::from_str::<CheckAct>(&text).expect("an act"), fact.act);
            facts.push(fact);
            check = after;
        }
        assert_eq!(replay(first, &facts, &items(), &LAW.law()), Ok(check));
    }
}
