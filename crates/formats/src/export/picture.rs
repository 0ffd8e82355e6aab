//! Pictures: decoded once, checked, turned upright, and made small enough for paper.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Cursor;
use std::rc::Rc;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::Images;
use super::measures::from_pixels;
use crate::tree::{Image, inline_image};

/// More pixels than this don't show on paper: 2400 across a 15 cm wide text are 400 dpi.
const MAX_SIDE: u32 = 2400;
/// What decoding one picture may take of memory.
const MAX_ALLOCATION: u64 = 256 * 1024 * 1024;

/// A picture that can be decoded, upright.
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The bytes of a JPEG that can be used as it is.
    pub jpeg: Option<Vec<u8>>,
    /// The decoded picture, where there is no usable JPEG.
    pub pixels: Option<DynamicImage>,
    /// The bytes of a PNG that can be used as it is.
    png: Option<Vec<u8>>,
}

impl Picture {
    /// Decodes PNG, JPEG, GIF (the first frame) or WebP. Nothing when the bytes are none of these, are damaged, or
    /// claim a size that doesn't fit into memory.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .ok()?;
        let format = reader.format()?;
        if !matches!(
            format,
            ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP
        ) {
            return None;
        }
        let mut limits = Limits::default();
        limits.max_image_width = Some(20_000);
        limits.max_image_height = Some(20_000);
        limits.max_alloc = Some(MAX_ALLOCATION);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().ok()?;
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 || decoder.total_bytes() > MAX_ALLOCATION {
            return None;
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut pixels = DynamicImage::from_decoder(decoder).ok()?;
        let upright = orientation == Orientation::NoTransforms;
        pixels.apply_orientation(orientation);
        let small = pixels.width() <= MAX_SIDE && pixels.height() <= MAX_SIDE;
        let as_it_is = upright && (small || format == ImageFormat::Jpeg);
        if !as_it_is && !small {
            pixels = pixels.resize(MAX_SIDE, MAX_SIDE, image::imageops::FilterType::Triangle);
        }
        let jpeg = (as_it_is && format == ImageFormat::Jpeg).then(|| bytes.to_vec());
        let png = (as_it_is && format == ImageFormat::Png).then(|| bytes.to_vec());
        Some(Self {
            width: pixels.width(),
            height: pixels.height(),
            pixels: jpeg.is_none().then_some(pixels),
            jpeg,
            png,
        })
    }

    /// The bytes of a JPEG or PNG file, and whether it is a JPEG.
    pub fn file(&self) -> Option<(Cow<'_, [u8]>, bool)> {
        if let Some(jpeg) = &self.jpeg {
            return Some((Cow::Borrowed(jpeg), true));
        }
        if let Some(png) = &self.png {
            return Some((Cow::Borrowed(png), false));
        }
        let mut bytes = Vec::new();
        self.pixels
            .as_ref()?
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .ok()?;
        Some((Cow::Owned(bytes), false))
    }

    /// The size to show it at, in points: what was asked for or one pixel as 1/96 inch, within the given bounds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a picture has at most 20000 pixels a side"
    )]
    pub fn fitted(&self, asked: Option<u32>, max_width: f32, max_height: f32) -> (f32, f32) {
        let ratio = self.height as f32 / self.width as f32;
        let mut width = from_pixels(asked.unwrap_or(self.width)).min(max_width);
        if width * ratio > max_height {
            width = max_height / ratio;
        }
        (width.max(1.0), (width * ratio).max(1.0))
    }
}

/// The pictures of one export, each decoded once.
pub struct Pictures<'a> {
    images: &'a Images,
    decoded: HashMap<String, Option<Rc<Picture>>>,
}

impl<'a> Pictures<'a> {
    pub fn new(images: &'a Images) -> Self {
        Self {
            images,
            decoded: HashMap::new(),
        }
    }

    /// The picture an image node names, if it is there and can be decoded.
    pub fn get(&mut self, src: &str) -> Option<Rc<Picture>> {
        if let Some(known) = self.decoded.get(src) {
            return known.clone();
        }
        let bytes = match self.images.get(src) {
            Some(bytes) => Some(Cow::Borrowed(bytes.as_slice())),
            None => inline_image(src).map(Cow::Owned),
        };
        let picture = bytes.and_then(|bytes| Picture::decode(&bytes)).map(Rc::new);
        self.decoded.insert(src.to_owned(), picture.clone());
        picture
    }
}

/// The words in the place of a picture that can't be shown.
pub fn placeholder(image: &Image) -> String {
    match image.alt.as_deref().map(str::trim) {
        Some(alt) if !alt.is_empty() => format!("[Picture: {alt}]"),
        _ => "[Picture]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        bytes
    }

    #[test]
    fn damaged_and_foreign_bytes_are_no_picture() {
        let whole = png(40, 30);
        assert!(Picture::decode(&whole).is_some());
        assert!(Picture::decode(&whole[..whole.len() / 2]).is_none());
        assert!(Picture::decode(b"<svg/>").is_none());
        assert!(Picture::decode(&[]).is_none());
        let mut claims = whole;
        // The width in the header: 2^31 - 1 pixels (the checksum no longer fits either).
        claims[16..20].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
        assert!(Picture::decode(&claims).is_none());
    }

    #[test]
    fn a_picture_fits_its_place_and_keeps_its_shape() {
        let picture = Picture::decode(&png(1000, 500)).unwrap();
        assert_eq!(picture.fitted(None, 400.0, 600.0), (400.0, 200.0));
        assert_eq!(picture.fitted(Some(100), 400.0, 600.0), (75.0, 37.5));
        assert_eq!(picture.fitted(None, 400.0, 100.0), (200.0, 100.0));
    }

    #[test]
    fn a_poster_is_made_small_enough_for_paper() {
        let picture = Picture::decode(&png(5000, 10)).unwrap();
        assert_eq!(picture.width, MAX_SIDE);
        assert!(picture.file().is_some());
    }
}
