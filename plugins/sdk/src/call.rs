//! Short ways to make a call, and to read what came of it.

use serde_json::Value;

use crate::types::{Bucket, Call, Payload, Response, Target};

impl Call {
    /// A POST of this JSON to a path below an endpoint.
    pub fn post_json(endpoint: impl Into<String>, path: impl Into<String>, body: &Value) -> Self {
        Self {
            endpoint: endpoint.into(),
            method: "POST".into(),
            target: Target::Path(path.into()),
            query: Vec::new(),
            headers: vec![("content-type".into(), "application/json".into())],
            payload: Payload::Bytes(body.to_string().into_bytes()),
            save: false,
            buckets: Vec::new(),
        }
    }

    /// A GET without a body.
    pub fn get(endpoint: impl Into<String>, target: Target) -> Self {
        Self {
            endpoint: endpoint.into(),
            method: "GET".into(),
            target,
            query: Vec::new(),
            headers: Vec::new(),
            payload: Payload::Empty,
            save: false,
            buckets: Vec::new(),
        }
    }

    /// The same call, whose answer's body the host keeps as a blob.
    #[must_use]
    pub fn saved(mut self) -> Self {
        self.save = true;
        self
    }

    /// The same call, also counted under this bucket of the manifest's pacing.
    #[must_use]
    pub fn counted(mut self, bucket: Bucket) -> Self {
        self.buckets.push(bucket);
        self
    }
}

impl Bucket {
    /// One of the calls to `key` that the manifest's pace `name` limits.
    pub fn new(name: impl Into<String>, key: impl Into<String>) -> Self {
        Self { name: name.into(), key: key.into() }
    }
}

impl Response {
    /// The body as JSON; `None` when it is not.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first header of this name; names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_posted_body_says_that_it_is_json() {
        let call = Call::post_json("api", "/notes", &json!({"a": 1})).counted(Bucket::new("room", "7"));
        assert_eq!(call.headers, [("content-type".to_owned(), "application/json".to_owned())]);
        assert_eq!(call.payload, Payload::Bytes(br#"{"a":1}"#.to_vec()));
        assert_eq!(call.buckets, [Bucket { name: "room".into(), key: "7".into() }]);
    }

    #[test]
    fn a_file_is_got_to_be_kept() {
        let call = Call::get("files", Target::Url("https://x.example/7".into())).saved();
        assert_eq!((call.method.as_str(), call.payload, call.save), ("GET", Payload::Empty, true));
    }

    #[test]
    fn an_answer_that_is_no_json_reads_as_none() {
        let headers = vec![("Retry-After".into(), "3".into())];
        let response = Response { status: 502, headers, body: b"<html>".to_vec() };
        assert_eq!(response.json(), None);
        assert_eq!(response.header("retry-after"), Some("3"));
    }
}
