//! What is frozen stays so whatever happens later or at the same moment; lists show nobody what is not theirs; every number
//! of the leaders' page is its list.

use super::*;
use crate::browser::{Answer, plain};
use crate::stories::{Cast as Players, Citizen, Story};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use steward::evaluation::run::{Adjustment, Frozen, Line, differences, seal};
use steward::evaluation::score::{Counts, Normals, Score};
use steward::people::act::Post;

const DOORS: [&str; 3] = ["list", "list.csv", "list.xlsx"];

/// Runs one statement.
async fn run_sql(world: &World, sql: &'static str) {
    let done: Result<u64, DbError> =
        world.app.db.write(move |tx| async move { tx.execute(sql, params![]).await }).await;
    assert!(done.expect(sql) > 0, "{sql}");
}

/// Freezes a month by its page.
async fn freeze(world: &World, month: &str) -> Frozen {
    let leader = Browser::signed_in(world, "leader").await;
    let page = format!("/evaluation/months/{month}");
    let form = leader.form(&page, &format!("{page}/freeze")).await;
    let sent = leader.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    kept(world, month).await.expect("it is frozen")
}

async fn kept(world: &World, month: &str) -> Option<Frozen> {
    let month = Period::parse(month).expect("a month");
    let read = world.app.db.read(move |tx| async move { store::find_frozen(&tx, month).await });
    read.await.map_err(|error: DbError| error).expect("the months")
}

/// The addresses of a page that begin so, with what they say.
fn links(page: &str, begin: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for piece in page.split("<a ").skip(1) {
        let Some(href) = piece.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
        let href = plain(href);
        if href.starts_with(begin) {
            let inner = piece.split("</a>").next().unwrap_or_default();
            found.push((href, words(&format!("<a {inner}"))));
        }
    }
    found
}

on_both!(no_list_shows_other_departments, |world: World| async move {
    let cast = march(&world).await;
    april(&world).await;
    let run = count(&world, "2026-03", Purpose::Results).await;
    let results = results(&world, run.id).await;
    let definitions = &world.app.evaluation.definitions;
    // Who, and what of a post's list is theirs alone: their department, themselves, and a desk's people.
    for login in ["desk-municipal", "keeper1", "crew-road", "acceptor1", "dispatcher1"] {
        let who = Browser::signed_in(&world, login).await;
        let me = cast.who(login).to_string();
        for one in &results {
            let Some(counted) =
                definitions.counts.iter().find(|count| count.is_of(one.kind) && one.counts.contains_key(&count.id))
            else {
                continue;
            };
            let query = format!("run={}&count={}&of={}&object={}", run.id, counted.id, one.kind.word(), one.object);
            let page = format!("/evaluation/object?period=2026-03&of={}&object={}", one.kind.word(), one.object);
            let is_seen = who.look(&page).await.status == 200;
            let may = is_seen && one.kind != Kind::Post;
            for door in DOORS {
                let status = who.look(&format!("/evaluation/{door}?{query}")).await.status;
                assert_eq!(status, if may { 200 } else { 404 }, "{login} {door} {query}");
            }
            if one.kind == Kind::Person && one.object == me {
                assert!(may, "{login} opens what is theirs: {query}");
            }
            if may && one.kind == Kind::Department && !login.starts_with("desk") {
                // Of their own department they see the cases, and not how each colleague did.
                let csv = who.page(&format!("/evaluation/list.csv?{query}")).await;
                for (other, name) in [("keeper1", "林晓禾"), ("crew-road", "孙大勇"), ("dispatcher1", "唐若溪")]
                {
                    assert!(other == login || !csv.contains(name), "{login} reads of {name}: {csv}");
                }
            }
        }
        // A post's numbers are shown, and none of them is a link.
        let post = world.app.db.read({
            let id = cast.who(login);
            move |tx| async move { Ok::<_, DbError>(store::people(&tx).await?.remove(&id)) }
        });
        let post = post.await.expect("people").expect("a person").post;
        let page = format!("/evaluation/object?period=2026-03&of=post&object={post}");
        let seen = who.page(&page).await;
        let open: Vec<_> = links(&seen, "/evaluation/list");
        assert!(open.is_empty(), "{login}: {open:?}");
        let table = who.page("/evaluation?period=2026-03&of=post").await;
        let open: Vec<_> = links(&table, "/evaluation/list");
        assert!(open.is_empty(), "{login}: {open:?}");
    }
    // Leaders open them.
    let leader = Browser::signed_in(&world, "leader").await;
    let desk = Post::DepartmentDesk.word();
    let query = format!("run={}&count=return_asked&of=post&object={desk}", run.id);
    for door in DOORS {
        assert_eq!(leader.look(&format!("/evaluation/{door}?{query}")).await.status, 200, "{door}");
    }
});

on_both!(a_promotion_changes_no_frozen_month, |world: World| async move {
    let cast = march(&world).await;
    april(&world).await;
    count(&world, "2026-03", Purpose::Results).await;
    freeze(&world, "2026-03").await;
    let keeper = cast.who("keeper1").to_string();
    let pages = [
        "/evaluation?period=2026-03&of=person&group=verify&scheme=keepers".to_owned(),
        format!("/evaluation/object?period=2026-03&of=person&object={keeper}"),
        format!("/evaluation/object?period=2026-03&of=person&object={keeper}&scheme=keepers"),
        "/evaluation/months/2026-03".to_owned(),
    ];
    let files = [
        "/evaluation/table.xlsx?period=2026-03&of=person&group=verify&scheme=keepers",
        "/evaluation/months/2026-03/report.docx",
    ];
    let leader = Browser::signed_in(&world, "leader").await;
    let look = || async {
        let mut seen = Vec::new();
        for page in &pages {
            seen.push(leader.reads(page).await);
        }
        for file in files {
            let response = leader.visitor.get(file).await;
            assert_eq!(response.status().as_u16(), 200, "{file}");
            let parts = parts(&response.bytes().await.expect("a file"));
            for part in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "word/document.xml"] {
                seen.extend(parts.get(part).cloned());
            }
        }
        seen
    };
    let before = look().await;
    assert!(
        before[1].contains("采集员得分") && before[1].contains("总分 60.00"),
        "the keeper has a score: {}",
        before[1]
    );
    run_sql(&world, "update accounts set post = 'acceptor' where login = 'keeper1'").await;
    let after = look().await;
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(one, other);
    }
    // A correction still reaches the score that the keeper has there.
    let object = &pages[1];
    let mut form = leader.form(object, "/evaluation/months/2026-03/adjust").await;
    assert_eq!(form.value("scheme"), "keepers");
    form.put("points", "1");
    form.put("reason", "申诉复核");
    assert_eq!(leader.send(&form).await.status, 303);
});

on_both!(freezing_and_counting_at_the_same_moment, |world: World| async move {
    let cast = march(&world).await;
    april(&world).await;
    let waits = world.app.db.is_postgres();
    let by = cast.who("leader");
    let frozen = |run: &Run| Frozen {
        month: run.period,
        run: run.id,
        version: run.version.clone(),
        digest: "digest".into(),
        by,
        by_name: "沈望舒".into(),
        at: world.clock.now(),
    };
    // A freezing that is not through yet, while a newer counting removes the older ones.
    let run = count(&world, "2026-03", Purpose::Results).await;
    let before = results(&world, run.id).await;
    let freezing = |one: Frozen| {
        let db = world.app.db.clone();
        async move {
            let done: Result<(), DbError> = db
                .write(move |tx| async move {
                    store::take_turn(&tx, one.month).await?;
                    store::freeze(&tx, &one).await?;
                    // On SQLite one transaction follows the other anyhow.
                    if waits {
                        tokio::time::sleep(Duration::from_millis(500)).await;
                    }
                    Ok(())
                })
                .await;
            done.expect("frozen");
        }
    };
    let clearing = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let newer = Run { id: i64::MAX, ..run.clone() };
        let done: Result<(), DbError> =
            world.app.db.write(move |tx| async move { store::clear_others(&tx, &newer).await }).await;
        done.expect("cleared");
    };
    tokio::join!(freezing(frozen(&run)), clearing);
    assert_eq!(results(&world, run.id).await, before, "the frozen results are there");

    // Points by hand that come while the month is being frozen stand beside it.
    let february = count(&world, "2026-02", Purpose::Results).await;
    let leader = Browser::signed_in(&world, "leader").await;
    let municipal = cast.department("220").to_string();
    let adjust = |month: &'static str| {
        let (leader, municipal) = (leader.clone(), municipal.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let typed = [
                ("of", "department"),
                ("object", municipal.as_str()),
                ("scheme", "example_district"),
                ("points", "-1"),
                ("reason", "迟到"),
            ];
            let answer = leader.visitor.post(&format!("/evaluation/months/{month}/adjust"), &typed).await;
            assert_eq!(answer.status().as_u16(), 303);
        }
    };
    tokio::join!(freezing(frozen(&february)), adjust("2026-02"));
    let found = adjustments(&world, "2026-02").await;
    assert_eq!(found.iter().map(|one| one.is_correction).collect::<Vec<_>>(), [true]);

    // Points that are being given while somebody freezes are in the seal.
    let january = count(&world, "2026-01", Purpose::Results).await;
    let one = Adjustment {
        id: id::fresh(),
        period: "2026-01".into(),
        scheme: "example_district".into(),
        kind: Kind::Department,
        object: municipal.clone(),
        millionths: -1_000_000,
        reason: "迟到".into(),
        author: by,
        author_name: String::new(),
        at: world.clock.now(),
        is_correction: false,
    };
    let giving = async {
        let (month, one) = (january.period, one.clone());
        let done: Result<(), DbError> = world
            .app
            .db
            .write(move |tx| async move {
                store::take_turn(&tx, month).await?;
                let is_correction = store::find_frozen(&tx, month).await?.is_some();
                if waits {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                store::add_adjustment(&tx, &Adjustment { is_correction, ..one.clone() }).await
            })
            .await;
        done.expect("given");
    };
    let sealing = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let run = january.id.to_string();
        let answer = leader.visitor.post("/evaluation/months/2026-01/freeze", &[("run", &run)]).await;
        assert_eq!(answer.status().as_u16(), 303);
    };
    tokio::join!(giving, sealing);
    let found = adjustments(&world, "2026-01").await;
    assert_eq!(found.iter().map(|one| one.is_correction).collect::<Vec<_>>(), [false]);
    let kept = kept(&world, "2026-01").await.expect("frozen");
    let scores = scores(&world, january.id).await;
    assert_eq!(kept.digest, seal(&january.digest, &scores, &found), "the seal holds the points");
    assert_ne!(kept.digest, seal(&january.digest, &scores, &[]));
});

async fn adjustments(world: &World, month: &str) -> Vec<Adjustment> {
    let month = Period::parse(month).expect("a month");
    let read = world.app.db.read(move |tx| async move { store::adjustments(&tx, month).await });
    read.await.map_err(|error: DbError| error).expect("the points")
}

async fn scores(world: &World, run: Id) -> Vec<(String, Kind, String, Score)> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select scheme, kind, object, score from evaluation_scores where run_id = $1";
        let rows = tx.query(sql, params![run]).await?;
        rows.iter()
            .map(|row| Ok((row.get(0)?, row.get::<String>(1)?, row.get(2)?, row.get::<String>(3)?)))
            .collect::<Result<Vec<(String, String, String, String)>, DbError>>()
    });
    let rows = read.await.expect("the scores");
    rows.into_iter()
        .map(|(scheme, kind, object, score)| {
            (scheme, Kind::parse(&kind).expect("a kind"), object, serde_json::from_str(&score).expect("a score"))
        })
        .collect()
}

// Everybody at once: whatever comes first, a month that is frozen has its results, and its seal holds the points before it.
on_both!(freezing_adjusting_and_counting_in_a_crowd, |world: World| async move {
    let cast = march(&world).await;
    april(&world).await;
    let municipal = cast.department("220").to_string();
    let leader = Browser::signed_in(&world, "leader").await;
    for month in ["2026-03", "2026-02", "2026-01", "2025-12"] {
        let run = count(&world, month, Purpose::Results).await;
        let page = format!("/evaluation/months/{month}");
        let counting = async {
            for _ in 0..3 {
                let period = Period::parse(month).expect("a month");
                running::ask(&world.app, period, Purpose::Results, None).await.expect("asked");
                while running::work_once(&world.app).await.expect("counted") {}
            }
        };
        let giving = async {
            for points in ["1", "-1", "2"] {
                let typed = [
                    ("of", "department"),
                    ("object", municipal.as_str()),
                    ("scheme", "example_district"),
                    ("points", points),
                    ("reason", "说明"),
                ];
                let answer = leader.visitor.post(&format!("{page}/adjust"), &typed).await;
                assert_eq!(answer.status().as_u16(), 303);
            }
        };
        let freezing = async {
            let mut seen = run.id.to_string();
            for _ in 0..50 {
                let answer = leader.visitor.post(&format!("{page}/freeze"), &[("run", &seen)]).await;
                if answer.status().as_u16() == 303 {
                    return;
                }
                // It was counted anew meanwhile: look again.
                let html = leader.page(&page).await;
                if let Some(form) = crate::browser::Form::find(&html, &format!("{page}/freeze")) {
                    seen = form.value("run").to_owned();
                }
            }
            panic!("it cannot be frozen");
        };
        tokio::join!(counting, giving, freezing);
        let kept = kept(&world, month).await.expect("frozen");
        let read = world.app.db.read({
            let id = kept.run;
            move |tx| async move { store::load_run(&tx, id).await }
        });
        let run = read.await.expect("the run of the frozen month is there");
        let digest = world.app.db.read({
            let run = run.clone();
            move |tx| async move { months::digest_of(&tx, &run).await }
        });
        assert_eq!(digest.await.map_err(|error: DbError| error).expect("a digest"), run.digest, "{month}: its results");
        let before: Vec<Adjustment> =
            adjustments(&world, month).await.into_iter().filter(|one| !one.is_correction).collect();
        assert_eq!(kept.digest, seal(&run.digest, &scores(&world, run.id).await, &before), "{month}: its seal");
    }
});

/// A case that a citizen reported, as far as the dispatcher.
async fn filed<'a>(world: &'a World, cast: &Players, text: &str) -> (Citizen, Story<'a>) {
    let citizen = Citizen::reports(world, text, &[("address", "望澜路 18 号")]).await;
    let mut story = Story::of(world, cast, text).await;
    story.is_filed(cast).await;
    (citizen, story)
}

on_both!(what_happens_in_april_does_not_touch_march, |world: World| async move {
    world.clock.set(Moment(at(&world, 3, 30, 9, 0)));
    let cast = Players::of(&world).await;
    // Closed, and opened again in April.
    let (citizen, mut reopened) = filed(&world, &cast, "井盖松动，车过就响").await;
    reopened.is_handled(&cast).await;
    reopened.is_closed(&cast).await;
    // Handed in, and sent back in April.
    let (_, mut failed) = filed(&world, &cast, "井盖边上塌了一圈").await;
    failed.is_handled(&cast).await;
    // With one department, and with another in April.
    let (_, mut moved) = filed(&world, &cast, "井盖丢了一个").await;
    moved.does(&cast.dispatcher, "dispatch", &[("department", "市政设施维护中心")]).await;
    // Closed, and left alone.
    let (_, mut quiet) = filed(&world, &cast, "井盖锈穿了").await;
    quiet.is_handled(&cast).await;
    quiet.is_closed(&cast).await;

    world.clock.set(Moment(at(&world, 4, 1, 9, 0)));
    let run = count(&world, "2026-03", Purpose::Results).await;
    let city = counts_of(&results(&world, run.id).await, Kind::City, "");
    assert_eq!((city["handled"], city["closed"], city["handle_standing"]), (3, 2, 1), "{city:?}");
    freeze(&world, "2026-03").await;
    let same = |check: &Run| {
        assert_eq!((check.digest.as_str(), check.found.as_str()), (run.digest.as_str(), "[]"));
    };
    same(&count(&world, "2026-03", Purpose::Check).await);

    world.clock.set(Moment(at(&world, 4, 2, 9, 0)));
    let cast = Players::of(&world).await;
    for story in [&mut reopened, &mut failed, &mut moved, &mut quiet] {
        story.leader = cast.leader.clone();
        story.grown().await;
    }
    failed.shows(&cast.keeper, "verify", &[("passed", "no"), ("note", "还在塌")], "manhole-before").await;
    let asked = citizen.sends("reopen", &[("words", "又响了")]).await;
    assert_eq!(asked.status, 303, "{}", words(&asked.text));
    for _ in 0..200 {
        if reopened.grown().await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    reopened.stands("待派遣").await;
    reopened.does(&cast.dispatcher, "dispatch", &[("department", "园林绿化中心")]).await;
    moved.does(&cast.desk, "return", &[("reason", "not-our-duty"), ("note", "这是燃气井盖")]).await;
    let mut form = moved.form(&cast.dispatcher, "decide", &[("note", "同意")]).await;
    form.put("granted", "yes");
    moved.sends(&cast.dispatcher, form).await;
    moved.does(&cast.dispatcher, "dispatch", &[("department", "园林绿化中心")]).await;
    // People move, and one leaves.
    for sql in [
        "update accounts set department_id = (select id from departments where code = '200') where login = 'keeper1'",
        "update accounts set post = 'shift_leader' where login = 'acceptor1'",
        "update accounts set is_active = 0 where login = 'keeper2'",
    ] {
        run_sql(&world, sql).await;
    }
    world.app.reload_grid().await.expect("the ground is read anew");

    // Counted as things stand it is another month …
    let anew = count(&world, "2026-03", Purpose::Results).await;
    assert_ne!(anew.digest, run.digest);
    let city = counts_of(&results(&world, anew.id).await, Kind::City, "");
    assert!(city.get("handled").copied().unwrap_or(0) < 3, "{city:?}");
    // … and from the facts that were known it is the same.
    same(&count(&world, "2026-03", Purpose::Check).await);
    let leader = Browser::signed_in(&world, "leader").await;
    let read = leader.reads("/evaluation/months/2026-03").await;
    assert!(read.contains("复算一致"), "{read}");
    let left = world.app.db.read(|tx| async move {
        tx.query_one("select count(*) from evaluation_past_cases", params![]).await?.get::<i64>(0)
    });
    assert_eq!(left.await.map_err(|error: DbError| error).expect("a number"), 0, "nothing of the check is left");

    // A row that somebody altered is found, and named.
    let id: Id = quiet.page.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a case");
    let done: Result<u64, DbError> = world
        .app
        .db
        .write(move |tx| async move {
            let sql = "update timers set overdue_ms = 86400000 where case_id = $1 and kind = 'handle'";
            tx.execute(sql, params![id]).await
        })
        .await;
    assert_eq!(done.expect("altered"), 1);
    let check = count(&world, "2026-03", Purpose::Check).await;
    assert_ne!(check.digest, run.digest);
    let read = leader.reads("/evaluation/months/2026-03").await;
    for told in ["复算有出入", "超期处置", "市政设施维护中心"] {
        assert!(read.contains(told), "{told}: {read}");
    }
});

on_both!(a_list_outlives_its_counting, |world: World| async move {
    march(&world).await;
    april(&world).await;
    let run = count(&world, "2026-03", Purpose::Results).await;
    let leader = Browser::signed_in(&world, "leader").await;
    let page = leader.page("/evaluation?period=2026-03&of=street&group=handle").await;
    let open = links(&page, "/evaluation/list?");
    assert!(open.len() > 4, "{open:?}");
    let (href, number) = open.iter().find(|(href, _)| href.contains("count=handle_needed")).expect("a number");
    assert!(href.contains(&format!("run={}", run.id)) && href.contains("period=2026-03"), "{href}");
    let newer = count(&world, "2026-03", Purpose::Results).await;
    let follow = |answer: Answer| {
        assert_eq!(answer.status, 303, "{}", words(&answer.text));
        assert!(answer.location.contains(&format!("run={}", newer.id)), "{}", answer.location);
        answer.location
    };
    let now = follow(leader.look(href).await);
    let read = leader.reads(&now).await;
    assert!(read.contains("最新一次统计的名单") && read.contains(&format!(" {number} ")), "{read}");
    for door in ["list.csv", "list.xlsx"] {
        let address = href.replace("/list?", &format!("/{door}?"));
        let now = follow(leader.look(&address).await);
        assert!(now.starts_with(&format!("/evaluation/{door}?")), "{now}");
        assert_eq!(leader.look(&now).await.status, 200);
    }
    // It is nobody's way around what they may see.
    let desk = Browser::signed_in(&world, "desk-municipal").await;
    assert_eq!(desk.look(href).await.status, 404);

    // Days from one to another are kept for a while.
    let days = count(&world, "2026-03-10..2026-03-15", Purpose::Results).await;
    let list = format!("run={}&period=2026-03-10..2026-03-15&count=handled&of=city&object=", days.id);
    assert_eq!(running::forget(&world.app).await.expect("looked through"), 0);
    world.clock.set(world.clock.now().plus(8 * DAY));
    assert_eq!(running::forget(&world.app).await.expect("looked through"), 1);
    assert!(results(&world, days.id).await.is_empty());
    assert!(!results(&world, newer.id).await.is_empty(), "months stay");
    let leader = Browser::signed_in(&world, "leader").await;
    let answer = leader.look(&format!("/evaluation/list?{list}")).await;
    assert_eq!(answer.status, 303);
    assert!(leader.reads(&answer.location).await.contains("尚未统计"), "{}", answer.location);
});

on_both!(every_number_of_the_leaders_page_is_its_list, |world: World| async move {
    let cast = march(&world).await;
    let (municipal, garden) = (cast.department("220"), cast.department("200"));
    let crew = cast.who("crew-road");
    let m = |day, hour| at(&world, 3, day, hour, 0);
    // What more there is to count: due soon, handed back and not decided, back at the dispatcher's, in a crew's hands.
    for (id, stage, department, crew) in [
        (11, "handling", municipal, Some(crew)),
        (12, "returning", garden, None),
        (13, "awaiting-dispatch", garden, None),
        (14, "dispatched", municipal, Some(crew)),
        (15, "awaiting-feedback", garden, None),
    ] {
        let seeded = Seeded {
            id,
            street: STREETS[0],
            source: "citizen",
            stage,
            department: Some(department),
            crew,
            opened: m(16, 9),
            opened_by: None,
            closed: None,
            outcome: None,
        };
        put_case(&world, &seeded).await;
    }
    let clock = |case, seq, kind, due, department| Clock {
        case,
        seq,
        kind,
        started: m(16, 9),
        due,
        finished: None,
        overdue: 0,
        is_exempt: false,
        department,
        account: None,
        crew: None,
    };
    for clock in [
        clock(11, 1, "handle", Some(m(17, 16)), Some(municipal)),
        // Paused: the department asked to hand it back, or did.
        clock(12, 1, "handle", None, Some(garden)),
        clock(12, 2, "decide", Some(m(17, 14)), None),
        clock(13, 1, "handle", None, Some(garden)),
        clock(13, 2, "dispatch", Some(m(17, 16)), None),
        clock(14, 1, "handle", Some(m(17, 11)), Some(municipal)),
        clock(15, 1, "handle", Some(m(20, 11)), Some(garden)),
    ] {
        put_clock(&world, &clock).await;
    }
    run_sql(&world, "update cases set is_supervised = 1 where id in (4, 14)").await;
    run_sql(&world, "update cases set request_kind = 'suspend' where id = 8").await;
    run_sql(&world, "update cases set request_kind = 'return' where id = 12").await;
    world.clock.set(Moment(m(17, 15)));
    let found = situation::ask(&world.app).await.expect("the situation");
    let load: HashMap<Id, i64> = found.load.iter().copied().collect();
    assert_eq!((load[&garden], load[&municipal]), (3, 2), "D H and 15; 11 and 14: nothing that was handed back");
    assert_eq!(found.clocks["handle"], (2, 1));
    let leader = Browser::signed_in(&world, "leader").await;
    let page = leader.page("/leaders").await;
    let open = links(&page, "/leaders/list?");
    let mut seen = BTreeSet::new();
    for (href, said) in &open {
        let csv = leader.page(&href.replace("/leaders/list?", "/leaders/list.csv?")).await;
        let rows = csv.trim_end().lines().count() - 1;
        let list = leader.page(href).await;
        let head = words(list.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap_or_default());
        assert!(head.ends_with(&format!(" {rows}")), "{href}: {rows} rows under {head}");
        assert_eq!(links(&list, "/cases/").len(), rows, "{href}");
        // A length of time leads to the cases that took it.
        let number = said.rsplit(' ').next().and_then(|word| word.parse::<usize>().ok());
        assert!(number.is_some() || href.contains("what=closed") || said == "查看全部超期案卷", "{href}: {said}");
        if let Some(number) = number {
            assert_eq!(rows, number, "{href}: {said}: {csv}");
        }
        let what = href.split("what=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
        seen.insert(what.to_owned());
    }
    let all = ["closed", "crew", "hand", "late", "orders", "requests", "soon"].map(str::to_owned);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
    let garden_late = format!("/leaders/list?what=late&of={garden}&clock=handle");
    assert!(open.iter().any(|(href, said)| *href == garden_late && said == "1"), "{open:?}");
    let read = leader.reads("/leaders/list?what=late").await;
    assert!(read.find("T14").zip(read.find("T4")).is_some_and(|(one, other)| one < other), "by due moment: {read}");
    for wrong in
        ["what=nothing", "what=late&of=x", "what=late&clock=x", "what=requests&of=x", "what=closed", "what=hand&of=5"]
    {
        assert_eq!(leader.look(&format!("/leaders/list?{wrong}")).await.status, 404, "{wrong}");
    }
    let english = leader.reads("/leaders/list?what=hand&lang=en").await;
    assert!(english.contains("In a department's hands") && !english.contains("evaluation-"), "{english}");
    for login in ["desk-municipal", "keeper1", "acceptor1"] {
        let who = Browser::signed_in(&world, login).await;
        for door in ["list", "list.csv"] {
            assert_eq!(who.look(&format!("/leaders/{door}?what=late")).await.status, 403, "{login} {door}");
        }
    }
});

on_both!(times_open_into_their_reports, |world: World| async move {
    march(&world).await;
    rate(&world, 2, at(&world, 3, 7, 9, 0), 4, true).await;
    april(&world).await;
    count(&world, "2026-03", Purpose::Results).await;
    let leader = Browser::signed_in(&world, "leader").await;
    for of in ["category", "street", "source"] {
        let page = leader.page(&format!("/evaluation/times?period=2026-03&of={of}")).await;
        let open = links(&page, "/evaluation/times/list?");
        assert!(open.len() >= 2, "{of}: {open:?}");
        for (href, said) in open {
            let number: usize = said.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a number");
            let csv = leader.page(&href.replace("/list?", "/list.csv?")).await;
            assert_eq!(csv.trim_end().lines().count() - 1, number, "{href}: {csv}");
            assert!(leader.reads(&href).await.contains("已解决"), "{href}");
        }
    }
    let desk = Browser::signed_in(&world, "desk-municipal").await;
    for door in ["list", "list.csv"] {
        let page = format!("/evaluation/times/{door}?period=2026-03&of=city&object=");
        assert_eq!(desk.look(&page).await.status, 404, "{page}");
    }
});

#[test]
fn a_large_city_is_compared_at_once() {
    let line = |number: usize, shift: i64| Line {
        kind: if number.is_multiple_of(2) { Kind::Cell } else { Kind::Person },
        object: number.to_string(),
        counts: (0..40).map(|count| (format!("count_{count:02}"), 1 + count + shift)).collect::<Counts>(),
        normals: Normals::default(),
    };
    let frozen: Vec<Line> = (0..10_000).map(|number| line(number, 0)).collect();
    let mut now = frozen.clone();
    let begun = Instant::now();
    assert!(differences(&frozen, &now, 200).is_empty());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    now[7_000] = line(7_000, 1);
    now.push(line(20_001, 0));
    let found = differences(&frozen, &now, 200);
    assert_eq!(found.len(), 80, "forty that differ, and forty that were not there");
    assert!(found.iter().all(|one| one.object == "7000" || (one.object == "20001" && one.frozen == 0)));
    assert_eq!(differences(&frozen, &[], 200).len(), 200, "not more than are kept");
}
