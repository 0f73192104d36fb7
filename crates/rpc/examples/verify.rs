//! A service of another team that lets in whom Docket's tokens name, and greets them.
//!
//! It needs what `docket service-token create greeter` prints, in a file, and where the auth service is:
//!
//! ```text
//! cargo run -p docket-rpc --example verify -- http://127.0.0.1:50051 http://127.0.0.1:8080 greeter.token
//! ```
//!
//! The second address is Docket's public one, which tokens name as their issuer. A call is
//! `POST /example.Greeter/Greet` on port 50053, from `google.protobuf.Empty` to `google.protobuf.StringValue`.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use docket_identity::{Clock, Expected, Random, ServiceCredential};
use docket_rpc::{AuthenticateLayer, ServerSettings, ShieldSettings, Trust, caller, serve, shield};
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Endpoint;
use tower::{Layer as _, Service, service_fn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [auth_url, issuer, credential] = arguments.as_slice() else { return Err("three arguments are needed".into()) };
    let credential: ServiceCredential = std::fs::read_to_string(credential)?.parse()?;
    let auth = Endpoint::try_from(auth_url.clone())?.connect_lazy();
    let (clock, random, shutdown) = (Clock::system(), Random::system(), CancellationToken::new());

    // Keys and revocations are pushed: no call has to ask the auth service.
    let expected =
        Expected { issuer: issuer.clone(), audience: "docket".into(), longest_life: Duration::from_secs(600) };
    let trust = Trust::new(expected, Duration::from_secs(60), clock.clone(), random.clone());
    let verifier = Arc::new(trust.verifier());
    let following = trust.follow(auth, Some(credential), shutdown.clone());

    let greeter = AuthenticateLayer::new(verifier).layer(Greeter);
    let shielded = shield(Routes::new(greeter), ShieldSettings::new(clock, random, shutdown.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:50053").await?;
    let serving = serve(listener, shielded, shutdown.clone(), ServerSettings::default());
    let interrupted = async {
        let heard = tokio::signal::ctrl_c().await;
        shutdown.cancel();
        heard
    };
    let ((), (), interrupted) = tokio::join!(following, serving, interrupted);
    Ok(interrupted?)
}

/// No handler is reached without a verified caller.
async fn greet(request: tonic::Request<()>) -> Result<tonic::Response<String>, Status> {
    Ok(tonic::Response::new(format!("Hello, {}", caller(&request)?.user_id())))
}

/// What tonic makes from a contract, by hand.
#[derive(Clone)]
struct Greeter;

impl tonic::server::NamedService for Greeter {
    const NAME: &'static str = "example.Greeter";
}

impl Service<Request<Body>> for Greeter {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async {
            if request.uri().path() != "/example.Greeter/Greet" {
                return Ok(Status::unimplemented("").into_http());
            }
            let mut grpc = tonic::server::Grpc::new(tonic_prost::ProstCodec::<String, ()>::default());
            Ok(grpc.unary(service_fn(greet), request).await)
        })
    }
}
