//! A bank's file of payments is taken in (罚缴分离: whoever decides collects nothing). Each line is one payment; one that is there
//! already is left, one that fits no case is named, and none holds up the others.

use super::bank::{self, Line};
use super::case::{Act, Step};
use super::doing::carry_on;
use super::money::Payment;
use super::reconciling;
use super::reconciling::store::{File, Kept, State as LineState};
use super::store::{self, Scope};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::yuan;
use crate::kit::id;
use crate::kit::letters;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The heaviest file, in bytes.
const HEAVIEST: usize = 4 << 20;

#[derive(Serialize)]
struct Row {
    line: u64,
    number: String,
    href: String,
    amount: String,
    receipt: String,
    /// `taken`, `known` or `refused`.
    state: &'static str,
    words: String,
}

/// What became of a line.
enum Outcome {
    Taken(crate::kit::id::Id),
    Known(crate::kit::id::Id),
}

/// `GET /enforcement/payments`.
///
/// # Errors
/// When the page cannot be drawn.
pub async fn ask(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, Vec::new(), None, None).await
}

/// `POST /enforcement/payments`.
///
/// # Errors
/// When the database fails; a file that cannot be read is said.
pub async fn bring(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    let (name, digest, lines) = match sent(request).await {
        Ok(sent) => sent,
        Err(refusal) => return draw(&app, &visit, Vec::new(), Some(&refusal), None).await,
    };
    let actor = visit.actor()?.clone();
    let now = app.clock.now();
    let file = File { id: id::fresh(), name, digest, at: now, by: actor.account, lines: lines.len() as i64 };
    let (kept, on) = (file.clone(), app.calendar.date_of(now).to_string());
    let before = app.db.write(move |tx| {
        let (file, on) = (kept.clone(), on.clone());
        async move {
            let before = reconciling::store::taken_before(&tx, &file.digest).await?;
            reconciling::store::add_file(&tx, &file, &on).await?;
            Ok::<_, DbError>(before)
        }
    });
    let before = before.await.map_err(Error::Db)?;
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let mut kept = reconciling::store::fresh(file.id, line.line, &line.number, &line.amount);
        if let Ok(payment) = &line.payment {
            (kept.on, kept.amount) = (payment.on.to_string(), Some(payment.amount));
            (kept.receipt, kept.towards) = (payment.receipt.clone(), payment.towards.word().to_owned());
        }
        let done = match &line.payment {
            Ok(payment) => take(&app, &actor, &line, payment, &kept).await,
            Err(refusal) => Err(Error::Refused(refusal.clone())),
        };
        if let Err(error) = &done {
            match error {
                Error::Refused(refusal) => {
                    kept.state = LineState::Refused;
                    kept.refuse(refusal);
                }
                Error::NotFound => kept.refuse(&Refusal::new("enforcement-bank-no-case")),
                _ => {}
            }
            app.db
                .write(move |tx| {
                    let kept = kept.clone();
                    async move { reconciling::store::add_line(&tx, &kept).await }
                })
                .await
                .map_err(Error::Db)?;
        }
        let (state, href, words) = match done {
            Ok(Outcome::Taken(case)) => ("taken", format!("/enforcement/{case}"), String::new()),
            Ok(Outcome::Known(case)) => ("known", format!("/enforcement/{case}"), String::new()),
            Err(Error::Refused(refusal)) => {
                ("refused", String::new(), app.pages.say(visit.lang, refusal.key, &refusal.args))
            }
            Err(Error::NotFound) => {
                ("refused", String::new(), app.pages.say(visit.lang, "enforcement-bank-no-case", &[]))
            }
            Err(error) => return Err(error),
        };
        let payment = line.payment.as_ref().ok();
        rows.push(Row {
            line: line.line,
            number: line.number.chars().take(60).collect(),
            href,
            amount: payment.map_or_else(|| line.amount.chars().take(30).collect(), |payment| yuan(payment.amount)),
            receipt: payment.map(|payment| payment.receipt.clone()).unwrap_or_default(),
            state,
            words,
        });
    }
    draw(&app, &visit, rows, None, before).await
}

/// The payment of one line, in a transaction of its own.
async fn take(app: &App, actor: &Actor, line: &Line, payment: &Payment, kept: &Kept) -> Result<Outcome, Error> {
    let (held_app, actor, number, payment) = (app.clone(), actor.clone(), line.number.clone(), payment.clone());
    let kept = kept.clone();
    let now = app.clock.now();
    let outcome = app
        .db
        .write(move |tx| {
            let (app, actor, number, payment) = (held_app.clone(), actor.clone(), number.clone(), payment.clone());
            let mut kept = kept.clone();
            async move {
                let held = store::load_by_number(&tx, &number, &Scope::of(&actor)?).await?;
                let id = held.case.id;
                kept.case = Some(id);
                let paid = held.case.account.iter().flat_map(|account| &account.payments);
                // The same receipt for the same purpose is the same payment, whatever else the file says now.
                if let Some(known) =
                    paid.clone().find(|one| one.receipt == payment.receipt && one.towards == payment.towards)
                {
                    if (known.amount, known.on) != (payment.amount, payment.on) {
                        return Err(Refusal::new("enforcement-bank-differs").with("amount", yuan(known.amount)).into());
                    }
                    kept.state = LineState::Known;
                    reconciling::store::add_line(&tx, &kept).await?;
                    return Ok::<_, Error>(Outcome::Known(id));
                }
                let by = store::acting(&actor)?;
                let act = Act::RecordPayment { payment };
                carry_on(&app, &tx, held, &by, Step::RecordPayment, &act, now, &[], "").await?;
                kept.state = LineState::Matched;
                reconciling::store::add_line(&tx, &kept).await?;
                Ok(Outcome::Taken(id))
            }
        })
        .await?;
    if let Outcome::Taken(case) = outcome {
        app.tell(store::SUBJECT, case);
    }
    Ok(outcome)
}

/// The file's name, the digest of its content, and its lines.
async fn sent(request: Request) -> Result<(String, String, Vec<Line>), Refusal> {
    let broken = || Refusal::new("enforcement-bank-unreadable").on("file");
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let Some(name) = part.file_name().map(|name| name.chars().take(120).collect::<String>()) else { continue };
        let bytes = part.bytes().await.map_err(|_| broken())?;
        if bytes.is_empty() {
            return Err(Refusal::new("form-missing").on("file"));
        }
        if bytes.len() > HEAVIEST {
            return Err(Refusal::new("enforcement-bank-too-long").with("most", bank::MOST_LINES).on("file"));
        }
        let (text, _) = letters::read(&bytes).ok_or_else(broken)?;
        let digest = id::hexadecimal(&Sha256::digest(&bytes));
        return Ok((name, digest, bank::read(&text)?));
    }
    Err(Refusal::new("form-missing").on("file"))
}

async fn draw(
    app: &App,
    visit: &Visit,
    rows: Vec<Row>,
    problem: Option<&Refusal>,
    before: Option<Moment>,
) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        Ok::<_, DbError>((reconciling::store::files(&tx).await?, reconciling::store::open(&tx).await?))
    });
    let (files, open) = read.await.map_err(Error::Db)?;
    let count = |state: &str| rows.iter().filter(|row| row.state == state).count();
    let text = problem.map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args));
    let page = context! {
        taken => count("taken"), known => count("known"), refused => count("refused"),
        rows => Serde(rows),
        files => files.iter().map(reconciling::shown).collect::<Vec<_>>(),
        open,
        before => before.map(|at| at.0),
        errors => text.as_ref().map(|message| context! { field => "file", message }).into_iter().collect::<Vec<_>>(),
        error => text.clone().unwrap_or_default(),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "enforcement/payments.html", page)?).into_response())
}
