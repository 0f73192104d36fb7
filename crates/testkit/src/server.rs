//! A server on a real socket of the loopback interface, for as long as a test runs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::within_ten_seconds;

/// A server of this process. Dropped, it is told to stop; [`stop`](Self::stop) also waits for it.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl TestServer {
    /// Runs what `serve` makes of a listener on a free port and the token that will stop it:
    /// `TestServer::start(|listener, shutdown| docket_rpc::serve(listener, service, shutdown, settings))`.
    pub async fn start<F: Future<Output = ()> + Send + 'static>(
        serve: impl FnOnce(TcpListener, CancellationToken) -> F,
    ) -> Self {
        Self::start_with(CancellationToken::new(), serve).await
    }

    /// The same with a token that others know, too.
    pub async fn start_with<F: Future<Output = ()> + Send + 'static>(
        shutdown: CancellationToken,
        serve: impl FnOnce(TcpListener, CancellationToken) -> F,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("the listener is bound");
        let task = tokio::spawn(serve(listener, shutdown.clone()));
        Self { address, shutdown, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A new connection for clients of the contracts.
    pub async fn channel(&self) -> Channel {
        self.channel_from(Ipv4Addr::LOCALHOST).await
    }

    /// The same from another address of the loopback interface: all of 127.0.0.0/8 are.
    pub async fn channel_from(&self, source: Ipv4Addr) -> Channel {
        let endpoint = Endpoint::try_from(self.url()).expect("the address makes a URL");
        let endpoint = endpoint.local_address(Some(IpAddr::V4(source)));
        within_ten_seconds(endpoint.connect()).await.expect("the server accepts connections")
    }

    /// Tells it to stop, and waits until it has: at most ten seconds.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        within_ten_seconds(&mut self.task).await.expect("the server does not panic");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
