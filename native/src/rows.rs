//! Rows that the caller has in memory, as one Parquet file.

use std::ffi::c_char;

use delta_kernel::arrow::array::{RecordBatch, StructArray};
use delta_kernel::arrow::ffi::{from_ffi, FFI_ArrowArray, FFI_ArrowSchema};
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::EngineData;

use crate::engine::{engine_of, url_of};
use crate::error::{Failure, Outcome, Status};
use crate::ffi::{guard, text};
use crate::store::Store;

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_rows_write(
    location: *const c_char,
    store: *const Store,
    path: *const c_char,
    arrow_schema: *mut FFI_ArrowSchema,
    arrow_array: *mut FFI_ArrowArray,
    size: *mut i64,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        // Taken first: they are released whatever comes.
        let schema = FFI_ArrowSchema::from_raw(arrow_schema);
        let array = FFI_ArrowArray::from_raw(arrow_array);
        let url = url_of(text(location)?)?;
        let engine = engine_of(&url, store.as_ref())?;
        let file = url
            .join(text(path)?)
            .map_err(|error| Failure::new(Status::Bug, error.to_string()))?;
        let rows: Box<dyn EngineData> = Box::new(ArrowEngineData::new(batch(array, &schema)?));
        let rows = Box::new(std::iter::once(Ok(rows)));
        let written = engine.parquet_handler().write_parquet_file(file, rows)?;
        *size = i64::try_from(written).unwrap_or(i64::MAX);
        Ok(Status::Ok)
    })
}

unsafe fn batch(array: FFI_ArrowArray, schema: &FFI_ArrowSchema) -> Outcome<RecordBatch> {
    let data =
        from_ffi(array, schema).map_err(|error| Failure::new(Status::Bug, error.to_string()))?;
    Ok(RecordBatch::from(StructArray::from(data)))
}
