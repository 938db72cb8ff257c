use super::super::case::tests::{LAW, archive, at, decided, executing, notified, ready_to_tell, serve_with, tell_with};
use super::super::case::{Case, Manner, Outside, Service};
use super::*;
use crate::kit::sources::Sources;

fn names() -> Kinds {
    let text = Sources::embedded().text("letters/kinds.toml").expect("the kinds");
    Kinds::read(&text).expect("readable")
}

fn paper(kind: &str, number: &str, since: &str, says: Option<&Penalty>) -> InForce {
    let paper = Named { kind: kind.to_owned(), number: number.to_owned() };
    InForce { paper, since: at(since), penalties: says.map(penalties) }
}

fn said(case: &Case, act: &Act, papers: &[InForce]) -> Option<&'static str> {
    papered(case, act, &[], papers, &names(), &LAW.law()).err().map(|refusal| refusal.key)
}

fn by(one: &InForce) -> Service {
    Service { paper: Some(one.paper.clone()), ..Service::by(Manner::Direct) }
}

#[test]
fn nothing_is_served_that_was_not_issued() {
    let (told, case) = (ready_to_tell(), decided());
    let concluded = told.conclusion.as_ref().and_then(|one| one.penalty.clone()).expect("a proposal");
    let announced = notified().notice().map(|one| one.penalty.clone()).expect("a notice");
    let other = Penalty { fine: announced.fine + 100, ..announced };
    let notice = paper("penalty-notice", "告1", "2026-03-05T08:00", Some(&concluded));
    let early = paper("penalty-notice", "告0", "2026-03-03T08:00", Some(&concluded));
    let differs = paper("penalty-notice", "告2", "2026-03-05T08:00", Some(&other));
    let decision = paper("penalty-decision", "决1", "2026-03-13T12:00", Some(&concluded));
    let old = paper("penalty-decision", "决0", "2026-03-13T10:00", Some(&concluded));
    // From outside only its day is known.
    let outside = paper("penalty-decision", "外1", "2026-03-13T00:00", None);
    let all = [notice.clone(), early.clone(), differs.clone(), decision.clone(), old.clone(), outside.clone()];
    let none = Service::by(Manner::Direct);
    let post = Service { received_on: Some("2026-03-12".parse().expect("a day")), ..by(&decision) };
    #[rustfmt::skip]
    let rows: [(&Case, Act, Option<Why>, &str); 10] = [
        (&told, tell_with(none.clone()), Some(Why::NoticeUnissued), "处罚法44"),
        (&told, tell_with(by(&notice)), None, "处罚法44"),
        (&told, tell_with(by(&early)), Some(Why::NoticeUnissued), "调查终结之前制作"),
        (&told, tell_with(by(&differs)), Some(Why::PaperDiffers), "告知书与告知内容一致"),
        (&told, tell_with(by(&decision)), Some(Why::NoticeUnissued), "不是告知书"),
        (&case, serve_with(none), Some(Why::DecisionUnissued), "处罚法59"),
        (&case, serve_with(by(&decision)), None, "处罚法59、61"),
        (&case, serve_with(by(&old)), Some(Why::DecisionUnissued), "决定之前制作"),
        (&case, serve_with(by(&outside)), None, "自备文书"),
        (&case, serve_with(post), Some(Why::DateBackwards), "早于文书日期"),
    ];
    for (case, act, expected, article) in rows {
        assert_eq!(said(case, &act, &all), expected.map(Why::key), "{article}");
    }
    // A paper that was voided, or never existed, is not in force.
    assert_eq!(said(&case, &serve_with(by(&decision)), &[]), Some(Why::DecisionUnissued.key()));
    let mut served = case.clone();
    served.served.push(Delivered { paper: decision.paper.clone(), at: case.last_at });
    assert_eq!(said(&served, &serve_with(by(&decision)), &all), Some(Why::PaperServed.key()));
}

#[test]
fn a_file_is_archived_whole() {
    let case = Case { stage: super::super::case::Stage::Closed, ..executing() };
    let fact = |act: Act| super::super::case::Fact {
        case: 1,
        what: act.step(super::super::case::Stage::Decided),
        by: Some(1),
        role: super::super::case::Role::Officer,
        at: case.last_at,
        stage: case.stage,
        revision: 2,
        law: (String::new(), String::new()),
        act,
    };
    let decision = paper("penalty-decision", "决1", "2026-03-13T12:00", None);
    let facts =
        [fact(tell_with(Service::by(Manner::Direct))), fact(serve_with(by(&decision))), fact(Act::ApproveClosing)];
    let law = LAW.law();
    assert_eq!(
        lacking(&case, &facts, std::slice::from_ref(&decision), &law),
        ["penalty-notice", "service-receipt", "closing-approval"]
    );
    let receipt = paper("service-receipt", "", "2026-03-16T12:00", None);
    let mut papers = vec![decision, receipt.clone(), paper("closing-approval", "结1", "2026-04-03T12:00", None)];
    let refusal =
        papered(&case, &archive("long", "2026-0001", 50, 51), &facts, &papers, &names(), &law).expect_err("not whole");
    assert_eq!(refusal.key, Why::FileIncomplete.key());
    let what = refusal.args.iter().find(|(name, _)| *name == "what").map(|(_, what)| what.as_str());
    assert_eq!(what, Some("行政处罚事先告知书、送达回证"), "one receipt for each paper");
    // What was made outside counts by its kind.
    papers.push(receipt);
    let outside = Outside {
        paper: Named { kind: "penalty-notice".to_owned(), number: "外1".to_owned() },
        on: "2026-03-05".parse().expect("a day"),
        at: case.last_at,
        reason: "停电，使用编号文书".to_owned(),
    };
    let case = Case { outside: vec![outside], ..case };
    papers.extend(in_force(&case, &[], &law));
    assert_eq!(papered(&case, &archive("long", "2026-0001", 50, 51), &facts, &papers, &names(), &law), Ok(()));
}
