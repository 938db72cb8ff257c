//! What docs/security.md says is shown: every test that its tables name exists, every row has a test or an honest gap, and both
//! languages name the same.

use std::collections::BTreeSet;
use std::path::Path;

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).expect("a source file"));
            text.push('\n');
        }
    }
}

/// The cells of the rows of all tables whose last column tells what shows a row.
fn rows(document: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut is_shown = false;
    for line in document.lines() {
        let Some(inner) = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')) else {
            is_shown = false;
            continue;
        };
        let cells: Vec<String> = inner.split('|').map(|cell| cell.trim().to_owned()).collect();
        let last = cells.last().cloned().unwrap_or_default();
        if matches!(last.as_str(), "shown by" | "证明") {
            is_shown = true;
        } else if is_shown && !last.starts_with("---") {
            found.push(cells);
        }
    }
    found
}

/// The names of tests within a cell.
fn named(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).filter(|name| name.contains('_')).map(str::to_owned).collect()
}

#[test]
fn every_row_of_the_tables_is_shown_or_an_honest_gap() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["src", "tests/it", "understanding/src", "typesetting/src"] {
        sources(&root.join(folder), &mut code);
    }
    let is_test = |name: &str| {
        let called = [format!("fn {name}("), format!("!({name},"), format!(" {name},")];
        called.iter().any(|way| code.contains(way.as_str()))
    };
    let mut tests = Vec::new();
    for (file, gap) in [("docs/security.md", "gap"), ("docs/security.zh-CN.md", "缺口")] {
        let document = std::fs::read_to_string(root.join(file)).expect("the document");
        let rows = rows(&document);
        assert!(rows.len() > 90, "{file}: {} rows", rows.len());
        let mut all = BTreeSet::new();
        for row in &rows {
            let last = row.last().map(String::as_str).unwrap_or_default();
            let names = named(last);
            assert!(!names.is_empty() || row.iter().any(|cell| cell.contains(gap)), "{file}: nothing shows {row:?}");
            for name in names {
                assert!(is_test(&name), "{file}: there is no test {name}");
                all.insert(name);
            }
        }
        tests.push((rows.len(), all));
    }
    assert_eq!(tests[0], tests[1], "both languages have the same rows and name the same tests");
}
