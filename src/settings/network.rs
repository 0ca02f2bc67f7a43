use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// One address or a network in CIDR form. The prefix never exceeds the length of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP address or a network such as 10.0.0.0/8")]
pub struct NetworkError;

impl Network {
    /// A network that is written in the program: a prefix that is too long does not compile there.
    pub const fn new(address: IpAddr, prefix: u8) -> Self {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        assert!(prefix <= longest);
        Self { address, prefix }
    }

    /// Whether an address belongs to the network. An IPv4 address inside IPv6 counts as the IPv4 address it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (mine, bits) = number(self.address);
        let (theirs, their_bits) = number(address.to_canonical());
        bits == their_bits && {
            let shift = u32::from(bits - self.prefix);
            mine.checked_shr(shift).unwrap_or(0) == theirs.checked_shr(shift).unwrap_or(0)
        }
    }
}

fn number(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(input: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = input.split_once('/').map_or((input, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().map_err(|_| NetworkError)?;
        let (_, longest) = number(address);
        let prefix = prefix.map_or(Ok(longest), |prefix| prefix.trim().parse().map_err(|_| NetworkError))?;
        if prefix <= longest { Ok(Self { address, prefix }) } else { Err(NetworkError) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Whether a host, as written in a URL or a setting, can only be this machine.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("192.0.2.7", "192.0.2.7"));
        assert!(!contains("192.0.2.7", "192.0.2.8"));
        assert!(contains("0.0.0.0/0", "203.0.113.9"));
        assert!(contains("::/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:1::1"));
        assert!(!contains("2001:db8::/32", "2001:db9::1"));
    }

    #[test]
    fn an_ipv4_address_inside_ipv6_is_the_ipv4_address() {
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!contains("::/0", "10.1.2.3"));
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "host", "10.0.0.0/"] {
            assert_eq!(bad.parse::<Network>(), Err(NetworkError), "{bad}");
        }
    }
}
