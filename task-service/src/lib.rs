//! Tasks and the lists that hold them. Each verified caller reaches their own and nobody else's.
//!
//! This is the service's composition root. From outside in: `grpc` (messages), `tasks` and `task_lists` (use cases),
//! `store` (SQL), with `domain` (values and rules) at the bottom. The service does not call the auth service for a
//! request: it holds keys and revocations that it is sent.

pub mod domain;
pub mod store;

mod config;
mod grpc;
mod page_tokens;
pub mod program;
mod task_lists;
mod tasks;

use std::sync::Arc;
use std::time::Duration;

use docket_identity::{Clock, Random, ServiceCredential, TokenVerifier};
use docket_process::StalenessTooLong;
use docket_proto::task::v1::SERVICES;
use docket_rpc::{Admin, AuthUpstream, AuthenticateLayer, Health, Job, Trust};
use docket_storage::{Db, SchemaError, StoreError, require_current_schema, within};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub use config::Config;
use grpc::{TaskHandlers, TaskListHandlers};
use page_tokens::PageTokens;
use store::Store;
use task_lists::TaskLists;
use tasks::Tasks;

/// How the metrics call this service.
const NAME: &str = "task";
/// Interval of the clean-up.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(60);

/// The task service. Cloning is cheap; clones are one service.
#[derive(Clone, Debug)]
pub struct TaskService {
    tasks: Tasks,
    lists: TaskLists,
    page_tokens: PageTokens,
    store: Store,
    clock: Clock,
    trust: Trust,
    verifier: Arc<TokenVerifier>,
    clean_up: Job,
}

/// Why the task service can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The settings of tokens don't go together.
    #[error(transparent)]
    Tokens(#[from] StalenessTooLong),
    /// The schema of the database is not the one of this program.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TaskService {
    /// Builds the service on `db`, opened with [`Role::Task`](docket_storage::Role::Task). It accepts no token until
    /// [`run`](Self::run) has heard of keys and revocations.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub async fn build(config: &Config, db: Db, clock: Clock, random: Random) -> Result<Self, BuildError> {
        let staleness = config.tokens.staleness()?;
        require_current_schema(&db).await?;
        let store = Store::new(db);
        let page_tokens = PageTokens::new(&store.page_token_secret(&random).await?);
        let trust = Trust::new(config.expected(), staleness, clock.clone(), random.clone());
        Ok(Self {
            tasks: Tasks::new(store.clone(), clock.clone(), random.clone()),
            lists: TaskLists::new(store.clone(), clock.clone(), random),
            page_tokens,
            store,
            clock,
            verifier: Arc::new(trust.verifier()),
            trust,
            clean_up: Job::new("delete_expired"),
        })
    }

    /// TaskService, TaskListService and TransferService. All calls need a token.
    pub fn routes(&self) -> Routes {
        grpc::routes(
            TaskHandlers::new(self.tasks.clone(), self.page_tokens.clone()),
            TaskListHandlers::new(self.lists.clone(), self.page_tokens.clone()),
            &AuthenticateLayer::new(Arc::clone(&self.verifier)),
        )
    }

    /// Runs background work until `shutdown`: follows keys and revocations at `auth` (with `credential`, where it asks
    /// for one), updates `health`, and removes expired rows.
    pub async fn run<T: AuthUpstream>(
        &self,
        auth: T,
        credential: Option<ServiceCredential>,
        health: &Health,
        shutdown: CancellationToken,
    ) {
        let following = self.trust.follow(auth, credential, shutdown.clone());
        let own_work = shutdown
            .run_until_cancelled(async { tokio::join!(health.follow(SERVICES, || self.is_ready()), self.clean_up()) });
        tokio::join!(following, own_work);
    }

    /// Registers metrics of the verifier, the clock and the background job with `admin`.
    pub fn observe(&self, admin: &mut Admin) {
        admin.observe_verifier(NAME, &self.verifier);
        admin.observe_trust(NAME, &self.trust);
        admin.observe_job(NAME, &self.clean_up);
    }

    /// Whether calls can be answered now: tokens can be verified, and the database takes writes.
    pub async fn is_ready(&self) -> bool {
        self.trust.is_ready() && self.store.is_writable().await
    }

    async fn clean_up(&self) {
        loop {
            let cleaned = within(CLEANUP_INTERVAL, self.store.clean_up(self.clock.now())).await;
            self.clean_up.record(&cleaned);
            if let Err(error) = cleaned {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "failed to remove expired request ids and tasks"
                );
            }
            tokio::time::sleep(CLEANUP_INTERVAL).await;
        }
    }
}
