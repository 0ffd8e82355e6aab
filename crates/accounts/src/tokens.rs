//! Access tokens for programs: JWT (RFC 7519) signed with HS256. A token names a session; it is as good as the
//! session's row, so that ending the session ends the token.

use std::time::Duration;

use carrel_platform::Timestamp;
use carrel_platform::auth::{SessionId, UserId};
use carrel_platform::crypto::Keyring;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// How long a token is valid.
pub(crate) const LIFETIME: Duration = Duration::from_hours(24);

const ISSUER: &str = "carrel";
const AUDIENCE: &str = "carrel";

/// What a token says. No personal data.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The person.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    pub iat: i64,
    pub exp: i64,
    pub iss: String,
    pub aud: String,
}

/// Signs and verifies.
pub(crate) struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Tokens {
    pub fn new(keyring: &Keyring) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The session's row ends at the same second, so a tolerance would be of no use.
        validation.leeway = 0;
        Self {
            signing: EncodingKey::from_secret(keyring.token_secret()),
            verifying: DecodingKey::from_secret(keyring.token_secret()),
            validation,
        }
    }

    /// A token for a session that began at `now`.
    pub fn issue(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> jsonwebtoken::errors::Result<String> {
        let claims = Claims {
            sub: user,
            sid: session,
            iat: now.unix_seconds(),
            exp: (now + LIFETIME).unix_seconds(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
    }

    /// What the token says, if we signed it and it has not expired. Whether its session lives is another question.
    pub fn verify(&self, token: &str) -> Option<Claims> {
        jsonwebtoken::decode(token, &self.verifying, &self.validation)
            .ok()
            .map(|data| data.claims)
    }
}
