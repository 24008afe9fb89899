//! `hookhost recipes`: the senders that are known by name.

use serde::Serialize;
use serde_json::{Value, json};

use super::RecipesCommand;
use super::failure::Failure;
use super::table::table;
use crate::config::known_preset;
use crate::config::secrets::own_variables;
use crate::model::name::ProviderName;
use crate::preset::{self, Preset};

pub(super) fn recipes(command: RecipesCommand) -> Result<(), Failure> {
    match command {
        RecipesCommand::List { json: true } => {
            let list: Value =
                preset::all().iter().map(|one| json!({ "name": one.name, "title": one.title })).collect();
            println!("{list}");
        }
        RecipesCommand::List { json: false } => {
            let row = |one: &Preset| vec![one.name.clone(), one.title.clone()];
            print!("{}", table(&["name", "sender"], &preset::all().iter().map(row).collect::<Vec<_>>()));
        }
        RecipesCommand::Show { name, json } => {
            let preset = known_preset(&name).map_err(|wrong| Failure::new(wrong.what, wrong.hint))?;
            if json {
                println!("{}", as_json(preset));
            } else {
                print!("{}", as_text(preset));
            }
        }
    }
    Ok(())
}

/// The secrets of a provider that is called as its preset: name, variables, where to find it.
fn secrets(preset: &Preset) -> Vec<(&str, Vec<String>, &str)> {
    let provider = provider(preset);
    let variables = |index, name| own_variables(&provider, name, index == 0);
    let needs = preset.secrets.iter().enumerate();
    needs.map(|(index, need)| (&*need.name, variables(index, &need.name), &*need.about)).collect()
}

fn provider(preset: &Preset) -> ProviderName {
    preset.name.replace('_', "-").parse().expect("a test makes a provider of every preset's name")
}

fn as_text(preset: &Preset) -> String {
    let provider = provider(preset);
    let mut text = format!("{}: {}\n\n{}\n\n", preset.name, preset.title, preset.setup);
    text.push_str(&format!("[providers.{provider}]\nverification = {:?}\n\n", preset.name));
    text.push_str("secrets, each also in a file that the same with _FILE names:\n");
    for (_, variables, about) in secrets(preset) {
        text.push_str(&format!("  {}\n      {about}\n", variables.join(" or ")));
    }
    let answer = &preset.acknowledgement;
    text.push_str(&format!(
        "\nanswered with {} within {} s; what is not, is repeated for {} h\n",
        answer.status,
        answer.within_ms / 1_000,
        answer.repeats_ms / 3_600_000
    ));
    text.push_str(&format!("topic: {}\n", preset.topic_at.as_deref().unwrap_or("event, always")));
    let no_id = "none, so that a delivery that is repeated is a new one";
    text.push_str(&format!("id: {}\n", preset.id_at.as_deref().unwrap_or(no_id)));
    text.push_str(&format!("\nthe record:\nverification = {}\n", toml(&preset.recipe)));
    for handshake in &preset.handshakes {
        text.push_str(&format!("\na handshake, answered by the host:\n{}\n", toml(handshake)));
    }
    text
}

/// On one line, as an inline table of a configuration.
fn toml(value: &impl Serialize) -> String {
    toml::Value::try_from(value).expect("records are tables of texts and numbers").to_string()
}

fn as_json(preset: &Preset) -> Value {
    let secrets: Value = secrets(preset)
        .into_iter()
        .map(|(name, variables, about)| json!({ "name": name, "variables": variables, "about": about }))
        .collect();
    let answer = &preset.acknowledgement;
    json!({
        "name": preset.name,
        "title": preset.title,
        "setup": preset.setup,
        "secrets": secrets,
        "record": preset.recipe,
        "handshakes": preset.handshakes,
        "acknowledgement": {
            "status": answer.status,
            "headers": answer.headers,
            "body": String::from_utf8_lossy(&answer.body),
            "within_s": answer.within_ms / 1_000,
            "repeats_s": answer.repeats_ms / 1_000,
        },
        "topic_at": preset.topic_at,
        "id_at": preset.id_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recipe::Recipe;

    #[test]
    fn every_preset_is_shown_with_a_record_that_can_be_copied() {
        for preset in preset::all() {
            let shown = as_text(preset);
            let record = shown.split("the record:\n").nth(1).unwrap().lines().next().unwrap();
            let read: std::collections::BTreeMap<String, Recipe> = toml::from_str(record).unwrap();
            assert_eq!(read["verification"], preset.recipe, "{}", preset.name);
            assert_eq!(as_json(preset)["name"], preset.name.as_str());
        }
    }
}
