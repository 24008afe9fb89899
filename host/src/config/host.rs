//! One entry of `allow_hosts`: a host that a provider's credentials may be sent to.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::error::Wrong;

/// The port that an entry without one means.
const HTTPS: u16 = 443;

/// A host or everything below one, with or without a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AllowedHost {
    /// In lower case, as a URL writes it; an IPv6 address in brackets.
    host: String,
    /// Whether `*.` stood before it: any name below the host, never the host itself.
    below: bool,
    port: Option<u16>,
}

impl AllowedHost {
    /// What a call to this URL needs, as an operator would write it: the port only where it is not
    /// https's own. `None` for URLs that are not http or https.
    pub fn of_url(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "https" | "http") {
            return None;
        }
        let port = url.port_or_known_default()?;
        let port = (url.scheme() != "https" || port != HTTPS).then_some(port);
        Some(Self { host: url.host_str()?.into(), below: false, port })
    }

    /// Whether this entry states exactly this host and this port.
    pub fn is_exactly(&self, host: &str, port: u16) -> bool {
        !self.below && self.host == host && self.port == Some(port)
    }

    /// Whether whoever may reach this entry may reach `other` too.
    pub fn covers(&self, other: &Self) -> bool {
        let covers_host = if self.below {
            let above = other.host.strip_suffix(&self.host);
            above.is_some_and(|above| above.ends_with('.')) || (other.below && other.host == self.host)
        } else {
            !other.below && self.host == other.host
        };
        covers_host && self.port.unwrap_or(HTTPS) == other.port.unwrap_or(HTTPS)
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, below, port } = self;
        f.write_str(if *below { "*." } else { "" })?;
        f.write_str(host)?;
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for AllowedHost {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = |hint: String| Wrong::new(format!("{text:?} is not a host"), hint);
        let usual = || wrong("write \"api.example.com\" or \"api.example.com:8443\"".into());
        if let Some(meant) = Url::parse(text).ok().as_ref().and_then(Self::of_url) {
            return Err(wrong(format!("write only the host: \"{meant}\"")));
        }
        let (below, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(usual)?;
                (host, Some(port))
            }
            _ => (rest, None),
        };
        // `Host::parse` takes and decodes escapes, which have no place in a name that people compare.
        let written_plainly = host.chars().all(|c| c.is_alphanumeric() || "-_.[]:".contains(c));
        let parsed = Host::parse(host).ok().filter(|_| written_plainly).ok_or_else(usual)?;
        if below && !matches!(&parsed, Host::Domain(name) if name.contains('.')) {
            return Err(wrong("write at least two parts after \"*.\": \"*.example.com\"".into()));
        }
        Ok(Self { host: parsed.to_string(), below, port })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_is_a_host_with_or_without_a_port() {
        for (text, expected) in [
            ("graph.facebook.com", Some("graph.facebook.com")),
            ("Graph.Facebook.COM", Some("graph.facebook.com")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("localhost:8081", Some("localhost:8081")),
            ("10.0.0.5:80", Some("10.0.0.5:80")),
            ("[::1]:8081", Some("[::1]:8081")),
            ("[2001:DB8::1]", Some("[2001:db8::1]")),
            ("*.fbcdn.net", Some("*.fbcdn.net")),
            ("*.fbcdn.net:8443", Some("*.fbcdn.net:8443")),
            ("", None),
            ("*", None),
            ("*.net", None),
            ("*.10.0.0.5", None),
            ("a.*.net", None),
            ("::1", None),
            ("example.com:0", None),
            ("example.com:70000", None),
            ("example.com:", None),
            ("example.com/path", None),
            ("user@example.com", None),
            ("exa mple.com", None),
            ("exam%70le.com", None),
            ("https://example.com", None),
        ] {
            let parsed = text.parse::<AllowedHost>().ok().map(|host| host.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_url_is_answered_with_its_host() {
        for (text, hint) in [
            ("https://graph.facebook.com/v25.0", r#"write only the host: "graph.facebook.com""#),
            ("http://localhost:8081", r#"write only the host: "localhost:8081""#),
            ("http://localhost", r#"write only the host: "localhost:80""#),
        ] {
            assert_eq!(text.parse::<AllowedHost>().unwrap_err().hint, hint);
        }
    }

    #[test]
    fn an_entry_covers_itself_and_what_is_below_a_star() {
        for (entry, other, covers) in [
            ("a.example.com", "a.example.com", true),
            ("a.example.com", "a.example.com:443", true),
            ("a.example.com:443", "a.example.com", true),
            ("a.example.com", "a.example.com:8443", false),
            ("a.example.com:8443", "a.example.com", false),
            ("a.example.com", "b.a.example.com", false),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "b.a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "notexample.com", false),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "*.a.example.com", true),
            ("*.a.example.com", "*.example.com", false),
            ("a.example.com", "*.example.com", false),
            ("*.example.com", "a.example.com:8443", false),
        ] {
            let (entry, other): (AllowedHost, AllowedHost) = (entry.parse().unwrap(), other.parse().unwrap());
            assert_eq!(entry.covers(&other), covers, "{entry} {other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(text in "[a-zA-Z0-9.*:\\[\\]é-]{0,20}") {
            if let Ok(host) = text.parse::<AllowedHost>() {
                prop_assert_eq!(host.to_string().parse::<AllowedHost>(), Ok(host));
            }
        }
    }
}
