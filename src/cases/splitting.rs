//! 分办: one problem, several departments. Each gets a part that is a case of its own, filed like the whole; the whole is
//! closed when all its parts have ended.

use super::carrying::{self, Said, carry_out};
use super::case::{CaseAct, MOST_PARTS, Part};
use super::doing::{Typed, answered, doer};
use super::store::{self, Scope};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

/// One row of the form: whose part, and what it is.
struct Row {
    case: Id,
    department: Id,
    words: String,
}

/// Splits a case into the parts of the form: `department_1` with `words_1` and so on.
///
/// # Errors
/// When the case does not exist for the actor or the database fails; refusals are drawn.
pub async fn split(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let outcome = attempt(&app, &visit, id, &typed).await;
    answered(&app, &visit, id, &typed, outcome).await
}

fn rows(typed: &Typed) -> Result<Vec<Row>, Refusal> {
    let mut rows = Vec::new();
    for number in 1..=MOST_PARTS {
        let words = at_most("parts", typed.text(&format!("words_{number}")), 60)?;
        match typed.number(&format!("department_{number}")) {
            Some(department) => rows.push(Row { case: id::fresh(), department, words }),
            None if words.is_empty() => {}
            None => return Err(Refusal::new("cases-refusal-choose").on("parts")),
        }
    }
    Ok(rows)
}

async fn attempt(app: &App, visit: &Visit, id: Id, typed: &Typed) -> Result<(), Error> {
    let actor = visit.actor()?;
    let (scope, doer, now) = (Scope::of(actor), doer(actor)?, app.clock.now());
    let note = at_most("note", typed.text("note"), 2000)?;
    let (held, revision, form, rows) = (app.clone(), typed.number("revision"), typed.mark(&visit.path), rows(typed)?);
    let rows = std::sync::Arc::new(rows);
    app.db
        .write(move |tx| async move {
            if !form.is_empty() && crate::timeline::store::is_done(&tx, "case", id, doer.account, &form).await? {
                return Ok(());
            }
            let found = store::load(&tx, id, &scope).await?.case;
            if revision.is_some_and(|revision| revision != found.revision) {
                return Err(Error::Db(DbError::Stale));
            }
            for row in rows.iter() {
                if !store::is_department(&tx, row.department).await? {
                    return Err(Refusal::new("cases-refusal-choose").on("parts").into());
                }
            }
            // Each part is a case of its own, dispatched at once; the whole keeps when the last of them is due.
            let (mut due, made) = (None, usize::try_from(found.branches.parts_made).unwrap_or(0));
            for (at, row) in rows.iter().enumerate() {
                let title = if row.words.is_empty() { found.title.clone() } else { row.words.clone() };
                let part = found.part(row.case, format!("{}-{}", found.number, made + at + 1), title, now);
                let part = carrying::open(&held, &tx, part, doer, Some(found.id)).await?;
                let act = CaseAct::DispatchCase { department: row.department };
                due = due.max(carry_out(&held, &tx, part, doer, act, now, Said::default()).await?.due_at);
            }
            let part = |row: &Row| Part {
                case: row.case,
                department: row.department,
                is_over: false,
                is_fixed: false,
                is_forced: false,
            };
            let act = CaseAct::SplitCase { parts: rows.iter().map(part).collect(), due };
            carry_out(&held, &tx, found, doer, act, now, Said { note: &note, form: &form, ..Said::default() }).await?;
            Ok(())
        })
        .await
}
