//! Stub services that record their calls.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use docket_proto::auth::v1::key_service_server::{KeyService, KeyServiceServer};
use docket_proto::auth::v1::revocation_service_server::{RevocationService, RevocationServiceServer};
use docket_proto::auth::v1::{
    ListKeysRequest, ListKeysResponse, PublicKey, WatchRevocationsRequest, WatchRevocationsResponse,
};
use docket_proto::task::v1::transfer_service_server::{TransferService, TransferServiceServer};
use docket_proto::task::v1::{ExportTasksRequest, ExportTasksResponse, ImportTasksRequest, ImportTasksResponse};
use docket_rpc::{Health, Reason, client_address};
use futures_util::{Stream, stream};
use http::HeaderMap;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// The answer of the key service, and the number of its calls.
#[derive(Clone, Debug)]
pub(crate) struct Keys(pub(crate) Arc<Mutex<KeysState>>);

#[derive(Debug)]
pub(crate) struct KeysState {
    pub(crate) answer: Option<ListKeysResponse>,
    pub(crate) calls: usize,
}

impl Keys {
    fn new() -> Self {
        let key = |kid: &str, y: &str| PublicKey {
            kid: kid.into(),
            alg: "EdDSA".into(),
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: "eA".into(),
            y: y.into(),
        };
        let answer = ListKeysResponse {
            keys: vec![key("one", ""), key("two", "eQ")],
            max_age_seconds: 300,
            ..Default::default()
        };
        Self(Arc::new(Mutex::new(KeysState { answer: Some(answer), calls: 0 })))
    }

    pub(crate) fn fail(&self) {
        self.0.lock().unwrap().answer = None;
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }
}

#[tonic::async_trait]
impl KeyService for Keys {
    async fn list_keys(&self, _: Request<ListKeysRequest>) -> Result<Response<ListKeysResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.calls += 1;
        state.answer.clone().map(Response::new).ok_or_else(|| Reason::DatabaseUnavailable.status())
    }
}

/// An internal service, which clients must not reach.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revocations(Arc<Mutex<usize>>);

impl Revocations {
    pub(crate) fn calls(&self) -> usize {
        *self.0.lock().unwrap()
    }
}

#[tonic::async_trait]
impl RevocationService for Revocations {
    type WatchRevocationsStream = Answers<WatchRevocationsResponse>;

    async fn watch_revocations(
        &self,
        _: Request<WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        *self.0.lock().unwrap() += 1;
        Ok(Response::new(Box::pin(stream::empty())))
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

type Piece = Result<ExportTasksResponse, Status>;

/// The headers of a call, and its client address.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) headers: HeaderMap,
    pub(crate) client: Option<String>,
}

/// Imports answer with the size of the document. Exports send what the test feeds in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transfer {
    seen: Arc<Mutex<Vec<Seen>>>,
    export: Arc<Mutex<Option<mpsc::UnboundedReceiver<Piece>>>>,
}

impl Transfer {
    /// All calls so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Feeds the next export.
    pub(crate) fn feed(&self) -> mpsc::UnboundedSender<Piece> {
        let (sender, receiver) = mpsc::unbounded_channel();
        *self.export.lock().unwrap() = Some(receiver);
        sender
    }

    fn note<T>(&self, request: &Request<T>) {
        let headers = request.metadata().clone().into_headers();
        let client = client_address(request).map(|address| address.to_string());
        self.seen.lock().unwrap().push(Seen { headers, client });
    }
}

#[tonic::async_trait]
impl TransferService for Transfer {
    type ExportTasksStream = Answers<ExportTasksResponse>;

    async fn export_tasks(
        &self,
        request: Request<ExportTasksRequest>,
    ) -> Result<Response<Self::ExportTasksStream>, Status> {
        self.note(&request);
        let receiver = self.export.lock().unwrap().take().expect("the test feeds an export");
        let answers =
            stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|answer| (answer, receiver)) });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn import_tasks(
        &self,
        request: Request<ImportTasksRequest>,
    ) -> Result<Response<ImportTasksResponse>, Status> {
        self.note(&request);
        let request = request.into_inner();
        if request.validate_only {
            return Err(Reason::StorageFull.status());
        }
        let created_tasks = request.document.len().try_into().unwrap();
        let answer = ImportTasksResponse { created_tasks, ..ImportTasksResponse::default() };
        Ok(Response::new(answer))
    }
}

/// All stub services, with their health.
#[derive(Clone, Debug)]
pub(crate) struct Stubs {
    pub(crate) keys: Keys,
    pub(crate) revocations: Revocations,
    pub(crate) transfer: Transfer,
    pub(crate) health: Health,
}

impl Stubs {
    pub(crate) fn new(shutdown: CancellationToken) -> Self {
        let health = Health::new(shutdown);
        for service in ["docket.auth.v1.KeyService", "docket.task.v1.TransferService"] {
            health.set(service, true);
        }
        let (revocations, transfer) = Default::default();
        Self { keys: Keys::new(), revocations, transfer, health }
    }

    pub(crate) fn auth(&self) -> Routes {
        Routes::new(KeyServiceServer::new(self.keys.clone()))
            .add_service(RevocationServiceServer::new(self.revocations.clone()))
            .add_service(self.health.service())
    }

    pub(crate) fn task(&self) -> Routes {
        Routes::new(TransferServiceServer::new(self.transfer.clone())).add_service(self.health.service())
    }
}
