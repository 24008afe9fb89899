//! Texts in each style, and pieces of them.

use proptest::prelude::*;

use super::*;

/// Each span as `kind[text]`, with its detail behind a `=`.
fn shown(read: &Formatted) -> Vec<String> {
    let detail = |span: &Span| match &span.detail {
        Some((_, Value::String(value))) => format!("={value}"),
        Some((name, value)) => format!("={name}:{value}"),
        None => String::new(),
    };
    let one = |span: &Span| format!("{}[{}]{}", span.kind, &read.text[span.part.clone()], detail(span));
    read.spans.iter().map(one).collect()
}

fn check(style: Style, source: &str, text: &str, spans: &[&str]) {
    let read = read(source, style);
    assert_eq!(
        (read.text.as_str(), shown(&read)),
        (text, spans.iter().map(|&s| s.to_owned()).collect()),
        "{source:?}"
    );
}

#[test]
fn markdown_is_read_as_people_write_it() {
    let check = |source, text, spans: &[&str]| check(Style::Markdown, source, text, spans);
    check("plain 😆", "plain 😆", &[]);
    check(
        "**a** *b* __c__ _d_ ~~e~~ ||f||",
        "a b c d e f",
        &["bold[a]", "italic[b]", "bold[c]", "italic[d]", "strikethrough[e]", "spoiler[f]"],
    );
    check("***a***", "a", &["bold[a]", "italic[a]"]);
    check("**a *b***", "a b", &["bold[a b]", "italic[b]"]);
    check("*a **b***", "a b", &["italic[a b]", "bold[b]"]);
    check("**a\nb** c", "a\nb c", &["bold[a\nb]"]);
    check("`a*b*` ``c`d`` ` e", "a*b* c`d ` e", &["code[a*b*]", "code[c`d]"]);
    check("**a `**` b**", "a ** b", &["bold[a ** b]", "code[**]"]);
    check(
        "[a *b*](https://x.example/(1)) c",
        "a b c",
        &["text_link[a b]=https://x.example/(1)", "italic[b]"],
    );
    check("[a](/docs \"t\") ![b](https://x.example)", "a (/docs) b", &["text_link[b]=https://x.example"]);
    check("[[1](https://x.example)]", "[1]", &["text_link[1]=https://x.example"]);
    check("<https://x.example> a<b", "https://x.example a<b", &[]);
    check("[a](tg://user?id=7)", "a", &[r#"text_mention[a]=user:{"first_name":"a","id":7,"is_bot":false}"#]);
    check("# A *b*\ntext\n## C", "A b\ntext\nC", &["bold[A b]", "italic[b]", "bold[C]"]);
    check("> a\n> **b**\nc", "a\nb\nc", &["blockquote[a\nb]", "bold[b]"]);
    check("- a\n  * **b**\n+ c\n1. d", "• a\n  • b\n• c\n1. d", &["bold[b]"]);
    check("```rust\nfn *x*() {}\n```\nend", "fn *x*() {}\nend", &["pre[fn *x*() {}]=rust"]);
    check("~~~\na\n```\nb\n~~~", "a\n```\nb", &["pre[a\n```\nb]"]);
    check("```\nnever closed", "never closed\n", &["pre[never closed]"]);
    check(r"\*a\* 2\*3 \x", r"*a* 2*3 \x", &[]);
}

#[test]
fn signs_that_mean_nothing_stand_for_themselves() {
    for source in [
        "2 * 3 * 4",
        "a_b_c",
        "**",
        "****",
        "* * *",
        "_",
        "a** b**",
        "**a",
        "`a",
        "[a]",
        "[a](b",
        "a](b)",
        "<a>",
        "||",
        "5 || 6",
        "~",
        "!",
        "\\",
    ] {
        let read = read(source, Style::Markdown);
        let bulleted = source.replacen("* ", "• ", usize::from(source.starts_with("* ")));
        assert_eq!((read.text, read.spans), (bulleted, vec![]), "{source:?}");
    }
}

#[test]
fn html_is_read_as_telegram_reads_it() {
    let check = |source, text, spans: &[&str]| check(Style::Html, source, text, spans);
    check(
        "<b>a</b> <EM>b</em> <u>c</u> <del>d</del>",
        "a b c d",
        &["bold[a]", "italic[b]", "underline[c]", "strikethrough[d]"],
    );
    check("<b>a <i>b</i></b>", "a b", &["bold[a b]", "italic[b]"]);
    check(
        "<span class=\"tg-spoiler\">a</span><tg-spoiler>b</tg-spoiler>",
        "ab",
        &["spoiler[a]", "spoiler[b]"],
    );
    check(
        "<a href=\"https://x.example/?a=1&amp;b=2\">x</a>",
        "x",
        &["text_link[x]=https://x.example/?a=1&b=2"],
    );
    check(
        "<a>https://x.example</a>",
        "https://x.example",
        &["text_link[https://x.example]=https://x.example"],
    );
    check("<code>a</code> <pre>b</pre>", "a b", &["code[a]", "pre[b]"]);
    check("<pre><code class=\"language-rust\">a &lt; b</code></pre>", "a < b", &["pre[a < b]=rust"]);
    check(
        "<blockquote>a</blockquote><blockquote expandable>b</blockquote>",
        "ab",
        &["blockquote[a]", "expandable_blockquote[b]"],
    );
    check("<tg-emoji emoji-id=\"53\">👍</tg-emoji>", "👍", &["custom_emoji[👍]=53"]);
    check("&amp;&lt;&gt;&quot;&#65;&#x1F606;&nbsp;&", "&<>\"A😆&nbsp;&", &[]);
    check("<b></b>", "", &[]);
}

#[test]
fn markdown_v2_is_read_as_telegram_reads_it() {
    let check = |source, text, spans: &[&str]| check(Style::MarkdownV2, source, text, spans);
    check(
        "*a* _b_ __c__ ~d~ ||e||",
        "a b c d e",
        &["bold[a]", "italic[b]", "underline[c]", "strikethrough[d]", "spoiler[e]"],
    );
    check("*a _b_*", "a b", &["bold[a b]", "italic[b]"]);
    check(r"1\. a\!", "1. a!", &[]);
    check(
        r"`a\`b` ```rust
x\\y```",
        "a`b x\\y",
        &["code[a`b]", r"pre[x\y]=rust"],
    );
    check(r"[a](https://x.example/\)b)", "a", &["text_link[a]=https://x.example/)b"]);
    check("![👍](tg://emoji?id=53)", "👍", &["custom_emoji[👍]=53"]);
    check(">a\n>b\nc", "a\nb\nc", &["blockquote[a\nb\n]"]);
    check("**>a\n>b||", "a\nb", &["expandable_blockquote[a\nb]"]);
}

#[test]
fn what_telegram_would_refuse_is_shown_as_it_was_written() {
    for (style, source) in [
        (Style::Html, "<b>a"),
        (Style::Html, "a</b>"),
        (Style::Html, "<b>a<i>b</b></i>"),
        (Style::Html, "<h1>a</h1>"),
        (Style::Html, "a < b"),
        (Style::MarkdownV2, "*a"),
        (Style::MarkdownV2, "1. a"),
        (Style::MarkdownV2, "*a _b* c_"),
        (Style::MarkdownV2, "`a"),
        (Style::MarkdownV2, "[a]"),
        (Style::MarkdownV2, "a\\"),
    ] {
        check(style, source, source, &[]);
    }
}

#[test]
fn a_piece_has_its_own_entities() {
    let code = "x\n".repeat(30);
    let read = read(&format!("😆 **bold words**\n```rust\n{code}```"), Style::Markdown);
    let pieces = read.pieces(40);
    let bold = json!({"type": "bold", "offset": 3, "length": 10});
    let rest = json!({"type": "pre", "offset": 14, "length": 26, "language": "rust"});
    assert_eq!(pieces[0].text, format!("😆 bold words\n{}", "x\n".repeat(13)));
    assert_eq!(pieces[0].entities, [bold, rest]);
    for piece in &pieces[1..] {
        let length = split::utf16_units(&piece.text);
        let pre = json!({"type": "pre", "offset": 0, "length": length, "language": "rust"});
        assert_eq!(piece.entities, [pre], "{piece:?}");
    }
}

/// The text that an entity covers.
fn covered(piece: &Piece, entity: &Value) -> Option<String> {
    let units: Vec<u16> = piece.text.encode_utf16().collect();
    let at = |name: &str| entity[name].as_u64().and_then(|units| usize::try_from(units).ok());
    let (offset, length) = (at("offset")?, at("length")?);
    String::from_utf16(units.get(offset..offset + length)?).ok()
}

fn styles() -> impl Strategy<Value = Style> {
    prop_oneof![Just(Style::Plain), Just(Style::Markdown), Just(Style::Html), Just(Style::MarkdownV2)]
}

/// Texts in which signs are more frequent than words.
fn sources() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z]{1,6}",
        "[*_~|`]{1,3}",
        "[ \n]{1,2}",
        "</?(b|i|code|pre|a href=\"https://x.example\")>",
        Just("](https://x.example)".to_owned()),
        Just("[".to_owned()),
        Just("\n```rust\n".to_owned()),
        Just("\n> ".to_owned()),
        Just("\n- ".to_owned()),
        Just("\\".to_owned()),
        Just("&lt;".to_owned()),
        Just("👩‍👩‍👧".to_owned()),
        Just("e\u{301}".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn pieces_are_the_text_each_within_the_limit_with_whole_entities(
        source in sources(), style in styles(), limit in 4_usize..60,
    ) {
        let read = read(&source, style);
        let pieces = read.pieces(limit);
        // What is left out has nothing to see.
        let mut rest = read.text.as_str();
        for piece in &pieces {
            let at = rest.find(&piece.text).expect("pieces come in order");
            prop_assert!(split::is_blank(&rest[..at]), "{:?}", &rest[..at]);
            rest = &rest[at + piece.text.len()..];
            prop_assert!(split::utf16_units(&piece.text) <= limit);
            for entity in &piece.entities {
                prop_assert!(covered(piece, entity).is_some_and(|text| !text.is_empty()), "{entity}");
            }
        }
        prop_assert!(split::is_blank(rest), "{:?}", rest);
        for span in &read.spans {
            let whole = &read.text[span.part.clone()];
            let fits = split::utf16_units(whole) <= limit;
            let is_whole = |piece: &Piece| {
                piece.entities.iter().any(|entity| {
                    entity["type"] == span.kind && covered(piece, entity).as_deref() == Some(whole)
                })
            };
            // A long span around it may begin its piece in the middle of it, but only if that could not be helped.
            let is_alone = read.spans.iter().all(|other| split::utf16_units(&read.text[other.part.clone()]) <= limit);
            prop_assert!(!fits || !is_alone || split::is_blank(whole) || pieces.iter().any(is_whole), "{span:?} {pieces:?}");
        }
    }

    #[test]
    fn a_text_without_signs_says_the_same_in_every_style(words in "[a-z 😆]{1,40}", style in styles()) {
        prop_assert_eq!(read(&words, style), Formatted { text: words, spans: vec![] });
    }
}
