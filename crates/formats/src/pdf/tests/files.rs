//! What is in the file.

use std::io::Cursor;

use pdf_oxide::PdfDocument;
use proptest::prelude::*;

use super::*;
use crate::export::{Margins, Paper};
use crate::markdown;
use crate::tree::samples;

#[test]
fn a_report_can_be_read_back_from_its_pdf() {
    let texts = texts(exported(&samples::report()));
    assert_eq!(texts.len(), 2, "the page break makes a second page");
    for words in [
        "Annual report",
        "Plain, bold, italic, underlined, struck",
        "nested one",
        "starts again",
        "seventh",
        "Words of somebody else.",
        "fn main()",
        "tall",
    ] {
        assert!(
            texts[0].contains(words),
            "{words} is missing in {:?}",
            texts[0]
        );
    }
    assert!(
        texts[0].contains("Page 1 of 2") && texts[1].contains("Page 2 of 2"),
        "{texts:?}"
    );
    assert!(texts[1].contains("The end."));
}

#[test]
fn bookmarks_links_tags_and_properties_are_in_the_file() {
    let tree = markdown::parse(
        "# One\n\n[out](https://example.org/a?b=1) [in](#two)\n\n## Two\n\ntext\n\n### Three\n\n# Four",
    );
    let bytes = exported(&tree);
    let raw = String::from_utf8_lossy(&bytes);
    for needle in [
        "/Outlines",
        "/Type/Annot",
        "https://example.org/a?b=1",
        "/StructTreeRoot",
        "/Marked true",
        "/Lang",
    ] {
        assert!(raw.contains(needle), "{needle} is missing");
    }
    assert_eq!(raw.matches("/Type/Annot").count(), 2);
    let document = PdfDocument::from_bytes(bytes).unwrap();
    let outline = document.get_outline().unwrap().unwrap();
    let names = |items: &[pdf_oxide::outline::OutlineItem]| {
        items
            .iter()
            .map(|item| item.title.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&outline), ["One", "Four"]);
    assert_eq!(names(&outline[0].children), ["Two"]);
    assert_eq!(names(&outline[0].children[0].children), ["Three"]);
}

#[test]
fn the_letterhead_is_on_every_page() {
    let mut logo = Vec::new();
    image::DynamicImage::new_rgb8(300, 90)
        .write_to(&mut Cursor::new(&mut logo), image::ImageFormat::Png)
        .unwrap();
    let letterhead = Letterhead {
        logo: Some(logo),
        header: "Firm & Sons\nStreet 1".into(),
        footer: "Confidential".into(),
        paper: Paper::Letter,
        margins: Margins {
            top: 20.0,
            right: 20.0,
            bottom: 20.0,
            left: 20.0,
        },
        ..Letterhead::default()
    };
    let german = Meta {
        language: Some("de".into()),
        ..meta()
    };
    let bytes = export(&samples::report(), &letterhead, &Images::new(), &german).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("/MediaBox[0 0 612 792]"));
    let texts = texts(bytes);
    for (index, text) in texts.iter().enumerate() {
        for words in [
            "Firm & Sons".to_owned(),
            "Street 1".into(),
            "Confidential".into(),
            format!("Seite {} von {}", index + 1, texts.len()),
        ] {
            assert!(
                text.contains(&words),
                "{words} is missing on page {}: {text}",
                index + 1
            );
        }
    }
}

#[test]
fn the_same_document_makes_the_same_bytes() {
    assert!(exported(&samples::report()) == exported(&samples::report()));
}

#[test]
fn a_picture_that_cannot_be_shown_leaves_its_words() {
    let tree = markdown::parse("![The plan](carrel:images/gone)");
    // A JPEG whose header is fine and whose body is not there.
    let mut jpeg = Vec::new();
    image::DynamicImage::new_rgb8(64, 64)
        .write_to(&mut Cursor::new(&mut jpeg), image::ImageFormat::Jpeg)
        .unwrap();
    jpeg.truncate(200);
    for images in [
        Images::new(),
        Images::from([("carrel:images/gone".to_owned(), jpeg)]),
    ] {
        let bytes = export(&tree, &Letterhead::default(), &images, &meta()).unwrap();
        assert!(texts(bytes)[0].contains("[Picture: The plan]"));
    }
}

#[test]
fn pictures_of_every_kind_are_embedded() {
    for format in [
        image::ImageFormat::Png,
        image::ImageFormat::Jpeg,
        image::ImageFormat::Gif,
        image::ImageFormat::WebP,
    ] {
        let mut bytes = Vec::new();
        let picture = if format == image::ImageFormat::Jpeg {
            image::DynamicImage::new_rgb8(30, 20)
        } else {
            image::DynamicImage::new_rgba8(30, 20)
        };
        picture
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        let images = Images::from([("carrel:images/1".to_owned(), bytes)]);
        let pdf = export(
            &markdown::parse("![A](carrel:images/1)"),
            &Letterhead::default(),
            &images,
            &meta(),
        )
        .unwrap();
        let raw = String::from_utf8_lossy(&pdf);
        assert!(
            raw.contains("/Subtype/Image") && raw.contains("/Width 30"),
            "{format:?}"
        );
    }
}

#[test]
fn an_empty_document_is_one_page() {
    assert_eq!(texts(exported(&DocumentTree::new(vec![]))).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_tree_becomes_a_pdf(tree in samples::any_tree()) {
        let bytes = exported(&tree);
        prop_assert!(PdfDocument::from_bytes(bytes).unwrap().page_count().unwrap() >= 1);
    }
}
