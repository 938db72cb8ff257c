use super::*;
use crate::rolls::roll::{Counts, Subject};

/// The words of a city that calls two things by names.
fn words(subject: Subject) -> Vocabulary {
    Vocabulary::of(subject, &|lang, key| match (lang, key) {
        ("zh-Hans", "people-post-keeper") => "采集员（监督员）".to_owned(),
        ("zh-Hans", "people-kind-squad") => "中队".to_owned(),
        _ => key.to_owned(),
    })
}

fn unit(id: Id, code: &str, name: &str, parent: Option<Id>, kind: &str) -> Department {
    Department {
        id,
        code: code.into(),
        name_zh: name.into(),
        name_en: name.into(),
        parent,
        kind: kind.into(),
        phone: "12319".into(),
        is_active: true,
    }
}

fn person(id: Id, login: &str, number: &str, post: Post, code: &str) -> Person {
    Person {
        id,
        login: login.into(),
        name: format!("名{id}"),
        post,
        department_code: code.into(),
        employee_number: number.into(),
        is_active: true,
    }
}

fn city() -> City {
    City {
        departments: vec![
            unit(1, "100", "大队", None, "brigade"),
            unit(2, "101", "监督中心", Some(1), "supervision_centre"),
            unit(3, "110", "市容中队", Some(1), "squad"),
            unit(4, "401", "自来水公司", None, "utility"),
            unit(5, "402", "同名", None, "unit"),
            unit(6, "403", "同名", None, "unit"),
        ],
        people: vec![
            person(11, "keeper1", "K1", Post::Keeper, "101"),
            person(12, "desk1", "", Post::DepartmentDesk, "401"),
            Person { is_active: false, ..person(13, "gone", "G1", Post::Leader, "100") },
            person(14, "sysadmin", "", Post::SystemAdmin, "100"),
        ],
    }
}

const STAFF: [Field; 5] = [Field::EmployeeNumber, Field::Login, Field::Name, Field::Post, Field::DepartmentCode];

fn line(at: u64, fields: &[Field], cells: &[&str]) -> Line {
    let said = fields.iter().zip(cells).map(|(field, cell)| (*field, (*cell).to_owned())).collect();
    Line { at, said, broken: None }
}

/// The verdict of one row of staff: its word, and the key of its refusal or what it changes.
fn of_staff(cells: [&str; 5]) -> (&'static str, String) {
    let judged = staff(&[line(2, &STAFF, &cells)], &city(), &words(Subject::Staff));
    told(&judged[0])
}

fn told(one: &Judged) -> (&'static str, String) {
    let said = match &one.no {
        Some(no) => no.key.clone(),
        None => one
            .changes
            .iter()
            .map(|change| format!("{}:{}>{}", change.field.word(), change.from, change.to))
            .collect::<Vec<_>>()
            .join(" "),
    };
    (one.what.word(), said)
}

#[test]
fn a_row_of_staff_says_what_comes_of_it() {
    for (cells, what, said) in [
        (["N1", "new1", "新人", "采集员", "101"], "new", ""),
        (["N1", "New1 ", "新人", "keeper", "监督中心"], "new", ""),
        (["N1", "", "新人", "监督员", "101"], "new", ""),
        (["", "leader9", "新人", "leader", ""], "new", ""),
        (["K1", "keeper1", "名11", "keeper", "101"], "same", ""),
        (["K1", "", "名11", "", "101"], "same", ""),
        (["K1", "keeper1", "改名", "keeper", "100"], "changed", "name:名11>改名 department_code:101>100"),
        (["K9", "keeper1", "名11", "keeper", "101"], "changed", "employee_number:K1>K9"),
        (["", "keeper1", "名11", "keeper", "101"], "changed", "employee_number:K1>"),
        (["K1", "keeper1", "名11", "leader", ""], "changed", "post:keeper>leader department_code:101>"),
        (["", "sysadmin", "方", "system_admin", "100"], "changed", "name:名14>方"),
        // What stands as it stood is not judged anew: somebody has let it be.
        (["", "desk1", "名12", "department_desk", "401"], "same", ""),
        (["", "", "新人", "keeper", "101"], "refused", "rolls-row-login-missing"),
        (["工号7", "", "新人", "keeper", "101"], "refused", "rolls-row-login-missing"),
        (["keeper1", "", "新人", "keeper", "101"], "refused", "rolls-row-login-missing"),
        (["N1", "新 人", "新人", "keeper", "101"], "refused", "people-login-form"),
        (["N 1", "new1", "新人", "keeper", "101"], "refused", "people-employee-number-form"),
        (["N1", "new1", "", "keeper", "101"], "refused", "rolls-row-missing"),
        (["N1", "new1", "新人", "", "101"], "refused", "rolls-row-missing"),
        (["N1", "new1", "新人", "院长", "101"], "refused", "rolls-post-unknown"),
        (["N1", "new1", "新人", "keeper", "999"], "refused", "rolls-department-unknown"),
        (["N1", "new1", "新人", "leader", "同名"], "refused", "rolls-department-several"),
        (["N1", "new1", "新人", "acceptor", "401"], "refused", "people-post-not-there"),
        (["N1", "new1", "新人", "crew_member", ""], "refused", "people-post-needs-department"),
        (["N1", "new1", "新人", "audit_admin", "100"], "refused", "people-post-administrator"),
        (["", "sysadmin", "名14", "leader", "100"], "refused", "rolls-row-administrator"),
        (["K1", "keeper1", "名11", "security_admin", "101"], "refused", "rolls-row-administrator"),
        (["K1", "desk1", "名11", "keeper", "101"], "refused", "rolls-row-two-people"),
        (["K1", "other", "名11", "keeper", "101"], "refused", "rolls-row-login-stays"),
        (["N1", "new1", "=A1&B1", "keeper", "101"], "refused", "rolls-row-formula"),
        (["≈2.026e17", "new1", "新人", "keeper", "101"], "refused", "rolls-row-rounded"),
    ] {
        assert_eq!(of_staff(cells), (what, said.to_owned()), "{cells:?}");
    }
    let long = "长".repeat(LONGEST_NAME + 1);
    assert_eq!(of_staff(["N1", "new1", &long, "keeper", "101"]).1, "rolls-row-long");
    let derived = staff(&[line(2, &STAFF, &["N1", "", "新人", "keeper", "101"])], &city(), &words(Subject::Staff));
    assert_eq!((derived[0].said(Field::Login), derived[0].odd[0].key.as_str()), ("n1", "rolls-odd-login"));
    let inactive = staff(&[line(2, &STAFF, &["G1", "gone", "名13", "leader", "100"])], &city(), &words(Subject::Staff));
    assert_eq!((inactive[0].what, inactive[0].odd[0].key.as_str()), (What::Same, "rolls-odd-inactive"));
}

#[test]
fn a_column_that_is_not_there_changes_nothing() {
    let lines = [line(2, &[Field::EmployeeNumber, Field::Name], &["K1", "改名"])];
    let judged = staff(&lines, &city(), &words(Subject::Staff));
    assert_eq!(told(&judged[0]), ("changed", "name:名11>改名".to_owned()));
    let lines = [line(2, &[Field::Code, Field::NameZh], &["110", "市容秩序中队"])];
    let judged = departments(&lines, &city(), &words(Subject::Departments));
    assert_eq!(told(&judged[0]), ("changed", "name_zh:市容中队>市容秩序中队".to_owned()));
}

#[test]
fn two_rows_about_one_person_are_told_of_each_other() {
    let lines = [
        line(2, &STAFF, &["N1", "new1", "甲", "keeper", "101"]),
        line(3, &STAFF, &["N1", "new2", "乙", "keeper", "101"]),
        line(4, &STAFF, &["N2", "NEW1", "丙", "keeper", "101"]),
        line(5, &STAFF, &["K1", "", "名11", "keeper", "101"]),
        line(6, &STAFF, &["", "keeper1", "名11", "keeper", "101"]),
        line(7, &STAFF, &["n5", "", "丁", "keeper", "101"]),
        line(8, &STAFF, &["", "n5", "戊", "keeper", "101"]),
    ];
    let judged = staff(&lines, &city(), &words(Subject::Staff));
    let keys: Vec<String> = judged[..7].iter().map(|one| told(one).1).collect();
    let twice = ["rolls-row-number-twice", "rolls-row-login-twice"];
    assert_eq!(keys, ["", twice[0], twice[1], "", twice[1], "", twice[1]]);
    let row = |place: usize| judged[place].no.as_ref().and_then(|no| no.args.last().cloned());
    assert_eq!(row(1), Some(("row".to_owned(), "2".to_owned())));
    assert_eq!(row(4), Some(("row".to_owned(), "5".to_owned())));
    // Whoever a refused row speaks of is not missing; administrators are never asked to leave; the inactive are not named.
    let missing: Vec<(&str, usize)> = judged[7..].iter().map(|one| (one.said(Field::Login), one.odd.len())).collect();
    assert_eq!(missing, [("desk1", 0), ("sysadmin", 1)]);
    let counts = Counts::of(&judged);
    assert_eq!((counts.new, counts.refused, counts.missing, counts.leaving), (2, 4, 2, 1));
}

const UNITS: [Field; 6] = [Field::Code, Field::NameZh, Field::NameEn, Field::ParentCode, Field::Kind, Field::Phone];

fn of_units(rows: &[[&str; 6]]) -> Vec<(&'static str, String)> {
    let lines: Vec<Line> = (2..).zip(rows).map(|(at, cells)| line(at, &UNITS, cells)).collect();
    let judged = departments(&lines, &city(), &words(Subject::Departments));
    judged[..rows.len()].iter().map(told).collect()
}

#[test]
fn a_row_of_departments_says_what_comes_of_it() {
    for (cells, what, said) in [
        (["110", "市容中队", "市容中队", "100", "squad", "12319"], "same", ""),
        (["110", "市容中队", "市容中队", "大队", "中队", "12319"], "same", ""),
        (
            ["110", "新名", "New", "101", "squad", "0990-1 转 2"],
            "changed",
            "name_zh:市容中队>新名 name_en:市容中队>New parent_code:100>101 phone:12319>0990-1 转 2",
        ),
        (["A-1", "新中队", "", "100", "中队", ""], "new", ""),
        (["", "新中队", "", "", "squad", ""], "refused", "people-department-code"),
        (["新", "新中队", "", "", "squad", ""], "refused", "people-department-code"),
        (["A-1", "", "", "", "squad", ""], "refused", "rolls-row-missing"),
        (["A-1", "新中队", "", "", "", ""], "refused", "rolls-row-missing"),
        (["A-1", "新中队", "", "", "商店", ""], "refused", "rolls-kind-unknown"),
        (["A-1", "新中队", "", "999", "squad", ""], "refused", "rolls-department-unknown"),
        (["A-1", "新中队", "", "同名", "squad", ""], "refused", "rolls-department-several"),
        (["A-1", "新中队", "", "", "squad", "找老王"], "refused", "rolls-row-phone"),
        (["A-1", "新中队", "", "", "squad", "12"], "refused", "rolls-row-phone"),
        (["A-1", "新中队", "", "A-1", "squad", ""], "refused", "rolls-row-circle"),
        (["100", "大队", "大队", "110", "brigade", "12319"], "refused", "rolls-row-circle"),
        (["A-1", "新中队", "", "", "squad", "=B2"], "refused", "rolls-row-formula"),
    ] {
        assert_eq!(of_units(&[cells]), [(what, said.to_owned())], "{cells:?}");
    }
    let long = "长".repeat(81);
    assert_eq!(of_units(&[["A-1", &long, "", "", "squad", ""]])[0].1, "rolls-row-long");
}

#[test]
fn a_tree_may_stand_in_any_order_but_in_no_circle() {
    let told = of_units(&[
        ["A-3", "三", "", "二", "squad", ""],
        ["A-2", "二", "", "A-1", "squad", ""],
        ["A-1", "一", "", "100", "squad", ""],
        ["B-1", "甲", "", "B-2", "squad", ""],
        ["B-2", "乙", "", "B-1", "squad", ""],
        ["B-3", "丙", "", "B-2", "squad", ""],
        ["C-1", "丁", "", "C-2", "squad", ""],
        ["C-2", "戊", "", "", "shop", ""],
        ["A-1", "己", "", "", "squad", ""],
    ]);
    let keys: Vec<&str> = told.iter().map(|(_, said)| said.as_str()).collect();
    let (circle, parent) = ("rolls-row-circle", "rolls-parent-refused");
    assert_eq!(keys, ["", "", "", circle, circle, parent, parent, "rolls-kind-unknown", "rolls-row-code-twice"]);
    let lines: Vec<Line> = (2..)
        .zip([
            ["A-3", "三", "", "A-2", "squad", ""],
            ["A-2", "二", "", "A-1", "squad", ""],
            ["A-1", "一", "", "", "squad", ""],
        ])
        .map(|(at, cells)| line(at, &UNITS, &cells))
        .collect();
    let judged = departments(&lines, &city(), &words(Subject::Departments));
    assert_eq!(in_order(&judged).iter().map(|one| one.at).collect::<Vec<_>>(), [4, 3, 2]);
    assert_eq!(judged[3..].iter().filter(|one| one.what == What::Missing).count(), 6);
}

#[test]
fn ten_thousand_rows_are_judged_at_once() {
    let lines: Vec<Line> =
        (0..10_000).map(|n| line(n + 2, &STAFF, &["", &format!("p{n}"), "某人", "keeper", "101"])).collect();
    let judged = staff(&lines, &city(), &words(Subject::Staff));
    assert_eq!(Counts::of(&judged).new, 10_000);
}
