//! The catalog that the package carries, and every fault that is found in one.

use super::*;
use crate::kit::sources::Sources;
use jiff::civil::date;

fn demo() -> Catalog {
    Catalog::load(&Sources::of_demo().folder(FOLDER)).expect("the demonstration's catalog")
}

fn key(word: &str) -> Key {
    demo().key_of(word).expect(word)
}

#[test]
fn the_packages_catalog_has_no_problem_and_is_whole() {
    assert_eq!(check(&Sources::embedded().folder(FOLDER)), []);
    assert_eq!(check(&Sources::of_demo().folder(FOLDER)), []);
    let catalog = demo();
    let counts: Vec<(&str, usize)> =
        catalog.code_sets().iter().map(|set| (set.key.as_str(), set.sub_classes.len())).collect();
    assert_eq!(counts, [("CJ/T 214-2007", 139), ("GB/T 30428.2-2013", 207)]);
    assert_eq!(catalog.condition_count(), 522);
    assert_eq!(catalog.everyday().len(), 24);
    assert_eq!(catalog.version().len(), 12);
}

#[test]
fn a_code_counts_only_with_its_kind_and_code_set() {
    let catalog = demo();
    let name = |key: &Key| catalog.sub_class(key).map(|sub_class| sub_class.name.zh.clone());
    assert_eq!(name(&key("event-0301")).as_deref(), Some("施工扰民"));
    assert_eq!(name(&key("component-0301")).as_deref(), Some("公共厕所"));
    let class = |code_set: &str, code: &str| {
        let key = Key { code_set: code_set.into(), kind: Kind::Event, code: code.into() };
        catalog.class(&key).map(|class| class.name.zh.clone())
    };
    assert_eq!(class("GB/T 30428.2-2013", "0401").as_deref(), Some("街面秩序"));
    assert_eq!(class("CJ/T 214-2007", "0401").as_deref(), Some("突发事件"));
    assert_eq!(class("CJ/T 214-2007", "0501").as_deref(), Some("街面秩序"));
    for word in ["event-9999", "event", "thing-0101", "component-0506-1", ""] {
        assert_eq!(catalog.key_of(word), None, "{word}");
    }
}

#[test]
fn conditions_carry_the_sources_numbers() {
    let catalog = demo();
    let limits = |word: &str| -> Vec<(u32, Unit)> {
        let conditions = catalog.conditions(&key(word), date(2026, 3, 1));
        conditions.iter().map(|condition| (condition.limit.value, condition.limit.unit)).collect()
    };
    let manhole = [(2, Unit::UrgentHour), (4, Unit::WorkingHour), (2, Unit::WorkingDay), (5, Unit::WorkingDay)];
    assert_eq!(limits("component-0101"), manhole);
    assert_eq!(limits("event-0110"), [(4, Unit::WorkingHour)]);
    assert_eq!(limits("event-0101"), [(2, Unit::UrgentDay), (15, Unit::WorkingDay)]);
    assert!(catalog.conditions(&key("event-0110"), date(2017, 12, 31)).is_empty(), "before the first day");
    let unread = catalog.condition(&key("event-0127"), "e0127-1", date(2026, 3, 1)).expect("there");
    assert!(!unread.is_verified && unread.text.in_lang("en").starts_with("Cooking"));
}

#[test]
fn every_sub_class_that_is_everyday_can_be_filed_and_dispatched() {
    let catalog = demo();
    let icons = include_str!("../../assets/icons.svg");
    for everyday in catalog.everyday() {
        assert!(!catalog.conditions(&everyday.key, date(2026, 3, 1)).is_empty(), "{}", everyday.word);
        assert!(catalog.department(&everyday.key, "990100001001").is_some(), "{}", everyday.word);
        assert!(icons.contains(&format!("id=\"{}\"", everyday.icon)), "{}", everyday.icon);
    }
}

#[test]
fn the_longest_rule_names_the_department() {
    let catalog = demo();
    let rows = [
        ("event-0110", "990100001001", Some("210"), "the class"),
        ("event-0113", "990100002", Some("220"), "the sub-class"),
        ("event-0402", "990100001005", Some("501"), "the sub-class in one street"),
        ("event-0402", "990100002001", Some("110"), "the class in the others"),
        ("component-0111", "", Some("402"), "no place known"),
    ];
    for (word, area, department, why) in rows {
        assert_eq!(catalog.department(&key(word), area), department, "{word} {area}: {why}");
    }
    assert!(Catalog::load(&Sources::embedded().folder(FOLDER)).expect("loads").departments().is_empty());
}

#[test]
fn dangerous_kinds_name_the_emergency_numbers() {
    let catalog = demo();
    let city: toml::Table = toml::from_str(include_str!("../../demo/city.toml")).expect("city.toml");
    let phones = city["emergency"].as_array().expect("emergency");
    for (word, expected) in [("event-0502", "gas"), ("event-0508", "wire"), ("event-0505", "collapse")] {
        let danger = catalog.danger(&key(word)).expect(word);
        assert_eq!(danger.key, expected);
        for number in &danger.emergency {
            assert!(phones.iter().any(|phone| phone["key"].as_str() == Some(number)), "{number}");
        }
    }
    assert!(catalog.danger(&key("event-0110")).is_none());
}

#[test]
fn words_suggest_sub_classes() {
    let catalog = demo();
    let rows = [
        ("小区门口的路灯不亮了，晚上很黑", "component-0137"),
        ("井盖不见了，很危险", "component-0123"),
        ("楼下烧烤烟太大", "event-0129"),
        ("有人乱贴小广告", "event-0201"),
        ("共享单车堆在人行道上", "event-0493"),
        ("闻到煤气味", "event-0502"),
        ("垃圾桶满了没人清", "event-0192"),
        ("The street lamp is out", "component-0137"),
        ("a big POTHOLE in the road", "event-0113"),
    ];
    for (text, expected) in rows {
        let words: Vec<&str> = catalog.suggest(text, 3).iter().map(|found| found.word.as_str()).collect();
        assert!(words.first() == Some(&expected), "{text}: {words:?}");
        assert_eq!(catalog.suggest(text, 3).len(), words.len(), "the same again");
    }
    assert!(catalog.suggest("", 3).is_empty());
    assert!(catalog.suggest("12345 ?!", 3).is_empty());
}

const CODES: &str = r#"
[set]
key = "S"
zh = "标准"
en = "Standard"
in_force = true
[[source]]
key = "a"
title = "某标准"
[[class]]
kind = "event"
code = "01"
zh = "大类"
en = "Class"
[[sub_class]]
kind = "event"
code = "0101"
zh = "小类"
en = "Sub-class"
source = "a"
verified = true
"#;

const CONDITION: &str = r#"
[[condition]]
id = "e1"
kind = "event"
code = "0101"
zh = "条件"
en = "Condition"
limit = { value = 4, unit = "working_hour" }
closed_zh = "已清理"
closed_en = "Cleared"
source = "a"
verified = true
from = "2018-01-01"
"#;

fn files(codes: &str, conditions: &str, rules: &str) -> Vec<(String, String)> {
    [
        ("catalog/S/codes.toml", codes),
        ("catalog/S/conditions/c.toml", conditions),
        ("catalog/responsibility.toml", rules),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}

#[test]
fn faults_are_found() {
    let sub_class = &CODES[CODES.find("[[sub_class]]").expect("there")..];
    let twice = format!("{CODES}{sub_class}");
    let cited = |text: &str| text.replace("source = \"a\"", "source = \"b\"");
    let rule = "[[rule]]\nkind = \"event\"\ncode = \"01\"\ndepartment = \"1\"\n";
    let rows: Vec<(String, String, String, &[&str])> = vec![
        (CODES.into(), CONDITION.into(), rule.into(), &[]),
        (twice, CONDITION.into(), rule.into(), &["catalog-code-twice"]),
        (cited(CODES), String::new(), String::new(), &["catalog-citation-missing"]),
        (CODES.replace("in_force = true", "in_force = false"), String::new(), String::new(), &["catalog-set-in-force"]),
        (CODES.replace("\"0101\"", "\"0201\""), String::new(), String::new(), &["catalog-class-unknown"]),
        (CODES.replace("\"0101\"", "\"011\""), String::new(), String::new(), &["catalog-code-malformed"]),
        (format!("{CODES}danger = \"x\"\n"), String::new(), String::new(), &["catalog-danger-unknown"]),
        (CODES.into(), format!("{CONDITION}{CONDITION}"), String::new(), &["catalog-condition-twice"]),
        (CODES.into(), CONDITION.replace("working_hour", "fortnight"), String::new(), &["catalog-unit-unknown"]),
        (CODES.into(), CONDITION.replace("value = 4", "value = 0"), String::new(), &["catalog-limit-out-of-range"]),
        (CODES.into(), cited(CONDITION), String::new(), &["catalog-citation-missing"]),
        (CODES.into(), CONDITION.replace("0101", "0102"), String::new(), &["catalog-code-unknown"]),
        (CODES.into(), CONDITION.replace("\"Cleared\"", "\"\""), String::new(), &["catalog-words-missing"]),
        (CODES.into(), CONDITION.replace("2018-01-01", "2018-13-01"), String::new(), &["catalog-file-unreadable"]),
        (CODES.into(), CONDITION.into(), format!("{rule}{rule}"), &["catalog-rule-twice"]),
        (CODES.into(), CONDITION.into(), rule.replace("\"01\"", "\"77\""), &["catalog-code-unknown"]),
        (CODES.into(), CONDITION.into(), rule.replace("\"1\"", "\"\""), &["catalog-department-missing"]),
    ];
    let (words, _) = crate::kit::words::Words::load(&Sources::embedded());
    for (codes, conditions, rules, expected) in rows {
        let problems = check(&files(&codes, &conditions, &rules));
        assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), expected, "{problems:?}");
        assert!(problems.iter().all(|problem| words.has(problem.key)), "{problems:?}");
    }
    let unreadable = check(&files(CODES, "\n\n[[condition]\n", ""));
    assert_eq!(unreadable[0].place, "3", "{unreadable:?}");
    let lost = [("catalog/T/conditions/c.toml".to_owned(), CONDITION.to_owned())];
    let keys: Vec<&str> = check(&lost).iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["catalog-set-in-force", "catalog-conditions-without-codes"]);
    assert!(["catalog-conditions-without-codes", "catalog-set-twice"].iter().all(|key| words.has(key)));
}

#[test]
fn a_changed_limit_is_a_new_version() {
    let later = CONDITION.replace("2018-01-01", "2026-01-01").replace("value = 4", "value = 2");
    let catalog = Catalog::load(&files(CODES, &format!("{CONDITION}{later}"), "")).expect("loads");
    let key = catalog.key_of("event-0101").expect("there");
    let value = |on: Date| catalog.conditions(&key, on).iter().map(|one| one.limit.value).collect::<Vec<_>>();
    assert_eq!(value(date(2025, 12, 31)), [4]);
    assert_eq!(value(date(2026, 1, 1)), [2]);
    assert!(catalog.condition(&key, "e1", date(2026, 5, 1)).is_some_and(|one| one.limit.value == 2));
}

#[test]
fn codes_and_limits_are_those_of_the_published_tables() {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("STEWARD_REAL_DATA").map_or(beside, std::path::PathBuf::from).join("catalog");
    let reader = csv::ReaderBuilder::new().flexible(true).from_path(folder.join("time_limits.csv"));
    let Ok(mut reader) = reader else {
        println!("skipped: {} has no time_limits.csv", folder.display());
        return;
    };
    let (catalog, mut left): (Catalog, BTreeMap<(String, u32, &str), i32>) = (demo(), BTreeMap::new());
    let columns = reader.headers().expect("headers").clone();
    let column = |name: &str| columns.iter().position(|column| column == name).expect("a column");
    let [code, kind, value, unit, note] = ["sub_code", "kind", "limit_value", "limit_unit", "note"].map(column);
    for row in reader.records() {
        let row = row.expect("a row");
        if row[note].contains("comparator") {
            continue;
        }
        let unit = match &row[unit] {
            "紧急工作时" => "urgent_hour",
            "工作时" => "working_hour",
            "工作日" => "working_day",
            _ => "urgent_day",
        };
        let word = format!("{}-{}", &row[kind], &row[code]);
        *left.entry((word, row[value].parse().expect("a number"), unit)).or_default() += 1;
    }
    for condition in catalog.conditions.values().flatten() {
        let limit = condition.limit;
        *left.entry((condition.key.word(), limit.value, limit.unit.word())).or_default() -= 1;
    }
    left.retain(|_, count| *count != 0);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_departments_of_a_sub_class_are_told_area_by_area() {
    let mut files = Sources::embedded().folder(FOLDER);
    files.push((
        "catalog/responsibility.toml".to_owned(),
        "[[rule]]\nkind = \"event\"\ncode = \"01\"\narea = \"\"\ndepartment = \"210\"\n\
         [[rule]]\nkind = \"event\"\ncode = \"0110\"\narea = \"990100001\"\ndepartment = \"501\"\n\
         [[rule]]\nkind = \"event\"\ncode = \"0110\"\narea = \"990100002\"\ndepartment = \"210\"\n"
            .to_owned(),
    ));
    let catalog = Catalog::load(&files).expect("a catalog with three rules");
    assert_eq!(catalog.responsible(&key("event-0110")), [("990100001", "501"), ("", "210")]);
    assert_eq!(catalog.responsible(&key("event-0111")), [("", "210")]);
    assert!(catalog.responsible(&key("event-0201")).is_empty());
}
