//! `steward grid locate`: one place, or a table of places, asked on the command line.

use std::io::{self, Read, Write};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, WriterBuilder};

use crate::grid::area::{Area, Cell, Level};
use crate::grid::cells::{Grid, Place};
use crate::grid::code::CodePattern;
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::grid::import::{self, ImportOptions, Imported};
use crate::kit::error::Refusal;
use crate::kit::id;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How a refusal is said to the person at the terminal.
pub type Say<'a> = &'a dyn Fn(&Refusal) -> String;

/// Builds the ground from files, without a database. Either may be missing. The features that were refused or put
/// right stand in the two reports.
pub fn grid_from_files(
    areas: Option<&Path>,
    grids: Option<&Path>,
    options: &ImportOptions,
) -> Result<(Grid, FileReport), Refusal> {
    let mut report = FileReport::default();
    let mut found_areas = Vec::new();
    if let Some(path) = areas {
        let options =
            ImportOptions { default_level: options.default_level.or(Some(Level::District)), ..options.clone() };
        let imported = import::areas(&import::read_file(path)?, &options, id::fresh);
        report.add(&imported);
        found_areas = imported.found;
    }
    let mut found_cells = Vec::new();
    if let Some(path) = grids {
        let imported = import::cells(&import::read_file(path)?, options, id::fresh);
        report.add(&imported);
        found_cells = imported.found;
    }
    Ok((Grid::new(found_areas, found_cells), report))
}

/// The ground of a city's own files `areas.geojson` and `grids.geojson`, read by the settings of its `city.toml`
/// (`grid_code_pattern`, `region_code`, `map.coordinates`); `None` when it has neither file or neither can be read.
pub fn grid_of_city(settings: &toml::Table, text: impl Fn(&str) -> Option<String>) -> Option<(Grid, FileReport)> {
    let (areas, cells, report) = ground_of_city(settings, text);
    (!areas.is_empty() || !cells.is_empty()).then(|| (Grid::new(areas, cells), report))
}

/// The areas and unit grids of a city's own files, to be saved or made into a [`Grid`].
pub fn ground_of_city(
    settings: &toml::Table,
    text: impl Fn(&str) -> Option<String>,
) -> (Vec<Area>, Vec<Cell>, FileReport) {
    let word = |table: &toml::Table, name: &str| table.get(name).and_then(|value| value.as_str().map(str::to_string));
    let region = word(settings, "region_code").unwrap_or_default();
    let pattern = word(settings, "grid_code_pattern").and_then(|pattern| CodePattern::new(&pattern).ok());
    let map = settings.get("map").and_then(toml::Value::as_table);
    let system = map.and_then(|map| word(map, "coordinates")).and_then(|system| system.parse().ok());
    let options = ImportOptions {
        system: system.unwrap_or_default(),
        pattern: pattern.map(|pattern| pattern.within(&region)),
        ..ImportOptions::default()
    };
    let mut report = FileReport::default();
    let mut features = |path: &str| {
        let read = text(path).map(|text| import::read_geojson(text.as_bytes()));
        match read {
            Some(Ok(features)) => features,
            Some(Err(refusal)) => {
                report.refused.push((path.to_string(), refusal));
                Vec::new()
            }
            None => Vec::new(),
        }
    };
    let (areas, cells) = (features("areas.geojson"), features("grids.geojson"));
    let areas = import::areas(&areas, &options, id::fresh);
    let cells = import::cells(&cells, &options, id::fresh);
    report.add(&areas);
    report.add(&cells);
    (areas.found, cells.found, report)
}

/// The features of files that were refused or put right, by feature id.
#[derive(Clone, Debug, Default)]
pub struct FileReport {
    /// With the keys of what was put right.
    pub repaired: Vec<(String, Vec<&'static str>)>,
    /// With the reason.
    pub refused: Vec<(String, Refusal)>,
}

impl FileReport {
    fn add<T>(&mut self, imported: &Imported<T>) {
        self.refused.extend(imported.refused.iter().cloned());
        self.repaired.extend(
            imported.repaired.iter().map(|(id, repairs)| (id.clone(), repairs.iter().map(|r| r.key()).collect())),
        );
    }
}

/// Writes where one place lies: `cell` and the areas from large to small, a line each, tab between name and value.
/// A place outside the city is refused.
pub fn locate_one(
    grid: &Grid,
    source: Point,
    system: CoordinateSystem,
    out: &mut dyn Write,
) -> Result<io::Result<()>, Refusal> {
    let (cell, areas) = grid.accept(system.inward(source))?;
    let mut text = format!("cell\t{}\n", cell.map_or("", |found| found.code));
    for area in [areas.district, areas.street, areas.community].into_iter().flatten() {
        text.push_str(&format!("{}\t{} {}\n", area.level.as_str(), area.code, area.name));
    }
    Ok(out.write_all(text.as_bytes()))
}

/// How many rows a table had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// All but the heading.
    pub rows: u64,
    /// With a unit grid, or with an area in a city without unit grids there.
    pub located: u64,
    /// Named on the error stream and kept with empty `cell` and `area`.
    pub bad: u64,
}

/// Copies a CSV table with columns for longitude and latitude (`lon`/`lng`/`longitude`/`经度` and
/// `lat`/`latitude`/`纬度`, anywhere), each row with `cell` and `area` (the name of the smallest area) appended. A bad
/// row, and one outside the city, is named on `errors` with its line and reason, and kept with both empty. Refuses a
/// table without the two columns with `table-without-coordinates`, an unreadable one with `table-unreadable`.
pub fn locate_table(
    grid: &Grid,
    system: CoordinateSystem,
    mut input: impl Read,
    mut output: impl Write,
    errors: &mut dyn Write,
    say: Say<'_>,
) -> Result<RowCounts, Refusal> {
    let failed = |error: &dyn std::fmt::Display| Refusal::new("table-unreadable").with("error", error.to_string());
    // Spreadsheets know UTF-8 by its mark; a table that had one keeps it.
    let mut start = Vec::new();
    input.by_ref().take(3).read_to_end(&mut start).map_err(|error| failed(&error))?;
    if start == BYTE_ORDER_MARK {
        output.write_all(BYTE_ORDER_MARK).map_err(|error| failed(&error))?;
        start.clear();
    }
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(start.as_slice().chain(input));
    let mut writer = WriterBuilder::new().flexible(true).from_writer(output);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(|error| failed(&error))? {
        return Err(Refusal::new("table-without-coordinates"));
    }
    let column = |names: &[&str]| {
        record.iter().position(|heading| {
            let heading = String::from_utf8_lossy(heading);
            names.contains(&heading.trim().to_lowercase().as_str())
        })
    };
    let (Some(lon_column), Some(lat_column)) =
        (column(&["lon", "lng", "longitude", "经度"]), column(&["lat", "latitude", "纬度"]))
    else {
        return Err(Refusal::new("table-without-coordinates"));
    };
    let width = record.len();
    record.push_field(b"cell");
    record.push_field(b"area");
    writer.write_byte_record(&record).map_err(|error| failed(&error))?;
    let mut counts = RowCounts::default();
    while reader.read_byte_record(&mut record).map_err(|error| failed(&error))? {
        counts.rows += 1;
        let line = record.position().map_or(0, csv::Position::line);
        let asked = if record.len() == width {
            let text = |column: usize| String::from_utf8_lossy(record.get(column).unwrap_or_default()).into_owned();
            Point::parse(&text(lon_column), &text(lat_column)).map(|point| system.inward(point))
        } else {
            Err(Refusal::new("row-other-width").with("fields", record.len()).with("wanted", width))
        };
        // A short row is filled up, so that the two new columns stand where they belong.
        while record.len() < width {
            record.push_field(b"");
        }
        let answer = asked.and_then(|point| match grid.place(point) {
            Place::Cell(found) => Ok((found.code, found.areas)),
            Place::Between { areas } => Ok(("", areas)),
            Place::Outside { .. } => grid.accept(point).map(|(_, areas)| ("", areas)),
        });
        match answer {
            Ok((code, areas)) => {
                counts.located += 1;
                record.push_field(code.as_bytes());
                record.push_field(areas.smallest().map_or("", |area| area.name.as_str()).as_bytes());
            }
            Err(refusal) => {
                counts.bad += 1;
                record.push_field(b"");
                record.push_field(b"");
                writeln!(errors, "{line}: {}", say(&refusal)).map_err(|error| failed(&error))?;
            }
        }
        writer.write_byte_record(&record).map_err(|error| failed(&error))?;
    }
    writer.flush().map_err(|error| failed(&error))?;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::bench::jittered_cells;

    #[test]
    fn a_bad_row_is_named_and_kept() {
        let grid = Grid::new(vec![], jittered_cells(10, 10, 0, 3));
        let table = "\u{FEFF}id,Lat,note,LON\n1,22.505,\"a, b\",114.005\n2,abc,x,114.005\n3,22.505,x\n4,50,far,10\n5,22.505,东,114.005\n";
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        let say = |refusal: &Refusal| refusal.key.to_string();
        let counts =
            locate_table(&grid, CoordinateSystem::Wgs84, table.as_bytes(), &mut out, &mut errors, &say).unwrap();
        let code = grid.locate(114.005, 22.505).unwrap().code;
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!(
                "\u{FEFF}id,Lat,note,LON,cell,area\n1,22.505,\"a, b\",114.005,{code},\n2,abc,x,114.005,,\n3,22.505,x,,,\n4,50,far,10,,\n5,22.505,东,114.005,{code},\n"
            )
        );
        assert_eq!(
            String::from_utf8(errors).unwrap(),
            "3: coordinates-not-a-number\n4: row-other-width\n5: place-outside-city\n"
        );
        assert_eq!(counts, RowCounts { rows: 5, located: 2, bad: 3 });
        for table in ["", "a,b\n1,2\n"] {
            let refusal =
                locate_table(&grid, CoordinateSystem::Wgs84, table.as_bytes(), io::sink(), &mut io::sink(), &say);
            assert_eq!(refusal.expect_err("no columns").key, "table-without-coordinates");
        }
    }

    #[test]
    fn a_shifted_place_lands_in_the_same_cell() {
        let grid = Grid::new(vec![], jittered_cells(10, 10, 0, 3));
        let inside = Point { lon: 114.005, lat: 22.505 };
        let (mut plain, mut shifted) = (Vec::new(), Vec::new());
        locate_one(&grid, inside, CoordinateSystem::Wgs84, &mut plain).unwrap().unwrap();
        let gcj02 = CoordinateSystem::Gcj02.outward(inside);
        locate_one(&grid, gcj02, CoordinateSystem::Gcj02, &mut shifted).unwrap().unwrap();
        assert_eq!(plain, shifted);
        assert!(plain.starts_with(b"cell\t0000"));
    }

    #[test]
    fn the_ground_can_come_from_files_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grids.geojson");
        let grid = Grid::new(vec![], jittered_cells(3, 2, 0, 3));
        std::fs::write(&path, crate::grid::layers::cells_geojson(&grid)).unwrap();
        let (grid, report) = grid_from_files(None, Some(&path), &ImportOptions::default()).unwrap();
        assert_eq!((grid.cells().len(), report.refused.len()), (6, 0));
        assert!(grid_from_files(Some(Path::new("/nowhere.shp")), None, &ImportOptions::default()).is_err());
    }
}
