//! Tables whose commits a catalog decides on (feature catalogManaged): a commit is staged beside the
//! log, made a version by the catalog, which the caller speaks with, and then published in the log.

use std::ffi::{c_char, c_void, CStr, CString};

use delta_kernel::committer::{CommitMetadata, CommitResponse, Committer, PublishMetadata};
use delta_kernel::{
    object_store, Engine, FileMeta, FilteredEngineData, KernelError, KernelResult,
    KernelResultIterator, LogPath,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{Carried, Failure, Outcome, Status};

/// What the catalog says a table's log is.
#[derive(Deserialize)]
pub struct Ratified {
    pub latest: u64,
    commits: Vec<Staged>,
}

/// A commit beside the log.
#[derive(Deserialize, Serialize)]
struct Staged {
    version: u64,
    #[serde(default)]
    timestamp_ms: i64,
    file_name: String,
    size: u64,
    modified_ms: i64,
}

impl Ratified {
    /// An empty text: the table's own log decides.
    pub fn read(json: &str) -> Outcome<Option<Ratified>> {
        if json.is_empty() {
            return Ok(None);
        }
        let mut ratified: Ratified = serde_json::from_str(json)?;
        ratified.commits.sort_by_key(|commit| commit.version);
        Ok(Some(ratified))
    }

    pub fn log_tail(&self, root: &Url) -> KernelResult<Vec<LogPath>> {
        let path = |staged: &Staged| {
            LogPath::staged_commit(
                root.clone(),
                &staged.file_name,
                staged.modified_ms,
                staged.size,
            )
        };
        self.commits.iter().map(path).collect()
    }

    /// The staged files, by version.
    pub fn files(&self, root: &Url) -> KernelResult<Vec<(u64, FileMeta)>> {
        self.log_tail(root)?; // refuses names that are none
        let file = |staged: &Staged| {
            let location = LogPath::staged_commit_url(root.clone(), &staged.file_name)?;
            let meta = FileMeta::new(location, staged.modified_ms, staged.size);
            Ok((staged.version, meta))
        };
        self.commits.iter().map(file).collect()
    }
}

type Give = unsafe extern "C" fn(sink: *mut c_void, text: *const c_char);

/// `qn_catalog`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Catalog {
    context: *mut c_void,
    ratify: unsafe extern "C" fn(
        context: *mut c_void,
        commit_json: *const c_char,
        give: Give,
        sink: *mut c_void,
    ) -> i32,
}

// The header says that it may be used from any thread.
unsafe impl Send for Catalog {}

unsafe extern "C" fn take(sink: *mut c_void, text: *const c_char) {
    *sink.cast::<String>() = CStr::from_ptr(text).to_string_lossy().into_owned();
}

impl Catalog {
    /// `Status::Ok` or `Status::Conflict`.
    fn ratify(&self, staged: &Staged, published: Option<u64>) -> Outcome<Status> {
        let mut commit = serde_json::to_value(staged)?;
        commit["published"] = serde_json::to_value(published)?;
        let commit = CString::new(commit.to_string())
            .map_err(|error| Failure::new(Status::Bug, error.to_string()))?;
        let mut said = String::new();
        let sink = (&raw mut said).cast::<c_void>();
        let number = unsafe { (self.ratify)(self.context, commit.as_ptr(), take, sink) };
        match Status::from_number(number) {
            answer @ (Status::Ok | Status::Conflict) => Ok(answer),
            status => Err(Failure::new(status, said)),
        }
    }
}

impl Committer for Catalog {
    fn commit(
        &self,
        engine: &dyn Engine,
        actions: KernelResultIterator<'_, FilteredEngineData>,
        metadata: CommitMetadata,
    ) -> KernelResult<CommitResponse> {
        let place = metadata.staged_commit_path()?;
        let json = engine.json_handler();
        json.write_json_file(&place, Box::new(actions), false)?;
        let storage = engine.storage_handler();
        let file = storage.head(&place)?;
        let staged = Staged {
            version: metadata.version(),
            timestamp_ms: metadata.in_commit_timestamp(),
            file_name: file_name(&place),
            size: file.size,
            modified_ms: file.last_modified,
        };
        let answer = self
            .ratify(&staged, metadata.max_published_version())
            .map_err(carried)?;
        if answer == Status::Ok {
            return Ok(CommitResponse::Committed { file_meta: file });
        }
        // Nobody will ever read it; whoever cleans the folder takes it if this does not.
        let _ = storage.delete(&place);
        Ok(CommitResponse::Conflict {
            version: metadata.version(),
        })
    }

    fn is_catalog_committer(&self) -> bool {
        true
    }

    fn publish(&self, engine: &dyn Engine, commits: PublishMetadata) -> KernelResult<()> {
        let storage = engine.storage_handler();
        for commit in commits.commits_to_publish() {
            match storage.copy_atomic(commit.location(), commit.published_location()) {
                Ok(()) | Err(KernelError::FileAlreadyExists(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn file_name(place: &Url) -> String {
    let segments = place.path_segments();
    let last = segments.and_then(|mut all| all.next_back());
    last.unwrap_or_default().to_string()
}

fn carried(failure: Failure) -> KernelError {
    KernelError::ObjectStore(object_store::Error::Generic {
        store: "catalog",
        source: Box::new(Carried(failure)),
    })
}
