//! Metrics that differ in one label, whose values are a closed set.

use std::marker::PhantomData;
use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

/// The labels of one series.
pub(super) type Labels = Vec<(&'static str, String)>;

/// A closed set of values of one label, so that no sender can make new series.
pub trait Kind: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// As it stands in the label.
    fn as_str(self) -> &'static str;

    /// Its place in [`Self::ALL`].
    fn index(self) -> usize;
}

/// Writes a closed set of values of a label.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$kind_doc:meta])* $kind:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$kind_doc])* $kind,)*
        }

        impl $crate::metrics::series::Kind for $name {
            const ALL: &'static [Self] = &[$(Self::$kind),*];

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)*
                }
            }

            fn index(self) -> usize {
                self as usize
            }
        }
    )*};
}
pub(super) use kinds;

/// One metric for each kind. It is looked up by its labels only when it is used for the first time, and until
/// then it is not exported; later uses are those of the metric itself, for a counter one atomic addition.
#[derive(Debug)]
pub struct Series<K, M> {
    family: Family<Labels, M>,
    common: Labels,
    label: &'static str,
    cells: Vec<OnceLock<M>>,
    kinds: PhantomData<K>,
}

/// A counter for each kind.
pub type Counters<K> = Series<K, Counter>;

/// The durations of each kind.
pub type Durations<K> = Series<K, Histogram>;

impl<K: Kind, M: Clone> Series<K, M> {
    /// Of a family, with these labels in common and the kind under `label`.
    pub(super) fn new(family: &Family<Labels, M>, common: Labels, label: &'static str) -> Self {
        let cells = K::ALL.iter().map(|_| OnceLock::new()).collect();
        Self { family: family.clone(), common, label, cells, kinds: PhantomData }
    }

    fn of(&self, kind: K) -> &M {
        self.cells[kind.index()].get_or_init(|| {
            let mut labels = self.common.clone();
            labels.push((self.label, kind.as_str().to_owned()));
            self.family.get_or_create_owned(&labels)
        })
    }
}

impl<K: Kind> Counters<K> {
    /// The same, exported as zeros from the start, so that the first one is seen as an increase.
    pub(super) fn from_zero(family: &Family<Labels, Counter>, common: Labels, label: &'static str) -> Self {
        let counters = Self::new(family, common, label);
        for kind in K::ALL {
            counters.of(*kind);
        }
        counters
    }

    /// Counts one more of this kind.
    pub fn count(&self, kind: K) {
        self.of(kind).inc();
    }
}

impl<K: Kind> Durations<K> {
    /// Something of this kind took so long.
    pub fn took(&self, kind: K, duration: Duration) {
        self.of(kind).observe(duration.as_secs_f64());
    }
}

/// Durations of what is done over a network, from a local answer to the longest that is waited.
pub(super) fn durations() -> Family<Labels, Histogram> {
    Family::new_with_constructor(|| {
        Histogram::new([0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0])
    })
}
