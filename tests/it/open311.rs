//! Open311 over HTTP: every endpoint in both formats, every error, the schemas, keys, tokens and updates. `docs/open311.md` names
//! the test of each rule.

use crate::on_both;
use crate::world::{Visitor, World};
use reqwest::Response;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use steward::kit::clock::Moment;
use steward::kit::db::DbError;
use steward::kit::id::Id;
use steward::reports::report::DAY;
use steward::reports::store;

/// An element of an answer in XML.
#[derive(Debug, Clone, PartialEq)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document of ours: elements and text, nothing else.
    fn read(text: &str) -> Element {
        let rest =
            text.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n").expect("the declaration comes first");
        let (root, rest) = Element::begin(rest);
        assert_eq!(rest.trim(), "", "one root");
        root
    }

    fn begin(text: &str) -> (Element, &str) {
        let text = text.strip_prefix('<').expect("an element");
        let (name, mut rest) = text.split_once('>').expect("its end");
        let mut element =
            Element { name: name.trim_end_matches('/').to_owned(), text: String::new(), children: vec![] };
        assert!(!element.name.contains([' ', ':']), "no attributes and no namespaces: {name}");
        if name.ends_with('/') {
            return (element, rest);
        }
        loop {
            if let Some(after) = rest.strip_prefix(&format!("</{}>", element.name)) {
                return (element, after);
            }
            if rest.starts_with('<') {
                let (child, after) = Element::begin(rest);
                element.children.push(child);
                rest = after;
            } else {
                let at = rest.find('<').expect("an end");
                let plain =
                    rest[..at].replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&amp;", "&");
                element.text.push_str(&plain);
                rest = &rest[at..];
            }
        }
    }

    /// The same by the Spark convention, with texts for everything.
    fn spark(&self) -> Value {
        const LISTS: [&str; 10] = [
            "services",
            "attributes",
            "values",
            "service_requests",
            "errors",
            "endpoints",
            "formats",
            "notes",
            "media_urls",
            "service_request_updates",
        ];
        if LISTS.contains(&self.name.as_str()) {
            return Value::Array(self.children.iter().map(Element::spark).collect());
        }
        if self.children.is_empty() {
            return if self.text.is_empty() { Value::Null } else { Value::String(self.text.clone()) };
        }
        Value::Object(self.children.iter().map(|child| (child.name.clone(), child.spark())).collect())
    }
}

/// Everything as text, so that both formats can be compared.
fn texts(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(texts).collect()),
        Value::Object(parts) => Value::Object(parts.iter().map(|(name, part)| (name.clone(), texts(part))).collect()),
        Value::Null => Value::Null,
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => Value::String(text.clone()),
        other => Value::String(other.to_string()),
    }
}

async fn body(response: Response, status: u16, path: &str) -> Value {
    let kind = response.headers()["content-type"].to_str().expect("a type").to_owned();
    let found = response.status();
    let text = response.text().await.expect("a text");
    assert_eq!(found, status, "{path}: {text}");
    if kind == "application/json; charset=utf-8" {
        return serde_json::from_str(&text).expect("JSON");
    }
    assert_eq!(kind, "text/xml; charset=utf-8", "{path}");
    Element::read(&text).spark()
}

/// Asks in both formats and answers the JSON one, when both say the same; `path` has `{f}` where the format stands.
async fn both(visitor: &Visitor, path: &str, status: u16) -> Value {
    let ask = async |format: &str| {
        let path = path.replace("{f}", format);
        body(visitor.get(&path).await, status, &path).await
    };
    let (json, xml) = (ask("json").await, ask("xml").await);
    assert_eq!(texts(&json), xml, "{path}: both formats say the same");
    json
}

/// Posts a form without anything that a browser would send.
async fn post(world: &World, path: &str, form: &[(&str, &str)]) -> Response {
    let client = crate::world::plain_client().build().expect("a client");
    client.post(format!("{}{path}", world.base)).form(form).send().await.expect("an answer")
}

fn errors(answer: &Value) -> Vec<u64> {
    let errors = answer.as_array().expect("errors are an array");
    assert!(!errors.is_empty());
    for error in errors {
        assert!(
            error["description"].as_str().is_some_and(|text| !text.is_empty() && !text.contains("open311-")),
            "{error}"
        );
    }
    errors.iter().filter_map(|error| error["code"].as_u64()).collect()
}

/// Makes a key on the administrator's page and reads it there, as a person would.
async fn key(world: &World, more: &[(&str, &str)]) -> String {
    let administrator = signed_in(world, "sysadmin").await;
    let mut form = vec![("name", "Bürger-App"), ("contact", "Ms Wang, 555-0100")];
    if !more.iter().any(|(name, _)| *name == "per_minute") {
        form.push(("per_minute", "1000"));
    }
    form.extend_from_slice(more);
    let page = administrator.post("/admin/open311", &form).await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.expect("a page");
    let from = page.find("data-copy=\"").expect("the key is shown once") + 11;
    let secret: String = page[from..].chars().take_while(|character| *character != '"').collect();
    assert_eq!(secret.len(), 64);
    let later = administrator.page("/admin/open311").await;
    assert!(later.contains("Bürger-App") && !later.contains(&secret), "never again");
    secret
}

async fn signed_in(world: &World, login: &str) -> Visitor {
    let visitor = world.visitor();
    let form = [("login", login), ("password", steward::demo::PASSWORD)];
    assert_eq!(visitor.post("/sign-in", &form).await.status(), 303, "{login} signs in");
    visitor
}

/// Sends a request and answers its number.
async fn sent(world: &World, key: &str, more: &[(&str, &str)]) -> String {
    let mut form = vec![("api_key", key), ("service_code", "event-0110"), ("address_string", "中山路 8 号")];
    if !more.iter().any(|(name, _)| *name == "description") {
        form.push(("description", "垃圾三天没人收"));
    }
    form.extend_from_slice(more);
    let answer = body(post(world, "/open311/v2/requests.json", &form).await, 200, "POST").await;
    answer[0]["service_request_id"].as_str().expect("a number").to_owned()
}

/// A point in the invented city.
const POINT: (&str, &str) = ("31.2093", "123.414");

/// Lets something happen to a report, as its case would, and tells this process of it.
async fn happen(world: &World, id: &str, kind: &'static str, at: Moment, body: Value) {
    let id: Id = id.parse().expect("a number");
    let done: Result<(), DbError> = world
        .app
        .db
        .write(move |tx| async move {
            store::record(&tx, id, kind, true, None, at, body).await?;
            store::follow_fact(&tx, id, kind, at, None, None).await
        })
        .await;
    done.expect("it happens");
    world.app.tell("report", id);
}

on_both!(discovery_names_two_endpoints_in_two_formats, |world: World| async move {
    let visitor = world.visitor();
    let answer = both(&visitor, "/open311/discovery.{f}", 200).await;
    for name in ["changeset", "contact", "key_service"] {
        assert!(answer[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
    let endpoints = answer["endpoints"].as_array().expect("endpoints");
    assert_eq!(
        endpoints.iter().map(|one| one["type"].as_str().expect("a type")).collect::<Vec<_>>(),
        ["production", "test"]
    );
    for endpoint in endpoints {
        assert_eq!(endpoint["specification"], "http://wiki.open311.org/GeoReport_v2");
        assert_eq!(endpoint["formats"], json!(["text/xml", "application/json"]));
        let changed: jiff::Timestamp = endpoint["changeset"].as_str().expect("a text").parse().expect("ISO 8601");
        assert!(changed.as_millisecond() < world.clock.now().0, "in the past");
        let url = endpoint["url"].as_str().expect("an address");
        let services = visitor.client.get(format!("{url}/services.json")).send().await.expect("an answer");
        assert_eq!(services.status(), 200, "{url}");
    }
    let below = both(&visitor, "/open311/v2/discovery.{f}", 200).await;
    assert_eq!(below, answer, "some clients look for it below the endpoint");
    assert_eq!(visitor.get("/open311/discovery.json").await.headers()["access-control-allow-origin"], "*");
});

on_both!(services_and_definitions, |world: World| async move {
    let visitor = world.visitor();
    let services = both(&visitor, "/open311/v2/services.{f}?jurisdiction_id=wanglan.example", 200).await;
    let services = services.as_array().expect("an array").clone();
    assert!(services.len() > 20);
    let pothole = services.iter().find(|one| one["service_code"] == "event-0113").expect("potholes");
    assert_eq!((&pothole["metadata"], &pothole["type"]), (&json!(true), &json!("realtime")));
    assert_eq!(services.iter().find(|one| one["service_code"] == "event-0405").expect("shops")["type"], "batch");
    assert!(services.iter().any(|one| one["service_code"] == "other" && one["metadata"] == json!(false)));
    let english = visitor.get("/open311/v2/services.json?lang=en").await.json::<Value>().await.expect("JSON");
    assert!(english.as_array().expect("an array").iter().any(|one| one["service_name"] == "Pothole or broken road"));
    let definition = both(&visitor, "/open311/v2/services/event-0113.{f}", 200).await;
    let attributes = definition["attributes"].as_array().expect("attributes");
    let types: Vec<&str> = attributes.iter().map(|one| one["datatype"].as_str().expect("a type")).collect();
    assert_eq!(types, ["string", "singlevaluelist", "multivaluelist", "number", "datetime", "string", "text"]);
    for (order, attribute) in (1..).zip(attributes) {
        assert_eq!(attribute["order"], json!(order));
        assert_eq!(attribute["variable"], json!(order != 1), "the first is only shown");
        assert_eq!(
            attribute["values"].is_array(),
            attribute["datatype"].as_str().is_some_and(|kind| kind.ends_with("list"))
        );
    }
    // A service without questions is defined by none.
    assert_eq!(both(&visitor, "/open311/v2/services/other.{f}", 200).await["attributes"], json!([]));
});

on_both!(a_report_is_sent_and_read_back, |world: World| async move {
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit")]).await);
    let id = sent(
        &world,
        &key,
        &[
            ("description", "路面有坑 <b>&\r\n电话 13800138000"),
            ("lat", POINT.0),
            ("long", POINT.1),
            ("email", "wang@example.org"),
            ("first_name", "Li"),
            ("last_name", "Wang"),
            ("phone", "13800138000"),
            ("device_id", "d-1"),
            ("account_id", "a-1"),
            ("jurisdiction_id", "wanglan.example"),
        ],
    )
    .await;
    let one = both(&visitor, &format!("/open311/v2/requests/{id}.{{f}}"), 200).await;
    let one = &one.as_array().expect("an array of one")[0];
    let names: Vec<&str> = one.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names.len(), 17);
    assert_eq!(one["service_request_id"], json!(id));
    assert_eq!((&one["status"], &one["service_code"]), (&json!("open"), &json!("event-0110")));
    assert_eq!(one["description"], "路面有坑 <b>&\n电话 ***", "numbers of people are masked");
    assert_eq!((&one["lat"], &one["long"]), (&json!(31.2093), &json!(123.414)));
    assert_eq!(one["requested_datetime"], "2026-03-10T10:00:00+08:00");
    let whole = visitor.page(&format!("/open311/v2/requests/{id}.json?extensions=true")).await;
    for secret in ["wang@example.org", "13800138000", "Li Wang", "d-1\"", "a-1\""] {
        assert!(!whole.contains(secret), "{secret} is nobody's business");
    }
    let number: Id = id.parse().expect("a number");
    let report: Result<_, DbError> = world.app.db.read(move |tx| async move { store::load(&tx, number).await }).await;
    let report = report.expect("read").expect("the report");
    assert!(!whole.contains(&report.code), "the tracking code is a secret");
    assert!(report.contact_name == "Li Wang" && report.contact_phone == "13800138000", "{report:?}");
    assert!(!report.place.cell.is_empty(), "it lies in a unit grid");
    assert!(visitor.page(&format!("/reports/{id}")).await.contains("路面有坑"), "the same number as its public page");
    // A case is opened for it like for every other, and the desk reads what was told of the user.
    let desk = signed_in(&world, "acceptor1").await;
    for _ in 0..200 {
        let list = desk.page("/desk").await;
        if let Some(at) = list.find("href=\"/cases/") {
            let case: String = list[at + 13..].chars().take_while(char::is_ascii_digit).collect();
            let page = desk.page(&format!("/cases/{case}")).await;
            assert!(page.contains("wang@example.org"), "the acceptor reads it");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no case was opened");
});

on_both!(attributes_are_asked_and_kept, |world: World| async move {
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit")]).await);
    let base = [("api_key", key.as_str()), ("service_code", "event-0113"), ("lat", POINT.0), ("long", POINT.1)];
    let path = "/open311/v2/requests.json";
    let missing = body(post(&world, path, &base).await, 400, path).await;
    assert_eq!(errors(&missing), [400]);
    assert!(missing[0]["description"].as_str().expect("a text").contains("attribute[WHERE]"));
    let mut wrong = base.to_vec();
    wrong.extend([("attribute[WHERE]", "sky"), ("attribute[DEPTH]", "deep"), ("attribute[SINCE]", "long ago")]);
    assert_eq!(errors(&body(post(&world, path, &wrong).await, 400, path).await), [400, 400, 400]);
    let mut good = base.to_vec();
    good.extend([
        ("attribute[WHERE]", "pavement"),
        ("attribute[HARM][]", "fall"),
        ("attribute[HARM][]", "water"),
        ("attribute[DEPTH]", "12.5"),
        ("attribute[SINCE]", "2026-03-09T08:00:00Z"),
        ("attribute[POLE]", "L-17"),
        ("attribute[UNKNOWN]", "left alone"),
    ]);
    let answer = body(post(&world, path, &good).await, 200, path).await;
    let id = answer[0]["service_request_id"].as_str().expect("a number");
    let one = both(&visitor, &format!("/open311/v2/requests/{id}.{{f}}?extensions=true&lang=en"), 200).await;
    assert_eq!(
        one[0]["attributes"],
        json!([
            { "label": "Where is the hole?", "name": "Pavement", "value": "pavement", "code": "WHERE" },
            { "label": "What harm does it do?", "name": "Standing water, Somebody fell", "value": "water fall", "code": "HARM" },
            { "label": "About how deep is it, in centimetres?", "name": "12.5", "value": "12.5", "code": "DEPTH" },
        ]),
        "what is not public stays with the desk"
    );
    let plain = both(&visitor, &format!("/open311/v2/requests/{id}.{{f}}"), 200).await;
    assert!(plain[0].get("attributes").is_none(), "only when asked");
});

fn picture() -> Part {
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).expect("a picture");
    Part::bytes(bytes).file_name("photo.png").mime_str("image/png").expect("a type")
}

on_both!(a_photo_comes_as_multipart, |world: World| async move {
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit")]).await);
    let send = async |field: &'static str, part: Part| {
        let form = Form::new().text("service_code", "event-0110").text("lat", POINT.0).text("long", POINT.1);
        let form = form.text("api_key", key.clone()).part(field, part);
        visitor
            .client
            .post(format!("{}/open311/v2/requests.xml", world.base))
            .multipart(form)
            .send()
            .await
            .expect("an answer")
    };
    for field in ["media", "media[]"] {
        let answer = body(send(field, picture()).await, 200, field).await;
        let id = answer[0]["service_request_id"].as_str().expect("a number").to_owned();
        let one = both(&visitor, &format!("/open311/v2/requests/{id}.{{f}}?extensions=true"), 200).await;
        let url = one[0]["media_url"].as_str().expect("an address").to_owned();
        assert_eq!(one[0]["extended_attributes"]["media_urls"], json!([url]));
        let photo = visitor.client.get(&url).send().await.expect("an answer");
        assert_eq!(photo.status(), 200, "{url}");
    }
    let broken = Part::bytes(b"this is no photo".to_vec()).file_name("photo.jpg");
    assert_eq!(errors(&body_json(send("media", broken).await, 400).await).len(), 1);
});

/// The errors of an answer in XML, with codes as numbers.
async fn body_json(response: Response, status: u16) -> Value {
    let mut answer = body(response, status, "XML").await;
    for error in answer.as_array_mut().expect("an array") {
        let code: u64 = error["code"].as_str().expect("a code").parse().expect("a number");
        error["code"] = code.into();
    }
    answer
}

on_both!(every_error_is_an_array_in_the_asked_format, |world: World| async move {
    let visitor = world.visitor();
    for (path, status, codes) in [
        ("/open311/v2/services.{f}?jurisdiction_id=elsewhere", 404, vec![404]),
        ("/open311/v2/services/event-9999.{f}", 404, vec![404]),
        ("/open311/v2/services/weather.{f}?jurisdiction_id=elsewhere", 404, vec![404]),
        ("/open311/v2/requests/1.{f}", 404, vec![404]),
        ("/open311/v2/requests/A-7.{f}", 404, vec![404]),
        ("/open311/v2/tokens/0000.{f}", 404, vec![404]),
        ("/open311/v2/nothing.{f}", 404, vec![404]),
        ("/open311/v3/services.{f}", 404, vec![404]),
        ("/open311/v2/requests.{f}?status=new", 400, vec![400]),
        ("/open311/v2/requests.{f}?service_code=event-9999", 404, vec![404]),
        ("/open311/v2/requests.{f}?status=new&page_size=0&bbox=1&start_date=soon", 400, vec![400, 400, 400, 400]),
        ("/open311/v2/requests.{f}?start_date=2025-01-01T00:00:00Z&end_date=2025-12-01T00:00:00Z", 400, vec![400]),
        ("/open311/v2/requests.{f}?service_code=x&status=new&jurisdiction_id=", 404, vec![400, 404]),
        ("/open311/v2/requests.{f}?api_key=wrong", 403, vec![403]),
        ("/open311/v2/requests.{f}?api_key=wrong&jurisdiction_id=elsewhere", 403, vec![403, 404]),
        ("/open311/v2/servicerequestupdates.{f}?start_date=x&page_size=0", 400, vec![400, 400]),
    ] {
        let answer = both(&visitor, path, status).await;
        assert_eq!(errors(&answer), codes, "{path}");
    }
    // Without a format that there is, XML answers: it is the one that is required.
    for path in ["/open311/v2/services", "/open311/v2/services.html", "/open311/v2/requests/1", "/open311/v2"] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.headers()["content-type"], "text/xml; charset=utf-8", "{path}");
        assert_eq!(answer.status(), 404, "{path}");
    }
    let put = visitor.client.put(format!("{}/open311/v2/requests.json", world.base)).send().await.expect("an answer");
    assert_eq!(put.status(), 405);
    assert!(!put.text().await.expect("a text").contains("<html"), "no page for programs");
});

on_both!(what_is_missing_from_a_request_is_said_at_once, |world: World| async move {
    let key = key(&world, &[("may", "submit")]).await;
    let place = [("address_string", "中山路 8 号"), ("description", "x")];
    for (form, status, codes) in [
        (vec![], 403, vec![403]),
        (vec![("api_key", "wrong")], 403, vec![403]),
        (vec![("api_key", key.as_str())], 400, vec![400, 400, 400]),
        (vec![("api_key", &key), ("service_code", "event-0110")], 400, vec![400]),
        (vec![("api_key", &key), ("service_code", "event-0110"), ("lat", "31.2")], 400, vec![400, 400]),
        (vec![("api_key", &key), ("service_code", "event-0110"), ("lat", "31.2"), ("long", "")], 400, vec![400, 400]),
        (vec![("api_key", &key), ("service_code", "event-0110"), ("lat", "x"), ("long", "y")], 400, vec![400]),
        (vec![("api_key", &key), ("service_code", "event-0110"), ("lat", "48.1"), ("long", "11.5")], 400, vec![400]),
        (vec![("api_key", &key), ("service_code", "event-9999"), place[0], place[1]], 404, vec![404]),
        (vec![("api_key", &key), ("service_code", ""), place[0], place[1]], 400, vec![400]),
        (vec![("api_key", &key), ("service_code", "other"), place[0]], 400, vec![400]),
        (
            vec![("api_key", &key), ("service_code", "other"), place[0], place[1], ("media_url", "file:///x")],
            400,
            vec![400],
        ),
        (
            vec![("api_key", &key), ("jurisdiction_id", "x"), ("service_code", "other"), place[0], place[1]],
            404,
            vec![404],
        ),
    ] {
        let json = body(post(&world, "/open311/v2/requests.json", &form).await, status, &format!("{form:?}")).await;
        assert_eq!(errors(&json), codes, "{form:?}: {json}");
        let xml = body_json(post(&world, "/open311/v2/requests.xml", &form).await, status).await;
        assert_eq!(xml, json, "{form:?}");
    }
    let most = "长".repeat(4000);
    let form = [("api_key", key.as_str()), ("service_code", "other"), place[0], ("description", &most)];
    body(post(&world, "/open311/v2/requests.json", &form).await, 200, "as long as the specification allows").await;
    let long = "长".repeat(4001);
    let form = [("api_key", key.as_str()), ("service_code", "other"), place[0], ("description", &long)];
    assert_eq!(errors(&body(post(&world, "/open311/v2/requests.json", &form).await, 400, "long").await), [400]);
    let broken = world.visitor().client.post(format!("{}/open311/v2/requests.json", world.base));
    let broken = broken.header("content-type", "multipart/form-data; boundary=x").body("nonsense").send().await;
    assert_eq!(errors(&body(broken.expect("an answer"), 400, "broken").await), [400]);
});

on_both!(a_key_opens_what_it_was_made_for, |world: World| async move {
    let submit = key(&world, &[("may", "submit")]).await;
    let update = key(&world, &[("may", "update")]).await;
    let bound = key(&world, &[("may", "submit"), ("jurisdiction", "wanglan.example")]).await;
    let test = key(&world, &[("may", "submit"), ("may", "update"), ("is_test", "1")]).await;
    let form = [("service_code", "event-0110"), ("address_string", "中山路 8 号"), ("description", "x")];
    let send = async |query: &str, key: &str, endpoint: &str| {
        let mut form = form.to_vec();
        if !key.is_empty() {
            form.push(("api_key", key));
        }
        post(&world, &format!("/open311/{endpoint}/requests.json{query}"), &form).await.status().as_u16()
    };
    assert_eq!(send("", &submit, "v2").await, 200, "in the form");
    assert_eq!(
        send(&format!("?api_key={submit}&jurisdiction_id=wanglan.example"), "", "v2").await,
        200,
        "in the query"
    );
    assert_eq!(send("", &update, "v2").await, 403);
    assert_eq!(send("", &bound, "v2").await, 200, "an endpoint of one city need not be told which");
    assert_eq!(send("", &test, "v2").await, 403, "for tests alone");
    assert_eq!(send("", &test, "test").await, 200);
    let before = world.visitor().page("/open311/v2/requests.json").await;
    assert_eq!(send("", &submit, "test").await, 200, "everybody may try");
    world.app.tell("report", 0);
    assert_eq!(world.visitor().page("/open311/v2/requests.json").await, before, "a test leaves nothing");
    let administrator = signed_in(&world, "sysadmin").await;
    let page = administrator.page("/admin/open311").await.replace("&#x2f;", "/");
    assert_eq!(page.matches("/revoke\"").count(), 4);
    for at in page.match_indices("/revoke\"").map(|(at, _)| at).collect::<Vec<_>>() {
        let id = page[..at].rsplit('/').next().expect("a number");
        assert_eq!(administrator.post(&format!("/admin/open311/{id}/revoke"), &[]).await.status(), 303);
    }
    assert_eq!(send("", &submit, "v2").await, 403, "taken back");
    let audit = signed_in(&world, "auditadmin").await.page("/audit/changes").await;
    assert_eq!(audit.matches("Bürger-App").count(), 8, "made and revoked, each is on record");
    let acceptor = signed_in(&world, "acceptor1").await;
    assert_eq!(acceptor.get("/admin/open311").await.status(), 403, "the administrator's alone");
    let refused = administrator.post("/admin/open311", &[("name", ""), ("contact", "x"), ("per_minute", "0")]).await;
    assert_eq!(refused.status(), 422);
});

on_both!(too_many_requests_wait, |world: World| async move {
    let key = key(&world, &[("may", "submit"), ("per_minute", "2")]).await;
    let ask = async || world.visitor().get(&format!("/open311/v2/services.json?api_key={key}")).await;
    assert_eq!(ask().await.status(), 200);
    assert_eq!(ask().await.status(), 200);
    let late = ask().await;
    assert_eq!(late.headers()["retry-after"], "60");
    assert_eq!(errors(&body(late, 429, "too many").await), [429]);
    world.clock.set(world.clock.now().plus(60_000));
    assert_eq!(ask().await.status(), 200, "a minute later");
    let visitor = world.visitor();
    for _ in 0..600 {
        visitor.get("/open311/v2/services/other.xml").await;
    }
    assert_eq!(visitor.get("/open311/v2/services/other.xml").await.status(), 429, "an address without a key");
});

on_both!(a_list_has_its_filters, |world: World| async move {
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit")]).await);
    let start = world.clock.now();
    let (lat, long) = POINT;
    let first = sent(&world, &key, &[("description", "橱窗下的垃圾"), ("lat", lat), ("long", long)]).await;
    world.clock.set(start.plus(DAY));
    let second = sent(&world, &key, &[("service_code", "event-0110"), ("description", "电话 13800138000 联系")]).await;
    world.clock.set(start.plus(2 * DAY));
    let form = [
        ("api_key", key.as_str()),
        ("service_code", "other"),
        ("address_string", "书院路"),
        ("description", "不知道是什么"),
    ];
    let third = body(post(&world, "/open311/v2/requests.json", &form).await, 200, "POST").await;
    let third = third[0]["service_request_id"].as_str().expect("a number").to_owned();
    happen(&world, &first, "case_closed", start.plus(2 * DAY), json!({ "note": "已清运" })).await;
    world.clock.set(start.plus(3 * DAY));
    let ids = async |query: &str| -> Vec<String> {
        let answer = both(&visitor, &format!("/open311/v2/requests.{{f}}{query}"), 200).await;
        let rows = answer.as_array().expect("an array").iter();
        rows.map(|row| row["service_request_id"].as_str().expect("a number").to_owned()).collect()
    };
    let all = [third.clone(), second.clone(), first.clone()];
    for (query, expected) in [
        (String::new(), all.to_vec()),
        ("?status=&service_code=&start_date=&end_date=&service_request_id=&page=&q=".into(), all.to_vec()),
        ("?status=open".into(), all[..2].to_vec()),
        ("?status=closed".into(), vec![first.clone()]),
        ("?status=open,closed".into(), all.to_vec()),
        ("?service_code=other".into(), vec![third.clone()]),
        ("?service_code=event-0110,other".into(), all.to_vec()),
        ("?service_code=event-0110&service_code=other".into(), all.to_vec()),
        ("?service_code=event-0113".into(), vec![]),
        (format!("?service_request_id={first},{third}"), vec![third.clone(), first.clone()]),
        (
            format!("?service_request_id={first}&status=open&service_code=other&start_date=2020-01-01"),
            vec![first.clone()],
        ),
        ("?service_request_id=1,nonsense".into(), vec![]),
        // Even where the others are wrong, or ask for another page.
        (
            format!("?service_request_id={first}&status=foo&service_code=nope&bbox=x&page=5&page_size=0&q=zzz"),
            vec![first.clone()],
        ),
        (format!("?service_request_id={first}&start_date=2020-01-01&end_date=2026-01-01&after=x"), vec![first.clone()]),
        ("?start_date=2026-03-11T00:00:00%2B08:00".into(), all[..2].to_vec()),
        ("?start_date=2026-03-11T00:00:00+08:00&end_date=2026-03-11T23:59:59+08:00".into(), vec![second.clone()]),
        ("?end_date=2026-03-10".into(), vec![first.clone()]),
        ("?start_date=2026-06-01".into(), vec![]),
        ("?updated_after=2026-03-12T00:00:00Z".into(), vec![third.clone(), first.clone()]),
        ("?updated_after=2026-03-10&updated_before=2026-03-11".into(), vec![second.clone()]),
        ("?q=垃圾".into(), vec![first.clone()]),
        ("?q=13800138000".into(), vec![]),
        ("?q=%25".into(), vec![]),
        ("?bbox=123.40,31.20,123.42,31.22".into(), vec![first.clone()]),
        ("?bbox=0,0,1,1".into(), vec![]),
        ("?page_size=1".into(), vec![third.clone()]),
        ("?page_size=1&page=0".into(), vec![third.clone()]),
        ("?page_size=1&page=3".into(), vec![first.clone()]),
        ("?page_size=1&page=4".into(), vec![]),
        ("?page_size=2&page=2".into(), vec![first.clone()]),
    ] {
        assert_eq!(ids(&query).await, expected, "{query}");
    }
    let closed = both(&visitor, &format!("/open311/v2/requests/{first}.{{f}}?extensions=1&lang=en"), 200).await;
    assert_eq!(closed[0]["status"], "closed");
    assert_eq!(closed[0]["updated_datetime"], "2026-03-12T10:00:00+08:00", "when it was closed");
    assert_eq!(closed[0]["status_notes"], "Closed: 已清运");
    assert_eq!(closed[0]["notes"][0]["type"], "FIXED");
    assert_eq!(closed[0]["extended_attributes"]["detailed_status"], "PROCESSED");
    // Ninety days later none of them is asked for any more, but each is still there.
    world.clock.set(start.plus(93 * DAY + 1));
    assert_eq!(ids("").await, [""; 0]);
    assert_eq!(ids("?start_date=2026-03-10").await, all);
});

on_both!(pages_follow_one_another, |world: World| async move {
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit")]).await);
    let mut sent_ids = Vec::new();
    for _ in 0..5 {
        world.clock.set(world.clock.now().plus(1000));
        sent_ids.push(sent(&world, &key, &[]).await);
    }
    sent_ids.reverse();
    let mut address = format!("{}/open311/v2/requests.json?page_size=2&total=true", world.base);
    let mut found = Vec::new();
    for round in 0..3 {
        let answer = visitor.client.get(&address).send().await.expect("an answer");
        assert_eq!(answer.headers()["x-total-count"], "5");
        let link = answer.headers().get("link").map(|link| link.to_str().expect("a text").to_owned());
        let rows: Value = answer.json().await.expect("JSON");
        found.extend(
            rows.as_array().expect("rows").iter().map(|row| row["service_request_id"].as_str().unwrap().to_owned()),
        );
        if round == 0 {
            // Whoever comes in meanwhile does not move the pages.
            world.clock.set(world.clock.now().plus(1000));
            let late = sent(&world, &key, &[]).await;
            assert!(!found.contains(&late));
            address = link.expect("more").trim_start_matches('<').split_once('>').expect("a link").0.to_owned();
        } else if round == 1 {
            address = link.expect("more").trim_start_matches('<').split_once('>').expect("a link").0.to_owned();
        } else {
            assert_eq!(link, None, "the last page");
        }
    }
    assert_eq!(found, sent_ids);
    let mut least = u64::MAX;
    for _ in 0..50 {
        let statements = crate::world::statements_of(async || {
            // A new address each time, so that no kept list answers.
            let fresh = world.clock.now().plus(1).0;
            world.clock.set(Moment(fresh));
            visitor.get(&format!("/open311/v2/requests.json?page_size=100&fresh={fresh}")).await
        });
        least = least.min(statements.await);
        if least == 1 {
            break;
        }
        // The jobs still open cases for what was just sent.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(least, 1, "one statement for a page");
});

on_both!(the_same_key_with_other_words_is_refused, |world: World| async move {
    let key = key(&world, &[("may", "submit")]).await;
    let send = async |words: &str| {
        let form = [
            ("service_code", "event-0110"),
            ("description", words),
            ("address_string", "中山路 8 号"),
            ("api_key", &key),
        ];
        let client = crate::world::plain_client().build().expect("a client");
        let request = client.post(format!("{}/open311/v2/requests.json", world.base)).form(&form);
        request.header("idempotency-key", "abc-12345678").send().await.expect("an answer")
    };
    let first = body(send("垃圾三天没人收").await, 200, "first").await;
    assert_eq!(body(send("垃圾三天没人收").await, 200, "again").await, first);
    let refused = body(send("路灯不亮").await, 400, "other").await;
    assert_eq!(errors(&refused), [400]);
    assert!(refused.to_string().contains("Idempotency-Key"), "{refused}");
    assert_eq!(body(send("垃圾三天没人收").await, 200, "again").await, first, "the first still stands");
});

on_both!(a_token_waits_for_the_desk, |world: World| async move {
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit")]).await);
    let form = [("api_key", key.as_str()), ("service_code", "event-0405"), ("address_string", "中山路 8 号")];
    let answer = body(post(&world, "/open311/v2/requests.json", &form).await, 200, "POST").await;
    assert!(answer[0].get("service_request_id").is_none(), "a token or a number, never both");
    let token = answer[0]["token"].as_str().expect("a token").to_owned();
    let path = format!("/open311/v2/tokens/{token}.{{f}}");
    let waiting = both(&visitor, &path, 200).await;
    assert_eq!(waiting, json!([{ "service_request_id": null, "token": token }]));
    let wanted = token.clone();
    let found: Result<_, DbError> =
        world.app.db.read(move |tx| async move { steward::open311::store::of_token(&tx, &wanted).await }).await;
    let id = found.expect("read").expect("the report").0.to_string();
    happen(&world, &id, "report_accepted", world.clock.now(), json!({})).await;
    let known = both(&visitor, &path, 200).await;
    assert_eq!(known, json!([{ "service_request_id": id, "token": token }]));
    assert_eq!(both(&visitor, &format!("/open311/v2/requests/{id}.{{f}}"), 200).await[0]["service_code"], "event-0405");
});

on_both!(updates_go_both_ways, |world: World| async move {
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit"), ("may", "update")]).await);
    let id = sent(&world, &key, &[]).await;
    let start = world.clock.now();
    let path = "/open311/v2/servicerequestupdates.json";
    let update = |number: &'static str, status: &'static str| {
        vec![
            ("api_key", key.clone()),
            ("service_request_id", id.clone()),
            ("update_id", number.to_owned()),
            ("status", status.to_owned()),
            ("updated_datetime", "2026-03-10T10:00:00+08:00".to_owned()),
            ("description", "还在，电话 13800138000".to_owned()),
        ]
    };
    let send = async |form: Vec<(&'static str, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        post(&world, path, &form).await
    };
    let first = body(send(update("c-1", "OPEN")).await, 200, path).await;
    let number = first[0]["update_id"].as_str().expect("a number").to_owned();
    let again = body(send(update("c-1", "OPEN")).await, 400, path).await;
    assert!(again[0]["description"].as_str().expect("a text").contains("already exists"), "{again}");
    world.clock.set(start.plus(60_000));
    happen(&world, &id, "report_accepted", start.plus(60_000), json!({})).await;
    assert_eq!(errors(&body(send(update("c-2", "REOPEN")).await, 400, path).await), [400], "it is open");
    world.clock.set(start.plus(120_000));
    happen(&world, &id, "case_closed", start.plus(120_000), json!({ "note": "已清运" })).await;
    world.clock.set(start.plus(180_000));
    body(send(update("c-2", "REOPEN")).await, 200, path).await;
    let told = both(&visitor, "/open311/v2/servicerequestupdates.{f}?lang=en", 200).await;
    let told = told.as_array().expect("an array").clone();
    let words: Vec<&str> = told.iter().map(|one| one["status"].as_str().expect("a status")).collect();
    // The case's own reader may have opened it again meanwhile.
    assert_eq!(words[..4], ["OPEN", "INVESTIGATING", "FIXED", "FIXED"], "{told:?}");
    assert_eq!(told[0]["update_id"], json!(number), "whoever sent it knows it again");
    assert_eq!(told[2]["description"], "Closed: 已清运");
    assert!(told.iter().all(|one| one["service_request_id"] == json!(id)));
    assert!(!told.iter().any(|one| one["description"].as_str().is_some_and(|text| text.contains("13800138000"))));
    let some = both(
        &visitor,
        "/open311/v2/servicerequestupdates.{f}?start_date=2026-03-10T02:01:00Z&end_date=2026-03-10T02:02:00Z",
        200,
    );
    assert_eq!(some.await.as_array().map(Vec::len), Some(2), "both ends belong to it");
    let page = both(&visitor, "/open311/v2/servicerequestupdates.{f}?page_size=1&page=2", 200).await;
    assert_eq!(page[0]["status"], "INVESTIGATING");
    assert!(visitor.page(&format!("/reports/{id}")).await.contains("还在，电话 ***"));
    for (name, value, code) in [
        ("status", "BROKEN", 400),
        ("service_request_id", "7", 404),
        ("update_id", "", 400),
        ("updated_datetime", "soon", 400),
        ("api_key", "wrong", 403),
    ] {
        let mut form = update("c-9", "OPEN");
        form.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, old)| *old = value.to_owned());
        assert_eq!(errors(&body(send(form).await, code, name).await), [u64::from(code)], "{name}");
    }
    let mut tried = update("c-10", "OPEN");
    tried.retain(|(name, _)| *name != "api_key");
    assert_eq!(send(tried).await.status(), 403);
});

/// The schemas that the Open311 community publishes, when they lie beside the repository or where the variable says.
fn schemas() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/open311");
    let folder = std::env::var_os("STEWARD_OPEN311_SCHEMAS").map_or(beside, PathBuf::from);
    if folder.join("schema_request.json").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: there are no schemas; say where in STEWARD_OPEN311_SCHEMAS");
    None
}

/// Checks the few rules that these schemas use.
fn check(folder: &Path, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let text = fs::read_to_string(folder.join(format!("schema_{name}"))).expect("a schema");
        return check(folder, &serde_json::from_str(&text).expect("JSON"), value, at);
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let kind = if value.is_null() { "null" } else { "" };
        let fitting = any.iter().find(|one| (one["type"] == "null") == (kind == "null"));
        return check(folder, fitting.unwrap_or_else(|| panic!("{at}: {value} fits none")), value, at);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => assert!(value.is_string(), "{at}: {value} is no string"),
        Some("number") => assert!(value.is_number(), "{at}: {value} is no number"),
        Some("integer") => assert!(value.is_i64(), "{at}: {value} is no integer"),
        Some("boolean") => assert!(value.is_boolean(), "{at}: {value} is no boolean"),
        Some("null") => assert!(value.is_null(), "{at}: {value} is not null"),
        Some("array") => assert!(value.is_array(), "{at}: {value} is no array"),
        Some(other) => panic!("{at}: the schema speaks of {other}"),
        None => {}
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        assert!(words.contains(value), "{at}: {value} is none of {words:?}");
    }
    if let Some(most) = schema.get("maxLength").and_then(Value::as_u64) {
        assert!(value.as_str().is_some_and(|text| text.chars().count() as u64 <= most), "{at}: longer than {most}");
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => {
            let read = value.as_str().map(str::parse::<jiff::Timestamp>);
            assert!(read.is_some_and(|read| read.is_ok()), "{at}: {value} is no moment");
        }
        Some("uri") => assert!(value.as_str().is_some_and(|text| text.starts_with("http")), "{at}: {value} is no URI"),
        _ => {}
    }
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        assert!(value.get(name.as_str().expect("a name")).is_some(), "{at}: {name} is missing");
    }
    for (name, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(part) = value.get(name) {
            check(folder, inner, part, &format!("{at}.{name}"));
        }
    }
    if let Some(items) = schema.get("items") {
        for (position, item) in value.as_array().into_iter().flatten().enumerate() {
            check(folder, items, item, &format!("{at}[{position}]"));
        }
    }
}

on_both!(the_published_schemas_fit_every_answer, |world: World| async move {
    let Some(folder) = schemas() else { return };
    let (visitor, key) = (world.visitor(), key(&world, &[("may", "submit")]).await);
    let open = sent(&world, &key, &[("lat", POINT.0), ("long", POINT.1)]).await;
    let closed = sent(&world, &key, &[]).await;
    happen(&world, &closed, "case_closed", world.clock.now(), json!({})).await;
    for (path, schema) in [
        ("/open311/v2/services.json".to_owned(), "services"),
        ("/open311/v2/services/event-0113.json".to_owned(), "service-definition"),
        ("/open311/v2/services/other.json".to_owned(), "service-definition"),
        ("/open311/v2/requests.json".to_owned(), "requests"),
        ("/open311/v2/requests.json?extensions=true".to_owned(), "requests"),
        (format!("/open311/v2/requests/{open}.json"), "requests"),
        (format!("/open311/test/requests/{closed}.json?lang=en"), "requests"),
    ] {
        let answer: Value = serde_json::from_str(&visitor.page(&path).await).expect("JSON");
        let text = fs::read_to_string(folder.join(format!("schema_{schema}.json"))).expect("a schema");
        check(&folder, &serde_json::from_str(&text).expect("JSON"), &answer, &path);
    }
    let wrong =
        json!([{ "service_request_id": 1, "status": "open", "service_code": "x", "requested_datetime": "soon" }]);
    let text = fs::read_to_string(folder.join("schema_requests.json")).expect("a schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        std::panic::catch_unwind(|| check(&folder, &schema, &wrong, "wrong")).is_err(),
        "the checker sees what is wrong"
    );
});
