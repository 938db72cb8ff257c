//! Every operation of the API, declared once: its address, what opens it, what it is asked and what it answers. The doors, the
//! checks of arguments and the OpenAPI document all come from here.

use super::asked::{Kind, Param};
use super::problem::Kind as Wrong;
use super::scopes::Scope;
use super::shapes::{
    Area, Case, CategoryWhole, Delivery, Department, Fact, Facts, Index, Me, NewReport, NewWebhook, Paged, Received,
    Replay, Replayed, Report, Webhook,
};
use super::{acting, cases, document, examples, facts, reference, reports, webhooks};
use crate::cases::case::Stage;
use crate::cases::store::Branch;
use crate::people::doors::{Access, Door};
use axum::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

/// Makes a schema.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn of_act(_: &mut SchemaGenerator) -> Schema {
    Schema::try_from(acting::schema()).unwrap_or_default()
}

/// A body that an operation takes.
#[derive(Clone, Copy)]
pub struct Body {
    /// Its schema.
    pub schema: SchemaOf,
    /// An example.
    pub example: fn() -> Value,
    /// As multipart: the part that holds the JSON, and the parts that hold files; none when it is JSON alone.
    pub files: Option<(&'static str, &'static [&'static str])>,
}

/// What an operation answers when all is well.
#[derive(Clone, Copy)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type; empty for nothing.
    pub media: &'static str,
    /// Its schema; none for what is not JSON.
    pub schema: Option<SchemaOf>,
    /// An example.
    pub example: Option<fn() -> Value>,
}

const fn json(status: u16, schema: SchemaOf, example: fn() -> Value) -> Answer {
    Answer { status, media: "application/json", schema: Some(schema), example: Some(example) }
}

/// An answer without a body.
const fn nothing(status: u16) -> Answer {
    Answer { status, media: "", schema: None, example: None }
}

/// What opens an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// Nothing is needed.
    Everybody,
    /// Any token.
    Token,
    /// A token of this scope.
    Scope(Scope),
}

/// One operation.
pub struct Operation {
    /// Its name, and the key of its sentences: `api-op-NAME`.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its address.
    pub path: &'static str,
    /// Under which heading it stands.
    pub tag: &'static str,
    /// What opens it.
    pub opens: Opens,
    /// What it is asked.
    pub params: &'static [Param],
    /// What it takes.
    pub body: Option<Body>,
    /// What it answers.
    pub answers: &'static [Answer],
    /// Which problems its own rules add.
    pub wrongs: &'static [Wrong],
    door: fn(&'static str) -> Door,
}

impl Operation {
    /// Every problem that it may answer.
    pub fn problems(&self) -> Vec<Wrong> {
        // Arguments may be misspelt anywhere.
        let mut all = vec![Wrong::Malformed, Wrong::Unauthorized, Wrong::TooMany, Wrong::Unavailable, Wrong::Busy];
        if matches!(self.opens, Opens::Scope(_)) {
            all.push(Wrong::Forbidden);
        }
        if self.body.is_some() {
            all.extend([Wrong::TooLarge, Wrong::UnsupportedType, Wrong::Refused]);
        }
        all.extend(self.wrongs);
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn levels() -> Vec<&'static str> {
    vec!["district", "street", "community"]
}

fn kinds() -> Vec<&'static str> {
    vec!["event", "component"]
}

fn sizes() -> Vec<&'static str> {
    vec!["small", "large"]
}

fn stages() -> Vec<&'static str> {
    Stage::ALL.iter().map(|stage| stage.text()).collect()
}

fn sorts() -> Vec<&'static str> {
    vec!["due", "opened", "number"]
}

fn branches() -> Vec<&'static str> {
    Branch::ALL.iter().map(|(_, word)| *word).collect()
}

const NUMBER: Param = Param::path("number", Kind::Text(40));
const HOOK: Param = Param::path("id", Kind::Text(20));
const LIMIT: Param = Param::query("limit", Kind::Count(1, reports::MOST_ROWS));
const CURSOR: Param = Param::query("cursor", Kind::Text(60));
const CATEGORY: Param = Param::query("category", Kind::Text(60));
const AFTER: Param = Param::query("after", Kind::Count(0, i64::MAX));
const TYPES: Param = Param::query("types", Kind::Text(1000));
const KEY: Param = Param::header("idempotency-key", Kind::Text(100));
const IF_MATCH: Param = Param::header("if-match", Kind::Text(40));
const IF_NONE_MATCH: Param = Param::header("if-none-match", Kind::Text(200));

static ALL: &[Operation] = &[
    Operation {
        name: "index",
        method: Method::GET,
        path: "/api/v1",
        tag: "start",
        opens: Opens::Everybody,
        params: &[],
        body: None,
        answers: &[json(200, of::<Index>, examples::index)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, reference::index),
    },
    Operation {
        name: "openapi",
        method: Method::GET,
        path: "/api/v1/openapi.json",
        tag: "start",
        opens: Opens::Everybody,
        params: &[IF_NONE_MATCH],
        body: None,
        answers: &[Answer { status: 200, media: "application/json", schema: None, example: None }, nothing(304)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, document::show),
    },
    Operation {
        name: "me",
        method: Method::GET,
        path: "/api/v1/me",
        tag: "start",
        opens: Opens::Token,
        params: &[],
        body: None,
        answers: &[json(200, of::<Me>, examples::me)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, reference::me),
    },
    Operation {
        name: "departments",
        method: Method::GET,
        path: "/api/v1/departments",
        tag: "city",
        opens: Opens::Everybody,
        params: &[],
        body: None,
        answers: &[json(200, of::<Paged<Department>>, examples::departments)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, reference::departments),
    },
    Operation {
        name: "areas",
        method: Method::GET,
        path: "/api/v1/areas",
        tag: "city",
        opens: Opens::Everybody,
        params: &[Param::query("level", Kind::OneOf(levels))],
        body: None,
        answers: &[json(200, of::<Paged<Area>>, examples::areas)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, reference::areas),
    },
    Operation {
        name: "categories",
        method: Method::GET,
        path: "/api/v1/categories",
        tag: "city",
        opens: Opens::Everybody,
        params: &[Param::query("kind", Kind::OneOf(kinds))],
        body: None,
        answers: &[json(200, of::<Paged<CategoryWhole>>, examples::categories)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, reference::categories),
    },
    Operation {
        name: "category",
        method: Method::GET,
        path: "/api/v1/categories/{code}",
        tag: "city",
        opens: Opens::Everybody,
        params: &[Param::path("code", Kind::Text(60))],
        body: None,
        answers: &[json(200, of::<CategoryWhole>, examples::category)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::get(path, Access::Public, reference::category),
    },
    Operation {
        name: "reports",
        method: Method::GET,
        path: "/api/v1/reports",
        tag: "reports",
        opens: Opens::Scope(Scope::ReadReports),
        params: &[
            Param::query("open", Kind::Yes),
            CATEGORY,
            Param::query("from", Kind::Moment),
            Param::query("until", Kind::Moment),
            Param::query("changed_since", Kind::Moment),
            Param::query("within", Kind::Rectangle),
            LIMIT,
            CURSOR,
        ],
        body: None,
        answers: &[json(200, of::<Paged<Report>>, examples::reports)],
        wrongs: &[Wrong::Refused],
        door: |path| Door::get(path, Access::Public, reports::list),
    },
    Operation {
        name: "report",
        method: Method::GET,
        path: "/api/v1/reports/{number}",
        tag: "reports",
        opens: Opens::Scope(Scope::ReadReports),
        params: &[NUMBER],
        body: None,
        answers: &[json(200, of::<Report>, examples::report)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::get(path, Access::Public, reports::one),
    },
    Operation {
        name: "send-report",
        method: Method::POST,
        path: "/api/v1/reports",
        tag: "reports",
        opens: Opens::Scope(Scope::WriteReports),
        params: &[KEY],
        body: Some(Body {
            schema: of::<NewReport>,
            example: examples::new_report,
            files: Some(("report", &["photos"])),
        }),
        answers: &[json(201, of::<Received>, examples::received)],
        wrongs: &[Wrong::KeyReused],
        door: |path| Door::post(path, Access::Public, reports::send),
    },
    Operation {
        name: "cases",
        method: Method::GET,
        path: "/api/v1/cases",
        tag: "cases",
        opens: Opens::Scope(Scope::ReadCases),
        params: &[
            Param::query("stage", Kind::OneOf(stages)),
            Param::query("ended", Kind::Yes),
            Param::query("overdue", Kind::Yes),
            Param::query("branch", Kind::OneOf(branches)),
            Param::query("department", Kind::Text(60)),
            Param::query("street", Kind::Text(20)),
            CATEGORY,
            Param::query("number_begins", Kind::Text(40)),
            Param::query("sort", Kind::OneOf(sorts)),
            LIMIT,
            CURSOR,
        ],
        body: None,
        answers: &[json(200, of::<Paged<Case>>, examples::cases)],
        wrongs: &[Wrong::Refused],
        door: |path| Door::get(path, Access::Public, cases::list),
    },
    Operation {
        name: "case",
        method: Method::GET,
        path: "/api/v1/cases/{number}",
        tag: "cases",
        opens: Opens::Scope(Scope::ReadCases),
        params: &[NUMBER, IF_NONE_MATCH],
        body: None,
        answers: &[json(200, of::<Case>, examples::case), nothing(304)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::get(path, Access::Public, cases::one),
    },
    Operation {
        name: "case-facts",
        method: Method::GET,
        path: "/api/v1/cases/{number}/facts",
        tag: "cases",
        opens: Opens::Scope(Scope::ReadCases),
        params: &[NUMBER],
        body: None,
        answers: &[json(200, of::<Paged<Fact>>, examples::case_facts)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::get(path, Access::Public, cases::history),
    },
    Operation {
        name: "act",
        method: Method::POST,
        path: "/api/v1/cases/{number}/acts",
        tag: "cases",
        opens: Opens::Scope(Scope::WriteCases),
        params: &[NUMBER, IF_MATCH, KEY],
        body: Some(Body { schema: of_act, example: examples::act, files: Some(("act", &["photos", "documents"])) }),
        answers: &[json(200, of::<Case>, examples::case), nothing(204)],
        wrongs: &[
            Wrong::NotFound,
            Wrong::Conflict,
            Wrong::PreconditionFailed,
            Wrong::PreconditionRequired,
            Wrong::KeyReused,
        ],
        door: |path| Door::post(path, Access::Public, acting::act),
    },
    Operation {
        name: "photo",
        method: Method::GET,
        path: "/api/v1/photos/{id}/{size}",
        tag: "cases",
        opens: Opens::Scope(Scope::ReadCases),
        params: &[Param::path("id", Kind::Text(20)), Param::path("size", Kind::OneOf(sizes)), IF_NONE_MATCH],
        body: None,
        answers: &[Answer { status: 200, media: "image/*", schema: None, example: None }, nothing(304)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::get(path, Access::Public, reference::photo),
    },
    Operation {
        name: "facts",
        method: Method::GET,
        path: "/api/v1/facts",
        tag: "facts",
        opens: Opens::Scope(Scope::ReadFacts),
        params: &[AFTER, TYPES, LIMIT],
        body: None,
        answers: &[json(200, of::<Facts>, examples::facts)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, facts::list),
    },
    Operation {
        name: "fact-lines",
        method: Method::GET,
        path: "/api/v1/facts.jsonl",
        tag: "facts",
        opens: Opens::Scope(Scope::ReadFacts),
        params: &[AFTER, TYPES, Param::query("follow", Kind::Yes)],
        body: None,
        answers: &[Answer { status: 200, media: "application/jsonl", schema: None, example: None }],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, facts::lines),
    },
    Operation {
        name: "fact-stream",
        method: Method::GET,
        path: "/api/v1/facts/stream",
        tag: "facts",
        opens: Opens::Scope(Scope::ReadFacts),
        params: &[AFTER, TYPES, Param::header("last-event-id", Kind::Count(0, i64::MAX))],
        body: None,
        answers: &[Answer { status: 200, media: "text/event-stream", schema: None, example: None }],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, facts::stream),
    },
    Operation {
        name: "webhooks",
        method: Method::GET,
        path: "/api/v1/webhooks",
        tag: "webhooks",
        opens: Opens::Scope(Scope::ManageWebhooks),
        params: &[],
        body: None,
        answers: &[json(200, of::<Paged<Webhook>>, examples::webhooks)],
        wrongs: &[],
        door: |path| Door::get(path, Access::Public, webhooks::calls::list),
    },
    Operation {
        name: "make-webhook",
        method: Method::POST,
        path: "/api/v1/webhooks",
        tag: "webhooks",
        opens: Opens::Scope(Scope::ManageWebhooks),
        params: &[],
        body: Some(Body { schema: of::<NewWebhook>, example: examples::new_webhook, files: None }),
        answers: &[json(201, of::<Webhook>, examples::webhook_made)],
        wrongs: &[],
        door: |path| Door::post(path, Access::Public, webhooks::calls::make),
    },
    Operation {
        name: "remove-webhook",
        method: Method::DELETE,
        path: "/api/v1/webhooks/{id}",
        tag: "webhooks",
        opens: Opens::Scope(Scope::ManageWebhooks),
        params: &[HOOK],
        body: None,
        answers: &[nothing(204)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::delete(path, Access::Public, webhooks::calls::remove),
    },
    Operation {
        name: "deliveries",
        method: Method::GET,
        path: "/api/v1/webhooks/{id}/deliveries",
        tag: "webhooks",
        opens: Opens::Scope(Scope::ManageWebhooks),
        params: &[
            HOOK,
            Param::query("state", Kind::OneOf(webhooks::states)),
            Param::query("cursor", Kind::Count(0, i64::MAX)),
            LIMIT,
        ],
        body: None,
        answers: &[json(200, of::<Paged<Delivery>>, examples::deliveries)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::get(path, Access::Public, webhooks::calls::deliveries),
    },
    Operation {
        name: "replay",
        method: Method::POST,
        path: "/api/v1/webhooks/{id}/replay",
        tag: "webhooks",
        opens: Opens::Scope(Scope::ManageWebhooks),
        params: &[HOOK],
        body: Some(Body { schema: of::<Replay>, example: examples::replay, files: None }),
        answers: &[json(200, of::<Replayed>, examples::replayed)],
        wrongs: &[Wrong::NotFound],
        door: |path| Door::post(path, Access::Public, webhooks::calls::replay),
    },
];

/// All of them, in the order of the document.
pub fn all() -> &'static [Operation] {
    ALL
}

/// The operation of a method and an address as its door writes it.
pub fn of_door(method: &Method, path: &str) -> Option<&'static Operation> {
    // Whoever asks only for the head is answered as for the whole.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ALL.iter().find(|operation| operation.method == method && operation.path == path)
}

/// Their doors.
pub fn doors() -> Vec<Door> {
    ALL.iter().map(|operation| (operation.door)(operation.path)).collect()
}
