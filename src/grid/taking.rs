//! Taking over the ground out of a file: what an administrator uploads and what an operator imports go the same way. A
//! feature or line that cannot be used is named and never loses the others; a dry run does everything but keep it.

use super::area::{Area, Cell, Level};
use super::cells::Grid;
use super::code::CodePattern;
use super::component::Component;
use super::coordinates::CoordinateSystem;
use super::import::{self, Feature, ImportOptions, Imported};
use super::keepers;
use super::store::{self, Saved};
use super::topology::{self, Finding};
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::kit::letters;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// Rows in one transaction.
const BATCH: usize = 200;
/// Pieces of ground smaller than this are no fault worth a surveyor's walk, in square metres.
const LEAST: f64 = 10.0;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Districts, streets, communities.
    Areas,
    /// Unit grids.
    Grids,
    /// Responsibility grids with their keepers.
    Keepers,
    /// Components.
    Components,
}

impl Kind {
    /// Every kind, in the order in which a city brings them in.
    pub const ALL: [Kind; 4] = [Kind::Areas, Kind::Grids, Kind::Keepers, Kind::Components];

    /// Its word in forms and commands.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Areas => "areas",
            Kind::Grids => "grids",
            Kind::Keepers => "keepers",
            Kind::Components => "components",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A file, read but not judged.
#[derive(Debug, Clone)]
pub enum Content {
    /// Features of a map.
    Features(Vec<Feature>),
    /// A list.
    Text(String),
}

impl Content {
    /// Reads what was uploaded: GeoJSON, or for responsibility grids a list as well.
    ///
    /// # Errors
    /// `file-not-geojson`, `file-not-text`.
    pub fn of_bytes(kind: Kind, bytes: Vec<u8>) -> Result<Content, Refusal> {
        let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
        match kind {
            Kind::Keepers if !is_json => {
                let text = letters::read(&bytes).map(|(text, _)| text);
                text.map(Content::Text).ok_or_else(|| Refusal::new("file-not-text").on("file"))
            }
            _ => import::read_geojson(&bytes).map(Content::Features).map_err(|refusal| refusal.on("file")),
        }
    }
}

/// What came of a file.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// What can be used.
    pub good: usize,
    /// What was kept; in a dry run, what would be.
    pub saved: Saved,
    /// What had to be put right: the feature and the keys of what was done.
    pub repaired: Vec<(String, Vec<&'static str>)>,
    /// What cannot be used: the feature or line and the reason.
    pub refused: Vec<(String, Refusal)>,
    /// Gaps, overlaps and overhangs of the ground as it is then.
    pub findings: Vec<Finding>,
}

impl Taken {
    fn of<T>(imported: &Imported<T>) -> Taken {
        let keys = |repairs: &Vec<super::geometry::Repair>| repairs.iter().map(|repair| repair.key()).collect();
        Taken {
            good: imported.found.len(),
            repaired: imported.repaired.iter().map(|(id, repairs)| (id.clone(), keys(repairs))).collect(),
            refused: imported.refused.clone(),
            ..Taken::default()
        }
    }
}

/// How a city wants its files read.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The code that every code of the city begins with.
    pub region: String,
    /// What the codes of unit grids look like.
    pub pattern: Option<CodePattern>,
    /// The coordinate system of the file.
    pub system: CoordinateSystem,
}

impl Rules {
    /// The rules of a city's settings; `system` is what the file's bringer says, otherwise the city's own.
    ///
    /// # Errors
    /// `coordinate-system-unknown`.
    pub fn of_city(settings: &toml::Table, system: Option<&str>) -> Result<Rules, Refusal> {
        let word = |table: &toml::Table, name: &str| table.get(name).and_then(|v| v.as_str().map(str::to_owned));
        let region = word(settings, "region_code").unwrap_or_default();
        let pattern = word(settings, "grid_code_pattern").and_then(|pattern| CodePattern::new(&pattern).ok());
        let map = settings.get("map").and_then(toml::Value::as_table);
        let system = match system.filter(|system| !system.is_empty()) {
            Some(system) => system.parse()?,
            None => {
                map.and_then(|map| word(map, "coordinates")).and_then(|system| system.parse().ok()).unwrap_or_default()
            }
        };
        Ok(Rules { pattern: pattern.map(|pattern| pattern.within(&region)), region, system })
    }
}

/// Takes a file over, or with `is_dry_run` only says what would come of it. `progress` hears how many of how many rows
/// were kept.
///
/// # Errors
/// When the database fails; what was kept before stays, and the same file may be taken again.
pub async fn take(
    db: &Db,
    rules: &Rules,
    kind: Kind,
    content: Content,
    now: Moment,
    is_dry_run: bool,
    progress: impl FnMut(usize, usize),
) -> Result<Taken, Error> {
    let ground =
        db.read(|tx| async move { Ok::<_, DbError>((store::load_areas(&tx).await?, store::load_cells(&tx).await?)) });
    let (areas, cells) = ground.await?;
    let options = ImportOptions { system: rules.system, pattern: rules.pattern.clone(), ..ImportOptions::default() };
    let (kind, features) = match (kind, content) {
        (Kind::Keepers, content) => {
            let ground = Grid::new(areas, cells);
            let list = tokio::task::spawn_blocking(move || keeper_list(&content, &options, &ground)).await;
            let list = list.map_err(|error| Error::Internal(error.to_string()))?;
            return take_keepers(db, list, now, is_dry_run, progress).await;
        }
        (_, Content::Text(_)) => {
            return Err(Error::Refused(Refusal::new("file-of-other-kind").on("file")));
        }
        (kind, Content::Features(features)) => (kind, features),
    };
    // Cutting and comparing polygons takes its time, so it is done beside the threads that answer.
    let rules = rules.clone();
    let judged = tokio::task::spawn_blocking(move || judge(kind, &features, &options, &rules, areas, cells));
    let (mut taken, judged) = judged.await.map_err(|error| Error::Internal(error.to_string()))?;
    taken.saved = match is_dry_run {
        true => compare(db, judged).await?,
        false => keep(db, judged, now, progress).await?,
    };
    Ok(taken)
}

enum Judged {
    Areas(Vec<Area>),
    Cells(Vec<Cell>),
    Components(Vec<Component>),
}

fn judge(
    kind: Kind,
    features: &[Feature],
    options: &ImportOptions,
    rules: &Rules,
    areas: Vec<Area>,
    cells: Vec<Cell>,
) -> (Taken, Judged) {
    match kind {
        Kind::Areas => {
            let imported = import::areas(features, options, id::fresh);
            let mut taken = Taken::of(&imported);
            let merged = merged(areas, &imported.found, |area| (area.level as usize, area.code.clone()));
            taken.findings = topology::survey(&Grid::new(merged, cells), LEAST);
            (taken, Judged::Areas(imported.found))
        }
        Kind::Grids => {
            let mut imported = import::cells(features, options, id::fresh);
            let communities: HashSet<&str> =
                areas.iter().filter(|area| area.level == Level::Community).map(|area| area.code.as_str()).collect();
            if !communities.is_empty() {
                imported.found.retain(|cell| {
                    let unknown = cell.community_code.as_deref().filter(|code| !communities.contains(code));
                    if let Some(community) = unknown {
                        let refusal = Refusal::new("grid-community-unknown");
                        let refusal = refusal.with("code", &cell.code).with("community", community);
                        imported.refused.push((cell.code.clone(), refusal));
                    }
                    unknown.is_none()
                });
            }
            let mut taken = Taken::of(&imported);
            let merged = merged(cells, &imported.found, |cell| cell.code.clone());
            taken.findings = topology::survey(&Grid::new(areas, merged), LEAST);
            (taken, Judged::Cells(imported.found))
        }
        Kind::Components | Kind::Keepers => {
            let ground = Grid::new(areas, cells);
            let imported = import::components(features, options, &ground, &rules.region, id::fresh);
            (Taken::of(&imported), Judged::Components(imported.found))
        }
    }
}

/// The rows as they are after the new ones have taken the place of those with the same key.
fn merged<T: Clone, K: std::hash::Hash + Eq>(old: Vec<T>, new: &[T], key: impl Fn(&T) -> K) -> Vec<T> {
    let mut by_key: HashMap<K, T> = old.into_iter().map(|row| (key(&row), row)).collect();
    by_key.extend(new.iter().map(|row| (key(row), row.clone())));
    by_key.into_values().collect()
}

async fn compare(db: &Db, judged: Judged) -> Result<Saved, Error> {
    let compared = db.read(move |tx| async move {
        match judged {
            Judged::Areas(rows) => store::compare_areas(&tx, &rows).await,
            Judged::Cells(rows) => store::compare_cells(&tx, &rows).await,
            Judged::Components(rows) => store::compare_components(&tx, &rows).await,
        }
    });
    compared.await.map_err(|error: DbError| Error::Db(error))
}

async fn keep(db: &Db, judged: Judged, now: Moment, mut progress: impl FnMut(usize, usize)) -> Result<Saved, Error> {
    let mut saved = Saved::default();
    macro_rules! batches {
        ($rows:expr, $save:path) => {{
            let rows = $rows;
            let all = rows.len();
            for (number, batch) in rows.chunks(BATCH).enumerate() {
                let batch = batch.to_vec();
                let one: Result<Saved, DbError> =
                    db.write(move |tx: Tx| async move { $save(&tx, &batch, now).await }).await;
                saved = saved.and(one?);
                progress((number * BATCH + BATCH).min(all), all);
            }
        }};
    }
    match judged {
        Judged::Areas(rows) => batches!(rows, store::save_areas),
        Judged::Cells(rows) => batches!(rows, store::save_cells),
        Judged::Components(rows) => batches!(rows, store::save_components),
    }
    Ok(saved)
}

/// Responsibility grids, read; their keepers and teams are still to be found.
struct KeeperList {
    /// How somebody finds the place in the file again: by `line`, or on a map by `code`.
    label: &'static str,
    lines: Vec<keepers::Line>,
    repaired: Vec<(String, Vec<&'static str>)>,
    refused: Vec<(String, Refusal)>,
}

/// Reads the list, or the features of a map, whose unit grids are listed or enclosed by their borders.
fn keeper_list(content: &Content, options: &ImportOptions, ground: &Grid) -> KeeperList {
    match content {
        Content::Text(text) => {
            let (lines, unread) = keepers::read(text);
            let refused = unread.into_iter().map(|refusal| labelled("line", refusal)).collect();
            KeeperList { label: "line", lines, repaired: Vec::new(), refused }
        }
        Content::Features(features) => {
            let imported = import::responsibility_grids(features, options, ground);
            let Taken { repaired, refused, .. } = Taken::of(&imported);
            let line = |(number, draft): (u64, import::ResponsibilityDraft)| keepers::Line {
                line: number,
                code: draft.code,
                name: draft.name,
                units: draft.unit_codes,
                keeper: draft.keeper.unwrap_or_default(),
                team: draft.team.unwrap_or_default(),
            };
            let lines = (1..).zip(imported.found).map(line).collect();
            KeeperList { label: "code", lines, repaired, refused }
        }
    }
}

/// A refusal with the argument by which its place in the file is found.
fn labelled(label: &str, refusal: Refusal) -> (String, Refusal) {
    let found = refusal.args.iter().find(|(name, _)| *name == label).map_or("?", |(_, value)| value.as_str());
    (found.to_owned(), refusal)
}

async fn take_keepers(
    db: &Db,
    list: KeeperList,
    now: Moment,
    is_dry_run: bool,
    mut progress: impl FnMut(usize, usize),
) -> Result<Taken, Error> {
    let known =
        db.read(|tx| async move { store::known(&tx).await }).await.map_err(|error: DbError| Error::Db(error))?;
    let (grids, refused) = keepers::judge(&list.lines, &known, id::fresh);
    let mut taken = Taken {
        good: grids.len(),
        repaired: list.repaired,
        refused: list
            .refused
            .into_iter()
            .chain(refused.into_iter().map(|refusal| labelled(list.label, refusal)))
            .collect(),
        ..Taken::default()
    };
    if is_dry_run {
        let compared = db.read(move |tx| async move { store::compare_responsibility_grids(&tx, &grids).await });
        taken.saved = compared.await.map_err(|error: DbError| Error::Db(error))?;
    } else {
        let all = grids.len();
        for (number, batch) in grids.chunks(BATCH).enumerate() {
            let batch = batch.to_vec();
            let one: Result<Saved, DbError> = db
                .write(move |tx| async move {
                    let mut saved = Saved::default();
                    for grid in &batch {
                        saved = saved.and(store::save_responsibility_grid(&tx, grid, now).await?);
                    }
                    Ok(saved)
                })
                .await;
            taken.saved = taken.saved.and(one?);
            progress((number * BATCH + BATCH).min(all), all);
        }
    }
    Ok(taken)
}
