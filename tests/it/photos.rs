//! Photos after they came in: public copies in WebP, black rectangles over the sealed original, its custody, and a store from
//! which orphans are swept, on disk and on a server that speaks S3.

use crate::browser::{Browser, Form, plain, words};
use crate::on_both;
use crate::stories::{Cast, Citizen, Story};
use crate::world::World;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use steward::files::blobs::Blobs;
use steward::files::sweeping::{Checked, Sweeper, Swept};
use steward::files::{clean, photo, prints};
use steward::kit::clock::Clock;
use steward::kit::db::{DbError, params};
use steward::kit::error::Error;

/// The photos of a case, by the page that lists them.
async fn photos_of(who: &Browser, case: &str) -> Vec<String> {
    let page = plain(&who.page(&format!("{case}/photos")).await);
    let mut ids: Vec<String> = page
        .split("\"/photos/")
        .skip(1)
        .filter_map(|piece| piece.split_once("/large\"").map(|(id, _)| id.to_owned()))
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    ids.dedup();
    ids
}

struct Copy {
    status: u16,
    kind: String,
    tag: String,
    cache: String,
    bytes: Vec<u8>,
}

async fn copy(who: &Browser, path: &str) -> Copy {
    let answer = who.visitor.get(path).await;
    let header =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    Copy {
        status: answer.status().as_u16(),
        kind: header("content-type"),
        tag: header("etag"),
        cache: header("cache-control"),
        bytes: answer.bytes().await.expect("bytes").to_vec(),
    }
}

/// The brightest value within the middle of a part of a picture, the part in thousandths.
fn brightest(bytes: &[u8], (left, top, width, height): (u32, u32, u32, u32)) -> u8 {
    let picture = clean::decode(bytes, &photo::inspect(bytes).expect("a picture")).expect("pixels");
    let (across, down) = picture.dimensions();
    let part = image::imageops::crop_imm(
        &picture,
        across * left / 1000,
        down * top / 1000,
        across * width / 1000,
        down * height / 1000,
    );
    part.to_image().pixels().flat_map(|pixel| pixel.0).max().expect("pixels")
}

async fn digests(world: &World, photo: &str) -> (String, String, String, Option<String>) {
    let id: i64 = photo.parse().expect("a number");
    let read = world.app.db.read(move |tx| async move { steward::files::store::load(&tx, id).await });
    let found = read.await.expect("the photo");
    (found.original, found.large, found.small, found.plain)
}

on_both!(still what_is_blacked_out_is_gone_from_what_anybody_sees, |world: World| async move {
    let cast = Cast::of(&world).await;
    let citizen = Citizen::reports(&world, "井盖旁边停着一辆车", &[("address", "望澜路 18 号")]).await;
    let mut story = Story::of(&world, &cast, "井盖旁边停着一辆车").await;
    story.is_filed(&cast).await;
    assert!(plain(&cast.dispatcher.page(&story.page).await).contains(&format!("{}/photos", story.page)));
    let photos = photos_of(&cast.dispatcher, &story.page).await;
    let photo = photos.first().expect("the report's photo comes first");
    let (page, large) = (format!("/photos/{photo}/black-out"), format!("/photos/{photo}/large"));
    let (original, ..) = digests(&world, photo).await;

    // As it came in: WebP, asked about each time, kept for a year under its own name.
    let before = copy(&citizen.browser, &large).await;
    assert_eq!((before.status, before.kind.as_str(), before.cache.as_str()), (200, "image/webp", "public, no-cache"));
    assert!(clean::is_clean(&before.bytes));
    let named = format!("{large}?v={}", &before.tag[1..17]);
    assert!(copy(&citizen.browser, &named).await.cache.contains("immutable"));
    let same = citizen.browser.visitor.client.get(format!("{}{large}", world.base)).header("if-none-match", &before.tag);
    assert_eq!(same.send().await.expect("an answer").status(), 304);
    let print_of = async || {
        let mut after = 0;
        while let Some(round) = prints::print_some(&world.app, after).await.expect("prints") {
            after = round.last;
        }
        let id: i64 = photo.parse().expect("a number");
        let read = world.app.db.read(move |tx| async move {
            tx.query_one("select print from photo_prints where photo_id = $1", params![id]).await?.get::<Vec<u8>>(0)
        });
        read.await.map_err(|error: DbError| error).expect("a print")
    };

    // Whoever may not does not find the page.
    for who in [&cast.keeper, &cast.desk, &cast.crew, &cast.leader] {
        assert_eq!(who.look(&page).await.status, 403);
    }
    assert_eq!(citizen.browser.look(&page).await.status, 303, "to the sign-in");
    assert_eq!(cast.dispatcher.look("/photos/1/black-out").await.status, 404);

    // Numbers that are none; nothing; a look first.
    let mut form = cast.dispatcher.form(&page, &page).await;
    form.put("do", "save");
    let refused = |answer: crate::browser::Answer, sentence: &str| {
        assert!(answer.status == 422 && words(&answer.text).contains(sentence), "{}", words(&answer.text));
        answer
    };
    form.choose("kind", "plate");
    refused(cast.dispatcher.send(&form).await, "还没有画黑块");
    form.put("left", "abc");
    refused(cast.dispatcher.send(&form).await, "请填 0 到 100 的数字");
    for (name, value) in [("left", "25"), ("top", "25"), ("width", "50"), ("height", "25.04")] {
        form.put(name, value);
    }
    form.put("do", "preview");
    let look = cast.dispatcher.send(&form).await;
    assert!(look.status == 200 && look.text.contains("class=\"black-pending\" x=\"250\""), "{}", look.text);
    let mut drawn = Form::find(&look.text, &page).expect("the form");
    assert_eq!((drawn.value("area"), drawn.value("left")), ("250,250,500,250", ""));
    assert_eq!(drawn.value("kind"), "plate", "what was chosen is still there");
    assert_eq!(copy(&citizen.browser, &large).await.tag, before.tag, "looking changes nothing");

    // Somebody else is faster by a hair.
    let mut other = cast.acceptor.form(&page, &page).await;
    other.put("do", "save");
    other.choose("kind", "face");
    other.put("area", "10,10,80,80");

    drawn.put("do", "save");
    let saved = cast.dispatcher.send(&drawn).await;
    assert_eq!((saved.status, saved.location.as_str()), (303, page.as_str()), "{}", words(&saved.text));
    let again = cast.dispatcher.send(&drawn).await;
    assert_eq!((again.status, again.location.as_str()), (303, page.as_str()), "sent twice, drawn once");
    let stale = cast.acceptor.send(&other).await;
    assert!(stale.status == 409 && words(&stale.text).contains("刚刚被别人改过"), "{}", words(&stale.text));
    let mut other = Form::find(&stale.text, &page).expect("the form comes back");
    assert_eq!(other.value("area"), "10,10,80,80", "with what was drawn");
    other.put("do", "save");
    assert_eq!(cast.acceptor.send(&other).await.status, 303);

    // Nobody gets the old copies any more, by whatever address.
    let after = copy(&citizen.browser, &large).await;
    assert_ne!(after.tag, before.tag);
    assert_eq!(after.kind, "image/webp");
    let within = (290, 290, 420, 170);
    assert!(brightest(&before.bytes, within) > 100 && brightest(&after.bytes, within) < 40);
    assert!(brightest(&after.bytes, (30, 30, 40, 40)) < 40, "the other's, too");
    let small = copy(&citizen.browser, &format!("/photos/{photo}/small")).await;
    assert!(brightest(&small.bytes, within) < 40);
    let by_old_name = copy(&citizen.browser, &named).await;
    assert_eq!((by_old_name.tag.as_str(), by_old_name.cache.as_str()), (after.tag.as_str(), "public, no-cache"));
    let known = citizen.browser.visitor.client.get(format!("{}{large}", world.base)).header("if-none-match", &before.tag);
    assert_eq!(known.send().await.expect("an answer").status(), 200);

    // The original is what it was, and so is what pictures are compared by, although it is made only now.
    let (kept, _, small_digest, plain_digest) = digests(&world, photo).await;
    assert_eq!(kept, original);
    let plain_digest = plain_digest.expect("the small copy before");
    assert_ne!(plain_digest, small_digest);
    let seen = clean::small_picture(&world.app.blobs.get("plain", &plain_digest).await.expect("the copy")).expect("a picture");
    let expected = understanding::photos::comparing::Look::of(&seen).expect("a look").prints().to_bytes().to_vec();
    assert_eq!(print_of().await, expected);

    // The page and the report's history tell it; a rectangle is taken away, and what it hid is back.
    let told = cast.shift.reads(&page).await;
    assert!(told.contains("左 25.0%，上 25.0%，宽 50.0%，高 25.0%") && told.contains("人脸"), "{told}");
    let remove = plain(&cast.shift.page(&page).await);
    let plate = remove.split("号牌 <span").nth(1).and_then(|rest| rest.split("action=\"").nth(1)).expect("a form");
    let action = plate.split('"').next().expect("an address").to_owned();
    let form = cast.shift.form(&page, &action).await;
    assert_eq!(cast.shift.send(&form).await.status, 303);
    assert_eq!(cast.shift.send(&form).await.status, 303, "sent twice");
    let back = copy(&citizen.browser, &large).await;
    assert!(brightest(&back.bytes, within) > 100 && brightest(&back.bytes, (30, 30, 40, 40)) < 40);
    assert!(cast.shift.reads(&page).await.contains("已取消的黑块（1）"));
    let facts = world.app.db.read(|tx| async move {
        let sql = "select kind from facts where subject = 'report' and kind like 'photo_%' order by id";
        tx.query(sql, params![]).await?.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    let facts = facts.await.map_err(|error: DbError| error).expect("facts");
    assert_eq!(facts, ["photo_blacked_out", "photo_blacked_out", "photo_black_removed"]);
    assert!(!citizen.reads().await.contains("遮挡"), "that is nobody's business outside");
});

on_both!(still a_photo_that_waits_to_be_blacked_out_is_withheld, |world: World| async move {
    let cast = Cast::of(&world).await;
    let citizen = Citizen::reports(&world, "井盖边上有人", &[("address", "望澜路 18 号")]).await;
    let mut story = Story::of(&world, &cast, "井盖边上有人").await;
    story.is_filed(&cast).await;
    story.is_handled(&cast).await;
    let photos = photos_of(&cast.acceptor, &story.page).await;
    assert!(photos.len() >= 2, "the report's and the work's: {photos:?}");
    let photo = photos.first().expect("a photo");
    let (page, large) = (format!("/photos/{photo}/black-out"), format!("/photos/{photo}/large"));
    let form = cast.acceptor.form(&page, &format!("/photos/{photo}/withhold")).await;
    for _ in 0..2 {
        assert_eq!(cast.acceptor.send(&form).await.status, 303);
    }
    let seen = copy(&citizen.browser, &large).await;
    assert_eq!((seen.status, seen.kind.as_str(), seen.cache.as_str()), (200, "image/svg+xml", "no-store"));
    assert_eq!(copy(&cast.dispatcher, &large).await.kind, "image/webp", "staff see it");
    assert!(cast.leader.reads(&format!("{}/photos", story.page)).await.contains("暂不公开"));
    let form = cast.acceptor.form(&page, &format!("/photos/{photo}/release")).await;
    assert_eq!(cast.acceptor.send(&form).await.status, 303);
    assert_eq!(copy(&citizen.browser, &large).await.kind, "image/webp");

    // A photo of the work belongs to the case, and the case's history says what was done to it.
    let work = photos.last().expect("a photo");
    let page = format!("/photos/{work}/black-out");
    let mut form = cast.dispatcher.form(&page, &page).await;
    form.put("do", "save");
    form.choose("kind", "other");
    form.put("area", "0,0,1000,1000");
    assert_eq!(cast.dispatcher.send(&form).await.status, 303);
    assert!(story.grown().await >= 1);
    let lines = story.history.iter().filter(|line| line.contains("照片已遮挡")).count();
    assert_eq!(lines, 1, "{:?}", story.history);
    let black = copy(&cast.crew, &format!("/photos/{work}/large")).await;
    assert!(brightest(&black.bytes, (0, 0, 1000, 1000)) < 40);
    // As many as fit, and no more.
    let mut form = cast.dispatcher.form(&page, &page).await;
    form.fields.extend((0..40).map(|number| ("area".to_owned(), format!("{number},0,10,10"))));
    form.put("do", "save");
    form.choose("kind", "other");
    let full = cast.dispatcher.send(&form).await;
    assert!(full.status == 422 && words(&full.text).contains("最多 40 个黑块"), "{}", words(&full.text));
});

on_both!(still every_opening_of_an_original_stands_in_its_custody, |world: World| async move {
    let cast = Cast::of(&world).await;
    Citizen::reports(&world, "井盖缺了一块", &[("address", "望澜路 18 号")]).await;
    let story = Story::of(&world, &cast, "井盖缺了一块").await;
    let photos = photos_of(&cast.acceptor, &story.page).await;
    let photo = photos.first().expect("a photo");
    let page = format!("/photos/{photo}/custody");
    for who in [&cast.keeper, &cast.dispatcher, &cast.crew, &cast.desk] {
        assert_eq!(who.look(&page).await.status, 403);
    }
    let (original, large, small, _) = digests(&world, photo).await;
    let told = cast.leader.reads(&page).await;
    for part in [&original, &large, &small, &"市民".to_owned(), &"JPEG".to_owned(), &"还没有人查看过原件".to_owned()] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let sealed = copy(&cast.acceptor, &format!("/originals/{photo}")).await;
    assert_eq!(sealed.bytes, crate::browser::photo("manhole-before"), "byte for byte");
    let verify = cast.leader.form(&page, &format!("/photos/{photo}/verify")).await;
    assert_eq!(cast.leader.send(&verify).await.status, 303);
    let told = cast.leader.reads(&page).await;
    assert!(told.contains("原件查看记录（1）") && told.contains("与封存时一致"), "{told}");
    assert!(cast.leader.reads(&format!("{page}?lang=en")).await.contains("As it was sealed"));
    cast.leader.page(&format!("{page}?lang=zh-Hans")).await;

    // Somebody changes the file behind our back, and then it is gone.
    let path = file_of(&world, "original", &original);
    std::fs::write(&path, b"forged").expect("written");
    assert_eq!(cast.leader.send(&verify).await.status, 303);
    let told = cast.leader.reads(&page).await;
    assert!(told.contains("已被改动") && told.contains("请立即联系系统管理员"), "{told}");
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(cast.leader.send(&verify).await.status, 303);
    assert!(cast.leader.reads(&page).await.contains("文件丢失"));
    let black = format!("/photos/{photo}/black-out");
    let mut form = cast.acceptor.form(&black, &black).await;
    form.put("do", "save");
    form.choose("kind", "face");
    form.put("area", "0,0,100,100");
    let answer = cast.acceptor.send(&form).await;
    assert!(answer.status == 422 && words(&answer.text).contains("原件找不到了"), "{}", words(&answer.text));
});

fn file_of(world: &World, shelf: &str, digest: &str) -> PathBuf {
    world.folder().join("files").join(shelf).join(&digest[..2]).join(&digest[2..4]).join(digest)
}

fn make_old(path: &Path, days: u64) {
    let file = std::fs::File::options().write(true).open(path).expect("the file");
    let now = u64::try_from(Clock::system().now().0).expect("after 1970");
    let then = SystemTime::UNIX_EPOCH + Duration::from_millis(now - days * 86_400_000);
    file.set_modified(then).expect("an older file");
}

fn sweeper(world: &World, later_days: i64) -> Sweeper {
    let now = Clock::system().now().plus(later_days * 86_400_000);
    Sweeper { db: world.app.db.clone(), blobs: world.app.blobs.clone(), orphan_days: 2, now }
}

on_both!(still what_no_row_knows_is_swept_and_nothing_else, |world: World| async move {
    let cast = Cast::of(&world).await;
    Citizen::reports(&world, "井盖裂开了", &[("address", "望澜路 18 号")]).await;
    let story = Story::of(&world, &cast, "井盖裂开了").await;
    let photos = photos_of(&cast.acceptor, &story.page).await;
    let photo = photos.first().expect("a photo");
    let (original, large, small, _) = digests(&world, photo).await;
    let black = format!("/photos/{photo}/black-out");
    let mut form = cast.acceptor.form(&black, &black).await;
    form.put("do", "save");
    form.choose("kind", "face");
    form.put("area", "0,0,300,300");
    assert_eq!(cast.acceptor.send(&form).await.status, 303);

    // Everything is old; one file was put and never committed, one a moment ago.
    let blobs = &world.app.blobs;
    let lost = blobs.put("original", b"put and never committed".to_vec()).await.expect("put");
    for (shelf, folder) in ["original", "public", "plain"].map(|shelf| (shelf, world.folder().join("files").join(shelf))) {
        let mut count = 0;
        for path in files_in(&folder) {
            make_old(&path, 3);
            count += 1;
        }
        assert!(count > 0, "{shelf}");
    }
    let young = blobs.put("original", b"on its way to its row".to_vec()).await.expect("put");

    let mut named = Vec::new();
    let dry = sweeper(&world, 0).sweep(true, |shelf, digest| named.push(format!("{shelf} {digest}"))).await.expect("swept");
    named.sort();
    let mut expected = vec![format!("original {lost}"), format!("public {large}"), format!("public {small}")];
    expected.sort();
    assert_eq!(named, expected);
    assert_eq!((dry.orphans, dry.put_back, dry.thrown_away), (3, 0, 0));
    assert!(blobs.get("original", &lost).await.is_ok(), "a dry run changes nothing");

    let swept = sweeper(&world, 0).sweep(false, |_, _| {}).await.expect("swept");
    assert_eq!((swept.orphans, swept.put_back, swept.thrown_away), (3, 0, 0));
    assert!(matches!(blobs.get("original", &lost).await, Err(Error::NotFound)));
    assert!(blobs.get("original", &original).await.is_ok() && blobs.get("original", &young).await.is_ok());
    assert_eq!(copy(&cast.leader, &format!("/photos/{photo}/large")).await.status, 200);
    let again = sweeper(&world, 0).sweep(false, |_, _| {}).await.expect("swept");
    assert_eq!((again.orphans, again.put_back, again.thrown_away), (0, 0, 0));

    // A row that comes to know a file after all gets it back; what nobody missed is thrown away.
    let (id, row) = (photo.parse::<i64>().expect("a number"), lost.clone());
    let known = world.app.db.write(move |tx| async move {
        tx.execute("update photos set original_digest = $2 where id = $1", params![id, &row]).await
    });
    assert_eq!(known.await.map_err(|error: DbError| error).expect("changed"), 1);
    let late = sweeper(&world, 2).sweep(false, |_, _| {}).await.expect("swept");
    assert_eq!((late.put_back, late.thrown_away), (1, 2));
    assert!(blobs.get("original", &lost).await.is_ok());
    let back = world.app.db.write(move |tx| async move {
        tx.execute("update photos set original_digest = $2 where id = $1", params![id, &original]).await
    });
    back.await.map_err(|error: DbError| error).expect("changed back");
    let last = sweeper(&world, 2).sweep(false, |_, _| {}).await.expect("swept");
    assert_eq!(last.put_back, 1, "the original, which was aside while no row knew it");

    // What the rows know is all there but what is altered or missing.
    let mut wrong = Vec::new();
    let whole = sweeper(&world, 0).check(100, |_, _, _, _| {}).await;
    let whole = whole.expect("checked");
    assert!(whole.files >= 4 && whole.wrong == 0, "{whole:?}");
    let (_, large, small, _) = digests(&world, photo).await;
    std::fs::write(file_of(&world, "public", &large), b"forged").expect("written");
    std::fs::remove_file(file_of(&world, "public", &small)).expect("removed");
    let checked = sweeper(&world, 0)
        .check(100, |what, shelf, digest, row| wrong.push(format!("{what} {shelf} {digest} {row}")))
        .await
        .expect("checked");
    wrong.sort();
    let mut expected = vec![format!("altered public {large} photos {photo}"), format!("missing public {small} photos {photo}")];
    expected.sort();
    assert_eq!((wrong, checked), (expected, Checked { files: whole.files, wrong: 2 }));
});

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_in(&path)) } else { found.push(path) }
    }
    found
}

/// A server that speaks S3 over a folder, on a port of its own, with one bucket and one pair of keys.
pub async fn s3_server(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("steward")).expect("a bucket");
    let mut service = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("a store"));
    service.set_auth(s3s::auth::SimpleAuth::from_single("reader", "a secret of ours"));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = move |request: axum::extract::Request| {
        let service = service.clone();
        async move {
            let request = request.map(s3s::Body::http_body_unsync);
            match service.call(request).await {
                Ok(answer) => answer.map(axum::body::Body::new),
                Err(error) => panic!("the server of the test: {error:?}"),
            }
        }
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    format!("http://{address}")
}

pub fn keys(endpoint: &str, secret: &str) -> Vec<(String, String)> {
    [
        ("AWS_ENDPOINT", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "reader"),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("NOT_OURS", "at all"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_speaks_s3_keeps_what_a_folder_keeps() {
    let folder = tempfile::tempdir().expect("a folder");
    let endpoint = s3_server(folder.path()).await;
    let blobs = Blobs::open_with("s3://steward/city/files", keys(&endpoint, "a secret of ours")).expect("opened");
    blobs.probe().await.expect("written, read and removed");
    let digest = blobs.put("original", b"a photo".to_vec()).await.expect("put");
    assert_eq!(blobs.put("original", b"a photo".to_vec()).await.expect("put again"), digest);
    assert_eq!(&blobs.get("original", &digest).await.expect("get")[..], b"a photo");
    assert!(matches!(blobs.get("public", &digest).await, Err(Error::NotFound)));
    blobs.put("waiting", b"a photo".to_vec()).await.expect("put");
    blobs.delete("waiting", &digest).await.expect("deleted");
    assert!(matches!(blobs.get("waiting", &digest).await, Err(Error::NotFound)));

    // Many are listed, swept after days, and thrown away after as many more.
    for number in 0..25 {
        blobs.put("public", format!("copy {number}").into_bytes()).await.expect("put");
    }
    let world_folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}/rows.db", world_folder.path().display());
    let db = steward::kit::db::Db::open(&url).await.expect("a database");
    db.migrate(steward::kit::sources::Sources::of_demo().migrations()).await.expect("tables");
    let at = |days: i64| Sweeper {
        db: db.clone(),
        blobs: blobs.clone(),
        orphan_days: 2,
        now: Clock::system().now().plus(days * 86_400_000),
    };
    let young = at(0).sweep(false, |_, _| {}).await.expect("swept");
    assert_eq!(young, Swept { files: 26, ..Swept::default() });
    let old = at(3).sweep(false, |_, _| {}).await.expect("swept");
    assert_eq!((old.files, old.orphans), (26, 26));
    assert!(matches!(blobs.get("original", &digest).await, Err(Error::NotFound)));
    let gone = at(6).sweep(false, |_, _| {}).await.expect("swept");
    assert_eq!((gone.files, gone.thrown_away), (0, 26));

    // What was altered there is noticed here.
    let digest = blobs.put("original", b"another photo".to_vec()).await.expect("put");
    let path = files_in(folder.path()).into_iter().find(|path| path.ends_with(&digest)).expect("the object's file");
    std::fs::write(path, b"forged").expect("written");
    assert!(blobs.get("original", &digest).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_refuses_or_is_silent_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let endpoint = s3_server(folder.path()).await;
    let said = |found: Result<(), Error>| found.expect_err("refused").to_string();
    let wrong = Blobs::open_with("s3://steward", keys(&endpoint, "another secret")).expect("opened");
    let told = said(wrong.probe().await);
    assert!(told.contains("AWS_SECRET_ACCESS_KEY"), "{told}");
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let silent =
        Blobs::open_with("s3://steward", keys(&format!("http://{nobody}"), "a secret of ours")).expect("opened");
    let told = said(silent.probe().await);
    assert!(told.contains("AWS_ENDPOINT"), "{told}");
}

/// A picture as cameras take it: soft forms with a little noise, as JPEG with half the colour.
fn twelve_megapixels() -> Vec<u8> {
    let mut chance = 12_345_u32;
    let picture = image::RgbImage::from_fn(4000, 3000, |x, y| {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (across, down) = (f64::from(x), f64::from(y));
        let wave = (across / 97.0).sin() * 50.0 + (down / 53.0).cos() * 50.0 + (across * down / 90_000.0).sin() * 30.0;
        let value = wave + 110.0 + f64::from(chance >> 28);
        image::Rgb([value as u8, (value * 0.8) as u8, (255.0 - value) as u8])
    });
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 88);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder.encode(picture.as_raw(), 4000, 3000, jpeg_encoder::ColorType::Rgb).expect("a JPEG");
    bytes
}

/// What the process has held at most since the mark was set back, and holds now, in MiB; nothing where the system does not say.
fn held() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    Some((of("VmHWM:")? / 1024, of("VmRSS:")? / 1024))
}

#[test]
fn a_photo_of_twelve_megapixels_is_cleaned_at_once() {
    let bytes = twelve_megapixels();
    let mut times: Vec<Duration> = (0..5)
        .map(|_| {
            let began = std::time::Instant::now();
            let cleaned = clean::clean(&bytes).expect("a clean photo");
            assert!(cleaned.large.len() > cleaned.small.len());
            began.elapsed()
        })
        .collect();
    times.sort();
    // The decoder is made anew for our bytes and so is not optimised here: `make bench photos` measures.
    eprintln!("12 megapixels, {} KB: cleaned in {:?}, at best {:?}", bytes.len() / 1024, times[2], times[0]);
    assert!(times[0] < Duration::from_secs(20), "{times:?}");
}

/// A chunk of a PNG with its length and check sum.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(data);
    [&(data.len() as u32).to_be_bytes()[..], name, data, &sum.sum().to_be_bytes()].concat()
}

fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), b"\x08\x02\0\0\0"].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunks.concat(), chunk(b"IEND", b"")].concat()
}

fn zeros(megabytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..megabytes {
        packed.write_all(&vec![0; 1 << 20]).expect("packed");
    }
    packed.finish().expect("packed")
}

#[test]
fn bombs_and_broken_files_are_refused_quickly_and_cheaply() {
    let demo = crate::browser::photo("manhole-before");
    // A JPEG's size lies in its frame, four bytes behind the mark.
    let claims = |width: u16, height: u16| {
        let mut bytes = demo.clone();
        let frame = bytes.windows(2).position(|two| two == [0xff, 0xc0] || two == [0xff, 0xc2]).expect("a frame");
        bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        bytes
    };
    let mut webp = clean::clean(&demo).expect("a clean photo").large;
    let cut_webp = webp[..webp.len() / 2].to_vec();
    // The size in a VP8 frame stands behind its start code.
    webp[26..30].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    let eight = zeros(8);
    let profile = [b"icc\0\0".to_vec(), eight.clone()].concat();
    let heic =
        [b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".as_slice(), b"\0\0\0\x10meta\0\0\0\0abcd", b"\x7f\xff\xff\xffmdat"]
            .concat();
    let twelve = twelve_megapixels();
    let mut random = png(3000, 2000, &[chunk(b"IDAT", &eight)]);
    let middle = random.len() / 2;
    random[middle] ^= 0x55;
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("a PNG of 40,000 × 40,000 pixels", png(40_000, 40_000, &[chunk(b"IDAT", &eight)]), &["photo-too-many-pixels"]),
        ("a PNG of 7,700 × 7,700 with nothing in it", png(7_700, 7_700, &[chunk(b"IDAT", &eight)]), &["photo-hollow"]),
        ("a PNG whose profile unpacks to 8 MB", png(64, 48, &[chunk(b"iCCP", &profile), chunk(b"IDAT", &eight)]), &[]),
        ("a PNG of 64 × 48 with 8 MB of pixels", png(64, 48, &[chunk(b"IDAT", &eight)]), &[]),
        ("a PNG with a false bit", random, &["photo-broken"]),
        ("a JPEG that claims 65,500 × 65,500", claims(65_500, 65_500), &["photo-too-many-pixels", "photo-broken"]),
        ("a JPEG that claims 8,900 × 8,900", claims(8_900, 8_900), &["photo-hollow"]),
        ("a JPEG of 12 megapixels, cut off", twelve[..twelve.len() * 9 / 10].to_vec(), &["photo-broken"]),
        ("a JPEG of four bytes", demo[..4].to_vec(), &["photo-broken"]),
        ("a WebP that claims 16,383 × 16,383", webp, &["photo-too-many-pixels"]),
        ("a WebP, cut off", cut_webp, &["photo-broken"]),
        ("a HEIC whose box is larger than the file", heic, &["photo-broken"]),
        (
            "a HEIC of nothing",
            b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec(),
            &["photo-broken", "photo-heic-unreadable"],
        ),
        ("20 MB of nothing", vec![0xff; 20 << 20], &["photo-not-an-image"]),
    ];
    let _ = clean::clean(&demo);
    for (name, bytes, keys) in cases {
        let is_reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
        let before = held().map(|(_, now)| now);
        let began = std::time::Instant::now();
        let outcome = clean::clean(&bytes);
        let took = began.elapsed();
        let most = held().zip(before).map(|((most, _), before)| most.saturating_sub(before));
        let key = outcome.as_ref().map_err(|refusal| refusal.key).err().unwrap_or("shown");
        eprintln!("{name}: {key} after {took:?}, {} MiB more", most.unwrap_or_default());
        assert!(keys.is_empty() || keys.contains(&key), "{name}: {key}");
        assert!(took < Duration::from_secs(1), "{name} took {took:?}");
        assert!(!is_reset || most.is_none_or(|most| most < 256), "{name} took {most:?} MiB");
    }
}

#[test]
fn altered_copies_are_found_and_other_scenes_are_not() {
    // The invented city's pictures are drawn by one hand on one ground; a photograph differs more from another one.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/photos");
    let before = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-before.jpg"));
    let files: Vec<PathBuf> =
        steward::files::roc::photos_in(&folder).expect("photos").into_iter().filter(before).collect();
    let curve = steward::files::roc::measure(&files).expect("measured");
    eprintln!("{}", steward::files::roc::told(&curve));
    assert_eq!((curve.photos, curve.different.0), (10, 0), "no two scenes are one picture");
    for line in curve.by_alteration.iter().take(10) {
        assert_eq!(line.alike, line.copies, "{}", line.alteration);
    }
    assert!(curve.area > 0.97, "{}", curve.area);

    let Some(real) = crate::files::real_data("photos/street_problems") else { return };
    let curve =
        steward::files::roc::measure(&steward::files::roc::photos_in(&real).expect("photos")).expect("measured");
    eprintln!("{}", steward::files::roc::told(&curve));
    assert_eq!(curve.different.0, 0);
    for line in curve.by_alteration.iter().take(10) {
        assert_eq!(line.same, line.copies, "{}", line.alteration);
    }
    assert!(curve.area > 0.99, "{}", curve.area);
}

#[test]
fn a_scene_in_eight_orientations_has_one_print() {
    let bytes = crate::browser::photo("vendor-before");
    let upright = image::load_from_memory(&bytes).expect("a picture").into_rgb8();
    let first =
        understanding::photos::comparing::Look::of(&clean::small_picture(&bytes).expect("a picture")).expect("a look");
    for orientation in 1..=8_u8 {
        // Stored so that, turned as its tag says, it is upright: the turn's inverse is applied to the pixels.
        let inverse = [1, 2, 3, 4, 5, 8, 7, 6][usize::from(orientation) - 1];
        let turn = image::metadata::Orientation::from_exif(inverse).expect("a turn");
        let mut stored = image::DynamicImage::ImageRgb8(upright.clone());
        stored.apply_orientation(turn);
        let mut plain = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut plain, 90);
        stored.into_rgb8().write_with_encoder(encoder).expect("a JPEG");
        let tiff =
            [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]]
                .concat();
        let length = u16::try_from(tiff.len() + 2).expect("short").to_be_bytes();
        let tagged = [&plain[..2], &[0xff, 0xe1], &length, &tiff, &plain[2..]].concat();
        let cleaned = clean::clean(&tagged).expect("a clean photo");
        assert_eq!(cleaned.inspection.orientation, orientation);
        let seen = clean::small_picture(&cleaned.small).expect("a picture");
        let look = understanding::photos::comparing::Look::of(&seen).expect("a look");
        let (distance, symmetry) = first.prints().nearest(look.prints());
        assert!(
            distance <= 12 && symmetry == understanding::photos::symmetry::Symmetry::Upright,
            "{orientation}: {distance}"
        );
    }
}
