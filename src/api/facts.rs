//! Facts from a cursor: page by page, as JSON lines and as server-sent events. A cursor is a fact's place in the order in which facts
//! became visible: what lies up to it is complete.

use super::caller::{Caller, written};
use super::problem::Problem;
use super::scopes::Scope as ApiScope;
use super::shapes::{Fact, FactData, Facts};
use super::store;
use crate::app::App;
use crate::cases::store::{Scope, within};
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::people::actor::Actor;
use crate::timeline::store::{Told, told_after};
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

/// The subjects that programs may follow.
pub const SUBJECTS: [&str; 2] = ["report", "case"];
/// How many facts are looked at in one go.
const BATCH: usize = 200;
/// The most facts that one page looks at for an account to which few are told.
const MOST_LOOKED_AT: usize = 2000;
/// How long a stream waits for news before it looks by itself.
const WAIT: Duration = Duration::from_secs(2);

/// What a fact is called to programs: `case.dispatched`, `report.submitted`.
pub fn kind(subject: &str, kind: &str) -> String {
    let own = kind.strip_prefix(subject).and_then(|rest| rest.strip_prefix('_')).unwrap_or(kind);
    format!("{subject}.{own}")
}

/// Whether a fact is about the department itself: one that a case has left is told that it has.
fn is_about(body: &str, scope: &Scope) -> bool {
    let Scope::Department(department) = scope else { return false };
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    body.get("about").and_then(serde_json::Value::as_str) == Some(department.to_string().as_str())
}

/// Which of these facts exist for an account, with the numbers of their subjects: of cases those in its scope and
/// those that are about its department, of reports those whose case is, and all of them for whoever sees every case.
///
/// # Errors
/// When the database fails.
pub async fn visible(tx: &Tx, actor: &Actor, told: Vec<Told>) -> Result<Vec<(Told, String)>, DbError> {
    let scope = Scope::of(actor);
    let of = |subject: &str| -> Vec<Id> {
        let ids: BTreeSet<Id> =
            told.iter().filter(|told| told.subject == subject).map(|told| told.subject_id).collect();
        ids.into_iter().collect()
    };
    let (mut cases, reports) = (of("case"), of("report"));
    let of_reports = match scope {
        Scope::All => std::collections::HashMap::new(),
        _ => store::cases_of(tx, &reports).await?,
    };
    cases.extend(of_reports.values());
    cases.sort_unstable();
    cases.dedup();
    let seen = match scope {
        Scope::All => cases.iter().copied().collect(),
        _ => within(tx, &scope, &cases).await?,
    };
    let numbers = store::numbers(tx, &cases).await?;
    let mut all = Vec::new();
    for told in told {
        let number = match told.subject.as_str() {
            "case" if seen.contains(&told.subject_id) || is_about(&told.body, &scope) => {
                numbers.get(&told.subject_id).cloned()
            }
            "report" => {
                let is_seen = matches!(scope, Scope::All)
                    || of_reports.get(&told.subject_id).is_some_and(|case| seen.contains(case));
                is_seen.then(|| told.subject_id.to_string())
            }
            _ => None,
        };
        all.extend(number.map(|number| (told, number)));
    }
    Ok(all)
}

/// Facts after a cursor for an account, and the cursor up to which was looked; `is_wanted` chooses among the kinds.
pub struct Page {
    /// The facts with the numbers of their subjects.
    pub facts: Vec<(Told, String)>,
    /// Read on after this.
    pub cursor: i64,
    /// Whether there is more already.
    pub has_more: bool,
}

/// Reads a page of at most `most` facts.
///
/// # Errors
/// When the database fails.
pub async fn page(app: &App, actor: &Actor, types: &[String], after: i64, most: usize) -> Result<Page, Problem> {
    let (mut facts, mut cursor, mut looked_at) = (Vec::new(), after, 0);
    loop {
        let actor = actor.clone();
        let read = app.db.read(move |tx| async move {
            let told = told_after(&tx, cursor, BATCH).await?;
            let (count, last) = (told.len(), told.last().map(|told| told.seq));
            Ok::<_, DbError>((visible(&tx, &actor, told).await?, count, last))
        });
        let (found, count, last) = read.await?;
        looked_at += count;
        for (told, number) in found {
            if !types.is_empty() && !types.contains(&kind(&told.subject, &told.kind)) {
                continue;
            }
            if facts.len() == most {
                return Ok(Page { facts, cursor, has_more: true });
            }
            cursor = told.seq;
            facts.push((told, number));
        }
        cursor = last.unwrap_or(cursor).max(cursor);
        if count < BATCH || looked_at >= MOST_LOOKED_AT {
            return Ok(Page { facts, cursor, has_more: count == BATCH });
        }
    }
}

/// A fact as it is told.
pub fn shape(app: &App, told: &Told, number: String) -> Fact {
    let body: serde_json::Value = serde_json::from_str(&told.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let photos = body.get("photos").and_then(serde_json::Value::as_array);
    let photos = photos.into_iter().flatten().filter_map(serde_json::Value::as_str);
    let due = body.get("due_at").and_then(serde_json::Value::as_i64);
    Fact {
        cursor: told.seq,
        id: told.id.to_string(),
        kind: kind(&told.subject, &told.kind),
        at: written(app, told.at),
        subject: told.subject.clone(),
        number,
        is_public: told.is_public,
        author: told.author.as_ref().map(|(_, name)| name.clone()),
        data: FactData {
            stage: text("stage"),
            reason: text("reason"),
            note: text("note"),
            due_at: due.map(|due| written(app, Moment(due))),
            revision: body.get("revision").and_then(serde_json::Value::as_i64),
            photos: photos.map(|photo| super::photo_address(app, photo)).collect(),
        },
    }
}

/// Every fact of a subject in order; those that have no place yet come last.
///
/// # Errors
/// When the database fails.
pub async fn of_subject(tx: &Tx, subject: &str, id: Id) -> Result<Vec<Told>, DbError> {
    crate::timeline::store::told_of(tx, subject, id).await
}

async fn is_open(app: &App, token: Id) -> bool {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move { store::token(&tx, token).await }).await;
    read.is_ok_and(|token| token.is_open(now) && token.has(ApiScope::ReadFacts))
}

fn types(caller: &Caller) -> Vec<String> {
    let all = caller.asked.text("types").unwrap_or_default();
    all.split(',').map(str::trim).filter(|kind| !kind.is_empty()).map(str::to_owned).collect()
}

/// `GET /api/v1/facts`.
pub async fn list(caller: Caller) -> Result<Response, Problem> {
    let most = usize::try_from(caller.asked.count("limit").unwrap_or(100)).unwrap_or(100);
    let after = caller.asked.count("after").unwrap_or(0);
    let page = page(&caller.app, caller.actor()?, &types(&caller), after, most).await?;
    let items = page.facts.iter().map(|(told, number)| shape(&caller.app, told, number.clone())).collect();
    Ok(caller.answer(StatusCode::OK, &Facts { items, cursor: page.cursor, has_more: page.has_more }))
}

/// A stream of pages: everything after a cursor, and, when it is followed, what comes.
fn pages(
    caller: &Caller,
    after: i64,
    is_followed: bool,
) -> Result<impl futures_util::Stream<Item = Vec<Fact>> + use<>, Problem> {
    struct State {
        app: App,
        actor: Actor,
        types: Vec<String>,
        cursor: i64,
        token: Id,
        is_followed: bool,
        is_over: bool,
    }
    let state = State {
        token: caller.token()?.id,
        app: caller.app.clone(),
        actor: caller.actor()?.clone(),
        types: types(caller),
        cursor: after,
        is_followed,
        is_over: false,
    };
    let stop = caller.app.stopping();
    let all = futures_util::stream::unfold(state, |mut state| async move {
        while !state.is_over {
            match page(&state.app, &state.actor, &state.types, state.cursor, BATCH).await {
                Ok(page) => {
                    state.cursor = page.cursor;
                    let facts: Vec<Fact> =
                        page.facts.iter().map(|(told, number)| shape(&state.app, told, number.clone())).collect();
                    if !page.has_more && !state.is_followed {
                        state.is_over = true;
                    } else if !page.has_more && facts.is_empty() {
                        state.app.feed.grown(state.cursor, WAIT).await;
                        // A token that was taken back meanwhile hears no more.
                        state.is_over = !is_open(&state.app, state.token).await;
                    }
                    if !facts.is_empty() {
                        return Some((facts, state));
                    }
                }
                // The reader goes on from its cursor: it lost nothing.
                Err(_) => state.is_over = true,
            }
        }
        None
    });
    Ok(all.take_until(stop))
}

/// `GET /api/v1/facts.jsonl`.
pub async fn lines(caller: Caller) -> Result<Response, Problem> {
    let after = caller.asked.count("after").unwrap_or(0);
    let all = pages(&caller, after, caller.asked.yes("follow").unwrap_or(false))?;
    let text = all.map(|facts| {
        let mut text = String::new();
        for fact in facts {
            text.push_str(&serde_json::to_string(&fact).unwrap_or_default());
            text.push('\n');
        }
        Ok::<_, Infallible>(Bytes::from(text))
    });
    let kind = [(header::CONTENT_TYPE, "application/jsonl"), (header::CACHE_CONTROL, "no-store")];
    Ok((kind, Body::from_stream(text)).into_response())
}

/// `GET /api/v1/facts/stream`.
pub async fn stream(caller: Caller) -> Result<Response, Problem> {
    // A browser that comes back says what it read last.
    let after = caller.asked.count("last-event-id").or(caller.asked.count("after")).unwrap_or(0);
    let events = pages(&caller, after, true)?.flat_map(|facts| {
        let event = |fact: Fact| {
            let text = serde_json::to_string(&fact).unwrap_or_default();
            Ok::<_, Infallible>(Event::default().id(fact.cursor.to_string()).event(&fact.kind).data(text))
        };
        futures_util::stream::iter(facts.into_iter().map(event).collect::<Vec<_>>())
    });
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((headers, Sse::new(events).keep_alive(KeepAlive::default())).into_response())
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn facts_are_called_by_their_subject() {
        for (subject, own, expected) in [
            ("case", "case_dispatched", "case.dispatched"),
            ("report", "case_dispatched", "report.case_dispatched"),
            ("case", "report_joined", "case.report_joined"),
            ("report", "submitted", "report.submitted"),
            ("case", "casework", "case.casework"),
        ] {
            assert_eq!(kind(subject, own), expected);
        }
    }
}
