//! A paper's way out: looked at and set on trial before, given its number within a transaction, sealed after it.

use super::paper::{Order, Paper};
use super::store;
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use typesetting::{Day, Outline, Picture, Refused, Replaced};

/// The shelf of the blob store on which sealed papers lie.
pub const SHELF: &str = "paper";
/// How many characters without a shape a refusal names.
const MOST_NAMED: usize = 10;

/// What is to be issued.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it belongs to, such as `penalty-case`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Id,
    /// The kind's name in `letters/kinds.toml`.
    pub kind: String,
    /// All that is to be printed but number and code.
    pub data: Value,
    /// Where the public reaches the program: [`address`].
    pub address: String,
    /// What to do about characters that no font has.
    pub shapeless: Shapeless,
}

/// What to do about characters that no font has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapeless {
    /// Refuse, naming them.
    Refuse,
    /// Somebody has seen that 〓 is printed in their place and writes them in by hand.
    Mark,
}

/// Where the public reaches the program, without a slash at its end: as the city says, else as the request came.
pub fn address(app: &App, headers: &HeaderMap) -> String {
    if !app.public_url.is_empty() {
        return app.public_url.clone();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    format!("{scheme}://{}", text(header::HOST.as_str()).unwrap_or("localhost"))
}

/// Looks at a draft and sets it on trial: what passes here can be issued with [`store::issue`].
///
/// # Errors
/// Refusals of [`Order::check`]; `papers-refusal-shapeless` naming characters that cannot be printed; `papers-refusal-size`
/// for what is too long; [`Error::Internal`] when a template of the city is at fault.
pub async fn prepare(app: &App, draft: Draft) -> Result<Order, Error> {
    let Draft { subject, subject_id, kind, data, address, shapeless } = draft;
    let order = Order::check(&app.papers.kinds, &kind, subject, subject_id, data, &address)?;
    let number = order.kind.number(order.mark(), 2000, 1).unwrap_or_default();
    let trial = order.printed(&number, "0000000000000000");
    let set =
        set(app, order.kind.template.clone(), order.kind.name.chinese.clone(), trial, Vec::new(), TRIAL, String::new());
    let set = set.await?;
    if !set.replaced.is_empty() && shapeless == Shapeless::Refuse {
        return Err(shapeless_refused(&set.replaced).into());
    }
    Ok(order)
}

/// The day of trials, which nobody reads.
const TRIAL: Day = Day { year: 2000, month: 1, day: 1 };

fn shapeless_refused(replaced: &[Replaced]) -> Refusal {
    let named: Vec<String> = replaced
        .iter()
        .take(MOST_NAMED)
        .map(|one| format!("{} (U+{:04X}, {})", one.character, one.character as u32, one.at))
        .collect();
    Refusal::new("papers-refusal-shapeless").with("characters", named.join(", "))
}

/// Why a paper was not set, as a refusal where whoever wrote it can mend it.
pub(super) fn refused(why: Refused) -> Error {
    match why {
        Refused::TooLong { .. } | Refused::TooManyDots { .. } | Refused::TooDeep(_) => {
            Refusal::new("papers-refusal-size").into()
        }
        other => Error::Internal(format!("letters: {other}")),
    }
}

/// Sets a paper beside the requests.
pub(super) async fn set(
    app: &App,
    template: String,
    title: String,
    data: Value,
    pictures: Vec<(String, Vec<u8>)>,
    made_on: Day,
    identity: String,
) -> Result<typesetting::Paper, Error> {
    let held = app.clone();
    let work = move || {
        let pictures: Vec<Picture<'_>> = pictures.iter().map(|(name, bytes)| Picture { name, bytes }).collect();
        let order = typesetting::Order {
            template: &template,
            title: &title,
            data: &data,
            pictures: &pictures,
            made_on,
            identity: &identity,
        };
        let set = held.papers.typesetter()?.set(&order).map_err(refused)?;
        for warning in &set.warnings {
            tracing::warn!(template, warning, "a paper");
        }
        Ok(set)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
}

/// The kind's template and the name by which programs show the paper.
fn drawn_by(app: &App, paper: &Paper) -> Result<(String, String), Error> {
    let kind = app.papers.kinds.find(&paper.kind);
    let kind =
        kind.ok_or_else(|| Error::Internal(format!("letters/kinds.toml does not know {} any more", paper.kind)))?;
    Ok((kind.template.clone(), format!("{} {}", kind.name.chinese, paper.number).trim().to_owned()))
}

fn day_of(paper: &Paper) -> Day {
    let on = paper.issued_on;
    Day { year: on.year().into(), month: on.month().unsigned_abs(), day: on.day().unsigned_abs() }
}

/// The PDF that a paper's data make, sealed or not, kept nowhere.
///
/// # Errors
/// As [`pdf`].
pub async fn set_again(app: &App, paper: &Paper) -> Result<Vec<u8>, Error> {
    let (template, title) = drawn_by(app, paper)?;
    let set = set(app, template, title, paper.data.clone(), Vec::new(), day_of(paper), paper.code.clone());
    Ok(set.await?.pdf)
}

/// The paper's PDF. The first time it is set from the frozen data and sealed; from then on the same bytes come out, whatever
/// becomes of templates, fonts and program. What a store has lost is set again and must have the same digest.
///
/// # Errors
/// [`Error::Internal`] when it cannot be set, or comes out otherwise than it was sealed; when database or store fail.
pub async fn pdf(app: &App, paper: &Paper) -> Result<Bytes, Error> {
    if let Some(digest) = &paper.digest {
        match app.blobs.get(SHELF, digest).await {
            Err(Error::NotFound) => {}
            found => return found,
        }
    }
    let pdf = Bytes::from(set_again(app, paper).await?);
    let digest = crate::kit::id::hexadecimal(&Sha256::digest(&pdf));
    if paper.digest.as_ref().is_some_and(|sealed| *sealed != digest) {
        return Err(Error::Internal(format!(
            "the PDF of paper {} is lost, and comes out otherwise when set again",
            paper.id
        )));
    }
    app.blobs.put(SHELF, pdf.clone()).await?;
    let id = paper.id;
    let sealed = app.db.write(move |tx| {
        let digest = digest.clone();
        async move { store::seal(&tx, id, &digest).await.map(|sealed| (sealed == digest, sealed)) }
    });
    match sealed.await? {
        (true, _) => Ok(pdf),
        // Somebody else sealed it at the same time, by another hand of the program.
        (false, sealed) => app.blobs.get(SHELF, &sealed).await,
    }
}

/// Sets and seals the PDF of a paper that was just issued; said after the commit. Nothing is lost when it is not said: then
/// the first reader does it.
///
/// # Errors
/// As [`pdf`].
pub async fn seal(app: &App, paper: &Paper) -> Result<(), Error> {
    pdf(app, paper).await.map(drop)
}

/// The paper as paragraphs and tables.
pub(super) async fn outline(app: &App, paper: &Paper) -> Result<(Outline, String), Error> {
    let (template, title) = drawn_by(app, paper)?;
    let (held, data, made_on, identity) = (app.clone(), paper.data.clone(), day_of(paper), paper.code.clone());
    let name = title.clone();
    let work = move || {
        let order = typesetting::Order {
            template: &template,
            title: &title,
            data: &data,
            pictures: &[],
            made_on,
            identity: &identity,
        };
        held.papers.typesetter()?.outline(&order).map_err(refused)
    };
    let outline = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))??;
    Ok((outline, name))
}
