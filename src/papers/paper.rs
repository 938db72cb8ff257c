//! A paper and its rules: what it must carry, when it may be voided, what may be told of it to anybody.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::civil::Date;
use serde_json::{Value, json};
use typesetting::{Field, Kind, Kinds};

/// The longest reason of voiding, in characters.
pub const LONGEST_REASON: usize = 500;
/// How many missing fields a refusal names; all are checked.
const MOST_NAMED: usize = 12;

/// A paper as it was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// The identifier.
    pub id: Id,
    /// What it belongs to, such as `penalty-case`.
    pub subject: String,
    /// Which one.
    pub subject_id: Id,
    /// Its kind's name in `letters/kinds.toml`.
    pub kind: String,
    /// The year of its number.
    pub year: i64,
    /// Its serial within series and year; none for papers without a number.
    pub serial: Option<i64>,
    /// The number as it is printed; empty without one.
    pub number: String,
    /// The organ that issued it.
    pub organ: String,
    /// When it was issued.
    pub issued_at: Moment,
    /// The civil day of that.
    pub issued_on: Date,
    /// By whom.
    pub issued_by: Id,
    /// Everything that is printed on it, frozen.
    pub data: Value,
    /// By which anybody can check it.
    pub code: String,
    /// The SHA-256 of its PDF, once that is sealed.
    pub digest: Option<String>,
    /// When it was voided, by whom and why.
    pub voided: Option<Voided>,
    /// What became of what it says, when something did.
    pub ended: Option<Ended>,
    /// How often its row was changed.
    pub revision: i64,
}

/// A paper that does not count any more; its number stays used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voided {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Id,
    /// Why.
    pub reason: String,
}

enum_of_words! {
    /// What became of what a paper says.
    Outcome {
        /// 已变更, or decided anew.
        Changed = "changed",
        /// 已撤销.
        Revoked = "revoked",
    }
}

/// That what a paper says counts no longer as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// What became of it.
    pub how: Outcome,
    /// The paper that says so; none until it is issued.
    pub later: Option<Id>,
    /// Since when.
    pub at: Moment,
}

/// How a paper stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts as it was issued.
    Issued,
    /// What it says was changed, or decided anew.
    Changed,
    /// What it says was revoked.
    Revoked,
    /// It does not count.
    Voided,
}

impl Standing {
    /// Its name in keys of sentences.
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Issued => "issued",
            Standing::Changed => "changed",
            Standing::Revoked => "revoked",
            Standing::Voided => "voided",
        }
    }
}

impl Paper {
    /// How it stands now.
    pub fn standing(&self) -> Standing {
        match (&self.voided, self.ended) {
            (Some(_), _) => Standing::Voided,
            (None, Some(Ended { how: Outcome::Changed, .. })) => Standing::Changed,
            (None, Some(Ended { how: Outcome::Revoked, .. })) => Standing::Revoked,
            (None, None) => Standing::Issued,
        }
    }

    /// Voids it with a reason.
    ///
    /// # Errors
    /// `papers-refusal-voided` when it is void already, `papers-refusal-reason` without a reason or with one that is too long.
    pub fn void(mut self, by: Id, at: Moment, reason: &str) -> Result<Paper, Refusal> {
        if self.voided.is_some() {
            return Err(Refusal::new("papers-refusal-voided").with("number", self.name()));
        }
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(Refusal::new("papers-refusal-reason").with("most", LONGEST_REASON).on("reason"));
        }
        self.voided = Some(Voided { at, by, reason: reason.to_owned() });
        self.revision += 1;
        Ok(self)
    }

    /// Says what became of what this paper says; `later` is the paper that says so, once there is one. What was revoked stays
    /// revoked, and the first moment counts.
    ///
    /// # Errors
    /// `papers-refusal-voided` when it is void; a void paper says nothing any more.
    pub fn end(mut self, how: Outcome, later: Option<Id>, at: Moment) -> Result<Paper, Refusal> {
        if self.voided.is_some() {
            return Err(Refusal::new("papers-refusal-voided").with("number", self.name()));
        }
        self.ended = Some(match self.ended {
            Some(before) if before.how == how || before.how == Outcome::Revoked => {
                Ended { later: later.or(before.later), ..before }
            }
            _ => Ended { how, later, at },
        });
        self.revision += 1;
        Ok(self)
    }

    /// Its number, or its code where it has none.
    pub fn name(&self) -> String {
        if self.number.is_empty() { grouped(&self.code) } else { self.number.clone() }
    }
}

/// A code as it is printed, in groups of four.
pub fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// A paper that was looked at and may be issued: it carries all that its kind demands.
#[derive(Debug, Clone)]
pub struct Order {
    pub(super) subject: &'static str,
    pub(super) subject_id: Id,
    pub(super) kind: Kind,
    pub(super) data: Value,
    pub(super) address: String,
}

impl Order {
    /// Looks at what is to be issued. `address` is where the public reaches the program, without a slash at its end.
    ///
    /// # Errors
    /// `papers-refusal-kind` for a kind that the city does not have, `papers-refusal-missing` naming every field that the
    /// kind demands with the article that demands it, `papers-refusal-mark` without the mark of the organ for the number.
    pub fn check(
        kinds: &Kinds,
        kind: &str,
        subject: &'static str,
        subject_id: Id,
        data: Value,
        address: &str,
    ) -> Result<Order, Refusal> {
        let kind = kinds.find(kind).ok_or_else(|| Refusal::new("papers-refusal-kind").with("kind", kind))?;
        whole(kind, &data)?;
        let is_marked = kind.number.as_ref().is_none_or(|pattern| !pattern.contains("{mark}"));
        if !is_marked && mark(&data).is_empty() {
            return Err(Refusal::new("papers-refusal-mark").with("kind", &kind.name.chinese));
        }
        Ok(Order { subject, subject_id, kind: kind.clone(), data, address: address.to_owned() })
    }

    /// The data as it is printed under this number, with the code by which it is checked.
    pub(super) fn printed(&self, number: &str, code: &str) -> Value {
        let mut data = self.data.clone();
        if let Some(fields) = data.as_object_mut() {
            if !number.is_empty() {
                fields.insert("number".to_owned(), number.into());
            }
            let address = format!("{}/verify/{code}", self.address);
            fields.insert("check".to_owned(), json!({ "address": address, "code": grouped(code) }));
        }
        data
    }

    /// The pattern of its number with the organ's mark in it; empty for kinds without one.
    pub(super) fn series(&self) -> String {
        self.kind.number.as_ref().map(|pattern| pattern.replace("{mark}", mark(&self.data))).unwrap_or_default()
    }

    /// The organ's name.
    pub(super) fn organ(&self) -> &str {
        self.data.pointer("/organ/name").and_then(Value::as_str).unwrap_or_default()
    }

    /// The organ's mark in numbers, such as 望城管.
    pub(super) fn mark(&self) -> &str {
        mark(&self.data)
    }
}

fn mark(data: &Value) -> &str {
    data.pointer("/organ/mark").and_then(Value::as_str).map(str::trim).unwrap_or_default()
}

/// What `data` lacks to be issued as a paper of `kind`. Number and code are given at issuing, so that they never lack.
pub fn missing<'a>(kind: &'a Kind, data: &Value) -> Vec<&'a Field> {
    typesetting::missing(kind, data).into_iter().filter(|field| field.at != "number").collect()
}

/// Refuses data that lacks something.
///
/// # Errors
/// `papers-refusal-missing` naming every field and the article that demands it.
pub fn whole(kind: &Kind, data: &Value) -> Result<(), Refusal> {
    let lacking = missing(kind, data);
    if lacking.is_empty() { Ok(()) } else { Err(refuse(kind, &lacking)) }
}

/// The refusal that names fields and the articles that demand them, in both languages.
fn refuse(kind: &Kind, lacking: &[&Field]) -> Refusal {
    let named = lacking.iter().take(MOST_NAMED);
    let chinese: Vec<String> =
        named.clone().map(|field| format!("{}（{}）", field.name.chinese, field.basis)).collect();
    let english: Vec<String> = named.map(|field| format!("{} ({})", field.name.english, field.basis)).collect();
    Refusal::new("papers-refusal-missing")
        .with("kind", &kind.name.chinese)
        .with("kind_en", &kind.name.english)
        .with("fields", chinese.join("、"))
        .with("fields_en", english.join("; "))
        .with("n", lacking.len())
        .with("more", lacking.len().saturating_sub(MOST_NAMED))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const KINDS: &str = r#"
        [[kind]]
        id = "decision"
        name = { chinese = "决定书", english = "Decision" }
        template = "decision"
        number = "{mark}罚决字〔{year}〕{serial}号"
        fields = [
          { at = "organ.name", name = { chinese = "机关名称", english = "organ" }, basis = "文书格式" },
          { at = "number", name = { chinese = "编号", english = "number" }, basis = "文书格式" },
          { at = "party.address", name = { chinese = "地址", english = "address" }, basis = "行政处罚法第五十九条第一款第一项" },
        ]
    "#;

    fn check(data: Value) -> Result<Order, Refusal> {
        let kinds = Kinds::read(KINDS).expect("readable");
        Order::check(&kinds, "decision", "case", 1, data, "https://a.example")
    }

    #[test]
    fn every_missing_field_is_named_with_its_article() {
        for data in [json!({}), json!(null), json!("x"), json!([])] {
            let refusal = check(data).expect_err("refused");
            assert_eq!(refusal.key, "papers-refusal-missing");
            let fields = refusal.args.iter().find(|(name, _)| *name == "fields").map(|(_, value)| value.as_str());
            assert_eq!(fields, Some("机关名称（文书格式）、地址（行政处罚法第五十九条第一款第一项）"));
        }
        let data = json!({ "organ": { "name": "某局" }, "party": { "address": "某路" } });
        assert_eq!(check(data.clone()).expect_err("no mark").key, "papers-refusal-mark");
        let mut data = data;
        data["organ"]["mark"] = json!("某");
        let order = check(data).expect("whole");
        assert_eq!(order.series(), "某罚决字〔{year}〕{serial}号");
        let printed = order.printed("某罚决字〔2026〕1号", "0123456789ABCDEF");
        assert_eq!(printed["number"], "某罚决字〔2026〕1号");
        assert_eq!(printed["check"]["address"], "https://a.example/verify/0123456789ABCDEF");
        assert_eq!(printed["check"]["code"], "0123-4567-89AB-CDEF");
        let kinds = Kinds::read(KINDS).expect("readable");
        let unknown = Order::check(&kinds, "other", "case", 1, json!({}), "").expect_err("unknown");
        assert_eq!(unknown.key, "papers-refusal-kind");
    }

    pub(in crate::papers) fn paper() -> Paper {
        Paper {
            id: 1,
            subject: "case".into(),
            subject_id: 1,
            kind: "decision".into(),
            year: 2026,
            serial: Some(1),
            number: "某罚决字〔2026〕1号".into(),
            organ: "某局".into(),
            issued_at: Moment(0),
            issued_on: jiff::civil::date(2026, 3, 10),
            issued_by: 1,
            data: json!({}),
            code: "0123456789ABCDEF".into(),
            digest: None,
            voided: None,
            ended: None,
            revision: 1,
        }
    }

    #[test]
    fn a_paper_is_voided_once_and_with_a_reason() {
        for reason in ["", " \n", &"长".repeat(LONGEST_REASON + 1)] {
            assert_eq!(paper().void(2, Moment(1), reason).expect_err("no reason").key, "papers-refusal-reason");
        }
        let changed = paper().end(Outcome::Changed, None, Moment(1)).expect("changed");
        assert_eq!(changed.standing(), Standing::Changed);
        let linked = changed.clone().end(Outcome::Changed, Some(9), Moment(5)).expect("linked");
        assert_eq!(linked.ended, Some(Ended { how: Outcome::Changed, later: Some(9), at: Moment(1) }));
        let revoked = linked.end(Outcome::Revoked, None, Moment(6)).expect("revoked");
        assert_eq!((revoked.standing(), revoked.ended.and_then(|ended| ended.later)), (Standing::Revoked, None));
        let still = revoked.end(Outcome::Changed, Some(9), Moment(7)).expect("linked");
        assert_eq!((still.standing(), still.ended.map(|ended| ended.at)), (Standing::Revoked, Some(Moment(6))));
        let voided = changed.void(2, Moment(2), " 当事人姓名有误 ").expect("voided");
        assert_eq!((voided.standing(), voided.revision), (Standing::Voided, 3));
        assert_eq!(voided.voided.as_ref().map(|voided| voided.reason.as_str()), Some("当事人姓名有误"));
        assert_eq!(voided.serial, Some(1), "its number stays used");
        assert_eq!(voided.clone().void(2, Moment(3), "再次").expect_err("twice").key, "papers-refusal-voided");
        assert_eq!(voided.end(Outcome::Changed, Some(9), Moment(3)).expect_err("void").key, "papers-refusal-voided");
    }
}
