//! Decides which hosts a provider's calls may reach.

use url::Url;

use super::host::AllowedHost;
use crate::model::http::{Field, field};
use crate::model::manifest::{Endpoint, Manifest};

/// What the operator granted to one provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants(Vec<AllowedHost>);

/// How far a granted call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Over https, and only to public addresses: what the name resolves to must be checked.
    Public,
    /// Granted by name and port: it may be http, and the address may be private.
    Private,
}

/// A call that the operator did not grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} is not granted")]
pub struct NotGranted {
    /// What is missing in `allow_hosts`.
    pub host: String,
}

impl NotGranted {
    /// The next step, to be shown after `hint:`.
    pub fn hint(&self) -> String {
        format!("add \"{}\" to allow_hosts of the provider", self.host)
    }
}

impl Grants {
    /// Grants these and nothing else.
    pub fn new(allow_hosts: Vec<AllowedHost>) -> Self {
        Self(allow_hosts)
    }

    /// Whether this URL may be called, and how far the call may go.
    ///
    /// # Errors
    /// When nothing grants it; the error names what the operator would have to add.
    pub fn decide(&self, url: &Url) -> Result<Reach, NotGranted> {
        let Some(asked) = AllowedHost::of_url(url) else {
            return Err(NotGranted { host: format!("{}:", url.scheme()) });
        };
        let exactly = |host: &str, port: u16| self.0.iter().any(|entry| entry.is_exactly(host, port));
        if let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default())
            && exactly(host, port)
        {
            return Ok(Reach::Private);
        }
        if url.scheme() == "https" && self.covers(&asked) {
            return Ok(Reach::Public);
        }
        Err(NotGranted { host: asked.to_string() })
    }

    /// What the manifest wants and the operator did not grant, as `allow_hosts` would write it.
    pub fn missing(&self, manifest: &Manifest, settings: &[Field]) -> Vec<AllowedHost> {
        wanted(manifest, settings).into_iter().filter(|host| !self.covers(host)).collect()
    }

    fn covers(&self, host: &AllowedHost) -> bool {
        self.0.iter().any(|entry| entry.covers(host))
    }
}

/// Every host that the manifest's endpoints may call with these settings, each once.
///
/// An origin or a host that is not one cannot be called either, and is left out.
pub fn wanted(manifest: &Manifest, settings: &[Field]) -> Vec<AllowedHost> {
    let mut wanted = Vec::new();
    for endpoint in &manifest.endpoints {
        let origin = Url::parse(origin(endpoint, settings)).ok();
        let hosts = endpoint.hosts.iter().filter_map(|host| host.parse().ok());
        for host in origin.as_ref().and_then(AllowedHost::of_url).into_iter().chain(hosts) {
            if !wanted.contains(&host) {
                wanted.push(host);
            }
        }
    }
    wanted
}

/// The endpoint's origin, or the setting that replaces it.
pub fn origin<'a>(endpoint: &'a Endpoint, settings: &'a [Field]) -> &'a str {
    let setting = endpoint.origin_setting.as_deref().and_then(|name| field(settings, name));
    setting.unwrap_or(&endpoint.origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{endpoint, manifest};

    fn grants(entries: &[&str]) -> Grants {
        Grants::new(entries.iter().map(|entry| entry.parse().unwrap()).collect())
    }

    #[test]
    fn only_what_is_granted_may_be_called() {
        let grants = grants(&["api.example.com", "dev.example.com:8443", "10.0.0.5:80", "*.cdn.example.com"]);
        for (url, expected) in [
            ("https://api.example.com/x", Ok(Reach::Public)),
            ("https://API.example.com:443/", Ok(Reach::Public)),
            ("https://api.example.com:8443/", Err("api.example.com:8443")),
            ("http://api.example.com/", Err("api.example.com:80")),
            ("http://api.example.com:443/", Err("api.example.com:443")),
            ("https://api.example.com./", Err("api.example.com.")),
            ("https://dev.example.com:8443/", Ok(Reach::Private)),
            ("http://dev.example.com:8443/", Ok(Reach::Private)),
            ("https://dev.example.com/", Err("dev.example.com")),
            ("http://10.0.0.5/", Ok(Reach::Private)),
            ("http://0x0a000005/", Ok(Reach::Private)),
            ("https://10.0.0.5/", Err("10.0.0.5")),
            ("https://a.cdn.example.com/", Ok(Reach::Public)),
            ("http://a.cdn.example.com/", Err("a.cdn.example.com:80")),
            ("https://cdn.example.com/", Err("cdn.example.com")),
            ("https://api.example.com@evil.example/", Err("evil.example")),
            ("ftp://api.example.com/", Err("ftp:")),
            ("data:text/plain,x", Err("data:")),
        ] {
            let decided = grants.decide(&Url::parse(url).unwrap());
            assert_eq!(decided, expected.map_err(|host| NotGranted { host: host.into() }), "{url}");
        }
    }

    #[test]
    fn nothing_is_granted_by_default() {
        let refused = Grants::default().decide(&Url::parse("https://api.example.com").unwrap()).unwrap_err();
        assert_eq!(refused.to_string(), "api.example.com is not granted");
        assert_eq!(refused.hint(), r#"add "api.example.com" to allow_hosts of the provider"#);
    }

    #[test]
    fn a_manifest_wants_its_origins_after_settings_and_its_hosts() {
        let manifest = manifest().endpoints([
            endpoint("https://graph.example.com/v25", Some("api_url"), &[]),
            endpoint("https://graph.example.com", None, &["*.cdn.example.com", "not a host"]),
        ]);
        let check = |settings: &[Field], granted: &[&str], expected: &[&str]| {
            let missing = grants(granted).missing(&manifest, settings);
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            assert_eq!(missing, expected);
        };
        let local = [("api_url".to_owned(), "http://127.0.0.1:9000".to_owned())];
        check(&[], &[], &["graph.example.com", "*.cdn.example.com"]);
        check(&[], &["graph.example.com", "*.example.com"], &[]);
        check(&local, &["*.cdn.example.com"], &["127.0.0.1:9000", "graph.example.com"]);
        check(&local, &["127.0.0.1:9000"], &["graph.example.com", "*.cdn.example.com"]);
    }
}
