//! The tables as Excel files: the numbers on the first sheet, what they mean on the second.

use super::behind::{self, Line, List};
use super::show;
use super::table::{self, Column, Table};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::sheets::Csv;
use crate::people::doors::Visit;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

/// The media type of Excel's files.
pub const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A file to be kept.
pub fn download(name: &str, media: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, [(header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

/// A file of CSV that is written while it is read.
pub fn flow(name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, [(header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// Lines of CSV; the first ones begin with the mark by which spreadsheets know the writing.
///
/// # Errors
/// When a line cannot be written.
pub fn csv(lines: &[Vec<String>], is_first: bool) -> Result<Vec<u8>, Error> {
    let begin = if is_first { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
    let mut csv = Csv::from_writer(begin);
    for line in lines {
        csv.write_record(line).map_err(|error| Error::Internal(error.to_string()))?;
    }
    csv.into_inner().map_err(|error| Error::Internal(error.to_string()))
}

fn broken(error: XlsxError) -> Error {
    Error::Internal(error.to_string())
}

struct Looks {
    title: Format,
    head: Format,
    text: Format,
    none: Format,
    wrapped: Format,
    whole: Format,
    decimal: Format,
    percent: Format,
    muted: Format,
}

impl Looks {
    fn new() -> Looks {
        let line = |format: Format| format.set_border_bottom(FormatBorder::Hair).set_align(FormatAlign::VerticalCenter);
        Looks {
            title: Format::new().set_bold().set_font_size(14),
            head: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_background_color(Color::RGB(0x00EE_F4FB))
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::VerticalCenter),
            text: line(Format::new()),
            none: line(Format::new()).set_align(FormatAlign::Right),
            wrapped: line(Format::new().set_text_wrap()).set_align(FormatAlign::Top),
            whole: line(Format::new().set_num_format("0")),
            decimal: line(Format::new().set_num_format("0.00")),
            percent: line(Format::new().set_num_format("0.00%")),
            muted: Format::new().set_font_color(Color::RGB(0x004A_5768)),
        }
    }
}

/// What stands over a table: when it was counted, by which definitions, whether it is frozen.
fn counted_line(app: &App, visit: &Visit, seen: &show::Seen) -> String {
    let zone = app.city.zone();
    let moment = |at: crate::kit::clock::Moment| at.zoned(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    let run = seen.run.as_ref();
    match &seen.frozen {
        Some(frozen) => show::say_with(
            app,
            visit,
            "evaluation-frozen-says",
            &[("by", frozen.by_name.clone()), ("when", moment(frozen.at)), ("digest", frozen.digest.clone())],
        ),
        None => show::say_with(
            app,
            visit,
            "evaluation-counted-says",
            &[
                ("when", run.map(|run| moment(run.known)).unwrap_or_default()),
                ("version", run.map(|run| run.version.clone()).unwrap_or_default()),
            ],
        ),
    }
}

fn sheet_name(name: &str) -> String {
    let name: String = name.chars().filter(|sign| !"[]:*?/\\'".contains(*sign)).take(31).collect();
    if name.is_empty() { "Sheet".into() } else { name }
}

/// A table with its definitions.
///
/// # Errors
/// When the file cannot be written.
pub fn table(app: &App, visit: &Visit, table: &Table) -> Result<Vec<u8>, Error> {
    write_table(app, visit, table).map_err(broken)
}

fn write_table(app: &App, visit: &Visit, table: &Table) -> Result<Vec<u8>, XlsxError> {
    let say = |key: &str| show::say(app, visit, key);
    let (looks, columns) = (Looks::new(), table.columns());
    let definitions = &table.seen.definitions;
    let kind = say(&format!("evaluation-of-{}", table.kind.word()));
    let period = show::period_name(app, visit, table.seen.period);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(&format!("{kind} {}", table.seen.period.text())))?;
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.write_string_with_format(0, 0, format!("{} · {period}", say("evaluation-title")), &looks.title)?;
    sheet.write_string_with_format(1, 0, counted_line(app, visit, &table.seen), &looks.muted)?;
    let mut heads = vec![kind.clone(), say("evaluation-place")];
    heads.extend(columns.iter().map(|column| column.name(visit.lang)));
    heads.extend([say("evaluation-change-before"), say("evaluation-change-year")]);
    for (column, head) in heads.iter().enumerate() {
        sheet.write_string_with_format(3, narrow(column), head, &looks.head)?;
        let width = head.chars().map(|sign| if sign.is_ascii() { 1.1 } else { 2.1 }).sum::<f64>();
        sheet.set_column_width(narrow(column), if column == 0 { 28.0 } else { width.clamp(8.0, 18.0) })?;
    }
    sheet.set_repeat_rows(3, 3)?;
    sheet.set_freeze_panes(4, 1)?;
    for (line, row) in table.rows.iter().enumerate() {
        let at = 4 + u32::try_from(line).unwrap_or(u32::MAX - 8);
        sheet.write_string_with_format(at, 0, &row.name, &looks.text)?;
        match row.place {
            Some(place) => write_number(sheet, at, 1, place as f64, &looks.whole)?,
            None => drop(sheet.write_string_with_format(at, 1, "–", &looks.none)?),
        }
        for (column, found) in columns.iter().enumerate() {
            write_cell(sheet, at, narrow(column + 2), table, found, row, &looks)?;
        }
        for (number, earlier) in table.earlier.iter().enumerate() {
            let change = earlier.as_ref().and_then(|earlier| table.change(row, earlier));
            let column = narrow(columns.len() + 2 + number);
            match change {
                #[expect(clippy::cast_precision_loss, reason = "a figure of a spreadsheet")]
                Some(change) => write_number(sheet, at, column, change as f64 / 100.0, &looks.decimal)?,
                None => drop(sheet.write_string_with_format(at, column, "–", &looks.none)?),
            }
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(&say("evaluation-definitions")))?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 100)?;
    sheet.write_string_with_format(0, 0, say("evaluation-definitions"), &looks.title)?;
    let version = show::say_with(app, visit, "evaluation-version-says", &[("version", definitions.version.clone())]);
    sheet.write_string_with_format(1, 0, version, &looks.muted)?;
    sheet.write_string_with_format(3, 0, say("evaluation-indicator"), &looks.head)?;
    sheet.write_string_with_format(3, 1, say("evaluation-definition"), &looks.head)?;
    for (line, column) in columns.iter().enumerate() {
        let at = 4 + u32::try_from(line).unwrap_or(0);
        sheet.write_string_with_format(at, 0, column.name(visit.lang), &looks.wrapped)?;
        sheet.write_string_with_format(at, 1, table::definition(app, visit, definitions, column), &looks.wrapped)?;
    }
    book.save_to_buffer()
}

fn narrow(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX >> 2)
}

fn write_number(sheet: &mut Worksheet, row: u32, column: u16, number: f64, format: &Format) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, column, number, format).map(drop)
}

#[expect(clippy::cast_precision_loss, reason = "the figures of a spreadsheet are floating point")]
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    table: &Table,
    found: &Column<'_>,
    line: &table::Row,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match found {
        Column::Score(scheme) => match line.score.as_ref().and_then(|score| score.total) {
            Some(total) => {
                let number = total as f64 / super::score::unit(scheme.decimals) as f64;
                write_number(sheet, row, column, number, &looks.decimal)
            }
            None => sheet.write_string_with_format(row, column, "–", &looks.none).map(drop),
        },
        Column::Rate(rate) => match super::score::rate(&table.seen.definitions, rate, &line.outcome.counts) {
            Some(ratio) => write_number(sheet, row, column, ratio.basis_points() as f64 / 10_000.0, &looks.percent),
            None => sheet.write_string_with_format(row, column, "–", &looks.none).map(drop),
        },
        Column::Count(count) => {
            let value = line.outcome.counts.get(&count.id).copied().unwrap_or(0);
            write_number(sheet, row, column, value as f64, &looks.whole)
        }
    }
}

/// The list behind a number.
///
/// # Errors
/// When the file cannot be written.
pub fn list(app: &App, visit: &Visit, list: &List, lines: &[Line]) -> Result<Vec<u8>, Error> {
    write_list(app, visit, list, lines).map_err(broken)
}

fn write_list(app: &App, visit: &Visit, list: &List, lines: &[Line]) -> Result<Vec<u8>, XlsxError> {
    let looks = Looks::new();
    let count = list.count();
    let name = count.map(|count| count.name.in_lang(visit.lang).to_owned()).unwrap_or_default();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(&name))?;
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    let period = show::period_name(app, visit, list.run.period);
    sheet.write_string_with_format(
        0,
        0,
        format!("{name} · {} · {period} · {}", list.name, list.amount),
        &looks.title,
    )?;
    let text = count.map(|count| show::count_sentence(app, visit, count)).unwrap_or_default();
    sheet.write_string_with_format(1, 0, text, &looks.muted)?;
    for (column, head) in behind::headings(app, visit).iter().enumerate() {
        sheet.write_string_with_format(3, narrow(column), head, &looks.head)?;
        sheet.set_column_width(
            narrow(column),
            [18, 40, 30, 12, 18, 24, 12, 18, 18, 14, 8].get(column).copied().unwrap_or(12),
        )?;
    }
    sheet.set_freeze_panes(4, 1)?;
    sheet.set_repeat_rows(3, 3)?;
    for (number, line) in lines.iter().enumerate() {
        let at = 4 + u32::try_from(number).unwrap_or(0);
        for (column, cell) in behind::cells(app, visit, line).iter().enumerate() {
            sheet.write_string_with_format(at, narrow(column), cell, &looks.text)?;
        }
    }
    book.save_to_buffer()
}
