//! Case numbers: how a city writes them, `cases.number` in its `city.toml`.

use jiff::ZonedDateTime;
use toml::{Table, Value};

/// The pattern of a city's case numbers, such as `WL{yyyymmdd}{serial:4}`: letters, digits and hyphens as they stand, the
/// day of opening by `{yyyy}`, `{yy}`, `{mm}`, `{dd}` or several in one, and one serial with its least number of digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Letters(String),
    /// A part of the civil day, as `strftime` writes it.
    Day(&'static str),
    Serial(usize),
}

/// The longest number that a city's pattern may make, in characters.
const LONGEST: usize = 32;

impl Default for NumberPattern {
    fn default() -> NumberPattern {
        let day = ["%Y", "%m", "%d"].map(Piece::Day);
        NumberPattern(day.into_iter().chain([Piece::Letters("-".into()), Piece::Serial(4)]).collect())
    }
}

impl NumberPattern {
    /// Reads `cases.number`; a city that says nothing numbers by day, `20261124-0001`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<NumberPattern, String> {
        match city.get("cases").and_then(|cases| cases.get("number")) {
            None => Ok(NumberPattern::default()),
            Some(Value::String(text)) => {
                NumberPattern::read(text).map_err(|why| format!("cases.number: {text:?} {why}"))
            }
            Some(_) => Err("cases.number must be a text such as \"WL{yyyymmdd}{serial:4}\"".into()),
        }
    }

    fn read(text: &str) -> Result<NumberPattern, &'static str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (letters, after) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            if !letters.chars().all(|letter| letter.is_alphanumeric() || letter == '-') {
                return Err("may hold letters, digits, hyphens and {…}");
            }
            if !letters.is_empty() {
                pieces.push(Piece::Letters(letters.to_owned()));
            }
            let Some(inside) = after.strip_prefix('{') else { break };
            let (field, after) = inside.split_once('}').ok_or("has a { without its }")?;
            match field.split_once(':') {
                Some(("serial", digits)) => {
                    let digits = digits.parse().ok().filter(|digits| (1..=12).contains(digits));
                    pieces.push(Piece::Serial(digits.ok_or("wants {serial:N} with N from 1 to 12")?));
                }
                _ => day(field, &mut pieces)?,
            }
            rest = after;
        }
        let serials = pieces.iter().filter(|piece| matches!(piece, Piece::Serial(_))).count();
        if serials != 1 {
            return Err("needs {serial:N} once");
        }
        let pattern = NumberPattern(pieces);
        let parts = pattern.parts();
        if parts.contains(&"%d") && !parts.contains(&"%m") || parts.contains(&"%m") && !parts.contains(&"%y") {
            return Err("names a day without its month or a month without its year, so numbers would come twice");
        }
        if pattern.write(&ZonedDateTime::default(), 1).chars().count() > LONGEST {
            return Err("makes numbers of more than 32 characters");
        }
        Ok(pattern)
    }

    /// Which parts of the day stand in it; a year counts as `%y`, however it is written.
    fn parts(&self) -> Vec<&'static str> {
        let part = |piece: &Piece| match piece {
            Piece::Day("%Y") => Some("%y"),
            Piece::Day(part) => Some(*part),
            _ => None,
        };
        self.0.iter().filter_map(part).collect()
    }

    /// The name of the count that the serial comes from: it begins anew with each day, month or year, whichever is the
    /// shortest that stands in the number.
    pub fn count(&self, opened: &ZonedDateTime) -> String {
        let parts = self.parts();
        let period = ["%Y%m%d", "%Y%m", "%Y"];
        let shortest = ["%d", "%m", "%y"].iter().position(|part| parts.contains(part));
        shortest.map_or_else(|| "case".to_owned(), |at| format!("case-{}", opened.strftime(period[at])))
    }

    /// The number of the `serial`-th case of its period, opened at that moment on the city's clock. A serial of more
    /// digits than the pattern foresees is written whole.
    pub fn write(&self, opened: &ZonedDateTime, serial: i64) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Letters(letters) => letters.clone(),
            Piece::Day(part) => opened.strftime(part).to_string(),
            Piece::Serial(digits) => format!("{serial:0digits$}"),
        };
        self.0.iter().map(piece).collect()
    }
}

/// The parts of a day that a field such as `yyyymmdd` names.
fn day(field: &str, pieces: &mut Vec<Piece>) -> Result<(), &'static str> {
    const PARTS: [(&str, &str); 4] = [("yyyy", "%Y"), ("yy", "%y"), ("mm", "%m"), ("dd", "%d")];
    let mut rest = field;
    loop {
        let part = PARTS.iter().find_map(|(word, part)| rest.strip_prefix(word).map(|after| (after, *part)));
        let (after, part) = part.ok_or("knows {yyyy}, {yy}, {mm}, {dd}, several in one, and {serial:N}")?;
        pieces.push(Piece::Day(part));
        if after.is_empty() {
            return Ok(());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opened(text: &str) -> ZonedDateTime {
        text.parse().expect("a moment")
    }

    fn pattern(text: &str) -> NumberPattern {
        NumberPattern::read(text).expect("a pattern")
    }

    #[test]
    fn numbers_as_cities_write_them() {
        let at = opened("2026-03-09T08:00:00+08:00[Asia/Shanghai]");
        for (text, serial, number, count) in [
            ("WL{yyyymmdd}{serial:4}", 7, "WL202603090007", "case-20260309"),
            ("{yy}{mm}-{serial:5}", 123, "2603-00123", "case-202603"),
            ("城管{yyyy}{serial:6}", 1, "城管2026000001", "case-2026"),
            ("{serial:8}", 42, "00000042", "case"),
            ("WL{yyyymmdd}{serial:4}", 10_000, "WL2026030910000", "case-20260309"),
        ] {
            assert_eq!(pattern(text).write(&at, serial), number);
            assert_eq!(pattern(text).count(&at), count);
        }
        assert_eq!(NumberPattern::default().write(&at, 7), "20260309-0007");
    }

    #[test]
    fn what_would_count_twice_or_not_at_all_is_refused() {
        for text in ["WL{yyyymmdd}", "{serial:4}{serial:4}", "{dd}{serial:4}", "{yyyy}{dd}{serial:3}", "{mm}{serial:4}"]
        {
            assert!(NumberPattern::read(text).is_err(), "{text}");
        }
        for text in
            ["{serial:0}", "{serial}", "{serial:99}", "{week}{serial:4}", "{yyyy{serial:4}", "a b{serial:4}", ""]
        {
            assert!(NumberPattern::read(text).is_err(), "{text}");
        }
        assert!(NumberPattern::read(&format!("{}{{serial:4}}", "长".repeat(40))).is_err());
    }

    proptest! {
        /// Two cases of one city never have the same number, whatever days they were opened on.
        #[test]
        fn no_number_comes_twice(
            days in (0_i64..4000, 0_i64..4000), serials in (1_i64..99_999, 1_i64..99_999),
            text in prop::sample::select(vec!["WL{yyyymmdd}-{serial:4}", "{yy}{mm}-{serial:2}", "{yyyy}-{serial:3}", "{serial:4}"]),
        ) {
            let pattern = pattern(text);
            let on = |days: i64| opened("2020-01-01T00:00:00Z[UTC]").checked_add(jiff::Span::new().days(days)).expect("a day");
            let (one, other) = (on(days.0), on(days.1));
            let is_same = (pattern.count(&one), serials.0) == (pattern.count(&other), serials.1);
            prop_assert_eq!(pattern.write(&one, serials.0) == pattern.write(&other, serials.1), is_same);
        }
    }
}
