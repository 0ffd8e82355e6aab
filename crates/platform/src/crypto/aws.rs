//! Calls to an AWS service with a JSON protocol, signed with Signature Version 4. Credentials, signatures and
//! connections are those of the object store, which is in the program anyway; shared credentials files are added here.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use object_store::ClientOptions;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential, AwsCredentialProvider};
use object_store::client::{
    HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector,
};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{CryptoError, random};

const CONNECT: Duration = Duration::from_secs(3);
const ATTEMPT: Duration = Duration::from_secs(5);
/// The service of the machine that gives its role answers within milliseconds where there is one.
const CREDENTIALS: Duration = Duration::from_secs(8);
/// For one call with all its attempts.
const DEADLINE: Duration = Duration::from_secs(20);
const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// An answer of KMS has a few kilobytes at most.
const MOST: usize = 64 * 1024;

/// A service in a region.
pub(super) struct Aws {
    service: &'static str,
    region: String,
    endpoint: String,
    http: HttpClient,
    credentials: AwsCredentialProvider,
}

/// Why a call failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The service said so: the name of its exception.
    Refused(String),
    /// No answer that says anything.
    Unreachable(String),
}

/// Whether another attempt may help.
enum Attempt {
    Again(Failure),
    Final(Failure),
}

impl Aws {
    /// Nothing is asked yet.
    pub fn open(
        service: &'static str,
        region: String,
        endpoint: String,
    ) -> Result<Self, CryptoError> {
        let broken = |error: object_store::Error| CryptoError::Service(error.to_string());
        let options = ClientOptions::new()
            .with_allow_http(endpoint.starts_with("http://"))
            .with_connect_timeout(CONNECT)
            .with_timeout(ATTEMPT);
        let http = ReqwestConnector::default()
            .connect(&options)
            .map_err(broken)?;
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name("none")
            .with_region(&region);
        if std::env::var_os("AWS_ACCESS_KEY_ID").is_none()
            && let Some(shared) = Shared::read()
        {
            builder = builder
                .with_access_key_id(shared.key)
                .with_secret_access_key(shared.secret);
            if let Some(token) = shared.token {
                builder = builder.with_token(token);
            }
        }
        let credentials = builder.build().map_err(broken)?.credentials().clone();
        Ok(Self {
            service,
            region,
            endpoint,
            http,
            credentials,
        })
    }

    /// Asks the service and gives its answer. Failures that may pass are tried again.
    pub async fn ask(&self, target: &str, body: &Value) -> Result<Value, Failure> {
        let attempts = async {
            let mut pause = FIRST_PAUSE;
            let mut attempt = 1;
            loop {
                match self.attempt(target, body).await {
                    Ok(answer) => return Ok(answer),
                    Err(Attempt::Again(failure)) if attempt < ATTEMPTS => {
                        tracing::warn!(
                            operation = target,
                            attempt,
                            ?failure,
                            "an AWS call is tried again"
                        );
                    }
                    Err(Attempt::Again(failure) | Attempt::Final(failure)) => return Err(failure),
                }
                let [jitter] = random::<1>();
                sleep(pause + pause.mul_f64(f64::from(jitter) / 512.0)).await;
                pause *= 2;
                attempt += 1;
            }
        };
        timeout(DEADLINE, attempts).await.unwrap_or_else(|_| {
            Err(self.unreachable(&format!("no answer within {} s", DEADLINE.as_secs())))
        })
    }

    async fn attempt(&self, target: &str, body: &Value) -> Result<Value, Attempt> {
        let again = |error: &dyn std::fmt::Display| Attempt::Again(self.unreachable(error));
        let credential = self.credential().await.map_err(Attempt::Final)?;
        let mut request = self.request(target, body).map_err(Attempt::Final)?;
        AwsAuthorizer::new(&credential, self.service, &self.region)
            .try_authorize(&mut request, None)
            .map_err(|error| Attempt::Final(self.unreachable(&error)))?;
        let answer = self
            .http
            .execute(request)
            .await
            .map_err(|error| again(&root(&error)))?;
        let status = answer.status();
        let bytes = answer
            .into_body()
            .bytes()
            .await
            .map_err(|error| again(&root(&error)))?;
        read(status, &bytes).map_err(|failure| {
            let passes = status.is_server_error()
                || status == StatusCode::TOO_MANY_REQUESTS
                || matches!(&failure, Failure::Refused(kind) if passes(kind));
            if passes {
                Attempt::Again(failure)
            } else {
                Attempt::Final(failure)
            }
        })
    }

    /// Those at hand, or new ones from the role of the machine.
    async fn credential(&self) -> Result<Arc<AwsCredential>, Failure> {
        let said = match timeout(CREDENTIALS, self.credentials.get_credential()).await {
            Ok(Ok(credential)) => return Ok(credential),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "nothing gives a role to this machine".to_owned(),
        };
        tracing::error!(error = said, "no AWS credentials");
        Err(Failure::Unreachable(
            "can't be asked: there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role".into(),
        ))
    }

    fn request(&self, target: &str, body: &Value) -> Result<HttpRequest, Failure> {
        Request::builder()
            .method(Method::POST)
            .uri(format!("{}/", self.endpoint))
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .body(HttpRequestBody::from(Bytes::from(body.to_string())))
            .map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, reason: &dyn std::fmt::Display) -> Failure {
        Failure::Unreachable(format!("can't be reached at {}: {reason}", self.endpoint))
    }
}

/// The innermost cause: the outer ones only repeat the address.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn read(status: StatusCode, bytes: &[u8]) -> Result<Value, Failure> {
    let answer = (bytes.len() <= MOST)
        .then(|| serde_json::from_slice::<Value>(bytes).ok())
        .flatten()
        .unwrap_or_default();
    if status.is_success() && answer.is_object() {
        return Ok(answer);
    }
    // "ThrottlingException", or "com.amazonaws.kms#ThrottlingException" with a namespace before it.
    let kind = answer["__type"].as_str().unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let is_name =
        !kind.is_empty() && kind.len() < 100 && kind.bytes().all(|b| b.is_ascii_alphanumeric());
    Err(Failure::Refused(if is_name {
        kind.to_owned()
    } else {
        format!("status {}", status.as_u16())
    }))
}

/// Whether an exception is one of those that pass.
fn passes(kind: &str) -> bool {
    matches!(
        kind,
        "ThrottlingException"
            | "Throttling"
            | "RequestLimitExceeded"
            | "LimitExceededException"
            | "KMSInternalException"
            | "DependencyTimeoutException"
            | "KeyUnavailableException"
            | "ServiceUnavailableException"
    )
}

/// Keys from a shared credentials file.
struct Shared {
    key: String,
    secret: String,
    token: Option<String>,
}

impl Shared {
    /// Those of `AWS_PROFILE`, else of `default`, in `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    fn read() -> Option<Self> {
        let path = std::env::var_os("AWS_SHARED_CREDENTIALS_FILE").map_or_else(
            || Some(PathBuf::from(std::env::var_os("HOME")?).join(".aws/credentials")),
            |path| Some(PathBuf::from(path)),
        )?;
        let text = std::fs::read_to_string(path).ok()?;
        let profile = std::env::var("AWS_PROFILE").unwrap_or_else(|_| "default".into());
        Self::of_profile(&text, &profile)
    }

    fn of_profile(text: &str, profile: &str) -> Option<Self> {
        let (mut key, mut secret, mut token) = (None, None, None);
        let mut ours = false;
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                ours = name.trim() == profile;
            } else if ours && let Some((name, value)) = line.split_once('=') {
                let value = Some(value.trim().to_owned());
                match name.trim() {
                    "aws_access_key_id" => key = value,
                    "aws_secret_access_key" => secret = value,
                    "aws_session_token" => token = value,
                    _ => {}
                }
            }
        }
        Some(Self {
            key: key?,
            secret: secret?,
            token,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_credentials_file_is_read_by_profile() {
        let text = "# ours\n[default]\naws_access_key_id = A\naws_secret_access_key=B=\n\n[ other ]\naws_access_key_id=C\naws_secret_access_key=D\naws_session_token = E\n[half]\naws_access_key_id=F\n";
        let default = Shared::of_profile(text, "default").expect("is there");
        assert_eq!(
            (default.key.as_str(), default.secret.as_str(), default.token),
            ("A", "B=", None)
        );
        let other = Shared::of_profile(text, "other").expect("is there");
        assert_eq!(other.token.as_deref(), Some("E"));
        assert!(Shared::of_profile(text, "half").is_none());
        assert!(Shared::of_profile(text, "none").is_none());
    }

    #[test]
    fn an_answer_without_a_known_exception_tells_its_status_and_none_of_its_words() {
        let refused = |status, body: &str| match read(status, body.as_bytes()) {
            Err(Failure::Refused(kind)) => kind,
            other => panic!("{other:?}"),
        };
        let body = r#"{"__type":"com.amazonaws.kms#DisabledException","message":"arn:aws:…"}"#;
        assert_eq!(refused(StatusCode::BAD_REQUEST, body), "DisabledException");
        assert_eq!(refused(StatusCode::BAD_GATEWAY, "<html>"), "status 502");
        let odd = r#"{"__type":"x y\nz"}"#;
        assert_eq!(refused(StatusCode::BAD_REQUEST, odd), "status 400");
        assert_eq!(refused(StatusCode::OK, "[]"), "status 200");
    }
}
