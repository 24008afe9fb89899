//! What buttons and lists become.

use hookhost_sdk::types::{Button, Row, Section};

use super::*;

fn asked(buttons: &[(&str, &str)]) -> Buttons {
    let button = |(title, action): &(&str, &str)| {
        let action = match action.strip_prefix("https:") {
            Some(_) => ButtonAction::Open((*action).into()),
            None => ButtonAction::Choose((*action).into()),
        };
        Button { title: (*title).into(), action }
    };
    Buttons {
        body: "Sure?".into(),
        header: None,
        footer: None,
        buttons: buttons.iter().map(button).collect(),
    }
}

/// A title, and rows of a title and a description.
type Listed<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)]);

fn listed(sections: &[Listed<'_>]) -> Menu {
    let row = |(title, description): &(&str, &str)| Row {
        id: (*title).into(),
        title: (*title).into(),
        description: (!description.is_empty()).then(|| (*description).into()),
    };
    let section = |(title, rows): &Listed<'_>| Section {
        title: title.map(Into::into),
        rows: rows.iter().map(row).collect(),
    };
    Menu {
        body: "Which?".into(),
        header: None,
        footer: None,
        label: "Choose".into(),
        sections: sections.iter().map(section).collect(),
    }
}

fn check(bodies: Vec<Body>, expected: &[Value]) {
    let bodies: Vec<_> = bodies.into_iter().map(Value::Object).collect();
    assert_eq!(bodies, expected);
}

fn words(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body, "preview_url": false}})
}

fn interactive(kind: &str, action: &Value) -> Value {
    let body = if kind == "list" && action["button"] == "Choose" { "Which?" } else { "Sure?" };
    json!({"type": "interactive", "interactive": {"type": kind, "body": {"text": body}, "action": action}})
}

fn reply(id: &str, title: &str) -> Value {
    json!({"type": "reply", "reply": {"id": id, "title": title}})
}

#[test]
fn three_short_choices_are_buttons() {
    let action = json!({"buttons": [reply("y", "Yes"), reply("n", "No"), reply("l", "Later")]});
    check(buttons(&asked(&[("Yes", "y"), ("No", "n"), ("Later", "l")])), &[interactive("button", &action)]);
}

#[test]
fn a_fourth_choice_or_a_longer_title_makes_a_list() {
    let list = |rows: Value| interactive("list", &json!({"button": "Options", "sections": [{"rows": rows}]}));
    let row = |name: &str| json!({"id": name, "title": name});
    check(
        buttons(&asked(&[("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")])),
        &[list(json!([row("a"), row("b"), row("c"), row("d")]))],
    );
    let long = "Send it to my neighbours";
    check(buttons(&asked(&[(long, "n")])), &[list(json!([{"id": "n", "title": long}]))]);
    let longer = "Send it to my neighbours, please";
    let cut = json!({"id": "n", "title": "Send it to my neighbour…", "description": longer});
    check(buttons(&asked(&[(longer, "n")])), &[list(json!([cut]))]);
}

#[test]
fn what_fits_in_no_list_is_a_numbered_text() {
    let names: Vec<_> = (1..=11).map(|number| number.to_string()).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let text = names.iter().fold("Sure?".to_owned(), |text, name| format!("{text}\n{name}. {name}"));
    check(buttons(&asked(&many)), &[words(&text)]);

    let title = "x".repeat(73);
    check(buttons(&asked(&[(&title, "x")])), &[words(&format!("Sure?\n1. {title}"))]);
    check(buttons(&asked(&[("Same", "1"), ("Same", "1")])), &[words("Sure?\n1. Same\n2. Same")]);
    check(buttons(&asked(&[])), &[words("Sure?")]);
}

#[test]
fn one_link_is_a_button_and_several_stand_in_the_text() {
    let action =
        json!({"name": "cta_url", "parameters": {"display_text": "Read", "url": "https://x.example/"}});
    check(buttons(&asked(&[("Read", "https://x.example/")])), &[interactive("cta_url", &action)]);
    check(
        buttons(&asked(&[("Read", "https://x.example/"), ("Buy", "https://y.example/")])),
        &[words("Sure?\n1. Read: https://x.example/\n2. Buy: https://y.example/")],
    );
    let mut beside = interactive("button", &json!({"buttons": [reply("y", "Yes")]}));
    beside["interactive"]["body"]["text"] = "Sure?\nRead: https://x.example/".into();
    check(buttons(&asked(&[("Yes", "y"), ("Read", "https://x.example/")])), &[beside]);
    let title = "x".repeat(21);
    check(
        buttons(&asked(&[(&title, "https://x.example/")])),
        &[words(&format!("Sure?\n1. {title}: https://x.example/"))],
    );
}

#[test]
fn a_header_and_a_footer_that_are_too_long_become_lines() {
    let with = |units: usize| {
        let (header, footer) = (Some("h".repeat(units)), Some("f".repeat(units)));
        buttons(&Buttons { header, footer, ..asked(&[("Yes", "y")]) })
    };
    let mut short = interactive("button", &json!({"buttons": [reply("y", "Yes")]}));
    let mut long = short.clone();
    short["interactive"]["header"] = json!({"type": "text", "text": "h".repeat(60)});
    short["interactive"]["footer"] = json!({"text": "f".repeat(60)});
    check(with(60), &[short]);
    long["interactive"]["body"]["text"] = format!("{}\nSure?\n{}", "h".repeat(61), "f".repeat(61)).into();
    check(with(61), &[long.clone()]);
    long["interactive"]["body"]["text"] = "Sure?".into();
    check(with(0), &[long]);
}

#[test]
fn words_that_are_too_long_go_ahead_as_text() {
    let body = format!("{}y", "x".repeat(1024));
    let mut last = interactive("button", &json!({"buttons": [reply("y", "Yes")]}));
    last["interactive"]["body"]["text"] = "y".into();
    let long = Buttons { body, header: Some("Title".into()), ..asked(&[("Yes", "y")]) };
    check(buttons(&long), &[words(&format!("Title\n{}", "x".repeat(1024))), last]);
    check(buttons(&Buttons { body: " ".into(), ..asked(&[("Yes", "y")]) }), &[words("1. Yes")]);
}

#[test]
fn a_menu_is_a_list_as_long_as_it_fits() {
    let action = json!({"button": "Choose", "sections": [
        {"title": "Warm", "rows": [{"id": "Soup", "title": "Soup", "description": "of today"}]},
        {"title": "Cold", "rows": [{"id": "Cake", "title": "Cake"}]},
    ]});
    let sections = [(Some("Warm"), &[("Soup", "of today")][..]), (Some("Cold"), &[("Cake", "")])];
    check(menu(&listed(&sections)), &[interactive("list", &action)]);

    let untitled = [(Some("Warm"), &[("Soup", "of today")][..]), (None, &[("Cake", "")])];
    check(menu(&listed(&untitled)), &[words("Which?\nWarm\n1. Soup (of today)\n2. Cake")]);

    let label = Menu { label: "Choose one of the dishes".into(), ..listed(&[(None, &[("Cake", "")])]) };
    let shown = Value::Object(menu(&label).remove(0));
    assert_eq!(shown["interactive"]["action"]["button"], "Choose one of the…");
}
