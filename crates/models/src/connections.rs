use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// The pools of connections to providers. Make one per program and hand it to every [`crate::Provider`]; providers with
/// the same connect deadline and proxy share a pool.
#[derive(Clone, Default)]
pub struct Connections {
    pools: Arc<Mutex<HashMap<Pool, reqwest::Client>>>,
}

/// What two providers must agree on to share connections.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Pool {
    connect: Duration,
    proxy: Option<String>,
    tls: bool,
}

impl Connections {
    /// No connection is made yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The pool for these settings. Fails when the proxy's address is no address, or when a TLS pool is wanted on a
    /// machine without certificate authorities.
    pub(crate) fn client(
        &self,
        connect: Duration,
        proxy: Option<&str>,
        tls: bool,
    ) -> Result<reqwest::Client, Error> {
        let pool = Pool {
            connect,
            proxy: proxy.map(str::to_owned),
            tls,
        };
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = pools.get(&pool) {
            return Ok(client.clone());
        }
        let client = build(&pool)?;
        pools.insert(pool, client.clone());
        Ok(client)
    }
}

fn build(pool: &Pool) -> Result<reqwest::Client, Error> {
    // A redirect would carry the prompt and the key to an address nobody configured. The environment's proxy variables
    // are not obeyed for the same reason.
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("carrel/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(pool.connect)
        .pool_idle_timeout(Duration::from_mins(1))
        .tcp_keepalive(Duration::from_secs(30))
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_keep_alive_timeout(Duration::from_secs(10));
    if let Some(proxy) = &pool.proxy {
        let proxy = reqwest::Proxy::all(proxy)
            .map_err(|_| Error::invalid("the proxy's address is not a URL"))?;
        builder = builder.proxy(proxy);
    }
    if !pool.tls && pool.proxy.is_none() {
        // Plain HTTP needs no certificate authorities; a model server on this machine must work without any.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        tracing::error!(%error, "no HTTP client for model providers");
        Error::saying(
            ErrorKind::Unreachable,
            "no TLS connection is possible: this machine has no certificate authorities",
        )
    })
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connections")
    }
}
