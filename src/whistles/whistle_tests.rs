use super::super::leg::{Alarm, Clock};
use super::*;
use proptest::prelude::*;

const NOW: Moment = Moment(1_700_000_000_000);
const MINUTE: i64 = 60_000;
const WEEK: i64 = 7 * 86_400_000;

// Departments: 10 gardens (management), 11 sanitation (management), 12 order squad (enforcement), 13 housing (support).
// Accounts: 1 dispatcher, 2 shift leader, 3 leader, 100+department its desk, 200+department its crew.

fn draft(kind: Kind, called: &[(Id, LegKind)]) -> Draft {
    let called =
        called.iter().map(|(department, kind)| Called { leg: department * 10, department: *department, kind: *kind });
    let called: Vec<Called> = called.collect();
    Draft {
        kind,
        case: Some(77),
        place: Place { lon: Some(120.0), lat: Some(30.0), address: "码头前".into() },
        words: "夜市占道，垃圾成堆".into(),
        lead: called.first().map(|called| called.department),
        appointed_at: (kind == Kind::JointEnforcement).then(|| NOW.plus(600 * MINUTE)),
        called,
    }
}

fn desk() -> Doer {
    Doer { account: Some(1), side: Side::Desk, departments: vec![102] }
}
fn shift() -> Doer {
    Doer { account: Some(2), side: Side::ShiftLeader, departments: vec![101] }
}
fn leader() -> Doer {
    Doer { account: Some(3), side: Side::Leader, departments: vec![100] }
}
fn of(department: Id) -> Doer {
    Doer { account: Some(100 + department), side: Side::Department, departments: vec![department] }
}
fn crew(department: Id) -> Doer {
    Doer { account: Some(200 + department), side: Side::Crew, departments: vec![department * 100, department] }
}

/// Every clock ends some minutes after it starts.
fn clocks(at: Moment) -> impl Fn(&Whistle, &WhistleAct) -> Result<Clocks, Refusal> {
    move |_, act| {
        let kinds: &[(ClockKind, i64)] = match act {
            WhistleAct::Blow { .. } | WhistleAct::Approve | WhistleAct::CallWaiting => {
                &[(ClockKind::Sign, 10), (ClockKind::Contact, 20), (ClockKind::Arrive, 30)]
            }
            WhistleAct::Arrive { .. } | WhistleAct::ConfirmArrival { .. } | WhistleAct::SendBackLeg { .. } => {
                &[(ClockKind::Work, 60)]
            }
            WhistleAct::Refuse { .. } => &[(ClockKind::Decide, 15)],
            WhistleAct::FeedBack { .. } => &[(ClockKind::Accept, 25)],
            WhistleAct::MissClock { clock: ClockKind::Arrive, .. } => &[(ClockKind::Answer, 40)],
            WhistleAct::Decide { must_come: true, .. } => &[(ClockKind::Contact, 20), (ClockKind::Arrive, 30)],
            _ => &[],
        };
        let clock = |(kind, minutes): &(ClockKind, i64)| {
            let (due, warn) = (at.plus(minutes * MINUTE), at.plus(minutes * MINUTE * 3 / 4));
            (*kind, Clock { due: Some(due), warn: Some(warn), why: String::new() })
        };
        Ok(Clocks(kinds.iter().map(clock).collect()))
    }
}

struct Story {
    whistle: Whistle,
    facts: Vec<Fact>,
    now: Moment,
}

impl Story {
    fn of(kind: Kind, called: &[(Id, LegKind)]) -> Story {
        let (whistle, fact) = begin(5, "W1".into(), draft(kind, called), desk(), NOW).expect("a draft");
        Story { whistle, facts: vec![fact], now: NOW }
    }

    fn blown(kind: Kind, called: &[(Id, LegKind)]) -> Story {
        let mut story = Story::of(kind, called);
        story.does(&desk(), WhistleAct::Blow { needs_approval: false, is_management_first: true });
        story
    }

    fn tries(&self, by: &Doer, act: WhistleAct) -> Result<(Whistle, Vec<Fact>), Refusal> {
        carry_out(self.whistle.clone(), by, act, self.now, self.now.plus(WEEK), &clocks(self.now))
    }

    fn does(&mut self, by: &Doer, act: WhistleAct) {
        let (whistle, facts) = self.tries(by, act.clone()).unwrap_or_else(|no| panic!("{act:?}: {no:?}"));
        self.whistle = whistle;
        self.facts.extend(facts);
        self.now = self.now.plus(MINUTE);
    }

    fn no(&self, by: &Doer, act: WhistleAct) -> &'static str {
        self.tries(by, act.clone()).map(|_| ()).expect_err(&format!("{act:?}")).key
    }

    fn stage(&self, leg: Id) -> LegStage {
        self.whistle.leg(leg).expect("a leg").stage
    }

    fn works(&mut self, department: Id, result: Outcome, wrongdoer_refuses: bool) {
        let leg = department * 10;
        if self.stage(leg) == LegStage::Called {
            self.does(&of(department), WhistleAct::SignFor { leg });
        }
        self.does(&crew(department), arrives(leg, Some((120.0, 30.0)), ""));
        self.does(&crew(department), WhistleAct::ReportWork { leg, words: "正在清理".into(), photos: 1 });
        self.does(&of(department), WhistleAct::FeedBack { leg, result, wrongdoer_refuses, words: "见照片".into() });
        self.does(&desk(), WhistleAct::AcceptLeg { leg, words: String::new() });
    }
}

fn arrives(leg: Id, at: Option<(f64, f64)>, reason: &str) -> WhistleAct {
    let position = at.map(|(lon, lat)| Position { lon, lat, accuracy: Some(10) });
    WhistleAct::Arrive { leg, position, within: 200, reason: reason.into(), must_be_there: true }
}

const GARDENS: (Id, LegKind) = (10, LegKind::Management);
const SANITATION: (Id, LegKind) = (11, LegKind::Management);
const SQUAD: (Id, LegKind) = (12, LegKind::Enforcement);
const HOUSING: (Id, LegKind) = (13, LegKind::Support);

#[test]
fn management_first_then_enforcement_then_the_end() {
    let mut story = Story::blown(Kind::HardProblem, &[GARDENS, SANITATION, SQUAD, HOUSING]);
    let stages = |story: &Story| [100, 110, 120, 130].map(|leg| story.stage(leg));
    assert_eq!(stages(&story), [LegStage::Called, LegStage::Called, LegStage::Waiting, LegStage::Called]);
    assert_eq!(story.no(&of(12), WhistleAct::SignFor { leg: 120 }), No::StageElsewhere.key(), "it waits");
    story.works(10, Outcome::Done, false);
    assert_eq!(story.stage(120), LegStage::Waiting, "sanitation is still at work");
    story.works(11, Outcome::Failed, false);
    assert_eq!((story.stage(110), story.stage(120)), (LegStage::Failed, LegStage::Called));
    assert_eq!(story.whistle.stage, Stage::Blown);
    story.works(12, Outcome::Done, false);
    story.works(13, Outcome::Partly, false);
    assert_eq!(story.whistle.stage, Stage::Ended);
    assert_eq!(story.facts.last().map(|fact| fact.what), Some(Happened::WhistleEnded));
    // Both rate; what one says is seen when the other has spoken.
    let rate = |stars| WhistleAct::RateDepartment { leg: 100, stars, words: String::new() };
    let back = |necessary| WhistleAct::RateWhistle { leg: 100, necessary, accurate: 4, words: "位置准确".into() };
    assert_eq!(story.no(&desk(), rate(6)), No::StarsMissing.key());
    assert_eq!(story.no(&of(11), back(5)), No::DepartmentElsewhere.key());
    story.does(&desk(), rate(5));
    assert_eq!(story.no(&desk(), rate(1)), No::RatedBefore.key(), "once");
    assert!(!story.whistle.is_rating_seen(&story.whistle.legs[0], story.now));
    assert!(
        story.whistle.is_rating_seen(&story.whistle.legs[0], story.now.plus(WEEK)),
        "after a week everything is seen"
    );
    story.does(&of(10), back(5));
    assert!(story.whistle.is_rating_seen(&story.whistle.legs[0], story.now));
    story.now = story.now.plus(WEEK);
    assert_eq!(
        story.no(&of(11), WhistleAct::RateWhistle { leg: 110, necessary: 1, accurate: 1, words: String::new() }),
        No::RatingClosed.key()
    );
    assert_eq!(replay(story.facts), Ok(story.whistle));
}

#[test]
fn each_refusal_has_a_reason_a_person_can_meet() {
    let blow = WhistleAct::Blow { needs_approval: false, is_management_first: true };
    let with = |change: &dyn Fn(&mut Draft)| {
        let mut written = draft(Kind::HardProblem, &[GARDENS]);
        change(&mut written);
        let (whistle, fact) = begin(5, "W1".into(), written, desk(), NOW).expect("a draft");
        Story { whistle, facts: vec![fact], now: NOW }
    };
    assert_eq!(with(&|draft| draft.words.clear()).no(&desk(), blow.clone()), No::WordsMissing.key());
    assert_eq!(with(&|draft| draft.called.clear()).no(&desk(), blow.clone()), No::NobodyCalled.key());
    assert_eq!(with(&|draft| draft.lead = Some(13)).no(&desk(), blow.clone()), No::LeadMissing.key());
    let joint = |at| move |draft: &mut Draft| (draft.kind, draft.appointed_at) = (Kind::JointEnforcement, at);
    assert_eq!(with(&joint(None)).no(&desk(), blow.clone()), No::AppointmentMissing.key());
    assert_eq!(with(&joint(Some(NOW))).no(&desk(), blow.clone()), No::AppointmentPassed.key());
    assert_eq!(with(&|_| {}).no(&shift(), blow.clone()), No::NotTheBlower.key());
    assert_eq!(with(&|_| {}).no(&of(10), blow), No::PostNotAllowed.key());
    let twice = begin(5, "W1".into(), draft(Kind::Emergency, &[GARDENS, GARDENS]), desk(), NOW);
    assert_eq!(twice.map(|_| ()), Err(No::CalledTwice));
    assert_eq!(begin(5, "W1".into(), draft(Kind::Emergency, &[]), of(10), NOW).map(|_| ()), Err(No::PostNotAllowed));

    let mut story = Story::blown(Kind::Emergency, &[GARDENS, SQUAD]);
    assert_eq!(story.no(&of(11), WhistleAct::SignFor { leg: 100 }), No::DepartmentElsewhere.key());
    assert_eq!(story.no(&desk(), WhistleAct::SignFor { leg: 100 }), No::PostNotAllowed.key());
    assert_eq!(story.no(&of(10), WhistleAct::SignFor { leg: 999 }), No::LegUnknown.key());
    let give_up = WhistleAct::GiveUpLeg { leg: 100, words: "一直没来".into() };
    assert_eq!(story.no(&desk(), give_up.clone()), No::NotLate.key());
    let early = WhistleAct::MissClock { leg: 100, clock: ClockKind::Arrive };
    assert_eq!(story.no(&Doer::program(), early.clone()), No::ClockElsewhere.key());
    let open = WhistleAct::OpenEnforcement { file: 9 };
    assert_eq!(story.no(&desk(), open.clone()), No::ManagementFirst.key());
    assert_eq!(story.no(&crew(10), arrives(100, Some((120.01, 30.0)), "")), No::TooFar.key());
    assert_eq!(story.no(&crew(10), arrives(100, None, " ")), No::PositionMissing.key());
    story.now = NOW.plus(31 * MINUTE);
    story.does(&Doer::program(), early.clone());
    assert_eq!(story.no(&Doer::program(), early), No::ClockElsewhere.key(), "told once");
    story.does(&desk(), give_up);
    assert_eq!((story.stage(100), story.stage(120)), (LegStage::Failed, LegStage::Called), "enforcement is called");
    assert_eq!(story.whistle.legs[0].is_in_time(ClockKind::Arrive), Some(false));
    assert_eq!(story.no(&crew(12), open.clone()), No::PostNotAllowed.key());
    assert_eq!(story.no(&of(10), open.clone()), No::NotTheBlower.key());
    story.does(&of(12), open.clone());
    assert_eq!(story.no(&desk(), open), No::FileOpen.key());
    let late = WhistleAct::ReportWork { leg: 100, words: "来了".into(), photos: 0 };
    assert_eq!(story.no(&crew(10), late), No::StageElsewhere.key());
}

#[test]
fn where_somebody_reports_in() {
    for (at, reason, metres, is_at_place) in [
        (Some((120.0, 30.0)), "", Some(0), Some(true)),
        (Some((120.002, 30.0)), "", Some(193), Some(true)),
        (Some((120.0021, 30.0)), "道路封闭", Some(202), Some(false)),
        (None, "手机没电", None, Some(false)),
    ] {
        let mut story = Story::blown(Kind::Emergency, &[GARDENS]);
        let said = story.now;
        story.does(&crew(10), arrives(100, at, reason));
        let leg = &story.whistle.legs[0];
        let arrival = leg.arrival.clone().expect("an arrival");
        assert_eq!((arrival.metres, arrival.is_at_place, arrival.reason.as_str()), (metres, is_at_place, reason));
        assert_eq!((leg.signed_at, leg.answered_at), (Some(said), Some(said)), "whoever runs at once signs");
        let is_there = is_at_place == Some(true);
        assert_eq!(leg.arrived_at, is_there.then_some(said), "{reason}");
        assert_eq!(leg.stage, if is_there { LegStage::Arrived } else { LegStage::Signed });
        let clock = if is_there { ClockKind::Work } else { ClockKind::Arrive };
        assert_eq!(leg.running().first().map(|(kind, _)| *kind), Some(clock), "who only says so is still awaited");
        assert_eq!(replay(story.facts), Ok(story.whistle));
    }
    // A phone that does not know where it is proves nothing.
    let vague = |reason: &str| WhistleAct::Arrive {
        leg: 100,
        position: Some(Position { lon: 120.0, lat: 30.0, accuracy: Some(900) }),
        within: 200,
        reason: reason.into(),
        must_be_there: true,
    };
    let mut story = Story::blown(Kind::Emergency, &[GARDENS]);
    assert_eq!(story.no(&crew(10), vague("")), No::TooVague.key());
    story.does(&crew(10), vague("楼间没有信号"));
    let confirm = WhistleAct::ConfirmArrival { leg: 100 };
    assert_eq!(story.no(&of(10), confirm.clone()), No::PostNotAllowed.key(), "nobody vouches for themselves");
    assert_eq!(
        story.no(&crew(10), WhistleAct::ReportWork { leg: 100, words: "开工".into(), photos: 1 }),
        No::StageElsewhere.key()
    );
    // The blower finds the time only when the clock has run out: it had been there in time.
    let declared = story.whistle.legs[0].arrival.as_ref().and_then(|arrival| arrival.at);
    story.now = NOW.plus(40 * MINUTE);
    story.does(&Doer::program(), WhistleAct::MissClock { leg: 100, clock: ClockKind::Arrive });
    story.does(&desk(), confirm.clone());
    let leg = &story.whistle.legs[0];
    assert_eq!(
        (leg.stage, leg.arrived_at, leg.is_in_time(ClockKind::Arrive)),
        (LegStage::Arrived, declared, Some(true))
    );
    assert!(!leg.missed.contains(&ClockKind::Arrive));
    assert_eq!(story.no(&desk(), confirm), No::StageElsewhere.key());
    assert_eq!(replay(story.facts), Ok(story.whistle));
    // Whoever declared it may still prove it, without waiting for anybody.
    let mut story = Story::blown(Kind::Emergency, &[GARDENS]);
    story.does(&crew(10), arrives(100, None, "还在路上"));
    story.does(&crew(10), arrives(100, Some((120.0, 30.0)), ""));
    assert_eq!((story.stage(100), story.whistle.legs[0].minutes_to_arrive()), (LegStage::Arrived, Some(2)));
    // Facts from before a reason no longer was enough tell what they told.
    let mut story = Story::blown(Kind::Emergency, &[GARDENS]);
    let text = r#"{"do":"arrive","leg":100,"position":null,"within":200,"reason":"手机没电"}"#;
    story.does(&crew(10), serde_json::from_str(text).expect("an old act"));
    assert_eq!(story.stage(100), LegStage::Arrived);
    let mut written = draft(Kind::Emergency, &[GARDENS]);
    written.place = Place { address: "老码头".into(), ..Place::default() };
    let (whistle, fact) = begin(5, "W1".into(), written, desk(), NOW).expect("a draft");
    let mut story = Story { whistle, facts: vec![fact], now: NOW };
    story.does(&desk(), WhistleAct::Blow { needs_approval: false, is_management_first: true });
    story.does(&crew(10), arrives(100, Some((121.0, 31.0)), ""));
    let arrival = story.whistle.legs[0].arrival.clone().expect("an arrival");
    assert_eq!((arrival.metres, arrival.is_at_place), (None, None), "nobody can tell");
}

#[test]
fn a_refusal_is_decided_by_somebody_else_and_only_once() {
    let refuse = |words: &str| WhistleAct::Refuse { leg: 100, reason: RefuseReason::NotOurDuty, words: words.into() };
    let decide = |must_come| WhistleAct::Decide { leg: 100, must_come, words: "已核对职责".into() };
    let mut story = Story::blown(Kind::HardProblem, &[GARDENS]);
    assert_eq!(story.no(&crew(10), refuse("不归我们")), No::PostNotAllowed.key());
    assert_eq!(story.no(&of(10), refuse("")), No::WordsMissing.key());
    story.does(&of(10), refuse("不归我们"));
    assert_eq!(story.stage(100), LegStage::Refused);
    let runs: Vec<ClockKind> = story.whistle.legs[0].running().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(runs, [ClockKind::Decide], "the department's clocks stand still, the superior's runs");
    assert_eq!(story.no(&desk(), decide(true)), No::PostNotAllowed.key());
    story.does(&shift(), decide(true));
    assert_eq!(story.stage(100), LegStage::Signed, "it must come");
    assert_eq!(story.no(&of(10), refuse("还是不来")), No::RefusedBefore.key());
    story.works(10, Outcome::Done, false);
    assert_eq!(story.whistle.stage, Stage::Ended);
    assert_eq!(replay(story.facts), Ok(story.whistle));

    // Whoever blew it does not decide about it.
    let mut story = Story::of(Kind::HardProblem, &[GARDENS]);
    story.whistle.author = Some(2);
    story.does(&shift(), WhistleAct::Blow { needs_approval: false, is_management_first: true });
    story.does(&of(10), refuse("不归我们"));
    assert_eq!(story.no(&shift(), decide(false)), No::DecidesOwn.key());
    story.does(&leader(), decide(false));
    assert_eq!((story.stage(100), story.whistle.stage), (LegStage::Excused, Stage::Ended));
    assert!(story.whistle.wants_enforcement());
}

#[test]
fn a_superior_approves_what_somebody_else_wrote() {
    let blow = WhistleAct::Blow { needs_approval: true, is_management_first: true };
    let mut story = Story::of(Kind::HardProblem, &[GARDENS]);
    story.does(&desk(), blow.clone());
    assert_eq!(story.whistle.stage, Stage::AwaitingApproval);
    assert_eq!(story.no(&of(10), WhistleAct::SignFor { leg: 100 }), No::StageElsewhere.key());
    assert_eq!(story.no(&desk(), WhistleAct::Approve), No::PostNotAllowed.key());
    assert_eq!(story.no(&shift(), WhistleAct::Decline { words: String::new() }), No::WordsMissing.key());
    story.does(&shift(), WhistleAct::Decline { words: "先约好时间".into() });
    story.does(&desk(), WhistleAct::Redraft { draft: draft(Kind::HardProblem, &[GARDENS, SANITATION]) });
    story.does(&desk(), blow);
    story.does(&leader(), WhistleAct::Approve);
    assert_eq!((story.whistle.stage, story.stage(110)), (Stage::Blown, LegStage::Called));
    story.does(&shift(), WhistleAct::Withdraw { words: "问题已解决".into() });
    assert_eq!((story.whistle.stage, story.stage(100)), (Stage::Withdrawn, LegStage::Released));
    assert_eq!(replay(story.facts), Ok(story.whistle));
}

#[test]
fn who_worked_does_not_accept() {
    let mut story = Story::blown(Kind::HardProblem, &[GARDENS]);
    story.does(&of(10), WhistleAct::SignFor { leg: 100 });
    story.does(&of(10), arrives(100, Some((120.0, 30.0)), ""));
    story.does(
        &of(10),
        WhistleAct::FeedBack { leg: 100, result: Outcome::Done, wrongdoer_refuses: false, words: "好了".into() },
    );
    let accept = WhistleAct::AcceptLeg { leg: 100, words: String::new() };
    // The same person, promoted meanwhile; and a shift leader of that department.
    let promoted = Doer { account: Some(110), side: Side::ShiftLeader, departments: vec![101] };
    assert_eq!(story.no(&promoted, accept.clone()), No::AcceptsOwn.key());
    let own = Doer { account: Some(4), side: Side::ShiftLeader, departments: vec![10] };
    assert_eq!(story.no(&own, accept.clone()), No::AcceptsOwn.key());
    assert_eq!(story.no(&leader(), accept.clone()), No::NotTheBlower.key());
    story.does(&desk(), WhistleAct::SendBackLeg { leg: 100, words: "还有两处".into() });
    assert_eq!((story.stage(100), story.whistle.legs[0].sent_back_count), (LegStage::Working, 1));
    story.does(
        &of(10),
        WhistleAct::FeedBack { leg: 100, result: Outcome::Done, wrongdoer_refuses: true, words: "都好了".into() },
    );
    story.does(&shift(), accept);
    assert!(story.whistle.wants_enforcement(), "the wrongdoer refuses");
}

#[test]
fn an_order_is_the_late_departments_own_and_outlives_its_leg() {
    let mut story = Story::blown(Kind::Emergency, &[GARDENS]);
    let answer = |words: &str| WhistleAct::AnswerOrder { leg: 100, words: words.into() };
    assert_eq!(story.no(&of(10), answer("堵车")), No::NoOrder.key());
    story.now = NOW.plus(31 * MINUTE);
    let given = story.now;
    story.does(&Doer::program(), WhistleAct::MissClock { leg: 100, clock: ClockKind::Arrive });
    let order = story.whistle.legs[0].order.clone().expect("an order");
    assert_eq!((order.at, order.answer_by, order.answered_at), (given, Some(given.plus(40 * MINUTE)), None));
    // Its department is reminded once before it is to be answered, and told once when it has not been.
    story.does(&desk(), WhistleAct::GiveUpLeg { leg: 100, words: "没人来".into() });
    assert_eq!((story.stage(100), story.whistle.stage), (LegStage::Failed, Stage::Ended), "the order outlives it");
    let leg = |story: &Story| story.whistle.legs[0].clone();
    assert_eq!(leg(&story).alert(), Some((Alarm::Near, ClockKind::Answer, given.plus(30 * MINUTE))));
    story.now = given.plus(30 * MINUTE);
    let near = WhistleAct::WarnClock { leg: 100, clock: ClockKind::Answer };
    story.does(&Doer::program(), near.clone());
    assert_eq!(story.no(&Doer::program(), near), No::ClockElsewhere.key(), "once");
    story.now = given.plus(41 * MINUTE);
    assert_eq!(leg(&story).alarm_at(story.now), Some((Alarm::Out, ClockKind::Answer)));
    story.does(&Doer::program(), WhistleAct::MissClock { leg: 100, clock: ClockKind::Answer });
    assert_eq!(leg(&story).alert(), None);
    for (who, key) in [
        (desk(), No::PostNotAllowed.key()),
        (of(11), No::DepartmentElsewhere.key()),
        (crew(10), No::PostNotAllowed.key()),
    ] {
        assert_eq!(story.no(&who, answer("堵车")), key);
    }
    assert_eq!(story.no(&of(10), answer(" ")), No::WordsMissing.key());
    story.does(&of(10), answer("抢险占用了车辆，明早八点到"));
    assert_eq!(story.no(&of(10), answer("再答一次")), No::NoOrder.key());
    assert!(!leg(&story).is_order_open());
    assert_eq!(replay(story.facts), Ok(story.whistle));
}

#[test]
fn being_sent_back_forgives_no_lateness() {
    for is_noticed in [true, false] {
        let mut story = Story::blown(Kind::HardProblem, &[GARDENS]);
        let done = |result| WhistleAct::FeedBack { leg: 100, result, wrongdoer_refuses: false, words: "好了".into() };
        story.does(&crew(10), arrives(100, Some((120.0, 30.0)), ""));
        story.now = NOW.plus(90 * MINUTE);
        if is_noticed {
            story.does(&Doer::program(), WhistleAct::MissClock { leg: 100, clock: ClockKind::Work });
        }
        story.does(&of(10), done(Outcome::Done));
        assert_eq!(story.whistle.legs[0].is_in_time(ClockKind::Work), Some(false));
        story.does(&desk(), WhistleAct::SendBackLeg { leg: 100, words: "还有两处".into() });
        assert!(story.whistle.legs[0].running().iter().any(|(kind, _)| *kind == ClockKind::Work), "a new clock");
        story.does(&of(10), done(Outcome::Done));
        assert_eq!(story.whistle.legs[0].is_in_time(ClockKind::Work), Some(false), "late once is late");
        assert_eq!(replay(story.facts), Ok(story.whistle));
    }
}

#[test]
fn a_clock_is_yellow_once_before_it_is_red_once() {
    let mut story = Story::blown(Kind::Emergency, &[GARDENS]);
    let alarm = |story: &Story| story.whistle.legs[0].alarm_at(story.now);
    story.now = NOW;
    assert_eq!(alarm(&story), None);
    story.now = NOW.plus(8 * MINUTE);
    assert_eq!(alarm(&story), Some((Alarm::Near, ClockKind::Sign)));
    let turn = story.whistle.legs[0].revision;
    story.does(&Doer::program(), WhistleAct::WarnClock { leg: 100, clock: ClockKind::Sign });
    assert_eq!(alarm(&story), None);
    story.now = NOW.plus(10 * MINUTE);
    assert_eq!(alarm(&story), Some((Alarm::Out, ClockKind::Sign)));
    story.does(&Doer::program(), WhistleAct::MissClock { leg: 100, clock: ClockKind::Sign });
    assert_eq!(story.whistle.legs[0].revision, turn, "whoever is writing is not turned away by a clock");
    // The program was off for an hour: nobody is told that something is soon due which has run out.
    story.now = NOW.plus(70 * MINUTE);
    assert_eq!(alarm(&story), Some((Alarm::Out, ClockKind::Contact)));
    // A refusal waits for a superior, an answer for the blower: they too are reminded.
    story.does(&of(10), WhistleAct::Refuse { leg: 100, reason: RefuseReason::NobodyFree, words: "没有人手".into() });
    assert_eq!(
        story.whistle.legs[0].alert().map(|(alarm, kind, _)| (alarm, kind)),
        Some((Alarm::Near, ClockKind::Decide))
    );
    story.does(&shift(), WhistleAct::Decide { leg: 100, must_come: true, words: "必须来".into() });
    story.does(&crew(10), arrives(100, Some((120.0, 30.0)), ""));
    let feedback =
        WhistleAct::FeedBack { leg: 100, result: Outcome::Done, wrongdoer_refuses: false, words: "好了".into() };
    story.does(&of(10), feedback);
    assert_eq!(
        story.whistle.legs[0].alert().map(|(alarm, kind, _)| (alarm, kind)),
        Some((Alarm::Near, ClockKind::Accept))
    );
    story.now = story.now.plus(60 * MINUTE);
    story.does(&Doer::program(), WhistleAct::MissClock { leg: 100, clock: ClockKind::Accept });
    assert!(!story.whistle.legs[0].is_late(story.now), "that the blower is late is not the department's lateness");
    assert_eq!(replay(story.facts), Ok(story.whistle));
}

#[test]
fn the_buttons_are_those_that_are_not_refused() {
    let mut story = Story::blown(Kind::HardProblem, &[GARDENS, SQUAD]);
    let legs = |story: &Story, doer: &Doer, leg: Id| {
        let (_, legs) = steps(&story.whistle, doer, story.now);
        legs.into_iter().find(|(id, _)| *id == leg).map(|(_, steps)| steps).unwrap_or_default()
    };
    assert_eq!(legs(&story, &of(10), 100), [LegStep::SignFor, LegStep::Refuse, LegStep::Arrive]);
    assert_eq!(legs(&story, &of(12), 100), []);
    assert_eq!(legs(&story, &of(12), 120), []);
    assert_eq!(legs(&story, &desk(), 100), [LegStep::Release]);
    assert_eq!(steps(&story.whistle, &desk(), story.now).0, [Step::Withdraw]);
    story.works(10, Outcome::Done, true);
    assert_eq!(steps(&story.whistle, &desk(), story.now).0, [Step::Withdraw, Step::OpenEnforcement]);
    assert_eq!(steps(&story.whistle, &of(12), story.now).0, [Step::OpenEnforcement]);
    assert_eq!(steps(&story.whistle, &of(10), story.now).0, []);
}

#[test]
fn every_refusal_and_fact_has_its_sentence() {
    let (words, _) = crate::kit::words::Words::load(&crate::kit::sources::Sources::of_demo());
    let refusals = No::ALL.iter().map(|no| no.key().to_owned());
    let facts = Happened::ALL.iter().map(|what| format!("whistles-happened-{}", what.word()));
    let stages = Stage::ALL.iter().map(|stage| format!("whistles-stage-{}", stage.word()));
    let legs = LegStage::ALL.iter().map(|stage| format!("whistles-leg-{}", stage.word()));
    let reasons = RefuseReason::ALL.iter().map(|reason| format!("whistles-reason-{}", reason.word()));
    let clocks = ClockKind::ALL.iter().map(|clock| format!("whistles-clock-{}", clock.word()));
    let kinds = Kind::ALL.iter().map(|kind| format!("whistles-kind-{}", kind.word()));
    let roles = LegKind::ALL.iter().map(|kind| format!("whistles-role-{}", kind.word()));
    let results = Outcome::ALL.iter().map(|result| format!("whistles-result-{}", result.word()));
    let all = refusals.chain(facts).chain(stages).chain(legs).chain(reasons).chain(clocks).chain(kinds);
    let missing: Vec<String> = all.chain(roles).chain(results).filter(|key| !words.has(key)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

fn any_doer() -> impl Strategy<Value = Doer> {
    prop_oneof![
        4 => Just(desk()),
        2 => Just(shift()),
        1 => Just(leader()),
        4 => (10i64..14).prop_map(of),
        3 => (10i64..14).prop_map(crew),
        1 => Just(Doer::program()),
        // Somebody who has worked for a department and leads a shift today.
        1 => (10i64..14).prop_map(|department| Doer { side: Side::ShiftLeader, departments: vec![], ..of(department) }),
        1 => (10i64..14).prop_map(|department| Doer { side: Side::ShiftLeader, account: Some(4), departments: vec![department] }),
    ]
}

fn any_act() -> impl Strategy<Value = WhistleAct> {
    let leg = || (10i64..14).prop_map(|department| department * 10);
    let words = || prop_oneof![3 => Just("有话说".to_owned()), 1 => Just(String::new())];
    let whole = prop_oneof![
        Just(WhistleAct::Blow { needs_approval: false, is_management_first: true }),
        Just(WhistleAct::Blow { needs_approval: true, is_management_first: true }),
        Just(WhistleAct::Approve),
        words().prop_map(|words| WhistleAct::Decline { words }),
        words().prop_map(|words| WhistleAct::Withdraw { words }),
        Just(WhistleAct::CallWaiting),
        Just(WhistleAct::End { rating_closes: NOW.plus(WEEK) }),
        (1i64..9).prop_map(|file| WhistleAct::OpenEnforcement { file }),
        Just(WhistleAct::Redraft { draft: draft(Kind::HardProblem, &[GARDENS, SQUAD]) }),
    ];
    let answers = prop_oneof![
        leg().prop_map(|leg| WhistleAct::SignFor { leg }),
        (leg(), words()).prop_map(|(leg, words)| WhistleAct::Contact { leg, words }),
        (leg(), prop::sample::select(RefuseReason::ALL), words()).prop_map(|(leg, reason, words)| WhistleAct::Refuse {
            leg,
            reason,
            words
        }),
        (leg(), any::<bool>(), words()).prop_map(|(leg, must_come, words)| WhistleAct::Decide {
            leg,
            must_come,
            words
        }),
        (leg(), prop::option::of(0u8..3), words()).prop_map(|(leg, at, reason)| {
            arrives(leg, at.map(|at| (120.0 + f64::from(at) / 100.0, 30.0)), &reason)
        }),
        (leg(), words(), 0usize..2).prop_map(|(leg, words, photos)| WhistleAct::ReportWork { leg, words, photos }),
        (leg(), prop::sample::select(Outcome::ALL), any::<bool>(), words()).prop_map(
            |(leg, result, wrongdoer_refuses, words)| WhistleAct::FeedBack { leg, result, wrongdoer_refuses, words }
        ),
    ];
    let ends = prop_oneof![
        (leg(), words()).prop_map(|(leg, words)| WhistleAct::AcceptLeg { leg, words }),
        (leg(), words()).prop_map(|(leg, words)| WhistleAct::SendBackLeg { leg, words }),
        (leg(), words()).prop_map(|(leg, words)| WhistleAct::ReleaseLeg { leg, words }),
        (leg(), words()).prop_map(|(leg, words)| WhistleAct::GiveUpLeg { leg, words }),
        (leg(), prop::sample::select(ClockKind::ALL)).prop_map(|(leg, clock)| WhistleAct::MissClock { leg, clock }),
        (leg(), prop::sample::select(ClockKind::ALL)).prop_map(|(leg, clock)| WhistleAct::WarnClock { leg, clock }),
        leg().prop_map(|leg| WhistleAct::ConfirmArrival { leg }),
        (leg(), words()).prop_map(|(leg, words)| WhistleAct::AnswerOrder { leg, words }),
        (leg(), 0u8..7, words()).prop_map(|(leg, stars, words)| WhistleAct::RateDepartment { leg, stars, words }),
        (leg(), 0u8..7, 0u8..7, words()).prop_map(|(leg, necessary, accurate, words)| WhistleAct::RateWhistle {
            leg,
            necessary,
            accurate,
            words
        }),
    ];
    prop_oneof![2 => whole, 6 => answers, 4 => ends]
}

/// A random walk that gets somewhere: mostly an act of a department about its own leg, or of the blower.
fn steered(whistle: &Whistle, doer: Doer, act: &WhistleAct, pick: usize) -> Doer {
    let Some(leg) = act.leg(whistle).and_then(|id| whistle.leg(id)) else {
        return if pick.is_multiple_of(3) { doer } else { desk() };
    };
    match (act, pick % 4) {
        (_, 0) => doer,
        (WhistleAct::MissClock { .. } | WhistleAct::WarnClock { .. }, _) => Doer::program(),
        (WhistleAct::ConfirmArrival { .. }, _) => desk(),
        (WhistleAct::Decide { .. }, _) => shift(),
        (WhistleAct::AcceptLeg { .. } | WhistleAct::SendBackLeg { .. } | WhistleAct::RateDepartment { .. }, _) => {
            desk()
        }
        (WhistleAct::ReleaseLeg { .. } | WhistleAct::GiveUpLeg { .. }, _) => desk(),
        (_, 1) => crew(leg.department),
        _ => of(leg.department),
    }
}

proptest! {
    #[test]
    fn whatever_anybody_does_the_promises_hold(
        kind in prop::sample::select(vec![Kind::HardProblem, Kind::Emergency]),
        acts in prop::collection::vec((any_doer(), any_act(), 0usize..60, 0i64..20), 1..160),
    ) {
        let (mut whistle, fact) =
            begin(5, "W1".into(), draft(kind, &[GARDENS, SANITATION, SQUAD, HOUSING]), desk(), NOW).expect("a draft");
        let (mut facts, mut now) = (vec![fact], NOW);
        // A whistle that nobody blows is no walk.
        let first = (desk(), WhistleAct::Blow { needs_approval: false, is_management_first: true }, 0, 1);
        for (doer, wanted, pick, minutes) in std::iter::once(first).chain(acts) {
            let doer = steered(&whistle, doer, &wanted, pick);
            now = now.plus(minutes * MINUTE);
            let before = whistle.clone();
            let Ok((after, done)) = carry_out(whistle.clone(), &doer, wanted, now, now.plus(WEEK), &clocks(now)) else {
                continue;
            };
            // History only grows, and every fact counts.
            prop_assert_eq!(after.revision, before.revision + i64::try_from(done.len()).expect("few"));
            for fact in &done {
                let own = fact.leg.and_then(|leg| before.leg(leg));
                match fact.what {
                    Happened::LegAccepted | Happened::LegFailed | Happened::LegSentBack | Happened::LegReleased
                    | Happened::LegConfirmed | Happened::LegGivenUp | Happened::LegUpheld | Happened::LegExcused | Happened::DepartmentRated => {
                        let leg = own.expect("a leg");
                        prop_assert!(!leg.hands.contains(&doer.account.expect("a person")), "own work");
                        prop_assert!(!doer.departments.contains(&leg.department), "own work");
                        if matches!(fact.what, Happened::LegUpheld | Happened::LegExcused) {
                            prop_assert!(doer.account != before.author, "decides about their own whistle");
                        }
                    }
                    Happened::LegArrived | Happened::LegDeclared | Happened::LegSigned | Happened::LegFedBack
                    | Happened::OrderAnswered | Happened::WhistleRated => {
                        prop_assert!(doer.departments.contains(&own.expect("a leg").department), "another department");
                    }
                    Happened::EnforcementOpened => prop_assert!(before.wants_enforcement(), "enforcement before management"),
                    _ => {}
                }
            }
            let was_open = |id| before.leg(id).is_some_and(|leg: &Leg| !leg.stage.is_over());
            for leg in &after.legs {
                // Nobody who has arrived leaves before the blower lets them go.
                if leg.stage.is_over() && was_open(leg.id) && leg.arrived_at.is_some() {
                    prop_assert!(BRIGADE.contains(&doer.side), "a department left by itself");
                }
                prop_assert_eq!(leg.stage.is_over(), leg.ended_at.is_some());
                prop_assert!(leg.arrived_at.is_none() || leg.called_at.is_some());
                let is_vouched = leg.arrival.as_ref().is_some_and(|at| at.is_at_place == Some(true) || at.is_confirmed);
                prop_assert!(leg.arrived_at.is_none() || is_vouched, "an arrival that nobody vouches for");
                let was_late = before.leg(leg.id).is_some_and(|old| old.was_late_at_work);
                prop_assert!(leg.was_late_at_work || !was_late, "lateness is never forgiven");
                let hands = before.leg(leg.id).map(|old| old.hands.clone()).unwrap_or_default();
                prop_assert!(leg.hands.is_superset(&hands), "nobody's part is forgotten");
                for (rated, old) in [
                    (&leg.of_department, before.leg(leg.id).and_then(|old| old.of_department.clone())),
                    (&leg.of_whistle, before.leg(leg.id).and_then(|old| old.of_whistle.clone())),
                ] {
                    prop_assert!(old.is_none() || *rated == old, "a rating is never changed");
                    prop_assert!(rated.is_none() || after.stage == Stage::Ended, "rated before its end");
                }
            }
            let is_management_at_work =
                after.legs.iter().any(|leg| leg.kind == LegKind::Management && !leg.stage.is_over());
            if is_management_at_work {
                let called = after.legs.iter().filter(|leg| leg.kind == LegKind::Enforcement);
                prop_assert!(called.into_iter().all(|leg| leg.called_at.is_none()), "enforcement before management");
            }
            if after.stage == Stage::Blown {
                prop_assert!(after.legs.iter().any(|leg| !leg.stage.is_over()), "it should have ended");
            }
            if after.stage.is_over() {
                prop_assert!(after.legs.iter().all(|leg| leg.stage.is_over() || before.blown_at.is_none()));
            }
            // What the page offers as a button is exactly what the rules then do not refuse for stage, side and part.
            facts.extend(done);
            whistle = after;
            prop_assert_eq!(&replay(facts.clone()), &Ok(whistle.clone()));
            let text = serde_json::to_string(&whistle).expect("JSON");
            let read: Whistle = serde_json::from_str(&text).expect("the same");
            prop_assert_eq!(&read, &whistle);
        }
    }
}
