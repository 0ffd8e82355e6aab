//! Pictures of text: decoded or rendered to grey pixels, which is all that leaves the jail towards OCR.

use image::{ImageDecoder, ImageReader, Limits};
use serde::{Deserialize, Serialize};

use super::Parsed;
use crate::error::Refusal;
use crate::format::Format;

/// More pixels are scaled down to this many.
pub(crate) const MAX_PIXELS: f64 = 40e6;

/// A picture that decodes to more is refused: 130 million pixels in colour.
const MAX_DECODED_BYTES: u64 = 400 << 20;

/// A grey picture, one byte a pixel, black 0, white 255.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GreyPicture {
    pub size: GreySize,
    pub pixels: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GreySize {
    pub width: u32,
    pub height: u32,
    /// Pixels to the inch, as far as known.
    pub dots_per_inch: u32,
}

impl GreyPicture {
    /// Whether there is nothing on it: hardly any pixel is darker than paper.
    pub(crate) fn is_blank(&self) -> bool {
        let dark = self.pixels.iter().filter(|&&pixel| pixel < 200).count();
        // A line of small print on A4 at 200 dpi covers some 5000 pixels, dust a few hundred.
        dark < 400
    }
}

/// A picture is one page without text, once it is known that it can be decoded.
pub(super) fn parse(bytes: &[u8], format: Format) -> Result<Parsed, Refusal> {
    let grey = grey(bytes, format)?;
    let pages_without_text = if grey.is_blank() { Vec::new() } else { vec![1] };
    Ok(Parsed {
        page_count: Some(1),
        pages_without_text,
        ..Parsed::default()
    })
}

/// Decodes a picture and turns it upright as its Exif says.
fn decode(bytes: &[u8], kind: image::ImageFormat) -> Result<image::DynamicImage, Refusal> {
    let corrupt = |_| Refusal::corrupt("the picture cannot be decoded; it may be cut off");
    let mut reader = ImageReader::with_format(std::io::Cursor::new(bytes), kind);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    limits.max_image_width = Some(30_000);
    limits.max_image_height = Some(30_000);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(too_large_or(corrupt))?;
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(Refusal::corrupt(
            "the picture has more pixels than can be read",
        ));
    }
    let orientation = decoder.orientation().map_err(corrupt)?;
    let mut picture = image::DynamicImage::from_decoder(decoder).map_err(too_large_or(corrupt))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Decodes a picture and lays it on white.
pub(crate) fn grey(bytes: &[u8], format: Format) -> Result<GreyPicture, Refusal> {
    let kind = match format {
        Format::Png => image::ImageFormat::Png,
        Format::Jpeg => image::ImageFormat::Jpeg,
        other => {
            return Err(Refusal::Unsupported {
                detected: other.media_type().to_owned(),
            });
        }
    };
    let mut picture = decode(bytes, kind)?;
    let area = f64::from(picture.width()) * f64::from(picture.height());
    if area > MAX_PIXELS {
        let scale = (MAX_PIXELS / area).sqrt();
        picture = picture.thumbnail(
            scaled(picture.width(), scale),
            scaled(picture.height(), scale),
        );
    }
    let transparent = picture.color().has_alpha();
    let grey_alpha = transparent.then(|| picture.to_luma_alpha8());
    let (width, height) = (picture.width(), picture.height());
    let pixels = match grey_alpha {
        None => picture.into_luma8().into_raw(),
        Some(layered) => layered
            .pixels()
            .map(|pixel| on_white(pixel.0[0], pixel.0[1]))
            .collect(),
    };
    // A photo says nothing reliable of its resolution; 300 is what its letters are most like.
    Ok(GreyPicture {
        size: GreySize {
            width,
            height,
            dots_per_inch: 300,
        },
        pixels,
    })
}

/// A picture for documents, decoded and encoded anew.
pub(crate) struct Encoded {
    /// JPEG, which photographs come as; PNG otherwise.
    pub photograph: bool,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// Sides longer than this are scaled down: 4000 pixels are 33 cm at 300 dpi.
const MAX_SIDE: u32 = 4000;
const JPEG_QUALITY: u8 = 88;

/// Decodes a PNG, JPEG, GIF (its first frame) or WebP picture, turns it upright, makes it no larger than a page needs,
/// and encodes it without whatever else the file held.
pub(crate) fn encode_anew(bytes: &[u8]) -> Result<Encoded, Refusal> {
    let kind = image::guess_format(bytes).map_err(|_| Refusal::Unsupported {
        detected: "not a picture".to_owned(),
    })?;
    let mut picture = decode(bytes, kind)?;
    if picture.width().max(picture.height()) > MAX_SIDE {
        picture = picture.resize(MAX_SIDE, MAX_SIDE, image::imageops::FilterType::Triangle);
    }
    let photograph = kind == image::ImageFormat::Jpeg;
    let mut encoded = Vec::new();
    let written = if photograph {
        let rgb = picture.to_rgb8();
        let mut encoder =
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut encoded, JPEG_QUALITY);
        encoder.encode_image(&rgb)
    } else {
        let rgba = picture.to_rgba8();
        rgba.write_to(
            &mut std::io::Cursor::new(&mut encoded),
            image::ImageFormat::Png,
        )
    };
    written.map_err(|_| Refusal::corrupt("the picture cannot be encoded"))?;
    Ok(Encoded {
        photograph,
        width: picture.width(),
        height: picture.height(),
        bytes: encoded,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side of at most 30000 scaled down"
)]
fn scaled(side: u32, scale: f64) -> u32 {
    (f64::from(side) * scale).floor().max(1.0) as u32
}

fn on_white(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

fn too_large_or(
    otherwise: impl Fn(image::ImageError) -> Refusal,
) -> impl Fn(image::ImageError) -> Refusal {
    move |error| match error {
        image::ImageError::Limits(_) => {
            Refusal::corrupt("the picture has more pixels than can be read")
        }
        other => otherwise(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(picture: &image::DynamicImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn transparent_is_white_and_black_is_black() {
        let mut picture = image::RgbaImage::new(2, 1);
        picture.put_pixel(1, 0, image::Rgba([0, 0, 0, 255]));
        let grey = grey(&png(&picture.into()), Format::Png).unwrap();
        assert_eq!(grey.pixels, [255, 0]);
        assert!(grey.is_blank());
    }

    #[test]
    fn a_cut_off_picture_is_corrupt() {
        let whole = png(&image::RgbImage::new(100, 100).into());
        let error = grey(&whole[..whole.len() / 2], Format::Png).unwrap_err();
        assert!(matches!(error, Refusal::Corrupt { .. }), "{error:?}");
    }
}
