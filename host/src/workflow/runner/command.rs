//! Runs a workflow that is a program.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::model::bounds::WORKFLOW_OUTPUT_BYTES;
use crate::model::secret::Secret;
use crate::model::trace::TraceParent;

use super::stderr::Tail;
use super::{RunError, out_of_time, too_much, try_again};

/// How long is waited for what a killed process leaves behind: its pipes and its entry in the process
/// table. Both go at once unless a process left the group and kept a pipe, or the kernel is stuck.
const AFTERMATH: Duration = Duration::from_secs(1);

/// The variable in which programs look for their place in a trace, by the name of the header.
const TRACE: &str = "TRACEPARENT";

/// What is started.
pub(super) struct Line<'a> {
    pub(super) argv: &'a [String],
    pub(super) inherited: &'a [(&'static str, OsString)],
    pub(super) env: &'a [(String, Secret)],
    pub(super) dir: &'a Path,
    pub(super) trace: Option<TraceParent>,
}

/// Starts the program with the document on its standard input and gives what it printed. Whatever it
/// started in turn ends with it.
pub(super) async fn execute(line: Line<'_>, limit: Duration, document: String) -> Result<Vec<u8>, RunError> {
    let mut child = start(&line)?;
    // It lives in the conversation, which goes before the child does: the group is killed while its
    // leader's number cannot belong to anybody else yet.
    let group = Group::led_by(&child);
    let mut printed = Vec::new();
    let mut complaints = Tail::default();
    let talk = converse(&mut child, group, document, &mut printed, &mut complaints);
    let ended = timeout(limit, talk).await.unwrap_or_else(|_| Err(out_of_time(limit)));
    if ended.is_err() {
        // The group died with the future that held it; what is left is to collect the leader.
        let _ = timeout(AFTERMATH, child.wait()).await;
    }
    match ended? {
        status if status.success() => Ok(printed),
        status => Err(try_again(match complaints.for_log(line.env) {
            said if said.is_empty() => format!("it ended with {status}"),
            said => format!("it ended with {status} and said: {said}"),
        })),
    }
}

fn start(line: &Line<'_>) -> Result<Child, RunError> {
    let Some((program, arguments)) = line.argv.split_first() else {
        return Err(RunError::Final("no program is configured".into()));
    };
    let cannot_start = |error: io::Error| {
        let reason = format!("{program:?} cannot be started in {:?}: {error}", line.dir);
        match error.kind() {
            // Too many processes or open files, no memory: of the machine, not of the program.
            ErrorKind::WouldBlock | ErrorKind::OutOfMemory | ErrorKind::ExecutableFileBusy => {
                try_again(reason)
            }
            _ if is_out_of_files(&error) => try_again(reason),
            _ => RunError::Final(reason),
        }
    };
    // Whether a relative program is looked up before or after changing the directory is left open by
    // the standard library, so it is made absolute.
    let dir = std::path::absolute(line.dir).map_err(cannot_start)?;
    let is_a_path = program.contains('/');
    let mut command = if is_a_path { Command::new(dir.join(program)) } else { Command::new(program) };
    command
        .args(arguments)
        .env_clear()
        .envs(line.inherited.iter().map(|(name, value)| (name, value)))
        .envs(line.env.iter().map(|(name, value)| (name, value.expose())))
        // Last, since one that this host was started with belongs to another trace.
        .envs(line.trace.map(|trace| (TRACE, trace.to_string())))
        .current_dir(dir)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().map_err(cannot_start)
}

fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Feeds the program and listens to it until it ends.
async fn converse(
    child: &mut Child,
    group: Group,
    document: String,
    printed: &mut Vec<u8>,
    complaints: &mut Tail,
) -> Result<ExitStatus, RunError> {
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let stdout = child.stdout.take().expect("standard output is piped");
    let stderr = child.stderr.take().expect("standard error is piped");
    let feed = async move {
        // A program need not read what it is given; then the pipe breaks, which is no fault.
        let _ = stdin.write_all(document.as_bytes()).await;
        drop(stdin);
        Ok(())
    };
    // All three at once: a program that prints before it has read everything would wait for ever.
    let pipes = async { tokio::try_join!(feed, collect(stdout, printed), listen(stderr, complaints)) };
    tokio::pin!(pipes);

    let status = tokio::select! {
        closed = &mut pipes => {
            closed?;
            let status = child.wait().await;
            drop(group);
            status
        }
        status = child.wait() => {
            // What the program left running ends now, so that the pipes close. The leader's number was
            // given back a moment ago; the kernel hands out all others before it comes to this one again.
            drop(group);
            if let Ok(closed) = timeout(AFTERMATH, &mut pipes).await {
                closed?;
            }
            status
        }
    };
    status.map_err(|error| try_again(format!("it cannot be waited for: {error}")))
}

async fn collect(mut from: impl AsyncRead + Unpin, into: &mut Vec<u8>) -> Result<(), RunError> {
    while let Ok(1..) = from.read_buf(into).await {
        if into.len() > WORKFLOW_OUTPUT_BYTES {
            return Err(too_much());
        }
    }
    Ok(())
}

async fn listen(mut from: impl AsyncRead + Unpin, into: &mut Tail) -> Result<(), RunError> {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        into.push(&buffer[..count]);
    }
    Ok(())
}

/// A program and everything it started, as long as that did not leave the group. Dropping kills it.
struct Group(Option<Pid>);

impl Group {
    fn led_by(child: &Child) -> Self {
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self(leader)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It fails only where nobody is left.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests;
