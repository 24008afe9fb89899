//! One call into a plugin: a fresh sandbox, made within its limits and thrown away.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio::time::timeout;
use wasmtime::component::{Component, Instance};
use wasmtime::{Store, UpdateDeadline};

use super::bindings::{Plugin, PluginPre};
use super::engine::Engine;
use super::exports::Exports;
use super::fault::Fault;
use super::fit;
use super::guest::Guest;
use super::measure::{Measured, Usage};
use crate::model::bounds;
use crate::model::terms::Terms;
use crate::model::time::Time;

/// Resource handles that the engine keeps for one guest.
const HANDLES: usize = 256;

/// Makes sandboxes of one plugin.
pub(super) struct Sandboxes {
    engine: Engine,
    name: Arc<str>,
    adapter: PluginPre<Guest>,
    exports: Exports,
    terms: Terms,
    turns: Semaphore,
    wall: Duration,
}

impl Sandboxes {
    pub(super) fn new(
        engine: &Engine,
        name: &str,
        adapter: PluginPre<Guest>,
        exports: Exports,
        terms: Terms,
    ) -> Self {
        let (turns, wall) = (Semaphore::new(bounds::PLUGIN_CALLS_AT_ONCE), bounds::PLUGIN_CALL_WALL);
        Self { engine: engine.clone(), name: name.into(), adapter, exports, terms, turns, wall }
    }

    /// On which terms they run.
    pub(super) fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What they were made in.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What stands in the log lines of what they run.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What they run.
    pub(super) fn component(&self) -> &Component {
        self.adapter.instance_pre().component()
    }

    /// The functions that an instance has.
    pub(super) fn exports(&self) -> &Exports {
        &self.exports
    }

    /// Runs `call` with an instance of its own whose functions are all known, for at most `ticks` of processor
    /// time. Waits for a turn when too many run already, at most as long as a call itself may take.
    pub(super) async fn run<T>(
        &self,
        now: Time,
        ticks: u64,
        call: impl AsyncFnOnce(&mut Store<Guest>, &Plugin) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let work = async |store: &mut Store<Guest>| {
            let started = self.adapter.instantiate_async(&mut *store).await;
            let adapter = started.map_err(|error| Fault::at_start(&error, store.data()))?;
            call(store, &adapter).await.map_err(|error| Fault::in_call(&error, store.data()))
        };
        self.in_turn(now, ticks, work).await.answer
    }

    /// The same with a bare instance, and what it took.
    pub(super) async fn measure<T>(
        &self,
        now: Time,
        ticks: u64,
        call: impl AsyncFnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<T>,
    ) -> Measured<T> {
        self.in_turn(now, ticks, async |store: &mut Store<Guest>| self.called(store, call).await).await
    }

    /// The same for whoever is asked by a stranger: hushed before anything of it runs.
    pub(super) async fn measure_hushed<T>(
        &self,
        now: Time,
        ticks: u64,
        call: impl AsyncFnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<T>,
    ) -> Measured<T> {
        let work = async |store: &mut Store<Guest>| {
            store.data_mut().lines.hush();
            self.called(store, call).await
        };
        self.in_turn(now, ticks, work).await
    }

    async fn called<T>(
        &self,
        store: &mut Store<Guest>,
        call: impl AsyncFnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let started = self.adapter.instance_pre().instantiate_async(&mut *store).await;
        let instance = started.map_err(|error| Fault::at_start(&error, store.data()))?;
        call(store, &instance).await.map_err(|error| Fault::in_call(&error, store.data()))
    }

    /// Whether the adapter was built for the second world.
    pub(super) fn makes_claims(&self) -> bool {
        fit::makes_claims(self.component())
    }

    async fn in_turn<T>(
        &self,
        now: Time,
        ticks: u64,
        work: impl AsyncFnOnce(&mut Store<Guest>) -> Result<T, Fault>,
    ) -> Measured<T> {
        let waiting = async {
            let turn = self.turns.acquire().await.expect("nobody closes the semaphore");
            let slot = self.engine.slots().acquire().await.expect("nobody closes the semaphore");
            (turn, slot)
        };
        let Ok(_turn) = timeout(self.wall, waiting).await else { return Measured::nothing(Fault::Busy) };
        let work = async {
            let mut store = self.store(now, ticks);
            let _running = self.engine.ticker().running();
            let answer = work(&mut store).await;
            (answer, store.data().limits.memory(), store.data().ticks)
        };
        let (begun, mut busy) = (Instant::now(), Duration::ZERO);
        let ended = timeout(self.wall, clocked(work, &mut busy)).await;
        let (answer, memory, ticks) = ended.unwrap_or_else(|_| (Err(Fault::Timeout), 0, ticks));
        Measured { answer, usage: Usage { time: begun.elapsed(), busy, memory, ticks } }
    }

    fn store(&self, now: Time, ticks: u64) -> Store<Guest> {
        let mut store = Store::new(self.engine.wasm(), Guest::new(Arc::clone(&self.name), &self.terms, now));
        store.limiter(|guest| &mut guest.limits);
        store.set_hostcall_fuel(self.terms.limits.output);
        store.set_max_component_handles(HANDLES);
        store.epoch_deadline_callback(move |mut guest| {
            let guest = guest.data_mut();
            if guest.ticks == ticks {
                return Ok(UpdateDeadline::Interrupt);
            }
            guest.ticks += 1;
            // Tokio's own yield, which lets timers and sockets come first; a plain one starves them.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(yield_now())))
        });
        store.set_epoch_deadline(1);
        store
    }
}

/// Adds to `busy` for how long work holds its thread, also if it is given up.
async fn clocked<T>(work: impl Future<Output = T>, busy: &mut Duration) -> T {
    let mut work = pin!(work);
    let poll = |cx: &mut task::Context<'_>| {
        let begun = Instant::now();
        let polled = work.as_mut().poll(cx);
        *busy += begun.elapsed();
        polled
    };
    poll_fn(poll).await
}

impl fmt::Debug for Sandboxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandboxes").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::Plugin;
    use crate::plugin::tests::{engine, load, rogue};

    #[tokio::test]
    async fn a_call_that_never_gets_its_turn_is_told_so() {
        let mut plugin: Plugin = load(&engine(), rogue::receiving(rogue::IGNORE)).await.unwrap();
        let sandboxes = &mut Arc::get_mut(&mut plugin.0).unwrap().sandboxes;
        sandboxes.wall = Duration::from_millis(20);
        let all = sandboxes.turns.acquire_many(bounds::PLUGIN_CALLS_AT_ONCE as u32).await.unwrap();
        let nothing = async |_: &mut Store<Guest>, _: &_| Ok(());
        assert_eq!(sandboxes.run(Time(0), 1, nothing).await, Err(Fault::Busy));
        drop(all);
        assert_eq!(sandboxes.run(Time(0), 1, nothing).await, Ok(()));
    }
}
