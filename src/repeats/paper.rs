//! The month's paper (研判报告) as a Word file: the list as it was frozen, what was decided about it, how far the month before has
//! come, and lines to sign.

use super::doing::when;
use super::months::{Drawing, MOST_ITEMS, Row, download, month, rules_of};
use super::store::{self, Decided, ItemFilter, Order};
use super::view;
use crate::app::App;
use crate::kit::docx::{self, WIDTH, paragraph};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::department::Department;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::Response;
use docx_rs::{AlignmentType, Paragraph, Run, Table, TableCell, TableRow, WidthType};
use std::collections::HashMap;

/// How large the letters of tables are, in half points.
const LETTERS: usize = 18;

/// Every line of what people wrote is a paragraph of its own in Word; here a line's end is a space.
fn in_one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(words: &str) -> Paragraph {
    docx::text(&in_one_line(words))
}

fn heading(words: &str, level: usize) -> Paragraph {
    docx::heading(&in_one_line(words), level)
}

/// A column: its head, its share of the width, whether it holds numbers.
type Column = (String, usize, bool);

fn table(columns: &[Column], rows: &[Vec<String>]) -> Table {
    let whole: usize = columns.iter().map(|(_, share, _)| share).sum::<usize>().max(1);
    let width = |share: usize| WIDTH * share / whole;
    let cell = |words: &str, (_, share, is_number): &Column, is_head: bool| {
        docx::cell(&in_one_line(words), width(*share), LETTERS, *is_number, is_head)
    };
    let line = |cells: Vec<TableCell>| TableRow::new(cells).cant_split();
    let mut lines = vec![line(columns.iter().map(|column| cell(&column.0, column, true)).collect())];
    for row in rows {
        lines.push(line(row.iter().zip(columns).map(|(words, column)| cell(words, column, false)).collect()));
    }
    let widths = columns.iter().map(|(_, share, _)| width(*share)).collect();
    Table::new(lines).set_grid(widths).width(WIDTH, WidthType::Dxa)
}

/// What the month before decided, and how it stands.
struct Before {
    decided: Decided,
    number: String,
    title: String,
    state: &'static str,
    words: String,
}

/// `GET /repeats/months/{month}/paper.docx`.
///
/// # Errors
/// [`Error::NotFound`] for a month without a list; when the database fails.
pub async fn word(State(app): State<App>, visit: Visit, Path(asked): Path<String>) -> Result<Response, Error> {
    let month = month(&asked)?;
    let read = app.db.read(move |tx| async move {
        let review = store::find_review(&tx, month).await?.ok_or(Error::NotFound)?;
        let filter = ItemFilter { order: Order::Urgency, ..ItemFilter::default() };
        let items = store::items(&tx, month, &filter, MOST_ITEMS).await?;
        let decided = store::decisions_of_month(&tx, month).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let mut leaders: HashMap<Id, String> = HashMap::new();
        for leader in decided.iter().filter_map(|one| one.decision.leader) {
            let name = crate::people::store::name_of(&tx, Some(leader)).await?;
            leaders.insert(leader, name);
        }
        let mut before = Vec::new();
        for one in store::decisions_of_month(&tx, month.before()).await?.into_iter().filter(|one| one.is_final) {
            let repeat = store::load(&tx, one.repeat, store::Scope::All).await?;
            let said = store::last_words(&tx, one.repeat, one.at).await?;
            before.push(Before {
                number: repeat.number,
                title: repeat.title,
                state: repeat.state.word(),
                words: said.map(|(_, words, _)| words).unwrap_or_default(),
                decided: one,
            });
        }
        Ok::<_, Error>((review, items, decided, departments, leaders, before))
    });
    let (review, mut items, decided, departments, leaders, before) = read.await?;
    items.sort_by_key(|(item, _)| item.position);
    let decided: HashMap<Id, Decided> = decided.into_iter().map(|one| (one.repeat, one)).collect();
    let rules = rules_of(&review);
    let drawing =
        Drawing { app: &app, lang: visit.lang, month, departments: &departments, decided: &decided, rules: &rules };
    let rows: Vec<Row> = items.into_iter().map(|(item, standing)| drawing.row(item, standing, None)).collect();
    let s = |key: &str| view::say(&app, &visit, key, &[]);
    let with = |key: &str, args: &[(&str, String)]| view::say(&app, &visit, key, args);
    let city = if visit.lang == "en" { &app.city.name_en } else { &app.city.name };
    let period = period(&app, &visit, month);
    let zone = app.city.zone();
    let moment = |at: crate::kit::clock::Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    let mut paper = docx::paper()
        .add_paragraph(
            heading(&with("repeats-paper-title", &[("city", city.clone()), ("period", period)]), 1)
                .align(AlignmentType::Center),
        )
        .add_paragraph(text(&with(
            "repeats-paper-frozen",
            &[
                ("when", moment(review.frozen_at)),
                ("reports", review.reports.to_string()),
                ("items", review.items.to_string()),
            ],
        )));
    let minutes = &review.minutes;
    paper = match (review.closed, minutes.held_on) {
        (Some((at, _)), Some(day)) => paper.add_paragraph(text(&with(
            "repeats-paper-closed",
            &[("day", day.to_string()), ("chair", minutes.chair.clone()), ("when", moment(at))],
        ))),
        _ => paper.add_paragraph(paragraph().add_run(Run::new().add_text(s("repeats-paper-draft")).bold())),
    };
    for (key, words) in [("repeats-present", &minutes.present), ("repeats-notes", &minutes.notes)] {
        if !words.is_empty() {
            paper = paper.add_paragraph(text(&format!("{}：{words}", s(key))));
        }
    }
    paper = paper.add_paragraph(heading(&s("repeats-paper-items"), 2));
    paper = if rows.is_empty() {
        paper.add_paragraph(text(&s("repeats-month-empty")))
    } else {
        paper.add_table(items_table(&s, &rows, &leaders)).add_paragraph(paragraph())
    };
    if let Ok(listed) = usize::try_from(review.items)
        && listed > rows.len()
    {
        paper = paper.add_paragraph(text(&with("repeats-paper-cut", &[("n", rows.len().to_string())])));
    }
    paper = paper.add_paragraph(heading(
        &with("repeats-paper-before", &[("period", self::period(&app, &visit, month.before()))]),
        2,
    ));
    paper = if before.is_empty() {
        paper.add_paragraph(text(&s("repeats-paper-before-none")))
    } else {
        paper.add_table(before_table(&s, &before, &departments, visit.lang)).add_paragraph(paragraph())
    };
    paper = paper.add_paragraph(heading(&s("repeats-paper-rules"), 2));
    for rule in &rules {
        paper = paper.add_paragraph(text(&view::rule_sentence(&app, &visit, rule)));
    }
    let roles = ["repeats-sign-made", "repeats-sign-checked", "repeats-sign-approved"].map(&s);
    paper = paper.add_paragraph(docx::signatures(&roles, &s("repeats-sign-date")));
    let printed = when(&app, app.clock.now()).on;
    paper = paper.add_paragraph(text(&with("repeats-paper-printed", &[("day", printed.to_string())])));
    let mut bytes = std::io::Cursor::new(Vec::new());
    paper.build().pack(&mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(download(&format!("repeats-{month}.docx"), docx::MEDIA_TYPE, bytes.into_inner()))
}

/// A month as people write it.
fn period(app: &App, visit: &Visit, month: super::month::Month) -> String {
    let (year, of_year) = month.parts();
    view::say(app, visit, "repeats-period", &[("year", year.to_string()), ("month", of_year.to_string())])
}

fn items_table(s: &dyn Fn(&str) -> String, rows: &[Row], leaders: &HashMap<Id, String>) -> Table {
    let columns = [
        (s("repeats-position"), 4, true),
        (s("repeats-number"), 8, false),
        (s("repeats-name"), 12, false),
        (s("repeats-area"), 8, false),
        (s("repeats-rule"), 8, false),
        (s("repeats-count-month"), 4, true),
        (s("repeats-count-before"), 4, true),
        (s("repeats-count-total"), 4, true),
        (s("repeats-measure"), 6, false),
        (s("repeats-decision"), 16, false),
        (s("repeats-department"), 8, false),
        (s("repeats-leader"), 6, false),
        (s("repeats-due"), 8, false),
    ];
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let item = &row.item;
            let decision = row.decided.as_ref().map(|decided| &decided.decision);
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
            vec![
                item.position.to_string(),
                item.number.clone(),
                item.title.clone(),
                row.area.clone(),
                format!("{} v{}", row.rule, item.rule_version),
                item.count.to_string(),
                item.before.to_string(),
                item.total.to_string(),
                or_dash(decision.map(|one| s(&format!("repeats-measure-{}", one.measure.word())))),
                decision.map_or_else(|| s("repeats-undecided"), |one| one.words.clone()),
                or_dash(decision.map(|_| row.department.clone())),
                or_dash(decision.and_then(|one| leaders.get(&one.leader?).cloned())),
                or_dash(decision.map(|one| one.due_on.to_string())),
            ]
        })
        .collect();
    table(&columns, &lines)
}

fn before_table(s: &dyn Fn(&str) -> String, before: &[Before], departments: &[Department], lang: &str) -> Table {
    let columns = [
        (s("repeats-number"), 8, false),
        (s("repeats-name"), 14, false),
        (s("repeats-decision"), 18, false),
        (s("repeats-department"), 8, false),
        (s("repeats-due"), 8, false),
        (s("repeats-state"), 6, false),
        (s("repeats-said"), 18, false),
    ];
    let lines: Vec<Vec<String>> = before
        .iter()
        .map(|one| {
            let decision = &one.decided.decision;
            vec![
                one.number.clone(),
                one.title.clone(),
                decision.words.clone(),
                view::department(departments, lang, Some(decision.department)),
                decision.due_on.to_string(),
                s(&format!("repeats-state-{}", one.state)),
                if one.words.is_empty() { "–".to_owned() } else { one.words.clone() },
            ]
        })
        .collect();
    table(&columns, &lines)
}
