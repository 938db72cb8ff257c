//! Lists of places as cities have them: CSV with a head line, GeoJSON. What is wrong in a row is said with its line, and the
//! good rows are kept.

use super::form::is_character;
use super::place::Place;
use crate::text::normal;
use serde_json::{Map, Value};

/// What is wrong with a list or with one of its rows, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Bytes that are no UTF-8.
    #[error("this is not UTF-8. Save the file as “CSV UTF-8” and try again")]
    NotUtf8,
    /// It begins like JSON and is none.
    #[error("this is not JSON: {0}")]
    NotJson(String),
    /// JSON, but no collection of features.
    #[error("this is no GeoJSON with features")]
    NoFeatures,
    /// A column that is needed is not there.
    #[error("there is no column {wanted}. The file has: {there}")]
    NoColumn {
        /// The names that were looked for.
        wanted: &'static str,
        /// The names that are there.
        there: String,
    },
    /// There is not even one row.
    #[error("the file has no places")]
    Empty,
    /// A row that the reader of CSV cannot read.
    #[error("the row cannot be read: {0}")]
    Unreadable(String),
    /// A row with neither.
    #[error("there is neither a name nor an address")]
    Nameless,
    /// No coordinates.
    #[error("there is no position")]
    NoPosition,
    /// A coordinate that is no number.
    #[error("“{0}” is no number of degrees")]
    NotANumber(String),
    /// A latitude beyond 90 degrees that would be a longitude.
    #[error("longitude and latitude seem to be exchanged: {0}")]
    Swapped(String),
    /// No place on Earth, or 0, 0.
    #[error("{0} is no position")]
    OutOfRange(String),
    /// More rows than the caller takes.
    #[error("there are more than {0} places in the file. Part it, or leave out what nobody asks for")]
    TooMany(usize),
    /// More columns than any list has.
    #[error("there are {0} columns. A list of places has a column for the name, the address, lon and lat")]
    TooManyColumns(usize),
}

/// More columns than these are no list of places.
const MOST_COLUMNS: usize = 1000;
/// So many columns are named when one is missing.
const MOST_NAMED: usize = 30;

/// How much of a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Places; a file with more is refused as a whole.
    pub places: usize,
    /// Wrong rows that are told one by one; others are only counted.
    pub wrong: usize,
}

impl Most {
    /// All of it.
    pub const ALL: Most = Most { places: usize::MAX, wrong: usize::MAX };
}

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", self.place())]
pub struct Wrong {
    /// The line of the file, from 1, the head line being 1; of GeoJSON the number of the feature, from 1. 0: the whole file.
    pub line: u64,
    /// What is wrong there.
    pub fault: Fault,
    /// Whether `line` counts features.
    pub is_feature: bool,
}

impl Fault {
    fn of_number(text: &str) -> Fault {
        match text.trim() {
            "" => Fault::NoPosition,
            text => Fault::NotANumber(text.to_owned()),
        }
    }
}

impl Wrong {
    fn in_line(line: u64, fault: Fault) -> Wrong {
        Wrong { line, fault, is_feature: false }
    }

    fn place(&self) -> String {
        match (self.line, self.is_feature) {
            (0, _) => String::new(),
            (line, false) => format!("line {line}: "),
            (feature, true) => format!("feature {feature}: "),
        }
    }
}

/// What came out of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// The places of the good rows.
    pub places: Vec<Place>,
    /// The line of each of them, as [`Wrong`] counts lines.
    pub lines: Vec<u64>,
    /// What is wrong, by line.
    pub wrong: Vec<Wrong>,
    /// How many more rows are wrong.
    pub wrong_beyond: usize,
}

impl Read {
    fn take(&mut self, row: Result<Place, Wrong>, line: u64, most: Most) -> Result<(), Wrong> {
        match row {
            Ok(_) if self.places.len() >= most.places => return Err(Wrong::in_line(0, Fault::TooMany(most.places))),
            Ok(place) => {
                self.places.push(place);
                self.lines.push(line);
            }
            Err(wrong) if self.wrong.len() < most.wrong => self.wrong.push(wrong),
            Err(_) => self.wrong_beyond += 1,
        }
        Ok(())
    }
}

/// From a system of coordinates, by its name (`wgs84`, `gcj02`, `bd09`, `cgcs2000`), to WGS-84: longitude, latitude.
pub type Inward<'a> = &'a dyn Fn(&str, f64, f64) -> (f64, f64);

/// Systems that a column's name may say, in the order in which they are preferred.
const SYSTEMS: &[&str] = &["wgs84", "cgcs2000", "gcj02", "bd09"];

const NAMES: &[&str] = &[
    "name",
    "名称",
    "地名",
    "名字",
    "标准名称",
    "地点名称",
    "poi_name",
    "poi名称",
    "title",
    "place",
    "place_name",
    "小区名称",
];
const ADDRESSES: &[&str] = &[
    "address",
    "地址",
    "详细地址",
    "门牌地址",
    "标准地址",
    "addr",
    "location_address",
    "street_address",
    "full_address",
    "位置",
];
const DISTRICTS: &[&str] =
    &["district", "区", "区县", "行政区", "区县名称", "所属区", "所属区县", "adname", "county", "borough", "所在区"];
const KINDS: &[&str] = &["type", "kind", "类型", "类别", "分类", "种类", "地名类别", "category", "class"];
const CODES: &[&str] = &["code", "id", "编号", "编码", "代码", "地名代码", "标识码", "osm_id"];
const LONS: &[&str] = &["lon", "lng", "long", "longitude", "经度", "x", "东经", "lng_x"];
const LATS: &[&str] = &["lat", "latitude", "纬度", "y", "北纬", "lat_y", "latitude_y"];
const BOTH: &[&str] = &["坐标", "经纬度", "location", "lonlat", "lnglat"];

/// Reads a list of places: GeoJSON when it begins with `{`, else CSV. `system` is that of coordinates whose column does not
/// name one.
///
/// # Errors
/// When the file as a whole cannot be read.
pub fn read(bytes: &[u8], system: &str, inward: Inward) -> Result<Read, Wrong> {
    read_at_most(bytes, system, inward, Most::ALL)
}

/// The same of at most so much.
///
/// # Errors
/// When the file as a whole cannot be read, or holds more.
pub fn read_at_most(bytes: &[u8], system: &str, inward: Inward, most: Most) -> Result<Read, Wrong> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        Wrong::in_line(1 + before.iter().filter(|byte| **byte == b'\n').count() as u64, Fault::NotUtf8)
    })?;
    let read = if text.trim_start().starts_with('{') {
        geojson(text, system, inward, most)?
    } else {
        table(text, system, inward, most)?
    };
    if read.places.is_empty() && read.wrong.is_empty() && read.wrong_beyond == 0 {
        return Err(Wrong::in_line(0, Fault::Empty));
    }
    Ok(read)
}

/// Where the coordinates stand in a row.
#[derive(Clone, Debug, PartialEq)]
enum Where {
    Apart { lon: usize, lat: usize, system: String },
    Together { column: usize, system: String },
}

#[derive(Debug)]
struct Columns {
    name: Option<usize>,
    address: Option<usize>,
    district: Option<usize>,
    kind: Option<usize>,
    code: Option<usize>,
    position: Where,
}

/// A column's name in small letters without spaces, and the system that it says.
fn column(head: &str) -> (String, Option<&'static str>) {
    let plain: String = normal(head).chars().filter(|sign| !sign.is_whitespace()).collect();
    let plain = plain.replace(['-', '(', ')', '/'], "_");
    let plain = plain.trim_matches('_');
    for (ending, system) in [
        ("wgs84", "wgs84"),
        ("wgs_84", "wgs84"),
        ("cgcs2000", "cgcs2000"),
        ("gcj02", "gcj02"),
        ("gcj_02", "gcj02"),
        ("bd09ll", "bd09"),
        ("bd09", "bd09"),
        ("bd_09", "bd09"),
    ] {
        if let Some(stem) = plain.strip_suffix(ending) {
            return (stem.trim_matches('_').to_owned(), Some(system));
        }
    }
    (plain.to_owned(), None)
}

impl Columns {
    fn of(heads: &[String], system: &str) -> Result<Columns, Wrong> {
        let columns: Vec<(String, Option<&'static str>)> = heads.iter().map(|head| column(head)).collect();
        let find = |words: &[&str], system: Option<&str>| {
            words.iter().find_map(|word| columns.iter().position(|(name, own)| name == word && *own == system))
        };
        let choices = SYSTEMS.iter().map(|name| Some(*name)).chain([None]);
        let position = choices.into_iter().find_map(|own| {
            let named = own.unwrap_or(system).to_owned();
            match (find(LONS, own), find(LATS, own)) {
                (Some(lon), Some(lat)) => Some(Where::Apart { lon, lat, system: named }),
                _ => find(BOTH, own).map(|column| Where::Together { column, system: named }),
            }
        });
        let missing = |wanted: &'static str| {
            let mut there = heads.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            if heads.len() > MOST_NAMED {
                there.push_str(", …");
            }
            Wrong::in_line(1, Fault::NoColumn { wanted, there })
        };
        let (name, address) = (find(NAMES, None), find(ADDRESSES, None));
        if name.is_none() && address.is_none() {
            return Err(missing("name or address"));
        }
        let position = position.ok_or_else(|| missing("lon and lat"))?;
        Ok(Columns {
            name,
            address,
            district: find(DISTRICTS, None),
            kind: find(KINDS, None),
            code: find(CODES, None),
            position,
        })
    }
}

fn table(text: &str, system: &str, inward: Inward, most: Most) -> Result<Read, Wrong> {
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: char| first.chars().filter(|other| *other == sign).count();
    let parting = [',', '\t', ';'].into_iter().max_by_key(|sign| (count(*sign), *sign == ',')).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(parting as u8)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let Some(head) = rows.next() else { return Err(Wrong::in_line(0, Fault::Empty)) };
    let head = head.map_err(|error| Wrong::in_line(1, Fault::Unreadable(error.to_string())))?;
    if head.len() > MOST_COLUMNS {
        return Err(Wrong::in_line(1, Fault::TooManyColumns(head.len())));
    }
    let heads: Vec<String> = head.iter().map(|name| name.trim().to_owned()).collect();
    let columns = Columns::of(&heads, system)?;
    let mut read = Read::default();
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                read.take(Err(Wrong::in_line(line, Fault::Unreadable(error.to_string()))), line, most)?;
                continue;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).unwrap_or_default().trim();
        let place = position(&columns.position, |column| cell(Some(column)), inward).and_then(|(lon, lat)| {
            let place = Place {
                code: cell(columns.code).to_owned(),
                name: cell(columns.name).to_owned(),
                address: address(cell(columns.address)),
                district: cell(columns.district).to_owned(),
                kind: cell(columns.kind).to_owned(),
                lon,
                lat,
            };
            named(place)
        });
        read.take(place.map_err(|fault| Wrong::in_line(line, fault)), line, most)?;
    }
    Ok(read)
}

/// An address without what only stands for "none".
fn address(text: &str) -> String {
    if matches!(text, "[]" | "-" | "无" | "null" | "NULL" | "None" | "nan" | "N/A") {
        String::new()
    } else {
        text.to_owned()
    }
}

fn named(place: Place) -> Result<Place, Fault> {
    if place.name.is_empty() && place.address.is_empty() { Err(Fault::Nameless) } else { Ok(place) }
}

fn position<'a>(place: &Where, cell: impl Fn(usize) -> &'a str, inward: Inward) -> Result<(f64, f64), Fault> {
    let (lon, lat, system) = match place {
        Where::Apart { lon, lat, system } => (cell(*lon), cell(*lat), system),
        Where::Together { column, system } => {
            let text = cell(*column);
            let (lon, lat) = text.split_once([',', '，', ' ', ';']).ok_or_else(|| Fault::of_number(text))?;
            (lon, lat, system)
        }
    };
    let number = |text: &str| {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| Fault::of_number(text))
    };
    on_earth(number(lon)?, number(lat)?, system, inward)
}

fn on_earth(lon: f64, lat: f64, system: &str, inward: Inward) -> Result<(f64, f64), Fault> {
    let text = format!("{lon}, {lat}");
    if lat.abs() > 90.0 && lat.abs() <= 180.0 && lon.abs() <= 90.0 {
        return Err(Fault::Swapped(text));
    }
    if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) || (lon == 0.0 && lat == 0.0) {
        return Err(Fault::OutOfRange(text));
    }
    Ok(inward(system, lon, lat))
}

fn geojson(text: &str, system: &str, inward: Inward, most: Most) -> Result<Read, Wrong> {
    let root: Value = serde_json::from_str(text)
        .map_err(|error| Wrong::in_line(error.line() as u64, Fault::NotJson(error.to_string())))?;
    let Some(features) = root.get("features").and_then(Value::as_array) else {
        return Err(Wrong::in_line(0, Fault::NoFeatures));
    };
    // Old files name their system in `crs`; RFC 7946 knows only WGS-84, so the caller's word counts for the rest.
    let mut read = Read::default();
    for (line, feature) in (1u64..).zip(features) {
        let place = of_feature(feature, system, inward).map_err(|fault| Wrong { line, fault, is_feature: true });
        read.take(place, line, most)?;
    }
    Ok(read)
}

fn of_feature(feature: &Value, system: &str, inward: Inward) -> Result<Place, Fault> {
    let empty = Map::new();
    let properties = feature.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let word = |words: &[&str]| {
        let found = words.iter().find_map(|word| properties.iter().find(|(key, _)| column(key).0 == *word));
        match found.map(|(_, value)| value) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    };
    let geometry = feature.get("geometry").filter(|geometry| !geometry.is_null());
    let coordinates = geometry.and_then(|geometry| geometry.get("coordinates"));
    let mut points = Vec::new();
    coordinates.into_iter().for_each(|value| positions(value, &mut points));
    let (lon, lat) =
        middle(&points, geometry.and_then(|geometry| geometry.get("type")).and_then(Value::as_str).unwrap_or_default())
            .ok_or(Fault::NoPosition)?;
    let (lon, lat) = on_earth(lon, lat, system, inward)?;
    let address =
        match (word(ADDRESSES), word(&["addr_street", "addr:street"]), word(&["addr_housenumber", "addr:housenumber"]))
        {
            (whole, ..) if !whole.is_empty() => whole,
            (_, street, number) if !street.is_empty() && !number.is_empty() => {
                let is_chinese = street.chars().any(is_character);
                if is_chinese {
                    format!("{street}{}号", number.trim_end_matches('号'))
                } else {
                    format!("{street} {number}")
                }
            }
            _ => String::new(),
        };
    let name = word(NAMES);
    named(Place { code: word(CODES), name, address, district: word(DISTRICTS), kind: word(KINDS), lon, lat })
}

/// Every position in nested arrays.
fn positions(value: &Value, found: &mut Vec<(f64, f64)>) {
    let Some(list) = value.as_array() else { return };
    if let (Some(lon), Some(lat)) = (list.first().and_then(Value::as_f64), list.get(1).and_then(Value::as_f64)) {
        found.push((lon, lat));
    } else {
        list.iter().for_each(|inner| positions(inner, found));
    }
}

/// A position that stands for a shape: the middle vertex of a line, the middle of the extent of a surface.
fn middle(points: &[(f64, f64)], kind: &str) -> Option<(f64, f64)> {
    if kind.contains("Polygon") {
        let low = points.iter().copied().reduce(|a, b| (a.0.min(b.0), a.1.min(b.1)))?;
        let high = points.iter().copied().reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))?;
        return Some(((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0));
    }
    points.get(points.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each system shifts by so many degrees here, so that a test sees which was meant.
    fn inward(system: &str, lon: f64, lat: f64) -> (f64, f64) {
        match system {
            "gcj02" => (lon + 1.0, lat),
            "bd09" => (lon + 2.0, lat),
            _ => (lon, lat),
        }
    }

    fn ok(text: &str) -> Read {
        read(text.as_bytes(), "wgs84", &inward).unwrap()
    }

    fn said(read: &Read) -> Vec<String> {
        read.wrong.iter().map(Wrong::to_string).collect()
    }

    #[test]
    fn columns_in_both_languages_and_their_systems() {
        for (text, lon) in [
            ("name,address,lon,lat\n剧院,望澜路3号,120.5,30.5\n", 120.5),
            ("名称,地址,经度,纬度\n剧院,望澜路3号,120.5,30.5\n", 120.5),
            ("\u{feff}Name\tAddress\tlat_gcj02\tlon_gcj02\n剧院\t望澜路3号\t30.5\t120.5\n", 121.5),
            ("地名;详细地址;经度(BD09);纬度(BD09)\n剧院;望澜路3号;120.5;30.5\n", 122.5),
            ("名称,lon_bd09,lat_bd09,lon_wgs84,lat_wgs84,地址\n剧院,1,2,120.5,30.5,望澜路3号\n", 120.5),
            ("名称,地址,坐标\n剧院,望澜路3号,\"120.5,30.5\"\n", 120.5),
        ] {
            let found = ok(text);
            assert_eq!(found.wrong, [], "{text}");
            let place = &found.places[0];
            assert_eq!(
                (place.name.as_str(), place.address.as_str(), place.lon, place.lat),
                ("剧院", "望澜路3号", lon, 30.5),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_by_line_and_good_rows_stay() {
        let found = ok(
            "name,address,lon,lat\n甲,望澜路1号,120,30\n乙,望澜路2号,abc,30\n丙,\"望澜路\n3号\",120,30\n,[],120,30\n丁,望澜路4号,30,120\n戊,望澜路5号,,\n己,望澜路6号\n庚,望澜路7号,120,95\n\n辛,望澜路8号,120,30\n",
        );
        assert_eq!(
            said(&found),
            [
                "line 3: “abc” is no number of degrees",
                "line 6: there is neither a name nor an address",
                "line 7: longitude and latitude seem to be exchanged: 30, 120",
                "line 8: there is no position",
                "line 9: there is no position",
                "line 10: 120, 95 is no position",
            ]
        );
        assert_eq!(found.places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), ["甲", "丙", "辛"]);
    }

    #[test]
    fn a_file_that_is_none() {
        for (bytes, expected) in [
            (&b"name,lon\nx,1\n"[..], "line 1: there is no column lon and lat. The file has: name, lon"),
            (b"lon,lat\n1,2\n", "line 1: there is no column name or address. The file has: lon, lat"),
            (b"", "the file has no places"),
            (b"name,lon,lat\n", "the file has no places"),
            (b"{\"type\":", "line 1: this is not JSON: EOF while parsing a value at line 1 column 8"),
            (b"{}", "this is no GeoJSON with features"),
            (b"name,lon,lat\n\xc3\xfb,1,2\n", "line 2: this is not UTF-8. Save the file as “CSV UTF-8” and try again"),
        ] {
            let refusal = read(bytes, "wgs84", &inward).map_err(|wrong| wrong.to_string());
            assert_eq!(refusal.err().as_deref(), Some(expected));
        }
    }

    #[test]
    fn features_of_every_shape() {
        let text = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"名称":"剧院","addr:street":"望澜路","addr:housenumber":"3"},"geometry":{"type":"Point","coordinates":[120.5,30.5]}},
            {"type":"Feature","properties":{"name":"望澜路"},"geometry":{"type":"LineString","coordinates":[[120,30],[120.1,30],[120.2,30]]}},
            {"type":"Feature","properties":{"name":"公园"},"geometry":{"type":"Polygon","coordinates":[[[120,30],[121,30],[121,31],[120,30]]]}},
            {"type":"Feature","properties":{"name":"x"},"geometry":null},
            {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[120.5,30.5]}}]}"#;
        let found = ok(text);
        let places: Vec<(&str, &str, f64)> =
            found.places.iter().map(|place| (place.name.as_str(), place.address.as_str(), place.lon)).collect();
        assert_eq!(places, [("剧院", "望澜路3号", 120.5), ("望澜路", "", 120.1), ("公园", "", 120.5)]);
        assert_eq!(
            said(&found),
            ["feature 4: there is no position", "feature 5: there is neither a name nor an address"]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(read(&bytes, "wgs84", &inward));
        }

        #[test]
        fn any_rows_are_read_or_said_to_be_wrong(rows in proptest::collection::vec("[甲路0-9.,\" -]{0,20}", 1..10)) {
            let text = format!("name,address,lon,lat\n{}\n", rows.join("\n"));
            drop(read(text.as_bytes(), "wgs84", &inward));
        }
    }
}
