//! The adapter's functions, found once, so that a sandbox looks up only the one that it is made for.
//!
//! What `bindgen!` offers checks the types of all four functions in every new instance, which takes longer than
//! making it. All of them are checked once, when the plugin is loaded.

use wasmtime::Store;
use wasmtime::component::{Component, ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower};

use super::bindings::hookhost::provider::types::{Answer, Context, Progress, Request, Task, Verdict};
use super::fit::CONTRACT;
use super::guest::Guest;

/// Where the functions stand that are called for every delivery and every step.
pub(super) struct Exports {
    receive: ComponentExportIndex,
    begin: ComponentExportIndex,
    resume: ComponentExportIndex,
}

impl Exports {
    /// Those of an adapter; `None` where one is missing, which [`super::fit::fit`] has reported then.
    pub(super) fn of(component: &Component) -> Option<Self> {
        let contract = component.get_export_index(None, CONTRACT)?;
        let find = |name| component.get_export_index(Some(&contract), name);
        Some(Self { receive: find("receive")?, begin: find("begin")?, resume: find("resume")? })
    }

    pub(super) async fn receive(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
        context: &Context,
        request: &Request,
    ) -> wasmtime::Result<Verdict> {
        call(store, instance, &self.receive, (context, request)).await
    }

    pub(super) async fn begin(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
        context: &Context,
        task: &Task,
    ) -> wasmtime::Result<Progress> {
        call(store, instance, &self.begin, (context, task)).await
    }

    pub(super) async fn resume(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
        asked: (&Context, &Task, &[u8], &Answer),
    ) -> wasmtime::Result<Progress> {
        call(store, instance, &self.resume, asked).await
    }
}

async fn call<P, R>(
    store: &mut Store<Guest>,
    instance: &Instance,
    function: &ComponentExportIndex,
    asked: P,
) -> wasmtime::Result<R>
where
    P: ComponentNamedList + Lower + Send + Sync,
    R: Lift + Send + Sync + 'static,
    (R,): ComponentNamedList + Lift,
{
    let function = instance.get_typed_func::<P, (R,)>(&mut *store, function)?;
    let (said,) = function.call_async(&mut *store, asked).await?;
    Ok(said)
}
