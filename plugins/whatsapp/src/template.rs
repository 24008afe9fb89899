//! Messages that Meta approved beforehand, the only ones that it takes 24 hours after somebody last wrote.

use hookhost_sdk::types::Template;
use serde_json::{Value, json};

use crate::wording::{Body, typed};

/// The template with its parameters, or with components of the author's own.
///
/// # Errors
/// A sentence that names the field.
pub(crate) fn body(template: &Template) -> Result<Body, String> {
    for (field, text) in [("name", &template.name), ("language", &template.language)] {
        if text.trim().is_empty() {
            return Err(format!("`template.{field}` is empty"));
        }
    }
    let mut content = json!({"name": template.name, "language": {"code": template.language}});
    if let Some(components) = components(template)? {
        content["components"] = components;
    }
    Ok(typed("template", content))
}

/// A template without parameters, by its name.
pub(crate) fn plain(name: &str, language: &str) -> Body {
    typed("template", json!({"name": name, "language": {"code": language}}))
}

fn components(template: &Template) -> Result<Option<Value>, String> {
    if let Some(written) = &template.components {
        return match serde_json::from_str(written) {
            Ok(components @ Value::Array(_)) => Ok(Some(components)),
            _ => Err("`template.components` is no list".into()),
        };
    }
    let mut parameters = Vec::new();
    for (number, (name, value)) in template.parameters.iter().enumerate() {
        if value.is_empty() {
            return Err(format!("`template.parameters.{number}` is empty"));
        }
        parameters.push(match name.as_str() {
            "" => json!({"type": "text", "text": value}),
            name => json!({"type": "text", "parameter_name": name, "text": value}),
        });
    }
    Ok((!parameters.is_empty()).then(|| json!([{"type": "body", "parameters": parameters}])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parameters: &[(&str, &str)], components: Option<&str>, expected: Result<Value, &str>) {
        let template = Template {
            name: "order".into(),
            language: "en_US".into(),
            parameters: parameters.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
            components: components.map(Into::into),
        };
        let components = body(&template).map(|body| body["template"]["components"].clone());
        assert_eq!(components, expected.map_err(String::from));
    }

    #[test]
    fn parameters_fill_the_body_in_order_or_by_name() {
        let body = |parameters: Value| Ok(json!([{"type": "body", "parameters": parameters}]));
        check(&[], None, Ok(Value::Null));
        let (ada, monday) =
            (json!({"type": "text", "text": "Ada"}), json!({"type": "text", "text": "Monday"}));
        check(&[("", "Ada"), ("", "Monday")], None, body(json!([ada, monday])));
        let day = json!({"type": "text", "parameter_name": "day", "text": "Monday"});
        check(&[("day", "Monday")], None, body(json!([day])));
        check(&[("", "Ada"), ("", "")], None, Err("`template.parameters.1` is empty"));
    }

    #[test]
    fn components_of_the_author_stand_in_place_of_parameters() {
        check(&[("", "Ada")], Some(r#"[{"type": "header"}]"#), Ok(json!([{"type": "header"}])));
        check(&[], Some("{}"), Err("`template.components` is no list"));
        check(&[], Some("["), Err("`template.components` is no list"));
    }

    #[test]
    fn a_template_has_a_name_and_a_language() {
        let template = |name: &str, language: &str| Template {
            name: name.into(),
            language: language.into(),
            parameters: vec![],
            components: None,
        };
        assert_eq!(body(&template("", "en")), Err("`template.name` is empty".into()));
        assert_eq!(body(&template("order", " ")), Err("`template.language` is empty".into()));
        assert_eq!(body(&template("order", "en")).unwrap(), plain("order", "en"));
    }
}
