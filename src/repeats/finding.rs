//! What comes again among a city's reports, by its rules; and which of it is known already. Pure: rows in, groups out.

use crate::kit::id::Id;
use crate::reports::report::metres_between;
use std::collections::{BTreeMap, HashMap};
use understanding::repeats::likeness::Rareness;
use understanding::repeats::moment::Day;
use understanding::repeats::place_clusters::{Spot, WIDEST, place_clusters};
use understanding::repeats::rule::{Place, Rule, Seen};
use understanding::repeats::settings::Settings;
use understanding::repeats::topics::{Message, topics};
use understanding::text::normal;

/// So many characters of a report's words are kept in memory while a month is looked through.
pub const MOST_WORDS: usize = 120;
/// So many characters of its words are a report's title.
const TITLE: usize = 30;
/// Two matters that are only spoken of are one when their titles are so alike; 0 to 1.
const ALIKE: f32 = 0.5;

/// A report as a search keeps it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// The identifier.
    pub id: Id,
    /// When it came, in milliseconds since 1970.
    pub at: i64,
    /// The civil day of that, counted from any day.
    pub day: Option<Day>,
    /// The sub-class, such as `event-0127`, as a position in [`Tellings::classes`].
    pub class: u16,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
    /// The address in words.
    pub address: Box<str>,
    /// Who reported it, as a number; none when nobody knows.
    pub reporter: Option<i64>,
    /// The beginning of its words; empty when no rule needs them.
    pub words: Box<str>,
}

/// All reports of a search.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tellings {
    /// The reports, in the order in which they came.
    pub reports: Vec<Told>,
    /// The sub-classes that there are; the first is none.
    pub classes: Vec<String>,
    positions: HashMap<String, u16>,
}

impl Tellings {
    /// The number of a sub-class.
    pub fn class(&mut self, word: &str) -> u16 {
        if self.classes.is_empty() {
            self.classes.push(String::new());
            self.positions.insert(String::new(), 0);
        }
        if let Some(found) = self.positions.get(word) {
            return *found;
        }
        // A catalog has a few hundred; what does not fit any more counts as having none.
        let Ok(next) = u16::try_from(self.classes.len()) else { return 0 };
        self.classes.push(word.to_owned());
        self.positions.insert(word.to_owned(), next);
        next
    }

    /// The sub-class of a report; empty when it has none.
    pub fn class_of(&self, report: &Told) -> &str {
        self.classes.get(usize::from(report.class)).map_or("", String::as_str)
    }
}

/// Reports that a rule takes for one repetition.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The rule's identifier.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// Positions among the reports, in the order in which they came.
    pub members: Vec<usize>,
    /// The report whose words name it, when it is only spoken of.
    pub middle: Option<usize>,
}

/// The repetitions among reports, the rules in their order, the largest first.
pub fn groups(told: &Tellings, rules: &[&Rule]) -> Vec<Group> {
    rules.iter().flat_map(|rule| by_rule(told, rule)).collect()
}

fn by_rule(told: &Tellings, rule: &Rule) -> Vec<Group> {
    // Whether a rule takes a sub-class is asked once; only what has none is asked by its words.
    let takes: Vec<bool> = told.classes.iter().map(|class| !class.is_empty() && rule.takes(class, "")).collect();
    let is_taken = |report: &Told| match report.class {
        0 => !rule.object_words.is_empty() && rule.takes("", &normal(&report.words)),
        class => takes.get(usize::from(class)).copied().unwrap_or_default(),
    };
    let taken: Vec<usize> =
        told.reports.iter().enumerate().filter(|(_, report)| is_taken(report)).map(|(at, _)| at).collect();
    let is_placed = |at: &usize| told.reports.get(*at).is_some_and(|report| spot(report).has_place());
    let (placed, spoken): (Vec<usize>, Vec<usize>) = match rule.place {
        Place::Anywhere => (Vec::new(), taken),
        Place::Metres(_) | Place::SamePlace => taken.into_iter().partition(is_placed),
    };
    let spots: Vec<Spot<'_>> = placed.iter().filter_map(|at| told.reports.get(*at)).map(spot).collect();
    let mut found = Vec::new();
    for cluster in place_clusters(&spots, rule.place.metres()) {
        let members: Vec<usize> = cluster.into_iter().filter_map(|at| placed.get(at).copied()).collect();
        found.extend(spells(told, rule, members, None));
    }
    if spoken.len() >= rule.threshold {
        let messages: Vec<Message<'_>> = spoken.iter().filter_map(|at| told.reports.get(*at)).map(message).collect();
        for topic in topics(&messages, &Settings::default()) {
            let middle = spoken.get(topic.middle).copied();
            let members = topic.members.into_iter().filter_map(|at| spoken.get(at).copied()).collect();
            found.extend(spells(told, rule, members, middle));
        }
    }
    found.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), group.members.first().copied()));
    found
}

fn spot(report: &Told) -> Spot<'_> {
    Spot { kind: "", component: "", address: &report.address, point: report.point }
}

fn message(report: &Told) -> Message<'_> {
    let end = report.words.char_indices().nth(TITLE).map_or(report.words.len(), |(at, _)| at);
    Message { kind: "", title: report.words.get(..end).unwrap_or_default(), detail: &report.words }
}

/// The members that lie in full windows of the rule, of one place as one group: what paused for a while and came again within
/// the search is still the same trouble.
fn spells(told: &Tellings, rule: &Rule, members: Vec<usize>, middle: Option<usize>) -> Option<Group> {
    let dated: Vec<(usize, Seen)> = members
        .iter()
        .filter_map(|at| {
            let report = told.reports.get(*at)?;
            Some((*at, Seen { day: report.day?, reporter: report.reporter }))
        })
        .collect();
    let seen: Vec<Seen> = dated.iter().map(|(_, seen)| *seen).collect();
    let mut members: Vec<usize> =
        rule.repetitions(&seen).into_iter().flatten().filter_map(|at| dated.get(at).map(|(at, _)| *at)).collect();
    members.sort_unstable();
    (!members.is_empty()).then(|| Group {
        rule: rule.id.clone(),
        version: rule.version,
        middle: middle
            .map(|middle| if members.contains(&middle) { middle } else { members.first().copied().unwrap_or(middle) }),
        members,
    })
}

/// What a group says of its place and its matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Portrait {
    /// The middle of its points: their median, degree by degree.
    pub middle: Option<(f64, f64)>,
    /// How far they lie from it, in whole metres.
    pub radius: i64,
    /// The address that most have.
    pub address: String,
    /// The sub-class that most have.
    pub sub_class: String,
    /// The words that name it; empty for a place.
    pub words: String,
}

/// What a group says of its place and its matter.
pub fn portrait(told: &Tellings, group: &Group) -> Portrait {
    let members = || group.members.iter().filter_map(|at| told.reports.get(*at));
    let points: Vec<(f64, f64)> = members().filter_map(|report| report.point).collect();
    // The median, not the mean: one address may carry a point that somebody set at the other end of the street.
    let median = |mut degrees: Vec<f64>| {
        degrees.sort_by(f64::total_cmp);
        degrees.get(degrees.len() / 2).copied().map(crate::reports::place::rounded)
    };
    let middle =
        median(points.iter().map(|point| point.0).collect()).zip(median(points.iter().map(|point| point.1).collect()));
    #[expect(clippy::cast_possible_truncation, reason = "metres within a city")]
    let radius = middle.map_or(0, |middle| {
        points.iter().map(|point| metres_between(middle, *point)).fold(0.0, f64::max).ceil() as i64
    });
    let words = group.middle.and_then(|at| told.reports.get(at)).map(|report| message(report).title.to_owned());
    Portrait {
        middle,
        radius,
        address: most(members().map(|report| report.address.trim())),
        sub_class: most(members().map(|report| told.class_of(report))),
        words: words.unwrap_or_default(),
    }
}

/// What most have; the first in the order of the alphabet among equals, and nothing only when all have nothing.
fn most<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all.filter(|one| !one.is_empty()) {
        *counts.entry(one).or_default() += 1;
    }
    let best = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    best.map_or_else(String::new, |(one, _)| one.to_owned())
}

/// A repeat that is known already, as far as it can be recognised by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// The repeat.
    pub id: Id,
    /// Its rule.
    pub rule: String,
    /// Its middle.
    pub middle: Option<(f64, f64)>,
    /// How far its reports lie from it.
    pub radius: i64,
    /// Its address.
    pub address: String,
    /// Its title, for what is only spoken of.
    pub title: String,
}

/// What is to be recognised: a group's rule, its portrait, how near is one place, and how many of its reports belong to which
/// known repeat already.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// What it says of itself.
    pub portrait: &'a Portrait,
    /// Known repeats that share reports with it, with how many.
    pub shared: Vec<(Id, usize)>,
}

/// Which known repeat each candidate is, if any. Shared reports decide first, then one written address, then the distance (as
/// near as the rule joins, beyond the known one's own reach), then, for what is only spoken of, the words of the title. A known
/// repeat is given once.
pub fn recognise(candidates: &[Candidate<'_>], known: &[Known]) -> Vec<Option<Id>> {
    let mut answer = vec![None; candidates.len()];
    let mut taken: Vec<Id> = Vec::new();
    let mut shared: Vec<(usize, usize, Id)> = candidates
        .iter()
        .enumerate()
        .flat_map(|(at, candidate)| candidate.shared.iter().map(move |(id, count)| (*count, at, *id)))
        .collect();
    shared.sort_by_key(|(count, at, id)| (std::cmp::Reverse(*count), *at, *id));
    let mut give = |answer: &mut Vec<Option<Id>>, at: usize, id: Id| {
        let Some(slot) = answer.get_mut(at).filter(|slot| slot.is_none()) else { return };
        if !taken.contains(&id) {
            *slot = Some(id);
            taken.push(id);
        }
    };
    for (_, at, id) in shared {
        give(&mut answer, at, id);
    }
    let near = Nearby::of(known);
    let mut pairs: Vec<(u8, i64, usize, Id)> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        if answer.get(at).is_none_or(Option::is_some) {
            continue;
        }
        pairs.extend(near.like(candidate).into_iter().map(|(how, distance, id)| (how, distance, at, id)));
    }
    pairs.sort_unstable();
    for (_, _, at, id) in pairs {
        give(&mut answer, at, id);
    }
    answer
}

/// Known repeats by where they are.
struct Nearby<'a> {
    known: &'a [Known],
    squares: HashMap<(i64, i64), Vec<usize>>,
    addresses: HashMap<(String, String), Vec<usize>>,
    spoken: Vec<usize>,
    rareness: Rareness,
}

/// Squares of a hundredth of a degree: wider than any rule joins and any repeat reaches.
fn square((lon, lat): (f64, f64)) -> (i64, i64) {
    #[expect(clippy::cast_possible_truncation, reason = "hundredths of a degree")]
    let number = |degrees: f64| (degrees * 100.0).floor() as i64;
    (number(lon), number(lat))
}

impl<'a> Nearby<'a> {
    fn of(known: &'a [Known]) -> Nearby<'a> {
        let mut nearby = Nearby {
            known,
            squares: HashMap::new(),
            addresses: HashMap::new(),
            spoken: Vec::new(),
            rareness: Rareness::of(known.iter().map(|one| one.title.as_str())),
        };
        for (at, one) in known.iter().enumerate() {
            if let Some(middle) = one.middle {
                nearby.squares.entry(square(middle)).or_default().push(at);
            }
            let address = normal(&one.address);
            if address.is_empty() && one.middle.is_none() {
                nearby.spoken.push(at);
            } else if !address.is_empty() {
                nearby.addresses.entry((one.rule.clone(), address)).or_default().push(at);
            }
        }
        nearby
    }

    /// Known repeats that a candidate may be: how (0 by address, 1 by distance, 2 by words), how far, which.
    fn like(&self, candidate: &Candidate<'_>) -> Vec<(u8, i64, Id)> {
        let (rule, portrait) = (candidate.rule, candidate.portrait);
        let mut found = Vec::new();
        let address = (rule.id.clone(), normal(&portrait.address));
        for at in self.addresses.get(&address).into_iter().flatten() {
            found.extend(self.known.get(*at).map(|one| (0, 0, one.id)));
        }
        if let Some(middle) = portrait.middle {
            let (east, north) = square(middle);
            let around = (-1..=1).flat_map(|x| (-1..=1).map(move |y| (east + x, north + y)));
            let near = around.filter_map(|key| self.squares.get(&key)).flatten();
            for one in near.filter_map(|at| self.known.get(*at)).filter(|one| one.rule == rule.id) {
                let Some(its) = one.middle else { continue };
                let distance = metres_between(middle, its);
                if distance <= reach(rule.place.metres(), one.radius) {
                    #[expect(clippy::cast_possible_truncation, reason = "millimetres within a city")]
                    found.push((1, (distance * 1000.0) as i64, one.id));
                }
            }
        } else if portrait.address.is_empty() && !portrait.words.is_empty() {
            let words = self.rareness.words(&portrait.words);
            let spoken = self.spoken.iter().filter_map(|at| self.known.get(*at)).filter(|one| one.rule == rule.id);
            for one in spoken {
                let alike = words.likeness(&self.rareness.words(&one.title));
                if alike >= ALIKE {
                    #[expect(clippy::cast_possible_truncation, reason = "thousandths")]
                    found.push((2, ((1.0 - alike) * 1000.0) as i64, one.id));
                }
            }
        }
        found
    }
}

/// How far from the middle of a repeat a report may lie and still be of it: as near as its rule joins, or within the repeat's own
/// reports, but never farther than a place may be wide.
#[expect(clippy::cast_precision_loss, reason = "metres within a city")]
pub fn reach(metres: f64, radius: i64) -> f64 {
    metres.max((radius as f64).min(metres * WIDEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use understanding::repeats::rule::{Rules, Written};

    fn rules() -> Rules {
        let text = r#"
            [[rule]]
            id = "fumes"
            version = 1
            effective_from = "2026-01-01"
            sub_classes = ["event-0127"]
            object_words = ["油烟"]
            place = { metres = 60 }
            window_days = 31
            threshold = 3
            [[rule]]
            id = "noise"
            version = 2
            effective_from = "2026-01-01"
            object_words = ["太吵"]
            place = "anywhere"
            window_days = 31
            threshold = 3
        "#;
        let written: Written = toml::from_str(text).unwrap();
        Rules::new(written).unwrap()
    }

    const HERE: (f64, f64) = (123.4, 31.2);

    fn told(rows: &[(&str, f64, i32, &str, &str)]) -> Tellings {
        let mut told = Tellings::default();
        for (at, (class, metres, day, address, words)) in rows.iter().enumerate() {
            let class = told.class(class);
            told.reports.push(Told {
                id: i64::try_from(at).unwrap() + 100,
                at: i64::from(*day) * 86_400_000,
                day: Day::new(2026, 3, *day),
                class,
                point: (*metres >= 0.0).then_some((HERE.0, HERE.1 + metres / 111_320.0)),
                address: (*address).into(),
                reporter: None,
                words: (*words).into(),
            });
        }
        told
    }

    #[test]
    fn by_place_by_words_and_by_window() {
        let told = told(&[
            ("event-0127", 0.0, 2, "渡口路 3 号", ""),
            ("", 20.0, 9, "", "楼下饭店油烟太大"),
            ("event-0127", 30.0, 20, "渡口路 3 号", ""),
            ("event-0110", 10.0, 20, "", "油烟"),
            ("event-0127", 500.0, 21, "别处", ""),
            ("", -1.0, 5, "", "银杏苑旁的铸造厂夜里太吵睡不着"),
            ("", -1.0, 6, "", "银杏苑旁的铸造厂夜里太吵睡不着"),
            ("", -1.0, 7, "", "银杏苑旁的铸造厂夜里太吵睡不着"),
            ("", -1.0, 8, "", "广场音乐太吵"),
        ]);
        let rules = rules();
        let found = groups(&told, &rules.on(Day::new(2026, 3, 31).unwrap()));
        let members: Vec<_> =
            found.iter().map(|group| (group.rule.as_str(), group.version, group.members.clone())).collect();
        assert_eq!(members, [("fumes", 1, vec![0, 1, 2]), ("noise", 2, vec![5, 6, 7])]);
        let fumes = portrait(&told, &found[0]);
        assert_eq!((fumes.address.as_str(), fumes.sub_class.as_str(), fumes.radius), ("渡口路 3 号", "event-0127", 21));
        let noise = portrait(&told, &found[1]);
        assert!(noise.words.contains("铸造厂") && noise.middle.is_none(), "{noise:?}");
    }

    #[test]
    fn what_is_known_is_recognised() {
        let rules = rules();
        let day = Day::new(2026, 3, 31).unwrap();
        let of = |id: &str| rules.on(day).into_iter().find(|rule| rule.id == id).unwrap();
        let point = |metres: f64| Some((HERE.0, HERE.1 + metres / 111_320.0));
        let known = [
            Known { id: 1, rule: "fumes".into(), middle: point(0.0), radius: 20, ..Known::default() },
            Known { id: 2, rule: "fumes".into(), middle: point(90.0), radius: 10, ..Known::default() },
            Known { id: 3, rule: "rubbish".into(), middle: point(0.0), radius: 20, ..Known::default() },
            Known { id: 4, rule: "fumes".into(), address: "渡口路３号".into(), ..Known::default() },
            Known {
                id: 5, rule: "noise".into(), title: "银杏苑旁的铸造厂夜里太吵".into(), ..Known::default()
            },
        ];
        let place = |metres: f64| Portrait { middle: point(metres), ..Portrait::default() };
        let written = |address: &str| Portrait { address: address.into(), ..Portrait::default() };
        let spoken = |words: &str| Portrait { words: words.into(), ..Portrait::default() };
        for (name, portraits, expected) in [
            ("shared reports before distance", vec![("fumes", place(0.0), vec![(2, 3)])], vec![Some(2)]),
            (
                "the nearest, each once",
                vec![("fumes", place(40.0), vec![]), ("fumes", place(10.0), vec![])],
                vec![Some(2), Some(1)],
            ),
            ("too far", vec![("fumes", place(400.0), vec![])], vec![None]),
            ("another rule", vec![("noise", place(0.0), vec![])], vec![None]),
            ("one written address", vec![("fumes", written("渡口路3号"), vec![])], vec![Some(4)]),
            ("one matter", vec![("noise", spoken("银杏苑旁的铸造厂太吵"), vec![])], vec![Some(5)]),
            ("another matter", vec![("noise", spoken("广场上的音乐太吵"), vec![])], vec![None]),
            (
                "whoever shares more has it",
                vec![("fumes", place(0.0), vec![(1, 1)]), ("fumes", place(900.0), vec![(1, 2)])],
                vec![None, Some(1)],
            ),
        ] {
            let candidates: Vec<Candidate<'_>> = portraits
                .iter()
                .map(|(rule, portrait, shared)| Candidate { rule: of(rule), portrait, shared: shared.clone() })
                .collect();
            assert_eq!(recognise(&candidates, &known), expected, "{name}");
        }
    }
}
