//! Arrow IPC streams, in which Spark's answers come and its local relations go.

use std::ffi::{c_char, c_void};
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::ffi::{from_ffi, to_ffi, FFI_ArrowArray, FFI_ArrowSchema};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::Deserialize;

use crate::error::{Failure, Status};
use crate::ffi::{give_text, guard, text};

pub struct IpcStream(StreamReader<Cursor<Vec<u8>>>);

/// What cannot be read came so; what cannot be written is ours. The text holds no value of a row.
fn broken(error: ArrowError) -> Failure {
    Failure::new(Status::Data, error.to_string())
}

fn bug(error: impl std::fmt::Display) -> Failure {
    Failure::new(Status::Bug, error.to_string())
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_ipc_open(
    bytes: *const u8,
    size: usize,
    out: *mut *mut IpcStream,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        if bytes.is_null() {
            return Err(Failure::new(Status::Data, "an empty Arrow stream"));
        }
        let bytes = std::slice::from_raw_parts(bytes, size).to_vec();
        let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(broken)?;
        *out = Box::into_raw(Box::new(IpcStream(reader)));
        Ok(Status::Ok)
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_ipc_next(
    stream: *mut IpcStream,
    arrow_schema: *mut FFI_ArrowSchema,
    arrow_array: *mut FFI_ArrowArray,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let Some(batch) = (*stream).0.next() else {
            return Ok(Status::Absent);
        };
        let rows: arrow::array::ArrayData = StructArray::from(batch.map_err(broken)?).into();
        let (array, schema) = to_ffi(&rows).map_err(bug)?;
        std::ptr::write(arrow_schema, schema);
        std::ptr::write(arrow_array, array);
        Ok(Status::Ok)
    })
}

/// # Safety
/// `stream` came from [`qn_ipc_open`] and is not used afterwards.
#[no_mangle]
pub unsafe extern "C" fn qn_ipc_close(stream: *mut IpcStream) {
    if !stream.is_null() {
        drop(Box::from_raw(stream));
    }
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_rows_as_texts(
    arrow_schema: *mut FFI_ArrowSchema,
    arrow_array: *mut FFI_ArrowArray,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let schema = FFI_ArrowSchema::from_raw(arrow_schema);
        let array = FFI_ArrowArray::from_raw(arrow_array);
        let rows = StructArray::from(from_ffi(array, &schema).map_err(bug)?);
        let texts = texts_of(&rows).map_err(bug)?;
        give_text(json, &serde_json::to_string(&texts).map_err(bug)?);
        Ok(Status::Ok)
    })
}

fn texts_of(rows: &StructArray) -> Result<Vec<Vec<Option<String>>>, ArrowError> {
    let options = FormatOptions::default();
    let columns = rows
        .columns()
        .iter()
        .map(|column| {
            let format = ArrayFormatter::try_new(column.as_ref(), &options)?;
            // Logical: a column of nothing but NULL keeps no list of them.
            Ok((column.logical_nulls(), format))
        })
        .collect::<Result<Vec<_>, ArrowError>>()?;
    (0..rows.len())
        .map(|row| {
            columns
                .iter()
                .map(|(nulls, format)| match nulls {
                    Some(nulls) if nulls.is_null(row) => Ok(None),
                    _ => format.value(row).try_to_string().map(Some),
                })
                .collect()
        })
        .collect()
}

#[derive(Deserialize)]
struct Texts {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_texts_as_ipc(
    json: *const c_char,
    sink: *mut c_void,
    take: unsafe extern "C" fn(*mut c_void, *const u8, usize),
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let texts: Texts = serde_json::from_str(text(json)?).map_err(bug)?;
        if let Some(odd) = texts
            .rows
            .iter()
            .find(|row| row.len() != texts.columns.len())
        {
            let (has, wants) = (odd.len(), texts.columns.len());
            return Err(bug(format!("a row of {has} values for {wants} columns")));
        }
        let bytes = ipc_of(&texts).map_err(bug)?;
        take(sink, bytes.as_ptr(), bytes.len());
        Ok(Status::Ok)
    })
}

fn ipc_of(texts: &Texts) -> Result<Vec<u8>, ArrowError> {
    let fields: Vec<_> = texts
        .columns
        .iter()
        .map(|name| Field::new(name, DataType::Utf8, true))
        .collect();
    let columns = (0..fields.len())
        .map(|at| -> ArrayRef {
            let values = texts.rows.iter().map(|row| row[at].as_deref());
            Arc::new(StringArray::from_iter(values))
        })
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let rows = RecordBatchOptions::new().with_row_count(Some(texts.rows.len()));
    let batch = RecordBatch::try_new_with_options(schema.clone(), columns, &rows)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    writer.write(&batch)?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_went() {
        let rows = vec![
            vec![Some("1".to_owned()), None],
            vec![None, Some("\u{e7}\u{e3}o".to_owned())],
        ];
        let texts = Texts {
            columns: vec!["a".into(), "b".into()],
            rows: rows.clone(),
        };
        let bytes = ipc_of(&texts).unwrap();
        let mut stream = StreamReader::try_new(Cursor::new(bytes), None).unwrap();
        let batch = stream.next().unwrap().unwrap();
        assert_eq!(texts_of(&StructArray::from(batch)).unwrap(), rows);
        assert!(stream.next().is_none());
    }

    #[test]
    fn a_stream_cut_in_the_middle_is_damage() {
        let texts = Texts {
            columns: vec!["a".into()],
            rows: vec![vec![Some("x".repeat(1000))]],
        };
        let bytes = ipc_of(&texts).unwrap();
        let cut = bytes[..bytes.len() / 2].to_vec();
        let mut stream = StreamReader::try_new(Cursor::new(cut), None).unwrap();
        assert!(stream.next().unwrap().is_err());
    }
}
