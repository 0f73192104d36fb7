//! Whether services can do their work, as `grpc.health.v1` tells it.
//!
//! The protocol is tonic-health's. The truth is kept here, since it is more than what services report: while the
//! server drains none serves, whatever they say, and the whole serves where each part does.

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

/// The health of the services of a process. Cloning is cheap; clones share what they know.
#[derive(Clone, Debug)]
pub struct Health {
    serving: Arc<watch::Sender<BTreeMap<&'static str, bool>>>,
    shutdown: CancellationToken,
}

impl Health {
    /// Knows no service yet. Once `shutdown` is cancelled, all are NOT_SERVING for good.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self { serving: Arc::new(watch::Sender::default()), shutdown }
    }

    /// Notes whether `service` (its full name: "docket.task.v1.TaskService") can do its work. One that was never noted
    /// is unknown to those who ask.
    pub fn set(&self, service: &'static str, serving: bool) {
        self.serving.send_if_modified(|services| services.insert(service, serving) != Some(serving));
    }

    /// Notes of `services` what `is_ready` says, again and again, for as long as this is awaited. News that they can do
    /// their work spreads at once: a start has to wait for it.
    pub async fn follow<F: Future<Output = bool>>(&self, services: &[&'static str], is_ready: impl Fn() -> F) {
        loop {
            // What does not answer is not ready.
            let ready = tokio::time::timeout(POLL_TIMEOUT, is_ready()).await.unwrap_or(false);
            for service in services {
                self.set(service, ready);
            }
            tokio::time::sleep(if ready { READY_INTERVAL } else { UNREADY_INTERVAL }).await;
        }
    }

    /// Whether every service that was noted can do its work, at least one was, and the server is not stopping.
    pub fn is_serving(&self) -> bool {
        self.status("") == ServingStatus::Serving
    }

    /// The service to add to a server's routes. It needs no token.
    pub fn service(&self) -> HealthServer<Self> {
        HealthServer::new(self.clone())
    }

    /// The empty name asks for the whole.
    fn status(&self, service: &str) -> ServingStatus {
        let services = self.serving.borrow();
        let serving = match service {
            "" => Some(!services.is_empty() && services.values().all(|serving| *serving)),
            name => services.get(name).copied(),
        };
        match serving {
            None => ServingStatus::ServiceUnknown,
            Some(serving) if serving && !self.shutdown.is_cancelled() => ServingStatus::Serving,
            Some(_) => ServingStatus::NotServing,
        }
    }

    /// Returns when a status may have changed.
    async fn change(&self, news: &mut watch::Receiver<BTreeMap<&'static str, bool>>) {
        if self.shutdown.is_cancelled() {
            // That was the last change.
            return std::future::pending().await;
        }
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            _ = news.changed() => {}
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

    /// The status now, and each that it changes to; of a service that is not known, too, as the protocol asks.
    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let service = request.into_inner().service;
        let start = (self.clone(), self.serving.subscribe(), None);
        let statuses = stream::unfold(start, move |(health, mut news, last)| {
            let service = service.clone();
            async move {
                loop {
                    let status = health.status(&service);
                    if last != Some(status) {
                        let response = HealthCheckResponse { status: status.into() };
                        return Some((Ok(response), (health, news, Some(status))));
                    }
                    health.change(&mut news).await;
                }
            }
        });
        let end = stream::once(async { Err(Reason::ShuttingDown.status()) });
        let statuses = statuses.take_until(tokio::time::sleep(WATCH_AGE)).chain(end);
        Ok(Response::new(statuses.boxed()))
    }
}
