//! What enterprises may be checked for (涉企行政检查事项), how often, and what the city plans of it in a year: `law/inspection.toml`.
//! What is not published there is not checked.

use super::Why;
use crate::catalog::{Problem, Text};
use crate::kit::error::Refusal;
use crate::law::Certainty;
use crate::law::terms::is_in_force;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The file.
pub const FILE: &str = "law/inspection.toml";

/// Something that may be checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// Its name in the file.
    pub id: String,
    /// What it is.
    pub name: Text,
    /// On what it rests.
    pub basis: String,
    /// When it was published; none while it is not.
    pub published_on: Option<Date>,
    /// How often an enterprise is checked on it in a year, at most; 1 or more.
    pub most_a_year: u32,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    pub until: Option<Date>,
}

/// What may be checked, and under which rule.
#[derive(Clone, Debug)]
pub struct Items {
    items: Vec<Item>,
    /// How many working days a notice comes before, 0 for the same day.
    pub notice_days: u32,
    /// Within how many hours an urgent check is approved.
    pub urgent_hours: u32,
    /// How sure the rule is.
    pub certainty: Certainty,
    /// The document that the rules rest on, as it is cited.
    pub source: String,
    plans: Vec<Plan>,
}

/// What is planned of an item in a year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Plan {
    /// The year.
    pub year: i16,
    /// The item.
    pub item: String,
    /// How many checks, at most.
    pub checks: u32,
    /// The first month, 1 to 12.
    pub from_month: i8,
    /// The last month.
    pub until_month: i8,
    /// Whether enterprises and officers are drawn by lot.
    pub is_drawn: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsFile {
    rule: RuleRow,
    #[serde(default)]
    item: Vec<ItemRow>,
    #[serde(default)]
    plan: Vec<PlanRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanRow {
    year: i16,
    item: String,
    checks: u32,
    from_month: i8,
    until_month: i8,
    drawn: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    document: String,
    source: String,
    certainty: Certainty,
    notice_days: u32,
    urgent_hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    id: String,
    zh: String,
    en: String,
    basis: String,
    published_on: Option<Date>,
    most_a_year: u32,
    from: Date,
    until: Option<Date>,
}

impl Items {
    /// Reads the text of [`FILE`].
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(text: &str) -> Result<Items, Vec<Problem>> {
        let file: ItemsFile = toml::from_str(text).map_err(|error| vec![Problem::unreadable(FILE, text, &error)])?;
        let mut problems = Vec::new();
        let rule = &file.rule;
        if rule.document.trim().is_empty() || rule.source.trim().is_empty() {
            problems.push(Problem::new(FILE, "rule", "enforcement-source-missing"));
        }
        if rule.notice_days > 30 || rule.urgent_hours == 0 || rule.urgent_hours > 72 {
            problems.push(Problem::new(FILE, "rule", "law-number-out-of-range"));
        }
        let mut items: Vec<Item> = Vec::new();
        for row in file.item {
            if [&row.zh, &row.en, &row.basis].iter().any(|words| words.trim().is_empty()) {
                problems.push(Problem::new(FILE, &row.id, "law-words-missing"));
            }
            if row.most_a_year == 0 || row.most_a_year > 366 {
                problems.push(Problem::new(FILE, &row.id, "law-number-out-of-range"));
            }
            if row.until.is_some_and(|until| until < row.from) {
                problems.push(Problem::new(FILE, &row.id, "law-validity-reversed"));
            }
            let touches = |known: &Item| {
                known.until.is_none_or(|until| until >= row.from) && row.until.is_none_or(|until| until >= known.from)
            };
            if items.iter().any(|known| known.id == row.id && touches(known)) {
                problems.push(Problem::new(FILE, &row.id, "law-term-twice").with("term", &row.id));
            }
            items.push(Item {
                id: row.id,
                name: Text { zh: row.zh, en: row.en },
                basis: row.basis,
                published_on: row.published_on,
                most_a_year: row.most_a_year,
                from: row.from,
                until: row.until,
            });
        }
        let mut plans: Vec<Plan> = Vec::new();
        for row in file.plan {
            let place = format!("plan {} {}", row.year, row.item);
            if !items.iter().any(|item| item.id == row.item) {
                problems.push(Problem::new(FILE, &place, "inspection-plan-item-unknown").with("item", &row.item));
            }
            let months = (1..=12).contains(&row.from_month) && (row.from_month..=12).contains(&row.until_month);
            if !months || row.checks == 0 || row.checks > 100_000 || !(2000..=2200).contains(&row.year) {
                problems.push(Problem::new(FILE, &place, "law-number-out-of-range"));
            }
            if plans.iter().any(|known| (known.year, &known.item) == (row.year, &row.item)) {
                problems.push(Problem::new(FILE, &place, "law-term-twice").with("term", &row.item));
            }
            plans.push(Plan {
                year: row.year,
                item: row.item,
                checks: row.checks,
                from_month: row.from_month,
                until_month: row.until_month,
                is_drawn: row.drawn,
            });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let (notice_days, urgent_hours) = (rule.notice_days, rule.urgent_hours);
        Ok(Items { items, notice_days, urgent_hours, certainty: rule.certainty, source: rule.source.clone(), plans })
    }

    /// The item of that name that is published and in force on `day`.
    ///
    /// # Errors
    /// `enforcement-refusal-item-unpublished`.
    pub fn on(&self, id: &str, day: Date) -> Result<&Item, Refusal> {
        let found = self.items.iter().find(|item| item.id == id && is_in_force(day, item.from, item.until));
        let found = found.filter(|item| item.published_on.is_some_and(|published| published <= day));
        found.ok_or_else(|| Why::ItemUnpublished.refuse())
    }

    /// Every item that is published and in force on `day`, in the order of the file.
    pub fn published(&self, day: Date) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| {
            is_in_force(day, item.from, item.until) && item.published_on.is_some_and(|published| published <= day)
        })
    }

    /// The item of that name, whether it is in force or not: the youngest of its rows.
    pub fn named(&self, id: &str) -> Option<&Item> {
        self.items.iter().rev().find(|item| item.id == id)
    }

    /// What is planned for a year, in the order of the file.
    pub fn plans(&self, year: i16) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(move |plan| plan.year == year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::sources::Sources;

    fn text() -> String {
        Sources::embedded().folder("law/").into_iter().find(|(path, _)| path == FILE).expect("the file").1
    }

    #[test]
    fn wrong_files_are_refused() {
        let changed = |from: &str, to: &str| -> Vec<&'static str> {
            assert!(text().contains(from), "{from}");
            let loaded = Items::load(&text().replacen(from, to, 1));
            loaded.map_or_else(|problems| problems.iter().map(|problem| problem.key).collect(), |_| vec![])
        };
        assert_eq!(changed("most_a_year = 2", "most_a_year = 0"), ["law-number-out-of-range"]);
        assert_eq!(
            changed("id = \"drainage\"", "id = \"outdoor-advertising\""),
            ["law-term-twice", "inspection-plan-item-unknown"]
        );
        assert_eq!(changed("urgent_hours = 24", "urgent_hours = 0"), ["law-number-out-of-range"]);
        assert_eq!(changed("most_a_year = 2", "most_a_yaer = 2"), ["catalog-file-unreadable"]);
        assert_eq!(changed("from_month = 3", "from_month = 12"), ["law-number-out-of-range"]);
        assert_eq!(changed("item = \"drainage\"", "item = \"kitchens\""), ["inspection-plan-item-unknown"]);
    }

    #[test]
    fn what_is_published_is_listed_from_its_day_on() {
        let items = Items::load(&text()).expect("the package's items");
        let on = |day: &str| items.published(day.parse().expect("a day")).count();
        assert_eq!((on("2026-01-14"), on("2026-01-15")), (0, 3));
        assert_eq!(
            items.on("kitchens", "2026-03-02".parse().expect("a day")).map(drop).map_err(|no| no.key),
            Err(Why::ItemUnpublished.key())
        );
    }
}
