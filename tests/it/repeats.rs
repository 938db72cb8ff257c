//! `steward repeats` as an operator uses it; and on real lists when they are there, of which only numbers are looked at.

use crate::files::real_data;
use crate::grid::real;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

struct Said {
    is_right: bool,
    out: String,
    wrong: String,
}

fn find(folder: &Path, args: &[&str]) -> Said {
    let run =
        Command::new(env!("CARGO_BIN_EXE_steward")).args(["repeats", "find"]).args(args).current_dir(folder).output();
    let run = run.expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { is_right: run.status.success(), out: text(run.stdout), wrong: text(run.stderr) }
}

#[derive(Deserialize)]
struct Group {
    title: String,
    ids: Vec<String>,
}

fn groups(said: &Said) -> Vec<Group> {
    assert!(said.is_right, "{}", said.wrong);
    serde_json::from_str(&said.out).expect("JSON")
}

/// Two subjects with five messages each, one place of which five different things are said, and thirty other streets.
fn messages() -> String {
    let mut text = String::from("\u{feff}id,title,time,detail\n");
    let mut id = 0;
    let mut row = |title: &str, day: usize, detail: &str| {
        id += 1;
        writeln!(text, "m{id},{title},2026/3/{} 08:30:00,\"{detail}，\n请处理\"", day % 28 + 1).expect("a row");
    };
    let hours = ["夜里", "清晨", "午后", "周末", "天天"];
    for (day, hour) in hours.iter().enumerate() {
        row(&format!("银杏苑旁的铸造厂{hour}太吵"), day, &format!("银杏苑的居民{hour}被铸造厂的机器吵得睡不着"));
        row(&format!("九曲桥车站{hour}没有末班车"), day + 9, &format!("九曲桥车站的末班车{hour}停了，只能走回家"));
    }
    for (thing, detail) in [
        ("路灯不亮", "整条巷子漆黑一片，老人看不见台阶"),
        ("自来水发黄", "打开龙头全是铁锈，孩子喝了拉肚子"),
        ("快递乱放", "包裹堆在大堂，已经丢了三件"),
        ("学费涨价", "幼儿园每月多收八百元，家长没有收到通知"),
        ("公交改道", "原来的站取消了，上班要多走两公里"),
    ] {
        row(&format!("金穗湖畔{thing}"), 20, detail);
    }
    let things = ["井盖破损", "树枝挡路", "污水外流", "商贩占道", "狗没有拴绳", "公厕太脏"];
    for street in 0..30u32 {
        let sign = |at: u32| char::from_u32(0x6200 + at * 37).expect("an ideograph");
        let (road, thing) = (format!("{}{}路", sign(street * 2), sign(street * 2 + 1)), things[street as usize % 6]);
        row(&format!("{road}{thing}"), street as usize, &format!("{road}{thing}已经很久了"));
    }
    text
}

#[test]
fn what_is_said_again_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("messages.csv"), messages()).expect("a list");
    let found = groups(&find(folder.path(), &["messages.csv", "--json"]));
    let subjects: Vec<Vec<&str>> = found.iter().map(|group| group.ids.iter().map(String::as_str).collect()).collect();
    let every_second = |from: usize| (0..5).map(|at| format!("m{}", from + at * 2)).collect::<Vec<_>>();
    assert_eq!(subjects, [every_second(1), every_second(2)], "a place of which five things are said is no subject");
    assert!(found[0].title.starts_with("银杏苑旁的铸造厂") && found[1].title.starts_with("九曲桥车站"));

    let table = find(folder.path(), &["messages.csv"]);
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", table.out);
    assert!(lines[1].starts_with("      5  2026-03-01  2026-03-05  银杏苑旁的铸造厂"), "{}", lines[1]);
    assert!(table.wrong.contains("2 repetitions among 45 reports"), "{}", table.wrong);

    let few = find(folder.path(), &["messages.csv", "--json", "--at-least", "6"]);
    assert!(groups(&few).is_empty());
    let written = find(folder.path(), &["messages.csv", "--json", "--window-days", "2", "--output", "out/found.json"]);
    assert!(written.is_right && written.out.is_empty(), "{}", written.wrong);
    let json = std::fs::read_to_string(folder.path().join("out/found.json")).expect("the answer");
    assert_eq!(serde_json::from_str::<Vec<Group>>(&json).expect("JSON").len(), 2);
}

#[test]
fn places_come_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = "id,title,time,detail,lon,lat,category,address\n\
        1,灯不亮,2026-03-01,,114.05,22.54,lamp,\n\
        2,路灯,2026-03-02,,114.05001,22.54,lamp,\n\
        3,又黑了,2026-03-09,,114.05001,22.54001,lamp,\n\
        4,井盖,2026-03-01,,114.05,22.54,cover,\n\
        5,油烟,2026-03-01,,,,smoke,古渡路 1 号\n\
        6,味道大,2026-03-02,,,,smoke,古渡路　1 号\n\
        7,呛人,2026-03-03,,,,smoke,古渡路 1 号\n\
        8,油烟,2026-03-03,,,,smoke,古渡路 11 号\n";
    std::fs::write(folder.path().join("reports.csv"), list).expect("a list");
    let ids = |args: &[&str]| {
        let found = groups(&find(folder.path(), &[&["reports.csv", "--json"], args].concat()));
        found.into_iter().map(|group| group.ids.join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ["1 2 3", "5 6 7"]);
    assert_eq!(ids(&["--metres", "0"]), ["5 6 7"]);
    assert_eq!(ids(&["--window-days", "2"]), ["5 6 7"]);
    assert_eq!(ids(&["--at-least", "4"]), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("a list");
    write("none.csv", b"title,detail\na,b\n");
    write("uneven.csv", b"id,title\n1,a\n2\n");
    write("gb.csv", b"id,title\n1,\xc2\xb7\xb5\xc6\n");
    write("slips.csv", b"id,title,time,lon,lat\n1,a,tomorrow,114,x\n");
    for (args, expected) in [
        (&["missing.csv"][..], "missing.csv: "),
        (&["none.csv"], "line 1: there is no column “id”. The file has: title, detail"),
        (&["uneven.csv"], "line 3: 1 fields, but the first line names 2"),
        (&["gb.csv"], "line 2, column “title”: this is not UTF-8"),
        (&["slips.csv", "--metres", "far"], "far is not in 0..=1000"),
        (&["slips.csv", "--at-least", "1"], "1 is not in 2.."),
    ] {
        let said = find(folder.path(), args);
        assert!(!said.is_right && said.wrong.contains(expected), "{args:?}: {}", said.wrong);
        assert!(!said.wrong.contains("panicked"), "{}", said.wrong);
    }
    let slips = find(folder.path(), &["slips.csv", "--json"]);
    assert!(slips.is_right && slips.out == "[]\n", "{}", slips.wrong);
    for expected in ["line 2, column “time”: “tomorrow” is no moment", "line 2, column “lat”: “x” is no number"]
    {
        assert!(slips.wrong.contains(expected), "{}", slips.wrong);
    }
}

/// The runs of four signs of a title.
fn runs(title: &str) -> BTreeSet<String> {
    let signs: Vec<char> = title.chars().filter(|sign| sign.is_alphanumeric()).collect();
    signs.windows(4).map(|run| run.iter().collect()).collect()
}

/// Four thousand messages of a city without places or kinds: the largest subjects are whole, and none swallows its neighbours.
#[test]
fn a_citys_real_subjects_are_found() {
    let Some(list) = real_data("messages/hotspots.csv") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let start = Instant::now();
    let found = groups(&find(folder.path(), &[&list.display().to_string(), "--json"]));
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let mut titles = BTreeMap::new();
    let mut reader = csv::Reader::from_path(&list).expect("the list");
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        titles.insert(row["id"].clone(), row["title"].clone());
    }
    let sizes: Vec<usize> = found.iter().map(|group| group.ids.len()).collect();
    eprintln!("{} groups; the largest {:?}", sizes.len(), &sizes[..sizes.len().min(20)]);
    assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.len() > 100 && sizes.iter().all(|size| *size >= 3));
    assert!((40..=60).contains(&sizes[0]) && sizes[1] >= 38, "the two largest: {} and {}", sizes[0], sizes[1]);
    let all: Vec<&String> = found.iter().flat_map(|group| &group.ids).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "nobody belongs to two");
    for (number, group) in found.iter().take(5).enumerate() {
        let mut tally: BTreeMap<String, usize> = BTreeMap::new();
        for run in group.ids.iter().flat_map(|id| runs(&titles[id])) {
            *tally.entry(run).or_default() += 1;
        }
        let most = tally.values().max().copied().unwrap_or_default();
        let share = most as f64 / group.ids.len() as f64;
        eprintln!("group {number}: {} messages, one name in {share:.2} of the titles", group.ids.len());
        assert!(share >= 0.6, "group {number} has no name: {share:.2}");
    }
}

/// Los Angeles: three or more requests of one type at one written address, found by place and kind alone.
#[test]
fn a_citys_real_places_come_again() {
    let Some(bytes) = real("la311/la311_2017-12_2018-01.csv.gz") else { return };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
    let header = reader.headers().expect("a heading").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("the column");
    let columns = ["SRNumber", "RequestType", "CreatedDate", "Longitude", "Latitude", "RequestType", "Address"].map(at);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["id", "title", "time", "lon", "lat", "category", "address"]).expect("a heading");
    let mut true_groups: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (number, row) in reader.records().enumerate() {
        let row = row.expect("a row");
        let mut fields: Vec<String> = columns.iter().map(|at| row[*at].trim().to_owned()).collect();
        // A number may stand in two months.
        fields[0] = format!("{number}");
        if !fields[6].is_empty() {
            true_groups.entry((fields[6].clone(), fields[5].clone())).or_default().insert(fields[0].clone());
        }
        writer.write_record(&fields).expect("a row");
    }
    true_groups.retain(|_, ids| ids.len() >= 3);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("reports.csv"), writer.into_inner().expect("a list")).expect("a list");
    let found: Vec<BTreeSet<String>> = groups(&find(folder.path(), &["reports.csv", "--json"]))
        .into_iter()
        .map(|group| group.ids.into_iter().collect())
        .collect();
    let whole = true_groups.values().filter(|ids| found.iter().any(|group| ids.is_subset(group))).count();
    let right = found.iter().filter(|group| true_groups.values().any(|ids| ids.is_subset(group))).count();
    let (recall, precision) = (whole as f64 / true_groups.len() as f64, right as f64 / found.len() as f64);
    eprintln!("{} true, {} found: recall {recall:.3}, precision {precision:.3}", true_groups.len(), found.len());
    assert!(recall >= 0.98 && precision >= 0.95, "recall {recall:.3}, precision {precision:.3}");
}
