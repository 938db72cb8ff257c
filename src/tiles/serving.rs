//! The doors of tiles: what is asked for is read, looked up among what was made, else made and kept.

use super::filter::{self, Question, Stages};
use super::ground::{self, CELLS_FROM};
use super::kept::Made;
use super::mvt::{self, Layer, Outline, Said, tile as written};
use super::points::{self, Cluster, Mark, Point, SINGLE_FROM};
use super::pools::{Of, Part};
use super::shapes::layer;
use super::store;
use super::tile::{EXTENT, Spot, Tile};
use crate::app::App;
use crate::cases::case;
use crate::cases::store::{Line, Scope, seen};
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::reports::report::{self, Report};
use crate::reports::{everyday, show};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{LazyLock, PoisonError};

/// What is public and changes with the news is asked for again every time.
const PUBLIC: &str = "public, no-cache";
/// The same that is one person's.
const OWN: &str = "private, no-cache";
/// What changes when somebody imports it.
const SETTLED: &str = "public, max-age=600";
/// Of so many pins of a tile it is told what they are called.
const NAMED: usize = 500;
/// From this zoom on components are shown: then they are few enough.
const COMPONENTS_FROM: u8 = 16;
/// How many components a tile shows at most.
const MOST_COMPONENTS: usize = 5000;
/// For how long components stay as they were, in milliseconds: imports bring no news of each.
const COMPONENTS_KEPT: i64 = 60_000;

type Numbers = Path<(String, String, String)>;
type Pairs = Query<Vec<(String, String)>>;

static REPORT_STAGES: LazyLock<Stages> = LazyLock::new(|| {
    let all = report::Stage::ALL;
    let of = |is: &dyn Fn(report::Stage) -> bool| bits(all.iter().map(|stage| is(*stage)));
    Stages {
        words: all.iter().map(|stage| stage.word()).collect(),
        open: of(&|stage| !stage.is_ended()),
        handled: of(&|stage| stage == report::Stage::Solved),
        closed: of(&report::Stage::is_ended),
        usual: of(&|_| true),
    }
});

static CASE_STAGES: LazyLock<Stages> = LazyLock::new(|| {
    use case::Stage::{AwaitingClosing, AwaitingVerification, Verifying};
    let all = case::Stage::ALL;
    let of = |is: &dyn Fn(case::Stage) -> bool| bits(all.iter().map(|stage| is(*stage)));
    Stages {
        words: all.iter().map(|stage| stage.text()).collect(),
        open: of(&|stage| !stage.is_over()),
        handled: of(&|stage| matches!(stage, AwaitingVerification | Verifying | AwaitingClosing)),
        closed: of(&case::Stage::is_over),
        // As the lists, that show what is open.
        usual: of(&|stage| !stage.is_over()),
    }
});

/// The stages of cases as filters know them.
pub fn case_stages() -> &'static Stages {
    &CASE_STAGES
}

fn bits(marks: impl Iterator<Item = bool>) -> u32 {
    marks.enumerate().fold(0, |bits, (place, is)| bits | (u32::from(is) << place))
}

/// What a question asks of which part of a pool, and whether its time counts there.
struct Wanted {
    part: Part,
    question: Question,
    is_timed: bool,
}

fn wanted(of: &Of, question: &Question, stages: &Stages, now: Moment) -> Vec<Wanted> {
    let begun = |stages: u32| {
        let parts = Part::between(question.from, Moment(question.until.0.min(now.0)));
        let one = move |part| Wanted { part, question: Question { stages, ..question.clone() }, is_timed: true };
        parts.into_iter().map(one)
    };
    match of {
        Of::Reports => begun(question.stages).collect(),
        Of::Cases(Scope::Nothing) => Vec::new(),
        Of::Cases(_) => {
            let (open, closed) = (question.stages & stages.open, question.stages & stages.closed);
            let mut wanted = Vec::new();
            if open != 0 {
                let question = Question { stages: open, ..question.clone() };
                wanted.push(Wanted { part: Part::Open, is_timed: question.is_of_time, question });
            }
            if closed != 0 {
                wanted.extend(begun(closed));
            }
            wanted
        }
    }
}

/// `GET /tiles/reports/{z}/{x}/{y}`: what citizens have reported, as everybody sees it.
pub(super) async fn reports(
    State(app): State<App>,
    visit: Visit,
    Path((z, x, y)): Numbers,
    Query(pairs): Pairs,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let question = question(&app, &pairs, &REPORT_STAGES)?;
    points(&app, &visit, &asked, tile, &Of::Reports, &question, &REPORT_STAGES).await
}

/// `GET /tiles/cases/{z}/{x}/{y}`: the cases that exist for whoever asks.
pub(super) async fn cases(
    State(app): State<App>,
    visit: Visit,
    Path((z, x, y)): Numbers,
    Query(pairs): Pairs,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let question = question(&app, &pairs, &CASE_STAGES)?;
    let of = Of::Cases(Scope::of(visit.actor()?));
    points(&app, &visit, &asked, tile, &of, &question, &CASE_STAGES).await
}

fn question(app: &App, pairs: &[(String, String)], stages: &Stages) -> Result<Question, Error> {
    let moment = |text: &str, is_end: bool| crate::open311::filter::moment(text, &app.city.zone(), is_end);
    Ok(filter::read(pairs, app.clock.now(), stages, moment)?)
}

/// The name under which a tile is kept: all that it depends on.
fn name(tile: Tile, of: &Of, question: &Question, lang: &str) -> String {
    let Tile { z, x, y } = tile;
    let Question { from, until, is_of_time, stages, only_late, now, code_set, kind, code, is_heat } = question;
    // Reports are judged by the minute only when it is asked which are late.
    let now = match of {
        Of::Reports if !only_late => 0,
        _ => now.0,
    };
    let mut name = String::with_capacity(160);
    // Writing to a string cannot fail.
    let _ = write!(
        name,
        "{z}/{x}/{y} {lang} {of:?} {}-{} {is_of_time} {stages} {only_late} {now} {code_set:?} {kind:?} {code:?} {is_heat}",
        from.0, until.0
    );
    name
}

async fn points(
    app: &App,
    visit: &Visit,
    asked: &HeaderMap,
    tile: Tile,
    of: &Of,
    question: &Question,
    stages: &Stages,
) -> Result<Response, Error> {
    let keeping = if matches!(of, Of::Reports) { PUBLIC } else { OWN };
    let wanted = wanted(of, question, stages, app.clock.now());
    let parts: Vec<Part> = wanted.iter().map(|wanted| wanted.part).collect();
    let name = name(tile, of, question, visit.lang);
    for _ in 0..4 {
        let pool = app.tiles.fresh(app, of, &parts).await?;
        let (number, shown) = {
            let state = pool.state();
            if !state.has(&parts) {
                // Somebody else's question has just taken its room.
                continue;
            }
            if let Some(made) = app.tiles.shelf.get(&name).filter(|made| state.is_same(tile, made.number)) {
                return Ok(made.answer(asked, keeping));
            }
            let kinds = (!question.is_of_any_kind()).then(|| {
                let kinds = app.tiles.kinds.read().unwrap_or_else(PoisonError::into_inner);
                kinds.wanted(|kind| question.is_of_kind(kind))
            });
            let of_it =
                |wanted: &Wanted, point: &Point| wanted.question.is_of(point, kinds.as_deref(), wanted.is_timed);
            let found = wanted
                .iter()
                .flat_map(|wanted| state.within(wanted.part, tile).iter().filter(move |point| of_it(wanted, point)));
            let is_late = |point: &Point| stages.open & (1 << point.stage) != 0 && question.is_late(point);
            let shown = match question.is_heat {
                true => Shown::Heat(points::heat(tile, found)),
                false => Shown::Marks(points::marks(tile, found, is_late)),
            };
            (state.number(), shown)
        };
        let bytes = match shown {
            Shown::Heat(cells) => written(&[warm(tile, &cells)]),
            Shown::Marks(marks) => match of {
                Of::Reports => written(&[report_layer(app, visit.lang, tile, marks).await?]),
                Of::Cases(scope) => written(&[case_layer(app, visit.lang, tile, scope, question, marks).await?]),
            },
        };
        let made = Made::new(&bytes, number);
        app.tiles.shelf.put(name, made.clone());
        return Ok(made.answer(asked, keeping));
    }
    Err(Error::Internal("the map has no room for what is asked of it".to_owned()))
}

enum Shown {
    Heat(Vec<([f64; 2], u32, f64)>),
    Marks(Vec<Mark>),
}

/// A place of the world in whole steps of a tile in which it lies.
#[expect(clippy::cast_possible_truncation, reason = "it lies in the tile")]
fn step(tile: Tile, at: [f64; 2]) -> Outline {
    let steps = tile.steps(at).map(|step| (step.floor() as i32).clamp(0, EXTENT - 1));
    Outline::Points(vec![steps])
}

fn warm(tile: Tile, cells: &[([f64; 2], u32, f64)]) -> Layer {
    let mut layer = Layer::new("heat");
    for (middle, count, warmth) in cells {
        layer.add(&step(tile, *middle), &[("count", Said::Whole((*count).into())), ("weight", Said::Real(*warmth))]);
    }
    layer
}

fn add_cluster(layer: &mut Layer, tile: Tile, cluster: &Cluster) {
    let words = [
        ("count", Said::Whole(cluster.count.into())),
        ("late", Said::Whole(cluster.late.into())),
        // Scripts cannot hold such numbers.
        ("cell", Said::Text(format!("{}.{}", tile.z, cluster.cell))),
        ("zoom", Said::Whole(cluster.apart.min(SINGLE_FROM + 1).into())),
    ];
    layer.add(&step(tile, cluster.middle), &words);
}

fn singles(marks: &[Mark]) -> Vec<Id> {
    let single = |mark: &Mark| match mark {
        Mark::Single(point) => Some(point.id),
        Mark::Cluster(_) => None,
    };
    marks.iter().filter_map(single).take(NAMED).collect()
}

async fn report_layer(app: &App, lang: &str, tile: Tile, marks: Vec<Mark>) -> Result<Layer, Error> {
    let ids = singles(&marks);
    let mut named: HashMap<Id, Report> = HashMap::new();
    if !ids.is_empty() {
        let found = app.db.read(move |tx| async move { crate::reports::store::some(&tx, &ids).await });
        let found = found.await.map_err(|error: DbError| Error::Db(error))?;
        named.extend(found.into_iter().map(|report| (report.id, report)));
    }
    let choices = if named.is_empty() { Vec::new() } else { everyday::names(app, lang) };
    let mut layer = Layer::new("reports");
    for mark in marks {
        let point = match mark {
            Mark::Cluster(cluster) => {
                add_cluster(&mut layer, tile, &cluster);
                continue;
            }
            Mark::Single(point) => point,
        };
        let stage = report::Stage::ALL.get(usize::from(point.stage)).copied().unwrap_or(report::Stage::Received);
        let mut words = vec![
            ("id", Said::Text(point.id.to_string())),
            ("href", Said::Text(format!("/reports/{}", point.id))),
            ("stage", stage.word().into()),
            ("stage_label", app.pages.say(lang, &format!("report-stage-{}", stage.word()), &[]).into()),
            ("tone", stage.tone().into()),
            ("at", Said::Whole(i64::from(point.since) * 1000)),
        ];
        if let Some(report) = named.get(&point.id) {
            words.push(("title", show::title(&choices, report).into()));
        }
        layer.add(&step(tile, points::spot(point.at).world()), &words);
    }
    Ok(layer)
}

/// How a stage of a case is coloured, as on the lists.
const fn tone(stage: case::Stage) -> &'static str {
    use case::Stage::{
        AwaitingCheck, AwaitingClosing, AwaitingDispatch, AwaitingFeedback, AwaitingFiling, AwaitingVerification,
        Closed, Declined, Dispatched, Handling, Received, Returning, Split, Verifying, Voided,
    };
    match stage {
        Received | AwaitingCheck | AwaitingFiling => "info",
        AwaitingDispatch | Dispatched | Handling | AwaitingFeedback | Split => "active",
        Returning | AwaitingVerification | Verifying | AwaitingClosing => "warn",
        Closed => "ok",
        Declined | Voided => "neutral",
    }
}

async fn case_layer(
    app: &App,
    lang: &str,
    tile: Tile,
    scope: &Scope,
    question: &Question,
    marks: Vec<Mark>,
) -> Result<Layer, Error> {
    let ids = singles(&marks);
    let mut named: HashMap<Id, Line> = HashMap::new();
    if !ids.is_empty() {
        // By their identifiers within the scope once more: whatever the map remembers, nothing is told of what is not theirs.
        let scope = scope.clone();
        let found = app.db.read(move |tx| async move { seen(&tx, &scope, &ids).await });
        let found = found.await.map_err(|error: DbError| Error::Db(error))?;
        named.extend(found.into_iter().map(|line| (line.id, line)));
    }
    let mut layer = Layer::new("cases");
    let mut count = 0;
    for mark in marks {
        let point = match mark {
            Mark::Cluster(cluster) => {
                add_cluster(&mut layer, tile, &cluster);
                continue;
            }
            Mark::Single(point) => point,
        };
        count += 1;
        let line = named.get(&point.id);
        if line.is_none() && count <= NAMED {
            continue;
        }
        let stage = case::Stage::ALL.get(usize::from(point.stage)).copied().unwrap_or(case::Stage::Received);
        let is_late = !stage.is_over() && question.is_late(&point);
        let mut words = vec![
            ("id", Said::Text(point.id.to_string())),
            ("href", Said::Text(format!("/cases/{}", point.id))),
            ("stage", stage.text().into()),
            ("stage_label", app.pages.say(lang, &format!("cases-stage-{}", stage.text()), &[]).into()),
            ("tone", if is_late { "danger" } else { tone(stage) }.into()),
            ("late", Said::Whole(is_late.into())),
            ("at", Said::Whole(i64::from(point.since) * 1000)),
        ];
        if let Some(line) = line {
            words.push(("number", line.number.as_str().into()));
            let title = if line.title.is_empty() { &line.number } else { &line.title };
            words.push(("title", title.as_str().into()));
            words.push(("address", line.place.as_str().into()));
            words.push(("urgent", Said::Whole(line.is_urgent.into())));
        }
        layer.add(&step(tile, points::spot(point.at).world()), &words);
    }
    Ok(layer)
}

/// A tile that depends on a number alone: found under its name, or made.
fn settled(app: &App, name: String, number: u64, make: impl FnOnce() -> Vec<mvt::Layer>) -> Made {
    if let Some(made) = app.tiles.shelf.get(&name).filter(|made| made.number == number) {
        return made;
    }
    let made = Made::new(&written(&make()), number);
    app.tiles.shelf.put(name, made.clone());
    made
}

/// `GET /tiles/grid/{z}/{x}/{y}`: the areas, and the unit grids where they can be seen.
pub(super) async fn grid(
    State(app): State<App>,
    Path((z, x, y)): Numbers,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let shapes = app.tiles.ground.shapes(&app);
    let made = settled(&app, format!("{z}/{x}/{y} grid"), shapes.number, || {
        vec![layer("areas", tile, shapes.areas.iter()), layer("grids", tile, shapes.cells.iter())]
    });
    Ok(made.answer(&asked, SETTLED))
}

/// `GET /tiles/base/{z}/{x}/{y}`: what the city has drawn for its maps.
pub(super) async fn base(
    State(app): State<App>,
    Path((z, x, y)): Numbers,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let made = settled(&app, format!("{z}/{x}/{y} base"), 0, || {
        vec![layer("base", tile, app.tiles.ground.drawn(&app.sources).iter())]
    });
    Ok(made.answer(&asked, SETTLED))
}

/// `GET /tiles/responsibility/{z}/{x}/{y}`: which responsibility grid the unit grids belong to.
pub(super) async fn responsibility(
    State(app): State<App>,
    Path((z, x, y)): Numbers,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let shapes = app.tiles.ground.shapes(&app);
    let name = format!("{z}/{x}/{y} responsibility");
    if let Some(made) = app.tiles.shelf.get(&name).filter(|made| made.number == shapes.number) {
        return Ok(made.answer(&asked, OWN));
    }
    let mut responsible = HashMap::new();
    if tile.z >= CELLS_FROM {
        let grids = app.db.read(|tx| async move { crate::grid::store::load_responsibility_grids(&tx).await });
        responsible = ground::responsible(grids.await.map_err(|error: DbError| Error::Db(error))?);
    }
    let made = settled(&app, name, shapes.number, || {
        let near = shapes.cells.iter().filter(|cell| tile.touches(cell.bounds));
        let cells: Vec<_> = near.filter_map(|cell| ground::with_responsible(cell, &responsible)).collect();
        vec![layer("responsibility", tile, cells.iter())]
    });
    Ok(made.answer(&asked, OWN))
}

/// `GET /tiles/components/{z}/{x}/{y}`: what stands in the streets, from the zoom on at which it can be told apart.
pub(super) async fn components(
    State(app): State<App>,
    Path((z, x, y)): Numbers,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let tile = Tile::parse(&z, &x, &y).ok_or(Error::NotFound)?;
    let name = format!("{z}/{x}/{y} components");
    let minute = u64::try_from(app.clock.now().0 / COMPONENTS_KEPT).unwrap_or_default();
    if let Some(made) = app.tiles.shelf.get(&name).filter(|made| made.number == minute) {
        return Ok(made.answer(&asked, OWN));
    }
    let mut standing = Vec::new();
    if tile.z >= COMPONENTS_FROM {
        let bounds = tile.bounds();
        let found = app.db.read(move |tx| async move { store::components(&tx, bounds, MOST_COMPONENTS).await });
        standing = found.await.map_err(|error: DbError| Error::Db(error))?;
    }
    let made = settled(&app, name, minute, || {
        let mut layer = Layer::new("components");
        for one in &standing {
            // What stands on the edge stands in one tile.
            let Some(spot) = Spot::of(one.lon, one.lat).filter(|spot| Tile::of(tile.z, *spot) == tile) else {
                continue;
            };
            let words: [(&str, Said); 5] = [
                ("code", one.code.as_str().into()),
                ("name", one.name.as_str().into()),
                ("sub_class", one.sub_class.as_str().into()),
                ("owner", one.owner.as_str().into()),
                ("state", one.state.as_str().into()),
            ];
            layer.add(&step(tile, spot.world()), &words);
        }
        vec![layer]
    });
    Ok(made.answer(&asked, OWN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_open_or_closed_and_none_both() {
        for stages in [&*REPORT_STAGES, &*CASE_STAGES] {
            assert_eq!(stages.open & stages.closed, 0);
            assert_eq!(stages.all().count_ones() as usize, stages.words.len());
            assert_eq!(stages.all() & stages.usual, stages.usual);
            assert_eq!(stages.all() & stages.handled, stages.handled);
        }
        assert_eq!(case_stages().number("awaiting-check"), Some(1));
    }
}
