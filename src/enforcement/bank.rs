//! What a bank reports: a file of payments, line by line. Pure: a text in, lines out.

use super::money::{Payment, Towards};
use crate::kit::error::Refusal;
use crate::kit::fields::Typed;

/// The most lines of one file.
pub const MOST_LINES: usize = 5_000;
/// The most characters of a receipt's number.
const LONGEST: usize = 60;

/// The headings that each column may have.
const HEADINGS: [(&str, &[&str]); 5] = [
    ("number", &["number", "case", "案号", "案件编号"]),
    ("on", &["date", "paid_on", "日期", "缴款日期", "交易日期"]),
    ("amount", &["amount", "金额", "缴款金额", "交易金额"]),
    ("receipt", &["receipt", "票据号", "票据号码", "缴款书号", "流水号"]),
    ("towards", &["for", "towards", "用途", "款项"]),
];

/// A line of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Where it stands, from 2: the first is the heading.
    pub line: u64,
    /// The number of the case, as written.
    pub number: String,
    /// The amount as written, for the page.
    pub amount: String,
    /// The payment, or what is wrong with it.
    pub payment: Result<Payment, Refusal>,
}

/// Reads the text of a file with a heading line.
///
/// # Errors
/// `enforcement-bank-unreadable`, `enforcement-bank-column` with the column that is missing, `enforcement-bank-too-long`.
pub fn read(text: &str) -> Result<Vec<Line>, Refusal> {
    let unreadable = || Refusal::new("enforcement-bank-unreadable").on("file");
    let text = text.trim_start_matches('\u{feff}');
    let tabs = text.lines().next().is_some_and(|first| first.contains('\t'));
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(if tabs { b'\t' } else { b',' })
        .from_reader(text.as_bytes());
    let headings: Vec<String> =
        reader.headers().map_err(|_| unreadable())?.iter().map(|heading| heading.trim().to_lowercase()).collect();
    let column = |name: &str| {
        let known = HEADINGS.iter().find(|(column, _)| *column == name).map_or(&[][..], |(_, known)| *known);
        headings.iter().position(|heading| known.contains(&heading.as_str()))
    };
    for (name, known) in HEADINGS.iter().filter(|(name, _)| *name != "towards") {
        if column(name).is_none() {
            let known = if known.is_empty() { (*name).to_owned() } else { known.join(" / ") };
            return Err(Refusal::new("enforcement-bank-column").with("column", known).on("file"));
        }
    }
    let mut lines = Vec::new();
    for (index, record) in reader.records().enumerate() {
        if lines.len() >= MOST_LINES {
            return Err(Refusal::new("enforcement-bank-too-long").with("most", MOST_LINES).on("file"));
        }
        let record = record.map_err(|_| unreadable())?;
        let line = record.position().map_or(index as u64 + 2, |at| {
            // The reader counts empty lines before a record to the record.
            let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
            let empty = text.get(from..).unwrap_or_default().chars().take_while(|one| matches!(one, '\n' | '\r'));
            at.line() + empty.filter(|one| *one == '\n').count() as u64
        });
        let cell =
            |name: &str| column(name).and_then(|column| record.get(column)).unwrap_or_default().trim().to_owned();
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let typed = Typed::of(HEADINGS.iter().map(|(name, _)| ((*name).to_owned(), cell(name))));
        lines.push(Line { line, number: cell("number"), amount: cell("amount"), payment: payment(&typed) });
    }
    Ok(lines)
}

fn payment(typed: &Typed) -> Result<Payment, Refusal> {
    typed.needed("number", LONGEST)?;
    // Banks write 20261130 and 2026/11/30 as well.
    let day = typed.text("on").replace(['/', '.'], "-");
    let day = match day.len() {
        8 if day.chars().all(|one| one.is_ascii_digit()) => format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]),
        _ => day,
    };
    let on = Typed::of([("on".to_owned(), day)]).day("on")?;
    let towards = match typed.text("towards") {
        "" | "罚款" | "fine" => Towards::Fine,
        "加处罚款" | "late-fee" | "late fee" => Towards::LateFee,
        _ => return Err(Refusal::new("form-choose").on("towards")),
    };
    Ok(Payment { on, amount: typed.money("amount")?, towards, receipt: typed.needed("receipt", LONGEST)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_banks_file_is_read_line_by_line_and_a_bad_line_is_named() {
        let text = "\u{feff}案号,日期,金额,票据号,用途\n2026-00001,20261130,\"1,000.00\",A1,罚款\n\n2026-00002,2026/12/1,50,A2,\n\
                    2026-00003,30.11,50,A3,\n2026-00004,2026-12-01,五十,A4,\n2026-00005,2026-12-01,50,,\n,2026-12-01,50,A6,\n2026-00007,2026-12-01,9,A7,加处罚款\n";
        let lines = read(text).expect("a file");
        let seen: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.line,
                    line.payment.as_ref().map(|one| (one.on, one.amount, one.towards)).map_err(|refusal| refusal.key),
                )
            })
            .collect();
        let day = date(2026, 12, 1);
        assert_eq!(
            seen,
            [
                (2, Ok((date(2026, 11, 30), 100_000, Towards::Fine))),
                (4, Err("form-day")),
                (5, Err("form-day")),
                (6, Err("form-money")),
                (7, Err("form-missing")),
                (8, Err("form-missing")),
                (9, Ok((day, 900, Towards::LateFee))),
            ]
        );
    }

    #[test]
    fn a_file_without_a_column_or_without_end_is_refused() {
        assert_eq!(read("案号,金额\n1,2\n").map_err(|refusal| refusal.key), Err("enforcement-bank-column"));
        let long = format!("案号,日期,金额,票据号\n{}", "1,2026-12-01,5,A\n".repeat(MOST_LINES + 1));
        assert_eq!(read(&long).map_err(|refusal| refusal.key), Err("enforcement-bank-too-long"));
    }
}
