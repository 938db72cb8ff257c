//! A table for every guard of the chain, the article beside each row, and random sequences that never reach a demolition
//! without its terms.

use super::*;
use crate::enforcement::Why as People;
use crate::enforcement::case::Credential;
use crate::enforcement::case::tests::LAW;
use crate::enforcement::organ::Organ;

pub(crate) use crate::enforcement::case::tests::at;

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn officer(account: Id) -> Officer {
    let credential = Credential { number: format!("C{account}"), from: day("2020-01-01"), until: day("2026-12-31") };
    Officer { account, credential: Some(credential), is_helper: false }
}

fn two() -> Vec<Officer> {
    vec![officer(1), officer(2)]
}

fn actor(role: Role) -> Actor {
    Actor { account: (role != Role::Party).then_some(1), role }
}

fn particulars(kind: Kind) -> Particulars {
    Particulars {
        kind,
        works: Works::Complete,
        area: 3_650,
        floors: 1,
        address: "望澜路 9 号楼顶".to_owned(),
        street: "991001".to_owned(),
        owner: "乙".to_owned(),
        builder: String::new(),
        permit: Permit::None,
        is_old_stock: false,
    }
}

/// A building of 36.5 m² as it is found.
pub(crate) fn found(kind: Kind, moment: &str) -> Building {
    Building::find(7, Source::Patrol, particulars(kind), at(moment)).expect("a building")
}

fn try_under(law: &Law<'_>, building: &Building, role: Role, act: &Act, moment: &str) -> Result<Building, Refusal> {
    carry_out(building, &actor(role), act, at(moment), law).map(|(building, _)| building)
}

fn go(building: &Building, role: Role, act: &Act, moment: &str) -> Building {
    let said = try_under(&LAW.law(), building, role, act, moment);
    said.unwrap_or_else(|refusal| panic!("{act:?} at {moment}: {refusal:?}"))
}

fn run(building: Building, acts: &[(Role, Act, &str)]) -> Building {
    acts.iter().fold(building, |building, (role, act, moment)| go(&building, *role, act, moment))
}

fn assess(assessment: Assessment) -> Act {
    Act::Assess { assessment, letter: "规函〔2026〕3 号".to_owned(), on: None }
}

fn serve() -> Act {
    Act::Serve { officers: two(), service: Delivery::directly() }
}

fn notify() -> Act {
    Act::Notify { officers: two(), service: Delivery::directly() }
}

fn serve_order() -> Act {
    Act::ServeOrder { officers: two(), service: Delivery::directly() }
}

/// Posted on a day, after other manners were tried or not.
fn posted(on: &str, tried: &str) -> Delivery {
    let mut delivery = Delivery::directly();
    delivery.service.manner = Manner::Announcement;
    delivery.service.announced_on = Some(day(on));
    delivery.service.tried = tried.to_owned();
    delivery
}

fn stopped() -> Building {
    go(&found(Kind::Storey, "2026-01-05T09:00"), Role::Officer, &Act::OrderStop { officers: two() }, "2026-01-05T09:30")
}

fn filed() -> Building {
    go(&stopped(), Role::Head, &Act::File, "2026-01-06T09:00")
}

/// Told on Friday 9 January 2026; statements until Friday 16 January.
pub(crate) fn notified() -> Building {
    run(
        filed(),
        &[
            (Role::Planner, assess(Assessment::Demolish), "2026-01-08T09:00"),
            (Role::Officer, notify(), "2026-01-09T09:00"),
        ],
    )
}

/// Served on 20 January 2026: to be pulled down by 2 February; review to 21 March, suit to 20 July.
pub(crate) fn served() -> Building {
    run(
        notified(),
        &[
            (Role::Head, Act::Decide { until: day("2026-02-02") }, "2026-01-19T09:00"),
            (Role::Officer, serve(), "2026-01-20T09:00"),
        ],
    )
}

fn remind(until: &str) -> Act {
    Act::Remind { officers: two(), service: Delivery::directly(), until: day(until) }
}

fn announce(until: &str) -> Act {
    Act::Announce { officers: two(), until: day(until) }
}

fn charge() -> Act {
    Act::Charge { number: "政责〔2026〕8 号".to_owned(), on: None }
}

fn reminded() -> Building {
    go(&served(), Role::Officer, &remind("2026-02-12"), "2026-02-03T09:00")
}

pub(crate) fn announced() -> Building {
    go(&reminded(), Role::Officer, &announce("2026-02-28"), "2026-02-13T09:00")
}

fn ordered() -> Building {
    run(
        announced(),
        &[
            (Role::Government, charge(), "2026-07-21T09:00"),
            (Role::Head, Act::OrderEnforcement, "2026-07-22T09:00"),
            (Role::Officer, serve_order(), "2026-07-23T09:00"),
        ],
    )
}

fn clearing(from: &str, until: &str) -> Clearing {
    Clearing {
        from: at(from),
        until: at(until),
        is_party_present: false,
        witnesses: vec!["社区工作人员丙".to_owned()],
        goods: Good::parse("花盆 3 只 已交当事人").into_iter().collect(),
        has_list: true,
        before: 4,
        after: 4,
        is_recorded: true,
        cuts_supplies: false,
        area: 3_650,
    }
}

fn demolish(clearing: Clearing) -> Act {
    Act::Demolish { officers: two(), clearing }
}

/// Pulled down by force on Tuesday 1 September 2026.
pub(crate) fn cleared() -> Building {
    let act = demolish(clearing("2026-09-01T08:00", "2026-09-01T17:00"));
    go(&ordered(), Role::Officer, &act, "2026-09-01T18:00")
}

/// A building, who does what when, the refusal that is expected, and the article.
type Row<'a> = (Building, Role, Act, &'a str, Option<&'static str>, &'a str);

fn expect(rows: &[Row<'_>]) {
    for (building, role, act, moment, expected, article) in rows {
        let said = try_under(&LAW.law(), building, *role, act, moment).err().map(|refusal| refusal.key);
        assert_eq!(said, *expected, "{article}: {:?} at {moment}", act.step(building.stage));
    }
}

#[test]
fn from_the_day_it_is_found_to_the_day_the_site_is_clear() {
    let closed = run(
        cleared(),
        &[
            (Role::Officer, Act::Accept { officers: two() }, "2026-09-02T09:00"),
            (Role::Head, Act::Close, "2026-09-03T09:00"),
        ],
    );
    assert_eq!((closed.stage, closed.revision), (Stage::Closed, 15));
}

#[test]
fn before_the_decision() {
    let assessed = |what| go(&filed(), Role::Planner, &assess(what), "2026-01-08T09:00");
    let notify = notify();
    let temporary = |permit| {
        let mut building = filed();
        building.particulars.permit = permit;
        building
    };
    let decide = |until: &str| Act::Decide { until: day(until) };
    let defended = go(&notified(), Role::Party, &Act::Defend { words: "有临时许可".to_owned() }, "2026-01-12T09:00");
    let answer = Act::AnswerDefence { number: 1, is_adopted: false, words: "许可已过期".to_owned() };
    let answered = go(&defended, Role::Officer, &answer, "2026-01-13T09:00");
    let waived = go(&notified(), Role::Party, &Act::Waive { is_signed: true }, "2026-01-12T09:00");
    let decided = go(&notified(), Role::Head, &decide("2026-02-02"), "2026-01-19T09:00");
    let helper = Act::RecordVisit { words: "向邻里宣讲".to_owned() };
    let stop = Act::OrderStop { officers: two() };
    let huge = Particulars { area: i64::MAX, ..particulars(Kind::Shed) };
    let none = Particulars { area: 0, ..particulars(Kind::Shed) };
    for wrong in [huge, none] {
        let said = Building::find(7, Source::Patrol, wrong, at("2026-01-05T09:00")).expect_err("absurd");
        assert_eq!(said.key, Why::SizeAbsurd.key());
    }
    #[rustfmt::skip]
    expect(&[
        (found(Kind::Shed, "2026-01-05T09:00"), Role::Officer, stop.clone(), "2026-01-05T09:30", None, "规划法64：当天责令停止"),
        (found(Kind::Shed, "2026-01-05T09:00"), Role::Helper, stop, "2026-01-05T09:30", Some(People::HelperEnforces.key()), "处罚法42"),
        (found(Kind::Shed, "2026-01-05T09:00"), Role::Helper, helper, "2026-01-05T09:30", None, "协管可以宣讲"),
        (found(Kind::Shed, "2026-01-05T09:00"), Role::Officer, Act::OrderStop { officers: vec![officer(1)] }, "2026-01-05T09:30", Some(People::TooFewOfficers.key()), "处罚法42"),
        (filed(), Role::Officer, notify.clone(), "2026-01-09T09:00", Some(Why::NotAssessed.key()), "规划法64：未认定"),
        (temporary(Permit::TemporaryNone), Role::Officer, notify.clone(), "2026-01-09T09:00", None, "规划法66(1)：临时建设不问能否改正"),
        (temporary(Permit::TemporaryDeviates), Role::Officer, notify.clone(), "2026-01-09T09:00", None, "规划法66(2)"),
        (temporary(Permit::TemporaryExpired), Role::Officer, notify.clone(), "2026-01-09T09:00", None, "规划法66(3)"),
        (temporary(Permit::Deviates), Role::Officer, notify.clone(), "2026-01-09T09:00", Some(Why::NotAssessed.key()), "规划法64"),
        (assessed(Assessment::Correctable), Role::Officer, notify.clone(), "2026-01-09T09:00", Some(Why::Correctable.key()), "规划法64：可改正的罚款"),
        (assessed(Assessment::Confiscate), Role::Officer, notify.clone(), "2026-01-09T09:00", Some(Why::Correctable.key()), "规划法64：不能拆除的没收"),
        (assessed(Assessment::Correctable), Role::Head, Act::Penalise, "2026-01-09T09:00", None, "规划法64"),
        (assessed(Assessment::Demolish), Role::Head, Act::Penalise, "2026-01-09T09:00", Some(Why::NotAssessed.key()), "规划法64"),
        (assessed(Assessment::Demolish), Role::Officer, notify, "2026-01-09T09:00", None, "处罚法44"),
        (notified(), Role::Head, decide("2026-02-02"), "2026-01-16T23:59", Some(Why::NotHeard.key()), "处罚法44、62：期限未满"),
        (notified(), Role::Head, decide("2026-02-02"), "2026-01-17T00:00", None, "处罚法62：期满"),
        (notified(), Role::Party, Act::Waive { is_signed: false }, "2026-01-12T09:00", Some(Why::NotHeard.key()), "处罚法62"),
        (waived, Role::Head, decide("2026-02-02"), "2026-01-12T10:00", None, "处罚法62：放弃"),
        (defended, Role::Head, decide("2026-02-02"), "2026-01-19T09:00", Some(Why::DefenceUnanswered.key()), "处罚法45"),
        (answered, Role::Head, decide("2026-02-02"), "2026-01-19T09:00", None, "处罚法45"),
        (notified(), Role::Head, decide("2026-01-19"), "2026-01-19T09:00", Some(Why::ReminderTermMissing.key()), "期限须在将来"),
        (notified(), Role::Officer, decide("2026-02-02"), "2026-01-19T09:00", Some(Why::RoleNotAllowed.key()), "岗位"),
        (decided.clone(), Role::Officer, remind("2026-02-12"), "2026-02-03T09:00", Some(Why::StageElsewhere.key()), "强制法38：未送达"),
        (decided, Role::Officer, serve(), "2026-02-02T09:00", Some(Why::ReminderTermMissing.key()), "送达时期限已到"),
    ]);
}

#[test]
fn a_hearing_before_the_order() {
    let call = |on: &str| Act::CallHearing { on: day(on) };
    let hold = Act::HoldHearing { words: "建议维持".to_owned() };
    let decide = Act::Decide { until: day("2026-03-31") };
    let asked = go(&notified(), Role::Party, &Act::AskHearing, "2026-01-16T23:59");
    let called = go(&asked, Role::Head, &call("2026-01-29"), "2026-01-19T09:00");
    let by = |account| {
        let president = Actor { account: Some(account), role: Role::HearingPresident };
        carry_out(&called, &president, &hold, at("2026-01-29T09:00"), &LAW.law())
    };
    assert_eq!(by(2).expect_err("an officer").key, Why::PresidentActed.key(), "处罚法64(4)");
    let heard = by(30).expect("held").0;
    let review = |is_passed| Act::Review { is_passed, words: "审核".to_owned() };
    let returned = go(&heard, Role::Reviewer, &review(false), "2026-01-29T10:00");
    let reviewed = go(&returned, Role::Reviewer, &review(true), "2026-01-29T11:00");
    #[rustfmt::skip]
    expect(&[
        (notified(), Role::Party, Act::AskHearing, "2026-01-17T00:00", Some(Why::HearingAskedLate.key()), "处罚法64(1)、85"),
        (asked.clone(), Role::Head, decide.clone(), "2026-01-19T09:00", Some(Why::HearingOpen.key()), "处罚法63"),
        (asked.clone(), Role::Head, call("2026-01-28"), "2026-01-19T09:00", Some(Why::HearingCalledLate.key()), "处罚法64(2)、85"),
        (asked, Role::HearingPresident, hold.clone(), "2026-01-19T09:00", Some(Why::NoSuchThing.key()), "处罚法64：未通知"),
        (called, Role::HearingPresident, hold, "2026-01-28T09:00", Some(Why::HearingCalledLate.key()), "处罚法64：非通知日期"),
        (notified(), Role::Reviewer, review(true), "2026-01-29T09:00", Some(Why::NoSuchThing.key()), "处罚法58：未经听证"),
        (heard.clone(), Role::Head, review(true), "2026-01-30T09:00", Some(Why::RoleNotAllowed.key()), "处罚法58：法制审核人员"),
        (heard, Role::Head, decide.clone(), "2026-01-30T09:00", Some(Why::NotReviewed.key()), "处罚法58(2)"),
        (returned, Role::Head, decide.clone(), "2026-01-30T09:00", Some(Why::NotReviewed.key()), "处罚法58：审核未通过"),
        (reviewed, Role::Head, decide, "2026-01-30T09:00", None, "处罚法58、65"),
    ]);
}

#[test]
fn nothing_is_pulled_down_before_its_terms() {
    let begin = |on: &str| Act::BeginRemedy { kind: Exclusion::Suit, on: day(on) };
    let end = |on: &str, is_revoked| Act::EndRemedy { on: day(on), is_revoked, is_withdrawn: false };
    let order = Act::OrderEnforcement;
    let sued = go(&announced(), Role::Party, &begin("2026-07-20"), "2026-07-20T09:00");
    let upheld = go(&sued, Role::Party, &end("2026-10-20", false), "2026-10-20T09:00");
    let revoked = go(&sued, Role::Party, &end("2026-10-20", true), "2026-10-20T09:00");
    let spoken = go(&reminded(), Role::Party, &Act::Defend { words: "正在协商".to_owned() }, "2026-02-05T09:00");
    let suspended = |ground, is_harmless| {
        let act = Act::Suspend { reason: "理由".to_owned(), ground, is_harmless };
        go(&announced(), Role::Head, &act, "2026-03-02T09:00")
    };
    let waived = suspended(Ground::Unable, true);
    let charged = go(&announced(), Role::Government, &charge(), "2026-07-21T09:00");
    let charged_early = go(&served(), Role::Government, &charge(), "2026-02-03T09:00");
    let charged_early = run(
        charged_early,
        &[
            (Role::Officer, remind("2026-02-12"), "2026-02-03T10:00"),
            (Role::Officer, announce("2026-02-28"), "2026-02-13T09:00"),
        ],
    );
    let charged_then_sued = go(&charged, Role::Party, &begin("2026-07-21"), "2026-07-21T10:00");
    #[rustfmt::skip]
    expect(&[
        (served(), Role::Officer, remind("2026-02-12"), "2026-02-02T23:59", Some(Why::SelfTermOpen.key()), "强制法34、35"),
        (served(), Role::Officer, remind("2026-02-12"), "2026-02-03T00:00", None, "强制法35"),
        (served(), Role::Officer, remind("2026-02-03"), "2026-02-03T00:00", Some(Why::ReminderTermMissing.key()), "强制法35(1)"),
        (served(), Role::Officer, announce("2026-03-31"), "2026-02-13T09:00", Some(Why::StageElsewhere.key()), "强制法35：未催告"),
(served(), Role::Government, charge(), "2026-02-02T23:59", Some(Why::SelfTermOpen.key()), "规划法68：逾期不拆除"),
        (served(), Role::Government, charge(), "2026-02-03T00:00", None, "规划法68：逾期即可责成"),
        (reminded(), Role::Officer, announce("2026-03-31"), "2026-02-12T23:59", Some(Why::NotReminded.key()), "强制法35、37"),
        (reminded(), Role::Officer, announce("2026-02-27"), "2026-02-13T09:00", Some(Why::AnnouncementShort.key()), "强制法44：本市十五日"),
        (reminded(), Role::Officer, announce("2026-02-28"), "2026-02-13T09:00", None, "强制法44"),
        (spoken, Role::Officer, announce("2026-03-31"), "2026-02-13T09:00", Some(Why::DefenceUnanswered.key()), "强制法36"),
        (charged_early.clone(), Role::Head, order.clone(), "2026-02-28T23:59", Some(Why::AnnouncementOpen.key()), "强制法44"),
        (charged_early.clone(), Role::Head, order.clone(), "2026-03-01T00:00", Some(Why::RemediesOpen.key()), "强制法44：诉讼期未满"),
        (charged_early.clone(), Role::Head, order.clone(), "2026-07-20T23:59", Some(Why::RemediesOpen.key()), "强制法44、行诉法46"),
        (charged_early.clone(), Role::Head, order.clone(), "2026-07-21T00:00", None, "强制法37、44"),
        (charged_early, Role::Government, charge(), "2026-07-21T00:00", Some(Why::NoSuchThing.key()), "已责成"),
        (announced(), Role::Government, charge(), "2026-02-13T09:00", None, "规划法68"),
        (announced(), Role::Head, charge(), "2026-07-21T00:00", Some(Why::RoleNotAllowed.key()), "规划法68：由政府责成"),
        (announced(), Role::Head, order.clone(), "2026-07-21T00:00", Some(Why::NotCharged.key()), "规划法68：未责成"),
        (sued, Role::Party, begin("2026-07-21"), "2026-07-21T09:00", Some(Why::RemedyRunning.key()), "一案一诉"),
        (go(&upheld, Role::Government, &charge(), "2026-10-20T10:00"), Role::Head, order.clone(), "2026-10-21T00:00", None, "强制法44：诉讼终结，维持"),
        (revoked, Role::Government, charge(), "2026-10-21T00:00", Some(Why::DecisionRevoked.key()), "强制法40(4)"),
        (charged_then_sued, Role::Head, Act::OrderEnforcement, "2026-07-22T00:00", Some(Why::RemedyRunning.key()), "强制法44"),
        (waived.clone(), Role::Government, charge(), "2026-07-21T09:00", Some(Why::Suspended.key()), "强制法39"),
        (waived.clone(), Role::Head, Act::Resume, "2029-03-02T23:59", None, "强制法39：三年"),
        (waived, Role::Head, Act::Resume, "2029-03-03T00:00", Some(Why::GivenUp.key()), "强制法39：确无能力、无明显危害，三年"),
        (suspended(Ground::Unable, false), Role::Head, Act::Resume, "2029-03-03T00:00", None, "强制法39：有社会危害"),
        (suspended(Ground::Claim, true), Role::Head, Act::Resume, "2029-03-03T00:00", None, "强制法39：第三人主张权利，情形消失后恢复"),
        (announced(), Role::Officer, Act::RecordSelfDemolition { officers: two() }, "2026-03-02T09:00", None, "自行拆除"),
    ]);
}

#[test]
fn after_a_review_fifteen_days_decide() {
    let law = LAW.law();
    let begin = |kind, on: &str| Act::BeginRemedy { kind, on: day(on) };
    let end = |on: &str, is_withdrawn| Act::EndRemedy { on: day(on), is_revoked: false, is_withdrawn };
    let asked = go(&announced(), Role::Party, &begin(Exclusion::Review, "2026-03-02"), "2026-03-02T09:00");
    // Served on 20 January; the review decision came on 10 March, a Tuesday: to court until Wednesday 25 March.
    let upheld = go(&asked, Role::Party, &end("2026-03-10", false), "2026-03-10T09:00");
    assert_eq!(upheld.remedies_over(&law), Ok(day("2026-03-25")), "行诉法45");
    let withdrawn = go(&asked, Role::Party, &end("2026-03-10", true), "2026-03-10T09:00");
    assert_eq!(withdrawn.remedies_over(&law), announced().remedies_over(&law), "撤回的，期限照旧");
    let late = go(&announced(), Role::Party, &begin(Exclusion::Review, "2026-03-20"), "2026-03-20T09:00");
    let late = go(&late, Role::Party, &end("2026-08-03", false), "2026-08-03T09:00");
    let late = go(&late, Role::Government, &charge(), "2026-08-03T10:00");
    let upheld = go(&upheld, Role::Government, &charge(), "2026-03-10T10:00");
    #[rustfmt::skip]
    expect(&[
        (upheld.clone(), Role::Head, Act::OrderEnforcement, "2026-03-25T23:59", Some(Why::RemediesOpen.key()), "强制法44、行诉法45"),
        (upheld, Role::Head, Act::OrderEnforcement, "2026-03-26T00:00", None, "强制法44、行诉法45：期满"),
        (late.clone(), Role::Head, Act::OrderEnforcement, "2026-08-18T23:59", Some(Why::RemediesOpen.key()), "行诉法45：六个月已过，十五日未满"),
        (late, Role::Head, Act::OrderEnforcement, "2026-08-19T00:00", None, "行诉法45"),
    ]);
}

#[test]
fn a_changed_decision_begins_anew() {
    let begin = Act::BeginRemedy { kind: Exclusion::Review, on: day("2026-03-02") };
    let asked = go(&announced(), Role::Party, &begin, "2026-03-02T09:00");
    let asked = go(&asked, Role::Government, &charge(), "2026-03-02T10:00");
    let change = |until: &str| Act::ChangeDecision {
        on: day("2026-03-10"),
        words: "只拆除北侧 12 平方米".to_owned(),
        until: day(until),
    };
    let changed = go(&asked, Role::Party, &change("2026-03-31"), "2026-03-10T09:00");
    assert_eq!((changed.stage, changed.charge.as_str()), (Stage::Served, ""));
    assert!(changed.reminder.is_none() && changed.announcement.is_none() && !changed.has_open_remedy());
    assert_eq!(changed.decision.map(|given| given.until), Some(day("2026-03-31")));
    #[rustfmt::skip]
    expect(&[
        (announced(), Role::Party, change("2026-03-31"), "2026-03-10T09:00", Some(Why::NoSuchThing.key()), "未复议"),
        (asked, Role::Party, change("2026-03-10"), "2026-03-10T09:00", Some(Why::ReminderTermMissing.key()), "期限须在将来"),
        (changed.clone(), Role::Officer, remind("2026-04-10"), "2026-03-31T09:00", Some(Why::SelfTermOpen.key()), "强制法34"),
        (changed, Role::Officer, remind("2026-04-10"), "2026-04-01T09:00", None, "强制法35：重新催告"),
    ]);
}

#[test]
fn papers_are_served_by_the_rules_of_service() {
    let ordered = run(
        announced(),
        &[(Role::Government, charge(), "2026-07-21T09:00"), (Role::Head, Act::OrderEnforcement, "2026-07-22T09:00")],
    );
    let order = |service| Act::ServeOrder { officers: two(), service };
    let left = |has_witness| {
        let mut delivery = Delivery::directly();
        (delivery.service.manner, delivery.service.has_witness) = (Manner::Left, has_witness);
        delivery
    };
    let by_hand = |moment: &str| Delivery { at: Some(at(moment)), ..Delivery::directly() };
    let tried = "本人下落不明，直接、留置、邮寄均未能送达";
    #[rustfmt::skip]
    expect(&[
        (ordered.clone(), Role::Officer, order(left(false)), "2026-07-23T09:00", Some(People::WitnessMissing.key()), "强制法38：留置须见证"),
        (ordered.clone(), Role::Officer, order(left(true)), "2026-07-23T09:00", None, "强制法38：留置"),
        (ordered.clone(), Role::Officer, order(by_hand("2026-07-22T08:58")), "2026-07-23T09:00", Some(Why::DateBackwards.key()), "送达不早于决定"),
        (ordered.clone(), Role::Officer, order(by_hand("2026-07-23T10:00")), "2026-07-23T09:00", Some(Why::DateInFuture.key()), "时间"),
        (ordered.clone(), Role::Officer, order(posted("2026-07-22", tried)), "2026-08-21T23:59", Some(People::AnnouncementOpen.key()), "公告三十日未满"),
        (ordered.clone(), Role::Officer, order(posted("2026-07-22", " ")), "2026-08-22T00:00", Some(Why::OtherManners.key()), "强制法38：先用其他方式"),
        (ordered.clone(), Role::Officer, order(posted("2026-07-21", tried)), "2026-08-22T00:00", Some(Why::DateBackwards.key()), "公告不早于决定"),
        (ordered.clone(), Role::Officer, order(posted("2026-07-22", tried)), "2026-08-22T00:00", None, "强制法38：公告"),
        (filed(), Role::Officer, Act::Notify { officers: two(), service: posted("2026-01-06", " ") }, "2026-03-09T09:00", Some(Why::NotAssessed.key()), "规划法64"),
    ]);
    // What was announced counts from the end of its own period, not from the day on which somebody records it.
    let served = go(&ordered, Role::Officer, &order(posted("2026-07-22", tried)), "2026-09-01T09:00");
    assert_eq!(served.order_served_at.map(|at| LAW.law().calendar.date_of(at)), Some(day("2026-08-21")));
    let served = go(&ordered, Role::Officer, &order(by_hand("2026-07-22T09:00")), "2026-07-24T09:00");
    assert_eq!(served.order_served_at, Some(at("2026-07-22T09:00")));
    // The owner's own time and the terms of review and suit count from there, too.
    let decided = go(&notified(), Role::Head, &Act::Decide { until: day("2026-04-15") }, "2026-01-19T09:00");
    let act = Act::Serve { officers: two(), service: posted("2026-01-20", tried) };
    let served = go(&decided, Role::Officer, &act, "2026-03-02T09:00");
    let from = served.served_at.map(|at| LAW.law().calendar.date_of(at)).expect("served");
    assert!(from > day("2026-02-18") && from < day("2026-03-02"), "{from}");
    let plain = serde_json::json!({ "act": "notify", "officers": [] });
    let old: Act = serde_json::from_value(plain).expect("a fact from before the manner was asked for");
    assert_eq!(old, Act::Notify { officers: Vec::new(), service: Delivery::directly() });
}

#[test]
fn whoever_is_recused_keeps_out_of_it() {
    let recuse = |account| Act::Recuse { account, reason: "与当事人是近亲属".to_owned() };
    let without = go(&stopped(), Role::Head, &recuse(2), "2026-01-05T10:00");
    let look = |officers| Act::CheckStop { officers, is_obeyed: true };
    let president = go(&notified(), Role::Head, &recuse(1), "2026-01-12T09:00");
    #[rustfmt::skip]
    expect(&[
        (stopped(), Role::Officer, recuse(2), "2026-01-05T10:00", Some(Why::RoleNotAllowed.key()), "处罚法43：由负责人决定"),
        (without.clone(), Role::Officer, look(two()), "2026-01-05T15:00", Some(People::Recused.key()), "处罚法43"),
        (without, Role::Officer, look(vec![officer(1), officer(3)]), "2026-01-05T15:00", None, "处罚法43：换人"),
        (president, Role::HearingPresident, Act::HoldHearing { words: "记录".to_owned() }, "2026-01-29T09:00", Some(People::Recused.key()), "处罚法64(4)"),
    ]);
}

#[test]
fn things_are_listed_with_their_number() {
    for (line, expected) in [
        ("木梯 1 架", Some(("木梯", 1, "架", ""))),
        ("铁皮柜，1个 已交 当事人", Some(("铁皮柜", 1, "个", "已交 当事人"))),
        ("红 砖\u{3000}2000", Some(("红 砖", 2000, "", ""))),
        ("塑料椅两把", None),
        ("3 把", None),
        ("椅子 0 把", None),
    ] {
        let good = Good::parse(line);
        let found = good.as_ref().map(|one| (one.name.as_str(), one.quantity, one.unit.as_str(), one.note.as_str()));
        assert_eq!(found, expected, "{line}");
        if let Some(good) = good {
            assert_eq!(Good::parse(&good.line()), Some(good));
        }
    }
    let mut old = serde_json::to_value(clearing("2026-09-01T08:00", "2026-09-01T17:00")).expect("a clearing");
    old["goods"] = "花盆三只\n无".into();
    let read: Clearing = serde_json::from_value(old).expect("a list that was one text");
    assert_eq!((read.goods.len(), read.goods[0].quantity), (1, 1));
}

#[test]
fn how_a_site_is_cleared() {
    let plain = || clearing("2026-09-01T08:00", "2026-09-01T17:00");
    let with = |change: &dyn Fn(&mut Clearing)| {
        let mut clearing = plain();
        change(&mut clearing);
        demolish(clearing)
    };
    let on = |from: &str, until: &str| demolish(clearing(from, until));
    let when = "2026-12-01T09:00";
    let mut unserved = ordered();
    unserved.order_served_at = None;
    #[rustfmt::skip]
    expect(&[
        (ordered(), Role::Officer, demolish(plain()), when, None, "强制法37、43"),
        (announced(), Role::Officer, demolish(plain()), when, Some(Why::StageElsewhere.key()), "强制法37：无决定"),
        (ordered(), Role::Officer, on("2026-09-01T06:00", "2026-09-01T22:00"), when, None, "强制法43：六时至二十二时"),
        (ordered(), Role::Officer, on("2026-09-01T05:59", "2026-09-01T12:00"), when, Some(Why::AtNight.key()), "强制法43：夜间"),
        (ordered(), Role::Officer, on("2026-09-01T12:00", "2026-09-01T22:01"), when, Some(Why::AtNight.key()), "强制法43：夜间"),
        (ordered(), Role::Officer, on("2026-09-01T23:00", "2026-09-01T23:30"), when, Some(Why::AtNight.key()), "强制法43：夜间"),
        (ordered(), Role::Officer, on("2026-09-02T01:00", "2026-09-02T04:00"), when, Some(Why::AtNight.key()), "强制法43：夜间"),
        (ordered(), Role::Officer, on("2026-09-01T12:00", "2026-09-02T12:00"), when, Some(Why::AtNight.key()), "强制法43：跨夜"),
        (ordered(), Role::Officer, on("2026-10-01T08:00", "2026-10-01T12:00"), when, Some(Why::OnHoliday.key()), "强制法43：国庆节"),
        (ordered(), Role::Officer, on("2026-09-25T08:00", "2026-09-25T12:00"), when, Some(Why::OnHoliday.key()), "强制法43：中秋节"),
        (ordered(), Role::Officer, on("2026-09-05T08:00", "2026-09-05T12:00"), when, Some(Why::OnHoliday.key()), "强制法43、69：周六（本市从严）"),
        (ordered(), Role::Officer, on("2026-09-20T08:00", "2026-09-20T12:00"), when, None, "调休上班的周日"),
        (ordered(), Role::Officer, with(&|one| one.cuts_supplies = true), when, Some(Why::SuppliesCut.key()), "强制法43：停水电气热"),
        (ordered(), Role::Officer, with(&|one| one.witnesses = vec![" ".to_owned()]), when, Some(Why::NobodyPresent.key()), "强制法18(9)"),
        (ordered(), Role::Officer, with(&|one| { one.witnesses.clear(); one.is_party_present = true; }), when, None, "强制法18(4)"),
        (ordered(), Role::Officer, with(&|one| one.has_list = false), when, Some(Why::RecordMissing.key()), "强制法18(7)：物品清单"),
        (ordered(), Role::Officer, with(&|one| one.goods.clear()), when, None, "写明没有物品"),
        (ordered(), Role::Officer, with(&|one| one.goods[0].quantity = 0), when, Some(Why::GoodsUnclear.key()), "清单写明数量"),
        (ordered(), Role::Officer, with(&|one| one.is_recorded = false), when, Some(Why::RecordMissing.key()), "强制法18(7)：全程记录"),
        (ordered(), Role::Officer, with(&|one| one.before = 0), when, Some(Why::RecordMissing.key()), "拆前照片"),
        (ordered(), Role::Officer, with(&|one| one.area = 0), when, Some(Why::SizeAbsurd.key()), "面积"),
        (ordered(), Role::Officer, with(&|one| one.until = one.from), when, Some(Why::DateBackwards.key()), "时间"),
        (ordered(), Role::Officer, on("2026-07-21T08:00", "2026-07-21T12:00"), when, Some(Why::NotOrdered.key()), "强制法37：先决定"),
        (ordered(), Role::Officer, on("2026-07-22T10:00", "2026-07-22T12:00"), when, Some(Why::OrderNotServed.key()), "强制法38：先送达"),
        (unserved, Role::Officer, demolish(plain()), when, Some(Why::OrderNotServed.key()), "强制法38：未送达"),
        (ordered(), Role::Officer, demolish(plain()), "2026-09-01T16:00", Some(Why::DateInFuture.key()), "时间"),
        (ordered(), Role::Helper, demolish(plain()), when, Some(People::HelperEnforces.key()), "强制法17"),
    ]);
}

/// The city's own file.
fn organ_text() -> String {
    let text = crate::kit::sources::Sources::embedded().folder("law/");
    text.into_iter().find(|(path, _)| path == crate::enforcement::organ::FILE).expect("the file").1
}

/// The same of a city that has a basis for the shorter way.
fn with_shorter_way(text: &str) -> Organ {
    let text = text
        .replace("shorter_way_document = \"\"", "shorter_way_document = \"示例市违法建设治理条例\"")
        .replace("shorter_way_article = \"\"", "shorter_way_article = \"18\"");
    Organ::load(&text).expect("the city's own file")
}

#[test]
fn the_shorter_way_needs_the_citys_own_basis() {
    let text = organ_text();
    let own = with_shorter_way(&text);
    let (plain, with_basis) = (LAW.law(), Law { organ: &own, ..LAW.law() });
    let look = |is_obeyed| Act::CheckStop { officers: two(), is_obeyed };
    let going_up = |works, is_obeyed| {
        let mut building = stopped();
        building.particulars.works = works;
        go(&building, Role::Officer, &look(is_obeyed), "2026-01-05T15:00")
    };
    for (law, works, is_obeyed, expected, article) in [
        (&plain, Works::GoingUp, false, Some(Why::NoShorterWay), "规划法68：本市无依据"),
        (&with_basis, Works::GoingUp, false, None, "规划法68：不停止建设"),
        (&with_basis, Works::Foundations, false, None, "规划法68"),
        (&with_basis, Works::Complete, false, Some(Why::NotGoingUp), "规划法68：已建成"),
        (&with_basis, Works::Roofed, false, Some(Why::NotGoingUp), "规划法68：已封顶"),
        (&with_basis, Works::GoingUp, true, Some(Why::NotStopped), "规划法68：已停止"),
    ] {
        let said = try_under(law, &going_up(works, is_obeyed), Role::Government, &charge(), "2026-01-06T09:00");
        assert_eq!(said.err().map(|refusal| refusal.key), expected.map(Why::key), "{article}");
    }
    let unseen = try_under(&with_basis, &stopped(), Role::Government, &charge(), "2026-01-06T09:00");
    assert_eq!(unseen.expect_err("nobody has looked").key, Why::NotGoingUp.key());
    // It keeps the reminder, the statement, the announcement and the service.
    let step = |building: &Building, role, act: &Act, moment: &str| {
        try_under(&with_basis, building, role, act, moment).unwrap_or_else(|refusal| panic!("{act:?}: {refusal:?}"))
    };
    let refused = |building: &Building, role, act: &Act, moment: &str, why: Why, article: &str| {
        let said = try_under(&with_basis, building, role, act, moment).expect_err(article);
        assert_eq!(said.key, why.key(), "{article}");
    };
    let order = Act::OrderEnforcement;
    let charged = step(&going_up(Works::GoingUp, false), Role::Government, &charge(), "2026-01-06T09:00");
    refused(&charged, Role::Head, &order, "2026-01-06T10:00", Why::NotReminded, "强制法35");
    let reminded = step(&charged, Role::Officer, &remind("2026-01-08"), "2026-01-06T10:00");
    refused(&reminded, Role::Head, &order, "2026-01-08T10:00", Why::NotReminded, "强制法35：未满");
    refused(&reminded, Role::Head, &order, "2026-01-09T10:00", Why::NotAnnounced, "强制法44");
    let spoken = step(&reminded, Role::Party, &Act::Defend { words: "已停".to_owned() }, "2026-01-07T10:00");
    refused(&spoken, Role::Officer, &announce("2026-01-20"), "2026-01-09T10:00", Why::DefenceUnanswered, "强制法36");
    refused(
        &reminded,
        Role::Officer,
        &announce("2026-01-11"),
        "2026-01-09T10:00",
        Why::AnnouncementShort,
        "强制法44：本市三日",
    );
    let announced = step(&reminded, Role::Officer, &announce("2026-01-12"), "2026-01-09T10:00");
    refused(&announced, Role::Head, &order, "2026-01-12T10:00", Why::AnnouncementOpen, "强制法44");
    let ordered = step(&announced, Role::Head, &order, "2026-01-13T10:00");
    let by_day = demolish(clearing("2026-01-14T09:00", "2026-01-14T11:00"));
    refused(&ordered, Role::Officer, &by_day, "2026-01-14T12:00", Why::OrderNotServed, "强制法38");
    let served = step(&ordered, Role::Officer, &serve_order(), "2026-01-13T11:00");
    let night = demolish(clearing("2026-01-13T22:00", "2026-01-13T23:00"));
    refused(&served, Role::Officer, &night, "2026-01-14T09:00", Why::AtNight, "强制法43");
    assert_eq!(step(&served, Role::Officer, &by_day, "2026-01-14T12:00").stage, Stage::Demolished);
    // Whoever stops after all is not pulled down, and goes the ordinary way.
    let stopped = step(&served, Role::Officer, &look(true), "2026-01-14T08:00");
    refused(&stopped, Role::Officer, &by_day, "2026-01-14T12:00", Why::NotStopped, "规划法68：已停止");
    let begin = Act::BeginRemedy { kind: Exclusion::Suit, on: day("2026-01-13") };
    let sued = step(&served, Role::Party, &begin, "2026-01-13T12:00");
    refused(&sued, Role::Officer, &by_day, "2026-01-14T12:00", Why::RemedyRunning, "强制法44");
    let back = step(&stopped, Role::Head, &Act::File, "2026-01-14T09:00");
    assert_eq!((back.stage, back.charge.as_str(), back.reminder, back.ordered_at), (Stage::Filed, "", None, None));
    // The city's clock for works in progress.
    let mut going = found(Kind::House, "2026-01-05T09:00");
    going.particulars.works = Works::Foundations;
    assert_eq!(going.stop_by(&plain), Some(at("2026-01-07T09:00")));
    assert_eq!(found(Kind::House, "2026-01-05T09:00").stop_by(&plain), None);
    // It counts until nothing stands, or until the works stop, as the city says; an order that is not obeyed stops nothing.
    going.stage = Stage::Notified;
    (going.stopped_at, going.particulars.works) = (Some(at("2026-01-05T10:00")), Works::Roofed);
    going.was_going_up = true;
    let to_stop = text.replace("stop_counts_to = \"pulled-down\"", "stop_counts_to = \"stopped\"");
    let own = Organ::load(&to_stop).expect("the city's own file");
    let to_stop = Law { organ: &own, ..LAW.law() };
    for (is_obeyed, until_gone, until_stopped) in
        [(None, true, false), (Some(true), true, false), (Some(false), true, true)]
    {
        going.is_stop_obeyed = is_obeyed;
        let runs = [&plain, &to_stop].map(|law| going.stop_by(law).is_some());
        assert_eq!(runs, [until_gone, until_stopped], "{is_obeyed:?}");
    }
    going.self_demolished_at = Some(at("2026-01-06T10:00"));
    assert_eq!(going.stop_by(&plain), None, "nothing stands");
}

mod sequences {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn acts() -> impl Strategy<Value = (Role, Act)> {
        let roles = prop::sample::select(Role::ALL.to_vec());
        (0..40_u32, roles, any::<bool>(), 0..40_i64, 0..24_i64, 0..12_u32).prop_map(
            |(which, any_role, yes, days, hour, odd)| {
                let later = |from: &str| day(from).checked_add(jiff::Span::new().days(days * 6)).expect("a day");
                let (role, act) = match which {
                    0 => (Role::Officer, Act::OrderStop { officers: two() }),
                    1 => (Role::Officer, Act::CheckStop { officers: two(), is_obeyed: yes }),
                    2 => (Role::Head, Act::File),
                    3 => (Role::Planner, assess(if odd == 0 { Assessment::Correctable } else { Assessment::Demolish })),
                    4 => (Role::Officer, notify()),
                    5 => (Role::Party, Act::Waive { is_signed: true }),
                    6 => (Role::Party, Act::Defend { words: "申辩".to_owned() }),
                    7 => (Role::Officer, Act::AnswerDefence { number: 1, is_adopted: yes, words: "复核".to_owned() }),
                    8..=10 => (Role::Head, Act::Decide { until: later("2026-01-10") }),
                    11 | 12 => (Role::Officer, serve()),
                    13..=15 => (Role::Officer, remind(&later("2026-01-20").to_string())),
                    16..=18 => (Role::Officer, Act::Announce { officers: two(), until: later("2026-02-01") }),
                    19 => (Role::Party, Act::BeginRemedy { kind: Exclusion::Suit, on: later("2026-01-20") }),
                    20 => (
                        Role::Party,
                        Act::EndRemedy { on: later("2026-01-25"), is_revoked: odd == 0, is_withdrawn: odd == 1 },
                    ),
                    21 | 22 => (Role::Government, charge()),
                    23 | 24 => (Role::Head, Act::OrderEnforcement),
                    25 => (
                        Role::Head,
                        if yes {
                            Act::Resume
                        } else {
                            Act::Suspend { reason: "协商".to_owned(), ground: Ground::Unable, is_harmless: yes }
                        },
                    ),
                    26..=28 => (Role::Officer, serve_order()),
                    29 => (Role::Head, Act::Recuse { account: 3, reason: "回避".to_owned() }),
                    30 | 31 => (Role::Officer, Act::CheckStop { officers: two(), is_obeyed: odd == 0 }),
                    _ => {
                        let from = at("2026-01-20T00:00").plus((days * 6 * 24 + hour) * 3_600_000);
                        let plain = clearing("2026-09-01T08:00", "2026-09-01T17:00");
                        (Role::Officer, demolish(Clearing { from, until: from.plus(2 * 3_600_000), ..plain }))
                    }
                };
                (if odd == 11 { any_role } else { role }, act)
            },
        )
    }

    /// What takes a building on, so that paths reach the end of the chain.
    fn forward(building: &Building, now: Moment, law: &Law<'_>) -> (Role, Act) {
        let today = law.calendar.date_of(now);
        let in_days = |days: i64| today.checked_add(jiff::Span::new().days(days)).expect("a day");
        match building.stage {
            Stage::Found => (Role::Officer, Act::OrderStop { officers: two() }),
            Stage::Stopped if building.is_stop_obeyed == Some(false) => (Role::Government, charge()),
            Stage::Stopped => (Role::Head, Act::File),
            Stage::Filed => (Role::Planner, assess(Assessment::Demolish)),
            Stage::Assessed => (Role::Officer, notify()),
            Stage::Notified => (Role::Head, Act::Decide { until: in_days(20) }),
            Stage::Decided => (Role::Officer, serve()),
            Stage::ChargedShort if building.reminder.is_none() => (Role::Officer, remind(&in_days(3).to_string())),
            Stage::ChargedShort if building.announcement.is_none() => {
                (Role::Officer, announce(&in_days(4).to_string()))
            }
            Stage::Served => (Role::Officer, remind(&in_days(5).to_string())),
            Stage::Reminded => (Role::Officer, announce(&in_days(16).to_string())),
            Stage::Announced => (Role::Government, charge()),
            Stage::Charged | Stage::ChargedShort => (Role::Head, Act::OrderEnforcement),
            _ if building.order_served_at.is_none() => (Role::Officer, serve_order()),
            _ => {
                let plain = clearing("2026-09-01T08:00", "2026-09-01T17:00");
                let (from, until) = (now.plus(-3 * 3_600_000), now.plus(-3_600_000));
                (Role::Officer, demolish(Clearing { from, until, ..plain }))
            }
        }
    }

    /// What must be so when force was used.
    fn is_lawful(before: &Building, after: &Building, law: &Law<'_>) -> Result<(), TestCaseError> {
        let clearing = after.clearing.as_ref().expect("a record");
        let began = law.calendar.date_of(clearing.from);
        prop_assert!(after.reminder.is_some_and(|given| given.until < began));
        prop_assert!(after.announcement.is_some_and(|given| given.until < began));
        prop_assert!(after.order_served_at.is_some_and(|served| served <= clearing.from));
        prop_assert!(!after.has_open_remedy() && !after.is_revoked && !after.charge.is_empty());
        prop_assert!(after.suspended_at.is_none() && after.defences.iter().all(|one| one.is_adopted.is_some()));
        if before.stage == Stage::OrderedShort {
            prop_assert!(after.is_stop_obeyed == Some(false) && after.stopped_at.is_some());
        } else {
            prop_assert!(after.notified_at.is_some() && after.decision.is_some_and(|given| given.until < began));
            prop_assert!(after.remedies_over(law).expect("served") < began);
            prop_assert_eq!(after.assessment, Some(Assessment::Demolish));
        }
        let hour = clearing.from.zoned(law.calendar.zone()).hour();
        prop_assert!((6..=20).contains(&hour), "at night: {}", hour);
        prop_assert!(law.calendar.is_working_day(began).expect("a known year"));
        Ok(())
    }

    #[test]
    fn no_path_reaches_a_demolition_without_its_terms() {
        let own = with_shorter_way(&organ_text());
        let law = Law { organ: &own, ..LAW.law() };
        let going_up = || {
            let mut building = stopped();
            building.particulars.works = Works::GoingUp;
            building.is_stop_obeyed = Some(false);
            building
        };
        let path = prop::collection::vec((acts(), 0..900_i64, 0..5_u32), 1..60);
        let (ordinary, short) = (AtomicU32::new(0), AtomicU32::new(0));
        let mut runner = TestRunner::new(ProptestConfig { cases: 900, ..ProptestConfig::default() });
        let said = runner.run(&(path, 0..3_u32), |(path, from)| {
            // Some paths begin where everything is nearly ready, some where works go on although they were ordered to stop.
            let mut building = match from {
                0 => found(Kind::Storey, "2026-01-05T09:00"),
                1 => announced(),
                _ => going_up(),
            };
            let mut now = building.last_at;
            for (any, hours, turn) in path {
                now = now.plus(hours * 3_600_000 / if from == 0 { 2 } else { 1 });
                let (role, act) = if turn < 3 { forward(&building, now, &law) } else { any };
                let Ok((after, fact)) = carry_out(&building, &actor(role), &act, now, &law) else { continue };
                prop_assert_eq!(fact.stage, after.stage);
                if after.stage == Stage::Demolished && building.stage != Stage::Demolished {
                    is_lawful(&building, &after, &law)?;
                    let count = if building.stage == Stage::OrderedShort { &short } else { &ordinary };
                    count.fetch_add(1, Ordering::Relaxed);
                }
                building = after;
            }
            Ok(())
        });
        said.unwrap_or_else(|error| panic!("{error}"));
        let reached = (ordinary.into_inner(), short.into_inner());
        assert!(reached.0 > 0 && reached.1 > 0, "demolitions that were reached: {reached:?}");
    }
}
