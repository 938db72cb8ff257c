//! One's own passkeys: making one, taking one away, and showing one at the second step of signing in.

use super::ceremony::{self, Site};
use super::factors::{Proof, changed, draw_codes, first_codes, refused, without_any};
use super::proving::{ask, fresh_codes};
use super::second_step::{answer, judge, key, open};
use super::store::{self, KeptPasskey};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::required;
use crate::kit::id::{self, Id};
use crate::people::account::{Outcome, Rules};
use crate::people::doors::Visit;
use crate::people::sign_in::Knock;
use crate::people::{errors, known, store as people};
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// How many passkeys an account may have.
const MOST: usize = 20;
/// The longest name of one.
const LONGEST: usize = 40;

/// Where passkeys are good for this request, if browsers make them there at all.
pub(super) fn site(app: &App, headers: &HeaderMap) -> Option<Site> {
    Site::of(&super::origin(app, headers))
}

/// Passkeys as their owner sees them.
pub(super) fn rows(all: &[KeptPasskey]) -> Vec<Value> {
    let row = |one: &KeptPasskey| {
        context! {
            id => one.id.to_string(),
            name => one.name.as_str(),
            made_at => one.made_at.0,
            used_at => one.used_at.map(|at| at.0),
        }
    };
    all.iter().map(row).collect()
}

/// `POST /account/second/passkeys`: a ceremony begins.
pub(super) async fn begin(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Error> {
    draw(&app, &visit, &headers, "", None).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    name: &str,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let Some(site) = site(app, headers) else { return Err(Refusal::new("people-passkey-nowhere").into()) };
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((people::load(&tx, account).await?, store::passkeys(&tx, account).await?))
    });
    let (owner, all) = read.await?;
    if all.len() >= MOST {
        return refused(app, visit, Refusal::new("people-passkey-many").with("most", MOST).on("proof").into()).await;
    }
    let known: Vec<ceremony::Passkey> = all.into_iter().map(|one| one.passkey).collect();
    let begun = ceremony::begin_making(&site, (account, &owner.login, &owner.name), &known);
    let begun = begun.map_err(|error| Error::Internal(error.to_string()))?;
    let kept = begun.kept;
    app.db
        .write(move |tx| async move { store::offer_passkey(&tx, account, &kept, now).await.map_err(Error::Db) })
        .await?;
    let page = context! {
        options => begun.options,
        name,
        longest => LONGEST,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = app.page(visit, "people/passkey_new.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], page).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Made {
    name: String,
    credential: String,
}

/// `POST /account/second/passkeys/made`: the browser has made it.
pub(super) async fn end(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    headers: HeaderMap,
    Form(form): Form<Made>,
) -> Result<Response, Error> {
    let (codes, digests) = fresh_codes();
    match make(&app, &visit, &knock, &headers, &form, digests).await {
        Ok((true, fresh)) => Ok(([knock.cookie(&fresh)?], draw_codes(&app, &visit, &codes)?).into_response()),
        Ok((false, fresh)) => {
            Ok(([knock.cookie(&fresh)?], Redirect::to("/account/second?done=passkey")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(&app, &visit, &headers, &form.name, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

/// Keeps a passkey; answers whether the account got its first recovery codes, and the session's fresh secret.
async fn make(
    app: &App,
    visit: &Visit,
    knock: &Knock,
    headers: &HeaderMap,
    form: &Made,
    digests: Vec<String>,
) -> Result<(bool, String), Error> {
    let (account, now, held) = (visit.actor()?.account, app.clock.now(), app.clone());
    let site = site(app, headers).ok_or_else(|| Refusal::new("people-passkey-nowhere"))?;
    let name = required("name", &form.name, LONGEST)?;
    let taken =
        app.db.write(move |tx| async move { store::take_offer(&tx, account, now).await.map_err(Error::Db) }).await?;
    let kept = taken.ok_or_else(|| Refusal::new("people-passkey-over").on("name"))?;
    let passkey = ceremony::end_making(&site, &kept, &form.credential).map_err(|error| {
        tracing::warn!(%error, "a passkey was not made");
        Refusal::new("people-passkey-failed").on("name")
    })?;
    let made =
        KeptPasskey { id: id::fresh(), account, passkey, domain: site.domain, name, made_at: now, used_at: None };
    let secret = knock.session.clone().unwrap_or_default();
    app.db
        .write(move |tx| async move {
            let before = store::factors(&tx, account).await?;
            if !store::keep_passkey(&tx, &made).await? {
                return Err(Refusal::new("people-passkey-taken").on("name").into());
            }
            let fresh = changed(&tx, &held, (account, account), "passkey_added", &secret, now).await?;
            Ok::<_, Error>((first_codes(&tx, account, &before, &digests, now).await?, fresh))
        })
        .await
}

/// `POST /account/second/passkeys/{id}/remove`.
pub(super) async fn remove(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Path(passkey): Path<Id>,
    Form(form): Form<Proof>,
) -> Result<Response, Error> {
    if let Err(error) = ask(&app, &visit, &knock, &form.proof).await {
        return refused(&app, &visit, error).await;
    }
    let (account, now, held) = (visit.actor()?.account, app.clock.now(), app.clone());
    let secret = knock.session.clone().unwrap_or_default();
    let removed = app.db.write(move |tx| async move {
        if !store::remove_passkey(&tx, account, passkey).await? {
            return Err(Error::NotFound);
        }
        let fresh = changed(&tx, &held, (account, account), "passkey_removed", &secret, now).await?;
        without_any(&tx, account, now).await?;
        Ok(fresh)
    });
    let fresh = removed.await?;
    Ok(([knock.cookie(&fresh)?], Redirect::to("/account/second?done=removed")).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    credential: String,
}

/// `POST /sign-in/second/passkey`: a passkey at the second step.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    headers: HeaderMap,
    Form(form): Form<Shown>,
) -> Result<Response, Error> {
    let (kept, now, rules) = (key(&headers), app.clock.now(), Rules::of(&app.city.rest));
    let spoken = ceremony::spoken_of(&form.credential).unwrap_or_default();
    let read = app.db.read({
        let kept = kept.clone();
        move |tx| async move {
            let Some(half) = store::half(&tx, &kept, now).await? else { return Ok::<_, Error>(None) };
            let passkey = store::passkey(&tx, half.account, &spoken).await?;
            Ok(Some((half, passkey)))
        }
    });
    let Some((half, passkey)) = read.await? else {
        return answer(&app, &visit, &knock, &headers, None, Refusal::new("people-passkey-wrong").on("passkey")).await;
    };
    // Verified away from the database: it takes longer than a transaction should.
    let used = match (&passkey, site(&app, &headers)) {
        (Some(one), Some(site)) if one.domain == site.domain && !half.ceremony.is_empty() => {
            let ended = ceremony::end_showing(&site, half.account, &one.passkey, &half.ceremony, &form.credential);
            ended.map_err(|error| tracing::warn!(%error, account = half.account, "a passkey was not right")).ok()
        }
        _ => None,
    };
    let (settled_knock, limits) = (knock.clone(), rules.clone());
    let settled = app.db.write(move |tx| async move {
        // Whoever used the same ceremony meanwhile was first.
        let Some(now_half) = store::half(&tx, &kept, now).await? else { return Ok::<_, Error>(None) };
        let account = people::load(&tx, half.account).await?;
        let tries = known::tries(&tx, &account, &settled_knock, now).await?;
        let is_right = match (passkey, used) {
            (Some(before), Some(used)) if now_half.ceremony == half.ceremony && tries.lock.until <= now => {
                store::use_passkey(&tx, &before, &used.dynamic_state, now).await?
            }
            _ => false,
        };
        let outcome = judge(&tx, &kept, &account, is_right, ("passkey", &settled_knock), now, &limits).await?;
        if outcome != Outcome::Opened {
            return Ok(Some((outcome, None)));
        }
        Ok(Some((outcome, Some(open(&tx, &half, account, &settled_knock, now, limits.idle).await?))))
    });
    let settled = settled.await?;
    answer(&app, &visit, &knock, &headers, settled, Refusal::new("people-passkey-wrong").on("passkey")).await
}
