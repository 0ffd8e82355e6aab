//! Word files put together part by part (ECMA-376), and looking into finished ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style><w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>"#;

/// A Word file of the lines of a text: `# ` and `## ` begin headings, `| a | b |` the row of a table.
pub fn docx(text: &str) -> Vec<u8> {
    let mut body = String::new();
    let mut rows = String::new();
    for line in text.lines().chain([""]) {
        if let Some(row) = line.strip_prefix('|') {
            if !row.contains("---") {
                let cells = row.trim_end_matches('|').split('|');
                rows += "<w:tr>";
                for cell in cells {
                    let cell = paragraph("", cell.trim());
                    write!(
                        rows,
                        r#"<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr>{cell}</w:tc>"#
                    )
                    .expect("a String takes all");
                }
                rows += "</w:tr>";
            }
            continue;
        }
        if !rows.is_empty() {
            write!(
                body,
                "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/><w:gridCol/></w:tblGrid>{rows}</w:tbl>"
            )
            .expect("a String takes all");
            rows.clear();
        }
        let (style, words) = match line {
            _ if line.starts_with("## ") => ("Heading2", &line[3..]),
            _ if line.starts_with("# ") => ("Heading1", &line[2..]),
            _ => ("", line),
        };
        if !words.trim().is_empty() {
            body += &paragraph(style, words);
        }
    }
    package(&body)
}

/// A Word file of a few kilobytes that unpacks to this many bytes of nothing.
pub fn docx_of_zeros(bytes: usize) -> Vec<u8> {
    package(&paragraph("", &"0".repeat(bytes)))
}

fn paragraph(style: &str, words: &str) -> String {
    let words = words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let style = if style.is_empty() {
        String::new()
    } else {
        format!(r#"<w:pPr><w:pStyle w:val="{style}"/></w:pPr>"#)
    };
    format!(r#"<w:p>{style}<w:r><w:t xml:space="preserve">{words}</w:t></w:r></w:p>"#)
}

fn package(body: &str) -> Vec<u8> {
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>"#
    );
    let parts = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("word/_rels/document.xml.rels", PARTS),
        ("word/styles.xml", STYLES),
        ("word/document.xml", &document),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        archive
            .start_file(name, options)
            .expect("an archive in memory");
        archive
            .write_all(content.as_bytes())
            .expect("an archive in memory");
    }
    archive.finish().expect("an archive in memory").into_inner()
}

/// The parts of a zip archive such as a .docx, by name. Panics when it is not a whole one.
pub fn unzip(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a whole zip archive");
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a readable entry");
        let mut content = Vec::new();
        part.read_to_end(&mut content)
            .expect("an entry with a right checksum");
        parts.insert(part.name().expect("a readable name").into_owned(), content);
    }
    parts
}
