//! A small manifest for this module's tests, told only what matters to each.

use crate::model::manifest::{Endpoint, Manifest, SecretNeed, SettingNeed};
use crate::model::recipe::Locator;
use crate::model::testing;

/// A manifest that asks for nothing.
pub(super) fn manifest() -> Manifest {
    testing::manifest("test")
}

impl Manifest {
    /// Also asks for this secret.
    pub(super) fn secret(mut self, name: &str, required: bool) -> Self {
        self.secrets.push(SecretNeed { required, ..testing::secret(name) });
        self
    }

    /// Also takes a signature made with this secret.
    pub(super) fn verified_by(mut self, secret: &str) -> Self {
        let at = Locator::Header("x-signature".into());
        self.verification.push(testing::hmac_of_body(secret, at));
        self
    }

    /// Also reads this setting.
    pub(super) fn setting(mut self, name: &str, required: bool, default: Option<&str>) -> Self {
        let default = default.map(str::to_owned);
        self.settings.push(SettingNeed {
            name: name.into(),
            about: format!("about {name}"),
            required,
            default,
        });
        self
    }

    /// Calls these.
    pub(super) fn endpoints(mut self, endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        self.endpoints.extend(endpoints);
        self
    }
}

/// An endpoint with these places.
pub(super) fn endpoint(origin: &str, origin_setting: Option<&str>, hosts: &[&str]) -> Endpoint {
    Endpoint {
        origin_setting: origin_setting.map(str::to_owned),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        ..testing::endpoint("api", origin)
    }
}
