//! Model providers that speak the real wire format and do what a test tells them, well or badly.

mod anthropic;
mod open_ai;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::stream::{self, Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::watch;

use crate::wait::eventually;

/// What an upstream does with one call.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Streams this text, a few words at a time.
    Text(String),
    /// Streams this text with a pause between words.
    Slow(String, Duration),
    /// Streams the first half, then waits for [`Upstream::release`] before the second.
    Held(String),
    /// Accepts the call and never answers.
    Hang,
    /// Streams this text, then neither goes on nor ends.
    Stall(String),
    /// Answers an error of the provider's own shape.
    Refuse {
        status: u16,
        retry_after: Option<u32>,
    },
    /// Streams this text, then the connection breaks.
    Cut(String),
    /// Streams this text, then ends without the event that should end it.
    Short(String),
    /// Answers 200 with what is not of this protocol at all.
    Nonsense,
}

impl Turn {
    /// Streams this text, a few words at a time.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One call as the upstream saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub headers: HeaderMap,
    pub body: Value,
}

impl Seen {
    /// Everything the model was told, in one text.
    pub fn prompt(&self) -> String {
        fn gather(value: &Value, into: &mut String) {
            match value {
                Value::String(text) => {
                    into.push_str(text);
                    into.push('\n');
                }
                Value::Array(parts) => parts.iter().for_each(|part| gather(part, into)),
                Value::Object(fields) => {
                    ["content", "text"]
                        .iter()
                        .filter_map(|name| fields.get(*name))
                        .for_each(|part| gather(part, into));
                }
                _ => {}
            }
        }
        let mut prompt = String::new();
        gather(&self.body["system"], &mut prompt);
        gather(&self.body["messages"], &mut prompt);
        prompt
    }
}

#[derive(Clone, Copy)]
enum Wire {
    OpenAi,
    Anthropic,
}

struct Script {
    wire: Wire,
    turns: Mutex<VecDeque<Turn>>,
    otherwise: Mutex<Turn>,
    seen: Mutex<Vec<Seen>>,
    abandoned: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    released: watch::Sender<bool>,
}

/// A provider on a loopback port.
pub struct Upstream {
    script: Arc<Script>,
    port: u16,
    serving: tokio::task::JoinHandle<()>,
}

impl Upstream {
    /// An OpenAI-compatible server that answers everything with a short draft until told otherwise.
    pub async fn open_ai() -> Self {
        Self::start(Wire::OpenAi).await
    }

    /// An Anthropic server that answers everything with a short draft until told otherwise.
    pub async fn anthropic() -> Self {
        Self::start(Wire::Anthropic).await
    }

    async fn start(wire: Wire) -> Self {
        let script = Arc::new(Script {
            wire,
            turns: Mutex::default(),
            otherwise: Mutex::new(Turn::text(
                "# Written by the scripted model\n\nThe quick brown fox reads on.",
            )),
            seen: Mutex::default(),
            abandoned: AtomicUsize::new(0),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            released: watch::Sender::new(false),
        });
        let router = Router::new()
            .route("/v1/models", get(open_ai::models))
            .route("/v1/chat/completions", post(open_ai::chat))
            .route("/v1/messages", post(anthropic::messages))
            .with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let serving = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("the upstream serves");
        });
        Self {
            script,
            port,
            serving,
        }
    }

    /// The `kind` of a provider like this.
    pub fn kind(&self) -> &'static str {
        match self.script.wire {
            Wire::OpenAi => "openai_compatible",
            Wire::Anthropic => "anthropic",
        }
    }

    /// The `baseUrl` of this provider, with `/v1` where providers of its kind have it.
    pub fn base_url(&self) -> String {
        match self.script.wire {
            Wire::OpenAi => format!("http://127.0.0.1:{}/v1", self.port),
            Wire::Anthropic => format!("http://127.0.0.1:{}", self.port),
        }
    }

    /// The only key it accepts.
    pub fn key(&self) -> &'static str {
        KEY
    }

    /// What it does next; may be called several times for several calls to come.
    pub fn next(&self, turn: Turn) {
        lock(&self.script.turns).push_back(turn);
    }

    /// What it does when nothing is said about a call.
    pub fn always(&self, turn: Turn) {
        *lock(&self.script.otherwise) = turn;
    }

    /// Lets all held answers go on, now and later.
    pub fn release(&self) {
        self.script.released.send_replace(true);
    }

    /// How many calls for text there were.
    pub fn calls(&self) -> usize {
        lock(&self.script.seen).len()
    }

    /// The calls for text so far.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.script.seen).clone()
    }

    /// The most calls that were under way together.
    pub fn most_at_once(&self) -> usize {
        self.script.most_at_once.load(Ordering::SeqCst)
    }

    /// Waits until there were this many calls.
    pub async fn was_called(&self, times: usize) {
        eventually("a call to the model", || async {
            (self.calls() >= times).then_some(())
        })
        .await;
    }

    /// Waits until this many calls were given up by the caller before their end.
    pub async fn was_abandoned(&self, times: usize) {
        let abandoned = || self.script.abandoned.load(Ordering::SeqCst);
        eventually("a call given up", || async {
            (abandoned() >= times).then_some(())
        })
        .await;
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

const ON_THE_WIRE: Duration = Duration::from_millis(100);
const KEY: &str = "sk-scripted-0123456789abcdef";

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no holder panics")
}

/// Notices when its call is dropped before it is finished.
struct Watched {
    script: Arc<Script>,
    finished: bool,
}

impl Watched {
    fn new(script: &Arc<Script>) -> Self {
        let now = script.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        script.most_at_once.fetch_max(now, Ordering::SeqCst);
        Self {
            script: script.clone(),
            finished: false,
        }
    }

    fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.script.at_once.fetch_sub(1, Ordering::SeqCst);
        if !self.finished {
            self.script.abandoned.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// What a wire format must be able to say.
trait Format: Send + Sync + 'static {
    /// Events before any text.
    fn opening(&self) -> String;
    /// One piece of text.
    fn piece(&self, text: &str) -> String;
    /// Events after all text, with the usage.
    fn closing(&self, words: usize) -> String;
    /// The body of an error.
    fn refusal(&self, status: u16) -> Value;
    /// A whole answer to a call that did not ask for a stream.
    fn whole(&self, text: &str) -> Value;
}

type Bytes = Result<String, std::io::Error>;
type Pieces = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// Plays the next turn of the script in a wire format.
async fn play(
    script: Arc<Script>,
    headers: HeaderMap,
    body: Value,
    format: impl Format,
) -> Response {
    let streamed = body["stream"] == true;
    lock(&script.seen).push(Seen { headers, body });
    let turn = lock(&script.turns).pop_front();
    let turn = turn.unwrap_or_else(|| lock(&script.otherwise).clone());
    let mut watched = Watched::new(&script);

    let pieces: Pieces = match turn {
        Turn::Refuse {
            status,
            retry_after,
        } => {
            watched.finish();
            let status_code = StatusCode::from_u16(status).expect("a status");
            let mut answer = (status_code, axum::Json(format.refusal(status))).into_response();
            if let Some(seconds) = retry_after {
                answer.headers_mut().insert("retry-after", seconds.into());
            }
            return answer;
        }
        Turn::Hang => return std::future::pending::<Response>().await,
        Turn::Nonsense => {
            watched.finish();
            let nonsense = "<!doctype html><title>It works</title>";
            let media_type = if streamed {
                "text/event-stream"
            } else {
                "application/json"
            };
            return ([("content-type", media_type)], nonsense).into_response();
        }
        Turn::Text(text) if !streamed => {
            watched.finish();
            return axum::Json(format.whole(&text)).into_response();
        }
        Turn::Text(text) => whole(&format, &text),
        Turn::Slow(text, pause) => Box::pin(whole(&format, &text).then(move |piece| async move {
            tokio::time::sleep(pause).await;
            piece
        })),
        Turn::Held(text) => held(&format, &text, script.released.subscribe()),
        Turn::Stall(text) => Box::pin(begun(&format, &text).chain(stream::pending())),
        Turn::Cut(text) => {
            let cut = stream::once(async {
                // What was said before must be on the wire first: an error at once takes it along.
                tokio::time::sleep(ON_THE_WIRE).await;
                Err(std::io::Error::other("cut"))
            });
            Box::pin(begun(&format, &text).chain(cut))
        }
        Turn::Short(text) => Box::pin(begun(&format, &text)),
    };
    let pieces = pieces
        .map(Some)
        .chain(stream::once(async { None }))
        .filter_map(move |piece| {
            if piece.as_ref().is_none_or(Result::is_err) {
                watched.finish();
            }
            std::future::ready(piece)
        });
    (
        [("content-type", "text/event-stream")],
        Body::from_stream(pieces),
    )
        .into_response()
}

fn words(text: &str) -> Vec<String> {
    text.split_inclusive(' ').map(str::to_owned).collect()
}

fn events(list: Vec<String>) -> impl Stream<Item = Bytes> + Send {
    stream::iter(list).map(Ok)
}

fn begun<F: Format>(format: &F, text: &str) -> impl Stream<Item = Bytes> + Send + use<F> {
    let pieces = words(text).into_iter().map(|word| format.piece(&word));
    events(std::iter::once(format.opening()).chain(pieces).collect())
}

fn whole(format: &impl Format, text: &str) -> Pieces {
    Box::pin(begun(format, text).chain(events(vec![format.closing(words(text).len())])))
}

fn held(format: &impl Format, text: &str, mut released: watch::Receiver<bool>) -> Pieces {
    let all = words(text);
    let (first, second) = all.split_at(all.len() / 2);
    let rest = second
        .iter()
        .map(|word| format.piece(word))
        .chain([format.closing(all.len())])
        .collect();
    let wait = stream::once(async move {
        // An error means that the test is over.
        let _ = released.wait_for(|released| *released).await;
        Ok(String::new())
    });
    Box::pin(
        begun(format, &first.concat())
            .chain(wait)
            .chain(events(rest)),
    )
}
