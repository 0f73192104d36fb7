//! The address that a call comes from, for limits, throttling and the log of security events.
//!
//! It is the address of the connection. Headers count only on connections of proxies that the operator named; in
//! process, the gateway puts a [`ClientAddress`] into the request's extensions, which no client can reach.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::{HeaderMap, Request};
use ipnet::IpNet;

use crate::SourceNetwork;

/// The header in which the gateway tells a service of another process who called the gateway. Clients can send it as
/// well, so it counts only where the peer is a trusted proxy.
pub const CLIENT_ADDRESS_HEADER: &str = "docket-client-address";

/// The other end of the connection that a request came in on. [`serve`](crate::serve) puts it into the extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// The address of the client of a call. The [`shield`](crate::shield()) puts it into the extensions, unless
/// the gateway in the same process has done so: an extension can't come in over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The address of this call's client; `None` only for calls that came neither over a connection nor through the gateway.
pub fn client_address<T>(request: &tonic::Request<T>) -> Option<IpAddr> {
    request.extensions().get::<ClientAddress>().map(|address| address.0)
}

/// The networks of the proxies that are trusted about client addresses. By default none.
///
/// Its text form is a list with commas: `127.0.0.1, 10.1.0.0/16, fd00::/8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// The text is no list of networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or network: {0:?}")]
pub struct ParseProxiesError(String);

impl FromStr for TrustedProxies {
    type Err = ParseProxiesError;

    fn from_str(text: &str) -> Result<Self, ParseProxiesError> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let network = |item: &str| {
            let address = item.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| item.parse()).map_err(|_| ParseProxiesError(item.to_owned()))
        };
        items.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client behind `peer`: what the header `name` (`x-forwarded-for`, or [`CLIENT_ADDRESS_HEADER`]) says where `peer`
    /// is trusted, else `peer`.
    ///
    /// Each proxy appends the address that it was called from, so the list is read from its end, and only as far as
    /// addresses are those of trusted proxies: what stands before was written by the client.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap, name: &str) -> ClientAddress {
        let mut client = peer.to_canonical();
        let lines: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("")).collect();
        for item in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            if !self.contains(client) {
                break;
            }
            let Ok(address) = item.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        ClientAddress(client)
    }

    /// Puts the client's address into the request's extensions and removes the header that claims one. Returns the
    /// network whose share of the limits the call counts against: none where a proxy calls for itself, or where the
    /// address is unknown.
    pub(crate) fn record_client<B>(&self, request: &mut Request<B>) -> Option<SourceNetwork> {
        if request.extensions().get::<ClientAddress>().is_none()
            && let Some(PeerAddress(peer)) = request.extensions().get().copied()
        {
            let client = self.client(peer.ip(), request.headers(), CLIENT_ADDRESS_HEADER);
            request.extensions_mut().insert(client);
        }
        request.headers_mut().remove(CLIENT_ADDRESS_HEADER);
        let ClientAddress(client) = request.extensions().get().copied()?;
        (!self.contains(client)).then(|| SourceNetwork::of(client))
    }
}
