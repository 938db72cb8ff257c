//! What is kept of persons ends when the city says so: what is old is taken out, what is new stays, and a line remains.

use crate::world::{MORNING, On, World, location, plain_client};
use steward::files::blobs::IMPORTS;
use steward::kit::db::{DbError, params};
use steward::kit::sources::Sources;
use steward::reports::store::{Detail, keep_details};
use steward::retention::settings::{Kind, Settings};
use steward::retention::{self, store};

const DAY: i64 = 86_400_000;

async fn contacts(world: &World) -> Vec<(String, String, bool)> {
    let read = world.app.db.read(|tx| async move {
        let sql = "select contact_name, contact_phone, contact_gone_at from reports order by id";
        tx.query(sql, params![])
            .await?
            .iter()
            .map(|row| Ok::<_, DbError>((row.get(0)?, row.get(1)?, row.get::<Option<i64>>(2)?.is_some())))
            .collect::<Result<Vec<_>, _>>()
    });
    read.await.expect("reports")
}

async fn report(world: &World, words: &str, name: &str, phone: &str) {
    let sent = serde_json::json!({
        "words": words, "lon": 123.4094, "lat": 31.2180, "contact_name": name, "contact_phone": phone, "key": words,
    });
    let client = plain_client().build().expect("a client");
    let answer = client.post(format!("{}/api/reports", world.base)).json(&sent).send().await.expect("an answer");
    assert_eq!(answer.status(), 201, "{}", answer.text().await.expect("why"));
}

async fn ending(on: On) {
    // Nothing happens by itself: the facts are counted.
    let Some(world) = World::quiet(on, Sources::of_demo(), |_| None).await else { return };
    for (words, name, phone) in
        [("路灯不亮", "甘立群", "13900001111"), ("井盖破损", "贺晓棠", "13900002222"), ("绿化带积水", "", "")]
    {
        report(&world, words, name, phone).await;
    }
    // Two were closed long ago, one of them without a contact; one has just been.
    let closing = world.app.db.write(|tx| async move {
        let ids = tx.query("select id from reports order by id", params![]).await?;
        for (row, days) in ids.iter().zip([100, 10, 100]) {
            let id: i64 = row.get(0)?;
            let at = MORNING.plus(-days * DAY);
            tx.execute("update reports set closed_at = $2 where id = $1", params![id, at]).await?;
        }
        Ok::<_, DbError>(())
    });
    closing.await.expect("closed");
    // What Open311 knows of somebody lies beside the words of the first two.
    let beside = |code: &str| Detail {
        code: code.into(),
        label: ("电子邮箱".into(), "E-mail".into()),
        sent: "gan@example.cn".into(),
        value: ("gan@example.cn".into(), "gan@example.cn".into()),
        is_public: false,
    };
    let told = [beside("email"), beside("colour")];
    let keeping = world.app.db.write(move |tx| async move {
        let ids = tx.query("select id from reports order by id limit 2", params![]).await?;
        for row in &ids {
            keep_details(&tx, row.get(0)?, &told).await?;
        }
        Ok::<_, DbError>(())
    });
    keeping.await.expect("kept");
    let details = async || {
        let read = world.app.db.read(|tx| async move {
            let rows = tx.query("select code from report_details order by report_id, position", params![]).await?;
            rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
        });
        read.await.expect("details")
    };
    let before = contacts(&world).await;
    assert_eq!(before.len(), 3);
    assert!(before[0].1 == "13900001111" && !before[0].2, "{before:?}");

    let none = Settings::of_city(&toml::Table::new()).expect("settings");
    assert!(retention::run(&world.app.db, &world.app.blobs, &none, MORNING, false).await.expect("nothing").is_empty());
    let text = "[retention]\nreport_contact_days = 90\nsign_in_address_days = 200\n";
    let settings = Settings::of_city(&text.parse().expect("toml")).expect("settings");
    let dry = retention::run(&world.app.db, &world.app.blobs, &settings, MORNING, true).await.expect("counted");
    let of = |all: &[retention::Removed], kind: Kind| all.iter().find(|one| one.kind == kind).map(|one| one.count);
    assert_eq!(of(&dry, Kind::ReportContact), Some(2), "a name with its number, and an e-mail address");
    assert_eq!(of(&dry, Kind::CheckPhone), None, "the city sets no time for it");
    assert_eq!((contacts(&world).await, details().await.len()), (before.clone(), 4), "nothing was changed");

    let facts = || async {
        let read = world
            .app
            .db
            .read(|tx| async move { tx.query_one("select count(*) from facts", params![]).await?.get::<i64>(0) });
        read.await.expect("counted")
    };
    let known = facts().await;
    let done = retention::run(&world.app.db, &world.app.blobs, &settings, MORNING, false).await.expect("taken");
    assert_eq!(of(&done, Kind::ReportContact), Some(2));
    assert_eq!(details().await, ["colour", "email", "colour"], "what is nobody's stays, and what was closed lately");
    let after = contacts(&world).await;
    assert_eq!(after[0], (String::new(), String::new(), true));
    assert_eq!(after[1], before[1], "what was closed lately stays");
    assert_eq!(after[2], before[2], "where there was nothing, nothing was taken");
    assert_eq!(facts().await, known, "the log of facts is left alone");
    let lines = world.app.db.read(|tx| async move { store::lines(&tx).await }).await.expect("lines");
    assert_eq!(lines, [("report_contact".to_owned(), MORNING.plus(-90 * DAY), 2, MORNING)]);
    // Once more finds nothing more.
    let again = retention::run(&world.app.db, &world.app.blobs, &settings, MORNING, false).await.expect("taken");
    assert_eq!(of(&again, Kind::ReportContact), Some(0));
}
crate::on_each!(names_and_numbers_are_taken_out_in_time, ending);

crate::on_each!(files_of_hotlines_are_thrown_away_in_time, |on: On| async move {
    let Some(world) = World::quiet(on, Sources::of_demo(), |_| None).await else { return };
    let (db, blobs) = (&world.app.db, &world.app.blobs);
    let mut digests = Vec::new();
    for text in ["kept long ago", "never decided about", "brought once more", "an import, too", "brought lately"] {
        digests.push(blobs.put(IMPORTS, text.as_bytes().to_vec()).await.expect("a file"));
    }
    let of = digests.clone();
    let bringing = db.write(move |tx| async move {
        tx.script("insert into hotline_sources (id, name, mapping, made_at, made_by, revision) values (1, '12345', '{}', 1, 1, 1)").await?;
        let found = r#"{"head":["工单编号"],"good":1,"begun":1,"sample":[{"words":"张先生，13977770001"}],"refusals":[],"odd":[]}"#;
        let old = MORNING.plus(-100 * DAY);
        for (id, digest, state, at) in [
            (1_i64, 0, "kept", old),
            (2, 1, "waiting", old),
            (3, 2, "kept", old),
            (4, 2, "kept", MORNING.plus(-DAY)),
            (5, 3, "kept", old),
            (6, 4, "waiting", MORNING.plus(-DAY)),
        ] {
            let sql = "insert into hotline_files (id, source_id, name, digest, bytes, state, found, author_id, brought_at, revision) \
                       values ($1, 1, 'orders.csv', $2, 9, $3, $4, 1, $5, 1)";
            tx.execute(sql, params![id, &of[digest], state, found, at]).await?;
        }
        let sql = "insert into imports (id, subject, coordinates, files, state, found, author_id, brought_at, revision) \
                   values (1, 'reports', '', $1, 'kept', '{}', 1, 1, 1)";
        tx.execute(sql, params![format!(r#"[{{"name":"a.csv","digest":"{}"}}]"#, of[3])]).await.map(drop)
    });
    bringing.await.map_err(|error: DbError| error).expect("brought");

    let settings =
        Settings::of_city(&"[retention]\nhotline_order_days = 90\n".parse().expect("toml")).expect("settings");
    let of = |all: &[retention::Removed]| all.iter().find(|one| one.kind == Kind::HotlineFile).map(|one| one.count);
    let there = async || {
        let mut there = Vec::new();
        for digest in &digests {
            there.push(blobs.find(IMPORTS, digest).await.expect("looked for").is_some());
        }
        there
    };
    let dry = retention::run(db, blobs, &settings, MORNING, true).await.expect("counted");
    assert_eq!((of(&dry), there().await), (Some(4), vec![true; 5]), "nothing was changed");
    let done = retention::run(db, blobs, &settings, MORNING, false).await.expect("taken");
    assert_eq!((of(&done), there().await), (Some(4), vec![false, false, true, true, true]));
    let rows = db.read(|tx| async move {
        let rows =
            tx.query("select state, found, gone_at is not null from hotline_files order by id", params![]).await?;
        rows.iter()
            .map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .collect::<Result<Vec<(String, String, bool)>, DbError>>()
    });
    let rows = rows.await.expect("rows");
    for (index, (state, found, is_gone)) in rows.iter().enumerate() {
        let is_old = ![3, 5].contains(&index);
        assert_eq!((*is_gone, found.contains("13977770001")), (is_old, !is_old), "{index}: {found}");
        assert!(found.contains(r#""good":1"#), "the numbers stay: {found}");
        assert_eq!(
            state,
            if index == 5 {
                "waiting"
            } else if index == 1 {
                "discarded"
            } else {
                "kept"
            }
        );
    }
    let again = retention::run(db, blobs, &settings, MORNING, false).await.expect("taken");
    assert_eq!(of(&again), Some(0));
});

crate::on_both!(no_fact_names_who_reported, |world: World| async move {
    report(&world, "路灯不亮", "甘立群", "13900001111").await;
    let read = world.app.db.read(|tx| async move {
        let rows = tx.query("select body from facts", params![]).await?;
        rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    for body in read.await.expect("facts") {
        assert!(!body.contains("甘立群") && !body.contains("13900001111"), "{body}");
    }
});

async fn holding(world: World) {
    let sent = serde_json::json!({
        "words": "路灯不亮", "lon": 123.4094, "lat": 31.2180, "contact_name": "甘立群", "contact_phone": "13900001111",
        "key": "held",
    });
    let client = plain_client().build().expect("a client");
    let answer = client.post(format!("{}/api/reports", world.base)).json(&sent).send().await.expect("an answer");
    let answer: serde_json::Value = answer.json().await.expect("a code");
    let code = answer["code"].as_str().expect("a code").to_owned();
    let at = format!("/track/{code}/held");
    let visitor = world.visitor();
    assert!(visitor.page(&format!("/track/{code}")).await.contains(&format!("{at}\"")), "a link leads there");
    let page = visitor.page(&at).await;
    assert!(page.contains("甘立群") && page.contains("13900001111") && page.contains("路灯不亮"), "{page}");
    assert!(visitor.page(&format!("{at}?lang=en")).await.contains("What is held about you"));
    visitor.page(&format!("{at}?lang=zh-Hans")).await;
    let file = visitor.get(&format!("{at}.txt")).await;
    assert!(file.headers()["content-disposition"].to_str().is_ok_and(|text| text.starts_with("attachment;")));
    assert_eq!(file.headers()["cache-control"], "private, no-store");
    let text = file.text().await.expect("a file");
    assert!(text.contains("姓名: 甘立群") && text.contains("路灯不亮"), "{text}");

    // Corrected, and refused where it is too long, with what was typed.
    let form = [("contact_name", "甘立群"), ("contact_phone", "13900002222")];
    assert_eq!(location(&visitor.post(&at, &form).await), format!("{at}?done=changed"));
    assert!(visitor.page(&format!("{at}?done=changed")).await.contains("13900002222"));
    let long = "甘".repeat(41);
    let refused = visitor.post(&at, &[("contact_name", long.as_str()), ("contact_phone", "")]).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.expect("a page").contains(&long));

    // Nothing is taken out before the question: what will be gone, what stays, and a way back.
    assert!(visitor.page(&at).await.contains(&format!("href=\"{at}/remove\"")), "a link leads to the question");
    let asked = visitor.page(&format!("{at}/remove")).await;
    assert!(asked.contains("将被删除") && asked.contains("甘立群") && asked.contains("13900002222"), "{asked}");
    assert!(asked.contains("继续保留") && asked.contains("路灯不亮"), "{asked}");
    assert!(asked.contains(&format!("href=\"{at}\"")) && asked.contains("返回，不删除"), "{asked}");
    assert!(visitor.page(&format!("{at}/remove?lang=en")).await.contains("What will be gone"));
    visitor.page(&format!("{at}?lang=zh-Hans")).await;
    assert_eq!(
        location(&visitor.post(&format!("{at}/remove"), &[]).await),
        format!("{at}/remove"),
        "it is asked first"
    );
    assert_eq!(contacts(&world).await, [("甘立群".to_owned(), "13900002222".to_owned(), false)]);

    // Then at once; the report stays, the log tells that and nothing of what it was.
    let sure = [("sure", "yes")];
    assert_eq!(location(&visitor.post(&format!("{at}/remove"), &sure).await), format!("{at}?done=removed"));
    assert_eq!(location(&visitor.get(&format!("{at}/remove")).await), at, "there is nothing left to ask about");
    let page = visitor.page(&format!("{at}?done=removed")).await;
    assert!(!page.contains("甘立群") && !page.contains("13900002222") && page.contains("路灯不亮"), "{page}");
    assert_eq!(contacts(&world).await, [(String::new(), String::new(), true)]);
    let read = world.app.db.read(|tx| async move {
        let rows = tx.query("select kind, body from facts where subject = 'report' order by id", params![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(String, String)>, DbError>>()
    });
    let facts = read.await.expect("facts");
    // Whoever had read them before does not bring them back.
    let kept = world.app.db.write(|tx| async move {
        let report: i64 = tx.query_one("select id from reports", params![]).await?.get(0)?;
        let (name, phone) = ("甘立群".to_owned().into(), "13900002222".to_owned().into());
        steward::reports::store::change_contact(&tx, report, &name, &phone, None, steward::kit::clock::Moment(1)).await
    });
    assert!(!kept.await.map_err(|error: DbError| error).expect("it is told"));
    assert_eq!(contacts(&world).await, [(String::new(), String::new(), true)]);
    for kind in ["contact_changed", "contact_removed"] {
        assert!(facts.iter().any(|(one, body)| one == kind && body == "{}"), "{kind}: {facts:?}");
    }
    // Nobody without the code, and nobody with another one.
    assert_eq!(visitor.get("/track/R3J7K2M9Q8ZT0000/held").await.status(), 404);
    assert_eq!(visitor.get("/track/R3J7K2M9Q8ZT0000/held/remove").await.status(), 404);
    assert_eq!(visitor.post("/track/R3J7K2M9Q8ZT0000/held/remove", &sure).await.status(), 404);
}
crate::on_both!(citizens_read_correct_and_remove_what_is_held_of_them, holding);
