//! The address a request comes from: by it attempts are counted and what happened is recorded.
//!
//! A proxy's `X-Forwarded-For` is believed only from addresses that the operator named (`trusted_proxies`). It is
//! read from the right: the first address that is not such a proxy is the client. Nobody else's header is looked at.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

tokio::task_local! {
    static CLIENT: IpAddr;
}

/// The address of the client whose request this task answers; `None` outside a request.
pub fn current_client() -> Option<IpAddr> {
    CLIENT.try_with(|address| *address).ok()
}

/// Runs work that leaves the request's own task as work of the same client.
pub(super) async fn within<T>(client: Option<IpAddr>, work: impl Future<Output = T>) -> T {
    match client {
        Some(client) => CLIENT.scope(client, work).await,
        None => work.await,
    }
}

/// The address of the client.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get()
            .copied()
            .unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[Network]>);

#[derive(Clone, Copy, Debug)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is neither an address nor a network in CIDR notation.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an address or a network such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.to_owned());
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_| wrong())?,
            None => longest,
        };
        if bits > longest {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.bits))
                    .unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for TrustedProxies {
    type Err = NetworkError;

    /// Addresses and networks, separated by commas; empty for none.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<_>, _>>()
            .map(|networks| Self(networks.into()))
    }
}

impl TrustedProxies {
    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client of a request that `peer` sent with these headers.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let mut hops = lines.flat_map(|line| line.to_str().unwrap_or("").rsplit(','));
        while self.contains(client) {
            // A hop that is no address ends the chain: the last proxy that could be read is taken for the client.
            let Some(hop) = hops
                .next()
                .and_then(|hop| hop.trim().parse::<IpAddr>().ok())
            else {
                break;
            };
            client = hop.to_canonical();
        }
        client
    }
}

/// Middleware (`from_fn_with_state(proxies, locate)`): finds the address of the client.
pub async fn locate(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
            peer.ip().to_canonical()
        });
    let client = proxies.client(peer, request.headers());
    request.extensions_mut().insert(ClientAddress(client));
    CLIENT.scope(client, next.run(request)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn forwarded(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn a_header_is_believed_only_from_a_named_proxy() {
        let none = TrustedProxies::default();
        let headers = forwarded(&["203.0.113.9"]);
        assert_eq!(none.client(ip("127.0.0.1"), &headers), ip("127.0.0.1"));
        let proxies: TrustedProxies = "127.0.0.1, 10.0.0.0/8, fd00::/8".parse().expect("networks");
        assert_eq!(proxies.client(ip("127.0.0.1"), &headers), ip("203.0.113.9"));
        assert_eq!(proxies.client(ip("192.0.2.4"), &headers), ip("192.0.2.4"));
        assert_eq!(
            proxies.client(ip("fd00::1"), &HeaderMap::new()),
            ip("fd00::1")
        );
    }

    #[test]
    fn what_the_client_itself_wrote_into_the_header_changes_nothing() {
        let proxies: TrustedProxies = "10.0.0.0/8".parse().expect("a network");
        let headers = forwarded(&["198.51.100.1, 10.1.1.1", "203.0.113.9, 10.2.2.2"]);
        assert_eq!(proxies.client(ip("10.3.3.3"), &headers), ip("203.0.113.9"));
        let nonsense = forwarded(&["198.51.100.1, unknown"]);
        assert_eq!(proxies.client(ip("10.3.3.3"), &nonsense), ip("10.3.3.3"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["10.0.0.0/33", "ten", "10.0.0.0/", "::/129"] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong:?}");
        }
        let all: TrustedProxies = "0.0.0.0/0".parse().expect("everything");
        assert!(all.contains(ip("8.8.8.8")));
    }
}
