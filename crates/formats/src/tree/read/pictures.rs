//! Where pictures may come from.

use std::borrow::Cow;

use base64::Engine as _;

use crate::tree::MAX_INLINE_IMAGE_BYTES;

/// Whether a picture may come from `src`.
pub(super) fn is_allowed_image(src: &str) -> bool {
    if let Some(reference) = src.strip_prefix("carrel:") {
        return !reference.is_empty()
            && reference.len() <= 256
            && !reference.contains("..")
            && reference
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
    }
    inline_image(src).is_some()
}

/// The bytes of a `data:` picture, if it is one of an allowed kind and size.
pub(crate) fn inline_image(src: &str) -> Option<Vec<u8>> {
    let rest = src.strip_prefix("data:image/")?;
    let (kind, encoded) = rest.split_once(";base64,")?;
    if !matches!(kind, "png" | "jpeg" | "jpg" | "gif" | "webp") {
        return None;
    }
    if encoded.len() > MAX_INLINE_IMAGE_BYTES / 3 * 4 + 8 {
        return None;
    }
    let compact: Cow<'_, str> = if encoded.contains(char::is_whitespace) {
        Cow::Owned(encoded.split_whitespace().collect())
    } else {
        Cow::Borrowed(encoded)
    };
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(compact.as_bytes())
        .ok()?;
    (bytes.len() <= MAX_INLINE_IMAGE_BYTES).then_some(bytes)
}
