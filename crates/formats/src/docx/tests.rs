use std::collections::{HashMap, HashSet};
use std::io::Read as _;

use proptest::prelude::*;

use super::*;
use crate::export::{Margins, Paper};
use crate::tree::{Block, samples};

fn meta() -> Meta {
    Meta {
        title: "A <title> & more".into(),
        author: Some("Ada".into()),
        language: Some("en".into()),
        created: time::OffsetDateTime::UNIX_EPOCH,
    }
}

fn unpacked(bytes: Vec<u8>) -> HashMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().to_owned(), bytes)
        })
        .collect()
}

fn part(parts: &HashMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(parts[name].clone()).unwrap()
}

/// A reader strict enough for what is written here: tags nest, attributes are quoted and unique, characters allowed.
fn check_well_formed(name: &str, xml: &str) {
    assert!(
        xml.chars().all(is_xml),
        "{name} has characters XML can't hold"
    );
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    let mut roots = 0;
    while let Some(begin) = rest.find('<') {
        assert!(
            !rest[..begin].contains('>'),
            "{name}: stray > before {}",
            &rest[begin..rest.len().min(begin + 40)]
        );
        check_entities(name, &rest[..begin]);
        let end = begin
            + rest[begin..]
                .find('>')
                .unwrap_or_else(|| panic!("{name}: tag without end"));
        let tag = &rest[begin + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') {
            continue;
        }
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}");
            continue;
        }
        let (inside, closed) = tag
            .strip_suffix('/')
            .map_or((tag, false), |inside| (inside, true));
        let mut pieces = inside.splitn(2, ' ');
        let element = pieces.next().unwrap();
        let mut attributes = pieces.next().unwrap_or_default().trim();
        let mut seen = HashSet::new();
        while !attributes.is_empty() {
            let (key, value) = attributes
                .split_once("=\"")
                .unwrap_or_else(|| panic!("{name}: {tag}"));
            let (value, more) = value
                .split_once('"')
                .unwrap_or_else(|| panic!("{name}: {tag}"));
            check_entities(name, value);
            assert!(seen.insert(key.trim()), "{name}: {tag}");
            attributes = more.trim();
        }
        if open.is_empty() {
            roots += 1;
        }
        if !closed {
            open.push(element);
        }
    }
    assert!(open.is_empty() && roots == 1, "{name}: {open:?}");
}

fn check_entities(name: &str, text: &str) {
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "apos;", "#"];
        assert!(
            known.iter().any(|entity| after.starts_with(entity)),
            "{name}: &{}",
            &after[..after.len().min(20)]
        );
    }
}

fn attributes<'a>(xml: &'a str, tag: &str, attribute: &str) -> Vec<&'a str> {
    let needle = format!("{attribute}=\"");
    xml.split(&format!("<{tag} "))
        .skip(1)
        .filter_map(|rest| {
            let tag = &rest[..rest.find('>')?];
            let value = &tag[tag.find(&needle)? + needle.len()..];
            value.split('"').next()
        })
        .collect()
}

/// Everything a reader relies on: well-formed parts, types for all parts, relations that lead somewhere, references
/// that resolve, unique numbers.
fn check_package(bytes: Vec<u8>) -> HashMap<String, Vec<u8>> {
    let parts = unpacked(bytes);
    for (name, bytes) in &parts {
        let ending = std::path::Path::new(name)
            .extension()
            .and_then(|e| e.to_str());
        if matches!(ending, Some("xml" | "rels")) {
            check_well_formed(name, std::str::from_utf8(bytes).unwrap());
        }
    }
    let types = part(&parts, "[Content_Types].xml");
    for name in attributes(&types, "Override", "PartName") {
        assert!(
            parts.contains_key(&name[1..]),
            "{name} is typed but missing"
        );
    }
    for (rels, folder) in [
        ("word/_rels/document.xml.rels", "word/"),
        ("word/_rels/header1.xml.rels", "word/"),
        ("_rels/.rels", ""),
    ] {
        let Some(bytes) = parts.get(rels) else {
            continue;
        };
        let xml = String::from_utf8(bytes.clone()).unwrap();
        let ids = attributes(&xml, "Relationship", "Id");
        assert_eq!(ids.len(), ids.iter().collect::<HashSet<_>>().len(), "{xml}");
        for relation in xml.split("<Relationship ").skip(1) {
            let target = relation
                .split("Target=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            if !relation.contains("TargetMode=\"External\"") {
                assert!(
                    parts.contains_key(&format!("{folder}{target}")),
                    "{target} of {rels} is missing"
                );
            }
        }
        if rels.starts_with("word") {
            let owner = part(&parts, &rels.replace("_rels/", "").replace(".rels", ""));
            for reference in attributes(&owner, "a:blip", "r:embed")
                .into_iter()
                .chain(attributes(&owner, "w:hyperlink", "r:id"))
            {
                assert!(ids.contains(&reference), "{reference} in {rels}");
            }
        }
    }
    let document = part(&parts, "word/document.xml");
    let numbering = part(&parts, "word/numbering.xml");
    let instances = attributes(&numbering, "w:num", "w:numId");
    assert_eq!(
        instances.len(),
        instances.iter().collect::<HashSet<_>>().len()
    );
    for used in attributes(&document, "w:numId", "w:val") {
        assert!(instances.contains(&used), "numbering {used} is missing");
    }
    let shapes = attributes(&numbering, "w:abstractNum", "w:abstractNumId");
    assert_eq!(shapes.len(), shapes.iter().collect::<HashSet<_>>().len());
    for used in attributes(&numbering, "w:abstractNumId", "w:val") {
        assert!(shapes.contains(&used), "shape {used} is missing");
    }
    let styles = part(&parts, "word/styles.xml");
    let known = attributes(&styles, "w:style", "w:styleId");
    for tag in ["w:pStyle", "w:rStyle"] {
        for used in attributes(&document, tag, "w:val") {
            assert!(known.contains(&used), "style {used} is missing");
        }
    }
    let pictures = attributes(&document, "wp:docPr", "id");
    assert_eq!(
        pictures.len(),
        pictures.iter().collect::<HashSet<_>>().len()
    );
    let bookmarks = attributes(&document, "w:bookmarkStart", "w:name");
    for anchor in attributes(&document, "w:hyperlink", "w:anchor") {
        assert!(bookmarks.contains(&anchor), "{anchor}");
    }
    parts
}

fn exported(tree: &DocumentTree) -> HashMap<String, Vec<u8>> {
    check_package(export(tree, &Letterhead::default(), &Images::new(), &meta()).unwrap())
}

#[test]
fn a_report_becomes_a_sound_package_with_real_structure() {
    let parts = exported(&samples::report());
    let document = part(&parts, "word/document.xml");
    let styles = attributes(&document, "w:pStyle", "w:val");
    for style in [
        "Heading1",
        "Heading2",
        "Normal",
        "ListParagraph",
        "Quote",
        "CodeBlock",
        "Figure",
        "Rule",
        "TableText",
    ] {
        assert!(styles.contains(&style), "{style}: {styles:?}");
    }
    for needle in [
        "<w:b />",
        "<w:i />",
        "<w:strike />",
        "<w:u w:val=\"single\" />",
        "<w:tblHeader/>",
        "<w:gridSpan w:val=\"2\" />",
        "<w:vMerge w:val=\"restart\" />",
        "<w:vMerge w:val=\"continue\" />",
        "<w:pageBreakBefore />",
        "descr=\"A dot\"",
        "after a break &lt;&amp;&gt;.",
    ] {
        assert!(document.contains(needle), "{needle} is missing");
    }
    assert!(
        part(&parts, "word/_rels/document.xml.rels")
            .contains("https://example.org/?a=1&amp;b=2\" TargetMode=\"External\"")
    );
    assert!(
        part(&parts, "docProps/core.xml").contains(
            "<dc:title>A &lt;title&gt; &amp; more</dc:title><dc:creator>Ada</dc:creator>"
        )
    );
}

#[test]
fn every_list_has_a_numbering_of_its_own_that_begins_anew() {
    let parts = exported(&samples::report());
    let document = part(&parts, "word/document.xml");
    let used: HashSet<&str> = attributes(&document, "w:numId", "w:val")
        .into_iter()
        .collect();
    assert_eq!(used.len(), 4, "one bulleted and three numbered lists");
    let numbering = part(&parts, "word/numbering.xml");
    assert_eq!(
        attributes(&numbering, "w:startOverride", "w:val"),
        ["1", "1", "7"]
    );
    let shapes = numbering.rfind("<w:abstractNum ").unwrap();
    assert!(
        shapes < numbering.find("<w:num ").unwrap(),
        "shapes come before instances"
    );
}

#[test]
fn the_letterhead_is_on_every_page() {
    let mut logo = Vec::new();
    image::DynamicImage::new_rgb8(400, 100)
        .write_to(&mut Cursor::new(&mut logo), image::ImageFormat::Jpeg)
        .unwrap();
    let letterhead = Letterhead {
        logo: Some(logo),
        header: "Firm & Sons\nStreet 1".into(),
        footer: "Confidential".into(),
        paper: Paper::Letter,
        margins: Margins {
            top: 40.0,
            right: 20.0,
            bottom: 30.0,
            left: 25.0,
        },
        ..Letterhead::default()
    };
    let german = Meta {
        language: Some("de-AT".into()),
        ..meta()
    };
    let parts =
        check_package(export(&samples::report(), &letterhead, &Images::new(), &german).unwrap());
    let header = part(&parts, "word/header1.xml");
    assert!(
        header.contains("Firm &amp; Sons")
            && header.contains("Street 1")
            && header.contains("descr=\"Logo\"")
    );
    assert!(
        parts.keys().any(|name| name.contains(".jpeg")),
        "{:?}",
        parts.keys()
    );
    let footer = part(&parts, "word/footer1.xml");
    assert!(
        footer.contains("Confidential")
            && footer.contains(">Seite <")
            && footer.contains("> von <")
    );
    assert!(footer.contains("PAGE</w:instrText>") && footer.contains("NUMPAGES</w:instrText>"));
    let document = part(&parts, "word/document.xml");
    assert!(document.contains("<w:pgSz w:w=\"12240\" w:h=\"15840\" />"));
    assert!(document.contains("w:top=\"2268\"") && document.contains("w:left=\"1417\""));
    let section = &document[document.find("<w:sectPr>").unwrap()..];
    assert!(section.find("<w:headerReference").unwrap() < section.find("<w:pgSz").unwrap());
}

#[test]
fn the_same_document_makes_the_same_bytes() {
    let export = || {
        export(
            &samples::report(),
            &Letterhead::default(),
            &Images::new(),
            &meta(),
        )
        .unwrap()
    };
    let first = export();
    std::thread::spawn(move || assert!(first == export()))
        .join()
        .unwrap();
}

#[test]
fn a_picture_that_cannot_be_shown_leaves_its_words() {
    let tree = crate::markdown::parse("![The plan](carrel:images/gone)");
    let broken = Images::from([("carrel:images/gone".to_owned(), b"not a picture".to_vec())]);
    for images in [Images::new(), broken] {
        let parts = check_package(export(&tree, &Letterhead::default(), &images, &meta()).unwrap());
        assert!(part(&parts, "word/document.xml").contains("[Picture: The plan]"));
    }
}

#[test]
fn links_within_the_document_lead_to_headings() {
    let parts = exported(&crate::markdown::parse(
        "[down](#the-end) and [nowhere](#none)\n\n## The end",
    ));
    let document = part(&parts, "word/document.xml");
    assert_eq!(attributes(&document, "w:hyperlink", "w:anchor").len(), 1);
    assert!(document.contains("nowhere"));
}

#[test]
fn a_table_is_followed_by_a_paragraph_everywhere() {
    let table = samples::table(&[&["a"], &["b"]]);
    let nested = Block::Table(vec![crate::tree::TableRow {
        cells: vec![crate::tree::TableCell {
            content: vec![table.clone()],
            ..Default::default()
        }],
    }]);
    let parts = exported(&DocumentTree::new(vec![table.clone(), table, nested]));
    let document = part(&parts, "word/document.xml");
    assert!(
        !document.contains("</w:tbl><w:tbl>")
            && !document.contains("</w:tbl></w:tc>")
            && !document.contains("</w:tbl><w:sectPr")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_tree_becomes_a_sound_package(tree in samples::any_tree()) {
        exported(&tree);
    }
}
