//! `steward check` as an operator runs it: exit 1 when something must be put right, nothing made on the way. `serve` refuses to
//! start with what `check` calls an error, in the same words, before it touches the database.

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
    let lines =
        said.lines().filter(|line| ["ok ", "warning ", "urgent "].iter().any(|weight| line.starts_with(weight)));
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
        let line = said
            .lines()
            .find(|line| (line.starts_with("error") || line.starts_with("urgent")) && line.contains(sentence));
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

/// A city's folder with one file written otherwise.
fn city_with(folder: &Path, file: &str, text: &[u8]) {
    let city = folder.join("city");
    drop(std::fs::remove_dir_all(&city));
    std::fs::create_dir_all(&city).expect("a folder");
    std::fs::write(city.join("city.toml"), include_str!("../../demo/city.toml")).expect("a file");
    let path = city.join(file);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    std::fs::write(path, text).expect("a file");
}

#[test]
fn serve_says_what_check_says_and_leaves_the_database_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = include_str!("../../demo/city.toml");
    let zone = demo.replace("Asia/Shanghai", "Asia/Nowhere");
    let zoom = demo.replace("zoom = 13 ", "zoom = \"near\" ");
    for (file, text, sentence) in [
        ("law/organ.toml", &b"name = 1\n"[..], "law/organ.toml:"),
        ("law/holidays/2026.toml", b"year = \n", "law/holidays/2026.toml:"),
        ("catalog/open311.toml", b"[", "catalog/open311.toml"),
        ("city.toml", b"name = \"x\"\nname_en = \n", "city.toml, line 2: cannot be read"),
        ("city.toml", zone.as_bytes(), "time_zone"),
        ("city.toml", zoom.as_bytes(), "map.zoom must be a number"),
        ("catalog/sub-classes.csv", b"\xff\xfe\xfa", "it is not UTF-8"),
    ] {
        city_with(folder.path(), file, text);
        let (is_right, said) = steward(folder.path(), &["serve", "--city", "city", "--listen", "127.0.0.1:0"]);
        assert!(!is_right && said.contains("nothing was started"), "{file}: {said}");
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("error ")).collect();
        assert!(lines.iter().any(|line| line.contains(sentence)), "{file}: {said}");
        assert!(file != "city.toml" || lines.len() == 1, "only what is wrong is named, nothing that follows: {said}");
        assert!(!said.contains("Problem {") && !said.contains("args:"), "{said}");
        assert!(!folder.path().join("steward.db").exists(), "{file}: the database was touched");
    }
    // The last city's mistake and what keeps nothing from starting.
    std::fs::write(folder.path().join("city/areas.geojson"), "{").expect("a file");
    let (is_right, said) = steward(folder.path(), &["check", "--city", "city", "--listen", "nowhere.invalid:80"]);
    assert!(!is_right, "{said}");
    for (weight, sentence) in [
        ("error", "it is not UTF-8"),
        ("error", "nowhere.invalid:80 is no address to answer at"),
        ("urgent", "areas.geojson:"),
        ("urgent", "there is no database yet"),
        ("ok", "left at"),
    ] {
        let found = said.lines().any(|line| line.starts_with(weight) && line.contains(sentence));
        assert!(found, "{weight} {sentence}:\n{said}");
    }
    assert!(!said.contains("1 errors") && said.contains("2 errors keep the program from starting"), "{said}");
}

#[test]
fn what_is_not_there_is_told_from_what_cannot_be_read_and_from_what_is_no_address() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("empty")).expect("a folder");
    let looped = folder.path().join("looped");
    std::fs::create_dir_all(&looped).expect("a folder");
    #[cfg(unix)]
    std::os::unix::fs::symlink("city.toml", looped.join("city.toml")).expect("a link");
    for (args, sentence) in [
        (["--city", "nowhere"], "there is no such folder"),
        (["--city", "empty"], "but no city.toml in it"),
        (["--city", "looped"], "it cannot be read"),
    ] {
        let (is_right, said) = steward(folder.path(), &[&["migrate"], &args[..]].concat());
        assert!(!is_right && said.contains(sentence), "{args:?}: {said}");
    }
    for (url, sentence) in [
        ("mysql://root:secret@db/x", "mysql://root@db/x is no database's address; write sqlite:PATH or postgres://"),
        ("postgres://u:secret@db:99999/x", "cannot be read as an address"),
        ("postgres://u:secret@127.0.0.1:1/x", "postgres://u@127.0.0.1:1/x: error connecting"),
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["migrate", "--database", url])
            .env_remove("STEWARD_CITY")
            .current_dir(folder.path())
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success() && said.contains(sentence) && !said.contains("secret"), "{said}");
    }
    std::fs::write(folder.path().join("steward.toml"), "database = \"sqlite:x.db\"\nlisten = \n").expect("a file");
    let (is_right, said) = steward(folder.path(), &["migrate"]);
    assert!(!is_right && said.contains("steward.toml, line 2:") && said.lines().count() == 1, "{said}");
}
