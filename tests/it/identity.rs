//! Who somebody is: sessions that are seen and ended, codes of a phone, recovery codes, and who must have a second factor.

use crate::on_both;
use crate::people::{PASSWORD, people, sign_in};
use crate::world::{MORNING, On, Visitor, World, location};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use steward::kit::error::Error;
use steward::kit::sources::Sources;
use steward::people::act::Post;
use steward::people::identity::totp;

const KEY_OF_SEALING: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// The invented city with other lines at the end of its settings.
pub fn city_with(more: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    for list in ["departments.csv", "people.csv"] {
        std::fs::copy(demo.join(list), folder.path().join(list)).expect("copied");
    }
    let settings = Sources::of_demo().text("city.toml").expect("the settings").replacen("[identity]", "[before]", 1);
    std::fs::write(folder.path().join("city.toml"), format!("{settings}\n{more}\n")).expect("written");
    let sources = Sources::of_city(folder.path());
    (folder, sources)
}

async fn text(response: reqwest::Response) -> String {
    response.text().await.expect("a page")
}

/// A page with its addresses as they are.
pub fn plain(page: &str) -> String {
    page.replace("&#x2f;", "/").replace("&amp;", "&")
}

/// The 20 bytes of a key as the page writes it.
fn key_of(page: &str) -> [u8; 20] {
    let written = page.split("id=\"totp-key\">").nth(1).and_then(|rest| rest.split('<').next()).expect("the key");
    let value = |letter: u8| if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
    let bits =
        written.bytes().filter(|one| *one != b' ').flat_map(|one| (0..5).rev().map(move |bit| value(one) >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let bytes: Vec<u8> = bits.chunks_exact(8).map(|eight| eight.iter().fold(0, |sum, bit| sum << 1 | bit)).collect();
    bytes.try_into().expect("twenty bytes")
}

/// Sets codes from a phone up; answers the key, and the recovery codes when these are the account's first.
pub async fn with_totp(world: &World, visitor: &Visitor) -> ([u8; 20], Vec<String>) {
    assert_eq!(location(&visitor.post("/account/second/totp", &[]).await), "/account/second/totp");
    let page = visitor.page("/account/second/totp").await;
    assert!(page.contains("<svg") && plain(&page).contains("otpauth://totp/"));
    let key = key_of(&page);
    let code = totp::code(key, world.clock.now());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = visitor.post("/account/second/totp/confirm", &[("code", wrong)]).await;
    assert_eq!(refused.status(), 422);
    assert!(text(refused).await.contains("验证码不正确"));
    let codes = text(visitor.post("/account/second/totp/confirm", &[("code", &code)]).await).await;
    let codes: Vec<String> =
        codes.split("code code-big\">").skip(1).filter_map(|rest| rest.split('<').next().map(str::to_owned)).collect();
    (key, codes)
}

async fn half(world: &World, login: &str) -> Visitor {
    let (visitor, response) = sign_in(world, login, PASSWORD).await;
    assert_eq!(location(&response), "/sign-in/second");
    let cookie = response.headers()["set-cookie"].to_str().expect("a cookie").to_owned();
    assert!(cookie.starts_with("half=") && cookie.contains("HttpOnly; SameSite=Lax; Path=/sign-in"), "{cookie}");
    visitor
}

async fn seeing_sessions(world: World) {
    people(&world).await;
    let (desk, _) = sign_in(&world, "acceptor1", PASSWORD).await;
    let phone = Visitor {
        client: crate::world::plain_client()
            .cookie_store(true)
            .user_agent("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36")
            .build()
            .expect("a client"),
        base: world.base.clone(),
    };
    phone.post("/sign-in", &[("login", "acceptor1"), ("password", PASSWORD)]).await;
    let page = plain(&desk.page("/account/sessions").await);
    assert!(page.contains("Chrome · Android") && page.contains("127.0.0.1") && page.contains("本机"), "{page}");
    assert_eq!(page.matches("/end\"").count(), 2, "the other one, and all others");
    assert!(desk.page("/account/sessions?lang=en&done=one").await.contains("Sign out everywhere else"));
    desk.page("/account?lang=zh-Hans").await;

    // Last used is known to ten minutes.
    world.clock.set(MORNING.plus(15 * 60_000));
    phone.page("/account").await;
    assert!(desk.page("/account/sessions").await.contains("10:15"));

    let key = page.split("/account/sessions/").nth(1).and_then(|rest| rest.split("/end").next()).expect("a session");
    // Nobody ends the session of somebody else by its name.
    let (keeper, _) = sign_in(&world, "keeper1", PASSWORD).await;
    keeper.post(&format!("/account/sessions/{key}/end"), &[]).await;
    assert_eq!(phone.get("/account").await.status(), 200);
    assert_eq!(location(&desk.post(&format!("/account/sessions/{key}/end"), &[]).await), "/account/sessions?done=one");
    assert_eq!(location(&phone.get("/account").await), "/sign-in?next=%2Faccount");

    let others = [sign_in(&world, "acceptor1", PASSWORD).await.0, sign_in(&world, "acceptor1", PASSWORD).await.0];
    desk.post("/account/sessions/end", &[]).await;
    for other in &others {
        assert_eq!(other.get("/account").await.status(), 303);
    }
    assert_eq!(desk.get("/account").await.status(), 200, "this one goes on");

    // The security administrator sees and ends them; the system's sees alone.
    let id = world.app.db.read(|tx| async move { steward::people::store::credentials(&tx, "acceptor1").await }).await;
    let id = id.expect("a row").expect("the account").0.id;
    let (system, _) = sign_in(&world, "sysadmin", PASSWORD).await;
    let seen = plain(&system.page(&format!("/admin/accounts/{id}")).await);
    assert!(seen.contains("登录设备") && !seen.contains("sessions/end"));
    assert_eq!(system.post(&format!("/admin/accounts/{id}/sessions/end"), &[]).await.status(), 403);
    let (security, _) = sign_in(&world, "secadmin", PASSWORD).await;
    assert!(security.page(&format!("/admin/accounts/{id}?lang=en")).await.contains("Sign out everywhere"));
    security.post(&format!("/admin/accounts/{id}/sessions/end"), &[]).await;
    assert_eq!(desk.get("/account").await.status(), 303);
    let (audit, _) = sign_in(&world, "auditadmin", PASSWORD).await;
    assert_eq!(audit.page("/audit/changes").await.matches("退出登录设备").count(), 3);
}
on_both!(bare sessions_are_seen_and_ended, seeing_sessions);

async fn codes_of_a_phone(world: World) {
    let accounts = people(&world).await;
    let (first, _) = sign_in(&world, "acceptor1", PASSWORD).await;
    let (other, _) = sign_in(&world, "acceptor1", PASSWORD).await;
    assert!(first.page("/account/second").await.contains("未开启"));
    assert!(first.page("/account/second?lang=en").await.contains("Not set up"));
    first.page("/account/second?lang=zh-Hans").await;
    let (key, codes) = with_totp(&world, &first).await;
    assert_eq!(codes.len(), 10, "ten recovery codes, once");
    assert_eq!(other.get("/account").await.status(), 303, "the other session ended");
    assert!(first.page("/account/second").await.contains("剩余 10 个"));
    assert!(first.page("/account/second?done=totp&lang=en").await.contains("Every other session"));
    first.page("/account/second?lang=zh-Hans").await;
    assert!(first.page("/notices").await.contains("您的双重验证已变更"));

    // The code that set it up is used; the next one opens, and opens once.
    let visitor = half(&world, "acceptor1").await;
    assert_eq!(location(&visitor.get("/account").await), "/sign-in?next=%2Faccount", "half a sign-in opens nothing");
    let page = visitor.page("/sign-in/second").await;
    assert!(page.contains("苏婉清") && page.contains("恢复码"));
    assert!(visitor.page("/sign-in/second?lang=en").await.contains("the first step is done"));
    visitor.page("/sign-in/second?lang=zh-Hans").await;
    let used = totp::code(key, world.clock.now());
    assert_eq!(visitor.post("/sign-in/second", &[("code", &used)]).await.status(), 422);
    world.clock.set(MORNING.plus(30_000));
    let fresh = totp::code(key, world.clock.now());
    let answer = visitor.post("/sign-in/second", &[("code", &format!("{} {}", &fresh[..3], &fresh[3..]))]).await;
    assert_eq!(location(&answer), "/desk");
    assert!(visitor.page("/account/sessions").await.contains("已双重验证"));
    assert_eq!(visitor.post("/sign-in/second", &[("code", &fresh)]).await.status(), 422, "nothing is left to prove");
    let again = half(&world, "acceptor1").await;
    assert_eq!(again.post("/sign-in/second", &[("code", &fresh)]).await.status(), 422, "a code opens once");

    // A recovery code opens once as well, however it is typed, and its owner is told.
    let typed = codes[0].to_lowercase().replace('-', " ");
    assert_eq!(location(&again.post("/sign-in/second", &[("code", &typed)]).await), "/desk");
    assert!(again.page("/notices").await.contains("还剩 9 个恢复码"));
    let third = half(&world, "acceptor1").await;
    assert_eq!(third.post("/sign-in/second", &[("code", &codes[0])]).await.status(), 422);

    // New codes want a proof; the old ones are void.
    assert_eq!(again.post("/account/second/codes", &[("proof", "wrong")]).await.status(), 422);
    let renewed = text(again.post("/account/second/codes", &[("proof", PASSWORD)]).await).await;
    assert!(renewed.contains("恢复码") && !renewed.contains(&codes[1]));
    assert_eq!(third.post("/sign-in/second", &[("code", &codes[1])]).await.status(), 422);

    // Removing wants a proof too: a code of the phone serves.
    assert_eq!(again.post("/account/second/totp/remove", &[("proof", "000000")]).await.status(), 422);
    world.clock.set(MORNING.plus(90_000));
    let proof = totp::code(key, world.clock.now());
    assert_eq!(
        location(&again.post("/account/second/totp/remove", &[("proof", &proof)]).await),
        "/account/second?done=removed"
    );
    assert_eq!(location(&sign_in(&world, "acceptor1", PASSWORD).await.1), "/desk");

    // Whoever has lost everything asks the security administrator.
    with_totp(&world, &again).await;
    let (security, _) = sign_in(&world, "secadmin", PASSWORD).await;
    let account = accounts[&Post::Acceptor];
    security.page(&format!("/admin/accounts/{account}")).await;
    assert_eq!(security.post(&format!("/admin/accounts/{account}/second/reset"), &[]).await.status(), 303);
    assert_eq!(again.get("/account").await.status(), 303);
    let (back, response) = sign_in(&world, "acceptor1", PASSWORD).await;
    assert_eq!(location(&response), "/desk");
    assert!(back.page("/notices").await.contains("您的双重验证已被重置"));
    let own = accounts[&Post::SecurityAdmin];
    assert_eq!(security.post(&format!("/admin/accounts/{own}/second/reset"), &[]).await.status(), 422);

    let (audit, _) = sign_in(&world, "auditadmin", PASSWORD).await;
    let log = audit.page("/audit").await;
    for said in ["等待双重验证", "双重验证未通过", "动态验证码", "恢复码"] {
        assert!(log.contains(said), "{said}");
    }
    let changes = audit.page("/audit/changes?lang=en").await;
    for said in ["Codes from a phone set up", "Codes from a phone removed", "New recovery codes", "Second factor reset"]
    {
        assert!(changes.contains(said), "{said}");
    }
}
on_both!(bare a_phone_shows_the_second_factor, codes_of_a_phone);

async fn guessing(world: World) {
    people(&world).await;
    let (owner, _) = sign_in(&world, "keeper1", PASSWORD).await;
    let (key, codes) = with_totp(&world, &owner).await;
    // Whoever knows the password does not win new tries by showing it again: four wrong codes, the password, one more.
    let visitor = half(&world, "keeper1").await;
    for _ in 0..4 {
        assert_eq!(visitor.post("/sign-in/second", &[("code", "000000")]).await.status(), 422);
    }
    let visitor = half(&world, "keeper1").await;
    visitor.post("/sign-in/second", &[("code", "000000")]).await;
    world.clock.set(MORNING.plus(60_000));
    let right = totp::code(key, world.clock.now());
    let locked = visitor.post("/sign-in/second", &[("code", &right)]).await;
    assert!(text(locked).await.contains("已暂时锁定"), "even the right code waits");
    let recovery = visitor.post("/sign-in/second", &[("code", &codes[0])]).await;
    assert_eq!(recovery.status(), 422);
    world.clock.set(MORNING.plus(20 * 60_000));
    let visitor = half(&world, "keeper1").await;
    // The recovery code was not used up while the account was locked.
    assert_eq!(location(&visitor.post("/sign-in/second", &[("code", &codes[0])]).await), "/field");
    // Ten minutes between the two steps are enough.
    let late = half(&world, "keeper1").await;
    world.clock.set(MORNING.plus(31 * 60_000));
    let over = late.post("/sign-in/second", &[("code", &totp::code(key, world.clock.now()))]).await;
    assert_eq!(over.status(), 422);
    assert!(text(over).await.contains("验证超时"));
    let nobody = world.visitor().get("/sign-in/second").await;
    assert_eq!(nobody.status(), 422);
}
on_both!(bare guessing_a_second_factor_locks, guessing);

async fn demanded(on: On) {
    let (_folder, sources) = city_with("[identity]\nsecond_factor = [\"security_admin\"]");
    let secret = |name: &str| (name == "STEWARD_IDENTITY_KEY").then(|| KEY_OF_SEALING.to_owned());
    let Some(world) = World::with_secrets(on, sources, secret).await else { return };
    people(&world).await;
    let (security, response) = sign_in(&world, "secadmin", PASSWORD).await;
    assert_eq!(location(&response), "/admin");
    assert_eq!(location(&security.get("/admin").await), "/account/second", "first of all the second factor");
    assert!(security.page("/account/second").await.contains("您的岗位须开启双重验证"));
    with_totp(&world, &security).await;
    assert_eq!(security.get("/admin").await.status(), 200);
    assert_eq!(sign_in(&world, "keeper1", PASSWORD).await.0.get("/field").await.status(), 200, "of nobody else");
    // With the operator's key nothing readable lies in the database.
    let unsealed =
        world.app.db.read(|tx| async move { Ok::<_, Error>(steward::people::identity::store::unsealed(&tx).await?) });
    assert_eq!(unsealed.await.expect("counted"), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_may_demand_it_on_sqlite() {
    demanded(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_may_demand_it_on_postgres() {
    demanded(On::Postgres).await;
}

/// A security key in software: one key of P-256, a counter that rises with every signature.
struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    counter: u32,
}

fn url64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    fn new(id: u8) -> Authenticator {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Authenticator { key, id: [id; 16], counter: 0 }
    }

    fn head(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        [Sha256::digest(b"localhost").as_slice(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn client(kind: &str, options: &Value, origin: &str) -> Vec<u8> {
        let challenge = options["challenge"].as_str().expect("a challenge");
        json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }).to_string().into_bytes()
    }

    fn make(&mut self, options: &Value, origin: &str) -> String {
        assert_eq!(options["rp"]["id"], "localhost");
        let point = self.key.public_key().as_ref().to_vec();
        let cose = [
            [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32].as_slice(),
            &point[1..33],
            [0x22, 0x58, 32].as_slice(),
            &point[33..65],
        ]
        .concat();
        let head = self.head(0x45);
        let data = [head.as_slice(), &[0; 16], &[0, 16], &self.id, cose.as_slice()].concat();
        let length = u8::try_from(data.len()).expect("below 256");
        let object =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[length], data.as_slice()].concat();
        let response = json!({
            "clientDataJSON": url64(Authenticator::client("webauthn.create", options, origin)),
            "attestationObject": url64(object), "transports": ["usb"],
        });
        self.said(&response)
    }

    fn said(&self, response: &Value) -> String {
        let id = url64(self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
            .to_string()
    }

    fn show(&mut self, options: &Value, origin: &str) -> String {
        let data = self.head(0x05);
        let client = Authenticator::client("webauthn.get", options, origin);
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        let response = json!({ "clientDataJSON": url64(client), "authenticatorData": url64(data), "signature": url64(signature.as_ref()) });
        self.said(&response)
    }
}

/// What a page gives the browser.
fn options(page: &str) -> Value {
    let written = page.split("data-options=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("options");
    let plain = written.replace("&quot;", "\"").replace("&#x2f;", "/").replace("&#x27;", "'").replace("&amp;", "&");
    serde_json::from_str(&plain).expect("JSON")
}

async fn passkeys(world: World) {
    people(&world).await;
    // Browsers make passkeys for names, not for numbers.
    let origin = world.base.replace("127.0.0.1", "localhost");
    let visitor = || Visitor { base: origin.clone(), ..world.visitor() };
    let first_step = async || {
        let visitor = visitor();
        let answer = visitor.post("/sign-in", &[("login", "acceptor1"), ("password", PASSWORD)]).await;
        (visitor, location(&answer))
    };
    let numbered = world.visitor();
    numbered.post("/sign-in", &[("login", "acceptor1"), ("password", PASSWORD)]).await;
    assert_eq!(numbered.post("/account/second/passkeys", &[]).await.status(), 422, "not at a bare number");

    let (owner, _) = first_step().await;
    let mut key = Authenticator::new(1);
    let page = text(owner.post("/account/second/passkeys", &[]).await).await;
    let asked = options(&page);
    assert_eq!(
        (asked["user"]["name"].as_str(), asked["authenticatorSelection"]["residentKey"].as_str()),
        (Some("acceptor1"), Some("discouraged"))
    );
    // From another site: refused, and what was typed stays.
    let elsewhere = key.make(&asked, "https://evil.example");
    let refused =
        owner.post("/account/second/passkeys/made", &[("name", "蓝色密钥"), ("credential", &elsewhere)]).await;
    assert_eq!(refused.status(), 422);
    let page = text(refused).await;
    assert!(page.contains("蓝色密钥") && page.contains("未通过核验"));
    // Of another ceremony: refused as well.
    let stale = key.make(&asked, &origin);
    assert_eq!(
        owner.post("/account/second/passkeys/made", &[("name", "x"), ("credential", &stale)]).await.status(),
        422
    );
    let page = text(owner.post("/account/second/passkeys?lang=en", &[]).await).await;
    assert!(page.contains("Make the passkey"));
    let made = key.make(&options(&page), &origin);
    let codes =
        text(owner.post("/account/second/passkeys/made", &[("name", "Blue key"), ("credential", &made)]).await).await;
    assert_eq!(codes.matches("code code-big\">").count(), 10, "the first recovery codes");
    assert!(owner.page("/account/second?lang=zh-Hans").await.contains("Blue key"));
    // A second one excludes the first and brings no codes.
    let mut other = Authenticator::new(2);
    let asked = options(&text(owner.post("/account/second/passkeys", &[]).await).await);
    assert_eq!(asked["excludeCredentials"].as_array().map(Vec::len), Some(1));
    let made = other.make(&asked, &origin);
    let added = owner.post("/account/second/passkeys/made", &[("name", "Desk"), ("credential", &made)]).await;
    assert_eq!(location(&added), "/account/second?done=passkey");

    // At the second step, beside codes of a phone.
    let (totp_key, _) = with_totp(&world, &owner).await;
    let (visitor, to) = first_step().await;
    assert_eq!(to, "/sign-in/second");
    let page = visitor.page("/sign-in/second").await;
    assert!(page.contains("使用通行密钥") && page.contains("手机动态验证码"));
    assert!(visitor.page("/sign-in/second?lang=en").await.contains("Use a passkey"));
    let asked = options(&visitor.page("/sign-in/second?lang=zh-Hans").await);
    assert_eq!(asked["allowCredentials"].as_array().map(Vec::len), Some(2));
    let shown = key.show(&asked, &origin);
    assert_eq!(location(&visitor.post("/sign-in/second/passkey", &[("credential", &shown)]).await), "/desk");
    // What was signed once opens nothing a second time.
    let (again, _) = first_step().await;
    again.page("/sign-in/second").await;
    let replayed = again.post("/sign-in/second/passkey", &[("credential", &shown)]).await;
    assert_eq!(replayed.status(), 422);
    // A copy of the key, whose counter lags behind, is refused; so is another site.
    let asked = options(&text(replayed).await);
    key.counter = 1;
    let copied = again.post("/sign-in/second/passkey", &[("credential", &key.show(&asked, &origin))]).await;
    assert!(text(copied).await.contains("通行密钥未通过核验"));
    key.counter = 40;
    let asked = options(&again.page("/sign-in/second").await);
    let phished =
        again.post("/sign-in/second/passkey", &[("credential", &key.show(&asked, "https://evil.example"))]).await;
    assert_eq!(phished.status(), 422);
    let asked = options(&again.page("/sign-in/second").await);
    assert_eq!(
        location(&again.post("/sign-in/second/passkey", &[("credential", &other.show(&asked, &origin))]).await),
        "/desk"
    );
    assert_eq!(again.post("/sign-in/second/passkey", &[("credential", "nonsense")]).await.status(), 422);

    // Taking one away wants a proof.
    let page = plain(&again.page("/account/second").await);
    let id =
        page.split("/passkeys/").nth(1).and_then(|rest| rest.split("/remove").next()).expect("a passkey").to_owned();
    let path = format!("/account/second/passkeys/{id}/remove");
    assert_eq!(again.post(&path, &[("proof", "wrong")]).await.status(), 422);
    world.clock.set(MORNING.plus(60_000));
    let proof = totp::code(totp_key, world.clock.now());
    assert_eq!(location(&again.post(&path, &[("proof", &proof)]).await), "/account/second?done=removed");
    assert!(!again.page("/account/second").await.contains("Blue key"));
    // At the bare number the remaining passkey is of no use; the phone is.
    let numbered = half(&world, "acceptor1").await;
    assert!(!numbered.page("/sign-in/second").await.contains("data-options"));
    let (audit, _) = sign_in(&world, "auditadmin", PASSWORD).await;
    assert!(audit.page("/audit").await.contains("通行密钥"));
    let changes = audit.page("/audit/changes").await;
    assert!(changes.contains("添加通行密钥") && changes.contains("移除通行密钥"));
}
on_both!(bare a_passkey_is_the_second_factor, passkeys);
