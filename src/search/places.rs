//! Which places of a block hold something. A block has 8,192 places; few of them are kept as a list of two bytes each, many as
//! one bit for every place.

use crate::kit::db::DbError;

/// Places in a block.
pub const BLOCK: i64 = 8192;
const WORDS: usize = 128;
const BYTES: usize = WORDS * 8;
/// From so many places on, one bit for every place is no longer than the list.
const MANY: usize = BYTES / 2;

/// Places of one block, by their position in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Places(Box<[u64; WORDS]>);

impl Default for Places {
    fn default() -> Places {
        Places(Box::new([0; WORDS]))
    }
}

impl std::fmt::Debug for Places {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.from_last()).finish()
    }
}

impl Places {
    /// Every place of a block, whether anything stands there or not.
    pub fn all() -> Places {
        Places(Box::new([u64::MAX; WORDS]))
    }

    /// Reads what [`Places::bytes`] wrote.
    ///
    /// # Errors
    /// [`DbError::Row`] when it is nothing of that kind.
    pub fn read(bytes: &[u8]) -> Result<Places, DbError> {
        let mut places = Places::default();
        if bytes.len() == BYTES {
            for (word, eight) in places.0.iter_mut().zip(bytes.chunks_exact(8)) {
                *word = eight.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            }
        } else {
            for two in bytes.chunks_exact(2) {
                let [low, high] = two else { continue };
                let place = u16::from_le_bytes([*low, *high]);
                if i64::from(place) >= BLOCK {
                    return Err(DbError::Row(format!("no place {place} in a block")));
                }
                places.put(place, true);
            }
        }
        Ok(places)
    }

    /// As they are kept.
    pub fn bytes(&self) -> Vec<u8> {
        if self.len() >= MANY {
            return self.0.iter().flat_map(|word| word.to_le_bytes()).collect();
        }
        let mut all: Vec<u16> = self.from_last().collect();
        all.reverse();
        all.iter().flat_map(|place| place.to_le_bytes()).collect()
    }

    /// Puts a place in or takes it out.
    pub fn put(&mut self, place: u16, is_in: bool) {
        let (word, bit) = (usize::from(place >> 6), 1_u64 << (place & 63));
        if let Some(word) = self.0.get_mut(word) {
            if is_in { *word |= bit } else { *word &= !bit }
        }
    }

    /// Those of both.
    pub fn keep(&mut self, other: &Places) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(word, other)| *word &= other);
    }

    /// Those of either.
    pub fn add(&mut self, other: &Places) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(word, other)| *word |= other);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// From the last to the first.
    pub fn from_last(&self) -> impl Iterator<Item = u16> {
        self.0.iter().enumerate().rev().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = 63_u32.checked_sub(left.leading_zeros())?;
                left &= !(1 << bit);
                u16::try_from(at * 64 + bit as usize).ok()
            })
        })
    }
}

/// The block of a place, and its position in it.
pub fn split(place: i64) -> (i64, u16) {
    (place / BLOCK, u16::try_from(place % BLOCK).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn of(all: &BTreeSet<u16>) -> Places {
        let mut places = Places::default();
        all.iter().for_each(|place| places.put(*place, true));
        places
    }

    proptest! {
        #[test]
        fn they_read_what_they_wrote(few in prop::collection::btree_set(0u16..8192, 0..40), many in prop::collection::btree_set(0u16..8192, 400..700)) {
            for all in [&few, &many] {
                let places = of(all);
                prop_assert_eq!(places.len(), all.len());
                prop_assert_eq!(places.is_empty(), all.is_empty());
                prop_assert_eq!(&Places::read(&places.bytes()).unwrap(), &places);
                prop_assert!(places.from_last().eq(all.iter().rev().copied()));
            }
            let (mut both, mut either) = (of(&few), of(&few));
            both.keep(&of(&many));
            either.add(&of(&many));
            prop_assert_eq!(both, of(&few.intersection(&many).copied().collect()));
            prop_assert_eq!(either, of(&few.union(&many).copied().collect()));
        }
    }

    #[test]
    fn a_place_goes_again_and_what_is_no_place_is_told() {
        let mut places = of(&BTreeSet::from([3, 8191]));
        places.put(3, false);
        assert_eq!(places, of(&BTreeSet::from([8191])));
        assert!(Places::read(&[0xff, 0xff]).is_err());
        assert_eq!(split(2 * BLOCK + 5), (2, 5));
    }
}
