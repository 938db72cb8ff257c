//! The city's own API over HTTP: tokens, problems, reports, cases and acts, facts from a cursor, webhooks, the document.

use crate::on_both;
use crate::world::{MORNING, Visitor, World, plain_client};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post as route;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use steward::api::operations::{self, Opens};
use steward::api::scopes::Scope;
use steward::api::store::{Token, account_of, make_token, release_token};
use steward::api::webhooks::sending::send_once;
use steward::api::{document, store};
use steward::kit::clock::Moment;
use steward::kit::db::DbError;
use steward::kit::id;
use steward::open311::answering::digest;
use steward::people::actor::Actor;

/// A program with a token.
struct Program {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Program {
    /// A program that acts as an account of the invented city.
    async fn of(world: &World, login: &str, scopes: &[Scope]) -> Program {
        let secret = format!("steward_{}", id::secret());
        let (hash, login, scopes, now) = (digest(&secret), login.to_owned(), scopes.to_vec(), world.clock.now());
        let made = world.app.db.write(move |tx| async move {
            let (account, name, post) = account_of(&tx, &login).await?.expect("the account");
            let token = Token {
                id: id::fresh(),
                name: format!("a program of {login}"),
                contact: "Ms Wang".into(),
                actor: Actor { account, name, post, department: None, must_change_password: false },
                login,
                is_account_active: true,
                scopes,
                per_minute: 10_000,
                made_at: now,
                made_by: 1,
                ends_at: None,
                released_at: None,
                used_at: None,
                revoked_at: None,
            };
            make_token(&tx, &token, &hash).await?;
            release_token(&tx, token.id, 2, now).await
        });
        assert!(made.await.map_err(|error: DbError| error).expect("made"));
        Program { client: plain_client().build().expect("a client"), base: world.base.clone(), token: secret }
    }

    fn ask(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .header("accept-language", "en")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        told(self.ask(Method::GET, path).send().await.expect("an answer")).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let request = self.ask(Method::POST, path).header("content-type", "application/json").body(body);
        told(request.send().await.expect("an answer")).await
    }

    /// Acts on a case as it is now.
    async fn act(&self, number: &str, act: Value) -> (u16, Value) {
        let request = self.ask(Method::POST, &format!("/api/v1/cases/{number}/acts")).header("if-match", "*");
        let request = request.header("content-type", "application/json").body(act.to_string());
        told(request.send().await.expect("an answer")).await
    }

    /// Sends a report and answers its number.
    async fn report(&self, words: &str) -> String {
        let report = json!({ "words": words, "category": "event-0110", "address": "中山路 8 号", "cell": CELL });
        let (status, answer) = self.post("/api/v1/reports", &report).await;
        assert_eq!(status, 201, "{answer}");
        answer["number"].as_str().expect("a number").to_owned()
    }

    /// The number of a report's case, once it is opened.
    async fn case_of(&self, report: &str) -> String {
        for _ in 0..500 {
            let (_, answer) = self.get(&format!("/api/v1/reports/{report}")).await;
            if let Some(case) = answer["case"].as_str() {
                return case.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("no case for {report}");
    }
}

/// A unit grid of the invented city.
const CELL: &str = "990100001001002";

const ALL: [Scope; 7] = [
    Scope::ReadReports,
    Scope::WriteReports,
    Scope::ReadContacts,
    Scope::ReadCases,
    Scope::WriteCases,
    Scope::ReadFacts,
    Scope::ManageWebhooks,
];

async fn told(response: Response) -> (u16, Value) {
    let (status, kind) = (response.status().as_u16(), response.headers().get("content-type").cloned());
    let text = response.text().await.expect("a text");
    if text.is_empty() {
        return (status, Value::Null);
    }
    let kind = kind.expect("a type");
    let expected = if status < 400 { "application/json" } else { "application/problem+json" };
    assert_eq!(kind, expected, "{status} {text}");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    if status >= 400 {
        assert_eq!(answer["status"], status);
        let detail = answer["detail"].as_str().expect("a sentence");
        assert!(!detail.is_empty() && !detail.starts_with("api-"), "{answer}");
        assert!(answer["title"].as_str().is_some_and(|title| !title.contains("api-problem")), "{answer}");
    }
    (status, answer)
}

fn kind(answer: &Value) -> &str {
    answer["type"].as_str().and_then(|kind| kind.strip_prefix("/developers#problem-")).unwrap_or_default()
}

async fn signed_in(world: &World, login: &str) -> Visitor {
    let visitor = world.visitor();
    let form = [("login", login), ("password", steward::demo::PASSWORD)];
    assert_eq!(visitor.post("/sign-in", &form).await.status(), 303, "{login} signs in");
    visitor
}

/// Brings a case from its report to a department's desk.
async fn dispatched(world: &World, desk: &Program, leader: &Program, department: &str) -> String {
    let report = desk.report("垃圾三天没人收").await;
    let case = desk.case_of(&report).await;
    assert_eq!(desk.act(&case, json!({ "act": "accept" })).await.0, 200);
    let keeper = Program::of(world, "keeper1", &ALL[3..]).await;
    let (status, answer) = desk.act(&case, json!({ "act": "ask-check", "keeper": "keeper1" })).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = keeper.act(&case, json!({ "act": "check", "found": true })).await;
    assert!(matches!(status, 200 | 204), "{status} {answer}");
    let (_, category) = desk.get("/api/v1/categories/event-0110").await;
    let standard = category["standards"][0]["standard"].as_str().expect("a filing condition").to_owned();
    let (status, answer) = desk.act(&case, json!({ "act": "file", "standard": standard })).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = leader.act(&case, json!({ "act": "dispatch", "department": department })).await;
    assert_eq!(
        (status, &answer["stage"], &answer["department"]["code"]),
        (200, &json!("dispatched"), &json!(department))
    );
    case
}

on_both!(a_token_works_once_another_person_has_released_it, |world: World| async move {
    let (system, security) = (signed_in(&world, "sysadmin").await, signed_in(&world, "secadmin").await);
    let form = |login: &'static str, scopes: &'static str| {
        [
            ("name", "Street works"),
            ("contact", "Ms Wang, 555-0100"),
            ("login", login),
            ("scopes", scopes),
            ("per_minute", "600"),
            ("ends_on", ""),
        ]
    };
    for (login, scopes, sentence) in [
        ("nobody", "cases:read", "没有使用这个登录名"),
        ("secadmin", "reports:read", "管理类账号不参与业务"),
        ("desk-sanitation", "contacts:read", "没有 contacts:read 对应的权限"),
        ("desk-sanitation", "", "选"),
    ] {
        let answer = system.post("/admin/tokens", &form(login, scopes)).await;
        assert_eq!(answer.status(), 422, "{login} {scopes}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(sentence) && page.contains("Street works"), "{login} {scopes}: {page}");
    }
    let page = system.post("/admin/tokens", &form("desk-sanitation", "cases:read")).await;
    assert_eq!((page.status().as_u16(), page.headers()["cache-control"].to_str().ok()), (200, Some("no-store")));
    let page = page.text().await.expect("a page");
    let from = page.find("data-copy=\"").expect("the token is shown once") + 11;
    let secret: String = page[from..].chars().take_while(|character| *character != '"').collect();
    assert!(secret.starts_with("steward_"));
    let program =
        Program { client: plain_client().build().expect("a client"), base: world.base.clone(), token: secret };
    assert_eq!(program.get("/api/v1/me").await.0, 401, "not before it is released");
    let page = security.page("/admin/tokens").await;
    assert!(page.contains("待放行") && !page.contains(&program.token), "shown once");
    let at = crate::browser::plain(&page).find("/release").expect("a button");
    let page = crate::browser::plain(&page);
    let start = page[..at].rfind("/admin/tokens/").expect("its address") + 14;
    let token = page[start..at].to_owned();
    // Whoever made it may not release it, and has no such door.
    assert_eq!(system.post(&format!("/admin/tokens/{token}/release"), &[]).await.status(), 403);
    assert_eq!(security.post(&format!("/admin/tokens/{token}/release"), &[]).await.status(), 303);
    let (status, me) = program.get("/api/v1/me").await;
    assert_eq!(status, 200, "{me}");
    assert_eq!((me["account"].as_str(), me["post"].as_str()), (Some("desk-sanitation"), Some("department_desk")));
    assert_eq!(me["scopes"], json!(["cases:read"]));
    let (status, answer) = program.get("/api/v1/facts").await;
    assert_eq!((status, kind(&answer)), (403, "forbidden"), "not beyond its scopes");
    assert_eq!(security.post(&format!("/admin/tokens/{token}/revoke"), &[]).await.status(), 303);
    assert_eq!(program.get("/api/v1/me").await.0, 401, "not after it is revoked");
    let changes = signed_in(&world, "auditadmin").await.page("/audit/changes").await;
    for word in ["制作接口令牌", "放行接口令牌", "收回接口令牌", "Street works"] {
        assert!(changes.contains(word), "{word}");
    }
});

on_both!(everything_wrong_is_a_problem, |world: World| async move {
    let program = Program::of(&world, "acceptor1", &ALL).await;
    let nobody = Program { token: "steward_wrong".into(), client: program.client.clone(), base: program.base.clone() };
    for (path, status, word) in [
        ("/api/v1/reports?colour=red&limit=0", 400, "malformed"),
        ("/api/v1/reports?cursor=x", 400, "malformed"),
        ("/api/v1/reports?category=event-9999", 422, "refused"),
        ("/api/v1/reports/17", 404, "not-found"),
        ("/api/v1/cases/none", 404, "not-found"),
        ("/api/v1/cases?department=NOWHERE", 422, "refused"),
        ("/api/v1/nowhere", 404, "not-found"),
        ("/api/v2", 404, "not-found"),
        ("/api/v1/facts?after=-1", 400, "malformed"),
        ("/api/v1/webhooks/1/deliveries", 404, "not-found"),
    ] {
        let (found, answer) = program.get(path).await;
        assert_eq!((found, kind(&answer)), (status, word), "{path}: {answer}");
        assert_eq!(answer["instance"], path.split('?').next().unwrap_or_default());
    }
    let (_, answer) = program.get("/api/v1/reports?colour=red&limit=0").await;
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(2), "everything at once: {answer}");
    let response = nobody.ask(Method::GET, "/api/v1/cases").send().await.expect("an answer");
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert_eq!(kind(&told(response).await.1), "unauthorized");
    let response = program.ask(Method::PUT, "/api/v1/cases").send().await.expect("an answer");
    assert!(response.headers()["allow"].to_str().is_ok_and(|allow| allow.contains("GET")));
    assert_eq!(told(response).await.0, 405);
    for (body, kind_of_body, status) in [
        ("{", "application/json", 400),
        ("{\"colour\": 1}", "application/json", 400),
        ("{}", "application/json", 422),
        ("a=b", "application/x-www-form-urlencoded", 415),
        ("--x", "multipart/form-data; boundary=x", 400),
    ] {
        let request = program.ask(Method::POST, "/api/v1/reports").header("content-type", kind_of_body).body(body);
        assert_eq!(told(request.send().await.expect("an answer")).await.0, status, "{body}");
    }
    let large = "x".repeat(2 << 20);
    let request = program.ask(Method::POST, "/api/v1/reports").header("content-type", "application/json").body(large);
    assert_eq!(told(request.send().await.expect("an answer")).await.0, 413);
    // In the reader's language.
    let request = program.client.get(format!("{}/api/v1/cases", program.base)).header("accept-language", "zh-CN");
    let (_, answer) = told(request.send().await.expect("an answer")).await;
    assert_eq!(answer["title"], "缺少令牌");
    // A cookie opens nothing here.
    let visitor = signed_in(&world, "acceptor1").await;
    assert_eq!(visitor.get("/api/v1/cases").await.status(), 401);
});

on_both!(a_report_is_sent_once_however_often_it_is_sent, |world: World| async move {
    let program = Program::of(&world, "acceptor1", &ALL).await;
    let report = json!({ "words": "电话 13800138000 找我，垃圾没人收", "category": "event-0110", "cell": CELL,
        "contact_name": "王女士", "contact_phone": "5550100" });
    let send = async |key: &str, body: &Value| {
        let request = program.ask(Method::POST, "/api/v1/reports").header("idempotency-key", key);
        let request = request.header("content-type", "application/json").body(body.to_string());
        told(request.send().await.expect("an answer")).await
    };
    let (first, second) = (send("a", &report).await, send("a", &report).await);
    assert_eq!((first.0, &first.1), (201, &second.1));
    let (status, answer) = send("a", &json!({ "words": "something else", "cell": CELL })).await;
    assert_eq!((status, kind(&answer)), (422, "key-reused"));
    let other = send("b", &report).await;
    assert_ne!(other.1["number"], first.1["number"], "another key is another report");
    let number = first.1["number"].as_str().expect("a number");
    let page = world.visitor().page(&format!("/reports/{number}")).await;
    assert!(page.contains("垃圾没人收"), "the public page is the citizens'");
    // Only who may read contacts reads them.
    let (_, whole) = program.get(&format!("/api/v1/reports/{number}")).await;
    assert_eq!(whole["contact"], json!({ "name": "王女士", "phone": "5550100" }));
    assert!(whole["words"].as_str().is_some_and(|words| words.contains("13800138000")));
    let reader = Program::of(&world, "acceptor1", &[Scope::ReadReports]).await;
    let (_, masked) = reader.get(&format!("/api/v1/reports/{number}")).await;
    assert!(masked.get("contact").is_none());
    assert!(masked["words"].as_str().is_some_and(|words| words.contains("***") && !words.contains("13800138000")));
    // With a photograph.
    let photo = std::fs::read(format!("{}/demo/photos/litter.jpg", env!("CARGO_MANIFEST_DIR")));
    let photo = photo.or_else(|_| {
        let folder = std::fs::read_dir(format!("{}/demo/photos", env!("CARGO_MANIFEST_DIR")))?;
        let first =
            folder.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "jpg"));
        std::fs::read(first.expect("a picture"))
    });
    let part = |text: String| Part::text(text).mime_str("application/json").expect("a type");
    let form = Form::new()
        .part("report", part(json!({ "words": "有照片", "cell": CELL }).to_string()))
        .part("photos", Part::bytes(photo.expect("a picture")).file_name("a.jpg"));
    let request = program.ask(Method::POST, "/api/v1/reports").multipart(form);
    let (status, answer) = told(request.send().await.expect("an answer")).await;
    assert_eq!(status, 201, "{answer}");
    let (_, report) = program.get(&format!("/api/v1/reports/{}", answer["number"].as_str().expect("a number"))).await;
    let photo = report["photos"][0].as_str().expect("a photo").to_owned();
    let response = program.ask(Method::GET, &photo).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("image/")));
    // Pages follow one another, newest first, and end.
    let (mut path, mut numbers) = ("/api/v1/reports?limit=1".to_owned(), Vec::new());
    loop {
        let (status, page) = program.get(&path).await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().expect("rows");
        numbers.extend(items.iter().map(|item| item["number"].as_str().unwrap_or_default().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/reports?limit=1&cursor={next}");
    }
    assert_eq!(numbers.len(), 3);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 3, "no row twice");
});

on_both!(a_department_works_by_its_own_program, |world: World| async move {
    let desk = Program::of(&world, "acceptor1", &ALL).await;
    let dispatcher = Program::of(&world, "dispatcher1", &ALL).await;
    let mine = Program::of(&world, "desk-sanitation", &ALL[3..]).await;
    let other = Program::of(&world, "desk-municipal", &ALL[3..]).await;
    let department = mine.get("/api/v1/me").await.1["department"]["code"].as_str().expect("its department").to_owned();
    let case = dispatched(&world, &desk, &dispatcher, &department).await;
    let path = format!("/api/v1/cases/{case}");
    assert_eq!(other.get(&path).await.0, 404, "another department's case does not exist");
    assert_eq!(other.act(&case, json!({ "act": "feed-back" })).await.0, 404);
    let numbers = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("rows").iter();
        items.map(|item| item["number"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(numbers(&mine.get("/api/v1/cases?stage=dispatched").await.1), [case.as_str()]);
    assert!(numbers(&other.get("/api/v1/cases").await.1).is_empty());
    for filter in ["", "?sort=opened", "?sort=number", "?category=event-0110", "?ended=true", "?number_begins=WL2026"] {
        assert_eq!(numbers(&desk.get(&format!("/api/v1/cases{filter}")).await.1), [case.as_str()], "{filter}");
    }
    for filter in ["?overdue=true", "?stage=closed", "?category=event-0104", "?branch=decide", "?street=1"] {
        assert!(numbers(&desk.get(&format!("/api/v1/cases{filter}")).await.1).is_empty(), "{filter}");
    }
    // The entity tag: what was read is not sent again, what has passed is not overwritten.
    let response = mine.ask(Method::GET, &path).send().await.expect("an answer");
    let tag = response.headers()["etag"].to_str().expect("a tag").to_owned();
    let again = mine.ask(Method::GET, &path).header("if-none-match", &tag).send().await.expect("an answer");
    assert_eq!((again.status().as_u16(), again.headers()["etag"].to_str().ok()), (304, Some(tag.as_str())));
    let act = async |program: &Program, tag: Option<&str>, key: &str, act: Value| {
        let mut request = program.ask(Method::POST, &format!("{path}/acts")).header("content-type", "application/json");
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        told(request.body(act.to_string()).send().await.expect("an answer")).await
    };
    let back = || json!({ "act": "return", "reason": reasons()[0], "note": "不归我们" });
    let (status, answer) = act(&mine, None, "", back()).await;
    assert_eq!((status, kind(&answer)), (428, "precondition-required"));
    let (status, answer) = act(&mine, Some("\"1\""), "", back()).await;
    assert_eq!((status, kind(&answer)), (412, "precondition-failed"));
    let (status, answer) = act(&mine, Some("yesterday"), "", back()).await;
    assert_eq!((status, kind(&answer)), (400, "malformed"));
    // What the post may not do, what the rules refuse.
    let (status, answer) = act(&mine, Some(&tag), "", json!({ "act": "close" })).await;
    assert_eq!((status, kind(&answer)), (403, "forbidden"));
    let (status, answer) = act(&desk, Some(&tag), "", json!({ "act": "close" })).await;
    assert_eq!((status, kind(&answer)), (422, "refused"), "{answer}");
    // Done once, however often it is sent.
    let reason = reasons().into_iter().next().expect("a reason");
    let ask = || json!({ "act": "return", "reason": reason, "note": "不归我们" });
    let first = act(&mine, Some(&tag), "once", ask()).await;
    assert_eq!(first.0, 200, "{}", first.1);
    let second = act(&mine, Some(&tag), "once", ask()).await;
    assert_eq!((second.0, &second.1["revision"]), (200, &first.1["revision"]), "{}", second.1);
    assert_eq!(first.1["awaits"], "return");
    let (status, answer) = act(&mine, Some("*"), "once", json!({ "act": "feed-back" })).await;
    assert_eq!((status, kind(&answer)), (422, "key-reused"));
    // The dispatcher takes it back: the department sees it no more.
    assert_eq!(dispatcher.act(&case, json!({ "act": "decide", "granted": true })).await.0, 200);
    assert_eq!(mine.get(&path).await.0, 404);
    let (_, facts) = desk.get(&format!("{path}/facts")).await;
    let kinds: Vec<&str> =
        facts["items"].as_array().expect("facts").iter().filter_map(|fact| fact["type"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "case.return_asked").count(), 1, "{kinds:?}");
    assert_eq!(kinds.last(), Some(&"case.returned"));
    settled(&world).await;
    let last = facts_of(&mine).await;
    assert_eq!(
        last.last().map(|fact| &fact["type"]),
        Some(&json!("case.returned")),
        "it hears that the case has left it"
    );
});

fn reasons() -> Vec<&'static str> {
    steward::cases::case::ReturnReason::ALL.iter().map(|reason| reason.text()).collect()
}

async fn facts_of(program: &Program) -> Vec<Value> {
    facts(program, 0, 200).await
}

/// Every fact that a program is told, page by page from a cursor.
async fn facts(program: &Program, mut cursor: i64, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let (status, page) = program.get(&format!("/api/v1/facts?after={cursor}&limit={limit}")).await;
        assert_eq!(status, 200, "{page}");
        all.extend(page["items"].as_array().expect("facts").iter().cloned());
        cursor = page["cursor"].as_i64().expect("a cursor");
        if page["has_more"] == json!(false) {
            return all;
        }
    }
}

on_both!(facts_are_followed_from_a_cursor, |world: World| async move {
    let desk = Program::of(&world, "acceptor1", &ALL).await;
    let dispatcher = Program::of(&world, "dispatcher1", &ALL).await;
    let mine = Program::of(&world, "desk-sanitation", &ALL[3..]).await;
    let other = Program::of(&world, "desk-municipal", &ALL[3..]).await;
    let department = mine.get("/api/v1/me").await.1["department"]["code"].as_str().expect("its department").to_owned();
    let case = dispatched(&world, &desk, &dispatcher, &department).await;
    settled(&world).await;
    let all = facts(&desk, 0, 200).await;
    let cursors: Vec<i64> = all.iter().filter_map(|fact| fact["cursor"].as_i64()).collect();
    assert!(cursors.windows(2).all(|pair| pair[0] < pair[1]), "in order: {cursors:?}");
    let kinds: Vec<&str> = all.iter().filter_map(|fact| fact["type"].as_str()).collect();
    for kind in ["report.submitted", "case.case_opened", "case.report_accepted", "case.dispatched"] {
        assert!(kinds.contains(&kind) || kind == "case.case_opened", "{kind} in {kinds:?}");
    }
    // One at a time it is the same.
    assert_eq!(facts(&desk, 0, 1).await, all);
    // A department is told of its own cases alone, and of nobody's administration.
    let told = facts(&mine, 0, 200).await;
    assert!(!told.is_empty() && told.iter().all(|fact| all.contains(fact)), "{told:?}");
    assert!(told.iter().all(|fact| fact["subject"] == "report" || fact["number"] == case.as_str()), "{told:?}");
    assert!(facts(&other, 0, 200).await.is_empty());
    // As lines.
    let response = desk.ask(Method::GET, "/api/v1/facts.jsonl?types=case.dispatched").send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "application/jsonl");
    let lines = response.text().await.expect("lines");
    assert_eq!(lines.lines().count(), 1);
    // As events: what comes later is told at once, and a reader that comes back loses nothing.
    let last = all.last().and_then(|fact| fact["cursor"].as_i64()).expect("a cursor");
    let request = desk.ask(Method::GET, "/api/v1/facts/stream").header("last-event-id", (last - 1).to_string());
    let mut events = request.send().await.expect("a stream");
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert_eq!(dispatcher.act(&case, json!({ "act": "mark-urgent" })).await.0, 200);
    let mut text = String::new();
    while !text.contains("case.marked_urgent") {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(20), events.chunk()).await;
        let chunk = chunk.expect("in time").expect("a chunk").expect("more");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(text.contains(&format!("id: {last}\n")), "from the cursor on: {text}");
});

/// Waits until every fact has its place.
async fn settled(world: &World) {
    for _ in 0..500 {
        let read = world.app.db.read(|tx| async move {
            let left = steward::timeline::store::unplaced(&tx, 0, 1).await?;
            Ok::<_, DbError>(left.is_empty())
        });
        if read.await.expect("read") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("facts have no place");
}

/// A receiver of webhooks: what it answers, and what arrived.
#[derive(Clone, Default)]
struct Receiver {
    answers: Arc<Mutex<u16>>,
    refuses: Arc<Mutex<Option<String>>>,
    arrived: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    texts: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

impl Receiver {
    /// A receiver on a port of its own and its address.
    async fn listening() -> (Receiver, String) {
        let receiver = Receiver { answers: Arc::new(Mutex::new(204)), ..Receiver::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/steward", route(Receiver::take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, format!("http://{address}/steward"))
    }

    async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
        let status = *receiver.answers.lock().expect("a lock");
        receiver.texts.lock().expect("a lock").push((headers.clone(), body.clone()));
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let is_refused = receiver.refuses.lock().expect("a lock").as_deref() == body["data"]["number"].as_str();
        if is_refused {
            return StatusCode::UNPROCESSABLE_ENTITY;
        }
        if status < 300 {
            receiver.arrived.lock().expect("a lock").push((headers, body));
        }
        StatusCode::from_u16(status).expect("a status")
    }

    fn answer(&self, status: u16) {
        *self.answers.lock().expect("a lock") = status;
    }

    /// The cursors that arrived, those of one number when it is given.
    fn cursors(&self, number: &str) -> Vec<i64> {
        let arrived = self.arrived.lock().expect("a lock");
        let wanted = arrived.iter().filter(|(_, body)| number.is_empty() || body["data"]["number"] == number);
        wanted.filter_map(|(_, body)| body["data"]["cursor"].as_i64()).collect()
    }
}

/// Sends until nothing more can be sent at this moment: the program's own job sends too.
async fn sent(world: &World, is_enough: impl Fn() -> bool) {
    for _ in 0..400 {
        settled(world).await;
        send_once(&world.app).await.expect("sent");
        if is_enough() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("not everything arrived");
}

on_both!(a_receiver_that_was_down_for_an_hour_gets_everything_in_order, |world: World| async move {
    let desk = Program::of(&world, "acceptor1", &ALL).await;
    let dispatcher = Program::of(&world, "dispatcher1", &ALL).await;
    let (receiver, url) = Receiver::listening().await;
    let (status, hook) = desk.post("/api/v1/webhooks", &json!({ "url": url, "note": "works" })).await;
    assert_eq!(status, 201, "{hook}");
    let (id, secret) = (hook["id"].as_str().expect("an id"), hook["secret"].as_str().expect("a secret"));
    let listed = desk.get("/api/v1/webhooks").await.1;
    assert_eq!((listed["items"][0]["id"].as_str(), listed["items"][0].get("secret")), (Some(id), None), "told once");
    // Up: what happens arrives, signed.
    let first = desk.report("第一件").await;
    let first_case = desk.case_of(&first).await;
    let has = |receiver: &Receiver, kind: &str, number: &str| {
        let arrived = receiver.arrived.lock().expect("a lock");
        arrived.iter().any(|(_, body)| body["type"] == kind && body["data"]["number"] == number)
    };
    sent(&world, || has(&receiver, "report.submitted", &first)).await;
    let verifier = standardwebhooks::Webhook::new(secret).expect("a secret");
    {
        let texts = receiver.texts.lock().expect("a lock");
        for (headers, body) in texts.iter() {
            let text = |name: &str| headers[name].to_str().expect("a header").to_owned();
            // The clock of the test stands still, so the verifier signs for itself what its `verify` would compare.
            let second = text("webhook-timestamp").parse().expect("a second");
            let signed = verifier.sign(&text("webhook-id"), second, body.as_bytes()).expect("signed");
            assert_eq!(text("webhook-signature"), signed, "{body}");
        }
    }
    // Down for an hour, while much happens to several cases.
    receiver.answer(503);
    let mut cases = vec![first_case];
    for number in 0..3 {
        let report = desk.report(&format!("第 {number} 件")).await;
        cases.push(desk.case_of(&report).await);
    }
    for minute in 0..6 {
        world.clock.set(Moment(MORNING.0 + minute * 10 * 60_000));
        for case in &cases {
            let act = if minute % 2 == 0 { "mark-urgent" } else { "clear-urgent" };
            assert_eq!(dispatcher.act(case, json!({ "act": act })).await.0, 200);
        }
        settled(&world).await;
        send_once(&world.app).await.expect("tried");
    }
    let (_, down) = desk.get(&format!("/api/v1/webhooks/{id}/deliveries?state=waiting")).await;
    assert!(down["items"].as_array().is_some_and(|items| items.len() >= 24), "they wait: {down}");
    let page = signed_in(&world, "sysadmin").await.page(&format!("/admin/webhooks/{id}")).await;
    assert!(page.contains("异常") && page.contains("503"), "the trouble is seen");
    assert!(!page.contains(secret));
    assert!(!down.to_string().contains("\"1970-"), "what waits for its turn is tried from now on: {down}");
    for minute in 51..61 {
        world.clock.set(Moment(MORNING.0 + minute * 60_000));
        send_once(&world.app).await.expect("tried");
    }
    // It answers that there is no such place while it starts: however often was knocked before, nothing is given up for that.
    receiver.answer(404);
    world.clock.set(Moment(MORNING.0 + 61 * 60_000));
    let state = async |state: &str| desk.get(&format!("/api/v1/webhooks/{id}/deliveries?state={state}")).await.1;
    let is_refused = |item: &Value| item["status"] == 404 && item["attempts"].as_i64() > Some(9);
    for tries in 0.. {
        send_once(&world.app).await.expect("tried");
        let waiting = state("waiting").await;
        if waiting["items"].as_array().is_some_and(|items| items.iter().any(is_refused)) {
            break;
        }
        assert!(tries < 100, "none was refused: {waiting}");
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(state("given_up").await["items"], json!([]));
    // Up again: everything arrives, each once, those of one case in their order.
    world.clock.set(Moment(MORNING.0 + 62 * 60_000));
    receiver.answer(200);
    let expected: BTreeSet<i64> =
        facts(&desk, 0, 200).await.iter().filter_map(|fact| fact["cursor"].as_i64()).collect();
    sent(&world, || receiver.cursors("").len() >= expected.len()).await;
    let cursors = receiver.cursors("");
    // A clock may have rung since: what more arrived is known now, and nothing else arrived.
    let arrived: BTreeSet<i64> = cursors.iter().copied().collect();
    assert_eq!(cursors.len(), arrived.len(), "each once");
    assert!(expected.is_subset(&arrived), "all of them");
    let known: BTreeSet<i64> = facts(&desk, 0, 200).await.iter().filter_map(|fact| fact["cursor"].as_i64()).collect();
    assert!(arrived.is_subset(&known), "and no others");
    for case in &cases {
        let of_case = receiver.cursors(case);
        assert!(of_case.len() >= 6 && of_case.windows(2).all(|pair| pair[0] < pair[1]), "{case}: {of_case:?}");
    }
    let (_, hook) = desk.get("/api/v1/webhooks").await;
    assert_eq!(hook["items"][0]["failing_since"], Value::Null, "it is well again");
    // One message that is refused holds up its own case alone, and is given up in the end.
    let (bad, good) = (cases[0].clone(), cases[1].clone());
    *receiver.refuses.lock().expect("a lock") = Some(bad.clone());
    let before = (receiver.cursors(&bad).len(), receiver.cursors(&good).len());
    for case in [&bad, &good] {
        assert_eq!(dispatcher.act(case, json!({ "act": "mark-urgent" })).await.0, 200);
    }
    sent(&world, || receiver.cursors(&good).len() > before.1).await;
    assert_eq!(receiver.cursors(&bad).len(), before.0);
    for hours in 1..=9 {
        world.clock.set(Moment(MORNING.0 + hours * 24 * 3_600_000));
        settled(&world).await;
        send_once(&world.app).await.expect("tried");
    }
    let given_up = async || desk.get(&format!("/api/v1/webhooks/{id}/deliveries?state=given_up")).await.1;
    for _ in 0..100 {
        if given_up().await["items"].as_array().is_some_and(|items| !items.is_empty()) {
            break;
        }
        send_once(&world.app).await.expect("tried");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let answer = given_up().await;
    assert_eq!(
        (answer["items"][0]["status"].as_i64(), answer["items"][0]["number"].as_str()),
        (Some(422), Some(bad.as_str()))
    );
    // Asked for once more it arrives, under the same identifier.
    *receiver.refuses.lock().expect("a lock") = None;
    let cursor = answer["items"][0]["cursor"].as_i64().expect("a cursor");
    let replay = json!({ "after": cursor - 1, "until": cursor });
    let (status, replayed) = desk.post(&format!("/api/v1/webhooks/{id}/replay"), &replay).await;
    assert_eq!((status, &replayed["count"]), (200, &json!(1)), "{replayed}");
    sent(&world, || receiver.cursors(&bad).contains(&cursor)).await;
    let of_cursor = |(_, body): &&(HeaderMap, Value)| body["data"]["cursor"] == cursor;
    let arrived = receiver.arrived.lock().expect("a lock").iter().rfind(of_cursor).expect("a message").0.clone();
    assert_eq!(arrived["webhook-id"], format!("msg_{id}_{cursor}").as_str());
    // A new secret signs beside the old one for a day; 410 ends it.
    receiver.answer(410);
    assert_eq!(dispatcher.act(&good, json!({ "act": "clear-urgent" })).await.0, 200);
    for _ in 0..100 {
        settled(&world).await;
        send_once(&world.app).await.expect("tried");
        if desk.get("/api/v1/webhooks").await.1["items"][0]["is_active"] == json!(false) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(desk.get("/api/v1/webhooks").await.1["items"][0]["is_active"], json!(false), "gone for good");
});

/// How many notices there are of a kind, and whose.
async fn noticed(world: &World, kind: &'static str) -> (i64, i64) {
    let read: Result<(i64, i64), DbError> = world
        .app
        .db
        .read(move |tx| async move {
            let sql = "select count(*), count(distinct account_id) from notices where kind = $1";
            let row = tx.query_one(sql, steward::kit::db::params![kind]).await?;
            Ok((row.get(0)?, row.get(1)?))
        })
        .await;
    read.expect("notices")
}

on_both!(an_address_that_is_given_up_is_told_of_once, |world: World| async move {
    let desk = Program::of(&world, "acceptor1", &ALL).await;
    let (receiver, url) = Receiver::listening().await;
    receiver.answer(500);
    let (_, hook) = desk.post("/api/v1/webhooks", &json!({ "url": url, "note": "works" })).await;
    let id = hook["id"].as_str().expect("an id").to_owned();
    for number in 0..3 {
        desk.case_of(&desk.report(&format!("第 {number} 件")).await).await;
    }
    let is_active = async || desk.get("/api/v1/webhooks").await.1["items"][0]["is_active"] == json!(true);
    for day in 0..7 {
        world.clock.set(Moment(MORNING.0 + day * 24 * 3_600_000));
        for _ in 0..20 {
            settled(&world).await;
            send_once(&world.app).await.expect("tried");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        if !is_active().await {
            break;
        }
    }
    assert!(!is_active().await, "given up after five days");
    let (count, people) = noticed(&world, "webhook-given-up").await;
    assert!(count > 0 && count == people, "each administrator once, however many messages wait: {count}, {people}");
    world.clock.set(MORNING);
    let system = signed_in(&world, "sysadmin").await;
    for path in ["/admin/webhooks".to_owned(), format!("/admin/webhooks/{id}")] {
        let page = system.page(&path).await;
        assert!(page.contains("已停止推送") && page.contains("连续五天没有送达"), "{page}");
    }
    assert!(system.page("/notices").await.contains("推送地址已停止推送"));
    // Taken up again by a person, it is well, and what waits is sent.
    receiver.answer(204);
    assert_eq!(system.post(&format!("/admin/webhooks/{id}/start"), &[]).await.status(), 303);
    sent(&world, || receiver.cursors("").len() >= 3).await;
    assert!(!system.page(&format!("/admin/webhooks/{id}")).await.contains("连续五天没有送达"));
    // An address that says that it is gone is told of, too.
    receiver.answer(410);
    desk.case_of(&desk.report("第四件").await).await;
    for _ in 0..100 {
        settled(&world).await;
        send_once(&world.app).await.expect("tried");
        if !is_active().await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let (count, people) = noticed(&world, "webhook-gone").await;
    assert!(count > 0 && count == people, "{count}, {people}");
});

on_both!(a_webhook_is_an_address_that_may_be_asked, |world: World| async move {
    let desk = Program::of(&world, "acceptor1", &ALL).await;
    for (body, status) in [
        (json!({}), 422),
        (json!({ "url": "ftp://works.example/" }), 422),
        (json!({ "url": "not an address" }), 422),
        (json!({ "url": "http://user:secret@works.example/" }), 422),
        (json!({ "url": "http://127.0.0.1:9/", "types": ["everything"] }), 422),
        (json!({ "url": "http://127.0.0.1:9/", "colour": 1 }), 400),
        (json!({ "url": "http://127.0.0.1:9/", "types": ["case.closed"] }), 201),
    ] {
        let (found, answer) = desk.post("/api/v1/webhooks", &body).await;
        assert_eq!(found, status, "{body}: {answer}");
    }
    // Another token does not see it.
    let other = Program::of(&world, "dispatcher1", &ALL).await;
    assert_eq!(other.get("/api/v1/webhooks").await.1["items"], json!([]));
    let id = desk.get("/api/v1/webhooks").await.1["items"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/webhooks/{id}");
    let remove =
        async |program: &Program| told(program.ask(Method::DELETE, &path).send().await.expect("an answer")).await.0;
    assert_eq!((remove(&other).await, remove(&desk).await), (404, 204));
    // The administrators' page does the same.
    let system = signed_in(&world, "sysadmin").await;
    let page = system.page(&format!("/admin/webhooks/{id}")).await;
    assert!(page.contains("已停止"));
    assert_eq!(system.post(&format!("/admin/webhooks/{id}/start"), &[]).await.status(), 303);
    let page = system.post(&format!("/admin/webhooks/{id}/secret"), &[]).await.text().await.expect("a page");
    assert!(page.contains("whsec_") && page.contains("旧密钥"), "{page}");
    assert!(!system.page(&format!("/admin/webhooks/{id}")).await.contains("whsec_"), "shown once");
    let answer = system.post(&format!("/admin/webhooks/{id}/replay"), &[("after", "9"), ("until", "3")]).await;
    assert_eq!(answer.status(), 422);
    let answer = system.post("/admin/webhooks", &[("token", "1"), ("url", "http://works.example/")]).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("works.example"), "what was typed stays");
});

/// Whether a value fits a schema, as far as the document's schemas go; the first thing that does not is told.
fn misfit(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(known) = schema["$ref"].as_str().and_then(|address| document.pointer(address.strip_prefix('#')?)) {
        return misfit(document, known, value, at);
    }
    for name in ["oneOf", "anyOf"] {
        if let Some(ways) = schema[name].as_array() {
            let misfits: Vec<String> = ways.iter().filter_map(|way| misfit(document, way, value, at)).collect();
            return (misfits.len() == ways.len()).then(|| misfits.join(" | "));
        }
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_allowed = allowed.contains(&kind) || kind == "integer" && allowed.contains(&"number");
    if !(allowed.is_empty() || is_allowed) {
        return Some(format!("{at} is {kind} and not {allowed:?}"));
    }
    if let Some(word) = schema["const"].as_str().filter(|word| value != word) {
        return Some(format!("{at} is not {word}"));
    }
    if let Some(words) = schema["enum"].as_array().filter(|words| !words.contains(value)) {
        return Some(format!("{at} is none of {words:?}"));
    }
    if let Some(parts) = value.as_object() {
        let known = schema["properties"].as_object();
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !parts.contains_key(name) {
                return Some(format!("{at}.{name} is missing"));
            }
        }
        for (name, part) in parts {
            match known.and_then(|known| known.get(name)) {
                Some(schema) => {
                    let wrong = misfit(document, schema, part, &format!("{at}.{name}"));
                    if wrong.is_some() {
                        return wrong;
                    }
                }
                None if schema["additionalProperties"] == json!(false) => {
                    return Some(format!("{at}.{name} is unknown"));
                }
                None => {}
            }
        }
    }
    let items = value.as_array().into_iter().flatten();
    items.into_iter().find_map(|item| misfit(document, &schema["items"], item, &format!("{at}[]")))
}

/// Every sentence of the document, with where it stands.
fn sentences(value: &Value, at: &str, all: &mut Vec<(String, String)>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                let at = format!("{at}/{name}");
                if let (Some(text), "description" | "summary" | "title") = (part.as_str(), name.as_str()) {
                    all.push((at.clone(), text.to_owned()));
                }
                sentences(part, &at, all);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| sentences(item, at, all)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_says_what_the_doors_do() {
    let Some(world) = World::bare(crate::world::On::Sqlite).await else { return };
    let doors: BTreeSet<(String, String)> = steward::app::doors()
        .iter()
        .filter(|door| door.path.starts_with("/api/v1"))
        .map(|door| (door.method.to_string(), door.path.to_owned()))
        .collect();
    let visitor = world.visitor();
    for lang in ["zh-Hans", "en"] {
        let answer = visitor.get(&format!("/api/v1/openapi.json?lang={lang}")).await;
        let tag = answer.headers()["etag"].clone();
        let told: Value = serde_json::from_str(&answer.text().await.expect("a document")).expect("JSON");
        assert_eq!(told["openapi"], "3.1.0");
        let mut found = BTreeSet::new();
        for (path, methods) in told["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                found.insert((method.to_uppercase(), path.clone()));
                for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                    let params = operation["parameters"].as_array().expect("arguments");
                    assert!(
                        params.iter().any(|param| param["name"] == part && param["in"] == "path"),
                        "{path}: {part}"
                    );
                }
                let mut bodies = vec![("body", &operation["requestBody"]["content"])];
                bodies.extend(
                    operation["responses"]
                        .as_object()
                        .expect("answers")
                        .values()
                        .map(|answer| ("answer", &answer["content"])),
                );
                for (what, content) in bodies {
                    let json = &content["application/json"];
                    if let (Some(example), false) = (json.get("example"), json["schema"].is_null()) {
                        assert_eq!(misfit(&told, &json["schema"], example, what), None, "{method} {path}");
                    }
                }
            }
        }
        assert_eq!(found, doors, "every door is described and every description has a door");
        let mut all = Vec::new();
        sentences(&told, "", &mut all);
        assert!(all.len() > 200);
        for (at, text) in all.iter().filter(|(at, _)| !at.ends_with("/title") || at.starts_with("/info")) {
            assert!(!text.is_empty() && !text.starts_with("api-"), "{lang} {at}: {text}");
        }
        let again = visitor.client.get(format!("{}/api/v1/openapi.json?lang={lang}", world.base));
        let again = again.header("if-none-match", tag).send().await.expect("an answer");
        assert_eq!(again.status(), 304);
        let page = visitor.page(&format!("/developers?lang={lang}")).await;
        for operation in operations::all() {
            assert!(page.contains(&format!("op-{}\"", operation.name)), "{}", operation.name);
        }
        assert!(
            !page.contains("api-"),
            "{lang}: every sentence is there: {:?}",
            page.find("api-").map(|at| &page[at..at + 60])
        );
    }
    // Every operation that needs a token refuses whoever has none.
    for operation in operations::all().iter().filter(|operation| operation.opens != Opens::Everybody) {
        let path = operation.path.replace("{number}", "1").replace("{id}", "1").replace("{size}", "small");
        let request = visitor.client.request(operation.method.clone(), format!("{}{path}", world.base));
        assert_eq!(request.send().await.expect("an answer").status(), 401, "{}", operation.name);
    }
    drop(document::of(&world.app, "en"));
    drop(world.app.db.read(|tx| async move { store::tokens(&tx).await }).await.expect("read"));
}
