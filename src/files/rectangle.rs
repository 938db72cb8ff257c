//! 遮挡: a black rectangle over a face or a number plate. It lies over the sealed original, in thousandths of the upright
//! picture, so that it means the same for every copy.

use crate::kit::error::Refusal;
use crate::kit::words::enum_of_words;

/// Thousandths of the whole.
pub const WHOLE: u16 = 1000;
/// The narrowest and the lowest that a rectangle may be, in thousandths.
pub const LEAST: u16 = 5;
/// The most rectangles over one photo.
pub const MOST: usize = 40;

enum_of_words! {
    /// What a rectangle hides.
    Hides {
        /// Somebody's face.
        Face = "face",
        /// 号牌: the plate of a vehicle.
        Plate = "plate",
        /// Anything else that is nobody's business: a telephone number, a house door.
        Other = "other",
    }
}

/// Where a rectangle lies, in thousandths of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Area {
    /// From the left edge.
    pub left: u16,
    /// From the upper edge.
    pub top: u16,
    /// Across.
    pub width: u16,
    /// Down.
    pub height: u16,
}

impl Area {
    /// A rectangle of these thousandths; what reaches beyond the picture is cut off.
    ///
    /// # Errors
    /// `photo-black-outside` when it begins outside, `photo-black-too-small` when too little of it lies within.
    pub fn of(left: u16, top: u16, width: u16, height: u16) -> Result<Area, Refusal> {
        if left >= WHOLE || top >= WHOLE {
            return Err(Refusal::new("photo-black-outside").on("left"));
        }
        let (width, height) = (width.min(WHOLE - left), height.min(WHOLE - top));
        if width < LEAST || height < LEAST {
            return Err(Refusal::new("photo-black-too-small").on("width"));
        }
        Ok(Area { left, top, width, height })
    }

    /// A rectangle as somebody types it, in per cent with at most one digit behind the point.
    ///
    /// # Errors
    /// `photo-black-number` on the field that is none; those of [`Area::of`].
    pub fn of_percents(left: &str, top: &str, width: &str, height: &str) -> Result<Area, Refusal> {
        let number = |field: &'static str, text: &str| {
            thousandths(text).ok_or_else(|| Refusal::new("photo-black-number").on(field))
        };
        Area::of(number("left", left)?, number("top", top)?, number("width", width)?, number("height", height)?)
    }

    /// A rectangle as a script sends it: `left,top,width,height`, in thousandths.
    ///
    /// # Errors
    /// `photo-black-number` when it is none; those of [`Area::of`].
    pub fn parse(text: &str) -> Result<Area, Refusal> {
        let numbers: Option<Vec<u16>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[left, top, width, height]) => Area::of(left, top, width, height),
            _ => Err(Refusal::new("photo-black-number").on("left")),
        }
    }

    /// The pixels that it covers in a picture of this size: from, to (left out). Whatever it touches is covered whole.
    pub fn pixels(self, width: u32, height: u32) -> ((u32, u32), (u32, u32)) {
        let span = |from: u16, long: u16, side: u32| {
            let (from, to) = (u64::from(from), u64::from(from) + u64::from(long));
            let whole = u64::from(WHOLE);
            let first = u64::from(side) * from / whole;
            let last = (u64::from(side) * to).div_ceil(whole).min(u64::from(side));
            (u32::try_from(first).unwrap_or(u32::MAX), u32::try_from(last).unwrap_or(u32::MAX))
        };
        let ((left, right), (top, bottom)) = (span(self.left, self.width, width), span(self.top, self.height, height));
        ((left, top), (right, bottom))
    }
}

/// `12.5` per cent as 125 thousandths, rounded; nothing for what is no number from 0 to 100.
fn thousandths(text: &str) -> Option<u16> {
    let text = text.trim().trim_end_matches(['%', '％']).trim_end();
    let number: f64 = text.parse().ok()?;
    if !(0.0..=100.0).contains(&number) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
    let thousandths = (number * 10.0).round() as u16;
    Some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(found: Result<Area, Refusal>) -> Option<(&'static str, Option<&'static str>)> {
        found.err().map(|refusal| (refusal.key, refusal.field))
    }

    #[test]
    fn what_is_typed_becomes_thousandths() {
        assert_eq!(
            Area::of_percents("12.5", " 0", "50%", "100").unwrap(),
            Area { left: 125, top: 0, width: 500, height: 1000 }
        );
        assert_eq!(Area::parse("10,20,30,40").unwrap(), Area { left: 10, top: 20, width: 30, height: 40 });
        assert_eq!(Area::parse("900,900,500,500").unwrap(), Area { left: 900, top: 900, width: 100, height: 100 });
        assert_eq!(key(Area::of_percents("left", "0", "1", "1")), Some(("photo-black-number", Some("left"))));
        assert_eq!(key(Area::of_percents("1", "0", "NaN", "1")), Some(("photo-black-number", Some("width"))));
        assert_eq!(key(Area::of_percents("1", "0", "5", "-3")), Some(("photo-black-number", Some("height"))));
        assert_eq!(key(Area::of_percents("100", "0", "5", "5")), Some(("photo-black-outside", Some("left"))));
        assert_eq!(key(Area::of_percents("1", "1", "0.2", "5")), Some(("photo-black-too-small", Some("width"))));
        assert_eq!(key(Area::parse("1,2,3")), Some(("photo-black-number", Some("left"))));
        assert_eq!(key(Area::parse("-1,2,3,4")), Some(("photo-black-number", Some("left"))));
    }

    proptest::proptest! {
        #[test]
        fn never_less_is_covered_than_was_drawn(
            left in 0_u16..995, top in 0_u16..995, width in 5_u16..=1000, height in 5_u16..=1000,
            across in 1_u32..5000, down in 1_u32..5000,
        ) {
            let area = Area::of(left, top, width, height).unwrap();
            let ((from_x, from_y), (to_x, to_y)) = area.pixels(across, down);
            proptest::prop_assert!(from_x < to_x && to_x <= across && from_y < to_y && to_y <= down);
            proptest::prop_assert!(u64::from(from_x) * 1000 <= u64::from(left) * u64::from(across));
            let right = u64::from(area.left + area.width) * u64::from(across);
            proptest::prop_assert!(u64::from(to_x) * 1000 >= right);
        }
    }
}
