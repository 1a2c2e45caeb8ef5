//! Object stores: opening one, and how patient its client is.

use std::ffi::c_char;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use delta_kernel::object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use delta_kernel::object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use delta_kernel::object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use delta_kernel::object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use delta_kernel::object_store::{
    self, BackoffConfig, Certificate, ClientOptions, DynObjectStore, RetryConfig,
};
use delta_kernel::Engine;
use serde::Deserialize;
use url::Url;

use crate::credentials::{
    aws_credential, azure_credential, gcp_credential, Credentials, Issuer, Renewed,
};
use crate::error::{Failure, Outcome, Status};
use crate::ffi::{guard, text};
use crate::host_slots::HostSlots;

/// However little patience there is with Retry-After, a short failure is outlived.
const LEAST_RETRY_TIME: Duration = Duration::from_secs(180);

pub struct Store {
    pub objects: Arc<DynObjectStore>,
    pub slots: HostSlots,
    /// What reads Delta tables on it; made when the first one is asked for.
    pub engine: OnceLock<Arc<dyn Engine>>,
}

#[derive(Deserialize)]
struct Options {
    url: String,
    #[serde(default)]
    settings: std::collections::BTreeMap<String, String>,
    connect_timeout_ms: u64,
    stall_timeout_ms: u64,
    max_retries: usize,
    /// What a server may ask us to wait (Retry-After) before its answer stands.
    patience_ms: u64,
    /// To the store's host at once, for what `transfer.rs` brings.
    max_connections: usize,
    /// A PEM file of authorities trusted beside the system's; empty: none.
    #[serde(default)]
    ca_file: String,
}

impl Options {
    /// Buckets of one server share what it can bear.
    fn host(&self) -> String {
        let endpoint = (self.settings.iter())
            .find(|(key, _)| key.ends_with("_endpoint") || key.ends_with("_base_url"));
        endpoint.map_or_else(|| self.url.clone(), |(_, address)| address.clone())
    }
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_open(
    options_json: *const c_char,
    credentials: *const Credentials,
    out: *mut *mut Store,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        *out = std::ptr::null_mut();
        // Taken first: whatever fails below, the context is released.
        let issuer = credentials
            .as_ref()
            .map(|given| Arc::new(Issuer::new(*given)));
        let options: Options = serde_json::from_str(text(options_json)?)?;
        let store = Store {
            objects: open(&options, issuer)?,
            slots: HostSlots::of(&options.host(), options.max_connections),
            engine: OnceLock::new(),
        };
        *out = Box::into_raw(Box::new(store));
        Ok(Status::Ok)
    })
}

/// # Safety
/// `store` came from [`qn_store_open`] and is not used afterwards. Tables opened on it go on.
#[no_mangle]
pub unsafe extern "C" fn qn_store_close(store: *mut Store) {
    if !store.is_null() {
        drop(Box::from_raw(store));
    }
}

fn open(options: &Options, issuer: Option<Arc<Issuer>>) -> Outcome<Arc<DynObjectStore>> {
    let url = Url::parse(&options.url)
        .map_err(|_| Failure::new(Status::Config, "that is not the address of a store"))?;
    let (client, retry) = (client_options(options)?, retry_config(options));
    let patience = Duration::from_millis(options.patience_ms);
    let settings = || options.settings.iter();
    match url.scheme() {
        "s3" | "s3a" => {
            let mut builder = AmazonS3Builder::new()
                .with_url(options.url.as_str())
                .with_client_options(client)
                .with_retry(retry)
                .with_http_connector(PatientConnector(patience));
            for (key, value) in settings() {
                builder = builder.with_config(known::<AmazonS3ConfigKey>(key)?, value);
            }
            if let Some(issuer) = issuer {
                builder = builder.with_credentials(Arc::new(Renewed::new(issuer, aws_credential)));
            }
            Ok(Arc::new(builder.build().map_err(Failure::from)?))
        }
        "abfss" | "abfs" | "az" => {
            let mut builder = MicrosoftAzureBuilder::new()
                .with_url(options.url.as_str())
                .with_client_options(client)
                .with_retry(retry)
                .with_http_connector(PatientConnector(patience));
            for (key, value) in settings() {
                builder = builder.with_config(known::<AzureConfigKey>(key)?, value);
            }
            if let Some(issuer) = issuer {
                builder =
                    builder.with_credentials(Arc::new(Renewed::new(issuer, azure_credential)));
            }
            Ok(Arc::new(builder.build().map_err(Failure::from)?))
        }
        "gs" => {
            let mut builder = GoogleCloudStorageBuilder::new()
                .with_url(options.url.as_str())
                .with_client_options(client)
                .with_retry(retry)
                .with_http_connector(PatientConnector(patience));
            for (key, value) in settings() {
                builder = builder.with_config(known::<GoogleConfigKey>(key)?, value);
            }
            if let Some(issuer) = issuer {
                builder = builder.with_credentials(Arc::new(Renewed::new(issuer, gcp_credential)));
            }
            Ok(Arc::new(builder.build().map_err(Failure::from)?))
        }
        scheme => Err(Failure::new(
            Status::Bug,
            format!("{scheme}:// is not an object store"),
        )),
    }
}

fn known<K: FromStr>(key: &str) -> Outcome<K> {
    K::from_str(key).map_err(|_| Failure::new(Status::Bug, format!("no setting is called {key}")))
}

fn client_options(options: &Options) -> Outcome<ClientOptions> {
    let mut client = ClientOptions::new()
        .with_allow_http(true) // the caller decides: only an address that says http:// gets it
        .with_timeout_disabled()
        .with_connect_timeout(Duration::from_millis(options.connect_timeout_ms))
        .with_read_timeout(Duration::from_millis(options.stall_timeout_ms));
    if options.ca_file.is_empty() {
        return Ok(client);
    }
    let unusable = |why: String| {
        Failure::new(
            Status::Config,
            format!("the authorities in {}: {why}", options.ca_file),
        )
    };
    let pem = std::fs::read(&options.ca_file).map_err(|error| unusable(error.to_string()))?;
    let bundle = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
    for certificate in bundle {
        client = client.with_root_certificate(certificate);
    }
    Ok(client)
}

fn retry_config(options: &Options) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(20),
            base: 2.0,
        },
        max_retries: options.max_retries,
        // Also after a wait that was granted there are tries left, which have their own bound.
        retry_timeout: Duration::from_millis(options.patience_ms).max(LEAST_RETRY_TIME),
    }
}

/// object_store retries but does not read Retry-After: the answer that carries one is handed on only
/// after that long, if that is within the patience.
#[derive(Debug)]
struct PatientConnector(Duration);

#[derive(Debug)]
struct Patient(HttpClient, Duration);

impl HttpConnector for PatientConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Patient(inner, self.0)))
    }
}

#[async_trait]
impl HttpService for Patient {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let response = self.0.execute(request).await?;
        let asked = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        if let (Some(wait), 429 | 500..=599) = (asked, response.status().as_u16()) {
            if wait <= self.1 {
                tokio::time::sleep(wait).await;
            }
        }
        Ok(response)
    }
}
