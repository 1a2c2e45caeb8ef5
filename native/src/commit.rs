//! Writing: one commit, or version 0 of a new table.

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use delta_kernel::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use delta_kernel::arrow::datatypes::{DataType as ArrowType, Field, Schema as ArrowSchema};
use delta_kernel::committer::{Committer, FileSystemCommitter};
use delta_kernel::engine::arrow_data::{ArrowEngineData, EngineDataArrowExt};
use delta_kernel::engine_data::FilteredEngineData;
use delta_kernel::schema::{DataType, SchemaRef, StructField, StructType};
use delta_kernel::transaction::create_table::create_table;
use delta_kernel::transaction::data_layout::DataLayout;
use delta_kernel::transaction::{CommitResult, Transaction, UpdateTableOperation};
use delta_kernel::{Engine, EngineData, KernelResult, Snapshot, SnapshotRef};
use serde::Deserialize;
use serde_json::{json, Value};
use url::Url;

use crate::catalog::Catalog;
use crate::engine::{engine_of, url_of};
use crate::error::{Failure, Outcome, Status};
use crate::ffi::{guard, text};
use crate::store::Store;
use crate::table::{self, log_files, Table};

const ENGINE_INFO: &str = concat!("quarentena/", env!("CARGO_PKG_VERSION"));

type Partition = BTreeMap<String, Option<String>>;

#[derive(Deserialize)]
struct Change {
    txns: Vec<Txn>,
    commit_info: BTreeMap<String, String>,
    operation_parameters: BTreeMap<String, String>,
    #[serde(default)]
    remove: Vec<Partition>,
    add: Vec<Add>,
}

/// What tells one commit from every other, another try of the same change included.
const COMMIT_ID: &str = "commitId";

impl Change {
    fn read(json: &str) -> Outcome<Change> {
        let mut change: Change = serde_json::from_str(json)?;
        let random = || RandomState::new().build_hasher().finish();
        let id = format!("{:016x}{:016x}", random(), random());
        change.commit_info.insert(COMMIT_ID.to_string(), id);
        Ok(change)
    }
}

#[derive(Deserialize)]
struct Txn {
    app_id: String,
    version: i64,
}

#[derive(Deserialize)]
struct Add {
    path: String,
    partition: Partition,
    size: i64,
    modified_ms: i64,
    stats: Value,
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_check_write(
    table: *const Table,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let table = &*table;
        let builder =
            table
                .snapshot
                .clone()
                .update_table(UpdateTableOperation::Write, ENGINE_INFO, true);
        let built = builder.build(table.engine.as_ref(), Box::new(FileSystemCommitter::new()));
        built.map_err(|error| Failure::new(Status::Config, Failure::from(error).message))?;
        Ok(Status::Ok)
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_commit(
    table: *const Table,
    change_json: *const c_char,
    catalog: *const Catalog,
    checkpoint_every: i64,
    version: *mut i64,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let table = &*table;
        let catalog = catalog.as_ref();
        let change = Change::read(text(change_json)?)?;
        let engine = table.engine.as_ref();
        let mut builder = caught_up(table, catalog)
            .update_table(UpdateTableOperation::Write, ENGINE_INFO, true)
            .with_operation_parameters(parameters(&change));
        let (info, schema) = commit_info(engine, &change)?;
        builder = builder.with_commit_info(info, schema);
        for txn in &change.txns {
            builder = builder.with_transaction_id(&txn.app_id, txn.version);
        }
        let committer: Box<dyn Committer> = match catalog {
            Some(catalog) => Box::new(*catalog),
            None => Box::new(FileSystemCommitter::new()),
        };
        let mut transaction = builder.build(engine, committer)?;
        for batch in removed(table, &change.remove)? {
            transaction.remove_files(batch);
        }
        add_files(&mut transaction, engine, &change.add)?;
        let attempt = Attempt {
            root: table.snapshot.table_root(),
            version: table.snapshot.version() + 1,
            change: &change,
            catalog,
            checkpoint_every,
        };
        finish(transaction.commit(engine), engine, &attempt, version)
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_table_create(
    location: *const c_char,
    store: *const Store,
    schema_json: *const c_char,
    partition_columns_json: *const c_char,
    change_json: *const c_char,
    version: *mut i64,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let url = url_of(text(location)?)?;
        let engine = engine_of(&url, store.as_ref())?;
        let schema: StructType = serde_json::from_str(text(schema_json)?)?;
        let partition: Vec<String> = serde_json::from_str(text(partition_columns_json)?)?;
        let change = Change::read(text(change_json)?)?;
        let (info, info_schema) = commit_info(engine.as_ref(), &change)?;
        let mut builder = create_table(url.as_str(), Arc::new(schema), ENGINE_INFO, true)
            .with_operation_parameters(parameters(&change))
            .with_commit_info(info, info_schema);
        if !partition.is_empty() {
            builder = builder.with_data_layout(DataLayout::partitioned(partition));
        }
        for txn in &change.txns {
            builder = builder.with_transaction_id(&txn.app_id, txn.version);
        }
        let built = builder.build(engine.as_ref(), Box::new(FileSystemCommitter::new()));
        let mut transaction = match built {
            Ok(transaction) => transaction,
            Err(_) if !log_files(&url, engine.as_ref())?.is_empty() => return Ok(Status::Conflict),
            Err(error) => return Err(error.into()),
        };
        add_files(&mut transaction, engine.as_ref(), &change.add)?;
        let attempt = Attempt {
            root: &url,
            version: 0,
            change: &change,
            catalog: None,
            checkpoint_every: 0,
        };
        let result = transaction.commit(engine.as_ref());
        finish(result, engine.as_ref(), &attempt, version)
    })
}

/// A catalog takes no more commits when too many wait to be published, so what others left is
/// published first. That failing is not an error yet.
fn caught_up(table: &Table, catalog: Option<&Catalog>) -> SnapshotRef {
    let published = catalog.map(|catalog| table.snapshot.publish(table.engine.as_ref(), catalog));
    match published {
        Some(Ok(snapshot)) => snapshot,
        _ => table.snapshot.clone(),
    }
}

fn parameters(change: &Change) -> impl Iterator<Item = (String, Option<String>)> + '_ {
    let entries = change.operation_parameters.iter();
    entries.map(|(key, value)| (key.clone(), Some(value.clone())))
}

fn commit_info(engine: &dyn Engine, change: &Change) -> Outcome<(Box<dyn EngineData>, SchemaRef)> {
    let names = change.commit_info.keys();
    let fields = names.map(|name| StructField::nullable(name, DataType::STRING));
    let schema: SchemaRef = Arc::new(StructType::try_new(fields)?);
    let rows = vec![serde_json::to_string(&change.commit_info)?];
    Ok((parse(engine, rows, schema.clone())?, schema))
}

/// Rows given as JSON, as the kernel's own columns.
fn parse(
    engine: &dyn Engine,
    rows: Vec<String>,
    schema: SchemaRef,
) -> Outcome<Box<dyn EngineData>> {
    let column = Field::new("json", ArrowType::Utf8, false);
    let batch = RecordBatch::try_new(
        Arc::new(ArrowSchema::new(vec![column])),
        vec![Arc::new(StringArray::from(rows))],
    )
    .map_err(|error| Failure::new(Status::Bug, error.to_string()))?;
    let data = Box::new(ArrowEngineData::new(batch));
    Ok(engine.json_handler().parse_json(data, schema)?)
}

fn add_files<STATE>(
    transaction: &mut Transaction<STATE>,
    engine: &dyn Engine,
    files: &[Add],
) -> Outcome<()> {
    if files.is_empty() {
        return Ok(());
    }
    // The kernel's own schema leaves the statistics' inner fields open; the table's fills them in.
    let stats = transaction.stats_schema()?;
    let fields = transaction.add_files_schema().fields().map(|field| {
        if field.name == "stats" {
            StructField::nullable("stats", DataType::from(stats.as_ref().clone()))
        } else {
            field.clone()
        }
    });
    let schema = Arc::new(StructType::try_new(fields.collect::<Vec<_>>())?);
    let rows = files.iter().map(|file| {
        json!({
            "path": file.path,
            "partitionValues": file.partition,
            "size": file.size,
            "modificationTime": file.modified_ms,
            "stats": file.stats,
        })
        .to_string()
    });
    transaction.add_files(parse(engine, rows.collect(), schema)?);
    Ok(())
}

/// The snapshot's files of these partitions, compared as the log writes their values: a data-skipping
/// predicate may keep a file it cannot decide on, and removing one too many loses history.
fn removed(table: &Table, partitions: &[Partition]) -> Outcome<Vec<FilteredEngineData>> {
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let scan = table.snapshot.clone().scan_builder().build()?;
    let mut batches = Vec::new();
    for batch in scan.scan_metadata(table.engine.as_ref())? {
        let (data, mut selected) = batch?.scan_files.into_parts();
        let batch = data.try_into_record_batch()?;
        selected.resize(batch.num_rows(), true);
        keep_partitions(&batch, partitions, &mut selected)?;
        if selected.contains(&true) {
            let data = Box::new(ArrowEngineData::new(batch));
            batches.push(FilteredEngineData::try_new(data, selected)?);
        }
    }
    Ok(batches)
}

fn keep_partitions(
    batch: &RecordBatch,
    wanted: &[Partition],
    selected: &mut [bool],
) -> Outcome<()> {
    let maps = batch
        .column_by_name("fileConstantValues")
        .and_then(|column| column.as_struct_opt())
        .and_then(|column| column.column_by_name("partitionValues"))
        .and_then(|column| column.as_map_opt())
        .ok_or_else(|| Failure::new(Status::Bug, "scan rows without partitionValues"))?;
    for (row, selected) in selected
        .iter_mut()
        .enumerate()
        .filter(|(_, chosen)| **chosen)
    {
        let entries = maps.value(row);
        let keys = entries.column(0).as_string::<i32>();
        let values = entries.column(1).as_string::<i32>();
        let value_of = |name: &str| {
            let at = (0..keys.len()).find(|at| keys.value(*at) == name)?;
            (values.is_valid(at) && !values.value(at).is_empty()).then(|| values.value(at))
        };
        *selected = wanted.iter().any(|partition| {
            let mut columns = partition.iter();
            columns.all(|(name, value)| value_of(name) == value.as_deref())
        });
    }
    Ok(())
}

/// A commit that was sent.
struct Attempt<'a> {
    root: &'a Url,
    version: u64,
    change: &'a Change,
    catalog: Option<&'a Catalog>,
    checkpoint_every: i64,
}

impl Attempt<'_> {
    /// Publishes what the catalog made a version, and writes the checkpoint when it is due.
    fn tidy(&self, snapshot: &Arc<Snapshot>, engine: &dyn Engine) -> KernelResult<()> {
        let snapshot = match self.catalog {
            Some(catalog) => snapshot.publish(engine, catalog)?,
            None => snapshot.clone(),
        };
        let due = u64::try_from(self.checkpoint_every)
            .is_ok_and(|every| every > 0 && snapshot.version() % every == 0);
        if due {
            snapshot.checkpoint(engine, None)?;
        }
        Ok(())
    }

    /// A store that wrote the commit but whose answer was lost says of the second try that somebody
    /// was there first: it was us.
    fn landed(&self, engine: &dyn Engine) -> bool {
        let name = format!("_delta_log/{:020}.json", self.version);
        let Ok(file) = self.root.join(&name) else {
            return false;
        };
        let Ok(mut contents) = engine.storage_handler().read_files(vec![(file, None)]) else {
            return false;
        };
        let Some(Ok(content)) = contents.next() else {
            return false;
        };
        table::commit_info(&content)[COMMIT_ID] == self.change.commit_info[COMMIT_ID].as_str()
    }
}

/// # Safety
/// `version` is valid.
unsafe fn finish<STATE>(
    result: KernelResult<CommitResult<STATE>>,
    engine: &dyn Engine,
    attempt: &Attempt,
    version: *mut i64,
) -> Outcome<Status> {
    let lost = match result {
        Ok(CommitResult::Committed(committed)) => {
            *version = i64::try_from(committed.commit_version()).unwrap_or(i64::MAX);
            if let Some(snapshot) = committed.post_commit_snapshot() {
                // The commit stands whatever becomes of this, which the next ones make up for.
                let _ = attempt.tidy(snapshot, engine);
            }
            return Ok(Status::Ok);
        }
        Ok(CommitResult::Conflicted(_)) => None,
        Ok(CommitResult::Retryable(retryable)) => Some(retryable.error),
        Err(error) => Some(error),
    };
    if attempt.landed(engine) {
        *version = i64::try_from(attempt.version).unwrap_or(i64::MAX);
        return Ok(Status::Ok);
    }
    lost.map_or(Ok(Status::Conflict), |error| Err(error.into()))
}
