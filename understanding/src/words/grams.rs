//! What is counted in a text: runs of characters, field by field and part by part. Each part of a text is a *block* that is
//! brought to length one by itself, so that a short title weighs as much as a long story.

use crate::text;
use serde::{Deserialize, Serialize};

/// A text that is asked about or learnt from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text<'a> {
    /// The words of each field, in the order of the model's fields; a missing one is empty.
    pub fields: &'a [&'a str],
    /// Features from elsewhere, for example hits of the catalog's words (`hint`): a key and a strength, best between 0 and 1.
    pub extra: &'a [(u64, f32)],
}

/// A part of a text that is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Which field, by its place in the list of fields.
    pub field: usize,
    /// The least and the most characters of a run.
    pub sizes: (usize, usize),
    /// Which part of the field.
    pub part: Part,
}

/// A part of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// All of it.
    Whole,
    /// The first so many characters, where people say what it is about.
    Beginning(usize),
    /// The last so many characters, where people say what they want.
    Ending(usize),
}

impl Part {
    /// The part of a normalised text.
    fn of(self, form: &str) -> &str {
        match self {
            Part::Whole => form,
            Part::Beginning(count) => form.char_indices().nth(count).map_or(form, |(end, _)| &form[..end]),
            Part::Ending(0) => "",
            Part::Ending(count) => form.char_indices().rev().nth(count - 1).map_or(form, |(start, _)| &form[start..]),
        }
    }
}

impl Block {
    /// Tells every run of this block, repeated ones repeatedly. The forms are the fields' words as `text::normal` makes
    /// them; `number` is the block's place in the list of blocks and keeps equal runs of different blocks apart.
    pub fn runs(&self, forms: &[String], number: usize, found: impl FnMut(u64)) {
        let form = forms.get(self.field).map_or("", String::as_str);
        text::grams(self.part.of(form), self.sizes.0..=self.sizes.1, number as u64 + 1, found);
    }
}

/// The one form of each field of a text.
pub fn forms(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|words| text::normal(words)).collect()
}

/// The key of the feature that says: another source, such as the catalog's words, thinks of this class. The learner starts
/// from the belief that such a hint is worth something, so a class with few texts, or none, can be found by it.
pub fn hint(class: &str) -> u64 {
    text::hash64(class.chars(), 0x68_69_6e_74)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_of_a_text() {
        for (part, expected) in [
            (Part::Whole, "井盖坏了"),
            (Part::Beginning(2), "井盖"),
            (Part::Beginning(9), "井盖坏了"),
            (Part::Ending(1), "了"),
            (Part::Ending(0), ""),
            (Part::Ending(4), "井盖坏了"),
            (Part::Ending(9), "井盖坏了"),
        ] {
            assert_eq!(part.of("井盖坏了"), expected, "{part:?}");
        }
    }

    #[test]
    fn equal_runs_of_different_blocks_differ() {
        let forms = forms(&["井盖", "井盖"]);
        let runs = |field, number| {
            let mut found = Vec::new();
            Block { field, sizes: (1, 2), part: Part::Whole }.runs(&forms, number, |run| found.push(run));
            found
        };
        assert_eq!(runs(0, 0).len(), 3);
        assert_eq!(runs(0, 1), runs(1, 1));
        assert!(runs(0, 0).iter().all(|run| !runs(1, 1).contains(run)));
        assert!(runs(2, 2).is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(words in "\\PC{0,30}", count in 0usize..40) {
            let forms = forms(&[&words]);
            for part in [Part::Beginning(count), Part::Ending(count)] {
                prop_assert!(part.of(&forms[0]).chars().count() <= count);
                Block { field: 0, sizes: (1, 3), part }.runs(&forms, 0, |_| ());
            }
        }
    }
}
