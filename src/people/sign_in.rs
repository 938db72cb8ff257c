//! Signing in and out.

use super::account::{Outcome, Rules};
use super::act::Post;
use super::doors::{SAFE, Visit, cookie};
use super::identity::factor::{self, First};
use super::identity::{second_step, store as identity, with_provider};
use super::sessions::{Opening, Way};
use super::store::{self, Origin};
use super::{known, password, sessions};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::typed;
use crate::kit::peers::Peer;
use axum::extract::{Form, FromRequestParts, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use minijinja::context;
use serde::Deserialize;
use std::convert::Infallible;

/// Where somebody goes who asked for nothing else.
pub const fn home(post: Post) -> &'static str {
    match post {
        Post::Acceptor | Post::ShiftLeader | Post::Dispatcher | Post::Leader => "/desk",
        Post::DepartmentDesk => "/department",
        Post::Keeper | Post::CrewMember => "/field",
        Post::EnforcementHelper
        | Post::EnforcementOfficer
        | Post::UnitLeader
        | Post::LegalReviewer
        | Post::HearingPresident
        | Post::Treasurer
        | Post::Archivist => "/enforcement",
        Post::SystemAdmin | Post::SecurityAdmin => "/admin",
        Post::AuditAdmin => "/audit",
    }
}

/// Where somebody goes who has just signed in: to their new password, to the page they asked for, to the page of their post.
pub(super) fn afterwards(next: &str, must_change_password: bool, post: Post) -> &str {
    match own_path(next) {
        _ if must_change_password => "/account/password",
        Some(next) => next,
        None => home(post),
    }
}

/// What a browser is given when somebody signs in.
pub(super) struct Given {
    /// The secret of the session.
    session: String,
    /// The secret by which the browser is known.
    known: String,
}

/// Opens a session in place of the one that the browser had, and knows the browser from now on.
pub(super) async fn open(tx: &Tx, opening: &Opening, knock: &Knock, now: Moment, idle: i64) -> Result<Given, Error> {
    let session = sessions::open(tx, opening, now, idle).await?;
    if let Some(before) = knock.session.as_deref() {
        sessions::end(tx, before).await?;
        sessions::hand_browsers_on(tx, before, opening.account, &session).await?;
    }
    let known = known::remember(tx, opening.account, knock.known.as_deref(), now).await?;
    Ok(Given { session, known })
}

/// The address to go to afterwards, when it is one of our own pages.
pub(super) fn own_path(next: &str) -> Option<&str> {
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && next != "/"
        && !next.starts_with("/sign-");
    is_own.then_some(next)
}

/// The head of a request, as far as a session's cookie and its log need it.
#[derive(Debug, Clone)]
pub struct Knock {
    /// From where.
    pub origin: Origin,
    /// True when the browser came by https, to us or to the proxy in front of us.
    pub is_secure: bool,
    /// The session's secret that the browser sent.
    pub session: Option<String>,
    /// The secret by which the browser is known.
    pub known: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Knock {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Knock, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let address = peer.and_then(|peer| peer.address).map(|address| address.to_canonical().to_string());
        let device = short(&header_text(&parts.headers, "user-agent"), 200);
        Ok(Knock {
            origin: Origin { address: address.unwrap_or_default(), device },
            is_secure: peer.is_some_and(|peer| peer.is_secure),
            session: cookie(&parts.headers, "session").map(str::to_owned),
            known: cookie(&parts.headers, known::COOKIE).map(str::to_owned),
        })
    }
}

fn header_text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

impl Knock {
    /// The header that gives the browser a session's secret; an empty one takes it away.
    pub fn cookie(&self, secret: &str) -> Result<(header::HeaderName, HeaderValue), Error> {
        self.named_cookie("session", secret, "/")
    }

    /// The same for another cookie, sent to the addresses below a path.
    pub fn named_cookie(
        &self,
        name: &str,
        secret: &str,
        path: &str,
    ) -> Result<(header::HeaderName, HeaderValue), Error> {
        self.lasting_cookie(name, secret, path, 0)
    }

    /// The cookies of somebody who has signed in.
    pub(super) fn cookies(&self, given: &Given) -> Result<[(header::HeaderName, HeaderValue); 2], Error> {
        Ok([
            self.cookie(&given.session)?,
            self.lasting_cookie(known::COOKIE, &given.known, known::PATH, known::LASTS / 1000)?,
        ])
    }

    /// A cookie that the browser keeps for so many seconds; 0: until it is closed. By https its name says that nobody else may
    /// have set it.
    fn lasting_cookie(
        &self,
        name: &str,
        secret: &str,
        path: &str,
        seconds: i64,
    ) -> Result<(header::HeaderName, HeaderValue), Error> {
        let [host, secure] = SAFE;
        let (beginning, flag) = match (self.is_secure, path) {
            (false, _) => ("", ""),
            (true, "/") => (host, "; Secure"),
            (true, _) => (secure, "; Secure"),
        };
        let age = match (secret, seconds) {
            ("", _) => "; Max-Age=0".to_owned(),
            (_, 0) => String::new(),
            (_, seconds) => format!("; Max-Age={seconds}"),
        };
        let text = format!("{beginning}{name}={secret}; HttpOnly; SameSite=Lax; Path={path}{flag}{age}");
        let value = HeaderValue::from_str(&text).map_err(|error| Error::Internal(error.to_string()))?;
        Ok((header::SET_COOKIE, value))
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    if let Some(actor) = &visit.actor {
        return Ok(Redirect::to(own_path(&asked.next).unwrap_or(home(actor.post))).into_response());
    }
    draw(&app, &visit, "", &asked.next, None)
}

pub(super) fn draw(
    app: &App,
    visit: &Visit,
    login: &str,
    next: &str,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let errors = super::errors(app, visit, refusal);
    let page = app.page(
        visit,
        "people/sign_in.html",
        context! { login, next, errors, providers => with_provider::offered(app, visit, next) },
    )?;
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], page).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// What a right password came to.
enum Came {
    /// Somebody is in.
    In(Given),
    /// The second factor is asked of whoever has this secret.
    Half(String),
}

/// `POST /sign-in`.
pub(super) async fn sign_in(
    State(app): State<App>,
    visit: Visit,
    knock: Knock,
    Form(form): Form<SignIn>,
) -> Result<Response, Error> {
    let login = short(&typed(&form.login).unwrap_or_default().to_lowercase(), 60);
    let known = app.db.read({
        let login = login.clone();
        move |tx| async move { store::credentials(&tx, &login).await }
    });
    let hash = known.await.map_err(Error::Db)?.map(|(_, hash)| hash);
    let is_right = password::verify(short(&form.password, 1000), hash.clone()).await?;
    let (rules, now) = (Rules::of(&app.city.rest), app.clock.now());
    let settled = app.db.write({
        let (rules, login, knock, next) = (rules.clone(), login.clone(), knock.clone(), form.next.clone());
        move |tx| async move {
            let Some((account, stored)) = store::credentials(&tx, &login).await? else {
                store::log_sign_in(&tx, &login, None, (Outcome::Wrong, "password"), &knock.origin, now).await?;
                return Ok::<_, Error>((Outcome::Wrong, None));
            };
            // A password that was replaced while it was being verified is no longer right.
            let is_right = is_right && hash.as_deref() == Some(stored.as_str());
            let tries = known::tries(&tx, &account, &knock, now).await?;
            let (outcome, lock) = tries.lock.attempt(account.is_active, is_right, now, &rules);
            let has_second = identity::factors(&tx, account.id).await?.is_any();
            let follows = factor::after(First { has_second, is_proved_elsewhere: false });
            let is_asked = outcome == Outcome::Opened && follows == factor::Next::Ask;
            // Whoever knows the password but not the second factor must not win new tries by it.
            if !is_asked {
                known::note(&tx, account.id, &tries, lock).await?;
            }
            let said = if is_asked { Outcome::Asked } else { outcome };
            store::log_sign_in(&tx, &login, Some(account.id), (said, "password"), &knock.origin, now).await?;
            if outcome != Outcome::Opened {
                return Ok((outcome, None));
            }
            if is_asked {
                let half = second_step::begin(&tx, account.id, Way::Password, &next, now).await?;
                return Ok((Outcome::Asked, Some((account, Came::Half(half)))));
            }
            let opening =
                Opening { account: account.id, way: Way::Password, is_strong: false, origin: knock.origin.clone() };
            let given = open(&tx, &opening, &knock, now, rules.idle).await?;
            Ok((outcome, Some((account, Came::In(given)))))
        }
    });
    let refusal = match settled.await? {
        (_, Some((_, Came::Half(half)))) => {
            let cookie = knock.named_cookie(second_step::COOKIE, &half, "/sign-in")?;
            return Ok(([cookie], Redirect::to("/sign-in/second")).into_response());
        }
        (_, Some((account, Came::In(given)))) => {
            let to = afterwards(&form.next, account.is_first_password, account.post);
            return Ok((AppendHeaders(knock.cookies(&given)?), Redirect::to(to)).into_response());
        }
        (Outcome::Locked, None) => Refusal::new("people-sign-in-locked").with("minutes", rules.lock / 60_000),
        (Outcome::Inactive, None) => Refusal::new("people-sign-in-inactive"),
        _ => Refusal::new("people-sign-in-wrong"),
    };
    draw(&app, &visit, &form.login, &form.next, Some(&refusal.on("login")))
}

/// `POST /sign-out`.
pub(super) async fn sign_out(State(app): State<App>, visit: Visit, knock: Knock) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let (secret, origin) = (knock.session.clone().unwrap_or_default(), knock.origin.clone());
    let ended = app.db.write(move |tx| async move {
        let account = store::load(&tx, account).await?;
        sessions::end(&tx, &secret).await?;
        sessions::forget_browsers(&tx, &secret).await?;
        store::log_sign_in(&tx, &account.login, Some(account.id), (Outcome::Ended, ""), &origin, now).await?;
        Ok::<_, Error>(())
    });
    ended.await?;
    Ok(([knock.cookie("")?], Redirect::to("/sign-in")).into_response())
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_our_own_pages_follow() {
        assert_eq!(own_path("/desk?case=1"), Some("/desk?case=1"));
        for foreign in ["", "/", "//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "/sign-out"] {
            assert_eq!(own_path(foreign), None, "{foreign}");
        }
    }
}
