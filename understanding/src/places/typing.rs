//! Answers while somebody is still typing: names that begin with the letters, house numbers of a street whose name stands
//! there already, names that hold the letters somewhere.

use super::address::read_knowing;
use super::form::form;
use super::gazetteer::{Gazetteer, Kind, Suggestion};
use super::spot::{Metres, distance};
use super::stretch::Stretch;

/// How a text may go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The whole text as it would then stand, as the gazetteer writes it.
    pub words: String,
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
    /// What it is.
    pub kind: Kind,
    /// The share of points of that name that lie about there, 0 to 1; of a street the share of the city's places on it counts
    /// for nothing and 0 is said.
    pub share: f64,
}

/// More names than these that begin alike are not ranked.
const MOST_RANKED: u32 = 4000;

/// With a position to prefer, so many times as many names are looked at as are asked for.
const WIDER: usize = 3;
/// A name this many kilometres away comes after one place more of those that are meant more often …
const KILOMETRES_A_RANK: f32 = 2.0;
/// … but never after more than so many.
const MOST_RANKS: f32 = 6.0;

impl Gazetteer {
    /// How a text that is being typed may go on: at most `most` completions, best first; when it goes on in no known way,
    /// where it may lie.
    pub fn complete(&self, typed: &str, most: usize) -> Vec<Completion> {
        let mut found = self.complete_near(typed, most, None);
        if found.is_empty() && most > 0 {
            found.extend(self.locate(typed).into_iter().map(of_suggestion));
            found.truncate(most);
        }
        found
    }

    /// The same, but only of what goes on with the text. Of names alike in everything else, those near a position (degrees
    /// east and north, WGS-84) come first, and of a name in several places the place nearest to it is meant.
    pub fn complete_near(&self, typed: &str, most: usize, near: Option<(f64, f64)>) -> Vec<Completion> {
        let form = form(typed);
        if form.is_empty() || most == 0 {
            return Vec::new();
        }
        let near = near.map(|(lon, lat)| self.plane.inward(lon, lat));
        let pool = if near.is_some() { most.saturating_mul(WIDER) } else { most };
        let mut found: Vec<Completion> = self.doors_beginning(&form, most, near);
        let doors = found.len();
        // What has been named already (a district, a street) is left as it is, and the rest completed.
        for begin in self.beginnings(&form) {
            if found.len() >= pool {
                break;
            }
            let (head, rest) = form.split_at(begin);
            for name in self.names_for(rest, pool) {
                if let Some(completion) = self.completion(head, name, near)
                    && found.iter().all(|other| other.words != completion.words)
                {
                    found.push(completion);
                }
            }
        }
        if let (Some(near), Some(names)) = (near, found.get_mut(doors..)) {
            let rank = |position: usize, completion: &Completion| {
                let away = distance(near, self.plane.inward(completion.lon, completion.lat)) / 1000.0;
                position as f32 + (away / KILOMETRES_A_RANK).min(MOST_RANKS)
            };
            let mut ranked: Vec<(f32, Completion)> =
                names.iter().enumerate().map(|(at, one)| (rank(at, one), one.clone())).collect();
            ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (slot, (_, completion)) in names.iter_mut().zip(ranked) {
                *slot = completion;
            }
        }
        found.truncate(most);
        found
    }

    /// The bytes at which the part begins that is still being typed: the whole, and behind each area that is named.
    fn beginnings(&self, form: &str) -> Vec<usize> {
        let mut begins = vec![0];
        let mut at = 0;
        for _ in 0..3 {
            let mut end = None;
            self.names().at(&form[at..], |name, length| {
                if self.is_area(name) {
                    end = Some(at + length);
                }
            });
            match end.filter(|end| *end < form.len()) {
                Some(end) => at = end,
                None => break,
            }
            begins.push(at);
        }
        begins
    }

    /// Names that begin with letters or hold them, best first.
    fn names_for(&self, letters: &str, most: usize) -> Vec<u32> {
        let range = self.names().beginning(letters);
        let end = range.end.min(range.start.saturating_add(MOST_RANKED));
        let mut found: Vec<(u32, u32)> = (range.start..end).map(|name| (self.weight(name), name)).collect();
        let better = |a: &(u32, u32), b: &(u32, u32)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
        if found.len() > most {
            found.select_nth_unstable_by(most, better);
            found.truncate(most);
        }
        found.sort_by(better);
        if found.len() < most && letters.chars().count() >= 2 {
            let mut inside: Vec<(u32, u32)> = self
                .names()
                .containing(letters)
                .into_iter()
                .filter(|name| !range.contains(name))
                .map(|name| (self.weight(name), name))
                .collect();
            inside.sort_by(better);
            found.extend(inside.into_iter().take(most - found.len()));
        }
        found.into_iter().map(|(_, name)| name).collect()
    }

    /// `望澜路21` goes on with the known numbers 21, 210, 216 … of that street.
    fn doors_beginning(&self, form: &str, most: usize, near: Option<Metres>) -> Vec<Completion> {
        let digits = form.chars().rev().take_while(char::is_ascii_digit).count();
        let (head, typed) = form.split_at(form.len() - digits);
        let address = read_knowing(head, &|name| self.street_id(name).is_some());
        let Some(street) =
            address.streets.last().filter(|street| street.door().is_none() && street.span.1 == head.len())
        else {
            return Vec::new();
        };
        let Some(street) = self.street_id(&street.name) else { return Vec::new() };
        let mut stretches: Vec<Stretch<'_>> = self.stretches(street).collect();
        if let Some(near) = near {
            stretches.sort_by(|a, b| distance(near, a.course.middle).total_cmp(&distance(near, b.course.middle)));
        }
        let mut found = Vec::new();
        for stretch in &stretches {
            for door in stretch.doors {
                let is_next =
                    if digits == 0 { found.len() < most / 2 } else { door.number.to_string().starts_with(typed) };
                if is_next && found.len() < most {
                    let (lon, lat) = self.degrees(door.at);
                    found.push(Completion {
                        words: format!("{head}{}号", door.number),
                        lon,
                        lat,
                        kind: Kind::Number,
                        share: 1.0,
                    });
                }
            }
        }
        if digits == 0
            && let Some(stretch) = stretches.first()
        {
            let (lon, lat) = self.degrees(stretch.course.middle);
            found.insert(0, Completion { words: head.to_owned(), lon, lat, kind: Kind::Street, share: 0.0 });
        }
        found
    }
}

fn of_suggestion(suggestion: Suggestion) -> Completion {
    let Suggestion { words, lon, lat, kind, score, .. } = suggestion;
    Completion { words, lon, lat, kind, share: score }
}
