//! The SMTP server that takes our mails (RFC 5321), over TLS unless it is on this machine.

use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mime};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;
use url::{Host, Url};

/// To connect, with TLS and sign-in.
const CONNECT: Duration = Duration::from_secs(30);
/// To hand over a mail: what RFC 5321 §4.5.3.2 grants a server at the end of the data would hold a worker for ten
/// minutes, and small mails don't need it.
const DELIVER: Duration = Duration::from_mins(1);
/// To take leave. The mail is sent by then, whatever the server says.
const LEAVE: Duration = Duration::from_secs(2);

/// Why the mail server that is configured can't be used. Never holds its password.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// The address is none.
    #[error("mail.smtp_url must be smtp://USER:PASSWORD@HOST:PORT or smtps://…: {0}")]
    Url(String),
    /// The sender is missing or none.
    #[error("mail.from must name the sender of mails, such as Carrel <carrel@example.org>")]
    From,
    /// TLS can't be set up.
    #[error("TLS can't be set up for the mail server: {0}")]
    Tls(String),
}

/// Why a mail could not be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SmtpError {
    /// It may work another time.
    #[error("{summary}")]
    Transient {
        /// Without anything the server said, which may name people.
        summary: String,
        /// What it said.
        said: String,
    },
    /// The server will never take it.
    #[error("{summary}")]
    Permanent {
        /// Without anything the server said, which may name people.
        summary: String,
        /// What it said.
        said: String,
    },
}

impl SmtpError {
    /// All there is to know, for the eyes of administrators.
    pub fn in_full(&self) -> String {
        let (Self::Transient { summary, said } | Self::Permanent { summary, said }) = self;
        if said.is_empty() {
            summary.clone()
        } else {
            format!("{summary}: {said}")
        }
    }

    fn late(doing: &str) -> Self {
        Self::Transient {
            summary: format!("the mail server did not answer in time while {doing}"),
            said: String::new(),
        }
    }

    fn permanent(summary: &str) -> Self {
        Self::Permanent {
            summary: summary.to_owned(),
            said: String::new(),
        }
    }
}

impl From<lettre::transport::smtp::Error> for SmtpError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        let said = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        let summary = match error.status() {
            Some(code) => format!("the mail server answered {code}"),
            None if error.is_tls() => "no secure connection to the mail server".to_owned(),
            None if error.is_client() => "the mail server does not offer what is needed".to_owned(),
            None if error.is_response() => "the mail server's answer makes no sense".to_owned(),
            None => "the mail server can't be reached, or broke off".to_owned(),
        };
        if error.is_permanent() {
            Self::Permanent { summary, said }
        } else {
            Self::Transient { summary, said }
        }
    }
}

/// How the connection is secured.
#[derive(Clone)]
enum Security {
    /// TLS from the beginning (RFC 8314 §3.3).
    Implicit(TlsParameters),
    /// STARTTLS (RFC 3207), and nothing without it.
    Upgrade(TlsParameters),
    /// None: to this machine, or where it was asked for.
    None,
}

/// An SMTP server and the sender it knows us by.
#[derive(Clone)]
pub struct SmtpServer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    from: Mailbox,
    hello: ClientId,
}

impl std::fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.describe())
    }
}

impl SmtpServer {
    /// The server of `mail.smtp_url` and `mail.from`; `None` when there is none.
    ///
    /// # Errors
    /// When one of them is not what it should be, or only one of them is there.
    pub fn configured(
        url: Option<&str>,
        from: Option<&str>,
    ) -> Result<Option<Self>, SmtpConfigError> {
        let Some(url) = url else { return Ok(None) };
        let from: Mailbox = from
            .and_then(|from| from.parse().ok())
            .ok_or(SmtpConfigError::From)?;
        Self::new(url, from).map(Some)
    }

    fn new(url: &str, from: Mailbox) -> Result<Self, SmtpConfigError> {
        let refuse = |why: &str| SmtpConfigError::Url(why.to_owned());
        let url = Url::parse(url).map_err(|e| refuse(&e.to_string()))?;
        // The scheme is not one the crate knows, so it leaves IPv4 addresses as names.
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| refuse("it names no host"))?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if !matches!(url.path(), "" | "/") {
            return Err(refuse("nothing comes after the port but ?tls="));
        }
        let mut asked = None;
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") => asked = Some(true),
                ("tls", "off") => asked = Some(false),
                _ => return Err(refuse("after ? it takes tls=required or tls=off")),
            }
        }
        let tls = || {
            TlsParameters::builder(host.clone())
                .build_rustls()
                .map_err(|e| SmtpConfigError::Tls(e.to_string()))
        };
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Implicit(tls()?), 465),
            "smtp" if asked.unwrap_or(!is_here(&host)) => (Security::Upgrade(tls()?), 587),
            "smtp" => (Security::None, 25),
            _ => return Err(refuse("it begins with smtp:// or smtps://")),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) => Some(Credentials::new(decoded(user), decoded(password))),
            (_, None) => return Err(refuse("a user needs a password")),
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            security,
            credentials,
            hello: ClientId::Domain(from.email.domain().to_owned()),
            from,
        })
    }

    /// The sender of mails, as in `mail.from`.
    pub fn from(&self) -> String {
        self.from.to_string()
    }

    /// Where the server is and how it is reached, without its password.
    pub fn describe(&self) -> String {
        let security = match self.security {
            Security::Implicit(_) => "TLS",
            Security::Upgrade(_) => "STARTTLS",
            Security::None => "no TLS",
        };
        format!("{}:{} with {security}", self.host, self.port)
    }

    /// Whether the server can be reached and lets us in.
    ///
    /// # Errors
    /// Why not, for an operator.
    pub async fn probe(&self) -> Result<(), String> {
        let mut connection = self.connect().await.map_err(|error| error.in_full())?;
        let _ = timeout(LEAVE, connection.abort()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let connecting = async {
            let wrapped = match &self.security {
                Security::Implicit(tls) => Some(tls.clone()),
                _ => None,
            };
            let place = (self.host.as_str(), self.port);
            let mut connection =
                AsyncSmtpConnection::connect_tokio1(place, None, &self.hello, wrapped, None)
                    .await?;
            if let Security::Upgrade(tls) = &self.security {
                connection.starttls(tls.clone(), &self.hello).await?;
            }
            if let Some(credentials) = &self.credentials {
                let mechanisms = [Mechanism::Plain, Mechanism::Login];
                connection.auth(&mechanisms, credentials).await?;
            }
            Ok(connection)
        };
        timeout(CONNECT, connecting)
            .await
            .unwrap_or_else(|_| Err(SmtpError::late("connecting")))
    }

    /// Hands a mail over. `id` tells it from all others, and is the same each time it is sent.
    pub(super) async fn send(
        &self,
        id: &str,
        to: &str,
        subject: &str,
        text: &str,
    ) -> Result<(), SmtpError> {
        let mime = self.compose(id, to, subject, text)?;
        let mut connection = self.connect().await?;
        let (envelope, bytes) = (mime.envelope(), mime.formatted());
        let result = timeout(DELIVER, connection.send(envelope, &bytes)).await;
        let _ = timeout(LEAVE, connection.abort()).await;
        match result {
            Ok(result) => Ok(result.map(|_| ())?),
            Err(_) => Err(SmtpError::late("taking the mail")),
        }
    }

    fn compose(&self, id: &str, to: &str, subject: &str, text: &str) -> Result<Mime, SmtpError> {
        let to = to
            .parse()
            .map_err(|_| SmtpError::permanent("mails can't go to this address"))?;
        Mime::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(super::one_line(subject))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(text.to_owned())
            .map_err(|_| SmtpError::permanent("the mail can't be put together"))
    }
}

/// Whether this name or address is this machine's: nothing leaves it, so there is nobody to hide from.
fn is_here(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        // An IPv6 address that has lost its brackets.
        Err(_) => host == "::1",
    }
}

/// Undoes percent encoding (RFC 3986 §2.1); what is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let byte = match after {
            [high, low, ..] if *first == b'%' => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Tells other programs not to answer (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Result<SmtpServer, SmtpConfigError> {
        let from = Some("Carrel <carrel@example.org>");
        SmtpServer::configured(Some(url), from).map(|server| server.expect("configured"))
    }

    #[test]
    fn the_way_to_the_server_is_secure_unless_it_is_this_machine_or_asked_for() {
        for (url, described) in [
            (
                "smtp://mail.example.org",
                "mail.example.org:587 with STARTTLS",
            ),
            ("smtps://mail.example.org", "mail.example.org:465 with TLS"),
            ("smtp://localhost", "localhost:25 with no TLS"),
            ("smtp://127.0.0.1:2525/", "127.0.0.1:2525 with no TLS"),
            ("smtp://[::1]:2525", "::1:2525 with no TLS"),
            (
                "smtp://localhost:25?tls=required",
                "localhost:25 with STARTTLS",
            ),
            ("smtp://mailpit:1025?tls=off", "mailpit:1025 with no TLS"),
        ] {
            assert_eq!(server(url).expect(url).describe(), described);
        }
    }

    #[test]
    fn what_is_no_mail_server_is_refused_without_showing_the_password() {
        for url in [
            "mail.example.org:25",
            "http://u:geheim@mail.example.org",
            "smtp://u:geheim@",
            "smtp://u@mail.example.org",
            "smtp://u:geheim@mail.example.org?tls=maybe",
            "smtp://u:geheim@mail.example.org/inbox",
        ] {
            let error = server(url).expect_err(url).to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
        let no_sender = SmtpServer::configured(Some("smtp://localhost"), None);
        assert!(matches!(no_sender, Err(SmtpConfigError::From)));
        let broken = SmtpServer::configured(Some("smtp://localhost"), Some("not one"));
        assert!(matches!(broken, Err(SmtpConfigError::From)));
        assert!(matches!(SmtpServer::configured(None, None), Ok(None)));
    }

    #[test]
    fn a_password_may_hold_any_character() {
        assert_eq!(decoded("p%40ss%2Fw%C3%B6rd%"), "p@ss/wörd%");
        assert_eq!(decoded("a+b%zz"), "a+b%zz");
    }

    #[test]
    fn no_name_or_subject_begins_a_header_of_its_own() {
        let server = server("smtp://localhost").expect("a server");
        let subject = "Hello\r\nBcc: eve@example.org\r\n\r\nbody \u{2028}ü";
        let mail = server.compose("1", "ada@example.org", subject, "Text.\n.\nEnd.");
        let bytes = mail.expect("composes").formatted();
        let text = String::from_utf8(bytes).expect("ASCII");
        let (headers, _) = text.split_once("\r\n\r\n").expect("a body");
        let names: Vec<_> = headers
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.to_lowercase())
            .collect();
        assert!(!names.contains(&"bcc".to_owned()), "{headers}");
        for name in [
            "from",
            "to",
            "subject",
            "date",
            "message-id",
            "auto-submitted",
        ] {
            let times = names.iter().filter(|header| *header == name).count();
            assert_eq!(times, 1, "{name} in {headers}");
        }
        for to in [
            "ada@example.org\r\nRCPT TO:<eve@example.org>",
            "ada@example.org, eve@example.org",
            "nobody",
        ] {
            let refused = server.compose("1", to, "s", "t");
            assert!(
                matches!(refused, Err(SmtpError::Permanent { .. })),
                "{to:?}"
            );
        }
    }
}
