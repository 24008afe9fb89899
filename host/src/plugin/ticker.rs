//! The clock that interrupts running guests; it stands still while none runs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// A thread that advances the engine's epoch while at least one guest runs. It ends with its owner.
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

/// Keeps the clock going for as long as it lives.
pub(super) struct Running<'a>(&'a Ticker);

#[derive(Default)]
struct Shared {
    guests: AtomicUsize,
    closed: AtomicBool,
}

impl Ticker {
    /// Starts the thread, at rest.
    pub(super) fn start(engine: &Engine, every: Duration) -> io::Result<Self> {
        // A weak reference, so that the thread is not what keeps compiled code in memory.
        let engine = engine.weak();
        Self::beating(every, move || engine.upgrade().map(|engine| engine.increment_epoch()).is_some())
    }

    /// The same with another `beat`, until that says that it is over.
    fn beating(every: Duration, beat: impl Fn() -> bool + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let seen = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("plugin-ticks".into())
            .spawn(move || tick(beat, &seen, every))?
            .thread()
            .clone();
        Ok(Self { shared, thread })
    }

    /// To be held while a guest may run.
    pub(super) fn running(&self) -> Running<'_> {
        if self.shared.guests.fetch_add(1, Ordering::SeqCst) == 0 {
            self.thread.unpark();
        }
        Running(self)
    }
}

fn tick(beat: impl Fn() -> bool, shared: &Shared, every: Duration) {
    while !shared.closed.load(Ordering::SeqCst) {
        if shared.guests.load(Ordering::SeqCst) == 0 {
            // A guest that starts just now has left a token, with which this returns at once.
            thread::park();
            continue;
        }
        thread::sleep(every);
        if !beat() {
            return;
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.shared.guests.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Weak;
    use std::time::Instant;

    /// Whether, soon, only so many hold what the thread and its owner share.
    fn held_by(shared: &Weak<Shared>, count: usize) -> bool {
        let until = Instant::now() + Duration::from_secs(5);
        while shared.strong_count() > count && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        shared.strong_count() == count
    }

    #[test]
    fn the_thread_ends_with_its_owner_also_while_it_rests() {
        let ticker = Ticker::start(&Engine::default(), Duration::from_millis(1)).unwrap();
        let shared = Arc::downgrade(&ticker.shared);
        drop(ticker);
        assert!(held_by(&shared, 0));
    }

    #[test]
    fn it_beats_only_while_guests_run() {
        let beats = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&beats);
        let beat = move || counted.fetch_add(1, Ordering::SeqCst) < usize::MAX;
        let ticker = Ticker::beating(Duration::from_millis(1), beat).unwrap();
        let now = || beats.load(Ordering::SeqCst);
        let goes_on = || {
            let (before, until) = (now(), Instant::now() + Duration::from_secs(10));
            while now() < before + 3 && Instant::now() < until {
                thread::sleep(Duration::from_millis(1));
            }
            now() >= before + 3
        };
        thread::sleep(Duration::from_millis(20));
        assert_eq!(now(), 0, "nobody runs");
        let (one, other) = (ticker.running(), ticker.running());
        assert!(goes_on(), "two run");
        drop(one);
        assert!(goes_on(), "one runs");
        drop(other);
        // One beat may be under way.
        let rests = || {
            let before = now();
            thread::sleep(Duration::from_millis(20));
            now() == before
        };
        assert!((0..500).any(|_| rests()), "nobody runs any more");
    }

    #[test]
    fn the_thread_wakes_when_a_guest_starts() {
        let engine = Engine::default();
        let ticker = Ticker::start(&engine, Duration::from_millis(1)).unwrap();
        let shared = Arc::downgrade(&ticker.shared);
        drop(engine);
        thread::sleep(Duration::from_millis(20));
        assert_eq!(shared.strong_count(), 2, "without a guest it rests and sees nothing");
        let running = ticker.running();
        assert!(held_by(&shared, 1), "awake, it saw that the engine is gone, and ended");
        drop(running);
    }
}
