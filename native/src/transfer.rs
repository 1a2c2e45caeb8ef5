//! Object stores: bringing objects here in ranges side by side, taking files there in parts.

use std::ffi::c_char;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_lc_rs::digest;
use delta_kernel::object_store::path::Path;
use delta_kernel::object_store::{
    self, DynObjectStore, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt,
    PutMode, PutOptions,
};
use futures_util::{stream, StreamExt, TryStreamExt};
use serde::Deserialize;

use crate::error::{Failure, Outcome, Status};
use crate::ffi::{give_text, guard, last_panic, text};
use crate::host_slots::HostSlots;
use crate::store::Store;
use crate::waiting::{stop_flag, wait_for};

/// Large enough that a request's latency vanishes, small enough that a broken one costs little.
const RANGE_BYTES: u64 = 8 << 20;
/// S3 takes 10,000 parts of an object at most.
const PART_BYTES: u64 = 8 << 20;
const MOST_PARTS: u64 = 9_000;
/// Small enough to stay in the processor's cache.
const DIGEST_BLOCK: usize = 256 << 10;
const PARTS_IN_FLIGHT: usize = 4;

#[derive(Deserialize)]
struct Wanted {
    path: String,
    etag: String,
    size: u64,
    target: String,
}

/// One object on its way: `<target>.part` fills from several places at once, and
/// `<target>.part.ranges` says which of them are whole, so that another run goes on from there.
struct Incoming {
    wanted: Wanted,
    path: Path,
    file: File,
    part: PathBuf,
    notes: PathBuf,
    whole: Mutex<Vec<u64>>,
    left: AtomicUsize,
    digest: Mutex<Digest>,
    sha256: OnceLock<String>,
}

/// SHA-256 of the ranges from the first one on that are whole, made while others come.
struct Digest {
    context: digest::Context,
    at: u64,
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_download(
    store: *const Store,
    objects_json: *const c_char,
    stop: *const u8,
    sha256_json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let wanted: Vec<Wanted> = serde_json::from_str(text(objects_json)?)?;
        let (objects, slots) = ((*store).objects.clone(), &(*store).slots);
        let digests = wait_for(stop_flag(stop), download(objects, slots, wanted))?;
        give_text(sha256_json, &serde_json::to_string(&digests)?);
        Ok(Status::Ok)
    })
}

async fn download(
    objects: Arc<DynObjectStore>,
    slots: &HostSlots,
    wanted: Vec<Wanted>,
) -> Outcome<Vec<String>> {
    let mut ranges = Vec::new();
    let mut all = Vec::new();
    for object in wanted {
        let incoming = Arc::new(start(object)?);
        let missing = missing_ranges(&incoming);
        incoming.left.store(missing.len(), Ordering::Relaxed);
        if missing.is_empty() {
            finish(incoming.clone()).await?;
        }
        all.push(incoming.clone());
        ranges.extend(missing.into_iter().map(|at| (incoming.clone(), at)));
    }
    stream::iter(ranges)
        .map(|(incoming, at)| {
            let objects = objects.clone();
            async move {
                let _slot = slots.take().await;
                bring(objects, incoming, at).await
            }
        })
        .buffer_unordered(slots.most())
        .try_collect::<()>()
        .await?;
    let digests = all.iter().map(|each| each.sha256.get().cloned());
    Ok(digests.map(Option::unwrap_or_default).collect())
}

/// Reads and computes where no transfer waits for it.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    (tokio::task::spawn_blocking(work).await).unwrap_or_else(|_| Err(last_panic()))
}

fn start(wanted: Wanted) -> Outcome<Incoming> {
    let path = Path::parse(&wanted.path).map_err(object_store::Error::from)?;
    let part = PathBuf::from(format!("{}.part", wanted.target));
    let notes = PathBuf::from(format!("{}.part.ranges", wanted.target));
    let whole = noted(&notes, &part, &wanted);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(whole.is_empty())
        .open(&part)?;
    file.set_len(wanted.size)?;
    Ok(Incoming {
        wanted,
        path,
        file,
        part,
        notes,
        whole: Mutex::new(whole),
        left: AtomicUsize::new(0),
        digest: Mutex::new(Digest {
            context: digest::Context::new(&digest::SHA256),
            at: 0,
        }),
        sha256: OnceLock::new(),
    })
}

/// The first line names the object's version; another one's ranges are worth nothing.
fn version_line(wanted: &Wanted) -> String {
    format!("{} {}", wanted.etag, wanted.size)
}

fn noted(notes: &FilePath, part: &FilePath, wanted: &Wanted) -> Vec<u64> {
    let Ok(content) = std::fs::read_to_string(notes) else {
        return Vec::new();
    };
    let mut lines = content.lines();
    let same = lines.next() == Some(version_line(wanted).as_str()) && !wanted.etag.is_empty();
    let kept = std::fs::metadata(part).is_ok_and(|meta| meta.len() == wanted.size);
    match same && kept {
        true => lines.filter_map(|line| line.parse().ok()).collect(),
        false => Vec::new(),
    }
}

fn missing_ranges(incoming: &Incoming) -> Vec<u64> {
    let whole = incoming.whole.lock().expect("no panic while it is held");
    let starts = (0..incoming.wanted.size.div_ceil(RANGE_BYTES)).map(|range| range * RANGE_BYTES);
    starts.filter(|start| !whole.contains(start)).collect()
}

async fn bring(objects: Arc<DynObjectStore>, incoming: Arc<Incoming>, start: u64) -> Outcome<()> {
    let wanted = &incoming.wanted;
    let end = (start + RANGE_BYTES).min(wanted.size);
    let options = GetOptions {
        range: Some(GetRange::Bounded(start..end)),
        if_match: (!wanted.etag.is_empty()).then(|| wanted.etag.clone()),
        ..Default::default()
    };
    let named = |failure: Failure| {
        Failure::new(
            failure.status,
            format!("{}: {}", wanted.path, failure.message),
        )
    };
    let answer = objects.get_opts(&incoming.path, options).await;
    let answer = answer.map_err(|error| named(changed_or(error)))?;
    if answer.meta.size != wanted.size {
        return Err(named(changed()));
    }
    let mut at = start;
    let mut body = answer.into_stream();
    while let Some(bytes) = body.try_next().await.map_err(|error| named(error.into()))? {
        if at + bytes.len() as u64 > end {
            return Err(named(wrong_length(
                at + bytes.len() as u64 - start,
                end - start,
            )));
        }
        incoming.file.write_all_at(&bytes, at)?;
        at += bytes.len() as u64;
    }
    if at != end {
        return Err(named(wrong_length(at - start, end - start)));
    }
    note(&incoming, start);
    if incoming.left.fetch_sub(1, Ordering::AcqRel) == 1 {
        return finish(incoming).await;
    }
    // Nobody waits for it: what it leaves out, the next one does.
    tokio::task::spawn_blocking(move || match incoming.digest.try_lock() {
        Ok(mut digest) => digest_whole_ranges(&incoming, &mut digest),
        Err(_) => Ok(()),
    });
    Ok(())
}

fn digest_whole_ranges(incoming: &Incoming, digest: &mut Digest) -> Outcome<()> {
    let is_whole = |at| {
        let whole = incoming.whole.lock().expect("no panic while it is held");
        whole.contains(&at)
    };
    let mut block = vec![0; DIGEST_BLOCK];
    while digest.at < incoming.wanted.size && is_whole(digest.at) {
        let end = (digest.at + RANGE_BYTES).min(incoming.wanted.size);
        while digest.at < end {
            let wanted = block.len().min((end - digest.at) as usize);
            incoming
                .file
                .read_exact_at(&mut block[..wanted], digest.at)?;
            digest.context.update(&block[..wanted]);
            digest.at += wanted as u64;
        }
    }
    Ok(())
}

fn changed() -> Failure {
    Failure::new(Status::Transient, "it changed while it was being fetched")
}

fn changed_or(error: object_store::Error) -> Failure {
    match error {
        object_store::Error::Precondition { .. } => changed(),
        error => error.into(),
    }
}

fn wrong_length(came: u64, promised: u64) -> Failure {
    let message = format!("{came} bytes came where the server promised {promised}");
    Failure::new(Status::Transient, message)
}

/// A note that cannot be written only costs a later run the range again.
fn note(incoming: &Incoming, start: u64) {
    let mut whole = incoming.whole.lock().expect("no panic while it is held");
    whole.push(start);
    if incoming.wanted.size > RANGE_BYTES {
        let starts = whole.iter().map(|start| format!("\n{start}"));
        let content = version_line(&incoming.wanted) + &starts.collect::<String>();
        let _ = std::fs::write(&incoming.notes, content);
    }
}

async fn finish(incoming: Arc<Incoming>) -> Outcome<()> {
    beside(move || digest_and_rename(&incoming)).await
}

fn digest_and_rename(incoming: &Incoming) -> Outcome<()> {
    let mut digest = incoming
        .digest
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    digest_whole_ranges(incoming, &mut digest)?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let sha256 = hex(digest.context.clone().finish().as_ref());
    let _ = incoming.sha256.set(sha256);
    std::fs::rename(&incoming.part, &incoming.wanted.target)?;
    let _ = std::fs::remove_file(&incoming.notes);
    Ok(())
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_upload(
    store: *const Store,
    file: *const c_char,
    path: *const c_char,
    stop: *const u8,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let file = File::open(text(file)?)?;
        let path = Path::parse(text(path)?).map_err(object_store::Error::from)?;
        let objects = (*store).objects.as_ref();
        let stop = stop_flag(stop);
        let size = file.metadata()?.len();
        if size <= PART_BYTES {
            let whole = read(&file, 0, size)?;
            let put = async { Ok(objects.put(&path, whole.into()).await?) };
            return wait_for(stop, put).map(|_| Status::Ok);
        }
        let mut upload = wait_for(stop, async { Ok(objects.put_multipart(&path).await?) })?;
        let sent = wait_for(stop, send(upload.as_mut(), &file, size));
        if sent.is_err() {
            // Its parts would be kept, and paid for, though no object shows them.
            let _ = wait_for(None, async { Ok(upload.abort().await?) });
        }
        sent.map(|()| Status::Ok)
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_upload_new(
    store: *const Store,
    file: *const c_char,
    path: *const c_char,
    stop: *const u8,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let whole = std::fs::read(text(file)?)?;
        let path = Path::parse(text(path)?).map_err(object_store::Error::from)?;
        let objects = (*store).objects.as_ref();
        let only_new = PutOptions::from(PutMode::Create);
        let put = async {
            match objects.put_opts(&path, whole.into(), only_new).await {
                Err(object_store::Error::AlreadyExists { .. }) => Ok(Status::Conflict),
                done => Ok(done.map(|_| Status::Ok)?),
            }
        };
        wait_for(stop_flag(stop), put)
    })
}

async fn send(upload: &mut dyn MultipartUpload, file: &File, size: u64) -> Outcome<()> {
    let part_bytes = PART_BYTES.max(size.div_ceil(MOST_PARTS));
    let mut on_their_way = stream::FuturesUnordered::new();
    let mut at = 0;
    while at < size {
        if on_their_way.len() == PARTS_IN_FLIGHT {
            on_their_way.try_next().await?;
        }
        let length = part_bytes.min(size - at);
        on_their_way.push(upload.put_part(read(file, at, length)?.into()));
        at += length;
    }
    while on_their_way.try_next().await?.is_some() {}
    upload.complete().await?;
    Ok(())
}

fn read(file: &File, at: u64, length: u64) -> Outcome<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}
