//! The unit by which sources are counted: an address block that one party usually controls as a whole.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// Length of the prefix for IPv4. Neighbouring addresses are rented together; /24 is the smallest block that is routed
/// on its own.
const IPV4_PREFIX: u8 = 24;
/// Length of the prefix for IPv6: one link (RFC 4291, 2.5.4), whose hosts choose the other 64 bits themselves.
const IPV6_PREFIX: u8 = 64;

/// The network that an address belongs to: its /24 in IPv4, its /64 in IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceNetwork(IpNet);

impl SourceNetwork {
    /// The network of `address`. An IPv4 address that is mapped into IPv6 counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { IPV4_PREFIX } else { IPV6_PREFIX };
        Self(IpNet::new(address, prefix).expect("the prefix is shorter than the address").trunc())
    }
}

impl fmt::Display for SourceNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        SourceNetwork::of(address.parse().unwrap()).to_string()
    }

    #[test]
    fn neighbours_are_of_one_network() {
        assert_eq!(network("198.51.100.7"), "198.51.100.0/24");
        assert_eq!(network("198.51.100.255"), network("198.51.100.0"));
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2::"), network("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_eq!(network("::ffff:198.51.100.7"), network("198.51.100.8"));
    }

    #[test]
    fn others_are_not() {
        assert_ne!(network("198.51.100.7"), network("198.51.101.7"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
