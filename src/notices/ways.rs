//! The ways out of the program that the city has set up.

use super::email::Email;
use super::notice::{Channel, Urgency};
use super::push::Push;
use super::settings::{SMS_SECRET, SMS_TOKEN, SMTP_PASSWORD, Settings};
use super::sms::Sms;
use std::time::Duration;

/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(15);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// What leaves the program, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same for every try, so that a receiver knows a second one for what it is.
    pub id: String,
    /// What it is about, in one line.
    pub title: String,
    /// What it says.
    pub text: String,
    /// Where one goes on, within the program.
    pub path: String,
    /// The same with the program's own address; empty when the city has named none.
    pub link: String,
    /// How pressing it is.
    pub urgency: Urgency,
}

/// The ways out that the city has set up.
pub struct Ways {
    /// What the city decided.
    pub settings: Settings,
    /// E-mail.
    pub email: Option<Email>,
    /// Web push.
    pub push: Option<Push>,
    /// Short messages.
    pub sms: Option<Sms>,
}

impl Ways {
    /// Reads `[notices]` of a `city.toml`, with passwords and tokens from `secret`, which reads the environment.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(
        city: &toml::Table,
        public_url: &str,
        secret: impl Fn(&str) -> Option<String>,
    ) -> Result<Ways, String> {
        let settings = Settings::of_city(city)?;
        let client = || {
            let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
            let client = client.timeout(LONGEST).connect_timeout(CONNECT).user_agent("City Steward");
            client.build().map_err(|error| format!("[notices]: no client for HTTP: {error}"))
        };
        let email =
            settings.smtp.as_ref().map(|smtp| Email::new(smtp, public_url, secret(SMTP_PASSWORD))).transpose()?;
        let push = settings.push.clone().map(|push| Ok::<_, String>(Push::new(push, client()?))).transpose()?;
        let (token, key) = (secret(SMS_TOKEN), secret(SMS_SECRET));
        let sms = settings.sms.clone().map(|sms| Ok::<_, String>(Sms::new(sms, client()?, token, key))).transpose()?;
        Ok(Ways { settings, email, push, sms })
    }

    /// True when the city has set this way up.
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email.is_some(),
            Channel::Push => self.push.is_some(),
            Channel::Sms => self.sms.is_some(),
        }
    }
}

/// An error and what it rests on, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text
}
