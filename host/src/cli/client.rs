//! Asks a running host over its admin listener.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::Failure;
use super::http_client::http_client;
use crate::admin::file::AdminFile;
use crate::admin::plugins::GrantRequest;
use crate::admin::replay::ReplayRequest;
use crate::admin::store::BackupRequest;
use crate::inspect::query::{write_events, write_held};
use crate::inspect::replay::Replayed;
use crate::inspect::view::Page;
use crate::inspect::view::delivery::{DeliveryView, HeldRow};
use crate::inspect::view::event::{EventRow, EventView};
use crate::inspect::view::plugin::PluginView;
use crate::inspect::view::provider::ProviderView;
use crate::model::bounds;
use crate::model::http::Field;
use crate::model::id::{DeliveryId, ExecutionId};
use crate::model::name::ProviderName;
use crate::store::backup::Copied;
use crate::store::listing::{EventFilter, EventLook, HeldLook, Origin};
use crate::store::stats::Stats;
use crate::store::verified::{Checkpoint, Verified};

/// Longer than a host needs to adapt as many deliveries as one request may name.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a host may take to say that it is one.
const GREETING: Duration = Duration::from_secs(5);

/// A host that answers.
pub(in crate::cli) struct Client {
    http: reqwest::Client,
    base: String,
    authorization: String,
}

/// The host that runs on this folder, if one says so and answers.
pub(super) async fn running(folder: &Path) -> Result<Option<Client>, Failure> {
    let file = AdminFile::read(folder).map_err(|error| {
        let what = format!("admin.json in {} cannot be read: {error}", folder.display());
        Failure::new(what, "run this as the user who runs the host")
    })?;
    match file {
        Some(file) => Client::connect(&file).await,
        None => Ok(None),
    }
}

impl Client {
    /// `None` where nobody answers as a host: it was killed, and somebody else may have its port.
    async fn connect(file: &AdminFile) -> Result<Option<Self>, Failure> {
        let client = Self {
            http: http_client(PATIENCE)?,
            base: format!("http://{}/api", file.address),
            authorization: file.token.authorization(),
        };
        let greeted = client.get("", &[]).timeout(GREETING).send().await;
        let Ok(response) = greeted.and_then(Response::error_for_status) else { return Ok(None) };
        let Ok(bytes) = response.bytes().await else { return Ok(None) };
        let about: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(about.get("hookhost").is_some().then_some(client))
    }

    pub(super) async fn events(
        &self,
        filter: &EventFilter,
        look: EventLook,
    ) -> Result<Page<EventRow, ExecutionId>, Failure> {
        found(self.get("/events", &write_events(filter, &look))).await
    }

    pub(super) async fn held(
        &self,
        origin: &Origin,
        look: HeldLook,
    ) -> Result<Page<HeldRow, DeliveryId>, Failure> {
        found(self.get("/held", &write_held(origin, &look))).await
    }

    pub(super) async fn event(&self, id: ExecutionId, body: bool) -> Result<Option<EventView>, Failure> {
        maybe(self.get(&format!("/events/{id}"), &with_body(body))).await
    }

    pub(super) async fn delivery(&self, id: DeliveryId, body: bool) -> Result<Option<DeliveryView>, Failure> {
        maybe(self.get(&format!("/deliveries/{id}"), &with_body(body))).await
    }

    pub(super) async fn replay(&self, ids: &[String]) -> Result<Vec<Replayed>, Failure> {
        found(self.post("/replay", &ReplayRequest { ids: ids.to_vec() })).await
    }

    pub(super) async fn providers(&self) -> Result<Vec<ProviderView>, Failure> {
        found(self.get("/providers", &[])).await
    }

    pub(super) async fn stats(&self) -> Result<Stats, Failure> {
        found(self.get("/store", &[])).await
    }

    pub(super) async fn verify(&self, from: &Checkpoint) -> Result<Verified, Failure> {
        let from = Some(from).filter(|from| **from != Checkpoint::default());
        let query: Vec<Field> = from.iter().map(|from| ("from".into(), from.to_string())).collect();
        found(self.get("/store/verify", &query)).await
    }

    pub(super) async fn backup(&self, folder: PathBuf) -> Result<Copied, Failure> {
        let copied =
            found(self.post("/store/backup", &BackupRequest { folder }).timeout(bounds::BACKUP)).await;
        copied.map_err(|refused| {
            refused.or_hint("name a folder that is not there yet, where the host may write")
        })
    }

    fn post(&self, path: &str, body: &impl Serialize) -> RequestBuilder {
        let request =
            self.http.post(format!("{}{path}", self.base)).body(serde_json::json!(body).to_string());
        request.header(AUTHORIZATION, &self.authorization)
    }

    pub(super) async fn plugins(&self) -> Result<Vec<PluginView>, Failure> {
        found(self.get("/plugins", &[])).await
    }

    pub(super) async fn grant(&self, provider: &ProviderName, digest: &str) -> Result<(), Failure> {
        let request = GrantRequest { provider: provider.clone(), digest: digest.into() };
        found(self.post("/grants", &request)).await.map(|_: Value| ())
    }

    fn get(&self, path: &str, query: &[Field]) -> RequestBuilder {
        let mut url = format!("{}{path}", self.base);
        if !query.is_empty() {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            url = format!("{url}?{query}");
        }
        self.http.get(url).header(AUTHORIZATION, &self.authorization)
    }
}

fn with_body(body: bool) -> Vec<Field> {
    vec![("body".into(), body.to_string())]
}

async fn found<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    maybe(request).await?.ok_or_else(|| Failure::new("the host does not know what was asked", VERSIONS))
}

const VERSIONS: &str = "use the same version of hookhost as the one that runs";

/// `None` for what is not there.
async fn maybe<T: DeserializeOwned>(request: RequestBuilder) -> Result<Option<T>, Failure> {
    let gone = |error: reqwest::Error| {
        let what = format!("the host does not answer any more: {}", error.without_url());
        Failure::new(what, "look whether it still runs, and try again")
    };
    let response = request.send().await.map_err(gone)?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(gone)?;
    if status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !status.is_success() {
        let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or("it does not say why");
        return Err(Failure::new(format!("the host refused ({status}): {detail}"), ""));
    }
    let understood = serde_json::from_slice(&bytes);
    understood
        .map(Some)
        .map_err(|error| Failure::new(format!("the host's answer cannot be read: {error}"), VERSIONS))
}
