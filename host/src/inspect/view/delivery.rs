//! A delivery, in a list of held ones and as a whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::model::http::Field;
use crate::model::id::DeliveryId;
use crate::model::name::ProviderName;
use crate::model::time::Time;
use crate::store::admission::{Delivery, DeliveryVerdict};

/// A held delivery in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldRow {
    /// Its own.
    pub id: DeliveryId,
    /// When it arrived.
    pub received_at_ms: Time,
    /// Who sent it.
    pub provider: ProviderName,
    /// Why it is held.
    pub reason: String,
    /// Whether it is taken up as soon as its plugin is back; else it waits for somebody to replay it.
    pub waits_for_plugin: bool,
}

/// A delivery as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// Its own.
    pub id: DeliveryId,
    /// When it arrived.
    pub received_at_ms: Time,
    /// Who sent it.
    pub provider: ProviderName,
    /// What became of it.
    pub verdict: DeliveryVerdict,
    /// In upper case.
    pub method: String,
    /// Below the provider's own.
    pub path: String,
    /// As it stood in the URL.
    pub query: String,
    /// Without those that prove the sender.
    pub headers: Vec<Field>,
    /// Its size in bytes.
    pub body_bytes: usize,
    /// Where it was asked for.
    pub body: Option<BodyView>,
}

/// The bytes of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyView {
    /// They are UTF-8.
    Text(String),
    /// They are not.
    Base64(String),
}

impl HeldRow {
    /// `None` when it is not held any more.
    pub(in crate::inspect) fn of(delivery: &Delivery) -> Option<Self> {
        let DeliveryVerdict::Held { reason } = &delivery.verdict else { return None };
        Some(Self {
            id: delivery.id,
            received_at_ms: delivery.received_at,
            provider: delivery.provider.clone(),
            reason: reason.clone(),
            waits_for_plugin: delivery.place.is_some(),
        })
    }
}

impl DeliveryView {
    pub(in crate::inspect) fn of(delivery: Delivery, with_body: bool) -> Self {
        let Delivery {
            id,
            provider,
            received_at,
            request,
            verdict,
            known_by_body: _,
            place: _,
            events_kept: _,
        } = delivery;
        Self {
            id,
            received_at_ms: received_at,
            provider,
            verdict,
            method: request.method,
            path: request.path,
            query: request.raw_query,
            headers: request.headers,
            body_bytes: request.body.len(),
            body: with_body.then(|| BodyView::of(request.body)),
        }
    }
}

impl BodyView {
    fn of(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Base64(STANDARD.encode(error.into_bytes())),
        }
    }
}
