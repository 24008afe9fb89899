//! What became of an execution, for those who were given its token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::Response;
use axum::response::IntoResponse;
use subtle::ConstantTimeEq as _;

use super::reply::Problem;
use super::{Receiver, count, wait};
use crate::store::execution::Execution;

/// Answers `GET /executions/{id}?token=...`; without the right token, as if there were none.
pub(super) async fn show(
    State(receiver): State<Arc<Receiver>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let found = find(&receiver, &id, query.as_deref().unwrap_or_default()).await;
    let told = match found {
        Ok(execution) => wait::told(&receiver, &execution).await,
        Err(problem) => Err(problem),
    };
    told.unwrap_or_else(|problem| {
        receiver.metrics.refused().count(count::refused(&problem));
        problem.into_response()
    })
}

async fn find(receiver: &Receiver, id: &str, query: &str) -> Result<Execution, Problem> {
    let not_found = || Problem::NotFound("there is no such execution, or the token is not its own".into());
    let id = id.parse().map_err(|_| not_found())?;
    let execution = receiver.store.execution(id).await.map_err(|error| wait::unreadable(id, &error))?;
    let given = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    match (execution, given) {
        (Some(execution), Some((_, given))) if is_token(&execution, &given) => Ok(execution),
        _ => Err(not_found()),
    }
}

fn is_token(execution: &Execution, given: &str) -> bool {
    execution.token.as_ref().is_some_and(|token| token.as_bytes().ct_eq(given.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::live::{Live, Setup};
    use crate::model::event::{Content, Event, Status};
    use crate::model::outcome::Outcome;
    use crate::model::reply::Reply;
    use crate::model::task::Receipt;
    use crate::model::testing;
    use crate::model::time::Time;
    use crate::receive::Settings;
    use crate::store::SharedStore;
    use crate::store::admission::{Admitted, Arrival, Judged, Ticket};
    use crate::store::execution::{Claimed, Settled, State as Ended};
    use crate::store::memory::MemoryStore;
    use crate::store::owed::{OwedReply, ReplyClaimed, ReplyProgress};
    use crate::verify::Verified;

    const NOW: Time = Time(1_790_000_000_000);

    fn event(conversation: Option<&str>, content: Content) -> Event {
        Event {
            occurred_ms: Some(NOW.millis()),
            conversation: conversation.map(Into::into),
            ..testing::event("any", content)
        }
    }

    async fn admit(store: &SharedStore, event: Event) -> Ticket {
        let verified = Verified::by_operator_waiver(&[], testing::request(b""));
        let (provider, judged) = ("desk".parse().unwrap(), Judged::to_run(vec![event]));
        let arrival = Arrival::new(provider, verified, judged, NOW, Duration::from_secs(86_400), true);
        match store.admit(arrival).await.unwrap().events.remove(0) {
            Admitted::New(ticket) => ticket,
            other => panic!("{other:?}"),
        }
    }

    async fn shown(receiver: &Arc<Receiver>, ticket: &Ticket, token: &str) -> (u16, Value) {
        let query = RawQuery(Some(format!("token={token}")));
        let response = show(State(Arc::clone(receiver)), Path(ticket.execution.to_string()), query).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn an_outcome_says_where_its_replies_stand() {
        let store: SharedStore = Arc::new(MemoryStore::new());
        let receiver = Arc::new(Receiver::new(
            Arc::clone(&store),
            Live::new(Setup::default()),
            Default::default(),
            Default::default(),
            Default::default(),
            Settings { body_limit: 1_024, trusted_proxies: Vec::new(), stop: Default::default() },
            Default::default(),
        ));
        let ticket = admit(&store, event(Some("room"), Content::Other)).await;
        let token = ticket.token.clone().unwrap();
        assert_eq!(shown(&receiver, &ticket, &token).await.0, 202);
        let Claimed::Started(claim) = store.claim(ticket.lane, NOW).await.unwrap() else {
            panic!("it waits")
        };
        let settled = Settled {
            state: Ended::Done,
            workflow: None,
            outcome: Some(Outcome::Succeeded("ok".into())),
            replies: vec![Reply::text("ok").into()],
        };
        store.settle(&claim, settled, NOW).await.unwrap();
        assert_eq!(shown(&receiver, &ticket, &token).await.1["replies"][0]["state"], "owed");

        let ReplyClaimed::Next(reply) = store.claim_reply(ticket.lane, NOW).await.unwrap() else {
            panic!("it is owed")
        };
        let receipts = vec![Receipt { id: "m1".into(), attributes: vec![] }];
        let sent = OwedReply { progress: ReplyProgress::Sent, receipts, ..*reply };
        store.keep_reply(sent.clone()).await.unwrap();
        let read = Status {
            message: "m1".into(),
            state: "read".into(),
            recipient: None,
            correlation: None,
            failure: None,
        };
        admit(&store, event(None, Content::Status(read))).await;
        let (status, body) = shown(&receiver, &ticket, &token).await;
        let expected = json!([{ "id": sent.id, "state": "read", "reason": null, "since_ms": NOW }]);
        assert_eq!((status, &body["replies"]), (200, &expected));
        assert_eq!(shown(&receiver, &ticket, "another").await.0, 404);
    }
}
