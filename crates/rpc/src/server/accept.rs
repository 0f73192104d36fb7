//! Accepts connections.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Pause after an accept that failed: an error that lasts must not make the loop spin.
const BACK_OFF: Duration = Duration::from_millis(100);

/// The next connection; `None` once `shutdown` is cancelled.
pub(super) async fn next(listener: &TcpListener, shutdown: &CancellationToken) -> Option<(TcpStream, SocketAddr)> {
    tokio::select! {
        () = shutdown.cancelled() => None,
        connection = accept(|| listener.accept()) => Some(connection),
    }
}

/// Accepts the next connection. Pauses after errors that concern more than one connection.
async fn accept<T, F: Future<Output = io::Result<T>>>(mut accept: impl FnMut() -> F) -> T {
    loop {
        match accept().await {
            Ok(connection) => return connection,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "failed to accept connections");
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
}

/// A client that disconnected before it was accepted (accept(2), Error handling) does not affect the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lack_of_descriptors_is_waited_out_and_does_not_spin() {
        let emfile = 24;
        let mut tries = 0;
        let start = tokio::time::Instant::now();
        let accepted = accept(|| {
            tries += 1;
            let missing = tries <= 50;
            async move { if missing { Err(io::Error::from_raw_os_error(emfile)) } else { Ok("a connection") } }
        });
        assert_eq!(accepted.await, "a connection");
        assert_eq!(start.elapsed(), 50 * BACK_OFF, "one try a tenth of a second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_gave_up_delays_nobody() {
        let mut errors = vec![io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
        let start = tokio::time::Instant::now();
        let accepted = accept(|| {
            let result = errors.pop().map_or(Ok("a connection"), |kind| Err(io::Error::from(kind)));
            async move { result }
        });
        assert_eq!(accepted.await, "a connection");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
