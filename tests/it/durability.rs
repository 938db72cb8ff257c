//! Nothing that was acknowledged is lost: whoever got a code finds the report, although the program was killed the next
//! moment.

use crate::moulds;
use crate::world::On;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The binary, serving; killed without warning when it is dropped.
struct Program {
    child: Child,
    base: String,
}

impl Program {
    fn start(database: &str, files: &Path) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database, "--files"])
            .arg(files)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let base = lines.map_while(Result::ok).find_map(|line| line.find("http://").map(|at| line[at..].to_owned()));
        Program { child, base: base.expect("it says where it answers") }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // On Unix this is SIGKILL: no handler runs, nothing is flushed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn survives(on: On) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::settled(on, folder.path()).await else { return };
    let files = folder.path().join("files");
    let client = crate::world::plain_client().build().expect("a client");
    let mut codes = Vec::new();
    for round in 0..3 {
        let program = Program::start(&url, &files);
        let posts = (0..12).map(|number| {
            let (client, address) = (client.clone(), format!("{}/api/reports", program.base));
            let report = serde_json::json!({
                "words": format!("路灯不亮，第 {round} 轮第 {number} 盏"), "lon": 123.4094, "lat": 31.2180,
                "key": format!("kill-{round}-{number}"),
            });
            async move {
                let answer = client.post(address).json(&report).send().await.ok()?;
                assert_eq!(answer.status(), 201);
                let answer: serde_json::Value = answer.json().await.ok()?;
                answer["code"].as_str().map(str::to_owned)
            }
        });
        // Killed as soon as the first four have their codes, while others are on their way.
        let mut running: FuturesUnordered<_> = posts.collect();
        for _ in 0..4 {
            codes.push(running.next().await.flatten().expect("a code"));
        }
        drop(program);
        while let Some(late) = running.next().await {
            codes.extend(late);
        }
    }
    assert!(codes.len() >= 12);
    let program = Program::start(&url, &files);
    for code in &codes {
        let page = client.get(format!("{}/track/{code}", program.base)).send().await.expect("an answer");
        assert_eq!(page.status(), 200, "the report {code} was acknowledged and is lost");
        assert!(page.text().await.expect("a page").contains("路灯不亮"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_with_a_code_survives_a_kill_on_sqlite() {
    survives(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_with_a_code_survives_a_kill_on_postgres() {
    survives(On::Postgres).await;
}

/// An open screen listens for news for as long as it is open; the program ends all the same when it is asked to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_screen_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(url) = moulds::empty(On::Sqlite, folder.path()).await else { return };
    let program = Program::start(&url, &folder.path().join("files"));
    let news = reqwest::get(format!("{}/live/public", program.base)).await.expect("a stream");
    assert_eq!(news.status(), 200);
    let asked = Command::new("kill").args(["-TERM", &program.child.id().to_string()]).status().expect("kill");
    assert!(asked.success());
    // The stream comes to its end, and so does the program: without being killed.
    let end = tokio::time::timeout(std::time::Duration::from_secs(60), news.bytes()).await;
    assert!(end.is_ok(), "the stream goes on although the program should end");
    let status = tokio::task::spawn_blocking(move || {
        let mut program = program;
        program.child.wait()
    })
    .await
    .expect("a thread");
    assert!(status.expect("it has ended").success());
}
