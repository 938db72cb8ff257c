//! A running program for a test: a fresh database, the invented city, a clock that stands still, a real listener.

use crate::moulds;
use reqwest::{Client, ClientBuilder, Response, redirect};
use std::net::SocketAddr;
use steward::app::{App, router, start_jobs, start_plain_jobs};
use steward::kit::clock::{Clock, Moment};
use steward::kit::db::Db;
use steward::kit::sources::Sources;

/// 2026-03-10 (a Tuesday) 10:00 in the city.
pub const MORNING: Moment = Moment(1_773_108_000_000);

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// A running program.
#[allow(dead_code, reason = "every room takes what it needs")]
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub base: String,
    folder: tempfile::TempDir,
}

/// Runs the body in the invented city on SQLite and, when there is a server, on PostgreSQL; with `bare` before the name,
/// in a city without anybody; with `still`, in one where nobody looks at photos but the test.
#[macro_export]
macro_rules! on_both {
    (bare $name:ident, $body:expr) => {
        $crate::on_both!(@ $name, bare, $body);
    };
    (still $name:ident, $body:expr) => {
        $crate::on_both!(@ $name, still, $body);
    };
    ($name:ident, $body:expr) => {
        $crate::on_both!(@ $name, start, $body);
    };
    (@ $name:ident, $how:ident, $body:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                if let Some(world) = $crate::world::World::$how($crate::world::On::Sqlite).await {
                    $body(world).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(world) = $crate::world::World::$how($crate::world::On::Postgres).await {
                    $body(world).await;
                }
            }
        }
    };
}

/// Runs the body with each engine in turn: for whoever makes more than one city, or another than the invented one.
#[macro_export]
macro_rules! on_each {
    ($name:ident, $body:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let body = $body;
                body($crate::world::On::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let body = $body;
                body($crate::world::On::Postgres).await;
            }
        }
    };
}

/// How many statements something asks the database for at most. The jobs of the program ask meanwhile, so the quietest of
/// some readings counts.
#[allow(dead_code, reason = "every room takes what it needs")]
pub async fn statements_of<T>(doing: impl AsyncFn() -> T) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..8 {
        let before = steward::kit::db::statements();
        drop(doing().await);
        least = least.min(steward::kit::db::statements() - before);
    }
    least
}

/// A block that uses one part of a world keeps all of it: without this the folder, and the database with it, would be gone
/// as soon as only the program is used.
impl Drop for World {
    fn drop(&mut self) {}
}

impl World {
    /// The invented city on an engine, with its ground, departments and people; nothing when that engine's server is not
    /// there (said aloud).
    pub async fn start(on: On) -> Option<World> {
        let world = World::settled(on).await?;
        start_jobs(&world.app);
        Some(world)
    }

    /// The same in which nobody looks at photos but the test.
    pub async fn still(on: On) -> Option<World> {
        let world = World::settled(on).await?;
        start_plain_jobs(&world.app);
        Some(world)
    }

    async fn settled(on: On) -> Option<World> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = moulds::settled(on, folder.path()).await?;
        Some(World::at(&url, folder, Sources::of_demo(), |_| None).await)
    }

    /// The same with nothing and nobody in it yet.
    pub async fn bare(on: On) -> Option<World> {
        World::of(on, Sources::of_demo()).await
    }

    /// Another city, with nothing and nobody in it yet.
    pub async fn of(on: On, sources: Sources) -> Option<World> {
        World::with_secrets(on, sources, |_| None).await
    }

    /// The same with passwords and tokens, as the environment would hold them.
    pub async fn with_secrets(on: On, sources: Sources, secret: impl Fn(&str) -> Option<String>) -> Option<World> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = moulds::bare(on, folder.path()).await?;
        let world = World::at(&url, folder, sources, secret).await;
        start_jobs(&world.app);
        Some(world)
    }

    /// The invented city over a database that was filled otherwise, with its files beside it.
    pub async fn over(url: &str, folder: tempfile::TempDir) -> World {
        let world = World::at(url, folder, Sources::of_demo(), |_| None).await;
        start_jobs(&world.app);
        world
    }

    /// Another city with the invented one's ground, departments and people, in which nothing happens by itself.
    pub async fn quiet(on: On, sources: Sources, secret: impl Fn(&str) -> Option<String>) -> Option<World> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = moulds::settled(on, folder.path()).await?;
        Some(World::at(&url, folder, sources, secret).await)
    }

    /// Another city over such a database, in which nothing happens by itself.
    pub async fn reached(url: &str, folder: tempfile::TempDir, sources: Sources) -> World {
        World::at(url, folder, sources, |_| None).await
    }

    async fn at(
        url: &str,
        folder: tempfile::TempDir,
        sources: Sources,
        secret: impl Fn(&str) -> Option<String>,
    ) -> World {
        let db = Db::open(url).await.expect("the database opens");
        db.migrate(sources.migrations()).await.expect("the tables are made");
        World::on_top(db, folder, sources, secret).await
    }

    /// Another program over the same database, in the invented city, with other passwords, tokens and keys; its files lie elsewhere.
    pub async fn again(&self, secret: impl Fn(&str) -> Option<String>) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        World::on_top(self.app.db.clone(), folder, Sources::of_demo(), secret).await
    }

    async fn on_top(
        db: Db,
        folder: tempfile::TempDir,
        sources: Sources,
        secret: impl Fn(&str) -> Option<String>,
    ) -> World {
        let clock = Clock::fixed(MORNING);
        let files = folder.path().join("files").display().to_string();
        let app = App::with_secrets(db, clock.clone(), sources, &files, secret).await.expect("the program");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        World { app, clock, base: format!("http://{address}"), folder }
    }

    /// Gives a city without anybody the invented city's ground, departments and people.
    pub async fn settle(&self) {
        let settled = steward::demo::settle(&self.app.db, &self.app.sources, self.clock.now()).await;
        if settled.expect("the city is settled") {
            self.app.reload_grid().await.expect("the ground is read");
        }
    }

    /// Where its database, if that is a file, and its files lie.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Somebody with a browser of their own, who does not follow redirects.
    pub fn visitor(&self) -> Visitor {
        let client = plain_client().cookie_store(true).build().expect("a client");
        Visitor { client, base: self.base.clone() }
    }
}

/// A browser without JavaScript.
#[derive(Clone)]
pub struct Visitor {
    pub client: Client,
    pub base: String,
}

impl Visitor {
    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.expect("an answer")
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let origin = self.base.clone();
        self.client
            .post(format!("{}{path}", self.base))
            .header("origin", origin)
            .form(form)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        let status = response.status();
        let text = response.text().await.expect("a page");
        assert!(status.is_success(), "{path} answered {status}: {text}");
        text
    }
}

/// A client that follows no redirects and trusts no certificate: nothing here speaks TLS, and reading those of the machine
/// takes a tenth of a second.
pub fn plain_client() -> ClientBuilder {
    Client::builder().redirect(redirect::Policy::none()).tls_certs_only(None)
}

/// Where a redirect leads.
pub fn location(response: &Response) -> String {
    response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
