//! Real programs, most of them lines for `/bin/sh`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Instant;

use rustix::process::test_kill_process;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{Clients, Job, run};
use super::*;
use crate::model::time::Time;
use crate::workflow::answer::Answer;
use crate::workflow::{Runner, Workflow};

const LONG: Duration = Duration::from_secs(20);

fn shell(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script].map(Into::into).into()
}

async fn run_in(dir: &Path, argv: Vec<String>, limit: Duration, document: &str) -> Result<Answer, RunError> {
    let env = vec![("API_KEY".into(), Secret::new("hunter22-hunter22"))];
    let workflow = Workflow {
        name: "flow".parse().unwrap(),
        runner: Runner::Command { argv, env, dir: dir.into() },
        timeout: limit,
        retries: 0,
        secret: Some(Secret::new("never given to a command")),
    };
    let execution = "0192a3b4c5d67e8f9aabbccddeeff001".parse().unwrap();
    let job = Job { execution, document: document.into(), message: None, now: Time(0), trace: None };
    run(&Clients::new(crate::tls::tls_config()), &workflow, job).await
}

async fn check(argv: Vec<String>, document: &str, expected: Result<Value, RunError>) {
    let folder = TempDir::new().unwrap();
    let answered = run_in(folder.path(), argv.clone(), LONG, document).await;
    assert_eq!(answered.map(|answer| answer.result), expected, "{argv:?}");
}

#[tokio::test]
async fn a_command_reads_the_document_and_prints_its_answer() {
    let document = r#"{"attempt":1}"#;
    check(vec!["cat".into()], document, Ok(json!({ "attempt": 1 }))).await;
    check(shell("true"), document, Ok(Value::Null)).await;
    check(shell("echo hello; echo ignored >&2"), document, Ok(json!("hello"))).await;
    // No shell looks at the arguments.
    check(["printf", "%s", "$HOME;*"].map(Into::into).into(), document, Ok(json!("$HOME;*"))).await;
}

#[tokio::test]
async fn a_command_that_fails_is_tried_again_and_its_last_words_are_kept() {
    for (script, reason) in [
        ("exit 3", "it ended with exit status: 3"),
        ("echo lost; echo \"boom $API_KEY\" >&2; exit 1", "it ended with exit status: 1 and said: boom ***"),
        ("kill -TERM $$", "it ended with signal: 15 (SIGTERM)"),
    ] {
        check(shell(script), "{}", Err(try_again(reason))).await;
    }
}

#[tokio::test]
async fn a_command_gets_a_cleared_environment() {
    let folder = TempDir::new().unwrap();
    let answer = run_in(folder.path(), vec!["env".into()], LONG, "{}").await.unwrap();
    let printed = answer.result.as_str().unwrap().to_owned();
    let names: Vec<&str> = printed.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(names.contains(&"PATH"), "{names:?}");
    assert!(printed.contains("API_KEY=hunter22-hunter22"), "the chosen variable is missing");
    // This very test runs with many more, such as those of cargo.
    let allowed = ["PATH", "HOME", "LANG", "API_KEY"];
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
}

#[tokio::test]
async fn a_command_runs_in_its_folder_and_is_found_there() {
    let folder = TempDir::new().unwrap();
    // A link to a program that exists: a file just written may still be open in a process that another
    // test is starting, and then cannot be executed.
    std::os::unix::fs::symlink("/bin/pwd", folder.path().join("where")).unwrap();
    let answer = run_in(folder.path(), vec!["./where".into()], LONG, "{}").await.unwrap();
    let expected = folder.path().canonicalize().unwrap();
    assert_eq!(answer.result.as_str().map(PathBuf::from), Some(expected));
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_named() {
    let folder = TempDir::new().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "no program").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o644)).unwrap();
    for (argv, why) in [
        (vec!["no-such-program-anywhere".into()], "\"no-such-program-anywhere\" cannot be started in"),
        (vec!["./missing.py".into()], "\"./missing.py\" cannot be started in"),
        (vec!["./plain".into()], "\"./plain\" cannot be started in"),
        (vec!["a\0b".into()], "\"a\\0b\" cannot be started in"),
        (vec![], "no program is configured"),
    ] {
        match run_in(folder.path(), argv, LONG, "{}").await {
            Err(RunError::Final(reason)) => assert!(reason.starts_with(why), "{reason}"),
            other => panic!("{why}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn unread_input_neither_fails_nor_blocks() {
    let large = "x".repeat(4 << 20);
    check(shell("echo done"), &large, Ok(json!("done"))).await;
    check(shell("exec 0<&-; echo done; sleep 0.2"), &large, Ok(json!("done"))).await;
}

#[tokio::test]
async fn a_command_may_print_before_it_has_read_everything() {
    // More than the pipes hold in both directions at once.
    let large = "x".repeat(WORKFLOW_OUTPUT_BYTES);
    check(vec!["cat".into()], &large, Ok(Value::String(large.clone()))).await;
}

#[tokio::test]
async fn a_command_that_prints_too_much_is_stopped() {
    check(shell("exec yes"), "{}", Err(too_much())).await;
    check(shell("yes complaint | head -n 1000000 >&2; echo fine"), "{}", Ok(json!("fine"))).await;
}

/// Gives an open pipe's name, and waits for its end: when nobody has it open for writing any more,
/// whether that process was collected by its parent or not.
struct Witness {
    folder: TempDir,
    end: tokio::task::JoinHandle<Vec<u8>>,
}

impl Witness {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let end = tokio::task::spawn_blocking(move || fs::read(pipe).unwrap());
        Self { folder, end }
    }

    /// What was written into the pipe: numbers of processes, all of which are gone.
    async fn gone(self) -> Vec<Pid> {
        let written = timeout(LONG, self.end).await.expect("somebody still holds the pipe").unwrap();
        let written = String::from_utf8(written).unwrap();
        written.split_whitespace().map(|id| Pid::from_raw(id.parse().unwrap()).unwrap()).collect()
    }
}

#[tokio::test]
async fn at_the_timeout_a_command_ends_with_everything_it_started() {
    let witness = Witness::new();
    let script = "exec 3>pipe; echo $$ >&3; sleep 60 & wait";
    let started = Instant::now();
    let answered = run_in(witness.folder.path(), shell(script), Duration::from_millis(500), "{}").await;
    assert_eq!(answered, Err(try_again("it did not finish within 500ms")));
    assert!(started.elapsed() < Duration::from_secs(10));
    let leader = witness.gone().await[0];
    assert!(test_kill_process(leader).is_err(), "the command was not collected");
}

#[tokio::test]
async fn a_run_that_is_dropped_ends_with_everything_it_started() {
    let witness = Witness::new();
    let script = "exec 3>pipe; echo $$ >&3; sleep 60 & touch started; wait";
    let folder = witness.folder.path().to_owned();
    let dropped = {
        let folder = folder.clone();
        tokio::spawn(async move { run_in(&folder, shell(script), LONG, "{}").await })
    };
    wait_until(|| folder.join("started").exists()).await;
    dropped.abort();
    let leader = witness.gone().await[0];
    wait_until(|| test_kill_process(leader).is_err()).await;
}

#[tokio::test]
async fn what_a_command_leaves_running_ends_with_it() {
    let witness = Witness::new();
    let script = "exec 3>pipe; echo $$ >&3; sleep 60 & echo done";
    let started = Instant::now();
    let answer = run_in(witness.folder.path(), shell(script), LONG, "{}").await.unwrap();
    assert_eq!(answer.result, json!("done"));
    assert!(started.elapsed() < Duration::from_secs(10));
    let leader = witness.gone().await[0];
    assert!(test_kill_process(leader).is_err(), "the command was not collected");
}

async fn wait_until(condition: impl Fn() -> bool) {
    let waited = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, waited).await.expect("the condition holds before long");
}
