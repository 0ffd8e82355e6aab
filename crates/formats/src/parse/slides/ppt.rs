//! Presentations of `PowerPoint` 97 to 2003: records in a stream of an OLE container ([MS-PPT]).
//!
//! The stream is changed as the program itself saves quickly: a new document record goes to its end, with a directory
//! that names it and an edit that names both, and what was written before stays where it is (§2.1.2). The titles are
//! put into the list of slides, where the texts of their outlines stand.

use std::io::{Cursor, Read, Write};

use super::Mark;

const DOCUMENT: &str = "PowerPoint Document";
const CURRENT_USER: &str = "Current User";

const RT_DOCUMENT: u16 = 0x03e8;
const RT_SLIDE_PERSIST_ATOM: u16 = 0x03f3;
const RT_TEXT_HEADER_ATOM: u16 = 0x0f9f;
const RT_TEXT_BYTES_ATOM: u16 = 0x0fa8;
const RT_SLIDE_LIST_WITH_TEXT: u16 = 0x0ff0;
const RT_USER_EDIT_ATOM: u16 = 0x0ff5;
const RT_PERSIST_DIRECTORY_ATOM: u16 = 0x1772;

/// What edits there may be before the one that holds the document.
const MAX_EDITS: usize = 100;

pub(super) fn marked(bytes: &[u8], mark: &Mark) -> Option<(Vec<u8>, u32)> {
    let mut container = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    let mut stream = |name: &str| {
        let mut content = Vec::new();
        container
            .open_stream(name)
            .ok()?
            .read_to_end(&mut content)
            .ok()?;
        Some(content)
    };
    let mut data = stream(DOCUMENT)?;
    let mut user = stream(CURRENT_USER)?;
    let count = append_marked_document(&mut data, &mut user, mark)?;
    // Pictures are left behind: only text is read.
    let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new())).ok()?;
    for (name, content) in [(DOCUMENT, &data), (CURRENT_USER, &user)] {
        container
            .create_stream(name)
            .ok()?
            .write_all(content)
            .ok()?;
    }
    Some((container.into_inner().into_inner(), count))
}

fn append_marked_document(data: &mut Vec<u8>, user: &mut [u8], mark: &Mark) -> Option<u32> {
    let newest = number(user, 16)?;
    let edit = Record::at(data, newest)?.of_type(RT_USER_EDIT_ATOM)?;
    let mut edit_body = edit.body.to_vec();
    let document_id = number(&edit_body, 16)?;
    let document = Record::at(data, persisted(data, newest, document_id)?)?.of_type(RT_DOCUMENT)?;
    let (document, count) = with_marks(&document, mark)?;

    let document_at = u32::try_from(data.len()).ok()?;
    data.extend_from_slice(&document);
    let directory_at = u32::try_from(data.len()).ok()?;
    // One entry, for one object (§2.3.5).
    let mut directory = ((document_id & 0xf_ffff) | 1 << 20).to_le_bytes().to_vec();
    directory.extend_from_slice(&document_at.to_le_bytes());
    data.extend_from_slice(&record(0, RT_PERSIST_DIRECTORY_ATOM, &directory)?);
    let edit_at = u32::try_from(data.len()).ok()?;
    edit_body
        .get_mut(8..12)?
        .copy_from_slice(&newest.to_le_bytes());
    edit_body
        .get_mut(12..16)?
        .copy_from_slice(&directory_at.to_le_bytes());
    data.extend_from_slice(&record(0, RT_USER_EDIT_ATOM, &edit_body)?);
    user.get_mut(16..20)?
        .copy_from_slice(&edit_at.to_le_bytes());
    Some(count)
}

/// Where an object is, by the newest directory that names it.
fn persisted(data: &[u8], newest: u32, id: u32) -> Option<u32> {
    let mut edit_at = newest;
    for _ in 0..MAX_EDITS {
        let edit = Record::at(data, edit_at)?.of_type(RT_USER_EDIT_ATOM)?;
        let directory =
            Record::at(data, number(edit.body, 12)?)?.of_type(RT_PERSIST_DIRECTORY_ATOM)?;
        let mut at = 0;
        while let Some(head) = number(directory.body, at) {
            let (first, length) = (head & 0xf_ffff, head >> 20);
            if let Some(index) = id.checked_sub(first).filter(|&index| index < length) {
                return number(directory.body, at + 4 + 4 * index as usize);
            }
            at += 4 + 4 * length as usize;
        }
        edit_at = number(edit.body, 8).filter(|&before| before != 0 && before != edit_at)?;
    }
    None
}

/// The document record with a title before each slide of its list, and how many slides there are.
fn with_marks(document: &Record<'_>, mark: &Mark) -> Option<(Vec<u8>, u32)> {
    let mut body = Vec::with_capacity(document.body.len());
    let mut slides = None;
    for child in document.children() {
        // Instance 0 lists slides, 1 masters and 2 notes.
        if child.kind == RT_SLIDE_LIST_WITH_TEXT && child.head >> 4 == 0 && slides.is_none() {
            let (list, count) = marked_list(&child, mark)?;
            slides = Some(count);
            body.extend_from_slice(&record(child.head, child.kind, &list)?);
        } else {
            body.extend_from_slice(child.whole);
        }
    }
    Some((record(document.head, document.kind, &body)?, slides?))
}

fn marked_list(list: &Record<'_>, mark: &Mark) -> Option<(Vec<u8>, u32)> {
    let mut body = Vec::with_capacity(list.body.len());
    let mut slides = 0;
    for child in list.children() {
        body.extend_from_slice(child.whole);
        if child.kind == RT_SLIDE_PERSIST_ATOM {
            slides += 1;
            body.extend_from_slice(&title(&mark.text(slides))?);
        }
    }
    // Notes whose slide is gone come after the last slide; so a slide that isn't there ends it.
    body.extend_from_slice(&record(0, RT_SLIDE_PERSIST_ATOM, &[0; 20])?);
    body.extend_from_slice(&title(&mark.text(0))?);
    Some((body, slides))
}

/// A title of ASCII letters: its header, of the type 0 (§2.9.41), then its text.
fn title(text: &str) -> Option<Vec<u8>> {
    let mut title = record(0, RT_TEXT_HEADER_ATOM, &[0; 4])?;
    title.extend_from_slice(&record(0, RT_TEXT_BYTES_ATOM, text.as_bytes())?);
    Some(title)
}

/// A record: eight bytes of header (§2.3.1), then its body.
#[derive(Clone, Copy)]
struct Record<'a> {
    /// Version (4 bits) and instance (12 bits).
    head: u16,
    kind: u16,
    body: &'a [u8],
    /// Header and body.
    whole: &'a [u8],
}

impl<'a> Record<'a> {
    fn at(data: &'a [u8], offset: u32) -> Option<Self> {
        Self::first(data.get(offset as usize..)?)
    }

    fn first(data: &'a [u8]) -> Option<Self> {
        let length = number(data, 4)? as usize;
        Some(Self {
            head: u16::from_le_bytes([data[0], data[1]]),
            kind: u16::from_le_bytes([data[2], data[3]]),
            body: data.get(8..)?.get(..length)?,
            whole: &data[..8 + length],
        })
    }

    fn of_type(self, kind: u16) -> Option<Self> {
        (self.kind == kind).then_some(self)
    }

    fn children(&self) -> impl Iterator<Item = Record<'a>> {
        let mut rest = self.body;
        std::iter::from_fn(move || {
            let record = Record::first(rest)?;
            rest = &rest[record.whole.len()..];
            Some(record)
        })
    }
}

fn record(head: u16, kind: u16, body: &[u8]) -> Option<Vec<u8>> {
    let mut record = Vec::with_capacity(8 + body.len());
    record.extend_from_slice(&head.to_le_bytes());
    record.extend_from_slice(&kind.to_le_bytes());
    record.extend_from_slice(&u32::try_from(body.len()).ok()?.to_le_bytes());
    record.extend_from_slice(body);
    Some(record)
}

/// The number of four bytes there, the lowest first.
fn number(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}
