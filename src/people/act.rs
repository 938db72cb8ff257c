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
        /// 协管人员: records and persuades; never enforces.
        EnforcementHelper = "enforcement_helper",
        /// 执法人员: checks, investigates, serves; with a credential that is valid on the day.
        EnforcementOfficer = "enforcement_officer",
        /// 中队负责人: leads a unit of officers.
        UnitLeader = "unit_leader",
        /// 法制审核人员: reviews a file before the decision, keeps the list of credentials.
        LegalReviewer = "legal_reviewer",
        /// 听证主持人: holds hearings; never of a case that they investigate.
        HearingPresident = "hearing_president",
        /// 财务人员: reads what the bank reports; decides nothing.
        Treasurer = "treasurer",
        /// 档案管理人员: files what is closed.
        Archivist = "archivist",
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
        /// 接口密钥: make keys by which programs of others send reports, and take them back.
        ManageApiKeys = "manage_api_keys",
        /// 对接单位: set up other systems with which reports are exchanged.
        ManagePartners = "manage_partners",
        /// See what is exchanged with other systems.
        SeeExchanges = "see_exchanges",
        /// 转其他单位: send a case on to another system.
        SendOn = "send_on",
        /// Have what did not arrive sent again, or give it up.
        MendExchanges = "mend_exchanges",
        /// 上级平台: see what was delivered to the superiors' platforms, and the files.
        SeeSuperiors = "see_superiors",
        /// Have a day made and sent again, corrected or given up.
        ManageSuperiors = "manage_superiors",
        /// 运行状态: see how the program stands inside, announce faults and planned work.
        ManageStatus = "manage_status",
        /// 嵌入代码: see the code by which the city's own site shows pages in frames.
        ManageEmbeds = "manage_embeds",
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
        /// See penalty cases (处罚案件), within what exists for oneself.
        SeePenaltyCases = "see_penalty_cases",
        /// 线索: record what may have to be punished.
        RecordClues = "record_clues",
        /// Take a step in a penalty case; which one is the law's to say.
        HandlePenaltyCases = "handle_penalty_cases",
        /// 当场处罚: decide on the spot.
        PunishOnTheSpot = "punish_on_the_spot",
        /// Take in what the bank reports.
        ImportPayments = "import_payments",
        /// 执法证件: keep the list of officers' credentials.
        ManageCredentials = "manage_credentials",
        /// See official papers (文书) and check what a paper's code says.
        SeePapers = "see_papers",
        /// Issue a paper with its number.
        IssuePapers = "issue_papers",
        /// 作废: void a paper; its number stays used.
        VoidPapers = "void_papers",
        /// 导出案卷: hand out copies of a whole file; each is recorded with its reason.
        ExportFiles = "export_files",
        /// 教学演练: practise on invented cases.
        Practise = "practise",
        /// See how far learners are, and give them exercises.
        SeeProgress = "see_progress",
        /// 教学案例: make an exercise of a finished case, publish it.
        MakeExercises = "make_exercises",
        /// See unlawful buildings (违法建设) and their ledger.
        SeeBuildings = "see_buildings",
        /// Record one that was found, and visits to prevent one.
        RecordBuildings = "record_buildings",
        /// Take a step against one; which one is the law's to say.
        HandleBuildings = "handle_buildings",
        /// See the register of enterprises (涉企名录).
        SeeEnterprises = "see_enterprises",
        /// Write an enterprise down, change, close or merge it.
        KeepEnterprises = "keep_enterprises",
        /// Bring a file of enterprises.
        ImportEnterprises = "import_enterprises",
        /// See checks of enterprises (涉企行政检查), within what exists for oneself.
        SeeChecks = "see_checks",
        /// Plan a check.
        PlanChecks = "plan_checks",
        /// 双随机: draw enterprises and officers by lot.
        DrawChecks = "draw_checks",
        /// 扫码、随行记录: scan at the door, record along at a check; whether a scan lets anybody in, the rule says.
        NoteChecks = "note_checks",
        /// Take a step of a check; which one, the rule says.
        HandleChecks = "handle_checks",
        /// Look into reports that somebody wanted to check without being registered.
        AnswerCheckReports = "answer_check_reports",
        /// 个人信息权利申请: see and answer what persons ask for about what is kept of them.
        AnswerClaims = "answer_claims",
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
        SearchCases => is_of_the_day(post),
        SeeDuty => is_of_the_day(post) || matches!(post, EnforcementHelper | EnforcementOfficer | UnitLeader),
        KeepRoster => matches!(post, ShiftLeader | Leader),
        ViewOriginals => matches!(post, Acceptor | ShiftLeader | Leader),
        BlackOut => matches!(post, Acceptor | ShiftLeader | Dispatcher),
        SeeAccounts => matches!(post, SystemAdmin | SecurityAdmin),
        ManageAccounts | ManageImports | ManageNotices | ManageApiKeys | ManageStatus | ManageEmbeds
        | ManagePartners | ManageSuperiors => {
            matches!(post, SystemAdmin)
        }
        SeeSuperiors => matches!(post, SystemAdmin | ShiftLeader | Leader),
        SeeExchanges => matches!(post, Acceptor | ShiftLeader | Dispatcher | Leader | SystemAdmin),
        SendOn => matches!(post, Acceptor | ShiftLeader | Dispatcher),
        MendExchanges => matches!(post, Acceptor | ShiftLeader | Dispatcher | SystemAdmin),
        ManagePosts | AnswerClaims => matches!(post, SecurityAdmin),
        SeeSituation | ComputeScores => matches!(post, Leader | ShiftLeader),
        SeeScores => is_of_the_day(post),
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
        SeePenaltyCases | HandlePenaltyCases => is_enforcing(post) || matches!(post, Leader),
        // The desks hand over what a case has shown.
        RecordClues => {
            matches!(post, EnforcementHelper | EnforcementOfficer | UnitLeader | Acceptor | ShiftLeader | Dispatcher)
        }
        // The desks hand over what a case has shown.
        RecordBuildings => {
            matches!(post, EnforcementHelper | EnforcementOfficer | UnitLeader | Acceptor | ShiftLeader | Dispatcher)
        }
        PunishOnTheSpot => matches!(post, EnforcementOfficer),
        ImportPayments => matches!(post, Treasurer),
        ManageCredentials => matches!(post, LegalReviewer | SystemAdmin),
        SeePapers => is_enforcing(post) && !matches!(post, EnforcementHelper) || matches!(post, Leader),
        IssuePapers => {
            matches!(post, EnforcementOfficer | UnitLeader | LegalReviewer | HearingPresident | Archivist | Leader)
        }
        VoidPapers => matches!(post, UnitLeader | Leader),
        ExportFiles => matches!(post, UnitLeader | LegalReviewer | Archivist | Leader),
        Practise => is_enforcing(post) || matches!(post, Leader),
        SeeProgress => matches!(post, UnitLeader | LegalReviewer | Leader),
        MakeExercises => matches!(post, LegalReviewer | Leader),
        SeeBuildings => may(post, RecordBuildings) || may(post, HandleBuildings),
        HandleBuildings => {
            matches!(post, EnforcementOfficer | UnitLeader | LegalReviewer | HearingPresident | Leader)
        }
        SeeEnterprises | SeeChecks => {
            matches!(post, EnforcementHelper | EnforcementOfficer | UnitLeader | LegalReviewer | Leader)
        }
        KeepEnterprises | PlanChecks => matches!(post, EnforcementOfficer | UnitLeader),
        ImportEnterprises | DrawChecks => matches!(post, UnitLeader),
        NoteChecks => matches!(post, EnforcementHelper | EnforcementOfficer | UnitLeader),
        HandleChecks => matches!(post, EnforcementOfficer | UnitLeader | Leader),
        AnswerCheckReports => matches!(post, LegalReviewer | Leader),
        ReadAudit => matches!(post, AuditAdmin),
    }
}

/// The posts of penalty procedure below the head (行政机关负责人 is the leader).
const fn is_enforcing(post: Post) -> bool {
    use Post::*;
    matches!(
        post,
        EnforcementHelper | EnforcementOfficer | UnitLeader | LegalReviewer | HearingPresident | Treasurer | Archivist
    )
}

/// The posts of the day's work with reports and cases.
const fn is_of_the_day(post: Post) -> bool {
    !is_enforcing(post) && !matches!(post, Post::SystemAdmin | Post::SecurityAdmin | Post::AuditAdmin)
}
