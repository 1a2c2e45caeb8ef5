//! What every exported function shares: texts in and out, errors and panics.

use std::ffi::{c_char, CStr, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Mutex, Once, PoisonError};

use crate::error::{Failure, Outcome, Status};

/// Runs `body` so that neither an error nor a panic crosses the boundary.
pub fn guard(error: *mut *mut c_char, body: impl FnOnce() -> Outcome<Status>) -> Status {
    set_text(error, std::ptr::null_mut());
    keep_panics();
    let outcome = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(last_panic()));
    match outcome {
        Ok(status) => status,
        Err(failure) => {
            set_text(error, owned(&failure.message));
            failure.status
        }
    }
}

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// A panic's text goes into the error that the caller gets, not to the operator's terminal.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let mut last = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
            // The first one is the cause; others follow from it.
            if last.is_empty() {
                *last = panic.to_string();
            }
        }));
    });
}

/// Any thread's, since the work is done by several.
pub fn last_panic() -> Failure {
    let mut last = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
    Failure::new(Status::Bug, std::mem::take(&mut *last))
}

fn set_text(place: *mut *mut c_char, value: *mut c_char) {
    if !place.is_null() {
        // SAFETY: the header demands a valid place or NULL.
        unsafe { *place = value };
    }
}

fn owned(text: &str) -> *mut c_char {
    CString::new(text.replace('\0', "\u{fffd}"))
        .unwrap_or_default()
        .into_raw()
}

pub fn give_text(place: *mut *mut c_char, text: &str) {
    set_text(place, owned(text));
}

/// A text the caller gave. NULL reads as "".
pub fn text<'a>(pointer: *const c_char) -> Outcome<&'a str> {
    if pointer.is_null() {
        return Ok("");
    }
    // SAFETY: the header demands NUL-terminated texts that outlive the call.
    unsafe { CStr::from_ptr(pointer) }
        .to_str()
        .map_err(|_| Failure::new(Status::Config, "a text given is not UTF-8"))
}

/// # Safety
/// `text` came from this library and was not freed yet, or is NULL.
#[no_mangle]
pub unsafe extern "C" fn qn_text_free(text: *mut c_char) {
    if !text.is_null() {
        drop(CString::from_raw(text));
    }
}
