//! What a file gives, and what is said about one that is wrong.

use proptest::prelude::*;

use super::*;
use crate::config::{DEFAULT_ADMIN, Pacing, Route, Runner, Verification};
use crate::model::rate_limit::RateLimit;
use crate::model::terms::{Limits, Terms};

fn parsed(text: &str) -> Config {
    parse(text, Path::new("/etc/hookhost/hookhost.toml")).unwrap_or_else(|error| panic!("{error}"))
}

/// What a person is shown, without the file's name.
fn shown(text: &str) -> String {
    let error = parse(text, Path::new("f")).unwrap_err();
    format!("{error}\nhint: {}", error.hint())
}

/// The example in this module's documentation.
fn documented() -> String {
    let lines = include_str!("../mod.rs").lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let example: Vec<&str> =
        lines.skip_while(|line| *line != "```toml").skip(1).take_while(|line| *line != "```").collect();
    example.join("\n")
}

#[test]
fn an_empty_file_is_like_none() {
    assert_eq!(parsed(""), Config::without_file("/etc/hookhost".into()));
    let config = parsed("");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:7862");
    assert_eq!(config.admin.listen, None);
    assert_eq!(config.store.path, Path::new("/etc/hookhost/data"));
    assert_eq!(config.store.dedupe_window, Duration::from_secs(8 * 86_400));
}

#[test]
fn the_documented_file_is_read_and_states_the_defaults() {
    let mut config = parsed(&documented());
    assert_eq!(config.server.public_url.take().as_deref(), Some("https://hooks.example.com"));
    assert!(std::mem::take(&mut config.plugins.must_exist));
    assert_eq!(std::mem::take(&mut config.server.trusted_proxies), ["127.0.0.1/32".parse().unwrap()]);
    assert_eq!(config.admin.listen.take(), Some(DEFAULT_ADMIN));
    let provider = config.providers.pop_first().unwrap().1;
    assert_eq!(provider.path, "/webhooks/whatsapp");
    assert_eq!(provider.allow_hosts, ["graph.facebook.com".parse().unwrap()]);
    assert_eq!(provider.settings["phone_number_id"], "1065");
    assert_eq!(provider.workflows, Some(vec!["summarize".parse().unwrap()]));
    assert_eq!(provider.allow_senders, Some(vec!["16505551234".to_owned()]));
    assert_eq!(provider.allow_ips, Some(vec!["149.154.160.0/20".parse().unwrap()]));
    assert_eq!(provider.rate_limit, Some(RateLimit::new(100, Duration::from_secs(1), 100)));
    assert_eq!((provider.verification, provider.pacing), (Verification::None, Pacing::Default));
    assert_eq!(provider.terms, Terms::default());
    let (name, workflow) = config.workflows.pop_first().unwrap();
    assert_eq!(workflow.runner, Runner::Command(vec!["/etc/hookhost/summarize.py".into()]));
    assert_eq!((workflow.timeout, workflow.retries), (Duration::from_secs(30), 3));
    assert_eq!(workflow.env, ["OPENAI_API_KEY"]);
    let provider = Some("telegram".parse().unwrap());
    assert_eq!(config.routes, [Route { provider, topic: "message.*".into(), workflow: name }]);
    config.routes.clear();
    assert_eq!(config, parsed(""));
}

#[test]
fn a_provider_runs_on_the_terms_that_are_written_and_the_rest_are_defaults() {
    let terms = |text: &str| parsed(&format!("[providers.x]\n{text}")).providers.pop_first().unwrap().1.terms;
    assert_eq!(terms(""), Terms::default());
    assert_eq!(terms("limits = {}\ncompat = false"), Terms::default());
    let limits = Limits { memory: 64 << 20, ..Limits::default() };
    assert_eq!(terms("limits = { memory = \"64MiB\" }"), Terms { limits, is_compat: false });
    let limits = Limits { memory: 512 << 20, call_time: Duration::from_secs(5), output: 64 << 20 };
    let all =
        "compat = true\n[providers.x.limits]\nmemory = \"512MiB\"\ncall_time = \"5s\"\noutput = \"64MiB\"";
    assert_eq!(terms(all), Terms { limits, is_compat: true });
}

#[test]
fn a_setting_is_kept_as_text() {
    let file = "[providers.x]\nsettings = { a = \"é\", b = 1065551234567890, c = true, d = 1.50, e = 0x1F }";
    let settings: Vec<(String, String)> =
        parsed(file).providers.pop_first().unwrap().1.settings.into_iter().collect();
    let expected = [("a", "é"), ("b", "1065551234567890"), ("c", "true"), ("d", "1.50"), ("e", "31")];
    assert_eq!(settings, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn paths_are_beside_the_file_unless_absolute() {
    let program = |command: &str| match parsed(&format!("[workflows.x]\ncommand = [{command:?}]"))
        .workflows
        .pop_first()
        .map(|(_, workflow)| workflow.runner)
    {
        Some(Runner::Command(argv)) => argv[0].clone(),
        other => panic!("{other:?}"),
    };
    for (command, expected) in [
        ("./x.py", "/etc/hookhost/x.py"),
        ("bin/x", "/etc/hookhost/bin/x"),
        ("/bin/x", "/bin/x"),
        ("python3", "python3"),
    ] {
        assert_eq!(program(command), expected);
    }
    let config = parsed("[store]\nurl = \"sled:/var/lib/x\"\n[plugins]\ndir = \"../wasm\"");
    assert_eq!(config.store.path, Path::new("/var/lib/x"));
    assert_eq!(config.plugins.dir, Path::new("/etc/hookhost/../wasm"));
}

#[test]
fn a_public_url_stays_as_it_was_written_but_for_its_end() {
    for (written, kept) in [
        ("https://Hooks.example.com:443/", "https://Hooks.example.com:443"),
        ("https://hooks.example.com/in/", "https://hooks.example.com/in"),
        ("http://localhost:7862", "http://localhost:7862"),
    ] {
        let config = parsed(&format!("[server]\npublic_url = {written:?}"));
        assert_eq!(config.server.public_url.as_deref(), Some(kept));
    }
}

#[test]
fn a_provider_s_path_is_plain_and_not_the_host_s() {
    for (path, good) in [
        ("/telegram", true),
        ("/bot123:ABC-def_g/in", true),
        ("/healthy", true),
        ("/health", false),
        ("/ready/x", false),
        ("/executions/x", false),
        ("/media", false),
        ("/", false),
        ("", false),
        ("x", false),
        ("/x/", false),
        ("//x", false),
        ("/x/../y", false),
        ("/{x}", false),
        ("/x?y", false),
        ("/%78", false),
        ("/x y", false),
    ] {
        let file = format!("[providers.p]\npath = {path:?}");
        assert_eq!(parse(&file, Path::new("f")).is_ok(), good, "{path}");
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_next_step() {
    for (text, expected) in [
        (
            "[providers.x]\nlimits = { memroy = \"64MiB\" }",
            "f:2:12: unknown key \"memroy\" in [providers.x] limits\nhint: did you mean \"memory\"?",
        ),
        (
            "[providers.x]\nlimits = { memory = \"1GiB\" }",
            "f:2:21: [providers.x] limits memory: \"1GiB\" is out of range\nhint: write 2MiB to 512MiB",
        ),
        (
            "[providers.x]\nlimits = { call_time = \"1m\" }",
            "f:2:24: [providers.x] limits call_time: \"1m\" is out of range\nhint: write 10ms to 5s",
        ),
        (
            "[providers.x]\nlimits = { output = \"1KiB\" }",
            "f:2:21: [providers.x] limits output: \"1KiB\" is out of range\nhint: write 64KiB to 64MiB",
        ),
        (
            "[providers.x]\ncompat = \"yes\"",
            "f:2:10: [providers.x] compat must be true or false, not text\nhint: write compat = true or \
             compat = false, without quotes",
        ),
        ("[serverr]", "f:1:2: unknown section [serverr]\nhint: did you mean [server]?"),
        (
            "[colour]",
            "f:1:2: unknown section [colour]\nhint: known are [server], [admin], [store], [dispatch], [plugins], \
             [providers], [workflows], [[routes]]",
        ),
        ("[[route]]\nworkflow = \"x\"", "f:1:3: unknown section [[route]]\nhint: did you mean [[routes]]?"),
        (
            "listen = \"x\"",
            "f:1:1: \"listen\" stands outside of every section\n\
             hint: move it below the section that it belongs to, such as [server]",
        ),
        (
            "server = 5",
            "f:1:10: [server] must be a section, not a whole number\n\
             hint: write [server] on a line of its own, its keys below",
        ),
        (
            "[server]\n\nlisen = \"x\"",
            "f:3:1: unknown key \"lisen\" in [server]\nhint: did you mean \"listen\"?",
        ),
        (
            "[server]\nlisten = \"localhost:1\"",
            "f:2:10: [server] listen: \"localhost:1\" is not an address to listen on\n\
             hint: write an IP address and a port, such as \"127.0.0.1:7862\" or \"[::]:7862\"",
        ),
        (
            "[server]\nlisten = 7862",
            "f:2:10: [server] listen must be text, not a whole number\nhint: text stands in quotes, also durations and sizes: \"30s\", \"3MiB\"",
        ),
        (
            "[server]\nlisten = \"127.0.0.1:7000\"\n[admin]\nlisten = \"127.0.0.1:7000\"",
            "f:3:1: [server] and [admin] would both listen on 127.0.0.1:7000\nhint: give one another port",
        ),
        (
            "[server]\npublic_url = \"hooks.example.com\"",
            "f:2:14: [server] public_url: it is not a URL: relative URL without a base\n\
             hint: write it like https://hooks.example.com",
        ),
        (
            "[server]\npublic_url = \"ftp://example.com\"",
            "f:2:14: [server] public_url: it is not an http or https URL\n\
             hint: write it like https://hooks.example.com",
        ),
        (
            "[server]\npublic_url = \"https://example.com/?a\"",
            "f:2:14: [server] public_url: it has a query or a fragment\nhint: end the URL before ? and #",
        ),
        (
            "[server]\nbody_limit = \"3MB\"",
            "f:2:14: [server] body_limit: \"3MB\" is not a size\n\
             hint: write one whole number and a unit, such as 64KiB, 3MiB or 1GiB",
        ),
        ("[server]\ndrain = \"0s\"", "f:2:9: [server] drain: \"0s\" is out of range\nhint: write 1s to 15m"),
        (
            "[server]\ntrusted_proxies = [\"caddy\"]",
            "f:2:20: [server] trusted_proxies: \"caddy\" is no range of addresses\n\
             hint: write a range such as \"149.154.160.0/20\" or \"2001:67c:4e8::/48\", or one address",
        ),
        (
            "[providers.x]\nallow_ips = [\"149.154.160.1/20\"]",
            "f:2:14: [providers.x] allow_ips: \"149.154.160.1/20\" is not the beginning of its range\n\
             hint: write \"149.154.160.0/20\"",
        ),
        (
            "[providers.x]\nrate_limit = \"100\"",
            "f:2:14: [providers.x] rate_limit: \"100\" is no rate\n\
             hint: write \"100/s\", \"600/m\" or \"5000/h\", or \"100/s, burst 500\"",
        ),
        (
            "[server]\nbody_limit = \"1GiB\"",
            "f:2:14: [server] body_limit: \"1GiB\" is out of range\nhint: write 1KiB to 25MiB",
        ),
        (
            "[store]\nurl = \"postgres://db/x\"",
            "f:2:7: [store] url: there is no store in postgres yet\n\
             hint: write \"sled:\" and a folder, such as \"sled:data\"",
        ),
        (
            "[store]\ndedupe_window = \"1h30m\"",
            "f:2:17: [store] dedupe_window: \"1h30m\" is not a duration\n\
             hint: write one whole number and a unit, such as 30s, 5m, 1h or 8d",
        ),
        (
            "[dispatch]\nworkers = 0",
            "f:2:11: [dispatch] workers: out of range\nhint: write 1 to 1024, without quotes",
        ),
        (
            "[dispatch]\nworkers = \"32\"",
            "f:2:11: [dispatch] workers must be a whole number, not text\nhint: write 1 to 1024, without quotes",
        ),
        (
            "[plugins]\ndir = \"\"",
            "f:2:7: [plugins] dir: \"\" is not a folder\nhint: write a path, such as \"plugins\"",
        ),
        (
            "[providers.Support_Bot]",
            "f:1:12: \"Support_Bot\" is not a name: use 1 to 32 of a-z, 0-9 and '-', beginning with a letter or a \
             digit\nhint: rename it, for example to [providers.support-bot]",
        ),
        (
            "[providers.x]\nbot_token = \"hidden\"",
            "f:2:1: \"bot_token\" in [providers.x] looks like a secret, and secrets never stand in the file\n\
             hint: remove it and set it in the environment; hookhost check names the variable",
        ),
        (
            "[providers.x]\nplugin = \"x.wasm\"",
            "f:2:10: [providers.x] plugin: \"x.wasm\" names no plugin\n\
             hint: write the file's name without .wasm, such as \"whatsapp\"",
        ),
        (
            "[providers.x]\npath = \"media/x\"",
            "f:2:8: [providers.x] path: \"media/x\" does not begin with /\n\
             hint: write it like \"/webhooks/whatsapp\"",
        ),
        (
            "[providers.x]\npath = \"/media/x\"",
            "f:2:8: [providers.x] path: \"/media/x\" belongs to hookhost, which answers on /media\n\
             hint: choose another path",
        ),
        (
            "[providers.x]\n[providers.y]\npath = \"/webhooks/x\"",
            "f:3:8: [providers.y] path: /webhooks/x is the path of x too\nhint: give one of them another path",
        ),
        (
            "[providers.x]\nallow_hosts = [\"a.example\", \"https://b.example/x\"]",
            "f:2:29: [providers.x] allow_hosts: \"https://b.example/x\" is not a host\n\
             hint: write only the host: \"b.example\"",
        ),
        (
            "[providers.x]\nallow_hosts = \"a.example\"",
            "f:2:15: [providers.x] allow_hosts must be a list of texts, not text\n\
             hint: write allow_hosts = [\"...\"]",
        ),
        (
            "[providers.x]\nsettings = { a = [1] }",
            "f:2:18: [providers.x] settings.a must be text, a number, true or false, not a list\n\
             hint: write it as text",
        ),
        (
            "[providers.x]\nworkflows = [\"summarise\"]\n[workflows.summarize]\nhttp = \"http://x\"",
            "f:2:14: [providers.x] workflows: there is no workflow \"summarise\"\nhint: did you mean \"summarize\"?",
        ),
        (
            "[providers.x]\nverification = \"off\"",
            "f:2:16: [providers.x] verification: \"off\" is no known sender\n\
             hint: hookhost recipes list shows them all; a record says how another signs, and \"none\" \
             verifies nothing",
        ),
        (
            "[providers.x]\ndigest = \"sha256:abc\"",
            "f:2:10: [providers.x] digest: \"sha256:abc\" is no digest\nhint: write \"sha256:\" and 64 hexadecimal digits, as `hookhost plugin inspect` prints it",
        ),
        (
            "[providers.x]\npacing = \"fast\"",
            "f:2:10: [providers.x] pacing: \"fast\" is not known\nhint: write \"default\" or \"off\"",
        ),
        (
            "[workflows.x]\ntimeout = \"10s\"",
            "f:1:1: [workflows.x] has neither http nor command\n\
             hint: a workflow has one of http = \"http://...\" and command = [\"./program\"]",
        ),
        (
            "[workflows.x]\nhttp = \"http://x\"\ncommand = [\"x\"]",
            "f:3:11: [workflows.x] has both http and command\n\
             hint: a workflow has one of http = \"http://...\" and command = [\"./program\"]",
        ),
        (
            "[workflows.x]\ncommand = []",
            "f:2:11: [workflows.x] command: it names no program\n\
             hint: write command = [\"./program\", \"argument\"]",
        ),
        (
            "[workflows.x]\nhttp = \"http://me:hidden@x\"",
            "f:2:8: [workflows.x] http: it names a user\n\
             hint: remove the part before @: secrets never stand in the file",
        ),
        (
            "[workflows.x]\nhttp = \"http://x\"\ntimeout = \"2h\"",
            "f:3:11: [workflows.x] timeout: \"2h\" is out of range\nhint: write 1s to 1h",
        ),
        (
            "[workflows.x]\nhttp = \"http://x\"\nretries = 21",
            "f:3:11: [workflows.x] retries: out of range\nhint: write 0 to 20, without quotes",
        ),
        (
            "[workflows.x]\nhttp = \"http://x\"\nenv = [\"A\"]",
            "f:3:7: [workflows.x] env: only a command inherits variables\nhint: remove env, or run a command",
        ),
        (
            "[workflows.x]\ncommand = [\"x\"]\nenv = [\"A=hidden\"]",
            "f:3:8: [workflows.x] env: this is not the name of a variable\n\
             hint: write names only, such as \"OPENAI_API_KEY\"; the values are inherited",
        ),
        (
            "[workflows.a-b]\nhttp = \"http://x\"\n[workflows.a_b_file]\nhttp = \"http://x\"",
            "f:3:12: workflows a-b and a_b_file would both read WORKFLOW_SECRET_A_B_FILE\nhint: rename one of them",
        ),
        (
            "[routes]\nworkflow = \"x\"",
            "f:1:1: routes must be a list of sections\nhint: write [[routes]], in two brackets",
        ),
        ("[[routes]]", "f:1:1: [[routes]] has no workflow\nhint: add workflow = \"its name\""),
        (
            "[[routes]]\nworkflow = \"x\"",
            "f:2:12: [[routes]] workflow: there is no workflow \"x\"\nhint: there are none",
        ),
        (
            "[workflows.x]\nhttp = \"http://x\"\n[[routes]]\nprovider = \"Bot\"\nworkflow = \"x\"",
            "f:4:12: [[routes]] provider: \"Bot\" names no provider\n\
             hint: write the name in [providers.NAME], or \"*\" for any",
        ),
        (
            "[workflows.x]\nhttp = \"http://x\"\n[[routes]]\ntopic = \"message text\"\nworkflow = \"x\"",
            "f:4:9: [[routes]] topic: \"message text\" is not a topic\n\
             hint: write it like \"message.text\", \"message.*\" or \"*\"",
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn all_mistakes_are_told_together_in_the_order_of_the_file() {
    let file = "[workflows.x]\ntimout = \"é\" # é\n\n[admn]\n\n[dispatch]\nworkers = -1";
    assert_eq!(
        shown(file),
        "f has 4 mistakes\n\
         f:1:1: [workflows.x] has neither http nor command\n  \
           hint: a workflow has one of http = \"http://...\" and command = [\"./program\"]\n\
         f:2:1: unknown key \"timout\" in [workflows.x]\n  \
           hint: did you mean \"timeout\"?\n\
         f:4:2: unknown section [admn]\n  \
           hint: did you mean [admin]?\n\
         f:7:11: [dispatch] workers: out of range\n  \
           hint: write 1 to 1024, without quotes\n\
         hint: correct these, then run hookhost check"
    );
}

#[test]
fn a_broken_line_is_told_and_not_quoted() {
    for (text, expected) in [
        ("[server]\nlisten = hidden", "f:2:10: string values must be quoted, expected literal string"),
        ("[server]\nlisten = \"hidden", "f:2:17: invalid basic string, expected `\"`"),
        ("[server", "f:1:8: unclosed table, expected `]`"),
        ("a = 1\na = \"hidden\"", "f:2:1: duplicate key"),
    ] {
        let hint = "hint: the file is TOML: texts stand in quotes, a section begins with [its name]";
        assert_eq!(shown(text), format!("{expected}\n{hint}"));
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\]a-z.=\"{}, \n\\\\é#0-9]{0,60}") {
        let _ = parse(&text, Path::new("f"));
    }

    #[test]
    fn no_value_makes_it_panic(
        section in prop::sample::select(vec!["[server]", "[store]", "[providers.x]", "[workflows.x]", "[[routes]]"]),
        key in prop::sample::select(vec!["listen", "url", "path", "allow_hosts", "http", "command", "topic"]),
        value in "\\PC{0,20}",
    ) {
        let _ = parse(&format!("{section}\n{key} = {value:?}"), Path::new("f"));
        let _ = parse(&format!("{section}\n{key} = [{value:?}]"), Path::new("f"));
    }
}
