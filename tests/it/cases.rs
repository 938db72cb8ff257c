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
    let client = reqwest::Client::builder().default_headers(headers).redirect(reqwest::redirect::Policy::none());
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
    let returned = case(&world, id).await;
    assert_eq!((returned.return_count, returned.department), (1, None));
    assert_eq!(desk.get(&format!("/cases/{id}")).await.status(), 404);
    assert_eq!(posted(&leader, &at("void"), &[("reason", "test")]).await, 303);
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
