//! What was decided against a party before: whether it is the first time (初次违法, 行政处罚法 art. 33), and whether the same act
//! was fined already (art. 29).

use super::case::Case;
use jiff::civil::Date;

/// A case of the same party that came to a decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Earlier {
    /// Its number.
    pub number: String,
    /// The day of the decision, or of not punishing.
    pub decided_on: Date,
    /// The matter.
    pub matter: String,
    /// The day of the act.
    pub acted_on: Option<Date>,
    /// The fine, fen; 0 without one.
    pub fine: i64,
    /// Whether the decision was revoked or found unlawful.
    pub is_void: bool,
}

/// Those that still stand.
pub fn standing(earlier: &[Earlier]) -> impl Iterator<Item = &Earlier> {
    earlier.iter().filter(|one| !one.is_void)
}

/// The decision that has fined the same act: the same day and the same matter, or one that the act breaks as well; none where
/// somebody has written why it is another act.
pub fn fined<'a>(case: &Case, earlier: &'a [Earlier]) -> Option<&'a Earlier> {
    if !case.other_act.trim().is_empty() {
        return None;
    }
    let is_same = |one: &&Earlier| {
        one.fine > 0
            && one.acted_on.is_some()
            && one.acted_on == case.acted_on
            && (one.matter == case.matter || case.also.contains(&one.matter))
    };
    standing(earlier).find(is_same)
}

#[cfg(test)]
mod tests {
    use super::super::case::tests::{at, executing_of};
    use super::super::case::{Party, PartyForm};
    use super::*;
    use jiff::civil::date;

    #[test]
    fn one_act_is_fined_once() {
        let party = Party {
            name: "某运输公司".to_owned(),
            form: PartyForm::Unit,
            age: None,
            is_unaccountable: false,
            code: String::new(),
        };
        let case = executing_of(party);
        assert!(case.last_at > at("2026-03-01T00:00"));
        let one = Earlier {
            number: "2026-00001".to_owned(),
            decided_on: date(2026, 3, 2),
            matter: "uncovered-transport".to_owned(),
            acted_on: Some(date(2026, 3, 1)),
            fine: 200_000,
            is_void: false,
        };
        for (earlier, is_fined, why) in [
            (one.clone(), true, "the same day and matter: 处罚法29"),
            (Earlier { fine: 0, ..one.clone() }, false, "a warning may stand beside a fine"),
            (Earlier { is_void: true, ..one.clone() }, false, "revoked"),
            (Earlier { acted_on: Some(date(2026, 3, 2)), ..one.clone() }, false, "another day"),
            (Earlier { matter: "street-stall".to_owned(), ..one.clone() }, false, "another matter"),
            (Earlier { acted_on: None, ..one.clone() }, false, "nobody knows the day"),
        ] {
            assert_eq!(fined(&case, &[earlier]).is_some(), is_fined, "{why}");
        }
        let another = Case { other_act: "另一辆车，另一时段".to_owned(), ..case };
        assert_eq!(fined(&another, &[one]), None);
    }
}
