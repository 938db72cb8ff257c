//! What the law leaves to the place and this city has set (本市设置): from which amounts on something is due, how many take part, how
//! long. Each with its source, and with the mark of what a lawyer of the city has still to check; shown on the forms that rest on
//! it and together on a page of their own.

use super::case::Step;
use super::matters::PartyKind;
use super::organ::Organ;
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::fields::yuan;
use crate::kit::words::LANGUAGES;
use crate::law::Certainty;
use crate::law::terms::is_in_force;
use crate::people::doors::Visit;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

/// One thing that a city sets. Pure: words and figures are said by the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The name of its table in `law/organ.toml`, which is the end of its key in the locales.
    pub table: &'static str,
    /// The figures in its sentence.
    pub args: Vec<(&'static str, String)>,
    /// Where it stands.
    pub source: String,
    /// Whether a lawyer of the city has still to check it.
    pub is_to_check: bool,
}

/// Everything that the city sets and that is in force on a day, in the order of a case.
pub fn all(organ: &Organ, today: Date) -> Vec<Setting> {
    let both =
        |threshold: super::organ::Threshold| vec![("citizen", yuan(threshold.citizen)), ("unit", yuan(threshold.unit))];
    let set = |table: &'static str, args: Vec<(&'static str, String)>| {
        let note = organ.note(table);
        Setting {
            table,
            args,
            source: note.map(|note| note.source.clone()).unwrap_or_default(),
            is_to_check: note.is_none_or(|note| note.certainty != Certainty::Verified),
        }
    };
    let mut found = vec![set("organ", vec![("trader", organ.sole_trader.word().to_owned())])];
    for one in organ.hearings.iter().filter(|one| is_in_force(today, one.from, one.until)) {
        found.push(Setting {
            table: match one.party {
                PartyKind::Citizen => "hearing-citizen",
                PartyKind::Unit => "hearing-unit",
            },
            args: vec![("fine", yuan(one.fine)), ("confiscation", yuan(one.confiscation))],
            source: one.source.clone(),
            is_to_check: one.certainty != Certainty::Verified,
        });
    }
    let mut review = both(organ.review);
    review.push(("order", organ.review_order.word().to_owned()));
    found.push(set("review", review));
    let mut discussion = both(organ.discussion);
    discussion.push(("fewest", organ.discussion_fewest.to_string()));
    found.push(set("discussion", discussion));
    found.push(set("cash", vec![("n", organ.remote_places.len().to_string())]));
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    found.push(set("unit", vec![("opinion", yes(organ.unit_opinion))]));
    found.push(set("sampling", vec![("approval", yes(organ.sampling_approval))]));
    let power = organ.own_power.as_ref().map(|(document, article)| format!("《{document}》{article}"));
    found.push(set("coercion", vec![("power", yes(power.is_some())), ("basis", power.unwrap_or_default())]));
    found.push(set("archive", vec![("n", organ.retention.len().to_string())]));
    let mut publication = both(organ.publication.from);
    publication.push(("months", organ.publication.months.to_string()));
    publication.push(("light", organ.publication.light_months.to_string()));
    found.push(set("publication", publication));
    found.push(set("recording", vec![("n", organ.recording.steps.len().to_string())]));
    let building = &organ.building;
    found.push(set(
        "building",
        vec![
            ("days", building.self_demolition_days.to_string()),
            ("hearing", yes(building.offers_hearing)),
            ("weekends", yes(building.rests_on_weekends)),
            ("hours", building.stop_within_hours.unwrap_or(0).to_string()),
            ("shorter", yes(building.shorter_way.is_some())),
        ],
    ));
    found
}

/// The settings on which a step of a penalty case rests.
pub const fn of_step(step: Step) -> &'static [&'static str] {
    match step {
        Step::ConcludeInquiry => &["hearing-citizen", "hearing-unit", "review", "discussion"],
        Step::AskReview | Step::PassReview | Step::FailReview | Step::AskFinalReview | Step::PassFinalReview => {
            &["review"]
        }
        Step::NotifyParty => &["hearing-citizen", "hearing-unit"],
        Step::Discuss => &["discussion"],
        Step::ProposeDecision | Step::Decide => &["hearing-citizen", "hearing-unit", "discussion", "publication"],
        Step::TakeSample => &["sampling"],
        Step::AskCourt | Step::EnforceMoney => &["coercion"],
        Step::Archive => &["archive"],
        Step::CollectOnSpot => &["cash"],
        Step::Publish => &["publication"],
        _ => &[],
    }
}

/// A setting as a page shows it.
#[derive(Debug, Serialize)]
pub struct SettingShown {
    table: &'static str,
    words: String,
    source: String,
    is_to_check: bool,
}

/// The settings of these tables as a page shows them; all of them when no table is named.
pub fn shown(app: &App, lang: &str, tables: Option<&[&str]>) -> Vec<SettingShown> {
    let today = app.calendar.date_of(app.clock.now());
    all(&app.statutes.organ, today)
        .into_iter()
        .filter(|one| tables.is_none_or(|tables| tables.contains(&one.table)))
        .map(|one| SettingShown {
            table: one.table,
            words: app.pages.say(lang, &format!("enforcement-set-{}", one.table), &one.args),
            source: one.source,
            is_to_check: one.is_to_check,
        })
        .collect()
}

#[derive(Serialize)]
struct TermRow {
    name: String,
    length: String,
    document: String,
    article: String,
    is_to_check: bool,
}

/// `GET /enforcement/law`: the law's terms, and what the city has set where the law leaves it open.
///
/// # Errors
/// When the page cannot be drawn.
pub async fn page(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let today = app.calendar.date_of(app.clock.now());
    let is_chinese = visit.lang == LANGUAGES[0];
    let terms = &app.statutes.terms;
    let rows: Vec<TermRow> = terms
        .all()
        .iter()
        .filter(|one| is_in_force(today, one.from, one.until))
        .map(|one| {
            let document = terms.document(&one.citation.document);
            TermRow {
                name: if is_chinese { one.zh.clone() } else { one.en.clone() },
                length: format!(
                    "{} {}",
                    one.length,
                    app.pages.say(visit.lang, &format!("law-unit-{}", one.unit.word().replace('_', "-")), &[])
                ),
                document: document
                    .map(|one| if is_chinese { one.zh.clone() } else { one.en.clone() })
                    .unwrap_or_default(),
                article: one.citation.article.clone(),
                is_to_check: one.citation.certainty != Certainty::Verified,
            }
        })
        .collect();
    let page = context! { terms => Serde(rows), settings => Serde(shown(&app, visit.lang, None)) };
    Ok(app.page(&visit, "enforcement/law.html", page)?.into_response())
}

#[cfg(test)]
mod tests {
    use super::super::organ::tests::organ;
    use super::*;

    #[test]
    fn everything_that_waits_for_a_lawyer_says_so_and_names_its_source() {
        let organ = organ();
        let all = all(&organ, "2026-03-02".parse().expect("a day"));
        for table in organ.to_check() {
            assert!(
                all.iter().any(|one| one.table.starts_with(table) && one.is_to_check && !one.source.is_empty()),
                "{table}"
            );
        }
        let hearings = all.iter().filter(|one| one.table.starts_with("hearing-"));
        assert_eq!(hearings.count(), 2, "one for each kind of party");
    }

    #[test]
    fn each_setting_that_a_step_names_is_there() {
        let all = all(&organ(), "2026-03-02".parse().expect("a day"));
        for step in Step::ALL {
            for table in of_step(*step) {
                assert!(all.iter().any(|one| one.table == *table), "{} {table}", step.word());
            }
        }
    }
}
