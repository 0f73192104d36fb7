//! The health of services, as `grpc.health.v1` reports it.
//!
//! The messages are tonic-health's. The state is kept here, because it is more than what services report: while the
//! server drains, all are NOT_SERVING, and the server as a whole serves only where every service does.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{self, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::Reason;

/// Polling interval while a service is ready.
const READY_INTERVAL: Duration = Duration::from_secs(1);
/// Polling interval while a service is not ready.
const UNREADY_INTERVAL: Duration = Duration::from_millis(20);
/// Time limit for one poll.
const POLL_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest life of a Watch stream. Anybody may open one; clients open the next when it ends with UNAVAILABLE.
const WATCH_AGE: Duration = Duration::from_secs(30 * 60);

/// The health of the services of a process. Cloning is cheap; clones share their state.
#[derive(Clone, Debug)]
pub struct Health {
    ready: Arc<watch::Sender<BTreeMap<&'static str, bool>>>,
    shutdown: CancellationToken,
}

impl Health {
    /// Knows no service yet. Once `shutdown` is cancelled, all are NOT_SERVING for good.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self { ready: Arc::new(watch::Sender::default()), shutdown }
    }

    /// Records whether `service` (its full name: "docket.task.v1.TaskService") is ready. A service that was never
    /// recorded is SERVICE_UNKNOWN.
    pub fn set(&self, service: &'static str, ready: bool) {
        self.ready.send_if_modified(|services| services.insert(service, ready) != Some(ready));
    }

    /// Polls `is_ready` and records the result for `services`, until the future is dropped. It polls often while they
    /// are not ready, because a start waits for them.
    pub async fn follow<F: Future<Output = bool>>(&self, services: &[&'static str], is_ready: impl Fn() -> F) {
        loop {
            // A poll that times out counts as not ready.
            let ready = tokio::time::timeout(POLL_TIMEOUT, is_ready()).await.unwrap_or(false);
            for service in services {
                self.set(service, ready);
            }
            tokio::time::sleep(if ready { READY_INTERVAL } else { UNREADY_INTERVAL }).await;
        }
    }

    /// Whether at least one service was recorded, every one is ready, and the server is not stopping.
    pub fn is_serving(&self) -> bool {
        self.status("") == ServingStatus::Serving
    }

    /// The service to add to a server's routes. It needs no token.
    pub fn service(&self) -> HealthServer<Self> {
        HealthServer::new(self.clone())
    }

    /// The empty name stands for the server as a whole.
    fn status(&self, service: &str) -> ServingStatus {
        let services = self.ready.borrow();
        let ready = match service {
            "" => Some(!services.is_empty() && services.values().all(|ready| *ready)),
            name => services.get(name).copied(),
        };
        match ready {
            None => ServingStatus::ServiceUnknown,
            Some(true) if !self.shutdown.is_cancelled() => ServingStatus::Serving,
            Some(_) => ServingStatus::NotServing,
        }
    }

    /// Returns when a status may have changed.
    async fn change(&self, changes: &mut watch::Receiver<BTreeMap<&'static str, bool>>) {
        if self.shutdown.is_cancelled() {
            // That was the last change.
            return std::future::pending().await;
        }
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            _ = changes.changed() => {}
        }
    }
}

#[tonic::async_trait]
impl health_server::Health for Health {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match self.status(&request.into_inner().service) {
            ServingStatus::ServiceUnknown => Err(Reason::NotFound.status()),
            status => Ok(Response::new(HealthCheckResponse { status: status.into() })),
        }
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// Sends the current status and every change, also of an unknown service, as the protocol asks.
    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let service = request.into_inner().service;
        let start = (self.clone(), self.ready.subscribe(), None);
        let statuses = stream::unfold(start, move |(health, mut changes, last)| {
            let service = service.clone();
            async move {
                loop {
                    let status = health.status(&service);
                    if last != Some(status) {
                        let response = HealthCheckResponse { status: status.into() };
                        return Some((Ok(response), (health, changes, Some(status))));
                    }
                    health.change(&mut changes).await;
                }
            }
        });
        let end = stream::once(async { Err(Reason::ShuttingDown.status()) });
        let statuses = statuses.take_until(tokio::time::sleep(WATCH_AGE)).chain(end);
        Ok(Response::new(statuses.boxed()))
    }
}
