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
fn check_reads_the_law_and_the_papers_of_a_city() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, said) = steward(folder.path(), &["check"]);
    for sentence in ["matters in force today", "wait for a lawyer of the city", "kinds of papers, every template sets"]
    {
        assert!(said.contains(sentence), "{sentence}:\n{said}");
    }
    let city = folder.path().join("city");
    for (file, text) in [
        ("city.toml", include_str!("../../demo/city.toml")),
        ("law/organ.toml", "name = 1\n"),
        ("law/matters/street.toml", "[[matter]]\nid = \"x\"\n"),
        ("letters/stop-order.typ", "#let paper(data) = { nothing-of-this-name }\n"),
    ] {
        let path = city.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    let (is_right, said) = steward(folder.path(), &["check", "--city", "city"]);
    assert!(!is_right);
    for sentence in ["law/organ.toml:", "law/matters/street.toml:", "letters/stop-order.typ:"] {
        let line = said.lines().find(|line| line.starts_with("error") && line.contains(sentence));
        assert!(line.is_some_and(|line| line.len() > 40), "{sentence}:\n{said}");
    }
}

#[test]
fn departments_come_from_a_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = include_str!("../../demo/departments.csv").to_owned() + "900,孤立班组,,899,crew,\n,无编号,,100,crew,\n";
    std::fs::write(folder.path().join("list.csv"), list).expect("a file");
    let run = |args: &[&str]| steward(folder.path(), &[&["account", "departments", "list.csv"], args].concat());
    let (is_right, said) = run(&["--dry-run"]);
    assert!(is_right && said.contains("would be added"), "{said}");
    let (is_right, said) = run(&[]);
    assert!(is_right && said.contains("34 added, 0 brought up to date, 2 bad"), "{said}");
    assert!(said.contains("list.csv:36: ") && said.contains("list.csv:37: "), "{said}");
    assert!(run(&[]).1.contains("0 added, 34 brought up to date"));
    assert!(steward(folder.path(), &["account", "add", "zhang", "张三", "acceptor", "--department", "101"]).0);
}

#[test]
fn a_backup_is_a_whole_database_and_never_overwrites() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(!steward(folder.path(), &["backup", "copy.db"]).0, "there is nothing to copy");
    assert!(steward(folder.path(), &["migrate"]).0);
    assert!(steward(folder.path(), &["account", "add", "chief", "苏局", "system_admin"]).0);
    let (is_made, said) = steward(folder.path(), &["backup", "copy.db"]);
    assert!(is_made, "{said}");
    std::fs::remove_file(folder.path().join("steward.db")).expect("the database");
    for rest in ["steward.db-wal", "steward.db-shm"] {
        drop(std::fs::remove_file(folder.path().join(rest)));
    }
    std::fs::copy(folder.path().join("copy.db"), folder.path().join("steward.db")).expect("the restored database");
    let (_, accounts) = steward(folder.path(), &["account", "list"]);
    assert!(accounts.contains("苏局"), "{accounts}");
    let (is_made, said) = steward(folder.path(), &["backup", "copy.db"]);
    assert!(!is_made && said.contains("is there already"), "{said}");
}

#[test]
fn check_reads_the_citys_own_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let city = folder.path().join("city");
    std::fs::create_dir_all(city.join("pages")).expect("a folder");
    let settings = include_str!("../../demo/city.toml").replace("zoom = 13 ", "zoom = \"near\"\nzooom = 3 ");
    std::fs::write(city.join("city.toml"), settings).expect("a file");
    std::fs::write(city.join("pages/home.html"), "{{ t(\"home-no-such\") }}").expect("a file");
    let (is_right, said) = steward(folder.path(), &["check", "--city", "city"]);
    assert!(!is_right, "{said}");
    for sentence in ["map.zoom must be a number", "map.zooom is not known", "there is no sentence home-no-such"] {
        assert!(said.contains(sentence), "{sentence}:\n{said}");
    }
}
