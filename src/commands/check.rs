//! `check`: looks for mistakes before citizens do. One line each: `ok`, `warning`, `urgent` or `error`, what was looked at, and
//! a sentence that says what to do. An `error` is what the program does not start with: `serve` looks at the same, in the same
//! words, before it touches the database.

use super::check_city::{settings, urgent};
use super::check_enforcement::{letters, statutes};
use super::check_identity::{identity, sealed};
use super::check_sealing;
use super::check_superior::{folders, superiors};
use super::serve::{DATABASE, FILES, LISTEN};
use super::{Outcome, Settings};
use crate::app::{City, law_calendar};
use crate::catalog::{Catalog, Problem};
use crate::enforcement::statutes::Statutes;
use crate::evaluation::definitions::Definitions;
use crate::files::blobs::Blobs;
use crate::grid::base_map::BaseMap;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::{self, Db, DbError};
use crate::kit::error::Refusal;
use crate::kit::sealing::{KEYS, Keys};
use crate::kit::sources::Sources;
use crate::kit::words::{LANGUAGES, Words};
use crate::law::{Calendar, DayKind};
use crate::people::account::is_administrator;
use crate::people::act::Post;
use crate::people::{commands, department, store};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// How long a server of notices is waited for.
const REACHED_WITHIN: Duration = Duration::from_secs(3);
/// How many minutes the machine's clock may be behind the log: two machines are never quite at one.
const CLOCK_MINUTES: i64 = 5;
/// The oldest SQLite whose write-ahead log is sound.
const SQLITE: [u32; 3] = [3, 51, 3];
/// The oldest PostgreSQL that the tests run on.
const POSTGRES: [u32; 1] = [15];
/// The fewest days off that a year's notice has ever given.
const FEWEST_DAYS_OFF: usize = 11;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Weight {
    /// Looked at and found right.
    Ok,
    /// The program works, but not as somebody would wish.
    Warning,
    /// The program starts, but part of its work cannot be done until this is put right.
    Urgent,
    /// The program does not start.
    Error,
}

/// What one look found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    pub weight: Weight,
    /// What was looked at.
    pub topic: &'static str,
    /// What was found, and what to do.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Ok => "ok",
            Weight::Warning => "warning",
            Weight::Urgent => "urgent",
            Weight::Error => "error",
        };
        write!(out, "{weight:<8} {:<9} {}", self.topic, self.sentence)
    }
}

/// Everything found about one topic.
pub(super) struct Findings {
    topic: &'static str,
    list: Vec<Finding>,
}

impl Findings {
    pub(super) fn about(topic: &'static str) -> Findings {
        Findings { topic, list: Vec::new() }
    }

    fn add(&mut self, weight: Weight, sentence: impl Into<String>) {
        let finding = Finding { weight, topic: self.topic, sentence: sentence.into() };
        // Two readers of one setting find the same.
        if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    pub(super) fn warn(&mut self, sentence: impl Into<String>) {
        self.add(Weight::Warning, sentence);
    }

    pub(super) fn urgent(&mut self, sentence: impl Into<String>) {
        self.add(Weight::Urgent, sentence);
    }

    pub(super) fn wrong(&mut self, sentence: impl Into<String>) {
        self.add(Weight::Error, sentence);
    }

    /// The findings as they are.
    pub(super) fn list(self) -> Vec<Finding> {
        self.list
    }

    /// The findings; what was looked at and found right when nothing among them must be put right.
    pub(super) fn or(mut self, right: impl Into<String>) -> Vec<Finding> {
        if self.list.iter().all(|finding| matches!(finding.weight, Weight::Ok | Weight::Warning)) {
            self.list.insert(0, Finding { weight: Weight::Ok, topic: self.topic, sentence: right.into() });
        }
        self.list
    }
}

/// Whose files are looked at how closely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Depth {
    /// What the program cannot start without: within a second.
    Start,
    /// Everything: every template is drawn or set once.
    Whole,
}

/// Looks at the city's files, without the database.
pub(super) fn of_files(sources: &Sources, depth: Depth) -> Vec<Finding> {
    let now = Clock::system().now();
    let (words, missing) = Words::load(sources);
    let mut all = unusable(sources);
    let (findings, city) = settings(sources.text("city.toml").as_deref());
    all.extend(findings);
    let zone = city.as_ref().map_or_else(|| jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8)), City::zone);
    let today = now.zoned(&zone).date();
    all.extend(catalog(sources, &words, city.as_ref()));
    all.extend(law(sources, &words, city.as_ref(), today));
    all.extend(statutes(sources, &words, today));
    all.extend(letters(sources, depth));
    all.extend(evaluation(sources, &words));
    all.extend(repeats(sources, today));
    all.extend(open311(sources));
    all.extend(hotline(sources));
    all.extend(claims(sources));
    all.extend(superiors(sources, |name| std::env::var(name).ok()));
    all.extend(identity(sources.text("city.toml").as_deref(), |name| std::env::var(name).ok()));
    let keys = std::env::var(KEYS).ok();
    all.extend(check_sealing::keys(keys.as_deref()));
    if depth == Depth::Whole {
        all.extend(ground_files(sources, &words));
        all.extend(teaching(sources, &words, city.as_ref()));
        all.extend(pages(sources, &words));
        all.extend(locales(&words, missing));
    }
    all
}

/// Refuses to go on with what the program cannot start with; the sentences are those of `check`.
pub(super) fn must_start(all: &[Finding]) -> Outcome {
    let wrong: Vec<String> = all.iter().filter(|one| one.weight == Weight::Error).map(ToString::to_string).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "nothing was started and the database is as it was. Put this right, and ask `steward check` for everything else:\n{}",
        wrong.join("\n")
    ))
}

/// Checks the city's files, the database and the store of files; prints a line for each finding.
pub(super) async fn check(asked: &Settings) -> Outcome {
    let sources = asked.sources()?;
    let mut all = of_files(&sources, Depth::Whole);
    let files = asked.files.as_deref().unwrap_or(FILES);
    let url = asked.database.as_deref().unwrap_or(DATABASE);
    all.extend(listen(asked.listen.as_deref().unwrap_or(LISTEN)).await);
    all.extend(gateways(&sources).await);
    all.extend(folders(&sources, files));
    all.extend(maps(&sources).await);
    all.extend(store_of_files(files).await);
    all.extend(space(&[files, url]));
    let (db, findings) = database(url, &sources).await;
    all.extend(findings);
    if let Some(db) = db {
        let failed = |topic, error: DbError| {
            let mut findings = Findings::about(topic);
            findings.urgent(format!("cannot be read: {error}; ask whoever keeps the database, or restore a backup"));
            findings.list
        };
        all.extend(clock(&db).await.unwrap_or_else(|error| failed("clock", error)));
        all.extend(sealed(&db).await.unwrap_or_else(|error| failed("identity", error)));
        // A key that cannot be read was told of above.
        let keys = Keys::of(std::env::var(KEYS).ok().as_deref()).unwrap_or_default();
        let db = db.with_keys(keys);
        all.extend(check_sealing::kept(&db).await.unwrap_or_else(|error| failed("sealing", error)));
        all.extend(ground(&db).await.unwrap_or_else(|error| failed("ground", error)));
        all.extend(accounts(&db, &sources).await.unwrap_or_else(|error| failed("accounts", error)));
        db.close().await;
    }
    for finding in &all {
        crate::out!("{finding}");
    }
    let count = |weight| all.iter().filter(|finding| finding.weight == weight).count();
    let (errors, urgent, warnings) = (count(Weight::Error), count(Weight::Urgent), count(Weight::Warning));
    let args = [("errors", errors), ("urgent", urgent), ("warnings", warnings)].map(|(name, n)| (name, n.to_string()));
    let words = Words::load(&Sources::embedded()).0;
    let key = match (errors + urgent, warnings) {
        (0, 0) => "kit-check-nothing",
        (0, _) => "kit-check-warnings",
        _ => "kit-check-wrong",
    };
    let summary = words.say("en", key, &args).unwrap_or_default();
    if errors + urgent > 0 {
        return Err(summary);
    }
    crate::out!("{summary}");
    Ok(())
}

/// A problem of a file, in English.
pub(super) fn said(words: &Words, problem: &Problem) -> String {
    problem.told(words)
}

/// Files of the city that are there and cannot be used.
fn unusable(sources: &Sources) -> Vec<Finding> {
    let mut findings = Findings::about("folder");
    for (path, why) in sources.unusable() {
        findings.wrong(format!("{path}: {why}"));
    }
    findings.list
}

/// Files of maps, in the city's folder and elsewhere, that cannot be used.
pub(super) async fn maps(sources: &Sources) -> Vec<Finding> {
    let mut findings = Findings::about("folder");
    let settings = sources.text("city.toml").and_then(|text| toml::from_str(&text).ok());
    // Settings that cannot be read are told of with the others.
    let map = settings.and_then(|settings: toml::Table| BaseMap::of_city(&settings).ok()).unwrap_or_default();
    for (name, why) in crate::tiles::Held::unusable(&map, sources).await {
        if name == map.tiles { findings.wrong(format!("city.toml: map.tiles: {why}")) } else { findings.warn(why) }
    }
    findings.list
}

/// What lies in the city's folder to be brought in, and what its maps show.
fn ground_files(sources: &Sources, words: &Words) -> Vec<Finding> {
    let mut findings = Findings::about("ground");
    let say = |refusal: &Refusal| words.say("en", refusal.key, &refusal.args).unwrap_or_else(|| refusal.key.to_owned());
    let mut read = Vec::new();
    for file in ["areas.geojson", "grids.geojson", "components.geojson", "layers.geojson"] {
        let Some(bytes) = sources.bytes(file) else { continue };
        match crate::grid::import::read_geojson(&bytes) {
            Ok(features) => read.push(format!("{file} has {}", features.len())),
            Err(refusal) => findings.urgent(format!("{file}: {}", say(&refusal))),
        }
    }
    let lines = |text: &str, refusals: Vec<Refusal>| {
        let told = refusals.into_iter().map(|refusal| {
            let line = refusal.args.iter().find(|(name, _)| *name == "line").map(|(_, line)| line.clone());
            format!("{text}, line {}: {}", line.unwrap_or_default(), say(&refusal))
        });
        told.collect::<Vec<_>>()
    };
    if let Some(text) = sources.text("keepers.csv") {
        lines("keepers.csv", crate::grid::keepers::read(&text).1).into_iter().for_each(|line| findings.urgent(line));
    }
    if let Some(text) = sources.text("departments.csv") {
        let bad = department::read_departments(&text).1;
        lines("departments.csv", bad).into_iter().for_each(|line| findings.urgent(line));
    }
    if read.is_empty() {
        return findings.list;
    }
    findings.or(format!("files of the folder: {} features", read.join(", ")))
}

/// Whether the address to answer at can be had.
pub(super) async fn listen(address: &str) -> Vec<Finding> {
    let mut findings = Findings::about("listen");
    let found: Vec<_> = match tokio::net::lookup_host(address).await {
        Ok(found) => found.collect(),
        Err(error) => {
            findings.wrong(format!("{address} is no address to answer at ({error}); write one such as 127.0.0.1:8080"));
            return findings.list;
        }
    };
    match tokio::net::TcpListener::bind(&found[..]).await {
        Ok(_) => findings.or(format!("{address} can be answered at")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            findings
                .warn(format!("{address} is taken: by a steward that runs already, or choose another with --listen"));
            findings.list
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            findings.wrong(format!("{address}: this account may not answer there; choose a port above 1023"));
            findings.list
        }
        Err(error) => {
            findings.wrong(format!("{address} cannot be answered at ({error}); write an address of this machine"));
            findings.list
        }
    }
}

/// Whether the servers that notices leave by can be reached.
async fn gateways(sources: &Sources) -> Vec<Finding> {
    let mut findings = Findings::about("notices");
    let table: Option<toml::Table> = sources.text("city.toml").and_then(|text| toml::from_str(&text).ok());
    // What cannot be read is told of the city's settings.
    let Some(Ok(notices)) = table.map(|table| crate::notices::settings::Settings::of_city(&table)) else {
        return findings.list;
    };
    let mut reached = Vec::new();
    for (what, host, port) in notices.servers() {
        let tried = tokio::net::TcpStream::connect((host.as_str(), port));
        match tokio::time::timeout(REACHED_WITHIN, tried).await {
            Ok(Ok(_)) => reached.push(format!("{what} at {host}:{port}")),
            Ok(Err(error)) => findings.warn(format!(
                "{what} at {host}:{port} does not answer ({error}); notices wait until it does: check the name and the way to it"
            )),
            Err(_) => findings.warn(format!(
                "{what} at {host}:{port} does not answer within {} s; notices wait until it does: check the way to it",
                REACHED_WITHIN.as_secs()
            )),
        }
    }
    match reached.is_empty() {
        true => findings.list,
        false => findings.or(format!("{} can be reached", reached.join(", "))),
    }
}

/// How much room is left where data are written.
fn space(addresses: &[&str]) -> Vec<Finding> {
    let mut findings = Findings::about("space");
    let mut told = BTreeSet::new();
    for address in addresses {
        let Some(left) = crate::kit::machine::space_at(address) else { continue };
        let free = megabytes(left.free);
        match left.weight() {
            crate::kit::machine::Room::Enough => {}
            crate::kit::machine::Room::Little => {
                findings.warn(format!("{free} are left at {address}; make room before photos find none"));
            }
            crate::kit::machine::Room::Nearly => findings.urgent(format!(
                "only {free} are left at {address}; make room now: without any, reports and photos are refused"
            )),
        }
        told.insert(format!("{free} left at {address}"));
    }
    if told.is_empty() {
        return findings.list;
    }
    findings.or(told.into_iter().collect::<Vec<_>>().join(", "))
}

/// Bytes as people read them.
fn megabytes(bytes: u64) -> String {
    match bytes >> 20 {
        megabytes if megabytes >= 10 << 10 => format!("{} GB", megabytes >> 10),
        megabytes => format!("{megabytes} MB"),
    }
}

/// Whether the machine's clock has gone back behind what is on record.
async fn clock(db: &Db) -> Result<Vec<Finding>, DbError> {
    let mut findings = Findings::about("clock");
    let newest = db.read(|tx| async move { crate::timeline::store::newest(&tx).await }).await?;
    let now = Clock::system().now();
    let ahead = newest.map_or(0, |newest: Moment| (newest.0 - now.0) / 60_000);
    if ahead > CLOCK_MINUTES {
        findings.urgent(format!(
            "this machine's clock is {ahead} minutes behind the newest entry of the log; set it (timedatectl), or limits are \
             counted wrongly"
        ));
    }
    Ok(findings
        .or(format!("the machine's clock shows {}", now.zoned(&jiff::tz::TimeZone::UTC).strftime("%F %H:%M UTC"))))
}

/// A few names of many.
pub(super) fn some(names: &[String]) -> String {
    let shown = names.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 6 { format!("{shown} and {} more", names.len() - 6) } else { shown }
}

fn catalog(sources: &Sources, words: &Words, city: Option<&City>) -> Vec<Finding> {
    let mut findings = Findings::about("catalog");
    let catalog = match Catalog::load(&sources.folder(crate::catalog::catalog::FOLDER)) {
        Ok(catalog) => catalog,
        Err(problems) => {
            problems.iter().for_each(|problem| findings.wrong(said(words, problem)));
            return findings.list;
        }
    };
    for problem in crate::suggestions::reader::check(&sources.folder(crate::catalog::catalog::FOLDER), &catalog) {
        findings.wrong(said(words, &problem));
    }
    urgent(sources.text("city.toml").as_deref(), &catalog).into_iter().for_each(|line| findings.urgent(line));
    match sources.text("departments.csv") {
        None => findings.urgent("departments.csv is missing; write the departments that responsibility.toml names"),
        Some(text) => {
            let (known, bad) = department::read_departments(&text);
            let known: BTreeSet<String> = known.into_iter().map(|one| one.code).collect();
            let unknown: Vec<&str> = catalog.departments().into_iter().filter(|code| !known.contains(*code)).collect();
            // A list that cannot be read lacks every department: that is said of the list.
            for code in unknown.into_iter().filter(|_| !known.is_empty() || bad.is_empty()) {
                findings.urgent(format!(
                    "responsibility.toml names department {code}, which departments.csv has not; add it or correct the code"
                ));
            }
        }
    }
    let numbers: BTreeSet<&str> = city
        .and_then(|city| city.rest.get("emergency")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("key")?.as_str())
        .collect();
    // Without settings, or without any number, that is said of the settings.
    for danger in catalog.dangers().filter(|_| !numbers.is_empty()) {
        if !danger.emergency.iter().any(|key| numbers.contains(key.as_str())) {
            findings.urgent(format!(
                "danger {}: city.toml has no [[emergency]] with key {}; add the number",
                danger.key,
                danger.emergency.join(" or ")
            ));
        }
    }
    let all: Vec<_> = catalog.in_force().into_iter().flat_map(|set| &set.sub_classes).collect();
    let bare: Vec<String> =
        all.iter().filter(|one| catalog.versions(&one.key).is_empty()).map(|one| one.word.clone()).collect();
    if !bare.is_empty() {
        findings.warn(format!(
            "{} sub-classes have no filing condition, the desk must write one each time: {}",
            bare.len(),
            some(&bare)
        ));
    }
    let unverified = all.iter().filter(|one| !one.is_verified).count()
        + all.iter().flat_map(|one| catalog.versions(&one.key)).filter(|one| !one.is_verified).count();
    if unverified > 0 {
        findings.warn(format!("{unverified} names or limits are not verified; compare them with your city's standard (/admin/catalog?show=unverified)"));
    }
    let set = catalog.in_force().map(|set| set.key.clone()).unwrap_or_default();
    findings.or(format!("{set}: {} sub-classes, {} filing conditions", all.len(), catalog.condition_count()))
}

fn evaluation(sources: &Sources, words: &Words) -> Vec<Finding> {
    let mut findings = Findings::about("scores");
    let files = sources.folder(crate::evaluation::definitions::FOLDER);
    match Definitions::load(&files) {
        Ok(found) => findings.or(format!(
            "{} counts, {} rates, {} scores, version {}",
            found.counts.len(),
            found.rates.len(),
            found.schemes.len(),
            found.version
        )),
        Err(problems) => {
            problems.iter().for_each(|problem| findings.wrong(said(words, problem)));
            findings.list
        }
    }
}

fn open311(sources: &Sources) -> Vec<Finding> {
    let mut findings = Findings::about("open311");
    // What is wrong with the catalog itself is told of the catalog.
    let Ok(catalog) = Catalog::load(&sources.folder(crate::catalog::catalog::FOLDER)) else { return findings.list };
    match crate::open311::Held::load(sources, &catalog) {
        Ok(held) => {
            let (services, names) = (held.city.services.len(), held.city.jurisdictions.len());
            findings.or(format!("{services} services are offered under {names} names of the city"))
        }
        Err(problem) => {
            findings.wrong(problem);
            findings.list
        }
    }
}

fn claims(sources: &Sources) -> Vec<Finding> {
    let mut findings = Findings::about("claims");
    match crate::claims::settings::Settings::load(sources) {
        Ok(found) => {
            if found.certainty == crate::law::Certainty::CheckLocally {
                findings.warn(format!(
                    "{}: the limit of {} waits for a lawyer of the city (certainty = \"check-locally\")",
                    crate::claims::settings::FILE,
                    found.term()
                ));
            }
            findings.or(format!("requests about personal information are answered within {}", found.term()))
        }
        Err(problem) => {
            findings.wrong(format!("{}: {problem}", crate::claims::settings::FILE));
            findings.or("")
        }
    }
}

fn hotline(sources: &Sources) -> Vec<Finding> {
    let mut findings = Findings::about("hotline");
    match crate::hotline::settings::Settings::load(sources) {
        Ok(settings) => {
            findings.or(format!("{} columns of work orders are known by their headings", settings.columns()))
        }
        Err(problem) => {
            findings.wrong(format!("{}: {problem}", crate::hotline::settings::FILE));
            findings.list
        }
    }
}

fn repeats(sources: &Sources, today: Date) -> Vec<Finding> {
    let mut findings = Findings::about("repeats");
    let settings = match crate::repeats::settings::Settings::load(sources) {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in problems {
                findings.wrong(format!("{}: {problem}", crate::repeats::settings::FILE));
            }
            return findings.list;
        }
    };
    if let Ok(catalog) = Catalog::load(&sources.folder(crate::catalog::catalog::FOLDER)) {
        let strange: Vec<String> =
            settings.sub_classes(today).into_iter().filter(|word| catalog.key_of(word).is_none()).collect();
        if !strange.is_empty() {
            findings
                .warn(format!("rules name sub-classes that the code set in force does not have: {}", some(&strange)));
        }
    }
    let count = settings.count_on(today);
    if count == 0 {
        findings.warn("no rule holds today: no repeat complaints are found");
    }
    findings.or(format!("{count} rules hold today"))
}

fn law(sources: &Sources, words: &Words, city: Option<&City>, today: Date) -> Vec<Finding> {
    let mut findings = Findings::about("law");
    for problem in crate::law::check(&sources.folder(crate::law::calendar::FOLDER)) {
        findings.wrong(said(words, &problem));
    }
    // Without a city there is nothing to count by; its own findings say why.
    let Some(calendar) = city.and_then(|city| law_calendar(sources, city).ok()) else { return findings.list };
    let years: Vec<i16> = calendar.loaded_years().collect();
    let (first, last) = (years.first().copied().unwrap_or(0), years.last().copied().unwrap_or(0));
    if !years.contains(&today.year()) {
        findings.urgent(format!(
            "{} is not in law/holidays: nothing can be due; add the State Council's arrangement for it",
            today.year()
        ));
    }
    if !years.contains(&(today.year() + 1)) {
        findings.warn(format!("{} is not in law/holidays yet: limits that reach into it are refused; add it when the State Council publishes it (in autumn)", today.year() + 1));
    }
    for year in first..=last {
        if !years.contains(&year) {
            findings.warn(format!("{year} is missing between {first} and {last} in law/holidays; add it"));
        } else if days_off(&calendar, year) < FEWEST_DAYS_OFF {
            findings.warn(format!(
                "law/holidays {year} has only {} days off; check that all festivals are there",
                days_off(&calendar, year)
            ));
        }
    }
    findings.or(format!("working calendar {first} to {last}"))
}

fn teaching(sources: &Sources, words: &Words, city: Option<&City>) -> Vec<Finding> {
    let mut findings = Findings::about("teaching");
    let statutes = Statutes::load(sources).ok();
    // Without the law there is nothing to practise by; its own findings say why.
    let Some((statutes, calendar)) = statutes.zip(city.and_then(|city| law_calendar(sources, city).ok())) else {
        return findings.list;
    };
    let (all, problems) = crate::teaching::exercise::load(sources, &statutes.law(&calendar));
    problems.iter().for_each(|problem| findings.urgent(said(words, problem)));
    findings.or(format!("{} exercises to practise on", all.len()))
}

fn days_off(calendar: &Calendar, year: i16) -> usize {
    let Ok(first) = Date::new(year, 1, 1) else { return 0 };
    let of_year = first.series(jiff::Span::new().days(1)).take_while(|day| day.year() == year);
    of_year.filter(|day| matches!(calendar.day(*day), Ok(DayKind::Holiday(_)))).count()
}

fn pages(sources: &Sources, words: &Words) -> Vec<Finding> {
    let mut findings = Findings::about("pages");
    crate::kit::page::problems(sources, words).into_iter().for_each(|line| findings.urgent(line));
    findings.or(format!("{} templates, every sentence they say is there", sources.list("pages/").len()))
}

fn locales(words: &Words, missing: Vec<String>) -> Vec<Finding> {
    let mut findings = Findings::about("locales");
    missing.into_iter().for_each(|line| findings.urgent(line));
    words.differences().into_iter().for_each(|line| findings.warn(line));
    findings.or(format!("{} agree in keys and arguments", LANGUAGES.join(" and ")))
}

pub(super) async fn store_of_files(url: &str) -> Vec<Finding> {
    let mut findings = Findings::about("files");
    let is_folder = !url.contains("://") || url.starts_with("file://");
    if is_folder && !Path::new(url.strip_prefix("file://").unwrap_or(url)).is_dir() {
        findings
            .warn(format!("{url} is not there yet; `serve` makes it when it starts, unless the address is mistyped"));
        return findings.list;
    }
    let tried = match Blobs::open(url) {
        Ok(blobs) => blobs.probe().await,
        Err(error) => Err(error),
    };
    if let Err(error) = tried {
        findings
            .wrong(format!("{url}: {error}; photos cannot be kept: check the address, the rights and the free space"));
    }
    findings.or(format!("{url} can be written, read and emptied"))
}

/// The parts of a version, such as 3, 51 and 3.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map_while(|part| part.parse().ok()).collect()
}

/// The database when its tables are there to be looked at.
pub(super) async fn database(url: &str, sources: &Sources) -> (Option<Db>, Vec<Finding>) {
    let mut findings = Findings::about("database");
    let file = db::file_of(url);
    if file.is_some_and(|file| !file.is_file()) {
        findings.urgent(format!(
            "{url}: there is no database yet; `steward migrate` makes it (so does `serve`), unless the address is mistyped"
        ));
        return (None, findings.list);
    }
    let shown = db::shown(url);
    let opened = async {
        let db = Db::open(url).await?;
        Ok::<_, DbError>((db.version().await?, db.migrated().await?, db))
    };
    let (engine, ran, db) = match opened.await {
        Ok(found) => found,
        Err(DbError::Address(why)) => {
            findings.wrong(why);
            return (None, findings.list);
        }
        Err(error) if file.is_none() => {
            findings.wrong(format!(
                "{error}; check that the server runs, that it lets this machine and account in, and that the address is right"
            ));
            return (None, findings.list);
        }
        Err(error) => {
            findings
                .wrong(format!("{shown}: {error}; check that it is an SQLite file and that this account may write it"));
            return (None, findings.list);
        }
    };
    let (name, least) =
        if db.is_postgres() { ("PostgreSQL", POSTGRES.as_slice()) } else { ("SQLite", SQLITE.as_slice()) };
    if version(&engine).as_slice() < least {
        let least = least.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        findings.urgent(format!("{name} {engine} is too old; use {least} or newer"));
    }
    let history: Vec<String> = sources.migrations().into_iter().map(|(name, _)| name).collect();
    let behind: Vec<String> = history.iter().filter(|name| !ran.contains(name)).cloned().collect();
    if !behind.is_empty() {
        findings.warn(format!(
            "not yet run: {}; take a backup, then `steward migrate` runs them (so does `serve`)",
            some(&behind)
        ));
    }
    let ahead: Vec<String> = ran.iter().filter(|name| !history.contains(name)).cloned().collect();
    if !ahead.is_empty() {
        findings.wrong(format!("unknown here: {}; a newer program wrote this database, use that one", some(&ahead)));
    }
    match db.read(|tx| async move { crate::archive::store::begun(&tx).await }).await {
        Ok(None) => {}
        Ok(Some(source)) => findings.wrong(format!(
            "{shown} is not whole: the city is being carried into it from {source}; stop the program there, then \
             `steward move --from … --to … --finish`"
        )),
        Err(error) => findings.wrong(error.to_string()),
    }
    let is_whole = behind.is_empty() && ahead.is_empty();
    (is_whole.then_some(db), findings.or(format!("{name} {engine} at {shown}, {} migrations have run", ran.len())))
}

async fn ground(db: &Db) -> Result<Vec<Finding>, DbError> {
    let mut findings = Findings::about("ground");
    let read = db.read(|tx| async move {
        let grid = crate::grid::store::load_grid(&tx).await?;
        Ok::<_, DbError>((grid, crate::grid::store::load_responsibility_grids(&tx).await?))
    });
    let (grid, responsibility) = read.await?;
    if grid.areas().is_empty() {
        findings.urgent("there are no areas; `steward import areas FILE` brings them in");
    }
    if grid.cells().is_empty() {
        findings.urgent("there are no unit grids; `steward import grids FILE` brings them in");
    }
    let lost: Vec<String> = grid
        .cells()
        .iter()
        .filter(|cell| grid.cell(&cell.code).is_none_or(|found| found.areas.is_empty()))
        .map(|cell| cell.code.clone())
        .collect();
    if !lost.is_empty() {
        findings.urgent(format!(
            "{} unit grids lie in no area: {}; correct their community code or the areas",
            lost.len(),
            some(&lost)
        ));
    }
    let kept: BTreeSet<&String> = responsibility.iter().flat_map(|one| &one.unit_codes).collect();
    let without: Vec<String> =
        grid.cells().iter().filter(|cell| !kept.contains(&cell.code)).map(|cell| cell.code.clone()).collect();
    if !without.is_empty() {
        findings.warn(format!(
            "{} unit grids have no keeper: {}; `steward import keepers FILE`",
            without.len(),
            some(&without)
        ));
    }
    Ok(findings.or(format!(
        "{} areas, {} unit grids, {} responsibility grids",
        grid.areas().len(),
        grid.cells().len(),
        responsibility.len()
    )))
}

async fn accounts(db: &Db, sources: &Sources) -> Result<Vec<Finding>, DbError> {
    let mut findings = Findings::about("accounts");
    let read = db.read(|tx| async move {
        let active = store::active(&tx).await?;
        Ok::<_, DbError>((active, store::departments(&tx).await?))
    });
    let (active, departments) = read.await?;
    for post in Post::ALL {
        if !active.iter().any(|(held, _)| held == post) {
            let sentence =
                format!("nobody can sign in as {}; `steward account add LOGIN NAME {}`", post.word(), post.word());
            if is_administrator(*post) { findings.urgent(sentence) } else { findings.warn(sentence) }
        }
    }
    let mut posts: BTreeMap<&str, BTreeSet<Post>> = BTreeMap::new();
    for (post, name) in active.iter().filter(|(post, _)| is_administrator(*post)) {
        posts.entry(name).or_default().insert(*post);
    }
    for (name, held) in posts.into_iter().filter(|(_, held)| held.len() > 1) {
        let held: Vec<&str> = held.into_iter().map(Post::word).collect();
        findings.warn(format!(
            "{name} is {}; system, security and audit administrator must be three different people",
            held.join(" and ")
        ));
    }
    let catalog = Catalog::load(&sources.folder(crate::catalog::catalog::FOLDER)).unwrap_or_default();
    let known: BTreeSet<&str> = departments.iter().map(|one| one.code.as_str()).collect();
    let absent: Vec<String> =
        catalog.departments().into_iter().filter(|code| !known.contains(code)).map(str::to_owned).collect();
    if !absent.is_empty() {
        findings.warn(format!(
            "departments {} of responsibility.toml are not in the database; `steward account departments FILE` brings them in",
            some(&absent)
        ));
    }
    let settings = sources.text("city.toml").and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
    commands::check_rules(&settings).into_iter().for_each(|line| findings.warn(line));
    Ok(findings.or(format!("{} active, {} departments", active.len(), departments.len())))
}
