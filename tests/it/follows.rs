//! Citizens follow a place by e-mail and by a feed: the address is proved first, told once, and forgotten when it is no longer wanted.

use crate::notices::{Gateway, Post, keys};
use crate::on_both;
use crate::world::{On, Visitor, World, location};
use reqwest::multipart::Form;
use std::time::{Duration, Instant};
use steward::follows::{sending, store};
use steward::kit::sources::Sources;

const HOUR: i64 = 3_600_000;

async fn city(on: On) -> Option<(World, Post, Gateway)> {
    let (post, service) = (Post::open().await, Gateway::open().await);
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Sources::of_demo();
    for name in demo.list("").into_iter().filter(|name| !name.contains('/')) {
        if let Some(bytes) = demo.bytes(&name) {
            std::fs::write(folder.path().join(&name), bytes).expect("a file");
        }
    }
    for name in ["departments.csv", "people.csv", "keepers.csv", "areas.geojson", "grids.geojson", "components.geojson"]
    {
        std::fs::write(folder.path().join(name), demo.bytes(name).expect("a file")).expect("a file");
    }
    let settings =
        demo.text("city.toml").expect("settings").replace("public_url = \"\"", "public_url = \"https://city.example\"");
    let smtp = format!(
        "\n[notices.smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"notice@city.example\"\n\
         [notices.push]\ncontact = \"mailto:it@city.example\"\nservices = [\"{}\"]\n",
        post.port, service.origin
    );
    std::fs::write(folder.path().join("city.toml"), settings + &smtp).expect("settings");
    // The folder is read as long as the world stands.
    let world = World::of(on, Sources::of_city(&folder.keep())).await?;
    world.settle().await;
    Some((world, post, service))
}

async fn report(visitor: &Visitor, words: &str, (lon, lat): (f64, f64)) {
    let page = visitor.page("/report").await;
    let from = page.find("name=\"key\" value=\"").expect("the form carries its key") + 18;
    let key: String = page[from..].chars().take_while(|character| *character != '"').collect();
    let form = Form::new()
        .text("key", key)
        .text("words", words.to_owned())
        .text("contact_phone", "13900001234")
        .text("lon", lon.to_string())
        .text("lat", lat.to_string())
        .text("coordinates", "wgs84");
    let request = visitor.client.post(format!("{}/report", visitor.base)).header("origin", visitor.base.clone());
    let answer = request.multipart(form).send().await.expect("an answer");
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap_or_default());
}

/// Lets the reader read and send until so many e-mails are there.
async fn until(world: &World, post: &Post, count: usize) -> Vec<String> {
    let began = Instant::now();
    loop {
        sending::read_once(&world.app).await.expect("read");
        sending::send_due(&world.app).await.expect("sent");
        let mails = post.mails();
        if mails.len() >= count {
            return mails;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{} of {count} e-mails came", mails.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The secret of the link in an e-mail.
fn secret(mail: &str) -> String {
    let at = mail.find("https://city.example/follow/").expect("a link") + 28;
    mail[at..].chars().take_while(char::is_ascii_alphanumeric).collect()
}

async fn followed(on: On) {
    let Some((world, post, _)) = city(on).await else { return };
    let visitor = world.visitor();
    let cell = world.app.grid().cells()[0].code.clone();
    let place = world.app.grid().place_in(&cell).expect("a place");
    let here = (place.lon, place.lat);
    let around = steward::follows::follow::Circle { lon: here.0, lat: here.1, metres: 1000 };
    let all: Vec<String> = world.app.grid().cells().iter().map(|cell| cell.code.clone()).collect();
    let mut places = all.iter().filter_map(|code| world.app.grid().place_in(code)).map(|place| (place.lon, place.lat));
    let far = places.rfind(|(lon, lat)| !around.holds(*lon, *lat)).expect("a place elsewhere in the city");
    let (lon, lat) = (place.lon.to_string(), place.lat.to_string());
    let page = visitor.page(&format!("/follow?lang=en&lon={lon}&lat={lat}")).await;
    assert!(
        page.contains("Around a place")
            && page.contains("The place of the report is chosen")
            && page.contains("As soon as something happens"),
        "{page}"
    );
    let wish = |email: &'static str, pace: &'static str| {
        vec![
            ("lon", lon.clone()),
            ("lat", lat.clone()),
            ("metres", "500".into()),
            ("place", "老家门口".into()),
            ("email", email.into()),
            ("pace", pace.into()),
        ]
    };
    let send = async |form: Vec<(&str, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        visitor.post("/follow?lang=zh-Hans", &form).await
    };
    let nothing = visitor.post("/follow?lang=en", &[("email", "li@example.cn"), ("pace", "daily")]).await;
    assert_eq!(nothing.status(), 422);
    let nothing = nothing.text().await.unwrap();
    assert!(
        nothing.contains("Choose a place on the map") && nothing.contains("li@example.cn"),
        "nothing typed is lost"
    );
    assert_eq!(send(wish("no address", "at_once")).await.status(), 422);
    assert_eq!(send(wish("li@example.cn", "at_once")).await.status(), 200);
    assert_eq!(send(wish("li@example.cn", "at_once")).await.status(), 200, "whether it is known is not told");
    let mails = until(&world, &post, 1).await;
    assert_eq!(mails.len(), 1, "asked once");
    assert!(
        mails[0].contains("老家门口") && mails[0].contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{}",
        mails[0]
    );
    let own = secret(&mails[0]);

    // Nothing is sent to an address that nobody has confirmed, and opening the link alone confirms nothing.
    assert!(visitor.page(&format!("/follow/{own}?lang=en")).await.contains("Not confirmed yet"));
    report(&visitor, "井盖丢失", here).await;
    for _ in 0..3 {
        sending::read_once(&world.app).await.expect("read");
        assert_eq!(sending::send_due(&world.app).await.expect("sent"), 0);
    }
    world.clock.set(world.clock.now().plus(60_000));
    let answer = visitor.post(&format!("/follow/{own}/confirm"), &[]).await;
    assert_eq!(location(&answer), format!("/follow/{own}"));

    // What happens within the circle is told once, what happens elsewhere is not.
    report(&visitor, "路灯不亮，电话13900001234", here).await;
    report(&visitor, "远处的垃圾", far).await;
    let mails = until(&world, &post, 2).await;
    let told = mails.last().expect("an e-mail");
    assert!(
        told.contains("https://city.example/reports/")
            && told.contains("List-Unsubscribe:")
            && told.contains("/unsubscribe>"),
        "{told}"
    );
    assert!(!told.contains("远处") && !told.contains("13900001234"), "{told}");
    sending::read_once(&world.app).await.expect("read");
    sending::send_due(&world.app).await.expect("sent");
    assert_eq!(post.mails().len(), 2, "told once");

    // Once a day: it waits until the morning.
    let daily = [("pace", "daily"), ("revision", "99")];
    assert_eq!(visitor.post(&format!("/follow/{own}"), &daily).await.status(), 409);
    let page = visitor.page(&format!("/follow/{own}")).await;
    let at = page.find("name=\"revision\" value=\"").expect("a revision") + 23;
    let revision: String = page[at..].chars().take_while(char::is_ascii_digit).collect();
    let changed = visitor.post(&format!("/follow/{own}"), &[("pace", "daily"), ("revision", revision.as_str())]).await;
    assert_eq!(changed.status(), 303);
    report(&visitor, "护栏损坏", here).await;
    sending::read_once(&world.app).await.expect("read");
    assert_eq!(sending::send_due(&world.app).await.expect("sent"), 0);
    world.clock.set(world.clock.now().plus(22 * HOUR));
    until(&world, &post, 3).await;

    // The same as a feed, of this place alone and without anybody's number.
    let feed = visitor.page(&format!("/follow/feed.atom?lang=en&lon={lon}&lat={lat}&metres=500")).await;
    assert_eq!(feed.matches("<entry>").count(), 3, "{feed}");
    assert!(feed.contains("<georss:point>") && !feed.contains("远处") && !feed.contains("13900001234"), "{feed}");
    assert_eq!(visitor.get("/follow/feed.atom").await.status(), 422);

    // At one click of a mail reader, which knows no page of ours: the address is gone.
    let click = visitor.client.post(format!("{}/follow/{own}/unsubscribe", visitor.base));
    let click = click.header("content-type", "application/x-www-form-urlencoded").body("List-Unsubscribe=One-Click");
    assert_eq!(click.send().await.expect("an answer").status(), 200);
    assert_eq!(visitor.get(&format!("/follow/{own}")).await.status(), 404);
    let known = async |email: &'static str| {
        let found = world.app.db.read(move |tx| async move { store::of_email(&tx, email).await }).await;
        found.map_err(|error: steward::kit::db::DbError| error).expect("follows").len()
    };
    assert_eq!(known("li@example.cn").await, 0);

    // What nobody confirms is forgotten after two days.
    assert_eq!(send(wish("wang@example.cn", "weekly")).await.status(), 200);
    assert_eq!(known("wang@example.cn").await, 1);
    world.clock.set(world.clock.now().plus(49 * HOUR));
    sending::tidy(&world.app).await.expect("tidied");
    assert_eq!(known("wang@example.cn").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_followed_on_sqlite() {
    followed(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_followed_on_postgres() {
    followed(On::Postgres).await;
}

async fn pushed(on: On) {
    let Some((world, _, service)) = city(on).await else { return };
    let visitor = world.visitor();
    let place = world.app.grid().place_in(&world.app.grid().cells()[0].code).expect("a place");
    let here = (place.lon, place.lat);
    let (lon, lat) = (place.lon.to_string(), place.lat.to_string());
    let page = visitor.page("/follow").await;
    assert!(page.contains("在这个浏览器提醒我") && page.contains("data-key=\""), "{page}");
    let (private, public, auth) = keys(7);
    let at = |name: &str| format!("{}/{name}", service.origin);
    let ask = async |endpoint: &str, auth: &str, place: &str| {
        let form = [
            ("lon", lon.as_str()),
            ("lat", lat.as_str()),
            ("metres", "500"),
            ("place", place),
            ("email", ""),
            ("pace", "at_once"),
            ("endpoint", endpoint),
            ("p256dh", public.as_str()),
            ("auth", auth),
        ];
        visitor.post("/follow?lang=zh-Hans", &form).await
    };
    // Only where a browser of a known push service really listens.
    for elsewhere in ["https://127.0.0.1/x", "http://10.0.0.1/", "https://fcm.googleapis.com.evil.example/x"] {
        let refused = ask(elsewhere, &auth, "老家").await;
        assert_eq!(refused.status(), 422, "{elsewhere}");
        assert!(refused.text().await.unwrap().contains("老家"), "nothing typed is lost");
    }
    assert_eq!(ask(&at("one"), "short", "老家").await.status(), 422);
    let taken = ask(&at("one"), &auth, "老家").await;
    assert_eq!(taken.status(), 303);
    let own = location(&taken);
    assert_eq!(location(&ask(&at("one"), &auth, "老家").await), own, "asked twice, one follow");
    let page = visitor.page(&own).await;
    assert!(page.contains("在开启提醒的浏览器里通知") && page.contains("已关注"), "{page}");

    world.clock.set(world.clock.now().plus(60_000));
    report(&visitor, "井盖丢失，电话13900001234", here).await;
    let until = async |count: usize| {
        let began = Instant::now();
        loop {
            sending::read_once(&world.app).await.expect("read");
            sending::send_due(&world.app).await.expect("sent");
            let asked = service.asked();
            if asked.len() >= count {
                return asked;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{} of {count} pushes came", asked.len());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let asked = until(1).await;
    let (path, headers, body) = &asked[0];
    assert_eq!(path, "/one");
    assert!(headers["topic"].len() <= 32 && headers["content-encoding"] == "aes128gcm");
    let opened = steward::notices::sealing::open(body, &private, &[7; 16]).expect("only this browser can read it");
    let said: serde_json::Value = serde_json::from_slice(&opened).expect("JSON");
    assert!(said["title"].as_str().expect("a title").contains("老家"), "{said}");
    let path = said["path"].as_str().expect("a path");
    assert!(path.starts_with("/reports/") && !said.to_string().contains("13900001234"), "{said}");
    assert_eq!(visitor.get(path).await.status(), 200);
    sending::read_once(&world.app).await.expect("read");
    sending::send_due(&world.app).await.expect("sent");
    assert_eq!(service.asked().len(), 1, "told once");

    // The push service gives the browser another address: it goes on there.
    let moved = [("endpoint", at("two")), ("p256dh", public.clone()), ("auth", auth.clone()), ("old", at("one"))];
    let moved: Vec<(&str, &str)> = moved.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(visitor.post("/follow/renew", &moved).await.status(), 204);
    world.clock.set(world.clock.now().plus(60_000));
    report(&visitor, "路灯不亮", here).await;
    assert_eq!(until(2).await[1].0, "/two");

    // A browser that wants nothing more is forgotten.
    service.answer(&[(410, "")]);
    report(&visitor, "护栏损坏", here).await;
    until(3).await;
    let began = Instant::now();
    while visitor.get(&own).await.status() != 404 {
        assert!(began.elapsed() < Duration::from_secs(10), "the browser is still known");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    report(&visitor, "树枝断落", here).await;
    sending::read_once(&world.app).await.expect("read");
    sending::send_due(&world.app).await.expect("sent");
    assert_eq!(service.asked().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_follows_on_sqlite() {
    pushed(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_follows_on_postgres() {
    pushed(On::Postgres).await;
}

on_both!(bare a_city_without_e_mail_offers_the_feed, async |world: World| {
    let visitor = world.visitor();
    let page = visitor.page("/follow?lang=en&category=event-0109").await;
    assert!(page.contains("the feed") && !page.contains("data-push-on") && page.contains("feed.atom?lang=en"), "{page}");
    assert!(!page.contains("name=\"email\""));
});
