//! The clocks of a case. Every stage that waits for somebody has one: taking on, checking, filing, dispatching, handling,
//! deciding about a return, verifying, closing.
//!
//! A clock copies its limit when it starts, and the reading of the rules under which it was computed; later changes of the
//! city's rules move no clock that runs. The department's clock starts at dispatch and stops when the department hands the
//! case back (feeding back, or asking to return it); the same department resumes it, another starts its own. A pause moves
//! the due moment by what was not counted, and by nothing else.

use super::case::{Case, CaseAct, Stage, words};
use crate::catalog::{Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::law::{Calendar, Conventions, Due, KnownDays, Pause, WorkingHours, counted, due, nearly};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

words! {
    /// What a clock measures.
    TimerKind {
        /// 受理: from the report to its acceptance.
        Accept = "accept",
        /// 核实: until a keeper has looked.
        Check = "check",
        /// 立案: until it is compared with a filing condition.
        File = "file",
        /// 派遣: until a department has it.
        Dispatch = "dispatch",
        /// 处置: from dispatch until the department hands it back.
        Handle = "handle",
        /// 退单裁定: until somebody decides about a return.
        Decide = "decide",
        /// 核查: until somebody else has looked.
        Verify = "verify",
        /// 结案: until it is closed.
        Close = "close",
    }
}

words! {
    /// How a clock ended.
    Finish {
        /// What it waited for was done.
        Done = "done",
        /// The department handed the case back, and another got it.
        Returned = "returned",
        /// The case ended (declined, struck off, closed by force), or went back without what the clock waited for.
        Ended = "ended",
    }
}

/// One clock of a case.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Timer {
    /// Its number within the case, from 1.
    pub seq: i64,
    /// What it measures.
    pub kind: TimerKind,
    /// The limit's unit, as `catalog` writes it.
    pub unit: String,
    /// The limit's number as it was at the start.
    pub value: u32,
    /// What postponements added to it, in the same unit.
    pub extra: u32,
    /// When it started.
    pub started_at: Moment,
    /// When it turns yellow; none while it stands still.
    pub warn_at: Option<Moment>,
    /// When it is due; none while it stands still.
    pub due_at: Option<Moment>,
    /// When it stood still, in order; the last one is open while it does.
    pub pauses: Vec<Pause>,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// How it ended.
    pub finish: Option<Finish>,
    /// Beyond the due moment at its end, in milliseconds of the unit's own counting; none while it runs.
    pub overdue_ms: Option<i64>,
    /// An appeal was granted: the lateness stands, and nobody is held to it.
    pub is_exempt: bool,
    /// Whose clock it is while handling.
    pub department: Option<Id>,
    /// Whose hands the handling was in when the clock was left.
    #[serde(default)]
    pub crew: Option<Id>,
    /// Who ended it.
    pub account: Option<Id>,
    /// The versions of the calendar that it was computed under.
    pub rule: String,
    /// The reading of the law that it was started under.
    pub conventions: Conventions,
    /// The working hours that it was started under.
    pub hours: WorkingHours,
    /// What the calendar said of the days from its start on when it was reckoned: what is published later moves none of
    /// them. Kept of the department's clock alone, the only one that stands still and goes on.
    #[serde(default)]
    pub days: Option<KnownDays>,
    /// How often the case had been opened again when it started: a new round has clocks of its own.
    pub round: u32,
    /// At which share of the limit it turns yellow, percent.
    pub warn_percent: u8,
    /// Why it is due then, as JSON.
    pub why: String,
    /// When somebody must next be told; none when there is nothing more to tell.
    pub alert_at: Option<Moment>,
}

/// The limits of the clocks that are not the department's, and when a clock turns yellow: a city's setting.
#[derive(Clone, PartialEq, Debug)]
pub struct StageLimits {
    /// By kind; a stage without a limit has no clock.
    limits: Vec<(TimerKind, Limit)>,
    /// At which share of the limit a clock turns yellow, percent.
    pub warn_percent: u8,
}

impl Default for StageLimits {
    /// Those of one city's standard (运城): 受理 and 派遣 15 minutes, 核实 and 核查 30 minutes, all continuous. The others
    /// are this program's own.
    fn default() -> StageLimits {
        let minutes = |kind, value| (kind, Limit::new(value, Unit::Minute));
        StageLimits {
            limits: vec![
                minutes(TimerKind::Accept, 15),
                minutes(TimerKind::Check, 30),
                minutes(TimerKind::File, 15),
                minutes(TimerKind::Dispatch, 15),
                (TimerKind::Decide, Limit::new(2, Unit::WorkingHour)),
                minutes(TimerKind::Verify, 30),
                minutes(TimerKind::Close, 15),
            ],
            warn_percent: 75,
        }
    }
}

impl StageLimits {
    /// The limits of a city's settings: `[clocks]` with `accept`, `check`, `file`, `dispatch`, `decide`, `verify`, `close`,
    /// each such as `"15 minute"` or `"2 working_hour"` (empty: no clock), and `warn_percent`. What is absent has its default.
    ///
    /// # Errors
    /// The key of the sentence when a limit is unreadable.
    pub fn of_city(settings: &toml::Table) -> Result<StageLimits, &'static str> {
        let mut limits = StageLimits::default();
        let Some(table) = settings.get("clocks").and_then(toml::Value::as_table) else { return Ok(limits) };
        for (name, value) in table {
            if name == "warn_percent" {
                let percent = value.as_integer().and_then(|percent| u8::try_from(percent).ok());
                limits.warn_percent =
                    percent.filter(|percent| (1..=100).contains(percent)).ok_or("cases-clocks-unreadable")?;
                continue;
            }
            let kind = TimerKind::read(name).filter(|kind| *kind != TimerKind::Handle);
            let (kind, text) = kind.zip(value.as_str()).ok_or("cases-clocks-unreadable")?;
            limits.limits.retain(|(kept, _)| *kept != kind);
            if !text.trim().is_empty() {
                limits.limits.push((kind, Limit::read(text).ok_or("cases-clocks-unreadable")?));
            }
        }
        Ok(limits)
    }

    /// The limit of a kind of clock.
    pub fn of(&self, kind: TimerKind) -> Option<Limit> {
        self.limits.iter().find(|(found, _)| *found == kind).map(|(_, limit)| *limit)
    }
}

/// What clocks are computed by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Which days and hours are worked.
    pub calendar: &'a Calendar,
    /// How the city reads the law.
    pub conventions: Conventions,
    /// The limits of the stages.
    pub limits: &'a StageLimits,
}

impl Timer {
    fn start(seq: i64, kind: TimerKind, limit: Limit, after: &Case, now: Moment, rules: &Rules<'_>) -> Timer {
        let department = after.department.filter(|_| kind == TimerKind::Handle);
        let round = after.reopen_count;
        Timer {
            seq,
            kind,
            unit: limit.unit.word().to_owned(),
            value: limit.value,
            extra: 0,
            started_at: now,
            warn_at: None,
            due_at: None,
            pauses: Vec::new(),
            finished_at: None,
            finish: None,
            overdue_ms: None,
            is_exempt: false,
            department,
            crew: None,
            account: None,
            rule: rules.calendar.version().to_owned(),
            conventions: rules.conventions,
            hours: rules.calendar.hours().clone(),
            days: (kind == TimerKind::Handle).then(|| rules.calendar.known_from(rules.calendar.date_of(now))),
            round,
            warn_percent: rules.limits.warn_percent,
            why: String::new(),
            alert_at: None,
        }
    }

    /// The limit with what postponements added.
    ///
    /// # Errors
    /// `cases-refusal-condition-missing` when the unit is none.
    pub fn limit(&self) -> Result<Limit, Refusal> {
        let unit = Unit::of(&self.unit).ok_or_else(|| Refusal::new("cases-refusal-condition-missing"))?;
        Ok(Limit::new(self.value.saturating_add(self.extra), unit))
    }

    /// Since when it stands still; none while it does not.
    pub fn paused_at(&self) -> Option<Moment> {
        self.pauses.last().filter(|pause| pause.until.is_none()).map(|pause| pause.from)
    }

    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        self.paused_at().is_some()
    }

    /// Whether it runs or stands still, and has not ended.
    pub fn is_open(&self) -> bool {
        self.finished_at.is_none()
    }

    /// Whether it is late at `now`, or was at its end.
    pub fn is_overdue(&self, now: Moment) -> bool {
        match self.overdue_ms {
            Some(overdue) => overdue > 0,
            None => self.due_at.is_some_and(|due| now > due),
        }
    }

    /// Computes when it turns yellow and red, as of `now`.
    fn reckon(&mut self, now: Moment, calendar: &Calendar) -> Result<(), Refusal> {
        let limit = self.limit()?;
        // The city may work at other hours by now, and days may have been moved; this clock was started under its own.
        let calendar = &*self.calendar(calendar);
        if self.days.is_some() {
            // A year that was published since is known from now on, and counts as it was read first.
            let from = calendar.date_of(self.started_at);
            self.days = Some(calendar.known_from(from));
        }
        let found = due(self.started_at, limit, calendar, &self.conventions, &self.pauses)?;
        let warn = nearly(self.started_at, limit, self.warn_percent, calendar, &self.conventions, &self.pauses)?;
        self.why = serde_json::to_string(&found).unwrap_or_default();
        (self.warn_at, self.due_at) = (Some(warn), Some(found.at));
        self.alert_at = [warn, found.at].into_iter().find(|at| *at > now);
        Ok(())
    }

    fn calendar<'a>(&self, calendar: &'a Calendar) -> Cow<'a, Calendar> {
        let mut own = Cow::Borrowed(calendar);
        if *calendar.hours() != self.hours {
            own = Cow::Owned(calendar.with_hours(self.hours.clone()));
        }
        if let Some(days) = &self.days
            && !days.agree_with(calendar)
        {
            own = Cow::Owned(own.with_days(days));
        }
        own
    }

    /// Stops it for a while; a clock that stands still or has ended is left alone.
    fn pause(&mut self, now: Moment) {
        if self.is_open() && !self.is_paused() {
            self.pauses.push(Pause { from: now, until: None });
            (self.warn_at, self.due_at, self.alert_at) = (None, None, None);
        }
    }

    /// Lets it run on, also after it had ended (返工: the time in between was not the department's).
    fn resume(&mut self, now: Moment, calendar: &Calendar) -> Result<(), Refusal> {
        if let Some(finished) = self.finished_at.take() {
            self.pauses.push(Pause { from: finished, until: None });
            (self.finish, self.overdue_ms, self.account) = (None, None, None);
        }
        if let Some(last) = self.pauses.last_mut().filter(|pause| pause.until.is_none()) {
            last.until = Some(now);
        }
        self.reckon(now, calendar)
    }

    /// Ends it at `now`, or at the moment since which it has stood still.
    fn end(&mut self, how: Finish, by: Option<Id>, now: Moment, calendar: &Calendar) {
        if !self.is_open() {
            return;
        }
        let mut at = now;
        if let Some(pause) = self.pauses.last_mut().filter(|pause| pause.until.is_none()) {
            // A department that handed the case back stopped then; anything else that stood still ends now.
            if how == Finish::Returned {
                at = pause.from;
                self.pauses.pop();
            } else {
                pause.until = Some(now);
            }
            // A year whose calendar is not loaded leaves it undetermined, and then it is not called late.
            drop(self.reckon(now, calendar));
        }
        self.overdue_ms = Some(self.late_by(at, calendar));
        (self.finished_at, self.finish, self.account, self.alert_at) = (Some(at), Some(how), by, None);
    }

    /// What has been counted beyond the due moment at `at`, in milliseconds of the unit.
    fn late_by(&self, at: Moment, calendar: &Calendar) -> i64 {
        let Some(due_at) = self.due_at.filter(|due| at > *due) else { return 0 };
        let Ok(limit) = self.limit() else { return 0 };
        // A day that is over counts by its hours; where nothing is counted in between, late is late all the same.
        counted(due_at, at, limit.unit, &self.calendar(calendar), &self.pauses).unwrap_or(at.0 - due_at.0).max(1)
    }

    /// Why it is due then.
    pub fn trace(&self) -> Option<Due> {
        serde_json::from_str(&self.why).ok()
    }
}

/// Which clock runs in a stage.
pub const fn of_stage(stage: Stage) -> Option<TimerKind> {
    match stage {
        Stage::Received => Some(TimerKind::Accept),
        Stage::AwaitingCheck => Some(TimerKind::Check),
        Stage::AwaitingFiling => Some(TimerKind::File),
        Stage::AwaitingDispatch => Some(TimerKind::Dispatch),
        Stage::Dispatched | Stage::Handling | Stage::AwaitingFeedback => Some(TimerKind::Handle),
        Stage::Returning => Some(TimerKind::Decide),
        Stage::AwaitingVerification | Stage::Verifying => Some(TimerKind::Verify),
        Stage::AwaitingClosing => Some(TimerKind::Close),
        Stage::Split | Stage::Closed | Stage::Declined | Stage::Voided => None,
    }
}

/// Lets the clocks follow an act that led from `before` (none: the case was opened) to `after`, and answers those that
/// changed. The case's own moments (`due_at`, `clock_due_at`) are set by them.
///
/// # Errors
/// What `law` refuses of the department's clock: a limit out of range, a calendar that is not loaded. The desk's own clocks
/// never keep anybody from working: where they cannot be computed, they run without a due moment.
pub fn follow(
    timers: &mut Vec<Timer>,
    before: Option<&Case>,
    after: &mut Case,
    act: Option<&CaseAct>,
    by: Option<Id>,
    now: Moment,
    rules: &Rules<'_>,
) -> Result<Vec<Timer>, Refusal> {
    let old = timers.clone();
    let calendar = rules.calendar;
    let was = before.and_then(|case| of_stage(case.stage));
    let is = of_stage(after.stage);
    let is_ending = after.stage.is_over() && before.is_none_or(|case| !case.stage.is_over());
    if was != is || is_ending {
        keep_crew(timers, was, before);
        leave(timers, was, after, act, by, now, calendar);
        if let Some(kind) = is
            && !runs_on(timers, kind, before, act, now, calendar)
        {
            enter(timers, was, kind, after, now, rules)?;
        }
    }
    match act {
        Some(CaseAct::DecideRequest { granted: true, .. }) if before.is_some_and(Case::asks_postponement) => {
            let amount = before.and_then(|case| case.branches.request.as_ref()).map_or(0, |request| request.amount);
            if let Some(timer) =
                timers.iter_mut().rev().find(|timer| timer.kind == TimerKind::Handle && timer.is_open())
            {
                timer.extra += amount;
                if !timer.is_paused() {
                    timer.reckon(now, calendar)?;
                }
            }
        }
        Some(CaseAct::ReviewAppeal { .. })
            if after.branches.appeal.as_ref().is_some_and(|appeal| appeal.is_granted == Some(true)) =>
        {
            // The clock that had ended when the department appealed.
            let appeal = after.branches.appeal.as_ref();
            let (asked, whose) = (appeal.map(|appeal| appeal.at), appeal.and_then(|appeal| appeal.department));
            let own = |timer: &&Timer| {
                !timer.is_open() && timer.finished_at <= asked && (whose.is_none() || timer.department == whose)
            };
            let found = handling(timers.iter().filter(own)).map(|timer| timer.seq);
            if let Some(timer) = timers.iter_mut().find(|timer| Some(timer.seq) == found) {
                timer.is_exempt = true;
            }
        }
        _ => {}
    }
    // 挂账: the department's clock stands still while the case does.
    if let Some(timer) = timers.iter_mut().rev().find(|timer| timer.kind == TimerKind::Handle && timer.is_open())
        && is == Some(TimerKind::Handle)
    {
        match after.branches.suspension {
            Some(_) => timer.pause(now),
            None if timer.is_paused() => timer.resume(now, calendar)?,
            None => {}
        }
    }
    moments(timers, after);
    Ok(timers.iter().filter(|timer| !old.contains(timer)).cloned().collect())
}

/// The department's clock that counts: the one that has not ended, or else the one that ended last. Not the youngest: a
/// department that gets the case again goes on with its old one.
pub fn handling<'a>(timers: impl IntoIterator<Item = &'a Timer>) -> Option<&'a Timer> {
    let own = timers.into_iter().filter(|timer| timer.kind == TimerKind::Handle);
    own.max_by_key(|timer| (timer.is_open(), timer.finished_at, timer.seq))
}

/// The moments that a case shows of its clocks: the department's due moment, and that of the clock that runs.
pub fn moments(timers: &[Timer], case: &mut Case) {
    match (case.branches.parts.is_empty(), handling(timers)) {
        (false, _) => case.due_at = case.branches.parts_due_at,
        (true, Some(timer)) => case.due_at = timer.due_at.filter(|_| case.has_department_clock()),
        // What was dispatched before cases had clocks keeps the moment that was promised.
        (true, None) => {}
    }
    let kind = of_stage(case.stage);
    let running = timers.iter().rev().find(|timer| timer.is_open() && Some(timer.kind) == kind);
    (case.clock_due_at, case.clock_warn_at) =
        (running.and_then(|timer| timer.due_at), running.and_then(|timer| timer.warn_at));
}

/// The handling that is left was done by the crew that the case had until now.
fn keep_crew(timers: &mut [Timer], was: Option<TimerKind>, before: Option<&Case>) {
    let handling = |timer: &&mut Timer| timer.kind == TimerKind::Handle && timer.is_open();
    if was == Some(TimerKind::Handle)
        && let Some(timer) = timers.iter_mut().rev().find(handling)
    {
        timer.crew = before.and_then(|case| case.crew).or(timer.crew);
    }
}

/// Stops the clock of the stage that the case left.
fn leave(
    timers: &mut [Timer],
    was: Option<TimerKind>,
    after: &Case,
    act: Option<&CaseAct>,
    by: Option<Id>,
    now: Moment,
    calendar: &Calendar,
) {
    let is_struck = matches!(after.stage, Stage::Declined | Stage::Voided);
    let is_ended = is_struck || matches!(act, Some(CaseAct::ForceClose { .. } | CaseAct::SelfHandle { .. }));
    let how = if is_ended { Finish::Ended } else { Finish::Done };
    if after.stage.is_over() || after.stage == Stage::Split {
        for timer in timers.iter_mut().filter(|timer| timer.is_open()) {
            // A department that had handed the case back did not end it.
            match Some(timer.kind) == was {
                true => timer.end(how, by, now, calendar),
                false => timer.end(Finish::Returned, timer.account, now, calendar),
            }
        }
        return;
    }
    let Some(timer) = timers.iter_mut().rev().find(|timer| Some(timer.kind) == was && timer.is_open()) else { return };
    match (timer.kind, after.stage) {
        // The department has handed it back; who gets it next decides whether its clock runs on.
        (TimerKind::Handle, Stage::Returning | Stage::AwaitingDispatch) => timer.pause(now),
        // Looked at once more instead of filed; sent back unseen: what the clock waited for was not done.
        (TimerKind::File, Stage::AwaitingCheck) => timer.end(Finish::Ended, by, now, calendar),
        (TimerKind::Verify, _) if matches!(act, Some(CaseAct::SendBack)) => timer.end(Finish::Ended, by, now, calendar),
        _ => timer.end(how, by, now, calendar),
    }
}

/// 撤销并案: the desk's clock that ended with the link runs on; the time in between was nobody's. Answers whether there is one.
fn runs_on(
    timers: &mut [Timer],
    kind: TimerKind,
    before: Option<&Case>,
    act: Option<&CaseAct>,
    now: Moment,
    calendar: &Calendar,
) -> bool {
    let (Some(CaseAct::SeparateCase { .. }), Some(ended)) = (act, before.and_then(|case| case.closed_at)) else {
        return false;
    };
    let own = |timer: &&mut Timer| {
        timer.kind == kind && timer.finish == Some(Finish::Ended) && timer.finished_at == Some(ended)
    };
    match timers.iter_mut().rev().find(own) {
        // Where it cannot be computed, it runs without a due moment.
        Some(timer) => {
            drop(timer.resume(now, calendar));
            true
        }
        None => false,
    }
}

/// Starts the clock of the stage that the case reached, or lets the department's run on.
fn enter(
    timers: &mut Vec<Timer>,
    was: Option<TimerKind>,
    kind: TimerKind,
    after: &Case,
    now: Moment,
    rules: &Rules<'_>,
) -> Result<(), Refusal> {
    let seq = timers.last().map_or(1, |timer| timer.seq + 1);
    if kind != TimerKind::Handle {
        if let Some(limit) = rules.limits.of(kind) {
            let mut timer = Timer::start(seq, kind, limit, after, now, rules);
            drop(timer.reckon(now, rules.calendar));
            timers.push(timer);
        }
        return Ok(());
    }
    // The same department resumes its clock: after a return, and for 返工 one that had ended. Another has its own, and so has
    // every round of a case that was opened again.
    let is_rework = matches!(was, Some(TimerKind::Verify | TimerKind::Close));
    let own = |timer: &Timer| {
        let runs_on = timer.is_open() || timer.finish == Some(Finish::Returned) || is_rework;
        timer.kind == TimerKind::Handle
            && timer.department == after.department
            && timer.round == after.reopen_count
            && runs_on
    };
    let found = timers.iter().rposition(own);
    for (at, timer) in timers.iter_mut().enumerate() {
        if timer.kind == TimerKind::Handle && Some(at) != found {
            timer.end(Finish::Returned, timer.account, now, rules.calendar);
        }
    }
    if let Some(at) = found {
        return timers[at].resume(now, rules.calendar);
    }
    let missing = || Refusal::new("cases-refusal-condition-missing");
    let filing = after.filing.as_ref().ok_or_else(missing)?;
    let unit = Unit::of(&filing.limit_unit).ok_or_else(missing)?;
    let limit = Limit::new(u32::try_from(filing.limit_amount).unwrap_or(0), unit);
    let mut timer = Timer::start(seq, kind, limit, after, now, rules);
    timer.reckon(now, rules.calendar)?;
    timers.push(timer);
    Ok(())
}
