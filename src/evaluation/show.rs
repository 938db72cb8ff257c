//! What the pages share: the question that an address asks, what is read for it, and the names of things.

use super::definitions::{Count, Definitions, Kind, Rate, Scheme, Source, State};
use super::period::Period;
use super::run::{Adjustment, Frozen, Purpose, Run, RunState};
use super::running;
use super::scope::Scope;
use super::score::{self, Score};
use super::store::{self, Outcome, Person};
use crate::app::App;
use crate::grid::area::Level;
use crate::kit::db::Tx;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::department::Department;
use crate::people::doors::Visit;
use minijinja::{Value, context};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// More objects than this are not shown in one table: the busiest come first.
pub const MOST: usize = 500;

/// What the address of a page asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A period as it is written; empty: the current month.
    pub period: String,
    /// The first day of a run of days.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// The kind of object.
    pub of: String,
    /// The object.
    pub object: String,
    /// The scheme of the score.
    pub scheme: String,
    /// The group of counts and rates.
    pub group: String,
    /// The column by which the table is sorted.
    pub sort: String,
    /// `up`: the smallest first.
    pub order: String,
    /// A count.
    pub count: String,
    /// A run.
    pub run: String,
    /// A page of a list, counted from 1.
    pub page: String,
    /// What was just done.
    pub done: String,
}

impl Asked {
    /// The period that is asked for; none when it cannot be read.
    pub fn period(&self, app: &App) -> Option<Period> {
        if !self.from.is_empty() || !self.to.is_empty() {
            return Period::days(self.from.parse().ok()?, self.to.parse().ok()?);
        }
        if self.period.is_empty() {
            return Some(Period::month_of(app.clock.now().zoned(&app.city.zone()).date()));
        }
        Period::parse(&self.period)
    }
}

/// An address with a query; what is empty is left out.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    if pairs.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

/// A sentence.
pub fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

/// A sentence with what it needs.
pub fn say_with(app: &App, visit: &Visit, key: &str, args: &[(&str, String)]) -> String {
    app.pages.say(visit.lang, key, args)
}

/// The name of a period.
pub fn period_name(app: &App, visit: &Visit, period: Period) -> String {
    app.pages.say(visit.lang, period.key(), &period.args())
}

/// The names of departments and people.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Departments by identifier.
    pub departments: HashMap<Id, Department>,
    /// People by account.
    pub people: HashMap<Id, Person>,
}

impl Names {
    /// A department's name.
    pub fn department(&self, lang: &str, id: Option<Id>) -> String {
        id.and_then(|id| self.departments.get(&id)).map(|one| one.name(lang).to_owned()).unwrap_or_default()
    }

    /// A person's name.
    pub fn person(&self, id: Id) -> String {
        self.people.get(&id).map(|one| one.name.clone()).unwrap_or_default()
    }
}

/// The name of an object.
pub fn object_name(app: &App, visit: &Visit, names: &Names, kind: Kind, object: &str) -> String {
    let grid = app.grid();
    let or_code = |name: String| if name.is_empty() { object.to_owned() } else { name };
    match kind {
        Kind::City => {
            if visit.lang == "en" {
                app.city.name_en.clone()
            } else {
                app.city.name.clone()
            }
        }
        Kind::Street => or_code(grid.area(Level::Street, object).map(|area| area.name.clone()).unwrap_or_default()),
        Kind::Community => {
            or_code(grid.area(Level::Community, object).map(|area| area.name.clone()).unwrap_or_default())
        }
        Kind::Cell => object.to_owned(),
        Kind::Category => {
            let key = app.catalog.key_of(object);
            let found = key.and_then(|key| app.catalog.sub_class(&key));
            found.map_or_else(|| object.to_owned(), |one| one.name.in_lang(visit.lang).to_owned())
        }
        Kind::Source => say(app, visit, &format!("evaluation-source-{object}")),
        Kind::Department => or_code(names.department(visit.lang, object.parse().ok())),
        Kind::Post => say(app, visit, &format!("people-post-{object}")),
        Kind::Person => or_code(object.parse().map(|id| names.person(id)).unwrap_or_default()),
    }
}

/// Everything that a page reads for a period.
pub struct Seen {
    /// What exists for the reader.
    pub scope: Scope,
    /// Names.
    pub names: Names,
    /// The period.
    pub period: Period,
    /// Its results; none when it was never counted to the end.
    pub run: Option<Run>,
    /// The last counting, however it stands.
    pub last: Option<Run>,
    /// Whether the period is a month that is frozen.
    pub frozen: Option<Frozen>,
    /// What people gave or took by hand.
    pub adjustments: Vec<Adjustment>,
    /// The definitions of the results.
    pub definitions: Arc<Definitions>,
}

/// What exists for the reader, and the names of things.
///
/// # Errors
/// When the database fails.
pub async fn names(app: &App, visit: &Visit) -> Result<(Scope, Names), Error> {
    let actor = visit.actor()?.clone();
    let read = app.db.read(|tx| async move {
        Ok::<_, Error>((crate::people::store::departments(&tx).await?, store::people(&tx).await?))
    });
    let (departments, people) = read.await?;
    let staff: Vec<(Id, Option<Id>)> =
        people.iter().filter(|(_, one)| one.is_active).map(|(id, one)| (*id, one.department)).collect();
    let scope = Scope::of(&actor, &departments, &staff);
    let departments = departments.into_iter().map(|one| (one.id, one)).collect();
    Ok((scope, Names { departments, people }))
}

/// Reads what a page of a period needs. A month that nobody counted yet, the current one or the last, is asked for.
///
/// # Errors
/// When the database fails.
pub async fn seen(app: &App, visit: &Visit, period: Period) -> Result<Seen, Error> {
    let (scope, names) = names(app, visit).await?;
    let read = app.db.read(move |tx| async move {
        // In this order: a counting that ends between the two has its results.
        let last = store::last_run(&tx, period, Purpose::Results).await?;
        let run = store::results_of(&tx, period).await?;
        let frozen = store::find_frozen(&tx, period).await?;
        Ok::<_, Error>((run, last, frozen, store::adjustments(&tx, period).await?))
    });
    let (run, mut last, frozen, adjustments) = read.await?;
    let month = Period::month_of(app.clock.now().zoned(&app.city.zone()).date());
    if last.is_none() && (period == month || period == month.before()) {
        last = Some(running::ask(app, period, Purpose::Results, None).await?);
    }
    let definitions = match &run {
        Some(run) => running::definitions(app, &run.version).await?,
        None => Arc::clone(&app.evaluation.definitions),
    };
    Ok(Seen { scope, names, period, run, last, frozen, adjustments, definitions })
}

impl Seen {
    /// The scheme of that name for a kind of object, or else the first one for it.
    pub fn scheme(&self, kind: Kind, wanted: &str) -> Option<&Scheme> {
        let all = self.schemes(kind);
        all.iter().find(|scheme| scheme.id == wanted).or(all.first()).copied()
    }

    /// The schemes in force for a kind of object.
    pub fn schemes(&self, kind: Kind) -> Vec<&Scheme> {
        let all = self.definitions.schemes_on(self.period.last());
        all.into_iter().filter(|scheme| score::is_for(scheme, kind)).collect()
    }

    /// Whether a scheme is for an object: people are judged by the scheme of their post.
    pub fn is_judged(&self, scheme: &Scheme, kind: Kind, object: &str) -> bool {
        if scheme.posts.is_empty() {
            return true;
        }
        let is_of = |post: &str| scheme.posts.iter().any(|one| one == post);
        match kind {
            Kind::Post => is_of(object),
            Kind::Person => {
                let id = object.parse::<Id>().ok();
                id.and_then(|id| self.names.people.get(&id)).is_some_and(|person| is_of(&person.post))
            }
            _ => true,
        }
    }

    /// The schemes by which an object is judged: in a frozen month those by which it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn judged(&self, app: &App, kind: Kind, object: &str) -> Result<Vec<String>, Error> {
        let kept = match &self.frozen {
            None => None,
            Some(frozen) => {
                let (run, object) = (frozen.run, object.to_owned());
                let read = app.db.read(move |tx| async move { store::frozen_schemes(&tx, run, kind, &object).await });
                Some(read.await.map_err(|error: crate::kit::db::DbError| Error::Db(error))?)
            }
        };
        // Only people change their posts.
        let is_of = |scheme: &&Scheme| match &kept {
            Some(kept) if kind == Kind::Person && !scheme.posts.is_empty() => kept.contains(&scheme.id),
            _ => self.is_judged(scheme, kind, object),
        };
        Ok(self.schemes(kind).into_iter().filter(is_of).map(|scheme| scheme.id.clone()).collect())
    }

    /// What was given or taken by hand before the month was frozen, in a scheme's smallest unit.
    pub fn adjusted(&self, scheme: &Scheme, kind: Kind, object: &str) -> i64 {
        adjusted(&self.adjustments, scheme, kind, object)
    }

    /// The score of an object: as it was frozen, or as it is reckoned from the results.
    pub fn score(&self, scheme: &Scheme, outcome: &Outcome, kept: &BTreeMap<String, Score>) -> Option<Score> {
        // What was frozen stands, whatever post somebody has by now.
        if self.frozen.is_some() {
            return kept.get(&outcome.object).cloned();
        }
        if !self.is_judged(scheme, outcome.kind, &outcome.object) {
            return None;
        }
        let adjusted = self.adjusted(scheme, outcome.kind, &outcome.object);
        Some(score::score(&self.definitions, scheme, &outcome.counts, &outcome.normals, adjusted))
    }

    /// What a page says of how fresh its numbers are.
    pub fn state(&self, app: &App, visit: &Visit) -> Value {
        let run = self.run.as_ref();
        let last = self.last.as_ref().filter(|last| matches!(last.state, RunState::Queued | RunState::Running));
        let is_failed = self.last.as_ref().is_some_and(|last| last.state == RunState::Failed);
        context! {
            at => run.map(|run| run.known.0),
            is_so_far => run.is_some_and(|run| run.until < self.period.bounds(&app.city.zone()).1),
            version => run.map(|run| run.version.as_str()).unwrap_or_default(),
            is_waiting => last.is_some(),
            percent => last.map_or(0, Run::percent),
            is_failed,
            may_compute => visit.actor.as_ref().is_some_and(|actor| actor.may(Act::ComputeScores)),
            frozen => self.frozen.as_ref().map(|one| context! { by => one.by_name.as_str(), at => one.at.0, digest => one.digest.as_str() }),
            period => self.period.text(),
        }
    }
}

/// What was given or taken by hand before a month was frozen, in a scheme's smallest unit.
pub fn adjusted(all: &[Adjustment], scheme: &Scheme, kind: Kind, object: &str) -> i64 {
    let is_of =
        |one: &&Adjustment| one.scheme == scheme.id && one.kind == kind && one.object == object && !one.is_correction;
    let millionths: i64 = all.iter().filter(is_of).map(|one| one.millionths).sum();
    millionths * score::unit(scheme.decimals) / 1_000_000
}

/// The scores of a frozen month; nothing for others.
///
/// # Errors
/// When the database fails.
pub async fn frozen_scores(
    tx: &Tx,
    frozen: Option<&Frozen>,
    scheme: Option<&str>,
    kind: Kind,
) -> Result<BTreeMap<String, Score>, Error> {
    match (frozen, scheme) {
        (Some(frozen), Some(scheme)) => Ok(store::frozen_scores(tx, frozen.run, scheme, kind).await?),
        _ => Ok(BTreeMap::new()),
    }
}

/// The choices of a form for the period: months, quarters and years that are near, and what was counted besides.
pub fn periods(app: &App, visit: &Visit, current: Period, counted: &[Period]) -> Vec<Value> {
    let today = app.clock.now().zoned(&app.city.zone()).date();
    let month = Period::month_of(today);
    let quarter = Period::Quarter(today.year(), (today.month() + 2) / 3);
    let mut all: Vec<Period> = std::iter::successors(Some(month), |one| Some(one.before())).take(13).collect();
    all.extend(std::iter::successors(Some(quarter), |one| Some(one.before())).take(5));
    all.extend([Period::Year(today.year()), Period::Year(today.year() - 1)]);
    for one in counted.iter().chain([&current]) {
        if !all.contains(one) {
            all.push(*one);
        }
    }
    all.iter().map(|one| context! { value => one.text(), label => period_name(app, visit, *one) }).collect()
}

/// The definition of a count in words.
pub fn count_sentence(app: &App, visit: &Visit, count: &Count) -> String {
    let s = |key: String| say(app, visit, &key);
    let clock = count.clock.map(|clock| s(format!("evaluation-clock-{}", clock.word()))).unwrap_or_default();
    let mut parts = vec![say_with(
        app,
        visit,
        &format!("evaluation-walk-{}-{}", count.source.word(), count.when.word()),
        &[("clock", clock)],
    )];
    let names = |words: &[String], prefix: &str| {
        let named: Vec<String> = words.iter().map(|word| s(format!("{prefix}{word}"))).collect();
        named.join(if visit.lang == "en" { ", " } else { "、" })
    };
    if let Some(state) = count.state {
        let of = if count.source == Source::Closings { "closing" } else { "clock" };
        let state: State = state;
        parts.push(s(format!("evaluation-state-{of}-{}", state.word())));
    }
    if !count.facts.is_empty() {
        parts.push(say_with(
            app,
            visit,
            "evaluation-only-facts",
            &[("facts", names(&count.facts, "evaluation-fact-"))],
        ));
    }
    for (later, key) in [(&count.unless_later, "evaluation-unless"), (&count.if_later, "evaluation-if")] {
        let Some(later) = later else { continue };
        let later = s(format!("evaluation-fact-{later}"));
        parts.push(match &count.unless_before {
            None => say_with(app, visit, key, &[("later", later)]),
            Some(before) => {
                let before = s(format!("evaluation-fact-{before}"));
                say_with(app, visit, &format!("{key}-before"), &[("later", later), ("before", before)])
            }
        });
    }
    if count.is_by_people {
        parts.push(s("evaluation-only-people".into()));
    }
    if let Some(again) = count.again {
        let args = [("again", again.to_string()), ("days", count.within_days.to_string())];
        parts.push(say_with(app, visit, "evaluation-only-again", &args));
    }
    if let Some(mark) = count.mark {
        let key = format!("evaluation-mark-{}", mark.word());
        parts.push(say_with(app, visit, &key, &[("stars", count.stars.to_string())]));
    }
    if !count.from.is_empty() {
        parts.push(say_with(app, visit, "evaluation-only-from", &[("from", names(&count.from, "evaluation-source-"))]));
    }
    if !count.outcomes.is_empty() {
        parts.push(say_with(
            app,
            visit,
            "evaluation-only-outcomes",
            &[("outcomes", names(&count.outcomes, "evaluation-outcome-"))],
        ));
    }
    for (name, value) in
        [("valid", count.is_valid), ("ended", count.is_ended), ("urgent", count.is_urgent), ("solved", count.is_solved)]
    {
        if let Some(value) = value {
            parts.push(s(format!("evaluation-only-{name}-{}", if value { "yes" } else { "no" })));
        }
    }
    if !count.satisfaction.is_empty() {
        let levels: Vec<String> = count.satisfaction.iter().map(i64::to_string).collect();
        let levels = levels.join(if visit.lang == "en" { ", " } else { "、" });
        parts.push(say_with(app, visit, "evaluation-only-satisfaction", &[("levels", levels)]));
    }
    if let Some(whose) = count.department {
        let of = if count.source == Source::Whistles { "whistle-" } else { "" };
        parts.push(s(format!("evaluation-whose-{of}{}", whose.word())));
    }
    if let Some(who) = count.person {
        let of = if count.source == Source::Whistles { "whistle-" } else { "" };
        parts.push(s(format!("evaluation-who-{of}{}", who.word())));
    }
    let note = count.note.in_lang(visit.lang);
    let (between, end) = if visit.lang == "en" { ("; ", ".") } else { ("；", "。") };
    let text = parts.join(between) + end;
    match (note.is_empty(), visit.lang) {
        (true, _) => text,
        (false, "en") => format!("{text} {note}"),
        (false, _) => text + note,
    }
}

/// One side of a rate in words: what is added and what is taken off.
pub fn side(definitions: &Definitions, lang: &str, names: &[String]) -> String {
    let mut text = String::new();
    for (place, name) in names.iter().enumerate() {
        let (bare, is_off) = name.strip_prefix('-').map_or((name.as_str(), false), |bare| (bare, true));
        match (place, is_off) {
            (0, false) => {}
            (_, true) => text.push_str(" − "),
            (_, false) => text.push_str(" + "),
        }
        text.push_str(definitions.name(bare).map_or(bare, |name| name.in_lang(lang)));
    }
    text
}

/// The formula of a rate in words.
pub fn rate_sentence(definitions: &Definitions, lang: &str, rate: &Rate) -> String {
    let bracket = |names: &[String]| {
        let text = side(definitions, lang, names);
        if names.len() > 1 { format!("({text})") } else { text }
    };
    let formula = format!("{} ÷ {}", bracket(&rate.top), bracket(&rate.bottom));
    let note = rate.note.in_lang(lang);
    let mut text = format!("{} = {formula}", rate.name.in_lang(lang));
    for more in [note, &rate.cite] {
        if !more.is_empty() {
            text.push_str(if lang == "en" { ". " } else { "。" });
            text.push_str(more.trim_end_matches(['。', '.']));
        }
    }
    text
}

/// Whether objects of a kind have what a rate is made of.
pub fn rate_is_of(definitions: &Definitions, rate: &Rate, kind: Kind) -> bool {
    let parts = definitions.parts(&rate.top).into_iter().chain(definitions.parts(&rate.bottom));
    parts.into_iter().all(|(part, _)| definitions.count(&part).is_some_and(|count| count.is_of(kind)))
}

/// A ratio as people read it: `95.24 %`.
pub fn percent(ratio: score::Ratio) -> String {
    format!("{} %", score::decimal(ratio.basis_points(), 2))
}

/// Whether somebody may open a number into its list. The list of a post names cases and people of every department.
pub fn may_open(scope: &Scope, kind: Kind, object: &str) -> bool {
    scope.has(kind, object) && (kind != Kind::Post || scope.is_all())
}

/// The address of the list behind a count; empty when the reader may not open it. The period is in it, so that the list is
/// found again when the run has given way to a newer one.
pub fn list_address(scope: &Scope, run: &Run, count: &str, kind: Kind, object: &str) -> String {
    if !may_open(scope, kind, object) {
        return String::new();
    }
    let (id, period) = (run.id.to_string(), run.period.text());
    let pairs = [("run", id.as_str()), ("period", &period), ("count", count), ("of", kind.word()), ("object", object)];
    address("/evaluation/list", &pairs)
}

/// The numbers of one side of a rate, each a link to what stands behind it.
pub fn side_links(seen: &Seen, run: &Run, outcome: &Outcome, names: &[String]) -> Vec<Value> {
    let parts = seen.definitions.parts(names);
    parts
        .iter()
        .enumerate()
        .map(|(place, (part, is_off))| {
            let value = outcome.counts.get(part).copied().unwrap_or(0);
            let sign = match (place, is_off) {
                (0, false) => "",
                (_, true) => "−",
                (_, false) => "+",
            };
            let href = list_address(&seen.scope, run, part, outcome.kind, &outcome.object);
            context! { sign, value, href }
        })
        .collect()
}
