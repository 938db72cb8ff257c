//! A month's report as a Word file: title, tables, the figures of the chart, what the numbers mean, lines to sign.

use super::definitions::Kind;
use super::period::Period;
use super::show::{self, Asked, say, say_with};
use super::table::{self, Table};
use super::{object, score};
use crate::app::App;
use crate::kit::docx::{WIDTH, cell, heading, paper, paragraph, signatures, text};
use crate::kit::error::Error;
use crate::people::doors::Visit;
use docx_rs::{AlignmentType, Docx, Paragraph, Run, Table as DocTable, TableRow, WidthType};

/// How large the letters of tables are, in half points.
const LETTERS: usize = 19;

/// A table whose first column is wide and whose others hold numbers.
fn grid(heads: &[String], rows: &[Vec<String>]) -> DocTable {
    let others = heads.len().saturating_sub(1).max(1);
    let first = (WIDTH / (others + 2) * 2).clamp(2_200, 2_800);
    let other = (WIDTH - first) / others;
    let width = |column: usize| if column == 0 { first } else { other };
    let line = |cells: &[String], is_head: bool| {
        let cells =
            cells.iter().enumerate().map(|(column, words)| cell(words, width(column), LETTERS, column > 0, is_head));
        TableRow::new(cells.collect()).cant_split()
    };
    let mut lines = vec![line(heads, true)];
    lines.extend(rows.iter().map(|row| line(row, false)));
    let widths = (0..heads.len()).map(width).collect();
    DocTable::new(lines).set_grid(widths).width(WIDTH, WidthType::Dxa)
}

/// A month's report.
///
/// # Errors
/// [`Error::NotFound`] when the month was never counted; when the database fails.
pub async fn word(app: &App, visit: &Visit, month: Period) -> Result<Vec<u8>, Error> {
    let seen = show::seen(app, visit, month).await?;
    if seen.run.is_none() {
        return Err(Error::NotFound);
    }
    let s = |key: &str| say(app, visit, key);
    let period = show::period_name(app, visit, month);
    let city = if visit.lang == "en" { &app.city.name_en } else { &app.city.name };
    let mut paper = paper().add_paragraph(
        heading(&say_with(app, visit, "evaluation-report-title", &[("city", city.clone()), ("period", period)]), 1)
            .align(AlignmentType::Center),
    );
    let zone = app.city.zone();
    let moment = |at: crate::kit::clock::Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    let state = match (&seen.frozen, &seen.run) {
        (Some(frozen), _) => say_with(
            app,
            visit,
            "evaluation-frozen-says",
            &[("by", frozen.by_name.clone()), ("when", moment(frozen.at)), ("digest", frozen.digest.clone())],
        ),
        (None, Some(run)) => say_with(
            app,
            visit,
            "evaluation-counted-says",
            &[("when", moment(run.known)), ("version", run.version.clone())],
        ),
        (None, None) => String::new(),
    };
    paper = paper.add_paragraph(text(&state));
    if seen.frozen.is_none() {
        paper = paper.add_paragraph(paragraph().add_run(Run::new().add_text(s("evaluation-report-draft")).bold()));
    }

    let kinds: &[Kind] =
        if seen.scope.is_all() { &[Kind::City, Kind::Street, Kind::Department] } else { &[Kind::Department] };
    for kind in kinds {
        let asked = Asked { period: month.text(), of: kind.word().into(), sort: "score".into(), ..Asked::default() };
        let found = Table::read(app, visit, &asked).await?;
        paper = scores(app, visit, paper, &found);
        paper = figures(app, visit, paper, &found);
    }

    if !seen.adjustments.is_empty() {
        paper = paper.add_paragraph(heading(&s("evaluation-adjustments"), 2));
        let heads = ["evaluation-object", "evaluation-points", "evaluation-reason", "evaluation-adjusted-by"].map(s);
        let visible = seen.adjustments.iter().filter(|one| seen.scope.has(one.kind, &one.object));
        let rows: Vec<Vec<String>> = visible
            .map(|one| {
                let points = score::decimal(one.millionths, 6);
                let points = points.trim_end_matches('0').trim_end_matches('.').replace('-', "−");
                let points =
                    if one.is_correction { format!("{points} {}", s("evaluation-correction")) } else { points };
                let name = show::object_name(app, visit, &seen.names, one.kind, &one.object);
                vec![name, points, one.reason.clone(), format!("{} {}", one.author_name, moment(one.at))]
            })
            .collect();
        paper = paper.add_table(grid(&heads, &rows)).add_paragraph(paragraph());
    }

    paper = paper.add_paragraph(heading(&s("evaluation-definitions"), 2));
    paper = paper.add_paragraph(text(&say_with(
        app,
        visit,
        "evaluation-version-says",
        &[("version", seen.definitions.version.clone())],
    )));
    let mut schemes: Vec<&super::definitions::Scheme> =
        kinds.iter().filter_map(|kind| seen.scheme(*kind, "")).collect();
    schemes.dedup_by(|one, other| one.id == other.id);
    for scheme in schemes {
        let words = table::scheme_sentence(app, visit, &seen.definitions, scheme);
        paper = paper.add_paragraph(definition(scheme.name.in_lang(visit.lang), &words));
    }
    let mut told = std::collections::BTreeSet::new();
    for rate in REPORTED.iter().filter_map(|id| seen.definitions.rate(id)) {
        let words = show::rate_sentence(&seen.definitions, visit.lang, rate);
        paper = paper.add_paragraph(definition(rate.name.in_lang(visit.lang), &words));
        for (part, _) in seen.definitions.parts(&rate.top).into_iter().chain(seen.definitions.parts(&rate.bottom)) {
            // Each count is explained where it is met first.
            if let Some(count) = seen.definitions.count(&part).filter(|_| told.insert(part.clone())) {
                let words = show::count_sentence(app, visit, count);
                paper = paper.add_paragraph(definition(count.name.in_lang(visit.lang), &words).indent(
                    Some(420),
                    None,
                    None,
                    None,
                ));
            }
        }
    }

    let roles = ["evaluation-sign-made", "evaluation-sign-checked", "evaluation-sign-approved"].map(s);
    paper = paper.add_paragraph(signatures(&roles, &s("evaluation-sign-date")));
    let mut bytes = std::io::Cursor::new(Vec::new());
    paper.build().pack(&mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(bytes.into_inner())
}

/// The rates that a report shows and explains.
const REPORTED: [&str; 6] = [
    "handled_rate",
    "handled_in_time_rate",
    "closed_in_time_rate",
    "rework_rate",
    "handle_waiting_late_rate",
    "satisfied_rate",
];

fn definition(name: &str, words: &str) -> Paragraph {
    paragraph()
        .add_run(Run::new().add_text(format!("{name}　")).bold().size(19))
        .add_run(Run::new().add_text(words).size(19))
}

/// The scores of a kind of object, term by term.
fn scores(app: &App, visit: &Visit, paper: Docx, table: &Table) -> Docx {
    let Some(scheme) = table.scheme() else { return paper };
    let s = |key: &str| say(app, visit, key);
    let kind = s(&format!("evaluation-of-{}", table.kind.word()));
    let mut heads = vec![kind.clone()];
    heads.extend(scheme.terms.iter().map(|term| term.name.in_lang(visit.lang).to_owned()));
    heads.extend([s("evaluation-by-hand"), s("evaluation-total")]);
    let has_places = table.kind != Kind::City;
    heads.extend(has_places.then(|| s("evaluation-place")));
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .filter_map(|row| {
            let found = row.score.as_ref()?;
            let points = |points: i64| score::decimal(points, scheme.decimals).replace('-', "−");
            let mut cells = vec![row.name.clone()];
            cells.extend(
                found.terms.iter().map(|term| if term.is_left_out { "–".to_owned() } else { points(term.points) }),
            );
            cells.push(if found.adjusted == 0 { "–".to_owned() } else { points(found.adjusted) });
            cells.push(found.total.map_or_else(|| "–".to_owned(), points));
            cells.extend(has_places.then(|| row.place.map_or_else(|| "–".to_owned(), |place| place.to_string())));
            Some(cells)
        })
        .collect();
    let title = format!("{kind} · {}", scheme.name.in_lang(visit.lang));
    let paper = paper.add_paragraph(heading(&title, 2));
    if rows.is_empty() {
        return paper.add_paragraph(text(&s("evaluation-nothing")));
    }
    let formula: Vec<String> =
        scheme.terms.iter().map(|term| object::term_sentence(app, visit, &table.seen.definitions, term)).collect();
    let formula = format!("{} = {}", scheme.name.in_lang(visit.lang), formula.join(" + "));
    paper.add_table(grid(&heads, &rows)).add_paragraph(paragraph().add_run(Run::new().add_text(formula).size(18)))
}

/// The figures of the charts: every object's rates.
fn figures(app: &App, visit: &Visit, paper: Docx, table: &Table) -> Docx {
    let definitions = &table.seen.definitions;
    let rates: Vec<_> = REPORTED
        .iter()
        .filter_map(|id| definitions.rate(id))
        .filter(|rate| show::rate_is_of(definitions, rate, table.kind))
        .collect();
    let mut heads = vec![say(app, visit, &format!("evaluation-of-{}", table.kind.word()))];
    heads.extend(rates.iter().map(|rate| rate.name.in_lang(visit.lang).to_owned()));
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| {
            let mut cells = vec![row.name.clone()];
            cells.extend(rates.iter().map(|rate| {
                let found = score::rate(definitions, rate, &row.outcome.counts);
                let (top, bottom) = (
                    score::total(definitions, &rate.top, &row.outcome.counts),
                    score::total(definitions, &rate.bottom, &row.outcome.counts),
                );
                found.map_or_else(|| "–".to_owned(), |ratio| format!("{} ({top}/{bottom})", show::percent(ratio)))
            }));
            cells
        })
        .collect();
    if rows.is_empty() {
        return paper;
    }
    paper
        .add_paragraph(text(&say(app, visit, "evaluation-figures")))
        .add_table(grid(&heads, &rows))
        .add_paragraph(paragraph())
}
