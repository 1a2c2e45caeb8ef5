//! Where tables live and what reads them: one small runtime, one engine per store.

use std::num::NonZero;
use std::sync::{Arc, OnceLock};

use delta_kernel::object_store::local::LocalFileSystem;
use delta_kernel::object_store::DynObjectStore;
use delta_kernel::Engine;
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use delta_kernel_default_engine::storage::store_from_url;
use delta_kernel_default_engine::DefaultEngineBuilder;
use url::Url;

use crate::error::{Failure, Outcome, Status};
use crate::store::Store;

/// Files whose first bytes are asked for at once. The kernel's default of 1000 would open a whole
/// year of commits together.
const FILES_IN_FLIGHT: NonZero<usize> = NonZero::new(32).unwrap();
/// Large enough that a batch's overhead vanishes, small enough that a few in flight are a few MB.
const ROWS_PER_BATCH: NonZero<usize> = NonZero::new(8192).unwrap();

/// A location always ends in a slash: a table is a folder.
pub fn url_of(location: &str) -> Outcome<Url> {
    let url = if location.contains("://") {
        Url::parse(&format!("{}/", location.trim_end_matches('/'))).ok()
    } else {
        std::path::absolute(location)
            .ok()
            .and_then(|path| Url::from_directory_path(path).ok())
    };
    url.ok_or_else(|| {
        Failure::new(
            Status::Config,
            format!("not a path or a URL: \"{location}\""),
        )
    })
}

pub fn engine_of(url: &Url, store: Option<&Store>) -> Outcome<Arc<dyn Engine>> {
    if let Some(store) = store {
        if let Some(engine) = store.engine.get() {
            return Ok(engine.clone());
        }
        let engine = build(store.objects.clone())?;
        return Ok(store.engine.get_or_init(|| engine).clone());
    }
    if url.scheme() != "file" {
        return Ok(build(store_from_url(url)?)?);
    }
    static LOCAL: OnceLock<Arc<dyn Engine>> = OnceLock::new();
    if let Some(engine) = LOCAL.get() {
        return Ok(engine.clone());
    }
    let engine = build(Arc::new(LocalFileSystem::new().with_fsync(true)))?;
    Ok(LOCAL.get_or_init(|| engine).clone())
}

fn build(store: Arc<DynObjectStore>) -> Outcome<Arc<dyn Engine>> {
    let engine = DefaultEngineBuilder::new(store)
        .with_task_executor(executor()?)
        .with_buffer_size(FILES_IN_FLIGHT)
        .with_batch_size(ROWS_PER_BATCH)
        .build();
    Ok(Arc::new(engine))
}

/// Two workers because a checkpoint is written by one while the other reads what it writes.
fn executor() -> Outcome<Arc<TokioMultiThreadExecutor>> {
    static EXECUTOR: OnceLock<Arc<TokioMultiThreadExecutor>> = OnceLock::new();
    if let Some(executor) = EXECUTOR.get() {
        return Ok(executor.clone());
    }
    let made = Arc::new(TokioMultiThreadExecutor::new_owned_runtime(
        Some(2),
        Some(8),
    )?);
    Ok(EXECUTOR.get_or_init(|| made).clone())
}
