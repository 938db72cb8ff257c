//! The coordinate systems that arrive at the door, and the one that is kept inside.
//!
//! Inside, every position is WGS-84 longitude and latitude in degrees. CGCS2000 differs from it by centimetres, less
//! than any telephone can see, and is taken over as it is. GCJ-02 and BD-09 are the shifted systems of Chinese web
//! maps; their published forward formulas are inverted by iteration, to better than 10⁻⁹ degree (0.1 mm).

use std::f64::consts::PI;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kit::error::Refusal;

/// A position in degrees: longitude east, latitude north.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees east, −180 to 180.
    pub lon: f64,
    /// Degrees north, −90 to 90.
    pub lat: f64,
}

impl Point {
    /// A position that exists on Earth; refuses what is no number or out of range with `coordinates-out-of-range`.
    pub fn new(lon: f64, lat: f64) -> Result<Point, Refusal> {
        if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) {
            Ok(Point { lon, lat })
        } else {
            Err(Refusal::new("coordinates-out-of-range").with("lon", lon.to_string()).with("lat", lat.to_string()))
        }
    }

    /// Reads two decimal numbers as a person or a file wrote them.
    pub fn parse(lon: &str, lat: &str) -> Result<Point, Refusal> {
        let number = |text: &str| {
            text.trim()
                .parse::<f64>()
                .map_err(|_| Refusal::new("coordinates-not-a-number").with("text", text.trim().to_string()))
        };
        Point::new(number(lon)?, number(lat)?)
    }

    fn plus(self, (lon, lat): (f64, f64)) -> Point {
        Point { lon: self.lon + lon, lat: self.lat + lat }
    }
}

/// The system in which a position was handed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoordinateSystem {
    /// WGS-84: satellites, telephones, most of the world.
    #[default]
    Wgs84,
    /// GCJ-02: Chinese web maps.
    Gcj02,
    /// BD-09: Baidu's maps, GCJ-02 shifted once more.
    Bd09,
    /// CGCS2000: the national geodetic system of official data.
    Cgcs2000,
}

impl CoordinateSystem {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [CoordinateSystem; 4] =
        [CoordinateSystem::Wgs84, CoordinateSystem::Gcj02, CoordinateSystem::Bd09, CoordinateSystem::Cgcs2000];

    /// The name kept in the database and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            CoordinateSystem::Wgs84 => "wgs84",
            CoordinateSystem::Gcj02 => "gcj02",
            CoordinateSystem::Bd09 => "bd09",
            CoordinateSystem::Cgcs2000 => "cgcs2000",
        }
    }

    /// From this system to the one inside (WGS-84).
    pub fn inward(self, point: Point) -> Point {
        match self {
            CoordinateSystem::Wgs84 | CoordinateSystem::Cgcs2000 => point,
            CoordinateSystem::Gcj02 => gcj02_to_wgs84(point),
            CoordinateSystem::Bd09 => gcj02_to_wgs84(bd09_to_gcj02(point)),
        }
    }

    /// From the system inside (WGS-84) to this one.
    pub fn outward(self, point: Point) -> Point {
        match self {
            CoordinateSystem::Wgs84 | CoordinateSystem::Cgcs2000 => point,
            CoordinateSystem::Gcj02 => wgs84_to_gcj02(point),
            CoordinateSystem::Bd09 => gcj02_to_bd09(wgs84_to_gcj02(point)),
        }
    }
}

impl std::fmt::Display for CoordinateSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CoordinateSystem {
    type Err = Refusal;

    /// Accepts `gcj02`, `GCJ-02`, `EPSG:4326`, `EPSG:4490` and the like.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        match plain.as_str() {
            "wgs84" | "epsg4326" => Ok(CoordinateSystem::Wgs84),
            "gcj02" => Ok(CoordinateSystem::Gcj02),
            "bd09" | "bd09ll" => Ok(CoordinateSystem::Bd09),
            "cgcs2000" | "epsg4490" => Ok(CoordinateSystem::Cgcs2000),
            _ => Err(Refusal::new("coordinate-system-unknown").with("system", text.to_string())),
        }
    }
}

/// A position inside, with the position and the system from which it came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// The position inside, WGS-84.
    pub point: Point,
    /// The position as handed in.
    pub source: Point,
    /// The system of `source`.
    pub system: CoordinateSystem,
}

impl Placed {
    /// Takes a position in at the door.
    pub fn at(source: Point, system: CoordinateSystem) -> Placed {
        Placed { point: system.inward(source), source, system }
    }
}

/// Krasovsky 1940: semi-major axis in metres and squared eccentricity, as the GCJ-02 formulas have them.
const SEMI_MAJOR: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
/// Degrees to radians as the BD-09 formulas have it.
const BD09_PI: f64 = PI * 3000.0 / 180.0;
/// When an iteration may stop, in degrees.
const CLOSE_ENOUGH: f64 = 1e-12;

/// The rectangle within which GCJ-02 shifts; elsewhere it is WGS-84.
fn is_shifted(point: Point) -> bool {
    (72.004..=137.8347).contains(&point.lon) && (0.8293..=55.8271).contains(&point.lat)
}

/// The GCJ-02 shift at a WGS-84 position, in degrees, without looking at the rectangle.
fn gcj02_shift(point: Point) -> (f64, f64) {
    let (x, y) = (point.lon - 105.0, point.lat - 35.0);
    let shared = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + shared
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + shared
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let latitude = point.lat.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * latitude.sin().powi(2);
    let lat = north * 180.0 / (SEMI_MAJOR * (1.0 - ECCENTRICITY_SQUARED) / (magic * magic.sqrt()) * PI);
    let lon = east * 180.0 / (SEMI_MAJOR / magic.sqrt() * latitude.cos() * PI);
    (lon, lat)
}

fn wgs84_to_gcj02(point: Point) -> Point {
    if is_shifted(point) { point.plus(gcj02_shift(point)) } else { point }
}

fn gcj02_to_wgs84(point: Point) -> Point {
    let found = invert(point, |guess| guess.plus(gcj02_shift(guess)));
    if is_shifted(found) { found } else { point }
}

fn gcj02_to_bd09(point: Point) -> Point {
    let Point { lon: x, lat: y } = point;
    let radius = x.hypot(y) + 0.000_02 * (y * BD09_PI).sin();
    let angle = y.atan2(x) + 0.000_003 * (x * BD09_PI).cos();
    Point { lon: radius * angle.cos() + 0.0065, lat: radius * angle.sin() + 0.006 }
}

fn bd09_to_gcj02(point: Point) -> Point {
    invert(point, gcj02_to_bd09)
}

/// The position whose image under `forward` is `image`; the shifts change so slowly that this converges in a few steps.
fn invert(image: Point, forward: impl Fn(Point) -> Point) -> Point {
    let mut guess = image;
    for _ in 0..40 {
        let reached = forward(guess);
        let step = (image.lon - reached.lon, image.lat - reached.lat);
        guess = guess.plus(step);
        if step.0.abs() < CLOSE_ENOUGH && step.1.abs() < CLOSE_ENOUGH {
            break;
        }
    }
    guess
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: Point, b: Point, tolerance: f64) -> bool {
        (a.lon - b.lon).abs() <= tolerance && (a.lat - b.lat).abs() <= tolerance
    }

    #[test]
    fn known_places_shift_as_published() {
        let wgs84 = Point { lon: 116.404, lat: 39.915 };
        let gcj02 = CoordinateSystem::Gcj02.outward(wgs84);
        assert!(close(gcj02, Point { lon: 116.410_244_499_169_38, lat: 39.916_404_281_501_64 }, 1e-9), "{gcj02:?}");
        let bd09 = gcj02_to_bd09(wgs84);
        assert!(close(bd09, Point { lon: 116.410_369_496_613_81, lat: 39.921_336_993_510_21 }, 1e-6), "{bd09:?}");
    }

    #[test]
    fn abroad_nothing_shifts() {
        for point in [Point { lon: -118.25, lat: 34.05 }, Point { lon: 6.96, lat: 50.94 }] {
            assert_eq!(CoordinateSystem::Gcj02.inward(point), point);
            assert_eq!(CoordinateSystem::Gcj02.outward(point), point);
        }
    }

    #[test]
    fn names_are_read_in_every_spelling() {
        for (text, system) in [
            ("GCJ-02", CoordinateSystem::Gcj02),
            ("gcj02", CoordinateSystem::Gcj02),
            ("WGS 84", CoordinateSystem::Wgs84),
            ("bd09", CoordinateSystem::Bd09),
            ("EPSG:4490", CoordinateSystem::Cgcs2000),
        ] {
            assert_eq!(text.parse::<CoordinateSystem>().ok(), Some(system), "{text}");
        }
        assert!("utm50".parse::<CoordinateSystem>().is_err());
        for system in CoordinateSystem::ALL {
            assert_eq!(serde_json::to_string(&system).unwrap(), format!("\"{system}\""));
            assert_eq!(system.as_str().parse::<CoordinateSystem>().ok(), Some(system));
        }
    }

    #[test]
    fn impossible_positions_are_refused() {
        for (lon, lat) in [("181", "0"), ("0", "-90.5"), ("NaN", "1"), ("", "1"), ("abc", "1"), ("1", "inf")] {
            assert!(Point::parse(lon, lat).is_err(), "{lon},{lat}");
        }
        assert!(Point::parse(" 114.05 ", "22.5").is_ok());
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(lon in 73.5..134.9f64, lat in 18.0..53.6f64, which in 0usize..4) {
            let point = Point { lon, lat };
            let system = CoordinateSystem::ALL[which];
            let back = system.inward(system.outward(point));
            prop_assert!(close(back, point, 1e-9), "{point:?} {back:?}");
        }

        #[test]
        fn a_shift_is_some_hundred_metres(lon in 73.5..134.9f64, lat in 18.0..53.6f64) {
            let point = Point { lon, lat };
            prop_assert!(close(CoordinateSystem::Gcj02.outward(point), point, 0.02));
        }
    }
}
