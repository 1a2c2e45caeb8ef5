//! Snapshots: opening, describing, listing files, history.

use std::collections::{BTreeMap, HashMap};
use std::ffi::c_char;
use std::sync::Arc;

use delta_kernel::history_manager::{latest_version_as_of, HistoryCommitType};
use delta_kernel::scan::state::ScanFile;
use delta_kernel::{Engine, FileMeta, KernelError, Snapshot, SnapshotRef};
use serde_json::{json, Value};
use url::Url;

use crate::catalog::Ratified;
use crate::engine::{engine_of, url_of};
use crate::error::{Failure, Outcome, Status};
use crate::ffi::{give_text, guard, text};
use crate::store::Store;

pub struct Table {
    pub snapshot: SnapshotRef,
    pub engine: Arc<dyn Engine>,
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_open(
    location: *const c_char,
    store: *const Store,
    ratified_json: *const c_char,
    version: i64,
    timestamp_ms: i64,
    out: *mut *mut Table,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        *out = std::ptr::null_mut();
        let version = u64::try_from(version).ok();
        let timestamp = (timestamp_ms >= 0).then_some(timestamp_ms);
        let place = Place::of(location, store.as_ref(), ratified_json)?;
        match open(place, version, timestamp)? {
            Some(table) => {
                *out = Box::into_raw(Box::new(table));
                Ok(Status::Ok)
            }
            None => Ok(Status::Absent),
        }
    })
}

/// # Safety
/// `table` came from [`qn_table_open`] and is not used afterwards.
#[no_mangle]
pub unsafe extern "C" fn qn_table_close(table: *mut Table) {
    if !table.is_null() {
        drop(Box::from_raw(table));
    }
}

/// Where a table is and who says what its log holds.
struct Place {
    url: Url,
    engine: Arc<dyn Engine>,
    ratified: Option<Ratified>,
}

impl Place {
    fn of(
        location: *const c_char,
        store: Option<&Store>,
        ratified_json: *const c_char,
    ) -> Outcome<Place> {
        let url = url_of(text(location)?)?;
        let engine = engine_of(&url, store)?;
        let ratified = Ratified::read(text(ratified_json)?)?;
        Ok(Place {
            url,
            engine,
            ratified,
        })
    }

    fn snapshot_at(&self, version: Option<u64>) -> Result<SnapshotRef, KernelError> {
        let mut builder = Snapshot::builder_for(self.url.as_str());
        if let Some(ratified) = &self.ratified {
            builder = builder
                .with_log_tail(ratified.log_tail(&self.url)?)
                .with_max_catalog_version(ratified.latest);
        }
        if let Some(version) = version {
            builder = builder.at_version(version);
        }
        builder.build(self.engine.as_ref())
    }

    fn log_files(&self) -> Outcome<Vec<FileMeta>> {
        log_files(&self.url, self.engine.as_ref())
    }
}

fn open(place: Place, version: Option<u64>, timestamp: Option<i64>) -> Outcome<Option<Table>> {
    let attempt = || {
        place
            .snapshot_at(version)
            .and_then(|latest| as_of(latest, &place, timestamp))
    };
    let opened = match attempt() {
        Ok(snapshot) => Ok(snapshot),
        // Asked only after a failure: a table that is there costs no extra listing.
        Err(_) if place.log_files()?.is_empty() => return Ok(None),
        // The first commit may have landed between the two looks: look once more.
        Err(_) => attempt(),
    };
    match opened {
        Ok(snapshot) => Ok(Some(Table {
            snapshot,
            engine: place.engine,
        })),
        Err(error) => Err(explain(error, &place, version)),
    }
}

fn as_of(
    latest: SnapshotRef,
    place: &Place,
    timestamp: Option<i64>,
) -> Result<SnapshotRef, KernelError> {
    let Some(timestamp) = timestamp else {
        return Ok(latest);
    };
    let engine = place.engine.as_ref();
    let commit = latest_version_as_of(&latest, engine, timestamp, HistoryCommitType::Recreatable)?;
    match commit.version == latest.version() {
        true => Ok(latest),
        false => place.snapshot_at(Some(commit.version)),
    }
}

/// The kernel says of a version that is not there only that the log is inconsistent.
fn explain(error: KernelError, place: &Place, version: Option<u64>) -> Failure {
    if let KernelError::MaxCatalogVersion(_) = error {
        return by_the_catalog(place);
    }
    let failure = Failure::from(error);
    let (Some(version), Ok(latest)) = (version, place.snapshot_at(None)) else {
        return failure;
    };
    if version > latest.version() {
        return Failure::new(
            Status::Missing,
            format!(
                "version {version} is not there, the latest is {}",
                latest.version()
            ),
        );
    }
    let earliest = commits(&place.log_files().unwrap_or_default())
        .first()
        .map_or(latest.version(), |(first, _)| *first);
    if version < earliest {
        return Failure::new(
            Status::Missing,
            format!("version {version} is not there any more, the earliest is {earliest}"),
        );
    }
    failure
}

/// The log and the caller do not agree on who decides.
fn by_the_catalog(place: &Place) -> Failure {
    let message = match place.ratified {
        None => "its commits go through a catalog (catalogManaged), so only the catalog knows them",
        Some(_) => "the catalog says that its commits go through it, but its own log does not",
    };
    Failure::new(Status::Config, message)
}

pub fn log_files(url: &Url, engine: &dyn Engine) -> Outcome<Vec<FileMeta>> {
    // Listing starts after this name, which sorts before every file of a log.
    let start = url
        .join("_delta_log/0")
        .map_err(|error| Failure::new(Status::Config, error.to_string()))?;
    let listed = match engine.storage_handler().list_from(&start) {
        Ok(listed) => listed.collect::<Result<Vec<_>, _>>(),
        Err(error) => Err(error),
    };
    match listed.map_err(Failure::from) {
        Ok(files) => Ok(files),
        Err(failure) if failure.status == Status::Missing => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

/// The commit files among `files`, by version.
fn commits(files: &[FileMeta]) -> Vec<(u64, &FileMeta)> {
    let mut found: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let name = file.location.path_segments()?.next_back()?;
            let digits = name.strip_suffix(".json")?;
            (digits.len() == 20)
                .then(|| digits.parse().ok())?
                .map(|version| (version, file))
        })
        .collect();
    found.sort_by_key(|(version, _)| *version);
    found
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_describe(
    table: *const Table,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        give_text(json, &describe(&*table)?.to_string());
        Ok(Status::Ok)
    })
}

fn describe(table: &Table) -> Outcome<Value> {
    let snapshot = &table.snapshot;
    let configuration = snapshot.table_configuration();
    let (metadata, protocol) = (configuration.metadata(), configuration.protocol());
    let schema: Value = serde_json::from_str(metadata.schema_string())?;
    let features = |list: Option<&[delta_kernel::table_features::TableFeature]>| {
        list.map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    Ok(json!({
        "version": snapshot.version(),
        // The commit's own file may be cleaned away behind a checkpoint.
        "timestamp_ms": snapshot.get_timestamp(table.engine.as_ref()).unwrap_or(0),
        "id": metadata.id(),
        "columns": schema["fields"],
        "partition_columns": metadata.partition_columns(),
        "configuration": metadata.configuration(),
        "min_reader": protocol.min_reader_version(),
        "min_writer": protocol.min_writer_version(),
        "reader_features": features(protocol.reader_features()),
        "writer_features": features(protocol.writer_features()),
    }))
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_files(
    table: *const Table,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        give_text(json, &files(&*table)?.to_string());
        Ok(Status::Ok)
    })
}

fn files(table: &Table) -> Outcome<Value> {
    let scan = table.snapshot.clone().scan_builder().build()?;
    let names = partition_names(&table.snapshot);
    let root = table.snapshot.table_root();
    let mut found = Vec::new();
    for batch in scan.scan_metadata(table.engine.as_ref())? {
        found =
            batch?.visit_scan_files(found, |found: &mut Vec<ScanFile>, file| found.push(file))?;
    }
    found
        .iter()
        .map(|file| describe_file(file, root, &names))
        .collect::<Outcome<Vec<_>>>()
        .map(Value::from)
}

fn describe_file(file: &ScanFile, root: &Url, names: &[(String, String)]) -> Outcome<Value> {
    let deleted = file.dv_info.cardinality()?.unwrap_or(0);
    let rows = file
        .stats
        .as_ref()
        .map(|stats| stats.num_records.saturating_sub(deleted));
    Ok(json!({
        "path": absolute_path(root, &file.path)?,
        "size": file.size,
        "rows": rows,
        "partition": partition_of(&file.partition_values, names),
        "deletion_vector": file.dv_info.has_vector(),
    }))
}

pub fn absolute_path(root: &Url, path: &str) -> Outcome<String> {
    let url = root
        .join(path)
        .map_err(|error| Failure::new(Status::Data, format!("file \"{path}\": {error}")))?;
    Ok(match url.scheme() {
        "file" => url
            .to_file_path()
            .map_or_else(|()| url.to_string(), |path| path.display().to_string()),
        _ => url.to_string(),
    })
}

/// Logical and physical names: under column mapping the log speaks of the latter.
fn partition_names(snapshot: &Snapshot) -> Vec<(String, String)> {
    let configuration = snapshot.table_configuration();
    let mode = configuration.column_mapping_mode();
    let schema = snapshot.schema();
    let physical = |name: &String| match schema.field(name) {
        Some(field) => field.physical_name(mode).to_string(),
        None => name.clone(),
    };
    let columns = configuration.metadata().partition_columns();
    columns
        .iter()
        .map(|name| (name.clone(), physical(name)))
        .collect()
}

/// The protocol reads an empty partition value as NULL, whatever the column's type.
fn partition_of<'a>(
    values: &'a HashMap<String, String>,
    names: &'a [(String, String)],
) -> BTreeMap<&'a str, Option<&'a str>> {
    let value = |physical: &String| values.get(physical).filter(|value| !value.is_empty());
    names
        .iter()
        .map(|(logical, physical)| (logical.as_str(), value(physical).map(String::as_str)))
        .collect()
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_txn(
    table: *const Table,
    app_id: *const c_char,
    version: *mut i64,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let table = &*table;
        let found = table
            .snapshot
            .get_app_id_version(text(app_id)?, table.engine.as_ref())?;
        Ok(match found {
            Some(found) => {
                *version = found;
                Status::Ok
            }
            None => Status::Absent,
        })
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_history(
    location: *const c_char,
    store: *const Store,
    ratified_json: *const c_char,
    after: i64,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let place = Place::of(location, store.as_ref(), ratified_json)?;
        let files = place.log_files()?;
        if files.is_empty() {
            return Ok(Status::Absent);
        }
        give_text(json, &history(&files, &place, after)?.to_string());
        Ok(Status::Ok)
    })
}

fn history(files: &[FileMeta], place: &Place, after: i64) -> Outcome<Value> {
    let mut commits = commits(files);
    let staged = match &place.ratified {
        Some(ratified) => ratified.files(&place.url)?,
        None => Vec::new(),
    };
    let published = commits.last().map(|(version, _)| *version);
    let unpublished = staged.iter().filter(|(each, _)| Some(*each) > published);
    commits.extend(unpublished.map(|(version, file)| (*version, file)));
    commits.retain(|(version, _)| i64::try_from(*version).is_ok_and(|version| version > after));
    let slices = commits
        .iter()
        .map(|(_, file)| (file.location.clone(), None))
        .collect();
    let contents = place.engine.storage_handler().read_files(slices)?;
    let mut entries = Vec::new();
    for ((version, file), content) in commits.iter().zip(contents) {
        let info = commit_info(&content?);
        let timestamp = info["inCommitTimestamp"]
            .as_i64()
            .unwrap_or(file.last_modified);
        entries.push(json!({"version": version, "timestamp_ms": timestamp, "info": info}));
    }
    entries.reverse();
    Ok(Value::from(entries))
}

/// Writers put it first, but the protocol only demands that when it carries the commit's time.
pub fn commit_info(content: &[u8]) -> Value {
    for line in content.split(|byte| *byte == b'\n') {
        // A commit may hold a million files: only the line that can be it is parsed.
        if !line.starts_with(b"{\"commitInfo\"") {
            continue;
        }
        if let Ok(mut action) = serde_json::from_slice::<Value>(line) {
            return action["commitInfo"].take();
        }
    }
    json!({})
}
