//! A key service that speaks the protocol of AWS KMS on a loopback port, checks every signature by itself, and can be
//! told to fail in the ways the real one does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::{digest, hmac};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

const ACCESS_KEY: &str = "AKIDCARRELTESTS";
const SECRET_KEY: &str = "a-secret-for-tests-only";
/// The session of a role.
const SESSION: &str = "a-session-for-tests-only";
const REGION: &str = "eu-central-1";
/// The key that exists from the beginning.
pub const KEY: &str =
    "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A key service that ends with the value.
pub struct KeyService {
    port: u16,
    state: Arc<Mutex<Keeper>>,
    serving: tokio::task::JoinHandle<()>,
}

/// How the next requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// So many requests are told to come later.
    Throttled(u32),
    Denied,
    Disabled,
}

struct Keeper {
    mood: Mood,
    /// By their ciphertexts: key, plaintext, context.
    kept: HashMap<String, (String, Value, Value)>,
    asked: Vec<String>,
    badly_signed: Vec<String>,
}

impl KeyService {
    /// Starts one.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(Keeper {
            mood: Mood::Well,
            kept: HashMap::new(),
            asked: Vec::new(),
            badly_signed: Vec::new(),
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let router = Router::new().fallback(answer).with_state(state.clone());
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serves");
        });
        Self {
            port,
            state,
            serving,
        }
    }

    /// The `CARREL_KEYS` of a key.
    pub fn keys(&self, key: &str) -> String {
        format!("kms:{key}?endpoint=http://127.0.0.1:{}", self.port)
    }

    /// The credentials as the environment of a server.
    pub fn credentials() -> [(&'static str, &'static str); 2] {
        [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ]
    }

    /// The credentials as a shared file.
    pub fn credentials_file() -> String {
        format!(
            "[carrel]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        )
    }

    /// The same for a machine that has a role, given to it by this service.
    pub fn machine(&self) -> (&'static str, String) {
        (
            "AWS_METADATA_ENDPOINT",
            format!("http://127.0.0.1:{}", self.port),
        )
    }

    /// How it answers from now on.
    pub fn feel(&self, mood: Mood) {
        self.state.lock().expect("no panic").mood = mood;
    }

    /// The operations that were asked for with a good signature, in their order.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().expect("no panic").asked.clone()
    }

    /// What was wrong with signatures.
    pub fn badly_signed(&self) -> Vec<String> {
        self.state.lock().expect("no panic").badly_signed.clone()
    }

    /// Closes it: nothing listens on its port any more.
    pub async fn close(mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }
}

impl Drop for KeyService {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(state): State<Arc<Mutex<Keeper>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(path) = uri.path().strip_prefix("/latest/") {
        return of_the_machine(path, &headers);
    }
    let mut keeper = state.lock().expect("no panic");
    if let Err(wrong) = check_signature(&uri, &headers, &body) {
        keeper.badly_signed.push(wrong);
        return exception("InvalidSignatureException");
    }
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    keeper.asked.push(target.to_owned());
    match keeper.mood {
        Mood::Well => {}
        Mood::Throttled(0) => keeper.mood = Mood::Well,
        Mood::Throttled(times) => {
            keeper.mood = Mood::Throttled(times - 1);
            return exception("ThrottlingException");
        }
        Mood::Denied => return exception("AccessDeniedException"),
        Mood::Disabled => return exception("DisabledException"),
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else {
        return exception("SerializationException");
    };
    let key = asked["KeyId"].as_str().unwrap_or_default().to_owned();
    if !key.starts_with("arn:aws:kms:") {
        return exception("NotFoundException");
    }
    match target {
        "TrentService.Encrypt" => {
            let blob = BASE64_STANDARD.encode(uuid::Uuid::now_v7().as_bytes());
            let context = asked["EncryptionContext"].clone();
            let plain = asked["Plaintext"].clone();
            keeper
                .kept
                .insert(blob.clone(), (key.clone(), plain, context));
            axum::Json(json!({ "CiphertextBlob": blob, "KeyId": key })).into_response()
        }
        "TrentService.Decrypt" => {
            let blob = asked["CiphertextBlob"].as_str().unwrap_or_default();
            match keeper.kept.get(blob) {
                Some((kept, _, _)) if *kept != key => exception("IncorrectKeyException"),
                Some((_, plain, context)) if *context == asked["EncryptionContext"] => {
                    axum::Json(json!({ "Plaintext": plain, "KeyId": key })).into_response()
                }
                _ => exception("InvalidCiphertextException"),
            }
        }
        _ => exception("UnknownOperationException"),
    }
}

/// The metadata service of a machine (version 2): a token first, then the role, then its credentials.
fn of_the_machine(path: &str, headers: &HeaderMap) -> Response {
    const ROLE: &str = "meta-data/iam/security-credentials/";
    if path == "api/token" {
        return "a-token-of-the-machine".into_response();
    }
    let token = headers.get("x-aws-ec2-metadata-token");
    if token.is_none_or(|token| token != "a-token-of-the-machine") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match path.strip_prefix(ROLE) {
        Some("") => "carrel".into_response(),
        Some("carrel") => axum::Json(json!({
            "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY, "Token": SESSION,
            "Expiration": "2099-01-01T00:00:00Z",
        }))
        .into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn exception(name: &str) -> Response {
    let body = json!({ "__type": name, "message": "no words of a service belong on a screen" });
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}

/// Signature Version 4, from its description: what the service computes is what the client must have sent.
fn check_signature(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| format!("no {name}"))
    };
    let authorization = header("authorization")?;
    let rest = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or("another algorithm")?;
    let part = |name: &str| {
        rest.split(", ")
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
            .ok_or_else(|| format!("no {name}"))
    };
    let (credential, signed, signature) = (
        part("Credential")?,
        part("SignedHeaders")?,
        part("Signature")?,
    );
    let date = header("x-amz-date")?;
    let day = date.get(..8).ok_or("no day")?;
    let scope = format!("{day}/{REGION}/kms/aws4_request");
    if credential != format!("{ACCESS_KEY}/{scope}") {
        return Err(format!("the credential {credential} is not known here"));
    }
    let names: Vec<&str> = signed.split(';').collect();
    for name in ["host", "x-amz-date", "x-amz-target"] {
        if !names.contains(&name) {
            return Err(format!("{name} is not signed"));
        }
    }
    let lines: Result<Vec<_>, String> = names
        .iter()
        .map(|name| Ok(format!("{name}:{}\n", header(name)?.trim())))
        .collect();
    let canonical = format!(
        "POST\n{}\n{}\n{}\n{signed}\n{}",
        uri.path(),
        uri.query().unwrap_or_default(),
        lines?.concat(),
        hex(digest::digest(&digest::SHA256, body).as_ref())
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    );
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for step in [day, REGION, "kms", "aws4_request"] {
        key = mac(&key, step.as_bytes());
    }
    if hex(&mac(&key, text.as_bytes())) == signature {
        Ok(())
    } else {
        Err("the signature is another one".into())
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text).as_ref().to_vec()
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
