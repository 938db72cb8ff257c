//! What of the open data is asked for.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::open311::filter::{Args, Code, Listing, Wrong};
use jiff::tz::TimeZone;

/// The arguments that a question may have.
pub const KNOWN: [&str; 8] = ["service_code", "area", "status", "from", "to", "changed_since", "mark", "lang"];

/// Reads a question: everything, unless it says otherwise.
///
/// # Errors
/// Everything that is wrong, also arguments that are not known: whoever writes one wrong must not be given everything.
pub fn read(
    args: &Args,
    now: Moment,
    zone: &TimeZone,
    code: impl Fn(&str) -> Option<Code>,
) -> Result<Listing, Vec<Wrong>> {
    let mut wrongs = Vec::new();
    for (name, _) in args.pairs() {
        if !KNOWN.contains(&name.as_str()) {
            wrongs.push(Wrong::bad(Refusal::new("opendata-argument").with("name", name)));
        }
    }
    let mut moment = |name: &'static str, is_end: bool| {
        args.moment(name, zone, is_end).unwrap_or_else(|wrong| {
            wrongs.push(wrong);
            None
        })
    };
    let (from, until, changed) = (moment("from", false), moment("to", true), moment("changed_since", false));
    if let (Some(from), Some(until)) = (from, until)
        && from > until
    {
        wrongs.push(Wrong::bad(Refusal::new("open311-span-backwards").with("first", "from").with("last", "to")));
    }
    let words: Vec<&str> = args.list("status").collect();
    let has = |wanted: &str| words.iter().any(|word| word.eq_ignore_ascii_case(wanted));
    let mut is_open = None;
    if let Some(strange) = words.iter().find(|word| !matches!(word.to_ascii_lowercase().as_str(), "open" | "closed")) {
        wrongs.push(Wrong::bad(Refusal::new("open311-status").with("value", strange)));
    } else if has("open") != has("closed") {
        is_open = Some(has("open"));
    }
    let mut codes = Vec::new();
    for word in args.list("service_code") {
        match code(word) {
            Some(code) => codes.push(code),
            None => wrongs.push(Wrong::unknown(Refusal::new("open311-service-unknown").with("code", word))),
        }
    }
    if !wrongs.is_empty() {
        return Err(wrongs);
    }
    Ok(Listing {
        codes,
        from: from.unwrap_or(Moment(0)),
        until: until.unwrap_or(now),
        is_open,
        updated: changed.map(|since| (since, now)),
        area: args.text("area").unwrap_or_default().to_owned(),
        ..Listing::all(now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_773_108_000_000);

    fn ask(query: &str) -> Result<Listing, Vec<&'static str>> {
        let code = |word: &str| (word == "event-0110").then(|| Code::SubClass("event".into(), "0110".into()));
        let zone = TimeZone::fixed(jiff::tz::Offset::constant(8));
        let read = read(&Args::of_query(query), NOW, &zone, code);
        read.map_err(|wrongs| wrongs.iter().map(|wrong| wrong.refusal.key).collect())
    }

    #[test]
    fn without_a_question_everything_is_meant() {
        let all = ask("").expect("a question");
        assert_eq!((all.from, all.until, all.is_open, all.updated), (Moment(0), NOW, None, None));
        let some =
            ask("status=open&service_code=event-0110&area=999101&from=2026-01-01&to=2026-01-31").expect("a question");
        assert_eq!((some.is_open, some.codes.len(), some.area.as_str()), (Some(true), 1, "999101"));
        assert!(some.until.0 - some.from.0 > 30 * 24 * 3_600_000, "to the end of the last day");
        assert!(ask("changed_since=2026-03-01").expect("a question").updated.is_some());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let wrong = ask("stauts=open&from=soon&status=new&service_code=x").expect_err("wrong");
        assert_eq!(wrong, ["opendata-argument", "open311-date", "open311-status", "open311-service-unknown"]);
        assert_eq!(ask("from=2026-02-01&to=2026-01-01"), Err(vec!["open311-span-backwards"]));
    }
}
