//! The log of sign-ins and of administration, for the audit administrator.

use super::account::Outcome;
use super::act::Post;
use super::administration::tabs;
use super::doors::Visit;
use super::store::{self, ChangeLine};
use super::{post_key, say};
use crate::app::App;
use crate::kit::error::Error;
use axum::extract::{Query, State};
use axum::response::Html;
use minijinja::{Value, context};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    before: String,
}

impl Asked {
    fn before(&self) -> i64 {
        self.before.parse().unwrap_or(i64::MAX)
    }

    fn address(&self, outcome: &str, before: &str) -> String {
        let pairs = [("outcome", outcome), ("q", &self.q), ("before", before)];
        let pairs: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

/// `GET /audit`.
pub(super) async fn sign_ins(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let (outcome, login, before) = (asked.outcome.clone(), asked.q.trim().to_lowercase(), asked.before());
    let page = app.db.read(move |tx| async move { store::sign_ins(&tx, &outcome, &login, before).await }).await?;
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|line| {
            context! {
                login => line.login.as_str(),
                name => line.name.as_deref().unwrap_or_default(),
                outcome => line.outcome.as_str(),
                outcome_label => say(&app, &visit, &format!("people-outcome-{}", line.outcome)),
                address => line.address.as_str(),
                device => line.device.as_str(),
                way => super::way(&app, &visit, &line.way),
                at => line.at.0,
            }
        })
        .collect();
    let every = context! {
        label => say(&app, &visit, "people-all"), href => asked.address("", ""), current => asked.outcome.is_empty(),
    };
    let one = |outcome: &Outcome| {
        let word = outcome.word();
        let label = say(&app, &visit, &format!("people-outcome-{word}"));
        context! { label, href => asked.address(word, ""), current => asked.outcome == word }
    };
    let page = context! {
        rows,
        filters => std::iter::once(every).chain(Outcome::ALL.iter().map(one)).collect::<Vec<_>>(),
        q => asked.q.as_str(),
        outcome => asked.outcome.as_str(),
        newer => if asked.before.is_empty() { String::new() } else { asked.address(&asked.outcome, "") },
        older => page.next.as_deref().map(|before| asked.address(&asked.outcome, before)).unwrap_or_default(),
        tabs => tabs(&app, &visit)?,
    };
    app.page(&visit, "people/audit.html", page)
}

/// What became of the fields that a list has changed.
fn changed(app: &App, visit: &Visit, body: &serde_json::Value) -> String {
    let text = |one: &serde_json::Value, name: &str| {
        one.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let one = |one: &serde_json::Value| {
        let label = say(app, visit, &format!("rolls-field-{}", text(one, "field")));
        format!("{label}{}{} → {}", say(app, visit, "kit-colon"), text(one, "from"), text(one, "to"))
    };
    let all = body.get("changes").and_then(serde_json::Value::as_array);
    all.map_or(String::new(), |all| all.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// A change as a history shows it.
pub(super) fn change(app: &App, visit: &Visit, line: &ChangeLine) -> Value {
    let post = |name: &str| {
        let word = line.body.get(name).and_then(serde_json::Value::as_str)?;
        Some(say(app, visit, &Post::parse(word).map_or_else(|| word.to_owned(), post_key)))
    };
    let body_text = |name: &str| line.body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let text = match (post("post_before"), post("post")) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => after,
        _ if !body_text("number").is_empty() => body_text("number").to_owned(),
        _ if line.body.get("changes").is_some() => changed(app, visit, &line.body),
        _ => body_text("name_zh").to_owned(),
    };
    context! {
        title => say(app, visit, &format!("people-{}-{}", line.subject, line.kind)),
        name => if line.name.is_empty() { body_text("name") } else { &line.name },
        text,
        // Without an account the command line acts; of a request about personal information, whoever asks.
        by => line.author.clone().unwrap_or_else(|| {
            say(app, visit, if line.subject == "claim" { "people-claim-asker" } else { "people-command-line" })
        }),
        at => line.at.0,
        icon => "edit",
    }
}

/// `GET /audit/changes`.
pub(super) async fn changes(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let before = asked.before();
    let page = app.db.read(move |tx| async move { store::changes(&tx, None, before).await }).await?;
    let rows: Vec<Value> = page.rows.iter().map(|line| change(&app, &visit, line)).collect();
    let page = context! {
        rows,
        newer => if asked.before.is_empty() { String::new() } else { asked.address("", "") },
        older => page.next.as_deref().map(|before| asked.address("", before)).unwrap_or_default(),
        tabs => tabs(&app, &visit)?,
    };
    app.page(&visit, "people/audit_changes.html", page)
}
