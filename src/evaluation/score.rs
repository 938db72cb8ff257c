//! How counts become rates and rates become a score: whole numbers and fractions of whole numbers, no floating point. A
//! term is rounded once, half up, to the decimals of its scheme, and the total is the sum of what is printed, so that
//! anybody can add it up by hand.

use super::definitions::{Definitions, Empty, Exact, Kind, Per, Rate, Scheme, Term, Way, What};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A fraction of whole numbers; the lower one is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// The number above.
    pub top: i128,
    /// The number below.
    pub bottom: i128,
}

impl Ratio {
    /// `top ÷ bottom`; none when there is nothing to divide by.
    pub const fn of(top: i64, bottom: i64) -> Option<Ratio> {
        if bottom > 0 { Some(Ratio { top: top as i128, bottom: bottom as i128 }) } else { None }
    }

    /// The fraction times `factor`, in whole numbers, rounded half up.
    pub fn times(self, factor: i128) -> i64 {
        let doubled = self.top.saturating_mul(factor).saturating_mul(2).saturating_add(self.bottom);
        narrow(doubled.div_euclid(self.bottom.saturating_mul(2)))
    }

    /// Hundredths of a percent: 9,524 for 95.24 %.
    pub fn basis_points(self) -> i64 {
        self.times(10_000)
    }

    /// Compares by value.
    pub fn compare(self, other: Ratio) -> std::cmp::Ordering {
        self.top.saturating_mul(other.bottom).cmp(&other.top.saturating_mul(self.bottom))
    }

    /// The fraction less 1, the other way round: what is missing to the whole.
    const fn missing(self) -> Ratio {
        Ratio { top: self.bottom - self.top, bottom: self.bottom }
    }
}

fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// What is known of an object beside its counts, by which counts are compared fairly: 0 when it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Normals {
    /// Its area in square metres.
    pub square_metres: i64,
    /// How many people live there.
    pub people: i64,
    /// How many keepers watch over it.
    pub keepers: i64,
}

/// The counts of an object by their ids; what is not there is 0.
pub type Counts = BTreeMap<String, i64>;

/// A count or a sum of counts.
pub fn amount(definitions: &Definitions, id: &str, counts: &Counts) -> i64 {
    match definitions.sum(id) {
        // Definitions are checked for circles before anything is reckoned by them.
        Some(sum) => total(definitions, &sum.of, counts),
        None => counts.get(id).copied().unwrap_or(0),
    }
}

/// The sum of what is named; a name with a minus is taken off.
pub fn total(definitions: &Definitions, names: &[String], counts: &Counts) -> i64 {
    names.iter().fold(0_i64, |sum, name| match name.strip_prefix('-') {
        Some(name) => sum.saturating_sub(amount(definitions, name, counts)),
        None => sum.saturating_add(amount(definitions, name, counts)),
    })
}

/// A rate of an object; none when nothing stands below the line.
pub fn rate(definitions: &Definitions, rate: &Rate, counts: &Counts) -> Option<Ratio> {
    Ratio::of(total(definitions, &rate.top, counts), total(definitions, &rate.bottom, counts))
}

/// What one term came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermScore {
    /// The term.
    pub id: String,
    /// Its points in the scheme's smallest unit; 0 when it is left out.
    pub points: i64,
    /// The most that it can give.
    pub most: i64,
    /// What it was reckoned from; none when there was nothing to divide by.
    pub value: Option<Ratio>,
    /// Left out because there was nothing to measure.
    pub is_left_out: bool,
}

/// What an object came to by a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Every term in the scheme's order.
    pub terms: Vec<TermScore>,
    /// What people gave or took by hand, in the smallest unit.
    pub adjusted: i64,
    /// The sum, in the smallest unit; none when every term is left out.
    pub total: Option<i64>,
    /// False when there is too little to compare it with others.
    pub is_ranked: bool,
}

/// One in a scheme's smallest unit: 100 with two decimals.
pub const fn unit(decimals: u32) -> i64 {
    10_i64.pow(if decimals > 6 { 6 } else { decimals })
}

/// The score of an object. `adjusted` is what people gave or took by hand, in the smallest unit.
pub fn score(definitions: &Definitions, scheme: &Scheme, counts: &Counts, normals: &Normals, adjusted: i64) -> Score {
    let unit = unit(scheme.decimals);
    let terms: Vec<TermScore> =
        scheme.terms.iter().map(|term| term_score(definitions, term, counts, normals, unit)).collect();
    let is_part = |(term, _): &(&Term, &TermScore)| !matches!(term.way, Way::Add { .. } | Way::Off { .. });
    let parts = || scheme.terms.iter().zip(&terms).filter(is_part);
    let most: i64 = parts().filter(|(_, score)| !score.is_left_out).map(|(_, score)| score.most).sum();
    let whole: i64 = parts().map(|(_, score)| score.most).sum();
    let earned: i64 = parts().map(|(_, score)| score.points).sum();
    let added: i64 = terms.iter().map(|score| score.points).sum::<i64>() - earned;
    // What is left out does not weigh: the others are stretched to the whole.
    let stretched = Ratio::of(earned, most).map(|ratio| ratio.times(i128::from(whole)));
    let total = stretched.map(|points| points.saturating_add(added).saturating_add(adjusted).max(0));
    let is_enough = scheme.minimum.as_ref().is_none_or(|(count, least)| amount(definitions, count, counts) >= *least);
    Score { terms, adjusted, total, is_ranked: is_enough && total.is_some() }
}

fn term_score(definitions: &Definitions, term: &Term, counts: &Counts, normals: &Normals, unit: i64) -> TermScore {
    let most = term.most().scaled(unit);
    let value = value(definitions, term, counts, normals);
    let (points, is_left_out) = match value {
        Some(value) => (points(term, value, most, unit), false),
        None => match term.empty {
            Empty::Full => (if matches!(term.way, Way::Add { .. } | Way::Off { .. }) { 0 } else { most }, false),
            Empty::Zero => (0, false),
            Empty::Leave => (0, true),
        },
    };
    TermScore { id: term.id.clone(), points, most, value, is_left_out }
}

/// What a term is reckoned from.
pub fn value(definitions: &Definitions, term: &Term, counts: &Counts, normals: &Normals) -> Option<Ratio> {
    match &term.what {
        What::Rate(id) => rate(definitions, definitions.rate(id)?, counts),
        What::Count(id, per) => {
            let count = i128::from(amount(definitions, id, counts));
            let (factor, by) = match per {
                None => (1, 1),
                Some(Per::SquareKilometre) => (1_000_000, normals.square_metres),
                Some(Per::TenThousandPeople) => (10_000, normals.people),
                Some(Per::Keeper) => (1, normals.keepers),
            };
            (by > 0).then(|| Ratio { top: count.saturating_mul(factor), bottom: i128::from(by) })
        }
    }
}

fn points(term: &Term, value: Ratio, most: i64, unit: i64) -> i64 {
    let by = |exact: Exact| i128::from(exact.millionths()).saturating_mul(i128::from(unit));
    let per_million = |ratio: Ratio| Ratio { bottom: ratio.bottom.saturating_mul(1_000_000), ..ratio };
    match &term.way {
        Way::Share { is_inverted } => {
            let share = if *is_inverted { value.missing() } else { value };
            per_million(share).times(by(term.weight)).clamp(0, most)
        }
        Way::Deduct { each, cap } => {
            let taken = per_million(value).times(by(*each)).clamp(0, cap.scaled(unit));
            (most - taken).max(0)
        }
        Way::Add { each, cap } => per_million(value).times(by(*each)).clamp(0, cap.scaled(unit)),
        Way::Off { each, cap } => -per_million(value).times(by(*each)).clamp(0, cap.scaled(unit)),
        Way::Bands(bands) => {
            let reached =
                |from: Exact| value.compare(Ratio { top: i128::from(from.millionths()), bottom: 1_000_000 }).is_ge();
            bands.iter().find(|(from, _)| reached(*from)).map_or(0, |(_, points)| points.scaled(unit)).clamp(0, most)
        }
    }
}

/// The places of objects by their totals, the greatest first; equals share a place, and who is not ranked has none.
pub fn places(scores: &[(Option<i64>, bool)]) -> Vec<Option<usize>> {
    let mut totals: Vec<i64> =
        scores.iter().filter(|(_, is_ranked)| *is_ranked).filter_map(|(total, _)| *total).collect();
    totals.sort_unstable_by(|one, other| other.cmp(one));
    let place = |(total, is_ranked): &(Option<i64>, bool)| {
        let total = total.filter(|_| *is_ranked)?;
        Some(totals.partition_point(|other| *other > total) + 1)
    };
    scores.iter().map(place).collect()
}

/// A number of smallest units as people write it: `95.24`.
pub fn decimal(units: i64, decimals: u32) -> String {
    let unit = unit(decimals);
    let sign = if units < 0 { "-" } else { "" };
    let (whole, rest) = (units.unsigned_abs() / unit.unsigned_abs(), units.unsigned_abs() % unit.unsigned_abs());
    if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = decimals as usize)
    }
}

/// Whether a scheme is for objects of this kind.
pub fn is_for(scheme: &Scheme, kind: Kind) -> bool {
    scheme.of.contains(&kind)
}
