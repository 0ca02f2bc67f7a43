//! The emblem of the letterhead: the picture of an office, or a placeholder where it has given none.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::{Compression, write::ZlibEncoder};
use printpdf::{DictItem, ExternalStream, ExternalXObject, XObject};
use sha2::{Digest, Sha256};

/// A plain five-sided shield, imitating nobody's.
///
/// Rings in a square with sides of 1, from its left top corner; a ring inside another one is a hole in it.
pub const PLACEHOLDER: [&[(f32, f32)]; 4] = [
    &[(0.5, 0.02), (0.96, 0.36), (0.79, 0.95), (0.21, 0.95), (0.04, 0.36)],
    &[(0.5, 0.055), (0.925, 0.373), (0.768, 0.92), (0.232, 0.92), (0.075, 0.373)],
    &[(0.5, 0.1), (0.885, 0.388), (0.742, 0.885), (0.258, 0.885), (0.115, 0.388)],
    &[(0.5, 0.115), (0.87, 0.394), (0.732, 0.87), (0.268, 0.87), (0.13, 0.394)],
];

/// Of the file, and of the picture as it stands in each letter.
pub const MOST_BYTES: usize = 256 * 1024;
/// 22 mm on paper: 280 dots to an inch.
pub const LEAST_SIDE: u32 = 240;
pub const MOST_SIDE: u32 = 1200;
/// What reading a file may take: more than its largest picture, whatever a small file unpacks to.
const MOST_MEMORY: usize = 16 * 1024 * 1024;

/// Why a file is no emblem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmblemError {
    #[error("the file, or the picture in each letter, is larger than {} KiB", MOST_BYTES / 1024)]
    TooLarge,
    #[error("the file is not a whole PNG")]
    NotPng,
    #[error("the longer side has {longer} pixels; from {LEAST_SIDE} to {MOST_SIDE} print well")]
    Pixels { longer: u32 },
}

/// A picture that was checked. What is transparent in the file is white, as the paper is.
#[derive(Debug)]
pub struct Emblem {
    sha256: [u8; 32],
    width: u32,
    height: u32,
    picture: XObject,
}

impl Emblem {
    /// Checks a PNG file.
    ///
    /// # Errors
    /// The first thing that keeps it from being printed well.
    pub fn read(file: &[u8]) -> Result<Self, EmblemError> {
        if file.len() > MOST_BYTES {
            return Err(EmblemError::TooLarge);
        }
        let limits = png::Limits { bytes: MOST_MEMORY };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().map_err(|_| EmblemError::NotPng)?;
        let (width, height) = reader.info().size();
        let longer = width.max(height);
        if !(LEAST_SIDE..=MOST_SIDE).contains(&longer) {
            return Err(EmblemError::Pixels { longer });
        }
        let mut pixels = vec![0; reader.output_buffer_size().ok_or(EmblemError::TooLarge)?];
        let frame = reader.next_frame(&mut pixels).map_err(|_| EmblemError::NotPng)?;
        if (frame.width, frame.height) != (width, height) {
            return Err(EmblemError::NotPng);
        }
        pixels.truncate(frame.buffer_size());
        let (space, samples) = on_white(&pixels, frame.color_type);
        let content = compressed(&samples).map_err(|_| EmblemError::NotPng)?;
        if content.len() > MOST_BYTES {
            return Err(EmblemError::TooLarge);
        }
        let name = |text: &str| DictItem::Name(text.as_bytes().to_vec());
        let dict = [
            ("Type", name("XObject")),
            ("Subtype", name("Image")),
            ("Width", DictItem::Int(width.into())),
            ("Height", DictItem::Int(height.into())),
            ("ColorSpace", name(space)),
            ("BitsPerComponent", DictItem::Int(8)),
            ("Filter", name("FlateDecode")),
        ]
        .map(|(key, value)| (key.to_owned(), value));
        let stream = ExternalStream { dict: dict.into(), content, compress: false };
        Ok(Self {
            sha256: Sha256::digest(file).into(),
            width,
            height,
            picture: XObject::External(ExternalXObject { stream, width: None, height: None, dpi: None }),
        })
    }

    /// Names the file: letters hold it.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    pub(super) fn picture(&self) -> &XObject {
        &self.picture
    }

    /// Width and height when the longer side is 1.
    pub(super) fn proportions(&self) -> (f32, f32) {
        let side = |pixels: u32| f32::from(u16::try_from(pixels).unwrap_or(u16::MAX));
        let (width, height) = (side(self.width), side(self.height));
        let longer = width.max(height);
        (width / longer, height / longer)
    }
}

/// The colour space and its samples. A picture without colours takes a third of the bytes.
fn on_white(pixels: &[u8], colours: png::ColorType) -> (&'static str, Vec<u8>) {
    let whitened = |sample: u8, alpha: u8| {
        let mixed = u32::from(sample) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
        u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
    };
    let (gray, samples): (bool, Vec<u8>) = match colours {
        png::ColorType::Grayscale | png::ColorType::Indexed => (true, pixels.to_vec()),
        png::ColorType::GrayscaleAlpha => {
            (true, pixels.chunks_exact(2).map(|pixel| whitened(pixel[0], pixel[1])).collect())
        }
        png::ColorType::Rgb => (false, pixels.to_vec()),
        png::ColorType::Rgba => {
            let mixed = |pixel: &[u8]| [0, 1, 2].map(|index| whitened(pixel[index], pixel[3]));
            (false, pixels.chunks_exact(4).flat_map(mixed).collect())
        }
    };
    if gray {
        ("DeviceGray", samples)
    } else if samples.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]) {
        ("DeviceGray", samples.chunks_exact(3).map(|pixel| pixel[0]).collect())
    } else {
        ("DeviceRGB", samples)
    }
}

fn compressed(samples: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(samples)?;
    encoder.finish()
}

/// More than there are offices.
const MOST_EMBLEMS: usize = 512;

/// The emblems that this process has read, by hash.
#[derive(Default)]
pub struct Emblems(Mutex<BTreeMap<[u8; 32], Arc<Emblem>>>);

impl Emblems {
    pub fn get(&self, sha256: &[u8; 32]) -> Option<Arc<Emblem>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned()
    }

    pub fn keep(&self, emblem: Emblem) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_EMBLEMS {
            kept.clear();
        }
        kept.insert(emblem.sha256, Arc::new(emblem));
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A picture of one colour.
    pub fn png(width: u32, height: u32, colours: png::ColorType, pixel: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(colours);
        let mut writer = encoder.write_header().unwrap();
        let count = usize::try_from(width * height).unwrap();
        writer.write_image_data(&pixel.repeat(count)).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn a_picture_is_taken_with_its_proportions() {
        let emblem = Emblem::read(&png(300, 240, png::ColorType::Rgb, &[200, 0, 0])).unwrap();

        assert_eq!(emblem.proportions(), (1.0, 0.8));
        let XObject::External(picture) = emblem.picture() else { panic!("no picture") };
        assert_eq!(picture.stream.dict["ColorSpace"], DictItem::Name(b"DeviceRGB".to_vec()));
    }

    #[test]
    fn what_is_transparent_is_white_and_a_picture_without_colours_is_gray() {
        assert_eq!(on_white(&[10, 20, 30, 0], png::ColorType::Rgba), ("DeviceGray", vec![255]));
        assert_eq!(on_white(&[10, 20, 30, 255], png::ColorType::Rgba), ("DeviceRGB", vec![10, 20, 30]));
        assert_eq!(on_white(&[0, 128], png::ColorType::GrayscaleAlpha), ("DeviceGray", vec![127]));
    }

    #[test]
    fn a_picture_with_a_palette_has_its_colours() {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 240, 240);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_palette(vec![200, 0, 0, 255, 255, 255]);
        encoder.write_header().unwrap().write_image_data(&[0; 240 / 8 * 240]).unwrap();

        let emblem = Emblem::read(&file).unwrap();

        let XObject::External(picture) = emblem.picture() else { panic!("no picture") };
        assert_eq!(picture.stream.dict["ColorSpace"], DictItem::Name(b"DeviceRGB".to_vec()));
        assert_eq!(picture.stream.content, compressed(&[200, 0, 0].repeat(240 * 240)).unwrap());
    }

    #[test]
    fn a_file_that_would_print_badly_is_refused_with_its_reason() {
        let red: &[u8] = &[200, 0, 0];
        for (file, refused) in [
            (png(100, 239, png::ColorType::Rgb, red), EmblemError::Pixels { longer: 239 }),
            (png(1201, 10, png::ColorType::Rgb, red), EmblemError::Pixels { longer: 1201 }),
            (b"<svg/>".to_vec(), EmblemError::NotPng),
            (png(300, 300, png::ColorType::Rgb, red)[..60].to_vec(), EmblemError::NotPng),
            (vec![0; MOST_BYTES + 1], EmblemError::TooLarge),
        ] {
            assert_eq!(Emblem::read(&file).map(drop), Err(refused));
        }
    }
}
