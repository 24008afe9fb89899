//! Something that is not as it should be, told to the operator by `check` and at every start.

/// What is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// One sentence that names the thing and the reason.
    pub what: String,
    /// The next step; may be empty.
    pub hint: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Something is refused until it is mended.
    Refused,
    /// Everything is served, but not as somebody may expect.
    Warning,
}

/// Writes them to the log.
pub fn tell(findings: &[Finding]) {
    for Finding { weight, what, hint } in findings {
        match weight {
            Weight::Refused => tracing::error!(%hint, "{what}"),
            Weight::Warning => tracing::warn!(%hint, "{what}"),
        }
    }
}

impl Finding {
    /// Something is refused until it is mended.
    pub fn refused(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { weight: Weight::Refused, what: what.into(), hint: hint.into() }
    }

    /// Everything is served, but not as somebody may expect.
    pub fn warning(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, what: what.into(), hint: hint.into() }
    }
}
