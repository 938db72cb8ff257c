//! A shape as GeoPackages keep it: a header, then well-known binary (OGC 06-103r4), two dimensions of up to four.

use crate::grid::geometry::RawPolygons;
use crate::kit::error::Refusal;

/// A place.
type At = (f64, f64);

/// Bytes read from the front.
struct Bytes<'a> {
    rest: &'a [u8],
    is_little: bool,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn whole(&mut self) -> Option<u32> {
        let bytes: [u8; 4] = self.take(4)?.try_into().ok()?;
        Some(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn number(&mut self) -> Option<f64> {
        let bytes: [u8; 8] = self.take(8)?.try_into().ok()?;
        Some(if self.is_little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    /// A count of things of at least so many bytes each: never more than there is left.
    fn count(&mut self, least: usize) -> Option<usize> {
        let count = usize::try_from(self.whole()?).ok()?;
        (count.checked_mul(least)? <= self.rest.len()).then_some(count)
    }

    fn place(&mut self, dimensions: usize) -> Option<At> {
        let at = (self.number()?, self.number()?);
        self.take((dimensions - 2) * 8)?;
        Some(at)
    }

    fn polygon(&mut self, dimensions: usize) -> Option<Vec<Vec<At>>> {
        let mut rings = Vec::new();
        for _ in 0..self.count(4)? {
            let count = self.count(dimensions * 8)?;
            let ring: Option<Vec<At>> = (0..count).map(|_| self.place(dimensions)).collect();
            rings.push(ring?);
        }
        Some(rings)
    }

    /// The order of bytes, the kind of shape and its dimensions.
    fn kind(&mut self) -> Option<(u32, usize)> {
        self.is_little = *self.take(1)?.first()? == 1;
        let told = self.whole()?;
        // The extended form has flags in the highest bits, ISO has thousands.
        let (is_high, is_measured) = (told & 0x8000_0000 != 0, told & 0x4000_0000 != 0);
        if told & 0x2000_0000 != 0 {
            self.take(4)?;
        }
        let plain = told & 0x0FFF_FFFF;
        let more = match plain / 1000 {
            0 => 0,
            1 | 2 => 1,
            3 => 2,
            _ => return None,
        };
        Some((plain % 1000, 2 + more + usize::from(is_high) + usize::from(is_measured)))
    }
}

/// The polygons of a shape, or why it has none; and the place of a point.
pub fn read(bytes: &[u8]) -> (Result<RawPolygons, Refusal>, Option<At>) {
    if bytes.is_empty() {
        return (Err(Refusal::new("geometry-missing")), None);
    }
    let unreadable = || Refusal::new("geometry-unreadable").with("error", "GeoPackageBinary");
    match shape(bytes) {
        None => (Err(unreadable()), None),
        Some(Shape::Empty) => (Err(Refusal::new("geometry-missing")), None),
        Some(Shape::Point(at)) => (Err(Refusal::new("geometry-not-a-polygon").with("kind", "Point")), Some(at)),
        Some(Shape::Polygons(polygons)) => (Ok(polygons), None),
        Some(Shape::Other(kind)) => {
            let name = match kind {
                2 => "LineString",
                4 => "MultiPoint",
                5 => "MultiLineString",
                7 => "GeometryCollection",
                _ => "curve",
            };
            (Err(Refusal::new("geometry-not-a-polygon").with("kind", name)), None)
        }
    }
}

enum Shape {
    Empty,
    Point(At),
    Polygons(RawPolygons),
    Other(u32),
}

fn shape(bytes: &[u8]) -> Option<Shape> {
    let mut bytes = Bytes { rest: bytes, is_little: true };
    if bytes.take(2)? != b"GP" {
        return None;
    }
    let flags = *bytes.take(2)?.get(1)?;
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    bytes.take(4 + envelope)?;
    if flags & 0x10 != 0 {
        return Some(Shape::Empty);
    }
    let (kind, dimensions) = bytes.kind()?;
    match kind {
        1 => {
            let (x, y) = bytes.place(dimensions)?;
            // An empty point is written as two that are no numbers.
            Some(if x.is_finite() && y.is_finite() { Shape::Point((x, y)) } else { Shape::Empty })
        }
        3 => Some(Shape::Polygons(vec![bytes.polygon(dimensions)?])),
        4 => {
            // One point in a list of one is a point.
            if bytes.count(21)? != 1 {
                return Some(Shape::Other(4));
            }
            let (_, dimensions) = bytes.kind().filter(|(kind, _)| *kind == 1)?;
            Some(Shape::Point(bytes.place(dimensions)?))
        }
        6 => {
            let mut polygons = Vec::new();
            for _ in 0..bytes.count(9)? {
                let (_, dimensions) = bytes.kind().filter(|(kind, _)| *kind == 3)?;
                polygons.push(bytes.polygon(dimensions)?);
            }
            Some(Shape::Polygons(polygons))
        }
        other => Some(Shape::Other(other)),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The header of a shape without an envelope.
    pub fn header() -> Vec<u8> {
        let mut bytes = b"GP\x00\x01".to_vec();
        bytes.extend(4326_u32.to_le_bytes());
        bytes
    }

    #[test]
    fn shapes_of_every_writing_are_read() {
        let places = |numbers: &[f64], is_little: bool| -> Vec<u8> {
            let bytes = |number: &f64| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
            numbers.iter().flat_map(bytes).collect()
        };
        let mut plain = header();
        plain.extend([1, 1, 0, 0, 0]);
        plain.extend(places(&[1.0, 2.0], true));
        assert_eq!(read(&plain).1, Some((1.0, 2.0)));
        // With an envelope, high byte first, and a height.
        let mut high = b"GP\x00\x02".to_vec();
        high.extend(4326_u32.to_be_bytes());
        high.extend(places(&[1.0, 1.0, 2.0, 2.0], false));
        high.extend([0, 0, 0, 3, 0xE9]);
        high.extend(places(&[1.0, 2.0, 3.0], false));
        assert_eq!(read(&high).1, Some((1.0, 2.0)));
        let mut many = header();
        many.extend([1, 6, 0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
        many.extend(places(&[0.0, 0.0, 1.0, 1.0], true));
        assert_eq!(read(&many).0, Ok(vec![vec![vec![(0.0, 0.0), (1.0, 1.0)]]]));
        assert_eq!(read(&[]).0.map_err(|no| no.key), Err("geometry-missing"));
        assert_eq!(read(b"GP\x00\x11\0\0\0\0").0.map_err(|no| no.key), Err("geometry-missing"));
        // More rings than there are bytes.
        let mut greedy = header();
        greedy.extend([1, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(read(&greedy).0.map_err(|no| no.key), Err("geometry-unreadable"));
    }

    proptest! {
        #[test]
        fn whatever_stands_there_ends(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            drop(read(&bytes));
            drop(read(&[header(), bytes].concat()));
        }
    }
}
