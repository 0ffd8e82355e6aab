//! The faces a PDF is set in. Ours are in the binary; the system's are asked only for characters ours lack.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock};

use fontique::{Blob, Collection, CollectionOptions, GenericFamily, QueryStatus, SourceCache};
use krilla::text::Font;
use parley::{FontContext, FontData, FontFamilyName};

/// The families of running text, the first one first.
pub const SERIF: &[FontFamilyName<'static>] = &[
    FontFamilyName::named("Carrel Serif"),
    FontFamilyName::named("Carrel Symbols"),
];
/// The families of code.
pub const MONO: &[FontFamilyName<'static>] = &[
    FontFamilyName::named("Carrel Mono"),
    FontFamilyName::named("Carrel Serif"),
    FontFamilyName::named("Carrel Symbols"),
];

const FILES: [&[u8]; 8] = [
    include_bytes!("../../assets/fonts/CarrelSerif-Regular.ttf"),
    include_bytes!("../../assets/fonts/CarrelSerif-Italic.ttf"),
    include_bytes!("../../assets/fonts/CarrelSerif-Bold.ttf"),
    include_bytes!("../../assets/fonts/CarrelSerif-BoldItalic.ttf"),
    include_bytes!("../../assets/fonts/CarrelMono-Regular.ttf"),
    include_bytes!("../../assets/fonts/CarrelMono-Italic.ttf"),
    include_bytes!("../../assets/fonts/CarrelMono-Bold.ttf"),
    include_bytes!("../../assets/fonts/CarrelSymbols-Regular.ttf"),
];

/// The faces of the binary, parsed once; every export works on a clone.
fn bundled() -> &'static Mutex<FontContext> {
    static BUNDLED: OnceLock<Mutex<FontContext>> = OnceLock::new();
    BUNDLED.get_or_init(|| Mutex::new(context(false)))
}

/// The same with the faces of the system behind them, found when the first document needs one.
fn with_system() -> &'static Mutex<FontContext> {
    static WITH_SYSTEM: OnceLock<Mutex<FontContext>> = OnceLock::new();
    WITH_SYSTEM.get_or_init(|| Mutex::new(context(true)))
}

fn context(system_fonts: bool) -> FontContext {
    let mut collection = Collection::new(CollectionOptions {
        shared: false,
        system_fonts,
    });
    let mut families = Vec::new();
    for file in FILES {
        let blob = Blob::new(Arc::new(file) as Arc<dyn AsRef<[u8]> + Send + Sync>);
        for (family, _) in collection.register_fonts(blob, None) {
            families.push(family);
        }
    }
    if !system_fonts {
        // The last resort for characters nobody has.
        for generic in [
            GenericFamily::Serif,
            GenericFamily::SansSerif,
            GenericFamily::Monospace,
        ] {
            collection.set_generic_families(generic, families.iter().copied());
        }
    }
    FontContext {
        collection,
        source_cache: SourceCache::default(),
    }
}

fn cloned(context: &'static Mutex<FontContext>) -> FontContext {
    // A panic while cloning leaves the context as it was.
    context
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .clone()
}

/// The faces for a document of these texts, those of the system only with `system_fonts`.
pub fn context_for<'t>(texts: impl Iterator<Item = &'t str>, system_fonts: bool) -> FontContext {
    let mut ours = cloned(bundled());
    if !system_fonts {
        return ours;
    }
    let mut wanted: HashSet<char> = HashSet::new();
    for text in texts {
        if !text.is_ascii() {
            wanted.extend(text.chars().filter(|&c| needs_a_glyph(c)));
        }
    }
    if wanted.is_empty() {
        return ours;
    }
    let FontContext {
        collection,
        source_cache,
    } = &mut ours;
    let mut query = collection.query(source_cache);
    query.set_families(["Carrel Serif", "Carrel Symbols"]);
    query.matches_with(|font| {
        if let Some(map) = font.charmap() {
            wanted.retain(|&c| map.map(c).is_none_or(|glyph| glyph == 0));
        }
        if wanted.is_empty() {
            QueryStatus::Stop
        } else {
            QueryStatus::Continue
        }
    });
    drop(query);
    if wanted.is_empty() {
        ours
    } else {
        cloned(with_system())
    }
}

fn needs_a_glyph(c: char) -> bool {
    !c.is_ascii()
        && !c.is_control()
        && !c.is_whitespace()
        && !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The faces of one PDF, by number.
#[derive(Default)]
pub struct Faces {
    list: Vec<Option<Font>>,
    numbers: HashMap<(u64, u32, u64), usize>,
}

impl Faces {
    /// The number of a face as the shaper chose it.
    pub fn number(&mut self, font: &FontData, synthesis: fontique::Synthesis) -> usize {
        let mut hasher = DefaultHasher::new();
        for (tag, value) in synthesis.variation_settings() {
            (tag.to_be_bytes(), value.to_bits()).hash(&mut hasher);
        }
        let key = (font.data.id(), font.index, hasher.finish());
        *self.numbers.entry(key).or_insert_with(|| {
            let (data, _) = font.data.clone().into_raw_parts();
            let variations: Vec<_> = synthesis
                .variation_settings()
                .iter()
                .map(|(tag, value)| (krilla::text::Tag::new(&tag.to_be_bytes()), *value))
                .collect();
            self.list
                .push(Font::new_variable(data.into(), font.index, &variations));
            self.list.len() - 1
        })
    }

    /// The face of a number; none when its file can't be embedded.
    pub fn get(&self, number: usize) -> Option<&Font> {
        self.list.get(number)?.as_ref()
    }
}
