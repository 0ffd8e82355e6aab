//! The keys over the API.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::data_keys::{FIELD, KeyError};
use super::rotation::{Encryption, KeyState};
use crate::Timestamp;
use crate::auth::Actor;
use crate::web::{Json, Problem};

/// How the personal data and secrets in the database are sealed.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct EncryptionState {
    /// Who wraps the keys: `local` for the master key of the installation, or `kms:` and the name of a key in AWS KMS.
    provider: String,
    /// The keys that seal fields, the newest first.
    keys: Vec<FieldKey>,
    /// How they are replaced.
    rotation: RotationState,
}

/// A key that seals fields.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct FieldKey {
    /// Its id.
    id: String,
    /// When it was made.
    created_at: Timestamp,
    /// Since when nothing is sealed with it any more; null before that.
    #[schema(required = true)]
    retired_at: Option<Timestamp>,
    /// Since when its material is gone; null before that.
    #[schema(required = true)]
    destroyed_at: Option<Timestamp>,
    /// Whether values are sealed with it now.
    active: bool,
    /// Values still sealed with it while it is being replaced; null for the active key and for destroyed ones.
    #[schema(required = true)]
    sealed_left: Option<i64>,
}

/// How field keys are replaced.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct RotationState {
    /// Whether values are being sealed with a new key.
    running: bool,
    /// When the newest key was made, unless it is the first one.
    #[schema(required = true)]
    last_at: Option<Timestamp>,
    /// Days between rotations, 0 for none by schedule.
    every_days: u32,
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Database(error) => error.into(),
            KeyError::Crypto(super::CryptoError::Service(said)) => {
                tracing::error!(said, "the key service failed");
                Self::new(
                    crate::web::Code::Unavailable,
                    "the service that keeps the master key doesn't answer as it should; see the log of the server, and try again",
                )
            }
            other => Self::internal(other),
        }
    }
}

impl Encryption {
    /// The administration routes.
    pub fn router(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(encryption_state))
            .routes(routes!(rotate_keys))
            .with_state(self.clone())
    }

    async fn state(&self) -> Result<EncryptionState, Problem> {
        let mut keys: Vec<KeyState> = self.keys().await?;
        keys.retain(|key| key.purpose == FIELD);
        keys.reverse();
        let last_at = match keys.as_slice() {
            [newest, _, ..] => Some(newest.created_at),
            _ => None,
        };
        let running = keys
            .iter()
            .any(|key| !key.active && key.retired_at.is_none());
        Ok(EncryptionState {
            provider: self.provider_name()?.to_owned(),
            keys: keys.into_iter().map(field_key).collect(),
            rotation: RotationState {
                running,
                last_at,
                every_days: self.rotate_days(),
            },
        })
    }
}

fn field_key(key: KeyState) -> FieldKey {
    FieldKey {
        id: key.id,
        created_at: key.created_at,
        retired_at: key.retired_at,
        destroyed_at: key.destroyed_at,
        active: key.active,
        sealed_left: key.sealed_left,
    }
}

/// How personal data and secrets are sealed, and with which keys.
#[utoipa::path(get, path = "/admin/encryption", security(("access" = ["settings:manage"])), tag = "administration", operation_id = "get_encryption",
    responses((status = 200, body = EncryptionState), (status = "4XX", body = Problem)))]
async fn encryption_state(
    State(encryption): State<Encryption>,
) -> Result<Json<EncryptionState>, Problem> {
    Ok(Json(encryption.state().await?))
}

/// Make a new field key and seal everything with it, in the background.
#[utoipa::path(post, path = "/admin/encryption/rotate", security(("access" = ["settings:manage"])), tag = "administration", operation_id = "rotate_keys",
    responses((status = 202, body = EncryptionState), (status = "4XX", body = Problem)))]
async fn rotate_keys(
    State(encryption): State<Encryption>,
    actor: Actor,
) -> Result<(StatusCode, Json<EncryptionState>), Problem> {
    encryption.rotate(Some(&actor)).await?;
    Ok((StatusCode::ACCEPTED, Json(encryption.state().await?)))
}
