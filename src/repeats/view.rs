//! What several pages of the room show alike: names, trends, places on the map.

use super::month::Month;
use super::repeat::Repeat;
use super::store::Shown;
use crate::app::App;
use crate::cases::store::Choice;
use crate::grid::area::Level;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::people::department::Department;
use crate::people::doors::Visit;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use understanding::repeats::rule::Rule;

/// How many months a trend shows.
pub const MONTHS: usize = 6;
/// The most pins on a map.
const MOST_PINS: usize = 200;

/// The name of a sub-class such as `event-0127`; none when the catalog does not have it.
pub fn sub_class(app: &App, lang: &str, word: &str) -> Option<String> {
    let key = app.catalog.key_of(word)?;
    app.catalog.sub_class(&key).map(|found| found.name.in_lang(lang).to_owned())
}

/// The same, with the code where the catalog has no name; empty for none.
pub fn sub_class_or_code(app: &App, lang: &str, word: &str) -> String {
    sub_class(app, lang, word).unwrap_or_else(|| word.to_owned())
}

/// Street and community by their names.
pub fn area(app: &App, street: &str, community: &str) -> String {
    let grid = app.grid();
    let name = |level, code: &str| grid.area(level, code).map(|area| area.name.clone());
    let names = [name(Level::Street, street), name(Level::Community, community)];
    names.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The streets of the city as choices.
pub fn streets(app: &App) -> Vec<Choice> {
    let grid = app.grid();
    let streets = grid.areas().iter().filter(|area| area.level == Level::Street);
    streets.map(|area| Choice { value: area.code.clone(), label: area.name.clone() }).collect()
}

/// The name of a rule on a day; its identifier when it is no longer written down.
pub fn rule_name(app: &App, lang: &str, id: &str, version: u32, today: Date) -> String {
    let rule = app.repeats.settings.rule(id, version, today);
    rule.map_or_else(|| id.to_owned(), |rule| rule.name(lang == "en").to_owned())
}

/// What a rule says, as a sentence.
pub fn rule_sentence(app: &App, visit: &Visit, rule: &Rule) -> String {
    use understanding::repeats::rule::Place;
    let place = match rule.place {
        Place::Metres(metres) => say(app, visit, "repeats-rule-metres", &[("metres", metres.to_string())]),
        Place::SamePlace => say(app, visit, "repeats-rule-same-place", &[]),
        Place::Anywhere => say(app, visit, "repeats-rule-anywhere", &[]),
    };
    let args = [
        ("name", rule.name(visit.lang == "en").to_owned()),
        ("version", rule.version.to_string()),
        ("place", place),
        ("days", rule.window_days.to_string()),
        ("threshold", rule.threshold.to_string()),
        ("silent", rule.silent_days.to_string()),
    ];
    say(app, visit, "repeats-rule-says", &args)
}

/// The name of a department; empty when there is none.
pub fn department(departments: &[Department], lang: &str, id: Option<Id>) -> String {
    let found = departments.iter().find(|department| Some(department.id) == id);
    found.map(|department| department.name(lang).to_owned()).unwrap_or_default()
}

/// A sentence in the visitor's language.
pub fn say(app: &App, visit: &Visit, key: &str, args: &[(&str, String)]) -> String {
    app.pages.say(visit.lang, key, args)
}

/// A bar of a trend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// The month.
    pub month: String,
    /// How many reports came in it.
    pub count: i64,
    /// How high the bar is, in percent of the highest.
    pub height: i64,
}

/// The trend of the months up to one.
pub fn trend(counts: Option<&BTreeMap<String, i64>>, last: Month) -> Vec<Bar> {
    let mut months: Vec<Month> = std::iter::successors(Some(last), |month| Some(month.before())).take(MONTHS).collect();
    months.reverse();
    let count = |month: &Month| counts.and_then(|counts| counts.get(&month.to_string())).copied().unwrap_or(0);
    let highest = months.iter().map(count).max().unwrap_or(0).max(1);
    let bar =
        |month: &Month| Bar { month: month.to_string(), count: count(month), height: count(month) * 100 / highest };
    months.iter().map(bar).collect()
}

/// The first month of a trend that ends with one.
pub fn trend_begins(last: Month) -> Month {
    std::iter::successors(Some(last), |month| Some(month.before())).take(MONTHS).last().unwrap_or(last)
}

/// Where a repeat and its reports lie, as the map reads it.
pub fn pins(repeat: &Repeat, members: &[Shown]) -> String {
    let mut pins: Vec<serde_json::Value> = members
        .iter()
        .take(MOST_PINS)
        .filter_map(|member| {
            let (lon, lat) = member.point?;
            Some(serde_json::json!({ "lon": lon, "lat": lat, "tone": "warn", "title": member.address }))
        })
        .collect();
    if let Some((lon, lat)) = repeat.place.lon.zip(repeat.place.lat) {
        pins.push(serde_json::json!({ "lon": lon, "lat": lat, "tone": "danger", "title": repeat.title }));
    }
    serde_json::Value::Array(pins).to_string()
}

/// A refusal as a form shows it: the field, and the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The field.
    pub field: String,
    /// The sentence.
    pub message: String,
}

/// Refusals as a form shows them.
pub fn wrongs(app: &App, visit: &Visit, refusals: &[Refusal]) -> Vec<Wrong> {
    refusals
        .iter()
        .map(|refusal| {
            let args: Vec<(&str, String)> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
            Wrong { field: refusal.field.unwrap_or("main").to_owned(), message: say(app, visit, refusal.key, &args) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_has_every_month() {
        let counts = BTreeMap::from([("2026-03".to_owned(), 4), ("2026-01".to_owned(), 1), ("2025-01".to_owned(), 9)]);
        let bars = trend(Some(&counts), Month::parse("2026-03").unwrap());
        let read: Vec<_> = bars.iter().map(|bar| (bar.month.as_str(), bar.count, bar.height)).collect();
        assert_eq!(
            read,
            [
                ("2025-10", 0, 0),
                ("2025-11", 0, 0),
                ("2025-12", 0, 0),
                ("2026-01", 1, 25),
                ("2026-02", 0, 0),
                ("2026-03", 4, 100)
            ]
        );
        assert_eq!(trend_begins(Month::parse("2026-03").unwrap()).to_string(), "2025-10");
    }
}
