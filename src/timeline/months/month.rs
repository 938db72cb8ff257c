//! The months into which the log is parted on PostgreSQL, and the statements that part it: rules without a clock or a database. Facts'
//! identifiers begin with their moment, so a month of facts is a range of identifiers and no other column is needed.

use crate::kit::clock::Moment;
use crate::kit::id::{self, Id};

/// So many months beyond the present one have their table before they begin.
pub const AHEAD: usize = 3;
/// The rule by which PostgreSQL knows, without reading them, that all facts of the first part belong there. It stands only while the log is
/// being parted.
pub const CHECK: &str = "facts_by_month";
/// Whoever adds a fact waits no longer than this for a change of the tables, which then tries again.
const PATIENCE: &str = "set local lock_timeout = '3s'";

/// A calendar month of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month of a moment.
    pub fn of(moment: Moment) -> Month {
        let at = moment.zoned(&jiff::tz::TimeZone::UTC);
        Month { year: at.year(), month: at.month() }
    }

    /// The month in which an identifier was made.
    pub fn of_id(id: Id) -> Month {
        Month::of(id::made_at(id))
    }

    /// The month after it.
    pub const fn next(self) -> Month {
        match self.month {
            12 => Month { year: self.year + 1, month: 1 },
            month => Month { year: self.year, month: month + 1 },
        }
    }

    /// The least identifier that can have been made in it.
    pub fn begins(self) -> Id {
        let first = jiff::civil::date(self.year, self.month, 1).to_datetime(jiff::civil::Time::midnight());
        first.to_zoned_datetime(jiff::tz::TimeZone::UTC).map_or(0, |first| id::since(Moment::from(&first)))
    }

    /// The name of its table.
    pub fn table(self) -> String {
        format!("facts_{:04}{:02}", self.year, self.month)
    }
}

/// An index of the log: its name, and the statement that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// As the engine knows it.
    pub name: String,
    /// In the engine's own words.
    pub made_by: String,
    /// Whether it is that of the primary key.
    pub is_key: bool,
}

impl Index {
    /// Its columns, in brackets: an engine that is spread by the subject has it in the key.
    fn columns(&self) -> &str {
        self.made_by.rsplit_once(" USING btree ").map_or("(id)", |(_, columns)| columns)
    }
}

/// How the log lies in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// In one table.
    Whole {
        /// Its indexes.
        indexes: Vec<Index>,
        /// Up to which identifier facts are taken, where the log was being parted and that broke off.
        left: Option<Id>,
    },
    /// In one table for each month.
    Parted {
        /// The first identifier for which there is none.
        end: Option<Id>,
        /// The last identifier for which there was none when it came.
        rest: Option<Id>,
    },
}

/// The month with which the tables of months begin: the first part holds everything before it. It lies so far ahead that a parting that
/// breaks off does no harm for weeks.
pub fn first(now: Moment) -> Month {
    Month::of(now).next().next()
}

/// The last month that is to have its table.
fn last(now: Moment) -> Month {
    (0..AHEAD).fold(Month::of(now), |month, _| month.next())
}

/// The statements that make ready: from now on no fact of the first part can have an identifier of a later one.
pub fn preparing(first: Month, is_left: bool) -> Vec<String> {
    let dropped = is_left.then(|| format!("alter table facts drop constraint {CHECK}"));
    let added = format!("alter table facts add constraint {CHECK} check (id < {}) not valid", first.begins());
    [Some(PATIENCE.to_owned()), dropped, Some(added)].into_iter().flatten().collect()
}

/// The statement that looks whether that is so of the facts that are there, while everybody goes on working.
pub fn validating() -> String {
    format!("alter table facts validate constraint {CHECK}")
}

/// The statements that take the readiness back.
pub fn undoing() -> Vec<String> {
    vec![PATIENCE.to_owned(), format!("alter table facts drop constraint if exists {CHECK}")]
}

/// The statements that part the log: the table becomes the first part as it is, and nothing is copied.
pub fn parting(indexes: &[Index], first: Month, now: Moment) -> Vec<String> {
    let part = first.table().replace("facts_", "facts_until_");
    let mut all = vec![PATIENCE.to_owned(), format!("alter table facts rename to {part}")];
    let own = |name: &str| format!("{part}_{}", name.strip_prefix("facts_").unwrap_or(name));
    all.extend(indexes.iter().map(|index| format!("alter index {} rename to {}", index.name, own(&index.name))));
    all.push(format!(
        "create table facts (like {part} including defaults including comments including storage) partition by range (id)"
    ));
    for index in indexes {
        all.push(match index.is_key {
            true => format!("alter table facts add constraint {} primary key {}", index.name, index.columns()),
            false => index.made_by.clone(),
        });
    }
    all.push(format!("alter table facts attach partition {part} for values from (minvalue) to ({})", first.begins()));
    all.push(format!("alter table {part} drop constraint {CHECK}"));
    all.extend(resting());
    all.extend(months(first.begins(), first, last(now).max(first)));
    all
}

/// The table for what has no month's: so no fact is ever refused.
fn resting() -> [String; 2] {
    [
        "create table facts_rest (like facts including all)".to_owned(),
        "alter table facts attach partition facts_rest default".to_owned(),
    ]
}

/// Tables for the months from the first to the last; the first begins with an identifier.
fn months(mut from: Id, first: Month, last: Month) -> Vec<String> {
    let (mut all, mut month) = (Vec::new(), first);
    while month <= last {
        let (name, to) = (month.table(), month.next().begins());
        all.push(format!("create table {name} (like facts including all)"));
        all.push(format!("alter table facts attach partition {name} for values from ({from}) to ({to})"));
        (from, month) = (to, month.next());
    }
    all
}

/// The statements that make the tables of the months ahead; none when all are there. What came before its month had a table lies in the one
/// for the rest, which then becomes that month's.
pub fn going_ahead(end: Option<Id>, rest: Option<Id>, now: Moment) -> Vec<String> {
    let last = last(now);
    let from = end.unwrap_or_else(|| Month::of(now).begins());
    let mut first = Month::of_id(from);
    let mut all = Vec::new();
    let mut begins = from;
    if let Some(rest) = rest {
        let (name, end) = (first.table(), Month::of_id(rest.max(id::since(now))).next());
        all.push("alter table facts detach partition facts_rest".to_owned());
        all.push(format!("alter table facts_rest rename to {name}"));
        all.push(format!("alter table facts attach partition {name} for values from ({from}) to ({})", end.begins()));
        all.extend(resting());
        (first, begins) = (end, end.begins());
    }
    all.extend(months(begins, first, last));
    if !all.is_empty() {
        all.insert(0, PATIENCE.to_owned());
    }
    all
}

/// The upper end of a part, as PostgreSQL writes its bounds; none for the rest.
pub fn end_of(bounds: &str) -> Option<Id> {
    let (_, to) = bounds.rsplit_once(" TO (")?;
    to.trim_matches(|sign: char| !sign.is_ascii_digit()).parse().ok()
}

/// Up to which identifier facts are taken, as PostgreSQL writes the rule.
pub fn limit_of(rule: &str) -> Option<Id> {
    let (_, to) = rule.split_once("id < ")?;
    let digits: String =
        to.chars().skip_while(|sign| !sign.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Moment {
        Moment(text.parse::<jiff::Timestamp>().expect("a moment").as_millisecond())
    }

    #[test]
    fn a_month_is_a_range_of_identifiers() {
        let month = Month::of(at("2026-12-31T23:59:59Z"));
        assert_eq!((month.table().as_str(), month.next().table().as_str()), ("facts_202612", "facts_202701"));
        assert_eq!(month.begins(), id::since(at("2026-12-01T00:00:00Z")));
        assert_eq!(Month::of_id(month.begins()), month);
        assert_eq!(Month::of_id(month.begins() - 1).next(), month);
        assert_eq!(month.next().begins(), id::since(at("2027-01-01T00:00:00Z")));
    }

    #[test]
    fn what_postgresql_says_is_read() {
        assert_eq!(end_of("FOR VALUES FROM (MINVALUE) TO ('60000000000')"), Some(60_000_000_000));
        assert_eq!(end_of("FOR VALUES FROM ('60000000000') TO ('70000000000')"), Some(70_000_000_000));
        assert_eq!(end_of("DEFAULT"), None);
        assert_eq!(limit_of("CHECK ((id < '60000000000'::bigint))"), Some(60_000_000_000));
        assert_eq!(limit_of("CHECK ((id < 64))"), Some(64));
        assert_eq!(limit_of("CHECK ((id < '60000000000'::bigint)) NOT VALID"), Some(60_000_000_000));
        assert_eq!(limit_of("CHECK (true)"), None);
    }

    #[test]
    fn months_ahead_are_made_once() {
        let now = at("2026-11-28T08:00:00Z");
        let made = |end: &str| going_ahead(Some(id::since(at(end))), None, now);
        assert_eq!(made("2027-03-01T00:00:00Z"), Vec::<String>::new());
        let one = made("2027-02-01T00:00:00Z");
        assert_eq!(one.len(), 3, "{one:?}");
        assert!(one[1].starts_with("create table facts_202702 (") && one[2].contains("partition facts_202702"));
    }

    #[test]
    fn what_came_before_its_table_becomes_a_month_of_its_own() {
        let now = at("2027-06-10T08:00:00Z");
        let all = going_ahead(Some(id::since(at("2027-02-01T00:00:00Z"))), Some(id::since(now)), now);
        let text = all.join("\n");
        assert!(text.contains("alter table facts_rest rename to facts_202702"), "{text}");
        let to = id::since(at("2027-07-01T00:00:00Z"));
        assert!(text.contains(&format!("to ({to})")) && text.contains("create table facts_202707 "), "{text}");
        assert!(!text.contains("create table facts_202706 "), "{text}");
    }

    proptest! {
        #[test]
        fn months_follow_each_other_without_gaps(days in 0_i64..20_000) {
            let now = Moment(at("2024-01-01T00:00:00Z").0 + days * 86_400_000);
            let month = Month::of(now);
            prop_assert!(month.begins() <= id::since(now) && id::since(now) < month.next().begins());
            prop_assert!(month < month.next());
        }
    }
}
