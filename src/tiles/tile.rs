//! Where a piece of the map lies: the squares of web-mercator (EPSG:3857) as every map of the web cuts it, and places in them.
//!
//! Longitude and latitude are WGS-84 degrees. The world is a square with its north-western corner at 0, 0; a place is kept as two
//! whole numbers of 32 bits, which is less than a centimetre. The two interleaved bit by bit (Morton's order) sort places so that
//! every square of every zoom is one unbroken stretch of them.

/// The nearest zoom that is answered.
pub const NEAREST: u8 = 22;
/// Into how many steps a tile is divided, each way.
pub const EXTENT: i32 = 4096;
/// How far shapes are drawn beyond a tile's edge, in those steps, so that no edge is seen in their borders.
pub const BUFFER: i32 = 64;
/// Beyond this latitude there is no map.
pub const NORTHERNMOST: f64 = 85.051_128_779_806_59;
/// As many steps as the world has each way.
const WORLD: f64 = 4_294_967_296.0;

/// A tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// The zoom, 0 (the world) to 22.
    pub z: u8,
    /// From the west, 0 to 2^z − 1.
    pub x: u32,
    /// From the north, 0 to 2^z − 1.
    pub y: u32,
}

impl Tile {
    /// The tile of these numbers; none when the map has no such tile.
    pub fn new(z: u8, x: u32, y: u32) -> Option<Tile> {
        let across = 1_u32.checked_shl(z.into())?;
        (z <= NEAREST && x < across && y < across).then_some(Tile { z, x, y })
    }

    /// The tile as an address says it.
    pub fn parse(z: &str, x: &str, y: &str) -> Option<Tile> {
        let is_number =
            |text: &str| !text.is_empty() && text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        if ![z, x, y].into_iter().all(is_number) {
            return None;
        }
        Tile::new(z.parse().ok()?, x.parse().ok()?, y.parse().ok()?)
    }

    /// The tile of a zoom in which a place lies.
    pub fn of(z: u8, place: Spot) -> Tile {
        let z = z.min(NEAREST);
        let cut = |number: u32| if z == 0 { 0 } else { number >> (32 - u32::from(z)) };
        Tile { z, x: cut(place.x), y: cut(place.y) }
    }

    /// West, south, east, north, in degrees.
    pub fn bounds(self) -> [f64; 4] {
        let across = f64::from(1_u32 << self.z);
        let lon = |x: u32| f64::from(x) / across * 360.0 - 180.0;
        let lat = |y: u32| latitude(f64::from(y) / across);
        [lon(self.x), lat(self.y + 1), lon(self.x + 1), lat(self.y)]
    }

    /// The first and the last number in Morton's order of the places in it.
    pub fn stretch(self) -> (u64, u64) {
        let below = 2 * (32 - u32::from(self.z));
        let first = if below == 64 { 0 } else { interleaved(self.x, self.y) << below };
        let rest = if below == 64 { u64::MAX } else { (1_u64 << below) - 1 };
        (first, first | rest)
    }

    /// A place of the world (0 to 1 each way) in steps of this tile; outside of it the steps go on.
    pub fn steps(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let across = f64::from(1_u32 << self.z);
        let step = |at: f64, tile: u32| (at * across - f64::from(tile)) * f64::from(EXTENT);
        [step(x, self.x), step(y, self.y)]
    }

    /// Whether a rectangle of the world (west, north, east, south; 0 to 1) touches the tile or what is drawn beyond its edge.
    pub fn touches(self, [west, north, east, south]: [f64; 4]) -> bool {
        let ([left, top], [right, bottom]) = (self.steps([west, north]), self.steps([east, south]));
        let (low, high) = (f64::from(-BUFFER), f64::from(EXTENT + BUFFER));
        right >= low && left <= high && bottom >= low && top <= high
    }
}

/// A place in the world's square, in 2⁻³² of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spot {
    /// From the west.
    pub x: u32,
    /// From the north.
    pub y: u32,
}

impl Spot {
    /// The spot of a longitude and a latitude; none for what is no place on the map. 180° east is 180° west.
    pub fn of(lon: f64, lat: f64) -> Option<Spot> {
        let [x, y] = world(lon, lat)?;
        Some(Spot { x: whole(x), y: whole(y) })
    }

    /// Its number in Morton's order.
    pub fn number(self) -> u64 {
        interleaved(self.x, self.y)
    }

    /// Longitude and latitude in degrees, of the middle of the step.
    pub fn degrees(self) -> (f64, f64) {
        let at = |number: u32| (f64::from(number) + 0.5) / WORLD;
        (at(self.x) * 360.0 - 180.0, latitude(at(self.y)))
    }

    /// The world's square from 0 to 1.
    pub fn world(self) -> [f64; 2] {
        [f64::from(self.x) / WORLD, f64::from(self.y) / WORLD]
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number from 0 to 1 fills 32 bits; casts saturate"
)]
fn whole(at: f64) -> u32 {
    (at * WORLD) as u32
}

/// A longitude and a latitude in the world's square, 0 to 1 from the north-western corner; none for what is no place on the map.
pub fn world(lon: f64, lat: f64) -> Option<[f64; 2]> {
    if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
        return None;
    }
    let lat = lat.clamp(-NORTHERNMOST, NORTHERNMOST).to_radians();
    let x = if lon >= 180.0 { 0.0 } else { (lon + 180.0) / 360.0 };
    let y = (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0;
    Some([x, y.clamp(0.0, 1.0)])
}

/// The latitude of a height in the world's square.
fn latitude(y: f64) -> f64 {
    (std::f64::consts::PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees()
}

/// Two numbers bit by bit: the first one's bits at even places.
fn interleaved(x: u32, y: u32) -> u64 {
    spread(x) | (spread(y) << 1)
}

fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    bits = (bits | (bits << 16)) & 0x0000_ffff_0000_ffff;
    bits = (bits | (bits << 8)) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | (bits << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | (bits << 2)) & 0x3333_3333_3333_3333;
    (bits | (bits << 1)) & 0x5555_5555_5555_5555
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_tiles_have_their_bounds() {
        // (tile, west, south, east, north): https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames
        for (z, x, y, [west, south, east, north]) in [
            (0, 0, 0, [-180.0, -NORTHERNMOST, 180.0, NORTHERNMOST]),
            (1, 1, 0, [0.0, 0.0, 180.0, NORTHERNMOST]),
            (2, 3, 1, [90.0, 0.0, 180.0, 66.513_260_443_111_85]),
        ] {
            let bounds = Tile::new(z, x, y).unwrap().bounds();
            for (found, wanted) in bounds.iter().zip([west, south, east, north]) {
                assert!((found - wanted).abs() < 1e-9, "{z}/{x}/{y}: {found} {wanted}");
            }
        }
        // Beijing in OpenStreetMap's numbers.
        assert_eq!(Tile::of(12, Spot::of(116.3913, 39.9075).unwrap()), Tile { z: 12, x: 3372, y: 1552 });
    }

    #[test]
    fn what_is_no_tile_or_place_is_refused() {
        for (z, x, y) in [(0, 1, 0), (0, 0, 1), (3, 8, 0), (22, 4_194_304, 0), (23, 0, 0), (40, 0, 0), (255, 0, 0)] {
            assert_eq!(Tile::new(z, x, y), None, "{z}/{x}/{y}");
        }
        for (z, x, y) in
            [("", "0", "0"), ("-1", "0", "0"), ("1", "+1", "0"), ("1", "1.0", "0"), ("1", "0", "99999999999")]
        {
            assert_eq!(Tile::parse(z, x, y), None, "{z}/{x}/{y}");
        }
        assert!(Tile::new(22, 4_194_303, 4_194_303).is_some() && Tile::parse("3", "7", "7").is_some());
        for (lon, lat) in [(f64::NAN, 0.0), (0.0, f64::INFINITY), (180.1, 0.0), (0.0, 90.1)] {
            assert_eq!(Spot::of(lon, lat), None);
        }
    }

    #[test]
    fn the_antimeridian_belongs_to_the_west_and_the_poles_to_the_edge() {
        assert_eq!(Spot::of(180.0, 0.0), Spot::of(-180.0, 0.0));
        assert_eq!(Tile::of(22, Spot::of(-180.0, 90.0).unwrap()), Tile { z: 22, x: 0, y: 0 });
        assert_eq!(Tile::of(22, Spot::of(179.999_999_9, -90.0).unwrap()), Tile { z: 22, x: 4_194_303, y: 4_194_303 });
    }

    proptest! {
        #[test]
        fn a_place_lies_in_its_tile_of_every_zoom(lon in -180.0..180.0_f64, lat in -85.0..85.0_f64, z in 0_u8..=22) {
            let spot = Spot::of(lon, lat).unwrap();
            let tile = Tile::of(z, spot);
            let [west, south, east, north] = tile.bounds();
            prop_assert!(west <= lon + 1e-7 && lon <= east + 1e-7 && south <= lat + 1e-7 && lat <= north + 1e-7);
            let (first, last) = tile.stretch();
            prop_assert!((first..=last).contains(&spot.number()));
            let (back, up) = spot.degrees();
            prop_assert!((back - lon).abs() < 1e-6 && (up - lat).abs() < 1e-6);
            let [right, down] = tile.steps(spot.world());
            prop_assert!((-0.001..4096.001).contains(&right) && (-0.001..4096.001).contains(&down));
        }

        #[test]
        fn the_stretches_of_a_zoom_do_not_overlap(z in 1_u8..=22, x in 0_u32..4_194_304, y in 0_u32..4_194_304) {
            let across = 1_u32 << z;
            let tile = Tile::new(z, x % across, y % across).unwrap();
            let (first, last) = tile.stretch();
            let parent = Tile::new(z - 1, tile.x / 2, tile.y / 2).unwrap().stretch();
            prop_assert!(parent.0 <= first && last <= parent.1);
            prop_assert_eq!(u128::from(last - first) + 1, 1_u128 << (2 * (32 - u32::from(z))));
        }
    }
}
