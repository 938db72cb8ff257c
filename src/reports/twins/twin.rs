//! A twin (疑似重复): another report that may be about the same thing. Who comes into question by place, and how surely and why
//! two are the same: pure rules over `understanding`'s measure. Nothing is linked by itself.

use super::settings::Settings;
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::reports::report::{Category, Place, metres_between};
use std::collections::HashMap;
use understanding::photos::comparing::{Steps, Verdict, verdict};
use understanding::photos::print::{BITS, Prints};
use understanding::repeats::likeness::{Likeness, Marks, Rareness, likeness};
use understanding::text::normal;

/// The side of a square in metres: so far around itself a report's twins are looked for.
pub const SIDE: f64 = 150.0;
const METRES_PER_DEGREE: f64 = 111_320.0;
/// More columns than any row of the Earth has.
const COLUMNS: i64 = 1 << 20;

/// The number of the square in which a point lies, degrees east and north.
pub fn square((lon, lat): (f64, f64)) -> i64 {
    let row = row(lat);
    row * COLUMNS + column(lon, row)
}

/// The numbers of that square and of the eight around it.
pub fn squares_around((lon, lat): (f64, f64)) -> [i64; 9] {
    let middle = row(lat);
    // Columns are as wide in each row as they are there, so each row is asked where the point would lie in it.
    let in_row = |row: i64| {
        let column = column(lon, row);
        [column - 1, column, column + 1].map(|column| row * COLUMNS + column)
    };
    let [below, here, above] = [in_row(middle - 1), in_row(middle), in_row(middle + 1)];
    [here[1], here[0], here[2], below[1], below[0], below[2], above[1], above[0], above[2]]
}

#[expect(clippy::cast_possible_truncation, reason = "degrees on Earth")]
fn row(lat: f64) -> i64 {
    ((lat + 90.0) * METRES_PER_DEGREE / SIDE).floor() as i64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "degrees on Earth")]
fn column(lon: f64, row: i64) -> i64 {
    let south = row as f64 * SIDE / METRES_PER_DEGREE - 90.0;
    let width = south.to_radians().cos().max(0.01);
    ((lon + 180.0) * METRES_PER_DEGREE * width / SIDE).floor() as i64
}

/// An address in the one form by which two are the same: without spaces and signs, up to the house number. 望澜路 8 号门前 and
/// 望澜路８号 are one. Empty when there is too little to go by.
pub fn address_key(address: &str) -> String {
    let mut key = String::new();
    let mut has_number = false;
    for sign in normal(address).chars().filter(|sign| sign.is_alphanumeric()) {
        match sign.is_ascii_digit() {
            false if has_number => break,
            is_digit => {
                // Western addresses begin with the number, so only one behind a name ends it.
                has_number |= is_digit && key.chars().any(char::is_alphabetic);
                key.push(sign);
            }
        }
    }
    let is_enough = key.chars().filter(|sign| sign.is_alphabetic()).count() >= 2;
    if is_enough { key.chars().take(60).collect() } else { String::new() }
}

/// Where a report is, as twins are looked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spot {
    /// Degrees east and north, WGS-84.
    pub point: Option<(f64, f64)>,
    /// The unit grid; empty when nobody knows.
    pub cell: String,
    /// The address in its one form; empty when nobody has said.
    pub address: String,
}

impl Spot {
    /// That of a place.
    pub fn of(place: &Place) -> Spot {
        Spot { point: place.lon.zip(place.lat), cell: place.cell.clone(), address: address_key(&place.address) }
    }

    /// The same without a point that only stands for its unit grid: `inside` is where a unit grid's reports are drawn when
    /// nobody has said where in it.
    #[must_use]
    pub fn as_said(mut self, inside: impl Fn(&str) -> Option<(f64, f64)>) -> Spot {
        if self.point.is_some() && !self.cell.is_empty() && inside(&self.cell) == self.point {
            self.point = None;
        }
        self
    }
}

/// A sub-class as `kind-code`; empty when nobody has chosen one.
pub fn kind_of(category: &Category) -> String {
    if category.code.is_empty() { String::new() } else { format!("{}-{}", category.kind, category.code) }
}

/// The report whose twins are looked for.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Its identifier; 0 before it is sent.
    pub report: Id,
    /// Where.
    pub spot: Spot,
    /// What kind, as [`kind_of`] writes it.
    pub code: String,
    /// When it came in.
    pub received_at: Moment,
    /// Its words.
    pub words: String,
    /// What its photos look like.
    pub prints: Vec<Prints>,
}

/// Another report, as its row of marks has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Candidate {
    /// Its identifier.
    pub report: Id,
    /// Where.
    pub spot: Spot,
    /// What kind.
    pub code: String,
    /// When it came in.
    pub received_at: Moment,
    /// When it was over.
    pub ended_at: Option<Moment>,
}

/// What else is known of a candidate.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Its words.
    pub words: String,
    /// What its photos look like.
    pub prints: Vec<Prints>,
}

/// Another report with how surely it is about the same thing, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Twin {
    /// The other report.
    pub report: Id,
    /// How many metres away; none when one of the two has no point.
    pub metres: Option<f64>,
    /// How surely, and why.
    pub likeness: Likeness,
}

/// How far two spots lie from each other; none when one of them has no point.
fn metres(a: &Spot, b: &Spot) -> Option<f64> {
    Some(metres_between(a.point?, b.point?))
}

/// The candidates that are worth reading, at most `most`: those of one kind first, then the nearest, then the newest. In a
/// square where a thousand lie these stand for all of them.
pub fn nearest(sought: &Sought, mut candidates: Vec<Candidate>, most: usize) -> Vec<Candidate> {
    candidates.sort_by_key(|one| one.report);
    candidates.dedup_by_key(|one| one.report);
    candidates.retain(|one| one.report != sought.report);
    candidates.retain(|one| metres(&sought.spot, &one.spot).is_none_or(|metres| metres <= SIDE));
    let is_other = |one: &Candidate| !one.code.is_empty() && !sought.code.is_empty() && one.code != sought.code;
    #[expect(clippy::cast_possible_truncation, reason = "within a few squares")]
    let distance = |one: &Candidate| metres(&sought.spot, &one.spot).map_or(60, |metres| metres as i64) / 15;
    candidates.sort_by_key(|one| (is_other(one), distance(one), std::cmp::Reverse(one.received_at)));
    candidates.truncate(most);
    candidates
}

/// Weighs the candidates, the likeliest first; those below the city's threshold are left out.
pub fn ranked(
    sought: &Sought,
    candidates: &[Candidate],
    contents: &HashMap<Id, Content>,
    rareness: &Rareness,
    settings: &Settings,
) -> Vec<Twin> {
    let own = marks(&sought.spot, &sought.code, sought.received_at, &sought.words, rareness);
    let mut twins: Vec<Twin> = candidates
        .iter()
        .filter_map(|one| {
            let content = contents.get(&one.report)?;
            let other = marks(&one.spot, &one.code, one.received_at, &content.words, rareness);
            let likeness = likeness(&own, &other, compared(&sought.prints, &content.prints));
            let is_offered = likeness.points >= settings.offered;
            is_offered.then(|| Twin { report: one.report, metres: metres(&sought.spot, &one.spot), likeness })
        })
        .collect();
    twins.sort_by_key(|twin| (std::cmp::Reverse(twin.likeness.points), std::cmp::Reverse(twin.report)));
    twins
}

fn marks(spot: &Spot, code: &str, received_at: Moment, words: &str, rareness: &Rareness) -> Marks {
    // `event-0110` belongs to the class `event-01`.
    let class = code.char_indices().nth(code.find('-').map_or(0, |at| at + 3)).map_or("", |(end, _)| &code[..end]);
    Marks {
        point: spot.point,
        code: code.to_owned(),
        class: class.to_owned(),
        received_at: received_at.0,
        words: rareness.words(words),
        component: String::new(),
        address: spot.address.clone(),
        cell: spot.cell.clone(),
    }
}

/// What the nearest two photos of two reports come to, by their prints; none when one of them has none.
fn compared(one: &[Prints], other: &[Prints]) -> Option<Verdict> {
    let distances = one.iter().flat_map(|a| other.iter().map(|b| a.nearest(b).0));
    let nearest = f64::from(distances.min()?) / f64::from(BITS);
    Some(verdict(nearest, 0.0, &Steps::default()))
}

/// A reason as it is kept: its key, its number, its points.
pub type KeptReason = (String, Option<u32>, i64);

/// The reasons of a twin as they are kept, the strongest first.
pub fn kept(likeness: &Likeness) -> Vec<KeptReason> {
    let mut reasons = likeness.reasons.clone();
    reasons.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
    reasons.into_iter().map(|(reason, points)| (reason.key().to_owned(), reason.number(), points)).collect()
}

/// The key and the number under which a kept reason is said: many minutes are said in hours.
pub fn said(reason: &KeptReason) -> (String, u32) {
    match (reason.0.as_str(), reason.1.unwrap_or(0)) {
        ("twin-minutes-apart", minutes) if minutes >= 120 => ("twin-hours-apart".to_owned(), minutes / 60),
        (key, number) => (key.to_owned(), number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Moment = Moment(1_780_000_000_000);
    const HERE: (f64, f64) = (123.4112, 31.2093);

    fn east(metres: f64) -> (f64, f64) {
        (HERE.0 + metres / METRES_PER_DEGREE / HERE.1.to_radians().cos(), HERE.1)
    }

    fn candidate(report: Id, metres: f64, code: &str, minutes: i64) -> Candidate {
        let spot = Spot { point: Some(east(metres)), ..Spot::default() };
        Candidate { report, spot, code: code.into(), received_at: NOON.plus(-minutes * 60_000), ended_at: None }
    }

    fn sought(code: &str, words: &str) -> Sought {
        let spot = Spot { point: Some(HERE), ..Spot::default() };
        Sought { spot, code: code.into(), received_at: NOON, words: words.into(), ..Sought::default() }
    }

    #[test]
    fn whatever_is_near_lies_in_one_of_nine_squares() {
        for degrees in [0, 17, 45, 90, 133, 180, 271, 330] {
            for lat in [-33.9_f64, 0.0, 22.5, 31.2093, 45.7, 60.1] {
                let here = (123.4112, lat);
                let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
                for metres in [1.0, 75.0, 149.0] {
                    let width = here.1.to_radians().cos() * METRES_PER_DEGREE;
                    let there = (here.0 + cos * metres / width, here.1 + sin * metres / METRES_PER_DEGREE);
                    assert!(squares_around(here).contains(&square(there)), "{degrees}° {metres} m at {lat}");
                }
            }
        }
        let far = square(east(460.0));
        assert!(!squares_around(HERE).contains(&far));
    }

    #[test]
    fn an_address_has_one_form() {
        for (text, key) in [
            ("望澜路 8 号门前", "望澜路8"),
            ("望澜路８号", "望澜路8"),
            ("望澜路、书院路口", "望澜路书院路口"),
            ("12 Harbour Street, near the gate", "12"),
            ("8", ""),
            ("", ""),
        ] {
            let found = address_key(text);
            match key {
                "12" => assert!(found.starts_with("12harbour"), "{found}"),
                key => assert_eq!(found, key, "{text}"),
            }
        }
    }

    #[test]
    fn a_point_that_stands_for_its_unit_grid_is_none() {
        let spot = Spot { point: Some(HERE), cell: "c".into(), address: String::new() };
        assert_eq!(spot.clone().as_said(|_| Some(HERE)).point, None);
        assert_eq!(spot.as_said(|_| Some(east(3.0))).point, Some(HERE));
    }

    #[test]
    fn a_crowded_square_is_stood_for_by_its_kind_its_nearest_and_its_newest() {
        let mut crowd: Vec<Candidate> = (1..=1_000).map(|n| candidate(n, (n % 140) as f64, "event-0205", n)).collect();
        crowd.push(candidate(5_000, 90.0, "event-0110", 900));
        crowd.push(candidate(5_001, 400.0, "event-0110", 1));
        let near = nearest(&sought("event-0110", ""), crowd, 60);
        assert_eq!((near.len(), near.first().map(|one| one.report)), (60, Some(5_000)));
        assert!(near.iter().all(|one| one.report != 5_001), "too far");
        assert!(near.iter().skip(1).all(|one| metres(&one.spot, &near[0].spot).is_some()));
    }

    #[test]
    fn twins_are_ranked_with_their_reasons() {
        let sought = sought("event-0110", "望澜路 12 号门口路灯不亮，晚上看不清");
        let others = [
            (candidate(1, 10.0, "event-0110", 20), "路灯不亮了，望澜路 12 号"),
            (candidate(2, 8.0, "event-0205", 30), "垃圾没有人收"),
            (candidate(3, 120.0, "event-0110", 60 * 24 * 4), "这里的灯坏了一盏"),
            (candidate(4, 50.0, "event-0110", 45), "路灯不亮"),
        ];
        let contents = others
            .iter()
            .map(|(one, words)| (one.report, Content { words: (*words).into(), prints: Vec::new() }))
            .collect();
        let all: Vec<Candidate> = others.iter().map(|(one, _)| one.clone()).collect();
        let found = ranked(&sought, &all, &contents, &Rareness::default(), &Settings::default());
        assert_eq!(found.iter().map(|twin| twin.report).collect::<Vec<_>>(), [1, 4], "{found:#?}");
        let keys: Vec<String> = kept(&found[0].likeness).into_iter().map(|(key, ..)| key).collect();
        for key in ["twin-near", "twin-same-kind", "twin-same-words", "twin-minutes-apart"] {
            assert!(keys.iter().any(|known| known == key), "{key}: {keys:?}");
        }
    }

    #[test]
    fn long_is_said_in_hours() {
        let said = |minutes| said(&("twin-minutes-apart".to_owned(), Some(minutes), 40));
        assert_eq!(said(20), ("twin-minutes-apart".to_owned(), 20));
        assert_eq!(said(190), ("twin-hours-apart".to_owned(), 3));
    }
}
