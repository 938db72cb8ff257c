//! One's own second factors: getting one, giving one up, codes for the day when it is lost; and the security administrator's way to
//! take them from somebody who has lost them.

use super::proving::{ask, fresh_codes, opened};
use super::store::{self, Factors};
use super::{News, totp};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::act::Post;
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use crate::people::{account_change, errors, sessions, store as people};
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;
use serde_json::json;

const PAGE: &str = "/account/second";

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
}

/// `GET /account/second`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, &asked.done, None).await
}

pub(super) async fn draw(app: &App, visit: &Visit, done: &str, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (account, post) = (visit.actor()?.account, visit.actor()?.post);
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((store::factors(&tx, account).await?, store::passkeys(&tx, account).await?))
    });
    let (factors, passkeys) = read.await?;
    let page = context! {
        is_demanded => is_demanded(app, post),
        is_missing => is_demanded(app, post) && !factors.is_any(),
        has_any => factors.is_any(),
        totp_since => factors.totp_since.map(|at| at.0),
        codes_left => factors.codes_left,
        passkeys => super::passkeys::rows(&passkeys),
        done,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "people/second.html", page)?).into_response())
}

fn is_demanded(app: &App, post: Post) -> bool {
    app.identity.settings.demanded.contains(&post)
}

/// What every change of a second factor does: the fact, every other session ends, the owner's own goes on under another secret,
/// which is answered, and the owner is told.
pub(super) async fn changed(
    tx: &Tx,
    app: &App,
    (account, author): (Id, Id),
    kind: &'static str,
    secret: &str,
    now: Moment,
) -> Result<String, Error> {
    people::record(tx, &account_change(account, kind, author, json!({})), now).await?;
    sessions::end_others(tx, account, secret).await?;
    let told = if account == author { "account-factor-changed" } else { "account-factor-reset" };
    (app.account_news)(tx, &News { account, kind: told, args: Vec::new(), link: PAGE, at: now }).await?;
    Ok(if secret.is_empty() { String::new() } else { sessions::rotate(tx, secret).await? })
}

/// `POST /account/second/totp`: a fresh key that waits for its first code.
pub(super) async fn offer_totp(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let sealed = app.identity.sealer.seal(account, &id::random_bytes::<{ totp::KEY }>(), id::random_bytes());
    app.db
        .write(move |tx| async move { store::offer_totp(&tx, account, &sealed, now).await.map_err(Error::Db) })
        .await?;
    Ok(Redirect::to("/account/second/totp").into_response())
}

/// `GET /account/second/totp`: the key as a square code and as text.
pub(super) async fn ask_totp(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw_totp(&app, &visit, None).await
}

async fn draw_totp(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((people::load(&tx, account).await?.login, store::totp_offer(&tx, account, now).await?))
    });
    let (login, Some(sealed)) = read.await? else { return Ok(Redirect::to(PAGE).into_response()) };
    let key = opened(app, account, &sealed)?;
    let issuer = if visit.lang == "en" { &app.city.programme_en } else { &app.city.programme };
    let issuer = if issuer.is_empty() { &app.city.name } else { issuer };
    let address = totp::address(issuer, &login, &key);
    let page = context! {
        qr => qr(&address)?,
        address,
        key => totp::written(&key),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = app.page(visit, "people/second_totp.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// A square code as SVG.
fn qr(text: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::new(text.as_bytes()).map_err(|error| Error::Internal(error.to_string()))?;
    let drawn = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(176, 176).build();
    Ok(drawn.find("<svg").map(|from| drawn[from..].to_owned()).unwrap_or_default())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Code {
    code: String,
}

/// `POST /account/second/totp/confirm`: the first code came, so the phone has the key.
pub(super) async fn confirm_totp(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Form(form): Form<Code>,
) -> Result<Response, Error> {
    let (account, now, held) = (visit.actor()?.account, app.clock.now(), app.clone());
    let secret = knock.session.clone().unwrap_or_default();
    let (codes, digests) = fresh_codes();
    let confirmed = app.db.write(move |tx| async move {
        let sealed =
            store::totp_offer(&tx, account, now).await?.ok_or_else(|| Refusal::new("people-totp-over").on("code"))?;
        let key = opened(&held, account, &sealed)?;
        let step = totp::check(key, &form.code, now).ok_or_else(|| Refusal::new("people-totp-wrong").on("code"))?;
        let before = store::factors(&tx, account).await?;
        store::keep_totp(&tx, account, &sealed, step, now).await?;
        let fresh = changed(&tx, &held, (account, account), "totp_added", &secret, now).await?;
        Ok::<_, Error>((first_codes(&tx, account, &before, &digests, now).await?, fresh))
    });
    match confirmed.await {
        Ok((true, fresh)) => Ok(([knock.cookie(&fresh)?], draw_codes(&app, &visit, &codes)?).into_response()),
        Ok((false, fresh)) => Ok(([knock.cookie(&fresh)?], Redirect::to("/account/second?done=totp")).into_response()),
        Err(Error::Refused(refusal)) => draw_totp(&app, &visit, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

/// Gives the first recovery codes to an account that has none left; answers whether it did.
pub(super) async fn first_codes(
    tx: &Tx,
    account: Id,
    before: &Factors,
    digests: &[String],
    now: Moment,
) -> Result<bool, Error> {
    let is_first = before.codes_left == 0;
    if is_first {
        store::replace_codes(tx, account, digests, now).await?;
    }
    Ok(is_first)
}

/// Shows recovery codes, once.
pub(super) fn draw_codes(app: &App, visit: &Visit, codes: &[String]) -> Result<Response, Error> {
    let page = app.page(visit, "people/second_codes.html", context! { codes => codes.to_vec() })?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proof {
    pub(super) proof: String,
}

/// `POST /account/second/codes`: new recovery codes; the old ones are void.
pub(super) async fn new_codes(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Form(form): Form<Proof>,
) -> Result<Response, Error> {
    if let Err(error) = ask(&app, &visit, &knock, &form.proof).await {
        return refused(&app, &visit, error).await;
    }
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let (codes, digests) = fresh_codes();
    let made = app.db.write(move |tx| async move {
        if !store::factors(&tx, account).await?.is_any() {
            return Err(Refusal::new("people-codes-alone").into());
        }
        store::replace_codes(&tx, account, &digests, now).await?;
        people::record(&tx, &account_change(account, "recovery_codes_made", account, json!({})), now).await?;
        Ok::<_, Error>(())
    });
    match made.await {
        Ok(()) => draw_codes(&app, &visit, &codes),
        Err(error) => refused(&app, &visit, error).await,
    }
}

/// A refusal on the page of second factors.
pub(super) async fn refused(app: &App, visit: &Visit, error: Error) -> Result<Response, Error> {
    match error {
        Error::Refused(refusal) => draw(app, visit, "", Some(&refusal)).await,
        error => Err(error),
    }
}

/// `POST /account/second/totp/remove`.
pub(super) async fn remove_totp(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Form(form): Form<Proof>,
) -> Result<Response, Error> {
    if let Err(error) = ask(&app, &visit, &knock, &form.proof).await {
        return refused(&app, &visit, error).await;
    }
    let (account, now, held) = (visit.actor()?.account, app.clock.now(), app.clone());
    let secret = knock.session.clone().unwrap_or_default();
    let removed = app.db.write(move |tx| async move {
        if !store::remove_totp(&tx, account).await? {
            return Ok::<_, Error>(secret);
        }
        let fresh = changed(&tx, &held, (account, account), "totp_removed", &secret, now).await?;
        without_any(&tx, account, now).await?;
        Ok(fresh)
    });
    let fresh = removed.await?;
    Ok(([knock.cookie(&fresh)?], Redirect::to("/account/second?done=removed")).into_response())
}

/// Without a second factor, recovery codes open nothing and go.
pub(super) async fn without_any(tx: &Tx, account: Id, now: Moment) -> Result<(), Error> {
    if !store::factors(tx, account).await?.is_any() {
        store::replace_codes(tx, account, &[], now).await?;
    }
    Ok(())
}

/// `POST /admin/accounts/{id}/second/reset`: takes every second factor from somebody who has lost it; every session of theirs ends.
pub(super) async fn reset_of(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (author, now, held) = (visit.actor()?.account, app.clock.now(), app.clone());
    let reset = app.db.write(move |tx| async move {
        if people::load(&tx, id).await?.id == author {
            return Err(Refusal::new("people-own-account").into());
        }
        store::reset(&tx, id).await?;
        changed(&tx, &held, (id, author), "factors_reset", "", now).await.map(drop)
    });
    match reset.await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/accounts/{id}")).into_response()),
        Err(Error::Refused(refusal)) => {
            crate::people::administration::draw_account(&app, &visit, id, Some(&refusal)).await
        }
        Err(error) => Err(error),
    }
}
