//! The administrator's pages about partners: who they are, what is exchanged, which services correspond, whether they answer.

use super::asking;
use super::partner::{Format, LONGEST, Partner, Secret, Sends, Takes, matches, rules, unmatched};
use super::store;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::kit::outside;
use crate::kit::words::LANGUAGES;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use std::collections::HashMap;

fn choices(app: &App, visit: &Visit, words: &[(&str, &str)]) -> Vec<Choice> {
    words.iter().map(|(word, key)| Choice::new(*word, app.pages.say(visit.lang, key, &[]))).collect()
}

/// What is asked of a partner; of one that is known with what is known, but never its key.
fn form(app: &App, visit: &Visit, known: Option<&Partner>) -> Vec<Field> {
    let formats = choices(app, visit, &[("json", "exchange-format-json"), ("xml", "exchange-format-xml")]);
    let languages = choices(app, visit, &[("zh-Hans", "exchange-language-zh"), ("en", "exchange-language-en")]);
    let secret = if known.is_some() { "exchange-secret-kept-hint" } else { "exchange-secret-hint" };
    let of = |read: fn(&Partner) -> String, otherwise: &str| known.map_or_else(|| otherwise.to_owned(), read);
    let mut fields = vec![
        Field::new("name", "exchange-name", Ask::Line(60)).given(of(|partner| partner.name.clone(), "")),
        Field::new("contact", "exchange-contact", Ask::Line(120))
            .hint("open311-key-contact-hint")
            .given(of(|partner| partner.contact.clone(), "")),
        Field::new("discovery", "exchange-discovery", Ask::Line(500))
            .hint("exchange-discovery-hint")
            .given(of(|partner| partner.discovery.clone(), "")),
        Field::new("jurisdiction", "exchange-jurisdiction", Ask::Line(100))
            .optional()
            .hint("exchange-jurisdiction-hint")
            .given(of(|partner| partner.jurisdiction.clone(), "")),
        Field::new("secret", "exchange-secret", Ask::Line(300)).optional().hint(secret),
        Field::new("format", "exchange-format", Ask::Radio(formats))
            .given(of(|partner| partner.format.word().to_owned(), "json")),
        Field::new("language", "exchange-language", Ask::Radio(languages))
            .hint("exchange-language-hint")
            .given(of(|partner| partner.language.clone(), "zh-Hans")),
    ];
    let Some(known) = known else { return fields };
    let takes = choices(
        app,
        visit,
        &[
            ("nothing", "exchange-takes-nothing"),
            ("updates", "exchange-takes-updates"),
            ("requests", "exchange-takes-requests"),
        ],
    );
    let sends = choices(
        app,
        visit,
        &[
            ("nothing", "exchange-sends-nothing"),
            ("by_hand", "exchange-sends-by-hand"),
            ("by_rule", "exchange-sends-by-rule"),
        ],
    );
    let yes = |is_so: bool| if is_so { "1" } else { "" };
    fields.extend([
        Field::new("sends", "exchange-sends", Ask::Radio(sends)).given(known.sends.word()),
        Field::new("takes", "exchange-takes", Ask::Radio(takes)).given(known.takes.word()),
        Field::new("is_told", "exchange-told", Ask::Yes)
            .optional()
            .hint("exchange-told-hint")
            .given(yes(known.is_told)),
        Field::new("services", "exchange-services", Ask::Text(LONGEST))
            .optional()
            .hint("exchange-services-hint")
            .given(known.services.as_str()),
        Field::new("rules", "exchange-rules", Ask::Text(LONGEST))
            .optional()
            .hint("exchange-rules-hint")
            .given(known.rules.as_str()),
        Field::new("is_active", "exchange-active", Ask::Yes)
            .optional()
            .hint("exchange-active-hint")
            .given(yes(known.is_active)),
    ]);
    fields
}

/// Whether a service of ours exists.
fn knows(app: &App, code: &str) -> bool {
    app.open311.city.code(&app.catalog, code).is_some()
}

/// What was typed about a partner, put over what is known.
fn read(app: &App, typed: &Typed, known: &Partner, is_new: bool) -> Result<Partner, Refusal> {
    let secret = typed.words("secret", 300)?;
    let language = typed.choice("language", |word| LANGUAGES.contains(&word).then(|| word.to_owned()))?;
    let mut partner = Partner {
        name: typed.needed("name", 60)?,
        contact: typed.needed("contact", 120)?,
        discovery: typed.needed("discovery", 500)?,
        jurisdiction: typed.words("jurisdiction", 100)?,
        secret: if secret.is_empty() { known.secret.clone() } else { Secret(secret.into()) },
        format: typed.choice("format", Format::parse)?,
        language,
        ..known.clone()
    };
    if !is_new {
        partner.sends = typed.choice("sends", Sends::parse)?;
        partner.takes = typed.choice("takes", Takes::parse)?;
        partner.is_told = typed.yes("is_told");
        partner.is_active = typed.yes("is_active");
        partner.services = typed.words("services", LONGEST)?;
        partner.rules = typed.words("rules", LONGEST)?;
        matches(&partner.services, |code| knows(app, code))?;
        rules(&partner.rules, |code| knows(app, code))?;
    }
    Ok(partner)
}

/// `GET /admin/partners`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw_list(&app, &visit, None, None).await
}

async fn draw_list(
    app: &App,
    visit: &Visit,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let read =
        app.db.read(|tx| async move { Ok::<_, DbError>((store::partners(&tx).await?, store::counts(&tx).await?)) });
    let (partners, counts) = read.await?;
    let counts: HashMap<Id, (i64, i64)> = counts.into_iter().map(|(id, shared, open)| (id, (shared, open))).collect();
    let row = |partner: &Partner| {
        let (shared, open) = counts.get(&partner.id).copied().unwrap_or_default();
        context! {
            id => partner.id.to_string(),
            name => partner.name.as_str(),
            contact => partner.contact.as_str(),
            state => state(partner),
            shared,
            open,
        }
    };
    let fields = form(app, visit, None);
    let page = context! {
        rows => partners.iter().map(row).collect::<Vec<_>>(),
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        tabs => tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "exchange/partners.html", page)?).into_response())
}

/// How a partner is, in one word.
fn state(partner: &Partner) -> &'static str {
    match partner {
        _ if !partner.trouble.is_empty() => "trouble",
        _ if partner.url.is_empty() => "new",
        _ if !partner.is_active => "off",
        _ => "on",
    }
}

/// `POST /admin/partners`: sets a partner up, and looks at it.
///
/// # Errors
/// When the database fails; a refusal is answered with the page and what was typed.
pub async fn make(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let fresh = Partner {
        id: id::fresh(),
        name: String::new(),
        contact: String::new(),
        discovery: String::new(),
        url: String::new(),
        format: Format::Json,
        jurisdiction: String::new(),
        secret: Secret::default(),
        language: LANGUAGES[0].to_owned(),
        takes: Takes::Updates,
        sends: Sends::ByHand,
        is_told: true,
        is_active: false,
        is_exact: false,
        has_updates: false,
        services: String::new(),
        rules: String::new(),
        offers: Vec::new(),
        updates_until: now,
        requests_until: now,
        rules_since: now,
        looked_at: None,
        next_at: Moment(0),
        failures: 0,
        trouble: String::new(),
        made_at: now,
        revision: 0,
    };
    let partner = match permitted(&app, read(&app, &typed, &fresh, true)).await {
        Ok(partner) => partner,
        Err(refusal) => return draw_list(&app, &visit, Some(&typed), Some(&refusal)).await,
    };
    let kept = partner.clone();
    let written = app.db.write(move |tx| async move { store::add_partner(&tx, &kept, by, now).await });
    written.await.map_err(|error: DbError| Error::Db(error))?;
    look_at(&app, &partner).await?;
    Ok(Redirect::to(&format!("/admin/partners/{}", partner.id)).into_response())
}

/// What was read, when its address may be asked.
async fn permitted(app: &App, read: Result<Partner, Refusal>) -> Result<Partner, Refusal> {
    let partner = read?;
    let allowed = outside::permitted(&partner.discovery, app.exchange.settings.allow_local).await;
    allowed.map_err(|refusal| refusal.on("discovery"))?;
    Ok(partner)
}

async fn look_at(app: &App, partner: &Partner) -> Result<(), Error> {
    let (found, of) = (asking::look(app, partner).await, partner.id);
    let now = app.clock.now();
    let written = app
        .db
        .write(move |tx| async move { store::looked(&tx, of, found.as_ref().map_err(String::as_str), now).await });
    written.await.map_err(|error: DbError| Error::Db(error))
}

/// `GET /admin/partners/{id}`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, id, None, None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: Option<&Typed>,
    problem: Option<&Refusal>,
) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((store::partner(&tx, id).await?, store::strays(&tx, id).await?, store::failed(&tx).await?))
    });
    let (partner, strays, failed) = read.await?;
    let lines = matches(&partner.services, |_| true).unwrap_or_default();
    let service = |(code, name): &(String, String)| context! { code, name };
    let ours = app.open311.city.services.iter();
    let page = context! {
        id => partner.id.to_string(),
        revision => partner.revision,
        name => partner.name.as_str(),
        contact => partner.contact.as_str(),
        url => partner.url.as_str(),
        state => state(&partner),
        trouble => partner.trouble.as_str(),
        has_secret => !partner.secret.0.is_empty(),
        is_exact => partner.is_exact,
        has_updates => partner.has_updates,
        looked_at => partner.looked_at.map(|at| at.0),
        failed,
        offers => partner.offers.iter().map(service).collect::<Vec<_>>(),
        unmatched => unmatched(&partner.offers, &lines).len(),
        ours => ours.map(|one| context! { code => one.code.as_str(), name => one.name.in_lang(visit.lang) }).collect::<Vec<_>>(),
        strays => strays.iter().map(|(theirs, trouble, at)| context! { theirs, trouble, at => at.0 }).collect::<Vec<_>>(),
        fields => app.fields(visit, &form(app, visit, Some(&partner)), typed, problem),
        errors => app.field_errors(visit, &form(app, visit, Some(&partner)), typed, problem),
        tabs => tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "exchange/partner.html", page)?).into_response())
}

/// `POST /admin/partners/{id}`: changes what is said about a partner.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails; a refusal is answered with the page and what was typed.
pub async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let known = app.db.read(move |tx| async move { store::partner(&tx, id).await }).await?;
    let mut partner = match permitted(&app, read(&app, &typed, &known, false)).await {
        Ok(partner) => partner,
        Err(refusal) => return draw(&app, &visit, id, Some(&typed), Some(&refusal)).await,
    };
    if partner.sends == Sends::ByRule && known.sends != Sends::ByRule {
        // What came before was not meant.
        partner.rules_since = now;
    }
    if partner.takes == Takes::Requests && known.takes != Takes::Requests {
        partner.requests_until = now;
    }
    // Whoever opened the page before somebody else changed it changes nothing.
    let seen = typed.text("revision").parse::<i64>().unwrap_or(known.revision);
    partner.revision = seen + 1;
    partner.next_at = Moment(0);
    let kept = partner.clone();
    let written = app.db.write(move |tx| async move { store::change_partner(&tx, &kept, by, now).await });
    written.await.map_err(|error: DbError| Error::Db(error))?;
    let is_elsewhere = partner.discovery != known.discovery
        || partner.secret != known.secret
        || partner.jurisdiction != known.jurisdiction
        || partner.format != known.format
        || partner.url.is_empty();
    if is_elsewhere {
        look_at(&app, &partner).await?;
    }
    Ok(Redirect::to(&format!("/admin/partners/{id}")).into_response())
}

/// `POST /admin/partners/{id}/look`: asks it again what it is.
///
/// # Errors
/// [`Error::NotFound`] when there is none; when the database fails.
pub async fn look(State(app): State<App>, Path(id): Path<Id>) -> Result<Response, Error> {
    let partner = app.db.read(move |tx| async move { store::partner(&tx, id).await }).await?;
    look_at(&app, &partner).await?;
    Ok(Redirect::to(&format!("/admin/partners/{id}")).into_response())
}

/// `POST /admin/partners/{id}/strays`: has what could not be taken tried again.
///
/// # Errors
/// When the database fails.
pub async fn again(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let written = app.db.write(move |tx| async move { store::forget_strays(&tx, id, by, now).await });
    written.await.map_err(|error: DbError| Error::Db(error))?;
    Ok(Redirect::to(&format!("/admin/partners/{id}")).into_response())
}
