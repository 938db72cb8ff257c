//! A colour of the city's site, as far as white words can be read on it and it can be read on white.

use std::str::FromStr;

/// The least contrast of words with what is behind them (WCAG 2.2, 1.4.3), in hundredths.
const LEAST: f64 = 4.5;

/// A colour: red, green and blue, each from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl FromStr for Colour {
    type Err = ();

    /// Reads six hexadecimal digits, with or without a # before them.
    fn from_str(text: &str) -> Result<Colour, ()> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let part = |at: usize| digits.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok()).ok_or(());
        Ok(Colour(part(0)?, part(2)?, part(4)?))
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl Colour {
    /// How light it is, from 0 for black to 1 for white (WCAG 2.2, relative luminance).
    pub fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Its contrast with white, from 1 to 21.
    pub fn contrast_with_white(self) -> f64 {
        1.05 / (self.luminance() + 0.05)
    }

    /// Whether words in it can be read on white, and white ones on it.
    pub fn is_readable(self) -> bool {
        self.contrast_with_white() >= LEAST
    }

    /// The lightest colour of its kind that can be read: itself where it can, else darkened until it can.
    #[must_use]
    pub fn readable(self) -> Colour {
        let mut colour = self;
        while !colour.is_readable() {
            let darker = |part: u8| u8::try_from(u32::from(part) * 24 / 25).unwrap_or(part);
            colour = Colour(darker(colour.0), darker(colour.1), darker(colour.2));
        }
        colour
    }

    /// The same, darker, for what the pointer is over.
    #[must_use]
    pub fn deep(self) -> Colour {
        let darker = |part: u8| u8::try_from(u32::from(part) * 3 / 4).unwrap_or(part);
        Colour(darker(self.0), darker(self.1), darker(self.2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn six_digits_are_a_colour_and_nothing_else_is() {
        assert_eq!("#0B4a8f".parse(), Ok(Colour(0x0b, 0x4a, 0x8f)));
        assert_eq!("0b4a8f".parse::<Colour>().map(|colour| colour.to_string()), Ok("0b4a8f".to_owned()));
        for wrong in ["", "red", "0b4a8", "0b4a8ff", "##0b4a8", "0b4a8}", "中文"] {
            assert_eq!(wrong.parse::<Colour>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn contrast_is_counted_as_the_guidelines_count_it() {
        for (colour, expected) in
            [(Colour(0, 0, 0), 21.0), (Colour(255, 255, 255), 1.0), (Colour(0x76, 0x76, 0x76), 4.54)]
        {
            assert!(
                (colour.contrast_with_white() - expected).abs() < 0.01,
                "{colour}: {}",
                colour.contrast_with_white()
            );
        }
        assert!(Colour(0x76, 0x76, 0x76).is_readable() && !Colour(0x78, 0x78, 0x78).is_readable());
    }

    proptest! {
        #[test]
        fn every_colour_is_made_readable_and_a_readable_one_stays(red: u8, green: u8, blue: u8) {
            let colour = Colour(red, green, blue);
            let made = colour.readable();
            prop_assert!(made.is_readable());
            prop_assert_eq!(made.readable(), made);
            prop_assert!(!colour.is_readable() || made == colour);
            prop_assert!(made.deep().is_readable());
        }
    }
}
