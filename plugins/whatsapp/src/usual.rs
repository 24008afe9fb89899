//! Reads in one go what Meta usually sends: entries whose changes bring messages, statuses or other lists.
//!
//! To keep neighbours unharmed, `receive` reads a delivery piece by piece, and looks at every byte once for each level
//! around it. Here all levels down to the items are read at once, and whatever differs in anything from what Meta
//! documents is left to `receive` as a whole. What both can read means the same to both; a test sees to that.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use hookhost_sdk::types::Event;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::contacts::Contacts;
use crate::receive::{self, EVENTS, Entry, LISTS, OBJECT, Place};

#[derive(Deserialize)]
struct Delivery<'a> {
    #[serde(borrow)]
    object: Cow<'a, str>,
    #[serde(borrow)]
    entry: Vec<Object<Changes<'a>>>,
}

#[derive(Deserialize)]
struct Changes<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    time: Option<i64>,
    #[serde(borrow)]
    changes: Vec<Object<Change<'a>>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    value: Object<Lists<'a>>,
}

/// The lists are those of [`LISTS`].
#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(borrow)]
    metadata: Option<Object<Metadata<'a>>>,
    #[serde(borrow)]
    contacts: Option<&'a RawValue>,
    #[serde(borrow)]
    messages: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    statuses: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    errors: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    calls: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    message_echoes: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    groups: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    user_preferences: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    phone_number_id: Option<Cow<'a, str>>,
}

/// An object. By itself serde takes a list, too, for the fields of a structure in their order.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// All events of a delivery; `None` where it is another than usual.
pub(crate) fn events(text: &str) -> Option<Vec<Event>> {
    let Object(Delivery { object, entry }) = serde_json::from_str(text).ok()?;
    if object != OBJECT {
        return None;
    }
    let mut events = Vec::new();
    for Object(Changes { id, time, changes }) in entry {
        let business = id.map(Cow::into_owned).filter(|id| !id.is_empty());
        let at_ms = time.and_then(|seconds| u64::try_from(seconds).ok()?.checked_mul(1_000));
        let entry = Entry { business, at_ms };
        for Object(change) in changes {
            add(&entry, change, &mut events)?;
        }
    }
    Some(events)
}

fn add(entry: &Entry, change: Change<'_>, events: &mut Vec<Event>) -> Option<()> {
    let Change { field, value: Object(value) } = change;
    let number = value.metadata.and_then(|Object(metadata)| metadata.phone_number_id).map(Cow::into_owned);
    let place = Place { field: &field, number, contacts: Contacts::of(value.contacts), entry };
    let Lists { messages, statuses, errors, calls, message_echoes, groups, user_preferences, .. } = value;
    let lists = [messages, statuses, errors, calls, message_echoes, groups, user_preferences];
    if lists.iter().all(Option::is_none) {
        return None;
    }
    for (list, items) in LISTS.into_iter().zip(lists) {
        for item in items.into_iter().flatten() {
            if events.len() > EVENTS {
                // Too many already, which is all that is to be known.
                return Some(());
            }
            events.push(receive::item(&place, list, item));
        }
    }
    Some(())
}
