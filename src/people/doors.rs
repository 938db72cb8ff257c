//! A door: an address, a method, and who may open it. All doors are listed in `docs/doors.md`.

use super::act::Act;
use super::actor::Actor;
use super::paces::{Pace, Who};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::peers::Peer;
use crate::kit::words;
use crate::notices;
use axum::extract::{FromRequestParts, Request, State};
use axum::handler::Handler;
use axum::http::{Method, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use std::convert::Infallible;

/// Who may open a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Public,
    /// Whoever's post may do this.
    Act(Act),
}

impl Access {
    /// How the list of doors names it.
    pub const fn word(self) -> &'static str {
        match self {
            Access::Public => "public",
            Access::Act(act) => act.word(),
        }
    }
}

/// One door of the program.
pub struct Door {
    /// GET, POST or DELETE.
    pub method: Method,
    /// The address with its parameters in braces.
    pub path: &'static str,
    /// Who may open it.
    pub access: Access,
    /// How often somebody may knock.
    pub pace: Pace,
    /// What happens behind it.
    pub handler: MethodRouter<App>,
}

impl Door {
    /// A door that shows something.
    pub fn get<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Door {
        Door { method: Method::GET, path, access, pace: Pace::Free, handler: get(handler) }
    }

    /// A door that changes something.
    pub fn post<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Door {
        Door { method: Method::POST, path, access, pace: Pace::Free, handler: post(handler) }
    }

    /// A door that takes something away; programs alone knock so.
    pub fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Door {
        Door { method: Method::DELETE, path, access, pace: Pace::Free, handler: delete(handler) }
    }

    /// The same door with a pace.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Door {
        Door { pace, ..self }
    }
}

/// One visit: in which language, at which address, by whom. Every handler takes it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// `zh-Hans` or `en`.
    pub lang: &'static str,
    /// The path of the address.
    pub path: String,
    /// Its query, without the language.
    pub asked: String,
    /// Who is signed in, if anybody.
    pub actor: Option<Actor>,
    /// The parts of the page (ids of elements) that an open screen asks for anew; none when the whole page is wanted.
    pub refresh: Option<String>,
    /// How many notices wait to be read by whoever is signed in; written on the bell of every page.
    pub unread: i64,
    /// What the reader's program calls itself; empty when it does not say.
    pub agent: String,
}

impl Visit {
    /// The person signed in; a door with an act always has one.
    ///
    /// # Errors
    /// [`Error::SignIn`] when nobody is.
    pub fn actor(&self) -> Result<&Actor, Error> {
        self.actor.as_ref().ok_or_else(|| Error::SignIn(self.path.clone()))
    }

    /// True when this part of the page is wanted: an open screen that refreshes itself names the parts that it takes over.
    pub fn wants(&self, part: &str) -> bool {
        self.refresh.as_deref().is_none_or(|parts| parts.split_ascii_whitespace().any(|wanted| wanted == part))
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, Infallible> {
        Ok(parts.extensions.get::<Visit>().cloned().unwrap_or_else(|| visit(parts, None)))
    }
}

/// What begins the names of cookies that a browser takes by https alone: from this very host, or from it and its like.
pub const SAFE: [&str; 2] = ["__Host-", "__Secure-"];

/// A cookie's value, under its name as it is set by https or else by http.
pub fn cookie<'a>(headers: &'a axum::http::HeaderMap, name: &str) -> Option<&'a str> {
    let safe = SAFE.iter().find_map(|beginning| bare_cookie(headers, &format!("{beginning}{name}")));
    safe.or_else(|| bare_cookie(headers, name))
}

fn bare_cookie<'a>(headers: &'a axum::http::HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn visit(parts: &Parts, actor: Option<Actor>) -> Visit {
    let query = parts.uri.query().unwrap_or_default();
    let wished = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
    let wished = wished.or_else(|| cookie(&parts.headers, "lang"));
    let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let refresh = parts.headers.get("x-refresh").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let agent =
        parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let path = parts.uri.path().to_owned();
    let asked: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")).collect();
    let asked = asked.join("&");
    Visit { lang: words::choose(wished, accepted), path, asked, actor, refresh, unread: 0, agent }
}

/// Stands at a door: finds out who knocks, lets in whoever may, and counts for the bell of the page behind it.
pub async fn guard(State((app, access, pace)): State<(App, Access, Pace)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let knocker = match cookie(&parts.headers, "session") {
        Some(secret) => match super::sessions::knocker(&app, secret).await {
            Ok(knocker) => knocker,
            Err(error) => return error.into_response(),
        },
        None => None,
    };
    let must_enrol = knocker.as_ref().is_some_and(|knocker| knocker.must_enrol);
    let mut visit = visit(&parts, knocker.map(|knocker| knocker.actor));
    if let Access::Act(act) = access {
        let Some(actor) = &visit.actor else {
            let here = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            return Error::SignIn(if parts.method == Method::GET { here } else { "/".into() }).into_response();
        };
        if actor.must_change_password && act != Act::KeepOwnAccount {
            return axum::response::Redirect::to("/account/password").into_response();
        }
        if must_enrol && act != Act::KeepOwnAccount {
            return axum::response::Redirect::to("/account/second").into_response();
        }
        if !actor.may(act) {
            return Error::Forbidden.into_response();
        }
    }
    let (who, now) = (Who::of(&visit, parts.extensions.get::<Peer>()), app.clock.now());
    if let Err(seconds) = app.paces.admit(pace, who, now) {
        return Error::TooMany(seconds).into_response();
    }
    notices::bell::note(&app, &mut visit).await;
    parts.extensions.insert(visit);
    let response = next.run(Request::from_parts(parts, body)).await;
    app.paces.note(pace, who, response.status(), now);
    response
}
