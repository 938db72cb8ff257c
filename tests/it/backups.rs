//! Backups are tested by restoring them: whole sets, damaged ones, sets made while people report.

use crate::browser::photo;
use crate::moulds;
use crate::on_each;
use crate::stories::Citizen;
use crate::world::{MORNING, On, World};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use steward::archive::manifest::Table;
use steward::archive::{Progress, Purpose, Taking, Trouble, take_out};
use steward::backups::set::{Manifest, Retention};
use steward::backups::{Making, Restoring, look_through, make, prune, restore, running};
use steward::files::blobs::Blobs;
use steward::files::sweeping::{Checked, Sweeper};
use steward::files::{freshen, store, waiting};
use steward::kit::clock::Clock;
use steward::kit::db::{Db, DbError, params};
use steward::kit::sources::Sources;
use steward::timeline::reading::FAR_BACK;
use steward::timeline::verifying::verify;
use steward::timeline::{feed, sealing};

const LIES: [(&str, &str); 2] = [("lon", "123.4087"), ("lat", "31.2172")];
const DAY: i64 = 86_400_000;

fn silent() -> Progress {
    Arc::new(|_, _| ())
}

async fn quiet(on: On) -> Option<World> {
    World::quiet(on, Sources::of_demo(), |_| None).await
}

fn files_of(folder: &Path) -> Blobs {
    Blobs::open(&folder.join("files").display().to_string()).expect("a store")
}

async fn made(world: &World, to: &Path) -> Result<(PathBuf, Manifest), Trouble> {
    made_while(world, to, silent()).await
}

/// A set whose making is heard of step by step.
async fn made_while(world: &World, to: &Path, progress: Progress) -> Result<(PathBuf, Manifest), Trouble> {
    let making = Making {
        db: world.app.db.clone(),
        blobs: world.app.blobs.clone(),
        city: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")),
        to: to.to_owned(),
        clock: world.clock.clone(),
        progress,
    };
    make(making).await
}

/// Where a set is restored to.
struct Place {
    folder: tempfile::TempDir,
    url: String,
}

impl Place {
    async fn new(on: On) -> Option<Place> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = moulds::empty(on, folder.path()).await?;
        Some(Place { folder, url })
    }

    async fn restores(&self, set: &Path, purpose: Purpose) -> Result<Manifest, Trouble> {
        let restoring = Restoring {
            set: set.to_owned(),
            to: self.url.clone(),
            blobs: files_of(self.folder.path()),
            city: Some(self.folder.path().join("city")),
            history: Sources::embedded().migrations(),
            purpose,
            now: MORNING,
            progress: silent(),
        };
        restore(restoring).await
    }

    async fn opened(&self) -> Db {
        let db = Db::open(&self.url).await.expect("the database opens");
        db.migrate(Sources::embedded().migrations()).await.expect("the tables are up to date");
        db
    }
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    let found = db.read(move |tx| async move { tx.query_one(sql, params![]).await?.get(0) });
    found.await.map_err(|error: DbError| error).expect(sql)
}

/// Every table by count and sum.
async fn sums(db: &Db, folder: &Path) -> Vec<Table> {
    let taking = Taking { db: db.clone(), blobs: None, city: None, now: MORNING, progress: silent() };
    let to = folder.join(format!("sums-{}.zip", steward::kit::id::fresh()));
    take_out(taking, &to).await.expect("the tables").tables
}

/// Every file that a row knows is there, and is what it was.
async fn checked(db: &Db, blobs: &Blobs) -> Checked {
    let sweeper = Sweeper { db: db.clone(), blobs: blobs.clone(), orphan_days: 2, now: Clock::system().now() };
    sweeper.check(100, |_, _, _, _| {}).await.expect("the files are read")
}

/// The files of a set, by shelf and digest.
fn listed(set: &Path) -> BTreeSet<String> {
    let file = std::fs::File::open(set.join("files.gz")).expect("a list");
    let lines = std::io::read_to_string(flate2::read::GzDecoder::new(file)).expect("a list that is whole");
    lines.lines().map(|line| line.rsplit_once(' ').expect("a size").0.to_owned()).collect()
}

fn count_of(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.map(|path| if path.is_dir() { count_of(&path) } else { 1 }).sum()
}

on_each!(a_set_made_while_people_report_belongs_together_and_comes_back, |on: On| async move {
    let Some(world) = quiet(on).await else { return };
    let backups = tempfile::tempdir().expect("a folder");
    Box::pin(Citizen::reports(&world, "井盖“破损” \u{1f6a7}", &LIES)).await;
    feed::place(&world.app, FAR_BACK).await.expect("facts are placed");
    sealing::seal_all(&world.app).await.expect("facts are sealed");
    let is_made = AtomicBool::new(false);
    let making = async {
        let set = made(&world, backups.path()).await;
        is_made.store(true, Ordering::Release);
        set
    };
    let reporting = async {
        for _ in 0..3 {
            if !is_made.load(Ordering::Acquire) {
                Box::pin(Citizen::reports(&world, "路灯不亮", &LIES)).await;
            }
        }
    };
    let (set, ()) = tokio::join!(making, reporting);
    let (set, manifest) = set.expect("a set");
    assert!(manifest.files >= 3 && manifest.missing.is_empty(), "{manifest:?}");
    assert!(manifest.city.len() > 3, "the city's folder is in it");
    let looked = look_through(&set, &silent()).await.expect("it is read");
    assert_eq!((looked.count, &looked.manifest), (0, &manifest));

    let Some(place) = Place::new(on).await else { return };
    assert_eq!(place.restores(&set, Purpose::Move).await.expect("it is restored"), manifest);
    let (db, blobs) = (place.opened().await, files_of(place.folder.path()));
    let (before, now) = (
        number(&db, "select count(*) from reports").await,
        number(&world.app.db, "select count(*) from reports").await,
    );
    assert!((1..=now).contains(&before), "{before} of {now}");
    assert_eq!(number(&db, "select count(*) from photos").await, before, "each report has its photo");
    let files = checked(&db, &blobs).await;
    assert!(files.files >= 3 && files.wrong == 0, "{files:?}");
    let walked = verify(&db, None, |_, _| (), |fault| panic!("{fault}")).await.expect("it is walked over");
    assert!(walked.head.is_some());
    assert!(place.folder.path().join("city/city.toml").exists());
    db.close().await;
    let refused = place.restores(&set, Purpose::Move).await.unwrap_err().to_string();
    assert!(refused.contains("already"), "{refused}");

    // The next day's set costs only what is new, and holds the same rows as the city.
    world.clock.set(MORNING.plus(DAY));
    Box::pin(Citizen::reports(&world, "路灯不亮", &LIES)).await;
    let (next, _) = made(&world, backups.path()).await.expect("another set");
    // What was on its way while the first set was made is on its list alone.
    let both = listed(&set).union(&listed(&next)).count();
    assert_eq!(count_of(&backups.path().join("files")), both, "each file is kept once");
    let Some(place) = Place::new(on).await else { return };
    place.restores(&next, Purpose::Move).await.expect("it is restored");
    let db = place.opened().await;
    assert_eq!(sums(&db, place.folder.path()).await, sums(&world.app.db, world.folder()).await);
    assert_eq!(count_of(&place.folder.path().join("files")), count_of(&world.folder().join("files")));
    db.close().await;
});

on_each!(a_photo_that_waited_in_the_moment_of_the_rows_is_in_the_set, |on: On| async move {
    let Some(world) = quiet(on).await else { return };
    let app = world.app.clone();
    app.blobs.put("original", b"an older photo".to_vec()).await.expect("a file");
    let (is_kept, is_sent) = (AtomicBool::new(false), AtomicBool::new(false));
    // A photo comes in after the store was read and before the rows are copied; its form is sent once they are, before the store is read
    // again.
    let meanwhile: Progress = Arc::new(move |what, _| {
        let app = app.clone();
        let doing = async {
            if what == "database" && !is_kept.swap(true, Ordering::AcqRel) {
                let fresh = freshen(photo("bin-before")).await.expect("a photo");
                waiting::keep(&app, "a form", &fresh).await.expect("it waits");
            } else if what == "files" && is_kept.load(Ordering::Acquire) && !is_sent.swap(true, Ordering::AcqRel) {
                let taken = app.db.write(|tx| async move { store::forget_waiting(&tx, "a form").await });
                let waited = taken.await.map_err(|error: DbError| error).expect("what waits");
                for one in &waited {
                    waiting::seal(&app, one).await.expect("it is sealed");
                }
                waiting::discard(&app, waited).await.expect("it waits no longer");
            }
        };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(doing));
    });
    let backups = tempfile::tempdir().expect("a folder");
    let (set, manifest) = made_while(&world, backups.path(), meanwhile).await.expect("a set");
    assert_eq!(manifest.missing, [""; 0]);
    let Some(place) = Place::new(on).await else { return };
    place.restores(&set, Purpose::Move).await.expect("it is restored");
    let (db, blobs) = (place.opened().await, files_of(place.folder.path()));
    assert_eq!(number(&db, "select count(*) from waiting_photos").await, 1, "it waited in that moment");
    assert_eq!(number(&world.app.db, "select count(*) from waiting_photos").await, 0, "it waits no longer");
    let files = checked(&db, &blobs).await;
    assert!(files.files == 3 && files.wrong == 0, "{files:?}");
    db.close().await;
});

on_each!(a_copy_is_quiet, |on: On| async move {
    let Some(world) = quiet(on).await else { return };
    let put = world.app.db.write(|tx| async move {
        let sql = "insert into notice_deliveries (id, notice_id, account_id, channel, device_id, urgency, state, due_at, why, tries, \
                   lease, fault, detail, made_at) values (7, 7, 7, 'email', 0, 'ordinary', 'waiting', 9999999999999, '', 0, '', '', '', 1)";
        tx.execute(sql, params![]).await
    });
    put.await.map_err(|error: DbError| error).expect("what waits");
    let backups = tempfile::tempdir().expect("a folder");
    let (set, _) = made(&world, backups.path()).await.expect("a set");
    for (purpose, expected) in [(Purpose::Move, 1), (Purpose::Copy, 0)] {
        let Some(place) = Place::new(on).await else { return };
        place.restores(&set, purpose).await.expect("it is restored");
        let db = place.opened().await;
        let waiting = "select count(*) from notice_deliveries where state = 'waiting'";
        assert_eq!(number(&db, waiting).await, expected, "{purpose:?}");
        db.close().await;
    }
});

on_each!(what_is_damaged_is_named_and_not_restored, |on: On| async move {
    let Some(world) = quiet(on).await else { return };
    world.app.blobs.put("original", b"a photo".to_vec()).await.expect("a file");
    let backups = tempfile::tempdir().expect("a folder");
    let (set, manifest) = made(&world, backups.path()).await.expect("a set");
    let pool = backups.path().join("files");
    let photo = {
        let mut path = pool.join("original");
        while path.is_dir() {
            path = std::fs::read_dir(&path).expect("a folder").next().expect("an entry").expect("an entry").path();
        }
        path
    };
    let database = set.join(&manifest.database.path);
    for (path, expected) in [
        (database.clone(), manifest.database.path.as_str()),
        (set.join("files.gz"), "files.gz"),
        (set.join("city/city.toml"), "city/city.toml"),
        (photo.clone(), "was altered"),
    ] {
        let whole = std::fs::read(&path).expect("a file");
        let mut altered = whole.clone();
        let last = altered.len() - 1;
        altered[last] ^= 1;
        std::fs::write(&path, &altered).expect("a file");
        let looked = look_through(&set, &silent()).await.expect("it is read");
        assert!(looked.count == 1 && looked.faults[0].contains(expected), "{expected}: {:?}", looked.faults);
        let Some(place) = Place::new(on).await else { return };
        let told = place.restores(&set, Purpose::Move).await.unwrap_err().to_string();
        assert!(told.contains(expected), "{expected}: {told}");
        let db = Db::open(&place.url).await.expect("the database opens");
        assert!(db.migrated().await.expect("its history").is_empty(), "{expected}: there is no city");
        db.close().await;
        std::fs::write(&path, &whole).expect("a file");
    }
    let whole = std::fs::read(&photo).expect("a file");
    std::fs::remove_file(&photo).expect("the file is gone");
    let looked = look_through(&set, &silent()).await.expect("it is read");
    assert!(looked.count == 1 && looked.faults[0].contains("is gone"), "{:?}", looked.faults);
    std::fs::write(&photo, whole).expect("a file");
    assert_eq!(look_through(&set, &silent()).await.expect("it is read").count, 0);
    std::fs::remove_file(set.join("manifest.json")).expect("the manifest");
    let told = look_through(&set, &silent()).await.unwrap_err().to_string();
    assert!(told.contains("never finished"), "{told}");
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_the_store_lost_is_named_by_the_set() {
    let Some(world) = quiet(On::Sqlite).await else { return };
    Box::pin(Citizen::reports(&world, "路灯不亮", &LIES)).await;
    std::fs::remove_dir_all(world.folder().join("files/original")).expect("the originals");
    let backups = tempfile::tempdir().expect("a folder");
    let (set, manifest) = made(&world, backups.path()).await.expect("a set");
    assert!(matches!(&manifest.missing[..], [one] if one.starts_with("original ")), "{:?}", manifest.missing);
    // Once it is back, the next set has it.
    world.clock.set(MORNING.plus(DAY));
    Box::pin(Citizen::reports(&world, "路灯不亮", &LIES)).await;
    let (next, manifest) = made(&world, backups.path()).await.expect("a set");
    assert_eq!(manifest.missing, Vec::<String>::new());
    // What an earlier set has kept, the next one has, too, whatever the store loses.
    std::fs::remove_dir_all(world.folder().join("files/public")).expect("the copies");
    world.clock.set(MORNING.plus(2 * DAY));
    let (last, again) = made(&world, backups.path()).await.expect("a set");
    assert_eq!((again.missing.len(), again.files), (0, manifest.files));
    for set in [set, next, last] {
        assert_eq!(look_through(&set, &silent()).await.expect("it is read").count, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_sets_go_and_take_only_their_own_files_along() {
    let Some(world) = quiet(On::Sqlite).await else { return };
    let backups = tempfile::tempdir().expect("a folder");
    let to = backups.path().to_owned();
    let zone = world.app.city.zone();
    let mut sets = Vec::new();
    for day in 0..3 {
        world.clock.set(MORNING.plus(day * DAY));
        std::fs::remove_dir_all(world.folder().join("files/document")).unwrap_or_default();
        world.app.blobs.put("document", format!("of day {day}").into_bytes()).await.expect("a file");
        world.app.blobs.put("original", b"of all days".to_vec()).await.expect("a file");
        sets.push(made(&world, &to).await.expect("a set").0);
    }
    std::fs::create_dir_all(to.join("sets/20260101T000000Z.part")).expect("what was never finished");
    std::fs::create_dir_all(to.join("sets/notes")).expect("somebody's folder");
    let keep = Retention { daily: 2, weekly: 0, monthly: 0 };
    let would = prune(&to, &keep, &zone, true).expect("it is counted");
    assert_eq!((would.sets.len(), would.kept, would.files), (1, 2, 1));
    assert!(sets.iter().all(|set| set.exists()) && count_of(&to.join("files")) == 4, "nothing is changed");
    assert_eq!(prune(&to, &keep, &zone, false).expect("it is done"), would);
    assert!(!sets[0].exists() && !to.join("sets/20260101T000000Z.part").exists() && to.join("sets/notes").exists());
    assert_eq!(count_of(&to.join("files")), 3);
    for set in &sets[1..] {
        assert_eq!(look_through(set, &silent()).await.expect("it is read").count, 0);
    }
    // A list that cannot be read keeps every file.
    std::fs::write(sets[1].join("files.gz"), b"no list").expect("a file");
    assert!(prune(&to, &Retention { daily: 1, weekly: 0, monthly: 0 }, &zone, false).is_ok(), "its own set goes");
    std::fs::write(sets[2].join("files.gz"), b"no list").expect("a file");
    std::fs::create_dir_all(to.join("sets/20260101T000000Z.part")).expect("what was never finished");
    assert!(prune(&to, &keep, &zone, false).is_err());
    assert!(count_of(&to.join("files")) >= 2, "nothing is thrown away");
}

on_each!(the_service_makes_one_set_a_day, |on: On| async move {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("backups");
    let settings = include_str!("../../demo/city.toml").to_owned()
        + &format!("\n[backup]\nto = \"{}\"\nkeep_daily = 2\nkeep_weekly = 0\nkeep_monthly = 0\n", to.display());
    let city = folder.path().join("city");
    std::fs::create_dir_all(&city).expect("a folder");
    std::fs::write(city.join("city.toml"), settings).expect("a file");
    let Some(world) = World::quiet(on, Sources::of_city(&city), |_| None).await else { return };
    let (one, other) = tokio::join!(running::once(&world.app), running::once(&world.app));
    let made = [one.expect("an attempt"), other.expect("an attempt")];
    assert_eq!(made.iter().flatten().count(), 1, "of two instances one makes it: {made:?}");
    assert_eq!(running::once(&world.app).await.expect("an attempt"), None, "it is there");
    for day in 1..4 {
        world.clock.set(MORNING.plus(day * DAY));
        assert!(running::once(&world.app).await.expect("an attempt").is_some(), "day {day}");
    }
    let left = std::fs::read_dir(to.join("sets")).expect("the sets").count();
    assert_eq!(left, 2, "old ones are thrown away");
});

#[test]
fn the_commands_say_what_they_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |words: &[&str]| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["--database", "sqlite:steward.db", "--files", "files"])
            .args(words)
            .env_remove("STEWARD_CITY")
            .current_dir(folder.path())
            .output()
            .expect("the program");
        let text = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (is_made, said) = run(&["backup", "--to", "kept"]);
    assert!(!is_made && said.contains("nothing to back up"), "{said}");
    assert!(run(&["account", "add", "chief", "苏局", "system_admin"]).0);
    let (is_made, said) = run(&["backup"]);
    assert!(!is_made && said.contains("--to FOLDER"), "{said}");
    let (is_made, said) = run(&["backup", "--to", "kept"]);
    assert!(is_made && said.contains("holds the database"), "{said}");
    let set = std::fs::read_dir(folder.path().join("kept/sets"))
        .expect("the sets")
        .next()
        .expect("a set")
        .expect("a set")
        .path();
    let set = set.display().to_string();
    let (is_whole, said) = run(&["backup", "verify", &set]);
    assert!(is_whole && said.contains("is whole"), "{said}");
    let (is_restored, said) = run(&["restore", &set, "--to", "sqlite:new/steward.db", "--files-to", "new/files"]);
    assert!(is_restored && said.contains("is restored"), "{said}");
    let (is_restored, said) = run(&["restore", &set, "--to", "sqlite:new/steward.db", "--files-to", "new/files"]);
    assert!(!is_restored && said.contains("is there already"), "{said}");
    let listed = std::process::Command::new(env!("CARGO_BIN_EXE_steward"))
        .args(["account", "list", "--database", "sqlite:new/steward.db"])
        .current_dir(folder.path())
        .output()
        .expect("the program");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("苏局"));
    let (is_done, said) = run(&["backup", "prune", "--to", "kept", "--keep-daily", "1", "--dry-run"]);
    assert!(is_done && said.contains("0 sets and 0 files (0 bytes) would be thrown away; 1 sets stay"), "{said}");
    let (is_done, said) = run(&["backup", "prune"]);
    assert!(!is_done && said.contains("[backup] to"), "{said}");
}
