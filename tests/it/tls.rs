//! TLS to PostgreSQL, against servers of the test's own: what each word of the address asks for, which server is believed, and the
//! sentence for every mistake.

use crate::crashes::Cluster;
use std::process::Command;
use std::time::Duration;
use steward::kit::db::{Db, DbError, params};

const PASSWORD: &str = "quite-a-secret";

fn path(name: &str) -> String {
    format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What is asked, and whether the connection is encrypted or which words say why there is none.
type Row = (String, Result<bool, &'static str>);

/// Whether a connection is encrypted, or why there is none.
async fn encrypted(url: &str) -> Result<bool, String> {
    let db = Db::open(url).await.map_err(|error| error.to_string())?;
    let sql = "select case when ssl then 1 else 0 end from pg_stat_ssl where pid = pg_backend_pid()";
    let found = db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get::<bool>(0) }).await;
    db.close().await;
    found.map_err(|error: DbError| error.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_spoken_to_by_tls_as_its_address_asks() {
    let Some(cluster) = Cluster::new() else { return };
    let at = |account: &str, query: &str| format!("postgres://{account}@127.0.0.1:{}/steward?{query}", cluster.1);
    let admin = Db::open(&at("steward", "")).await.expect("the server answers");
    let accounts = "create role keeper login superuser password 'quite-a-secret'; create role carded login superuser";
    let made = admin.write(move |tx| async move { tx.script(accounts).await }).await;
    made.map_err(|error: DbError| error).expect("two accounts");
    admin.close().await;

    // A server without TLS: whoever insists hears it, whoever only prefers it does without.
    let refused = encrypted(&at("steward", "sslmode=require")).await.expect_err("it does no TLS");
    assert!(refused.contains("the server does no TLS"), "{refused}");
    assert_eq!(encrypted(&at("steward", "")).await, Ok(false));

    let is_told = |name: &str| Cluster::run(&["tls", &cluster.folder(), name]).expect("it does TLS");
    let root = format!("sslrootcert={}", path("authority.pem"));
    let other = format!("sslrootcert={}", path("alone.pem"));
    // The server's certificate, and what comes of each address.
    let rows: [(&str, Vec<Row>); 5] = [
        (
            "server",
            vec![
                (String::new(), Ok(true)),
                ("sslmode=disable".into(), Ok(false)),
                ("sslmode=prefer".into(), Ok(true)),
                ("sslmode=require".into(), Ok(true)),
                (format!("sslmode=require&{root}"), Ok(true)),
                (format!("sslmode=verify-ca&{root}"), Ok(true)),
                (format!("sslmode=verify-full&{root}"), Ok(true)),
                (format!("sslmode=require&{other}"), Err("no authority that is believed here")),
                (format!("sslmode=verify-full&{other}"), Err("no authority that is believed here")),
                (other.clone(), Err("no authority that is believed here")),
            ],
        ),
        (
            "elsewhere",
            vec![
                ("sslmode=require".into(), Ok(true)),
                (format!("sslmode=verify-ca&{root}"), Ok(true)),
                (format!("sslmode=verify-full&{root}"), Err("db.elsewhere.example")),
            ],
        ),
        (
            "expired",
            vec![("sslmode=require".into(), Ok(true)), (format!("sslmode=verify-ca&{root}"), Err("has run out"))],
        ),
        (
            "alone",
            vec![
                (format!("sslmode=verify-full&{other}"), Ok(true)),
                (format!("sslmode=verify-full&{root}"), Err("is its own authority")),
            ],
        ),
        // What the program cannot take is done without where TLS is only preferred, as libpq does.
        ("first", vec![("sslmode=require".into(), Err("X.509 version 1")), (String::new(), Ok(false))]),
    ];
    for (certificate, asked) in rows {
        is_told(certificate);
        for (query, expected) in asked {
            let found = encrypted(&at("steward", &query)).await;
            match (&found, expected) {
                (Ok(is_so), Ok(expected)) => assert_eq!(*is_so, expected, "{certificate}, {query}"),
                (Err(said), Err(words)) => assert!(said.contains(words), "{certificate}, {query}: {said}"),
                (found, expected) => panic!("{certificate}, {query}: {found:?} and not {expected:?}"),
            }
        }
    }

    // A password that is bound to the connection, an account with a certificate, and the connection on which news is heard.
    is_told("server");
    let sworn = format!("keeper:{PASSWORD}");
    let open = encrypted(&at(&sworn, "sslmode=disable")).await.expect_err("the server wants TLS");
    assert!(open.contains("no encryption") && !open.contains(PASSWORD), "{open}");
    assert_eq!(encrypted(&at(&sworn, &format!("sslmode=verify-full&channel_binding=require&{root}"))).await, Ok(true));
    let carded = encrypted(&at("carded", "sslmode=require")).await.expect_err("the server wants a certificate");
    assert!(carded.contains("certificate"), "{carded}");
    let card = format!("sslmode=require&sslcert={}&sslkey={}", path("client.pem"), path("client.key"));
    assert_eq!(encrypted(&at("carded", &card)).await, Ok(true));

    let db = Db::open(&at(&sworn, &format!("sslmode=verify-full&{root}"))).await.expect("the database opens");
    let (heard, mut told) = tokio::sync::mpsc::unbounded_channel();
    let ear = db.clone();
    let hearing = tokio::spawn(async move { ear.hear(|words| drop(heard.send(words.to_owned()))).await });
    let news = loop {
        db.notify("new".to_owned()).await.expect("it is told");
        if let Ok(words) = tokio::time::timeout(Duration::from_millis(200), told.recv()).await {
            break words;
        }
    };
    assert_eq!(news.as_deref(), Some("new"));
    hearing.abort();

    // At the command line: one sentence, before anything is done, and never the password.
    let folder = tempfile::tempdir().expect("a folder");
    for (command, query, words) in [
        ("check", "sslmode=verify-full", "sslrootcert=PATH"),
        ("check", "sslmode=always", "sslmode=always is unknown"),
        ("check", "sslmode=require&sslrootcert=/nowhere/root.pem", "/nowhere/root.pem cannot be read"),
        ("check", other.as_str(), "no authority that is believed here"),
        ("serve", other.as_str(), "no authority that is believed here"),
        ("migrate", "sslmode=verify-ca", "sslrootcert=PATH"),
    ] {
        let ended = Command::new(env!("CARGO_BIN_EXE_steward"))
            .args([command, "--listen", "127.0.0.1:0", "--database", &at(&sworn, query)])
            .current_dir(folder.path())
            .output()
            .expect("the program runs");
        let said = [ended.stdout.as_slice(), ended.stderr.as_slice()].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!ended.status.success() && said.contains(words), "{command}, {query}: {said}");
        assert!(!said.contains(PASSWORD), "{command}, {query}: {said}");
    }
}
