//! A folder with a configuration, and the environment that goes with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use super::host::Host;
use super::stand_in::StandIn;
use super::wait::PATIENCE;

/// Stands in every secret that a test plants, so that one search finds them all.
pub(crate) const MARK: &str = "hush-";
/// Stands in texts that are written to workflows and answered by them: no log repeats what people say.
pub(crate) const TEXT_MARK: &str = "psst-";
pub(crate) const GENERIC_SECRET: &str = "hush-generic-webhook-secret";
pub(crate) const TELEGRAM_SECRET_TOKEN: &str = "hush-telegram-secret-token";
pub(crate) const TELEGRAM_BOT_TOKEN: &str = "70001:hush-telegram-bot-token";
pub(crate) const WHATSAPP_APP_SECRET: &str = "hush-whatsapp-app-secret";
pub(crate) const WHATSAPP_VERIFY_TOKEN: &str = "hush-whatsapp-verify-token";
pub(crate) const WHATSAPP_ACCESS_TOKEN: &str = "hush-whatsapp-access-token";
pub(crate) const BRIDGE_SECRET: &str = "hush-bridge-webhook-secret";
pub(crate) const BRIDGE_TOKEN: &str = "hush-bridge-token";
/// The number in WhatsApp's settings.
pub(crate) const PHONE_NUMBER_ID: &str = "106540000000001";

/// A chat that may be written to once a second makes no quick test.
pub(crate) const PACING_OFF: &str = "pacing = \"off\"";

/// A configuration that is being written.
pub(crate) struct Setup {
    dir: TempDir,
    config: String,
    env: BTreeMap<String, String>,
}

impl Setup {
    /// Nothing is configured; of the environment there is only `PATH`.
    pub(crate) fn new() -> Self {
        let path = std::env::var("PATH").unwrap();
        let env = BTreeMap::from([("PATH".to_owned(), path)]);
        Self { dir: TempDir::new().unwrap(), config: String::new(), env }
    }

    /// Adds to the configuration.
    pub(crate) fn config(mut self, toml: &str) -> Self {
        self.config.push_str(toml);
        self.config.push('\n');
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Takes a variable away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.unset(name);
        self
    }

    /// Takes a variable away from the next process that is started.
    pub(crate) fn unset(&mut self, name: &str) {
        self.env.remove(name);
    }

    /// Writes a file beside the configuration.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Adds a workflow that is a shell script.
    pub(crate) fn script(self, name: &str, script: &str) -> Self {
        self.script_with(name, "", script)
    }

    /// The same with further keys of the workflow. The script is an argument of the shell rather than a
    /// program: a file that was just written cannot always be executed while other tests start processes.
    pub(crate) fn script_with(self, name: &str, keys: &str, script: &str) -> Self {
        let file = format!("{name}.sh");
        self.file(&file, script)
            .config(&format!("[workflows.{name}]\ncommand = [\"/bin/sh\", \"{file}\"]\n{keys}"))
    }

    /// Adds a workflow that is an HTTP endpoint.
    pub(crate) fn http(self, name: &str, keys: &str, host: &str) -> Self {
        self.config(&format!("[workflows.{name}]\nhttp = \"http://{host}/run\"\n{keys}"))
    }

    /// Text without a command runs this workflow.
    pub(crate) fn route(self, workflow: &str) -> Self {
        self.config(&format!("[[routes]]\nworkflow = \"{workflow}\""))
    }

    pub(crate) fn generic(self) -> Self {
        self.env("WEBHOOK_SECRET_GENERIC", GENERIC_SECRET)
    }

    pub(crate) fn telegram(self, api: &StandIn) -> Self {
        self.telegram_with(api, PACING_OFF)
    }

    /// The same with further keys of the provider.
    pub(crate) fn telegram_with(self, api: &StandIn, keys: &str) -> Self {
        self.telegram_at(&api.host(), keys)
    }

    pub(crate) fn telegram_at(self, host: &str, keys: &str) -> Self {
        self.config(&format!("[providers.telegram]\nallow_hosts = [\"{host}\"]\n{keys}"))
            .telegram_secrets()
            .env("TELEGRAM_API_URL", &format!("http://{host}"))
    }

    pub(crate) fn telegram_secrets(self) -> Self {
        self.env("TELEGRAM_SECRET_TOKEN", TELEGRAM_SECRET_TOKEN).env("TELEGRAM_BOT_TOKEN", TELEGRAM_BOT_TOKEN)
    }

    pub(crate) fn whatsapp(self, api: &StandIn) -> Self {
        self.whatsapp_with(api, "")
    }

    /// The same with further settings, each after a comma. The API stands below a path, as the real one does
    /// below its version.
    pub(crate) fn whatsapp_with(self, api: &StandIn, settings: &str) -> Self {
        let (host, url) = (api.host(), api.url());
        self.config(&format!(
            "[providers.whatsapp]\n{PACING_OFF}\nallow_hosts = [\"{host}\"]\n\
             settings = {{ api_url = \"{url}/v99.0\"{settings} }}"
        ))
        .env("WHATSAPP_APP_SECRET", WHATSAPP_APP_SECRET)
        .env("WHATSAPP_VERIFY_TOKEN", WHATSAPP_VERIFY_TOKEN)
        .env("WHATSAPP_ACCESS_TOKEN", WHATSAPP_ACCESS_TOKEN)
        .env("WHATSAPP_PHONE_NUMBER_ID", PHONE_NUMBER_ID)
    }

    /// Starts `hookhost serve` and waits until it listens.
    pub(crate) async fn start(self) -> Host {
        self.save();
        Host::start(self).await
    }

    /// Runs another command, to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        self.save();
        let run = self.command(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
        timeout(PATIENCE, run).await.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap()
    }

    /// The command in the configuration's folder, with nothing but its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookhost"));
        command.args(arguments).env_clear().envs(&self.env).current_dir(self.dir.path());
        command
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The data folder, where nothing else is configured.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir().join("data")
    }

    /// Writes the configuration, as every start does.
    pub(crate) fn save(&self) {
        std::fs::write(self.dir.path().join("hookhost.toml"), &self.config).unwrap();
    }
}

/// What a command wrote, to both its outputs.
pub(crate) fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Seconds since 1970.
pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
