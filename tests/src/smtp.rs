//! A mail server on a loopback port (RFC 5321, with STARTTLS and AUTH PLAIN) that keeps what it takes, and can be told to
//! fail in the ways real ones do.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine};
use mail_parser::{Message, MessageParser};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::wait::eventually;

const USER: &str = "postman";
/// With characters that an address on the web has to encode.
const PASSWORD: &str = "p@ss:w/rd";

/// How the server treats what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// So many recipients are refused for now (451).
    Busy(u32),
    /// Recipients are refused for good (550), and named.
    Refusing,
    /// Connections are taken, and nothing is ever said.
    Silent,
    /// So many mails are read, and the connection is cut before the answer.
    Cutting(u32),
}

/// A mail that the server has read.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Whether it came over TLS.
    pub secured: bool,
    /// Who had signed in.
    pub user: Option<String>,
    /// Whether the sender was told that it was taken.
    pub answered: bool,
    raw: String,
}

impl Letter {
    fn parsed(&self) -> Message<'_> {
        let parsed = MessageParser::default().parse(self.raw.as_bytes());
        parsed.expect("a mail")
    }

    /// Its only header of this name, as it was written.
    pub fn header(&self, name: &str) -> String {
        let mail = self.parsed();
        let found: Vec<_> = mail
            .headers_raw()
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .collect();
        assert_eq!(found.len(), 1, "{name} in {}", self.raw);
        found.into_iter().next().expect("just counted")
    }

    pub fn has_header(&self, name: &str) -> bool {
        let mail = self.parsed();
        mail.headers_raw()
            .any(|(header, _)| header.eq_ignore_ascii_case(name))
    }

    pub fn subject(&self) -> String {
        self.parsed().subject().expect("a subject").to_owned()
    }

    pub fn text(&self) -> String {
        self.parsed().body_text(0).expect("a text").into_owned()
    }
}

struct State {
    mood: Mood,
    letters: Vec<Letter>,
    connections: u32,
    refusals: u32,
}

/// A mail server that ends with the value.
pub struct SmtpServer {
    port: u16,
    secure: bool,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

impl SmtpServer {
    /// One that takes mails from anybody, in the clear.
    pub async fn start() -> Self {
        Self::open(false).await
    }

    /// One that takes mails only over TLS, from those who sign in.
    pub async fn start_secure() -> Self {
        Self::open(true).await
    }

    async fn open(secure: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Well,
            letters: Vec::new(),
            connections: 0,
            refusals: 0,
        }));
        let shared = state.clone();
        let serving = tokio::spawn(async move {
            let tls = secure.then(acceptor);
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().expect("no panic").connections += 1;
                talks.spawn(serve(stream, tls.clone(), shared.clone()));
                while talks.try_join_next().is_some() {}
            }
        });
        Self {
            port,
            secure,
            state,
            serving,
        }
    }

    /// The environment of a Carrel that sends its mails here.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let port = self.port;
        let url = if self.secure {
            format!("smtp://{USER}:p%40ss%3Aw%2Frd@localhost:{port}?tls=required")
        } else {
            format!("smtp://127.0.0.1:{port}")
        };
        let authority = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/smtp/authority.pem");
        vec![
            ("CARREL_SMTP_URL", url),
            (
                "CARREL_MAIL_FROM",
                "The Library <library@example.org>".to_owned(),
            ),
            ("SSL_CERT_FILE", authority.display().to_string()),
        ]
    }

    /// How it treats what comes from now on.
    pub fn feel(&self, mood: Mood) {
        self.state.lock().expect("no panic").mood = mood;
    }

    /// The mails it has read so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.state.lock().expect("no panic").letters.clone()
    }

    /// How often somebody has connected so far.
    pub fn connections(&self) -> u32 {
        self.state.lock().expect("no panic").connections
    }

    /// How many recipients it has refused so far.
    pub fn refusals(&self) -> u32 {
        self.state.lock().expect("no panic").refusals
    }

    /// The first mail to this address.
    pub async fn letter_to(&self, address: &str) -> Letter {
        eventually("a mail", || async {
            let letters = self.letters();
            letters.into_iter().find(|l| l.to == [address.to_owned()])
        })
        .await
    }

    /// How many different mails it has read, by their ids.
    pub fn different(&self) -> usize {
        let letters = self.letters();
        let ids: HashSet<_> = letters.iter().map(|l| l.header("message-id")).collect();
        ids.len()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("smtp/server.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("smtp/server.key"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.expect("a certificate")],
            key.expect("a key"),
        );
    TlsAcceptor::from(Arc::new(config.expect("a configuration")))
}

/// What is known of a connection.
struct Talk {
    state: Arc<Mutex<State>>,
    /// Whether TLS can be had, and is needed.
    offers_tls: bool,
    /// Whether nobody is let in without a password.
    asks_password: bool,
    secured: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

enum End {
    /// The connection is over.
    Closed,
    /// TLS begins.
    Upgrade,
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, state: Arc<Mutex<State>>) {
    let mut talk = Talk {
        state,
        offers_tls: tls.is_some(),
        asks_password: tls.is_some(),
        secured: false,
        user: None,
        from: None,
        to: Vec::new(),
    };
    let mut plain = BufReader::new(stream);
    // Errors are the other side's going away.
    let Ok(End::Upgrade) = talk.run(&mut plain, true).await else {
        return;
    };
    assert!(plain.buffer().is_empty(), "nothing may come before TLS");
    let Some(tls) = tls else { return };
    let Ok(stream) = tls.accept(plain.into_inner()).await else {
        return;
    };
    talk.secured = true;
    let _ = talk.run(&mut BufReader::new(stream), false).await;
}

impl Talk {
    async fn run<S>(&mut self, stream: &mut BufReader<S>, greet: bool) -> std::io::Result<End>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.mood() == Mood::Silent {
            std::future::pending::<()>().await;
        }
        if greet {
            say(stream, "220 test.example ESMTP").await?;
        }
        loop {
            let Some(line) = read_line(stream).await? else {
                return Ok(End::Closed);
            };
            let verb = line.split([' ', ':']).next().unwrap_or_default();
            let answer = match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.greet(),
                "STARTTLS" if self.offers_tls && !self.secured => {
                    say(stream, "220 go on").await?;
                    return Ok(End::Upgrade);
                }
                "AUTH" => self.authenticate(&line),
                "MAIL" if self.asks_password && self.user.is_none() => "530 5.7.0 sign in".into(),
                "MAIL" => {
                    self.from = address(&line);
                    self.to.clear();
                    "250 ok".into()
                }
                "RCPT" if self.from.is_some() => self.recipient(&line),
                "DATA" if !self.to.is_empty() => {
                    say(stream, "354 go on").await?;
                    let raw = read_data(stream).await?;
                    if !self.keep(raw) {
                        return Ok(End::Closed);
                    }
                    "250 2.0.0 taken".into()
                }
                "NOOP" | "RSET" => "250 ok".into(),
                "QUIT" => {
                    say(stream, "221 bye").await?;
                    return Ok(End::Closed);
                }
                _ => "503 5.5.1 not now".into(),
            };
            say(stream, &answer).await?;
        }
    }

    fn mood(&self) -> Mood {
        self.state.lock().expect("no panic").mood
    }

    fn greet(&self) -> String {
        let mut lines = vec!["250-test.example", "250-8BITMIME", "250-SMTPUTF8"];
        if self.offers_tls && !self.secured {
            lines.push("250-STARTTLS");
        } else if self.asks_password {
            lines.push("250-AUTH PLAIN");
        }
        lines.push("250 ENHANCEDSTATUSCODES");
        lines.join("\r\n")
    }

    /// RFC 4616.
    fn authenticate(&mut self, line: &str) -> String {
        let given = line
            .split(' ')
            .nth(2)
            .and_then(|text| BASE64_STANDARD.decode(text).ok());
        let right = format!("\0{USER}\0{PASSWORD}");
        if self.secured && given.as_deref() == Some(right.as_bytes()) {
            self.user = Some(USER.to_owned());
            "235 2.7.0 welcome".into()
        } else {
            "535 5.7.8 no".into()
        }
    }

    fn recipient(&mut self, line: &str) -> String {
        let Some(to) = address(line) else {
            return "501 5.1.3 no address".into();
        };
        let mut state = self.state.lock().expect("no panic");
        match state.mood {
            Mood::Busy(times) => {
                state.refusals += 1;
                state.mood = match times {
                    0 | 1 => Mood::Well,
                    more => Mood::Busy(more - 1),
                };
                "451 4.7.1 come again".into()
            }
            Mood::Refusing => {
                state.refusals += 1;
                format!("550 5.1.1 nobody called {to} here")
            }
            _ => {
                drop(state);
                self.to.push(to);
                "250 ok".into()
            }
        }
    }

    /// Keeps a mail; `false` when the connection is to be cut.
    fn keep(&mut self, raw: String) -> bool {
        let mut state = self.state.lock().expect("no panic");
        let cut = match state.mood {
            Mood::Cutting(times) => {
                state.mood = match times {
                    0 | 1 => Mood::Well,
                    more => Mood::Cutting(more - 1),
                };
                true
            }
            _ => false,
        };
        state.letters.push(Letter {
            to: std::mem::take(&mut self.to),
            secured: self.secured,
            user: self.user.clone(),
            answered: !cut,
            raw,
        });
        !cut
    }
}

/// What stands between angle brackets.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

async fn say<S>(stream: &mut BufReader<S>, line: &str) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn read_line<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    assert!(line.ends_with("\r\n"), "lines end with CRLF: {line:?}");
    Ok(Some(line.trim_end_matches("\r\n").to_owned()))
}

/// The data up to a line with a single dot, without the dots that were added (RFC 5321 §4.5.2).
async fn read_data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let Some(line) = read_line(stream).await? else {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        };
        if line == "." {
            return Ok(raw);
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
        raw.push_str("\r\n");
    }
}
