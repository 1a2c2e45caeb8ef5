//! What a store holds: listed, found, removed.

use std::collections::HashSet;
use std::ffi::{c_char, c_void};

use delta_kernel::object_store::path::Path;
use delta_kernel::object_store::{
    self, DynObjectStore, GetOptions, GetRange, ObjectMeta, ObjectStoreExt,
};
use futures_util::TryStreamExt;
use serde_json::{json, Value};

use crate::error::{answer_code, Outcome, Status};
use crate::ffi::{give_text, guard, text};
use crate::store::Store;
use crate::waiting::{stop_flag, wait_for};

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_list(
    store: *const Store,
    beginning: *const c_char,
    stop: *const u8,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let found = list((*store).objects.as_ref(), text(beginning)?);
        let found = wait_for(stop_flag(stop), found)?;
        give_text(json, &Value::from(found).to_string());
        Ok(Status::Ok)
    })
}

/// Keys that begin with `beginning`. A store lists by folder; inside it the listing starts where the
/// beginning would stand, which spares the years of deliveries before it. Left out are the empty
/// objects that somebody's console or tool made for folders: others are below them, or their key
/// ends in a slash, which the listing loses, so that nothing is found under the key it tells.
async fn list(objects: &DynObjectStore, beginning: &str) -> Outcome<Vec<Value>> {
    let (folder, rest) = beginning.rsplit_once('/').unwrap_or(("", beginning));
    let folder = Path::parse(folder).map_err(object_store::Error::from)?;
    let listing = match rest.char_indices().next_back() {
        Some((at, _)) if at > 0 => {
            let before = format!("{}/{}", folder, &rest[..at]);
            let offset = Path::parse(before.trim_start_matches('/'));
            objects.list_with_offset(Some(&folder), &offset.map_err(object_store::Error::from)?)
        }
        _ => objects.list(Some(&folder)),
    };
    let wanted = beginning.trim_start_matches('/');
    let found: Vec<ObjectMeta> = listing.try_collect().await?;
    let folders: HashSet<String> = found
        .iter()
        .flat_map(|meta| folders_of(&meta.location))
        .collect();
    let mut chosen = Vec::new();
    for meta in &found {
        let path = meta.location.as_ref();
        let marks_a_folder = meta.size == 0
            && (folders.contains(path) || find(objects, &meta.location).await?.is_none());
        if path.starts_with(wanted) && !marks_a_folder {
            chosen.push(describe(meta));
        }
    }
    Ok(chosen)
}

fn folders_of(path: &Path) -> impl Iterator<Item = String> + '_ {
    let path = path.as_ref();
    path.match_indices('/')
        .map(|(at, _)| path[..at].to_string())
}

fn describe(meta: &ObjectMeta) -> Value {
    json!({
        "path": meta.location.as_ref(),
        "size": meta.size,
        "etag": meta.e_tag.as_deref().unwrap_or(""),
        "modified_ms": meta.last_modified.timestamp_millis(),
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_find(
    store: *const Store,
    path: *const c_char,
    stop: *const u8,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let path = Path::parse(text(path)?).map_err(object_store::Error::from)?;
        let objects = (*store).objects.as_ref();
        match wait_for(stop_flag(stop), find(objects, &path))? {
            Some(meta) => {
                give_text(json, &describe(&meta).to_string());
                Ok(Status::Ok)
            }
            None => Ok(Status::Absent),
        }
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_read(
    store: *const Store,
    path: *const c_char,
    from: u64,
    size: u64,
    stop: *const u8,
    sink: *mut c_void,
    take: unsafe extern "C" fn(*mut c_void, *const u8, usize),
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let path = Path::parse(text(path)?).map_err(object_store::Error::from)?;
        let objects = (*store).objects.as_ref();
        let bytes = wait_for(stop_flag(stop), async {
            Ok(objects.get_range(&path, from..from + size).await?)
        })?;
        take(sink, bytes.as_ptr(), bytes.len());
        Ok(Status::Ok)
    })
}

/// What stores call a bucket, container or user that is not there, each with the status of an object
/// that is not.
const NO_PLACE: [&str; 4] = [
    "NoSuchBucket",
    "ContainerNotFound",
    "FilesystemNotFound",
    "UserNotFound",
];

/// Asks for the first byte, not for the head alone: only then does a server say why it refuses.
async fn find(objects: &DynObjectStore, path: &Path) -> Outcome<Option<ObjectMeta>> {
    let first_byte = GetOptions {
        range: Some(GetRange::Bounded(0..1)),
        ..Default::default()
    };
    let error = match objects.get_opts(path, first_byte).await {
        Ok(found) => return Ok(Some(found.meta)),
        Err(error) => error,
    };
    let told = error.to_string();
    match error {
        object_store::Error::NotFound { .. } if !NO_PLACE.iter().any(|n| told.contains(n)) => {
            Ok(None)
        }
        // An empty object has no first byte: refused, or answered with a range that is none.
        error if answer_code(&error) == Some(416) || told.contains("CONTENT_RANGE") => {
            Ok(Some(objects.head(path).await?))
        }
        error => Err(error.into()),
    }
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_remove(
    store: *const Store,
    path: *const c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let path = Path::parse(text(path)?).map_err(object_store::Error::from)?;
        let objects = (*store).objects.as_ref();
        match wait_for(None, async { Ok(objects.delete(&path).await?) }) {
            Err(failure) if failure.status == Status::Missing => Ok(Status::Ok),
            done => done.map(|()| Status::Ok),
        }
    })
}
