//! Pictures for documents: whatever comes in is decoded and encoded anew in the jail, so that what is kept holds
//! pixels and nothing else (no Exif with a place, no trailing data, no second frame).

use std::io::{Seek, Write};

use crate::error::ExtractError;
use crate::extractor::{Extractor, understood};
use crate::jailed::{PictureAnswer, Request};

/// A picture that was encoded anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/png`, or `image/jpeg` where it came as one.
    pub media_type: &'static str,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The encoded picture.
    pub bytes: Vec<u8>,
}

impl Extractor {
    /// Encodes a PNG, JPEG, GIF or WebP picture anew. The longer side has at most 4000 pixels afterwards.
    ///
    /// # Errors
    /// When it is no such picture, is damaged, or has more pixels than can be decoded.
    pub async fn picture(&self, bytes: impl AsRef<[u8]>) -> Result<Picture, ExtractError> {
        let bytes = bytes.as_ref();
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        file.rewind()?;
        let request = Request::Picture {
            limit_bytes: bytes.len() as u64,
        };
        let answer = self.ask(&file, &request).await?;
        let head = answer
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or(ExtractError::Crashed)?;
        match understood(&answer[..head])? {
            PictureAnswer::Refused(refusal) => Err(refusal.into()),
            PictureAnswer::Encoded {
                photograph,
                width,
                height,
            } => Ok(Picture {
                media_type: if photograph {
                    "image/jpeg"
                } else {
                    "image/png"
                },
                width,
                height,
                bytes: answer[head + 1..].to_vec(),
            }),
        }
    }
}
