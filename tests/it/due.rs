//! `steward due` as an operator asks it: the moment alone on the first line, the reason below, and a sentence when nobody knows.

use std::process::Command;
use steward::kit::clock::Moment;

struct Said {
    is_right: bool,
    out: String,
    wrong: String,
}

fn due(args: &[&str]) -> Said {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Command::new(env!("CARGO_BIN_EXE_steward"))
        .arg("due")
        .args(args)
        .env_remove("STEWARD_CITY")
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { is_right: run.status.success(), out: text(run.stdout), wrong: text(run.stderr) }
}

/// The moment with its weekday, as a calendar on the wall shows it.
fn shown(line: &str) -> String {
    let at: jiff::Timestamp = line.parse().unwrap_or_else(|error| panic!("{line:?} is no ISO 8601 moment: {error}"));
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let zoned = Moment(at.as_millisecond()).zoned(&zone);
    assert_eq!(line, zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
    format!("{} {}", &format!("{:?}", zoned.weekday())[..3], zoned.strftime("%m-%d %H:%M"))
}

#[test]
fn due_moments_with_their_weekdays() {
    // From, unit, value, pauses, due.
    let rows: [(&str, &str, &str, &[&str], &str); 9] = [
        ("2026-03-04T11:00", "工作时", "2", &[], "Wed 03-04 15:00"),
        ("2026-03-06T16:30", "working_hour", "2", &[], "Mon 03-09 09:30"),
        ("2026-03-06T23:00:00+08:00", "紧急工作时", "2", &[], "Sat 03-07 01:00"),
        ("2026-09-30T16:30:00+08:00", "工作日", "3", &[], "Sat 10-10 17:30"),
        ("2026-02-14T10:00", "工作日", "1", &[], "Tue 02-24 17:30"),
        ("2026-02-13T10:15", "自然日", "3", &[], "Mon 02-16 10:15"),
        ("2026-03-04T08:00:00Z", "minute", "15", &[], "Wed 03-04 16:15"),
        ("2026-03-04T09:00", "工作时", "2", &["2026-03-04T10:00/2026-03-04T11:00"], "Wed 03-04 12:00"),
        // Two pauses of an hour each: after lunch there is an hour left.
        (
            "2026-03-04T09:00",
            "工作时",
            "3",
            &["2026-03-04T10:00/2026-03-04T11:00", "2026-03-04T14:00/2026-03-04T15:00"],
            "Wed 03-04 16:00",
        ),
    ];
    for (from, unit, value, pauses, wanted) in rows {
        let asked = ["--unit", unit, "--value", value, "--from", from];
        // Pauses one after another behind one option, and the option again for each: the same.
        let together = if pauses.is_empty() { vec![] } else { [&["--pause"], pauses].concat() };
        let each: Vec<&str> = pauses.iter().flat_map(|pause| ["--pause", *pause]).collect();
        for pauses in [together, each] {
            let said = due(&[&asked[..], &pauses[..], &["--trace"]].concat());
            assert!(said.is_right, "{from} {unit} {value}: {}", said.wrong);
            let lines: Vec<&str> = said.out.lines().collect();
            assert_eq!(shown(lines[0]), wanted, "{from} {unit} {value} {pauses:?}");
            assert!(lines.len() > 2 && lines[1..].iter().all(|line| !line.trim().is_empty()), "{}", said.out);
            let plain = due(&[&asked[..], &pauses[..]].concat());
            assert_eq!(plain.out.lines().collect::<Vec<_>>(), [lines[0]], "without --trace the moment alone");
        }
    }
    let english = due(&["--unit", "工作日", "--value", "3", "--from", "2026-09-30T16:30", "--trace", "--lang", "en"]);
    assert!(english.out.contains("working day") || english.out.contains("Working day"), "{}", english.out);
}

#[test]
fn what_nobody_knows_is_said_and_fails() {
    let rows: [(&[&str], &str); 5] = [
        (&["--unit", "工作日", "--value", "3", "--from", "2026-12-31T09:00"], "2027 年的放假安排尚未录入"),
        (&["--unit", "工作日", "--value", "3", "--from", "2026-12-31T09:00", "--lang", "en"], "The holidays of 2027"),
        (&["--unit", "moons", "--value", "3", "--from", "2026-03-04T09:00"], "moons"),
        (&["--unit", "工作时", "--value", "3", "--from", "tomorrow"], "tomorrow: a moment is written such as"),
        (
            &[
                "--unit",
                "工作时",
                "--value",
                "3",
                "--from",
                "2026-03-04T09:00",
                "--pause",
                "2026-03-04T11:00/2026-03-04T10:00",
            ],
            "the pause ends before it begins",
        ),
    ];
    for (args, sentence) in rows {
        let said = due(args);
        assert!(!said.is_right && said.out.is_empty(), "{args:?}: {}", said.out);
        assert!(said.wrong.contains(sentence), "{args:?}: {}", said.wrong);
    }
}

#[test]
fn whoever_has_heard_enough_ends_a_command_quietly() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_steward"))
        .args(["due", "--unit", "工作日", "--value", "3", "--from", "2026-09-30T16:30:00+08:00", "--trace"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(run.stdout.take());
    let ended = run.wait_with_output().expect("it ends");
    assert!(ended.status.success(), "{:?}", ended.status);
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
