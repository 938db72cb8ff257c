//! TLS to PostgreSQL, asked for in a database's address in the words that libpq's users know: `sslmode`, `sslrootcert`, `sslcert`
//! and `sslkey`. What the words ask for is what they ask libpq for, but that nothing is taken from a home folder: a service has none.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::error::Error;
use std::sync::Arc;
use tokio_postgres::config::SslMode;
pub use tokio_postgres_rustls::MakeRustlsConnect as Connector;

/// The protocol's name in a handshake; a server that begins with TLS at once asks for it.
const PROTOCOL: &[u8] = b"postgresql";
/// What `sslrootcert` says when the authorities that the machine trusts are meant.
const MACHINE: &str = "system";

/// How much a connection must be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Never encrypted.
    Disable,
    /// Encrypted where the server does it.
    #[default]
    Prefer,
    /// Encrypted.
    Require,
    /// Encrypted, with a server whose certificate comes from an authority that is trusted.
    VerifyCa,
    /// The same, and the certificate is for the host of the address.
    VerifyFull,
}

/// Whose certificates are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    /// Those that the machine trusts.
    Machine,
    /// Those of a file.
    File(String),
}

/// What an address asks of its connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    mode: Mode,
    root: Option<Root>,
    certificate: Option<String>,
    key: Option<String>,
}

/// Takes out of a database's address what it asks of TLS; the rest is an address as the client reads it.
///
/// # Errors
/// What cannot be meant, in a sentence.
pub fn asked(url: &str) -> Result<(String, Asked), String> {
    // A password may hold a question mark, a host none.
    let host = url.find('@').unwrap_or(0);
    let Some(at) = url[host..].find('?').map(|at| host + at) else { return Ok((url.to_owned(), Asked::default())) };
    let (mut mode, mut asked, mut rest) = (None, Asked::default(), Vec::new());
    for part in url[at + 1..].split('&') {
        // A plus is a plus here.
        let pair: Vec<(String, String)> = serde_urlencoded::from_str(&part.replace('+', "%2B")).unwrap_or_default();
        let (name, value) = pair.into_iter().next().unwrap_or_default();
        let given = Some(value.clone()).filter(|value| !value.is_empty());
        match name.as_str() {
            "sslmode" => mode = Some(mode_of(&value)?),
            "sslrootcert" if value == MACHINE => asked.root = Some(Root::Machine),
            "sslrootcert" => asked.root = given.map(Root::File),
            "sslcert" => asked.certificate = given,
            "sslkey" => asked.key = given,
            _ => rest.push(part),
        }
    }
    let usual = if asked.root == Some(Root::Machine) { Mode::VerifyFull } else { Mode::default() };
    asked.mode = mode.unwrap_or(usual);
    asked.is_meant()?;
    let place = &url[..at];
    Ok((if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) }, asked))
}

fn mode_of(word: &str) -> Result<Mode, String> {
    Ok(match word {
        "disable" => Mode::Disable,
        "prefer" => Mode::Prefer,
        "require" => Mode::Require,
        "verify-ca" => Mode::VerifyCa,
        "verify-full" => Mode::VerifyFull,
        _ => {
            return Err(format!("sslmode={word} is unknown; write disable, prefer, require, verify-ca or verify-full"));
        }
    })
}

impl Asked {
    fn is_meant(&self) -> Result<(), String> {
        match (self.mode, &self.root) {
            (Mode::VerifyCa | Mode::VerifyFull, None) => {
                return Err("sslmode=verify-ca and verify-full need to know whom to believe; add sslrootcert=PATH with the certificate \
                            of the authority that signed the server's, or sslrootcert=system"
                    .to_owned());
            }
            (Mode::Disable | Mode::VerifyFull, Some(Root::Machine)) => {}
            // Anybody can have a certificate of theirs.
            (_, Some(Root::Machine)) => {
                return Err(
                    "sslrootcert=system says nothing without the server's name; write sslmode=verify-full".to_owned()
                );
            }
            _ => {}
        }
        match (&self.certificate, &self.key) {
            (Some(_), None) => Err("sslcert needs its key; add sslkey=PATH".to_owned()),
            (None, Some(_)) => Err("sslkey needs its certificate; add sslcert=PATH".to_owned()),
            _ => Ok(()),
        }
    }

    /// What the client is to do about TLS.
    pub fn mode(&self) -> SslMode {
        match self.mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        }
    }

    /// Whether a connection is made without TLS where none with it comes about: it was only preferred, and nobody named whom to
    /// believe.
    pub fn may_do_without(&self) -> bool {
        self.mode == Mode::Prefer && self.root.is_none()
    }

    /// Makes connections as they are asked for. Reads the files that are named.
    ///
    /// # Errors
    /// Which file cannot be used, in a sentence.
    pub fn connector(&self) -> Result<Connector, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match &self.root {
            _ if self.mode == Mode::Disable => Arc::new(Verifier::of(&provider, Trust::Anybody)),
            None => Arc::new(Verifier::of(&provider, Trust::Anybody)),
            Some(Root::Machine) => {
                let machine = rustls_platform_verifier::Verifier::new(Arc::clone(&provider));
                Arc::new(machine.map_err(|error| {
                    format!("sslrootcert=system: this machine names no authority that it trusts ({error}); name one by sslrootcert=PATH")
                })?)
            }
            Some(Root::File(path)) => {
                let certificates = certificates("sslrootcert", path)?;
                let mut roots = RootCertStore::empty();
                for certificate in &certificates {
                    roots.add(certificate.clone()).map_err(|error| {
                        format!(
                            "sslrootcert={path} holds what is no certificate ({error}); name the authority's, in PEM"
                        )
                    })?;
                }
                let is_named = self.mode == Mode::VerifyFull;
                Arc::new(Verifier::of(&provider, Trust::These { roots, certificates, is_named }))
            }
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) if self.mode != Mode::Disable => {
                let chain = certificates("sslcert", certificate)?;
                builder.with_client_auth_cert(chain, private(key)?).map_err(|error| {
                    format!("sslcert={certificate} and sslkey={key} do not belong together ({error}); name a pair")
                })?
            }
            _ => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Connector::new(config))
    }
}

fn certificates(option: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read =
        read.map_err(|error| format!("{option}={path} cannot be read ({error}); name a file of certificates, in PEM"))?;
    if read.is_empty() {
        return Err(format!("{option}={path} holds no certificate; name a file of certificates, in PEM"));
    }
    Ok(read)
}

fn private(path: &str) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        format!("sslkey={path} cannot be read ({error}); name a file with a key in PEM that has no pass phrase")
    })
}

/// Who is believed to be the server.
#[derive(Debug)]
enum Trust {
    /// Whoever answers: what is sent is hidden from whoever only listens.
    Anybody,
    /// Whoever has a certificate of these authorities, or one of these certificates itself.
    These { roots: RootCertStore, certificates: Vec<CertificateDer<'static>>, is_named: bool },
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    trust: Trust,
}

impl Verifier {
    fn of(provider: &Arc<CryptoProvider>, trust: Trust) -> Verifier {
        Verifier { provider: Arc::clone(provider), trust }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Trust::These { roots, certificates, is_named } = &self.trust {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            match verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms) {
                Ok(()) => {}
                // A server that signed its own certificate is an authority, which is taken for no server; who names that very
                // certificate means it. Its time was looked at before.
                Err(rustls::Error::InvalidCertificate(
                    CertificateError::Other(_) | CertificateError::UnknownIssuer,
                )) if certificates.contains(end_entity) => {}
                Err(error) => return Err(error),
            }
            if *is_named {
                verify_server_name(&parsed, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    // Whoever answers has the certificate's key: a password that is bound to the connection is safe by that alone.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Why no connection came about, in a sentence, when TLS is why.
pub fn said(error: &tokio_postgres::Error) -> Option<String> {
    let cause = error.source()?;
    let Some(io) = cause.downcast_ref::<std::io::Error>() else {
        return (cause.to_string() == "server does not support TLS").then(|| {
            "the server does no TLS; switch it on there (ssl = on), or write sslmode=disable where nobody can listen".to_owned()
        });
    };
    let error = io.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(error) => of_certificate(error),
        rustls::Error::AlertReceived(alert) => format!(
            "the server broke the TLS handshake off ({alert:?}); its log says why, often it asks for a certificate: sslcert and sslkey"
        ),
        other => {
            format!("no TLS connection comes about ({other}); look which versions and certificates the server has")
        }
    })
}

fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "no authority that is believed here signed the server's certificate; name the one that did by sslrootcert=PATH".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let (host, names) = (expected.to_str(), presented.join(", "));
            match presented.is_empty() {
                true => format!(
                    "the server's certificate names no host (subjectAltName), so it cannot be {host}'s; have one made that does, or write \
                     sslmode=verify-ca"
                ),
                false => format!(
                    "the server's certificate is for {names}, not for {host}; address the server by that name, or write sslmode=verify-ca"
                ),
            }
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has run out; it needs a new one".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; compare the clocks of both machines".to_owned()
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server's certificate is its own authority and is not believed here; name that very certificate by sslrootcert=PATH"
                .to_owned()
        }
        other if format!("{other:?}").contains("UnsupportedCertVersion") => {
            "the server's certificate is of X.509 version 1, which is not taken any more; have one of version 3 made, with its host in \
             subjectAltName"
                .to_owned()
        }
        other => format!("the server's certificate cannot be taken ({other}); have another one made"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> String {
        format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn an_address_says_what_is_asked_and_keeps_the_rest() {
        let plain = Asked::default();
        let file = |path: &str| Some(Root::File(path.to_owned()));
        for (url, rest, asked_for) in [
            ("postgres://a@db/x", "postgres://a@db/x", plain.clone()),
            ("postgres://a:q?sslmode=disable@db/x", "postgres://a:q?sslmode=disable@db/x", plain.clone()),
            ("postgres://db/x?sslmode=disable", "postgres://db/x", Asked { mode: Mode::Disable, ..plain.clone() }),
            (
                "postgres://a:p@db/x?sslmode=require&target_session_attrs=read-write",
                "postgres://a:p@db/x?target_session_attrs=read-write",
                Asked { mode: Mode::Require, ..plain.clone() },
            ),
            (
                "postgres://a@db/x?application_name=b&sslrootcert=%2Fetc%2Fa+b.pem&sslmode=verify-ca",
                "postgres://a@db/x?application_name=b",
                Asked { mode: Mode::VerifyCa, root: file("/etc/a+b.pem"), ..plain.clone() },
            ),
            (
                "postgres://a@db/x?sslrootcert=system",
                "postgres://a@db/x",
                Asked { mode: Mode::VerifyFull, root: Some(Root::Machine), ..plain.clone() },
            ),
            (
                "postgres://a@db/x?sslcert=/c&sslkey=/k&sslmode=require",
                "postgres://a@db/x",
                Asked { mode: Mode::Require, certificate: Some("/c".into()), key: Some("/k".into()), ..plain.clone() },
            ),
        ] {
            assert_eq!(asked(url), Ok((rest.to_owned(), asked_for)), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_a_sentence() {
        for (query, sentence) in [
            ("sslmode=allow", "verify-full"),
            ("sslmode=", "verify-full"),
            ("sslmode=verify-full", "sslrootcert=PATH"),
            ("sslmode=verify-ca", "sslrootcert=PATH"),
            ("sslmode=require&sslrootcert=system", "sslmode=verify-full"),
            ("sslcert=/c", "sslkey=PATH"),
            ("sslkey=/k", "sslcert=PATH"),
        ] {
            let said = asked(&format!("postgres://a:secret@db/x?{query}")).expect_err(query);
            assert!(said.contains(sentence) && !said.contains("secret"), "{query}: {said}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let connector = |query: &str| {
            let (_, asked) = asked(&format!("postgres://a@db/x?sslmode=require&{query}")).expect(query);
            asked.connector().map(drop)
        };
        let (root, server, key) = (path("authority.pem"), path("server.pem"), path("server.key"));
        for (query, sentence) in [
            ("sslrootcert=/nowhere/root.pem".to_owned(), "/nowhere/root.pem cannot be read"),
            (format!("sslrootcert={key}"), "server.key holds no certificate"),
            (format!("sslcert={key}&sslkey={key}"), "server.key holds no certificate"),
            (format!("sslcert={server}&sslkey={server}"), "server.pem cannot be read"),
            (format!("sslcert={server}&sslkey={}", path("client.key")), "do not belong together"),
        ] {
            let said = connector(&query).expect_err(&query);
            assert!(said.contains(sentence), "{query}: {said}");
        }
        connector(&format!("sslrootcert={root}&sslcert={server}&sslkey={key}")).expect("a pair, and an authority");
        // What is not used is not read.
        let (_, off) = asked("postgres://a@db/x?sslmode=disable&sslrootcert=/nowhere").expect("an address");
        off.connector().map(drop).expect("nothing is read");
    }
}
