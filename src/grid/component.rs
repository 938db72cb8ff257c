//! A component (部件): a thing that stands in the street and belongs to somebody, such as a manhole cover or a lamp.
//!
//! Its identification code (部件标识码) has 16 digits: the region (6), the class (2), the sub-class (2) and a serial number
//! (6) (GB/T 30428.2, CJ/T 214).

use crate::kit::error::Refusal;
use crate::kit::id::Id;
use serde::Serialize;

/// How a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// 完好.
    Sound,
    /// 破损.
    Damaged,
    /// 丢失.
    Lost,
    /// 废弃: taken away for good.
    Removed,
}

impl State {
    /// Every state.
    pub const ALL: [State; 4] = [State::Sound, State::Damaged, State::Lost, State::Removed];

    /// Its word in the database and in files.
    pub const fn word(self) -> &'static str {
        match self {
            State::Sound => "sound",
            State::Damaged => "damaged",
            State::Lost => "lost",
            State::Removed => "removed",
        }
    }

    /// The state that a file names, in English or in Chinese; what is not told is sound.
    ///
    /// # Errors
    /// `component-state-unknown`.
    pub fn read(text: &str) -> Result<State, Refusal> {
        match text.trim() {
            "" | "完好" | "正常" => Ok(State::Sound),
            "破损" | "损坏" => Ok(State::Damaged),
            "丢失" | "缺失" => Ok(State::Lost),
            "废弃" | "拆除" => Ok(State::Removed),
            word => State::ALL
                .into_iter()
                .find(|state| state.word() == word)
                .ok_or_else(|| Refusal::new("component-state-unknown").with("state", word)),
        }
    }
}

/// A component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Component {
    /// Made by the program.
    pub id: Id,
    /// The identification code: 16 digits.
    pub code: String,
    /// Class and sub-class: the seventh to tenth digit of the code.
    pub sub_class: String,
    /// What people call it.
    pub name: String,
    /// Who owns it or answers for it (主管部门、权属单位), as the survey wrote it.
    pub owner: String,
    /// Degrees east, WGS-84.
    pub lon: f64,
    /// Degrees north, WGS-84.
    pub lat: f64,
    /// The unit grid in which it stands; empty when it stands in none.
    pub cell: String,
    /// How it is.
    pub state: State,
    /// Since when it stands there (`YYYY-MM-DD`).
    pub installed_on: Option<String>,
}

/// Class and sub-class of an identification code.
///
/// # Errors
/// `component-code-wrong` when it has not 16 digits, `component-code-other-region` when it belongs to another region than
/// `region` (which may be empty, then any will do).
pub fn sub_class(code: &str, region: &str) -> Result<String, Refusal> {
    if code.len() != 16 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::new("component-code-wrong").with("code", code));
    }
    if !code.starts_with(region) {
        return Err(Refusal::new("component-code-other-region").with("code", code).with("region", region));
    }
    Ok(code[6..10].to_owned())
}

/// A civil day as files write it.
///
/// # Errors
/// `component-day-wrong`.
pub fn installed_on(text: &str) -> Result<Option<String>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day: Result<jiff::civil::Date, _> = text.replace(['/', '.'], "-").parse();
    day.map(|day| Some(day.to_string())).map_err(|_| Refusal::new("component-day-wrong").with("day", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_sub_class() {
        assert_eq!(sub_class("9901000101000001", "990100"), Ok("0101".into()));
        assert_eq!(sub_class("9901000101000001", ""), Ok("0101".into()));
        for (code, key) in [
            ("990100010100001", "component-code-wrong"),
            ("99010001010000011", "component-code-wrong"),
            ("990100010100000A", "component-code-wrong"),
            ("９90100010100", "component-code-wrong"),
            ("4403040101000001", "component-code-other-region"),
        ] {
            assert_eq!(sub_class(code, "990100").map_err(|refusal| refusal.key), Err(key), "{code}");
        }
    }

    #[test]
    fn states_and_days_as_surveys_write_them() {
        assert_eq!(State::read(" 破损 "), Ok(State::Damaged));
        assert_eq!(State::read(""), Ok(State::Sound));
        assert_eq!(State::read("lost"), Ok(State::Lost));
        assert!(State::read("好").is_err());
        assert_eq!(installed_on("2019/3/5").map_err(|refusal| refusal.key), Err("component-day-wrong"));
        assert_eq!(installed_on("2019/03/05"), Ok(Some("2019-03-05".into())));
        assert_eq!(installed_on("2019-02-30").map_err(|refusal| refusal.key), Err("component-day-wrong"));
    }
}
