//! Which addresses may be called. What is not plainly a public one is not, unless the settings allow its network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

use crate::{domain::event::ReceiverUrl, settings::Network};

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Network {
    Network::new(IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Network {
    Network::new(IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)), prefix)
}

/// The special-purpose networks of the IANA registries, multicast, and what is reserved.
const NOT_PUBLIC_V4: [Network; 15] = [
    v4(0, 0, 0, 8),
    v4(10, 0, 0, 8),
    v4(100, 64, 0, 10),
    v4(127, 0, 0, 8),
    v4(169, 254, 0, 16),
    v4(172, 16, 0, 12),
    v4(192, 0, 0, 24),
    v4(192, 0, 2, 24),
    v4(192, 88, 99, 24),
    v4(192, 168, 0, 16),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
    v4(224, 0, 0, 4),
    v4(240, 0, 0, 4),
];

/// All of IPv6 that is handed out as unicast.
const UNICAST_V6: Network = v6(0x2000, 0, 0, 3);
/// Of it: tunnels to IPv4 addresses (Teredo, 6to4) and other protocols, documentation.
const NOT_PUBLIC_V6: [Network; 4] =
    [v6(0x2001, 0, 0, 23), v6(0x2001, 0xdb8, 0, 32), v6(0x2002, 0, 0, 16), v6(0x3fff, 0, 0, 20)];

fn is_public(address: IpAddr) -> bool {
    let within = |networks: &[Network]| networks.iter().any(|network| network.contains(address));
    match address {
        IpAddr::V4(_) => !within(&NOT_PUBLIC_V4),
        IpAddr::V6(_) => UNICAST_V6.contains(address) && !within(&NOT_PUBLIC_V6),
    }
}

/// Public addresses, and those of the networks that the settings allow.
#[derive(Debug, Clone, Default)]
pub struct Callable {
    allowed: Vec<Network>,
}

impl Callable {
    #[must_use]
    pub fn with(allowed: Vec<Network>) -> Self {
        Self { allowed }
    }

    /// Whether this can be a receiver, as far as is known before it is called: an address that is written as a number shows
    /// where it is, a name is looked at each time it is called.
    #[must_use]
    pub fn may_be_one(&self, url: &ReceiverUrl) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.may_be_called(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.may_be_called(IpAddr::V6(address)),
            Some(Host::Domain(_)) => true,
            None => false,
        }
    }

    /// An IPv4 address inside IPv6 counts as the IPv4 address it is.
    #[must_use]
    pub fn may_be_called(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allowed.iter().any(|network| network.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(callable: &Callable, address: &str) -> bool {
        callable.may_be_called(address.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_are_called() {
        let nobody = Callable::default();
        for public in
            ["8.8.8.8", "103.28.12.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2400:cb00::1"]
        {
            assert!(may(&nobody, public), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
        ] {
            assert!(!may(&nobody, private), "{private}");
        }
    }

    #[test]
    fn a_network_of_the_settings_is_called_and_its_neighbours_are_not() {
        let some = Callable::with(vec!["10.20.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        assert!(may(&some, "10.20.3.4") && may(&some, "::ffff:10.20.3.4") && may(&some, "fd01::1"));
        assert!(!may(&some, "10.21.0.1") && !may(&some, "127.0.0.1") && !may(&some, "fe80::1"));
    }
}
