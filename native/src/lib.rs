//! The C ABI of `include/quarentena_native.h`, which is its contract. Only what has no C++ library
//! lives here; decisions are made by the callers in `src/`.

mod catalog;
mod commit;
mod credentials;
mod cron;
mod engine;
mod error;
mod ffi;
mod host_slots;
mod ipc;
mod objects;
mod rows;
mod scan;
mod sheet;
#[cfg(test)]
mod sheet_test;
mod store;
mod table;
mod transfer;
mod waiting;
