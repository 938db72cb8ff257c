//! The table of an evaluation: objects with their rates, counts and scores; every number leads to what stands behind it.

use super::definitions::{Definitions, Kind, Rate, Scheme};
use super::run::{Purpose, Run};
use super::score::{self, Ratio, Score};
use super::show::{self, Asked, MOST, Seen, address, say};
use super::store::{self, Outcome};
use super::{export, period::Period, running};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How many objects a chart shows.
const DRAWN: usize = 20;

/// A column of the table.
#[derive(Clone)]
pub enum Column<'a> {
    /// The score.
    Score(&'a Scheme),
    /// A rate.
    Rate(&'a Rate),
    /// A count.
    Count(&'a super::definitions::Count),
}

impl Column<'_> {
    /// Its identifier.
    pub fn id(&self) -> &str {
        match self {
            Column::Score(_) => "score",
            Column::Rate(rate) => &rate.id,
            Column::Count(count) => &count.id,
        }
    }

    /// Its heading.
    pub fn name(&self, lang: &str) -> String {
        match self {
            Column::Score(scheme) => scheme.name.in_lang(lang).to_owned(),
            Column::Rate(rate) => rate.name.in_lang(lang).to_owned(),
            Column::Count(count) => count.name.in_lang(lang).to_owned(),
        }
    }
}

/// A row of the table.
pub struct Row {
    /// What was counted.
    pub outcome: Outcome,
    /// The object's name.
    pub name: String,
    /// Its score.
    pub score: Option<Score>,
    /// Its place by the score.
    pub place: Option<usize>,
}

/// A table as it is shown, and as it leaves.
pub struct Table {
    /// What was read.
    pub seen: Seen,
    /// The kind of its objects.
    pub kind: Kind,
    /// The group of its columns.
    pub group: String,
    /// The scheme's identifier.
    pub scheme: Option<String>,
    /// The rows, sorted.
    pub rows: Vec<Row>,
    /// Whether there are more objects than are shown.
    pub is_cut: bool,
    /// The column by which it is sorted.
    pub sort: String,
    /// Whether the smallest comes first.
    pub is_up: bool,
    /// The results of the period before, and of the same period a year ago, where there are any.
    pub earlier: [Option<Earlier>; 2],
}

/// Results of an earlier period.
pub struct Earlier {
    /// The period.
    pub period: Period,
    /// The definitions that it was counted by.
    pub definitions: std::sync::Arc<Definitions>,
    /// By object.
    pub outcomes: BTreeMap<String, Outcome>,
    /// What was frozen, by object.
    pub scores: BTreeMap<String, Score>,
    /// What was given or taken by hand.
    pub adjustments: Vec<super::run::Adjustment>,
    /// Whether it is frozen.
    pub is_frozen: bool,
}

/// The columns of a kind and a group; the score comes first.
pub fn columns<'a>(
    definitions: &'a Definitions,
    kind: Kind,
    group: &str,
    scheme: Option<&'a Scheme>,
) -> Vec<Column<'a>> {
    let mut columns: Vec<Column<'a>> = scheme.into_iter().map(Column::Score).collect();
    let rates =
        definitions.rates.iter().filter(|rate| rate.group == group && show::rate_is_of(definitions, rate, kind));
    columns.extend(rates.map(Column::Rate));
    let counts = definitions.counts.iter().filter(|count| count.group == group && count.is_of(kind));
    columns.extend(counts.map(Column::Count));
    columns
}

/// What a cell is worth, for sorting and comparing.
fn worth(definitions: &Definitions, column: &Column<'_>, outcome: &Outcome, score: Option<&Score>) -> Option<Ratio> {
    match column {
        Column::Score(_) => score.and_then(|score| score.total).and_then(|total| Ratio::of(total, 1)),
        Column::Rate(rate) => score::rate(definitions, rate, &outcome.counts),
        Column::Count(count) => Ratio::of(outcome.counts.get(&count.id).copied().unwrap_or(0), 1),
    }
}

impl Table {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a period or kind that there is not, for this reader; when the database fails.
    pub async fn read(app: &App, visit: &Visit, asked: &Asked) -> Result<Table, Error> {
        let period = asked.period(app).ok_or(Error::NotFound)?;
        let seen = show::seen(app, visit, period).await?;
        let kinds = seen.scope.kinds();
        let usual = if seen.scope.is_all() { Kind::Street } else { Kind::Department };
        let kind = if asked.of.is_empty() { usual } else { Kind::parse(&asked.of).ok_or(Error::NotFound)? };
        if !kinds.contains(&kind) {
            return Err(Error::NotFound);
        }
        let scheme = seen.scheme(kind, &asked.scheme).map(|scheme| scheme.id.clone());
        let has_columns =
            |group: &&super::definitions::Group| !columns(&seen.definitions, kind, &group.id, None).is_empty();
        let mut groups = seen.definitions.groups.iter().filter(has_columns);
        let usual = if seen.definitions.groups.iter().filter(has_columns).any(|group| group.id == "handle") {
            "handle"
        } else {
            ""
        };
        let wanted = if asked.group.is_empty() { usual } else { &asked.group };
        let first = groups.clone().next();
        let group = groups.find(|group| group.id == wanted).or(first).map(|group| group.id.clone()).unwrap_or_default();
        let (run, frozen) = (seen.run.clone(), seen.frozen.clone());
        let named = scheme.clone();
        let earlier = [period.before(), period.year_before()];
        let read = app.db.read(move |tx| async move {
            let Some(run) = run else { return Ok((Vec::new(), BTreeMap::new(), Vec::new())) };
            let outcomes = store::results(&tx, run.id, kind, MOST + 1).await?;
            let scores = show::frozen_scores(&tx, frozen.as_ref(), named.as_deref(), kind).await?;
            let mut past = Vec::new();
            for period in earlier {
                let found = store::results_of(&tx, period).await?;
                past.push(match found {
                    None => None,
                    Some(run) => {
                        let frozen = store::find_frozen(&tx, period).await?;
                        let scores = show::frozen_scores(&tx, frozen.as_ref(), named.as_deref(), kind).await?;
                        let adjustments = store::adjustments(&tx, period).await?;
                        Some((
                            run.clone(),
                            store::results(&tx, run.id, kind, MOST).await?,
                            scores,
                            adjustments,
                            frozen.is_some(),
                        ))
                    }
                });
            }
            Ok::<_, Error>((outcomes, scores, past))
        });
        let (mut outcomes, kept, past) = read.await?;
        let is_cut = outcomes.len() > MOST;
        outcomes.truncate(MOST);
        let mut both = [None, None];
        for (slot, found) in both.iter_mut().zip(past) {
            let Some((run, outcomes, scores, adjustments, is_frozen)) = found else { continue };
            let definitions = running::definitions(app, &run.version).await?;
            let outcomes = outcomes.into_iter().map(|one| (one.object.clone(), one)).collect();
            *slot = Some(Earlier { period: run.period, definitions, outcomes, scores, adjustments, is_frozen });
        }
        let found = scheme.as_deref().and_then(|id| seen.definitions.scheme_on(id, period.last()));
        let mut rows: Vec<Row> = outcomes
            .into_iter()
            .filter(|one| seen.scope.has(kind, &one.object))
            .filter(|one| {
                // A centre that only dispatches has no place among those who handle.
                let those = columns(&seen.definitions, kind, &group, None);
                those.iter().any(|column| matches!(column, Column::Count(count) if one.counts.contains_key(&count.id)))
            })
            .map(|outcome| {
                let score = found.and_then(|scheme| seen.score(scheme, &outcome, &kept));
                let name = show::object_name(app, visit, &seen.names, kind, &outcome.object);
                Row { outcome, name, score, place: None }
            })
            .collect();
        let totals: Vec<(Option<i64>, bool)> = rows
            .iter()
            .map(|row| row.score.as_ref().map_or((None, false), |score| (score.total, score.is_ranked)))
            .collect();
        for (row, place) in rows.iter_mut().zip(score::places(&totals)) {
            // Who sees only their own does not learn where others stand.
            row.place = place.filter(|_| seen.scope.is_all());
        }
        let mut table = Table {
            seen,
            kind,
            group,
            scheme,
            rows,
            is_cut,
            sort: String::new(),
            is_up: asked.order == "up",
            earlier: both,
        };
        table.sort_by(&asked.sort);
        Ok(table)
    }

    /// The scheme.
    pub fn scheme(&self) -> Option<&Scheme> {
        self.seen.definitions.scheme_on(self.scheme.as_deref()?, self.seen.period.last())
    }

    /// Its columns.
    pub fn columns(&self) -> Vec<Column<'_>> {
        columns(&self.seen.definitions, self.kind, &self.group, self.scheme())
    }

    fn sort_by(&mut self, wanted: &str) {
        let columns = self.columns();
        let column = columns.iter().find(|column| column.id() == wanted).or(columns.first()).cloned();
        let keys: Vec<Option<Ratio>> = self
            .rows
            .iter()
            .map(|row| worth(&self.seen.definitions, column.as_ref()?, &row.outcome, row.score.as_ref()))
            .collect();
        self.sort = if wanted == "name" {
            wanted.to_owned()
        } else {
            column.as_ref().map(|one| one.id().to_owned()).unwrap_or_default()
        };
        let is_up = self.is_up;
        let mut rows: Vec<(Option<Ratio>, Row)> = keys.into_iter().zip(std::mem::take(&mut self.rows)).collect();
        let is_by_score = self.sort == "score";
        let is_behind = |row: &Row| is_by_score && row.score.as_ref().is_none_or(|score| !score.is_ranked);
        rows.sort_by(|(one, row), (other, next)| {
            // Who has too little to be ranked stands behind those who are.
            if is_behind(row) != is_behind(next) {
                return is_behind(row).cmp(&is_behind(next));
            }
            let by_name = || row.name.cmp(&next.name);
            if wanted == "name" {
                return if is_up { by_name().reverse() } else { by_name() };
            }
            // What cannot be reckoned comes last, whichever way.
            match (one, other) {
                (Some(one), Some(other)) => {
                    let order = one.compare(*other);
                    if is_up { order } else { order.reverse() }.then_with(by_name)
                }
                _ => Reverse(one.is_some()).cmp(&Reverse(other.is_some())).then_with(by_name),
            }
        });
        self.rows = rows.into_iter().map(|(_, row)| row).collect();
    }

    /// How the sorted column of a row compares with an earlier period: points of a percent, percent, or points of the score.
    pub fn change(&self, row: &Row, earlier: &Earlier) -> Option<i64> {
        let columns = self.columns();
        let column = columns.iter().find(|column| column.id() == self.sort)?;
        let old = earlier.outcomes.get(&row.outcome.object)?;
        let now = worth(&self.seen.definitions, column, &row.outcome, row.score.as_ref())?;
        match column {
            Column::Score(scheme) => {
                let before = if earlier.is_frozen {
                    earlier.scores.get(&old.object).cloned()
                } else {
                    let scheme = earlier.definitions.scheme_on(&scheme.id, earlier.period.last())?;
                    let by_hand = show::adjusted(&earlier.adjustments, scheme, old.kind, &old.object);
                    Some(score::score(&earlier.definitions, scheme, &old.counts, &old.normals, by_hand))
                };
                let unit = score::unit(scheme.decimals);
                Some((now.times(1) - before?.total?) * 100 / unit)
            }
            Column::Rate(rate) => {
                let rate = earlier.definitions.rate(&rate.id)?;
                let before = score::rate(&earlier.definitions, rate, &old.counts)?;
                Some(now.basis_points() - before.basis_points())
            }
            Column::Count(count) => {
                let before = old.counts.get(&count.id).copied().unwrap_or(0);
                Ratio::of(now.times(1) - before, before).map(Ratio::basis_points)
            }
        }
    }

    /// The table's own address with other answers.
    pub fn href(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let period = self.seen.period.text();
        let scheme = self.scheme.clone().unwrap_or_default();
        let order = if self.is_up { "up" } else { "" };
        let mut pairs = vec![
            ("period", period.as_str()),
            ("of", self.kind.word()),
            ("scheme", scheme.as_str()),
            ("group", self.group.as_str()),
            ("sort", self.sort.as_str()),
            ("order", order),
        ];
        for (name, value) in changes {
            pairs.retain(|(kept, _)| kept != name);
            pairs.push((name, value));
        }
        address(path, &pairs)
    }

    /// What a cell says.
    pub fn text(&self, column: &Column<'_>, row: &Row) -> String {
        match column {
            Column::Score(scheme) => match row.score.as_ref().and_then(|score| score.total) {
                Some(total) => score::decimal(total, scheme.decimals),
                None => "–".into(),
            },
            Column::Rate(rate) => {
                score::rate(&self.seen.definitions, rate, &row.outcome.counts).map_or_else(|| "–".into(), show::percent)
            }
            Column::Count(count) => row.outcome.counts.get(&count.id).copied().unwrap_or(0).to_string(),
        }
    }
}

/// What a heading's definition says.
pub fn definition(app: &App, visit: &Visit, definitions: &Definitions, column: &Column<'_>) -> String {
    match column {
        Column::Score(scheme) => scheme_sentence(app, visit, definitions, scheme),
        Column::Rate(rate) => show::rate_sentence(definitions, visit.lang, rate),
        Column::Count(count) => show::count_sentence(app, visit, count),
    }
}

/// The formula of a scheme in words.
pub fn scheme_sentence(app: &App, visit: &Visit, definitions: &Definitions, scheme: &Scheme) -> String {
    let terms: Vec<String> =
        scheme.terms.iter().map(|term| super::object::term_sentence(app, visit, definitions, term)).collect();
    let mut text = terms.join(if visit.lang == "en" { "; " } else { "；" });
    if let Some((count, least)) = &scheme.minimum {
        let name = definitions.name(count).map_or(count.as_str(), |name| name.in_lang(visit.lang)).to_owned();
        let args = [("count", name), ("least", least.to_string())];
        text.push_str(if visit.lang == "en" { ". " } else { "。" });
        text.push_str(&show::say_with(app, visit, "evaluation-minimum-says", &args));
    }
    text.push_str(if visit.lang == "en" { ". " } else { "。" });
    text.push_str(&show::say_with(app, visit, "evaluation-cited", &[("cite", scheme.cite.clone())]));
    text
}

fn cell(table: &Table, run: &Run, column: &Column<'_>, row: &Row) -> Value {
    let outcome = &row.outcome;
    let object = |anchor: &str| {
        let period = table.seen.period.text();
        let scheme = table.scheme.clone().unwrap_or_default();
        let pairs =
            [("period", period.as_str()), ("of", table.kind.word()), ("object", &outcome.object), ("scheme", &scheme)];
        format!("{}#{anchor}", address("/evaluation/object", &pairs))
    };
    let text = table.text(column, row);
    match column {
        Column::Score(_) => {
            let is_ranked = row.score.as_ref().is_none_or(|score| score.is_ranked);
            context! { text, href => object("score"), is_ranked, place => row.place, label => column.id(), is_score => true }
        }
        Column::Rate(rate) => context! {
            text, href => object(&rate.id), is_score => false,
            top => show::side_links(&table.seen, run, outcome, &rate.top),
            bottom => show::side_links(&table.seen, run, outcome, &rate.bottom),
        },
        Column::Count(count) => {
            let href = show::list_address(&table.seen.scope, run, &count.id, table.kind, &outcome.object);
            context! { text, href, is_score => false }
        }
    }
}

/// A change as people read it.
pub fn change_text(change: i64) -> String {
    let sign = if change > 0 { "+" } else { "" };
    format!("{sign}{}", score::decimal(change, 2)).replace('-', "−")
}

/// `GET /evaluation`.
///
/// # Errors
/// [`Error::NotFound`] for a period or kind that there is not; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let counted = app
        .db
        .read(|tx| async move { store::counted_periods(&tx).await })
        .await
        .map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
    if asked.period(&app).is_none() {
        // A run of days that cannot be is said so; nothing that was typed is lost.
        let context = context! {
            from => asked.from.as_str(), to => asked.to.as_str(),
            periods => show::periods(&app, &visit, Period::Year(app.clock.now().zoned(&app.city.zone()).year()), &counted),
            message => say(&app, &visit, "evaluation-days-wrong"),
        };
        let html = app.page(&visit, "evaluation/days.html", context)?;
        return Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, html).into_response());
    }
    let table = Table::read(&app, &visit, &asked).await?;
    let definitions = &table.seen.definitions;
    let columns = table.columns();
    let heads: Vec<Value> = columns
        .iter()
        .map(|column| {
            let is_sorted = column.id() == table.sort;
            let order = if is_sorted && !table.is_up { "up" } else { "" };
            context! {
                id => column.id(), name => column.name(visit.lang),
                href => table.href("/evaluation", &[("sort", column.id()), ("order", order)]),
                sorted => if !is_sorted { "none" } else if table.is_up { "ascending" } else { "descending" },
                definition => definition(&app, &visit, definitions, column),
            }
        })
        .collect();
    let rows: Vec<Value> = match &table.seen.run {
        None => Vec::new(),
        Some(run) => table
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<Value> = columns.iter().map(|column| cell(&table, run, column, row)).collect();
                let changes: Vec<Value> = table
                    .earlier
                    .iter()
                    .map(|earlier| {
                        let change = earlier.as_ref().and_then(|earlier| table.change(row, earlier));
                        context! { text => change.map_or_else(|| "–".to_owned(), change_text), way => change.map_or(0, i64::signum) }
                    })
                    .collect();
                let pairs = [("period", table.seen.period.text()), ("of", table.kind.word().into()), ("object", row.outcome.object.clone())];
                let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
                context! { name => row.name.as_str(), href => address("/evaluation/object", &pairs), cells, changes }
            })
            .collect(),
    };
    let sorted = columns.iter().find(|column| column.id() == table.sort);
    let tabs: Vec<Value> = table
        .seen
        .scope
        .kinds()
        .iter()
        .map(|kind| {
            let label = say(&app, &visit, &format!("evaluation-of-{}", kind.word()));
            context! { label, href => table.href("/evaluation", &[("of", kind.word()), ("scheme", ""), ("sort", ""), ("order", "")]), current => *kind == table.kind }
        })
        .collect();
    let groups: Vec<Value> = definitions
        .groups
        .iter()
        .filter(|group| !self::columns(definitions, table.kind, &group.id, None).is_empty())
        .map(|group| {
            let href = table.href("/evaluation", &[("group", &group.id), ("sort", ""), ("order", "")]);
            context! { label => group.name.in_lang(visit.lang), href, current => group.id == table.group }
        })
        .collect();
    let schemes: Vec<Value> = table
        .seen
        .schemes(table.kind)
        .into_iter()
        .map(|scheme| {
            let href = table.href("/evaluation", &[("scheme", &scheme.id), ("sort", ""), ("order", "")]);
            context! { label => scheme.name.in_lang(visit.lang), href, current => Some(&scheme.id) == table.scheme.as_ref() }
        })
        .collect();
    let earlier: Vec<Value> = table
        .earlier
        .iter()
        .zip([table.seen.period.before(), table.seen.period.year_before()])
        .map(|(found, period)| context! { is_there => found.is_some(), name => show::period_name(&app, &visit, period), period => period.text() })
        .collect();
    let context = context! {
        title => show::period_name(&app, &visit, table.seen.period),
        kind_name => say(&app, &visit, &format!("evaluation-of-{}", table.kind.word())),
        periods => show::periods(&app, &visit, table.seen.period, &counted),
        period => table.seen.period.text(),
        asked => context! { of => table.kind.word(), group => table.group.as_str(), scheme => table.scheme.clone().unwrap_or_default() },
        from => table.seen.period.first().to_string(), to => table.seen.period.last().to_string(),
        newer => table.href("/evaluation", &[("period", &after(table.seen.period).text())]),
        older => table.href("/evaluation", &[("period", &table.seen.period.before().text())]),
        state => table.seen.state(&app, &visit),
        tabs, groups, schemes, heads, rows, earlier,
        sorted_name => sorted.map(|column| column.name(visit.lang)).unwrap_or_default(),
        name_sort => context! {
            href => table.href("/evaluation", &[("sort", "name"), ("order", if table.sort == "name" && !table.is_up { "up" } else { "" })]),
            sorted => if table.sort != "name" { "none" } else if table.is_up { "descending" } else { "ascending" },
        },
        chart => chart(&table, visit.lang),
        is_cut => table.is_cut, most => MOST,
        is_all => table.seen.scope.is_all(),
        excel => table.href("/evaluation/table.xlsx", &[]),
        done => asked.done.as_str(),
    };
    Ok(app.page(&visit, "evaluation/table.html", context)?.into_response())
}

fn after(period: Period) -> Period {
    match period {
        Period::Month(year, 12) => Period::Month(year + 1, 1),
        Period::Month(year, month) => Period::Month(year, month + 1),
        Period::Quarter(year, 4) => Period::Quarter(year + 1, 1),
        Period::Quarter(year, quarter) => Period::Quarter(year, quarter + 1),
        Period::Year(year) => Period::Year(year + 1),
        Period::Days(first, last) => {
            let length = first.until(last).map_or(0, |span| i64::from(span.get_days())) + 1;
            let later = |day: jiff::civil::Date| day.saturating_add(jiff::Span::new().days(length));
            Period::Days(later(first), later(last))
        }
    }
}

/// The chart of the sorted column, as the script reads it; none when there is nothing to draw.
fn chart(table: &Table, lang: &str) -> Option<Value> {
    let columns = table.columns();
    let column = columns.iter().find(|column| column.id() == table.sort)?;
    let decimals = if let Column::Score(scheme) = column { scheme.decimals } else { 2 };
    let drawn: Vec<(&str, f64)> = table
        .rows
        .iter()
        .filter(|row| table.sort != "score" || row.score.as_ref().is_some_and(|score| score.is_ranked))
        .filter_map(|row| {
            let value = worth(&table.seen.definitions, column, &row.outcome, row.score.as_ref())?;
            #[expect(clippy::cast_precision_loss, reason = "a bar's length")]
            let value = match column {
                Column::Score(_) => value.times(1) as f64 / score::unit(decimals) as f64,
                Column::Rate(_) => value.basis_points() as f64 / 100.0,
                Column::Count(_) => value.times(1) as f64,
            };
            Some((row.name.as_str(), value))
        })
        .take(DRAWN)
        .collect();
    if drawn.len() < 2 {
        return None;
    }
    let labels: Vec<String> = drawn.iter().map(|(name, _)| (*name).to_owned()).collect();
    let values: Vec<f64> = drawn.iter().map(|(_, value)| *value).collect();
    let unit = if matches!(column, Column::Rate(_)) { "%" } else { "" };
    let name = column.name(lang);
    Some(
        context! { name => name.clone(), data => context! { kind => "bar", labels, series => [context! { name, values }], unit } },
    )
}

/// `GET /evaluation/table.xlsx`.
///
/// # Errors
/// As [`show`].
pub async fn excel(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let table = Table::read(&app, &visit, &asked).await?;
    let bytes = export::table(&app, &visit, &table)?;
    let name = format!("evaluation-{}-{}.xlsx", table.seen.period.text(), table.kind.word());
    Ok(export::download(&name, export::EXCEL, bytes))
}

/// `POST /evaluation/compute`: asks for a counting.
///
/// # Errors
/// [`Error::NotFound`] for what is no period; when the database fails.
pub async fn compute(State(app): State<App>, visit: Visit, Form(asked): Form<Asked>) -> Result<Response, Error> {
    let period = asked.period(&app).ok_or(Error::NotFound)?;
    let by: Id = visit.actor()?.account;
    running::ask(&app, period, Purpose::Results, Some(by)).await?;
    let period = period.text();
    let pairs = [("period", period.as_str()), ("of", &asked.of), ("group", &asked.group), ("done", "asked")];
    Ok(Redirect::to(&address("/evaluation", &pairs)).into_response())
}
