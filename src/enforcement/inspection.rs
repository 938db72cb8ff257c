//! Checks of enterprises (涉企行政检查): only what is published, approved, announced and not too often; entered by officers who
//! scan; never by anybody without a credential. What may be checked, and how often, stands in `law/inspection.toml`.
//!
//! A check on a clue, on the enterprise's own request or in an emergency needs no notice and does not count against the cap of
//! the year; an emergency is approved afterwards.

use super::case::{Actor, Law, Officer, Role};
use super::guards;
use super::refusal::Why;
use crate::catalog::{Problem, Text};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::Certainty;
use crate::law::terms::is_in_force;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The file.
pub const FILE: &str = "law/inspection.toml";

/// Something that may be checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// Its name in the file.
    pub id: String,
    /// What it is.
    pub name: Text,
    /// On what it rests.
    pub basis: String,
    /// When it was published; none while it is not.
    pub published_on: Option<Date>,
    /// How often an enterprise is checked on it in a year, at most; 1 or more.
    pub most_a_year: u32,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    pub until: Option<Date>,
}

/// What may be checked, and under which rule.
#[derive(Clone, Debug)]
pub struct Items {
    items: Vec<Item>,
    /// How many working days a notice comes before, 0 for the same day.
    pub notice_days: u32,
    /// Within how many hours an urgent check is approved.
    pub urgent_hours: u32,
    /// How sure the rule is.
    pub certainty: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsFile {
    rule: RuleRow,
    #[serde(default)]
    item: Vec<ItemRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    document: String,
    source: String,
    certainty: Certainty,
    notice_days: u32,
    urgent_hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    id: String,
    zh: String,
    en: String,
    basis: String,
    published_on: Option<Date>,
    most_a_year: u32,
    from: Date,
    until: Option<Date>,
}

impl Items {
    /// Reads the text of [`FILE`].
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(text: &str) -> Result<Items, Vec<Problem>> {
        let file: ItemsFile = toml::from_str(text).map_err(|error| vec![Problem::unreadable(FILE, text, &error)])?;
        let mut problems = Vec::new();
        let rule = &file.rule;
        if rule.document.trim().is_empty() || rule.source.trim().is_empty() {
            problems.push(Problem::new(FILE, "rule", "enforcement-source-missing"));
        }
        if rule.notice_days > 30 || rule.urgent_hours == 0 || rule.urgent_hours > 72 {
            problems.push(Problem::new(FILE, "rule", "law-number-out-of-range"));
        }
        let mut items: Vec<Item> = Vec::new();
        for row in file.item {
            if [&row.zh, &row.en, &row.basis].iter().any(|words| words.trim().is_empty()) {
                problems.push(Problem::new(FILE, &row.id, "law-words-missing"));
            }
            if row.most_a_year == 0 || row.most_a_year > 366 {
                problems.push(Problem::new(FILE, &row.id, "law-number-out-of-range"));
            }
            if row.until.is_some_and(|until| until < row.from) {
                problems.push(Problem::new(FILE, &row.id, "law-validity-reversed"));
            }
            let touches = |known: &Item| {
                known.until.is_none_or(|until| until >= row.from) && row.until.is_none_or(|until| until >= known.from)
            };
            if items.iter().any(|known| known.id == row.id && touches(known)) {
                problems.push(Problem::new(FILE, &row.id, "law-term-twice").with("term", &row.id));
            }
            items.push(Item {
                id: row.id,
                name: Text { zh: row.zh, en: row.en },
                basis: row.basis,
                published_on: row.published_on,
                most_a_year: row.most_a_year,
                from: row.from,
                until: row.until,
            });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let (notice_days, urgent_hours) = (rule.notice_days, rule.urgent_hours);
        Ok(Items { items, notice_days, urgent_hours, certainty: rule.certainty })
    }

    /// The item of that name that is published and in force on `day`.
    ///
    /// # Errors
    /// `enforcement-refusal-item-unpublished`.
    pub fn on(&self, id: &str, day: Date) -> Result<&Item, Refusal> {
        let found = self.items.iter().find(|item| item.id == id && is_in_force(day, item.from, item.until));
        let found = found.filter(|item| item.published_on.is_some_and(|published| published <= day));
        found.ok_or_else(|| Why::ItemUnpublished.refuse())
    }
}

enum_of_words! {
    /// Why an enterprise is checked.
    Reason {
        /// 日常检查.
        Routine = "routine",
        /// 投诉举报、转办交办、数据监测等线索.
        Clue = "clue",
        /// 企业申请.
        Request = "request",
        /// 情况紧急.
        Emergency = "emergency",
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
        /// 已记录，紧急检查待补办批准.
        Recorded = "recorded",
        /// 已完成.
        Finished = "finished",
        /// 已取消.
        Cancelled = "cancelled",
    }
}

enum_of_words! {
    /// A line of the workflow of a check.
    CheckStep {
        /// 批准.
        Approve = "approve",
        /// 通知.
        Announce = "announce",
        /// 扫码入企.
        Enter = "enter",
        /// 紧急入企.
        EnterUrgently = "enter-urgently",
        /// 记录.
        Record = "record",
        /// 补办批准.
        ApproveAfterwards = "approve-afterwards",
        /// 完成.
        Finish = "finish",
        /// 取消.
        Cancel = "cancel",
    }
}

/// A check of an enterprise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The identifier.
    pub id: Id,
    /// What is checked.
    pub item: String,
    /// The enterprise.
    pub enterprise: Id,
    /// Why.
    pub reason: Reason,
    /// The stage.
    pub stage: CheckStage,
    /// When it was approved.
    pub approved_at: Option<Moment>,
    /// When the enterprise was told.
    pub announced_at: Option<Moment>,
    /// When it was entered.
    pub entered_at: Option<Moment>,
    /// What was found.
    pub words: String,
    /// When something last happened.
    pub last_at: Moment,
    /// One more for every act.
    pub revision: i64,
}

impl Check {
    /// A check as an officer plans it.
    ///
    /// # Errors
    /// `enforcement-refusal-item-unpublished`, `…-helper-enforces`, `…-role-not-allowed`.
    pub fn plan(
        id: Id,
        (item, enterprise, reason): (&str, Id, Reason),
        actor: &Actor,
        now: Moment,
        items: &Items,
        law: &Law<'_>,
    ) -> Result<Check, Refusal> {
        Why::HelperEnforces.unless(actor.role != Role::Helper)?;
        Why::RoleNotAllowed.unless(matches!(actor.role, Role::Officer | Role::UnitLeader))?;
        items.on(item, law.calendar.date_of(now))?;
        Ok(Check {
            id,
            item: item.to_owned(),
            enterprise,
            reason,
            stage: CheckStage::Planned,
            approved_at: None,
            announced_at: None,
            entered_at: None,
            words: String::new(),
            last_at: now,
            revision: 1,
        })
    }
}

/// What somebody does to a check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum CheckAct {
    /// 批准.
    Approve,
    /// 通知.
    Announce,
    /// 扫码入企.
    Enter {
        /// Who enters.
        officers: Vec<Officer>,
        /// Whether they scanned the enterprise's code.
        is_scanned: bool,
        /// How many routine checks of this item there were at this enterprise in this calendar year.
        earlier: u32,
    },
    /// 记录.
    Record {
        /// What was found.
        words: String,
    },
    /// 完成.
    Finish,
    /// 取消.
    Cancel {
        /// Why.
        reason: String,
    },
}

/// The workflow of a check. A step that is not written here does not exist.
pub fn check_way(step: CheckStep, from: CheckStage) -> Option<(CheckStage, &'static [Role])> {
    use CheckStage as S;
    use CheckStep as T;
    const OFFICER: &[Role] = &[Role::Officer];
    const HEAD: &[Role] = &[Role::Head];
    const CANCELLING: &[Role] = &[Role::Officer, Role::UnitLeader, Role::Head];
    Some(match (step, from) {
        (T::Approve, S::Planned) => (S::Approved, HEAD),
        (T::Announce, S::Approved) => (S::Announced, OFFICER),
        (T::Enter, S::Approved | S::Announced) => (S::Entered, OFFICER),
        (T::EnterUrgently, S::Planned) => (S::Entered, OFFICER),
        (T::Record, S::Entered) => (S::Recorded, OFFICER),
        (T::ApproveAfterwards, S::Entered) => (S::Entered, HEAD),
        (T::ApproveAfterwards, S::Recorded) => (S::Recorded, HEAD),
        (T::Finish, S::Recorded) => (S::Finished, OFFICER),
        (T::Cancel, S::Planned | S::Approved | S::Announced) => (S::Cancelled, CANCELLING),
        _ => return None,
    })
}

/// One act on one check.
///
/// # Errors
/// `enforcement-refusal-…`: helper, stage, post, words, officers and credentials (行政处罚法 art. 42), approval, notice, how
/// often, and the scan.
pub fn carry_out_check(
    check: &Check,
    actor: &Actor,
    act: &CheckAct,
    moment: Moment,
    items: &Items,
    law: &Law<'_>,
) -> Result<(Check, CheckStep), Refusal> {
    let is_before = check.stage == CheckStage::Planned;
    let step = match act {
        CheckAct::Approve if is_before => CheckStep::Approve,
        CheckAct::Approve => CheckStep::ApproveAfterwards,
        CheckAct::Announce => CheckStep::Announce,
        CheckAct::Enter { .. } if is_before && check.reason == Reason::Emergency => CheckStep::EnterUrgently,
        CheckAct::Enter { .. } => CheckStep::Enter,
        CheckAct::Record { .. } => CheckStep::Record,
        CheckAct::Finish => CheckStep::Finish,
        CheckAct::Cancel { .. } => CheckStep::Cancel,
    };
    Why::HelperEnforces.unless(actor.role != Role::Helper)?;
    if is_before && step == CheckStep::Enter {
        return Err(Why::CheckUnapproved.refuse());
    }
    let Some((to, who)) = check_way(step, check.stage) else {
        return Err(Why::StageElsewhere.refuse().with("stage", check.stage.word()));
    };
    Why::RoleNotAllowed.unless(who.contains(&actor.role))?;
    Why::DateBackwards.unless(moment >= check.last_at)?;
    let today = law.calendar.date_of(moment);
    let mut after = check.clone();
    match act {
        CheckAct::Approve => {
            if let Some(entered) = check.entered_at {
                Why::NoSuchThing.unless(check.approved_at.is_none())?;
                let latest = entered.plus(i64::from(items.urgent_hours) * 3_600_000);
                Why::CheckApprovalLate.unless(moment <= latest)?;
            }
            after.approved_at = Some(moment);
        }
        CheckAct::Announce => after.announced_at = Some(moment),
        CheckAct::Enter { officers, is_scanned, earlier } => {
            let item = items.on(&check.item, today)?;
            guards::officers(&BTreeSet::new(), officers, actor.account, today, law)?;
            Why::NotScanned.unless(*is_scanned)?;
            if check.reason == Reason::Routine {
                let announced = check.announced_at.ok_or_else(|| Why::CheckUnannounced.refuse())?;
                let mut day = law.calendar.date_of(announced);
                let mut left = items.notice_days;
                while left > 0 && day < today {
                    day = day.tomorrow().unwrap_or(today);
                    left -= u32::from(law.calendar.is_working_day(day)?);
                }
                Why::CheckUnannounced.unless(left == 0)?;
                if *earlier >= item.most_a_year {
                    return Err(Why::CheckedTooOften.refuse().with("most", item.most_a_year));
                }
            }
            after.entered_at = Some(moment);
        }
        CheckAct::Record { words } => {
            guards::words(words)?;
            after.words.clone_from(words);
        }
        CheckAct::Finish => Why::CheckUnapproved.unless(check.approved_at.is_some())?,
        CheckAct::Cancel { reason } => guards::words(reason)?,
    }
    (after.stage, after.last_at, after.revision) = (to, moment, check.revision + 1);
    Ok((after, step))
}

#[cfg(test)]
mod tests {
    use super::super::case::Credential;
    use super::super::case::tests::{LAW, at};
    use super::*;
    use crate::kit::sources::Sources;

    fn text() -> String {
        Sources::embedded().folder("law/").into_iter().find(|(path, _)| path == FILE).expect("the file").1
    }

    fn items() -> Items {
        Items::load(&text()).expect("the package's items")
    }

    fn officer(account: Id) -> Officer {
        let (from, until) = ("2025-01-01".parse().expect("a day"), "2027-12-31".parse().expect("a day"));
        Officer {
            account,
            credential: Some(Credential { number: format!("C{account}"), from, until }),
            is_helper: false,
        }
    }

    fn actor(role: Role) -> Actor {
        Actor { account: Some(1), role }
    }

    fn enter(officers: Vec<Officer>, is_scanned: bool, earlier: u32) -> CheckAct {
        CheckAct::Enter { officers, is_scanned, earlier }
    }

    /// A check that was planned, approved and, when it is routine, announced on Monday 2 March 2026.
    fn ready(reason: Reason) -> Check {
        let law = LAW.law();
        let plan = ("construction-waste", 77, reason);
        let check =
            Check::plan(5, plan, &actor(Role::Officer), at("2026-03-02T09:00"), &items(), &law).expect("a plan");
        let carry = |check: &Check, role, act: &CheckAct, moment: &str| {
            carry_out_check(check, &actor(role), act, at(moment), &items(), &law).expect("carried out").0
        };
        let check = carry(&check, Role::Head, &CheckAct::Approve, "2026-03-02T09:30");
        match reason {
            Reason::Routine => carry(&check, Role::Officer, &CheckAct::Announce, "2026-03-02T10:00"),
            _ => check,
        }
    }

    #[test]
    fn every_rule_of_a_check() {
        let (two, law) = (vec![officer(1), officer(2)], LAW.law());
        let expired = |mut officer: Officer| {
            officer.credential.as_mut().expect("one").until = "2026-03-02".parse().expect("a day");
            officer
        };
        let helper = Officer { is_helper: true, ..officer(2) };
        #[rustfmt::skip]
        let rows = [
            (Reason::Routine, Role::Officer, enter(two.clone(), true, 0), "2026-03-03T09:00", None, "国办发〔2024〕54号"),
            (Reason::Routine, Role::Officer, enter(two.clone(), true, 0), "2026-03-02T15:00", Some(Why::CheckUnannounced), "通知"),
            (Reason::Routine, Role::Officer, enter(two.clone(), true, 2), "2026-03-03T09:00", Some(Why::CheckedTooOften), "频次"),
            (Reason::Clue, Role::Officer, enter(two.clone(), true, 2), "2026-03-02T15:00", None, "线索检查不计频次"),
            (Reason::Routine, Role::Officer, enter(two.clone(), false, 0), "2026-03-03T09:00", Some(Why::NotScanned), "扫码入企"),
            (Reason::Routine, Role::Helper, enter(two.clone(), true, 0), "2026-03-03T09:00", Some(Why::HelperEnforces), "处罚法42"),
            (Reason::Routine, Role::Officer, enter(vec![officer(1), helper], true, 0), "2026-03-03T09:00", Some(Why::HelperEnforces), "处罚法42"),
            (Reason::Routine, Role::Officer, enter(vec![officer(1)], true, 0), "2026-03-03T09:00", Some(Why::TooFewOfficers), "处罚法42"),
            (Reason::Routine, Role::Officer, enter(vec![officer(1), expired(officer(2))], true, 0), "2026-03-03T09:00", Some(Why::CredentialInvalid), "处罚法42"),
        ];
        for (reason, role, act, moment, expected, article) in rows {
            let said = carry_out_check(&ready(reason), &actor(role), &act, at(moment), &items(), &law);
            assert_eq!(said.err().map(|refusal| refusal.key), expected.map(Why::key), "{article}");
        }
    }

    #[test]
    fn what_is_not_published_or_approved_is_not_checked() {
        let law = LAW.law();
        let plan = |item: &str, moment: &str, reason| {
            Check::plan(5, (item, 77, reason), &actor(Role::Officer), at(moment), &items(), &law)
        };
        for (item, moment) in [("kitchens", "2026-03-02T09:00"), ("drainage", "2026-01-14T09:00")] {
            let said = plan(item, moment, Reason::Routine).expect_err("unpublished").key;
            assert_eq!(said, Why::ItemUnpublished.key());
        }
        let planned = plan("drainage", "2026-03-02T09:00", Reason::Clue).expect("planned");
        let act = enter(vec![officer(1), officer(2)], true, 0);
        let early = carry_out_check(&planned, &actor(Role::Officer), &act, at("2026-03-02T10:00"), &items(), &law);
        assert_eq!(early.expect_err("unapproved").key, Why::CheckUnapproved.key());
        // An emergency is entered at once, and approved within a day.
        let urgent = plan("drainage", "2026-03-02T09:00", Reason::Emergency).expect("planned");
        let carry = |check: &Check, role, act: &CheckAct, moment: &str| {
            carry_out_check(check, &actor(role), act, at(moment), &items(), &law)
        };
        let entered = carry(&urgent, Role::Officer, &act, "2026-03-02T10:00").expect("entered").0;
        let late = carry(&entered, Role::Head, &CheckAct::Approve, "2026-03-03T10:01");
        assert_eq!(late.expect_err("late").key, Why::CheckApprovalLate.key());
        let record = CheckAct::Record { words: "油水分离器运行正常".to_owned() };
        let recorded = carry(&entered, Role::Officer, &record, "2026-03-02T11:00").expect("recorded").0;
        let unapproved = carry(&recorded, Role::Officer, &CheckAct::Finish, "2026-03-02T11:30");
        assert_eq!(unapproved.expect_err("unapproved").key, Why::CheckUnapproved.key());
        let approved = carry(&recorded, Role::Head, &CheckAct::Approve, "2026-03-03T10:00").expect("approved").0;
        assert!(carry(&approved, Role::Officer, &CheckAct::Finish, "2026-03-03T11:30").is_ok());
    }

    #[test]
    fn wrong_files_are_refused() {
        let changed = |from: &str, to: &str| -> Vec<&'static str> {
            assert!(text().contains(from), "{from}");
            let loaded = Items::load(&text().replacen(from, to, 1));
            loaded.map_or_else(|problems| problems.iter().map(|problem| problem.key).collect(), |_| vec![])
        };
        assert_eq!(changed("most_a_year = 2", "most_a_year = 0"), ["law-number-out-of-range"]);
        assert_eq!(changed("id = \"drainage\"", "id = \"outdoor-advertising\""), ["law-term-twice"]);
        assert_eq!(changed("urgent_hours = 24", "urgent_hours = 0"), ["law-number-out-of-range"]);
        assert_eq!(changed("most_a_year = 2", "most_a_yaer = 2"), ["catalog-file-unreadable"]);
    }
}
