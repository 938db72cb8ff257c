//! Which decisions are published, what of them is read, and what must not be.

use super::super::case::tests::{LAW, at, executing_of};
use super::super::case::{Party, PartyForm};
use super::super::matters::PenaltyKind;
use super::*;
use std::collections::BTreeSet;

fn party(name: &str, form: PartyForm) -> Party {
    Party { name: name.to_owned(), form, age: None, is_unaccountable: false, code: String::new() }
}

fn case(name: &str, form: PartyForm) -> Case {
    executing_of(party(name, form))
}

fn background() -> Background {
    Background {
        number: "望城管罚决字〔2026〕12号".into(),
        facts: "江石生（电话13800000027）于2026年3月1日在古渡路12号装运渣土未覆盖，车牌浙A12345。".into(),
        code: "91990100MA0X2Y3Z4K".into(),
        names: vec!["许文茂".into()],
        ..Background::default()
    }
}

#[test]
fn an_entry_says_what_the_case_knows_and_nothing_of_anybody() {
    let person = case("江石生", PartyForm::Citizen);
    let facts = first_facts(&person, &background());
    assert_eq!(facts, "江某（电话＊＊）于2026年3月1日在古渡路＊＊装运渣土未覆盖，车牌＊＊。");
    let said = entry(&person, &LAW.law(), &background(), &facts).expect("a decision");
    assert_eq!((said.party.as_str(), said.code.as_str()), ("江某", ""));
    assert!(said.basis.contains("违反《") && said.basis.contains("依据《"), "{}", said.basis);
    assert_eq!(said.content, ["罚款人民币伍仟元整（¥5,000.00）。"]);
    assert_eq!(said.decided_on.map(|day| day.to_string()).as_deref(), Some("2026-03-13"));
    assert_eq!(check(&person, &said, &background().names), Ok(()));

    // A company keeps its name, the place of the act, and the last signs of its code.
    let unit = case("某运输公司", PartyForm::Unit);
    let facts = first_facts(&unit, &background());
    assert!(facts.contains("古渡路12号") && !facts.contains("13800000027"), "{facts}");
    let said = entry(&unit, &LAW.law(), &background(), &facts).expect("a decision");
    assert_eq!((said.party.as_str(), said.code.as_str()), ("某运输公司", "3Z4K"));
    // Without a paper the clue is what there is.
    assert!(!first_facts(&unit, &Background::default()).is_empty());
}

#[test]
fn what_is_somebodys_is_not_published() {
    let person = case("江石生", PartyForm::Citizen);
    let good = entry(&person, &LAW.law(), &background(), "装运渣土未覆盖").expect("a decision");
    let with = |facts: &str| Entry { facts: facts.into(), ..good.clone() };
    for (said, expected, field) in [
        (good.clone(), None, ""),
        (with(""), Some(Why::WordsMissing), "facts"),
        (with("江石生装运渣土"), Some(Why::NameStands), "facts"),
        (with("江 石 生装运渣土"), Some(Why::NameStands), "facts"),
        (with("许文茂指使"), Some(Why::NameStands), "facts"),
        (with("电话13800000027"), Some(Why::PrivateStands), "facts"),
        (with("在古渡路12号"), Some(Why::PrivateStands), "facts"),
        (with("车辆浙A12345"), Some(Why::PrivateStands), "facts"),
        (Entry { party: "江石生".into(), ..good.clone() }, Some(Why::NameStands), ""),
        (Entry { party: "江石某".into(), ..good.clone() }, Some(Why::NameStands), ""),
        (Entry { number: " ".into(), ..good.clone() }, Some(Why::WordsMissing), "decision_number"),
        (Entry { number: "13800000027".into(), ..good.clone() }, Some(Why::PrivateStands), "decision_number"),
    ] {
        let found = check(&person, &said, &background().names);
        let key = found.as_ref().err().map(|refusal| refusal.key);
        assert_eq!(key, expected.map(Why::key), "{said:?}");
        assert_eq!(found.err().and_then(|refusal| refusal.field).unwrap_or_default(), field, "{said:?}");
    }
    // What a sole trader is called in public may be written otherwise, never with the name.
    let trader = case("听涛街便利店（经营者：罗春）", PartyForm::SoleTrader);
    let good = entry(&trader, &LAW.law(), &background(), "装运渣土未覆盖").expect("a decision");
    assert_eq!(good.party, "听涛街便利店（经营者：罗某）");
    assert_eq!(check(&trader, &Entry { party: "听涛街便利店".into(), ..good.clone() }, &[]), Ok(()));
    let named = Entry { party: "听涛街便利店（罗春）".into(), ..good };
    assert_eq!(check(&trader, &named, &[]).expect_err("the name").key, Why::NameStands.key());
}

#[test]
fn the_organs_rule_says_which_decisions_are_published_and_for_how_long() {
    let rule = &LAW.law().organ.publication;
    let penalty = |kinds: &[PenaltyKind], fine: i64| {
        let decided = case("某运输公司", PartyForm::Unit).decision.expect("a decision").penalty;
        super::super::case::Penalty { kinds: kinds.iter().copied().collect::<BTreeSet<_>>(), fine, ..decided }
    };
    use super::super::matters::PartyKind::{Citizen, Unit};
    use PenaltyKind::{Criticism, Fine, Licence, StopBusiness, Warning};
    for (party, kinds, fine, is_published, months) in [
        (Citizen, &[Fine][..], 499_999, false, 36),
        (Citizen, &[Fine], 500_000, true, 36),
        (Unit, &[Fine], 4_999_999, false, 36),
        (Unit, &[Fine], 5_000_000, true, 36),
        (Unit, &[Warning], 0, false, 3),
        (Unit, &[Warning, Criticism], 0, false, 3),
        (Unit, &[Warning, Fine], 1, false, 36),
        (Unit, &[Licence], 0, true, 36),
        (Citizen, &[StopBusiness], 0, true, 36),
    ] {
        let penalty = penalty(kinds, fine);
        assert_eq!(rule.has_effect(party, &penalty), is_published, "{party:?} {kinds:?} {fine}");
        assert_eq!(rule.months(Some(&penalty)), months, "{kinds:?}");
    }
}

#[test]
fn the_term_of_publication_runs_from_the_decision_and_holds_the_closing() {
    // 5,000 yuan: of social effect for a citizen, not for a company. Decided on Friday 13 March 2026.
    let end = |case: &Case| {
        let all = super::super::case::running(case, &LAW.law());
        all.into_iter().find(|one| one.term == "publication").map(|one| one.end.last.to_string())
    };
    let mut person = case("江石生", PartyForm::Citizen);
    assert_eq!(end(&person).as_deref(), Some("2026-03-24"), "七个工作日");
    assert_eq!(end(&case("某运输公司", PartyForm::Unit)), None);
    if let Some(decision) = &mut person.decision {
        decision.effect = Effect::No;
    }
    assert_eq!(end(&person), None, "whoever decided said no");
    let mut unit = case("某运输公司", PartyForm::Unit);
    if let Some(decision) = &mut unit.decision {
        decision.effect = Effect::Yes;
    }
    assert!(is_due(&unit, &LAW.law()).is_some());
    // What was published and taken back is nobody's debt; a decision that was set aside is not published.
    let shown = entry(&unit, &LAW.law(), &background(), "未覆盖").expect("a decision");
    let once = Publication {
        entry: shown,
        at: at("2026-03-17T09:00"),
        until: "2029-03-17".parse().expect("a day"),
        withdrawn: None,
    };
    let before = Case { publications: vec![once], ..unit.clone() };
    assert_eq!(is_due(&before, &LAW.law()), None);
    if let Some(decision) = &mut unit.decision {
        decision.is_set_aside = true;
    }
    assert_eq!(is_due(&unit, &LAW.law()), None);
}

#[test]
fn codes_tell_the_entries_of_a_case_apart() {
    assert_eq!([0, 1, 2].map(|place| code("2026-00012", place)), ["2026-00012", "2026-00012-2", "2026-00012-3"]);
}
