//! Examples of what is sent and answered, written with the types themselves: they cannot fall behind them.

use super::shapes::{
    Area, Case, Category, CategoryWhole, Contact, Delivery, Department, Fact, FactData, Facts, Index, Me, Message,
    Named, NewReport, NewWebhook, Paged, Place, Received, Replay, Replayed, Report, Standard, Webhook,
};
use serde::Serialize;
use serde_json::{Value, json};

fn value(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap_or_default()
}

fn page<T: Serialize>(item: T, next: Option<&str>) -> Value {
    value(&Paged { items: vec![item], next: next.map(str::to_owned) })
}

/// [`Index`].
pub fn index() -> Value {
    let links = [("me", "/api/v1/me"), ("openapi", "/api/v1/openapi.json")];
    let links = links.map(|(name, link)| (name.to_owned(), link.to_owned())).into();
    value(&Index { city: "望澜市".into(), version: super::VERSION.into(), links })
}

fn a_department() -> Department {
    Department {
        code: "SANITATION".into(), name: "环卫所".into(), parent: Some("BRIGADE".into()), kind: "unit".into()
    }
}

/// [`Me`].
pub fn me() -> Value {
    value(&Me {
        token: "Street works".into(),
        account: "sanitation".into(),
        name: "环卫所值班".into(),
        post: "department_desk".into(),
        department: Some(a_department()),
        scopes: vec!["cases:read".into(), "cases:write".into(), "facts:read".into()],
        per_minute: 600,
        ends_at: None,
    })
}

/// A page of [`Department`].
pub fn departments() -> Value {
    page(a_department(), None)
}

/// A page of [`Area`].
pub fn areas() -> Value {
    page(Area { code: "330901001".into(), name: "临江街道".into(), level: "street".into() }, None)
}

fn a_category() -> CategoryWhole {
    CategoryWhole {
        code: "event-0110".into(),
        name: "暴露垃圾".into(),
        kind: "event".into(),
        class: "市容环境".into(),
        standards: vec![Standard {
            standard: "event-0110|small".into(),
            condition: "少量散落垃圾".into(),
            limit_amount: 4,
            limit_unit: "working_hours".into(),
        }],
    }
}

/// A page of [`CategoryWhole`].
pub fn categories() -> Value {
    page(a_category(), None)
}

/// [`CategoryWhole`].
pub fn category() -> Value {
    value(&a_category())
}

fn a_report() -> Report {
    Report {
        number: "4631204012345".into(),
        stage: "handling".into(),
        words: "路边垃圾堆了两天".into(),
        category: Some(Category { code: "event-0110".into(), name: "暴露垃圾".into(), kind: Some("event".into()) }),
        lon: Some(123.414),
        lat: Some(31.2093),
        address: "滨江路 12 号".into(),
        cell: "33090100100101".into(),
        area: "望澜区 临江街道".into(),
        photos: vec!["/api/v1/photos/4631204012399/large".into()],
        department: Some("环卫所".into()),
        told: Some("已派遣".into()),
        received_at: "2026-03-10T10:00:00.000+08:00".into(),
        changed_at: "2026-03-10T10:20:00.000+08:00".into(),
        due_at: Some("2026-03-10T16:00:00.000+08:00".into()),
        closed_at: None,
        followers: 2,
        case: Some("20260310-0001".into()),
        contact: Some(Contact { name: "王女士".into(), phone: "5550100".into() }),
    }
}

/// A page of [`Report`].
pub fn reports() -> Value {
    page(a_report(), Some("1773108000000.4631204012345"))
}

/// [`Report`].
pub fn report() -> Value {
    value(&a_report())
}

/// [`NewReport`].
pub fn new_report() -> Value {
    value(&NewReport {
        words: "路边垃圾堆了两天".into(),
        category: Some("event-0110".into()),
        lon: Some(123.414),
        lat: Some(31.2093),
        address: Some("滨江路 12 号".into()),
        ..NewReport::default()
    })
}

/// [`Received`].
pub fn received() -> Value {
    value(&Received { number: "4631204012345".into(), code: "K7M2Q9XD".into(), page: "/reports/4631204012345".into() })
}

fn a_case(reports: Option<Vec<String>>) -> Case {
    Case {
        number: "20260310-0001".into(),
        title: "暴露垃圾".into(),
        stage: "dispatched".into(),
        is_open: true,
        is_urgent: false,
        source: "citizen".into(),
        category: Some(Category { code: "event-0110".into(), name: "暴露垃圾".into(), kind: Some("event".into()) }),
        condition: Some("少量散落垃圾".into()),
        place: Place {
            lon: Some(123.414),
            lat: Some(31.2093),
            address: "滨江路 12 号".into(),
            cell: "33090100100101".into(),
            street: "330901001".into(),
            community: "330901001001".into(),
        },
        department: Some(Named { code: "SANITATION".into(), name: "环卫所".into() }),
        opened_at: "2026-03-10T10:00:00.000+08:00".into(),
        stage_since: "2026-03-10T10:20:00.000+08:00".into(),
        due_at: Some("2026-03-10T16:00:00.000+08:00".into()),
        clock_due_at: Some("2026-03-10T16:00:00.000+08:00".into()),
        fed_back_at: None,
        suspended_until: None,
        closed_at: None,
        outcome: None,
        awaits: None,
        is_supervised: false,
        rework_count: 0,
        return_count: 0,
        reopen_count: 0,
        revision: 4,
        reports,
    }
}

/// A page of [`Case`].
pub fn cases() -> Value {
    page(a_case(None), Some("1773129600000.4631204012346"))
}

/// [`Case`].
pub fn case() -> Value {
    value(&a_case(Some(vec!["4631204012345".into()])))
}

/// An act.
pub fn act() -> Value {
    json!({ "act": "feed-back", "note": "已清运，现场已冲洗。" })
}

fn a_fact() -> Fact {
    Fact {
        cursor: 1207,
        id: "4631204012347".into(),
        kind: "case.dispatched".into(),
        at: "2026-03-10T10:20:00.000+08:00".into(),
        subject: "case".into(),
        number: "20260310-0001".into(),
        is_public: true,
        author: Some("李派遣".into()),
        data: FactData {
            stage: Some("dispatched".into()),
            due_at: Some("2026-03-10T16:00:00.000+08:00".into()),
            revision: Some(4),
            ..FactData::default()
        },
    }
}

/// A page of [`Fact`].
pub fn case_facts() -> Value {
    page(a_fact(), None)
}

/// [`Message`].
pub fn message() -> Value {
    let data = a_fact();
    value(&Message { kind: data.kind.clone(), timestamp: data.at.clone(), data })
}

/// [`Facts`].
pub fn facts() -> Value {
    value(&Facts { items: vec![a_fact()], cursor: 1207, has_more: false })
}

fn a_webhook(secret: Option<String>) -> Webhook {
    Webhook {
        id: "4631204012350".into(),
        url: "https://works.example/steward".into(),
        note: "Street works".into(),
        types: vec!["case.dispatched".into(), "case.sent_back".into()],
        is_active: true,
        failing_since: None,
        made_at: "2026-03-10T10:00:00.000+08:00".into(),
        secret,
    }
}

/// A page of [`Webhook`].
pub fn webhooks() -> Value {
    page(a_webhook(None), None)
}

/// A new [`Webhook`].
pub fn webhook_made() -> Value {
    value(&a_webhook(Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into())))
}

/// [`NewWebhook`].
pub fn new_webhook() -> Value {
    value(&NewWebhook {
        url: "https://works.example/steward".into(),
        note: "Street works".into(),
        types: vec!["case.dispatched".into(), "case.sent_back".into()],
        after: None,
    })
}

/// A page of [`Delivery`].
pub fn deliveries() -> Value {
    let delivery = Delivery {
        cursor: 1207,
        message: "msg_4631204012350_1207".into(),
        subject: "case".into(),
        number: "20260310-0001".into(),
        state: "delivered".into(),
        attempts: 2,
        status: Some(204),
        answer: String::new(),
        tried_at: Some("2026-03-10T10:20:06.000+08:00".into()),
        next_at: None,
        delivered_at: Some("2026-03-10T10:20:06.000+08:00".into()),
    };
    page(delivery, None)
}

/// [`Replay`].
pub fn replay() -> Value {
    value(&Replay { after: 1200, until: Some(1210) })
}

/// [`Replayed`].
pub fn replayed() -> Value {
    value(&Replayed { count: 7 })
}
