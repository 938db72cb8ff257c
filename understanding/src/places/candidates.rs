//! The ways to an answer: by the whole address, by streets and their numbers, crossings, names, names that are alike, lines.

use super::address::{self, Address, Street};
use super::form::is_character;
use super::gathering::{whole, without_brackets};
use super::gazetteer::{Gazetteer, Kind};
use super::learning::features;
use super::lines::lines;
use super::spot::{Metres, Spot, distance};
use super::stretch::{Course, Found, Stretch};
use super::worth::probability;

/// What a candidate is about, for its reason.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    Whole,
    Street(usize, Option<Found>),
    Streets(usize, usize),
    Name(u32),
}

/// An answer before it is compared with the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) kind: Kind,
    pub(super) at: Metres,
    /// How far off it may be, in metres.
    pub(super) doubt: f32,
    /// How much of all that bears its words lies there, 0 to 1.
    pub(super) share: f32,
    /// What only its kind knows.
    pub(super) extra: f32,
    /// Whether it lies where districts, towns and streets of the text say.
    pub(super) fits: f32,
    pub(super) is_clipped: bool,
    /// The bytes of the form that it stands for.
    pub(super) span: (usize, usize),
    pub(super) about: About,
    /// How likely it is right, by itself.
    pub(super) chance: f64,
}

pub(super) fn mixed(parts: [u32; 3]) -> u64 {
    let joined = u64::from(parts[0]) << 40 ^ u64::from(parts[1]) << 20 ^ u64::from(parts[2]);
    let hash = joined.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

pub(super) fn pair_of(a: u32, b: u32) -> u64 {
    mixed([a.min(b), a.max(b), 0])
}

/// Square cells of a kilometre, in which an area's places lie.
pub(super) fn cell(at: Metres) -> (i16, i16) {
    ((at.0 / 1000.0).floor() as i16, (at.1 / 1000.0).floor() as i16)
}

/// A Western name must not begin or end inside a word.
pub(super) fn is_whole_word(text: &str, begin: usize, end: usize) -> bool {
    let is_spelled = |sign: char| sign.is_alphanumeric() && !is_character(sign);
    let inside =
        |before: Option<char>, after: Option<char>| before.is_some_and(is_spelled) && after.is_some_and(is_spelled);
    let (head, word, tail) = (&text[..begin], &text[begin..end], &text[end..]);
    !inside(head.chars().next_back(), word.chars().next()) && !inside(word.chars().next_back(), tail.chars().next())
}

/// A text with more signs than these is read as a sentence.
const SENTENCE: usize = 30;
/// Names that are less like a text than this are not suggested, 0 to 1.
const LEAST_LIKENESS: f32 = 0.2;

impl Gazetteer {
    /// What the text says, and every answer that can be found.
    pub(super) fn candidates(&self, text: &str) -> (Address, Vec<Candidate>) {
        let address = address::read_knowing(text, &|name| self.street_id(name).is_some());
        let mut found: Vec<Candidate> = Vec::new();
        if address.form.is_empty() {
            return (address, found);
        }
        self.by_whole(&address, &mut found);
        if !address.is_lines {
            self.by_streets(&address, &mut found);
            self.by_crossings(&address, &mut found);
            let areas = self.by_names(&address, &mut found);
            self.weigh(&address, &areas, &mut found);
            if found.iter().all(|candidate| candidate.chance < 0.5) {
                self.by_likeness(&address, &mut found);
            }
            self.weigh(&address, &areas, &mut found);
        } else {
            self.by_lines(&address, &mut found);
            self.weigh(&address, &[], &mut found);
        }
        (address, found)
    }

    fn by_whole(&self, address: &Address, found: &mut Vec<Candidate>) {
        if let Some(spot) = self.addresses.get(&whole(&address.form)) {
            let span = (0, address.form.len());
            let doubt = doubt_of(spot);
            found.push(Candidate {
                extra: if address.is_lines { -1.0 } else { 0.0 },
                ..plain(Kind::Address, spot.at, doubt, spot.share, span, About::Whole)
            });
        }
    }

    fn by_lines(&self, address: &Address, found: &mut Vec<Candidate>) {
        if let Some(shared) = self.lines.find(&lines(&address.form)) {
            let span = (0, address.form.len());
            let extra = shared.likeness;
            found.push(Candidate {
                extra,
                ..plain(Kind::Lines, shared.at, shared.doubt, shared.share, span, About::Whole)
            });
        }
    }

    fn by_streets(&self, address: &Address, found: &mut Vec<Candidate>) {
        for (index, street) in address.streets.iter().enumerate() {
            let Some(id) = self.street_id(&street.name) else { continue };
            let offset = if index == 0 { address.offset.unwrap_or_default() } else { (0.0, 0.0) };
            if let (Some(lane), Some(number)) = (street.lane, street.number)
                && let Some(spot) = self.lanes.get(&mixed([id, lane, number.from.wrapping_add(1)]))
            {
                found.push(Candidate {
                    is_clipped: street.is_clipped,
                    ..plain(
                        Kind::Number,
                        spot.at,
                        doubt_of(spot),
                        spot.share,
                        street.span,
                        About::Street(index, Some(Found::Known)),
                    )
                });
            }
            let answers: Vec<Along> = self.stretches(id).take(6).map(|part| on_stretch(street, part)).collect();
            let total: f32 = answers.iter().map(|answer| answer.weight).sum();
            for along in answers.into_iter().filter(|answer| answer.weight * 20.0 > total) {
                let at = (along.at.0 + offset.0, along.at.1 + offset.1);
                let share = along.share * along.weight / total;
                let about = About::Street(index, along.way);
                found.push(Candidate {
                    is_clipped: street.is_clipped,
                    extra: if street.is_aside { -1.0 } else { 0.0 },
                    ..plain(along.kind, at, along.doubt, share, street.span, about)
                });
            }
        }
    }

    fn by_crossings(&self, address: &Address, found: &mut Vec<Candidate>) {
        let named: Vec<(usize, &Street, u32)> = address
            .streets
            .iter()
            .enumerate()
            .filter_map(|(index, street)| self.street_id(&street.name).map(|id| (index, street, id)))
            .take(6)
            .collect();
        for (place, (first_index, first, first_id)) in named.iter().enumerate() {
            for (second_index, second, second_id) in named.iter().skip(place + 1).take(2) {
                if first_id == second_id || second.door().is_some() && first.door().is_some() {
                    continue;
                }
                let is_crossing = address.is_crossing && place == 0 && *second_index == 1;
                let kind = if is_crossing { Kind::Crossing } else { Kind::NearStreet };
                let key = pair_of(*first_id, *second_id);
                let span = (first.span.0, second.span.1.max(first.span.1));
                let offset = if is_crossing { address.offset.unwrap_or_default() } else { (0.0, 0.0) };
                let about = About::Streets(*first_index, *second_index);
                let mut put = |at: Metres, doubt: f32, share: f32, extra: f32| {
                    let at = (at.0 + offset.0, at.1 + offset.1);
                    let is_clipped = first.is_clipped || second.is_clipped;
                    found.push(Candidate { extra, is_clipped, ..plain(kind, at, doubt, share, span, about) });
                };
                match (self.crossings.get(&key), self.near.get(&key)) {
                    (Some(spot), _) => {
                        put(spot.at, 40.0 + spot.spread + 60.0 / (spot.count as f32).sqrt(), spot.share, 0.0)
                    }
                    (None, Some(spot)) => {
                        put(spot.at, 60.0 + spot.spread + 60.0 / (spot.count as f32).sqrt(), spot.share, 0.0)
                    }
                    (None, None) => {
                        if let Some((at, apart)) =
                            self.meeting(*first_id, *second_id).filter(|(_, apart)| *apart < 1500.0)
                        {
                            put(at, 80.0 + apart, 1.0, -1.0);
                        }
                    }
                }
            }
        }
    }

    fn meeting(&self, first: u32, second: u32) -> Option<(Metres, f32)> {
        let pairs = self.stretches(first).take(3).flat_map(|a| self.stretches(second).take(3).map(move |b| (a, b)));
        pairs.filter_map(|(a, b)| a.meeting(&b)).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Adds what is known by name; returns the areas that are named.
    fn by_names(&self, address: &Address, found: &mut Vec<Candidate>) -> Vec<u32> {
        let form = &address.form;
        let mut areas = Vec::new();
        let mut held: Vec<(u32, usize, usize)> = Vec::new();
        let mut reached = 0;
        for (at, _) in form.char_indices() {
            let mut longest = None;
            self.names.at(&form[at..], |name, length| {
                if is_whole_word(form, at, at + length) {
                    longest = Some((name, at, at + length));
                }
            });
            let Some((name, begin, end)) = longest else { continue };
            if end <= reached {
                continue;
            }
            reached = end;
            let Some(entry) = self.entries.get(name as usize) else { continue };
            if let Some(area) = entry.area {
                areas.push(area);
                if let Some(spot) = self.areas.get(area as usize) {
                    let doubt = spot.spread + 100.0;
                    found.push(plain(Kind::Area, spot.at, doubt, spot.share, (begin, end), About::Name(name)));
                }
            }
            let is_in_street = address.streets.iter().any(|street| street.span.0 <= begin && end <= street.span.1);
            if !is_in_street && entry.spots.0 < entry.spots.1 && is_meant(form, &form[begin..end], entry.count) {
                held.push((name, begin, end));
            }
        }
        let telling = |name: u32| self.entries.get(name as usize).map_or(0.0, |entry| entry.telling);
        held.sort_by(|a, b| telling(b.0).total_cmp(&telling(a.0)));
        for (name, begin, end) in held.into_iter().take(8) {
            let Some(entry) = self.entries.get(name as usize) else { continue };
            let spots = self.spots.get(entry.spots.0 as usize..entry.spots.1 as usize).unwrap_or_default();
            for spot in spots.iter().filter(|spot| spot.share > 0.1) {
                let doubt = 40.0 + spot.spread + 60.0 / (spot.count as f32).sqrt();
                let extra = entry.telling / 30.0;
                found.push(Candidate {
                    extra,
                    ..plain(Kind::Name, spot.at, doubt, spot.share, (begin, end), About::Name(name))
                });
            }
        }
        areas
    }

    fn by_likeness(&self, address: &Address, found: &mut Vec<Candidate>) {
        let main: String = address
            .form
            .char_indices()
            .filter(|(at, _)| !address.streets.iter().any(|street| (street.span.0..street.span.1).contains(at)))
            .map(|(_, sign)| sign)
            .filter(|sign| !sign.is_ascii_digit() && !matches!(sign, '号' | '弄'))
            .collect();
        let (main, _) = without_brackets(&main);
        if !(3..=40).contains(&main.chars().count()) {
            return;
        }
        for (name, likeness) in
            self.names.alike(&main, 4).into_iter().filter(|(_, likeness)| *likeness > LEAST_LIKENESS)
        {
            let Some(entry) = self.entries.get(name as usize) else { continue };
            let spots = self.spots.get(entry.spots.0 as usize..entry.spots.1 as usize).unwrap_or_default();
            let span = (0, address.form.len());
            let extra = likeness * 2.0;
            // A street that is alike often continues the one that is meant, or is it, written otherwise.
            if let Some(Course { thickest, spread, share, .. }) =
                entry.street.and_then(|street| self.stretches(street).next()).map(|part| part.course)
            {
                let doubt = 200.0 + spread;
                found.push(Candidate { extra, ..plain(Kind::Alike, thickest, doubt, share, span, About::Name(name)) });
            }
            for spot in spots.iter().take(2) {
                let doubt = 40.0 + spot.spread + 60.0 / (spot.count as f32).sqrt();
                found.push(Candidate {
                    extra,
                    ..plain(Kind::Alike, spot.at, doubt, spot.share, span, About::Name(name))
                });
            }
        }
    }

    /// Gives every candidate its chance.
    fn weigh(&self, address: &Address, areas: &[u32], found: &mut [Candidate]) {
        let streets: Vec<u32> = address.streets.iter().filter_map(|street| self.street_id(&street.name)).collect();
        for candidate in found {
            candidate.fits = 0.0;
            for area in areas {
                candidate.fits += if self.is_in_area(*area, candidate.at) { 1.0 } else { -1.0 };
            }
            if matches!(candidate.kind, Kind::Name | Kind::Alike) && !streets.is_empty() {
                let is_near = streets.iter().any(|street| self.is_near_street(*street, candidate.at));
                candidate.fits += if is_near { 1.0 } else { -1.0 };
            }
            candidate.fits = candidate.fits.clamp(-2.0, 2.0);
            let features = features(candidate, address);
            candidate.chance = probability(&self.model.kinds[candidate.kind as usize], &features);
        }
    }

    fn is_in_area(&self, area: u32, at: Metres) -> bool {
        let (x, y) = cell(at);
        let around = (-1..=1).flat_map(|east: i16| (-1..=1).map(move |north: i16| (east, north)));
        around
            .into_iter()
            .any(|(east, north)| self.area_cells.contains(&(area, x.saturating_add(east), y.saturating_add(north))))
    }

    fn is_near_street(&self, street: u32, at: Metres) -> bool {
        self.stretches(street).take(6).flat_map(|part| part.points).any(|point| distance(*point, at) < 600.0)
    }
}

/// Whether a name in a text may mean the place. In a sentence, short words mean themselves (安装, 县政府) unless several
/// places agree that they are a place.
fn is_meant(text: &str, name: &str, count: u32) -> bool {
    let is_sentence = text.chars().nth(SENTENCE).is_some();
    match name.chars().count() {
        0..=2 => !is_sentence,
        3 => !is_sentence || count >= 4,
        _ => true,
    }
}

fn doubt_of(spot: &Spot) -> f32 {
    25.0 + spot.spread + 30.0 / (spot.count as f32).sqrt()
}

fn plain(kind: Kind, at: Metres, doubt: f32, share: f32, span: (usize, usize), about: About) -> Candidate {
    Candidate { kind, at, doubt, share, extra: 0.0, fits: 0.0, is_clipped: false, span, about, chance: 0.0 }
}

/// An answer along one stretch.
struct Along {
    kind: Kind,
    way: Option<Found>,
    at: Metres,
    doubt: f32,
    /// How much of the stretch lies about there, when no number says more.
    share: f32,
    /// The weight of this stretch among others of the name.
    weight: f32,
}

fn on_stretch(street: &Street, part: Stretch<'_>) -> Along {
    let size = (part.course.count as f32).sqrt();
    let somewhere = Along {
        kind: Kind::Street,
        way: None,
        at: part.course.thickest,
        doubt: part.course.spread + 100.0,
        share: part.course.share,
        weight: size,
    };
    let Some(door) = street.door() else { return somewhere };
    let Some((way, at, doubt)) = part.door(door) else {
        return Along { doubt: somewhere.doubt + 50.0, weight: size * 0.2, ..somewhere };
    };
    let (kind, fit) = match way {
        Found::Known if street.lane.is_some() => (Kind::Lane, 30.0),
        Found::Known => (Kind::Number, 30.0),
        Found::Between(..) => (Kind::Between, 6.0 * 300.0 / (200.0 + doubt)),
        Found::Beyond(_) => (Kind::Beyond, 200.0 / (100.0 + doubt)),
    };
    Along { kind, way: Some(way), at, doubt, share: 1.0, weight: size * fit }
}

/// Whether two candidates stand for different parts of the text.
pub(super) fn is_apart(a: &Candidate, b: &Candidate) -> bool {
    a.span.1 <= b.span.0 || b.span.1 <= a.span.0
}
