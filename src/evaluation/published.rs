//! What is counted and how, for everybody to read; and how long things took.

use super::definitions::Kind;
use super::period::Period;
use super::show::{self, Asked, address, say};
use super::store;
use super::{behind, object, table};
use crate::app::App;
use crate::kit::error::Error;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::response::Html;
use minijinja::{Value, context};

/// `GET /evaluation/definitions`.
///
/// # Errors
/// When the database fails.
pub async fn definitions(State(app): State<App>, visit: Visit) -> Result<Html<String>, Error> {
    let definitions = &app.evaluation.definitions;
    let groups: Vec<Value> = definitions
        .groups
        .iter()
        .map(|group| {
            let counts = definitions.counts.iter().filter(|one| one.group == group.id);
            let counts: Vec<Value> = counts
                .map(|one| context! { id => one.id.as_str(), name => one.name.in_lang(visit.lang), text => show::count_sentence(&app, &visit, one) })
                .collect();
            let rates = definitions.rates.iter().filter(|one| one.group == group.id);
            let rates: Vec<Value> = rates
                .map(|one| context! { id => one.id.as_str(), name => one.name.in_lang(visit.lang), text => show::rate_sentence(definitions, visit.lang, one), is_more_better => one.is_more_better })
                .collect();
            context! { id => group.id.as_str(), name => group.name.in_lang(visit.lang), counts, rates }
        })
        .collect();
    let schemes: Vec<Value> = definitions
        .schemes
        .iter()
        .map(|scheme| {
            let terms: Vec<Value> = scheme
                .terms
                .iter()
                .map(|term| context! { name => term.name.in_lang(visit.lang), formula => object::term_sentence(&app, &visit, definitions, term), most => term.most().text() })
                .collect();
            let of: Vec<String> = scheme.of.iter().map(|kind| say(&app, &visit, &format!("evaluation-of-{}", kind.word()))).collect();
            context! {
                name => scheme.name.in_lang(visit.lang), from => scheme.from.to_string(), full => scheme.full.text(), terms,
                of => of.join(if visit.lang == "en" { ", " } else { "、" }), text => table::scheme_sentence(&app, &visit, definitions, scheme),
            }
        })
        .collect();
    let missing: Vec<Value> = definitions
        .missing
        .iter()
        .map(|one| context! { id => one.id.as_str(), name => one.name.in_lang(visit.lang), why => one.why.in_lang(visit.lang), cite => one.cite.as_str() })
        .collect();
    let files: Vec<String> = definitions.files.iter().map(|(path, _)| path.clone()).collect();
    app.page(
        &visit,
        "evaluation/definitions.html",
        context! { groups, schemes, missing, version => definitions.version.as_str(), files },
    )
}

/// The kinds by which times are shown.
const KINDS: [Kind; 4] = [Kind::Category, Kind::Street, Kind::Community, Kind::Source];

/// `GET /evaluation/times`: from a report to its solution, the median and the 90th percentile.
///
/// # Errors
/// [`Error::NotFound`] for what is no period, and for who sees only their own; when the database fails.
pub async fn times(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Html<String>, Error> {
    let period: Period = asked.period(&app).ok_or(Error::NotFound)?;
    let seen = show::seen(&app, &visit, period).await?;
    if !seen.scope.is_all() {
        return Err(Error::NotFound);
    }
    let kind = Kind::parse(&asked.of).filter(|kind| KINDS.contains(kind)).unwrap_or(Kind::Category);
    let run = seen.run.as_ref().map_or(0, |run| run.id);
    let read = app.db.read(move |tx| async move {
        let counted = store::counted_periods(&tx).await?;
        Ok::<_, Error>((store::times(&tx, run, Kind::City).await?, store::times(&tx, run, kind).await?, counted))
    });
    let (city, times, counted) = read.await?;
    let line = |one: &store::Times| {
        context! {
            name => show::object_name(&app, &visit, &seen.names, one.kind, &one.object), amount => one.amount,
            median => behind::length(&app, &visit, one.median), ninetieth => behind::length(&app, &visit, one.ninetieth),
        }
    };
    let tabs: Vec<Value> = KINDS
        .iter()
        .map(|one| {
            let pairs = [("period", period.text()), ("of", one.word().to_owned())];
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            context! { label => say(&app, &visit, &format!("evaluation-of-{}", one.word())), href => address("/evaluation/times", &pairs), current => *one == kind }
        })
        .collect();
    let context = context! {
        title => show::period_name(&app, &visit, period), period => period.text(), of => kind.word(),
        periods => show::periods(&app, &visit, period, &counted), state => seen.state(&app, &visit), tabs,
        whole => city.first().map(line), rows => times.iter().map(line).collect::<Vec<_>>(),
        table => address("/evaluation", &[("period", &period.text())]),
    };
    app.page(&visit, "evaluation/times.html", context)
}
