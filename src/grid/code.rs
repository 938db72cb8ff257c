//! The codes of unit grids: text of 15 or 16 digits, cut as the city's pattern says.
//!
//! Beijing writes 15 digits (region 6, street 3, community 3, serial 3; GB/T 2260 and GB/T 10114); other cities write
//! 16. A code is therefore kept as text and judged by the city's own pattern, for example `6+3+3+3`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kit::error::Refusal;

/// A city's pattern: the lengths of the parts, from region to serial, and the region code that must come first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodePattern {
    parts: Vec<usize>,
    region: String,
}

impl CodePattern {
    /// Reads `6+3+3+3`. Refuses what is no sum of lengths with `grid-code-pattern-unreadable`, and lengths that do not
    /// add up to 15 or 16 with `grid-code-pattern-length`.
    pub fn new(pattern: &str) -> Result<CodePattern, Refusal> {
        let unreadable = || Refusal::new("grid-code-pattern-unreadable").with("pattern", pattern.to_string());
        let parts = pattern
            .split('+')
            .map(|part| part.trim().parse::<usize>().ok().filter(|length| (1..=16).contains(length)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(unreadable)?;
        let length: usize = parts.iter().sum();
        if parts.len() < 2 {
            return Err(unreadable());
        }
        if !(15..=16).contains(&length) {
            return Err(Refusal::new("grid-code-pattern-length")
                .with("pattern", pattern.to_string())
                .with("length", length.to_string()));
        }
        Ok(CodePattern { parts, region: String::new() })
    }

    /// The same pattern, with the region code (or its first digits) that every code must begin with.
    pub fn within(mut self, region: &str) -> CodePattern {
        self.region = region.trim().to_string();
        self
    }

    /// How many digits a code has: 15 or 16.
    pub fn length(&self) -> usize {
        self.parts.iter().sum()
    }

    /// How many digits the serial number within the community has.
    pub fn serial_length(&self) -> usize {
        self.parts.last().copied().unwrap_or(0)
    }

    /// Judges a code. Refusals: `grid-code-missing`, `grid-code-not-digits`, `grid-code-length`,
    /// `grid-code-other-region`, `grid-code-serial-zero`.
    pub fn check(&self, code: &str) -> Result<(), Refusal> {
        let refuse = |key| Err(Refusal::new(key).with("code", code.to_string()));
        if code.is_empty() {
            return Err(Refusal::new("grid-code-missing"));
        }
        if !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse("grid-code-not-digits");
        }
        if code.len() != self.length() {
            return Err(Refusal::new("grid-code-length")
                .with("code", code.to_string())
                .with("length", code.len().to_string())
                .with("wanted", self.length().to_string()));
        }
        if !code.starts_with(&self.region) {
            return Err(Refusal::new("grid-code-other-region")
                .with("code", code.to_string())
                .with("region", self.region.clone()));
        }
        if code[code.len() - self.serial_length()..].bytes().all(|byte| byte == b'0') {
            return refuse("grid-code-serial-zero");
        }
        Ok(())
    }

    /// The parts of a code that passed [`check`](Self::check), from region to serial; `None` for any other text.
    pub fn split<'a>(&self, code: &'a str) -> Option<Vec<&'a str>> {
        self.check(code).ok()?;
        let mut rest = code;
        let mut found = Vec::with_capacity(self.parts.len());
        for length in &self.parts {
            let (part, after) = rest.split_at_checked(*length)?;
            found.push(part);
            rest = after;
        }
        Some(found)
    }

    /// The code of the serial number `serial` (from 1) in the community whose code is `community`.
    /// Refuses with `grid-code-serial-full` when the number needs more digits than the pattern has.
    pub fn compose(&self, community: &str, serial: usize) -> Result<String, Refusal> {
        let digits = self.serial_length();
        let code = format!("{community}{serial:0digits$}");
        if serial.to_string().len() > digits {
            return Err(Refusal::new("grid-code-serial-full")
                .with("community", community.to_string())
                .with("serial", serial.to_string()));
        }
        self.check(&code)?;
        Ok(code)
    }
}

impl FromStr for CodePattern {
    type Err = Refusal;

    /// `6+3+3+3`, or with the region before a colon: `440304:6+3+3+3`.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        match text.split_once(':') {
            Some((region, pattern)) => Ok(CodePattern::new(pattern)?.within(region)),
            None => CodePattern::new(text),
        }
    }
}

impl TryFrom<String> for CodePattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|_| format!("not a pattern of grid codes: {text}"))
    }
}

impl From<CodePattern> for String {
    fn from(pattern: CodePattern) -> String {
        let parts = pattern.parts.iter().map(usize::to_string).collect::<Vec<_>>().join("+");
        if pattern.region.is_empty() { parts } else { format!("{}:{parts}", pattern.region) }
    }
}

/// The order in which serial numbers are given within a community: from west to east in bands, the bands from north to
/// south (左到右、上到下). `places` are the positions (longitude, latitude) of the cells and `band` the height of a band
/// in degrees. Returns the indices of `places` in that order.
pub fn serial_order(places: &[(f64, f64)], band: f64) -> Vec<usize> {
    let band = if band > 0.0 { band } else { 1.0 };
    let top = places.iter().map(|place| place.1).fold(f64::MIN, f64::max);
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| {
        let row = |index: usize| ((top - places[index].1) / band).floor();
        row(a).total_cmp(&row(b)).then(places[a].0.total_cmp(&places[b].0)).then(a.cmp(&b))
    });
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_judged_by_the_pattern() {
        let pattern = CodePattern::new("6+3+3+3").unwrap().within("440304");
        for (code, good) in [
            ("440304001002003", true),
            ("440304001002000", false),
            ("44030400100200", false),
            ("4403040010020031", false),
            ("440305001002003", false),
            ("44030400100200A", false),
            ("44030400100200３", false),
            ("", false),
        ] {
            assert_eq!(pattern.check(code).is_ok(), good, "{code}");
        }
        assert_eq!(pattern.split("440304001002003"), Some(vec!["440304", "001", "002", "003"]));
        assert_eq!(pattern.compose("440304001002", 7).ok().as_deref(), Some("440304001002007"));
        assert!(pattern.compose("440304001002", 1000).is_err());
    }

    #[test]
    fn patterns_are_15_or_16_digits() {
        for (text, good) in [
            ("6+3+3+3", true),
            ("6+3+3+4", true),
            ("440304:6+3+3+4", true),
            ("6+3+3+2", false),
            ("15", false),
            ("6+3+x", false),
            ("", false),
            ("0+15", false),
        ] {
            assert_eq!(text.parse::<CodePattern>().is_ok(), good, "{text}");
        }
        let pattern: CodePattern = serde_json::from_str("\"440304:6+3+3+4\"").unwrap();
        assert_eq!(serde_json::to_string(&pattern).unwrap(), "\"440304:6+3+3+4\"");
    }

    #[test]
    fn serials_run_west_to_east_then_north_to_south() {
        let places = [(1.0, 0.0), (0.0, 0.0), (1.0, 1.02), (0.0, 1.0)];
        assert_eq!(serial_order(&places, 0.5), vec![3, 2, 1, 0]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_check(text in "\\PC{0,20}") {
            let pattern = CodePattern::new("6+3+3+3").unwrap();
            let _ = pattern.check(&text);
            let _ = pattern.split(&text);
        }

        #[test]
        fn composed_codes_are_good(serial in 1usize..=999) {
            let pattern = CodePattern::new("6+3+3+3").unwrap().within("110105");
            prop_assert!(pattern.check(&pattern.compose("110105001001", serial).unwrap()).is_ok());
        }
    }
}
