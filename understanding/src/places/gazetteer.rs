//! The places of a city, ready to be asked where something lies that people wrote: an address, a crossing, the name of an
//! estate, or a sentence that holds one of them.
//!
//! Every way to an answer states its own doubt in metres. How often answers of that way and doubt lie within
//! [`RIGHT_WITHIN`] metres is learnt when the gazetteer is made, from tenths of its own places that are kept out of it in
//! turn, and that share is the score. So a score means the same in a city with every door listed and in one with few.

use super::address::{Address, Street};
use super::building::street_key;
use super::candidates::{About, Candidate};
use super::learning::{Model, agreed, learn, together};
use super::lines::Lines;
use super::names::{ByHash, Names, Spellings};
use super::place::Place;
use super::spot::{Metres, Plane, Spot, distance};
use super::stretch::{Found, Streets, Stretch};
use super::typing::Completion;
use super::worth::probability;
use std::collections::HashSet;

/// An answer is right when the place lies within so many metres; the score is the share of right answers.
pub const RIGHT_WITHIN: f32 = 300.0;

/// How an answer was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The house number is known.
    Number,
    /// The lane (弄) is known.
    Lane,
    /// The whole address is known.
    Address,
    /// Between two known numbers.
    Between,
    /// Beyond the last known number.
    Beyond,
    /// Where two streets cross.
    Crossing,
    /// On a street, near another street.
    NearStreet,
    /// By a name: an estate, a building, a landmark.
    Name,
    /// By a name that is alike.
    Alike,
    /// Where lines meet that a stop is said to be on.
    Lines,
    /// Somewhere along a street.
    Street,
    /// Somewhere in a district or town.
    Area,
}

impl Kind {
    /// All kinds, surest first.
    pub const ALL: [Kind; 12] = [
        Kind::Number,
        Kind::Lane,
        Kind::Address,
        Kind::Between,
        Kind::Beyond,
        Kind::Crossing,
        Kind::NearStreet,
        Kind::Name,
        Kind::Alike,
        Kind::Lines,
        Kind::Street,
        Kind::Area,
    ];

    /// One word for it; the sentence that says it to people has `places-` before that word as its key.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Lane => "lane",
            Kind::Address => "address",
            Kind::Between => "between",
            Kind::Beyond => "beyond",
            Kind::Crossing => "crossing",
            Kind::NearStreet => "near-street",
            Kind::Name => "name",
            Kind::Alike => "alike",
            Kind::Lines => "lines",
            Kind::Street => "street",
            Kind::Area => "area",
        }
    }
}

/// An answer to the question where something lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
    /// The share of such answers that lie within [`RIGHT_WITHIN`] metres, 0 to 1.
    pub score: f64,
    /// About how far off it may be, in metres.
    pub doubt: f64,
    /// How it was found.
    pub kind: Kind,
    /// What of the text it stands for, in the form of [`super::form::form`]: to be shown beside the point.
    pub words: String,
    /// The arguments of the sentence for [`Kind::as_str`]: `street`, `number`, `from`, `to`, `other`, `name`.
    pub reason: Vec<(&'static str, String)>,
}

/// What a name in the order stands for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    /// The street of that name.
    pub(super) street: Option<u32>,
    /// The district or town of that name.
    pub(super) area: Option<u32>,
    /// Its heaps in `Gazetteer::spots`.
    pub(super) spots: (u32, u32),
    /// How many places bear or mention it.
    pub(super) count: u32,
    /// How much its characters tell.
    pub(super) telling: f32,
}

/// The places of a city in memory. It never changes; an import makes a new one.
pub struct Gazetteer {
    pub(super) plane: Plane,
    pub(super) count: usize,
    pub(super) names: Names,
    pub(super) entries: Vec<Entry>,
    pub(super) spots: Vec<Spot>,
    /// How a name is written where that differs from its form.
    pub(super) written: Spellings,
    pub(super) street_ids: ByHash<u32>,
    pub(super) streets: Streets,
    /// By two streets: where they are said to cross, and where something on the first is near the second.
    pub(super) crossings: ByHash<Spot>,
    pub(super) near: ByHash<Spot>,
    pub(super) lanes: ByHash<Spot>,
    pub(super) addresses: ByHash<Spot>,
    pub(super) areas: Vec<Spot>,
    pub(super) area_cells: HashSet<(u32, i16, i16)>,
    pub(super) lines: Lines,
    pub(super) model: Model,
}

impl Gazetteer {
    /// Makes a gazetteer. Tenths of the places, chosen by their words, are first kept out in turn to learn what its answers
    /// are worth; then all are taken in.
    pub fn new(places: &[Place]) -> Gazetteer {
        let all: Vec<&Place> = places.iter().collect();
        Gazetteer::build(&all, learn(&all))
    }

    /// How many places are in it.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn street_id(&self, name: &str) -> Option<u32> {
        self.street_ids.get(&street_key(name)).copied()
    }

    /// The stretches of a street, largest first.
    pub(super) fn stretches(&self, street: u32) -> impl Iterator<Item = Stretch<'_>> + Clone {
        self.streets.of(street)
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        let maps = self.crossings.capacity() + self.near.capacity() + self.lanes.capacity() + self.addresses.capacity();
        self.names.bytes()
            + self.entries.capacity() * size_of::<Entry>()
            + (self.spots.capacity() + self.areas.capacity()) * size_of::<Spot>()
            + self.streets.bytes()
            + self.street_ids.capacity() * (size_of::<(u64, u32)>() + 1)
            + maps * (size_of::<(u64, Spot)>() + 1)
            + self.area_cells.capacity() * (size_of::<(u32, i16, i16)>() + 1)
            + self.lines.bytes()
            + self.written.bytes()
    }
}

/// What answering while typing asks.
impl Gazetteer {
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    pub(super) fn is_area(&self, name: u32) -> bool {
        self.entries.get(name as usize).is_some_and(|entry| entry.area.is_some())
    }

    pub(super) fn degrees(&self, at: Metres) -> (f64, f64) {
        self.plane.outward(at)
    }

    /// How often a name is meant: the places that bear or mention it, in its thickest heap.
    pub(super) fn weight(&self, name: u32) -> u32 {
        self.entries.get(name as usize).map_or(0, |entry| entry.count)
    }

    /// A name as the end of a text.
    pub(super) fn completion(&self, head: &str, name: u32, near: Option<Metres>) -> Option<Completion> {
        let entry = self.entries.get(name as usize)?;
        // The largest stretch and the thickest heap come first; the nearest goes before them when somebody says where.
        let street =
            entry.street.and_then(|street| nearest(self.stretches(street), near, |stretch| stretch.course.middle));
        let spots = self.spots.get(entry.spots.0 as usize..entry.spots.1 as usize).unwrap_or_default();
        let spot = nearest(spots.iter(), near, |spot| spot.at);
        let area = entry.area.and_then(|area| self.areas.get(area as usize));
        let (kind, at, share) = match (street, spot, area) {
            (Some(street), ..) => (Kind::Street, street.course.middle, 0.0),
            (_, Some(spot), _) => (Kind::Name, spot.at, spot.share),
            (_, _, Some(area)) => (Kind::Area, area.at, 0.0),
            _ => return None,
        };
        let (lon, lat) = self.plane.outward(at);
        Some(Completion { words: format!("{head}{}", self.shown(name)), lon, lat, kind, share: f64::from(share) })
    }
}

/// The first of them, or of several the one nearest to a point.
fn nearest<T>(all: impl Iterator<Item = T>, near: Option<Metres>, at: impl Fn(&T) -> Metres) -> Option<T> {
    let mut all = all;
    match near {
        None => all.next(),
        Some(near) => all.min_by(|a, b| distance(near, at(a)).total_cmp(&distance(near, at(b)))),
    }
}

/// More signs of a text than these are not read.
const LONGEST_TEXT: usize = 2000;

impl Gazetteer {
    /// Where a text says that something is: at most five suggestions, best first; none when nothing of it is known. The text
    /// may be an address, a name or a sentence that holds one.
    pub fn locate(&self, text: &str) -> Vec<Suggestion> {
        let short: String = text.chars().take(LONGEST_TEXT).collect();
        let (address, candidates) = self.candidates(&short);
        let mut scored: Vec<(f64, Candidate)> = Vec::new();
        for candidate in &candidates {
            let raw = probability(&self.model.together, &together(candidate, &candidates, &address));
            scored.push((self.model.share(raw, &address), *candidate));
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.kind.cmp(&b.1.kind)));
        let mut kept: Vec<(f64, Candidate)> = Vec::new();
        for (score, candidate) in scored {
            if kept.len() < 5 && kept.iter().all(|(_, other)| distance(other.at, candidate.at) > 150.0) {
                kept.push((score, candidate));
            }
        }
        kept.into_iter().map(|(score, candidate)| self.suggestion(&address, &candidates, score, candidate)).collect()
    }

    fn suggestion(&self, address: &Address, all: &[Candidate], score: f64, candidate: Candidate) -> Suggestion {
        let (lon, lat) = self.plane.outward(agreed(candidate, all));
        let form = &address.form;
        let street = |index: usize| address.streets.get(index).map(|street| street.name.clone()).unwrap_or_default();
        let mut reason: Vec<(&'static str, String)> = Vec::new();
        match candidate.about {
            About::Whole => {}
            About::Street(index, found) => {
                reason.push(("street", street(index)));
                if let Some(door) = address.streets.get(index).and_then(Street::door) {
                    reason.push(("number", door.to_string()));
                }
                match found {
                    Some(Found::Between(from, to)) => {
                        reason.extend([("from", from.to_string()), ("to", to.to_string())])
                    }
                    Some(Found::Beyond(last)) => reason.push(("from", last.to_string())),
                    _ => {}
                }
            }
            About::Streets(first, second) => reason.extend([("street", street(first)), ("other", street(second))]),
            About::Name(name) => reason.push(("name", self.shown(name))),
        }
        let words = form.get(candidate.span.0..candidate.span.1).unwrap_or(form).to_owned();
        let (score, doubt) = (score.clamp(0.0, 1.0), f64::from(candidate.doubt));
        Suggestion { lon, lat, score, doubt, kind: candidate.kind, words, reason }
    }

    /// A name as it is written.
    pub(super) fn shown(&self, name: u32) -> String {
        self.written.get(name).unwrap_or_else(|| self.names.get(name)).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A city whose streets run east (望澜路 …) and north (青石街 …), 5 metres a number, a crossing every 500 metres.
    fn city() -> Vec<Place> {
        let east = ["望澜路", "海棠路", "渡口路", "书院路", "锦绣大道"];
        let north = ["青石街", "梅园街", "竹林街", "云岭街", "玉泉街"];
        let mut places = Vec::new();
        let mut put = |name: String, address: String, x: f64, y: f64| {
            let district = if x < 1000.0 { "城西区" } else { "城东区" }.to_owned();
            places.push(Place {
                name,
                address,
                district,
                lon: 123.0 + x / 95_000.0,
                lat: 31.0 + y / 110_900.0,
                ..Place::default()
            });
        };
        for (index, (east, north)) in east.iter().zip(north).enumerate() {
            let across = index as f64 * 500.0;
            for number in (2..400u32).step_by(9) {
                put(format!("店{index}{number}"), format!("{east}{number}号"), f64::from(number) * 5.0, across);
                put(format!("铺{index}{number}"), format!("{north}{number}号"), across, f64::from(number) * 5.0);
            }
            put(format!("{east}{north}(公交站)"), "1路;2路".to_owned(), across, across);
        }
        put("锦绣时代广场".into(), "望澜路100号锦绣时代广场".into(), 500.0, 0.0);
        put("面馆(锦绣时代广场店)".into(), "望澜路100号锦绣时代广场2层".into(), 505.0, 3.0);
        put("魅力新城(公交站)".into(), "3路".into(), 1800.0, 1700.0);
        places
    }

    fn metres(found: &Suggestion, x: f64, y: f64) -> f64 {
        ((found.lon - 123.0) * 95_000.0 - x).hypot((found.lat - 31.0) * 110_900.0 - y)
    }

    #[test]
    fn addresses_names_and_sentences_are_found() {
        let gazetteer = Gazetteer::new(&city());
        for (text, kind, x, y, within) in [
            ("望澜路101号", Kind::Number, 505.0, 0.0, 20.0),
            ("望澜路 105 号", Kind::Between, 525.0, 0.0, 30.0),
            ("望澜路一百零五号", Kind::Between, 525.0, 0.0, 30.0),
            ("海棠路与梅园街交叉口东100米", Kind::Crossing, 600.0, 500.0, 60.0),
            ("锦绣时代广场", Kind::Name, 500.0, 0.0, 30.0),
            ("在锦绣时代广场3楼", Kind::Name, 500.0, 0.0, 30.0),
            ("您好，魅力新城门口的垃圾没人清", Kind::Name, 1800.0, 1700.0, 30.0),
            ("我要投诉渡口路101号楼下的烧烤摊，半夜还很吵", Kind::Number, 505.0, 1000.0, 20.0),
        ] {
            let found = gazetteer.locate(text);
            let best = found.first().unwrap_or_else(|| panic!("{text}: nothing"));
            assert_eq!(best.kind, kind, "{text}: {found:?}");
            assert!(metres(best, x, y) < within, "{text}: {} {best:?}", metres(best, x, y));
            assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score));
        }
    }

    #[test]
    fn what_is_unknown_is_not_found() {
        let gazetteer = Gazetteer::new(&city());
        for text in ["", "[]", "   ", "谢谢"] {
            assert_eq!(gazetteer.locate(text), [], "{text}");
        }
        assert_eq!(Gazetteer::new(&[]).locate("望澜路3号"), []);
        assert!(Gazetteer::new(&[]).is_empty() && Gazetteer::new(&[]).complete("望", 5).is_empty());
        let far = gazetteer.locate("901路;902路");
        assert!(far.iter().all(|found| found.score < 0.6), "{far:?}");
    }

    #[test]
    fn an_unfinished_text_goes_on() {
        let gazetteer = Gazetteer::new(&city());
        let words = |typed: &str| gazetteer.complete(typed, 5).into_iter().map(|found| found.words).collect::<Vec<_>>();
        assert!(words("望").contains(&"望澜路".to_owned()));
        assert!(words("锦绣时").contains(&"锦绣时代广场".to_owned()));
        assert!(words("时代").contains(&"锦绣时代广场".to_owned()));
        assert_eq!(words("望澜路10"), ["望澜路100号", "望澜路101号"]);
        assert!(words("城西区望澜").contains(&"城西区望澜路".to_owned()));
        assert_eq!(words("").len(), 0);
    }

    #[test]
    fn every_place_is_found_by_its_own_address() {
        let places = city();
        let gazetteer = Gazetteer::new(&places);
        let mut first = 0;
        for place in places.iter().filter(|place| !place.name.contains("公交站")) {
            let (x, y) = ((place.lon - 123.0) * 95_000.0, (place.lat - 31.0) * 110_900.0);
            let found = gazetteer.locate(&place.address);
            assert!(found.iter().any(|found| metres(found, x, y) < 150.0), "{place:?}: {found:?}");
            first += usize::from(found.first().is_some_and(|best| metres(best, x, y) < 50.0));
        }
        assert!(first + 3 > places.len() - 6, "{first} of {} are found first", places.len());
    }

    #[test]
    fn a_stop_is_found_where_its_lines_are_shared() {
        let mut places = city();
        for index in 0..40u32 {
            let lines = format!("{}路;{}路", index / 4 + 10, index / 2 + 30);
            let lon = 123.0 + f64::from(index) * 600.0 / 95_000.0;
            places.push(Place { name: format!("第{index}站"), address: lines, lon, lat: 31.2, ..Place::default() });
        }
        let gazetteer = Gazetteer::new(&places);
        let found = gazetteer.locate("12路;34路;900路");
        assert_eq!(found.first().map(|best| best.kind), Some(Kind::Lines), "{found:?}");
        assert!(found.iter().any(|found| metres(found, 8.5 * 600.0, 22_180.0) < 700.0), "{found:?}");
        assert!(found.iter().all(|found| found.score < 0.8), "{found:?}");
    }

    fn are_in_order(found: &[Suggestion]) -> bool {
        found.len() <= 5
            && found.windows(2).all(|pair| pair[0].score >= pair[1].score)
            && found.iter().all(|found| (0.0..=1.0).contains(&found.score))
            && found.iter().all(|found| found.lon.is_finite() && found.lat.is_finite())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_text_is_answered(text in "\\PC{0,80}") {
            thread_local!(static CITY: Gazetteer = Gazetteer::new(&city()));
            CITY.with(|city| {
                assert!(are_in_order(&city.locate(&text)));
                assert!(city.complete(&text, 5).len() <= 5);
            });
        }

        #[test]
        fn what_looks_like_an_address_is_answered(
            text in "(望澜|海棠|渡口|青石|锦绣|时代|广场|路|街|大道|号|弄|与|近|东|米|附近|[0-9]|[;,()-]|公交站|城西区){0,14}",
        ) {
            thread_local!(static CITY: Gazetteer = Gazetteer::new(&city()));
            CITY.with(|city| {
                assert!(are_in_order(&city.locate(&text)), "{:?}", city.locate(&text));
                assert!(city.complete(&text, 5).len() <= 5);
            });
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_list_finds_its_places_by_their_addresses(
            rows in prop::collection::vec((0usize..4, 1u32..300, 0u32..200, 0u32..200), 1..40),
        ) {
            let streets = ["望澜路", "海棠街", "渡口大道", "Main Street "];
            let mut places: Vec<Place> = Vec::new();
            for (street, number, x, y) in rows {
                let sign = if street < 3 { "号" } else { "" };
                let address = format!("{}{number}{sign}", streets[street]);
                if places.iter().all(|other| other.address != address) {
                    let (lon, lat) = (123.0 + f64::from(x) / 1000.0, 31.0 + f64::from(y) / 1000.0);
                    places.push(Place { address, lon, lat, ..Place::default() });
                }
            }
            let gazetteer = Gazetteer::new(&places);
            for place in &places {
                let (x, y) = ((place.lon - 123.0) * 95_000.0, (place.lat - 31.0) * 110_900.0);
                let found = gazetteer.locate(&place.address);
                prop_assert!(are_in_order(&found));
                prop_assert!(found.iter().any(|found| metres(found, x, y) < 500.0), "{:?}: {:?}", place, found);
            }
        }
    }
}
