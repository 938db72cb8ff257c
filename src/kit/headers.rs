//! What every answer says to browsers about itself: where its parts may come from, who may show it, that it comes by https.

use super::clock::Moment;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// A moment as HTTP writes it.
pub fn http_date(moment: Moment) -> String {
    moment.zoned(&jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What may come from where on a page: scripts and styles from us alone and from files of their own, never from within the
/// page; pictures and tiles also from the servers of the city's base map. `ancestors` may show the page in a frame.
pub fn policy(servers: &str, ancestors: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; connect-src 'self' {servers}; \
         img-src 'self' blob: data: {servers}; worker-src 'self' blob:; frame-ancestors {ancestors}; form-action 'self'; \
         base-uri 'none'"
    )
}

/// What is said by all answers of a city.
#[derive(Debug, Clone)]
pub struct Said {
    always: Vec<(HeaderName, HeaderValue)>,
    /// What begins the addresses of which other sites show something: photos in their lists, pages for frames.
    lent: &'static [&'static str],
}

impl Said {
    /// With the policy of pages, for how many seconds https alone is to be asked (0: it is not said), and the beginnings of
    /// addresses of which other sites show something.
    pub fn new(policy: &str, hsts: i64, lent: &'static [&'static str]) -> Said {
        let hsts = (hsts > 0).then(|| format!("max-age={hsts}"));
        let said = [
            ("content-security-policy", Some(policy)),
            ("strict-transport-security", hsts.as_deref()),
            ("x-content-type-options", Some("nosniff")),
            ("referrer-policy", Some("same-origin")),
            ("permissions-policy", Some("geolocation=(self), camera=(self), microphone=()")),
            ("cross-origin-opener-policy", Some("same-origin")),
            ("x-permitted-cross-domain-policies", Some("none")),
        ];
        let header = |(name, text): (&'static str, Option<&str>)| {
            // Whatever a header cannot hold was refused when the settings were read.
            Some((HeaderName::from_static(name), HeaderValue::from_str(text?).ok()?))
        };
        Said { always: said.into_iter().filter_map(header).collect(), lent }
    }

    /// Whether other sites show what lies at this address.
    pub fn is_lent(&self, path: &str) -> bool {
        self.lent.iter().any(|beginning| path.starts_with(beginning))
    }

    /// Says it, where the answer does not say something else itself.
    pub fn say(&self, headers: &mut HeaderMap, is_lent: bool) {
        for (name, value) in &self.always {
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
        let own = HeaderName::from_static("cross-origin-resource-policy");
        if !headers.contains_key(&own) {
            headers.insert(own, HeaderValue::from_static(if is_lent { "cross-origin" } else { "same-origin" }));
        }
        // An answer that sets a cookie is for whoever asked, and for nobody between.
        if headers.contains_key(header::SET_COOKIE) && !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_within_a_page_is_run() {
        let policy = policy("https://t0.tiles.example", "'none'");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        let said = Said::new(&policy, 0, &[]);
        assert!(said.always.iter().all(|(name, _)| name != "strict-transport-security"));
        let said = Said::new(&policy, 60, &[]);
        let found = said.always.iter().find(|(name, _)| name == "strict-transport-security");
        assert_eq!(found.map(|(_, value)| value.as_bytes()), Some(b"max-age=60".as_slice()));
    }
}
