//! What stands before every room: who is believed, how often somebody may knock, how many at once, what every answer says about
//! itself, and that no page needs anything written within it.

use crate::browser::words;
use crate::moulds;
use crate::on_both;
use crate::program::Program;
use crate::world::{MORNING, On, Visitor, World, location, plain_client};
use axum::Router;
use axum::routing::get;
use reqwest::Response;
use std::path::{Path, PathBuf};
use std::time::Duration;
use steward::app::doors;
use steward::kit::peers::{Believed, Network};
use steward::kit::sources::Sources;
use steward::kit::wire;
use steward::people::doors::Access;
use steward::status::shedding::Who;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// The invented city with some of its settings replaced and some more of them.
pub fn city_with(replaced: &[(&str, &str)], more: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = include_str!("../../demo/city.toml").to_owned();
    for (before, after) in replaced {
        assert!(settings.contains(before), "{before}");
        settings = settings.replace(before, after);
    }
    std::fs::write(folder.path().join("city.toml"), format!("{settings}\n{more}\n")).expect("a file");
    let sources = Sources::of_city(folder.path());
    (folder, sources)
}

async fn quiet(on: On, replaced: &[(&str, &str)], more: &str) -> Option<(tempfile::TempDir, World)> {
    let (folder, sources) = city_with(replaced, more);
    Some((folder, World::quiet(on, sources, |_| None).await?))
}

/// Somebody behind the proxy that stands before the program.
async fn from(visitor: &Visitor, address: &str, path: &str) -> Response {
    let asked = visitor.client.get(format!("{}{path}", visitor.base)).header("x-forwarded-for", address);
    asked.send().await.expect("an answer")
}

async fn tries(visitor: &Visitor, address: &str, login: &str, password: &str) -> Response {
    let asked = visitor.client.post(format!("{}/sign-in", visitor.base)).header("origin", visitor.base.clone());
    let asked = asked.header("x-forwarded-for", address).form(&[("login", login), ("password", password)]);
    asked.send().await.expect("an answer")
}

fn wait(response: &Response) -> i64 {
    let said = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    said.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn cookies(response: &Response) -> Vec<String> {
    response.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
}

/// The first thing within HTML that runs or styles by itself: an element `style`, a script without a file, an attribute `style`
/// or `on…`, an address that is a script.
fn inline(html: &str) -> Option<String> {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let mut quote = None;
        let end = rest.char_indices().find(|(_, one)| {
            match (quote, *one) {
                (None, '"' | '\'') => quote = Some(*one),
                (Some(open), close) if open == close => quote = None,
                (None, '>') => return true,
                _ => {}
            }
            false
        });
        let (tag, after) = end.map_or((rest, ""), |(at, _)| (&rest[..at], &rest[at + 1..]));
        rest = after;
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        if name.is_empty() {
            continue;
        }
        let attributes = attributes(&tag[name.len()..]);
        let of = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let is_script = name == "script" && of("src").is_none() && of("type") != Some("application/json");
        let is_handler = |name: &str| name == "style" || (name.starts_with("on") && name.len() > 3);
        let is_address = |value: &str| value.trim().to_lowercase().starts_with("javascript:");
        let is_wrong = name == "style"
            || is_script
            || attributes.iter().any(|(name, value)| is_handler(name) || is_address(value));
        if is_wrong {
            return Some(format!("<{tag}>"));
        }
        if name == "script" {
            rest = rest.split_once("</script>").map_or("", |(_, after)| after);
        }
    }
    None
}

fn attributes(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start_matches(|one: char| one.is_whitespace() || one == '/');
        let name: String = text.chars().take_while(|one| !one.is_whitespace() && !"=/".contains(*one)).collect();
        if name.is_empty() {
            return found;
        }
        text = text[name.len()..].trim_start();
        let value = match text.strip_prefix('=').map(str::trim_start) {
            None => String::new(),
            Some(rest) => {
                let (value, after) = match rest.chars().next() {
                    Some(quote @ ('"' | '\'')) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
                    _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
                };
                text = after;
                value.to_owned()
            }
        };
        found.push((name.to_lowercase(), value));
    }
}

#[test]
fn what_runs_within_a_page_is_found() {
    for wrong in [
        "<p style=\"color: red\">",
        "<style>p{}</style>",
        "<script>run()</script>",
        "<script type=\"module\">run()</script>",
        "<a href=\" JavaScript:run()\">",
        "<button type=\"button\" onclick='run()'>",
        "<img alt=\"a > b\" onerror=run()>",
    ] {
        assert!(inline(wrong).is_some(), "{wrong}");
    }
    for right in [
        "<script src=\"/assets/app.js\" type=\"module\"></script>",
        "<script type=\"application/json\">{\"a\": \"<p style=1>\"}</script>",
        "<p class=\"style\" data-on=\"x\">style=\"\" onclick=1</p>",
        "<!-- <style> --><svg fill=\"none\"><path d=\"M0\"/></svg>",
    ] {
        assert_eq!(inline(right), None);
    }
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
    found
}

/// A template without what the program puts into it.
fn without_marks(text: &str) -> String {
    let mut left = text.to_owned();
    for (open, close) in [("{#", "#}"), ("{{", "}}"), ("{%", "%}")] {
        while let Some(from) = left.find(open) {
            let to = left[from..].find(close).map_or(left.len(), |at| from + at + close.len());
            left.replace_range(from..to, " ");
        }
    }
    left
}

/// Letters are read by mail programs, which know no files of ours.
const LETTERS: [&str; 3] = ["notices/mail.html", "follows/mail.html", "follows/confirm.html"];

#[test]
fn no_template_runs_or_styles_anything_within_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages");
    let all = pages(&root);
    assert!(all.len() > 100, "{}", all.len());
    for path in all {
        let name = path.strip_prefix(&root).expect("below").display().to_string();
        if LETTERS.contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a template");
        assert_eq!(inline(&without_marks(&text)), None, "{name}");
    }
}

/// Every page that an address without a blank leads to, for every post of the invented city and for nobody.
async fn walking(world: World) {
    let posts = [
        "",
        "acceptor1",
        "dispatcher1",
        "leader",
        "desk-garden",
        "keeper1",
        "unit1",
        "sysadmin",
        "secadmin",
        "auditadmin",
    ];
    let paths: Vec<&str> = doors()
        .iter()
        .filter(|door| door.method == "GET" && !door.path.contains('{') && !door.path.starts_with("/live"))
        .filter(|door| !door.path.starts_with("/api/") && !door.path.starts_with("/sign-in/with"))
        .map(|door| door.path)
        .collect();
    let mut seen = 0;
    for login in posts {
        let visitor = world.visitor();
        if !login.is_empty() {
            let form = [("login", login), ("password", steward::demo::PASSWORD)];
            // The invented city need not have everybody.
            if visitor.post("/sign-in", &form).await.status() != 303 {
                continue;
            }
        }
        for path in &paths {
            let answer = visitor.get(path).await;
            let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            if !kind.starts_with("text/html") {
                continue;
            }
            let policy = answer.headers()["content-security-policy"].to_str().expect("a policy").to_owned();
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert!(policy.contains("script-src 'self'") && policy.contains("object-src 'none'"), "{path}: {policy}");
            let text = answer.text().await.expect("a page");
            assert_eq!(inline(&text), None, "{login} at {path}");
            seen += 1;
        }
    }
    assert!(seen > 120, "{seen} pages");
}
on_both!(no_page_needs_what_the_policy_forbids, walking);

async fn speaking(on: On) {
    let secure = [("public_url = \"\"", "public_url = \"https://report.wanglan.example.cn\"")];
    let Some((_folder, world)) = quiet(on, &secure, "").await else { return };
    let visitor = world.visitor();
    let answer = visitor.get("/").await;
    for (name, said) in [
        ("strict-transport-security", "max-age=31536000"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(answer.headers().get(name).and_then(|value| value.to_str().ok()), Some(said), "{name}");
    }
    for lent in ["/photos/1/small", "/embed/resize.js", "/open311/discovery.json"] {
        let answer = visitor.get(lent).await;
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin", "{lent}");
    }

    // By https the cookies of whoever signs in are this host's alone.
    let form = [("login", "keeper1"), ("password", steward::demo::PASSWORD)];
    let asked = visitor.client.post(format!("{}/sign-in", world.base)).header("origin", world.base.clone()).form(&form);
    let signed = asked.header("x-forwarded-proto", "https").send().await.expect("an answer");
    assert_eq!(signed.status(), 303);
    let given = cookies(&signed);
    let session = given.iter().find(|one| one.starts_with("__Host-session=")).expect("a session");
    for said in ["; HttpOnly", "; SameSite=Lax", "; Path=/;", "; Secure"] {
        assert!(session.contains(said), "{session}");
    }
    let known = given.iter().find(|one| one.starts_with("__Secure-known=")).expect("a known browser");
    assert!(
        known.contains("; HttpOnly") && known.contains("; Path=/sign-in;") && known.contains("; Secure"),
        "{known}"
    );
    let secret = session.split(['=', ';']).nth(1).unwrap_or_default().to_owned();
    let knock = |cookie: String| {
        let client = plain_client().build().expect("a client");
        let asked = client.get(format!("{}/account", world.base)).header("x-forwarded-proto", "https");
        async move { asked.header("cookie", cookie).send().await.expect("an answer").status().as_u16() }
    };
    assert_eq!(knock(format!("__Host-session={secret}")).await, 200);
    assert_eq!(knock(format!("session={secret}")).await, 303, "another host of the domain could have set it");
}
crate::on_each!(every_answer_says_what_browsers_may_do_with_it, speaking);

on_both!(without_https_nothing_is_said_of_it, |world: World| async move {
    let answer = world.visitor().get("/").await;
    assert!(!answer.headers().contains_key("strict-transport-security"));
});

const STRICT: &str = "[gates]\nwrong_free = 3\nwrong_forgiven_seconds = 20\nlongest_wait_minutes = 15\n\
                      reports_per_minute = 2\nsearches_per_minute = 3\n";

async fn guessing(on: On) {
    let Some((_folder, world)) = quiet(on, &[], STRICT).await else { return };
    let visitor = world.visitor();
    for place in 0..4 {
        let answer = from(&visitor, "198.51.100.7", &format!("/track/R3J7-K2M9-Q8Z{place}")).await;
        assert_eq!(answer.status(), 404, "{place}");
    }
    let answer = from(&visitor, "198.51.100.7", "/track/R3J7-K2M9-Q8ZT").await;
    assert_eq!((answer.status().as_u16(), wait(&answer)), (429, 5));
    let page = words(&answer.text().await.expect("a page"));
    assert!(page.contains("请稍等") && page.contains("5 秒后再试"), "{page}");
    // Somebody else, and another way of naming the same street.
    assert_eq!(from(&visitor, "203.0.113.9", "/track/R3J7-K2M9-Q8ZT").await.status(), 404);
    assert_eq!(from(&visitor, "2001:db8:1:2::1", "/track/R3J7-K2M9-Q8ZT").await.status(), 404);
    // What nobody guesses stays open, and so does the machine itself.
    assert_eq!(from(&visitor, "198.51.100.7", "/reports").await.status(), 200);
    assert_eq!(visitor.get("/track/R3J7-K2M9-Q8ZT").await.status(), 404);
    world.clock.set(MORNING.plus(5_000));
    assert_eq!(from(&visitor, "198.51.100.7", "/track/R3J7-K2M9-Q8ZT").await.status(), 404, "the wait is over");
    let again = from(&visitor, "198.51.100.7", "/track/R3J7-K2M9-Q8ZT").await;
    assert_eq!((again.status().as_u16(), wait(&again)), (429, 5), "one was nearly forgiven");
    world.clock.set(MORNING.plus(3_600_000));
    assert_eq!(from(&visitor, "198.51.100.7", "/track/R3J7-K2M9-Q8ZT").await.status(), 404, "nobody waits for good");
}
crate::on_each!(whoever_guesses_codes_waits_longer_and_longer, guessing);

async fn signing_in(on: On) {
    let Some((_folder, world)) = quiet(on, &[], STRICT).await else { return };
    let password = steward::demo::PASSWORD;
    let stranger = world.visitor();
    for place in 0..4 {
        let answer = tries(&stranger, "198.51.100.7", &format!("nobody{place}"), "guess").await;
        assert_eq!(answer.status(), 422, "{place}");
    }
    let turned = tries(&stranger, "198.51.100.7", "keeper1", password).await;
    assert_eq!(turned.status(), 429, "from there not even the right password is looked at");
    assert!(wait(&turned) > 0);
    assert_eq!(tries(&world.visitor(), "203.0.113.9", "keeper1", password).await.status(), 303, "from elsewhere it is");
    assert!(!world.app.paces.turned().any(|(pace, count)| pace == "code" && count > 0));
    assert!(world.app.paces.turned().any(|(pace, count)| pace == "password" && count == 1));
}
crate::on_each!(wrong_passwords_of_an_address_are_counted, signing_in);

async fn keeping_out(world: World) {
    let password = steward::demo::PASSWORD;
    let owner = world.visitor();
    assert_eq!(tries(&owner, "127.0.0.1", "keeper1", password).await.status(), 303);
    assert_eq!(location(&owner.post("/sign-out", &[]).await), "/sign-in");
    // A stranger types nonsense under somebody's name until the account is locked, again and again.
    for round in 0..3 {
        world.clock.set(MORNING.plus(round * 16 * 60_000));
        let stranger = world.visitor();
        for _ in 0..5 {
            assert_eq!(tries(&stranger, "127.0.0.1", "keeper1", "nonsense").await.status(), 422);
        }
        let locked = tries(&stranger, "127.0.0.1", "keeper1", password).await;
        assert!(locked.text().await.expect("a page").contains("已暂时锁定"));
        // Whoever has signed in from this browser before is not kept out by it.
        assert_eq!(tries(&owner, "127.0.0.1", "keeper1", password).await.status(), 303);
    }
    // The browser has its own tries, and they do not keep anybody else out.
    world.clock.set(MORNING.plus(4 * 3_600_000));
    for _ in 0..5 {
        assert_eq!(tries(&owner, "127.0.0.1", "keeper1", "nonsense").await.status(), 422);
    }
    let locked = tries(&owner, "127.0.0.1", "keeper1", password).await;
    assert!(locked.text().await.expect("a page").contains("已暂时锁定"));
    assert_eq!(tries(&world.visitor(), "127.0.0.1", "keeper1", password).await.status(), 303);
    // It is no key for anybody else's account.
    let stranger = world.visitor();
    for _ in 0..5 {
        drop(tries(&stranger, "127.0.0.1", "keeper2", "nonsense").await);
    }
    let other = tries(&owner, "127.0.0.1", "keeper2", password).await;
    assert!(other.text().await.expect("a page").contains("已暂时锁定"));
}
on_both!(nobody_is_kept_out_by_a_stranger, keeping_out);

async fn asking_much(on: On) {
    let Some((_folder, world)) = quiet(on, &[], STRICT).await else { return };
    let visitor = world.visitor();
    for _ in 0..3 {
        assert_eq!(from(&visitor, "198.51.100.7", "/reports?q=lamp").await.status(), 200);
    }
    let turned = from(&visitor, "198.51.100.7", "/reports?q=lamp").await;
    assert_eq!((turned.status().as_u16(), wait(&turned)), (429, 20));
    assert_eq!(from(&visitor, "203.0.113.9", "/reports?q=lamp").await.status(), 200);
    world.clock.set(MORNING.plus(20_000));
    assert_eq!(from(&visitor, "198.51.100.7", "/reports?q=lamp").await.status(), 200);

    // Staff are counted by their account: an office shares an address.
    let (one, other) = (world.visitor(), world.visitor());
    for (visitor, login) in [(&one, "acceptor1"), (&other, "dispatcher1")] {
        assert_eq!(tries(visitor, "198.51.100.7", login, steward::demo::PASSWORD).await.status(), 303);
    }
    for _ in 0..3 {
        assert_eq!(from(&one, "198.51.100.7", "/search?q=lamp").await.status(), 200);
    }
    assert_eq!(from(&one, "198.51.100.7", "/search?q=lamp").await.status(), 429);
    assert_eq!(from(&one, "203.0.113.9", "/search?q=lamp").await.status(), 429, "from anywhere");
    assert_eq!(from(&other, "198.51.100.7", "/search?q=lamp").await.status(), 200);

    // Reports come in as forms and from programs, and both are counted together.
    let report = |path: &'static str| {
        let asked = visitor.client.post(format!("{}{path}", world.base)).header("origin", world.base.clone());
        let asked = asked.header("x-forwarded-for", "198.51.100.7").form(&[("words", "")]);
        async move { asked.send().await.expect("an answer").status().as_u16() }
    };
    assert_eq!(report("/report").await, 422);
    assert_eq!(report("/report").await, 422);
    assert_eq!(report("/report").await, 429);
    assert_eq!(report("/api/reports").await, 429);
}
crate::on_each!(what_costs_is_counted_by_address_and_by_account, asking_much);

async fn ending(on: On) {
    let Some((_folder, world)) = quiet(on, &[("idle_minutes = 30", "idle_minutes = 30\nlongest_hours = 1")], "").await
    else {
        return;
    };
    let visitor = world.visitor();
    assert_eq!(tries(&visitor, "127.0.0.1", "keeper1", steward::demo::PASSWORD).await.status(), 303);
    let at = |minutes: i64| world.clock.set(MORNING.plus(minutes * 60_000));
    for minutes in [20, 40, 59] {
        at(minutes);
        assert_eq!(visitor.get("/account").await.status(), 200, "after {minutes} minutes");
    }
    at(60);
    assert_eq!(visitor.get("/account").await.status(), 303, "however much it is used");
    let idle = world.visitor();
    assert_eq!(tries(&idle, "127.0.0.1", "keeper1", steward::demo::PASSWORD).await.status(), 303);
    at(90);
    assert_eq!(idle.get("/account").await.status(), 303, "half an hour without use");
}
crate::on_each!(a_session_ends_after_a_while, ending);

async fn shedding(on: On) {
    let few = "[gates]\nin_flight = 2\nuploads_in_flight = 1\nqueue_milliseconds = 0\n";
    let Some((_folder, world)) = quiet(on, &[], few).await else { return };
    let visitor = world.visitor();
    assert_eq!(visitor.get("/").await.status(), 200);
    let pages = &world.app.shedding.pages;
    let seats = [pages.seat(Who::Awaited).await, pages.seat(Who::Awaited).await];
    assert!(seats.iter().all(Option::is_some));
    let turned = visitor.get("/?lang=en").await;
    assert_eq!((turned.status().as_u16(), wait(&turned)), (503, 5));
    let page = words(&turned.text().await.expect("a page"));
    assert!(page.contains("Many people are here right now"), "{page}");
    // Programs are answered as programs.
    let problem = visitor.get("/api/v1/cases").await;
    assert_eq!((problem.status().as_u16(), wait(&problem)), (503, 5));
    assert_eq!(problem.headers()["content-type"], "application/problem+json");
    assert!(problem.text().await.expect("a problem").contains("problem-busy"));
    for (path, begins) in [("/open311/v2/requests.json", "[{"), ("/open311/v2/requests.xml", "<?xml")] {
        let answer = visitor.get(path).await;
        assert_eq!((answer.status().as_u16(), wait(&answer)), (503, 5));
        assert!(answer.text().await.expect("an answer").starts_with(begins), "{path}");
    }
    // Whoever watches the program is always answered, and files have turns of their own.
    for path in ["/health", "/ready", "/assets/app.css"] {
        assert_eq!(visitor.get(path).await.status(), 200, "{path}");
    }
    let form = reqwest::multipart::Form::new().text("words", "");
    let asked = visitor.client.post(format!("{}/report", world.base)).header("origin", world.base.clone());
    assert_eq!(asked.multipart(form).send().await.expect("an answer").status(), 422);
    let asked = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).expect("a request");
    let answer = steward::status::machines(world.app.clone()).oneshot(asked).await.expect("an answer");
    let text = axum::body::to_bytes(answer.into_body(), 1 << 22).await.expect("measures");
    let text = String::from_utf8_lossy(&text).into_owned();
    for line in [
        "steward_requests_shed_total{kind=\"pages\"} 4",
        "steward_requests_shed_total{kind=\"files\"} 0",
        "steward_requests_inside{kind=\"pages\"} 2",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    // As soon as there is room, everything is well.
    drop(seats);
    assert_eq!(visitor.get("/").await.status(), 200);
    assert_eq!(world.app.shedding.pages.counted(), (0, 0, 4));
}
crate::on_each!(too_much_at_once_is_turned_away_kindly, shedding);

async fn preferring(on: On) {
    let few = "[gates]\nin_flight = 4\nuploads_in_flight = 1\nqueue_milliseconds = 0\n";
    let Some((_folder, world)) = quiet(on, &[], few).await else { return };
    let (visitor, staff, pages) = (world.visitor(), world.visitor(), &world.app.shedding.pages);
    assert_eq!(tries(&staff, "127.0.0.1", "acceptor1", steward::demo::PASSWORD).await.status(), 303);
    let report = async |key: &str| {
        let report = serde_json::json!({ "words": "井盖破损", "lon": 123.4094, "lat": 31.2180, "key": key });
        let asked = visitor.client.post(format!("{}/api/reports", world.base)).json(&report);
        asked.send().await.expect("an answer").status().as_u16()
    };
    // More than can be answered only look.
    let mut looking = Vec::new();
    while let Some(seat) = pages.seat(Who::Passing).await {
        looking.push(seat);
    }
    assert_eq!(looking.len(), 3);
    for path in ["/reports", "/", "/map/areas.geojson"] {
        let turned = visitor.get(path).await;
        assert_eq!((turned.status().as_u16(), wait(&turned)), (503, 5), "{path}");
    }
    // Whoever wants to report something can, and the desk works.
    assert_eq!(visitor.get("/report").await.status(), 200);
    assert_eq!(report("one").await, 201);
    assert_eq!(staff.get("/desk").await.status(), 200);
    // With more of these than can be answered, they are turned away, too, and nothing of them is kept.
    let last = pages.seat(Who::Awaited).await;
    assert!(last.is_some());
    assert_eq!(report("two").await, 503);
    assert_eq!(staff.get("/desk").await.status(), 503);
    drop((last, looking));
    assert_eq!(report("two").await, 201);
    assert_eq!(visitor.get("/reports").await.status(), 200);
    let count = world.app.db.read(|tx| async move {
        let row = tx.query_one("select count(*) from reports", vec![]).await?;
        row.get::<i64>(0)
    });
    assert_eq!(count.await.expect("a count"), 2);
}
crate::on_each!(whoever_reports_or_works_here_goes_before_whoever_only_looks, preferring);

/// What a process holds in memory at most so far, in MiB.
fn peak(program: &Program) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", program.child.id())).expect("its status");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") >> 10
}

/// So many ask for a list at once, again and again; answers how many got it and how many were turned away.
async fn flood(base: &str, rounds: usize) -> (usize, usize) {
    let client = plain_client().build().expect("a client");
    let looking = (0..200).map(|_| {
        let (client, address) = (client.clone(), format!("{base}/reports"));
        tokio::spawn(async move {
            let (mut answered, mut turned) = (0, 0);
            for _ in 0..rounds {
                let answer = client.get(&address).send().await.expect("an answer");
                match answer.status().as_u16() {
                    200 => answered += 1,
                    503 if wait(&answer) == 5 => turned += 1,
                    other => panic!("{other}"),
                }
                drop(answer.bytes().await.expect("all of it"));
            }
            (answered, turned)
        })
    });
    let found = futures_util::future::join_all(looking).await;
    found.into_iter().map(|found| found.expect("a visitor")).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

async fn flooding(on: On) {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(url) = moulds::settled(on, folder.path()).await else { return };
    let (city, _) = city_with(&[], "[gates]\nin_flight = 4\nqueue_milliseconds = 50\n");
    let city = ("STEWARD_CITY".to_owned(), city.path().display().to_string());
    let program = Program::with(&url, &folder.path().join("files"), &[city]);
    let client = plain_client().build().expect("a client");
    let get = async |path: &str| {
        let answer = client.get(format!("{}{path}", program.base)).send().await.expect("an answer");
        answer.status().as_u16()
    };
    for _ in 0..40 {
        assert_eq!(get("/reports").await, 200);
    }
    let before = peak(&program);
    let (mut is_over, mut sent) = (false, 0);
    let flooded = async {
        let small = flood(&program.base, 4).await;
        let after = peak(&program);
        let large = flood(&program.base, 20).await;
        (small, after, large)
    };
    let mut flooded = std::pin::pin!(flooded);
    let mut found = None;
    while !is_over {
        // Meanwhile the program is well for whoever watches it, and takes reports, one after the other.
        let others = async {
            assert_eq!((get("/health").await, get("/ready").await), (200, 200));
            let report = serde_json::json!({ "words": "井盖破损", "lon": 123.4094, "lat": 31.2180, "key": format!("flood-{sent}") });
            let asked = client.post(format!("{}/api/reports", program.base)).json(&report);
            assert_eq!(asked.send().await.expect("an answer").status(), 201);
        };
        match found {
            None => {
                let mut others = std::pin::pin!(others);
                tokio::select! {
                    done = &mut flooded => {
                        found = Some(done);
                        others.await;
                    }
                    () = &mut others => {}
                }
            }
            Some(_) => {
                others.await;
                is_over = true;
            }
        }
        sent += 1;
    }
    let (small, after, large) = found.expect("it is over");
    for (answered, turned) in [small, large] {
        assert!(answered > 0 && turned > 0, "{answered} answered, {turned} turned away");
    }
    // Much more of it needs no more memory, beyond what the machinery keeps for itself.
    let most = peak(&program);
    assert!(most < before + 128 && most < after + 64, "{before} MiB before, {after} after a little, {most} after much");
    // As soon as it is over, everybody is answered.
    for _ in 0..20 {
        assert_eq!(get("/reports").await, 200);
    }
    let db = steward::kit::db::Db::open(&url).await.expect("the database opens");
    let count = db.read(|tx| async move {
        let row = tx.query_one("select count(*) from reports where idempotency_key like 'flood-%'", vec![]).await?;
        row.get::<i64>(0)
    });
    assert_eq!(count.await.expect("a count"), sent);
}
crate::on_each!(a_flood_is_turned_away_in_bounded_memory_and_passes, flooding);

on_both!(seats_come_back_from_answers_that_never_end, |world: World| async move {
    let visitor = world.visitor();
    let stream = visitor.get("/live/public").await;
    assert_eq!(stream.status(), 200);
    assert_eq!(world.app.shedding.pages.counted().0, 0, "a stream of news keeps no seat");
});

/// A small program behind the real wire.
async fn wired(each: usize, head: Duration) -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let nobody =
        Believed { proxies: vec![Network::parse("192.0.2.1").expect("a network")], secure_host: String::new() };
    let limits = wire::Limits { connections: 64, each, believed: nobody, head, stall: Duration::from_secs(5) };
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let router = Router::new().route("/", get(|| async { "here" }));
    tokio::spawn(async move { wire::serve(listener, router, limits, async move { drop(stopped.await) }).await });
    (address, stop)
}

async fn until_closed(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // One that was broken off has ended, too.
    drop(stream.read_to_end(&mut all).await);
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_come_keeps_no_connection() {
    let (address, _stop) = wired(8, Duration::from_secs(1)).await;
    let mut slow = TcpStream::connect(address).await.expect("connected");
    slow.write_all(b"GET / HTTP/1.1\r\nHost: here\r\nX-Slow:").await.expect("written");
    assert!(!until_closed(&mut slow).await.contains("here"));
    let mut quick = TcpStream::connect(address).await.expect("connected");
    quick.write_all(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").await.expect("written");
    assert!(until_closed(&mut quick).await.ends_with("here"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_so_many_connections() {
    let (address, stop) = wired(2, Duration::from_secs(60)).await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await.expect("written");
        let mut some = [0; 512];
        let count = stream.read(&mut some).await.expect("an answer");
        assert!(String::from_utf8_lossy(&some[..count]).ends_with("here"));
        kept.push(stream);
    }
    let mut third = TcpStream::connect(address).await.expect("connected");
    drop(third.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await);
    assert_eq!(until_closed(&mut third).await, "", "it is closed at once");
    // Asked to stop, the wire closes what only waits.
    drop(stop);
    for mut stream in kept {
        assert_eq!(until_closed(&mut stream).await, "");
    }
}

async fn dribbling(on: On) {
    let Some((_folder, world)) = quiet(on, &[], "[gates]\nstall_seconds = 1\n").await else { return };
    let address = world.base.trim_start_matches("http://").to_owned();
    let mut slow = TcpStream::connect(&address).await.expect("connected");
    let head = format!(
        "POST /report HTTP/1.1\r\nHost: {address}\r\nOrigin: {}\r\nContent-Type: multipart/form-data; boundary=x\r\n\
         Content-Length: 100000\r\n\r\n--x\r\n",
        world.base
    );
    slow.write_all(head.as_bytes()).await.expect("written");
    // Nothing more comes: it is answered, and the connection ends.
    let answer = until_closed(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(world.app.shedding.files.counted().0, 0, "its turn is over");
}
crate::on_each!(a_body_that_does_not_come_keeps_no_turn, dribbling);

#[test]
fn every_door_at_which_something_may_be_guessed_is_counted() {
    let free: Vec<String> = doors()
        .iter()
        .filter(|door| matches!(door.access, Access::Public) && door.pace == steward::people::paces::Pace::Free)
        .filter(|door| ["{code}", "{secret}", "{token}"].iter().any(|blank| door.path.contains(blank)))
        .map(|door| format!("{} {}", door.method, door.path))
        .collect();
    // What is published, catalogue's codes and the interface of Open311, which counts for itself, hide nothing.
    let known = [
        "GET /published/{code}",
        "GET /open311/{endpoint}/services/{code}",
        "GET /open311/{endpoint}/tokens/{token}",
        "GET /api/v1/categories/{code}",
    ];
    for door in free {
        assert!(known.contains(&door.as_str()), "{door} may be guessed without being counted");
    }
}
