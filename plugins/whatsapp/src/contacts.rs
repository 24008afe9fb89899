//! Who the people of a change are.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hookhost_sdk::json;
use serde_json::Value;
use serde_json::value::RawValue;

/// The contacts that came along, found by phone number or user id. They are read when somebody is looked for, which
/// most changes need not: statuses name nobody.
#[derive(Debug, Default)]
pub(crate) struct Contacts<'a> {
    written: Option<&'a RawValue>,
    /// A map: a batch may hold a thousand.
    read: OnceCell<BTreeMap<String, Rc<Contact>>>,
}

/// What is said about one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contact {
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) parent_user_id: Option<String>,
}

impl<'a> Contacts<'a> {
    /// Those of `value.contacts`.
    pub(crate) fn of(written: Option<&'a RawValue>) -> Self {
        Self { written, read: OnceCell::new() }
    }

    /// The person with this phone number or user id.
    pub(crate) fn find(&self, id: &str) -> Option<&Contact> {
        self.read.get_or_init(|| self.read()).get(id).map(Rc::as_ref)
    }

    /// One that cannot be read is left out.
    fn read(&self) -> BTreeMap<String, Rc<Contact>> {
        let items = self.written.and_then(|written| json::items(written.get())).unwrap_or_default();
        let mut found = BTreeMap::new();
        for item in items {
            let Ok(item) = serde_json::from_str::<Value>(item.get()) else { continue };
            let contact = Rc::new(Contact {
                name: json::str(&item, "/profile/name").map(String::from),
                username: json::str(&item, "/profile/username").map(String::from),
                user_id: json::text(&item, "/user_id"),
                parent_user_id: json::text(&item, "/parent_user_id"),
            });
            for key in [json::text(&item, "/wa_id"), contact.user_id.clone()].into_iter().flatten() {
                found.insert(key, Rc::clone(&contact));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_found_by_phone_and_by_user_id() {
        let raw = r#"[7, {"wa_id": 491700000001, "user_id": "DE.1", "profile": {"name": "Ada", "username": "ada"}},
                      {"user_id": "DE.2", "profile": []}]"#;
        let raw: &RawValue = serde_json::from_str(raw).unwrap();
        let contacts = Contacts::of(Some(raw));
        for (id, name) in [("491700000001", Some("Ada")), ("DE.1", Some("Ada")), ("DE.2", None), ("x", None)]
        {
            assert_eq!(contacts.find(id).and_then(|contact| contact.name.as_deref()), name, "{id}");
        }
    }
}
