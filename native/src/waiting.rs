//! From the caller's thread, which waits, to what goes on at once.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::error::{Failure, Outcome, Status};

/// Runs `work` until it is done or `stop` is set.
pub fn wait_for<T>(
    stop: Option<&AtomicBool>,
    work: impl Future<Output = Outcome<T>>,
) -> Outcome<T> {
    let stopped = async {
        loop {
            if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    runtime()?.block_on(async {
        tokio::select! {
            done = work => done,
            () = stopped => Err(Failure::new(Status::Machine, "interrupted")),
        }
    })
}

fn runtime() -> Outcome<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("store")
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| made))
}

/// # Safety
/// NULL, or an atomic byte that outlives the call.
pub unsafe fn stop_flag<'a>(stop: *const u8) -> Option<&'a AtomicBool> {
    stop.cast::<AtomicBool>().as_ref()
}
