//! A roster as a spreadsheet: one row a shift, people by name. What is written can be read back; what cannot be read is named
//! by its row and never loses the good rows.

use super::pattern::Role;
use super::person::Staff;
use super::shift::{Place, Shift};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::tables;
use calamine::DataRef;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest file that is read, in bytes: a year of three shifts a day has a tenth of it.
pub const LARGEST: usize = 512 << 10;
/// The largest part of it, unpacked, in bytes.
const LARGEST_PART: u64 = 32 << 20;
/// The most rows that are read: a year of seven shifts a day.
pub const MOST_ROWS: usize = 2600;
/// The columns, in the order in which they are written.
pub const COLUMNS: [&str; 8] = ["day", "weekday", "from", "until", "name", "leader", "on_duty", "stand_by"];

/// A shift as a row says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its row, counted from 1 as the spreadsheet counts.
    pub row: u32,
    /// When it begins, in civil time.
    pub from: DateTime,
    /// When it ends.
    pub until: DateTime,
    /// What people call it.
    pub name: String,
    /// Who does what.
    pub people: Vec<Place>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The row; 0 for the whole file.
    pub row: u32,
    /// The sentence's key.
    pub key: String,
    /// Its arguments.
    pub args: Vec<(String, String)>,
}

impl Fault {
    fn of(row: u32, refusal: &Refusal) -> Fault {
        let args = refusal.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Fault { row, key: refusal.key.to_owned(), args }
    }
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Found {
    /// The good rows.
    pub lines: Vec<Line>,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

/// Writes shifts. `heading` names a column in the reader's language, `weekday` a day.
///
/// # Errors
/// [`Error::Internal`] when the file cannot be made.
pub fn write(
    shifts: &[Shift],
    staff: &Staff,
    zone: &TimeZone,
    heading: impl Fn(&str) -> String,
    weekday: impl Fn(Date) -> String,
) -> Result<Vec<u8>, Error> {
    let failed = |error: rust_xlsxwriter::XlsxError| Error::Internal(format!("a roster's spreadsheet: {error}"));
    let mut book = Workbook::new();
    let head = Format::new().set_bold().set_background_color("#EEF4FB").set_border_bottom(FormatBorder::Thin);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let sheet = book.add_worksheet();
    for (column, (name, width)) in (0..).zip(COLUMNS.iter().zip([12.0, 8.0, 8.0, 16.0, 16.0, 14.0, 30.0, 30.0])) {
        sheet.write_string_with_format(0, column, heading(name), &head).map_err(failed)?;
        sheet.set_column_width(column, width).map_err(failed)?;
    }
    for (row, shift) in (1..).zip(shifts.iter().filter(|shift| !shift.is_cancelled)) {
        let (from, until) = (shift.from.zoned(zone).datetime(), shift.until.zoned(zone).datetime());
        let end = until_text(from, until);
        let cells = [
            from.date().to_string(),
            weekday(from.date()),
            clock(from.time()),
            end,
            shift.name.clone(),
            staff.list(shift.of(Role::Leader)),
            staff.list(shift.of(Role::OnDuty)),
            staff.list(shift.of(Role::StandBy)),
        ];
        for (column, cell) in (0..).zip(cells) {
            // Written as text, never as a formula.
            sheet.write_string_with_format(row, column, cell, &wrapped).map_err(failed)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

fn clock(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

/// The end as people write it: the time alone when it is the next time that the clock shows it, else with its day.
fn until_text(from: DateTime, until: DateTime) -> String {
    if end_of(from, until.time()) == Some(until) {
        clock(until.time())
    } else {
        until.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// The next moment after `from` at which the clock shows `time`; the same time is a whole day later.
fn end_of(from: DateTime, time: Time) -> Option<DateTime> {
    let day = if time > from.time() { from.date() } else { from.date().tomorrow().ok()? };
    Some(day.to_datetime(time))
}

/// Reads a file. The first row names the columns, in either language or by their code, in any order.
pub fn read(bytes: &[u8], staff: &Staff, columns: &BTreeMap<String, &'static str>) -> Found {
    let mut found = Found::default();
    let whole = |key| Fault::of(0, &Refusal::new(key));
    if bytes.len() > LARGEST {
        let refusal = Refusal::new("duty-sheet-too-large").with("kilobytes", LARGEST >> 10);
        found.faults.push(Fault::of(0, &refusal));
        return found;
    }
    let rows = match cells(bytes) {
        Ok(rows) => rows,
        Err(refusal) => {
            found.faults.push(Fault::of(0, &refusal));
            return found;
        }
    };
    let mut rows = rows.into_iter();
    let Some((_, header)) = rows.next() else {
        found.faults.push(whole("duty-sheet-empty"));
        return found;
    };
    let known: BTreeMap<&'static str, u32> = header
        .iter()
        .filter_map(|(column, cell)| Some((*columns.get(&cell.text().trim().to_lowercase())?, *column)))
        .collect();
    if ["day", "from", "until"].iter().any(|needed| !known.contains_key(needed)) {
        found.faults.push(whole("duty-sheet-no-header"));
        return found;
    }
    for (row, cells) in rows {
        let cell = |name: &str| known.get(name).and_then(|column| cells.get(column)).unwrap_or(&Cell::Empty);
        if COLUMNS.iter().all(|name| *name == "weekday" || cell(name).text().trim().is_empty()) {
            continue;
        }
        match line(row + 1, &cell, staff) {
            Ok(line)
                if found
                    .lines
                    .iter()
                    .any(|other| (other.from, other.until, &other.people) == (line.from, line.until, &line.people)) =>
            {
                found.faults.push(Fault::of(row + 1, &Refusal::new("duty-sheet-twice")));
            }
            Ok(line) => found.lines.push(line),
            Err(refusal) => found.faults.push(Fault::of(row + 1, &refusal)),
        }
    }
    if found.lines.is_empty() && found.faults.is_empty() {
        found.faults.push(whole("duty-sheet-empty"));
    }
    found
}

fn line<'a>(row: u32, cell: &impl Fn(&str) -> &'a Cell, staff: &Staff) -> Result<Line, Refusal> {
    let wrong = |key: &'static str, text: String| Refusal::new(key).with("text", text);
    let day = cell("day").day().ok_or_else(|| wrong("duty-sheet-day", cell("day").text()))?;
    let begins = cell("from").time().ok_or_else(|| wrong("duty-sheet-time", cell("from").text()))?;
    let from = day.to_datetime(begins);
    let until = cell("until").end(from).ok_or_else(|| wrong("duty-sheet-time", cell("until").text()))?;
    let length = from.duration_until(until).as_mins();
    if !(1..=48 * 60).contains(&length) {
        return Err(Refusal::new("duty-refusal-shift-length"));
    }
    let name: String = cell("name").text().trim().chars().take(60).collect();
    let mut people = Vec::new();
    for role in Role::ALL {
        let found = staff.read(&cell(role.word()).text())?;
        people.extend(found.into_iter().map(|account| Place { role: *role, account }));
    }
    if people.is_empty() {
        return Err(Refusal::new("duty-sheet-nobody"));
    }
    Ok(Line { row, from, until, name, people })
}

/// A cell, as far as a roster has a use for it.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Empty,
    Text(String),
    /// A day and a time, as spreadsheets count them: days since 1899-12-30.
    Serial(f64),
}

type Cells = BTreeMap<u32, Cell>;

impl Cell {
    fn text(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Serial(number) => number.to_string(),
        }
    }

    fn serial(days: f64) -> Option<DateTime> {
        let is_possible = (1.0..200_000.0).contains(&days) || (0.0..1.0).contains(&days);
        #[expect(clippy::cast_possible_truncation, reason = "within the years that are asked about")]
        let minutes = is_possible.then(|| (days * 24.0 * 60.0).round() as i64)?;
        DateTime::constant(1899, 12, 30, 0, 0, 0, 0).checked_add(minutes.minutes()).ok()
    }

    fn day(&self) -> Option<Date> {
        let date = match self {
            Cell::Empty => None,
            Cell::Serial(days) => Cell::serial(*days).map(DateTime::date),
            Cell::Text(text) => day_of(text.trim()),
        };
        date.filter(|date| (2000..2200).contains(&date.year()))
    }

    fn time(&self) -> Option<Time> {
        match self {
            Cell::Empty => None,
            Cell::Serial(days) => Cell::serial(*days).map(DateTime::time),
            Cell::Text(text) => time_of(text.trim()),
        }
    }

    /// The end of a shift that begins at `from`: a time, or a day with a time.
    fn end(&self, from: DateTime) -> Option<DateTime> {
        match self {
            Cell::Serial(days) if *days >= 1.0 => Cell::serial(*days),
            Cell::Text(text) => match text.trim().split_once([' ', 'T']) {
                Some((day, time)) => Some(day_of(day)?.to_datetime(time_of(time.trim())?)),
                None => end_of(from, time_of(text.trim())?),
            },
            _ => end_of(from, self.time()?),
        }
    }
}

/// `2026-03-10`, `2026/3/10`, `2026.3.10` and `2026年3月10日`.
fn day_of(text: &str) -> Option<Date> {
    let plain = text.replace(['/', '.', '年', '月'], "-").replace('日', "");
    let mut parts = plain.split('-').map(|part| part.trim().parse::<i16>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `8:30`, `08:30:00`, `8：30`; `24:00` is midnight.
fn time_of(text: &str) -> Option<Time> {
    let plain = text.replace('：', ":");
    let mut parts = plain.split(':').map(|part| part.trim().parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    if hour == 24 && minute == 0 {
        return Some(Time::midnight());
    }
    Time::new(hour, minute, 0, 0).ok()
}

/// The used cells of the first sheet, by row. Cells are taken one by one: a sheet that claims to be a million columns wide
/// costs no more than the cells that it has.
///
/// # Errors
/// `duty-sheet-unreadable` when it is no spreadsheet, `duty-sheet-long` when it has more than [`MOST_ROWS`] rows.
fn cells(bytes: &[u8]) -> Result<BTreeMap<u32, Cells>, Refusal> {
    let unreadable = || Refusal::new("duty-sheet-unreadable");
    let (mut book, name) = tables::opened(bytes, LARGEST_PART, unreadable)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(|_| unreadable())?;
    let mut rows: BTreeMap<u32, Cells> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(|_| unreadable())? {
        let (row, column) = cell.get_position();
        let value = match cell.get_value() {
            DataRef::String(text) => Cell::Text(text.clone()),
            DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
            DataRef::DateTimeIso(text) => Cell::Text(text.clone()),
            DataRef::Float(number) => Cell::Serial(*number),
            #[expect(clippy::cast_precision_loss, reason = "days")]
            DataRef::Int(number) => Cell::Serial(*number as f64),
            DataRef::DateTime(moment) => Cell::Serial(moment.as_f64()),
            _ => continue,
        };
        if column < 64 {
            rows.entry(row).or_default().insert(column, value);
        }
        // One of them names the columns.
        if rows.len() > MOST_ROWS + 1 {
            return Err(Refusal::new("duty-sheet-long").with("most", MOST_ROWS));
        }
    }
    Ok(rows)
}

/// The shifts of the good rows.
pub fn shifts(lines: &[Line], roster: Id, zone: &TimeZone, mut fresh: impl FnMut() -> Id) -> Vec<Shift> {
    let shift = |line: &Line| {
        let planned = super::pattern::Planned {
            day: line.from.date(),
            from: line.from,
            until: line.until,
            name: line.name.clone(),
            people: line.people.iter().map(|place| (place.role, place.account)).collect(),
        };
        Shift::of_plan(&planned, fresh(), roster, zone)
    };
    lines.iter().map(shift).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duty::person::tests::staff;
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    fn columns() -> BTreeMap<String, &'static str> {
        let zh = ["日期", "星期", "开始", "结束", "班次", "带班领导", "值班", "备勤"];
        COLUMNS.iter().zip(zh).flat_map(|(code, zh)| [((*code).to_owned(), *code), (zh.to_owned(), *code)]).collect()
    }

    fn heading(code: &str) -> String {
        let columns = columns();
        columns
            .iter()
            .find(|(name, known)| **known == code && *name != code)
            .map(|(name, _)| name.clone())
            .expect("a name")
    }

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a zone")
    }

    fn shift(from: DateTime, until: DateTime, people: &[(Role, Id)]) -> Shift {
        let planned = crate::duty::pattern::Planned {
            day: from.date(),
            from,
            until,
            name: "夜班".into(),
            people: people.to_vec(),
        };
        Shift::of_plan(&planned, 1, 7, &zone())
    }

    fn written(shifts: &[Shift]) -> Vec<u8> {
        write(shifts, &staff(), &zone(), heading, |day| format!("周{}", day.weekday().to_monday_one_offset()))
            .expect("a file")
    }

    /// A spreadsheet as somebody types it.
    fn typed(rows: &[&[&str]]) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(*cells) {
                sheet.write_string(row, column, *cell).expect("a cell");
            }
        }
        book.save_to_buffer().expect("a file")
    }

    #[test]
    fn what_people_type_is_read() {
        let bytes = typed(&[
            &["值班", "结束", "开始", "日期", "带班领导"],
            &["林晓禾，周沐阳", "8:30", "08:30", "2026/3/10", "王伟(wang-a)"],
            &["keeper1", "17:30", "8：30", "2026年12月31日", ""],
            &["", "", "", "", ""],
            &["王伟", "17:30", "8:30", "2026-03-11", ""],
            &["林晓禾", "17:30", "25:30", "2026-03-11", ""],
            &["林晓禾", "17:30", "8:30", "2026-02-30", ""],
            &["张三", "17:30", "8:30", "2026-03-11", ""],
            &["", "17:30", "8:30", "2026-03-11", ""],
            &["林晓禾", "2026-03-20 8:30", "8:30", "2026-03-11", ""],
            &["keeper1", "17:30", "8：30", "2026年12月31日", ""],
        ]);
        let found = read(&bytes, &staff(), &columns());
        assert_eq!(found.lines.len(), 2);
        assert_eq!(found.lines[0].until, date(2026, 3, 11).at(8, 30, 0, 0), "the same time is a day later");
        assert_eq!(found.lines[0].people[0], Place { role: Role::Leader, account: 3 });
        assert_eq!(found.lines[1].until, date(2026, 12, 31).at(17, 30, 0, 0));
        let faults: Vec<(u32, &str)> = found.faults.iter().map(|fault| (fault.row, fault.key.as_str())).collect();
        assert_eq!(
            faults,
            [
                (5, "duty-refusal-two-of-that-name"),
                (6, "duty-sheet-time"),
                (7, "duty-sheet-day"),
                (8, "duty-refusal-unknown-person"),
                (9, "duty-sheet-nobody"),
                (10, "duty-refusal-shift-length"),
                (11, "duty-sheet-twice"),
            ]
        );
    }

    #[test]
    fn days_and_times_of_a_spreadsheet_are_read() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, name) in (0..).zip(["day", "from", "until", "on_duty"]) {
            sheet.write_string(0, column, name).expect("a cell");
        }
        // 2026-03-10, 16:00 and midnight, as spreadsheets keep them.
        for (column, number) in (0..).zip([46091.0, 2.0 / 3.0, 0.0]) {
            sheet.write_number(1, column, number).expect("a cell");
        }
        sheet.write_string(1, 3, "keeper1").expect("a cell");
        let found = read(&book.save_to_buffer().expect("a file"), &staff(), &columns());
        assert_eq!(found.faults, []);
        assert_eq!(found.lines[0].from, date(2026, 3, 10).at(16, 0, 0, 0));
        assert_eq!(found.lines[0].until, date(2026, 3, 11).at(0, 0, 0, 0));
    }

    #[test]
    fn what_is_no_roster_is_refused_in_a_sentence() {
        let key = |bytes: &[u8]| read(bytes, &staff(), &columns()).faults[0].key.clone();
        assert_eq!(key(b"day,from,until"), "duty-sheet-unreadable");
        assert_eq!(key(&vec![0; LARGEST + 1]), "duty-sheet-too-large");
        assert_eq!(key(&typed(&[])), "duty-sheet-empty");
        assert_eq!(key(&typed(&[&["日期", "值班"], &["2026-03-10", "林晓禾"]])), "duty-sheet-no-header");
        assert_eq!(key(&typed(&[&["日期", "开始", "结束"]])), "duty-sheet-empty");
        let row: &[&str] = &["x"];
        assert_eq!(key(&typed(&vec![row; MOST_ROWS + 2])), "duty-sheet-long");
        // One cell at the far end of the sheet costs one cell.
        let mut book = Workbook::new();
        book.add_worksheet().write_string(1_048_575, 16_383, "x").expect("a cell");
        assert_eq!(key(&book.save_to_buffer().expect("a file")), "duty-sheet-empty");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_roster_survives_the_way_there_and_back(rows in proptest::collection::vec((0i64..400, 0i8..24, 0i8..60, 1i64..2880, proptest::collection::btree_set((0usize..3, 1i64..6), 1..5)), 1..20)) {
            let mut shifts = Vec::new();
            for (days, hour, minute, length, people) in rows {
                let from = date(2026, 1, 1).saturating_add(days.days()).to_datetime(time(hour, minute, 0, 0));
                let mut people: Vec<(Role, Id)> = people.into_iter().map(|(role, id)| (Role::ALL[role], id)).collect();
                people.sort_by_key(|(role, _)| *role);
                let one = shift(from, from.saturating_add(length.minutes()), &people);
                if !shifts.iter().any(|other: &Shift| (other.from, other.until, &other.people) == (one.from, one.until, &one.people)) {
                    shifts.push(one);
                }
            }
            let found = read(&written(&shifts), &staff(), &columns());
            prop_assert_eq!(&found.faults, &[]);
            let again = super::shifts(&found.lines, 7, &zone(), || 1);
            prop_assert_eq!(again, shifts);
        }
    }

    #[test]
    fn a_cancelled_shift_is_not_written() {
        let mut one = shift(date(2026, 3, 10).at(8, 0, 0, 0), date(2026, 3, 10).at(9, 0, 0, 0), &[(Role::OnDuty, 1)]);
        one.is_cancelled = true;
        assert_eq!(read(&written(&[one]), &staff(), &columns()).lines, []);
    }
}
