//! A table for every guard of the chain, the article beside each row, and random sequences that never reach a demolition
//! without its terms.

use super::*;
use crate::enforcement::Why as People;
use crate::enforcement::case::tests::LAW;
use crate::enforcement::case::{Credential, Manner};
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
    let service = Service::by(Manner::Direct);
    Act::Serve { officers: two(), service }
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
            (Role::Officer, Act::Notify { officers: two() }, "2026-01-09T09:00"),
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
    Act::Remind { officers: two(), until: day(until) }
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
        &[(Role::Government, charge(), "2026-07-21T09:00"), (Role::Head, Act::OrderEnforcement, "2026-07-22T09:00")],
    )
}

fn clearing(from: &str, until: &str) -> Clearing {
    Clearing {
        from: at(from),
        until: at(until),
        is_party_present: false,
        witnesses: vec!["社区工作人员丙".to_owned()],
        goods: "花盆三只，已交当事人".to_owned(),
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
    assert_eq!((closed.stage, closed.revision), (Stage::Closed, 14));
}

#[test]
fn before_the_decision() {
    let assessed = |what| go(&filed(), Role::Planner, &assess(what), "2026-01-08T09:00");
    let notify = Act::Notify { officers: two() };
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
        (filed(), Role::Officer, notify.clone(), "2026-01-09T09:00", Some(Why::StageElsewhere.key()), "规划法64：未认定"),
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
    #[rustfmt::skip]
    expect(&[
        (notified(), Role::Party, Act::AskHearing, "2026-01-17T00:00", Some(Why::HearingAskedLate.key()), "处罚法64(1)、85"),
        (asked.clone(), Role::Head, decide.clone(), "2026-01-19T09:00", Some(Why::HearingOpen.key()), "处罚法63"),
        (asked.clone(), Role::Head, call("2026-01-28"), "2026-01-19T09:00", Some(Why::HearingCalledLate.key()), "处罚法64(2)、85"),
        (asked, Role::HearingPresident, hold.clone(), "2026-01-19T09:00", Some(Why::NoSuchThing.key()), "处罚法64：未通知"),
        (called, Role::HearingPresident, hold, "2026-01-28T09:00", Some(Why::HearingCalledLate.key()), "处罚法64：非通知日期"),
        (heard, Role::Head, decide, "2026-01-30T09:00", None, "处罚法65"),
    ]);
}

#[test]
fn nothing_is_pulled_down_before_its_terms() {
    let begin = |on: &str| Act::BeginRemedy { kind: Exclusion::Suit, on: day(on) };
    let end = |on: &str, is_revoked| Act::EndRemedy { on: day(on), is_revoked };
    let sued = go(&announced(), Role::Party, &begin("2026-07-20"), "2026-07-20T09:00");
    let upheld = go(&sued, Role::Party, &end("2026-10-20", false), "2026-10-20T09:00");
    let revoked = go(&sued, Role::Party, &end("2026-10-20", true), "2026-10-20T09:00");
    let spoken = go(&reminded(), Role::Party, &Act::Defend { words: "正在协商".to_owned() }, "2026-02-05T09:00");
    let suspended =
        go(&announced(), Role::Head, &Act::Suspend { reason: "第三人主张权利".to_owned() }, "2026-03-02T09:00");
    let charged = go(&announced(), Role::Government, &charge(), "2026-07-21T09:00");
    let charged_then_sued = go(&charged, Role::Party, &begin("2026-07-21"), "2026-07-21T10:00");
    #[rustfmt::skip]
    expect(&[
        (served(), Role::Officer, remind("2026-02-12"), "2026-02-02T23:59", Some(Why::SelfTermOpen.key()), "强制法34、35"),
        (served(), Role::Officer, remind("2026-02-12"), "2026-02-03T00:00", None, "强制法35"),
        (served(), Role::Officer, remind("2026-02-03"), "2026-02-03T00:00", Some(Why::ReminderTermMissing.key()), "强制法35(1)"),
        (served(), Role::Officer, announce("2026-03-31"), "2026-02-13T09:00", Some(Why::StageElsewhere.key()), "强制法35：未催告"),
        (served(), Role::Government, charge(), "2026-07-21T09:00", Some(Why::StageElsewhere.key()), "强制法44：未公告"),
        (reminded(), Role::Officer, announce("2026-03-31"), "2026-02-12T23:59", Some(Why::NotReminded.key()), "强制法35、37"),
        (reminded(), Role::Officer, announce("2026-02-27"), "2026-02-13T09:00", Some(Why::AnnouncementShort.key()), "强制法44：本市十五日"),
        (reminded(), Role::Officer, announce("2026-02-28"), "2026-02-13T09:00", None, "强制法44"),
        (spoken, Role::Officer, announce("2026-03-31"), "2026-02-13T09:00", Some(Why::DefenceUnanswered.key()), "强制法36"),
        (announced(), Role::Government, charge(), "2026-02-28T23:59", Some(Why::AnnouncementOpen.key()), "强制法44"),
        (announced(), Role::Government, charge(), "2026-03-01T00:00", Some(Why::RemediesOpen.key()), "强制法44：诉讼期未满"),
        (announced(), Role::Government, charge(), "2026-07-20T23:59", Some(Why::RemediesOpen.key()), "强制法44、行诉法46"),
        (announced(), Role::Government, charge(), "2026-07-21T00:00", None, "规划法68"),
        (announced(), Role::Head, charge(), "2026-07-21T00:00", Some(Why::RoleNotAllowed.key()), "规划法68：由政府责成"),
        (announced(), Role::Head, Act::OrderEnforcement, "2026-07-21T00:00", Some(Why::StageElsewhere.key()), "规划法68：未责成"),
        (sued.clone(), Role::Government, charge(), "2026-09-01T00:00", Some(Why::RemedyRunning.key()), "强制法44"),
        (sued, Role::Party, begin("2026-07-21"), "2026-07-21T09:00", Some(Why::RemedyRunning.key()), "一案一诉"),
        (upheld, Role::Government, charge(), "2026-10-21T00:00", None, "强制法44：诉讼终结，维持"),
        (revoked, Role::Government, charge(), "2026-10-21T00:00", Some(Why::DecisionRevoked.key()), "强制法40(4)"),
        (charged_then_sued, Role::Head, Act::OrderEnforcement, "2026-07-22T00:00", Some(Why::RemedyRunning.key()), "强制法44"),
        (suspended.clone(), Role::Government, charge(), "2026-07-21T09:00", Some(Why::Suspended.key()), "强制法39"),
        (suspended.clone(), Role::Head, Act::Resume, "2029-03-02T23:59", None, "强制法39：三年"),
        (suspended, Role::Head, Act::Resume, "2029-03-03T00:00", Some(Why::GivenUp.key()), "强制法39：三年"),
        (announced(), Role::Officer, Act::RecordSelfDemolition { officers: two() }, "2026-03-02T09:00", None, "自行拆除"),
    ]);
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
        (ordered(), Role::Officer, with(&|one| one.goods.clear()), when, Some(Why::RecordMissing.key()), "强制法18(7)：物品清单"),
        (ordered(), Role::Officer, with(&|one| one.is_recorded = false), when, Some(Why::RecordMissing.key()), "强制法18(7)：全程记录"),
        (ordered(), Role::Officer, with(&|one| one.before = 0), when, Some(Why::RecordMissing.key()), "拆前照片"),
        (ordered(), Role::Officer, with(&|one| one.area = 0), when, Some(Why::SizeAbsurd.key()), "面积"),
        (ordered(), Role::Officer, with(&|one| one.until = one.from), when, Some(Why::DateBackwards.key()), "时间"),
        (ordered(), Role::Officer, on("2026-07-21T08:00", "2026-07-21T12:00"), when, Some(Why::NotOrdered.key()), "强制法37：先决定"),
        (ordered(), Role::Officer, demolish(plain()), "2026-09-01T16:00", Some(Why::DateInFuture.key()), "时间"),
        (ordered(), Role::Helper, demolish(plain()), when, Some(People::HelperEnforces.key()), "强制法17"),
    ]);
}

#[test]
fn the_shorter_way_needs_the_citys_own_basis() {
    let text = crate::kit::sources::Sources::embedded().folder("law/");
    let text = text.into_iter().find(|(path, _)| path == crate::enforcement::organ::FILE).expect("the file").1;
    let text = text
        .replace("shorter_way_document = \"\"", "shorter_way_document = \"示例市违法建设治理条例\"")
        .replace("shorter_way_article = \"\"", "shorter_way_article = \"18\"");
    let own = Organ::load(&text).expect("the city's own file");
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
    // The shorter way is still by day, and before witnesses.
    let charged =
        try_under(&with_basis, &going_up(Works::GoingUp, false), Role::Government, &charge(), "2026-01-06T09:00");
    let ordered =
        try_under(&with_basis, &charged.expect("charged"), Role::Head, &Act::OrderEnforcement, "2026-01-06T10:00");
    let ordered = ordered.expect("ordered");
    let night = demolish(clearing("2026-01-06T22:00", "2026-01-06T23:00"));
    let said = try_under(&with_basis, &ordered, Role::Officer, &night, "2026-01-07T09:00").expect_err("at night");
    assert_eq!(said.key, Why::AtNight.key());
    let by_day = demolish(clearing("2026-01-07T09:00", "2026-01-07T11:00"));
    assert!(try_under(&with_basis, &ordered, Role::Officer, &by_day, "2026-01-07T12:00").is_ok());
    // The city's clock for works in progress.
    let mut going = found(Kind::House, "2026-01-05T09:00");
    going.particulars.works = Works::Foundations;
    assert_eq!(going.stop_by(&plain), Some(at("2026-01-07T09:00")));
    assert_eq!(found(Kind::House, "2026-01-05T09:00").stop_by(&plain), None);
}

mod sequences {
    use super::*;
    use proptest::prelude::*;

    fn acts() -> impl Strategy<Value = (Role, Act)> {
        let roles = prop::sample::select(Role::ALL.to_vec());
        (0..30_u32, roles, any::<bool>(), 0..40_i64, 0..24_i64, 0..12_u32).prop_map(
            |(which, any_role, yes, days, hour, odd)| {
                let later = |from: &str| day(from).checked_add(jiff::Span::new().days(days * 6)).expect("a day");
                let (role, act) = match which {
                    0 => (Role::Officer, Act::OrderStop { officers: two() }),
                    1 => (Role::Officer, Act::CheckStop { officers: two(), is_obeyed: yes }),
                    2 => (Role::Head, Act::File),
                    3 => (Role::Planner, assess(if odd == 0 { Assessment::Correctable } else { Assessment::Demolish })),
                    4 => (Role::Officer, Act::Notify { officers: two() }),
                    5 => (Role::Party, Act::Waive { is_signed: true }),
                    6 => (Role::Party, Act::Defend { words: "申辩".to_owned() }),
                    7 => (Role::Officer, Act::AnswerDefence { number: 1, is_adopted: yes, words: "复核".to_owned() }),
                    8..=10 => (Role::Head, Act::Decide { until: later("2026-01-10") }),
                    11 | 12 => (Role::Officer, serve()),
                    13..=15 => (Role::Officer, Act::Remind { officers: two(), until: later("2026-01-20") }),
                    16..=18 => (Role::Officer, Act::Announce { officers: two(), until: later("2026-02-01") }),
                    19 => (Role::Party, Act::BeginRemedy { kind: Exclusion::Suit, on: later("2026-01-20") }),
                    20 => (Role::Party, Act::EndRemedy { on: later("2026-01-25"), is_revoked: odd == 0 }),
                    21 | 22 => (Role::Government, charge()),
                    23 | 24 => (Role::Head, Act::OrderEnforcement),
                    25 => (Role::Head, if yes { Act::Resume } else { Act::Suspend { reason: "协商".to_owned() } }),
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

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

        #[test]
        fn no_path_reaches_a_demolition_without_its_terms(
            path in prop::collection::vec((acts(), 0..900_i64), 1..60),
            is_near in any::<bool>(),
        ) {
            let law = LAW.law();
            // Half of the paths begin where everything is nearly ready.
            let mut building = if is_near { announced() } else { found(Kind::Storey, "2026-01-05T09:00") };
            let mut now = building.last_at;
            for ((role, act), hours) in path {
                now = now.plus(hours * 3_600_000 / if is_near { 1 } else { 6 });
                let Ok((after, fact)) = carry_out(&building, &actor(role), &act, now, &law) else { continue };
                prop_assert_eq!(fact.stage, after.stage);
                if after.stage == Stage::Demolished && building.stage != Stage::Demolished {
                    let clearing = after.clearing.as_ref().expect("a record");
                    let began = law.calendar.date_of(clearing.from);
                    prop_assert!(after.notified_at.is_some() && after.decision.is_some_and(|given| given.until < began));
                    prop_assert!(after.reminder.is_some_and(|given| given.until < began));
                    prop_assert!(after.announcement.is_some_and(|given| given.until < began));
                    prop_assert!(after.remedies_over(&law).expect("served") < began);
                    prop_assert!(!after.has_open_remedy() && !after.is_revoked && !after.charge.is_empty());
                    prop_assert_eq!(after.assessment, Some(Assessment::Demolish));
                    let hour = clearing.from.zoned(law.calendar.zone()).hour();
                    prop_assert!((6..=20).contains(&hour), "at night: {}", hour);
                    prop_assert!(law.calendar.is_working_day(began).expect("a known year"));
                }
                building = after;
            }
        }
    }
}
