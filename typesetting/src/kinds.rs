//! The kinds of papers, their numbers, and what each of them must carry before it may be issued.

use serde::Deserialize;
use serde_json::Value;

/// All kinds, as `letters/kinds.toml` describes them, in its order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    #[serde(rename = "kind")]
    kinds: Vec<Kind>,
}

/// One kind of paper.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its name in programs, such as `penalty-decision`.
    pub id: String,
    pub name: Name,
    /// The template that draws it: `penalty-decision` for `letters/penalty-decision.typ`.
    pub template: String,
    /// How its number is written: `{mark}` for the organ's sign, `{year}`, `{serial}`. Papers that only live inside a
    /// file carry none.
    #[serde(default)]
    pub number: Option<String>,
    /// The kinds whose papers it ends: what they say is changed or revoked by it, or decided anew.
    #[serde(default)]
    pub ends: Vec<String>,
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A name in the two languages of the program.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    pub chinese: String,
    pub english: String,
}

/// Something that a paper must carry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Where it stands in the data: `party.name`; `officers.*.card` asks it of each.
    pub at: String,
    pub name: Name,
    /// The article that demands it, in Chinese; or `文书格式` for what only the usual form of the paper asks.
    pub basis: String,
    /// Other places, one of which is as good: a citizen has an identity number where a company has a credit code.
    #[serde(default)]
    pub or: Vec<String>,
    /// Of a list: how many at the least.
    #[serde(default)]
    pub least: usize,
    /// Demanded only when this place is filled and not `false`.
    #[serde(default)]
    pub when: Option<String>,
}

/// `kinds.toml` cannot be read, or contradicts itself.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableKinds {
    #[error("the kinds of papers cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("two kinds of papers are called {0}")]
    Twice(String),
    #[error("{kind} ends papers of a kind that is not there: {unknown}")]
    Ends { kind: String, unknown: String },
    #[error("the number of {kind} must contain {{year}} and {{serial}} and no other brace than {{mark}}: {number}")]
    Number { kind: String, number: String },
}

impl Kinds {
    /// Reads the text of `kinds.toml`.
    pub fn read(text: &str) -> Result<Kinds, UnreadableKinds> {
        let read: Kinds = toml::from_str(text)?;
        for (place, kind) in read.kinds.iter().enumerate() {
            if read.kinds[..place].iter().any(|other| other.id == kind.id) {
                return Err(UnreadableKinds::Twice(kind.id.clone()));
            }
            if let Some(unknown) = kind.ends.iter().find(|one| !read.kinds.iter().any(|kind| kind.id == **one)) {
                return Err(UnreadableKinds::Ends { kind: kind.id.clone(), unknown: unknown.clone() });
            }
            if let Some(number) = &kind.number {
                let filled = number.replace("{mark}", "").replacen("{year}", "", 1).replacen("{serial}", "", 1);
                let is_whole = number.contains("{year}") && number.contains("{serial}");
                if !is_whole || filled.contains(['{', '}']) {
                    return Err(UnreadableKinds::Number { kind: kind.id.clone(), number: number.clone() });
                }
            }
        }
        Ok(read)
    }

    pub fn find(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.iter()
    }
}

impl Kind {
    /// The number that the paper carries, such as `云城执罚决字〔2026〕12号`: no 第, no leading zero (GB/T 9704-2012).
    pub fn number(&self, mark: &str, year: i32, serial: u32) -> Option<String> {
        let pattern = self.number.as_ref()?;
        // The mark is filled in last, so that braces in it stay what they are.
        let dated = pattern.replace("{year}", &year.to_string()).replace("{serial}", &serial.to_string());
        Some(dated.replace("{mark}", mark))
    }
}

/// What `data` lacks to be issued as a paper of `kind`, in the order of the form.
pub fn missing<'a>(kind: &'a Kind, data: &Value) -> Vec<&'a Field> {
    kind.fields.iter().filter(|field| is_demanded(field, data) && !is_filled(field, data)).collect()
}

fn is_demanded(field: &Field, data: &Value) -> bool {
    field.when.as_deref().is_none_or(|place| {
        let found = at(data, place);
        !found.is_empty() && found.iter().all(|value| says_something(value) && **value != Value::Bool(false))
    })
}

fn is_filled(field: &Field, data: &Value) -> bool {
    std::iter::once(&field.at).chain(&field.or).any(|place| {
        let found = at(data, place);
        let is_enough = found.iter().all(|value| value.as_array().map_or(1, Vec::len) >= field.least);
        !found.is_empty() && is_enough && found.iter().all(|value| says_something(value))
    })
}

/// The values at a place; `*` stands for each item. An item without the place counts as an empty value.
fn at<'a>(data: &'a Value, place: &str) -> Vec<&'a Value> {
    let mut found = vec![data];
    for step in place.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match step {
                "*" => value.as_array().map(|items| items.iter().collect()).unwrap_or_default(),
                name => vec![value.get(name).unwrap_or(&Value::Null)],
            })
            .collect();
    }
    found
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => text.chars().any(|character| !character.is_whitespace() && !character.is_control()),
        Value::Array(items) => items.iter().any(says_something),
        Value::Object(fields) => fields.values().any(says_something),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = r#"
        [[kind]]
        id = "decision"
        name = { chinese = "决定书", english = "decision" }
        template = "decision"
        number = "{mark}罚决字〔{year}〕{serial}号"
        fields = [
          { at = "party.name", name = { chinese = "姓名", english = "name" }, basis = "第五十九条" },
          { at = "party.id_number", or = ["party.credit_code"], name = { chinese = "证件", english = "number" }, basis = "第五十九条" },
          { at = "officers", least = 2, name = { chinese = "执法人员", english = "officers" }, basis = "第四十二条" },
          { at = "officers.*.card", name = { chinese = "证号", english = "card" }, basis = "第四十二条" },
          { at = "hearing_term", when = "hearing", name = { chinese = "期限", english = "term" }, basis = "第六十四条" },
        ]
    "#;

    fn lacking(data: Value) -> Vec<String> {
        let kinds = Kinds::read(TEXT).expect("readable");
        missing(kinds.find("decision").expect("there"), &data).iter().map(|field| field.at.clone()).collect()
    }

    #[test]
    fn what_is_missing_is_named_in_order() {
        assert_eq!(lacking(json!({})), ["party.name", "party.id_number", "officers", "officers.*.card"]);
        assert_eq!(lacking(json!("nonsense")), ["party.name", "party.id_number", "officers", "officers.*.card"]);
        let whole = json!({
            "party": {"name": "某店", "credit_code": "91"},
            "officers": [{"name": "甲", "card": "1"}, {"name": "乙", "card": "2"}],
            "hearing": false,
        });
        assert!(lacking(whole.clone()).is_empty());
        let mut changed = whole.clone();
        changed["party"]["name"] = json!(" \u{3000}\n");
        assert_eq!(lacking(changed), ["party.name"]);
        let mut changed = whole.clone();
        changed["officers"] = json!([{"name": "甲", "card": "1"}]);
        assert_eq!(lacking(changed), ["officers"]);
        let mut changed = whole.clone();
        changed["officers"][1]["card"] = json!(null);
        assert_eq!(lacking(changed), ["officers.*.card"]);
        let mut changed = whole;
        changed["hearing"] = json!(true);
        assert_eq!(lacking(changed), ["hearing_term"]);
    }

    #[test]
    fn numbers_follow_the_pattern() {
        let kinds = Kinds::read(TEXT).expect("readable");
        let number = kinds.find("decision").and_then(|kind| kind.number("云城执", 2026, 12));
        assert_eq!(number.as_deref(), Some("云城执罚决字〔2026〕12号"));
        assert!(Kinds::read(&TEXT.replace("{serial}", "{serial}{serial}")).is_err());
        assert!(Kinds::read(&TEXT.replace("{year}", "2026")).is_err());
        assert!(Kinds::read(&format!("{TEXT}{TEXT}")).is_err());
    }
}
