//! `steward places` as an operator uses it: one text, a table, what cannot be read; and on a city's real places when they are
//! there.

use crate::files::real_data;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::Command;

struct Said {
    is_right: bool,
    out: String,
    wrong: String,
}

fn locate(folder: &Path, args: &[&str]) -> Said {
    let run = Command::new(env!("CARGO_BIN_EXE_steward"))
        .args(["places", "locate"])
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { is_right: run.status.success(), out: text(run.stdout), wrong: text(run.stderr) }
}

/// An invented city: streets to the east, each crossed by streets to the north, five metres a house number.
fn known() -> String {
    let mut text = String::from("\u{feff}名称,地址,区县,经度,纬度\n");
    for (row, street) in ["望澜路", "海棠路", "渡口路"].into_iter().enumerate() {
        for number in (2..300).step_by(7) {
            let (lon, lat) = (123.0 + f64::from(number) * 5.0 / 95_000.0, 31.0 + row as f64 * 0.0045);
            writeln!(text, "第{row}{number}号店,{street}{number}号,城东区,{lon:.6},{lat:.6}").expect("a row");
        }
    }
    text.push_str("锦绣时代广场,望澜路100号,城东区,123.005263,31.0\n");
    text
}

#[test]
fn a_text_and_a_table_are_located() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("a list");
    write("known.csv", known().as_bytes());
    let said = locate(folder.path(), &["渡口路105号", "--places", "known.csv"]);
    assert!(said.is_right, "{}", said.wrong);
    let best: Value = serde_json::from_str(said.out.lines().next().expect("a suggestion")).expect("JSON");
    let number = |name: &str| best[name].as_f64().expect("a number");
    let near = |lon: f64, lat: f64| (lon - 123.005_526).abs() < 0.001 && (lat - 31.009).abs() < 0.001;
    assert!(near(number("lon"), number("lat")), "{}", said.out);
    assert!((0.0..=1.0).contains(&number("score")));
    assert_eq!((best["kind"].as_str(), best["reason"]["street"].as_str()), (Some("between"), Some("渡口路")));

    // A table comes back as it was, with three columns more; a packed list of places is the same list.
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(known().as_bytes()).expect("packed");
    write("known.csv.gz", &packed.finish().expect("packed"));
    write("asked.csv", "number,address,note\n1,渡口路105号,\"a\nb\"\n2,锦绣时代广场门口,\n3,谢谢,\n".as_bytes());
    let args = ["--file", "asked.csv", "--places", "known.csv.gz", "--output", "found.csv"];
    let said = locate(folder.path(), &args);
    assert!(said.is_right && said.out.is_empty(), "{}", said.wrong);
    assert!(said.wrong.contains("2 of 3 rows found"), "{}", said.wrong);
    let found = std::fs::read(folder.path().join("found.csv")).expect("a table");
    let mut reader = csv::Reader::from_reader(found.as_slice());
    assert_eq!(reader.headers().expect("names"), ["number", "address", "note", "lon", "lat", "score"].as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.iter().map(|row| &row[0]).collect::<String>(), "123");
    assert_eq!((&rows[0][2], &rows[2][3], &rows[2][4], &rows[2][5]), ("a\nb", "", "", ""));
    let degrees = |row: usize, cell: usize| rows[row][cell].parse::<f64>().expect("degrees");
    assert!(near(degrees(0, 3), degrees(0, 4)), "{rows:?}");
    assert!((degrees(1, 3) - 123.005_263).abs() < 0.001 && (degrees(1, 4) - 31.0).abs() < 0.001, "{rows:?}");

    // Places in a shifted system are brought to WGS-84.
    let shifted = locate(folder.path(), &["渡口路105号", "--places", "known.csv", "--system", "gcj02"]);
    let best: Value = serde_json::from_str(shifted.out.lines().next().expect("a suggestion")).expect("JSON");
    let moved = (best["lon"].as_f64().expect("degrees") - number("lon")).abs();
    assert!((0.001..0.02).contains(&moved), "{moved}");
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("a list");
    write("known.csv", known().as_bytes());
    write("partly.csv", "name,address,lon,lat\n甲,望澜路1号,123,31\n乙,望澜路2号,x,31\n".as_bytes());
    write("none.csv", b"a,b\n1,2\n");
    write("gb.csv", b"name,address,lon,lat\n\xcd\xfb,a,123,31\n");
    write("broken.csv.gz", b"\x1f\x8bnothing");
    write("asked.csv", "place\n望澜路1号\n".as_bytes());
    for (args, expected) in [
        (&["望澜路1号"][..], "--places"),
        (&["--places", "known.csv"], "required"),
        (&["望澜路1号", "--places", "missing.csv"], "missing.csv: "),
        (&["望澜路1号", "--places", "none.csv"], "none.csv: line 1: there is no column name or address"),
        (&["望澜路1号", "--places", "gb.csv"], "gb.csv: line 2: this is not UTF-8"),
        (&["望澜路1号", "--places", "broken.csv.gz"], "broken.csv.gz: cannot be unpacked"),
        (&["望澜路1号", "--places", "known.csv", "--system", "mars"], "mars"),
        (&["--file", "asked.csv", "--places", "known.csv"], "asked.csv: line 1: there is no column “address”"),
    ] {
        let said = locate(folder.path(), args);
        assert!(!said.is_right && said.wrong.contains(expected), "{args:?}: {}", said.wrong);
        assert!(!said.wrong.contains("panicked"), "{}", said.wrong);
    }
    let said = locate(folder.path(), &["--file", "asked.csv", "--column", "place", "--places", "partly.csv"]);
    assert!(said.is_right && said.wrong.contains("partly.csv: line 3: “x” is no number of degrees"), "{}", said.wrong);
    assert!(said.out.starts_with("place,lon,lat,score\n望澜路1号,123.0"), "{}", said.out);
}

/// Metres between two positions of one city.
fn metres(one: (f64, f64), other: (f64, f64)) -> f64 {
    let north = (one.1 - other.1) * 110_900.0;
    let east = (one.0 - other.0) * 111_320.0 * one.1.to_radians().cos();
    north.hypot(east)
}

/// Every fifth place of a city is kept out and asked for by its address alone, but for stops and car parks, whose addresses
/// say no place.
#[test]
fn a_citys_real_places_are_located() {
    let Some(list) = real_data("geo/dev_shanghai_poi.csv.gz") else { return };
    let mut text = String::new();
    let packed = std::fs::File::open(list).expect("the list");
    MultiGzDecoder::new(packed).read_to_string(&mut text).expect("text");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("names").clone();
    let at = |name: &str| names.iter().position(|found| found == name).expect("a column");
    let (name, address, kind) = (at("name"), at("address"), at("type"));
    let (lon, lat) = (at("lon_wgs84"), at("lat_wgs84"));
    let mut known = csv::Writer::from_writer(Vec::new());
    known.write_record(&names).expect("names");
    let mut asked = csv::Writer::from_writer(Vec::new());
    asked.write_record(["address"]).expect("a name");
    let mut truths: Vec<(f64, f64)> = Vec::new();
    for (number, row) in reader.records().enumerate() {
        let row = row.expect("a row");
        let is_stop =
            ["公交", "停车", "地铁站"].iter().any(|word| row[name].contains(word) || row[kind].contains(word));
        if number % 5 != 0 {
            known.write_record(&row).expect("a row");
        } else if !is_stop && !matches!(row[address].trim(), "" | "[]") {
            asked.write_record([&row[address]]).expect("a row");
            truths.push((row[lon].parse().expect("degrees"), row[lat].parse().expect("degrees")));
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("a list");
    write("known.csv", &known.into_inner().expect("a list"));
    write("asked.csv", &asked.into_inner().expect("a list"));
    let said = locate(folder.path(), &["--file", "asked.csv", "--places", "known.csv"]);
    assert!(said.is_right, "{}", said.wrong);
    let mut away: Vec<(f64, f64)> = Vec::new();
    for (row, truth) in csv::Reader::from_reader(said.out.as_bytes()).records().zip(&truths) {
        let row = row.expect("a row");
        // What is not found is as far away as can be.
        let found = row[1].parse().ok().zip(row[2].parse().ok()).map_or(f64::INFINITY, |found| metres(found, *truth));
        away.push((found, row[3].parse().unwrap_or(0.0)));
    }
    assert_eq!(away.len(), truths.len());
    away.sort_by(|one, other| one.0.total_cmp(&other.0));
    let share = |list: &[(f64, f64)], metres: f64| {
        list.iter().filter(|(away, _)| *away <= metres).count() as f64 / list.len().max(1) as f64
    };
    let median = away[away.len() / 2].0;
    assert!(median <= 90.0, "median {median:.0} m");
    assert!(share(&away, 300.0) >= 0.78, "within 300 m: {:.3}", share(&away, 300.0));
    let sure: Vec<(f64, f64)> = away.iter().copied().filter(|(_, score)| *score >= 0.8).collect();
    assert!(sure.len() * 2 > away.len(), "{} of {} are sure", sure.len(), away.len());
    assert!(share(&sure, 500.0) >= 0.97, "sure and within 500 m: {:.3}", share(&sure, 500.0));
}
