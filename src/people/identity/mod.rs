//! Who somebody is, beyond a password: sessions that are seen and ended, codes and passkeys as a second factor, providers of
//! identities (OpenID Connect).

pub mod asking;
pub mod ceremony;
pub mod device;
pub mod factor;
pub mod sealing;
pub mod settings;
pub mod statement;
pub mod store;
pub mod totp;

mod factors;
mod passkeys;
mod proving;
pub(super) mod own_sessions;
pub(super) mod second_step;
pub(super) mod with_provider;

use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::id::Id;
use crate::people::doors::Door;
use asking::Asking;
use axum::http::{HeaderMap, header};
use sealing::Sealer;
use settings::Settings;
use std::collections::HashMap;
use std::pin::Pin;

/// The environment's name of the key that seals what must be kept secret: 32 bytes in base 64.
pub const SEALING_KEY: &str = "STEWARD_IDENTITY_KEY";

/// What the room keeps in memory.
#[derive(Debug)]
pub struct Held {
    /// What the city says about identities.
    pub settings: Settings,
    /// What seals the keys of second factors.
    pub sealer: Sealer,
    /// What asks providers, and what it knows of them.
    pub asking: Asking,
    /// The program's secrets at providers, by their words.
    pub secrets: HashMap<String, String>,
}

impl Held {
    /// Reads `[identity]` and what the environment keeps secret.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(settings: &toml::Table, secret: impl Fn(&str) -> Option<String>) -> Result<Held, String> {
        let read = Settings::of_city(settings).map_err(|problems| problems.join("; "))?;
        let sealer = Sealer::of(secret(SEALING_KEY).as_deref())?;
        let of = |provider: &settings::Provider| Some((provider.word.clone(), secret(&provider.secret_env)?));
        let secrets = read.providers.iter().filter(|provider| !provider.secret_env.is_empty()).filter_map(of).collect();
        Ok(Held { settings: read, sealer, asking: Asking::default(), secrets })
    }
}

/// Tells the owner of an account what happened to it, within the transaction; the room of notices stands below this one.
pub type Tell = for<'a> fn(&'a Tx, &'a News) -> Pin<Box<dyn Future<Output = Result<(), DbError>> + Send + 'a>>;

/// Something that the owner of an account should know even when they did it themselves.
#[derive(Debug, Clone)]
pub struct News {
    /// Whose account.
    pub account: Id,
    /// What happened: `account-factor-reset`, `account-factor-changed`, `account-recovery-used`, `account-linked`.
    pub kind: &'static str,
    /// What its sentences need.
    pub args: Vec<(&'static str, String)>,
    /// Where one looks.
    pub link: &'static str,
    /// When.
    pub at: Moment,
}

/// The address at which the browser sees the program, without a slash at its end: the city's public address, else the one that
/// was asked.
pub(super) fn origin(app: &App, headers: &HeaderMap) -> String {
    if !app.public_url.is_empty() {
        return app.public_url.clone();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    format!("{scheme}://{}", text(header::HOST.as_str()).unwrap_or("localhost"))
}

/// The doors of this part of the room.
pub(super) fn doors() -> Vec<Door> {
    use super::act::Act;
    use super::doors::Access;
    use super::paces::Pace;
    let own = Access::Act(Act::KeepOwnAccount);
    let posts = Access::Act(Act::ManagePosts);
    vec![
        Door::get("/account/sessions", own, own_sessions::show),
        Door::post("/account/sessions/end", own, own_sessions::end_others),
        Door::post("/account/sessions/{key}/end", own, own_sessions::end_one),
        Door::post("/admin/accounts/{id}/sessions/end", posts, own_sessions::end_all_of),
        Door::post("/admin/accounts/{id}/sessions/{key}/end", posts, own_sessions::end_one_of),
        Door::get("/account/second", own, factors::show),
        Door::post("/account/second/codes", own, factors::new_codes).paced(Pace::Password),
        Door::get("/account/second/totp", own, factors::ask_totp),
        Door::post("/account/second/totp", own, factors::offer_totp),
        Door::post("/account/second/totp/confirm", own, factors::confirm_totp).paced(Pace::Password),
        Door::post("/account/second/totp/remove", own, factors::remove_totp).paced(Pace::Password),
        Door::post("/account/second/passkeys", own, passkeys::begin),
        Door::post("/account/second/passkeys/made", own, passkeys::end),
        Door::post("/account/second/passkeys/{id}/remove", own, passkeys::remove).paced(Pace::Password),
        Door::post("/sign-in/second/passkey", Access::Public, passkeys::show).paced(Pace::Password),
        Door::post("/admin/accounts/{id}/second/reset", posts, factors::reset_of),
        Door::post("/account/links/{link}/remove", own, with_provider::remove),
        Door::post("/admin/accounts/{id}/links/{link}/remove", posts, with_provider::remove_of),
        Door::get("/sign-in/with/{provider}", Access::Public, with_provider::leave),
        Door::get("/sign-in/with/{provider}/back", Access::Public, with_provider::back),
        Door::get("/sign-in/second", Access::Public, second_step::show),
        Door::post("/sign-in/second", Access::Public, second_step::prove).paced(Pace::Password),
    ]
}
