//! Tables of due moments, the weekday beside each, and the properties of pausing.

use super::super::calendar::tests::calendar;
use super::*;
use jiff::civil::DateTime;
use proptest::prelude::*;
use std::sync::LazyLock;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendar);

/// A civil time of Wanglan whose weekday is as said.
fn at(weekday: &str, text: &str) -> Moment {
    let civil: DateTime = text.parse().expect("a civil time");
    assert_eq!(&format!("{:?}", civil.weekday())[..3], weekday, "{text}");
    CALENDAR.moment(civil.date(), civil.time())
}

fn said(moment: Moment) -> String {
    let zoned = moment.zoned(CALENDAR.zone());
    format!("{} {}", &format!("{:?}", zoned.weekday())[..3], zoned.datetime())
}

fn pause(from: Moment, until: Moment) -> Pause {
    Pause { from, until: Some(until) }
}

fn due_at(start: Moment, limit: Limit, pauses: &[Pause]) -> Moment {
    due(start, limit, &CALENDAR, &Conventions::default(), pauses).expect("due").at
}

const J: Unit = Unit::UrgentHour;
const H: Unit = Unit::WorkingHour;
const D: Unit = Unit::WorkingDay;
const N: Unit = Unit::NaturalDay;
const U: Unit = Unit::UrgentDay;

#[test]
fn due_moments() {
    let rows: &[(&str, &str, u32, Unit, &str, &str)] = &[
        // Inside one day, over lunch, over night, over a weekend.
        ("Wed", "2026-03-04T09:00", 2, H, "Wed", "2026-03-04T11:00"),
        ("Wed", "2026-03-04T11:00", 2, H, "Wed", "2026-03-04T15:00"),
        ("Wed", "2026-03-04T10:00", 2, H, "Wed", "2026-03-04T12:00"),
        ("Wed", "2026-03-04T12:30", 4, H, "Thu", "2026-03-05T09:00"),
        ("Wed", "2026-03-04T17:00", 4, H, "Thu", "2026-03-05T12:00"),
        ("Wed", "2026-03-04T17:30", 4, H, "Thu", "2026-03-05T14:30"),
        ("Wed", "2026-03-04T23:59:59", 2, H, "Thu", "2026-03-05T10:30"),
        ("Thu", "2026-03-05T00:00", 2, H, "Thu", "2026-03-05T10:30"),
        ("Fri", "2026-03-06T16:30", 2, H, "Mon", "2026-03-09T09:30"),
        ("Sat", "2026-03-07T10:00", 4, H, "Mon", "2026-03-09T14:30"),
        // Hours that run on.
        ("Fri", "2026-03-06T23:00", 2, J, "Sat", "2026-03-07T01:00"),
        ("Sun", "2026-02-15T22:30", 4, J, "Mon", "2026-02-16T02:30"),
        ("Fri", "2026-03-06T23:00", 2, U, "Sun", "2026-03-08T23:00"),
        // Working days end with the working hours.
        ("Mon", "2026-03-02T08:00", 1, D, "Tue", "2026-03-03T17:30"),
        ("Mon", "2026-03-02T23:59", 1, D, "Tue", "2026-03-03T17:30"),
        ("Fri", "2026-03-06T10:00", 1, D, "Mon", "2026-03-09T17:30"),
        ("Sat", "2026-03-07T10:00", 1, D, "Mon", "2026-03-09T17:30"),
        ("Fri", "2026-03-06T10:00", 5, D, "Fri", "2026-03-13T17:30"),
        // Spring Festival 2026: 15 to 23 February off, Saturdays 14 and 28 worked.
        ("Fri", "2026-02-13T10:00", 1, D, "Sat", "2026-02-14T17:30"),
        ("Sat", "2026-02-14T10:00", 1, D, "Tue", "2026-02-24T17:30"),
        ("Sat", "2026-02-14T17:00", 4, H, "Tue", "2026-02-24T12:00"),
        ("Wed", "2026-02-18T03:00", 2, D, "Wed", "2026-02-25T17:30"),
        ("Tue", "2026-02-24T10:00", 5, D, "Mon", "2026-03-02T17:30"),
        ("Fri", "2026-02-27T17:00", 1, H, "Sat", "2026-02-28T09:00"),
        // National Day 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October worked.
        ("Sat", "2026-09-19T12:00", 1, D, "Sun", "2026-09-20T17:30"),
        ("Wed", "2026-09-30T17:00", 1, H, "Thu", "2026-10-08T09:00"),
        ("Wed", "2026-09-30T09:00", 3, D, "Sat", "2026-10-10T17:30"),
        ("Fri", "2026-10-09T09:00", 2, D, "Mon", "2026-10-12T17:30"),
        // National Day 2025 with Mid-Autumn: 1 to 8 October off, 28 September and 11 October worked.
        ("Sat", "2025-09-27T09:00", 2, D, "Mon", "2025-09-29T17:30"),
        ("Tue", "2025-09-30T09:00", 3, D, "Sat", "2025-10-11T17:30"),
        // Over the year's end: 1 January 2026 to 3 January off, Sunday 4 January worked.
        ("Wed", "2025-12-31T09:00", 1, D, "Sun", "2026-01-04T17:30"),
        ("Wed", "2025-12-31T17:00", 4, H, "Sun", "2026-01-04T12:00"),
        // The longer Spring Festival of 2020.
        ("Thu", "2020-01-23T10:00", 1, D, "Mon", "2020-02-03T17:30"),
        // The end of 2018, decided by the notice for 2019.
        ("Fri", "2018-12-28T10:00", 1, D, "Sat", "2018-12-29T17:30"),
        ("Sat", "2018-12-29T10:00", 1, D, "Wed", "2019-01-02T17:30"),
        // Days of the calendar, also over a leap day.
        ("Fri", "2026-02-13T10:15", 3, N, "Mon", "2026-02-16T10:15"),
        ("Wed", "2024-02-28T00:00", 2, N, "Fri", "2024-03-01T00:00"),
        // The last day that is known.
        ("Wed", "2026-12-30T09:00", 1, D, "Thu", "2026-12-31T17:30"),
        ("Thu", "2026-12-31T15:30", 2, H, "Thu", "2026-12-31T17:30"),
        ("Thu", "2026-12-31T23:00", 2, J, "Fri", "2027-01-01T01:00"),
        ("Thu", "2026-12-31T08:00", 7, N, "Thu", "2027-01-07T08:00"),
    ];
    for (weekday, start, value, unit, due_weekday, expected) in rows {
        let start_at = at(weekday, start);
        let limit = Limit::new(*value, *unit);
        let due = due(start_at, limit, &CALENDAR, &Conventions::default(), &[]).expect(start);
        assert_eq!(said(due.at), said(at(due_weekday, expected)), "{value} {unit:?} from {weekday} {start}");
        assert_eq!(due.trace.first().map(|step| (&step.kind, step.from)), Some((&StepKind::Started, start_at)));
        assert_eq!(due.trace.last().map(|step| (&step.kind, step.to)), Some((&StepKind::Due, due.at)));
    }
}

#[test]
fn other_conventions() {
    let conventions = Conventions { working_days: WorkingDays::SameClockTime, natural_days: NaturalDays::EndOfDay };
    let rows: &[(&str, &str, u32, Unit, &str, &str)] = &[
        ("Mon", "2026-03-02T10:00", 1, D, "Tue", "2026-03-03T10:00"),
        ("Fri", "2026-03-06T15:45", 1, D, "Mon", "2026-03-09T15:45"),
        ("Sat", "2026-02-14T10:00", 2, D, "Wed", "2026-02-25T10:00"),
        ("Mon", "2026-03-02T20:00", 1, D, "Tue", "2026-03-03T17:30"),
        ("Mon", "2026-03-02T10:00", 1, N, "Wed", "2026-03-04T00:00"),
    ];
    for (weekday, start, value, unit, due_weekday, expected) in rows {
        let due = due(at(weekday, start), Limit::new(*value, *unit), &CALENDAR, &conventions, &[]).expect(start);
        assert_eq!(said(due.at), said(at(due_weekday, expected)), "{value} {unit:?} from {weekday} {start}");
    }
}

#[test]
fn what_cannot_be_known_is_refused() {
    let key = |start: Moment, limit: Limit, pauses: &[Pause]| {
        due(start, limit, &CALENDAR, &Conventions::default(), pauses).map(|due| said(due.at)).map_err(|no| no.key)
    };
    let unknown = Err("law-calendar-not-loaded");
    assert_eq!(key(at("Thu", "2026-12-31T09:00"), Limit::new(1, D), &[]), unknown);
    assert_eq!(key(at("Thu", "2026-12-31T15:31"), Limit::new(2, H), &[]), unknown);
    assert_eq!(key(at("Mon", "2027-03-01T09:00"), Limit::new(1, H), &[]), unknown);
    assert_eq!(key(at("Fri", "2017-12-29T09:00"), Limit::new(1, D), &[]), unknown);
    assert_eq!(key(at("Fri", "2026-03-06T09:00"), Limit::new(0, H), &[]), Err("law-limit-out-of-range"));
    assert_eq!(key(at("Fri", "2026-03-06T09:00"), Limit::new(u32::MAX, J), &[]), Err("law-limit-out-of-range"));
    // A pause that has not ended.
    let open = |from| [Pause { from, until: None }];
    let start = at("Fri", "2026-03-06T09:00");
    assert_eq!(key(start, Limit::new(4, H), &open(at("Fri", "2026-03-06T10:00"))), Err("law-clock-paused"));
    assert_eq!(key(start, Limit::new(4, J), &open(at("Fri", "2026-03-06T10:00"))), Err("law-clock-paused"));
    assert_eq!(key(start, Limit::new(4, J), &open(at("Fri", "2026-03-06T08:00"))), Err("law-clock-paused"));
    // One that begins when it was due already.
    assert_eq!(
        key(start, Limit::new(1, H), &open(at("Fri", "2026-03-06T10:00"))),
        Ok("Fri 2026-03-06T10:00:00".into())
    );
}

#[test]
fn pauses_move_the_due_moment_by_what_they_take() {
    let rows: &[(u32, Unit, &str, &str, &str)] = &[
        // From Wednesday 4 March 2026, 09:00; a pause from … to …; due.
        (2, H, "2026-03-04T10:00", "2026-03-04T10:30", "Wed 2026-03-04T11:30:00"),
        (2, H, "2026-03-04T08:00", "2026-03-04T09:30", "Wed 2026-03-04T11:30:00"),
        (4, H, "2026-03-04T11:30", "2026-03-04T14:30", "Wed 2026-03-04T16:00:00"),
        (4, H, "2026-03-04T12:00", "2026-03-04T14:00", "Wed 2026-03-04T15:00:00"),
        (2, J, "2026-03-04T10:00", "2026-03-07T10:00", "Sat 2026-03-07T11:00:00"),
        (1, D, "2026-03-04T18:00", "2026-03-05T08:00", "Thu 2026-03-05T17:30:00"),
        (1, D, "2026-03-05T08:30", "2026-03-05T17:30", "Fri 2026-03-06T17:30:00"),
        (1, D, "2026-03-05T15:30", "2026-03-05T17:30", "Fri 2026-03-06T10:30:00"),
        (1, D, "2026-03-06T00:00", "2026-03-09T00:00", "Thu 2026-03-05T17:30:00"),
        (3, N, "2026-03-05T00:00", "2026-03-06T00:00", "Sun 2026-03-08T09:00:00"),
    ];
    let start = at("Wed", "2026-03-04T09:00");
    for (value, unit, from, until, expected) in rows {
        let civil = |text: &str| {
            let civil: DateTime = text.parse().expect("a civil time");
            CALENDAR.moment(civil.date(), civil.time())
        };
        let moment = due_at(start, Limit::new(*value, *unit), &[pause(civil(from), civil(until))]);
        assert_eq!(said(moment), *expected, "{value} {unit:?}, paused {from} to {until}");
    }
}

#[test]
fn the_trace_tells_the_way() {
    let due =
        due(at("Fri", "2026-02-13T16:00"), Limit::new(2, D), &CALENDAR, &Conventions::default(), &[]).expect("due");
    let told: Vec<(String, String, i64)> =
        due.trace.iter().map(|step| (format!("{:?}", step.kind), step.day.to_string(), step.minutes)).collect();
    let expected = [
        ("Started", "2026-02-13", 0),
        ("StartDay", "2026-02-13", 90),
        ("MakeUpDay(1, \"春节\")", "2026-02-14", 420),
        ("Holiday(\"春节\")", "2026-02-15", 0),
        ("WorkingDay(2)", "2026-02-24", 420),
        ("Due", "2026-02-24", 0),
    ];
    let expected: Vec<_> = expected.map(|(kind, day, minutes)| (kind.to_owned(), day.to_owned(), minutes)).into();
    assert_eq!(told, expected);
    let holiday = due.trace[3].args(&CALENDAR);
    assert!(holiday.contains(&("day", "2026-02-15".into())) && holiday.contains(&("last", "2026-02-23".into())));
    let kept = serde_json::to_string(&due).expect("kept as JSON");
    assert_eq!(serde_json::from_str::<Due>(&kept).expect("read again"), due);
}

#[test]
fn every_step_has_its_sentence() {
    let (words, _) = crate::kit::words::Words::load(&crate::kit::sources::Sources::embedded());
    let name = || "春节".to_owned();
    let kinds = [
        StepKind::Started,
        StepKind::Ran,
        StepKind::Counted,
        StepKind::CountedMakeUp(name()),
        StepKind::StartDay,
        StepKind::WorkingDay(2),
        StepKind::MakeUpDay(2, name()),
        StepKind::Weekend,
        StepKind::Holiday(name()),
        StepKind::Paused,
        StepKind::Due,
    ];
    let (from, to) = (at("Fri", "2026-03-06T09:00"), at("Sat", "2026-03-07T00:00"));
    for kind in kinds {
        let step = TraceStep { kind, day: CALENDAR.date_of(from), from, to, minutes: 61 };
        for language in crate::kit::words::LANGUAGES {
            let text =
                words.say(language, step.key(), &step.args(&CALENDAR)).unwrap_or_else(|| panic!("{}", step.key()));
            assert!(!text.contains('{'), "{text}");
        }
    }
    for unit in Unit::ALL {
        assert!(words.has(unit.key()), "{}", unit.key());
        assert_eq!(Unit::of(unit.word()), Some(unit));
    }
    let refusals = ["law-calendar-not-loaded", "law-limit-out-of-range", "law-clock-paused", "law-hours-missing"];
    let problems = ["law-hours-unreadable", "law-hours-disordered", "law-year-twice", "law-citation-missing"];
    let others = ["law-day-of-another-year", "law-day-twice", "law-no-year", "catalog-file-unreadable"];
    for key in [refusals, problems, others].as_flattened() {
        assert!(words.has(key), "{key}");
    }
}

/// A moment between 2019 and the middle of 2026.
fn moments() -> impl Strategy<Value = Moment> {
    (1_546_300_800_000_i64..1_780_000_000_000).prop_map(Moment)
}

fn limits() -> impl Strategy<Value = Limit> {
    (1_u32..20, proptest::sample::select(&Unit::ALL[..])).prop_map(|(value, unit)| Limit::new(value, unit))
}

/// Up to four pauses of up to three days within ten days of a start.
fn pauses() -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::vec((-86_400_000_i64..864_000_000, 1_i64..259_200_000), 0..4)
}

fn placed(start: Moment, pauses: &[(i64, i64)]) -> Vec<Pause> {
    pauses.iter().map(|(after, length)| pause(start.plus(*after), start.plus(after + length))).collect()
}

fn spent(start: Moment, until: Moment, unit: Unit, pauses: &[Pause]) -> i64 {
    counted(start, until, unit, &CALENDAR, pauses).expect("counted")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pausing_loses_and_gains_nothing(start in moments(), limit in limits(), lengths in pauses()) {
        let pauses = placed(start, &lengths);
        let (plain, paused) = (due_at(start, limit, &[]), due_at(start, limit, &pauses));
        let allowed = spent(start, plain, limit.unit, &[]);
        prop_assert_eq!(spent(start, paused, limit.unit, &pauses), allowed);
        prop_assert_eq!(spent(start, Moment(paused.0 - 1), limit.unit, &pauses), allowed - 1, "not a millisecond late");
        prop_assert!(paused >= plain);
    }

    #[test]
    fn a_pause_may_be_cut_in_two_and_told_in_any_order(
        start in moments(), limit in limits(), lengths in pauses(), cut in 0.0_f64..1.0,
    ) {
        let whole = placed(start, &lengths);
        let mut cut_up: Vec<Pause> = whole.iter().flat_map(|one| {
            let until = one.until.expect("ended");
            let middle = one.from.plus(((until.0 - one.from.0) as f64 * cut) as i64);
            [pause(middle, until), pause(one.from, middle)]
        }).collect();
        cut_up.reverse();
        prop_assert_eq!(
            due(start, limit, &CALENDAR, &Conventions::default(), &whole),
            due(start, limit, &CALENDAR, &Conventions::default(), &cut_up)
        );
    }

    #[test]
    fn later_starts_and_longer_limits_and_pauses_are_never_due_earlier(
        start in moments(), limit in limits(), later in 0_i64..864_000_000, lengths in pauses(), more in 0_i64..86_400_000,
    ) {
        prop_assert!(due_at(start.plus(later), limit, &[]) >= due_at(start, limit, &[]));
        let pauses = placed(start, &lengths);
        let due = due_at(start, limit, &pauses);
        prop_assert!(due > start);
        prop_assert!(due_at(start, Limit::new(limit.value + 1, limit.unit), &pauses) > due);
        let longer: Vec<(i64, i64)> = lengths.iter().map(|(after, length)| (*after, length + more)).collect();
        prop_assert!(due_at(start, limit, &placed(start, &longer)) >= due);
    }

    #[test]
    fn the_trace_is_gapless_in_time_and_adds_up(start in moments(), limit in limits(), lengths in pauses()) {
        let pauses = placed(start, &lengths);
        let due = due(start, limit, &CALENDAR, &Conventions::default(), &pauses).expect("due");
        prop_assert!(due.trace.windows(2).all(|pair| pair[0].to <= pair[1].from));
        // Each step is rounded down to minutes.
        let told: i64 = due.trace.iter().map(|step| step.minutes).sum();
        let minutes = spent(start, due.at, limit.unit, &pauses) / 60_000;
        prop_assert!(told <= minutes && minutes <= told + 2 * due.trace.len() as i64 + 2, "{} {}", told, minutes);
    }
}

#[test]
fn a_citys_readings_come_from_its_settings() {
    let of = |text: &str| Conventions::of_city(&toml::from_str(text).expect("TOML"));
    assert_eq!(of(""), Ok(Conventions::default()));
    assert_eq!(Conventions::default().working_days, WorkingDays::EndOfHours);
    let chosen = of("[law]\nworking_days = \"same_clock_time\"\nnatural_days = \"end_of_day\"\n");
    let wanted = Conventions { working_days: WorkingDays::SameClockTime, natural_days: NaturalDays::EndOfDay };
    assert_eq!(chosen, Ok(wanted));
    for wrong in ["law = 1", "[law]\nworking_days = \"never\"", "[law]\nworkdays = \"end_of_hours\""] {
        assert_eq!(of(wrong), Err("law-conventions-unknown"), "{wrong}");
    }
}
