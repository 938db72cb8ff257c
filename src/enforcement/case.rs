//! A penalty case (处罚案件): what somebody is to be punished for, and the only ways it may go.
//!
//! The workflow is the one `match` in [`way`]; what an act needs besides the right stage and the right post is asked in
//! [`carry_out`] and in [`super::guards`], one small question each, and every no names its article. The ordinary procedure
//! runs from the clue to the archive; the summary procedure (简易程序) decides on the spot, reports back and joins it where
//! money is paid.
//!
//! What the law is silent about is settled in docs/decisions/enforcement.md. A fact keeps its act, so the log makes the same
//! case again.

use super::guards;
use super::matters::{ExemptionKind, Matters, PartyKind, PenaltyKind, TierKind};
use super::measures::{self, Measure, OnSite, Request};
use super::money::{Account, Instalment, Payment, SpotReason, Towards, may_collect};
use super::organ::{Organ, ReviewOrder};
use super::performing::{self, OnSpot, Performance, Plan};
use super::publication::{self, Entry, Publication, Withdrawal};
use super::questions::Questions;
use super::refusal::Why;
use super::sampling::{self, Sample, SampleEnd, Taking};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::{Calendar, End, Excluded, Exclusion, Terms};
use crate::people::credentials::Held;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

enum_of_words! {
    /// Where a penalty case stands.
    Stage {
        /// 线索.
        Clue = "clue",
        /// 已核查，待报批立案.
        Checked = "checked",
        /// 待立案审批.
        AwaitingFiling = "awaiting-filing",
        /// 调查取证.
        Investigating = "investigating",
        /// 调查终结.
        Concluded = "concluded",
        /// 法制审核中（告知前）.
        InReview = "in-review",
        /// 法制审核通过.
        Reviewed = "reviewed",
        /// 已告知，等待陈述申辩.
        Notified = "notified",
        /// 已要求听证.
        HearingAsked = "hearing-asked",
        /// 已通知听证.
        HearingCalled = "hearing-called",
        /// 听证结束，待报告.
        Heard = "heard",
        /// 陈述申辩、听证程序完成.
        Answered = "answered",
        /// 法制审核中（决定前）.
        InFinalReview = "in-final-review",
        /// 待处罚决定审批.
        AwaitingDecision = "awaiting-decision",
        /// 已决定，待送达.
        Decided = "decided",
        /// 当场处罚，待备案.
        SummaryDecided = "summary-decided",
        /// 执行中.
        Executing = "executing",
        /// 待结案审批.
        AwaitingClosing = "awaiting-closing",
        /// 已结案，待归档.
        Closed = "closed",
        /// 已归档.
        Archived = "archived",
        /// 不予立案.
        NotFiled = "not-filed",
        /// 已移送.
        Transferred = "transferred",
        /// 不予处罚.
        NotPunished = "not-punished",
        /// 违法事实不成立.
        NotEstablished = "not-established",
        /// 终止.
        Terminated = "terminated",
        /// 决定已撤销.
        Revoked = "revoked",
    }
}

impl Stage {
    /// Whether nobody's turn comes any more. A review, a suit or a revocation may still come of what is archived.
    pub const fn is_over(self) -> bool {
        matches!(self, Stage::Archived | Stage::NotFiled)
    }

    /// Whether a case has come to its end, so that others may learn from it.
    pub const fn can_be_taught(self) -> bool {
        matches!(self, Stage::Closed | Stage::Archived | Stage::NotFiled)
    }

    /// Whose turn it is: the post that takes the case on from here; none when nothing more happens.
    pub const fn waits_for(self) -> Option<Role> {
        match self {
            Stage::AwaitingFiling | Stage::AwaitingDecision | Stage::AwaitingClosing | Stage::HearingAsked => {
                Some(Role::Head)
            }
            Stage::InReview | Stage::InFinalReview => Some(Role::LegalReviewer),
            Stage::HearingCalled | Stage::Heard => Some(Role::HearingPresident),
            Stage::Closed => Some(Role::Archivist),
            Stage::Archived | Stage::NotFiled => None,
            _ => Some(Role::Officer),
        }
    }

    /// Whether something may be done in the party's place: until the case is about to be closed, or is somebody else's.
    pub const fn may_perform(self) -> bool {
        self.is_undecided()
            || matches!(
                self,
                Stage::Clue
                    | Stage::Checked
                    | Stage::AwaitingFiling
                    | Stage::Decided
                    | Stage::SummaryDecided
                    | Stage::Executing
                    | Stage::NotPunished
            )
    }

    /// Whether it is filed and undecided: the ninety days run.
    pub const fn is_undecided(self) -> bool {
        matches!(
            self,
            Stage::Investigating
                | Stage::Concluded
                | Stage::InReview
                | Stage::Reviewed
                | Stage::Notified
                | Stage::HearingAsked
                | Stage::HearingCalled
                | Stage::Heard
                | Stage::Answered
                | Stage::InFinalReview
                | Stage::AwaitingDecision
        )
    }
}

enum_of_words! {
    /// From where one acts.
    Role {
        /// 协管人员: records and persuades, and does nothing else.
        Helper = "helper",
        /// 执法人员.
        Officer = "officer",
        /// 中队负责人.
        UnitLeader = "unit-leader",
        /// 法制审核人员.
        LegalReviewer = "legal-reviewer",
        /// 听证主持人.
        HearingPresident = "hearing-president",
        /// 行政机关负责人.
        Head = "head",
        /// 财务: reads what the bank reports; decides nothing.
        Treasurer = "treasurer",
        /// 档案管理人员.
        Archivist = "archivist",
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

/// A credential (执法证件): its number and the days on which it is valid, both included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Credential {
    /// Its number.
    pub number: String,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub until: Date,
}

impl From<Held> for Credential {
    fn from(held: Held) -> Credential {
        Credential { number: held.number, from: held.from, until: held.until }
    }
}

/// Somebody who takes part in an official act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Officer {
    /// The account.
    pub account: Id,
    /// The credential, as it was on that day.
    pub credential: Option<Credential>,
    /// Whether it is a helper (协管人员).
    pub is_helper: bool,
}

enum_of_words! {
    /// What a party is.
    PartyForm {
        /// 公民.
        Citizen = "citizen",
        /// 个体工商户.
        SoleTrader = "sole-trader",
        /// 法人或者其他组织.
        Unit = "unit",
    }
}

/// The party (当事人).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Party {
    /// The name.
    pub name: String,
    /// What it is.
    pub form: PartyForm,
    /// The age in full years on the day of the act; none when it does not matter.
    pub age: Option<u8>,
    /// Whether the person could not tell or control what was done (art. 31).
    pub is_unaccountable: bool,
    /// The identity number or the credit code; empty while nobody knows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

impl Party {
    /// What clauses tell apart.
    pub fn kind(&self, organ: &Organ) -> PartyKind {
        match self.form {
            PartyForm::Citizen => PartyKind::Citizen,
            PartyForm::SoleTrader => organ.sole_trader,
            PartyForm::Unit => PartyKind::Unit,
        }
    }
}

enum_of_words! {
    /// The kinds of evidence (art. 46).
    EvidenceKind {
        /// 书证.
        Document = "document",
        /// 物证.
        Thing = "thing",
        /// 视听资料.
        Recording = "recording",
        /// 电子数据.
        Electronic = "electronic",
        /// 证人证言.
        Witness = "witness",
        /// 当事人的陈述.
        Statement = "statement",
        /// 鉴定意见.
        Expert = "expert",
        /// 勘验笔录、现场笔录.
        Inspection = "inspection",
    }
}

/// A piece of evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// Its kind.
    pub kind: EvidenceKind,
    /// What it shows.
    pub words: String,
    /// Whether it was got lawfully.
    pub is_lawful: bool,
    /// Whether it is the record of a technical monitoring device (art. 41).
    pub is_monitoring: bool,
    /// Whether such a record was reviewed, legally and technically.
    pub is_reviewed: bool,
}

/// Evidence that was registered and kept where it is (先行登记保存).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Registered {
    /// Its number within the case, from 1.
    pub number: u32,
    /// When.
    pub at: Moment,
    /// What.
    pub items: String,
    /// Who of the heads approved.
    #[serde(default)]
    pub approved_by: Option<Id>,
    /// What became of it; none while it waits.
    pub disposal: Option<Disposal>,
}

enum_of_words! {
    /// What becomes of registered evidence or of seized things.
    Disposal {
        /// 解除、退还.
        Released = "released",
        /// 转为查封、扣押.
        Seized = "seized",
        /// 送检测、检验、鉴定.
        Tested = "tested",
        /// 依法没收.
        Confiscated = "confiscated",
        /// 移送.
        HandedOver = "handed-over",
        /// 依法销毁.
        Destroyed = "destroyed",
    }
}

impl Disposal {
    /// How a seizure ends (行政强制法 art. 21, 27, 28): tests and further seizures end none.
    pub const OF_SEIZURE: [Disposal; 4] =
        [Disposal::Released, Disposal::Confiscated, Disposal::HandedOver, Disposal::Destroyed];
    /// What becomes of registered evidence (行政处罚法 art. 56).
    pub const OF_REGISTERED: [Disposal; 4] =
        [Disposal::Released, Disposal::Seized, Disposal::Tested, Disposal::HandedOver];
}

/// A seizure (查封、扣押).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seizure {
    /// Its number within the case, from 1.
    pub number: u32,
    /// When.
    pub at: Moment,
    /// What.
    pub items: String,
    /// Whether the head has approved it.
    pub is_approved: bool,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// On which provision.
    #[serde(default)]
    pub basis: String,
    /// Whether it was extended.
    pub is_extended: bool,
    /// What became of it; none while it lasts.
    pub disposal: Option<Disposal>,
}

enum_of_words! {
    /// What became of an order to correct.
    Correction {
        /// 已改正.
        Corrected = "corrected",
        /// 逾期未改正.
        NotCorrected = "not-corrected",
        /// 拒不改正.
        Refused = "refused",
    }
}

/// An order to correct (责令改正).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The day on which it was given.
    pub on: Date,
    /// The last day to obey.
    pub until: Date,
    /// What became of it; none while it runs.
    pub outcome: Option<Correction>,
}

enum_of_words! {
    /// Which rule is applied (art. 37).
    Rule {
        /// 行为时的规定.
        OfTheAct = "of-the-act",
        /// 作出决定时的规定.
        OfTheDecision = "of-the-decision",
    }
}

/// A penalty, as intended, announced or decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Penalty {
    /// Its kinds.
    pub kinds: BTreeSet<PenaltyKind>,
    /// The fine, fen; 0 without one.
    pub fine: i64,
    /// The worth of what is confiscated, fen; 0 when nothing is.
    pub confiscated: i64,
    /// Square metres in hundredths, pieces, or cost in fen, where the clause asks for it.
    pub quantity: Option<i64>,
    /// The tier of discretion.
    pub tier: Option<TierKind>,
    /// Why the amount lies outside the tier, or why there is none.
    pub tier_reason: String,
    /// Which rule is applied.
    pub rule: Rule,
    /// Why that one, where the rule has changed.
    pub rule_reason: String,
}

/// Another decision about the same act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OtherDecision {
    /// Its number.
    pub number: String,
    /// The fine, fen; 0 without one.
    pub fine: i64,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

/// What the investigators conclude (调查终结报告).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Conclusion {
    /// When.
    pub at: Moment,
    /// The penalty they propose; none when they propose none.
    pub penalty: Option<Penalty>,
    /// Whether an exemption (art. 33) was considered, with the finding in words.
    pub exemption: String,
    /// Whether it touches a major public interest (art. 58 no. 1).
    pub is_public_interest: bool,
    /// Whether it is complex, with many legal relations (art. 58 no. 3, art. 57 ¶2).
    pub is_complex: bool,
}

/// A legal review (法制审核).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub by: Id,
    /// When.
    pub at: Moment,
    /// Whether it passed.
    pub is_passed: bool,
    /// The opinion.
    pub words: String,
}

/// A discussion of the heads (集体讨论).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Discussion {
    /// When.
    pub at: Moment,
    /// Who took part.
    pub people: BTreeSet<Id>,
    /// What came of it.
    pub words: String,
}

/// What a party was told before the decision (事先告知).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// When it was served.
    pub at: Moment,
    /// The intended penalty.
    pub penalty: Penalty,
    /// Whether it offers a hearing.
    pub offers_hearing: bool,
    /// Whether statement and defence were waived, in writing.
    pub statement_waived: bool,
    /// Whether the hearing was waived, in writing.
    pub hearing_waived: bool,
}

/// A statement or defence (陈述、申辩).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Defence {
    /// Its number within the case, from 1.
    pub number: u32,
    /// When.
    pub at: Moment,
    /// What was said.
    pub words: String,
    /// Whether it was adopted; none while nobody has looked.
    pub is_adopted: Option<bool>,
    /// Why.
    pub answer: String,
}

/// A hearing (听证).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hearing {
    /// When it was asked for.
    pub asked_at: Moment,
    /// The day; none until it is called.
    pub on: Option<Date>,
    /// The president; none until appointed.
    pub president: Option<Id>,
    /// When it was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Moment>,
    /// When the summons to it counts as served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summoned_at: Option<Moment>,
    /// When it was held, or given up by the party's staying away.
    pub held_at: Option<Moment>,
    /// When the president reported.
    pub reported_at: Option<Moment>,
    /// Whether the party took it back.
    pub is_withdrawn: bool,
}

impl Hearing {
    /// Whether it is still to be held or reported.
    pub fn is_open(&self) -> bool {
        !self.is_withdrawn && self.reported_at.is_none()
    }
}

enum_of_words! {
    /// Whether a decision is one of social effect (行政处罚法 art. 48), as whoever decides says.
    Effect {
        /// The organ's rule says it.
        ByRule = "by-rule",
        /// 具有一定社会影响.
        Yes = "yes",
        /// 不具有社会影响.
        No = "no",
    }
}

/// What a decision of before says about its effect: nothing, so the organ's rule does.
const fn by_rule() -> Effect {
    Effect::ByRule
}

/// What somebody found of a piece of evidence (art. 46: it is looked at before a fact rests on it).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Judgement {
    /// Which piece, counted from 1.
    pub number: u32,
    /// Who.
    pub by: Option<Id>,
    /// When.
    pub at: Moment,
    /// Whether no fact rests on it.
    pub is_excluded: bool,
    /// What was found.
    pub words: String,
}

/// The decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Option<Id>,
    /// What.
    pub penalty: Penalty,
    /// When it was served; none until then.
    pub served_at: Option<Moment>,
    /// What else than money was carried out; empty until then.
    pub performed: BTreeSet<PenaltyKind>,
    /// When it was published.
    pub published_at: Option<Moment>,
    /// When it was changed or revoked while published, and not yet withdrawn.
    pub withdraw_since: Option<Moment>,
    /// Whether it is of social effect.
    #[serde(default = "by_rule")]
    pub effect: Effect,
    /// Whether it was revoked or found void: it is neither carried out nor published any more.
    #[serde(default)]
    pub is_set_aside: bool,
    /// Whether it was found unlawful and stands all the same: it is not published any more.
    #[serde(default)]
    pub is_unlawful: bool,
}

enum_of_words! {
    /// How a paper is served (送达).
    Manner {
        /// 直接送达.
        Direct = "direct",
        /// 留置送达.
        Left = "left",
        /// 委托送达.
        Entrusted = "entrusted",
        /// 邮寄送达.
        Post = "post",
        /// 电子送达.
        Electronic = "electronic",
        /// 转交送达.
        Forwarded = "forwarded",
        /// 公告送达.
        Announcement = "announcement",
    }
}

/// A paper by its kind and number, as an act names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Named {
    /// The kind in `letters/kinds.toml`.
    pub kind: String,
    /// Its number; empty for kinds without one.
    pub number: String,
}

/// A paper that was made outside of the program (自备文书), such as a numbered form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outside {
    /// What it is.
    pub paper: Named,
    /// The day that stands on it.
    pub on: Date,
    /// When it was recorded.
    pub at: Moment,
    /// Why it was made outside.
    pub reason: String,
}

/// A paper that has reached the party.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Delivered {
    /// Which.
    pub paper: Named,
    /// When it counts as served.
    pub at: Moment,
}

/// A paper that hangs out, because it could be served in no other manner (公告送达).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Posted {
    /// Which; none where papers are not asked for.
    pub paper: Option<Named>,
    /// Since which day.
    pub on: Date,
    /// Which other manners were tried in vain.
    pub tried: String,
    /// Whether the service that it led to was recorded.
    pub is_done: bool,
}

enum_of_words! {
    /// Who is asked in an interview.
    Standing {
        /// 当事人.
        Party = "party",
        /// 证人.
        Witness = "witness",
        /// 其他有关人员.
        Other = "other",
    }
}

/// The person asked in an interview (被询问人).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// As what.
    pub standing: Standing,
    /// The name; empty where it is the party's own.
    pub name: String,
    /// The person's relation to the case.
    pub relation: String,
}

impl Asked {
    /// What their words are as evidence (art. 46).
    pub const fn evidence(&self) -> EvidenceKind {
        match self.standing {
            Standing::Party => EvidenceKind::Statement,
            Standing::Witness | Standing::Other => EvidenceKind::Witness,
        }
    }
}

impl Default for Asked {
    fn default() -> Asked {
        Asked { standing: Standing::Party, name: String::new(), relation: String::new() }
    }
}

/// How a paper was served.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Service {
    /// In which manner.
    pub manner: Manner,
    /// Whether the party signed a consent to electronic service.
    pub has_consent: bool,
    /// Whether there is a witness or a recording, where it was left.
    pub has_witness: bool,
    /// The day on which the announcement was posted.
    pub announced_on: Option<Date>,
    /// The day that stands on the receipt, where somebody else brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_on: Option<Date>,
    /// Which other manners were tried in vain, before it is announced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tried: String,
    /// Which paper; none where papers are not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Named>,
}

impl Service {
    /// Served in a manner, with nothing said beside it.
    pub const fn by(manner: Manner) -> Service {
        Service {
            manner,
            has_consent: false,
            has_witness: false,
            announced_on: None,
            received_on: None,
            tried: String::new(),
            paper: None,
        }
    }
}

/// How facts of before were served, which say nothing about it.
const fn directly() -> Service {
    Service::by(Manner::Direct)
}

/// Money that was taken in cash and has to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cash {
    /// When it was taken; on water: when the boat landed.
    pub on: Date,
    /// Fen.
    pub amount: i64,
    /// When the organ got it.
    pub at_organ_on: Option<Date>,
    /// When the bank got it.
    pub at_bank_on: Option<Date>,
}

enum_of_words! {
    /// Which procedure.
    Procedure {
        /// 普通程序.
        Ordinary = "ordinary",
        /// 简易程序.
        Summary = "summary",
    }
}

enum_of_words! {
    /// About what a unit's leader gives an opinion.
    OpinionOn {
        /// 立案.
        Filing = "filing",
        /// 调查终结.
        Conclusion = "conclusion",
        /// 结案.
        Closing = "closing",
    }
}

/// What a unit's leader says (承办机构意见) before a case goes to the reviewer or the head.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Opinion {
    /// About what.
    pub on: OpinionOn,
    /// Who.
    pub by: Option<Id>,
    /// When.
    pub at: Moment,
    /// Whether the leader agrees.
    pub is_agreed: bool,
    /// In words.
    pub words: String,
}

/// How a case was put into the archive (归档).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Volume {
    /// When.
    pub at: Moment,
    /// The number of the volume.
    pub number: String,
    /// For how long it is kept: a name of the organ's list.
    pub retention: String,
    /// Who bound it.
    pub bound_by: Option<Id>,
    /// Who checked it, somebody else.
    pub checked_by: Option<Id>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// One penalty case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// The identifier.
    pub id: Id,
    /// The stage.
    pub stage: Stage,
    /// Which procedure it goes.
    pub procedure: Procedure,
    /// When the clue was received: the act is discovered.
    pub clue_at: Moment,
    /// What the clue says.
    pub clue: String,
    /// When more time was given to check it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clue_extended_at: Option<Moment>,
    /// The party.
    pub party: Option<Party>,
    /// The matter.
    pub matter: String,
    /// Other matters that the same act breaks.
    pub also: Vec<String>,
    /// The day of the act, or on which a continuing act ended.
    pub acted_on: Option<Date>,
    /// Whether life, health or financial safety was harmed.
    pub has_harm: bool,
    /// Other decisions about the same act.
    pub others: Vec<OtherDecision>,
    /// Why it is another act than one of the same day that was fined before; empty where nobody said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub other_act: String,
    /// When nobody was punished on a ground of arts. 30 to 33.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempted_at: Option<Moment>,
    /// When it was filed (立案).
    pub filed_at: Option<Moment>,
    /// Whether its unit has a leader (中队负责人), who assigns the clue and gives an opinion.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_led: bool,
    /// Those who investigate.
    pub investigators: BTreeSet<Id>,
    /// What the unit's leader said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opinions: Vec<Opinion>,
    /// What the head was asked to approve: to register evidence, to seize.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Request>,
    /// Those who may not.
    pub recused: BTreeSet<Id>,
    /// Those whose recusal is asked for and not decided.
    pub recusals_asked: BTreeSet<Id>,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// Evidence that was registered.
    pub registered: Vec<Registered>,
    /// Seizures.
    pub seizures: Vec<Seizure>,
    /// Samples that were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// What is done in the party's place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub performances: Vec<Performance>,
    /// The last order to correct.
    pub order: Option<Order>,
    /// Time that is not counted.
    pub excluded: Vec<Excluded>,
    /// Days that were added to the ninety, in order.
    pub extensions: Vec<u32>,
    /// The conclusion of the investigation.
    pub conclusion: Option<Conclusion>,
    /// Legal reviews.
    pub reviews: Vec<Review>,
    /// Discussions of the heads.
    pub discussions: Vec<Discussion>,
    /// What the party was told, the last counts.
    pub notices: Vec<Notice>,
    /// What the party said.
    pub defences: Vec<Defence>,
    /// The hearing about the last notice.
    pub hearing: Option<Hearing>,
    /// When a hearing was last held, whichever notice it was about.
    pub heard_at: Option<Moment>,
    /// Everybody who has ever investigated.
    pub have_investigated: BTreeSet<Id>,
    /// Everybody who was ever appointed to preside.
    pub have_presided: BTreeSet<Id>,
    /// The decision.
    pub decision: Option<Decision>,
    /// What was published of its decisions, the last counts.
    #[serde(default)]
    pub publications: Vec<Publication>,
    /// What was found of its evidence, first come first; of two about the same piece the later counts.
    #[serde(default)]
    pub judgements: Vec<Judgement>,
    /// Papers that have reached the party.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served: Vec<Delivered>,
    /// Papers that hang out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posted: Vec<Posted>,
    /// Papers that were made outside of the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<Outside>,
    /// The money.
    pub account: Option<Account>,
    /// The money of the decision before it was changed, until the changed one is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<Account>,
    /// Since when carrying it out is suspended (行政强制法 art. 39).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement_suspended_at: Option<Moment>,
    /// Why, when no obvious harm comes of leaving it undone: what is not resumed in time is then given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harmless_suspension: Option<SuspensionGround>,
    /// Cash that was taken.
    pub cash: Vec<Cash>,
    /// The party asked for instalments or more time.
    pub asked_instalments: bool,
    /// When the last reminder was served.
    pub reminded_at: Option<Moment>,
    /// When the court was asked to enforce.
    pub court_asked_at: Option<Moment>,
    /// When the organ decided to enforce the money itself, where a law gives it the power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforced_at: Option<Moment>,
    /// What the court did, or what came of enforcing, in words; empty until then.
    pub court: String,
    /// Since when it is suspended.
    pub suspended_at: Option<Moment>,
    /// When the last thing was done for which its closing waited; none while something is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Moment>,
    /// How it was put into the archive; none until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Volume>,
    /// When something last happened.
    pub last_at: Moment,
    /// One more for every act.
    pub revision: i64,
}

impl Decision {
    /// Whether everybody may read it: it stands, and nobody found it unlawful.
    pub fn is_publishable(&self) -> bool {
        !self.is_set_aside && !self.is_unlawful
    }
}

impl Case {
    /// A case as a clue opens it.
    ///
    /// # Errors
    /// `enforcement-refusal-words-missing`, `enforcement-refusal-words-too-long`.
    pub fn open(id: Id, clue: &str, now: Moment) -> Result<Case, Refusal> {
        guards::words(clue)?;
        Ok(Case {
            id,
            stage: Stage::Clue,
            procedure: Procedure::Ordinary,
            clue_at: now,
            clue: clue.to_owned(),
            clue_extended_at: None,
            party: None,
            matter: String::new(),
            also: Vec::new(),
            acted_on: None,
            has_harm: false,
            others: Vec::new(),
            other_act: String::new(),
            exempted_at: None,
            filed_at: None,
            is_led: false,
            investigators: BTreeSet::new(),
            opinions: Vec::new(),
            requests: Vec::new(),
            recused: BTreeSet::new(),
            recusals_asked: BTreeSet::new(),
            evidence: Vec::new(),
            registered: Vec::new(),
            seizures: Vec::new(),
            samples: Vec::new(),
            performances: Vec::new(),
            order: None,
            excluded: Vec::new(),
            extensions: Vec::new(),
            conclusion: None,
            reviews: Vec::new(),
            discussions: Vec::new(),
            notices: Vec::new(),
            defences: Vec::new(),
            hearing: None,
            heard_at: None,
            have_investigated: BTreeSet::new(),
            have_presided: BTreeSet::new(),
            decision: None,
            publications: Vec::new(),
            judgements: Vec::new(),
            served: Vec::new(),
            posted: Vec::new(),
            outside: Vec::new(),
            account: None,
            former: None,
            enforcement_suspended_at: None,
            harmless_suspension: None,
            cash: Vec::new(),
            asked_instalments: false,
            reminded_at: None,
            court_asked_at: None,
            enforced_at: None,
            court: String::new(),
            suspended_at: None,
            settled_at: None,
            archive: None,
            last_at: now,
            revision: 1,
        })
    }

    /// What the party was told last.
    pub fn notice(&self) -> Option<&Notice> {
        self.notices.last()
    }

    /// What was found last of a piece of evidence, counted from 1.
    pub fn judged(&self, number: u32) -> Option<&Judgement> {
        self.judgements.iter().rev().find(|one| one.number == number)
    }

    /// Whether a fact may rest on any piece of evidence.
    pub fn has_evidence(&self) -> bool {
        let is_out = |number: u32| self.judged(number).is_some_and(|one| one.is_excluded);
        (1..).zip(&self.evidence).any(|(number, _)| !is_out(number))
    }

    /// Whether it waits for the unit's leader to assign it.
    pub fn waits_for_assignment(&self) -> bool {
        self.is_led && self.investigators.is_empty() && matches!(self.stage, Stage::Clue | Stage::Checked)
    }

    /// About what the unit's leader still has to give an opinion, where the organ wants one.
    pub fn waits_for_opinion(&self, law: &Law<'_>) -> Option<OpinionOn> {
        let wanted = match self.stage {
            Stage::AwaitingFiling => OpinionOn::Filing,
            Stage::Concluded => OpinionOn::Conclusion,
            Stage::AwaitingClosing => OpinionOn::Closing,
            _ => return None,
        };
        let since = match wanted {
            OpinionOn::Filing => None,
            OpinionOn::Conclusion => self.conclusion.as_ref().map(|one| one.at),
            OpinionOn::Closing => self.settled_at,
        };
        let counts = |one: &Opinion| one.on == wanted && since.is_none_or(|since| one.at >= since);
        (self.is_led && law.organ.unit_opinion && !self.opinions.iter().any(counts)).then_some(wanted)
    }

    /// Whose turn it is: of the stage, and of whoever must answer something beside it.
    pub fn turns(&self, law: &Law<'_>) -> BTreeSet<Role> {
        let is_leaders = self.waits_for_assignment() || self.waits_for_opinion(law).is_some();
        let own = if is_leaders { Some(Role::UnitLeader) } else { self.stage.waits_for() };
        let asks_head = self.requests.iter().any(|one| one.answer.is_none())
            || self.seizures.iter().any(|one| !one.is_approved && one.disposal.is_none())
            || !self.recusals_asked.is_empty();
        let is_unserved = self.stage == Stage::HearingCalled && self.summoned_at().is_none();
        let beside = [(Role::Head, asks_head && !self.stage.is_over()), (Role::Officer, is_unserved)];
        own.into_iter().chain(beside.into_iter().filter_map(|(role, is)| is.then_some(role))).collect()
    }

    /// When the summons to the hearing that was called last counts as served. Facts of before served it as any other paper.
    pub fn summoned_at(&self) -> Option<Moment> {
        let hearing = self.hearing.as_ref().filter(|one| one.on.is_some())?;
        let since = hearing.called_at.unwrap_or(hearing.asked_at);
        let mut served = self.served.iter().rev();
        let before = served.find(|one| one.paper.kind == "hearing-summons" && one.at >= since).map(|one| one.at);
        hearing.summoned_at.or(before)
    }

    /// Those whose recusal may be asked for: the investigators, and the president of a hearing that is still to be reported
    /// (art. 43, 64 no. 4).
    pub fn can_be_recused(&self) -> BTreeSet<Id> {
        let president = self.hearing.as_ref().filter(|hearing| hearing.is_open()).and_then(|hearing| hearing.president);
        self.investigators.iter().copied().chain(president).collect()
    }

    /// Whether the party has defended itself, in writing, by word of mouth or at a hearing.
    pub fn is_defended(&self) -> bool {
        !self.defences.is_empty() || self.heard_at.is_some()
    }

    /// The last day of the decision: ninety days from the filing, what was added, and without what is excluded.
    ///
    /// # Errors
    /// `enforcement-refusal-stage-elsewhere` before the filing; as [`crate::law::Term::end`].
    pub fn decision_end(&self, law: &Law<'_>) -> Result<End, Refusal> {
        let filed = self.filed_at.ok_or_else(|| Why::StageElsewhere.refuse().with("stage", self.stage.word()))?;
        let day = law.calendar.date_of(filed);
        let mut term = law.terms.on("decision", day)?.clone();
        term.length = term.length.saturating_add(self.extensions.iter().sum());
        term.end_from_day(day, law.calendar, &self.excluded)
    }
}

/// What a case is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Law<'a> {
    /// The terms and numbers.
    pub terms: &'a Terms,
    /// The matters.
    pub matters: &'a Matters,
    /// The organ.
    pub organ: &'a Organ,
    /// Questions for interviews.
    pub questions: &'a Questions,
    /// The working calendar.
    pub calendar: &'a Calendar,
}

/// What somebody does to a penalty case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// 线索: the first fact of a case; see [`opened`].
    ReceiveClue {
        /// What it says.
        words: String,
        /// Whether its unit has a leader.
        #[serde(default)]
        is_led: bool,
    },
    /// 分派.
    AssignClue {
        /// To whom.
        officers: Vec<Officer>,
    },
    /// 承办机构意见.
    GiveOpinion {
        /// Whether the unit's leader agrees.
        is_agreed: bool,
        /// In words.
        words: String,
    },
    /// Record what was seen, or that somebody was persuaded; helpers may.
    RecordNote {
        /// What.
        words: String,
    },
    /// 核查.
    CheckClue {
        /// Who checked.
        officers: Vec<Officer>,
        /// What was found.
        words: String,
    },
    /// 延长核查期限.
    ExtendClueCheck {
        /// Why.
        reason: String,
    },
    /// 不予立案, before anybody proposed it.
    DropClue {
        /// Why.
        reason: String,
    },
    /// 报请立案.
    ProposeFiling {
        /// Those who will investigate.
        officers: Vec<Officer>,
        /// The party.
        party: Party,
        /// The matter.
        matter: String,
        /// Other matters that the same act breaks.
        also: Vec<String>,
        /// The day of the act, or on which a continuing act ended.
        acted_on: Date,
        /// Whether life, health or financial safety was harmed.
        has_harm: bool,
        /// Other decisions about the same act.
        others: Vec<OtherDecision>,
    },
    /// 立案.
    ApproveFiling,
    /// 不予立案.
    RefuseFiling {
        /// Why.
        reason: String,
    },
    /// 询问.
    Inquire {
        /// Who asked.
        officers: Vec<Officer>,
        /// Whether the credentials were shown.
        card_shown: bool,
        /// Who was asked.
        #[serde(default)]
        person: Asked,
        /// What was said.
        words: String,
    },
    /// 现场检查、勘验.
    InspectSite {
        /// Who looked.
        officers: Vec<Officer>,
        /// Whether the credentials were shown.
        card_shown: bool,
        /// What was seen.
        words: String,
    },
    /// Other evidence is taken in, a sample among it.
    AddEvidence {
        /// Who got it.
        officers: Vec<Officer>,
        /// What.
        evidence: Evidence,
    },
    /// 审查证据: whether a fact may rest on it.
    JudgeEvidence {
        /// Which piece, counted from 1.
        number: u32,
        /// Whether none may.
        is_excluded: bool,
        /// What was found.
        words: String,
    },
    /// 责令改正.
    OrderCorrection {
        /// Who ordered.
        officers: Vec<Officer>,
        /// The last day to obey.
        until: Date,
    },
    /// What became of the order.
    RecordCorrection {
        /// Who looked.
        officers: Vec<Officer>,
        /// What was found.
        outcome: Correction,
    },
    /// 报请先行登记保存、查封、扣押.
    AskMeasure {
        /// Who asks.
        officers: Vec<Officer>,
        /// For what.
        kind: Measure,
        /// What things.
        items: String,
        /// Why.
        reason: String,
    },
    /// The head answers.
    AnswerMeasure {
        /// Which request.
        number: u32,
        /// Whether it is approved.
        is_approved: bool,
        /// Why not, or on which condition.
        words: String,
    },
    /// 先行登记保存.
    RegisterEvidence {
        /// Who registered.
        officers: Vec<Officer>,
        /// What.
        items: String,
        /// The request that the head approved.
        #[serde(default)]
        request: u32,
        /// Whom facts of before name as the head who approved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Option<Id>,
    },
    /// What becomes of registered evidence.
    SettleEvidence {
        /// Which.
        number: u32,
        /// What.
        disposal: Disposal,
    },
    /// 抽样取证.
    TakeSample {
        /// Who took it.
        officers: Vec<Officer>,
        /// What: a line for each item, see [`sampling::items`].
        items: String,
        /// By which method.
        manner: String,
        /// The request that the head approved; 0 where nobody is asked.
        #[serde(default)]
        request: u32,
        /// How it was done on the spot.
        taking: Taking,
    },
    /// 告知检测结果.
    TellTestResult {
        /// Who told it.
        officers: Vec<Officer>,
        /// Which sample.
        number: u32,
        /// The day of the report.
        on: Date,
        /// What it says.
        words: String,
        /// How.
        service: Service,
    },
    /// 样品处理.
    SettleSample {
        /// Which.
        number: u32,
        /// What becomes of it.
        end: SampleEnd,
    },
    /// 查封、扣押.
    Seize {
        /// Who seized.
        officers: Vec<Officer>,
        /// What.
        items: String,
        /// The request that the head approved; 0 when it could not wait.
        #[serde(default)]
        request: u32,
        /// Whom facts of before name as the head who approved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Option<Id>,
        /// Whether it could not wait (行政强制法 art. 19).
        is_urgent: bool,
        /// Whether necessities of life or things that have nothing to do with it are among them.
        is_necessity: bool,
        /// How it was done on the spot.
        #[serde(default)]
        on_site: OnSite,
        /// Why, where nobody was asked before.
        #[serde(default)]
        reason: String,
    },
    /// An urgent seizure is approved afterwards.
    ApproveSeizure {
        /// Which.
        number: u32,
    },
    /// It is not, and is lifted at once.
    RefuseSeizure {
        /// Which.
        number: u32,
        /// Why.
        reason: String,
    },
    /// 延长查封、扣押.
    ExtendSeizure {
        /// Which.
        number: u32,
        /// Why.
        reason: String,
    },
    /// A seizure ends.
    EndSeizure {
        /// Which.
        number: u32,
        /// How.
        disposal: Disposal,
        /// Which law or regulation wants it destroyed, where it is.
        #[serde(default)]
        basis: String,
    },
    /// Time begins that is not counted.
    BeginExcluded {
        /// Why.
        kind: Exclusion,
    },
    /// It ends.
    EndExcluded {
        /// Which.
        kind: Exclusion,
    },
    /// 延长办案期限.
    ExtendDecision {
        /// By how many days.
        days: u32,
        /// Those who decided together; empty for the head alone.
        people: BTreeSet<Id>,
    },
    /// 申请回避, or an officer says so.
    AskRecusal {
        /// Whose.
        officer: Id,
        /// Why.
        reason: String,
    },
    /// The head decides about it.
    DecideRecusal {
        /// Whose.
        officer: Id,
        /// Whether.
        is_granted: bool,
    },
    /// Other investigators take over.
    ChangeInvestigators {
        /// Who.
        officers: Vec<Officer>,
    },
    /// 调查终结.
    ConcludeInquiry {
        /// The penalty that is proposed; none when none is.
        penalty: Option<Penalty>,
        /// What was found about exemptions (art. 33).
        exemption: String,
        /// Whether it touches a major public interest.
        is_public_interest: bool,
        /// Whether it is complex.
        is_complex: bool,
        /// Why it is another act than one that was fined before.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        other_act: String,
    },
    /// 补充调查.
    ReopenInquiry {
        /// Why.
        reason: String,
    },
    /// 送法制审核.
    AskReview,
    /// 法制审核.
    ReviewCase {
        /// Whether it passes.
        is_passed: bool,
        /// Whether the reviewer does it for the first time.
        is_first_time: bool,
        /// Whether the reviewer has the legal qualification.
        is_qualified: bool,
        /// The opinion.
        words: String,
    },
    /// 集体讨论.
    Discuss {
        /// Who took part.
        people: BTreeSet<Id>,
        /// What came of it.
        words: String,
    },
    /// 事先告知.
    NotifyParty {
        /// Who served it.
        officers: Vec<Officer>,
        /// The intended penalty.
        penalty: Penalty,
        /// Whether a hearing is offered.
        offers_hearing: bool,
        /// New facts that a heavier penalty rests on, when there are such; not the party's defence.
        new_facts: String,
        /// How.
        #[serde(default = "directly")]
        service: Service,
    },
    /// 陈述、申辩.
    Defend {
        /// What is said.
        words: String,
    },
    /// 复核意见.
    AnswerDefence {
        /// Which.
        number: u32,
        /// Whether it is adopted.
        is_adopted: bool,
        /// Why.
        words: String,
    },
    /// 放弃陈述、申辩, 放弃听证.
    WaiveRights {
        /// The statement.
        statement: bool,
        /// The hearing.
        hearing: bool,
        /// Whether the party signed.
        is_signed: bool,
    },
    /// 要求听证.
    AskHearing,
    /// 撤回听证要求.
    WithdrawHearing {
        /// Whether the party signed, when it is not the party who does it.
        #[serde(default)]
        is_signed: bool,
    },
    /// 听证通知.
    CallHearing {
        /// The day.
        on: Date,
        /// Who presides.
        president: Id,
    },
    /// 送达听证通知书.
    ServeSummons {
        /// Who.
        officers: Vec<Officer>,
        /// How.
        service: Service,
    },
    /// 举行听证.
    HoldHearing {
        /// How many agents came.
        agents: u32,
        /// Whether the party stayed away without good reason (art. 64 no. 6).
        is_abandoned: bool,
    },
    /// 听证报告.
    ReportHearing {
        /// The opinion.
        words: String,
    },
    /// Statement and hearing are over.
    CloseDefence,
    /// 报请处罚决定.
    ProposeDecision,
    /// The head sends it back.
    ReturnProposal {
        /// Why.
        reason: String,
    },
    /// 处罚决定.
    Decide {
        /// What.
        penalty: Penalty,
        /// Whether it is of social effect.
        #[serde(default = "by_rule")]
        effect: Effect,
        /// Why, where it is said against the organ's rule.
        #[serde(default)]
        effect_reason: String,
    },
    /// 不予处罚.
    NotPunish {
        /// On which ground.
        ground: ExemptionKind,
        /// Whether it was put right.
        is_corrected: bool,
        /// Whether it was the first time.
        is_first: bool,
        /// How the party was taught (art. 33 ¶3).
        education: String,
        /// Whether the circumstances of the organ's list are there.
        #[serde(default)]
        has_circumstances: bool,
        /// The numbers of the earlier cases of the party, as they were looked up.
        #[serde(default)]
        earlier: Vec<String>,
        /// Why it applies although the list does not name it, or although there are earlier cases.
        #[serde(default)]
        reason: String,
        /// The party's evidence that there was no fault, where that is the ground (art. 33 ¶2).
        #[serde(default)]
        proof: String,
    },
    /// 违法事实不成立.
    NotEstablish {
        /// Why.
        reason: String,
    },
    /// 移送.
    Transfer {
        /// To whom.
        to: String,
        /// Whether a crime is suspected.
        is_crime: bool,
        /// Whether the party was told in writing that what is seized goes along (行政强制法 art. 21).
        #[serde(default)]
        is_told: bool,
    },
    /// 中止.
    Suspend {
        /// Why.
        reason: String,
    },
    /// 恢复.
    Resume,
    /// 终止.
    Terminate {
        /// Why.
        reason: String,
        /// On which ground carrying out ends; none when there is nothing to carry out yet.
        #[serde(default)]
        ground: Option<EndGround>,
    },
    /// 当场处罚.
    DecideSummary {
        /// Who.
        officers: Vec<Officer>,
        /// Whether the credentials were shown.
        card_shown: bool,
        /// The party.
        party: Party,
        /// The matter.
        matter: String,
        /// The day of the act.
        acted_on: Date,
        /// The penalty.
        penalty: Penalty,
        /// Whether the facts are plain.
        is_plain: bool,
        /// Whether the party was told and heard.
        is_told: bool,
        /// Whether the paper was handed over, or the refusal noted on it.
        is_handed_over: bool,
        /// What became of the order to correct that was given on the spot; none when there was none.
        correction: Option<Correction>,
        /// Other decisions about the same act.
        others: Vec<OtherDecision>,
        /// Why it is another act than one that was fined before.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        other_act: String,
    },
    /// 备案.
    ReportSummary,
    /// 送达.
    Serve {
        /// Who.
        officers: Vec<Officer>,
        /// How.
        service: Service,
    },
    /// 送达 of any other paper.
    ServePaper {
        /// Who.
        officers: Vec<Officer>,
        /// Which, and how.
        service: Service,
    },
    /// 张贴公告，公告送达开始.
    PostAnnouncement {
        /// Who.
        officers: Vec<Officer>,
        /// Which paper is announced; none where papers are not asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paper: Option<Named>,
        /// Since which day it hangs out.
        on: Date,
        /// Which other manners were tried in vain.
        tried: String,
    },
    /// 登记自备文书.
    NamePaper {
        /// Which.
        paper: Named,
        /// The day that stands on it.
        on: Date,
        /// Why it was made outside of the program.
        reason: String,
    },
    /// 当场收缴.
    CollectOnSpot {
        /// Who.
        officers: Vec<Officer>,
        /// Fen.
        amount: i64,
        /// Why on the spot.
        reason: SpotReason,
        /// The number of the uniform receipt.
        receipt: String,
    },
    /// Cash reaches the organ, or the bank.
    HandOver {
        /// Which, counted from 0.
        index: usize,
        /// The day.
        on: Date,
        /// Whether it is the bank.
        is_bank: bool,
    },
    /// What the bank reports.
    RecordPayment {
        /// The payment.
        payment: Payment,
    },
    /// 申请分期、延期缴纳.
    AskInstalments {
        /// Why.
        reason: String,
    },
    /// 批准分期、延期缴纳.
    GrantInstalments {
        /// The parts.
        parts: Vec<Instalment>,
    },
    /// 中止执行.
    SuspendEnforcement {
        /// On which ground.
        ground: SuspensionGround,
        /// Why, in words.
        reason: String,
        /// Whether no obvious harm comes to society of leaving it undone.
        #[serde(default)]
        is_harmless: bool,
    },
    /// 恢复执行.
    ResumeEnforcement,
    /// 执行协议.
    AgreeEnforcement {
        /// The parts of what is still owed of the fine; none when nothing of it is.
        parts: Vec<Instalment>,
        /// Whether what has come on top is remitted, because the party has put things right.
        forgives: bool,
        /// What was agreed, and what the party has put right.
        words: String,
        /// Whether it harms neither the public nor others.
        is_harmless: bool,
    },
    /// 退还.
    Refund {
        /// What went back.
        refund: Payment,
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
        /// The day on which its decision was received, or on which it was taken back.
        on: Date,
        /// What came of it.
        #[serde(default = "upheld", alias = "is_unlawful", deserialize_with = "ending")]
        ending: Ending,
    },
    /// 催告.
    Remind {
        /// Who served it.
        officers: Vec<Officer>,
        /// How.
        #[serde(default = "directly")]
        service: Service,
    },
    /// 申请法院强制执行.
    AskCourt,
    /// 强制执行罚款, where a law gives the organ the power.
    EnforceMoney {
        /// How, and against what.
        words: String,
    },
    /// 代履行决定.
    DecidePerformance {
        /// What is to be done, by whom, when and for how much.
        plan: Plan,
    },
    /// 送达代履行决定书; of what was cleared at once: told afterwards.
    ServePerformance {
        /// Who.
        officers: Vec<Officer>,
        /// Which.
        number: u32,
        /// How.
        service: Service,
    },
    /// 代履行催告.
    RemindPerformance {
        /// Who.
        officers: Vec<Officer>,
        /// Which.
        number: u32,
        /// How.
        service: Service,
    },
    /// 停止代履行: the party has done it, or it is given up, to be decided anew where its day has passed.
    StopPerformance {
        /// Who looked.
        officers: Vec<Officer>,
        /// Which.
        number: u32,
        /// What was found, or why.
        words: String,
        /// Whether the party has done it.
        #[serde(default = "by_party")]
        by_party: bool,
    },
    /// 代履行.
    Perform {
        /// Who of the organ was there.
        officers: Vec<Officer>,
        /// Which.
        number: u32,
        /// How it was done.
        spot: OnSpot,
        /// What was done.
        words: String,
    },
    /// What the court did.
    RecordCourt {
        /// What.
        words: String,
        /// Whether everything is carried out or given up.
        is_done: bool,
    },
    /// Something else than money was carried out.
    RecordPerformance {
        /// What.
        kind: PenaltyKind,
    },
    /// 变更.
    ChangeDecision {
        /// Into what; never more than before.
        penalty: Penalty,
        /// Why.
        reason: String,
    },
    /// 撤销.
    RevokeDecision {
        /// Why.
        reason: String,
    },
    /// 公开.
    Publish {
        /// What everybody reads.
        #[serde(default)]
        entry: Box<Entry>,
    },
    /// 撤回公开.
    WithdrawPublication {
        /// Why, as it is published.
        reason: String,
    },
    /// 报请结案.
    ProposeClosing,
    /// 结案.
    ApproveClosing,
    /// 归档.
    Archive {
        /// The number of the volume.
        #[serde(default)]
        volume: String,
        /// For how long it is kept: a name of the organ's list.
        #[serde(default)]
        retention: String,
        /// Who bound it.
        #[serde(default)]
        bound_by: Option<Id>,
        /// Who checked it.
        #[serde(default)]
        checked_by: Option<Id>,
    },
}

enum_of_words! {
    /// Why carrying out is suspended (中止执行; 行政强制法 art. 39).
    SuspensionGround {
        /// 当事人履行确有困难或者暂无履行能力.
        Unable = "unable",
        /// 第三人对执行标的主张权利，确有理由.
        ThirdParty = "third-party",
        /// 执行可能造成难以弥补的损失，且中止执行不损害公共利益.
        Loss = "loss",
        /// 需要中止执行的其他情形.
        Other = "other",
    }
}

enum_of_words! {
    /// Why carrying out ends (终结执行; 行政强制法 art. 40). A decision that was revoked is ended by revoking it.
    EndGround {
        /// 公民死亡，无遗产可供执行，又无义务承受人.
        Died = "died",
        /// 法人或者其他组织终止，无财产可供执行，又无义务承受人.
        Dissolved = "dissolved",
        /// 执行标的灭失.
        ObjectLost = "object-lost",
        /// 没有明显社会危害，确无能力履行，中止满三年未恢复，不再执行 (art. 39 ¶2).
        GivenUp = "given-up",
        /// 需要终结执行的其他情形.
        Other = "other",
    }
}

enum_of_words! {
    /// What came of a review or a suit.
    Ending {
        /// 维持决定，或者驳回申请、诉讼请求.
        Upheld = "upheld",
        /// 撤回申请、撤诉.
        Withdrawn = "withdrawn",
        /// 确认违法，不撤销.
        Unlawful = "unlawful",
        /// 撤销，或者确认无效.
        SetAside = "set-aside",
    }
}

/// Stopped before it was asked why: the party had done it.
const fn by_party() -> bool {
    true
}

const fn upheld() -> Ending {
    Ending::Upheld
}

/// The ending of a remedy; facts of before say only whether the decision fell.
fn ending<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Ending, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Fell(bool),
        Said(Ending),
    }
    Ok(match Kept::deserialize(from)? {
        Kept::Fell(true) => Ending::SetAside,
        Kept::Fell(false) => Ending::Upheld,
        Kept::Said(ending) => ending,
    })
}

enum_of_words! {
    /// A line of the workflow: an act, told apart where the same act leads to different stages. Also the name of the fact.
    Step {
        /// 登记线索.
        ReceiveClue = "receive-clue",
        /// 记录、劝阻.
        RecordNote = "record-note",
        /// 分派.
        AssignClue = "assign-clue",
        /// 承办机构意见.
        GiveOpinion = "give-opinion",
        /// 核查.
        CheckClue = "check-clue",
        /// 延长核查期限.
        ExtendClueCheck = "extend-clue-check",
        /// 不予立案（核查阶段）.
        DropClue = "drop-clue",
        /// 报请立案.
        ProposeFiling = "propose-filing",
        /// 批准立案.
        ApproveFiling = "approve-filing",
        /// 不予立案.
        RefuseFiling = "refuse-filing",
        /// 询问.
        Inquire = "inquire",
        /// 现场检查、勘验.
        InspectSite = "inspect-site",
        /// 收集证据.
        AddEvidence = "add-evidence",
        /// 审查证据.
        JudgeEvidence = "judge-evidence",
        /// 责令改正.
        OrderCorrection = "order-correction",
        /// 复查改正.
        RecordCorrection = "record-correction",
        /// 报请登记保存、查封、扣押.
        AskMeasure = "ask-measure",
        /// 批准登记保存、查封、扣押.
        ApproveMeasure = "approve-measure",
        /// 不批准登记保存、查封、扣押.
        RefuseMeasure = "refuse-measure",
        /// 先行登记保存.
        RegisterEvidence = "register-evidence",
        /// 登记保存处理.
        SettleEvidence = "settle-evidence",
        /// 抽样取证.
        TakeSample = "take-sample",
        /// 告知检测结果.
        TellTestResult = "tell-test-result",
        /// 样品处理.
        SettleSample = "settle-sample",
        /// 查封、扣押.
        Seize = "seize",
        /// 补办批准.
        ApproveSeizure = "approve-seizure",
        /// 不同意补办，立即解除.
        RefuseSeizure = "refuse-seizure",
        /// 延长查封、扣押.
        ExtendSeizure = "extend-seizure",
        /// 解除或者处理查封、扣押.
        EndSeizure = "end-seizure",
        /// 期间扣除开始.
        BeginExcluded = "begin-excluded",
        /// 期间扣除结束.
        EndExcluded = "end-excluded",
        /// 延长办案期限.
        ExtendDecision = "extend-decision",
        /// 申请回避.
        AskRecusal = "ask-recusal",
        /// 回避决定.
        DecideRecusal = "decide-recusal",
        /// 更换办案人员.
        ChangeInvestigators = "change-investigators",
        /// 调查终结.
        ConcludeInquiry = "conclude-inquiry",
        /// 补充调查.
        ReopenInquiry = "reopen-inquiry",
        /// 送法制审核（告知前）.
        AskReview = "ask-review",
        /// 审核通过.
        PassReview = "pass-review",
        /// 审核不通过.
        FailReview = "fail-review",
        /// 送法制审核（决定前）.
        AskFinalReview = "ask-final-review",
        /// 决定前审核通过.
        PassFinalReview = "pass-final-review",
        /// 集体讨论.
        Discuss = "discuss",
        /// 事先告知.
        NotifyParty = "notify-party",
        /// 陈述、申辩.
        Defend = "defend",
        /// 复核陈述、申辩.
        AnswerDefence = "answer-defence",
        /// 放弃权利.
        WaiveRights = "waive-rights",
        /// 要求听证.
        AskHearing = "ask-hearing",
        /// 撤回听证要求.
        WithdrawHearing = "withdraw-hearing",
        /// 通知听证.
        CallHearing = "call-hearing",
        /// 送达听证通知书.
        ServeSummons = "serve-summons",
        /// 举行听证.
        HoldHearing = "hold-hearing",
        /// 听证报告.
        ReportHearing = "report-hearing",
        /// 陈述申辩期满.
        CloseDefence = "close-defence",
        /// 报请处罚决定.
        ProposeDecision = "propose-decision",
        /// 退回.
        ReturnProposal = "return-proposal",
        /// 处罚决定.
        Decide = "decide",
        /// 不予处罚.
        NotPunish = "not-punish",
        /// 违法事实不成立.
        NotEstablish = "not-establish",
        /// 移送.
        Transfer = "transfer",
        /// 中止.
        Suspend = "suspend",
        /// 恢复.
        Resume = "resume",
        /// 终止.
        Terminate = "terminate",
        /// 当场处罚.
        DecideSummary = "decide-summary",
        /// 当场处罚备案.
        ReportSummary = "report-summary",
        /// 送达.
        Serve = "serve",
        /// 送达其他文书.
        ServePaper = "serve-paper",
        /// 张贴公告（公告送达）.
        PostAnnouncement = "post-announcement",
        /// 登记自备文书.
        NamePaper = "name-paper",
        /// 当场收缴.
        CollectOnSpot = "collect-on-spot",
        /// 罚款上交.
        HandOver = "hand-over",
        /// 缴款入账.
        RecordPayment = "record-payment",
        /// 申请分期.
        AskInstalments = "ask-instalments",
        /// 批准分期.
        GrantInstalments = "grant-instalments",
        /// 中止执行.
        SuspendEnforcement = "suspend-enforcement",
        /// 恢复执行.
        ResumeEnforcement = "resume-enforcement",
        /// 执行协议.
        AgreeEnforcement = "agree-enforcement",
        /// 退还.
        Refund = "refund",
        /// 复议、诉讼开始.
        BeginRemedy = "begin-remedy",
        /// 复议、诉讼结束.
        EndRemedy = "end-remedy",
        /// 复议、诉讼撤销决定.
        OverturnDecision = "overturn-decision",
        /// 催告.
        Remind = "remind",
        /// 申请法院强制执行.
        AskCourt = "ask-court",
        /// 强制执行罚款.
        EnforceMoney = "enforce-money",
        /// 法院或者强制执行情况.
        RecordCourt = "record-court",
        /// 代履行决定.
        DecidePerformance = "decide-performance",
        /// 送达代履行决定书.
        ServePerformance = "serve-performance",
        /// 代履行催告.
        RemindPerformance = "remind-performance",
        /// 停止代履行.
        StopPerformance = "stop-performance",
        /// 代履行.
        Perform = "perform",
        /// 其他处罚执行.
        RecordPerformance = "record-performance",
        /// 变更决定.
        ChangeDecision = "change-decision",
        /// 撤销决定.
        RevokeDecision = "revoke-decision",
        /// 公开.
        Publish = "publish",
        /// 撤回公开.
        WithdrawPublication = "withdraw-publication",
        /// 报请结案.
        ProposeClosing = "propose-closing",
        /// 结案.
        ApproveClosing = "approve-closing",
        /// 归档.
        Archive = "archive",
    }
}

/// One thing that happened to a case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// The case.
    pub case: Id,
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
    /// The case's revision after it.
    pub revision: i64,
    /// The versions of terms and matters that it was judged by.
    pub law: (String, String),
    /// What was done.
    pub act: Act,
}

const OFFICER: &[Role] = &[Role::Officer];
const LEADERS: &[Role] = &[Role::UnitLeader, Role::Head];
const HEAD: &[Role] = &[Role::Head];
const REVIEWER: &[Role] = &[Role::LegalReviewer];
const PRESIDENT: &[Role] = &[Role::HearingPresident];
const PARTY: &[Role] = &[Role::Party, Role::Officer];
const MONEY: &[Role] = &[Role::Treasurer];
const CASH: &[Role] = &[Role::Officer, Role::Treasurer];
const ARCHIVIST: &[Role] = &[Role::Archivist];
const JUDGES: &[Role] = &[Role::LegalReviewer, Role::HearingPresident, Role::Head];
const WITNESSES: &[Role] = &[Role::Helper, Role::Officer, Role::UnitLeader];

/// One way a case may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Way {
    /// Where it leads.
    pub to: Stage,
    /// Who may go it.
    pub who: &'static [Role],
}

/// The workflow. A step that is not written here does not exist.
pub fn way(step: Step, from: Stage) -> Option<Way> {
    use Stage as S;
    use Step as T;
    let (to, who) = match (step, from) {
        // 线索、核查、立案.
        (T::RecordNote, from) if !from.is_over() => (from, WITNESSES),
        (T::AssignClue, from @ (S::Clue | S::Checked)) => (from, LEADERS),
        (T::GiveOpinion, from @ (S::AwaitingFiling | S::Concluded | S::AwaitingClosing)) => (from, LEADERS),
        (T::CheckClue, S::Clue) => (S::Checked, OFFICER),
        (T::ExtendClueCheck, from @ (S::Clue | S::Checked)) => (from, HEAD),
        (T::DropClue, S::Clue | S::Checked) => (S::NotFiled, LEADERS),
        (T::ProposeFiling, S::Checked) => (S::AwaitingFiling, OFFICER),
        (T::ApproveFiling, S::AwaitingFiling) => (S::Investigating, HEAD),
        (T::RefuseFiling, S::AwaitingFiling) => (S::NotFiled, HEAD),

        // 简易程序: decided on the spot, reported back.
        (T::DecideSummary, S::Clue | S::Checked) => (S::SummaryDecided, OFFICER),
        (T::ReportSummary, S::SummaryDecided) => (S::Executing, OFFICER),

        // 调查取证.
        (T::Inquire, S::Investigating) => (S::Investigating, OFFICER),
        (T::InspectSite, S::Investigating) => (S::Investigating, OFFICER),
        (T::AddEvidence, S::Investigating) => (S::Investigating, OFFICER),
        // What cannot wait does not wait for the filing: the articles ask for none.
        (
            T::OrderCorrection
            | T::RecordCorrection
            | T::AskMeasure
            | T::RegisterEvidence
            | T::TakeSample
            | T::TellTestResult
            | T::Seize,
            from @ (S::Clue | S::Checked | S::AwaitingFiling | S::Investigating),
        ) => (from, OFFICER),
        (
            T::ApproveMeasure | T::RefuseMeasure,
            from @ (S::Clue | S::Checked | S::AwaitingFiling | S::Investigating),
        ) => (from, HEAD),
        (T::ApproveSeizure | T::RefuseSeizure, from)
            if from.is_undecided() || matches!(from, S::Clue | S::Checked | S::AwaitingFiling) =>
        {
            (from, HEAD)
        }
        (T::ChangeInvestigators, S::Investigating) => (S::Investigating, LEADERS),
        (T::ConcludeInquiry, S::Investigating) => (S::Concluded, OFFICER),
        (T::ReopenInquiry, S::Concluded | S::Reviewed | S::Answered | S::AwaitingDecision) => {
            (S::Investigating, LEADERS)
        }

        // Beside the way: seizures, time, recusal.
        (T::ExtendSeizure, from) if from.is_undecided() => (from, HEAD),
        (T::EndSeizure | T::SettleEvidence, from) if !from.is_over() => (from, HEAD),
        (T::SettleSample, from) if !from.is_over() => (from, OFFICER),
        (T::BeginExcluded | T::EndExcluded | T::ExtendDecision, from) if from.is_undecided() => (from, HEAD),
        (T::AskRecusal, from) if from.is_undecided() => (from, PARTY),
        (T::DecideRecusal, from) if from.is_undecided() => (from, HEAD),
        (T::JudgeEvidence, from) if from.is_undecided() => (from, JUDGES),

        // 法制审核、集体讨论.
        (T::AskReview, S::Concluded) => (S::InReview, OFFICER),
        (T::PassReview, S::InReview) => (S::Reviewed, REVIEWER),
        (T::AskFinalReview, S::Answered) => (S::InFinalReview, OFFICER),
        (T::PassFinalReview, S::InFinalReview) => (S::Answered, REVIEWER),
        (T::FailReview, S::InReview | S::InFinalReview) => (S::Investigating, REVIEWER),
        (T::Discuss, from @ (S::Concluded | S::Reviewed | S::Answered | S::AwaitingDecision)) => (from, HEAD),

        // 事先告知、陈述申辩、听证.
        (T::NotifyParty, S::Concluded | S::Reviewed | S::Notified | S::Answered) => (S::Notified, OFFICER),
        (T::Defend, from @ (S::Notified | S::HearingAsked | S::HearingCalled | S::Heard | S::Answered)) => {
            (from, PARTY)
        }
        (T::AnswerDefence, from @ (S::Notified | S::HearingAsked | S::HearingCalled | S::Heard | S::Answered)) => {
            (from, OFFICER)
        }
        // What is said against the reminder (行政强制法 art. 36).
        (T::Defend, S::Executing) => (S::Executing, PARTY),
        (T::AnswerDefence, S::Executing) => (S::Executing, OFFICER),
        (T::WaiveRights, S::Notified) => (S::Notified, PARTY),
        (T::AskHearing, S::Notified) => (S::HearingAsked, PARTY),
        (T::WithdrawHearing, S::HearingAsked | S::HearingCalled) => (S::Notified, PARTY),
        (T::CallHearing, S::HearingAsked | S::HearingCalled) => (S::HearingCalled, HEAD),
        (T::ServeSummons, S::HearingCalled) => (S::HearingCalled, OFFICER),
        (T::HoldHearing, S::HearingCalled) => (S::Heard, PRESIDENT),
        (T::ReportHearing, S::Heard) => (S::Answered, PRESIDENT),
        (T::CloseDefence, S::Notified) => (S::Answered, OFFICER),

        // 决定、送达.
        (T::ProposeDecision, S::Answered) => (S::AwaitingDecision, OFFICER),
        (T::ReturnProposal, S::AwaitingDecision) => (S::Answered, HEAD),
        (T::Decide, S::AwaitingDecision) => (S::Decided, HEAD),
        (T::NotPunish, S::Concluded | S::Reviewed | S::Answered | S::AwaitingDecision) => (S::NotPunished, HEAD),
        (T::NotEstablish, S::Concluded | S::Reviewed | S::Answered | S::AwaitingDecision) => (S::NotEstablished, HEAD),
        (T::Transfer, from) if from.is_undecided() || matches!(from, S::Checked | S::AwaitingFiling) => {
            (S::Transferred, HEAD)
        }
        (T::Suspend | T::Resume, from) if from.is_undecided() => (from, HEAD),
        (T::Terminate, from) if from.is_undecided() || from == S::Executing => (S::Terminated, HEAD),
        (T::Serve, S::Decided) => (S::Executing, OFFICER),
        (T::ServePaper | T::PostAnnouncement, from)
            if !matches!(from, S::Clue | S::Checked | S::AwaitingFiling) && !from.is_over() =>
        {
            (from, OFFICER)
        }
        (T::NamePaper, from) if from != S::Clue && !from.is_over() => (from, OFFICER),

        // 执行.
        (T::CollectOnSpot, S::SummaryDecided) => (S::SummaryDecided, OFFICER),
        (T::CollectOnSpot, S::Executing) => (S::Executing, OFFICER),
        (T::HandOver, from @ (S::SummaryDecided | S::Executing)) => (from, CASH),
        (T::RecordPayment, from @ (S::SummaryDecided | S::Executing)) => (from, MONEY),
        (T::AskInstalments, S::Executing) => (S::Executing, PARTY),
        (T::GrantInstalments, S::Executing) => (S::Executing, HEAD),
        (T::SuspendEnforcement | T::ResumeEnforcement | T::AgreeEnforcement, S::Executing) => (S::Executing, HEAD),
        (T::Refund, from @ (S::Executing | S::Revoked)) => (from, MONEY),
        (
            T::BeginRemedy | T::EndRemedy,
            from @ (S::SummaryDecided | S::Executing | S::Terminated | S::AwaitingClosing | S::Closed | S::Archived),
        ) => (from, PARTY),
        (
            T::OverturnDecision,
            S::SummaryDecided | S::Executing | S::Terminated | S::AwaitingClosing | S::Closed | S::Archived,
        ) => (S::Revoked, PARTY),
        (T::Remind, S::Executing) => (S::Executing, OFFICER),
        (T::AskCourt | T::EnforceMoney, S::Executing) => (S::Executing, HEAD),
        // 代履行: what must go at once waits for nothing; what was ordered waits for no penalty.
        (T::DecidePerformance, from) if from.may_perform() => (from, HEAD),
        (T::ServePerformance | T::RemindPerformance | T::StopPerformance | T::Perform, from) if from.may_perform() => {
            (from, OFFICER)
        }
        (T::RecordCourt | T::RecordPerformance, S::Executing) => (S::Executing, OFFICER),
        (T::ChangeDecision, S::Decided | S::Executing | S::AwaitingClosing | S::Closed | S::Archived) => {
            (S::Decided, HEAD)
        }
        (
            T::RevokeDecision,
            S::Decided
            | S::SummaryDecided
            | S::Executing
            | S::Terminated
            | S::AwaitingClosing
            | S::Closed
            | S::Archived,
        ) => (S::Revoked, HEAD),
        (T::Publish, from @ (S::Executing | S::AwaitingClosing | S::Closed | S::Terminated)) => (from, OFFICER),
        // Also when nothing else happens any more: what is wrong goes at once.
        (
            T::WithdrawPublication,
            from @ (S::Decided
            | S::Executing
            | S::Revoked
            | S::Terminated
            | S::AwaitingClosing
            | S::Closed
            | S::Archived),
        ) => (from, OFFICER),

        // 结案、归档.
        (
            T::ProposeClosing,
            S::Executing | S::NotPunished | S::NotEstablished | S::Transferred | S::Terminated | S::Revoked,
        ) => (S::AwaitingClosing, OFFICER),
        (T::ApproveClosing, S::AwaitingClosing) => (S::Closed, HEAD),
        (T::Archive, S::Closed) => (S::Archived, ARCHIVIST),
        _ => return None,
    };
    Some(Way { to, who })
}

impl Act {
    /// The line of the workflow that this act is, in a stage.
    pub fn step(&self, from: Stage) -> Step {
        match self {
            Act::ReceiveClue { .. } => Step::ReceiveClue,
            Act::RecordNote { .. } => Step::RecordNote,
            Act::AssignClue { .. } => Step::AssignClue,
            Act::GiveOpinion { .. } => Step::GiveOpinion,
            Act::CheckClue { .. } => Step::CheckClue,
            Act::ExtendClueCheck { .. } => Step::ExtendClueCheck,
            Act::DropClue { .. } => Step::DropClue,
            Act::ProposeFiling { .. } => Step::ProposeFiling,
            Act::ApproveFiling => Step::ApproveFiling,
            Act::RefuseFiling { .. } => Step::RefuseFiling,
            Act::Inquire { .. } => Step::Inquire,
            Act::InspectSite { .. } => Step::InspectSite,
            Act::AddEvidence { .. } => Step::AddEvidence,
            Act::JudgeEvidence { .. } => Step::JudgeEvidence,
            Act::OrderCorrection { .. } => Step::OrderCorrection,
            Act::RecordCorrection { .. } => Step::RecordCorrection,
            Act::AskMeasure { .. } => Step::AskMeasure,
            Act::AnswerMeasure { is_approved: true, .. } => Step::ApproveMeasure,
            Act::AnswerMeasure { .. } => Step::RefuseMeasure,
            Act::RegisterEvidence { .. } => Step::RegisterEvidence,
            Act::SettleEvidence { .. } => Step::SettleEvidence,
            Act::TakeSample { .. } => Step::TakeSample,
            Act::TellTestResult { .. } => Step::TellTestResult,
            Act::SettleSample { .. } => Step::SettleSample,
            Act::Seize { .. } => Step::Seize,
            Act::ApproveSeizure { .. } => Step::ApproveSeizure,
            Act::RefuseSeizure { .. } => Step::RefuseSeizure,
            Act::ExtendSeizure { .. } => Step::ExtendSeizure,
            Act::EndSeizure { .. } => Step::EndSeizure,
            Act::BeginExcluded { .. } => Step::BeginExcluded,
            Act::EndExcluded { .. } => Step::EndExcluded,
            Act::ExtendDecision { .. } => Step::ExtendDecision,
            Act::AskRecusal { .. } => Step::AskRecusal,
            Act::DecideRecusal { .. } => Step::DecideRecusal,
            Act::ChangeInvestigators { .. } => Step::ChangeInvestigators,
            Act::ConcludeInquiry { .. } => Step::ConcludeInquiry,
            Act::ReopenInquiry { .. } => Step::ReopenInquiry,
            Act::AskReview if from == Stage::Answered => Step::AskFinalReview,
            Act::AskReview => Step::AskReview,
            Act::ReviewCase { is_passed: false, .. } => Step::FailReview,
            Act::ReviewCase { .. } if from == Stage::InFinalReview => Step::PassFinalReview,
            Act::ReviewCase { .. } => Step::PassReview,
            Act::Discuss { .. } => Step::Discuss,
            Act::NotifyParty { .. } => Step::NotifyParty,
            Act::Defend { .. } => Step::Defend,
            Act::AnswerDefence { .. } => Step::AnswerDefence,
            Act::WaiveRights { .. } => Step::WaiveRights,
            Act::AskHearing => Step::AskHearing,
            Act::WithdrawHearing { .. } => Step::WithdrawHearing,
            Act::CallHearing { .. } => Step::CallHearing,
            Act::ServeSummons { .. } => Step::ServeSummons,
            Act::HoldHearing { .. } => Step::HoldHearing,
            Act::ReportHearing { .. } => Step::ReportHearing,
            Act::CloseDefence => Step::CloseDefence,
            Act::ProposeDecision => Step::ProposeDecision,
            Act::ReturnProposal { .. } => Step::ReturnProposal,
            Act::Decide { .. } => Step::Decide,
            Act::NotPunish { .. } => Step::NotPunish,
            Act::NotEstablish { .. } => Step::NotEstablish,
            Act::Transfer { .. } => Step::Transfer,
            Act::Suspend { .. } => Step::Suspend,
            Act::Resume => Step::Resume,
            Act::Terminate { .. } => Step::Terminate,
            Act::DecideSummary { .. } => Step::DecideSummary,
            Act::ReportSummary => Step::ReportSummary,
            Act::Serve { .. } => Step::Serve,
            Act::ServePaper { .. } => Step::ServePaper,
            Act::PostAnnouncement { .. } => Step::PostAnnouncement,
            Act::NamePaper { .. } => Step::NamePaper,
            Act::CollectOnSpot { .. } => Step::CollectOnSpot,
            Act::HandOver { .. } => Step::HandOver,
            Act::RecordPayment { .. } => Step::RecordPayment,
            Act::AskInstalments { .. } => Step::AskInstalments,
            Act::GrantInstalments { .. } => Step::GrantInstalments,
            Act::SuspendEnforcement { .. } => Step::SuspendEnforcement,
            Act::ResumeEnforcement => Step::ResumeEnforcement,
            Act::AgreeEnforcement { .. } => Step::AgreeEnforcement,
            Act::Refund { .. } => Step::Refund,
            Act::BeginRemedy { .. } => Step::BeginRemedy,
            Act::EndRemedy { ending: Ending::SetAside, .. } => Step::OverturnDecision,
            Act::EndRemedy { .. } => Step::EndRemedy,
            Act::Remind { .. } => Step::Remind,
            Act::AskCourt => Step::AskCourt,
            Act::EnforceMoney { .. } => Step::EnforceMoney,
            Act::DecidePerformance { .. } => Step::DecidePerformance,
            Act::ServePerformance { .. } => Step::ServePerformance,
            Act::RemindPerformance { .. } => Step::RemindPerformance,
            Act::StopPerformance { .. } => Step::StopPerformance,
            Act::Perform { .. } => Step::Perform,
            Act::RecordCourt { .. } => Step::RecordCourt,
            Act::RecordPerformance { .. } => Step::RecordPerformance,
            Act::ChangeDecision { .. } => Step::ChangeDecision,
            Act::RevokeDecision { .. } => Step::RevokeDecision,
            Act::Publish { .. } => Step::Publish,
            Act::WithdrawPublication { .. } => Step::WithdrawPublication,
            Act::ProposeClosing => Step::ProposeClosing,
            Act::ApproveClosing => Step::ApproveClosing,
            Act::Archive { .. } => Step::Archive,
        }
    }

    /// The officers who do it, for acts that only officers with credentials do.
    pub fn taking_part(&self) -> Option<&[Officer]> {
        match self {
            Act::AssignClue { officers }
            | Act::CheckClue { officers, .. }
            | Act::AskMeasure { officers, .. }
            | Act::ProposeFiling { officers, .. }
            | Act::Inquire { officers, .. }
            | Act::InspectSite { officers, .. }
            | Act::AddEvidence { officers, .. }
            | Act::OrderCorrection { officers, .. }
            | Act::RecordCorrection { officers, .. }
            | Act::RegisterEvidence { officers, .. }
            | Act::TakeSample { officers, .. }
            | Act::TellTestResult { officers, .. }
            | Act::ServePerformance { officers, .. }
            | Act::RemindPerformance { officers, .. }
            | Act::StopPerformance { officers, .. }
            | Act::Perform { officers, .. }
            | Act::Seize { officers, .. }
            | Act::ChangeInvestigators { officers }
            | Act::NotifyParty { officers, .. }
            | Act::DecideSummary { officers, .. }
            | Act::Serve { officers, .. }
            | Act::ServePaper { officers, .. }
            | Act::ServeSummons { officers, .. }
            | Act::PostAnnouncement { officers, .. }
            | Act::CollectOnSpot { officers, .. }
            | Act::Remind { officers, .. } => Some(officers),
            _ => None,
        }
    }

    /// How a paper is served by it, for acts that serve one.
    pub const fn service(&self) -> Option<&Service> {
        match self {
            Act::NotifyParty { service, .. }
            | Act::Serve { service, .. }
            | Act::ServePaper { service, .. }
            | Act::ServeSummons { service, .. }
            | Act::TellTestResult { service, .. }
            | Act::ServePerformance { service, .. }
            | Act::RemindPerformance { service, .. }
            | Act::Remind { service, .. } => Some(service),
            _ => None,
        }
    }

    /// The words that whoever does it has to write.
    pub fn said(&self) -> Option<&str> {
        match self {
            Act::ReceiveClue { words, .. }
            | Act::GiveOpinion { words, .. }
            | Act::AnswerMeasure { is_approved: false, words, .. }
            | Act::RecordNote { words }
            | Act::CheckClue { words, .. }
            | Act::Inquire { words, .. }
            | Act::InspectSite { words, .. }
            | Act::JudgeEvidence { words, .. }
            | Act::ReviewCase { words, .. }
            | Act::Discuss { words, .. }
            | Act::Defend { words }
            | Act::AnswerDefence { words, .. }
            | Act::ReportHearing { words }
            | Act::AgreeEnforcement { words, .. }
            | Act::TellTestResult { words, .. }
            | Act::StopPerformance { words, .. }
            | Act::Perform { words, .. }
            | Act::EnforceMoney { words }
            | Act::RecordCourt { words, .. } => Some(words),
            Act::DecidePerformance { plan } => Some(&plan.duty),
            Act::DropClue { reason }
            | Act::ExtendClueCheck { reason }
            | Act::SuspendEnforcement { reason, .. }
            | Act::RefuseFiling { reason }
            | Act::ExtendSeizure { reason, .. }
            | Act::RefuseSeizure { reason, .. }
            | Act::AskRecusal { reason, .. }
            | Act::ReopenInquiry { reason }
            | Act::ReturnProposal { reason }
            | Act::NotEstablish { reason }
            | Act::Suspend { reason }
            | Act::Terminate { reason, .. }
            | Act::AskInstalments { reason }
            | Act::NamePaper { reason, .. }
            | Act::ChangeDecision { reason, .. }
            | Act::RevokeDecision { reason }
            | Act::WithdrawPublication { reason } => Some(reason),
            Act::AskMeasure { items, .. }
            | Act::RegisterEvidence { items, .. }
            | Act::TakeSample { items, .. }
            | Act::Seize { items, .. } => Some(items),
            Act::AddEvidence { evidence, .. } => Some(&evidence.words),
            Act::NotPunish { education, .. } => Some(education),
            Act::PostAnnouncement { tried, .. } => Some(tried),
            Act::Transfer { to, .. } => Some(to),
            Act::Publish { entry } => Some(&entry.facts),
            _ => None,
        }
    }

    /// Whether the investigators themselves must do it.
    fn is_investigators(&self) -> bool {
        matches!(
            self,
            Act::Inquire { .. }
                | Act::InspectSite { .. }
                | Act::AddEvidence { .. }
                | Act::OrderCorrection { .. }
                | Act::RecordCorrection { .. }
                | Act::AskMeasure { .. }
                | Act::RegisterEvidence { .. }
                | Act::TakeSample { .. }
                | Act::TellTestResult { .. }
                | Act::Seize { .. }
                | Act::ConcludeInquiry { .. }
        )
    }
}

/// The way of a step where the case stands, when this post may go it at all.
///
/// # Errors
/// `enforcement-refusal-helper-enforces`, `…-stage-elsewhere`, `…-role-not-allowed`.
pub fn admitted(case: &Case, actor: &Actor, step: Step) -> Result<Way, Refusal> {
    Why::HelperEnforces.unless(actor.role != Role::Helper || step == Step::RecordNote)?;
    let Some(way) = way(step, case.stage) else {
        return Err(Why::StageElsewhere.refuse().with("stage", case.stage.word()));
    };
    Why::RoleNotAllowed.unless(way.who.contains(&actor.role))?;
    Ok(way)
}

/// A case as a clue opens it, and the fact of it; `is_led` when its unit has a leader. Helpers (协管人员) may record a clue.
///
/// # Errors
/// As [`Case::open`]; `enforcement-refusal-role-not-allowed` for a post that records none.
pub fn opened(
    id: Id,
    actor: &Actor,
    clue: &str,
    is_led: bool,
    moment: Moment,
    law: &Law<'_>,
) -> Result<(Case, Fact), Refusal> {
    Why::RoleNotAllowed.unless(WITNESSES.contains(&actor.role))?;
    let case = Case { is_led, ..Case::open(id, clue, moment)? };
    let fact = Fact {
        case: id,
        what: Step::ReceiveClue,
        by: actor.account,
        role: actor.role,
        at: moment,
        stage: case.stage,
        revision: case.revision,
        law: (law.terms.version().to_owned(), law.matters.version().to_owned()),
        act: Act::ReceiveClue { words: clue.to_owned(), is_led },
    };
    Ok((case, fact))
}

/// The case that its facts make, first come first; none without facts.
///
/// # Errors
/// Of the first fact that the rules of today refuse.
pub fn replay(facts: &[Fact], law: &Law<'_>) -> Result<Option<Case>, Refusal> {
    let mut facts = facts.iter();
    let Some(first) = facts.next() else { return Ok(None) };
    let actor = Actor { account: first.by, role: first.role };
    let Act::ReceiveClue { words, is_led } = &first.act else { return Err(Why::NoSuchThing.refuse()) };
    let mut case = opened(first.case, &actor, words, *is_led, first.at, law)?.0;
    for fact in facts {
        let actor = Actor { account: fact.by, role: fact.role };
        case = carry_out(&case, &actor, &fact.act, fact.at, law)?.0;
    }
    Ok(Some(case))
}

/// One act on one case: the new case and the fact, or a refusal that names the article.
///
/// # Errors
/// The first of the questions that is answered with no: post, helper, stage, suspension, moment, words, officers, and then
/// those of the act, each an [`enforcement refusal`](super::refusal::Why).
pub fn carry_out(
    case: &Case,
    actor: &Actor,
    act: &Act,
    moment: Moment,
    law: &Law<'_>,
) -> Result<(Case, Fact), Refusal> {
    let step = act.step(case.stage);
    let way = admitted(case, actor, step)?;
    Why::DateBackwards.unless(moment >= case.last_at)?;
    guards::suspended(case, step)?;
    if let Some(words) = act.said() {
        guards::words(words)?;
    }
    let today = law.calendar.date_of(moment);
    if let Some(officers) = act.taking_part() {
        let by = actor.account.filter(|_| actor.role == Role::Officer);
        guards::officers(&case.recused, officers, by, today, law)?;
    }
    // Before it is proposed to file, nobody is on the case yet.
    if act.is_investigators() && !(case.investigators.is_empty() && case.filed_at.is_none()) {
        let by = actor.account.ok_or_else(|| Why::NotInvestigator.refuse())?;
        Why::Recused.unless(!case.recused.contains(&by))?;
        Why::NotInvestigator.unless(case.investigators.contains(&by))?;
    }
    guards::unit_leader(case, actor, act, step, law)?;
    let mut after = case.clone();
    apply(&mut after, actor, act, moment, today, law)?;
    after.stage = way.to;
    after.last_at = moment;
    after.revision += 1;
    after.settled_at = guards::settled(case, &after, today, law);
    let fact = Fact {
        case: after.id,
        what: step,
        by: actor.account,
        role: actor.role,
        at: moment,
        stage: after.stage,
        revision: after.revision,
        law: (law.terms.version().to_owned(), law.matters.version().to_owned()),
        act: act.clone(),
    };
    Ok((after, fact))
}

/// What the act itself asks for, and what it changes besides the stage.
fn apply(case: &mut Case, actor: &Actor, act: &Act, now: Moment, today: Date, law: &Law<'_>) -> Result<(), Refusal> {
    match act {
        // A case is opened once, by `opened`; the workflow has no line for it.
        Act::ReceiveClue { .. } => return Err(Why::StageElsewhere.refuse().with("stage", case.stage.word())),
        Act::DropClue { .. } | Act::RefuseFiling { .. } => {
            guards::no_seizure_lasts(case)?;
            guards::no_evidence_waits(case)?;
            sampling::none_is_held(case)?;
            performing::none_is_open(case)?;
        }
        Act::RecordNote { .. }
        | Act::CheckClue { .. }
        | Act::ReopenInquiry { .. }
        | Act::ReturnProposal { .. }
        | Act::NotEstablish { .. }
        | Act::ReportSummary => {}
        Act::Archive { volume, retention, bound_by, checked_by } => {
            guards::archive(volume, retention, *bound_by, *checked_by, law)?;
            case.archive = Some(Volume {
                at: now,
                number: volume.trim().to_owned(),
                retention: retention.clone(),
                bound_by: *bound_by,
                checked_by: *checked_by,
            });
        }
        Act::AssignClue { officers } => guards::investigators(case, officers)?,
        Act::GiveOpinion { is_agreed, words } => {
            let on = match case.stage {
                Stage::Concluded => OpinionOn::Conclusion,
                Stage::AwaitingClosing => OpinionOn::Closing,
                _ => OpinionOn::Filing,
            };
            let (by, is_agreed, words) = (actor.account, *is_agreed, words.clone());
            Why::Recused.unless(by.is_none_or(|by| !case.recused.contains(&by)))?;
            case.opinions.push(Opinion { on, by, at: now, is_agreed, words });
        }
        Act::AskMeasure { kind, items, reason, .. } => {
            measures::ask(case, actor, *kind, items, reason, now, law)?;
        }
        Act::AnswerMeasure { number, is_approved, words } => {
            measures::answer(case, actor, *number, *is_approved, words, now)?;
        }
        Act::ProposeFiling { officers, party, matter, also, acted_on, has_harm, others } => {
            guards::party(party)?;
            guards::act_day(*acted_on, today)?;
            guards::investigators(case, officers)?;
            (case.party, case.matter, case.also) = (Some(party.clone()), matter.clone(), also.clone());
            (case.acted_on, case.has_harm, case.others) = (Some(*acted_on), *has_harm, others.clone());
            guards::basis(case, law)?;
            guards::limitation(case, law)?;
        }
        Act::ApproveFiling => {
            guards::limitation(case, law)?;
            case.filed_at = Some(now);
        }
        Act::Inquire { card_shown, person, words, .. } => {
            Why::CardNotShown.unless(*card_shown)?;
            guards::asked(person)?;
            case.evidence.push(plain(person.evidence(), words));
        }
        Act::InspectSite { card_shown, words, .. } => {
            Why::CardNotShown.unless(*card_shown)?;
            case.evidence.push(plain(EvidenceKind::Inspection, words));
        }
        Act::AddEvidence { evidence, .. } => {
            Why::EvidenceUnlawful.unless(evidence.is_lawful)?;
            Why::RecordUnreviewed.unless(!evidence.is_monitoring || evidence.is_reviewed)?;
            case.evidence.push(evidence.clone());
        }
        Act::JudgeEvidence { number, is_excluded, words } => {
            let is_there = usize::try_from(*number).is_ok_and(|number| (1..=case.evidence.len()).contains(&number));
            Why::NoSuchThing.unless(is_there)?;
            let judgement = Judgement {
                number: *number,
                by: actor.account,
                at: now,
                is_excluded: *is_excluded,
                words: words.clone(),
            };
            case.judgements.push(judgement);
        }
        Act::OrderCorrection { until, .. } => {
            Why::DateBackwards.unless(*until >= today)?;
            case.order = Some(Order { on: today, until: *until, outcome: None });
        }
        Act::RecordCorrection { outcome, .. } => guards::correct(case, *outcome, today)?,
        Act::RegisterEvidence { items, request, .. } => measures::register(case, *request, items, now)?,
        Act::SettleEvidence { number, disposal } => guards::settle_evidence(case, *number, *disposal, now, law)?,
        Act::TakeSample { items, manner, request, taking, .. } => {
            sampling::take(case, *request, (items, manner), taking, now, law)?;
        }
        Act::TellTestResult { number, on, words, service, .. } => {
            guards::act_day(*on, today)?;
            let taken = case.samples.iter().find(|one| one.number == *number).map(|one| one.at);
            let taken = taken.ok_or_else(|| Why::NoSuchThing.refuse())?;
            Why::DateBackwards.unless(*on >= law.calendar.date_of(taken)).map_err(|refusal| refusal.on("on"))?;
            let at = delivered(case, service, taken, now, law)?;
            sampling::tell(case, *number, *on, words, at)?;
        }
        Act::SettleSample { number, end } => sampling::settle(case, *number, *end)?,
        Act::Seize { items, request, is_urgent, is_necessity, on_site, reason, .. } => {
            Why::NecessitySeized.unless(!is_necessity)?;
            measures::seize(case, *request, *is_urgent, (items, reason), on_site, now, law)?;
        }
        Act::RefuseSeizure { number, .. } => measures::refuse_seizure(case, *number)?,
        Act::ApproveSeizure { number } => guards::approve_seizure(case, *number, now, law)?,
        Act::ExtendSeizure { number, .. } => guards::extend_seizure(case, *number, now, law)?,
        Act::EndSeizure { number, disposal, basis } => {
            Why::WordsMissing
                .unless(*disposal != Disposal::Destroyed || !basis.trim().is_empty())
                .map_err(|refusal| refusal.on("basis"))?;
            guards::end_seizure(case, *number, *disposal, now, law)?;
        }
        Act::BeginExcluded { kind } => guards::begin_excluded(case, *kind, today, law)?,
        Act::EndExcluded { kind } => guards::end_excluded(case, *kind, today)?,
        Act::ExtendDecision { days, people } => guards::extend(case, *days, people, now, law)?,
        Act::AskRecusal { officer, .. } => {
            Why::NoSuchThing.unless(case.can_be_recused().contains(officer))?;
            case.recusals_asked.insert(*officer);
        }
        Act::DecideRecusal { officer, is_granted } => {
            Why::NoRecusalAsked.unless(case.recusals_asked.remove(officer))?;
            Why::Recused.unless(actor.account != Some(*officer))?;
            if *is_granted {
                case.recused.insert(*officer);
                case.investigators.remove(officer);
                // A hearing that is still to be held is called anew, under somebody else.
                if let Some(hearing) = case.hearing.as_mut().filter(|one| one.held_at.is_none()) {
                    hearing.president = hearing.president.filter(|president| president != officer);
                }
            }
        }
        Act::ChangeInvestigators { officers } => guards::investigators(case, officers)?,
        Act::ConcludeInquiry { penalty, exemption, is_public_interest, is_complex, other_act } => {
            case.other_act.clone_from(other_act);
            Why::TooFewOfficers
                .unless(case.investigators.len() as i64 >= law.terms.number("officers", today)?.value)?;
            Why::RecusalPending.unless(case.recusals_asked.is_empty())?;
            Why::EvidenceMissing.unless(case.has_evidence())?;
            Why::ExemptionUnconsidered.unless(!exemption.trim().is_empty())?;
            guards::words(exemption)?;
            guards::no_evidence_waits(case)?;
            sampling::none_waits(case)?;
            if let Some(penalty) = penalty {
                guards::penalty(case, penalty, today, law)?;
            }
            case.conclusion = Some(Conclusion {
                at: now,
                penalty: penalty.clone(),
                exemption: exemption.clone(),
                is_public_interest: *is_public_interest,
                is_complex: *is_complex,
            });
        }
        Act::AskReview => Why::NoSuchThing.unless(case.conclusion.is_some())?,
        Act::ReviewCase { is_passed, is_first_time, is_qualified, words } => {
            let by = guards::reviewer(case, actor, *is_first_time, *is_qualified)?;
            case.reviews.push(Review { by, at: now, is_passed: *is_passed, words: words.clone() });
        }
        Act::Discuss { people, words } => {
            Why::DiscussionTooSmall.unless(people.len() >= law.organ.discussion_fewest)?;
            case.discussions.push(Discussion { at: now, people: people.clone(), words: words.clone() });
        }
        Act::NotifyParty { penalty, offers_hearing, new_facts, service, .. } => {
            guards::penalty(case, penalty, today, law)?;
            guards::notice(case, penalty, *offers_hearing, new_facts, today, law)?;
            let since = case.conclusion.as_ref().map_or(case.last_at, |conclusion| conclusion.at);
            let at = delivered(case, service, since, now, law)?;
            // A new notice begins the terms anew; what was said before stays said.
            case.notices.push(Notice {
                at,
                penalty: penalty.clone(),
                offers_hearing: *offers_hearing,
                statement_waived: false,
                hearing_waived: false,
            });
            case.hearing = None;
        }
        Act::Defend { words } => {
            Why::NotReminded.unless(case.stage != Stage::Executing || case.reminded_at.is_some())?;
            let number = case.defences.len() as u32 + 1;
            case.defences.push(Defence {
                number,
                at: now,
                words: words.clone(),
                is_adopted: None,
                answer: String::new(),
            });
        }
        Act::AnswerDefence { number, is_adopted, words } => {
            let defence = case.defences.iter_mut().find(|one| one.number == *number && one.is_adopted.is_none());
            let defence = defence.ok_or_else(|| Why::NoSuchThing.refuse())?;
            (defence.is_adopted, defence.answer) = (Some(*is_adopted), words.clone());
        }
        Act::WaiveRights { statement, hearing, is_signed } => {
            Why::WaiverUnsigned.unless(*is_signed)?;
            let notice = case.notices.last_mut().ok_or_else(|| Why::NotTold.refuse())?;
            notice.statement_waived |= statement;
            notice.hearing_waived |= hearing;
        }
        Act::AskHearing => guards::ask_hearing(case, now, today, law)?,
        Act::WithdrawHearing { is_signed } => {
            Why::WithdrawalUnsigned.unless(*is_signed || actor.role == Role::Party)?;
            if let Some(hearing) = &mut case.hearing {
                hearing.is_withdrawn = true;
            }
            if let Some(notice) = case.notices.last_mut() {
                notice.hearing_waived = true;
            }
            guards::end_excluded(case, Exclusion::Hearing, today)?;
        }
        Act::CallHearing { on, president } => guards::call_hearing(case, *on, *president, now, today, law)?,
        Act::ServeSummons { service, .. } => {
            let hearing = case.hearing.as_ref().ok_or_else(|| Why::NoSuchThing.refuse())?;
            Why::NoSuchThing.unless(hearing.president.is_some() && case.summoned_at().is_none())?;
            let since = hearing.called_at.unwrap_or(hearing.asked_at);
            let at = delivered(case, service, since, now, law)?;
            guards::summoned_in_time(case, at, law)?;
            if let Some(hearing) = &mut case.hearing {
                hearing.summoned_at = Some(at);
            }
        }
        Act::HoldHearing { agents, is_abandoned } => {
            guards::hold_hearing(case, actor, *agents, *is_abandoned, now, today, law)?;
        }
        Act::ReportHearing { .. } => {
            let hearing = case.hearing.as_mut().ok_or_else(|| Why::NoSuchThing.refuse())?;
            Why::NotThePresident.unless(hearing.president == actor.account)?;
            hearing.reported_at = Some(now);
            guards::end_excluded(case, Exclusion::Hearing, today)?;
        }
        Act::CloseDefence | Act::ProposeDecision => guards::defence_closed(case, now, law)?,
        Act::Decide { penalty, effect, effect_reason } => {
            guards::decision(case, penalty, now, today, law)?;
            let mut decision = decided(actor, penalty, now);
            decision.effect = *effect;
            case.decision = Some(decision);
            // Against the organ's rule nothing is kept from the public without a reason.
            let is_kept_back = *effect == Effect::No && publication::by_rule(case, law);
            Why::EffectReasonMissing.unless(!is_kept_back || !effect_reason.trim().is_empty())?;
        }
        Act::NotPunish { ground, is_corrected, is_first, has_circumstances, earlier, reason, proof, .. } => {
            let is_proven = *ground != ExemptionKind::NoFault || !proof.trim().is_empty();
            Why::ExemptionUnproven.unless(is_proven).map_err(|refusal| refusal.on("proof"))?;
            guards::exemption(case, *ground, *is_corrected, *is_first, today, law)?;
            guards::exemption_row(case, *ground, *has_circumstances, earlier, reason, law)?;
            case.exempted_at = Some(now);
        }
        Act::Transfer { is_crime: true, is_told, .. } => guards::hand_over(case, *is_told, now, law)?,
        Act::Transfer { .. } => guards::no_seizure_lasts(case)?,
        Act::Suspend { .. } => {
            case.suspended_at = Some(now);
            case.excluded.push(Excluded { kind: Exclusion::Suspension, from: today, until: None });
        }
        Act::Resume => {
            Why::NotSuspended.unless(case.suspended_at.is_some())?;
            case.suspended_at = None;
            guards::end_excluded(case, Exclusion::Suspension, today)?;
        }
        Act::Terminate { ground, .. } => {
            if case.stage == Stage::Executing {
                guards::end_ground(case, *ground, now, law)?;
            }
            case.suspended_at = None;
        }
        Act::DecideSummary {
            card_shown,
            party,
            matter,
            acted_on,
            penalty,
            is_plain,
            is_told,
            is_handed_over,
            correction,
            others,
            other_act,
            ..
        } => {
            Why::SpotCardNotShown.unless(*card_shown)?;
            guards::party(party)?;
            guards::act_day(*acted_on, today)?;
            Why::SummaryUnclear.unless(*is_plain)?;
            Why::NotTold.unless(*is_told)?;
            Why::SummaryNotHanded.unless(*is_handed_over)?;
            case.procedure = Procedure::Summary;
            (case.party, case.matter, case.acted_on) = (Some(party.clone()), matter.clone(), Some(*acted_on));
            case.others.clone_from(others);
            case.other_act.clone_from(other_act);
            // What was ordered this moment is not overdue; an order of before, with what became of it, stands.
            Why::NotOverdue
                .unless(*correction != Some(Correction::NotCorrected))
                .map_err(|refusal| refusal.with("clause", "").on("correction"))?;
            if let Some(outcome) = correction {
                case.order = Some(Order { on: today, until: today, outcome: Some(*outcome) });
            }
            guards::summary(case, penalty, today, law)?;
            guards::basis(case, law)?;
            guards::limitation(case, law)?;
            guards::penalty(case, penalty, today, law)?;
            let mut decision = decided(actor, penalty, now);
            decision.served_at = Some(now);
            case.decision = Some(decision);
            open_account(case, penalty.fine, today, law)?;
        }
        Act::Serve { service, .. } => {
            let decided_at = case.decision.as_ref().map(|decision| decision.at);
            let at = delivered(case, service, decided_at.ok_or_else(|| Why::NoSuchThing.refuse())?, now, law)?;
            let decision = case.decision.as_mut().ok_or_else(|| Why::NoSuchThing.refuse())?;
            decision.served_at = Some(at);
            let fine = decision.penalty.fine;
            open_account(case, fine, law.calendar.date_of(at), law)?;
        }
        Act::ServePaper { service, .. } => {
            delivered(case, service, case.clue_at, now, law)?;
        }
        Act::PostAnnouncement { paper, on, tried, .. } => {
            guards::act_day(*on, today)?;
            let (paper, on, tried) = (paper.clone(), *on, tried.clone());
            Why::PaperPosted.unless(!case.posted.iter().any(|one| !one.is_done && one.paper == paper))?;
            case.posted.push(Posted { paper, on, tried, is_done: false });
        }
        Act::NamePaper { paper, on, reason } => {
            guards::act_day(*on, today)?;
            guards::named(paper)?;
            let outside = Outside { paper: paper.clone(), on: *on, at: now, reason: reason.clone() };
            case.outside.push(outside);
        }
        Act::CollectOnSpot { amount, reason, receipt, .. } => {
            guards::stands(case)?;
            // On the spot is where and when it was decided (art. 68); only remote places may come later (art. 69).
            let decided_on = case.decision.as_ref().map(|decision| law.calendar.date_of(decision.at));
            let is_there = matches!(reason, SpotReason::Remote { .. }) || decided_on == Some(today);
            Why::CollectedUnlawfully.unless(is_there)?;
            let (fine, is_summary) = (guards::fine(case)?, case.procedure == Procedure::Summary);
            may_collect(fine, is_summary, reason, &law.organ.remote_places, law.terms, today)?;
            let payment = Payment { on: today, amount: *amount, towards: Towards::Fine, receipt: receipt.clone() };
            account(case)?.pay(payment)?;
            case.cash.push(Cash { on: today, amount: *amount, at_organ_on: None, at_bank_on: None });
        }
        Act::HandOver { index, on, is_bank } => {
            guards::act_day(*on, today)?;
            let cash = case.cash.get_mut(*index).ok_or_else(|| Why::HandsOverTooMuch.refuse())?;
            let (since, slot) = match (is_bank, cash.at_organ_on) {
                (false, _) => (Some(cash.on), &mut cash.at_organ_on),
                (true, at_organ) => (at_organ, &mut cash.at_bank_on),
            };
            Why::HandsOverTooMuch.unless(slot.is_none() && since.is_some())?;
            Why::DateBackwards.unless(since.is_some_and(|since| *on >= since))?;
            *slot = Some(*on);
        }
        Act::RecordPayment { payment } => {
            guards::stands(case)?;
            guards::act_day(payment.on, today)?;
            account(case)?.pay(payment.clone())?;
        }
        Act::AskInstalments { .. } => {
            account(case)?;
            case.asked_instalments = true;
        }
        Act::GrantInstalments { parts } => {
            Why::InstalmentsUnasked.unless(case.asked_instalments)?;
            account(case)?.grant(parts, today)?;
            case.asked_instalments = false;
        }
        Act::ExtendClueCheck { .. } => guards::extend_clue(case, now, law)?,
        Act::SuspendEnforcement { ground, is_harmless, .. } => {
            Why::EnforcementSuspended.unless(case.enforcement_suspended_at.is_none())?;
            account(case)?.suspend(today)?;
            case.enforcement_suspended_at = Some(now);
            case.harmless_suspension = Some(*ground).filter(|_| *is_harmless);
        }
        Act::ResumeEnforcement => {
            Why::NoSuchThing.unless(case.enforcement_suspended_at.is_some())?;
            Why::EnforcementGivenUp.unless(!guards::is_given_up(case, now, law)?)?;
            account(case)?.resume(today)?;
            (case.enforcement_suspended_at, case.harmless_suspension) = (None, None);
        }
        Act::AgreeEnforcement { parts, forgives, is_harmless, .. } => {
            Why::AgreementHarms.unless(*is_harmless)?;
            account(case)?.agree(parts, *forgives, today)?;
        }
        Act::Refund { refund } => {
            guards::act_day(refund.on, today)?;
            let is_revoked = guards::stands(case).is_err();
            let account = case.account.as_mut().or(case.former.as_mut());
            account.ok_or_else(|| Why::NoSuchThing.refuse())?.refund(refund.clone(), is_revoked)?;
        }
        Act::BeginRemedy { kind, on } => {
            guards::act_day(*on, today)?;
            Why::NoSuchThing.unless(matches!(kind, Exclusion::Review | Exclusion::Suit))?;
            account(case)?.begin_remedy(*kind, *on)?;
        }
        Act::EndRemedy { on, ending } => {
            guards::act_day(*on, today)?;
            account(case)?.end_remedy(*on, *ending == Ending::Withdrawn)?;
            let decision = case.decision.as_mut();
            if let Some(decision) = decision.filter(|_| matches!(ending, Ending::Unlawful | Ending::SetAside)) {
                decision.is_unlawful = true;
                decision.withdraw_since = decision.withdraw_since.or(decision.published_at.map(|_| now));
            }
            if *ending == Ending::SetAside {
                set_aside(case, *on)?;
            }
        }
        Act::Remind { service, .. } => {
            guards::stands(case)?;
            Why::EnforcementSuspended.unless(case.enforcement_suspended_at.is_none())?;
            guards::something_is_late(case, today, law)?;
            let since = case.decision.as_ref().and_then(|decision| decision.served_at);
            let at = delivered(case, service, since.ok_or_else(|| Why::NoSuchThing.refuse())?, now, law)?;
            case.reminded_at = Some(at);
        }
        Act::AskCourt => {
            guards::stands(case)?;
            Why::EnforcementSuspended.unless(case.enforcement_suspended_at.is_none())?;
            guards::ask_court(case, now, today, law)?;
            case.court_asked_at = Some(now);
        }
        Act::EnforceMoney { .. } => {
            guards::enforce_money(case, today, law)?;
            case.enforced_at = Some(now);
        }
        Act::DecidePerformance { plan } => performing::decide(case, actor.account, plan, now, today, law)?,
        Act::ServePerformance { number, service, .. } => {
            let one = performing::of(case, *number)?;
            Why::NoSuchThing.unless(one.is_to_serve())?;
            let at = delivered(case, service, one.at, now, law)?;
            performing::of_mut(case, *number)?.served_at = Some(at);
        }
        Act::RemindPerformance { number, service, .. } => {
            let since = performing::of(case, *number)?.at;
            let at = delivered(case, service, since, now, law)?;
            performing::remind(case, *number, at, law)?;
        }
        Act::StopPerformance { number, by_party, .. } => performing::stop(case, *number, *by_party)?,
        Act::Perform { number, spot, .. } => performing::perform(case, *number, spot, now, law)?,
        Act::RecordCourt { words, is_done } => {
            Why::NoSuchThing.unless(case.court_asked_at.is_some() || case.enforced_at.is_some())?;
            if *is_done {
                case.court.clone_from(words);
            }
        }
        Act::RecordPerformance { kind } => {
            let decision = case.decision.as_mut().ok_or_else(|| Why::NoSuchThing.refuse())?;
            Why::NoSuchThing.unless(decision.penalty.kinds.contains(kind) && *kind != PenaltyKind::Fine)?;
            decision.performed.insert(*kind);
        }
        Act::ChangeDecision { penalty, .. } => {
            guards::change(case, penalty, today, law)?;
            let before = case.decision.as_ref();
            let published = before.and_then(|decision| decision.published_at);
            let effect = before.map_or(Effect::ByRule, |decision| decision.effect);
            let mut decision = decided(actor, penalty, now);
            (decision.published_at, decision.withdraw_since) = (published, published.map(|_| now));
            decision.effect = effect;
            case.decision = Some(decision);
            // What was paid stays paid: it goes over to the account of the changed decision.
            case.former = case.account.take().or_else(|| case.former.take());
            (case.enforcement_suspended_at, case.harmless_suspension) = (None, None);
            // Nobody was reminded of the changed one yet, and no court was asked.
            (case.reminded_at, case.court_asked_at, case.court) = (None, None, String::new());
            case.enforced_at = None;
        }
        Act::RevokeDecision { .. } => {
            set_aside(case, today)?;
            if let Some(decision) = &mut case.decision {
                decision.withdraw_since = decision.published_at.map(|_| now);
            }
        }
        Act::Publish { entry } => {
            let decision = case.decision.as_ref();
            let is_open = decision
                .is_some_and(|one| one.served_at.is_some() && one.published_at.is_none() && one.is_publishable());
            Why::NotPublishable.unless(is_open)?;
            publication::check(case, entry, &[])?;
            let months = law.organ.publication.months(decision.map(|one| &one.penalty));
            let until = today.saturating_add(jiff::Span::new().months(i64::from(months)));
            case.publications.push(Publication { entry: entry.as_ref().clone(), at: now, until, withdrawn: None });
            if let Some(decision) = &mut case.decision {
                decision.published_at = Some(now);
            }
        }
        Act::WithdrawPublication { reason } => {
            // The reason is read by everybody, too.
            publication::clean(reason, &publication::eye(case, &[]), "reason")?;
            let decision = case.decision.as_mut().filter(|one| one.published_at.is_some());
            let decision = decision.ok_or_else(|| Why::NotPublished.refuse())?;
            (decision.published_at, decision.withdraw_since) = (None, None);
            if let Some(last) = case.publications.last_mut() {
                last.withdrawn = Some(Withdrawal { at: now, reason: reason.clone() });
            }
        }
        Act::ProposeClosing | Act::ApproveClosing => guards::closable(case, today, law)?,
    }
    Ok(())
}

/// A paper reaches the party: the moment from which its terms run. It is not earlier than what it tells of.
fn delivered(case: &mut Case, service: &Service, since: Moment, now: Moment, law: &Law<'_>) -> Result<Moment, Refusal> {
    let at = guards::served_at(service, Some(law.calendar.date_of(since)), now, law)?.max(since);
    // What hung out is served, or has come by another way meanwhile.
    for posted in case.posted.iter_mut().filter(|one| one.paper == service.paper) {
        posted.is_done |= service.paper.is_some() || service.announced_on == Some(posted.on);
    }
    if let Some(paper) = &service.paper {
        case.served.push(Delivered { paper: paper.clone(), at });
    }
    Ok(at)
}

fn plain(kind: EvidenceKind, words: &str) -> Evidence {
    Evidence { kind, words: words.to_owned(), is_lawful: true, is_monitoring: false, is_reviewed: false }
}

fn decided(actor: &Actor, penalty: &Penalty, now: Moment) -> Decision {
    Decision {
        at: now,
        by: actor.account,
        penalty: penalty.clone(),
        served_at: None,
        performed: BTreeSet::new(),
        published_at: None,
        withdraw_since: None,
        effect: Effect::ByRule,
        is_set_aside: false,
        is_unlawful: false,
    }
}

/// The decision falls: nothing of it is owed any more, and carrying it out is at an end.
fn set_aside(case: &mut Case, on: Date) -> Result<(), Refusal> {
    let decision = case.decision.as_mut().ok_or_else(|| Why::NoSuchThing.refuse())?;
    decision.is_set_aside = true;
    for account in [&mut case.account, &mut case.former].into_iter().flatten() {
        account.void(on);
    }
    (case.enforcement_suspended_at, case.harmless_suspension) = (None, None);
    Ok(())
}

fn account(case: &mut Case) -> Result<&mut Account, Refusal> {
    case.account.as_mut().ok_or_else(|| Why::NoSuchThing.refuse())
}

/// The account of a decision that was served; also of one without a fine, for its reviews and suits.
fn open_account(case: &mut Case, fine: i64, served_on: Date, law: &Law<'_>) -> Result<(), Refusal> {
    let mut account = Account::open(fine, served_on, law.terms, law.calendar)?;
    if let Some(former) = case.former.take() {
        (account.payments, account.refunds) = (former.payments, former.refunds);
    }
    case.account = Some(account);
    Ok(())
}

enum_of_words! {
    /// Whose a term is.
    Whose {
        /// The organ has to act before its end.
        Organ = "organ",
        /// The party may act, or has to.
        Party = "party",
        /// The organ waits for its end.
        Wait = "wait",
    }
}

/// A term that runs on a case, for the board by days left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Running {
    /// The term's name.
    pub term: &'static str,
    /// Its end.
    pub end: End,
}

impl Running {
    /// Whose it is: the board turns red for the organ's own alone.
    pub fn whose(&self) -> Whose {
        match self.term {
            "statement" | "hearing-request" | "payment" | "review" | "suit" | "suit-after-review" => Whose::Party,
            "announcement-service" | "court-reminder" | "late-fee-enforcement" => Whose::Wait,
            _ => Whose::Organ,
        }
    }

    /// The first day that it counts.
    pub fn begins(&self) -> Date {
        let event = self.end.why.first().map_or(self.end.last, |step| step.from);
        event.tomorrow().unwrap_or(event)
    }

    /// Whether it is gone at `now` and nothing follows from it: a right that nobody used. Of what the party had to do, and of what
    /// the organ waited for, the end matters afterwards too.
    pub fn is_gone(&self, now: Moment) -> bool {
        matches!(self.term, "review" | "suit" | "suit-after-review") && self.end.is_over(now)
    }
}

/// The terms that run on a case, the first to end first; what has no last day yet (a hearing goes on, a year is not loaded) is
/// left out.
pub fn running(case: &Case, law: &Law<'_>) -> Vec<Running> {
    let from = |term: &'static str, since: Moment, excluded: &[Excluded]| {
        let row = law.terms.on(term, law.calendar.date_of(since)).ok()?;
        Some(Running { term, end: row.end(since, law.calendar, excluded).ok()? })
    };
    let on = |term: &'static str, day: Date| {
        let end = law.terms.on(term, day).ok()?.end_from_day(day, law.calendar, &[]).ok()?;
        Some(Running { term, end })
    };
    let mut all: Vec<Option<Running>> = Vec::new();
    if matches!(case.stage, Stage::Clue | Stage::Checked) {
        all.push(guards::clue_end(case, law).ok().map(|end| Running { term: "clue-check", end }));
    }
    if case.stage.is_undecided() {
        all.push(case.decision_end(law).ok().map(|end| Running { term: "decision", end }));
    }
    all.extend(
        case.registered.iter().filter(|one| one.disposal.is_none()).map(|one| from("registered-evidence", one.at, &[])),
    );
    for seizure in case.seizures.iter().filter(|one| one.disposal.is_none()) {
        all.push(guards::seizure_end(case, seizure, law).ok().map(|end| Running { term: "seizure", end }));
        if !seizure.is_approved {
            all.push(from("urgent-approval", seizure.at, &[]));
        }
    }
    if let Some(notice) = case.notice().filter(|_| case.stage == Stage::Notified) {
        all.push(Some(notice).filter(|notice| !notice.statement_waived).and_then(|one| from("statement", one.at, &[])));
        let hearing = Some(notice).filter(|notice| notice.offers_hearing && !notice.hearing_waived);
        all.push(hearing.and_then(|one| from("hearing-request", one.at, &[])));
    }
    if case.stage == Stage::HearingCalled && case.summoned_at().is_none() {
        all.push(guards::summons_end(case, law).ok().map(|end| Running { term: "hearing-notice", end }));
    }
    all.extend(case.posted.iter().filter(|one| !one.is_done).map(|one| on("announcement-service", one.on)));
    let stands = guards::stands(case).is_ok();
    if let Some(decision) = &case.decision {
        let at = decision.at;
        all.push(Some(at).filter(|_| case.stage == Stage::Decided).and_then(|at| from("service", at, &[])));
        all.push(
            Some(at).filter(|_| case.stage == Stage::SummaryDecided).and_then(|at| from("summary-report", at, &[])),
        );
        all.push(decision.withdraw_since.and_then(|since| from("withdraw-publication", since, &[])));
        all.push(publication::is_due(case, law).and_then(|at| from("publication", at, &[])));
        let owes = case.account.as_ref().is_some_and(|account| account.owed(account.due_on()) > 0);
        all.push(decision.served_at.filter(|_| owes && stands).and_then(|since| from("payment", since, &[])));
    }
    if let Some(account) = case.account.as_ref().filter(|account| stands && !account.has_open_remedy()) {
        // A suit that has ended leaves nothing to sue for, and after a review its own term is the only one.
        let is_judged = account.remedies.iter().any(|one| one.kind == Exclusion::Suit);
        match account.reviewed_on() {
            _ if is_judged => {}
            Some(received) => all.push(on("suit-after-review", received)),
            None => all.extend([on("review", account.served_on), on("suit", account.served_on)]),
        }
        if guards::may_go_to_court(case, law) {
            let end = account.court_end(law.terms, law.calendar);
            all.push(end.ok().map(|end| Running { term: "court-application", end }));
            all.push(case.reminded_at.and_then(|at| from("court-reminder", at, &[])));
        }
    }
    if guards::may_enforce(case, law) {
        let late = case.account.as_ref().and_then(Account::late_since);
        all.push(late.and_then(|day| on("late-fee-enforcement", day)));
    }
    for one in case.performances.iter().filter(|one| one.is_to_remind()) {
        all.push(
            performing::reminder_end(&one.plan, law).ok().map(|end| Running { term: "performance-reminder", end }),
        );
    }
    if let Some(since) = guards::settled(case, case, law.calendar.date_of(case.last_at), law) {
        all.push(from("closing", since, &[]));
    }
    let is_running_out = case.stage == Stage::Executing && case.harmless_suspension == Some(SuspensionGround::Unable);
    if let Some(since) = case.enforcement_suspended_at.filter(|_| is_running_out) {
        all.push(from("enforcement-resumption", since, &[]));
    }
    for cash in &case.cash {
        let midday = |day: Date| law.calendar.moment(day, jiff::civil::time(12, 0, 0, 0));
        match (cash.at_organ_on, cash.at_bank_on) {
            (None, _) => all.push(from("cash-to-organ", midday(cash.on), &[])),
            (Some(day), None) => all.push(from("cash-to-bank", midday(day), &[])),
            _ => {}
        }
    }
    let mut all: Vec<Running> = all.into_iter().flatten().collect();
    all.sort_by_key(|one| one.end.over_at);
    all
}

/// The first term that ends after `since` and of whose end somebody is to be told although nobody is late with it: the party has
/// spoken or not, paid or not, and what the organ waited for is over.
pub fn passing(case: &Case, since: Moment, law: &Law<'_>) -> Option<Running> {
    let may_ask_court = guards::may_go_to_court(case, law);
    let matters = |term: &str| match term {
        "statement" | "hearing-request" | "payment" | "announcement-service" | "court-reminder" => true,
        "late-fee-enforcement" => law.organ.own_power.is_some(),
        // After them the court may be asked.
        "suit" | "suit-after-review" => may_ask_court,
        _ => false,
    };
    running(case, law).into_iter().find(|one| matters(one.term) && one.end.over_at > since)
}

/// Whether the legal review must have passed before the party is told, in this city (art. 58 and the organ's file).
pub fn reviews_before_notice(law: &Law<'_>) -> bool {
    law.organ.review_order == ReviewOrder::BeforeNotice
}

#[cfg(test)]
#[path = "case_tests.rs"]
pub(crate) mod tests;
