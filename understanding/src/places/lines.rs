//! Bus and underground lines: a list of them is what many lists of places write in the place of a stop's address. A stop is
//! looked for where stops lie that share its lines, the rarer the line the better.

use super::names::{ByHash, add_up};
use super::spot::{Metres, distance};
use crate::text::hash64;

/// The lines of a list in the form of an address, as numbers, each once.
pub fn lines(form: &str) -> Vec<u64> {
    let names = form.split([';', '/', ',', '、']).map(|piece| {
        // What stands in a bracket behind the name says where the line goes.
        let name = piece.split_once(')').filter(|_| piece.starts_with('(')).map_or(piece, |(_, rest)| rest);
        name.split('(').next().unwrap_or_default()
    });
    let mut found: Vec<u64> = names.filter(|name| !name.is_empty()).map(|name| hash64(name.chars(), 3)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Where stops that share lines with a list lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    /// The middle of the stops that share most.
    pub at: Metres,
    /// Metres from it to those stops, on average.
    pub doubt: f32,
    /// How much of all that shares something lies about there, 0 to 1.
    pub share: f32,
    /// How much of the list those stops share, 0 to 1.
    pub likeness: f32,
}

/// The stops of a city by their lines.
#[derive(Debug, Default)]
pub struct Lines {
    stops: Vec<Metres>,
    /// Where the stops of a line begin and end in the list.
    with: ByHash<(u32, u32)>,
    list: Vec<u32>,
}

/// Stops that share most with a list; more are not compared.
const MOST_STOPS: usize = 60;
/// Stops of one line that lie so near each other speak for the same place, in metres.
const REACH: f32 = 1500.0;

impl Lines {
    /// The lines of stops, each with the numbers that [`lines`] gives.
    pub fn new(stops: Vec<(Vec<u64>, Metres)>) -> Lines {
        let mut held: Vec<(u64, u32)> =
            (0u32..).zip(&stops).flat_map(|(stop, (lines, _))| lines.iter().map(move |line| (*line, stop))).collect();
        held.sort_unstable();
        let mut found = Lines { stops: stops.into_iter().map(|stop| stop.1).collect(), ..Lines::default() };
        for group in held.chunk_by(|one, other| one.0 == other.0) {
            let Some((line, _)) = group.first() else { continue };
            let begin = found.list.len() as u32;
            found.list.extend(group.iter().map(|(_, stop)| *stop));
            found.with.insert(*line, (begin, found.list.len() as u32));
        }
        found.list.shrink_to_fit();
        found.with.shrink_to_fit();
        found
    }

    fn stops_of(&self, line: u64) -> &[u32] {
        let of_line = self.with.get(&line).and_then(|(begin, end)| self.list.get(*begin as usize..*end as usize));
        of_line.unwrap_or_default()
    }

    /// Where a stop with these lines may lie; nothing when none of them is known.
    pub fn find(&self, lines: &[u64]) -> Option<Shared> {
        let all = (self.stops.len() + 1) as f32;
        let mut held: Vec<(u32, f32)> = Vec::new();
        let mut own = 0.0;
        for line in lines {
            let stops = self.stops_of(*line);
            let weight = (all / (stops.len() + 1) as f32).ln().max(0.1);
            own += weight;
            held.extend(stops.iter().map(|stop| (*stop, weight)));
        }
        add_up(&mut held);
        held.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        let best = held.first()?.1;
        let points: Vec<(Metres, f32)> = held
            .iter()
            .take(MOST_STOPS)
            .filter_map(|(stop, weight)| Some((*self.stops.get(*stop as usize)?, (weight / own).powi(3))))
            .collect();
        let thickness = |middle: Metres| -> f32 {
            points.iter().map(|(at, weight)| weight * (1.0 - distance(*at, middle) / REACH).max(0.0)).sum()
        };
        let (middle, _) =
            points.iter().map(|(at, _)| (*at, thickness(*at))).max_by(|one, other| one.1.total_cmp(&other.1))?;
        let near: Vec<(Metres, f32)> = points.iter().copied().filter(|(at, _)| distance(*at, middle) < REACH).collect();
        let (sum, total) = (weighed(&near, |_| 1.0), weighed(&points, |_| 1.0));
        let at = (weighed(&near, |at| at.0) / sum, weighed(&near, |at| at.1) / sum);
        let doubt = 100.0 + weighed(&near, |other| distance(other, at)) / sum + 200.0 / (near.len() as f32);
        Some(Shared { at, doubt, share: (sum / total).min(1.0), likeness: (best / own).min(1.0) })
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.stops.capacity() * size_of::<Metres>()
            + self.with.capacity() * (size_of::<(u64, (u32, u32))>() + 1)
            + self.list.capacity() * size_of::<u32>()
    }
}

fn weighed(points: &[(Metres, f32)], value: impl Fn(Metres) -> f32) -> f32 {
    points.iter().map(|(at, weight)| value(*at) * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_lines_in_any_order() {
        assert_eq!(lines("901路;902路"), lines("902路;901路;901路"));
        assert_eq!(lines("(规划)23号线"), lines("23号线(环线)"));
        assert_eq!(lines("901路").len(), 1);
        assert!(lines(";;").is_empty());
    }

    #[test]
    fn a_stop_lies_where_rare_lines_are_shared() {
        let stop = |list: &str, x: f32| (lines(list), (x, 0.0));
        let mut stops = vec![stop("1路;2路;9路", 100.0), stop("1路;9路", 700.0), stop("2路", 9000.0)];
        stops.extend((0..20).map(|index| stop("1路", 2000.0 * index as f32 + 20_000.0)));
        let known = Lines::new(stops);
        let found = known.find(&lines("1路;9路;77路")).unwrap();
        assert!((100.0..=700.0).contains(&found.at.0), "{found:?}");
        assert!(found.likeness > 0.2 && found.likeness < 1.0 && found.share > 0.5, "{found:?}");
        assert_eq!(known.find(&lines("77路")), None);
        assert_eq!(known.find(&[]), None);
        assert_eq!(Lines::default().find(&lines("1路")), None);
    }
}
