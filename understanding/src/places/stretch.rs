//! A stretch of a street: its known doors in the order of their numbers, and where an unknown number must lie.

use super::spot::{Metres, Spot, distance, heaps, median, median_distance, middle_of};

/// A number that is known, where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Door {
    /// The number.
    pub number: u32,
    /// Where it is.
    pub at: Metres,
    /// Metres to the middle of its places; more when it does not fit its neighbours.
    pub doubt: f32,
}

/// Houses of one street that belong together; streets of the same name elsewhere are stretches of their own.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// By number.
    pub doors: &'a [Door],
    /// Points along it, at most [`SAMPLE`].
    pub points: &'a [Metres],
    /// What holds of the whole.
    pub course: Course,
}

/// What holds of a whole stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Course {
    /// Its middle.
    pub middle: Metres,
    /// The median distance of its points from the middle, in metres.
    pub spread: f32,
    /// Where most of its places lie together.
    pub thickest: Metres,
    /// Which share of its places lies there, 0 to 1.
    pub share: f32,
    /// How many places made it.
    pub count: u32,
    /// Metres from one number to the next, the median along the stretch.
    pub pace: f32,
}

/// All streets of a city by their numbers, 0 being the first one added. Doors and points of all lie in one list each, so
/// that a city takes few pieces of memory.
#[derive(Debug, Default)]
pub struct Streets {
    /// Behind the last stretch of each street.
    ends: Vec<u32>,
    /// The stretches, each with the ends of its doors and of its points.
    parts: Vec<(Course, u32, u32)>,
    doors: Vec<Door>,
    points: Vec<Metres>,
}

/// How an answer along a stretch was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The number is known.
    Known,
    /// Between two known numbers.
    Between(u32, u32),
    /// Beyond the last known number.
    Beyond(u32),
}

/// Points kept of a stretch for its course.
pub const SAMPLE: usize = 48;
/// Points nearer than these belong to one stretch, whatever their numbers.
const TOGETHER: f32 = 1500.0;
/// How much farther numbers may lie apart, for every number between them.
const PER_NUMBER: f32 = 6.0;
/// A number of the other side of the street counts as so many numbers farther.
const OTHER_SIDE: u32 = 8;

/// One place on a street: its number, if it has one, and where it is.
pub type House = (Option<u32>, Metres);

impl Streets {
    /// Adds a street with its places, parted into stretches, largest first.
    pub fn push(&mut self, houses: Vec<House>) {
        for group in together(houses) {
            self.push_stretch(group);
        }
        self.ends.push(self.parts.len() as u32);
    }

    /// The stretches of a street, largest first; none of a number that is no street's.
    pub fn of(&self, street: u32) -> impl Iterator<Item = Stretch<'_>> + Clone {
        let street = street as usize;
        let end = self.ends.get(street).copied().unwrap_or(0) as usize;
        let begin = street.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        (begin..end).filter_map(move |part| self.stretch(part))
    }

    fn stretch(&self, part: usize) -> Option<Stretch<'_>> {
        let (_, doors, points) =
            part.checked_sub(1).and_then(|before| self.parts.get(before)).copied().unwrap_or_default();
        let (course, doors_end, points_end) = *self.parts.get(part)?;
        Some(Stretch {
            doors: self.doors.get(doors as usize..doors_end as usize)?,
            points: self.points.get(points as usize..points_end as usize)?,
            course,
        })
    }

    /// Gives back the memory that was taken for more.
    pub fn shrink(&mut self) {
        self.ends.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.doors.shrink_to_fit();
        self.points.shrink_to_fit();
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.ends.capacity() * size_of::<u32>()
            + self.parts.capacity() * size_of::<(Course, u32, u32)>()
            + self.doors.capacity() * size_of::<Door>()
            + self.points.capacity() * size_of::<Metres>()
    }

    fn push_stretch(&mut self, mut houses: Vec<House>) {
        houses.sort_by_key(|house| house.0);
        let all: Vec<Metres> = houses.iter().map(|house| house.1).collect();
        let middle = middle_of(&all);
        let mut doors: Vec<Door> = Vec::new();
        for group in houses.chunk_by(|a, b| a.0 == b.0) {
            let Some((Some(number), _)) = group.first().copied() else { continue };
            let points: Vec<Metres> = group.iter().map(|house| house.1).collect();
            let Some(&Spot { at, spread, share, count }) = heaps(&points, 1).first() else { continue };
            // Several places that agree are surer than one.
            let doubt = (25.0 + spread + 30.0 / (count as f32).sqrt()) / share;
            doors.push(Door { number, at, doubt });
        }
        let doors = fitting(&doors);
        let mut paces: Vec<f32> = doors
            .windows(2)
            .map(|pair| distance(pair[0].at, pair[1].at) / (pair[1].number - pair[0].number).max(1) as f32)
            .collect();
        let pace = if paces.len() < 3 { 5.0 } else { median(&mut paces).clamp(1.0, 15.0) };
        let step = all.len().div_ceil(SAMPLE).max(1);
        let thickest = heaps(&all, 1).first().copied();
        let course = Course {
            middle,
            spread: median_distance(&all, middle),
            thickest: thickest.map_or(middle, |spot| spot.at),
            share: thickest.map_or(1.0, |spot| spot.share),
            count: all.len() as u32,
            pace,
        };
        self.doors.extend(doors);
        self.points.extend(all.into_iter().step_by(step));
        self.parts.push((course, self.doors.len() as u32, self.points.len() as u32));
    }
}

/// Parts the places of one street's name into those that lie together, largest first.
fn together(mut houses: Vec<House>) -> Vec<Vec<House>> {
    houses.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.0.total_cmp(&b.1.0)).then(a.1.1.total_cmp(&b.1.1)));
    let mut groups: Vec<Vec<House>> = Vec::new();
    for house in houses {
        let joins = |group: &Vec<House>| group.iter().rev().take(200).any(|other| is_one_street(*other, house));
        let touched: Vec<usize> = (0..groups.len()).filter(|index| joins(&groups[*index])).collect();
        match touched.split_first() {
            None => groups.push(vec![house]),
            Some((first, others)) => {
                for index in others.iter().rev() {
                    let group = groups.remove(*index);
                    groups[*first].extend(group);
                }
                groups[*first].push(house);
            }
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

fn is_one_street(a: House, b: House) -> bool {
    let more = match (a.0, b.0) {
        (Some(a), Some(b)) => PER_NUMBER * a.abs_diff(b).min(500) as f32,
        _ => 0.0,
    };
    distance(a.1, b.1) <= TOGETHER + more
}

/// Doors that do not fit their neighbours (a head office's address on a branch) get a large doubt.
fn fitting(doors: &[Door]) -> Vec<Door> {
    let mut fitted = doors.to_vec();
    for (index, door) in fitted.iter_mut().enumerate() {
        let around: Vec<&Door> = doors[index.saturating_sub(2)..doors.len().min(index + 3)]
            .iter()
            .filter(|other| other.number != door.number)
            .collect();
        if around.len() < 3 {
            continue;
        }
        let middle = middle_of(&around.iter().map(|other| other.at).collect::<Vec<_>>());
        let width = around.iter().map(|other| distance(middle, other.at)).fold(0.0, f32::max);
        let away = distance(middle, door.at);
        if away > 2.0 * width + 400.0 {
            door.doubt += away / 2.0;
        }
    }
    fitted
}

impl Stretch<'_> {
    /// Where a number lies: how it was found, the place and the doubt in metres.
    pub fn door(&self, number: u32) -> Option<(Found, Metres, f32)> {
        let place = self.doors.partition_point(|door| door.number < number);
        if let Some(door) = self.doors.get(place).filter(|door| door.number == number) {
            return Some((Found::Known, door.at, door.doubt));
        }
        let good = |door: &&Door| door.doubt < 400.0;
        let cost = |door: &Door| {
            let apart = door.number.abs_diff(number);
            if apart.is_multiple_of(2) { apart } else { apart + OTHER_SIDE }
        };
        let below = self.doors[..place].iter().rev().filter(good).take(4).min_by_key(|door| cost(door));
        let above = self.doors[place..].iter().filter(good).take(4).min_by_key(|door| cost(door));
        match (below, above) {
            (Some(low), Some(high)) => Some(self.between(number, *low, *high)),
            (Some(end), None) => Some(self.beyond(number, *end, true)),
            (None, Some(end)) => Some(self.beyond(number, *end, false)),
            (None, None) => None,
        }
    }

    fn between(&self, number: u32, low: Door, high: Door) -> (Found, Metres, f32) {
        let found = Found::Between(low.number, high.number);
        let apart = distance(low.at, high.at);
        let gap = (high.number - low.number) as f32;
        let (down, up) = ((number - low.number) as f32, (high.number - number) as f32);
        // Far apart for their numbers: something else lies between them, and the nearer number is the better guess.
        if apart > 400.0 + 20.0 * gap {
            let (near, steps) = if down <= up { (low, down) } else { (high, up) };
            return (found, near.at, near.doubt + (self.course.pace * steps).max(apart * 0.25));
        }
        let part = down / gap;
        let at = (low.at.0 + (high.at.0 - low.at.0) * part, low.at.1 + (high.at.1 - low.at.1) * part);
        let doubt = 0.5 * (low.doubt * (1.0 - part) + high.doubt * part) + 10.0 + 0.3 * apart.max(gap);
        (found, at, doubt)
    }

    fn beyond(&self, number: u32, end: Door, is_up: bool) -> (Found, Metres, f32) {
        let gap = number.abs_diff(end.number) as f32;
        let way = (self.course.pace * gap).min(1500.0);
        // The direction of the last stretch of numbers, if it is clear; a road bends, so half the way is gone.
        let inner =
            self.doors.iter().filter(|door| door.doubt < 400.0 && (4..=80).contains(&door.number.abs_diff(end.number)));
        let inner = if is_up { inner.clone().next() } else { inner.clone().next_back() };
        let mut at = end.at;
        if let Some(inner) = inner {
            let apart = distance(inner.at, end.at);
            if apart > 40.0 {
                let go = (0.5 * way).min(1.5 * apart) / apart;
                at = (end.at.0 + (end.at.0 - inner.at.0) * go, end.at.1 + (end.at.1 - inner.at.1) * go);
            }
        }
        (Found::Beyond(end.number), at, end.doubt + 0.6 * way + 20.0)
    }

    /// The place where two stretches come nearest, and how near in metres.
    pub fn meeting(&self, other: &Stretch<'_>) -> Option<(Metres, f32)> {
        let pairs = self.points.iter().flat_map(|a| other.points.iter().map(move |b| (*a, *b, distance(*a, *b))));
        let (a, b, apart) = pairs.min_by(|a, b| a.2.total_cmp(&b.2))?;
        Some((((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0), apart))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(houses: Vec<House>) -> Streets {
        let mut streets = Streets::default();
        streets.push(Vec::new());
        streets.push(houses);
        streets
    }

    fn straight(numbers: &[u32]) -> Vec<House> {
        numbers.iter().map(|number| (Some(*number), (*number as f32 * 5.0, 0.0))).collect()
    }

    #[test]
    fn a_number_is_known_between_or_beyond() {
        let streets = one(straight(&[2, 10, 20, 40, 41, 60]));
        let parts: Vec<Stretch> = streets.of(1).collect();
        assert_eq!(parts.len(), 1);
        for (number, expected, east) in [
            (20, Found::Known, 100.0),
            (30, Found::Between(20, 40), 150.0),
            (50, Found::Between(40, 60), 250.0),
            (1, Found::Beyond(2), 5.0),
            (80, Found::Beyond(60), 400.0),
        ] {
            let (found, at, doubt) = parts[0].door(number).unwrap();
            assert_eq!(found, expected, "{number}");
            assert!((at.0 - east).abs() < 80.0 && doubt > 0.0, "{number} {at:?}");
        }
        let surer = |number: u32| parts[0].door(number).unwrap().2;
        assert!(surer(20) < surer(30) && surer(30) < surer(80));
    }

    #[test]
    fn the_same_name_elsewhere_is_another_stretch() {
        let mut houses = straight(&[1, 3, 5]);
        houses.extend([(Some(1), (9000.0, 0.0)), (None, (9100.0, 0.0))]);
        let streets = one(houses);
        let parts: Vec<Stretch> = streets.of(1).collect();
        assert_eq!(parts.iter().map(|part| part.course.count).collect::<Vec<_>>(), [3, 2]);
        assert_eq!((streets.of(0).count(), streets.of(2).count()), (0, 0));
        assert_eq!(parts[1].door(7).map(|answer| answer.0), Some(Found::Beyond(1)));
    }

    #[test]
    fn a_door_that_does_not_fit_is_doubted() {
        let mut houses = straight(&[10, 20, 30, 40, 50]);
        houses[2].1 = (150.0, 2500.0);
        houses.push((None, (150.0, 1250.0)));
        let streets = one(houses);
        let parts: Vec<Stretch> = streets.of(1).collect();
        let door = parts[0].doors.iter().find(|door| door.number == 30).unwrap();
        assert!(door.doubt > 400.0, "{door:?}");
    }
}
