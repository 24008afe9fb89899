//! A `hookhost serve` process.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::reply::Reply;
use super::setup::{MARK, Setup, TEXT_MARK};
use super::wait::{PATIENCE, until};

/// A host that listens. It may be stopped and started again on the same data.
pub(crate) struct Host {
    pub(crate) setup: Setup,
    child: Child,
    address: String,
    client: reqwest::Client,
    /// Everything that it wrote to standard output, over all its lives; then to standard error.
    out: Text,
    log: Text,
    readers: Vec<JoinHandle<()>>,
    is_ended: bool,
}

type Text = Arc<Mutex<String>>;

impl Host {
    /// Starts it and waits until it says where it listens.
    pub(super) async fn start(setup: Setup) -> Self {
        let (out, log) = (Text::default(), Text::default());
        let (child, readers) = spawn(&setup, &out, &log);
        let client = client();
        let mut host =
            Self { setup, child, address: String::new(), client, out, log, readers, is_ended: false };
        host.listens(0).await;
        host
    }

    /// Starts it again, as it was.
    pub(crate) async fn restart(&mut self) {
        let before = self.out.lock().unwrap().len();
        let (child, readers) = spawn(&self.setup, &self.out, &self.log);
        self.child = child;
        self.readers.extend(readers);
        self.listens(before).await;
    }

    async fn listens(&mut self, after: usize) {
        let (child, out) = (&mut self.child, &self.out);
        let address = until("the host to listen", || {
            if let Ok(Some(status)) = child.try_wait() {
                panic!("the host ended with {status}");
            }
            let out = out.lock().unwrap();
            let line = out[after..].lines().find_map(listening);
            line.filter(|_| out.ends_with('\n')).map(str::to_owned)
        });
        self.address = address.await;
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Ends it as a power cut would, whoever else talks to it; it is gone for good when it is [killed](Self::kill).
    pub(crate) fn crash(&self) {
        let id = self.child.id().expect("it runs");
        kill_process(Pid::from_raw(id.cast_signed()).unwrap(), Signal::KILL).unwrap();
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to end, as a person at the terminal does.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Asks it to read its configuration anew.
    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.id().cast_signed()).unwrap(), signal).unwrap();
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").unwrap()
    }

    /// Ends it, and checks that no planted secret stands in what it logged, printed or stored, and no planted
    /// text in what it logged or printed.
    pub(crate) async fn end(mut self) {
        let _ = self.child.kill().await;
        for reader in self.readers.drain(..) {
            timeout(PATIENCE, reader).await.expect("its outputs close").unwrap();
        }
        let (out, log) = (self.out.lock().unwrap().clone(), self.log());
        assert!(!out.contains(MARK) && !log.contains(MARK), "a secret was written:\n{out}\n{log}");
        assert!(!out.contains(TEXT_MARK) && !log.contains(TEXT_MARK), "somebody was quoted:\n{out}\n{log}");
        assert_eq!(self.stored_with(MARK), Vec::<PathBuf>::new(), "a secret was stored");
        self.is_ended = true;
    }

    /// The files of the data folder in which these bytes stand. The store does not compress; it must not
    /// be running, since it moves its files about.
    pub(crate) fn stored_with(&self, bytes: &str) -> Vec<PathBuf> {
        let contains = |file: &PathBuf| {
            std::fs::read(file).unwrap().windows(bytes.len()).any(|window| window == bytes.as_bytes())
        };
        let files = files_below(&self.dir().join("data"));
        assert!(!files.is_empty(), "the data folder is where it is looked for");
        files.into_iter().filter(contains).collect()
    }

    /// What is left of one that was killed; no secret is looked for.
    pub(crate) fn into_setup(mut self) -> Setup {
        self.is_ended = true;
        std::mem::replace(&mut self.setup, Setup::new())
    }

    /// Everything that was logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits for a line of the log with all these words.
    pub(crate) async fn logged(&self, words: &[&str]) -> String {
        let is_meant = |line: &&str| words.iter().all(|word| line.contains(word));
        until(&format!("a log line with {words:?}"), || self.log().lines().find(is_meant).map(str::to_owned))
            .await
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub(crate) fn dir(&self) -> &Path {
        self.setup.dir()
    }

    /// `127.0.0.1:49152`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_from(&self.address, path).await
    }

    /// Asks another listener of it.
    pub(crate) async fn get_from(&self, address: &str, path: &str) -> Reply {
        Reply::of(self.client.get(format!("http://{address}{path}")).send().await.unwrap()).await
    }

    /// Gets what only a bearer of this token gets.
    pub(crate) async fn get_with(&self, url: &str, token: &str) -> Reply {
        Reply::of(self.client.get(url).bearer_auth(token).send().await.unwrap()).await
    }

    /// Posts a body, as JSON unless the headers say otherwise.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Reply {
        Reply::of(self.posting(path, headers, body.into()).send().await.unwrap()).await
    }

    /// The same to a host that may be killed meanwhile.
    pub(crate) async fn try_post(&self, path: &str, headers: &[(&str, &str)], body: String) -> Option<Reply> {
        Reply::try_of(self.posting(path, headers, body).send().await.ok()?).await
    }

    fn posting(&self, path: &str, headers: &[(&str, &str)], body: String) -> reqwest::RequestBuilder {
        let mut request = self.client.post(self.url(path)).body(body);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The process itself is killed when `child` is dropped.
        if std::thread::panicking() {
            eprintln!("--- the host at {} logged:\n{}---", self.address, self.log.lock().unwrap());
        } else {
            assert!(self.is_ended, "a test ends its host, and so looks for secrets");
        }
    }
}

/// The address in the line that says where the host listens: one for people, or JSON.
fn listening(line: &str) -> Option<&str> {
    let json = || line.strip_prefix("{\"listening\":\"http://")?.strip_suffix("\"}");
    line.strip_prefix("listening on http://").or_else(json)
}

fn spawn(setup: &Setup, out: &Text, log: &Text) -> (Child, Vec<JoinHandle<()>>) {
    let mut child = setup
        .command(&["serve", "--port", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let readers = vec![
        tokio::spawn(collect(child.stdout.take().unwrap(), Arc::clone(out))),
        tokio::spawn(collect(child.stderr.take().unwrap(), Arc::clone(log))),
    ];
    (child, readers)
}

/// Whole lines only, so that what is found in a text is not half of something.
async fn collect(from: impl AsyncRead + Unpin, into: Text) {
    let (mut from, mut line) = (BufReader::new(from), Vec::new());
    while from.read_until(b'\n', &mut line).await.unwrap() > 0 {
        into.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
}

fn client() -> reqwest::Client {
    // Nothing here speaks TLS; the client only has to be told so.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().timeout(PATIENCE).build().unwrap()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
