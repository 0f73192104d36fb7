//! The services' health as the gateway reports it: the status that each of them reports, and NOT_SERVING where none
//! comes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use docket_rpc::{Health, Shielded};
use futures_util::StreamExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

const RETRY_DELAY: Duration = Duration::from_secs(1);
/// A watch that lasted this long did not fail at once. Services end each after half an hour.
const LONG_WATCH: Duration = Duration::from_secs(60);

/// What answers at one of the two addresses.
pub(crate) struct Followed {
    upstream: Shielded,
    /// The flag by which the operator sets the address.
    flag: &'static str,
    /// Whether its last status was SERVICE_UNKNOWN. One log line for the address is enough, for all its services.
    is_foreign: AtomicBool,
}

impl Followed {
    pub(crate) fn new(upstream: &Shielded, flag: &'static str) -> Self {
        Self { upstream: upstream.clone(), flag, is_foreign: AtomicBool::new(false) }
    }

    /// Logs the first SERVICE_UNKNOWN.
    fn note(&self, is_foreign: bool) {
        let was_foreign = self.is_foreign.swap(is_foreign, Ordering::Relaxed);
        if is_foreign && !was_foreign {
            tracing::error!("what answers there is another service, or of another release: check {}", self.flag);
        }
    }
}

/// Copies the status that `followed` reports of `service` into `health`, until `shutdown` is cancelled.
pub(crate) async fn follow(followed: &Followed, service: &'static str, health: Health, shutdown: CancellationToken) {
    let client = HealthClient::new(followed.upstream.clone());
    let following = async {
        loop {
            let start = Instant::now();
            let changed = |status| {
                followed.note(status == ServingStatus::ServiceUnknown);
                health.set(service, status == ServingStatus::Serving);
            };
            let _ended = watch(client.clone(), service, changed).await;
            // After a long watch its last word holds while the next one is tried, which tells at once what is true.
            if start.elapsed() < LONG_WATCH {
                health.set(service, false);
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = following => {}
    }
}

async fn watch(
    mut client: HealthClient<Shielded>,
    service: &'static str,
    changed: impl Fn(ServingStatus),
) -> Result<(), Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let mut statuses = client.watch(request).await?.into_inner();
    while let Some(answer) = statuses.next().await {
        changed(answer?.status());
    }
    Ok(())
}
