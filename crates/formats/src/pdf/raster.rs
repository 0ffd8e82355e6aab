//! Pictures as PDF has them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use krilla::image::{BitsPerComponent, CustomImage, Image as PdfImage, ImageColorspace};

use crate::export::picture::Picture;

/// The picture for the PDF: a JPEG as it is, others as their pixels.
pub fn embed(picture: &Picture) -> Option<PdfImage> {
    if let Some(jpeg) = &picture.jpeg {
        return PdfImage::from_jpeg(jpeg.clone().into(), true).ok();
    }
    let pixels = picture.pixels.as_ref()?;
    let with_alpha = pixels.color().has_alpha();
    let (colour, alpha) = if with_alpha {
        let pixels = pixels.to_rgba8();
        let mut colour = Vec::with_capacity(pixels.len() / 4 * 3);
        let mut alpha = Vec::with_capacity(pixels.len() / 4);
        for pixel in pixels.pixels() {
            colour.extend_from_slice(&pixel.0[..3]);
            alpha.push(pixel.0[3]);
        }
        let opaque = alpha.iter().all(|&a| a == 255);
        (colour, (!opaque).then_some(alpha))
    } else {
        (pixels.to_rgb8().into_raw(), None)
    };
    let mut hasher = DefaultHasher::new();
    (&colour, &alpha).hash(&mut hasher);
    let raster = Raster(Arc::new(Pixels {
        colour,
        alpha,
        size: (picture.width, picture.height),
        hash: hasher.finish(),
    }));
    PdfImage::from_custom(raster, true).ok()
}

/// Pixels krilla can share; hashed once.
#[derive(Clone)]
struct Raster(Arc<Pixels>);

struct Pixels {
    colour: Vec<u8>,
    alpha: Option<Vec<u8>>,
    size: (u32, u32),
    hash: u64,
}

impl Hash for Raster {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.hash, self.0.size).hash(state);
    }
}

impl CustomImage for Raster {
    fn color_channel(&self) -> &[u8] {
        &self.0.colour
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        self.0.alpha.as_deref()
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        self.0.size
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Rgb
    }
}
