//! A whistle (大队吹哨): one call to several departments, and the only ways it may go.
//!
//! The workflow is the one `match` in [`way`], that of each leg the one in [`leg_way`]. [`act`] does a single act; what follows
//! from it by itself (enforcement is called when management has ended, the whistle ends when every leg has) is an act of the
//! program with a fact of its own, and [`carry_out`] does both. Every fact keeps its act, so that [`replay`] of the facts from
//! nothing gives the same whistle.
//!
//! The promises: nobody accepts what they did themselves, nobody decides about a refusal of their own whistle, no enforcement
//! is called while management is at work, no department leaves before the blower lets it go, and a whistle has ended exactly
//! when every leg has.

pub use super::refusal::No;

use super::leg::{
    Arrival, BRIGADE, ClockKind, Clocks, Leg, LegKind, LegStage, LegStep, LegWay, Order, Outcome, Position, Rating,
    RefuseReason, SUPERIORS, leg_way,
};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::Pause;
use crate::reports::report::metres_between;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

enum_of_words! {
    /// Why the whistle is blown.
    Kind {
        /// 重点难点: what the public raises and nobody solves alone.
        HardProblem = "hard-problem",
        /// 综合执法: several go together, at an appointed time.
        JointEnforcement = "joint-enforcement",
        /// 应急处置: at once.
        Emergency = "emergency",
    }
}

enum_of_words! {
    /// Where a whistle stands.
    Stage {
        /// 起草.
        Drafted = "drafted",
        /// 待审批.
        AwaitingApproval = "awaiting-approval",
        /// 已吹响.
        Blown = "blown",
        /// 已消哨: every leg has ended.
        Ended = "ended",
        /// 已撤哨.
        Withdrawn = "withdrawn",
    }
}

impl Stage {
    /// Whether nothing more is to be done, but for rating.
    pub const fn is_over(self) -> bool {
        matches!(self, Stage::Ended | Stage::Withdrawn)
    }
}

enum_of_words! {
    /// From where one acts.
    Side {
        /// The program itself.
        Program = "program",
        /// 受理员、派遣员: the brigade's desks.
        Desk = "desk",
        /// 值班长.
        ShiftLeader = "shift-leader",
        /// 领导.
        Leader = "leader",
        /// 专业部门: a department's desk.
        Department = "department",
        /// 处置人员: its people on site.
        Crew = "crew",
    }
}

enum_of_words! {
    /// A line of the whistle's workflow.
    Step {
        /// 起草.
        Draft = "draft",
        /// 修改.
        Redraft = "redraft",
        /// 报审.
        AskApproval = "ask-approval",
        /// 吹哨.
        Blow = "blow",
        /// 批准.
        Approve = "approve",
        /// 退回.
        Decline = "decline",
        /// 撤哨.
        Withdraw = "withdraw",
        /// 通知执法.
        CallWaiting = "call-waiting",
        /// 移交执法.
        OpenEnforcement = "open-enforcement",
        /// 消哨.
        End = "end",
    }
}

enum_of_words! {
    /// What happened to a whistle or to one of its legs.
    Happened {
        /// Drafted.
        WhistleDrafted = "whistle-drafted",
        /// Written anew before it was blown.
        WhistleChanged = "whistle-changed",
        /// Sent to a superior for approval.
        ApprovalAsked = "approval-asked",
        /// The superior sent it back.
        ApprovalRefused = "approval-refused",
        /// Blown.
        WhistleBlown = "whistle-blown",
        /// Taken back.
        WhistleWithdrawn = "whistle-withdrawn",
        /// Departments that had waited were called.
        LegsCalled = "legs-called",
        /// An enforcement file was opened.
        EnforcementOpened = "enforcement-opened",
        /// Every leg has ended.
        WhistleEnded = "whistle-ended",
        /// A department signed for it.
        LegSigned = "leg-signed",
        /// A department spoke with whoever called or complained.
        LegContacted = "leg-contacted",
        /// A department says why it does not come.
        LegRefused = "leg-refused",
        /// It must come.
        LegUpheld = "leg-upheld",
        /// It need not come.
        LegExcused = "leg-excused",
        /// A department reported in.
        LegArrived = "leg-arrived",
        /// A department says that it is there, without proof.
        LegDeclared = "leg-declared",
        /// The blower vouches for that.
        LegConfirmed = "leg-confirmed",
        /// It told of its work.
        LegWorked = "leg-worked",
        /// It says what came of it.
        LegFedBack = "leg-fed-back",
        /// The blower accepted.
        LegAccepted = "leg-accepted",
        /// The blower accepted that it came to nothing.
        LegFailed = "leg-failed",
        /// The blower sent it back.
        LegSentBack = "leg-sent-back",
        /// The blower let it go.
        LegReleased = "leg-released",
        /// The blower waits no longer.
        LegGivenUp = "leg-given-up",
        /// A clock has turned yellow.
        ClockNear = "clock-near",
        /// A clock ran out.
        ClockMissed = "clock-missed",
        /// The department answered the order about its overdue arrival.
        OrderAnswered = "order-answered",
        /// The blower rated the department.
        DepartmentRated = "department-rated",
        /// The department rated the whistle.
        WhistleRated = "whistle-rated",
    }
}

/// Who acts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Doer {
    /// The account; none for the program.
    pub account: Option<Id>,
    /// The side on which the act is done.
    pub side: Side,
    /// The departments for which the account may act: its own and, for people on site, the one above it.
    pub departments: Vec<Id>,
}

impl Doer {
    /// The program itself.
    pub const fn program() -> Doer {
        Doer { account: None, side: Side::Program, departments: Vec::new() }
    }
}

/// Where the departments are to come.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Place {
    /// Degrees east, WGS-84.
    pub lon: Option<f64>,
    /// Degrees north, WGS-84.
    pub lat: Option<f64>,
    /// The address in words.
    pub address: String,
}

/// A department that is to be called.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Called {
    /// The identifier that its leg will have.
    pub leg: Id,
    /// Who.
    pub department: Id,
    /// In what capacity.
    pub kind: LegKind,
}

/// A whistle as it is written.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// Why it is blown.
    pub kind: Kind,
    /// The case that it is about.
    pub case: Option<Id>,
    /// Where.
    pub place: Place,
    /// What is to be done.
    pub words: String,
    /// The department that leads the others.
    pub lead: Option<Id>,
    /// When all are to be there; for joint enforcement.
    pub appointed_at: Option<Moment>,
    /// Who is called.
    pub called: Vec<Called>,
}

/// One whistle.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Whistle {
    /// The identifier.
    pub id: Id,
    /// The number that people say. Never used twice.
    pub number: String,
    /// Why it is blown.
    pub kind: Kind,
    /// The case that it is about.
    pub case: Option<Id>,
    /// Where.
    pub place: Place,
    /// What is to be done.
    pub words: String,
    /// The department that leads the others.
    pub lead: Option<Id>,
    /// When all are to be there.
    pub appointed_at: Option<Moment>,
    /// Where it stands.
    pub stage: Stage,
    /// Management goes first, enforcement waits for it (管理先行、执法保障).
    pub is_management_first: bool,
    /// Who wrote it: the blower.
    pub author: Option<Id>,
    /// Who approved it.
    pub approved_by: Option<Id>,
    /// When it was drafted.
    pub drafted_at: Moment,
    /// When it was blown.
    pub blown_at: Option<Moment>,
    /// When it ended or was taken back.
    pub ended_at: Option<Moment>,
    /// Until when both sides may rate each other; from then on everything rated is seen.
    pub rating_closes_at: Option<Moment>,
    /// The enforcement file that was opened from it.
    pub enforcement: Option<Id>,
    /// The departments that it calls.
    pub legs: Vec<Leg>,
    /// One more for every act on the whistle itself.
    pub turn: i64,
    /// One more for every act on it or on a leg; a save compares it.
    pub revision: i64,
}

impl Whistle {
    /// A leg of it.
    pub fn leg(&self, id: Id) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    /// Whether somebody answers for it: the blower, or whoever leads the shift when the blower has gone home.
    pub fn is_answered_for_by(&self, doer: &Doer) -> bool {
        doer.side == Side::ShiftLeader
            || (BRIGADE.contains(&doer.side) && doer.account.is_some() && doer.account == self.author)
    }

    /// Whether an enforcement file may be opened: management has failed or was not to come, or the wrongdoer refuses.
    pub fn wants_enforcement(&self) -> bool {
        let has_failed =
            |leg: &Leg| leg.kind == LegKind::Management && matches!(leg.stage, LegStage::Failed | LegStage::Excused);
        self.legs.iter().any(|leg| has_failed(leg) || leg.wrongdoer_refuses)
    }

    /// Whether what was rated about a leg is seen by both sides at `now`: both have rated, or the time for it is over.
    pub fn is_rating_seen(&self, leg: &Leg, now: Moment) -> bool {
        (leg.of_department.is_some() && leg.of_whistle.is_some())
            || self.rating_closes_at.is_some_and(|closes| closes <= now)
    }

    /// What follows by itself, if anything: waiting departments are called, or the whistle ends.
    pub fn consequence(&self, rating_closes: Moment) -> Option<WhistleAct> {
        if self.stage != Stage::Blown {
            return None;
        }
        if self.legs.iter().any(|leg| leg.stage == LegStage::Waiting) && !self.is_management_at_work() {
            return Some(WhistleAct::CallWaiting);
        }
        self.legs.iter().all(|leg| leg.stage.is_over()).then_some(WhistleAct::End { rating_closes })
    }

    fn is_management_at_work(&self) -> bool {
        self.legs.iter().any(|leg| leg.kind == LegKind::Management && !leg.stage.is_over())
    }
}

/// What somebody does to a whistle or to one of its legs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum WhistleAct {
    /// 起草: the first act of all.
    Draft {
        /// The whistle's number.
        number: String,
        /// What was written.
        draft: Draft,
    },
    /// Write it anew.
    Redraft {
        /// What was written.
        draft: Draft,
    },
    /// 吹哨.
    Blow {
        /// The city wants a superior's approval for this kind.
        needs_approval: bool,
        /// Management goes first.
        is_management_first: bool,
    },
    /// 批准: it is blown by that.
    Approve,
    /// 退回: back to whoever wrote it.
    Decline {
        /// Why.
        words: String,
    },
    /// 撤哨.
    Withdraw {
        /// Why.
        words: String,
    },
    /// By itself: management has ended, enforcement is called.
    CallWaiting,
    /// By itself: every leg has ended.
    End {
        /// Until when both sides may rate each other.
        rating_closes: Moment,
    },
    /// 移交执法.
    OpenEnforcement {
        /// The file.
        file: Id,
    },
    /// 签收.
    SignFor {
        /// The leg.
        leg: Id,
    },
    /// 首次联系.
    Contact {
        /// The leg.
        leg: Id,
        /// With whom, and what was said.
        words: String,
    },
    /// 拒绝.
    Refuse {
        /// The leg.
        leg: Id,
        /// Why.
        reason: RefuseReason,
        /// The same in words.
        words: String,
    },
    /// 裁定: it must come, or need not.
    Decide {
        /// The leg.
        leg: Id,
        /// True when it must come.
        must_come: bool,
        /// Why.
        words: String,
    },
    /// 到场报到.
    Arrive {
        /// The leg.
        leg: Id,
        /// Where the phone is; none when it was only declared.
        position: Option<Position>,
        /// How many metres from the place count as being there; the city's setting.
        within: i64,
        /// Why not at the place, or why the phone told no position.
        reason: String,
        /// A reason alone does not count as being there. Facts from before that rule do not have it, and are read as they
        /// were done.
        #[serde(default)]
        must_be_there: bool,
    },
    /// 确认到场: the blower vouches for an arrival that was only declared.
    ConfirmArrival {
        /// The leg.
        leg: Id,
    },
    /// 报告处置.
    ReportWork {
        /// The leg.
        leg: Id,
        /// What was done.
        words: String,
        /// How many photographs came with it.
        photos: usize,
    },
    /// 反馈.
    FeedBack {
        /// The leg.
        leg: Id,
        /// What came of it.
        result: Outcome,
        /// The wrongdoer refuses to put it right.
        wrongdoer_refuses: bool,
        /// In words.
        words: String,
    },
    /// 确认.
    AcceptLeg {
        /// The leg.
        leg: Id,
        /// In words.
        words: String,
    },
    /// 退回继续.
    SendBackLeg {
        /// The leg.
        leg: Id,
        /// What is missing.
        words: String,
    },
    /// 解除: it is not needed any more.
    ReleaseLeg {
        /// The leg.
        leg: Id,
        /// Why.
        words: String,
    },
    /// 认定未报到、未办成: nobody came, or nothing came of it, in time.
    GiveUpLeg {
        /// The leg.
        leg: Id,
        /// In words.
        words: String,
    },
    /// By itself: a clock has turned yellow.
    WarnClock {
        /// The leg.
        leg: Id,
        /// Which.
        clock: ClockKind,
    },
    /// 答复督办: the department answers the order about its overdue arrival.
    AnswerOrder {
        /// The leg.
        leg: Id,
        /// The answer.
        words: String,
    },
    /// By itself: a clock ran out. An overdue arrival is ordered by that.
    MissClock {
        /// The leg.
        leg: Id,
        /// Which.
        clock: ClockKind,
    },
    /// The blower rates a department.
    RateDepartment {
        /// The leg.
        leg: Id,
        /// How it did, 1 to 5.
        stars: u8,
        /// In words.
        words: String,
    },
    /// A department rates the whistle.
    RateWhistle {
        /// The leg.
        leg: Id,
        /// Whether it was necessary, 1 to 5.
        necessary: u8,
        /// Whether what it said was right, 1 to 5.
        accurate: u8,
        /// In words.
        words: String,
    },
}

/// What an act is about: the whistle itself, or one leg.
enum About {
    Whistle(Step),
    Leg(Id, LegStep),
}

/// One thing that happened.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Fact {
    /// The whistle.
    pub whistle: Id,
    /// What.
    pub what: Happened,
    /// By whom.
    pub by: Doer,
    /// When.
    pub at: Moment,
    /// The whistle's stage after it.
    pub stage: Stage,
    /// The whistle's revision after it.
    pub revision: i64,
    /// The leg that it was about.
    pub leg: Option<Id>,
    /// That leg's department.
    pub department: Option<Id>,
    /// The act itself.
    pub act: WhistleAct,
    /// The clocks that it started; none when it started none.
    pub clocks: Option<Clocks>,
}

/// One way a whistle may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Way {
    /// Where it leads.
    pub to: Stage,
    /// What has happened then.
    pub what: Happened,
    /// Who may go it.
    pub who: &'static [Side],
}

/// The program itself.
const PROGRAM: &[Side] = &[Side::Program];
/// Whoever may have blown it, and the enforcement department that was called.
const OPENERS: &[Side] = &[Side::Desk, Side::ShiftLeader, Side::Leader, Side::Department];

/// The workflow of a whistle. A step that is not written here does not exist; the first one begins with nothing.
pub fn way(step: Step, from: Option<Stage>) -> Option<Way> {
    use Happened as H;
    use Stage as S;
    let (to, what, who) = match (step, from) {
        // 起草、审批、吹哨.
        (Step::Draft, None) => (S::Drafted, H::WhistleDrafted, BRIGADE),
        (Step::Redraft, Some(S::Drafted)) => (S::Drafted, H::WhistleChanged, BRIGADE),
        (Step::Blow, Some(S::Drafted)) => (S::Blown, H::WhistleBlown, BRIGADE),
        (Step::AskApproval, Some(S::Drafted)) => (S::AwaitingApproval, H::ApprovalAsked, BRIGADE),
        (Step::Approve, Some(S::AwaitingApproval)) => (S::Blown, H::WhistleBlown, SUPERIORS),
        (Step::Decline, Some(S::AwaitingApproval)) => (S::Drafted, H::ApprovalRefused, SUPERIORS),

        // 管理先行、执法保障.
        (Step::CallWaiting, Some(S::Blown)) => (S::Blown, H::LegsCalled, PROGRAM),
        (Step::OpenEnforcement, Some(from @ (S::Blown | S::Ended))) => (from, H::EnforcementOpened, OPENERS),

        // 消哨、撤哨.
        (Step::End, Some(S::Blown)) => (S::Ended, H::WhistleEnded, PROGRAM),
        (Step::Withdraw, Some(S::Drafted | S::AwaitingApproval | S::Blown)) => {
            (S::Withdrawn, H::WhistleWithdrawn, BRIGADE)
        }
        _ => return None,
    };
    Some(Way { to, what, who })
}

impl WhistleAct {
    /// What it is about, and the line of the workflow that it follows for this whistle.
    fn about(&self, whistle: &Whistle) -> About {
        let leg = |id: &Id, step| About::Leg(*id, step);
        match self {
            WhistleAct::Draft { .. } => About::Whistle(Step::Draft),
            WhistleAct::Redraft { .. } => About::Whistle(Step::Redraft),
            WhistleAct::Blow { needs_approval: true, .. } => About::Whistle(Step::AskApproval),
            WhistleAct::Blow { .. } => About::Whistle(Step::Blow),
            WhistleAct::Approve => About::Whistle(Step::Approve),
            WhistleAct::Decline { .. } => About::Whistle(Step::Decline),
            WhistleAct::Withdraw { .. } => About::Whistle(Step::Withdraw),
            WhistleAct::CallWaiting => About::Whistle(Step::CallWaiting),
            WhistleAct::End { .. } => About::Whistle(Step::End),
            WhistleAct::OpenEnforcement { .. } => About::Whistle(Step::OpenEnforcement),
            WhistleAct::SignFor { leg: id } => leg(id, LegStep::SignFor),
            WhistleAct::Contact { leg: id, .. } => leg(id, LegStep::Contact),
            WhistleAct::Refuse { leg: id, .. } => leg(id, LegStep::Refuse),
            WhistleAct::Decide { leg: id, must_come: true, .. } => leg(id, LegStep::Uphold),
            WhistleAct::Decide { leg: id, .. } => leg(id, LegStep::Excuse),
            WhistleAct::Arrive { leg: id, .. } => {
                leg(id, if self.is_arrival(whistle) { LegStep::Arrive } else { LegStep::DeclareArrival })
            }
            WhistleAct::ConfirmArrival { leg: id } => leg(id, LegStep::ConfirmArrival),
            WhistleAct::ReportWork { leg: id, .. } => leg(id, LegStep::ReportWork),
            WhistleAct::FeedBack { leg: id, .. } => leg(id, LegStep::FeedBack),
            WhistleAct::AcceptLeg { leg: id, .. } => {
                let has_failed = whistle.leg(*id).is_some_and(|leg| leg.result == Some(Outcome::Failed));
                leg(id, if has_failed { LegStep::AcceptFailure } else { LegStep::Accept })
            }
            WhistleAct::SendBackLeg { leg: id, .. } => leg(id, LegStep::SendBack),
            WhistleAct::ReleaseLeg { leg: id, .. } => leg(id, LegStep::Release),
            WhistleAct::GiveUpLeg { leg: id, .. } => leg(id, LegStep::GiveUp),
            WhistleAct::WarnClock { leg: id, .. } => leg(id, LegStep::WarnClock),
            WhistleAct::MissClock { leg: id, .. } => leg(id, LegStep::MissClock),
            WhistleAct::AnswerOrder { leg: id, .. } => leg(id, LegStep::AnswerOrder),
            WhistleAct::RateDepartment { leg: id, .. } => leg(id, LegStep::RateDepartment),
            WhistleAct::RateWhistle { leg: id, .. } => leg(id, LegStep::RateWhistle),
        }
    }

    /// The leg that it is about.
    pub fn leg(&self, whistle: &Whistle) -> Option<Id> {
        match self.about(whistle) {
            About::Leg(leg, _) => Some(leg),
            About::Whistle(_) => None,
        }
    }

    /// Whether it reports an arrival that counts: at the place as surely as the phone can tell, or at a whistle whose place
    /// nobody knows on the map.
    pub fn is_arrival(&self, whistle: &Whistle) -> bool {
        let WhistleAct::Arrive { position, within, must_be_there, .. } = self else { return false };
        let there = whistle.place.lon.zip(whistle.place.lat);
        !must_be_there || is_at_place(*position, there, *within) != Some(false)
    }

    /// What was written with it.
    pub fn words(&self) -> &str {
        match self {
            WhistleAct::Decline { words }
            | WhistleAct::Withdraw { words }
            | WhistleAct::Contact { words, .. }
            | WhistleAct::Refuse { words, .. }
            | WhistleAct::Decide { words, .. }
            | WhistleAct::ReportWork { words, .. }
            | WhistleAct::FeedBack { words, .. }
            | WhistleAct::AcceptLeg { words, .. }
            | WhistleAct::SendBackLeg { words, .. }
            | WhistleAct::ReleaseLeg { words, .. }
            | WhistleAct::GiveUpLeg { words, .. }
            | WhistleAct::AnswerOrder { words, .. }
            | WhistleAct::RateDepartment { words, .. }
            | WhistleAct::RateWhistle { words, .. } => words,
            WhistleAct::Arrive { reason, .. } => reason,
            WhistleAct::Draft { draft, .. } | WhistleAct::Redraft { draft } => &draft.words,
            _ => "",
        }
    }
}

/// The steps that somebody may take on the whistle itself and on each leg now, as far as stage, side and part in it tell.
pub fn steps(whistle: &Whistle, doer: &Doer, now: Moment) -> (Vec<Step>, Vec<(Id, Vec<LegStep>)>) {
    let own = Step::ALL.iter().copied().filter(|step| {
        let fits = match step {
            Step::OpenEnforcement => {
                whistle.enforcement.is_none() && whistle.wants_enforcement() && may_open(whistle, doer)
            }
            Step::Approve | Step::Decline => doer.account != whistle.author,
            Step::Redraft | Step::Blow | Step::AskApproval => doer.account == whistle.author,
            _ => whistle.is_answered_for_by(doer),
        };
        fits && way(*step, Some(whistle.stage)).is_some_and(|way| way.who.contains(&doer.side))
    });
    let legs = whistle.legs.iter().map(|leg| {
        let may = |step: &LegStep| {
            let fits = match step {
                LegStep::Refuse => !leg.is_upheld && leg.refused.is_none(),
                LegStep::Contact => leg.contacted_at.is_none() && leg.clocks.0.contains_key(&ClockKind::Contact),
                LegStep::GiveUp => leg.has_failed_to_come(now),
                // One form reports in; what it counts for follows from where one is.
                LegStep::DeclareArrival => false,
                LegStep::ConfirmArrival => leg.is_only_declared(),
                LegStep::AnswerOrder => leg.is_order_open(),
                LegStep::AcceptFailure => leg.result == Some(Outcome::Failed),
                LegStep::Accept => leg.result != Some(Outcome::Failed),
                LegStep::RateDepartment => leg.of_department.is_none() && is_rating_open(whistle, now),
                LegStep::RateWhistle => leg.of_whistle.is_none() && is_rating_open(whistle, now),
                _ => true,
            };
            let is_on = is_on(whistle.stage, *step);
            let found = leg_way(*step, leg.stage).filter(|way| way.who.contains(&doer.side));
            fits && is_on && found.is_some_and(|way| takes_part(whistle, leg, doer, way).is_ok())
        };
        (leg.id, LegStep::ALL.iter().copied().filter(may).collect())
    });
    (own.collect(), legs.collect())
}

/// Whether a step on a leg belongs to this stage of the whistle. An order is answered whatever has become of the leg.
fn is_on(stage: Stage, step: LegStep) -> bool {
    match step {
        LegStep::RateDepartment | LegStep::RateWhistle => stage == Stage::Ended,
        LegStep::AnswerOrder | LegStep::WarnClock | LegStep::MissClock => {
            matches!(stage, Stage::Blown | Stage::Ended)
        }
        _ => stage == Stage::Blown,
    }
}

fn is_rating_open(whistle: &Whistle, now: Moment) -> bool {
    whistle.rating_closes_at.is_some_and(|closes| now < closes)
}

/// Whether somebody may open an enforcement file from it, once there is a reason, and read its evidence: the brigade's side,
/// and the enforcement department that was called.
pub fn may_open(whistle: &Whistle, doer: &Doer) -> bool {
    let is_called = |leg: &Leg| leg.kind == LegKind::Enforcement && doer.departments.contains(&leg.department);
    whistle.is_answered_for_by(doer)
        || doer.side == Side::Leader
        || (doer.side == Side::Department && whistle.legs.iter().any(is_called))
}

/// Whether somebody has this part in a leg: the department's own people, the blower, or a superior who is neither.
fn takes_part(whistle: &Whistle, leg: &Leg, by: &Doer, way: LegWay) -> Result<(), No> {
    let is_own = by.departments.contains(&leg.department);
    let has_hands = by.account.is_some_and(|account| leg.hands.contains(&account));
    if by.side == Side::Program {
        return Ok(());
    }
    if !way.who.iter().any(|side| BRIGADE.contains(side)) {
        return if is_own { Ok(()) } else { Err(No::DepartmentElsewhere) };
    }
    if is_own || has_hands {
        return Err(No::AcceptsOwn);
    }
    if way.who == SUPERIORS {
        return if by.account == whistle.author { Err(No::DecidesOwn) } else { Ok(()) };
    }
    if whistle.is_answered_for_by(by) { Ok(()) } else { Err(No::NotTheBlower) }
}

/// Begins a whistle.
///
/// # Errors
/// Refuses another side than the brigade's, and a department that is called twice.
pub fn begin(id: Id, number: String, draft: Draft, by: Doer, now: Moment) -> Result<(Whistle, Fact), No> {
    let way = way(Step::Draft, None).ok_or(No::StageElsewhere)?;
    if !way.who.contains(&by.side) {
        return Err(No::PostNotAllowed);
    }
    let mut whistle = Whistle {
        id,
        number: number.clone(),
        kind: draft.kind,
        case: None,
        place: Place::default(),
        words: String::new(),
        lead: None,
        appointed_at: None,
        stage: way.to,
        is_management_first: true,
        author: by.account,
        approved_by: None,
        drafted_at: now,
        blown_at: None,
        ended_at: None,
        rating_closes_at: None,
        enforcement: None,
        legs: Vec::new(),
        turn: 1,
        revision: 1,
    };
    write(&mut whistle, &draft)?;
    let act = WhistleAct::Draft { number, draft };
    let fact = fact_of(&whistle, way.what, &by, now, None, act, None);
    Ok((whistle, fact))
}

fn write(whistle: &mut Whistle, draft: &Draft) -> Result<(), No> {
    let departments: BTreeSet<Id> = draft.called.iter().map(|called| called.department).collect();
    if departments.len() < draft.called.len() {
        return Err(No::CalledTwice);
    }
    (whistle.kind, whistle.case, whistle.lead) = (draft.kind, draft.case, draft.lead);
    (whistle.place, whistle.words) = (draft.place.clone(), draft.words.clone());
    whistle.appointed_at = draft.appointed_at;
    whistle.legs = draft.called.iter().map(|called| Leg::named(called.leg, called.department, called.kind)).collect();
    Ok(())
}

fn fact_of(
    whistle: &Whistle,
    what: Happened,
    by: &Doer,
    at: Moment,
    leg: Option<Id>,
    act: WhistleAct,
    clocks: Option<Clocks>,
) -> Fact {
    let department = leg.and_then(|leg| whistle.leg(leg)).map(|leg| leg.department);
    let (stage, revision) = (whistle.stage, whistle.revision);
    Fact { whistle: whistle.id, what, by: by.clone(), at, stage, revision, leg, department, act, clocks }
}

/// Does `act` to `whistle` as `by` at `now`; `clocks` are those that it would start.
///
/// # Errors
/// Refuses, and changes nothing, when the stage, the side, somebody's part in it, or something that the act needs is missing.
pub fn act(whistle: Whistle, by: &Doer, act: WhistleAct, now: Moment, clocks: Clocks) -> Result<(Whistle, Fact), No> {
    match act.about(&whistle) {
        About::Whistle(step) => on_whistle(whistle, by, step, act, now, clocks),
        About::Leg(leg, step) => on_leg(whistle, by, leg, step, act, now, clocks),
    }
}

fn on_whistle(
    mut whistle: Whistle,
    by: &Doer,
    step: Step,
    act: WhistleAct,
    now: Moment,
    clocks: Clocks,
) -> Result<(Whistle, Fact), No> {
    let way = way(step, Some(whistle.stage)).ok_or(No::StageElsewhere)?;
    if !way.who.contains(&by.side) {
        return Err(No::PostNotAllowed);
    }
    let has_started = step == Step::CallWaiting || way.what == Happened::WhistleBlown;
    match &act {
        WhistleAct::Redraft { draft } => {
            is_author(&whistle, by)?;
            write(&mut whistle, draft)?;
        }
        WhistleAct::Blow { is_management_first, .. } => {
            is_author(&whistle, by)?;
            is_complete(&whistle, now)?;
            whistle.is_management_first = *is_management_first;
        }
        WhistleAct::Approve => {
            if by.account == whistle.author {
                return Err(No::DecidesOwn);
            }
            is_complete(&whistle, now)?;
            whistle.approved_by = by.account;
        }
        WhistleAct::Decline { words } => {
            if by.account == whistle.author {
                return Err(No::DecidesOwn);
            }
            has_words(words)?;
        }
        WhistleAct::Withdraw { words } => {
            if !whistle.is_answered_for_by(by) {
                return Err(No::NotTheBlower);
            }
            if whistle.stage == Stage::Blown {
                has_words(words)?;
            }
            whistle.ended_at = Some(now);
            for leg in whistle.legs.iter_mut().filter(|leg| !leg.stage.is_over()) {
                end(leg, LegStage::Released, now);
            }
        }
        WhistleAct::CallWaiting if whistle.is_management_at_work() => return Err(No::ManagementFirst),
        WhistleAct::End { rating_closes } => {
            if !whistle.legs.iter().all(|leg| leg.stage.is_over()) {
                return Err(No::StageElsewhere);
            }
            (whistle.ended_at, whistle.rating_closes_at) = (Some(now), Some(*rating_closes));
        }
        WhistleAct::OpenEnforcement { file } => {
            if whistle.enforcement.is_some() {
                return Err(No::FileOpen);
            }
            if !whistle.wants_enforcement() {
                return Err(No::ManagementFirst);
            }
            if !may_open(&whistle, by) {
                return Err(No::NotTheBlower);
            }
            whistle.enforcement = Some(*file);
        }
        _ => {}
    }
    if has_started {
        call(&mut whistle, &clocks, now);
    }
    whistle.stage = way.to;
    whistle.turn += 1;
    whistle.revision += 1;
    let fact = fact_of(&whistle, way.what, by, now, None, act, has_started.then_some(clocks));
    Ok((whistle, fact))
}

fn is_author(whistle: &Whistle, by: &Doer) -> Result<(), No> {
    if by.account.is_some() && by.account == whistle.author { Ok(()) } else { Err(No::NotTheBlower) }
}

fn has_words(words: &str) -> Result<(), No> {
    if words.trim().is_empty() { Err(No::WordsMissing) } else { Ok(()) }
}

/// Whether everything is said that a whistle must say.
fn is_complete(whistle: &Whistle, now: Moment) -> Result<(), No> {
    has_words(&whistle.words)?;
    if whistle.legs.is_empty() {
        return Err(No::NobodyCalled);
    }
    if !whistle.legs.iter().any(|leg| Some(leg.department) == whistle.lead) {
        return Err(No::LeadMissing);
    }
    match (whistle.kind, whistle.appointed_at) {
        (Kind::JointEnforcement, None) => Err(No::AppointmentMissing),
        (_, Some(at)) if at <= now => Err(No::AppointmentPassed),
        _ => Ok(()),
    }
}

/// Calls every department that waits, except enforcement while management is at work.
fn call(whistle: &mut Whistle, clocks: &Clocks, now: Moment) {
    let waits = whistle.is_management_first && whistle.is_management_at_work();
    if whistle.blown_at.is_none() {
        whistle.blown_at = Some(now);
    }
    for leg in whistle.legs.iter_mut().filter(|leg| leg.stage == LegStage::Waiting) {
        if waits && leg.kind == LegKind::Enforcement {
            continue;
        }
        (leg.stage, leg.called_at) = (LegStage::Called, Some(now));
        leg.clocks = clocks.clone();
        leg.revision += 1;
    }
}

fn end(leg: &mut Leg, stage: LegStage, now: Moment) {
    (leg.stage, leg.ended_at) = (stage, Some(now));
    leg.revision += 1;
}

fn on_leg(
    mut whistle: Whistle,
    by: &Doer,
    id: Id,
    step: LegStep,
    act: WhistleAct,
    now: Moment,
    clocks: Clocks,
) -> Result<(Whistle, Fact), No> {
    let is_rating = matches!(step, LegStep::RateDepartment | LegStep::RateWhistle);
    let leg = whistle.leg(id).ok_or(No::LegUnknown)?;
    let way = leg_way(step, leg.stage).ok_or(if is_rating { No::RatingTooEarly } else { No::StageElsewhere })?;
    if !way.who.contains(&by.side) {
        return Err(No::PostNotAllowed);
    }
    takes_part(&whistle, leg, by, way)?;
    if !is_on(whistle.stage, step) {
        return Err(if is_rating { No::RatingTooEarly } else { No::StageElsewhere });
    }
    if is_rating && !is_rating_open(&whistle, now) {
        return Err(No::RatingClosed);
    }
    let place = whistle.place.lon.zip(whistle.place.lat);
    let Some(leg) = whistle.legs.iter_mut().find(|leg| leg.id == id) else { return Err(No::LegUnknown) };
    let started = change(leg, by, &act, place, now, clocks)?;
    if leg.stage != way.to && way.to.is_over() {
        leg.ended_at = Some(now);
    }
    leg.stage = way.to;
    if by.side != Side::Program && !is_rating {
        leg.revision += 1;
    }
    if matches!(by.side, Side::Department | Side::Crew) {
        leg.hands.extend(by.account);
    }
    whistle.revision += 1;
    let fact = fact_of(&whistle, way.what, by, now, Some(id), act, started);
    Ok((whistle, fact))
}

/// What an act changes in a leg besides its stage, and the clocks that it starts.
fn change(
    leg: &mut Leg,
    by: &Doer,
    act: &WhistleAct,
    place: Option<(f64, f64)>,
    now: Moment,
    clocks: Clocks,
) -> Result<Option<Clocks>, No> {
    let mut started = None;
    match act {
        WhistleAct::SignFor { .. } => {
            leg.answered_at = leg.answered_at.or(Some(now));
            leg.signed_at = Some(now);
        }
        WhistleAct::Contact { words, .. } => {
            has_words(words)?;
            leg.contacted_at = leg.contacted_at.or(Some(now));
        }
        WhistleAct::Refuse { reason, words, .. } => {
            if leg.refused.is_some() {
                return Err(No::RefusedBefore);
            }
            has_words(words)?;
            leg.answered_at = leg.answered_at.or(Some(now));
            leg.refused = Some((now, *reason));
            leg.pauses.push(Pause { from: now, until: None });
            started = Some(begin_clocks(leg, clocks));
        }
        WhistleAct::Decide { must_come, words, .. } => {
            has_words(words)?;
            if let Some(pause) = leg.pauses.last_mut() {
                pause.until = pause.until.or(Some(now));
            }
            if *must_come {
                leg.is_upheld = true;
                leg.signed_at = leg.signed_at.or(Some(now));
                started = Some(begin_clocks(leg, clocks));
            }
        }
        WhistleAct::Arrive { position, within, reason, must_be_there, .. } => {
            let arrival = arrival(*position, place, *within, reason, now)?;
            let counts = !must_be_there || arrival.is_at_place != Some(false);
            leg.arrival = Some(arrival);
            leg.answered_at = leg.answered_at.or(Some(now));
            leg.signed_at = leg.signed_at.or(Some(now));
            leg.contacted_at = leg.contacted_at.or(Some(now));
            if counts {
                leg.arrived_at = Some(now);
                started = Some(begin_clocks(leg, clocks));
            }
        }
        WhistleAct::ConfirmArrival { .. } => {
            let Some(arrival) = leg.arrival.as_mut().filter(|_| leg.arrived_at.is_none()) else {
                return Err(No::NothingDeclared);
            };
            // It was there when it said so, not when somebody found the time to say yes.
            arrival.is_confirmed = true;
            leg.arrived_at = arrival.at.or(Some(now));
            if leg.is_in_time(ClockKind::Arrive) == Some(true) {
                leg.missed.remove(&ClockKind::Arrive);
            }
            started = Some(begin_clocks(leg, clocks));
        }
        WhistleAct::ReportWork { words, photos: 0, .. } if words.trim().is_empty() => return Err(No::NothingTold),
        WhistleAct::FeedBack { result, wrongdoer_refuses, words, .. } => {
            has_words(words)?;
            (leg.result, leg.fed_back_at) = (Some(*result), Some(now));
            leg.wrongdoer_refuses = leg.wrongdoer_refuses || *wrongdoer_refuses;
            leg.missed.remove(&ClockKind::Accept);
            started = Some(begin_clocks(leg, clocks));
        }
        WhistleAct::SendBackLeg { words, .. } => {
            has_words(words)?;
            leg.sent_back_count += 1;
            // A new clock begins; that the old one was missed is not forgotten.
            leg.was_late_at_work =
                leg.missed.remove(&ClockKind::Work) || leg.is_in_time(ClockKind::Work) == Some(false);
            (leg.result, leg.fed_back_at) = (None, None);
            started = Some(begin_clocks(leg, clocks));
        }
        WhistleAct::ReleaseLeg { words, .. } => has_words(words)?,
        WhistleAct::GiveUpLeg { words, .. } => {
            if !leg.has_failed_to_come(now) {
                return Err(No::NotLate);
            }
            has_words(words)?;
            leg.result = Some(Outcome::Failed);
        }
        WhistleAct::WarnClock { clock, .. } => {
            let warn = leg.clocks.0.get(clock).and_then(|clock| clock.warn);
            let runs = leg.running().into_iter().any(|(kind, _)| kind == *clock);
            let is_near = runs && !leg.missed.contains(clock) && warn.is_some_and(|warn| warn <= now);
            if !is_near || !leg.warned.insert(*clock) {
                return Err(No::ClockElsewhere);
            }
        }
        WhistleAct::MissClock { clock, .. } => {
            let runs = leg.running().into_iter().any(|(kind, due)| kind == *clock && due <= now);
            if !runs || !leg.missed.insert(*clock) {
                return Err(No::ClockElsewhere);
            }
            if *clock == ClockKind::Arrive && leg.order.is_none() {
                let answer_by = clocks.0.get(&ClockKind::Answer).and_then(|clock| clock.due);
                leg.order = Some(Order { at: now, answer_by, answered_at: None, words: String::new() });
                started = Some(begin_clocks(leg, clocks));
            }
        }
        WhistleAct::AnswerOrder { words, .. } => {
            has_words(words)?;
            let Some(order) = leg.order.as_mut().filter(|order| order.answered_at.is_none()) else {
                return Err(No::NoOrder);
            };
            (order.answered_at, order.words) = (Some(now), words.clone());
        }
        WhistleAct::RateDepartment { stars, words, .. } => {
            let rating = rating(*stars, None, words, by, now)?;
            if leg.of_department.is_some() {
                return Err(No::RatedBefore);
            }
            leg.of_department = Some(rating);
        }
        WhistleAct::RateWhistle { necessary, accurate, words, .. } => {
            let rating = rating(*necessary, Some(*accurate), words, by, now)?;
            if leg.of_whistle.is_some() {
                return Err(No::RatedBefore);
            }
            leg.of_whistle = Some(rating);
        }
        _ => {}
    }
    Ok(started)
}

fn rating(stars: u8, accurate: Option<u8>, words: &str, by: &Doer, at: Moment) -> Result<Rating, No> {
    if !(1..=5).contains(&stars) || accurate.is_some_and(|stars| !(1..=5).contains(&stars)) {
        return Err(No::StarsMissing);
    }
    Ok(Rating { stars, accurate, words: words.to_owned(), by: by.account, at })
}

/// The clocks of a leg begin; about each somebody may be reminded anew. Answers what began.
fn begin_clocks(leg: &mut Leg, clocks: Clocks) -> Clocks {
    for kind in clocks.0.keys() {
        leg.warned.remove(kind);
    }
    leg.clocks.0.extend(clocks.0.clone());
    clocks
}

/// How far a position is from a place, in whole metres.
pub(super) fn metres_to(position: Option<Position>, place: Option<(f64, f64)>) -> Option<i64> {
    position.zip(place).map(|(here, there)| {
        #[expect(clippy::cast_possible_truncation, reason = "a distance on Earth, in metres")]
        let metres = metres_between((here.lon, here.lat), there).round() as i64;
        metres
    })
}

/// Whether a position is at a place: near enough, and known well enough to say so. None where the place itself is unknown;
/// whoever tells no position is not known to be there.
pub(super) fn is_at_place(position: Option<Position>, place: Option<(f64, f64)>, within: i64) -> Option<bool> {
    let is_sure = position.and_then(|position| position.accuracy).is_some_and(|accuracy| accuracy <= within);
    place.map(|_| is_sure && metres_to(position, place).is_some_and(|metres| metres <= within))
}

/// How somebody reported in, told against the whistle's place.
fn arrival(
    position: Option<Position>,
    place: Option<(f64, f64)>,
    within: i64,
    reason: &str,
    now: Moment,
) -> Result<Arrival, No> {
    let has_reason = !reason.trim().is_empty();
    if position.is_none() && !has_reason {
        return Err(No::PositionMissing);
    }
    let (metres, is_at_place) = (metres_to(position, place), is_at_place(position, place, within));
    if position.is_some() && is_at_place == Some(false) && !has_reason {
        return Err(if metres.is_some_and(|metres| metres <= within) { No::TooVague } else { No::TooFar });
    }
    let reason = reason.trim().to_owned();
    Ok(Arrival { at: Some(now), position, metres, is_at_place, reason, is_confirmed: false })
}

/// Does an act and what follows from it by itself; `clocks` computes, for a whistle and an act, the clocks that it starts.
///
/// # Errors
/// As [`act`]; whatever `clocks` refuses.
pub fn carry_out(
    whistle: Whistle,
    by: &Doer,
    first: WhistleAct,
    now: Moment,
    rating_closes: Moment,
    clocks: &dyn Fn(&Whistle, &WhistleAct) -> Result<Clocks, Refusal>,
) -> Result<(Whistle, Vec<Fact>), Refusal> {
    let started = clocks(&whistle, &first)?;
    let (mut whistle, fact) = act(whistle, by, first, now, started)?;
    let mut facts = vec![fact];
    while let Some(next) = whistle.consequence(rating_closes) {
        let started = clocks(&whistle, &next)?;
        let (after, fact) = act(whistle, &Doer::program(), next, now, started)?;
        whistle = after;
        facts.push(fact);
    }
    Ok((whistle, facts))
}

/// The whistle that these facts tell of, from nothing.
///
/// # Errors
/// When the first fact drafts nothing, or one could not have happened after those before it.
pub fn replay(facts: impl IntoIterator<Item = Fact>) -> Result<Whistle, No> {
    let mut whistle: Option<Whistle> = None;
    for fact in facts {
        let clocks = fact.clocks.unwrap_or_default();
        whistle = Some(match (whistle, fact.act) {
            (None, WhistleAct::Draft { number, draft }) => begin(fact.whistle, number, draft, fact.by, fact.at)?.0,
            (None, _) => return Err(No::StageElsewhere),
            (Some(whistle), next) => act(whistle, &fact.by, next, fact.at, clocks)?.0,
        });
    }
    whistle.ok_or(No::StageElsewhere)
}

#[cfg(test)]
#[path = "whistle_tests.rs"]
mod tests;
