//! Responsibility grids (责任网格) out of a list: `code,name,unit_codes,keeper,team`, the unit grids parted by semicolons or
//! spaces, the keeper by login, the team by the code of its department.

use crate::grid::area::ResponsibilityGrid;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::people::department;
use std::collections::{HashMap, HashSet};

/// One line of the list, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The line's number in the file.
    pub line: u64,
    /// The code that all versions share.
    pub code: String,
    /// The name people know.
    pub name: String,
    /// The codes of its unit grids.
    pub units: Vec<String>,
    /// The keeper's login; empty when nobody is named.
    pub keeper: String,
    /// The code of the team's department; empty when none is named.
    pub team: String,
}

/// What the lines are compared with.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The codes of the unit grids.
    pub units: HashSet<String>,
    /// Keepers by login.
    pub keepers: HashMap<String, Id>,
    /// Departments by code.
    pub teams: HashMap<String, Id>,
}

/// Reads the list. A bad line is named (`line`) and never loses the good ones.
pub fn read(text: &str) -> (Vec<Line>, Vec<Refusal>) {
    department::read(text, &["code", "unit_codes"], |line, field| {
        let code = crate::kit::form::required("code", &field("code"), 40)?;
        let parted = |character: char| character.is_whitespace() || matches!(character, ';' | ',' | '；' | '、');
        let units: Vec<String> =
            field("unit_codes").split(parted).filter(|unit| !unit.is_empty()).map(str::to_owned).collect();
        if units.is_empty() {
            return Err(Refusal::new("responsibility-grid-empty").with("code", code));
        }
        let name = crate::kit::form::at_most("name", &field("name"), 80)?;
        Ok(Line { line, name, units, keeper: field("keeper"), team: field("team"), code })
    })
}

/// Finds what the lines name. Refusals, each with its `line`: `responsibility-grid-twice`,
/// `responsibility-grid-unit-unknown`, `responsibility-grid-unit-twice`, `responsibility-grid-keeper-unknown`,
/// `responsibility-grid-team-unknown`.
pub fn judge(lines: &[Line], known: &Known, mut fresh: impl FnMut() -> Id) -> (Vec<ResponsibilityGrid>, Vec<Refusal>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let (mut codes, mut owners) = (HashSet::new(), HashMap::new());
    for line in lines {
        let refuse = |key: &'static str| Refusal::new(key).with("code", &line.code);
        let found = |name: &str, among: &HashMap<String, Id>, key: &'static str, what: &'static str| match name {
            "" => Ok(None),
            name => among.get(name).map(|id| Some(*id)).ok_or_else(|| refuse(key).with(what, name)),
        };
        let made = (|| {
            if codes.contains(&line.code) {
                return Err(refuse("responsibility-grid-twice"));
            }
            if let Some(unit) = line.units.iter().find(|unit| !known.units.contains(*unit)) {
                return Err(refuse("responsibility-grid-unit-unknown").with("unit", unit));
            }
            if let Some((unit, other)) = line.units.iter().find_map(|unit| Some((unit, owners.get(unit)?))) {
                let other: &String = other;
                return Err(refuse("responsibility-grid-unit-twice").with("unit", unit).with("other", other));
            }
            let keeper = found(&line.keeper, &known.keepers, "responsibility-grid-keeper-unknown", "keeper")?;
            let team = found(&line.team, &known.teams, "responsibility-grid-team-unknown", "team")?;
            Ok(ResponsibilityGrid {
                id: fresh(),
                code: line.code.clone(),
                name: line.name.clone(),
                version: 1,
                keeper_account: keeper,
                team_department: team,
                unit_codes: line.units.clone(),
            })
        })();
        match made {
            Ok(grid) => {
                codes.insert(line.code.clone());
                owners.extend(line.units.iter().map(|unit| (unit.clone(), line.code.clone())));
                good.push(grid);
            }
            Err(refusal) => bad.push(refusal.with("line", line.line)),
        }
    }
    (good, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_named_and_the_others_stay() {
        let known = Known {
            units: ["1", "2", "3"].map(str::to_owned).into(),
            keepers: [("keeper1".to_owned(), 7)].into(),
            teams: [("103".to_owned(), 9)].into(),
        };
        let text = "code,name,unit_codes,keeper,team\nA,东,1;2,keeper1,103\nB,西,,keeper1,\nC,南,2 3,,\nD,北,9,,\n\
                    E,中,3,nobody,\nF,上,3,keeper1,999\nA,又,3,,\nG,下,3,,\n";
        let (lines, unread) = read(text);
        assert_eq!(unread.len(), 1, "{unread:?}");
        let mut id = 0;
        let (good, bad) = judge(&lines, &known, || {
            id += 1;
            id
        });
        let names: Vec<_> =
            good.iter().map(|grid| (grid.code.as_str(), grid.keeper_account, grid.team_department)).collect();
        assert_eq!(names, [("A", Some(7), Some(9)), ("G", None, None)]);
        let refused: Vec<_> = bad
            .iter()
            .map(|refusal| (refusal.key, refusal.args.last().map(|(_, line)| line.clone()).unwrap_or_default()))
            .collect();
        assert_eq!(
            refused,
            [
                ("responsibility-grid-unit-twice", "4".to_owned()),
                ("responsibility-grid-unit-unknown", "5".to_owned()),
                ("responsibility-grid-keeper-unknown", "6".to_owned()),
                ("responsibility-grid-team-unknown", "7".to_owned()),
                ("responsibility-grid-twice", "8".to_owned()),
            ]
        );
    }
}
