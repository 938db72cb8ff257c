//! `/privacy/ask`: somebody asks for something about what is kept of them.

use super::claim::{self, Claim, Kind, Stage};
use super::{store, telling};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id;
use crate::kit::sealing::Personal;
use crate::people::doors::Visit;
use axum::extract::{Form, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;

/// The longest name, address to be reached at, account and proof, in characters.
const NAME: usize = 60;
const REACH: usize = 120;
const ABOUT: usize = 2000;
const PROOF: usize = 500;

fn fields(app: &App, visit: &Visit) -> Vec<Field> {
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    let kinds = Kind::ALL.iter().map(|kind| {
        let label = say(format!("claims-kind-{}", kind.word()));
        Choice::new(kind.word(), label).with_hint(say(format!("claims-kind-{}-hint", kind.word())))
    });
    vec![
        Field::new("kind", "claims-kind", Ask::Radio(kinds.collect())),
        Field::new("about", "claims-about", Ask::Text(ABOUT)).hint("claims-about-hint"),
        Field::new("name", "claims-name", Ask::Line(NAME)).hint("claims-name-hint"),
        Field::new("reach", "claims-reach", Ask::Line(REACH)).hint("claims-reach-hint"),
        Field::new("proof", "claims-proof", Ask::Text(PROOF)).optional().hint("claims-proof-hint"),
    ]
}

/// `GET /privacy/ask`.
pub(super) async fn form(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, None)
}

fn draw(app: &App, visit: &Visit, typed: Option<&Typed>, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let fields = fields(app, visit);
    let (_, due_at) = app.claims.times(app.clock.now(), &app.calendar, &app.conventions);
    let page = context! {
        fields => app.fields(visit, &fields, typed, refusal),
        errors => app.field_errors(visit, &fields, typed, refusal),
        term => super::own::term(app, visit.lang, &app.claims.term()),
        due_at => due_at.0,
        key => typed.map(|typed| typed.text("key").to_owned()).filter(|key| !key.is_empty()).unwrap_or_else(id::secret),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "claims/ask.html", page)?).into_response())
}

fn read(app: &App, typed: &Typed, now: Moment) -> Result<Claim, Refusal> {
    let (near_at, due_at) = app.claims.times(now, &app.calendar, &app.conventions);
    let kind = typed.choice("kind", Kind::parse)?;
    let about = typed.needed("about", ABOUT)?;
    let name = typed.needed("name", NAME)?;
    let reach = typed.needed("reach", REACH)?;
    let proof = typed.words("proof", PROOF)?;
    // Whoever asks for what is a person's says what proves that it is theirs.
    if kind.needs_proof() && proof.is_empty() {
        return Err(Refusal::new("claims-refusal-proof").on("proof"));
    }
    Ok(Claim {
        id: id::fresh(),
        code: id::tracking_code(),
        kind,
        stage: Stage::Received,
        outcome: None,
        name: name.into(),
        reach: reach.into(),
        about: about.into(),
        proof: proof.into(),
        how: Personal::default(),
        answer: Personal::default(),
        remedy: Personal::default(),
        done: Personal::default(),
        received_at: now,
        near_at,
        due_at,
        term: app.claims.term(),
        source: app.claims.source.clone(),
        checked: None,
        ended_at: None,
        answered_by: None,
        gone_at: None,
        revision: 1,
    })
}

/// `POST /privacy/ask`: answers with the page of the receipt.
pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (typed, now) = (Typed::of(pairs), app.clock.now());
    let one = match read(&app, &typed, now) {
        Ok(one) => one,
        Err(refusal) => return draw(&app, &visit, Some(&typed), Some(&refusal)),
    };
    let once: String = match typed.text("key") {
        "" => id::secret(),
        key => key.chars().take(80).collect(),
    };
    let (held, id) = (app.clone(), one.id);
    let kept = app.db.write(move |tx| {
        let (held, one, once) = (held.clone(), one.clone(), once.clone());
        async move {
            let code = store::add(&tx, &one, &once, &claim::received(&one)).await?;
            if code == one.code {
                telling::tell_received(&held, &tx, &one, now).await?;
            }
            Ok::<_, Error>(code)
        }
    });
    let code = kept.await?;
    app.tell(store::SUBJECT, id);
    Ok(Redirect::to(&format!("/privacy/asked/{code}?done=sent")).into_response())
}
