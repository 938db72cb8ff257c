//! Areas, unit grids, responsibility grids and components out of files: GeoJSON (`.geojson`, `.json`), Shapefile (`.shp`, with
//! its `.dbf`, `.shx` and `.cpg` beside it) and GeoPackage (`.gpkg`).
//!
//! Every feature is read by itself. One that cannot be used is refused with its id and a reason, and the others go on.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use geo::BoundingRect;
use serde_json::{Map, Value};
use shapefile::dbase;
use shapefile::{PolygonRing, Shape, ShapeReader};

use crate::grid::area::{Area, Cell, Level, sorted_once};
use crate::grid::cells::Grid;
use crate::grid::code::{CodePattern, serial_order};
use crate::grid::component::{self, Component};
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::grid::geometry::{self, RawPolygons, Repair, place_inside};
use crate::grid::geopackage;
use crate::kit::error::Refusal;
use crate::kit::id::Id;

/// Under which names a property is looked for; the first that is there is taken, letters large or small.
#[derive(Clone, Debug)]
pub struct PropertyNames {
    /// The code of the area or grid.
    pub code: Vec<String>,
    /// Its name.
    pub name: Vec<String>,
    /// District, street or community.
    pub level: Vec<String>,
    /// The code of the area above; for a unit grid, of its community.
    pub parent: Vec<String>,
    /// The keeper of a responsibility grid.
    pub keeper: Vec<String>,
    /// Its team.
    pub team: Vec<String>,
    /// Its unit grids.
    pub units: Vec<String>,
    /// Who owns a component.
    pub owner: Vec<String>,
    /// How a component is.
    pub state: Vec<String>,
    /// Since when a component stands there.
    pub installed: Vec<String>,
}

impl Default for PropertyNames {
    fn default() -> Self {
        let names = |names: &str| names.split_whitespace().map(str::to_string).collect();
        PropertyNames {
            code: names(
                "code objcode 部件标识码 标识码 grid_code cell_code unit_code bgcode adcode block_id nc_id 网格编码 单元网格编码 编码 代码",
            ),
            name: names("name objname 部件名称 grid_name cell_name bgname name_zh 网格名称 单元网格名称 名称 qh"),
            level: names("level area_level 级别 层级"),
            parent: names(
                "parent_code community_code parent community street_code 社区编码 所属社区编码 上级编码 上级代码",
            ),
            keeper: names("keeper keeper_account 监督员 采集员 网格员"),
            team: names("team team_department department 中队 所属中队"),
            units: names("unit_codes units cells grids 单元网格"),
            owner: names("owner department objdept 权属单位 主管部门 权属单位名称 主管部门名称"),
            state: names("state objstate 部件状态 状态"),
            installed: names("installed_on installed ordate 安装日期 初始日期"),
        }
    }
}

/// How a file is to be read.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The system of the file's coordinates.
    pub system: CoordinateSystem,
    /// The names of the properties.
    pub names: PropertyNames,
    /// The level of areas that do not tell theirs, neither by a property nor by a code of 6, 9 or 12 digits.
    pub default_level: Option<Level>,
    /// What the codes of unit grids must look like; without it any code will do.
    pub pattern: Option<CodePattern>,
    /// Gives unit grids new serial codes by the pattern, in the community that they name or else in this one; the
    /// codes of the file are kept as names.
    pub number_within: Option<String>,
}

/// One feature of a file, read but not yet judged.
#[derive(Clone, Debug)]
pub struct Feature {
    /// The feature's own id, or its place in the file as `#1`.
    pub id: String,
    /// Its properties.
    pub properties: Map<String, Value>,
    /// Its rings, or why they cannot be read.
    pub rings: Result<RawPolygons, Refusal>,
    /// Its place, when it is a point.
    pub point: Option<(f64, f64)>,
    /// Whether a clockwise outer ring is the custom of the file and no fault (Shapefile).
    is_clockwise: bool,
}

/// What came of a file.
#[derive(Clone, Debug)]
pub struct Imported<T> {
    /// What can be used.
    pub found: Vec<T>,
    /// What had to be put right, by feature id.
    pub repaired: Vec<(String, Vec<Repair>)>,
    /// What cannot be used, by feature id, with the reason.
    pub refused: Vec<(String, Refusal)>,
}

impl<T> Imported<T> {
    fn new() -> Self {
        Imported { found: Vec::new(), repaired: Vec::new(), refused: Vec::new() }
    }
}

/// Reads the features of a file by its ending; of a GeoPackage its only layer. Refusals as [`read_layer`].
pub fn read_file(path: &Path) -> Result<Vec<Feature>, Refusal> {
    read_layer(path, "")
}

/// Reads the features of a file by its ending; of a GeoPackage the layer that is named, or its only one. Refusals:
/// `file-unreadable`, `file-not-geojson`, `file-not-shapefile`, `file-kind-unknown`, and those of [`geopackage::read`].
pub fn read_layer(path: &Path, layer: &str) -> Result<Vec<Feature>, Refusal> {
    let name = path.display().to_string();
    match path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("geojson" | "json") => {
            let bytes = std::fs::read(path)
                .map_err(|error| Refusal::new("file-unreadable").with("file", name).with("error", error.to_string()))?;
            read_geojson(&bytes)
        }
        Some("shp") => read_shapefile(path),
        Some("gpkg") => geopackage::read(path, layer),
        _ => Err(Refusal::new("file-kind-unknown").with("file", name)),
    }
}

/// Reads a GeoJSON feature collection, a single feature or a list of features. Refuses what is none with
/// `file-not-geojson`.
pub fn read_geojson(bytes: &[u8]) -> Result<Vec<Feature>, Refusal> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut whole: Value = serde_json::from_slice(bytes)
        .map_err(|error| Refusal::new("file-not-geojson").with("error", error.to_string()))?;
    let features = match &mut whole {
        Value::Object(object) if object.contains_key("features") => object["features"].take(),
        Value::Object(object) if object.contains_key("geometry") => Value::Array(vec![whole]),
        _ => whole,
    };
    let Value::Array(features) = features else {
        return Err(Refusal::new("file-not-geojson").with("error", "features"));
    };
    Ok(features
        .into_iter()
        .enumerate()
        .map(|(index, mut feature)| {
            let properties = match feature.get_mut("properties").map(Value::take) {
                Some(Value::Object(properties)) => properties,
                _ => Map::new(),
            };
            let id = feature.get("id").and_then(text_of);
            let rings = match feature.get("geometry") {
                Some(geometry) => geometry::read_geojson(geometry),
                None => Err(Refusal::new("geometry-missing")),
            };
            let point = feature.get("geometry").and_then(point_of);
            let id = id.unwrap_or_else(|| format!("#{}", index + 1));
            Feature { id, properties, rings, point, is_clockwise: false }
        })
        .collect())
}

/// Reads the polygons of a Shapefile. Attribute text is read by the `.cpg` or the code page that the file names, and
/// as GBK when it is not UTF-8. Refuses what is no Shapefile with `file-not-shapefile`.
pub fn read_shapefile(path: &Path) -> Result<Vec<Feature>, Refusal> {
    let refuse = |error: String| Refusal::new("file-not-shapefile").with("error", error);
    catch_unwind(AssertUnwindSafe(|| {
        let rows = read_attributes(path);
        let mut reader = ShapeReader::from_path(path).map_err(|error| refuse(error.to_string()))?;
        let shapes: Vec<Result<Shape, String>> = match reader.shape_count() {
            Ok(count) => (0..count)
                .filter_map(|index| reader.read_nth_shape(index))
                .map(|shape| shape.map_err(|error| error.to_string()))
                .collect(),
            // Without an index nobody knows where the shape behind an unreadable one begins; the reader would fail there for ever.
            Err(_) => {
                let mut is_lost = false;
                let shapes = reader.iter_shapes().map(|shape| shape.map_err(|error| error.to_string()));
                shapes.take_while(|shape| !std::mem::replace(&mut is_lost, shape.is_err())).collect()
            }
        };
        Ok(shapes
            .into_iter()
            .enumerate()
            .map(|(index, shape)| Feature {
                id: format!("#{}", index + 1),
                properties: rows.get(index).cloned().unwrap_or_default(),
                point: match &shape {
                    Ok(Shape::Point(at)) => Some((at.x, at.y)),
                    Ok(Shape::PointM(at)) => Some((at.x, at.y)),
                    Ok(Shape::PointZ(at)) => Some((at.x, at.y)),
                    _ => None,
                },
                rings: shape
                    .map_err(|error| Refusal::new("geometry-unreadable").with("error", error))
                    .and_then(|shape| rings_of(&shape)),
                is_clockwise: true,
            })
            .collect())
    }))
    .unwrap_or_else(|_| Err(refuse(String::from("panic"))))
}

fn read_attributes(path: &Path) -> Vec<Map<String, Value>> {
    let table = path.with_extension("dbf");
    let label = std::fs::read_to_string(path.with_extension("cpg")).unwrap_or_default();
    let read = |encoding: Option<dbase::encoding::DynEncoding>| -> Option<Vec<Map<String, Value>>> {
        let source = std::io::BufReader::new(std::fs::File::open(&table).ok()?);
        let mut reader = match encoding {
            Some(encoding) => dbase::ReaderBuilder::new().with_encoding(encoding).build(source).ok()?,
            None => dbase::Reader::new(source).ok()?,
        };
        let records = reader.read().ok()?;
        Some(
            records
                .into_iter()
                .map(|record| record.into_iter().map(|(name, value)| (name, json_of(value))).collect())
                .collect(),
        )
    };
    let named = dbase::encoding::DynEncoding::from_name(label.trim());
    let is_garbled = |rows: &Vec<Map<String, Value>>| {
        rows.iter()
            .flat_map(|row| row.values())
            .any(|value| value.as_str().is_some_and(|text| text.contains('\u{FFFD}')))
    };
    match read(named) {
        Some(rows) if !is_garbled(&rows) => rows,
        first => read(dbase::encoding::DynEncoding::from_name("GBK")).or(first).unwrap_or_default(),
    }
}

fn json_of(value: dbase::FieldValue) -> Value {
    use dbase::FieldValue;
    match value {
        FieldValue::Character(text) => text.map_or(Value::Null, |text| Value::from(text.trim())),
        FieldValue::Memo(text) => Value::from(text.trim()),
        FieldValue::Numeric(number) => number.map_or(Value::Null, Value::from),
        FieldValue::Float(number) => number.map_or(Value::Null, Value::from),
        FieldValue::Integer(number) => Value::from(number),
        FieldValue::Currency(number) | FieldValue::Double(number) => Value::from(number),
        FieldValue::Logical(is) => is.map_or(Value::Null, Value::from),
        FieldValue::Date(_) | FieldValue::DateTime(_) => Value::Null,
    }
}

fn rings_of(shape: &Shape) -> Result<RawPolygons, Refusal> {
    fn gather<P>(rings: &[PolygonRing<P>], at: impl Fn(&P) -> (f64, f64)) -> RawPolygons {
        let mut polygons: RawPolygons = Vec::new();
        let mut inner = Vec::new();
        for ring in rings {
            let places: Vec<(f64, f64)> = ring.points().iter().map(&at).collect();
            match ring {
                PolygonRing::Outer(_) => polygons.push(vec![places]),
                PolygonRing::Inner(_) => inner.push(places),
            }
        }
        for hole in inner {
            let home = polygons.iter().position(|polygon| {
                hole.first().is_some_and(|&place| polygon.first().is_some_and(|ring| is_within(place, ring)))
            });
            match home {
                Some(home) => polygons[home].push(hole),
                // A hole in nothing is an outer ring that runs the wrong way.
                None => polygons.push(vec![hole]),
            }
        }
        polygons
    }
    match shape {
        Shape::Polygon(polygon) => Ok(gather(polygon.rings(), |p| (p.x, p.y))),
        Shape::PolygonZ(polygon) => Ok(gather(polygon.rings(), |p| (p.x, p.y))),
        Shape::PolygonM(polygon) => Ok(gather(polygon.rings(), |p| (p.x, p.y))),
        Shape::NullShape => Err(Refusal::new("geometry-missing")),
        other => Err(Refusal::new("geometry-not-a-polygon").with("kind", other.shapetype().to_string())),
    }
}

/// The place of a GeoJSON point.
fn point_of(geometry: &Value) -> Option<(f64, f64)> {
    let at = geometry.get("coordinates")?;
    (geometry.get("type")?.as_str()? == "Point").then_some(())?;
    Some((at.get(0)?.as_f64()?, at.get(1)?.as_f64()?))
}

fn is_within((x, y): (f64, f64), ring: &[(f64, f64)]) -> bool {
    ring.windows(2).fold(false, |inside, pair| {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        inside ^ (((ay > y) != (by > y)) && x < (bx - ax) * (y - ay) / (by - ay) + ax)
    })
}

/// A property as text: numbers without a fraction as whole numbers, an object by its `adcode` or `code`.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_string(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e18 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::Object(object) => return object.get("adcode").or_else(|| object.get("code")).and_then(text_of),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

impl Feature {
    /// A feature of a file whose rings run as they like.
    pub fn of(
        id: String,
        properties: Map<String, Value>,
        rings: Result<RawPolygons, Refusal>,
        point: Option<(f64, f64)>,
    ) -> Feature {
        Feature { id, properties, rings, point, is_clockwise: true }
    }

    fn property(&self, names: &[String]) -> Option<&Value> {
        names.iter().find_map(|name| {
            self.properties.get(name).or_else(|| {
                let wanted = name.to_lowercase();
                self.properties.iter().find(|(key, _)| key.to_lowercase() == wanted).map(|(_, value)| value)
            })
        })
    }

    fn text(&self, names: &[String]) -> Option<String> {
        self.property(names).and_then(text_of)
    }

    /// The id by which people will find the feature in their file.
    fn label(&self, names: &PropertyNames) -> String {
        let told =
            if self.id.starts_with('#') { self.text(&names.code).or_else(|| self.text(&names.name)) } else { None };
        match told {
            Some(told) => format!("{} ({told})", self.id),
            None => self.id.clone(),
        }
    }

    fn own_id(&self) -> Option<String> {
        (!self.id.starts_with('#')).then(|| self.id.clone())
    }

    fn shape(&self, options: &ImportOptions) -> Result<(geo::MultiPolygon<f64>, Vec<Repair>), Refusal> {
        let rings = self.rings.as_ref().map_err(Clone::clone)?;
        let (shape, mut repairs) = geometry::repair(rings, options.system)?;
        if self.is_clockwise {
            repairs.retain(|repair| *repair != Repair::Winding);
        }
        Ok((shape, repairs))
    }
}

fn gather<T>(
    features: &[Feature],
    options: &ImportOptions,
    mut make: impl FnMut(&Feature) -> Result<(T, Vec<Repair>), Refusal>,
) -> Imported<T> {
    let mut imported = Imported::new();
    for feature in features {
        let made = catch_unwind(AssertUnwindSafe(|| make(feature)))
            .unwrap_or_else(|_| Err(Refusal::new("geometry-unrepairable")));
        match made {
            Ok((one, repairs)) => {
                if !repairs.is_empty() {
                    imported.repaired.push((feature.label(&options.names), repairs));
                }
                imported.found.push(one);
            }
            Err(refusal) => imported.refused.push((feature.label(&options.names), refusal)),
        }
    }
    imported
}

fn once(seen: &mut HashSet<String>, key: String, code: &str) -> Result<(), Refusal> {
    if seen.insert(key) { Ok(()) } else { Err(Refusal::new("feature-code-twice").with("code", code.to_string())) }
}

/// Makes areas of the features. The code is a property, else the feature's id, else its name. Refusals beside those of
/// [`geometry::repair`]: `feature-code-missing`, `feature-code-twice`, `area-level-missing`, `area-level-unknown`.
pub fn areas(features: &[Feature], options: &ImportOptions, mut fresh: impl FnMut() -> Id) -> Imported<Area> {
    let mut seen = HashSet::new();
    gather(features, options, |feature| {
        let name = feature.text(&options.names.name);
        let code = feature
            .text(&options.names.code)
            .or_else(|| feature.own_id())
            .or_else(|| name.clone())
            .ok_or_else(|| Refusal::new("feature-code-missing"))?;
        let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
        let by_length = match (is_number, code.len()) {
            (true, 6) => Some(Level::District),
            (true, 9) => Some(Level::Street),
            (true, 12) => Some(Level::Community),
            _ => None,
        };
        let level = match feature.text(&options.names.level).map(|text| text.parse::<Level>()) {
            Some(Ok(level)) => level,
            told => match (by_length.or(options.default_level), told) {
                (Some(level), _) => level,
                (None, Some(Err(refusal))) => return Err(refusal),
                (None, _) => return Err(Refusal::new("area-level-missing")),
            },
        };
        let by_prefix = match (by_length, level) {
            (Some(Level::Street), Level::Street) => code.get(..6).map(str::to_string),
            (Some(Level::Community), Level::Community) => code.get(..9).map(str::to_string),
            _ => None,
        };
        let parent_code = match level {
            Level::District => None,
            _ => feature.text(&options.names.parent).or(by_prefix),
        };
        let (geometry, repairs) = feature.shape(options)?;
        once(&mut seen, format!("{}/{code}", level.as_str()), &code)?;
        let name = name.unwrap_or_else(|| code.clone());
        Ok((Area { id: fresh(), level, code, name, parent_code, geometry }, repairs))
    })
}

/// Makes unit grids of the features. Refusals beside those of [`geometry::repair`] and [`CodePattern::check`]:
/// `feature-code-missing`, `feature-code-twice`.
pub fn cells(features: &[Feature], options: &ImportOptions, mut fresh: impl FnMut() -> Id) -> Imported<Cell> {
    let mut seen = HashSet::new();
    let mut labels = Vec::new();
    let mut imported = gather(features, options, |feature| {
        let written = feature.text(&options.names.code).or_else(|| feature.own_id());
        let mut name = feature.text(&options.names.name);
        let parent = feature.text(&options.names.parent);
        let code = match (&options.number_within, written) {
            (Some(_), written) => {
                name = name.or(written);
                String::new()
            }
            (None, Some(code)) => code,
            (None, None) => name.clone().ok_or_else(|| Refusal::new("feature-code-missing"))?,
        };
        let mut community_code = parent;
        if options.number_within.is_none() {
            if let Some(pattern) = &options.pattern {
                pattern.check(&code)?;
                let community = code.len() - pattern.serial_length();
                community_code = community_code.or_else(|| code.get(..community).map(str::to_string));
            }
        } else {
            community_code = community_code.or_else(|| options.number_within.clone());
        }
        let (geometry, repairs) = feature.shape(options)?;
        if options.number_within.is_none() {
            once(&mut seen, code.clone(), &code)?;
        }
        labels.push(feature.label(&options.names));
        let area_square_metres = geometry::square_metres(&geometry);
        let name = name.unwrap_or_default();
        Ok((Cell { id: fresh(), code, name, community_code, area_square_metres, geometry }, repairs))
    });
    if options.number_within.is_some() {
        let cells = std::mem::take(&mut imported.found);
        number(cells, labels, options.pattern.as_ref(), &mut imported);
    }
    imported
}

/// Gives the cells of each community their serial codes, from west to east and from north to south.
fn number(cells: Vec<Cell>, labels: Vec<String>, pattern: Option<&CodePattern>, imported: &mut Imported<Cell>) {
    let mut by_community: std::collections::BTreeMap<String, Vec<(Cell, String)>> = Default::default();
    for (cell, label) in cells.into_iter().zip(labels) {
        by_community.entry(cell.community_code.clone().unwrap_or_default()).or_default().push((cell, label));
    }
    for (community, members) in by_community {
        let around = |cell: &Cell| cell.geometry.bounding_rect();
        let mut heights: Vec<f64> = members.iter().filter_map(|(cell, _)| around(cell)).map(|r| r.height()).collect();
        heights.sort_by(f64::total_cmp);
        let band = heights.get(heights.len() / 2).copied().unwrap_or(0.0);
        let places: Vec<(f64, f64)> =
            members.iter().map(|(cell, _)| around(cell).map_or((0.0, 0.0), |r| (r.center().x, r.center().y))).collect();
        let mut members: Vec<Option<(Cell, String)>> = members.into_iter().map(Some).collect();
        for (before, index) in serial_order(&places, band).into_iter().enumerate() {
            let Some((mut cell, label)) = members[index].take() else { continue };
            let composed = match pattern {
                Some(pattern) => pattern.compose(&community, before + 1),
                None => Err(Refusal::new("grid-code-pattern-missing")),
            };
            match composed {
                Ok(code) => {
                    cell.code = code;
                    imported.found.push(cell);
                }
                Err(refusal) => imported.refused.push((label, refusal)),
            }
        }
    }
}

/// Makes components of the features, each in the unit grid of `ground` in which it stands. `region` is the code that every
/// identification code begins with. Refusals: `feature-code-missing`, `feature-code-twice`, `component-not-a-point`, those
/// of [`component`], of points that are nowhere, and of places outside the city.
pub fn components(
    features: &[Feature],
    options: &ImportOptions,
    ground: &Grid,
    region: &str,
    mut fresh: impl FnMut() -> Id,
) -> Imported<Component> {
    let mut seen = HashSet::new();
    gather(features, options, |feature| {
        let code = feature.text(&options.names.code).or_else(|| feature.own_id());
        let code = code.ok_or_else(|| Refusal::new("feature-code-missing"))?;
        let sub_class = component::sub_class(&code, region)?;
        let (lon, lat) = feature.point.ok_or_else(|| Refusal::new("component-not-a-point").with("code", &code))?;
        let point = options.system.inward(Point::new(lon, lat)?);
        let cell = match ground.accept(point) {
            Ok((cell, _)) => cell.map(|cell| cell.code.to_owned()).unwrap_or_default(),
            Err(refusal) if refusal.key == "city-without-ground" => String::new(),
            Err(refusal) => return Err(refusal),
        };
        let text = |names: &[String]| feature.text(names).unwrap_or_default();
        let state = component::State::read(&text(&options.names.state))?;
        let installed_on = component::installed_on(&text(&options.names.installed))?;
        once(&mut seen, code.clone(), &code)?;
        let name = feature.text(&options.names.name).unwrap_or_else(|| code.clone());
        let owner = text(&options.names.owner);
        let (lon, lat) = (point.lon, point.lat);
        Ok((Component { id: fresh(), code, sub_class, name, owner, lon, lat, cell, state, installed_on }, Vec::new()))
    })
}

/// A responsibility grid out of a file: the keeper and the team are still words that somebody must find accounts for.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsibilityDraft {
    /// The code that all its versions share.
    pub code: String,
    /// The name people know.
    pub name: String,
    /// The keeper as the file names him.
    pub keeper: Option<String>,
    /// The team as the file names it.
    pub team: Option<String>,
    /// The codes of its unit grids, sorted, each once; all of them exist.
    pub unit_codes: Vec<String>,
}

/// Makes responsibility grids of the features: the unit grids that they list, or, when they list none, those that lie
/// inside their polygon. Refusals: `feature-code-missing`, `feature-code-twice`, `responsibility-grid-empty`,
/// `responsibility-grid-unit-unknown`, and those of [`geometry::repair`].
pub fn responsibility_grids(
    features: &[Feature],
    options: &ImportOptions,
    grid: &Grid,
) -> Imported<ResponsibilityDraft> {
    let mut seen = HashSet::new();
    gather(features, options, |feature| {
        let name = feature.text(&options.names.name);
        let code = feature
            .text(&options.names.code)
            .or_else(|| feature.own_id())
            .or_else(|| name.clone())
            .ok_or_else(|| Refusal::new("feature-code-missing"))?;
        let (unit_codes, repairs) = match feature.property(&options.names.units) {
            Some(Value::Array(units)) => (units.iter().filter_map(text_of).collect(), Vec::new()),
            Some(Value::String(units)) => {
                let is_gap = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、' | '，' | '；');
                (units.split(is_gap).map(str::to_string).collect(), Vec::new())
            }
            _ => {
                let (geometry, repairs) = feature.shape(options)?;
                let inside = crate::grid::raster::Raster::new(&[&geometry]);
                let holds =
                    |cell: &Cell| place_inside(&cell.geometry).is_some_and(|p| inside.contains(0, p.lon, p.lat));
                (grid.cells().iter().filter(|cell| holds(cell)).map(|cell| cell.code.clone()).collect(), repairs)
            }
        };
        let unit_codes = sorted_once(unit_codes);
        if unit_codes.is_empty() {
            return Err(Refusal::new("responsibility-grid-empty").with("code", code));
        }
        if let Some(unknown) = unit_codes.iter().find(|unit| grid.cell(unit).is_none()) {
            return Err(Refusal::new("responsibility-grid-unit-unknown")
                .with("code", code)
                .with("unit", unknown.clone()));
        }
        once(&mut seen, code.clone(), &code)?;
        let draft = ResponsibilityDraft {
            name: name.unwrap_or_else(|| code.clone()),
            code,
            keeper: feature.text(&options.names.keeper),
            team: feature.text(&options.names.team),
            unit_codes,
        };
        Ok((draft, repairs))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn counter() -> impl FnMut() -> Id {
        let mut next = 0;
        move || {
            next += 1;
            next
        }
    }

    fn square(west: f64, south: f64) -> Value {
        let (east, north) = (west + 0.001, south + 0.001);
        json!({"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]})
    }

    fn file(features: Value) -> Vec<Feature> {
        read_geojson(json!({"type": "FeatureCollection", "features": features}).to_string().as_bytes()).unwrap()
    }

    fn pattern() -> Option<CodePattern> {
        Some(CodePattern::new("6+3+3+3").unwrap().within("440304"))
    }

    #[test]
    fn one_bad_feature_never_loses_the_good_ones() {
        let features = file(json!([
            {"properties": {"code": "440304001002001"}, "geometry": square(114.0, 22.5)},
            {"properties": {"code": "440304001002001"}, "geometry": square(114.1, 22.5)},
            {"properties": {"code": "44030400100200"}, "geometry": square(114.2, 22.5)},
            {"id": 7, "properties": null, "geometry": null},
            {"properties": {"CODE": "440304001002002", "名称": "东"}, "geometry": {"type": "Polygon",
                "coordinates": [[[114.0, 22.5], [114.001, 22.501], [114.001, 22.5], [114.0, 22.501], [114.0, 22.5]]]}},
            17
        ]));
        let imported = cells(&features, &ImportOptions { pattern: pattern(), ..Default::default() }, counter());
        assert_eq!(imported.found.len(), 2);
        assert_eq!(imported.found[1].name, "东");
        assert_eq!(imported.found[0].community_code.as_deref(), Some("440304001002"));
        assert!((imported.found[0].area_square_metres - 11_397.0).abs() < 30.0, "{:?}", imported.found[0]);
        assert_eq!(imported.repaired.len(), 1);
        let refused: Vec<(&str, &str)> =
            imported.refused.iter().map(|(id, refusal)| (id.as_str(), refusal.key)).collect();
        assert_eq!(
            refused,
            [
                ("#2 (440304001002001)", "feature-code-twice"),
                ("#3 (44030400100200)", "grid-code-length"),
                ("7", "grid-code-length"),
                ("#6", "feature-code-missing"),
            ]
        );
    }

    #[test]
    fn areas_tell_their_level_and_parent() {
        let features = file(json!([
            {"id": "440304", "properties": {"name": "福田区"}, "geometry": square(114.0, 22.5)},
            {"properties": {"adcode": 440304001, "name": "园岭街道"}, "geometry": square(114.0, 22.5)},
            {"properties": {"code": "X", "level": "社区", "parent": {"adcode": 440304001}}, "geometry": square(114.0, 22.5)},
            {"properties": {"name": "nowhere"}, "geometry": square(114.0, 22.5)},
        ]));
        let imported = areas(&features, &ImportOptions::default(), counter());
        let read: Vec<(Level, &str, Option<&str>)> =
            imported.found.iter().map(|area| (area.level, area.code.as_str(), area.parent_code.as_deref())).collect();
        assert_eq!(
            read,
            [
                (Level::District, "440304", None),
                (Level::Street, "440304001", Some("440304")),
                (Level::Community, "X", Some("440304001"))
            ]
        );
        assert_eq!(imported.refused[0].1.key, "area-level-missing");
    }

    #[test]
    fn codes_can_be_given_anew() {
        let features = file(json!([
            {"properties": {"block_id": 1}, "geometry": square(114.002, 22.5)},
            {"properties": {"block_id": 2}, "geometry": square(114.0, 22.5)},
            {"properties": {"block_id": 3}, "geometry": square(114.0, 22.502)},
        ]));
        let options =
            ImportOptions { pattern: pattern(), number_within: Some("440304001002".into()), ..Default::default() };
        let imported = cells(&features, &options, counter());
        let codes: Vec<(&str, &str)> =
            imported.found.iter().map(|cell| (cell.name.as_str(), cell.code.as_str())).collect();
        assert_eq!(codes, [("3", "440304001002001"), ("2", "440304001002002"), ("1", "440304001002003")]);
    }

    #[test]
    fn responsibility_grids_list_or_enclose_their_units() {
        let units = cells(
            &file(json!([
                {"properties": {"code": "a"}, "geometry": square(114.0, 22.5)},
                {"properties": {"code": "b"}, "geometry": square(114.01, 22.5)},
            ])),
            &ImportOptions::default(),
            counter(),
        );
        let grid = Grid::new(vec![], units.found);
        let features = file(json!([
            {"properties": {"code": "R1", "unit_codes": ["b", "a", "b"], "keeper": "k01", "team": "一中队"}},
            {"properties": {"code": "R2"}, "geometry": square(114.0, 22.5)},
            {"properties": {"code": "R3", "unit_codes": "a、z"}},
            {"properties": {"code": "R4", "unit_codes": ""}},
            {"properties": {"code": "R5"}, "geometry": square(115.0, 22.5)},
        ]));
        let imported = responsibility_grids(&features, &ImportOptions::default(), &grid);
        assert_eq!(imported.found.len(), 2);
        assert_eq!(imported.found[0].unit_codes, ["a", "b"]);
        assert_eq!(imported.found[1].unit_codes, ["a"]);
        let keys: Vec<&str> = imported.refused.iter().map(|(_, refusal)| refusal.key).collect();
        assert_eq!(
            keys,
            ["responsibility-grid-unit-unknown", "responsibility-grid-empty", "responsibility-grid-empty"]
        );
    }

    #[test]
    fn a_shapefile_is_read_with_its_attributes() {
        use shapefile::dbase::{FieldName, TableWriterBuilder};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.shp");
        let name = |name: &str| FieldName::try_from(name).unwrap();
        let table =
            TableWriterBuilder::new().add_character_field(name("CODE"), 20).add_character_field(name("NAME"), 20);
        let mut writer = shapefile::Writer::from_path(&path, table).unwrap();
        let place = |x: f64, y: f64| shapefile::Point::new(114.0 + x, 22.5 + y);
        for (code, reversed) in [("c1", false), ("c2", true)] {
            let mut outer =
                vec![place(0.0, 0.0), place(0.0, 0.01), place(0.01, 0.01), place(0.01, 0.0), place(0.0, 0.0)];
            let hole = vec![
                place(0.004, 0.004),
                place(0.006, 0.004),
                place(0.006, 0.006),
                place(0.004, 0.006),
                place(0.004, 0.004),
            ];
            if reversed {
                outer.reverse();
            }
            let polygon = shapefile::Polygon::with_rings(vec![PolygonRing::Outer(outer), PolygonRing::Inner(hole)]);
            let mut record = shapefile::dbase::Record::default();
            record.insert("CODE".into(), shapefile::dbase::FieldValue::Character(Some(code.into())));
            record.insert("NAME".into(), shapefile::dbase::FieldValue::Character(Some("东门".into())));
            writer.write_shape_and_record(&polygon, &record).unwrap();
        }
        drop(writer);
        let imported = cells(&read_file(&path).unwrap(), &ImportOptions::default(), counter());
        assert_eq!(imported.found.len(), 2, "{:?}", imported.refused);
        assert_eq!((imported.found[0].code.as_str(), imported.found[0].name.as_str()), ("c1", "东门"));
        assert_eq!(imported.found[0].geometry.0[0].interiors().len(), 1);
        assert!(imported.repaired.is_empty());
        let broken = folder.path().join("broken.shp");
        std::fs::write(&broken, b"no shapefile at all, not even a long one").unwrap();
        assert_eq!(read_file(&broken).expect_err("broken").key, "file-not-shapefile");
        assert_eq!(read_file(Path::new("/nowhere/x.geojson")).expect_err("missing").key, "file-unreadable");
        assert_eq!(read_file(Path::new("/nowhere/x.txt")).expect_err("other").key, "file-kind-unknown");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reading(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_geojson(&bytes);
        }
    }
}
