//! A leg (报到): what one department has to do for a whistle, from being called to being let go, and its clocks.
//!
//! The ways a leg may go are the one `match` in [`leg_way`]. Who may go them for whom, and what an act needs besides, stands in
//! [`super::whistle`].

use super::whistle::{Happened, Side};
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::Pause;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

enum_of_words! {
    /// In what capacity a department comes.
    LegKind {
        /// 管理: gardens, maintenance, sanitation. They go first.
        Management = "management",
        /// 执法: backs management when that has not been enough.
        Enforcement = "enforcement",
        /// 协同: whoever else is needed.
        Support = "support",
    }
}

impl LegKind {
    /// In what capacity a department of this kind (a word of `people::department::KINDS`) usually comes.
    pub fn of_department(kind: &str) -> LegKind {
        match kind {
            "brigade" | "squad" => LegKind::Enforcement,
            "unit" | "crew" | "team" | "utility" => LegKind::Management,
            _ => LegKind::Support,
        }
    }
}

enum_of_words! {
    /// Where a leg stands.
    LegStage {
        /// 待命: named, not called yet; enforcement waits for management.
        Waiting = "waiting",
        /// 待签收: called; its clocks run.
        Called = "called",
        /// 拒绝待裁: the department says why not; a superior is to decide.
        Refused = "refused",
        /// 待到场: signed for, on the way.
        Signed = "signed",
        /// 已到场: reported in.
        Arrived = "arrived",
        /// 处置中: has told of its work.
        Working = "working",
        /// 待确认: says what came of it; the blower is to accept.
        FedBack = "fed-back",
        /// 已完成: accepted by the blower.
        Accepted = "accepted",
        /// 未办成: came to nothing, or nobody came.
        Failed = "failed",
        /// 免予报到: the refusal was right.
        Excused = "excused",
        /// 已解除: let go by the blower before its end.
        Released = "released",
    }
}

impl LegStage {
    /// Whether the department has nothing more to do.
    pub const fn is_over(self) -> bool {
        matches!(self, LegStage::Accepted | LegStage::Failed | LegStage::Excused | LegStage::Released)
    }

    /// Whether both sides rate each other about such a leg: it was answered to its end, or was to be.
    pub const fn is_rated(self) -> bool {
        matches!(self, LegStage::Accepted | LegStage::Failed)
    }
}

enum_of_words! {
    /// A line of a leg's workflow: an act, told apart where the same act can lead to different stages.
    LegStep {
        /// 通知报到.
        Call = "call",
        /// 签收.
        SignFor = "sign-for",
        /// 首次联系.
        Contact = "contact",
        /// 拒绝.
        Refuse = "refuse",
        /// 维持，须报到.
        Uphold = "uphold",
        /// 同意免予报到.
        Excuse = "excuse",
        /// 到场报到.
        Arrive = "arrive",
        /// 自行声明到场: not proven by a position; the clock goes on.
        DeclareArrival = "declare-arrival",
        /// 确认到场: the blower vouches for an arrival that was only declared.
        ConfirmArrival = "confirm-arrival",
        /// 报告处置.
        ReportWork = "report-work",
        /// 反馈.
        FeedBack = "feed-back",
        /// 确认完成.
        Accept = "accept",
        /// 确认未办成.
        AcceptFailure = "accept-failure",
        /// 退回继续.
        SendBack = "send-back",
        /// 解除.
        Release = "release",
        /// 认定未报到.
        GiveUp = "give-up",
        /// 即将到期.
        WarnClock = "warn-clock",
        /// 超时.
        MissClock = "miss-clock",
        /// 答复督办.
        AnswerOrder = "answer-order",
        /// 评价部门.
        RateDepartment = "rate-department",
        /// 评价吹哨.
        RateWhistle = "rate-whistle",
    }
}

enum_of_words! {
    /// The clocks of a leg.
    ClockKind {
        /// 签收: from the call to the department's answer.
        Sign = "sign",
        /// 首次联系: from the call to the first word with whoever called or complained.
        Contact = "contact",
        /// 到场: from the call to the place.
        Arrive = "arrive",
        /// 办结: from the arrival to the feedback.
        Work = "work",
        /// 督办答复: from the order about an overdue arrival to the department's answer.
        Answer = "answer",
        /// 裁定: from a refusal to the superior's decision.
        Decide = "decide",
        /// 确认: from the feedback to the blower's word.
        Accept = "accept",
    }
}

impl ClockKind {
    /// The clocks that a department keeps or misses when it comes and works. The others watch an answer to an order, the
    /// superior and the blower.
    pub const OF_DEPARTMENT: &[ClockKind] = &[ClockKind::Sign, ClockKind::Contact, ClockKind::Arrive, ClockKind::Work];
}

enum_of_words! {
    /// What came of a leg.
    Outcome {
        /// 已办成.
        Done = "done",
        /// 部分办成.
        Partly = "partly",
        /// 未办成.
        Failed = "failed",
    }
}

enum_of_words! {
    /// Why a department does not come.
    RefuseReason {
        /// Not within its duty.
        NotOurDuty = "not-our-duty",
        /// The place belongs to somebody else.
        WrongPlace = "wrong-place",
        /// Another department has to go first.
        OthersFirst = "others-first",
        /// People or machines are bound elsewhere.
        NobodyFree = "nobody-free",
        /// The problem is gone.
        Vanished = "vanished",
    }
}

/// One clock: when it ends and why then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clock {
    /// When the limit ends; none when nobody can tell because the calendar of that year is missing.
    pub due: Option<Moment>,
    /// From when on it is yellow: whoever must act is reminded once.
    #[serde(default)]
    pub warn: Option<Moment>,
    /// The trace of `law`, as JSON; sentences are made of it when somebody asks.
    pub why: String,
}

/// The clocks that an act starts anew; none where a kind of whistle knows no such clock.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Clocks(pub BTreeMap<ClockKind, Clock>);

/// A place told by a phone or on a map, WGS-84.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Position {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Within how many metres the phone is sure of it; none when nobody measured.
    pub accuracy: Option<i64>,
}

/// How a department reported in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Arrival {
    /// When it said so.
    #[serde(default)]
    pub at: Option<Moment>,
    /// Where; none when it was only declared.
    pub position: Option<Position>,
    /// How far from the whistle's place, in metres; none when one of the two is unknown.
    pub metres: Option<i64>,
    /// Whether it was at the place, as surely as a phone can tell; none when nobody can tell because the whistle has no
    /// position.
    pub is_at_place: Option<bool>,
    /// Why it was not, or why the phone told no position.
    pub reason: String,
    /// The blower vouches for it.
    #[serde(default)]
    pub is_confirmed: bool,
}

/// An order about an overdue arrival (督办): the department itself must answer it, whatever becomes of its leg.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// When it was given.
    pub at: Moment,
    /// Until when it is to be answered; none when the calendar of that year is missing.
    pub answer_by: Option<Moment>,
    /// When it was answered.
    pub answered_at: Option<Moment>,
    /// The answer.
    pub words: String,
}

/// What a clock has come to that nobody has been told of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alarm {
    /// It is yellow.
    Near,
    /// It has run out.
    Out,
}

/// What one side thinks of the other, 1 to 5.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rating {
    /// Of the department: how it did. Of the whistle: whether it was necessary.
    pub stars: u8,
    /// Of the whistle: whether what it said was right; none for a department.
    pub accurate: Option<u8>,
    /// In words.
    pub words: String,
    /// By whom.
    pub by: Option<Id>,
    /// When.
    pub at: Moment,
}

/// What one department has to do for a whistle.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Leg {
    /// The identifier.
    pub id: Id,
    /// Who is called.
    pub department: Id,
    /// In what capacity.
    pub kind: LegKind,
    /// Where it stands.
    pub stage: LegStage,
    /// When it was called; none while it waits.
    pub called_at: Option<Moment>,
    /// When the department answered the call, by signing for it or by refusing.
    pub answered_at: Option<Moment>,
    /// When it signed for it, or was told that it must come.
    pub signed_at: Option<Moment>,
    /// When it first spoke with whoever called or complained.
    pub contacted_at: Option<Moment>,
    /// When it reported in.
    pub arrived_at: Option<Moment>,
    /// How it reported in.
    pub arrival: Option<Arrival>,
    /// When it last said what came of it.
    pub fed_back_at: Option<Moment>,
    /// What came of it.
    pub result: Option<Outcome>,
    /// The wrongdoer refuses to put it right.
    pub wrongdoer_refuses: bool,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// When and why it refused, if it did.
    pub refused: Option<(Moment, RefuseReason)>,
    /// A superior decided that it must come.
    pub is_upheld: bool,
    /// How often the blower sent it back.
    pub sent_back_count: u32,
    /// Everybody who acted for the department. They may not accept the leg.
    pub hands: BTreeSet<Id>,
    /// Its clocks, each as it was started last.
    pub clocks: Clocks,
    /// While a refusal waits for its decision the clocks stand still.
    pub pauses: Vec<Pause>,
    /// The clocks that ran out before what they count to was there.
    pub missed: BTreeSet<ClockKind>,
    /// The clocks about which somebody has been reminded.
    #[serde(default)]
    pub warned: BTreeSet<ClockKind>,
    /// It was late with its work once; being sent back begins a new clock and forgives nothing.
    #[serde(default)]
    pub was_late_at_work: bool,
    /// The order about its overdue arrival.
    #[serde(default)]
    pub order: Option<Order>,
    /// What the blower thinks of the department.
    pub of_department: Option<Rating>,
    /// What the department thinks of the whistle.
    pub of_whistle: Option<Rating>,
    /// One more for every act of a person on this leg that is no rating: what a form compares, so that nobody loses what they
    /// write because a clock ran out or the other side gave its stars.
    pub revision: i64,
}

impl Leg {
    /// A leg that nobody has been told of.
    pub fn named(id: Id, department: Id, kind: LegKind) -> Leg {
        Leg {
            id,
            department,
            kind,
            stage: LegStage::Waiting,
            called_at: None,
            answered_at: None,
            signed_at: None,
            contacted_at: None,
            arrived_at: None,
            arrival: None,
            fed_back_at: None,
            result: None,
            wrongdoer_refuses: false,
            ended_at: None,
            refused: None,
            is_upheld: false,
            sent_back_count: 0,
            hands: BTreeSet::new(),
            clocks: Clocks::default(),
            pauses: Vec::new(),
            missed: BTreeSet::new(),
            warned: BTreeSet::new(),
            was_late_at_work: false,
            order: None,
            of_department: None,
            of_whistle: None,
            revision: 1,
        }
    }

    /// The clocks that count now, whether or not anybody can tell when they end.
    fn counting(&self) -> Vec<ClockKind> {
        let kinds: &[ClockKind] = match self.stage {
            LegStage::Called => &[ClockKind::Sign, ClockKind::Contact, ClockKind::Arrive],
            LegStage::Signed if self.contacted_at.is_none() => &[ClockKind::Contact, ClockKind::Arrive],
            LegStage::Signed => &[ClockKind::Arrive],
            LegStage::Arrived | LegStage::Working => &[ClockKind::Work],
            LegStage::Refused => &[ClockKind::Decide],
            LegStage::FedBack => &[ClockKind::Accept],
            _ => &[],
        };
        let order = self.is_order_open().then_some(ClockKind::Answer);
        kinds.iter().copied().chain(order).filter(|kind| self.clocks.0.contains_key(kind)).collect()
    }

    /// The clocks that run now, the first to end first.
    pub fn running(&self) -> Vec<(ClockKind, Moment)> {
        let counting = self.counting().into_iter();
        let mut running: Vec<_> = counting.filter_map(|kind| Some((kind, self.clocks.0.get(&kind)?.due?))).collect();
        running.sort_by_key(|(kind, due)| (*due, *kind));
        running
    }

    /// Whether a clock counts of which nobody can tell when it ends.
    pub fn is_undue(&self, clock: ClockKind) -> bool {
        self.counting().contains(&clock) && self.clocks.0.get(&clock).is_some_and(|clock| clock.due.is_none())
    }

    /// Whether an order waits for the department's answer.
    pub fn is_order_open(&self) -> bool {
        self.order.as_ref().is_some_and(|order| order.answered_at.is_none())
    }

    /// What comes next that somebody must be told of: a clock turns yellow, or runs out.
    pub fn alert(&self) -> Option<(Alarm, ClockKind, Moment)> {
        let untold = self.running().into_iter().filter(|(kind, _)| !self.missed.contains(kind));
        let next = untold.map(|(kind, due)| {
            let warn = self.clocks.0.get(&kind).and_then(|clock| clock.warn);
            match warn.filter(|warn| *warn < due && !self.warned.contains(&kind)) {
                Some(warn) => (Alarm::Near, kind, warn),
                None => (Alarm::Out, kind, due),
            }
        });
        next.min_by_key(|(_, kind, at)| (*at, *kind))
    }

    /// The same at `now`: a clock that has run out meanwhile is not called yellow any more.
    pub fn alarm_at(&self, now: Moment) -> Option<(Alarm, ClockKind)> {
        let (alarm, kind, at) = self.alert()?;
        let due = self.clocks.0.get(&kind).and_then(|clock| clock.due);
        let has_run_out = due.is_some_and(|due| due <= now);
        (at <= now).then_some((if has_run_out { Alarm::Out } else { alarm }, kind))
    }

    /// When what a clock counts to was there; none while it is not.
    pub fn reached(&self, clock: ClockKind) -> Option<Moment> {
        match clock {
            ClockKind::Sign => self.answered_at,
            ClockKind::Contact => self.contacted_at,
            ClockKind::Arrive => self.arrived_at,
            ClockKind::Work => self.fed_back_at,
            ClockKind::Answer => self.order.as_ref().and_then(|order| order.answered_at),
            ClockKind::Decide | ClockKind::Accept => None,
        }
    }

    /// Whether it kept a clock: none when it has none, when nobody can tell, or when it still runs.
    pub fn is_in_time(&self, clock: ClockKind) -> Option<bool> {
        if clock == ClockKind::Work && self.was_late_at_work {
            return Some(false);
        }
        let due = self.clocks.0.get(&clock)?.due?;
        match self.reached(clock) {
            Some(at) => Some(at <= due),
            None if self.missed.contains(&clock) => Some(false),
            None => None,
        }
    }

    /// Whole minutes from the call to the arrival.
    pub fn minutes_to_arrive(&self) -> Option<i64> {
        Some((self.arrived_at?.0 - self.called_at?.0) / 60_000)
    }

    /// Whether anything that the department owes is red at `now`; what a superior or the blower owes is not its lateness.
    pub fn is_late(&self, now: Moment) -> bool {
        let owes = |kind: &ClockKind| !matches!(kind, ClockKind::Decide | ClockKind::Accept);
        self.running().iter().any(|(kind, due)| owes(kind) && *due < now)
    }

    /// Whether a clock that still runs is known to have run out.
    pub fn is_known_late(&self) -> bool {
        self.running().iter().any(|(kind, _)| self.missed.contains(kind))
    }

    /// Whether the department missed one of its own clocks by `now`, so that nobody need wait for it any longer.
    pub fn has_failed_to_come(&self, now: Moment) -> bool {
        let own = ClockKind::OF_DEPARTMENT;
        let is_red = self.running().iter().any(|(kind, due)| own.contains(kind) && *due < now);
        is_red || own.iter().any(|kind| self.missed.contains(kind))
    }

    /// Whether it says that it is there and nobody knows yet whether that is so.
    pub fn is_only_declared(&self) -> bool {
        self.arrival.is_some() && self.arrived_at.is_none()
    }
}

/// One way a leg may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegWay {
    /// Where it leads.
    pub to: LegStage,
    /// What has happened then.
    pub what: Happened,
    /// Who may go it.
    pub who: &'static [Side],
}

/// The program itself.
const PROGRAM: &[Side] = &[Side::Program];
/// Whoever may have blown it.
pub(super) const BRIGADE: &[Side] = &[Side::Desk, Side::ShiftLeader, Side::Leader];
/// Superiors.
pub(super) const SUPERIORS: &[Side] = &[Side::ShiftLeader, Side::Leader];
/// The department's own desk.
const DEPARTMENT: &[Side] = &[Side::Department];
/// The department's desk or its people on site.
const ON_SITE: &[Side] = &[Side::Department, Side::Crew];

/// The workflow of a leg. A step that is not written here does not exist.
pub fn leg_way(step: LegStep, from: LegStage) -> Option<LegWay> {
    use Happened as H;
    use LegStage as S;
    let (to, what, who) = match (step, from) {
        // 通知、签收、联系.
        (LegStep::Call, S::Waiting) => (S::Called, H::LegsCalled, PROGRAM),
        (LegStep::SignFor, S::Called) => (S::Signed, H::LegSigned, DEPARTMENT),
        (LegStep::Contact, S::Signed) => (S::Signed, H::LegContacted, ON_SITE),

        // 拒绝: a superior decides; until then the clocks stand still.
        (LegStep::Refuse, S::Called | S::Signed) => (S::Refused, H::LegRefused, DEPARTMENT),
        (LegStep::Uphold, S::Refused) => (S::Signed, H::LegUpheld, SUPERIORS),
        (LegStep::Excuse, S::Refused) => (S::Excused, H::LegExcused, SUPERIORS),

        // 到场、处置、反馈: whoever runs at once signs by arriving. Who only says so is on the way until the blower vouches.
        (LegStep::Arrive, S::Called | S::Signed) => (S::Arrived, H::LegArrived, ON_SITE),
        (LegStep::DeclareArrival, S::Called | S::Signed) => (S::Signed, H::LegDeclared, ON_SITE),
        (LegStep::ConfirmArrival, S::Signed) => (S::Arrived, H::LegConfirmed, BRIGADE),
        (LegStep::ReportWork, S::Arrived | S::Working) => (S::Working, H::LegWorked, ON_SITE),
        (LegStep::FeedBack, S::Arrived | S::Working) => (S::FedBack, H::LegFedBack, DEPARTMENT),

        // 事不完、人不撤: only the blower lets a department go.
        (LegStep::Accept, S::FedBack) => (S::Accepted, H::LegAccepted, BRIGADE),
        (LegStep::AcceptFailure, S::FedBack) => (S::Failed, H::LegFailed, BRIGADE),
        (LegStep::SendBack, S::FedBack) => (S::Working, H::LegSentBack, BRIGADE),
        (LegStep::GiveUp, S::Called | S::Signed | S::Arrived | S::Working) => (S::Failed, H::LegGivenUp, BRIGADE),
        (LegStep::Release, from) if !from.is_over() => (S::Released, H::LegReleased, BRIGADE),

        // What is noticed or said leaves the leg where it is.
        (LegStep::WarnClock, from) if from != S::Waiting => (from, H::ClockNear, PROGRAM),
        (LegStep::MissClock, from) if from != S::Waiting => (from, H::ClockMissed, PROGRAM),
        (LegStep::AnswerOrder, from) if from != S::Waiting => (from, H::OrderAnswered, DEPARTMENT),
        (LegStep::RateDepartment, from) if from.is_rated() => (from, H::DepartmentRated, BRIGADE),
        (LegStep::RateWhistle, from) if from.is_rated() => (from, H::WhistleRated, DEPARTMENT),
        _ => return None,
    };
    Some(LegWay { to, what, who })
}
