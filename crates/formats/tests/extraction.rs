//! Real files of every kind through the jail, made by the tests themselves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;

use carrel_formats::{
    ExtractError, Extraction, Extractor, Format, OcrOutcome, SourceBlockKind, Step,
};
use files::presentations::{Slide, odp, ppt, pptx};
use files::{extract, extract_with, extractor_config, pdf_page, pdf_with_page_texts, zip_of};

fn outline(extraction: &Extraction) -> Vec<String> {
    extraction
        .blocks
        .iter()
        .map(|block| {
            let kind = match &block.kind {
                SourceBlockKind::Heading { level } => format!("h{level}"),
                SourceBlockKind::Paragraph => "p".to_owned(),
                SourceBlockKind::ListItem { depth, ordered } => {
                    format!("{}{depth}", if *ordered { "ol" } else { "ul" })
                }
                SourceBlockKind::Table { rows } => format!("table{}x{}", rows.len(), rows[0].len()),
                SourceBlockKind::Code => "code".to_owned(),
                SourceBlockKind::Quote => "quote".to_owned(),
            };
            format!("{kind} {}", block.text)
        })
        .collect()
}

#[tokio::test]
async fn a_word_file_gives_its_structure_and_title() {
    let extraction = extract(&files::docx(), "lease.docx").await.unwrap();
    assert_eq!(extraction.format, Format::Docx);
    assert_eq!(extraction.title.as_deref(), Some("Lease & terms"));
    assert_eq!(extraction.ocr, OcrOutcome::NotNeeded);
    assert_eq!(
        outline(&extraction),
        [
            "h1 Parties",
            "p Between Jörg and Ann.[1]",
            "ol0 1. First",
            "ol1 a. Inner",
            "ol0 2. Second",
            "table2x2 Name | Sum\nRent | 1.000 €",
            "p [1] Both of age.",
        ]
    );
    let text: Vec<char> = extraction.text().chars().collect();
    for block in &extraction.blocks {
        assert_eq!(
            text[block.start as usize..block.end as usize]
                .iter()
                .collect::<String>(),
            block.text
        );
    }
}

#[tokio::test]
async fn a_word_file_named_as_something_else_is_still_a_word_file() {
    let extraction = extract(&files::docx(), "lease.pdf").await.unwrap();
    assert_eq!(extraction.format, Format::Docx);
    let extraction = extract(b"%PDF-1.4 in name only", "x.docx").await;
    assert!(
        matches!(extraction, Err(ExtractError::Corrupt { .. })),
        "{extraction:?}"
    );
}

#[tokio::test]
async fn other_office_formats_are_read() {
    let odt = zip_of(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text".as_slice()),
        ("content.xml", br#"<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:h text:outline-level="2">Head</text:h><text:p>Body</text:p></office:text></office:body></office:document-content>"#),
        ("meta.xml", br#"<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>From the meta</dc:title></office:meta></office:document-meta>"#),
    ]);
    let extraction = extract(&odt, "x").await.unwrap();
    assert_eq!(
        (extraction.format, extraction.title.as_deref()),
        (Format::Odt, Some("From the meta"))
    );
    assert_eq!(outline(&extraction), ["h2 Head", "p Body"]);

    let rtf = extract(
        br"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe {\b bold}\par Second\par}",
        "x.rtf",
    )
    .await
    .unwrap();
    assert_eq!(
        (rtf.format, outline(&rtf)),
        (
            Format::Rtf,
            vec!["p Grüße bold".to_owned(), "p Second".to_owned()]
        )
    );

    let csv = extract("Name;Summe\nMüller;1\n".as_bytes(), "x.csv")
        .await
        .unwrap();
    assert_eq!(
        (csv.format, outline(&csv)),
        (
            Format::Csv,
            vec!["table2x2 Name | Summe\nMüller | 1".to_owned()]
        )
    );

    let xlsx = extract(&files::xlsx(), "x.xlsx").await.unwrap();
    assert_eq!(
        (xlsx.format, outline(&xlsx)),
        (
            Format::Xlsx,
            vec![
                "h2 Costs".to_owned(),
                "table2x2 Item | Sum\nRent | 1000".to_owned()
            ]
        )
    );

    let epub = extract(&files::epub(), "x.epub").await.unwrap();
    assert_eq!(epub.format, Format::Epub);
    assert_eq!(outline(&epub), ["h1 A book", "h2 Chapter", "p It begins."]);
}

#[tokio::test]
async fn each_block_of_a_presentation_names_its_slide() {
    let slides = [
        Slide {
            title: "A plan",
            points: &["Point one", "Point two"],
            notes: "Say it slowly",
        },
        Slide::default(),
        // What looks like a mark is none.
        Slide {
            title: "slide0000000000000000n7",
            points: &["Costs"],
            ..Slide::default()
        },
        Slide {
            notes: "Only notes",
            ..Slide::default()
        },
    ];
    let stood = |extraction: &Extraction| -> Vec<(Option<u32>, String)> {
        let lines = extraction.blocks.iter().map(|block| block.page);
        lines.zip(outline(extraction)).collect()
    };
    let on = |page: u32, line: &str| (Some(page), line.to_owned());
    let expected = [
        on(1, "h2 A plan"),
        on(1, "p Point one"),
        on(1, "p Point two"),
        on(1, "quote Say it slowly"),
        on(3, "h2 slide0000000000000000n7"),
        on(3, "p Costs"),
        on(4, "quote Only notes"),
    ];

    let pptx = extract(&pptx(&slides), "x.pptx").await.unwrap();
    assert_eq!((pptx.format, pptx.page_count), (Format::Pptx, Some(4)));
    assert_eq!(pptx.title.as_deref(), Some("A plan"));
    assert_eq!(stood(&pptx), expected);

    let odp = extract(&odp(&slides), "x.odp").await.unwrap();
    assert_eq!((odp.format, odp.page_count), (Format::Odp, Some(4)));
    assert_eq!(stood(&odp), expected);

    let ppt = extract(&ppt(&slides, "Of a slide that went"), "x.ppt")
        .await
        .unwrap();
    assert_eq!((ppt.format, ppt.page_count), (Format::Ppt, Some(4)));
    let mut expected = expected.to_vec();
    expected.push((None, "quote Of a slide that went".to_owned()));
    assert_eq!(stood(&ppt), expected);
}

#[tokio::test]
async fn text_formats_are_told_apart_by_name_only_where_content_cannot() {
    let markdown = b"# Head\n\n- item\n";
    assert_eq!(
        outline(&extract(markdown, "x.md").await.unwrap()),
        ["h1 Head", "ul0 item"]
    );
    assert_eq!(
        outline(&extract(markdown, "x.txt").await.unwrap()),
        ["p # Head", "ul0 item"]
    );
    let page = b"<html><title>T</title><body><h3>Head</h3><p>x</p></body></html>";
    let extraction = extract(page, "x.txt").await.unwrap();
    assert_eq!(
        (extraction.title.as_deref(), outline(&extraction)),
        (Some("T"), vec!["h3 Head".to_owned(), "p x".to_owned()])
    );
    let mail = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Hi\r\n\r\nHello.\r\n";
    assert_eq!(
        extract(mail, "x").await.unwrap().title.as_deref(),
        Some("Hi")
    );
    let latin = extract(b"Gr\xFC\xDFe aus K\xF6ln", "x.txt").await.unwrap();
    assert_eq!(latin.text(), "Grüße aus Köln");
}

#[tokio::test]
async fn a_pdf_gives_pages_headings_and_paragraphs() {
    let pages = [
        &[
            "/F1 20 Tf 72 700 Td (Annual report) Tj",
            "/F1 11 Tf 0 -30 Td (The year was good and the) Tj 0 -13 Td (costs were low.) Tj",
        ][..],
        &["/F1 11 Tf 72 700 Td (A second page.) Tj"][..],
    ];
    let extraction = extract(&pdf_with_page_texts(&pages), "x.pdf")
        .await
        .unwrap();
    assert_eq!(
        (extraction.format, extraction.page_count),
        (Format::Pdf, Some(2))
    );
    assert_eq!(
        outline(&extraction),
        [
            "h1 Annual report",
            "p The year was good and the costs were low.",
            "p A second page."
        ]
    );
    assert_eq!(
        extraction
            .blocks
            .iter()
            .map(|block| block.page)
            .collect::<Vec<_>>(),
        [Some(1), Some(1), Some(2)]
    );
    assert_eq!(extraction.title.as_deref(), Some("Annual report"));
}

#[tokio::test]
async fn a_scanned_page_is_named_where_nothing_can_recognise_it() {
    let mut config = extractor_config();
    config.tesseract = None;
    let extractor = Extractor::new(config);
    assert!(!extractor.can_recognise());
    let scan = pdf_page(
        &files::jpeg_of_text(),
        "/DeviceGray",
        "q 612 0 0 792 0 0 cm /I Do Q",
    );
    let extraction = extract_with(&extractor, &scan, "scan.pdf").await.unwrap();
    assert_eq!(extraction.ocr, OcrOutcome::Needed { pages: vec![1] });
    assert!(extraction.blocks.is_empty());
    let picture = extract_with(&extractor, &files::png_of_text(), "scan.png")
        .await
        .unwrap();
    assert_eq!(
        (picture.format, picture.ocr),
        (Format::Png, OcrOutcome::Needed { pages: vec![1] })
    );
}

#[tokio::test]
async fn scanned_pages_are_recognised_where_tesseract_is_installed() {
    let extractor = Extractor::new(extractor_config());
    if !extractor.can_recognise() {
        // The promise of the other case is kept by `a_scanned_page_is_named_where_nothing_can_recognise_it`.
        eprintln!("tesseract is not installed here");
        return;
    }
    let scan = pdf_page(
        &files::jpeg_of_text(),
        "/DeviceGray",
        "q 612 0 0 792 0 0 cm /I Do Q",
    );
    let steps = std::sync::Mutex::new(Vec::new());
    let extraction = extractor
        .extract(files::file(&scan), "scan.pdf", |progress| {
            steps.lock().unwrap().push((progress.step, progress.done));
        })
        .await
        .unwrap();
    assert_eq!(extraction.ocr, OcrOutcome::Done { pages: 1 });
    assert_eq!(extraction.blocks[0].page, Some(1));
    assert!(extraction.text().contains("HELLO"), "{}", extraction.text());
    let steps = steps.into_inner().unwrap();
    assert_eq!(steps.last(), Some(&(Step::Recognising, 1)));
    assert!(steps.contains(&(Step::Extracting, 1)));

    let picture = extract_with(&extractor, &files::png_of_text(), "scan.png")
        .await
        .unwrap();
    assert!(picture.text().contains("HELLO"), "{}", picture.text());
}

#[tokio::test]
async fn a_tesseract_that_fails_is_named_and_can_be_tried_again() {
    let mut config = extractor_config();
    config.tesseract = Some("/bin/false".into());
    let error = extract_with(&Extractor::new(config), &files::png_of_text(), "x.png")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ExtractError::Ocr { .. }) && error.is_retryable(),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_blank_picture_has_no_text() {
    let error = extract(&files::blank_png(), "x.png").await.unwrap_err();
    assert!(matches!(error, ExtractError::NoText), "{error:?}");
}
