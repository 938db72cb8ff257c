//! Which sites may show the city's pages in a frame: `[embed] origins` of `city.toml`.

use toml::{Table, Value};

/// What the city says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The sites, each such as `https://www.city.gov.cn`.
    pub origins: Vec<String>,
}

impl Settings {
    /// Reads `[embed]`; absent, no site may.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn of_city(city: &Table) -> Result<Settings, String> {
        let Some(table) = city.get("embed") else { return Ok(Settings::default()) };
        let wrong = "embed.origins must be a list of sites such as \"https://www.city.gov.cn\"";
        let list = table.get("origins").and_then(Value::as_array).ok_or(wrong)?;
        let origins: Option<Vec<String>> = list.iter().map(|one| one.as_str().and_then(origin)).collect();
        Ok(Settings { origins: origins.ok_or(wrong)? })
    }

    /// Who may hold the pages for frames: the program's own pages and these sites.
    pub fn ancestors(&self) -> String {
        let all = std::iter::once("'self'".to_owned()).chain(self.origins.iter().cloned());
        all.collect::<Vec<_>>().join(" ")
    }
}

/// A site's address without a path, as a header may hold it; `https` anywhere, `http` on this machine alone.
fn origin(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let (host, is_secure) = match text.split_once("://")? {
        ("https", host) => (host, true),
        ("http", host) => (host, false),
        _ => return None,
    };
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "443"));
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && !name.starts_with(['.', '-']);
    let is_here = matches!(name, "localhost" | "127.0.0.1");
    (is_name && port.parse::<u16>().is_ok() && (is_secure || is_here)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_sites_are_taken() {
        let read = |text: &str| Settings::of_city(&toml::from_str(text).expect("toml"));
        assert_eq!(read("").expect("settings").ancestors(), "'self'");
        let two =
            read("[embed]\norigins = [\"https://www.city.gov.cn/\", \"http://localhost:8000\"]").expect("settings");
        assert_eq!(two.ancestors(), "'self' https://www.city.gov.cn http://localhost:8000");
        for wrong in [
            "[embed]",
            "[embed]\norigins = \"https://a.cn\"",
            "[embed]\norigins = [7]",
            "[embed]\norigins = [\"*\"]",
            "[embed]\norigins = [\"https://*.a.cn\"]",
            "[embed]\norigins = [\"http://a.cn\"]",
            "[embed]\norigins = [\"https://a.cn/path\"]",
            "[embed]\norigins = [\"https://a.cn; script-src *\"]",
            "[embed]\norigins = [\"https://a.cn:port\"]",
        ] {
            assert!(read(wrong).is_err_and(|why| why.contains("embed.origins")), "{wrong}");
        }
    }
}
