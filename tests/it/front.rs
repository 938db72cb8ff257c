//! What stands before every room: the health check, errors that people can read, and the headers.

use crate::on_both;
use crate::world::{On, World};
use reqwest::multipart::Form;
use steward::kit::sources::Sources;

on_both!(a_missing_page_says_so_in_the_readers_language, |world: World| async move {
    let visitor = world.visitor();
    assert_eq!(visitor.get("/healthz").await.status(), 200);
    let response = visitor.get("/no-such-page?lang=en").await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(
        response.headers()["content-security-policy"]
            .to_str()
            .is_ok_and(|policy| policy.contains("default-src 'self'"))
    );
    let english = response.text().await.expect("a page");
    let chinese = visitor.get("/no-such-page?lang=zh-Hans").await.text().await.expect("a page");
    assert!(english.contains("lang=\"en\""), "{english}");
    assert!(chinese.contains("lang=\"zh-Hans\""), "{chinese}");
    assert!(chinese.contains("望澜城市管家"));
});

on_both!(a_form_from_another_site_is_refused, |world: World| async move {
    let visitor = world.visitor();
    let url = format!("{}/sign-in", world.base);
    let response =
        visitor.client.post(url).header("origin", "https://elsewhere.example").form(&[("login", "x")]).send().await;
    assert_eq!(response.expect("an answer").status(), 403);
});

on_both!(whatever_cannot_be_read_is_answered_with_a_page, |world: World| async move {
    let acceptor = crate::browser::Browser::signed_in(&world, "acceptor1").await;
    let keeper = crate::browser::Browser::signed_in(&world, "keeper1").await;
    let send = |path: &str, kind: &'static str, body: &'static str| {
        let who = if path.ends_with("/check") { &keeper } else { &acceptor };
        let request = who.visitor.client.post(format!("{}{path}", world.base)).header("origin", world.base.clone());
        let request = request.header("referer", format!("{}/desk?stage=received", world.base));
        async move {
            let answer = request.header("content-type", kind).body(body).send().await.expect("an answer");
            (answer.status().as_u16(), answer.text().await.expect("a page"))
        }
    };
    let form = "application/x-www-form-urlencoded";
    for (path, kind, body, status, told) in [
        // A staff form with photographs, sent as something else, without its boundary, and broken off.
        ("/cases/1/check", form, "found=yes", 400, "提交的内容不完整"),
        ("/cases/1/check", "multipart/form-data", "found", 400, "提交的内容不完整"),
        ("/cases/1/accept", "application/json", "{}", 415, "提交的内容不完整"),
        ("/cases/not-a-number/accept", form, "", 400, "提交的内容不完整"),
        ("/report", "multipart/form-data", "words", 422, "没有"),
    ] {
        let (found, page) = send(path, kind, body).await;
        let read = crate::browser::words(&page);
        assert_eq!(found, status, "{path}: {read}");
        assert!(page.contains("lang=\"zh-Hans\"") && read.contains(told), "{path} {kind}: {read}");
        assert!(crate::browser::plain(&page).contains("href=\"/desk?stage=received\""), "{path}: a way back: {read}");
    }
    for path in ["/cases/not-a-number", "/track", "/cases/1/accept", "/photos/1/huge", "/admin/imports/x"] {
        let answer = acceptor.look(path).await;
        let is_page =
            answer.text.contains("<html") && !answer.text.contains("Invalid") && !answer.text.contains("parse");
        assert!(is_page, "{path}: {}: {}", answer.status, answer.text);
    }
    let elsewhere = acceptor.send_from(&acceptor.form("/report", "/report").await, "https://elsewhere.example").await;
    assert_eq!(elsewhere.status, 403);
    assert!(crate::browser::words(&elsewhere.text).contains("请从本站页面提交"), "{}", elsewhere.text);
    let request = acceptor.visitor.client.post(format!("{}/cases/1/accept", world.base));
    let request = request.header("origin", world.base.clone()).header("content-type", "application/json");
    let odd = request.header("referer", format!("{}//elsewhere.example/desk", world.base)).body("{}").send().await;
    let page = crate::browser::plain(&odd.expect("an answer").text().await.expect("a page"));
    assert!(page.contains("href=\"/elsewhere.example/desk\""), "the way back stays here: {page}");
    // Programs are answered as programs, and watchmen with a bare status.
    let program = acceptor.visitor.client.post(format!("{}/api/reports", world.base)).body("{").send().await;
    let kind = program.expect("an answer").headers()["content-type"].to_str().unwrap_or_default().to_owned();
    assert!(kind.starts_with("application/json"), "{kind}");
});

/// A city of its own: another name over its pages, a base map of somebody else, numbers by the year.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_differs_by_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = include_str!("../../demo/city.toml")
        .replace("programme = \"望澜城市管家\"", "programme = \"临江随手拍\"")
        .replace(
            "raster = \"\"",
            "raster = \"https://t0.tiles.example/{z}/{x}/{y}.png https://t1.tiles.example/{z}/{x}/{y}.png\"",
        )
        .replace("attribution = \"\"", "attribution = \"临江测绘 GS(2026)1 号\"")
        .replace("WL{yyyymmdd}{serial:4}", "临江-{yyyy}-{serial:6}");
    std::fs::write(folder.path().join("city.toml"), settings).expect("a file");
    let world = World::of(On::Sqlite, Sources::of_city(folder.path())).await.expect("a city");
    let visitor = world.visitor();

    let answer = visitor.get("/report").await;
    let policy = answer.headers()["content-security-policy"].to_str().expect("a policy").to_owned();
    for part in ["connect-src", "img-src"] {
        let rule = policy.split(';').find(|rule| rule.trim().starts_with(part)).unwrap_or_default();
        assert!(rule.contains("https://t0.tiles.example https://t1.tiles.example"), "{policy}");
    }
    let page = answer.text().await.expect("a page");
    assert!(page.contains("<span>临江随手拍</span>"), "{page}");
    let plain = page.replace("&#x2f;", "/");
    assert!(
        plain.contains("data-raster=\"https://t0.tiles.example/{z}/{x}/{y}.png") && plain.contains("GS(2026)1 号"),
        "{page}"
    );

    for (serial, words) in [(1, "路灯不亮"), (2, "井盖破损")] {
        let key = format!("0000000000{serial:06}");
        let form = Form::new().text("key", key).text("words", words).text("address", "中山路 8 号");
        let request = visitor.client.post(format!("{}/report", world.base)).header("origin", world.base.clone());
        let sent = request.multipart(form).send().await.expect("an answer");
        assert_eq!(sent.status(), 303);
        let number = format!("临江-2026-{serial:06}");
        let mut tries = 0;
        let found = loop {
            let wanted = number.clone();
            let rows = world.app.db.read(|tx| async move {
                tx.query("select number from cases where number = $1", steward::kit::db::params![wanted]).await
            });
            let rows: Result<_, steward::kit::db::DbError> = rows.await;
            tries += 1;
            if rows.expect("an answer").len() == 1 || tries > 100 {
                break tries <= 100;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        assert!(found, "{number}");
    }
    let ours = World::start(On::Sqlite).await.expect("the invented city").visitor().get("/report").await;
    assert!(
        !ours.headers()["content-security-policy"].to_str().expect("a policy").contains("http"),
        "nobody else is asked"
    );
}

on_both!(a_refused_upload_reads_its_refusal_and_the_connection_goes_on, |world: World| async move {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = world.base.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&host).await.expect("a connection");
    // Six megabytes of photographs for a door that is locked: nobody is signed in.
    let long = 6 << 20;
    let head = format!(
        "POST /cases/1/hand-in HTTP/1.1\r\nhost: {host}\r\norigin: {}\r\ncontent-type: multipart/form-data; \
         boundary=x\r\ncontent-length: {long}\r\n\r\n",
        world.base
    );
    stream.write_all(head.as_bytes()).await.expect("the head is sent");
    for _ in 0..long / 4096 {
        stream.write_all(&[b'x'; 4096]).await.expect("the body is taken to its end");
        tokio::task::yield_now().await;
    }
    let next = format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(next.as_bytes()).await.expect("the next request is sent");
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.expect("both answers");
    let read = String::from_utf8_lossy(&read);
    assert!(read.starts_with("HTTP/1.1 303"), "{read}");
    assert!(read.contains("HTTP/1.1 200") && read.ends_with("ok\n"), "the next request on it is answered: {read}");
});
