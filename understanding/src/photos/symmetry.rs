//! The eight ways in which a picture can be laid on itself: turned by quarters, mirrored, both.

use serde::{Deserialize, Serialize};

/// How one picture has to be laid to look like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symmetry {
    /// As it is.
    Upright,
    /// Left and right exchanged.
    Mirrored,
    /// Above and below exchanged.
    Flipped,
    /// Turned by half a turn.
    HalfTurned,
    /// Rows and columns exchanged.
    Transposed,
    /// Turned by a quarter, clockwise.
    TurnedRight,
    /// Turned by a quarter, counter-clockwise.
    TurnedLeft,
    /// Rows and columns exchanged, then turned by half a turn.
    Transversed,
}

impl Symmetry {
    /// All eight, the likeliest first.
    pub const ALL: [Symmetry; 8] = [
        Symmetry::Upright,
        Symmetry::Mirrored,
        Symmetry::HalfTurned,
        Symmetry::TurnedRight,
        Symmetry::TurnedLeft,
        Symmetry::Flipped,
        Symmetry::Transposed,
        Symmetry::Transversed,
    ];

    /// Whether rows and columns are exchanged first.
    pub const fn is_transposed(self) -> bool {
        matches!(self, Symmetry::Transposed | Symmetry::TurnedRight | Symmetry::TurnedLeft | Symmetry::Transversed)
    }

    /// Whether left and right are exchanged after that.
    pub const fn is_mirrored(self) -> bool {
        matches!(self, Symmetry::Mirrored | Symmetry::HalfTurned | Symmetry::TurnedRight | Symmetry::Transversed)
    }

    /// Whether above and below are exchanged after that.
    pub const fn is_flipped(self) -> bool {
        matches!(self, Symmetry::Flipped | Symmetry::HalfTurned | Symmetry::TurnedLeft | Symmetry::Transversed)
    }

    /// The one that undoes it.
    pub const fn inverse(self) -> Symmetry {
        match self {
            Symmetry::TurnedRight => Symmetry::TurnedLeft,
            Symmetry::TurnedLeft => Symmetry::TurnedRight,
            other => other,
        }
    }

    /// The cells of a square picture of `side` × `side`, row by row, laid this way; cells beyond the square are left out.
    pub fn laid<T: Copy>(self, cells: &[T], side: usize) -> Vec<T> {
        let last = side.saturating_sub(1);
        let mut laid = Vec::with_capacity(cells.len());
        for row in 0..side {
            let row = if self.is_flipped() { last - row } else { row };
            for column in 0..side {
                let column = if self.is_mirrored() { last - column } else { column };
                let at = if self.is_transposed() { column * side + row } else { row * side + column };
                laid.extend(cells.get(at));
            }
        }
        laid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_laid_as_its_name_says() {
        let table: [(Symmetry, [u8; 4]); 8] = [
            (Symmetry::Upright, [1, 2, 3, 4]),
            (Symmetry::Mirrored, [2, 1, 4, 3]),
            (Symmetry::Flipped, [3, 4, 1, 2]),
            (Symmetry::HalfTurned, [4, 3, 2, 1]),
            (Symmetry::Transposed, [1, 3, 2, 4]),
            (Symmetry::TurnedRight, [3, 1, 4, 2]),
            (Symmetry::TurnedLeft, [2, 4, 1, 3]),
            (Symmetry::Transversed, [4, 2, 3, 1]),
        ];
        for (symmetry, expected) in table {
            assert_eq!(symmetry.laid(&[1, 2, 3, 4], 2), expected, "{symmetry:?}");
            assert_eq!(symmetry.inverse().laid(&expected, 2), [1, 2, 3, 4], "{symmetry:?}");
        }
    }
}
