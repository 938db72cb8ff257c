//! Putting what was gathered in order, so that it can be asked.

use super::candidates::{cell, is_whole_word, mixed, pair_of};
use super::gathering::{Gathered, city_of};
use super::gazetteer::{Entry, Gazetteer};
use super::learning::Model;
use super::lines::Lines;
use super::names::{ByHash, Names, Spellings};
use super::place::Place;
use super::spot::{Metres, Plane, Spot, distance, heaps, median, median_distance, middle_of};
use super::stretch::{House, Streets};
use crate::text::hash64;
use std::collections::{HashMap, HashSet};

impl Gazetteer {
    /// Puts the places in order; the model says what the answers are worth.
    pub(super) fn build(places: &[&Place], model: Model) -> Gazetteer {
        let mut lons: Vec<f32> = places.iter().map(|place| place.lon as f32).collect();
        let mut lats: Vec<f32> = places.iter().map(|place| place.lat as f32).collect();
        let plane = Plane::at(f64::from(median(&mut lons)), f64::from(median(&mut lats)));
        let city = city_of(places);
        let mut gathered = Gathered::default();
        for place in places {
            gathered.take(place, plane.inward(place.lon, place.lat), &city);
        }
        let mut gazetteer = Gazetteer {
            plane,
            count: places.len(),
            names: Names::default(),
            entries: Vec::new(),
            spots: Vec::new(),
            written: Spellings::default(),
            street_ids: ByHash::default(),
            streets: Streets::default(),
            crossings: ByHash::default(),
            near: ByHash::default(),
            lanes: ByHash::default(),
            addresses: ByHash::default(),
            areas: Vec::new(),
            area_cells: HashSet::new(),
            lines: Lines::new(std::mem::take(&mut gathered.stops)),
            model,
        };
        let street_names = gazetteer.take_streets(&mut gathered);
        let area_names = gazetteer.take_areas(&mut gathered);
        gazetteer.take_names(gathered, &street_names, &area_names);
        gazetteer
    }

    /// Orders the streets; returns every name with its street.
    fn take_streets(&mut self, gathered: &mut Gathered) -> Vec<(String, u32)> {
        let aliases = gathered.aliases();
        let true_name = |name: &str| -> String {
            let mut name = name;
            for _ in 0..4 {
                match aliases.get(name) {
                    Some(shorter) => name = shorter,
                    None => break,
                }
            }
            name.to_owned()
        };
        let mut houses: HashMap<String, Vec<House>> = HashMap::new();
        let mut spellings: Vec<(String, String)> = Vec::new();
        for (name, list) in std::mem::take(&mut gathered.houses) {
            let whole = true_name(&name);
            houses.entry(whole.clone()).or_default().extend(list);
            spellings.push((name, whole));
        }
        let mut sorted: Vec<(String, Vec<House>)> = houses.into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let ids: HashMap<String, u32> = (0u32..).zip(&sorted).map(|(id, (name, _))| (name.clone(), id)).collect();
        for (_, houses) in sorted {
            self.streets.push(houses);
        }
        self.streets.shrink();
        let names: Vec<(String, u32)> =
            spellings.into_iter().filter_map(|(name, whole)| ids.get(&whole).map(|id| (name, *id))).collect();
        self.street_ids = names.iter().map(|(name, id)| (street_key(name), *id)).collect();
        self.take_crossings(gathered);
        names
    }

    fn take_crossings(&mut self, gathered: &mut Gathered) {
        let id = |name: &str| self.street_ids.get(&street_key(name)).copied();
        let mut crossings: HashMap<u64, Vec<Metres>> = HashMap::new();
        for (first, second, at) in std::mem::take(&mut gathered.crossings) {
            if let (Some(first), Some(second)) = (id(&first), id(&second)) {
                crossings.entry(pair_of(first, second)).or_default().push(at);
            }
        }
        let mut near: HashMap<u64, Vec<Metres>> = HashMap::new();
        for (first, second, at) in std::mem::take(&mut gathered.near) {
            if let (Some(first), Some(second)) = (id(&first), id(&second)) {
                near.entry(pair_of(first, second)).or_default().push(at);
            }
        }
        let mut lanes: HashMap<u64, Vec<Metres>> = HashMap::new();
        for (street, lane, house, at) in std::mem::take(&mut gathered.lanes) {
            if let Some(street) = id(&street) {
                lanes.entry(mixed([street, lane, house.wrapping_add(1)])).or_default().push(at);
            }
        }
        self.crossings = thickest(crossings);
        self.near = thickest(near);
        self.lanes = thickest(lanes);
        self.addresses = thickest(std::mem::take(&mut gathered.addresses));
    }

    fn take_areas(&mut self, gathered: &mut Gathered) -> Vec<(String, u32)> {
        let mut sorted: Vec<(String, Vec<Metres>)> = std::mem::take(&mut gathered.areas).into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut names = Vec::new();
        for (name, points) in sorted {
            let area = self.areas.len() as u32;
            // Of all points of an area, that in the midst of its thickest heap has most places near it.
            let Some(thickest) = heaps(&points, 1).first().copied() else { continue };
            let spread = median_distance(&points, thickest.at);
            self.areas.push(Spot { spread, count: points.len() as u32, ..thickest });
            self.area_cells.extend(points.iter().map(|at| (area, cell(*at).0, cell(*at).1)));
            names.push((name, area));
        }
        names
    }

    fn take_names(&mut self, gathered: Gathered, streets: &[(String, u32)], areas: &[(String, u32)]) {
        let Gathered { mut keys, written, own, texts, .. } = gathered;
        keys.extend(streets.iter().chain(areas).map(|(name, _)| name.clone()));
        let sorted: Vec<String> = keys.into_iter().collect();
        self.names = Names::new(&sorted);
        self.entries = vec![Entry::default(); sorted.len()];
        drop(sorted);
        for (name, street) in streets {
            if let Some(entry) = self.names.find(name).and_then(|name| self.entries.get_mut(name as usize)) {
                entry.street = Some(*street);
                entry.count = self.streets.of(*street).map(|part| part.course.count).sum();
            }
        }
        for (name, area) in areas {
            if let Some(entry) = self.names.find(name).and_then(|name| self.entries.get_mut(name as usize)) {
                entry.area = Some(*area);
                entry.count = self.areas.get(*area as usize).map_or(0, |area| area.count);
            }
        }
        self.take_mentions(&texts, &own);
        let written = written.into_iter().filter_map(|(form, written)| Some((self.names.find(&form)?, written)));
        self.written = Spellings::new(written.collect());
    }

    /// Where the places lie that bear or mention a name that is neither a street's nor an area's.
    fn take_mentions(&mut self, texts: &[(String, Metres)], own: &HashMap<String, Vec<Metres>>) {
        let mut mentions: Vec<(u32, u32)> = Vec::new();
        for (place, (text, _)) in (0u32..).zip(texts) {
            for (at, _) in text.char_indices() {
                self.names.at(&text[at..], |name, length| {
                    let entry = self.entries.get(name as usize);
                    if entry.is_some_and(|entry| entry.street.is_none() && entry.area.is_none())
                        && is_whole_word(text, at, at + length)
                    {
                        mentions.push((name, place));
                    }
                });
            }
        }
        mentions.sort_unstable();
        mentions.dedup();
        for group in mentions.chunk_by(|a, b| a.0 == b.0) {
            let Some((name, _)) = group.first().copied() else { continue };
            let points: Vec<Metres> =
                group.iter().filter_map(|(_, place)| texts.get(*place as usize)).map(|text| text.1).collect();
            let mut found = heaps(&points, 3);
            let word = self.names.get(name);
            // What bears the name lies surer than what mentions it.
            if let Some(own) = own.get(word).filter(|own| own.len() <= 3) {
                for spot in &mut found {
                    let inside: Vec<Metres> = own.iter().copied().filter(|at| distance(*at, spot.at) < 500.0).collect();
                    if !inside.is_empty() {
                        spot.at = middle_of(&inside);
                    }
                }
            }
            let begin = self.spots.len() as u32;
            self.spots.extend(found);
            let telling = self.names.telling(word);
            if let Some(entry) = self.entries.get_mut(name as usize) {
                *entry =
                    Entry { spots: (begin, self.spots.len() as u32), count: points.len() as u32, telling, ..*entry };
            }
        }
        self.spots.shrink_to_fit();
    }
}

/// The number under which a street's name is kept.
pub fn street_key(name: &str) -> u64 {
    hash64(name.chars(), 2)
}

fn thickest(points: HashMap<u64, Vec<Metres>>) -> ByHash<Spot> {
    points.into_iter().filter_map(|(key, points)| heaps(&points, 1).first().map(|spot| (key, *spot))).collect()
}
