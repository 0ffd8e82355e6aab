//! ZIP containers: refused when they unpack to more than a document holds; their document properties.

use std::collections::HashMap;
use std::io::{self, Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::error::Refusal;

/// A whole archive, and a large part in it, may unpack to this many times its size.
const RATIO: u64 = 200;
/// Below this size a ratio says nothing: a page of blanks packs very well.
const HARMLESS_BYTES: u64 = 4 << 20;
/// No office document unpacks to more.
const UNPACKED_BYTES: u64 = 512 << 20;
const ENTRIES: usize = 20_000;

/// Unpacks every entry to nowhere and counts. What the archive says of its own sizes is not believed.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let mut archive = open(bytes)?;
    if archive.len() > ENTRIES {
        return Err(Refusal::ArchiveBomb {
            what: format!("{} parts", archive.len()),
        });
    }
    let mut unpacked = 0;
    let mut packed = 0;
    for index in 0..archive.len() {
        // An encrypted or strangely packed part is the parser's to judge; it holds no bomb while packed.
        let Ok(entry) = archive.by_index(index) else {
            continue;
        };
        let packed_part = entry.compressed_size().max(1);
        packed += packed_part;
        if entry.compression() == zip::CompressionMethod::Stored {
            unpacked += packed_part;
            continue;
        }
        let room = UNPACKED_BYTES.saturating_sub(unpacked);
        let part = HARMLESS_BYTES
            .max(packed_part.saturating_mul(RATIO))
            .min(room);
        let mut counted = entry.take(part + 1);
        // A part that breaks off is the parser's to judge too; what came out of it counts.
        let _ = io::copy(&mut counted, &mut io::sink());
        let size = part + 1 - counted.limit();
        if size > part {
            return Err(Refusal::ArchiveBomb {
                what: format!("more than {} MB from one part", part >> 20),
            });
        }
        unpacked += size;
    }
    if unpacked > HARMLESS_BYTES && unpacked > packed.saturating_mul(RATIO) {
        return Err(Refusal::ArchiveBomb {
            what: format!("{} MB from {} kB", unpacked >> 20, packed >> 10),
        });
    }
    Ok(())
}

/// Whether any entry needs a password.
pub(crate) fn is_encrypted(bytes: &[u8]) -> bool {
    let Ok(mut archive) = open(bytes) else {
        return false;
    };
    (0..archive.len()).any(|index| {
        archive
            .by_index_raw(index)
            .is_ok_and(|entry| entry.encrypted())
    })
}

/// How many entries have a name that starts and ends so.
pub(crate) fn count(bytes: &[u8], start: &str, end: &str) -> Option<u32> {
    let archive = open(bytes).ok()?;
    let entries = archive.file_names().filter(|name| {
        name.strip_prefix(start)
            .and_then(|rest| rest.strip_suffix(end))
            .is_some_and(|middle| !middle.contains('/'))
    });
    u32::try_from(entries.count()).ok()
}

/// The text of the first element named `title` (in whatever namespace) of the part.
pub(crate) fn title_in(bytes: &[u8], part: &str) -> Option<String> {
    let mut archive = open(bytes).ok()?;
    let mut xml = Vec::new();
    archive
        .by_name(part)
        .ok()?
        .take(1 << 20)
        .read_to_end(&mut xml)
        .ok()?;
    let mut reader = quick_xml::Reader::from_reader(xml.as_slice());
    let mut title: Option<String> = None;
    loop {
        match reader.read_event().ok()? {
            quick_xml::events::Event::Start(element)
                if element.local_name().as_ref() == b"title" =>
            {
                title = Some(String::new());
            }
            quick_xml::events::Event::Text(text) => {
                if let Some(title) = &mut title {
                    title.push_str(&text.decode().ok()?);
                }
            }
            quick_xml::events::Event::GeneralRef(reference) => {
                if let Some(title) = &mut title {
                    let named = reference.decode().ok()?;
                    match reference.resolve_char_ref().ok()? {
                        Some(character) => title.push(character),
                        None => {
                            title.push_str(quick_xml::escape::resolve_predefined_entity(&named)?);
                        }
                    }
                }
            }
            quick_xml::events::Event::End(element) if element.local_name().as_ref() == b"title" => {
                return title;
            }
            quick_xml::events::Event::Eof => return None,
            _ => {}
        }
    }
}

/// A part with all its content, if there is one of this name that can be read.
pub(crate) fn part(bytes: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut archive = open(bytes).ok()?;
    let mut content = Vec::new();
    archive
        .by_name(name)
        .ok()?
        .take(UNPACKED_BYTES)
        .read_to_end(&mut content)
        .ok()?;
    Some(content)
}

/// A copy of the archive with other content for some parts; all others are copied as they are packed.
pub(crate) fn with_parts(bytes: &[u8], parts: &HashMap<String, Vec<u8>>) -> Option<Vec<u8>> {
    let mut archive = open(bytes).ok()?;
    let mut copy = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len())));
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).ok()?;
        if let Some(content) = parts.get(entry.name()) {
            copy.start_file(entry.name(), SimpleFileOptions::default())
                .ok()?;
            copy.write_all(content).ok()?;
        } else {
            copy.raw_copy_file(entry).ok()?;
        }
    }
    Some(copy.finish().ok()?.into_inner())
}

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Refusal> {
    ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| Refusal::corrupt("its ZIP container cannot be read; it may be cut off"))
}
