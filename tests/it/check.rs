//! `steward check` as an operator runs it: exit 1 on errors only, nothing made on the way.

use std::path::Path;
use std::process::Command;

fn steward(folder: &Path, args: &[&str]) -> (bool, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_steward"))
        .args(args)
        .args(["--database", "sqlite:steward.db", "--files", "files"])
        .env_remove("STEWARD_CITY")
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    (run.status.success(), said)
}

#[test]
fn check_names_what_is_missing_and_makes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (is_right, said) = steward(folder.path(), &["check"]);
    assert!(!is_right && said.contains("there is no database yet"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "check makes no file");

    assert!(steward(folder.path(), &["migrate"]).0);
    std::fs::create_dir(folder.path().join("files")).expect("a folder");
    let (is_right, said) = steward(folder.path(), &["check"]);
    assert!(!is_right, "{said}");
    for sentence in
        ["there are no areas", "there are no unit grids", "nobody can sign in as audit_admin", "can be written"]
    {
        assert!(said.contains(sentence), "{sentence}:\n{said}");
    }
    let lines = said.lines().filter(|line| ["ok ", "warning ", "error "].iter().any(|weight| line.starts_with(weight)));
    assert!(lines.count() > 10, "{said}");
}

#[test]
fn check_reads_the_citys_own_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let city = folder.path().join("city");
    std::fs::create_dir_all(city.join("pages")).expect("a folder");
    let settings = include_str!("../../demo/city.toml").replace("zoom = 14.2", "zoom = \"near\"\nzooom = 3");
    std::fs::write(city.join("city.toml"), settings).expect("a file");
    std::fs::write(city.join("pages/home.html"), "{{ t(\"home-no-such\") }}").expect("a file");
    let (is_right, said) = steward(folder.path(), &["check", "--city", "city"]);
    assert!(!is_right, "{said}");
    for sentence in ["map.zoom must be a number", "map.zooom is not known", "there is no sentence home-no-such"] {
        assert!(said.contains(sentence), "{sentence}:\n{said}");
    }
}
