//! `due`: when something is due under the city's calendar, and why then.

use super::{Outcome, Settings, told};
use crate::app::{City, law_calendar};
use crate::catalog::{Limit, Unit};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::words::Words;
use crate::law::{self, Conventions, Pause};
use clap::Args;

/// A question about a due moment.
#[derive(Debug, Args)]
pub(super) struct DueQuestion {
    /// 工作时, 紧急工作时, 工作日, 紧急工作日, 自然日, 分钟 or 工作分钟 (or working_hour, urgent_hour, working_day, urgent_day,
    /// natural_day, minute, working_minute)
    #[arg(long, value_name = "UNIT")]
    unit: String,
    /// How many of them
    #[arg(long, value_name = "N")]
    value: u32,
    /// When the clock starts, such as 2026-09-30T16:30:00+08:00; without an offset it is the city's own time
    #[arg(long, value_name = "MOMENT")]
    from: String,
    /// Times during which the clock stands still, each FROM/TO: several after one another, or the option several times
    #[arg(long, value_name = "FROM/TO", num_args = 1..)]
    pause: Vec<String>,
    /// How 工作日 end, instead of the city's setting: end_of_hours or same_clock_time
    #[arg(long, value_name = "CONVENTION")]
    working_days: Option<String>,
    /// Also say why it is due then
    #[arg(long)]
    trace: bool,
    /// The language of the reason and of refusals: zh-Hans or en
    #[arg(long, default_value = "zh-Hans")]
    lang: String,
}

/// Prints the due moment (ISO 8601) alone on the first line and, when asked, its reason below.
pub(super) fn due(settings: &Settings, question: &DueQuestion) -> Outcome {
    let sources = settings.sources()?;
    let words = Words::load(&sources).0;
    let lang = if question.lang == "en" { "en" } else { "zh-Hans" };
    let say = |refusal: Refusal| {
        words.say(lang, refusal.key, &refusal.args).unwrap_or_else(|| format!("{} {:?}", refusal.key, refusal.args))
    };
    let city = City::of(&sources).map_err(|error| told(&error))?;
    let calendar = law_calendar(&sources, &city).map_err(|error| told(&error))?;
    let mut conventions = Conventions::of_city(&city.rest).map_err(|key| say(Refusal::new(key)))?;
    if let Some(word) = &question.working_days {
        let law = toml::Table::from_iter([("working_days".to_owned(), toml::Value::String(word.clone()))]);
        let table = toml::Table::from_iter([("law".to_owned(), toml::Value::Table(law))]);
        conventions.working_days = Conventions::of_city(&table).map_err(|key| say(Refusal::new(key)))?.working_days;
    }
    let unit = Unit::read(question.unit.trim())
        .ok_or_else(|| say(Refusal::new("catalog-unit-unknown").with("unit", &question.unit)))?;
    let moment = |text: &str| read_moment(text, &city.zone());
    let start = moment(&question.from)?;
    let pauses: Vec<Pause> = question
        .pause
        .iter()
        .map(|text| {
            let (from, to) = text.split_once('/').ok_or_else(|| format!("{text}: a pause is written FROM/TO"))?;
            let (from, until) = (moment(from)?, moment(to)?);
            if until < from {
                return Err(format!("{text}: the pause ends before it begins"));
            }
            Ok(Pause { from, until: Some(until) })
        })
        .collect::<Result<_, String>>()?;
    let found = law::due(start, Limit::new(question.value, unit), &calendar, &conventions, &pauses).map_err(say)?;
    crate::out!("{}", found.at.zoned(&city.zone()).strftime("%Y-%m-%dT%H:%M:%S%:z"));
    if question.trace {
        for step in &found.trace {
            crate::out!("{}", words.say(lang, step.key(), &step.args(&calendar)).unwrap_or_default());
        }
    }
    Ok(())
}

/// A moment with an offset, or of the city's own time.
fn read_moment(text: &str, zone: &jiff::tz::TimeZone) -> Result<Moment, String> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Ok(Moment(timestamp.as_millisecond()));
    }
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .map_err(|_| format!("{text}: a moment is written such as 2026-09-30T16:30:00+08:00"))?;
    let zoned = civil.to_zoned_datetime(zone.clone()).map_err(|error| format!("{text}: {error}"))?;
    Ok(Moment::from(&zoned))
}
