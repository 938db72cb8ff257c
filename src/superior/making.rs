//! A batch is made: the counts of the day and the cases about which something happened, as both stood when the day ended, written file by
//! file into the store. Only the file that is being written is held.

use super::batch::{Batch, PREVIEW, file_name, idempotency, number, stem};
use super::fields::{self, Value};
use super::mapping::{Lack, Mapping, Set, row};
use super::settings::{Data, Encoding, Superior};
use super::store::{self, File, Line, LineKind, Made, SHELF, Told, kept};
use super::writing::{self, encoded};
use crate::app::App;
use crate::catalog::catalog::{Key, Kind as CategoryKind};
use crate::evaluation::counting::count;
use crate::evaluation::definitions::{Definitions, Kind};
use crate::evaluation::period::{Period, begin};
use crate::evaluation::run::{Purpose, Run};
use crate::evaluation::score::{self, Counts};
use crate::evaluation::store::clear_own;
use crate::grid::area::Level;
use crate::grid::cells::Grid;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::{self, Id};
use crate::kit::sealing::Personal;
use crate::people::department::Department;
use crate::reports::report::masked;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many cases are read at once.
const PAGE: usize = 400;
/// So many rows that were left out are named one by one; of the others only how many there are.
const MOST_HELD: usize = 10_000;
/// So many sentences about what the mapping lacks are kept.
const MOST_NOTES: usize = 1_000;

/// A batch on its way.
struct Making<'a> {
    app: &'a App,
    superior: &'a Superior,
    mapping: &'a Mapping,
    batch: &'a Batch,
    zone: TimeZone,
    stem: String,
    made: Made,
    notes: BTreeMap<Lack, (i64, String)>,
    held: Vec<(Lack, String, Option<Id>)>,
    /// What the manifest says of each file.
    told: Vec<serde_json::Value>,
}

/// The file that is being written.
struct Part<'s> {
    set: &'s Set,
    data: Data,
    number: usize,
    text: String,
    rows: usize,
    cases: Vec<Id>,
}

/// Makes a batch as it stood when its day ended; a preview as it stands now.
///
/// # Errors
/// When the database or the store fails.
pub async fn make(app: &App, superior: &Superior, mapping: &Mapping, batch: &Batch) -> Result<Made, Error> {
    let zone = app.city.zone();
    let now = app.clock.now();
    let from = begin(batch.day, &zone);
    let end = begin(batch.day.saturating_add(1.day()), &zone);
    let until = if batch.revision == PREVIEW { end.min(now.plus(1)) } else { end };
    let mut making = Making {
        app,
        superior,
        mapping,
        batch,
        stem: stem(&superior.division, batch.day, batch.revision),
        zone,
        made: Made::default(),
        notes: BTreeMap::new(),
        held: Vec::new(),
        told: Vec::new(),
    };
    for data in &superior.data {
        let Some(set) = mapping.sets.get(data) else { continue };
        match data {
            Data::Counts => making.counts(set, until).await?,
            Data::Cases => making.cases(set, from, until).await?,
            Data::Departments => making.departments(set).await?,
            Data::Grids => making.grids(set).await?,
        }
    }
    Ok(making.finish(from, until))
}

impl Making<'_> {
    fn ending(&self) -> &'static str {
        self.superior.format.word()
    }

    fn part<'s>(&self, set: &'s Set, data: Data) -> Part<'s> {
        let mut part = Part { set, data, number: 1, text: String::new(), rows: 0, cases: Vec::new() };
        writing::begin(&mut part.text, self.superior.format, &set.columns);
        part
    }

    /// What stands in every row.
    fn common(&self, name: &str) -> Option<Value> {
        Some(match name {
            "division" => Value::text(self.superior.division.as_str()),
            "city" => Value::text(self.app.city.name.as_str()),
            "day" => Value::Day(self.batch.day),
            "batch" => Value::text(number(&self.superior.division, self.batch.day)),
            _ => return None,
        })
    }

    /// Adds a row; a full file is put away first.
    async fn add(
        &mut self,
        part: &mut Part<'_>,
        reference: &str,
        case: Option<Id>,
        of: impl Fn(&str) -> Value,
    ) -> Result<(), Error> {
        let value = |name: &str| self.common(name).unwrap_or_else(|| of(name));
        let (cells, lacks) = row(part.set, &self.mapping.tables, &self.zone, value);
        let mut is_held = false;
        for lack in lacks {
            if matches!(lack, Lack::Needed { .. }) {
                is_held = true;
                if self.held.len() < MOST_HELD {
                    self.held.push((lack, reference.to_owned(), case));
                }
            } else {
                let known = self.notes.len() < MOST_NOTES || self.notes.contains_key(&lack);
                if known {
                    self.notes.entry(lack).or_insert_with(|| (0, reference.to_owned())).0 += 1;
                }
            }
        }
        if is_held {
            self.made.held += 1;
            return Ok(());
        }
        if part.rows == self.superior.rows_per_file {
            self.put_away(part).await?;
            part.number += 1;
            writing::begin(&mut part.text, self.superior.format, &part.set.columns);
        }
        writing::row(&mut part.text, self.superior.format, &part.set.columns, &cells, part.rows == 0);
        part.rows += 1;
        if part.data == Data::Cases {
            part.cases.push(case.unwrap_or(0));
        }
        Ok(())
    }

    /// Puts the file into the store; it is empty afterwards.
    async fn put_away(&mut self, part: &mut Part<'_>) -> Result<(), Error> {
        let mut text = std::mem::take(&mut part.text);
        writing::end(&mut text, self.superior.format);
        let bytes = encoded(text, self.superior.encoding);
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let digest = self.app.blobs.put(SHELF, bytes).await?;
        let name = file_name(&self.stem, &part.set.file, part.number, self.ending());
        let rows = i64::try_from(std::mem::take(&mut part.rows)).unwrap_or(i64::MAX);
        self.told.push(json!({
            "name": name, "data": part.data.word(), "part": part.number, "rows": rows, "bytes": length, "sha256": digest,
            "columns": part.set.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
        }));
        let position = i64::try_from(self.made.files.len() + 1).unwrap_or(i64::MAX);
        let (data, cases) = (part.data.word().to_owned(), std::mem::take(&mut part.cases));
        self.made.files.push(File { position, name, data, rows, bytes: length, digest, cases });
        Ok(())
    }

    async fn counts(&mut self, set: &Set, until: Moment) -> Result<(), Error> {
        let definitions = std::sync::Arc::clone(&self.app.evaluation.definitions);
        let Some(period) = Period::days(self.batch.day, self.batch.day) else { return Ok(()) };
        let now = self.app.clock.now();
        let mut run = Run::ask(id::fresh(), period, Purpose::Results, definitions.version.clone(), None, now);
        (run.until, run.known) = (until.min(now).max(period.bounds(&self.zone).0), now);
        let id = run.id;
        let counted = count(self.app, std::sync::Arc::clone(&definitions), &run).await;
        // What stands behind the counts is asked for at the evaluation, which counts the day for itself.
        let cleared = self.app.db.write(move |tx| async move { clear_own(&tx, id).await }).await;
        cleared.map_err(|error: DbError| Error::Db(error))?;
        let mut all: Vec<(Kind, String, Counts)> =
            counted?.outcomes.into_iter().map(|one| (one.kind, one.object, one.counts)).collect();
        all.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let grid = self.app.grid();
        let departments = self.all_departments().await?;
        let mut part = self.part(set, Data::Counts);
        for level in &set.by {
            for (object, code, name, counts) in objects(self.app, level, &all, &grid, &departments) {
                let of = |field: &str| match field {
                    "object" => Value::text(object),
                    "object_code" => Value::text(code.as_str()),
                    "object_name" => Value::text(name.as_str()),
                    id => counted_value(&definitions, id, &counts),
                };
                let reference = format!("{object} {code}");
                self.add(&mut part, &reference, None, of).await?;
            }
        }
        self.put_away(&mut part).await
    }

    async fn all_departments(&self) -> Result<Vec<Department>, Error> {
        let all = self.app.db.read(|tx| async move { crate::people::store::departments(&tx).await }).await;
        all.map_err(|error: DbError| Error::Db(error))
    }

    async fn cases(&mut self, set: &Set, from: Moment, until: Moment) -> Result<(), Error> {
        let found = self.app.db.read(move |tx| async move { store::changed(&tx, from, until).await }).await;
        let ids = found.map_err(|error: DbError| Error::Db(error))?;
        let departments: HashMap<Id, Department> =
            self.all_departments().await?.into_iter().map(|one| (one.id, one)).collect();
        let grid = self.app.grid();
        let mut part = self.part(set, Data::Cases);
        for some in ids.chunks(PAGE) {
            let some = some.to_vec();
            let read = self.app.db.read(move |tx| async move {
                let told = store::told(&tx, &some, until).await?;
                let parents: Vec<Id> = told.iter().filter_map(|one| one.parent).collect();
                Ok::<_, DbError>((store::numbers(&tx, &parents).await?, told))
            });
            let (parents, told) = read.await?;
            for one in &told {
                let parent = one.parent.and_then(|id| parents.get(&id)).map_or("", String::as_str);
                let department = one.department.and_then(|id| departments.get(&id));
                let (app, is_personal) = (self.app, self.superior.is_personal);
                let of = |field: &str| case_value(app, &grid, one, department, parent, is_personal, field);
                self.add(&mut part, &one.number, Some(one.id), of).await?;
            }
        }
        self.put_away(&mut part).await
    }

    async fn departments(&mut self, set: &Set) -> Result<(), Error> {
        let mut all = self.all_departments().await?;
        all.sort_by(|a, b| a.code.cmp(&b.code));
        let codes: HashMap<Id, String> = all.iter().map(|one| (one.id, one.code.clone())).collect();
        let mut part = self.part(set, Data::Departments);
        for one in &all {
            let of = |field: &str| match field {
                "code" => Value::text(one.code.as_str()),
                "name" => Value::text(one.name_zh.as_str()),
                "name_en" => Value::text(one.name_en.as_str()),
                "parent" => Value::text(one.parent.and_then(|id| codes.get(&id)).map_or("", String::as_str)),
                "kind" => Value::text(one.kind.as_str()),
                "phone" => Value::text(one.phone.as_str()),
                "active" => Value::Yes(one.is_active),
                _ => Value::Nothing,
            };
            self.add(&mut part, &one.code, None, of).await?;
        }
        self.put_away(&mut part).await
    }

    async fn grids(&mut self, set: &Set) -> Result<(), Error> {
        let read = self.app.db.read(|tx| async move { store::components(&tx).await }).await;
        let components = read.map_err(|error: DbError| Error::Db(error))?;
        let grid = self.app.grid();
        let mut part = self.part(set, Data::Grids);
        for level in &set.by {
            let Ok(level) = level.parse::<Level>() else { continue };
            for area in grid.areas().iter().filter(|area| area.level == level) {
                let sum = ground_of(self.app, &grid, level, &area.code, &components);
                let of = |field: &str| match field {
                    "level" => Value::text(level.as_str()),
                    "code" => Value::text(area.code.as_str()),
                    "name" => Value::text(area.name.as_str()),
                    "communities" => Value::Count(sum.communities),
                    "cells" => Value::Count(sum.cells),
                    "square_metres" => Value::Number(sum.square_metres.round()),
                    "keepers" => Value::Count(sum.keepers),
                    "components" => Value::Count(sum.components),
                    _ => Value::Nothing,
                };
                self.add(&mut part, &area.code, None, of).await?;
            }
        }
        self.put_away(&mut part).await
    }

    fn finish(mut self, from: Moment, until: Moment) -> Made {
        let line = |kind: LineKind, lack: &Lack, reference: &str, case: Option<Id>, amount: i64| {
            let (file, reference, said) = (String::new(), reference.to_owned(), kept(lack));
            Line { position: 0, kind, file, row: 0, reference, case, amount, said }
        };
        let notes = self.notes.iter().map(|(lack, (amount, one))| line(LineKind::Note, lack, one, None, *amount));
        let held = self.held.iter().map(|(lack, one, case)| line(LineKind::Held, lack, one, *case, 1));
        let mut lines: Vec<Line> = notes.chain(held).collect();
        for (place, line) in (1..).zip(&mut lines) {
            line.position = place;
        }
        self.made.lines = lines;
        self.made.manifest = self.manifest(from, until);
        self.made
    }

    /// What is sent with the files: the same text whenever it is sent.
    fn manifest(&self, from: Moment, until: Moment) -> String {
        let (superior, batch) = (self.superior, self.batch);
        let at = |moment: Moment| moment.zoned(&self.zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let encoding = if superior.encoding == Encoding::Gb18030 { "GB18030" } else { "UTF-8" };
        let whole = json!({
            "format": "city-steward-superior/1",
            "batch": number(&superior.division, batch.day),
            "revision": batch.revision,
            "replaces": (batch.revision > 1).then_some(batch.revision - 1),
            "is_preview": batch.revision == PREVIEW,
            "idempotency_key": idempotency(&superior.division, batch.day, batch.revision),
            "division": superior.division,
            "city": self.app.city.name,
            "day": batch.day.to_string(),
            "from": at(from),
            "until": at(until),
            "made_at": at(self.app.clock.now()),
            "reason": batch.reason,
            "rows_format": superior.format.word(),
            "encoding": encoding,
            "personal": superior.is_personal,
            "rows": self.made.files.iter().map(|file| file.rows).sum::<i64>(),
            "held_rows": self.made.held,
            "files": self.told,
        });
        serde_json::to_string_pretty(&whole).map(|text| text + "\n").unwrap_or_default()
    }
}

/// What goes up of a name or a number. One that cannot be read is missing, as the log says: where the superior must have it, its case
/// is held back.
fn readable(text: &Personal) -> &str {
    match text.read() {
        Ok(text) => text,
        Err(why) => {
            tracing::warn!(%why, "a name or a number that is to go up to a superior cannot be read");
            ""
        }
    }
}

/// A count, a sum or a rate of the evaluation.
fn counted_value(definitions: &Definitions, id: &str, counts: &Counts) -> Value {
    match definitions.rate(id) {
        Some(rate) => {
            score::rate(definitions, rate, counts).map_or(Value::Nothing, |ratio| Value::Share(ratio.basis_points()))
        }
        None => Value::Count(score::amount(definitions, id, counts)),
    }
}

type Object<'a> = (&'a str, String, String, Counts);

/// The objects of a level with their counts: those that have any, and of the city and its areas all.
fn objects<'a>(
    app: &App,
    level: &'a str,
    all: &[(Kind, String, Counts)],
    grid: &Grid,
    departments: &[Department],
) -> Vec<Object<'a>> {
    let of_kind = |kind: Kind| all.iter().filter(move |(found, ..)| *found == kind);
    let counts_of = |kind: Kind, object: &str| {
        of_kind(kind).find(|(_, found, _)| found == object).map(|(.., counts)| counts.clone()).unwrap_or_default()
    };
    let areas = |level: Level| grid.areas().iter().filter(move |area| area.level == level);
    match level {
        "city" => vec![(level, String::new(), app.city.name.clone(), counts_of(Kind::City, ""))],
        "district" => areas(Level::District)
            .map(|district| {
                let mut sum = Counts::new();
                for street in
                    areas(Level::Street).filter(|one| one.parent_code.as_deref() == Some(district.code.as_str()))
                {
                    for (id, count) in counts_of(Kind::Street, &street.code) {
                        *sum.entry(id).or_default() += count;
                    }
                }
                (level, district.code.clone(), district.name.clone(), sum)
            })
            .collect(),
        "street" => areas(Level::Street)
            .map(|area| (level, area.code.clone(), area.name.clone(), counts_of(Kind::Street, &area.code)))
            .collect(),
        "community" => areas(Level::Community)
            .map(|area| (level, area.code.clone(), area.name.clone(), counts_of(Kind::Community, &area.code)))
            .collect(),
        "category" => of_kind(Kind::Category)
            .map(|(_, object, counts)| (level, object.clone(), category_name(app, object), counts.clone()))
            .collect(),
        "source" => of_kind(Kind::Source)
            .map(|(_, object, counts)| {
                let name = app.pages.words.say("zh-Hans", &format!("cases-source-{object}"), &[]);
                (level, object.clone(), name.unwrap_or_default(), counts.clone())
            })
            .collect(),
        _ => {
            let mut found: Vec<Object<'a>> = of_kind(Kind::Department)
                .filter_map(|(_, object, counts)| {
                    let one = departments.iter().find(|one| one.id.to_string() == *object)?;
                    Some((level, one.code.clone(), one.name_zh.clone(), counts.clone()))
                })
                .collect();
            found.sort_by(|a, b| a.1.cmp(&b.1));
            found
        }
    }
}

fn category_name(app: &App, word: &str) -> String {
    let key = app.catalog.key_of(word);
    key.and_then(|key| app.catalog.sub_class(&key)).map(|class| class.name.zh.clone()).unwrap_or_default()
}

#[derive(Default)]
struct Ground {
    communities: i64,
    cells: i64,
    square_metres: f64,
    keepers: i64,
    components: i64,
}

fn ground_of(app: &App, grid: &Grid, level: Level, code: &str, components: &HashMap<String, i64>) -> Ground {
    let mut sum = Ground::default();
    let (mut communities, mut keepers) = (BTreeSet::new(), BTreeSet::new());
    for cell in grid.cells() {
        let Some(found) = grid.cell(&cell.code) else { continue };
        let area = match level {
            Level::District => found.areas.district,
            Level::Street => found.areas.street,
            Level::Community => found.areas.community,
        };
        if area.is_none_or(|area| area.code != code) {
            continue;
        }
        communities.extend(found.areas.community.map(|one| one.code.as_str()));
        keepers.extend(app.keeper_of(&cell.code));
        sum.cells += 1;
        sum.square_metres += cell.area_square_metres;
        sum.components += components.get(&cell.code).copied().unwrap_or(0);
    }
    sum.communities = i64::try_from(communities.len()).unwrap_or(i64::MAX);
    sum.keepers = i64::try_from(keepers.len()).unwrap_or(i64::MAX);
    sum
}

/// A field of a case.
fn case_value(
    app: &App,
    grid: &Grid,
    one: &Told,
    department: Option<&Department>,
    parent: &str,
    is_personal: bool,
    field: &str,
) -> Value {
    let words = |text: &str| Value::text(if is_personal { text.to_owned() } else { masked(text) });
    let first = |kinds: &[&str]| {
        Value::at(kinds.iter().filter_map(|kind| one.happened.get(*kind)).map(|(first, ..)| *first).min())
    };
    let last = |kinds: &[&str]| {
        Value::at(kinds.iter().filter_map(|kind| one.happened.get(*kind)).map(|(_, last, _)| *last).max())
    };
    let area = |level: Level, code: &str| grid.area(level, code);
    let district = || {
        let street = area(Level::Street, &one.street)?;
        area(Level::District, street.parent_code.as_deref()?)
    };
    let name = |level: Level, code: &str| Value::text(area(level, code).map_or("", |area| area.name.as_str()));
    let key = || {
        let kind = CategoryKind::of(&one.kind)?;
        (!one.code.is_empty()).then(|| Key { code_set: one.code_set.clone(), kind, code: one.code.clone() })
    };
    match field {
        "number" => Value::text(one.number.as_str()),
        "title" => words(&one.title),
        "description" => words(&one.report[0]),
        "source" => Value::text(one.source.as_str()),
        "source_number" => Value::text(one.report[1].as_str()),
        "kind" => Value::text(one.kind.as_str()),
        "class" => Value::text(one.code.get(..2).unwrap_or_default()),
        "class_name" => {
            let class = key().and_then(|key| app.catalog.class(&key).map(|class| class.name.zh.clone()));
            Value::text(class.unwrap_or_default())
        }
        "category" => Value::text(key().map(|key| key.word()).unwrap_or_default()),
        "category_code" => Value::text(one.code.as_str()),
        "category_name" => {
            let class = key().and_then(|key| app.catalog.sub_class(&key).map(|class| class.name.zh.clone()));
            Value::text(class.unwrap_or_default())
        }
        "code_set" => Value::text(if one.code.is_empty() { "" } else { one.code_set.as_str() }),
        "condition" => Value::text(one.condition.as_str()),
        "limit_amount" => one.limit.as_ref().map_or(Value::Nothing, |(amount, _)| Value::Count(*amount)),
        "limit_unit" => Value::text(one.limit.as_ref().map_or("", |(_, unit)| unit.as_str())),
        "urgent" => Value::Yes(one.is_urgent),
        "stage" => Value::text(one.stage.as_str()),
        "outcome" => Value::text(one.outcome.as_str()),
        "district" => Value::text(district().map_or("", |area| area.code.as_str())),
        "district_name" => Value::text(district().map_or("", |area| area.name.as_str())),
        "street" => Value::text(one.street.as_str()),
        "street_name" => name(Level::Street, &one.street),
        "community" => Value::text(one.community.as_str()),
        "community_name" => name(Level::Community, &one.community),
        "cell" => Value::text(one.cell.as_str()),
        "address" => words(&one.address),
        "lon" => one.point.map_or(Value::Nothing, |(lon, _)| Value::Number(lon)),
        "lat" => one.point.map_or(Value::Nothing, |(_, lat)| Value::Number(lat)),
        "department" => Value::text(department.map_or("", |one| one.code.as_str())),
        "department_name" => Value::text(department.map_or("", |one| one.name_zh.as_str())),
        "reported_at" => Value::At(one.opened_at),
        "accepted_at" => first(&["report_accepted"]),
        "filed_at" => first(&["case_filed", "case_self_handled"]),
        "dispatched_at" => first(&["case_dispatched"]),
        "handled_at" => Value::at(one.fed_back_at),
        "verified_at" => last(&["verification_passed"]),
        "closed_at" => Value::at(one.closed_at),
        "due_at" => Value::at(one.due_at),
        "updated_at" => Value::at(one.happened.values().map(|(_, last, _)| *last).max()),
        "late" => Value::Yes(one.is_late),
        "reworks" => Value::Count(one.counts[0]),
        "returns" => Value::Count(one.counts[1]),
        "reopenings" => Value::Count(one.counts[2]),
        "supervisions" => Value::Count(one.happened.get("case_supervised").map_or(0, |(.., count)| *count)),
        "reports" => Value::Count(one.reports),
        "satisfaction" => one.satisfaction.map_or(Value::Nothing, Value::Count),
        "parent_number" => Value::text(parent),
        "contact_name" => {
            let name = readable(&one.contact.0);
            if is_personal { Value::text(name) } else { Value::text(fields::masked_name(name)) }
        }
        "contact_phone" => {
            let phone = readable(&one.contact.1);
            if is_personal { Value::text(phone) } else { Value::text(fields::masked_phone(phone)) }
        }
        _ => Value::Nothing,
    }
}
