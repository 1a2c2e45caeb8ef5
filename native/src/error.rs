//! `qn_status`, and what the libraries' errors mean to an operator.

use std::io::ErrorKind;

use delta_kernel::arrow::error::ArrowError;
use delta_kernel::history_manager::error::LogHistoryError;
use delta_kernel::object_store;
use delta_kernel::parquet::errors::ParquetError;
use delta_kernel::KernelError;

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok = 0,
    Absent = 1,
    Conflict = 2,
    Config = 10,
    Auth = 11,
    Missing = 12,
    Transient = 13,
    Data = 14,
    Machine = 15,
    Bug = 16,
}

#[derive(Debug)]
pub struct Failure {
    pub status: Status,
    pub message: String,
}

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Failure {
            status,
            message: message.into(),
        }
    }
}

impl From<KernelError> for Failure {
    fn from(error: KernelError) -> Self {
        match error {
            // Its text would carry a stack trace to the operator.
            KernelError::Backtraced { source, .. } => Failure::from(*source),
            error => Failure::new(status_of(&error), error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new(status_of_io(&error), error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::new(Status::Bug, format!("JSON between C++ and native: {error}"))
    }
}

fn status_of(error: &KernelError) -> Status {
    match error {
        KernelError::FileNotFound(_)
        | KernelError::MissingVersion(_)
        | KernelError::EmptyLog
        | KernelError::StartVersionNotFound { .. } => Status::Missing,
        KernelError::LogHistory(history) => match **history {
            LogHistoryError::TimestampOutOfRange { .. }
            | LogHistoryError::NoRecreatableCommit { .. }
            | LogHistoryError::NoCommitsFound { .. } => Status::Missing,
            _ => Status::Data,
        },
        KernelError::Unsupported(_)
        | KernelError::InvalidTableLocation(_)
        | KernelError::InvalidUrl(_)
        | KernelError::MissingColumn(_) => Status::Config,
        KernelError::ObjectStore(store) => status_of_store(store),
        KernelError::IOError(io) => status_of_io(io),
        KernelError::Reqwest(_) => Status::Transient,
        KernelError::InternalError(_) | KernelError::JoinFailure(_) => Status::Bug,
        // A Parquet reader wraps what its store says: a lost file is not a damaged one.
        KernelError::Parquet(ParquetError::External(inner)) => status_within(inner.as_ref()),
        KernelError::Arrow(ArrowError::ExternalError(inner)) => status_within(inner.as_ref()),
        KernelError::Arrow(ArrowError::IoError(_, io)) => status_of_io(io),
        _ => Status::Data,
    }
}

fn status_within(error: &(dyn std::error::Error + 'static)) -> Status {
    if let Some(store) = error.downcast_ref::<object_store::Error>() {
        return status_of_store(store);
    }
    if let Some(io) = error.downcast_ref::<std::io::Error>() {
        return status_of_io(io);
    }
    error.source().map_or(Status::Data, status_within)
}

fn status_of_store(error: &object_store::Error) -> Status {
    match error {
        object_store::Error::NotFound { .. } => Status::Missing,
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => Status::Auth,
        error => io_cause(error).map_or(Status::Transient, status_of_io),
    }
}

/// The system's own error, when the store wraps one: it alone tells a full disk from a lost network.
fn io_cause(error: &dyn std::error::Error) -> Option<&std::io::Error> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        cause = inner.source();
    }
    None
}

fn status_of_io(error: &std::io::Error) -> Status {
    match error.kind() {
        ErrorKind::NotFound => Status::Missing,
        ErrorKind::PermissionDenied => Status::Auth,
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput => Status::Data,
        ErrorKind::TimedOut
        | ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => Status::Transient,
        _ => Status::Machine,
    }
}
