//! Asking other servers. Where an address was written by somebody, our own network must not be reachable by it: an address is looked at
//! before it is asked, and again by the resolver that opens the connection, so that a name cannot lead elsewhere in between.

use super::error::{Error, Refusal};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a question may take altogether.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a name may take to be resolved.
const RESOLVE: Duration = Duration::from_secs(10);
/// The longest address that is read, in bytes.
const LONGEST_URL: usize = 2000;

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(LONGEST)
        .user_agent("City Steward")
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    builder.build().map_err(|error| Error::Internal(format!("no client for HTTP: {error}")))
}

/// A client that follows no redirects, connects within ten seconds and answers within thirty. What it is asked for must have been
/// [`permitted`]; where a name may be somebody else's, [`guarded`] is the better one.
///
/// # Errors
/// [`Error::Internal`] when the machine's certificates cannot be read.
pub fn client() -> Result<reqwest::Client, Error> {
    built(builder())
}

/// The same, which moreover connects to no address that [`permitted`] would refuse, whatever a name has come to lead to since.
///
/// # Errors
/// As [`client`].
pub fn guarded(allow_local: bool) -> Result<reqwest::Client, Error> {
    if allow_local { client() } else { built(builder().no_proxy().dns_resolver(Public)) }
}

/// What went wrong, with everything that it came from; without the address, which may hold a secret.
pub fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

/// Resolves names to public addresses only.
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if found.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Reads an address that somebody wrote, and looks where it leads. Every address that its name resolves to must be public, unless
/// `allow_local` says that servers of one's own network may be asked.
///
/// # Errors
/// `outside-address` for what is no address of the web or carries a password, `outside-unknown` when its name leads nowhere,
/// `outside-local` when it leads into a network that is not public.
pub async fn permitted(url: &str, allow_local: bool) -> Result<reqwest::Url, Refusal> {
    let wrong = || Refusal::new("outside-address");
    let text = url.trim();
    if text.len() > LONGEST_URL {
        return Err(wrong());
    }
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?.to_owned();
    if allow_local {
        return Ok(url);
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<IpAddr> = match bare.parse() {
        Ok(address) => vec![address],
        Err(_) => {
            let port = url.port_or_known_default().unwrap_or(443);
            let found = tokio::time::timeout(RESOLVE, tokio::net::lookup_host((bare, port))).await;
            let unknown = || Refusal::new("outside-unknown").with("host", &host);
            found.map_err(|_| unknown())?.map_err(|_| unknown())?.map(|address| address.ip()).collect()
        }
    };
    are_public(&addresses).map_err(|key| Refusal::new(key).with("host", &host))?;
    Ok(url)
}

/// Whether all of what a name leads to is public.
fn are_public(addresses: &[IpAddr]) -> Result<(), &'static str> {
    match addresses {
        [] => Err("outside-unknown"),
        _ if addresses.iter().all(|address| is_public(*address)) => Ok(()),
        _ => Err("outside-local"),
    }
}

/// Whether an address belongs to the public network: by the registries of special addresses (RFC 6890 and what followed), with
/// addresses of IPv4 that are written as IPv6 judged as what they are.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        (0 | 10 | 127, ..) | (169, 254, _) | (192, 168, _) | (198, 18..=19, _) => true,
        // Networks of carriers, of one house, of examples; the way from IPv6 to IPv4.
        (100, 64..=127, _) | (172, 16..=31, _) | (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) => {
            true
        }
        // Several at once, what is reserved, and everybody.
        (224..=255, ..) => true,
        _ => false,
    };
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // ::a.b.c.d, ::ffff:a.b.c.d and ::ffff:0:a.b.c.d; the unspecified address and our own machine are among the first.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => inner(high, low),
        // Translated addresses: 64:ff9b::/96, and its local kin.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x64, 0xff9b, 1, ..] => false,
        // 6to4 carries an address of IPv4; Teredo hides one.
        [0x2002, high, low, ..] => inner(high, low),
        [0x2001, 0, ..] => false,
        // Examples, and benchmarks.
        [0x2001, 0xdb8, ..] | [0x2001, 2, 0, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // What is public is given out of 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_network_is_not_public_however_it_is_written() {
        for address in [
            "127.0.0.1",
            "127.8.9.10",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:192.168.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2002:0a00:0001::1",
            "2002:7f00:0001::",
            "2001::1",
            "2001:db8::1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "fec0::1",
        ] {
            assert!(!is_public(address.parse().expect("an address")), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "172.15.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.167.0.1",
            "223.5.5.5",
            "2606:4700:4700::1111",
            "2400:3200::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:0808:0808::1",
        ] {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_spoils_a_name() {
        let all = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect::<Vec<IpAddr>>();
        assert_eq!(are_public(&all(&["8.8.8.8", "2400:3200::1"])), Ok(()));
        assert_eq!(are_public(&all(&["8.8.8.8", "10.0.0.1"])), Err("outside-local"));
        assert_eq!(are_public(&all(&["8.8.8.8", "::ffff:192.168.0.1"])), Err("outside-local"));
        assert_eq!(are_public(&[]), Err("outside-unknown"));
    }

    #[tokio::test]
    async fn only_addresses_of_the_web_without_passwords_are_read() {
        for url in [
            "",
            "example.org",
            "ftp://1.1.1.1/",
            "file:///etc/passwd",
            "gopher://1.1.1.1/",
            "http://user@1.1.1.1/",
            "http://user:secret@1.1.1.1/",
            "http://",
            "javascript:alert(1)",
        ] {
            let refusal = permitted(url, true).await.expect_err(url);
            assert_eq!(refusal.key, "outside-address", "{url}");
        }
        assert!(permitted("http://1.1.1.1/", false).await.is_ok());
        assert!(permitted(" https://[2606:4700:4700::1111]:8443/x ", false).await.is_ok());
        assert!(permitted(&format!("http://1.1.1.1/{}", "x".repeat(2000)), false).await.is_err(), "too long");
    }

    #[tokio::test]
    async fn disguises_of_local_addresses_are_seen_through() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://１２７.0.0.1/",
            // A name that resolves to this machine.
            "http://localhost/",
            "http://localhost:8080/",
        ] {
            let refusal = permitted(url, false).await.expect_err(url);
            assert_eq!(refusal.key, "outside-local", "{url}");
            assert!(permitted(url, true).await.is_ok(), "{url} where it is allowed");
        }
        let unknown = permitted("http://no-such-name.invalid/", false).await.expect_err("no such name");
        assert_eq!(unknown.key, "outside-unknown");
    }

    #[tokio::test]
    async fn a_name_cannot_lead_elsewhere_after_it_was_looked_at() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        // Nobody looked at this address: the connection itself is refused.
        let asked = guarded(false).expect("a client").get(format!("http://localhost:{port}/")).send().await;
        assert!(asked.is_err_and(|error| error.is_connect()));
        let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "nobody knocked");
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let elsewhere = format!("{base}/elsewhere");
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a knock");
            let mut read = [0; 1024];
            let length = stream.read(&mut read).await.expect("a request");
            assert!(read[..length].starts_with(b"GET / "));
            let answer = format!(
                "HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.expect("an answer");
            tokio::time::timeout(Duration::from_millis(50), listener.accept()).await.is_err()
        });
        let url = permitted(&base, true).await.expect("allowed");
        let answer = client().expect("a client").get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 302, "the answer is what was said, not what it points at");
        assert!(served.await.expect("served"), "nobody came a second time");
    }
}
