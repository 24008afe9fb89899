//! The promises about statuses: what was heard of the messages of a reply.

use super::*;
use crate::model::event::Status;
use crate::model::task::Receipt;
use crate::store::status::{MessageState, MessageStatus, standing};

fn status(message: &str, state: &str, correlation: Option<&str>) -> Event {
    let status = Status {
        message: message.into(),
        state: state.into(),
        recipient: None,
        correlation: correlation.map(Into::into),
        failure: None,
    };
    Event {
        id: Some(format!("{message}:{state}")),
        topic: format!("status.{state}"),
        occurred_ms: Some(NOW.millis()),
        conversation: None,
        content: Content::Status(status),
        ..event(None, "")
    }
}

/// An execution that owes one reply.
async fn owing(store: &dyn Store) -> (Ticket, OwedReply) {
    let ticket = new(&admit(store, vec![event(None, "chat")]).await.events[0]);
    let claim = started(store, ticket.lane, NOW).await;
    store.settle(&claim, answered(&["hi"]), NOW).await.unwrap();
    let reply = owed(store, ticket.lane).await;
    (ticket, reply)
}

async fn keep(store: &dyn Store, reply: &OwedReply, progress: ReplyProgress, receipts: &[&str]) {
    let receipts = receipts.iter().map(|id| Receipt { id: (*id).into(), attributes: vec![] }).collect();
    store.keep_reply(OwedReply { progress, receipts, ..reply.clone() }).await.unwrap();
}

async fn heard(store: &dyn Store, ticket: &Ticket) -> Vec<(String, MessageState)> {
    let heard = store.statuses(ticket.execution).await.unwrap();
    assert_eq!(heard.len(), 1);
    heard[0].iter().map(|MessageStatus { message, state, .. }| (message.clone(), *state)).collect()
}

async fn stands(store: &dyn Store, ticket: &Ticket) -> &'static str {
    let reply = &store.replies(ticket.execution).await.unwrap()[0];
    standing(reply, &store.statuses(ticket.execution).await.unwrap()[0]).state
}

pub(super) async fn a_status_is_heard_by_the_reply_whose_message_it_names(store: Arc<dyn Store>) {
    let (ticket, reply) = owing(&*store).await;
    keep(&*store, &reply, ReplyProgress::Sent, &["m1"]).await;
    assert_eq!(stands(&*store, &ticket).await, "sent");
    let late = Event { id: None, occurred_ms: Some(1), ..status("m1", "delivered", None) };
    assert!(matches!(admit(&*store, vec![late]).await.events[0], Admitted::Stale(_)));
    assert_eq!(stands(&*store, &ticket).await, "delivered", "though it came too late to be run");
    for (state, expected) in [("read", "read"), ("delivered", "read"), ("sent", "read"), ("failed", "failed")]
    {
        admit(&*store, vec![status("m1", state, None)]).await;
        assert_eq!(stands(&*store, &ticket).await, expected, "after {state}");
    }
}

pub(super) async fn a_status_that_came_before_its_receipt_is_heard_with_it(store: Arc<dyn Store>) {
    let (ticket, reply) = owing(&*store).await;
    admit(&*store, vec![status("m1", "delivered", None), status("m1", "sent", None)]).await;
    assert_eq!(heard(&*store, &ticket).await, []);
    keep(&*store, &reply, ReplyProgress::Sent, &["m1"]).await;
    assert_eq!(heard(&*store, &ticket).await, [("m1".to_owned(), MessageState::Delivered)]);
    admit(&*store, vec![status("m1", "read", None)]).await;
    assert_eq!(stands(&*store, &ticket).await, "read");
}

pub(super) async fn a_status_with_a_correlation_finds_a_reply_without_a_receipt(store: Arc<dyn Store>) {
    let (ticket, reply) = owing(&*store).await;
    // Its message is not known yet, and this one does not say whose it is.
    admit(&*store, vec![status("m1", "delivered", None)]).await;
    admit(&*store, vec![status("m1", "sent", Some(&reply.outgoing.id))]).await;
    assert_eq!(heard(&*store, &ticket).await, [("m1".to_owned(), MessageState::Delivered)]);
    keep(&*store, &reply, ReplyProgress::Unsure("restart".into()), &[]).await;
    assert_eq!(stands(&*store, &ticket).await, "delivered");
    admit(&*store, vec![status("m1", "read", None)]).await;
    assert_eq!(stands(&*store, &ticket).await, "read");
}

pub(super) async fn a_status_of_another_provider_or_message_is_heard_by_none(store: Arc<dyn Store>) {
    let (ticket, reply) = owing(&*store).await;
    keep(&*store, &reply, ReplyProgress::Sent, &["m1"]).await;
    let mut arrival = arrival_of(b"{}", vec![status("m1", "read", Some(&reply.outgoing.id))], NOW);
    arrival.delivery.provider = "whatsapp".parse().unwrap();
    store.admit(arrival).await.unwrap();
    admit(&*store, vec![status("m2", "read", Some("nobody's"))]).await;
    assert_eq!(heard(&*store, &ticket).await, []);
}

pub(super) async fn what_a_reply_does_next_does_not_undo_what_was_heard(store: Arc<dyn Store>) {
    let (ticket, reply) = owing(&*store).await;
    keep(&*store, &reply, reply.progress.clone(), &["m1"]).await;
    admit(&*store, vec![status("m1", "read", None)]).await;
    keep(&*store, &reply, ReplyProgress::Sent, &["m1", "m2"]).await;
    assert_eq!(heard(&*store, &ticket).await, [("m1".to_owned(), MessageState::Read)]);
    assert_eq!(stands(&*store, &ticket).await, "sent", "of the second message nothing was heard");
}

pub(super) async fn a_repeated_status_is_heard_once(store: Arc<dyn Store>) {
    let (ticket, reply) = owing(&*store).await;
    for _ in 0..3 {
        admit(&*store, vec![status("m1", "read", None)]).await;
    }
    keep(&*store, &reply, ReplyProgress::Sent, &["m1"]).await;
    assert_eq!(heard(&*store, &ticket).await, [("m1".to_owned(), MessageState::Read)]);
}

pub(super) async fn nothing_of_statuses_is_left_when_their_events_are_forgotten(store: Arc<dyn Store>) {
    let (_, reply) = owing(&*store).await;
    let admission = admit(&*store, vec![status("early", "read", None), status("m1", "read", None)]).await;
    keep(&*store, &reply, ReplyProgress::Sent, &["m1"]).await;
    for admitted in &admission.events {
        let claim = started(&*store, new(admitted).lane, NOW).await;
        store.settle(&claim, Settled::recorded("no route"), NOW).await.unwrap();
    }
    let later = NOW.plus(DAY * 2);
    assert_eq!(store.forget_finished(later, DAY, WINDOW, 100).await.unwrap().looked_at, 3);
    assert_eq!(store.counts().await.unwrap().executions, 0);

    // A place that was left would take the second status away, an early one would be heard now.
    admit(&*store, vec![Event { id: None, ..status("m1", "delivered", None) }]).await;
    let (ticket, reply) = owing(&*store).await;
    keep(&*store, &reply, ReplyProgress::Sent, &["early", "m1"]).await;
    assert_eq!(heard(&*store, &ticket).await, [("m1".to_owned(), MessageState::Delivered)]);
}
