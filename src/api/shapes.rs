//! What programs send and get: one type a thing, from which the answers are written and the document is made. What each part
//! means stands in `locales/*/api.ftl` under `api-is-…`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// Whose token it is and what it opens.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Me {
    /// The token's name.
    pub token: String,
    /// The login of its account.
    pub account: String,
    /// The account's name.
    pub name: String,
    /// The account's post.
    pub post: String,
    /// The account's department.
    pub department: Option<Department>,
    /// What the token opens.
    pub scopes: Vec<String>,
    /// Requests a minute.
    pub per_minute: i64,
    /// When it ends.
    pub ends_at: Option<String>,
}

/// A department.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Department {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The code of the department above it.
    pub parent: Option<String>,
    /// What kind it is.
    pub kind: String,
}

/// A department where it is only named.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Named {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A sub-class of the catalog.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Category {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `event` or `component`; none of a name that another system gave.
    pub kind: Option<String>,
}

/// A sub-class with its filing conditions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CategoryWhole {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `event` or `component`.
    pub kind: String,
    /// The class it belongs to.
    pub class: String,
    /// Its filing conditions in force.
    pub standards: Vec<Standard>,
}

/// A filing condition.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Standard {
    /// How the act `file` names it.
    pub standard: String,
    /// When a case is filed under it.
    pub condition: String,
    /// How long handling may take.
    pub limit_amount: u32,
    /// In which unit.
    pub limit_unit: String,
}

/// An area.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Area {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `district`, `street` or `community`.
    pub level: String,
}

/// A place in the city.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Place {
    /// Degrees east, WGS-84.
    pub lon: Option<f64>,
    /// Degrees north, WGS-84.
    pub lat: Option<f64>,
    /// The address.
    pub address: String,
    /// The unit grid.
    pub cell: String,
    /// The street's code.
    pub street: String,
    /// The community's code.
    pub community: String,
}

/// A report as programs read it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// Its number.
    pub number: String,
    /// How far it has come.
    pub stage: String,
    /// The words.
    pub words: String,
    /// Its sub-class.
    pub category: Option<Category>,
    /// Degrees east, WGS-84.
    pub lon: Option<f64>,
    /// Degrees north, WGS-84.
    pub lat: Option<f64>,
    /// The address.
    pub address: String,
    /// The unit grid.
    pub cell: String,
    /// The areas' names.
    pub area: String,
    /// Addresses of its photos.
    pub photos: Vec<String>,
    /// Who has it.
    pub department: Option<String>,
    /// What was told of it last.
    pub told: Option<String>,
    /// When it came in.
    pub received_at: String,
    /// When it last changed.
    pub changed_at: String,
    /// When it is promised to be solved.
    pub due_at: Option<String>,
    /// When it ended.
    pub closed_at: Option<String>,
    /// How many follow it.
    pub followers: i64,
    /// The number of its case.
    pub case: Option<String>,
    /// Who reported, for tokens that open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// Who reported.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// The telephone.
    pub phone: String,
}

/// A report that is sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct NewReport {
    /// The words.
    #[schemars(length(max = 4000))]
    pub words: String,
    /// A sub-class of `categories`.
    #[schemars(length(max = 60))]
    pub category: Option<String>,
    /// Degrees east.
    #[schemars(range(min = -180, max = 180))]
    pub lon: Option<f64>,
    /// Degrees north.
    #[schemars(range(min = -90, max = 90))]
    pub lat: Option<f64>,
    /// In which system they are: `wgs84`, `gcj02` or `bd09`; WGS-84 when absent.
    #[schemars(extend("enum" = ["wgs84", "gcj02", "bd09", null]))]
    pub coordinates: Option<String>,
    /// The address.
    #[schemars(length(max = 200))]
    pub address: Option<String>,
    /// The unit grid.
    #[schemars(length(max = 20))]
    pub cell: Option<String>,
    /// The name to ask back.
    #[schemars(length(max = 60))]
    pub contact_name: Option<String>,
    /// The telephone to ask back.
    #[schemars(length(max = 40))]
    pub contact_phone: Option<String>,
}

/// A report that was sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Received {
    /// Its number.
    pub number: String,
    /// The tracking code, for the person who reported.
    pub code: String,
    /// Its public page.
    pub page: String,
}

/// A case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Case {
    /// Its number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub stage: String,
    /// Whether it is open.
    pub is_open: bool,
    /// Whether it comes before everything else.
    pub is_urgent: bool,
    /// Where it came from.
    pub source: String,
    /// Its sub-class.
    pub category: Option<Category>,
    /// Under which condition it was filed.
    pub condition: Option<String>,
    /// Where it is.
    pub place: Place,
    /// Who has it.
    pub department: Option<Named>,
    /// When it was opened.
    pub opened_at: String,
    /// Since when it stands where it stands.
    pub stage_since: String,
    /// When the department is due.
    pub due_at: Option<String>,
    /// When the clock that runs is due.
    pub clock_due_at: Option<String>,
    /// When the department answered.
    pub fed_back_at: Option<String>,
    /// Until when it waits.
    pub suspended_until: Option<String>,
    /// When it ended.
    pub closed_at: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// What of it waits for a decision.
    pub awaits: Option<String>,
    /// Whether an order waits for its answer.
    pub is_supervised: bool,
    /// How often work was sent back.
    pub rework_count: u32,
    /// How often it was handed back.
    pub return_count: u32,
    /// How often it was opened again.
    pub reopen_count: u32,
    /// Its revision, as its entity tag says.
    pub revision: i64,
    /// The numbers of its reports; in lists left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<String>>,
}

/// A fact: one thing that happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Fact {
    /// Its place in the order of facts: read on after it.
    pub cursor: i64,
    /// Its identifier.
    pub id: String,
    /// What happened, such as `case.dispatched`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub at: String,
    /// `report` or `case`.
    pub subject: String,
    /// Its number.
    pub number: String,
    /// Whether citizens may read it.
    pub is_public: bool,
    /// Who did it; none for citizens and the program itself.
    pub author: Option<String>,
    /// What else is known.
    pub data: FactData,
}

/// What else is known of a fact.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct FactData {
    /// The stage after it.
    pub stage: Option<String>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// What was written to it.
    pub note: Option<String>,
    /// The due moment that it set.
    pub due_at: Option<String>,
    /// The case's revision after it.
    pub revision: Option<i64>,
    /// Addresses of photos.
    pub photos: Vec<String>,
}

/// What is sent to a webhook (Standard Webhooks).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Message {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub timestamp: String,
    /// The fact.
    pub data: Fact,
}

/// Facts from a cursor.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    /// The facts.
    pub items: Vec<Fact>,
    /// Read on after this.
    pub cursor: i64,
    /// Whether there is more already.
    pub has_more: bool,
}

/// An address to which facts are sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Webhook {
    /// Its identifier.
    pub id: String,
    /// The address.
    pub url: String,
    /// What it is for.
    pub note: String,
    /// Which facts are sent; all when empty.
    pub types: Vec<String>,
    /// Whether facts are sent.
    pub is_active: bool,
    /// Since when nothing arrives.
    pub failing_since: Option<String>,
    /// When it was made.
    pub made_at: String,
    /// What its messages are signed with: told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A new address to which facts are sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct NewWebhook {
    /// The address.
    #[schemars(length(max = 500), extend("format" = "uri"), required)]
    pub url: String,
    /// What it is for.
    #[schemars(length(max = 200))]
    pub note: String,
    /// Which facts are sent; all when empty.
    #[schemars(length(max = 50))]
    pub types: Vec<String>,
    /// Send facts after this cursor, and not only new ones.
    #[schemars(range(min = 0))]
    pub after: Option<i64>,
}

/// A fact that was or is to be sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Delivery {
    /// The fact's cursor.
    pub cursor: i64,
    /// The message's identifier: the same whenever it is sent again.
    pub message: String,
    /// `report` or `case`.
    pub subject: String,
    /// Its number.
    pub number: String,
    /// How far it has come.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// The status of the last answer.
    pub status: Option<i64>,
    /// What was answered, or why there was no answer.
    pub answer: String,
    /// When it was last tried.
    pub tried_at: Option<String>,
    /// When it is tried next.
    pub next_at: Option<String>,
    /// When it arrived.
    pub delivered_at: Option<String>,
}

/// Which facts are to be sent once more.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(deny_unknown_fields)]
pub struct Replay {
    /// After this cursor …
    #[schemars(range(min = 0), required)]
    pub after: i64,
    /// … up to this one; to the last when absent.
    #[schemars(range(min = 0))]
    pub until: Option<i64>,
}

/// How many facts are sent once more.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Replayed {
    /// How many.
    pub count: u64,
}

/// What the API is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Index {
    /// The city.
    pub city: String,
    /// The API's version.
    pub version: String,
    /// Where things are, by name.
    pub links: BTreeMap<String, String>,
}

/// What is wrong (RFC 9457).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Problem {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What is wrong, and what to do.
    pub detail: String,
    /// The address that was asked.
    pub instance: String,
    /// What is wrong, field by field.
    pub errors: Vec<FieldProblem>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FieldProblem {
    /// Which; none when it is about the whole.
    pub field: Option<String>,
    /// What is wrong, and what to do.
    pub detail: String,
}
