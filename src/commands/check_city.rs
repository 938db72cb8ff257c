//! `check`, the part that reads `city.toml`: every key that is known, and what it may say.

use super::check::{Finding, Findings};
use crate::app::City;
use crate::cases::case;
use crate::cases::numbering::NumberPattern;
use crate::cases::photo_checks;
use crate::cases::timer::StageLimits;
use crate::catalog::Catalog;
use crate::duty::settings::Settings;
use crate::grid::base_map::BaseMap;
use crate::grid::code::CodePattern;
use crate::grid::coordinates::CoordinateSystem;
use crate::law::{Conventions, WorkingHours};
use crate::notices;
use toml::{Table, Value};

/// What a setting may say.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    /// A number between the two.
    Number(f64, f64),
    /// Longitude and latitude.
    Point,
    /// Opening and closing.
    Hours,
    /// Several texts.
    Texts,
    /// A table of texts, each under a name.
    Named,
}
use Shape::{Hours, Named, Number, Point, Text, Texts};

/// Every setting by its table; the empty table is the head of the file.
const KNOWN: &[(&str, &[(&str, Shape)])] = &[
    (
        "",
        &[
            ("name", Text),
            ("name_en", Text),
            ("programme", Text),
            ("programme_en", Text),
            ("region_code", Text),
            ("grid_code_pattern", Text),
            ("time_zone", Text),
            ("public_url", Text),
        ],
    ),
    (
        "map",
        &[
            ("centre", Point),
            ("zoom", Number(0.0, 22.0)),
            ("coordinates", Text),
            ("raster", Text),
            ("tiles", Text),
            ("attribution", Text),
            ("files", Named),
        ],
    ),
    ("working_hours", &[("morning", Hours), ("afternoon", Hours), ("evening", Hours)]),
    ("law", &[("working_days", Text), ("natural_days", Text)]),
    (
        "cases",
        &[
            ("number", Text),
            ("first_postponement", Text),
            ("second_postponement", Text),
            ("suspension", Text),
            ("void", Text),
            ("appeal", Text),
            ("self_handled_sample", Number(0.0, 100.0)),
            ("urgent", Texts),
            ("urgent_words", Texts),
        ],
    ),
    (
        "clocks",
        &[
            ("accept", Text),
            ("check", Text),
            ("file", Text),
            ("dispatch", Text),
            ("decide", Text),
            ("verify", Text),
            ("close", Text),
            ("warn_percent", Number(1.0, 100.0)),
        ],
    ),
    ("embed", &[("origins", Texts)]),
    (
        "retention",
        &[
            ("report_contact_days", Number(0.0, 36_500.0)),
            ("hotline_order_days", Number(0.0, 36_500.0)),
            ("hotline_file_days", Number(0.0, 36_500.0)),
            ("check_phone_days", Number(0.0, 36_500.0)),
            ("claim_days", Number(0.0, 36_500.0)),
            ("sign_in_address_days", Number(0.0, 36_500.0)),
            ("hour", Number(0.0, 23.0)),
        ],
    ),
    (
        "gates",
        &[
            ("proxies", Texts),
            ("hsts_days", Number(0.0, 730.0)),
            ("wrong_free", Number(3.0, 10_000.0)),
            ("wrong_forgiven_seconds", Number(1.0, 3_600.0)),
            ("longest_wait_minutes", Number(1.0, 60.0)),
            ("reports_per_minute", Number(0.0, 100_000.0)),
            ("uploads_per_minute", Number(0.0, 100_000.0)),
            ("searches_per_minute", Number(0.0, 100_000.0)),
            ("connections", Number(16.0, 1_000_000.0)),
            ("connections_each", Number(4.0, 1_000_000.0)),
            ("head_seconds", Number(1.0, 600.0)),
            ("stall_seconds", Number(1.0, 600.0)),
            ("slowest_bytes", Number(0.0, 1_000_000.0)),
            ("in_flight", Number(2.0, 100_000.0)),
            ("uploads_in_flight", Number(1.0, 10_000.0)),
            ("queue_milliseconds", Number(0.0, 60_000.0)),
            ("database_seconds", Number(0.0, 3_600.0)),
        ],
    ),
    (
        "follows",
        &[
            ("quiet_from", Text),
            ("quiet_until", Text),
            ("together_at", Text),
            ("mails_a_day", Number(1.0, 50.0)),
            ("unconfirmed_hours", Number(1.0, 720.0)),
            ("each_address", Number(1.0, 1000.0)),
        ],
    ),
    ("evaluation", &[("refresh_minutes", Number(0.0, 1440.0)), ("days_kept", Number(1.0, 365.0))]),
    (
        "reports",
        &[
            ("photos_limit", Number(1.0, 9.0)),
            ("photo_megabytes", Number(1.0, 20.0)),
            ("words_limit", Number(50.0, 10_000.0)),
            ("similar_within_metres", Number(0.0, 2_000.0)),
            ("similar_within_days", Number(1.0, 365.0)),
            ("reopen_within_days", Number(0.0, 365.0)),
            ("urge_every_hours", Number(1.0, 720.0)),
            ("promise", Text),
        ],
    ),
    (
        "twins",
        &[
            ("offered_points", Number(50.0, 1_000.0)),
            ("likely_points", Number(50.0, 2_000.0)),
            ("ended_days", Number(0.0, 60.0)),
            ("newest_of_square", Number(5.0, 200.0)),
            ("compared", Number(5.0, 200.0)),
            ("shown", Number(1.0, 10.0)),
        ],
    ),
    (
        "duty",
        &[
            ("place", Point),
            ("check_in_metres", Number(0.0, 100_000.0)),
            ("check_in_early_minutes", Number(0.0, 720.0)),
            ("late_after_minutes", Number(0.0, 240.0)),
            ("rest_hours", Number(0.0, 72.0)),
            ("muster_minutes", Number(1.0, 120.0)),
            ("call_out_minutes", Number(1.0, 120.0)),
            ("swap_approval", Text),
        ],
    ),
    (
        "accounts",
        &[
            ("first_password", Text),
            ("minimum_length", Number(8.0, 100.0)),
            ("kinds", Number(1.0, 4.0)),
            ("lock_after_failures", Number(1.0, 100.0)),
            ("lock_minutes", Number(1.0, 10_000.0)),
            ("idle_minutes", Number(5.0, 100_000.0)),
            ("longest_hours", Number(1.0, 10_000.0)),
        ],
    ),
];

/// Settings without which a city cannot work.
const NEEDED: [&str; 5] = ["name", "name_en", "region_code", "grid_code_pattern", "time_zone"];

const EMERGENCY: [&str; 4] = ["key", "phone", "name", "name_en"];

/// Everything there is to say about a city's settings; and the settings, when what others are judged by can be read.
pub(super) fn settings(text: Option<&str>) -> (Vec<Finding>, Option<City>) {
    let mut findings = Findings::about("city");
    let Some(text) = text else {
        findings.wrong("city.toml is missing; copy the one of the example city and change it");
        return (findings.or(""), None);
    };
    let settings: Table = match toml::from_str(text) {
        Ok(settings) => settings,
        Err(error) => {
            let line = crate::catalog::problem::line_of(text, &error);
            findings.wrong(format!("city.toml, line {line}: cannot be read: {}; correct this line", error.message()));
            return (findings.or(""), None);
        }
    };
    let city = toml::from_str::<City>(text).ok().filter(|city| jiff::tz::TimeZone::get(&city.time_zone).is_ok());
    let of = |name: &str| settings.get(name).and_then(Value::as_str).unwrap_or_default();
    for name in NEEDED.iter().filter(|name| of(name).trim().is_empty()) {
        findings.wrong(format!("city.toml: {name} is missing; write it"));
    }
    for (name, value) in &settings {
        match (KNOWN.iter().find(|(table, _)| table == name), value) {
            (Some((table, keys)), Value::Table(inner)) if !table.is_empty() => {
                inner.iter().for_each(|(key, value)| one(&mut findings, &format!("{name}.{key}"), key, value, keys));
            }
            (Some(_), _) if !name.is_empty() => findings.wrong(format!("city.toml: {name} must be a table [{name}]")),
            _ if name == "emergency" => emergencies(&mut findings, value),
            // Read as a whole, below.
            _ if matches!(
                name.as_str(),
                "notices"
                    | "identity"
                    | "photos"
                    | "files"
                    | "chain"
                    | "backup"
                    | "places"
                    | "suggestions"
                    | "exchange"
                    | "superior"
                    | "open_data"
                    | "api"
                    | "outside"
            ) => {}
            // A table for each kind: read as a whole below.
            _ if name == "whistles" => {}
            _ => one(&mut findings, name, name, value, KNOWN[0].1),
        }
    }
    values(&mut findings, &settings);
    let right = format!("{} ({}), region {}, {}", of("name"), of("name_en"), of("region_code"), of("time_zone"));
    (findings.or(right), city)
}

/// One setting: known, and of its shape.
fn one(findings: &mut Findings, path: &str, key: &str, value: &Value, keys: &[(&str, Shape)]) {
    let Some((_, shape)) = keys.iter().find(|(known, _)| *known == key) else {
        findings.warn(format!("city.toml: {path} is not known and does nothing; is it misspelt?"));
        return;
    };
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    let texts = || value.as_array().map(|list| list.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    let wanted = match shape {
        Text if value.is_str() => None,
        Text => Some("a text in quotes".to_owned()),
        Number(least, most) if number(value).is_some_and(|found| (*least..=*most).contains(&found)) => None,
        Number(least, most) => Some(format!("a number from {least} to {most}")),
        Point => {
            let pair: Vec<f64> = value.as_array().into_iter().flatten().filter_map(number).collect();
            let is_place = matches!(pair[..], [lon, lat] if lon.abs() <= 180.0 && lat.abs() <= 90.0);
            (!is_place).then(|| "[longitude, latitude]".to_owned())
        }
        Hours if texts().is_some_and(|list| list.len() == 2) => None,
        Hours => Some("like [\"08:30\", \"12:00\"]".to_owned()),
        Texts => value.as_array().is_none().then(|| "a list of texts in quotes".to_owned()),
        Named if value.as_table().is_some_and(|table| table.values().all(Value::is_str)) => None,
        Named => Some("a table of names, each with a text in quotes".to_owned()),
    };
    if let Some(wanted) = wanted {
        findings.wrong(format!("city.toml: {path} must be {wanted}"));
    }
}

/// The sub-classes that the city calls urgent and its catalog has not, each with its sentence.
pub(super) fn urgent(text: Option<&str>, catalog: &Catalog) -> Vec<String> {
    let settings: Option<Table> = text.and_then(|text| toml::from_str(text).ok());
    // What cannot be read is found elsewhere.
    let found = settings.and_then(|settings| case::Settings::of_city(&settings).ok());
    let unknown = found.into_iter().flat_map(|found| found.urgent).filter(|word| catalog.key_of(word).is_none());
    unknown
        .map(|word| format!("city.toml: cases.urgent: the catalog has no {word}; compare it with /admin/catalog"))
        .collect()
}

fn emergencies(findings: &mut Findings, value: &Value) {
    for (at, entry) in value.as_array().into_iter().flatten().enumerate() {
        for key in EMERGENCY {
            if entry.get(key).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
                findings.urgent(format!("city.toml: the {}. [[emergency]] lacks {key}; write it", at + 1));
            }
        }
    }
}

/// What several settings mean together.
fn values(findings: &mut Findings, settings: &Table) {
    let text = |name: &str| settings.get(name).and_then(Value::as_str).unwrap_or_default();
    // What is missing altogether was said already.
    let is_there = |name: &str| !text(name).trim().is_empty();
    if is_there("time_zone")
        && let Err(error) = jiff::tz::TimeZone::get(text("time_zone"))
    {
        findings.wrong(format!("city.toml: time_zone: {error}; in China write Asia/Shanghai"));
    }
    if is_there("grid_code_pattern") && CodePattern::new(text("grid_code_pattern")).is_err() {
        findings.wrong("city.toml: grid_code_pattern must be lengths that add up to 15 or 16, such as 6+3+3+3");
    }
    let region = text("region_code");
    if is_there("region_code") && !region.bytes().all(|byte| byte.is_ascii_digit()) {
        findings.wrong("city.toml: region_code must be digits (GB/T 2260)");
    }
    if let Err(key) = WorkingHours::of_city(settings) {
        let why = match key {
            "law-hours-missing" => "is missing; write morning and afternoon",
            "law-hours-unreadable" => "cannot be read; write times like [\"08:30\", \"12:00\"]",
            _ => "is empty, reversed or overlaps; write the spans in order",
        };
        findings.wrong(format!("city.toml: [working_hours] {why}"));
    }
    if Conventions::of_city(settings).is_err() {
        findings.wrong("city.toml: [law] working_days is end_of_hours or same_clock_time, natural_days is same_clock_time or end_of_day");
    }
    let map =
        |name: &str| settings.get("map").and_then(|map| map.get(name)).and_then(Value::as_str).unwrap_or_default();
    let system = map("coordinates");
    if !system.is_empty() && system.parse::<CoordinateSystem>().is_err() {
        findings.wrong("city.toml: map.coordinates must be wgs84, cgcs2000, gcj02 or bd09");
    }
    if !(map("raster").is_empty() && map("tiles").is_empty()) && map("attribution").is_empty() {
        findings.warn("city.toml: map.attribution is empty; a base map must show its review number (审图号)");
    }
    if let Err(why) = BaseMap::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = NumberPattern::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = case::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::files::settings::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::backups::set::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::timeline::chain::Algorithm::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = photo_checks::finding::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::suggestions::suggestion::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if StageLimits::of_city(settings).is_err() {
        findings.wrong(
            "city.toml: [clocks] has limits such as \"15 minute\" or \"2 working_hour\", or an empty text for no clock",
        );
    }
    if let Err(why) = crate::whistles::settings::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::places::settings::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::follows::settings::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::embed::settings::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::retention::settings::Settings::of_city(settings) {
        findings.wrong(format!("city.toml: {why}"));
    }
    if let Err(why) = crate::kit::gates::Settings::of_city(settings, "") {
        findings.wrong(format!("city.toml: {why}"));
    }
    public_url(findings, text("public_url"));
    match notices::settings::Settings::of_city(settings) {
        Err(why) => findings.wrong(format!("city.toml: {why}")),
        Ok(notices) => {
            let doubts = notices.doubts(!text("public_url").is_empty(), |name| std::env::var(name).ok());
            doubts.into_iter().for_each(|doubt| findings.warn(format!("city.toml: {doubt}")));
        }
    }
    let password = settings.get("accounts").and_then(|table| table.get("first_password"));
    if password.is_some() {
        findings
            .warn("city.toml: accounts.first_password is for demonstrations only; take it out where real people work");
    }
    if settings.get("emergency").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        findings
            .urgent("city.toml: there is no [[emergency]] number; citizens who report danger must see whom to call");
    }
}

fn public_url(findings: &mut Findings, url: &str) {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        _ if url.is_empty() => {
            findings.warn(
                "city.toml: public_url is missing; QR codes lead to the address that the visitor happened to use",
            );
        }
        None => findings.wrong("city.toml: public_url must begin with https://"),
        Some(host) if host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]") => {
            findings
                .warn(format!("city.toml: public_url {url} leads nowhere from a phone; write the city's own address"));
        }
        Some(_) if url.starts_with("http://") => {
            findings.warn(format!(
                "city.toml: public_url {url} is not encrypted; phones give their position only to https://"
            ));
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Weight;
    use super::*;
    use crate::kit::sources::Sources;

    fn found(text: &str, weight: Weight) -> Vec<String> {
        let all = settings(Some(text)).0.into_iter().filter(|finding| finding.weight == weight);
        all.map(|finding| finding.sentence).collect()
    }

    fn demo() -> String {
        Sources::of_demo().text("city.toml").expect("the invented city's settings")
    }

    #[test]
    fn the_invented_citys_settings_are_all_known() {
        assert_eq!(found(&demo(), Weight::Error), Vec::<String>::new());
        let warnings = found(&demo(), Weight::Warning);
        assert!(warnings.iter().all(|line| !line.contains("not known")), "{warnings:?}");
    }

    #[test]
    fn every_mistake_is_named() {
        let broken = |from: &str, to: &str| {
            assert!(demo().contains(from), "{from}");
            settings(Some(&demo().replace(from, to))).0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        for (from, to, sentence) in [
            ("name_en =", "nome_en =", "name_en is missing"),
            ("name_en =", "nome_en =", "nome_en is not known"),
            ("time_zone = \"Asia/Shanghai\"", "time_zone = \"Asia/Nowhere\"", "time_zone"),
            ("\"6+3+3+3\"", "\"6+3\"", "add up to 15 or 16"),
            ("zoom = 13 ", "zoom = \"near\" ", "map.zoom must be a number from 0 to 22"),
            ("centre = [123.414, 31.2093]", "centre = [31.2]", "[longitude, latitude]"),
            ("coordinates = \"cgcs2000\"", "coordinates = \"moon\"", "map.coordinates"),
            ("[\"08:30\", \"12:00\"]", "[\"12:00\", \"08:30\"]", "reversed"),
            ("\"dispatcher 50, shift-leader 100\"", "\"crew 50\"", "cases.first_postponement"),
            ("accept = \"15 minute\"", "accept = \"15 moments\"", "[clocks] has limits such as"),
            ("urgent = [", "urgent = [\"0123\", ", "cases.urgent: \"0123\" must be such as"),
            ("urgent_words = [", "urgent_words = [7, ", "cases.urgent_words must be a list"),
            ("photos_limit = 6", "photos_limit = 60", "reports.photos_limit must be a number from 1 to 9"),
            ("minimum_length = 10", "minimum_length = 4", "accounts.minimum_length"),
            ("phone = \"110\"", "telephone = \"110\"", "[[emergency]] lacks phone"),
            ("[working_hours]", "[opening_hours]", "[working_hours] is missing"),
            ("sign = \"10 minute\"", "sign = \"at once\"", "whistles.emergency.sign must be a number and a unit"),
        ] {
            let said = broken(from, to);
            assert!(said.contains(sentence), "{from} -> {to}:\n{said}");
        }
        assert!(found("[law]\nworking_days = \"never\"\n", Weight::Error).iter().any(|line| line.contains("[law]")));
        assert!(found("public_url = \"ftp://city\"", Weight::Error).iter().any(|line| line.contains("https://")));
        let local = found("public_url = \"http://127.0.0.1:8080\"", Weight::Warning);
        assert!(local.iter().any(|line| line.contains("leads nowhere from a phone")), "{local:?}");
        assert!(found("[cases]\nnumber = \"WL\"", Weight::Error).iter().any(|line| line.contains("{serial:N}")));
        let raster = found("[map]\nraster = \"https://tiles.example.cn/all.png\"", Weight::Error);
        assert!(raster.iter().any(|line| line.contains("map.raster")), "{raster:?}");
        let smtp = found("[notices.smtp]\nhost = \"mail.example\"", Weight::Error);
        assert!(smtp.iter().any(|line| line.contains("from")), "{smtp:?}");
        let open = "[notices.sms]\nurl = \"http://sms.example/send\"";
        assert!(found(open, Weight::Warning).iter().any(|line| line.contains("notices.sms.url is not encrypted")));
        assert!(found("name = ", Weight::Error)[0].contains("cannot be read"));
        let catalog = Catalog::load(&Sources::of_demo().folder(crate::catalog::catalog::FOLDER)).expect("the catalog");
        assert!(urgent(Some(&demo()), &catalog).is_empty(), "the invented city's own list is in the catalog");
        let strange = urgent(Some(&demo().replace("urgent = [", "urgent = [\"event-9999\", ")), &catalog);
        assert!(strange[0].contains("no event-9999"), "{strange:?}");
        assert_eq!(settings(None).0.len(), 1);
        // A mistake is said once, and nothing that only follows from it.
        let (all, city) = settings(Some("name = \"Wanglan\"\nname_en = \n"));
        assert!(city.is_none() && all.len() == 1 && all[0].sentence.contains("line 2"), "{all:?}");
    }
}
