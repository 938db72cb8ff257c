//! Who asks: the address at the other end of the connection, or the one that a proxy in front of us names, if that proxy is
//! believed. What anybody else says about addresses is taken away before a room could read it.

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Headers in which a proxy names whoever asked it.
const NAMED: [&str; 5] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded"];
/// The plain names of cookies that stand for somebody.
const PLAIN: [&str; 4] = ["session", "half", "known", "provider"];
/// How many addresses in a row are looked at: more proxies stand before no program.
const MOST_PROXIES: usize = 20;

/// A network, such as `10.0.0.0/8` or `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
    is_v4: bool,
}

/// An address as a number of 128 bits, and whether it is one of the old kind, also where that is written in the new way.
fn number(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), true),
        IpAddr::V6(address) => (u128::from(address), false),
    }
}

/// The number with all but its first `bits` bits put to nothing.
fn cut(number: u128, bits: u32, is_v4: bool) -> u128 {
    let most = if is_v4 { 32 } else { 128 };
    let free = most - bits;
    number.checked_shr(free).and_then(|kept| kept.checked_shl(free)).unwrap_or(0)
}

impl Network {
    /// Reads a network, or an address as a network of one; nothing when it is neither.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let (found, is_v4) = number(address.parse().ok()?);
        let most = if is_v4 { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(text) => text.parse().ok().filter(|bits| *bits <= most)?,
        };
        Some(Network { first: cut(found, bits, is_v4), bits, is_v4 })
    }

    /// True when the address is in the network.
    pub fn holds(&self, address: IpAddr) -> bool {
        let (number, is_v4) = number(address);
        is_v4 == self.is_v4 && cut(number, self.bits, is_v4) == self.first
    }
}

/// The proxies that are believed, and where the public reaches the program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Believed {
    /// Their networks.
    pub proxies: Vec<Network>,
    /// The host of the public address when that begins with `https://`; empty otherwise.
    pub secure_host: String,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Their address; none in tests that have no connection.
    pub address: Option<IpAddr>,
    /// True when their browser came by https, to us or to the proxy in front of us.
    pub is_secure: bool,
    /// True when the connection is a believed proxy's.
    pub is_proxied: bool,
}

impl Peer {
    /// The address as it is counted: of the new kind the first 64 bits, which one customer has for themselves. None for the
    /// machine itself: that is its operator, or a proxy that does not say who asks, and counting would shut out everybody.
    pub fn counted(&self) -> Option<IpAddr> {
        match self.address?.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(IpAddr::V4(address)),
            IpAddr::V6(address) => Some(IpAddr::V6(Ipv6Addr::from(cut(u128::from(address), 64, false)))),
        }
    }
}

impl Believed {
    /// Those of this machine alone.
    pub fn here(secure_host: &str) -> Believed {
        let proxies = ["127.0.0.0/8", "::1"].into_iter().filter_map(Network::parse).collect();
        Believed { proxies, secure_host: secure_host.to_owned() }
    }

    /// True for the address of a proxy that is believed.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.holds(address))
    }

    /// Who asks, by the connection's other end and what the request's head says.
    pub fn peer(&self, other: Option<IpAddr>, headers: &HeaderMap) -> Peer {
        let is_proxied = other.is_none_or(|other| self.is_proxy(other));
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let said = if is_proxied { text("x-forwarded-proto").trim() } else { "" };
        let host = text(header::HOST.as_str());
        let is_public = !self.secure_host.is_empty() && host.eq_ignore_ascii_case(&self.secure_host);
        let is_secure = said.eq_ignore_ascii_case("https") || (said.is_empty() && is_public);
        // Every proxy adds at the end whom it heard; from there backwards, the first that is no proxy of ours asked.
        let mut address = other;
        if is_proxied {
            let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
            let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
            for text in named.iter().rev().filter(|text| !text.is_empty()).take(MOST_PROXIES) {
                let Some(one) = bare(text) else { break };
                address = Some(one);
                if !self.is_proxy(one) {
                    break;
                }
            }
        }
        Peer { address, is_secure, is_proxied }
    }
}

/// An address, also with a port behind it.
fn bare(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.trim_matches(['[', ']']).parse().ok().or_else(with_port)
}

/// By https, takes away what came under the plain name of a cookie that stands for somebody: another host of the same domain
/// could have set it. Ours has a name that no other host can set.
fn without_plain(headers: &mut HeaderMap) {
    let is_plain =
        |pair: &&str| PLAIN.iter().any(|name| pair.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')));
    let lines: Vec<String> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .map(|line| line.split(';').map(str::trim).filter(|pair| !is_plain(pair)).collect::<Vec<_>>().join("; "))
        .collect();
    headers.remove(header::COOKIE);
    for line in lines.iter().filter(|line| !line.is_empty()) {
        if let Ok(value) = HeaderValue::from_str(line) {
            headers.append(header::COOKIE, value);
        }
    }
}

/// Notes who asks for the rooms behind, and takes away what nobody believed says about it.
pub fn notice(believed: &Believed, request: &mut Request) {
    let other = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = believed.peer(other, request.headers());
    if !peer.is_proxied {
        for name in NAMED {
            request.headers_mut().remove(name);
        }
    }
    if peer.is_secure {
        without_plain(request.headers_mut());
    }
    request.extensions_mut().insert(peer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }

    #[test]
    fn a_network_holds_its_addresses() {
        for (network, address, is_held) in [
            ("10.0.0.0/8", "10.255.3.4", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "198.51.100.7", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:ffff::9", true),
            ("2001:db8::/32", "2001:db9::9", false),
            // The old kind written in the new way is still the old kind.
            ("10.0.0.0/8", "::ffff:10.2.3.4", true),
        ] {
            assert_eq!(Network::parse(network).expect(network).holds(ip(address)), is_held, "{network} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/x", "proxy.example", "10.0.0.0/-1"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_a_believed_proxy_names_somebody_else() {
        let ours =
            Believed { proxies: vec![Network::parse("10.0.0.0/8").expect("a network")], secure_host: String::new() };
        for (other, said, found) in [
            // Nobody believed: their own address counts, whatever they say.
            ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            // What stands before the first stranger was written by that stranger.
            ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
            ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            let peer = ours.peer(Some(ip(other)), &headers(&[("x-forwarded-for", said)]));
            assert_eq!(peer.address, Some(ip(found)), "{other} says {said}");
        }
        let two = headers(&[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9")]);
        assert_eq!(ours.peer(Some(ip("10.0.0.1")), &two).address, Some(ip("203.0.113.9")));
        let secure = headers(&[("x-forwarded-proto", "https")]);
        assert!(ours.peer(Some(ip("10.0.0.1")), &secure).is_secure);
        assert!(!ours.peer(Some(ip("198.51.100.7")), &secure).is_secure);
    }

    #[test]
    fn the_public_address_is_secure_when_the_proxy_says_nothing() {
        let ours = Believed::here("report.example.gov.cn");
        let at = |host: &str, said: &str| {
            ours.peer(Some(ip("127.0.0.1")), &headers(&[("host", host), ("x-forwarded-proto", said)]))
        };
        assert!(at("Report.example.gov.cn", "").is_secure);
        assert!(!at("Report.example.gov.cn", "http").is_secure);
        assert!(!at("127.0.0.1:8080", "").is_secure);
        assert!(ours.is_proxy(ip("127.0.1.1")) && ours.is_proxy(ip("::1")) && !ours.is_proxy(ip("10.0.0.1")));
    }

    #[test]
    fn by_https_no_other_host_says_who_somebody_is() {
        let mut found =
            headers(&[("cookie", "lang=en; session=planted; __Host-session=ours; sessions=other; half=planted")]);
        without_plain(&mut found);
        assert_eq!(found[header::COOKIE], "lang=en; __Host-session=ours; sessions=other");
        let mut alone = headers(&[("cookie", "session=planted")]);
        without_plain(&mut alone);
        assert!(!alone.contains_key(header::COOKIE));
    }

    #[test]
    fn a_customer_is_counted_as_one() {
        let counted = |text: &str| Peer { address: Some(ip(text)), is_secure: false, is_proxied: false }.counted();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), counted("2001:db8:1:2::9"));
        assert_ne!(counted("2001:db8:1:2::9"), counted("2001:db8:1:3::9"));
        assert_eq!(counted("::ffff:203.0.113.9"), counted("203.0.113.9"));
        assert_eq!(counted("127.0.0.1"), None);
        assert_eq!(counted("::1"), None);
    }

    proptest! {
        #[test]
        fn nobody_who_is_not_believed_is_anybody_else(other in any::<u32>(), said in "[ -~]{0,60}") {
            let other = IpAddr::V4(std::net::Ipv4Addr::from(other));
            prop_assume!(!other.is_loopback());
            let mut lines = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_str(&said) {
                lines.insert("x-forwarded-for", value);
            }
            let peer = Believed::here("").peer(Some(other), &lines);
            prop_assert_eq!(peer, Peer { address: Some(other), is_secure: false, is_proxied: false });
        }
    }
}
