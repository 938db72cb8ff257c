//! Rates and scores by hand, and every way in which a city's files can be wrong.

use super::definitions::{Definitions, Exact, Kind, check, forbidden};
use super::run::judge_points;
use super::score::{Counts, Normals, Ratio, amount, decimal, places, rate, score};
use super::show;
use crate::kit::sources::Sources;
use crate::kit::words::Words;
use proptest::prelude::*;

fn shipped() -> Vec<(String, String)> {
    Sources::embedded().folder("evaluation/")
}

fn definitions() -> Definitions {
    Definitions::load(&shipped()).expect("the package's own definitions")
}

fn counts(pairs: &[(&str, i64)]) -> Counts {
    pairs.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect()
}

/// The shipped files with one of them changed or added.
fn with(path: &str, change: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let mut files = shipped();
    match files.iter_mut().find(|(name, _)| name == path) {
        Some((_, text)) => *text = change(text),
        None => files.push((path.to_owned(), change(""))),
    }
    files
}

fn problems(files: &[(String, String)]) -> Vec<String> {
    check(files).into_iter().map(|problem| format!("{} {} {:?}", problem.key, problem.place, problem.args)).collect()
}

/// A scheme of one's own over the shipped counts.
fn scheme(terms: &str) -> Vec<(String, String)> {
    let head = "id = \"own\"\nzh = \"自定\"\nen = \"Own\"\nof = [\"street\"]\nfrom = \"2026-01-01\"\nfull = 100\ncite = \"本市办法\"\n";
    with("evaluation/scores/own.toml", |_| format!("{head}{terms}"))
}

#[test]
fn a_month_that_was_reckoned_by_hand() {
    // The street in March: 21 to be handled, of them 20 handled, 17 in time, 1 late and not handled, 2 extended; 18 to be
    // closed, 1 sent back.
    let street = counts(&[
        ("handle_needed", 21),
        ("handled", 20),
        ("handled_in_time", 17),
        ("handle_waiting_late", 1),
        ("postponed", 2),
        ("close_needed", 18),
        ("rework", 1),
    ]);
    let definitions = definitions();
    let day = "2026-03-31".parse().expect("a day");
    let scheme = definitions.scheme_on("example_district", day).expect("the example");
    let found = score(&definitions, scheme, &street, &Normals::default(), 0);
    // 20/21 × 30 = 28.571… → 28.57
    // 17/21 × 20 = 16.190… → 16.19
    // (1 − 1/18) × 20 = 18.888… → 18.89
    // (1 − 1/21) × 20 = 19.047… → 19.05
    // (1 − 2/21) × 10 = 9.047… → 9.05
    //                    sum      91.75
    let points: Vec<i64> = found.terms.iter().map(|term| term.points).collect();
    assert_eq!(points, [2857, 1619, 1889, 1905, 905, 0]);
    assert_eq!((found.total, found.is_ranked), (Some(9175), true));
    assert_eq!(decimal(found.total.expect("a total"), scheme.decimals), "91.75");
    // Two points by hand come on top.
    assert_eq!(score(&definitions, scheme, &street, &Normals::default(), 200).total, Some(9375));
    // A refused return costs half a point off the whole, a granted one whoever had dispatched it; five at most.
    let with_returns = |refused: i64, granted: i64| {
        let mut counts = street.clone();
        counts.extend([("return_refused".to_owned(), refused), ("dispatch_returned".to_owned(), granted)]);
        score(&definitions, scheme, &counts, &Normals::default(), 0).total
    };
    assert_eq!((with_returns(1, 0), with_returns(2, 1), with_returns(40, 0)), (Some(9125), Some(9025), Some(8675)));
    // The rates as they are printed.
    let printed = |id: &str| {
        let found = rate(&definitions, definitions.rate(id).expect("a rate"), &street);
        found.map_or_else(|| "–".to_owned(), show::percent)
    };
    assert_eq!(printed("handled_rate"), "95.24 %");
    assert_eq!(printed("handled_in_time_rate"), "80.95 %");
    assert_eq!(printed("rework_rate"), "5.56 %");
    assert_eq!(printed("satisfied_rate"), "–", "nobody rated");
    assert_eq!(amount(&definitions, "overdue_total", &counts(&[("handled_late", 3), ("handle_waiting_late", 1)])), 4);
}

#[test]
fn both_sides_of_a_return_and_of_a_whistle_are_scored() {
    let definitions = definitions();
    let day = "2026-03-31".parse().expect("a day");
    let total = |scheme: &str, pairs: &[(&str, i64)]| {
        let scheme = definitions.scheme_on(scheme, day).expect("it");
        score(&definitions, scheme, &counts(pairs), &Normals::default(), 0).total.expect("a total")
    };
    for (scheme, pairs, points) in [
        ("brigade", vec![("return_refused", 1)], 9900),
        ("brigade", vec![("dispatch_returned", 2)], 9800),
        ("brigade", vec![("return_refused", 4), ("dispatch_returned", 4)], 9500),
        // Signed in time, came late, and had refused without reason.
        (
            "brigade",
            vec![
                ("whistle_sign_needed", 1),
                ("whistle_signed_in_time", 1),
                ("whistle_arrive_needed", 1),
                ("whistle_refused_wrongly", 1),
            ],
            9800,
        ),
        // One rating of three stars: 3/5 × 5.
        ("brigade", vec![("whistle_stars_1", 1), ("whistle_stars_2", 1), ("whistle_stars_3", 1)], 9800),
        // Necessary with five stars, right with one: 6/10 × 10.
        (
            "dispatchers",
            vec![
                ("whistle_necessary_1", 1),
                ("whistle_necessary_2", 1),
                ("whistle_necessary_3", 1),
                ("whistle_necessary_4", 1),
                ("whistle_necessary_5", 1),
                ("whistle_accurate_1", 1),
            ],
            9600,
        ),
    ] {
        assert_eq!(total(scheme, &pairs), points, "{scheme} {pairs:?}");
    }
}

#[test]
fn nothing_to_measure_costs_nothing() {
    let definitions = definitions();
    let day = "2026-03-31".parse().expect("a day");
    let scheme = definitions.scheme_on("brigade", day).expect("the brigade's");
    let empty = score(&definitions, scheme, &Counts::new(), &Normals::default(), 0);
    assert_eq!((empty.total, empty.is_ranked), (Some(10_000), false), "all points, but no place");
    let files = scheme_files_leave();
    let definitions = Definitions::load(&files).expect("a scheme of one's own");
    let scheme = definitions.scheme_on("own", day).expect("it");
    // 60 points are left out; 30 of the other 40 stretch to 75 of 100.
    let some = counts(&[("handle_needed", 4), ("handled_in_time", 3)]);
    let found = score(&definitions, scheme, &some, &Normals::default(), 0);
    assert_eq!(found.total, Some(7500));
    assert!(found.terms[0].is_left_out && !found.terms[1].is_left_out);
    assert_eq!(score(&definitions, scheme, &Counts::new(), &Normals::default(), 0).total, None, "nothing at all");
}

fn scheme_files_leave() -> Vec<(String, String)> {
    scheme(
        "[[term]]\nid = \"a\"\nzh = \"甲\"\nen = \"A\"\nrate = \"satisfied_rate\"\nweight = 60\nempty = \"leave\"\n\
         [[term]]\nid = \"b\"\nzh = \"乙\"\nen = \"B\"\nrate = \"handled_in_time_rate\"\nweight = 40\nempty = \"leave\"\n",
    )
}

#[test]
fn every_kind_of_term() {
    let files = scheme(
        "[[term]]\nid = \"d\"\nzh = \"扣\"\nen = \"D\"\ncount = \"rework\"\nweight = 20\ndeduct_each = \"1.5\"\ncap = 12\n\
         [[term]]\nid = \"a\"\nzh = \"加\"\nen = \"A\"\ncount = \"self_handled\"\nadd_each = \"0.5\"\ncap = 3\n\
         [[term]]\nid = \"b\"\nzh = \"档\"\nen = \"B\"\nrate = \"handled_in_time_rate\"\n\
         bands = [{ from = \"0.9\", points = 50 }, { from = \"0.95\", points = 60 }, { from = 0, points = 10 }]\n\
         [[term]]\nid = \"p\"\nzh = \"均\"\nen = \"P\"\ncount = \"reported_public\"\nper = \"square_kilometre\"\nweight = 20\n\
         deduct_each = 1\ncap = 20\nempty = \"zero\"\n",
    );
    let definitions = Definitions::load(&files).expect("it fits");
    let scheme = definitions.scheme_on("own", "2026-03-31".parse().expect("a day")).expect("it");
    let normals = Normals { square_metres: 1_500_000, ..Normals::default() };
    let points = |pairs: &[(&str, i64)], normals: &Normals| {
        let found = score(&definitions, scheme, &counts(pairs), normals, 0);
        (found.terms.iter().map(|term| term.points).collect::<Vec<_>>(), found.total)
    };
    // 3 reworks cost 4.5; 5 handled on the spot give 2.5; 19 of 20 reach the highest step exactly; 10 on 1.5 km² are 6.666…
    let busy =
        [("rework", 3), ("self_handled", 5), ("handle_needed", 20), ("handled_in_time", 19), ("reported_public", 10)];
    assert_eq!(points(&busy, &normals), (vec![1550, 250, 6000, 1333], Some(9133)));
    // Caps hold on both sides; without a known area the term gives nothing.
    let worst = [("rework", 50), ("self_handled", 50), ("handle_needed", 20), ("handled_in_time", 17)];
    assert_eq!(points(&worst, &Normals::default()), (vec![800, 300, 1000, 0], Some(2100)));
}

#[test]
fn equals_share_a_place_and_who_is_not_ranked_has_none() {
    let scores =
        [(Some(90), true), (Some(95), true), (Some(90), true), (Some(99), false), (None, true), (Some(1), true)];
    assert_eq!(places(&scores), [Some(2), Some(1), Some(2), None, None, Some(4)]);
}

#[test]
fn points_by_hand_are_judged() {
    let definitions = definitions();
    let scheme = definitions.scheme_on("brigade", "2026-03-31".parse().expect("a day")).expect("it");
    for (typed, millionths) in
        [("2", 2_000_000), ("+1.5", 1_500_000), ("-2", -2_000_000), ("−0.25", -250_000), (" 10 ", 10_000_000)]
    {
        assert_eq!(judge_points(typed, scheme).map(Exact::millionths), Ok(millionths), "{typed}");
    }
    for (typed, key) in [
        ("", "evaluation-points-unreadable"),
        ("two", "evaluation-points-unreadable"),
        ("1e3", "evaluation-points-unreadable"),
        ("0", "evaluation-points-nothing"),
        ("-0.00", "evaluation-points-nothing"),
        ("0.001", "evaluation-points-decimals"),
        ("10.01", "evaluation-points-many"),
        ("-11", "evaluation-points-many"),
    ] {
        assert_eq!(judge_points(typed, scheme).map_err(|refusal| refusal.key), Err(key), "{typed}");
    }
}

#[test]
fn the_packages_own_files_are_right() {
    assert_eq!(problems(&shipped()), Vec::<String>::new());
    let definitions = definitions();
    for id in [
        "reported",
        "reported_valid",
        "reported_public",
        "accepted",
        "accepted_in_time",
        "filed",
        "filed_in_time",
        "filed_accurately",
        "check_needed",
        "checked",
        "checked_in_time",
        "dispatch_needed",
        "dispatched",
        "dispatched_in_time",
        "dispatched_accurately",
        "handle_needed",
        "handled",
        "handled_in_time",
        "handled_late",
        "handle_waiting_late",
        "verify_needed",
        "verified",
        "verified_in_time",
        "close_needed",
        "closed",
        "closed_in_time",
        "closed_late",
        "close_waiting_late",
        "rework",
        "returned",
        "dispatch_returned",
        "voided",
        "postponed",
        "suspended",
        "self_handled",
        "force_closed",
        "supervised",
        "rated",
        "satisfied",
        "dissatisfied",
    ] {
        assert!(definitions.count(id).is_some(), "{id} is counted");
    }
    assert!(!definitions.schemes_on("2026-01-01".parse().expect("a day")).is_empty());
}

#[test]
fn an_indicator_that_speaks_of_fines_is_refused() {
    for text in [
        "罚款金额",
        "本月罚款",
        "罚没收入",
        "没收违法所得",
        "处罚金额",
        "Fines",
        "fine_total",
        "the fine",
        "penalty amount",
        "penalty_amount",
        "Confiscated goods",
    ] {
        assert!(forbidden(text).is_some(), "{text}");
    }
    for text in [
        "按期处置",
        "defined",
        "refined",
        "confined",
        "案件办结",
        "penalty cases closed",
        "处罚案件办结",
        "finer_points",
    ] {
        assert_eq!(forbidden(text), None, "{text}");
    }
    let group = "[[count]]\nid = \"ID\"\nzh = \"ZH\"\nen = \"EN\"\ngroup = \"handle\"\nsource = \"facts\"\nwhen = \"happened\"\nfacts = [\"case_closed\"]\n";
    for (id, zh, en) in [("fine_sum", "金额", "Sum"), ("sum", "罚款总额", "Sum"), ("sum", "金额", "Total of fines")]
    {
        let row = group.replace("ID", id).replace("ZH", zh).replace("EN", en);
        let found = problems(&with("evaluation/counts.toml", |text| format!("{text}{row}")));
        assert!(found.iter().any(|line| line.starts_with("evaluation-fines-forbidden")), "{found:?}");
    }
    let found = problems(&scheme(
        "[[term]]\nid = \"m\"\nzh = \"罚款完成率\"\nen = \"M\"\nrate = \"handled_rate\"\nweight = 100\n",
    ));
    assert!(found.iter().any(|line| line.starts_with("evaluation-fines-forbidden own.m")), "{found:?}");
    // A source of that kind does not exist.
    let fines = group.replace("\"facts\"", "\"fines\"");
    assert!(!problems(&with("evaluation/counts.toml", |text| format!("{text}{fines}"))).is_empty());
    let (words, _) = Words::load(&Sources::embedded());
    let said = words.say("zh-Hans", "evaluation-fines-forbidden", &[("word", "罚款".into())]).expect("a sentence");
    assert!(said.contains("行政处罚法第七十四条"), "{said}");
}

#[test]
fn every_mistake_in_the_files_is_named() {
    let own = |terms: &str| problems(&scheme(terms));
    let whole = "[[term]]\nid = \"a\"\nzh = \"甲\"\nen = \"A\"\nrate = \"handled_rate\"\nweight = WEIGHT\n";
    let counts = |text: &str| problems(&with("evaluation/counts.toml", |old| format!("{old}{text}")));
    let rates = |text: &str| problems(&with("evaluation/rates.toml", |old| format!("{old}{text}")));
    let count = "[[count]]\nid = \"x\"\nzh = \"X\"\nen = \"X\"\ngroup = \"handle\"\n";
    let rate = "[[rate]]\nid = \"r\"\nzh = \"R\"\nen = \"R\"\ngroup = \"handle\"\nbetter = \"more\"\n";
    let sum = |id: &str, of: &str| format!("[[sum]]\nid = \"{id}\"\nzh = \"S\"\nen = \"S\"\nof = [\"{of}\"]\n");
    for (found, key) in [
        (own(&whole.replace("WEIGHT", "99")), "evaluation-weights"),
        (own(&whole.replace("WEIGHT", "\"100.5\"")), "evaluation-weights"),
        (own(&whole.replace("WEIGHT", "0.5")), "catalog-file-unreadable"),
        (own(&whole.replace("WEIGHT", "100").replace("handled_rate", "no_such")), "evaluation-name-unknown"),
        (own(&format!("{0}{0}", whole.replace("WEIGHT", "50"))), "evaluation-id-twice"),
        (own(&whole.replace("WEIGHT", "100\nadd_each = 1\ncap = 2")), "evaluation-term-shape"),
        (
            own(&whole.replace("rate = \"handled_rate\"", "count = \"rework\"").replace("WEIGHT", "100")),
            "evaluation-term-shape",
        ),
        (
            own(&whole
                .replace("rate = \"handled_rate\"", "count = \"rework\"\ndeduct_each = 1\ncap = 101")
                .replace("WEIGHT", "100")),
            "evaluation-term-numbers",
        ),
        (own(""), "evaluation-weights"),
        (counts(&format!("{count}source = \"cases\"\nwhen = \"needed\"\n")), "evaluation-count-shape"),
        (counts(&format!("{count}source = \"timers\"\nwhen = \"needed\"\n")), "evaluation-count-shape"),
        (counts(&format!("{count}source = \"facts\"\nwhen = \"happened\"\n")), "evaluation-count-shape"),
        (
            counts(&format!("{count}source = \"cases\"\nwhen = \"opened\"\nperson = \"finisher\"\n")),
            "evaluation-count-shape",
        ),
        (
            counts(&format!("{count}source = \"facts\"\nwhen = \"happened\"\nfacts = [\"nothing\"]\n")),
            "evaluation-word-unknown",
        ),
        (
            counts(&format!("{count}source = \"cases\"\nwhen = \"opened\"\nfrom = [\"moon\"]\n")),
            "evaluation-word-unknown",
        ),
        (
            counts(&format!("{count}source = \"ratings\"\nwhen = \"happened\"\nsatisfaction = [6]\n")),
            "evaluation-satisfaction",
        ),
        (
            counts(&format!("{}source = \"cases\"\nwhen = \"opened\"\n", count.replace("handle", "nowhere"))),
            "evaluation-group-unknown",
        ),
        (
            counts(&format!("{}source = \"cases\"\nwhen = \"opened\"\n", count.replace("\"x\"", "\"reported\""))),
            "evaluation-id-twice",
        ),
        (
            counts(&format!("{}source = \"cases\"\nwhen = \"opened\"\n", count.replace("\"x\"", "\"X y\""))),
            "evaluation-id-shape",
        ),
        (counts(&format!("{count}source = \"whistles\"\nwhen = \"closed\"\n")), "evaluation-count-shape"),
        (
            counts(&format!("{count}source = \"whistles\"\nwhen = \"rated\"\nmark = \"stars_accurate\"\n")),
            "evaluation-count-shape",
        ),
        (counts(&format!("{count}source = \"cases\"\nwhen = \"opened\"\nagain = 2\n")), "evaluation-count-shape"),
        (
            counts(&format!("{count}source = \"cases\"\nwhen = \"opened\"\nby_people = true\n")),
            "evaluation-count-shape",
        ),
        (rates(&format!("{rate}top = [\"handled\"]\nbottom = [\"no_such\"]\n")), "evaluation-name-unknown"),
        (rates(&format!("{rate}top = []\nbottom = [\"handled\"]\n")), "evaluation-side-empty"),
        (rates(&(sum("s_one", "s_two") + &sum("s_two", "-s_one"))), "evaluation-circle"),
        (rates(&sum("s_one", "s_one")), "evaluation-circle"),
        (
            problems(&with("evaluation/scores/9-example-district.toml", |text| {
                text.replace("成都市金牛区数字城管评价办法（示例）", "")
            })),
            "evaluation-citation-missing",
        ),
        (problems(&with("evaluation/other.toml", |_| String::new())), "evaluation-file-unknown"),
        (problems(&[]), "evaluation-nothing-counted"),
    ] {
        assert!(found.iter().any(|line| line.starts_with(key)), "{key}: {found:?}");
    }
}

#[test]
fn a_scheme_has_versions_by_day() {
    let files = with("evaluation/scores/1-brigade-2027.toml", |_| {
        let old = shipped().into_iter().find(|(path, _)| path.ends_with("1-brigade.toml")).expect("it").1;
        old.replace("from = \"2020-01-01\"", "from = \"2027-01-01\"").replace("综合评价得分", "新办法")
    });
    let definitions = Definitions::load(&files).expect("both");
    let name = |day: &str| definitions.scheme_on("brigade", day.parse().expect("a day")).map(|one| one.name.zh.clone());
    assert_eq!(name("2026-12-31").as_deref(), Some("综合评价得分"));
    assert_eq!(name("2027-01-01").as_deref(), Some("新办法"));
    assert_eq!(name("2019-12-31"), None);
    assert!(definitions.version != self::definitions().version);
}

#[test]
fn an_exact_number_is_read_as_it_is_written() {
    for (text, millionths) in
        [("0.95", 950_000), ("20", 20_000_000), ("-2.5", -2_500_000), ("0.000001", 1), ("100.0", 100_000_000)]
    {
        assert_eq!(Exact::parse(text).map(Exact::millionths), Some(millionths), "{text}");
    }
    for text in ["", ".5", "1.", "1,5", "0.0000001", "1e2", "九", "--1", "9999999999"] {
        let found = Exact::parse(text);
        assert!(found.is_none() || text == "1.", "{text}: {found:?}");
    }
    assert_eq!(Exact::parse("2.50").expect("a number").text(), "2.5");
    assert_eq!(Exact::parse("-0.5").expect("a number").text(), "-0.5");
}

proptest! {
    #[test]
    fn rounding_is_half_up_and_never_off_by_more_than_a_half(top in -1_000_000_i64..1_000_000, bottom in 1_i64..1_000_000) {
        let ratio = Ratio::of(top, bottom).expect("a ratio");
        let rounded = i128::from(ratio.basis_points());
        let exact = i128::from(top) * 10_000 * 2;
        let below = i128::from(bottom);
        prop_assert!((rounded * 2 - 1) * below <= exact && exact < (rounded * 2 + 1) * below);
    }

    #[test]
    fn a_score_lies_between_nothing_and_the_whole(
        needed in 0_i64..2_000_000, handled in 0_i64..2_000_000, in_time in 0_i64..2_000_000, rework in 0_i64..2_000_000,
        orders in 0_i64..100, closed in 0_i64..2_000_000,
    ) {
        let definitions = definitions();
        let scheme = definitions.scheme_on("brigade", "2026-03-31".parse().expect("a day")).expect("it");
        let street = counts(&[
            ("handle_needed", needed), ("handled", handled), ("handled_in_time", in_time), ("rework", rework),
            ("supervised", orders), ("close_needed", closed),
        ]);
        let found = score(&definitions, scheme, &street, &Normals::default(), 0);
        let total = found.total.expect("every term gives something");
        prop_assert!((0..=10_000).contains(&total), "{total}");
        prop_assert_eq!(total, found.terms.iter().map(|term| term.points).sum::<i64>(), "the sum of what is printed");
    }
}

#[test]
fn kinds_know_what_they_have() {
    let definitions = definitions();
    let of = |id: &str, kind: Kind| show::rate_is_of(&definitions, definitions.rate(id).expect("a rate"), kind);
    assert!(of("handled_in_time_rate", Kind::Department) && of("handled_in_time_rate", Kind::Street));
    assert!(of("dispatched_accurately_rate", Kind::Person) && !of("rework_rate", Kind::Person));
}
