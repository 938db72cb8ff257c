//! E-mails over SMTP.

use super::delivery::{Fault, FaultKind};
use super::settings::{Security, Smtp};
use super::ways::chain;
use crate::kit::clock::Moment;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::{Duration, SystemTime};

/// How long the server may take for one answer.
const ANSWER: Duration = Duration::from_secs(15);
/// How long an e-mail may take altogether.
const ALTOGETHER: Duration = Duration::from_secs(30);

/// One e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The same for every try; it becomes the `Message-ID`.
    pub id: String,
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The words, plain.
    pub text: String,
    /// The same drawn.
    pub html: String,
    /// True when it is pressing.
    pub is_urgent: bool,
    /// The address by which a mail reader unsubscribes at one click (RFC 8058); none for what cannot be unsubscribed so.
    pub one_click: Option<String>,
}

/// The server that takes e-mails.
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    password: String,
}

impl Email {
    /// A server by its settings. Nothing is connected yet.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn new(smtp: &Smtp, public_url: &str, password: Option<String>) -> Result<Email, String> {
        let from = smtp.sender()?;
        let parameters = || TlsParameters::new(smtp.host.clone()).map_err(|error| format!("notices.smtp: {error}"));
        let tls = match smtp.security {
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::StartTls => Tls::Required(parameters()?),
            Security::None => Tls::None,
        };
        let own = public_url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
        let hello = own.filter(|host| !host.is_empty()).unwrap_or_else(|| from.email.domain());
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.host.clone())
            .port(smtp.port())
            .tls(tls)
            .hello_name(ClientId::Domain(hello.to_owned()))
            .timeout(Some(ANSWER));
        // A password never travels in the open.
        let password = password.filter(|_| smtp.security != Security::None || smtp.is_here()).unwrap_or_default();
        if !password.is_empty() {
            let user = smtp.user.clone().unwrap_or_else(|| from.email.to_string());
            transport = transport.credentials(Credentials::new(user, password.clone()));
        }
        Ok(Email { transport: transport.build(), from, password })
    }

    /// Hands an e-mail to the server.
    ///
    /// # Errors
    /// What went wrong, without the address and the password.
    pub async fn send(&self, mail: &Mail, now: Moment) -> Result<(), Fault> {
        let message = self.message(mail, now).map_err(|error| Fault::lasting(FaultKind::Refused, error))?;
        let sent = tokio::time::timeout(ALTOGETHER, self.transport.send(message)).await;
        let fault = match sent {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => fault(&error),
            Err(_) => Fault::passing(FaultKind::TimedOut, ""),
        };
        Err(fault.without(&[&mail.to, &self.password]))
    }

    fn message(&self, mail: &Mail, now: Moment) -> Result<Message, String> {
        let header = |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
        let to: lettre::Address = mail.to.parse().map_err(|error| format!("{error}"))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .date(at)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            // No automatic answer, and no answer to an automatic answer (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"));
        let message = if mail.is_urgent { message.raw_header(header("Importance", "high")) } else { message };
        let message = match &mail.one_click {
            Some(address) => message
                .raw_header(header("List-Unsubscribe", &format!("<{address}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
            None => message,
        };
        let body = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
        message.multipart(body).map_err(|error| error.to_string())
    }
}

fn fault(error: &lettre::transport::smtp::Error) -> Fault {
    let detail = chain(error);
    match error.status().map(|code| code.to_string()).as_deref() {
        // The server does not let us in: somebody mends the password, and then it goes.
        Some("530" | "534" | "535" | "538") => Fault::passing(FaultKind::Unauthorized, detail),
        _ if error.is_permanent() => Fault::lasting(FaultKind::Refused, detail),
        _ if error.is_transient() => Fault::passing(FaultKind::Refused, detail),
        _ if error.is_timeout() => Fault::passing(FaultKind::TimedOut, detail),
        _ => Fault::passing(FaultKind::Unreachable, detail),
    }
}
