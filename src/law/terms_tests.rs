//! Tables of last days over the holidays and make-up days of 2026, the article beside each row, and files that are wrong.

use super::super::calendar::tests::calendar;
use super::*;
use crate::kit::sources::Sources;
use jiff::civil::Weekday::{
    self, Friday as Fri, Monday as Mon, Saturday as Sat, Sunday as Sun, Thursday as Thu, Tuesday as Tue,
    Wednesday as Wed,
};
use jiff::civil::date;
use std::sync::LazyLock;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendar);

fn files() -> Vec<(String, String)> {
    Sources::embedded().folder(FOLDER)
}

static TERMS: LazyLock<Terms> = LazyLock::new(|| Terms::load(&files()).expect("the package's terms"));

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

#[test]
fn the_packages_files_have_no_problem() {
    assert_eq!(check(&files()), []);
    assert_eq!(TERMS.version().len(), 12);
}

/// A row: the term, the day of its event, what is not counted, the last day and its weekday, the article.
type Row = (&'static str, &'static str, &'static [Excluded], &'static str, Weekday, &'static str);

const fn excluded(kind: Exclusion, from: Date, until: Date) -> Excluded {
    Excluded { kind, from, until: Some(until) }
}

const NONE: &[Excluded] = &[];
const TEN: &[Excluded] = &[excluded(Exclusion::Hearing, date(2026, 2, 1), date(2026, 2, 10))];
const OVERLAPPING: &[Excluded] = &[
    excluded(Exclusion::Hearing, date(2026, 2, 1), date(2026, 2, 10)),
    excluded(Exclusion::Appraisal, date(2026, 2, 6), date(2026, 2, 15)),
];
const TEST: &[Excluded] = &[excluded(Exclusion::Test, date(2026, 1, 15), date(2026, 1, 19))];

/// Terms that run on from a day. Of 2026: off are 1 to 3 January, 15 to 23 February, 4 to 6 April, 1 to 5 May, 19 to 21 June, 25 to
/// 27 September and 1 to 7 October; worked are the Sundays 4 January and 20 September and the Saturdays 14 and 28 February, 9 May and
/// 10 October.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Working days: art. 85 with art. 64, over Spring Festival (15 to 23 February off, 14 and 28 worked) and National Day.
    ("hearing-request", "2026-02-13", NONE, "2026-02-27", Fri, "处罚法64、85"),
    ("hearing-request", "2026-09-30", NONE, "2026-10-13", Tue, "处罚法64、85"),
    ("hearing-request", "2026-03-02", NONE, "2026-03-09", Mon, "处罚法64、85"),
    ("hearing-request", "2026-02-18", NONE, "2026-02-28", Sat, "处罚法64、85，事件在假期内"),
    ("statement", "2026-09-30", NONE, "2026-10-13", Tue, "55号令：国庆，10月10日上班"),
    ("statement", "2026-04-29", NONE, "2026-05-09", Sat, "55号令：劳动节，周六调休上班"),
    ("statement", "2025-12-31", NONE, "2026-01-08", Thu, "55号令：跨年，1月4日周日上班"),
    // Art. 61 over Labour Day (1 to 5 May off, Saturday 9 worked).
    ("service", "2026-04-30", NONE, "2026-05-13", Wed, "处罚法61、85"),
    ("service", "2026-09-17", NONE, "2026-09-28", Mon, "处罚法61、85：9月20日上班，中秋"),
    ("service", "2025-12-30", NONE, "2026-01-09", Fri, "处罚法61、85：跨年"),
    ("registered-evidence", "2026-06-18", NONE, "2026-06-30", Tue, "处罚法56、85，端午"),
    ("registered-evidence", "2026-09-24", NONE, "2026-10-12", Mon, "处罚法56、85，中秋、国庆"),
    ("registered-evidence", "2026-02-13", NONE, "2026-03-02", Mon, "处罚法56、85，春节，两个调休上班日"),
    ("cash-to-organ", "2026-09-18", NONE, "2026-09-21", Mon, "处罚法71、85，9月20日上班"),
    ("cash-to-organ", "2026-04-30", NONE, "2026-05-07", Thu, "处罚法71、85，劳动节"),
    ("cash-to-organ", "2026-02-13", NONE, "2026-02-24", Tue, "处罚法71、85，2月14日上班，春节"),
    ("cash-to-bank", "2026-09-30", NONE, "2026-10-09", Fri, "处罚法71、85，国庆"),
    ("cash-to-bank", "2026-05-08", NONE, "2026-05-11", Mon, "处罚法71、85，周六调休上班"),
    ("cash-to-bank", "2026-06-18", NONE, "2026-06-23", Tue, "处罚法71、85，端午"),
    ("withdraw-publication", "2026-02-14", NONE, "2026-02-26", Thu, "处罚法48、85"),
    ("withdraw-publication", "2026-10-09", NONE, "2026-10-13", Tue, "处罚法48、85，周六调休上班"),
    ("summary-report", "2026-06-17", NONE, "2026-06-23", Tue, "55号令：端午"),
    ("summary-report", "2026-05-07", NONE, "2026-05-11", Mon, "55号令：周六调休上班"),
    ("publication", "2026-04-03", NONE, "2026-04-15", Wed, "55号令：清明"),
    ("publication", "2026-09-30", NONE, "2026-10-15", Thu, "55号令：国庆，周六调休上班"),
    ("court-reminder", "2026-02-10", NONE, "2026-03-02", Mon, "强制法54、69"),
    ("court-reminder", "2026-09-17", NONE, "2026-10-08", Thu, "强制法54、69：周日上班，中秋、国庆"),
    // Days of the calendar; a party's last day moves, an organ's stays.
    ("payment", "2026-03-02", NONE, "2026-03-17", Tue, "处罚法67"),
    ("payment", "2026-01-31", NONE, "2026-02-24", Tue, "处罚法67，民法典203：2月15日放假"),
    ("payment", "2026-09-11", NONE, "2026-09-28", Mon, "处罚法67，民法典203：中秋"),
    ("payment", "2026-09-05", NONE, "2026-09-20", Sun, "处罚法67：周日调休上班，不顺延"),
    ("decision", "2026-01-05", NONE, "2026-04-05", Sun, "处罚法60：清明，不顺延"),
    ("decision", "2026-06-22", NONE, "2026-09-20", Sun, "处罚法60：周日调休上班"),
    ("decision", "2025-10-03", NONE, "2026-01-01", Thu, "处罚法60：元旦，不顺延"),
    ("decision", "2026-01-05", TEN, "2026-04-15", Wed, "处罚法60，扣除听证"),
    ("decision", "2026-01-05", OVERLAPPING, "2026-04-20", Mon, "处罚法60，重叠的扣除只算一次"),
    ("decision", "2026-01-05", TEST, "2026-04-10", Fri, "处罚法60，扣除检测"),
    ("decision-extension", "2026-09-01", NONE, "2026-10-01", Thu, "55号令：国庆，不顺延"),
    ("decision-extension", "2026-01-15", NONE, "2026-02-14", Sat, "55号令：周六调休上班"),
    ("decision-extension-collective", "2026-03-03", NONE, "2026-05-02", Sat, "55号令：劳动节，不顺延"),
    ("decision-extension-collective", "2026-07-22", NONE, "2026-09-20", Sun, "55号令：周日调休上班"),
    ("clue-check", "2026-09-20", NONE, "2026-10-05", Mon, "55号令：国庆，不顺延"),
    ("clue-check", "2026-01-30", NONE, "2026-02-14", Sat, "55号令：周六调休上班"),
    ("clue-check", "2025-12-17", NONE, "2026-01-01", Thu, "55号令：元旦，不顺延"),
    ("clue-check-extension", "2026-09-22", NONE, "2026-10-02", Fri, "55号令：国庆，不顺延"),
    ("clue-check-extension", "2026-04-29", NONE, "2026-05-09", Sat, "55号令：周六调休上班"),
    ("announcement-service", "2026-01-20", NONE, "2026-02-19", Thu, "民诉法：春节，不顺延"),
    ("announcement-service", "2026-09-10", NONE, "2026-10-10", Sat, "民诉法：周六调休上班"),
    ("closing", "2026-06-05", NONE, "2026-06-20", Sat, "55号令：端午，不顺延"),
    ("closing", "2026-09-25", NONE, "2026-10-10", Sat, "55号令：周六调休上班"),
    ("seizure", "2026-01-10", NONE, "2026-02-09", Mon, "强制法25"),
    ("seizure", "2026-01-10", TEST, "2026-02-14", Sat, "强制法25，扣除检测"),
    ("seizure", "2026-01-10", TEN, "2026-02-09", Mon, "强制法25，听证不扣除"),
    ("seizure", "2026-01-24", NONE, "2026-02-23", Mon, "强制法25：春节，不顺延"),
    ("seizure", "2026-01-29", NONE, "2026-02-28", Sat, "强制法25：周六调休上班"),
    ("seizure-extension", "2026-04-01", NONE, "2026-05-01", Fri, "强制法25：劳动节，不顺延"),
    ("seizure-extension", "2026-04-09", NONE, "2026-05-09", Sat, "强制法25：周六调休上班"),
    ("seizure-extension", "2026-01-10", TEST, "2026-02-14", Sat, "强制法25，扣除检测"),
    ("late-fee-enforcement", "2026-09-05", NONE, "2026-10-05", Mon, "强制法46：国庆，不顺延"),
    ("late-fee-enforcement", "2026-08-21", NONE, "2026-09-20", Sun, "强制法46：周日调休上班"),
    ("review", "2026-02-01", NONE, "2026-04-02", Thu, "复议法20"),
    ("review", "2026-02-04", NONE, "2026-04-07", Tue, "复议法20，清明顺延"),
    ("review", "2026-08-11", NONE, "2026-10-10", Sat, "复议法20：周六调休上班，不顺延"),
    ("suit-after-review", "2026-09-20", NONE, "2026-10-08", Thu, "行诉法45，国庆顺延"),
    ("suit-after-review", "2026-04-24", NONE, "2026-05-09", Sat, "行诉法45：周六调休上班，不顺延"),
    ("suit-after-review", "2025-12-19", NONE, "2026-01-04", Sun, "行诉法45：元旦顺延至周日调休上班"),
    // Months and years.
    ("suit", "2026-03-31", NONE, "2026-09-30", Wed, "行诉法46"),
    ("suit", "2025-08-31", NONE, "2026-02-28", Sat, "行诉法46：月末，周六调休上班"),
    ("suit", "2026-04-05", NONE, "2026-10-08", Thu, "行诉法46：国庆顺延"),
    ("court-application", "2025-11-30", NONE, "2026-02-28", Sat, "强制法53：月末"),
    ("court-application", "2026-07-01", NONE, "2026-10-01", Thu, "强制法53：国庆，不顺延"),
    ("court-application", "2025-12-31", NONE, "2026-03-31", Tue, "强制法53：跨年"),
    ("limitation", "2024-02-29", NONE, "2026-02-28", Sat, "处罚法36：月末"),
    ("limitation", "2024-10-01", NONE, "2026-10-01", Thu, "处罚法36：国庆，不顺延"),
    ("limitation", "2023-12-31", NONE, "2025-12-31", Wed, "处罚法36：年末"),
    ("limitation-harm", "2021-08-01", NONE, "2026-08-01", Sat, "处罚法36"),
    ("limitation-harm", "2021-10-05", NONE, "2026-10-05", Mon, "处罚法36：国庆，不顺延"),
    ("limitation-harm", "2020-02-29", NONE, "2025-02-28", Fri, "处罚法36：月末"),
    ("enforcement-resumption", "2023-03-01", NONE, "2026-03-01", Sun, "强制法39"),
    ("enforcement-resumption", "2023-05-01", NONE, "2026-05-01", Fri, "强制法39：劳动节，不顺延"),
    ("enforcement-resumption", "2020-02-29", NONE, "2023-02-28", Tue, "强制法39：月末"),
];

/// Terms that run back from a day: the day, the latest before it and its weekday.
#[rustfmt::skip]
const BEFORE: &[(&str, &str, &str, Weekday, &str)] = &[
    // Art. 64: seven working days lie between the notice and the hearing.
    ("hearing-notice", "2026-03-12", "2026-03-02", Mon, "处罚法64、85"),
    ("hearing-notice", "2026-10-14", "2026-09-28", Mon, "处罚法64、85：国庆，周六调休上班"),
    ("hearing-notice", "2026-02-26", "2026-02-09", Mon, "处罚法64、85：春节，周六调休上班"),
    ("hearing-notice", "2026-09-28", "2026-09-16", Wed, "处罚法64、85：中秋，周日调休上班"),
    ("hearing-notice", "2026-01-08", "2025-12-28", Sun, "处罚法64、85：跨年"),
    ("performance-reminder", "2026-05-06", "2026-04-27", Mon, "强制法51、69：劳动节"),
    ("performance-reminder", "2026-03-05", "2026-03-01", Sun, "强制法51、69"),
    ("performance-reminder", "2026-05-12", "2026-05-07", Thu, "强制法51、69：周六调休上班"),
    ("performance-reminder", "2026-10-12", "2026-10-07", Wed, "强制法51、69：周六调休上班，国庆"),
];

/// Terms of hours: the moment, the moment after, and its weekday. Neither night nor holiday stops them.
#[rustfmt::skip]
const HOURS: &[(&str, &str, &str, Weekday, &str)] = &[
    ("urgent-approval", "2026-02-14T23:30", "2026-02-15T23:30", Sun, "强制法19：春节"),
    ("urgent-approval", "2026-09-30T22:00", "2026-10-01T22:00", Thu, "强制法19：国庆"),
    ("urgent-approval", "2026-09-19T10:00", "2026-09-20T10:00", Sun, "强制法19：周日调休上班"),
    ("urgent-approval", "2025-12-31T20:00", "2026-01-01T20:00", Thu, "强制法19：跨年"),
];

#[test]
fn last_days() {
    for (id, event, excluded, last, weekday, article) in ROWS {
        assert_eq!(day(last).weekday(), *weekday, "{last}: {article}");
        let term = TERMS.on(id, day(event).max(day("2022-06-05"))).expect(id);
        let end = term.end_from_day(day(event), &CALENDAR, excluded).expect(article);
        assert_eq!(end.last.to_string(), *last, "{id} from {event}: {article}");
        assert_eq!(end.over_at, CALENDAR.moment(day(last).tomorrow().expect("a day"), Time::midnight()), "{article}");
        assert_eq!(end.why.first().map(|step| (&step.kind, step.from)), Some((&WhyKind::EventDay, day(event))));
        assert_eq!(end.why.last().map(|step| (&step.kind, step.to)), Some((&WhyKind::Last, end.last)));
    }
}

#[test]
fn what_must_be_done_before() {
    for (id, event, latest, weekday, article) in BEFORE {
        assert_eq!(day(latest).weekday(), *weekday, "{latest}: {article}");
        let term = TERMS.on(id, day("2026-01-01")).expect(id);
        assert_eq!(
            term.latest_before(day(event), &CALENDAR).expect("a day").to_string(),
            *latest,
            "{id} before {event}: {article}"
        );
        assert_eq!(term.end_from_day(day(event), &CALENDAR, &[]).expect_err("backwards").key, "law-term-runs-back");
    }
    let payment = TERMS.on("payment", day("2026-01-01")).expect("payment");
    assert_eq!(payment.latest_before(day("2026-03-12"), &CALENDAR).expect_err("on").key, "law-term-runs-on");
}

/// So that a new term is not forgotten: each has its rows, some over a holiday and some over a weekend that is worked; what counts
/// months has one that ends where its month does.
#[test]
fn every_term_has_rows_over_holidays_and_worked_weekends() {
    let moment_day = |text: &str| day(&text[..10]);
    let spans = ROWS.iter().map(|(id, from, _, to, ..)| (*id, day(from), day(to)));
    let spans = spans.chain(BEFORE.iter().map(|(id, from, to, ..)| (*id, day(to), day(from))));
    let spans: Vec<(&str, Date, Date)> =
        spans.chain(HOURS.iter().map(|(id, from, to, ..)| (*id, moment_day(from), moment_day(to)))).collect();
    for term in TERMS.all() {
        let own: Vec<&(&str, Date, Date)> = spans.iter().filter(|(id, ..)| *id == term.id).collect();
        assert!(own.len() >= 2, "{}: {} rows", term.id, own.len());
        if matches!(term.unit, TermUnit::Month | TermUnit::Year) {
            let ends_a_month = own.iter().any(|(_, from, to)| from.day() > 28 && to.last_of_month() == *to);
            assert!(ends_a_month, "{}: no row ends with a month", term.id);
            let months = i64::from(term.length) * if term.unit == TermUnit::Year { 12 } else { 1 };
            let rests = |from: Date| {
                let nominal = from.checked_add(months.months()).expect("a day");
                CALENDAR.is_working_day(nominal).is_ok_and(|works| !works)
            };
            assert!(own.iter().any(|(_, from, _)| rests(*from)), "{}: no last day of rest", term.id);
            continue;
        }
        let has = |wanted: fn(&DayKind) -> bool| {
            own.iter().any(|(_, from, to)| {
                let mut days = from.series(jiff::Span::new().days(1)).take_while(|one| one <= to);
                days.any(|one| CALENDAR.day(one).is_ok_and(|kind| wanted(&kind)))
            })
        };
        assert!(has(|kind| matches!(kind, DayKind::Holiday(_))), "{}: no row over a holiday", term.id);
        assert!(has(|kind| matches!(kind, DayKind::MakeUp(_))), "{}: no row over a worked weekend", term.id);
    }
}

#[test]
fn hours_run_through_the_night_and_the_reason_says_so() {
    let moment = |text: &str| {
        let civil: jiff::civil::DateTime = text.parse().expect("a civil time");
        CALENDAR.moment(civil.date(), civil.time())
    };
    for (id, from, to, weekday, article) in HOURS {
        let (start, over) = (moment(from), moment(to));
        let term = TERMS.on(id, CALENDAR.date_of(start)).expect(id);
        let end = term.end(start, &CALENDAR, &[]).expect("an end");
        assert_eq!(end.last.weekday(), *weekday, "{article}");
        assert_eq!((end.over_at, end.last), (over, CALENDAR.date_of(over)), "{id} from {from}: {article}");
        assert!(!end.is_over(over.plus(-1)) && end.is_over(over), "{article}");
        assert_eq!(end.why.iter().map(WhyStep::key).collect::<Vec<_>>(), ["law-why-hours", "law-why-last"]);
    }
}

#[test]
fn the_reason_names_every_holiday() {
    let term = TERMS.on("hearing-request", day("2026-02-13")).expect("a term");
    let end = term.end_from_day(day("2026-02-13"), &CALENDAR, &[]).expect("an end");
    let steps: Vec<_> = end.why.iter().map(|step| (step.key(), step.from.to_string(), step.counted)).collect();
    let expected = [
        ("law-why-event-day", "2026-02-13", 0),
        ("law-why-make-up", "2026-02-14", 1),
        ("law-why-holiday", "2026-02-15", 1),
        ("law-why-working-days", "2026-02-24", 5),
        ("law-why-last", "2026-02-27", 5),
    ];
    assert_eq!(steps, expected.map(|(key, day, n)| (key, day.to_owned(), n)));
}

#[test]
fn what_cannot_be_known_is_refused() {
    let day_of = |id: &str| TERMS.on(id, day("2026-06-01")).expect(id);
    let unknown_year = day_of("cash-to-organ").end_from_day(day("2026-12-30"), &CALENDAR, &[]);
    assert_eq!(unknown_year.expect_err("2027 is not out").key, "law-calendar-not-loaded");
    let open = [Excluded { kind: Exclusion::Hearing, from: day("2026-02-01"), until: None }];
    let paused = day_of("decision").end_from_day(day("2026-01-05"), &CALENDAR, &open);
    assert_eq!(paused.expect_err("a hearing goes on").key, "law-term-paused");
    // What begins after the last day pauses nothing, and what the term does not know is counted.
    let late = [Excluded { kind: Exclusion::Hearing, from: day("2026-05-01"), until: None }];
    assert!(day_of("decision").end_from_day(day("2026-01-05"), &CALENDAR, &late).is_ok());
    assert!(day_of("payment").end_from_day(day("2026-01-05"), &CALENDAR, &open).is_ok());
    assert_eq!(TERMS.on("decision", day("2021-07-14")).expect_err("before the Act").key, "law-term-not-in-force");
    assert_eq!(TERMS.on("nothing", day("2026-01-01")).expect_err("no such").key, "law-term-not-in-force");
}

#[test]
fn a_number_follows_the_day() {
    let night = |on: &str| TERMS.number("night-from", day(on)).expect("night").citation.document.clone();
    assert_eq!((night("2026-08-14").as_str(), night("2026-08-15").as_str()), ("noise", "environment-code"));
    assert_eq!(TERMS.number("summary-fine-unit", day("2026-01-01")).expect("a limit").fen(), 300_000);
    let unsure: Vec<&str> = TERMS
        .all()
        .iter()
        .filter(|term| term.citation.certainty == Certainty::CheckLocally)
        .map(|term| term.id.as_str())
        .collect();
    assert!(unsure.contains(&"statement") && !unsure.contains(&"hearing-request"), "{unsure:?}");
}

#[test]
fn wrong_files_are_refused_with_their_place() {
    let path = "law/terms/penalty.toml";
    let changed = |from: &str, to: &str| -> Vec<&'static str> {
        let mut files = files();
        let file = files.iter_mut().find(|(name, _)| name == path).expect("the file");
        assert!(file.1.contains(from), "{from}");
        file.1 = file.1.replacen(from, to, 1);
        Terms::load(&files).map_or_else(|problems| problems.iter().map(|problem| problem.key).collect(), |_| vec![])
    };
    // Art. 85: fifteen days are days of the calendar, five are working days.
    assert_eq!(
        changed("length = 15\nunit = \"natural_day\"", "length = 15\nunit = \"working_day\""),
        ["law-term-unit-against-article"]
    );
    assert_eq!(
        changed("length = 5\nunit = \"working_day\"", "length = 5\nunit = \"natural_day\""),
        ["law-term-unit-against-article"]
    );
    assert_eq!(changed("length = 90", "length = 0"), ["law-limit-out-of-range"]);
    assert!(changed("length = 90", "length = -1").contains(&"catalog-file-unreadable"));
    assert!(changed("length = 90", "lenght = 90").contains(&"catalog-file-unreadable"));
    assert!(changed("id = \"payment\"", "id = \"pay\"").contains(&"law-term-missing"));
    assert!(changed("id = \"payment\"", "id = \"service\"").contains(&"law-term-twice"));
    assert_eq!(changed("article = \"67\"", "article = \"\""), ["law-article-missing"]);
    assert_eq!(
        changed("document = \"penalty\"\narticle = \"67\"", "document = \"x\"\narticle = \"67\""),
        ["law-document-unknown"]
    );
    assert_eq!(changed("zh = \"缴纳罚款\"", "zh = \" \""), ["law-words-missing"]);
    assert_eq!(changed("value = 200", "value = -200"), ["law-number-out-of-range"]);
    let words = crate::kit::words::Words::load(&Sources::embedded()).0;
    let keys = [
        "law-term-unit-against-article",
        "law-limit-out-of-range",
        "law-term-missing",
        "law-term-twice",
        "law-term-unknown",
        "law-article-missing",
        "law-document-unknown",
        "law-document-twice",
        "law-validity-reversed",
        "law-words-missing",
        "law-number-out-of-range",
        "law-term-before-in-working-days",
        "law-term-not-in-force",
        "law-term-paused",
        "law-term-runs-back",
        "law-term-runs-on",
    ];
    for key in keys {
        assert!(words.has(key), "no sentence for {key}");
    }
    let certainties = Certainty::ALL.iter().map(|one| format!("law-certainty-{}", one.word()));
    let events = Event::ALL.iter().map(|one| format!("law-event-{}", one.word()));
    let exclusions = Exclusion::ALL.iter().map(|one| format!("law-exclusion-{}", one.word()));
    let units = TermUnit::ALL.iter().map(|one| format!("law-unit-{}", one.word().replace('_', "-")));
    for key in certainties.chain(events).chain(exclusions).chain(units) {
        assert!(words.has(&key), "no sentence for {key}");
    }
}
