//! What cities settle differently about the branches of a case: `[cases]` in `city.toml`.

use super::case::{Settings, Side};
use toml::{Table, Value};

impl Settings {
    /// Reads `[cases]`: `first_postponement` and `second_postponement` (who may grant how much of the original limit, in
    /// percent, such as `"dispatcher 50, shift-leader 100"`), `suspension`, `void` and `appeal` (who decides, such as
    /// `"shift-leader, leader"`), `self_handled_sample` (of how many in a hundred cases that a keeper mended another keeper
    /// looks). What is absent has its default.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(table) = city.get("cases").and_then(Value::as_table) else { return Ok(settings) };
        let text = |name: &str| table.get(name).map(|value| value.as_str().unwrap_or_default());
        for (nth, name) in ["first_postponement", "second_postponement"].into_iter().enumerate() {
            if let Some(text) = text(name) {
                settings.postponements[nth] = powers(name, text)?;
            }
        }
        for (name, sides, deciding) in [
            ("suspension", &mut settings.suspension, &DECIDING[..]),
            ("void", &mut settings.void, &DECIDING[1..]),
            ("appeal", &mut settings.appeal, &DECIDING[1..]),
        ] {
            if let Some(text) = text(name) {
                *sides = text.split(',').map(|word| side(name, word, deciding)).collect::<Result<_, _>>()?;
            }
        }
        if let Some(value) = table.get("self_handled_sample") {
            let percent = value.as_integer().and_then(|percent| u32::try_from(percent).ok());
            settings.self_handled_sample = percent
                .filter(|percent| *percent <= 100)
                .ok_or("cases.self_handled_sample must be a number from 0 to 100")?;
        }
        Ok(settings)
    }
}

/// Whoever may decide something in some city; striking off and appeals are for the last two.
const DECIDING: [Side; 3] = [Side::Dispatcher, Side::ShiftLeader, Side::Leader];

fn side(name: &str, word: &str, deciding: &[Side]) -> Result<Side, String> {
    let known: Vec<&str> = deciding.iter().map(|side| side.text()).collect();
    Side::read(word.trim())
        .filter(|side| deciding.contains(side))
        .ok_or_else(|| format!("cases.{name}: {:?} is none of {}", word.trim(), known.join(", ")))
}

fn powers(name: &str, text: &str) -> Result<Vec<(Side, u32)>, String> {
    let one = |piece: &str| {
        let wrong = || format!("cases.{name}: {piece:?} must be such as \"dispatcher 50\", at most 100 percent");
        let (word, percent) = piece.trim().split_once(' ').ok_or_else(wrong)?;
        let percent: u32 =
            percent.trim().parse().ok().filter(|percent| (1..=100).contains(percent)).ok_or_else(wrong)?;
        Ok((side(name, word, &DECIDING)?, percent))
    };
    text.split(',').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_says_who_decides() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("a table"));
        assert_eq!(read(""), Ok(Settings::default()));
        let own =
            read("[cases]\nfirst_postponement = \"dispatcher 100\"\nvoid = \"leader\"\nself_handled_sample = 100\n");
        let own = own.expect("settings");
        assert_eq!(own.postponements[0], [(Side::Dispatcher, 100)]);
        assert_eq!(own.postponements[1], Settings::default().postponements[1]);
        assert_eq!((own.void, own.self_handled_sample), (vec![Side::Leader], 100));
        for wrong in [
            "first_postponement = \"dispatcher\"",
            "first_postponement = \"dispatcher 101\"",
            "second_postponement = \"citizen 50\"",
            "void = \"\"",
            "void = \"dispatcher\"",
            "appeal = \"crew\"",
            "self_handled_sample = 101",
        ] {
            assert!(read(&format!("[cases]\n{wrong}\n")).is_err(), "{wrong}");
        }
    }
}
