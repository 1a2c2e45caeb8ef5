//! Object stores: opening one, the credentials it is given, finding what it holds.

use std::collections::HashSet;
use std::ffi::{c_char, c_void, CStr};
use std::future::Future;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use delta_kernel::object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsCredential};
use delta_kernel::object_store::azure::{
    split_sas, AzureConfigKey, AzureCredential, MicrosoftAzureBuilder,
};
use delta_kernel::object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use delta_kernel::object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder, GoogleConfigKey};
use delta_kernel::object_store::path::Path;
use delta_kernel::object_store::{
    self, BackoffConfig, Certificate, ClientOptions, CredentialProvider, DynObjectStore,
    GetOptions, GetRange, ObjectMeta, ObjectStoreExt, RetryConfig,
};
use delta_kernel::Engine;
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::{json, Value};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use url::Url;

use crate::error::{answer_code, Failure, Outcome, Status};
use crate::ffi::{give_text, guard, text};
use crate::host_slots::HostSlots;

/// However little patience there is with Retry-After, a short failure is outlived.
const LEAST_RETRY_TIME: Duration = Duration::from_secs(180);
/// Credentials are asked for again this long before they end.
const RENEW_BEFORE_MS: u64 = 5 * 60 * 1000;

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

/// `qn_credentials` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Credentials {
    context: *mut c_void,
    get: Option<extern "C" fn(*mut c_void, Give, *mut c_void) -> i32>,
    release: Option<extern "C" fn(*mut c_void)>,
}

type Give = extern "C" fn(*mut c_void, *const c_char);

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
        let issuer = credentials.as_ref().map(|given| Arc::new(Issuer(*given)));
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

/// The caller's function that gives credentials, and what it works on.
struct Issuer(Credentials);

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
struct Issued {
    key_id: String,
    secret_key: String,
    token: Option<String>,
    sas_token: Option<String>,
    bearer: String,
    expires_ms: Option<u64>,
}

fn aws_credential(issued: Issued) -> object_store::Result<AwsCredential> {
    Ok(AwsCredential {
        key_id: issued.key_id,
        secret_key: issued.secret_key,
        token: issued.token,
    })
}

fn azure_credential(issued: Issued) -> object_store::Result<AzureCredential> {
    match issued.sas_token {
        Some(sas) => Ok(AzureCredential::SASToken(split_sas(&sas)?)),
        None => Ok(AzureCredential::BearerToken(issued.bearer)),
    }
}

fn gcp_credential(issued: Issued) -> object_store::Result<GcpCredential> {
    Ok(GcpCredential {
        bearer: issued.bearer,
    })
}

/// Credentials kept until shortly before they end.
struct Renewed<C> {
    issuer: Arc<Issuer>,
    make: fn(Issued) -> object_store::Result<C>,
    current: Mutex<Option<(Arc<C>, u64)>>,
}

impl<C> Renewed<C> {
    fn new(issuer: Arc<Issuer>, make: fn(Issued) -> object_store::Result<C>) -> Self {
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

/// A failure of ours on its way through object_store's errors.
#[derive(Debug)]
pub struct Carried(pub Failure);

impl std::fmt::Display for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Carried {}

/// Runs `work` until it is done or `stop` is set.
pub fn wait_for<T>(
    stop: Option<&AtomicBool>,
    work: impl Future<Output = Outcome<T>>,
) -> Outcome<T> {
    let stopped = async {
        loop {
            if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    runtime()?.block_on(async {
        tokio::select! {
            done = work => done,
            () = stopped => Err(Failure::new(Status::Machine, "interrupted")),
        }
    })
}

fn runtime() -> Outcome<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("store")
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| made))
}

/// # Safety
/// NULL, or an atomic byte that outlives the call.
pub unsafe fn stop_flag<'a>(stop: *const u8) -> Option<&'a AtomicBool> {
    stop.cast::<AtomicBool>().as_ref()
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_list(
    store: *const Store,
    beginning: *const c_char,
    stop: *const u8,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let found = list((*store).objects.as_ref(), text(beginning)?);
        let found = wait_for(stop_flag(stop), found)?;
        give_text(json, &Value::from(found).to_string());
        Ok(Status::Ok)
    })
}

/// Keys that begin with `beginning`. A store lists by folder; inside it the listing starts where the
/// beginning would stand, which spares the years of deliveries before it.
async fn list(objects: &DynObjectStore, beginning: &str) -> Outcome<Vec<Value>> {
    let (folder, rest) = beginning.rsplit_once('/').unwrap_or(("", beginning));
    let folder = Path::parse(folder).map_err(object_store::Error::from)?;
    let listing = match rest.char_indices().next_back() {
        Some((at, _)) if at > 0 => {
            let before = format!("{}/{}", folder, &rest[..at]);
            let offset = Path::parse(before.trim_start_matches('/'));
            objects.list_with_offset(Some(&folder), &offset.map_err(object_store::Error::from)?)
        }
        _ => objects.list(Some(&folder)),
    };
    let wanted = beginning.trim_start_matches('/');
    let found: Vec<ObjectMeta> = listing.try_collect().await?;
    let folders: HashSet<String> = found
        .iter()
        .flat_map(|meta| folders_of(&meta.location))
        .collect();
    // A key that ends in a slash is a folder somebody's console made; an empty object that others are
    // below of is one that a tool made.
    let chosen = found.iter().filter(|meta| {
        let path = meta.location.as_ref();
        path.starts_with(wanted) && !(meta.size == 0 && folders.contains(path))
    });
    Ok(chosen.map(describe).collect())
}

fn folders_of(path: &Path) -> impl Iterator<Item = String> + '_ {
    let path = path.as_ref();
    path.match_indices('/')
        .map(|(at, _)| path[..at].to_string())
}

fn describe(meta: &ObjectMeta) -> Value {
    json!({
        "path": meta.location.as_ref(),
        "size": meta.size,
        "etag": meta.e_tag.as_deref().unwrap_or(""),
        "modified_ms": meta.last_modified.timestamp_millis(),
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_find(
    store: *const Store,
    path: *const c_char,
    stop: *const u8,
    json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let path = Path::parse(text(path)?).map_err(object_store::Error::from)?;
        let objects = (*store).objects.as_ref();
        match wait_for(stop_flag(stop), find(objects, &path))? {
            Some(meta) => {
                give_text(json, &describe(&meta).to_string());
                Ok(Status::Ok)
            }
            None => Ok(Status::Absent),
        }
    })
}

/// What stores call a bucket, container or user that is not there, each with the status of an object
/// that is not.
const NO_PLACE: [&str; 4] = [
    "NoSuchBucket",
    "ContainerNotFound",
    "FilesystemNotFound",
    "UserNotFound",
];

/// Asks for the first byte, not for the head alone: only then does a server say why it refuses.
async fn find(objects: &DynObjectStore, path: &Path) -> Outcome<Option<ObjectMeta>> {
    let first_byte = GetOptions {
        range: Some(GetRange::Bounded(0..1)),
        ..Default::default()
    };
    let error = match objects.get_opts(path, first_byte).await {
        Ok(found) => return Ok(Some(found.meta)),
        Err(error) => error,
    };
    let told = error.to_string();
    match error {
        object_store::Error::NotFound { .. } if !NO_PLACE.iter().any(|n| told.contains(n)) => {
            Ok(None)
        }
        // An empty object has no first byte: refused, or answered with a range that is none.
        error if answer_code(&error) == Some(416) || told.contains("CONTENT_RANGE") => {
            Ok(Some(objects.head(path).await?))
        }
        error => Err(error.into()),
    }
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_store_remove(
    store: *const Store,
    path: *const c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let path = Path::parse(text(path)?).map_err(object_store::Error::from)?;
        let objects = (*store).objects.as_ref();
        match wait_for(None, async { Ok(objects.delete(&path).await?) }) {
            Err(failure) if failure.status == Status::Missing => Ok(Status::Ok),
            done => done.map(|()| Status::Ok),
        }
    })
}
