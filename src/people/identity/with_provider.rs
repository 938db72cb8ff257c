//! Signing in at a provider of identities: sent there with a state that only this browser has, back with a code, which is redeemed for
//! a signed statement. An account is found by the provider's own name for the person, the first time by the employee number; none is
//! ever made.

use super::asking::{Fault, address};
use super::factor::{self, First};
use super::settings::Provider;
use super::statement::{Doubt, Statement, believe};
use super::store::{self, Link, ProviderVisit};
use super::{News, second_step};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::account::{Account, Outcome, Rules};
use crate::people::doors::{Visit, cookie};
use crate::people::sessions::{self, Opening, Way};
use crate::people::sign_in::{self, Knock};
use crate::people::{account_change, store as people};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The cookie of somebody who is at a provider.
const COOKIE: &str = "provider";
const PATH: &str = "/sign-in/with";

/// The providers as the page of signing in offers them.
pub(in crate::people) fn offered(app: &App, visit: &Visit, next: &str) -> Vec<Value> {
    let one = |provider: &Provider| {
        let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
        let asked = if next.is_empty() { String::new() } else { format!("?{query}") };
        context! { name => provider.name(visit.lang), href => format!("{PATH}/{}{asked}", provider.word) }
    };
    app.identity.settings.providers.iter().map(one).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    next: String,
}

/// `GET /sign-in/with/{provider}`: sends the browser there.
pub(super) async fn leave(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    headers: HeaderMap,
    Path(word): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let provider = app.identity.settings.provider(&word).ok_or(Error::NotFound)?;
    let now = app.clock.now();
    let metadata = match app.identity.asking.provider(provider, now).await {
        Ok(metadata) => metadata,
        Err(fault) => return failed(&app, &visit, &knock, provider, None, No::of(fault)).await,
    };
    let secret = id::secret();
    let sent = ProviderVisit {
        provider: word.clone(),
        state: id::secret(),
        nonce: id::secret(),
        verifier: id::secret(),
        next: sign_in::own_path(&asked.next).unwrap_or_default().chars().take(500).collect(),
        back: format!("{}{PATH}/{word}/back", super::origin(&app, &headers)),
    };
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(sent.verifier.as_bytes()));
    let scope =
        std::iter::once("openid").chain(provider.scopes.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let to = address(
        &metadata,
        &[
            ("response_type", "code"),
            ("client_id", &provider.client),
            ("redirect_uri", &sent.back),
            ("scope", &scope),
            ("state", &sent.state),
            ("nonce", &sent.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("ui_locales", if visit.lang == "en" { "en" } else { "zh-CN" }),
        ],
    );
    let kept = sessions::key(&secret);
    app.db.write(move |tx| async move { store::keep_visit(&tx, &kept, &sent, now).await.map_err(Error::Db) }).await?;
    let cookies = [knock.named_cookie(COOKIE, &secret, PATH)?];
    Ok((AppendHeaders(cookies), [(header::CACHE_CONTROL, "no-store")], Redirect::to(to.as_str())).into_response())
}

/// What a provider sends back with the browser.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Back {
    code: String,
    state: String,
    iss: String,
    error: String,
}

/// Why nobody was let in: the sentence, and what the operator reads.
#[derive(Debug, Clone)]
struct No {
    key: &'static str,
    detail: String,
    login: String,
}

impl No {
    fn new(key: &'static str, detail: impl Into<String>) -> No {
        No { key, detail: detail.into(), login: String::new() }
    }

    fn of(fault: Fault) -> No {
        match fault {
            Fault::Silent(detail) => No::new("people-provider-silent", detail),
            Fault::Strange(detail) => No::new("people-provider-strange", detail),
        }
    }
}

/// `GET /sign-in/with/{provider}/back`: the browser comes back with a code, or with a no.
pub(super) async fn back(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    headers: HeaderMap,
    Path(word): Path<String>,
    Query(said): Query<Back>,
) -> Result<Response, Error> {
    let provider = app.identity.settings.provider(&word).ok_or(Error::NotFound)?;
    let (kept, now) = (sessions::key(cookie(&headers, COOKIE).unwrap_or_default()), app.clock.now());
    let taken =
        app.db.write(move |tx| async move { store::take_visit(&tx, &kept, now).await.map_err(Error::Db) }).await?;
    let sent = taken.filter(|sent| sent.provider == word && sent.state == said.state && !said.state.is_empty());
    let Some(sent) = sent else {
        return failed(&app, &visit, &knock, provider, None, No::new("people-provider-lost", "no such state")).await;
    };
    match statement(&app, provider, &sent, &said, now).await {
        Ok(statement) => enter(&app, &visit, &knock, provider, &sent, statement).await,
        Err(no) => failed(&app, &visit, &knock, provider, Some(&sent.next), no).await,
    }
}

/// Redeems the code and judges what comes for it.
async fn statement(
    app: &App,
    provider: &Provider,
    sent: &ProviderVisit,
    said: &Back,
    now: Moment,
) -> Result<Statement, No> {
    // RFC 9207: a code of another provider must not be redeemed here.
    if !said.iss.is_empty() && said.iss != provider.issuer {
        return Err(No::new("people-provider-refused", "the answer names another issuer"));
    }
    match said.error.as_str() {
        "" if said.code.is_empty() => return Err(No::new("people-provider-strange", "neither code nor error")),
        "" => {}
        "access_denied"
        | "consent_required"
        | "login_required"
        | "interaction_required"
        | "account_selection_required" => {
            return Err(No::new("people-provider-denied", &said.error));
        }
        "temporarily_unavailable" | "server_error" => return Err(No::new("people-provider-silent", &said.error)),
        error => return Err(No::new("people-provider-strange", error.chars().take(100).collect::<String>())),
    }
    let asking = &app.identity.asking;
    let metadata = asking.provider(provider, now).await.map_err(No::of)?;
    let secret = app.identity.secrets.get(&provider.word).map(String::as_str);
    if secret.is_none() && !provider.secret_env.is_empty() {
        return Err(No::new("people-provider-strange", format!("{} is not set", provider.secret_env)));
    }
    let redeemed = asking.redeem(&metadata, provider, secret, (&said.code, &sent.back, &sent.verifier));
    let (token, access) = redeemed.await.map_err(No::of)?;
    let judge = |keys| believe(&token, provider, keys, &sent.nonce, now);
    let mut judged = judge(metadata.jwks().clone());
    if judged == Err(Doubt::Key)
        && let Some(anew) = asking.new_keys(provider, now).await.map_err(No::of)?
    {
        judged = judge(anew.jwks().clone());
    }
    let statement = judged.map_err(|doubt| match doubt {
        Doubt::Time(when) => No::new("people-provider-clock", when),
        Doubt::Key => No::new("people-provider-refused", "signed by an unknown key"),
        Doubt::Other(why) => No::new("people-provider-refused", why),
    })?;
    let is_enough = statement.text(&provider.employee_claim).is_some()
        && (provider.domains.is_empty() || statement.text("email").is_some())
        && (provider.groups.is_empty() || !statement.texts(&provider.groups_claim).is_empty());
    match access {
        Some(access) if !is_enough => {
            Ok(statement.clone().with(asking.more(&metadata, &access, &statement.subject).await.map_err(No::of)?))
        }
        _ => Ok(statement),
    }
}

/// What a believed statement came to.
enum Came {
    In { given: sign_in::Given, to: String },
    Asked { half: String },
    No(No),
}

async fn enter(
    app: &App,
    visit: &Visit,
    knock: &Knock,
    provider: &Provider,
    sent: &ProviderVisit,
    statement: Statement,
) -> Result<Response, Error> {
    if !statement.is_of_city(provider) {
        let no = No::new("people-provider-outside", "another domain or group");
        return failed(app, visit, knock, provider, Some(&sent.next), no).await;
    }
    let (held, now, idle) = (app.clone(), app.clock.now(), Rules::of(&app.city.rest).idle);
    let (provider_held, knocked, next) = (provider.clone(), knock.clone(), sent.next.clone());
    let came = app.db.write(move |tx| async move {
        let (provider, knock) = (provider_held, knocked);
        let account = match find(&tx, &held, &provider, &statement, now).await? {
            Ok(account) => account,
            Err(no) => return Ok::<_, Error>(Came::No(no)),
        };
        if !account.is_active {
            let way = (Outcome::Inactive, provider.word.as_str());
            people::log_sign_in(&tx, &account.login, Some(account.id), way, &knock.origin, now).await?;
            return Ok(Came::No(No { login: account.login, ..No::new("people-provider-inactive", "") }));
        }
        store::use_link(&tx, &provider.issuer, &statement.subject, now).await?;
        let has_second = store::factors(&tx, account.id).await?.is_any();
        let is_proved_elsewhere = provider.proves(&statement.texts("amr"));
        match factor::after(First { has_second, is_proved_elsewhere }) {
            factor::Next::Ask => {
                let way = (Outcome::Asked, provider.word.as_str());
                people::log_sign_in(&tx, &account.login, Some(account.id), way, &knock.origin, now).await?;
                Ok(Came::Asked { half: second_step::begin(&tx, account.id, Way::Provider, &next, now).await? })
            }
            factor::Next::Open { is_strong } => {
                let way = (Outcome::Opened, provider.word.as_str());
                people::log_sign_in(&tx, &account.login, Some(account.id), way, &knock.origin, now).await?;
                let opening =
                    Opening { account: account.id, way: Way::Provider, is_strong, origin: knock.origin.clone() };
                let given = sign_in::open(&tx, &opening, &knock, now, idle).await?;
                Ok(Came::In { given, to: sign_in::afterwards(&next, false, account.post).to_owned() })
            }
        }
    });
    let gone = knock.named_cookie(COOKIE, "", PATH)?;
    match came.await? {
        Came::In { given, to } => {
            let [session, known] = knock.cookies(&given)?;
            Ok((AppendHeaders([session, known, gone]), Redirect::to(&to)).into_response())
        }
        Came::Asked { half } => {
            let cookie = knock.named_cookie(second_step::COOKIE, &half, "/sign-in")?;
            Ok((AppendHeaders([cookie, gone]), Redirect::to("/sign-in/second")).into_response())
        }
        Came::No(no) => failed(app, visit, knock, provider, Some(&sent.next), no).await,
    }
}

/// The account of a statement: the one that is tied to the provider's person, else the one of the employee number, which is tied now.
async fn find(
    tx: &Tx,
    app: &App,
    provider: &Provider,
    statement: &Statement,
    now: Moment,
) -> Result<Result<Account, No>, Error> {
    if let Some(id) = store::linked(tx, &provider.issuer, &statement.subject).await? {
        return Ok(Ok(people::load(tx, id).await?));
    }
    let Some(number) = statement.text(&provider.employee_claim) else {
        let detail = format!("no claim {}", provider.employee_claim);
        return Ok(Err(No::new("people-provider-no-number", detail)));
    };
    let Some(id) = people::by_employee_number(tx, &number).await? else {
        return Ok(Err(No::new("people-provider-nobody", "no account has the employee number")));
    };
    let account = people::load(tx, id).await?;
    if !account.is_active {
        return Ok(Ok(account));
    }
    // A number that was given to somebody else does not open the account of the first.
    if !store::link(tx, id, &provider.issuer, &statement.subject, now).await? {
        let no = No::new("people-provider-other", "the account is tied to another subject");
        return Ok(Err(No { login: account.login, ..no }));
    }
    let body = json!({ "name_zh": provider.name, "issuer": provider.issuer });
    people::record(tx, &account_change(id, "identity_linked", id, body), now).await?;
    let args = vec![("provider", provider.name.clone())];
    (app.account_news)(tx, &News { account: id, kind: "account-linked", args, link: "/account", at: now }).await?;
    Ok(Ok(account))
}

/// Says why nobody was let in, and what to do; the log and the operator learn the rest.
async fn failed(
    app: &App,
    visit: &Visit,
    knock: &Knock,
    provider: &Provider,
    next: Option<&str>,
    no: No,
) -> Result<Response, Error> {
    tracing::warn!(
        provider = provider.word,
        why = no.key,
        detail = no.detail,
        "a sign-in at a provider came to nothing"
    );
    let (now, origin, word, login) = (app.clock.now(), knock.origin.clone(), provider.word.clone(), no.login.clone());
    if no.key != "people-provider-inactive" {
        let logged = app.db.write(move |tx| async move {
            people::log_sign_in(&tx, &login, None, (Outcome::Refused, &word), &origin, now).await.map_err(Error::Db)
        });
        logged.await?;
    }
    let name = provider.name(visit.lang);
    let query = serde_urlencoded::to_string([("next", next.unwrap_or_default())]).unwrap_or_default();
    let page = context! {
        name,
        text => app.pages.say(visit.lang, no.key, &[("provider", name.to_owned())]),
        again => format!("{PATH}/{}?{query}", provider.word),
        is_silent => no.key == "people-provider-silent",
    };
    let status =
        if no.key == "people-provider-silent" { StatusCode::BAD_GATEWAY } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = app.page(visit, "people/provider_failed.html", page)?;
    let cookies = [knock.named_cookie(COOKIE, "", PATH)?];
    Ok((status, AppendHeaders(cookies), [(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// What an account is tied to, as a page shows it.
pub(in crate::people) fn rows(app: &App, visit: &Visit, links: &[Link]) -> Vec<Value> {
    let row = |link: &Link| {
        let known = app.identity.settings.providers.iter().find(|provider| provider.issuer == link.issuer);
        context! {
            id => link.id.to_string(),
            name => known.map_or(link.issuer.as_str(), |provider| provider.name(visit.lang)),
            subject => link.subject.as_str(),
            made_at => link.made_at.0,
            used_at => link.used_at.0,
        }
    };
    links.iter().map(row).collect()
}

async fn untie(app: &App, account: Id, link: Id, author: Id) -> Result<(), Error> {
    let now = app.clock.now();
    app.db
        .write(move |tx| async move {
            let issuer = store::unlink(&tx, account, link).await?.ok_or(Error::NotFound)?;
            let body = json!({ "name_zh": issuer });
            people::record(&tx, &account_change(account, "identity_unlinked", author, body), now).await?;
            Ok::<_, Error>(())
        })
        .await
}

/// `POST /account/links/{link}/remove`.
pub(super) async fn remove(State(app): State<App>, visit: Visit, Path(link): Path<Id>) -> Result<Response, Error> {
    let account = visit.actor()?.account;
    untie(&app, account, link, account).await?;
    Ok(Redirect::to("/account").into_response())
}

/// `POST /admin/accounts/{id}/links/{link}/remove`.
pub(super) async fn remove_of(
    State(app): State<App>,
    visit: Visit,
    Path((id, link)): Path<(Id, Id)>,
) -> Result<Response, Error> {
    if id == visit.actor()?.account {
        return Err(Refusal::new("people-own-account").into());
    }
    untie(&app, id, link, visit.actor()?.account).await?;
    Ok(Redirect::to(&format!("/admin/accounts/{id}")).into_response())
}
