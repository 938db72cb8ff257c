//! What is counted and how, for everybody to read; and how long things took.

use super::definitions::Kind;
use super::period::Period;
use super::show::{self, Asked, Names, address, say};
use super::store::{self, SolvedOf};
use super::{behind, export, object, table};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::people::doors::Visit;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{Html, Response};
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
            href => solved_href("/evaluation/times/list", period, one.kind, &one.object, 1),
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

/// More lines than this do not leave in one file.
const MOST: usize = 100_000;

fn solved_href(path: &str, period: Period, kind: Kind, object: &str, page: usize) -> String {
    let (period, page) = (period.text(), if page == 1 { String::new() } else { page.to_string() });
    address(path, &[("period", &period), ("of", kind.word()), ("object", object), ("page", &page)])
}

/// Which reports are asked for, and the names of things.
async fn asked_for(app: &App, visit: &Visit, asked: &Asked) -> Result<(Period, SolvedOf, Names), Error> {
    let period: Period = asked.period(app).ok_or(Error::NotFound)?;
    let seen = show::seen(app, visit, period).await?;
    let kind = Kind::parse(&asked.of).filter(|kind| *kind == Kind::City || KINDS.contains(kind));
    let kind = kind.filter(|_| seen.scope.is_all()).ok_or(Error::NotFound)?;
    let run = seen.run.ok_or(Error::NotFound)?;
    let between = (period.bounds(&app.city.zone()).0, run.until);
    Ok((period, SolvedOf { between, kind, object: asked.object.clone() }, seen.names))
}

/// `GET /evaluation/times/list`: the reports behind a number of the times, those first that waited longest.
///
/// # Errors
/// As [`times`].
pub async fn solved(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Html<String>, Error> {
    let (period, of, names) = asked_for(&app, &visit, &asked).await?;
    let page: usize = asked.page.parse().unwrap_or(1).max(1);
    let (wanted, skip) = (of.clone(), (page - 1).saturating_mul(behind::PAGE));
    let read = app.db.read(move |tx| async move {
        let amount = store::solved_count(&tx, &wanted).await?;
        Ok::<_, DbError>((amount, store::solved(&tx, &wanted, skip.min(MOST), behind::PAGE).await?))
    });
    let (amount, lines) = read.await?;
    let heads = ["opened", "solved", "took"].map(|word| say(&app, &visit, &format!("evaluation-head-{word}")));
    let zone = app.city.zone();
    let rows: Vec<Value> = lines
        .iter()
        .map(|one| {
            let moment = |at: crate::kit::clock::Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
            let took = behind::length(&app, &visit, one.closed_at.0 - one.received_at.0);
            let cells: Vec<Value> = [moment(one.received_at), moment(one.closed_at), took]
                .into_iter()
                .zip(&heads)
                .map(|(text, head)| context! { text, head, is_late => false })
                .collect();
            context! {
                href => if one.case == 0 { String::new() } else { format!("/cases/{}", one.case) },
                number => one.number.as_str(), title => one.title.as_str(), place => one.place.as_str(),
                stage => say(&app, &visit, "evaluation-report-stage-solved"), department => "", cells,
            }
        })
        .collect();
    let pages = usize::try_from(amount).unwrap_or(0).div_ceil(behind::PAGE).max(1);
    let href = |path: &str, page: usize| solved_href(path, period, of.kind, &of.object, page);
    let name = show::object_name(&app, &visit, &names, of.kind, &of.object);
    let back = address("/evaluation/times", &[("period", &period.text()), ("of", of.kind.word())]);
    let label = format!("{} · {}", say(&app, &visit, "evaluation-times"), show::period_name(&app, &visit, period));
    let title = format!("{} · {name}", say(&app, &visit, "evaluation-times-amount"));
    let context = context! {
        title => title.as_str(), at => app.clock.now().0, amount, heads, rows, has_department => false,
        crumbs => [context! { label, href => back }, context! { label => title.as_str(), href => "" }],
        text => say(&app, &visit, "evaluation-times-list-text"),
        first => skip + 1, last => skip + lines.len(),
        newer => if page > 1 { href("/evaluation/times/list", page - 1) } else { String::new() },
        older => if page < pages { href("/evaluation/times/list", page + 1) } else { String::new() },
        csv => href("/evaluation/times/list.csv", 1),
    };
    app.page(&visit, "evaluation/standing.html", context)
}

/// `GET /evaluation/times/list.csv`: the same, whole.
///
/// # Errors
/// As [`times`].
pub async fn solved_csv(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (period, of, _) = asked_for(&app, &visit, &asked).await?;
    let name = format!("times-{}-{}.csv", period.text(), of.kind.word());
    let read = app.db.read(move |tx| async move { store::solved(&tx, &of, 0, MOST).await }).await;
    let found = read.map_err(|error: DbError| Error::Db(error))?;
    let keys = ["evaluation-list-number", "evaluation-list-title", "evaluation-list-place"];
    let keys = keys.into_iter().chain(["evaluation-head-opened", "evaluation-head-solved", "evaluation-head-took"]);
    let mut lines: Vec<Vec<String>> = vec![keys.map(|key| say(&app, &visit, key)).collect()];
    let zone = app.city.zone();
    let moment = |at: crate::kit::clock::Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    lines.extend(found.iter().map(|one| {
        vec![
            one.number.clone(),
            one.title.clone(),
            one.place.clone(),
            moment(one.received_at),
            moment(one.closed_at),
            behind::length(&app, &visit, one.closed_at.0 - one.received_at.0),
        ]
    }));
    Ok(export::flow(&name, Body::from(export::csv(&lines, true)?)))
}
