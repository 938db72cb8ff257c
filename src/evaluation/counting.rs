//! Counting a period: the days are walked one after another, each source by an index, and every thing is taken to all that
//! it counts for. A transaction is short, so nobody waits for the counting, and memory stays small, because what stands
//! behind the counts is put away as it is found.

use super::definitions::{Count, Definitions, Kind, When, Who, Whose};
use super::members::{BELOW, CITY, DIMENSIONS, Member, Packer};
use super::past::{self, Past};
use super::run::{Line, Purpose, Run, RunState, digest};
use super::score::{Counts, Normals};
use super::store::{self, Found, Item, Level, Outcome, Part, Times, Walk, Window};
use crate::app::App;
use crate::grid::area;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The most counts of one walk: each has a bit of a whole number.
pub const MOST_MARKS: usize = 60;
/// By what things can be asked for, in the order of [`Member::places`].
pub const OF: [Kind; DIMENSIONS] = [
    Kind::Street,
    Kind::Community,
    Kind::Cell,
    Kind::Category,
    Kind::Source,
    Kind::Department,
    Kind::Person,
    Kind::Post,
];
/// The place of the source among them: there it is marked that the city does not count a thing.
const SOURCE: usize = 4;
const DAY: i64 = 86_400_000;
/// A stretch with fewer things than this is followed by a longer one …
const FEW: usize = 4_000;
/// … and one with more by a shorter one.
const MANY: usize = 12_000;
/// How long the first stretch is, …
const FIRST: i64 = 4 * 3_600_000;
/// … the shortest …
const SHORTEST: i64 = 60_000;
/// Of one walk at most so many things are held at a time: when a stretch has more, its halves are walked, …
const MOST: usize = 12_000;
/// … unless it is as short as this, in milliseconds: an import may bring any number of things in one moment.
const MOMENT: i64 = 1_000;
/// … and the longest one, in milliseconds.
const LONGEST: i64 = 31 * DAY;
/// So many things are taken to what they count for before others have their turn: well under a millisecond.
const AT_ONCE: usize = 256;
/// After how many days the run hears how far it is.
const TELL: i64 = 5;
/// Results in one transaction.
const BATCH: usize = 1_000;

/// By which dimension the things of a kind of objects are asked for.
pub fn dimension(kind: Kind) -> Option<usize> {
    if kind == Kind::City { Some(CITY) } else { OF.iter().position(|one| *one == kind) }
}

/// The objects of one kind, with their counts.
#[derive(Default)]
struct Objects {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    counts: Vec<Vec<i64>>,
}

impl Objects {
    /// The object's number, counted from 1; 0 for an empty name.
    fn number(&mut self, name: &str, counts: usize) -> u32 {
        if name.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_owned());
        self.counts.push(vec![0; counts]);
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn add(&mut self, number: u32, count: usize) {
        let place = (number as usize).checked_sub(1);
        if let Some(value) = place.and_then(|place| self.counts.get_mut(place)?.get_mut(count)) {
            *value += 1;
        }
    }
}

/// What was counted so far.
struct Tally {
    definitions: Arc<Definitions>,
    people: HashMap<Id, store::Person>,
    city: Vec<i64>,
    objects: [Objects; DIMENSIONS],
    packers: Vec<Packer>,
    parts: Vec<i64>,
    /// Full parts that wait to be put away.
    full: Vec<(String, i64, usize, Vec<u8>)>,
    /// Of a check: the cases that were made again.
    past: Option<Arc<Past>>,
}

fn person_of(count: &Count, item: &Item) -> Option<Id> {
    match count.person? {
        Who::Author | Who::Finisher => item.actor,
        Who::Keeper => item.actor.or(item.keeper),
        Who::Crew => item.crew,
        Who::Reporter => item.reporter,
        Who::Dispatcher => item.dispatcher,
    }
}

impl Tally {
    fn new(definitions: Arc<Definitions>, people: HashMap<Id, store::Person>) -> Tally {
        let counts = definitions.counts.len();
        Tally {
            definitions,
            people,
            city: vec![0; counts],
            objects: Default::default(),
            packers: (0..counts).map(|_| Packer::default()).collect(),
            parts: vec![0; counts],
            full: Vec::new(),
            past: None,
        }
    }

    fn department_of(&self, count: &Count, item: &Item) -> Option<Id> {
        match count.department? {
            // What happens to a whole is no department's: each has its part.
            Whose::Own | Whose::Case | Whose::About | Whose::Dispatched if item.level == Level::Whole => None,
            Whose::Own => item.own,
            Whose::Case => item.department,
            Whose::About => item.about,
            Whose::Dispatched => item.dispatched.or(item.department),
            Whose::Author => {
                let who = match count.person {
                    // Whoever decided about a return has not dispatched it.
                    Some(Who::Dispatcher) => item.dispatcher?,
                    _ => person_of(count, item).or(item.actor)?,
                };
                self.people.get(&who)?.department
            }
        }
    }

    fn add(&mut self, walk: &Walk, item: &Item) {
        let definitions = Arc::clone(&self.definitions);
        let width = definitions.counts.len();
        let of_case = [&item.street, &item.community, &item.cell, &item.category, &item.source];
        let mut places = [0; DIMENSIONS];
        for (dimension, name) in of_case.iter().enumerate() {
            places[dimension] = self.objects[dimension].number(name, width);
        }
        for (bit, number) in walk.counts.iter().enumerate() {
            let Some(count) = definitions.counts.get(*number).filter(|_| item.marks & (1_i64 << bit) != 0) else {
                continue;
            };
            let text = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
            let person = person_of(count, item);
            let post = person.and_then(|id| self.people.get(&id)).map(|one| one.post.clone()).unwrap_or_default();
            let department = text(self.department_of(count, item));
            for (dimension, name) in [(5, &department), (6, &text(person)), (7, &post)] {
                places[dimension] = self.objects[dimension].number(name, width);
            }
            // Of a split case areas count the whole; its parts are their departments' and nobody else's.
            let is_below = item.level == Level::Part && count.department != Some(Whose::Author);
            let mut places = places;
            if is_below {
                places[..of_case.len()].fill(0);
                if places.iter().all(|place| *place == 0) {
                    continue;
                }
            } else {
                self.city[*number] += 1;
            }
            for (dimension, place) in places.iter().enumerate() {
                self.objects[dimension].add(*place, *number);
            }
            if is_below {
                places[SOURCE] = BELOW;
            }
            let member = Member { case: item.case, item: item.item, at: item.at, places };
            if let Some(part) = self.packers[*number].push(&member) {
                self.keep(*number, part);
            }
        }
    }

    fn keep(&mut self, number: usize, (items, bytes): (usize, Vec<u8>)) {
        self.parts[number] += 1;
        self.full.push((self.definitions.counts[number].id.clone(), self.parts[number], items, bytes));
    }

    fn finish(&mut self) {
        for number in 0..self.packers.len() {
            if let Some(part) = self.packers[number].finish() {
                self.keep(number, part);
            }
        }
    }

    fn outcomes(&self, normals: &HashMap<(Kind, String), Normals>) -> Vec<Outcome> {
        let outcome = |kind: Kind, object: &str, place: usize, values: &[i64]| {
            let named = self.definitions.counts.iter().zip(values).filter(|(_, value)| **value != 0);
            let counts: Counts = named.map(|(count, value)| (count.id.clone(), *value)).collect();
            let normals = normals.get(&(kind, object.to_owned())).copied().unwrap_or_default();
            Outcome {
                kind,
                object: object.to_owned(),
                place: i64::try_from(place).unwrap_or(0),
                weight: values.iter().sum(),
                counts,
                normals,
            }
        };
        let mut outcomes = vec![outcome(Kind::City, "", 0, &self.city)];
        for (kind, objects) in OF.iter().zip(&self.objects) {
            for (place, (name, counts)) in objects.names.iter().zip(&objects.counts).enumerate() {
                if counts.iter().any(|value| *value != 0) {
                    outcomes.push(outcome(*kind, name, place + 1, counts));
                }
            }
        }
        outcomes
    }
}

/// The median and the 90th percentile by the nearest rank: the smallest value below which, itself counted, at least so many
/// of all lie. Sorts what it is given.
pub fn percentiles(values: &mut [i64]) -> Option<(i64, i64)> {
    values.sort_unstable();
    let rank = |percent: usize| values.get((values.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    rank(50).zip(rank(90))
}

/// Square metres, people and keepers of the ground and of departments.
pub(super) fn normals(
    app: &App,
    definitions: &Definitions,
    people: &HashMap<Id, store::Person>,
) -> HashMap<(Kind, String), Normals> {
    let grid = app.grid();
    let mut metres: HashMap<(Kind, String), f64> = HashMap::new();
    let mut keepers: HashMap<(Kind, String), BTreeSet<Id>> = HashMap::new();
    for cell in grid.cells() {
        let community = cell.community_code.clone().unwrap_or_default();
        let street =
            grid.area(area::Level::Community, &community).and_then(|area| area.parent_code.clone()).unwrap_or_default();
        let keeper = app.keeper_of(&cell.code);
        for (kind, object) in [
            (Kind::City, String::new()),
            (Kind::Street, street),
            (Kind::Community, community),
            (Kind::Cell, cell.code.clone()),
        ] {
            if kind != Kind::City && object.is_empty() {
                continue;
            }
            *metres.entry((kind, object.clone())).or_default() += cell.area_square_metres;
            keepers.entry((kind, object)).or_default().extend(keeper);
        }
    }
    for (id, person) in people.iter().filter(|(_, person)| person.is_active && person.post == "keeper") {
        if let Some(department) = person.department {
            keepers.entry((Kind::Department, department.to_string())).or_default().insert(*id);
        }
    }
    let mut normals: HashMap<(Kind, String), Normals> = HashMap::new();
    for (key, metres) in metres {
        #[expect(clippy::cast_possible_truncation, reason = "square metres of a city")]
        let square_metres = metres.round() as i64;
        normals.entry(key).or_default().square_metres = square_metres;
    }
    for (key, keepers) in keepers {
        normals.entry(key).or_default().keepers = i64::try_from(keepers.len()).unwrap_or(0);
    }
    for (key, given) in &definitions.given {
        let normal = normals.entry(key.clone()).or_default();
        normal.people = given.people.unwrap_or(normal.people);
        normal.square_metres = given.square_metres.unwrap_or(normal.square_metres);
        normal.keepers = given.keepers.unwrap_or(normal.keepers);
    }
    normals
}

/// How long a stretch is walked after one in which so many things were: a busy hour of a large city and a quiet year of a small
/// one take about as much memory.
fn stretch(length: i64, found: usize) -> i64 {
    match found {
        0..FEW => (length * 2).min(LONGEST),
        FEW..MANY => length,
        _ => (length / 2).max(SHORTEST),
    }
}

/// What came of a counting.
pub struct Counted {
    /// Everything, in no order.
    pub outcomes: Vec<Outcome>,
    /// How long reports waited.
    pub times: Vec<Times>,
    /// The digest of the results.
    pub digest: String,
}

impl Counted {
    /// The results as digests see them.
    pub fn lines(&self) -> Vec<Line> {
        lines(&self.outcomes)
    }
}

/// Results as digests see them.
pub fn lines(outcomes: &[Outcome]) -> Vec<Line> {
    let line = |one: &Outcome| Line {
        kind: one.kind,
        object: one.object.clone(),
        counts: one.counts.clone(),
        normals: one.normals,
    };
    outcomes.iter().map(line).collect()
}

/// Stretches of time that are still to be walked, the earliest last.
struct Stretches(Vec<(Moment, Moment)>);

impl Stretches {
    /// The earliest, with how many things it may have at most; without a limit when it is too short to be parted.
    fn next(&mut self) -> Option<(Moment, Moment, Option<usize>)> {
        let (from, to) = self.0.pop()?;
        Some((from, to, (to.0 - from.0 > MOMENT).then_some(MOST)))
    }

    /// One that has more is walked in halves.
    fn part(&mut self, from: Moment, to: Moment) {
        let middle = from.plus((to.0 - from.0) / 2);
        self.0.extend([(middle, to), (from, middle)]);
    }
}

/// One walk over a stretch of time, a part of it at a time; what is found goes into the tally. Answers how many things there
/// were.
async fn walk_stretch(
    app: &App,
    tally: &mut Tally,
    walk: &Walk,
    part: fn(Moment, Moment) -> Part,
    (from, to): (Moment, Moment),
    window: Window,
) -> Result<usize, Error> {
    let (mut rest, mut count) = (Stretches(vec![(from, to)]), 0);
    while let Some((from, to, most)) = rest.next() {
        match walk_part(app, tally, walk, part(from, to), window, most).await? {
            Some((found, _)) => count += found,
            None => rest.part(from, to),
        }
    }
    Ok(count)
}

/// One part of a walk; what is found goes into the tally. Answers how many things there were and where to go on; nothing when
/// there are more than `most`.
async fn walk_part(
    app: &App,
    tally: &mut Tally,
    walk: &Walk,
    part: Part,
    window: Window,
    most: Option<usize>,
) -> Result<Option<(usize, Option<Part>)>, Error> {
    let (definitions, asked, past) = (Arc::clone(&tally.definitions), walk.clone(), tally.past.clone());
    let read = app.db.read(move |tx| async move {
        store::items_then(&tx, &definitions, &asked, part, &window, past.as_deref(), most).await
    });
    let Found::All(items, next) = read.await.map_err(|error: DbError| Error::Db(error))? else { return Ok(None) };
    for few in items.chunks(AT_ONCE) {
        for item in few {
            tally.add(walk, item);
        }
        // Whoever asks for a page meanwhile is answered first.
        tokio::task::yield_now().await;
    }
    Ok(Some((items.len(), next)))
}

/// How long those waited whose reports were solved within a stretch, under each object.
async fn wait(
    app: &App,
    waited: &mut BTreeMap<(Kind, String), Vec<i64>>,
    (from, to): (Moment, Moment),
) -> Result<(), Error> {
    let mut rest = Stretches(vec![(from, to)]);
    while let Some((from, to, most)) = rest.next() {
        let read = app.db.read(move |tx| async move { store::waited(&tx, from, to, most).await }).await;
        let found = read.map_err(|error: DbError| Error::Db(error))?;
        if most.is_some_and(|most| found.len() >= most) {
            rest.part(from, to);
            continue;
        }
        for one in found {
            waited.entry((Kind::City, String::new())).or_default().push(one.length);
            let kinds = [Kind::Street, Kind::Community, Kind::Category, Kind::Source];
            for (kind, object) in kinds.into_iter().zip(one.of).filter(|(_, object)| !object.is_empty()) {
                waited.entry((kind, object)).or_default().push(one.length);
            }
        }
    }
    Ok(())
}

/// Counts a period. What stands behind the counts is put away under the run, which hears how many days are done.
///
/// # Errors
/// When the database fails.
pub async fn count(app: &App, definitions: Arc<Definitions>, run: &Run) -> Result<Counted, Error> {
    let window = Window { start: run.period.bounds(&app.city.zone()).0, until: run.until, known: run.known };
    let (people, normals) = past::grounds(app, &definitions, run).await?;
    let mut tally = Tally::new(Arc::clone(&definitions), people);
    tally.past = past::rebuild(app, run).await?;
    let mut waited: BTreeMap<(Kind, String), Vec<i64>> = BTreeMap::new();
    let (standing, passing): (Vec<Walk>, Vec<Walk>) =
        store::walks(&definitions).into_iter().partition(|walk| walk.when == When::Standing);
    let (mut from, mut length, mut told) = (window.start, FIRST, 0);
    while from < window.until {
        let to = Moment((from.0 + length).min(window.until.0));
        let mut found = 0;
        for walk in &passing {
            found += walk_stretch(app, &mut tally, walk, Part::Between, (from, to), window).await?;
            if walk.when == When::Needed {
                found += walk_stretch(app, &mut tally, walk, Part::Due, (from, to), window).await?;
            }
        }
        wait(app, &mut waited, (from, to)).await?;
        put_away(app, run, &mut tally).await?;
        from = to;
        let done_days = (from.0 - window.start.0 + DAY - 1) / DAY;
        // Small cities are done before anybody looks.
        if done_days - told >= TELL {
            told = done_days;
            let progress = Run { done_days, ..run.clone() };
            let saved = app.db.write(move |tx| async move { store::save_run(&tx, &progress, RunState::Running).await });
            saved.await.map_err(|error: DbError| Error::Db(error))?;
        }
        length = stretch(length, found);
    }
    for walk in &standing {
        let mut part = Part::Running(-1, 0, 0);
        loop {
            match walk_part(app, &mut tally, walk, part, window, None).await? {
                Some((_, Some(next))) => part = next,
                _ => break,
            }
            put_away(app, run, &mut tally).await?;
        }
        // What ran at the end and was stopped since.
        let (mut from, mut length) = (window.until, FIRST);
        while from < window.known {
            let to = Moment((from.0 + length).min(window.known.0));
            let found = walk_stretch(app, &mut tally, walk, Part::Between, (from, to), window).await?;
            put_away(app, run, &mut tally).await?;
            from = to;
            length = stretch(length, found);
        }
    }
    tally.finish();
    put_away(app, run, &mut tally).await?;
    let outcomes = tally.outcomes(&normals);
    if tally.past.is_some() {
        past::clear(app, run.id).await?;
    }
    let times = waited
        .into_iter()
        .filter_map(|((kind, object), mut lengths)| {
            let (median, ninetieth) = percentiles(&mut lengths)?;
            Some(Times { kind, object, amount: i64::try_from(lengths.len()).unwrap_or(0), median, ninetieth })
        })
        .collect();
    let digest = digest(run.period, &definitions.version, &lines(&outcomes));
    Ok(Counted { outcomes, times, digest })
}

async fn put_away(app: &App, run: &Run, tally: &mut Tally) -> Result<(), Error> {
    let full = std::mem::take(&mut tally.full);
    if full.is_empty() || run.purpose == Purpose::Check {
        return Ok(());
    }
    let id = run.id;
    let full = Arc::new(full);
    let written = app.db.write(move |tx| async move { store::add_members(&tx, id, &full).await }).await;
    written.map_err(|error: DbError| Error::Db(error))
}

/// Keeps what was counted under the run, in several transactions; nobody reads it before the run is done.
///
/// # Errors
/// When the database fails.
pub async fn keep(app: &App, run: Id, counted: &Counted) -> Result<(), Error> {
    for outcomes in counted.outcomes.chunks(BATCH) {
        let outcomes = outcomes.to_vec();
        let written = app.db.write(move |tx| async move { store::add_results(&tx, run, &outcomes).await }).await;
        written.map_err(|error: DbError| Error::Db(error))?;
    }
    for times in counted.times.chunks(BATCH) {
        let times = times.to_vec();
        let written = app.db.write(move |tx| async move { store::add_times(&tx, run, &times).await }).await;
        written.map_err(|error: DbError| Error::Db(error))?;
    }
    Ok(())
}
