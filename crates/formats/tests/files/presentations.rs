//! Presentations in the three formats.

use std::io::{Cursor, Write};

use super::{OFFICE, RELATIONSHIPS, TYPES, root_relationships, zip_of};

/// A slide; each point is a paragraph of its own.
#[derive(Clone, Copy, Default)]
pub struct Slide<'a> {
    pub title: &'a str,
    pub points: &'a [&'a str],
    /// What the speaker wants to say.
    pub notes: &'a str,
}

/// A presentation whose slides are stored in the reverse of their order.
pub fn pptx(slides: &[Slide<'_>]) -> Vec<u8> {
    const P: &str = "http://schemas.openxmlformats.org/presentationml/2006/main";
    const A: &str = "http://schemas.openxmlformats.org/drawingml/2006/main";
    let file = |index: usize| slides.len() - index;
    let ids: Vec<String> = (0..slides.len())
        .map(|index| format!(r#"<p:sldId id="{}" r:id="s{index}"/>"#, 256 + index))
        .collect();
    let ids = ids.concat();
    // Sections name slides again, by their number alone.
    let section = r#"<p:extLst><p:ext uri="x"><s:sldIdLst xmlns:s="http://schemas.microsoft.com/office/powerpoint/2010/main"><s:sldId id="256"/></s:sldIdLst></p:ext></p:extLst>"#;
    let presentation = format!(
        r#"<p:presentation xmlns:p="{P}" xmlns:r="{OFFICE}"><p:sldIdLst>{ids}</p:sldIdLst>{section}</p:presentation>"#
    );
    let targets: Vec<String> = (0..slides.len())
        .map(|index| {
            format!(
                r#"<Relationship Id="s{index}" Type="{OFFICE}/slide" Target="slides/slide{}.xml"/>"#,
                file(index)
            )
        })
        .collect();
    let targets = targets.concat();
    let relationships =
        format!(r#"<Relationships xmlns="{RELATIONSHIPS}">{targets}</Relationships>"#);
    let shape = |kind: &str, text: &str| {
        format!(
            r#"<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:cNvSpPr/><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"#
        )
    };
    let part = |root: &str, shapes: &str| {
        let tree = if shapes.is_empty() {
            "<p:spTree/>".to_owned()
        } else {
            format!("<p:spTree>{shapes}</p:spTree>")
        };
        format!(r#"<p:{root} xmlns:p="{P}" xmlns:a="{A}"><p:cSld>{tree}</p:cSld></p:{root}>"#)
    };
    let types = format!(
        r#"<Types xmlns="{TYPES}"><Override PartName="/ppt/presentation.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/></Types>"#
    );
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), types),
        (
            "_rels/.rels".to_owned(),
            root_relationships("ppt/presentation.xml"),
        ),
        ("ppt/presentation.xml".to_owned(), presentation),
        ("ppt/_rels/presentation.xml.rels".to_owned(), relationships),
    ];
    for (index, slide) in slides.iter().enumerate() {
        let number = file(index);
        let mut shapes = String::new();
        if !slide.title.is_empty() {
            shapes.push_str(&shape("title", slide.title));
        }
        for point in slide.points {
            shapes.push_str(&shape("body", point));
        }
        parts.push((
            format!("ppt/slides/slide{number}.xml"),
            part("sld", &shapes),
        ));
        if !slide.notes.is_empty() {
            parts.push((
                format!("ppt/slides/_rels/slide{number}.xml.rels"),
                format!(
                    r#"<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="n" Type="{OFFICE}/notesSlide" Target="../notesSlides/notesSlide{number}.xml"/></Relationships>"#
                ),
            ));
            parts.push((
                format!("ppt/notesSlides/notesSlide{number}.xml"),
                part("notes", &shape("body", slide.notes)),
            ));
        }
    }
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_bytes()))
        .collect();
    zip_of(&parts)
}

/// A presentation of `OpenDocument`.
pub fn odp(slides: &[Slide<'_>]) -> Vec<u8> {
    const OASIS: &str = "urn:oasis:names:tc:opendocument:xmlns";
    let frame = |class: &str, text: &str| {
        format!(
            r#"<draw:frame presentation:class="{class}"><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"#
        )
    };
    let pages: String = slides
        .iter()
        .map(|slide| {
            let mut shapes: String = slide
                .points
                .iter()
                .map(|point| frame("outline", point))
                .collect();
            if !slide.title.is_empty() {
                shapes.push_str(&frame("title", slide.title));
            }
            if !slide.notes.is_empty() {
                shapes.push_str("<presentation:notes>");
                shapes.push_str(&frame("notes", slide.notes));
                shapes.push_str("</presentation:notes>");
            }
            if shapes.is_empty() {
                r#"<draw:page draw:name="empty"/>"#.to_owned()
            } else {
                format!(r#"<draw:page draw:name="a &gt; b">{shapes}</draw:page>"#)
            }
        })
        .collect();
    let content = format!(
        r#"<office:document-content xmlns:office="{OASIS}:office:1.0" xmlns:draw="{OASIS}:drawing:1.0" xmlns:presentation="{OASIS}:presentation:1.0" xmlns:text="{OASIS}:text:1.0"><office:body><office:presentation>{pages}</office:presentation></office:body></office:document-content>"#
    );
    zip_of(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.presentation".as_slice(),
        ),
        ("content.xml", content.as_bytes()),
    ])
}

/// A presentation of `PowerPoint` 97. Titles stand in the list of slides, points on the slides themselves; notes come
/// in the reverse of the slides' order, after one whose slide is gone.
pub fn ppt(slides: &[Slide<'_>], lost_notes: &str) -> Vec<u8> {
    const SLIDES: u32 = 10;
    const NOTES: u32 = 100;
    let record = |head: u16, kind: u16, body: &[u8]| {
        let mut record = head.to_le_bytes().to_vec();
        record.extend_from_slice(&kind.to_le_bytes());
        record.extend_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
        record.extend_from_slice(body);
        record
    };
    let text = |kind: u8, text: &str| {
        [
            record(0, 0x0f9f, &[kind, 0, 0, 0]),
            record(0, 0x0fa8, text.as_bytes()),
        ]
        .concat()
    };
    let persist = |reference: u32, id: u32| {
        let mut body = [0; 20];
        body[..4].copy_from_slice(&reference.to_le_bytes());
        body[12..16].copy_from_slice(&id.to_le_bytes());
        record(0, 0x03f3, &body)
    };

    // Each object with the number it is found by.
    let mut objects: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut slide_list = Vec::new();
    for (slide, index) in slides.iter().zip(0..) {
        slide_list.extend(persist(SLIDES + index, 256 + index));
        if !slide.title.is_empty() {
            slide_list.extend(text(0, slide.title));
        }
        let points: Vec<u8> = slide
            .points
            .iter()
            .flat_map(|point| text(4, point))
            .collect();
        objects.push((SLIDES + index, record(0xf, 0x03ee, &points)));
    }
    let mut notes: Vec<(u32, &str)> = slides
        .iter()
        .zip(256..)
        .map(|(slide, id)| (id, slide.notes))
        .chain([(999, lost_notes)])
        .filter(|(_, notes)| !notes.is_empty())
        .collect();
    notes.reverse();
    let mut notes_list = Vec::new();
    for ((slide, notes), index) in notes.into_iter().zip(0..) {
        notes_list.extend(persist(NOTES + index, 0));
        let mut atom = [0; 8];
        atom[..4].copy_from_slice(&u32::to_le_bytes(slide));
        let body = [record(1, 0x03f1, &atom), text(2, notes)].concat();
        objects.push((NOTES + index, record(0xf, 0x03f0, &body)));
    }
    let document = [
        record(0xf, 0x0ff0, &slide_list),
        record(0x2f, 0x0ff0, &notes_list),
    ]
    .concat();
    objects.push((1, record(0xf, 0x03e8, &document)));

    let mut data = Vec::new();
    let mut directory = Vec::new();
    for (id, object) in objects {
        directory.extend_from_slice(&(id | 1 << 20).to_le_bytes());
        directory.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        data.extend(object);
    }
    let directory_at = u32::try_from(data.len()).unwrap();
    data.extend(record(0, 0x1772, &directory));
    let edit_at = u32::try_from(data.len()).unwrap();
    let mut edit = [0; 28];
    edit[12..16].copy_from_slice(&directory_at.to_le_bytes());
    edit[16..20].copy_from_slice(&1_u32.to_le_bytes());
    data.extend(record(0, 0x0ff5, &edit));
    let mut user = [0; 28];
    user[16..20].copy_from_slice(&edit_at.to_le_bytes());
    let user = record(0, 0x0ff6, &user[8..]);

    let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, content) in [("PowerPoint Document", &data), ("Current User", &user)] {
        let mut stream = container.create_stream(name).unwrap();
        stream.write_all(content).unwrap();
    }
    container.into_inner().into_inner()
}
