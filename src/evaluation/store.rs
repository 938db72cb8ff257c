//! The room's tables, and the questions that it puts to those of cases, clocks, facts, reports and ratings. A count's
//! condition is written once, here, from its definition.

use super::definitions::{Clock, Count, Definitions, Mark, Source, State, When, Who, Whose};
use super::period::Period;
use super::run::{Adjustment, Frozen, Purpose, Run, RunState};
use super::score::{Counts, Normals, Score};
use crate::cases::case::{Branches, Case};
use crate::cases::timer::Timer;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Row, Tx, Value, params, slots};
use crate::kit::error::Error;
use crate::kit::id::Id;
use std::collections::{BTreeMap, HashMap};

/// Later than every moment.
const NEVER: i64 = 9_000_000_000_000_000;
/// How cases end that were taken on.
const TAKEN_ON: &str = "('fixed', 'self-handled', 'forced')";
/// How cases end that are mended.
const MENDED: &str = "('fixed', 'self-handled')";
/// Facts of orders, which are passed on from a whole to its parts.
const PASSED_ON: &str = "('case_supervised', 'supervision_answered')";
/// How cases end that were not taken on, or struck off.
const NOT_VALID: &str = "('not-ours', 'duplicate', 'not-found', 'declined', 'voided')";
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// How many running clocks are read at once.
const BATCH: usize = 5_000;

/// The counts that one walk over one source answers, by their numbers in the definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The source.
    pub source: Source,
    /// The moment that leads.
    pub when: When,
    /// The counts, in the order of their marks.
    pub counts: Vec<usize>,
}

/// The walks that answer every count.
pub fn walks(definitions: &Definitions) -> Vec<Walk> {
    let mut walks: Vec<Walk> = Vec::new();
    for (number, count) in definitions.counts.iter().enumerate() {
        match walks.iter_mut().find(|walk| walk.source == count.source && walk.when == count.when) {
            Some(walk) => walk.counts.push(number),
            None => walks.push(Walk { source: count.source, when: count.when, counts: vec![number] }),
        }
    }
    walks
}

/// Between which moments something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The period's beginning.
    pub start: Moment,
    /// Its end, or the present while it still runs: how things stood then is what counts.
    pub until: Moment,
    /// What is known: a return or an appeal that was granted later is not seen.
    pub known: Moment,
}

/// On which side of a split case something stands. Areas count the whole, departments and crews their parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is not split, or counts on either side.
    Single,
    /// It belongs to a part, and areas count it with the whole.
    Part,
    /// It belongs to a whole, and departments count it with their parts.
    Whole,
}

/// One thing that was counted, as the database answers it.
#[derive(Debug, Clone)]
pub struct Item {
    /// Bit by bit which counts of the walk it belongs to.
    pub marks: i64,
    /// The case; 0 for none.
    pub case: Id,
    /// The clock, fact, report, rating or whistle.
    pub item: Id,
    /// By which moment it belongs to the period.
    pub at: i64,
    /// The case's street.
    pub street: String,
    /// The case's community.
    pub community: String,
    /// The case's unit grid.
    pub cell: String,
    /// The kind and code of its sub-class, or another system's name for it.
    pub category: String,
    /// Where it came from.
    pub source: String,
    /// The clock's department.
    pub own: Option<Id>,
    /// The case's department.
    pub department: Option<Id>,
    /// Who did it.
    pub actor: Option<Id>,
    /// The crew member whose work it was.
    pub crew: Option<Id>,
    /// The case's keeper.
    pub keeper: Option<Id>,
    /// Who of the staff reported the case.
    pub reporter: Option<Id>,
    /// Whom the fact is about.
    pub about: Option<Id>,
    /// Who had dispatched the case.
    pub dispatcher: Option<Id>,
    /// To which department it had been dispatched.
    pub dispatched: Option<Id>,
    /// On which side of a split case it stands.
    pub level: Level,
}

/// A statement on its way. A number is written between two marks; once the statement is whole, each becomes a parameter,
/// and one that stands nowhere in it becomes none.
struct Asking;

impl Asking {
    fn at(&self, number: i64) -> String {
        format!("\u{1}{number}\u{1}")
    }

    /// The statement with its parameters; equal numbers are one.
    fn finish(&self, sql: &str) -> (String, Vec<Value>) {
        let (mut text, mut numbers): (String, Vec<i64>) = (String::with_capacity(sql.len()), Vec::new());
        for (place, piece) in sql.split('\u{1}').enumerate() {
            // Every second piece stands between two marks.
            let number = if place % 2 == 1 { piece.parse::<i64>().ok() } else { None };
            match number {
                None => text.push_str(piece),
                Some(number) => {
                    let at = numbers.iter().position(|other| *other == number).unwrap_or_else(|| {
                        numbers.push(number);
                        numbers.len() - 1
                    });
                    text.push_str(&format!("${}", at + 1));
                }
            }
        }
        (text, numbers.into_iter().map(Value::Int).collect())
    }
}

/// Words of the definitions, which are checked against closed lists, as a list of SQL.
fn list<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("'{}'", word.replace('\'', ""))).collect();
    format!("({})", quoted.join(", "))
}

/// The condition of a clock's state, of the clock `t`.
fn timer_state(state: Option<State>, window: &Window, ask: &Asking) -> String {
    let until = ask.at(window.until.0);
    let known = ask.at(window.known.0);
    let done = format!("(t.finished_at is not null and t.finished_at < {until} and t.finish = 'done')");
    let waiting = format!("coalesce(t.finished_at, {NEVER}) >= {until}");
    let passed = format!("coalesce(t.due_at, {NEVER}) < {until}");
    let late = format!("{done} and coalesce(t.overdue_ms, 0) > 0");
    let dropped = format!(
        "(t.finished_at is not null and t.finished_at < {until} and t.finish in ('returned', 'ended') \
         and coalesce(t.overdue_ms, 0) > 0)"
    );
    let exempt = format!(
        "(t.is_exempt = 1 and exists (select 1 from facts e where e.subject = 'case' and e.subject_id = t.case_id \
         and e.kind = 'appeal_granted' and e.at <= {known}))"
    );
    match state {
        None => "1 = 1".into(),
        Some(State::Done) => done,
        Some(State::InTime) => format!("{done} and (coalesce(t.overdue_ms, 0) = 0 or {exempt})"),
        Some(State::Late) => format!("{late} and not {exempt}"),
        Some(State::Overdue) => format!("(({late}) or ({waiting} and {passed}) or ({dropped}))"),
        Some(State::Exempt) => format!("{late} and {exempt}"),
        Some(State::Waiting) => waiting,
        Some(State::WaitingInTime) => format!("{waiting} and not {passed}"),
        Some(State::WaitingLate) => format!("{waiting} and {passed}"),
        Some(State::DroppedLate) => dropped,
        // A clock has no such state.
        Some(State::Unsolved) => "1 = 0".into(),
    }
}

/// The condition that a clock was not taken away by being handed back or by the end of the case: one that was late by then
/// stays whose it was.
fn not_dropped(clock: &str) -> String {
    format!(
        "(coalesce({clock}.finish, 'done') not in ('returned', 'ended') \
         or ({clock}.kind = 'handle' and coalesce({clock}.overdue_ms, 0) > 0))"
    )
}

/// The condition that of all handling clocks of its case this is the one that counts: the open one, or else the one that was
/// stopped last. A department that gets a case back goes on with its old clock, so their numbers tell nothing.
fn is_the_clock(clock: &str, until: &str) -> String {
    let key = |of: &str| {
        format!("case when coalesce({of}.finished_at, {NEVER}) < {until} then {of}.finished_at else {NEVER} end")
    };
    format!(
        "not exists (select 1 from timers n where n.case_id = {clock}.case_id and n.kind = 'handle' \
         and n.started_at < {until} and ({}, n.seq) > ({}, {clock}.seq))",
        key("n"),
        key(clock)
    )
}

/// The condition of a case's closing, of the case `c`.
fn closing_state(state: Option<State>, window: &Window, ask: &Asking) -> String {
    let until = ask.at(window.until.0);
    let known = ask.at(window.known.0);
    let ended = format!("(c.is_open = 0 and coalesce(c.closed_at, {NEVER}) < {until} and c.outcome in {TAKEN_ON})");
    let done = format!("(c.is_open = 0 and coalesce(c.closed_at, {NEVER}) < {until} and c.outcome in {MENDED})");
    let exempt = format!(
        "(l.is_exempt = 1 and exists (select 1 from facts e where e.subject = 'case' and e.subject_id = l.case_id \
         and e.kind = 'appeal_granted' and e.at <= {known}))"
    );
    // A clock that was handed back by then is nobody's.
    let kept = format!("not (coalesce(l.finish, 'done') = 'returned' and coalesce(l.finished_at, {NEVER}) < {until})");
    // A whole has the clocks of its parts.
    let any = |what: &str| {
        format!(
            "(exists (select 1 from timers l where l.case_id = c.id and l.kind = 'handle' and {kept} and {what}) \
             or exists (select 1 from cases q cross join timers l where q.parent_id = c.id and l.case_id = q.id \
             and l.kind = 'handle' and {kept} and {what}))"
        )
    };
    let late = any("coalesce(l.overdue_ms, 0) > 0");
    let held = any(&format!("coalesce(l.overdue_ms, 0) > 0 and not {exempt}"));
    let excused = any(&format!("coalesce(l.overdue_ms, 0) > 0 and {exempt}"));
    let passed = any(&format!("coalesce(l.due_at, {NEVER}) < {until}"));
    match state {
        None => "1 = 1".into(),
        Some(State::Done) => done,
        Some(State::InTime) => format!("{done} and not {held}"),
        Some(State::Late) => format!("{done} and {held}"),
        Some(State::Overdue) => format!("(({ended} and {late}) or (not {ended} and {passed}))"),
        Some(State::Exempt) => format!("{done} and {excused}"),
        Some(State::Waiting) => format!("not {ended}"),
        Some(State::WaitingInTime) => format!("not {ended} and not {passed}"),
        Some(State::WaitingLate) => format!("not {ended} and {passed}"),
        Some(State::Unsolved) => format!("{ended} and not {done}"),
        // A case is not handed back to nobody.
        Some(State::DroppedLate) => "1 = 0".into(),
    }
}

/// The condition of a count on the rows of its walk.
fn condition(count: &Count, window: &Window, ask: &Asking) -> String {
    let mut all = Vec::new();
    match count.source {
        Source::Timers => {
            if let Some(clock) = count.clock {
                all.push(format!("t.kind = '{}'", clock.word()));
            }
            all.push(timer_state(count.state, window, ask));
        }
        Source::Closings => all.push(closing_state(count.state, window, ask)),
        Source::Facts => {
            all.push(format!("f.kind in {}", list(&count.facts)));
            for (later, not) in [(&count.unless_later, "not "), (&count.if_later, "")] {
                let Some(later) = later else { continue };
                let known = ask.at(window.known.0);
                let before = count.unless_before.as_ref().map_or(String::new(), |before| {
                    format!(
                        " and not exists (select 1 from facts b where b.subject = 'case' and b.subject_id = f.subject_id \
                         and b.kind = '{before}' and b.id > f.id and b.id < r.id)"
                    )
                });
                all.push(format!(
                    "{not}exists (select 1 from facts r where r.subject = 'case' and r.subject_id = f.subject_id \
                     and r.kind = '{later}' and r.id > f.id and r.at <= {known}{before})"
                ));
            }
            if count.is_by_people {
                all.push("f.author_id is not null".into());
            }
        }
        Source::Whistles => {
            let of = |column: &str, value: &str| format!("coalesce(l.{column}, 2){value}");
            all.push(match count.mark {
                None | Some(Mark::Called) => "1 = 1".into(),
                Some(Mark::SignNeeded) => of("is_signed_in_time", " <> 2"),
                Some(Mark::SignedInTime) => of("is_signed_in_time", " = 1"),
                Some(Mark::ArriveNeeded) => of("is_arrived_in_time", " <> 2"),
                // Where the whistle named no place, nobody can be away from it.
                Some(Mark::ArrivedInTime) => {
                    format!("{} and {}", of("is_arrived_in_time", " = 1"), of("is_at_place", " <> 0"))
                }
                Some(Mark::WorkNeeded) => of("is_worked_in_time", " <> 2"),
                Some(Mark::WorkedInTime) => of("is_worked_in_time", " = 1"),
                Some(Mark::Refused) => "l.is_refused = 1".into(),
                Some(Mark::RefusedWrongly) => "l.is_refused = 1 and l.is_upheld = 1".into(),
                Some(Mark::Failed) => "coalesce(l.result, '') = 'failed'".into(),
                Some(Mark::StarsOfDepartment) => format!("coalesce(l.department_stars, 0) >= {}", count.stars),
                Some(Mark::StarsNecessary) => format!("coalesce(l.whistle_necessary, 0) >= {}", count.stars),
                Some(Mark::StarsAccurate) => format!("coalesce(l.whistle_accurate, 0) >= {}", count.stars),
            });
        }
        Source::Cases => {
            let known = ask.at(window.known.0);
            let ended = format!("(c.closed_at is not null and c.closed_at <= {known})");
            if !count.outcomes.is_empty() {
                all.push(format!("{ended} and coalesce(c.outcome, '') in {}", list(&count.outcomes)));
            }
            let refused = format!("({ended} and coalesce(c.outcome, '') in {NOT_VALID})");
            match count.is_valid {
                Some(true) => all.push(format!("not {refused}")),
                Some(false) => all.push(refused),
                None => {}
            }
            let until = ask.at(window.until.0);
            let over = format!("(c.is_open = 0 and coalesce(c.closed_at, {NEVER}) < {until})");
            match count.is_ended {
                Some(true) => all.push(over),
                Some(false) => all.push(format!("not {over}")),
                None => {}
            }
            if let Some(again) = count.again {
                // Earlier ones of the same sub-class in the same unit grid, without those that were nothing.
                all.push(format!(
                    "c.cell <> '' and c.code <> '' and {again} <= (select count(*) from (select 1 from {EARLIER} o \
                     where o.cell = c.cell and o.cell <> '' and o.code = c.code and o.kind = c.kind and o.parent_id is null \
                     and o.opened_at >= c.opened_at - {} and o.opened_at <= c.opened_at \
                     and (o.opened_at < c.opened_at or o.id < c.id) and not (coalesce(o.closed_at, {NEVER}) <= {known} \
                     and coalesce(o.outcome, '') in {NOT_VALID}) limit {again}) earlier)",
                    count.within_days * DAY
                ));
            }
        }
        Source::Ratings => {
            if !count.satisfaction.is_empty() {
                let levels: Vec<String> = count.satisfaction.iter().map(i64::to_string).collect();
                all.push(format!("coalesce(g.satisfaction, 0) in ({})", levels.join(", ")));
            }
            if let Some(is_solved) = count.is_solved {
                all.push(format!("coalesce(g.is_solved, 2) = {}", i64::from(is_solved)));
            }
        }
        Source::Reports => {
            if let Some(is_solved) = count.is_solved {
                all.push(format!("p.stage {} 'solved'", if is_solved { "=" } else { "<>" }));
            }
        }
    }
    if !count.from.is_empty() {
        let table = if count.source == Source::Reports { "p" } else { "c" };
        all.push(format!("coalesce({table}.source, '') in {}", list(&count.from)));
    }
    if let Some(is_urgent) = count.is_urgent {
        all.push(format!("coalesce(c.is_urgent, 0) = {}", i64::from(is_urgent)));
    }
    if all.is_empty() { "1 = 1".into() } else { all.join(" and ") }
}

/// Which rows of a walk are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Those whose leading moment lies between the two.
    Between(Moment, Moment),
    /// Of what was needed: what was due between the two and was not done within the period.
    Due(Moment, Moment),
    /// Clocks that still run, after this key.
    Running(i64, Id, i64),
}

/// What a fact's body says of whom it is about.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Body {
    about: serde_json::Value,
}

fn about(body: &str) -> Option<Id> {
    let found = serde_json::from_str::<Body>(body).ok()?.about;
    found.as_i64().or_else(|| found.as_str()?.parse().ok())
}

/// The statement of a part of a walk, with its parameters.
fn statement(
    definitions: &Definitions,
    walk: &Walk,
    part: Part,
    window: &Window,
    past: Option<Id>,
) -> (String, Vec<Value>) {
    let counts: Vec<&Count> = walk.counts.iter().filter_map(|number| definitions.counts.get(*number)).collect();
    let ask = Asking;
    let marks: Vec<String> = counts
        .iter()
        .enumerate()
        .map(|(bit, count)| format!("case when {} then {} else 0 end", condition(count, window, &ask), 1_i64 << bit))
        .collect();
    let marks = format!("cast({} as bigint)", marks.join(" + "));
    let of_case = "coalesce(c.street, ''), coalesce(c.community, ''), coalesce(c.cell, ''), coalesce(c.kind, ''), \
                   coalesce(c.code, ''), coalesce(c.source, '')";
    let none = "cast(null as bigint)";
    let single = "cast(0 as bigint)";
    let people = "c.department_id, c.crew_id, c.keeper_id, c.opened_by";
    let between = |column: &str, from: Moment, to: Moment| {
        format!("{column} >= {} and {column} < {}", ask.at(from.0), ask.at(to.0))
    };
    let clocks =
        list(&counts.iter().filter_map(|count| count.clock).map(|clock| clock.word().to_owned()).collect::<Vec<_>>());
    let (start, until) = (window.start, window.until);
    let sql = match (walk.source, part) {
        (Source::Cases, Part::Between(from, to)) => {
            let column = if walk.when == When::Closed { "c.closed_at" } else { "c.opened_at" };
            let open = if walk.when == When::Closed { "c.is_open = 0 and " } else { "" };
            format!(
                "select {marks}, c.id, cast(0 as bigint), {column}, {of_case}, {none}, {people}, c.opened_by, '', {none}, '', \
                 {single} from cases c where c.parent_id is null and {open}{}",
                between(column, from, to)
            )
        }
        (Source::Timers, part) => {
            // Handling is the work of whoever had it then. A part is dispatched as it is opened: the waiting was the whole's.
            let head = format!(
                "select {marks}, t.case_id, t.seq, $at, {of_case}, t.department_id, c.department_id, \
                 case when t.kind <> 'handle' or t.finished_at is null then coalesce(c.crew_id, t.crew_id) \
                 else t.crew_id end, c.keeper_id, c.opened_by, t.account_id, '', {none}, '', {single} \
                 from timers t cross join cases c where c.id = t.case_id and t.kind in {clocks} \
                 and not (t.kind = 'dispatch' and c.parent_id is not null and t.started_at = c.opened_at)"
            );
            let not_dropped = not_dropped("t");
            match (walk.when, part) {
                (When::Started, Part::Between(from, to)) => {
                    format!("{head} and {}", between("t.started_at", from, to)).replace("$at", "t.started_at")
                }
                (When::Finished, Part::Between(from, to)) => {
                    format!("{head} and {not_dropped} and {}", between("t.finished_at", from, to))
                        .replace("$at", "t.finished_at")
                }
                (When::Standing, Part::Running(due, case, seq)) => {
                    let started = format!("t.started_at < {}", ask.at(until.0));
                    let (due, case, seq) = (ask.at(due), ask.at(case), ask.at(seq));
                    format!(
                        "{head} and t.finished_at is null and {started} \
                         and (coalesce(t.due_at, 0), t.case_id, t.seq) > ({due}, {case}, {seq}) \
                         order by coalesce(t.due_at, 0), t.case_id, t.seq limit {BATCH}"
                    )
                    .replace("$at", "coalesce(t.due_at, 0)")
                }
                (When::Standing, Part::Between(from, to)) => {
                    let range = between("t.finished_at", from, to);
                    format!("{head} and {range} and t.started_at < {}", ask.at(until.0)).replace("$at", "t.started_at")
                }
                (_, Part::Due(from, to)) => {
                    // What was dropped before the period's end was never needed; what was done within it is met elsewhere.
                    let range = between("t.due_at", from, to);
                    let (start, until) = (ask.at(start.0), ask.at(until.0));
                    format!(
                        "{head} and {range} and not (coalesce(t.finished_at, {NEVER}) < {until} \
                         and (t.finished_at >= {start} or not ({not_dropped})))"
                    )
                    .replace("$at", "t.due_at")
                }
                (_, Part::Between(from, to)) => {
                    format!("{head} and {not_dropped} and {}", between("t.finished_at", from, to))
                        .replace("$at", "t.finished_at")
                }
                (_, Part::Running(..)) => format!("{head} and 1 = 0").replace("$at", "t.started_at"),
            }
        }
        (Source::Closings, Part::Due(from, to)) => {
            let range = between("t.due_at", from, to);
            let (start, until) = (ask.at(start.0), ask.at(until.0));
            let dropped = |clock: &str| {
                format!(
                    "(coalesce({clock}.finished_at, {NEVER}) < {until} \
                     and coalesce({clock}.finish, 'done') in ('returned', 'ended'))"
                )
            };
            let head = |at: &str| {
                format!(
                    "select {marks}, c.id, cast(0 as bigint), {at}, {of_case}, {none}, {people}, {none}, '', {none}, '', \
                     cast(case when c.parent_id is null then 0 else 1 end as bigint) from"
                )
            };
            let open = format!(
                "not (c.is_open = 0 and coalesce(c.closed_at, {NEVER}) < {until} \
                 and (c.closed_at >= {start} or coalesce(c.outcome, '') not in {TAKEN_ON}))"
            );
            let (the, dropped_t) = (is_the_clock("t", &until), dropped("t"));
            // A whole is due when the last of its parts is, and while one of them stands still it is not due.
            format!(
                "{0} timers t cross join cases c where c.id = t.case_id and t.kind = 'handle' and {range} and {the} \
                 and not {dropped_t} and {open} union all \
                 {0} timers t cross join cases q cross join cases c where q.id = t.case_id and c.id = q.parent_id \
                 and t.kind = 'handle' and {range} and {the} and not {dropped_t} and {open} \
                 and not exists (select 1 from cases o cross join timers u where o.parent_id = c.id and u.case_id = o.id \
                 and u.kind = 'handle' and {1} and not {2} \
                 and (coalesce(u.due_at, {NEVER}), u.case_id) > (t.due_at, t.case_id))",
                head("t.due_at"),
                is_the_clock("u", &until),
                dropped("u")
            )
        }
        (Source::Closings, Part::Between(from, to)) => {
            format!(
                "select {marks}, c.id, cast(0 as bigint), c.closed_at, {of_case}, {none}, {people}, {none}, '', {none}, '', \
                 cast(case when c.parent_id is null then 0 else 1 end as bigint) \
                 from cases c where c.is_open = 0 and {} and c.outcome in {TAKEN_ON}",
                between("c.closed_at", from, to)
            )
        }
        (Source::Facts, Part::Between(from, to)) => {
            let range = between("f.at", from, to);
            let kinds = |is_wanted: &dyn Fn(&Count) -> bool| {
                let mut kinds: Vec<&String> =
                    counts.iter().filter(|count| is_wanted(count)).flat_map(|count| &count.facts).collect();
                kinds.sort();
                kinds.dedup();
                kinds
            };
            let all = list(kinds(&|_| true));
            let about = kinds(&|count| count.department == Some(Whose::About));
            let back =
                kinds(&|count| count.department == Some(Whose::Dispatched) || count.person == Some(Who::Dispatcher));
            let body = if about.is_empty() {
                "''".into()
            } else {
                format!("case when f.kind in {} then f.body else '' end", list(about))
            };
            // 返工: of whoever had handed the work in.
            let worked = kinds(&|count| count.person == Some(Who::Crew));
            let crew = if worked.is_empty() {
                none.to_owned()
            } else {
                format!(
                    "case when f.kind in {} then (select d.author_id from facts d where d.subject = 'case' \
                     and d.subject_id = f.subject_id and d.kind = 'work_handed_in' and d.id < f.id \
                     order by d.id desc limit 1) else {none} end",
                    list(worked)
                )
            };
            // An order on a whole is passed on to its parts in the same moment: one order for areas, one for each department.
            // What happens to a whole after it was split is no department's.
            let level = if back.is_empty() {
                single.to_owned()
            } else {
                format!(
                    "cast(case when f.kind not in {} then 0 \
                     when c.parent_id is not null then case when f.kind in {PASSED_ON} and exists (select 1 from facts o \
                     cross join facts w where o.subject = 'case' and o.subject_id = c.id and o.kind = 'case_supervised' \
                     and o.id <= f.id and w.subject = 'case' and w.subject_id = c.parent_id and w.kind = o.kind \
                     and w.at = o.at) then 1 else 0 end \
                     when exists (select 1 from facts s where s.subject = 'case' and s.subject_id = c.id \
                     and s.kind = 'case_split' and s.id < f.id and not exists (select 1 from facts d where d.subject = 'case' \
                     and d.subject_id = c.id and d.kind = 'case_dispatched' and d.id > s.id and d.id < f.id)) then 2 \
                     else 0 end as bigint)",
                    list(back.iter().copied())
                )
            };
            let last = |column: &str, otherwise: &str| {
                if back.is_empty() {
                    return otherwise.to_owned();
                }
                format!(
                    "case when f.kind in {} then coalesce((select d.{column} from facts d where d.subject = 'case' \
                     and d.subject_id = f.subject_id and d.kind = 'case_dispatched' and d.id < f.id \
                     order by d.id desc limit 1), {otherwise}) else {otherwise} end",
                    list(back.iter().copied())
                )
            };
            format!(
                "select {marks}, f.subject_id, f.id, f.at, {of_case}, {none}, c.department_id, {crew}, c.keeper_id, \
                 c.opened_by, f.author_id, {body}, {}, {}, {level} \
                 from facts f cross join cases c where c.id = f.subject_id and f.subject = 'case' and f.kind in {all} \
                 and {range}",
                last("author_id", none),
                last("body", "''")
            )
        }
        (Source::Ratings, Part::Between(from, to)) => {
            // Of whoever had handled it when it was rated, not of whoever got it since.
            let then = |column: &str| {
                format!(
                    "coalesce((select l.{column} from timers l where l.case_id = c.id and l.kind = 'handle' \
                     and l.finish = 'done' and l.finished_at <= g.at order by l.finished_at desc, l.seq desc limit 1), \
                     c.{column})"
                )
            };
            format!(
                "select {marks}, coalesce(c.id, 0), g.id, g.at, coalesce(c.street, p.street_code), \
                 coalesce(c.community, p.community_code), coalesce(c.cell, p.grid_code), coalesce(c.kind, p.kind), \
                 coalesce(c.code, p.category_code), coalesce(c.source, p.source), {none}, {}, {}, c.keeper_id, c.opened_by, \
                 {none}, '', {none}, '', {single} \
                 from ratings g join reports p on p.id = g.report_id left join case_reports b on b.report_id = p.id \
                 left join cases c on c.id = b.case_id where {}",
                then("department_id"),
                then("crew_id"),
                between("g.at", from, to)
            )
        }
        (Source::Reports, Part::Between(from, to)) => {
            let column = if walk.when == When::Closed { "p.closed_at" } else { "p.received_at" };
            format!(
                "select {marks}, coalesce(p.case_id, 0), p.id, {column}, p.street_code, p.community_code, p.grid_code, \
                 p.kind, case when p.category_code = '' then p.category_name else p.category_code end, p.source, {none}, \
                 {none}, {none}, {none}, {none}, {none}, '', {none}, '', {single} from reports p where {}",
                between(column, from, to)
            )
        }
        (Source::Whistles, Part::Between(from, to)) => {
            let column = if walk.when == When::Rated { "w.rating_closes_at" } else { "l.ended_at" };
            format!(
                "select {marks}, coalesce(w.case_id, 0), w.id, {column}, {of_case}, l.department_id, {none}, {none}, {none}, \
                 {none}, w.author_id, '', {none}, '', {single} from whistle_legs l join whistles w on w.id = l.whistle_id \
                 left join cases c on c.id = w.case_id where l.called_at is not null and {}",
                between(column, from, to)
            )
        }
        // The other parts have no rows: nobody asks for them.
        _ => format!(
            "select {marks}, c.id, c.id, c.id, {of_case}, {none}, {people}, {none}, '', {none}, '', {single} from cases c where 1 = 0"
        ),
    };
    ask.finish(&of_past(sql, past))
}

/// The statement put to the cases and clocks that were made again for a check.
fn of_past(sql: String, past: Option<Id>) -> String {
    let Some(run) = past else { return sql.replace(EARLIER, "cases") };
    let mut sql = sql;
    for table in ["cases", "timers"] {
        for word in ["from", "join"] {
            let again = format!("{word} (select * from evaluation_past_{table} where run_id = {run}) ");
            sql = sql.replace(&format!("{word} {table} "), &again);
        }
    }
    // Of those that only tell whether something happens again, what is there now is asked for all cases alike.
    sql.replace(EARLIER, "cases")
}

/// Stands for the table of cases where another case than the one that is counted is looked for.
const EARLIER: &str = "earlier_cases";

fn item(row: &Row) -> Result<Item, DbError> {
    let (kind, code): (String, String) = (row.get(7)?, row.get(8)?);
    let body = |index: usize| -> Result<Option<Id>, DbError> {
        let text: Option<String> = row.get(index)?;
        Ok(text.filter(|text| !text.is_empty()).and_then(|text| about(&text)))
    };
    Ok(Item {
        marks: row.get(0)?,
        case: row.get(1)?,
        item: row.get(2)?,
        at: row.get(3)?,
        street: row.get(4)?,
        community: row.get(5)?,
        cell: row.get(6)?,
        category: match (kind.is_empty(), code.is_empty()) {
            (_, true) => String::new(),
            (true, false) => code,
            (false, false) => format!("{kind}-{code}"),
        },
        source: row.get(9)?,
        own: row.get(10)?,
        department: row.get(11)?,
        crew: row.get(12)?,
        keeper: row.get(13)?,
        reporter: row.get(14)?,
        actor: row.get(15)?,
        about: body(16)?,
        dispatcher: row.get(17)?,
        dispatched: body(18)?,
        level: match row.get::<i64>(19)? {
            1 => Level::Part,
            2 => Level::Whole,
            _ => Level::Single,
        },
    })
}

/// The things of a part of a walk that belong to at least one count, at most `most` of what is no page of running clocks; with
/// what is known to have changed since as it stood then: of the cases that were made again, only what the making again says
/// counts.
///
/// # Errors
/// When the database fails.
pub async fn items_then(
    tx: &Tx,
    definitions: &Definitions,
    walk: &Walk,
    part: Part,
    window: &Window,
    past: Option<&super::past::Past>,
    most: Option<usize>,
) -> Result<Found, DbError> {
    let Found::All(mut items, next) = items_of(tx, definitions, walk, part, window, None, most).await? else {
        return Ok(Found::TooMany);
    };
    let Some(past) = past.filter(|past| !past.cases.is_empty()) else { return Ok(Found::All(items, next)) };
    items.retain(|item| !past.cases.contains(&item.case));
    // Running clocks come page by page; those that were made again come with the first.
    let mut again = if matches!(part, Part::Running(due, ..) if due >= 0) { None } else { Some(part) };
    while let Some(part) = again {
        let found = items_of(tx, definitions, walk, part, window, Some(past.run), most).await?;
        let Found::All(those, more) = found else { return Ok(Found::TooMany) };
        items.extend(those.into_iter().filter(|item| past.cases.contains(&item.case)));
        again = more;
    }
    Ok(Found::All(items, next))
}

/// What was found in a part of a walk.
#[derive(Debug)]
pub enum Found {
    /// Everything, and where to go on when there are further pages.
    All(Vec<Item>, Option<Part>),
    /// More things than may be held at a time: a shorter part is to be asked for.
    TooMany,
}

async fn items_of(
    tx: &Tx,
    definitions: &Definitions,
    walk: &Walk,
    part: Part,
    window: &Window,
    past: Option<Id>,
    most: Option<usize>,
) -> Result<Found, DbError> {
    let (mut sql, params) = statement(definitions, walk, part, window, past);
    let most = most.filter(|_| !matches!(part, Part::Running(..)));
    if let Some(most) = most {
        sql.push_str(&format!(" limit {}", most + 1));
    }
    let rows = tx.query(&sql, params).await?;
    if most.is_some_and(|most| rows.len() > most) {
        return Ok(Found::TooMany);
    }
    let next = match (part, rows.last()) {
        (Part::Running(..), Some(last)) if rows.len() == BATCH => {
            Some(Part::Running(last.get(3)?, last.get(1)?, last.get(2)?))
        }
        _ => None,
    };
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.get::<i64>(0)? != 0 {
            items.push(item(row)?);
        }
    }
    Ok(Found::All(items, next))
}

/// Everybody's post and department, and everybody's name: people who have left are among them.
///
/// # Errors
/// When the database fails.
pub async fn people(tx: &Tx) -> Result<HashMap<Id, Person>, DbError> {
    let rows = tx.query("select id, post, department_id, name, is_active from accounts", params![]).await?;
    rows.iter()
        .map(|row| {
            let person =
                Person { post: row.get(1)?, department: row.get(2)?, name: row.get(3)?, is_active: row.get(4)? };
            Ok((row.get(0)?, person))
        })
        .collect()
}

/// Somebody of the staff.
#[derive(Debug, Clone)]
pub struct Person {
    /// The post's word.
    pub post: String,
    /// The department.
    pub department: Option<Id>,
    /// The name.
    pub name: String,
    /// False when they have left.
    pub is_active: bool,
}

/// How long a report that was solved between two moments had waited, with where it belongs.
#[derive(Debug, Clone)]
pub struct Waited {
    /// Milliseconds from the report to its end.
    pub length: i64,
    /// Street, community, category, source.
    pub of: [String; 4],
}

/// The reports that were solved between two moments, at most `most`; all without it.
///
/// # Errors
/// When the database fails.
pub async fn waited(tx: &Tx, from: Moment, to: Moment, most: Option<usize>) -> Result<Vec<Waited>, DbError> {
    let sql = "select closed_at - received_at, street_code, community_code, kind, category_code, category_name, source \
               from reports where closed_at >= $1 and closed_at < $2 and stage = 'solved' limit $3";
    let rows = tx.query(sql, params![from, to, most.unwrap_or(usize::MAX)]).await?;
    rows.iter()
        .map(|row| {
            let (kind, code, name): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let category = if code.is_empty() {
                name
            } else if kind.is_empty() {
                code
            } else {
                format!("{kind}-{code}")
            };
            Ok(Waited { length: row.get(0)?, of: [row.get(1)?, row.get(2)?, category, row.get(6)?] })
        })
        .collect()
}

// ---- runs ----

const RUN: &str = "id, period, purpose, state, version, done_days, all_days, asked_by, asked_at, begun_at, finished_at, \
                   took_ms, until_at, known_at, digest, found";

fn read_run(row: &Row) -> Result<Run, DbError> {
    let text = |index: usize| row.get::<String>(index);
    let (period, purpose, state) = (text(1)?, text(2)?, text(3)?);
    let strange = |what: &str| DbError::Row(format!("an evaluation of {what}"));
    Ok(Run {
        id: row.get(0)?,
        period: Period::parse(&period).ok_or_else(|| strange(&period))?,
        purpose: Purpose::parse(&purpose).ok_or_else(|| strange(&purpose))?,
        state: RunState::parse(&state).ok_or_else(|| strange(&state))?,
        version: text(4)?,
        done_days: row.get(5)?,
        all_days: row.get(6)?,
        asked_by: row.get(7)?,
        asked_at: row.get(8)?,
        begun_at: row.get(9)?,
        finished_at: row.get(10)?,
        took: row.get(11)?,
        until: row.get(12)?,
        known: row.get(13)?,
        digest: text(14)?,
        found: text(15)?,
    })
}

/// Keeps the definitions of a version, once.
///
/// # Errors
/// When the database fails.
pub async fn keep_definitions(tx: &Tx, definitions: &Definitions, now: Moment) -> Result<(), DbError> {
    let files = serde_json::to_string(&definitions.files).map_err(|error| DbError::Row(error.to_string()))?;
    let sql = "insert into evaluation_definitions (version, files, kept_at) values ($1, $2, $3) on conflict (version) do nothing";
    tx.execute(sql, params![&definitions.version, files, now]).await?;
    Ok(())
}

/// The files of a version of the definitions.
///
/// # Errors
/// [`Error::NotFound`] when that version was never kept.
pub async fn definitions(tx: &Tx, version: &str) -> Result<Vec<(String, String)>, Error> {
    let row = tx.query_opt("select files from evaluation_definitions where version = $1", params![version]).await?;
    let files: String = row.ok_or(Error::NotFound)?.get(0)?;
    serde_json::from_str(&files).map_err(|error| Error::Internal(error.to_string()))
}

/// Puts a run into the queue.
///
/// # Errors
/// When the database fails.
pub async fn add_run(tx: &Tx, run: &Run) -> Result<(), DbError> {
    tx.execute(
        "insert into evaluation_runs (id, period, last_on, purpose, state, version, done_days, all_days, asked_by, \
         asked_at, took_ms, until_at, known_at, digest, found) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            run.id,
            run.period.text(),
            run.period.last().to_string(),
            run.purpose.word(),
            run.state.word(),
            &run.version,
            run.done_days,
            run.all_days,
            run.asked_by,
            run.asked_at,
            run.took,
            run.until,
            run.known,
            &run.digest,
            &run.found
        ],
    )
    .await?;
    Ok(())
}

/// Saves how far a run has come, unless somebody else has taken it from where it `was`; answers whether it was saved.
///
/// # Errors
/// When the database fails.
pub async fn save_run(tx: &Tx, run: &Run, was: RunState) -> Result<bool, DbError> {
    let saved = tx
        .execute(
            "update evaluation_runs set state = $2, version = $3, done_days = $4, all_days = $5, begun_at = $6, \
             finished_at = $7, took_ms = $8, until_at = $9, known_at = $10, digest = $11, found = $12 \
             where id = $1 and state = $13",
            params![
                run.id,
                run.state.word(),
                &run.version,
                run.done_days,
                run.all_days,
                run.begun_at,
                run.finished_at,
                run.took,
                run.until,
                run.known,
                &run.digest,
                &run.found,
                was.word()
            ],
        )
        .await?;
    Ok(saved == 1)
}

/// The run that waits longest, if any waits.
///
/// # Errors
/// When the database fails.
pub async fn next_run(tx: &Tx) -> Result<Option<Run>, DbError> {
    let sql = format!(
        "select {RUN} from evaluation_runs where state in ('queued', 'running') and state = 'queued' order by id limit 1"
    );
    tx.query_opt(&sql, params![]).await?.as_ref().map(read_run).transpose()
}

/// The runs that wait or are under way.
///
/// # Errors
/// When the database fails.
pub async fn open_runs(tx: &Tx) -> Result<Vec<Run>, DbError> {
    let sql = format!("select {RUN} from evaluation_runs where state in ('queued', 'running') order by id");
    tx.query(&sql, params![]).await?.iter().map(read_run).collect()
}

/// The newest results of a period; none when it was never counted to the end.
///
/// # Errors
/// When the database fails.
pub async fn results_of(tx: &Tx, period: Period) -> Result<Option<Run>, DbError> {
    // A frozen month's run stays the one that is read.
    let sql = format!(
        "select {RUN} from evaluation_runs where period = $1 and purpose = 'results' and state = 'done' \
         order by (select count(*) from evaluation_months m where m.run_id = evaluation_runs.id) desc, id desc limit 1"
    );
    tx.query_opt(&sql, params![period.text()]).await?.as_ref().map(read_run).transpose()
}

/// The last run of a period with that purpose, however it stands.
///
/// # Errors
/// When the database fails.
pub async fn last_run(tx: &Tx, period: Period, purpose: Purpose) -> Result<Option<Run>, DbError> {
    let sql = format!("select {RUN} from evaluation_runs where period = $1 and purpose = $2 order by id desc limit 1");
    tx.query_opt(&sql, params![period.text(), purpose.word()]).await?.as_ref().map(read_run).transpose()
}

/// The run of this identifier.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load_run(tx: &Tx, id: Id) -> Result<Run, Error> {
    let row = tx.query_opt(&format!("select {RUN} from evaluation_runs where id = $1"), params![id]).await?;
    Ok(read_run(&row.ok_or(Error::NotFound)?)?)
}

/// The periods that have results, newest first: for the lists of a page.
///
/// # Errors
/// When the database fails.
pub async fn counted_periods(tx: &Tx) -> Result<Vec<Period>, DbError> {
    let sql = "select period, max(last_on) from evaluation_runs where purpose = 'results' and state = 'done' \
               group by period order by 2 desc, 1 limit 60";
    let rows = tx.query(sql, params![]).await?;
    let mut periods = Vec::new();
    for row in &rows {
        periods.extend(Period::parse(&row.get::<String>(0)?));
    }
    Ok(periods)
}

/// Takes the turn of a period until the end of the transaction: whoever freezes it, gives points by hand or removes older
/// countings does so one after the other, and reads afterwards what the one before did.
///
/// # Errors
/// When the database fails.
pub async fn take_turn(tx: &Tx, period: Period) -> Result<(), DbError> {
    let sql =
        "insert into evaluation_turns (period) values ($1) on conflict (period) do update set period = excluded.period";
    tx.execute(sql, params![period.text()]).await.map(drop)
}

/// What a run leaves behind, besides its own row.
const LEFT: [&str; 6] = [
    "evaluation_results",
    "evaluation_times",
    "evaluation_members",
    "evaluation_grounds",
    "evaluation_past_cases",
    "evaluation_past_timers",
];

/// Removes a run, unless it is the one of a frozen month; the turn of its period is taken.
async fn remove_run(tx: &Tx, run: Id) -> Result<(), DbError> {
    let frozen = tx.query_opt("select 1 from evaluation_months where run_id = $1", params![run]).await?;
    if frozen.is_some() {
        return Ok(());
    }
    for table in LEFT {
        tx.execute(&format!("delete from {table} where run_id = $1"), params![run]).await?;
    }
    tx.execute("delete from evaluation_runs where id = $1", params![run]).await.map(drop)
}

/// Removes what other runs of the period left, except for a frozen one.
///
/// # Errors
/// When the database fails.
pub async fn clear_others(tx: &Tx, run: &Run) -> Result<(), DbError> {
    // A freezing that is under way is seen once it is through.
    take_turn(tx, run.period).await?;
    let sql = "select id from evaluation_runs where period = $1 and purpose = $2 and id < $3 \
               and state in ('done', 'failed') and id not in (select run_id from evaluation_months)";
    for row in tx.query(sql, params![run.period.text(), run.purpose.word(), run.id]).await? {
        remove_run(tx, row.get(0)?).await?;
    }
    Ok(())
}

/// The runs of days from one to another that were asked for before a moment, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn old_days(tx: &Tx, before: Moment, most: usize) -> Result<Vec<Id>, DbError> {
    let sql = "select id from evaluation_runs where period like '%..%' and asked_at < $1 \
               and state in ('done', 'failed') order by id limit $2";
    tx.query(sql, params![before, most]).await?.iter().map(|row| row.get(0)).collect()
}

/// Removes runs of days from one to another: nobody freezes them, and whoever wants one again has it counted again.
///
/// # Errors
/// When the database fails.
pub async fn clear_days(tx: &Tx, runs: &[Id]) -> Result<(), DbError> {
    for run in runs {
        remove_run(tx, *run).await?;
    }
    Ok(())
}

/// A run that broke off leaves nothing behind.
///
/// # Errors
/// When the database fails.
pub async fn clear_own(tx: &Tx, run: Id) -> Result<(), DbError> {
    for table in LEFT {
        let sql =
            format!("delete from {table} where run_id = $1 and run_id not in (select run_id from evaluation_months)");
        tx.execute(&sql, params![run]).await?;
    }
    Ok(())
}

// ---- what a run knew ----

/// Somebody's account, post, department and whether they still worked, when a run counted.
type Stood = (Id, String, Option<Id>, bool);

/// What was known of an object when a run counted.
pub type Normal = ((super::definitions::Kind, String), Normals);

/// Keeps who belonged where and how large everything was when a run counted.
///
/// # Errors
/// When the database fails.
pub async fn keep_grounds(
    tx: &Tx,
    run: Id,
    people: &HashMap<Id, Person>,
    normals: &HashMap<(super::definitions::Kind, String), Normals>,
) -> Result<(), DbError> {
    let mut stood: Vec<Stood> =
        people.iter().map(|(id, person)| (*id, person.post.clone(), person.department, person.is_active)).collect();
    stood.sort_by_key(|(id, ..)| *id);
    let mut known: Vec<Normal> = normals.iter().map(|(key, normals)| (key.clone(), *normals)).collect();
    known.sort_by(|(one, _), (other, _)| one.cmp(other));
    let sql =
        "insert into evaluation_grounds (run_id, people, normals) values ($1, $2, $3) on conflict (run_id) do nothing";
    tx.execute(sql, params![run, json(&stood)?, json(&known)?]).await.map(drop)
}

/// Who belonged where and how large everything was when a run counted, people without their names; none for a run from
/// before that was kept.
///
/// # Errors
/// When the database fails.
pub async fn grounds(tx: &Tx, run: Id) -> Result<Option<(HashMap<Id, Person>, Vec<Normal>)>, DbError> {
    let row = tx.query_opt("select people, normals from evaluation_grounds where run_id = $1", params![run]).await?;
    let Some(row) = row else { return Ok(None) };
    let stood: Vec<Stood> = of_json(&row.get::<String>(0)?)?;
    let people = stood
        .into_iter()
        .map(|(id, post, department, is_active)| (id, Person { post, department, name: String::new(), is_active }))
        .collect();
    Ok(Some((people, of_json(&row.get::<String>(1)?)?)))
}

/// The cases of which more is known than at a moment, of those that were there then, and the wholes and parts that belong
/// to them: what counts of a whole is asked of its parts.
///
/// # Errors
/// When the database fails.
pub async fn changed_since(tx: &Tx, known: Moment) -> Result<Vec<Id>, DbError> {
    let sql = "with changed as (select distinct f.subject_id as id from facts f cross join cases c \
               where f.subject = 'case' and f.at > $1 and c.id = f.subject_id and c.opened_at <= $1), \
               wholes as (select id from changed union select c.parent_id from cases c cross join changed d \
               where c.id = d.id and c.parent_id is not null) \
               select id from wholes union select c.id from wholes w cross join cases c \
               where c.parent_id = w.id and c.parent_id is not null and c.opened_at <= $1 order by 1";
    tx.query(sql, params![known]).await?.iter().map(|row| row.get(0)).collect()
}

/// Puts a case and its clocks, as they stood once, beside what is there now.
///
/// # Errors
/// When the database fails.
pub async fn add_past(tx: &Tx, run: Id, case: &Case, timers: &[Timer]) -> Result<(), DbError> {
    let sql = "insert into evaluation_past_cases (run_id, id, number, title, code_set, kind, code, cell, street, community, \
               address, source, is_urgent, stage, is_open, department_id, crew_id, keeper_id, opened_at, stage_since_at, \
               fed_back_at, closed_at, outcome, rework_count, return_count, reopen_count, opened_by, parent_id, \
               request_kind, is_supervised) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
               $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)";
    let values = params![
        run,
        case.id,
        &case.number,
        &case.title,
        &case.code_set,
        &case.kind,
        &case.code,
        &case.place.cell,
        &case.place.street,
        &case.place.community,
        &case.place.address,
        case.source.text(),
        case.is_urgent,
        case.stage.text(),
        !case.stage.is_over(),
        case.department,
        case.crew,
        case.keeper,
        case.opened_at,
        case.stage_since_at,
        case.fed_back_at,
        case.closed_at,
        case.outcome.map(crate::cases::case::Outcome::text),
        case.rework_count,
        case.return_count,
        case.reopen_count,
        case.opened_by,
        case.parent,
        case.awaits(),
        case.open_orders().next().is_some(),
    ];
    tx.execute(sql, values).await?;
    let sql = "insert into evaluation_past_timers (run_id, case_id, seq, kind, unit, value, extra, started_at, warn_at, \
               due_at, paused_at, finished_at, finish, overdue_ms, is_exempt, department_id, account_id, crew_id) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    for timer in timers {
        let values = params![
            run,
            case.id,
            timer.seq,
            timer.kind.text(),
            &timer.unit,
            timer.value,
            timer.extra,
            timer.started_at,
            timer.warn_at,
            timer.due_at,
            timer.paused_at(),
            timer.finished_at,
            timer.finish.map(crate::cases::timer::Finish::text),
            timer.overdue_ms,
            timer.is_exempt,
            timer.department,
            timer.account,
            timer.crew,
        ];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// Removes what was made again for a check, and what a program that is no more left of one.
///
/// # Errors
/// When the database fails.
pub async fn clear_past(tx: &Tx, run: Id) -> Result<(), DbError> {
    for table in ["evaluation_past_cases", "evaluation_past_timers"] {
        let sql = format!(
            "delete from {table} where run_id = $1 \
             or run_id not in (select id from evaluation_runs where state in ('queued', 'running'))"
        );
        tx.execute(&sql, params![run]).await?;
    }
    Ok(())
}

/// What an object came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What kind of object.
    pub kind: super::definitions::Kind,
    /// Its code, identifier or word; empty for the city.
    pub object: String,
    /// Its place in the lists of what stands behind the counts.
    pub place: i64,
    /// All its counts added up: by it the busiest are found.
    pub weight: i64,
    /// Its counts; what is not there is 0.
    pub counts: Counts,
    /// What is known of it besides.
    pub normals: Normals,
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Row(error.to_string()))
}

fn of_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Row(error.to_string()))
}

/// Keeps results of a run.
///
/// # Errors
/// When the database fails.
pub async fn add_results(tx: &Tx, run: Id, outcomes: &[Outcome]) -> Result<(), DbError> {
    let sql = "insert into evaluation_results (run_id, kind, object, place, weight, counts, normals) \
               values ($1, $2, $3, $4, $5, $6, $7)";
    for one in outcomes {
        let values =
            params![run, one.kind.word(), &one.object, one.place, one.weight, json(&one.counts)?, json(&one.normals)?];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

fn outcome(row: &Row) -> Result<Outcome, DbError> {
    let kind: String = row.get(0)?;
    Ok(Outcome {
        kind: super::definitions::Kind::parse(&kind).ok_or_else(|| DbError::Row(format!("no kind {kind}")))?,
        object: row.get(1)?,
        place: row.get(2)?,
        weight: row.get(3)?,
        counts: of_json(&row.get::<String>(4)?)?,
        normals: of_json(&row.get::<String>(5)?)?,
    })
}

const OUTCOME: &str = "kind, object, place, weight, counts, normals";

/// The results of a run for a kind of object, the busiest first, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn results(tx: &Tx, run: Id, kind: super::definitions::Kind, most: usize) -> Result<Vec<Outcome>, DbError> {
    let sql = format!(
        "select {OUTCOME} from evaluation_results where run_id = $1 and kind = $2 order by weight desc, object limit $3"
    );
    tx.query(&sql, params![run, kind.word(), most]).await?.iter().map(outcome).collect()
}

/// The result of one object; none when nothing was counted for it.
///
/// # Errors
/// When the database fails.
pub async fn result(
    tx: &Tx,
    run: Id,
    kind: super::definitions::Kind,
    object: &str,
) -> Result<Option<Outcome>, DbError> {
    let sql = format!("select {OUTCOME} from evaluation_results where run_id = $1 and kind = $2 and object = $3");
    tx.query_opt(&sql, params![run, kind.word(), object]).await?.as_ref().map(outcome).transpose()
}

/// All results of a run, in one order for both databases.
///
/// # Errors
/// When the database fails.
pub async fn all_results(tx: &Tx, run: Id) -> Result<Vec<Outcome>, DbError> {
    let sql = format!("select {OUTCOME} from evaluation_results where run_id = $1");
    let rows = tx.query(&sql, params![run]).await?;
    let mut all: Vec<Outcome> = rows.iter().map(outcome).collect::<Result<_, _>>()?;
    all.sort_by(|one, other| (one.kind, &one.object).cmp(&(other.kind, &other.object)));
    Ok(all)
}

/// The results of one object in several runs, by run.
///
/// # Errors
/// When the database fails.
pub async fn results_in(
    tx: &Tx,
    runs: &[Id],
    kind: super::definitions::Kind,
    object: &str,
) -> Result<HashMap<Id, Outcome>, DbError> {
    let mut found = HashMap::new();
    for run in runs {
        if let Some(one) = result(tx, *run, kind, object).await? {
            found.insert(*run, one);
        }
    }
    Ok(found)
}

/// How long things took, of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// `city`, `street`, `community`, `category` or `source`.
    pub kind: super::definitions::Kind,
    /// Its code or word.
    pub object: String,
    /// How many were solved.
    pub amount: i64,
    /// The median, milliseconds.
    pub median: i64,
    /// The 90th percentile, milliseconds.
    pub ninetieth: i64,
}

/// Keeps how long things took.
///
/// # Errors
/// When the database fails.
pub async fn add_times(tx: &Tx, run: Id, times: &[Times]) -> Result<(), DbError> {
    let sql = "insert into evaluation_times (run_id, kind, object, amount, median_ms, ninetieth_ms) \
               values ($1, $2, $3, $4, $5, $6)";
    for one in times {
        tx.execute(sql, params![run, one.kind.word(), &one.object, one.amount, one.median, one.ninetieth]).await?;
    }
    Ok(())
}

/// How long things took, for a kind of object, the most frequent first.
///
/// # Errors
/// When the database fails.
pub async fn times(tx: &Tx, run: Id, kind: super::definitions::Kind) -> Result<Vec<Times>, DbError> {
    let sql = "select object, amount, median_ms, ninetieth_ms from evaluation_times where run_id = $1 and kind = $2 \
               order by amount desc, object limit 1000";
    let rows = tx.query(sql, params![run, kind.word()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Times { kind, object: row.get(0)?, amount: row.get(1)?, median: row.get(2)?, ninetieth: row.get(3)? })
        })
        .collect()
}

/// Keeps parts of what stands behind counts: count, part, items, bytes.
///
/// # Errors
/// When the database fails.
pub async fn add_members(tx: &Tx, run: Id, parts: &[(String, i64, usize, Vec<u8>)]) -> Result<(), DbError> {
    let sql = "insert into evaluation_members (run_id, count_id, part, items, bytes) values ($1, $2, $3, $4, $5)";
    for (count, part, items, bytes) in parts {
        tx.execute(sql, params![run, count, *part, *items, bytes.clone()]).await?;
    }
    Ok(())
}

/// A report that was solved.
#[derive(Debug, Clone)]
pub struct Solved {
    /// Its case; 0 for none.
    pub case: Id,
    /// The case's number, or that of the other system.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Where.
    pub place: String,
    /// When it came in.
    pub received_at: Moment,
    /// When it was solved.
    pub closed_at: Moment,
}

/// Of which object the reports that were solved between two moments are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SolvedOf {
    /// From when on, and up to when.
    pub between: (Moment, Moment),
    /// The kind: the city, a street, a community, a category, a source.
    pub kind: super::definitions::Kind,
    /// Its code or word.
    pub object: String,
}

impl SolvedOf {
    fn condition(&self, params: &mut Vec<Value>) -> String {
        use super::definitions::Kind;
        params.extend(params![self.between.0, self.between.1]);
        let column = match self.kind {
            Kind::Street => "p.street_code",
            Kind::Community => "p.community_code",
            Kind::Source => "p.source",
            // As [`waited`] puts it together.
            Kind::Category => {
                "case when p.category_code = '' then p.category_name when p.kind = '' then p.category_code \
                 else p.kind || '-' || p.category_code end"
            }
            _ => "",
        };
        let range = "p.closed_at >= $1 and p.closed_at < $2 and p.stage = 'solved'";
        if column.is_empty() {
            return range.into();
        }
        params.push(Value::Text(self.object.clone()));
        format!("{range} and {column} = $3")
    }
}

/// How many reports were solved.
///
/// # Errors
/// When the database fails.
pub async fn solved_count(tx: &Tx, of: &SolvedOf) -> Result<i64, DbError> {
    let mut params = Vec::new();
    let condition = of.condition(&mut params);
    tx.query_one(&format!("select count(*) from reports p where {condition}"), params).await?.get(0)
}

/// The reports that were solved, those first that waited longest; from the `skip`-th on, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn solved(tx: &Tx, of: &SolvedOf, skip: usize, most: usize) -> Result<Vec<Solved>, DbError> {
    let mut params = Vec::new();
    let condition = of.condition(&mut params);
    params.extend(params![most, skip]);
    let (most, skip) = (params.len() - 1, params.len());
    let sql = format!(
        "select coalesce(c.id, 0), coalesce(c.number, p.source_number), coalesce(c.title, p.category_name), p.address, \
         p.grid_code, p.received_at, p.closed_at from reports p left join cases c on c.id = p.case_id where {condition} \
         order by p.closed_at - p.received_at desc, p.id limit ${most} offset ${skip}"
    );
    let read = |row: &Row| -> Result<Solved, DbError> {
        let address: String = row.get(3)?;
        Ok(Solved {
            case: row.get(0)?,
            number: row.get(1)?,
            title: row.get(2)?,
            place: if address.is_empty() { row.get(4)? } else { address },
            received_at: row.get(5)?,
            closed_at: row.get(6)?,
        })
    };
    tx.query(&sql, params).await?.iter().map(read).collect()
}

/// How many items each part of a count holds.
///
/// # Errors
/// When the database fails.
pub async fn member_parts(tx: &Tx, run: Id, count: &str) -> Result<Vec<(i64, usize)>, DbError> {
    let sql = "select part, items from evaluation_members where run_id = $1 and count_id = $2 order by part";
    let rows = tx.query(sql, params![run, count]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, usize::try_from(row.get::<i64>(1)?).unwrap_or(0)))).collect()
}

/// The bytes of a part.
///
/// # Errors
/// When the database fails.
pub async fn member_part(tx: &Tx, run: Id, count: &str, part: i64) -> Result<Vec<u8>, DbError> {
    let sql = "select bytes from evaluation_members where run_id = $1 and count_id = $2 and part = $3";
    tx.query_one(sql, params![run, count, part]).await?.get(0)
}

// ---- what people decide ----

const ADJUSTMENT: &str = "j.id, j.period, j.scheme, j.kind, j.object, j.points, j.reason, j.author_id, j.at, \
                          j.is_correction, a.name";

fn adjustment(row: &Row) -> Result<Adjustment, DbError> {
    let kind: String = row.get(3)?;
    Ok(Adjustment {
        id: row.get(0)?,
        period: row.get(1)?,
        scheme: row.get(2)?,
        kind: super::definitions::Kind::parse(&kind).ok_or_else(|| DbError::Row(format!("no kind {kind}")))?,
        object: row.get(4)?,
        millionths: row.get(5)?,
        reason: row.get(6)?,
        author: row.get(7)?,
        at: row.get(8)?,
        is_correction: row.get(9)?,
        author_name: row.get::<Option<String>>(10)?.unwrap_or_default(),
    })
}

/// Keeps what somebody gave or took by hand.
///
/// # Errors
/// When the database fails.
pub async fn add_adjustment(tx: &Tx, one: &Adjustment) -> Result<(), DbError> {
    tx.execute(
        "insert into evaluation_adjustments (id, period, scheme, kind, object, points, reason, author_id, at, \
         is_correction) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            one.id,
            &one.period,
            &one.scheme,
            one.kind.word(),
            &one.object,
            one.millionths,
            &one.reason,
            one.author,
            one.at,
            one.is_correction
        ],
    )
    .await?;
    Ok(())
}

/// What people gave or took by hand in a period, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn adjustments(tx: &Tx, period: Period) -> Result<Vec<Adjustment>, DbError> {
    let sql = format!(
        "select {ADJUSTMENT} from evaluation_adjustments j left join accounts a on a.id = j.author_id \
         where j.period = $1 order by j.id limit 2000"
    );
    tx.query(&sql, params![period.text()]).await?.iter().map(adjustment).collect()
}

const FROZEN: &str = "m.month, m.run_id, m.version, m.digest, m.frozen_by, m.frozen_at, a.name";

fn frozen(row: &Row) -> Result<Frozen, DbError> {
    let month: String = row.get(0)?;
    Ok(Frozen {
        month: Period::parse(&month).ok_or_else(|| DbError::Row(format!("no month {month}")))?,
        run: row.get(1)?,
        version: row.get(2)?,
        digest: row.get(3)?,
        by: row.get(4)?,
        at: row.get(5)?,
        by_name: row.get::<Option<String>>(6)?.unwrap_or_default(),
    })
}

/// Whether and how a month is frozen.
///
/// # Errors
/// When the database fails.
pub async fn find_frozen(tx: &Tx, month: Period) -> Result<Option<Frozen>, DbError> {
    let sql = format!(
        "select {FROZEN} from evaluation_months m left join accounts a on a.id = m.frozen_by where m.month = $1"
    );
    tx.query_opt(&sql, params![month.text()]).await?.as_ref().map(frozen).transpose()
}

/// All frozen months, newest first.
///
/// # Errors
/// When the database fails.
pub async fn frozen_months(tx: &Tx) -> Result<Vec<Frozen>, DbError> {
    let sql = format!(
        "select {FROZEN} from evaluation_months m left join accounts a on a.id = m.frozen_by \
         order by m.month desc limit 240"
    );
    tx.query(&sql, params![]).await?.iter().map(frozen).collect()
}

/// Freezes a month. There is no statement that changes or removes the row.
///
/// # Errors
/// [`DbError::NotUnique`] when it is frozen already.
pub async fn freeze(tx: &Tx, one: &Frozen) -> Result<(), DbError> {
    let sql = "insert into evaluation_months (month, run_id, version, digest, frozen_by, frozen_at) \
               values ($1, $2, $3, $4, $5, $6)";
    let values = params![one.month.text(), one.run, &one.version, &one.digest, one.by, one.at];
    tx.execute(sql, values).await?;
    Ok(())
}

/// A score of a frozen month: scheme, kind, object, score.
pub type FrozenScore = (String, super::definitions::Kind, String, Score);

/// Keeps the scores of a frozen month.
///
/// # Errors
/// When the database fails.
pub async fn add_scores(tx: &Tx, run: Id, scores: &[FrozenScore]) -> Result<(), DbError> {
    let sql = "insert into evaluation_scores (run_id, scheme, kind, object, score) values ($1, $2, $3, $4, $5)";
    for (scheme, kind, object, score) in scores {
        tx.execute(sql, params![run, scheme, kind.word(), object, json(score)?]).await?;
    }
    Ok(())
}

/// The scores of a frozen month by object, of a scheme and a kind.
///
/// # Errors
/// When the database fails.
pub async fn frozen_scores(
    tx: &Tx,
    run: Id,
    scheme: &str,
    kind: super::definitions::Kind,
) -> Result<BTreeMap<String, Score>, DbError> {
    let sql = "select object, score from evaluation_scores where run_id = $1 and scheme = $2 and kind = $3";
    let rows = tx.query(sql, params![run, scheme, kind.word()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, of_json(&row.get::<String>(1)?)?))).collect()
}

/// The schemes by which an object has a score in a frozen month.
///
/// # Errors
/// When the database fails.
pub async fn frozen_schemes(
    tx: &Tx,
    run: Id,
    kind: super::definitions::Kind,
    object: &str,
) -> Result<Vec<String>, DbError> {
    let sql = "select scheme from evaluation_scores where run_id = $1 and kind = $2 and object = $3 order by scheme";
    tx.query(sql, params![run, kind.word(), object]).await?.iter().map(|row| row.get(0)).collect()
}

/// The objects of a kind in a run by their places in the lists.
///
/// # Errors
/// When the database fails.
pub async fn places(tx: &Tx, run: Id, kind: super::definitions::Kind) -> Result<Vec<(i64, String)>, DbError> {
    let sql = "select place, object from evaluation_results where run_id = $1 and kind = $2";
    tx.query(sql, params![run, kind.word()]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

// ---- the lists behind the numbers ----

/// A case as a list behind a number shows it.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The number that people say.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where it stands now.
    pub stage: String,
    /// The address, or else the unit grid.
    pub place: String,
    /// The department that has it now.
    pub department: Option<Id>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it ended.
    pub closed_at: Option<Moment>,
}

fn ints(ids: &[Id]) -> Vec<Value> {
    ids.iter().map(|id| Value::Int(*id)).collect()
}

/// Cases by their identifiers.
///
/// # Errors
/// When the database fails.
pub async fn cases(tx: &Tx, ids: &[Id]) -> Result<HashMap<Id, Behind>, DbError> {
    let mut found = HashMap::new();
    for ids in ids.chunks(500) {
        let sql = format!(
            "select id, number, title, stage, address, cell, department_id, opened_at, closed_at from cases where id in ({})",
            slots(0, ids.len())
        );
        for row in tx.query(&sql, ints(ids)).await? {
            let address: String = row.get(4)?;
            let behind = Behind {
                number: row.get(1)?,
                title: row.get(2)?,
                stage: row.get(3)?,
                place: if address.is_empty() { row.get(5)? } else { address },
                department: row.get(6)?,
                opened_at: row.get(7)?,
                closed_at: row.get(8)?,
            };
            found.insert(row.get(0)?, behind);
        }
    }
    Ok(found)
}

/// Reports by their identifiers, as cases are shown; their number is that of the other system, or none.
///
/// # Errors
/// When the database fails.
pub async fn reports(tx: &Tx, ids: &[Id]) -> Result<HashMap<Id, Behind>, DbError> {
    let mut found = HashMap::new();
    for ids in ids.chunks(500) {
        let sql = format!(
            "select id, source_number, category_name, stage, address, grid_code, received_at, closed_at from reports \
             where id in ({})",
            slots(0, ids.len())
        );
        for row in tx.query(&sql, ints(ids)).await? {
            let address: String = row.get(4)?;
            let behind = Behind {
                number: row.get(1)?,
                title: row.get(2)?,
                stage: row.get(3)?,
                place: if address.is_empty() { row.get(5)? } else { address },
                department: None,
                opened_at: row.get(6)?,
                closed_at: row.get(7)?,
            };
            found.insert(row.get(0)?, behind);
        }
    }
    Ok(found)
}

/// Whistles by their identifiers, as cases are shown; what they are called and where they stand are words.
///
/// # Errors
/// When the database fails.
pub async fn whistles(tx: &Tx, ids: &[Id]) -> Result<HashMap<Id, Behind>, DbError> {
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Place {
        address: String,
    }
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Document {
        place: Place,
    }
    let mut found = HashMap::new();
    for ids in ids.chunks(500) {
        let sql = format!(
            "select id, number, kind, stage, body, drafted_at, ended_at from whistles where id in ({})",
            slots(0, ids.len())
        );
        for row in tx.query(&sql, ints(ids)).await? {
            let document: Document = of_json(&row.get::<String>(4)?)?;
            let behind = Behind {
                number: row.get(1)?,
                title: row.get(2)?,
                stage: row.get(3)?,
                place: document.place.address,
                department: None,
                opened_at: row.get(5)?,
                closed_at: row.get(6)?,
            };
            found.insert(row.get(0)?, behind);
        }
    }
    Ok(found)
}

/// A clock as a list behind a number shows it.
#[derive(Debug, Clone)]
pub struct ClockBehind {
    /// When it is or was due.
    pub due_at: Option<Moment>,
    /// When it was stopped.
    pub finished_at: Option<Moment>,
    /// Milliseconds beyond the due moment, in the unit's own counting.
    pub overdue: i64,
    /// Exempted on appeal.
    pub is_exempt: bool,
}

/// Clocks by case and number.
///
/// # Errors
/// When the database fails.
pub async fn clocks(tx: &Tx, ids: &[(Id, i64)]) -> Result<HashMap<(Id, i64), ClockBehind>, DbError> {
    let mut found = HashMap::new();
    let cases: Vec<Id> = ids.iter().map(|(case, _)| *case).collect();
    for cases in cases.chunks(500) {
        let sql = format!(
            "select case_id, seq, due_at, finished_at, overdue_ms, is_exempt from timers where case_id in ({})",
            slots(0, cases.len())
        );
        for row in tx.query(&sql, ints(cases)).await? {
            let clock = ClockBehind {
                due_at: row.get(2)?,
                finished_at: row.get(3)?,
                overdue: row.get::<Option<i64>>(4)?.unwrap_or(0),
                is_exempt: row.get(5)?,
            };
            found.insert((row.get(0)?, row.get(1)?), clock);
        }
    }
    Ok(found)
}

// ---- how things stand now ----

/// The stages in which a department works on a case; what it handed back and what waits to be dispatched is not in its hands.
const IN_HAND: &str = "('dispatched', 'handling', 'awaiting-feedback')";
/// Those in which a crew member works on it.
const IN_CREWS_HANDS: &str = "('dispatched', 'handling')";
/// Whose hands those of a crew are.
const CREWS: &str = "c.is_open = 1 and c.crew_id is not null \
    and c.crew_id in (select id from accounts where post = 'crew_member' and is_active = 1)";

/// What stands behind a number of the leaders' page. The number and its list ask with the same condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Clocks that are past their due moment: of one kind, of one department.
    Late(Option<Clock>, Option<Id>),
    /// Clocks that will be late soon: of one kind, of one department.
    Soon(Option<Clock>, Option<Id>),
    /// Cases in a department's hands; none: in any department's.
    Hand(Option<Id>),
    /// Cases in a crew member's hands; none: in anybody's.
    Crew(Option<Id>),
    /// Orders that wait for an answer.
    Orders,
    /// Requests that wait for a decision: of one kind.
    Requests(Option<String>),
    /// Cases that were closed between two moments.
    Closed(Moment, Moment),
}

impl Standing {
    /// Whether clocks are listed, and not cases.
    pub const fn is_clocks(&self) -> bool {
        matches!(self, Standing::Late(..) | Standing::Soon(..))
    }

    /// The condition, of the clock `t` or the case `c`.
    fn condition(&self, now: Moment, soon: Moment, params: &mut Vec<Value>) -> String {
        let mut next = |value: Value| {
            params.push(value);
            format!("${}", params.len())
        };
        match self {
            Standing::Late(clock, department) | Standing::Soon(clock, department) => {
                let range = if matches!(self, Standing::Late(..)) {
                    format!("coalesce(t.due_at, 0) > 0 and coalesce(t.due_at, 0) < {}", next(now.into()))
                } else {
                    let (now, soon) = (next(now.into()), next(soon.into()));
                    format!("coalesce(t.due_at, 0) >= {now} and coalesce(t.due_at, 0) < {soon}")
                };
                let kind = clock.map(|clock| format!(" and t.kind = '{}'", clock.word())).unwrap_or_default();
                let of = department.map(|id| format!(" and t.department_id = {}", next(id.into()))).unwrap_or_default();
                format!("t.finished_at is null and {range}{kind}{of}")
            }
            Standing::Hand(department) => {
                let of = match department {
                    Some(id) => format!("c.department_id = {}", next((*id).into())),
                    None => "c.department_id is not null".into(),
                };
                format!("c.is_open = 1 and {of} and c.stage in {IN_HAND}")
            }
            Standing::Crew(crew) => {
                let of = crew.map(|id| format!(" and c.crew_id = {}", next(id.into()))).unwrap_or_default();
                format!("{CREWS} and c.stage in {IN_CREWS_HANDS}{of}")
            }
            Standing::Orders => "c.is_supervised = 1".into(),
            Standing::Requests(kind) => {
                let of = kind.as_ref().map(|kind| format!(" and c.request_kind = {}", next(kind.into())));
                format!("c.request_kind is not null{}", of.unwrap_or_default())
            }
            Standing::Closed(from, to) => {
                let (from, to) = (next((*from).into()), next((*to).into()));
                format!(
                    "c.is_open = 0 and c.closed_at >= {from} and c.closed_at < {to} and c.outcome in {MENDED} \
                     and c.parent_id is null"
                )
            }
        }
    }
}

/// How many clocks or cases stand behind a number.
///
/// # Errors
/// When the database fails.
pub async fn standing_count(tx: &Tx, of: &Standing, now: Moment, soon: Moment) -> Result<i64, DbError> {
    let mut params = Vec::new();
    let condition = of.condition(now, soon, &mut params);
    let table = if of.is_clocks() { "timers t" } else { "cases c" };
    tx.query_one(&format!("select count(*) from {table} where {condition}"), params).await?.get(0)
}

/// A clock or a case of a list behind a number of the leaders' page.
#[derive(Debug, Clone)]
pub struct Stands {
    /// The case.
    pub case: Id,
    /// The kind of the clock; empty for a case.
    pub clock: String,
    /// What is asked for; empty when nothing is.
    pub request: String,
    /// The case's number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub stage: String,
    /// The address, or else the unit grid.
    pub place: String,
    /// Whose clock it is, or who has the case.
    pub department: Option<Id>,
    /// The crew member who has it.
    pub crew: Option<Id>,
    /// When the clock is due.
    pub due: Option<Moment>,
    /// When the case was opened.
    pub opened_at: Moment,
    /// When it ended.
    pub closed_at: Option<Moment>,
}

/// The clocks or cases behind a number, what is due first, first; from the `skip`-th on, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn standing(
    tx: &Tx,
    of: &Standing,
    (now, soon): (Moment, Moment),
    skip: usize,
    most: usize,
) -> Result<Vec<Stands>, DbError> {
    let mut params = Vec::new();
    let condition = of.condition(now, soon, &mut params);
    params.extend(params![most, skip]);
    let (most, skip) = (params.len() - 1, params.len());
    let columns = "coalesce(c.request_kind, ''), c.number, c.title, c.stage, c.address, c.cell, c.crew_id, c.opened_at, \
                   c.closed_at";
    let sql = if of.is_clocks() {
        format!(
            "select t.case_id, t.kind, t.department_id, coalesce(t.due_at, 0), {columns} from timers t \
             cross join cases c where c.id = t.case_id and {condition} \
             order by coalesce(t.due_at, 0), t.case_id, t.seq limit ${most} offset ${skip}"
        )
    } else {
        let order = if matches!(of, Standing::Closed(..)) { "c.closed_at" } else { "c.due_order_at" };
        format!(
            "select c.id, '', c.department_id, c.due_order_at, {columns} from cases c where {condition} \
             order by {order}, c.id limit ${most} offset ${skip}"
        )
    };
    let read = |row: &Row| -> Result<Stands, DbError> {
        let (due, address): (i64, String) = (row.get(3)?, row.get(8)?);
        Ok(Stands {
            case: row.get(0)?,
            clock: row.get(1)?,
            department: row.get(2)?,
            due: (due > 0 && due < NEVER).then_some(Moment(due)),
            request: row.get(4)?,
            number: row.get(5)?,
            title: row.get(6)?,
            stage: row.get(7)?,
            place: if address.is_empty() { row.get(9)? } else { address },
            crew: row.get(10)?,
            opened_at: row.get(11)?,
            closed_at: row.get(12)?,
        })
    };
    tx.query(&sql, params).await?.iter().map(read).collect()
}

/// How many clocks of each kind are past their due moment, and how many will be by `soon`: kind, department, late, soon.
///
/// # Errors
/// When the database fails.
pub async fn due_clocks(tx: &Tx, now: Moment, soon: Moment) -> Result<Vec<(String, Option<Id>, i64, i64)>, DbError> {
    let sql = "select kind, department_id, cast(sum(case when coalesce(due_at, 0) < $1 then 1 else 0 end) as bigint), \
               cast(sum(case when coalesce(due_at, 0) >= $1 then 1 else 0 end) as bigint) from timers \
               where finished_at is null and coalesce(due_at, 0) > 0 and coalesce(due_at, 0) < $2 \
               group by kind, department_id";
    let rows = tx.query(sql, params![now, soon]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}

/// How many cases each department has in hand.
///
/// # Errors
/// When the database fails.
pub async fn department_load(tx: &Tx) -> Result<Vec<(Id, i64)>, DbError> {
    let mut params = Vec::new();
    let condition = Standing::Hand(None).condition(Moment(0), Moment(0), &mut params);
    let sql = format!("select c.department_id, count(*) from cases c where {condition} group by c.department_id");
    tx.query(&sql, params).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// How many cases each crew member has in hand.
///
/// # Errors
/// When the database fails.
pub async fn crew_load(tx: &Tx) -> Result<Vec<(Id, i64)>, DbError> {
    // Each crew's own stretch of an index, however many cases there were before.
    let sql = format!(
        "select a.id, (select count(*) from cases c where c.crew_id = a.id and c.stage in {IN_CREWS_HANDS}) \
         from accounts a where a.post = 'crew_member' and a.is_active = 1"
    );
    let rows = tx.query(&sql, params![]).await?;
    let loads = rows.iter().map(|row| Ok((row.get(0)?, row.get::<i64>(1)?)));
    loads.filter(|load| !matches!(load, Ok((_, 0)))).collect()
}

/// A case that waits for somebody's decision or answer.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The case.
    pub case: Id,
    /// What is asked for; empty for an order that waits for its answer.
    pub kind: String,
    /// The case's number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// The department that has it.
    pub department: Option<Id>,
    /// Since when it waits: when it was asked for or ordered.
    pub since: Moment,
}

/// How many waiting cases are looked at for the oldest of them.
const MOST_WAITING: usize = 500;

/// Since when a case waits, by its branches; what was never written there waits since it stands where it stands.
fn waits_since(branches: &Branches, kind: &str) -> Option<Moment> {
    let request = branches.request.as_ref().filter(|request| request.kind.text() == kind);
    let void = branches.void_request.as_ref().filter(|request| request.kind.text() == kind);
    match kind {
        "" => branches.orders.iter().filter(|order| order.answered_at.is_none()).map(|order| order.at).min(),
        "appeal" => branches.appeal.as_ref().map(|appeal| appeal.at),
        _ => request.or(void).map(|request| request.at),
    }
}

/// The cases that have waited longest, by the moments that their branches keep.
fn oldest(rows: &[Row], most: usize) -> Result<Vec<Waiting>, DbError> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let kind = row.get::<Option<String>>(1)?.unwrap_or_default();
        let branches: Branches = of_json(&row.get::<String>(6)?)?;
        all.push(Waiting {
            case: row.get(0)?,
            number: row.get(2)?,
            title: row.get(3)?,
            department: row.get(4)?,
            since: waits_since(&branches, &kind).unwrap_or(row.get(5)?),
            kind,
        });
    }
    all.sort_by_key(|one| (one.since, one.case));
    all.truncate(most);
    Ok(all)
}

/// How many cases wait with an order for its answer, and those that have waited longest.
///
/// # Errors
/// When the database fails.
pub async fn unanswered(tx: &Tx, most: usize) -> Result<(i64, Vec<Waiting>), DbError> {
    let count = tx.query_one("select count(*) from cases where is_supervised = 1", params![]).await?.get(0)?;
    let sql = "select id, '', number, title, department_id, opened_at, branches from cases where is_supervised = 1 \
               order by opened_at, id limit $1";
    Ok((count, oldest(&tx.query(sql, params![MOST_WAITING]).await?, most)?))
}

/// What waits for a decision: how many of each kind, and the oldest.
///
/// # Errors
/// When the database fails.
pub async fn undecided(tx: &Tx, most: usize) -> Result<(Vec<(String, i64)>, Vec<Waiting>), DbError> {
    let sql =
        "select request_kind, count(*) from cases where request_kind is not null group by request_kind order by 1";
    let kinds = tx.query(sql, params![]).await?;
    let kinds = kinds.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?;
    let sql = "select id, request_kind, number, title, department_id, stage_since_at, branches from cases \
               where request_kind is not null order by stage_since_at, id limit $1";
    Ok((kinds, oldest(&tx.query(sql, params![MOST_WAITING]).await?, most)?))
}

/// How long the cases that were closed between two moments took, milliseconds, in no order.
///
/// # Errors
/// When the database fails.
pub async fn lengths(tx: &Tx, from: Moment, to: Moment) -> Result<Vec<i64>, DbError> {
    let sql = format!(
        "select closed_at - opened_at from cases where is_open = 0 and closed_at >= $1 and closed_at < $2 \
         and outcome in {MENDED} and parent_id is null"
    );
    tx.query(&sql, params![from, to]).await?.iter().map(|row| row.get(0)).collect()
}
