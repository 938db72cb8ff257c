//! What cities settle differently about the branches of a case: `[cases]` in `city.toml`.

use super::case::{Settings, Side};
use toml::{Table, Value};

impl Settings {
    /// Reads `[cases]`: `first_postponement` and `second_postponement` (who may grant how much of the original limit, in
    /// percent, such as `"dispatcher 50, shift-leader 100"`), `suspension`, `void` and `appeal` (who decides, such as
    /// `"shift-leader, leader"`), `self_handled_sample` (of how many in a hundred cases that a keeper mended another keeper
    /// looks), `urgent` (sub-classes that are urgent from the first report on, such as `["component-0123"]`), `urgent_words`
    /// (words that make a report urgent). What is absent has its default.
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
        for (name, list) in [("urgent", &mut settings.urgent), ("urgent_words", &mut settings.urgent_words)] {
            if let Some(value) = table.get(name) {
                *list = texts(value).ok_or_else(|| format!("cases.{name} must be a list of texts in quotes"))?;
            }
        }
        if let Some(wrong) = settings.urgent.iter().find(|word| !is_word(word)) {
            return Err(format!("cases.urgent: {wrong:?} must be such as \"component-0123\" or \"event-0502\""));
        }
        Ok(settings)
    }
}

/// A list of texts, none of them empty.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    value.as_array()?.iter().map(one).collect()
}

/// Whether this may be the word of a sub-class; whether the catalog has it, the catalog says.
fn is_word(text: &str) -> bool {
    let digits = |code: &str| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(kind, code)| matches!(kind, "event" | "component") && digits(code))
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
        let urgent = read("[cases]\nurgent = [\"component-0123\"]\nurgent_words = [\"井盖没了\"]\n").expect("settings");
        assert_eq!((urgent.urgent, urgent.urgent_words), (vec!["component-0123".into()], vec!["井盖没了".into()]));
        for wrong in [
            "urgent = \"component-0123\"",
            "urgent = [\"0123\"]",
            "urgent_words = [\"\"]",
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
