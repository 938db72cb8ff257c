//! What a case may do, in tables and at random: whatever anybody does, the promises hold, and the log makes the case again.

use super::super::timer::{Finish, Rules, StageLimits, Timer, TimerKind, follow, handling};
use super::*;
use crate::law::calendar::tests::calendar;
use crate::law::{Calendar, Conventions};
use proptest::prelude::*;
use std::sync::LazyLock;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendar);
/// The same with a day more off: 2026-03-11, a Wednesday, and 2026-04-09, a Thursday, published too late for whoever runs.
static MOVED: LazyLock<Calendar> = LazyLock::new(|| {
    let mut files = crate::kit::sources::Sources::embedded().folder(crate::law::calendar::FOLDER);
    let more = "\n[[festival]]\nname = \"临时放假\"\noff = [\"2026-03-11\", \"2026-04-09\"]\n";
    files.iter_mut().filter(|(path, _)| path.ends_with("2026.toml")).for_each(|(_, text)| text.push_str(more));
    Calendar::load(&files, CALENDAR.hours().clone(), CALENDAR.zone().clone()).expect("the calendar")
});
static LIMITS: LazyLock<StageLimits> = LazyLock::new(StageLimits::default);

/// 2026-03-10, a Tuesday, 10:00 in Wanglan.
const NOW: Moment = Moment(1_773_108_000_000);
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn rules(calendar: &'static Calendar) -> Rules<'static> {
    Rules { calendar, conventions: Conventions::default(), limits: &LIMITS }
}

fn place() -> Place {
    Place {
        lon: Some(114.05),
        lat: Some(22.54),
        coordinates: "wgs84".into(),
        cell: "440304001001001".into(),
        ..Place::default()
    }
}
fn opened(source: Source) -> Case {
    let mut case = Case::open(7, "20231114-0001".into(), "井盖破损".into(), place(), source, false, NOW);
    case.opened_by = (source == Source::Keeper).then_some(2);
    case
}
fn filing() -> Option<Filing> {
    Some(Filing {
        code_set: "gbt30428".into(),
        kind: "component".into(),
        code: "0101".into(),
        condition: "0101-1".into(),
        limit_amount: 4,
        limit_unit: "working_hour".into(),
        catalog_version: "2025-01-01".into(),
        calendar_version: "2026".into(),
    })
}
fn by(account: Id, side: Side, department: Option<Id>) -> Doer {
    Doer { account: (!matches!(side, Side::Citizen | Side::Program)).then_some(account), side, department }
}

/// A case with its clocks and the facts that made both.
#[derive(Clone, Debug)]
struct World {
    case: Case,
    timers: Vec<Timer>,
    facts: Vec<Fact>,
    opened: Case,
    settings: Settings,
    calendar: &'static Calendar,
}

impl World {
    fn new(mut case: Case) -> World {
        let mut timers = vec![];
        follow(&mut timers, None, &mut case, None, None, NOW, &rules(&CALENDAR)).expect("a first clock");
        let (facts, settings) = (vec![], Settings::default());
        World { opened: case.clone(), case, timers, facts, settings, calendar: &CALENDAR }
    }

    fn does(&mut self, doer: Doer, next: CaseAct, now: Moment) -> Result<&Fact, CaseRefusal> {
        let before = self.case.clone();
        let (mut after, fact) = act(before.clone(), doer, next.clone(), now, &self.settings)?;
        follow(&mut self.timers, Some(&before), &mut after, Some(&next), doer.account, now, &rules(self.calendar))
            .unwrap_or_else(|no| panic!("{next:?}: {no:?}"));
        self.case = after;
        self.facts.push(fact);
        Ok(self.facts.last().expect("the fact"))
    }

    fn walks(mut self, acts: Vec<(Doer, CaseAct)>) -> World {
        for (doer, next) in acts {
            self.does(doer, next.clone(), NOW).unwrap_or_else(|no| panic!("{next:?}: {no:?}"));
        }
        self
    }

    fn refuses(&self, doer: Doer, next: CaseAct, now: Moment) -> CaseRefusal {
        act(self.case.clone(), doer, next, now, &self.settings).unwrap_err()
    }

    fn handling(&self) -> &Timer {
        handling(&self.timers).expect("a department's clock")
    }
}

const ACCEPTOR: Doer = Doer { account: Some(1), side: Side::Acceptor, department: None };
const KEEPER: Doer = Doer { account: Some(2), side: Side::Keeper, department: None };
const DISPATCHER: Doer = Doer { account: Some(3), side: Side::Dispatcher, department: None };
const DESK: Doer = Doer { account: Some(4), side: Side::Department, department: Some(50) };
const CREW: Doer = Doer { account: Some(5), side: Side::Crew, department: Some(50) };
const SHIFT: Doer = Doer { account: Some(6), side: Side::ShiftLeader, department: None };
const LEADER: Doer = Doer { account: Some(7), side: Side::Leader, department: None };
const PROGRAM: Doer = Doer { account: None, side: Side::Program, department: None };

/// The straight way.
fn straight() -> Vec<(Doer, CaseAct)> {
    vec![
        (ACCEPTOR, CaseAct::AcceptReport),
        (KEEPER, CaseAct::ReportCheck { found: true }),
        (ACCEPTOR, CaseAct::FileCase { filing: filing() }),
        (DISPATCHER, CaseAct::DispatchCase { department: 50 }),
        (DESK, CaseAct::AssignCrew { crew: 5 }),
        (CREW, CaseAct::AcceptTask),
        (CREW, CaseAct::HandInWork { photos: 1 }),
        (DESK, CaseAct::FeedBack),
        (ACCEPTOR, CaseAct::AskVerification { keeper: None }),
        (KEEPER, CaseAct::VerifyCase { passed: true }),
        (SHIFT, CaseAct::CloseCase),
    ]
}

/// The straight way as far as so many acts.
fn after(acts: usize) -> World {
    World::new(opened(Source::Citizen)).walks(straight().into_iter().take(acts).collect())
}

#[test]
fn the_straight_way_ends_fixed() {
    let world = after(11);
    assert_eq!((world.case.stage, world.case.outcome, world.case.revision), (Stage::Closed, Some(Outcome::Fixed), 12));
    assert_eq!(world.case.handlers.iter().copied().collect::<Vec<_>>(), [3, 4, 5]);
    let kinds: Vec<TimerKind> = world.timers.iter().map(|timer| timer.kind).collect();
    use TimerKind as K;
    assert_eq!(kinds, [K::Accept, K::Check, K::File, K::Dispatch, K::Handle, K::Verify, K::Close]);
    assert!(world.timers.iter().all(|timer| timer.finish == Some(Finish::Done) && timer.overdue_ms == Some(0)));
    // Tuesday 10:00 and four working hours: over lunch to 16:00.
    assert_eq!(world.case.due_at, Some(NOW.plus(6 * HOUR)));
}

#[test]
fn a_clock_keeps_the_crew_whose_work_it_was() {
    let crews = |world: &World| -> Vec<Option<Id>> {
        let handling = world.timers.iter().filter(|timer| timer.kind == TimerKind::Handle);
        handling.map(|timer| timer.crew).collect()
    };
    assert_eq!(crews(&after(7)), [None], "while it is under way the case tells whose it is");
    assert_eq!(crews(&after(11)), [Some(5)]);
    // Opened again, and given to somebody else.
    let again = after(11).walks(vec![
        (ACCEPTOR, CaseAct::ReopenCase),
        (DISPATCHER, CaseAct::DispatchCase { department: 50 }),
        (DESK, CaseAct::AssignCrew { crew: 8 }),
    ]);
    assert_eq!((again.case.crew, crews(&again)), (Some(8), vec![Some(5), None]));
}

#[test]
fn a_keepers_own_report_skips_the_check() {
    let world = World::new(opened(Source::Keeper)).walks(vec![(ACCEPTOR, CaseAct::AcceptReport)]);
    assert_eq!(world.case.stage, Stage::AwaitingFiling);
    assert_eq!(world.refuses(ACCEPTOR, CaseAct::AskCheck { keeper: None }, NOW), CaseRefusal::KeeperSawIt);
}

#[test]
fn each_refusal_has_a_reason_a_person_can_meet() {
    assert_eq!(after(0).refuses(ACCEPTOR, CaseAct::CloseCase, NOW), CaseRefusal::StageElsewhere);
    assert_eq!(after(0).refuses(CREW, CaseAct::AcceptReport, NOW), CaseRefusal::PostNotAllowed);
    assert_eq!(after(2).refuses(ACCEPTOR, CaseAct::FileCase { filing: None }, NOW), CaseRefusal::ConditionMissing);
    let file = CaseAct::FileCase { filing: filing() };
    let mut nowhere = after(2);
    nowhere.case.place = Place::default();
    assert_eq!(nowhere.refuses(ACCEPTOR, file.clone(), NOW), CaseRefusal::PlaceUnknown);
    let mut nothing = after(2);
    nothing.case.is_found = Some(false);
    assert_eq!(nothing.refuses(ACCEPTOR, file, NOW), CaseRefusal::NothingFound);
    let other = by(9, Side::Department, Some(51));
    assert_eq!(after(4).refuses(other, CaseAct::AssignCrew { crew: 5 }, NOW), CaseRefusal::DepartmentElsewhere);
    assert_eq!(after(5).refuses(by(8, Side::Crew, Some(50)), CaseAct::AcceptTask, NOW), CaseRefusal::TaskOfAnother);
    assert_eq!(after(6).refuses(CREW, CaseAct::HandInWork { photos: 0 }, NOW), CaseRefusal::PhotoMissing);
    let own = CaseAct::AskVerification { keeper: Some(5) };
    assert_eq!(after(8).refuses(ACCEPTOR, own, NOW), CaseRefusal::VerifiesOwnWork);
    let pass = CaseAct::VerifyCase { passed: true };
    assert_eq!(after(9).refuses(by(5, Side::Keeper, None), pass.clone(), NOW), CaseRefusal::VerifiesOwnWork);
    assert_eq!(after(9).refuses(by(9, Side::Keeper, Some(50)), pass, NOW), CaseRefusal::VerifiesOwnWork);
    assert_eq!(after(10).refuses(by(4, Side::Acceptor, None), CaseAct::CloseCase, NOW), CaseRefusal::ClosesOwnWork);
    let force = CaseAct::ForceClose { reason: ForceReason::OutOfReach };
    assert_eq!(after(6).refuses(by(4, Side::ShiftLeader, None), force, NOW), CaseRefusal::ClosesOwnWork);
}

#[test]
fn a_return_is_asked_for_and_decided() {
    let ask = CaseAct::AskReturn { reason: ReturnReason::NotOurDuty };
    let (grant, refuse) = (CaseAct::DecideRequest { granted: true }, CaseAct::DecideRequest { granted: false });
    let (an_hour, later, much_later) = (NOW.plus(HOUR), NOW.plus(2 * HOUR), NOW.plus(3 * HOUR));
    let mut world = after(4);
    world.does(DESK, ask.clone(), an_hour).expect("asked");
    assert_eq!((world.case.stage, world.case.due_at), (Stage::Returning, None), "its clock stands still");
    assert_eq!(world.refuses(CREW, CaseAct::AcceptTask, an_hour), CaseRefusal::StageElsewhere);
    assert_eq!(world.refuses(ACCEPTOR, grant.clone(), an_hour), CaseRefusal::PostNotAllowed);

    // Refused: the same department's clock runs on, and an hour was not counted.
    let mut kept = world.clone();
    kept.does(DISPATCHER, refuse.clone(), later).expect("decided");
    assert_eq!((kept.case.stage, kept.case.department), (Stage::Dispatched, Some(50)));
    // Ten to eleven was counted; eleven to twelve was not; three hours are left after lunch and the hour to noon is gone.
    assert_eq!(kept.case.due_at, Some(NOW.plus(7 * HOUR)));
    // The second return is for the shift leader, who decides for good.
    kept.does(DESK, ask.clone(), later).expect("asked again");
    assert_eq!(kept.refuses(DISPATCHER, refuse.clone(), much_later), CaseRefusal::SecondReturn);
    kept.does(SHIFT, refuse, much_later).expect("decided for good");
    assert_eq!(kept.refuses(DESK, ask.clone(), much_later), CaseRefusal::ReturnFinal);

    // Granted: nobody has it, and another department has a clock of its own.
    world.does(DISPATCHER, grant, later).expect("decided");
    let stands = (world.case.stage, world.case.department, world.case.return_count);
    assert_eq!(stands, (Stage::AwaitingDispatch, None, 1));
    assert_eq!(world.facts.last().expect("a fact").reason, Some("not-our-duty"));
    let mut other = world.clone();
    other.does(DISPATCHER, CaseAct::DispatchCase { department: 51 }, later).expect("dispatched");
    let returned = other.timers.iter().find(|timer| timer.department == Some(50)).expect("the first clock");
    assert_eq!(
        (returned.finish, returned.finished_at),
        (Some(Finish::Returned), Some(an_hour)),
        "it stopped when asked"
    );
    assert_eq!((other.handling().department, other.handling().started_at), (Some(51), later));
    // The same department again: its clock runs on.
    world.does(DISPATCHER, CaseAct::DispatchCase { department: 50 }, later).expect("dispatched");
    assert_eq!((world.handling().started_at, world.case.due_at), (NOW, Some(NOW.plus(7 * HOUR))));
}

#[test]
fn what_nobody_owns_falls_to_the_territory_for_good() {
    let mut world = after(4);
    world.does(DESK, CaseAct::AskReturn { reason: ReturnReason::NotOurDuty }, NOW).expect("asked");
    let give = CaseAct::GiveToTerritory { department: 60 };
    assert_eq!(world.refuses(DISPATCHER, give.clone(), NOW), CaseRefusal::StageElsewhere);
    world.does(DISPATCHER, CaseAct::DecideRequest { granted: true }, NOW).expect("taken back, and counted");
    world.does(DISPATCHER, give, NOW.plus(HOUR)).expect("given");
    assert_eq!((world.case.stage, world.case.department), (Stage::Dispatched, Some(60)));
    let office = by(8, Side::Department, Some(60));
    let ask = CaseAct::AskReturn { reason: ReturnReason::NotOurDuty };
    assert_eq!(world.refuses(office, ask, NOW.plus(HOUR)), CaseRefusal::ReturnFinal);
}

#[test]
fn more_time_is_granted_twice_by_whoever_may() {
    let ask = |amount| CaseAct::AskPostponement { reason: PostponeReason::Weather, amount, documents: 1 };
    let (grant, refuse) = (CaseAct::DecideRequest { granted: true }, CaseAct::DecideRequest { granted: false });
    let mut world = after(4);
    assert_eq!(world.refuses(DESK, ask(5), NOW), CaseRefusal::AmountTooLarge);
    assert_eq!(world.refuses(DESK, ask(0), NOW), CaseRefusal::AmountTooLarge);
    let bare = CaseAct::AskPostponement { reason: PostponeReason::Weather, amount: 2, documents: 0 };
    assert_eq!(world.refuses(DESK, bare, NOW), CaseRefusal::DocumentMissing);
    assert_eq!(world.refuses(DESK, ask(2), NOW.plus(6 * HOUR + 1)), CaseRefusal::LimitPassed);
    world.does(DESK, ask(4), NOW).expect("asked");
    assert_eq!(world.refuses(DESK, ask(2), NOW), CaseRefusal::RequestPending);
    // A dispatcher grants half of the limit; the whole is for the shift leader.
    assert_eq!(deciders(&world.case, &world.settings), [Side::ShiftLeader]);
    assert!(may_refuse(&world.case, Side::Dispatcher, &world.settings));
    assert_eq!(world.refuses(DISPATCHER, grant.clone(), NOW), CaseRefusal::BeyondPower);
    world.does(DISPATCHER, refuse, NOW).expect("refused");
    world.does(DESK, ask(4), NOW).expect("a refusal does not count");
    world.does(SHIFT, grant.clone(), NOW).expect("granted");
    // Eight working hours from Tuesday 10:00: five and a half on that day, and the others until Wednesday 11:00.
    assert_eq!((world.case.due_at, world.handling().extra), (Some(NOW.plus(25 * HOUR)), 4));
    world.does(DESK, ask(2), NOW).expect("asked again");
    assert_eq!(world.refuses(DISPATCHER, grant.clone(), NOW), CaseRefusal::BeyondPower);
    world.does(SHIFT, grant.clone(), NOW).expect("half of the limit");
    assert_eq!(world.refuses(DESK, ask(1), NOW), CaseRefusal::PostponedTwice);
    assert_eq!(world.handling().extra, 6);
    // The asking department is not the one that decides.
    let mut own = after(4);
    own.does(DESK, ask(1), NOW).expect("asked");
    assert_eq!(own.refuses(by(4, Side::Dispatcher, None), grant, NOW), CaseRefusal::OwnRequest);
}

#[test]
fn a_suspended_case_waits_once_and_goes_on_by_itself() {
    let ask = |until| CaseAct::AskSuspension { reason: SuspendReason::Seasonal, until };
    let grant = CaseAct::DecideRequest { granted: true };
    let (from, until) = (NOW.plus(HOUR), NOW.plus(30 * DAY));
    let mut world = after(6);
    assert_eq!(world.refuses(DESK, ask(NOW), NOW), CaseRefusal::DatePassed);
    assert_eq!(world.refuses(DESK, ask(NOW.plus(367 * DAY)), NOW), CaseRefusal::SuspensionTooLong);
    world.does(DESK, ask(until), from).expect("asked");
    assert_eq!(world.refuses(DISPATCHER, grant.clone(), from), CaseRefusal::BeyondPower);
    world.does(SHIFT, grant, from).expect("granted");
    assert_eq!((world.case.stage, world.case.due_at), (Stage::Handling, None));
    assert_eq!(world.refuses(PROGRAM, CaseAct::ResumeCase, until.plus(-1)), CaseRefusal::Suspended);
    assert_eq!(world.refuses(DESK, ask(until), from), CaseRefusal::Suspended);
    let mut mended = world.clone();
    mended.does(CREW, CaseAct::HandInWork { photos: 1 }, from.plus(DAY)).expect("mended before its day");
    mended.does(DESK, CaseAct::FeedBack, from.plus(DAY)).expect("answered");
    assert_eq!((mended.handling().overdue_ms, mended.case.branches.suspension), (Some(0), None));
    world.does(PROGRAM, CaseAct::ResumeCase, until).expect("its day has come");
    // Three of four working hours were left on Thursday 9 April at 10:00: noon takes two, one is left at two o'clock.
    assert_eq!(world.case.due_at, Some(until.plus(5 * HOUR)));
    assert_eq!(world.refuses(DESK, ask(until.plus(DAY)), until), CaseRefusal::SuspendedOnce);
}

#[test]
fn an_order_shows_until_it_is_answered() {
    let order = |words: &str| CaseAct::SuperviseCase { words: words.into(), answer_by: NOW.plus(DAY) };
    let answer = |number| CaseAct::AnswerOrder { number, words: "已到场".into() };
    let mut world = after(5);
    let stage = world.case.stage;
    assert_eq!(world.refuses(LEADER, order(" "), NOW), CaseRefusal::WordsMissing);
    assert_eq!(world.refuses(DISPATCHER, order("请尽快"), NOW), CaseRefusal::PostNotAllowed);
    world.does(LEADER, order("请尽快"), NOW).expect("ordered");
    world.does(SHIFT, order("也请回电"), NOW).expect("ordered again");
    assert_eq!((world.case.stage, world.case.open_orders().next().map(|order| order.number)), (stage, Some(1)));
    assert_eq!(world.refuses(DESK, answer(3), NOW), CaseRefusal::NoOrder);
    assert_eq!(world.refuses(SHIFT, answer(2), NOW), CaseRefusal::OwnRequest);
    world.does(DESK, answer(1), NOW).expect("answered");
    assert_eq!(world.refuses(DESK, answer(1), NOW), CaseRefusal::NoOrder);
    assert_eq!(world.case.open_orders().next().map(|order| order.number), Some(2));
}

#[test]
fn the_order_that_is_due_first_is_spoken_of_first() {
    let order = |days| CaseAct::SuperviseCase { words: "请尽快".into(), answer_by: NOW.plus(days * DAY) };
    let mut world = after(5);
    for days in [9, 1, 3] {
        world.does(LEADER, order(days), NOW).expect("ordered");
    }
    assert_eq!(world.case.order_due_at(None), Some(NOW.plus(DAY)));
    assert_eq!(world.case.order_due_at(Some(NOW.plus(DAY))), Some(NOW.plus(3 * DAY)), "the next one");
    world.does(DESK, CaseAct::AnswerOrder { number: 3, words: "已到场".into() }, NOW).expect("answered");
    assert_eq!(world.case.order_due_at(Some(NOW.plus(DAY))), Some(NOW.plus(9 * DAY)));
    assert_eq!(world.case.order_due_at(Some(NOW.plus(9 * DAY))), None);
}

#[test]
fn what_was_not_done_ends_its_clock_without_being_done() {
    let finishes = |world: &World, kind| -> Vec<Finish> {
        world.timers.iter().filter(|timer| timer.kind == kind).filter_map(|timer| timer.finish).collect()
    };
    let mut world = after(2);
    world.does(ACCEPTOR, CaseAct::AskCheck { keeper: None }, NOW).expect("to be looked at again");
    world.does(KEEPER, CaseAct::ReportCheck { found: true }, NOW).expect("found");
    world.does(ACCEPTOR, CaseAct::FileCase { filing: filing() }, NOW).expect("filed");
    assert_eq!(finishes(&world, TimerKind::File), [Finish::Ended, Finish::Done], "filed once");
    let mut back = after(8);
    back.does(ACCEPTOR, CaseAct::SendBack, NOW).expect("sent back unseen");
    assert_eq!(finishes(&back, TimerKind::Verify), [Finish::Ended]);
    let mut failed = after(9);
    failed.does(KEEPER, CaseAct::VerifyCase { passed: false }, NOW).expect("looked at");
    assert_eq!(finishes(&failed, TimerKind::Verify), [Finish::Done], "somebody looked");
}

#[test]
fn what_is_held_does_not_end_before_that_is_over() {
    let hold = |by: Id| CaseAct::Hold { by, number: format!("S{by}") };
    let (strike, force) =
        (CaseAct::VoidCase { reason: VoidReason::Test }, CaseAct::ForceClose { reason: ForceReason::OutOfReach });
    let mut world = after(10);
    assert_eq!(world.refuses(SHIFT, hold(901), NOW), CaseRefusal::PostNotAllowed);
    world.does(PROGRAM, hold(901), NOW).expect("held");
    world.does(PROGRAM, hold(902), NOW).expect("held by another too");
    assert_eq!(world.refuses(PROGRAM, hold(901), NOW), CaseRefusal::StageElsewhere, "once each");
    for end in [CaseAct::CloseCase, strike.clone(), force] {
        assert_eq!(world.refuses(SHIFT, end, NOW), CaseRefusal::Held);
    }
    world.does(DISPATCHER, CaseAct::AskVoid { reason: VoidReason::Test, into: None }, NOW).expect("asked");
    assert_eq!(world.refuses(LEADER, CaseAct::DecideVoid { granted: true }, NOW), CaseRefusal::Held);
    world.does(LEADER, CaseAct::DecideVoid { granted: false }, NOW).expect("what is refused goes on");
    // Part of a whole, or a whole: neither the program ends it.
    assert_eq!(world.refuses(PROGRAM, CaseAct::VoidCase { reason: VoidReason::WholeEnded }, NOW), CaseRefusal::Held);
    world.does(PROGRAM, CaseAct::Unhold { by: 901 }, NOW).expect("over");
    assert_eq!(world.refuses(SHIFT, CaseAct::CloseCase, NOW), CaseRefusal::Held);
    world.does(PROGRAM, CaseAct::Unhold { by: 902 }, NOW).expect("over");
    world.does(SHIFT, CaseAct::CloseCase, NOW).expect("closed");
    assert_eq!(world.refuses(PROGRAM, hold(903), NOW), CaseRefusal::StageElsewhere, "it is over");
    let mut unfiled = after(1);
    unfiled.does(PROGRAM, hold(901), NOW).expect("held");
    let decline = CaseAct::DeclineReport { reason: DeclineReason::Duplicate };
    assert_eq!(unfiled.refuses(ACCEPTOR, decline, NOW), CaseRefusal::Held);
}

#[test]
fn what_is_filed_under_an_urgent_limit_is_urgent() {
    let urgent = filing().map(|filing| Filing { limit_unit: "urgent_hour".into(), ..filing });
    let mut world = after(2);
    world.does(ACCEPTOR, CaseAct::FileCase { filing: urgent }, NOW).expect("filed");
    assert!(world.case.is_urgent && !after(3).case.is_urgent);
    world.does(DISPATCHER, CaseAct::ClearUrgent, NOW).expect("a false alarm");
    assert!(!world.case.is_urgent);
    assert_eq!(world.refuses(DISPATCHER, CaseAct::ClearUrgent, NOW), CaseRefusal::StageElsewhere);
}

#[test]
fn a_day_off_that_comes_too_late_moves_no_case_that_runs() {
    let (grant, ask) = (
        CaseAct::DecideRequest { granted: true },
        CaseAct::AskPostponement { reason: PostponeReason::Weather, amount: 4, documents: 1 },
    );
    // More time: eight working hours from Tuesday 10:00 reach into Wednesday, which is a day off by now.
    let mut postponed = after(4);
    postponed.calendar = &MOVED;
    postponed.does(DESK, ask, NOW).expect("asked");
    postponed.does(SHIFT, grant.clone(), NOW).expect("granted");
    assert_eq!(postponed.case.due_at, Some(NOW.plus(25 * HOUR)), "Wednesday 11:00, as it was");
    // A suspension until Thursday 9 April 10:00, a day off by now: the other three hours are counted as they were.
    let until = NOW.plus(30 * DAY);
    let mut waited = after(6);
    let ask = CaseAct::AskSuspension { reason: SuspendReason::Seasonal, until };
    waited.does(DESK, ask, NOW.plus(HOUR)).expect("asked");
    waited.does(SHIFT, grant, NOW.plus(HOUR)).expect("granted");
    waited.calendar = &MOVED;
    waited.does(PROGRAM, CaseAct::ResumeCase, until).expect("its day has come");
    assert_eq!(waited.case.due_at, Some(until.plus(5 * HOUR)));
    // What is dispatched from now on has the new days: Tuesday 17:00, half an hour, and then Thursday.
    let mut new = after(3);
    new.calendar = &MOVED;
    new.does(DISPATCHER, CaseAct::DispatchCase { department: 50 }, NOW.plus(7 * HOUR)).expect("dispatched");
    assert_eq!(new.case.due_at, Some(NOW.plus(2 * DAY + 2 * HOUR)), "Thursday noon");
}

#[test]
fn a_keeper_mends_a_small_thing_on_the_spot() {
    let mend = |before, after, is_sampled| CaseAct::SelfHandle { before, after, is_sampled };
    let world = World::new(opened(Source::Keeper));
    assert_eq!(world.refuses(KEEPER, mend(1, 0, false), NOW), CaseRefusal::BothPhotosMissing);
    assert_eq!(world.refuses(KEEPER, mend(0, 1, false), NOW), CaseRefusal::BothPhotosMissing);
    assert_eq!(world.refuses(by(9, Side::Keeper, None), mend(1, 1, false), NOW), CaseRefusal::NotOwnReport);
    let citizens = World::new(opened(Source::Citizen));
    assert_eq!(citizens.refuses(KEEPER, mend(1, 1, false), NOW), CaseRefusal::NotOwnReport);
    let mut mended = world.clone();
    mended.does(KEEPER, mend(1, 1, false), NOW).expect("mended");
    assert_eq!((mended.case.stage, mended.case.outcome), (Stage::Closed, Some(Outcome::SelfHandled)));
    // Of some another keeper looks, and then it is closed, or becomes a case like others.
    let mut sampled = world;
    sampled.does(KEEPER, mend(1, 1, true), NOW).expect("mended");
    sampled.does(ACCEPTOR, CaseAct::AskVerification { keeper: Some(9) }, NOW).expect("asked");
    let own = CaseAct::VerifyCase { passed: true };
    assert_eq!(sampled.refuses(KEEPER, own, NOW), CaseRefusal::TaskOfAnother);
    let mut failed = sampled.clone();
    let other = by(9, Side::Keeper, None);
    failed.does(other, CaseAct::VerifyCase { passed: false }, NOW).expect("looked at");
    assert_eq!(failed.case.stage, Stage::AwaitingFiling);
    sampled.does(other, CaseAct::VerifyCase { passed: true }, NOW).expect("looked at");
    sampled.does(ACCEPTOR, CaseAct::CloseCase, NOW).expect("closed");
    assert_eq!(sampled.case.outcome, Some(Outcome::SelfHandled));
}

#[test]
fn what_was_split_may_be_split_again_and_force_is_not_called_mended() {
    let ended =
        |part, is_forced: bool| CaseAct::EndPart { part, is_fixed: !is_forced, is_forced, handlers: [8].into() };
    let mut world = after(3);
    world.does(DISPATCHER, parts(2), NOW).expect("split");
    world.does(PROGRAM, ended(701, true), NOW).expect("closed by force");
    world.does(PROGRAM, ended(702, false), NOW).expect("mended");
    let mut again = world.clone();
    again.does(ACCEPTOR, CaseAct::SendBack, NOW).expect("sent back");
    assert_eq!((again.case.stage, again.case.branches.parts_made), (Stage::AwaitingDispatch, 2));
    again.does(DISPATCHER, parts(2), NOW).expect("split again");
    assert_eq!(again.case.branches.parts_made, 4, "no number is used twice");
    world.does(ACCEPTOR, CaseAct::CloseCase, NOW).expect("closed");
    assert_eq!(
        (world.case.outcome, world.facts.last().map(|fact| fact.what)),
        (Some(Outcome::Forced), Some(Happened::CaseForceClosed))
    );
    let twice = |n: Id| Part { case: 700 + n, department: 50, is_over: false, is_fixed: false, is_forced: false };
    let same = CaseAct::SplitCase { parts: vec![twice(1), twice(2)], due: None };
    assert_eq!(after(3).refuses(DISPATCHER, same, NOW), CaseRefusal::PartsOutOfRange);
}

#[test]
fn a_department_that_gets_it_again_goes_on_where_it_stopped() {
    let ask = CaseAct::AskReturn { reason: ReturnReason::OthersFirst };
    let grant = CaseAct::DecideRequest { granted: true };
    let mut world = after(4);
    world.does(DESK, ask.clone(), NOW.plus(HOUR)).expect("asked");
    world.does(DISPATCHER, grant.clone(), NOW.plus(HOUR)).expect("granted");
    // Half an hour later than the first stopped, so that the two are due at different moments.
    let other = NOW.plus(HOUR + HOUR / 2);
    world.does(DISPATCHER, CaseAct::DispatchCase { department: 51 }, other).expect("to another");
    assert_eq!(world.case.due_at, Some(NOW.plus(7 * HOUR + HOUR / 2)));
    world.does(by(9, Side::Department, Some(51)), ask, NOW.plus(2 * HOUR)).expect("asked");
    world.does(SHIFT, grant, NOW.plus(2 * HOUR)).expect("granted");
    world.does(SHIFT, CaseAct::DispatchCase { department: 50 }, NOW.plus(4 * HOUR)).expect("to the first again");
    let timer = world.timers.iter().find(|timer| timer.department == Some(50)).expect("its clock");
    assert_eq!((timer.started_at, timer.is_open()), (NOW, true));
    // One of its four hours was used: three from 14:00.
    assert_eq!(world.case.due_at, Some(NOW.plus(7 * HOUR)));
    assert_eq!(world.timers.iter().filter(|timer| timer.kind == TimerKind::Handle).count(), 2);
    // Everything that asks for the department's limit asks this clock, not the younger one of the other.
    let late = NOW.plus(7 * HOUR + HOUR / 4);
    let more = CaseAct::AskPostponement { reason: PostponeReason::Weather, amount: 1, documents: 1 };
    assert_eq!(world.refuses(DESK, more, late), CaseRefusal::LimitPassed);
    for (doer, next) in straight().into_iter().skip(4).take(6) {
        world.does(doer, next, late).expect("the straight way");
    }
    world.does(ACCEPTOR, CaseAct::CloseCase, late).expect("closed");
    assert!(world.case.is_overdue(late));
    let appeal = CaseAct::AppealLateness { reason: AppealReason::WaitedForOthers };
    world.does(DESK, appeal, late).expect("appealed");
    for doer in [LEADER, by(20, Side::ShiftLeader, None)] {
        world.does(doer, CaseAct::ReviewAppeal { accepts: true }, late).expect("looked at");
    }
    let exempt: Vec<Option<Id>> =
        world.timers.iter().filter(|timer| timer.is_exempt).map(|timer| timer.department).collect();
    assert_eq!(exempt, [Some(50)], "whoever appealed");
}

#[test]
fn what_a_keeper_mended_may_be_opened_again() {
    let mend = CaseAct::SelfHandle { before: 1, after: 1, is_sampled: false };
    let world = World::new(opened(Source::Keeper)).walks(vec![(KEEPER, mend)]);
    let mut again = world;
    again.does(ACCEPTOR, CaseAct::ReopenCase, NOW).expect("opened again");
    assert_eq!(again.case.stage, Stage::Received);
}

#[test]
fn other_working_hours_move_no_clock_that_runs() {
    let mut world = after(9);
    let spans = vec![(jiff::civil::time(6, 0, 0, 0), jiff::civil::time(7, 0, 0, 0))];
    let early = CALENDAR.with_hours(crate::law::WorkingHours::new(spans).expect("hours"));
    let rules = Rules { calendar: &early, conventions: Conventions::default(), limits: &LIMITS };
    let (before, again) = (world.case.clone(), NOW.plus(2 * HOUR));
    let fail = CaseAct::VerifyCase { passed: false };
    let (mut case, _) = act(before.clone(), KEEPER, fail.clone(), again, &Settings::default()).expect("not mended");
    follow(&mut world.timers, Some(&before), &mut case, Some(&fail), Some(2), again, &rules).expect("clocks");
    assert_eq!(case.due_at, Some(NOW.plus(23 * HOUR)), "under the hours that it was started under");
}

fn parts(count: i64) -> CaseAct {
    let part = |n| Part { case: 700 + n, department: 50 + n, is_over: false, is_fixed: false, is_forced: false };
    CaseAct::SplitCase { parts: (1..=count).map(part).collect(), due: Some(NOW.plus(9 * HOUR)) }
}

#[test]
fn the_whole_is_closed_when_all_its_parts_have_ended() {
    let ended = |part, is_fixed| CaseAct::EndPart { part, is_fixed, is_forced: false, handlers: [8].into() };
    let mut world = after(3);
    assert_eq!(world.refuses(DISPATCHER, parts(1), NOW), CaseRefusal::PartsOutOfRange);
    assert_eq!(world.refuses(DISPATCHER, parts(11), NOW), CaseRefusal::PartsOutOfRange);
    world.does(DISPATCHER, parts(3), NOW).expect("split");
    let part = world.case.part(701, "20231114-0001-1".into(), "路面".into(), NOW);
    let part = World::new(part);
    assert_eq!(part.refuses(DISPATCHER, parts(2), NOW), CaseRefusal::PartOfWhole);
    assert_eq!(world.refuses(SHIFT, CaseAct::CloseCase, NOW), CaseRefusal::StageElsewhere);
    world.does(PROGRAM, ended(701, true), NOW).expect("ended");
    assert_eq!(world.refuses(PROGRAM, ended(701, true), NOW), CaseRefusal::StageElsewhere, "a part ends once");
    world.does(PROGRAM, ended(702, false), NOW).expect("ended");
    assert_eq!(world.case.stage, Stage::Split);
    let mut failed = after(3);
    failed.does(DISPATCHER, parts(2), NOW).expect("split");
    failed.does(PROGRAM, ended(701, false), NOW).expect("ended");
    failed.does(PROGRAM, ended(702, false), NOW).expect("ended");
    assert_eq!((failed.case.stage, failed.case.due_at), (Stage::AwaitingDispatch, None), "none mended anything");
    world.does(PROGRAM, ended(703, true), NOW).expect("ended");
    assert_eq!(world.case.stage, Stage::AwaitingClosing);
    assert_eq!(world.refuses(by(8, Side::Acceptor, None), CaseAct::CloseCase, NOW), CaseRefusal::ClosesOwnWork);
    world.does(ACCEPTOR, CaseAct::CloseCase, NOW).expect("closed");
    assert_eq!(world.case.outcome, Some(Outcome::Fixed));
}

#[test]
fn rework_runs_on_and_the_time_in_between_is_nobodys() {
    let mut world = after(9);
    let (handed_back, again) = (NOW, NOW.plus(2 * HOUR));
    world.does(KEEPER, CaseAct::VerifyCase { passed: false }, again).expect("not mended");
    let stands = (world.case.stage, world.case.department, world.case.rework_count);
    assert_eq!(stands, (Stage::Dispatched, Some(50), 1));
    assert_eq!(world.handling().pauses, [crate::law::Pause { from: handed_back, until: Some(again) }]);
    // Four working hours from noon: 14:00 to 17:30, and half an hour of Wednesday.
    assert_eq!(world.case.due_at, Some(NOW.plus(23 * HOUR)));
}

#[test]
fn an_appeal_is_looked_at_by_two_and_the_lateness_stands() {
    let appeal = CaseAct::AppealLateness { reason: AppealReason::WaitedForOthers };
    let (yes, no) = (CaseAct::ReviewAppeal { accepts: true }, CaseAct::ReviewAppeal { accepts: false });
    let late = NOW.plus(7 * HOUR);
    let mut world = after(6);
    for (doer, next) in straight().into_iter().skip(6) {
        world.does(doer, next, late).expect("the straight way");
    }
    assert_eq!(after(11).refuses(DESK, appeal.clone(), NOW), CaseRefusal::NotLate);
    assert_eq!(
        world.refuses(by(9, Side::Department, Some(51)), appeal.clone(), late),
        CaseRefusal::DepartmentElsewhere
    );
    world.does(DESK, appeal.clone(), late).expect("appealed");
    assert_eq!(world.refuses(DESK, appeal, late), CaseRefusal::AppealedBefore);
    let mut refused = world.clone();
    refused.does(LEADER, no, late).expect("one is enough to refuse");
    assert_eq!(refused.refuses(SHIFT, yes.clone(), late), CaseRefusal::NoAppeal);
    world.does(SHIFT, yes.clone(), late).expect("the first");
    assert_eq!(world.refuses(SHIFT, yes.clone(), late), CaseRefusal::ReviewedBefore);
    assert!(!world.handling().is_exempt);
    world.does(LEADER, yes, late).expect("the second");
    let timer = world.handling();
    assert!(timer.is_exempt && timer.is_overdue(late), "a mark, and the fact");
    assert_eq!(timer.overdue_ms, Some(HOUR));
}

#[test]
fn striking_off_may_need_somebody_else() {
    let strike = CaseAct::VoidCase { reason: VoidReason::Test };
    let ask = CaseAct::AskVoid { reason: VoidReason::Test, into: None };
    let mut world = after(4);
    world.settings.void = vec![Side::Leader];
    assert_eq!(world.refuses(SHIFT, strike, NOW), CaseRefusal::VoidNeedsApproval);
    world.does(SHIFT, ask, NOW).expect("asked");
    assert_eq!(world.refuses(SHIFT, CaseAct::DecideVoid { granted: true }, NOW), CaseRefusal::OwnRequest);
    // It stands beside what the department asks for.
    world.does(DESK, CaseAct::AskReturn { reason: ReturnReason::WrongPlace }, NOW).expect("asked");
    let mut kept = world.clone();
    kept.does(LEADER, CaseAct::DecideVoid { granted: false }, NOW).expect("kept");
    assert_eq!((kept.case.stage, kept.case.branches.void_request), (Stage::Returning, None));
    world.does(LEADER, CaseAct::DecideVoid { granted: true }, NOW).expect("struck off");
    assert_eq!((world.case.stage, world.facts.last().expect("a fact").reason), (Stage::Voided, Some("test")));
    assert!(world.timers.iter().all(|timer| !timer.is_open()), "no clock outlives its case");
}

#[test]
fn a_rule_that_changes_moves_no_case_that_runs() {
    let world = after(4);
    let due = world.case.due_at;
    // The city reads the law otherwise from now on, and gives the desk an hour.
    let limits = StageLimits::of_city(
        &toml::from_str("[clocks]\nverify = \"1 urgent_hour\"\nwarn_percent = 10").expect("a table"),
    );
    let limits = limits.expect("limits");
    let other = Conventions { working_days: crate::law::WorkingDays::SameClockTime, ..Conventions::default() };
    let rules = Rules { calendar: &CALENDAR, conventions: other, limits: &limits };
    let mut timers = world.timers.clone();
    let mut case = world.case;
    for (doer, next) in straight().into_iter().skip(4).take(4) {
        let before = case.clone();
        let (mut after, _) =
            act(before.clone(), doer, next.clone(), NOW, &Settings::default()).expect("the straight way");
        follow(&mut timers, Some(&before), &mut after, Some(&next), doer.account, NOW, &rules).expect("clocks");
        case = after;
        assert_eq!(case.due_at, due);
    }
    let verify = timers.last().expect("a new clock");
    assert_eq!(
        (verify.kind, verify.due_at),
        (TimerKind::Verify, Some(NOW.plus(HOUR))),
        "what starts now has the new limit"
    );
    // 返工 lets the old clock run on under the reading that it was started under.
    assert_eq!(timers[4].conventions, Conventions::default());
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
    let branch = prop_oneof![
        prop::sample::select(ReturnReason::ALL).prop_map(|reason| CaseAct::AskReturn { reason }),
        (0u32..6, 0usize..2).prop_map(|(amount, documents)| CaseAct::AskPostponement {
            reason: PostponeReason::Materials,
            amount,
            documents
        }),
        (-1i64..400)
            .prop_map(|days| CaseAct::AskSuspension { reason: SuspendReason::NoOwner, until: NOW.plus(days * DAY) }),
        any::<bool>().prop_map(|granted| CaseAct::DecideRequest { granted }),
        any::<bool>().prop_map(|granted| CaseAct::DecideVoid { granted }),
        prop::option::of(1i64..9)
            .prop_map(|hours| CaseAct::MoveParts { due: hours.map(|hours| NOW.plus(hours * HOUR)) }),
        Just(CaseAct::ResumeCase),
        prop::sample::select(VoidReason::ALL).prop_map(|reason| CaseAct::AskVoid { reason, into: None }),
        (50i64..52).prop_map(|department| CaseAct::GiveToTerritory { department }),
        (0i64..12).prop_map(parts),
        (701i64..704, any::<bool>()).prop_map(|(part, is_fixed)| CaseAct::EndPart {
            part,
            is_fixed,
            is_forced: !is_fixed,
            handlers: [4].into()
        }),
        Just(CaseAct::SuperviseCase { words: "快".into(), answer_by: NOW.plus(900 * DAY) }),
        (0u32..4).prop_map(|number| CaseAct::AnswerOrder { number, words: "好".into() }),
        Just(CaseAct::MarkUrgent),
        Just(CaseAct::ClearUrgent),
        (901i64..903).prop_map(|by| CaseAct::Hold { by, number: format!("S{by}") }),
        (901i64..903).prop_map(|by| CaseAct::Unhold { by }),
        (901i64..903).prop_map(|by| CaseAct::Unhold { by }),
        prop::sample::select(ForceReason::ALL).prop_map(|reason| CaseAct::ForceClose { reason }),
        (0usize..2, 0usize..2, any::<bool>()).prop_map(|(before, after, is_sampled)| CaseAct::SelfHandle {
            before,
            after,
            is_sampled
        }),
        Just(CaseAct::AppealLateness { reason: AppealReason::SystemFault }),
        any::<bool>().prop_map(|accepts| CaseAct::ReviewAppeal { accepts }),
    ];
    let trunk = prop_oneof![
        Just(CaseAct::AcceptReport),
        prop::option::of(1i64..5).prop_map(|keeper| CaseAct::AskCheck { keeper }),
        any::<bool>().prop_map(|found| CaseAct::ReportCheck { found }),
        any::<bool>().prop_map(|some| CaseAct::FileCase { filing: if some { filing() } else { None } }),
        prop::sample::select(DeclineReason::ALL).prop_map(|reason| CaseAct::DeclineReport { reason }),
        (50i64..52).prop_map(|department| CaseAct::DispatchCase { department }),
        (1i64..5).prop_map(|crew| CaseAct::AssignCrew { crew }),
        Just(CaseAct::AcceptTask),
        (0usize..2).prop_map(|photos| CaseAct::HandInWork { photos }),
        Just(CaseAct::FeedBack),
        Just(CaseAct::RedoWork),
        prop::option::of(1i64..5).prop_map(|keeper| CaseAct::AskVerification { keeper }),
        any::<bool>().prop_map(|passed| CaseAct::VerifyCase { passed }),
        Just(CaseAct::CloseCase),
        Just(CaseAct::SendBack),
        prop::sample::select(VoidReason::ALL).prop_map(|reason| CaseAct::VoidCase { reason }),
        Just(CaseAct::ReopenCase),
        Just(CaseAct::LocateCase { place: place(), suggested: None }),
        (1i64..9).prop_map(|report| CaseAct::JoinReport { report }),
    ];
    prop_oneof![2 => trunk, 1 => branch]
}

/// A random walk that gets somewhere: mostly an act that the present stage knows, by somebody of the right side.
fn steered(case: &Case, doer: Doer, wanted: &CaseAct, pick: usize) -> (Doer, CaseAct) {
    let open: Vec<CaseAct> = straight()
        .into_iter()
        .map(|(_, act)| act)
        .chain([CaseAct::VerifyCase { passed: false }, CaseAct::AskReturn { reason: ReturnReason::WrongPlace }])
        .chain([CaseAct::DecideRequest { granted: true }, CaseAct::DecideRequest { granted: false }, parts(2)])
        .chain([701, 702].map(|part| CaseAct::EndPart {
            part,
            is_fixed: pick.is_multiple_of(3),
            is_forced: pick.is_multiple_of(5),
            handlers: [4].into(),
        }))
        .chain([CaseAct::SendBack, CaseAct::ReopenCase, CaseAct::RedoWork, CaseAct::DispatchCase { department: 51 }])
        .chain([wanted.clone()])
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

/// What must be true of a case and its clocks at any moment.
fn is_sound(world: &World, now: Moment) -> Result<(), TestCaseError> {
    let (case, facts) = (&world.case, &world.facts);
    prop_assert_eq!(case.revision, 1 + i64::try_from(facts.len()).unwrap());
    prop_assert_eq!(case.stage.is_over(), case.outcome.is_some());
    prop_assert_eq!(case.stage.is_over(), case.closed_at.is_some());
    let is_suspended = case.branches.suspension.is_some();
    prop_assert!(!is_suspended || case.stage.clock_runs(), "only what a department has is suspended");
    if case.stage.clock_runs() {
        prop_assert_eq!(case.due_at.is_some(), !is_suspended);
        let timer = world.handling();
        prop_assert_eq!((timer.is_open(), timer.is_paused(), timer.department), (true, is_suspended, case.department));
        prop_assert_eq!(case.due_at, timer.due_at);
    }
    prop_assert!(!case.stage.is_over() || case.branches.holds.is_empty(), "ended while it was held");
    // A clock that says done has a fact that did it.
    let done =
        |kind| world.timers.iter().filter(|timer| timer.kind == kind && timer.finish == Some(Finish::Done)).count();
    let did = |whats: &[Happened]| facts.iter().filter(|fact| whats.contains(&fact.what)).count();
    prop_assert!(done(TimerKind::File) <= did(&[Happened::CaseFiled]), "filed more often than filed");
    prop_assert!(
        done(TimerKind::Verify) <= did(&[Happened::VerificationPassed, Happened::VerificationFailed]),
        "verified more often than verified"
    );
    prop_assert!(done(TimerKind::Dispatch) <= did(&[Happened::CaseDispatched, Happened::CaseSplit]));
    // One clock runs at most: that of the stage. A department's stands still while its return is decided.
    let running: Vec<&Timer> = world.timers.iter().filter(|timer| timer.is_open() && !timer.is_paused()).collect();
    prop_assert!(running.len() <= 1, "{running:?}");
    prop_assert!(
        !case.stage.is_over() || world.timers.iter().all(|timer| !timer.is_open()),
        "no clock outlives its case"
    );
    for timer in &world.timers {
        // A pause loses and gains nothing: what was counted until it was due is the limit, to the millisecond.
        if let (Some(due), true) = (timer.due_at, timer.kind == TimerKind::Handle) {
            let limit = timer.limit().expect("a limit");
            let counted = crate::law::counted(timer.started_at, due, limit.unit, &CALENDAR, &timer.pauses);
            prop_assert_eq!(counted.expect("a calendar"), i64::from(limit.value) * HOUR);
        }
        if let Some(finished) = timer.finished_at {
            prop_assert_eq!(
                timer.overdue_ms.is_some_and(|late| late > 0),
                timer.due_at.is_some_and(|due| finished > due)
            );
        }
    }
    if case.stage == Stage::Returning {
        prop_assert!(case.branches.request.as_ref().is_some_and(|request| request.kind == RequestKind::Return));
    }
    let postponed = case.branches.postponed.iter().all(|(_, count)| *count <= MOST_POSTPONEMENTS);
    prop_assert!(postponed && case.branches.suspensions <= 1);
    let last = facts.iter().rposition(|fact| fact.what == Happened::CaseReopened).map_or(0, |at| at + 1);
    let happened = |what| facts[last..].iter().any(|fact| fact.what == what);
    match case.outcome {
        Some(Outcome::Fixed) => {
            prop_assert!(facts.iter().any(|fact| fact.what == Happened::CaseFiled));
            let by_parts = happened(Happened::PartsEnded);
            for what in
                [Happened::CaseDispatched, Happened::WorkHandedIn, Happened::CaseFedBack, Happened::VerificationPassed]
            {
                prop_assert!(by_parts || happened(what), "closed without {}", what);
            }
            prop_assert!(case.branches.parts.iter().all(|part| part.is_over), "closed before its parts");
        }
        Some(Outcome::SelfHandled) => prop_assert!(happened(Happened::CaseSelfHandled)),
        Some(_) => {
            let end = facts.iter().rfind(|fact| fact.stage.is_over() && fact.reason.is_some());
            prop_assert!(end.is_some(), "ended without a reason");
        }
        None => {}
    }
    prop_assert!(now >= case.stage_since_at);
    Ok(())
}

proptest! {
    #[test]
    fn whoever_gets_it_again_goes_on_where_they_stopped(minutes in prop::collection::vec(0i64..400, 6)) {
        let (mut world, mut now) = (after(4), NOW);
        let mut passes = |at: usize| {
            now = now.plus(minutes[at] * 60_000);
            now
        };
        let ask = CaseAct::AskReturn { reason: ReturnReason::OthersFirst };
        let grant = CaseAct::DecideRequest { granted: true };
        let other = by(9, Side::Department, Some(51));
        let asked = passes(0);
        world.does(DESK, ask.clone(), asked).unwrap();
        world.does(SHIFT, grant.clone(), passes(1)).unwrap();
        let given = passes(2);
        world.does(SHIFT, CaseAct::DispatchCase { department: 51 }, given).unwrap();
        let limit = crate::catalog::Limit::new(4, Unit::WorkingHour);
        let due = |from, pauses: &[crate::law::Pause]| {
            crate::law::due(from, limit, &CALENDAR, &Conventions::default(), pauses).unwrap().at
        };
        prop_assert_eq!(world.case.due_at, Some(due(given, &[])));
        world.does(other, ask, passes(3)).unwrap();
        world.does(SHIFT, grant, passes(4)).unwrap();
        let again = passes(5);
        world.does(SHIFT, CaseAct::DispatchCase { department: 50 }, again).unwrap();
        let waited = [crate::law::Pause { from: asked, until: Some(again) }];
        prop_assert_eq!(world.case.due_at, Some(due(NOW, &waited)));
        prop_assert_eq!(world.handling().department, Some(50));
        is_sound(&world, again)?;
    }

    #[test]
    fn whatever_anybody_does_the_promises_hold(
        keepers in any::<bool>(),
        acts in prop::collection::vec((any_doer(), any_act(), 0usize..60, 0i64..30), 1..120),
    ) {
        let mut world = World::new(opened(if keepers { Source::Keeper } else { Source::Citizen }));
        let mut now = NOW;
        for (doer, wanted, pick, minutes) in acts {
            // The walk stays within the years whose calendar is loaded.
            now = now.plus(minutes * 60_000);
            let (doer, wanted) = steered(&world.case, doer, &wanted, pick);
            let before = world.clone();
            if world.does(doer, wanted, now).is_ok() {
                let fact = world.facts.last().unwrap();
                prop_assert_eq!(world.case.revision, before.case.revision + 1);
                prop_assert_eq!((fact.revision, fact.stage), (world.case.revision, world.case.stage));
                prop_assert!(world.case.handlers.is_superset(&before.case.handlers), "nobody's part is forgotten");
                if matches!(fact.what, Happened::VerificationPassed | Happened::VerificationFailed | Happened::CaseClosed) {
                    prop_assert!(fact.by.is_some_and(|who| !before.case.handlers.contains(&who)), "own work");
                    let worked = before.facts.iter().any(|old| old.by == fact.by && matches!(old.what,
                        Happened::WorkHandedIn | Happened::TaskAccepted | Happened::CaseFedBack | Happened::CaseSelfHandled));
                    prop_assert!(!worked, "own work");
                }
                if matches!(fact.what, Happened::CaseReturned | Happened::ReturnRefused | Happened::PostponementGranted
                    | Happened::CaseSuspended | Happened::AppealGranted)
                {
                    let asked = before.case.branches.request.as_ref().and_then(|request| request.by);
                    prop_assert!(asked.is_none() || asked != fact.by, "decided by whoever asked");
                }
            } else {
                // A refused act changes nothing.
                prop_assert_eq!(&world.case, &before.case);
                prop_assert_eq!(&world.timers, &before.timers);
            }
            is_sound(&world, now)?;
        }
        // The log makes the case again, by way of its words on the disk.
        let mut again_from_log = world.opened.clone();
        for fact in &world.facts {
            let kept = serde_json::to_string(fact.act.as_ref().unwrap()).unwrap();
            let next: CaseAct = serde_json::from_str(&kept).unwrap();
            let (case, made) = again(again_from_log, fact.by, fact.side, next, fact.at).expect("the fact follows");
            prop_assert_eq!((made.what, made.reason, made.about, made.stage), (fact.what, fact.reason, fact.about, fact.stage));
            again_from_log = case;
        }
        super::super::timer::moments(&world.timers, &mut again_from_log);
        prop_assert_eq!(again_from_log, world.case);
    }
}
