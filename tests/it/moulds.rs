//! Databases that are ready to be used: each is made once for a build of the tests and copied from then on, because
//! making the tables and settling a city takes longer than most tests do.

use crate::world::{MORNING, On};
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use steward::kit::db::{Db, params};
use steward::kit::id;
use steward::kit::sources::Sources;

/// What a mould holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mould {
    /// The tables.
    Bare,
    /// The invented city with its ground, departments and people, as of [`MORNING`].
    Settled,
}

impl Mould {
    /// The mould's name, the same for all processes of one build.
    fn name(self) -> String {
        let program = std::env::current_exe().expect("this program's path");
        let about = program.metadata().expect("this program's file");
        let made = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).expect("when it was built");
        format!("mould_{self:?}_{}_{}", about.len(), made.as_millis()).to_lowercase()
    }

    /// Fills an empty database.
    async fn fill(self, url: &str) {
        let (sources, db) = (Sources::of_demo(), Db::open(url).await.expect("the database opens"));
        db.migrate(sources.migrations()).await.expect("the tables are made");
        if self == Mould::Settled {
            steward::demo::settle(&db, &sources, MORNING).await.expect("the city is settled");
            // The same password, hashed with less labour: hashing is tested where it is written.
            let hash = light_hash(steward::demo::PASSWORD);
            db.write(|tx| async move { tx.execute("update accounts set password_hash = $1", params![hash]).await })
                .await
                .expect("the passwords");
        }
    }
}

/// An empty database on an engine; nothing when that engine's server is not there (said aloud).
pub async fn empty(on: On, folder: &Path) -> Option<String> {
    match on {
        On::Sqlite => Some(sqlite_url(&folder.join("steward.db"))),
        On::Postgres => {
            let server = Server::of_tests().await?;
            let name = server.fresh_name();
            server.run(&format!("create database {name}")).await;
            server.leave_to(folder, &name).await;
            Some(server.url(&name))
        }
    }
}

/// A database that has its tables; nothing when that engine's server is not there (said aloud).
pub async fn bare(on: On, folder: &Path) -> Option<String> {
    copy(Mould::Bare, on, folder).await
}

/// A database with the invented city in it, as of [`MORNING`]; nothing when that engine's server is not there (said aloud).
pub async fn settled(on: On, folder: &Path) -> Option<String> {
    copy(Mould::Settled, on, folder).await
}

async fn copy(mould: Mould, on: On, folder: &Path) -> Option<String> {
    let name = mould.name();
    let moulds = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moulds");
    std::fs::create_dir_all(&moulds).expect("the folder of moulds");
    match on {
        On::Sqlite => {
            let (made, own) = (moulds.join(&name).with_extension("db"), folder.join("steward.db"));
            if !made.exists() {
                let _turn = turn(&moulds, "sqlite");
                if !made.exists() {
                    let url = sqlite_url(&folder.join("new.db"));
                    mould.fill(&url).await;
                    // One whole file, without a write-ahead log beside it.
                    let (db, new) =
                        (rusqlite::Connection::open(folder.join("new.db")), moulds.join(format!("{name}.new")));
                    let path = new.display().to_string();
                    drop(std::fs::remove_file(&new));
                    db.and_then(|db| db.execute("vacuum into ?1", [path])).expect("the mould is written");
                    std::fs::rename(&new, &made).expect("the mould is in its place");
                }
            }
            std::fs::copy(&made, &own).expect("a copy of the mould");
            Some(sqlite_url(&own))
        }
        On::Postgres => {
            let server = Server::of_tests().await?;
            if !server.has(&name).await {
                let _turn = turn(&moulds, "postgres");
                if !server.has(&name).await {
                    // A database can be copied only while nobody is in it: it gets its name when all have left it.
                    let new = server.fresh_name();
                    server.run(&format!("create database {new}")).await;
                    mould.fill(&server.url(&new)).await;
                    server
                        .run(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{new}'"))
                        .await;
                    server.run(&format!("alter database {new} rename to {name}")).await;
                }
            }
            let own = server.fresh_name();
            server.run(&format!("create database {own} template {name}")).await;
            server.leave_to(folder, &own).await;
            Some(server.url(&own))
        }
    }
}

/// A password's hash that takes next to no labour to verify.
fn light_hash(password: &str) -> String {
    let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("parameters");
    let hash: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &id::random_bytes::<16>())
        .expect("a hash");
    hash.to_string()
}

/// Waits until no other process makes a mould for this engine.
fn turn(moulds: &Path, engine: &str) -> File {
    let file = File::create(moulds.join(format!("{engine}.lock"))).expect("a lock");
    file.lock().expect("one's turn");
    file
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// The PostgreSQL server of the tests.
struct Server {
    client: tokio_postgres::Client,
    address: String,
}

impl Server {
    async fn of_tests() -> Option<Server> {
        let Ok(server) = std::env::var("STEWARD_TEST_POSTGRES") else {
            eprintln!("skipped: STEWARD_TEST_POSTGRES is not set, so there is no PostgreSQL to test on");
            return None;
        };
        let (client, connection) =
            tokio_postgres::connect(&server, tokio_postgres::NoTls).await.expect("the PostgreSQL server answers");
        tokio::spawn(connection);
        let (address, _) = server.rsplit_once('/').expect("an address with a database");
        Some(Server { client, address: address.to_owned() })
    }

    async fn run(&self, statement: &str) {
        self.client.batch_execute(statement).await.expect(statement);
    }

    async fn has(&self, database: &str) -> bool {
        let found = self.client.query("select 1 from pg_database where datname = $1", &[&database]).await;
        !found.expect("the server's databases").is_empty()
    }

    /// Notes that a database goes with a test's folder, and drops those whose folders are gone: several hundred
    /// databases of fifteen megabytes would fill a small machine's disk.
    async fn leave_to(&self, folder: &Path, database: &str) {
        let notes = Path::new(env!("CARGO_TARGET_TMPDIR")).join("databases");
        std::fs::create_dir_all(&notes).expect("the folder of notes");
        let left: Vec<PathBuf> =
            std::fs::read_dir(&notes).expect("the notes").filter_map(|note| Some(note.ok()?.path())).collect();
        std::fs::write(notes.join(database), folder.as_os_str().as_encoded_bytes()).expect("a note");
        for note in left {
            let gone = std::fs::read_to_string(&note).is_ok_and(|folder| !folder.is_empty() && !Path::new(&folder).exists());
            let Some(name) = note.file_name().and_then(|name| name.to_str()).filter(|_| gone) else { continue };
            // Whoever takes the note away drops the database; one of an earlier server is not there any more.
            if std::fs::remove_file(&note).is_ok() {
                drop(self.client.batch_execute(&format!("drop database if exists {name} with (force)")).await);
            }
        }
    }

    fn fresh_name(&self) -> String {
        format!("steward_{}", id::fresh())
    }

    fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.address)
    }
}
