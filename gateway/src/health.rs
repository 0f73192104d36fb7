//! The services' health as the gateway reports it: the status that each of them reports, and NOT_SERVING where none
//! comes.

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

/// Copies the status that `upstream` reports of `service` into `health`, until `shutdown` is cancelled. `flag` is where
/// the operator says where it is.
pub(crate) async fn follow(
    upstream: Shielded,
    flag: &'static str,
    service: &'static str,
    health: Health,
    shutdown: CancellationToken,
) {
    let client = HealthClient::new(upstream);
    let mut is_unknown = false;
    let following = async {
        loop {
            let start = Instant::now();
            let changed = |status| {
                let was_unknown = std::mem::replace(&mut is_unknown, status == ServingStatus::ServiceUnknown);
                if is_unknown && !was_unknown {
                    tracing::error!(service, "what answers there does not know this service: check {flag}");
                }
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
    mut changed: impl FnMut(ServingStatus),
) -> Result<(), Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let mut statuses = client.watch(request).await?.into_inner();
    while let Some(answer) = statuses.next().await {
        changed(answer?.status());
    }
    Ok(())
}
