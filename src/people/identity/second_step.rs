//! The second step of signing in: whoever is here has shown a password or come from a provider, and nothing opens yet.

use super::News;
use super::ceremony;
use super::proving::{locked, shown, unproved};
use super::store::{self, Half};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::account::{Account, Outcome, Rules};
use crate::people::doors::{Visit, cookie};
use crate::people::sessions::{self, Opening, Way};
use crate::people::sign_in::{self, Given, Knock};
use crate::people::{errors, known, store as people};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

/// The cookie of somebody between the two factors; it goes to the pages of signing in alone.
pub(in crate::people) const COOKIE: &str = "half";

/// What is kept of the cookie's secret.
pub(super) fn key(headers: &HeaderMap) -> String {
    sessions::key(cookie(headers, COOKIE).unwrap_or_default())
}

/// Keeps an account between the two factors and answers the secret for the cookie.
pub(in crate::people) async fn begin(tx: &Tx, account: Id, way: Way, next: &str, now: Moment) -> Result<String, Error> {
    let secret = id::secret();
    let half = Half { account, way, next: next.to_owned(), tries: 0, ceremony: String::new() };
    store::keep_half(tx, &sessions::key(&secret), &half, now).await?;
    Ok(secret)
}

/// `GET /sign-in/second`.
pub(super) async fn show(State(app): State<App>, visit: Visit, headers: HeaderMap) -> Result<Response, Error> {
    draw(&app, &visit, &headers, None).await
}

pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (kept, now) = (key(headers), app.clock.now());
    let site = super::passkeys::site(app, headers);
    let domain = site.as_ref().map(|site| site.domain.clone()).unwrap_or_default();
    let read = app.db.read({
        let kept = kept.clone();
        move |tx| async move {
            let Some(half) = store::half(&tx, &kept, now).await? else { return Ok(None) };
            let factors = store::factors(&tx, half.account).await?;
            let mut passkeys = store::passkeys(&tx, half.account).await?;
            passkeys.retain(|one| one.domain == domain);
            Ok::<_, Error>(Some((people::load(&tx, half.account).await?, factors, passkeys)))
        }
    });
    let Some((account, factors, passkeys)) = read.await? else {
        // The locked account is said rather than the time that is over.
        let over = Refusal::new("people-second-over").on("login");
        return sign_in::draw(app, visit, "", "", Some(refusal.unwrap_or(&over)));
    };
    // Every look at the page begins a ceremony of its own.
    let known: Vec<ceremony::Passkey> = passkeys.into_iter().map(|one| one.passkey).collect();
    let begun = match site.filter(|_| !known.is_empty()).map(|site| ceremony::begin_showing(&site, &known)) {
        None => None,
        Some(Ok(begun)) => {
            let held = begun.kept.clone();
            let noted =
                app.db.write(move |tx| async move { store::note_ceremony(&tx, &kept, &held).await.map_err(Error::Db) });
            noted.await?;
            Some(begun.options)
        }
        Some(Err(error)) => return Err(Error::Internal(error.to_string())),
    };
    let page = context! {
        name => account.name.as_str(),
        options => begun,
        has_passkeys => factors.passkeys > 0,
        has_totp => factors.totp_since.is_some(),
        has_codes => factors.codes_left > 0,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "people/sign_in_second.html", page)?)
        .into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proof {
    code: String,
}

/// `POST /sign-in/second`: a code of the phone or a recovery code.
pub(super) async fn prove(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    headers: HeaderMap,
    Form(form): Form<Proof>,
) -> Result<Response, Error> {
    let (kept, now, rules, held) = (key(&headers), app.clock.now(), Rules::of(&app.city.rest), app.clone());
    let (settled_knock, limits) = (knock.clone(), rules.clone());
    let settled = app.db.write(move |tx| async move {
        let Some(half) = store::half(&tx, &kept, now).await? else { return Ok::<_, Error>(None) };
        let account = people::load(&tx, half.account).await?;
        let typed: String = form.code.chars().take(100).collect();
        let tries = known::tries(&tx, &account, &settled_knock, now).await?;
        let found = match tries.lock.until > now || !account.is_active {
            true => None,
            false => shown(&tx, &held, account.id, &typed, now).await?,
        };
        let way = found.map_or("code", super::proving::Shown::word);
        let outcome = judge(&tx, &kept, &account, found.is_some(), (way, &settled_knock), now, &limits).await?;
        if outcome != Outcome::Opened {
            return Ok(Some((outcome, None)));
        }
        if found == Some(super::proving::Shown::Recovery) {
            let left = store::factors(&tx, account.id).await?.codes_left;
            let args = vec![("left", left.to_string())];
            let kind = "account-recovery-used";
            (held.account_news)(&tx, &News { account: account.id, kind, args, link: "/account/second", at: now })
                .await?;
        }
        Ok(Some((outcome, Some(open(&tx, &half, account, &settled_knock, now, limits.idle).await?))))
    });
    let settled = settled.await?;
    answer(&app, &visit, &knock, &headers, settled, Refusal::new("people-second-wrong").on("code")).await
}

/// Judges a second factor: counts a wrong one against the half sign-in and against the account, ends the half one when it was
/// right, writes the log.
pub(super) async fn judge(
    tx: &Tx,
    kept: &str,
    account: &Account,
    is_right: bool,
    (way, knock): (&str, &Knock),
    now: Moment,
    rules: &Rules,
) -> Result<Outcome, Error> {
    let tries = known::tries(tx, account, knock, now).await?;
    let (outcome, lock) = tries.lock.attempt(account.is_active, is_right, now, rules);
    known::note(tx, account.id, &tries, lock).await?;
    match outcome {
        Outcome::Opened => store::end_half(tx, kept).await?,
        _ => store::count_try(tx, kept).await?,
    }
    people::log_sign_in(tx, &account.login, Some(account.id), (unproved(outcome), way), &knock.origin, now).await?;
    Ok(outcome)
}

/// Opens the session after both factors were right; answers its secret and where to go.
pub(super) async fn open(
    tx: &Tx,
    half: &Half,
    account: Account,
    knock: &Knock,
    now: Moment,
    idle: i64,
) -> Result<(Given, String), Error> {
    let opening = Opening { account: account.id, way: half.way, is_strong: true, origin: knock.origin.clone() };
    let given = sign_in::open(tx, &opening, knock, now, idle).await?;
    let must_change = account.is_first_password && half.way == Way::Password;
    let to = sign_in::afterwards(&half.next, must_change, account.post);
    Ok((given, to.to_owned()))
}

/// What a settled second factor answers: the session, or why not.
pub(super) async fn answer(
    app: &App,
    visit: &Visit,
    knock: &Knock,
    headers: &HeaderMap,
    settled: Option<(Outcome, Option<(Given, String)>)>,
    wrong: Refusal,
) -> Result<Response, Error> {
    let rules = Rules::of(&app.city.rest);
    let refusal = match settled {
        Some((_, Some((given, to)))) => {
            let [session, known] = knock.cookies(&given)?;
            let cookies = [session, known, knock.named_cookie(COOKIE, "", "/sign-in")?];
            return Ok((AppendHeaders(cookies), Redirect::to(&to)).into_response());
        }
        Some((Outcome::Locked, None)) => locked(&rules).on("code"),
        Some((Outcome::Inactive, None)) => Refusal::new("people-sign-in-inactive").on("code"),
        Some(_) => wrong,
        None => Refusal::new("people-second-over").on("login"),
    };
    draw(app, visit, headers, Some(&refusal)).await
}
