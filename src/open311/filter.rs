//! The arguments of a request, read and checked. An empty argument counts as one that is not there; everything that is wrong is said
//! at once.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::reports::report::DAY;
use jiff::tz::TimeZone;

/// The longest span of one question, in days.
pub const MOST_DAYS: i64 = 90;
/// The most rows of one answer.
pub const MOST_ROWS: usize = 1000;
/// The last row that a page may begin after: what lies deeper is asked for by dates, or by following `next`.
pub const DEEPEST: usize = 100_000;
/// The most numbers of one question.
const MOST_IDS: usize = 1000;
/// The longest words to look for, in characters.
const LONGEST_WORDS: usize = 60;

/// The code of a service for what none of the others fits.
pub const OTHER: &str = "other";

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The HTTP status that it calls for: 400, 403, 404 or 429.
    pub code: u16,
    /// Why, and what to do.
    pub refusal: Refusal,
}

impl Wrong {
    /// What cannot be understood or done.
    pub fn bad(refusal: Refusal) -> Wrong {
        Wrong { code: 400, refusal }
    }

    /// What does not exist.
    pub fn unknown(refusal: Refusal) -> Wrong {
        Wrong { code: 404, refusal }
    }

    /// What the key does not open.
    pub fn forbidden(key: &'static str) -> Wrong {
        Wrong { code: 403, refusal: Refusal::new(key) }
    }
}

/// The status of an answer that tells all of these: a key that opens nothing comes first, then what is not there.
pub fn status_of(wrongs: &[Wrong]) -> u16 {
    [429, 403, 404].into_iter().find(|code| wrongs.iter().any(|wrong| wrong.code == *code)).unwrap_or(400)
}

/// Arguments in the order in which they came; those of the address before those of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args(Vec<(String, String)>);

impl Args {
    /// The arguments of an address's query.
    pub fn of_query(query: &str) -> Args {
        Args(serde_urlencoded::from_str(query).unwrap_or_default())
    }

    /// Adds those of a form.
    #[must_use]
    pub fn and(mut self, form: &[(String, String)]) -> Args {
        self.0.extend(form.iter().cloned());
        self
    }

    /// An argument; none when it is absent or empty. Said twice, the first time counts.
    pub fn text(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    }

    /// Every value of an argument.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The values of an argument, repeated or parted by commas.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|value| value.split(',')).map(str::trim).filter(|value| !value.is_empty())
    }

    /// True when an argument says yes.
    pub fn is_yes(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes"))
    }

    /// Those of these names alone.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Args {
        Args(self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned().collect())
    }

    /// The arguments by name, in their order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// An argument, or what is missing.
    ///
    /// # Errors
    /// `open311-missing`.
    pub fn needed(&self, name: &'static str) -> Result<&str, Wrong> {
        self.text(name).ok_or_else(|| Wrong::bad(Refusal::new("open311-missing").with("name", name)))
    }

    /// A moment; `is_end` reads a whole day to its end.
    ///
    /// # Errors
    /// `open311-date`.
    pub fn moment(&self, name: &'static str, zone: &TimeZone, is_end: bool) -> Result<Option<Moment>, Wrong> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let wrong = || Wrong::bad(Refusal::new("open311-date").with("name", name).with("value", text));
        moment(text, zone, is_end).map(Some).ok_or_else(wrong)
    }

    /// A whole number from `least` to `most`.
    ///
    /// # Errors
    /// `open311-number`.
    pub fn count(&self, name: &'static str, least: usize, most: usize) -> Result<Option<usize>, Wrong> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let wrong = || {
            let refusal = Refusal::new("open311-number").with("name", name).with("least", least).with("most", most);
            Wrong::bad(refusal)
        };
        text.parse().ok().filter(|number| (least..=most).contains(number)).map(Some).ok_or_else(wrong)
    }
}

/// Reads a moment as the W3C writes it; also one without a zone, and a day, both by the city's clock.
pub fn moment(text: &str, zone: &TimeZone, is_end: bool) -> Option<Moment> {
    // A plus sign that was not percent-encoded arrives as a space.
    let text = match text.rsplit_once(' ') {
        Some((left, right)) if left.contains('T') => format!("{left}+{right}"),
        _ => text.to_owned(),
    };
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Moment(at.as_millisecond()));
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>()
        && !text.contains(['T', ' '])
    {
        let from = |day: jiff::civil::Date| day.to_zoned_datetime(zone.clone()).ok().map(|zoned| Moment::from(&zoned));
        return match is_end {
            true => from(day.tomorrow().ok()?).map(|next| next.plus(-1)),
            false => from(day),
        };
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    civil.to_zoned_datetime(zone.clone()).ok().map(|zoned| Moment::from(&zoned))
}

/// A sub-class as a filter names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// `event` or `component` and its code.
    SubClass(String, String),
    /// None of them.
    Other,
}

/// Which reports are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// These alone, whatever else is asked.
    pub ids: Option<Vec<Id>>,
    /// Of these services; all when empty.
    pub codes: Vec<Code>,
    /// Received from this moment …
    pub from: Moment,
    /// … to this one.
    pub until: Moment,
    /// Whether only open (true) or only closed ones are wanted.
    pub is_open: Option<bool>,
    /// Changed after the first moment and not after the second.
    pub updated: Option<(Moment, Moment)>,
    /// West, south, east and north.
    pub within: Option<[f64; 4]>,
    /// The code of a district, street or community; empty for everywhere.
    pub area: String,
    /// Words to find.
    pub words: String,
    /// How many rows.
    pub rows: usize,
    /// How many rows before.
    pub skip: usize,
    /// The page, from 1.
    pub page: usize,
    /// The last row of the page before: its moment and number.
    pub after: Option<(Moment, Id)>,
    /// Whether what the specification does not know is wanted too.
    pub is_extended: bool,
    /// Whether it is to be said how many there are.
    pub is_counted: bool,
}

impl Listing {
    /// Everything that had come in by `now`, without a span.
    pub fn all(now: Moment) -> Listing {
        Listing {
            ids: None,
            codes: Vec::new(),
            from: Moment(0),
            until: now,
            is_open: None,
            updated: None,
            within: None,
            area: String::new(),
            words: String::new(),
            rows: MOST_ROWS,
            skip: 0,
            page: 1,
            after: None,
            is_extended: false,
            is_counted: false,
        }
    }
}

/// Reads the arguments of a list at `now`; `code` knows the services.
///
/// # Errors
/// Everything that is wrong.
pub fn listing(
    args: &Args,
    now: Moment,
    zone: &TimeZone,
    code: impl Fn(&str) -> Option<Code>,
) -> Result<Listing, Vec<Wrong>> {
    let named;
    let args = match args.list("service_request_id").next() {
        // Numbers go before all other arguments, even before what is wrong with these.
        Some(_) => {
            named = args.only(&["service_request_id", "extensions", "total"]);
            &named
        }
        None => args,
    };
    let mut wrongs = Vec::new();
    let bad = |key: &'static str| Wrong::bad(Refusal::new(key));
    let mut checked = |read: Result<Option<Moment>, Wrong>| {
        read.unwrap_or_else(|wrong| {
            wrongs.push(wrong);
            None
        })
    };
    let start = checked(args.moment("start_date", zone, false));
    let end = checked(args.moment("end_date", zone, true));
    let after = checked(args.moment("updated_after", zone, false));
    let before = checked(args.moment("updated_before", zone, true));
    let most = MOST_DAYS * DAY;
    let is_updated = after.is_some() || before.is_some();
    let (from, until) = match (start, end) {
        (None, None) if is_updated => (Moment(0), Moment(i64::MAX)),
        (None, None) => (now.plus(-most), now),
        (Some(from), None) => (from, from.plus(most)),
        (None, Some(until)) => (until.plus(-most), until),
        (Some(from), Some(until)) => (from, until),
    };
    if let (Some(from), Some(until)) = (start, end) {
        wrongs.extend(span(from, until, "start_date", "end_date"));
    }
    let updated = is_updated.then(|| {
        let until = before.unwrap_or(now);
        (after.unwrap_or_else(|| until.plus(-most)), until)
    });
    if let (Some((from, until)), Some(_)) = (updated, after) {
        wrongs.extend(span(from, until, "updated_after", "updated_before"));
    }
    let mut is_open = None;
    let words: Vec<&str> = args.list("status").collect();
    let has = |wanted: &str| words.iter().any(|word| word.eq_ignore_ascii_case(wanted));
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
    let within = args.text("bbox").map(|text| corners(text).ok_or_else(|| bad("open311-bbox")));
    let within = within.transpose().unwrap_or_else(|wrong| {
        wrongs.push(wrong);
        None
    });
    let wanted = args.text("q").unwrap_or_default().to_owned();
    if wanted.chars().count() > LONGEST_WORDS {
        wrongs.push(Wrong::bad(Refusal::new("open311-words-long").with("most", LONGEST_WORDS)));
    }
    let mut number = |name: &'static str, least: usize, most: usize| {
        args.count(name, least, most).unwrap_or_else(|wrong| {
            wrongs.push(wrong);
            None
        })
    };
    let rows = number("page_size", 1, MOST_ROWS).unwrap_or(MOST_ROWS);
    // Some count pages from 0, some from 1: the first page is both.
    let page = number("page", 0, DEEPEST).unwrap_or(1).max(1);
    let skip = (page - 1).saturating_mul(rows);
    if skip > DEEPEST {
        wrongs.push(Wrong::bad(Refusal::new("open311-page-deep").with("most", DEEPEST)));
    }
    let ids: Vec<&str> = args.list("service_request_id").collect();
    if ids.len() > MOST_IDS {
        wrongs.push(Wrong::bad(Refusal::new("open311-ids-many").with("most", MOST_IDS)));
    }
    let key = args.text("after").map(|text| {
        let (at, id) = text.split_once('.')?;
        Some((Moment(at.parse().ok()?), id.parse().ok()?))
    });
    if key == Some(None) {
        wrongs.push(bad("open311-after"));
    }
    if !wrongs.is_empty() {
        return Err(wrongs);
    }
    // A number that is none of ours belongs to nothing.
    let ids = (!ids.is_empty()).then(|| ids.iter().filter_map(|id| id.parse().ok()).collect());
    Ok(Listing {
        ids,
        codes,
        from,
        until,
        is_open,
        updated,
        within,
        area: String::new(),
        words: wanted,
        rows,
        skip,
        page,
        after: key.flatten(),
        is_extended: args.is_yes("extensions"),
        is_counted: args.is_yes("total"),
    })
}

/// What is wrong with a span of time.
pub fn span(from: Moment, until: Moment, first: &'static str, last: &'static str) -> Option<Wrong> {
    if until < from {
        let refusal = Refusal::new("open311-span-backwards").with("first", first).with("last", last);
        return Some(Wrong::bad(refusal));
    }
    (until.0.saturating_sub(from.0) > MOST_DAYS * DAY).then(|| {
        let refusal = Refusal::new("open311-span-long").with("first", first).with("last", last);
        Wrong::bad(refusal.with("days", MOST_DAYS))
    })
}

fn corners(text: &str) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = text.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let [west, south, east, north]: [f64; 4] = numbers.try_into().ok()?;
    let is_on_earth = |lon: f64, lat: f64| (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
    (is_on_earth(west, south) && is_on_earth(east, north) && west <= east && south <= north)
        .then_some([west, south, east, north])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-10 10:00 in China.
    const NOW: Moment = Moment(1_773_108_000_000);

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::Offset::constant(8))
    }

    fn read(query: &str) -> Result<Listing, Vec<Wrong>> {
        listing(&Args::of_query(query), NOW, &zone(), |word| match word {
            OTHER => Some(Code::Other),
            _ => word.strip_prefix("event-").map(|code| Code::SubClass("event".into(), code.into())),
        })
    }

    fn keys(query: &str) -> Vec<&'static str> {
        read(query).map(|_| Vec::new()).unwrap_or_else(|wrongs| wrongs.iter().map(|wrong| wrong.refusal.key).collect())
    }

    #[test]
    fn moments_are_read_as_clients_write_them() {
        let at = |text: &str| moment(text, &zone(), false).map(|at| at.0 - NOW.0);
        for (text, expected) in [
            ("2026-03-10T10:00:00+08:00", Some(0)),
            ("2026-03-10T10:00:00 08:00", Some(0)),
            ("2026-03-10T02:00:00Z", Some(0)),
            ("2026-03-09T18:00:00-08:00", Some(0)),
            ("2026-03-10T10:00:00", Some(0)),
            ("2026-03-10", Some(-36_000_000)),
            ("10.3.2026", None),
            ("2026-02-30", None),
            ("yesterday", None),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
        let end = moment("2026-03-10", &zone(), true).expect("the end of the day");
        assert_eq!(end.0 - NOW.0, 14 * 3_600_000 - 1);
    }

    #[test]
    fn without_dates_the_last_ninety_days_count() {
        let listing = read("").expect("a list");
        assert_eq!((listing.from, listing.until), (NOW.plus(-90 * DAY), NOW));
        assert_eq!((listing.rows, listing.skip, listing.page), (1000, 0, 1));
        assert_eq!(read("start_date=&end_date=&status=&service_code=&page=&q=&bbox="), Ok(listing), "empty is absent");
        let first = read("start_date=2025-01-01T00:00:00Z").expect("a list");
        assert_eq!(first.until.0 - first.from.0, 90 * DAY);
        let last = read("end_date=2025-01-01T00:00:00Z").expect("a list");
        assert_eq!(last.until.0 - last.from.0, 90 * DAY);
    }

    #[test]
    fn ninety_days_are_the_most() {
        assert_eq!(keys("start_date=2025-01-01T00:00:00Z&end_date=2025-04-01T00:00:00Z"), [""; 0]);
        assert_eq!(keys("start_date=2025-01-01T00:00:00Z&end_date=2025-04-01T00:00:01Z"), ["open311-span-long"]);
        assert_eq!(keys("start_date=2025-01-02&end_date=2025-01-01"), ["open311-span-backwards"]);
        assert_eq!(keys("updated_after=2025-01-01T00:00:00Z"), ["open311-span-long"], "until now");
        let listing = read("updated_after=2026-03-01").expect("a list");
        assert_eq!(listing.updated.map(|(_, until)| until), Some(NOW));
        assert_eq!((listing.from, listing.until), (Moment(0), Moment(i64::MAX)), "whenever they were received");
    }

    #[test]
    fn statuses_and_services_are_lists() {
        for (query, is_open) in [
            ("status=open", Some(true)),
            ("status=closed", Some(false)),
            ("status=open,closed", None),
            ("status=open&status=closed", None),
            ("status=OPEN", Some(true)),
            ("status=", None),
        ] {
            assert_eq!(read(query).map(|listing| listing.is_open), Ok(is_open), "{query}");
        }
        assert_eq!(keys("status=new"), ["open311-status"]);
        let both = read("service_code=event-1,event-2").expect("a list");
        assert_eq!(Ok(both.codes), read("service_code=event-1&service_code=event-2").map(|listing| listing.codes));
        let wrongs = read("service_code=weather").expect_err("no such service");
        assert_eq!((wrongs[0].code, wrongs[0].refusal.key), (404, "open311-service-unknown"));
        assert_eq!(status_of(&wrongs), 404);
    }

    #[test]
    fn pages_have_bounds() {
        for (query, rows, skip) in [
            ("page_size=1", 1, 0),
            ("page_size=1000", 1000, 0),
            ("page=0&page_size=50", 50, 0),
            ("page=1&page_size=50", 50, 0),
            ("page=2&page_size=50", 50, 50),
            ("page=2001&page_size=50", 50, 100_000),
        ] {
            assert_eq!(read(query).map(|listing| (listing.rows, listing.skip)), Ok((rows, skip)), "{query}");
        }
        assert_eq!(keys("page_size=0"), ["open311-number"]);
        assert_eq!(keys("page_size=1001"), ["open311-number"]);
        assert_eq!(keys("page=-1"), ["open311-number"]);
        assert_eq!(keys("page=2002&page_size=50"), ["open311-page-deep"]);
        assert_eq!(keys("after=x"), ["open311-after"]);
    }

    #[test]
    fn numbers_go_before_everything_else_and_strange_ones_find_nothing() {
        let listing = read("service_request_id=12,13,A-7&status=open").expect("a list");
        assert_eq!(listing.ids, Some(vec![12, 13]));
        assert_eq!(read("service_request_id=").map(|listing| listing.ids), Ok(None));
    }

    #[test]
    fn a_box_is_four_numbers_in_order() {
        assert_eq!(read("bbox=123.4,31.2,123.5,31.3").map(|l| l.within), Ok(Some([123.4, 31.2, 123.5, 31.3])));
        for bad in ["1,2,3", "a,b,c,d", "123.5,31.2,123.4,31.3", "1,2,3,400", "NaN,1,2,3"] {
            assert_eq!(keys(&format!("bbox={bad}")), ["open311-bbox"], "{bad}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        assert_eq!(
            keys("status=new&page_size=0&start_date=soon&bbox=1&service_code=x"),
            ["open311-date", "open311-status", "open311-service-unknown", "open311-bbox", "open311-number"]
        );
        let all = [Wrong::bad(Refusal::new("a")), Wrong::forbidden("b"), Wrong::unknown(Refusal::new("c"))];
        assert_eq!(status_of(&all), 403);
        assert_eq!(status_of(&all[..1]), 400);
    }
}
