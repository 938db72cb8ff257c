//! Workbooks to fill in, and what the city has in the same columns: what comes out, is changed and goes in again.

use super::judging::City;
use super::reading::vocabulary_of;
use super::roll::{Field, Said, Subject};
use super::show::{download, say};
use super::store;
use crate::app::App;
use crate::kit::error::Error;
use crate::people::account::is_administrator;
use crate::people::act::Post;
use crate::people::department::{KINDS, tree};
use crate::people::doors::Visit;
use axum::extract::{Path, State as Held};
use axum::response::Response;
use rust_xlsxwriter::{DataValidation, Format, FormatBorder, Formula, Workbook, XlsxError};

/// The media type of Excel's files.
pub(super) const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Down to which row of a workbook a choice is offered.
const OFFERED: u32 = 5_000;

fn broken(error: XlsxError) -> Error {
    Error::Internal(error.to_string())
}

/// A workbook of one sheet; nothing in it is a formula.
///
/// # Errors
/// Never: it is written into memory.
pub(super) fn sheet_of(rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold().set_border_bottom(FormatBorder::Thin);
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            match row {
                0 => sheet.write_string_with_format(row, column, cell, &head),
                _ => sheet.write_string(row, column, cell),
            }
            .map_err(broken)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(broken)?;
    sheet.autofit();
    book.save_to_buffer().map_err(broken)
}

/// `GET /admin/rolls/forms/{file}`: `staff.xlsx` and `departments.xlsx` with what the city has, `staff-form.xlsx` and
/// `departments-form.xlsx` to be filled in.
pub(super) async fn file(Held(app): Held<App>, visit: Visit, Path(file): Path<String>) -> Result<Response, Error> {
    let plain = file.strip_suffix(".xlsx").ok_or(Error::NotFound)?;
    let (word, is_form) = plain.strip_suffix("-form").map_or((plain, false), |word| (word, true));
    let subject = Subject::parse(word).ok_or(Error::NotFound)?;
    let city = app.db.read(|tx| async move { store::city(&tx).await }).await?;
    let rows = if is_form { vec![example(&app, &visit, subject, &city)] } else { known(&app, &visit, subject, &city) };
    Ok(download(&file, EXCEL, workbook(&app, &visit, subject, &city, &rows, is_form)?))
}

/// The name of a post or a kind, as it is read back.
fn name_of(app: &App, visit: &Visit, field: Field, word: &str) -> String {
    match field {
        Field::Post if !word.is_empty() => say(app, visit, &format!("people-post-{word}")),
        Field::Kind if !word.is_empty() => say(app, visit, &format!("people-kind-{word}")),
        _ => word.to_owned(),
    }
}

fn known(app: &App, visit: &Visit, subject: Subject, city: &City) -> Vec<Vec<String>> {
    let named = |said: &Said| -> Vec<String> {
        let cell = |field: &Field| name_of(app, visit, *field, said.get(field).map_or("", String::as_str));
        subject.fields().iter().map(cell).collect()
    };
    match subject {
        Subject::Staff => city
            .people
            .iter()
            .map(|one| {
                named(&Said::from([
                    (Field::EmployeeNumber, one.employee_number.clone()),
                    (Field::Login, one.login.clone()),
                    (Field::Name, one.name.clone()),
                    (Field::Post, one.post.word().to_owned()),
                    (Field::DepartmentCode, one.department_code.clone()),
                ]))
            })
            .collect(),
        Subject::Departments => tree(&city.departments)
            .into_iter()
            .map(|(_, one)| {
                let parent = city.departments.iter().find(|other| Some(other.id) == one.parent);
                named(&Said::from([
                    (Field::Code, one.code.clone()),
                    (Field::NameZh, one.name_zh.clone()),
                    (Field::NameEn, one.name_en.clone()),
                    (Field::ParentCode, parent.map_or(String::new(), |parent| parent.code.clone())),
                    (Field::Kind, one.kind.clone()),
                    (Field::Phone, one.phone.clone()),
                ]))
            })
            .collect(),
    }
}

/// A row as it may look, with a department that the city has.
fn example(app: &App, visit: &Visit, subject: Subject, city: &City) -> Vec<String> {
    let of_kind = |wanted: &str| city.departments.iter().find(|one| one.kind == wanted).or(city.departments.first());
    let code = |wanted: &str| of_kind(wanted).map_or(String::new(), |one| one.code.clone());
    let cell = |field: &Field| match field {
        Field::Post => name_of(app, visit, Field::Post, Post::Acceptor.word()),
        Field::Kind => name_of(app, visit, Field::Kind, "squad"),
        Field::DepartmentCode => code("supervision_centre"),
        Field::ParentCode => code("brigade"),
        other => say(app, visit, &format!("rolls-example-{}", other.word())),
    };
    subject.fields().iter().map(cell).collect()
}

/// The list on the first sheet, and behind it what may stand in its columns.
fn workbook(
    app: &App,
    visit: &Visit,
    subject: Subject,
    city: &City,
    rows: &[Vec<String>],
    is_form: bool,
) -> Result<Vec<u8>, Error> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold().set_background_color("#EEF4FB").set_border_bottom(FormatBorder::Thin);
    let grey = Format::new().set_font_color("#5B6770").set_italic();
    // Text keeps leading noughts and long numbers.
    let as_text = Format::new().set_num_format("@");
    let choices = choices(app, visit, subject, city);
    let sheet = book.add_worksheet();
    sheet.set_name(say(app, visit, &format!("rolls-subject-{}", subject.word()))).map_err(broken)?;
    for (column, field) in (0_u16..).zip(subject.fields()) {
        sheet.set_column_format(column, &as_text).map_err(broken)?;
        let label = say(app, visit, &format!("rolls-field-{}", field.word()));
        sheet.write_string_with_format(0, column, label, &head).map_err(broken)?;
        let hint = say(app, visit, &format!("rolls-hint-{}", field.word()));
        let mut says = DataValidation::new();
        if let Some((place, (_, _, rows))) = (0_u16..).zip(&choices).find(|(_, (known, ..))| known == field) {
            let sheet = say(app, visit, "rolls-sheet-choices").replace('\'', "''");
            let letter = char::from(b'A' + u8::try_from(place * 2).unwrap_or(0));
            let last = rows.len() + 1;
            says = says.allow_list_formula(Formula::new(format!("='{sheet}'!${letter}$2:${letter}${last}")));
            // A code or a name that is not offered may stand in the same file: the program judges, not the spreadsheet.
            says = says.show_error_message(false);
        } else {
            says = says.allow_any_value();
        }
        says = says
            .set_input_title(begun(&say(app, visit, &format!("rolls-field-{}", field.word())), 32))
            .map_err(broken)?;
        says = says.set_input_message(begun(&hint, 255)).map_err(broken)?;
        sheet.add_data_validation(1, column, OFFERED, column, &says).map_err(broken)?;
    }
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            let format = if is_form { &grey } else { &as_text };
            sheet.write_string_with_format(row, column, cell, format).map_err(broken)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(broken)?;
    sheet.autofit();
    explain(app, visit, &mut book, subject, is_form)?;
    let sheet = book.add_worksheet();
    sheet.set_name(say(app, visit, "rolls-sheet-choices")).map_err(broken)?;
    for (place, (field, names, rows)) in (0_u16..).zip(&choices) {
        let label = say(app, visit, &format!("rolls-field-{}", field.word()));
        sheet.write_string_with_format(0, place * 2, label, &head).map_err(broken)?;
        sheet.write_string_with_format(0, place * 2 + 1, names, &head).map_err(broken)?;
        for (row, (value, name)) in (1_u32..).zip(rows) {
            sheet.write_string(row, place * 2, value).map_err(broken)?;
            sheet.write_string(row, place * 2 + 1, name).map_err(broken)?;
        }
    }
    sheet.autofit();
    book.save_to_buffer().map_err(broken)
}

/// Excel shows so many characters beside a cell, and takes no more.
fn begun(text: &str, most: usize) -> String {
    crate::kit::words::begun(text, most)
}

fn explain(app: &App, visit: &Visit, book: &mut Workbook, subject: Subject, is_form: bool) -> Result<(), Error> {
    let head = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    let sheet = book.add_worksheet();
    sheet.set_name(say(app, visit, "rolls-sheet-notes")).map_err(broken)?;
    sheet.set_column_width(0, 22).map_err(broken)?;
    sheet.set_column_width(1, 90).map_err(broken)?;
    let mut row = 0;
    for field in subject.fields() {
        let needed = subject.needed().contains(field) || subject.keys() == [*field];
        let label = say(app, visit, &format!("rolls-field-{}", field.word()));
        let needs = say(app, visit, if needed { "rolls-needed" } else { "rolls-optional" });
        sheet.write_string_with_format(row, 0, label, &head).map_err(broken)?;
        let hint = format!("{needs}{}", say(app, visit, &format!("rolls-hint-{}", field.word())));
        sheet.write_string_with_format(row, 1, hint, &wrapped).map_err(broken)?;
        row += 1;
    }
    let more = [format!("rolls-notes-{}", subject.word()), "rolls-notes-all".to_owned()];
    for key in more.iter().map(String::as_str).chain(is_form.then_some("rolls-notes-example")) {
        row += 1;
        sheet.write_string_with_format(row, 1, say(app, visit, key), &wrapped).map_err(broken)?;
    }
    Ok(())
}

/// A column that offers something: the heading of the names beside it, what may be written and what that means.
type Offered = (Field, String, Vec<(String, String)>);

fn choices(app: &App, visit: &Visit, subject: Subject, city: &City) -> Vec<Offered> {
    let departments = || -> Vec<(String, String)> {
        let named = |(depth, one): (usize, &crate::people::department::Department)| {
            (one.code.clone(), format!("{}{}", "\u{3000}".repeat(depth), one.name(visit.lang)))
        };
        tree(&city.departments).into_iter().map(named).collect()
    };
    let words = vocabulary_of(app, subject);
    match subject {
        Subject::Staff => {
            let posts = Post::ALL.iter().filter(|post| !is_administrator(**post)).map(|post| {
                let name = name_of(app, visit, Field::Post, post.word());
                // A city whose names of posts are ambiguous writes the word instead.
                let value = if words.post(&name) == Some(*post) { name } else { post.word().to_owned() };
                (value, post.word().to_owned())
            });
            vec![
                (Field::Post, say(app, visit, "rolls-word"), posts.collect()),
                (Field::DepartmentCode, say(app, visit, "rolls-department"), departments()),
            ]
        }
        Subject::Departments => {
            let kinds = KINDS.iter().map(|kind| (name_of(app, visit, Field::Kind, kind), (*kind).to_owned()));
            vec![
                (Field::Kind, say(app, visit, "rolls-word"), kinds.collect()),
                (Field::ParentCode, say(app, visit, "rolls-department"), departments()),
            ]
        }
    }
}
