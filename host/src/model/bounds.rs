//! Every bound on what comes from outside, with its reason. What an operator may change is a default here.

use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Meta sends up to 3 MB in one delivery, the largest of the shipped providers.
pub const BODY_BYTES: usize = 3 * MIB;
/// Connections at one time; more wait to be accepted. Telegram opens at most 100, Meta some hundreds.
pub const CONNECTIONS: usize = 4_096;
/// Connections from one address (of IPv6: one /64), so that it takes many to fill all places; more are closed at once.
/// Those of this machine and of trusted proxies are not counted: they come for many.
pub const CONNECTIONS_PER_PEER: usize = 256;
/// Connections to the admin listener, which is for the commands of one operator and for whoever reads the metrics.
pub const ADMIN_CONNECTIONS: usize = 64;
/// The line and the headers of a request. Known senders need 4 KiB at most; all [`CONNECTIONS`] together hold 128 MiB.
pub const REQUEST_HEAD_BYTES: usize = 32 * KIB;
/// More than any known sender; hyper refuses the rest before it is stored anywhere.
pub const REQUEST_HEADERS: usize = 100;
/// A sender that has not finished its headers by then, or its body by then again, is cut off; Telegram itself gives
/// up after 60 s.
pub const REQUEST_READ: Duration = Duration::from_secs(30);
/// A body of which nothing comes for so long is given up: what came of it takes the room of others.
pub const BODY_PAUSE: Duration = Duration::from_secs(10);
/// How long a stop waits for what was begun: as long as a sender of `generic` waits for its result, and less than
/// systemd's 90 s before it kills.
pub const DRAIN: Duration = Duration::from_secs(25);
/// Without a moment to spare, every stop would cut off what was just begun.
pub const DRAIN_MIN: Duration = Duration::from_secs(1);
/// Whoever stops a host wants it to end, whatever hangs.
pub const DRAIN_MAX: Duration = Duration::from_secs(15 * 60);
/// How long it takes at most to put back the runs that did not end within the drain, and to tell who waits for them.
pub const PUT_BACK: Duration = Duration::from_secs(2);
/// Meta batches at most 1,000 updates into one delivery.
pub const EVENTS_PER_DELIVERY: usize = 1_000;
/// An event id is hashed, but it is also stored and shown; WhatsApp's longest are about 130 bytes.
pub const EVENT_ID_BYTES: usize = 512;
/// A conversation names an account, a chat and a topic; no known provider needs more.
pub const CONVERSATION_BYTES: usize = 512;
/// Topics are matched against routes and shown in lists.
pub const TOPIC_BYTES: usize = 128;
/// What a plugin may hand to the host in one answer: a full batch of 3 MB, its raw parts and overhead.
pub const PLUGIN_OUTPUT_BYTES: usize = 16 * MIB;
/// The most that an operator may allow: [`BODY_BYTES_MAX`] with every character of it escaped.
pub const PLUGIN_OUTPUT_BYTES_MAX: usize = 64 * MIB;
/// An answer with a few events fits.
pub const PLUGIN_OUTPUT_BYTES_MIN: usize = 64 * KIB;
/// Linear memory of one plugin instance; 1,000 events in 3 MB were measured to need 12.4 MiB.
pub const PLUGIN_MEMORY_BYTES: usize = 32 * MIB;
/// The most that an operator may allow: a language runtime with a body of [`BODY_BYTES_MAX`]. Only address space
/// is reserved for it, and no more than is for a smaller one.
pub const PLUGIN_MEMORY_BYTES_MAX: usize = 512 * MIB;
/// Rust's standard library with its stack takes as much before it has begun.
pub const PLUGIN_MEMORY_BYTES_MIN: usize = 2 * MIB;
/// A plugin file: JavaScript and Python adapters are 12 to 18 MB.
pub const PLUGIN_FILE_BYTES: u64 = 32 * MIB as u64;
/// Machine code of one plugin: a few times its file, and more than a start should read.
pub const COMPILED_BYTES: u64 = 256 * MIB as u64;
/// Machine code that is kept of plugins that are not served now: some versions to go back to.
pub const COMPILED_IDLE_BYTES: u64 = 128 * MIB as u64;
/// A file of a recorded case: a request with the largest body that a host takes, and its head.
pub const CASE_FILE_BYTES: u64 = 32 * MIB as u64;
/// Processor time of one `receive`, `begin` or `resume`: a thousand events take 12 ms of it.
pub const PLUGIN_CALL_TIME: Duration = Duration::from_millis(200);
/// The most that an operator may allow; the wall clock ends a call at twice as much.
pub const PLUGIN_CALL_TIME_MAX: Duration = Duration::from_secs(5);
/// Two ticks: with one, a call that begins just before it would be stopped at once.
pub const PLUGIN_CALL_TIME_MIN: Duration = Duration::from_millis(10);
/// Claims of one request: Adyen's largest batches, and Meta's, have fewer items.
pub const CLAIMS: usize = 1_000;
/// Processor time of `describe`, in ticks of [`PLUGIN_TICK`]: it runs once and may initialise a language runtime.
pub const PLUGIN_DESCRIBE_TICKS: u64 = 200;
/// How often a running plugin is interrupted to see whether its time is up.
pub const PLUGIN_TICK: Duration = Duration::from_millis(5);
/// The second line of defence behind the ticks: wall-clock time of one call, waiting for its turn included.
pub const PLUGIN_CALL_WALL: Duration = Duration::from_secs(10);
/// Calls into one plugin at a time; more wait.
pub const PLUGIN_CALLS_AT_ONCE: usize = 16;
/// Lines that one call may log; the rest is counted and dropped.
pub const PLUGIN_LOG_LINES: usize = 100;
/// Length of one such line.
pub const PLUGIN_LOG_LINE_BYTES: usize = KIB;
/// Calls into all plugins at a time; more wait. Each may take its memory: 2 GB where no operator
/// has allowed more.
pub const PLUGIN_SANDBOXES: usize = 60;
/// Table entries of one plugin instance; each is a pointer. Language runtimes have some ten thousand.
pub const PLUGIN_TABLE_ELEMENTS: usize = 20_000;
/// How much of what one call printed is kept for the log: a panic with its message.
pub const PLUGIN_OUTPUT_TAIL_BYTES: usize = 4 * KIB;
/// The opaque cursor between two steps (the contract's own bound).
pub const STEP_STATE_BYTES: usize = 16 * KIB;
/// Calls that one reply may take: a long text in pieces, an upload and a send.
pub const STEPS_PER_TASK: u32 = 64;
/// What a provider may answer to a call; error bodies and ids are far smaller.
pub const ANSWER_BYTES: usize = MIB;
/// How long the host waits for a provider's answer to one call.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long bringing one file may take, with all its calls: at 350 KiB/s for the largest.
pub const MEDIA_TIMEOUT: Duration = Duration::from_secs(300);
/// The largest file that is brought: WhatsApp's documents may have 100 MB.
pub const MEDIA_BYTES: u64 = 100 * MIB as u64;
/// Files that are kept for those who ask again, in all; the oldest go first.
pub const MEDIA_KEPT_BYTES: u64 = 1024 * MIB as u64;
/// Files that are brought at one time; who asks for more is told to come back.
pub const MEDIA_AT_ONCE: usize = 8;
/// How long the link to a file holds, and the file is kept.
pub const MEDIA_LINK: Duration = Duration::from_secs(3600);
/// How long bringing a file may wait for the provider's pace, and between two tries.
pub const MEDIA_PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer to a provider is tried before it is given up.
pub const REPLY_TRIED_FOR: Duration = Duration::from_secs(24 * 3600);
/// Sessions of one provider of which the last is remembered: a bridge has a few phones. The one that was not heard of for
/// longest gives way.
pub const SESSIONS_PER_PROVIDER: usize = 64;
/// What is kept of each word about a session: they are shown in a table, and are labels of a metric.
pub const SESSION_CHARS: usize = 120;
/// Messages of one reply whose statuses are remembered: more than its calls may bring.
pub const MESSAGES_PER_REPLY: usize = 128;
/// Statuses of one message that may come before its receipt; there are five states.
pub const EARLY_STATUSES: usize = 32;
/// Calls that a task may take of which nothing is stored: a file in two steps, each repeated.
pub const STEPS_PER_ERRAND: u32 = 8;
/// Runs that wait to be shown as typing in their chats; more are not shown.
pub const SIGNS_WAITING: usize = 256;
/// Runs that are shown as typing at one time.
pub const SIGNS_SHOWN: usize = 1_024;
/// Replies that one run may owe.
pub const REPLIES_PER_RUN: usize = 50;
/// How long an HTTP workflow may take to accept the connection; then it cannot be reached.
pub const WORKFLOW_CONNECT: Duration = Duration::from_secs(5);
/// What a workflow may print or answer.
pub const WORKFLOW_OUTPUT_BYTES: usize = MIB;
/// How much of a failing command's standard error is kept for the log.
pub const WORKFLOW_STDERR_BYTES: usize = 4 * KIB;
/// How long a workflow that cannot be reached holds its lane before its event is given up.
pub const UNREACHABLE_FOR: Duration = Duration::from_secs(3600);
/// How long a claim holds without being renewed: the runs of most workflows end sooner and need no renewal,
/// and what a crashed worker leaves behind does not block its conversation for long.
pub const CLAIM_LEASE: Duration = Duration::from_secs(60);
/// Runs of one event that a crash may interrupt before the event is given up.
pub const INTERRUPTED_RUNS: u32 = 3;
/// Bytes of bodies that are being read, understood or stored at one time; more are answered with 503. One provider
/// has at most three quarters of what others leave.
pub const BODIES_BYTES: usize = 256 * MIB;
/// Deliveries between `receive` and the store at one time, and so the admissions that wait there; the next one is
/// answered with 503. One provider has at most three quarters of what others leave.
pub const DELIVERIES_IN_FLIGHT: usize = 1_024;
/// Deliveries of one provider that are understood and stored at a time while others send, too; more of its own wait
/// behind them. Enough to keep the processors of a small machine at work, and few to wait for.
pub const DELIVERIES_AT_ONCE_BESIDE_OTHERS: usize = 8;
/// Deliveries whose senders wait for a result at one time; the next one is answered with 202 at once.
pub const WAITING_SENDERS: usize = 4_096;
/// Candidate signatures that one request may carry (several secrets in rotation need two).
pub const SIGNATURES: usize = 8;
/// A value that a handshake gives back; the longest known is Microsoft Graph's, of a few hundred bytes.
pub const HANDSHAKE_VALUE_BYTES: usize = 4 * KIB;
/// A value that a handshake gives back as a keyed hash; X and Zoom send fewer than 50 bytes.
pub const HANDSHAKE_HMAC_BYTES: usize = 512;
/// A body with which a refused signature is tried in other readings, a dozen hashes each: as GitHub's usual ones.
pub const DIAGNOSED_BODY_BYTES: usize = 256 * KIB;
/// Handshakes that are answered for one provider in [`RATE_WINDOW`]. X asks once an hour, Discord a few times.
pub const HANDSHAKES_PER_WINDOW: u32 = 60;
/// Refused deliveries of one provider that are looked into in [`RATE_WINDOW`]: strangers must not make work.
pub const DIAGNOSES_PER_WINDOW: u32 = 6;
/// Requests of one provider for which its plugin is asked for claims in [`RATE_WINDOW`]: a hundred each second.
pub const CLAIMED_PER_WINDOW: u32 = 6_000;
/// Refused deliveries of one provider that are logged one by one in [`RATE_WINDOW`]: strangers must not fill the disk.
pub const REFUSALS_TOLD_PER_WINDOW: u32 = 60;
/// The time over which such things are counted.
pub const RATE_WINDOW: Duration = Duration::from_secs(60);
/// Shorter secrets can be guessed.
pub const SECRET_BYTES_MIN: usize = 8;
/// A page of more than 128 KiB becomes a blob file in sled 0.34 that nothing syncs, and a page may hold 19
/// values.
pub const STORE_VALUE_BYTES: usize = 6 * KIB;
/// Free disk space below which deliveries are refused: sled refuses everything after one failed write.
pub const STORE_FREE_BYTES_MIN: u64 = 256 * MIB as u64;
/// Free disk space below which a store that broke is not opened anew: some of sled's segments of 512 KiB.
pub const STORE_REOPEN_BYTES_MIN: u64 = 4 * MIB as u64;
/// What a start counts of one kind, a fraction of a second each; it says "or more" then.
pub const COUNTED_AT_START: usize = 20_000;
/// How long one request to look at all records goes on; whoever asked asks again from there.
pub const VERIFY_LOOK: Duration = Duration::from_secs(2);
/// How long a backup may take, at a few megabytes a second for the largest store.
pub const BACKUP: Duration = Duration::from_secs(3600);
/// What `hookhost store stats` counts of one table, two seconds in all; it says "or more" then.
pub const COUNTED_FOR_STATS: usize = 50_000;
/// Records that one look at the store reads while it searches; whoever wants more looks again from there.
pub const EVENTS_LOOKED_AT: usize = 500;
/// Events that one look gives at most.
pub const EVENTS_PER_LOOK: usize = 200;
/// Events that a list shows when nobody says how many.
pub const EVENTS_LISTED: usize = 50;
/// Replays that an event remembers by their ids; older ones still name the event themselves.
pub const REPLAYS_REMEMBERED: usize = 100;
/// Ids in one request for replays; each may need a call of a plugin.
pub const REPLAYS_PER_REQUEST: usize = 50;
/// Events that one command replays by a filter: more are more likely a filter that was forgotten.
pub const REPLAYS_PER_COMMAND: usize = 10_000;
/// A request to the admin listener: at most a list of ids.
pub const ADMIN_BODY_BYTES: usize = 64 * KIB;
/// A configuration is written by hand; a larger file is the wrong file.
pub const CONFIG_FILE_BYTES: u64 = MIB as u64;
/// GitHub sends at most 25 MiB; no operator needs to take more.
pub const BODY_BYTES_MAX: usize = 25 * MIB;
/// Every known sender's smallest delivery fits.
pub const BODY_BYTES_MIN: usize = KIB;
/// How long an event's id is remembered: Meta repeats for 7 days.
pub const DEDUPE_WINDOW: Duration = Duration::from_secs(8 * 24 * 3600);
/// How long finished events are kept for looking at and replaying.
pub const EVENTS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Ids that are remembered at one time; with more, deliveries with new ones are refused. Each takes about 70
/// bytes of memory, so these take 1.4 GB, and are 29 a second for all of [`DEDUPE_WINDOW`].
pub const IDS: u32 = 20_000_000;
/// Events that may wait to be run; with more, deliveries are refused. With what brought them they take some 3 KB of
/// disk each, so these take 3 GB: hours of a workflow that is down, on the smallest of machines.
pub const QUEUED: u32 = 1_000_000;
/// An operator with 3 TB to spare may let so many wait.
pub const QUEUED_MAX: u32 = 1_000_000_000;
/// A limit above what any machine takes is a slip of the finger.
pub const RATE_MAX: u32 = 1_000_000;
/// An operator with 70 GB to spare may remember so many.
pub const IDS_MAX: u32 = 1_000_000_000;
/// The longest that ids and events may be kept; each id costs memory for all that time.
pub const KEPT_MAX: Duration = Duration::from_secs(365 * 24 * 3600);
/// Runs at the same time.
pub const WORKERS: u32 = 32;
/// Workers for what has a deadline, beside all others: each is busy for seconds at most.
pub const RESERVED_WORKERS: usize = 8;
/// More workers than this only move the queue to the workflows.
pub const WORKERS_MAX: u32 = 1_024;
/// How long one run of a workflow may take.
pub const WORKFLOW_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest that an operator may allow; a run holds its conversation that long.
pub const WORKFLOW_TIMEOUT_MAX: Duration = Duration::from_secs(3600);
/// A shorter time would fail workflows that merely start slowly.
pub const WORKFLOW_TIMEOUT_MIN: Duration = Duration::from_secs(1);
/// How often a failed run is tried again.
pub const WORKFLOW_RETRIES: u32 = 3;
/// With a doubling back-off, twenty retries are more than a week.
pub const WORKFLOW_RETRIES_MAX: u32 = 20;
/// A key file in PEM has a few KiB; a larger one is the wrong file.
pub const SECRET_FILE_BYTES: u64 = 64 * KIB as u64;
