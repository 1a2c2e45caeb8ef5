//! Cron expressions over a clock without a zone: what the zone makes of a time is the caller's.

use std::ffi::c_char;

use chrono::{DateTime, NaiveDateTime};
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use croner::Cron;

use crate::error::{Failure, Outcome, Status};
use crate::ffi::{guard, text};

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_cron_next(
    expression: *const c_char,
    after: i64,
    next: *mut i64,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let (cron, from) = (parse(text(expression)?)?, clock(after)?);
        found(cron.find_next_occurrence(&from, false), next)
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_cron_last(
    expression: *const c_char,
    until: i64,
    last: *mut i64,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let (cron, from) = (parse(text(expression)?)?, clock(until)?);
        found(cron.find_previous_occurrence(&from, true), last)
    })
}

fn parse(expression: &str) -> Outcome<Cron> {
    let parser = CronParser::builder()
        .seconds(Seconds::Optional)
        .year(Year::Disallowed)
        .build();
    let parsed = parser.parse(expression);
    parsed.map_err(|error| Failure::new(Status::Config, why(&error)))
}

/// Its texts begin with the name of the error; what follows is for people.
fn why(error: &CronError) -> String {
    match error {
        CronError::InvalidPattern(text)
        | CronError::IllegalCharacters(text)
        | CronError::ComponentError(text) => text.clone(),
        CronError::EmptyPattern => "it is empty".to_string(),
        error => error.to_string(),
    }
}

fn clock(seconds: i64) -> Outcome<NaiveDateTime> {
    let time = DateTime::from_timestamp(seconds, 0).map(|time| time.naive_utc());
    time.ok_or_else(|| Failure::new(Status::Bug, format!("{seconds} s is no time")))
}

unsafe fn found(time: Result<NaiveDateTime, CronError>, out: *mut i64) -> Outcome<Status> {
    match time {
        Ok(time) => {
            *out = time.and_utc().timestamp();
            Ok(Status::Ok)
        }
        // February 30th: it was looked for in all years there are.
        Err(CronError::TimeSearchLimitExceeded) => Ok(Status::Absent),
        Err(error) => Err(Failure::new(Status::Config, why(&error))),
    }
}
