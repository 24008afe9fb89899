//! Reads `[[routes]]`.

use toml::Spanned;
use toml::de::DeValue;

use super::workflow::existing;
use crate::config::Route;
use crate::config::error::{Faults, Wrong};
use crate::config::section::Section;
use crate::model::bounds;
use crate::model::name::ProviderName;

/// What a route without a topic takes.
const MESSAGES: &str = "message.*";

/// Reads every route, in order; one that is wrong is noted and may be left out.
pub(super) fn read_all<'t>(
    faults: &mut Faults<'_>,
    value: Option<&'t Spanned<DeValue<'t>>>,
    workflows: Option<&Spanned<DeValue<'_>>>,
) -> Vec<Route> {
    let Some(value) = value else { return Vec::new() };
    let Some(items) = value.get_ref().as_array() else {
        let wrong = Wrong::new("routes must be a list of sections", "write [[routes]], in two brackets");
        faults.add(value.span().start, wrong);
        return Vec::new();
    };
    let mut routes = Vec::new();
    for item in items.iter() {
        let known = ["provider", "topic", "workflow"];
        let Some(section) = Section::new(faults, "[[routes]]".into(), item, &known) else { continue };
        if !section.has("workflow") {
            let wrong = Wrong::new("[[routes]] has no workflow", "add workflow = \"its name\"");
            faults.add(section.at("workflow"), wrong);
        }
        let provider = section.parse(faults, "provider", provider).flatten();
        let topic = section.parse(faults, "topic", topic).unwrap_or_else(|| MESSAGES.into());
        let workflow = section.parse(faults, "workflow", |text| existing(text, workflows));
        routes.extend(workflow.map(|workflow| Route { provider, topic, workflow }));
    }
    routes
}

fn provider(text: &str) -> Result<Option<ProviderName>, Wrong> {
    if text == "*" {
        return Ok(None);
    }
    let hint = "write the name in [providers.NAME], or \"*\" for any";
    text.parse().map(Some).map_err(|_| Wrong::new(format!("{text:?} names no provider"), hint))
}

fn topic(text: &str) -> Result<String, Wrong> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_-.*".contains(c);
    if (1..=bounds::TOPIC_BYTES).contains(&text.len()) && text.chars().all(good) {
        return Ok(text.to_owned());
    }
    let hint = "write it like \"message.text\", \"message.*\" or \"*\"";
    Err(Wrong::new(format!("{text:?} is not a topic"), hint))
}
