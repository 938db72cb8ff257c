//! Every exercise that ships is played to its goal by the very forms and rules of real cases; what people get wrong in it is refused;
//! time and steps go only the ways that they may.

use super::super::exercise::load;
use super::*;
use crate::enforcement::Why as CaseWhy;
use crate::enforcement::case::Stage;
use crate::enforcement::case::tests::LAW;
use crate::enforcement::forms::Desk;
use crate::enforcement::publication::Background;
use crate::kit::fields::Typed;
use crate::kit::sources::Sources;

fn exercise(key: &str) -> Exercise {
    let (all, problems) = load(&Sources::embedded(), &LAW.law());
    assert_eq!(problems, []);
    all.into_iter().find(|one| one.key == key).unwrap_or_else(|| panic!("there is no exercise {key}"))
}

pub(crate) fn begun(key: &str) -> Run {
    Run::begin(&exercise(key), 1, &LAW.law()).expect("it begins")
}

/// The same, with the clue assigned to the two officers of most exercises.
pub(crate) fn assigned(key: &str) -> Run {
    plays(begun(key), "unit", Step::AssignClue, &TWO)
}

/// Fills in the form of a step and sends it; `=key` stands for the account of a person.
fn tries(run: &Run, part: &str, step: Step, fields: &[(&str, &str)]) -> Result<Run, Refusal> {
    let law = LAW.law();
    let people = run.exercise.people("zh-Hans");
    let say = |key: &str, _: &[(&'static str, String)]| key.to_owned();
    let pairs = fields.iter().map(|(name, value)| {
        let value = match value.strip_prefix('=') {
            Some(key) => run.exercise.account(key).expect("a person").to_string(),
            None => (*value).to_owned(),
        };
        ((*name).to_owned(), value)
    });
    // What a form has given beforehand is sent along, as a browser does.
    let given = match step {
        Step::Decide => Some(("effect", "by-rule")),
        Step::NotifyParty | Step::Serve | Step::Remind => Some(("manner", "direct")),
        Step::Inquire => Some(("asked", "party")),
        _ => None,
    };
    let given = given.filter(|(given, _)| fields.iter().all(|(name, _)| name != given));
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let typed = Typed::of(pairs.chain(given).collect::<Vec<_>>());
    let desk = Desk {
        case: &run.case,
        law,
        today: law.calendar.date_of(run.now),
        by: run.actor(part)?.account.unwrap_or(0),
        people: &people,
        background: &Background::default(),
        around: &run.exercise.around(run.actor(part)?.account.unwrap_or(0)),
        say: &say,
        is_chinese: true,
    };
    run.admits(part, step)?;
    run.take(part, step, &desk.act(step, &typed)?, &law)
}

pub(crate) fn plays(run: Run, part: &str, step: Step, fields: &[(&str, &str)]) -> Run {
    tries(&run, part, step, fields).unwrap_or_else(|refusal| panic!("{part} {}: {refusal:?}", step.word()))
}

fn refused(run: &Run, part: &str, step: Step, fields: &[(&str, &str)], key: &str) {
    assert_eq!(tries(run, part, step, fields).err().map(|refusal| refusal.key), Some(key), "{part} {}", step.word());
}

pub(crate) fn waits(run: Run, wait: Wait) -> Run {
    run.wait(wait, &LAW.law()).unwrap_or_else(|refusal| panic!("{wait:?}: {refusal:?}"))
}

const TWO: [(&str, &str); 2] = [("officers", "=officer-a"), ("officers", "=officer-b")];

pub(crate) fn with<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    TWO.iter().chain(fields).copied().collect()
}

/// Paid, closed, archived.
pub(crate) fn ends(run: Run, amount: &str, on: &str) -> Run {
    let paid = [("on", on), ("amount", amount), ("towards", "fine"), ("receipt", "回单一")];
    let run = plays(run, "treasurer", Step::RecordPayment, &paid);
    closes(run)
}

fn closes(run: Run) -> Run {
    // What is of social effect by the organ's rule is published first.
    let run = if crate::enforcement::publication::is_due(&run.case, &LAW.law()).is_some() {
        let shown = [("decision_number", "望城管罚决字〔2026〕9号"), ("facts", "未经许可设置大型广告牌。")];
        plays(run, "officer-a", Step::Publish, &shown)
    } else {
        run
    };
    let run = plays(run, "officer-a", Step::ProposeClosing, &[]);
    let run = plays(run, "head-a", Step::ApproveClosing, &[]);
    assert_eq!(run.standing(), Standing::Open);
    let volume =
        [("retention", "short"), ("volume", "2026-0001"), ("bound_by", "=archivist"), ("checked_by", "=officer-a")];
    plays(run, "archivist", Step::Archive, &volume)
}

pub(crate) fn today(run: &Run) -> String {
    LAW.law().calendar.date_of(run.now).to_string()
}

#[test]
fn six_exercises_ship_and_fit_together() {
    let (all, problems) = load(&Sources::embedded(), &LAW.law());
    assert_eq!(problems, []);
    let keys: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
    let expected = ["old-act", "spot-road", "first-shop", "road-storage", "billboard-hearing", "dumping-transfer"];
    assert_eq!(keys, expected);
    for one in &all {
        for text in [&one.title, &one.brief, &one.clue] {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", one.key);
        }
        assert!(!one.traps.is_empty(), "{}", one.key);
    }
}

#[test]
fn a_penalty_on_the_spot_is_solvable() {
    let run = begun("spot-road");
    let penalty = [
        ("card_shown", "1"),
        ("name", "麦某"),
        ("form", "citizen"),
        ("matter", "road-occupation"),
        ("acted_on", "2026-03-09"),
        ("is_plain", "1"),
        ("kinds", "fine"),
        ("fine", "100"),
        ("tier", "minor"),
        ("rule", "of-the-act"),
        ("correction", "corrected"),
        ("is_told", "1"),
        ("is_handed_over", "1"),
    ];
    let changed = |name: &'static str, value: &'static str| {
        let mut all = with(&penalty);
        all.retain(|(field, _)| *field != name);
        all.push((name, value));
        all
    };
    let why = |why: CaseWhy| why.key();
    let step = Step::DecideSummary;
    refused(&run, "officer-a", step, &changed("officers", "=officer-a"), why(CaseWhy::TooFewOfficers));
    refused(&run, "officer-a", step, &changed("fine", "201"), why(CaseWhy::SummaryTooHigh));
    refused(&run, "officer-a", step, &changed("is_handed_over", ""), why(CaseWhy::SummaryNotHanded));
    refused(&run, "officer-a", step, &changed("matter", "street-stall"), Why::OtherMatter.key());
    refused(&run, "officer-a", step, &changed("acted_on", "2026-03-08"), Why::OtherDay.key());
    refused(&run, "officer-a", step, &changed("form", "unit"), Why::OtherParty.key());
    refused(&run, "helper", step, &with(&penalty), why(CaseWhy::HelperEnforces));
    let mut over = penalty.to_vec();
    over.extend([("officers", "=officer-a"), ("officers", "=officer-c")]);
    refused(&run, "officer-a", step, &over, why(CaseWhy::CredentialInvalid));
    over[penalty.len() + 1].1 = "=officer-d";
    refused(&run, "officer-a", step, &over, why(CaseWhy::CredentialMissing));

    let run = plays(run, "officer-a", step, &with(&penalty));
    assert_eq!(run.events(&LAW.law()).len(), 0);
    let run = plays(run, "officer-a", Step::ReportSummary, &[]);
    let run = waits(run, Wait::Days(3));
    assert_eq!(run.events(&LAW.law()).len(), 2);
    refused(&run, "officer-a", Step::RecordPayment, &[("on", "2026-03-12")], why(CaseWhy::RoleNotAllowed));
    let run = ends(run, "100", "2026-03-12");
    assert_eq!((run.standing(), run.case.stage), (Standing::Reached, Stage::Archived));
    let again =
        Act::Archive { volume: "1".to_owned(), retention: "short".to_owned(), bound_by: Some(1), checked_by: Some(2) };
    assert_eq!(
        run.take("archivist", Step::Archive, &again, &LAW.law()).err().map(|one| one.key),
        Some(Why::Over.key())
    );
}

const STORAGE: [(&str, &str); 4] =
    [("name", "柳某"), ("form", "citizen"), ("matter", "road-occupation"), ("acted_on", "2026-03-07")];
pub(crate) const FINE: [(&str, &str); 4] =
    [("kinds", "fine"), ("fine", "2000"), ("tier", "minor"), ("rule", "of-the-act")];

/// The case up to the notice.
pub(crate) fn told(run: Run) -> Run {
    let run = plays(run, "officer-a", Step::CheckClue, &with(&[("words", "属实，占路约四平方米")]));
    let run = plays(run, "officer-a", Step::ProposeFiling, &with(&STORAGE));
    let run = plays(run, "head-a", Step::ApproveFiling, &[]);
    let look = [("card_shown", "1"), ("words", "砖一垛、水泥两袋，占去半条车道")];
    let run = plays(run, "officer-b", Step::InspectSite, &with(&look));
    let mut conclusion = FINE.to_vec();
    conclusion.extend([("proposes", "yes"), ("exemption", "曾被教育，不属于首违；占用半条车道，不属于轻微")]);
    let run = plays(run, "officer-a", Step::ConcludeInquiry, &conclusion);
    let mut notice = with(&FINE);
    notice.push(("new_facts", ""));
    plays(run, "officer-a", Step::NotifyParty, &notice)
}

#[test]
fn an_ordinary_case_is_solvable_and_its_traps_are_refused() {
    let run = assigned("road-storage");
    let cousin = [("officers", "=officer-a"), ("officers", "=officer-d"), ("words", "属实")];
    refused(&run, "officer-a", Step::CheckClue, &cousin, Why::Related.key());
    refused(&run, "officer-d", Step::CheckClue, &with(&[("words", "属实")]), Why::Related.key());
    refused(&run, "head-a", Step::Decide, &FINE, CaseWhy::StageElsewhere.key());
    let run = told(run);
    refused(&run, "officer-a", Step::CloseDefence, &[], CaseWhy::StatementOpen.key());
    let run = waits(run, Wait::WorkingDay);
    assert_eq!(run.events(&LAW.law()).len(), 1, "she comes on the next day");
    let run = plays(run, "party", Step::Defend, &[("words", "砖已经清走，请从轻")]);
    let run = waits(run, Wait::Term);
    refused(&run, "officer-a", Step::CloseDefence, &[], CaseWhy::DefenceUnanswered.key());
    let answer = [("number", "1"), ("adopted", "no"), ("words", "已在裁量中考虑")];
    let run = plays(run, "officer-b", Step::AnswerDefence, &answer);
    let run = plays(run, "officer-a", Step::CloseDefence, &[]);
    let run = plays(run, "officer-a", Step::ProposeDecision, &[]);
    let mut more = FINE.to_vec();
    more[1].1 = "2500";
    refused(&run, "head-a", Step::Decide, &more, CaseWhy::RaisedForDefending.key());
    let run = plays(run, "head-a", Step::Decide, &FINE);
    let run = plays(run, "officer-a", Step::Serve, &with(&[("manner", "direct")]));
    let run = waits(run, Wait::Days(6));
    let day = today(&run);
    let run = ends(run, "2000", &day);
    assert_eq!(run.standing(), Standing::Reached);
    assert!(run.days_used(&LAW.law()).is_some_and(|days| (5..=20).contains(&days)), "{:?}", run.days_used(&LAW.law()));
}

#[test]
fn a_case_with_a_hearing_is_solvable() {
    let run = assigned("billboard-hearing");
    let run = plays(run, "officer-a", Step::CheckClue, &with(&[("words", "约十二平方米，没有许可")]));
    let filing = [
        ("name", "连某"),
        ("form", "citizen"),
        ("age", "40"),
        ("matter", "large-advertisement"),
        ("acted_on", "2026-03-05"),
    ];
    let run = plays(run, "officer-a", Step::ProposeFiling, &with(&filing));
    let run = plays(run, "head-a", Step::ApproveFiling, &[]);
    let run = plays(run, "officer-a", Step::Inquire, &with(&[("card_shown", "1"), ("words", "三月五日装的")]));
    let fine = [("kinds", "fine"), ("fine", "10000"), ("tier", "ordinary"), ("rule", "of-the-act")];
    let mut conclusion = fine.to_vec();
    conclusion.extend([("proposes", "yes"), ("exemption", "曾被处理，不属于首违")]);
    refused(&run, "officer-a", Step::ConcludeInquiry, &conclusion, CaseWhy::NotOrdered.key());
    let run = plays(run, "officer-a", Step::OrderCorrection, &with(&[("until", "2026-03-12")]));
    let run = waits(run, Wait::Days(4));
    assert_eq!(run.events(&LAW.law()).len(), 1);
    let run = plays(run, "officer-b", Step::RecordCorrection, &with(&[("outcome", "not-corrected")]));
    let run = plays(run, "officer-a", Step::ConcludeInquiry, &conclusion);
    let mut notice = with(&fine);
    notice.push(("offers_hearing", "1"));
    refused(&run, "officer-a", Step::NotifyParty, &notice, CaseWhy::ReviewMissing.key());
    let run = plays(run, "officer-a", Step::AskReview, &[]);
    let opinion = [("words", "事实清楚，程序合法")];
    let run = plays(run, "reviewer", Step::PassReview, &opinion);
    let heads = [("people", "=head-a"), ("people", "=head-b"), ("people", "=head-c"), ("words", "一致同意")];
    let run = plays(run, "head-a", Step::Discuss, &heads);
    refused(&run, "officer-a", Step::NotifyParty, &with(&fine), CaseWhy::HearingNotOffered.key());
    let run = plays(run, "officer-a", Step::NotifyParty, &notice);
    let run = waits(run, Wait::Days(2));
    let run = plays(run, "party", Step::AskHearing, &[]);
    let soon = [("on", "2026-03-18"), ("president", "=president")];
    refused(&run, "head-a", Step::CallHearing, &soon, CaseWhy::HearingCalledLate.key());
    let run = plays(run, "head-a", Step::CallHearing, &[("on", "2026-04-01"), ("president", "=president")]);
    let run = plays(run, "officer-a", Step::ServeSummons, &with(&[("manner", "direct")]));
    let run = waits(run, Wait::Until("2026-04-01".parse().expect("a day")));
    let run = plays(run, "president", Step::HoldHearing, &[("agents", "1")]);
    let run = plays(run, "president", Step::ReportHearing, &[("words", "建议维持")]);
    let run = plays(run, "officer-a", Step::AskFinalReview, &[]);
    let run = plays(run, "reviewer", Step::PassFinalReview, &opinion);
    let run = plays(run, "officer-a", Step::ProposeDecision, &[]);
    refused(&run, "head-a", Step::Decide, &fine, CaseWhy::DiscussionMissing.key());
    let run = plays(run, "head-a", Step::Discuss, &heads);
    let run = plays(run, "head-a", Step::Decide, &fine);
    let run = plays(run, "officer-a", Step::Serve, &with(&[("manner", "direct")]));
    let run = waits(run, Wait::Days(7));
    let day = today(&run);
    let run = ends(run, "10000", &day);
    assert_eq!(run.standing(), Standing::Reached);
}

#[test]
fn a_minor_first_offence_is_solvable_without_a_penalty() {
    let run = assigned("first-shop");
    let run = plays(run, "officer-a", Step::CheckClue, &with(&[("words", "四箱苹果，约一平方米")]));
    let filing = [("name", "穆某"), ("form", "citizen"), ("matter", "shop-overflow"), ("acted_on", "2026-03-10")];
    let run = plays(run, "officer-a", Step::ProposeFiling, &with(&filing));
    let run = plays(run, "head-a", Step::ApproveFiling, &[]);
    let run = plays(run, "officer-a", Step::InspectSite, &with(&[("card_shown", "1"), ("words", "没有挡住盲道")]));
    let run = plays(run, "officer-a", Step::OrderCorrection, &with(&[("until", "2026-03-10")]));
    let run = plays(run, "officer-b", Step::RecordCorrection, &with(&[("outcome", "corrected")]));
    let fine = [
        ("kinds", "fine"),
        ("fine", "200"),
        ("tier", "minor"),
        ("rule", "of-the-act"),
        ("proposes", "yes"),
        ("exemption", "首违"),
    ];
    refused(&run, "officer-a", Step::ConcludeInquiry, &fine, CaseWhy::Corrected.key());
    let none = [("proposes", "no"), ("exemption", "初次违法，后果轻微，及时改正")];
    let run = plays(run, "officer-a", Step::ConcludeInquiry, &none);
    let ground = [
        ("ground", "first-offence"),
        ("is_corrected", "1"),
        ("is_first", "1"),
        ("education", "讲明规定，已承诺"),
        ("has_circumstances", "1"),
    ];
    refused(&run, "officer-a", Step::NotPunish, &ground, CaseWhy::RoleNotAllowed.key());
    refused(&run, "head-a", Step::NotPunish, &[ground[0], ground[1], ground[3]], CaseWhy::ExemptionUnfounded.key());
    refused(&run, "head-a", Step::NotPunish, &ground[..4], CaseWhy::ExemptionCircumstances.key());
    let run = plays(run, "head-a", Step::NotPunish, &ground);
    let run = closes(run);
    assert_eq!(run.standing(), Standing::Reached);
}

#[test]
fn an_act_of_long_ago_is_solvable_by_not_filing() {
    let run = assigned("old-act");
    let run = plays(run, "officer-a", Step::CheckClue, &with(&[("words", "属实，只有一次")]));
    let filing = [("name", "邵某"), ("form", "citizen"), ("matter", "street-piling"), ("acted_on", "2023-06-10")];
    refused(&run, "officer-a", Step::ProposeFiling, &with(&filing), CaseWhy::LimitationPassed.key());
    refused(&run, "officer-a", Step::DropClue, &[("reason", "超过二年")], CaseWhy::RoleNotAllowed.key());
    let run = plays(run, "unit", Step::DropClue, &[("reason", "违法行为在二年内未被发现，不再处罚")]);
    assert_eq!(run.standing(), Standing::Reached);
    // Whoever drops it unseen has missed the goal, and may take the step back.
    let run = plays(begun("old-act"), "unit", Step::DropClue, &[("reason", "太久了")]);
    assert_eq!(run.standing(), Standing::Missed);
    assert_eq!(run.undo(&LAW.law()).expect("taken back").standing(), Standing::Open);
}

#[test]
fn a_transfer_is_solvable_with_what_is_seized() {
    let run = assigned("dumping-transfer");
    let run = plays(run, "officer-a", Step::CheckClue, &with(&[("words", "黑色泥渣一车")]));
    let filing = [("name", "某运输公司"), ("form", "unit"), ("matter", "waste-dumping"), ("acted_on", "2026-03-11")];
    let run = plays(run, "officer-a", Step::ProposeFiling, &with(&filing));
    let run = plays(run, "head-a", Step::ApproveFiling, &[]);
    let things = [
        ("items", "货车一辆"),
        ("is_clean", "1"),
        ("card_shown", "1"),
        ("is_called", "1"),
        ("is_there", "1"),
        ("is_told", "1"),
        ("is_heard", "1"),
        ("is_recorded", "1"),
        ("is_handed_over", "1"),
    ];
    refused(&run, "officer-a", Step::Seize, &with(&things), CaseWhy::SeizureUnapproved.key());
    let mut approved = with(&things);
    let asked = [("kind", "seize"), ("items", "货车一辆"), ("reason", "泥渣和车辆可能被转移，可能严重污染环境")];
    let run = plays(run, "officer-a", Step::AskMeasure, &with(&asked));
    refused(&run, "officer-a", Step::ApproveMeasure, &[("number", "1")], CaseWhy::RoleNotAllowed.key());
    let run = plays(run, "head-a", Step::ApproveMeasure, &[("number", "1")]);
    approved.push(("request", "1"));
    let run = plays(run, "officer-a", Step::Seize, &approved);
    let run = waits(run, Wait::Days(10));
    assert_eq!(run.events(&LAW.law()).len(), 2);
    let police = [("to", "公安机关"), ("is_crime", "1")];
    refused(&run, "head-a", Step::Transfer, &police, CaseWhy::TransferUntold.key());
    let told = [("to", "公安机关"), ("is_crime", "1"), ("is_told", "1")];
    let run = plays(run, "head-a", Step::Transfer, &told);
    let run = closes(run);
    assert_eq!(run.standing(), Standing::Reached);
}

#[test]
fn a_step_taken_back_leaves_the_case_as_it_was() {
    let law = LAW.law();
    let start = begun("road-storage");
    assert_eq!(start.undo(&law).err().map(|refusal| refusal.key), Some(Why::NothingToUndo.key()));
    let start = plays(start, "unit", Step::AssignClue, &TWO);
    let before = waits(start, Wait::WorkingDay);
    let after = plays(before.clone(), "officer-a", Step::CheckClue, &with(&[("words", "属实")]));
    let later = waits(after, Wait::Days(30));
    let undone = later.undo(&law).expect("taken back");
    assert_eq!((undone.case.clone(), undone.now, undone.undone), (before.case.clone(), before.now, 1));
    // Kept and read again, it is the same run.
    let text = serde_json::to_string(&undone).expect("kept");
    assert_eq!(serde_json::from_str::<Run>(&text).expect("read"), undone);
}

#[test]
fn the_clock_goes_forward_only_and_not_beyond_the_calendar() {
    let law = LAW.law();
    // A Monday.
    let run = assigned("road-storage");
    for (wait, day) in [
        (Wait::WorkingDay, "2026-03-10"),
        (Wait::Days(1), "2026-03-10"),
        (Wait::Days(5), "2026-03-14"),
        (Wait::Until("2026-04-01".parse().expect("a day")), "2026-04-01"),
    ] {
        assert_eq!(today(&run.wait(wait, &law).expect("later")), day, "{wait:?}");
    }
    for (wait, why) in [
        (Wait::Days(0), Why::ClockBackwards),
        (Wait::Until("2026-03-09".parse().expect("a day")), Why::ClockBackwards),
        (Wait::Until("2026-03-01".parse().expect("a day")), Why::ClockBackwards),
        (Wait::Until("2031-03-01".parse().expect("a day")), Why::ClockTooFar),
        (Wait::Days(u32::MAX), Why::ClockTooFar),
    ] {
        assert_eq!(run.wait(wait, &law).err().map(|refusal| refusal.key), Some(why.key()), "{wait:?}");
    }
    // Friday to Monday; and past the term of the statement, which ends on Monday 16 March.
    let friday = waits(run.clone(), Wait::Days(4));
    assert_eq!(today(&waits(friday, Wait::WorkingDay)), "2026-03-16");
    let told = told(run);
    assert_eq!(today(&told), "2026-03-09");
    let over = waits(told, Wait::Term);
    assert_eq!(today(&over), "2026-03-17");
    tries(&over, "officer-a", Step::CloseDefence, &[]).expect("the term is over");
}

#[test]
fn a_part_that_nobody_plays_is_refused() {
    let run = begun("spot-road");
    refused(&run, "nobody", Step::CheckClue, &[], Why::NoSuchPart.key());
    assert_eq!(run.actor(PARTY).expect("the party").account, None);
}
