//! A partner: another system, which of its services are which of ours, and what goes there by itself.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::kit::words::enum_of_words;
use std::collections::HashSet;

/// The longest of what is written about services or rules, in characters.
pub const LONGEST: usize = 20_000;

enum_of_words! {
    /// How a partner is spoken to.
    Format {
        /// JSON.
        Json = "json",
        /// XML, which every system of the specification speaks.
        Xml = "xml",
    }
}

enum_of_words! {
    /// What is fetched from a partner.
    Takes {
        /// Nothing.
        Nothing = "nothing",
        /// What is new about what was sent there.
        Updates = "updates",
        /// That, and its requests, which become reports of ours.
        Requests = "requests",
    }
}

enum_of_words! {
    /// What is sent to a partner.
    Sends {
        /// Nothing.
        Nothing = "nothing",
        /// What somebody sends on from the page of a case.
        ByHand = "by_hand",
        /// That, and what the rules say.
        ByRule = "by_rule",
    }
}

/// One line of what corresponds: a service of ours and one of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Ours: a sub-class as forms name it, or `other`, or `*` for whatever has no line of its own.
    pub ours: String,
    /// Theirs.
    pub theirs: String,
    /// Whether it is read from us to them, from them to us, or both ways.
    pub way: Way,
    /// What is answered to questions of theirs: code and answer.
    pub answers: Vec<(String, String)>,
}

/// In which direction a line is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `=`.
    Both,
    /// `>`: from us to them.
    Out,
    /// `<`: from them to us.
    In,
}

/// Reads what corresponds: a line each, such as `event-0110 = 42`, `* > 99; PLACE=street` or `event-0110 < 43`. What begins with `#` and empty
/// lines are left alone. `knows` says whether a service of ours exists.
///
/// # Errors
/// `exchange-services-line` (`line`, `text`), `exchange-service-unknown` (`line`, `code`), on the field `services`.
pub fn matches(text: &str, knows: impl Fn(&str) -> bool) -> Result<Vec<Match>, Refusal> {
    let mut found = Vec::new();
    for (line, content) in lines(text) {
        let wrong = || Refusal::new("exchange-services-line").with("line", line).with("text", content).on("services");
        let mut parts = content.split(';').map(str::trim);
        let head = parts.next().unwrap_or_default();
        let at = head.find(['=', '<', '>']).ok_or_else(wrong)?;
        let (ours, rest) = head.split_at(at);
        let (ours, theirs) = (ours.trim(), rest.get(1..).unwrap_or_default().trim());
        let way = match rest.as_bytes().first() {
            Some(b'>') => Way::Out,
            Some(b'<') => Way::In,
            _ => Way::Both,
        };
        let is_code =
            |text: &str| !text.is_empty() && text.chars().count() <= 100 && !text.contains(char::is_whitespace);
        if !is_code(ours) || !is_code(theirs) || (ours == "*" && way != Way::Out) {
            return Err(wrong());
        }
        if ours != "*" && !knows(ours) {
            let refusal = Refusal::new("exchange-service-unknown").with("line", line).with("code", ours);
            return Err(refusal.on("services"));
        }
        let mut answers = Vec::new();
        for part in parts.filter(|part| !part.is_empty()) {
            let (code, answer) = part.split_once('=').ok_or_else(wrong)?;
            if !is_code(code.trim()) || answer.trim().is_empty() {
                return Err(wrong());
            }
            answers.push((code.trim().to_owned(), answer.trim().to_owned()));
        }
        found.push(Match { ours: ours.to_owned(), theirs: theirs.to_owned(), way, answers });
    }
    Ok(found)
}

/// What of ours goes by itself: a service of ours or `*`, and the beginning of an area's code or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The service.
    pub service: String,
    /// The area.
    pub area: String,
}

impl Rule {
    /// Whether it speaks of a service at a place, whose codes of areas and unit grid are given.
    pub fn fits(&self, service: &str, areas: &[&str]) -> bool {
        let is_service = self.service == "*" || self.service == service;
        let is_area = self.area == "*" || areas.iter().any(|area| !area.is_empty() && area.starts_with(&self.area));
        is_service && is_area
    }
}

/// Reads what goes by itself: a line each, such as `event-0110 *` or `* 999101`.
///
/// # Errors
/// `exchange-rules-line` (`line`, `text`), `exchange-service-unknown` (`line`, `code`), on the field `rules`.
pub fn rules(text: &str, knows: impl Fn(&str) -> bool) -> Result<Vec<Rule>, Refusal> {
    let mut found = Vec::new();
    for (line, content) in lines(text) {
        let parts: Vec<&str> = content.split_whitespace().collect();
        let [service, area] = parts[..] else {
            return Err(Refusal::new("exchange-rules-line").with("line", line).with("text", content).on("rules"));
        };
        if service != "*" && !knows(service) {
            let refusal = Refusal::new("exchange-service-unknown").with("line", line).with("code", service);
            return Err(refusal.on("rules"));
        }
        found.push(Rule { service: service.to_owned(), area: area.to_owned() });
    }
    Ok(found)
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// A partner as it is kept.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Its number here.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// Whom to call.
    pub contact: String,
    /// Where it says what it is.
    pub discovery: String,
    /// Where it is asked; empty until it was looked at.
    pub url: String,
    /// How it is spoken to.
    pub format: Format,
    /// Under which name it is asked; empty: none.
    pub jurisdiction: String,
    /// Our key there. Never shown, never logged.
    pub secret: Secret,
    /// The language in which it is told.
    pub language: String,
    /// What is fetched.
    pub takes: Takes,
    /// What is sent.
    pub sends: Sends,
    /// Whether it is told what is new here.
    pub is_told: bool,
    /// Whether anything is exchanged at all.
    pub is_active: bool,
    /// Whether it answers the same again when it is sent the same again.
    pub is_exact: bool,
    /// Whether it knows updates.
    pub has_updates: bool,
    /// What corresponds, as it was written.
    pub services: String,
    /// What goes by itself, as it was written.
    pub rules: String,
    /// Its own services: code and name.
    pub offers: Vec<(String, String)>,
    /// To which moment its updates are read.
    pub updates_until: Moment,
    /// To which moment its requests are read.
    pub requests_until: Moment,
    /// Reports from this moment on go by rule.
    pub rules_since: Moment,
    /// When it was last looked at.
    pub looked_at: Option<Moment>,
    /// When it is asked again.
    pub next_at: Moment,
    /// How often in a row asking failed.
    pub failures: i64,
    /// Why, in its own words; empty when it answers.
    pub trouble: String,
    /// When it was set up.
    pub made_at: Moment,
    /// Counts its changes.
    pub revision: i64,
}

/// A text that is not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T = Personal>(pub T);

impl<T: PartialEq<str>> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0 == *"" { "no secret" } else { "a secret" })
    }
}

impl Partner {
    /// The service of theirs for one of ours, with the answers to its questions.
    pub fn to_them(&self, ours: &str) -> Option<Match> {
        // What was written was read when it was kept.
        let all = matches(&self.services, |_| true).unwrap_or_default();
        let of = |code: &str| all.iter().find(|line| line.ours == code && line.way != Way::In).cloned();
        of(ours).or_else(|| of("*"))
    }

    /// The service of ours for one of theirs; none when no line speaks of it.
    pub fn to_us(&self, theirs: &str) -> Option<String> {
        let all = matches(&self.services, |_| true).unwrap_or_default();
        all.into_iter().find(|line| line.theirs == theirs && line.way != Way::Out).map(|line| line.ours)
    }

    /// Whether a report goes there by itself.
    pub fn wants(&self, service: &str, areas: &[&str]) -> bool {
        let all = rules(&self.rules, |_| true).unwrap_or_default();
        self.sends == Sends::ByRule
            && all.iter().any(|rule| rule.fits(service, areas))
            && self.to_them(service).is_some()
    }
}

/// What of theirs is used by nothing that is written.
pub fn unmatched<'a>(offers: &'a [(String, String)], lines: &[Match]) -> Vec<&'a (String, String)> {
    let known: HashSet<&str> = lines.iter().map(|line| line.theirs.as_str()).collect();
    offers.iter().filter(|(code, _)| !known.contains(code.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(code: &str) -> bool {
        code.starts_with("event-") || code == "other"
    }

    #[test]
    fn a_line_says_what_corresponds() {
        let text = "# ours = theirs\nevent-0110 = 42\n\n* > 99 ; PLACE = street; WHEN=now\n event-0113 < pot:hole \n";
        let read = matches(text, knows).expect("lines");
        assert_eq!(read.len(), 3);
        assert_eq!((read[0].ours.as_str(), read[0].theirs.as_str(), read[0].way), ("event-0110", "42", Way::Both));
        assert_eq!(read[1].answers, [("PLACE".into(), "street".into()), ("WHEN".into(), "now".into())]);
        assert_eq!((read[2].theirs.as_str(), read[2].way), ("pot:hole", Way::In));
        for (text, key) in [
            ("event-0110", "exchange-services-line"),
            ("= 42", "exchange-services-line"),
            ("event-0110 =", "exchange-services-line"),
            ("event-0110 = 4 2", "exchange-services-line"),
            ("* = 42", "exchange-services-line"),
            ("* < 42", "exchange-services-line"),
            ("event-0110 = 42; X", "exchange-services-line"),
            ("weather = 42", "exchange-service-unknown"),
        ] {
            assert_eq!(matches(text, knows).map_err(|refusal| refusal.key), Err(key), "{text}");
        }
    }

    #[test]
    fn a_rule_names_a_service_and_where() {
        let read = rules("event-0110 *\n* 9991\n", knows).expect("rules");
        assert!(read[0].fits("event-0110", &[]) && !read[0].fits("event-0113", &["99910"]));
        assert!(read[1].fits("event-0113", &["", "999101"]) && !read[1].fits("event-0113", &["9981", ""]));
        assert!(rules("event-0110", knows).is_err() && rules("a b c", knows).is_err() && rules("x *", knows).is_err());
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret(Personal::Known("abc".into()))), "a secret");
    }
}
