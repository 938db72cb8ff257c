//! The ground, on the invented city, in the database, and on real polygons when they are there.

use crate::on_both;
use crate::world::{MORNING, World};
use std::io::Read;
use std::path::PathBuf;
use steward::grid::area::{Level, ResponsibilityGrid};
use steward::grid::bench::Dice;
use steward::grid::cells::{Grid, Place};
use steward::grid::code::CodePattern;
use steward::grid::commands::ground_of_city;
use steward::grid::coordinates::{CoordinateSystem, Point};
use steward::grid::geometry::{Repair, place_inside};
use steward::grid::import::{self, ImportOptions};
use steward::grid::store::{
    Saved, load_grid, load_responsibility_grids, save_areas, save_cells, save_responsibility_grid,
};
use steward::grid::topology::survey;
use steward::kit::clock::Moment;
use steward::kit::db::DbError;
use steward::kit::id;
use steward::kit::sources::Sources;
use steward::kit::words::Words;

/// A file of the real data, unpacked; nothing (said aloud) when it is not there.
pub fn real(path: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("STEWARD_REAL_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let Ok(bytes) = std::fs::read(folder.join(path)) else {
        eprintln!("skipped: {path} is not in {}", folder.display());
        return None;
    };
    if !path.ends_with(".gz") {
        return Some(bytes);
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).expect("a sound archive");
    Some(unpacked)
}

fn demo() -> Grid {
    let sources = Sources::of_demo();
    let settings: toml::Table = toml::from_str(&sources.text("city.toml").expect("a city")).expect("settings");
    let (areas, cells, report) = ground_of_city(&settings, |path| sources.text(path));
    assert!(report.refused.is_empty(), "{:?}", report.refused);
    Grid::new(areas, cells)
}

#[test]
fn the_invented_city_has_sound_ground() {
    let grid = demo();
    assert!(!grid.cells().is_empty());
    for cell in grid.cells() {
        let inside = place_inside(&cell.geometry).expect("a place inside");
        let Place::Cell(found) = grid.place(inside) else { panic!("{} does not hold its own place", cell.code) };
        assert_eq!(found.code, cell.code);
        assert!(found.areas.district.is_some() && found.areas.street.is_some() && found.areas.community.is_some());
    }
    let findings = survey(&grid, 10.0);
    let total: f64 = findings.iter().map(|finding| finding.square_metres).sum();
    eprintln!("{} cells, {} findings of {total:.0} m²", grid.cells().len(), findings.len());
    for finding in findings.iter().take(5) {
        eprintln!("{finding:?}");
    }
}

/// Every key that the room's files mention has its sentence in every language.
#[test]
fn every_refusal_has_its_sentence() {
    let (words, _) = Words::load(&Sources::embedded());
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/grid");
    let of = |folder: PathBuf| std::fs::read_dir(folder).expect("the room").map(|entry| entry.expect("a file").path());
    for path in of(folder.clone()).chain(of(folder.join("geopackage"))).filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(path).expect("text");
        for start in ["Refusal::new(\"", "refuse(\"", "=> \"geometry-", "=> \"topology-"] {
            for (at, _) in text.match_indices(start) {
                let from = at + text[at..].find('"').expect("found") + 1;
                let key = text[from..].split('"').next().unwrap_or_default();
                assert!(key.is_empty() || words.has(key), "no sentence for {key}");
            }
        }
    }
}

async fn ground_is_kept(world: World) {
    let sources = Sources::of_demo();
    let settings: toml::Table = toml::from_str(&sources.text("city.toml").expect("a city")).expect("settings");
    let (areas, mut cells, _) = ground_of_city(&settings, |path| sources.text(path));
    let save = |cells: Vec<steward::grid::area::Cell>, now: Moment| {
        let (db, areas) = (world.app.db.clone(), areas.clone());
        async move {
            let saved =
                db.write(move |tx| {
                    let (areas, cells) = (areas.clone(), cells.clone());
                    async move {
                        Ok::<_, DbError>((save_areas(&tx, &areas, now).await?, save_cells(&tx, &cells, now).await?))
                    }
                });
            saved.await.expect("saved")
        }
    };
    // The program may have saved its own city already.
    save(cells.clone(), MORNING).await;
    let again = save(cells.clone(), MORNING).await;
    assert_eq!(again.0, Saved { unchanged: areas.len() as u64, ..Saved::default() });
    assert_eq!(again.1, Saved { unchanged: cells.len() as u64, ..Saved::default() });
    cells[0].name = "renamed".into();
    cells[0].id = id::fresh();
    let changed = save(cells.clone(), MORNING).await;
    assert_eq!(changed.1, Saved { changed: 1, unchanged: cells.len() as u64 - 1, begun: 0 });
    let loaded = world.app.db.read(|tx| async move { load_grid(&tx).await }).await;
    let loaded: Grid = loaded.expect("loaded");
    assert_eq!((loaded.areas().len(), loaded.cells().len()), (areas.len(), cells.len()));
    let made = Grid::new(areas.clone(), cells.clone());
    for (loaded, made) in loaded.cells().iter().zip(made.cells()) {
        assert_eq!((&loaded.code, &loaded.name), (&made.code, &made.name));
        let inside = place_inside(&made.geometry).expect("inside");
        assert!(place_inside(&loaded.geometry).is_some_and(|place| (place.lon - inside.lon).abs() < 1e-9));
    }
    let mut round = ResponsibilityGrid {
        id: id::fresh(),
        code: "T1".into(),
        name: "东".into(),
        version: 1,
        keeper_account: None,
        team_department: None,
        unit_codes: vec![cells[1].code.clone(), cells[0].code.clone()],
    };
    for (change, wanted) in [(false, 1), (false, 1), (true, 2)] {
        if change {
            round.unit_codes.pop();
            round.id = id::fresh();
        }
        let next = round.clone();
        let saved = world.app.db.write(move |tx| {
            let next = next.clone();
            async move { save_responsibility_grid(&tx, &next, MORNING).await }
        });
        saved.await.expect("saved");
        let all = world.app.db.read(|tx| async move { load_responsibility_grids(&tx).await }).await;
        let all: Vec<ResponsibilityGrid> = all.map_err(|error: DbError| error).expect("loaded");
        let current = all.iter().find(|grid| grid.code == "T1").expect("there");
        assert_eq!((current.version, current.unit_codes.len()), (wanted, round.unit_codes.len()));
    }
}
on_both!(the_ground_is_kept, ground_is_kept);

#[test]
fn real_blocks_become_unit_grids() {
    let Some(bytes) = real("geo/futian_blocks.geojson") else { return };
    let options = ImportOptions {
        pattern: Some(CodePattern::new("6+3+3+3").expect("a pattern").within("440304")),
        number_within: Some("440304001001".into()),
        ..ImportOptions::default()
    };
    let imported = import::cells(&import::read_geojson(&bytes).expect("features"), &options, id::fresh);
    eprintln!(
        "{} unit grids, {} repaired, {:?} refused",
        imported.found.len(),
        imported.repaired.len(),
        imported.refused
    );
    assert_eq!((imported.found.len(), imported.refused.len()), (465, 0));
    let grid = Grid::new(Vec::new(), imported.found);
    let mut dice = Dice::new(7);
    let mut asked = 0;
    for (index, cell) in grid.cells().iter().enumerate() {
        assert_eq!(cell.code.len(), 15);
        let around = geo::BoundingRect::bounding_rect(&cell.geometry).expect("ground");
        let mut hits = 0;
        for _ in 0..10_000 {
            let (lon, lat) =
                (around.min().x + dice.roll() * around.width(), around.min().y + dice.roll() * around.height());
            if geo::Contains::contains(&cell.geometry, &geo::Point::new(lon, lat)) {
                asked += 1;
                hits += 1;
                let found = grid.locate(lon, lat).expect("in a unit grid");
                // Blocks may overlap a little: then the smaller code answers, and it holds the place too.
                let holds = geo::Contains::contains(&found.cell.geometry, &geo::Point::new(lon, lat));
                assert!(found.index == index || (found.index < index && holds), "{} {}", found.code, cell.code);
            }
            if hits == 100 {
                break;
            }
        }
    }
    let overlaps = survey(&grid, 1.0).iter().filter(|f| f.fault == steward::grid::topology::Fault::Overlap).count();
    eprintln!("{asked} places in 465 blocks found; {overlaps} overlaps");
}

#[test]
fn real_areas_agree_with_the_rows_own() {
    let (Some(polygons), Some(rows)) =
        (real("la311/la_nc_boundaries_2019.geojson.gz"), real("la311/la311_2017-12_2018-01.csv.gz"))
    else {
        return;
    };
    let mut options = ImportOptions { default_level: Some(Level::Community), ..ImportOptions::default() };
    options.names.code = vec!["nc_id".into()];
    let imported = import::areas(&import::read_geojson(&polygons).expect("features"), &options, id::fresh);
    eprintln!("{} areas, {} repaired, {:?} refused", imported.found.len(), imported.repaired.len(), imported.refused);
    assert_eq!(imported.found.len() + imported.refused.len(), 99);
    let grid = Grid::new(imported.found, Vec::new());
    let mut reader = csv::Reader::from_reader(rows.as_slice());
    let headings = reader.headers().expect("a heading").clone();
    let column = |name: &str| headings.iter().position(|heading| heading == name).expect("the column");
    let (lat, lon, code, name) = (column("Latitude"), column("Longitude"), column("NC"), column("NCName"));
    let (mut asked, mut agreed) = (0u32, 0u32);
    for row in reader.records() {
        let row = row.expect("a row");
        let Ok(point) = Point::parse(&row[lon], &row[lat]) else { continue };
        if row[code].trim().is_empty() && row[name].trim().is_empty() {
            continue;
        }
        asked += 1;
        let (wanted, known) = (row[code].trim().trim_end_matches(".0"), row[name].trim().to_lowercase());
        let found = grid.areas_at(point.lon, point.lat).community;
        agreed += u32::from(found.is_some_and(|area| area.code == wanted || area.name.trim().to_lowercase() == known));
    }
    let share = f64::from(agreed) / f64::from(asked);
    eprintln!("{agreed} of {asked} rows agree: {:.2} %", share * 100.0);
    assert!(share >= 0.986, "{share}");
}

#[test]
fn broken_polygons_are_repaired_or_refused() {
    for path in [
        "geo/hangzhou_districts_2017.geojson.gz",
        "geo/longyan_districts.geojson.gz",
        "geo/sanming_districts.geojson.gz",
        "geo/shenzhen_10_districts_transbigdata.geojson.gz",
        "geo/shenzhen_districts_2017.geojson.gz",
        "geo/hangzhou_yuhang_streets_2021.geojson",
    ] {
        let Some(bytes) = real(path) else { continue };
        let features = import::read_geojson(&bytes).expect("features");
        let level = if path.contains("streets") { Level::Street } else { Level::District };
        let options =
            ImportOptions { system: CoordinateSystem::Gcj02, default_level: Some(level), ..ImportOptions::default() };
        let imported = import::areas(&features, &options, id::fresh);
        let rebuilt = imported.repaired.iter().filter(|(_, repairs)| repairs.contains(&Repair::Rebuilt)).count();
        eprintln!(
            "{path}: {} features, {} taken ({} repaired, {rebuilt} of them rebuilt), {:?} refused",
            features.len(),
            imported.found.len(),
            imported.repaired.len(),
            imported.refused
        );
        assert_eq!(imported.found.len() + imported.refused.len(), features.len());
        let grid = Grid::new(imported.found, Vec::new());
        for area in grid.areas() {
            let inside = place_inside(&area.geometry).expect("a place inside");
            assert!(grid.accept(inside).is_ok(), "{} does not hold its own place", area.name);
        }
    }
}
