//! The ledger (台账) as a page, as CSV and as an Excel file: how many buildings and how many square metres, by month, kind and
//! street of a year.

use super::chain::Kind;
use super::ledger::{Line, Month, Sum, ledger, square_metres};
use super::store::{self, Scope};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::sheets::Csv;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::civil::{Date, Time};
use minijinja::context;
use minijinja::value::Serde;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The media type of Excel's files.
const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The six sums of a line, as the keys of their headings have them.
const SUMS: [&str; 6] = ["found-new", "found-old", "stopped", "self-demolished", "demolished", "standing"];

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    year: String,
    kind: String,
    street: String,
}

impl Asked {
    fn query(&self, year: i16) -> String {
        let year = year.to_string();
        let fields = [("year", &year), ("kind", &self.kind), ("street", &self.street)];
        let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        serde_urlencoded::to_string(fields).unwrap_or_default()
    }
}

/// The ledger of a year.
struct Year {
    year: i16,
    first: i16,
    today: i16,
    lines: BTreeMap<(Kind, String, Month), Line>,
}

async fn of_year(app: &App, visit: &Visit, asked: &Asked) -> Result<Year, Error> {
    let scope = Scope::of(visit.actor()?);
    let today = app.calendar.date_of(app.clock.now()).year();
    let year = asked.year.parse::<i16>().ok().filter(|year| (2000..=today).contains(year)).unwrap_or(today);
    let start = |year: i16| app.calendar.moment(Date::constant(year, 1, 1), Time::midnight());
    let (from, until) = (start(year), start(year + 1));
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((store::of_period(&tx, scope, from, until).await?, store::first_at(&tx, scope).await?))
    });
    let (buildings, first) = read.await?;
    let mut lines = ledger(&buildings, &app.calendar);
    let kind = Kind::parse(&asked.kind);
    lines.retain(|(of, street, month), _| {
        month.year == year
            && kind.is_none_or(|kind| kind == *of)
            && (asked.street.is_empty() || asked.street == *street)
    });
    let first = first.map_or(today, |at| app.calendar.date_of(at).year());
    Ok(Year { year, first, today, lines })
}

const fn sums(line: &Line) -> [Sum; 6] {
    [line.found_new, line.found_old, line.stopped, line.self_demolished, line.demolished, line.standing]
}

#[derive(Serialize)]
struct SumShown {
    count: u32,
    area: String,
}

#[derive(Serialize)]
struct RowShown {
    name: String,
    sums: Vec<SumShown>,
}

fn added<'a>(lines: impl Iterator<Item = &'a Line>) -> [Sum; 6] {
    let mut all = [Sum::default(); 6];
    for line in lines {
        for (sum, more) in all.iter_mut().zip(sums(line)) {
            sum.count = sum.count.saturating_add(more.count);
            sum.area = sum.area.saturating_add(more.area);
        }
    }
    all
}

fn row(name: String, sums: [Sum; 6]) -> RowShown {
    let shown = |sum: &Sum| SumShown { count: sum.count, area: square_metres(sum.area) };
    RowShown { name, sums: sums.iter().map(shown).collect() }
}

/// The sums of the lines that share something, in its order.
fn by<'a, K: Ord>(
    lines: &'a BTreeMap<(Kind, String, Month), Line>,
    of: impl Fn(&'a (Kind, String, Month)) -> K,
) -> BTreeMap<K, [Sum; 6]> {
    let mut groups: BTreeMap<K, Vec<&Line>> = BTreeMap::new();
    for (key, line) in lines {
        groups.entry(of(key)).or_default().push(line);
    }
    groups.into_iter().map(|(key, lines)| (key, added(lines.into_iter()))).collect()
}

fn month_text(month: Month) -> String {
    format!("{:04}-{:02}", month.year, month.month)
}

fn street_name(app: &App, visit: &Visit, code: &str) -> String {
    let found = crate::reports::place::streets(app).into_iter().find(|(own, _)| own == code);
    match found {
        Some((_, name)) => name,
        None if code.is_empty() => app.pages.say(visit.lang, "construction-street-unknown", &[]),
        None => code.to_owned(),
    }
}

/// `GET /buildings/ledger`.
///
/// # Errors
/// When the database fails.
pub async fn page(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let year = of_year(&app, &visit, &asked).await?;
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    let months: Vec<RowShown> =
        by(&year.lines, |(_, _, month)| *month).into_iter().map(|(month, sums)| row(month_text(month), sums)).collect();
    let kinds: Vec<RowShown> = by(&year.lines, |(kind, _, _)| *kind)
        .into_iter()
        .map(|(kind, sums)| row(say(format!("construction-kind-{}", kind.word())), sums))
        .collect();
    let streets: Vec<RowShown> = by(&year.lines, |(_, street, _)| street.as_str())
        .into_iter()
        .map(|(street, sums)| row(street_name(&app, &visit, street), sums))
        .collect();
    let options = Kind::ALL.iter().map(|kind| {
        context! { value => kind.word(), label => say(format!("construction-kind-{}", kind.word())) }
    });
    let all = crate::reports::place::streets(&app);
    let link = |year: i16| format!("/buildings/ledger?{}", asked.query(year));
    let html = context! {
        year => year.year,
        earlier => (year.year > year.first).then(|| link(year.year - 1)),
        later => (year.year < year.today).then(|| link(year.year + 1)),
        whole => Serde(row(String::new(), added(year.lines.values()))),
        months => Serde(months), kinds => Serde(kinds), streets => Serde(streets),
        sums => SUMS.to_vec(),
        kind_options => options.collect::<Vec<_>>(),
        street_options => all.iter().map(|(code, name)| context! { value => code, label => name }).collect::<Vec<_>>(),
        asked => Serde(&asked),
        query => asked.query(year.year),
        is_whole => matches!(Scope::of(visit.actor()?), Scope::All),
    };
    Ok(app.page(&visit, "construction/ledger.html", html)?.into_response())
}

/// A cell of a file: words, a number of buildings, or hundredths of a square metre.
enum Cell {
    Text(String),
    Count(u32),
    Area(i64),
}

/// The lines of the files: one for each month, kind and street.
fn table(app: &App, visit: &Visit, year: &Year) -> (Vec<String>, Vec<Vec<Cell>>) {
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let mut head = vec![
        say("construction-ledger-month"),
        say("construction-ledger-kind"),
        say("construction-ledger-street-code"),
        say("construction-ledger-street"),
    ];
    for sum in SUMS {
        let name = say(&format!("construction-ledger-{sum}"));
        head.push(format!("{name} · {}", say("construction-ledger-count")));
        head.push(format!("{name} · {}", say("construction-ledger-area")));
    }
    let mut keys: Vec<_> = year.lines.iter().collect();
    keys.sort_by_key(|((kind, street, month), _)| (*month, *kind, street.as_str()));
    let lines = keys.into_iter().map(|((kind, street, month), line)| {
        let mut cells = vec![
            Cell::Text(month_text(*month)),
            Cell::Text(say(&format!("construction-kind-{}", kind.word()))),
            Cell::Text(street.clone()),
            Cell::Text(street_name(app, visit, street)),
        ];
        cells.extend(sums(line).into_iter().flat_map(|sum| [Cell::Count(sum.count), Cell::Area(sum.area)]));
        cells
    });
    (head, lines.collect())
}

/// `GET /buildings/ledger.csv`.
///
/// # Errors
/// When the database fails.
pub async fn csv(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let year = of_year(&app, &visit, &asked).await?;
    let (head, lines) = table(&app, &visit, &year);
    // The mark by which spreadsheets know the writing.
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    csv.write_record(&head).map_err(broken)?;
    for line in lines {
        let line = line.into_iter().map(|cell| match cell {
            Cell::Text(text) => text,
            Cell::Count(count) => count.to_string(),
            Cell::Area(area) => square_metres(area),
        });
        csv.write_record(line).map_err(broken)?;
    }
    let bytes = csv.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(download(&format!("buildings-{}.csv", year.year), "text/csv; charset=utf-8", bytes))
}

/// `GET /buildings/ledger.xlsx`.
///
/// # Errors
/// When the database fails.
pub async fn excel(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let year = of_year(&app, &visit, &asked).await?;
    let title = app.pages.say(visit.lang, "construction-ledger-title", &[("year", year.year.to_string())]);
    let bytes = workbook(&title, table(&app, &visit, &year)).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(download(&format!("buildings-{}.xlsx", year.year), EXCEL, bytes))
}

fn workbook(title: &str, (head, lines): (Vec<String>, Vec<Vec<Cell>>)) -> Result<Vec<u8>, XlsxError> {
    let (bold, area) = (Format::new().set_bold().set_text_wrap(), Format::new().set_num_format("0.00"));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.write_string_with_format(0, 0, title, &bold)?;
    for (column, name) in (0_u16..).zip(&head) {
        sheet.write_string_with_format(1, column, name, &bold)?;
    }
    for (row, line) in (2_u32..).zip(lines) {
        for (column, cell) in (0_u16..).zip(line) {
            match cell {
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Count(count) => sheet.write_number(row, column, count)?,
                // Hundredths below a million square metres are exact in a double.
                Cell::Area(hundredths) => {
                    sheet.write_number_with_format(row, column, hundredths as f64 / 100.0, &area)?
                }
            };
        }
    }
    sheet.set_freeze_panes(2, 4)?;
    book.save_to_buffer()
}

fn download(name: &str, media: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, [(header::CACHE_CONTROL, "no-store")], bytes).into_response()
}
