//! Calendars as text, exactly as RFC 5545 writes them: lines end with CR LF and are folded after 75 octets without cutting a
//! character, text is escaped, moments are in UTC. An event keeps its UID for ever, and its SEQUENCE rises with every change,
//! so that a telephone moves what it has instead of showing it twice.

use crate::kit::clock::Moment;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// When something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From a moment until another.
    At(Moment, Moment),
    /// At some time of a day, or until its end.
    Day(Date),
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its identifier, the same for ever.
    pub uid: String,
    /// How often it changed.
    pub sequence: i64,
    /// When it last changed.
    pub changed_at: Moment,
    /// When it is.
    pub when: When,
    /// Its title.
    pub summary: String,
    /// What else there is to say.
    pub description: String,
    /// Where; empty when nobody says.
    pub place: String,
    /// The page about it, a whole address; empty without one.
    pub link: String,
    /// True when it takes somebody's time: a shift does, the end of a term does not.
    pub is_busy: bool,
    /// True when it was struck out.
    pub is_cancelled: bool,
}

/// The longest line in octets, its end not counted (RFC 5545, 3.1).
const LINE: usize = 75;

fn utc(at: Moment) -> String {
    at.zoned(&TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as a value (RFC 5545, 3.3.11): backslash, semicolon, comma and line breaks are escaped, other controls left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' | '\r' => out.push_str("\\n"),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

fn line(out: &mut String, name: &str, value: &str) {
    let mut width = 0;
    for character in name.chars().chain([':']).chain(value.chars()) {
        if width + character.len_utf8() > LINE {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(character);
        width += character.len_utf8();
    }
    out.push_str("\r\n");
}

/// The whole calendar; `maker` is the part of the program that writes it.
pub fn write(maker: &str, name: &str, language: &str, events: &[Event]) -> String {
    let mut out = String::new();
    line(&mut out, "BEGIN", "VCALENDAR");
    line(&mut out, "VERSION", "2.0");
    line(&mut out, "PRODID", &format!("-//City Steward//{maker}//{}", if language == "en" { "EN" } else { "ZH" }));
    line(&mut out, "CALSCALE", "GREGORIAN");
    line(&mut out, "METHOD", "PUBLISH");
    line(&mut out, "NAME", &escaped(name));
    line(&mut out, "X-WR-CALNAME", &escaped(name));
    line(&mut out, "REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    line(&mut out, "X-PUBLISHED-TTL", "PT1H");
    if events.is_empty() {
        // RFC 5545, 3.6: a calendar has at least one component; one that tells of no event.
        for (name, value) in [
            ("BEGIN", "VTIMEZONE"),
            ("TZID", "Etc/UTC"),
            ("BEGIN", "STANDARD"),
            ("DTSTART", "19700101T000000"),
            ("TZOFFSETFROM", "+0000"),
            ("TZOFFSETTO", "+0000"),
            ("END", "STANDARD"),
            ("END", "VTIMEZONE"),
        ] {
            line(&mut out, name, value);
        }
    }
    for event in events {
        line(&mut out, "BEGIN", "VEVENT");
        line(&mut out, "UID", &event.uid);
        line(&mut out, "DTSTAMP", &utc(event.changed_at));
        line(&mut out, "LAST-MODIFIED", &utc(event.changed_at));
        line(&mut out, "SEQUENCE", &event.sequence.to_string());
        match event.when {
            When::At(from, until) => {
                line(&mut out, "DTSTART", &utc(from));
                line(&mut out, "DTEND", &utc(until));
            }
            // The end is the first day that is no longer meant; one day is what stands without it, too.
            When::Day(day) => {
                line(&mut out, "DTSTART;VALUE=DATE", &day.strftime("%Y%m%d").to_string());
                if let Ok(next) = day.checked_add(1.day()) {
                    line(&mut out, "DTEND;VALUE=DATE", &next.strftime("%Y%m%d").to_string());
                }
            }
        }
        line(&mut out, "SUMMARY", &escaped(&event.summary));
        if !event.description.is_empty() {
            line(&mut out, "DESCRIPTION", &escaped(&event.description));
        }
        if !event.place.is_empty() {
            line(&mut out, "LOCATION", &escaped(&event.place));
        }
        if !event.link.is_empty() {
            // An address is no text: nothing of it is escaped.
            line(&mut out, "URL", &event.link.replace(char::is_control, ""));
        }
        line(&mut out, "STATUS", if event.is_cancelled { "CANCELLED" } else { "CONFIRMED" });
        line(&mut out, "TRANSP", if event.is_busy && !event.is_cancelled { "OPAQUE" } else { "TRANSPARENT" });
        line(&mut out, "END", "VEVENT");
    }
    line(&mut out, "END", "VCALENDAR");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(summary: &str) -> Event {
        Event {
            uid: "shift-1@duty".into(),
            sequence: 3,
            changed_at: Moment(1_773_108_000_000),
            when: When::At(Moment(1_773_108_000_000), Moment(1_773_194_400_000)),
            summary: summary.into(),
            description: String::new(),
            place: String::new(),
            link: String::new(),
            is_busy: true,
            is_cancelled: false,
        }
    }

    /// Reads a calendar back: the properties of every event, unfolded and unescaped.
    fn read(text: &str) -> Vec<Vec<(String, String)>> {
        let unfolded = text.replace("\r\n ", "");
        let mut events = Vec::new();
        for line in unfolded.split_terminator("\r\n") {
            let (name, value) = line.split_once(':').expect("a property");
            match (name, value) {
                ("BEGIN", "VEVENT") => events.push(Vec::new()),
                _ => {
                    let mut plain = String::new();
                    let mut characters = value.chars();
                    while let Some(character) = characters.next() {
                        match (character, if character == '\\' { characters.next() } else { None }) {
                            ('\\', Some('n')) => plain.push('\n'),
                            ('\\', Some(other)) => plain.push(other),
                            (other, _) => plain.push(other),
                        }
                    }
                    if let Some(event) = events.last_mut() {
                        event.push((name.to_owned(), plain));
                    }
                }
            }
        }
        events
    }

    #[test]
    fn a_calendar_is_written_exactly() {
        let text = write("Duty", "值班", "zh-Hans", &[event("值班：林晓禾，周沐阳；a,b;c\\d\n二行")]);
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//City Steward//Duty//ZH\r\n"), "{text}");
        assert!(text.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"));
        for wanted in [
            "\r\nUID:shift-1@duty\r\n",
            "\r\nSEQUENCE:3\r\n",
            "\r\nDTSTART:20260310T020000Z\r\n",
            "\r\nDTEND:20260311T020000Z\r\n",
            "\r\nSTATUS:CONFIRMED\r\n",
        ] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        assert!(text.replace("\r\n ", "").contains("SUMMARY:值班：林晓禾，周沐阳；a\\,b\\;c\\\\d\\n二行\r\n"));
    }

    #[test]
    fn a_day_has_no_hours_and_an_address_is_no_text() {
        let day = jiff::civil::date(2026, 12, 31);
        let one = Event {
            when: When::Day(day),
            place: "一楼，听证室; 101".into(),
            link: "https://city.example/a?b=1,2;3".into(),
            is_busy: false,
            ..event("听证")
        };
        let text = write("Calendar", "x", "zh-Hans", &[one.clone(), Event { is_cancelled: true, ..one }]);
        for wanted in [
            "\r\nDTSTART;VALUE=DATE:20261231\r\n",
            "\r\nDTEND;VALUE=DATE:20270101\r\n",
            "\r\nLOCATION:一楼，听证室\\; 101\r\n",
            "\r\nURL:https://city.example/a?b=1,2;3\r\n",
            "\r\nTRANSP:TRANSPARENT\r\n",
            "\r\nSTATUS:CANCELLED\r\n",
        ] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(summary in "[ -~\u{4e00}-\u{4eff}🚨é\n]{0,200}", sequence in 0i64..1000, cancelled: bool) {
            let one = Event { sequence, is_cancelled: cancelled, description: summary.clone(), ..event(&summary) };
            let text = write("Duty", "x", "en", &[one.clone(), event("另一个")]);
            for line in text.split("\r\n") {
                prop_assert!(line.len() <= LINE, "{} octets", line.len());
                prop_assert!(!line.contains(['\n', '\r']));
            }
            let events = read(&text);
            prop_assert_eq!(events.len(), 2);
            let of = |name: &str| events[0].iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            prop_assert_eq!(of("SUMMARY"), Some(summary.clone()));
            prop_assert_eq!(of("SEQUENCE"), Some(sequence.to_string()));
            let status = if cancelled { "CANCELLED" } else { "CONFIRMED" };
            prop_assert_eq!(of("STATUS"), Some(status.to_owned()));
            let expected = (!summary.is_empty()).then_some(summary);
            prop_assert_eq!(of("DESCRIPTION"), expected);
        }
    }
}
