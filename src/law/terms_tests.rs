//! Tables of last days over the holidays and make-up days of 2026, the article beside each row, and files that are wrong.

use super::super::calendar::tests::calendar;
use super::*;
use crate::kit::sources::Sources;
use std::sync::LazyLock;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendar);

fn files() -> Vec<(String, String)> {
    Sources::embedded().folder(FOLDER)
}

static TERMS: LazyLock<Terms> = LazyLock::new(|| Terms::load(&files()).expect("the package's terms"));

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn excluded(kind: Exclusion, from: &str, until: &str) -> Excluded {
    Excluded { kind, from: day(from), until: Some(day(until)) }
}

#[test]
fn the_packages_files_have_no_problem() {
    assert_eq!(check(&files()), []);
    assert_eq!(TERMS.version().len(), 12);
}

#[test]
fn last_days() {
    use Exclusion as X;
    let none: Vec<Excluded> = Vec::new();
    let ten = vec![excluded(X::Hearing, "2026-02-01", "2026-02-10")];
    let overlapping =
        vec![excluded(X::Hearing, "2026-02-01", "2026-02-10"), excluded(X::Appraisal, "2026-02-06", "2026-02-15")];
    let test = vec![excluded(X::Test, "2026-01-15", "2026-01-19")];
    #[rustfmt::skip]
    let rows: &[(&str, &str, &[Excluded], &str, &str)] = &[
        // Working days: art. 85 with art. 64, over Spring Festival (15 to 23 February off, 14 and 28 worked) and National Day.
        ("hearing-request", "2026-02-13", &none, "2026-02-27", "处罚法64、85"),
        ("hearing-request", "2026-09-30", &none, "2026-10-13", "处罚法64、85"),
        ("hearing-request", "2026-03-02", &none, "2026-03-09", "处罚法64、85"),
        ("hearing-request", "2026-02-18", &none, "2026-02-28", "处罚法64、85，事件在假期内"),
        // Art. 61 over Labour Day (1 to 5 May off, Saturday 9 worked).
        ("service", "2026-04-30", &none, "2026-05-13", "处罚法61、85"),
        ("registered-evidence", "2026-06-18", &none, "2026-06-30", "处罚法56、85，端午"),
        ("registered-evidence", "2026-09-24", &none, "2026-10-12", "处罚法56、85，中秋、国庆"),
        ("cash-to-organ", "2026-09-18", &none, "2026-09-21", "处罚法71、85，9月20日上班"),
        ("withdraw-publication", "2026-02-14", &none, "2026-02-26", "处罚法48、85"),
        ("court-reminder", "2026-02-10", &none, "2026-03-02", "强制法54、69"),
        // Days of the calendar; a party's last day moves, an organ's stays.
        ("payment", "2026-03-02", &none, "2026-03-17", "处罚法67"),
        ("payment", "2026-01-31", &none, "2026-02-24", "处罚法67，民法典203：2月15日放假"),
        ("payment", "2026-09-11", &none, "2026-09-28", "处罚法67，民法典203：中秋"),
        ("payment", "2026-09-05", &none, "2026-09-20", "处罚法67：周日调休上班，不顺延"),
        ("decision", "2026-01-05", &none, "2026-04-05", "处罚法60：清明，不顺延"),
        ("decision", "2026-01-05", &ten, "2026-04-15", "处罚法60，扣除听证"),
        ("decision", "2026-01-05", &overlapping, "2026-04-20", "处罚法60，重叠的扣除只算一次"),
        ("decision", "2026-01-05", &test, "2026-04-10", "处罚法60，扣除检测"),
        ("seizure", "2026-01-10", &none, "2026-02-09", "强制法25"),
        ("seizure", "2026-01-10", &test, "2026-02-14", "强制法25，扣除检测"),
        ("seizure", "2026-01-10", &ten, "2026-02-09", "强制法25，听证不扣除"),
        ("review", "2026-02-01", &none, "2026-04-02", "复议法20"),
        ("review", "2026-02-04", &none, "2026-04-07", "复议法20，清明顺延"),
        // Months and years.
        ("suit", "2026-03-31", &none, "2026-09-30", "行诉法46"),
        ("suit", "2025-08-31", &none, "2026-02-28", "行诉法46：月末，周六调休上班"),
        ("suit", "2026-04-05", &none, "2026-10-08", "行诉法46：国庆顺延"),
        ("court-application", "2025-11-30", &none, "2026-02-28", "强制法53"),
        ("limitation", "2024-02-29", &none, "2026-02-28", "处罚法36"),
        ("limitation-harm", "2021-08-01", &none, "2026-08-01", "处罚法36"),
        ("enforcement-resumption", "2023-03-01", &none, "2026-03-01", "强制法39"),
    ];
    for (id, event, excluded, last, article) in rows {
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
    // Art. 64: seven working days lie between the notice and the hearing.
    for (id, event, latest) in [
        ("hearing-notice", "2026-03-12", "2026-03-02"),
        ("hearing-notice", "2026-10-14", "2026-09-28"),
        ("hearing-notice", "2026-02-26", "2026-02-09"),
        ("performance-reminder", "2026-05-06", "2026-04-27"),
        ("performance-reminder", "2026-03-05", "2026-03-01"),
    ] {
        let term = TERMS.on(id, day("2026-01-01")).expect(id);
        assert_eq!(
            term.latest_before(day(event), &CALENDAR).expect("a day").to_string(),
            latest,
            "{id} before {event}"
        );
        assert_eq!(term.end_from_day(day(event), &CALENDAR, &[]).expect_err("backwards").key, "law-term-runs-back");
    }
    let payment = TERMS.on("payment", day("2026-01-01")).expect("payment");
    assert_eq!(payment.latest_before(day("2026-03-12"), &CALENDAR).expect_err("on").key, "law-term-runs-on");
}

#[test]
fn hours_run_through_the_night_and_the_reason_says_so() {
    let urgent = TERMS.on("urgent-approval", day("2026-02-14")).expect("a term");
    let start = CALENDAR.moment(day("2026-02-14"), jiff::civil::time(23, 30, 0, 0));
    let end = urgent.end(start, &CALENDAR, &[]).expect("an end");
    assert_eq!(end.over_at, start.plus(24 * 3_600_000));
    assert!(!end.is_over(start.plus(24 * 3_600_000 - 1)) && end.is_over(start.plus(24 * 3_600_000)));
    assert_eq!(end.why.iter().map(WhyStep::key).collect::<Vec<_>>(), ["law-why-hours", "law-why-last"]);
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
