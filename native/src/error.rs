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

impl Status {
    /// What a caller's function returned.
    pub fn from_number(number: i32) -> Status {
        match number {
            0 => Status::Ok,
            1 => Status::Absent,
            2 => Status::Conflict,
            10 => Status::Config,
            11 => Status::Auth,
            12 => Status::Missing,
            13 => Status::Transient,
            14 => Status::Data,
            15 => Status::Machine,
            _ => Status::Bug,
        }
    }
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
            KernelError::ObjectStore(store) => Failure::from(store),
            error => match store_error_within(&error) {
                Some(store) => Failure::new(status_of_store(store), message_of_store(store)),
                None => Failure::new(status_of(&error), error.to_string()),
            },
        }
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        Failure::new(status_of_store(&error), message_of_store(&error))
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
    if let Some(carried) = cause_of::<Carried>(error) {
        return carried.0.status;
    }
    if let Some(answer) = Answer::within(error) {
        return answer.status();
    }
    match error {
        object_store::Error::NotFound { .. } => Status::Missing,
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => Status::Auth,
        object_store::Error::InvalidPath { .. }
        | object_store::Error::NotSupported { .. }
        | object_store::Error::NotImplemented { .. }
        | object_store::Error::UnknownConfigurationKey { .. } => Status::Config,
        error => match cause_of::<std::io::Error>(error) {
            // A connection that ended too soon; only of a file would it mean damage.
            Some(io) if io.kind() == ErrorKind::UnexpectedEof && is_http(error) => {
                Status::Transient
            }
            Some(io) => status_of_io(io),
            None => Status::Transient,
        },
    }
}

fn is_http(error: &object_store::Error) -> bool {
    cause_of::<object_store::client::HttpError>(error).is_some()
}

/// What the server said, short: a store's own text holds its whole answer, signature included.
fn message_of_store(error: &object_store::Error) -> String {
    if let Some(carried) = cause_of::<Carried>(error) {
        return carried.0.message.clone();
    }
    if let Some(answer) = Answer::within(error) {
        return answer.message();
    }
    if is_http(error) {
        let mut deepest: &dyn std::error::Error = error;
        while let Some(inner) = deepest.source() {
            deepest = inner;
        }
        return format!("no answer: {deepest}");
    }
    error.to_string()
}

/// A failure of ours on its way through object_store's errors.
#[derive(Debug)]
pub struct Carried(pub Failure);

impl std::fmt::Display for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Carried {}

/// The status of the HTTP answer that the error is about.
pub fn answer_code(error: &object_store::Error) -> Option<u16> {
    Answer::within(error).map(|answer| answer.code)
}

/// An HTTP answer that is not a success, taken from the text that object_store makes of it.
struct Answer {
    code: u16,
    /// The store's own name of the error (`NoSuchBucket`) and what it says about it; may be empty.
    name: String,
    says: String,
}

impl Answer {
    fn within(error: &object_store::Error) -> Option<Answer> {
        let text = error.to_string();
        if text.contains("Received redirect without LOCATION") {
            let says = "the bucket is in another region".to_string();
            return Some(Answer {
                code: 301,
                name: String::new(),
                says,
            });
        }
        let (_, answer) = text
            .split_once("status code: ")
            .or_else(|| text.split_once("error response: "))?;
        let element = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>"))?;
            Some(rest.split_once('<')?.0.to_string())
        };
        Some(Answer {
            code: answer
                .get(..3)
                .and_then(|code| code.parse().ok())
                .unwrap_or(500),
            name: element("Code").unwrap_or_default(),
            // Azure's goes on with the request's number and time.
            says: (element("Message").unwrap_or_default().lines().next())
                .unwrap_or_default()
                .to_string(),
        })
    }

    fn status(&self) -> Status {
        match (self.code, self.name.as_str()) {
            (_, "ExpiredToken" | "InvalidToken" | "InvalidAccessKeyId" | "XAdminUserNotFound")
            | (401 | 403, _) => Status::Auth,
            (_, "SlowDown" | "InternalError" | "RequestTimeout") => Status::Transient,
            (404, _) => Status::Missing,
            (408 | 429 | 500..=599, _) => Status::Transient,
            (409 | 412, _) => Status::Conflict,
            // A range beyond the end: the file is shorter than who named it says.
            (416, _) => Status::Data,
            _ => Status::Config,
        }
    }

    fn message(&self) -> String {
        let mut message = format!("the server answers {}", self.code);
        for part in [&self.name, &self.says] {
            if !part.is_empty() {
                message += ": ";
                message += part;
            }
        }
        message
    }
}

fn store_error_within<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a object_store::Error> {
    match error.downcast_ref::<object_store::Error>() {
        // A lost local file is told by its own error.
        Some(store) if Answer::within(store).is_some() => Some(store),
        _ => error.source().and_then(store_error_within),
    }
}

/// The first cause of this type.
fn cause_of<'a, E: std::error::Error + 'static>(error: &'a dyn std::error::Error) -> Option<&'a E> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(found) = inner.downcast_ref::<E>() {
            return Some(found);
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
