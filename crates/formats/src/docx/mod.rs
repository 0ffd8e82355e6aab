//! The tree as .docx: real headings, lists, tables, links and fields, so that the file can be worked on in Word and
//! LibreOffice as if it had been written there.
//!
//! `docx-rs` writes the text; the styles, settings and properties are our own (the library's are fixed), and its
//! parts pass through [`order`], which puts properties into the order of the schema. The same tree, letterhead and
//! time make the same bytes.

mod body;
mod letterhead;
mod numbering;
mod order;
mod runs;
mod styles;
mod table;

use std::io::{Cursor, Write as _};

use docx_rs::{Docx, PageMargin, XMLDocx};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::export::picture::Pictures;
use crate::export::{ExportError, Images, Letterhead, Meta, Sheet};
use crate::tree::DocumentTree;
use order::{Additions, in_schema_order};
use styles::twips;

/// The tree as the bytes of a .docx file.
pub fn export(
    tree: &DocumentTree,
    letterhead: &Letterhead,
    images: &Images,
    meta: &Meta,
) -> Result<Vec<u8>, ExportError> {
    let sheet = Sheet::of(letterhead);
    let mut pictures = Pictures::new(images);
    let margins = letterhead::Margins::of(letterhead, &sheet, meta);
    let unsigned = |points: f32| u32::try_from(twips(points)).unwrap_or(0);
    let mut docx = Docx::new()
        .page_size(unsigned(sheet.width), unsigned(sheet.height))
        .page_margin(
            PageMargin::new()
                .top(twips(sheet.top))
                .right(twips(sheet.right))
                .bottom(twips(sheet.bottom))
                .left(twips(sheet.left))
                .header(twips(sheet.top.min(36.0) * 0.9))
                .footer(twips(sheet.bottom.min(36.0) * 0.9)),
        );
    let body = body::write(tree, &mut pictures, &sheet);
    for number in body.numbering.abstracts {
        docx = docx.add_abstract_numbering(number);
    }
    for number in body.numbering.instances {
        docx = docx.add_numbering(number);
    }
    for part in body.parts {
        docx = match part {
            body::Part::Paragraph(paragraph) => docx.add_paragraph(*paragraph),
            body::Part::Table(table) => docx.add_table(*table),
        };
    }
    if let Some(header) = margins.header {
        docx = docx.header(header);
    }
    if let Some(footer) = margins.footer {
        docx = docx.footer(footer);
    }
    package(
        docx.build(),
        meta,
        &body.alternatives,
        &margins.alternatives,
    )
}

fn package(
    mut xml: XMLDocx,
    meta: &Meta,
    alternatives: &[String],
    header_alternatives: &[String],
) -> Result<Vec<u8>, ExportError> {
    let jpegs: Vec<String> = xml
        .media
        .iter()
        .filter(|(_, bytes)| bytes.starts_with(&[0xff, 0xd8]))
        .map(|(id, _)| id.clone())
        .collect();
    // The library names every picture .png; a JPEG gets its own name.
    let with_names = |rels: Vec<u8>| -> Result<String, ExportError> {
        let mut rels = text(rels)?;
        for id in &jpegs {
            rels = rels.replace(
                &format!("\"media/{id}.png\""),
                &format!("\"media/{id}.jpeg\""),
            );
        }
        Ok(rels)
    };
    let mut parts: Vec<(String, Vec<u8>)> = vec![
        (
            "[Content_Types].xml".into(),
            content_types(xml.headers.len(), xml.footers.len()).into_bytes(),
        ),
        ("_rels/.rels".into(), PACKAGE_RELATIONS.into()),
        ("docProps/app.xml".into(), styles::app_properties().into()),
        (
            "docProps/core.xml".into(),
            styles::core_properties(meta).into_bytes(),
        ),
        (
            "word/document.xml".into(),
            in_schema_order(
                &text(std::mem::take(&mut xml.document))?,
                &Additions {
                    alternatives,
                    first_picture: 1,
                },
            )
            .into_bytes(),
        ),
        (
            "word/_rels/document.xml.rels".into(),
            without_comments(&with_names(std::mem::take(&mut xml.document_rels))?).into_bytes(),
        ),
        ("word/styles.xml".into(), styles::styles(meta).into_bytes()),
        ("word/settings.xml".into(), styles::settings().into_bytes()),
        (
            "word/fontTable.xml".into(),
            styles::font_table().into_bytes(),
        ),
        (
            "word/numbering.xml".into(),
            in_schema_order(
                &text(std::mem::take(&mut xml.numberings))?,
                &Additions::default(),
            )
            .into_bytes(),
        ),
    ];
    let additions = Additions {
        alternatives: header_alternatives,
        first_picture: alternatives.len() + 1,
    };
    let mut header_rels = std::mem::take(&mut xml.header_rels).into_iter();
    for (index, header) in std::mem::take(&mut xml.headers).into_iter().enumerate() {
        let number = index + 1;
        parts.push((
            format!("word/header{number}.xml"),
            in_schema_order(&text(header)?, &additions).into_bytes(),
        ));
        if let Some(rels) = header_rels.next() {
            parts.push((
                format!("word/_rels/header{number}.xml.rels"),
                with_names(rels)?.into_bytes(),
            ));
        }
    }
    for (index, footer) in std::mem::take(&mut xml.footers).into_iter().enumerate() {
        parts.push((
            format!("word/footer{}.xml", index + 1),
            in_schema_order(&text(footer)?, &Additions::default()).into_bytes(),
        ));
    }
    for (id, bytes) in std::mem::take(&mut xml.media) {
        let ending = if jpegs.contains(&id) { "jpeg" } else { "png" };
        parts.push((format!("word/media/{id}.{ending}"), bytes));
    }
    archive(parts)
}

fn archive(parts: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, ExportError> {
    let failed = |error: &dyn std::fmt::Display| ExportError::Docx(error.to_string());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let method = if name.starts_with("word/media/") {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default());
        zip.start_file(name, options).map_err(|e| failed(&e))?;
        zip.write_all(&bytes).map_err(|e| failed(&e))?;
    }
    Ok(zip.finish().map_err(|e| failed(&e))?.into_inner())
}

fn text(bytes: Vec<u8>) -> Result<String, ExportError> {
    String::from_utf8(bytes).map_err(|error| ExportError::Docx(error.to_string()))
}

/// The relations without the empty list of comments the library always adds.
fn without_comments(rels: &str) -> String {
    let Some(target) = rels.find("Target=\"commentsExtended.xml\"") else {
        return rels.to_owned();
    };
    let begin = rels[..target].rfind("<Relationship ").unwrap_or(target);
    let end = rels[target..]
        .find("/>")
        .map_or(rels.len(), |end| target + end + 2);
    format!("{}{}", &rels[..begin], &rels[end..])
}

const PACKAGE_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties" Target="docProps/app.xml"/></Relationships>"#;

fn content_types(headers: usize, footers: usize) -> String {
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml";
    let mut overrides = String::new();
    let mut part = |name: &str, kind: &str| {
        overrides.extend([
            "<Override PartName=\"/",
            name,
            "\" ContentType=\"",
            kind,
            "\"/>",
        ]);
    };
    part("word/document.xml", &format!("{word}.document.main+xml"));
    for (name, kind) in [
        ("styles", "styles"),
        ("settings", "settings"),
        ("fontTable", "fontTable"),
        ("numbering", "numbering"),
    ] {
        part(&format!("word/{name}.xml"), &format!("{word}.{kind}+xml"));
    }
    for number in 1..=headers {
        part(
            &format!("word/header{number}.xml"),
            &format!("{word}.header+xml"),
        );
    }
    for number in 1..=footers {
        part(
            &format!("word/footer{number}.xml"),
            &format!("{word}.footer+xml"),
        );
    }
    part(
        "docProps/core.xml",
        "application/vnd.openxmlformats-package.core-properties+xml",
    );
    part(
        "docProps/app.xml",
        "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"png\" ContentType=\"image/png\"/><Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>{overrides}</Types>"
    )
}

/// Whether XML 1.0 can hold a character (section 2.2).
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Text for an element or attribute written by hand: escaped, without characters XML can't hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|&c| is_xml(c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
