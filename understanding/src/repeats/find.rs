//! What comes again in a list of reports: by place and kind where a report has a place, by its words where it has none.

use super::moment::{Day, Moment};
use super::place_clusters::{Spot, place_clusters};
use super::settings::Settings;
use super::topics::{Message, topics};
use std::cmp::Reverse;

const DAY: i64 = 86_400;

/// A report as a list has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Its identifier, as it was written.
    pub id: Box<str>,
    /// Its title.
    pub title: Box<str>,
    /// Its words.
    pub detail: Box<str>,
    /// When it came; none when it cannot be read.
    pub at: Option<Moment>,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
    /// Its kind; empty when the list has none.
    pub category: Box<str>,
    /// Its address in words; empty when the list has none.
    pub address: Box<str>,
}

impl Row {
    fn spot(&self) -> Spot<'_> {
        Spot { kind: &self.category, component: "", address: &self.address, point: self.point }
    }

    fn message(&self) -> Message<'_> {
        Message { kind: &self.category, title: &self.title, detail: &self.detail }
    }

    /// With a kind and a place, the place decides.
    fn is_placed(&self) -> bool {
        !self.category.trim().is_empty() && self.spot().has_place()
    }
}

/// What is asked of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// So many days at most lie between the first and the last of the reports that make a repetition; none: any time.
    pub window_days: Option<u32>,
    /// The fewest reports; less than 2 is 2.
    pub at_least: usize,
    /// Points within so many metres are one place; 0, only what is written alike.
    pub metres: f64,
    /// How words are compared.
    pub words: Settings,
}

impl Default for Question {
    fn default() -> Question {
        Question { window_days: None, at_least: 3, metres: 3.0, words: Settings::default() }
    }
}

/// A repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The row whose title names it.
    pub middle: usize,
    /// Positions of the rows, in the order of the list.
    pub members: Vec<usize>,
}

impl Found {
    /// Its first and its last day, if any of its rows says when it came.
    pub fn days(&self, rows: &[Row]) -> Option<(Day, Day)> {
        let moments = || self.members.iter().filter_map(|at| rows.get(*at)?.at);
        Some((moments().min()?.day(), moments().max()?.day()))
    }
}

/// The repetitions, the largest first, then in the order of the list.
pub fn find(rows: &[Row], question: &Question) -> Vec<Found> {
    let at_least = question.at_least.max(2);
    let is_placed = |at: &usize| rows.get(*at).is_some_and(Row::is_placed);
    let (placed, spoken): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(is_placed);
    let mut all = by_place(rows, &placed, question.metres);
    all.extend(by_words(rows, &spoken, &question.words));
    let mut found: Vec<Found> = all
        .into_iter()
        .filter(|group| group.members.len() >= at_least)
        .flat_map(|group| spells(rows, group, question.window_days, at_least))
        .collect();
    found.sort_by_key(|group| (Reverse(group.members.len()), group.members.first().copied()));
    found
}

fn by_place(rows: &[Row], placed: &[usize], metres: f64) -> Vec<Found> {
    let spots: Vec<Spot<'_>> = placed.iter().filter_map(|at| rows.get(*at)).map(Row::spot).collect();
    let back = |group: Vec<usize>| group.into_iter().filter_map(|at| placed.get(at).copied()).collect::<Vec<_>>();
    let groups = place_clusters(&spots, metres).into_iter().map(back);
    groups.map(|members| Found { middle: members.last().copied().unwrap_or_default(), members }).collect()
}

fn by_words(rows: &[Row], spoken: &[usize], settings: &Settings) -> Vec<Found> {
    let messages: Vec<Message<'_>> = spoken.iter().filter_map(|at| rows.get(*at)).map(Row::message).collect();
    let back = |at: usize| spoken.get(at).copied().unwrap_or_default();
    let topics = topics(&messages, settings).into_iter();
    topics
        .map(|topic| Found { middle: back(topic.middle), members: topic.members.into_iter().map(back).collect() })
        .collect()
}

/// The spells of a group in which so many came within so many days: overlapping windows are one spell. Without a window the
/// group is one spell; a row without a moment belongs to none.
fn spells(rows: &[Row], group: Found, window_days: Option<u32>, at_least: usize) -> Vec<Found> {
    let Some(days) = window_days else { return vec![group] };
    let moment = |at: &usize| Some((rows.get(*at)?.at?, *at));
    let mut moments: Vec<(Moment, usize)> = group.members.iter().filter_map(moment).collect();
    moments.sort_unstable();
    let window = i64::from(days) * DAY;
    let mut spells: Vec<(usize, usize)> = Vec::new();
    for (first, few) in moments.windows(at_least).enumerate() {
        let (Some((earliest, _)), Some((latest, _))) = (few.first(), few.last()) else { continue };
        if latest.0.saturating_sub(earliest.0) > window {
            continue;
        }
        match spells.last_mut() {
            Some(spell) if first < spell.1 => spell.1 = first + at_least,
            _ => spells.push((first, first + at_least)),
        }
    }
    let found = |(first, end): (usize, usize)| {
        let mut members: Vec<usize> = moments.get(first..end).unwrap_or_default().iter().map(|(_, at)| *at).collect();
        members.sort_unstable();
        let last = members.last().copied().unwrap_or_default();
        Found { middle: if members.contains(&group.middle) { group.middle } else { last }, members }
    };
    spells.into_iter().map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(category: &str, address: &str, day: i64) -> Row {
        Row {
            title: "路灯不亮".into(),
            category: category.into(),
            address: address.into(),
            at: Some(Moment(1_767_254_400 + day * DAY)),
            ..Row::default()
        }
    }

    #[test]
    fn by_place_and_window() {
        let rows: Vec<Row> = [
            ("a", "望澜路 1 号", 0),
            ("a", "望澜路 1 号", 2),
            ("b", "望澜路 1 号", 3),
            ("a", "望澜路 1 号", 4),
            ("a", "望澜路 1 号", 90),
            ("a", "望澜路 2 号", 4),
        ]
        .map(|(category, address, day)| row(category, address, day))
        .to_vec();
        for (window_days, at_least, expected) in [
            (None, 3, vec![vec![0, 1, 3, 4]]),
            (Some(4), 3, vec![vec![0, 1, 3]]),
            (Some(3), 3, vec![]),
            (Some(2), 2, vec![vec![0, 1, 3]]),
            (None, 5, vec![]),
            (Some(10_000), 4, vec![vec![0, 1, 3, 4]]),
        ] {
            let found = find(&rows, &Question { window_days, at_least, ..Question::default() });
            let members: Vec<Vec<usize>> = found.into_iter().map(|group| group.members).collect();
            assert_eq!(members, expected, "{window_days:?} {at_least}");
        }
    }

    #[test]
    fn the_days_of_a_group() {
        let rows = [row("a", "1", 1), row("a", "1", 0), Row { at: None, ..row("a", "1", 0) }];
        let days = |members| Found { middle: 0, members }.days(&rows).map(|(first, last)| format!("{first} {last}"));
        assert_eq!(days(vec![0, 1, 2]).as_deref(), Some("2026-01-01 2026-01-02"));
        assert_eq!((days(vec![2]), days(vec![99])), (None, None));
    }

    #[test]
    fn the_place_decides_where_there_is_one() {
        let far: Vec<Row> = (0..6).map(|at| row("a", &format!("{at}"), 0)).collect();
        assert_eq!(find(&far, &Question::default()), []);
        let detail = "整栋楼从上周开始没有水，问过三次都说快了";
        let nowhere: Vec<Row> = (0..6).map(|_| Row { detail: detail.into(), ..row("a", "", 0) }).collect();
        assert_eq!(find(&nowhere, &Question::default()).len(), 1);
    }

    proptest! {
        #[test]
        fn groups_are_large_enough_and_apart(
            rows in prop::collection::vec(("[ab]?", "[甲乙]?", 0i64..60), 0..40), window in prop::option::of(1u32..40), at_least in 2usize..5,
        ) {
            let rows: Vec<Row> = rows.iter().map(|(category, address, day)| row(category, address, *day)).collect();
            let found = find(&rows, &Question { window_days: window, at_least, ..Question::default() });
            let mut all: Vec<usize> = found.iter().flat_map(|group| group.members.clone()).collect();
            all.sort_unstable();
            prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(found.iter().all(|group| group.members.len() >= at_least && group.members.contains(&group.middle)));
            prop_assert!(found.windows(2).all(|pair| pair[0].members.len() >= pair[1].members.len()));
        }
    }
}
