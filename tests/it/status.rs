//! The program as whoever runs it sees it: health and readiness, measures, the log, traces, and how it ends.

use crate::on_both;
use crate::world::{On, World, location, plain_client};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use steward::api::scopes::Scope;
use steward::api::webhooks::store as webhooks;
use steward::app::router;
use steward::kit::db::{Db, DbError, params};
use steward::kit::sources::Sources;
use tower::ServiceExt;

on_both!(bare machines_are_told_whether_requests_may_come, async |world: World| {
    let visitor = world.visitor();
    let health = visitor.get("/health").await;
    assert_eq!((health.status().as_u16(), health.text().await.unwrap().as_str()), (200, "ok\n"));
    let ready = visitor.get("/ready").await;
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.text().await.unwrap(), r#"{"ready":true,"reasons":[]}"#);
    world.app.status.drain();
    let ready = visitor.get("/ready").await;
    assert_eq!(ready.status(), 503);
    assert_eq!(ready.text().await.unwrap(), r#"{"ready":false,"reasons":["stopping"]}"#);
    assert_eq!(visitor.get("/").await.status(), 200, "everything is still answered");
    // The database goes: requests may not come, the process is up all the same.
    world.app.db.close().await;
    let ready = visitor.get("/ready").await.text().await.unwrap();
    assert!(ready.contains("database"), "{ready}");
    assert_eq!(visitor.get("/health").await.status(), 200);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_with_much_to_do_is_no_database_that_is_away() {
    let Some(world) = World::quiet(On::Sqlite, Sources::of_demo(), |_| None).await else { return };
    let (visitor, db) = (world.visitor(), &world.app.db);
    assert_eq!(visitor.get("/ready").await.status(), 200);
    // So many readers an SQLite file has at most. More is asked of them than they answer while readiness is asked for.
    let readers = 8;
    let asks = |count: usize, lasts: Duration| {
        let ask = move || {
            db.read(move |_| async move {
                std::thread::sleep(lasts);
                Ok::<_, DbError>(())
            })
        };
        futures_util::future::join_all((0..count).map(move |_| ask()))
    };
    let ready = async || visitor.get("/ready").await.text().await.expect("an answer");
    let (_, said) = tokio::join!(asks(readers * 60, Duration::from_millis(50)), ready());
    assert_eq!(said, r#"{"ready":true,"reasons":[]}"#);
    // When nobody is answered any more, it is away.
    let (_, said) = tokio::join!(asks(readers, Duration::from_secs(4)), ready());
    assert_eq!(said, r#"{"ready":false,"reasons":["database"]}"#);
    assert_eq!(visitor.get("/ready").await.status(), 200);
}

on_both!(measures_are_shut_by_default_and_name_no_visitor, async |world: World| {
    let visitor = world.visitor();
    assert_eq!(visitor.get("/metrics").await.status(), 404);
    for path in ["/", "/track/geheim-geheim", "/reports?q=geheim", "/nothing/geheim"] {
        drop(visitor.get(path).await);
    }
    drop(visitor.post("/sign-in", &[("login", "geheim"), ("password", "geheim")]).await);
    let asked = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
    let answer = steward::status::machines(world.app.clone()).oneshot(asked).await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    for line in [
        "steward_requests_total{door=\"/\",method=\"GET\",status=\"200\"} 1",
        "steward_requests_total{door=\"/reports\",method=\"GET\",status=\"200\"} 1",
        "steward_requests_total{door=\"other\",method=\"GET\",status=\"404\"} 1",
        "steward_sign_ins_total{outcome=\"refused\"} 1",
        "steward_request_seconds_bucket{le=\"+Inf\",door=\"/\",method=\"GET\"} 1",
        "steward_cases_open Open cases by stage",
        "steward_photos 0",
        "steward_jobs_broken 0",
        "steward_build_info{version=",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    assert!(text.contains("steward_transactions_seconds_count{engine=") && text.contains("steward_reader_lag_seconds"));
    assert!(!text.contains("geheim"), "{text}");
    assert!(text.lines().count() < 700, "few lines: {}", text.lines().count());
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_opens_the_measures() {
    let sources = steward::kit::sources::Sources::of_demo();
    let secret = |name: &str| (name == "STEWARD_METRICS_TOKEN").then(|| "watcher-of-wanglan".to_owned());
    let Some(world) = World::with_secrets(crate::world::On::Sqlite, sources, secret).await else { return };
    let service = router(world.app.clone());
    for (said, expected) in [
        (None, 401),
        (Some("Bearer watcher-of-wanglan2"), 401),
        (Some("Basic watcher-of-wanglan"), 401),
        (Some("bearer watcher-of-wanglan"), 200),
    ] {
        let mut asked = axum::http::Request::get("/metrics");
        if let Some(said) = said {
            asked = asked.header("authorization", said);
        }
        let answer = service.clone().oneshot(asked.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{said:?}");
    }
}

on_both!(bare requests_have_a_number, async |world: World| {
    let client = plain_client().build().unwrap();
    let number = |response: &reqwest::Response| response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let given = client.get(format!("{}/", world.base)).header("x-request-id", "proxy-0123456789").send().await.unwrap();
    assert_eq!(number(&given), "proxy-0123456789");
    let wrong = client.get(format!("{}/", world.base)).header("x-request-id", "<script>alert").send().await.unwrap();
    assert!(!number(&wrong).contains("script"));
    // A fault of ours names it, so that whoever asks for help can; a wrong address does not.
    let missing = client.get(format!("{}/no-such-page", world.base)).send().await.unwrap();
    let its = number(&missing);
    assert!(!missing.text().await.unwrap().contains(&its));
    world.app.db.close().await;
    let failed = client.get(format!("{}/reports?lang=en", world.base)).send().await.unwrap();
    assert_eq!(failed.status(), 500);
    let its = number(&failed);
    let page = failed.text().await.unwrap();
    assert!(page.contains(&its) && page.contains("name this number"), "{page}");
});

/// A key as an operator makes it.
const KEY_OF_IDENTITY: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

/// A program of its own, ended when it is dropped.
struct Running {
    child: Child,
    base: String,
    log: std::path::PathBuf,
}

impl Running {
    async fn start(folder: &Path, more: &[(&str, &str)]) -> Running {
        Running::over("sqlite:steward.db", folder, more).await
    }

    async fn over(database: &str, folder: &Path, more: &[(&str, &str)]) -> Running {
        let port = |listener: std::net::TcpListener| listener.local_addr().unwrap().port();
        let free = || port(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let (listen, watched) = (free(), free());
        let log = folder.join("log");
        let child = Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["serve", "--database", database, "--files", "files", "--log", "json", "--drain", "1"])
            .args(["--listen", &format!("127.0.0.1:{listen}"), "--metrics", &format!("127.0.0.1:{watched}")])
            .env_remove("STEWARD_CITY")
            .env("RUST_LOG", "steward=trace,info")
            .envs(more.iter().copied())
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .expect("the program runs");
        let mut running = Running { child, base: format!("http://127.0.0.1:{listen}"), log };
        let (client, began) = (plain_client().build().unwrap(), Instant::now());
        while client.get(format!("{}/health", running.base)).send().await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not answer: {}", running.told());
            if let Some(ended) = running.child.try_wait().unwrap() {
                panic!("it ended with {ended}: {}", running.told());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        running.base = format!("http://127.0.0.1:{listen}");
        running
    }

    fn told(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks it to stop.
    fn terminate(&self) {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill");
    }

    async fn ended(&mut self) -> bool {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(began.elapsed() < Duration::from_secs(25), "it does not end: {}", self.told());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Something that takes traces, as a collector does.
async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let held = Arc::clone(&taken);
    let take = move |body: Bytes| {
        let held = Arc::clone(&held);
        async move { held.lock().unwrap().extend_from_slice(&body) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let service = Router::new().route("/v1/traces", post(take));
    tokio::spawn(async move { axum::serve(listener, service).await });
    (address, taken)
}

/// A provider of identities that lets nobody in, and what proved to it that the program asks.
async fn provider() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let proofs = Arc::new(Mutex::new(Vec::new()));
    let (held, told) = (Arc::clone(&proofs), base.clone());
    let discovery = move || {
        let base = told.clone();
        async move {
            axum::Json(serde_json::json!({
                "issuer": base, "authorization_endpoint": format!("{base}/authorize"), "token_endpoint": format!("{base}/token"),
                "jwks_uri": format!("{base}/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }))
        }
    };
    let token = move |headers: HeaderMap| {
        let proof = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        held.lock().unwrap().push(proof);
        async { (StatusCode::UNAUTHORIZED, axum::Json(serde_json::json!({ "error": "invalid_client" }))) }
    };
    let service = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(|| async { axum::Json(serde_json::json!({ "keys": [] })) }))
        .route("/token", post(token));
    tokio::spawn(async move { axum::serve(listener, service).await });
    (base, proofs)
}

/// A receiver of webhooks that fails once, and the signatures that came.
async fn receiver() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let signatures = Arc::new(Mutex::new(Vec::new()));
    let held = Arc::clone(&signatures);
    let take = move |headers: HeaderMap| {
        let mut held = held.lock().unwrap();
        held.push(headers["webhook-signature"].to_str().unwrap_or_default().to_owned());
        let status = if held.len() == 1 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::NO_CONTENT };
        async move { status }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(take))).await });
    (address, signatures)
}

/// A webhook of the acceptor's, signed with this secret.
async fn with_webhook(database: &str, url: &str, secret: &str) {
    let db = Db::open(database).await.unwrap();
    let webhook = crate::sealing::webhook(1, "a program", url, secret);
    let made = db.write(move |tx| async move {
        let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.word()).collect();
        let sql = "insert into api_tokens (id, hash, name, contact, account_id, scopes, per_minute, made_at, made_by, released_at, \
                   released_by) select 1, 'a digest', 'a program', 'nobody', id, $1, 600, 1, 1, 1, 1 from accounts \
                   where login = 'acceptor1'";
        tx.execute(sql, params![scopes.join(" ")]).await?;
        webhooks::make(&tx, &webhook, 1).await
    });
    made.await.map_err(|error: DbError| error).unwrap();
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_leaves_no_secret_in_log_and_traces_and_the_program_ends_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (collector, taken) = collector().await;
    let Some(database) = crate::moulds::settled(On::Sqlite, folder.path()).await else { return };
    let (provider, proofs) = provider().await;
    let (hook, signatures) = receiver().await;
    let of_hook = "whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLTAwMQ==";
    with_webhook(&database, &hook, of_hook).await;
    let city = folder.path().join("city");
    std::fs::create_dir_all(&city).unwrap();
    let settings = format!(
        "{}\n[[identity.provider]]\nword = \"gov\"\nname = \"政务统一认证\"\nissuer = \"{provider}\"\nclient = \"steward\"\n\
         secret_env = \"GOV_SECRET\"\n",
        include_str!("../../demo/city.toml")
    );
    std::fs::write(city.join("city.toml"), settings).unwrap();
    let run = |args: &[&str]| {
        let args = [args, &["--database", "sqlite:steward.db"]].concat();
        let done = Command::new(env!("CARGO_BIN_EXE_steward")).args(args).current_dir(folder.path()).output().unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let added = run(&["account", "add", "chief", "方致远", "system_admin"]);
    let password = added.split_whitespace().last().unwrap_or_default().to_owned();
    let mut running = Running::start(
        folder.path(),
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()),
            ("STEWARD_METRICS_TOKEN", "word-of-the-watcher"),
            ("STEWARD_CITY", city.to_str().unwrap()),
            ("GOV_SECRET", "secret-of-the-provider"),
            ("STEWARD_IDENTITY_KEY", KEY_OF_IDENTITY),
            ("STEWARD_SMTP_PASSWORD", "password-of-the-mails"),
            ("STEWARD_SMS_SECRET", "secret-of-the-messages"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-store"),
        ],
    )
    .await;
    let client = plain_client().cookie_store(true).build().unwrap();
    let base = running.base.clone();
    let (trace, phone, code) = ("0af7651916cd43dd8448eb211c80319c", "13900001234", "R3J7-K2M9-Q8ZT");
    let origin = |asked: reqwest::RequestBuilder| asked.header("origin", base.clone());
    let page = client
        .get(format!("{base}/reports?q=secret-search"))
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))
        .send();
    assert_eq!(page.await.unwrap().status(), 200);
    drop(client.get(format!("{base}/track/{code}")).send().await.unwrap());
    drop(client.get(format!("{base}/track?code={code}")).send().await.unwrap());
    drop(
        origin(client.post(format!("{base}/sign-in")))
            .form(&[("login", "chief"), ("password", "Wrong-Word-77")])
            .send()
            .await,
    );
    let signed =
        origin(client.post(format!("{base}/sign-in"))).form(&[("login", "chief"), ("password", password.as_str())]);
    let signed = signed.send().await.unwrap();
    let session =
        signed.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let session = session.trim_start_matches("session=").split(';').next().unwrap_or_default().to_owned();
    assert!(session.len() > 20, "signed in with {password}: {added}");
    drop(client.get(format!("{base}/account")).send().await.unwrap());
    let sent = [
        ("words", "路面破损".to_owned()),
        ("phone", phone.to_owned()),
        ("lat", "31.2".to_owned()),
        ("lon", "123.4".to_owned()),
    ];
    drop(origin(client.post(format!("{base}/report"))).form(&sent).send().await.unwrap());
    drop(
        client
            .get(format!("{base}/open311/v2/requests.json?api_key=key-of-somebody"))
            .header("authorization", "Bearer bearer-of-somebody")
            .send()
            .await,
    );
    // Secret addresses, what a provider of identities sends back, what a proxy says, a token of the API, a second factor.
    for secret in ["/calendar/feed/token-of-a-calendar", "/follow/secret-of-a-wish", "/party/CODE0OF0A0PARTY0"] {
        drop(client.get(format!("{base}{secret}")).send().await.unwrap());
    }
    drop(
        client
            .get(format!("{base}/sign-in/with/city/back?code=code-of-oidc&state=state-of-oidc"))
            .send()
            .await
            .unwrap(),
    );
    drop(client.get(format!("{base}/")).header("x-forwarded-for", "203.0.113.77").send().await.unwrap());
    drop(client.get(format!("{base}/api/v1/cases")).bearer_auth("token-of-the-api").send().await.unwrap());
    drop(origin(client.post(format!("{base}/sign-in/second"))).form(&[("code", "824613")]).send().await.unwrap());
    let change = [("current", password.as_str()), ("fresh", "Fresh-River-9"), ("again", "Other-River-9")];
    drop(origin(client.post(format!("{base}/account/password"))).form(&change).send().await.unwrap());

    // The program proves who it is to the provider, which does not believe it, and signs what it tells a receiver, which fails at first.
    let guest = plain_client().cookie_store(true).build().unwrap();
    let left = guest.get(format!("{base}/sign-in/with/gov")).send().await.unwrap();
    let to = location(&left);
    let state = to.split("state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default().to_owned();
    assert!(to.starts_with(&provider) && !state.is_empty(), "{to}");
    let back = guest.get(format!("{base}/sign-in/with/gov/back?code=code-of-gov&state={state}")).send().await.unwrap();
    assert!(!back.status().is_success(), "{}", back.status());
    let proof = format!("Basic {}", BASE64_STANDARD.encode("steward:secret-of-the-provider"));
    assert_eq!(proofs.lock().unwrap().as_slice(), std::slice::from_ref(&proof));
    let report = serde_json::json!({ "words": "路灯不亮", "lon": 123.4094, "lat": 31.2180, "key": "of-the-journey" });
    let sent = client.post(format!("{base}/api/reports")).json(&report).send().await.unwrap();
    assert_eq!(sent.status(), 201);
    let began = Instant::now();
    while signatures.lock().unwrap().len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing came: {}", running.told());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    // What those read who look after the program.
    let change = [("current", password.as_str()), ("fresh", "Fresh-River-9"), ("again", "Fresh-River-9")];
    let changed = origin(client.post(format!("{base}/account/password"))).form(&change).send().await.unwrap();
    assert_eq!(location(&changed), "/account?done=password");
    let measures = client.get(format!("{base}/metrics")).bearer_auth("word-of-the-watcher").send().await.unwrap();
    assert_eq!(measures.status(), 200);
    let measures = measures.text().await.unwrap();
    let status = client.get(format!("{base}/admin/status")).send().await.unwrap();
    assert_eq!(status.status(), 200);
    let status = status.text().await.unwrap();

    // Where photos are kept cannot be written any more: it is said, and in the log with the number of whoever asked.
    std::fs::remove_dir_all(folder.path().join("files")).unwrap_or_default();
    std::fs::write(folder.path().join("files"), "no folder").unwrap();
    let began = Instant::now();
    loop {
        // The administrator's page has just tried it, and what was found holds for some seconds.
        let asked = client.get(format!("{base}/ready")).header("x-request-id", "asked-by-the-test");
        let ready = asked.send().await.unwrap().text().await.unwrap();
        if ready == r#"{"ready":false,"reasons":["files"]}"# {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{ready}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    // An open stream does not keep the program from ending; readiness goes first.
    let stream = client.get(format!("{base}/live")).send().await.unwrap();
    assert_eq!(stream.status(), 200, "it is open and told nothing");
    running.terminate();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ready = client.get(format!("{base}/ready")).send().await.expect("it still answers while it drains");
    assert_eq!(ready.status(), 503);
    assert!(running.ended().await, "{}", running.told());
    let left = |name: &str| folder.path().join(name).exists();
    assert!(left("steward.db") && !left("steward.db-wal") && !left("steward.db-shm"), "the database is one whole file");

    let log = running.told();
    assert!(log.lines().count() > 2, "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(line["time"].is_string() && line["level"].is_string() && line["target"].is_string(), "{line}");
    }
    assert!(log.contains("\"request\":\"asked-by-the-test\""), "lines of requests carry their number: {log}");
    let traces = taken.lock().unwrap().clone();
    let holds = |needle: &[u8]| traces.windows(needle.len()).any(|window| window == needle);
    let id: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&trace[at * 2..at * 2 + 2], 16).unwrap()).collect();
    assert!(holds(&id), "the trace of whoever asked goes on");
    for told in ["GET /reports", "/track/{", "POST /sign-in", "http.response.status_code", "db.system.name", "sqlite"] {
        assert!(holds(told.as_bytes()), "{told}");
    }
    for secret in [
        password.as_str(),
        "Wrong-Word-77",
        session.as_str(),
        phone,
        code,
        "secret-search",
        "key-of-somebody",
        "bearer-of-somebody",
        "word-of-the-watcher",
        "路面破损",
        KEY_OF_IDENTITY,
        "token-of-a-calendar",
        "secret-of-a-wish",
        "CODE0OF0A0PARTY0",
        "code-of-oidc",
        "state-of-oidc",
        "203.0.113.77",
        "token-of-the-api",
        "824613",
        "Fresh-River-9",
        "password-of-the-mails",
        "secret-of-the-messages",
        "secret-of-the-store",
        "secret-of-the-provider",
        proof.trim_start_matches("Basic "),
        "code-of-gov",
        state.as_str(),
        of_hook,
        of_hook.trim_start_matches("whsec_"),
        "secret-of-the-webhook",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        assert!(!measures.contains(secret), "{secret} is in the measures:\n{measures}");
        assert!(!status.contains(secret), "{secret} is on the page of the program's state:\n{status}");
        assert!(!holds(secret.as_bytes()), "{secret} is in a trace");
    }
}

#[test]
fn a_database_that_is_away_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["text", "json"] {
        let done = Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["serve", "--listen", "127.0.0.1:0", "--files", "files", "--log", kind])
            .args(["--database", "postgres://steward:word-of-the-database@127.0.0.1:1/steward"])
            .env("RUST_LOG", "trace")
            .current_dir(folder.path())
            .output()
            .unwrap();
        let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(!done.status.success() && told.contains("127.0.0.1:1"), "{told}");
        assert!(!told.contains("word-of-the-database"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_of_the_database_stands_nowhere() {
    const WORD: &str = "word-of-the-database";
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = crate::moulds::settled(On::Postgres, folder.path()).await else { return };
    // The tests' server believes everybody, so any password is right.
    let with_word = url.replacen('@', &format!(":{WORD}@"), 1);
    assert_ne!(url, with_word);
    let more = [("STEWARD_METRICS_TOKEN", "word-of-the-watcher")];
    let mut running = Running::over(&with_word, folder.path(), &more).await;
    let (client, base) = (plain_client().cookie_store(true).build().unwrap(), running.base.clone());
    let form = [("login", "sysadmin"), ("password", steward::demo::PASSWORD)];
    let signed = client.post(format!("{base}/sign-in")).header("origin", &base).form(&form).send().await.unwrap();
    assert_eq!(signed.status(), 303);
    // Connections that break are told of.
    let db = Db::open(&url).await.unwrap();
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    for _ in 0..3 {
        let done: Result<(), DbError> = db.read(move |tx| async move { tx.script(cut).await }).await;
        done.unwrap();
        drop(client.get(format!("{base}/reports")).send().await.unwrap());
    }
    let mut pages = String::new();
    for path in ["/metrics", "/admin/status", "/status", "/ready"] {
        // Somebody may be cut off with the connection of before.
        for _ in 0..20 {
            let answer = client.get(format!("{base}{path}")).bearer_auth("word-of-the-watcher").send().await.unwrap();
            if answer.status() == 200 {
                pages += &answer.text().await.unwrap();
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    assert!(pages.contains("steward_build_info") && pages.contains("PostgreSQL"), "{pages}");
    running.terminate();
    assert!(running.ended().await, "{}", running.told());
    let log = running.told();
    assert!(log.lines().count() > 2 && !log.contains(WORD), "{log}");
    assert!(!pages.contains(WORD), "{pages}");
}

async fn as_administrator(world: &World) -> crate::world::Visitor {
    let visitor = world.visitor();
    let form = [("login", "sysadmin"), ("password", steward::demo::PASSWORD)];
    assert_eq!(visitor.post("/sign-in", &form).await.status(), 303);
    visitor
}

on_both!(everybody_reads_what_works_and_what_is_announced, async |world: World| {
    use steward::status::{checking, store};
    let visitor = world.visitor();
    let page = visitor.page("/status?lang=en").await;
    assert!(page.contains("Everything works") && page.contains("Not looked at before today"), "{page}");
    assert!(
        !page.contains("GB free") && !page.contains("SQLite") && !page.contains("PostgreSQL"),
        "nothing from inside"
    );

    // Yesterday had a fault of an hour and a half; the day before nobody looked after noon.
    let today = world.clock.now().zoned(&world.app.city.zone()).date();
    let ago = |days: i32| today.saturating_sub(jiff::Span::new().days(days));
    let part = steward::status::announcement::Part::Photos;
    let days = vec![(part, ago(3), 1440, 0), (part, ago(2), 720, 0), (part, ago(1), 1350, 90)];
    world.app.db.write(move |tx| async move { store::add_looks(&tx, &days).await }).await.expect("looks");
    let look = checking::look_once(&world.app).await.expect("a look");
    assert!(look.parts.iter().all(|(_, is_good)| *is_good), "{look:?}");
    checking::look_once(&world.app).await.expect("another");
    let kept = world.app.db.read(move |tx| async move { store::days(&tx, today).await }).await.expect("days");
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|(_, day, good, bad)| *day == today && *good == 2 && *bad == 0), "{kept:?}");
    let page = visitor.page("/status?lang=en").await;
    assert!(page.contains("3 days with interruptions"), "{page}");
    assert!(page.contains(&ago(1).to_string()) && page.contains("Does not work"), "{page}");

    // Planned work stands in a bar over every public page, until it is over.
    let administrator = as_administrator(&world).await;
    let form = |ends: &'static str| {
        vec![
            ("kind", "maintenance"),
            ("parts", "photos"),
            ("parts", "map"),
            ("title_zh", "照片库扩容"),
            ("title_en", "More room for photos"),
            ("begins", "2026-03-10T11:00"),
            ("ends", ends),
            ("text_zh", "期间照片暂不能上传，文字仍可上报。"),
            ("text_en", ""),
        ]
    };
    let refused = administrator.post("/admin/status?lang=en", &form("2026-03-10T10:30")).await;
    assert_eq!(refused.status(), 422);
    let told = refused.text().await.unwrap();
    assert!(told.contains("The end lies before the beginning") && told.contains("照片库扩容"), "nothing typed is lost");
    assert_eq!(administrator.post("/admin/status", &form("2026-03-10T12:00")).await.status(), 303);
    for (path, wanted) in [
        ("/?lang=en", "More room for photos"),
        ("/?lang=zh-Hans", "照片库扩容"),
        ("/reports?lang=en", "2026-03-10 11:00"),
        ("/status?lang=zh-Hans", "期间照片暂不能上传"),
        ("/status?lang=en", "Planned work"),
    ] {
        let page = visitor.page(path).await;
        assert!(page.contains(wanted), "{path}: {wanted}");
    }
    let inside = administrator.page("/admin/status?lang=en").await;
    let engine = if world.app.db.is_postgres() { "PostgreSQL" } else { "SQLite" };
    for wanted in [engine, "seconds behind", "everything runs", "none is known here", "GB free"] {
        assert!(inside.contains(wanted), "{wanted}: {inside}");
    }
    world.clock.set(world.clock.now().plus(90 * 60_000));
    // The session has ended meanwhile.
    let administrator = as_administrator(&world).await;
    let page = visitor.page("/status?lang=en").await;
    assert!(page.contains("Planned work is under way") && page.contains("Being worked on"), "{page}");
    let action = inside.replace("&#x2f;", "/");
    let at = action.find("action=\"/admin/status/").expect("a form") + 22;
    let id: String = action[at..].chars().take_while(char::is_ascii_digit).collect();
    let more = [("revision", "1"), ("text_zh", "已完成，比预计提前。"), ("text_en", "Done early."), ("act", "end")];
    assert_eq!(administrator.post(&format!("/admin/status/{id}"), &more).await.status(), 303);
    let again = administrator.post(&format!("/admin/status/{id}"), &more).await;
    assert_eq!(again.status(), 409, "somebody else has said it meanwhile");
    let page = visitor.page("/status?lang=en").await;
    assert!(page.contains("Everything works") && page.contains("Done early.") && page.contains("Planned work done"));
    assert!(!visitor.page("/?lang=en").await.contains("More room for photos"), "the bar is gone");
    let form = [("login", "auditadmin"), ("password", steward::demo::PASSWORD)];
    assert_eq!(visitor.post("/sign-in", &form).await.status(), 303);
    let audit = visitor.page("/audit/changes?lang=en").await;
    assert!(audit.contains("Announced") && audit.contains("Announcement ended"), "{audit}");
    assert_eq!(visitor.get("/admin/status").await.status(), 403);
});

on_both!(bare a_database_that_is_away_is_what_the_page_says, async |world: World| {
    use steward::status::checking;
    world.app.db.close().await;
    let page = world.visitor().get("/status?lang=en").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Something does not work"));
    assert!(checking::look_once(&world.app).await.is_err(), "kept until it can be written");
});
