//! AWS KMS as the keeper of the wrapping key: it never leaves the service, which wraps and unwraps for us.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::CryptoError;
use super::aws::{Aws, Failure};
use super::provider::{KeyBytes, KeyProvider, Wrapping};

/// A key in KMS: its id, ARN or alias.
pub(super) struct Kms {
    key: String,
    name: String,
    aws: Aws,
}

impl Kms {
    /// `KEY?region=NAME&endpoint=URL`; the region may come from the ARN of the key or the environment. Nothing is
    /// asked yet.
    pub fn open(text: &str) -> Result<Self, CryptoError> {
        let refused = || CryptoError::Provider(format!("kms:{text}"));
        let (key, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut region, mut endpoint) = (None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "region" => region = Some(value.into_owned()),
                "endpoint" => endpoint = Some(value.trim_end_matches('/').to_owned()),
                _ => return Err(refused()),
            }
        }
        // arn:aws:kms:REGION:ACCOUNT:key/ID
        let of_arn = || {
            let region = key.strip_prefix("arn:")?.split(':').nth(2)?;
            (!region.is_empty()).then(|| region.to_owned())
        };
        let of_environment = || {
            ["AWS_REGION", "AWS_DEFAULT_REGION"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        };
        let region = region
            .or_else(of_arn)
            .or_else(of_environment)
            .filter(|_| !key.is_empty())
            .ok_or_else(refused)?;
        let endpoint = endpoint.unwrap_or_else(|| {
            let china = if region.starts_with("cn-") { ".cn" } else { "" };
            format!("https://kms.{region}.amazonaws.com{china}")
        });
        Ok(Self {
            name: format!("kms:{key}"),
            key: key.to_owned(),
            aws: Aws::open("kms", region, endpoint)?,
        })
    }

    async fn ask(
        &self,
        operation: &str,
        about: Wrapping<'_>,
        body: &Value,
    ) -> Result<Value, CryptoError> {
        let target = format!("TrentService.{operation}");
        let answer = self.aws.ask(&target, body).await;
        answer.map_err(|failure| self.explain(about, failure))
    }

    fn explain(&self, about: Wrapping<'_>, failure: Failure) -> CryptoError {
        let key = &self.key;
        let kind = match failure {
            Failure::Refused(kind) => kind,
            Failure::Unreachable(said) => return CryptoError::Service(said),
        };
        CryptoError::Service(match kind.as_str() {
            "IncorrectKeyException" | "InvalidCiphertextException" => {
                return CryptoError::Wrapped(about.id.to_owned());
            }
            "AccessDeniedException" => format!(
                "denies access to {key}; the role of this server needs kms:Encrypt and kms:Decrypt on it"
            ),
            "NotFoundException" => format!("has no key {key} in this region and account"),
            "DisabledException" | "KMSInvalidStateException" => {
                format!("can't use {key}: it is disabled, or going to be deleted")
            }
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "IncompleteSignatureException"
            | "MissingAuthenticationTokenException"
            | "ExpiredTokenException" => {
                format!(
                    "doesn't accept the AWS credentials ({kind}); see to them, and to the clock"
                )
            }
            other => format!("refuses to use {key}: {other}"),
        })
    }
}

/// Bound to the wrapped key by KMS, and shown in its log of use.
fn context(about: Wrapping<'_>) -> Value {
    json!({ "carrel:key": about.id, "carrel:purpose": about.purpose })
}

impl KeyProvider for Kms {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> String {
        // The same key has several names. Whether it is the right one is told by KMS itself.
        "kms".into()
    }

    fn wrap<'a>(
        &'a self,
        about: Wrapping<'a>,
        key: &'a [u8; 32],
    ) -> BoxFuture<'a, Result<String, CryptoError>> {
        Box::pin(async move {
            let body = json!({
                "KeyId": self.key,
                "Plaintext": STANDARD.encode(key),
                "EncryptionContext": context(about),
            });
            let answer = self.ask("Encrypt", about, &body).await?;
            let wrapped = answer["CiphertextBlob"].as_str();
            wrapped
                .map(str::to_owned)
                .ok_or_else(|| CryptoError::Service("answered without a ciphertext".into()))
        })
    }

    fn unwrap<'a>(
        &'a self,
        about: Wrapping<'a>,
        wrapped: &'a str,
    ) -> BoxFuture<'a, Result<KeyBytes, CryptoError>> {
        Box::pin(async move {
            let body = json!({
                "KeyId": self.key,
                "CiphertextBlob": wrapped,
                "EncryptionContext": context(about),
            });
            let answer = self.ask("Decrypt", about, &body).await?;
            let plain = answer["Plaintext"].as_str().unwrap_or_default();
            let plain = Zeroizing::new(STANDARD.decode(plain).unwrap_or_default());
            let key: [u8; 32] = plain
                .as_slice()
                .try_into()
                .map_err(|_| CryptoError::Wrapped(about.id.to_owned()))?;
            Ok(Zeroizing::new(key))
        })
    }
}
