//! How many connections may carry files from one host at once, over all stores of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::Notify;

#[derive(Default)]
struct Host {
    held: Mutex<usize>,
    freed: Notify,
}

/// One store's view of its host: each store may have a limit of its own.
pub struct HostSlots {
    host: Arc<Host>,
    most: usize,
}

/// Given back when it is dropped, also when the work is given up.
pub struct Slot(Arc<Host>);

impl HostSlots {
    pub fn of(host: &str, most: usize) -> Self {
        static HOSTS: OnceLock<Mutex<HashMap<String, Arc<Host>>>> = OnceLock::new();
        let hosts = HOSTS.get_or_init(Mutex::default);
        let mut hosts = hosts.lock().expect("no panic while it is held");
        HostSlots {
            host: hosts.entry(host.to_owned()).or_default().clone(),
            most: most.max(1),
        }
    }

    pub fn most(&self) -> usize {
        self.most
    }

    pub async fn take(&self) -> Slot {
        loop {
            // Registered before looking, so that a slot freed in between is not missed.
            let mut freed = std::pin::pin!(self.host.freed.notified());
            freed.as_mut().enable();
            {
                let mut held = self.host.held.lock().expect("no panic while it is held");
                if *held < self.most {
                    *held += 1;
                    return Slot(self.host.clone());
                }
            }
            freed.await;
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *self.0.held.lock().expect("no panic while it is held") -= 1;
        self.0.freed.notify_waiters();
    }
}
