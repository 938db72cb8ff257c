//! Who may act: the two reviewed pictures, every door with every post, and signing in.

use crate::on_both;
use crate::world::{MORNING, Visitor, World, location};
use reqwest::Method;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;
use std::path::Path;
use steward::app::doors;
use steward::kit::error::Error;
use steward::kit::id::Id;
use steward::people::account::read_people;
use steward::people::act::{Act, Post, may};
use steward::people::department::read_departments;
use steward::people::doors::Access;
use steward::people::{password, sessions, store};

pub const PASSWORD: &str = "Orange-Boat-7";

/// Fills the world with the invented city's departments and people; all have [`PASSWORD`].
pub async fn people(world: &World) -> BTreeMap<Post, Id> {
    let text = |path: &str| world.app.sources.text(path).expect("a file of the invented city");
    let (departments, bad) = read_departments(&text("departments.csv"));
    assert!(bad.is_empty(), "{bad:?}");
    let (people, bad) = read_people(&text("people.csv"));
    assert!(bad.is_empty(), "{bad:?}");
    let hash = password::hash_now(PASSWORD).expect("a hash");
    let made = world.app.db.write(move |tx| async move {
        assert!(store::import_departments(&tx, &departments).await?.is_empty());
        let (made, bad) = store::import_people(&tx, &people, &hash, false, MORNING).await?;
        assert!(bad.is_empty() && made == people.len(), "{bad:?}");
        let mut first = BTreeMap::new();
        for person in &people {
            let (account, _) = store::credentials(&tx, &person.login).await?.expect("an account");
            first.entry(person.post).or_insert(account.id);
        }
        Ok::<_, Error>(first)
    });
    made.await.expect("people")
}

pub async fn sign_in(world: &World, login: &str, password: &str) -> (Visitor, reqwest::Response) {
    let visitor = world.visitor();
    let response = visitor.post("/sign-in", &[("login", login), ("password", password)]).await;
    (visitor, response)
}

/// Compares a reviewed picture with what the code says; `STEWARD_BLESS=1` accepts the code's.
fn picture(path: &str, drawn: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("STEWARD_BLESS").is_some() {
        std::fs::write(&path, drawn).expect("the picture is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "{} differs from the code; `make bless`, and read the diff:\n{drawn}", path.display());
}

#[test]
fn the_permission_table_is_the_reviewed_one() {
    let names = |lang: &str| {
        let path = format!("locales/{lang}/people.ftl");
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the words");
        let pairs = text.lines().filter_map(|line| line.split_once(" = "));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<BTreeMap<_, _>>()
    };
    let zh = names("zh-Hans");
    let mut drawn = String::from(
        "# Which post may do what\n\nDrawn from `src/people/act.rs` by `make bless`. Citizens need no post: their doors are `public` in [doors.md](doors.md).\n\n| act |",
    );
    for post in Post::ALL {
        let _ = write!(drawn, " {} |", zh[&format!("people-post-{}", post.word())]);
    }
    drawn.push_str("\n|---|");
    drawn.push_str(&":-:|".repeat(Post::ALL.len()));
    for act in Act::ALL {
        let _ = write!(drawn, "\n| {} `{}` |", zh[&format!("people-act-{}", act.word())], act.word());
        for post in Post::ALL {
            drawn.push_str(if may(*post, *act) { " ● |" } else { "  |" });
        }
    }
    drawn.push('\n');
    picture("docs/permissions.md", &drawn);
}

#[test]
fn the_doors_are_the_reviewed_ones() {
    let mut lines: Vec<String> =
        doors().iter().map(|door| format!("| {} | `{}` | {} |", door.method, door.path, door.access.word())).collect();
    lines.sort_by_key(|line| line.split('|').nth(2).map(str::to_owned));
    let drawn = format!(
        "# Every door\n\nDrawn from the rooms' `doors()` by `make bless`: method, address, and the act that opens it or `public`.\n\n| method | address | act |\n|---|---|---|\n{}\n",
        lines.join("\n")
    );
    picture("docs/doors.md", &drawn);
}

async fn every_door(world: World) {
    let accounts = people(&world).await;
    assert_eq!(accounts.len(), Post::ALL.len(), "the invented city has every post");
    let client = crate::world::plain_client().build().expect("a client");
    let mut wrong = Vec::new();
    let mut cookies: BTreeMap<Post, String> = BTreeMap::new();
    for door in doors() {
        let path = door.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let knockers = std::iter::once(None).chain(Post::ALL.iter().copied().map(Some));
        for post in knockers {
            let mut request = client.request(door.method.clone(), format!("{}{path}", world.base));
            if let Some(post) = post {
                let cookie = match cookies.entry(post) {
                    Entry::Occupied(kept) => kept.into_mut(),
                    Entry::Vacant(none) => {
                        let (account, hour) = (accounts[&post], 60 * 60 * 1000);
                        let opened = world
                            .app
                            .db
                            .write(move |tx| async move { sessions::open_for(&tx, account, MORNING, hour).await });
                        none.insert(opened.await.expect("a session"))
                    }
                };
                request = request.header("cookie", format!("session={cookie}"));
            }
            if door.method == Method::POST {
                request = request.header("origin", &world.base).form(&[("nothing", "1")]);
            }
            let response = request.send().await.expect("an answer");
            // What was posted may have ended the session, as signing out does.
            if let Some(post) = post.filter(|_| door.method == Method::POST) {
                cookies.remove(&post);
            }
            let status = response.status().as_u16();
            let is_sent_to_sign_in = door.path != "/sign-out" && location(&response).starts_with("/sign-in");
            // Whoever posts to Open311 without a key, or calls the API without a token, is refused by what stands behind the door.
            let is_of_key = door.path.starts_with(steward::open311::ROOT) && status == 403;
            let is_of_token = steward::api::problem::is_of_api(door.path) && status == 401;
            let is_refused = (status == 401 && !is_of_token) || (status == 403 && !is_of_key) || is_sent_to_sign_in;
            let may_open = match (door.access, post) {
                (Access::Public, _) => true,
                (Access::Act(act), Some(post)) => may(post, act),
                (Access::Act(_), None) => false,
            };
            let is_nobody_at_sign_out = door.path == "/sign-out" && post.is_none();
            if may_open == is_refused && !is_nobody_at_sign_out || status >= 500 {
                let who = post.map_or("nobody", Post::word);
                wrong.push(format!("{} {} as {who}: {status}", door.method, door.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} doors are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
on_both!(bare every_door_with_every_post, every_door);

async fn signing_in(world: World) {
    people(&world).await;
    let (visitor, response) = sign_in(&world, "Acceptor1 ", PASSWORD).await;
    assert_eq!(location(&response), "/desk");
    let cookie = response.headers()["set-cookie"].to_str().expect("a cookie").to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Lax; Path=/") && !cookie.contains("Secure"), "{cookie}");
    assert!(visitor.page("/account").await.contains("苏婉清"));
    assert!(visitor.page("/account?lang=en").await.contains("Receive reports"));
    let out = visitor.post("/sign-out", &[]).await;
    assert_eq!(location(&out), "/sign-in");
    assert_eq!(location(&visitor.get("/account").await), "/sign-in?next=%2Faccount");

    for (login, home) in
        [("keeper1", "/field"), ("desk-garden", "/department"), ("sysadmin", "/admin"), ("auditadmin", "/audit")]
    {
        assert_eq!(location(&sign_in(&world, login, PASSWORD).await.1), home);
    }
    let own = [("login", "keeper1"), ("password", PASSWORD), ("next", "/account")];
    assert_eq!(location(&world.visitor().post("/sign-in", &own).await), "/account");
    let foreign = [("login", "keeper1"), ("password", PASSWORD), ("next", "//evil.example/")];
    assert_eq!(location(&world.visitor().post("/sign-in", &foreign).await), "/field");
    let unknown = sign_in(&world, "nobody", PASSWORD).await.1;
    assert_eq!(unknown.status(), 422);
    assert!(unknown.text().await.expect("a page").contains("登录名或密码不正确"));
}
on_both!(bare signing_in_and_out, signing_in);

async fn locking(world: World) {
    people(&world).await;
    for _ in 0..5 {
        assert_eq!(sign_in(&world, "keeper1", "wrong").await.1.status(), 422);
    }
    assert_eq!(sign_in(&world, "keeper1", PASSWORD).await.1.status(), 422);
    world.clock.set(MORNING.plus(15 * 60_000));
    assert_eq!(location(&sign_in(&world, "keeper1", PASSWORD).await.1), "/field");
    let (audit, _) = sign_in(&world, "auditadmin", PASSWORD).await;
    let log = audit.page("/audit?q=keeper1").await;
    assert!(log.contains("账号锁定") && log.contains("登录成功") && log.contains("登录名或密码错误"));
    audit.page("/audit?lang=en").await;
}
on_both!(bare five_wrong_passwords_lock, locking);

async fn administration(world: World) {
    let accounts = people(&world).await;
    let (system, _) = sign_in(&world, "sysadmin", PASSWORD).await;
    let (security, _) = sign_in(&world, "secadmin", PASSWORD).await;
    let form = [("login", "newcomer"), ("name", "新人"), ("post", "acceptor"), ("department_code", "101")];
    let made = system.post("/admin/accounts", &form).await;
    assert_eq!(made.status(), 200);
    let page = made.text().await.expect("a page");
    let mark = "code code-big\">";
    let at = page.find(mark).expect("the first password") + mark.len();
    let first = page[at..at + 14].to_owned();
    assert_eq!(sign_in(&world, "newcomer", &first).await.1.status(), 422, "security has not confirmed it");
    let taken = system.post("/admin/accounts", &form).await;
    assert!(taken.text().await.expect("a page").contains("已被使用"));

    let id = world.app.db.read(|tx| async move { store::credentials(&tx, "newcomer").await }).await;
    let id = id.expect("a row").expect("the account").0.id;
    assert_eq!(system.post(&format!("/admin/accounts/{id}/activate"), &[]).await.status(), 403);
    assert_eq!(security.post(&format!("/admin/accounts/{id}/activate"), &[]).await.status(), 303);
    let (newcomer, response) = sign_in(&world, "newcomer", &first).await;
    assert_eq!(location(&response), "/account/password");
    assert_eq!(location(&newcomer.get("/live").await), "", "one's own doors stay open");
    let weak = [("current", first.as_str()), ("fresh", "short"), ("again", "short")];
    assert_eq!(newcomer.post("/account/password", &weak).await.status(), 422);
    let strong = [("current", first.as_str()), ("fresh", "Green-River-8"), ("again", "Green-River-8")];
    assert_eq!(location(&newcomer.post("/account/password", &strong).await), "/account?done=password");
    newcomer.page("/account?done=password").await;
    assert_eq!(location(&sign_in(&world, "newcomer", "Green-River-8").await.1), "/desk");

    let post = [("post", "shift_leader")];
    assert_eq!(security.post(&format!("/admin/accounts/{id}/post"), &post).await.status(), 303);
    assert_eq!(location(&newcomer.get("/account").await), "/sign-in?next=%2Faccount", "another post, another session");
    let last = accounts[&Post::AuditAdmin];
    let refused = security.post(&format!("/admin/accounts/{last}/deactivate"), &[]).await;
    assert!(refused.text().await.expect("a page").contains("最后一个启用的账号"));
    let reset = system.post(&format!("/admin/accounts/{last}/password"), &[]).await;
    assert!(reset.text().await.expect("a page").contains("steward account reset"));
    assert_eq!(
        system.post("/admin/accounts", &[("login", "x2"), ("name", "某"), ("post", "leader")]).await.status(),
        200
    );

    let department = [("code", "999"), ("name_zh", "试验队"), ("kind", "team"), ("parent_code", "100")];
    assert_eq!(system.post("/admin/departments", &department).await.status(), 303);
    let departments = system.page("/admin/departments?lang=en").await;
    assert!(departments.contains("试验队") && departments.contains("Collection team"));
    for path in
        ["/admin", "/admin/accounts?q=new&state=active", "/admin/accounts/new", &format!("/admin/accounts/{id}")]
    {
        system.page(path).await;
    }
    let (audit, _) = sign_in(&world, "auditadmin", PASSWORD).await;
    let changes = audit.page("/audit/changes").await;
    assert!(changes.contains("受理员 → 值班长") && changes.contains("试验队") && changes.contains("修改密码"));
}
on_both!(bare three_administrators, administration);

async fn many(world: World) {
    people(&world).await;
    let department = Some("103".to_owned());
    let hash = password::hash_now(PASSWORD).expect("a hash");
    world
        .app
        .db
        .write(move |tx| {
            let (department, hash) = (department.clone(), hash.clone());
            async move {
                for number in 0..1000 {
                    let account = store::NewAccount {
                        login: format!("patrol{number:04}"),
                        name: format!("巡查员{number}"),
                        post: Post::Keeper,
                        department_code: department.clone(),
                        password: hash.clone(),
                        is_first_password: true,
                        is_active: number % 2 == 0,
                    };
                    store::make_account(&tx, account, MORNING).await?;
                }
                Ok::<_, Error>(())
            }
        })
        .await
        .expect("a thousand accounts");
    let (system, _) = sign_in(&world, "sysadmin", PASSWORD).await;
    let (mut path, mut seen, mut pages) = ("/admin/accounts?post=keeper".to_owned(), 0, 0);
    loop {
        let page = system.page(&path).await;
        assert!(page.contains("共 1004 个账号"), "the count stands on every page");
        seen += page.matches("data-href=\"/admin/accounts/").count();
        pages += 1;
        let Some(next) = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
            break;
        };
        path = format!("/admin/accounts{}", next.replace("&amp;", "&"));
    }
    assert_eq!((seen, pages), (1004, 21));
    let one = system.page("/admin/accounts?q=%E5%B7%A1%E6%9F%A5%E5%91%98999&lang=en").await;
    assert!(one.contains("1 account") && one.contains("patrol0999"));
    assert!(system.page("/admin/accounts?q=PATROL&state=inactive&lang=zh-Hans").await.contains("共 500 个账号"));
    assert!(system.page("/admin/accounts?q=%25").await.contains("没有符合条件的账号"));
}
on_both!(bare a_thousand_accounts, many);

async fn errors(world: World) {
    people(&world).await;
    let (keeper, _) = sign_in(&world, "keeper1", PASSWORD).await;
    for (path, status) in [("/admin", 403), ("/no-such-page", 404), ("/cases/1", 404)] {
        let response = keeper.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        let page = response.text().await.expect("a page");
        assert!(page.contains("我的任务") && page.contains("林晓禾"), "{path} keeps the keeper's navigation");
    }
    let stranger = world.visitor();
    assert!(!stranger.get("/no-such-page").await.text().await.expect("a page").contains("我的任务"));
    for path in ["/privacy", "/accessibility"] {
        assert!(stranger.page(path).await.contains("12319"), "{path} says whom to ask");
        stranger.page(&format!("{path}?lang=en")).await;
    }
}
on_both!(bare errors_keep_the_readers_frame, errors);
