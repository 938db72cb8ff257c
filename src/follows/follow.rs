//! What somebody follows, which reports that concerns, and when they are told: the rules, without a clock and without a database.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::ToSpan;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use std::collections::HashMap;

enum_of_words! {
    /// How often somebody is told.
    Pace {
        /// As soon as something happens, outside the quiet hours.
        AtOnce = "at_once",
        /// Once a day, together.
        Daily = "daily",
        /// Once a week, together.
        Weekly = "weekly",
    }
}

/// How far around a place somebody may follow, in metres.
pub const RADII: [u32; 4] = [200, 500, 1000, 2000];
/// Metres of a degree of latitude.
const METRES: f64 = 111_195.0;
/// The side of the squares in which circles are looked for, in degrees: a kilometre or so.
const SQUARE: f64 = 0.01;

/// A circle around a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
    /// How far, in metres.
    pub metres: u32,
}

impl Circle {
    /// Whether a place lies in it. Within two kilometres the earth is flat.
    pub fn holds(&self, lon: f64, lat: f64) -> bool {
        let north = (lat - self.lat) * METRES;
        let east = (lon - self.lon) * METRES * self.lat.to_radians().cos();
        north.hypot(east) <= f64::from(self.metres)
    }

    /// The squares that it reaches into.
    fn squares(&self) -> Vec<(i32, i32)> {
        let north = f64::from(self.metres) / METRES;
        // Near a pole a circle would reach around the earth; no city lies there.
        let east = north / self.lat.to_radians().cos().max(0.05);
        let (west, south) = square(self.lon - east, self.lat - north);
        let (last_east, last_north) = square(self.lon + east, self.lat + north);
        (west..=last_east).flat_map(|x| (south..=last_north).map(move |y| (x, y))).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "degrees divided by a hundredth fit 32 bits")]
fn square(lon: f64, lat: f64) -> (i32, i32) {
    ((lon / SQUARE).floor() as i32, (lat / SQUARE).floor() as i32)
}

/// What somebody follows: all that is given must be true of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    /// Around a place.
    pub circle: Option<Circle>,
    /// In an area: the code of a district, a street or a community; empty: anywhere.
    pub area: String,
    /// Of a kind, as `event-0109`; empty: any.
    pub category: String,
}

/// What of a report a wish is compared with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Degrees east and north, WGS-84.
    pub at: Option<(f64, f64)>,
    /// The codes of the areas that it lies in.
    pub areas: Vec<String>,
    /// Its kind, as `event-0109`.
    pub category: String,
}

impl Wish {
    /// Whether it says anything at all.
    ///
    /// # Errors
    /// `follow-nothing` when it would be everything.
    pub fn fit(self) -> Result<Wish, Refusal> {
        if self.circle.is_none() && self.area.is_empty() && self.category.is_empty() {
            return Err(Refusal::new("follow-nothing").on("area"));
        }
        Ok(self)
    }

    /// Whether a report is of it.
    pub fn is_of(&self, seen: &Seen) -> bool {
        let is_near = self.circle.is_none_or(|circle| seen.at.is_some_and(|(lon, lat)| circle.holds(lon, lat)));
        let is_in = self.area.is_empty() || seen.areas.contains(&self.area);
        is_near && is_in && (self.category.is_empty() || self.category == seen.category)
    }
}

/// Many wishes, found by the narrowest thing that each says: its place, else its area, else its kind.
#[derive(Debug, Default)]
pub struct Index {
    wishes: Vec<(Id, Wish)>,
    by_square: HashMap<(i32, i32), Vec<usize>>,
    by_area: HashMap<String, Vec<usize>>,
    by_category: HashMap<String, Vec<usize>>,
}

impl Index {
    /// Of these.
    pub fn of(wishes: Vec<(Id, Wish)>) -> Index {
        let mut index = Index::default();
        for (at, (_, wish)) in wishes.iter().enumerate() {
            if let Some(circle) = wish.circle {
                circle.squares().into_iter().for_each(|one| index.by_square.entry(one).or_default().push(at));
            } else if !wish.area.is_empty() {
                index.by_area.entry(wish.area.clone()).or_default().push(at);
            } else {
                index.by_category.entry(wish.category.clone()).or_default().push(at);
            }
        }
        index.wishes = wishes;
        index
    }

    /// Those that a report is of, in the order of their identifiers.
    pub fn of_report(&self, seen: &Seen) -> Vec<Id> {
        let near = seen.at.and_then(|(lon, lat)| self.by_square.get(&square(lon, lat)));
        let within = seen.areas.iter().filter_map(|area| self.by_area.get(area));
        let kind = self.by_category.get(&seen.category);
        let all = near.into_iter().chain(within).chain(kind).flatten();
        let mut found: Vec<Id> =
            all.filter_map(|at| self.wishes.get(*at)).filter(|(_, wish)| wish.is_of(seen)).map(|(id, _)| *id).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// When nobody is told at once, and when those are told who want it together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// From when in the evening it is quiet.
    pub quiet_from: Time,
    /// Until when in the morning.
    pub quiet_until: Time,
    /// When those are told who are told once a day or once a week.
    pub together_at: Time,
    /// How many e-mails a follow gets a day at most.
    pub most: u32,
}

impl Hours {
    /// When somebody is told of what happened `now`, of whom so many e-mails have left today.
    pub fn due(&self, pace: Pace, now: Moment, sent_today: u32, zone: &TimeZone) -> Moment {
        let local = now.zoned(zone);
        let (day, time) = (local.date(), local.time());
        let at = |days: i64, time: Time| {
            let moment =
                zone.to_ambiguous_zoned_datetime(day.saturating_add(days.days()).to_datetime(time)).compatible();
            moment.map_or(now, |zoned| Moment::from(&zoned))
        };
        match pace {
            Pace::AtOnce if sent_today >= self.most => at(1, self.quiet_until),
            // The quiet hours reach over midnight.
            Pace::AtOnce if time >= self.quiet_from => at(1, self.quiet_until),
            Pace::AtOnce if time < self.quiet_until => at(0, self.quiet_until),
            Pace::AtOnce => now,
            Pace::Daily => at(i64::from(time >= self.together_at), self.together_at),
            Pace::Weekly => {
                let until_monday = i64::from(day.weekday().until(Weekday::Monday));
                let days = if until_monday == 0 && time >= self.together_at { 7 } else { until_monday };
                at(days, self.together_at)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;
    use proptest::prelude::*;
    use std::time::Instant;

    const HOURS: Hours =
        Hours { quiet_from: time(22, 0, 0, 0), quiet_until: time(7, 0, 0, 0), together_at: time(8, 0, 0, 0), most: 5 };

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn moment(text: &str) -> Moment {
        let local: jiff::civil::DateTime = text.parse().unwrap();
        Moment::from(&zone().to_ambiguous_zoned_datetime(local).compatible().unwrap())
    }

    #[test]
    fn somebody_is_told_at_their_pace_and_not_in_the_night() {
        for (pace, now, sent, expected) in [
            (Pace::AtOnce, "2026-03-10T10:00", 0, "2026-03-10T10:00"),
            (Pace::AtOnce, "2026-03-10T21:59", 0, "2026-03-10T21:59"),
            (Pace::AtOnce, "2026-03-10T22:00", 0, "2026-03-11T07:00"),
            (Pace::AtOnce, "2026-03-11T02:00", 0, "2026-03-11T07:00"),
            (Pace::AtOnce, "2026-03-10T10:00", 5, "2026-03-11T07:00"),
            (Pace::Daily, "2026-03-10T07:59", 0, "2026-03-10T08:00"),
            (Pace::Daily, "2026-03-10T08:00", 0, "2026-03-11T08:00"),
            // 2026-03-10 is a Tuesday, 2026-03-09 a Monday.
            (Pace::Weekly, "2026-03-10T08:00", 0, "2026-03-16T08:00"),
            (Pace::Weekly, "2026-03-09T07:00", 0, "2026-03-09T08:00"),
            (Pace::Weekly, "2026-03-09T08:00", 0, "2026-03-16T08:00"),
            (Pace::Weekly, "2026-03-15T23:00", 0, "2026-03-16T08:00"),
        ] {
            assert_eq!(HOURS.due(pace, moment(now), sent, &zone()), moment(expected), "{pace:?} {now} {sent}");
        }
    }

    #[test]
    fn a_circle_ends_where_it_says() {
        let circle = Circle { lon: 123.4, lat: 31.2, metres: 500 };
        assert!(circle.holds(123.4, 31.2 + 499.0 / METRES) && !circle.holds(123.4, 31.2 + 501.0 / METRES));
        let east = |metres: f64| 123.4 + metres / METRES / 31.2_f64.to_radians().cos();
        assert!(circle.holds(east(499.0), 31.2) && !circle.holds(east(501.0), 31.2));
    }

    fn wish() -> impl Strategy<Value = Wish> {
        let circle = proptest::option::of((123.3..123.5, 31.1..31.3, 0usize..4));
        let circle = circle.prop_map(|one| one.map(|(lon, lat, at)| Circle { lon, lat, metres: RADII[at] }));
        (circle, 0u8..4, 0u8..4).prop_map(|(circle, area, category)| Wish {
            circle,
            area: if area == 0 { String::new() } else { format!("a{area}") },
            category: if category == 0 { String::new() } else { format!("event-{category}") },
        })
    }

    proptest! {
        #[test]
        fn the_index_finds_what_looking_at_all_finds(
            wishes in proptest::collection::vec(wish(), 0..60),
            lon in 123.3..123.5f64, lat in 31.1..31.3f64, area in 1u8..4, category in 1u8..4, has_place: bool,
        ) {
            let wishes: Vec<(Id, Wish)> = wishes.into_iter().filter_map(|wish| wish.fit().ok()).zip(1..).map(|(wish, id)| (id, wish)).collect();
            let seen = Seen {
                at: has_place.then_some((lon, lat)),
                areas: vec![format!("a{area}"), "district".into()],
                category: format!("event-{category}"),
            };
            let plain: Vec<Id> = wishes.iter().filter(|(_, wish)| wish.is_of(&seen)).map(|(id, _)| *id).collect();
            prop_assert_eq!(Index::of(wishes).of_report(&seen), plain);
        }
    }

    #[test]
    fn a_hundred_thousand_wishes_are_matched_quickly() {
        let spread = |at: i64, of: i64| (at * 7919 % of) as f64 / of as f64;
        let wishes: Vec<(Id, Wish)> = (0..100_000)
            .map(|at| {
                let circle = Circle {
                    lon: 123.2 + 0.4 * spread(at, 9973),
                    lat: 31.0 + 0.4 * spread(at, 9967),
                    metres: RADII[at as usize % 4],
                };
                (at, Wish { circle: Some(circle), area: String::new(), category: String::new() })
            })
            .collect();
        let index = Index::of(wishes);
        let seen = Seen { at: Some((123.4, 31.2)), areas: Vec::new(), category: "event-0109".into() };
        let began = Instant::now();
        let mut found = 0;
        for _ in 0..100 {
            found = index.of_report(&seen).len();
        }
        let each = began.elapsed() / 100;
        println!("{found} of 100,000 wishes found in {each:?}");
        assert!(found > 0 && each.as_millis() < 50, "{each:?}");
    }

    #[test]
    fn a_wish_for_everything_is_refused() {
        assert_eq!(Wish::default().fit().unwrap_err().key, "follow-nothing");
    }
}
