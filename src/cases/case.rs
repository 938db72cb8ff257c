//! A case (案卷): one problem that the city has taken on, and the only ways it may move.
//!
//! The workflow is the one `match` in [`way`]. Everything else here asks what an act needs besides the right stage and the
//! right desk: a filing condition, a photograph, a reason, a second pair of eyes. Two axes are kept apart: whoever handled a
//! case (dispatched it, assigned it, did the work, handed it back) may neither verify nor close it.
//!
//! The side branches ask before they change anything: a return (回退), a postponement (延期), a suspension (挂账) and, where
//! the city says so, striking off (作废) are requests that somebody else decides. An order (督办) and an appeal (超时申诉)
//! change no stage. The clocks follow in [`super::timer`].
//!
//! A fact keeps its act, so the same functions that decide make the same case again from its facts ([`again`]).

use crate::catalog::Unit;
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most parts that a case is split into.
pub const MOST_PARTS: usize = 10;
/// How often a department may be granted more time.
pub const MOST_POSTPONEMENTS: u32 = 2;
/// The longest suspension: a year, in milliseconds.
pub const LONGEST_SUSPENSION: i64 = 366 * 24 * 3_600_000;

/// Writes an enum whose variants have one text each: for the database, for the keys of sentences, for the diagram.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }
        impl $name {
            /// Every value, in the order of the work.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The text kept in the database and used in the keys of sentences.
            pub const fn text(self) -> &'static str { match self { $($name::$variant => $text),+ } }
            /// The value written as `text`; none when there is no such value.
            pub fn read(text: &str) -> Option<$name> { match text { $($text => Some($name::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { out.write_str(self.text()) }
        }
    };
}
pub(super) use words;

words! {
    /// Where a case stands.
    Stage {
        /// 待受理: reported, nobody has looked at it.
        Received = "received",
        /// 待核实: a keeper is to look whether it is true, before filing.
        AwaitingCheck = "awaiting-check",
        /// 待立案: believed; to be compared with a filing condition.
        AwaitingFiling = "awaiting-filing",
        /// 待派遣: filed; no department has it.
        AwaitingDispatch = "awaiting-dispatch",
        /// 待处置: a department has it, and its clock runs.
        Dispatched = "dispatched",
        /// 处置中: a crew has it.
        Handling = "handling",
        /// 待反馈: the crew handed in its work; the department is to answer for it.
        AwaitingFeedback = "awaiting-feedback",
        /// 待裁定: the department hands it back, and somebody decides; its clock stands still.
        Returning = "returning",
        /// 分办中: its parts go their own ways, each with a department of its own.
        Split = "split",
        /// 待核查: the department says that it is done; its clock has stopped.
        AwaitingVerification = "awaiting-verification",
        /// 核查中: somebody else is on the way to look.
        Verifying = "verifying",
        /// 待结案: looked at on site and found fixed.
        AwaitingClosing = "awaiting-closing",
        /// 结案: done.
        Closed = "closed",
        /// 不予受理: not taken on, with a reason that the citizen can read.
        Declined = "declined",
        /// 作废: struck off, with a reason.
        Voided = "voided",
    }
}

impl Stage {
    /// Whether work on the case has ended (it may still be reopened).
    pub const fn is_over(self) -> bool {
        matches!(self, Stage::Closed | Stage::Declined | Stage::Voided)
    }

    /// Whether it has been filed and has not ended.
    pub const fn is_filed(self) -> bool {
        !self.is_over() && !matches!(self, Stage::Received | Stage::AwaitingCheck | Stage::AwaitingFiling)
    }

    /// Whether the department's clock runs in this stage.
    pub const fn clock_runs(self) -> bool {
        matches!(self, Stage::Dispatched | Stage::Handling | Stage::AwaitingFeedback)
    }
}

words! {
    /// From where one acts: the citizen, the supervising axis, the commanding axis, the hands.
    Side {
        /// 市民: whoever holds a tracking code of the case.
        Citizen = "citizen",
        /// 采集员/监督员.
        Keeper = "keeper",
        /// 受理员.
        Acceptor = "acceptor",
        /// 值班长.
        ShiftLeader = "shift-leader",
        /// 派遣员.
        Dispatcher = "dispatcher",
        /// 专业部门 desk.
        Department = "department",
        /// 处置人员.
        Crew = "crew",
        /// 领导.
        Leader = "leader",
        /// The program itself: what happens when a day comes or a part ends.
        Program = "program",
    }
}

/// Who acts on a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Doer {
    /// The account; none for a citizen.
    pub account: Option<Id>,
    /// The side on which the act is done.
    pub side: Side,
    /// The department the account belongs to.
    pub department: Option<Id>,
}

words! {
    /// Where the first report came from.
    Source {
        /// 公众举报, 随手拍.
        Citizen = "citizen",
        /// 采集员上报.
        Keeper = "keeper",
        /// 热线.
        Hotline = "hotline",
        /// 领导交办.
        Leader = "leader",
        /// 部门移送.
        Transfer = "transfer",
        /// 视频、物联.
        Sensor = "sensor",
        /// From another system's list.
        Import = "import",
    }
}

words! {
    /// How a case ended. Only `Fixed` claims that the problem is gone.
    Outcome {
        /// Handled, verified on site and closed.
        Fixed = "fixed",
        /// A keeper mended it on the spot (自行处置).
        SelfHandled = "self-handled",
        /// Closed by the shift leader although it is not mended (强制结案).
        Forced = "forced",
        /// Another authority answers for it.
        NotOurs = "not-ours",
        /// Already known under another number.
        Duplicate = "duplicate",
        /// A keeper looked and found nothing.
        NotFound = "not-found",
        /// Not taken on for another reason.
        Declined = "declined",
        /// Struck off.
        Voided = "voided",
    }
}

words! {
    /// Why a report is not taken on.
    DeclineReason {
        /// Another authority's duty.
        NotOurs = "not-ours",
        /// Already reported.
        Duplicate = "duplicate",
        /// Nothing there.
        NotFound = "not-found",
        /// Too little to act on, and nobody to ask.
        TooVague = "too-vague",
        /// Below every filing condition.
        BelowCondition = "below-condition",
        /// Outside the city.
        OutsideCity = "outside-city",
    }
}

impl DeclineReason {
    const fn outcome(self) -> Outcome {
        match self {
            DeclineReason::NotOurs | DeclineReason::OutsideCity => Outcome::NotOurs,
            DeclineReason::Duplicate => Outcome::Duplicate,
            DeclineReason::NotFound => Outcome::NotFound,
            DeclineReason::TooVague | DeclineReason::BelowCondition => Outcome::Declined,
        }
    }
}

words! {
    /// Why a department pushes a case back (回退).
    ReturnReason {
        /// Not within this department's duty.
        NotOurDuty = "not-our-duty",
        /// The place belongs to somebody else.
        WrongPlace = "wrong-place",
        /// The description does not fit what is there.
        WrongCategory = "wrong-category",
        /// Another department has to go first.
        OthersFirst = "others-first",
    }
}

words! {
    /// Why a case is struck off (作废).
    VoidReason {
        /// The same problem has another case.
        Duplicate = "duplicate",
        /// An exercise or a test.
        Test = "test",
        /// Filed by mistake.
        FiledInError = "filed-in-error",
        /// The problem ended before anybody acted.
        Vanished = "vanished",
        /// The whole that it is a part of has ended.
        WholeEnded = "whole-ended",
    }
}

words! {
    /// What a request asks for.
    RequestKind {
        /// 回退/退单.
        Return = "return",
        /// 延期.
        Postpone = "postpone",
        /// 挂账.
        Suspend = "suspend",
        /// 作废.
        Void = "void",
    }
}

words! {
    /// Why a department asks for more time (延期).
    PostponeReason {
        /// Rain, heat, storm.
        Weather = "weather",
        /// Material or equipment is on its way.
        Materials = "materials",
        /// It is a work of engineering.
        Engineering = "engineering",
        /// Others must agree or go first.
        Coordination = "coordination",
        /// It can be done at night only.
        NightWork = "night-work",
    }
}

words! {
    /// Why a case is suspended (挂账).
    SuspendReason {
        /// Only a season mends it: planting, for example.
        Seasonal = "seasonal",
        /// It waits for a work of engineering.
        Engineering = "engineering-works",
        /// Nobody owns it.
        NoOwner = "no-owner",
        /// Not solved after all extensions.
        Unresolved = "unresolved",
    }
}

words! {
    /// Why a case is closed although it is not mended (强制结案).
    ForceReason {
        /// The city has no power over it, and whoever has was told.
        OutOfReach = "out-of-reach",
        /// A larger work that is under way mends it too.
        Superseded = "superseded",
        /// The effort would be out of all proportion.
        Disproportionate = "disproportionate",
        /// Leaders decided so.
        LeadersDecision = "leaders-decision",
        /// A part of it was closed by force.
        PartUnsolved = "part-unsolved",
    }
}

words! {
    /// Why a department appeals against being late (超时申诉).
    AppealReason {
        /// Beyond anybody's power.
        ForceMajeure = "force-majeure",
        /// It waited for somebody else.
        WaitedForOthers = "waited-for-others",
        /// The limit did not fit the problem.
        WrongLimit = "wrong-limit",
        /// The program or the network failed.
        SystemFault = "system-fault",
    }
}

impl VoidReason {
    const fn outcome(self) -> Outcome {
        match self {
            VoidReason::Duplicate => Outcome::Duplicate,
            _ => Outcome::Voided,
        }
    }
}

/// Something that was asked for and waits for a decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// What is asked for.
    pub kind: RequestKind,
    /// By whom.
    pub by: Option<Id>,
    /// On which side.
    pub side: Side,
    /// When.
    pub at: Moment,
    /// Why: the word of a reason.
    pub reason: String,
    /// How much more time, in the unit of the limit; 0 for other requests.
    pub amount: u32,
    /// Until when; none for other requests.
    pub until: Option<Moment>,
    /// The earlier case of the same problem, whose citizens those of this one join when it is struck off.
    #[serde(default)]
    pub into: Option<Id>,
}

/// What keeps a case open from outside of this room: a whistle about it, for example.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hold {
    /// Its identifier.
    pub by: Id,
    /// The number by which people call it.
    pub number: String,
}

/// A case that waits for a better day (挂账).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Suspension {
    /// Why.
    pub reason: SuspendReason,
    /// Since when.
    pub since: Moment,
    /// Until when; then it runs on by itself.
    pub until: Moment,
}

/// An order of a leader on a running case (督办): it changes no stage, and shows until it is answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Its number within the case, from 1.
    pub number: u32,
    /// Who gave it; none for the program.
    pub by: Option<Id>,
    /// When.
    pub at: Moment,
    /// What it says.
    pub words: String,
    /// Until when it is to be answered.
    pub answer_by: Moment,
    /// When it was answered.
    pub answered_at: Option<Moment>,
}

/// A part of a split case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The case that the part is.
    pub case: Id,
    /// Whose part it is.
    pub department: Id,
    /// Whether it has ended.
    pub is_over: bool,
    /// Whether it ended with its problem mended.
    pub is_fixed: bool,
    /// Whether it was closed by force.
    pub is_forced: bool,
}

/// An appeal against being late (超时申诉): once, after closing, looked at by two people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Appeal {
    /// Who appealed.
    pub by: Option<Id>,
    /// When.
    pub at: Moment,
    /// For which department: the case may have gone to another since.
    #[serde(default)]
    pub department: Option<Id>,
    /// Why.
    pub reason: AppealReason,
    /// Who agreed first.
    pub first: Option<Id>,
    /// What came of it; none while it waits.
    pub is_granted: Option<bool>,
}

/// The side branches of a case.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Branches {
    /// What waits for a decision.
    pub request: Option<Request>,
    /// While the case waits for a better day.
    pub suspension: Option<Suspension>,
    /// How often it was suspended.
    pub suspensions: u32,
    /// How often more time was granted, by department.
    pub postponed: Vec<(Id, u32)>,
    /// Striking off that was asked for: beside everything else, because it is somebody else's question.
    pub void_request: Option<Request>,
    /// Nobody may hand it back any more: a shift leader has decided, or the territorial unit has it.
    pub is_return_final: bool,
    /// How often departments asked to hand it back.
    pub returns_asked: u32,
    /// The orders of leaders.
    pub orders: Vec<Order>,
    /// The parts that it was split into.
    pub parts: Vec<Part>,
    /// How many parts were ever split off: their numbers are never used twice.
    pub parts_made: u32,
    /// When the last of them is due.
    pub parts_due_at: Option<Moment>,
    /// A keeper mended it on the spot (自行处置).
    pub is_self_handled: bool,
    /// The appeal against being late.
    pub appeal: Option<Appeal>,
    /// What must be over before the case may end.
    pub holds: Vec<Hold>,
}

/// Who may decide what, and what else cities settle differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How much of the original limit each side may grant, percent: by the number of the postponement (first, second).
    pub postponements: [Vec<(Side, u32)>; 2],
    /// Who decides about a suspension.
    pub suspension: Vec<Side>,
    /// Who strikes a case off without asking; everybody else asks them.
    pub void: Vec<Side>,
    /// Who looks at an appeal: two different people of these.
    pub appeal: Vec<Side>,
    /// Of how many in a hundred cases that a keeper mended on the spot another keeper looks.
    pub self_handled_sample: u32,
    /// Sub-classes that are urgent from the first report on, such as `component-0123`, besides those of which the catalog
    /// has an urgent limit.
    pub urgent: Vec<String>,
    /// Words that make a report urgent, whatever sub-class was chosen.
    pub urgent_words: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            postponements: [
                vec![(Side::Dispatcher, 50), (Side::ShiftLeader, 100)],
                vec![(Side::ShiftLeader, 50), (Side::Leader, 100)],
            ],
            suspension: vec![Side::ShiftLeader, Side::Leader],
            void: vec![Side::ShiftLeader, Side::Leader],
            appeal: vec![Side::ShiftLeader, Side::Leader],
            self_handled_sample: 20,
            urgent: Vec::new(),
            urgent_words: Vec::new(),
        }
    }
}

/// The filing condition under which a case is filed, with its limit as it read that day: later changes of the standard do
/// not move a case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Filing {
    /// The code set of the sub-class.
    pub code_set: String,
    /// `event` or `component`.
    pub kind: String,
    /// The four- or five-digit code of the sub-class.
    pub code: String,
    /// The filing condition (立案条件).
    pub condition: String,
    /// The handling limit's number.
    pub limit_amount: i64,
    /// The handling limit's unit, as `law` writes it.
    pub limit_unit: String,
    /// The catalog's version.
    pub catalog_version: String,
    /// The calendar's version.
    pub calendar_version: String,
}

/// Where a case is.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Place {
    /// Longitude in the program's own system, degrees.
    pub lon: Option<f64>,
    /// Latitude in the program's own system, degrees.
    pub lat: Option<f64>,
    /// The coordinate system that the point was given in.
    pub coordinates: String,
    /// The unit grid's code.
    pub cell: String,
    /// The street's (街道) area code; empty when unknown.
    pub street: String,
    /// The community's (社区) area code; empty when unknown.
    pub community: String,
    /// The address in words.
    pub address: String,
}

impl Place {
    /// Whether a crew could find it: a point or a unit grid.
    pub fn is_known(&self) -> bool {
        (self.lon.is_some() && self.lat.is_some()) || !self.cell.is_empty()
    }
}

/// One case.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// The identifier.
    pub id: Id,
    /// The number that people say: the day and a serial number of that day. Never used twice.
    pub number: String,
    /// What the problem is, in a few words.
    pub title: String,
    /// The code set of the sub-class; empty until somebody chose one.
    pub code_set: String,
    /// `event` or `component`; empty until somebody chose one.
    pub kind: String,
    /// The sub-class; empty until somebody chose one.
    pub code: String,
    /// The filing, once filed.
    pub filing: Option<Filing>,
    /// Where.
    pub place: Place,
    /// Where it came from.
    pub source: Source,
    /// Whether it is handled before everything else.
    pub is_urgent: bool,
    /// The stage.
    pub stage: Stage,
    /// The department that has it, or had it last.
    pub department: Option<Id>,
    /// The crew member who has it, or had it last.
    pub crew: Option<Id>,
    /// The keeper who was asked to check or verify; none means any keeper of the place.
    pub keeper: Option<Id>,
    /// What the keeper found before filing.
    pub is_found: Option<bool>,
    /// Everybody who dispatched, assigned, handled or answered for the work. They may not verify and not close.
    pub handlers: BTreeSet<Id>,
    /// When the department's limit ends; none while its clock stands still.
    pub due_at: Option<Moment>,
    /// When the clock that runs now ends, whosever it is.
    pub clock_due_at: Option<Moment>,
    /// When it turns yellow.
    pub clock_warn_at: Option<Moment>,
    /// When the department answered: its clock stopped here.
    pub fed_back_at: Option<Moment>,
    /// When the case was opened.
    pub opened_at: Moment,
    /// Since when it has stood in this stage.
    pub stage_since_at: Moment,
    /// When it ended.
    pub closed_at: Option<Moment>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// How often a verification or a closing sent it back to the same department (返工).
    pub rework_count: u32,
    /// How often departments handed it back (回退), and it was taken back.
    pub return_count: u32,
    /// How often it was opened again.
    pub reopen_count: u32,
    /// Who of the staff reported it; none for citizens.
    pub opened_by: Option<Id>,
    /// The case that this one is a part of.
    pub parent: Option<Id>,
    /// The side branches.
    pub branches: Branches,
    /// One more for every act; a save compares it.
    pub revision: i64,
}

impl Case {
    /// A case as a report opens it.
    pub fn open(
        id: Id,
        number: String,
        title: String,
        place: Place,
        source: Source,
        is_urgent: bool,
        now: Moment,
    ) -> Case {
        Case {
            id,
            number,
            title,
            code_set: String::new(),
            kind: String::new(),
            code: String::new(),
            filing: None,
            place,
            source,
            is_urgent,
            stage: Stage::Received,
            department: None,
            crew: None,
            keeper: None,
            is_found: None,
            handlers: BTreeSet::new(),
            due_at: None,
            clock_due_at: None,
            clock_warn_at: None,
            fed_back_at: None,
            opened_at: now,
            stage_since_at: now,
            closed_at: None,
            outcome: None,
            rework_count: 0,
            return_count: 0,
            reopen_count: 0,
            opened_by: None,
            parent: None,
            branches: Branches::default(),
            revision: 1,
        }
    }

    /// A part of this case, as the dispatcher splits it off: filed like the whole, and ready for its own department.
    pub fn part(&self, id: Id, number: String, title: String, now: Moment) -> Case {
        let mut part = Case::open(id, number, title, self.place.clone(), self.source, self.is_urgent, now);
        part.code_set.clone_from(&self.code_set);
        part.kind.clone_from(&self.kind);
        part.code.clone_from(&self.code);
        part.filing.clone_from(&self.filing);
        part.stage = Stage::AwaitingDispatch;
        part.is_found = self.is_found;
        part.parent = Some(self.id);
        part
    }

    /// Whether it has a department's clock, running or standing still.
    pub fn has_department_clock(&self) -> bool {
        self.department.is_some() && self.stage != Stage::AwaitingDispatch
    }

    /// Whether more time is asked for.
    pub fn asks_postponement(&self) -> bool {
        self.asks(RequestKind::Postpone)
    }

    fn asks(&self, kind: RequestKind) -> bool {
        self.branches.request.as_ref().is_some_and(|request| request.kind == kind)
    }

    /// How often more time was granted to the department that has it.
    pub fn postponements(&self) -> u32 {
        let own = self.branches.postponed.iter().find(|(whose, _)| Some(*whose) == self.department);
        own.map_or(0, |(_, count)| *count)
    }

    /// What of it waits for a decision, as lists ask for it: a request, or an appeal.
    pub fn awaits(&self) -> Option<&'static str> {
        let requests = self.branches.request.as_ref().or(self.branches.void_request.as_ref());
        let appeal = self.branches.appeal.as_ref().filter(|appeal| appeal.is_granted.is_none());
        requests.map(|request| request.kind.text()).or(appeal.map(|_| "appeal"))
    }

    /// The orders that wait for their answers, in the order in which they were given.
    pub fn open_orders(&self) -> impl Iterator<Item = &Order> {
        self.branches.orders.iter().filter(|order| order.answered_at.is_none())
    }

    /// When the first of the orders that wait must be answered, of those whose moment comes after `after`.
    pub fn order_due_at(&self, after: Option<Moment>) -> Option<Moment> {
        self.open_orders().map(|order| order.answer_by).filter(|due| after.is_none_or(|after| *due > after)).min()
    }

    /// Whether the department's limit has passed, at `now` or when it answered.
    pub fn is_overdue(&self, now: Moment) -> bool {
        self.due_at.is_some_and(|due| self.fed_back_at.or(self.closed_at).unwrap_or(now) > due)
    }
}

/// What somebody does to a case.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum CaseAct {
    /// 受理.
    AcceptReport,
    /// Ask a keeper to check before filing (核实); none means any keeper of the place.
    AskCheck {
        /// The keeper.
        keeper: Option<Id>,
    },
    /// A keeper says what is there.
    ReportCheck {
        /// Whether the problem is there.
        found: bool,
    },
    /// 立案.
    FileCase {
        /// The condition and its limit; none is refused.
        filing: Option<Filing>,
    },
    /// 不予受理.
    DeclineReport {
        /// Why.
        reason: DeclineReason,
    },
    /// 派遣.
    DispatchCase {
        /// To whom.
        department: Id,
    },
    /// 属地兜底: what nobody owns goes to the territorial unit, for good.
    GiveToTerritory {
        /// The unit of the place.
        department: Id,
    },
    /// 分办: each department does a part of it.
    SplitCase {
        /// The parts.
        parts: Vec<Part>,
        /// When the last of them is due.
        due: Option<Moment>,
    },
    /// A part has ended, says the program.
    EndPart {
        /// Which one.
        part: Id,
        /// Whether its problem is mended.
        is_fixed: bool,
        /// Whether it was closed by force.
        is_forced: bool,
        /// Who handled it: they may not close the whole.
        handlers: BTreeSet<Id>,
    },
    /// The department's desk gives it to a crew member of its own.
    AssignCrew {
        /// To whom.
        crew: Id,
    },
    /// A crew member takes it on.
    AcceptTask,
    /// 处置 done, with photographs of how it looks now.
    HandInWork {
        /// How many photographs came with it.
        photos: usize,
    },
    /// 反馈: the department answers for the work.
    FeedBack,
    /// The department sends its own crew back.
    RedoWork,
    /// 回退: the department asks to hand it back.
    AskReturn {
        /// Why.
        reason: ReturnReason,
    },
    /// 延期: the department asks for more time.
    AskPostponement {
        /// Why.
        reason: PostponeReason,
        /// How much more, in the unit of the limit.
        amount: u32,
        /// How many documents came with it.
        documents: usize,
    },
    /// 挂账: the case is to wait for a better day.
    AskSuspension {
        /// Why.
        reason: SuspendReason,
        /// Until when.
        until: Moment,
    },
    /// 作废 is asked for by somebody who may not do it alone.
    AskVoid {
        /// Why.
        reason: VoidReason,
        /// The earlier case of the same problem, when that is why.
        #[serde(default)]
        into: Option<Id>,
    },
    /// What was asked for is granted or refused.
    DecideRequest {
        /// Granted or refused.
        granted: bool,
    },
    /// Striking off that was asked for is granted or refused.
    DecideVoid {
        /// Granted or refused.
        granted: bool,
    },
    /// The parts are due at another moment than before, says the program.
    MoveParts {
        /// When the last of them is due; none while one stands still.
        due: Option<Moment>,
    },
    /// The suspension ends: its day has come, or somebody ends it early.
    ResumeCase,
    /// 督办.
    SuperviseCase {
        /// What is ordered.
        words: String,
        /// Until when it is to be answered.
        answer_by: Moment,
    },
    /// An order is answered.
    AnswerOrder {
        /// Which one.
        number: u32,
        /// The answer.
        words: String,
    },
    /// It is handled before everything else from now on.
    MarkUrgent,
    /// A false alarm: it is handled like others.
    ClearUrgent,
    /// It may not end before something else has, says the program.
    Hold {
        /// What that is.
        by: Id,
        /// The number by which people call it.
        number: String,
    },
    /// That is over.
    Unhold {
        /// What was.
        by: Id,
    },
    /// Ask a keeper to verify (核查); none means any keeper of the place.
    AskVerification {
        /// The keeper.
        keeper: Option<Id>,
    },
    /// 核查.
    VerifyCase {
        /// Whether it is fixed.
        passed: bool,
    },
    /// 结案.
    CloseCase,
    /// 返工: the desk does not believe it.
    SendBack,
    /// 作废.
    VoidCase {
        /// Why.
        reason: VoidReason,
    },
    /// 强制结案: it is not mended, and nobody will go on with it.
    ForceClose {
        /// Why.
        reason: ForceReason,
    },
    /// 自行处置: the keeper who found it mended it on the spot.
    SelfHandle {
        /// How many photographs show how it was.
        before: usize,
        /// How many show how it is now.
        after: usize,
        /// Whether another keeper is to look.
        is_sampled: bool,
    },
    /// 超时申诉.
    AppealLateness {
        /// Why.
        reason: AppealReason,
    },
    /// An appeal is looked at.
    ReviewAppeal {
        /// Whether it is right.
        accepts: bool,
    },
    /// Open it again.
    ReopenCase,
    /// Say where it is.
    LocateCase {
        /// Where.
        place: Place,
        /// How the place was suggested, when it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggested: Option<crate::places::place::Suggested>,
    },
    /// Another report of the same problem.
    JoinReport {
        /// The report.
        report: Id,
    },
    /// 撤销并案: such a report goes back to its own case.
    LeaveReport {
        /// The report.
        report: Id,
    },
    /// 撤销并案: what had ended as another's duplicate is handled on its own again.
    SeparateCase {
        /// Where it stood before: a stage before filing; awaiting dispatch for whatever had been filed.
        to: Stage,
    },
}

words! {
    /// A line of the workflow: an act, told apart where the same act can lead to different stages.
    Step {
        /// 受理.
        Accept = "accept",
        /// 受理 of a keeper's own report.
        AcceptKeepers = "accept-keepers-own",
        /// 请求核实.
        AskCheck = "ask-check",
        /// 核实属实.
        CheckFound = "check-found",
        /// 核实不属实.
        CheckNothing = "check-nothing",
        /// 立案.
        File = "file",
        /// 不予受理.
        Decline = "decline",
        /// 派遣.
        Dispatch = "dispatch",
        /// 属地兜底.
        GiveToTerritory = "give-to-territory",
        /// 分办.
        Split = "split",
        /// 一个分案办结.
        PartEnded = "part-ended",
        /// 各分案全部办结.
        PartsEnded = "parts-ended",
        /// 各分案都没有解决问题.
        PartsFailed = "parts-failed",
        /// 分案时限变动.
        PartsMoved = "parts-moved",
        /// 指派处置人员.
        AssignCrew = "assign-crew",
        /// 接单.
        AcceptTask = "accept-task",
        /// 提交处置结果.
        HandIn = "hand-in",
        /// 反馈.
        FeedBack = "feed-back",
        /// 部门要求重做.
        Redo = "redo",
        /// 申请回退.
        AskReturn = "return",
        /// 同意回退.
        GrantReturn = "grant-return",
        /// 不同意回退, 退回的是待处置的案卷.
        RefuseReturn = "refuse-return",
        /// 申请延期.
        AskPostponement = "postpone",
        /// 同意延期.
        GrantPostponement = "grant-postponement",
        /// 不同意延期.
        RefusePostponement = "refuse-postponement",
        /// 申请挂账.
        AskSuspension = "suspend",
        /// 同意挂账.
        GrantSuspension = "grant-suspension",
        /// 不同意挂账.
        RefuseSuspension = "refuse-suspension",
        /// 恢复计时.
        Resume = "resume",
        /// 督办.
        Supervise = "supervise",
        /// 答复督办.
        AnswerOrder = "answer-order",
        /// 标为紧急.
        MarkUrgent = "mark-urgent",
        /// 取消紧急.
        ClearUrgent = "clear-urgent",
        /// 吹哨进行中.
        Hold = "hold",
        /// 吹哨已结束.
        Unhold = "unhold",
        /// 请求核查.
        AskVerification = "ask-verification",
        /// 核查通过.
        VerifyPassed = "verify-passed",
        /// 核查不通过.
        VerifyFailed = "verify-failed",
        /// 抽查自行处置不通过.
        VerifyFailedUnfiled = "verify-failed-unfiled",
        /// 结案.
        Close = "close",
        /// 结案, 有分案被强制结案.
        CloseUnsolved = "close-unsolved",
        /// 返工.
        SendBack = "send-back",
        /// 自行处置的重新立案.
        SendBackUnfiled = "send-back-unfiled",
        /// 分办的重新派遣.
        SendBackWhole = "send-back-whole",
        /// 作废.
        Void = "void",
        /// 申请作废.
        AskVoid = "ask-void",
        /// 同意作废.
        GrantVoid = "grant-void",
        /// 不同意作废.
        RefuseVoid = "refuse-void",
        /// 强制结案.
        ForceClose = "force-close",
        /// 自行处置.
        SelfHandle = "self-handle",
        /// 自行处置, 抽查.
        SelfHandleSampled = "self-handle-sampled",
        /// 超时申诉.
        Appeal = "appeal",
        /// 申诉初审同意.
        SupportAppeal = "support-appeal",
        /// 申诉复审同意.
        GrantAppeal = "grant-appeal",
        /// 申诉不成立.
        RefuseAppeal = "refuse-appeal",
        /// 重新打开 of what was declined or struck off: it begins anew.
        ReopenUnfiled = "reopen-unfiled",
        /// 重新打开.
        Reopen = "reopen",
        /// 定位.
        Locate = "locate",
        /// 合并举报.
        Join = "join",
        /// 撤销并案, 上报转回.
        Leave = "leave",
        /// 撤销并案, 恢复待受理.
        SeparateReceived = "separate-received",
        /// 撤销并案, 恢复待核实.
        SeparateToCheck = "separate-to-check",
        /// 撤销并案, 恢复待立案.
        SeparateToFile = "separate-to-file",
        /// 撤销并案, 已立案的重新派遣.
        SeparateFiled = "separate-filed",
    }
}

words! {
    /// What happened to a case.
    Happened {
        /// The case was opened by a report.
        CaseOpened = "case-opened",
        /// Taken on.
        ReportAccepted = "report-accepted",
        /// A keeper was asked to check.
        CheckAsked = "check-asked",
        /// The keeper found it.
        CheckFound = "check-found",
        /// The keeper found nothing.
        CheckFoundNothing = "check-found-nothing",
        /// Filed.
        CaseFiled = "case-filed",
        /// Not taken on.
        ReportDeclined = "report-declined",
        /// Given to a department.
        CaseDispatched = "case-dispatched",
        /// Given to a crew member.
        CrewAssigned = "crew-assigned",
        /// Taken on by the crew.
        TaskAccepted = "task-accepted",
        /// The work was handed in.
        WorkHandedIn = "work-handed-in",
        /// The department answered.
        CaseFedBack = "case-fed-back",
        /// The department sent its crew back.
        WorkRejected = "work-rejected",
        /// The department asks to hand it back.
        ReturnAsked = "return-asked",
        /// Taken back from the department.
        CaseReturned = "case-returned",
        /// The department keeps it.
        ReturnRefused = "return-refused",
        /// The department asks for more time.
        PostponementAsked = "postponement-asked",
        /// The department has more time.
        PostponementGranted = "postponement-granted",
        /// The department has no more time.
        PostponementRefused = "postponement-refused",
        /// Somebody asks to let it wait.
        SuspensionAsked = "suspension-asked",
        /// It waits for a better day.
        CaseSuspended = "case-suspended",
        /// It does not wait.
        SuspensionRefused = "suspension-refused",
        /// It goes on.
        CaseResumed = "case-resumed",
        /// A leader gave an order.
        CaseSupervised = "case-supervised",
        /// The order was answered.
        SupervisionAnswered = "supervision-answered",
        /// It comes before everything else.
        CaseMarkedUrgent = "case-marked-urgent",
        /// It was a false alarm.
        UrgencyCleared = "urgency-cleared",
        /// It may not end before something else has.
        CaseHeld = "case-held",
        /// That is over.
        CaseUnheld = "case-unheld",
        /// Split into parts.
        CaseSplit = "case-split",
        /// A part ended.
        PartEnded = "part-ended",
        /// The last part ended.
        PartsEnded = "parts-ended",
        /// The parts are due at another moment.
        PartsMoved = "parts-moved",
        /// A keeper was asked to verify.
        VerificationAsked = "verification-asked",
        /// Found fixed on site.
        VerificationPassed = "verification-passed",
        /// Found not fixed on site.
        VerificationFailed = "verification-failed",
        /// Closed.
        CaseClosed = "case-closed",
        /// Sent back by the desk.
        CaseSentBack = "case-sent-back",
        /// Struck off.
        CaseVoided = "case-voided",
        /// Somebody asks to strike it off.
        VoidAsked = "void-asked",
        /// It is not struck off.
        VoidRefused = "void-refused",
        /// Closed although it is not mended.
        CaseForceClosed = "case-force-closed",
        /// Mended on the spot.
        CaseSelfHandled = "case-self-handled",
        /// The department appeals against being late.
        LatenessAppealed = "lateness-appealed",
        /// The first of two agrees.
        AppealSupported = "appeal-supported",
        /// Nobody is held to the lateness.
        AppealGranted = "appeal-granted",
        /// The lateness counts.
        AppealRefused = "appeal-refused",
        /// Opened again.
        CaseReopened = "case-reopened",
        /// Put in its place.
        CaseLocated = "case-located",
        /// Another report joined.
        ReportJoined = "report-joined",
        /// Such a report went back to its own case.
        ReportLeft = "report-left",
        /// No duplicate after all: handled on its own again.
        CaseSeparated = "case-separated",
    }
}

impl Happened {
    /// Whether the citizen's page tells it.
    pub const fn is_public(self) -> bool {
        matches!(
            self,
            Happened::ReportAccepted
                | Happened::CaseFiled
                | Happened::ReportDeclined
                | Happened::CaseDispatched
                | Happened::CaseSplit
                | Happened::PartsMoved
                | Happened::TaskAccepted
                | Happened::WorkHandedIn
                | Happened::PostponementGranted
                | Happened::CaseSuspended
                | Happened::CaseResumed
                | Happened::VerificationPassed
                | Happened::VerificationFailed
                | Happened::CaseClosed
                | Happened::CaseSentBack
                | Happened::CaseVoided
                | Happened::CaseForceClosed
                | Happened::CaseSelfHandled
                | Happened::CaseReopened
                | Happened::CaseSeparated
        )
    }
}

impl Happened {
    /// Whether the citizens of the whole read it of a part.
    pub const fn is_public_of_parts(self) -> bool {
        matches!(
            self,
            Happened::WorkHandedIn | Happened::PostponementGranted | Happened::CaseSuspended | Happened::CaseResumed
        )
    }
}

/// One thing that happened to a case.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Fact {
    /// The case.
    pub case: Id,
    /// What.
    pub what: Happened,
    /// By whom; none for a citizen.
    pub by: Option<Id>,
    /// On which side.
    pub side: Side,
    /// When.
    pub at: Moment,
    /// The stage after it.
    pub stage: Stage,
    /// The case's revision after it.
    pub revision: i64,
    /// A reason's text, when the act has one.
    pub reason: Option<&'static str>,
    /// The department, crew member, keeper or report that it was about.
    pub about: Option<Id>,
    /// The due moment that it set.
    pub due_at: Option<Moment>,
    /// What was done: none for the opening, which nobody does.
    pub act: Option<CaseAct>,
}

/// Why not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CaseRefusal {
    /// The case does not stand where this act begins.
    StageElsewhere,
    /// Another post does this.
    PostNotAllowed,
    /// Another department has it.
    DepartmentElsewhere,
    /// Somebody else was asked.
    TaskOfAnother,
    /// Whoever handled it may not verify it.
    VerifiesOwnWork,
    /// Whoever handled it may not close it.
    ClosesOwnWork,
    /// An after-photo is missing.
    PhotoMissing,
    /// A filing condition is missing.
    ConditionMissing,
    /// Nobody knows where it is.
    PlaceUnknown,
    /// A keeper looked and found nothing.
    NothingFound,
    /// A keeper saw it already.
    KeeperSawIt,
    /// Pushed back too often for a dispatcher.
    ReturnedTooOften,
    /// A moment is not in the future.
    DatePassed,
    /// Something is asked for already, and must be decided first.
    RequestPending,
    /// Whoever asked does not decide.
    OwnRequest,
    /// A shift leader has decided finally about returns.
    ReturnFinal,
    /// The second return is for the shift leader.
    SecondReturn,
    /// More time is asked for before the limit has passed, not after.
    LimitPassed,
    /// More time was granted as often as it may be.
    PostponedTwice,
    /// No more than the original limit may be added.
    AmountTooLarge,
    /// A document is missing.
    DocumentMissing,
    /// So much more time is granted by somebody above.
    BeyondPower,
    /// It waits for its day, so nothing else is asked for.
    Suspended,
    /// It was suspended once.
    SuspendedOnce,
    /// Longer than a year.
    SuspensionTooLong,
    /// In this city somebody else strikes cases off.
    VoidNeedsApproval,
    /// Words are missing.
    WordsMissing,
    /// Two to ten parts.
    PartsOutOfRange,
    /// A part follows the whole.
    PartOfWhole,
    /// Only the keeper who found it says so.
    NotOwnReport,
    /// Photographs before and after are both needed.
    BothPhotosMissing,
    /// It was in time.
    NotLate,
    /// Appealed before.
    AppealedBefore,
    /// Nobody has appealed, or it is decided.
    NoAppeal,
    /// Two different people look at an appeal.
    ReviewedBefore,
    /// There is no such order, or it was answered.
    NoOrder,
    /// A whistle about it is not over.
    Held,
}

impl CaseRefusal {
    /// Every refusal.
    pub const ALL: &'static [CaseRefusal] = &[
        CaseRefusal::StageElsewhere,
        CaseRefusal::PostNotAllowed,
        CaseRefusal::DepartmentElsewhere,
        CaseRefusal::TaskOfAnother,
        CaseRefusal::VerifiesOwnWork,
        CaseRefusal::ClosesOwnWork,
        CaseRefusal::PhotoMissing,
        CaseRefusal::ConditionMissing,
        CaseRefusal::PlaceUnknown,
        CaseRefusal::NothingFound,
        CaseRefusal::KeeperSawIt,
        CaseRefusal::ReturnedTooOften,
        CaseRefusal::DatePassed,
        CaseRefusal::RequestPending,
        CaseRefusal::OwnRequest,
        CaseRefusal::ReturnFinal,
        CaseRefusal::SecondReturn,
        CaseRefusal::LimitPassed,
        CaseRefusal::PostponedTwice,
        CaseRefusal::AmountTooLarge,
        CaseRefusal::DocumentMissing,
        CaseRefusal::BeyondPower,
        CaseRefusal::Suspended,
        CaseRefusal::SuspendedOnce,
        CaseRefusal::SuspensionTooLong,
        CaseRefusal::VoidNeedsApproval,
        CaseRefusal::WordsMissing,
        CaseRefusal::PartsOutOfRange,
        CaseRefusal::PartOfWhole,
        CaseRefusal::NotOwnReport,
        CaseRefusal::BothPhotosMissing,
        CaseRefusal::NotLate,
        CaseRefusal::AppealedBefore,
        CaseRefusal::NoAppeal,
        CaseRefusal::ReviewedBefore,
        CaseRefusal::NoOrder,
        CaseRefusal::Held,
    ];

    /// The key of the sentence that says so.
    pub const fn key(self) -> &'static str {
        match self {
            CaseRefusal::StageElsewhere => "cases-refusal-stage-elsewhere",
            CaseRefusal::PostNotAllowed => "cases-refusal-post-not-allowed",
            CaseRefusal::DepartmentElsewhere => "cases-refusal-department-elsewhere",
            CaseRefusal::TaskOfAnother => "cases-refusal-task-of-another",
            CaseRefusal::VerifiesOwnWork => "cases-refusal-verifies-own-work",
            CaseRefusal::ClosesOwnWork => "cases-refusal-closes-own-work",
            CaseRefusal::PhotoMissing => "cases-refusal-photo-missing",
            CaseRefusal::ConditionMissing => "cases-refusal-condition-missing",
            CaseRefusal::PlaceUnknown => "cases-refusal-place-unknown",
            CaseRefusal::NothingFound => "cases-refusal-nothing-found",
            CaseRefusal::KeeperSawIt => "cases-refusal-keeper-saw-it",
            CaseRefusal::ReturnedTooOften => "cases-refusal-returned-too-often",
            CaseRefusal::DatePassed => "cases-refusal-date-passed",
            CaseRefusal::RequestPending => "cases-refusal-request-pending",
            CaseRefusal::OwnRequest => "cases-refusal-own-request",
            CaseRefusal::ReturnFinal => "cases-refusal-return-final",
            CaseRefusal::SecondReturn => "cases-refusal-second-return",
            CaseRefusal::LimitPassed => "cases-refusal-limit-passed",
            CaseRefusal::PostponedTwice => "cases-refusal-postponed-twice",
            CaseRefusal::AmountTooLarge => "cases-refusal-amount-too-large",
            CaseRefusal::DocumentMissing => "cases-refusal-document-missing",
            CaseRefusal::BeyondPower => "cases-refusal-beyond-power",
            CaseRefusal::Suspended => "cases-refusal-suspended",
            CaseRefusal::SuspendedOnce => "cases-refusal-suspended-once",
            CaseRefusal::SuspensionTooLong => "cases-refusal-suspension-too-long",
            CaseRefusal::VoidNeedsApproval => "cases-refusal-void-needs-approval",
            CaseRefusal::WordsMissing => "cases-refusal-words-missing",
            CaseRefusal::PartsOutOfRange => "cases-refusal-parts-out-of-range",
            CaseRefusal::PartOfWhole => "cases-refusal-part-of-whole",
            CaseRefusal::NotOwnReport => "cases-refusal-not-own-report",
            CaseRefusal::BothPhotosMissing => "cases-refusal-both-photos-missing",
            CaseRefusal::NotLate => "cases-refusal-not-late",
            CaseRefusal::AppealedBefore => "cases-refusal-appealed-before",
            CaseRefusal::NoAppeal => "cases-refusal-no-appeal",
            CaseRefusal::ReviewedBefore => "cases-refusal-reviewed-before",
            CaseRefusal::NoOrder => "cases-refusal-no-order",
            CaseRefusal::Held => "cases-refusal-held",
        }
    }
}

/// The supervising axis at its desk: it takes on, files, asks for verification and closes.
const DESK: &[Side] = &[Side::Acceptor, Side::ShiftLeader];
/// The shift leader alone.
const SHIFT: &[Side] = &[Side::ShiftLeader];
/// The commanding axis; a case that came back too often is for the shift leader.
const COMMAND: &[Side] = &[Side::Dispatcher, Side::ShiftLeader];
/// Everybody at the desks of both axes.
const DESKS: &[Side] = &[Side::Acceptor, Side::Dispatcher, Side::ShiftLeader];
/// Those who take reports on; the program does when a case is struck off as another's duplicate.
const JOINING: &[Side] = &[Side::Acceptor, Side::ShiftLeader, Side::Program];
/// Everybody at the desks; the program marks the parts of an urgent whole.
const MARKING: &[Side] = &[Side::Acceptor, Side::Dispatcher, Side::ShiftLeader, Side::Program];
/// Whoever may decide in some city; who does in this one is a setting.
const DECIDERS: &[Side] = &[Side::Dispatcher, Side::ShiftLeader, Side::Leader];
/// Those who strike a case off; the program does with the parts of a whole that has ended.
const STRIKING: &[Side] = &[Side::ShiftLeader, Side::Leader, Side::Program];
/// Those above the desks.
const ABOVE: &[Side] = &[Side::ShiftLeader, Side::Leader];
/// Those who give orders; the program does when nobody came to a whistle.
const ORDERING: &[Side] = &[Side::ShiftLeader, Side::Leader, Side::Program];
/// Those who answer orders: whoever has the case, and the desks.
const ANSWERING: &[Side] = &[Side::Acceptor, Side::Dispatcher, Side::ShiftLeader, Side::Department];
/// Eyes on site.
const KEEPER: &[Side] = &[Side::Keeper];
/// The department's own desk.
const DEPARTMENT: &[Side] = &[Side::Department];
/// The department, or the commanding axis for it.
const DEPARTMENT_OR_COMMAND: &[Side] = &[Side::Department, Side::Dispatcher, Side::ShiftLeader];
/// The hands.
const CREW: &[Side] = &[Side::Crew];
/// The citizen, or the desk on the citizen's word.
const ASKERS: &[Side] = &[Side::Citizen, Side::Acceptor, Side::ShiftLeader];
/// The day that has come, or the commanding axis before it.
const RESUMING: &[Side] = &[Side::Program, Side::Dispatcher, Side::ShiftLeader];
/// The program alone.
const PROGRAM: &[Side] = &[Side::Program];

/// One way a case may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Way {
    /// Where it leads.
    pub to: Stage,
    /// What has happened then.
    pub what: Happened,
    /// Who may go it.
    pub who: &'static [Side],
}

/// The workflow. A step that is not written here does not exist.
pub fn way(step: Step, from: Stage) -> Option<Way> {
    use Happened as H;
    use Stage as S;
    let (to, what, who) = match (step, from) {
        // 信息收集, 案卷建立: the desk takes it on, a keeper looks, the desk files it.
        (Step::Accept, S::Received) => (S::AwaitingCheck, H::ReportAccepted, DESK),
        (Step::AcceptKeepers, S::Received) => (S::AwaitingFiling, H::ReportAccepted, DESK),
        (Step::AskCheck, S::AwaitingCheck | S::AwaitingFiling) => (S::AwaitingCheck, H::CheckAsked, DESK),
        (Step::CheckFound, S::AwaitingCheck) => (S::AwaitingFiling, H::CheckFound, KEEPER),
        (Step::CheckNothing, S::AwaitingCheck) => (S::AwaitingFiling, H::CheckFoundNothing, KEEPER),
        (Step::File, S::AwaitingFiling) => (S::AwaitingDispatch, H::CaseFiled, DESK),
        (Step::Decline, S::Received | S::AwaitingCheck | S::AwaitingFiling) => (S::Declined, H::ReportDeclined, DESK),
        (Step::SelfHandle, S::Received | S::AwaitingFiling) => (S::Closed, H::CaseSelfHandled, KEEPER),
        (Step::SelfHandleSampled, S::Received | S::AwaitingFiling) => {
            (S::AwaitingVerification, H::CaseSelfHandled, KEEPER)
        }

        // 任务派遣: a department gets it, or several get a part of it each.
        (Step::Dispatch, S::AwaitingDispatch) => (S::Dispatched, H::CaseDispatched, COMMAND),
        (Step::Split, S::AwaitingDispatch) => (S::Split, H::CaseSplit, COMMAND),
        (Step::PartEnded, S::Split) => (S::Split, H::PartEnded, PROGRAM),
        (Step::PartsEnded, S::Split) => (S::AwaitingClosing, H::PartsEnded, PROGRAM),
        (Step::PartsFailed, S::Split) => (S::AwaitingDispatch, H::PartsEnded, PROGRAM),
        (Step::PartsMoved, S::Split) => (S::Split, H::PartsMoved, PROGRAM),

        // 回退: the department asks, the dispatcher decides, and the second time the shift leader; what nobody owns falls to
        // the territorial unit.
        (Step::AskReturn, S::Dispatched | S::Handling) => (S::Returning, H::ReturnAsked, DEPARTMENT),
        (Step::GrantReturn, S::Returning) => (S::AwaitingDispatch, H::CaseReturned, COMMAND),
        (Step::RefuseReturn, S::Returning) => (S::Dispatched, H::ReturnRefused, COMMAND),
        (Step::GiveToTerritory, S::AwaitingDispatch) => (S::Dispatched, H::CaseDispatched, COMMAND),

        // 任务处理, 处理反馈: a crew does it, its department answers for it.
        (Step::AssignCrew, S::Dispatched | S::Handling) => (S::Dispatched, H::CrewAssigned, DEPARTMENT),
        (Step::AcceptTask, S::Dispatched) => (S::Handling, H::TaskAccepted, CREW),
        (Step::HandIn, S::Handling) => (S::AwaitingFeedback, H::WorkHandedIn, CREW),
        (Step::Redo, S::AwaitingFeedback) => (S::Handling, H::WorkRejected, DEPARTMENT),
        (Step::FeedBack, S::AwaitingFeedback) => (S::AwaitingVerification, H::CaseFedBack, DEPARTMENT),

        // 延期, 挂账: asked for while the department's clock runs; they leave the case where it is.
        (Step::AskPostponement, from) if from.clock_runs() => (from, H::PostponementAsked, DEPARTMENT),
        (Step::GrantPostponement, from) if from.clock_runs() => (from, H::PostponementGranted, DECIDERS),
        (Step::RefusePostponement, from) if from.clock_runs() => (from, H::PostponementRefused, DECIDERS),
        (Step::AskSuspension, from) if from.clock_runs() => (from, H::SuspensionAsked, DEPARTMENT_OR_COMMAND),
        (Step::GrantSuspension, from) if from.clock_runs() => (from, H::CaseSuspended, DECIDERS),
        (Step::RefuseSuspension, from) if from.clock_runs() => (from, H::SuspensionRefused, DECIDERS),
        (Step::Resume, from) if from.clock_runs() => (from, H::CaseResumed, RESUMING),

        // 核查结案: somebody else looks; it is fixed, or it goes back to the same department.
        (Step::AskVerification, S::AwaitingVerification | S::Verifying) => (S::Verifying, H::VerificationAsked, DESK),
        (Step::VerifyPassed, S::Verifying) => (S::AwaitingClosing, H::VerificationPassed, KEEPER),
        (Step::VerifyFailed, S::Verifying) => (S::Dispatched, H::VerificationFailed, KEEPER),
        (Step::VerifyFailedUnfiled, S::Verifying) => (S::AwaitingFiling, H::VerificationFailed, KEEPER),
        (Step::Close, S::AwaitingClosing) => (S::Closed, H::CaseClosed, DESK),
        (Step::CloseUnsolved, S::AwaitingClosing) => (S::Closed, H::CaseForceClosed, DESK),
        (Step::SendBack, S::AwaitingVerification | S::AwaitingClosing) => (S::Dispatched, H::CaseSentBack, DESK),
        (Step::SendBackUnfiled, S::AwaitingVerification | S::AwaitingClosing) => {
            (S::AwaitingFiling, H::CaseSentBack, DESK)
        }
        (Step::SendBackWhole, S::AwaitingClosing) => (S::AwaitingDispatch, H::CaseSentBack, DESK),

        // Ends and returns.
        (Step::Void, from) if !from.is_over() => (S::Voided, H::CaseVoided, STRIKING),
        (Step::AskVoid, from) if !from.is_over() => (from, H::VoidAsked, DESKS),
        (Step::GrantVoid, from) if !from.is_over() => (S::Voided, H::CaseVoided, ABOVE),
        (Step::RefuseVoid, from) if !from.is_over() => (from, H::VoidRefused, ABOVE),
        (Step::ForceClose, from) if from.is_filed() => (S::Closed, H::CaseForceClosed, SHIFT),
        (Step::ReopenUnfiled, S::Declined | S::Voided | S::Closed) => (S::Received, H::CaseReopened, ASKERS),
        (Step::Reopen, S::Closed) => (S::AwaitingDispatch, H::CaseReopened, ASKERS),

        // 超时申诉: after closing, once; two people look at it, also when the case was opened again meanwhile.
        (Step::Appeal, S::Closed) => (S::Closed, H::LatenessAppealed, DEPARTMENT),
        (Step::SupportAppeal, from) => (from, H::AppealSupported, ABOVE),
        (Step::GrantAppeal, from) => (from, H::AppealGranted, ABOVE),
        (Step::RefuseAppeal, from) => (from, H::AppealRefused, ABOVE),

        // 督办 and what is learned on the way leave the case where it is.
        (Step::Supervise, from) if !from.is_over() => (from, H::CaseSupervised, ORDERING),
        (Step::AnswerOrder, from) => (from, H::SupervisionAnswered, ANSWERING),
        (Step::MarkUrgent, from) if !from.is_over() => (from, H::CaseMarkedUrgent, MARKING),
        (Step::ClearUrgent, from) if !from.is_over() => (from, H::UrgencyCleared, MARKING),
        // 吹哨: what is held does not end before the whistle about it has.
        (Step::Hold, from) if !from.is_over() => (from, H::CaseHeld, PROGRAM),
        (Step::Unhold, from) => (from, H::CaseUnheld, PROGRAM),
        (Step::Locate, S::Received | S::AwaitingCheck | S::AwaitingFiling | S::AwaitingDispatch) => {
            (from, H::CaseLocated, DESK)
        }
        // 并案, 撤销并案: what ended as a duplicate goes back to where it stood; what was filed is dispatched anew, by whoever is
        // above the desk, for its department was told that there is nothing more to do.
        (Step::Join, from) if !from.is_over() => (from, H::ReportJoined, JOINING),
        (Step::Leave, from) if !from.is_over() => (from, H::ReportLeft, JOINING),
        (Step::SeparateReceived, S::Declined | S::Voided) => (S::Received, H::CaseSeparated, DESK),
        (Step::SeparateToCheck, S::Declined | S::Voided) => (S::AwaitingCheck, H::CaseSeparated, DESK),
        (Step::SeparateToFile, S::Declined | S::Voided) => (S::AwaitingFiling, H::CaseSeparated, DESK),
        (Step::SeparateFiled, S::Voided) => (S::AwaitingDispatch, H::CaseSeparated, SHIFT),
        _ => return None,
    };
    Some(Way { to, what, who })
}

impl CaseAct {
    /// The line of the workflow that this act follows for this case.
    pub fn step(&self, case: &Case) -> Step {
        let branches = &case.branches;
        match self {
            CaseAct::AcceptReport if case.source == Source::Keeper => Step::AcceptKeepers,
            CaseAct::AcceptReport => Step::Accept,
            CaseAct::AskCheck { .. } => Step::AskCheck,
            CaseAct::ReportCheck { found: true } => Step::CheckFound,
            CaseAct::ReportCheck { found: false } => Step::CheckNothing,
            CaseAct::FileCase { .. } => Step::File,
            CaseAct::DeclineReport { .. } => Step::Decline,
            CaseAct::SelfHandle { is_sampled: true, .. } => Step::SelfHandleSampled,
            CaseAct::SelfHandle { is_sampled: false, .. } => Step::SelfHandle,
            CaseAct::DispatchCase { .. } => Step::Dispatch,
            CaseAct::GiveToTerritory { .. } => Step::GiveToTerritory,
            CaseAct::SplitCase { .. } => Step::Split,
            CaseAct::EndPart { part, is_fixed, .. } => {
                let others = || branches.parts.iter().filter(|one| one.case != *part);
                match others().all(|one| one.is_over) {
                    false => Step::PartEnded,
                    true if *is_fixed || others().any(|one| one.is_fixed) => Step::PartsEnded,
                    true => Step::PartsFailed,
                }
            }
            CaseAct::AssignCrew { .. } => Step::AssignCrew,
            CaseAct::AcceptTask => Step::AcceptTask,
            CaseAct::HandInWork { .. } => Step::HandIn,
            CaseAct::FeedBack => Step::FeedBack,
            CaseAct::RedoWork => Step::Redo,
            CaseAct::AskReturn { .. } => Step::AskReturn,
            CaseAct::AskPostponement { .. } => Step::AskPostponement,
            CaseAct::AskSuspension { .. } => Step::AskSuspension,
            CaseAct::AskVoid { .. } => Step::AskVoid,
            CaseAct::DecideRequest { granted } => {
                let kind = branches.request.as_ref().map(|request| request.kind);
                match (kind, granted) {
                    (Some(RequestKind::Postpone), true) => Step::GrantPostponement,
                    (Some(RequestKind::Postpone), false) => Step::RefusePostponement,
                    (Some(RequestKind::Suspend), true) => Step::GrantSuspension,
                    (Some(RequestKind::Suspend), false) => Step::RefuseSuspension,
                    // Where nothing is asked for, a return could be decided at its own stage only.
                    (Some(RequestKind::Return | RequestKind::Void) | None, true) => Step::GrantReturn,
                    (Some(RequestKind::Return | RequestKind::Void) | None, false) => Step::RefuseReturn,
                }
            }
            CaseAct::DecideVoid { granted: true } => Step::GrantVoid,
            CaseAct::DecideVoid { granted: false } => Step::RefuseVoid,
            CaseAct::MoveParts { .. } => Step::PartsMoved,
            CaseAct::ResumeCase => Step::Resume,
            CaseAct::SuperviseCase { .. } => Step::Supervise,
            CaseAct::AnswerOrder { .. } => Step::AnswerOrder,
            CaseAct::MarkUrgent => Step::MarkUrgent,
            CaseAct::ClearUrgent => Step::ClearUrgent,
            CaseAct::Hold { .. } => Step::Hold,
            CaseAct::Unhold { .. } => Step::Unhold,
            CaseAct::AskVerification { .. } => Step::AskVerification,
            CaseAct::VerifyCase { passed: true } => Step::VerifyPassed,
            CaseAct::VerifyCase { passed: false } if branches.is_self_handled => Step::VerifyFailedUnfiled,
            CaseAct::VerifyCase { passed: false } => Step::VerifyFailed,
            CaseAct::CloseCase if branches.parts.iter().any(|part| part.is_forced) => Step::CloseUnsolved,
            CaseAct::CloseCase => Step::Close,
            CaseAct::SendBack if branches.is_self_handled => Step::SendBackUnfiled,
            CaseAct::SendBack if !branches.parts.is_empty() => Step::SendBackWhole,
            CaseAct::SendBack => Step::SendBack,
            CaseAct::VoidCase { .. } => Step::Void,
            CaseAct::ForceClose { .. } => Step::ForceClose,
            CaseAct::AppealLateness { .. } => Step::Appeal,
            CaseAct::ReviewAppeal { accepts: false } => Step::RefuseAppeal,
            CaseAct::ReviewAppeal { accepts: true } => match branches.appeal.as_ref().and_then(|appeal| appeal.first) {
                None => Step::SupportAppeal,
                Some(_) => Step::GrantAppeal,
            },
            CaseAct::ReopenCase if case.filing.is_none() || case.stage == Stage::Voided => Step::ReopenUnfiled,
            CaseAct::ReopenCase => Step::Reopen,
            CaseAct::LocateCase { .. } => Step::Locate,
            CaseAct::JoinReport { .. } => Step::Join,
            CaseAct::LeaveReport { .. } => Step::Leave,
            CaseAct::SeparateCase { to: Stage::Received } => Step::SeparateReceived,
            CaseAct::SeparateCase { to: Stage::AwaitingCheck } => Step::SeparateToCheck,
            CaseAct::SeparateCase { to: Stage::AwaitingFiling } => Step::SeparateToFile,
            CaseAct::SeparateCase { .. } => Step::SeparateFiled,
        }
    }
}

/// Does `act` to `case` as `by` at `now`.
///
/// # Errors
/// Refuses, and changes nothing, when the stage, the post, the department, the separation of handling from verifying, or
/// something that the act needs is missing.
pub fn act(case: Case, by: Doer, act: CaseAct, now: Moment, settings: &Settings) -> Result<(Case, Fact), CaseRefusal> {
    let way = way(act.step(&case), case.stage).ok_or(CaseRefusal::StageElsewhere)?;
    if !way.who.contains(&by.side) {
        return Err(CaseRefusal::PostNotAllowed);
    }
    refuse_others(&case, by)?;
    if way.to.is_over() && !case.stage.is_over() && !case.branches.holds.is_empty() {
        return Err(CaseRefusal::Held);
    }
    needs(&case, by, &act, now)?;
    allows(&case, by, &act, settings)?;
    Ok(done(case, by, act, way, now))
}

/// Does once more what a fact says was done: the way from a log of facts back to the case. None when the fact does not follow
/// the one before it.
pub fn again(case: Case, by: Option<Id>, side: Side, act: CaseAct, at: Moment) -> Option<(Case, Fact)> {
    let way = way(act.step(&case), case.stage)?;
    Some(done(case, Doer { account: by, side, department: None }, act, way, at))
}

/// What the actor is not: of another department, another crew member, another keeper.
pub(super) fn refuse_others(case: &Case, by: Doer) -> Result<(), CaseRefusal> {
    match by.side {
        Side::Department if by.department.is_none() || by.department != case.department => {
            Err(CaseRefusal::DepartmentElsewhere)
        }
        Side::Crew if by.account.is_none() => Err(CaseRefusal::TaskOfAnother),
        // Whom a department chose among its teams may belong to a team below it.
        Side::Crew if case.crew.is_none() && (by.department.is_none() || by.department != case.department) => {
            Err(CaseRefusal::DepartmentElsewhere)
        }
        // A crew member may take a task that nobody was given yet; never one that was given to a colleague.
        Side::Crew if case.crew.is_some() && case.crew != by.account => Err(CaseRefusal::TaskOfAnother),
        Side::Keeper if case.keeper.is_some() && case.keeper != by.account => Err(CaseRefusal::TaskOfAnother),
        _ => Ok(()),
    }
}

/// What the act needs besides the right stage and the right hands.
fn needs(case: &Case, by: Doer, act: &CaseAct, now: Moment) -> Result<(), CaseRefusal> {
    use CaseRefusal as No;
    let handled = |account: Option<Id>| account.is_none_or(|account| case.handlers.contains(&account));
    let branches = &case.branches;
    let limit = case.filing.as_ref().map_or(0, |filing| filing.limit_amount);
    match act {
        CaseAct::AskCheck { .. } if case.source == Source::Keeper => Err(No::KeeperSawIt),
        CaseAct::FileCase { filing: None } => Err(No::ConditionMissing),
        CaseAct::FileCase { .. } if !case.place.is_known() => Err(No::PlaceUnknown),
        CaseAct::FileCase { .. } if case.is_found == Some(false) => Err(No::NothingFound),
        CaseAct::DispatchCase { .. } | CaseAct::SplitCase { .. } | CaseAct::GiveToTerritory { .. }
            if branches.returns_asked >= 2 && by.side != Side::ShiftLeader =>
        {
            Err(No::ReturnedTooOften)
        }
        CaseAct::SplitCase { .. } if case.parent.is_some() => Err(No::PartOfWhole),
        CaseAct::SplitCase { parts, .. } if !(2..=MOST_PARTS).contains(&parts.len()) => Err(No::PartsOutOfRange),
        CaseAct::SplitCase { parts, .. } => {
            let whose: BTreeSet<Id> = parts.iter().map(|part| part.department).collect();
            if whose.len() == parts.len() { Ok(()) } else { Err(No::PartsOutOfRange) }
        }
        CaseAct::EndPart { part, .. } if !branches.parts.iter().any(|one| one.case == *part && !one.is_over) => {
            Err(No::StageElsewhere)
        }
        CaseAct::HandInWork { photos: 0 } => Err(No::PhotoMissing),
        CaseAct::SelfHandle { .. } if case.source != Source::Keeper || case.opened_by != by.account => {
            Err(No::NotOwnReport)
        }
        CaseAct::SelfHandle { before: 0, .. } | CaseAct::SelfHandle { after: 0, .. } => Err(No::BothPhotosMissing),

        CaseAct::AskReturn { .. } | CaseAct::AskPostponement { .. } | CaseAct::AskSuspension { .. }
            if branches.suspension.is_some() =>
        {
            Err(No::Suspended)
        }
        CaseAct::AskReturn { .. } | CaseAct::AskPostponement { .. } | CaseAct::AskSuspension { .. }
            if branches.request.is_some() =>
        {
            Err(No::RequestPending)
        }
        CaseAct::AskVoid { .. } if branches.void_request.is_some() => Err(No::RequestPending),
        CaseAct::AskReturn { .. } if branches.is_return_final => Err(No::ReturnFinal),
        CaseAct::AskPostponement { .. } if case.due_at.is_none_or(|due| now > due) => Err(No::LimitPassed),
        CaseAct::AskPostponement { .. } if case.postponements() >= MOST_POSTPONEMENTS => Err(No::PostponedTwice),
        CaseAct::AskPostponement { amount, .. } if *amount == 0 || i64::from(*amount) > limit => {
            Err(No::AmountTooLarge)
        }
        CaseAct::AskPostponement { documents: 0, .. } => Err(No::DocumentMissing),
        CaseAct::AskSuspension { .. } if branches.suspensions > 0 => Err(No::SuspendedOnce),
        CaseAct::AskSuspension { until, .. } if *until <= now => Err(No::DatePassed),
        CaseAct::AskSuspension { until, .. } if until.0 - now.0 > LONGEST_SUSPENSION => Err(No::SuspensionTooLong),
        CaseAct::DecideRequest { .. } if case.stage == Stage::Returning => {
            decides(branches.request.as_ref(), by)?;
            let is_second = branches.returns_asked >= 2;
            if is_second && by.side != Side::ShiftLeader { Err(No::SecondReturn) } else { Ok(()) }
        }
        CaseAct::DecideRequest { granted: true }
            if branches.request.as_ref().and_then(|request| request.until).is_some_and(|until| until <= now) =>
        {
            Err(No::DatePassed)
        }
        CaseAct::DecideRequest { .. } => decides(branches.request.as_ref(), by),
        CaseAct::DecideVoid { .. } => {
            decides(branches.void_request.as_ref(), by)?;
            if case.stage.is_filed() && handled(by.account) { Err(No::ClosesOwnWork) } else { Ok(()) }
        }
        CaseAct::VoidCase { .. } if case.stage.is_filed() && by.side != Side::Program && handled(by.account) => {
            Err(No::ClosesOwnWork)
        }
        CaseAct::JoinReport { .. } if case.parent.is_some() => Err(No::PartOfWhole),
        CaseAct::ResumeCase if branches.suspension.is_none() => Err(No::StageElsewhere),
        CaseAct::ResumeCase
            if by.side == Side::Program && branches.suspension.is_some_and(|suspended| suspended.until > now) =>
        {
            Err(No::Suspended)
        }
        CaseAct::SuperviseCase { words, .. } | CaseAct::AnswerOrder { words, .. } if words.trim().is_empty() => {
            Err(No::WordsMissing)
        }
        CaseAct::SuperviseCase { answer_by, .. } if *answer_by <= now => Err(No::DatePassed),
        CaseAct::AnswerOrder { number, .. } => {
            let order = branches.orders.iter().find(|order| order.number == *number && order.answered_at.is_none());
            match order {
                None => Err(No::NoOrder),
                Some(order) if order.by.is_some() && order.by == by.account => Err(No::OwnRequest),
                Some(_) => Ok(()),
            }
        }
        CaseAct::MarkUrgent if case.is_urgent => Err(No::StageElsewhere),
        CaseAct::ClearUrgent if !case.is_urgent => Err(No::StageElsewhere),
        CaseAct::Hold { by, .. } if is_held(case, *by) => Err(No::StageElsewhere),
        CaseAct::Unhold { by } if !is_held(case, *by) => Err(No::StageElsewhere),

        CaseAct::AskVerification { keeper: Some(keeper) } if handled(Some(*keeper)) => Err(No::VerifiesOwnWork),
        CaseAct::VerifyCase { .. } if handled(by.account) => Err(No::VerifiesOwnWork),
        CaseAct::VerifyCase { .. } if by.department.is_some() && by.department == case.department => {
            Err(No::VerifiesOwnWork)
        }
        CaseAct::CloseCase | CaseAct::ForceClose { .. } if handled(by.account) => Err(No::ClosesOwnWork),
        CaseAct::ReopenCase if case.parent.is_some() => Err(No::PartOfWhole),
        CaseAct::SeparateCase { .. } if case.outcome != Some(Outcome::Duplicate) => Err(No::StageElsewhere),
        CaseAct::SeparateCase { .. } if case.parent.is_some() => Err(No::PartOfWhole),

        CaseAct::AppealLateness { .. } if branches.appeal.is_some() => Err(No::AppealedBefore),
        CaseAct::AppealLateness { .. } if !case.is_overdue(now) => Err(No::NotLate),
        CaseAct::ReviewAppeal { .. } => match branches.appeal.as_ref().filter(|appeal| appeal.is_granted.is_none()) {
            None => Err(No::NoAppeal),
            Some(appeal) if by.account.is_none() || appeal.first == by.account => Err(No::ReviewedBefore),
            Some(_) if handled(by.account) => Err(No::OwnRequest),
            Some(_) => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whoever asked does not decide.
fn decides(request: Option<&Request>, by: Doer) -> Result<(), CaseRefusal> {
    match request {
        Some(request) if request.by.is_some() && request.by == by.account => Err(CaseRefusal::OwnRequest),
        Some(_) => Ok(()),
        None => Err(CaseRefusal::StageElsewhere),
    }
}

/// What this city leaves to this side.
fn allows(case: &Case, by: Doer, act: &CaseAct, settings: &Settings) -> Result<(), CaseRefusal> {
    let request = case.branches.request.as_ref();
    let kind = request.map(|request| request.kind);
    match act {
        CaseAct::VoidCase { .. } if by.side != Side::Program && !settings.void.contains(&by.side) => {
            Err(CaseRefusal::VoidNeedsApproval)
        }
        CaseAct::ReviewAppeal { .. } if !settings.appeal.contains(&by.side) => Err(CaseRefusal::PostNotAllowed),
        CaseAct::DecideVoid { .. } if !settings.void.contains(&by.side) => Err(CaseRefusal::VoidNeedsApproval),
        CaseAct::DecideRequest { .. }
            if kind == Some(RequestKind::Suspend) && !settings.suspension.contains(&by.side) =>
        {
            Err(CaseRefusal::BeyondPower)
        }
        CaseAct::DecideRequest { granted: true }
            if kind == Some(RequestKind::Postpone) && !may_grant(case, by.side, settings) =>
        {
            Err(CaseRefusal::BeyondPower)
        }
        CaseAct::DecideRequest { granted: false }
            if kind == Some(RequestKind::Postpone) && !may_refuse(case, by.side, settings) =>
        {
            Err(CaseRefusal::BeyondPower)
        }
        _ => Ok(()),
    }
}

/// Whether somebody may strike a case off alone (作废): a side that the city names for it, and of a filed case nobody who
/// had a part in it.
pub fn may_strike_off(case: &Case, by: Doer, settings: &Settings) -> bool {
    let had_a_part = by.account.is_none_or(|account| case.handlers.contains(&account));
    settings.void.contains(&by.side) && !(case.stage.is_filed() && had_a_part)
}

/// How much of the original limit each side may grant this time, percent.
fn powers<'a>(case: &Case, settings: &'a Settings) -> &'a [(Side, u32)] {
    let nth = usize::try_from(case.postponements()).unwrap_or(1).min(1);
    &settings.postponements[nth]
}

/// Whether a side may grant what the department asks for: for a postponement, as much more time as that.
pub fn may_grant(case: &Case, side: Side, settings: &Settings) -> bool {
    deciders(case, settings).contains(&side)
}

/// Whether a side may refuse more time: whoever may grant some of it.
pub fn may_refuse(case: &Case, side: Side, settings: &Settings) -> bool {
    powers(case, settings).iter().any(|(able, _)| *able == side)
}

/// Who may grant what the department asks for; empty when it asks for nothing.
pub fn deciders(case: &Case, settings: &Settings) -> Vec<Side> {
    let Some(request) = &case.branches.request else { return Vec::new() };
    match request.kind {
        RequestKind::Return if case.branches.returns_asked >= 2 => SHIFT.to_vec(),
        RequestKind::Return => COMMAND.to_vec(),
        RequestKind::Suspend => settings.suspension.clone(),
        RequestKind::Void => settings.void.clone(),
        RequestKind::Postpone => {
            let limit = case.filing.as_ref().map_or(0, |filing| filing.limit_amount);
            let able = powers(case, settings).iter();
            let able = able.filter(|(_, most)| i64::from(request.amount) * 100 <= limit * i64::from(*most));
            let mut sides: Vec<Side> = able.map(|(side, _)| *side).collect();
            sides.dedup();
            sides
        }
    }
}

fn is_held(case: &Case, by: Id) -> bool {
    case.branches.holds.iter().any(|hold| hold.by == by)
}

/// The case after the act, and the fact that it leaves.
fn done(mut case: Case, by: Doer, act: CaseAct, way: Way, now: Moment) -> (Case, Fact) {
    let mut fact = Fact {
        case: case.id,
        what: way.what,
        by: by.account,
        side: by.side,
        at: now,
        stage: way.to,
        revision: case.revision + 1,
        reason: None,
        about: None,
        due_at: None,
        act: Some(act.clone()),
    };
    if way.to != case.stage {
        case.stage_since_at = now;
    }
    case.stage = way.to;
    case.revision += 1;
    let ask = |kind, reason: &str, amount, until| Request {
        kind,
        by: by.account,
        side: by.side,
        at: now,
        reason: reason.to_owned(),
        amount,
        until,
        into: None,
    };
    match act {
        CaseAct::AcceptReport => {}
        CaseAct::AskCheck { keeper } => {
            (case.keeper, case.is_found) = (keeper, None);
            fact.about = keeper;
        }
        CaseAct::ReportCheck { found } => (case.keeper, case.is_found) = (None, Some(found)),
        CaseAct::FileCase { filing } => {
            if let Some(filing) = &filing {
                case.code_set.clone_from(&filing.code_set);
                case.kind.clone_from(&filing.kind);
                case.code.clone_from(&filing.code);
                // 紧急工作时 run through the night: so must those who mend it.
                case.is_urgent |= Unit::of(&filing.limit_unit) == Some(Unit::UrgentHour);
            }
            case.filing = filing;
        }
        CaseAct::DeclineReport { reason } => {
            end(&mut case, reason.outcome(), now);
            fact.reason = Some(reason.text());
        }
        CaseAct::SelfHandle { is_sampled, .. } => {
            case.branches.is_self_handled = true;
            case.handlers.extend(by.account);
            if !is_sampled {
                end(&mut case, Outcome::SelfHandled, now);
            }
        }
        CaseAct::DispatchCase { department } => {
            give(&mut case, department, by);
            fact.about = Some(department);
        }
        CaseAct::GiveToTerritory { department } => {
            give(&mut case, department, by);
            case.branches.is_return_final = true;
            fact.about = Some(department);
            fact.reason = Some("territory");
        }
        CaseAct::SplitCase { parts, due } => {
            (case.branches.parts_due_at, fact.due_at) = (due, due);
            (case.department, case.crew, case.keeper) = (None, None, None);
            case.handlers.extend(by.account);
            case.branches.parts_made += u32::try_from(parts.len()).unwrap_or(0);
            case.branches.parts = parts;
        }
        CaseAct::MoveParts { due } => (case.branches.parts_due_at, fact.due_at) = (due, due),
        CaseAct::EndPart { part, is_fixed, is_forced, handlers } => {
            for one in case.branches.parts.iter_mut().filter(|one| one.case == part) {
                (one.is_over, one.is_fixed, one.is_forced) = (true, is_fixed, is_forced);
            }
            case.handlers.extend(handlers);
            fact.about = Some(part);
            if way.to == Stage::AwaitingDispatch {
                // Nobody has it: it is due again when it is dispatched.
                case.branches.parts.clear();
                (case.branches.parts_due_at, case.due_at) = (None, None);
            }
        }
        CaseAct::AssignCrew { crew } => {
            case.crew = Some(crew);
            case.handlers.extend(by.account);
            case.handlers.insert(crew);
            fact.about = Some(crew);
        }
        CaseAct::AcceptTask => {
            case.crew = by.account;
            case.handlers.extend(by.account);
        }
        CaseAct::HandInWork { .. } | CaseAct::RedoWork => case.handlers.extend(by.account),
        CaseAct::FeedBack => {
            case.fed_back_at = Some(now);
            case.keeper = None;
            case.handlers.extend(by.account);
            settle_requests(&mut case);
        }
        CaseAct::AskReturn { reason } => {
            case.branches.returns_asked += 1;
            case.branches.request = Some(ask(RequestKind::Return, reason.text(), 0, None));
            case.handlers.extend(by.account);
            (fact.about, fact.reason) = (case.department, Some(reason.text()));
        }
        CaseAct::AskPostponement { reason, amount, .. } => {
            case.branches.request = Some(ask(RequestKind::Postpone, reason.text(), amount, None));
            fact.reason = Some(reason.text());
        }
        CaseAct::AskSuspension { reason, until } => {
            case.branches.request = Some(ask(RequestKind::Suspend, reason.text(), 0, Some(until)));
            fact.reason = Some(reason.text());
        }
        CaseAct::AskVoid { reason, into } => {
            case.branches.void_request = Some(Request { into, ..ask(RequestKind::Void, reason.text(), 0, None) });
            fact.reason = Some(reason.text());
        }
        CaseAct::DecideRequest { granted } => {
            if let Some(request) = case.branches.request.take() {
                decide(&mut case, &mut fact, &request, granted, by, now);
            }
        }
        CaseAct::DecideVoid { granted } => {
            if let Some(request) = case.branches.void_request.take() {
                decide(&mut case, &mut fact, &request, granted, by, now);
            }
        }
        CaseAct::ResumeCase => case.branches.suspension = None,
        CaseAct::SuperviseCase { words, answer_by } => {
            let number = u32::try_from(case.branches.orders.len()).unwrap_or(u32::MAX).saturating_add(1);
            let order = Order { number, by: by.account, at: now, words, answer_by, answered_at: None };
            case.branches.orders.push(order);
        }
        CaseAct::AnswerOrder { number, .. } => {
            for order in case.branches.orders.iter_mut().filter(|order| order.number == number) {
                order.answered_at = Some(now);
            }
        }
        CaseAct::MarkUrgent => case.is_urgent = true,
        CaseAct::ClearUrgent => case.is_urgent = false,
        CaseAct::Hold { by, number } => {
            case.branches.holds.push(Hold { by, number });
            fact.about = Some(by);
        }
        CaseAct::Unhold { by } => {
            case.branches.holds.retain(|hold| hold.by != by);
            fact.about = Some(by);
        }
        CaseAct::AskVerification { keeper } => {
            case.keeper = keeper;
            fact.about = keeper;
        }
        CaseAct::VerifyCase { passed: true } => case.keeper = None,
        CaseAct::VerifyCase { passed: false } | CaseAct::SendBack => {
            case.rework_count += 1;
            (case.keeper, case.fed_back_at) = (None, None);
            fact.about = case.department;
            case.branches.is_self_handled = false;
            if way.to == Stage::AwaitingDispatch {
                // Nobody has it: it is due again when it is dispatched.
                case.branches.parts.clear();
                (case.branches.parts_due_at, case.due_at) = (None, None);
            }
        }
        CaseAct::CloseCase if way.what == Happened::CaseForceClosed => {
            end(&mut case, Outcome::Forced, now);
            fact.reason = Some(ForceReason::PartUnsolved.text());
        }
        CaseAct::CloseCase => {
            let outcome = if case.branches.is_self_handled { Outcome::SelfHandled } else { Outcome::Fixed };
            end(&mut case, outcome, now);
        }
        CaseAct::VoidCase { reason } => {
            end(&mut case, reason.outcome(), now);
            fact.reason = Some(reason.text());
        }
        CaseAct::ForceClose { reason } => {
            end(&mut case, Outcome::Forced, now);
            case.handlers.extend(by.account);
            fact.reason = Some(reason.text());
        }
        CaseAct::AppealLateness { reason } => {
            let department = case.department;
            let appeal = Appeal { by: by.account, at: now, department, reason, first: None, is_granted: None };
            case.branches.appeal = Some(appeal);
            fact.reason = Some(reason.text());
            fact.about = case.department;
        }
        CaseAct::ReviewAppeal { accepts } => {
            if let Some(appeal) = &mut case.branches.appeal {
                match (accepts, appeal.first) {
                    (true, None) => appeal.first = by.account,
                    _ => appeal.is_granted = Some(accepts),
                }
                fact.about = appeal.department;
            }
        }
        CaseAct::ReopenCase => {
            case.reopen_count += 1;
            if way.to == Stage::Received {
                case.filing = None;
            }
            (case.outcome, case.closed_at, case.due_at, case.fed_back_at) = (None, None, None, None);
            (case.department, case.crew, case.keeper, case.is_found) = (None, None, None, None);
            // What was asked for and granted belongs to the round that is over; an appeal is made once for the case.
            let Branches { orders, appeal, parts_made, .. } = std::mem::take(&mut case.branches);
            case.branches = Branches { orders, appeal, parts_made, ..Branches::default() };
        }
        CaseAct::LocateCase { place, .. } => case.place = place,
        CaseAct::JoinReport { report } | CaseAct::LeaveReport { report } => fact.about = Some(report),
        CaseAct::SeparateCase { .. } => {
            (case.outcome, case.closed_at, case.keeper) = (None, None, None);
            if way.to == Stage::AwaitingDispatch {
                // Nobody has it: it is due again when it is dispatched.
                (case.department, case.crew, case.due_at, case.fed_back_at) = (None, None, None, None);
                case.branches.parts.clear();
                case.branches.parts_due_at = None;
            }
        }
    }
    (case, fact)
}

/// A department gets the case.
fn give(case: &mut Case, department: Id, by: Doer) {
    (case.department, case.crew, case.keeper, case.fed_back_at) = (Some(department), None, None, None);
    case.handlers.extend(by.account);
}

/// What a decision changes.
fn decide(case: &mut Case, fact: &mut Fact, request: &Request, granted: bool, by: Doer, now: Moment) {
    fact.about = case.department;
    match (request.kind, granted) {
        (RequestKind::Return, true) => {
            case.return_count += 1;
            (case.department, case.crew) = (None, None);
            case.handlers.extend(by.account);
            case.branches.is_return_final = case.branches.returns_asked >= 2;
            fact.reason = ReturnReason::read(&request.reason).map(ReturnReason::text);
        }
        (RequestKind::Return, false) => {
            case.handlers.extend(by.account);
            case.branches.is_return_final = case.branches.returns_asked >= 2;
        }
        (RequestKind::Postpone, true) => {
            let department = case.department.unwrap_or_default();
            match case.branches.postponed.iter_mut().find(|(whose, _)| *whose == department) {
                Some((_, count)) => *count += 1,
                None => case.branches.postponed.push((department, 1)),
            }
        }
        (RequestKind::Suspend, true) => {
            let reason = SuspendReason::read(&request.reason).unwrap_or(SuspendReason::Unresolved);
            let until = request.until.unwrap_or(now);
            case.branches.suspension = Some(Suspension { reason, since: now, until });
            case.branches.suspensions += 1;
            fact.reason = Some(reason.text());
        }
        (RequestKind::Void, true) => {
            let reason = VoidReason::read(&request.reason).unwrap_or(VoidReason::FiledInError);
            end(case, reason.outcome(), now);
            fact.reason = Some(reason.text());
        }
        (RequestKind::Postpone | RequestKind::Suspend | RequestKind::Void, false) => {}
    }
}

/// Requests about a clock that has stopped ask for nothing any more.
fn settle_requests(case: &mut Case) {
    (case.branches.request, case.branches.suspension) = (None, None);
}

fn end(case: &mut Case, outcome: Outcome, now: Moment) {
    case.outcome = Some(outcome);
    case.closed_at = Some(now);
    case.keeper = None;
    case.branches.void_request = None;
    settle_requests(case);
}

/// The workflow as a Mermaid diagram and a table, drawn from [`way`].
pub fn diagram() -> String {
    let mut lines = String::from(
        "# A case, stage by stage\n\nDrawn from `src/cases/case.rs`; a test compares. `STEWARD_BLESS=1 cargo test --lib cases` \
         draws it again.\n\n```mermaid\nstateDiagram-v2\n    direction TB\n    [*] --> received\n",
    );
    let mut table =
        String::from("\n| from | step | to | who | what happened | citizen sees it |\n|---|---|---|---|---|---|\n");
    for &from in Stage::ALL {
        for &step in Step::ALL {
            let Some(way) = way(step, from) else { continue };
            if way.to != from && !matches!(step, Step::Void | Step::GrantVoid | Step::ForceClose) {
                let name = |stage: Stage| stage.text().replace('-', "_");
                lines.push_str(&format!("    {} --> {}: {step}\n", name(from), name(way.to)));
            }
            let who: Vec<&str> = way.who.iter().map(|side| side.text()).collect();
            let public = if way.what.is_public() { "yes" } else { "no" };
            table.push_str(&format!(
                "| {from} | {step} | {} | {} | {} | {public} |\n",
                way.to,
                who.join(", "),
                way.what
            ));
        }
    }
    lines.push_str("    closed --> [*]\n    declined --> [*]\n    voided --> [*]\n    note right of voided: any open case may be struck off\n    note right of closed: a shift leader may close any filed case by force\n```\n");
    lines + &table
}

#[cfg(test)]
#[path = "case_tests.rs"]
mod tests;
