//! Every kind of reply as it is written, and what is refused.

use serde_json::json;

use super::*;
use crate::model::reply::Text;

fn check(written: &Value, expected: &Reply) {
    match read(written, Some("m-1")) {
        Ok(said) => assert_eq!((&said.reply, said.wishes), (expected, vec![])),
        Err(Problem::Link(why) | Problem::Shape(why)) => panic!("{written}: {why}"),
    }
}

fn file(kind: &str, source: Source) -> File {
    File { kind: kind.into(), source, caption: None, filename: None, media_type: None }
}

#[test]
fn every_kind_of_reply_can_be_written() {
    let link = || Source::Url("https://files.example/a?b=c".into());
    let parameters = |list: &[(&str, &str)]| {
        Reply::Template(Template {
            name: "order".into(),
            language: "en".into(),
            parameters: list.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
            components: None,
        })
    };
    for (written, expected) in [
        (json!({ "text": "hi" }), Reply::text("hi")),
        (
            json!({ "text": "*hi*", "format": "markdown" }),
            Reply::Text(Text { body: "*hi*".into(), format: TextFormat::Markdown }),
        ),
        (
            json!({ "image": { "url": "https://files.example/a?b=c", "caption": "a cat" } }),
            Reply::Media(File { caption: Some("a cat".into()), ..file("image", link()) }),
        ),
        (
            json!({ "document": { "url": "https://files.example/a?b=c", "filename": "a.pdf" } }),
            Reply::Media(File { filename: Some("a.pdf".into()), ..file("document", link()) }),
        ),
        (
            json!({ "voice": { "handle": "file-1", "media_type": "audio/ogg" } }),
            Reply::Media(File {
                media_type: Some("audio/ogg".into()),
                ..file("voice", Source::Handle("file-1".into()))
            }),
        ),
        (
            json!({ "location": { "latitude": 1, "longitude": -180, "name": "Here" } }),
            Reply::Location(Location {
                latitude: 1.0,
                longitude: -180.0,
                name: Some("Here".into()),
                address: None,
            }),
        ),
        (
            json!({ "contact": { "name": "Grace", "phones": ["+1650"] } }),
            Reply::Contact(Contact {
                name: "Grace".into(),
                phones: vec!["+1650".into()],
                emails: vec![],
                vcard: None,
            }),
        ),
        (
            json!({ "buttons": { "body": "Sure?", "footer": "f", "buttons": [
                { "id": "yes", "title": "Yes" }, { "url": "https://x.example/", "title": "Read" },
            ] } }),
            Reply::Buttons(Buttons {
                body: "Sure?".into(),
                header: None,
                footer: Some("f".into()),
                buttons: vec![
                    Button { title: "Yes".into(), action: ButtonAction::Choose("yes".into()) },
                    Button { title: "Read".into(), action: ButtonAction::Open("https://x.example/".into()) },
                ],
            }),
        ),
        (
            json!({ "menu": { "body": "Which?", "label": "Choose", "sections": [
                { "rows": [{ "id": "a", "title": "A", "description": "first" }] },
            ] } }),
            Reply::Menu(Menu {
                body: "Which?".into(),
                header: None,
                footer: None,
                label: "Choose".into(),
                sections: vec![Section {
                    title: None,
                    rows: vec![Row { id: "a".into(), title: "A".into(), description: Some("first".into()) }],
                }],
            }),
        ),
        (json!({ "template": { "name": "order", "language": "en" } }), parameters(&[])),
        (
            json!({ "template": { "name": "order", "language": "en", "parameters": ["Ada", 12] } }),
            parameters(&[("", "Ada"), ("", "12")]),
        ),
        (
            json!({ "template": { "name": "order", "language": "en", "parameters": { "n": 1.5 } } }),
            parameters(&[("n", "1.5")]),
        ),
        (
            json!({ "template": { "name": "order", "language": "en", "components": [{ "type": "body" }] } }),
            Reply::Template(Template {
                name: "order".into(),
                language: "en".into(),
                parameters: vec![],
                components: Some(r#"[{"type":"body"}]"#.into()),
            }),
        ),
        (
            json!({ "reaction": { "emoji": "👍" } }),
            Reply::Reaction(Reaction { message: "m-1".into(), emoji: Some("👍".into()) }),
        ),
        (
            json!({ "reaction": { "message": "m-0", "emoji": null } }),
            Reply::Reaction(Reaction { message: "m-0".into(), emoji: None }),
        ),
        (json!({ "raw": { "poll": {} } }), Reply::Raw(r#"{"poll":{}}"#.into())),
    ] {
        check(&written, &expected);
    }
}

#[test]
fn a_workflow_says_how_it_wishes_things_to_be_said() {
    for (written, wishes) in [
        (
            json!({ "text": "hi", "quote": true, "silent": false }),
            vec![("quote", "true"), ("silent", "false")],
        ),
        (json!({ "raw": {}, "preview": true }), vec![("preview", "true")]),
        (json!({ "text": "<b>hi</b>", "format": "html" }), vec![("format", "html")]),
        (json!({ "text": "*hi*", "format": "MarkdownV2" }), vec![("format", "markdown_v2")]),
        (json!({ "text": "hi", "format": "plain" }), vec![]),
        (
            json!({ "image": { "handle": "f", "caption": "*a*" }, "format": "markdown" }),
            vec![("format", "markdown")],
        ),
    ] {
        let Ok(said) = read(&written, None) else { panic!("{written}") };
        let expected: Vec<_> =
            wishes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(said.wishes, expected, "{written}");
    }
}

#[test]
fn what_is_written_otherwise_is_refused_with_a_reason() {
    for (written, reason) in [
        (json!("hi"), "it must be an object"),
        (json!({}), "it must have one key that says what it is"),
        (json!({ "image": {}, "raw": {} }), "it must have one key that says what it is"),
        (json!({ "imgae": {} }), "\"imgae\" is no kind of reply: use text, image"),
        (json!({ "typing": {} }), "\"typing\" is no kind of reply"),
        (json!({ "text": 5 }), "text: invalid type"),
        (json!({ "text": "x", "formt": "markdown" }), "text: unknown field `formt`"),
        (json!({ "text": "x", "format": "rtf" }), "format: unknown variant `rtf`"),
        (json!({ "text": "x", "quote": "yes" }), "quote must be true or false"),
        (json!({ "text": "x", "image": {} }), "text: unknown field `image`"),
        (json!({ "image": {} }), "image needs either url or handle"),
        (json!({ "image": { "url": "https://x/", "handle": "h" } }), "image needs either url or handle"),
        (json!({ "image": { "url": "https://x/", "alt": "h" } }), "image: unknown field `alt`"),
        (json!({ "location": { "latitude": 91, "longitude": 0 } }), "location is nowhere"),
        (json!({ "location": { "latitude": 1 } }), "location: missing field `longitude`"),
        (json!({ "contact": { "phones": [] } }), "contact: missing field `name`"),
        (json!({ "buttons": { "body": "b", "buttons": [{ "title": "t" }] } }), "a button needs either id"),
        (
            json!({ "template": { "name": "n", "language": "en", "parameters": [[]] } }),
            "template: parameters must be a list or an object of texts and numbers",
        ),
        (json!({ "raw": "x" }), "raw must be an object"),
    ] {
        match read(&written, Some("m-1")) {
            Err(Problem::Shape(why)) => assert!(why.starts_with(reason), "{written}: {why}"),
            Err(Problem::Link(link)) => panic!("{written}: {link}"),
            Ok(reply) => panic!("{written}: {reply:?}"),
        }
    }
}

#[test]
fn links_must_be_https() {
    for (link, good) in [
        ("https://files.example/a", true),
        ("HTTPS://files.example/a", true),
        ("http://files.example/a", false),
        ("file:///etc/passwd", false),
        ("javascript:alert(1)", false),
        ("/a.png", false),
        ("", false),
        ("https://", false),
        (" https://files.example/a", false),
        ("https://files.example/a\nb", false),
        ("data:image/png;base64,AAAA", false),
    ] {
        for written in [
            json!({ "image": { "url": link } }),
            json!({ "buttons": { "body": "b", "buttons": [{ "title": "t", "url": link }] } }),
        ] {
            match read(&written, None) {
                Ok(_) => assert!(good, "{written}"),
                Err(Problem::Link(refused)) => assert!(!good && refused == link, "{written}"),
                Err(Problem::Shape(why)) => panic!("{written}: {why}"),
            }
        }
    }
    check(&json!({ "text": "see http://x/" }), &Reply::text("see http://x/"));
}

#[test]
fn a_reaction_needs_a_message() {
    let Err(Problem::Shape(why)) = read(&json!({ "reaction": { "emoji": "👍" } }), None) else {
        panic!("it was accepted");
    };
    assert_eq!(why, "reaction needs a message, since no message is being answered");
}

#[test]
fn what_does_not_fit_is_told_without_quoting_a_text() {
    for (written, expected) in [
        (json!({ "buttons": "psst \"quoted\" \\" }), "buttons: invalid type: a text, expected"),
        (
            json!({ "location": { "latitude": "psst", "longitude": 1 } }),
            "location: invalid type: a text, expected",
        ),
    ] {
        let Err(Problem::Shape(why)) = read(&written, None) else { panic!("{written} fits") };
        assert!(why.starts_with(expected) && !why.contains("psst"), "{why}");
    }
}
