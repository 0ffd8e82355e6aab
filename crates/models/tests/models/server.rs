//! A server that answers each request by a script, down to the bytes and the moment the connection breaks.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// One thing the server does.
pub enum Step {
    /// Status line and headers of an event stream, in chunks.
    Streaming,
    /// Bytes of the body, as one chunk.
    Chunk(Vec<u8>),
    /// The end of the body.
    End,
    /// A whole answer.
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// Nothing more, until the client goes away.
    Hang,
    /// The connection is closed in the middle of whatever it was.
    Cut,
}

impl Step {
    pub fn json(status: u16, body: &str) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type", "application/json".into())],
            body: body.into(),
        }
    }
}

/// Answers with a whole event stream.
pub fn streamed(body: &str) -> Vec<Step> {
    vec![Step::Streaming, Step::Chunk(body.into()), Step::End]
}

/// What a client asked for.
#[derive(Debug)]
pub struct Request {
    /// `POST /v1/messages`
    pub line: String,
    /// By lower-case name.
    pub headers: HashMap<String, String>,
    pub body: Value,
    /// The number of the connection it came over.
    pub connection: usize,
}

pub struct Server {
    pub address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Request>,
    closed: mpsc::UnboundedReceiver<usize>,
}

impl Server {
    /// Answers the first request by the first script, and so on; hangs up on requests beyond the last.
    pub async fn start(scripts: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let scripts: Arc<Mutex<VecDeque<Vec<Step>>>> =
            Arc::new(Mutex::new(scripts.into_iter().collect()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (request_sender, requests) = mpsc::unbounded_channel();
        let (closed_sender, closed) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for connection in 0.. {
                let (socket, _) = listener.accept().await.expect("a connection");
                let scripts = Arc::clone(&scripts);
                let (requests, closed) = (request_sender.clone(), closed_sender.clone());
                tokio::spawn(async move {
                    serve(socket, connection, &scripts, &requests).await;
                    // The test may have ended.
                    let _ = closed.send(connection);
                });
            }
        });
        Self {
            address,
            requests,
            closed,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request, in order of arrival.
    pub async fn request(&mut self) -> Request {
        tokio::time::timeout(PATIENCE, self.requests.recv())
            .await
            .expect("the client sends a request")
            .expect("the server lives")
    }

    /// Whether no further request has arrived.
    pub fn is_idle(&mut self) -> bool {
        self.requests.try_recv().is_err()
    }

    /// Waits until a connection is over, and returns its number.
    pub async fn closed(&mut self) -> usize {
        tokio::time::timeout(PATIENCE, self.closed.recv())
            .await
            .expect("the client closes the connection")
            .expect("the server lives")
    }
}

async fn serve(
    mut socket: TcpStream,
    connection: usize,
    scripts: &Mutex<VecDeque<Vec<Step>>>,
    requests: &mpsc::UnboundedSender<Request>,
) {
    let mut received = Vec::new();
    while let Some(request) = read_request(&mut socket, &mut received, connection).await {
        let script = scripts.lock().expect("no panic").pop_front();
        let _ = requests.send(request);
        let Some(script) = script else { return };
        for step in script {
            let bytes = match step {
                Step::Streaming => {
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
                    x-request-id: req_test\r\ntransfer-encoding: chunked\r\n\r\n"
                        .to_vec()
                }
                Step::Chunk(bytes) => {
                    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
                    chunk.extend(bytes);
                    chunk.extend(b"\r\n");
                    chunk
                }
                Step::End => b"0\r\n\r\n".to_vec(),
                Step::Answer {
                    status,
                    headers,
                    body,
                } => {
                    let mut head = format!("HTTP/1.1 {status} X\r\nx-request-id: req_test\r\n");
                    for (name, value) in headers {
                        head.extend([name, ": ", &value, "\r\n"]);
                    }
                    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
                }
                Step::Hang => {
                    let mut byte = [0];
                    while socket.read(&mut byte).await.is_ok_and(|read| read > 0) {}
                    return;
                }
                Step::Cut => return,
            };
            if socket.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }
}

async fn read_request(
    socket: &mut TcpStream,
    received: &mut Vec<u8>,
    connection: usize,
) -> Option<Request> {
    loop {
        if let Some((request, length)) = parse(received, connection) {
            received.drain(..length);
            return Some(request);
        }
        if socket.read_buf(received).await.ok()? == 0 {
            return None;
        }
    }
}

fn parse(received: &[u8], connection: usize) -> Option<(Request, usize)> {
    let end = received.windows(4).position(|at| at == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&received[..end]).expect("a request in ASCII");
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = match headers.get("content-length") {
        Some(length) => length.parse().expect("a length"),
        None => 0,
    };
    let body = received.get(end..end + length)?;
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).expect("a body in JSON")
    };
    let request = Request {
        line,
        headers,
        body,
        connection,
    };
    Some((request, end + length))
}
