//! What the host answered.

use axum::http::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// The same as a text.
    pub(crate) body: String,
}

impl Reply {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self::try_of(response).await.unwrap()
    }

    /// The same where the host may be killed meanwhile.
    pub(crate) async fn try_of(response: reqwest::Response) -> Option<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.ok()?.to_vec();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Some(Self { status, headers, bytes, body })
    }

    /// The value of a header; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("this is no JSON: {self:?}"))
    }

    /// Checks that it is a problem with this status whose explanation holds these words.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        let told = problem["detail"].as_str().unwrap_or_default();
        assert!(told.contains(words), "{words:?} is not in {self:?}");
    }
}
