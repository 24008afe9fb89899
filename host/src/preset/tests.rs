//! What every preset says is complete and can be shown.

use super::*;

#[test]
fn presets_are_found_by_name_whatever_stands_between_its_words() {
    for (name, expected) in [
        ("stripe", Some("stripe")),
        ("standard-webhooks", Some("standard_webhooks")),
        ("standard_webhooks", Some("standard_webhooks")),
        ("Stripe", None),
        ("", None),
    ] {
        assert_eq!(find(name).map(|preset| preset.name.as_str()), expected, "{name}");
    }
    assert!(names().is_sorted());
    assert_eq!(names().len(), 73);
}

#[test]
fn every_preset_tells_an_operator_what_to_do() {
    for preset in all() {
        let name = &preset.name;
        assert!(!preset.title.is_empty() && preset.setup.ends_with('.'), "{name}");
        assert!(preset.secrets.iter().all(|need| !need.about.is_empty()), "{name}");
        assert!((200..=299).contains(&preset.acknowledgement.status), "{name}");
        assert!(preset.acknowledgement.hold_ms.is_none(), "{name}");
        // The id that the record names is one of those that make an event the same one.
        if let (Some(at), Some(id_at)) = (&preset.recipe.delivery, &preset.id_at) {
            let at = serde_json::to_value(at).unwrap();
            let (kind, place) = at.as_object().unwrap().iter().next().unwrap();
            let kind = if kind == "json" { "body" } else { kind };
            assert!(id_at.contains(&format!("{kind} {}", place.as_str().unwrap())), "{name}: {id_at}");
        }
    }
}
