//! The limit: a tonic server that decodes a message and gives it back, and does nothing else.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use docket_proto::task::v1::GetTaskResponse;
use http::{Request, Response};
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic::{Response as Answer, Status};
use tonic_prost::ProstCodec;

/// The path of its only method.
pub(crate) const PATH: &str = "/docket.bench.Echo/Echo";

/// Serves until the process is ended.
pub(crate) async fn serve(address: SocketAddr) -> anyhow::Result<()> {
    Ok(Server::builder().add_service(Echo).serve(address).await?)
}

#[derive(Clone, Copy)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "docket.bench.Echo";
}

impl UnaryService<GetTaskResponse> for Echo {
    type Response = GetTaskResponse;
    type Future = Ready<Result<Answer<GetTaskResponse>, Status>>;

    fn call(&mut self, request: tonic::Request<GetTaskResponse>) -> Self::Future {
        ready(Ok(Answer::new(request.into_inner())))
    }
}

impl tonic::codegen::Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let echo = *self;
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(echo, request).await) })
    }
}
