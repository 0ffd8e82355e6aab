//! Pictures in drafts and letterheads.

use std::collections::HashSet;

use axum::body::Bytes;
use carrel_formats::tree::DocumentTree;
use carrel_platform::auth::Actor;
use carrel_platform::db::{Tx, id_list};
use carrel_platform::id_type;
use carrel_platform::web::Code;
use serde::Serialize;

use crate::store::images::{self as store, ImageRow};
use crate::{DocumentId, Documents, Error};

id_type!(
    /// A picture.
    ImageId
);

/// Bytes of a picture.
pub(crate) const MAX_IMAGE: usize = 5 * 1024 * 1024;

impl ImageId {
    const PREFIX: &'static str = "carrel:images/";

    /// The picture that a tree or letterhead names.
    pub(crate) fn from_source(source: &str) -> Option<Self> {
        source.strip_prefix(Self::PREFIX)?.parse().ok()
    }

    fn source(self) -> String {
        format!("{}{self}", Self::PREFIX)
    }

    pub(crate) fn object_key(self) -> String {
        format!("images/{self}")
    }
}

/// A stored picture.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// How a tree or letterhead names it.
    pub src: String,
    /// Where a browser gets it.
    pub url: String,
    /// `image/png` or `image/jpeg`.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
}

impl Documents {
    /// Stores a picture. It is decoded and encoded anew in the jail: what is stored, shown and exported was
    /// written by Carrel.
    pub(crate) async fn add_image(&self, actor: &Actor, bytes: Bytes) -> Result<Image, Error> {
        if bytes.is_empty() {
            return Err(Error::new(
                Code::FileEmpty,
                "the picture has no content; choose another one",
            ));
        }
        if bytes.len() > MAX_IMAGE {
            return Err(Error::new(
                Code::FileTooLarge,
                "a picture has at most 5 MB; make it smaller",
            ));
        }
        let picture = self.0.extractor.picture(bytes).await.map_err(|error| {
            tracing::info!(code = error.code(), "a picture could not be read");
            Error::new(
                Code::ImageInvalid,
                format!("{error}; send a PNG, JPEG, GIF or WebP picture"),
            )
        })?;
        let id = ImageId::new();
        let row = ImageRow {
            id,
            owner_id: actor.user,
            media_type: picture.media_type.to_owned(),
            size: i64::try_from(picture.bytes.len()).unwrap_or(i64::MAX),
            width: i64::from(picture.width),
            height: i64::from(picture.height),
            shared: false,
        };
        self.0.objects.put(&id.object_key(), picture.bytes).await?;
        store::insert(&self.0.db, &row).await?;
        Ok(Image {
            id,
            src: id.source(),
            url: format!("/api/v1/images/{id}"),
            media_type: row.media_type,
            size: row.size,
            width: row.width,
            height: row.height,
        })
    }

    /// A picture's media type and bytes.
    pub(crate) async fn image(&self, actor: &Actor, id: ImageId) -> Result<(String, Bytes), Error> {
        let unknown = || Error::not_found("picture");
        let row = store::get(&self.0.db, id).await?.ok_or_else(unknown)?;
        if !row.shared && row.owner_id != actor.user {
            let shown = store::visible(&self.0.db, &id_list([id.0]), actor.user).await?;
            shown.first().ok_or_else(unknown)?;
        }
        Ok((row.media_type, self.image_bytes(id).await?))
    }

    /// Notes which pictures a new revision shows, so that they are kept as long as it is; gives whether all of them
    /// are there.
    pub(crate) async fn keep_images(
        &self,
        tx: &mut Tx,
        document: DocumentId,
        number: i64,
        tree: &DocumentTree,
    ) -> Result<bool, Error> {
        let sources = tree.image_sources();
        let shown: HashSet<_> = sources
            .into_iter()
            .filter_map(ImageId::from_source)
            .collect();
        if shown.is_empty() {
            return Ok(true);
        }
        let ids = id_list(shown.iter().map(|id| id.0));
        let kept = store::use_in_revision(tx, document, number, &ids).await?;
        Ok(kept == shown.len() as u64)
    }

    /// The bytes of a picture. No rights are checked.
    pub(crate) async fn image_bytes(&self, id: ImageId) -> Result<Bytes, Error> {
        // Encoding anew can make a picture larger than what came in.
        Ok(self
            .0
            .objects
            .get(&id.object_key(), 64 * 1024 * 1024)
            .await?)
    }
}
