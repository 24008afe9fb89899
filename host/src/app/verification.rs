//! Puts what the operator wrote for `verification` in the place of what a plugin declares.

use crate::config::active::GENERIC;
use crate::config::{ProviderConfig, Verification};
use crate::model::manifest::{Acknowledgement, Manifest, SecretNeed, SettingNeed};
use crate::model::recipe::{HandshakePart, Recipe};
use crate::preset::Preset;

/// The settings with which `generic` makes an event of each delivery instead of looking for a workflow's
/// name in it; see `plugins/generic`.
const TOPIC: &str = "topic";
const TOPIC_AT: &str = "topic_at";
const ID_AT: &str = "id_at";

/// The manifest as it holds for this provider.
pub(super) fn apply(mut manifest: Manifest, own: &ProviderConfig) -> Manifest {
    let is_generic = own.plugin.as_str() == GENERIC;
    match &own.verification {
        Verification::Required | Verification::None => {}
        Verification::Record(recipe) => {
            let about = "what the record of `verification` is checked with";
            let need = SecretNeed { name: recipe.secret.clone(), about: about.into(), required: true };
            replace(&mut manifest, recipe, std::slice::from_ref(&need));
        }
        Verification::Preset(preset) => {
            // The others are for handshakes, which a plugin that has its own keeps.
            let needs = if is_generic { &preset.secrets[..] } else { &preset.secrets[..1] };
            replace(&mut manifest, &preset.recipe, needs);
            if is_generic {
                take_over(&mut manifest, preset);
            }
        }
    }
    let makes_events = [TOPIC, TOPIC_AT].iter().any(|name| own.settings.contains_key(*name));
    if is_generic && (makes_events || matches!(own.verification, Verification::Preset(_))) {
        // No sender of events waits for a result, and many send forms.
        manifest.topics.clear();
        manifest.acknowledgement.hold_ms = None;
        manifest.attributes.retain(|(name, _)| name != "accepts");
    }
    manifest
}

/// Puts a recipe in the place of the plugin's, and its secrets in the place of those that nothing else uses.
fn replace(manifest: &mut Manifest, recipe: &Recipe, needs: &[SecretNeed]) {
    let replaced: Vec<String> =
        std::mem::take(&mut manifest.verification).into_iter().map(|recipe| recipe.secret).collect();
    let is_used = |name: &str| {
        manifest.handshakes.iter().any(|handshake| {
            let parts = handshake.headers.iter().flat_map(|header| &header.value).chain(&handshake.body);
            let hashed =
                |part: &HandshakePart| matches!(part, HandshakePart::Hmac(rule) if rule.secret == name);
            handshake.check.as_ref().is_some_and(|check| check.secret == name)
                || parts.into_iter().any(hashed)
        })
    };
    let is_idle = |need: &SecretNeed| replaced.contains(&need.name) && !is_used(&need.name);
    let is_new = |need: &SecretNeed| needs.iter().any(|new| new.name == need.name);
    manifest.secrets.retain(|need| !is_idle(need) && !is_new(need));
    manifest.secrets.splice(0..0, needs.iter().cloned());
    manifest.verification = vec![recipe.clone()];
}

fn take_over(manifest: &mut Manifest, preset: &Preset) {
    manifest.about = format!("Events of {}.", preset.title);
    manifest.handshakes = preset.handshakes.clone();
    manifest.acknowledgement =
        Acknowledgement { honours_retry_after: false, ..preset.acknowledgement.clone() };
    let mut set = |name: &str, value: &Option<String>| {
        if let Some(need) = manifest.settings.iter_mut().find(|need| need.name == name) {
            *need = SettingNeed { default: value.clone(), ..need.clone() };
        }
    };
    set(TOPIC, &Some("event".into()));
    set(TOPIC_AT, &preset.topic_at);
    set(ID_AT, &preset.id_at);
}
