//! The address a request came from, for limits. Never logged.

use std::net::IpAddr;

use actix_web::HttpRequest;

use super::Frame;
use crate::settings::Network;

/// The address of the client: the peer, or, behind trusted proxies, the last address of `X-Forwarded-For` that is
/// not a trusted proxy itself. Anything further left was written by the client and proves nothing.
///
/// Absent only for connections without an address, as in tests.
pub fn client_ip(request: &HttpRequest, frame: &Frame) -> Option<IpAddr> {
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect::<Vec<_>>();
    Some(resolve(request.peer_addr()?.ip().to_canonical(), &forwarded, &frame.trusted_proxies))
}

fn resolve(peer: IpAddr, forwarded: &[&str], trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    for hop in forwarded.iter().rev() {
        if !is_trusted(client) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        resolve(peer.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(resolved("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_hop_counts() {
        assert_eq!(resolved("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(resolved("10.0.0.1", &["1.2.3.4", " 198.51.100.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(resolved("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(resolved("10.0.0.1", &["198.51.100.1", "garbage"]), "10.0.0.1");
    }
}
