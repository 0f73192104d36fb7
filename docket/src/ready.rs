//! What `docket serve` prints once it is ready.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use docket_rpc::Origin;
use gateway::page_is_built;

/// The address by which programs of this machine reach a server that listens on `address`.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The page's address, and two commands to copy that work on this machine.
pub(crate) fn greeting(address: SocketAddr, public_url: &Origin, reflection: bool) -> String {
    let address = reachable(address);
    let page = if page_is_built() { "" } else { "  (gRPC and gRPC-Web only: the page was not built)" };
    let grpcurl = if reflection { "" } else { "-import-path proto -proto docket/auth/v1/key_service.proto " };
    format!(
        "Docket is ready: {public_url}{page}\n\n  \
         grpcurl -plaintext {grpcurl}{address} docket.auth.v1.KeyService/ListKeys\n  \
         curl http://{address}/.well-known/jwks.json\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_an_address_that_can_be_connected_to() {
        let greeting = |address: &str, url: &str| greeting(address.parse().unwrap(), &url.parse().unwrap(), true);
        let local = greeting("0.0.0.0:8080", "https://docket.example.org");
        assert!(local.starts_with("Docket is ready: https://docket.example.org"), "{local}");
        assert!(local.contains("grpcurl -plaintext 127.0.0.1:8080 docket.auth.v1.KeyService/ListKeys\n"), "{local}");
        assert!(local.contains("curl http://127.0.0.1:8080/.well-known/jwks.json\n"), "{local}");
        assert!(greeting("[::]:9", "http://[::1]:9").contains("-plaintext [::1]:9 "));
    }
}
