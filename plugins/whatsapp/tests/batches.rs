//! Whatever is put together into one delivery, each item comes out as one event, in its place: mixed, repeated
//! and broken ones, in any number of entries and changes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hookhost_plugin_whatsapp::WhatsApp;
use hookhost_sdk::Provider;
use hookhost_sdk::types::{Context, Event, Request, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

/// One item as Meta would write it, the list it stands in, and what is expected of it.
#[derive(Debug, Clone)]
struct Item {
    list: &'static str,
    raw: String,
    topic: &'static str,
    id: Option<String>,
}

/// The items of one change; those of one list stand together, lists in the order in which they are read.
type Change = Vec<Item>;

const LISTS: [&str; 3] = ["messages", "statuses", "errors"];

fn item() -> impl Strategy<Value = Item> {
    let good =
        |list, topic, id: Option<String>, item: &Value| Item { list, raw: item.to_string(), topic, id };
    // Few ids, so that items are repeated.
    (0..9_u8, 0..20_u8, "\\PC{0,8}").prop_map(move |(kind, number, words)| {
        let id = format!("wamid.{number}");
        let message = |kind: &str, body: Value| {
            json!({"id": id, "from": "4917", "timestamp": "1790000000", "type": kind, kind: body})
        };
        match kind {
            0 => {
                let text = message("text", json!({"body": format!("a{words}")}));
                good("messages", "message.text", Some(id.clone()), &text)
            }
            1 => {
                let image = message("image", json!({"id": "7", "caption": words}));
                good("messages", "message.image", Some(id.clone()), &image)
            }
            2 => {
                let reaction = message("reaction", json!({"message_id": "wamid.o", "emoji": words}));
                good("messages", "reaction", Some(id.clone()), &reaction)
            }
            3 => good("messages", "message.of_tomorrow", Some(id.clone()), &message("of_tomorrow", json!(words))),
            4 => {
                let read = json!({"id": id, "status": "read", "timestamp": 1_790_000_000, "recipient_id": "4917"});
                good("statuses", "status.read", Some(format!("{id}:read")), &read)
            }
            5 => good("statuses", "status.sent", Some(format!("{id}:sent")), &json!({"id": id, "status": "sent"})),
            6 => good("errors", "error", None, &json!({"code": 130_429, "title": words})),
            7 => Item { list: "messages", raw: json!([words]).to_string(), topic: "unreadable", id: None },
            _ => Item { list: "statuses", raw: r#"{"id": "\ud800"}"#.into(), topic: "unreadable", id: None },
        }
    })
}

fn change() -> impl Strategy<Value = Change> {
    proptest::collection::vec(item(), 1..8).prop_map(|mut items| {
        items.sort_by_key(|item| LISTS.iter().position(|list| *list == item.list));
        items
    })
}

fn delivery(entries: &[Vec<Change>]) -> String {
    let joined = |texts: Vec<String>| texts.join(", ");
    let change = |change: &Change| {
        let list = |list: &&str| {
            let items: Vec<_> =
                change.iter().filter(|item| item.list == *list).map(|item| item.raw.clone()).collect();
            (!items.is_empty()).then(|| format!("\"{list}\": [{}]", items.join(", ")))
        };
        let metadata = r#""metadata": {"phone_number_id": "106"}"#.to_owned();
        let lists = LISTS.iter().filter_map(list).chain([metadata]).collect();
        format!(r#"{{"field": "messages", "value": {{{}}}}}"#, joined(lists))
    };
    let entry = |changes: &Vec<Change>| {
        format!(r#"{{"id": "300", "changes": [{}]}}"#, joined(changes.iter().map(change).collect()))
    };
    let entries = joined(entries.iter().map(entry).collect());
    format!(r#"{{"object": "whatsapp_business_account", "entry": [{entries}]}}"#)
}

fn received(body: String) -> Verdict {
    let request = Request {
        method: "POST".into(),
        path: String::new(),
        query: vec![],
        headers: vec![],
        body: body.into_bytes(),
    };
    WhatsApp::receive(&Context { now_ms: 1_790_000_000_000, settings: vec![], attempt: 0 }, &request)
}

fn events(body: String) -> Vec<Event> {
    match received(body) {
        Verdict::Accept(acceptance) => acceptance.events,
        verdict => panic!("{verdict:?}"),
    }
}

proptest! {
    #[test]
    fn every_item_of_a_batch_comes_out_once_and_in_its_place(
        entries in proptest::collection::vec(proptest::collection::vec(change(), 1..4), 1..4)
    ) {
        let events = events(delivery(&entries));
        let items: Vec<&Item> = entries.iter().flatten().flatten().collect();
        let actual: Vec<_> = events.iter().map(|event| (event.topic.as_str(), event.id.clone())).collect();
        let expected: Vec<_> = items.iter().map(|item| (item.topic, item.id.clone())).collect();
        prop_assert_eq!(actual, expected);
        for (event, item) in events.iter().zip(items) {
            if item.topic != "unreadable" {
                prop_assert_eq!(event.raw.as_deref(), Some(item.raw.as_str()));
            }
        }
    }
}

#[test]
fn a_full_delivery_of_three_megabytes_is_understood() {
    let words = "x".repeat(2_900);
    let messages = (0..1_000).map(|number| {
        json!({"id": format!("wamid.{number}"), "from": "4917", "type": "text", "text": {"body": words}})
    });
    let items = messages.map(|message| Item {
        list: "messages",
        raw: message.to_string(),
        topic: "message.text",
        id: None,
    });
    let body = delivery(&[vec![items.collect()]]);
    assert!((2_900_000..3_145_728).contains(&body.len()), "{} bytes", body.len());
    let events = events(body);
    assert_eq!((events.len(), events[999].id.as_deref()), (1_000, Some("wamid.999")));
}
