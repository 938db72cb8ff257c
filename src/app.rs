//! What a handler may hold; gathers the doors; answers errors as pages.

use crate::kit::assets::Assets;
use crate::kit::clock::Clock;
use crate::kit::db::Db;
use crate::kit::error::{Error, ErrorPage};
use crate::kit::page::{Frame, Pages};
use crate::kit::sources::Sources;
use crate::kit::words::{LANGUAGES, Words};
use crate::people::act::{Act, may};
use crate::people::doors::{Door, Visit, guard};
use crate::timeline::{self, News};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::broadcast;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// The largest request: nine photos of 20 MB and the words.
const LARGEST_REQUEST: usize = 200 << 20;

/// What every handler may hold; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Held>);

/// The parts of [`App`].
pub struct Held {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Pages and words.
    pub pages: Pages,
    /// Stylesheets and scripts.
    pub assets: Assets,
    /// The city's settings.
    pub city: City,
    /// The files that the city is made of.
    pub sources: Sources,
    /// News for open screens, sent after commits.
    pub news: broadcast::Sender<News>,
}

impl std::ops::Deref for App {
    type Target = Held;
    fn deref(&self) -> &Held {
        &self.0
    }
}

/// The settings of a city, from `city.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct City {
    /// The city's name in Chinese.
    pub name_zh: String,
    /// The city's name in English.
    pub name_en: String,
    /// The time zone's IANA name.
    pub time_zone: String,
    /// Everything else that rooms read for themselves.
    #[serde(flatten)]
    pub rest: toml::Table,
}

impl City {
    /// The time zone; a name that is unknown reads as China's.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.time_zone)
            .unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8)))
    }
}

impl App {
    /// Puts a program together over an open and migrated database, with its files at the address `files`.
    ///
    /// # Errors
    /// When `city.toml` is missing or cannot be read.
    pub async fn new(db: Db, clock: Clock, sources: Sources, files: &str) -> Result<App, Error> {
        std::fs::create_dir_all(files.strip_prefix("file://").unwrap_or(files))
            .map_err(|error| Error::Internal(format!("{files}: {error}")))?;
        let text = sources.text("city.toml").ok_or_else(|| Error::Internal("city.toml is missing".into()))?;
        let city: City = toml::from_str(&text).map_err(|error| Error::Internal(format!("city.toml: {error}")))?;
        let (words, problems) = Words::load(&sources);
        for problem in problems {
            tracing::warn!(problem, "locales");
        }
        let assets = Assets::load(&sources);
        let addresses = assets.clone();
        let pages =
            Pages::new(sources.clone(), Arc::new(words), city.zone(), move |name: &str| addresses.address(name));
        let (news, _) = broadcast::channel(1024);
        Ok(App(Arc::new(Held { db, clock, pages, assets, city, sources, news })))
    }

    /// Draws a page for a visit.
    ///
    /// # Errors
    /// [`Error::Internal`] when the template is missing or lacks something.
    pub fn page(&self, visit: &Visit, template: &str, page: impl Serialize) -> Result<Html<String>, Error> {
        self.pages.render(&self.frame(visit), template, page)
    }

    fn frame(&self, visit: &Visit) -> Frame {
        let name = if visit.lang == LANGUAGES[0] { &self.city.name_zh } else { &self.city.name_en };
        let actor = visit.actor.as_ref().map(|actor| {
            let can: Vec<&str> = Act::ALL.iter().filter(|act| may(actor.post, **act)).map(|act| act.word()).collect();
            let post = actor.post.word();
            minijinja::context! { id => actor.account.to_string(), name => actor.name.as_str(), post, can }
        });
        Frame {
            lang: visit.lang,
            path: visit.path.clone(),
            city: minijinja::context! { name },
            actor: actor.unwrap_or_else(|| minijinja::Value::from(())),
        }
    }

    /// Tells open screens that a subject changed; said after the commit.
    pub fn tell(&self, subject: &'static str, subject_id: crate::kit::id::Id) {
        // Nobody may be listening.
        drop(self.news.send(News { subject, subject_id }));
    }
}

/// Every door of the program.
pub fn doors() -> Vec<Door> {
    [timeline::doors()].into_iter().flatten().collect()
}

/// The whole program as one service.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for door in doors() {
        let lock = middleware::from_fn_with_state((app.clone(), door.access), guard);
        router = router.route(door.path, door.handler.layer(lock));
    }
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    router
        .route("/assets/{*name}", get(asset))
        .route("/healthz", get(health))
        .fallback(|| async { Error::NotFound })
        .layer(middleware::from_fn_with_state(app.clone(), draw_errors))
        .layer(CsrfLayer::new())
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(CompressionLayer::new())
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("x-frame-options", "DENY"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("permissions-policy", "geolocation=(self), camera=(self), microphone=()"))
        .layer(header(
            "content-security-policy",
            "default-src 'self'; img-src 'self' blob: data:; worker-src 'self' blob:; \
             style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
        ))
        .with_state(app)
}

async fn asset(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    app.assets.serve(&name, &headers)
}

async fn health(State(app): State<App>) -> Result<&'static str, StatusCode> {
    let answered = app.db.read(|tx| async move { tx.query_one("select 1", vec![]).await });
    answered.await.map(|_| "ok\n").map_err(|_: crate::kit::db::DbError| StatusCode::SERVICE_UNAVAILABLE)
}

/// Draws the page of an error in the reader's language.
async fn draw_errors(State(app): State<App>, visit: Visit, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let Some(ErrorPage(refusal)) = response.extensions().get::<ErrorPage>().cloned() else { return response };
    let status = response.status();
    let args: Vec<(&str, String)> = refusal.args.iter().map(|(name, value)| (*name, value.clone())).collect();
    let message = app.pages.say(visit.lang, refusal.key, &args);
    let page = minijinja::context! { status => status.as_u16(), message => message.as_str() };
    match app.page(&visit, "kit/error.html", page) {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            (status, message).into_response()
        }
    }
}
