//! A city as one file: out of one engine, into the other, and everything is there.

use crate::browser::{Browser, plain};
use crate::moulds;
use crate::stories::{Cast, Citizen};
use crate::world::{MORNING, On, World};
use std::path::Path;
use std::sync::Arc;
use steward::archive::manifest::{Manifest, Table};
use steward::archive::{
    Carried, Carrying, Loading, Meanwhile, Purpose, Taking, Tally, Trouble, bring_in, carry, look_through, take_out,
};
use steward::files::blobs::Blobs;
use steward::kit::db::{Db, DbError, params};
use steward::kit::sources::Sources;

fn blobs(folder: &Path) -> Blobs {
    Blobs::open(&folder.join("files").display().to_string()).expect("a store")
}

async fn taken(db: &Db, folder: &Path, to: &Path) -> Result<Manifest, Trouble> {
    let taking = Taking {
        db: db.clone(),
        blobs: Some(blobs(folder)),
        city: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")),
        now: MORNING,
        progress: Arc::new(|_, _| ()),
    };
    take_out(taking, to).await
}

/// A place for a loaded city.
struct Place {
    folder: tempfile::TempDir,
    url: String,
    db: Db,
}

impl Place {
    async fn new(on: On) -> Option<Place> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = moulds::empty(on, folder.path()).await?;
        let db = Db::open(&url).await.expect("the database opens");
        Some(Place { folder, url, db })
    }

    async fn loads(&self, archive: &Path, purpose: Purpose) -> Result<Manifest, Trouble> {
        let loading = Loading {
            db: self.db.clone(),
            blobs: blobs(self.folder.path()),
            city: None,
            history: Sources::embedded().migrations(),
            purpose,
            now: MORNING,
            progress: Arc::new(|_, _| ()),
        };
        bring_in(loading, archive).await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let count = self.db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get::<i64>(0) });
        count.await.map_err(|error: DbError| error).expect(sql)
    }
}

/// What waits to leave a city: a message, a webhook, a partner, a follow.
async fn waits(db: &Db) {
    let put = |sql: &'static str| async move {
        let put = db.write(move |tx| async move { tx.execute(sql, params![]).await });
        put.await.map_err(|error: DbError| error).expect(sql);
    };
    put("insert into notice_deliveries (id, notice_id, account_id, channel, device_id, urgency, state, due_at, why, tries, lease, \
         fault, detail, made_at) values (7, 7, 7, 'email', 0, 'ordinary', 'waiting', 9999999999999, '', 0, '', '', '', 1)")
    .await;
    put("insert into api_tokens (id, hash, name, contact, account_id, scopes, per_minute, made_at, made_by) \
         select 7, 'h', 'n', 'c', min(id), '', 60, 1, 1 from accounts")
    .await;
    put("insert into webhooks (id, token_id, url, note, kinds, secret, is_active, read_seq, failures, next_at, made_at, made_by) \
         values (7, 7, 'https://hook.example', '', '', 's', 1, 0, 0, 0, 1, 1)")
    .await;
    put("insert into partners (id, name, contact, discovery, url, format, jurisdiction, secret, language, takes, sends, is_told, \
         is_active, is_exact, has_updates, services, rules, offers, updates_until_at, requests_until_at, rules_since_at, next_at, \
         failures, trouble, made_at, made_by, revision) values (7, 'p', '', '', 'https://p.example', 'json', '', '', 'zh-Hans', \
         'nothing', 'by_hand', 0, 1, 0, 0, '', '', '[]', 0, 0, 0, 9999999999999, 0, '', 1, 1, 1)")
    .await;
    put("insert into superior_batches (id, superior, day_on, revision, state, reason, asked_at, manifest, row_count, byte_count, \
         held_count, note_count, refused_count, tries, sent, is_anew, next_at, ask, trouble, version) \
         values (7, 'province', '2026-03-09', 1, 'waiting', '', 1, '', 0, 0, 0, 0, 0, 0, 0, 0, 9999999999999, '', '', 1)")
    .await;
    put("insert into follows (id, email, language, lon, lat, metres, place, area_code, category, pace, secret, made_at, confirmed_at, \
         counted_on, counted, revision) values (7, 'a@example.cn', 'zh-Hans', 118.25, 0.1, 300, '', '', '', 'daily', 's7', 1, 2, '', \
         0, 1)")
    .await;
}

async fn goes_round(from: On, to: On) {
    let Some(world) = World::bare(from).await else { return };
    let Some(place) = Place::new(to).await else { return };
    let cast = Cast::of(&world).await;
    let text = "井盖“破损”，有人摔倒 \u{1f6a7}";
    let lies = [("lon", "123.4087"), ("lat", "31.2172")];
    let citizen = Citizen::reports(&world, text, &lies).await;
    waits(&world.app.db).await;
    let archive = world.folder().join("city.zip");
    let manifest = taken(&world.app.db, world.folder(), &archive).await.expect("an archive");
    assert!(manifest.files.is_some_and(|files| files.count >= 3), "{:?}", manifest.files);
    assert!(manifest.city_files > 3, "the city's folder is in it");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&archive.metadata().expect("the archive"));
        assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
    }
    let refused = taken(&world.app.db, world.folder(), &archive).await.unwrap_err();
    assert!(refused.to_string().contains("is there already"), "{refused}");
    assert_eq!(look_through(&archive, &(Arc::new(|_: &str, _| ()) as _)).expect("it is whole"), manifest);

    assert_eq!(place.loads(&archive, Purpose::Move).await.expect("it is loaded"), manifest);
    // Taken out again, every table of the other engine has the same rows, by count and by sum.
    let again =
        taken(&place.db, place.folder.path(), &place.folder.path().join("again.zip")).await.expect("an archive");
    assert_eq!(again.tables, manifest.tables);
    assert_eq!((again.files, &again.history), (manifest.files, &manifest.history));
    assert_ne!(again.engine, manifest.engine);
    assert_eq!(place.count("select count(*) from sessions").await, 0, "everybody signs in anew");
    assert_eq!(place.count("select count(*) from notice_deliveries where state = 'waiting' and id = 7").await, 1);
    let refused = place.loads(&archive, Purpose::Move).await.unwrap_err();
    assert!(refused.to_string().contains("there is a city in this database already"), "{refused}");
    place.db.close().await;

    // People go on where they were, in the new place.
    let Place { folder, url, .. } = place;
    let moved = World::over(&url, folder).await;
    let browser = Browser::new(&moved);
    let page = browser.reads(&citizen.track).await;
    assert!(page.contains(text), "{page}");
    let picture = plain(&browser.page(&citizen.track).await);
    let photo = picture.split("src=\"/photos/").nth(1).and_then(|rest| rest.split('"').next()).expect("its photo");
    let photo = browser.visitor.get(&format!("/photos/{photo}")).await;
    assert_eq!(photo.status().as_u16(), 200);
    assert!(photo.bytes().await.expect("the photo's bytes").len() > 1000);
    let old = cast.acceptor.visitor.client.get(format!("{}/desk", moved.base)).send().await.expect("an answer");
    assert_eq!(old.status().as_u16(), 303, "a session stays where it was");
    let desk = Browser::signed_in(&moved, "acceptor1").await;
    assert!(desk.reads("/desk").await.contains("井盖"), "the desk has it");
    Citizen::reports(&moved, "路灯不亮", &lies).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_moves_from_sqlite_to_postgres() {
    goes_round(On::Sqlite, On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_moves_from_postgres_to_sqlite() {
    goes_round(On::Postgres, On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_speaks_to_nobody() {
    for on in [On::Sqlite, On::Postgres] {
        let Some(place) = Place::new(on).await else { return };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = moulds::settled(On::Sqlite, folder.path()).await.expect("a city");
        let db = Db::open(&url).await.expect("the database opens");
        waits(&db).await;
        let archive = folder.path().join("city.zip");
        taken(&db, folder.path(), &archive).await.expect("an archive");
        place.loads(&archive, Purpose::Copy).await.expect("it is loaded");
        for (sql, expected) in [
            ("select count(*) from notice_deliveries where state in ('waiting', 'sending')", 0),
            ("select count(*) from notice_deliveries where fault = 'copied'", 1),
            ("select count(*) from webhooks where is_active = 1", 0),
            ("select count(*) from partners where is_active = 1", 0),
            ("select count(*) from superior_batches where state <> 'given_up'", 0),
            ("select count(*) from follows where confirmed_at is not null", 0),
            ("select count(*) from follows", 1),
        ] {
            assert_eq!(place.count(sql).await, expected, "{sql} on {on:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_whole_is_not_loaded_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = moulds::settled(On::Sqlite, folder.path()).await.expect("a city");
    let db = Db::open(&url).await.expect("the database opens");
    blobs(folder.path()).put("original", b"a photo".to_vec()).await.expect("a file");
    let archive = folder.path().join("city.zip");
    taken(&db, folder.path(), &archive).await.expect("an archive");
    let whole = std::fs::read(&archive).expect("the archive");
    let quiet: steward::archive::Progress = Arc::new(|_, _| ());
    let damaged = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let photo = whole.windows(7).position(|bytes| bytes == b"a photo").expect("the photo lies as it is");
    let mut altered = whole.clone();
    altered[photo] = b'b';
    for (name, bytes, expected) in [
        ("cut.zip", whole[..whole.len() / 2].to_vec(), "is no whole archive"),
        ("altered.zip", altered, "files/original/"),
        ("text.zip", b"not a ZIP file".to_vec(), "is no whole archive"),
    ] {
        let path = damaged(name, bytes);
        let told = look_through(&path, &quiet).unwrap_err().to_string();
        assert!(told.contains(expected), "{name}: {told}");
        let place = Place::new(On::Sqlite).await.expect("a place");
        let told = place.loads(&path, Purpose::Move).await.unwrap_err().to_string();
        assert!(told.contains(expected), "{name}: {told}");
        assert!(place.db.migrated().await.expect("its history").is_empty(), "{name}: nothing was begun");
        // And a whole one can be loaded there afterwards.
        place.loads(&archive, Purpose::Move).await.expect("a whole archive");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_an_older_program_are_brought_up_to_date() {
    for on in [On::Sqlite, On::Postgres] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let Some(url) = moulds::empty(on, folder.path()).await else { return };
        let db = Db::open(&url).await.expect("the database opens");
        let history = Sources::embedded().migrations();
        let older = 20;
        db.migrate(history.iter().take(older).cloned().collect()).await.expect("older tables");
        let put = db.write(|tx| async move {
            let sql = "insert into departments (id, code, name_zh, name_en, kind, phone) values (1, 'x', '某局', 'X', 'unit', '')";
            tx.execute(sql, params![]).await
        });
        put.await.map_err(|error: DbError| error).expect("a department");
        let archive = folder.path().join("old.zip");
        assert_eq!(taken(&db, folder.path(), &archive).await.expect("an archive").history.len(), older);
        let place = Place::new(on).await.expect("a place");
        place.loads(&archive, Purpose::Move).await.expect("it is loaded");
        assert_eq!(place.db.migrated().await.expect("its history").len(), history.len());
        assert_eq!(place.count("select count(*) from departments").await, 1);
        // A database with newer tables than the archive is refused in a sentence.
        let newer = Place::new(on).await.expect("a place");
        newer.db.migrate(history).await.expect("the tables");
        let told = newer.loads(&archive, Purpose::Move).await.unwrap_err().to_string();
        assert!(told.contains("newer tables"), "{told}");
    }
}

async fn carried(from: &Db, to: &Db, purpose: Purpose) -> Result<Carried, Trouble> {
    carried_from("sqlite:here.db", from, to, purpose, Meanwhile::StandsStill).await
}

async fn carried_from(
    source: &str,
    from: &Db,
    to: &Db,
    purpose: Purpose,
    meanwhile: Meanwhile,
) -> Result<Carried, Trouble> {
    let carrying = Carrying {
        from: from.clone(),
        source: source.to_owned(),
        to: to.clone(),
        history: Sources::embedded().migrations(),
        purpose,
        meanwhile,
        now: MORNING,
        progress: Arc::new(|_, _| ()),
    };
    carry(carrying).await
}

/// From one engine straight into another: the same rows, by count and by sum, and people go on there.
async fn goes_over(from: On, to: On) {
    let Some(world) = World::quiet(from, Sources::of_demo(), |_| None).await else { return };
    let Some(place) = Place::new(to).await else { return };
    let text = "井盖“破损”，有人摔倒 \u{1f6a7}";
    let citizen = Citizen::reports(&world, text, &[("lon", "123.4087"), ("lat", "31.2172")]).await;
    waits(&world.app.db).await;
    let told = carried(&world.app.db, &place.db, Purpose::Move).await.expect("it is carried over");
    assert!(!told.has_more_come && told.tables.len() > 50, "{} tables", told.tables.len());
    let source = taken(&world.app.db, world.folder(), &world.folder().join("source.zip")).await.expect("an archive");
    let target =
        taken(&place.db, place.folder.path(), &place.folder.path().join("target.zip")).await.expect("an archive");
    assert_eq!(source.tables, told.tables);
    assert_eq!(target.tables, told.tables);
    assert_eq!(target.history, source.history);
    assert_eq!(place.count("select count(*) from sessions").await, 0, "everybody signs in anew");
    assert_eq!(place.count("select count(*) from notice_deliveries where state = 'waiting' and id = 7").await, 1);
    let refused = carried(&world.app.db, &place.db, Purpose::Move).await.unwrap_err().to_string();
    assert!(refused.contains("there is a city in the target already"), "{refused}");
    // Tried out, it speaks to nobody.
    let Some(other) = Place::new(to).await else { return };
    carried(&world.app.db, &other.db, Purpose::Copy).await.expect("it is carried over");
    assert_eq!(other.count("select count(*) from notice_deliveries where state = 'waiting'").await, 0);
    assert_eq!(other.count("select count(*) from webhooks where is_active = 1").await, 0);

    place.db.close().await;
    let Place { folder, url, .. } = place;
    let moved = World::over(&url, folder).await;
    let page = Browser::new(&moved).reads(&citizen.track).await;
    assert!(page.contains(text), "{page}");
    assert!(Browser::new(&world).reads(&citizen.track).await.contains(text), "the source is as it was");
}

/// Every table with the count and sum of its rows, taken anew.
async fn tables(db: &Db, folder: &Path) -> Vec<Table> {
    let to = folder.join(format!("{}.zip", steward::kit::id::fresh()));
    taken(db, folder, &to).await.expect("an archive").tables
}

/// A city that goes on while it is carried over: what is new, what is otherwise and what is gone goes over with the next time, little else,
/// and after the last time the target is whole.
async fn catches_up(from: On, to: On) {
    let Some(world) = World::quiet(from, Sources::of_demo(), |_| None).await else { return };
    let Some(place) = Place::new(to).await else { return };
    let (db, lies) = (&world.app.db, [("lon", "123.4087"), ("lat", "31.2172")]);
    let run = async |sql: &'static str| {
        let done = db.write(move |tx| async move { tx.execute(sql, params![]).await });
        assert!(done.await.map_err(|error: DbError| error).expect(sql) > 0, "{sql}");
    };
    let next = async |source: &str, purpose, meanwhile| carried_from(source, db, &place.db, purpose, meanwhile).await;
    let here = "sqlite:here.db";
    let same = async |told: &Carried| {
        assert_eq!(tables(db, world.folder()).await, told.tables);
        assert_eq!(tables(&place.db, place.folder.path()).await, told.tables);
    };
    Citizen::reports(&world, "井盖破损", &lies).await;
    waits(db).await;
    // Several pages by numbers, several by texts, two rows with something unique, and rows that go with another.
    run("with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000) insert into case_links \
         (id, report_id, from_case_id, into_case_id, stage, linked_at) select i * 10, i, i, i, 'received', i from n")
    .await;
    run("with recursive n (i) as (select 1 union all select i + 1 from n where i < 900) insert into case_marks \
         (case_id, kind, subject_id, number, count, since_at) select i, 'repeat', i, 'R' || i, 1, i from n")
    .await;
    run("insert into departments (id, code, name_zh, name_en, kind) values (901, 'one', '一', 'One', 'unit'), (902, 'two', '二', \
         'Two', 'unit')")
    .await;
    run("insert into follow_news (follow_id, report_id, stage, at) values (7, 1, 'solved', 1), (7, 2, 'solved', 1)")
        .await;

    let told = next(here, Purpose::Move, Meanwhile::GoesOn).await.expect("it is carried over");
    let rows: u64 = told.tables.iter().map(|table| table.rows).sum();
    assert_eq!(told.tally, Tally { compared: rows, copied: rows, removed: 0 });
    same(&told).await;
    assert_eq!(place.count("select count(*) from moves").await, 1, "it is not whole before it is said so");
    // Nothing happened: nothing goes over.
    let again = next(here, Purpose::Move, Meanwhile::GoesOn).await.expect("it is compared");
    assert_eq!((again.tally, &again.tables), (Tally { compared: rows, copied: 0, removed: 0 }, &told.tables));
    // Another city does not go on with it, and it is nothing to be tried out.
    for (source, purpose) in [("sqlite:there.db", Purpose::Move), (here, Purpose::Copy)] {
        let refused = next(source, purpose, Meanwhile::GoesOn).await.unwrap_err().to_string();
        assert!(refused.contains("sqlite:here.db is being carried into the target"), "{refused}");
    }

    // What is not whole itself is carried nowhere.
    let Some(other) = Place::new(On::Sqlite).await else { return };
    let refused = carried(&place.db, &other.db, Purpose::Move).await.unwrap_err().to_string();
    assert!(refused.contains("the source is not whole itself"), "{refused}");

    let second = Citizen::reports(&world, "路灯不亮", &lies).await;
    for sql in [
        "update case_links set linked_at = linked_at + 1 where id in (10, 2500, 8990)",
        "delete from case_links where id >= 1000 and id < 2000",
        "insert into case_links (id, report_id, from_case_id, into_case_id, stage, linked_at) values (15, 1, 1, 1, 'received', 1), \
         (99999, 1, 1, 1, 'received', 1)",
        // More than two pages at one place, and the end.
        "delete from case_links where id > 2600 and id < 8800",
        "delete from case_links where id = 9000",
        "update case_marks set number = '新' where case_id = 450",
        "insert into case_marks (case_id, kind, subject_id, number, count, since_at) values (450, 'other', 1, '号', 1, 1)",
        "update departments set code = 'three' where id = 901",
        "update departments set code = 'one' where id = 902",
        "update departments set code = 'two' where id = 901",
        "update follows set pace = 'weekly' where id = 7",
    ] {
        run(sql).await;
    }
    let told = next(here, Purpose::Move, Meanwhile::GoesOn).await.expect("it is brought up to date");
    same(&told).await;
    assert_eq!(
        place.count("select count(*) from follow_news where follow_id = 7").await,
        2,
        "they stayed or came back"
    );
    let Tally { compared, copied, removed } = told.tally;
    assert!(copied > 0 && copied < compared / 2 && removed >= 700, "{:?}", told.tally);

    for sql in [
        "delete from case_marks where case_id < 100",
        "update case_marks set count = 2 where case_id = 500",
        "delete from case_links where id < 100000",
        "delete from follows where id = 7",
    ] {
        run(sql).await;
    }
    let told = next(here, Purpose::Move, Meanwhile::StandsStill).await.expect("it is whole");
    same(&told).await;
    assert!(!told.has_more_come);
    assert_eq!(place.count("select count(*) from moves").await, 0);
    assert_eq!(place.count("select count(*) from follow_news").await, 0);
    let refused = next(here, Purpose::Move, Meanwhile::GoesOn).await.unwrap_err().to_string();
    assert!(refused.contains("there is a city in the target already"), "{refused}");

    place.db.close().await;
    let Place { folder, url, .. } = place;
    let moved = World::over(&url, folder).await;
    let page = Browser::new(&moved).reads(&second.track).await;
    assert!(page.contains("路灯不亮"), "{page}");
}

/// So many people's futures within one another are more than the stack of a test holds without optimisation.
fn with_room<F: Future<Output = ()>>(over: impl FnOnce() -> F + Send + 'static) {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(over());
    };
    let thread = std::thread::Builder::new().stack_size(16 << 20).spawn(run).expect("a thread");
    thread.join().expect("what it says above");
}

#[test]
fn a_running_city_catches_up_from_sqlite_to_postgres() {
    with_room(|| catches_up(On::Sqlite, On::Postgres));
}

#[test]
fn a_running_city_catches_up_from_postgres_to_sqlite() {
    with_room(|| catches_up(On::Postgres, On::Sqlite));
}

#[test]
fn a_running_city_catches_up_from_one_file_into_another() {
    with_room(|| catches_up(On::Sqlite, On::Sqlite));
}

#[test]
fn a_city_is_carried_from_sqlite_to_postgres() {
    with_room(|| goes_over(On::Sqlite, On::Postgres));
}

#[test]
fn a_city_is_carried_from_postgres_to_sqlite() {
    with_room(|| goes_over(On::Postgres, On::Sqlite));
}

#[test]
fn a_city_is_carried_from_one_file_into_another() {
    with_room(|| goes_over(On::Sqlite, On::Sqlite));
}

#[test]
fn a_city_is_carried_from_one_server_to_another() {
    with_room(|| goes_over(On::Postgres, On::Postgres));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_off_leaves_the_target_empty_and_can_be_done_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = moulds::settled(On::Sqlite, folder.path()).await.expect("a city");
    let db = Db::open(&url).await.expect("the database opens");
    let run = |sql: &'static str| {
        let db = db.clone();
        async move {
            let done = db.write(move |tx| async move { tx.execute(sql, params![]).await });
            assert!(done.await.map_err(|error: DbError| error).expect(sql) > 0, "{sql}");
        }
    };
    for on in [On::Sqlite, On::Postgres] {
        // Rows that no other engine could hold, in the last table but a few.
        run("insert into status_days (part, day_on, good, bad) values ('map', '2026-03-09', 9e999, 0)").await;
        let Some(place) = Place::new(on).await else { return };
        let told = carried(&db, &place.db, Purpose::Move).await.unwrap_err().to_string();
        assert!(told.contains("status_days.good holds inf"), "{told}");
        for sql in ["select count(*) from accounts", "select count(*) from facts", "select count(*) from departments"] {
            assert_eq!(place.count(sql).await, 0, "{sql}");
        }
        run("delete from status_days where day_on = '2026-03-09'").await;
        carried(&db, &place.db, Purpose::Move).await.expect("it is carried over");
        assert!(place.count("select count(*) from accounts").await > 0);
    }
    // A row that the target refuses: the one who reads ends, too.
    run("insert into status_days (part, day_on, good, bad) values ('map', '2026-03-09', 'many', 0)").await;
    let Some(place) = Place::new(On::Postgres).await else { return };
    let told = carried(&db, &place.db, Purpose::Move).await.unwrap_err().to_string();
    assert!(told.contains("status_days") && !told.contains("broke off"), "{told}");
    assert_eq!(place.count("select count(*) from accounts").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_with_nothing_in_it_and_one_of_a_newer_program_are_refused() {
    let (source, target) =
        (Place::new(On::Sqlite).await.expect("a place"), Place::new(On::Sqlite).await.expect("a place"));
    let told = carried(&source.db, &target.db, Purpose::Move).await.unwrap_err().to_string();
    assert!(told.contains("no city at the source"), "{told}");
    source.db.migrate(Sources::embedded().migrations()).await.expect("the tables");
    let newer = source.db.write(|tx| async move {
        tx.execute("insert into migrations (name) values ('migrations/9999_newer.sql')", params![]).await
    });
    newer.await.map_err(|error: DbError| error).expect("a newer script");
    let told = carried(&source.db, &target.db, Purpose::Move).await.unwrap_err().to_string();
    assert!(told.contains("newer program") && told.contains("9999_newer"), "{told}");
}

#[test]
fn the_command_says_what_it_did() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let run = |database: &str, files: &str, words: &[&str]| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["--database", &at(database), "--files", &at(files)])
            .args(words)
            .current_dir(folder.path())
            .output()
            .expect("the program");
        let text = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (made, told) = run("one.db", "one", &["account", "add", "wang", "王工", "system_admin"]);
    assert!(made, "{told}");
    let (written, told) = run("one.db", "one", &["city", "export", &at("city.zip")]);
    assert!(written && told.contains("city.zip") && told.contains("rows of"), "{told}");
    let (whole, told) = run("one.db", "one", &["city", "verify", &at("city.zip")]);
    assert!(whole && told.contains("is whole"), "{told}");
    let (asked, told) = run("two.db", "two", &["city", "import", &at("city.zip")]);
    assert!(!asked && told.contains("--as"), "what for must be said: {told}");
    let (loaded, told) = run("two.db", "two", &["city", "import", &at("city.zip"), "--as", "move"]);
    assert!(loaded && told.contains("everybody signs in anew"), "{told}");
    let (listed, told) = run("two.db", "two", &["account", "list"]);
    assert!(listed && told.contains("wang"), "{told}");
    let to = format!("sqlite:{}", at("three.db"));
    let (moved, told) = run("none.db", "none", &["move", "--from", &format!("sqlite:{}", at("no.db")), "--to", &to]);
    assert!(!moved && told.contains("no city to carry over"), "{told}");
    let from = format!("sqlite:{}", at("one.db"));
    let moving = |words: &[&str]| {
        let mut all = vec!["move", "--from", from.as_str(), "--to", to.as_str()];
        all.extend(words);
        run("none.db", "none", &all)
    };
    let (moved, told) = moving(&[]);
    assert!(moved && told.contains("rows of") && told.contains("a last time with --finish"), "{told}");
    let (_, told) = run("three.db", "three", &["check"]);
    // What `check` calls an error, `serve` does not start with.
    let line = told.lines().find(|line| line.contains("is not whole: the city is being carried into it from"));
    assert!(line.is_some_and(|line| line.starts_with("error") && line.contains("one.db")), "{told}");
    let (changed, told) = run("one.db", "one", &["account", "add", "li", "李工", "security_admin"]);
    assert!(changed, "{told}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let open = runtime.block_on(Db::open(&at("one.db"))).expect("the database opens");
    let (moved, told) = moving(&["--finish"]);
    assert!(!moved && told.contains("does not stand still"), "{told}");
    runtime.block_on(open.close());
    let (moved, told) = moving(&["--finish"]);
    assert!(moved && told.contains("copied ") && told.contains("everybody signs in anew"), "{told}");
    let (moved, told) = moving(&["--finish"]);
    assert!(!moved && told.contains("there is a city in the target already"), "{told}");
    let (listed, told) = run("three.db", "three", &["account", "list"]);
    assert!(listed && told.contains("wang") && told.contains("li"), "{told}");
}
