//! Takes the words out of a message of blocks: headings, tables, lists.

use serde_json::Value;

/// Blocks in blocks that are looked into.
const DEPTH: usize = 16;

/// The words of all blocks, a line for each; `None` when there are none.
pub(crate) fn text(message: &Value) -> Option<String> {
    let mut lines = Vec::new();
    blocks(DEPTH, message.get("blocks")?, &mut lines);
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn blocks(depth: usize, value: &Value, lines: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Array(items) => items.iter().for_each(|item| blocks(depth, item, lines)),
        Value::Object(fields) => {
            let words = fields.get("text").map(|text| words(depth, text)).unwrap_or_default();
            if !words.is_empty() {
                lines.push(words);
            }
            let inner = fields.iter().filter(|(name, value)| *name != "text" && !value.is_string());
            inner.for_each(|(_, value)| blocks(depth, value, lines));
        }
        _ => {}
    }
}

/// A text, or texts in texts: what is bold holds a text of its own.
fn words(depth: usize, value: &Value) -> String {
    let Some(depth) = depth.checked_sub(1) else { return String::new() };
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(|part| words(depth, part)).collect(),
        Value::Object(fields) => fields.get("text").map(|text| words(depth, text)).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_block_is_a_line() {
        let table = json!({"type": "table", "cells": [[{"text": "a"}, {"text": ["b", {"type": "bold", "text": "c"}]}]]});
        let heading = json!({"type": "heading", "text": "Title", "size": 2});
        for (blocks, expected) in [
            (json!([heading, table]), Some("Title\na\nbc")),
            (json!([{"type": "divider"}]), None),
            (json!("odd"), None),
        ] {
            assert_eq!(text(&json!({"blocks": blocks})).as_deref(), expected);
        }
        assert_eq!(text(&json!({})), None);
    }
}
