//! Where the points that share a name lie: their thickest heaps. Metres on a plane that touches the Earth at the middle of
//! the city, as a city is small.

/// A plane on which a city is measured in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    lon: f64,
    lat: f64,
    east: f64,
    north: f64,
}

/// Metres to the east and to the north of the middle.
pub type Metres = (f32, f32);

impl Plane {
    /// The plane at a position in degrees.
    pub fn at(lon: f64, lat: f64) -> Plane {
        // Metres of a degree at a latitude (series of the WGS-84 ellipsoid).
        let angle = lat.to_radians();
        let north = 111_132.954 - 559.822 * (2.0 * angle).cos() + 1.175 * (4.0 * angle).cos();
        let east = 111_412.84 * angle.cos() - 93.5 * (3.0 * angle).cos() + 0.118 * (5.0 * angle).cos();
        Plane { lon, lat, east: east.max(1.0), north }
    }

    /// From degrees to metres.
    pub fn inward(&self, lon: f64, lat: f64) -> Metres {
        (((lon - self.lon) * self.east) as f32, ((lat - self.lat) * self.north) as f32)
    }

    /// From metres to degrees.
    pub fn outward(&self, (x, y): Metres) -> (f64, f64) {
        (self.lon + f64::from(x) / self.east, self.lat + f64::from(y) / self.north)
    }
}

/// Metres between two points.
pub fn distance(a: Metres, b: Metres) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// A heap of points that lie together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Its middle.
    pub at: Metres,
    /// The median distance of its points from the middle, in metres.
    pub spread: f32,
    /// Which share of all points that bear the name lie in it, 0 to 1.
    pub share: f32,
    /// How many points lie in it.
    pub count: u32,
}

/// How far points of one heap lie from its thickest point, in metres.
const REACH: f32 = 300.0;
/// More points than these are not looked at one by one.
const MOST: usize = 120;

/// The thickest heaps of points, at most so many, thickest first.
pub fn heaps(points: &[Metres], most: usize) -> Vec<Spot> {
    let total = points.len();
    let step = total.div_ceil(MOST).max(1);
    let mut left: Vec<Metres> = points.iter().copied().step_by(step).collect();
    let sampled = left.len();
    let mut found = Vec::new();
    while !left.is_empty() && found.len() < most {
        let near = |middle: Metres| left.iter().filter(|point| distance(middle, **point) <= REACH).count();
        let Some(middle) = left.iter().copied().max_by_key(|point| near(*point)) else { break };
        let (inside, outside): (Vec<Metres>, Vec<Metres>) =
            left.iter().partition(|point| distance(middle, **point) <= REACH);
        let at = middle_of(&inside);
        let share = inside.len() as f32 / sampled as f32;
        let count = (share * total as f32).round().max(1.0) as u32;
        found.push(Spot { at, spread: median_distance(&inside, at), share, count });
        left = outside;
    }
    found
}

/// The middle of points: each coordinate's median, so that one that lies apart does not move it.
pub fn middle_of(points: &[Metres]) -> Metres {
    let mut east: Vec<f32> = points.iter().map(|point| point.0).collect();
    let mut north: Vec<f32> = points.iter().map(|point| point.1).collect();
    (median(&mut east), median(&mut north))
}

/// The median distance of points from a place, in metres.
pub fn median_distance(points: &[Metres], at: Metres) -> f32 {
    let mut distances: Vec<f32> = points.iter().map(|point| distance(at, *point)).collect();
    median(&mut distances)
}

/// The middle one of numbers, of an even count the mean of the middle two; 0 without any.
pub fn median(values: &mut [f32]) -> f32 {
    values.sort_by(f32::total_cmp);
    let half = values.len() / 2;
    match (values.len() % 2, values.get(half), half.checked_sub(1).and_then(|before| values.get(before))) {
        (1, Some(middle), _) => *middle,
        (_, Some(above), Some(below)) => f32::midpoint(*above, *below),
        _ => 0.0,
    }
}
