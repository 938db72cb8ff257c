//! The ledger (台账): how many unlawful buildings, and how many square metres, by kind, area and month. A pure count over what
//! the chain knows; areas are hundredths of a square metre, so nothing is rounded.

use super::chain::{Building, Kind, Stage};
use crate::law::Calendar;
use serde::Serialize;
use std::collections::BTreeMap;

/// A month of a year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: i8,
}

/// A number of buildings and their floor area.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Sum {
    /// Buildings.
    pub count: u32,
    /// Hundredths of a square metre.
    pub area: i64,
}

impl Sum {
    fn add(&mut self, area: i64) {
        self.count = self.count.saturating_add(1);
        self.area = self.area.saturating_add(area);
    }
}

/// One line of the ledger.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Line {
    /// Found in the month, new (新增).
    pub found_new: Sum,
    /// Found in the month, old stock (存量).
    pub found_old: Sum,
    /// Ordered to stop in the month.
    pub stopped: Sum,
    /// Pulled down by the owner in the month.
    pub self_demolished: Sum,
    /// Pulled down by force in the month.
    pub demolished: Sum,
    /// Of those found in the month: still standing now. What was dismissed is no unlawful building and does not stand here.
    pub standing: Sum,
}

/// The ledger's lines, by kind, street and month.
pub fn ledger<'a>(
    buildings: impl IntoIterator<Item = &'a Building>,
    calendar: &Calendar,
) -> BTreeMap<(Kind, String, Month), Line> {
    let mut lines: BTreeMap<(Kind, String, Month), Line> = BTreeMap::new();
    for building in buildings {
        let particulars = &building.particulars;
        let month = |at: crate::kit::clock::Moment| {
            let day = calendar.date_of(at);
            (particulars.kind, particulars.street.clone(), Month { year: day.year(), month: day.month() })
        };
        if building.stage == Stage::Dismissed {
            continue;
        }
        let found = lines.entry(month(building.found_at)).or_default();
        if particulars.is_old_stock { &mut found.found_old } else { &mut found.found_new }.add(particulars.area);
        if building.clearing.is_none() && building.self_demolished_at.is_none() {
            found.standing.add(particulars.area);
        }
        if let Some(at) = building.stopped_at {
            lines.entry(month(at)).or_default().stopped.add(particulars.area);
        }
        if let Some(at) = building.self_demolished_at {
            lines.entry(month(at)).or_default().self_demolished.add(particulars.area);
        }
        if let Some(clearing) = &building.clearing {
            lines.entry(month(clearing.until)).or_default().demolished.add(clearing.area);
        }
    }
    lines
}

/// A floor area as people write it: square metres with up to two decimals.
pub fn square_metres(area: i64) -> String {
    match area % 100 {
        0 => (area / 100).to_string(),
        rest if rest % 10 == 0 => format!("{}.{}", area / 100, rest / 10),
        rest => format!("{}.{rest:02}", area / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::tests::{at, cleared, found};
    use super::*;
    use crate::law::calendar::tests::calendar;

    #[test]
    fn what_is_counted() {
        let calendar = calendar();
        let standing = found(Kind::Shed, "2026-03-31T23:59");
        let mut old = found(Kind::Shed, "2026-04-01T00:00");
        old.particulars.is_old_stock = true;
        old.self_demolished_at = Some(at("2026-05-06T10:00"));
        let mut dismissed = found(Kind::Shed, "2026-03-10T10:00");
        dismissed.stage = Stage::Dismissed;
        let pulled = cleared();
        let all = [standing, old, dismissed, pulled];
        let lines = ledger(&all, &calendar);
        let line = |kind, year, month| lines.get(&(kind, "991001".to_owned(), Month { year, month })).copied();
        let one = |area| Sum { count: 1, area };
        let march = line(Kind::Shed, 2026, 3).expect("March");
        assert_eq!((march.found_new, march.standing, march.found_old), (one(3_650), one(3_650), Sum::default()));
        let april = line(Kind::Shed, 2026, 4).expect("April");
        assert_eq!((april.found_old, april.standing), (one(3_650), Sum::default()));
        assert_eq!(line(Kind::Shed, 2026, 5).expect("May").self_demolished, one(3_650));
        let found_in = line(Kind::Storey, 2026, 1).expect("January");
        assert_eq!((found_in.found_new, found_in.stopped, found_in.standing), (one(3_650), one(3_650), Sum::default()));
        assert_eq!(line(Kind::Storey, 2026, 9).expect("September").demolished, one(3_650));
        // Every building that is one was found once, and nothing is counted twice.
        let all_found: u32 = lines.values().map(|line| line.found_new.count + line.found_old.count).sum();
        assert_eq!(all_found, 3);
        assert_eq!(square_metres(3_650), "36.5");
        assert_eq!((square_metres(100), square_metres(105), square_metres(0)), ("1".into(), "1.05".into(), "0".into()));
    }
}
