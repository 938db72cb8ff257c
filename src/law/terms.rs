//! The terms and numbers of the law as dated data: which one applies on a day, which day is a term's last, and why.
//!
//! Every row of `law/terms/` has a document, an article, a validity and a certainty. What a lawyer of the city still has to
//! look at says so ([`Certainty::CheckLocally`]) and goes on saying so wherever the row is used.
//!
//! How days are reckoned:
//!
//! * The day of the event is not counted (民法典 art. 201).
//! * Whether a number of days means working days is the document's own rule (行政处罚法 art. 85: two, three, five and seven
//!   days; 行政强制法 art. 69: up to ten). A file that says otherwise is refused.
//! * A day that is excluded (a hearing, a test, an announcement) is not counted; the day on which an exclusion ends is still
//!   excluded.
//! * A last day on a day of rest moves to the next working day (民法典 art. 203) where the row says so: it does for the terms
//!   of a party, and not for the longest terms of the organ, where being early harms nobody.
//! * A last day ends at 24 o'clock.

use super::calendar::{Calendar, CalendarNotLoaded, DayKind};
use crate::catalog::Problem;
use crate::catalog::problem::version_of;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::words::enum_of_words;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The folder of the files.
pub const FOLDER: &str = "law/terms/";
/// The longest term, in its own unit.
const LONGEST: u32 = 3650;
/// The most days that a reckoning walks over.
const MOST_DAYS: u32 = 20_000;

enum_of_words! {
    /// What a term counts.
    TermUnit {
        /// 工作日.
        WorkingDay = "working_day",
        /// 自然日.
        NaturalDay = "natural_day",
        /// Hours, day and night.
        Hour = "hour",
        /// 月.
        Month = "month",
        /// 年.
        Year = "year",
    }
}

enum_of_words! {
    /// How sure a row is.
    Certainty {
        /// The article was read.
        Verified = "verified",
        /// 请在本地核对: a lawyer of the city is to look.
        CheckLocally = "check-locally",
    }
}

enum_of_words! {
    /// Whether a term runs on from its event or back from it.
    Direction {
        /// So many days after the event.
        After = "after",
        /// So many days before the event.
        Before = "before",
    }
}

enum_of_words! {
    /// What a last day on a day of rest does.
    LastDay {
        /// It moves to the next working day.
        Moves = "moves",
        /// It stays.
        Stays = "stays",
    }
}

enum_of_words! {
    /// Time that is not counted into a term.
    Exclusion {
        /// 听证.
        Hearing = "hearing",
        /// 检测、检验、检疫.
        Test = "test",
        /// 鉴定.
        Appraisal = "appraisal",
        /// 公告.
        Announcement = "announcement",
        /// 中止.
        Suspension = "suspension",
        /// 行政复议.
        Review = "review",
        /// 行政诉讼.
        Suit = "suit",
    }
}

enum_of_words! {
    /// From what event a term runs.
    Event {
        /// 收到线索.
        ClueReceived = "clue-received",
        /// 延长核查.
        ClueCheckExtended = "clue-check-extended",
        /// 违法行为终了.
        ActEnded = "act-ended",
        /// 立案.
        Filed = "filed",
        /// 原办案期限届满.
        DecisionExtended = "decision-extended",
        /// 先行登记保存.
        EvidenceRegistered = "evidence-registered",
        /// 查封、扣押.
        Seized = "seized",
        /// 原查封、扣押期限届满.
        SeizureExtended = "seizure-extended",
        /// 采取强制措施.
        MeasureTaken = "measure-taken",
        /// 告知书送达.
        NoticeServed = "notice-served",
        /// 举行听证.
        Hearing = "hearing",
        /// 作出决定.
        Decided = "decided",
        /// 公告张贴.
        Announced = "announced",
        /// 决定书送达.
        DecisionServed = "decision-served",
        /// 收到复议决定.
        ReviewDecisionReceived = "review-decision-received",
        /// 决定变更、撤销.
        DecisionChanged = "decision-changed",
        /// 当场收缴.
        CashCollected = "cash-collected",
        /// 现金交至行政机关.
        CashAtOrgan = "cash-at-organ",
        /// 加处罚款起算.
        LateFeeBegun = "late-fee-begun",
        /// 催告书送达.
        ReminderServed = "reminder-served",
        /// 代履行.
        Performance = "performance",
        /// 复议、诉讼期限届满.
        RemediesOver = "remedies-over",
        /// 中止执行.
        EnforcementSuspended = "enforcement-suspended",
        /// 最后一项办理.
        LastAct = "last-act",
    }
}

enum_of_words! {
    /// What a number of the law counts.
    NumberUnit {
        /// 元.
        Yuan = "yuan",
        /// 百分比.
        Percent = "percent",
        /// 人.
        Person = "person",
        /// 周岁.
        YearOfAge = "year_of_age",
        /// 时 (of the day).
        HourOfDay = "hour_of_day",
    }
}

/// Where a row comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Citation {
    /// The document's key, such as `penalty`.
    pub document: String,
    /// The article's number; empty while nobody has read it.
    pub article: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// What whoever checks it should know; may be empty.
    pub note: String,
}

/// A document that rows cite.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its key in the files.
    pub key: String,
    /// Its title.
    pub zh: String,
    /// Its title in English.
    pub en: String,
    /// The day of the text that was read.
    pub text: Date,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    #[serde(default)]
    pub until: Option<Date>,
}

/// A term of the law.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Term {
    /// Its name, such as `hearing-request`.
    pub id: String,
    /// What it is for.
    pub zh: String,
    /// What it is for, in English.
    pub en: String,
    /// How long, 1 to 3650, in its unit.
    pub length: u32,
    /// What it counts.
    pub unit: TermUnit,
    /// From what event.
    pub after: Event,
    /// On from the event or back from it.
    pub direction: Direction,
    /// What a last day on a day of rest does.
    pub last: LastDay,
    /// What time is not counted, with where that stands.
    pub excluded: Vec<(Exclusion, Citation)>,
    /// Where it stands.
    pub citation: Citation,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    pub until: Option<Date>,
}

/// A number of the law that is no term: an amount, a share, an age.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LegalNumber {
    /// Its name, such as `summary-fine-citizen`.
    pub id: String,
    /// What it is.
    pub zh: String,
    /// What it is, in English.
    pub en: String,
    /// How much, 0 or more, in its unit.
    pub value: i64,
    /// What it counts.
    pub unit: NumberUnit,
    /// Where it stands.
    pub citation: Citation,
    /// Its first day in force.
    pub from: Date,
    /// Its last day in force; none while it is.
    pub until: Option<Date>,
}

impl LegalNumber {
    /// An amount of yuan in fen; other numbers are left as they are.
    pub fn fen(&self) -> i64 {
        match self.unit {
            NumberUnit::Yuan => self.value.saturating_mul(100),
            _ => self.value,
        }
    }
}

/// Days that are not counted, both ends included; open while they go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Excluded {
    /// Why not.
    pub kind: Exclusion,
    /// The first day.
    pub from: Date,
    /// The last day; none while it goes on.
    pub until: Option<Date>,
}

/// The end of a term, and the way to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct End {
    /// The last day on which the term still runs.
    pub last: Date,
    /// The first moment after the term.
    pub over_at: Moment,
    /// Why then: the first step is the start, the last is the end.
    pub why: Vec<WhyStep>,
    /// How sure the row is.
    pub certainty: Certainty,
}

impl End {
    /// Whether the term is over at `now`.
    pub fn is_over(&self, now: Moment) -> bool {
        now >= self.over_at
    }
}

/// One step on the way to the end of a term.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WhyStep {
    /// What happens in it.
    pub kind: WhyKind,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// How many units have been counted by its end.
    pub counted: u32,
}

/// What happens in a step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyKind {
    /// The day of the event, which is not counted.
    EventDay,
    /// Days of the calendar are counted.
    Days,
    /// Working days are counted.
    WorkingDays,
    /// A make-up working day of the named holiday is counted.
    MakeUp(String),
    /// A weekend is not counted.
    Weekend,
    /// Days off of the named holiday are not counted.
    Holiday(String),
    /// Excluded time.
    Excluded(Exclusion),
    /// Months or years.
    Months,
    /// Hours, day and night.
    Hours,
    /// The last day moves from a day of rest to the next working day.
    Moved,
    /// The last day.
    Last,
}

impl WhyStep {
    /// The key of the step's sentence.
    pub fn key(&self) -> &'static str {
        match self.kind {
            WhyKind::EventDay => "law-why-event-day",
            WhyKind::Days => "law-why-days",
            WhyKind::WorkingDays => "law-why-working-days",
            WhyKind::MakeUp(_) => "law-why-make-up",
            WhyKind::Weekend => "law-why-weekend",
            WhyKind::Holiday(_) => "law-why-holiday",
            WhyKind::Excluded(_) => "law-why-excluded",
            WhyKind::Months => "law-why-months",
            WhyKind::Hours => "law-why-hours",
            WhyKind::Moved => "law-why-moved",
            WhyKind::Last => "law-why-last",
        }
    }

    /// What the sentence needs: `day`, `to` (days), `n` (units counted by then), `name` (of a holiday) and `kind` (of excluded
    /// time) where the step has them.
    pub fn args(&self) -> Vec<(&'static str, String)> {
        let mut args =
            vec![("day", self.from.to_string()), ("to", self.to.to_string()), ("n", self.counted.to_string())];
        match &self.kind {
            WhyKind::MakeUp(name) | WhyKind::Holiday(name) => args.push(("name", name.clone())),
            WhyKind::Excluded(kind) => args.push(("kind", kind.word().to_owned())),
            _ => {}
        }
        args
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsFile {
    #[serde(default)]
    document: Vec<Document>,
    #[serde(default)]
    counting: Vec<CountingRow>,
    #[serde(default)]
    rule: Vec<RuleRow>,
    #[serde(default)]
    term: Vec<TermRow>,
    #[serde(default)]
    number: Vec<NumberRow>,
    #[serde(default)]
    exclusion: Vec<ExclusionRow>,
}

/// Which lengths a document counts in working days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountingRow {
    document: String,
    article: String,
    working_days: Vec<u32>,
    certainty: Certainty,
}

/// A rule of reckoning that other rows rest on; the program follows it, the file says where it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    id: String,
    zh: String,
    en: String,
    document: String,
    article: String,
    certainty: Certainty,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermRow {
    id: String,
    zh: String,
    en: String,
    length: u32,
    unit: TermUnit,
    after: Event,
    #[serde(default = "forward")]
    direction: Direction,
    last: LastDay,
    document: String,
    article: String,
    from: Date,
    until: Option<Date>,
    certainty: Certainty,
    #[serde(default)]
    note: String,
}

fn forward() -> Direction {
    Direction::After
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberRow {
    id: String,
    zh: String,
    en: String,
    value: i64,
    unit: NumberUnit,
    document: String,
    article: String,
    from: Date,
    until: Option<Date>,
    certainty: Certainty,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExclusionRow {
    term: String,
    kinds: Vec<Exclusion>,
    document: String,
    article: String,
    certainty: Certainty,
    #[serde(default)]
    note: String,
}

/// All terms and numbers of the law.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    documents: Vec<Document>,
    rules: BTreeMap<String, Citation>,
    terms: Vec<Term>,
    numbers: Vec<LegalNumber>,
    version: String,
}

/// The names that the rules of the program ask for; a city's files must have each of them.
pub const NEEDED_TERMS: &[&str] = &[
    "limitation",
    "limitation-harm",
    "clue-check",
    "decision",
    "decision-extension",
    "decision-extension-collective",
    "registered-evidence",
    "statement",
    "hearing-request",
    "hearing-notice",
    "summary-report",
    "service",
    "announcement-service",
    "payment",
    "cash-to-organ",
    "cash-to-bank",
    "publication",
    "withdraw-publication",
    "seizure",
    "seizure-extension",
    "urgent-approval",
    "performance-reminder",
    "court-reminder",
    "court-application",
    "late-fee-enforcement",
    "enforcement-resumption",
    "review",
    "suit",
    "closing",
];
/// The numbers that the rules of the program ask for.
pub const NEEDED_NUMBERS: &[&str] = &[
    "officers",
    "summary-fine-citizen",
    "summary-fine-unit",
    "spot-collection",
    "late-fee-rate",
    "late-fee-cap",
    "age-none",
    "age-lighter",
    "hearing-agents",
    "coercion-officers",
    "building-fine-least",
    "building-fine-most",
    "temporary-building-fine-most",
    "night-from",
    "night-until",
];
/// The rules of reckoning that must have a citation.
const NEEDED_RULES: [&str; 3] = ["start-day", "month-end", "rest-day"];

/// Every problem of the files, which are pairs of path and text.
pub fn check(files: &[(String, String)]) -> Vec<Problem> {
    read(files).1
}

struct Reading {
    terms: Terms,
    exclusions: Vec<(String, ExclusionRow)>,
    counting: Vec<CountingRow>,
    at: BTreeMap<String, String>,
}

fn read(files: &[(String, String)]) -> (Terms, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut reading = Reading {
        terms: Terms { version: version_of(files), ..Terms::default() },
        exclusions: Vec::new(),
        counting: Vec::new(),
        at: BTreeMap::new(),
    };
    let mut cited: Vec<(String, String, Citation)> = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".toml")) {
        let file: TermsFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem::unreadable(path, text, &error));
                continue;
            }
        };
        take(path, file, &mut reading, &mut cited, &mut problems);
    }
    for (path, place, citation) in &cited {
        citation_problems(path, place, citation, &reading.terms.documents, &mut problems);
    }
    let Reading { mut terms, exclusions, counting, at } = reading;
    for (path, row) in exclusions {
        let citation = cite(&row.document, &row.article, row.certainty, &row.note);
        citation_problems(&path, &row.term, &citation, &terms.documents, &mut problems);
        if !terms.terms.iter().any(|term| term.id == row.term) {
            problems.push(Problem::new(&path, &row.term, "law-term-unknown").with("term", &row.term));
        }
        for term in terms.terms.iter_mut().filter(|term| term.id == row.term) {
            term.excluded.extend(row.kinds.iter().map(|kind| (*kind, citation.clone())));
        }
    }
    for term in &terms.terms {
        let path = at.get(&term.id).map_or(FOLDER, String::as_str);
        for row in counting.iter().filter(|row| row.document == term.citation.document) {
            let is_days = matches!(term.unit, TermUnit::WorkingDay | TermUnit::NaturalDay);
            let expected =
                if row.working_days.contains(&term.length) { TermUnit::WorkingDay } else { TermUnit::NaturalDay };
            if is_days && term.unit != expected {
                let problem = Problem::new(path, &term.id, "law-term-unit-against-article");
                problems.push(problem.with("unit", expected.word()).with("article", &row.article));
            }
        }
    }
    overlaps(&terms, &at, &mut problems);
    let missing = NEEDED_TERMS.iter().filter(|id| !terms.terms.iter().any(|term| term.id == **id));
    let absent = NEEDED_NUMBERS.iter().filter(|id| !terms.numbers.iter().any(|number| number.id == **id));
    let ruleless = NEEDED_RULES.iter().filter(|id| !terms.rules.contains_key(**id));
    for id in missing.chain(absent).chain(ruleless) {
        problems.push(Problem::new(FOLDER, id, "law-term-missing").with("term", id));
    }
    (terms, problems)
}

fn cite(document: &str, article: &str, certainty: Certainty, note: &str) -> Citation {
    Citation { document: document.to_owned(), article: article.to_owned(), certainty, note: note.to_owned() }
}

fn citation_problems(
    path: &str,
    place: &str,
    citation: &Citation,
    documents: &[Document],
    problems: &mut Vec<Problem>,
) {
    if !documents.iter().any(|document| document.key == citation.document) {
        problems.push(Problem::new(path, place, "law-document-unknown").with("document", &citation.document));
    }
    if citation.certainty == Certainty::Verified && citation.article.trim().is_empty() {
        problems.push(Problem::new(path, place, "law-article-missing"));
    }
}

fn take(
    path: &str,
    file: TermsFile,
    reading: &mut Reading,
    cited: &mut Vec<(String, String, Citation)>,
    problems: &mut Vec<Problem>,
) {
    for document in file.document {
        if reading.terms.documents.iter().any(|known| known.key == document.key) {
            problems.push(Problem::new(path, &document.key, "law-document-twice").with("document", &document.key));
        }
        if document.until.is_some_and(|until| until < document.from) {
            problems.push(Problem::new(path, &document.key, "law-validity-reversed"));
        }
        reading.terms.documents.push(document);
    }
    for row in file.counting {
        cited.push((path.to_owned(), row.document.clone(), cite(&row.document, &row.article, row.certainty, "")));
        reading.counting.push(row);
    }
    for row in file.rule {
        let citation = cite(&row.document, &row.article, row.certainty, &row.note);
        if row.zh.trim().is_empty() || row.en.trim().is_empty() {
            problems.push(Problem::new(path, &row.id, "law-words-missing"));
        }
        cited.push((path.to_owned(), row.id.clone(), citation.clone()));
        reading.terms.rules.insert(row.id, citation);
    }
    for row in file.term {
        let citation = cite(&row.document, &row.article, row.certainty, &row.note);
        cited.push((path.to_owned(), row.id.clone(), citation.clone()));
        if row.length == 0 || row.length > LONGEST {
            problems.push(Problem::new(path, &row.id, "law-limit-out-of-range").with("longest", LONGEST));
        }
        if row.zh.trim().is_empty() || row.en.trim().is_empty() {
            problems.push(Problem::new(path, &row.id, "law-words-missing"));
        }
        if row.direction == Direction::Before && row.unit != TermUnit::WorkingDay {
            problems.push(Problem::new(path, &row.id, "law-term-before-in-working-days"));
        }
        reading.at.insert(row.id.clone(), path.to_owned());
        reading.terms.terms.push(Term {
            id: row.id,
            zh: row.zh,
            en: row.en,
            length: row.length,
            unit: row.unit,
            after: row.after,
            direction: row.direction,
            last: row.last,
            excluded: Vec::new(),
            citation,
            from: row.from,
            until: row.until,
        });
    }
    for row in file.number {
        let citation = cite(&row.document, &row.article, row.certainty, &row.note);
        cited.push((path.to_owned(), row.id.clone(), citation.clone()));
        let is_hour = row.unit == NumberUnit::HourOfDay && row.value > 24;
        if row.value < 0 || row.value > 1_000_000_000 || is_hour {
            problems.push(Problem::new(path, &row.id, "law-number-out-of-range"));
        }
        if row.zh.trim().is_empty() || row.en.trim().is_empty() {
            problems.push(Problem::new(path, &row.id, "law-words-missing"));
        }
        reading.at.insert(row.id.clone(), path.to_owned());
        reading.terms.numbers.push(LegalNumber {
            id: row.id,
            zh: row.zh,
            en: row.en,
            value: row.value,
            unit: row.unit,
            citation,
            from: row.from,
            until: row.until,
        });
    }
    reading.exclusions.extend(file.exclusion.into_iter().map(|row| (path.to_owned(), row)));
}

/// Two rows of one name that are in force on the same day contradict each other.
fn overlaps(terms: &Terms, at: &BTreeMap<String, String>, problems: &mut Vec<Problem>) {
    let spans = terms.terms.iter().map(|term| (&term.id, term.from, term.until));
    let mut spans: Vec<_> =
        spans.chain(terms.numbers.iter().map(|number| (&number.id, number.from, number.until))).collect();
    spans.sort();
    for (id, from, until) in &spans {
        let path = at.get(*id).map_or(FOLDER, String::as_str);
        if until.is_some_and(|until| until < *from) {
            problems.push(Problem::new(path, id, "law-validity-reversed"));
        }
    }
    for pair in spans.windows(2) {
        let [(id, _, until), (next, from, _)] = pair else { continue };
        if id == next && until.is_none_or(|until| until >= *from) {
            let path = at.get(*id).map_or(FOLDER, String::as_str);
            problems.push(Problem::new(path, id, "law-term-twice").with("term", id));
        }
    }
}

impl Terms {
    /// Reads the files of [`FOLDER`], pairs of path and text.
    ///
    /// # Errors
    /// Every problem found, as [`check`] answers them.
    pub fn load(files: &[(String, String)]) -> Result<Terms, Vec<Problem>> {
        let (terms, problems) = read(files);
        if problems.is_empty() { Ok(terms) } else { Err(problems) }
    }

    /// The term of that name that is in force on `day`.
    ///
    /// # Errors
    /// `law-term-not-in-force` when no row is.
    pub fn on(&self, id: &str, day: Date) -> Result<&Term, Refusal> {
        let found = self.terms.iter().find(|term| term.id == id && is_in_force(day, term.from, term.until));
        found.ok_or_else(|| Refusal::new("law-term-not-in-force").with("term", id).with("day", day))
    }

    /// The number of that name that is in force on `day`.
    ///
    /// # Errors
    /// `law-term-not-in-force` when no row is.
    pub fn number(&self, id: &str, day: Date) -> Result<&LegalNumber, Refusal> {
        let found = self.numbers.iter().find(|number| number.id == id && is_in_force(day, number.from, number.until));
        found.ok_or_else(|| Refusal::new("law-term-not-in-force").with("term", id).with("day", day))
    }

    /// The document of that key.
    pub fn document(&self, key: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.key == key)
    }

    /// Where a rule of reckoning stands: `start-day`, `month-end` or `rest-day`.
    pub fn rule(&self, id: &str) -> Option<&Citation> {
        self.rules.get(id)
    }

    /// All terms, in the order of the files.
    pub fn all(&self) -> &[Term] {
        &self.terms
    }

    /// All numbers, in the order of the files.
    pub fn numbers(&self) -> &[LegalNumber] {
        &self.numbers
    }

    /// A digest of the files, to be kept on a case.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// Whether `day` lies in a validity, both ends included.
pub fn is_in_force(day: Date, from: Date, until: Option<Date>) -> bool {
    day >= from && until.is_none_or(|until| day <= until)
}

fn following(day: Date) -> Result<Date, CalendarNotLoaded> {
    day.tomorrow().map_err(|_| CalendarNotLoaded { date: day })
}

impl Term {
    /// The same term with another length, for example as long as an organ granted; never longer than the row says.
    #[must_use]
    pub fn of_length(&self, length: u32) -> Term {
        Term { length: length.clamp(1, self.length), ..self.clone() }
    }

    /// Whether such time is not counted into this term.
    pub fn excludes(&self, kind: Exclusion) -> bool {
        self.excluded.iter().any(|(excluded, _)| *excluded == kind)
    }

    /// The end of the term when its event was at `start`; excluded time that the term does not know is counted.
    ///
    /// # Errors
    /// `law-calendar-not-loaded` when a day is needed whose year is not loaded; `law-term-paused` when excluded time that has
    /// not ended begins before the last day; `law-term-runs-back` for a term that runs back from its event.
    pub fn end(&self, start: Moment, calendar: &Calendar, excluded: &[Excluded]) -> Result<End, Refusal> {
        if self.unit == TermUnit::Hour {
            let over_at = start.plus(i64::from(self.length) * 3_600_000);
            let (from, last) = (calendar.date_of(start), calendar.date_of(over_at));
            let why = vec![
                WhyStep { kind: WhyKind::Hours, from, to: last, counted: self.length },
                WhyStep { kind: WhyKind::Last, from: last, to: last, counted: self.length },
            ];
            return Ok(End { last, over_at, why, certainty: self.certainty() });
        }
        self.end_from_day(calendar.date_of(start), calendar, excluded)
    }

    /// The end of a term of days, months or years whose event was on `day`.
    ///
    /// # Errors
    /// As [`Term::end`]; `law-term-runs-back` also for a term of hours, which needs a moment.
    pub fn end_from_day(&self, day: Date, calendar: &Calendar, excluded: &[Excluded]) -> Result<End, Refusal> {
        if self.direction == Direction::Before || self.unit == TermUnit::Hour {
            return Err(Refusal::new("law-term-runs-back").with("term", &self.id));
        }
        let excluded: Vec<Excluded> = excluded.iter().copied().filter(|one| self.excludes(one.kind)).collect();
        let mut walk = Walk { why: Vec::new(), calendar, excluded: &excluded };
        walk.push(WhyKind::EventDay, day, 0);
        let mut last = match self.unit {
            TermUnit::Month | TermUnit::Year => walk.months(day, self)?,
            _ => walk.days(day, self.length, self.unit)?,
        };
        if self.last == LastDay::Moves {
            while !calendar.is_working_day(last)? {
                last = following(last)?;
                walk.push(WhyKind::Moved, last, self.length);
            }
        }
        walk.push(WhyKind::Last, last, self.length);
        let over_at = calendar.moment(following(last)?, Time::midnight());
        Ok(End { last, over_at, why: walk.why, certainty: self.certainty() })
    }

    /// The latest day for what must be done so many working days before `day`: the whole term lies between the two.
    ///
    /// # Errors
    /// `law-calendar-not-loaded`; `law-term-runs-on` for a term that does not run back.
    pub fn latest_before(&self, day: Date, calendar: &Calendar) -> Result<Date, Refusal> {
        if self.direction != Direction::Before {
            return Err(Refusal::new("law-term-runs-on").with("term", &self.id));
        }
        let (mut at, mut left) = (day, self.length);
        while left > 0 {
            at = at.yesterday().map_err(|_| CalendarNotLoaded { date: at })?;
            left -= u32::from(calendar.is_working_day(at)?);
        }
        Ok(at.yesterday().map_err(|_| CalendarNotLoaded { date: at })?)
    }

    /// The end of a term that runs back from `day`: over is the latest day on which what has to lie before it may be done.
    ///
    /// # Errors
    /// As [`Term::latest_before`].
    pub fn end_before(&self, day: Date, calendar: &Calendar) -> Result<End, Refusal> {
        let last = self.latest_before(day, calendar)?;
        let (from, to) = (following(last)?, day.yesterday().map_err(|_| CalendarNotLoaded { date: day })?);
        let why = vec![
            WhyStep { kind: WhyKind::EventDay, from: day, to: day, counted: 0 },
            WhyStep { kind: WhyKind::WorkingDays, from, to, counted: self.length },
            WhyStep { kind: WhyKind::Last, from: last, to: last, counted: self.length },
        ];
        let over_at = calendar.moment(from, Time::midnight());
        Ok(End { last, over_at, why, certainty: self.certainty() })
    }

    fn certainty(&self) -> Certainty {
        self.citation.certainty
    }
}

struct Walk<'a> {
    why: Vec<WhyStep>,
    calendar: &'a Calendar,
    excluded: &'a [Excluded],
}

impl Walk<'_> {
    /// Adds a day; days of one kind in a row are one step.
    fn push(&mut self, kind: WhyKind, day: Date, counted: u32) {
        if let Some(last) = self.why.last_mut()
            && last.kind == kind
            && kind != WhyKind::Last
        {
            (last.to, last.counted) = (day, counted);
            return;
        }
        self.why.push(WhyStep { kind, from: day, to: day, counted });
    }

    /// The excluded time that `day` lies in.
    ///
    /// # Errors
    /// `law-term-paused` when that time has not ended.
    fn excluded(&self, day: Date) -> Result<Option<Exclusion>, Refusal> {
        let covers = |one: &&Excluded| day >= one.from && one.until.is_none_or(|until| day <= until);
        match self.excluded.iter().filter(covers).max_by_key(|one| one.until.is_none()) {
            Some(Excluded { kind, until: None, from }) => {
                Err(Refusal::new("law-term-paused").with("kind", kind.word()).with("day", from))
            }
            Some(one) => Ok(Some(one.kind)),
            None => Ok(None),
        }
    }

    fn days(&mut self, event: Date, length: u32, unit: TermUnit) -> Result<Date, Refusal> {
        let (mut day, mut counted) = (event, 0);
        for _ in 0..MOST_DAYS {
            if counted == length {
                return Ok(day);
            }
            day = following(day)?;
            if let Some(kind) = self.excluded(day)? {
                self.push(WhyKind::Excluded(kind), day, counted);
                continue;
            }
            let kind = match unit {
                TermUnit::WorkingDay => match self.calendar.day(day)? {
                    DayKind::Working => WhyKind::WorkingDays,
                    DayKind::MakeUp(name) => WhyKind::MakeUp(name),
                    DayKind::Weekend => WhyKind::Weekend,
                    DayKind::Holiday(name) => WhyKind::Holiday(name),
                },
                _ => WhyKind::Days,
            };
            counted += u32::from(matches!(kind, WhyKind::Days | WhyKind::WorkingDays | WhyKind::MakeUp(_)));
            self.push(kind, day, counted);
        }
        Err(Refusal::new("law-limit-out-of-range").with("longest", LONGEST))
    }

    /// The same day so many months on, or the last of that month; then as many days more as were excluded before it.
    fn months(&mut self, event: Date, term: &Term) -> Result<Date, Refusal> {
        let months = i64::from(term.length) * if term.unit == TermUnit::Year { 12 } else { 1 };
        let nominal = event.checked_add(months.months()).map_err(|_| CalendarNotLoaded { date: event })?;
        let (mut day, mut end) = (event, nominal);
        for _ in 0..MOST_DAYS {
            if day >= end {
                break;
            }
            day = following(day)?;
            if let Some(kind) = self.excluded(day)? {
                self.push(WhyKind::Excluded(kind), day, 0);
                end = following(end)?;
            }
        }
        self.push(WhyKind::Months, end, term.length);
        Ok(end)
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
