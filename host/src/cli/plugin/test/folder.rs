//! Which cases a folder has. Links and folders below it are not followed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::model::bounds;

/// The settings of all cases of a folder.
pub(super) const CONTEXT: &str = "context.json";
const REQUEST: &str = ".request.http";
const VERDICT: &str = ".verdict.json";
const TASK: &str = ".task.json";
const STEPS: &str = ".steps.json";

/// What a folder holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Folder {
    /// In the order of their names.
    pub(super) cases: Vec<Case>,
    /// Files that look as if they should be tested and belong to no case.
    pub(super) strays: Vec<String>,
}

/// A recorded case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What goes in.
    pub(super) input: PathBuf,
    /// What is expected to come out; may be missing.
    pub(super) expected: PathBuf,
}

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request and its verdict.
    Request,
    /// A task and its steps.
    Task,
}

impl Kind {
    /// The file with what is expected, without the case's name.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Request => VERDICT,
            Self::Task => STEPS,
        }
    }
}

impl Folder {
    /// Lists a folder.
    ///
    /// # Errors
    /// When it cannot be read or has no case.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let unread = |error: io::Error| {
            Failure::new(
                format!("{} cannot be read: {error}", path.display()),
                "name the folder with the cases",
            )
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            if entry.file_type().map_err(unread)?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        let folder = Self::of(path, &names);
        if folder.cases.is_empty() {
            let hint = format!("a case is a request, NAME{REQUEST}, or a task, NAME{TASK}");
            return Err(Failure::new(format!("there is no case in {}", path.display()), hint));
        }
        Ok(folder)
    }

    fn of(path: &Path, names: &[String]) -> Self {
        let mut cases = Vec::new();
        let mut strays = Vec::new();
        let has = |stem: &str, end: &str| names.iter().any(|name| *name == format!("{stem}{end}"));
        for name in names {
            let case = |stem: &str, kind: Kind| Case {
                name: stem.to_owned(),
                kind,
                input: path.join(name),
                expected: path.join(format!("{stem}{}", kind.expected())),
            };
            if let Some(stem) = name.strip_suffix(REQUEST) {
                cases.push(case(stem, Kind::Request));
            } else if let Some(stem) = name.strip_suffix(TASK) {
                cases.push(case(stem, Kind::Task));
            } else {
                let belongs = name.strip_suffix(VERDICT).is_some_and(|stem| has(stem, REQUEST))
                    || name.strip_suffix(STEPS).is_some_and(|stem| has(stem, TASK))
                    || name == CONTEXT;
                if !belongs && (name.ends_with(".json") || name.ends_with(".http")) {
                    strays.push(name.clone());
                }
            }
        }
        Self { cases, strays }
    }
}

/// Reads a file of a case, of a bounded size.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bounds::CASE_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bounds::CASE_FILE_BYTES {
        return Err(io::Error::other(format!("it is larger than {} bytes", bounds::CASE_FILE_BYTES)));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_an_input_and_what_is_expected_of_it() {
        let names = [
            "a.request.http",
            "a.verdict.json",
            "b.steps.json",
            "b.task.json",
            "c.request.http",
            "context.json",
            "README.md",
        ];
        let folder = Folder::of(Path::new("cases"), &names.map(String::from));
        let case = |name: &str, kind, input: &str, expected: &str| Case {
            name: name.into(),
            kind,
            input: Path::new("cases").join(input),
            expected: Path::new("cases").join(expected),
        };
        let expected = [
            case("a", Kind::Request, "a.request.http", "a.verdict.json"),
            case("b", Kind::Task, "b.task.json", "b.steps.json"),
            case("c", Kind::Request, "c.request.http", "c.verdict.json"),
        ];
        assert_eq!(folder, Folder { cases: expected.into(), strays: vec![] });
    }

    #[test]
    fn what_would_silently_not_be_tested_is_told() {
        let names = ["a.requst.http", "a.verdict.json", "b.request.http", "b.steps.json"];
        let strays = Folder::of(Path::new("cases"), &names.map(String::from)).strays;
        assert_eq!(strays, ["a.requst.http", "a.verdict.json", "b.steps.json"]);
    }
}
