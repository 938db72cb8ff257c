//! A citizen reports over HTTP: with and without photos, twice, outside, too long, not an image, in both languages.

use crate::on_both;
use crate::world::{Visitor, World, location};
use reqwest::multipart::{Form, Part};
use steward::files::waiting;
use steward::kit::db::DbError;
use steward::reports::{commands, report::DAY, store};

/// The form's own key, as a browser without scripts would send it back.
fn key(page: &str) -> String {
    let from = page.find("name=\"key\" value=\"").expect("the form carries its key") + 18;
    page[from..].chars().take_while(|character| *character != '"').collect()
}

async fn send(visitor: &Visitor, form: Form) -> reqwest::Response {
    let request = visitor.client.post(format!("{}/report", visitor.base)).header("origin", visitor.base.clone());
    request.multipart(form).send().await.expect("an answer")
}

fn form(key: &str) -> Form {
    Form::new().text("key", key.to_owned()).text("words", "路灯不亮三天了").text("address", "中山路 8 号")
}

on_both!(post_twice, |world: World| async move {
    let visitor = world.visitor();
    let page = visitor.page("/report").await;
    assert!(page.contains("tel:96777"), "the emergency numbers stand before the form");
    let key = key(&page);
    let first = send(&visitor, form(&key)).await;
    assert_eq!(first.status(), 303, "{}", first.text().await.unwrap_or_default());
    let second = send(&visitor, form(&key)).await;
    let address = location(&first);
    assert_eq!(address, location(&second), "the same form makes one report");
    let receipt = visitor.page(&address).await;
    assert!(receipt.contains("<svg") && receipt.contains("路灯不亮三天了"), "{receipt}");
    let count = world.app.db.read(|tx| async move {
        store::figures(&tx, steward::kit::clock::Moment(0), steward::kit::clock::Moment(0)).await
    });
    let count: Result<_, DbError> = count.await;
    assert_eq!(count.expect("figures").today, 1);
    let list = visitor.page("/reports").await;
    assert!(list.contains("路灯不亮三天了"));
    let home = visitor.page("/?lang=en").await;
    assert!(home.contains("Reports today"));
    assert!(visitor.page("/map/reports.geojson").await.contains("FeatureCollection"));
});

on_both!(nothing_typed_is_lost, |world: World| async move {
    let visitor = world.visitor();
    let long = "长".repeat(2001);
    let answer =
        send(&visitor, Form::new().text("words", long.clone()).text("address", "书院路").text("contact_name", "王"))
            .await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains(&long) && page.contains("书院路") && page.contains("2000"));
    let photo =
        Part::bytes(b"this is no photo".to_vec()).file_name("photo.jpg").mime_str("image/jpeg").expect("a type");
    let answer = send(&visitor, form("another").part("photos", photo)).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("路灯不亮三天了") && page.contains("中山路 8 号"));
    let english =
        visitor.client.post(format!("{}/report?lang=en", visitor.base)).header("origin", visitor.base.clone());
    let english = english.multipart(Form::new().text("words", "lamp")).send().await.expect("an answer");
    assert!(english.text().await.expect("a page").contains("Please tell us where"));
});

on_both!(a_photo_is_shown, |world: World| async move {
    let visitor = world.visitor();
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).expect("a picture");
    let photo = Part::bytes(bytes).file_name("photo.png").mime_str("image/png").expect("a type");
    let answer = send(&visitor, form("with-photo").part("photos", photo)).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap_or_default());
    let page = visitor.page(&location(&answer)).await.replace("&#x2f;", "/");
    let from = page.find("/photos/").expect("the photo is on the page");
    let address: String = page[from..].chars().take_while(|character| *character != '"').collect();
    assert_eq!(visitor.get(&address).await.status(), 200);
});

on_both!(the_holder_of_the_code, |world: World| async move {
    let visitor = world.visitor();
    let body = serde_json::json!({ "words": "井盖松动", "address": "海棠路", "category": "component-0123" });
    let answer =
        visitor.client.post(format!("{}/api/reports", visitor.base)).header("origin", visitor.base.clone()).json(&body);
    let answer = answer.send().await.expect("an answer");
    assert_eq!(answer.status(), 201);
    let answer: serde_json::Value = answer.json().await.expect("JSON");
    let address = answer["url"].as_str().expect("an address").to_owned();
    assert_eq!(visitor.post(&format!("{address}/urge"), &[]).await.status(), 303);
    assert_eq!(visitor.post(&format!("{address}/urge"), &[]).await.status(), 422, "once a day");
    assert_eq!(visitor.post(&format!("{address}/rate"), &[("satisfaction", "5")]).await.status(), 422, "not closed");
    assert_eq!(visitor.post(&format!("{address}/add"), &[("words", "下雨时更危险")]).await.status(), 303);
    let code = answer["code"].as_str().expect("a code").to_owned();
    let now = world.clock.now();
    let closed: Result<i64, DbError> = world
        .app
        .db
        .write(move |tx| async move {
            let report = store::load_by_code(&tx, &code).await?.expect("the report").id;
            store::follow_fact(&tx, report, "case_filed", now, Some(7), None).await?;
            store::follow_fact(&tx, report, "case_closed", now, None, None).await?;
            Ok(report)
        })
        .await;
    let id = closed.expect("closed");
    assert!(visitor.page(&address).await.contains("评价"));
    assert_eq!(
        visitor.post(&format!("{address}/rate"), &[("satisfaction", "5"), ("solved", "yes")]).await.status(),
        303
    );
    assert_eq!(visitor.post(&format!("{address}/rate"), &[("satisfaction", "1")]).await.status(), 422, "once");
    let again = visitor.post(&format!("{address}/reopen"), &[("words", "")]).await;
    assert_eq!(again.status(), 422, "why must be said");
    assert_eq!(visitor.post(&format!("{address}/reopen"), &[("words", "又松了")]).await.status(), 303);
    let again = visitor.post(&format!("{address}/reopen"), &[("words", "还是松的")]).await;
    assert_eq!(again.status(), 422, "once for each closing");
    let again = again.text().await.expect("a page");
    assert!(again.contains("已经要求过重新办理"), "{again}");
    world.clock.set(now.plus(16 * DAY));
    assert_eq!(visitor.post(&format!("{address}/reopen"), &[("words", "又松了")]).await.status(), 422, "too late");
    let public = visitor.page(&format!("/reports/{id}")).await;
    assert!(
        public.contains("下雨时更危险") && !public.contains(&address),
        "the public page does not give the code away"
    );
    for _ in 0..2 {
        assert_eq!(visitor.post(&format!("/reports/{id}/follow"), &[]).await.status(), 303);
    }
    let other = world.visitor();
    assert_eq!(other.post(&format!("/reports/{id}/follow"), &[]).await.status(), 303);
    let found = reports(&world).await.remove(0);
    assert_eq!(found.followers, 2, "one browser counts once");
    assert_eq!(visitor.get("/track/NOSUCHCODE").await.status(), 404);
});

on_both!(a_list_is_imported, |world: World| async move {
    let file = "SRNumber,CreatedDate,ClosedDate,RequestType,Status,Address,Latitude,Longitude\n\
                1,2018-01-02T03:04:05,,Bulky Items,Open,1 MAIN ST,34.1,-118.2\n\
                2,yesterday,,Bulky Items,Open,2 MAIN ST,34.1,-118.2\n\
                3,2018-01-02T03:04:05,2018-01-03T00:00:00,Graffiti Removal,Closed,3 MAIN ST,,\n";
    let first = commands::import(&world.app, listed(file.as_bytes()), true, |_| {}).await.expect("a dry run");
    assert_eq!((first.added, first.known, first.bad.len()), (2, 0, 1));
    assert_eq!(first.bad[0].0, 3, "the bad row's line is named");
    let second = commands::import(&world.app, listed(file.as_bytes()), false, |_| {}).await.expect("an import");
    assert_eq!((second.added, second.known), (2, 0));
    let third = commands::import(&world.app, listed(file.as_bytes()), false, |_| {}).await.expect("the same again");
    assert_eq!((third.added, third.known), (0, 2));
    // What was exported and comes back is known by its own number.
    let rows = reports(&world).await.into_iter().map(|report| format!("{},2018-01-02T03:04:05,1 MAIN ST\n", report.id));
    let own = format!("number,received_at,address\n{}7,2018-01-02T03:04:05,1 MAIN ST\n", rows.collect::<String>());
    for (is_dry_run, added) in [(true, 1), (false, 1), (false, 0)] {
        let came = commands::import(&world.app, listed(own.as_bytes()), is_dry_run, |_| {}).await.expect("an export");
        assert_eq!((came.added, came.known, came.bad), (added, 3 - added, vec![]));
    }
    let page = world.visitor().page("/reports").await;
    assert!(page.contains("Graffiti Removal") && page.contains("Bulky Items"));
});

on_both!(a_real_citys_requests_are_imported, |world: World| async move {
    let Some(bytes) = crate::grid::real("la311/la311_2017-12_2018-01.csv.gz") else { return };
    // What a program that knows nothing of ours counts: every row, and those that say no number, no moment or no place.
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
    let header = reader.headers().expect("a heading").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("the column");
    let (number, created, closed, address) = (at("SRNumber"), at("CreatedDate"), at("ClosedDate"), at("Address"));
    let (lat, lon) = (at("Latitude"), at("Longitude"));
    let (mut rows, mut numbers, mut unusable) = (0, std::collections::BTreeSet::new(), 0);
    for row in reader.records() {
        let row = row.expect("a row");
        rows += 1;
        let is_nowhere = row[address].trim().is_empty() && (row[lat].trim().is_empty() || row[lon].trim().is_empty());
        let ends_first = !row[closed].trim().is_empty() && row[closed].trim() < row[created].trim();
        if row[number].trim().is_empty() || row[created].trim().is_empty() || is_nowhere || ends_first {
            unusable += 1;
        } else {
            numbers.insert(row[number].trim().to_owned());
        }
    }
    assert_eq!(rows, 19_999);
    let came = commands::import(&world.app, listed(&bytes), false, |_| {}).await.expect("an import");
    let (added, known, bad) = (came.added, came.known, came.bad.len());
    eprintln!("{added} added, {known} known before, {bad} bad, {} outside the city", came.outside);
    assert_eq!(added + known + bad, rows, "every row is added, known or named");
    assert_eq!((added, bad), (numbers.len(), unusable));
    assert!(came.bad.iter().all(|(line, _)| (2..=20_000).contains(line)), "a bad row is named by its line");
    let again = commands::import(&world.app, listed(&bytes), false, |_| {}).await.expect("the same again");
    assert_eq!((again.added, again.known), (0, added + known));
});

/// A list as it lies in memory.
fn listed(bytes: &[u8]) -> std::io::Cursor<Vec<u8>> {
    std::io::Cursor::new(bytes.to_vec())
}

/// A small picture as PNG; `shade` makes it another one.
fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let drawn = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, shade]));
    drawn.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).expect("a picture");
    bytes
}

/// The same as JPEG whose EXIF says where it was taken, to the thousandth of a second.
fn picture_taken_at(lon: f64, lat: f64) -> Vec<u8> {
    let angle = |degrees: f64| {
        let thousandths = (degrees * 3_600_000.0).round() as u32;
        [0, 1, 0, 1, thousandths, 1000].map(u32::to_le_bytes).concat()
    };
    // TIFF, little-endian: one entry that leads to the GPS directory at 26, its rationals at 80 and 104.
    let mut tiff = b"II\x2a\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    tiff.extend(4_u16.to_le_bytes());
    tiff.extend(entry(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(2, 5, 3, 80_u32.to_le_bytes()));
    tiff.extend(entry(3, 2, 2, *b"E\0\0\0"));
    tiff.extend(entry(4, 5, 3, 104_u32.to_le_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(angle(lat));
    tiff.extend(angle(lon));
    let mut plain = Vec::new();
    let drawn = image::RgbImage::from_pixel(64, 48, image::Rgb([90, 120, 60]));
    drawn.write_to(&mut std::io::Cursor::new(&mut plain), image::ImageFormat::Jpeg).expect("a picture");
    let length = (tiff.len() + 8) as u16;
    [&plain[..2], b"\xff\xe1", &length.to_be_bytes(), b"Exif\0\0", &tiff, &plain[2..]].concat()
}

fn part(name: &str, bytes: Vec<u8>) -> Part {
    Part::bytes(bytes).file_name(name.to_owned()).mime_str("image/jpeg").expect("a type")
}

/// The values of the hidden fields of one name.
fn hidden(page: &str, name: &str) -> Vec<String> {
    let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    page.split(&start).skip(1).map(|rest| rest.chars().take_while(|character| *character != '"').collect()).collect()
}

/// The reports that there are, newest first.
async fn reports(world: &World) -> Vec<steward::reports::report::Report> {
    let all = world.app.db.read(|tx| async move { store::list(&tx, &store::Filter::default()).await }).await;
    let all: Result<_, DbError> = all;
    all.expect("the list").rows
}

/// A place in the invented city, in its unit grid 990100001001001.
const HERE: (&str, &str) = ("123.4098", "31.2180");

on_both!(photos_survive_a_refused_form, |world: World| async move {
    let visitor = world.visitor();
    let start = Form::new().text("key", "the-form").text("words", "井盖松动").text("contact_name", "王女士");
    let start =
        start.part("photos", part("good.jpg", picture(1))).part("photos", part("letter.jpg", b"words".to_vec()));
    let answer = send(&visitor, start.part("photos", part("second.jpg", picture(2)))).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("井盖松动") && page.contains("王女士") && page.contains("letter.jpg"), "{page}");
    let kept = hidden(&page, "kept");
    assert_eq!(kept.len(), 2, "the good photos are kept");
    assert_eq!(visitor.get(&format!("/report/photos/{}", kept[0])).await.status(), 200);
    assert_eq!(visitor.get("/report/photos/guessed").await.status(), 404);
    // Somebody else's form cannot have them.
    let stolen = form("another-form").text("kept", kept[0].clone());
    assert_eq!(send(&visitor, stolen).await.status(), 422);
    assert!(reports(&world).await.is_empty());
    let again =
        || form("the-form").text("kept", kept[0].clone()).text("kept", kept[1].clone()).text("drop", kept[1].clone());
    let answer = send(&visitor, again().part("photos", part("third.jpg", picture(3)))).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap_or_default());
    assert_eq!(location(&send(&visitor, again()).await), location(&answer), "sent twice, still one report");
    let all = reports(&world).await;
    assert_eq!((all.len(), all[0].photos.len()), (1, 2), "one kept, one removed, one new");
    for photo in &all[0].photos {
        assert_eq!(visitor.get(&format!("/photos/{photo}/large")).await.status(), 200);
    }
    assert_eq!(visitor.get(&format!("/report/photos/{}", kept[0])).await.status(), 404, "nothing waits any more");
});

on_both!(photos_that_nobody_sends_are_swept_away, |world: World| async move {
    let visitor = world.visitor();
    let lost = Form::new().text("key", "given-up").text("words", "x").part("photos", part("a.jpg", picture(4)));
    let page = send(&visitor, lost).await.text().await.expect("a page");
    let kept = hidden(&page, "kept");
    assert_eq!(waiting::sweep(&world.app).await.expect("swept"), 0, "not yet");
    world.clock.set(world.clock.now().plus(waiting::WAITS + 1));
    assert_eq!(waiting::sweep(&world.app).await.expect("swept"), 1);
    assert_eq!(visitor.get(&format!("/report/photos/{}", kept[0])).await.status(), 404);
    let late = send(&visitor, form("given-up").text("kept", kept[0].clone())).await;
    assert_eq!(late.status(), 422);
    assert!(late.text().await.expect("a page").contains("请重新选择照片"));
});

on_both!(too_many_and_too_heavy_photos_lose_nothing, |world: World| async move {
    let visitor = world.visitor();
    let heavy = Form::new().text("key", "heavy").part("photos", part("heavy.jpg", vec![7; (20 << 20) + 1]));
    let heavy = heavy.part("photos", part("light.jpg", picture(5))).text("words", "路面塌陷").text("address", "海棠路");
    let answer = send(&visitor, heavy).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("heavy.jpg") && page.contains("20 MB") && page.contains("路面塌陷"), "{page}");
    assert_eq!(hidden(&page, "kept").len(), 1);
    let mut many = form("many");
    for shade in 0..8 {
        many = many.part("photos", part("one.jpg", picture(shade)));
    }
    let answer = send(&visitor, many).await;
    assert_eq!(answer.status(), 422);
    assert_eq!(hidden(&answer.text().await.expect("a page"), "kept").len(), 6);
});

on_both!(similar_open_reports_are_offered_first, |world: World| async move {
    let visitor = world.visitor();
    let here = |key: &str| form(key).text("lon", HERE.0).text("lat", HERE.1).text("coordinates", "cgcs2000");
    let first = send(&visitor, here("first").part("photos", part("a.jpg", picture(6)))).await;
    assert_eq!(first.status(), 303, "{}", first.text().await.unwrap_or_default());
    let asked = send(&visitor, here("second").part("photos", part("b.jpg", picture(7)))).await;
    assert_eq!(asked.status(), 200, "a question, not an error");
    let page = asked.text().await.expect("a page").replace("&#x2f;", "/");
    let first = reports(&world).await.remove(0);
    assert!(page.contains(&format!("/reports/{}/follow", first.id)), "{page}");
    assert!(page.contains("路灯不亮三天了") && page.contains("中山路 8 号"));
    let (kept, seen) = (hidden(&page, "kept"), hidden(&page, "similar"));
    assert_eq!((kept.len(), seen.as_slice()), (1, &[first.id.to_string()][..]));
    let mine = here("second").text("similar", seen[0].clone()).text("kept", kept[0].clone());
    let answer = send(&visitor, mine).await;
    assert_eq!(answer.status(), 303, "it is another problem: sent");
    assert_eq!(reports(&world).await[0].photos.len(), 1, "with the photo of the first sending");
    // Another kind of problem at the same place is not similar to one that has a kind.
    let body = serde_json::json!({ "words": "又一件", "lon": 123.4098, "lat": 31.2180, "coordinates": "cgcs2000" });
    let api = visitor.client.post(format!("{}/api/reports", visitor.base)).header("origin", visitor.base.clone());
    assert_eq!(api.json(&body).send().await.expect("an answer").status(), 201, "a program is never asked");
    let near = visitor.page("/report/similar?lon=123.4098&lat=31.2180&coordinates=cgcs2000").await;
    assert!(near.contains(&first.id.to_string()) && !near.contains(&first.code), "{near}");
    assert!(visitor.page("/report/similar?lon=123.4198&lat=31.2180").await.contains("[]"));
    world.clock.set(world.clock.now().plus(16 * DAY));
    assert_eq!(send(&visitor, here("third")).await.status(), 303, "what is old is not offered");
});

on_both!(where_a_report_may_be, |world: World| async move {
    let visitor = world.visitor();
    let point = |key: &str, lon: &str, lat: &str| {
        Form::new()
            .text("key", key.to_owned())
            .text("words", "垃圾")
            .text("lon", lon.to_owned())
            .text("lat", lat.to_owned())
    };
    let outside = send(&visitor, point("outside", "123.60", "31.22")).await;
    assert_eq!(outside.status(), 422);
    let page = outside.text().await.expect("a page");
    assert!(page.contains("不在本市范围内") && page.contains("街道"), "the nearest area is named: {page}");
    assert_eq!(send(&visitor, point("inside", HERE.0, HERE.1)).await.status(), 303);
    let inside = reports(&world).await.remove(0).place;
    assert_eq!((inside.cell.as_str(), inside.street.as_str()), ("990100001001001", "990100001"));
    world.clock.set(world.clock.now().plus(1000));
    let address = Form::new().text("key", "address").text("words", "垃圾").text("address", "书院路 5 号");
    assert_eq!(send(&visitor, address).await.status(), 303);
    let place = reports(&world).await.remove(0).place;
    assert_eq!((place.lon, place.cell.as_str(), place.address.as_str()), (None, "", "书院路 5 号"));
    world.clock.set(world.clock.now().plus(1000));
    let cell =
        Form::new().text("key", "cell").text("words", "垃圾").text("cell", "990100004003001").text("similar", "any");
    assert_eq!(send(&visitor, cell).await.status(), 303);
    let place = reports(&world).await.remove(0).place;
    assert!(place.lon.is_some() && place.community == "990100004003", "{place:?}");
    let unknown = Form::new().text("key", "none").text("words", "垃圾").text("cell", "990100009009009");
    let answer = send(&visitor, unknown).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.expect("a page").contains("990100009009009"));
});

on_both!(a_photos_own_place_is_offered_never_taken, |world: World| async move {
    let visitor = world.visitor();
    let photo = || part("placed.jpg", picture_taken_at(123.4098, 31.2180));
    let nowhere = Form::new().text("key", "placed").text("words", "垃圾").part("photos", photo());
    let answer = send(&visitor, nowhere).await;
    assert_eq!(answer.status(), 422, "the photo's place is not taken silently");
    let page = answer.text().await.expect("a page");
    assert!(page.contains("name=\"photo_place\"") && page.contains("古渡街道"), "{page}");
    let kept = hidden(&page, "kept").remove(0);
    let yes =
        Form::new().text("key", "placed").text("words", "垃圾").text("kept", kept.clone()).text("photo_place", kept);
    assert_eq!(send(&visitor, yes).await.status(), 303);
    assert_eq!(reports(&world).await[0].place.cell, "990100001001001");
    let elsewhere = part("elsewhere.jpg", picture_taken_at(11.88, 43.46));
    let answer = send(&visitor, Form::new().text("key", "far").text("words", "垃圾").part("photos", elsewhere)).await;
    assert!(!answer.text().await.expect("a page").contains("name=\"photo_place\""), "a place outside is no offer");
});

on_both!(a_contact_is_never_public, |world: World| async move {
    let visitor = world.visitor();
    let answer =
        send(&visitor, form("secret").text("contact_name", "欧阳秘密").text("contact_phone", "13800138000")).await;
    let address = location(&answer);
    let report = reports(&world).await.remove(0);
    assert_eq!(report.contact_name, "欧阳秘密");
    let (public, code) = (format!("/reports/{}", report.id), address.split('?').next().unwrap_or_default().to_owned());
    for path in [public.as_str(), code.as_str(), "/reports", "/", "/map/reports.geojson", "/report/similar?lon=0&lat=0"]
    {
        let page = visitor.page(path).await;
        assert!(!page.contains("欧阳秘密") && !page.contains("13800138000"), "{path}");
    }
});

on_both!(a_closed_report_is_doubted_with_words_and_a_photo, |world: World| async move {
    let visitor = world.visitor();
    let answer = send(&visitor, form("closed")).await;
    let address = location(&answer).split('?').next().unwrap_or_default().to_owned();
    let report = reports(&world).await.remove(0).id;
    let close = |at| {
        let db = world.app.db.clone();
        async move {
            let closed: Result<(), DbError> = db
                .write(move |tx| async move { store::follow_fact(&tx, report, "case_closed", at, None, None).await })
                .await;
            closed.expect("closed");
        }
    };
    let now = world.clock.now();
    close(now).await;
    let post = |path: &str, form: Form| {
        let request = visitor.client.post(format!("{}{address}/{path}", visitor.base));
        request.header("origin", visitor.base.clone()).multipart(form).send()
    };
    let wrong = Form::new().text("words", "坑还在").part("photos", part("letter.jpg", b"words".to_vec()));
    let wrong = post("reopen", wrong).await.expect("an answer");
    assert_eq!(wrong.status(), 422);
    assert!(wrong.text().await.expect("a page").contains("坑还在"), "the words are not lost");
    let asked = Form::new().text("words", "坑还在").part("photos", part("now.jpg", picture(9)));
    assert_eq!(post("reopen", asked).await.expect("an answer").status(), 303);
    let public = visitor.page(&format!("/reports/{report}")).await;
    assert!(public.contains("坑还在") && public.replace("&#x2f;", "/").contains("/photos/"));
    // Closed anew: it may be rated and doubted once more.
    assert_eq!(visitor.post(&format!("{address}/rate"), &[("response", "4")]).await.status(), 303);
    world.clock.set(now.plus(DAY));
    close(now.plus(DAY)).await;
    assert_eq!(visitor.post(&format!("{address}/rate"), &[("response", "2"), ("solved", "no")]).await.status(), 303);
    assert_eq!(visitor.post(&format!("{address}/rate"), &[("response", "2")]).await.status(), 422);
    assert_eq!(visitor.post(&format!("{address}/reopen"), &[("words", "又坏了")]).await.status(), 303);
    world.clock.set(now.plus(30 * DAY));
    close(now.plus(2 * DAY)).await;
    let late = visitor.post(&format!("{address}/reopen"), &[("words", "又坏了")]).await;
    assert_eq!(late.status(), 422);
    assert!(late.text().await.expect("a page").contains("超过 15 天"));
});

on_both!(urging_has_its_interval, |world: World| async move {
    let visitor = world.visitor();
    let answer = send(&visitor, form("urged")).await;
    let urge = format!("{}/urge", location(&answer).split('?').next().unwrap_or_default());
    assert_eq!(visitor.post(&urge, &[]).await.status(), 303);
    let now = world.clock.now();
    world.clock.set(now.plus(DAY - 1));
    let soon = visitor.post(&urge, &[]).await;
    assert_eq!(soon.status(), 422);
    assert!(soon.text().await.expect("a page").contains("24 小时"));
    world.clock.set(now.plus(DAY));
    assert_eq!(visitor.post(&urge, &[]).await.status(), 303);
});

on_both!(danger_comes_before_the_form, |world: World| async move {
    let page = world.visitor().page("/report?danger=gas").await;
    let (number, form) = (page.find("tel:96777"), page.find("name=\"words\""));
    assert!(number.is_some() && number < form, "the gas company's number stands before the form");
    assert!(page.find("tel:96777") < page.find("tel:95598"), "its own number first");
    let refused = world.visitor().post("/api/reports", &[("words", "x")]).await;
    assert_eq!(refused.status(), 415);
    let refused: serde_json::Value = refused.json().await.expect("programs are answered in JSON");
    assert_eq!(refused["errors"][0]["key"], "report-document-broken");
});

/// How many rows a question about the city counts.
async fn counted(world: &World, sql: &'static str) -> i64 {
    let found: Result<i64, DbError> =
        world.app.db.read(move |tx| async move { tx.query_one(sql, vec![]).await?.get(0) }).await;
    found.expect("a count")
}

on_both!(a_crowd_reports_at_once, |world: World| async move {
    let (client, address) = (world.visitor().client, format!("{}/api/reports", world.base));
    // Sixty are sent, ten of them twice.
    let sent = (0..70).map(|number| {
        let key = format!("crowd-{}", number % 60);
        let report = serde_json::json!({ "words": format!("树倒了 {}", number % 60), "lon": 123.4094, "lat": 31.2180, "key": key });
        client.post(&address).json(&report).send()
    });
    let mut codes = Vec::new();
    for answer in futures_util::future::join_all(sent).await {
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 201);
        let answer: serde_json::Value = answer.json().await.expect("a document");
        codes.push(answer["code"].as_str().expect("a code").to_owned());
    }
    assert_eq!(codes[..10], codes[60..], "the same key leads to the same report");
    for (number, code) in codes.iter().enumerate().take(60).step_by(7) {
        let page = world.visitor().page(&format!("/track/{code}")).await;
        assert!(page.contains(&format!("树倒了 {number}")), "each reads of what they sent themselves");
    }
    assert_eq!(counted(&world, "select count(*) from reports where idempotency_key like 'crowd-%'").await, 60);
    assert_eq!(counted(&world, "select count(*) from facts where subject = 'report' and kind = 'submitted'").await, 60);
    assert_eq!(counted(&world, "select count(*) from twin_marks").await, 60);
});

/// A report on its way in, with a key and a tracking code.
fn coming(app: &steward::app::App, key: &str, code: &str) -> steward::reports::intake::Coming {
    let typed = steward::reports::report::Typed {
        words: format!("垃圾满溢 {key}"),
        address: "中山路 8 号".into(),
        key: key.into(),
        ..Default::default()
    };
    let (understood, place) =
        steward::reports::submit::understood_in_city(app, &typed, &Default::default(), &app.reports)
            .unwrap_or_else(|refusals| panic!("{refusals:?}"));
    let (number, now) = (steward::kit::id::fresh(), app.clock.now());
    let report = steward::reports::report::Report::received(number, code.to_owned(), understood, place, "zh-Hans", now);
    let suggestion = steward::suggestions::of_report(app, report.id, &report.words, "", "", now);
    steward::reports::intake::Coming {
        report,
        photos: Vec::new(),
        author: None,
        place_suggestion: None,
        suggestion,
        also: None,
        has_waited: false,
    }
}

on_both!(bare one_report_that_fails_takes_no_other_with_it, |world: World| async move {
    let app = &world.app;
    let coming = |number: usize, code: &str| coming(app, &format!("key-{number}"), code);
    // A tracking code that two of them have can belong to one only.
    let codes: Vec<String> = (0..30).map(|number| format!("CODE{:02}", if number == 17 { 3 } else { number })).collect();
    let taken = codes.iter().enumerate().map(|(number, code)| app.intake.take(&app.db, coming(number, code)));
    let taken = futures_util::future::join_all(taken).await;
    let failed: Vec<usize> = (0..30).filter(|number| taken[*number].is_err()).collect();
    assert!(failed == [3] || failed == [17], "{failed:?}");
    for (number, taken) in taken.iter().enumerate() {
        let Ok(taken) = taken else { continue };
        assert!(taken.is_new && taken.code == codes[number]);
    }
    assert_eq!(counted(&world, "select count(*) from reports").await, 29);
    assert_eq!(counted(&world, "select count(*) from facts where kind = 'submitted'").await, 29);
    // What failed has not used up its key.
    let again = app.intake.take(&app.db, coming(failed[0], "CODE99")).await.expect("it is sent again");
    assert!(again.is_new && again.code == "CODE99", "{again:?}");
});

on_both!(bare a_key_makes_one_report_whoever_sends_it, |world: World| async move {
    let app = &world.app;
    // Two programs, each with its own transactions, get the same keys at the same moment; every fourth report has none.
    let programs = [steward::reports::intake::Intake::default(), steward::reports::intake::Intake::default()];
    let key = |number: usize| if number.is_multiple_of(4) { String::new() } else { format!("both-{number}") };
    let sent = (0..40).flat_map(|number| programs.iter().enumerate().map(move |(at, program)| (number, at, program)));
    let taken = sent.map(|(number, at, program)| {
        program.take(&app.db, coming(app, &key(number), &format!("CODE-{number}-{at}")))
    });
    let taken = futures_util::future::join_all(taken).await;
    let taken: Vec<_> = taken.into_iter().map(|taken| taken.expect("it is taken in")).collect();
    for (number, pair) in taken.chunks(2).enumerate() {
        let new = pair.iter().filter(|taken| taken.is_new).count();
        match key(number).is_empty() {
            true => assert!(new == 2 && pair[0].code != pair[1].code, "without a key both are kept: {pair:?}"),
            false => assert!(new == 1 && pair[0].code == pair[1].code, "one of both is kept: {pair:?}"),
        }
    }
    assert_eq!(counted(&world, "select count(*) from reports").await, 30 + 20);
    assert_eq!(counted(&world, "select count(*) from facts where kind = 'submitted'").await, 30 + 20);
    // Each key has its row, and each row its report.
    assert_eq!(counted(&world, "select count(*) from report_keys").await, 30);
    let lost = "select count(*) from report_keys k where not exists (select 1 from reports r where r.id = k.report_id \
                and r.idempotency_key = k.key)";
    assert_eq!(counted(&world, lost).await, 0);
    // Later, too, and whatever else it says.
    let later = app.intake.take(&app.db, coming(app, "both-1", "CODE-LATER")).await.expect("it is answered");
    assert!(!later.is_new && later.code == taken[2].code, "{later:?}");
});
