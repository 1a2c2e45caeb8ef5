//! Rows of any table the kernel reads, as Arrow C data. Files are read by a few threads side by
//! side; what waits for the caller is bounded.

use std::ffi::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::sync::Arc;
use std::thread::JoinHandle;

use delta_kernel::arrow::array::{Array, RecordBatch, StructArray};
use delta_kernel::arrow::ffi::{to_ffi, FFI_ArrowArray, FFI_ArrowSchema};
use delta_kernel::engine::arrow_data::EngineDataArrowExt;
use delta_kernel::scan::state::{transform_to_logical, ScanFile};
use delta_kernel::schema::SchemaRef;
use delta_kernel::{Engine, FileMeta};
use url::Url;

use crate::error::{Failure, Outcome, Status};
use crate::ffi::{guard, last_panic, text};
use crate::table::Table;

const BATCHES_WAITING: usize = 8;
const MOST_THREADS: usize = 8;

pub struct TableScan {
    /// None once closed, so that the readers' next send fails and they end.
    batches: Option<Receiver<Outcome<RecordBatch>>>,
    stop: Arc<AtomicBool>,
    readers: Vec<JoinHandle<()>>,
}

/// What every reader shares.
struct Job {
    engine: Arc<dyn Engine>,
    root: Url,
    physical: SchemaRef,
    logical: SchemaRef,
    /// The first columns of `logical`; what follows is read only to be dropped.
    wanted: usize,
    files: Vec<ScanFile>,
    next: AtomicUsize,
    stop: Arc<AtomicBool>,
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_scan_open(
    table: *const Table,
    columns_json: *const c_char,
    out: *mut *mut TableScan,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        *out = std::ptr::null_mut();
        let columns: Vec<String> = serde_json::from_str(text(columns_json)?)?;
        *out = Box::into_raw(Box::new(open(&*table, &columns)?));
        Ok(Status::Ok)
    })
}

fn open(table: &Table, columns: &[String]) -> Outcome<TableScan> {
    let schema = schema_to_read(table, columns)?;
    let scan = table
        .snapshot
        .clone()
        .scan_builder()
        .with_schema(schema)
        .build()?;
    let mut files = Vec::new();
    for batch in scan.scan_metadata(table.engine.as_ref())? {
        files =
            batch?.visit_scan_files(files, |files: &mut Vec<ScanFile>, file| files.push(file))?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let job = Arc::new(Job {
        engine: table.engine.clone(),
        root: table.snapshot.table_root().clone(),
        physical: scan.physical_schema().clone(),
        logical: scan.logical_schema().clone(),
        wanted: columns.len(),
        files,
        next: AtomicUsize::new(0),
        stop: stop.clone(),
    });
    let (sender, batches) = sync_channel(BATCHES_WAITING);
    Ok(TableScan {
        batches: Some(batches),
        stop,
        readers: start(&job, &sender),
    })
}

/// The columns wanted, and one of the files' own when all of them are partition values: the reader
/// panics when a file's rows have no column.
fn schema_to_read(table: &Table, columns: &[String]) -> Outcome<SchemaRef> {
    let schema = table.snapshot.schema();
    let partitions = table
        .snapshot
        .table_configuration()
        .metadata()
        .partition_columns();
    let in_files = |name: &&String| !partitions.contains(name);
    let mut names: Vec<&String> = columns.iter().collect();
    if !columns.iter().any(|name| in_files(&name)) {
        names.extend(schema.fields().map(|field| &field.name).find(in_files));
    }
    if let Some(absent) = names.iter().find(|name| schema.field(name).is_none()) {
        let there: Vec<_> = schema.fields().map(|field| field.name.as_str()).collect();
        let message = format!("no column {absent}; there are {}", there.join(", "));
        return Err(Failure::new(Status::Data, message));
    }
    Ok(schema.project(&names)?)
}

fn start(job: &Arc<Job>, sender: &SyncSender<Outcome<RecordBatch>>) -> Vec<JoinHandle<()>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MOST_THREADS).min(job.files.len());
    (0..threads)
        .map(|_| {
            let (job, sender) = (job.clone(), sender.clone());
            std::thread::spawn(move || {
                let read = catch_unwind(AssertUnwindSafe(|| read_files(&job, &sender)));
                let failure = match read {
                    Ok(Ok(())) => return,
                    Ok(Err(failure)) => failure,
                    Err(_) => last_panic(),
                };
                job.stop.store(true, Ordering::Relaxed);
                let _ = sender.send(Err(failure));
            })
        })
        .collect()
}

fn read_files(job: &Job, sender: &SyncSender<Outcome<RecordBatch>>) -> Outcome<()> {
    while let Some(file) = job.files.get(job.next.fetch_add(1, Ordering::Relaxed)) {
        read_file(job, file, sender)
            .map_err(|e| Failure::new(e.status, format!("{}: {}", file.path, e.message)))?;
        if job.stop.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

fn read_file(job: &Job, file: &ScanFile, sender: &SyncSender<Outcome<RecordBatch>>) -> Outcome<()> {
    let engine = job.engine.as_ref();
    let mut kept = file.dv_info.get_selection_vector(engine, &job.root)?;
    let meta = FileMeta {
        location: job
            .root
            .join(&file.path)
            .map_err(delta_kernel::KernelError::from)?,
        last_modified: file.modification_time,
        size: u64::try_from(file.size).unwrap_or(0),
    };
    // No predicate: a deletion vector counts every row of the file.
    let batches =
        engine
            .parquet_handler()
            .read_parquet_files(&[meta], job.physical.clone(), None)?;
    for physical in batches {
        let logical = transform_to_logical(
            engine,
            physical?,
            &job.physical,
            &job.logical,
            file.transform.clone(),
        )?;
        let rest = kept
            .as_mut()
            .map(|kept| kept.split_off(logical.len().min(kept.len())));
        let logical = match kept.take() {
            // Rows past the vector's end are kept.
            Some(mut mask) => {
                mask.resize(logical.len(), true);
                logical.apply_selection_vector(mask)?
            }
            None => logical,
        };
        kept = rest;
        let batch = logical.try_into_record_batch()?;
        let batch = batch
            .project(&(0..job.wanted).collect::<Vec<_>>())
            .map_err(delta_kernel::KernelError::from)?;
        if batch.num_rows() > 0 && sender.send(Ok(batch)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_scan_next(
    scan: *mut TableScan,
    arrow_schema: *mut FFI_ArrowSchema,
    arrow_array: *mut FFI_ArrowArray,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let Some(batches) = &(*scan).batches else {
            return Ok(Status::Absent);
        };
        let Ok(received) = batches.recv() else {
            return Ok(Status::Absent);
        };
        let rows = StructArray::from(received?);
        let (array, schema) = to_ffi(&rows.into_data())
            .map_err(|error| Failure::new(Status::Bug, error.to_string()))?;
        std::ptr::write(arrow_schema, schema);
        std::ptr::write(arrow_array, array);
        Ok(Status::Ok)
    })
}

/// # Safety
/// `scan` came from [`qn_scan_open`] and is not used afterwards.
#[no_mangle]
pub unsafe extern "C" fn qn_scan_close(scan: *mut TableScan) {
    if scan.is_null() {
        return;
    }
    let mut scan = Box::from_raw(scan);
    scan.stop.store(true, Ordering::Relaxed);
    scan.batches = None;
    for reader in scan.readers.drain(..) {
        let _ = reader.join();
    }
}
