//! A citizen reports over HTTP: with and without photos, twice, outside, too long, not an image, in both languages.

use crate::on_both;
use crate::world::{Visitor, World, location};
use reqwest::multipart::{Form, Part};
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
    assert_eq!(visitor.post(&format!("{address}/reopen"), &[("words", "又松了")]).await.status(), 303);
    world.clock.set(now.plus(8 * DAY));
    assert_eq!(visitor.post(&format!("{address}/reopen"), &[("words", "又松了")]).await.status(), 422, "too late");
    let public = visitor.page(&format!("/reports/{id}")).await;
    assert!(
        public.contains("下雨时更危险") && !public.contains(&address),
        "the public page does not give the code away"
    );
    assert_eq!(visitor.post(&format!("/reports/{id}/follow"), &[]).await.status(), 303);
    assert_eq!(visitor.get("/track/NOSUCHCODE").await.status(), 404);
});

on_both!(a_list_is_imported, |world: World| async move {
    let file = "SRNumber,CreatedDate,ClosedDate,RequestType,Status,Address,Latitude,Longitude\n\
                1,2018-01-02T03:04:05,,Bulky Items,Open,1 MAIN ST,34.1,-118.2\n\
                2,yesterday,,Bulky Items,Open,2 MAIN ST,34.1,-118.2\n\
                3,2018-01-02T03:04:05,2018-01-03T00:00:00,Graffiti Removal,Closed,3 MAIN ST,,\n";
    let first = commands::import(&world.app, file.as_bytes(), true, |_| {}).await.expect("a dry run");
    assert_eq!((first.added, first.known, first.bad.len()), (2, 0, 1));
    assert_eq!(first.bad[0].0, 3, "the bad row's line is named");
    let second = commands::import(&world.app, file.as_bytes(), false, |_| {}).await.expect("an import");
    assert_eq!((second.added, second.known), (2, 0));
    let third = commands::import(&world.app, file.as_bytes(), false, |_| {}).await.expect("the same again");
    assert_eq!((third.added, third.known), (0, 2));
    let page = world.visitor().page("/reports").await;
    assert!(page.contains("Graffiti Removal") && page.contains("Bulky Items"));
});
