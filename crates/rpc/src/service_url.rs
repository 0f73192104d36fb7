//! The address of a service in another process.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, Scheme};
use tonic::transport::{Channel, Endpoint};

/// Where a service listens: `http://host:port`, without TLS and without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUrl(Authority);

/// The text is not the address of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a service's address: expected http://host:port")]
pub struct ParseServiceUrlError;

impl ServiceUrl {
    /// The host, and the port where it is not 80.
    pub fn authority(&self) -> &Authority {
        &self.0
    }

    /// A way to call the service. It connects when it is first used, and again whenever the connection was lost. A peer
    /// that has gone without a word is noticed by its silence.
    pub fn channel(&self) -> Channel {
        Endpoint::from_shared(self.to_string())
            .expect("the address of a service is a URI")
            .connect_timeout(Duration::from_secs(2))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true)
            .connect_lazy()
    }
}

impl FromStr for ServiceUrl {
    type Err = ParseServiceUrlError;

    fn from_str(text: &str) -> Result<Self, ParseServiceUrlError> {
        let uri: Uri = text.parse().map_err(|_| ParseServiceUrlError)?;
        let is_plain = uri.scheme() == Some(&Scheme::HTTP) && matches!(uri.path(), "" | "/") && uri.query().is_none();
        match uri.into_parts().authority {
            Some(authority) if is_plain && !authority.as_str().contains('@') => Ok(Self(authority)),
            _ => Err(ParseServiceUrlError),
        }
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_a_host_and_no_more() {
        for text in ["http://127.0.0.1:50051", "http://auth.internal:50051", "http://[::1]:50051", "http://auth"] {
            assert_eq!(text.parse::<ServiceUrl>().unwrap().to_string(), text);
        }
        assert_eq!("http://auth:1/".parse::<ServiceUrl>().unwrap().to_string(), "http://auth:1");
        for text in ["", "auth:50051", "https://auth:50051", "http://auth/path", "http://a@auth", "http://auth?q", "/"]
        {
            assert_eq!(text.parse::<ServiceUrl>(), Err(ParseServiceUrlError), "{text}");
        }
    }
}
