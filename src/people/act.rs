//! The permission table: which post may do what. Reviewed as a picture in `docs/permissions.md`.

use crate::kit::words::enum_of_words;

enum_of_words! {
    /// What somebody is employed to do (岗位).
    Post {
        /// 采集员/监督员: finds problems, checks before filing, verifies before closing.
        Keeper = "keeper",
        /// 受理员: receives reports and files them.
        Acceptor = "acceptor",
        /// 值班长: leads the shift; decides what the acceptor may not.
        ShiftLeader = "shift_leader",
        /// 派遣员: sends cases to departments.
        Dispatcher = "dispatcher",
        /// 专业部门: a department's desk, assigns crews and feeds back.
        DepartmentDesk = "department_desk",
        /// 处置人员: handles on site.
        CrewMember = "crew_member",
        /// 领导: sees everything, decides what is brought before them.
        Leader = "leader",
        /// 系统管理员: accounts, departments, imports.
        SystemAdmin = "system_admin",
        /// 安全管理员: posts and locks, never the log.
        SecurityAdmin = "security_admin",
        /// 审计管理员: reads the log, changes nothing.
        AuditAdmin = "audit_admin",
    }
}

enum_of_words! {
    /// What can be done behind a door. Citizens need none of these: their doors are public.
    Act {
        /// See one's own account, change its password, sign out.
        KeepOwnAccount = "keep_own_account",
        /// See the desk's inbox and any case.
        SeeDesk = "see_desk",
        /// 受理: receive a report as a case, or decline it.
        ReceiveReports = "receive_reports",
        /// Ask a keeper to check on site before filing (核实).
        AskCheck = "ask_check",
        /// Answer such a check on site.
        ReportCheck = "report_check",
        /// 立案: compare with a filing condition and file, or decline.
        FileCases = "file_cases",
        /// 派遣: send a case to a department; decide about its return.
        DispatchCases = "dispatch_cases",
        /// See a department's inbox.
        SeeDepartment = "see_department",
        /// Assign a crew within one's department.
        AssignCrews = "assign_crews",
        /// 反馈: tell the dispatcher that the work is done.
        FeedBack = "feed_back",
        /// 回退: ask to hand a case back, with a reason.
        ReturnCases = "return_cases",
        /// 延期: ask for more time.
        AskPostponements = "ask_postponements",
        /// 挂账: ask to let a case wait.
        AskSuspensions = "ask_suspensions",
        /// Decide what is asked for: returns, postponements, suspensions, striking off; how much each may is a setting.
        DecideRequests = "decide_requests",
        /// 督办: attach an order to a running case.
        SuperviseCases = "supervise_cases",
        /// Answer such an order.
        AnswerOrders = "answer_orders",
        /// Put a case before everything else.
        MarkUrgent = "mark_urgent",
        /// See one's own list on the phone.
        SeeField = "see_field",
        /// Accept a task and hand in the work with photos.
        HandleTasks = "handle_tasks",
        /// 上报: report a problem found on patrol.
        ReportProblems = "report_problems",
        /// 核查: look whether it is fixed; never one's own work.
        VerifyCases = "verify_cases",
        /// 结案: close a verified case.
        CloseCases = "close_cases",
        /// 作废: void a case with a reason.
        VoidCases = "void_cases",
        /// Ask for it, where one may not do it alone.
        AskVoids = "ask_voids",
        /// 强制结案: close what is not mended, with a reason.
        ForceClosing = "force_closing",
        /// 自行处置: mend on the spot what one has found.
        MendOnTheSpot = "mend_on_the_spot",
        /// 超时申诉: appeal against being held to a lateness.
        AppealLateness = "appeal_lateness",
        /// Look at such an appeal.
        ReviewAppeals = "review_appeals",
        /// Search what exists for oneself, and keep searches by a name.
        SearchCases = "search_cases",
        /// See who is on duty, and stand one's own: arrive, swap, hand over, answer.
        SeeDuty = "see_duty",
        /// 排班: make and publish rosters, approve swaps.
        KeepRoster = "keep_roster",
        /// See the sealed original of a photo; every viewing is logged.
        ViewOriginals = "view_originals",
        /// 遮挡: draw black rectangles over faces and number plates of photos that citizens see, or withhold a photo.
        BlackOut = "black_out",
        /// See the list of accounts and each of them.
        SeeAccounts = "see_accounts",
        /// Make and change accounts and departments.
        ManageAccounts = "manage_accounts",
        /// Give posts, lock and unlock accounts.
        ManagePosts = "manage_posts",
        /// Import areas, grids, keepers, reports.
        ManageImports = "manage_imports",
        /// See which notices left the program, and have failed ones tried again.
        ManageNotices = "manage_notices",
        /// Read the catalog and its limits.
        SeeCatalog = "see_catalog",
        /// See the leaders' page: what is late, who is loaded, what waits for a decision.
        SeeSituation = "see_situation",
        /// 综合评价: see scores, within what exists for oneself.
        SeeScores = "see_scores",
        /// Have a period counted.
        ComputeScores = "compute_scores",
        /// Give or take points by hand, with a reason.
        AdjustScores = "adjust_scores",
        /// Freeze a month's results for good.
        FreezeScores = "freeze_scores",
        /// See whistles (吹哨): the desk all, a department those that call it.
        SeeWhistles = "see_whistles",
        /// 吹哨: write and blow a whistle, accept what departments did; the city says which post blows which kind.
        BlowWhistles = "blow_whistles",
        /// Approve whistles; decide about departments that refuse.
        DecideWhistles = "decide_whistles",
        /// 报到: sign for a whistle, arrive, work, answer, for one's department.
        AnswerWhistles = "answer_whistles",
        /// 移交执法: open an enforcement file from a whistle.
        OpenEnforcement = "open_enforcement",
        /// 类别推荐: see what suggestions of sub-classes were worth, and from what they were learnt.
        SeeSuggestions = "see_suggestions",
        /// Have it learnt now, or use an earlier model.
        ChooseModels = "choose_models",
        /// See repeat complaints (重复投诉): the desk all, a department its own.
        SeeRepeats = "see_repeats",
        /// Read the months' lists and the minutes of the meetings about them.
        ReadReviews = "read_reviews",
        /// 研判: look for repeats, hold the meeting, decide who does what until when.
        ReviewRepeats = "review_repeats",
        /// Tell how far one's department is with what a meeting gave to it.
        AnswerRepeats = "answer_repeats",
        /// Read the log of sign-ins and of administration.
        ReadAudit = "read_audit",
    }
}

/// The table itself.
pub const fn may(post: Post, act: Act) -> bool {
    use Act::*;
    use Post::*;
    match act {
        KeepOwnAccount | SeeCatalog => true,
        SeeDesk => matches!(post, Acceptor | ShiftLeader | Dispatcher | Leader),
        ReceiveReports | AskCheck | FileCases => matches!(post, Acceptor | ShiftLeader),
        ReportCheck | ReportProblems => matches!(post, Keeper),
        DispatchCases => matches!(post, Dispatcher | ShiftLeader),
        SeeDepartment | AssignCrews | FeedBack | ReturnCases | AskPostponements | AppealLateness => {
            matches!(post, DepartmentDesk)
        }
        AskSuspensions => matches!(post, DepartmentDesk | Dispatcher | ShiftLeader),
        DecideRequests => matches!(post, Dispatcher | ShiftLeader | Leader),
        SuperviseCases | ReviewAppeals => matches!(post, ShiftLeader | Leader),
        AnswerOrders => matches!(post, Acceptor | Dispatcher | ShiftLeader | DepartmentDesk),
        MarkUrgent | AskVoids => matches!(post, Acceptor | Dispatcher | ShiftLeader),
        ForceClosing => matches!(post, ShiftLeader),
        MendOnTheSpot => matches!(post, Keeper),
        SeeField => matches!(post, Keeper | CrewMember),
        HandleTasks => matches!(post, CrewMember),
        VerifyCases => matches!(post, Keeper),
        CloseCases => matches!(post, Acceptor | ShiftLeader),
        VoidCases => matches!(post, ShiftLeader | Leader),
        SearchCases => !matches!(post, SystemAdmin | SecurityAdmin | AuditAdmin),
        SeeDuty => !matches!(post, SystemAdmin | SecurityAdmin | AuditAdmin),
        KeepRoster => matches!(post, ShiftLeader | Leader),
        ViewOriginals => matches!(post, Acceptor | ShiftLeader | Leader),
        BlackOut => matches!(post, Acceptor | ShiftLeader | Dispatcher),
        SeeAccounts => matches!(post, SystemAdmin | SecurityAdmin),
        ManageAccounts | ManageImports | ManageNotices => matches!(post, SystemAdmin),
        ManagePosts => matches!(post, SecurityAdmin),
        SeeSituation | ComputeScores => matches!(post, Leader | ShiftLeader),
        SeeScores => !matches!(post, SystemAdmin | SecurityAdmin | AuditAdmin),
        AdjustScores | FreezeScores => matches!(post, Leader),
        SeeWhistles => {
            matches!(post, Acceptor | ShiftLeader | Dispatcher | Leader | DepartmentDesk | CrewMember)
        }
        BlowWhistles => matches!(post, Acceptor | ShiftLeader | Dispatcher | Leader),
        DecideWhistles => matches!(post, ShiftLeader | Leader),
        AnswerWhistles => matches!(post, DepartmentDesk | CrewMember),
        OpenEnforcement => matches!(post, Acceptor | ShiftLeader | Dispatcher | Leader | DepartmentDesk),
        SeeSuggestions => matches!(post, ShiftLeader | Leader | SystemAdmin),
        ChooseModels => matches!(post, Leader | SystemAdmin),
        SeeRepeats => matches!(post, Acceptor | ShiftLeader | Dispatcher | Leader | DepartmentDesk),
        ReadReviews => matches!(post, Acceptor | ShiftLeader | Dispatcher | Leader),
        ReviewRepeats => matches!(post, ShiftLeader | Leader),
        AnswerRepeats => matches!(post, DepartmentDesk),
        ReadAudit => matches!(post, AuditAdmin),
    }
}
