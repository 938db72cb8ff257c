//! Signing in at a provider of identities, which here says whatever a test wants: every way in which it may be wrong.

use crate::identity::{city_with, plain, with_totp};
use crate::people::{PASSWORD, people, sign_in};
use crate::world::{MORNING, On, Visitor, World, location};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use steward::kit::error::Error;
use steward::kit::id::Id;
use steward::people::act::Post;
use steward::people::identity::totp;
use steward::people::store;

/// What the provider says next.
struct Says {
    base: String,
    keys: Vec<EcdsaKeyPair>,
    /// Which key signs, and which are told.
    signs: usize,
    told: Vec<usize>,
    /// The claims that differ from a right statement; null takes one away.
    differs: Value,
    userinfo: Value,
    is_unsigned: bool,
    is_down: bool,
    looks: u32,
    nonce: String,
    challenge: String,
}

type Shared = Arc<Mutex<Says>>;

fn segment(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Says {
    fn token(&self) -> String {
        let seconds = MORNING.0 / 1000;
        let mut claims = json!({
            "iss": self.base, "aud": "steward", "sub": "person-1", "exp": seconds + 300, "iat": seconds, "nonce": self.nonce,
            "employee_number": "A-1001",
        });
        for (name, value) in self.differs.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        if let Some(map) = claims.as_object_mut() {
            map.retain(|_, value| !value.is_null());
        }
        if self.is_unsigned {
            return format!("{}.{}.", segment(&json!({ "alg": "none" })), segment(&claims));
        }
        let head = json!({ "alg": "ES256", "typ": "JWT", "kid": format!("key-{}", self.signs) });
        let signed = format!("{}.{}", segment(&head), segment(&claims));
        let signature = self.keys[self.signs].sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn json_answer(value: &Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

async fn discovery(State(shared): State<Shared>) -> Response {
    let mut says = shared.lock().expect("the provider");
    says.looks += 1;
    if says.is_down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let base = &says.base;
    json_answer(&json!({
        "issuer": base, "authorization_endpoint": format!("{base}/authorize?realm=staff"), "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"), "jwks_uri": format!("{base}/jwks"), "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn jwks(State(shared): State<Shared>) -> Response {
    let says = shared.lock().expect("the provider");
    let key = |index: &usize| {
        let point = says.keys[*index].public_key().as_ref().to_vec();
        let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("key-{index}"), "x": part(&point[1..33]), "y": part(&point[33..65]) })
    };
    json_answer(&json!({ "keys": says.told.iter().map(key).collect::<Vec<_>>() }))
}

async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let says = shared.lock().expect("the provider");
    let proof = format!("Basic {}", BASE64_STANDARD.encode("steward:s%2Fcret"));
    let is_known = headers.get("authorization").and_then(|value| value.to_str().ok()) == Some(proof.as_str());
    let shown = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if !is_known
        || shown != says.challenge
        || form["code"] != "right"
        || !form["redirect_uri"].ends_with("/sign-in/with/gov/back")
    {
        return (StatusCode::BAD_REQUEST, json_answer(&json!({ "error": "invalid_grant" }))).into_response();
    }
    json_answer(&json!({ "access_token": "more", "token_type": "Bearer", "id_token": says.token() }))
}

async fn userinfo(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    assert_eq!(headers["authorization"], "Bearer more");
    json_answer(&shared.lock().expect("the provider").userinfo)
}

/// Starts a provider at an address of its own.
async fn provider() -> Shared {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let key = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let says = Says {
        base,
        keys: vec![key(), key()],
        signs: 0,
        told: vec![0],
        differs: json!({}),
        userinfo: json!({ "sub": "person-1" }),
        is_unsigned: false,
        is_down: false,
        looks: 0,
        nonce: String::new(),
        challenge: String::new(),
    };
    let shared = Arc::new(Mutex::new(says));
    let routes = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/token", post(token))
        .route("/userinfo", get(userinfo))
        .with_state(Arc::clone(&shared));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    shared
}

/// A city with that provider, and an account with the employee number that it names.
async fn world(on: On, more: &str) -> Option<(World, Shared, Id)> {
    let shared = provider().await;
    let base = shared.lock().expect("the provider").base.clone();
    let settings = format!(
        "[identity]\n[[identity.provider]]\nword = \"gov\"\nname = \"政务统一认证\"\nname_en = \"Government ID\"\nissuer = \"{base}\"\n\
         client = \"steward\"\nsecret_env = \"GOV_SECRET\"\n{more}\n"
    );
    let (folder, sources) = city_with(&settings);
    let world = World::with_secrets(on, sources, |name| (name == "GOV_SECRET").then(|| "s/cret".to_owned())).await?;
    let accounts = people(&world).await;
    // The pages are read from the binary; the folder may go once the program stands.
    drop(folder);
    let acceptor = accounts[&Post::Acceptor];
    let given = world.app.db.write(move |tx| async move { store::set_employee_number(&tx, acceptor, "A-1001").await });
    given.await.expect("a number");
    Some((world, shared, acceptor))
}

/// Goes to the provider and answers the state with which one comes back.
async fn leave(visitor: &Visitor, shared: &Shared, next: &str) -> String {
    let answer = visitor.get(&format!("/sign-in/with/gov{next}")).await;
    let to = location(&answer);
    assert!(to.contains("/authorize?realm=staff&response_type=code&"), "{to}");
    let cookie = answer.headers()["set-cookie"].to_str().expect("a cookie").to_owned();
    assert!(
        cookie.starts_with("provider=") && cookie.contains("HttpOnly; SameSite=Lax; Path=/sign-in/with"),
        "{cookie}"
    );
    let pairs: HashMap<String, String> =
        serde_urlencoded::from_str(to.split_once('?').expect("a query").1).expect("pairs");
    assert_eq!((pairs["code_challenge_method"].as_str(), pairs["scope"].as_str()), ("S256", "openid profile"));
    let mut says = shared.lock().expect("the provider");
    (says.nonce, says.challenge) = (pairs["nonce"].clone(), pairs["code_challenge"].clone());
    pairs["state"].clone()
}

async fn come_back(visitor: &Visitor, shared: &Shared) -> reqwest::Response {
    let state = leave(visitor, shared, "").await;
    visitor.get(&format!("/sign-in/with/gov/back?code=right&state={state}")).await
}

async fn right(on: On) {
    let Some((world, shared, account)) = world(on, "").await else { return };
    let visitor = world.visitor();
    assert!(visitor.page("/sign-in").await.contains("使用政务统一认证登录"));
    assert!(visitor.page("/sign-in?lang=en").await.contains("Sign in with Government ID"));
    visitor.page("/sign-in?lang=zh-Hans").await;
    let state = leave(&visitor, &shared, "?next=%2Faccount").await;
    let back = format!("/sign-in/with/gov/back?code=right&state={state}");
    assert_eq!(location(&visitor.get(&back).await), "/account");
    let page = visitor.page("/account").await;
    assert!(page.contains("苏婉清") && page.contains("person-1") && page.contains("A-1001"));
    assert!(visitor.page("/account?lang=en").await.contains("Identity providers"));
    assert!(visitor.page("/notices?lang=zh-Hans").await.contains("您的账号已可通过政务统一认证登录"));
    assert_eq!(visitor.get(&back).await.status(), 422, "a state is good once");

    // Once tied, the provider's own name counts: the number may change on either side.
    shared.lock().expect("the provider").differs = json!({ "employee_number": "B-9" });
    world
        .app
        .db
        .write(move |tx| async move { store::set_employee_number(&tx, account, "").await })
        .await
        .expect("none");
    assert_eq!(location(&come_back(&world.visitor(), &shared).await), "/desk");
    // Somebody else who is given the number does not get the account.
    world
        .app
        .db
        .write(move |tx| async move { store::set_employee_number(&tx, account, "A-1001").await })
        .await
        .expect("one");
    shared.lock().expect("the provider").differs = json!({ "sub": "person-2" });
    let other = come_back(&world.visitor(), &shared).await;
    assert_eq!(other.status(), 422);
    assert!(other.text().await.expect("a page").contains("另一身份"));
    // Until the security administrator unties the first.
    let (security, _) = sign_in(&world, "secadmin", PASSWORD).await;
    let page = plain(&security.page(&format!("/admin/accounts/{account}")).await);
    let link = page.split("/links/").nth(1).and_then(|rest| rest.split("/remove").next()).expect("a link").to_owned();
    assert_eq!(security.post(&format!("/admin/accounts/{account}/links/{link}/remove"), &[]).await.status(), 303);
    assert_eq!(location(&come_back(&world.visitor(), &shared).await), "/desk");

    // The second factor of the account is asked as after a password, unless the city takes the provider's word for it.
    let (owner, _) = sign_in(&world, "acceptor1", PASSWORD).await;
    let (key, _) = with_totp(&world, &owner).await;
    let visitor = world.visitor();
    assert_eq!(location(&come_back(&visitor, &shared).await), "/sign-in/second");
    assert_eq!(visitor.get("/account").await.status(), 303);
    world.clock.set(MORNING.plus(30_000));
    let code = totp::code(key, world.clock.now());
    assert_eq!(location(&visitor.post("/sign-in/second", &[("code", &code)]).await), "/desk");

    // A number that only userinfo tells; a first password is nothing to whoever comes by a provider.
    let text = |claim: &str| json!({ "sub": "person-3", "employee_number": claim });
    shared.lock().expect("the provider").differs = json!({ "sub": "person-3", "employee_number": null });
    shared.lock().expect("the provider").userinfo = text("K-7");
    let keeper = world.app.db.write(|tx| async move {
        let (keeper, hash) = store::credentials(&tx, "keeper1").await?.expect("keeper1");
        drop(hash);
        store::save(&tx, &steward::people::account::Account { is_first_password: true, ..keeper.clone() }).await?;
        store::set_employee_number(&tx, keeper.id, "K-7").await?;
        Ok::<_, Error>(keeper.id)
    });
    keeper.await.expect("a number");
    let visitor = world.visitor();
    assert_eq!(location(&come_back(&visitor, &shared).await), "/field");
    assert_eq!(visitor.get("/field").await.status(), 200);
    let (audit, _) = sign_in(&world, "auditadmin", PASSWORD).await;
    let changes = audit.page("/audit/changes").await;
    assert!(changes.contains("关联统一身份") && changes.contains("解除统一身份关联"));
    assert!(audit.page("/audit?lang=en").await.contains("Government ID"));
}

async fn wrong(on: On) {
    let Some((world, shared, account)) = world(on, "").await else { return };
    let seconds = MORNING.0 / 1000;
    let cases = [
        ("another nonce", json!({ "nonce": "of another sign-in" }), "未通过核验"),
        ("no nonce", json!({ "nonce": null }), "未通过核验"),
        ("another audience", json!({ "aud": "another" }), "未通过核验"),
        ("a second audience", json!({ "aud": ["steward", "another"] }), "未通过核验"),
        ("another issuer", json!({ "iss": "https://evil.example" }), "未通过核验"),
        ("over", json!({ "exp": seconds - 61 }), "不在有效时间内"),
        ("still to come", json!({ "iat": seconds + 61 }), "不在有效时间内"),
        ("no number", json!({ "employee_number": null }), "没有提供您的工号"),
        ("a number of nobody", json!({ "employee_number": "Z" }), "没有账号登记"),
    ];
    for (what, differs, said) in cases {
        shared.lock().expect("the provider").differs = differs;
        let visitor = world.visitor();
        let answer = come_back(&visitor, &shared).await;
        assert_eq!(answer.status(), 422, "{what}");
        assert!(answer.text().await.expect("a page").contains(said), "{what}");
        assert_eq!(visitor.get("/account").await.status(), 303, "{what} opens nothing");
    }
    shared.lock().expect("the provider").differs = json!({});

    // Signed by nobody, or by a key that the provider does not tell.
    shared.lock().expect("the provider").is_unsigned = true;
    assert_eq!(come_back(&world.visitor(), &shared).await.status(), 422);
    shared.lock().expect("the provider").is_unsigned = false;
    shared.lock().expect("the provider").signs = 1;
    assert_eq!(come_back(&world.visitor(), &shared).await.status(), 422);
    // Nor does it make us ask for keys again and again; a minute later new keys are found.
    let looks = shared.lock().expect("the provider").looks;
    assert_eq!(looks, 1);
    shared.lock().expect("the provider").told = vec![0, 1];
    world.clock.set(MORNING.plus(61_000));
    assert_eq!(location(&come_back(&world.visitor(), &shared).await), "/desk");
    assert_eq!(shared.lock().expect("the provider").looks, 2);
    // Within the tolerance of the clock.
    shared.lock().expect("the provider").differs = json!({ "exp": seconds + 2, "iat": seconds + 120 });
    assert_eq!(location(&come_back(&world.visitor(), &shared).await), "/desk");
    shared.lock().expect("the provider").differs = json!({});

    // A state of another browser, none, another code, another issuer's answer, a no.
    let (one, two) = (world.visitor(), world.visitor());
    let state = leave(&one, &shared, "").await;
    leave(&two, &shared, "").await;
    let stolen = two.get(&format!("/sign-in/with/gov/back?code=right&state={state}")).await;
    assert!(stolen.text().await.expect("a page").contains("本次登录已失效"));
    let bare = world.visitor().get("/sign-in/with/gov/back?code=right&state=").await;
    assert_eq!(bare.status(), 422);
    let base = shared.lock().expect("the provider").base.clone();
    for (query, said) in [
        ("code=wrong", "无法识别"),
        ("code=right&iss=https%3A%2F%2Fevil.example", "未通过核验"),
        ("error=access_denied", "取消了登录"),
        ("error=invalid_scope", "无法识别"),
        ("error=temporarily_unavailable", "暂时没有响应"),
        ("", "无法识别"),
    ] {
        let visitor = world.visitor();
        let state = leave(&visitor, &shared, "").await;
        let answer = visitor.get(&format!("/sign-in/with/gov/back?{query}&state={state}")).await;
        assert!(answer.text().await.expect("a page").contains(said), "{query}");
    }
    let visitor = world.visitor();
    let state = leave(&visitor, &shared, "").await;
    let issuer = serde_urlencoded::to_string([("iss", &base)]).expect("a query");
    assert_eq!(
        location(&visitor.get(&format!("/sign-in/with/gov/back?code=right&state={state}&{issuer}")).await),
        "/desk"
    );
    // Longer than a quarter of an hour.
    let visitor = world.visitor();
    let state = leave(&visitor, &shared, "").await;
    world.clock.set(MORNING.plus(17 * 60_000));
    assert_eq!(visitor.get(&format!("/sign-in/with/gov/back?code=right&state={state}")).await.status(), 422);
    world.clock.set(MORNING.plus(61_000));

    // An account that is not active; a provider that is down, which nobody knew yet.
    world
        .app
        .db
        .write(move |tx| async move {
            let loaded = store::load(&tx, account).await?;
            store::save(&tx, &steward::people::account::Account { is_active: false, ..loaded }).await?;
            Ok::<_, Error>(())
        })
        .await
        .expect("inactive");
    let inactive = come_back(&world.visitor(), &shared).await;
    assert!(inactive.text().await.expect("a page").contains("尚未启用或已停用"));
    assert_eq!(world.visitor().get("/sign-in/with/nobody").await.status(), 404);
    let (audit, _) = sign_in(&world, "auditadmin", PASSWORD).await;
    assert!(audit.page("/audit?outcome=refused&lang=en").await.contains("Provider’s answer refused"));
}

async fn limits(on: On) {
    let more = "domains = [\"wanglan.example\"]\ngroups = [\"staff\"]\ntrusted_amr = [\"mfa\"]\n";
    let Some((world, shared, _)) = world(on, more).await else { return };
    shared.lock().expect("the provider").is_down = true;
    let down = world.visitor().get("/sign-in/with/gov").await;
    assert_eq!(down.status(), 502);
    assert!(down.text().await.expect("a page").contains("暂时没有响应"));
    let english = world.visitor().get("/sign-in/with/gov?lang=en").await;
    assert!(english.text().await.expect("a page").contains("does not answer at the moment"));
    shared.lock().expect("the provider").is_down = false;
    let outside = come_back(&world.visitor(), &shared).await;
    assert!(outside.text().await.expect("a page").contains("不属于本单位"));
    // Address and groups may come from userinfo.
    shared.lock().expect("the provider").userinfo = json!({
        "sub": "person-1", "email": "su@wanglan.example", "email_verified": true, "groups": ["staff"],
    });
    assert_eq!(location(&come_back(&world.visitor(), &shared).await), "/desk");
    shared.lock().expect("the provider").userinfo = json!({ "sub": "somebody-else", "groups": ["staff"] });
    assert_eq!(come_back(&world.visitor(), &shared).await.status(), 422);
    // Its word for a second factor counts here.
    let own = json!({ "email": "su@wanglan.example", "email_verified": true, "groups": ["staff"], "amr": ["pwd"] });
    shared.lock().expect("the provider").differs = own;
    let (owner, _) = sign_in(&world, "acceptor1", PASSWORD).await;
    with_totp(&world, &owner).await;
    assert_eq!(location(&come_back(&world.visitor(), &shared).await), "/sign-in/second");
    shared.lock().expect("the provider").differs["amr"] = json!(["pwd", "mfa"]);
    let visitor = world.visitor();
    assert_eq!(location(&come_back(&visitor, &shared).await), "/desk");
    assert!(visitor.page("/account/sessions").await.contains("统一身份认证"));
}

macro_rules! both {
    ($name:ident, $body:ident) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$body(super::On::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$body(super::On::Postgres).await;
            }
        }
    };
}
both!(a_provider_opens_an_account, right);
both!(what_a_provider_says_wrong_opens_nothing, wrong);
both!(only_people_of_the_city_and_their_proofs, limits);
