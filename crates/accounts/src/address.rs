//! The address a request comes from, by which failed sign-ins are counted.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The address of the client.
///
/// A proxy on this machine is believed: then it is the last entry of `X-Forwarded-For`, the one the proxy itself
/// wrote. Nobody else's header is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, state)
            .await
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
                peer.ip().to_canonical()
            });
        Ok(Self(client(peer, &parts.headers)))
    }
}

fn client(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !peer.is_loopback() {
        return peer;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    forwarded
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|last| last.trim().parse().ok())
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            "198.51.100.1, 203.0.113.9".parse().expect("a header"),
        );
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(client(ip("127.0.0.1"), &headers), ip("203.0.113.9"));
        assert_eq!(client(ip("192.0.2.4"), &headers), ip("192.0.2.4"));
        assert_eq!(client(ip("::1"), &HeaderMap::new()), ip("::1"));
    }
}
