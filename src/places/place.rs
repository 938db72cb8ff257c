//! A place (地名): a name or an address with a position. How the rows of a file become places, and what is wrong with others.

use crate::grid::cells::Grid;
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::kit::error::Refusal;
use crate::kit::form::at_most;
use crate::kit::id::Id;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::fmt::Write as _;
use understanding::places::form::form;
use understanding::places::place::Place as Row;
use understanding::places::reading::{Fault, Read, Wrong};

/// The longest name, address, district and kind, in characters.
const LONGEST: [usize; 4] = [100, 200, 60, 60];

/// A place as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The identifier.
    pub id: Id,
    /// The list that it belongs to.
    pub source: Id,
    /// What is written about it.
    pub entry: Entry,
    /// Whether it is asked; a hidden one stays hidden when its list comes again.
    pub is_active: bool,
    /// Whether somebody changed it here; then its list changes it no more.
    pub is_edited: bool,
    /// One more for every change.
    pub revision: i64,
}

/// What a list, or a person, says about a place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What tells it apart within its list.
    #[serde(skip)]
    pub reference: String,
    /// Its name; may be empty when there is an address.
    pub name: String,
    /// Its address; may be empty when there is a name.
    pub address: String,
    /// 区, 县; may be empty.
    pub district: String,
    /// What kind of place it is, in the list's own words.
    pub kind: String,
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
    /// The system in which it was handed in.
    pub coordinates: String,
}

impl Entry {
    /// As the gazetteer takes it.
    pub fn row(&self) -> Row {
        let Entry { name, address, district, kind, .. } = self.clone();
        Row { code: String::new(), name, address, district, kind, lon: self.lon, lat: self.lat }
    }

    /// Whether two say the same; positions to a tenth of a metre.
    pub fn says_the_same(&self, other: &Entry) -> bool {
        let is_near = |one: f64, other: f64| (one - other).abs() < 1e-6;
        (&self.name, &self.address, &self.district, &self.kind)
            == (&other.name, &other.address, &other.district, &other.kind)
            && is_near(self.lon, other.lon)
            && is_near(self.lat, other.lat)
    }
}

/// A text in one form, as hexadecimal digits, so that its beginning is a stretch of an index in every database.
pub fn key(text: &str) -> String {
    let form: String = form(text).chars().take(60).collect();
    let mut key = String::with_capacity(form.len() * 2);
    for byte in form.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

/// One line about a file: where, and the key of a sentence with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The line of the file, the head line being 1; of GeoJSON the number of the feature.
    pub at: u64,
    /// The sentence's key.
    pub key: String,
    /// What the sentence needs.
    pub args: Vec<(String, String)>,
}

impl Note {
    fn of(at: u64, refusal: &Refusal) -> Note {
        let args = refusal.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Note { at, key: refusal.key.to_owned(), args }
    }
}

/// What a reader of files found wrong, as a sentence for people.
pub fn sentence(wrong: &Wrong) -> Refusal {
    match &wrong.fault {
        Fault::NotUtf8 => Refusal::new("places-fault-not-text"),
        Fault::NotJson(why) => Refusal::new("places-fault-not-json").with("why", short(why)),
        Fault::NoFeatures => Refusal::new("places-fault-no-features"),
        Fault::NoColumn { wanted, there } => {
            let key = if *wanted == "lon and lat" {
                "places-fault-no-position-column"
            } else {
                "places-fault-no-name-column"
            };
            Refusal::new(key).with("there", short(there))
        }
        Fault::Empty => Refusal::new("places-fault-empty"),
        Fault::Unreadable(why) => Refusal::new("places-fault-unreadable").with("why", short(why)),
        Fault::Nameless => Refusal::new("places-fault-nameless"),
        Fault::NoPosition => Refusal::new("places-fault-no-position"),
        Fault::NotANumber(text) => Refusal::new("places-fault-not-a-number").with("text", short(text)),
        Fault::Swapped(text) => Refusal::new("places-fault-swapped").with("text", short(text)),
        Fault::OutOfRange(text) => Refusal::new("places-fault-out-of-range").with("text", short(text)),
        Fault::TooMany(most) => Refusal::new("places-fault-too-many").with("most", most),
        Fault::TooManyColumns(count) => Refusal::new("places-fault-too-many-columns").with("count", count),
    }
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().filter(|sign| !sign.is_control()).take(200).collect();
    if text.chars().count() > 200 {
        short.push('…');
    }
    short
}

/// What a file holds for a city.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// The places.
    pub entries: Vec<Entry>,
    /// How many rows cannot be used, for whatever reason.
    pub refused: u64,
    /// How many of these lie outside of the city.
    pub outside: u64,
    /// How many rows say what one before them said.
    pub twice: u64,
    /// What is wrong, at most so many lines as were asked for.
    pub notes: Vec<Note>,
}

/// Judges what was read of a file: places outside of the city are left out, one that comes twice counts once. `mark` makes a
/// short mark of a text, the same for the same text.
pub fn judge(read: Read, grid: &Grid, system: &str, most_notes: usize, mark: &dyn Fn(&str) -> String) -> Judged {
    let mut codes: HashMap<String, u32> = HashMap::new();
    for row in read.places.iter().filter(|row| !row.code.is_empty()) {
        *codes.entry(row.code.clone()).or_default() += 1;
    }
    let mut judged = Judged { refused: (read.wrong.len() + read.wrong_beyond) as u64, ..Judged::default() };
    judged.notes.extend(read.wrong.iter().map(|wrong| Note::of(wrong.line, &sentence(wrong))));
    let mut seen: HashMap<String, u64> = HashMap::new();
    for (row, line) in read.places.into_iter().zip(read.lines) {
        if let Err(refusal) = lies_in(grid, Point { lon: row.lon, lat: row.lat }) {
            judged.refused += 1;
            judged.outside += 1;
            judged.notes.push(Note::of(line, &refusal));
            continue;
        }
        // A code that several rows bear says what kind they are, not which.
        let is_own = codes.get(&row.code) == Some(&1);
        let reference = match is_own {
            true => format!("c:{}", cut(&row.code, 100)),
            false => mark(&format!("{}|{}|{:.5}|{:.5}", row.name, row.address, row.lon, row.lat)),
        };
        match seen.entry(reference.clone()) {
            Slot::Occupied(first) => {
                judged.twice += 1;
                judged.notes.push(Note::of(line, &Refusal::new("places-fault-twice").with("line", first.get())));
                continue;
            }
            Slot::Vacant(slot) => drop(slot.insert(line)),
        }
        let [name, address, district, kind] = LONGEST;
        judged.entries.push(Entry {
            reference,
            name: cut(&row.name, name),
            address: cut(&row.address, address),
            district: cut(&row.district, district),
            kind: cut(&row.kind, kind),
            lon: row.lon,
            lat: row.lat,
            coordinates: system.to_owned(),
        });
    }
    judged.notes.sort_by_key(|note| note.at);
    judged.notes.truncate(most_notes);
    judged
}

fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(most).collect::<String>().trim().to_owned()
}

/// Whether a point lies in the city; a city whose ground has not been imported takes all.
fn lies_in(grid: &Grid, point: Point) -> Result<(), Refusal> {
    match grid.accept(point) {
        Err(refusal) if refusal.key == "place-outside-city" => {
            let is_exchanged = point.lon.abs() <= 90.0 && grid.accept(Point { lon: point.lat, lat: point.lon }).is_ok();
            Err(match is_exchanged {
                true => {
                    Refusal::new("places-fault-swapped").with("text", format!("{:.6}, {:.6}", point.lon, point.lat))
                }
                false => Refusal { key: "places-fault-outside", ..refusal },
            })
        }
        _ => Ok(()),
    }
}

/// What somebody typed about a place.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
    /// 区, 县.
    pub district: String,
    /// The kind.
    pub kind: String,
    /// Degrees east.
    pub lon: String,
    /// Degrees north.
    pub lat: String,
    /// The coordinate system.
    pub coordinates: String,
    /// The revision that it was filled in for; empty for a new place.
    pub revision: String,
}

impl Typed {
    /// What stands in the form of a place.
    pub fn of(place: &Place) -> Typed {
        let Entry { name, address, district, kind, lon, lat, .. } = place.entry.clone();
        let degrees = |value: f64| format!("{value:.6}");
        Typed {
            name,
            address,
            district,
            kind,
            lon: degrees(lon),
            lat: degrees(lat),
            coordinates: CoordinateSystem::Wgs84.as_str().to_owned(),
            revision: place.revision.to_string(),
        }
    }

    /// Understands what was typed; the reference is the caller's to give.
    ///
    /// # Errors
    /// Each on its field: `form-too-long`, `places-fault-nameless`, `places-fault-no-position`,
    /// `coordinates-not-a-number`, `coordinates-out-of-range`, `coordinate-system-unknown`, `places-fault-outside`.
    pub fn understood(&self, grid: &Grid) -> Result<Entry, Refusal> {
        let [name, address, district, kind] = LONGEST;
        let (name, address) = (at_most("name", &self.name, name)?, at_most("address", &self.address, address)?);
        if form(&name).is_empty() && form(&address).is_empty() {
            return Err(Refusal::new("places-fault-nameless").on("name"));
        }
        let (district, kind) = (at_most("district", &self.district, district)?, at_most("kind", &self.kind, kind)?);
        if self.lon.trim().is_empty() || self.lat.trim().is_empty() {
            return Err(Refusal::new("places-fault-no-position").on("lon"));
        }
        let system: CoordinateSystem = match self.coordinates.trim() {
            "" => CoordinateSystem::default(),
            named => named.parse().map_err(|refusal: Refusal| refusal.on("coordinates"))?,
        };
        let point = Point::parse(&self.lon, &self.lat).map_err(|refusal| refusal.on("lon"))?;
        let point = system.inward(point);
        lies_in(grid, point).map_err(|refusal| refusal.on("lon"))?;
        let coordinates = system.as_str().to_owned();
        Ok(Entry {
            reference: String::new(),
            name,
            address,
            district,
            kind,
            lon: point.lon,
            lat: point.lat,
            coordinates,
        })
    }
}

/// How a place came to be suggested, as the fact of taking it keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggested {
    /// Which state of the gazetteer said so.
    pub version: i64,
    /// The score that it had, 0 to 1; none for how a text may go on, which has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// How it was found: `number`, `between`, `name`, …
    pub kind: String,
    /// What of the text it stands for.
    pub words: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use understanding::places::reading::read;

    fn as_it_is(_: &str, lon: f64, lat: f64) -> (f64, f64) {
        (lon, lat)
    }

    fn judged(text: &str) -> Judged {
        let read = read(text.as_bytes(), "wgs84", &as_it_is).expect("a list");
        judge(read, &Grid::new(Vec::new(), Vec::new()), "wgs84", 100, &|text| format!("m:{text}"))
    }

    #[test]
    fn a_row_that_comes_twice_counts_once_and_a_code_of_many_tells_nothing_apart() {
        let found = judged(
            "code,name,address,lon,lat\n1,甲店,望澜路1号,120,30\n1,乙店,望澜路2号,120,30\n2,丙店,,120,30\n,甲店,望澜路1号,120,30\n",
        );
        let references: Vec<&str> = found.entries.iter().map(|entry| entry.reference.as_str()).collect();
        assert_eq!(references.len(), 3, "{references:?}");
        assert_eq!(references.last(), Some(&"c:2"));
        assert_eq!(
            (found.twice, found.notes.first().map(|note| (note.at, note.key.as_str()))),
            (1, Some((5, "places-fault-twice")))
        );
        assert_eq!(
            found,
            judged(
                "code,name,address,lon,lat\n1,甲店,望澜路1号,120,30\n1,乙店,望澜路2号,120,30\n2,丙店,,120,30\n,甲店,望澜路1号,120,30\n"
            )
        );
    }

    #[test]
    fn beginnings_are_stretches_of_keys() {
        let (whole, begin) = (key("望澜路 100 号"), key("望澜路１"));
        assert!(whole.starts_with(&begin) && whole.bytes().all(|byte| byte.is_ascii_hexdigit()), "{whole} {begin}");
        assert!(key("Ocean Ave").starts_with(&key("OCEAN")));
    }

    #[test]
    fn what_is_typed_is_understood_or_refused_on_its_field() {
        let grid = Grid::new(Vec::new(), Vec::new());
        let good = Typed { name: "码头".into(), lon: "123.4".into(), lat: "31.2".into(), ..Typed::default() };
        assert_eq!(good.understood(&grid).map(|entry| (entry.name, entry.lon)), Ok(("码头".into(), 123.4)));
        for (typed, key, field) in [
            (Typed { name: " ".into(), ..good.clone() }, "places-fault-nameless", "name"),
            (Typed { lon: String::new(), ..good.clone() }, "places-fault-no-position", "lon"),
            (Typed { lon: "east".into(), ..good.clone() }, "coordinates-not-a-number", "lon"),
            (Typed { lat: "91".into(), ..good.clone() }, "coordinates-out-of-range", "lon"),
            (Typed { coordinates: "mars".into(), ..good.clone() }, "coordinate-system-unknown", "coordinates"),
            (Typed { name: "长".repeat(101), ..good.clone() }, "form-too-long", "name"),
        ] {
            let refusal = typed.understood(&grid).expect_err(key);
            assert_eq!((refusal.key, refusal.field), (key, Some(field)));
        }
    }
}
