//! What a city decides about notices: the section `[notices]` of its `city.toml`. Passwords and tokens never stand there:
//! they come from the environment.

use lettre::message::Mailbox;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The environment's name of the SMTP password.
pub const SMTP_PASSWORD: &str = "STEWARD_SMTP_PASSWORD";
/// The environment's name of the gateway's token.
pub const SMS_TOKEN: &str = "STEWARD_SMS_TOKEN";
/// The environment's name of the key by which what is sent to the gateway is signed; the token, when there is none.
pub const SMS_SECRET: &str = "STEWARD_SMS_SECRET";

/// The push services of the common browsers: Chrome and its relatives, Firefox, Safari, Edge.
const SERVICES: [&str; 4] = ["fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"];

/// The section `[notices]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// After how many days a notice is forgotten, 30 to 3,650.
    pub keep_days: i64,
    /// `[notices.smtp]`: the server that takes e-mails.
    pub smtp: Option<Smtp>,
    /// `[notices.push]`: web push.
    pub push: Option<Push>,
    /// `[notices.sms]`: the gateway for short messages.
    pub sms: Option<Sms>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { keep_days: 400, smtp: None, push: None, sms: None }
    }
}

/// How a connection to the e-mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (port 465).
    #[default]
    Tls,
    /// Plain at first, then TLS or nothing (port 587).
    StartTls,
    /// Plain (port 25), for a server on the same machine.
    None,
}

/// The server that takes e-mails.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port; 465, 587 or 25 when absent.
    pub port: Option<u16>,
    /// `tls`, `starttls` or `none`.
    #[serde(default)]
    pub security: Security,
    /// Who writes: an address, or a name and an address in angle brackets.
    pub from: String,
    /// The name to sign in with; when absent and there is a password, the address of `from`.
    pub user: Option<String>,
}

impl Smtp {
    /// The port that is used.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        })
    }

    /// True when nobody between can listen, because there is nothing between.
    pub fn is_here(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Who writes.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn sender(&self) -> Result<Mailbox, String> {
        let no = || format!("notices.smtp.from: {:?} must be like \"城市管家 <notice@city.example.cn>\"", self.from);
        self.from.parse().map_err(|_| no())
    }
}

/// Web push.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Where the keepers of a push service may complain: `mailto:` or `https:`.
    pub contact: String,
    /// Hosts of push services besides those of the common browsers; with `http://` or `https://` before it, one origin.
    #[serde(default)]
    pub services: Vec<String>,
}

impl Push {
    /// True when this is the address of a browser at a push service: nobody makes the program ask any other server.
    pub fn knows(&self, endpoint: &reqwest::Url) -> bool {
        let host = endpoint.host_str().unwrap_or_default();
        let is_plain = endpoint.username().is_empty() && endpoint.password().is_none();
        let is_at = |service: &str| match service.contains("://") {
            true => endpoint.origin().ascii_serialization() == service.trim_end_matches('/'),
            false => {
                let is_below = host.strip_suffix(service).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                endpoint.scheme() == "https" && endpoint.port().is_none() && is_below
            }
        };
        is_plain && SERVICES.iter().copied().chain(self.services.iter().map(String::as_str)).any(is_at)
    }
}

/// The gateway for short messages.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// Where messages are posted.
    pub url: String,
    /// What is posted, as JSON; in its texts `{to}`, `{text}`, `{title}`, `{link}`, `{id}` and `{urgency}` are filled in.
    #[serde(default = "fields")]
    pub fields: Map<String, Value>,
    /// What a good answer says, field by field; any answer with status 2xx when empty.
    #[serde(default)]
    pub answer: Map<String, Value>,
}

fn fields() -> Map<String, Value> {
    [("to", "{to}"), ("text", "{text}"), ("id", "{id}")]
        .map(|(name, text)| (name.to_owned(), text.into()))
        .into_iter()
        .collect()
}

impl Settings {
    /// Reads the section `[notices]` of a `city.toml`.
    ///
    /// # Errors
    /// A sentence for the operator that names the key.
    pub fn of_city(city: &toml::Table) -> Result<Settings, String> {
        let Some(section) = city.get("notices") else { return Ok(Settings::default()) };
        let settings: Settings = section
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| format!("[notices]: {}", error.message().trim().replace('\n', " ")))?;
        if !(30..=3650).contains(&settings.keep_days) {
            return Err("notices.keep_days: must be a whole number from 30 to 3650".into());
        }
        if let Some(smtp) = &settings.smtp {
            let is_host =
                !smtp.host.is_empty() && !smtp.host.contains(|sign: char| sign.is_whitespace() || "/@".contains(sign));
            if !is_host {
                return Err(format!("notices.smtp.host: {:?} must be the name of a server, without a port", smtp.host));
            }
            smtp.sender()?;
        }
        if let Some(push) = &settings.push {
            let is_contact = push.contact.strip_prefix("mailto:").is_some_and(|rest| rest.contains('@'))
                || push.contact.starts_with("https://");
            if !is_contact {
                return Err("notices.push.contact: must be like \"mailto:it@city.example.cn\"".into());
            }
        }
        if let Some(sms) = &settings.sms {
            let url = reqwest::Url::parse(&sms.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            if url.is_none() {
                return Err(format!("notices.sms.url: {:?} must begin with https://", sms.url));
            }
            let written = Value::Object(sms.fields.clone()).to_string();
            if !written.contains("{to}") || !(written.contains("{text}") || written.contains("{title}")) {
                return Err("notices.sms.fields: must hold {to}, and {text} or {title}".into());
            }
        }
        Ok(settings)
    }

    /// The servers that notices leave by: what each is for, its name and its port.
    pub fn servers(&self) -> Vec<(&'static str, String, u16)> {
        let mail = self.smtp.as_ref().map(|smtp| ("e-mail", smtp.host.clone(), smtp.port()));
        let short = self.sms.as_ref().and_then(|sms| {
            let url: reqwest::Url = sms.url.parse().ok()?;
            Some(("the gateway of short messages", url.host_str()?.to_owned(), url.port_or_known_default()?))
        });
        mail.into_iter().chain(short).collect()
    }

    /// What works but is not as somebody would wish, a sentence each; `secret` reads the environment.
    pub fn doubts(&self, has_public_url: bool, secret: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let mut doubts = Vec::new();
        if let Some(smtp) = &self.smtp {
            let has_password = secret(SMTP_PASSWORD).is_some();
            if smtp.security == Security::None && !smtp.is_here() {
                doubts.push("notices.smtp.security is none: e-mails travel in the open; use tls or starttls".into());
                if has_password {
                    doubts.push(format!("notices.smtp: {SMTP_PASSWORD} is not used on a connection in the open"));
                }
            }
            if smtp.user.is_some() && !has_password {
                doubts.push(format!("notices.smtp.user is set, but {SMTP_PASSWORD} is not in this environment"));
            }
            if !has_public_url {
                doubts.push("public_url is missing, so e-mails have no links into the program".into());
            }
        }
        if let Some(sms) = &self.sms {
            if !sms.url.starts_with("https://") {
                doubts.push("notices.sms.url is not encrypted: numbers and words travel in the open".into());
            }
            if secret(SMS_TOKEN).is_none() {
                doubts.push(format!("notices.sms: {SMS_TOKEN} is not in this environment; messages go unsigned"));
            }
        }
        doubts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::of_city(&toml::from_str(text).expect("toml"))
    }

    #[test]
    fn absent_is_the_program_alone() {
        assert_eq!(read("").expect("settings"), Settings::default());
        let plain = read("[notices]\nkeep_days = 90").expect("settings");
        assert!(plain.smtp.is_none() && plain.push.is_none() && plain.sms.is_none());
    }

    #[test]
    fn what_a_city_says_counts() {
        let all = read(
            r#"
            [notices.smtp]
            host = "mail.city.example.cn"
            security = "starttls"
            from = "城市管家 <notice@city.example.cn>"
            [notices.push]
            contact = "mailto:it@city.example.cn"
            services = ["push.huawei.example"]
            [notices.sms]
            url = "https://sms.city.example.cn/send"
            fields = { phone = "{to}", content = "【望澜城管】{text}", template = { id = 7 } }
            answer = { code = 0 }
            "#,
        )
        .expect("settings");
        let smtp = all.smtp.clone().expect("smtp");
        assert_eq!(
            (smtp.port(), smtp.sender().expect("a sender").email.to_string()),
            (587, "notice@city.example.cn".into())
        );
        let push = all.push.clone().expect("push");
        let knows = |url: &str| push.knows(&reqwest::Url::parse(url).expect("a URL"));
        for known in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "https://web.push.apple.com/Q",
            "https://db5p.notify.windows.com/w/?token=x",
            "https://push.huawei.example/1",
        ] {
            assert!(knows(known), "{known}");
        }
        for unknown in [
            "http://fcm.googleapis.com/fcm/send/abc",
            "https://evilfcm.googleapis.com.example/abc",
            "https://xfcm.googleapis.com/abc",
            "https://user@fcm.googleapis.com/abc",
            "https://fcm.googleapis.com:8443/abc",
            "https://127.0.0.1/admin",
            "https://10.0.0.1/",
        ] {
            assert!(!knows(unknown), "{unknown}");
        }
        assert_eq!(all.doubts(true, |_| Some("x".into())), Vec::<String>::new());
        let doubts = all.doubts(false, |_| None).join("\n");
        assert!(doubts.contains("public_url") && doubts.contains(SMS_TOKEN), "{doubts}");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, said) in [
            ("notices = 3", "[notices]"),
            ("[notices]\nsmpt = {}", "smpt"),
            ("[notices]\nkeep_days = 5", "notices.keep_days"),
            ("[notices.smtp]\nhost = \"a\"", "from"),
            ("[notices.smtp]\nhost = \"a:25\"\nfrom = \"nobody\"", "notices.smtp.from"),
            ("[notices.smtp]\nhost = \"smtp://a\"\nfrom = \"a@b.cn\"", "notices.smtp.host"),
            ("[notices.smtp]\nhost = \"a\"\nsecurity = \"ssl\"\nfrom = \"a@b.cn\"", "ssl"),
            ("[notices.smtp]\nhost = \"a\"\nfrom = \"a@b.cn\"\npassword = \"x\"", "password"),
            ("[notices.push]\ncontact = \"it\"", "notices.push.contact"),
            ("[notices.sms]\nurl = \"ftp://a\"", "notices.sms.url"),
            ("[notices.sms]\nurl = \"https://a\"\nfields = { phone = \"{to}\" }", "notices.sms.fields"),
        ] {
            let refusal = read(text).expect_err(text);
            assert!(refusal.contains(said), "{text}: {refusal}");
        }
        let open =
            read("[notices.smtp]\nhost = \"mail.example\"\nsecurity = \"none\"\nfrom = \"a@b.cn\"").expect("settings");
        let doubts = open.doubts(true, |_| Some("x".into())).join("\n");
        assert!(doubts.contains("in the open") && doubts.contains("is not used"), "{doubts}");
    }
}
