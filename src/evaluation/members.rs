//! Which things stand behind a count, kept so small that a month of a large city fits into a few megabytes: columns of
//! numbers, differences instead of values, seven bits a byte, deflated. What is counted is never guessed at again: the list
//! behind a number is the one that was counted.

use crate::kit::id::Id;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{Read, Write};

/// By how many things an item can be asked for: see `counting::DIMENSIONS`.
pub const DIMENSIONS: usize = 8;
/// The dimension of the whole city, which stands in no column: everything belongs to it but what is marked [`BELOW`].
pub const CITY: usize = DIMENSIONS;
/// Instead of a place: a part of something that areas and the city count as a whole.
pub const BELOW: u32 = u32::MAX;
/// Items in one part.
pub const PART: usize = 20_000;
/// The largest part that is unpacked, in bytes.
const LARGEST: u64 = 64 << 20;

/// One thing that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The case; 0 when there is none.
    pub case: Id,
    /// Which of the case's clocks, or which fact, report or rating.
    pub item: Id,
    /// The moment by which it belongs to the period, milliseconds.
    pub at: i64,
    /// Its place in each dimension, counted from 1; 0 for none.
    pub places: [u32; DIMENSIONS],
}

/// Items on their way into a part.
#[derive(Debug, Default)]
pub struct Packer {
    count: usize,
    last: [i64; 3],
    columns: [Vec<u8>; 3 + DIMENSIONS],
}

impl Packer {
    /// Adds one; answers the packed part when it is full.
    pub fn push(&mut self, member: &Member) -> Option<(usize, Vec<u8>)> {
        for (column, value) in [member.case, member.item, member.at].into_iter().enumerate() {
            put(&mut self.columns[column], zigzag(value.wrapping_sub(self.last[column])));
            self.last[column] = value;
        }
        for (dimension, place) in member.places.iter().enumerate() {
            put(&mut self.columns[3 + dimension], u64::from(*place));
        }
        self.count += 1;
        if self.count == PART { self.finish() } else { None }
    }

    /// The last part, with how many items it holds; none when there is nothing in it.
    pub fn finish(&mut self) -> Option<(usize, Vec<u8>)> {
        let packed = std::mem::take(self);
        if packed.count == 0 {
            return None;
        }
        let mut bytes = Vec::new();
        put(&mut bytes, packed.count as u64);
        for column in &packed.columns {
            put(&mut bytes, column.len() as u64);
            bytes.extend_from_slice(column);
        }
        let mut deflate = ZlibEncoder::new(Vec::new(), Compression::fast());
        // Writing into memory does not fail.
        deflate.write_all(&bytes).and_then(|()| deflate.finish()).ok().map(|bytes| (packed.count, bytes))
    }
}

/// The members of a part; with `only`, those whose place in that dimension is that number, or those of the city.
///
/// # Errors
/// What is wrong with the bytes.
pub fn unpack(bytes: &[u8], only: Option<(usize, u32)>) -> Result<Vec<Member>, &'static str> {
    let mut plain = Vec::new();
    ZlibDecoder::new(bytes).take(LARGEST).read_to_end(&mut plain).map_err(|_| "a part cannot be inflated")?;
    let mut rest = plain.as_slice();
    let count = usize::try_from(take(&mut rest).ok_or("a part has no count")?).map_err(|_| "a part is too long")?;
    if count > PART {
        return Err("a part is too long");
    }
    let mut columns = Vec::with_capacity(3 + DIMENSIONS);
    for _ in 0..3 + DIMENSIONS {
        let length = take(&mut rest).and_then(|length| usize::try_from(length).ok()).ok_or("a column has no length")?;
        let (column, after) = rest.split_at_checked(length).ok_or("a column is cut off")?;
        columns.push(column);
        rest = after;
    }
    let mut last = [0_i64; 3];
    let mut members = Vec::new();
    for _ in 0..count {
        for (value, column) in last.iter_mut().zip(&mut columns) {
            *value = value.wrapping_add(unzigzag(take(column).ok_or("a column is short")?));
        }
        let mut places = [0_u32; DIMENSIONS];
        for (place, column) in places.iter_mut().zip(&mut columns[3..]) {
            *place = take(column).and_then(|value| u32::try_from(value).ok()).ok_or("a column is short")?;
        }
        let is_meant = match only {
            None => true,
            Some((CITY, _)) => !places.contains(&BELOW),
            Some((dimension, place)) => places.get(dimension) == Some(&place),
        };
        if is_meant {
            members.push(Member { case: last[0], item: last[1], at: last[2], places });
        }
    }
    Ok(members)
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0_u64, 0_u32);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
        if shift > 63 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn members() -> impl Strategy<Value = Vec<Member>> {
        let member = (any::<i64>(), any::<i64>(), any::<i64>(), any::<[u32; DIMENSIONS]>());
        let member = member.prop_map(|(case, item, at, places)| Member { case, item, at, places });
        proptest::collection::vec(member, 1..60)
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(all in members(), dimension in 0..DIMENSIONS) {
            let mut packer = Packer::default();
            for member in &all {
                prop_assert!(packer.push(member).is_none());
            }
            let (count, bytes) = packer.finish().expect("a part");
            prop_assert_eq!(count, all.len());
            prop_assert_eq!(&unpack(&bytes, None).expect("members"), &all);
            let place = all[0].places[dimension];
            let those: Vec<Member> = all.iter().filter(|one| one.places[dimension] == place).copied().collect();
            prop_assert_eq!(unpack(&bytes, Some((dimension, place))).expect("members"), those);
            prop_assert!(packer.finish().is_none());
        }

        #[test]
        fn broken_bytes_are_an_error_and_nothing_worse(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes, None);
            let mut deflate = ZlibEncoder::new(Vec::new(), Compression::fast());
            deflate.write_all(&bytes).expect("memory");
            let _ = unpack(&deflate.finish().expect("memory"), None);
        }
    }

    #[test]
    fn a_month_of_a_large_city_is_small() {
        let mut packer = Packer::default();
        let mut bytes = 0;
        for number in 0..100_000_i64 {
            let place = u32::try_from(number % 97).expect("small");
            let case = (number << 21) + number % 4096;
            let member =
                Member { case, item: number % 7, at: 1_773_000_000_000 + number * 25_000, places: [place; DIMENSIONS] };
            bytes += packer.push(&member).map_or(0, |(_, part)| part.len());
        }
        bytes += packer.finish().map_or(0, |(_, part)| part.len());
        assert!(bytes < 1_500_000, "{bytes}");
    }
}
