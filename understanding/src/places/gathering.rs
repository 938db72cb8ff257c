//! What the rows of a list say, gathered before it is put in order: doors, crossings, lanes, names, stops.

use super::address::{self, Address, Street};
use super::form::{form, is_character};
use super::lines::lines;
use super::place::Place;
use super::position::without_position;
use super::spot::{Metres, distance};
use super::stretch::House;
use crate::text::hash64;
use std::collections::{BTreeSet, HashMap};

/// The whole address without brackets and vague words.
pub fn whole(form: &str) -> u64 {
    let mut depth = 0;
    let signs = form.chars().filter(|sign| {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => return depth <= 0 && sign.is_alphanumeric(),
        }
        false
    });
    hash64(signs, 1)
}

/// A name without what stands in brackets, and what stands there.
pub fn without_brackets(form: &str) -> (String, Vec<&str>) {
    let mut main = String::new();
    let mut inner = Vec::new();
    for (index, piece) in form.split(['(', ')']).enumerate() {
        if index % 2 == 0 {
            main.push_str(piece)
        } else if !piece.is_empty() {
            inner.push(piece)
        }
    }
    (main, inner)
}

/// A branch's place out of its bracket: `锦绣广场店` → `锦绣广场`.
fn branch(inner: &str) -> Option<&str> {
    let is_state = ["装修", "暂停", "规划", "招呼站", "公交站", "地铁站", "营业", "在建", "建设中"]
        .iter()
        .any(|word| inner.contains(word));
    let name =
        ["分店", "门店", "店", "分院", "分校", "校区"].iter().find_map(|end| inner.strip_suffix(end)).unwrap_or(inner);
    let is_street = name.ends_with(['路', '街', '道']);
    (!is_state && !is_street && name.chars().count() >= 2).then_some(name)
}

fn is_station(form: &str) -> bool {
    form.contains("公交站") || form.contains("公交车站")
}

/// What the places say, by the words that say it.
#[derive(Default)]
pub struct Gathered {
    /// The houses of each street.
    pub houses: HashMap<String, Vec<House>>,
    /// Where two streets are said to cross.
    pub crossings: Vec<(String, String, Metres)>,
    /// Where something on the first street is said to be near the second.
    pub near: Vec<(String, String, Metres)>,
    /// Houses in lanes: street, lane, house.
    pub lanes: Vec<(String, u32, u32, Metres)>,
    /// By [`whole`] address.
    pub addresses: HashMap<u64, Vec<Metres>>,
    /// What lies in each district and town.
    pub areas: HashMap<String, Vec<Metres>>,
    /// Everything that may be named.
    pub keys: BTreeSet<String>,
    /// How a name is written where that differs from its form.
    pub written: HashMap<String, String>,
    /// What bears a name, not only mentions it.
    pub own: HashMap<String, Vec<Metres>>,
    /// Both texts of a place in which names are looked for.
    pub texts: Vec<(String, Metres)>,
    /// Stops and the lines that they are on.
    pub stops: Vec<(Vec<u64>, Metres)>,
}

impl Gathered {
    fn key(&mut self, name: &str) {
        let length = name.chars().count();
        let has_letter = name.chars().any(|sign| sign.is_alphabetic());
        let is_short_latin = length < 4 && !name.chars().any(is_character);
        if (2..=30).contains(&length) && has_letter && !is_short_latin && !self.keys.contains(name) {
            self.keys.insert(name.to_owned());
        }
    }

    /// Takes in a place that lies at a point. Names that begin with the name of the city are known without it, too.
    pub fn take(&mut self, place: &Place, at: Metres, city: &str) {
        let address = address::read(&place.address);
        self.take_address(&address, at);
        for area in [Some(&place.district), address.district.as_ref(), address.town.as_ref()].into_iter().flatten() {
            let area = form(area);
            if area.chars().count() >= 2 {
                self.areas.entry(area).or_default().push(at);
            }
        }
        let name = form(&place.name);
        let mut text = name.clone();
        if address.is_lines {
            self.stops.push((lines(&address.form), at));
        } else {
            text.push('\n');
            text.push_str(&address.form);
        }
        self.take_name(&name, &place.name, at, city, address.form.is_empty() || address.is_lines);
        self.texts.push((text, at));
    }

    fn take_address(&mut self, address: &Address, at: Metres) {
        if address.form.is_empty() {
            return;
        }
        self.addresses.entry(whole(&address.form)).or_default().push(at);
        let offset = address.offset.unwrap_or_default();
        let there = (at.0 - offset.0, at.1 - offset.1);
        let main: Vec<&Street> = address.streets.iter().filter(|street| !street.is_aside).collect();
        if let (true, [first, second, ..]) = (address.is_crossing, main.as_slice()) {
            self.crossings.push((first.name.clone(), second.name.clone(), there));
        }
        for (index, street) in main.iter().enumerate() {
            if index == 0 || street.door().is_some() || address.is_crossing {
                self.houses.entry(street.name.clone()).or_default().push((street.door(), there));
            }
            if let Some(number) =
                street.number.filter(|number| street.lane.is_none() && (1..=60).contains(&(number.to - number.from)))
            {
                self.houses.entry(street.name.clone()).or_default().push((Some(number.to), there));
            }
            if let (Some(lane), Some(number)) = (street.lane, street.number) {
                self.lanes.push((street.name.clone(), lane, number.from, there));
            }
        }
        for aside in address.streets.iter().filter(|street| street.is_aside && street.door().is_none()) {
            if let Some(first) = main.first().filter(|first| first.name != aside.name) {
                self.near.push((first.name.clone(), aside.name.clone(), at));
            }
        }
        for name in address.names.iter().filter(|name| name.chars().count() >= 3) {
            self.key(name);
        }
    }

    fn take_name(&mut self, name: &str, written: &str, at: Metres, city: &str, has_no_address: bool) {
        let (main, inner) = without_brackets(name);
        let streets = address::read(&main);
        let covered: usize = streets.streets.iter().map(|street| street.span.1 - street.span.0).sum();
        // A stop is named after the streets where it stands; a road itself may be a place.
        if is_station(name) || (has_no_address && covered == main.len()) {
            if let (true, [first, second]) = (covered == main.len(), streets.streets.as_slice()) {
                self.crossings.push((first.name.clone(), second.name.clone(), at));
            }
            for street in &streets.streets {
                self.houses.entry(street.name.clone()).or_default().push((street.door(), at));
            }
        }
        if main.chars().count() >= 2 {
            self.own.entry(main.clone()).or_default().push(at);
        }
        if main != written {
            let plain: String = written.split(['(', '（']).next().unwrap_or_default().trim().to_owned();
            if plain != main && form(&plain) == main {
                self.written.entry(main.clone()).or_insert(plain);
            }
        }
        for part in main.split(['-', '·', ',', '/', '—']) {
            self.key(without_position(part));
            if let Some(rest) = part.strip_prefix(city).filter(|rest| !city.is_empty() && rest.chars().count() >= 4) {
                self.key(rest.strip_prefix('市').unwrap_or(rest));
            }
        }
        self.key(&main);
        if inner.len() == 1 && !is_station(name) {
            self.key(name);
            if name != written {
                self.written.entry(name.to_owned()).or_insert_with(|| written.trim().to_owned());
            }
        }
        for place in inner.iter().filter_map(|inner| branch(inner)) {
            self.key(place);
        }
    }

    /// Names of streets with something before them that belongs to no name (`青石海棠路` for 海棠路 in 青石).
    pub fn aliases(&self) -> HashMap<String, String> {
        let mut aliases = HashMap::new();
        for (name, houses) in &self.houses {
            let starts =
                name.char_indices().skip(1).map(|(at, _)| &name[at..]).filter(|rest| rest.chars().count() >= 2);
            let shorter = starts.filter_map(|rest| self.houses.get_key_value(rest)).find(|(_, others)| {
                let is_there = |house: &House| others.iter().take(400).any(|other| distance(other.1, house.1) < 1200.0);
                others.len() >= houses.len().max(3) && houses.iter().take(5).all(is_there)
            });
            if let Some((shorter, _)) = shorter {
                aliases.insert(name.clone(), shorter.clone());
            }
        }
        aliases
    }
}

/// The name of the city that many names begin with, or nothing.
pub fn city_of(places: &[&Place]) -> String {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for place in places {
        *counts.entry(place.name.chars().take(2).collect()).or_default() += 1;
    }
    let most = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
    most.filter(|(name, count)| *count * 50 > places.len() && places.len() > 200 && name.chars().all(is_character))
        .map(|(name, _)| name)
        .unwrap_or_default()
}
