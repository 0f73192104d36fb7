//! A listening gateway with its services, and a plain HTTP client.

use bytes::Bytes;
use clap::Parser;
use docket_identity::Clock;
use docket_rpc::{ConnectionCount, ServerSettings, ShieldSettings, TrustedProxies, serve, shield};
use docket_testkit::{TestServer, seeded_random, within_ten_seconds};
use gateway::{Config, Gateway, Surroundings, Upstream, Upstreams};
use http::{Request, Response, Version};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio_util::sync::CancellationToken;

use crate::stubs::Stubs;

pub(crate) const IMPORT: &str = "/docket.task.v1.TransferService/ImportTasks";

/// Where the services run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    InProcess,
    Remote,
}

/// A gateway with its services.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) server: TestServer,
    pub(crate) stubs: Stubs,
    /// The servers of remote services: the auth service, then the task service.
    pub(crate) remote: Vec<TestServer>,
    pub(crate) shutdown: CancellationToken,
}

impl Site {
    /// Starts a gateway with services in process and without flags.
    pub(crate) async fn start() -> Self {
        Self::start_with(Place::InProcess, &[]).await
    }

    /// The same, with flags of the gateway, or `--public-url`.
    pub(crate) async fn start_with(place: Place, flags: &[&str]) -> Self {
        let shutdown = CancellationToken::new();
        let stubs = Stubs::new(CancellationToken::new());
        let mut remote = Vec::new();
        let upstreams = match place {
            Place::InProcess => Upstreams {
                auth: Upstream::InProcess(shield(stubs.auth(), settings(shutdown.clone()))),
                task: Upstream::InProcess(shield(stubs.task(), settings(shutdown.clone()))),
            },
            Place::Remote => {
                for routes in [stubs.auth(), stubs.task()] {
                    let start = |listener, shutdown: CancellationToken| {
                        let proxies: TrustedProxies = "127.0.0.0/8".parse().unwrap();
                        let service = shield(routes, settings(shutdown.clone()).proxies(proxies));
                        serve(listener, service, shutdown, ServerSettings::default())
                    };
                    remote.push(TestServer::start(start).await);
                }
                let upstream = |server: &TestServer| Upstream::Remote(server.url().parse().unwrap());
                Upstreams { auth: upstream(&remote[0]), task: upstream(&remote[1]) }
            }
        };
        let server = Self::serve(upstreams, flags, shutdown.clone()).await;
        Self { server, stubs, remote, shutdown }
    }

    /// Starts a gateway with the given services.
    pub(crate) async fn serve(upstreams: Upstreams, flags: &[&str], shutdown: CancellationToken) -> TestServer {
        let Flags { config, public_url } = Flags::parse_from(["gateway"].iter().chain(flags));
        let surroundings = Surroundings { shield: settings(shutdown.clone()), shutdown: shutdown.clone() };
        let gateway = Gateway::build(&config, &public_url.parse().unwrap(), upstreams, surroundings);
        TestServer::start_with(shutdown, |listener, _| async move {
            gateway.serve(listener, 100, ConnectionCount::default()).await;
        })
        .await
    }

    /// The response to a request over HTTP/1.1 or HTTP/2.
    pub(crate) async fn ask(&self, version: Version, request: Request<Bytes>) -> Response<Bytes> {
        ask(&self.server, version, request).await
    }

    /// The response to a GET.
    pub(crate) async fn get(&self, path: &str) -> Response<Bytes> {
        self.ask(Version::HTTP_11, Request::get(path).body(Bytes::new()).unwrap()).await
    }
}

/// The response of `server`.
pub(crate) async fn ask(server: &TestServer, version: Version, request: Request<Bytes>) -> Response<Bytes> {
    let (mut head, body) = request.into_parts();
    head.uri = format!("{}{}", server.url(), head.uri).parse().unwrap();
    let client = Client::builder(TokioExecutor::new()).http2_only(version == Version::HTTP_2).build_http();
    let request = Request::from_parts(head, Full::new(body));
    let response = within_ten_seconds(client.request(request)).await.unwrap();
    let (head, body) = response.into_parts();
    let body = within_ten_seconds(body.collect()).await.unwrap();
    let mut response = Response::from_parts(head, Bytes::new());
    if let Some(trailers) = body.trailers() {
        response.headers_mut().extend(trailers.clone());
    }
    response.map(|_| body.to_bytes())
}

#[derive(Parser)]
struct Flags {
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    public_url: String,
    #[command(flatten)]
    config: Config,
}

fn settings(shutdown: CancellationToken) -> ShieldSettings {
    ShieldSettings::new(Clock::system(), seeded_random(2), shutdown)
}
