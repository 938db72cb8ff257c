//! A table for every guard, the article beside each row; the whole way of a case. Random paths stand in `paths_tests.rs`.

use super::super::matters::tests::matters;
use super::super::organ::tests::organ;
use super::*;
use crate::kit::sources::Sources;
use crate::law::calendar::tests::calendar;
use jiff::civil::DateTime;
use std::sync::LazyLock;

/// What cases are judged by in the tests: the files of the package.
pub(crate) struct Files {
    terms: Terms,
    matters: Matters,
    organ: Organ,
    questions: Questions,
    calendar: Calendar,
}

impl Files {
    pub(crate) fn law(&self) -> Law<'_> {
        Law {
            terms: &self.terms,
            matters: &self.matters,
            organ: &self.organ,
            questions: &self.questions,
            calendar: &self.calendar,
        }
    }
}

pub(crate) static LAW: LazyLock<Files> = LazyLock::new(files);

fn files() -> Files {
    Files {
        terms: Terms::load(&Sources::embedded().folder(crate::law::terms::FOLDER)).expect("terms"),
        matters: matters(),
        organ: organ(),
        questions: Questions::default(),
        calendar: calendar(),
    }
}

/// A moment of the city's own time.
pub(crate) fn at(text: &str) -> Moment {
    let civil: DateTime = text.parse().expect("a civil time");
    LAW.calendar.moment(civil.date(), civil.time())
}

const ANNE: Id = 1;
const BO: Id = 2;
const CHEN: Id = 3;
const HEAD: Id = 10;
const REVIEWER: Id = 20;
const PRESIDENT: Id = 30;

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn officer(account: Id) -> Officer {
    let credential = Credential { number: format!("C{account}"), from: day("2020-01-01"), until: day("2026-12-31") };
    Officer { account, credential: Some(credential), is_helper: false }
}

/// The decision; the organ's rule says whether it is of social effect.
fn decide_on(penalty: Penalty) -> Act {
    Act::Decide { penalty, effect: Effect::ByRule, effect_reason: String::new() }
}

/// What everybody reads of the decision.
fn publish() -> Act {
    let entry = Entry {
        number: "望城管罚决字〔2026〕12号".to_owned(),
        party: "某运输公司".to_owned(),
        facts: "运输散装物料未覆盖。".to_owned(),
        ..Entry::default()
    };
    Act::Publish { entry: Box::new(entry) }
}

fn two() -> Vec<Officer> {
    vec![officer(ANNE), officer(BO)]
}

fn actor(role: Role) -> Actor {
    let account = match role {
        Role::Helper => Some(90),
        Role::Officer => Some(ANNE),
        Role::UnitLeader => Some(9),
        Role::Head => Some(HEAD),
        Role::LegalReviewer => Some(REVIEWER),
        Role::HearingPresident => Some(PRESIDENT),
        Role::Treasurer => Some(40),
        Role::Archivist => Some(50),
        Role::Party => None,
    };
    Actor { account, role }
}

/// A fine within a tier, in yuan.
fn fine(yuan: i64, tier: TierKind) -> Penalty {
    Penalty {
        kinds: BTreeSet::from([PenaltyKind::Fine]),
        fine: yuan * 100,
        confiscated: 0,
        quantity: None,
        tier: Some(tier),
        tier_reason: String::new(),
        rule: Rule::OfTheAct,
        rule_reason: String::new(),
    }
}

fn unit(name: &str) -> Party {
    Party { name: name.to_owned(), form: PartyForm::Unit, age: None, is_unaccountable: false, code: String::new() }
}

fn citizen(age: u8) -> Party {
    Party {
        name: "甲".to_owned(),
        form: PartyForm::Citizen,
        age: Some(age),
        is_unaccountable: false,
        code: String::new(),
    }
}

fn filing(party: Party, matter: &str) -> Act {
    Act::ProposeFiling {
        officers: two(),
        party,
        matter: matter.to_owned(),
        also: Vec::new(),
        acted_on: day("2026-03-01"),
        has_harm: false,
        others: Vec::new(),
    }
}

fn notify(penalty: Penalty, offers_hearing: bool) -> Act {
    Act::NotifyParty {
        officers: two(),
        penalty,
        offers_hearing,
        new_facts: String::new(),
        service: Service::by(Manner::Direct),
    }
}

fn conclude(penalty: Penalty) -> Act {
    Act::ConcludeInquiry {
        penalty: Some(penalty),
        exemption: "不属于首违，未及时改正".to_owned(),
        is_public_interest: false,
        is_complex: false,
        other_act: String::new(),
    }
}

fn review() -> Act {
    Act::ReviewCase { is_passed: true, is_first_time: false, is_qualified: true, words: "同意".to_owned() }
}

fn discuss() -> Act {
    Act::Discuss { people: BTreeSet::from([HEAD, 11, 12]), words: "一致同意".to_owned() }
}

fn serve() -> Act {
    let service = Service::by(Manner::Direct);
    Act::Serve { officers: two(), service }
}

/// Put into the archive under a volume number, bound by one and checked by another.
pub fn archive(retention: &str, volume: &str, bound_by: Id, checked_by: Id) -> Act {
    let (retention, volume) = (retention.to_owned(), volume.to_owned());
    Act::Archive { volume, retention, bound_by: Some(bound_by), checked_by: Some(checked_by) }
}

/// A seizure on the spot as the law wants it.
pub fn on_site() -> OnSite {
    OnSite {
        card_shown: true,
        is_called: true,
        is_there: true,
        witness: String::new(),
        is_told: true,
        is_heard: true,
        is_recorded: true,
        is_handed_over: true,
    }
}

fn seize(request: u32, is_urgent: bool, is_necessity: bool, edit: impl Fn(&mut OnSite)) -> Act {
    let mut on_site = on_site();
    edit(&mut on_site);
    Act::Seize {
        officers: two(),
        items: "经营工具一批".to_owned(),
        request,
        approved_by: None,
        is_urgent,
        is_necessity,
        on_site,
        reason: if is_urgent { "当事人正要把东西运走".to_owned() } else { String::new() },
    }
}

fn ask(kind: Measure) -> Act {
    let (items, reason) = ("经营工具一批".to_owned(), "可能灭失".to_owned());
    Act::AskMeasure { officers: two(), kind, items, reason }
}

fn answer(number: u32, is_approved: bool) -> Act {
    Act::AnswerMeasure {
        number, is_approved, words: if is_approved { String::new() } else { "没有必要".to_owned() }
    }
}

/// A stall whose owner did not obey the order to correct, on 4 March 2026.
fn stall_refused() -> Case {
    let obeyed = Act::RecordCorrection { officers: two(), outcome: Correction::Refused };
    run(
        investigating_as(citizen(40), "street-stall"),
        &[
            (Role::Officer, Act::OrderCorrection { officers: two(), until: day("2026-03-03") }, "2026-03-03T11:00"),
            (Role::Officer, obeyed, "2026-03-04T08:00"),
        ],
    )
}

fn inspect() -> Act {
    Act::InspectSite { officers: two(), card_shown: true, words: "车辆未覆盖，路面遗撒约 8 米".to_owned() }
}

fn try_it(case: &Case, role: Role, act: &Act, moment: &str) -> Result<Case, Refusal> {
    carry_out(case, &actor(role), act, at(moment), &LAW.law()).map(|(case, _)| case)
}

fn go(case: &Case, role: Role, act: &Act, moment: &str) -> Case {
    try_it(case, role, act, moment).unwrap_or_else(|refusal| panic!("{act:?} at {moment}: {refusal:?}"))
}

fn run(case: Case, acts: &[(Role, Act, &str)]) -> Case {
    acts.iter().fold(case, |case, (role, act, moment)| go(&case, *role, act, moment))
}

fn clue() -> Case {
    Case::open(1, "群众反映运输车辆遗撒", at("2026-03-02T09:00")).expect("a case")
}

fn checked() -> Case {
    let act = Act::CheckClue { officers: two(), words: "属实".to_owned() };
    go(&clue(), Role::Officer, &act, "2026-03-02T10:00")
}

/// Filed on 3 March 2026 against a firm for an uncovered load (2,000 to 20,000 yuan), with evidence.
fn investigating() -> Case {
    investigating_as(unit("某运输公司"), "uncovered-transport")
}

fn investigating_as(party: Party, matter: &str) -> Case {
    run(
        checked(),
        &[
            (Role::Officer, filing(party, matter), "2026-03-02T11:00"),
            (Role::Head, Act::ApproveFiling, "2026-03-03T09:00"),
            (Role::Officer, inspect(), "2026-03-03T10:00"),
        ],
    )
}

/// Concluded with a fine of 5,000 yuan: below the organ's amounts for units, so without review, discussion and hearing.
fn concluded() -> Case {
    go(&investigating(), Role::Officer, &conclude(fine(5_000, TierKind::Minor)), "2026-03-04T09:00")
}

/// Told on 5 March 2026 (Thursday); statements until Thursday 12 March.
pub(crate) fn notified() -> Case {
    go(&concluded(), Role::Officer, &notify(fine(5_000, TierKind::Minor), false), "2026-03-05T09:00")
}

fn awaiting_decision() -> Case {
    run(
        notified(),
        &[
            (Role::Officer, Act::CloseDefence, "2026-03-13T09:00"),
            (Role::Officer, Act::ProposeDecision, "2026-03-13T10:00"),
        ],
    )
}

/// Decided on 13 March and served on 16 March 2026; the fine is due on 31 March.
pub(crate) fn executing() -> Case {
    run(
        awaiting_decision(),
        &[
            (Role::Head, decide_on(fine(5_000, TierKind::Minor)), "2026-03-13T11:00"),
            (Role::Officer, serve(), "2026-03-16T09:00"),
        ],
    )
}

/// Decided on 13 March 2026 at 11:00, not served.
pub(crate) fn decided() -> Case {
    go(&awaiting_decision(), Role::Head, &decide_on(fine(5_000, TierKind::Minor)), "2026-03-13T11:00")
}

/// Ready to be told.
pub(crate) fn ready_to_tell() -> Case {
    concluded()
}

/// Telling a fine of 5,000 yuan in this way.
pub(crate) fn tell_with(service: Service) -> Act {
    Act::NotifyParty {
        officers: two(),
        penalty: fine(5_000, TierKind::Minor),
        offers_hearing: false,
        new_facts: String::new(),
        service,
    }
}

/// Serving the decision in this way.
pub(crate) fn serve_with(service: Service) -> Act {
    Act::Serve { officers: two(), service }
}

/// The same against somebody else.
pub(crate) fn executing_of(party: Party) -> Case {
    Case { party: Some(party), ..executing() }
}

/// A case that is large for a citizen: 5,000 yuan for a stall, told with a hearing.
fn with_hearing() -> Case {
    let stall = || fine(5_000, TierKind::Grave);
    run(
        investigating_as(citizen(40), "street-stall"),
        &[
            (Role::Officer, Act::OrderCorrection { officers: two(), until: day("2026-03-03") }, "2026-03-03T11:00"),
            (
                Role::Officer,
                Act::RecordCorrection { officers: two(), outcome: Correction::NotCorrected },
                "2026-03-04T09:00",
            ),
            (Role::Officer, conclude(stall()), "2026-03-04T10:00"),
            (Role::Officer, Act::AskReview, "2026-03-04T11:00"),
            (Role::LegalReviewer, review(), "2026-03-04T15:00"),
            (Role::Head, discuss(), "2026-03-05T08:30"),
            (Role::Officer, notify(stall(), true), "2026-03-05T09:00"),
        ],
    )
}

/// The hearing was asked for on 6 March 2026, called on 9 March for 19 March, and the summons was served at once.
fn hearing_called() -> Case {
    go(&unsummoned(), Role::Officer, &summon(Service::by(Manner::Direct)), "2026-03-09T10:00")
}

/// The same before the summons was served.
fn unsummoned() -> Case {
    let call = Act::CallHearing { on: day("2026-03-19"), president: PRESIDENT };
    run(with_hearing(), &[(Role::Party, Act::AskHearing, "2026-03-06T09:00"), (Role::Head, call, "2026-03-09T09:00")])
}

fn summon(service: Service) -> Act {
    Act::ServeSummons { officers: two(), service }
}

/// A case, who does what when, the refusal that is expected, and the article.
type Row<'a> = (Case, Role, Act, &'a str, Option<Why>, &'a str);

fn expect(rows: &[Row<'_>]) {
    for (case, role, act, moment, expected, article) in rows {
        let said = try_it(case, *role, act, moment);
        let key = said.as_ref().err().map(|refusal| refusal.key);
        assert_eq!(key, expected.map(Why::key), "{article}: {:?} at {moment}", act.step(case.stage));
    }
}

#[test]
fn an_ordinary_case_from_clue_to_archive() {
    let pay = |yuan: i64, towards, on: &str| Act::RecordPayment {
        payment: Payment { on: day(on), amount: yuan * 100, towards, receipt: "票 0001".to_owned() },
    };
    let case = run(
        executing(),
        &[
            // Due on 31 March, paid on 2 April: two late days of 150 yuan.
            (Role::Treasurer, pay(5_000, Towards::Fine, "2026-04-02"), "2026-04-02T16:00"),
            (Role::Treasurer, pay(300, Towards::LateFee, "2026-04-02"), "2026-04-02T16:00"),
            (Role::Officer, publish(), "2026-04-03T09:00"),
            (Role::Officer, Act::ProposeClosing, "2026-04-03T10:00"),
            (Role::Head, Act::ApproveClosing, "2026-04-03T11:00"),
            (Role::Archivist, archive("long", "2026-0001", 50, 51), "2026-04-07T09:00"),
        ],
    );
    assert_eq!((case.stage, case.revision), (Stage::Archived, 17));
}

#[test]
fn a_case_with_a_hearing() {
    let case = run(
        hearing_called(),
        &[
            (Role::HearingPresident, Act::HoldHearing { agents: 2, is_abandoned: false }, "2026-03-19T09:00"),
            (Role::HearingPresident, Act::ReportHearing { words: "建议从轻".to_owned() }, "2026-03-20T09:00"),
            // Art. 58 no. 2: what was heard is reviewed again.
            (Role::Officer, Act::ProposeDecision, "2026-03-20T10:00"),
        ],
    );
    let decide = decide_on(fine(4_000, TierKind::Grave));
    let early = try_it(&case, Role::Head, &decide, "2026-03-20T11:00").expect_err("not reviewed after the hearing");
    assert_eq!(early.key, Why::ReviewMissing.key());
    let case = run(
        case,
        &[
            (Role::Head, Act::ReturnProposal { reason: "补充法制审核".to_owned() }, "2026-03-20T11:00"),
            (Role::Officer, Act::AskReview, "2026-03-20T14:00"),
            (Role::LegalReviewer, review(), "2026-03-20T15:00"),
            (Role::Officer, Act::ProposeDecision, "2026-03-20T16:00"),
        ],
    );
    // Art. 65: what was discussed before the hearing does not count.
    let heavy = decide_on(fine(5_000, TierKind::Grave));
    let early = try_it(&case, Role::Head, &heavy, "2026-03-23T08:00").expect_err("not discussed after the hearing");
    assert_eq!(early.key, Why::DiscussionMissing.key());
    let case = run(
        case,
        &[
            (Role::Head, discuss(), "2026-03-23T08:30"),
            (Role::Head, decide, "2026-03-23T09:00"),
            (Role::Officer, serve(), "2026-03-24T09:00"),
        ],
    );
    assert_eq!(case.stage, Stage::Executing);
    // The fifteen days from asking to reporting are not counted into the ninety.
    assert_eq!(
        case.excluded,
        [Excluded { kind: Exclusion::Hearing, from: day("2026-03-06"), until: Some(day("2026-03-20")) }]
    );
    assert_eq!(case.decision_end(&LAW.law()).expect("an end").last, day("2026-06-16"));
}

#[test]
fn facts_make_the_same_case_again() {
    let mut case = clue();
    let mut facts = Vec::new();
    for (role, act, moment) in [
        (Role::Officer, Act::CheckClue { officers: two(), words: "属实".to_owned() }, "2026-03-02T10:00"),
        (Role::Officer, filing(unit("某公司"), "uncovered-transport"), "2026-03-02T11:00"),
        (Role::Head, Act::ApproveFiling, "2026-03-03T09:00"),
        (Role::Officer, inspect(), "2026-03-03T10:00"),
    ] {
        let (after, fact) = carry_out(&case, &actor(role), &act, at(moment), &LAW.law()).expect("carried out");
        facts.push(fact);
        case = after;
    }
    let kept = serde_json::to_string(&facts).expect("kept");
    let facts: Vec<Fact> = serde_json::from_str(&kept).expect("read again");
    let again = facts.iter().fold(clue(), |case, fact| {
        let actor = Actor { account: fact.by, role: fact.role };
        carry_out(&case, &actor, &fact.act, fact.at, &LAW.law()).expect("again").0
    });
    assert_eq!(again, case);
}

#[test]
fn officers_and_their_credentials() {
    let look =
        |officers: Vec<Officer>, card_shown| Act::InspectSite { officers, card_shown, words: "现场".to_owned() };
    let with = |change: fn(&mut Officer)| {
        let mut other = officer(BO);
        change(&mut other);
        look(vec![officer(ANNE), other], true)
    };
    let credential = |from: &str, until: &str| {
        let credential = Credential { number: "C2".to_owned(), from: day(from), until: day(until) };
        look(vec![officer(ANNE), Officer { credential: Some(credential), ..officer(BO) }], true)
    };
    let (case, when) = (investigating(), "2026-03-04T09:00");
    let helper = Act::RecordNote { words: "已劝离".to_owned() };
    #[rustfmt::skip]
    expect(&[
        (case.clone(), Role::Officer, look(two(), true), when, None, "处罚法42"),
        (case.clone(), Role::Officer, look(vec![officer(ANNE)], true), when, Some(Why::TooFewOfficers), "处罚法42"),
        (case.clone(), Role::Officer, look(vec![], true), when, Some(Why::TooFewOfficers), "处罚法42"),
        (case.clone(), Role::Officer, look(vec![officer(ANNE), officer(ANNE)], true), when, Some(Why::SameOfficerTwice), "处罚法42"),
        (case.clone(), Role::Officer, with(|other| other.credential = officer(ANNE).credential), when, Some(Why::SameOfficerTwice), "处罚法42：同一证号"),
        (case.clone(), Role::Officer, with(|other| other.credential = None), when, Some(Why::CredentialMissing), "处罚法42"),
        (case.clone(), Role::Officer, with(|other| if let Some(one) = &mut other.credential { one.number.clear(); }), when, Some(Why::CredentialMissing), "处罚法42"),
        (case.clone(), Role::Officer, credential("2020-01-01", "2026-03-03"), when, Some(Why::CredentialInvalid), "处罚法42：已过期"),
        (case.clone(), Role::Officer, credential("2026-03-05", "2027-03-03"), when, Some(Why::CredentialInvalid), "处罚法42：尚未生效"),
        (case.clone(), Role::Officer, credential("2020-01-01", "2026-03-04"), when, None, "处罚法42：当日仍有效"),
        (case.clone(), Role::Officer, look(vec![officer(BO), officer(CHEN)], true), when, Some(Why::ActorNotAmong), "处罚法42"),
        (case.clone(), Role::Officer, look(two(), false), when, Some(Why::CardNotShown), "处罚法55"),
        (case.clone(), Role::Officer, with(|other| other.is_helper = true), when, Some(Why::HelperEnforces), "处罚法42：协管"),
        (case.clone(), Role::Helper, look(two(), true), when, Some(Why::HelperEnforces), "处罚法42：协管"),
        (case.clone(), Role::Helper, Act::ApproveFiling, when, Some(Why::HelperEnforces), "处罚法42：协管"),
        (case.clone(), Role::Helper, helper, when, None, "协管可以记录、劝阻"),
        (case.clone(), Role::Head, look(two(), true), when, Some(Why::RoleNotAllowed), "岗位"),
        (case.clone(), Role::Officer, Act::ApproveFiling, when, Some(Why::StageElsewhere), "程序"),
        (case.clone(), Role::Officer, look(two(), true), "2026-03-02T09:00", Some(Why::DateBackwards), "先后"),
    ]);
}

#[test]
fn only_the_investigators_investigate() {
    let another = Actor { account: Some(CHEN), role: Role::Officer };
    let act =
        Act::InspectSite { officers: vec![officer(CHEN), officer(BO)], card_shown: true, words: "现场".to_owned() };
    let said = carry_out(&investigating(), &another, &act, at("2026-03-04T09:00"), &LAW.law());
    assert_eq!(said.expect_err("somebody else's case").key, Why::NotInvestigator.key());
}

#[test]
fn recusal() {
    let ask = Act::AskRecusal { officer: BO, reason: "系当事人近亲属".to_owned() };
    let decide = |officer, is_granted| Act::DecideRecusal { officer, is_granted };
    let asked = go(&investigating(), Role::Party, &ask, "2026-03-04T09:00");
    let granted = go(&asked, Role::Head, &decide(BO, true), "2026-03-04T10:00");
    let refused = go(&asked, Role::Head, &decide(BO, false), "2026-03-04T10:00");
    let others = Act::ChangeInvestigators { officers: vec![officer(ANNE), officer(CHEN)] };
    let changed = go(&granted, Role::UnitLeader, &others, "2026-03-04T11:00");
    let end = conclude(fine(5_000, TierKind::Minor));
    #[rustfmt::skip]
    expect(&[
        (asked.clone(), Role::Officer, inspect(), "2026-03-04T10:00", None, "处罚法43：不停止调查"),
        (asked.clone(), Role::Officer, end.clone(), "2026-03-04T10:00", Some(Why::RecusalPending), "处罚法43"),
        (asked, Role::Head, decide(ANNE, true), "2026-03-04T10:00", Some(Why::NoRecusalAsked), "处罚法43"),
        (granted.clone(), Role::Officer, inspect(), "2026-03-04T11:00", Some(Why::Recused), "处罚法43"),
        (granted, Role::Officer, end.clone(), "2026-03-04T11:00", Some(Why::TooFewOfficers), "处罚法42、43"),
        (changed, Role::Officer, end.clone(), "2026-03-04T12:00", None, "处罚法43"),
        (refused, Role::Officer, end, "2026-03-04T11:00", None, "处罚法43"),
    ]);
}

#[test]
fn filing_asks_for_basis_party_and_limitation() {
    let base = || filing(unit("某公司"), "uncovered-transport");
    let change = |edit: &dyn Fn(&mut Act)| {
        let mut act = base();
        edit(&mut act);
        act
    };
    let acted = |on: &str, matter: &str, harm: bool| {
        let (on, matter) = (day(on), matter.to_owned());
        change(&move |act| {
            if let Act::ProposeFiling { acted_on, has_harm, matter: id, .. } = act {
                (*acted_on, *has_harm, *id) = (on, harm, matter.clone());
            }
        })
    };
    let also = |own: &str, other: &str| {
        let (own, other) = (own.to_owned(), other.to_owned());
        change(&move |act| {
            if let Act::ProposeFiling { matter, also, .. } = act {
                (*matter, *also) = (own.clone(), vec![other.clone()]);
            }
        })
    };
    let named = |name: String| filing(Party { name, ..unit("") }, "uncovered-transport");
    let when = "2026-03-02T11:00";
    #[rustfmt::skip]
    expect(&[
        (checked(), Role::Officer, base(), when, None, "处罚法54"),
        // Discovered on 2 March 2026.
        (checked(), Role::Officer, acted("2024-03-02", "uncovered-transport", false), when, None, "处罚法36：满二年当日"),
        (checked(), Role::Officer, acted("2024-03-01", "uncovered-transport", false), when, Some(Why::LimitationPassed), "处罚法36"),
        (checked(), Role::Officer, acted("2024-03-01", "waste-dumping", false), when, Some(Why::LimitationPassed), "处罚法36：无危害后果"),
        (checked(), Role::Officer, acted("2021-03-02", "waste-dumping", true), when, None, "处罚法36：五年"),
        (checked(), Role::Officer, acted("2021-03-01", "waste-dumping", true), when, Some(Why::LimitationPassed), "处罚法36：五年"),
        (checked(), Role::Officer, acted("2024-03-01", "uncovered-transport", true), when, Some(Why::LimitationPassed), "处罚法36：案由不涉及安全"),
        (checked(), Role::Officer, acted("2026-03-03", "uncovered-transport", false), when, Some(Why::DateInFuture), "日期在将来"),
        (checked(), Role::Officer, acted("2016-03-03", "uncovered-transport", false), when, Some(Why::NoBasis), "处罚法38"),
        (checked(), Role::Officer, acted("2026-03-01", "nothing", false), when, Some(Why::NoBasis), "处罚法38"),
        (checked(), Role::Officer, also("street-piling", "uncovered-transport"), when, Some(Why::LesserRule), "处罚法29"),
        (checked(), Role::Officer, also("uncovered-transport", "street-piling"), when, None, "处罚法29"),
        (checked(), Role::Officer, named(" ".to_owned()), when, Some(Why::WordsMissing), "名称"),
        (checked(), Role::Officer, named("长".repeat(10_000)), when, Some(Why::WordsTooLong), "名称"),
    ]);
}

#[test]
fn evidence_that_was_registered() {
    let register =
        |request| Act::RegisterEvidence {
            officers: two(), items: "货车一辆".to_owned(), request, approved_by: None
        };
    let asked = go(&investigating(), Role::Officer, &ask(Measure::Register), "2026-03-03T16:00");
    let approved = go(&asked, Role::Head, &answer(1, true), "2026-03-03T17:00");
    let refused = go(&asked, Role::Head, &answer(1, false), "2026-03-03T17:00");
    assert_eq!(asked.turns(&LAW.law()), BTreeSet::from([Role::Officer, Role::Head]));
    assert_eq!(approved.turns(&LAW.law()), BTreeSet::from([Role::Officer]));
    // Registered on Wednesday 4 March 2026: seven working days end on Friday 13 March.
    let kept = go(&approved, Role::Officer, &register(1), "2026-03-04T09:00");
    assert_eq!(kept.registered.last().and_then(|one| one.approved_by), Some(HEAD));
    let settle = |disposal| Act::SettleEvidence { number: 1, disposal };
    let mut seized = kept.clone();
    let held = go(&stall_refused(), Role::Officer, &seize(0, true, false, |_| ()), "2026-03-04T09:00");
    seized.seizures.clone_from(&held.seizures);
    let seen = |is_lawful, is_monitoring, is_reviewed| Act::AddEvidence {
        officers: two(),
        evidence: Evidence {
            kind: EvidenceKind::Recording,
            words: "录像".to_owned(),
            is_lawful,
            is_monitoring,
            is_reviewed,
        },
    };
    let bare = run(
        checked(),
        &[
            (Role::Officer, filing(unit("某公司"), "uncovered-transport"), "2026-03-02T11:00"),
            (Role::Head, Act::ApproveFiling, "2026-03-03T09:00"),
        ],
    );
    let end = conclude(fine(5_000, TierKind::Minor));
    let unconsidered = Act::ConcludeInquiry {
        penalty: None,
        exemption: " ".to_owned(),
        is_public_interest: false,
        is_complex: false,
        other_act: String::new(),
    };
    let when = "2026-03-04T10:00";
    #[rustfmt::skip]
    expect(&[
        (investigating(), Role::Officer, register(0), when, Some(Why::RegistrationUnapproved), "处罚法56"),
        (asked, Role::Officer, register(1), when, Some(Why::RegistrationUnapproved), "处罚法56：尚未批准"),
        (refused, Role::Officer, register(1), when, Some(Why::RegistrationUnapproved), "处罚法56：未获批准"),
        (kept.clone(), Role::Officer, register(1), when, Some(Why::RegistrationUnapproved), "处罚法56：批准只用一次"),
        (kept.clone(), Role::Officer, end.clone(), when, Some(Why::EvidencePending), "处罚法56"),
        (kept.clone(), Role::Head, settle(Disposal::Tested), "2026-03-13T23:59", None, "处罚法56、85"),
        (kept.clone(), Role::Head, settle(Disposal::Seized), "2026-03-13T23:59", Some(Why::SeizureMissing), "强制法18：未办理扣押"),
        (seized, Role::Head, settle(Disposal::Seized), "2026-03-13T23:59", None, "处罚法56、强制法18"),
        (kept.clone(), Role::Head, settle(Disposal::Seized), "2026-03-14T00:00", Some(Why::EvidenceLate), "处罚法56、85"),
        (kept.clone(), Role::Head, settle(Disposal::Released), "2026-03-14T00:00", None, "处罚法56"),
        (kept.clone(), Role::Head, settle(Disposal::Confiscated), when, Some(Why::ConfiscatedUndecided), "处罚法57：未决定不得没收"),
        (kept, Role::Head, Act::SettleEvidence { number: 2, disposal: Disposal::Released }, when, Some(Why::NoSuchThing), "处罚法56"),
        (investigating(), Role::Officer, seen(true, false, false), when, None, "处罚法46"),
        (investigating(), Role::Officer, seen(false, false, false), when, Some(Why::EvidenceUnlawful), "处罚法46"),
        (investigating(), Role::Officer, seen(true, true, false), when, Some(Why::RecordUnreviewed), "处罚法41"),
        (investigating(), Role::Officer, seen(true, true, true), when, None, "处罚法41"),
        (bare, Role::Officer, end, when, Some(Why::EvidenceMissing), "处罚法40"),
        (investigating(), Role::Officer, unconsidered, when, Some(Why::ExemptionUnconsidered), "处罚法33"),
    ]);
}

#[test]
fn the_unit_leader_assigns_and_gives_an_opinion() {
    let led = Case { is_led: true, ..clue() };
    let assign = |officers| Act::AssignClue { officers };
    let check = Act::CheckClue { officers: two(), words: "属实".to_owned() };
    let assigned = go(&led, Role::UnitLeader, &assign(two()), "2026-03-02T09:30");
    assert_eq!((led.turns(&LAW.law()), assigned.stage), (BTreeSet::from([Role::UnitLeader]), Stage::Clue));
    assert_eq!(assigned.turns(&LAW.law()), BTreeSet::from([Role::Officer]));
    let others = go(&led, Role::Head, &assign(vec![officer(BO), officer(CHEN)]), "2026-03-02T09:30");
    let done = go(&assigned, Role::Officer, &check, "2026-03-02T10:00");
    let proposal = filing(unit("某运输公司"), "uncovered-transport");
    let exchanged = match proposal.clone() {
        Act::ProposeFiling { party, matter, also, acted_on, has_harm, others, .. } => {
            let officers = vec![officer(ANNE), officer(CHEN)];
            Act::ProposeFiling { officers, party, matter, also, acted_on, has_harm, others }
        }
        other => other,
    };
    let when = "2026-03-02T11:00";
    #[rustfmt::skip]
    expect(&[
        (led.clone(), Role::Officer, check.clone(), when, Some(Why::NotAssigned), "分派"),
        (clue(), Role::Officer, check.clone(), when, None, "没有中队负责人的，不必分派"),
        (led.clone(), Role::Officer, assign(two()), when, Some(Why::RoleNotAllowed), "分派"),
        (led.clone(), Role::UnitLeader, assign(vec![officer(ANNE)]), when, Some(Why::TooFewOfficers), "处罚法42"),
        (others, Role::Officer, check, when, Some(Why::NotInvestigator), "分派"),
        (done.clone(), Role::Officer, exchanged, when, Some(Why::AssignedOtherwise), "分派"),
        (done, Role::Officer, proposal, when, None, "分派"),
    ]);

    // An organ that wants the opinion has it before the head and the reviewer.
    let mut files = files();
    files.organ.unit_opinion = true;
    let law = files.law();
    let tries = |case: &Case, role, act: &Act, moment: &str| {
        carry_out(case, &actor(role), act, at(moment), &law).map(|(case, _)| case).map_err(|refusal| refusal.key)
    };
    let opinion = Act::GiveOpinion { is_agreed: true, words: "同意".to_owned() };
    let filing =
        Case { is_led: true, ..go(&checked(), Role::Officer, &filing(unit("某"), "uncovered-transport"), when) };
    assert_eq!(filing.turns(&law), BTreeSet::from([Role::UnitLeader]));
    assert_eq!(tries(&filing, Role::Head, &Act::ApproveFiling, "2026-03-03T09:00"), Err(Why::OpinionMissing.key()));
    assert_eq!(tries(&filing, Role::Officer, &opinion, when), Err(Why::RoleNotAllowed.key()));
    let heard = tries(&filing, Role::UnitLeader, &opinion, "2026-03-03T08:00").expect("an opinion");
    assert_eq!(heard.turns(&law), BTreeSet::from([Role::Head]));
    assert!(tries(&heard, Role::Head, &Act::ApproveFiling, "2026-03-03T09:00").is_ok());
    let ended = Case { is_led: true, ..concluded() };
    for act in [Act::AskReview, discuss(), notify(fine(5_000, TierKind::Minor), false)] {
        let role = if matches!(act, Act::Discuss { .. }) { Role::Head } else { Role::Officer };
        assert_eq!(tries(&ended, role, &act, "2026-03-05T09:00"), Err(Why::OpinionMissing.key()), "{act:?}");
        let heard = tries(&ended, Role::UnitLeader, &opinion, "2026-03-04T10:00").expect("an opinion");
        assert!(tries(&heard, role, &act, "2026-03-05T09:00").is_ok(), "{act:?}");
    }
}

#[test]
fn a_volume_is_bound_by_one_and_checked_by_another() {
    let mut closed = executing();
    closed.stage = Stage::Closed;
    let when = "2026-04-07T09:00";
    #[rustfmt::skip]
    expect(&[
        (closed.clone(), Role::Archivist, archive("long", "2026-0001", 50, 51), when, None, "归档"),
        (closed.clone(), Role::Archivist, archive("long", "2026-0001", 50, 50), when, Some(Why::CheckedByBinder), "归档"),
        (closed.clone(), Role::Archivist, archive("long", " ", 50, 51), when, Some(Why::WordsMissing), "归档"),
        (closed, Role::Archivist, archive("forever", "1", 50, 51), when, Some(Why::NoSuchThing), "归档"),
    ]);
    // What was kept before the archive asked for anything is still read.
    let old: Act = serde_json::from_str("{\"act\":\"archive\"}").expect("an old fact");
    assert!(matches!(old, Act::Archive { .. }));
    let old = "{\"act\":\"seize\",\"officers\":[],\"items\":\"车\",\"approved_by\":10,\"is_urgent\":false,\"is_necessity\":false}";
    assert!(serde_json::from_str::<Act>(old).is_ok());
}

#[test]
fn seizures() {
    let as_it_is = |_: &mut OnSite| ();
    let case = stall_refused();
    let asked = go(&case, Role::Officer, &ask(Measure::Seize), "2026-03-04T08:10");
    let approved = go(&asked, Role::Head, &answer(1, true), "2026-03-04T08:20");
    let refused = go(&asked, Role::Head, &answer(1, false), "2026-03-04T08:20");
    let held = go(&approved, Role::Officer, &seize(1, false, false, as_it_is), "2026-03-04T09:00");
    let urgent = go(&case, Role::Officer, &seize(0, true, false, as_it_is), "2026-03-04T09:00");
    let lifted = Act::RefuseSeizure { number: 1, reason: "不需要扣押".to_owned() };
    let approve = Act::ApproveSeizure { number: 1 };
    let extend = Act::ExtendSeizure { number: 1, reason: "情况复杂".to_owned() };
    let end = |disposal| Act::EndSeizure { number: 1, disposal, basis: String::new() };
    let extended = go(&held, Role::Head, &extend, "2026-04-03T09:00");
    let tested = run(
        held.clone(),
        &[
            (Role::Head, Act::BeginExcluded { kind: Exclusion::Test }, "2026-03-10T09:00"),
            (Role::Head, Act::EndExcluded { kind: Exclusion::Test }, "2026-03-14T09:00"),
        ],
    );
    #[rustfmt::skip]
    expect(&[
        (case.clone(), Role::Officer, seize(0, false, false, as_it_is), "2026-03-04T09:00", Some(Why::SeizureUnapproved), "强制法18(1)"),
        (asked.clone(), Role::Officer, seize(1, false, false, as_it_is), "2026-03-04T09:00", Some(Why::SeizureUnapproved), "强制法18(1)：尚未批准"),
        (refused, Role::Officer, seize(1, false, false, as_it_is), "2026-03-04T09:00", Some(Why::SeizureUnapproved), "强制法18(1)：未获批准"),
        (asked, Role::Officer, answer(1, true), "2026-03-04T09:00", Some(Why::RoleNotAllowed), "强制法18(1)：负责人自己批准"),
        (held.clone(), Role::Officer, seize(1, false, false, as_it_is), "2026-03-04T10:00", Some(Why::SeizureUnapproved), "强制法18(1)：批准只用一次"),
        (approved.clone(), Role::Head, answer(1, true), "2026-03-04T09:00", Some(Why::NoSuchThing), "只答复一次"),
        (approved.clone(), Role::Officer, seize(1, false, true, as_it_is), "2026-03-04T09:00", Some(Why::NecessitySeized), "强制法23"),
        (approved.clone(), Role::Officer, seize(1, false, false, |one| one.card_shown = false), "2026-03-04T09:00", Some(Why::SeizureCard), "强制法18(3)"),
        (approved.clone(), Role::Officer, seize(1, false, false, |one| one.is_called = false), "2026-03-04T09:00", Some(Why::SeizureUncalled), "强制法18(4)"),
        (approved.clone(), Role::Officer, seize(1, false, false, |one| one.is_told = false), "2026-03-04T09:00", Some(Why::SeizureUntold), "强制法18(5)"),
        (approved.clone(), Role::Officer, seize(1, false, false, |one| one.is_heard = false), "2026-03-04T09:00", Some(Why::SeizureUnheard), "强制法18(6)"),
        (approved.clone(), Role::Officer, seize(1, false, false, |one| one.is_recorded = false), "2026-03-04T09:00", Some(Why::SeizureUnrecorded), "强制法18(7)(8)"),
        (approved.clone(), Role::Officer, seize(1, false, false, |one| one.is_there = false), "2026-03-04T09:00", Some(Why::SeizureWitness), "强制法18(9)"),
        (approved.clone(), Role::Officer, seize(1, false, false, |one| (one.is_there, one.is_told, one.witness) = (false, false, "居委会某".to_owned())), "2026-03-04T09:00", None, "强制法18(9)"),
        (approved, Role::Officer, seize(1, false, false, |one| one.is_handed_over = false), "2026-03-04T09:00", Some(Why::SeizureNotHanded), "强制法24"),
        (investigating(), Role::Officer, ask(Measure::Seize), "2026-03-04T09:00", Some(Why::SeizureNoBasis), "强制法22"),
        (investigating(), Role::Officer, seize(0, true, false, as_it_is), "2026-03-04T09:00", Some(Why::SeizureNoBasis), "强制法22"),
        (investigating_as(citizen(40), "street-stall"), Role::Officer, ask(Measure::Seize), "2026-03-04T09:00", Some(Why::SeizureTooEarly), "日照条例99：拒不改正的"),
        (urgent.clone(), Role::Head, lifted.clone(), "2026-03-04T10:00", None, "强制法19：立即解除"),
        (held.clone(), Role::Head, lifted, "2026-03-04T10:00", Some(Why::NoSuchThing), "强制法19"),
        (urgent.clone(), Role::Head, approve.clone(), "2026-03-05T09:00", None, "强制法19：二十四小时"),
        (urgent.clone(), Role::Head, approve, "2026-03-05T09:01", Some(Why::ApprovalLate), "强制法19"),
        (urgent.clone(), Role::Head, end(Disposal::HandedOver), "2026-03-05T09:01", Some(Why::SeizureUnapproved), "强制法18"),
        (held.clone(), Role::Head, end(Disposal::Confiscated), "2026-03-05T09:01", Some(Why::ConfiscatedUndecided), "处罚法57、强制法27"),
        (urgent, Role::Head, end(Disposal::Released), "2026-03-05T09:01", None, "强制法19"),
        (held.clone(), Role::Head, end(Disposal::Tested), "2026-03-05T09:01", Some(Why::SeizureGoesOn), "强制法25、27：送检不结束扣押"),
        (held.clone(), Role::Head, end(Disposal::Seized), "2026-03-05T09:01", Some(Why::SeizureGoesOn), "强制法27"),
        (held.clone(), Role::Head, end(Disposal::Destroyed), "2026-03-05T09:01", Some(Why::WordsMissing), "强制法27：写明依据"),
        (held.clone(), Role::Head, Act::EndSeizure { number: 1, disposal: Disposal::Destroyed, basis: "食品安全法".to_owned() }, "2026-03-05T09:01", None, "强制法27"),
        // Thirty days from 4 March end on 3 April.
        (held.clone(), Role::Head, end(Disposal::HandedOver), "2026-04-03T23:59", None, "强制法25"),
        (held.clone(), Role::Head, end(Disposal::HandedOver), "2026-04-04T00:00", Some(Why::SeizureOver), "强制法25"),
        (held.clone(), Role::Head, end(Disposal::Released), "2026-04-04T00:00", None, "强制法28"),
        (held, Role::Head, extend.clone(), "2026-04-04T00:00", Some(Why::SeizureOver), "强制法25"),
        (extended.clone(), Role::Head, end(Disposal::HandedOver), "2026-05-03T23:59", None, "强制法25：延长三十日"),
        (extended.clone(), Role::Head, end(Disposal::HandedOver), "2026-05-04T00:00", Some(Why::SeizureOver), "强制法25"),
        (extended, Role::Head, extend, "2026-04-10T09:00", Some(Why::SeizureExtended), "强制法25"),
        (tested.clone(), Role::Head, end(Disposal::HandedOver), "2026-04-08T23:59", None, "强制法25：扣除检测五日"),
        (tested, Role::Head, end(Disposal::HandedOver), "2026-04-09T00:00", Some(Why::SeizureOver), "强制法25"),
    ]);
}

#[test]
fn what_a_penalty_may_be() {
    let case = investigating();
    let when = "2026-03-04T09:00";
    let with = |change: &dyn Fn(&mut Penalty)| {
        let mut penalty = fine(5_000, TierKind::Minor);
        change(&mut penalty);
        conclude(penalty)
    };
    let stall = |order: Option<Correction>, tier: TierKind| {
        let case = investigating_as(citizen(40), "street-stall");
        let Some(outcome) = order else { return (case, conclude(fine(1_000, tier))) };
        let case = run(
            case,
            &[
                (Role::Officer, Act::OrderCorrection { officers: two(), until: day("2026-03-03") }, "2026-03-03T11:00"),
                (Role::Officer, Act::RecordCorrection { officers: two(), outcome }, "2026-03-04T08:00"),
            ],
        );
        (case, conclude(fine(1_000, tier)))
    };
    let young = |age: u8| investigating_as(citizen(age), "uncovered-transport");
    let ill = investigating_as(Party { is_unaccountable: true, ..citizen(40) }, "uncovered-transport");
    let mut fined = investigating();
    fined.others.push(OtherDecision { number: "甲罚〔2026〕1号".to_owned(), fine: 100, is_revoked: false });
    let mut revoked = fined.clone();
    revoked.others[0].is_revoked = true;
    let ordered = {
        let order = Act::OrderCorrection { officers: two(), until: day("2026-03-06") };
        go(&investigating_as(citizen(40), "street-stall"), Role::Officer, &order, "2026-03-03T11:00")
    };
    let not_yet = Act::RecordCorrection { officers: two(), outcome: Correction::NotCorrected };
    let (bare, bare_act) = stall(None, TierKind::Minor);
    let (refused, refused_act) = stall(Some(Correction::Refused), TierKind::Minor);
    let (corrected, corrected_act) = stall(Some(Correction::Corrected), TierKind::Minor);
    let warning = |case: &Case| {
        let mut penalty = fine(0, TierKind::Grave);
        penalty.kinds = BTreeSet::from([PenaltyKind::Warning]);
        (case.clone(), Role::Officer, conclude(penalty), when)
    };
    let litter = investigating_as(citizen(40), "littering");
    let (litter_case, role, act, moment) = warning(&litter);
    let tree = investigating_as(citizen(40), "tree-damage");
    #[rustfmt::skip]
    expect(&[
        (case.clone(), Role::Officer, with(&|_| ()), when, None, "日照98"),
        (case.clone(), Role::Officer, with(&|one| one.fine = 0), when, Some(Why::AmountNotPositive), "金额 0"),
        (case.clone(), Role::Officer, with(&|one| one.fine = -1), when, Some(Why::AmountNotPositive), "金额 −1"),
        (case.clone(), Role::Officer, with(&|one| one.fine = i64::MAX), when, Some(Why::AmountAbsurd), "金额 2⁶³−1"),
        (case.clone(), Role::Officer, with(&|one| one.fine = 2_000_001), when, Some(Why::OutsideClause), "处罚法76"),
        (case.clone(), Role::Officer, with(&|one| one.fine = 199_999), when, Some(Why::OutsideClause), "处罚法76"),
        (case.clone(), Role::Officer, with(&|one| { one.fine = 199_999; one.tier_reason = "主动消除危害后果".to_owned(); }), when, None, "处罚法32：减轻"),
        (case.clone(), Role::Officer, with(&|one| { one.fine = 2_000_001; one.tier_reason = "情节恶劣".to_owned(); }), when, Some(Why::OutsideClause), "处罚法76"),
        (case.clone(), Role::Officer, with(&|one| one.fine = 800_000), when, Some(Why::OutsideTier), "处罚法34"),
        (case.clone(), Role::Officer, with(&|one| { one.fine = 800_000; one.tier_reason = "夜间作业".to_owned(); }), when, None, "处罚法34：写明理由"),
        (case.clone(), Role::Officer, with(&|one| one.tier = None), when, Some(Why::TierMissing), "处罚法34"),
        (case.clone(), Role::Officer, with(&|one| one.tier = Some(TierKind::Heavy)), when, Some(Why::TierMissing), "处罚法34"),
        (case.clone(), Role::Officer, with(&|one| { one.kinds.insert(PenaltyKind::Licence); }), when, Some(Why::KindNotInClause), "处罚法76"),
        (case.clone(), Role::Officer, with(&|one| one.kinds.clear()), when, Some(Why::KindNotInClause), "处罚法76"),
        (case.clone(), Role::Officer, with(&|one| one.confiscated = 1), when, Some(Why::KindNotInClause), "处罚法76"),
        (young(13), Role::Officer, with(&|_| ()), when, Some(Why::TooYoung), "处罚法30"),
        (young(14), Role::Officer, with(&|_| ()), when, None, "处罚法30"),
        (young(17), Role::Officer, with(&|one| { one.fine = 1_500_000; one.tier = Some(TierKind::Grave); }), when, Some(Why::NotLighter), "处罚法30"),
        (young(18), Role::Officer, with(&|one| { one.fine = 1_500_000; one.tier = Some(TierKind::Grave); }), when, None, "处罚法30"),
        (ill, Role::Officer, with(&|_| ()), when, Some(Why::NotAccountable), "处罚法31"),
        (fined, Role::Officer, with(&|_| ()), when, Some(Why::DoubleFine), "处罚法29"),
        (revoked, Role::Officer, with(&|_| ()), when, None, "处罚法29：已撤销"),
        (bare, Role::Officer, bare_act, when, Some(Why::NotOrdered), "日照99：拒不改正"),
        (refused, Role::Officer, refused_act, when, None, "日照99"),
        (corrected, Role::Officer, corrected_act, when, Some(Why::Corrected), "日照99、处罚法33"),
        (ordered, Role::Officer, not_yet, "2026-03-06T09:00", Some(Why::DateBackwards), "改正期限未满"),
        (litter.clone(), Role::Officer, conclude(fine(100, TierKind::Minor)), when, Some(Why::NotGrave), "日照100"),
        (litter, Role::Officer, conclude(fine(100, TierKind::Grave)), when, None, "日照100"),
        (litter_case, role, act, moment, None, "日照100：警告"),
    ]);
    // What was ordered, what became of it, the penalty, and the clause.
    let until = |case: &Case, last: &str, outcome: Option<Correction>, at: &str| {
        let order = Act::OrderCorrection { officers: two(), until: day(last) };
        let ordered = go(case, Role::Officer, &order, "2026-03-03T11:00");
        match outcome {
            Some(outcome) => go(&ordered, Role::Officer, &Act::RecordCorrection { officers: two(), outcome }, at),
            None => ordered,
        }
    };
    let of = |kinds: &[PenaltyKind], yuan: i64, tier: TierKind| {
        let kinds: BTreeSet<PenaltyKind> = kinds.iter().copied().collect();
        let confiscated = if kinds.contains(&PenaltyKind::ConfiscateGain) { 100 } else { 0 };
        conclude(Penalty { kinds, confiscated, ..fine(yuan, tier) })
    };
    use Correction::{NotCorrected, Refused};
    use PenaltyKind::{ConfiscateGain, Fine, Warning};
    let stalls = || investigating_as(citizen(40), "street-stall");
    let shops = || investigating_as(citizen(40), "shop-overflow");
    let areas = || investigating_as(unit("某店"), "responsibility-area");
    let noises = || investigating_as(citizen(40), "public-noise");
    let drains = || investigating_as(unit("某店"), "waste-water");
    let late = |case: &Case, outcome| until(case, "2026-03-05", Some(outcome), "2026-03-06T08:00");
    let at_once = |case: &Case| until(case, "2026-04-02", Some(Refused), "2026-03-03T12:00");
    let (grave, minor) = (TierKind::Grave, TierKind::Minor);
    let then = "2026-03-06T09:00";
    #[rustfmt::skip]
    expect(&[
        (at_once(&shops()), Role::Officer, of(&[Fine], 400, minor), then, Some(Why::NotOverdue), "日照93：三十日期限首日"),
        (late(&shops(), NotCorrected), Role::Officer, of(&[Fine], 400, minor), then, None, "日照93：逾期"),
        (until(&shops(), "2026-03-05", None, then), Role::Officer, of(&[Fine], 400, minor), then, Some(Why::NotOrdered), "日照93：未复查"),
        (at_once(&stalls()), Role::Officer, of(&[Fine], 400, minor), then, None, "日照99：拒不改正"),
        (stalls(), Role::Officer, of(&[ConfiscateGain], 0, minor), then, Some(Why::NotOrdered), "日照99：没收亦以拒不改正为前提"),
        (late(&stalls(), NotCorrected), Role::Officer, of(&[ConfiscateGain], 0, minor), then, None, "日照99"),
        (noises(), Role::Officer, of(&[Warning], 0, minor), then, Some(Why::NotOrdered), "噪声法82：警告亦以拒不改正为前提"),
        (at_once(&noises()), Role::Officer, of(&[Warning], 0, minor), then, None, "噪声法82"),
        (areas(), Role::Officer, of(&[Warning], 0, grave), then, Some(Why::NotOrdered), "日照111：警告亦以逾期为前提"),
        (at_once(&areas()), Role::Officer, of(&[Warning], 0, grave), then, Some(Why::NotOverdue), "日照111"),
        (late(&areas(), NotCorrected), Role::Officer, of(&[Warning], 0, grave), then, None, "日照111"),
        (late(&areas(), NotCorrected), Role::Officer, of(&[Fine], 500, minor), then, Some(Why::NotGrave), "日照111：情节严重的"),
        (late(&areas(), NotCorrected), Role::Officer, of(&[Fine], 500, grave), then, None, "日照111"),
        (drains(), Role::Officer, of(&[Warning], 0, minor), then, None, "排水49：给予警告"),
        (drains(), Role::Officer, of(&[Fine], 100_000, minor), then, Some(Why::NotOrdered), "排水49"),
        (Case { has_harm: true, ..drains() }, Role::Officer, of(&[Fine], 100_000, minor), then, None, "排水49：造成严重后果"),
        // Whoever refused at first and then let the day pass is late as well.
        (at_once(&shops()), Role::Officer, Act::RecordCorrection { officers: two(), outcome: NotCorrected }, "2026-04-02T09:00", Some(Why::DateBackwards), "期限未满"),
        (at_once(&shops()), Role::Officer, Act::RecordCorrection { officers: two(), outcome: NotCorrected }, "2026-04-03T09:00", None, "逾期"),
    ]);
    let local =
        try_it(&tree, Role::Officer, &conclude(fine(100, TierKind::Minor)), when).expect_err("left to local rules");
    assert_eq!(local.key, "enforcement-refusal-amount-local");
}

/// Terms begin on the day on which a paper counts as served, not on the day on which somebody says so.
#[test]
fn terms_begin_when_a_paper_counts_as_served() {
    let tell = |service: Service| Act::NotifyParty {
        officers: two(),
        penalty: fine(5_000, TierKind::Minor),
        offers_hearing: false,
        new_facts: String::new(),
        service,
    };
    let on = |service: Service, moment: &str| {
        let case = go(&concluded(), Role::Officer, &tell(service), moment);
        LAW.calendar.date_of(case.notice().expect("told").at)
    };
    // Concluded on 4 March 2026.
    let posted = Service { received_on: Some(day("2026-03-06")), ..Service::by(Manner::Post) };
    assert_eq!(on(posted.clone(), "2026-03-10T09:00"), day("2026-03-06"), "民诉法：收件日期");
    let announced = Service {
        announced_on: Some(day("2026-03-05")),
        tried: "退回".to_owned(),
        ..Service::by(Manner::Announcement)
    };
    assert_eq!(on(announced, "2026-04-07T09:00"), day("2026-04-04"), "民诉法：公告满三十日");
    assert_eq!(on(Service::by(Manner::Direct), "2026-03-05T09:00"), day("2026-03-05"), "民诉法：签收日期");
    // The fine is due fifteen days after the day of the receipt.
    let decided = go(&awaiting_decision(), Role::Head, &decide_on(fine(5_000, TierKind::Minor)), "2026-03-13T11:00");
    let service = Service { received_on: Some(day("2026-03-16")), ..posted };
    let served = go(&decided, Role::Officer, &Act::Serve { officers: two(), service }, "2026-03-20T09:00");
    assert_eq!(served.account.map(|account| account.due_on()), executing().account.map(|account| account.due_on()));
}

/// Facts of before say nothing about service and about who was asked; they are read all the same.
#[test]
fn older_facts_are_still_read() {
    for text in [
        r#"{"act":"remind","officers":[]}"#,
        r#"{"act":"inquire","officers":[],"card_shown":true,"words":"问答"}"#,
        r#"{"act":"serve","officers":[],"service":{"manner":"post","has_consent":false,"has_witness":false,"announced_on":null}}"#,
    ] {
        serde_json::from_str::<Act>(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn nobody_is_punished_untold_or_unheard() {
    let settle = || Act::CloseDefence;
    let raise = |new_facts: &str| Act::NotifyParty {
        officers: two(),
        penalty: fine(6_000, TierKind::Minor),
        offers_hearing: false,
        new_facts: new_facts.to_owned(),
        service: Service::by(Manner::Direct),
    };
    let defended =
        go(&notified(), Role::Party, &Act::Defend { words: "已覆盖，途中被风吹开".to_owned() }, "2026-03-06T09:00");
    let answer = Act::AnswerDefence { number: 1, is_adopted: false, words: "与录像不符".to_owned() };
    let answered = go(&defended, Role::Officer, &answer, "2026-03-06T15:00");
    let waive = |is_signed| Act::WaiveRights { statement: true, hearing: false, is_signed };
    let waived = go(&notified(), Role::Party, &waive(true), "2026-03-06T09:00");
    let investigated_again = run(
        answered.clone(),
        &[
            (Role::Officer, settle(), "2026-03-13T09:00"),
            (Role::UnitLeader, Act::ReopenInquiry { reason: "发现第二处遗撒".to_owned() }, "2026-03-13T10:00"),
            (Role::Officer, inspect(), "2026-03-13T11:00"),
            (Role::Officer, conclude(fine(6_000, TierKind::Minor)), "2026-03-13T15:00"),
        ],
    );
    #[rustfmt::skip]
    expect(&[
        (concluded(), Role::Officer, Act::ProposeDecision, "2026-03-13T09:00", Some(Why::StageElsewhere), "处罚法44：未告知"),
        (concluded(), Role::Head, decide_on(fine(5_000, TierKind::Minor)), "2026-03-13T09:00", Some(Why::StageElsewhere), "处罚法62：未告知"),
        (notified(), Role::Officer, settle(), "2026-03-12T23:59", Some(Why::StatementOpen), "处罚法62"),
        (notified(), Role::Officer, settle(), "2026-03-13T00:00", None, "处罚法62：期满"),
        (notified(), Role::Party, waive(false), "2026-03-06T09:00", Some(Why::WaiverUnsigned), "处罚法62"),
        (waived, Role::Officer, settle(), "2026-03-06T10:00", None, "处罚法62：明确放弃"),
        (defended.clone(), Role::Officer, settle(), "2026-03-13T09:00", Some(Why::DefenceUnanswered), "处罚法45"),
        (answered.clone(), Role::Officer, settle(), "2026-03-13T09:00", None, "处罚法45"),
        (answered.clone(), Role::Officer, answer, "2026-03-13T09:00", Some(Why::NoSuchThing), "处罚法45"),
        (notified(), Role::Officer, raise(""), "2026-03-06T09:00", None, "处罚法44：未申辩，重新告知"),
        (answered.clone(), Role::Officer, raise(""), "2026-03-13T09:00", Some(Why::RaisedForDefending), "处罚法45"),
        (answered, Role::Officer, raise("又发现一处"), "2026-03-13T09:00", Some(Why::RaisedForDefending), "处罚法45：未补充调查"),
        (investigated_again.clone(), Role::Officer, raise(""), "2026-03-16T09:00", Some(Why::RaisedForDefending), "处罚法45"),
        (investigated_again, Role::Officer, raise("补充调查发现第二处遗撒"), "2026-03-16T09:00", None, "处罚法45：新事实"),
    ]);
}

#[test]
fn hearings() {
    let told = with_hearing();
    let asked = go(&told, Role::Party, &Act::AskHearing, "2026-03-12T23:00");
    let call = |on: &str, president| Act::CallHearing { on: day(on), president };
    let hold = |agents, is_abandoned| Act::HoldHearing { agents, is_abandoned };
    let called = hearing_called();
    let withdrawn = go(&called, Role::Party, &Act::WithdrawHearing { is_signed: false }, "2026-03-10T09:00");
    let abandoned = run(
        called.clone(),
        &[
            (Role::HearingPresident, hold(0, true), "2026-03-19T09:00"),
            (
                Role::HearingPresident,
                Act::ReportHearing { words: "当事人无正当理由未到".to_owned() },
                "2026-03-19T10:00",
            ),
        ],
    );
    let told_before_review = run(
        investigating_as(citizen(40), "uncovered-transport"),
        &[(Role::Officer, conclude(fine(5_000, TierKind::Minor)), "2026-03-04T10:00")],
    );
    let reviewed = run(
        told_before_review.clone(),
        &[(Role::Officer, Act::AskReview, "2026-03-04T11:00"), (Role::LegalReviewer, review(), "2026-03-04T15:00")],
    );
    let waived = |statement, hearing| {
        let waive = Act::WaiveRights { statement, hearing, is_signed: true };
        go(&with_hearing(), Role::Party, &waive, "2026-03-06T09:00")
    };
    let by_another = |case: &Case, account: Id, role: Role, act: &Act, moment: &str| {
        let said = carry_out(case, &Actor { account: Some(account), role }, act, at(moment), &LAW.law());
        said.err().map(|refusal| refusal.key)
    };
    let in_review = go(&told_before_review, Role::Officer, &Act::AskReview, "2026-03-04T11:00");
    let first_time =
        |is_qualified| Act::ReviewCase {
            is_passed: true, is_first_time: true, is_qualified, words: "同意".to_owned()
        };
    let stall = fine(5_000, TierKind::Grave);
    #[rustfmt::skip]
    expect(&[
        (told_before_review, Role::Officer, notify(fine(5_000, TierKind::Minor), true), "2026-03-05T09:00", Some(Why::ReviewMissing), "处罚法58：本市先审核后告知"),
        (reviewed.clone(), Role::Officer, notify(fine(5_000, TierKind::Minor), false), "2026-03-05T09:00", Some(Why::HearingNotOffered), "处罚法63"),
        (reviewed, Role::Officer, notify(fine(5_000, TierKind::Minor), true), "2026-03-05T09:00", None, "处罚法63"),
        (notified(), Role::Party, Act::AskHearing, "2026-03-06T09:00", Some(Why::HearingNotDue), "处罚法63"),
        // Told on Thursday 5 March: five working days end on Thursday 12 March.
        (told.clone(), Role::Party, Act::AskHearing, "2026-03-13T00:00", Some(Why::HearingAskedLate), "处罚法64(1)、85"),
        (told.clone(), Role::Officer, Act::CloseDefence, "2026-03-12T23:59", Some(Why::StatementOpen), "处罚法62、64"),
        (told.clone(), Role::Officer, Act::CloseDefence, "2026-03-13T00:00", None, "处罚法64(1)：期满未要求"),
        (waived(true, false), Role::Officer, Act::CloseDefence, "2026-03-12T23:59", Some(Why::HearingTermOpen), "处罚法64(1)：只放弃陈述申辩"),
        (waived(false, true), Role::Officer, Act::CloseDefence, "2026-03-12T23:59", Some(Why::StatementOpen), "处罚法62：只放弃听证"),
        (waived(true, true), Role::Officer, Act::CloseDefence, "2026-03-06T10:00", None, "处罚法62、64：均放弃"),
        (waived(true, true), Role::Party, Act::AskHearing, "2026-03-12T23:59", None, "处罚法64(1)：期内仍可要求"),
        (asked.clone(), Role::Officer, Act::CloseDefence, "2026-03-13T09:00", Some(Why::StageElsewhere), "处罚法63：已要求听证"),
        (asked.clone(), Role::Head, call("2026-03-25", ANNE), "2026-03-13T09:00", Some(Why::PresidentInvestigated), "处罚法64(4)"),
        (asked.clone(), Role::Head, call("2026-03-25", REVIEWER), "2026-03-13T09:00", Some(Why::PresidentReviewed), "处罚法58、64"),
        // Called on Friday 13 March: the earliest day is Wednesday 25 March.
        (asked.clone(), Role::Head, call("2026-03-24", PRESIDENT), "2026-03-13T09:00", Some(Why::HearingCalledLate), "处罚法64(2)、85"),
        (asked, Role::Head, call("2026-03-25", PRESIDENT), "2026-03-13T09:00", None, "处罚法64(2)、85"),
        (called.clone(), Role::HearingPresident, hold(2, false), "2026-03-18T09:00", Some(Why::HearingOtherDay), "处罚法64(2)"),
        (called.clone(), Role::HearingPresident, hold(3, false), "2026-03-19T09:00", Some(Why::TooManyAgents), "处罚法64(5)"),
        (called.clone(), Role::HearingPresident, hold(2, false), "2026-03-19T09:00", None, "处罚法64"),
        (abandoned, Role::Officer, Act::ProposeDecision, "2026-03-19T11:00", None, "处罚法64(6)：视为放弃"),
        (withdrawn, Role::Officer, Act::CloseDefence, "2026-03-13T09:00", None, "处罚法64：撤回"),
        (called.clone(), Role::Officer, Act::WithdrawHearing { is_signed: false }, "2026-03-10T09:00", Some(Why::WithdrawalUnsigned), "处罚法63：未签名"),
        (called.clone(), Role::Officer, Act::WithdrawHearing { is_signed: true }, "2026-03-10T09:00", None, "处罚法63"),
        (in_review.clone(), Role::LegalReviewer, first_time(false), "2026-03-04T12:00", Some(Why::ReviewerUnqualified), "处罚法58"),
        (in_review.clone(), Role::LegalReviewer, first_time(true), "2026-03-04T12:00", None, "处罚法58"),
    ]);
    let ask = |officer| Act::AskRecusal { officer, reason: "与当事人系同学".to_owned() };
    let asked = go(&called, Role::Party, &ask(PRESIDENT), "2026-03-10T09:00");
    let decide = |is_granted| Act::DecideRecusal { officer: PRESIDENT, is_granted };
    let granted = go(&asked, Role::Head, &decide(true), "2026-03-10T10:00");
    let refused = go(&asked, Role::Head, &decide(false), "2026-03-10T10:00");
    #[rustfmt::skip]
    expect(&[
        (called.clone(), Role::Party, ask(77), "2026-03-10T09:00", Some(Why::NoSuchThing), "处罚法43：与本案无关的人"),
        (asked, Role::HearingPresident, hold(1, false), "2026-03-19T09:00", Some(Why::RecusalPending), "处罚法64(4)"),
        (granted.clone(), Role::HearingPresident, hold(1, false), "2026-03-19T09:00", Some(Why::NotThePresident), "处罚法64(4)"),
        (granted.clone(), Role::Head, call("2026-03-20", PRESIDENT), "2026-03-10T11:00", Some(Why::Recused), "处罚法64(4)"),
        (granted, Role::Head, call("2026-03-20", 31), "2026-03-10T11:00", None, "处罚法64(4)：另行指定"),
        (refused, Role::HearingPresident, hold(1, false), "2026-03-19T09:00", None, "处罚法64(4)"),
    ]);
    let said = by_another(&in_review, BO, Role::LegalReviewer, &review(), "2026-03-04T12:00");
    assert_eq!(said, Some(Why::ReviewerInvestigated.key()), "处罚法58");
    let said = by_another(&called, 31, Role::HearingPresident, &hold(1, false), "2026-03-19T09:00");
    assert_eq!(said, Some(Why::NotThePresident.key()), "处罚法64(4)");
    // Whoever has presided reviews nothing in this case, and whoever has reviewed does not investigate.
    let heard = run(
        called,
        &[
            (Role::HearingPresident, hold(1, false), "2026-03-19T09:00"),
            (Role::HearingPresident, Act::ReportHearing { words: "维持".to_owned() }, "2026-03-19T15:00"),
            (Role::Officer, Act::AskReview, "2026-03-19T16:00"),
        ],
    );
    let said = by_another(&heard, PRESIDENT, Role::LegalReviewer, &review(), "2026-03-19T17:00");
    assert_eq!(said, Some(Why::PresidentReviewed.key()), "处罚法58、64");
    let failed =
        Act::ReviewCase {
            is_passed: false, is_first_time: false, is_qualified: true, words: "证据不足".to_owned()
        };
    let back = go(&heard, Role::LegalReviewer, &failed, "2026-03-19T17:00");
    let change = |account| Act::ChangeInvestigators { officers: vec![officer(ANNE), officer(account)] };
    expect(&[
        (
            back.clone(),
            Role::UnitLeader,
            change(REVIEWER),
            "2026-03-20T09:00",
            Some(Why::ReviewerInvestigated),
            "处罚法58",
        ),
        (
            back.clone(),
            Role::UnitLeader,
            change(PRESIDENT),
            "2026-03-20T09:00",
            Some(Why::PresidentInvestigated),
            "处罚法64",
        ),
        (back.clone(), Role::Officer, conclude(stall), "2026-03-20T09:00", None, "处罚法57"),
    ]);
    // Told anew at more after the hearing: never.
    let again = run(back, &[(Role::Officer, conclude(fine(4_000, TierKind::Grave)), "2026-03-20T09:00")]);
    assert!(again.is_defended());
}

#[test]
fn decisions() {
    let decide = |yuan| decide_on(fine(yuan, TierKind::Minor));
    let ready = awaiting_decision();
    let mut warned = fine(5_000, TierKind::Minor);
    warned.kinds.insert(PenaltyKind::Warning);
    let complex = {
        let complex = Act::ConcludeInquiry {
            penalty: Some(fine(5_000, TierKind::Minor)),
            exemption: "不属于".to_owned(),
            is_public_interest: false,
            is_complex: true,
            other_act: String::new(),
        };
        run(
            investigating(),
            &[
                (Role::Officer, complex, "2026-03-04T09:00"),
                (Role::Officer, Act::AskReview, "2026-03-04T10:00"),
                (Role::LegalReviewer, review(), "2026-03-04T11:00"),
                (Role::Officer, notify(fine(5_000, TierKind::Minor), false), "2026-03-05T09:00"),
                (Role::Officer, Act::CloseDefence, "2026-03-13T09:00"),
                (Role::Officer, Act::ProposeDecision, "2026-03-13T10:00"),
            ],
        )
    };
    let discussed = go(&complex, Role::Head, &discuss(), "2026-03-13T10:30");
    let few = Act::Discuss { people: BTreeSet::from([HEAD]), words: "同意".to_owned() };
    let defended = {
        let defended = run(
            notified(),
            &[
                (Role::Party, Act::Defend { words: "没有遗撒".to_owned() }, "2026-03-06T09:00"),
                (
                    Role::Officer,
                    Act::AnswerDefence { number: 1, is_adopted: false, words: "有录像".to_owned() },
                    "2026-03-06T15:00",
                ),
            ],
        );
        run(
            defended,
            &[
                (Role::Officer, Act::CloseDefence, "2026-03-13T09:00"),
                (Role::Officer, Act::ProposeDecision, "2026-03-13T10:00"),
            ],
        )
    };
    let extend = |days, people: &[Id]| Act::ExtendDecision { days, people: people.iter().copied().collect() };
    let once = go(&ready, Role::Head, &extend(30, &[]), "2026-06-01T23:00");
    let twice = go(&once, Role::Head, &extend(60, &[HEAD, 11, 12]), "2026-07-01T23:00");
    let suspended = go(&ready, Role::Head, &Act::Suspend { reason: "等待另案结果".to_owned() }, "2026-03-16T09:00");
    let resumed = go(&suspended, Role::Head, &Act::Resume, "2026-04-14T09:00");
    let when = "2026-03-13T11:00";
    #[rustfmt::skip]
    expect(&[
        (ready.clone(), Role::Head, decide(5_000), when, None, "处罚法57"),
        (ready.clone(), Role::Head, decide(2_000), when, None, "处罚法57：低于告知"),
        (ready.clone(), Role::Head, decide(5_001), when, Some(Why::AboveAnnounced), "处罚法44"),
        (defended, Role::Head, decide(5_001), when, Some(Why::RaisedForDefending), "处罚法45"),
        (ready.clone(), Role::Head, decide_on(warned), when, Some(Why::KindNotAnnounced), "处罚法44"),
        (ready.clone(), Role::Head, decide(0), when, Some(Why::AmountNotPositive), "金额 0"),
        (complex.clone(), Role::Head, decide(5_000), when, Some(Why::DiscussionMissing), "处罚法57"),
        (complex, Role::Head, few, when, Some(Why::DiscussionTooSmall), "处罚法57"),
        (discussed, Role::Head, decide(5_000), when, None, "处罚法57"),
        // Filed on 3 March: ninety days end on Monday 1 June.
        (ready.clone(), Role::Head, decide(5_000), "2026-06-01T23:59", None, "处罚法60"),
        (ready.clone(), Role::Head, decide(5_000), "2026-06-02T00:00", Some(Why::DecisionTooLate), "处罚法60"),
        (ready.clone(), Role::Head, extend(30, &[]), "2026-06-02T00:00", Some(Why::ExtensionTooLate), "处罚法60"),
        (ready.clone(), Role::Head, extend(31, &[]), "2026-06-01T00:00", Some(Why::ExtensionBeyond), "程序规定：三十日"),
        (ready.clone(), Role::Head, extend(0, &[]), "2026-06-01T00:00", Some(Why::ExtensionBeyond), "程序规定"),
        (once.clone(), Role::Head, decide(5_000), "2026-07-01T23:59", None, "处罚法60：延长三十日"),
        (once.clone(), Role::Head, decide(5_000), "2026-07-02T00:00", Some(Why::DecisionTooLate), "处罚法60"),
        (once.clone(), Role::Head, extend(60, &[HEAD]), "2026-07-01T00:00", Some(Why::DiscussionTooSmall), "程序规定：集体讨论"),
        (once, Role::Head, extend(61, &[HEAD, 11, 12]), "2026-07-01T00:00", Some(Why::ExtensionBeyond), "程序规定：六十日"),
        (twice.clone(), Role::Head, decide(5_000), "2026-08-30T23:59", None, "处罚法60：再延长六十日"),
        (twice.clone(), Role::Head, decide(5_000), "2026-08-31T00:00", Some(Why::DecisionTooLate), "处罚法60"),
        (twice, Role::Head, extend(1, &[HEAD, 11, 12]), "2026-08-30T00:00", Some(Why::ExtensionBeyond), "程序规定：两次"),
        // The thirty days of the suspension are not counted.
        (suspended.clone(), Role::Head, decide(5_000), "2026-03-17T09:00", Some(Why::Suspended), "中止"),
        (ready.clone(), Role::Head, Act::Resume, "2026-03-17T09:00", Some(Why::NotSuspended), "恢复"),
        (resumed.clone(), Role::Head, decide(5_000), "2026-07-01T23:59", None, "中止期间扣除"),
        (resumed, Role::Head, decide(5_000), "2026-07-02T00:00", Some(Why::DecisionTooLate), "中止期间扣除"),
        (suspended, Role::Head, Act::Terminate { reason: "单位注销".to_owned(), ground: None }, "2026-03-17T09:00", None, "终止"),
    ]);
}

#[test]
fn who_is_not_punished() {
    let none = |ground, is_corrected, is_first, education: &str| Act::NotPunish {
        ground,
        is_corrected,
        is_first,
        education: education.to_owned(),
        has_circumstances: true,
        earlier: Vec::new(),
        reason: String::new(),
        proof: String::new(),
    };
    let listed = |has_circumstances, earlier: &[&str], reason: &str| Act::NotPunish {
        ground: FirstOffence,
        is_corrected: true,
        is_first: true,
        education: "当面教育".to_owned(),
        proof: String::new(),
        has_circumstances,
        earlier: earlier.iter().map(|number| (*number).to_owned()).collect(),
        reason: reason.to_owned(),
    };
    let unlisted = |reason: &str| Act::NotPunish {
        ground: Minor,
        is_corrected: true,
        is_first: false,
        education: "当面教育".to_owned(),
        has_circumstances: false,
        proof: String::new(),
        earlier: vec!["2026-00001".to_owned()],
        reason: reason.to_owned(),
    };
    use ExemptionKind::{FirstOffence, Minor, NoFault, Unaccountable, Young};
    let mut proven = none(NoFault, false, false, "当面教育");
    if let Act::NotPunish { proof, .. } = &mut proven {
        *proof = "卸货单、第三方过磅记录".to_owned();
    }
    let when = "2026-03-05T09:00";
    let without = Act::ConcludeInquiry {
        penalty: None,
        exemption: "不满十四周岁".to_owned(),
        is_public_interest: false,
        is_complex: false,
        other_act: String::new(),
    };
    let child = go(&investigating_as(citizen(13), "uncovered-transport"), Role::Officer, &without, "2026-03-04T09:00");
    let mut harmful = concluded();
    harmful.has_harm = true;
    #[rustfmt::skip]
    expect(&[
        (concluded(), Role::Head, none(FirstOffence, true, true, "当面教育"), when, None, "处罚法33"),
        (concluded(), Role::Head, none(FirstOffence, true, false, "当面教育"), when, Some(Why::ExemptionUnfounded), "处罚法33：非初次"),
        (concluded(), Role::Head, none(FirstOffence, false, true, "当面教育"), when, Some(Why::ExemptionUnfounded), "处罚法33：未改正"),
        (concluded(), Role::Head, listed(false, &[], ""), when, Some(Why::ExemptionCircumstances), "处罚法33：清单情形"),
        (concluded(), Role::Head, listed(true, &["2026-00001"], ""), when, Some(Why::FirstContradicted), "处罚法33：已有案件"),
        (concluded(), Role::Head, listed(true, &["2026-00001"], "系同名另一人"), when, None, "处罚法33：写明理由"),
        (concluded(), Role::Head, unlisted(""), when, Some(Why::ExemptionUnlisted), "处罚法33：清单未列"),
        (concluded(), Role::Head, unlisted("仅遗撒少许，立即清扫"), when, None, "处罚法33第一款"),
        (concluded(), Role::Head, none(Minor, false, false, "当面教育"), when, Some(Why::ExemptionUnfounded), "处罚法33"),
        (concluded(), Role::Head, none(NoFault, false, false, "当面教育"), when, Some(Why::ExemptionUnproven), "处罚法33：没有证据"),
        (concluded(), Role::Head, proven, when, None, "处罚法33：没有主观过错"),
        (concluded(), Role::Head, none(Young, false, false, "责令监护人管教"), when, Some(Why::ExemptionUnfounded), "处罚法30：单位"),
        (child, Role::Head, none(Young, false, false, "责令监护人管教"), when, None, "处罚法30"),
        (concluded(), Role::Head, none(Unaccountable, false, false, "责令监护人看管"), when, Some(Why::ExemptionUnfounded), "处罚法31"),
        (harmful, Role::Head, none(FirstOffence, true, true, "当面教育"), when, Some(Why::ExemptionUnfounded), "处罚法33：有危害后果"),
        (concluded(), Role::Head, none(Minor, true, true, " "), when, Some(Why::WordsMissing), "处罚法33：应当教育"),
        (concluded(), Role::Head, Act::NotEstablish { reason: "车辆有覆盖".to_owned() }, when, None, "处罚法57(3)"),
        (concluded(), Role::Head, Act::Transfer { to: "公安机关".to_owned(), is_crime: true, is_told: false }, when, None, "处罚法27、57(4)"),
        (concluded(), Role::Officer, none(NoFault, false, false, "教育"), when, Some(Why::RoleNotAllowed), "处罚法57"),
    ]);
}

/// A summary penalty for a driver who carries a load uncovered is too high; a warning or 200 yuan for litter is not.
fn summary(party: Party, matter: &str, yuan: i64, tier: TierKind, edit: impl Fn(&mut Act)) -> Act {
    let mut act = Act::DecideSummary {
        officers: two(),
        card_shown: true,
        party,
        matter: matter.to_owned(),
        acted_on: day("2026-03-02"),
        penalty: fine(yuan, tier),
        is_plain: true,
        is_told: true,
        is_handed_over: true,
        correction: Some(Correction::Refused),
        others: Vec::new(),
        other_act: String::new(),
    };
    edit(&mut act);
    act
}

#[test]
fn summary_penalties() {
    let same = |_: &mut Act| ();
    let litter = |yuan| summary(citizen(40), "littering", yuan, TierKind::Grave, same);
    let trader = Party { form: PartyForm::SoleTrader, ..citizen(40) };
    // Ordered before, and not corrected by then.
    let overdue = Case {
        order: Some(Order { on: day("2026-02-25"), until: day("2026-03-01"), outcome: Some(Correction::NotCorrected) }),
        ..clue()
    };
    let shop = |yuan, party| {
        summary(party, "shop-overflow", yuan, TierKind::Minor, |act| {
            if let Act::DecideSummary { penalty, correction, .. } = act {
                penalty.tier_reason = "占用时间长".to_owned();
                *correction = None;
            }
        })
    };
    macro_rules! with {
        ($field:ident, $value:expr) => {
            summary(citizen(40), "littering", 100, TierKind::Grave, |act| {
                if let Act::DecideSummary { $field, .. } = act {
                    *$field = $value;
                }
            })
        };
    }
    let when = "2026-03-02T09:30";
    let spot = |yuan: i64, reason, receipt: &str| Act::CollectOnSpot {
        officers: two(),
        amount: yuan * 100,
        reason,
        receipt: receipt.to_owned(),
    };
    let fined = |yuan| go(&clue(), Role::Officer, &litter(yuan), when);
    let hand = |index, on: &str, is_bank| Act::HandOver { index, on: day(on), is_bank };
    let collected = go(&fined(100), Role::Officer, &spot(100, SpotReason::Small, "票 1"), "2026-03-02T09:40");
    let handed = go(&collected, Role::Treasurer, &hand(0, "2026-03-04", false), "2026-03-04T09:00");
    #[rustfmt::skip]
    expect(&[
        (clue(), Role::Officer, litter(200), when, None, "处罚法51：公民二百元"),
        (overdue.clone(), Role::Officer, shop(201, trader.clone()), when, Some(Why::SummaryTooHigh), "处罚法51：个体工商户按公民"),
        (overdue, Role::Officer, shop(2_000, unit("某店")), when, None, "处罚法51：单位三千元"),
        (clue(), Role::Officer, shop(2_000, unit("某店")), when, Some(Why::NotOrdered), "日照93：先责令改正"),
        (clue(), Role::Officer, with!(correction, Some(Correction::NotCorrected)), when, Some(Why::NotOverdue), "当场责令的不可能逾期"),
        (fined(100), Role::Officer, spot(100, SpotReason::Small, "票 1"), "2026-03-03T09:00", Some(Why::CollectedUnlawfully), "处罚法68：当场"),
        (clue(), Role::Officer, summary(unit("某公司"), "street-piling", 3_001, TierKind::Grave, same), when, Some(Why::SummaryTooHigh), "处罚法51"),
        (clue(), Role::Officer, with!(is_plain, false), when, Some(Why::SummaryUnclear), "处罚法51"),
        (clue(), Role::Officer, with!(is_told, false), when, Some(Why::NotTold), "处罚法44"),
        (clue(), Role::Officer, with!(card_shown, false), when, Some(Why::SpotCardNotShown), "处罚法52"),
        (clue(), Role::Officer, with!(is_handed_over, false), when, Some(Why::SummaryNotHanded), "处罚法52"),
        (clue(), Role::Officer, with!(officers, vec![officer(ANNE)]), when, Some(Why::TooFewOfficers), "处罚法42"),
        (clue(), Role::Officer, with!(acted_on, day("2026-03-03")), when, Some(Why::DateInFuture), "日期在将来"),
        (clue(), Role::Officer, with!(acted_on, day("2024-03-01")), when, Some(Why::LimitationPassed), "处罚法36"),
        (clue(), Role::Officer, with!(others, vec![OtherDecision { number: "1".to_owned(), fine: 1, is_revoked: false }]), when, Some(Why::DoubleFine), "处罚法29"),
        (clue(), Role::Officer, with!(party, citizen(13)), when, Some(Why::TooYoung), "处罚法30"),
        (clue(), Role::Helper, litter(100), when, Some(Why::HelperEnforces), "处罚法42"),
        (investigating(), Role::Officer, litter(100), "2026-03-04T09:00", Some(Why::StageElsewhere), "已立案的走普通程序"),
        (fined(100), Role::Officer, Act::ReportSummary, "2026-03-03T09:00", None, "处罚法52"),
        (fined(200), Role::Officer, spot(200, SpotReason::Small, "票 1"), "2026-03-02T09:40", Some(Why::CollectedUnlawfully), "处罚法68"),
        (fined(100), Role::Officer, spot(100, SpotReason::Small, " "), "2026-03-02T09:40", Some(Why::ReceiptMissing), "处罚法70"),
        (fined(100), Role::Officer, spot(101, SpotReason::Small, "票 1"), "2026-03-02T09:40", Some(Why::PaysTooMuch), "金额"),
        (collected.clone(), Role::Officer, hand(1, "2026-03-03", false), "2026-03-03T09:00", Some(Why::HandsOverTooMuch), "处罚法71"),
        (collected.clone(), Role::Officer, hand(0, "2026-03-03", true), "2026-03-03T09:00", Some(Why::HandsOverTooMuch), "处罚法71：先交机关"),
        (collected, Role::Officer, hand(0, "2026-03-04", false), "2026-03-03T09:00", Some(Why::DateInFuture), "处罚法71"),
        (handed.clone(), Role::Treasurer, hand(0, "2026-03-03", true), "2026-03-04T10:00", Some(Why::DateBackwards), "处罚法71"),
        (handed, Role::Treasurer, hand(0, "2026-03-04", true), "2026-03-04T10:00", None, "处罚法71"),
    ]);
    let mut kinds = fine(100, TierKind::Grave);
    kinds.kinds.insert(PenaltyKind::Criticism);
    let said = try_it(&clue(), Role::Officer, &with!(penalty, kinds.clone()), when).expect_err("criticism");
    assert_eq!(said.key, Why::SummaryKind.key());
}

#[test]
fn a_hearing_is_held_when_the_summons_was_served_in_time() {
    let called = unsummoned();
    let hold = || Act::HoldHearing { agents: 1, is_abandoned: false };
    let by_post = |on: &str| summon(Service { received_on: Some(day(on)), ..Service::by(Manner::Post) });
    let direct = || summon(Service::by(Manner::Direct));
    let anew = Act::CallHearing { on: day("2026-03-23"), president: PRESIDENT };
    let again = go(&hearing_called(), Role::Head, &anew, "2026-03-10T09:00");
    // Facts of before served the summons as they served any other paper.
    let paper = |at_: &str| Delivered {
        paper: Named { kind: "hearing-summons".to_owned(), number: "听通1".to_owned() },
        at: at(at_),
    };
    let before = |moment: &str| Case { served: vec![paper(moment)], ..unsummoned() };
    #[rustfmt::skip]
    expect(&[
        // For Thursday 19 March the seven working days are those from 10 to 18 March.
        (called.clone(), Role::Officer, direct(), "2026-03-09T23:59", None, "处罚法64(2)、85：第七个工作日之前"),
        (called.clone(), Role::Officer, direct(), "2026-03-10T00:00", Some(Why::SummonsLate), "处罚法64(2)、85"),
        (called.clone(), Role::Officer, by_post("2026-03-09"), "2026-03-11T09:00", None, "处罚法64(2)：以收件日为准"),
        (called.clone(), Role::Officer, by_post("2026-03-10"), "2026-03-11T09:00", Some(Why::SummonsLate), "处罚法64(2)"),
        (called.clone(), Role::Head, direct(), "2026-03-09T10:00", Some(Why::RoleNotAllowed), "执法人员送达"),
        (hearing_called(), Role::Officer, direct(), "2026-03-09T11:00", Some(Why::NoSuchThing), "已送达"),
        (called.clone(), Role::HearingPresident, hold(), "2026-03-19T09:00", Some(Why::SummonsUnserved), "处罚法64(2)"),
        (hearing_called(), Role::HearingPresident, hold(), "2026-03-19T09:00", None, "处罚法64"),
        (again, Role::HearingPresident, hold(), "2026-03-23T09:00", Some(Why::SummonsUnserved), "处罚法64(2)：另行通知"),
        (before("2026-03-09T10:00"), Role::HearingPresident, hold(), "2026-03-19T09:00", None, "旧案：作为其他文书送达"),
        (before("2026-03-12T10:00"), Role::HearingPresident, hold(), "2026-03-19T09:00", Some(Why::SummonsLate), "处罚法64(2)"),
    ]);
    assert!(called.turns(&LAW.law()).contains(&Role::Officer), "the summons waits for the officers");
    assert!(!hearing_called().turns(&LAW.law()).contains(&Role::Officer));
}

#[test]
fn what_hangs_out_runs_and_is_served_when_its_time_is_over() {
    let post = |on: &str, tried: &str| Act::PostAnnouncement {
        officers: two(),
        paper: None,
        on: day(on),
        tried: tried.to_owned(),
    };
    let posted = go(&decided(), Role::Officer, &post("2026-03-16", "邮寄退回"), "2026-03-16T10:00");
    let ends: Vec<(&str, String)> =
        running(&posted, &LAW.law()).iter().map(|one| (one.term, one.end.last.to_string())).collect();
    assert!(ends.contains(&("announcement-service", "2026-04-15".to_owned())), "{ends:?}");
    let service = Service {
        announced_on: Some(day("2026-03-16")),
        tried: "邮寄退回".to_owned(),
        ..Service::by(Manner::Announcement)
    };
    #[rustfmt::skip]
    expect(&[
        (decided(), Role::Officer, post("2026-03-16", " "), "2026-03-16T10:00", Some(Why::WordsMissing), "民诉法：其他方式无法送达"),
        (decided(), Role::Officer, post("2026-03-17", "邮寄退回"), "2026-03-16T10:00", Some(Why::DateInFuture), "张贴日期"),
        (posted.clone(), Role::Officer, post("2026-03-17", "邮寄退回"), "2026-03-17T10:00", Some(Why::PaperPosted), "已公告"),
        (posted.clone(), Role::Officer, serve_with(service.clone()), "2026-04-15T23:59", Some(Why::AnnouncementOpen), "处罚法61、民诉法"),
    ]);
    let served = go(&posted, Role::Officer, &serve_with(service), "2026-04-16T09:00");
    assert!(running(&served, &LAW.law()).iter().all(|one| one.term != "announcement-service"));
}

#[test]
fn samples() {
    let list = "散装木炭｜机制炭｜2袋｜每袋1千克，已封存｜0301";
    let take = |items: &str, request, edit: &dyn Fn(&mut Taking)| {
        let mut taking = Taking { card_shown: true, is_signed: true, witness: String::new() };
        edit(&mut taking);
        let (items, manner) = (items.to_owned(), "随机抽取".to_owned());
        Act::TakeSample { officers: two(), items, manner, request, taking }
    };
    let plain = || take(list, 0, &|_| ());
    let tell = |number, on: &str| Act::TellTestResult {
        officers: two(),
        number,
        on: day(on),
        words: "灰分超标".to_owned(),
        service: Service::by(Manner::Direct),
    };
    let settle = |number, end| Act::SettleSample { number, end };
    let taken = go(&investigating(), Role::Officer, &plain(), "2026-03-03T14:00");
    let told = go(&taken, Role::Officer, &tell(1, "2026-03-05"), "2026-03-06T10:00");
    let returned = go(&taken, Role::Officer, &settle(1, SampleEnd::Returned), "2026-03-04T10:00");
    let concluding = || conclude(fine(5_000, TierKind::Minor));
    let helped = Act::TakeSample {
        officers: vec![officer(ANNE), Officer { is_helper: true, ..officer(CHEN) }],
        items: list.to_owned(),
        manner: "随机抽取".to_owned(),
        request: 0,
        taking: Taking { card_shown: true, is_signed: true, witness: String::new() },
    };
    #[rustfmt::skip]
    expect(&[
        (investigating(), Role::Officer, plain(), "2026-03-03T14:00", None, "处罚法56"),
        (clue(), Role::Officer, plain(), "2026-03-02T14:00", None, "处罚法56：立案前可以抽样"),
        (investigating(), Role::Head, plain(), "2026-03-03T14:00", Some(Why::RoleNotAllowed), "处罚法42"),
        (investigating(), Role::Officer, helped, "2026-03-03T14:00", Some(Why::HelperEnforces), "处罚法42：协管人员"),
        (investigating(), Role::Officer, take(list, 0, &|one| one.card_shown = false), "2026-03-03T14:00", Some(Why::CardNotShown), "处罚法55"),
        (investigating(), Role::Officer, take(list, 0, &|one| one.is_signed = false), "2026-03-03T14:00", Some(Why::SampleUnsigned), "处罚法55"),
        (investigating(), Role::Officer, take(list, 0, &|one| (one.is_signed, one.witness) = (false, "何敏".to_owned())), "2026-03-03T14:00", None, "处罚法55：见证人"),
        (investigating(), Role::Officer, take("散装木炭", 0, &|_| ()), "2026-03-03T14:00", Some(Why::SampleUnclear), "处罚法56：清单"),
        (investigating(), Role::Officer, take(list, 7, &|_| ()), "2026-03-03T14:00", Some(Why::SamplingUnapproved), "没有这项批准"),
        (taken.clone(), Role::Officer, concluding(), "2026-03-04T10:00", Some(Why::SampleUntold), "处罚法56：结果未告知"),
        (taken.clone(), Role::Officer, tell(1, "2026-03-02"), "2026-03-06T10:00", Some(Why::DateBackwards), "早于抽样"),
        (taken.clone(), Role::Officer, tell(2, "2026-03-05"), "2026-03-06T10:00", Some(Why::NoSuchThing), "没有这件样品"),
        (taken.clone(), Role::Officer, settle(1, SampleEnd::UsedUp), "2026-03-04T10:00", Some(Why::SampleUntold), "耗损须有检测"),
        (told.clone(), Role::Officer, tell(1, "2026-03-05"), "2026-03-06T11:00", Some(Why::NoSuchThing), "已告知"),
        (told.clone(), Role::Officer, concluding(), "2026-03-06T11:00", None, "处罚法56"),
        (told.clone(), Role::Officer, settle(1, SampleEnd::UsedUp), "2026-03-06T11:00", None, "检测耗损"),
        (returned.clone(), Role::Officer, concluding(), "2026-03-04T11:00", None, "已退还"),
        (returned, Role::Officer, settle(1, SampleEnd::Returned), "2026-03-04T11:00", Some(Why::NoSuchThing), "已处理"),
    ]);
    assert_eq!(told.evidence.len(), investigating().evidence.len() + 2, "the sample and its result are evidence");
    // What is held keeps the case from being closed.
    let mut open = executing();
    open.samples.clone_from(&taken.samples);
    let payment = Payment { on: day("2026-03-20"), amount: 500_000, towards: Towards::Fine, receipt: "N1".to_owned() };
    let paid = go(&open, Role::Treasurer, &Act::RecordPayment { payment }, "2026-03-20T10:00");
    assert_eq!(
        try_it(&paid, Role::Officer, &Act::ProposeClosing, "2026-03-21T10:00").err().map(|one| one.key),
        Some(Why::SampleHeld.key())
    );
    // Where the city wants the head to approve, what was approved is taken, once.
    let mut asking = files();
    asking.organ.sampling_approval = true;
    let by = |case: &Case, role, act: &Act, moment: &str| {
        carry_out(case, &actor(role), act, at(moment), &asking.law()).map(|(case, _)| case)
    };
    let unasked = by(&investigating(), Role::Officer, &plain(), "2026-03-03T14:00").map_err(|one| one.key);
    assert_eq!(unasked, Err(Why::SamplingUnapproved.key()));
    let asked = by(&investigating(), Role::Officer, &ask(Measure::Sample), "2026-03-03T14:00").expect("asked");
    let approved = by(&asked, Role::Head, &answer(1, true), "2026-03-03T14:10").expect("approved");
    let taken = by(&approved, Role::Officer, &take(list, 1, &|_| ()), "2026-03-03T15:00").expect("taken");
    assert_eq!(taken.samples.first().and_then(|one| one.approved_by), Some(HEAD));
    let twice = by(&taken, Role::Officer, &take(list, 1, &|_| ()), "2026-03-03T16:00").map_err(|one| one.key);
    assert_eq!(twice, Err(Why::SamplingUnapproved.key()));
}

/// A firm that did not obey an order to clear by 6 March 2026, found on 9 March.
fn uncleared() -> Case {
    let obeyed = Act::RecordCorrection { officers: two(), outcome: Correction::NotCorrected };
    run(
        investigating(),
        &[
            (Role::Officer, Act::OrderCorrection { officers: two(), until: day("2026-03-06") }, "2026-03-03T11:00"),
            (Role::Officer, obeyed, "2026-03-09T09:00"),
        ],
    )
}

fn plan(on: &str, edit: impl Fn(&mut Plan)) -> Act {
    let mut plan = Plan {
        duty: "清除路面水泥管八根".to_owned(),
        ground: performing::Ground::Traffic,
        reason: "压占盲道".to_owned(),
        manner: "吊车装运".to_owned(),
        performer: performing::Performer::Third,
        name: "某吊装公司".to_owned(),
        is_disinterested: true,
        budget: 180_000,
        on: day(on),
        is_no_building: true,
        is_unable: false,
    };
    edit(&mut plan);
    Act::DecidePerformance { plan }
}

fn perform(from: &str, until: &str, edit: impl Fn(&mut OnSpot)) -> Act {
    let mut spot = OnSpot {
        from: at(from),
        until: at(until),
        is_party_there: false,
        is_signed_by_performer: true,
        is_signed: false,
        witness: "何敏".to_owned(),
        is_peaceful: true,
        cost: 165_000,
        cost_reason: String::new(),
    };
    edit(&mut spot);
    Act::Perform { officers: two(), number: 1, spot, words: "装车运离，盲道恢复通行".to_owned() }
}

#[test]
fn what_was_ordered_is_done_in_the_partys_place() {
    let direct = || Service::by(Manner::Direct);
    let serve = || Act::ServePerformance { officers: two(), number: 1, service: direct() };
    let remind = || Act::RemindPerformance { officers: two(), number: 1, service: direct() };
    let stopped_as =
        |by_party, words: &str| Act::StopPerformance { officers: two(), number: 1, words: words.to_owned(), by_party };
    let stop = || stopped_as(true, "已自行清除");
    // Decided on Monday 9 March for Friday 20 March: the reminder reaches the party by Monday 16 March.
    let decided = go(&uncleared(), Role::Head, &plan("2026-03-20", |_| ()), "2026-03-09T10:00");
    let served = go(&decided, Role::Officer, &serve(), "2026-03-10T09:00");
    let reminded = go(&served, Role::Officer, &remind(), "2026-03-16T09:00");
    let stopped = go(&reminded, Role::Officer, &stop(), "2026-03-19T09:00");
    // Nobody was reminded in time: it is given up, and decided anew for another day.
    let given_up = go(&served, Role::Officer, &stopped_as(false, "已过催告日期，重新决定"), "2026-03-18T09:00");
    assert_eq!(given_up.performances.first().and_then(|one| one.outcome), Some(super::performing::Outcome::GivenUp));
    let anew = go(&given_up, Role::Head, &plan("2026-04-03", |_| ()), "2026-03-18T10:00");
    assert_eq!(anew.performances.last().map(|one| (one.number, one.outcome)), Some((2, None)));
    assert_eq!(stopped.performances.first().and_then(|one| one.outcome), Some(super::performing::Outcome::ByParty));
    let usual = || perform("2026-03-20T09:00", "2026-03-20T11:00", |_| ());
    let done = go(&reminded, Role::Officer, &usual(), "2026-03-20T12:00");
    let refused = run(
        investigating(),
        &[
            (Role::Officer, Act::OrderCorrection { officers: two(), until: day("2026-03-12") }, "2026-03-03T11:00"),
            (
                Role::Officer,
                Act::RecordCorrection { officers: two(), outcome: Correction::Refused },
                "2026-03-04T09:00",
            ),
        ],
    );
    let building = investigating_as(unit("某公司"), "building-without-permit");
    #[rustfmt::skip]
    expect(&[
        (uncleared(), Role::Head, plan("2026-03-20", |_| ()), "2026-03-09T10:00", None, "强制法50"),
        (uncleared(), Role::Officer, plan("2026-03-20", |_| ()), "2026-03-09T10:00", Some(Why::RoleNotAllowed), "行政机关决定"),
        (investigating(), Role::Head, plan("2026-03-20", |_| ()), "2026-03-09T10:00", Some(Why::PerformanceUnordered), "强制法50：没有责令"),
        (refused.clone(), Role::Head, plan("2026-03-20", |_| ()), "2026-03-12T10:00", Some(Why::PerformanceUnordered), "强制法50：期限未满"),
        (refused, Role::Head, plan("2026-03-20", |_| ()), "2026-03-13T10:00", None, "强制法50：逾期"),
        (uncleared(), Role::Head, plan("2026-03-20", |one| one.is_no_building = false), "2026-03-09T10:00", Some(Why::PerformanceOfBuilding), "强制法44"),
        (uncleared(), Role::Head, plan("2026-03-20", |one| one.is_disinterested = false), "2026-03-09T10:00", Some(Why::PerformerInterested), "强制法50"),
        (uncleared(), Role::Head, plan("2026-03-20", |one| one.name.clear()), "2026-03-09T10:00", Some(Why::WordsMissing), "强制法51(1)：代履行人"),
        (uncleared(), Role::Head, plan("2026-03-20", |one| one.manner.clear()), "2026-03-09T10:00", Some(Why::WordsMissing), "强制法51(1)：方式"),
        (uncleared(), Role::Head, plan("2026-03-20", |one| one.budget = -1), "2026-03-09T10:00", Some(Why::AmountNotPositive), "强制法51(1)：费用预算"),
        (uncleared(), Role::Head, plan("2026-03-21", |_| ()), "2026-03-09T10:00", Some(Why::PerformanceOnRest), "强制法43：周六"),
        (uncleared(), Role::Head, plan("2026-03-12", |_| ()), "2026-03-09T10:00", Some(Why::PerformanceSoon), "强制法51(2)、69"),
        (uncleared(), Role::Head, plan("2026-03-13", |_| ()), "2026-03-09T10:00", None, "强制法51(2)、69"),
        (decided.clone(), Role::Officer, remind(), "2026-03-10T09:00", Some(Why::PerformanceUnserved), "强制法51(1)"),
        (served.clone(), Role::Officer, remind(), "2026-03-16T23:59", None, "强制法51(2)、69：三个工作日"),
        (served.clone(), Role::Officer, remind(), "2026-03-17T00:00", Some(Why::PerformanceSoon), "强制法51(2)、69"),
        (served.clone(), Role::Officer, serve(), "2026-03-10T10:00", Some(Why::NoSuchThing), "已送达"),
        (decided, Role::Officer, usual(), "2026-03-20T12:00", Some(Why::PerformanceUnserved), "强制法51(1)"),
        (served, Role::Officer, usual(), "2026-03-20T12:00", Some(Why::PerformanceUnreminded), "强制法51(2)"),
        (reminded.clone(), Role::Officer, perform("2026-03-19T09:00", "2026-03-19T11:00", |_| ()), "2026-03-20T12:00", Some(Why::PerformanceEarly), "强制法51(1)"),
        (reminded.clone(), Role::Officer, perform("2026-03-20T21:00", "2026-03-20T22:01", |_| ()), "2026-03-21T09:00", Some(Why::PerformanceAtNight), "强制法43"),
        (reminded.clone(), Role::Officer, perform("2026-03-22T09:00", "2026-03-22T11:00", |_| ()), "2026-03-23T09:00", Some(Why::PerformanceOnRest), "强制法43：周日"),
        (reminded.clone(), Role::Officer, perform("2026-03-20T09:00", "2026-03-20T11:00", |one| one.is_peaceful = false), "2026-03-20T12:00", Some(Why::PerformanceViolent), "强制法51：不得暴力"),
        (reminded.clone(), Role::Officer, perform("2026-03-20T09:00", "2026-03-20T11:00", |one| one.witness.clear()), "2026-03-20T12:00", Some(Why::PerformanceUnsigned), "强制法51(4)"),
        (reminded.clone(), Role::Officer, perform("2026-03-20T09:00", "2026-03-20T11:00", |one| one.is_signed_by_performer = false), "2026-03-20T12:00", Some(Why::PerformanceUnsigned), "强制法51(4)"),
        (reminded.clone(), Role::Officer, perform("2026-03-20T09:00", "2026-03-20T11:00", |one| one.cost = 180_001), "2026-03-20T12:00", Some(Why::PerformanceCost), "强制法51：成本合理"),
        (reminded.clone(), Role::Officer, perform("2026-03-20T09:00", "2026-03-20T13:00", |_| ()), "2026-03-20T12:00", Some(Why::DateBackwards), "还没有结束"),
        (reminded.clone(), Role::Officer, usual(), "2026-03-20T12:00", None, "强制法51"),
        (stopped.clone(), Role::Officer, usual(), "2026-03-20T12:00", Some(Why::NoSuchThing), "强制法51(2)：已履行，停止代履行"),
        (done.clone(), Role::Officer, stop(), "2026-03-20T13:00", Some(Why::NoSuchThing), "已代履行"),
        (building, Role::Head, plan("2026-03-20", |one| (one.ground, one.is_unable) = (performing::Ground::Road, true)), "2026-03-20T10:00", Some(Why::PerformanceOfBuilding), "强制法44：违法建设"),
    ]);
    assert_eq!(done.performances.first().map(|one| (one.cost, one.is_untold())), Some((165_000, false)));
    let ends = |case: &Case| -> Vec<(&'static str, String)> {
        running(case, &LAW.law()).iter().map(|one| (one.term, one.end.last.to_string())).collect()
    };
    let reminder = ("performance-reminder", "2026-03-16".to_owned());
    let decided = go(&uncleared(), Role::Head, &plan("2026-03-20", |_| ()), "2026-03-09T10:00");
    assert!(ends(&decided).contains(&reminder), "{:?}", ends(&decided));
    assert!(!ends(&reminded).contains(&reminder) && !ends(&stopped).contains(&reminder));
}

#[test]
fn what_has_to_go_at_once_goes_and_the_absent_are_told() {
    let serve = || Act::ServePerformance { officers: two(), number: 1, service: Service::by(Manner::Direct) };
    let remind = Act::RemindPerformance { officers: two(), number: 1, service: Service::by(Manner::Direct) };
    let at_once =
        |is_unable| plan("2026-03-07", move |one| (one.ground, one.is_unable) = (performing::Ground::Road, is_unable));
    // A Saturday night: an emergency waits for neither.
    let night = |is_there| {
        perform("2026-03-07T22:30", "2026-03-07T23:30", move |one| {
            (one.is_party_there, one.is_signed) = (is_there, is_there);
        })
    };
    let decided = go(&checked(), Role::Head, &at_once(true), "2026-03-07T22:00");
    let absent = go(&decided, Role::Officer, &night(false), "2026-03-07T23:40");
    let present = go(&decided, Role::Officer, &night(true), "2026-03-07T23:40");
    let told = go(&absent, Role::Officer, &serve(), "2026-03-09T09:00");
    let drop = || Act::DropClue { reason: "无法查明当事人".to_owned() };
    #[rustfmt::skip]
    expect(&[
        (checked(), Role::Head, at_once(false), "2026-03-07T22:00", Some(Why::PartyCanClear), "强制法52"),
        (checked(), Role::Head, at_once(true), "2026-03-07T22:00", None, "强制法52：无需责令和催告"),
        (decided.clone(), Role::Officer, remind, "2026-03-07T22:10", Some(Why::NoSuchThing), "强制法52：无需催告"),
        (decided.clone(), Role::Head, drop(), "2026-03-07T23:00", Some(Why::PerformanceOpen), "强制法51"),
        (decided, Role::Officer, night(false), "2026-03-07T23:40", None, "强制法43：情况紧急"),
        (absent, Role::Head, drop(), "2026-03-09T08:00", Some(Why::PerformanceUntold), "强制法52：事后立即通知"),
        (present, Role::Head, drop(), "2026-03-09T08:00", None, "强制法52：当事人在场"),
        (told, Role::Head, drop(), "2026-03-09T10:00", None, "强制法52"),
    ]);
}

#[test]
fn money_is_enforced_by_who_has_the_power() {
    let mut files = files();
    files.organ.own_power = Some(("某法".to_owned(), "1".to_owned()));
    let said = |case: &Case, act: &Act, moment: &str| {
        carry_out(case, &actor(Role::Head), act, at(moment), &files.law()).err().map(|refusal| refusal.key)
    };
    let enforce = || Act::EnforceMoney { words: "划拨".to_owned() };
    let remind = Act::Remind { officers: two(), service: Service::by(Manner::Direct) };
    // Due on 31 March: the thirty-first late day is 1 May.
    let reminded = go(&executing(), Role::Officer, &remind, "2026-04-10T09:00");
    let begin = Act::BeginRemedy { kind: Exclusion::Review, on: day("2026-04-20") };
    let end = Act::EndRemedy { on: day("2026-04-24"), ending: Ending::Upheld };
    let paused =
        run(reminded.clone(), &[(Role::Party, begin, "2026-04-20T09:00"), (Role::Party, end, "2026-04-24T09:00")]);
    let spoken = go(&reminded, Role::Party, &Act::Defend { words: "已缴".to_owned() }, "2026-04-11T09:00");
    let late = |why: Why| Some(why.key());
    for (case, act, moment, expected, article) in [
        (&reminded, enforce(), "2026-04-30T09:00", late(Why::LateFeeYoung), "强制法46：三十日"),
        (&reminded, enforce(), "2026-05-01T09:00", None, "强制法46：超过三十日"),
        (&paused, enforce(), "2026-05-05T09:00", late(Why::LateFeeYoung), "强制法46、处罚法73：复议期间不计"),
        (&paused, enforce(), "2026-05-06T09:00", None, "强制法46、处罚法73"),
        (&executing(), enforce(), "2026-05-01T09:00", late(Why::LateFeeUnreminded), "强制法46：经催告"),
        (&spoken, enforce(), "2026-05-01T09:00", late(Why::OpinionUnanswered), "强制法36"),
        (&reminded, Act::AskCourt, "2026-09-17T09:00", late(Why::OwnPower), "强制法53"),
    ] {
        assert_eq!(said(case, &act, moment), expected, "{article}");
    }
    expect(&[(reminded, Role::Head, enforce(), "2026-05-01T09:00", Some(Why::NoOwnPower), "强制法46：没有强制执行权")]);
}

#[test]
fn service_and_money() {
    let decided = go(&awaiting_decision(), Role::Head, &decide_on(fine(5_000, TierKind::Minor)), "2026-03-13T11:00");
    let served = |manner, has_consent, has_witness, announced_on: Option<&str>| {
        let (announced_on, received_on) = match manner {
            Manner::Announcement => (announced_on.map(day), None),
            _ => (None, announced_on.map(day)),
        };
        let service = Service {
            has_consent,
            has_witness,
            announced_on,
            received_on,
            tried: "电话、邮寄均退回".to_owned(),
            ..Service::by(manner)
        };
        Act::Serve { officers: two(), service }
    };
    use Manner as M;
    let untried = Act::Serve {
        officers: two(),
        service: Service { announced_on: Some(day("2026-03-16")), ..Service::by(M::Announcement) },
    };
    let begin = |kind, on: &str| Act::BeginRemedy { kind, on: day(on) };
    let remind = Act::Remind { officers: two(), service: Service::by(Manner::Direct) };
    // Served on 16 March: review to 15 May, suit to 16 September 2026; then three months.
    let reminded = go(&executing(), Role::Officer, &remind, "2026-09-02T09:00");
    let late_reminder = go(&executing(), Role::Officer, &remind, "2026-09-10T09:00");
    let sued = go(&reminded, Role::Party, &begin(Exclusion::Suit, "2026-09-16"), "2026-09-16T10:00");
    let judged =
        go(&sued, Role::Party, &Act::EndRemedy { on: day("2026-10-20"), ending: Ending::Upheld }, "2026-10-20T10:00");
    let asked =
        go(&executing(), Role::Party, &Act::AskInstalments { reason: "经济困难".to_owned() }, "2026-03-20T09:00");
    let parts = |amounts: &[i64]| Act::GrantInstalments {
        parts: amounts
            .iter()
            .zip(["2026-04-30", "2026-05-29"])
            .map(|(amount, due)| Instalment { due_on: day(due), amount: *amount })
            .collect(),
    };
    let mut seized = executing();
    seized.seizures.push(Seizure {
        reason: String::new(),
        basis: String::new(),
        number: 1,
        at: at("2026-03-10T09:00"),
        items: "货车一辆".to_owned(),
        is_approved: true,
        is_extended: false,
        disposal: None,
    });
    let court = go(&reminded, Role::Head, &Act::AskCourt, "2026-09-17T09:00");
    let done =
        go(&court, Role::Officer, &Act::RecordCourt { words: "已划拨".to_owned(), is_done: true }, "2026-11-17T09:00");
    #[rustfmt::skip]
    expect(&[
        (decided.clone(), Role::Officer, served(M::Electronic, false, false, None), "2026-03-16T09:00", Some(Why::ConsentMissing), "处罚法61"),
        (decided.clone(), Role::Officer, served(M::Electronic, true, false, None), "2026-03-16T09:00", None, "处罚法61"),
        (decided.clone(), Role::Officer, served(M::Left, false, false, None), "2026-03-16T09:00", Some(Why::WitnessMissing), "处罚法61、民诉法"),
        (decided.clone(), Role::Officer, served(M::Announcement, false, false, Some("2026-03-16")), "2026-04-15T23:59", Some(Why::AnnouncementOpen), "处罚法61、民诉法"),
        (decided.clone(), Role::Officer, served(M::Announcement, false, false, Some("2026-03-16")), "2026-04-16T00:00", None, "处罚法61、民诉法"),
        (decided.clone(), Role::Officer, served(M::Announcement, false, false, None), "2026-04-16T00:00", Some(Why::AnnouncementOpen), "处罚法61"),
        (decided.clone(), Role::Officer, served(M::Announcement, false, false, Some("2026-03-12")), "2026-04-16T00:00", Some(Why::DateBackwards), "早于决定"),
        (decided.clone(), Role::Officer, untried, "2026-04-16T00:00", Some(Why::OthersUntried), "民诉法：其他方式无法送达"),
        (decided.clone(), Role::Officer, served(M::Post, false, false, None), "2026-03-18T09:00", Some(Why::ReceiptDayMissing), "民诉法：回执上注明的收件日期"),
        (decided.clone(), Role::Officer, served(M::Post, false, false, Some("2026-03-19")), "2026-03-18T09:00", Some(Why::DateInFuture), "收件日期"),
        (decided.clone(), Role::Officer, served(M::Entrusted, false, false, Some("2026-03-12")), "2026-03-18T09:00", Some(Why::DateBackwards), "早于决定"),
        (decided.clone(), Role::Officer, served(M::Forwarded, false, false, Some("2026-03-17")), "2026-03-18T09:00", None, "民诉法：转交送达"),
        (decided, Role::Officer, served(M::Post, false, false, Some("2026-03-16")), "2026-03-18T09:00", None, "民诉法：邮寄送达"),
        (executing(), Role::Officer, Act::ProposeClosing, "2026-03-20T09:00", Some(Why::NotPerformed), "处罚法66"),
        (seized, Role::Officer, Act::ProposeClosing, "2026-03-20T09:00", Some(Why::SeizureOpen), "强制法27、28"),
        (executing(), Role::Head, parts(&[250_000, 250_000]), "2026-03-20T09:00", Some(Why::InstalmentsUnasked), "处罚法66"),
        (asked.clone(), Role::Head, parts(&[250_000, 249_999]), "2026-03-20T10:00", Some(Why::InstalmentsWrong), "处罚法66"),
        (asked, Role::Head, parts(&[250_000, 250_000]), "2026-03-20T10:00", None, "处罚法66"),
        (executing(), Role::Party, begin(Exclusion::Hearing, "2026-03-20"), "2026-03-20T10:00", Some(Why::NoSuchThing), "处罚法73"),
        (executing(), Role::Party, begin(Exclusion::Review, "2026-03-21"), "2026-03-20T10:00", Some(Why::DateInFuture), "处罚法73"),
        (reminded.clone(), Role::Head, Act::AskCourt, "2026-09-16T23:00", Some(Why::CourtTooEarly), "强制法53"),
        (reminded.clone(), Role::Head, Act::AskCourt, "2026-09-17T00:00", None, "强制法53、54"),
        (executing(), Role::Head, Act::AskCourt, "2026-09-17T00:00", Some(Why::ReminderTooYoung), "强制法54"),
        (late_reminder, Role::Head, Act::AskCourt, "2026-09-17T00:00", Some(Why::ReminderTooYoung), "强制法54、69"),
        (reminded.clone(), Role::Head, Act::AskCourt, "2026-12-16T23:59", None, "强制法53：三个月"),
        (reminded, Role::Head, Act::AskCourt, "2026-12-17T00:00", Some(Why::CourtTooLate), "强制法53"),
        (sued.clone(), Role::Head, Act::AskCourt, "2026-09-17T00:00", Some(Why::RemedyOpen), "强制法53"),
        (sued, Role::Party, begin(Exclusion::Review, "2026-09-17"), "2026-09-17T00:00", Some(Why::RemedyRunning), "一案一诉"),
        (judged, Role::Head, Act::AskCourt, "2026-10-21T00:00", None, "强制法53：诉讼终结"),
        (court, Role::Officer, Act::ProposeClosing, "2026-09-18T09:00", Some(Why::NotPerformed), "处罚法72"),
        (done, Role::Officer, Act::ProposeClosing, "2026-11-18T09:00", None, "处罚法72"),
    ]);
}

#[test]
fn more_time_for_a_clue_is_given_once_and_in_time() {
    let extend = || Act::ExtendClueCheck { reason: "等待权属资料".to_owned() };
    let more = go(&clue(), Role::Head, &extend(), "2026-03-16T09:00");
    let ends: Vec<(&str, String)> =
        running(&more, &LAW.law()).iter().map(|one| (one.term, one.end.last.to_string())).collect();
    assert_eq!(ends, [("clue-check", "2026-03-27".to_owned())], "十五日加十日");
    #[rustfmt::skip]
    expect(&[
        (clue(), Role::Officer, extend(), "2026-03-16T09:00", Some(Why::RoleNotAllowed), "负责人批准"),
        (clue(), Role::Head, extend(), "2026-03-17T23:59", None, "第十五日"),
        (clue(), Role::Head, extend(), "2026-03-18T00:00", Some(Why::ClueExtension), "期满"),
        (more, Role::Head, extend(), "2026-03-17T09:00", Some(Why::ClueExtension), "一次"),
    ]);
}

#[test]
fn carrying_out_is_suspended_agreed_about_and_undone() {
    let suspend = || Act::SuspendEnforcement {
        ground: SuspensionGround::Unable,
        reason: "当事人住院".to_owned(),
        is_harmless: true,
    };
    let pay = |amount, towards, on: &str| Act::RecordPayment {
        payment: Payment { on: day(on), amount, towards, receipt: format!("N{amount}") },
    };
    let refund = |amount, towards, on: &str| Act::Refund {
        refund: Payment { on: day(on), amount, towards, receipt: "T1".to_owned() },
    };
    let agree = |parts: &[(&str, i64)], forgives, is_harmless| Act::AgreeEnforcement {
        parts: parts.iter().map(|(due, amount)| Instalment { due_on: day(due), amount: *amount }).collect(),
        forgives,
        words: "已恢复绿地，分两次缴清".to_owned(),
        is_harmless,
    };
    let remind = || Act::Remind { officers: two(), service: Service::by(Manner::Direct) };
    // Served on 16 March, due on 31 March: 5,000 yuan. Suspended on 3 April (three late days), resumed on 20 April.
    let suspended = go(&executing(), Role::Head, &suspend(), "2026-04-03T09:00");
    let resumed = go(&suspended, Role::Head, &Act::ResumeEnforcement, "2026-04-20T09:00");
    let fee = |case: &Case, on: &str| case.account.as_ref().map(|account| account.late_fee(day(on)));
    assert_eq!(
        fee(&suspended, "2026-04-19").map(|fee| (fee.days, fee.amount)),
        Some((2, 30_000)),
        "强制法39：停止计算"
    );
    assert_eq!(fee(&resumed, "2026-04-21").map(|fee| fee.days), Some(3), "it goes on the day after");
    assert!(running(&suspended, &LAW.law()).iter().any(|one| one.term == "enforcement-resumption"));
    // An agreement: two parts, the late fee so far remitted, the fine never.
    let agreed = go(
        &resumed,
        Role::Head,
        &agree(&[("2026-05-08", 200_000), ("2026-06-08", 300_000)], true, true),
        "2026-04-21T09:00",
    );
    let account = agreed.account.clone().unwrap_or_else(|| panic!("an account"));
    assert_eq!((account.late_fee_owed(day("2026-04-21")), account.owed(day("2026-04-21"))), (0, 500_000));
    assert_eq!(account.late_fee_owed(day("2026-05-09")), 6_000, "what is late again bears again");
    // Paid, then changed to less: what was paid goes over, the rest is to go back before the case closes.
    let paid = go(&executing(), Role::Treasurer, &pay(500_000, Towards::Fine, "2026-03-20"), "2026-03-20T10:00");
    let change = Act::ChangeDecision { penalty: fine(4_000, TierKind::Minor), reason: "复核从轻".to_owned() };
    let changed = go(&paid, Role::Head, &change, "2026-03-23T09:00");
    let service = Service::by(Manner::Direct);
    let served = go(&changed, Role::Officer, &Act::Serve { officers: two(), service }, "2026-03-24T09:00");
    let back = go(&served, Role::Treasurer, &refund(100_000, Towards::Fine, "2026-03-25"), "2026-03-25T09:00");
    let revoked = go(&paid, Role::Head, &Act::RevokeDecision { reason: "主体有误".to_owned() }, "2026-03-23T09:00");
    let returned = go(&revoked, Role::Treasurer, &refund(500_000, Towards::Fine, "2026-03-25"), "2026-03-25T09:00");
    #[rustfmt::skip]
    expect(&[
        (executing(), Role::Officer, suspend(), "2026-04-03T09:00", Some(Why::RoleNotAllowed), "强制法39"),
        (suspended.clone(), Role::Head, suspend(), "2026-04-04T09:00", Some(Why::EnforcementSuspended), "强制法39"),
        (suspended.clone(), Role::Officer, remind(), "2026-04-04T09:00", Some(Why::EnforcementSuspended), "强制法39"),
        (suspended.clone(), Role::Head, Act::AskCourt, "2026-09-17T09:00", Some(Why::EnforcementSuspended), "强制法39"),
        (suspended, Role::Treasurer, pay(100_000, Towards::Fine, "2026-04-04"), "2026-04-04T09:00", None, "自愿履行"),
        (executing(), Role::Head, Act::ResumeEnforcement, "2026-04-04T09:00", Some(Why::NoSuchThing), "强制法39"),
        (resumed.clone(), Role::Officer, remind(), "2026-04-21T09:00", None, "强制法39：恢复"),
        (executing(), Role::Head, agree(&[("2026-05-08", 500_000)], false, true), "2026-03-31T09:00", Some(Why::AgreementEarly), "强制法42"),
        (resumed.clone(), Role::Head, agree(&[("2026-05-08", 500_000)], false, false), "2026-04-21T09:00", Some(Why::AgreementHarms), "强制法42"),
        (resumed, Role::Head, agree(&[("2026-05-08", 499_999)], true, true), "2026-04-21T09:00", Some(Why::InstalmentsWrong), "罚款本身不减"),
        (paid.clone(), Role::Treasurer, refund(1, Towards::Fine, "2026-03-21"), "2026-03-21T09:00", Some(Why::RefundTooMuch), "强制法41"),
        (served.clone(), Role::Treasurer, refund(100_001, Towards::Fine, "2026-03-25"), "2026-03-25T09:00", Some(Why::RefundTooMuch), "强制法41"),
        (served.clone(), Role::Treasurer, refund(0, Towards::Fine, "2026-03-25"), "2026-03-25T09:00", Some(Why::AmountNotPositive), "分"),
        (served.clone(), Role::Officer, refund(100_000, Towards::Fine, "2026-03-25"), "2026-03-25T09:00", Some(Why::RoleNotAllowed), "罚缴分离"),
        (served, Role::Officer, Act::ProposeClosing, "2026-03-25T09:00", Some(Why::RefundOwed), "强制法41"),
        (back, Role::Officer, Act::ProposeClosing, "2026-03-26T09:00", None, "强制法41"),
        (revoked, Role::Officer, Act::ProposeClosing, "2026-03-25T09:00", Some(Why::RefundOwed), "强制法41"),
        (returned.clone(), Role::Treasurer, refund(1, Towards::Fine, "2026-03-26"), "2026-03-26T09:00", Some(Why::RefundTooMuch), "强制法41"),
        (returned, Role::Officer, Act::ProposeClosing, "2026-03-26T09:00", None, "强制法41"),
    ]);
}

/// Paid in time, closed and archived within a week, while the terms of review and suit run.
fn archived() -> Case {
    let payment =
        Payment { on: day("2026-03-17"), amount: 500_000, towards: Towards::Fine, receipt: "票 0001".to_owned() };
    run(
        executing(),
        &[
            (Role::Treasurer, Act::RecordPayment { payment }, "2026-03-17T16:00"),
            (Role::Officer, Act::ProposeClosing, "2026-03-18T10:00"),
            (Role::Head, Act::ApproveClosing, "2026-03-18T11:00"),
            (Role::Archivist, archive("long", "2026-0001", 50, 51), "2026-03-20T09:00"),
        ],
    )
}

#[test]
fn a_decision_that_falls_after_the_archive_is_undone() {
    let begin = |on: &str| Act::BeginRemedy { kind: Exclusion::Suit, on: day(on) };
    let end = |ending, on: &str| Act::EndRemedy { on: day(on), ending };
    let back = |amount| Act::Refund {
        refund: Payment { on: day("2026-12-02"), amount, towards: Towards::Fine, receipt: "退 1".to_owned() },
    };
    let sued = go(&archived(), Role::Officer, &begin("2026-09-16"), "2026-09-16T10:00");
    assert_eq!(sued.stage, Stage::Archived);
    let kept = go(&sued, Role::Officer, &end(Ending::Upheld, "2026-12-01"), "2026-12-01T10:00");
    assert_eq!(kept.stage, Stage::Archived);
    let fallen = go(&sued, Role::Officer, &end(Ending::SetAside, "2026-12-01"), "2026-12-01T10:00");
    assert_eq!(fallen.stage, Stage::Revoked);
    let refunded = go(&fallen, Role::Treasurer, &back(500_000), "2026-12-02T09:00");
    let again = run(
        refunded.clone(),
        &[
            (Role::Officer, Act::ProposeClosing, "2026-12-03T09:00"),
            (Role::Head, Act::ApproveClosing, "2026-12-03T10:00"),
            (Role::Archivist, archive("long", "2026-0001", 50, 51), "2026-12-03T11:00"),
        ],
    );
    assert_eq!(again.stage, Stage::Archived);
    let revoke = || Act::RevokeDecision { reason: "生效裁判确认依据错误".to_owned() };
    let change = Act::ChangeDecision { penalty: fine(4_000, TierKind::Minor), reason: "判决变更".to_owned() };
    let unpunished = Case { decision: None, account: None, ..archived() };
    let mut closing = archived();
    closing.stage = Stage::AwaitingClosing;
    let terminated = Case { stage: Stage::Terminated, ..executing() };
    #[rustfmt::skip]
    expect(&[
        (fallen.clone(), Role::Officer, Act::ProposeClosing, "2026-12-02T09:00", Some(Why::RefundOwed), "强制法41"),
        (fallen, Role::Treasurer, back(500_001), "2026-12-02T09:00", Some(Why::RefundTooMuch), "强制法41"),
        (refunded, Role::Officer, Act::ProposeClosing, "2026-12-03T09:00", None, "强制法41"),
        (archived(), Role::Head, revoke(), "2026-12-02T09:00", None, "处罚法75、强制法41"),
        (archived(), Role::Head, change, "2026-12-02T09:00", None, "强制法41：变更"),
        (archived(), Role::Officer, end(Ending::SetAside, "2026-12-01"), "2026-12-02T09:00", Some(Why::NoSuchThing), "没有复议、诉讼"),
        (closing, Role::Party, begin("2026-03-21"), "2026-03-21T12:00", None, "行诉法46"),
        (terminated, Role::Party, begin("2026-03-18"), "2026-03-18T12:00", None, "行诉法46"),
        (unpunished.clone(), Role::Party, begin("2026-03-21"), "2026-03-21T12:00", Some(Why::NoSuchThing), "没有处罚决定"),
        (unpunished, Role::Head, revoke(), "2026-03-21T12:00", Some(Why::NoSuchThing), "没有处罚决定"),
    ]);
}

#[test]
fn a_decision_that_was_revoked_is_not_carried_out() {
    let begin = Act::BeginRemedy { kind: Exclusion::Review, on: day("2026-03-20") };
    let end = |ending| Act::EndRemedy { on: day("2026-05-20"), ending };
    let asked = go(&executing(), Role::Party, &begin, "2026-03-20T09:00");
    let fallen = go(&asked, Role::Officer, &end(Ending::SetAside), "2026-05-20T09:00");
    assert_eq!(fallen.stage, Stage::Revoked, "强制法40(4)");
    let unlawful = go(&asked, Role::Officer, &end(Ending::Unlawful), "2026-05-20T09:00");
    assert_eq!(unlawful.stage, Stage::Executing, "确认违法不撤销的，决定仍须履行");
    // A case of before stands where it stood, but nothing of it is carried out.
    let mut old = executing();
    if let Some(decision) = &mut old.decision {
        decision.is_set_aside = true;
    }
    let pay = Act::RecordPayment {
        payment: Payment { on: day("2026-05-21"), amount: 1, towards: Towards::Fine, receipt: "票".to_owned() },
    };
    let spot = Act::CollectOnSpot { officers: two(), amount: 1, reason: SpotReason::Small, receipt: "票".to_owned() };
    let when = "2026-05-21T09:00";
    let remind = || Act::Remind { officers: two(), service: Service::by(Manner::Direct) };
    #[rustfmt::skip]
    expect(&[
        (old.clone(), Role::Officer, remind(), when, Some(Why::DecisionSetAside), "强制法40(4)"),
        (old.clone(), Role::Head, Act::AskCourt, when, Some(Why::DecisionSetAside), "强制法40(4)"),
        (old.clone(), Role::Treasurer, pay, when, Some(Why::DecisionSetAside), "强制法40(4)"),
        (old.clone(), Role::Officer, spot, when, Some(Why::DecisionSetAside), "强制法40(4)"),
        (old, Role::Head, Act::RevokeDecision { reason: "复议撤销".to_owned() }, when, None, "强制法40(4)"),
        (unlawful.clone(), Role::Officer, remind(), when, None, "确认违法不撤销"),
        (unlawful, Role::Officer, publish(), when, Some(Why::NotPublishable), "处罚法48"),
    ]);
    // What was kept before: whether the decision fell.
    for (kept, expected) in [
        (r#"{"act":"end-remedy","on":"2026-05-20","is_unlawful":true}"#, Ending::SetAside),
        (r#"{"act":"end-remedy","on":"2026-05-20","is_unlawful":false}"#, Ending::Upheld),
        (r#"{"act":"end-remedy","on":"2026-05-20"}"#, Ending::Upheld),
        (r#"{"act":"end-remedy","on":"2026-05-20","ending":"withdrawn"}"#, Ending::Withdrawn),
    ] {
        let act: Act = serde_json::from_str(kept).expect("an act");
        assert_eq!(act, Act::EndRemedy { on: day("2026-05-20"), ending: expected }, "{kept}");
    }
    let plain: Act = serde_json::from_str(r#"{"act":"withdraw-hearing"}"#).expect("an act of before");
    assert_eq!(plain, Act::WithdrawHearing { is_signed: false });
}

#[test]
fn carrying_out_ends_on_the_laws_grounds() {
    let end = |ground| Act::Terminate { reason: "经核查属实".to_owned(), ground };
    let suspend = |ground, is_harmless| Act::SuspendEnforcement { ground, reason: "无财产".to_owned(), is_harmless };
    let suspended = |ground, is_harmless| {
        let case = go(&executing(), Role::Head, &suspend(ground, is_harmless), "2026-04-03T09:00");
        // As if it were three years ago.
        Case { enforcement_suspended_at: Some(at("2023-04-03T09:00")), ..case }
    };
    let unable = suspended(SuspensionGround::Unable, true);
    let third = suspended(SuspensionGround::ThirdParty, true);
    let harmful = suspended(SuspensionGround::Unable, false);
    let man = executing_of(citizen(70));
    let when = "2026-04-03T10:00";
    #[rustfmt::skip]
    expect(&[
        (executing(), Role::Head, end(None), when, Some(Why::EndUnfounded), "强制法40"),
        (executing(), Role::Head, end(Some(EndGround::Died)), when, Some(Why::EndUnfounded), "强制法40(1)：单位"),
        (executing(), Role::Head, end(Some(EndGround::Dissolved)), when, None, "强制法40(2)"),
        (man.clone(), Role::Head, end(Some(EndGround::Dissolved)), when, Some(Why::EndUnfounded), "强制法40(2)：公民"),
        (man, Role::Head, end(Some(EndGround::Died)), when, None, "强制法40(1)"),
        (executing(), Role::Head, end(Some(EndGround::Other)), when, None, "强制法40(5)"),
        (executing(), Role::Head, end(Some(EndGround::GivenUp)), when, Some(Why::GivenUpEarly), "强制法39"),
        (unable.clone(), Role::Head, end(Some(EndGround::GivenUp)), when, Some(Why::GivenUpEarly), "强制法39：满三年当日"),
        (unable.clone(), Role::Head, Act::ResumeEnforcement, when, None, "强制法39"),
        (unable.clone(), Role::Head, end(Some(EndGround::GivenUp)), "2026-04-04T09:00", None, "强制法39：满三年"),
        (unable, Role::Head, Act::ResumeEnforcement, "2026-04-04T09:00", Some(Why::EnforcementGivenUp), "强制法39：不再执行"),
        (third, Role::Head, Act::ResumeEnforcement, "2026-04-04T09:00", None, "强制法39：第三人主张权利，三年后仍可恢复"),
        (harmful.clone(), Role::Head, Act::ResumeEnforcement, "2026-04-04T09:00", None, "强制法39：有社会危害"),
        (harmful, Role::Head, end(Some(EndGround::GivenUp)), "2026-04-04T09:00", Some(Why::GivenUpEarly), "强制法39"),
    ]);
}

#[test]
fn reminders_answer_lateness_and_are_answered() {
    let remind = || Act::Remind { officers: two(), service: Service::by(Manner::Direct) };
    let say = || Act::Defend { words: "已于上月缴清，附回单".to_owned() };
    let answer = || Act::AnswerDefence { number: 1, is_adopted: false, words: "回单系另案".to_owned() };
    let reminded = go(&executing(), Role::Officer, &remind(), "2026-09-02T09:00");
    let spoken = go(&reminded, Role::Party, &say(), "2026-09-03T09:00");
    let answered = go(&spoken, Role::Officer, &answer(), "2026-09-04T09:00");
    // A court that was asked about the decision of before says nothing about the changed one.
    let court = run(
        reminded.clone(),
        &[
            (Role::Head, Act::AskCourt, "2026-09-17T09:00"),
            (Role::Officer, Act::RecordCourt { words: "裁定准予执行".to_owned(), is_done: true }, "2026-10-17T09:00"),
            (
                Role::Head,
                Act::ChangeDecision { penalty: fine(4_000, TierKind::Minor), reason: "复核从轻".to_owned() },
                "2026-10-19T09:00",
            ),
            (Role::Officer, serve(), "2026-10-20T09:00"),
        ],
    );
    assert_eq!((court.reminded_at, court.court_asked_at, court.court.as_str()), (None, None, ""));
    #[rustfmt::skip]
    expect(&[
        (executing(), Role::Officer, remind(), "2026-03-16T10:00", Some(Why::NothingLate), "强制法34、35：送达当日"),
        (executing(), Role::Officer, remind(), "2026-03-31T10:00", Some(Why::NothingLate), "强制法34：缴款期最后一日"),
        (executing(), Role::Officer, remind(), "2026-04-01T10:00", None, "强制法34、35"),
        (executing(), Role::Party, say(), "2026-04-01T10:00", Some(Why::NotReminded), "强制法36"),
        (reminded, Role::Party, say(), "2026-09-03T09:00", None, "强制法36"),
        (spoken, Role::Head, Act::AskCourt, "2026-09-17T09:00", Some(Why::OpinionUnanswered), "强制法36、55(3)"),
        (answered, Role::Head, Act::AskCourt, "2026-09-17T09:00", None, "强制法53、54"),
        (court, Role::Officer, Act::ProposeClosing, "2026-10-21T09:00", Some(Why::NotPerformed), "变更后的决定尚未履行"),
    ]);
}

#[test]
fn what_cannot_wait_does_not_wait_for_the_filing() {
    let order = || Act::OrderCorrection { officers: two(), until: day("2026-03-04") };
    let register =
        |request| Act::RegisterEvidence {
            officers: two(), items: "货车一辆".to_owned(), request, approved_by: None
        };
    let as_it_is = |_: &mut OnSite| ();
    // A stall whose owner refused to obey, before anything is filed.
    let stall = Case {
        party: Some(citizen(40)),
        matter: "street-stall".to_owned(),
        acted_on: Some(day("2026-03-02")),
        order: Some(Order { on: day("2026-03-02"), until: day("2026-03-02"), outcome: Some(Correction::Refused) }),
        ..checked()
    };
    let drop = || Act::DropClue { reason: "查无实据".to_owned() };
    let end = |disposal| Act::EndSeizure { number: 1, disposal, basis: String::new() };
    let when = "2026-03-02T10:30";
    let held = go(&stall, Role::Officer, &seize(0, true, false, as_it_is), when);
    let asked = run(
        checked(),
        &[
            (Role::Officer, ask(Measure::Register), "2026-03-02T10:10"),
            (Role::Head, answer(1, true), "2026-03-02T10:20"),
        ],
    );
    let registered = go(&asked, Role::Officer, &register(1), when);
    let given_back = go(&held, Role::Head, &end(Disposal::Released), "2026-03-02T11:00");
    let transfer = |is_crime, is_told| Act::Transfer { to: "市公安局".to_owned(), is_crime, is_told };
    let approved = go(&held, Role::Head, &Act::ApproveSeizure { number: 1 }, "2026-03-02T11:00");
    let over = go(&approved, Role::Head, &transfer(true, true), "2026-03-02T12:00");
    assert_eq!(over.seizures[0].disposal, Some(Disposal::HandedOver), "强制法21：一并移送");
    let moved = go(&registered, Role::Head, &transfer(false, false), "2026-03-02T12:00");
    let settle = Act::SettleEvidence { number: 1, disposal: Disposal::HandedOver };
    let settled = go(&moved, Role::Head, &settle, "2026-03-03T09:00");
    #[rustfmt::skip]
    expect(&[
        (clue(), Role::Officer, order(), when, None, "处罚法28"),
        (checked(), Role::Officer, order(), when, None, "处罚法28"),
        (clue(), Role::Helper, order(), when, Some(Why::HelperEnforces), "处罚法42"),
        (clue(), Role::Officer, register(0), when, Some(Why::RegistrationUnapproved), "处罚法56"),
        (asked, Role::Officer, register(1), when, None, "处罚法56"),
        (stall.clone(), Role::Officer, seize(0, false, false, as_it_is), when, Some(Why::SeizureUnapproved), "强制法18"),
        (stall, Role::Officer, seize(0, true, false, as_it_is), when, None, "强制法19"),
        (clue(), Role::Officer, seize(0, true, false, as_it_is), when, Some(Why::SeizureNoBasis), "强制法22：案由未定"),
        (held.clone(), Role::Head, Act::ApproveSeizure { number: 1 }, "2026-03-03T10:31", Some(Why::ApprovalLate), "强制法19"),
        (held.clone(), Role::UnitLeader, drop(), "2026-03-02T12:00", Some(Why::SeizureOpen), "强制法28"),
        (registered, Role::UnitLeader, drop(), "2026-03-02T12:00", Some(Why::EvidencePending), "处罚法56"),
        (given_back, Role::UnitLeader, drop(), "2026-03-02T12:00", None, "强制法28"),
        (held, Role::Head, transfer(true, true), "2026-03-02T12:00", Some(Why::SeizureUnapproved), "强制法19、21"),
        (approved.clone(), Role::Head, transfer(true, false), "2026-03-02T12:00", Some(Why::TransferUntold), "强制法21"),
        (approved.clone(), Role::Head, transfer(false, true), "2026-03-02T12:00", Some(Why::SeizureOpen), "强制法27"),
        (approved, Role::Head, transfer(true, true), "2026-04-02T09:00", Some(Why::SeizureOver), "强制法25、28"),
        (over, Role::Officer, Act::ProposeClosing, "2026-03-02T13:00", None, "强制法21"),
        (moved, Role::Officer, Act::ProposeClosing, "2026-03-02T13:00", Some(Why::EvidencePending), "处罚法56"),
        (settled, Role::Officer, Act::ProposeClosing, "2026-03-03T10:00", None, "处罚法56"),
    ]);
}

#[test]
fn a_heavy_penalty_is_discussed_whatever_its_fine() {
    let of = |kinds: &[PenaltyKind], confiscated| Penalty {
        kinds: kinds.iter().copied().collect(),
        confiscated,
        ..fine(0, TierKind::Minor)
    };
    use PenaltyKind::{ConfiscateGain, Licence, StopBusiness, Warning};
    let (case, today, law) = (concluded(), day("2026-03-13"), LAW.law());
    for (penalty, is_heavy, article) in [
        (of(&[Licence], 0), true, "处罚法57、63(3)：吊销许可证件"),
        (of(&[StopBusiness], 0), true, "处罚法57、63(4)：责令停产停业"),
        (of(&[ConfiscateGain], 10_000_000), true, "处罚法57、63(2)：没收较大数额"),
        (of(&[ConfiscateGain], 100), false, "处罚法57"),
        (of(&[Warning], 0), false, "处罚法57"),
    ] {
        assert_eq!(guards::needs_discussion(&case, &penalty, today, &law), is_heavy, "{article}");
        assert_eq!(guards::needs_review(&case, &penalty, today, &law), is_heavy, "{article}");
    }
}

#[test]
fn a_decision_is_changed_revoked_and_withdrawn() {
    let change = |yuan| Act::ChangeDecision { penalty: fine(yuan, TierKind::Minor), reason: "复核从轻".to_owned() };
    let published = go(&executing(), Role::Officer, &publish(), "2026-03-17T09:00");
    let revoke = Act::RevokeDecision { reason: "主体有误".to_owned() };
    let revoked = go(&published, Role::Head, &revoke, "2026-03-18T09:00");
    let withdrawn =
        go(&revoked, Role::Officer, &Act::WithdrawPublication { reason: "决定已撤销".to_owned() }, "2026-03-19T09:00");
    let terms: Vec<(&str, String)> =
        running(&revoked, &LAW.law()).iter().map(|one| (one.term, one.end.last.to_string())).collect();
    assert_eq!(terms.first(), Some(&("withdraw-publication", "2026-03-23".to_owned())), "处罚法48、85：三个工作日");
    #[rustfmt::skip]
    expect(&[
        (executing(), Role::Head, change(4_000), "2026-03-17T09:00", None, "变更"),
        (executing(), Role::Head, change(5_001), "2026-03-17T09:00", Some(Why::ChangeRaises), "处罚法44"),
        (published, Role::Officer, publish(), "2026-03-18T09:00", Some(Why::NotPublishable), "处罚法48"),
        (executing(), Role::Officer, Act::WithdrawPublication { reason: "无".to_owned() }, "2026-03-18T09:00", Some(Why::NotPublished), "处罚法48"),
        (revoked, Role::Officer, Act::ProposeClosing, "2026-03-19T09:00", Some(Why::PublicationStands), "处罚法48"),
        (withdrawn, Role::Officer, Act::ProposeClosing, "2026-03-20T09:00", None, "处罚法48"),
    ]);
}

#[test]
fn what_was_published_stands_and_goes_as_the_law_says() {
    // What the organ's rule publishes is kept back with a reason alone.
    let mut strict = Files { organ: organ(), ..files() };
    strict.organ.publication.from.unit = 1;
    let effect = |effect, reason: &str| Act::Decide {
        penalty: fine(5_000, TierKind::Minor),
        effect,
        effect_reason: reason.to_owned(),
    };
    for (act, expected) in [
        (effect(Effect::No, " "), Some(Why::EffectReasonMissing)),
        (effect(Effect::No, "涉及商业秘密"), None),
        (effect(Effect::ByRule, ""), None),
        (effect(Effect::Yes, ""), None),
    ] {
        let said = carry_out(&awaiting_decision(), &actor(Role::Head), &act, at("2026-03-13T11:00"), &strict.law());
        assert_eq!(said.err().map(|refusal| refusal.key), expected.map(Why::key), "{act:?}");
    }
    let published = go(&executing(), Role::Officer, &publish(), "2026-03-17T09:00");
    let one = published.publications.last().expect("an entry");
    assert_eq!((one.until, one.withdrawn.as_ref()), (day("2029-03-17"), None), "三十六个月");
    // The reason of a withdrawal is read by everybody.
    let reason = |words: &str| Act::WithdrawPublication { reason: words.to_owned() };
    expect(&[
        (
            published.clone(),
            Role::Officer,
            reason("电话13800000027打来"),
            "2026-03-18T09:00",
            Some(Why::PrivateStands),
            "处罚法50",
        ),
        (published.clone(), Role::Officer, reason(" "), "2026-03-18T09:00", Some(Why::WordsMissing), "处罚法48"),
    ]);
    // A court finds it unlawful: it has to go within three working days, and is published no more.
    let begin = Act::BeginRemedy { kind: Exclusion::Suit, on: day("2026-03-18") };
    let end = Act::EndRemedy { on: day("2026-06-01"), ending: Ending::SetAside };
    let judged = run(published, &[(Role::Party, begin, "2026-03-18T10:00"), (Role::Party, end, "2026-06-01T10:00")]);
    let terms: Vec<&str> = running(&judged, &LAW.law()).iter().map(|one| one.term).collect();
    assert!(terms.contains(&"withdraw-publication"), "{terms:?}");
    let withdrawn = go(&judged, Role::Officer, &reason("判决确认违法"), "2026-06-02T09:00");
    let one = withdrawn.publications.last().expect("an entry");
    assert_eq!(one.withdrawn.as_ref().map(|one| one.reason.as_str()), Some("判决确认违法"));
    expect(&[(withdrawn, Role::Officer, publish(), "2026-06-03T09:00", Some(Why::StageElsewhere), "处罚法48")]);
    // What was revoked is not published either, at whatever stage it stands.
    let revoke = Act::RevokeDecision { reason: "主体有误".to_owned() };
    let revoked = go(&executing(), Role::Head, &revoke, "2026-03-18T09:00");
    let closing = go(&revoked, Role::Officer, &Act::ProposeClosing, "2026-03-19T09:00");
    expect(&[(closing, Role::Officer, publish(), "2026-03-19T10:00", Some(Why::NotPublishable), "处罚法48")]);
    // A decision that the organ's rule publishes holds the closing until it is.
    let mut due = executing();
    if let Some(decision) = &mut due.decision {
        decision.effect = Effect::Yes;
    }
    expect(&[(due, Role::Officer, Act::ProposeClosing, "2026-03-20T09:00", Some(Why::PublicationDue), "处罚法48")]);
}

#[test]
fn no_fact_rests_on_evidence_that_was_excluded() {
    let judge =
        |number, is_excluded| Act::JudgeEvidence { number, is_excluded, words: "取证程序有瑕疵".to_owned() };
    let case = investigating();
    assert_eq!(case.evidence.len(), 1);
    let excluded = go(&case, Role::LegalReviewer, &judge(1, true), "2026-03-03T15:00");
    let again = go(&excluded, Role::Head, &judge(1, false), "2026-03-03T16:00");
    let concluded = || conclude(fine(5_000, TierKind::Minor));
    #[rustfmt::skip]
    expect(&[
        (case.clone(), Role::LegalReviewer, judge(2, true), "2026-03-03T15:00", Some(Why::NoSuchThing), "处罚法46"),
        (case.clone(), Role::LegalReviewer, judge(0, true), "2026-03-03T15:00", Some(Why::NoSuchThing), "处罚法46"),
        (case, Role::Officer, judge(1, true), "2026-03-03T15:00", Some(Why::RoleNotAllowed), "处罚法46：承办人不审自己的证据"),
        (excluded, Role::Officer, concluded(), "2026-03-04T09:00", Some(Why::EvidenceMissing), "处罚法40、46"),
        (again, Role::Officer, concluded(), "2026-03-04T09:00", None, "处罚法46：后一次为准"),
    ]);
    // Also what is excluded after the conclusion.
    let at_notice = go(&self::concluded(), Role::LegalReviewer, &judge(1, true), "2026-03-04T10:00");
    let at_decision = go(&awaiting_decision(), Role::Head, &judge(1, true), "2026-03-13T10:30");
    let five = || fine(5_000, TierKind::Minor);
    #[rustfmt::skip]
    expect(&[
        (at_notice, Role::Officer, notify(five(), false), "2026-03-05T09:00", Some(Why::EvidenceMissing), "处罚法40、46"),
        (at_decision, Role::Head, decide_on(five()), "2026-03-13T11:00", Some(Why::EvidenceMissing), "处罚法40、46"),
    ]);
}

/// The package's law with another clause for uncovered loads from 10 March 2026 on.
fn changed_law(least: i64, most: i64, ends: bool) -> Files {
    let mut files = Sources::embedded().folder(super::super::matters::FOLDER);
    let file = files.iter_mut().find(|(path, _)| path.ends_with("sanitation.toml")).expect("the file");
    let begin = file.1.find("[[matter]]\nid = \"uncovered-transport\"").expect("the matter");
    let length = file.1[begin + 1..].find("[[matter]]").expect("the next") + 1;
    let row = file.1[begin..begin + length].to_owned();
    let old = row.replacen("certainty", "until = \"2026-03-09\"\ncertainty", 1);
    let (head, _) = row.split_once("[[matter.tier]]").expect("tiers");
    let new = head
        .replace("2017-10-01", "2026-03-10")
        .replace("citizen = [2000, 20000]", &format!("citizen = [{least}, {most}]"))
        .replace("unit = [2000, 20000]", &format!("unit = [{least}, {most}]"));
    file.1.replace_range(begin..begin + length, &if ends { old } else { format!("{old}\n{new}\n") });
    let law = LAW.law();
    Files {
        terms: law.terms.clone(),
        matters: Matters::load(&files).expect("matters"),
        organ: law.organ.clone(),
        questions: Questions::default(),
        calendar: law.calendar.clone(),
    }
}

#[test]
fn the_older_rule_or_the_milder_newer_one() {
    let (milder, harsher, ended) =
        (changed_law(1_000, 10_000, false), changed_law(5_000, 50_000, false), changed_law(0, 1, true));
    // The act was on 1 March, the clause changed on 10 March, the inquiry ends on 12 March.
    let said = |law: &Files, rule: Rule, reason: &str| {
        let mut penalty = fine(5_000, TierKind::Minor);
        (penalty.rule, penalty.rule_reason) = (rule, reason.to_owned());
        let act = conclude(penalty);
        let said = carry_out(&investigating(), &actor(Role::Officer), &act, at("2026-03-12T09:00"), &law.law());
        said.err().map(|refusal| refusal.key)
    };
    use Rule::{OfTheAct, OfTheDecision};
    for (law, rule, reason, expected, article) in [
        (&milder, OfTheAct, "", Some(Why::MilderRuleIgnored), "处罚法37：从轻"),
        (&milder, OfTheDecision, "", Some(Why::RuleReasonMissing), "处罚法37：写明理由"),
        (&milder, OfTheDecision, "新条款处罚较轻", None, "处罚法37：从轻"),
        (&harsher, OfTheAct, "", None, "处罚法37：从旧"),
        (&harsher, OfTheDecision, "新条款", Some(Why::NewerRuleHarsher), "处罚法37：从旧"),
        (&ended, OfTheAct, "", Some(Why::RuleReasonMissing), "处罚法37：已废止"),
        (&ended, OfTheAct, "由新法典承接，处罚不轻", None, "处罚法37"),
        (&ended, OfTheDecision, "已废止", Some(Why::NoLongerUnlawful), "处罚法37"),
        (&LAW, OfTheDecision, "", None, "处罚法37：未变化"),
    ] {
        assert_eq!(said(law, rule, reason), expected.map(Why::key), "{article} {rule:?}");
    }
}

#[test]
fn the_terms_that_run_are_on_the_board() {
    let terms = |case: &Case| -> Vec<(&'static str, String)> {
        running(case, &LAW.law()).iter().map(|one| (one.term, one.end.last.to_string())).collect()
    };
    assert_eq!(terms(&clue()), [("clue-check", "2026-03-17".to_owned())]);
    assert_eq!(terms(&notified()), [("statement", "2026-03-12".to_owned()), ("decision", "2026-06-01".to_owned())]);
    let own = |all: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        all.iter().map(|(term, last)| (*term, (*last).to_owned())).collect()
    };
    // Served on 16 March: the party pays, asks for review, sues; then the court may be asked for three months.
    let remedies = [("review", "2026-05-15"), ("suit", "2026-09-16"), ("court-application", "2026-12-16")];
    // And thirty days after the last day of payment, should it be late, the late fee may be enforced.
    let paying = [("payment", "2026-03-31"), ("late-fee-enforcement", "2026-04-30")];
    assert_eq!(terms(&executing()), own(&[&paying[..], &remedies[..]].concat()), "强制法46、53");
    let remind = Act::Remind { officers: two(), service: Service::by(Manner::Direct) };
    let reminded = go(&executing(), Role::Officer, &remind, "2026-09-02T09:00");
    assert!(terms(&reminded).contains(&("court-reminder", "2026-09-16".to_owned())), "强制法54、69");
    let asked = go(&reminded, Role::Head, &Act::AskCourt, "2026-09-17T09:00");
    assert_eq!(terms(&asked), own(&[("payment", "2026-03-31"), ("review", "2026-05-15"), ("suit", "2026-09-16")]));
    // After a review its own term stands in place of the other two; while it goes on none runs.
    let begin = Act::BeginRemedy { kind: Exclusion::Review, on: day("2026-04-10") };
    let reviewing = go(&executing(), Role::Party, &begin, "2026-04-10T09:00");
    assert_eq!(terms(&reviewing), own(&[("payment", "2026-03-31")]));
    let end = Act::EndRemedy { on: day("2026-05-20"), ending: Ending::Upheld };
    let reviewed = go(&reviewing, Role::Party, &end, "2026-05-20T09:00");
    let after = [("payment", "2026-03-31"), ("suit-after-review", "2026-06-04"), ("court-application", "2026-09-04")];
    assert_eq!(terms(&reviewed), own(&after), "行诉法45");
    let payment = Payment { on: day("2026-03-20"), amount: 500_000, towards: Towards::Fine, receipt: "N1".to_owned() };
    let paid = go(&executing(), Role::Treasurer, &Act::RecordPayment { payment }, "2026-03-20T10:00");
    let closing = own(&[("closing", "2026-04-04"), ("review", "2026-05-15"), ("suit", "2026-09-16")]);
    assert_eq!(terms(&paid), closing, "住建部令55号：结案");
    // A note moves nothing; what is proposed still waits for the form.
    let noted = go(&paid, Role::Officer, &Act::RecordNote { words: "电话回访".to_owned() }, "2026-03-30T10:00");
    let proposed = go(&noted, Role::Officer, &Act::ProposeClosing, "2026-03-31T10:00");
    assert_eq!((terms(&noted), terms(&proposed)), (closing.clone(), closing));
    let closed = go(&proposed, Role::Head, &Act::ApproveClosing, "2026-04-01T10:00");
    assert_eq!(terms(&closed), own(&remedies[..2]));
    // Revoked: nobody pays or sues any more, and the closing waits from that day.
    let revoke = || Act::RevokeDecision { reason: "主体有误".to_owned() };
    let revoked = go(&executing(), Role::Head, &revoke(), "2026-04-08T09:00");
    assert_eq!(terms(&revoked), own(&[("closing", "2026-04-23")]));
    assert_eq!(terms(&go(&proposed, Role::Head, &revoke(), "2026-04-08T09:00")), []);
    assert_eq!(terms(&unsummoned())[0], ("hearing-notice", "2026-03-09".to_owned()), "处罚法64(2)");
    // Nobody of the organ is late with what the party may do, nor with what is waited for.
    let organs = |case: &Case| -> Vec<&'static str> {
        let all = running(case, &LAW.law());
        all.iter().filter(|one| one.whose() == Whose::Organ).map(|one| one.term).collect()
    };
    assert_eq!(organs(&notified()), ["decision"]);
    // Their ends are told all the same, one after the other.
    let next = |case: &Case, since: &str| passing(case, at(since), &LAW.law()).map(|one| one.term);
    assert_eq!(next(&notified(), "2026-03-05T09:00"), Some("statement"));
    assert_eq!(next(&notified(), "2026-03-13T00:00"), None);
    assert_eq!(next(&executing(), "2026-03-16T09:00"), Some("payment"));
    assert_eq!(next(&executing(), "2026-04-01T00:00"), Some("suit"), "强制法53");
    assert_eq!(next(&reminded, "2026-09-02T09:00"), Some("suit"), "强制法53");
    assert_eq!(next(&paid, "2026-04-01T00:00"), None, "nobody sues for the organ");
    assert_eq!(organs(&reminded), ["court-application"]);
    assert_eq!(organs(&paid), ["closing"]);
    let decided = go(&awaiting_decision(), Role::Head, &decide_on(fine(5_000, TierKind::Minor)), "2026-03-13T11:00");
    assert_eq!(terms(&decided), [("service", "2026-03-24".to_owned())]);
}

#[test]
fn whoevers_turn_it_is_has_a_way_on() {
    for &stage in Stage::ALL {
        let Some(role) = stage.waits_for() else {
            assert!(stage.is_over(), "{}", stage.word());
            continue;
        };
        let goes_on =
            Step::ALL.iter().filter_map(|step| way(*step, stage)).any(|way| way.to != stage && way.who.contains(&role));
        assert!(goes_on, "{} waits for {}", stage.word(), role.word());
    }
}
