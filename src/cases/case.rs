//! A case (案卷): one problem that the city has taken on, and the only ways it may move.
//!
//! The workflow is the one `match` in [`way`]. Everything else here asks what an act needs besides the right stage and the
//! right desk: a filing condition, a photograph, a reason, a second pair of eyes. Two axes are kept apart: whoever handled a
//! case (dispatched it, assigned it, did the work, handed it back) may neither verify nor close it.
//!
//! The branches that leave a case where it is (postponing 延期, suspending 挂账, supervising 督办, a clock that pauses) belong
//! between "handling" and "feedback" in [`way`]; they change `due_at` and the clock, never the stage's meaning.

use crate::kit::clock::Moment;
use crate::kit::id::Id;
use serde::Serialize;
use std::collections::BTreeSet;

/// How often departments may push a case back before only a shift leader may dispatch it again.
pub const RETURNS_BEFORE_SHIFT_LEADER: u32 = 2;

/// Writes an enum whose variants have one text each: for the database, for the keys of sentences, for the diagram.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
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
    }
}

/// The filing condition under which a case is filed, with its limit as it read that day: later changes of the standard do
/// not move a case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
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
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
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
#[derive(Clone, PartialEq, Debug, Serialize)]
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
    /// When the department's limit ends.
    pub due_at: Option<Moment>,
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
    /// How often departments pushed it back (回退).
    pub return_count: u32,
    /// How often it was opened again.
    pub reopen_count: u32,
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
            fed_back_at: None,
            opened_at: now,
            stage_since_at: now,
            closed_at: None,
            outcome: None,
            rework_count: 0,
            return_count: 0,
            reopen_count: 0,
            revision: 1,
        }
    }

    /// Whether the department's limit has passed, at `now` or when it answered.
    pub fn is_overdue(&self, now: Moment) -> bool {
        self.due_at.is_some_and(|due| self.fed_back_at.or(self.closed_at).unwrap_or(now) > due)
    }
}

/// What somebody does to a case.
#[derive(Clone, PartialEq, Debug)]
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
        /// Until when.
        due: Moment,
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
    /// 回退: the department pushes it back to the dispatcher.
    ReturnCase {
        /// Why.
        reason: ReturnReason,
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
    /// Open it again.
    ReopenCase,
    /// Say where it is.
    LocateCase {
        /// Where.
        place: Place,
    },
    /// Another report of the same problem.
    JoinReport {
        /// The report.
        report: Id,
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
        /// 回退.
        Return = "return",
        /// 请求核查.
        AskVerification = "ask-verification",
        /// 核查通过.
        VerifyPassed = "verify-passed",
        /// 核查不通过.
        VerifyFailed = "verify-failed",
        /// 结案.
        Close = "close",
        /// 返工.
        SendBack = "send-back",
        /// 作废.
        Void = "void",
        /// 重新打开 of what was declined or struck off: it begins anew.
        ReopenUnfiled = "reopen-unfiled",
        /// 重新打开.
        Reopen = "reopen",
        /// 定位.
        Locate = "locate",
        /// 合并举报.
        Join = "join",
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
        /// Pushed back to the dispatcher.
        CaseReturned = "case-returned",
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
        /// Opened again.
        CaseReopened = "case-reopened",
        /// Put in its place.
        CaseLocated = "case-located",
        /// Another report joined.
        ReportJoined = "report-joined",
    }
}

impl Happened {
    /// Whether the citizen's page tells it.
    pub const fn is_public(self) -> bool {
        match self {
            Happened::ReportAccepted
            | Happened::CaseFiled
            | Happened::ReportDeclined
            | Happened::CaseDispatched
            | Happened::TaskAccepted
            | Happened::WorkHandedIn
            | Happened::VerificationPassed
            | Happened::VerificationFailed
            | Happened::CaseClosed
            | Happened::CaseSentBack
            | Happened::CaseVoided
            | Happened::CaseReopened => true,
            Happened::CaseOpened
            | Happened::CheckAsked
            | Happened::CheckFound
            | Happened::CheckFoundNothing
            | Happened::CrewAssigned
            | Happened::CaseFedBack
            | Happened::WorkRejected
            | Happened::CaseReturned
            | Happened::VerificationAsked
            | Happened::CaseLocated
            | Happened::ReportJoined => false,
        }
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
    /// The due moment is not in the future.
    DuePassed,
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
        CaseRefusal::DuePassed,
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
            CaseRefusal::DuePassed => "cases-refusal-due-passed",
        }
    }
}

/// The supervising axis at its desk: it takes on, files, asks for verification and closes.
const DESK: &[Side] = &[Side::Acceptor, Side::ShiftLeader];
/// The shift leader alone.
const LEADER: &[Side] = &[Side::ShiftLeader];
/// The commanding axis; a case that came back too often is for the shift leader.
const COMMAND: &[Side] = &[Side::Dispatcher, Side::ShiftLeader];
/// Eyes on site.
const KEEPER: &[Side] = &[Side::Keeper];
/// The department's own desk.
const DEPARTMENT: &[Side] = &[Side::Department];
/// The hands.
const CREW: &[Side] = &[Side::Crew];
/// The citizen, or the desk on the citizen's word.
const ASKERS: &[Side] = &[Side::Citizen, Side::Acceptor, Side::ShiftLeader];

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

        // 任务派遣: a department gets it, and may push it back.
        (Step::Dispatch, S::AwaitingDispatch) => (S::Dispatched, H::CaseDispatched, COMMAND),
        (Step::Return, S::Dispatched | S::Handling) => (S::AwaitingDispatch, H::CaseReturned, DEPARTMENT),

        // 任务处理, 处理反馈: a crew does it, its department answers for it.
        (Step::AssignCrew, S::Dispatched | S::Handling) => (S::Dispatched, H::CrewAssigned, DEPARTMENT),
        (Step::AcceptTask, S::Dispatched) => (S::Handling, H::TaskAccepted, CREW),
        (Step::HandIn, S::Handling) => (S::AwaitingFeedback, H::WorkHandedIn, CREW),
        (Step::Redo, S::AwaitingFeedback) => (S::Handling, H::WorkRejected, DEPARTMENT),
        (Step::FeedBack, S::AwaitingFeedback) => (S::AwaitingVerification, H::CaseFedBack, DEPARTMENT),

        // 核查结案: somebody else looks; it is fixed, or it goes back to the same department.
        (Step::AskVerification, S::AwaitingVerification | S::Verifying) => (S::Verifying, H::VerificationAsked, DESK),
        (Step::VerifyPassed, S::Verifying) => (S::AwaitingClosing, H::VerificationPassed, KEEPER),
        (Step::VerifyFailed, S::Verifying) => (S::Dispatched, H::VerificationFailed, KEEPER),
        (Step::Close, S::AwaitingClosing) => (S::Closed, H::CaseClosed, DESK),
        (Step::SendBack, S::AwaitingVerification | S::AwaitingClosing) => (S::Dispatched, H::CaseSentBack, DESK),

        // Ends and returns.
        (Step::Void, from) if !from.is_over() => (S::Voided, H::CaseVoided, LEADER),
        (Step::ReopenUnfiled, S::Declined | S::Voided) => (S::Received, H::CaseReopened, ASKERS),
        (Step::Reopen, S::Closed) => (S::AwaitingDispatch, H::CaseReopened, ASKERS),

        // What is learned on the way leaves the case where it is.
        (Step::Locate, S::Received | S::AwaitingCheck | S::AwaitingFiling | S::AwaitingDispatch) => {
            (from, H::CaseLocated, DESK)
        }
        (Step::Join, from) if !from.is_over() => (from, H::ReportJoined, DESK),
        _ => return None,
    };
    Some(Way { to, what, who })
}

impl CaseAct {
    /// The line of the workflow that this act follows for this case.
    pub fn step(&self, case: &Case) -> Step {
        match self {
            CaseAct::AcceptReport if case.source == Source::Keeper => Step::AcceptKeepers,
            CaseAct::AcceptReport => Step::Accept,
            CaseAct::AskCheck { .. } => Step::AskCheck,
            CaseAct::ReportCheck { found: true } => Step::CheckFound,
            CaseAct::ReportCheck { found: false } => Step::CheckNothing,
            CaseAct::FileCase { .. } => Step::File,
            CaseAct::DeclineReport { .. } => Step::Decline,
            CaseAct::DispatchCase { .. } => Step::Dispatch,
            CaseAct::AssignCrew { .. } => Step::AssignCrew,
            CaseAct::AcceptTask => Step::AcceptTask,
            CaseAct::HandInWork { .. } => Step::HandIn,
            CaseAct::FeedBack => Step::FeedBack,
            CaseAct::RedoWork => Step::Redo,
            CaseAct::ReturnCase { .. } => Step::Return,
            CaseAct::AskVerification { .. } => Step::AskVerification,
            CaseAct::VerifyCase { passed: true } => Step::VerifyPassed,
            CaseAct::VerifyCase { passed: false } => Step::VerifyFailed,
            CaseAct::CloseCase => Step::Close,
            CaseAct::SendBack => Step::SendBack,
            CaseAct::VoidCase { .. } => Step::Void,
            CaseAct::ReopenCase if case.filing.is_none() || case.stage == Stage::Voided => Step::ReopenUnfiled,
            CaseAct::ReopenCase => Step::Reopen,
            CaseAct::LocateCase { .. } => Step::Locate,
            CaseAct::JoinReport { .. } => Step::Join,
        }
    }
}

/// Does `act` to `case` as `by` at `now`.
///
/// # Errors
/// Refuses, and changes nothing, when the stage, the post, the department, the separation of handling from verifying, or
/// something that the act needs is missing.
pub fn act(case: Case, by: Doer, act: CaseAct, now: Moment) -> Result<(Case, Fact), CaseRefusal> {
    let way = way(act.step(&case), case.stage).ok_or(CaseRefusal::StageElsewhere)?;
    if !way.who.contains(&by.side) {
        return Err(CaseRefusal::PostNotAllowed);
    }
    refuse_others(&case, by)?;
    needs(&case, by, &act, now)?;
    Ok(done(case, by, act, way, now))
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
    let handled = |account: Option<Id>| account.is_none_or(|account| case.handlers.contains(&account));
    match act {
        CaseAct::AskCheck { .. } if case.source == Source::Keeper => Err(CaseRefusal::KeeperSawIt),
        CaseAct::FileCase { filing: None } => Err(CaseRefusal::ConditionMissing),
        CaseAct::FileCase { .. } if !case.place.is_known() => Err(CaseRefusal::PlaceUnknown),
        CaseAct::FileCase { .. } if case.is_found == Some(false) => Err(CaseRefusal::NothingFound),
        CaseAct::DispatchCase { .. }
            if case.return_count >= RETURNS_BEFORE_SHIFT_LEADER && by.side != Side::ShiftLeader =>
        {
            Err(CaseRefusal::ReturnedTooOften)
        }
        CaseAct::DispatchCase { due, .. } if *due <= now => Err(CaseRefusal::DuePassed),
        CaseAct::HandInWork { photos: 0 } => Err(CaseRefusal::PhotoMissing),
        CaseAct::AskVerification { keeper: Some(keeper) } if handled(Some(*keeper)) => {
            Err(CaseRefusal::VerifiesOwnWork)
        }
        CaseAct::VerifyCase { .. } if handled(by.account) => Err(CaseRefusal::VerifiesOwnWork),
        CaseAct::VerifyCase { .. } if by.department.is_some() && by.department == case.department => {
            Err(CaseRefusal::VerifiesOwnWork)
        }
        CaseAct::CloseCase if handled(by.account) => Err(CaseRefusal::ClosesOwnWork),
        _ => Ok(()),
    }
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
    };
    if way.to != case.stage {
        case.stage_since_at = now;
    }
    case.stage = way.to;
    case.revision += 1;
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
            }
            case.filing = filing;
        }
        CaseAct::DeclineReport { reason } => {
            end(&mut case, reason.outcome(), now);
            fact.reason = Some(reason.text());
        }
        CaseAct::DispatchCase { department, due } => {
            (case.department, case.crew, case.keeper) = (Some(department), None, None);
            (case.due_at, case.fed_back_at) = (Some(due), None);
            case.handlers.extend(by.account);
            (fact.about, fact.due_at) = (Some(department), Some(due));
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
        }
        CaseAct::ReturnCase { reason } => {
            case.return_count += 1;
            fact.about = case.department;
            (case.department, case.crew, case.due_at) = (None, None, None);
            case.handlers.extend(by.account);
            fact.reason = Some(reason.text());
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
        }
        CaseAct::CloseCase => end(&mut case, Outcome::Fixed, now),
        CaseAct::VoidCase { reason } => {
            let outcome = if reason == VoidReason::Duplicate { Outcome::Duplicate } else { Outcome::Voided };
            end(&mut case, outcome, now);
            fact.reason = Some(reason.text());
        }
        CaseAct::ReopenCase => {
            case.reopen_count += 1;
            if way.to == Stage::Received {
                case.filing = None;
            }
            (case.outcome, case.closed_at, case.due_at, case.fed_back_at) = (None, None, None, None);
            (case.department, case.crew, case.keeper, case.is_found) = (None, None, None, None);
        }
        CaseAct::LocateCase { place } => case.place = place,
        CaseAct::JoinReport { report } => fact.about = Some(report),
    }
    (case, fact)
}

fn end(case: &mut Case, outcome: Outcome, now: Moment) {
    case.outcome = Some(outcome);
    case.closed_at = Some(now);
    case.keeper = None;
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
            if way.to != from && step != Step::Void {
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
    lines.push_str("    closed --> [*]\n    declined --> [*]\n    voided --> [*]\n    note right of voided: a shift leader may void any open case\n```\n");
    lines + &table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Moment = Moment(1_700_000_000_000);

    fn place() -> Place {
        Place {
            lon: Some(114.05),
            lat: Some(22.54),
            coordinates: "wgs84".into(),
            cell: "440304001001001".into(),
            ..Place::default()
        }
    }
    fn case(source: Source) -> Case {
        Case::open(7, "20231114-0001".into(), "井盖破损".into(), place(), source, false, NOW)
    }
    fn filing() -> Option<Filing> {
        Some(Filing {
            code_set: "gbt30428".into(),
            kind: "component".into(),
            code: "0101".into(),
            condition: "0101-1".into(),
            limit_amount: 4,
            limit_unit: "working-hours".into(),
            catalog_version: "2025-01-01".into(),
            calendar_version: "2026".into(),
        })
    }
    fn by(account: Id, side: Side, department: Option<Id>) -> Doer {
        Doer { account: (side != Side::Citizen).then_some(account), side, department }
    }
    fn run(mut case: Case, acts: Vec<(Doer, CaseAct)>) -> Result<(Case, Vec<Fact>), CaseRefusal> {
        let mut facts = vec![];
        for (doer, next) in acts {
            let (after, fact) = act(case, doer, next, NOW)?;
            case = after;
            facts.push(fact);
        }
        Ok((case, facts))
    }

    /// The straight way; accounts: 1 acceptor, 2 keeper, 3 dispatcher, 4 department desk, 5 crew, 6 shift leader.
    fn straight() -> Vec<(Doer, CaseAct)> {
        vec![
            (by(1, Side::Acceptor, None), CaseAct::AcceptReport),
            (by(2, Side::Keeper, None), CaseAct::ReportCheck { found: true }),
            (by(1, Side::Acceptor, None), CaseAct::FileCase { filing: filing() }),
            (by(3, Side::Dispatcher, None), CaseAct::DispatchCase { department: 50, due: NOW.plus(1) }),
            (by(4, Side::Department, Some(50)), CaseAct::AssignCrew { crew: 5 }),
            (by(5, Side::Crew, Some(50)), CaseAct::AcceptTask),
            (by(5, Side::Crew, Some(50)), CaseAct::HandInWork { photos: 1 }),
            (by(4, Side::Department, Some(50)), CaseAct::FeedBack),
            (by(1, Side::Acceptor, None), CaseAct::AskVerification { keeper: None }),
            (by(2, Side::Keeper, None), CaseAct::VerifyCase { passed: true }),
            (by(6, Side::ShiftLeader, None), CaseAct::CloseCase),
        ]
    }

    #[test]
    fn the_straight_way_ends_fixed() {
        let (case, facts) = run(case(Source::Citizen), straight()).unwrap();
        assert_eq!((case.stage, case.outcome, case.revision), (Stage::Closed, Some(Outcome::Fixed), 12));
        assert_eq!(facts.len(), 11);
        assert_eq!(case.handlers.iter().copied().collect::<Vec<_>>(), [3, 4, 5]);
    }

    #[test]
    fn a_keepers_own_report_skips_the_check() {
        let (after, _) = act(case(Source::Keeper), by(1, Side::Acceptor, None), CaseAct::AcceptReport, NOW).unwrap();
        assert_eq!(after.stage, Stage::AwaitingFiling);
        let again = act(after, by(1, Side::Acceptor, None), CaseAct::AskCheck { keeper: None }, NOW);
        assert_eq!(again.unwrap_err(), CaseRefusal::KeeperSawIt);
    }

    #[test]
    fn each_refusal_has_a_reason_a_person_can_meet() {
        let after = |acts: usize| run(case(Source::Citizen), straight().into_iter().take(acts).collect()).unwrap().0;
        let refused = |case: Case, doer, next| act(case, doer, next, NOW).unwrap_err();
        let desk = by(1, Side::Acceptor, None);
        assert_eq!(refused(after(0), desk, CaseAct::CloseCase), CaseRefusal::StageElsewhere);
        assert_eq!(refused(after(0), by(5, Side::Crew, Some(50)), CaseAct::AcceptReport), CaseRefusal::PostNotAllowed);
        assert_eq!(refused(after(2), desk, CaseAct::FileCase { filing: None }), CaseRefusal::ConditionMissing);
        let mut nowhere = after(2);
        nowhere.place = Place::default();
        assert_eq!(refused(nowhere, desk, CaseAct::FileCase { filing: filing() }), CaseRefusal::PlaceUnknown);
        let mut nothing = after(2);
        nothing.is_found = Some(false);
        assert_eq!(refused(nothing, desk, CaseAct::FileCase { filing: filing() }), CaseRefusal::NothingFound);
        let late = CaseAct::DispatchCase { department: 50, due: NOW };
        assert_eq!(refused(after(3), by(3, Side::Dispatcher, None), late), CaseRefusal::DuePassed);
        let mut bounced = after(3);
        bounced.return_count = 2;
        let again = CaseAct::DispatchCase { department: 50, due: NOW.plus(1) };
        assert_eq!(
            refused(bounced.clone(), by(3, Side::Dispatcher, None), again.clone()),
            CaseRefusal::ReturnedTooOften
        );
        assert!(act(bounced, by(6, Side::ShiftLeader, None), again, NOW).is_ok());
        let other = by(9, Side::Department, Some(51));
        assert_eq!(refused(after(4), other, CaseAct::AssignCrew { crew: 5 }), CaseRefusal::DepartmentElsewhere);
        assert_eq!(refused(after(5), by(8, Side::Crew, Some(50)), CaseAct::AcceptTask), CaseRefusal::TaskOfAnother);
        let empty = CaseAct::HandInWork { photos: 0 };
        assert_eq!(refused(after(6), by(5, Side::Crew, Some(50)), empty), CaseRefusal::PhotoMissing);
        let own = CaseAct::AskVerification { keeper: Some(5) };
        assert_eq!(refused(after(8), desk, own), CaseRefusal::VerifiesOwnWork);
        let pass = CaseAct::VerifyCase { passed: true };
        assert_eq!(refused(after(9), by(5, Side::Keeper, None), pass.clone()), CaseRefusal::VerifiesOwnWork);
        assert_eq!(refused(after(9), by(9, Side::Keeper, Some(50)), pass), CaseRefusal::VerifiesOwnWork);
        assert_eq!(refused(after(10), by(4, Side::Acceptor, None), CaseAct::CloseCase), CaseRefusal::ClosesOwnWork);
    }

    #[test]
    fn rework_goes_to_the_same_department_and_a_return_to_nobody() {
        let mut acts: Vec<_> = straight().into_iter().take(9).collect();
        acts.push((by(2, Side::Keeper, None), CaseAct::VerifyCase { passed: false }));
        let (again, _) = run(case(Source::Citizen), acts).unwrap();
        assert_eq!((again.stage, again.department, again.rework_count), (Stage::Dispatched, Some(50), 1));
        let back = CaseAct::ReturnCase { reason: ReturnReason::NotOurDuty };
        let (returned, fact) = act(again, by(4, Side::Department, Some(50)), back, NOW).unwrap();
        assert_eq!((returned.stage, returned.department, returned.return_count), (Stage::AwaitingDispatch, None, 1));
        assert_eq!(fact.reason, Some("not-our-duty"));
    }

    #[test]
    fn the_words_read_back() {
        for &stage in Stage::ALL {
            assert_eq!(Stage::read(stage.text()), Some(stage));
        }
        assert_eq!(Stage::read("lost"), None);
    }

    #[test]
    fn the_diagram_is_drawn_from_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/states/case.md");
        let drawn = diagram();
        if std::env::var_os("STEWARD_BLESS").is_some() {
            std::fs::write(path, &drawn).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == drawn, "docs/states/case.md differs from the code; STEWARD_BLESS=1 draws it again");
    }

    fn any_doer() -> impl Strategy<Value = Doer> {
        // Few accounts and every side, so that the same person turns up in several posts.
        (1i64..5, prop::sample::select(Side::ALL), prop::option::of(50i64..52)).prop_map(|(a, s, d)| by(a, s, d))
    }
    fn any_act() -> impl Strategy<Value = CaseAct> {
        prop_oneof![
            Just(CaseAct::AcceptReport),
            prop::option::of(1i64..5).prop_map(|keeper| CaseAct::AskCheck { keeper }),
            any::<bool>().prop_map(|found| CaseAct::ReportCheck { found }),
            any::<bool>().prop_map(|some| CaseAct::FileCase { filing: if some { filing() } else { None } }),
            prop::sample::select(DeclineReason::ALL).prop_map(|reason| CaseAct::DeclineReport { reason }),
            (50i64..52, -1i64..9)
                .prop_map(|(department, in_ms)| CaseAct::DispatchCase { department, due: NOW.plus(in_ms) }),
            (1i64..5).prop_map(|crew| CaseAct::AssignCrew { crew }),
            Just(CaseAct::AcceptTask),
            (0usize..2).prop_map(|photos| CaseAct::HandInWork { photos }),
            Just(CaseAct::FeedBack),
            Just(CaseAct::RedoWork),
            prop::sample::select(ReturnReason::ALL).prop_map(|reason| CaseAct::ReturnCase { reason }),
            prop::option::of(1i64..5).prop_map(|keeper| CaseAct::AskVerification { keeper }),
            any::<bool>().prop_map(|passed| CaseAct::VerifyCase { passed }),
            Just(CaseAct::CloseCase),
            Just(CaseAct::SendBack),
            prop::sample::select(VoidReason::ALL).prop_map(|reason| CaseAct::VoidCase { reason }),
            Just(CaseAct::ReopenCase),
            Just(CaseAct::LocateCase { place: place() }),
            (1i64..9).prop_map(|report| CaseAct::JoinReport { report }),
        ]
    }

    /// A random walk that gets somewhere: mostly an act that the present stage knows, by somebody of the right side.
    fn steered(case: &Case, doer: Doer, wanted: &CaseAct, pick: usize) -> (Doer, CaseAct) {
        let open: Vec<CaseAct> = straight()
            .into_iter()
            .map(|(_, act)| act)
            .chain([CaseAct::VerifyCase { passed: false }, CaseAct::ReturnCase { reason: ReturnReason::WrongPlace }])
            .chain([CaseAct::SendBack, CaseAct::ReopenCase, CaseAct::RedoWork])
            .filter(|act| way(act.step(case), case.stage).is_some())
            .collect();
        let Some(next) = open.get(pick % (open.len() + 1)) else { return (doer, wanted.clone()) };
        let who = way(next.step(case), case.stage).map_or(&[][..], |way| way.who);
        let Some(&side) = who.get(pick % who.len().max(1)) else { return (doer, wanted.clone()) };
        let department = match side {
            Side::Department | Side::Crew => case.department,
            _ => None,
        };
        (by(doer.account.unwrap_or(1), side, department), next.clone())
    }

    proptest! {
        #[test]
        fn whatever_anybody_does_the_promises_hold(
            keepers in any::<bool>(),
            acts in prop::collection::vec((any_doer(), any_act(), 0usize..40), 1..120),
        ) {
            let mut case = case(if keepers { Source::Keeper } else { Source::Citizen });
            let mut facts: Vec<Fact> = vec![];
            for (doer, wanted, pick) in acts {
                let (doer, wanted) = steered(&case, doer, &wanted, pick);
                let before = case.clone();
                match act(case, doer, wanted, NOW) {
                    // A refused act changes nothing.
                    Err(_) => case = before,
                    Ok((after, fact)) => {
                        prop_assert_eq!(after.revision, before.revision + 1);
                        prop_assert_eq!(fact.revision, after.revision);
                        prop_assert_eq!(fact.stage, after.stage);
                        prop_assert!(after.handlers.is_superset(&before.handlers), "nobody's part is forgotten");
                        if matches!(fact.what, Happened::VerificationPassed | Happened::VerificationFailed | Happened::CaseClosed) {
                            prop_assert!(fact.by.is_some_and(|who| !before.handlers.contains(&who)), "own work");
                            let worked = facts.iter().any(|old| old.by == fact.by
                                && matches!(old.what, Happened::WorkHandedIn | Happened::TaskAccepted | Happened::CaseFedBack));
                            prop_assert!(!worked, "own work");
                        }
                        facts.push(fact);
                        case = after;
                    }
                }
                prop_assert_eq!(case.revision, 1 + i64::try_from(facts.len()).unwrap());
                prop_assert_eq!(case.stage.is_over(), case.outcome.is_some());
                prop_assert_eq!(case.stage.is_over(), case.closed_at.is_some());
                prop_assert_eq!(case.stage.clock_runs(), case.due_at.is_some() && case.fed_back_at.is_none() && !case.stage.is_over());
                let last = facts.iter().rposition(|fact| fact.what == Happened::CaseReopened).map_or(0, |at| at + 1);
                let happened = |what| facts[last..].iter().any(|fact| fact.what == what);
                match case.outcome {
                    Some(Outcome::Fixed) => {
                        prop_assert!(facts.iter().any(|fact| fact.what == Happened::CaseFiled));
                        for what in [Happened::CaseDispatched, Happened::WorkHandedIn, Happened::CaseFedBack,
                            Happened::VerificationPassed, Happened::CaseClosed] {
                            prop_assert!(happened(what), "closed without {}", what);
                        }
                    }
                    Some(_) => prop_assert!(facts.last().is_some_and(|fact| fact.reason.is_some()), "ended without a reason"),
                    None => {}
                }
            }
        }
    }
}
