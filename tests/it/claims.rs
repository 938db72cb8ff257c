//! What persons ask for about what is kept of them: a public form with a receipt, a list with the time that is left, nothing granted
//! before it is known who asks, and a tombstone in the end.

use crate::browser::{Browser, Form, words};
use crate::on_both;
use crate::world::{MORNING, On, World};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use steward::claims::telling::sweep;
use steward::kit::db::{DbError, params};
use steward::kit::sealing::KEYS;
use steward::kit::sources::Sources;
use steward::retention::settings::{Kind, Settings};
use steward::retention::{self, Removed};
use steward::sealing;

const DAY: i64 = 86_400_000;
const NAME: &str = "欧阳缄默";
const REACH: &str = "13977770001";

/// The public form, filled in.
async fn filled(who: &Browser, kind: &str) -> Form {
    let mut form = who.form("/privacy/ask", "/privacy/ask").await;
    for (name, value) in [
        ("kind", kind),
        ("about", "三月五日打过热线反映油烟，请查一查留了我哪些信息"),
        ("name", NAME),
        ("reach", REACH),
        ("proof", "可以回拨当时的号码"),
    ] {
        form.put(name, value);
    }
    form
}

/// Asks; answers the page of the receipt.
async fn asks(who: &Browser, kind: &str) -> String {
    let sent = who.send(&filled(who, kind).await).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    sent.location.split('?').next().unwrap_or_default().to_owned()
}

/// The pages of those that are open, as the list names them.
async fn listed(who: &Browser, list: &str) -> Vec<String> {
    let page = who.page(list).await;
    let all = page.split("<a href=\"/claims/").skip(1).filter_map(|rest| rest.split('"').next());
    all.filter(|id| id.bytes().all(|sign| sign.is_ascii_digit())).map(|id| format!("/claims/{id}")).collect()
}

/// What the log tells, and who did it.
async fn told(world: &World) -> Vec<(String, String, bool)> {
    let read = world.app.db.read(|tx| async move {
        let sql = "select kind, body, author_id from facts where subject = 'claim' order by id";
        let rows = tx.query(sql, params![]).await?;
        rows.iter()
            .map(|row| Ok::<_, DbError>((row.get(0)?, row.get(1)?, row.get::<Option<i64>>(2)?.is_some())))
            .collect::<Result<Vec<_>, _>>()
    });
    read.await.expect("facts")
}

async fn notices(world: &World, login: &'static str) -> Vec<String> {
    let read = world.app.db.read(move |tx| async move {
        let sql = "select n.kind from notices n join accounts a on a.id = n.account_id where a.login = $1 \
                   and n.kind like 'claims-%' order by n.id";
        let rows = tx.query(sql, params![login]).await?;
        rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
    });
    read.await.expect("notices")
}

on_both!(whoever_has_no_code_asks_and_is_answered, |world: World| async move {
    let citizen = Browser::new(&world);
    let privacy = citizen.page("/privacy").await;
    assert!(privacy.contains("href=\"/privacy/ask\""), "the way there stands where everybody looks");
    // Nothing typed is lost, and every mistake stands beside its field.
    let mut form = filled(&citizen, "access").await;
    form.put("proof", "");
    form.put("about", " ");
    let refused = citizen.send(&form).await;
    assert_eq!(refused.status, 422);
    let again = Form::find(&refused.text, "/privacy/ask").expect("the form again");
    assert_eq!((again.value("name"), again.value("reach"), again.value("kind")), (NAME, REACH, "access"));
    let mut form = filled(&citizen, "access").await;
    form.put("proof", "");
    let refused = citizen.send(&form).await;
    assert!(refused.status == 422 && refused.text.contains("请写明怎样证明是您本人"), "{}", words(&refused.text));

    // Sent twice, one request; its page shows no name to whoever holds the code.
    let form = filled(&citizen, "access").await;
    let sent = citizen.send(&form).await;
    assert_eq!(sent.status, 303, "{}", words(&sent.text));
    assert_eq!(citizen.send(&form).await.location, sent.location);
    let own = sent.location.split('?').next().expect("an address").to_owned();
    let page = citizen.page(&sent.location).await;
    assert!(page.contains("回执码") && page.contains("申请已收到") && page.contains("已收到"), "{page}");
    assert!(!page.contains(NAME) && !page.contains(REACH), "{page}");
    let code = own.rsplit('/').next().expect("a code").to_owned();
    assert_eq!(citizen.look(&format!("/privacy/asked?code={code}")).await.location, own);
    assert_eq!(citizen.look("/privacy/asked?code=abc").await.status, 422);
    assert_eq!(citizen.look("/privacy/asked/R3J7K2M9Q8ZT0000").await.status, 404);
    assert!(citizen.page(&format!("{own}?lang=en")).await.contains("Receipt code"));
    drop(citizen.page(&format!("{own}?lang=zh-Hans")).await);

    // Only who answers sees it, and is told that it came.
    assert_eq!(notices(&world, "secadmin").await, ["claims-received"]);
    assert!(notices(&world, "acceptor1").await.is_empty());
    let desk = Browser::signed_in(&world, "acceptor1").await;
    for page in ["/claims", "/claims/list.csv"] {
        assert!(matches!(desk.look(page).await.status, 403 | 404), "{page}");
    }
    let officer = Browser::signed_in(&world, "secadmin").await;
    let [one]: [String; 1] = listed(&officer, "/claims").await.try_into().expect("one request");
    let page = officer.page(&one).await;
    assert!(page.contains(NAME) && page.contains(REACH) && page.contains("191号"), "{page}");
    assert_eq!(desk.look(&one).await.status, officer.look("/desk").await.status, "each has their own");

    // Before it is known who asks it can only be refused.
    let answer = format!("{one}/answer");
    let form = officer.form(&one, &answer).await;
    assert_eq!(form.offers("outcome"), ["refused"]);
    let mut forged = form.clone();
    for (name, value) in [("outcome", "granted"), ("answer", "见附件"), ("done", "给了")] {
        forged.put(name, value);
    }
    let refused = officer.send(&forged).await;
    assert!(refused.status == 422 && refused.text.contains("身份核验之前不能同意"), "{}", words(&refused.text));
    assert_eq!(Form::find(&refused.text, &answer).expect("the form again").value("answer"), "见附件");
    let mut check = officer.form(&one, &format!("{one}/check")).await;
    assert_eq!(officer.send(&check).await.status, 422, "how is needed");
    check.put("how", "回拨 13977770001 并核对上报内容");
    assert_eq!(officer.send(&check).await.status, 303);
    assert_eq!(officer.send(&check).await.status, 303, "sent twice, checked once");
    assert!(citizen.page(&own).await.contains("身份已核验"));

    // Granted with the record of what was done; what had been open beside it is refused without losing anything.
    let mut form = officer.form(&one, &answer).await;
    assert_eq!(form.offers("outcome"), ["granted", "partly", "refused"]);
    form.put("outcome", "partly");
    form.put("answer", "已按您留的方式提供；油烟案卷中他人的信息不能提供");
    form.put("remedy", "");
    let refused = officer.send(&form).await;
    assert!(refused.status == 422 && refused.text.contains("请写明申请人不服时可以怎么办"), "{}", words(&refused.text));
    form.put("remedy", "可以向网信部门投诉，也可以向人民法院起诉");
    let refused = officer.send(&form).await;
    assert!(refused.status == 422 && refused.text.contains("请写明做了什么"), "{}", words(&refused.text));
    form.put("done", "打印工单一份，当面交付");
    assert_eq!(officer.send(&form).await.status, 303);
    assert_eq!(officer.send(&form).await.status, 303, "sent twice, answered once");
    let page = citizen.page(&own).await;
    assert!(page.contains("部分同意") && page.contains("他人的信息不能提供") && page.contains("人民法院"), "{page}");
    assert!(!page.contains("当面交付"), "the record is the staff's");
    assert!(listed(&officer, "/claims").await.is_empty());
    assert_eq!(listed(&officer, "/claims?show=ended").await, std::slice::from_ref(&one));

    // The log has every act and none of the words; the administrators' log shows it.
    let facts = told(&world).await;
    let kinds: Vec<(&str, bool)> = facts.iter().map(|(kind, _, by)| (kind.as_str(), *by)).collect();
    assert_eq!(kinds, [("received", false), ("checked", true), ("answered", true)]);
    for (_, body, _) in &facts {
        assert!(!body.contains("油烟") && !body.contains(NAME) && !body.contains(REACH), "{body}");
    }
    let audit = Browser::signed_in(&world, "auditadmin").await.page("/audit/changes").await;
    assert!(audit.contains("个人信息权利申请：已答复") && !audit.contains(NAME), "{audit}");
    // The file names nobody.
    let file = officer.page("/claims/list.csv").await;
    assert!(file.contains("查阅") && file.contains("部分同意") && file.contains("15"), "{file}");
    assert!(!file.contains(NAME) && !file.contains(REACH) && !file.contains("油烟"), "{file}");
});

on_both!(a_request_is_taken_back_and_rules_are_told_to_everybody, |world: World| async move {
    let citizen = Browser::new(&world);
    let own = asks(&citizen, "deletion").await;
    let back = citizen.form(&own, &format!("{own}/withdraw")).await;
    for _ in 0..2 {
        assert_eq!(citizen.send(&back).await.status, 303);
    }
    let page = citizen.page(&own).await;
    assert!(page.contains("已撤回") && Form::find(&page, &format!("{own}/withdraw")).is_none(), "{page}");
    let officer = Browser::signed_in(&world, "secadmin").await;
    let [over]: [String; 1] = listed(&officer, "/claims?show=ended").await.try_into().expect("one that is over");
    assert!(Form::find(&officer.page(&over).await, &format!("{over}/answer")).is_none());

    // Whoever asks for the rules need not prove anything.
    let mut form = filled(&citizen, "explanation").await;
    form.put("proof", "");
    assert_eq!(citizen.send(&form).await.status, 303);
    let [one]: [String; 1] = listed(&officer, "/claims").await.try_into().expect("one request");
    let mut form = officer.form(&one, &format!("{one}/answer")).await;
    form.put("outcome", "granted");
    form.put("answer", "见个人信息保护说明");
    form.put("done", "寄送说明");
    assert_eq!(officer.send(&form).await.status, 303);
    // What somebody else had open says so, and keeps what was typed.
    form.put("answer", "另一个答复");
    let refused = officer.send(&form).await;
    assert!(refused.status == 422 && refused.text.contains("已更新"), "{}", words(&refused.text));
    assert_eq!(told(&world).await.len(), 4);
});

async fn pressing(on: On) {
    let Some(world) = World::quiet(on, Sources::of_demo(), |_| None).await else { return };
    let citizen = Browser::new(&world);
    let own = asks(&citizen, "access").await;
    let officer = Browser::signed_in(&world, "secadmin").await;
    let [one]: [String; 1] = listed(&officer, "/claims").await.try_into().expect("one request");
    let due = world.app.db.read(|tx| async move {
        let row = tx.query_one("select near_at, due_at, term from claims", params![]).await?;
        Ok::<_, DbError>((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?))
    });
    let (near, due, term) = due.await.expect("its time");
    assert_eq!(term, "15 working_day");
    // Fifteen working days are three weeks at least.
    assert!(due - world.clock.now().0 >= 20 * DAY && near < due && near > world.clock.now().0, "{near} {due}");
    assert_eq!(sweep(&world.app).await.expect("a sweep"), 0);
    world.clock.set(steward::kit::clock::Moment(near));
    for count in [1, 0] {
        assert_eq!(sweep(&world.app).await.expect("a sweep"), count, "told once");
    }
    world.clock.set(steward::kit::clock::Moment(due + 1));
    for count in [1, 0] {
        assert_eq!(sweep(&world.app).await.expect("a sweep"), count, "told once");
    }
    assert_eq!(notices(&world, "secadmin").await, ["claims-received", "claims-near", "claims-over"]);
    // Whoever was away meanwhile signs in again.
    let officer = Browser::signed_in(&world, "secadmin").await;
    let page = officer.page("/claims").await;
    assert!(page.contains("1 件已超过答复期限"), "{page}");
    // Late, and refused since nobody could be reached: it is answered all the same, and was late.
    let mut form = officer.form(&one, &format!("{one}/answer")).await;
    form.put("outcome", "refused");
    form.put("answer", "多次联系不上，无法核验身份");
    assert!(form.value("remedy").contains("人民法院"), "what may be done against it is offered");
    assert_eq!(officer.send(&form).await.status, 303);
    assert!(citizen.page(&own).await.contains("不同意"));
    assert!(officer.page("/claims?show=ended").await.contains("超期答复"));
    let facts = told(&world).await;
    assert!(facts.last().is_some_and(|(_, body, _)| body.contains("\"is_late\":true")), "{facts:?}");
    assert_eq!(sweep(&world.app).await.expect("a sweep"), 0);
}
crate::on_each!(a_limit_that_runs_out_is_told_before_and_after, pressing);

async fn ending(on: On) {
    let secret = |name: &str| (name == KEYS).then(|| format!("one:{}", BASE64_STANDARD.encode([1_u8; 32])));
    let Some(world) = World::quiet(on, Sources::of_demo(), secret).await else { return };
    let citizen = Browser::new(&world);
    let first = asks(&citizen, "deletion").await;
    let open = asks(&citizen, "copy").await;
    let back = citizen.form(&first, &format!("{first}/withdraw")).await;
    assert_eq!(citizen.send(&back).await.status, 303);
    let texts = async || {
        let read = world.app.db.read(|tx| async move {
            let rows = tx.query("select name, reach, about, proof, gone_at from claims order by id", params![]).await?;
            let row = |row: &steward::kit::db::Row| {
                let texts: Vec<String> = (0..4).map(|at| row.get(at)).collect::<Result<_, _>>()?;
                Ok::<_, DbError>((texts, row.get::<Option<i64>>(4)?.is_some()))
            };
            rows.iter().map(row).collect::<Result<Vec<_>, _>>()
        });
        read.await.expect("requests")
    };
    // It lies sealed.
    for (texts, is_gone) in texts().await {
        assert!(!is_gone && texts.iter().all(|text| text.starts_with("~1.one.")), "{texts:?}");
    }
    let done = sealing::run(&world.app.db, true, MORNING, |_, _| ()).await.expect("counted");
    let rows: u64 = done.iter().filter(|one| one.column.table == "claims").map(|one| one.rows).sum();
    assert_eq!(rows, 8, "of two requests four texts each");

    let settings = Settings::of_city(&"[retention]\nclaim_days = 90\n".parse().expect("toml")).expect("settings");
    let of = |all: &[Removed]| all.iter().find(|one| one.kind == Kind::Claim).map(|one| one.count);
    let later = MORNING.plus(100 * DAY);
    let soon =
        retention::run(&world.app.db, &world.app.blobs, &settings, MORNING.plus(DAY), false).await.expect("nothing");
    assert_eq!(of(&soon), Some(0));
    let dry = retention::run(&world.app.db, &world.app.blobs, &settings, later, true).await.expect("counted");
    assert_eq!(of(&dry), Some(1));
    assert_eq!(
        of(&retention::run(&world.app.db, &world.app.blobs, &settings, later, false).await.expect("taken")),
        Some(1)
    );
    assert_eq!(
        of(&retention::run(&world.app.db, &world.app.blobs, &settings, later, false).await.expect("taken")),
        Some(0)
    );
    let after = texts().await;
    assert!(after[0].1 && after[0].0.iter().all(String::is_empty), "{after:?}");
    assert!(!after[1].1 && after[1].0.iter().all(|text| !text.is_empty()), "what is open stays: {after:?}");
    let lines = world.app.db.read(|tx| async move { retention::store::lines(&tx).await }).await.expect("lines");
    assert_eq!(lines[0], ("claim".to_owned(), later.plus(-90 * DAY), 1, later));
    // What remains says what it was, and nothing of whom.
    let page = citizen.page(&first).await;
    assert!(page.contains("个人信息清除时间") && page.contains("已撤回") && !page.contains("油烟"), "{page}");
    assert!(citizen.page(&open).await.contains("油烟"));
    let officer = Browser::signed_in(&world, "secadmin").await;
    let [over]: [String; 1] = listed(&officer, "/claims?show=ended").await.try_into().expect("one that is over");
    let page = officer.page(&over).await;
    assert!(page.contains("个人信息已清除") && page.contains("删除") && !page.contains(NAME), "{page}");
    assert!(officer.page("/claims/list.csv").await.contains("已撤回"));
}
crate::on_each!(what_was_asked_lies_sealed_and_ends_as_a_tombstone, ending);
