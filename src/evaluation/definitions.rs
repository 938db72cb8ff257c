//! What is counted, how counts become rates, and how rates become a score: data in the city's `evaluation/`, checked when
//! the program starts and kept with every result, so that a number can always be read with the words that it was made by.

use crate::catalog::Problem;
use crate::catalog::problem::version_of;
use crate::kit::words::enum_of_words;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The folder of these files.
pub const FOLDER: &str = "evaluation/";
/// A million: exact numbers are kept in millionths.
const MILLION: i64 = 1_000_000;

enum_of_words! {
    /// Where the things that are counted come from.
    Source {
        /// Cases.
        Cases = "cases",
        /// The clocks of cases.
        Timers = "timers",
        /// What happened to cases.
        Facts = "facts",
        /// What citizens think.
        Ratings = "ratings",
        /// What citizens report.
        Reports = "reports",
        /// Cases that are closed or ought to be.
        Closings = "closings",
        /// What departments did that were called by a whistle: one for each of them.
        Whistles = "whistles",
    }
}

enum_of_words! {
    /// By which moment a thing belongs to a period.
    When {
        /// Opened within it.
        Opened = "opened",
        /// Ended within it.
        Closed = "closed",
        /// The clock was started within it.
        Started = "started",
        /// The clock was stopped within it.
        Finished = "finished",
        /// 应X: its deadline falls within it, or it was done within it; each once.
        Needed = "needed",
        /// It still ran when the period ended.
        Standing = "standing",
        /// Happened within it.
        Happened = "happened",
        /// Received within it.
        Received = "received",
        /// Its rating was closed within it.
        Rated = "rated",
    }
}

enum_of_words! {
    /// A clock of a case.
    Clock {
        /// 受理.
        Accept = "accept",
        /// 核实.
        Check = "check",
        /// 立案.
        File = "file",
        /// 派遣.
        Dispatch = "dispatch",
        /// 处置.
        Handle = "handle",
        /// A decision about a return.
        Decide = "decide",
        /// 核查.
        Verify = "verify",
        /// 结案.
        Close = "close",
    }
}

enum_of_words! {
    /// How a clock, or a case that ought to be closed, stands at the end of the period.
    State {
        /// Done.
        Done = "done",
        /// Done in time, or late and exempted on appeal.
        InTime = "in_time",
        /// Done late, and not exempted.
        Late = "late",
        /// Late, done or not, exempted or not: the fact as it is.
        Overdue = "overdue",
        /// Late and exempted on appeal.
        Exempt = "exempt",
        /// Not done.
        Waiting = "waiting",
        /// Not done, and not due yet.
        WaitingInTime = "waiting_in_time",
        /// Not done though it is due.
        WaitingLate = "waiting_late",
        /// Late when it was handed back or the case was ended.
        DroppedLate = "dropped_late",
        /// Closed although it is not mended.
        Unsolved = "unsolved",
    }
}

enum_of_words! {
    /// What a department that was called did, or how both sides rated each other.
    Mark {
        /// It was called.
        Called = "called",
        /// It had to answer.
        SignNeeded = "sign_needed",
        /// It answered in time, by signing or by refusing.
        SignedInTime = "signed_in_time",
        /// It had to come.
        ArriveNeeded = "arrive_needed",
        /// It came in time, and to the place.
        ArrivedInTime = "arrived_in_time",
        /// It had work to do.
        WorkNeeded = "work_needed",
        /// The work was done in time.
        WorkedInTime = "worked_in_time",
        /// It refused.
        Refused = "refused",
        /// It refused, and a superior said that it must come.
        RefusedWrongly = "refused_wrongly",
        /// Nothing came of it.
        Failed = "failed",
        /// The blower gave the department at least so many stars.
        StarsOfDepartment = "stars_of_department",
        /// The department found the whistle necessary with at least so many stars.
        StarsNecessary = "stars_necessary",
        /// The department found the whistle right with at least so many stars.
        StarsAccurate = "stars_accurate",
    }
}

enum_of_words! {
    /// Which department a thing counts for.
    Whose {
        /// The department whose clock it is.
        Own = "own",
        /// The department that has the case, or had it last.
        Case = "case",
        /// The department that the fact speaks of.
        About = "about",
        /// The department to which the case had been dispatched when it happened.
        Dispatched = "dispatched",
        /// The department of whoever did it.
        Author = "author",
    }
}

enum_of_words! {
    /// Which person a thing counts for.
    Who {
        /// Whoever did it.
        Author = "author",
        /// Whoever stopped the clock.
        Finisher = "finisher",
        /// Whoever stopped the clock, or else the keeper who was asked.
        Keeper = "keeper",
        /// The crew member who has the case, or had it last.
        Crew = "crew",
        /// Whoever of the staff reported it.
        Reporter = "reporter",
        /// Whoever had dispatched the case when it happened.
        Dispatcher = "dispatcher",
    }
}

enum_of_words! {
    /// What kind of object is evaluated.
    Kind {
        /// The whole city.
        City = "city",
        /// 街道.
        Street = "street",
        /// 社区.
        Community = "community",
        /// 单元网格.
        Cell = "cell",
        /// 小类.
        Category = "category",
        /// Where it came from.
        Source = "source",
        /// 部门.
        Department = "department",
        /// 岗位.
        Post = "post",
        /// A person.
        Person = "person",
    }
}

enum_of_words! {
    /// What a count is divided by, so that the large and the small can be compared.
    Per {
        /// A square kilometre of its ground.
        SquareKilometre = "square_kilometre",
        /// Ten thousand people who live there.
        TenThousandPeople = "ten_thousand_people",
        /// A keeper who watches over it.
        Keeper = "keeper",
    }
}

/// The sources of cases, as the tables have them.
pub const SOURCES: [&str; 7] = ["citizen", "keeper", "hotline", "leader", "transfer", "sensor", "import"];
/// How cases end.
pub const OUTCOMES: [&str; 8] =
    ["fixed", "self-handled", "forced", "not-ours", "duplicate", "not-found", "declined", "voided"];
/// What happens to cases and may be counted.
pub const FACTS: [&str; 38] = [
    "case_opened",
    "report_accepted",
    "check_asked",
    "check_found",
    "check_found_nothing",
    "case_filed",
    "report_declined",
    "case_dispatched",
    "crew_assigned",
    "task_accepted",
    "work_handed_in",
    "case_fed_back",
    "work_rejected",
    "return_asked",
    "return_refused",
    "case_returned",
    "verification_asked",
    "verification_passed",
    "verification_failed",
    "case_sent_back",
    "case_closed",
    "case_force_closed",
    "case_self_handled",
    "case_voided",
    "case_reopened",
    "case_located",
    "report_joined",
    "case_split",
    "case_marked_urgent",
    "case_supervised",
    "supervision_answered",
    "postponement_granted",
    "postponement_refused",
    "case_suspended",
    "case_resumed",
    "appeal_granted",
    "timer_near",
    "timer_passed",
];

/// Words that no indicator may speak of: fines and what is confiscated must have no bearing on how anybody is judged
/// (行政处罚法 art. 74).
const FORBIDDEN_ZH: [&str; 9] = ["罚款", "罚金", "罚没", "罚缴", "没收", "处罚金额", "处罚数额", "罚单", "收缴金额"];
const FORBIDDEN_EN: [&str; 10] = [
    "fine",
    "fines",
    "fined",
    "forfeit",
    "forfeits",
    "forfeiture",
    "forfeitures",
    "confiscated",
    "confiscation",
    "confiscations",
];
const FORBIDDEN_PAIRS: [(&str, &str); 4] =
    [("penalty", "amount"), ("penalties", "amount"), ("penalty", "sum"), ("penalty", "money")];

/// An exact decimal number, in millionths. Files write whole numbers, or decimals in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Exact(i64);

impl Exact {
    /// A whole number.
    pub const fn whole(number: i64) -> Exact {
        Exact(number.saturating_mul(MILLION))
    }

    /// Reads `20`, `0.95` or `-2.5`, at most six decimals.
    pub fn parse(text: &str) -> Option<Exact> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 9 || rest.len() > 6 || !is_number(whole) || !is_number(rest) {
            return None;
        }
        let millionths: i64 = format!("{rest:0<6}").parse().ok()?;
        Some(Exact(sign * (whole.parse::<i64>().ok()? * MILLION + millionths)))
    }

    /// The number in millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The number in units of `1 / unit`, rounded half up.
    pub fn scaled(self, unit: i64) -> i64 {
        let doubled = i128::from(self.0) * i128::from(unit) * 2 + i128::from(MILLION);
        i64::try_from(doubled.div_euclid(i128::from(MILLION) * 2)).unwrap_or(i64::MAX)
    }

    /// As people write it, without needless zeros.
    pub fn text(self) -> String {
        let text = super::score::decimal(self.0, 6);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Exact, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Whole(i64),
            Text(String),
        }
        let wrong = || serde::de::Error::custom("write a whole number, or a decimal number in quotes such as \"0.95\"");
        match Written::deserialize(from).map_err(|_| wrong())? {
            Written::Whole(number) if number.abs() < 1_000_000_000 => Ok(Exact::whole(number)),
            Written::Whole(_) => Err(wrong()),
            Written::Text(text) => Exact::parse(&text).ok_or_else(wrong),
        }
    }
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Name {
    /// The one of a language.
    pub fn in_lang(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh }
    }
}

/// A group of counts and rates: a tab of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: Name,
}

/// One count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: Name,
    /// What else there is to say.
    pub note: Name,
    /// Its group.
    pub group: String,
    /// Where the things come from.
    pub source: Source,
    /// By which moment they belong to the period.
    pub when: When,
    /// Which clock.
    pub clock: Option<Clock>,
    /// How it stands.
    pub state: Option<State>,
    /// Which facts.
    pub facts: Vec<String>,
    /// Only when this did not happen to the case afterwards …
    pub unless_later: Option<String>,
    /// Only when this happened to the case afterwards …
    pub if_later: Option<String>,
    /// … before this happened to it: for both of them.
    pub unless_before: Option<String>,
    /// Only what people did, not the program.
    pub is_by_people: bool,
    /// Only with at least so many earlier cases of the same sub-class in the same unit grid …
    pub again: Option<i64>,
    /// … within so many days before it.
    pub within_days: i64,
    /// What a department that was called did.
    pub mark: Option<Mark>,
    /// At least so many stars, 1 to 5.
    pub stars: i64,
    /// Only cases or reports that came from there.
    pub from: Vec<String>,
    /// Only cases that ended so.
    pub outcomes: Vec<String>,
    /// Only cases that were taken on (true) or not (false).
    pub is_valid: Option<bool>,
    /// Only cases that had ended by the end of the period (true) or not (false).
    pub is_ended: Option<bool>,
    /// Only urgent cases (true) or others (false).
    pub is_urgent: Option<bool>,
    /// Only ratings of these levels of satisfaction, 1 to 5.
    pub satisfaction: Vec<i64>,
    /// Only ratings that call it solved, or reports that were.
    pub is_solved: Option<bool>,
    /// Which department it counts for; none: for no department.
    pub department: Option<Whose>,
    /// Which person, and so which post.
    pub person: Option<Who>,
}

impl Count {
    /// Whether objects of a kind have this count at all.
    pub fn is_of(&self, kind: Kind) -> bool {
        match kind {
            Kind::Department => self.department.is_some(),
            Kind::Post | Kind::Person => self.person.is_some(),
            _ => true,
        }
    }
}

/// A sum of counts, some of them taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: Name,
    /// The counts or sums; with a minus in front: taken off.
    pub of: Vec<String>,
}

/// A rate: counts above the line, counts below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: Name,
    /// What else there is to say.
    pub note: Name,
    /// Its group.
    pub group: String,
    /// What is added up above the line.
    pub top: Vec<String>,
    /// What is added up below it.
    pub bottom: Vec<String>,
    /// Whether more is better.
    pub is_more_better: bool,
    /// Where the formula was read.
    pub cite: String,
}

/// An indicator that others have and this program does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: Name,
    /// Why it cannot be had.
    pub why: Name,
    /// Where it was read.
    pub cite: String,
}

/// What becomes of a term when there is nothing to divide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// Nothing was asked, so nothing was missed: all its points.
    #[default]
    Full,
    /// None of its points.
    Zero,
    /// It is left out, and the others weigh more.
    Leave,
}

/// What a term is reckoned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A rate.
    Rate(String),
    /// A count or a sum, perhaps divided.
    Count(String, Option<Per>),
}

/// How a term turns its value into points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The value times the weight; inverted: what is missing to 1 times the weight.
    Share {
        /// Whether less is better.
        is_inverted: bool,
    },
    /// So many points off the whole for each, at most so many.
    Off {
        /// For each.
        each: Exact,
        /// The most that is taken.
        cap: Exact,
    },
    /// All its points, less so many for each, at most so many.
    Deduct {
        /// For each.
        each: Exact,
        /// The most that is taken.
        cap: Exact,
    },
    /// So many points for each, at most so many, on top of the whole.
    Add {
        /// For each.
        each: Exact,
        /// The most that is given.
        cap: Exact,
    },
    /// The points of the first step that the value reaches; below all of them none.
    Bands(Vec<(Exact, Exact)>),
}

/// One term of a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: Name,
    /// Its points.
    pub weight: Exact,
    /// What it is reckoned from.
    pub what: What,
    /// How.
    pub way: Way,
    /// When there is nothing to divide by.
    pub empty: Empty,
}

impl Term {
    /// The most that it can give.
    pub fn most(&self) -> Exact {
        match &self.way {
            Way::Share { .. } | Way::Deduct { .. } => self.weight,
            Way::Add { cap, .. } => *cap,
            Way::Off { .. } => Exact::default(),
            Way::Bands(bands) => bands.iter().map(|(_, points)| *points).max().unwrap_or_default(),
        }
    }
}

/// A score that is made of terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// The identifier; several versions share it.
    pub id: String,
    /// The name.
    pub name: Name,
    /// For which kinds of objects.
    pub of: Vec<Kind>,
    /// For people of which posts; empty: of every post.
    pub posts: Vec<String>,
    /// From which day.
    pub from: Date,
    /// What all terms give together, those on top apart.
    pub full: Exact,
    /// How many decimals are kept, 0 to 4.
    pub decimals: u32,
    /// Below so many of this count an object has no place.
    pub minimum: Option<(String, i64)>,
    /// The most that people may give or take by hand at once.
    pub adjust_most: Exact,
    /// The decision that it rests on.
    pub cite: String,
    /// The terms.
    pub terms: Vec<Term>,
}

/// What a city says of its objects, by which counts are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    /// People who live there.
    pub people: Option<i64>,
    /// Square metres, when the ground's own are not meant.
    pub square_metres: Option<i64>,
    /// Keepers, when those of the responsibility grids are not meant.
    pub keepers: Option<i64>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    /// A digest of the files.
    pub version: String,
    /// The files, path and text.
    pub files: Vec<(String, String)>,
    /// The groups in their order.
    pub groups: Vec<Group>,
    /// The counts in their order.
    pub counts: Vec<Count>,
    /// The sums.
    pub sums: Vec<Sum>,
    /// The rates in their order.
    pub rates: Vec<Rate>,
    /// Indicators that cannot be had, with the reason.
    pub missing: Vec<Missing>,
    /// The schemes, every version.
    pub schemes: Vec<Scheme>,
    /// What the city says of its objects.
    pub given: BTreeMap<(Kind, String), Given>,
}

impl Definitions {
    /// Reads the files of [`FOLDER`], pairs of path and text.
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(files: &[(String, String)]) -> Result<Definitions, Vec<Problem>> {
        let (definitions, problems) = read(files);
        if problems.is_empty() { Ok(definitions) } else { Err(problems) }
    }

    /// The count of that identifier.
    pub fn count(&self, id: &str) -> Option<&Count> {
        self.counts.iter().find(|count| count.id == id)
    }

    /// The sum of that identifier.
    pub fn sum(&self, id: &str) -> Option<&Sum> {
        self.sums.iter().find(|sum| sum.id == id)
    }

    /// The rate of that identifier.
    pub fn rate(&self, id: &str) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.id == id)
    }

    /// The name of a count or a sum.
    pub fn name(&self, id: &str) -> Option<&Name> {
        self.count(id).map(|count| &count.name).or_else(|| self.sum(id).map(|sum| &sum.name))
    }

    /// The schemes in force on a day, one version of each.
    pub fn schemes_on(&self, day: Date) -> Vec<&Scheme> {
        let mut found: Vec<&Scheme> = Vec::new();
        for scheme in self.schemes.iter().filter(|scheme| scheme.from <= day) {
            match found.iter_mut().find(|other| other.id == scheme.id) {
                Some(other) if other.from < scheme.from => *other = scheme,
                Some(_) => {}
                None => found.push(scheme),
            }
        }
        found
    }

    /// The version of a scheme that is in force on a day.
    pub fn scheme_on(&self, id: &str, day: Date) -> Option<&Scheme> {
        self.schemes_on(day).into_iter().find(|scheme| scheme.id == id)
    }

    /// The counts that a count, a sum or a rate's side is made of in the end, each with how often it is taken.
    pub fn parts(&self, names: &[String]) -> Vec<(String, bool)> {
        let mut parts = Vec::new();
        for name in names {
            let (name, is_taken_off) = name.strip_prefix('-').map_or((name.as_str(), false), |name| (name, true));
            match self.sum(name) {
                Some(sum) => {
                    parts.extend(self.parts(&sum.of).into_iter().map(|(part, off)| (part, off != is_taken_off)))
                }
                None => parts.push((name.to_owned(), is_taken_off)),
            }
        }
        parts
    }
}

/// Every problem of the files.
pub fn check(files: &[(String, String)]) -> Vec<Problem> {
    read(files).1
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CountsFile {
    #[serde(default)]
    group: Vec<GroupRow>,
    #[serde(default)]
    count: Vec<CountRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupRow {
    id: String,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountRow {
    id: String,
    zh: String,
    en: String,
    #[serde(default)]
    note_zh: String,
    #[serde(default)]
    note_en: String,
    group: String,
    source: Source,
    when: When,
    clock: Option<Clock>,
    state: Option<State>,
    #[serde(default)]
    facts: Vec<String>,
    unless_later: Option<String>,
    if_later: Option<String>,
    unless_before: Option<String>,
    #[serde(default)]
    by_people: bool,
    again: Option<i64>,
    within_days: Option<i64>,
    mark: Option<Mark>,
    stars: Option<i64>,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    outcomes: Vec<String>,
    valid: Option<bool>,
    ended: Option<bool>,
    urgent: Option<bool>,
    #[serde(default)]
    satisfaction: Vec<i64>,
    solved: Option<bool>,
    department: Option<Whose>,
    person: Option<Who>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RatesFile {
    #[serde(default)]
    sum: Vec<SumRow>,
    #[serde(default)]
    rate: Vec<RateRow>,
    #[serde(default)]
    missing: Vec<MissingRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MissingRow {
    id: String,
    zh: String,
    en: String,
    why_zh: String,
    why_en: String,
    #[serde(default)]
    cite: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SumRow {
    id: String,
    zh: String,
    en: String,
    of: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateRow {
    id: String,
    zh: String,
    en: String,
    #[serde(default)]
    note_zh: String,
    #[serde(default)]
    note_en: String,
    group: String,
    top: Vec<String>,
    bottom: Vec<String>,
    better: Better,
    #[serde(default)]
    cite: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Better {
    More,
    Less,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeFile {
    id: String,
    zh: String,
    en: String,
    of: Vec<Kind>,
    #[serde(default)]
    posts: Vec<String>,
    from: Date,
    full: Exact,
    #[serde(default = "two")]
    decimals: u32,
    minimum: Option<MinimumRow>,
    #[serde(default = "ten")]
    adjust_most: Exact,
    cite: String,
    #[serde(default)]
    term: Vec<TermRow>,
}

const fn two() -> u32 {
    2
}

const fn ten() -> Exact {
    Exact::whole(10)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MinimumRow {
    count: String,
    least: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermRow {
    id: String,
    zh: String,
    en: String,
    weight: Option<Exact>,
    rate: Option<String>,
    count: Option<String>,
    per: Option<Per>,
    #[serde(default)]
    less_is_better: bool,
    deduct_each: Option<Exact>,
    add_each: Option<Exact>,
    cap: Option<Exact>,
    #[serde(default)]
    bands: Vec<BandRow>,
    #[serde(default)]
    empty: Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BandRow {
    from: Exact,
    points: Exact,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ObjectsFile {
    #[serde(default)]
    object: Vec<ObjectRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectRow {
    of: Kind,
    code: String,
    people: Option<i64>,
    square_metres: Option<i64>,
    keepers: Option<i64>,
}

/// Whether a text speaks of fines or of what is confiscated; answers the word.
pub fn forbidden(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if let Some(word) = FORBIDDEN_ZH.iter().find(|word| lower.contains(**word)) {
        return Some((*word).to_owned());
    }
    let words: Vec<&str> =
        lower.split(|sign: char| !sign.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
    let pair = words.windows(2).find(|pair| FORBIDDEN_PAIRS.contains(&(pair[0], pair[1]))).map(|pair| pair.join(" "));
    words.iter().find(|word| FORBIDDEN_EN.contains(word)).map(|word| (*word).to_owned()).or(pair)
}

/// Reads one file of a known shape; what cannot be read is a problem.
fn parsed<T: serde::de::DeserializeOwned>(path: &str, text: &str, problems: &mut Vec<Problem>) -> Option<T> {
    match toml::from_str(text) {
        Ok(file) => Some(file),
        Err(error) => {
            problems.push(Problem::unreadable(path, text, &error));
            None
        }
    }
}

fn read(files: &[(String, String)]) -> (Definitions, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut files: Vec<(String, String)> = files.iter().filter(|(path, _)| path.ends_with(".toml")).cloned().collect();
    files.sort();
    let mut definitions = Definitions { version: version_of(&files), files: files.clone(), ..Definitions::default() };
    for (path, text) in &files {
        match path.strip_prefix(FOLDER).unwrap_or(path) {
            "counts.toml" => {
                let Some(file) = parsed::<CountsFile>(path, text, &mut problems) else { continue };
                definitions.groups = file.group.into_iter().map(group).collect();
                definitions.counts = file.count.into_iter().map(count).collect();
            }
            "rates.toml" => {
                let Some(file) = parsed::<RatesFile>(path, text, &mut problems) else { continue };
                definitions.sums = file.sum.into_iter().map(sum).collect();
                definitions.rates = file.rate.into_iter().map(rate).collect();
                definitions.missing = file.missing.into_iter().map(missing).collect();
            }
            "objects.toml" => {
                let Some(file) = parsed::<ObjectsFile>(path, text, &mut problems) else { continue };
                let given = |row: ObjectRow| {
                    let ObjectRow { of, code, people, square_metres, keepers } = row;
                    ((of, code), Given { people, square_metres, keepers })
                };
                definitions.given = file.object.into_iter().map(given).collect();
            }
            name if name.starts_with("scores/") => {
                let Some(file) = parsed::<SchemeFile>(path, text, &mut problems) else { continue };
                if let Some(scheme) = scheme(path, file, &mut problems) {
                    definitions.schemes.push(scheme);
                }
            }
            _ => problems.push(Problem::new(path, "", "evaluation-file-unknown")),
        }
    }
    if definitions.counts.is_empty() && problems.is_empty() {
        problems.push(Problem::new(FOLDER, "", "evaluation-nothing-counted"));
    }
    judge(&definitions, &mut problems);
    (definitions, problems)
}

fn group(row: GroupRow) -> Group {
    Group { id: row.id, name: Name { zh: row.zh, en: row.en } }
}

fn count(row: CountRow) -> Count {
    Count {
        id: row.id,
        name: Name { zh: row.zh, en: row.en },
        note: Name { zh: row.note_zh, en: row.note_en },
        group: row.group,
        source: row.source,
        when: row.when,
        clock: row.clock,
        state: row.state,
        facts: row.facts,
        unless_later: row.unless_later,
        if_later: row.if_later,
        unless_before: row.unless_before,
        is_by_people: row.by_people,
        again: row.again,
        within_days: row.within_days.unwrap_or(0),
        mark: row.mark,
        stars: row.stars.unwrap_or(0),
        from: row.from,
        outcomes: row.outcomes,
        is_valid: row.valid,
        is_ended: row.ended,
        is_urgent: row.urgent,
        satisfaction: row.satisfaction,
        is_solved: row.solved,
        department: row.department,
        person: row.person,
    }
}

fn sum(row: SumRow) -> Sum {
    Sum { id: row.id, name: Name { zh: row.zh, en: row.en }, of: row.of }
}

fn rate(row: RateRow) -> Rate {
    Rate {
        id: row.id,
        name: Name { zh: row.zh, en: row.en },
        note: Name { zh: row.note_zh, en: row.note_en },
        group: row.group,
        top: row.top,
        bottom: row.bottom,
        is_more_better: row.better == Better::More,
        cite: row.cite,
    }
}

fn missing(row: MissingRow) -> Missing {
    Missing {
        id: row.id,
        name: Name { zh: row.zh, en: row.en },
        why: Name { zh: row.why_zh, en: row.why_en },
        cite: row.cite,
    }
}

fn scheme(path: &str, file: SchemeFile, problems: &mut Vec<Problem>) -> Option<Scheme> {
    let mut terms = Vec::new();
    for row in file.term {
        let id = row.id.clone();
        match term(row) {
            Some(term) => terms.push(term),
            None => problems.push(Problem::new(path, id, "evaluation-term-shape")),
        }
    }
    if file.cite.trim().is_empty() {
        problems.push(Problem::new(path, &file.id, "evaluation-citation-missing"));
    }
    Some(Scheme {
        id: file.id,
        name: Name { zh: file.zh, en: file.en },
        of: file.of,
        posts: file.posts,
        from: file.from,
        full: file.full,
        decimals: file.decimals.min(4),
        minimum: file.minimum.map(|row| (row.count, row.least)),
        adjust_most: file.adjust_most,
        cite: file.cite,
        terms,
    })
}

/// A term of one of the five shapes; none when it is of none or of two of them.
fn term(row: TermRow) -> Option<Term> {
    let what = match (row.rate, row.count, row.per) {
        (Some(rate), None, None) => What::Rate(rate),
        (None, Some(count), per) => What::Count(count, per),
        _ => return None,
    };
    let is_rate = matches!(what, What::Rate(_));
    let way = match (row.deduct_each, row.add_each, row.cap, row.bands.is_empty(), row.weight) {
        (None, None, None, true, Some(_)) if is_rate => Way::Share { is_inverted: row.less_is_better },
        (Some(each), None, Some(cap), true, Some(_)) => Way::Deduct { each, cap },
        (Some(each), None, Some(cap), true, None) => Way::Off { each, cap },
        (None, Some(each), Some(cap), true, None) => Way::Add { each, cap },
        (None, None, None, false, None) => {
            let mut bands: Vec<(Exact, Exact)> = row.bands.iter().map(|band| (band.from, band.points)).collect();
            bands.sort_by_key(|(from, _)| std::cmp::Reverse(*from));
            Way::Bands(bands)
        }
        _ => return None,
    };
    let weight = row.weight.unwrap_or_default();
    Some(Term { id: row.id, name: Name { zh: row.zh, en: row.en }, weight, what, way, empty: row.empty })
}

/// Whether a count asks only for what its source knows.
fn fits(count: &Count) -> bool {
    use Source::*;
    use When::*;
    let is_when = matches!(
        (count.source, count.when),
        (Cases, Opened | Closed)
            | (Timers, Started | Finished | Needed | Standing)
            | (Facts | Ratings, Happened)
            | (Reports, Received | Closed)
            | (Closings, Needed)
            | (Whistles, Closed | Rated)
    );
    let is_department = match count.department {
        None => true,
        Some(Whose::Own) => matches!(count.source, Timers | Whistles),
        Some(Whose::Case) => !matches!(count.source, Reports | Whistles),
        Some(Whose::About) => count.source == Facts,
        Some(Whose::Dispatched) => count.source == Facts,
        Some(Whose::Author) => matches!(count.source, Timers | Facts | Cases | Whistles),
    };
    let is_person = match count.person {
        None => true,
        Some(Who::Author) => matches!(count.source, Facts | Whistles),
        Some(Who::Dispatcher) => count.source == Facts,
        Some(Who::Finisher | Who::Keeper) => count.source == Timers,
        Some(Who::Crew) => !matches!(count.source, Reports | Whistles),
        Some(Who::Reporter) => matches!(count.source, Cases | Closings),
    };
    let has_state = match count.state {
        None => true,
        Some(State::DroppedLate) => count.source == Timers,
        Some(State::Unsolved) => count.source == Closings,
        Some(_) => matches!(count.source, Timers | Closings),
    };
    let has_later = (count.unless_later.is_none() && count.if_later.is_none()) || count.source == Facts;
    let has_before = count.unless_before.is_none() || count.unless_later.is_some() || count.if_later.is_some();
    let has_people = !count.is_by_people || count.source == Facts;
    let has_again = match count.again {
        None => count.within_days == 0,
        Some(again) => count.source == Cases && (1..=100).contains(&again) && (1..=400).contains(&count.within_days),
    };
    let is_starred = matches!(count.mark, Some(Mark::StarsOfDepartment | Mark::StarsNecessary | Mark::StarsAccurate));
    let has_mark = count.mark.is_some() == (count.source == Whistles) && is_starred == (count.stars > 0);
    let has_outcomes =
        (count.outcomes.is_empty() && count.is_valid.is_none() && count.is_ended.is_none()) || count.source == Cases;
    let has_ratings = count.satisfaction.is_empty() || count.source == Ratings;
    let has_solved = count.is_solved.is_none() || matches!(count.source, Ratings | Reports);
    let has_urgent = count.is_urgent.is_none() || count.source != Reports;
    (count.clock.is_some() == (count.source == Timers))
        && (count.facts.is_empty() != (count.source == Facts))
        && is_when
        && is_department
        && is_person
        && has_state
        && has_later
        && has_before
        && has_people
        && has_again
        && has_mark
        && has_outcomes
        && has_ratings
        && has_solved
        && has_urgent
}

fn judge(definitions: &Definitions, problems: &mut Vec<Problem>) {
    let (counts, rates) = (format!("{FOLDER}counts.toml"), format!("{FOLDER}rates.toml"));
    let scores = format!("{FOLDER}scores/");
    let mut speaks = |file: &str, id: &str, texts: &[&str]| {
        if let Some(word) = texts.iter().find_map(|text| forbidden(text)) {
            problems.push(Problem::new(file, id, "evaluation-fines-forbidden").with("word", word));
        }
    };
    for one in &definitions.counts {
        speaks(
            &counts,
            &one.id,
            &[&one.id, &one.name.zh, &one.name.en, &one.note.zh, &one.note.en, &one.facts.join(" ")],
        );
    }
    for one in &definitions.sums {
        speaks(&rates, &one.id, &[&one.id, &one.name.zh, &one.name.en, &one.of.join(" ")]);
    }
    for one in &definitions.rates {
        let sides = [one.top.join(" "), one.bottom.join(" ")].join(" ");
        speaks(&rates, &one.id, &[&one.id, &one.name.zh, &one.name.en, &one.note.zh, &one.note.en, &sides]);
    }
    for one in &definitions.missing {
        speaks(&rates, &one.id, &[&one.id, &one.name.zh, &one.name.en, &one.why.zh, &one.why.en]);
    }
    for scheme in &definitions.schemes {
        speaks(&scores, &scheme.id, &[&scheme.id, &scheme.name.zh, &scheme.name.en]);
        for term in &scheme.terms {
            let (What::Rate(of) | What::Count(of, _)) = &term.what;
            speaks(&scores, &format!("{}.{}", scheme.id, term.id), &[&term.id, &term.name.zh, &term.name.en, of]);
        }
    }

    let mut seen = BTreeSet::new();
    let is_id = |id: &str| {
        !id.is_empty()
            && id.len() <= 40
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let groups = definitions.groups.iter().map(|one| (&counts, &one.id, true));
    let those = definitions.counts.iter().map(|one| (&counts, &one.id, false));
    let sums = definitions.sums.iter().map(|one| (&rates, &one.id, false));
    let shares = definitions.rates.iter().map(|one| (&rates, &one.id, false));
    let others = definitions.missing.iter().map(|one| (&rates, &one.id, false));
    for (file, id, is_group) in groups.chain(those).chain(sums).chain(shares).chain(others) {
        if !is_id(id) {
            problems.push(Problem::new(file, id, "evaluation-id-shape"));
        }
        if !seen.insert((is_group, id)) {
            problems.push(Problem::new(file, id, "evaluation-id-twice").with("id", id));
        }
    }
    let has_group = |group: &str| definitions.groups.iter().any(|one| one.id == group);
    for one in &definitions.counts {
        if !has_group(&one.group) {
            problems.push(Problem::new(&counts, &one.id, "evaluation-group-unknown").with("group", &one.group));
        }
        if !fits(one) {
            problems.push(Problem::new(&counts, &one.id, "evaluation-count-shape"));
        }
        let facts = one.facts.iter().chain(&one.unless_later).chain(&one.if_later).chain(&one.unless_before);
        let unknown = facts
            .filter(|fact| !FACTS.contains(&fact.as_str()))
            .chain(one.from.iter().filter(|from| !SOURCES.contains(&from.as_str())))
            .chain(one.outcomes.iter().filter(|outcome| !OUTCOMES.contains(&outcome.as_str())));
        for word in unknown {
            problems.push(Problem::new(&counts, &one.id, "evaluation-word-unknown").with("word", word));
        }
        if one.satisfaction.iter().any(|level| !(1..=5).contains(level)) || !(0..=5).contains(&one.stars) {
            problems.push(Problem::new(&counts, &one.id, "evaluation-satisfaction"));
        }
    }
    // Each kind of source is counted in one pass, and a pass has so many marks.
    for source in Source::ALL {
        for when in When::ALL {
            let count = definitions.counts.iter().filter(|one| one.source == *source && one.when == *when).count();
            if count > super::counting::MOST_MARKS {
                problems.push(
                    Problem::new(&counts, source.word(), "evaluation-too-many")
                        .with("most", super::counting::MOST_MARKS),
                );
            }
        }
    }

    let is_known = |name: &str| definitions.name(name.strip_prefix('-').unwrap_or(name)).is_some();
    let mut unknown = |file: &str, id: &str, names: &[String]| {
        if names.is_empty() {
            problems.push(Problem::new(file, id, "evaluation-side-empty"));
        }
        for name in names.iter().filter(|name| !is_known(name)) {
            problems.push(Problem::new(file, id, "evaluation-name-unknown").with("name", name));
        }
    };
    for one in &definitions.sums {
        unknown(&rates, &one.id, &one.of);
    }
    for one in &definitions.rates {
        unknown(&rates, &one.id, &one.top);
        unknown(&rates, &one.id, &one.bottom);
    }
    for one in definitions.rates.iter().filter(|one| !has_group(&one.group)) {
        problems.push(Problem::new(&rates, &one.id, "evaluation-group-unknown").with("group", &one.group));
    }
    for one in &definitions.sums {
        if is_circle(definitions, &one.id, &mut Vec::new()) {
            problems.push(Problem::new(&rates, &one.id, "evaluation-circle").with("id", &one.id));
        }
    }
    let mut versions = BTreeSet::new();
    for scheme in &definitions.schemes {
        judge_scheme(definitions, scheme, &scores, problems);
        if !versions.insert((&scheme.id, scheme.from)) {
            problems.push(Problem::new(&scores, &scheme.id, "evaluation-id-twice").with("id", &scheme.id));
        }
    }
}

fn judge_scheme(definitions: &Definitions, scheme: &Scheme, file: &str, problems: &mut Vec<Problem>) {
    let mut whole = 0;
    let mut seen = BTreeSet::new();
    for term in &scheme.terms {
        let place = format!("{}.{}", scheme.id, term.id);
        if !seen.insert(&term.id) {
            problems.push(Problem::new(file, &place, "evaluation-id-twice").with("id", &term.id));
        }
        let (is_known, of) = match &term.what {
            What::Rate(rate) => (definitions.rate(rate).is_some(), rate),
            What::Count(count, _) => (definitions.name(count).is_some(), count),
        };
        if !is_known {
            problems.push(Problem::new(file, &place, "evaluation-name-unknown").with("name", of));
        }
        let is_sane = match &term.way {
            Way::Share { .. } => true,
            Way::Deduct { each, cap } => each.millionths() >= 0 && *cap <= term.weight && cap.millionths() >= 0,
            Way::Add { each, cap } | Way::Off { each, cap } => each.millionths() >= 0 && cap.millionths() >= 0,
            Way::Bands(bands) => bands.iter().all(|(_, points)| points.millionths() >= 0),
        };
        if !is_sane || term.weight.millionths() < 0 {
            problems.push(Problem::new(file, &place, "evaluation-term-numbers"));
        }
        if !matches!(term.way, Way::Add { .. } | Way::Off { .. }) {
            whole += term.most().millionths();
        }
    }
    if whole != scheme.full.millionths() || whole <= 0 {
        let sum = Exact(whole).text();
        problems.push(
            Problem::new(file, &scheme.id, "evaluation-weights").with("sum", sum).with("full", scheme.full.text()),
        );
    }
    if let Some((count, _)) = &scheme.minimum
        && definitions.name(count).is_none()
    {
        problems.push(Problem::new(file, &scheme.id, "evaluation-name-unknown").with("name", count));
    }
    for post in scheme.posts.iter().filter(|post| crate::people::act::Post::parse(post).is_none()) {
        problems.push(Problem::new(file, &scheme.id, "evaluation-word-unknown").with("word", post));
    }
    if scheme.of.is_empty() {
        problems.push(Problem::new(file, &scheme.id, "evaluation-objects-missing"));
    }
}

fn is_circle<'a>(definitions: &'a Definitions, id: &'a str, above: &mut Vec<&'a str>) -> bool {
    if above.contains(&id) {
        return true;
    }
    let Some(sum) = definitions.sum(id) else { return false };
    above.push(id);
    let found = sum.of.iter().any(|name| is_circle(definitions, name.strip_prefix('-').unwrap_or(name), above));
    above.pop();
    found
}
