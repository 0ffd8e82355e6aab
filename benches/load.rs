//! Sends requests at a steady rate and reports how long answers took, measured from the moment each request was due
//! and not from when it could be sent: a server that stalls is charged for everyone who had to wait.
//!
//! `carrel-load URL RATE SECONDS` with a bearer token or an API key in `CARREL_TOKEN`, or a session cookie
//! (`name=value`) in `CARREL_COOKIE`. Sends GET, or POST with the JSON in `CARREL_BODY`. RATE 0 sends as fast as 32
//! connections can, or as many as `CARREL_CONNECTIONS` says. Prints one line of JSON; ends with 1 when any answer was not 200.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// Requests that may wait for an answer together; beyond it the server has lost.
const MOST_WAITING: usize = 2_000;
const CONNECTIONS: usize = 32;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, rate, seconds] = arguments.as_slice() else {
        eprintln!(
            "carrel-load URL RATE SECONDS (RATE 0: as fast as {CONNECTIONS} connections can)"
        );
        std::process::exit(2);
    };
    let rate: u32 = rate
        .parse()
        .expect("RATE is a number of requests per second");
    let seconds: u64 = seconds.parse().expect("SECONDS is a number");
    let given = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(MOST_WAITING)
        .timeout(Duration::from_secs(30))
        .build()
        .expect("an HTTP client");
    let connections = given("CARREL_CONNECTIONS").map_or(CONNECTIONS, |text| {
        text.parse().expect("CARREL_CONNECTIONS is a number")
    });
    let asker = Arc::new(Asker {
        client,
        url: url.clone(),
        token: given("CARREL_TOKEN"),
        cookie: given("CARREL_COOKIE"),
        body: given("CARREL_BODY"),
        failed: AtomicUsize::new(0),
    });
    // Connections are made and caches filled before anything is measured.
    futures_of(connections, |_| {
        let asker = asker.clone();
        async move { asker.ask(Instant::now()).await }
    })
    .await;
    asker.failed.store(0, Ordering::Relaxed);

    let begun = Instant::now();
    let span = Duration::from_secs(seconds);
    let mut latencies = if rate == 0 {
        closed(&asker, connections, begun + span).await
    } else {
        open(&asker, rate, span).await
    };
    let took = begun.elapsed();
    latencies.sort_unstable();
    report(&latencies, took, asker.failed.load(Ordering::Relaxed));
    if asker.failed.load(Ordering::Relaxed) > 0 {
        std::process::exit(1);
    }
}

struct Asker {
    client: reqwest::Client,
    url: String,
    token: Option<String>,
    cookie: Option<String>,
    body: Option<String>,
    failed: AtomicUsize,
}

impl Asker {
    async fn ask(&self, due: Instant) -> Duration {
        let mut request = match &self.body {
            Some(body) => self
                .client
                .post(&self.url)
                .header("content-type", "application/json")
                .body(body.clone()),
            None => self.client.get(&self.url),
        };
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let whole = match request.send().await {
            Ok(answer) if answer.status() == 200 => answer.bytes().await.is_ok(),
            _ => false,
        };
        if !whole {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        due.elapsed()
    }
}

async fn futures_of<F>(count: usize, work: impl Fn(usize) -> F) -> Vec<Duration>
where
    F: Future<Output = Duration> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    (0..count).for_each(|index| {
        tasks.spawn(work(index));
    });
    tasks.join_all().await
}

/// Requests at their appointed times, whatever became of the ones before.
async fn open(asker: &Arc<Asker>, rate: u32, span: Duration) -> Vec<Duration> {
    let waiting = Arc::new(Semaphore::new(MOST_WAITING));
    let mut tasks = tokio::task::JoinSet::new();
    let begun = Instant::now();
    let mut due = begun;
    while due < begun + span {
        tokio::time::sleep_until(due.into()).await;
        let place = waiting
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let (asker, planned) = (asker.clone(), due);
        tasks.spawn(async move {
            let took = asker.ask(planned).await;
            drop(place);
            took
        });
        due += Duration::from_secs(1) / rate;
    }
    tasks.join_all().await
}

/// Each connection sends its next request when it has its answer.
async fn closed(asker: &Arc<Asker>, connections: usize, end: Instant) -> Vec<Duration> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let asker = asker.clone();
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            while Instant::now() < end {
                latencies.push(asker.ask(Instant::now()).await);
            }
            latencies
        });
    }
    tasks.join_all().await.concat()
}

fn report(sorted: &[Duration], took: Duration, failed: usize) {
    // Per mille, so that 999 is the 99.9th percentile.
    let at = |per_mille: usize| {
        let index = (sorted.len() * per_mille / 1000).min(sorted.len().saturating_sub(1));
        sorted
            .get(index)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    };
    let per_second = u32::try_from(sorted.len()).map_or(f64::NAN, f64::from) / took.as_secs_f64();
    println!(
        "{{\"requests\":{},\"failed\":{failed},\"perSecond\":{per_second:.0},\"p50Ms\":{:.3},\"p99Ms\":{:.3},\"p999Ms\":{:.3},\"maxMs\":{:.3}}}",
        sorted.len(),
        at(500),
        at(990),
        at(999),
        at(1000),
    );
}
