//! What the overview counts: pure sums over the checks of a year.

use super::check::{CheckStage, Outcome, Reason};
use super::store::Counted;
use crate::kit::id::Id;
use std::collections::BTreeMap;

/// The sums of some checks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Planned, whatever became of them.
    pub planned: u32,
    /// Entered.
    pub done: u32,
    /// Not approved (不予批准).
    pub refused: u32,
    /// Cancelled.
    pub cancelled: u32,
    /// Of the planned ones, drawn by lot.
    pub drawn: u32,
    /// Entered on a clue, on request, in an emergency or again: what does not count against the cap.
    pub uncounted: u32,
    /// Emergencies approved too late.
    pub late: u32,
    /// Finished with an order to correct.
    pub ordered: u32,
    /// Finished with a penalty case.
    pub cases: u32,
    /// How many were rated.
    pub rated: u32,
    /// The stars together.
    pub stars: u32,
}

impl Sums {
    fn add(&mut self, one: &Counted) {
        let check = &one.check;
        let is_done = check.entered_at.is_some();
        let count = <u32 as From<bool>>::from;
        self.planned += 1;
        self.done += count(is_done);
        self.refused += count(check.stage == CheckStage::Refused);
        self.cancelled += count(check.stage == CheckStage::Cancelled);
        self.drawn += count(one.is_drawn);
        self.uncounted += count(is_done && check.plan.reason != Reason::Routine);
        self.late += count(check.is_approved_late);
        self.ordered += count(matches!(check.outcome, Some(Outcome::Order { .. })));
        self.cases += count(matches!(check.outcome, Some(Outcome::Clue { .. })));
        if let Some(rating) = &check.rating {
            self.rated += 1;
            self.stars += u32::from(rating.stars);
        }
    }

    /// The share of those that were drawn by lot, in whole percent; none without any.
    pub fn drawn_percent(&self) -> Option<u32> {
        (self.planned > 0).then(|| (self.drawn * 100 + self.planned / 2) / self.planned)
    }

    /// The mean of the stars in tenths; none when nobody rated.
    pub fn mean_tenths(&self) -> Option<u32> {
        (self.rated > 0).then(|| (self.stars * 10 + self.rated / 2) / self.rated)
    }
}

/// An enterprise that was entered more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Often {
    /// Which.
    pub enterprise: Id,
    /// Its name.
    pub name: String,
    /// How often.
    pub times: u32,
    /// Of these, what counts against the cap.
    pub counted: u32,
}

/// Everything that the overview shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overview {
    /// Of all.
    pub whole: Sums,
    /// By month and unit.
    pub months: BTreeMap<(i8, Option<Id>), Sums>,
    /// By item; a check of several items counts at each.
    pub items: BTreeMap<String, Sums>,
    /// Who was entered more than once, most often first.
    pub often: Vec<Often>,
}

/// Counts.
pub fn overview(all: &[Counted]) -> Overview {
    let mut sums = Overview::default();
    let mut times: BTreeMap<Id, Often> = BTreeMap::new();
    for one in all {
        sums.whole.add(one);
        sums.months.entry((one.check.plan.on.month(), one.department)).or_default().add(one);
        for item in &one.check.plan.items {
            sums.items.entry(item.clone()).or_default().add(one);
        }
        if one.check.entered_at.is_some() {
            let fresh = || Often { enterprise: one.enterprise, name: one.name.clone(), times: 0, counted: 0 };
            let entry = times.entry(one.enterprise).or_insert_with(fresh);
            entry.times += 1;
            entry.counted += u32::from(one.check.plan.reason.is_counted());
        }
    }
    sums.often = times.into_values().filter(|one| one.times > 1).collect();
    sums.often.sort_by(|a, b| (b.times, &a.name).cmp(&(a.times, &b.name)));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::check::{Check, Plan, Rating};
    use crate::kit::clock::Moment;
    use jiff::civil::Time;

    fn one(enterprise: Id, on: &str, stage: CheckStage, is_drawn: bool, stars: Option<u8>) -> Counted {
        let plan = Plan {
            items: vec!["drainage".into(), "outdoor-advertising".into()],
            enterprise,
            reason: Reason::Routine,
            why: String::new(),
            on: on.parse().expect("a day"),
            from: Time::constant(9, 0, 0, 0),
            until: Time::constant(10, 0, 0, 0),
            officers: vec![1, 2],
            helpers: vec![],
            of_check: None,
        };
        let is_entered = matches!(stage, CheckStage::Entered | CheckStage::Finished);
        let check = Check {
            id: 1,
            plan,
            stage,
            planned_at: Moment(0),
            approved_at: None,
            is_approved_late: false,
            announced_at: None,
            present: vec![],
            entered_at: is_entered.then_some(Moment(1)),
            left_at: None,
            findings: vec![],
            words: String::new(),
            signature: None,
            outcome: None,
            rating: stars.map(|stars| Rating { stars, words: String::new(), at: Moment(2) }),
            last_at: Moment(2),
            revision: 1,
        };
        Counted { check, department: Some(7), is_drawn, enterprise, name: format!("{enterprise}") }
    }

    #[test]
    fn the_overview_adds_up() {
        let all = [
            one(1, "2026-03-02", CheckStage::Finished, true, Some(5)),
            one(1, "2026-03-20", CheckStage::Entered, false, None),
            one(2, "2026-04-02", CheckStage::Finished, true, Some(4)),
            one(3, "2026-04-02", CheckStage::Refused, false, None),
            one(3, "2026-04-03", CheckStage::Cancelled, false, None),
        ];
        let sums = overview(&all);
        assert_eq!((sums.whole.planned, sums.whole.done, sums.whole.refused, sums.whole.cancelled), (5, 3, 1, 1));
        assert_eq!((sums.whole.drawn_percent(), sums.whole.mean_tenths()), (Some(40), Some(45)));
        assert_eq!(sums.months.len(), 2);
        assert_eq!(sums.months.values().map(|one| one.planned).sum::<u32>(), 5);
        assert_eq!(sums.items.len(), 2);
        assert_eq!(sums.often, [Often { enterprise: 1, name: "1".into(), times: 2, counted: 2 }]);
        assert_eq!(overview(&[]), Overview::default());
        assert_eq!((Sums::default().drawn_percent(), Sums::default().mean_tenths()), (None, None));
    }
}
