//! Whose request it is.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use crate::state::AppState;

/// The address at the other end of the connection; the server puts it among a request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The sender's address; an extractor. See [`sender`].
#[derive(Clone, Copy, Debug)]
pub struct Sender(pub IpAddr);

impl Sender {
    /// Of this request.
    pub fn of(parts: &Parts, state: &AppState) -> Self {
        let peer = parts.extensions.get().map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(address)| *address);
        Self(sender(peer, &parts.headers, &state.settings.trusted_proxies))
    }
}

impl FromRequestParts<AppState> for Sender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state))
    }
}

/// The sender's address: that of the connection, or, behind trusted proxies, the last one in `X-Forwarded-For` that
/// is not a trusted proxy itself. What stands before it may be invented and is not looked at.
pub fn sender(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

    // A socket for both families shows an IPv4 address as a mapped one.
    let mut sender = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all(FORWARDED).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    while trusted.contains(&sender) {
        let Some(hop) = hops.next().and_then(|hop| hop.trim().parse::<IpAddr>().ok()) else { break };
        sender = hop.to_canonical();
    }
    sender
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn forwarded_addresses_are_believed_only_from_trusted_proxies() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("is an address");
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (name, peer, forwarded, expected) in [
            ("no proxy", "192.0.2.1", "", "192.0.2.1"),
            ("spoofed", "192.0.2.1", "198.51.100.9", "192.0.2.1"),
            ("one proxy", "10.0.0.1", "198.51.100.9", "198.51.100.9"),
            ("two proxies", "10.0.0.1", "198.51.100.9, 10.0.0.2", "198.51.100.9"),
            ("spoofed before the proxy", "10.0.0.1", "1.1.1.1, 198.51.100.9", "198.51.100.9"),
            ("nonsense", "10.0.0.1", "unknown", "10.0.0.1"),
            ("mapped", "::ffff:10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));

            assert_eq!(sender(ip(peer), &headers, &trusted), ip(expected), "{name}");
        }
    }
}
