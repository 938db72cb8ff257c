//! The house keeps its shape: rooms look only upwards, rules stay pure, SQL stays in the stores.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the house") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The code of a file without its unit tests, its comments and its documentation.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn rooms() -> Vec<String> {
    let map = fs::read_to_string(root().join("src/lib.rs")).expect("the map");
    map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    let rooms = rooms();
    assert!(rooms.len() >= 10, "the map lists the rooms: {rooms:?}");
    // `app` is what handlers hold, so every room may name it; the last rooms put the program together.
    for (position, room) in rooms.iter().enumerate().filter(|(_, room)| *room != "app") {
        let folder = root().join("src").join(room);
        let files = if folder.is_dir() { sources(&folder) } else { vec![folder.with_extension("rs")] };
        for file in files {
            let code = code(&file);
            for below in &rooms[position + 1..] {
                let looks_down = below != "app" && code.contains(&format!("crate::{below}::"));
                assert!(!looks_down, "{}: {room} looks down at {below}", file.display());
            }
        }
    }
}

#[test]
fn rules_are_pure() {
    let nouns = [
        "src/cases/case.rs",
        "src/timeline/chain.rs",
        "src/timeline/months/month.rs",
        "src/backups/set.rs",
        "src/reports/report.rs",
        "src/suggestions/suggestion.rs",
        "src/reports/twins/twin.rs",
        "src/people/account.rs",
        "src/people/act.rs",
        "src/people/identity/device.rs",
        "src/people/identity/factor.rs",
        "src/people/identity/sealing.rs",
        "src/people/identity/settings.rs",
        "src/people/identity/statement.rs",
        "src/people/identity/totp.rs",
        "src/places/place.rs",
        "src/places/import.rs",
        "src/places/settings.rs",
        "src/repeats/repeat.rs",
        "src/repeats/review.rs",
        "src/repeats/finding.rs",
        "src/papers/paper.rs",
        "src/teaching/adapting.rs",
        "src/teaching/exercise.rs",
        "src/teaching/explaining.rs",
        "src/teaching/refusal.rs",
        "src/teaching/removing.rs",
        "src/teaching/run.rs",
        "src/claims/claim.rs",
        "src/duty/pattern.rs",
        "src/duty/shift.rs",
        "src/duty/calling.rs",
        "src/duty/person.rs",
        "src/duty/sheet.rs",
        "src/instances/instance.rs",
        "src/kit/gates.rs",
        "src/kit/icalendar.rs",
        "src/whistles/whistle.rs",
        "src/whistles/leg.rs",
        "src/whistles/clocks.rs",
        "src/calendars/hearing.rs",
        "src/hotline/order.rs",
        "src/hotline/source.rs",
        "src/rolls/judging.rs",
        "src/rolls/roll.rs",
        "src/open311/city.rs",
        "src/open311/filter.rs",
        "src/open311/format.rs",
        "src/open311/status.rs",
        "src/api/asked.rs",
        "src/api/scopes.rs",
        "src/api/webhooks/endpoint.rs",
        "src/exchange/partner.rs",
        "src/exchange/reading.rs",
        "src/exchange/sending.rs",
        "src/exchange/settings.rs",
        "src/superior/answers.rs",
        "src/superior/batch.rs",
        "src/superior/fields.rs",
        "src/superior/mapping.rs",
        "src/superior/settings.rs",
        "src/superior/writing.rs",
        "src/retention/settings.rs",
        "src/opendata/filter.rs",
        "src/opendata/row.rs",
        "src/opendata/settings.rs",
        "src/opendata/table.rs",
        "src/opendata/writing.rs",
        "src/tiles/filter.rs",
        "src/tiles/mvt.rs",
        "src/tiles/pmtiles.rs",
        "src/tiles/points.rs",
        "src/tiles/shapes.rs",
        "src/tiles/tile.rs",
    ];
    let law = sources(&root().join("src/law"));
    let enforcement = sources(&root().join("src/enforcement"));
    let construction = sources(&root().join("src/construction"));
    let inspection = sources(&root().join("src/inspection"));
    // Of the rooms of procedure everything but the furniture that meets people and tables.
    let furniture = [
        "mod.rs",
        "store.rs",
        "doing.rs",
        "show.rs",
        "board.rs",
        "opening.rs",
        "party.rs",
        "payments.rs",
        "telling.rs",
        "writing.rs",
        "publishing.rs",
        "settings.rs",
        "proving.rs",
        "bundling.rs",
        "finding.rs",
        "list.rs",
        "tally.rs",
        "visits.rs",
        "watching.rs",
        "bringing.rs",
        "enterprises.rs",
        "entering.rs",
        "planning.rs",
        "public.rs",
        "summary.rs",
    ];
    let is_rule = |file: &std::path::PathBuf| {
        file.file_name().and_then(|name| name.to_str()).is_some_and(|name| !furniture.contains(&name))
    };
    let whole_rooms =
        law.into_iter().chain(enforcement.into_iter().chain(construction).chain(inspection).filter(is_rule));
    for file in nouns.iter().map(|noun| root().join(noun)).filter(|noun| noun.is_file()).chain(whole_rooms) {
        let code = code(&file);
        for impure in ["rusqlite", "tokio", "axum::", "kit::db", "async fn", "clock.now", "id::fresh"] {
            assert!(!code.contains(impure), "{}: a rule mentions {impure}", file.display());
        }
    }
}

#[test]
fn sql_stays_in_the_stores() {
    for file in sources(&root().join("src")) {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Sessions are people's smallest store, read at every door.
        if name == "store.rs" || name == "sessions.rs" || file.ends_with("kit/db.rs") {
            continue;
        }
        let code = code(&file);
        for verb in ["\"select ", "\"insert into ", "\"update ", "\"delete from "] {
            // The health check asks the database whether it answers.
            let found = code.replace("\"select 1\"", "").contains(verb);
            assert!(!found, "{}: SQL outside of a store: {verb}", file.display());
        }
    }
}

#[test]
fn nothing_edits_the_log() {
    let mut files: Vec<(PathBuf, String)> =
        sources(&root().join("src")).into_iter().map(|file| (file.clone(), code(&file))).collect();
    for entry in fs::read_dir(root().join("migrations")).expect("the migrations") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a script");
        files.push((
            path,
            text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n"),
        ));
    }
    for (file, text) in files {
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let words = format!("{} ", words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        // How the log lies is changed there, and that it is the same afterwards is tested in `months.rs`.
        let is_of_months = file.ends_with("timeline/months/month.rs");
        for table in ["facts", "fact_feed", "fact_blocks"] {
            for verb in ["update", "delete from", "truncate", "drop table", "alter table"] {
                if is_of_months && (verb, table) == ("alter table", "facts") {
                    continue;
                }
                let edit = format!("{verb} {table} ");
                assert!(!words.contains(&edit), "{}: {edit}: what is sealed stays as it is", file.display());
            }
        }
    }
}

#[test]
fn tables_leave_by_one_writer_which_keeps_formulas_out() {
    for file in sources(&root().join("src")).into_iter().chain(sources(&root().join("benches"))) {
        // The one writer; and whoever asks for places gets their own table back, cell by cell as it was.
        if file.ends_with("kit/sheets.rs") || file.ends_with("grid/commands.rs") {
            continue;
        }
        let code = code(&file);
        for way in ["csv::Writer", "WriterBuilder", "write_formula", "write_dynamic_formula", "write_array_formula"] {
            assert!(!code.contains(way), "{}: {way} goes round kit/sheets.rs", file.display());
        }
    }
}
