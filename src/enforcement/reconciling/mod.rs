//! What the bank reported, kept and compared (银行对账): every file with its lines, the lines that fit no case, which somebody matches
//! by hand in two steps, the totals of each day, and all of it as a file. Whoever collects decides nothing (罚缴分离).

pub mod store;

use self::store::{File, Kept, State, Wanted};
use super::case::{Act, Case, Step};
use super::doing::carry_on;
use super::money::{Payment, Towards};
use super::store::{self as cases, Scope};
use crate::app::App;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Typed, yuan};
use crate::kit::id::Id;
use crate::kit::sheets::Csv;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest reason, in characters.
const LONGEST: usize = 500;
/// The media type of Excel's files.
const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[derive(Serialize)]
struct Row {
    id: String,
    line: i64,
    number: String,
    on: String,
    amount: String,
    receipt: String,
    state: &'static str,
    why: String,
    words: String,
    href: String,
    case: String,
    revision: i64,
    is_open: bool,
    is_payment: bool,
}

fn rows(app: &App, visit: &Visit, lines: &[Kept], numbers: &BTreeMap<Id, String>) -> Vec<Row> {
    let one = |line: &Kept| {
        let args: Vec<(&str, String)> =
            line.why_args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        Row {
            id: line.id.to_string(),
            line: line.line,
            number: line.number.clone(),
            on: line.on.clone(),
            amount: line.amount.map_or_else(|| line.amount_text.clone(), yuan),
            receipt: line.receipt.clone(),
            state: line.state.word(),
            why: if line.why.is_empty() { String::new() } else { app.pages.say(visit.lang, &line.why, &args) },
            words: line.words.clone(),
            href: line.case.map(|case| format!("/enforcement/{case}")).unwrap_or_default(),
            case: line.case.and_then(|case| numbers.get(&case).cloned()).unwrap_or_default(),
            revision: line.revision,
            is_open: line.state.is_open(),
            is_payment: payment(line).is_some(),
        }
    };
    lines.iter().map(one).collect()
}

async fn read(tx: &Tx, wanted: &Wanted) -> Result<(Vec<Kept>, BTreeMap<Id, String>), DbError> {
    let lines = store::lines(tx, wanted).await?;
    let mut named: Vec<Id> = lines.iter().filter_map(|line| line.case).collect();
    named.sort_unstable();
    named.dedup();
    Ok((lines, store::numbers(tx, &named).await?))
}

/// The payment that a line reports, when it can be read.
fn payment(line: &Kept) -> Option<Payment> {
    Some(Payment {
        on: line.on.parse().ok()?,
        amount: line.amount?,
        towards: Towards::parse(&line.towards)?,
        receipt: Some(line.receipt.clone()).filter(|receipt| !receipt.is_empty())?,
    })
}

/// `GET /enforcement/payments/files/{id}`: a file as it was taken in, and what became of each line.
///
/// # Errors
/// [`Error::NotFound`]; when the database fails.
pub async fn file(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        let file = store::load_file(&tx, id).await?;
        let by = crate::people::store::name_of(&tx, Some(file.by)).await?;
        let (lines, numbers) = self::read(&tx, &Wanted::File(id)).await?;
        Ok::<_, Error>((file, by, lines, numbers))
    });
    let (file, by, lines, numbers) = read.await?;
    let page = context! {
        file => shown(&file), by, rows => Serde(rows(&app, &visit, &lines, &numbers)), is_open => false,
        errors => Vec::<minijinja::Value>::new(), refused => "",
    };
    Ok(app.page(&visit, "enforcement/bank_lines.html", page)?.into_response())
}

/// A file as pages show it.
pub fn shown(file: &File) -> minijinja::Value {
    context! {
        id => file.id.to_string(), name => file.name.as_str(), digest => file.digest.as_str(), at => file.at.0,
        lines => file.lines,
    }
}

/// `GET /enforcement/payments/open`: the lines that somebody still has to look at.
///
/// # Errors
/// When the database fails.
pub async fn open(Held(app): Held<App>, visit: Visit) -> Result<Response, Error> {
    draw_open(&app, &visit, None).await
}

async fn draw_open(app: &App, visit: &Visit, problem: Option<(Id, &Refusal)>) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move { self::read(&tx, &Wanted::Open).await });
    let (lines, numbers) = read.await.map_err(Error::Db)?;
    let text = problem.map(|(_, refusal)| app.pages.say(visit.lang, refusal.key, &refusal.args));
    let page = context! {
        file => (), by => "", is_open => true,
        rows => Serde(rows(app, visit, &lines, &numbers)),
        refused => problem.map(|(line, _)| line.to_string()).unwrap_or_default(),
        errors => problem.iter().zip(&text).map(|((line, _), message)| {
            context! { field => format!("number-{line}"), message => message.as_str() }
        }).collect::<Vec<_>>(),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "enforcement/bank_lines.html", page)?).into_response())
}

/// `POST /enforcement/payments/lines/{id}/{act}`: `propose` a case, `post` what was proposed, `undo` with a reason, `set-aside` with a
/// reason.
///
/// # Errors
/// [`Error::NotFound`] for an unknown line or act; [`DbError::Stale`] when somebody was faster; refusals are drawn.
pub async fn settle(
    Held(app): Held<App>,
    visit: Visit,
    Path((id, act)): Path<(Id, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (actor, typed) = (visit.actor()?.clone(), Typed::of(pairs));
    match settled(&app, &actor, id, &act, &typed).await {
        Ok(case) => {
            if let Some(case) = case {
                app.tell(cases::SUBJECT, case);
            }
            Ok(Redirect::to("/enforcement/payments/open").into_response())
        }
        Err(Error::Refused(refusal)) => draw_open(&app, &visit, Some((id, &refusal))).await,
        Err(error) => Err(error),
    }
}

async fn settled(app: &App, actor: &Actor, id: Id, act: &str, typed: &Typed) -> Result<Option<Id>, Error> {
    let (held_app, actor, act, typed) = (app.clone(), actor.clone(), act.to_owned(), typed.clone());
    let now = app.clock.now();
    let done = app.db.write(move |tx| {
        let (app, actor, act, typed) = (held_app.clone(), actor.clone(), act.clone(), typed.clone());
        async move {
            let mut line = store::load(&tx, id).await?;
            let before = line.revision;
            if typed.text("revision").parse::<i64>().is_ok_and(|seen| seen != before) {
                return Err(DbError::Stale.into());
            }
            let moved = || Error::Refused(Refusal::new("enforcement-bank-moved"));
            let mut posted = None;
            match act.as_str() {
                "propose" if line.state.is_open() => {
                    let paid = payment(&line).ok_or_else(|| Refusal::new("enforcement-bank-no-payment"))?;
                    let number = typed.needed("number", 60)?;
                    let held = match cases::load_by_number(&tx, &number, &Scope::of(&actor)?).await {
                        Err(Error::NotFound) => return Err(Refusal::new("enforcement-bank-no-case").into()),
                        other => other?,
                    };
                    already(&held.case, &paid)?;
                    (line.state, line.case) = (State::Proposed, Some(held.case.id));
                    line.words = typed.words("words", LONGEST)?;
                }
                "post" if line.state == State::Proposed => {
                    let paid = payment(&line).ok_or_else(moved)?;
                    let held = cases::load(&tx, line.case.ok_or_else(moved)?, &Scope::of(&actor)?).await?;
                    already(&held.case, &paid)?;
                    let by = cases::acting(&actor)?;
                    posted = Some(held.case.id);
                    let act = Act::RecordPayment { payment: paid };
                    carry_on(&app, &tx, held, &by, Step::RecordPayment, &act, now, &[], "").await?;
                    line.state = State::Matched;
                }
                "undo" if matches!(line.state, State::Proposed | State::SetAside) => {
                    line.words = typed.needed("words", LONGEST)?;
                    (line.state, line.case) = (State::Unmatched, None);
                }
                "set-aside" if line.state.is_open() => {
                    line.words = typed.needed("words", LONGEST)?;
                    (line.state, line.case) = (State::SetAside, None);
                }
                "propose" | "post" | "undo" | "set-aside" => return Err(moved()),
                _ => return Err(Error::NotFound),
            }
            store::settle(&tx, &line, before, &act, actor.account, now).await?;
            Ok(posted)
        }
    });
    done.await
}

/// Refuses a payment that a case has already.
fn already(case: &Case, paid: &Payment) -> Result<(), Refusal> {
    let mut known = case.account.iter().flat_map(|account| &account.payments);
    match known.find(|one| one.receipt == paid.receipt && one.towards == paid.towards) {
        Some(known) => Err(Refusal::new("enforcement-bank-differs").with("amount", yuan(known.amount))),
        None => Ok(()),
    }
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    month: String,
}

/// The month that is asked for, `2026-03`; this one otherwise.
fn month_of(app: &App, asked: &Asked) -> jiff::civil::Date {
    let today = app.calendar.date_of(app.clock.now());
    format!("{}-01", asked.month).parse().unwrap_or_else(|_| today.first_of_month())
}

/// What came together on a day, in fen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Day {
    /// Fines that were decided.
    decided: i64,
    /// Posted from the bank's lines.
    posted: i64,
    /// On the bank's lines, and there already: cash that was handed over, or a file sent twice.
    known: i64,
    /// On the bank's lines, and not settled.
    open: i64,
    /// Cash that the bank got, as the cases say.
    cash: i64,
}

/// The totals of each day. A receipt that several files report counts once.
fn totals(lines: &[Kept], decided: &[(String, i64)], cash: &[(String, i64)]) -> BTreeMap<String, Day> {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    // What was posted counts before what only reports it again.
    let order = |line: &&Kept| matches!(line.state, State::Known);
    let mut lines: Vec<&Kept> = lines.iter().collect();
    lines.sort_by_key(order);
    for line in lines {
        let amount = line.amount.unwrap_or(0);
        let day = days.entry(line.on.clone()).or_default();
        let is_new = seen.insert((line.receipt.clone(), line.towards.clone(), line.case));
        match line.state {
            State::Matched if is_new => day.posted += amount,
            State::Known if is_new => day.known += amount,
            State::Unmatched | State::Refused | State::Proposed => day.open += amount,
            State::Matched | State::Known | State::SetAside => {}
        }
    }
    for (on, amount) in decided {
        days.entry(on.clone()).or_default().decided += amount;
    }
    for (on, amount) in cash {
        days.entry(on.clone()).or_default().cash += amount;
    }
    days
}

/// `GET /enforcement/payments/days`: the totals of a month, day by day.
///
/// # Errors
/// When the database fails.
pub async fn days(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let first = month_of(&app, &asked);
    let month = first.strftime("%Y-%m").to_string();
    let next = first.saturating_add(jiff::Span::new().months(1));
    let midnight = |day: jiff::civil::Date| app.calendar.moment(day, jiff::civil::Time::midnight());
    let (from, until, wanted) = (midnight(first), midnight(next), month.clone());
    let read = app.db.read(move |tx| {
        let month = wanted.clone();
        async move {
            let lines = store::lines(&tx, &Wanted::Month(month.clone())).await?;
            Ok::<_, DbError>((lines, store::decided(&tx, from, until).await?, store::with_cash(&tx, &month).await?))
        }
    });
    let (lines, decided, with_cash) = read.await.map_err(Error::Db)?;
    let decided: Vec<(String, i64)> =
        decided.into_iter().map(|(at, fine)| (app.calendar.date_of(at).to_string(), fine)).collect();
    let cash: Vec<(String, i64)> = with_cash
        .iter()
        .flat_map(|case| &case.cash)
        .filter_map(|cash| Some((cash.at_bank_on?.to_string(), cash.amount)))
        .filter(|(on, _)| on.starts_with(&month))
        .collect();
    let row = |on: &str, day: &Day| {
        context! {
            on, decided => yuan(day.decided), posted => yuan(day.posted), known => yuan(day.known), open => yuan(day.open),
            cash => yuan(day.cash), gap => yuan(day.known - day.cash), is_even => day.known == day.cash && day.open == 0,
        }
    };
    let days = totals(&lines, &decided, &cash);
    let sum = days.values().fold(Day::default(), |sum, day| Day {
        decided: sum.decided + day.decided,
        posted: sum.posted + day.posted,
        known: sum.known + day.known,
        open: sum.open + day.open,
        cash: sum.cash + day.cash,
    });
    let page = context! {
        month => month.as_str(),
        rows => days.iter().map(|(on, day)| row(on, day)).collect::<Vec<_>>(),
        sum => row("", &sum),
    };
    Ok(app.page(&visit, "enforcement/bank_days.html", page)?.into_response())
}

/// The table of a month's lines, as it leaves: the heading and each line.
async fn table(app: &App, visit: &Visit, asked: &Asked) -> Result<(String, Vec<Vec<String>>), Error> {
    let month = month_of(app, asked).strftime("%Y-%m").to_string();
    let wanted = Wanted::Month(month.clone());
    let read = app.db.read(move |tx| {
        let wanted = wanted.clone();
        async move { self::read(&tx, &wanted).await }
    });
    let (lines, numbers) = read.await.map_err(Error::Db)?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let heading = ["on", "number", "case", "amount", "receipt", "state", "why", "words"];
    let mut table =
        vec![heading.iter().map(|name| say(&format!("enforcement-bank-column-{name}"))).collect::<Vec<_>>()];
    for row in rows(app, visit, &lines, &numbers) {
        let state = say(&format!("enforcement-bank-state-{}", row.state));
        table.push(vec![row.on, row.number, row.case, row.amount, row.receipt, state, row.why, row.words]);
    }
    Ok((month, table))
}

fn download(name: &str, media: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// `GET /enforcement/payments/lines.csv`.
///
/// # Errors
/// When the database fails.
pub async fn csv(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (month, table) = table(&app, &visit, &asked).await?;
    // The mark by which spreadsheets know the writing.
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: String| Error::Internal(error);
    for row in &table {
        csv.write_record(row).map_err(|error| broken(error.to_string()))?;
    }
    let bytes = csv.into_inner().map_err(|error| broken(error.to_string()))?;
    Ok(download(&format!("bank-{month}.csv"), "text/csv; charset=utf-8", bytes))
}

/// `GET /enforcement/payments/lines.xlsx`.
///
/// # Errors
/// When the database fails.
pub async fn xlsx(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let (month, table) = table(&app, &visit, &asked).await?;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let broken = |error: rust_xlsxwriter::XlsxError| Error::Internal(error.to_string());
    for (row, cells) in (0_u32..).zip(&table) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell).map_err(broken)?;
        }
    }
    let bytes = book.save_to_buffer().map_err(broken)?;
    Ok(download(&format!("bank-{month}.xlsx"), EXCEL, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(on: &str, amount: i64, receipt: &str, state: State) -> Kept {
        Kept {
            on: on.to_owned(),
            amount: Some(amount),
            receipt: receipt.to_owned(),
            towards: "fine".to_owned(),
            state,
            ..store::fresh(1, 2, "2026-00001", "")
        }
    }

    #[test]
    fn a_day_counts_each_receipt_once_and_what_is_open_beside_it() {
        let lines = [
            line("2026-03-02", 100, "A1", State::Known),
            line("2026-03-02", 100, "A1", State::Matched),
            line("2026-03-02", 50, "A2", State::Unmatched),
            line("2026-03-02", 70, "A3", State::SetAside),
            line("2026-03-03", 30, "B1", State::Known),
            line("2026-03-03", 30, "B1", State::Known),
        ];
        let days = totals(&lines, &[("2026-03-02".to_owned(), 500)], &[("2026-03-03".to_owned(), 30)]);
        assert_eq!(days["2026-03-02"], Day { decided: 500, posted: 100, known: 0, open: 50, cash: 0 });
        assert_eq!(days["2026-03-03"], Day { decided: 0, posted: 0, known: 30, open: 0, cash: 30 });
    }
}
