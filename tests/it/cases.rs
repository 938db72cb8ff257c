//! A case through HTTP: from the desk through the crew's hands and a second person's eyes to its end.

use crate::on_both;
use crate::world::{Visitor, World};
use steward::cases::case::{Case, Place, Source};
use steward::cases::store::{self, Scope};
use steward::kit::db::params;
use steward::kit::error::Error;
use steward::kit::id::{self, Id};
use steward::people::sessions;

/// A department of the test.
async fn department(world: &World) -> Id {
    let department = id::fresh();
    let made = world.app.db.write(move |tx| async move {
        let sql = "insert into departments (id, code, name_zh, name_en, kind) values ($1, $2, $3, $4, 'handling')";
        tx.execute(sql, params![department, format!("T{department}"), "市政所", "Works"]).await?;
        Ok::<_, Error>(())
    });
    made.await.expect("a department");
    department
}

/// Somebody of a post, signed in.
async fn signed_in(world: &World, post: &'static str, department: Option<Id>) -> (Id, Visitor) {
    let (account, now) = (id::fresh(), world.clock.now());
    let made = world.app.db.write(move |tx| async move {
        let sql = "insert into accounts (id, login, name, post, department_id, password_hash, is_first_password, made_at) \
                   values ($1, $2, $3, $4, $5, '', 0, $6)";
        tx.execute(sql, params![account, format!("{post}{account}"), post, post, department, now]).await?;
        sessions::open_for(&tx, account, now, 12 * 60 * 60 * 1000).await
    });
    let secret = made.await.expect("a session");
    let mut visitor = world.visitor();
    let cookie = format!("session={secret}").parse().expect("a cookie");
    let headers = reqwest::header::HeaderMap::from_iter([(reqwest::header::COOKIE, cookie)]);
    let client = crate::world::plain_client().default_headers(headers);
    visitor.client = client.build().expect("a client");
    (account, visitor)
}

async fn opened(world: &World) -> Id {
    let (id, now) = (id::fresh(), world.clock.now());
    let place = Place {
        lon: Some(114.05),
        lat: Some(22.54),
        coordinates: "wgs84".into(),
        cell: "440304001001001".into(),
        address: "福民路 1 号".into(),
        ..Place::default()
    };
    let case = Case::open(id, format!("20260310-{id}"), "井盖破损".into(), place, Source::Citizen, false, now);
    let made = world.app.db.write(move |tx| async move { Ok::<_, Error>(store::open(&tx, &case).await?) });
    made.await.expect("a case");
    id
}

async fn case(world: &World, id: Id) -> Case {
    let found = world.app.db.read(move |tx| async move { store::load(&tx, id, &Scope::All).await });
    found.await.expect("the case").case
}

async fn with_photo(visitor: &Visitor, path: &str, fields: &[(&str, &str)], photo: bool) -> u16 {
    let mut form = reqwest::multipart::Form::new();
    for (name, value) in fields {
        form = form.text((*name).to_owned(), (*value).to_owned());
    }
    if photo {
        let mut png = std::io::Cursor::new(Vec::new());
        let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([90, 120, 90]));
        picture.write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        form = form.part("photos", reqwest::multipart::Part::bytes(png.into_inner()).file_name("after.png"));
    }
    let request = visitor.client.post(format!("{}{path}", visitor.base)).header("origin", visitor.base.clone());
    let response = request.multipart(form).send().await.expect("an answer");
    let status = response.status().as_u16();
    assert!(status != 500, "{path}: {}", response.text().await.unwrap_or_default());
    status
}

async fn posted(visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> u16 {
    let response = visitor.post(path, fields).await;
    let status = response.status().as_u16();
    assert!(status != 500, "{path}: {}", response.text().await.unwrap_or_default());
    status
}

on_both!(a_case_goes_the_straight_way, |world: World| async move {
    let works = department(&world).await;
    let (_, acceptor) = signed_in(&world, "acceptor", None).await;
    let (_, keeper) = signed_in(&world, "keeper", None).await;
    let (_, dispatcher) = signed_in(&world, "dispatcher", None).await;
    let (_, desk) = signed_in(&world, "department_desk", Some(works)).await;
    let (hands, crew) = signed_in(&world, "crew_member", Some(works)).await;
    let (_, leader) = signed_in(&world, "shift_leader", None).await;
    let id = opened(&world).await;
    let at = |act: &str| format!("/cases/{id}/{act}");
    let (works, hands) = (works.to_string(), hands.to_string());

    assert!(acceptor.page("/desk").await.contains("井盖破损"));
    assert!(acceptor.page("/desk?lang=en").await.contains("Received"));
    // The desk's case does not exist for a department that does not have it.
    assert_eq!(desk.get(&format!("/cases/{id}")).await.status(), 404);

    assert_eq!(posted(&acceptor, &at("accept"), &[("revision", "1")]).await, 303);
    // Somebody was faster: the page comes back with what was typed.
    let late =
        acceptor.post(&at("decline"), &[("revision", "1"), ("reason", "not-ours"), ("note", "写了很久的说明")]).await;
    assert_eq!(late.status(), 422);
    assert!(late.text().await.expect("a page").contains("写了很久的说明"));

    assert!(keeper.page("/field").await.contains("井盖破损"));
    assert_eq!(with_photo(&keeper, &at("check"), &[("found", "yes")], true).await, 303);
    assert_eq!(posted(&acceptor, &at("file"), &[]).await, 422);
    let filing = [
        ("code_set", "local"),
        ("kind", "component"),
        ("code", "0101"),
        ("condition", "井盖破损"),
        ("limit_amount", "4"),
        ("limit_unit", "working_hour"),
    ];
    assert_eq!(posted(&acceptor, &at("file"), &filing).await, 303);
    assert_eq!(posted(&dispatcher, &at("dispatch"), &[("department", &works)]).await, 303);
    let due = case(&world, id).await.due_at.expect("a due moment");
    // Tuesday 10:00 and four working hours.
    assert!(due > world.clock.now());

    assert!(desk.page("/department").await.contains("井盖破损"));
    assert_eq!(posted(&desk, &at("assign"), &[("crew", &hands)]).await, 303);
    assert!(crew.page("/field?lon=114.06&lat=22.54").await.contains("井盖破损"));
    assert_eq!(posted(&crew, &at("take"), &[]).await, 303);
    assert_eq!(with_photo(&crew, &at("hand-in"), &[("note", "已更换")], false).await, 422);
    assert_eq!(with_photo(&crew, &at("hand-in"), &[("note", "已更换")], true).await, 303);
    assert_eq!(posted(&desk, &at("feed-back"), &[]).await, 303);
    assert_eq!(posted(&acceptor, &at("ask-verification"), &[("keeper", "")]).await, 303);
    assert_eq!(with_photo(&keeper, &at("verify"), &[("passed", "yes")], true).await, 303);
    assert_eq!(posted(&leader, &at("close"), &[]).await, 303);

    let page = leader.page(&format!("/cases/{id}")).await;
    for told in ["已立案", "已派遣", "已提交处置结果", "核查通过", "已结案", "photos"] {
        assert!(page.contains(told), "the page tells {told}");
    }
    assert_eq!(case(&world, id).await.revision, 12);
});

on_both!(a_department_returns_what_is_not_its_own, |world: World| async move {
    let works = department(&world).await;
    let (_, leader) = signed_in(&world, "shift_leader", None).await;
    let (_, keeper) = signed_in(&world, "keeper", None).await;
    let (_, desk) = signed_in(&world, "department_desk", Some(works)).await;
    let id = opened(&world).await;
    let at = |act: &str| format!("/cases/{id}/{act}");
    let works = works.to_string();
    posted(&leader, &at("accept"), &[]).await;
    with_photo(&keeper, &at("check"), &[("found", "yes")], false).await;
    let filing =
        [("code_set", "local"), ("kind", "event"), ("code", "0110"), ("condition", "暴露垃圾"), ("limit_amount", "2")];
    let filing = [&filing[..], &[("limit_unit", "urgent_hour")]].concat();
    assert_eq!(posted(&leader, &at("file"), &filing).await, 303);
    assert_eq!(posted(&leader, &at("dispatch"), &[("department", &works)]).await, 303);
    assert_eq!(posted(&desk, &at("return"), &[("reason", "")]).await, 422);
    assert_eq!(posted(&desk, &at("return"), &[("reason", "not-our-duty"), ("next", "/department")]).await, 303);
    // Asked for, and decided by somebody else; refusing wants a word.
    let asked = case(&world, id).await;
    assert_eq!((asked.return_count, asked.department.is_some(), asked.due_at), (0, true, None));
    assert_eq!(posted(&desk, &at("decide"), &[("granted", "yes")]).await, 403);
    assert_eq!(posted(&leader, &at("decide"), &[("granted", "no")]).await, 422);
    assert_eq!(posted(&leader, &at("decide"), &[("granted", "yes")]).await, 303);
    let returned = case(&world, id).await;
    assert_eq!((returned.return_count, returned.department), (1, None));
    assert_eq!(desk.get(&format!("/cases/{id}")).await.status(), 404);
    // Whoever dispatched it does not strike it off.
    assert_eq!(posted(&leader, &at("void"), &[("reason", "test")]).await, 422);
    let (_, other) = signed_in(&world, "shift_leader", None).await;
    assert_eq!(posted(&other, &at("void"), &[("reason", "whole-ended")]).await, 422);
    assert_eq!(posted(&other, &at("void"), &[("reason", "test")]).await, 303);
    assert!(leader.page(&format!("/cases/{id}?lang=en")).await.contains("Voided"));
});

on_both!(a_report_becomes_a_case_and_tells_its_citizen, |world: World| async move {
    let (_, acceptor) = signed_in(&world, "acceptor", None).await;
    let citizen = world.visitor();
    let origin = citizen.base.clone();
    let form = reqwest::multipart::Form::new()
        .text("words", "路口井盖破损,夜里危险")
        .text("address", "福民路 1 号")
        .text("coordinates", "wgs84")
        .text("key", "one-form");
    let request = citizen.client.post(format!("{}/report", citizen.base)).header("origin", origin).multipart(form);
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().as_u16() < 400, "{}", answer.text().await.unwrap_or_default());
    steward::cases::following::follow_once(&world.app).await.expect("the news");
    assert_eq!(
        steward::cases::following::follow_once(&world.app).await.expect("the news"),
        0,
        "read twice, opened once"
    );
    let desk = acceptor.page("/desk").await;
    assert!(desk.contains("夜里危险"), "{desk}");
    let page = world
        .app
        .db
        .read(|tx| async move { Ok::<_, Error>(store::list(&tx, &Scope::All, &store::Filter::default()).await?) });
    let id = page.await.expect("the list").rows[0].case.id;
    assert_eq!(
        posted(&acceptor, &format!("/cases/{id}/decline"), &[("reason", "not-ours"), ("note", "请联系供电公司")]).await,
        303
    );
    let told = world.app.db.read(move |tx| async move {
        let report = store::reports(&tx, id).await?[0];
        Ok::<_, Error>(steward::timeline::store::history(&tx, "report", report, true).await?)
    });
    assert!(told.await.expect("the history").iter().any(|line| line.kind == "report_declined"));
});

/// A report of a citizen and the case that follows it.
async fn reported(world: &World, words: &str, place: serde_json::Value) -> (String, Id) {
    let mut report = serde_json::json!({ "words": words, "key": id::secret() });
    report.as_object_mut().expect("an object").extend(place.as_object().expect("a place").clone());
    let citizen = world.visitor();
    let answer =
        citizen.client.post(format!("{}/api/reports", citizen.base)).json(&report).send().await.expect("an answer");
    assert_eq!(answer.status(), 201, "{report}");
    let answer: serde_json::Value = answer.json().await.expect("an answer");
    let code = answer["code"].as_str().expect("a code").to_owned();
    steward::cases::following::follow_once(&world.app).await.expect("the news");
    let wanted = code.clone();
    let found = world.app.db.read(move |tx| async move {
        let sql = "select c.case_id from case_reports c join reports r on r.id = c.report_id where r.code = $1";
        Ok::<_, Error>(tx.query_one(sql, params![wanted]).await?.get::<Id>(0)?)
    });
    (code, found.await.expect("the case"))
}

on_both!(the_ground_says_where_and_who, |world: World| async move {
    let (_, acceptor) = signed_in(&world, "acceptor", None).await;
    let (_, stranger) = signed_in(&world, "keeper", None).await;
    let (_, id) = reported(&world, "路口井盖破损", serde_json::json!({ "address": "望澜路 1 号" })).await;
    let at = |act: &str| format!("/cases/{id}/{act}");
    assert_eq!(posted(&acceptor, &at("accept"), &[]).await, 303);

    // Outside the city: refused with the nearest area's name, and what was typed stays.
    let far = acceptor.post(&at("locate"), &[("lon", "120.5"), ("lat", "30.1"), ("address", "很远的地方")]).await;
    assert_eq!(far.status(), 422);
    let page = far.text().await.expect("a page");
    assert!(page.contains("不在本市范围内") && page.contains("很远的地方"), "{page}");
    assert_eq!(posted(&acceptor, &at("locate"), &[("lon", "一百"), ("lat", "30.1")]).await, 422);
    assert_eq!(posted(&acceptor, &at("locate"), &[("cell", "990100001001999")]).await, 422);

    // By unit grid: street and community come from the ground, and so does a point inside.
    assert_eq!(posted(&acceptor, &at("locate"), &[("cell", "990100001001001"), ("address", "望澜路 1 号")]).await, 303);
    let found = case(&world, id).await.place;
    assert_eq!((found.street.as_str(), found.community.as_str()), ("990100001", "990100001001"));
    let inside = found.lon.zip(found.lat).expect("a point inside");
    assert_eq!(
        world.app.grid().locate(inside.0, inside.1).map(|cell| cell.code.to_owned()).as_deref(),
        Some("990100001001001")
    );
    // By point: the unit grid follows it, although the form still says the old one.
    let other = world.app.grid().place_in("990100001001002").expect("a place");
    let (lon, lat) = (other.lon.to_string(), other.lat.to_string());
    assert_eq!(
        posted(&acceptor, &at("locate"), &[("lon", &lon), ("lat", &lat), ("cell", "990100001001001")]).await,
        303
    );
    assert_eq!(case(&world, id).await.place.cell, "990100001001002");

    // The task goes to the keeper of the responsibility grid; others do not see it.
    let keeper = world.app.keeper_of("990100001001002").expect("a keeper");
    assert_eq!(posted(&acceptor, &at("ask-check"), &[]).await, 303);
    assert_eq!(case(&world, id).await.keeper, Some(keeper));
    assert_eq!(stranger.get(&format!("/cases/{id}")).await.status(), 404);
    assert!(!stranger.page("/field").await.contains("井盖破损"));
});

on_both!(nobody_is_named_who_does_not_fit, |world: World| async move {
    let (works, others) = (department(&world).await, department(&world).await);
    let below = department(&world).await;
    let tree = world.app.db.write(move |tx| async move {
        Ok::<_, Error>(tx.execute("update departments set parent_id = $2 where id = $1", params![below, works]).await?)
    });
    tree.await.expect("a team below");
    let (_, leader) = signed_in(&world, "shift_leader", None).await;
    let (_, desk) = signed_in(&world, "department_desk", Some(works)).await;
    let (stranger, strange_crew) = signed_in(&world, "crew_member", Some(others)).await;
    let (hands, crew) = signed_in(&world, "crew_member", Some(below)).await;
    let (keeper, _) = signed_in(&world, "keeper", None).await;
    let id = opened(&world).await;
    let at = |act: &str| format!("/cases/{id}/{act}");
    assert_eq!(posted(&leader, &at("accept"), &[]).await, 303);
    assert_eq!(posted(&leader, &at("ask-check"), &[("keeper", &hands.to_string())]).await, 422);
    let filing =
        [("code_set", "local"), ("kind", "event"), ("code", "0110"), ("condition", "井盖破损"), ("limit_amount", "2")];
    let filing = [&filing[..], &[("limit_unit", "urgent_hour")]].concat();
    assert_eq!(posted(&leader, &at("ask-check"), &[("keeper", &keeper.to_string())]).await, 303);
    assert_eq!(posted(&leader, &at("file"), &filing).await, 422, "nobody has looked yet");
    let held = world.app.db.write(move |tx| async move {
        let sql = "update cases set stage = 'awaiting-filing', is_found = 1, keeper_id = null where id = $1";
        Ok::<_, Error>(tx.execute(sql, params![id]).await?)
    });
    held.await.expect("looked at");
    assert_eq!(posted(&leader, &at("file"), &filing).await, 303);
    assert_eq!(posted(&leader, &at("dispatch"), &[("department", "77")]).await, 422);
    assert_eq!(posted(&leader, &at("dispatch"), &[("department", &works.to_string())]).await, 303);
    for wrong in [stranger, keeper] {
        assert_eq!(posted(&desk, &at("assign"), &[("crew", &wrong.to_string())]).await, 422);
    }
    assert!(desk.page(&format!("/cases/{id}")).await.contains(&format!("value=\"{hands}\"")));
    assert_eq!(posted(&desk, &at("assign"), &[("crew", &hands.to_string())]).await, 303);
    assert_eq!(strange_crew.get(&format!("/cases/{id}")).await.status(), 404);
    assert!(crew.page("/field").await.contains("井盖破损"));
    assert_eq!(posted(&crew, &at("take"), &[]).await, 303);
});

on_both!(the_same_problem_twice_becomes_one_case, |world: World| async move {
    let (_, acceptor) = signed_in(&world, "acceptor", None).await;
    let inside = world.app.grid().place_in("990100001001002").expect("a place");
    let place = serde_json::json!({ "lon": inside.lon, "lat": inside.lat });
    let (_, first) = reported(&world, "井盖破损，很危险", place.clone()).await;
    let (code, second) = reported(&world, "路口的井盖坏了", place).await;
    assert_eq!(posted(&acceptor, &format!("/cases/{first}/accept"), &[]).await, 303);
    let page = acceptor.page(&format!("/cases/{second}")).await;
    assert!(page.contains("并入该案") && page.contains(&format!("/cases/{first}")), "{page}");
    assert_eq!(posted(&acceptor, &format!("/cases/{second}/merge"), &[("into", &second.to_string())]).await, 422);
    assert_eq!(posted(&acceptor, &format!("/cases/{second}/merge"), &[("into", &first.to_string())]).await, 303);
    let reports = world.app.db.read(move |tx| async move {
        Ok::<_, Error>((store::reports(&tx, first).await?.len(), store::reports(&tx, second).await?.len()))
    });
    assert_eq!(reports.await.expect("the reports"), (2, 0));
    assert!(case(&world, second).await.stage.is_over());
    // The second citizen follows the first case: not declined, but being handled.
    let told = world.visitor().page(&format!("/track/{code}")).await;
    assert!(!told.contains("不予受理"), "{told}");
    assert!(acceptor.page(&format!("/cases/{first}")).await.contains("路口的井盖坏了"));
});

on_both!(many_readers_of_the_same_news_open_one_case, |world: World| async move {
    let citizen = world.visitor();
    for number in 0..12 {
        let report = serde_json::json!({ "words": "路灯不亮", "address": "福民路", "key": format!("many-{number}") });
        let answer = citizen.client.post(format!("{}/api/reports", citizen.base)).json(&report).send().await;
        assert_eq!(answer.expect("an answer").status(), 201);
    }
    let readers = (0..6).map(|_| steward::cases::following::follow_once(&world.app));
    for outcome in futures_util::future::join_all(readers).await {
        outcome.expect("the news");
    }
    let counts = world.app.db.read(|tx| async move {
        let cases: i64 = tx.query_one("select count(*) from cases", vec![]).await?.get(0)?;
        let joined: i64 = tx.query_one("select count(distinct case_id) from case_reports", vec![]).await?.get(0)?;
        Ok::<_, Error>((cases, joined))
    });
    assert_eq!(counts.await.expect("counts"), (12, 12));
});
