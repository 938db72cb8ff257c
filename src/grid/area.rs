//! What the ground is divided into: areas (district, street, community), unit grids, responsibility grids.

use std::str::FromStr;

use geo::MultiPolygon;
use serde::{Deserialize, Serialize};

use crate::kit::error::Refusal;
use crate::kit::id::Id;

/// The level of an administrative area, from large to small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 区、县.
    District,
    /// 街道、镇、乡.
    Street,
    /// 社区、村.
    Community,
}

impl Level {
    /// From large to small.
    pub const ALL: [Level; 3] = [Level::District, Level::Street, Level::Community];

    /// The name kept in the database and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::District => "district",
            Level::Street => "street",
            Level::Community => "community",
        }
    }
}

impl FromStr for Level {
    type Err = Refusal;

    /// Accepts the kept names, the Chinese ones and the usual translations; refuses others with `area-level-unknown`.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        match text.trim().to_lowercase().as_str() {
            "district" | "county" | "区" | "县" | "区县" => Ok(Level::District),
            "street" | "subdistrict" | "town" | "township" | "街道" | "镇" | "乡" | "乡镇" => Ok(Level::Street),
            "community" | "village" | "社区" | "村" => Ok(Level::Community),
            _ => Err(Refusal::new("area-level-unknown").with("level", text.to_string())),
        }
    }
}

/// An administrative area with its borders, WGS-84 degrees.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Made by the program.
    pub id: Id,
    /// District, street or community.
    pub level: Level,
    /// The area's code (GB/T 2260, GB/T 10114), unique among the current areas of its level.
    pub code: String,
    /// The name people know.
    pub name: String,
    /// The code of the area that it lies in; none for a district.
    pub parent_code: Option<String>,
    /// The borders; a valid polygon.
    pub geometry: MultiPolygon<f64>,
}

/// A unit grid (单元网格, GB/T 30428.1): the smallest piece of ground, about 10,000 m², with a code of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Made by the program.
    pub id: Id,
    /// 15 or 16 digits by the city's pattern.
    pub code: String,
    /// A name, often empty.
    pub name: String,
    /// The code of the community in which it lies; without one, the position decides.
    pub community_code: Option<String>,
    /// Square metres on the ellipsoid.
    pub area_square_metres: f64,
    /// The borders; a valid polygon.
    pub geometry: MultiPolygon<f64>,
}

/// A responsibility grid (责任网格): a set of unit grids bound to one keeper and a team. Every change is a new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponsibilityGrid {
    /// Made by the program; each version has its own.
    pub id: Id,
    /// The code that all versions share.
    pub code: String,
    /// The name people know.
    pub name: String,
    /// From 1, counted up by each change.
    pub version: i64,
    /// The account of the keeper.
    pub keeper_account: Option<Id>,
    /// The department that is the team.
    pub team_department: Option<Id>,
    /// The codes of its unit grids, sorted, each once.
    pub unit_codes: Vec<String>,
}

impl ResponsibilityGrid {
    /// The next version with other unit grids, keeper or team. Refuses an empty set with
    /// `responsibility-grid-empty`, and a change that changes nothing with `responsibility-grid-unchanged`.
    pub fn revise(
        &self,
        id: Id,
        unit_codes: Vec<String>,
        keeper_account: Option<Id>,
        team_department: Option<Id>,
    ) -> Result<ResponsibilityGrid, Refusal> {
        let unit_codes = sorted_once(unit_codes);
        if unit_codes.is_empty() {
            return Err(Refusal::new("responsibility-grid-empty").with("code", self.code.clone()));
        }
        if (&unit_codes, keeper_account, team_department)
            == (&self.unit_codes, self.keeper_account, self.team_department)
        {
            return Err(Refusal::new("responsibility-grid-unchanged").with("code", self.code.clone()));
        }
        Ok(ResponsibilityGrid {
            id,
            version: self.version + 1,
            unit_codes,
            keeper_account,
            team_department,
            ..self.clone()
        })
    }
}

/// The unit grids that stand in more than one of these responsibility grids, with the codes of both.
pub fn claimed_twice(grids: &[ResponsibilityGrid]) -> Vec<(String, String, String)> {
    let mut owner = std::collections::BTreeMap::new();
    let mut twice = Vec::new();
    for grid in grids {
        for unit in &grid.unit_codes {
            if let Some(first) = owner.insert(unit.clone(), grid.code.clone()) {
                twice.push((unit.clone(), first, grid.code.clone()));
            }
        }
    }
    twice
}

/// Codes in order, each once, without empty ones.
pub fn sorted_once(mut codes: Vec<String>) -> Vec<String> {
    codes.retain(|code| !code.is_empty());
    codes.sort();
    codes.dedup();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(code: &str, units: &[&str]) -> ResponsibilityGrid {
        ResponsibilityGrid {
            id: 1,
            code: code.into(),
            name: String::new(),
            version: 1,
            keeper_account: Some(7),
            team_department: None,
            unit_codes: units.iter().map(|unit| unit.to_string()).collect(),
        }
    }

    #[test]
    fn a_change_is_a_new_version() {
        let first = grid("R1", &["a", "b"]);
        let second = first.revise(2, vec!["b".into(), "c".into(), "b".into()], Some(7), None).unwrap();
        assert_eq!((second.version, second.unit_codes.len(), second.code.as_str()), (2, 2, "R1"));
        assert!(first.revise(2, vec!["b".into(), "a".into()], Some(7), None).is_err());
        assert!(first.revise(2, vec![], Some(7), None).is_err());
    }

    #[test]
    fn a_unit_grid_has_one_keeper() {
        assert_eq!(
            claimed_twice(&[grid("R1", &["a", "b"]), grid("R2", &["b"])]),
            vec![("b".into(), "R1".into(), "R2".into())]
        );
    }

    #[test]
    fn levels_are_read_in_both_languages() {
        assert_eq!("街道".parse::<Level>().ok(), Some(Level::Street));
        for level in Level::ALL {
            assert_eq!(level.as_str().parse::<Level>().ok(), Some(level));
        }
        assert!("planet".parse::<Level>().is_err());
    }
}
