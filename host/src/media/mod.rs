//! Attachments for workflows: `GET /media/{token}` brings the file from its provider when it is asked for.
//!
//! The token says which; the event in the store says how, and its plugin how to ask the provider. What was
//! brought is kept for as long as its link holds, for those who ask twice.

mod answer;
pub mod shelf;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use axum::response::IntoResponse as _;
use axum::routing::get;
use tokio::sync::{Mutex as Gate, Semaphore};

use self::answer::answer;
use self::shelf::{Kept, Shelf};
use crate::deliver::errand::{Courier, GivenUp};
use crate::deliver::fetch::{Fetched, NotFetched, fetch};
use crate::link::{Attached, Links};
use crate::live::Live;
use crate::model::bounds;
use crate::model::event::{Attachment, Content, Media};
use crate::model::time::Time;
use crate::provider::Provider;
use crate::receive::reply::Problem;
use crate::store::SharedStore;
use crate::store::execution::Execution;

/// What is told where the disk refuses.
const DISK: &str = "the data folder cannot be written";

/// What giving out files needs.
pub struct Counter {
    store: SharedStore,
    live: Live,
    courier: Courier,
    links: Links,
    shelf: Arc<Shelf>,
    places: Semaphore,
    /// One for each file that is being brought, so that nobody brings it twice.
    gates: Mutex<HashMap<Attached, Weak<Gate<()>>>>,
}

impl Counter {
    /// Puts the parts together.
    pub fn new(store: SharedStore, live: Live, courier: Courier, links: Links, shelf: Arc<Shelf>) -> Self {
        let places = Semaphore::new(bounds::MEDIA_AT_ONCE);
        Self { store, live, courier, links, shelf, places, gates: Mutex::default() }
    }

    async fn serve(&self, token: &str) -> Result<Response<Body>, Problem> {
        let not_found = || Problem::NotFound("there is no such file, or its link no longer holds".into());
        let attached = self.links.read(token, Time::now()).ok_or_else(not_found)?;
        let execution = self.store.execution(attached.execution).await.map_err(|error| {
            tracing::error!(execution = %attached.execution, %error, "an attachment cannot be looked up");
            Problem::from(&error)
        })?;
        let execution = execution.ok_or_else(not_found)?;
        let media = media(&execution, attached.number).ok_or_else(not_found)?;
        let kept = self.bring(attached, &execution, media).await?;
        Ok(answer(media, attached.number, kept))
    }

    /// The file, from the shelf or from its provider.
    async fn bring(&self, attached: Attached, execution: &Execution, media: &Media) -> Result<Kept, Problem> {
        let gate = self.gate(attached);
        let _only_one = gate.lock().await;
        if let Some(kept) = self.shelf.get(attached) {
            return Ok(kept);
        }
        let setup = self.live.now();
        let provider = setup.providers.get(&execution.provider);
        let provider = provider.ok_or(Problem::Upstream("its provider is not configured".into()))?;
        let place = tokio::time::timeout(bounds::MEDIA_PATIENCE, self.places.acquire()).await;
        let _place = place.map_err(|_| Problem::Busy("too many files are being brought now"))?;
        if !self.shelf.has_room() {
            return Err(Problem::Busy("the host has no room left for files"));
        }
        let folder = self.shelf.folder().map_err(|error| unwritable(&error))?;
        let bringing = fetch(&self.courier, provider, &setup.redactor, media, folder);
        let brought = tokio::time::timeout(bounds::MEDIA_TIMEOUT, bringing).await;
        let brought = brought.map_err(|_| Problem::Upstream("its provider takes too long".into()))?;
        let Fetched { file, blob } = brought.map_err(|error| refused(provider, attached, &error))?;
        self.shelf.put(attached, file, blob, Time::now()).map_err(|error| unwritable(&error))
    }

    fn gate(&self, attached: Attached) -> Arc<Gate<()>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.retain(|_, gate| gate.strong_count() > 0);
        if let Some(gate) = gates.get(&attached).and_then(Weak::upgrade) {
            return gate;
        }
        let gate = Arc::default();
        gates.insert(attached, Arc::downgrade(&gate));
        gate
    }
}

/// The path of attachments.
pub fn router(counter: Counter) -> Router {
    Router::new().route("/media/{token}", get(show)).with_state(Arc::new(counter))
}

async fn show(State(counter): State<Arc<Counter>>, Path(token): Path<String>) -> Response<Body> {
    counter.serve(&token).await.unwrap_or_else(Problem::into_response)
}

fn unwritable(error: &io::Error) -> Problem {
    tracing::error!(%error, "a file cannot be kept");
    Problem::Busy(DISK)
}

fn media(execution: &Execution, number: u16) -> Option<&Media> {
    let Content::Message(message) = &execution.event.content else { return None };
    match message.attachments.get(usize::from(number))? {
        Attachment::Media(media) => Some(media),
        Attachment::Location(_) | Attachment::Contact(_) => None,
    }
}

/// Says in the log all that is known, and to who asked as much as helps.
fn refused(provider: &Provider, attached: Attached, error: &NotFetched) -> Problem {
    tracing::warn!(
        provider = %provider.name, execution = %attached.execution, attachment = attached.number, %error,
        "a file was not brought"
    );
    match error {
        NotFetched::NoFile | NotFetched::OtherFile => Problem::Upstream(error.to_string()),
        NotFetched::GivenUp(given_up) => match given_up {
            GivenUp::NoPlugin => Problem::Busy("its provider's plugin is not loaded, or paused"),
            GivenUp::Plugin(fault) if fault.is_of_the_host() => Problem::Busy("the host has no room now"),
            GivenUp::Refuses => Problem::Busy("its provider refuses all calls of the host now"),
            GivenUp::NoPatience => Problem::Busy("its provider must not be called so often"),
            GivenUp::Disk(_) => Problem::Busy(DISK),
            GivenUp::Failed(failure) => {
                Problem::Upstream(format!("its provider does not give it out ({})", failure.code))
            }
            GivenUp::TooLarge => Problem::Upstream(given_up.to_string()),
            GivenUp::Plugin(_) | GivenUp::Refused(_) | GivenUp::TooManyCalls => {
                Problem::Upstream("its provider could not be asked for it; the log says why".into())
            }
        },
    }
}
