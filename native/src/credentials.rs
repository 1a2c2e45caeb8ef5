//! Credentials that the caller gives and that end, as object_store wants them.

use std::ffi::{c_char, c_void, CStr};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use delta_kernel::object_store::aws::AwsCredential;
use delta_kernel::object_store::azure::{split_sas, AzureCredential};
use delta_kernel::object_store::gcp::GcpCredential;
use delta_kernel::object_store::{self, CredentialProvider};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::error::{Carried, Failure, Outcome, Status};

/// Credentials are asked for again this long before they end.
const RENEW_BEFORE_MS: u64 = 5 * 60 * 1000;

/// `qn_credentials` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Credentials {
    context: *mut c_void,
    get: Option<extern "C" fn(*mut c_void, Give, *mut c_void) -> i32>,
    release: Option<extern "C" fn(*mut c_void)>,
}

type Give = extern "C" fn(*mut c_void, *const c_char);

/// The caller's function that gives credentials, and what it works on.
pub struct Issuer(Credentials);

// SAFETY: the header demands a function that any thread may call.
unsafe impl Send for Issuer {}
unsafe impl Sync for Issuer {}

impl Drop for Issuer {
    fn drop(&mut self) {
        if let Some(release) = self.0.release {
            release(self.0.context);
        }
    }
}

impl Issuer {
    pub fn new(given: Credentials) -> Self {
        Issuer(given)
    }

    fn issue(&self) -> Outcome<Issued> {
        extern "C" fn keep(sink: *mut c_void, answer: *const c_char) {
            // SAFETY: `sink` is the String below, `answer` a NUL-terminated text.
            let (sink, answer) = unsafe { (&mut *sink.cast::<String>(), CStr::from_ptr(answer)) };
            *sink = answer.to_string_lossy().into_owned();
        }
        let get = (self.0.get).ok_or_else(|| Failure::new(Status::Bug, "no credentials given"))?;
        let mut answer = String::new();
        let status = get(self.0.context, keep, (&raw mut answer).cast());
        match status {
            0 => Ok(serde_json::from_str(&answer)?),
            status => Err(Failure::new(Status::from_number(status), answer)),
        }
    }
}

/// Only the fields of the store's own kind are set.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Issued {
    key_id: String,
    secret_key: String,
    token: Option<String>,
    sas_token: Option<String>,
    bearer: String,
    expires_ms: Option<u64>,
}

pub fn aws_credential(issued: Issued) -> object_store::Result<AwsCredential> {
    Ok(AwsCredential {
        key_id: issued.key_id,
        secret_key: issued.secret_key,
        token: issued.token,
    })
}

pub fn azure_credential(issued: Issued) -> object_store::Result<AzureCredential> {
    match issued.sas_token {
        Some(sas) => Ok(AzureCredential::SASToken(split_sas(&sas)?)),
        None => Ok(AzureCredential::BearerToken(issued.bearer)),
    }
}

pub fn gcp_credential(issued: Issued) -> object_store::Result<GcpCredential> {
    Ok(GcpCredential {
        bearer: issued.bearer,
    })
}

/// Credentials kept until shortly before they end.
pub struct Renewed<C> {
    issuer: Arc<Issuer>,
    make: fn(Issued) -> object_store::Result<C>,
    current: Mutex<Option<(Arc<C>, u64)>>,
}

impl<C> Renewed<C> {
    pub fn new(issuer: Arc<Issuer>, make: fn(Issued) -> object_store::Result<C>) -> Self {
        Renewed {
            issuer,
            make,
            current: Mutex::new(None),
        }
    }
}

impl<C> std::fmt::Debug for Renewed<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renewed")
    }
}

#[async_trait]
impl<C: Send + Sync + 'static> CredentialProvider for Renewed<C> {
    type Credential = C;

    async fn get_credential(&self) -> object_store::Result<Arc<C>> {
        let mut current = self.current.lock().await;
        let now = now_ms();
        if let Some((credential, renew_at)) = current.as_ref() {
            if now < *renew_at {
                return Ok(credential.clone());
            }
        }
        let issuer = self.issuer.clone();
        let issued = tokio::task::spawn_blocking(move || issuer.issue())
            .await
            .unwrap_or_else(|error| Err(Failure::new(Status::Bug, error.to_string())))
            .map_err(|failure| object_store::Error::Generic {
                store: "credentials",
                source: Box::new(Carried(failure)),
            })?;
        // Short-lived ones are used for half their time at least.
        let renew_at = issued.expires_ms.map_or(u64::MAX, |end| {
            let left = end.saturating_sub(now);
            now + left.saturating_sub(RENEW_BEFORE_MS).max(left / 2)
        });
        let credential = Arc::new((self.make)(issued)?);
        *current = Some((credential.clone(), renew_at));
        Ok(credential)
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}
