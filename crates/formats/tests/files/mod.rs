//! Files for the tests, made from nothing.

#![expect(dead_code, reason = "each test binary uses its part")]

pub mod presentations;

use std::fs::File;
use std::io::{Cursor, Seek, Write};

use carrel_formats::{ExtractError, Extraction, Extractor, ExtractorConfig};

pub fn extractor_config() -> ExtractorConfig {
    ExtractorConfig::new(
        env!("CARGO_BIN_EXE_carrel-parse-jail"),
        Vec::<String>::new(),
    )
}

pub fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// A file of that many zeros that takes no room.
pub fn sparse_file(size: u64) -> File {
    let file = tempfile::tempfile().unwrap();
    file.set_len(size).unwrap();
    file
}

pub async fn extract(bytes: &[u8], name: &str) -> Result<Extraction, ExtractError> {
    extract_with(&Extractor::new(extractor_config()), bytes, name).await
}

pub async fn extract_with(
    extractor: &Extractor,
    bytes: &[u8],
    name: &str,
) -> Result<Extraction, ExtractError> {
    extractor.extract(file(bytes), name, |_| ()).await
}

pub fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn ole_of(streams: &[&str]) -> Vec<u8> {
    let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for name in streams {
        container
            .create_stream(name)
            .unwrap()
            .write_all(b"x")
            .unwrap();
    }
    container.into_inner().into_inner()
}

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";

fn root_relationships(target: &str) -> String {
    format!(
        r#"<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{target}"/></Relationships>"#
    )
}

/// A lease with a heading, a footnote, a nested numbered list and a table.
pub fn docx() -> Vec<u8> {
    let paragraph =
        |properties: &str, runs: &str| format!("<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>");
    let run = |text: &str| format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>");
    let item = |level: u8, text: &str| {
        paragraph(
            &format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"1\"/></w:numPr>"),
            &run(text),
        )
    };
    let cell = |text: &str| format!("<w:tc><w:p>{}</w:p></w:tc>", run(text));
    let body = [
        paragraph("<w:pStyle w:val=\"Heading1\"/>", &run("Parties")),
        paragraph(
            "",
            &format!(
                "{}<w:r><w:footnoteReference w:id=\"2\"/></w:r>",
                run("Between Jörg and Ann.")
            ),
        ),
        item(0, "First"),
        item(1, "Inner"),
        item(0, "Second"),
        format!(
            "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
            cell("Name"),
            cell("Sum"),
            cell("Rent"),
            cell("1.000 €")
        ),
    ]
    .concat();
    let document = format!("<w:document xmlns:w=\"{W}\"><w:body>{body}</w:body></w:document>");
    let styles = format!(
        "<w:styles xmlns:w=\"{W}\"><w:style w:type=\"paragraph\" w:styleId=\"Heading1\"><w:name w:val=\"heading 1\"/><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr></w:style></w:styles>"
    );
    let level = |level: u8, format: &str| {
        format!(
            "<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"%{}.\"/></w:lvl>",
            level + 1
        )
    };
    let numbering = format!(
        "<w:numbering xmlns:w=\"{W}\"><w:abstractNum w:abstractNumId=\"0\">{}{}</w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>",
        level(0, "decimal"),
        level(1, "lowerLetter")
    );
    let footnotes = format!(
        "<w:footnotes xmlns:w=\"{W}\"><w:footnote w:id=\"2\"><w:p>{}</w:p></w:footnote></w:footnotes>",
        run("Both of age.")
    );
    let core = "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>Lease &amp; terms</dc:title></cp:coreProperties>";
    let part = |kind: &str, target: &str| {
        format!(r#"<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{target}"/>"#)
    };
    let relationships = format!(
        r#"<Relationships xmlns="{RELATIONSHIPS}">{}{}{}</Relationships>"#,
        part("styles", "styles.xml"),
        part("numbering", "numbering.xml"),
        part("footnotes", "footnotes.xml")
    );
    let types = format!(
        r#"<Types xmlns="{TYPES}"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#
    );
    zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        (
            "_rels/.rels",
            root_relationships("word/document.xml").as_bytes(),
        ),
        ("word/document.xml", document.as_bytes()),
        ("word/_rels/document.xml.rels", relationships.as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
        ("word/numbering.xml", numbering.as_bytes()),
        ("word/footnotes.xml", footnotes.as_bytes()),
        ("docProps/core.xml", core.as_bytes()),
    ])
}

/// One sheet with two rows of two cells.
pub fn xlsx() -> Vec<u8> {
    const S: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let workbook = format!(
        r#"<workbook xmlns="{S}" xmlns:r="{OFFICE}"><sheets><sheet name="Costs" sheetId="1" r:id="s1"/><sheet name="Empty" sheetId="2" r:id="s2"/></sheets></workbook>"#
    );
    let relationships = format!(
        r#"<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="s1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="s2" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#
    );
    let text =
        |at: &str, text: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let sheet = format!(
        r#"<worksheet xmlns="{S}"><sheetData><row r="1">{}{}</row><row r="2">{}<c r="B2"><v>1000</v></c></row></sheetData></worksheet>"#,
        text("A1", "Item"),
        text("B1", "Sum"),
        text("A2", "Rent")
    );
    let types = format!(
        r#"<Types xmlns="{TYPES}"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#
    );
    let empty = format!(r#"<worksheet xmlns="{S}"><sheetData/></worksheet>"#);
    zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        (
            "_rels/.rels",
            root_relationships("xl/workbook.xml").as_bytes(),
        ),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relationships.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/worksheets/sheet2.xml", empty.as_bytes()),
    ])
}

/// A book of one chapter.
pub fn epub() -> Vec<u8> {
    zip_of(&[
        ("mimetype", b"application/epub+zip".as_slice()),
        ("META-INF/container.xml", br#"<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#),
        ("book.opf", br#"<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A book</dc:title></metadata><manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>"#),
        ("c.xhtml", br#"<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><h2>Chapter</h2><p>It begins.</p></body></html>"#),
    ])
}

/// A PDF of the given objects (numbered from 1, the first its catalogue), with a right cross-reference table.
pub fn pdf_of(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        writeln!(pdf, "{} 0 obj", number + 1).unwrap();
        pdf.extend_from_slice(object);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let table = pdf.len();
    write!(pdf, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(pdf, "{place:010} 00000 n ").unwrap();
    }
    write!(
        pdf,
        "trailer\n<</Size {} /Root 1 0 R {trailer}>>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    )
    .unwrap();
    pdf
}

pub fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{dictionary} /Length {}>>\nstream\n", bytes.len()).into_bytes();
    object.extend_from_slice(bytes);
    object.extend_from_slice(b"\nendstream");
    object
}

/// Pages of text operators in Helvetica.
pub fn pdf_with_page_texts(pages: &[&[&str]]) -> Vec<u8> {
    pdf_of(&page_objects(pages), "")
}

fn page_objects(pages: &[&[&str]]) -> Vec<Vec<u8>> {
    let kids: Vec<String> = (0..pages.len())
        .map(|index| format!("{} 0 R", 4 + 2 * index))
        .collect();
    let mut objects = vec![
        b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
        format!(
            "<</Type /Pages /Kids [{}] /Count {}>>",
            kids.join(" "),
            pages.len()
        )
        .into_bytes(),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>".to_vec(),
    ];
    for (index, operators) in pages.iter().enumerate() {
        let contents = 5 + 2 * index;
        objects.push(
            format!("<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources <</Font <</F1 3 0 R>>>> /Contents {contents} 0 R>>")
                .into_bytes(),
        );
        objects.push(stream(
            "",
            format!("BT {} ET", operators.join(" ")).as_bytes(),
        ));
    }
    objects
}

/// A PDF whose password nobody knows: the check values are noise.
pub fn encrypted_pdf() -> Vec<u8> {
    let noise = "<5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A>";
    let id = "<00112233445566778899AABBCCDDEEFF>";
    let trailer = format!(
        "/ID [{id} {id}] /Encrypt <</Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O {noise} /U {noise}>>"
    );
    pdf_of(
        &page_objects(&[&["/F1 11 Tf 72 700 Td (Secret) Tj"]]),
        &trailer,
    )
}

/// One page that shows a JPEG.
pub fn pdf_page(jpeg: &(Vec<u8>, u32, u32), colours: &str, operators: &str) -> Vec<u8> {
    let (bytes, width, height) = jpeg;
    let picture = format!(
        "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace {colours} /BitsPerComponent 8 /Filter /DCTDecode"
    );
    let objects = [
        b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>".to_vec(),
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources <</XObject <</I 4 0 R>>>> /Contents 5 0 R>>".to_vec(),
        stream(&picture, bytes),
        stream("", operators.as_bytes()),
    ];
    pdf_of(&objects, "")
}

/// A page with large letters on it, as pixels.
fn picture_of_text() -> image::GrayImage {
    use hayro::hayro_interpret::InterpreterSettings;
    use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

    let page: &[&str] =
        &["/F1 36 Tf 72 600 Td (HELLO FROM THE SCAN) Tj 0 -60 Td (Second line of words) Tj"];
    let pdf = hayro::hayro_syntax::Pdf::new(pdf_with_page_texts(&[page])).unwrap();
    let white = hayro::vello_cpu::color::palette::css::WHITE;
    let scale = PixmapSettings {
        x_scale: 2.0,
        y_scale: 2.0,
        bg_color: white,
    };
    let pages = pdf.pages();
    let rendered = render(
        &pages[0],
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &scale,
    );
    let grey = rendered.data().iter().map(|pixel| pixel.g).collect();
    image::GrayImage::from_raw(rendered.width().into(), rendered.height().into(), grey).unwrap()
}

/// A JPEG with its width and height.
pub fn jpeg_of_text() -> (Vec<u8>, u32, u32) {
    let picture = picture_of_text();
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    (bytes.into_inner(), picture.width(), picture.height())
}

pub fn png_of_text() -> Vec<u8> {
    png(&picture_of_text())
}

pub fn blank_png() -> Vec<u8> {
    png(&image::GrayImage::from_pixel(300, 300, image::Luma([250])))
}

fn png(picture: &image::GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A PNG that says how large it is and has nothing to show for it.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0D".to_vec();
    png.extend_from_slice(&header);
    png.extend_from_slice(&crc32(&header).to_be_bytes());
    png.extend_from_slice(b"\0\0\0\x02IDATxx\0\0\0\0");
    png
}

/// The checksum of PNG (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}
